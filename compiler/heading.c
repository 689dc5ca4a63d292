// SPDX-License-Identifier: Apache-2.0
// Clause numbers in headings, as laws, contracts and standards write them. Called by document.c.
#include <string.h>

#include "compiler/document.h"
#include "runtime/utf8.h"

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool starts(struct str text, uint32_t at, const char *with) {
  const size_t len = strlen(with);
  return text.len - at >= len && memcmp(text.at + at, with, len) == 0;
}

// The bytes of the first of `options` (NULL-terminated) that stands at `at`, or 0.
static uint32_t one_of(struct str text, uint32_t at, const char *const *options) {
  for (; *options != NULL; options++)
    if (starts(text, at, *options)) return (uint32_t)strlen(*options);
  return 0;
}

// Chinese numerals, full-width digits and digits.
static uint32_t numeral(struct str text, uint32_t at) {
  static const char *const numerals[] = {"〇", "零", "一", "二", "三", "四", "五", "六", "七",
                                         "八", "九", "十", "百", "千", "两", "０", "１", "２",
                                         "３", "４", "５", "６", "７", "８", "９", NULL};
  const uint32_t from = at;
  while (at < text.len) {
    const uint32_t size = is_digit(text.at[at]) ? 1 : one_of(text, at, numerals);
    if (size == 0) break;
    at += size;
  }
  return at - from;
}

// 第十四条, 第三章之一, 第十至十二条
static uint32_t article_zh(struct str text) {
  static const char *const parts[] = {"编", "章", "节", "条", "款", "项", "目", "部分", NULL};
  if (!starts(text, 0, "第")) return 0;
  uint32_t digits = numeral(text, 3);
  if (digits > 0 && starts(text, 3 + digits, "至") && numeral(text, 6 + digits) > 0)
    digits += 3 + numeral(text, 6 + digits);
  const uint32_t part = digits == 0 ? 0 : one_of(text, 3 + digits, parts);
  if (part == 0) return 0;
  const uint32_t end = 3 + digits + part;
  const uint32_t again = starts(text, end, "之") ? numeral(text, end + 3) : 0;
  return again == 0 ? end : end + 3 + again;
}

// （二）, (3), (a)
static uint32_t bracketed(struct str text) {
  const uint32_t open = starts(text, 0, "（") ? 3 : starts(text, 0, "(") ? 1 : 0;
  if (open == 0) return 0;
  uint32_t inner = numeral(text, open);
  if (inner == 0 && text.len > open && ((text.at[open] | 32) >= 'a' && (text.at[open] | 32) <= 'z'))
    inner = 1;
  const uint32_t at = open + inner;
  if (inner == 0) return 0;
  return starts(text, at, "）") ? at + 3 : starts(text, at, ")") ? at + 1 : 0;
}

// Article 5, Section 2.1, § 5
static uint32_t article_en(struct str text) {
  static const char *const parts[] = {"Article ", "Section ",  "Chapter ",  "Clause ",   "Part ",
                                      "Annex ",   "Appendix ", "Schedule ", "Articles ", "Sections ",
                                      "Clauses ", "§ ",        "§",         NULL};
  uint32_t at = one_of(text, 0, parts);
  const uint32_t from = at;
  if (at == 0) return 0;
  while (at < text.len &&
         (is_digit(text.at[at]) || text.at[at] == '.' || (text.at[at] >= 'A' && text.at[at] <= 'Z')))
    at++;
  while (at > from && text.at[at - 1] == '.') at--;
  return at == from ? 0 : at;
}

// The bytes of a digit, of a point, at `at`, in either width; 0 when there is none.
static uint32_t digit_size(struct str text, uint32_t at) {
  if (at >= text.len) return 0;
  if (is_digit(text.at[at])) return 1;
  const bool wide = text.len - at >= 3 && memcmp(text.at + at, "\xEF\xBC", 2) == 0;
  return wide && (unsigned char)text.at[at + 2] >= 0x90 && (unsigned char)text.at[at + 2] <= 0x99 ? 3 : 0;
}

static uint32_t point_size(struct str text, uint32_t at) {
  if (at >= text.len) return 0;
  return text.at[at] == '.' ? 1 : starts(text, at, "．") ? 3 : 0;
}

// 2.3.2, 1. and, in front of a space, 1: `*skip` is what stands between it and the title.
static uint32_t decimal(struct str text, uint32_t *skip) {
  uint32_t at = 0, digits = 0, dots = 0, point = 0;
  for (;;) {
    const uint32_t digit = digit_size(text, at), dot = digits > 0 ? point_size(text, at) : 0;
    if (digit + dot == 0) break;
    digits = digit > 0 ? digits + 1 : 0;
    dots += dot > 0;
    point = dot;
    at += digit + dot;
  }
  if (at == 0) return 0;
  const bool space = at == text.len || text.at[at] == ' ' || text.at[at] == '\t' || starts(text, at, "　");
  const bool parted = space || bracketed((struct str){text.at + at, text.len - at}) > 0;  // 4(d)
  // `2025 年度报告` has no number, `2.3 推送` and `3 保障` have; `1.推送` has one too.
  if (dots == 0 && (!parted || digits > 3)) return 0;
  if (!parted && point == 0 && text.at[at] > 0) return 0;
  *skip = point;
  return at - point;
}

// 一、 and 1、
static uint32_t listed(struct str text, uint32_t *skip) {
  const uint32_t digits = numeral(text, 0);
  if (digits == 0 || !starts(text, digits, "、")) return 0;
  *skip = 3;
  return digits;
}

static struct str trim_left(struct str text) {
  for (;;) {
    const uint32_t size = text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t') ? 1
                          : starts(text, 0, "　")                                   ? 3
                                                                                    : 0;
    if (size == 0) return text;
    text.at += size;
    text.len -= size;
  }
}

// ---- several together ----

static struct str from(struct str text, uint32_t at) {
  return (struct str){text.at + at, text.len - at};
}

static uint32_t dotted(struct str text) {
  uint32_t skip = 0;
  const uint32_t len = decimal(text, &skip);
  return skip == 0 && memchr(text.at, '.', len) != NULL ? len : 0;
}

static uint32_t plain(struct str text) {
  uint32_t at = 0;
  while (at < text.len && is_digit(text.at[at])) at++;
  return at;
}

// How far the numbers go that follow one of the same form: 至（九）, 、第十五条, ` to 2.5`, ` and (c)`.
static uint32_t more(struct str text, uint32_t at, uint32_t (*form)(struct str text)) {
  static const char *const words[] = {"至", " 至 ", "、", "和", " to ", " and ", "–", ", ", NULL};
  for (;;) {
    const uint32_t word = one_of(text, at, words);
    const uint32_t len = word == 0 ? 0 : form(from(text, at + word));
    if (len == 0) return at;
    at += word + len;
  }
}

// 第二款, 第（三）项 and （四） after 第二十四条 or 2.3.1; each may be several.
static uint32_t items(struct str text, uint32_t at) {
  for (;;) {
    const uint32_t article = article_zh(from(text, at)), item = bracketed(from(text, at));
    const bool wrapped = starts(text, at, "第") && bracketed(from(text, at + 3)) > 0;
    if (article + item == 0 && !wrapped) return at;
    if (article > 0) at = more(text, at + article, article_zh);
    if (item > 0) at = more(text, at + item, bracketed);
    if (!wrapped) continue;
    at = more(text, at + 3 + bracketed(from(text, at + 3)), bracketed);
    if (starts(text, at, "项") || starts(text, at, "款")) at += 3;
  }
}

void nuo__heading_split(struct str heading, struct str *number, struct str *title) {
  uint32_t skip = 0, len = items(heading, 0), first = 0;
  if (len == 0 && (first = article_en(heading)) > 0) len = items(heading, more(heading, first, plain));
  if (len == 0) len = listed(heading, &skip);
  if (len == 0 && (len = decimal(heading, &skip)) > 0 && skip == 0)
    len = items(heading, more(heading, len, dotted));
  *number = (struct str){heading.at, len};
  *title = trim_left((struct str){heading.at + len + skip, heading.len - len - skip});
}
