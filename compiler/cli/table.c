// SPDX-License-Identifier: Apache-2.0
// The table of decisions for people: a row a decision, with its findings, and under each finding the earlier
// events that decided it. Called by run.c.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/run.h"
#include "runtime/when.h"

static nuo_text text_of(const char *s) {
  return (nuo_text){s, strlen(s)};
}

const char *table_verdict(nuo_action verdict, nuo_language language) {
  static const char *const names[2][ACTION_COUNT] = {{"allow", "note", "amend", "defer", "hold", "block"},
                                                     {"放行", "记录", "修改", "延后", "待审", "拦截"}};
  return names[language][verdict];
}

// An identity that needs more columns than its own stands on a line by itself: cut, nobody could find the
// event. A clause that needs more pushes what follows.
enum { ID_COLUMNS = 11, TIME_COLUMNS = 17, VERDICT_COLUMNS = 8, CLAUSE_COLUMNS = 12 };
#define INDENT (ID_COLUMNS + TIME_COLUMNS + VERDICT_COLUMNS)
#define LINE_COLUMNS 80

void table_header(FILE *out, nuo_language language) {
  cli_print_cell(out, text_of(SAY(language, "event", "事件")), ID_COLUMNS, false);
  cli_print_cell(out, text_of(SAY(language, "time", "时间")), TIME_COLUMNS, false);
  cli_print_cell(out, text_of(SAY(language, "verdict", "裁决")), VERDICT_COLUMNS, false);
  cli_print_cell(out, text_of(SAY(language, "clause", "条款")), CLAUSE_COLUMNS, false);
  fprintf(out, "%s\n", SAY(language, "why", "理由"));
}

// ---- times ----

// "2025-07-02 23:30": to the minute; the JSON has the rest.
static size_t format_minute(int64_t time, int32_t utc_offset, char text[40]) {
  size_t len = nuo__when_format_rfc3339(time, utc_offset, text);
  if (len > 16) len = 16;
  if (len > 10) text[10] = ' ';
  text[len] = 0;
  return len;
}

// A time whose day, or year, the reader knows already from the one before is told without it.
static void write_moment(FILE *out, const nuo_moment *moment, char before[40]) {
  char text[40];
  format_minute(moment->time, moment->utc_offset, text);
  const size_t known = strncmp(text, before, 11) == 0 ? 11 : strncmp(text, before, 5) == 0 ? 5 : 0;
  if (known < 11) fprintf(out, "%.*s" NO_BREAK, (int)(10 - known), text + known);
  fputs(text + 11, out);
  memcpy(before, text, sizeof text);
}

// Those that are remembered but not told come first: they are the oldest.
static void write_times(FILE *out, const nuo_decision *d, const nuo_counted *c, nuo_language language) {
  char before[40];
  const long long more = c->number - (long long)c->time_count;
  format_minute(d->time, d->utc_offset, before);
  if (c->time_count == 0) return;
  fputs(SAY(language, ": ", "："), out);
  for (size_t i = 0; i < c->time_count; i++) {
    if (i > 0) fputs(SAY(language, ", ", "、"), out);
    if (i == 0 && more > 0) fprintf(out, SAY(language, "… %lld earlier, ", "……更早的 %lld 次、"), more);
    write_moment(out, &c->times[i], before);
  }
}

// "1 h 29 min 59 s"
static void write_gap(FILE *out, int64_t ms, nuo_language language) {
  static const struct {
    int64_t size;
    const char *name[2];
  } units[] = {
      {86400000, {"d", "天"}}, {3600000, {"h", "小时"}}, {60000, {"min", "分"}}, {1000, {"s", "秒"}}};
  bool any = false;
  for (int i = 0; i < 4; i++) {
    const long long amount = ms / units[i].size;
    ms %= units[i].size;
    if (amount == 0 && (any || i < 3)) continue;
    fprintf(out, "%s%lld" NO_BREAK "%s", any ? " " : "", amount, units[i].name[language]);
    any = true;
  }
}

// ---- what was counted ----

// "that day", "within 24 hours before"
static void write_window(FILE *out, const nuo_counted *c, nuo_language language) {
  static const char *const names[][2] = {{"second", "秒"},  {"minute", "分钟"},      {"hour", "小时"},
                                         {"day", "日"},     {"workday", "个工作日"}, {"week", "周"},
                                         {"month", "个月"}, {"quarter", "个季度"},   {"year", "年"}};
  static const char *const that[] = {[NUO_DAY] = "当日",
                                     [NUO_WEEK] = "当周",
                                     [NUO_MONTH] = "当月",
                                     [NUO_QUARTER] = "当季",
                                     [NUO_YEAR] = "当年"};
  const bool zh = language == NUO_CHINESE;
  const char *name = names[c->unit][zh];
  if (c->window == NUO_WINDOW_THIS && zh)
    fputs(c->unit < NUO_DAY || that[c->unit] == NULL ? name : that[c->unit], out);
  else if (c->window == NUO_WINDOW_THIS)
    fprintf(out, " that %s", name);
  else if (c->window == NUO_WINDOW_LAST && zh)
    fprintf(out, "此前 %lld %s内", (long long)c->amount, name);
  else if (c->window == NUO_WINDOW_LAST)
    fprintf(out, " within %lld %s%s before", (long long)c->amount, name, c->amount == 1 ? "" : "s");
}

static void write_text(FILE *out, nuo_text text) {
  fwrite(text.text, 1, text.len, out);
}

// `1 of 2` as a percentage, with one digit behind the point where it is needed.
static void write_percent(FILE *out, int64_t part, int64_t of) {
  const long long thousandths = of == 0 ? 0 : (long long)((2000 * part + of) / (2 * of));
  fprintf(out, "%lld", thousandths / 10);
  if (thousandths % 10 != 0) fprintf(out, ".%lld", thousandths % 10);
  fputc('%', out);
}

// "such refund": those that a condition chooses.
static void write_events(FILE *out, const nuo_counted *c, nuo_language language) {
  if (c->filtered) fputs(SAY(language, "such ", "此类"), out);
  write_text(out, SAY(language, c->event, c->event_zh));
}

static void write_english(FILE *out, const nuo_counted *c) {
  const char *more = c->or_more ? " or more" : "";
  switch (c->kind) {
    case NUO_COUNTED_TIMES:
      if (c->limited) {
        fprintf(out, "%lld of %lld%s", (long long)c->number, (long long)c->limit,
                c->attempts ? " attempts" : "");
        break;
      }
      if (c->number == 0)
        fputs("no ", out);
      else
        fprintf(out, "%lld%s ", (long long)c->number, more);
      write_events(out, c, NUO_ENGLISH);
      break;
    case NUO_COUNTED_LAST:
      fputs("last ", out), write_events(out, c, NUO_ENGLISH);
      break;
    case NUO_COUNTED_SUM:
      write_text(out, c->field), fputs(c->field.len > 0 ? ": " : "", out);
      write_text(out, c->sum), fprintf(out, " in all, %lld ", (long long)c->of);
      write_events(out, c, NUO_ENGLISH);
      break;
    case NUO_COUNTED_SHARE:
      fprintf(out, "%lld of %lld ", (long long)c->number, (long long)c->of);
      write_events(out, c, NUO_ENGLISH), fputs(" (", out);
      write_percent(out, c->number, c->of), fputc(')', out);
      break;
    case NUO_COUNTED_DISTINCT:
      write_text(out, c->field), fputs(c->field.len > 0 ? ": " : "", out);
      fprintf(out, "%lld%s different values, ", (long long)c->number, more);
      write_events(out, c, NUO_ENGLISH);
      break;
  }
  write_window(out, c, NUO_ENGLISH);
}

static void write_chinese(FILE *out, const nuo_counted *c) {
  const char *more = c->or_more ? "至少" : "";
  write_window(out, c, NUO_CHINESE);
  switch (c->kind) {
    case NUO_COUNTED_TIMES:
      if (c->limited) {
        fprintf(out, "%s %lld 次（限 %lld 次）", c->attempts ? "已尝试" : "已有", (long long)c->number,
                (long long)c->limit);
        break;
      }
      if (c->number == 0) fputs("没有", out);
      write_events(out, c, NUO_CHINESE);
      if (c->number > 0) fprintf(out, "%s %lld 次", more, (long long)c->number);
      break;
    case NUO_COUNTED_LAST:
      fputs("上次", out), write_events(out, c, NUO_CHINESE);
      break;
    case NUO_COUNTED_SUM:
      write_events(out, c, NUO_CHINESE), fprintf(out, " %lld 次，", (long long)c->of);
      write_text(out, c->field_zh), fputs("合计 ", out), write_text(out, c->sum_zh);
      break;
    case NUO_COUNTED_SHARE:
      write_events(out, c, NUO_CHINESE);
      fprintf(out, " %lld 次，其中 %lld 次（", (long long)c->of, (long long)c->number);
      write_percent(out, c->number, c->of), fputs("）", out);
      break;
    case NUO_COUNTED_DISTINCT:
      write_events(out, c, NUO_CHINESE), fputs("的", out), write_text(out, c->field_zh);
      fprintf(out, "有%s %lld 个不同的值", more, (long long)c->number);
      break;
  }
}

static void write_counted(FILE *out, const nuo_decision *d, const nuo_counted *c, nuo_language language) {
  if (language == NUO_CHINESE)
    write_chinese(out, c);
  else
    write_english(out, c);
  write_times(out, d, c, language);
  if (c->kind != NUO_COUNTED_LAST || c->time_count == 0) return;
  fputs(SAY(language, ", ", "，相隔 "), out);
  write_gap(out, d->time - c->times[0].time, language);
  fputs(SAY(language, " before", ""), out);
}

// ---- findings ----

static const char *reason_text(nuo_reason_kind kind, nuo_language language) {
  static const char *const chinese[] = {
      [NUO_REASON_MISSING] = "缺少",         [NUO_REASON_OVERFLOW] = "数值溢出",
      [NUO_REASON_DIVISION] = "除数为零",    [NUO_REASON_NO_ROW] = "表中无此情形",
      [NUO_REASON_NATIVE] = "外部函数失败",  [NUO_REASON_UNSET] = "参数待填",
      [NUO_REASON_CALENDAR] = "超出日历",    [NUO_REASON_DATE] = "日期超出范围",
      [NUO_REASON_NO_FACT] = "状态未成立",   [NUO_REASON_NO_EVENT] = "尚无此类事件",
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
  const size_t clause = cli_width(f->clause);
  cli_print_cell(out, f->clause, clause < CLAUSE_COLUMNS ? CLAUSE_COLUMNS - 1 : clause, false);
  fputc(' ', out);
  if (unclear) fputs(SAY(language, "[unclear] ", "〔不明〕"), out);
  write_text(out, SAY(language, f->rule, f->rule_zh));
  if (f->message.len > 0) fputs(SAY(language, ": ", "："), out), write_text(out, f->message);
  for (size_t i = 0; i < f->reason_count; i++) {
    nuo_text what = reason_name(f, &f->reasons[i], language);
    const char *before = i == 0 ? SAY(language, " (", "（") : SAY(language, ", ", "，");
    fprintf(out, "%s%s %.*s", before, reason_text(f->reasons[i].kind, language), (int)what.len, what.text);
  }
  if (f->reason_count > 0) fputs(SAY(language, ")", "）"), out);
}

// The other clauses under which it is the same breach.
static void write_also(FILE *out, const nuo_finding *f, nuo_language language) {
  fputs(SAY(language, "and: ", "并："), out);
  for (size_t i = 1; i < f->same_count; i++) {
    const nuo_finding *also = &f->same[i];
    if (i > 1) fputs(SAY(language, ", ", "，"), out);
    write_text(out, SAY(language, also->rule, also->rule_zh));
    if (also->clause.len == 0) continue;
    fputs(SAY(language, " (", "（"), out);
    write_text(out, also->clause);
    fputs(SAY(language, ")", "）"), out);
  }
}

// A line that is written to memory first, then printed from column `begin` on; what does not fit goes on at
// column `indent`.
struct line {
  FILE *memory;
  char *text;
  size_t len;
};

static bool line_open(struct line *line) {
  *line = (struct line){.text = NULL};
  line->memory = open_memstream(&line->text, &line->len);
  return line->memory != NULL;
}

static void line_print(FILE *out, struct line *line, size_t begin, size_t indent) {
  if (fclose(line->memory) == 0) cli_print_wrapped(out, (nuo_text){line->text, line->len}, begin, indent);
  free(line->text);
}

static void print_finding(FILE *out, const nuo_decision *d, const nuo_finding *f, bool unclear,
                          nuo_language language) {
  struct line line;
  if (!line_open(&line)) return;
  write_finding(line.memory, f, unclear, language);
  line_print(out, &line, INDENT, INDENT + 2);
  if (f->same_count > 0 && line_open(&line)) {
    fprintf(out, "%*s", INDENT + 2, "");
    write_also(line.memory, f, language);
    line_print(out, &line, INDENT + 2, INDENT + 4);
  }
  for (size_t i = 0; i < f->fact_count; i++) {
    if (f->facts[i].counted == NULL || !line_open(&line)) continue;
    fprintf(out, "%*s", INDENT + 2, "");
    write_counted(line.memory, d, f->facts[i].counted, language);
    line_print(out, &line, INDENT + 2, INDENT + 4);
  }
}

static void print_identity(FILE *out, nuo_text id) {
  const size_t columns = cli_width(id);
  if (columns < ID_COLUMNS) {
    cli_print_cell(out, id, ID_COLUMNS, false);
    return;
  }
  cli_print_cell(out, id, columns < LINE_COLUMNS ? columns : LINE_COLUMNS, false);
  fprintf(out, "\n%*s", ID_COLUMNS, "");
}

static void print_incomplete(FILE *out, const nuo_error *why, nuo_language language) {
  const char *message = SAY(language, why->message, why->message_zh);
  fprintf(out, "%*s", INDENT + 2, "");
  cli_print_wrapped(out, text_of(message), INDENT + 2, INDENT + 4);
}

void table_row(FILE *out, const nuo_decision *d, nuo_language language) {
  char when[40];
  const size_t len = format_minute(d->time, d->utc_offset, when);
  print_identity(out, d->event_id);
  cli_print_cell(out, (nuo_text){when, len}, TIME_COLUMNS, false);
  cli_print_cell(out, text_of(table_verdict(d->verdict, language)), VERDICT_COLUMNS, false);
  for (size_t i = 0; i < d->breach_count + d->undetermined_count; i++) {
    if (i > 0) fprintf(out, "%*s", INDENT, "");
    const bool unclear = i >= d->breach_count;
    print_finding(out, d, unclear ? &d->undetermined[i - d->breach_count] : &d->breaches[i], unclear,
                  language);
  }
  if (d->incomplete != NULL) print_incomplete(out, d->incomplete, language);
}

void table_refused(FILE *out, const char *path, uint64_t line, uint64_t element, const nuo_error *error,
                   nuo_language language) {
  char place[24] = "";
  if (element > 0) snprintf(place, sizeof place, "[%llu]", (unsigned long long)element);
  fprintf(out, "%s:%llu%s: %s%s\n", path, (unsigned long long)line, place,
          SAY(language, "refused: ", "拒收："), SAY(language, error->message, error->message_zh));
}
