// SPDX-License-Identifier: Apache-2.0
// Numbers in Chinese characters, as lengths of time are written: 三个工作日 is 3个工作日. Called by the
// scanner and by parse_slips.c.
#include "compiler/numeral.h"

#include <string.h>

#include "compiler/ast.h"
#include "compiler/keyword.h"
#include "grammar.h"

#define HAN 3  // bytes of each of these characters

static bool begins(struct str text, const char *with) {
  const size_t len = strlen(with);
  return text.len >= len && memcmp(text.at, with, len) == 0;
}

static int digit_of(struct str text) {
  static const char *const digits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
  for (int i = 0; i < 10; i++)
    if (begins(text, digits[i])) return i;
  return begins(text, "两") ? 2 : -1;
}

static int64_t power_of(struct str text) {
  return begins(text, "十") ? 10 : begins(text, "百") ? 100 : begins(text, "千") ? 1000 : 0;
}

uint32_t nuo__numeral_read(struct str text, int64_t *value) {
  int64_t sum = 0;
  int pending = -1;  // a digit whose power has not come yet
  uint32_t at = 0;
  for (; at + HAN <= text.len; at += HAN) {
    const struct str rest = {text.at + at, text.len - at};
    const int digit = digit_of(rest);
    const int64_t power = power_of(rest);
    if (digit < 0 && power == 0) break;
    if (digit >= 0 && pending > 0) return 0;
    if (digit >= 0) {
      pending = digit;
      continue;
    }
    sum += (pending > 0 ? pending : 1) * power;
    pending = -1;
  }
  *value = sum + (pending > 0 ? pending : 0);
  return at;
}

static bool is_tail(struct str text) {
  return text.len == 0 || nuo__str_is(text, "内") || nuo__str_is(text, "以内") || nuo__str_is(text, "之内");
}

uint32_t nuo__unit_read(struct str text) {
  const struct keyword *row;
  struct str form;
  for (uint32_t i = 0; (row = nuo__keyword_row(i)) != NULL; i++) {
    if (row->token != TK_UNIT) continue;
    for (uint32_t k = 0; nuo__keyword_form(row->zh, k, &form); k++) {
      if (text.len < form.len || memcmp(text.at, form.at, form.len) != 0) continue;
      if (is_tail((struct str){text.at + form.len, text.len - form.len})) return form.len;
    }
  }
  return 0;
}

uint32_t nuo__numeral_before_unit(struct str text, int64_t *value) {
  const uint32_t bytes = nuo__numeral_read(text, value);
  if (bytes == 0 || bytes == text.len) return 0;
  const struct str unit = {text.at + bytes, text.len - bytes};
  // 一季度 is the name of the first one.
  return !begins(unit, "季") && nuo__unit_read(unit) > 0 ? bytes : 0;
}
