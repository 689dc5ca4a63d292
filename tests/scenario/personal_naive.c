// SPDX-License-Identifier: Apache-2.0
// Judges a log of personal_log.c by the prose of rules/personal_data/personal_data.nuo.md, in the most
// simple-minded way: every question is answered by looking through all of the log again. Prints one line for
// each breach, RULE EVENT TIME, in no order. It shares no code with the runtime: that is its use.
// A deadline counts as missed once the log goes past it.
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_MS INT64_C(86400000)
#define ZONE_MS INT64_C(28800000)

struct line {
  char type[12], id[40], user[12], purpose[12], department[12], processor[12];
  int64_t time;
};

static struct line *lines;
static size_t line_count, line_room;

// ---- days ----
// Days since 1970-01-01 of a date of the Gregorian calendar, by counting.
static int64_t day_of(int year, int month, int day) {
  static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t days = day - 1;
  for (int y = 1970; y < year; y++) days += y % 4 == 0 ? 366 : 365;
  for (int m = 1; m < month; m++) days += month_days[m - 1] + (m == 2 && year % 4 == 0);
  return days;
}

static void date_of(int64_t days, int *year, int *month, int *day) {
  for (*year = 1970; day_of(*year + 1, 1, 1) <= days; ++*year) continue;
  for (*month = 1; *month < 12 && day_of(*year, *month + 1, 1) <= days; ++*month) continue;
  *day = (int)(days - day_of(*year, *month, 1)) + 1;
}

static int64_t local_day(int64_t time) {
  return (time + ZONE_MS) / DAY_MS;
}

static int month_of(int64_t time) {
  int year, month, day;
  date_of(local_day(time), &year, &month, &day);
  return year * 12 + month;
}

// By the State Council's notices: 1 to 8 October 2025 off, 28 September and 11 October worked; 1 to 3 January
// 2026 off, 4 January worked.
static bool is_rest(int64_t day) {
  if (day >= day_of(2025, 10, 1) && day <= day_of(2025, 10, 8)) return true;
  if (day >= day_of(2026, 1, 1) && day <= day_of(2026, 1, 3)) return true;
  if (day == day_of(2025, 9, 28) || day == day_of(2025, 10, 11) || day == day_of(2026, 1, 4)) return false;
  int64_t weekday = (day + 3) % 7;  // 0: Monday
  return weekday >= 5;
}

static int64_t end_of(int64_t day) {
  return (day + 1) * DAY_MS - ZONE_MS - 1;
}

static int64_t after_days(int64_t time, int days) {
  int64_t day = local_day(time) + days;
  while (is_rest(day)) day++;
  return end_of(day);
}

static int64_t after_workdays(int64_t time, int days) {
  int64_t day = local_day(time);
  while (days > 0) days -= is_rest(++day) ? 0 : 1;
  return end_of(day);
}

// ---- the log ----
static void member(const char *text, const char *name, char *out, size_t size) {
  char key[32];
  snprintf(key, sizeof key, "\"%s\":\"", name);
  const char *at = strstr(text, key);
  size_t len = at == NULL ? 0 : strcspn(at += strlen(key), "\"");
  snprintf(out, size, "%.*s", (int)len, at == NULL ? "" : at);
}

static int64_t read_time(const char *text) {
  int year, month, day, hour, minute, second, ms;
  if (sscanf(text, "%d-%d-%dT%d:%d:%d.%d", &year, &month, &day, &hour, &minute, &second, &ms) != 7) return -1;
  return day_of(year, month, day) * DAY_MS + ((hour * 60 + minute) * 60 + second) * INT64_C(1000) + ms -
         ZONE_MS;
}

static bool read_log(void) {
  static char text[1024];
  while (fgets(text, sizeof text, stdin) != NULL) {
    if (line_count == line_room) {
      line_room = line_room * 2 + 64;
      struct line *more = realloc(lines, line_room * sizeof *lines);
      if (more == NULL) return false;
      lines = more;
    }
    struct line *line = &lines[line_count++];
    char time[40];
    member(text, "type", line->type, sizeof line->type);
    member(text, "id", line->id, sizeof line->id);
    member(text, "user", line->user, sizeof line->user);
    member(text, "purpose", line->purpose, sizeof line->purpose);
    member(text, "department", line->department, sizeof line->department);
    member(text, "processor", line->processor, sizeof line->processor);
    member(text, "time", time, sizeof time);
    line->time = read_time(time);
  }
  return line_count > 0;
}

static bool is(const struct line *line, const char *type) {
  return strcmp(line->type, type) == 0;
}

static bool same(const char *a, const char *b) {
  return strcmp(a, b) == 0;
}

static void print_breach(const char *rule, const char *id, int64_t time) {
  int year, month, day;
  date_of(local_day(time), &year, &month, &day);
  int64_t ms = (time + ZONE_MS) % DAY_MS;
  printf("%s %s %04d-%02d-%02dT%02d:%02d:%02d", rule, id, year, month, day, (int)(ms / 3600000),
         (int)(ms / 60000 % 60), (int)(ms / 1000 % 60));
  if (ms % 1000 != 0) printf(".%03d", (int)(ms % 1000));
  puts("+08:00");
}

// ---- 2 consent ----
static bool is_agreed(size_t at) {
  const struct line *asked = &lines[at];
  while (at-- > 0) {
    const struct line *line = &lines[at];
    if (!same(line->user, asked->user)) continue;
    if (is(line, "consent") && same(line->purpose, asked->purpose)) return true;
    if (is(line, "revoke") && (line->purpose[0] == '\0' || same(line->purpose, asked->purpose))) return false;
  }
  return false;
}

static bool is_request(const struct line *line) {
  return is(line, "collect") || is(line, "use") || is(line, "share");
}

static bool is_known(const char *processor) {
  return same(processor, "cloud") || same(processor, "courier") || same(processor, "mailer") ||
         same(processor, "survey");
}

// ---- 3 after a revocation ----
// Whether an event of that type about that user, and processor unless NULL, comes after line `at` and by
// `due`.
static bool happens(size_t at, int64_t due, const char *type, const char *processor) {
  for (size_t i = at + 1; i < line_count && lines[i].time <= due; i++)
    if (is(&lines[i], type) && same(lines[i].user, lines[at].user) &&
        (processor == NULL || same(lines[i].processor, processor)))
      return true;
  return false;
}

static bool is_past(int64_t due) {
  return lines[line_count - 1].time > due;
}

static bool holds_data(size_t revoked, const char *processor) {
  for (size_t i = revoked; i-- > 0;) {
    if (!same(lines[i].user, lines[revoked].user) || !same(lines[i].processor, processor)) continue;
    if (is(&lines[i], "notice")) return false;
    if (is(&lines[i], "share") && is_agreed(i) && is_known(processor)) return true;
  }
  return false;
}

static void judge_revocation(size_t at) {
  static const char *const processors[] = {"cloud", "courier", "mailer", "survey"};
  int64_t due = after_days(lines[at].time, 30);
  if (is_past(due) && !happens(at, due, "delete", NULL) && !happens(at, due, "consent", NULL))
    print_breach("delete_in_time", lines[at].id, due);
  due = after_workdays(lines[at].time, 5);
  for (size_t i = 0; i < sizeof processors / sizeof *processors; i++)
    if (is_past(due) && holds_data(at, processors[i]) && !happens(at, due, "notice", processors[i]))
      print_breach("tell_processors", lines[at].id, due);
}

// ---- 4 supervision ----
static void judge_department(size_t at) {
  int before = 0;
  for (size_t i = 0; i < at; i++)
    before += is_request(&lines[i]) && same(lines[i].department, lines[at].department) &&
              month_of(lines[i].time) == month_of(lines[at].time) && !is_agreed(i);
  if (before < 2) return;
  print_breach("department_again", lines[at].id, lines[at].time);
  int64_t due = after_days(lines[at].time, 10);
  for (size_t i = at + 1; i < line_count && lines[i].time <= due; i++)
    if (is(&lines[i], "audit") && same(lines[i].department, lines[at].department)) return;
  char order[80];
  snprintf(order, sizeof order, "%s/department_again", lines[at].id);
  if (is_past(due)) print_breach("audit_in_time", order, due);
}

static void judge_months(void) {
  int year, month, day;
  date_of(local_day(lines[0].time), &year, &month, &day);
  for (;;) {
    if (++month > 12) month = 1, year++;
    int64_t from = end_of(day_of(year, month, 1) - 1) + 1;
    int64_t until = end_of((month == 12 ? day_of(year + 1, 1, 1) : day_of(year, month + 1, 1)) - 1) + 1;
    if (!is_past(until - 1)) return;
    bool reviewed = false;
    for (size_t i = 0; i < line_count; i++)
      reviewed |= is(&lines[i], "review") && lines[i].time >= from && lines[i].time < until;
    char id[40];
    snprintf(id, sizeof id, "%04d-%02d-01", year, month);
    if (!reviewed) print_breach("monthly_review", id, until - 1);
  }
}

static void judge(size_t at) {
  const struct line *line = &lines[at];
  char rule[32];
  snprintf(rule, sizeof rule, "%s_with_consent", line->type);
  if (is_request(line) && !is_agreed(at)) {
    print_breach(rule, line->id, line->time);
    judge_department(at);
  }
  if (is(line, "share") && !is_known(line->processor)) print_breach("known_processor", line->id, line->time);
  if (is(line, "revoke") && line->purpose[0] == '\0') judge_revocation(at);
}

int main(void) {
  if (!read_log()) return 1;
  for (size_t i = 0; i < line_count; i++) judge(i);
  judge_months();
  free(lines);
  return ferror(stdout) || fflush(stdout) != 0;
}
