// SPDX-License-Identifier: Apache-2.0
// Every instruction on text and lists and the calls of native functions, hand-assembled, against values
// worked out by hand. Also that lanes are left alone where a guard is false or which are not live.
#define _XOPEN_SOURCE 700
#include <stdio.h>
#include <stdlib.h>

#include "runtime/match.h"
#include "runtime/vm_frame.h"
#include "tests/unit/vm_harness.h"

#define TEXTS(...) \
  (const char *const[]){__VA_ARGS__}, sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static void test_values(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t hello = builder_text(&h.builder, "你好");
  OP(XCONST, 3, hello);
  OP(XNONE, 4);
  OP(XDEF, 5, 1, 2);
  OP(XCONST, 6, hello);
  OP(XPICK, 6, 0, 1);
  OP(LENGTH, 5, 1);
  OP(LENGTH, 6, 3);
  harness_load(&h, 5);
  give_plane(&h, 0, "TTFUT");
  give_text(&h, 1, TEXTS("a", NULL, "", NULL, "是a。"));
  give_text(&h, 2, TEXTS("b", "c", "d", NULL, NULL));
  harness_run(&h, 31);
  expect_text(&h, 3, TEXTS("你好", "你好", "你好", "你好", "你好"));
  expect_text(&h, 4, TEXTS("?", "?", "?", "?", "?"));
  expect_text(&h, 5, TEXTS("a", "c", "", "?", "是a。"));
  expect_text(&h, 6, TEXTS("a", "?", "你好", "你好", "是a。"));
  expect_column(&h, 5, "kukuk", (int64_t[]){1, 0, 0, 0, 3});
  expect_column(&h, 6, "kkkkk", (int64_t[]){2, 2, 2, 2, 2});
  harness_end(&h);
}

static void test_relations(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  uint32_t spam = builder_text(&h.builder, "spam");
  OP(XEQ, 5, 1, 2, 0);
  OP(XHAS, 6, 1, 2, 0);
  OP(XSTARTS, 7, 1, 2, 0);
  OP(XENDS, 8, 1, 2, 0);
  OP(XEQK, 9, 1, spam, 0);
  harness_load(&h, 10);
  // The last lane is not live; where the guard is false, the texts are not looked at.
  give_plane(&h, 0, "TTTUTTTFTT");
  give_text(&h, 1,
            TEXTS("spam", "spamham", "hamspam", "hamspamham", "", "ham", NULL, "spam", "spam", "spam"));
  give_text(&h, 2, TEXTS("spam", "spam", "spam", "spam", "", "spam", "spam", "spam", NULL, "spam"));
  h.batch.texts[1].at[9] = h.batch.texts[1].at[7] = NULL;
  harness_run(&h, 0x1FF);
  expect_plane(&h, 5, "TFFFTFUUUU");
  expect_plane(&h, 6, "TTTTTFUUUU");
  expect_plane(&h, 7, "TTFFTFUUUU");
  expect_plane(&h, 8, "TFTFTFUUUU");
  expect_plane(&h, 9, "TFFFFFUUTU");
  harness_end(&h);
}

// Width, case and invisible characters make no difference on either side, save to equality; a text of which
// folding leaves nothing is in every text, and the ends are those of the folded texts.
static void test_relations_fold(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  OP(XEQ, 5, 1, 2, 0);
  OP(XHAS, 6, 1, 2, 0);
  OP(XSTARTS, 7, 1, 2, 0);
  OP(XENDS, 8, 1, 2, 0);
  harness_load(&h, 8);
  give_plane(&h, 0, "TTTTTTTT");
  give_text(&h, 1, TEXTS("免费Ａ", "say ABC", "顶\u200b级", "\u200bspam\u200b", "", "a", "免", "a😀b"));
  give_text(&h, 2, TEXTS("免费a", "ａｂ\u200bｃ", "顶级", "SPAM", "\u200b", "\u200b", "免费", "😀B"));
  harness_run(&h, 0xFF);
  expect_plane(&h, 5, "FFFFFFFF");
  expect_plane(&h, 6, "TTTTTTFT");
  expect_plane(&h, 7, "TFTTTTFF");
  expect_plane(&h, 8, "TTTTTTFT");
  harness_end(&h);
}

static void test_text_set(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  // By bytes: the empty text, "a", "ab", "b", "乙" (E4 B9 99), "甲" (E7 94 B2).
  struct image_set set = {builder_text(&h.builder, ""), 6};
  static const char *const rest[] = {"a", "ab", "b", "乙", "甲"};
  for (int t = 0; t < 5; t++) builder_text(&h.builder, rest[t]);
  OP(XINK, 5, 1, builder_add(&h.builder, SECTION_TEXT_SETS, &set), 0);
  harness_load(&h, 9);
  give_plane(&h, 0, "TTTTTTTTF");
  give_text(&h, 1, TEXTS("", "a", "ab", "b", "乙", "甲", "abc", NULL, "a"));
  harness_run(&h, 0x1FF);
  expect_plane(&h, 5, "TTTTTTFUU");
  harness_end(&h);
}

// Against a search that tries every place, on all texts of up to 9 and all needles of up to 5 of two letters,
// whose order as units is not that of their bytes.
static void test_find(void **state) {
  (void)state;
  enum { A = 0x0102, B = 0x0201 };
  uint16_t text[16], needle[16];
  for (unsigned t = 1; t < 1u << 10; t++) {
    size_t text_len = 0, len;
    for (unsigned bits = t; bits > 1; bits >>= 1) text[text_len++] = bits & 1 ? A : B;
    for (unsigned n = 1; n < 1u << 6; n++) {
      len = 0;
      for (unsigned bits = n; bits > 1; bits >>= 1) needle[len++] = bits & 1 ? A : B;
      bool is_there = false;
      for (size_t at = 0; at + len <= text_len; at++) is_there |= memcmp(text + at, needle, 2 * len) == 0;
      if (nuo__vm_find(text, text_len, needle, len) != is_there) fail_msg("letters %x in letters %x", n, t);
    }
  }
}

// A text and a needle that cost a search by trial 2^38 steps.
static void test_find_is_linear(void **state) {
  (void)state;
  size_t text_len = (size_t)1 << 20, len = (size_t)1 << 19;
  uint16_t *text = malloc(text_len * sizeof *text), *needle = malloc(len * sizeof *needle);
  for (size_t at = 0; at < text_len; at++) text[at] = 'a';
  for (size_t at = 0; at < len; at++) needle[at] = 'a';
  needle[len / 2] = 'b';
  assert_false(nuo__vm_find(text, text_len, needle, len));
  needle[len / 2] = 'a';
  needle[0] = 'b';
  assert_false(nuo__vm_find(text, text_len, needle, len));
  memcpy(text + text_len - len, needle, len * sizeof *needle);
  assert_true(nuo__vm_find(text, text_len, needle, len));
  free(text);
  free(needle);
}

static uint32_t add_match(struct image_builder *b, const struct match_pattern *patterns, size_t count,
                          uint32_t outputs) {
  void *blob;
  size_t size;
  uint32_t at = b->sections[SECTION_MATCH_DATA].count * 8;
  assert_int_equal(nuo__match_build(patterns, count, nuo__default_allocator(), &blob, &size, NULL), MATCH_OK);
  for (size_t word = 0; word < (size + 7) / 8; word++) {
    uint64_t bytes = 0;
    memcpy(&bytes, (char *)blob + 8 * word, size - 8 * word < 8 ? size - 8 * word : 8);
    builder_add(b, SECTION_MATCH_DATA, &bytes);
  }
  nuo__free(nuo__default_allocator(), blob, size);
  struct image_match match = {at, (uint32_t)size, outputs};
  return builder_add(b, SECTION_MATCHES, &match);
}

static void test_match(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  static const struct match_pattern patterns[] = {
      {"免费", 6, MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0},
      {"win", 3, MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0},
      {"hello", 5, MATCH_STARTS, NUO__FOLD_RAW, 1},
      {"bye", 3, MATCH_ENDS, NUO__FOLD_RAW, 2},
  };
  uint32_t match = add_match(&h.builder, patterns, 4, 3);
  uint32_t nothing = add_match(&h.builder, NULL, 0, 1);
  OP(MATCH, 5, 1, match, 0);
  OP(MATCH, 8, 1, nothing, 0);
  harness_load(&h, 6);
  give_plane(&h, 0, "TTUTFT");
  give_text(&h, 1, TEXTS("hello, WIN", "全部免费 bye", "hello", NULL, "win", "win"));
  harness_run(&h, 31);
  expect_plane(&h, 5, "TTFUUU");
  expect_plane(&h, 6, "TFTUUU");
  expect_plane(&h, 7, "FTFUUU");
  expect_plane(&h, 8, "FFFUUU");
  harness_end(&h);
}

static void test_regex(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  struct image_str pattern = builder_str(&h.builder, "1[3-9]\\d{9}");
  OP(REGEX, 5, 1, builder_add(&h.builder, SECTION_REGEXES, &pattern), 0);
  harness_load(&h, 5);
  give_plane(&h, 0, "TTTFT");
  give_text(&h, 1, TEXTS("电话 13800138000", "12345", "", "13800138000", NULL));
  harness_run(&h, 31);
  expect_plane(&h, 5, "TFFUU");
  harness_end(&h);
}

// ---- lists ----

static void give_numbers(struct harness *h, unsigned reg, unsigned lane, const int64_t *numbers,
                         uint32_t count) {
  static union element pool[64];
  static uint32_t used;
  if (h->batch.pool != pool) {
    used = h->batch.pool_count;
    assert_true(used + count < 64);
    if (used > 0) memcpy(pool, h->batch.pool, used * sizeof *pool);
    nuo__free(nuo__default_allocator(), h->batch.pool, h->batch.pool_cap * sizeof *pool);
    h->batch.pool = pool;
  }
  h->batch.lists[reg].first[lane] = used;
  h->batch.lists[reg].count[lane] = count;
  h->batch.list_known[reg] |= UINT64_C(1) << lane;
  for (uint32_t n = 0; n < count; n++) pool[used++].number = numbers[n];
}

static void drop_pool(struct harness *h) {
  h->batch.pool = NULL;
  h->batch.pool_cap = 0;
}

static void test_number_lists(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  struct image_set set = {builder_number(&h.builder, 1), 3};
  builder_number(&h.builder, 2);
  builder_number(&h.builder, 3);
  OP(LCONST, 5, builder_add(&h.builder, SECTION_NUMBER_SETS, &set));
  OP(LHAS, 5, 0, 2);
  OP(LANY, 6, 0, 1);
  OP(LALL, 7, 0, 1);
  OP(LANY, 8, 0, 5);
  OP(LALL, 9, 0, 5);
  OP(LDEF, 6, 0, 5);
  OP(SIZE, 5, 0);
  OP(SIZE, 6, 6);
  OP(LHAS, 10, 6, 2);
  harness_load(&h, 5);
  give_column(&h, 2, "kkkku", (int64_t[]){2, 2, 2, 2, 0});
  give_numbers(&h, 0, 0, (int64_t[]){2, 4}, 2);
  give_numbers(&h, 0, 1, (int64_t[]){3, 1}, 2);
  give_numbers(&h, 0, 2, NULL, 0);
  give_numbers(&h, 1, 0, (int64_t[]){4, 2, 9}, 3);
  give_numbers(&h, 1, 1, (int64_t[]){7}, 1);
  give_numbers(&h, 1, 2, (int64_t[]){7}, 1);
  give_numbers(&h, 1, 3, (int64_t[]){7}, 1);
  harness_run(&h, 31);
  expect_plane(&h, 5, "TFFUU");
  expect_plane(&h, 6, "TFFUU");
  expect_plane(&h, 7, "TFTUU");
  expect_plane(&h, 8, "TTFUU");
  expect_plane(&h, 9, "FTTUU");
  expect_column(&h, 5, "kkkuu", (int64_t[]){2, 2, 0, 0, 0});
  expect_column(&h, 6, "kkkkk", (int64_t[]){2, 2, 0, 3, 3});
  expect_plane(&h, 10, "TFFTU");
  drop_pool(&h);
  harness_end(&h);
}

static void test_text_lists(void **state) {
  (void)state;
  struct harness h;
  harness_begin(&h);
  builder_number(&h.builder, 99);
  struct image_set numbers = {0, 1}, three = {builder_text(&h.builder, "a"), 3};
  builder_text(&h.builder, "b");
  builder_text(&h.builder, "乙");
  struct image_set one = {1, 1}, none = {0, 0};
  OP(LCONST, 5, builder_add(&h.builder, SECTION_NUMBER_SETS, &numbers));  // texts come after it in the pool
  OP(LCONSTX, 6, builder_add(&h.builder, SECTION_TEXT_SETS, &three));
  OP(LCONSTX, 7, builder_add(&h.builder, SECTION_TEXT_SETS, &one));
  OP(LCONSTX, 8, builder_add(&h.builder, SECTION_TEXT_SETS, &none));
  OP(LHASX, 5, 6, 1);
  OP(LANYX, 6, 6, 7);
  OP(LALLX, 7, 6, 7);
  OP(LALLX, 8, 7, 6);
  OP(LANYX, 9, 8, 6);
  OP(LALLX, 10, 8, 6);
  OP(LHASX, 11, 2, 1);
  OP(LDEF, 9, 2, 7);
  OP(LHASX, 12, 9, 1);
  OP(PCONST, 13, 0);
  OP(PCONST, 14, 2);
  OP(LHASX, 15, 6, 1, 13);
  OP(LANYX, 16, 6, 7, 13);
  OP(LALLX, 17, 7, 6, 14);
  harness_load(&h, 5);
  give_text(&h, 1, TEXTS("乙", "b", "c", NULL, "a"));
  harness_run(&h, 15);
  expect_plane(&h, 5, "TTFUU");
  expect_plane(&h, 6, "TTTTU");
  expect_plane(&h, 7, "FFFFU");
  expect_plane(&h, 8, "TTTTU");
  expect_plane(&h, 9, "FFFFU");
  expect_plane(&h, 10, "TTTTU");
  expect_plane(&h, 11, "UUUUU");
  expect_plane(&h, 12, "FTFUU");
  expect_plane(&h, 15, "UUUUU");
  expect_plane(&h, 16, "UUUUU");
  expect_plane(&h, 17, "TTTTU");
  harness_end(&h);
}

// ---- native functions ----

static const char native_source[] =
    "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n"
    // Every kind of argument, weighed, so that none can stand for another.
    "int weigh(bool a, int64_t b, const char *c, size_t d, int32_t e, int32_t f, int64_t *out) {\n"
    "  *out = a + 10 * b + 100 * (int64_t)d + 1000 * (d > 0 ? c[d - 1] - '0' : 0) + 10000 * (e + f);\n"
    "  return 0;\n}\n"
    "int is_even(int64_t n, bool *out) { *out = n % 2 == 0; return n < 0; }\n"
    "int next_day(int32_t day, int32_t *out) { *out = day + 1; return day == 7 ? 3 : 0; }\n"
    "int answer(int64_t *out) { *out = 42; return 0; }\n";

// Compiles the functions above into a library; false where there is no compiler.
static bool make_library(char path[static 64]) {
  char directory[] = P_tmpdir "/nuo-test-XXXXXX", source[64], command[256];
  if (mkdtemp(directory) == NULL) return false;
  snprintf(source, sizeof source, "%s/native.c", directory);
  snprintf(path, 64, "%s/native.so", directory);
  FILE *file = fopen(source, "w");
  if (file == NULL) return false;
  fputs(native_source, file);
  fclose(file);
  snprintf(command, sizeof command, "${CC:-cc} -shared -fPIC -o %s %s", path, source);
  bool is_made = system(command) == 0;
  remove(source);
  return is_made;
}

static void remove_library(char *path) {
  remove(path);
  *strrchr(path, '/') = '\0';
  remove(path);
}

static uint32_t add_native(struct image_builder *b, const char *symbol, uint8_t result, uint8_t count,
                           const uint8_t *params) {
  struct image_native native = {.name = builder_str(b, symbol),
                                .library = builder_str(b, "libnative"),
                                .symbol = builder_str(b, symbol),
                                .result = result,
                                .param_count = count};
  if (count > 0) memcpy(native.params, params, count);
  return builder_add(b, SECTION_NATIVES, &native);
}

static void add_argument(struct image_builder *b, uint16_t reg_class, uint16_t reg) {
  struct image_argument argument = {reg_class, reg};
  builder_add(b, SECTION_ARGUMENTS, &argument);
}

static void test_native(void **state) {
  (void)state;
  char path[64], grant[96];
  if (!make_library(path)) skip();
  snprintf(grant, sizeof grant, "libnative=%s", path);
  struct harness h;
  harness_begin(&h);
  h.grants = (const char *const[]){"libother", grant, NULL};
  uint32_t weigh =
      add_native(&h.builder, "weigh", VALUE_DECIMAL, 5,
                 (const uint8_t[]){VALUE_FLAG, VALUE_NUMBER, VALUE_TEXT, VALUE_DATE, VALUE_CLOCK});
  uint32_t is_even = add_native(&h.builder, "is_even", VALUE_FLAG, 1, (const uint8_t[]){VALUE_INSTANT});
  uint32_t next_day = add_native(&h.builder, "next_day", VALUE_DATE, 1, (const uint8_t[]){VALUE_DATE});
  uint32_t answer = add_native(&h.builder, "answer", VALUE_NUMBER, 0, NULL);
  add_argument(&h.builder, REG_PLANE, 1);
  add_argument(&h.builder, REG_COLUMN, 2);
  add_argument(&h.builder, REG_TEXT, 1);
  add_argument(&h.builder, REG_WIDE, 0);
  add_argument(&h.builder, REG_COLUMN, 3);
  OP(CALL, 5, weigh, 0, 0);
  OP(CALLP, 5, is_even, 1, 0);
  OP(CALL, 6, next_day, 4, 0);
  OP(CALL, 7, answer, 5, 0);
  harness_load(&h, 5);
  give_plane(&h, 0, "TUTFT");
  give_plane(&h, 1, "TFTTU");
  give_column(&h, 2, "kkkkk", (int64_t[]){2, -3, 4, 4, 4});
  give_column(&h, 3, "kkkkk", (int64_t[]){7, 1, INT64_C(1) << 32, 1, 1});
  give_text(&h, 1, TEXTS("x5", "", "x5", "x5", "x5"));
  for (int l = 0; l < 5; l++) h.batch.wides[0][l] = 20;
  h.batch.wide_known[0] = 31;
  harness_run(&h, 31);
  // 1 + 20 + 200 + 5000 + 270000; 0 - 30 + 0 + 0 + 210000; a clock that is none; guard false; a flag unknown.
  expect_column(&h, 5, "kkuuu", (int64_t[]){275221, 209970, 0, 0, 0});
  expect_plane(&h, 5, "TUTUT");  // a negative number fails
  expect_column(&h, 6, "ukuuk", (int64_t[]){0, 2, 0, 0, 2});
  expect_column(&h, 7, "kkkuk", (int64_t[]){42, 42, 42, 0, 42});
  harness_end(&h);
  remove_library(path);
}

static nuo_status load_with(const char *const *grants, const char *library, const char *symbol,
                            nuo_error *error) {
  struct image_builder b;
  struct image_native native = {.result = VALUE_NUMBER};
  nuo_options options = {.native_grants = grants};
  nuo_program *program;
  size_t size;
  builder_begin(&b);
  native.library = builder_str(&b, library);
  native.symbol = builder_str(&b, symbol);
  builder_add(&b, SECTION_NATIVES, &native);
  builder_end_event(&b);
  void *image = builder_image(&b, &size);
  nuo_status status = nuo_program_load(image, size, &options, &program, error);
  nuo_program_free(program);
  free(image);
  builder_free(&b);
  return status;
}

static void test_grants(void **state) {
  (void)state;
  nuo_error error;
  assert_int_equal(load_with(NULL, "libc.so.6", "abs", &error), NUO_NOT_GRANTED);
  assert_non_null(strstr(error.message, "libc.so.6"));
  const char *prefix[] = {"libc.so", "libc.so.67", NULL};
  assert_int_equal(load_with(prefix, "libc.so.6", "abs", &error), NUO_NOT_GRANTED);
  const char *granted[] = {"libc.so.6", NULL};
  assert_int_equal(load_with(granted, "libc.so.6", "abs", &error), NUO_OK);
  assert_int_equal(load_with(granted, "libc.so.6", "no_such_function", &error), NUO_NOT_GRANTED);
  assert_non_null(strstr(error.message, "no_such_function"));
  const char *elsewhere[] = {"libc.so.6=/nonexistent/libc.so", NULL};
  assert_int_equal(load_with(elsewhere, "libc.so.6", "abs", &error), NUO_NOT_GRANTED);
  const char *by_suffix[] = {"libc.so.6=libc.so.6", "libm=libm.so.6", NULL};
  assert_int_equal(load_with(by_suffix, "libm", "cos", &error), NUO_OK);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),         cmocka_unit_test(test_relations),
      cmocka_unit_test(test_relations_fold), cmocka_unit_test(test_text_set),
      cmocka_unit_test(test_find),           cmocka_unit_test(test_find_is_linear),
      cmocka_unit_test(test_match),          cmocka_unit_test(test_regex),
      cmocka_unit_test(test_number_lists),   cmocka_unit_test(test_text_lists),
      cmocka_unit_test(test_native),         cmocka_unit_test(test_grants),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
