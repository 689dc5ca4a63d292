// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/text_out.h: messages that stay one line of UTF-8 whatever is put into them, and JSON text.
#include "runtime/text_out.h"
#include "tests/unit/meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

// ---- the formatter ----

static void test_format(void **state) {
  (void)state;
  char out[200];
  assert_int_equal(nuo__text_format(out, sizeof out, "plain"), 5);
  assert_string_equal(out, "plain");
  assert_int_equal(nuo__text_format(out, sizeof out, "%s|%.*s|%u|%c|%%", "ab", 2, "cdef", 7u, 'x'), 11);
  assert_string_equal(out, "ab|cd|7|x|%");
  nuo__text_format(out, sizeof out, "%u %u", 0u, UINT32_MAX);
  assert_string_equal(out, "0 4294967295");
  nuo__text_format(out, sizeof out, "%llu %lld %lld %lld", (unsigned long long)UINT64_MAX,
                   (long long)INT64_MIN, (long long)INT64_MAX, 0LL);
  assert_string_equal(out, "18446744073709551615 -9223372036854775808 9223372036854775807 0");
  nuo__text_format(out, sizeof out, "[%.*s]", 0, "abc");
  assert_string_equal(out, "[]");
}

static void test_format_is_cut(void **state) {
  (void)state;
  char out[8];
  assert_int_equal(nuo__text_format(out, sizeof out, "1234567"), 7);
  assert_string_equal(out, "1234567");
  assert_int_equal(nuo__text_format(out, sizeof out, "%s", "12345678"), 7);
  assert_string_equal(out, "1234567");
  assert_int_equal(nuo__text_format(out, 1, "abc"), 0);
  assert_string_equal(out, "");
  // 诺 is E8 AF BA: two whole ones fit beside a letter, the third does not and is not halved.
  assert_int_equal(nuo__text_format(out, sizeof out, "a%s", "诺诺诺"), 7);
  assert_string_equal(out, "a诺诺");
  assert_int_equal(nuo__text_format(out, sizeof out, "ab%s", "诺诺诺"), 5);
  assert_string_equal(out, "ab诺");
  assert_int_equal(nuo__text_format(out, sizeof out, "abc%s", "诺诺诺"), 6);
  assert_string_equal(out, "abc诺");
  assert_int_equal(nuo__text_format(out, sizeof out, "abcd%s", "\xf0\x9f\x98\x80"), 4);
  assert_string_equal(out, "abcd");
}

static void test_arguments_cannot_forge_lines(void **state) {
  (void)state;
  char out[100];
  nuo__text_format(out, sizeof out, "\t%s\n", "a\nb\r\x1b[31m\x7f\x01");
  assert_string_equal(out, "\ta?b??[31m??\n");
  nuo__text_format(out, sizeof out, "%.*s%c", 3, "x\ny", '\n');
  assert_string_equal(out, "x?y?");
  // Controls of the second set (U+0085, U+009B), separators of lines and paragraphs, overrides of direction.
  nuo__text_format(out, sizeof out, "%s",
                   "a\xc2\x85"
                   "b\xc2\x9b"
                   "c\xe2\x80\xa8"
                   "d\xe2\x80\xa9"
                   "e\xe2\x80\xae"
                   "f\xe2\x81\xa6g");
  assert_string_equal(out, "a?b?c?d?e?f?g");
  // And what lies right beside them: U+00A0, U+2027, U+202F, U+2065, U+206A.
  static const char beside[] = "\xc2\xa0\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa";
  nuo__text_format(out, sizeof out, "%s", beside);
  assert_string_equal(out, beside);
}

// A caller that shows the first bytes of a text does not have to look where its characters end.
static void test_no_half_characters(void **state) {
  (void)state;
  static const char text[] = "a诺b\xf0\x9f\x98\x80";
  static const char *const wanted[] = {"", "a", "a", "a", "a诺", "a诺b", "a诺b", "a诺b", "a诺b", text};
  char out[40], expected[40];
  for (int len = 0; len < 10; len++) {
    nuo__text_format(out, sizeof out, "[%.*s]", len, text);
    sprintf(expected, "[%s]", wanted[len]);
    assert_string_equal(out, expected);
  }
}

// ---- the buffer ----

static void check_out(struct text_out *out, const char *wanted, size_t len) {
  assert_false(out->failed);
  assert_int_equal(out->len, len);
  assert_memory_equal(out->at, wanted, len);
  out->len = 0;
}

static void check_text(struct text_out *out, const char *wanted) {
  check_out(out, wanted, strlen(wanted));
}

static void test_buffer_grows(void **state) {
  (void)state;
  struct text_out out = {.allocator = nuo__default_allocator()};
  char chunk[1000];
  memset(chunk, 'x', sizeof chunk);
  nuo__out_bytes(&out, NULL, 0);
  assert_int_equal(out.len, 0);
  for (int i = 0; i < 100; i++) nuo__out_bytes(&out, chunk, sizeof chunk);
  assert_int_equal(out.len, 100000);
  for (size_t i = 0; i < out.len; i++) assert_int_equal(out.at[i], 'x');
  out.len = 0;
  nuo__out_string(&out, "again");
  check_text(&out, "again");
  nuo__out_free(&out);
  assert_null(out.at);
}

static void test_numbers(void **state) {
  (void)state;
  struct text_out out = {.allocator = nuo__default_allocator()};
  static const struct {
    int64_t value;
    const char *integer, *decimal;
  } cases[] = {
      {0, "0", "0"},
      {1, "1", "0.000001"},
      {-1, "-1", "-0.000001"},
      {10, "10", "0.00001"},
      {500000, "500000", "0.5"},
      {1000000, "1000000", "1"},
      {1500000, "1500000", "1.5"},
      {-1050000, "-1050000", "-1.05"},
      {123456789, "123456789", "123.456789"},
      {INT64_MAX, "9223372036854775807", "9223372036854.775807"},
      {INT64_MIN, "-9223372036854775808", "-9223372036854.775808"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    nuo__out_integer(&out, cases[i].value);
    check_text(&out, cases[i].integer);
    nuo__out_decimal(&out, cases[i].value);
    check_text(&out, cases[i].decimal);
  }
  nuo__out_free(&out);
}

static void test_json_strings(void **state) {
  (void)state;
  struct text_out out = {.allocator = nuo__default_allocator()};
  static const struct {
    const char *text;
    size_t len;
    const char *json;
  } cases[] = {
      {"", 0, "\"\""},
      {"plain /text/", 12, "\"plain /text/\""},
      {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
      {"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
      {"\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\\u007f\""},
      {"诺 \xf0\x9f\x98\x80", 8, "\"诺 \xf0\x9f\x98\x80\""},
      {"\xc2\x80\xc2\x9f\xc2\xa0", 6, "\"\\u0080\\u009f\xc2\xa0\""},
      {"\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa9\xe2\x80\x9c", 12, "\"\\u2028\\u202e\\u2069\xe2\x80\x9c\""},
      {"\"", 1, "\"\\\"\""},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    nuo__out_json(&out, cases[i].text, cases[i].len);
    check_text(&out, cases[i].json);
  }
  nuo__out_free(&out);
}

// ---- out of memory ----

static void test_out_of_memory(void **state) {
  (void)state;
  for (int granted = 0; granted < 4; granted++) {
    struct meter meter = {(size_t)granted, 0};
    nuo_allocator allocator = {metered, &meter};
    struct text_out out = {.allocator = &allocator};
    for (int i = 0; i < 3000; i++) nuo__out_string(&out, "0123456789");  // 30,000 bytes: 4, 8, 16, 32 KiB
    assert_true(out.failed);
    size_t len = out.len;
    nuo__out_string(&out, "x");  // nothing is added after a gap
    assert_int_equal(out.len, len);
    nuo__out_free(&out);
    assert_int_equal(meter.in_use, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_format),
      cmocka_unit_test(test_format_is_cut),
      cmocka_unit_test(test_arguments_cannot_forge_lines),
      cmocka_unit_test(test_no_half_characters),
      cmocka_unit_test(test_buffer_grows),
      cmocka_unit_test(test_numbers),
      cmocka_unit_test(test_json_strings),
      cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
