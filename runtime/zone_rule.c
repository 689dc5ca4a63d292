// SPDX-License-Identifier: Apache-2.0
// The POSIX TZ string at the end of a TZif file: reading it, and the offset it gives at an instant.
// It rules all time after the last transition a file lists. The abbreviations in it are checked
// and forgotten. Hours may go to 167 either way and quoted names are known, as RFC 9636 allows.
// Called by zone_tzif.c while a zone is built and by zone.c for times beyond a zone's table.
#include "runtime/when.h"
#include "runtime/zone_table.h"

struct cursor {
  const char *at;
  const char *end;
};

static bool take(struct cursor *c, char wanted) {
  if (c->at == c->end || *c->at != wanted) return false;
  c->at++;
  return true;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

static bool is_letter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// One to three digits, `low` to `high`.
static bool take_number(struct cursor *c, int32_t low, int32_t high, int32_t *out) {
  int32_t value = 0;
  int digits = 0;
  for (; digits < 3 && c->at != c->end && is_digit(*c->at); digits++) value = value * 10 + (*c->at++ - '0');
  *out = value;
  return digits > 0 && value >= low && value <= high;
}

// An abbreviation of three characters or more, in angle brackets when they are not all letters.
static bool take_name(struct cursor *c) {
  bool quoted = take(c, '<');
  int length = 0;
  for (; c->at != c->end; c->at++, length++) {
    char byte = *c->at;
    bool fits = is_letter(byte) || (quoted && (is_digit(byte) || byte == '+' || byte == '-'));
    if (!fits) break;
  }
  return length >= 3 && (!quoted || take(c, '>'));
}

// [+-]hh[:mm[:ss]] in seconds.
static bool take_time(struct cursor *c, int32_t max_hours, int32_t *seconds) {
  int32_t hour;
  int32_t minute = 0;
  int32_t second = 0;
  bool negative = take(c, '-');
  if (!negative) take(c, '+');
  if (!take_number(c, 0, max_hours, &hour)) return false;
  if (take(c, ':')) {
    if (!take_number(c, 0, 59, &minute)) return false;
    if (take(c, ':') && !take_number(c, 0, 59, &second)) return false;
  }
  int32_t total = (hour * 60 + minute) * 60 + second;
  *seconds = negative ? -total : total;
  return true;
}

// An offset counts west in POSIX.
static bool take_offset(struct cursor *c, int32_t *east) {
  int32_t west;
  if (!take_time(c, 24, &west)) return false;
  *east = -west;
  return true;
}

static bool take_day(struct cursor *c, struct zone_change *change) {
  if (take(c, 'J')) {
    change->kind = CHANGE_JULIAN;
    return take_number(c, 1, 365, &change->day);
  }
  if (take(c, 'M')) {
    change->kind = CHANGE_MONTH_WEEK_DAY;
    return take_number(c, 1, 12, &change->month) && take(c, '.') && take_number(c, 1, 5, &change->week) &&
           take(c, '.') && take_number(c, 0, 6, &change->day);
  }
  change->kind = CHANGE_ZERO_BASED;
  return take_number(c, 0, 365, &change->day);
}

// ,day[/time]
static bool take_change(struct cursor *c, struct zone_change *change) {
  *change = (struct zone_change){.time = 2 * 3600};
  if (!take(c, ',') || !take_day(c, change)) return false;
  return !take(c, '/') || take_time(c, 167, &change->time);
}

bool nuo__zone_rule_parse(const char *text, size_t len, struct zone_rule *rule) {
  struct cursor c = {text, text + len};
  *rule = (struct zone_rule){.present = len > 0};
  if (len == 0) return true;
  if (!take_name(&c) || !take_offset(&c, &rule->standard)) return false;
  if (c.at == c.end) return true;
  rule->has_daylight = true;
  rule->daylight = rule->standard + 3600;
  if (!take_name(&c)) return false;
  if (c.at != c.end && *c.at != ',' && !take_offset(&c, &rule->daylight)) return false;
  return take_change(&c, &rule->start) && take_change(&c, &rule->end) && c.at == c.end;
}

// The year has to exist.
static int32_t first_of_month(int32_t year, int32_t month) {
  int32_t days = 0;
  nuo__when_days_from_civil(year, month, 1, &days);
  return days;
}

static int32_t change_day(const struct zone_change *change, int32_t year) {
  int32_t new_year = first_of_month(year, 1);
  if (change->kind == CHANGE_ZERO_BASED) return new_year + change->day;
  if (change->kind == CHANGE_JULIAN) {
    bool leap_day_before = change->day >= 60 && nuo__when_month_days(year, 2) == 29;
    return new_year + change->day - 1 + leap_day_before;
  }
  int32_t first = first_of_month(year, change->month);
  int32_t to_weekday = (change->day - nuo__when_weekday(first) + 7) % 7;
  int32_t in_month = to_weekday + (change->week - 1) * 7;
  // The fifth one of a month with four is the fourth.
  if (in_month >= nuo__when_month_days(year, change->month)) in_month -= 7;
  return first + in_month;
}

static int64_t change_ms(const struct zone_change *change, int32_t year, int32_t offset_before) {
  int64_t seconds = (int64_t)change_day(change, year) * 86400 + change->time - offset_before;
  return seconds * 1000;
}

// Narrows a span around `ms` by a change to `offset` at `at`. Daylight saving that ends the moment it starts
// again never ends, which is how a file says it holds all year: on a tie `wins_tie` decides.
static void narrow(struct zone_span *span, int64_t ms, int64_t at, int32_t offset, bool wins_tie) {
  if (at > ms) {
    if (at < span->end) span->end = at;
  } else if (at > span->start || (at == span->start && wins_tie)) {
    span->start = at;
    span->offset = offset;
  }
}

struct zone_span nuo__zone_rule_span(const struct zone_rule *rule, int64_t ms) {
  struct zone_span span = {INT64_MIN, INT64_MAX, rule->standard};
  struct civil civil = {1970, 1, 1};
  int32_t date, clock_ms;
  if (!rule->has_daylight) return span;
  if (nuo__when_split(ms, &date, &clock_ms)) nuo__when_civil_from_days(date, &civil);
  int32_t first = civil.year > 1 ? civil.year - 1 : 1;
  int32_t last = civil.year < 9999 ? civil.year + 1 : 9999;
  for (int32_t year = first; year <= last; year++) {
    narrow(&span, ms, change_ms(&rule->end, year, rule->daylight), rule->standard, false);
    narrow(&span, ms, change_ms(&rule->start, year, rule->standard), rule->daylight, true);
  }
  // A change outside the years that exist is never reached; an open end is what stops a walk over spans.
  if (!nuo__when_is_instant(span.start)) span.start = INT64_MIN;
  if (!nuo__when_is_instant(span.end)) span.end = INT64_MAX;
  return span;
}
