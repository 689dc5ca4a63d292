// SPDX-License-Identifier: Apache-2.0
// Texts that hold several things: lists parted by commas, mail addresses and dates (RFC 5322), encoded words
// (RFC 2047), forms. Called by adapt.c and adapt_value.c.
#include <string.h>

#include "runtime/adapt.h"
#include "runtime/utf8.h"
#include "runtime/when.h"

static bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static nuo_text trimmed(const char *at, const char *end) {
  while (at < end && is_space(*at)) at++;
  while (end > at && is_space(end[-1])) end--;
  return (nuo_text){at, (size_t)(end - at)};
}

static void take(nuo_text *text, const char *to) {
  text->len -= (size_t)(to - text->text);
  text->text = to;
}

// ---- lists ----

// Behind the quoted text or the comment that begins at `at`, or `end` when it is not closed.
static const char *pass_quoted(const char *at, const char *end, char close) {
  for (at++; at < end && *at != close; at++)
    if (*at == '\\') at++;
  return at < end ? at + 1 : end;
}

// The end of one address, at its comma; *inner is what stands in angle brackets, if anything does.
static const char *address_end(const char *at, const char *end, nuo_text *inner) {
  *inner = (nuo_text){NULL, 0};
  while (at < end && *at != ',') {
    if (*at == '"' || *at == '(') {
      at = pass_quoted(at, end, *at == '"' ? '"' : ')');
    } else if (*at == '<') {
      const char *close = memchr(at, '>', (size_t)(end - at));
      if (close == NULL) return end;
      *inner = trimmed(at + 1, close);
      at = close + 1;
    } else {
      at++;
    }
  }
  return at;
}

static bool is_address(nuo_text text) {
  const char *sign = text.len == 0 ? NULL : memchr(text.text, '@', text.len);
  if (sign == NULL || sign == text.text || sign == text.text + text.len - 1) return false;
  for (size_t i = 0; i < text.len; i++)
    if (is_space(text.text[i]) || memchr("<>(),;:\"", text.text[i], 8) != NULL) return false;
  return memchr(sign + 1, '@', (size_t)(text.text + text.len - sign - 1)) == NULL;
}

bool nuo__adapt_next(struct lane *l, uint8_t convert, nuo_text *list, nuo_text *item, bool *bad) {
  (void)l;
  if (list->text == NULL || *bad) return false;
  const char *end = list->text + list->len, *stop;
  if (convert == ADAPT_ADDRESS) {
    nuo_text inner;
    stop = address_end(list->text, end, &inner);
    *item = inner.text != NULL ? inner : trimmed(list->text, stop);
    if (!is_address(*item)) return *bad = true, false;
  } else {
    stop = list->len == 0 ? NULL : memchr(list->text, ',', list->len);
    if (stop == NULL) stop = end;
    *item = trimmed(list->text, stop);
  }
  if (stop < end)
    take(list, stop + 1);
  else
    list->text = NULL;
  return true;
}

// ---- forms ----

// The value of a digit; of what is none, 16 and more.
static inline unsigned hex(char c) {
  static const uint8_t values[] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  16, 16, 16, 16, 16, 16, 16, 10, 11,
                                   12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
                                   16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 10, 11, 12, 13, 14, 15};
  const unsigned place = (unsigned char)(c - '0');
  return place < sizeof values ? values[place] : 16;
}

static bool unpercent(struct lane *l, const char *at, const char *end, nuo_text *plain) {
  char *out = nuo__scratch_alloc(&l->decoder->strings, (size_t)(end - at) + 1);
  if (out == NULL) return l->no_memory = true, false;
  *plain = (nuo_text){out, 0};
  while (at < end) {
    if (*at != '%') {
      *out++ = *at == '+' ? ' ' : *at;
      at++;
      continue;
    }
    if (end - at < 3) return false;
    const unsigned high = hex(at[1]), low = hex(at[2]);
    if ((high | low) > 15) return false;
    *out++ = (char)(high * 16 + low);
    at += 3;
  }
  plain->len = (size_t)(out - plain->text);
  return nuo__utf8_check(plain->text, plain->len) == plain->len;
}

bool nuo__adapt_next_pair(struct lane *l, nuo_text *form, nuo_text *name, nuo_text *value, bool *bad) {
  if (form->len == 0 || *bad) return false;
  const char *end = form->text + form->len, *stop = memchr(form->text, '&', form->len);
  if (stop == NULL) stop = end;
  const char *equals = stop > form->text ? memchr(form->text, '=', (size_t)(stop - form->text)) : NULL;
  if (equals == NULL || !unpercent(l, form->text, equals, name) || !unpercent(l, equals + 1, stop, value))
    return *bad = true, false;
  take(form, stop < end ? stop + 1 : end);
  return true;
}

// ---- dates of mails ----

struct reader {
  const char *at, *end;
};

// Passes white space and comments.
static void pass_space(struct reader *r) {
  while (r->at < r->end && (is_space(*r->at) || *r->at == '('))
    r->at = *r->at == '(' ? pass_quoted(r->at, r->end, ')') : r->at + 1;
}

static bool take_digits(struct reader *r, int least, int most, int32_t *value) {
  int count = 0;
  for (*value = 0; count < most && r->at < r->end && *r->at >= '0' && *r->at <= '9'; count++)
    *value = *value * 10 + (*r->at++ - '0');
  return count >= least;
}

static bool take_char(struct reader *r, char c) {
  return r->at < r->end && *r->at == c && r->at++ != NULL;
}

// One of names of three letters, `count` of them in a row; from 1 on.
static bool take_name(struct reader *r, const char *names, int count, int32_t *index) {
  for (*index = 1; r->end - r->at >= 3 && *index <= count; ++*index)
    if (memcmp(r->at, names + 3 * (*index - 1), 3) == 0) return r->at += 3, true;
  return false;
}

static bool take_clock(struct reader *r, int32_t *ms) {
  int32_t hour, minute, second = 0;
  if (!take_digits(r, 2, 2, &hour) || !take_char(r, ':') || !take_digits(r, 2, 2, &minute)) return false;
  if (take_char(r, ':') && !take_digits(r, 2, 2, &second)) return false;
  *ms = ((hour * 60 + minute) * 60 + second) * 1000;
  return hour < 24 && minute < 60 && second < 60;
}

static bool take_offset(struct reader *r, int32_t *seconds) {
  int32_t digits;
  *seconds = 0;
  if (r->end - r->at >= 3 && memcmp(r->at, "GMT", 3) == 0) return r->at += 3, true;
  const bool west = take_char(r, '-');
  if ((!west && !take_char(r, '+')) || !take_digits(r, 4, 4, &digits) || digits % 100 >= 60) return false;
  *seconds = (digits / 100 * 60 + digits % 100) * 60 * (west ? -1 : 1);
  return digits < 2400;
}

bool nuo__adapt_mail_date(const char *text, size_t len, int64_t *time) {
  struct reader r = {text, text + len};
  int32_t weekday = 0, day, month, year, clock, offset, days;
  pass_space(&r);
  if (take_name(&r, "MonTueWedThuFriSatSun", 7, &weekday) && !take_char(&r, ',')) return false;
  const bool has_weekday = weekday >= 1 && weekday <= 7;
  pass_space(&r);
  if (!take_digits(&r, 1, 2, &day)) return false;
  pass_space(&r);
  if (!take_name(&r, "JanFebMarAprMayJunJulAugSepOctNovDec", 12, &month)) return false;
  pass_space(&r);
  if (!take_digits(&r, 4, 4, &year)) return false;
  pass_space(&r);
  if (!take_clock(&r, &clock)) return false;
  pass_space(&r);
  if (!take_offset(&r, &offset)) return false;
  pass_space(&r);
  if (r.at != r.end || !nuo__when_days_from_civil(year, month, day, &days)) return false;
  if (has_weekday && nuo__when_weekday(days) != weekday) return false;
  *time = (int64_t)days * NUO__WHEN_DAY_MS + clock - (int64_t)offset * 1000;
  return true;
}

// ---- encoded words ----

static bool same_small(const char *at, size_t len, const char *word) {
  if (strlen(word) != len) return false;
  for (size_t i = 0; i < len; i++) {
    const char c = at[i] >= 'A' && at[i] <= 'Z' ? (char)(at[i] - 'A' + 'a') : at[i];
    if (c != word[i]) return false;
  }
  return true;
}

static int base64(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static bool decode_b(const char *at, const char *end, char *out, size_t *len) {
  uint32_t bits = 0, held = 0;
  if ((end - at) % 4 != 0) return false;
  while (end > at && end[-1] == '=') end--;
  for (; at < end; at++) {
    const int value = base64(*at);
    if (value < 0) return false;
    bits = bits << 6 | (uint32_t)value;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    out[(*len)++] = (char)(bits >> held);
    bits &= (1u << held) - 1;
  }
  return true;
}

static bool decode_q(const char *at, const char *end, char *out, size_t *len) {
  for (; at < end; at++) {
    char c = *at == '_' ? ' ' : *at;
    if (c == '=') {
      if (end - at < 3 || (hex(at[1]) | hex(at[2])) > 15) return false;
      c = (char)(hex(at[1]) * 16 + hex(at[2]));
      at += 2;
    }
    out[(*len)++] = c;
  }
  return true;
}

// "=?CHARSET?B?…?=" at `at`: decodes it and gives what is behind it, or NULL when it is none.
static const char *decode_word(const char *at, const char *end, char *out, size_t *len, bool *bad) {
  if (end - at < 8 || at[0] != '=' || at[1] != '?') return NULL;
  const char *charset = at + 2, *mark = memchr(charset, '?', (size_t)(end - charset));
  if (mark == NULL || end - mark < 5 || mark[2] != '?') return NULL;
  const char kind = mark[1], *code = mark + 3, *close = memchr(code, '?', (size_t)(end - code));
  if (close == NULL || end - close < 2 || close[1] != '=') return NULL;
  const size_t named = (size_t)(mark - charset);
  const bool known = same_small(charset, named, "utf-8") || same_small(charset, named, "us-ascii");
  const bool b = kind == 'B' || kind == 'b', q = kind == 'Q' || kind == 'q';
  *bad = !known || !(b || q) || !(b ? decode_b(code, close, out, len) : decode_q(code, close, out, len));
  return close + 2;
}

// Space between two encoded words belongs to neither.
static const char *pass_between(const char *at, const char *end) {
  const char *next = at;
  while (next < end && is_space(*next)) next++;
  return end - next >= 2 && next[0] == '=' && next[1] == '?' ? next : at;
}

bool nuo__adapt_mail_text(struct lane *l, const char *text, size_t len, nuo_text *plain) {
  char *out = nuo__scratch_alloc(&l->decoder->strings, len + 1);
  if (out == NULL) return l->no_memory = true, false;
  size_t count = 0;
  bool bad = false;
  for (const char *at = text, *end = text + len; at < end && !bad;) {
    const char *behind = decode_word(at, end, out, &count, &bad);
    if (behind != NULL)
      at = pass_between(behind, end);
    else
      out[count++] = *at++;
  }
  *plain = (nuo_text){out, count};
  return !bad && nuo__utf8_check(out, count) == count;
}
