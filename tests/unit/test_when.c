// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/when.h: all days of 9999 years against a day-by-day count, texts against values
// worked out by hand or by the C library's timegm.
#define _DEFAULT_SOURCE
#include "runtime/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static bool leap(int year) {
  return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static void test_every_day(void **state) {
  (void)state;
  static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int32_t day = NUO__WHEN_FIRST_DAY;
  int32_t weekday = 1;  // 0001-01-01 was a Monday
  for (int32_t y = 1; y <= 9999; y++) {
    for (int32_t m = 1; m <= 12; m++) {
      int32_t length = lengths[m - 1] + (m == 2 && leap(y));
      assert_int_equal(nuo__when_month_days(y, m), length);
      for (int32_t d = 1; d <= length; d++, day++, weekday = weekday % 7 + 1) {
        int32_t days = 0;
        struct civil c = {0, 0, 0};
        bool there = nuo__when_days_from_civil(y, m, d, &days) && nuo__when_civil_from_days(day, &c);
        if (!there || days != day || c.year != y || c.month != m || c.day != d ||
            nuo__when_weekday(day) != weekday) {
          fail_msg("%d-%d-%d", (int)y, (int)m, (int)d);
        }
      }
    }
  }
  assert_int_equal(day - 1, NUO__WHEN_LAST_DAY);
}

static void test_no_such_day(void **state) {
  (void)state;
  static const int32_t wrong[][3] = {{0, 12, 31},   {10000, 1, 1}, {2025, 0, 1},  {2025, 13, 1}, {2025, 1, 0},
                                     {2025, 1, 32}, {2025, 2, 29}, {1900, 2, 29}, {2025, 4, 31}, {-1, 1, 1}};
  int32_t days = 77;
  struct civil c = {7, 7, 7};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_false(nuo__when_days_from_civil(wrong[i][0], wrong[i][1], wrong[i][2], &days));
  }
  assert_int_equal(days, 77);
  assert_false(nuo__when_civil_from_days(NUO__WHEN_FIRST_DAY - 1, &c));
  assert_false(nuo__when_civil_from_days(NUO__WHEN_LAST_DAY + 1, &c));
  assert_false(nuo__when_civil_from_days(INT32_MIN, &c));
  assert_false(nuo__when_civil_from_days(INT32_MAX, &c));
  assert_int_equal(c.year, 7);
  assert_true(nuo__when_days_from_civil(2000, 2, 29, &days));
}

static void test_weekday(void **state) {
  (void)state;
  assert_int_equal(nuo__when_weekday(0), 4);  // Thursday
  assert_int_equal(nuo__when_weekday(-1), 3);
  assert_int_equal(nuo__when_weekday(20271), 3);  // 2025-07-02 was a Wednesday
  for (int64_t d = INT32_MIN; d < INT32_MIN + 8; d++) {
    assert_int_equal(nuo__when_weekday((int32_t)(d + 7)), nuo__when_weekday((int32_t)d));
    assert_in_range(nuo__when_weekday((int32_t)d), 1, 7);
  }
  assert_in_range(nuo__when_weekday(INT32_MAX), 1, 7);
}

static int32_t date(const char *text) {
  int32_t days = 0;
  if (!nuo__when_parse_date(text, strlen(text), &days)) fail_msg("%s", text);
  return days;
}

static void test_add_months(void **state) {
  (void)state;
  static const struct {
    const char *from;
    int32_t months;
    const char *to;
  } cases[] = {
      {"2025-01-31", 1, "2025-02-28"},
      {"2024-01-31", 1, "2024-02-29"},
      {"2024-02-29", 12, "2025-02-28"},
      {"2024-02-29", 48, "2028-02-29"},
      {"2025-03-31", -1, "2025-02-28"},
      {"2025-01-15", -1, "2024-12-15"},
      {"2025-12-31", 2, "2026-02-28"},
      {"2025-05-31", 3, "2025-08-31"},
      {"2025-11-30", 3, "2026-02-28"},
      {"2025-07-02", 0, "2025-07-02"},
      {"0001-01-31", 9999 * 12 - 1, "9999-12-31"},
      {"9999-12-31", -(9999 * 12 - 1), "0001-01-31"},
      {"2025-01-01", -12, "2024-01-01"},
  };
  int32_t out = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(nuo__when_add_months(date(cases[i].from), cases[i].months, &out));
    assert_int_equal(out, date(cases[i].to));
  }
  assert_false(nuo__when_add_months(date("9999-12-01"), 1, &out));
  assert_false(nuo__when_add_months(date("0001-01-31"), -1, &out));
  assert_false(nuo__when_add_months(date("2025-01-01"), INT32_MAX, &out));
  assert_false(nuo__when_add_months(date("2025-01-01"), INT32_MIN, &out));
  assert_false(nuo__when_add_months(NUO__WHEN_LAST_DAY + 1, -1, &out));
}

static void test_split(void **state) {
  (void)state;
  int32_t day, clock;
  assert_true(nuo__when_split(-1, &day, &clock));
  assert_int_equal(day, -1);
  assert_int_equal(clock, NUO__WHEN_DAY_MS - 1);
  assert_true(nuo__when_split(NUO__WHEN_FIRST_MS, &day, &clock));
  assert_int_equal(day, NUO__WHEN_FIRST_DAY);
  assert_int_equal(clock, 0);
  assert_true(nuo__when_split(NUO__WHEN_LAST_MS, &day, &clock));
  assert_int_equal(day, NUO__WHEN_LAST_DAY);
  assert_int_equal(clock, NUO__WHEN_DAY_MS - 1);
  assert_false(nuo__when_split(NUO__WHEN_FIRST_MS - 1, &day, &clock));
  assert_false(nuo__when_split(NUO__WHEN_LAST_MS + 1, &day, &clock));
  assert_false(nuo__when_split(INT64_MIN, &day, &clock));
  assert_false(nuo__when_split(INT64_MAX, &day, &clock));
}

// The text is handed over in a block of its exact size, so that a read beyond it is seen.
static bool parse_instant(const char *text, size_t len, int64_t *ms) {
  char exact[80];
  memcpy(exact + sizeof exact - len, text, len);
  return nuo__when_parse_rfc3339(exact + sizeof exact - len, len, ms);
}

static void test_instants(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t ms;
  } cases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01t00:00:00z", 0},
      {"1970-01-01 00:00Z", 0},
      {"1970-01-01T08:00+08:00", 0},
      {"1969-12-31T16:00:00-08:00", 0},
      {"1970-01-01T00:00:00-00:00", 0},
      {"1970-01-01T00:00:00.001Z", 1},
      {"1970-01-01T00:00:00.5Z", 500},
      {"1970-01-01T00:00:00.12Z", 120},
      {"1970-01-01T00:00:00.1239Z", 123},
      {"1970-01-01T00:00:00.99999999999999999999+00:00", 999},
      {"1969-12-31T23:59:59.999Z", -1},
      {"2025-07-02T23:30+08:00", 1751470200000},  // 20271 days, 15:30 UTC
      {"2025-07-02T15:30:00Z", 1751470200000},
      {"2001-09-09T01:46:40Z", 1000000000000},
      {"2016-12-31T23:59:60Z", 1483228800000},  // is 2017-01-01T00:00:00Z
      {"2016-12-31T23:59:60.25Z", 1483228800250},
      {"2017-01-01T07:59:60+08:00", 1483228800000},
      {"2016-12-31T18:29:60-05:30", 1483228800000},
      {"0001-01-01T00:00:00Z", NUO__WHEN_FIRST_MS},
      {"9999-12-31T23:59:59.999Z", NUO__WHEN_LAST_MS},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    int64_t ms = 42;
    if (!parse_instant(cases[i].text, strlen(cases[i].text), &ms)) fail_msg("%s", cases[i].text);
    assert_int_equal(ms, cases[i].ms);
  }
}

static void test_no_instants(void **state) {
  (void)state;
  static const char *const texts[] = {
      "",
      "2025-07-02",
      "2025-07-02T23:30",
      "2025-07-02T23:30:00",
      "2025-07-02T23:30:00.Z",
      "2025-07-02T23:30.5Z",
      "2025-07-02T23:30:00,5Z",
      "2025-07-02T23:30:00.5",
      "2025-07-02T23:30:00ZZ",
      "2025-07-02T23:30:00Z ",
      " 2025-07-02T23:30:00Z",
      "2025-07-02T24:00:00Z",
      "2025-07-02T23:60:00Z",
      "2025-07-02T23:30:60Z",
      "2025-07-02T23:59:61Z",
      "2025-07-02T23:59:60+08:00",
      "2025-07-02T23:30:00+24:00",
      "2025-07-02T23:30:00+08:60",
      "2025-07-02T23:30:00+0800",
      "2025-07-02T23:30:00+08",
      "2025-07-02T23:30:00+8:00",
      "2025-07-02T23:30:00*08:00",
      "2025-07-02T23:30:00+08:00Z",
      "2025-07-02T23:30:0Z",
      "2025-07-02T23:30:",
      "2025-07-02T23:3a:00Z",
      "2025-07-02T2::30:00Z",
      "2025-07-02_23:30:00Z",
      "2025/07/02T23:30:00Z",
      "2025-02-29T23:30:00Z",
      "2025-13-01T23:30:00Z",
      "2025-00-01T23:30:00Z",
      "0000-01-01T00:00:00Z",
      "-001-01-01T00:00:00Z",
      "0001-01-01T00:00:00+00:01",
      "9999-12-31T23:59:00-00:01",
      "9999-12-31T23:59:60Z",
      "20250702T233000Z",
      "2025-07-02T23:30:00\xef\xbc\xba",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    int64_t ms = 42;
    if (parse_instant(texts[i], strlen(texts[i]), &ms)) fail_msg("%s", texts[i]);
    assert_int_equal(ms, 42);
  }
  assert_false(nuo__when_parse_rfc3339("2025-07-02T23:30:00Z\0", 21, &(int64_t){0}));
}

// Every byte of a good text replaced by every other: what is still taken has to print as it was written.
static void test_one_byte_off(void **state) {
  (void)state;
  static const char good[] = "2025-07-02T23:30:45.678+08:30";
  size_t len = sizeof good - 1;
  int taken = 0;
  for (size_t i = 0; i < len; i++) {
    for (int byte = 0; byte < 256; byte++) {
      char text[sizeof good], printed[40];
      int64_t ms;
      memcpy(text, good, sizeof good);
      text[i] = (char)byte;
      if (!parse_instant(text, len, &ms)) continue;
      taken++;
      if (i == 10) text[i] = 'T';
      int32_t east = ((text[24] - '0') * 10 + text[25] - '0') * 3600 + ((text[27] - '0') * 10) * 60;
      size_t size = nuo__when_format_rfc3339(ms, text[23] == '-' ? -east : east, printed);
      if (text[28] == '0') {
        assert_int_equal(size, len);
        assert_string_equal(printed, text);
      }
    }
    assert_false(parse_instant(good, i, &(int64_t){0}));
  }
  assert_in_range(taken, 100, 200);
}

static void test_format_instant(void **state) {
  (void)state;
  static const struct {
    int64_t ms;
    int32_t offset;
    const char *text;
  } cases[] = {
      {0, 0, "1970-01-01T00:00:00Z"},
      {-1, 0, "1969-12-31T23:59:59.999Z"},
      {1751470200000, 28800, "2025-07-02T23:30:00+08:00"},
      {1751470200050, -12600, "2025-07-02T12:00:00.050-03:30"},
      {0, 29143, "1970-01-01T08:05:00+08:05"},  // local mean time of Shanghai is 08:05:43
      {0, -29143, "1969-12-31T15:55:00-08:05"},
      {0, 59, "1970-01-01T00:00:00Z"},
      {0, 86340, "1970-01-01T23:59:00+23:59"},
      {NUO__WHEN_FIRST_MS, 0, "0001-01-01T00:00:00Z"},
      {NUO__WHEN_LAST_MS, 0, "9999-12-31T23:59:59.999Z"},
      {NUO__WHEN_LAST_MS, -60, "9999-12-31T23:58:59.999-00:01"},
      {NUO__WHEN_LAST_MS, 60, ""},
      {NUO__WHEN_FIRST_MS, -60, ""},
      {NUO__WHEN_LAST_MS + 1, -60, ""},
      {INT64_MAX, 0, ""},
      {INT64_MIN, 0, ""},
      {0, 86400, ""},
      {0, INT32_MIN, ""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char out[40];
    int64_t back = 0;
    size_t len = nuo__when_format_rfc3339(cases[i].ms, cases[i].offset, out);
    assert_string_equal(out, cases[i].text);
    assert_int_equal(len, strlen(cases[i].text));
    if (len == 0) continue;
    assert_true(nuo__when_parse_rfc3339(out, len, &back));
    assert_int_equal(back, cases[i].ms);
  }
}

// Instants spread over the years, against the C library and back through the reader.
static void test_against_timegm(void **state) {
  (void)state;
  uint64_t seed = 1;
  for (int i = 0; i < 100000; i++) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    int64_t range = NUO__WHEN_LAST_MS - NUO__WHEN_FIRST_MS;
    int64_t ms = NUO__WHEN_FIRST_MS + (int64_t)((seed >> 11) % (uint64_t)range);
    int64_t in_second = ((ms % 1000) + 1000) % 1000;
    time_t seconds = (time_t)((ms - in_second) / 1000);
    struct tm tm;
    char expected[64], out[40];
    int64_t back = 0;
    gmtime_r(&seconds, &tm);
    assert_true(timegm(&tm) == seconds);
    int len = snprintf(expected, sizeof expected, "%04d-%02d-%02dT%02d:%02d:%02d", tm.tm_year + 1900,
                       tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    if (in_second != 0)
      len += snprintf(expected + len, sizeof expected - (size_t)len, ".%03d", (int)in_second);
    expected[len++] = 'Z';
    expected[len] = '\0';
    assert_int_equal(nuo__when_format_rfc3339(ms, 0, out), len);
    assert_string_equal(out, expected);
    assert_true(parse_instant(expected, (size_t)len, &back));
    assert_int_equal(back, ms);
  }
}

static void test_dates(void **state) {
  (void)state;
  static const char *const wrong[] = {"",           "2025-7-02",  "2025-07-2",  "2025-07-021",
                                      "2025-02-29", "2025.07.02", "0000-01-01", "2025-07-0\xb9",
                                      "+025-07-02", "2025-07-02 "};
  char out[11];
  int32_t days = 77;
  assert_int_equal(date("2025-07-02"), 20271);
  assert_int_equal(date("1970-01-01"), 0);
  assert_int_equal(date("0001-01-01"), NUO__WHEN_FIRST_DAY);
  assert_int_equal(nuo__when_format_date(20271, out), 10);
  assert_string_equal(out, "2025-07-02");
  assert_int_equal(nuo__when_format_date(NUO__WHEN_LAST_DAY, out), 10);
  assert_string_equal(out, "9999-12-31");
  assert_int_equal(nuo__when_format_date(NUO__WHEN_LAST_DAY + 1, out), 0);
  assert_string_equal(out, "");
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    assert_false(nuo__when_parse_date(wrong[i], strlen(wrong[i]), &days));
  }
  assert_int_equal(days, 77);
}

static void test_clocks(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int32_t ms;
    const char *printed;
  } cases[] = {
      {"00:00", 0, "00:00"},
      {"08:00", 28800000, "08:00"},
      {"23:59", 86340000, "23:59"},
      {"24:00", 86400000, "24:00"},
      {"24:00:00.000", 86400000, "24:00"},
      {"23:59:59.999", 86399999, "23:59:59.999"},
      {"07:05:09", 25509000, "07:05:09"},
      {"07:05:00", 25500000, "07:05"},
      {"07:05:00.5", 25500500, "07:05:00.500"},
      {"07:05:09.04", 25509040, "07:05:09.040"},
  };
  static const char *const wrong[] = {
      "",           "8:00",        "08:0",     "08-00",  "24:01",   "24:00:01",  "24:00:00.001",
      "25:00",      "08:60",       "08:00:60", "08:00:", "08:00:0", "08:00:00.", "08:00:00.1234",
      "08:00:00,5", "08:00:00.5x", "-8:00",    "08:00 ", "08.00",   "08:00.5"};
  char out[13];
  int32_t ms = 77;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(nuo__when_parse_clock(cases[i].text, strlen(cases[i].text), &ms));
    assert_int_equal(ms, cases[i].ms);
    assert_int_equal(nuo__when_format_clock(ms, out), strlen(cases[i].printed));
    assert_string_equal(out, cases[i].printed);
  }
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    ms = 77;
    if (nuo__when_parse_clock(wrong[i], strlen(wrong[i]), &ms)) fail_msg("%s", wrong[i]);
    assert_int_equal(ms, 77);
  }
  assert_int_equal(nuo__when_format_clock(-1, out), 0);
  assert_int_equal(nuo__when_format_clock(NUO__WHEN_DAY_MS + 1, out), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_day),      cmocka_unit_test(test_no_such_day),
      cmocka_unit_test(test_weekday),        cmocka_unit_test(test_add_months),
      cmocka_unit_test(test_split),          cmocka_unit_test(test_instants),
      cmocka_unit_test(test_no_instants),    cmocka_unit_test(test_one_byte_off),
      cmocka_unit_test(test_format_instant), cmocka_unit_test(test_against_timegm),
      cmocka_unit_test(test_dates),          cmocka_unit_test(test_clocks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
