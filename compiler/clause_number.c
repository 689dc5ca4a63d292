// SPDX-License-Identifier: Apache-2.0
// Clauses that are named together, as a range or a list. What is compared are the last numbers of a text and
// the words around them: 第二十四条第（四）至（九）项 names what 第二十四条第（五）项 names. Called by lint
// and check_breach.c.
#include "compiler/clause_number.h"

#include <string.h>

#include "compiler/numeral.h"

struct token {
  uint32_t start, last, end;  // `last`: where its last part begins, after 2.3. of 2.3.1
  int64_t value;
  bool digits;
};

enum link { LINK_NONE, LINK_LIST, LINK_RANGE };

static struct str from(struct str text, uint32_t at) {
  return (struct str){text.at + at, text.len - at};
}

static struct str part(struct str text, uint32_t start, uint32_t end) {
  return (struct str){text.at + start, end - start};
}

// The bytes of the first of `options` (NULL-terminated) that begins the text, or 0.
static uint32_t one_of(struct str text, const char *const *options) {
  for (; *options != NULL; options++) {
    const size_t len = strlen(*options);
    if (text.len >= len && memcmp(text.at, *options, len) == 0) return (uint32_t)len;
  }
  return 0;
}

static uint32_t digit(struct str text, int64_t *value) {
  static const char wide[] = "０";  // 0xEF 0xBC 0x90 and the nine after it
  if (text.len > 0 && text.at[0] >= '0' && text.at[0] <= '9') return *value = text.at[0] - '0', 1;
  if (text.len < 3 || memcmp(text.at, wide, 2) != 0) return 0;
  *value = (unsigned char)text.at[2] - 0x90;
  return *value >= 0 && *value <= 9 ? 3 : 0;
}

static uint32_t digits(struct str text, int64_t *value) {
  uint32_t at = 0, size;
  int64_t one;
  for (*value = 0; (size = digit(from(text, at), &one)) > 0; at += size)
    if (*value < 1000000000) *value = *value * 10 + one;
  return at;
}

// (d) is the fourth.
static uint32_t letter(struct str text, uint32_t at, int64_t *value) {
  static const char *const closing[] = {")", "）", NULL};
  const bool open = at > 0 && (text.at[at - 1] == '(' || (at >= 3 && memcmp(text.at + at - 3, "（", 3) == 0));
  const char lower = (char)(text.at[at] | 32);
  if (!open || lower < 'a' || lower > 'z' || one_of(from(text, at + 1), closing) == 0) return 0;
  *value = lower - 'a' + 1;
  return 1;
}

static bool read_token(struct str text, uint32_t at, struct token *token) {
  *token = (struct token){.start = at, .last = at};
  uint32_t size = digits(from(text, at), &token->value);
  token->digits = size > 0;
  if (size == 0) size = nuo__numeral_read(from(text, at), &token->value);
  if (size == 0) size = letter(text, at, &token->value);
  token->end = at + size;
  for (int64_t value; token->digits && token->end < text.len && text.at[token->end] == '.';) {
    size = digits(from(text, token->end + 1), &value);
    if (size == 0) break;
    token->last = token->end + 1;
    token->end = token->last + size;
    token->value = value;
  }
  return token->end > at;
}

static struct str unit_after(struct str text, const struct token *token) {
  static const char *const units[] = {"条", "款", "项", "目", "章", "节", "编", "）", ")", NULL};
  return part(text, token->end, token->end + one_of(from(text, token->end), units));
}

// What joins two numbers: nothing but brackets, the words of clauses, and one word for a range or a list.
static enum link words_between(struct str words) {
  static const char *const ranges[] = {"至", "to ", "–", NULL};
  static const char *const lists[] = {"、", "，", ",", "和", "及", "and ", NULL};
  static const char *const passed[] = {" ",  "（", "）", "(",  ")",  "第", "条",
                                       "款", "项", "目", "章", "节", "编", NULL};
  enum link link = LINK_NONE;
  for (uint32_t at = 0; at < words.len;) {
    const struct str rest = from(words, at);
    const uint32_t range = one_of(rest, ranges), list = one_of(rest, lists), other = one_of(rest, passed);
    if (range + list + other == 0) return LINK_NONE;
    if (list > 0 && link == LINK_NONE) link = LINK_LIST;
    if (range > 0) link = LINK_RANGE;
    at += range + list + other;
  }
  return link;
}

// 第一款、第（三）项 are no two of a kind, nor are 2.3 to 3.5.
static enum link link_of(struct str text, const struct token *a, const struct token *b) {
  const struct str unit = unit_after(text, a), prefix = part(text, b->start, b->last);
  if (unit.len > 0 && !nuo__str_equal(unit, unit_after(text, b))) return LINK_NONE;
  if (prefix.len > 0 && !nuo__str_equal(prefix, part(text, a->start, a->last))) return LINK_NONE;
  return words_between(part(text, a->end, b->start));
}

static void add(struct clause_numbers *numbers, int64_t value, enum link link) {
  struct clause_span *last = numbers->count > 0 ? &numbers->spans[numbers->count - 1] : NULL;
  if (link == LINK_RANGE && last->first == last->last && value > last->first) {
    last->last = value;
    return;
  }
  numbers->backwards = numbers->backwards || link == LINK_RANGE;
  numbers->spans[numbers->count++] = (struct clause_span){value, value};
}

void nuo__clause_numbers(struct str text, struct clause_numbers *numbers) {
  struct token token, before = {0};
  *numbers = (struct clause_numbers){.before = text, .after = {text.at + text.len, 0}};
  for (uint32_t at = 0; at < text.len; at++) {
    if (!read_token(text, at, &token)) continue;
    enum link link = numbers->count > 0 ? link_of(text, &before, &token) : LINK_NONE;
    if (numbers->count == CLAUSE_SPANS) link = LINK_NONE;
    if (link == LINK_NONE) *numbers = (struct clause_numbers){.before = part(text, 0, token.last)};
    if (numbers->count == 0) numbers->digits = token.digits;
    add(numbers, token.value, link);
    numbers->after = from(text, token.end);
    before = token;
    at = token.end - 1;
  }
}

// `Articles 5 to 7` are what `Article 6` is one of.
static struct str singular(struct str words) {
  return words.len > 2 && memcmp(words.at + words.len - 2, "s ", 2) == 0 ? part(words, 0, words.len - 2)
                                                                         : words;
}

static bool are_same_words(struct str a, struct str b) {
  const struct str one = singular(a), other = singular(b);
  if (nuo__str_equal(a, b)) return true;
  return (one.len < a.len && b.len == one.len + 1 && memcmp(one.at, b.at, one.len) == 0) ||
         (other.len < b.len && a.len == other.len + 1 && memcmp(other.at, a.at, other.len) == 0);
}

static bool are_alike(const struct clause_numbers *a, const struct clause_numbers *b) {
  return a->count > 0 && b->count > 0 && are_same_words(a->before, b->before) &&
         nuo__str_equal(a->after, b->after);
}

static bool has_both(const struct clause_span *a, const struct clause_span *b) {
  return a->first <= b->last && b->first <= a->last;
}

bool nuo__clause_numbers_meet(const struct clause_numbers *a, const struct clause_numbers *b) {
  for (uint32_t i = 0; are_alike(a, b) && i < a->count; i++)
    for (uint32_t k = 0; k < b->count; k++)
      if (has_both(&a->spans[i], &b->spans[k])) return true;
  return false;
}

bool nuo__clause_among(struct str several, struct str one) {
  struct clause_numbers x, y;
  nuo__clause_numbers(several, &x);
  nuo__clause_numbers(one, &y);
  return y.count == 1 && y.spans[0].first == y.spans[0].last && nuo__clause_numbers_meet(&x, &y);
}
