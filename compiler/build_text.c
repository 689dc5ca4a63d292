// SPDX-License-Identifier: Apache-2.0
// Texts, templates and table rows: what holds expressions inside one token. They are parsed by the same
// grammar as everything else, in place, so that spans point into the file.
#include <string.h>

#include "compiler/build.h"
#include "compiler/literal.h"
#include "grammar.h"
#include "runtime/utf8.h"

// The text between the quotes, and where it begins in the file.
static struct str inside(const struct token *token, uint32_t *start) {
  const uint32_t open = nuo__literal_quote_size(token->text);
  struct str text = {token->text.at + open, token->text.len - open};
  *start = token->span.start + open;
  // The closing mark is missing when the text ran into the line's end.
  static const char *const marks[] = {"\"", "”", "’", "」", "』", "\xEF\xBC\x82", "'"};
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
    const size_t len = strlen(marks[i]);
    if (text.len < len || memcmp(text.at + text.len - len, marks[i], len) != 0) continue;
    text.len -= (uint32_t)len;
    break;
  }
  return text;
}

static struct expr *text_piece(struct parser *p, struct str raw, uint32_t start) {
  struct expr *e = nuo__build_expr(p, EXPR_TEXT, (struct span){p->number, start, start + raw.len});
  e->text = nuo__literal_unescape(p->arena, p->diags, p->number, start, raw);
  return e;
}

struct expr *nuo__build_text(struct parser *p, const struct token *token) {
  uint32_t start;
  const struct str raw = inside(token, &start);
  struct expr *e = text_piece(p, raw, start);
  e->span = token->span;
  // Where it was to end nobody knows: what it says is not judged.
  if (token->value != 0) e->kind = EXPR_ERROR;
  return e;
}

// The next `{` that is not escaped, or the length.
static uint32_t find_brace(struct str raw, uint32_t from) {
  for (uint32_t i = from; i < raw.len; i++) {
    if (raw.at[i] == '\\')
      i++;
    else if (raw.at[i] == '{')
      return i;
  }
  return raw.len;
}

struct expr *nuo__build_template(struct parser *p, const struct token *token) {
  uint32_t start;
  const struct str raw = inside(token, &start);
  uint32_t at = 0, brace = find_brace(raw, 0);
  if (brace == raw.len || token->value != 0) return nuo__build_text(p, token);
  struct expr *e = nuo__build_expr(p, EXPR_TEMPLATE, token->span);
  for (; brace < raw.len; brace = find_brace(raw, at)) {
    VEC_PUSH(p->arena, &e->items, text_piece(p, (struct str){raw.at + at, brace - at}, start + at));
    uint32_t stop;
    struct expr *part = nuo__parse_piece(p, TK_BEGIN_EXPR, start + brace + 1, start + raw.len, &stop);
    if (part->depth >= e->depth) e->depth = part->depth + 1;
    VEC_PUSH(p->arena, &e->items, part);
    at = stop - start < raw.len ? stop - start + 1 : raw.len;
  }
  if (at < raw.len)
    VEC_PUSH(p->arena, &e->items, text_piece(p, (struct str){raw.at + at, raw.len - at}, start + at));
  return e;
}

// The next `|` that is not escaped, or the length.
static uint32_t find_bar(struct str row, uint32_t from) {
  for (uint32_t i = from; i < row.len; i++) {
    if (row.at[i] == '\\')
      i++;
    else if (row.at[i] == '|')
      return i;
  }
  return row.len;
}

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

static struct expr *cell(struct parser *p, uint32_t start, uint32_t end) {
  const char *text = p->file->text.at;
  while (start < end && is_space(text[start])) start++;
  while (end > start && is_space(text[end - 1])) end--;
  if (start < end) return nuo__parse_piece(p, TK_BEGIN_CELL, start, end, NULL);
  // The bar before an empty cell shows where it is.
  const struct span bar = {p->number, start > 0 ? start - 1 : 0, start > 0 ? start : 1};
  nuo__diag_add(p->diags, DIAG_N0208, bar);
  return nuo__build_expr(p, EXPR_ERROR, bar);
}

void nuo__build_row(struct parser *p, const struct token *token) {
  struct str row = token->text;
  uint32_t at = row.len > 0 && row.at[0] == '|';
  const bool barred =
      at < row.len && row.at[row.len - 1] == '|' && !(row.len > 1 && row.at[row.len - 2] == '\\');
  if (barred) row.len--;
  struct table_row out = {.span = token->span};
  do {
    const uint32_t bar = find_bar(row, at);
    VEC_PUSH(p->arena, &out.cells, cell(p, token->span.start + at, token->span.start + bar));
    at = bar + 1;
  } while (at <= row.len);
  VEC_PUSH(p->arena, &p->decl->table.rows, out);
}
