// SPDX-License-Identifier: Apache-2.0
// Is a date a workday, and which date is some workdays away. See calendar.h.
// Knows no holidays of its own. Adding walks day by day: deadlines are counted in tens of workdays, and
// the walk cannot leave the coverage.
#include "runtime/calendar.h"

#include "runtime/limits.h"
#include "runtime/when.h"

static bool contains(const int32_t *dates, size_t count, int32_t date) {
  size_t low = 0;
  size_t high = count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (dates[middle] < date) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low < count && dates[low] == date;
}

static bool is_covered(const struct calendar *calendar, int64_t date) {
  return date >= calendar->first_date && date <= calendar->last_date;
}

static bool is_workday(const struct calendar *calendar, int32_t date) {
  if (nuo__when_weekday(date) > 5) return contains(calendar->work, calendar->work_count, date);
  return !contains(calendar->rest, calendar->rest_count, date) ||
         contains(calendar->work, calendar->work_count, date);
}

bool nuo__calendar_is_workday(const struct calendar *calendar, int32_t date, bool *out) {
  if (!is_covered(calendar, date)) return false;
  *out = is_workday(calendar, date);
  return true;
}

bool nuo__calendar_add_workdays(const struct calendar *calendar, int32_t date, int32_t n, int32_t *out) {
  int32_t step = n < 0 ? -1 : 1;
  int64_t left = n < 0 ? -(int64_t)n : n;
  int64_t day = date;
  if (n != 0 && !is_covered(calendar, day + n)) return false;  // also what bounds the loop
  while (left > 0) {
    day += step;
    if (!is_covered(calendar, day)) return false;
    left -= is_workday(calendar, (int32_t)day);
  }
  *out = (int32_t)day;
  return true;
}

// Where nothing is known, a week is taken as it usually is.
static bool is_usually_workday(const struct calendar *calendar, int32_t date) {
  return is_covered(calendar, date) ? is_workday(calendar, date) : nuo__when_weekday(date) <= 5;
}

bool nuo__calendar_roll(const struct calendar *calendar, int32_t date, int32_t *out) {
  int64_t day = date;
  while (nuo__when_is_date(day) && !is_usually_workday(calendar, (int32_t)day)) day++;
  *out = (int32_t)day;
  return nuo__when_is_date(day);
}

bool nuo__calendar_reach(const struct calendar *calendar, int32_t date, int32_t n, int32_t *out) {
  int64_t day = date;
  if (n < 0 || n > LIMIT_CALENDAR_DAYS) return false;
  while (n > 0) {
    if (!nuo__when_is_date(++day)) return false;
    n -= is_usually_workday(calendar, (int32_t)day);
  }
  *out = (int32_t)day;
  return true;
}

bool nuo__calendar_covers(const struct calendar *calendar, int32_t first, int32_t last) {
  return is_covered(calendar, first) && is_covered(calendar, last);
}
