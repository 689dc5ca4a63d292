// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/calendar.h with the days off and made-up workdays of mainland China around National Day
// 2025, as the State Council published them: 1 to 8 October off, Sunday 28 September and Saturday 11 October
// at work.
#include "runtime/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/when.h"

static int32_t date(const char *text) {
  int32_t days = 0;
  if (!nuo__when_parse_date(text, strlen(text), &days)) fail_msg("%s", text);
  return days;
}

static int32_t rest[8];
static int32_t work[2];
static struct calendar calendar;

static int set_up(void **state) {
  (void)state;
  for (int i = 0; i < 8; i++) rest[i] = date("2025-10-01") + i;
  work[0] = date("2025-09-28");
  work[1] = date("2025-10-11");
  calendar = (struct calendar){date("2025-09-01"), date("2025-10-31"), rest, 8, work, 2};
  return 0;
}

static void test_workdays(void **state) {
  (void)state;
  static const struct {
    const char *day;
    bool workday;
  } cases[] = {
      {"2025-09-01", true}, {"2025-09-26", true},  {"2025-09-27", false}, {"2025-09-28", true},
      {"2025-09-30", true}, {"2025-10-01", false}, {"2025-10-04", false}, {"2025-10-08", false},
      {"2025-10-09", true}, {"2025-10-11", true},  {"2025-10-12", false}, {"2025-10-31", true},
  };
  bool out = false;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(nuo__calendar_is_workday(&calendar, date(cases[i].day), &out));
    assert_int_equal(out, cases[i].workday);
  }
  out = true;
  assert_false(nuo__calendar_is_workday(&calendar, date("2025-08-31"), &out));
  assert_false(nuo__calendar_is_workday(&calendar, date("2025-11-01"), &out));
  assert_true(out);
}

static void test_work_beats_rest(void **state) {
  (void)state;
  const int32_t both[] = {date("2025-10-06")};
  bool out = false;
  calendar.work = both;
  calendar.work_count = 1;
  assert_true(nuo__calendar_is_workday(&calendar, both[0], &out));
  assert_true(out);
}

static void test_add_workdays(void **state) {
  (void)state;
  static const struct {
    const char *from;
    int32_t n;
    const char *to;
  } cases[] = {
      {"2025-09-30", 1, "2025-10-09"},  // over the week off
      {"2025-09-30", 3, "2025-10-11"},  // a Saturday at work
      {"2025-09-30", 4, "2025-10-13"},  // the Sunday after it is not
      {"2025-09-26", 1, "2025-09-28"},  // Friday to the Sunday at work
      {"2025-10-04", 0, "2025-10-04"},  // not a workday, and stays
      {"2025-10-04", 1, "2025-10-09"},  {"2025-10-04", -1, "2025-09-30"}, {"2025-10-13", -1, "2025-10-11"},
      {"2025-10-13", -4, "2025-09-30"}, {"2025-10-13", -5, "2025-09-29"}, {"2025-10-13", -6, "2025-09-28"},
      {"2025-10-30", 1, "2025-10-31"},  {"2025-09-02", -1, "2025-09-01"},
  };
  int32_t out = 0;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_true(nuo__calendar_add_workdays(&calendar, date(cases[i].from), cases[i].n, &out));
    assert_int_equal(out, date(cases[i].to));
  }
  // The day itself is not counted, so it need not be covered.
  assert_true(nuo__calendar_add_workdays(&calendar, date("2025-08-31"), 0, &out));
  assert_int_equal(out, date("2025-08-31"));
  assert_true(nuo__calendar_add_workdays(&calendar, date("2025-08-31"), 1, &out));
  assert_int_equal(out, date("2025-09-01"));
  out = 77;
  assert_false(nuo__calendar_add_workdays(&calendar, date("2025-10-31"), 1, &out));
  assert_false(nuo__calendar_add_workdays(&calendar, date("2025-09-01"), -1, &out));
  assert_false(nuo__calendar_add_workdays(&calendar, date("2025-09-10"), 45, &out));
  assert_false(nuo__calendar_add_workdays(&calendar, date("2025-09-10"), INT32_MAX, &out));
  assert_false(nuo__calendar_add_workdays(&calendar, date("2025-09-10"), INT32_MIN, &out));
  assert_int_equal(out, 77);
}

// A year of plain weeks: five workdays a week, whichever day one starts from.
static void test_plain_weeks(void **state) {
  (void)state;
  int32_t out = 0;
  calendar = (struct calendar){date("2025-01-01"), date("2025-12-31"), NULL, 0, NULL, 0};
  for (int32_t day = date("2025-03-01"); day < date("2025-04-01"); day++) {
    bool weekend = nuo__when_weekday(day) > 5;
    int32_t back_to_friday = weekend ? nuo__when_weekday(day) - 5 : 0;
    assert_true(nuo__calendar_add_workdays(&calendar, day, 50, &out));
    assert_int_equal(out, day - back_to_friday + 70);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_workdays, set_up),
      cmocka_unit_test_setup(test_work_beats_rest, set_up),
      cmocka_unit_test_setup(test_add_workdays, set_up),
      cmocka_unit_test_setup(test_plain_weeks, set_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
