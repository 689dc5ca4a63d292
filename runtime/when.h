// SPDX-License-Identifier: Apache-2.0
// Dates, clocks and instants as numbers: the proleptic Gregorian calendar, RFC 3339 text in and out.
// A date is an int32 of days since 1970-01-01, a clock an int32 of milliseconds since local midnight
// (86400000 is 24:00, the end of the day), an instant an int64 of milliseconds since 1970-01-01T00:00Z.
// Years 1 to 9999 exist; whatever would leave them is refused. Time zones are zone.h.
// Called by the event reader, the calendar opcodes, the lexer and everything that prints a time.
#ifndef NUO_RUNTIME_WHEN_H
#define NUO_RUNTIME_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NUO__WHEN_DAY_MS 86400000             // a day without a change of offset, and the clock 24:00
#define NUO__WHEN_FIRST_DAY (-719162)         // 0001-01-01
#define NUO__WHEN_LAST_DAY 2932896            // 9999-12-31
#define NUO__WHEN_FIRST_MS (-62135596800000)  // 0001-01-01T00:00:00Z
#define NUO__WHEN_LAST_MS 253402300799999     // 9999-12-31T23:59:59.999Z

struct civil {
  int32_t year;   // 1..9999
  int32_t month;  // 1..12
  int32_t day;    // 1..31
};

// Whether a date (days) or an instant (milliseconds) lies in years 1 to 9999.
static inline bool nuo__when_is_date(int64_t days) {
  return days >= NUO__WHEN_FIRST_DAY && days <= NUO__WHEN_LAST_DAY;
}
static inline bool nuo__when_is_instant(int64_t ms) {
  return ms >= NUO__WHEN_FIRST_MS && ms <= NUO__WHEN_LAST_MS;
}

// Whether a clock lies between 00:00 and 24:00.
static inline bool nuo__when_is_clock(int64_t ms) {
  return ms >= 0 && ms <= NUO__WHEN_DAY_MS;
}

// Days in a month, 28 to 31; `month` has to be 1..12.
int32_t nuo__when_month_days(int32_t year, int32_t month);

// Days since 1970-01-01 of a civil date; false when there is no such date in years 1 to 9999.
bool nuo__when_days_from_civil(int32_t year, int32_t month, int32_t day, int32_t *days);

// The civil date of a day number; false outside years 1 to 9999.
bool nuo__when_civil_from_days(int32_t days, struct civil *out);

// ISO weekday, 1 = Monday to 7 = Sunday, of any day number.
int32_t nuo__when_weekday(int32_t days);

// The same day of the month `months` later (earlier when negative), or the last day of that month when it
// is shorter; false when the date given or reached is outside years 1 to 9999.
bool nuo__when_add_months(int32_t days, int32_t months, int32_t *out);

// Splits a local time, milliseconds since 1970-01-01T00:00 on some wall clock, into date and clock
// (below 24:00); false when the date is outside years 1 to 9999.
bool nuo__when_split(int64_t local_ms, int32_t *date, int32_t *clock_ms);

// Reads YYYY-MM-DDTHH:MM[:SS[.fraction]](Z|+HH:MM|-HH:MM), all of the text. T may be t or a space, Z may
// be z; the fraction has any number of digits and is cut to milliseconds; second 60 is taken where a leap
// second can be, at 23:59:60 UTC, and is the second after it. False, with `ms` untouched, for anything else.
bool nuo__when_parse_rfc3339(const char *text, size_t len, int64_t *ms);

// Writes the instant as seen at `offset_seconds` east of Greenwich, NUL-terminated, without milliseconds
// when they are zero and with Z at offset 0. RFC 3339 has no seconds in an offset: they are left out of the
// text and of the local time alike, so that the text always names the same instant. Returns the length,
// or 0 with an empty text when the local date is outside years 1 to 9999 or the offset is a day or more.
size_t nuo__when_format_rfc3339(int64_t ms, int32_t offset_seconds, char out[static 40]);

// Reads YYYY-MM-DD, all of the text; false, with `days` untouched, when it is no date.
bool nuo__when_parse_date(const char *text, size_t len, int32_t *days);

// Writes YYYY-MM-DD and a NUL; the length, or 0 with an empty text outside years 1 to 9999.
size_t nuo__when_format_date(int32_t days, char out[static 11]);

// Reads HH:MM[:SS[.m, .mm or .mmm]], all of the text, 24:00 included; false, with `clock_ms` untouched,
// when it is no clock time.
bool nuo__when_parse_clock(const char *text, size_t len, int32_t *clock_ms);

// Writes the shortest of HH:MM, HH:MM:SS and HH:MM:SS.mmm that is exact, and a NUL; the length, or 0 with an
// empty text when `clock_ms` is not 0..86400000.
size_t nuo__when_format_clock(int32_t clock_ms, char out[static 13]);

#endif
