// SPDX-License-Identifier: Apache-2.0
// What the layout has to know of each token of a block: its text, the comments that go with it, whether a
// space stands before it, and how loosely it hangs on what stands there.
#include <string.h>

#include "compiler/format/format.h"
#include "compiler/keyword.h"
#include "grammar.h"
#include "runtime/utf8.h"

uint32_t nuo__format_inner(const struct trace *trace, uint32_t index) {
  const uint32_t end = trace->tokens.at[index].span.end;
  uint32_t next = index + 1;
  while (next < trace->tokens.count && trace->tokens.at[next].span.start < end) next++;
  return next - index - 1;
}

// ---- comments ----
static uint32_t column_of(const struct formatter *f, uint32_t at) {
  uint32_t start = at;
  while (start > 0 && f->file->text.at[start - 1] != '\n') start--;
  return at - start;
}

static uint32_t newlines(const struct formatter *f, uint32_t from, uint32_t to) {
  uint32_t count = 0;
  for (uint32_t i = from; i < to; i++) count += f->file->text.at[i] == '\n';
  return count;
}

static struct str comment_text(const struct formatter *f, struct span span) {
  static const char wide[] = "＃";
  struct str text = {f->file->text.at + span.start, span.end - span.start};
  while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t')) text.len--;
  if (text.len < 3 || memcmp(text.at, wide, 3) != 0) return text;
  return nuo__arena_format(f->arena, "#%.*s", (int)(text.len - 3), text.at + 3);
}

// The comments before `to`, where the token `item` or the block ends; `*end` is where the last thing ended.
static void take_comments(struct formatter *f, struct item *item, uint32_t to, uint32_t *end) {
  VEC(struct comment) own = {0};
  for (; f->next_comment < f->file->comments.count; f->next_comment++) {
    const struct span span = f->file->comments.at[f->next_comment];
    if (span.start >= to) break;
    struct item *last = f->items.count > 0 ? &f->items.at[f->items.count - 1] : NULL;
    // Within a row it is the row's; between the words of a keyword it comes to stand behind them.
    if (span.start < *end && last->token->kind == TK_ROW) continue;
    const uint32_t lines = newlines(f, *end, span.start);
    const struct comment comment = {comment_text(f, span), column_of(f, span.start),
                                    lines > 1 && f->items.count > 0};
    if (lines == 0 && last != NULL && last->trailing.at == NULL && own.count == 0)
      last->trailing = comment.text;
    else
      VEC_PUSH(f->arena, &own, comment);
    if (own.count > 1 && lines > 1) own.at[own.count - 1].blank = true;
    if (span.end > *end) *end = span.end;
  }
  item->comments = own.at;
  item->comment_count = own.count;
  item->blank = newlines(f, *end, to) > 1 && (f->items.count > 0 || own.count > 0);
}

// ---- what hangs on what ----

// Brackets, and aggregates, which are as closed as if they stood in some.
struct nesting {
  VEC(uint32_t) brackets;  // items
  VEC(uint32_t) ends;      // of aggregates
};

static bool leave_aggregates(struct nesting *n, uint32_t at) {
  const uint32_t count = n->ends.count;
  while (n->ends.count > 0 && n->ends.at[n->ends.count - 1] <= at) n->ends.count--;
  return n->ends.count < count;
}

static void enter_aggregate(struct formatter *f, struct nesting *n, const struct token *token) {
  const struct trace *trace = f->file->trace;
  for (; f->next_aggregate < trace->aggregates.count; f->next_aggregate++) {
    const struct span *span = &trace->aggregates.at[f->next_aggregate];
    if (span->start > token->span.start) break;
    if (span->start == token->span.start) VEC_PUSH(f->arena, &n->ends, span->end);
  }
}

static uint16_t last_key(const struct item *item, const struct token *before) {
  switch (item->token->kind) {
    case TK_NOT:
      return KEY_NONE;
    case TK_FROM:
    case TK_REVIEWED:
    case TK_LT:
    case TK_LE:
    case TK_GT:
    case TK_GE:
      return KEY_COMPARE;
    case TK_PLUS:
    case TK_MINUS:
    case TK_STAR:
    case TK_SLASH:
      return before != NULL && nuo__format_ends_value(before) ? KEY_CALCULATE : KEY_NONE;
    default:
      return item->group == KEYWORD_OPERATOR ? KEY_COMPARE : KEY_NONE;
  }
}

static uint16_t key_of(const struct item *item, const struct token *before, const struct decl *decl,
                       uint32_t depth, bool after_total) {
  const int kind = item->token->kind;
  uint32_t rank = RANK_COUNT;
  if (item->group == KEYWORD_PART) rank = RANK_PART;
  if (kind == TK_OR) rank = RANK_OR;
  if (kind == TK_AND) rank = RANK_AND;
  if (before != NULL && before->kind == TK_COMMA && kind != TK_RB) rank = RANK_COMMA;
  if (kind == TK_LT && decl->kind == DECL_SEVERITIES) rank = RANK_COMMA;
  if (rank == RANK_COUNT && after_total && kind != TK_RP) rank = RANK_TOTAL;
  if (rank == RANK_COUNT) return last_key(item, before);
  return (uint16_t)(depth * RANK_COUNT + rank);
}

static void close_bracket(struct formatter *f, struct nesting *n, struct item *item) {
  if (n->brackets.count == 0) return;
  const uint32_t open = n->brackets.at[--n->brackets.count];
  item->mate = open;
  item->braces = f->items.at[open].braces;
  f->items.at[open].mate = f->items.count;
}

static bool opens_block(const struct item *before, const struct decl *decl) {
  const int kind = before->token->kind;
  if (decl->kind == DECL_EVENT) return kind != TK_ONE_OF && kind != TK_DEFAULT;
  if (decl->kind == DECL_ADAPTER) return true;
  return nuo__format_ends_value(before->token);
}

// In `fact F (user: text)` a space sets off what belongs to the whole; in `f(x)` there is none.
static bool heads_parameters(const struct formatter *f, const struct decl *decl) {
  if (f->items.count < 2) return false;
  const struct item *second = &f->items.at[f->items.count - 2];
  if (second->token->kind == TK_AS) return true;
  return second->decl == decl && (decl->kind == DECL_TABLE || decl->kind == DECL_FACT);
}

static bool spaced(const struct formatter *f, const struct item *item, const struct decl *decl) {
  const uint32_t count = f->items.count;
  const struct item *last = count > 0 ? &f->items.at[count - 1] : NULL;
  if (last == NULL) return false;
  if (last->braces && last->token->kind == TK_LB) return item->token->kind != TK_RB;
  if (item->braces && item->token->kind == TK_RB) return true;
  if (item->token->kind == TK_LP && heads_parameters(f, decl)) return true;
  return nuo__format_spaced(count > 1 ? f->items.at[count - 2].token : NULL, last->token, item->token,
                            item->text);
}

// ---- items ----
static const struct decl *decl_at(struct formatter *f, const struct token *token) {
  if (f->next_decl == f->file->decls.count) return NULL;
  const struct decl *decl = f->file->decls.at[f->next_decl];
  if (decl->span.start != token->span.start) return NULL;
  f->next_decl++;
  return decl;
}

static void add_item(struct formatter *f, struct nesting *n, struct item item, const struct decl *decl) {
  const struct item *last = f->items.count > 0 ? &f->items.at[f->items.count - 1] : NULL;
  const int kind = item.token->kind;
  const bool after_total = leave_aggregates(n, item.token->span.start);
  if (kind == TK_RP || kind == TK_RB) close_bracket(f, n, &item);
  if (kind == TK_LB && last != NULL) item.braces = opens_block(last, decl);
  item.key =
      key_of(&item, last != NULL ? last->token : NULL, decl, n->brackets.count + n->ends.count, after_total);
  item.space = spaced(f, &item, decl);
  item.start = (last != NULL ? last->end : 0) + item.space;
  item.end = item.start + item.width;
  const bool forced = item.comment_count > 0 || (last != NULL && last->trailing.at != NULL);
  item.breaks = (last != NULL ? last->breaks : 0) + forced;
  if (kind == TK_LP || kind == TK_LB) VEC_PUSH(f->arena, &n->brackets, f->items.count);
  enter_aggregate(f, n, item.token);
  VEC_PUSH(f->arena, &f->items, item);
}

void nuo__format_items(struct formatter *f, const struct code_block *block) {
  const struct trace *trace = f->file->trace;
  const struct token *before = NULL;
  const struct decl *decl = NULL;
  struct nesting nesting = {0};
  uint32_t end = block->body.start;
  f->items.count = 0;
  while (f->next_comment < f->file->comments.count && f->file->comments.at[f->next_comment].start < end)
    f->next_comment++;
  while (f->next_token < trace->tokens.count &&
         trace->tokens.at[f->next_token].span.start < block->body.end) {
    const struct token *token = &trace->tokens.at[f->next_token];
    const uint32_t inner = nuo__format_inner(trace, f->next_token);
    struct item item = {.token = token, .decl = decl_at(f, token), .group = KEYWORD_CLAUSE};
    const struct keyword *row = nuo__format_keyword(token);
    if (row != NULL) item.group = row->group;
    if (item.decl != NULL) decl = item.decl;
    item.column = (uint16_t)column_of(f, token->span.start);
    item.text = nuo__format_token(f, before, token, inner);
    item.width = (uint32_t)nuo__utf8_text_width(item.text.at, item.text.len);
    take_comments(f, &item, token->span.start, &end);
    add_item(f, &nesting, item, decl);
    before = token;
    end = token->span.end;
    f->next_token += 1 + inner;
  }
  struct item last = {0};
  take_comments(f, &last, block->body.end, &end);
  VEC_PUSH(f->arena, &f->items, last);
}
