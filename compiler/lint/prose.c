// SPDX-License-Identifier: Apache-2.0
// What the text of a clause and its code say of times: another number, or months in the one and days in the
// other. Reported is only that of all periods of a kind that the code has, none stands in the text.
#include <string.h>

#include "compiler/lint/lint.h"

enum period_kind { PERIOD_EXACT, PERIOD_DAYS, PERIOD_WORKDAYS, PERIOD_MONTHS, PERIOD_KINDS };
struct period {
  enum period_kind kind;
  int64_t amount;  // seconds, days, workdays, months
  uint32_t start, end;
};
typedef VEC(struct period) period_list;

static const struct unit_word {
  const char *word;
  enum period_kind kind;
  int64_t size;
} words[] = {  // longer ones before those that they begin with
    {"个工作日", PERIOD_WORKDAYS, 1}, {"工作日", PERIOD_WORKDAYS, 1},
    {"个小时", PERIOD_EXACT, 3600},   {"小时", PERIOD_EXACT, 3600},
    {"分钟", PERIOD_EXACT, 60},       {"秒", PERIOD_EXACT, 1},
    {"个月", PERIOD_MONTHS, 1},       {"个季度", PERIOD_MONTHS, 3},
    {"年", PERIOD_MONTHS, 12},        {"天", PERIOD_DAYS, 1},
    {"日", PERIOD_DAYS, 1},           {"周", PERIOD_DAYS, 7},
    {"workday", PERIOD_WORKDAYS, 1},  {"working day", PERIOD_WORKDAYS, 1},
    {"hour", PERIOD_EXACT, 3600},     {"minute", PERIOD_EXACT, 60},
    {"second", PERIOD_EXACT, 1},      {"month", PERIOD_MONTHS, 1},
    {"quarter", PERIOD_MONTHS, 3},    {"year", PERIOD_MONTHS, 12},
    {"day", PERIOD_DAYS, 1},          {"week", PERIOD_DAYS, 7}};

static bool begins(struct str text, uint32_t at, const char *with) {
  const size_t len = strlen(with);
  return text.len - at >= len && memcmp(text.at + at, with, len) == 0;
}

static bool read_digits(struct str text, uint32_t *at, int64_t *value) {
  const uint32_t from = *at;
  for (*value = 0; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9' && *at - from < 9; ++*at)
    *value = *value * 10 + (text.at[*at] - '0');
  return *at > from;
}

// 二十四, 一百二十, 两.
static bool read_han(struct str text, uint32_t *at, int64_t *value) {
  static const char *const digits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
  const uint32_t from = *at;
  int64_t digit = 0;
  for (*value = 0; *at < text.len; *at += 3) {
    int64_t one = begins(text, *at, "两") ? 2 : -1;
    for (int i = 0; i < 10; i++) one = begins(text, *at, digits[i]) ? i : one;
    const int64_t scale = begins(text, *at, "十") ? 10 : begins(text, *at, "百") ? 100 : 0;
    if (one < 0 && scale == 0) break;
    if (scale > 0) *value += (digit == 0 ? 1 : digit) * scale;
    digit = scale > 0 ? 0 : one;
  }
  *value += digit;
  return *at > from;
}

static bool read_word(struct str text, uint32_t *at, int64_t *value) {
  static const char *const numbers[] = {"one ",   "two ",   "three ", "four ", "five ",   "six ",
                                        "seven ", "eight ", "nine ",  "ten ",  "eleven ", "twelve "};
  for (int64_t i = 0; i < 12; i++) {
    if (!begins(text, *at, numbers[i])) continue;
    *at += (uint32_t)strlen(numbers[i]) - 1;
    *value = i + 1;
    return true;
  }
  return false;
}

static bool ends_in(struct str text, uint32_t at, const char *with) {
  const uint32_t len = (uint32_t)strlen(with);
  return at >= len && memcmp(text.at + at - len, with, len) == 0;
}

// A number at `at` and its unit; the place behind them, or `at`.
static uint32_t read_period(struct str text, uint32_t at, struct period *out) {
  uint32_t behind = at;
  int64_t value;
  const bool inner = at > 0 && ((text.at[at - 1] >= '0' && text.at[at - 1] <= '9') ||
                                text.at[at - 1] == '-' || text.at[at - 1] == '.' || text.at[at - 1] == ':');
  if (inner || ends_in(text, at, "月") || ends_in(text, at, "第")) return at;
  if (!read_digits(text, &behind, &value) && !read_han(text, &behind, &value) &&
      !read_word(text, &behind, &value))
    return at;
  while (behind < text.len && (text.at[behind] == ' ' || text.at[behind] == '-')) behind++;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (!begins(text, behind, words[i].word)) continue;
    if (words[i].size == 12 && value >= 1000) return at;  // the year of a date
    if (begins(text, behind, "周岁") || begins(text, behind, "周年")) return at;
    const uint32_t end = behind + (uint32_t)strlen(words[i].word);
    *out = (struct period){words[i].kind, value * words[i].size, at, end};
    return end;
  }
  return at;
}

static void read_periods(struct lint *l, struct str text, uint32_t from, uint32_t to, period_list *list) {
  text.len = to;
  for (uint32_t at = from; at < to; at++) {
    struct period period;
    const uint32_t behind = read_period(text, at, &period);
    if (behind == at) continue;
    VEC_PUSH(l->arena, list, period);
    at = behind - 1;
  }
}

static const struct period *first_of(const period_list *list, enum period_kind kind) {
  for (uint32_t i = 0; i < list->count; i++)
    if (list->at[i].kind == kind) return &list->at[i];
  return NULL;
}

// Two days in the text may be 48 hours in the code.
static bool means(const struct period *a, const struct period *b) {
  if (a->kind == b->kind) return a->amount == b->amount;
  return a->kind == PERIOD_EXACT && b->kind == PERIOD_DAYS && a->amount == b->amount * 86400;
}

static bool share_one(const period_list *coded, const period_list *said, enum period_kind kind) {
  for (uint32_t i = 0; i < coded->count; i++)
    for (uint32_t k = 0; k < said->count; k++)
      if (coded->at[i].kind == kind && means(&coded->at[i], &said->at[k])) return true;
  return false;
}

static struct diag_arg text_of(struct str text, const struct period *period) {
  return nuo__diag_text((struct str){text.at + period->start, period->end - period->start});
}

static bool is_about(int64_t days, int64_t months) {
  return days == 30 * months || days == 31 * months || (months % 12 == 0 && days == 365 * (months / 12));
}

// 30 days for a month, or the other way round, where the other text has no such period of its own.
static void look_at_months(struct lint *l, uint32_t f, struct str code, const period_list *coded,
                           struct str prose, const period_list *said) {
  for (uint32_t i = 0; i < coded->count; i++)
    for (uint32_t k = 0; k < said->count; k++) {
      const struct period *c = &coded->at[i], *s = &said->at[k];
      const bool days = c->kind == PERIOD_DAYS && s->kind == PERIOD_MONTHS && is_about(c->amount, s->amount);
      const bool months =
          c->kind == PERIOD_MONTHS && s->kind == PERIOD_DAYS && is_about(s->amount, c->amount);
      if ((!days && !months) || share_one(coded, said, c->kind)) continue;
      nuo__lint_add2(l, DIAG_N1208, (struct span){f, c->start, c->end}, text_of(code, c), text_of(prose, s));
    }
}

static void look_at_clause(struct lint *l, uint32_t f, const struct clause *clause,
                           const period_list *coded) {
  const struct str prose = nuo__lint_prose(l, &l->compilation->files.at[f], clause);
  const struct str code = *nuo__lint_code(l, f);
  period_list said = {0};
  read_periods(l, prose, 0, prose.len, &said);
  look_at_months(l, f, code, coded, prose, &said);
  for (enum period_kind kind = 0; kind < PERIOD_KINDS; kind++) {
    const struct period *here = first_of(coded, kind), *there = first_of(&said, kind);
    if (here == NULL || there == NULL || share_one(coded, &said, kind)) continue;
    nuo__lint_add2(l, DIAG_N1207, (struct span){f, here->start, here->end}, text_of(code, here),
                   text_of(prose, there));
  }
}

static void look_at_file(struct lint *l, uint32_t f) {
  const struct source_file *file = &l->compilation->files.at[f];
  period_list *coded = nuo__arena_alloc(l->arena, (file->clauses.count + 1) * sizeof *coded);
  for (uint32_t d = 0; d < file->decls.count; d++) {
    const struct decl *decl = file->decls.at[d];
    const bool rule = decl->kind == DECL_RULE || decl->kind == DECL_DUTY || decl->kind == DECL_PARAMETER;
    if (rule && decl->clause != CLAUSE_NONE)
      read_periods(l, *nuo__lint_code(l, f), decl->span.start, decl->span.end, &coded[decl->clause]);
  }
  for (uint32_t i = 0; i < file->clauses.count; i++)
    if (coded[i].count > 0) look_at_clause(l, f, &file->clauses.at[i], &coded[i]);
}

void nuo__lint_periods(struct lint *l) {
  for (uint32_t f = 0; f < l->compilation->files.count; f++)
    if (l->compilation->files.at[f].markdown && !nuo__lint_in_stdlib(l, f)) look_at_file(l, f);
}
