// SPDX-License-Identifier: Apache-2.0
// Every instruction on planes, columns and times, hand-assembled, against values worked out by hand: all
// combinations of unknown, the ends of 64 bits, ranges that wrap, rounding. Text and lists: test_vm_text.c.
#include "tests/unit/vm_harness.h"

// All nine pairs of true, false and unknown.
static const char nine_b[] = "TTTFFFUUU", nine_c[] = "TFUTFUTFU";

static void test_planes(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(PCONST, 5, 0);
  OP(PCONST, 6, 1);
  OP(PCONST, 7, 2);
  OP(AND, 8, 0, 1);
  OP(OR, 9, 0, 1);
  OP(NOT, 10, 1);
  OP(EST, 11, 1);
  OP(PKNOWN, 12, 1);
  OP(PEQ, 13, 0, 1);
  OP(PDEF, 14, 0, 1);
  OP(PNONE, 15);
  OP(NOT, 16, 0);
  OP(PPICK, 16, 0, 1);
  harness_load(&h, 9);
  give_plane(&h, 0, nine_b);
  give_plane(&h, 1, nine_c);
  harness_run(&h, ~UINT64_C(0));
  expect_plane(&h, 5, "FFFFFFFFF");
  expect_plane(&h, 6, "TTTTTTTTT");
  expect_plane(&h, 7, "UUUUUUUUU");
  expect_plane(&h, 8, "TFUFFFUFU");
  expect_plane(&h, 9, "TTTTFUTUU");
  expect_plane(&h, 10, "FTUFTUFTU");
  expect_plane(&h, 11, "TFFTFFTFF");
  expect_plane(&h, 12, "TTFTTFTTF");
  expect_plane(&h, 13, "TFUFTUUUU");
  expect_plane(&h, 14, "TTTFFFTFU");
  expect_plane(&h, 15, "UUUUUUUUU");
  expect_plane(&h, 16, "TFUTTTUUU");  // not b: FFFTTTUUU, and c where b is true
  harness_end(&h);
}

static void test_enumerators(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(ENUMF, 2, 0);
  OP(ENUMF, 3, 0);
  OP(LISTF, 4, 4);
  OP(HKNOWN, 5, 0);
  OP(HIDE, 5, 0);
  harness_load(&h, 4);
  // Lane 0: kind 0, lane 1: kind 1, lane 2: absent, lane 3: kind 1 but not live.
  h.batch.halves[0][0] = 0;
  h.batch.halves[0][1] = h.batch.halves[0][3] = 1;
  h.batch.half_known[0] = 11;
  h.batch.planes[2].t = 1;
  h.batch.planes[3].t = 10;
  h.batch.list_known[4] = 3;
  h.batch.planes[4].t = 2;
  harness_run(&h, 7);
  expect_plane(&h, 2, "TFUU");
  expect_plane(&h, 3, "FTUT");
  expect_plane(&h, 4, "FTUU");
  expect_plane(&h, 5, "TTFT");
  expect_column(&h, 5, "kkuk", (int64_t[]){0, 1, 0, 1});
  harness_end(&h);
}

static void test_presence(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(CKNOWN, 5, 2);
  OP(WKNOWN, 6, 0);
  OP(XKNOWN, 7, 1);
  OP(LKNOWN, 8, 0);
  harness_load(&h, 3);
  h.batch.column_known[2] = 1;
  h.batch.wide_known[0] = 2;
  h.batch.text_known[1] = 4;
  h.batch.list_known[0] = 5;
  harness_run(&h, 7);
  expect_plane(&h, 5, "TFF");
  expect_plane(&h, 6, "FTF");
  expect_plane(&h, 7, "FFT");
  expect_plane(&h, 8, "TFT");
  harness_end(&h);
}

static void test_compare(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t five = builder_number(&h.builder, 5), greatest = builder_number(&h.builder, INT64_MAX);
  OP(EQ, 5, 2, 3);
  OP(LT, 6, 2, 3);
  OP(LE, 7, 2, 3);
  OP(EQK, 8, 2, five);
  OP(LTK, 9, 2, five);
  OP(LEK, 10, 2, five);
  OP(LTK, 11, 2, greatest);
  harness_load(&h, 6);
  give_column(&h, 2, "kkkkuk", (int64_t[]){5, 4, INT64_MIN, INT64_MAX, 5, 6});
  give_column(&h, 3, "kkkkku", (int64_t[]){5, 5, INT64_MAX, INT64_MIN, 5, 6});
  harness_run(&h, ~UINT64_C(0));
  expect_plane(&h, 5, "TFFFUU");
  expect_plane(&h, 6, "FTTFUU");
  expect_plane(&h, 7, "TTTFUU");
  expect_plane(&h, 8, "TFFFUF");
  expect_plane(&h, 9, "FTTFUF");
  expect_plane(&h, 10, "TTTFUF");
  expect_plane(&h, 11, "TTTFUT");
  harness_end(&h);
}

static void test_ranges(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t plain = builder_number(&h.builder, 10), wraps = builder_number(&h.builder, 20);
  builder_number(&h.builder, 8);
  uint32_t empty = builder_number(&h.builder, 7);
  builder_number(&h.builder, 7);
  uint32_t all = builder_number(&h.builder, INT64_MIN);
  builder_number(&h.builder, INT64_MAX);
  OP(RANGEK, 5, 2, plain);
  OP(RANGEK, 6, 2, wraps);
  OP(RANGEK, 7, 2, empty);
  OP(RANGEK, 8, 2, all);
  harness_load(&h, 8);
  give_column(&h, 2, "kkkkkkku", (int64_t[]){9, 10, 19, 20, 7, INT64_MIN, INT64_MAX, 10});
  harness_run(&h, ~UINT64_C(0));
  expect_plane(&h, 5, "FTTFFFFU");  // 10..20
  expect_plane(&h, 6, "FFFTTTTU");  // 20..8: 20 and more, or less than 8
  expect_plane(&h, 7, "FFFFFFFU");
  expect_plane(&h, 8, "TTTTTTFU");  // half-open at the top
  harness_end(&h);
}

static void test_wide(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t k = builder_number(&h.builder, 79200000), far = builder_number(&h.builder, INT64_C(1) << 40);
  uint32_t night = builder_number(&h.builder, 79200000);  // 22:00..08:00
  builder_number(&h.builder, 28800000);
  OP(WEQK, 5, 1, k);
  OP(WLTK, 6, 1, k);
  OP(WLEK, 7, 1, k);
  OP(WRANGEK, 8, 1, night);
  OP(WLTK, 9, 1, far);
  OP(WIDE, 5, 1);
  harness_load(&h, 5);
  int32_t clocks[] = {79200000, 79199999, 28799999, 28800000, 0};
  for (int l = 0; l < 5; l++) h.batch.wides[1][l] = clocks[l];
  h.batch.wide_known[1] = 15;
  harness_run(&h, ~UINT64_C(0));
  expect_plane(&h, 5, "TFFFU");
  expect_plane(&h, 6, "FTTTU");
  expect_plane(&h, 7, "TTTTU");
  expect_plane(&h, 8, "TFTFU");
  expect_plane(&h, 9, "TTTTU");
  expect_column(&h, 5, "kkkku", (int64_t[]){79200000, 79199999, 28799999, 28800000, 0});
  harness_end(&h);
}

static void test_number_set(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  static const int64_t members[] = {-7, 0, 3, 9, INT64_MAX};
  struct image_set set = {0, 5}, none = {0, 0};
  for (int m = 0; m < 5; m++) builder_number(&h.builder, members[m]);
  OP(INK, 5, 2, builder_add(&h.builder, SECTION_NUMBER_SETS, &set));
  OP(INK, 6, 2, builder_add(&h.builder, SECTION_NUMBER_SETS, &none));
  harness_load(&h, 8);
  give_column(&h, 2, "kkkkkkku", (int64_t[]){-7, 0, 3, 9, INT64_MAX, 4, INT64_MIN, 3});
  harness_run(&h, 0xBF);
  expect_plane(&h, 5, "TTTTTFUU");  // lane 6 is not live
  expect_plane(&h, 6, "FFFFFFUU");
  harness_end(&h);
}

static void test_values(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t seven = builder_number(&h.builder, 7);
  OP(CCONST, 5, seven);
  OP(CNONE, 6);
  OP(CPICK, 6, 0, 2);
  OP(CNONE, 7);
  OP(CPICKK, 7, 0, seven);
  OP(CDEF, 8, 2, 3);
  OP(LEAST, 9, 2, 3);
  OP(GREATEST, 10, 2, 3);
  OP(CCONST, 11, seven);
  OP(CPICK, 11, 0, 2);
  harness_load(&h, 5);
  give_plane(&h, 0, "TTFUT");
  give_column(&h, 2, "kukku", (int64_t[]){1, 2, 3, -4, 5});
  give_column(&h, 3, "kkukk", (int64_t[]){2, 9, 9, -5, 6});
  harness_run(&h, ~UINT64_C(0));
  expect_column(&h, 5, "kkkkk", (int64_t[]){7, 7, 7, 7, 7});
  expect_column(&h, 6, "kuuuu", (int64_t[]){1, 0, 0, 0, 0});
  expect_column(&h, 7, "kkuuk", (int64_t[]){7, 7, 0, 0, 7});
  expect_column(&h, 8, "kkkkk", (int64_t[]){1, 9, 3, -4, 6});
  expect_column(&h, 9, "kkkkk", (int64_t[]){1, 9, 3, -5, 6});
  expect_column(&h, 10, "kkkkk", (int64_t[]){2, 9, 3, -4, 6});
  expect_column(&h, 11, "kukku", (int64_t[]){1, 0, 7, 7, 0});
  harness_end(&h);
}

static void test_arithmetic(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(ADD, 5, 2, 3);
  OP(SUB, 6, 2, 3);
  OP(MUL, 7, 2, 3);
  OP(DECIMAL, 8, 2);
  OP(ADD, 5, 5, 2);  // into its own operand
  harness_load(&h, 6);
  give_column(&h, 2, "kkkkku", (int64_t[]){3, INT64_MAX, INT64_MIN, 9223372036854, 9223372036855, 1});
  give_column(&h, 3, "kkkkkk", (int64_t[]){-4, 1, -1, 1000000, -2, 1});
  harness_run(&h, ~UINT64_C(0));
  expect_column(&h, 5, "kuukku", (int64_t[]){2, 0, 0, 18446745073708, 18446744073708, 0});
  expect_column(&h, 6, "kkkkku",
                (int64_t[]){7, INT64_MAX - 1, INT64_MIN + 1, 9223371036854, 9223372036857, 0});
  expect_column(&h, 7, "kkukku", (int64_t[]){-12, INT64_MAX, 0, 9223372036854000000, -18446744073710, 0});
  expect_column(&h, 8, "kuukuu", (int64_t[]){3000000, 0, 0, 9223372036854000000, 0, 0});
  harness_end(&h);
}

static void test_decimals(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(DECMUL, 5, 2, 3);
  OP(DECDIV, 6, 2, 3);
  harness_load(&h, 10);
  // Millionths. Products: 1.5 x 2; 0.000001 x 0.5 is half a millionth; the same negative; just less than
  // half; too large; unknown. Quotients: 1.5 / 2; 0.000001 / 0.5; negative; 2 / 3 up; -2 / 3; -1 / 3; by
  // zero.
  give_column(&h, 2, "kkkkkkkkku",
              (int64_t[]){1500000, 1, -1, 1, INT64_MAX, 2000000, -2000000, -1000000, 1, 1});
  give_column(&h, 3, "kkkkkkkkkk",
              (int64_t[]){2000000, 500000, 500000, 499999, 2000000, 3000000, 3000000, 3000000, 0, 1});
  harness_run(&h, ~UINT64_C(0));
  expect_column(&h, 5, "kkkkukkkku", (int64_t[]){3000000, 1, -1, 0, 0, 6000000, -6000000, -3000000, 0, 0});
  expect_column(&h, 6, "kkkkkkkkuu",
                (int64_t[]){750000, 2, -2, 2, 4611686018427387904, 666667, -666667, -333333, 0, 0});
  harness_end(&h);
  // The ends: -2^63 / -0.000001 overflows, and so does its product with -1; -2^63 x 1 does not. Halves of an
  // odd divisor, away from zero: 1 / 2.000001 = 0.49999975… and 3 / -2.000000 = -1.5.
  harness_begin(&h);
  OP(DECMUL, 5, 2, 3);
  OP(DECDIV, 6, 2, 3);
  harness_load(&h, 5);
  give_column(&h, 2, "kkkkk", (int64_t[]){INT64_MIN, INT64_MIN, INT64_MIN, 1000000, 3000000});
  give_column(&h, 3, "kkkkk", (int64_t[]){-1, -1000000, 1000000, 2000001, -2000000});
  harness_run(&h, ~UINT64_C(0));
  expect_column(&h, 5, "kukkk", (int64_t[]){9223372036855, 0, INT64_MIN, 2000001, -6000000});
  expect_column(&h, 6, "uukkk", (int64_t[]){0, 0, INT64_MIN, 500000, -1500000});
  harness_end(&h);
}

// 2025-07-02T15:30:00Z is 23:30 on 2 July in Shanghai and 11:30 in New York.
#define SUMMER_EVENING INT64_C(1751470200000)
#define HOUR INT64_C(3600000)
#define JULY_2 20271  // 2025-07-02 in days

static void test_zones(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t shanghai = builder_text(&h.builder, "Asia/Shanghai");
  uint32_t new_york = builder_text(&h.builder, "America/New_York");
  OP(ZCONST, 5, shanghai);
  OP(ZCONST, 6, new_york);
  OP(CLOCK, 7, 0, 5);
  OP(DATE, 8, 0, 5);
  OP(CLOCK, 9, 0, 6);
  OP(DATE, 10, 0, 6);
  OP(CLOCK, 11, 0, 1);  // a column that holds no zones
  OP(INSTANT, 12, 8, 7, 5);
  OP(INSTANT, 13, 2, 3, 5);
  OP(NEXT, 14, 0, 3, 5);
  harness_load(&h, 5);
  give_column(&h, 0, "kkkuk", (int64_t[]){SUMMER_EVENING, SUMMER_EVENING + HOUR, INT64_MAX, 0, 0});
  give_column(&h, 1, "kkkkk", (int64_t[]){-1, 65536, 0, 0, 60000});
  give_column(&h, 2, "kkkkk", (int64_t[]){JULY_2, INT64_MAX, JULY_2, JULY_2, 0});
  give_column(&h, 3, "kkkku", (int64_t[]){8 * HOUR, 30 * 60000, 25 * HOUR, 0, 0});
  harness_run(&h, 15);
  // The fifth lane is not live.
  expect_column(&h, 7, "kkuuu", (int64_t[]){23 * HOUR + HOUR / 2, HOUR / 2, 0, 0, 0});
  expect_column(&h, 8, "kkuuu", (int64_t[]){JULY_2, JULY_2 + 1, 0, 0, 0});
  expect_column(&h, 9, "kkuuu", (int64_t[]){11 * HOUR + HOUR / 2, 12 * HOUR + HOUR / 2, 0, 0, 0});
  expect_column(&h, 10, "kkuuu", (int64_t[]){JULY_2, JULY_2, 0, 0, 0});
  expect_column(&h, 11, "uuuuu", (int64_t[]){0, 0, 0, 0, 0});
  expect_column(&h, 12, "kkuuu", (int64_t[]){SUMMER_EVENING, SUMMER_EVENING + HOUR, 0, 0, 0});
  // 08:00 in Shanghai is 15.5 hours before 23:30; midnight half an hour after it, when the day is 3 July.
  expect_column(&h, 13, "kuuku",
                (int64_t[]){SUMMER_EVENING - 31 * HOUR / 2, 0, 0, SUMMER_EVENING - 47 * HOUR / 2, 0});
  // 08:00 comes 8.5 hours later; at 00:30 the next 00:30 is a day later.
  expect_column(&h, 14, "kkuuu",
                (int64_t[]){SUMMER_EVENING + 17 * HOUR / 2, SUMMER_EVENING + 25 * HOUR, 0, 0, 0});
  harness_end(&h);
}

static void test_dates(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(WEEKDAY, 5, 2);
  OP(ADDDAYS, 6, 2, 3);
  OP(ADDMONTHS, 7, 2, 3);
  OP(YEARS, 8, 2, 3);
  OP(ADDWORKDAYS, 9, 2, 3);
  OP(WORKDAY, 5, 2);
  harness_load(&h, 6);
  // 2025-01-31 (a Friday) is 20119, 9999-12-31 is 2932896.
  give_column(&h, 2, "kkkkku", (int64_t[]){20119, 2932896, INT64_MAX, 20119, 20119, 20119});
  give_column(&h, 3, "kkkkkk", (int64_t[]){1, 1, 1, INT64_C(1) << 40, -1, 1});
  harness_run(&h, ~UINT64_C(0));
  expect_column(&h, 5, "kkukku", (int64_t[]){5, 5, 0, 5, 5, 0});
  expect_column(&h, 6, "kuuuku", (int64_t[]){20120, 0, 0, 0, 20118, 0});
  expect_column(&h, 7, "kuuuku", (int64_t[]){20147, 0, 0, 0, 20088, 0});  // 28 February; 31 December
  expect_column(&h, 8, "uuuuuu", (int64_t[]){0, 0, 0, 0, 0, 0});          // all before, or no dates
  expect_column(&h, 9, "uuuuuu", (int64_t[]){0, 0, 0, 0, 0, 0});          // there is no calendar
  expect_plane(&h, 5, "UUUUUU");
  harness_end(&h);
}

static void test_years(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(YEARS, 5, 2, 3);
  harness_load(&h, 6);
  // Born 2000-02-29 (11016): 2001-02-28 (11381), 2001-03-01 (11382), 2004-02-29 (12477), itself, the day
  // before; and from 1970-01-01 to 2025-01-31.
  give_column(&h, 2, "kkkkkk", (int64_t[]){11016, 11016, 11016, 11016, 11016, 0});
  give_column(&h, 3, "kkkkkk", (int64_t[]){11381, 11382, 12477, 11016, 11015, 20119});
  harness_run(&h, ~UINT64_C(0));
  expect_column(&h, 5, "kkkkuk", (int64_t[]){0, 1, 4, 0, 0, 55});
  harness_end(&h);
}

static void test_workdays(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  // Covers the 14 days from Monday 2025-01-27 (20115). Off: Tuesday the 28th to Friday the 31st. Made up:
  // Sunday 2 February (20121).
  struct image_program *program = builder_item(&h.builder, SECTION_PROGRAM, 0);
  program->has_calendar = 1;
  program->calendar_first = 20115;
  program->calendar_end = 20129;
  program->rest_count = 4;
  program->work_count = 1;
  static const int32_t days[] = {20116, 20117, 20118, 20119, 20121};
  for (int d = 0; d < 5; d++) builder_add(&h.builder, SECTION_DAYS, &days[d]);
  OP(WORKDAY, 5, 2);
  OP(ADDWORKDAYS, 5, 2, 3);
  harness_load(&h, 7);
  give_column(&h, 2, "kkkkkku", (int64_t[]){20115, 20116, 20120, 20121, 20114, 20129, 20115});
  give_column(&h, 3, "kkkkkkk", (int64_t[]){1, 2, -1, 5, 0, -1, 0});
  harness_run(&h, ~UINT64_C(0));
  expect_plane(&h, 5, "TFFTUUU");
  // Monday + 1: the made-up Sunday. The 28th + 2: Sunday, Monday 3 February. Saturday - 1: Monday the 27th.
  // Sunday + 5: Friday 7 February. The day before the calendar + 0: itself. The day after it - 1: Friday the
  // 7th.
  expect_column(&h, 5, "kkkkkku", (int64_t[]){20121, 20122, 20115, 20126, 20114, 20126, 0});
  harness_end(&h);
}

static void test_skip(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(PCONST, 5, 0);
  OP(PCONST, 6, 0);
  OP(SKIP, 0, 1, 0);
  OP(PCONST, 5, 1);
  OP(SKIP, 1, 1, 0);
  OP(PCONST, 6, 1);
  harness_load(&h, 3);
  give_plane(&h, 0, "FUT");
  give_plane(&h, 1, "FFT");
  harness_run(&h, 3);  // lane 2 does not count
  expect_plane(&h, 5, "TTT");
  expect_plane(&h, 6, "FFF");
  harness_run(&h, 1);
  expect_plane(&h, 5, "FFF");
  harness_end(&h);
}

static void test_fire(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t first = builder_rule(&h.builder, "first"), second = builder_rule(&h.builder, "second");
  OP(PCONST, 5, 0);
  OP(FIRE, first, 5, 5);
  OP(FIRE, second, 0, 1);
  harness_load(&h, 6);
  give_plane(&h, 0, "TUFTUF");
  give_plane(&h, 1, "FFTUTF");
  harness_run(&h, 0x37);  // all but lane 3
  assert_int_equal(h.machine.fired_count, 1);
  assert_int_equal(h.machine.fired[0].rule, second);
  assert_int_equal(h.machine.fired[0].breached, 1);
  assert_int_equal(h.machine.fired[0].undetermined, 0x12);
  assert_int_equal(h.machine.fired[0].excepted, 0x14);
  harness_end(&h);
}

static void test_full_batch(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t k = builder_number(&h.builder, 32);
  OP(LTK, 5, 2, k);
  OP(ADD, 5, 2, 2);
  harness_load(&h, NUO_BATCH);
  for (int l = 0; l < NUO_BATCH; l++) h.batch.columns[2][l] = l;
  h.batch.column_known[2] = ~UINT64_C(0);
  harness_run(&h, ~UINT64_C(0));
  assert_true(h.batch.planes[5].t == 0xFFFFFFFF && h.batch.planes[5].f == UINT64_C(0xFFFFFFFF) << 32);
  for (int l = 0; l < NUO_BATCH; l++) assert_int_equal(h.batch.columns[5][l], 2 * l);
  nuo__batch_clear(h.program, &h.batch);
  assert_int_equal(h.batch.count, 0);
  assert_int_equal(h.batch.column_known[2], 0);
  harness_end(&h);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_planes),     cmocka_unit_test(test_enumerators),
      cmocka_unit_test(test_presence),   cmocka_unit_test(test_compare),
      cmocka_unit_test(test_ranges),     cmocka_unit_test(test_wide),
      cmocka_unit_test(test_number_set), cmocka_unit_test(test_values),
      cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_decimals),
      cmocka_unit_test(test_zones),      cmocka_unit_test(test_dates),
      cmocka_unit_test(test_years),      cmocka_unit_test(test_workdays),
      cmocka_unit_test(test_skip),       cmocka_unit_test(test_fire),
      cmocka_unit_test(test_full_batch),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
