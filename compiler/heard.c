// SPDX-License-Identifier: Apache-2.0
// Names that are not declared, and what their writer probably meant. Only looks; the checker reports.
#include "compiler/heard.h"

#include <string.h>

#include "compiler/keyword.h"

static const struct {
  enum heard_place place;
  const char *words, *en, *zh;
} rows[] = {
#define HEARD(place, words, en, zh) {HEARD_##place, words, en, zh},
#include "compiler/heard.def"
#undef HEARD
};

struct str nuo__heard(enum heard_place place, struct str wrong) {
  struct str word;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    if (rows[i].place != place) continue;
    for (uint32_t k = 0; nuo__keyword_form(rows[i].words, k, &word); k++)
      if (nuo__str_equal(word, wrong))
        return nuo__str_of((unsigned char)wrong.at[0] < 0x80 ? rows[i].en : rows[i].zh);
  }
  return (struct str){NULL, 0};
}

// The bytes of the first word of `words` that begins `text`, or 0.
static uint32_t begins_with(const char *words, struct str text) {
  struct str word;
  for (uint32_t i = 0; nuo__keyword_form(words, i, &word); i++)
    if (text.len >= word.len && memcmp(text.at, word.at, word.len) == 0) return word.len;
  return 0;
}

bool nuo__heard_numeral(struct str name) {
  static const char numerals[] = "〇|零|一|二|两|三|四|五|六|七|八|九|十|百|千|万";
  static const char units[] =
      "小时|分钟|点|时|分|秒|年|个月|月|日|号|天|周岁|岁|元|次|条|个|之|前|后|半|以上|以下";
  static const char openings[] = "百分之|早上|早晨|上午|中午|下午|晚上|夜里|凌晨|午夜";
  const uint32_t opening = begins_with(openings, name);
  if (begins_with(numerals, name) == 0 && opening == 0) return false;
  name = (struct str){name.at + opening, name.len - opening};
  while (name.len > 0) {
    uint32_t size = begins_with(numerals, name);
    if (size == 0) size = begins_with(units, name);
    if (size == 0) size = name.at[0] >= '0' && name.at[0] <= '9';
    if (size == 0) return false;
    name = (struct str){name.at + size, name.len - size};
  }
  return true;
}
