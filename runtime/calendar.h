// SPDX-License-Identifier: Apache-2.0
// Workdays of a country or a company, as data: Monday to Friday but for the days off, and the weekend days
// that are made up for. A calendar covers the years somebody published; outside of them the answer is that
// it is unknown, never a guess. Dates are days since 1970-01-01, as in when.h.
// Called by the calendar opcodes; the data lies in the program image and is checked when that is loaded.
#ifndef NUO_RUNTIME_CALENDAR_H
#define NUO_RUNTIME_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Borrowed arrays, ascending. A date in `work` is a workday whatever else it is; one in `rest` and not in
// `work` is none.
struct calendar {
  int32_t first_date;  // covered, inclusive
  int32_t last_date;
  const int32_t *rest;
  size_t rest_count;
  const int32_t *work;
  size_t work_count;
};

// Whether a date is a workday; false, with `out` untouched, when the calendar does not cover the date.
bool nuo__calendar_is_workday(const struct calendar *calendar, int32_t date, bool *out);

// The date `n` workdays after (before, when negative) a date, which itself is not counted and need not be a
// workday; the same date for 0. False when the calendar does not cover all the days on the way.
bool nuo__calendar_add_workdays(const struct calendar *calendar, int32_t date, int32_t n, int32_t *out);

// For deadlines, which have to be told in any case: beyond the coverage Monday to Friday are workdays.
// The date, or when it is a day off the next workday. False when that is no date any more.
bool nuo__calendar_roll(const struct calendar *calendar, int32_t date, int32_t *out);
// The date `n` workdays (not negative) after a date. False when that is no date, or n is above
// LIMIT_CALENDAR_DAYS.
bool nuo__calendar_reach(const struct calendar *calendar, int32_t date, int32_t n, int32_t *out);
// Whether the calendar covers all dates from `first` to `last`.
bool nuo__calendar_covers(const struct calendar *calendar, int32_t first, int32_t last);

#endif
