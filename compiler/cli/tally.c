// SPDX-License-Identifier: Apache-2.0
// Counts decisions by verdict, clause and severity, and prints rows and sums for people. Called by run.c.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/run.h"
#include "runtime/when.h"

static const char *const verdict_names[2][ACTION_COUNT] = {
    {"allow", "note", "amend", "defer", "hold", "block"}, {"放行", "记录", "修改", "延后", "待审", "拦截"}};

static nuo_text text_of(const char *s) {
  return (nuo_text){s, strlen(s)};
}

static char *copy(nuo_text text) {
  char *out = malloc(text.len + 1);
  if (out == NULL) abort();  // a summary line cannot be had without memory, and there is nobody to tell
  if (text.len > 0) memcpy(out, text.text, text.len);
  out[text.len] = 0;
  return out;
}

static bool same(const char *text, nuo_text other) {
  return strlen(text) == other.len && memcmp(text, other.text, other.len) == 0;
}

static struct rule_tally *rule_of(struct tally *tally, const nuo_finding *f) {
  for (size_t i = 0; i < tally->rule_count; i++)
    if (same(tally->rules[i].name, f->rule)) return &tally->rules[i];
  struct rule_tally *grown = realloc(tally->rules, (tally->rule_count + 1) * sizeof *grown);
  if (grown == NULL) abort();
  tally->rules = grown;
  grown[tally->rule_count] = (struct rule_tally){.name = copy(f->rule),
                                                 .name_zh = copy(f->rule_zh),
                                                 .clause = copy(f->clause),
                                                 .severity = copy(f->severity),
                                                 .severity_zh = copy(f->severity_zh)};
  return &tally->rules[tally->rule_count++];
}

void tally_add(struct tally *tally, const nuo_decision *d) {
  if (d->replayed) {
    tally->replayed++;
    return;
  }
  if (d->deadline || d->caused_by.len > 0) {
    tally->derived++;
  } else {
    tally->decided++;
    tally->verdicts[d->verdict]++;
    tally->outside += d->force != NUO_IN_FORCE;
  }
  for (size_t i = 0; i < d->duty_count; i++)
    if (d->duties[i].state != NUO_DUTY_FULFILLED || d->duties[i].is_last) tally->duties[d->duties[i].state]++;
  for (size_t i = 0; i < d->breach_count; i++) rule_of(tally, &d->breaches[i])->breached++;
  for (size_t i = 0; i < d->undetermined_count; i++) rule_of(tally, &d->undetermined[i])->undetermined++;
  for (size_t i = 0; i < d->excepted_count; i++) rule_of(tally, &d->excepted[i])->excepted++;
}

void tally_free(struct tally *tally) {
  for (size_t i = 0; i < tally->rule_count; i++) {
    struct rule_tally *r = &tally->rules[i];
    free(r->name), free(r->name_zh), free(r->clause), free(r->severity), free(r->severity_zh);
  }
  free(tally->rules);
}

// A digit of either width or a Chinese numeral: 0 to 9, or 10, 100, 1000; -1 when there is none.
static int numeral(const char *at, size_t *size) {
  static const char chinese[][4] = {"〇", "一", "二", "三", "四", "五", "六",
                                    "七", "八", "九", "十", "百", "千"};
  static const int worth[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 100, 1000};
  *size = 1;
  if (*at >= '0' && *at <= '9') return *at - '0';
  *size = 3;
  for (size_t i = 0; i < sizeof worth / sizeof *worth; i++)
    if (strncmp(at, chinese[i], 3) == 0) return worth[i];
  if (strncmp(at, "零", 3) == 0) return 0;
  if (strncmp(at, "\xEF\xBC", 2) == 0 && (unsigned char)at[2] >= 0x90 && (unsigned char)at[2] <= 0x99)
    return (unsigned char)at[2] - 0x90;
  return -1;
}

// The number that `*at` begins with, past which it is moved; -1 when there is none.
static long take_number(const char **at) {
  long sum = 0, part = 0;
  size_t size;
  int digit = numeral(*at, &size);
  if (digit < 0) return -1;
  for (bool any = false; digit >= 0; digit = numeral(*at, &size)) {
    if (digit < 10) {
      if (part < 1000000) part = part * 10 + digit;
    } else {  // 十二 has no 一 before the 十
      sum += (part == 0 && !any ? 1 : part) * digit;
      part = 0;
    }
    any = true;
    *at += size;
  }
  return sum + part;
}

// Clause numbers in the order of a document: 2.10 after 2.9, 第十条 after 第九条.
static int compare_clauses(const void *a, const void *b) {
  const char *x = ((const struct rule_tally *)a)->clause, *y = ((const struct rule_tally *)b)->clause;
  while (*x != 0 && *y != 0) {
    const char *end_x = x, *end_y = y;
    const long m = take_number(&end_x), n = take_number(&end_y);
    if (m >= 0 && n >= 0) {
      if (m != n) return m < n ? -1 : 1;
      x = end_x, y = end_y;
    } else if (*x != *y) {
      return (unsigned char)*x < (unsigned char)*y ? -1 : 1;
    } else {
      x++, y++;
    }
  }
  return (*x != 0) - (*y != 0);
}

static void print_count(FILE *out, size_t n, size_t columns) {
  char plain[32], grouped[48];
  int len = snprintf(plain, sizeof plain, "%zu", n);
  size_t at = 0;
  for (int i = 0; i < len; i++) {
    if (i > 0 && (len - i) % 3 == 0) grouped[at++] = ',';
    grouped[at++] = plain[i];
  }
  cli_print_cell(out, (nuo_text){grouped, at}, at > columns ? at : columns, true);
}

#define BAR_COLUMNS 30

static void print_verdicts(FILE *out, const struct tally *tally, nuo_language language) {
  fputs(SAY(language, "\nVerdicts\n", "\n裁决\n"), out);
  for (int v = 0; v < ACTION_COUNT; v++) {
    if (tally->verdicts[v] == 0) continue;
    double share = (double)tally->verdicts[v] / (double)tally->decided;
    fputs("  ", out);
    cli_print_cell(out, text_of(verdict_names[language][v]), 8, false);
    print_count(out, tally->verdicts[v], 10);
    fprintf(out, "  %5.1f%%  ", 100 * share);
    for (int i = 0; i < (int)(share * BAR_COLUMNS + 0.999); i++) fputs("█", out);
    fputc('\n', out);
  }
}

static void print_rules(FILE *out, const struct tally *tally, nuo_language language) {
  static const size_t widths[] = {12, 29, 10, 9, 9, 9};
  static const char *const heads[2][6] = {{"clause", "rule", "severity", "breached", "unclear", "excepted"},
                                          {"条款", "规则", "程度", "违反", "不明", "例外"}};
  if (tally->rule_count == 0) return;
  fputs(SAY(language, "\nBy clause\n  ", "\n按条款\n  "), out);
  for (int i = 0; i < 6; i++) cli_print_cell(out, text_of(heads[language][i]), widths[i], i > 2);
  fputc('\n', out);
  for (size_t i = 0; i < tally->rule_count; i++) {
    const struct rule_tally *r = &tally->rules[i];
    fputs("  ", out);
    cli_print_cell(out, text_of(r->clause), widths[0] - 1, false), fputc(' ', out);
    cli_print_cell(out, text_of(SAY(language, r->name, r->name_zh)), widths[1] - 1, false), fputc(' ', out);
    cli_print_cell(out, text_of(SAY(language, r->severity, r->severity_zh)), widths[2], false);
    print_count(out, r->breached, widths[3]);
    print_count(out, r->undetermined, widths[4]);
    print_count(out, r->excepted, widths[5]);
    fputc('\n', out);
  }
}

static void print_severities(FILE *out, const struct tally *tally, nuo_language language) {
  bool any = false;
  for (size_t i = 0; i < tally->rule_count; i++) {
    const char *severity = tally->rules[i].severity;
    size_t sum = 0, first = i;
    for (size_t k = 0; k < tally->rule_count; k++)
      if (strcmp(tally->rules[k].severity, severity) == 0) {
        sum += tally->rules[k].breached;
        if (k < first) first = k;
      }
    if (first < i || sum == 0) continue;
    if (!any) fputs(SAY(language, "\nBreaches by severity\n", "\n按程度（违反）\n"), out);
    any = true;
    fputs("  ", out);
    const char *name = SAY(language, severity, tally->rules[i].severity_zh);
    cli_print_cell(out, text_of(*name != 0 ? name : SAY(language, "none given", "未定程度")), 12, false);
    print_count(out, sum, 8);
    fputc('\n', out);
  }
}

static void print_duties(FILE *out, const struct tally *tally, nuo_language language) {
  static const struct {
    nuo_duty_state state;
    const char *names[2];
  } lines[] = {{NUO_DUTY_OPENED, {"begun", "发生"}},          {NUO_DUTY_FULFILLED, {"fulfilled", "履行"}},
               {NUO_DUTY_DISCHARGED, {"discharged", "免除"}}, {NUO_DUTY_WARNED, {"warned", "预警"}},
               {NUO_DUTY_MISSED, {"missed steps", "逾期"}},   {NUO_DUTY_LATE, {"done late", "迟履行"}},
               {NUO_DUTY_NOT_OPENED, {"not begun", "未建立"}}};
  bool any = false;
  for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
    const size_t count = tally->duties[lines[i].state];
    if (count == 0) continue;
    if (!any) fputs(SAY(language, "\nDuties\n", "\n义务\n"), out);
    any = true;
    fputs("  ", out);
    cli_print_cell(out, text_of(lines[i].names[language]), 12, false);
    print_count(out, count, 8);
    fputc('\n', out);
  }
}

// `; what: count`, where there is one.
static void print_also(FILE *out, const char *what, size_t count) {
  if (count == 0) return;
  fputs(what, out);
  print_count(out, count, 1);
}

void tally_print(FILE *out, const struct tally *tally, nuo_language language) {
  if (tally->rule_count > 0) qsort(tally->rules, tally->rule_count, sizeof *tally->rules, compare_clauses);
  if (tally->decided > 0) print_verdicts(out, tally, language);
  print_rules(out, tally, language);
  print_severities(out, tally, language);
  print_duties(out, tally, language);
  fputs(SAY(language, "\nEvents decided: ", "\n已裁决事件："), out);
  print_count(out, tally->decided, 1);
  print_also(out, SAY(language, "; outside the policy's time in force: ", "；不在政策有效期内："),
             tally->outside);
  print_also(out, SAY(language, "; what followed from them and from time: ", "；随之发生与到期："),
             tally->derived);
  print_also(out, SAY(language, "; came again: ", "；重复报送："), tally->replayed);
  print_also(out, SAY(language, "; refused: ", "；拒收："), tally->refused);
  fputc('\n', out);
}

// ---- the table ----

static const size_t row_widths[] = {10, 17, 8, 12};

void table_header(FILE *out, nuo_language language) {
  static const char *const heads[2][4] = {{"event", "time", "verdict", "clause"},
                                          {"事件", "时间", "裁决", "条款"}};
  for (int i = 0; i < 4; i++) cli_print_cell(out, text_of(heads[language][i]), row_widths[i], false);
  fprintf(out, "%s\n", SAY(language, "why", "理由"));
}

static const char *reason_text(nuo_reason_kind kind, nuo_language language) {
  static const char *const chinese[] = {
      [NUO_REASON_MISSING] = "缺少",         [NUO_REASON_OVERFLOW] = "数值溢出",
      [NUO_REASON_DIVISION] = "除数为零",    [NUO_REASON_NO_ROW] = "表中无此情形",
      [NUO_REASON_NATIVE] = "外部函数失败",  [NUO_REASON_UNSET] = "参数待填",
      [NUO_REASON_CALENDAR] = "超出日历",    [NUO_REASON_DATE] = "日期超出范围",
      [NUO_REASON_PATTERN] = "模式过于复杂",
  };
  return SAY(language, nuo_reason_name(kind), chinese[kind]);
}

// A field by its name in the reader's language; what else a reason names has one name only.
static nuo_text reason_name(const nuo_finding *f, const nuo_reason *reason, nuo_language language) {
  for (size_t i = 0; language == NUO_CHINESE && i < f->fact_count; i++) {
    nuo_text name = f->facts[i].name;
    if (name.len == reason->name.len && memcmp(name.text, reason->name.text, name.len) == 0)
      return f->facts[i].name_zh;
  }
  return reason->name;
}

static void write_finding(FILE *out, const nuo_finding *f, bool unclear, nuo_language language) {
  cli_print_cell(out, f->clause, row_widths[3] - 1, false), fputc(' ', out);
  if (unclear) fputs(SAY(language, "[unclear] ", "〔不明〕"), out);
  nuo_text name = SAY(language, f->rule, f->rule_zh);
  fprintf(out, "%.*s", (int)name.len, name.text);
  if (f->message.len > 0)
    fprintf(out, "%s%.*s", SAY(language, ": ", "："), (int)f->message.len, f->message.text);
  for (size_t i = 0; i < f->reason_count; i++) {
    nuo_text what = reason_name(f, &f->reasons[i], language);
    const char *before = i == 0 ? SAY(language, " (", "（") : SAY(language, ", ", "，");
    fprintf(out, "%s%s %.*s", before, reason_text(f->reasons[i].kind, language), (int)what.len, what.text);
  }
  if (f->reason_count > 0) fputs(SAY(language, ")", "）"), out);
}

// A finding from column `indent` on; what does not fit its line goes on a little further in.
static void print_finding(FILE *out, const nuo_finding *f, bool unclear, size_t indent,
                          nuo_language language) {
  char *text = NULL;
  size_t len = 0;
  FILE *memory = open_memstream(&text, &len);
  if (memory == NULL) return;
  write_finding(memory, f, unclear, language);
  if (fclose(memory) == 0) cli_print_wrapped(out, (nuo_text){text, len}, indent, indent + 2);
  free(text);
}

void table_row(FILE *out, const nuo_decision *d, nuo_language language) {
  char when[40];
  size_t len = nuo__when_format_rfc3339(d->time, d->utc_offset, when);
  if (len > 16) len = 16;  // to the minute; the JSON has the rest
  if (len > 10) when[10] = ' ';
  cli_print_cell(out, d->event_id, row_widths[0] - 1, false), fputc(' ', out);
  cli_print_cell(out, (nuo_text){when, len}, row_widths[1], false);
  cli_print_cell(out, text_of(verdict_names[language][d->verdict]), row_widths[2], false);
  size_t indent = row_widths[0] + row_widths[1] + row_widths[2];
  for (size_t i = 0; i < d->breach_count + d->undetermined_count; i++) {
    if (i > 0) fprintf(out, "%*s", (int)indent, "");
    bool unclear = i >= d->breach_count;
    print_finding(out, unclear ? &d->undetermined[i - d->breach_count] : &d->breaches[i], unclear, indent,
                  language);
  }
}

void table_refused(FILE *out, const char *path, uint64_t line, const nuo_error *error,
                   nuo_language language) {
  fprintf(out, "%s:%llu: %s%s\n", path, (unsigned long long)line, SAY(language, "refused: ", "拒收："),
          SAY(language, error->message, error->message_zh));
}
