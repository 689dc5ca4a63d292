// SPDX-License-Identifier: Apache-2.0
// The parser's driver: feeds each block of a document to the grammar, one token at a time, and asks before
// each whether it can come. So a mistake is found at its token, with the stack as it was; the driver reports
// it, gives up the declaration and goes on at the next one.
#include "compiler/parse.h"

#include "compiler/build.h"
#include "compiler/document.h"
#include "grammar.h"
#include "runtime/limits.h"
#include "runtime/utf8.h"

#define MOST_BAD_BYTES 5    // a file in another encoding is known by the first few
#define DEEPEST_STACK 1900  // grammar.y has room for 2000; a token pushes two at the most

static void open_grammar(struct parser *p, struct feed *feed, int begin) {
  nuo__grammarInit(feed->grammar, p);
  nuo__grammar(feed->grammar, begin, (struct token){.kind = begin});
  feed->bracket_count = 0;
}

static void open_feed(struct parser *p, struct feed *feed, int begin, uint32_t start, uint32_t end) {
  const char *text = p->file->text.at;
  feed->tokens = (struct tokens){.keywords = p->keywords};
  feed->tokens.lexer = (struct lexer){.arena = p->arena,
                                      .diags = p->diags,
                                      .file = p->file,
                                      .number = p->number,
                                      .cursor = text + start,
                                      .limit = text + end};
  feed->end = start;
  feed->result = NULL;
  open_grammar(p, feed, begin);
}

static void count_bracket(struct feed *feed, const struct token *token) {
  if (token->kind == TK_LP || token->kind == TK_LB) {
    if (feed->bracket_count < PARSE_BRACKETS) feed->brackets[feed->bracket_count] = *token;
    feed->bracket_count++;
  } else if ((token->kind == TK_RP || token->kind == TK_RB) && feed->bracket_count > 0) {
    feed->bracket_count--;
  }
}

// Texts and rows are parsed when the grammar gets to them, which may be a token later: what stands in them is
// put where it belongs.
static void note_token(struct parser *p, const struct feed *feed, const struct token *token) {
  struct trace *trace = p->file->trace;
  struct token taken = *token;
  taken.kind = nuo__grammar_takes(feed->grammar, token->kind);
  if (taken.kind != token->kind) taken.value = 0;  // a name is worth nothing
  VEC_PUSH(p->arena, &trace->tokens, taken);
  uint32_t at = trace->tokens.count - 1;
  for (; at > 0 && trace->tokens.at[at - 1].span.start > taken.span.start; at--)
    trace->tokens.at[at] = trace->tokens.at[at - 1];
  trace->tokens.at[at] = taken;
}

// Feeds a token that is acceptable; false when the nesting is too deep to go on.
static bool push(struct parser *p, struct feed *feed, const struct token *token) {
  if (nuo__grammar_depth(feed->grammar) >= DEEPEST_STACK) {
    nuo__diag_add1(p->diags, DIAG_N0206, token->span, nuo__diag_number(p->diags, LIMIT_EXPR_DEPTH));
    return false;
  }
  if (p->file->trace != NULL) note_token(p, feed, token);
  nuo__grammar(feed->grammar, token->kind, *token);
  count_bracket(feed, token);
  feed->end = token->span.end;
  return !p->deep;
}

// ---- declarations ----

// A declaration's keyword at the beginning of a line that is not further in than the block's first: what
// follows is a declaration even where a name could stand, lest one missing `}` spoil the rest.
static bool opens_decl(struct feed *feed, const struct token *token) {
  const struct keyword *row = nuo__keyword_of(token->kind);
  uint32_t indent;
  if (row == NULL || row->group != KEYWORD_DECL || token->kind == TK_CALENDAR) return false;
  if (!nuo__tokens_opens_line(&feed->tokens, token, &indent) || indent > feed->indent) return false;
  const struct token *next = nuo__tokens_peek(&feed->tokens, 0);
  const bool literal = next->kind == TK_STRING || next->kind == TK_NUMBER || next->kind == TK_DECIMAL;
  return literal || (next->kind == TK_ID && !nuo__str_equal(next->text, STR("as")) &&
                     !nuo__str_equal(next->text, STR("亦称")));
}

// Ends what is complete, so that a declaration before the mistake is kept, and starts afresh.
static void start_over(struct parser *p, struct feed *feed) {
  if (nuo__grammar_accepts(feed->grammar, 0, false)) nuo__grammar(feed->grammar, 0, (struct token){0});
  p->deep = false;
  open_grammar(p, feed, TK_BEGIN_FILE);
}

// Skips to the next declaration; its first token, or the end.
static struct token skip(struct feed *feed) {
  struct token token;
  do token = nuo__tokens_next(&feed->tokens);
  while (token.kind != 0 && !opens_decl(feed, &token));
  return token;
}

static void feed_rows(struct parser *p, struct feed *feed, const struct code_block *block) {
  if (block->rows.count == 0 || !nuo__grammar_accepts(feed->grammar, TK_ROW, false)) return;
  for (uint32_t i = 0; i < block->rows.count; i++) {
    const struct span span = block->rows.at[i];
    const struct token row = {TK_ROW, span, {p->file->text.at + span.start, span.end - span.start}, 0};
    push(p, feed, &row);
  }
}

static bool acceptable(struct feed *feed, const struct token *token) {
  return nuo__grammar_accepts(feed->grammar, token->kind, !opens_decl(feed, token));
}

static bool is_kept(const struct parser *p, const struct token *keyword) {
  const uint32_t count = p->file->decls.count;
  return count > 0 && p->file->decls.at[count - 1]->span.end > keyword->span.start;
}

// Remembers what a declaration that could not be kept would have declared.
static void remember_lost(struct parser *p, const struct token *keyword) {
  struct diagnostics unheard = {.arena = p->arena};
  struct lexer lexer = p->block.tokens.lexer;
  lexer.diags = &unheard;
  lexer.regex = false;
  lexer.cursor = p->file->text.at + keyword->span.end;
  if (keyword->kind == TK_POLICY) p->diags->policy_lost = true;
  for (bool more = true; more;) {
    const struct token name = nuo__lexer_next(&lexer), as = nuo__lexer_next(&lexer);
    if (name.kind == TK_ID && p->diags->lost.count < DIAG_MAX_REPORTED)
      VEC_PUSH(p->arena, &p->diags->lost, name.text);
    more = as.kind == TK_ID && (nuo__str_is(as.text, "as") || nuo__str_is(as.text, "亦称"));
  }
}

static void parse_block(struct parser *p, const struct code_block *block) {
  struct feed *feed = &p->block;
  p->feed = feed;
  p->clause = block->clause;
  open_feed(p, feed, TK_BEGIN_FILE, block->body.start, block->body.end);
  feed->indent = 0;
  struct token token = nuo__tokens_next(&feed->tokens);
  nuo__tokens_opens_line(&feed->tokens, &token, &feed->indent);
  struct token keyword = {0};
  for (;;) {
    if (opens_decl(feed, &token) && acceptable(feed, &token)) keyword = token;
    if (token.kind == 0) feed_rows(p, feed, block);
    const bool right = acceptable(feed, &token);
    if (!right) nuo__parse_report(p, &token);
    if (token.kind == 0) break;
    if (right && push(p, feed, &token)) {
      token = nuo__tokens_next(&feed->tokens);
      continue;
    }
    const bool here = opens_decl(feed, &token);
    const uint32_t whole = p->file->decls.count;
    start_over(p, feed);
    if (p->file->decls.count > whole) p->decl->cut_short = true;
    const struct span cut = {p->number, feed->end, feed->end};
    if (p->diags->cuts.count < DIAG_MAX_REPORTED) VEC_PUSH(p->arena, &p->diags->cuts, cut);
    if (keyword.kind != 0 && !is_kept(p, &keyword)) remember_lost(p, &keyword);
    // The mistake may be that this declaration came too early.
    if (!here || !acceptable(feed, &token)) token = skip(feed);
  }
  start_over(p, feed);
}

// ---- pieces ----

struct expr *nuo__parse_piece(struct parser *p, int begin, uint32_t start, uint32_t end, uint32_t *stop) {
  struct feed *outer = p->feed, *feed = &p->piece;
  p->feed = feed;
  open_feed(p, feed, begin, start, end);
  bool right = true;
  struct token token;
  for (;;) {
    token = nuo__tokens_next(&feed->tokens);
    if (stop != NULL && token.kind == TK_RB && feed->bracket_count == 0) break;
    if (token.kind == 0) break;
    if (!right) {
      count_bracket(feed, &token);
    } else if (!nuo__grammar_accepts(feed->grammar, token.kind, true)) {
      nuo__parse_report(p, &token);
      count_bracket(feed, &token);
      right = false;
    } else {
      right = push(p, feed, &token);
    }
  }
  const bool unclosed = stop != NULL && token.kind == 0;
  if (unclosed && right) nuo__diag_add(p->diags, DIAG_N0211, (struct span){p->number, start - 1, start});
  if (stop != NULL) *stop = token.kind == 0 ? end : token.span.start;
  const bool complete = right && nuo__grammar_accepts(feed->grammar, 0, false);
  if (right && !complete && !unclosed) {
    token.kind = 0;
    nuo__parse_report(p, &token);
  }
  if (complete) nuo__grammar(feed->grammar, 0, (struct token){0});
  p->feed = outer;
  if (complete && feed->result != NULL) return feed->result;
  return nuo__build_expr(p, EXPR_ERROR, (struct span){p->number, start, end});
}

// ---- files ----

// Replaces every byte that is not UTF-8 by a letter, after a report for each run of them.
static void mend_bytes(struct parser *p) {
  const struct str text = p->file->text;
  size_t bad = nuo__utf8_check(text.at, text.len);
  if (bad == text.len) return;
  struct str mended = nuo__arena_copy(p->arena, text.at, text.len);
  size_t last = SIZE_MAX - 1;
  uint32_t reported = 0;
  while (bad < text.len) {
    const uint32_t at = (uint32_t)bad;
    if (bad != last + 1 && reported++ < MOST_BAD_BYTES)
      nuo__diag_add1(p->diags, DIAG_N0101, (struct span){p->number, at, at + 1},
                     nuo__diag_text(nuo__arena_format(p->arena, "0x%02X", (unsigned char)text.at[bad])));
    ((char *)mended.at)[bad] = '_';
    last = bad;
    bad += nuo__utf8_check(text.at + bad + 1, text.len - bad - 1) + 1;
  }
  p->file->text = mended;
}

// The scanner is a few tokens ahead of the grammar: puts what both reported from `first` on in order of
// place.
static void sort_reports(struct diagnostics *diags, uint32_t first) {
  for (uint32_t i = first + 1; i < diags->items.count; i++) {
    const struct diagnostic diag = diags->items.at[i];
    uint32_t at = i;
    for (; at > first && diags->items.at[at - 1].span.start > diag.span.start; at--)
      diags->items.at[at] = diags->items.at[at - 1];
    diags->items.at[at] = diag;
  }
}

static struct feed new_feed(struct parser *p) {
  return (struct feed){.grammar = nuo__arena_alloc(p->arena, nuo__grammar_size())};
}

void nuo__front_parse(struct arena *arena, struct diagnostics *diags, struct source_file *file,
                      uint32_t number) {
  struct parser p = {.arena = arena, .diags = diags, .file = file, .number = number};
  const uint32_t first = diags->items.count;
  if (file->text.len > LIMIT_SOURCE_BYTES) {
    nuo__diag_add1(diags, DIAG_N0102, (struct span){number, 0, 1},
                   nuo__diag_number(diags, LIMIT_SOURCE_BYTES >> 20));
    file->text.len = 0;
  }
  if (file->text.at == NULL) file->text = STR("");
  mend_bytes(&p);
  diags->policy_lost |= diags->items.count > first;
  p.keywords = nuo__keyword_index_new(arena);
  p.block = new_feed(&p);
  p.piece = new_feed(&p);
  const code_blocks blocks = nuo__document_read(arena, diags, file, number);
  for (uint32_t i = 0; i < blocks.count; i++) parse_block(&p, &blocks.at[i]);
  if (file->trace != NULL) file->trace->blocks = blocks;
  sort_reports(diags, first);
}

void nuo__front_position(const struct source_file *file, uint32_t offset, uint32_t *line, uint32_t *column) {
  uint32_t low = 0, high = file->line_starts.count;
  if (offset > file->text.len) offset = file->text.len;
  while (high - low > 1) {
    const uint32_t middle = low + (high - low) / 2;
    *(file->line_starts.at[middle] <= offset ? &low : &high) = middle;
  }
  const uint32_t start = high == 0 ? 0 : file->line_starts.at[low];
  *line = low + 1;
  *column = (uint32_t)nuo__utf8_count(file->text.at + start, offset - start) + 1;
}
