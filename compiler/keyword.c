// SPDX-License-Identifier: Apache-2.0
// Keywords by their words. A form of several words is found through its first one; a Chinese form also as one
// word, since Chinese is written without spaces.
#include "compiler/keyword.h"

#include <string.h>

#include "compiler/ast.h"
#include "compiler/lexer.h"
#include "grammar.h"
#include "runtime/hash.h"

static const struct keyword rows[] = {
#define KEYWORD(token, value, group, en, zh) {TK_##token, value, KEYWORD_##group, en, zh},
#include "compiler/keywords.def"
#undef KEYWORD
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

const struct keyword *nuo__keyword_row(uint32_t index) {
  return index < ROW_COUNT ? &rows[index] : NULL;
}

const struct keyword *nuo__keyword_of(int token) {
  if (token == TK_CALENDAR_DECL) token = TK_CALENDAR;
  for (uint32_t i = 0; i < ROW_COUNT; i++)
    if (rows[i].token == token) return &rows[i];
  return NULL;
}

// The index-th piece of `text` between separators.
static bool piece(struct str text, char separator, uint32_t index, struct str *out) {
  const char *at = text.at, *end = text.at + text.len;
  for (uint32_t i = 0;; i++) {
    const char *stop = memchr(at, separator, (size_t)(end - at));
    if (stop == NULL) stop = end;
    *out = (struct str){at, (uint32_t)(stop - at)};
    if (i == index) return true;
    if (stop == end) return false;
    at = stop + 1;
  }
}

bool nuo__keyword_form(const char *forms, uint32_t index, struct str *out) {
  return piece(nuo__str_of(forms), '|', index, out);
}

// ---- tokens that are no keywords ----

static const struct {
  int token;
  const char *en, *zh;
} others[] = {
    {0, "the end", "结尾"},
    {TK_ID, "a name", "名称"},
    {TK_NUMBER, "a number", "数"},
    {TK_DECIMAL, "a decimal", "小数"},
    {TK_STRING, "a text in quotes", "引号中的文字"},
    {TK_DATE, "a date", "日期"},
    {TK_INSTANT, "an instant", "时点"},
    {TK_CLOCK, "a clock time", "钟点"},
    {TK_REGEX, "a pattern `/…/`", "模式 /…/"},
    {TK_ROW, "a row of a table", "对照表的一行"},
    {TK_UNIT, "a unit such as `hours`", "“小时”一类的单位"},
    {TK_THIS_PERIOD, "`this day`", "“本日”一类的时段"},
    {TK_EVERY_PERIOD, "`every day`", "“每日”一类的周期"},
    {TK_LP, "`(`", "“（”"},
    {TK_RP, "`)`", "“）”"},
    {TK_LB, "`{`", "“{”"},
    {TK_RB, "`}`", "“}”"},
    {TK_COMMA, "`,`", "“，”"},
    {TK_COLON, "`:`", "“：”"},
    {TK_DOT, "`.`", "“.”"},
    {TK_DOTDOT, "`..`", "“..”"},
    {TK_QM, "`?`", "“?”"},
    {TK_EQ, "`=`", "“=”"},
    {TK_LT, "`<`", "“<”"},
    {TK_GT, "`>`", "“>”"},
    {TK_LE, "`<=`", "“<=”"},
    {TK_GE, "`>=`", "“>=”"},
    {TK_ARROW, "`->`", "“->”"},
    {TK_PLUS, "`+`", "“+”"},
    {TK_MINUS, "`-`", "“-”"},
    {TK_STAR, "`*`", "“*”"},
    {TK_SLASH, "`/`", "“/”"},
};

struct diag_arg nuo__token_arg(struct arena *arena, int token) {
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    if (others[i].token == token) return nuo__diag_pair(others[i].en, others[i].zh);
  const struct keyword *row = nuo__keyword_of(token);
  struct str en = STR("?"), zh = STR("?");
  if (row != NULL) nuo__keyword_form(row->en, 0, &en);
  if (row != NULL) nuo__keyword_form(row->zh, 0, &zh);
  return (struct diag_arg){nuo__arena_format(arena, "`%.*s`", (int)en.len, en.at),
                           nuo__arena_format(arena, "“%.*s”", (int)zh.len, zh.at)};
}

// ---- the index ----

struct entry {
  struct str words[KEYWORD_MAX_WORDS];
  uint32_t count;
  const struct keyword *row;
  struct entry *next;  // in the same slot
};

#define SLOTS 1024
struct keyword_index {
  struct entry *slots[SLOTS];
};

static uint32_t slot_of(struct str word) {
  return nuo__hash(word.at, word.len) % SLOTS;
}

static void enter(struct arena *arena, struct keyword_index *index, struct entry entry) {
  struct entry *made = ARENA_NEW(arena, struct entry);
  struct entry **slot = &index->slots[slot_of(entry.words[0])];
  *made = entry;
  made->next = *slot;
  *slot = made;
}

static struct str joined(struct arena *arena, const struct entry *entry) {
  struct str all = STR("");
  for (uint32_t i = 0; i < entry->count; i++)
    all = nuo__arena_format(arena, "%.*s%.*s", (int)all.len, all.at, (int)entry->words[i].len,
                            entry->words[i].at);
  return all;
}

static void enter_form(struct arena *arena, struct keyword_index *index, const struct keyword *row,
                       struct str form, bool chinese) {
  struct entry entry = {.row = row};
  while (entry.count < KEYWORD_MAX_WORDS && piece(form, ' ', entry.count, &entry.words[entry.count]))
    entry.count++;
  enter(arena, index, entry);
  if (!chinese || entry.count == 1) return;
  enter(arena, index, (struct entry){.row = row, .words = {joined(arena, &entry)}, .count = 1});
}

struct keyword_index *nuo__keyword_index_new(struct arena *arena) {
  struct keyword_index *index = ARENA_NEW(arena, struct keyword_index);
  struct str form;
  for (uint32_t i = 0; i < ROW_COUNT; i++) {
    for (uint32_t n = 0; nuo__keyword_form(rows[i].en, n, &form); n++)
      enter_form(arena, index, &rows[i], form, false);
    for (uint32_t n = 0; nuo__keyword_form(rows[i].zh, n, &form); n++)
      enter_form(arena, index, &rows[i], form, true);
  }
  return index;
}

static bool begins(const struct entry *entry, const struct str *words, uint32_t count) {
  if (entry->count > count) return false;
  for (uint32_t i = 0; i < entry->count; i++)
    if (!nuo__str_equal(entry->words[i], words[i])) return false;
  return true;
}

uint32_t nuo__keyword_match(const struct keyword_index *index, const struct str *words, uint32_t count,
                            const struct keyword **out) {
  uint32_t longest = 0;
  if (count == 0) return 0;
  for (const struct entry *entry = index->slots[slot_of(words[0])]; entry != NULL; entry = entry->next) {
    if (entry->count <= longest || !begins(entry, words, count)) continue;
    longest = entry->count;
    *out = entry->row;
  }
  return longest;
}
