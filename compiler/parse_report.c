// SPDX-License-Identifier: Apache-2.0
// Why a token cannot come where it stands: the common slips (parse_slips.c), a misspelt keyword with the
// right one, and else what could come instead, in the author's words.
#include <string.h>

#include "compiler/parse.h"
#include "grammar.h"

#define MOST_EXPECTED 6

static bool expects(const struct parser *p, int token) {
  return nuo__grammar_accepts(p->feed->grammar, token, false);
}

static struct diag_arg as_written(struct parser *p, const struct token *token) {
  if (token->kind == 0) return nuo__diag_pair("the end", "结尾");
  struct str text = token->text;
  // A long text or row is known by its beginning.
  if (text.len > 40) {
    uint32_t cut = 40;
    while ((text.at[cut] & 0xC0) == 0x80) cut--;
    text.len = cut;
    return nuo__diag_text(nuo__arena_format(p->arena, "%.*s…", (int)text.len, text.at));
  }
  return nuo__diag_text(text);
}

// ---- what could come ----

struct expected {
  struct parser *p;
  VEC(struct diag_arg) items;
};

static void add(struct expected *list, struct diag_arg item) {
  if (list->items.count < MOST_EXPECTED) VEC_PUSH(list->p->arena, &list->items, item);
}

static bool is_value(int token) {
  switch (token) {
    case TK_ID:
    case TK_NUMBER:
    case TK_DECIMAL:
    case TK_STRING:
    case TK_DATE:
    case TK_INSTANT:
    case TK_CLOCK:
    case TK_TRUE:
    case TK_FALSE:
    case TK_LP:
    case TK_LB:
    case TK_NOT:
    case TK_MINUS:
    case TK_COUNT_OF:
    case TK_SUM_OF:
    case TK_DISTINCT_OF:
    case TK_SHARE_OF:
    case TK_ELAPSED_SINCE_LAST:
    case TK_SINCE:
      return true;
    default:
      return false;
  }
}

static bool is_operator(int token) {
  const struct keyword *row = nuo__keyword_of(token);
  if (row != NULL) return row->group == KEYWORD_OPERATOR;
  return token == TK_LT || token == TK_LE || token == TK_GT || token == TK_GE || token == TK_PLUS ||
         token == TK_MINUS || token == TK_STAR || token == TK_SLASH || token == TK_DOTDOT;
}

// What is missing most often comes first.
static const int usual[] = {TK_ACTION, TK_UNLESS, TK_BECAUSE};

static bool is_usual(int token) {
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
    if (usual[i] == token) return true;
  return false;
}

// Adds a token that can come, unless its family has been or will be added.
static void try_token(struct expected *list, int token, bool value, bool operators) {
  if (!expects(list->p, token) || (value && is_value(token))) return;
  if (token == TK_DOT || (operators && (is_operator(token) || token == TK_LP || token == TK_UNIT))) return;
  add(list, nuo__token_arg(list->p->arena, token));
}

// The words for what is expected: clauses first, for they are what an author forgets; whole families of
// tokens go by one name.
static void list_expected(struct expected *list) {
  struct parser *p = list->p;
  const bool value = expects(p, TK_NUMBER) && expects(p, TK_ID);
  const bool operators = expects(p, TK_OR);
  const bool decls = expects(p, TK_RULE) && expects(p, TK_TABLE);
  if (value) add(list, nuo__diag_pair("a value or a condition", "值或条件"));
  if (operators) add(list, nuo__diag_pair("`and`, `or`, a comparison", "“且”“或”、比较"));
  for (size_t i = 0; i < sizeof usual / sizeof *usual; i++) try_token(list, usual[i], value, operators);
  const struct keyword *row;
  for (uint32_t i = 0; (row = nuo__keyword_row(i)) != NULL; i++)
    if (row == nuo__keyword_of(row->token) && !is_usual(row->token) && !(decls && row->group == KEYWORD_DECL))
      try_token(list, row->token, value, operators);
  for (int token = 1; token <= nuo__grammar_last_token(); token++)
    if (nuo__keyword_of(token) == NULL) try_token(list, token, value, operators);
  if (decls) add(list, nuo__diag_pair("the next declaration", "下一条声明"));
  if (list->items.count == 0) add(list, nuo__diag_pair("the end", "结尾"));
}

static struct diag_arg join(struct expected *list) {
  struct diag_arg all = list->items.at[0];
  for (uint32_t i = 1; i < list->items.count; i++) {
    const bool last = i + 1 == list->items.count;
    const struct diag_arg *next = &list->items.at[i];
    all.en = nuo__arena_format(list->p->arena, "%.*s%s%.*s", (int)all.en.len, all.en.at, last ? " or " : ", ",
                               (int)next->en.len, next->en.at);
    all.zh = nuo__arena_format(list->p->arena, "%.*s%s%.*s", (int)all.zh.len, all.zh.at, last ? "或" : "、",
                               (int)next->zh.len, next->zh.at);
  }
  return all;
}

static void report_expected(struct parser *p, const struct token *token) {
  struct expected list = {.p = p};
  list_expected(&list);
  const struct diag_arg written = as_written(p, token);
  nuo__diag_add2(p->diags, token->kind == 0 ? DIAG_N0207 : DIAG_N0201, token->span,
                 token->kind == 0 ? join(&list) : written, join(&list));
}

// ---- slips ----

// A keyword with a colon behind it: `title: "…"`.
static bool report_colon(struct parser *p, const struct token *token) {
  const struct keyword *row = NULL;
  const struct token *next = nuo__tokens_peek(&p->feed->tokens, 0);
  if (token->kind != TK_ID || next->kind != TK_COLON) return false;
  if (nuo__keyword_match(p->keywords, &token->text, 1, &row) == 0 || !expects(p, row->token)) return false;
  nuo__diag_add1(p->diags, DIAG_N0210, next->span, nuo__diag_text(token->text));
  return true;
}

// ---- misspelt keywords ----

struct candidates {
  struct parser *p;
  struct str wrong;
  VEC(struct str) forms;
  struct str completed;  // a form that begins with the very word: `forbid` for `forbid when`
};

static void add_forms(struct candidates *c, const char *forms) {
  struct str form;
  for (uint32_t i = 0; nuo__keyword_form(forms, i, &form); i++) {
    VEC_PUSH(c->p->arena, &c->forms, form);
    const bool begins = form.len > c->wrong.len && memcmp(form.at, c->wrong.at, c->wrong.len) == 0;
    if (begins && form.at[c->wrong.len] == ' ') c->completed = form;
  }
}

static bool report_misspelt(struct parser *p, const struct token *token) {
  if (token->kind != TK_ID) return false;
  struct candidates c = {.p = p, .wrong = token->text};
  const struct keyword *row;
  uint32_t indent;
  const bool opens_line = nuo__tokens_opens_line(&p->feed->tokens, token, &indent);
  for (uint32_t i = 0; (row = nuo__keyword_row(i)) != NULL; i++) {
    if (!expects(p, row->token) || (row->group == KEYWORD_DECL && !opens_line)) continue;
    add_forms(&c, row->en);
    add_forms(&c, row->zh);
  }
  struct str meant = c.completed;
  if (meant.at == NULL) meant = nuo__diag_suggest(c.wrong, c.forms.at, c.forms.count);
  struct span span = token->span;
  const struct token *next = nuo__tokens_peek(&p->feed->tokens, 0);
  if (meant.at == NULL && next->kind == TK_ID) {
    // `forbd when`: one mistake in two words.
    span.end = next->span.end;
    // Out of the source: a token's own text may be a copy, with its full-width digits made narrow.
    c.wrong = (struct str){p->file->text.at + span.start, span.end - span.start};
    meant = nuo__diag_suggest(c.wrong, c.forms.at, c.forms.count);
  }
  if (meant.at == NULL) return false;
  struct diagnostic *diag =
      nuo__diag_add2(p->diags, DIAG_N0205, span, nuo__diag_text(c.wrong), nuo__diag_text(meant));
  diag->suggestion = meant;
  return true;
}

// ---- missing brackets ----

static bool report_bracket(struct parser *p, const struct token *token) {
  const struct feed *feed = p->feed;
  if (feed->bracket_count == 0 || feed->bracket_count > PARSE_BRACKETS) return false;
  const struct token *open = &feed->brackets[feed->bracket_count - 1];
  const bool brace = open->kind == TK_LB;
  const struct keyword *row = nuo__keyword_of(token->kind);
  uint32_t indent;
  const bool decl = row != NULL && row->group == KEYWORD_DECL;
  const bool clause = row != NULL && nuo__tokens_opens_line(&feed->tokens, token, &indent);
  if (token->kind != 0 && !decl && !(clause && expects(p, brace ? TK_RB : TK_RP))) return false;
  struct diagnostic *diag = nuo__diag_add2(p->diags, DIAG_N0202, open->span, nuo__diag_text(open->text),
                                           brace ? nuo__diag_pair("}", "｝") : nuo__diag_pair(")", "）"));
  diag->also = token->span;
  return true;
}

void nuo__parse_report(struct parser *p, const struct token *token) {
  if (report_bracket(p, token) || report_colon(p, token) || nuo__parse_slip_deadline(p, token) ||
      nuo__parse_slip(p, token) || report_misspelt(p, token) || nuo__parse_slip_unlike(p, token))
    return;
  report_expected(p, token);
}
