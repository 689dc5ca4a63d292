// SPDX-License-Identifier: Apache-2.0
// Text output without stdio; see text_out.h.
#include "runtime/text_out.h"

#include <string.h>

#include "runtime/utf8.h"

// ---- the formatter ----

struct cut {
  char *out;
  size_t len, size;
};

size_t nuo__text_control(const char *at, size_t left) {
  const unsigned char *text = (const unsigned char *)at;
  if (text[0] < 0x20 || text[0] == 0x7F) return 1;
  if (left >= 2 && text[0] == 0xC2 && text[1] < 0xA0) return 2;
  if (left < 3 || text[0] != 0xE2) return 0;
  bool first = text[1] == 0x80 && text[2] >= 0xA8 && text[2] <= 0xAE;   // U+2028 to U+202E
  bool second = text[1] == 0x81 && text[2] >= 0xA6 && text[2] <= 0xA9;  // U+2066 to U+2069
  return first || second ? 3 : 0;
}

static void put(struct cut *c, const char *text, size_t len, bool clean) {
  for (size_t i = 0, step; i < len && c->len + 1 < c->size; i += step) {
    size_t control = clean ? nuo__text_control(text + i, len - i) : 0;
    c->out[c->len++] = control > 0 ? '?' : text[i];
    step = control > 0 ? control : 1;
  }
}

static size_t digits_of(uint64_t value, char out[20]) {
  char reversed[20];
  size_t n = 0;
  do reversed[n++] = (char)('0' + value % 10);
  while ((value /= 10) != 0);
  for (size_t i = 0; i < n; i++) out[i] = reversed[n - 1 - i];
  return n;
}

static void put_number(struct cut *c, uint64_t value, bool negative) {
  char digits[20];
  if (negative) put(c, "-", 1, false);
  put(c, digits, digits_of(value, digits), false);
}

// The length of the UTF-8 `text` without the code point that a cut at `len` left incomplete.
static size_t whole_code_points(const char *text, size_t len) {
  size_t start = len;
  while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) start--;
  if (start == 0) return len;
  unsigned char lead = (unsigned char)text[start - 1];
  size_t want = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  return start - 1 + want > len ? start - 1 : len;
}

static const char *put_argument(struct cut *c, const char *at, va_list *arguments) {
  if (strncmp(at, ".*s", 3) == 0) {
    int len = va_arg(*arguments, int);
    const char *text = va_arg(*arguments, const char *);
    put(c, text, whole_code_points(text, (size_t)len), true);
    return at + 3;
  }
  if (strncmp(at, "llu", 3) == 0) return put_number(c, va_arg(*arguments, unsigned long long), false), at + 3;
  if (strncmp(at, "lld", 3) == 0) {
    long long value = va_arg(*arguments, long long);
    put_number(c, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0);
    return at + 3;
  }
  if (*at == 's') {
    const char *text = va_arg(*arguments, const char *);
    put(c, text, strlen(text), true);
  } else if (*at == 'u') {
    put_number(c, va_arg(*arguments, unsigned), false);
  } else if (*at == 'c') {
    put(c, (char[]){(char)va_arg(*arguments, int)}, 1, true);
  } else {
    put(c, "%", 1, false);
  }
  return at + 1;
}

size_t nuo__text_vformat(char *out, size_t size, const char *format, va_list arguments) {
  struct cut c = {out, 0, size};
  va_list copy;
  va_copy(copy, arguments);
  while (*format != 0) {
    if (*format != '%') {
      put(&c, format++, 1, false);
      continue;
    }
    format = put_argument(&c, format + 1, &copy);
  }
  va_end(copy);
  if (c.len + 1 == size) c.len = whole_code_points(out, c.len);
  out[c.len] = 0;
  return c.len;
}

size_t nuo__text_format(char *out, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  size_t len = nuo__text_vformat(out, size, format, arguments);
  va_end(arguments);
  return len;
}

// ---- the buffer ----

void nuo__out_free(struct text_out *out) {
  nuo__free(out->allocator, out->at, out->cap);
  out->at = NULL;
  out->len = out->cap = 0;
}

static bool make_room(struct text_out *out, size_t more) {
  if (out->failed) return false;
  if (out->cap - out->len >= more) return true;
  size_t cap = out->cap == 0 ? 4096 : out->cap;
  while (cap - out->len < more) cap *= 2;
  char *grown = nuo__realloc(out->allocator, out->at, out->cap, cap);
  if (grown == NULL) return out->failed = true, false;
  out->at = grown;
  out->cap = cap;
  return true;
}

void nuo__out_bytes(struct text_out *out, const char *text, size_t len) {
  if (len == 0 || !make_room(out, len)) return;
  memcpy(out->at + out->len, text, len);
  out->len += len;
}

void nuo__out_string(struct text_out *out, const char *terminated) {
  nuo__out_bytes(out, terminated, strlen(terminated));
}

void nuo__out_integer(struct text_out *out, int64_t value) {
  char digits[20];
  if (value < 0) nuo__out_bytes(out, "-", 1);
  nuo__out_bytes(out, digits, digits_of(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, digits));
}

void nuo__out_decimal(struct text_out *out, int64_t millionths) {
  uint64_t magnitude = millionths < 0 ? 0 - (uint64_t)millionths : (uint64_t)millionths;
  char digits[20], fraction[6];
  if (millionths < 0) nuo__out_bytes(out, "-", 1);
  nuo__out_bytes(out, digits, digits_of(magnitude / 1000000, digits));
  uint64_t rest = magnitude % 1000000;
  if (rest == 0) return;
  for (int i = 5; i >= 0; i--, rest /= 10) fraction[i] = (char)('0' + rest % 10);
  size_t len = 6;
  while (fraction[len - 1] == '0') len--;
  nuo__out_bytes(out, ".", 1);
  nuo__out_bytes(out, fraction, len);
}

static void out_unit(struct text_out *out, uint32_t unit) {
  static const char hex[] = "0123456789abcdef";
  nuo__out_bytes(
      out,
      (char[]){'\\', 'u', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15]}, 6);
}

static void out_escape(struct text_out *out, const char *text) {
  static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
  const char *found = memchr(from, *text, 7);
  size_t size;
  if (found != NULL)
    nuo__out_bytes(out, (char[]){'\\', to[found - from]}, 2);
  else
    out_unit(out, nuo__utf8_decode(text, &size));
}

void nuo__out_json(struct text_out *out, const char *text, size_t len) {
  size_t plain = 0;
  nuo__out_bytes(out, "\"", 1);
  for (size_t i = 0; i < len;) {
    size_t special = text[i] == '"' || text[i] == '\\' ? 1 : nuo__text_control(text + i, len - i);
    if (special > 0) {
      nuo__out_bytes(out, text + plain, i - plain);
      out_escape(out, text + i);
      plain = i + special;
    }
    i += special > 0 ? special : 1;
  }
  nuo__out_bytes(out, text + plain, len - plain);
  nuo__out_bytes(out, "\"", 1);
}
