// SPDX-License-Identifier: Apache-2.0
// Literals to values. Full-width digits and signs are narrowed into a small buffer first, so that one reader
// serves both ways of typing.
#include "compiler/literal.h"

#include <string.h>

#include "runtime/utf8.h"
#include "runtime/when.h"

#define LONGEST_NARROW 64  // more than any date, clock or number in range
#define MILLION 1000000
#define DECIMAL_DIGITS 6

// The ASCII twin of a full-width form, or the character itself.
static uint32_t narrow_char(uint32_t c) {
  return c >= 0xFF01 && c <= 0xFF5E ? c - 0xFF01 + '!' : c;
}

// Copies the ASCII form without `_`; what is not ASCII becomes `-` (年, 月) or is left out (日). The length,
// or 0 when it does not fit.
static size_t narrow(struct str text, char out[LONGEST_NARROW]) {
  size_t len = 0, size;
  for (size_t i = 0; i < text.len; i += size) {
    const uint32_t c = narrow_char(nuo__utf8_decode(text.at + i, &size));
    if (c == '_' || c == 0x65E5) continue;
    if (len == LONGEST_NARROW) return 0;
    out[len++] = c < 0x80 ? (char)c : '-';
  }
  return len;
}

static struct diagnostic *report(struct lexer *lexer, const struct token *token, enum diag_code code) {
  return nuo__diag_add1(lexer->diags, code, token->span, nuo__diag_text(token->text));
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Appends a digit to a non-negative number; false when it does not fit.
static bool append_digit(int64_t *value, char digit) {
  return !__builtin_mul_overflow(*value, 10, value) && !__builtin_add_overflow(*value, digit - '0', value);
}

void nuo__literal_number(struct lexer *lexer, struct token *token) {
  char text[LONGEST_NARROW];
  const size_t len = narrow(token->text, text);
  int64_t value = 0;
  bool fits = len > 0;
  for (size_t i = 0; i < len && fits; i++) fits = append_digit(&value, text[i]);
  if (!fits) report(lexer, token, DIAG_N0108);
  token->value = fits ? value : 0;
}

void nuo__literal_decimal(struct lexer *lexer, struct token *token, bool percent) {
  char text[LONGEST_NARROW];
  size_t len = narrow(token->text, text);
  if (percent && len > 0) len--;
  const size_t most = percent ? DECIMAL_DIGITS - 2 : DECIMAL_DIGITS;
  int64_t value = 0;
  size_t digits = 0;
  bool fits = len > 0, point = false;
  for (size_t i = 0; i < len && fits; i++) {
    if (is_digit(text[i])) {
      fits = append_digit(&value, text[i]);
      digits += point;
    } else {
      point = true;
    }
  }
  for (size_t i = digits; i < most && fits; i++) fits = append_digit(&value, '0');
  if (digits > most || !fits) report(lexer, token, digits > most ? DIAG_N0109 : DIAG_N0108);
  token->value = digits > most || !fits ? 0 : value;
}

// Reads `count` numbers of digits with one other character between them; false when that is not the text.
static bool read_parts(const char *text, size_t len, int32_t *parts, int count) {
  size_t i = 0;
  for (int part = 0; part < count; part++) {
    if (i == len || !is_digit(text[i])) return false;
    for (parts[part] = 0; i < len && is_digit(text[i]) && parts[part] < 100000; i++)
      parts[part] = parts[part] * 10 + (text[i] - '0');
    if (part + 1 < count) i++;
  }
  return i == len;
}

static bool ends_with_day(struct str text) {
  return text.len > 3 && memcmp(text.at + text.len - 3, "日", 3) == 0;
}

void nuo__literal_date(struct lexer *lexer, struct token *token) {
  char text[LONGEST_NARROW];
  const size_t len = narrow(token->text, text);
  int32_t parts[3] = {0}, days = 0;
  // 2025-7-1 could be a subtraction; 2025年7月1日 could be nothing else.
  const bool chinese = ends_with_day(token->text);
  const bool right = (len == 10 || chinese) && read_parts(text, len, parts, 3) &&
                     nuo__when_days_from_civil(parts[0], parts[1], parts[2], &days);
  if (!right) report(lexer, token, DIAG_N0110);
  token->value = right ? days : 0;
}

void nuo__literal_clock(struct lexer *lexer, struct token *token) {
  char text[LONGEST_NARROW + 1] = "0";
  size_t len = narrow(token->text, text + 1);
  // 8:00 is as good as 08:00 to a reader.
  const bool short_hour = len > 1 && text[2] == ':';
  int32_t ms = 0;
  const bool right = nuo__when_parse_clock(short_hour ? text : text + 1, short_hour ? len + 1 : len, &ms);
  if (!right) report(lexer, token, DIAG_N0111);
  token->value = right ? ms : 0;
}

void nuo__literal_instant(struct lexer *lexer, struct token *token) {
  char text[LONGEST_NARROW];
  const size_t len = narrow(token->text, text);
  int64_t ms = 0;
  if (!nuo__when_parse_rfc3339(text, len, &ms)) report(lexer, token, DIAG_N0112);
  token->value = ms;
}

// ---- texts ----

uint32_t nuo__literal_quote_size(struct str text) {
  return text.len == 0 ? 0 : (uint32_t)nuo__utf8_length((unsigned char)text.at[0]);
}

static int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Reads `u{…}` after a backslash; the bytes it takes, or 0 when it names no character.
static size_t read_unicode(const char *at, const char *end, uint32_t *out) {
  const char *p = at;
  uint32_t code = 0;
  if (end - p < 4 || p[0] != 'u' || p[1] != '{') return 0;
  for (p += 2; p < end && hex_value(*p) >= 0 && code <= 0x10FFFF; p++)
    code = code * 16 + (uint32_t)hex_value(*p);
  if (p == end || *p != '}' || p == at + 2) return 0;
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000) || code == 0) return 0;
  *out = code;
  return (size_t)(p + 1 - at);
}

// Resolves the escape whose backslash stands before `at`; the bytes it takes, or 0 when there is no such
// escape.
static size_t read_escape(const char *at, const char *end, uint32_t *code) {
  if (at == end) return 0;
  switch (*at) {
    case 'n':
      *code = '\n';
      return 1;
    case 't':
      *code = '\t';
      return 1;
    case 'u':
      return read_unicode(at, end, code);
    case '"':
    case '\\':
    case '{':
    case '}':
    case '|':  // in the cell of a Markdown table
      *code = (uint32_t)*at;
      return 1;
    default:
      return 0;
  }
}

struct str nuo__literal_unescape(struct arena *arena, struct diagnostics *diags, uint32_t number,
                                 uint32_t start, struct str raw) {
  if (raw.len == 0) return STR("");
  if (memchr(raw.at, '\\', raw.len) == NULL) return raw;
  char *out = nuo__arena_alloc(arena, raw.len + 1);
  uint32_t len = 0;
  const char *end = raw.at + raw.len;
  for (const char *at = raw.at; at < end;) {
    if (*at != '\\') {
      out[len++] = *at++;
      continue;
    }
    uint32_t code = '\\';
    const size_t taken = read_escape(at + 1, end, &code);
    if (taken == 0) {
      const uint32_t offset = start + (uint32_t)(at - raw.at);
      const uint32_t size = at + 1 == end ? 1 : 1 + (uint32_t)nuo__utf8_length((unsigned char)at[1]);
      nuo__diag_add1(diags, DIAG_N0107, (struct span){number, offset, offset + size},
                     nuo__diag_text((struct str){at, size}));
    }
    len += (uint32_t)nuo__utf8_encode(code, out + len);
    at += 1 + taken;
  }
  return (struct str){out, len};
}
