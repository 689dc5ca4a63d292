// SPDX-License-Identifier: Apache-2.0
// The instructions that deadlines are made of: days that give way to the next workday, workdays counted where
// the calendar may know nothing, and whether it knew. The days are those around the National Day of 2025:
// 28 September (a Sunday) and 11 October (a Saturday) are workdays, 1 to 8 October are off; the calendar
// covers 25 September to 12 October.
#include "tests/unit/vm_harness.h"

#define SEPTEMBER(day) (20331 + (day))  // days since 1970; the 25th is a Thursday
#define OCTOBER(day) (20361 + (day))

static void begin(struct harness *h) {
  static const int32_t days[] = {OCTOBER(1), OCTOBER(2), OCTOBER(3),    OCTOBER(6),
                                 OCTOBER(7), OCTOBER(8), SEPTEMBER(28), OCTOBER(11)};
  harness_begin(h);
  struct image_program *program = builder_item(&h->builder, SECTION_PROGRAM, 0);
  program->has_calendar = 1;
  program->calendar_first = SEPTEMBER(25);
  program->calendar_end = OCTOBER(13);
  program->rest_count = 6;
  program->work_count = 2;
  for (int d = 0; d < 8; d++) builder_add(&h->builder, SECTION_DAYS, &days[d]);
}

static void test_roll(void **state) {
  (void)state;
  struct harness h;
  begin(&h);
  OP(ROLL, 5, 2);
  harness_load(&h, 9);
  give_column(&h, 2, "kkkkkkkku",
              (int64_t[]){SEPTEMBER(27), OCTOBER(1), OCTOBER(9), OCTOBER(11), OCTOBER(12), OCTOBER(18),
                          SEPTEMBER(20), INT64_MAX, OCTOBER(9)});
  harness_run(&h, ~UINT64_C(0));
  // Saturday: the made-up Sunday. The holiday: Thursday the 9th. Workdays: themselves. Sunday the 12th:
  // Monday, which the calendar does not know. The 18th and 20 September, which it does not know: the Mondays
  // after.
  expect_column(&h, 5, "kkkkkkkuu",
                (int64_t[]){SEPTEMBER(28), OCTOBER(9), OCTOBER(9), OCTOBER(11), OCTOBER(13), OCTOBER(20),
                            SEPTEMBER(22), 0, 0});
  harness_end(&h);
}

static void test_reach(void **state) {
  (void)state;
  struct harness h;
  begin(&h);
  OP(REACH, 5, 2, 3);
  harness_load(&h, 9);
  give_column(&h, 2, "kkkkkkkku",
              (int64_t[]){SEPTEMBER(30), SEPTEMBER(26), OCTOBER(10), OCTOBER(1), OCTOBER(13), OCTOBER(9),
                          OCTOBER(9), 2932896, OCTOBER(9)});
  give_column(&h, 3, "kkkkkkkkk", (int64_t[]){1, 2, 2, 0, 5, -1, INT64_C(1) << 33, 1, 1});
  harness_run(&h, ~UINT64_C(0));
  // Over the holiday. Sunday the 28th and Monday. Saturday the 11th and Monday the 13th. None: the day
  // itself. A week of which nothing is known. Backwards, too far and beyond the last date: unknown.
  expect_column(&h, 5, "kkkkkuuuu",
                (int64_t[]){OCTOBER(9), SEPTEMBER(29), OCTOBER(13), OCTOBER(1), OCTOBER(20), 0, 0, 0, 0});
  harness_end(&h);
}

static void test_covered(void **state) {
  (void)state;
  struct harness h;
  begin(&h);
  OP(COVERED, 5, 2, 3);
  harness_load(&h, 6);
  give_column(&h, 2, "kkkkku",
              (int64_t[]){SEPTEMBER(25), SEPTEMBER(25), SEPTEMBER(24), OCTOBER(12), INT64_MIN, OCTOBER(1)});
  give_column(&h, 3, "kkkkkk",
              (int64_t[]){OCTOBER(12), OCTOBER(13), OCTOBER(1), OCTOBER(12), OCTOBER(1), OCTOBER(1)});
  harness_run(&h, ~UINT64_C(0));
  expect_plane(&h, 5, "TUUTUU");
  harness_end(&h);
}

static void test_without_calendar(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(ROLL, 5, 2);
  OP(REACH, 6, 2, 3);
  OP(COVERED, 5, 2, 5);
  harness_load(&h, 2);
  give_column(&h, 2, "kk", (int64_t[]){OCTOBER(4), OCTOBER(1)});
  give_column(&h, 3, "kk", (int64_t[]){1, 3});
  harness_run(&h, ~UINT64_C(0));
  expect_column(&h, 5, "kk", (int64_t[]){OCTOBER(6), OCTOBER(1)});
  expect_column(&h, 6, "kk", (int64_t[]){OCTOBER(6), OCTOBER(6)});
  expect_plane(&h, 5, "UU");
  harness_end(&h);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_roll),
      cmocka_unit_test(test_reach),
      cmocka_unit_test(test_covered),
      cmocka_unit_test(test_without_calendar),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
