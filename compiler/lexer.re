// SPDX-License-Identifier: Apache-2.0
// The scanner: pattern -> token. Works on a slice of the file's text, which is valid UTF-8 and not terminated;
// reading past its end yields a NUL. Full-width punctuation means what its ASCII twin means. Keywords are not
// known here, but for `matches`, after which a slash opens a pattern.
#include "compiler/lexer.h"

#include <string.h>

#include "compiler/literal.h"
#include "compiler/numeral.h"
#include "grammar.h"
#include "runtime/limits.h"
#include "runtime/utf8.h"

/*!include:re2c "unicode_categories.re" */

static unsigned char peek(const struct lexer *lexer, const char *at) {
  return at < lexer->limit ? (unsigned char)*at : 0;
}

static struct span span_of(const struct lexer *lexer, const char *from, const char *to) {
  const char *base = lexer->file->text.at;
  return (struct span){lexer->number, (uint32_t)(from - base), (uint32_t)(to - base)};
}

static struct token make(struct lexer *lexer, int kind, const char *from) {
  return (struct token){.kind = kind,
                        .span = span_of(lexer, from, lexer->cursor),
                        .text = {from, (uint32_t)(lexer->cursor - from)}};
}

// Reports that something else is written for this, and goes on with what was meant.
static struct token mend(struct lexer *lexer, int kind, const char *from, const char *en, const char *zh) {
  const struct token token = make(lexer, kind, from);
  nuo__diag_add2(lexer->diags, DIAG_N0203, token.span, nuo__diag_text(token.text), nuo__diag_pair(en, zh));
  return token;
}

static struct diag_arg code_point(struct lexer *lexer, const char *at) {
  size_t size;
  return nuo__diag_text(nuo__arena_format(lexer->arena, "U+%04X", nuo__utf8_decode(at, &size)));
}

static void report_char(struct lexer *lexer, enum diag_code code, const char *at) {
  const struct token token = make(lexer, 0, at);
  const struct diag_arg code_name = code_point(lexer, at);
  const bool control = (unsigned char)*at < 0x20 || *at == 0x7F;
  nuo__diag_add2(lexer->diags, code, token.span, code_name, control ? code_name : nuo__diag_text(token.text));
}

static bool is_bidi(uint32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// Characters that turn the order of what is shown around: a reader would see another text than the compiler.
static void check_bidi(struct lexer *lexer, const char *from, const char *to) {
  size_t size;
  for (const char *at = from; at < to; at += size) {
    if (!is_bidi(nuo__utf8_decode(at, &size))) continue;
    nuo__diag_add1(lexer->diags, DIAG_N0119, span_of(lexer, at, at + size), code_point(lexer, at));
  }
}

static const char *line_end(const struct lexer *lexer, const char *from) {
  const char *end = memchr(from, '\n', (size_t)(lexer->limit - from));
  if (end == NULL) return lexer->limit;
  return end > from && end[-1] == '\r' ? end - 1 : end;
}

static void take_comment(struct lexer *lexer, const char *from) {
  lexer->cursor = line_end(lexer, lexer->cursor);
  check_bidi(lexer, from, lexer->cursor);
  VEC_PUSH(lexer->arena, &lexer->file->comments, span_of(lexer, from, lexer->cursor));
}

// ---- words ----

enum script { SCRIPT_OTHER, SCRIPT_LATIN, SCRIPT_LOOKALIKE };

static enum script script_of(uint32_t c) {
  if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c <= 0x24F)) return SCRIPT_LATIN;
  const bool greek = c >= 0x370 && c <= 0x3FF, cyrillic = c >= 0x400 && c <= 0x52F;
  return greek || cyrillic || (c >= 0xFF21 && c <= 0xFF5A) ? SCRIPT_LOOKALIKE : SCRIPT_OTHER;
}

static void check_scripts(struct lexer *lexer, const struct token *token) {
  size_t size;
  bool latin = false;
  const char *stranger = NULL;
  for (const char *at = token->text.at, *end = at + token->text.len; at < end; at += size) {
    const enum script script = script_of(nuo__utf8_decode(at, &size));
    latin |= script == SCRIPT_LATIN;
    if (script == SCRIPT_LOOKALIKE && stranger == NULL) stranger = at;
  }
  if (!latin || stranger == NULL) return;
  nuo__diag_add2(lexer->diags, DIAG_N0105, token->span, nuo__diag_text(token->text), code_point(lexer, stranger));
}

// Full-width digits are digits, in names too.
static struct str narrow_digits(struct lexer *lexer, struct str text) {
  char *out = nuo__arena_alloc(lexer->arena, text.len);
  uint32_t len = 0;
  size_t size;
  for (uint32_t i = 0; i < text.len; i += (uint32_t)size) {
    const uint32_t c = nuo__utf8_decode(text.at + i, &size);
    len += (uint32_t)nuo__utf8_encode(c >= 0xFF10 && c <= 0xFF19 ? c - 0xFF10 + '0' : c, out + len);
  }
  return (struct str){out, len};
}

static struct token word(struct lexer *lexer, const char *from, bool wide_digits) {
  struct token token = make(lexer, TK_ID, from);
  int64_t value = 0;
  const uint32_t numeral = nuo__numeral_before_unit(token.text, &value);
  if (numeral > 0) {
    lexer->cursor = from + numeral;
    token = make(lexer, TK_NUMBER, from);
    token.value = value;
    return token;
  }
  if (token.text.len > LIMIT_NAME_BYTES) {
    nuo__diag_add1(lexer->diags, DIAG_N0114, token.span, nuo__diag_number(lexer->diags, LIMIT_NAME_BYTES));
    token.text.len = (uint32_t)nuo__literal_quote_size(token.text);  // any short piece will do
  }
  check_scripts(lexer, &token);
  if (wide_digits) token.text = narrow_digits(lexer, token.text);
  lexer->regex = nuo__str_equal(token.text, STR("matches")) || nuo__str_equal(token.text, STR("匹配"));
  return token;
}

// ---- strings, patterns, rows ----

// Goes on to the closing mark, which has to stand on the same line.
static struct token string(struct lexer *lexer, const char *from, const char *close) {
  const size_t close_size = strlen(close);
  const char *end = line_end(lexer, from), *at = lexer->cursor;
  while (at < end && !((size_t)(end - at) >= close_size && memcmp(at, close, close_size) == 0))
    at += *at == '\\' && at + 1 < end ? 2 : 1;
  const bool closed = at < end;
  lexer->cursor = closed ? at + close_size : end;
  struct token token = make(lexer, TK_STRING, from);
  token.value = !closed;
  if (!closed) nuo__diag_add1(lexer->diags, DIAG_N0106, token.span, nuo__diag_text((struct str){close, (uint32_t)close_size}));
  if (token.text.len > LIMIT_STRING_BYTES)
    nuo__diag_add1(lexer->diags, DIAG_N0115, token.span, nuo__diag_number(lexer->diags, LIMIT_STRING_BYTES));
  check_bidi(lexer, from, lexer->cursor);
  return token;
}

// A text between marks that cannot open one.
static struct token odd_text(struct lexer *lexer, const char *from, const char *close) {
  const struct token mark = make(lexer, 0, from);
  nuo__diag_add1(lexer->diags, DIAG_N0122, mark.span, nuo__diag_text(mark.text));
  return string(lexer, from, close);
}

// `《广告法》第九条` without quotes: a text, up to white space or a comma.
static struct token title(struct lexer *lexer, const char *from) {
  const char *end = line_end(lexer, from), *at = lexer->cursor;
  while (at < end && strchr(" \t,\"", *at) == NULL && memcmp(at, "，", 3) != 0 && memcmp(at, "、", 3) != 0) at++;
  lexer->cursor = at;
  struct token token = make(lexer, TK_STRING, from);
  nuo__diag_add1(lexer->diags, DIAG_N0220, token.span, nuo__diag_text(token.text));
  token.value = true;
  return token;
}

static struct token pattern(struct lexer *lexer, const char *from) {
  const char *end = line_end(lexer, from), *at = from + 1;
  for (bool group = false; at < end && (*at != '/' || group); at += *at == '\\' && at + 1 < end ? 2 : 1) {
    if (*at == '[') group = true;
    if (*at == ']') group = false;
  }
  const bool closed = at < end;
  lexer->cursor = closed ? at + 1 : end;
  const struct token token = make(lexer, TK_REGEX, from);
  if (!closed) nuo__diag_add(lexer->diags, DIAG_N0117, token.span);
  return token;
}

// Joins names only when the next one follows at once: else it is a full stop out of habit.
static struct token dot(struct lexer *lexer, const char *from) {
  const char next = lexer->cursor < lexer->limit ? *lexer->cursor : '\n';
  if (next != ' ' && next != '\t' && next != '\r' && next != '\n') return make(lexer, TK_DOT, from);
  report_char(lexer, DIAG_N0204, from);
  return (struct token){.kind = -1};
}

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// The line of a bar that is the first thing on its line and has a bar as the last: a row of a table.
static bool row_end(const struct lexer *lexer, const char *bar, const char **end) {
  const char *at = bar;
  while (at > lexer->file->text.at && is_blank(at[-1])) at--;
  if (at > lexer->file->text.at && at[-1] != '\n') return false;
  *end = line_end(lexer, bar);
  while (*end > bar && is_blank((*end)[-1])) --*end;
  return *end > bar + 1 && (*end)[-1] == '|';
}

// Whether the line after `end` consists of bars, dashes and colons: what stands above it is the header.
static bool is_ruler_below(const struct lexer *lexer, const char *end, const char **after) {
  const char *at = memchr(end, '\n', (size_t)(lexer->limit - end));
  if (at == NULL) return false;
  bool dashes = false;
  for (at++; at < lexer->limit && *at != '\n'; at++) {
    if (!is_blank(*at) && *at != '|' && *at != '-' && *at != ':') return false;
    dashes |= *at == '-';
  }
  if (dashes) *after = at;
  return dashes;
}

// The header of a table and its ruler tell only people anything: they go with the comments.
static void take_header(struct lexer *lexer, const char *from, const char *end) {
  VEC_PUSH(lexer->arena, &lexer->file->comments, span_of(lexer, from, end));
  const char *ruler = memchr(end, '\n', (size_t)(lexer->cursor - end)), *stop = lexer->cursor;
  for (ruler++; is_blank(*ruler);) ruler++;
  while (is_blank(stop[-1])) stop--;
  VEC_PUSH(lexer->arena, &lexer->file->comments, span_of(lexer, ruler, stop));
}

// The next token, or kind -1 when there was only something to skip.
static struct token scan(struct lexer *lexer) {
  const char *const from = lexer->cursor;
  const char *cursor = from, *marker = from;
  struct token token;
#define DONE(...) lexer->cursor = cursor; return __VA_ARGS__
#define TOKEN(kind) DONE(make(lexer, TK_##kind, from))
#define SKIP DONE((struct token){.kind = -1})
  /*!re2c
    re2c:flags:input = custom;
    re2c:api:style = free-form;
    re2c:define:YYCTYPE = "unsigned char";
    re2c:define:YYPEEK = "peek(lexer, cursor)";
    re2c:define:YYSKIP = "++cursor;";
    re2c:define:YYBACKUP = "marker = cursor;";
    re2c:define:YYRESTORE = "cursor = marker;";
    re2c:yyfill:enable = 0;
    re2c:indent:top = 1;

    han     = [\u3007] | [\u4e00-\u9fff] | [\U00020000-\U0003FFFD];
    letter  = L | Nl | han | "_";
    digit   = [0-9];
    wide    = [\uFF10-\uFF19];
    d       = digit | wide;
    hyphen  = "-" | "\uFF0D";
    colon   = ":" | "\uFF1A";
    point   = "." | "\uFF0E";
    integer = d (d | "_")*;
    decimal = integer point d+;
    clock   = d{1,2} colon d{2} (colon d{2} (point d{1,9})?)?;
    date    = d{4} hyphen d{2} hyphen d{2};
    offset  = [zZ] | ("+" | "\uFF0B" | hyphen) d{2} colon d{2};

    [ \t\r\n\f\v]+ | Zs+       { SKIP; }
    "#" | "\uFF03"             { lexer->cursor = cursor; take_comment(lexer, from); return (struct token){.kind = -1}; }
    "//"                       { lexer->cursor = cursor; mend(lexer, 0, from, "#", "#"); take_comment(lexer, from);
                                 return (struct token){.kind = -1}; }

    letter (letter | digit | Mn | Mc)*      { DONE(word(lexer, from, false)); }
    letter (letter | d | Mn | Mc)*          { DONE(word(lexer, from, true)); }

    integer                    { lexer->cursor = cursor; token = make(lexer, TK_NUMBER, from);
                                 nuo__literal_number(lexer, &token); return token; }
    decimal                    { lexer->cursor = cursor; token = make(lexer, TK_DECIMAL, from);
                                 nuo__literal_decimal(lexer, &token, false); return token; }
    (integer | decimal) ("%" | "\uFF05")
                               { lexer->cursor = cursor; token = make(lexer, TK_DECIMAL, from);
                                 nuo__literal_decimal(lexer, &token, true); return token; }
    date | d{4} hyphen d{1,2} hyphen d{1,2} | d{4} "年" d{1,2} "月" d{1,2} "日"
                               { lexer->cursor = cursor; token = make(lexer, TK_DATE, from);
                                 nuo__literal_date(lexer, &token); return token; }
    clock                      { lexer->cursor = cursor; token = make(lexer, TK_CLOCK, from);
                                 nuo__literal_clock(lexer, &token); return token; }
    date [Tt] clock offset?    { lexer->cursor = cursor; token = make(lexer, TK_INSTANT, from);
                                 nuo__literal_instant(lexer, &token); return token; }

    "\""                       { DONE(string(lexer, from, "\"")); }
    "\uFF02"                   { DONE(string(lexer, from, "\xEF\xBC\x82")); }
    "“"                        { DONE(string(lexer, from, "”")); }
    "‘"                        { DONE(string(lexer, from, "’")); }
    "「"                       { DONE(string(lexer, from, "」")); }
    "『"                       { DONE(string(lexer, from, "』")); }
    "'"                        { lexer->cursor = cursor; return odd_text(lexer, from, "'"); }
    "”"                        { lexer->cursor = cursor; return odd_text(lexer, from, "”"); }
    "’"                        { lexer->cursor = cursor; return odd_text(lexer, from, "’"); }
    "《"                       { lexer->cursor = cursor; return title(lexer, from); }
    "~" | "～" | [\u2013\u2014\u2500]+ | "…"+
                               { lexer->cursor = cursor; return mend(lexer, TK_DOTDOT, from, "..", ".."); }

    "(" | "（"                 { TOKEN(LP); }
    ")" | "）"                 { TOKEN(RP); }
    "{" | "｛"                 { TOKEN(LB); }
    "}" | "｝"                 { TOKEN(RB); }
    "," | "，" | "、"          { TOKEN(COMMA); }
    colon                      { TOKEN(COLON); }
    point | "。"               { lexer->cursor = cursor; return dot(lexer, from); }
    (point point) | "。。"     { TOKEN(DOTDOT); }
    "?" | "？"                 { TOKEN(QM); }
    "=" | "＝"                 { TOKEN(EQ); }
    "<" | "＜"                 { TOKEN(LT); }
    ">" | "＞"                 { TOKEN(GT); }
    ("<" | "＜") ("=" | "＝") | "≤" | "≦" { TOKEN(LE); }
    (">" | "＞") ("=" | "＝") | "≥" | "≧" { TOKEN(GE); }
    hyphen (">" | "＞") | "→"  { TOKEN(ARROW); }
    "+" | "＋"                 { TOKEN(PLUS); }
    hyphen | "−"               { TOKEN(MINUS); }
    "*" | "＊" | "×"           { TOKEN(STAR); }
    "/" | "／" | "÷"           { if (lexer->regex && *from == '/') { DONE(pattern(lexer, from)); } TOKEN(SLASH); }
    "|"                        { lexer->cursor = cursor; const char *end;
                                 if (!row_end(lexer, from, &end)) { report_char(lexer, DIAG_N0103, from);
                                   return (struct token){.kind = -1}; }
                                 lexer->cursor = end;
                                 if (is_ruler_below(lexer, end, &lexer->cursor)) { take_header(lexer, from, end);
                                   return (struct token){.kind = -1}; }
                                 return make(lexer, TK_ROW, from); }

    "==" | "＝＝"              { lexer->cursor = cursor; return mend(lexer, TK_IS, from, "is", "为"); }
    "!=" | "！＝" | "！=" | "<>" | "≠" { lexer->cursor = cursor; return mend(lexer, TK_IS_NOT, from, "is not", "不为"); }
    "&&"                       { lexer->cursor = cursor; return mend(lexer, TK_AND, from, "and", "且"); }
    "||"                       { lexer->cursor = cursor; const char *end;
                                 if (!row_end(lexer, from, &end)) return mend(lexer, TK_OR, from, "or", "或");
                                 lexer->cursor = end; return make(lexer, TK_ROW, from); }
    "!" | "！"                 { lexer->cursor = cursor; return mend(lexer, TK_NOT, from, "not", "非"); }
    "[" | "【"                 { lexer->cursor = cursor; return mend(lexer, TK_LB, from, "{", "｛"); }
    "]" | "】"                 { lexer->cursor = cursor; return mend(lexer, TK_RB, from, "}", "｝"); }
    ";" | "；"                 { lexer->cursor = cursor; report_char(lexer, DIAG_N0204, from); return (struct token){.kind = -1}; }

    Cf                         { lexer->cursor = cursor; report_char(lexer, DIAG_N0104, from); return (struct token){.kind = -1}; }
    "\x00"                     { if (from >= lexer->limit) { lexer->cursor = lexer->limit; return make(lexer, 0, from); }
                                 lexer->cursor = cursor; report_char(lexer, DIAG_N0103, from); return (struct token){.kind = -1}; }
    [^]                        { lexer->cursor = cursor; report_char(lexer, DIAG_N0103, from); return (struct token){.kind = -1}; }
    *                          { lexer->cursor = cursor; return (struct token){.kind = -1}; }
  */
}

struct token nuo__lexer_next(struct lexer *lexer) {
  struct token token;
  do token = scan(lexer);
  while (token.kind < 0);
  if (token.kind != TK_ID) lexer->regex = false;
  return token;
}
