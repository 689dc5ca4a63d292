// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/json.h: what RFC 8259 allows is taken, whatever else is refused at the byte that is wrong.
// Offsets, texts and values are worked out by hand from the RFC's grammar.
#include "runtime/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/limits.h"
#include "runtime/scan.h"

static struct json_name names[JSON_NAME_CAP];
static nuo_error error;

static struct json over(const char *text, size_t len) {
  error = (nuo_error){.status = NUO_OK};
  return (struct json){.start = text,
                       .at = text,
                       .end = text + len,
                       .error = &error,
                       .names = names,
                       .name_cap = JSON_NAME_CAP};
}

static bool is_one_value(struct json j) {
  if (!nuo__json_skip(&j)) return false;
  nuo__json_space(&j);
  return j.at == j.end || nuo__json_fail(&j, j.at, "something follows", "后面还有内容");
}

// Whether `text` is one JSON value, and nothing after it: the same with a map of the text and without.
static bool is_json(const char *text, size_t len) {
  struct json j = over(text, len);
  uint64_t *ends = malloc(SCAN_WORDS(len) * sizeof *ends);
  assert_non_null(ends);
  nuo__scan(text, len, ends);
  const bool is_one = is_one_value(j);
  const nuo_error plain = error;
  j = over(text, len);
  j.ends = ends;
  assert_int_equal(is_one_value(j), is_one);
  assert_int_equal(error.offset, plain.offset);
  assert_string_equal(error.message, plain.message);
  free(ends);
  return is_one;
}

static void check_good(const char *text) {
  if (!is_json(text, strlen(text))) fail_msg("%s: %s at %d", text, error.message, (int)error.offset);
}

static void check_bad(const char *text, size_t len, unsigned offset, const char *message) {
  if (is_json(text, len)) fail_msg("taken: %s", text);
  assert_int_equal(error.status, NUO_BAD_EVENT);
  if (error.offset != offset) fail_msg("%s: offset %d, not %u", text, (int)error.offset, offset);
  if (strcmp(error.message, message) != 0) fail_msg("%s: %s", text, error.message);
  if (error.message_zh[0] == 0) fail_msg("%s: nothing in Chinese", text);
}

// ---- syntax ----

static void test_good_texts(void **state) {
  (void)state;
  static const char *const texts[] = {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "\"\"",
      "[]",
      "{}",
      " [ ] ",
      "\t\r\n { \t\r\n } \t\r\n ",
      "[1,2 , 3]",
      "[[],[[]],{}]",
      "{\"a\":1}",
      "{\"a\" : 1 , \"b\" : [ true , false , null ] }",
      "{\"\":0}",                        // the empty name is a name
      "{\"a\":{\"a\":{\"a\":1}}}",       // the same name in another object
      "[{\"a\":1},{\"a\":2}]",           // likewise
      "{\"a\":1,\"A\":2,\"a \":3}",      // three names
      "{\"\\u00e9\":1,\"e\\u0301\":2}",  // not normalised: two names
      "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\\uFFFF\"",
      "\"\\uD83D\\uDE00\"",
      "\"\x7f\"",  // DEL is not a control character of the RFC
      "\"\xe4\xb8\xad\xf0\x9f\x98\x80\"",
      "\"/\"",
      "1.5",
      "-1.5e10",
      "1E+2",
      "1e-2",
      "0e0",
      "0.0",
      "1e999999999999",  // a number all the same
      "123456789012345678901234567890",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) check_good(texts[i]);
}

#define VALUE "a value is expected here"
#define NO_VALUE "the text ends where a value is expected"
#define DIGIT "a digit is expected here"
#define NAME "a member's name in quotes is expected here"
#define OPEN "a string is not closed"
#define CONTROL "a control character inside a string has to be escaped"
#define HEX "\\u wants four hexadecimal digits"
#define HALF "half of a surrogate pair without the other half"
#define ESCAPE "no such escape in JSON"

static void test_bad_texts(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned offset;
    const char *message;
  } cases[] = {
      {"", 0, NO_VALUE},
      {"   ", 3, NO_VALUE},
      {"\v1", 0, VALUE},             // no white space of JSON
      {"\xef\xbb\xbf{}", 0, VALUE},  // a byte order mark
      {"\xc2\xa0{}", 0, VALUE},      // a no-break space
      {"// a\n1", 0, VALUE},
      {"/* a */1", 0, VALUE},
      {"'a'", 0, VALUE},
      {"a", 0, VALUE},
      {"NaN", 0, VALUE},
      {"Infinity", 0, VALUE},
      {"-Infinity", 1, DIGIT},
      {"undefined", 0, VALUE},
      {"TRUE", 0, VALUE},
      {"tru", 0, VALUE},
      {"trap", 0, VALUE},
      {"nul", 0, VALUE},
      {"nullx", 4, "something follows"},
      {"1 2", 2, "something follows"},
      {"{}{}", 2, "something follows"},
      {"{} ,", 3, "something follows"},
      {"]", 0, VALUE},
      {"}", 0, VALUE},
      {",", 0, VALUE},
      {":", 0, VALUE},

      {"+1", 0, VALUE},
      {".5", 0, VALUE},
      {"-", 1, DIGIT},
      {"--1", 1, DIGIT},
      {"- 1", 1, DIGIT},
      {"-a", 1, DIGIT},
      {"01", 1, "a number may not begin with 0"},
      {"-00", 2, "a number may not begin with 0"},
      {"1.", 2, "a digit is expected after the point"},
      {"1.e5", 2, "a digit is expected after the point"},
      {"1.-5", 2, "a digit is expected after the point"},
      {"1e", 2, "a digit is expected in the exponent"},
      {"1e+", 3, "a digit is expected in the exponent"},
      {"1e+-1", 3, "a digit is expected in the exponent"},
      {"1e1.5", 3, "something follows"},
      {"0x10", 1, "something follows"},
      {"1_000", 1, "something follows"},
      {"1f", 1, "something follows"},

      {"[", 1, NO_VALUE},
      {"[1", 2, "the text ends where ',' or ']' is expected"},
      {"[1,", 3, NO_VALUE},
      {"[,]", 1, VALUE},
      {"[1,]", 3, "a comma before ']'"},
      {"[1,,2]", 3, VALUE},
      {"[1 2]", 3, "',' or ']' expected here"},
      {"[1}", 2, "',' or ']' expected here"},
      {"[1:2]", 2, "',' or ']' expected here"},

      {"{", 1, NAME},
      {"{]", 1, NAME},
      {"{a:1}", 1, NAME},
      {"{'a':1}", 1, NAME},
      {"{1:1}", 1, NAME},
      {"{null:1}", 1, NAME},
      {"{,}", 1, NAME},
      {"{\"a\"", 4, "the text ends where ':' is expected"},
      {"{\"a\" 1}", 5, "':' expected here"},
      {"{\"a\"}", 4, "':' expected here"},
      {"{\"a\":", 5, NO_VALUE},
      {"{\"a\":}", 5, VALUE},
      {"{\"a\"::1}", 5, VALUE},
      {"{\"a\":1", 6, "the text ends where ',' or '}' is expected"},
      {"{\"a\":1]", 6, "',' or '}' expected here"},
      {"{\"a\":1 \"b\":2}", 7, "',' or '}' expected here"},
      {"{\"a\":1,}", 7, "a comma before '}'"},
      {"{\"a\":1,,\"b\":2}", 7, NAME},
      {"{\"a\":1;\"b\":2}", 6, "',' or '}' expected here"},

      {"\"", 0, OPEN},
      {"[\"a]", 1, OPEN},
      {"{\"a", 1, OPEN},
      {"\"\\", 1, "the text ends inside a string"},
      {"\"\\\"", 0, OPEN},  // the quote is escaped
      {"\"a\nb\"", 2, CONTROL},
      {"\"\t\"", 1, CONTROL},
      {"\"\x1f\"", 1, CONTROL},
      {"\"\\a\"", 1, ESCAPE},
      {"\"\\'\"", 1, ESCAPE},
      {"\"\\0\"", 1, ESCAPE},
      {"\"\\x41\"", 1, ESCAPE},
      {"\"\\U0041\"", 1, ESCAPE},
      {"\"\\\n\"", 1, ESCAPE},
      {"\"\\u\"", 1, HEX},
      {"\"\\u12\"", 1, HEX},
      {"\"\\u123g\"", 1, HEX},
      {"\"\\u 123\"", 1, HEX},
      {"\"\\u+123\"", 1, HEX},
      {"\"\\u{1F600}\"", 1, HEX},
      {"\"\\u00", 1, HEX},
      {"\"\\uD800\"", 1, HALF},
      {"\"\\udfff\"", 1, HALF},
      {"\"ab\\uD83Dcd\"", 3, HALF},
      {"\"\\uD83D\\n\"", 1, HALF},
      {"\"\\uD83D\\uD83D\"", 1, HALF},
      {"\"\\uDE00\\uD83D\"", 1, HALF},  // the wrong way round
      {"\"\\uD83D\\u0041\"", 1, HALF},
      {"\"\\uD83D\\uDE0", 1, HALF},
      {"\"\\uD83D\\uDE0g\"", 1, HALF},
      {"\"\\uD83D \\uDE00\"", 1, HALF},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_bad(cases[i].text, strlen(cases[i].text), cases[i].offset, cases[i].message);
}

static void test_nul_bytes(void **state) {
  (void)state;
  check_bad("\0", 1, 0, VALUE);
  check_bad("1\0", 2, 1, "something follows");
  check_bad("\"a\0b\"", 5, 2, CONTROL);
  check_bad("[\0]", 3, 1, VALUE);
  check_bad("[1\0]", 4, 2, "',' or ']' expected here");
  check_bad("{\0}", 3, 1, NAME);
  check_bad("{\"a\"\0:1}", 8, 4, "':' expected here");
  check_bad("\"\\\0\"", 4, 1, ESCAPE);
  check_bad("-\0", 2, 1, DIGIT);
}

// No byte short of a whole text is one, and the place told is never beyond what there is.
static void test_truncated_everywhere(void **state) {
  (void)state;
  static const char text[] =
      "{\"a\\u00e9\":[-1.5e+3,true,{\"b\":null}],\"c\":\"x\\uD83D\\uDE00\\n\",\"d\":{}}";
  check_good(text);
  for (size_t len = 0; len < sizeof text - 1; len++) {
    char *exact = malloc(len + 1);  // so that a sanitizer sees a read beyond the end
    assert_non_null(exact);
    memcpy(exact, text, len);
    char *fitted = realloc(exact, len == 0 ? 1 : len);
    if (is_json(fitted, len)) fail_msg("taken: %d bytes", (int)len);
    assert_true(error.offset <= len);
    free(fitted);
  }
}

// ---- depth and members ----

static char *repeat(char *at, const char *text, unsigned count) {
  for (unsigned i = 0; i < count; i++) at += sprintf(at, "%s", text);
  return at;
}

static void test_depth(void **state) {
  (void)state;
  char text[2000], *at;
  at = repeat(text, "[", LIMIT_EVENT_DEPTH);
  repeat(at, "]", LIMIT_EVENT_DEPTH);
  check_good(text);
  at = repeat(text, "[", LIMIT_EVENT_DEPTH + 1);
  repeat(at, "]", LIMIT_EVENT_DEPTH + 1);
  check_bad(text, strlen(text), LIMIT_EVENT_DEPTH, "nested more than 64 levels deep");
  at = repeat(text, "{\"a\":", LIMIT_EVENT_DEPTH);
  at = repeat(at, "0", 1);
  repeat(at, "}", LIMIT_EVENT_DEPTH);
  check_good(text);
  at = repeat(text, "{\"a\":", LIMIT_EVENT_DEPTH);
  repeat(at, "[]", 1);
  check_bad(text, strlen(text), 5 * LIMIT_EVENT_DEPTH, "nested more than 64 levels deep");
  at = repeat(text, "[", 1);
  at = repeat(at, "[[]],", 100);  // one after the other is not deep
  repeat(at, "0]", 1);
  check_good(text);
}

static void test_a_million_levels(void **state) {
  (void)state;
  enum { LEVELS = 1000000 };
  char *text = malloc(LEVELS);
  assert_non_null(text);
  memset(text, '[', LEVELS);
  check_bad(text, LEVELS, LIMIT_EVENT_DEPTH, "nested more than 64 levels deep");
  free(text);
}

static void test_number_of_members(void **state) {
  (void)state;
  char *text = malloc(200000), *at = text;
  assert_non_null(text);
  *at++ = '{';
  unsigned last = 0;
  for (unsigned i = 0; i <= LIMIT_OBJECT_MEMBERS; i++) {
    last = (unsigned)(at - text);
    at += sprintf(at, "\"m%u\":0,", i);
  }
  strcpy(at - 1, "}");
  check_bad(text, strlen(text), last, "more than 512 members in one object");
  strcpy(text + last - 1, "}");
  check_good(text);
  free(text);
}

// Eight objects of 512 members inside one another fill the room for names; a name more does not fit.
static void test_members_of_nested_objects(void **state) {
  (void)state;
  char *text = malloc(200000), *at = text;
  assert_non_null(text);
  for (unsigned level = 0; level < JSON_NAME_CAP / LIMIT_OBJECT_MEMBERS; level++) {
    *at++ = '{';
    for (unsigned i = 0; i < LIMIT_OBJECT_MEMBERS - 1; i++) at += sprintf(at, "\"m%u\":0,", i);
    at += sprintf(at, "\"o\":");
  }
  unsigned here = (unsigned)(at - text);
  strcpy(at, "{}}}}}}}}}");
  check_good(text);
  strcpy(at, "{\"a\":0}}}}}}}}}");
  check_bad(text, strlen(text), here + 1, "more than 4096 members in nested objects");
  free(text);
}

static void test_names_given_twice(void **state) {
  (void)state;
  check_bad("{\"a\":1,\"a\":2}", 13, 7, "the member \"a\" is given twice");
  check_bad("{\"\":1,\"\":2}", 11, 6, "the member \"\" is given twice");
  static const struct {
    const char *text;
    unsigned offset;
  } cases[] = {
      {"{\"id\":1,\"\\u0069d\":2}", 8},
      {"{\"\\u0069d\":1,\"id\":2}", 13},
      {"{\"\\u0069d\":1,\"i\\u0064\":2}", 13},
      {"{\"/\":1,\"\\/\":2}", 7},
      {"{\"\\n\":1,\"\\u000a\":2}", 8},
      {"{\"\\u4e2d\":1,\"\xe4\xb8\xad\":2}", 12},             // 中
      {"{\"\\uD83D\\uDE00\":1,\"\xf0\x9f\x98\x80\":2}", 18},  // a face
      {"{\"a\":{\"x\":0},\"b\":0,\"a\":1}", 19},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    if (is_json(cases[i].text, strlen(cases[i].text))) fail_msg("taken: %s", cases[i].text);
    if (error.offset != cases[i].offset) fail_msg("%s: offset %d", cases[i].text, (int)error.offset);
    assert_non_null(strstr(error.message, "is given twice"));
  }
}

static void test_long_names(void **state) {
  (void)state;
  char text[LIMIT_MEMBER_NAME + 100];
  sprintf(text, "{\"%0*d\":0}", LIMIT_MEMBER_NAME, 0);
  check_good(text);
  sprintf(text, "{\"%0*d\":0}", LIMIT_MEMBER_NAME + 1, 0);
  check_bad(text, strlen(text), 1, "a member's name is longer than 1024 bytes");
  // The greatest name of escapes, twice.
  char twice[2 * LIMIT_MEMBER_NAME + 100], *at = twice;
  at = repeat(at, "{\"", 1);
  at = repeat(at, "\\u4e2d", LIMIT_MEMBER_NAME / 6);
  at = repeat(at, "\":0,\"", 1);
  at = repeat(at, "\xe4\xb8\xad", LIMIT_MEMBER_NAME / 6);
  repeat(at, "\":0}", 1);
  assert_false(is_json(twice, strlen(twice)));
  assert_int_equal(error.offset, 1 + 1 + LIMIT_MEMBER_NAME / 6 * 6 + 4);
}

// ---- strings ----

static void test_unescape(void **state) {
  (void)state;
  static const struct {
    const char *json, *text;
    size_t len;
  } cases[] = {
      {"\"plain\"", "plain", 5},
      {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", 8},
      {"\"\\u0041\\u0042c\"", "ABc", 3},
      {"\"a\\u0000b\"", "a\0b", 3},
      {"\"\\u007f\\u0080\"", "\x7f\xc2\x80", 3},
      {"\"\\u07ff\\u0800\"", "\xdf\xbf\xe0\xa0\x80", 5},
      {"\"\\uffff\"", "\xef\xbf\xbf", 3},
      {"\"\\ud7ff\\ue000\"", "\xed\x9f\xbf\xee\x80\x80", 6},
      {"\"\\uD800\\uDC00\"", "\xf0\x90\x80\x80", 4},    // U+10000
      {"\"\\uDBFF\\uDFFF\"", "\xf4\x8f\xbf\xbf", 4},    // U+10FFFF
      {"\"\\ud83d\\ude00x\"", "\xf0\x9f\x98\x80x", 5},  // U+1F600
      {"\"\\\\u0041\"", "\\u0041", 6},                  // a backslash, then letters
      {"\"\\u4F60\\u597D\xe4\xbd\xa0\"", "\xe4\xbd\xa0\xe5\xa5\xbd\xe4\xbd\xa0", 9},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct json j = over(cases[i].json, strlen(cases[i].json));
    struct json_string s;
    assert_true(nuo__json_string(&j, &s));
    assert_ptr_equal(j.at, j.end);
    assert_int_equal(s.escaped, strchr(cases[i].json, '\\') != NULL);
    char *out = malloc(s.len);  // exactly the room that is promised to suffice
    assert_non_null(out);
    assert_int_equal(nuo__json_unescape(&s, out), cases[i].len);
    assert_memory_equal(out, cases[i].text, cases[i].len);
    free(out);
  }
}

// A byte that ends the plain part of a string is found wherever it stands, however long the string, and
// nothing is read beyond the end of the text.
static void test_every_place_in_a_string(void **state) {
  (void)state;
  enum { LONGEST = 70 };
  for (size_t len = 1; len <= LONGEST; len++)
    for (size_t at = 0; at < len; at++) {
      char *text = malloc(len + 2);
      assert_non_null(text);
      memset(text, "a \x7f\x80\xff"[len % 5], len + 2);  // bytes beside the ends in one order or the other
      text[0] = text[len + 1] = '"';
      static const char ends[] = {'\0', '\n', '\x1f'};
      for (size_t i = 0; i < sizeof ends; i++) {
        text[1 + at] = ends[i];
        assert_false(is_json(text, len + 2));
        assert_int_equal(error.offset, 1 + at);
        assert_string_equal(error.message, CONTROL);
      }
      struct json_string string;
      text[1 + at] = '"';
      struct json j = over(text, len + 2);
      assert_true(nuo__json_string(&j, &string));
      assert_int_equal(string.len, at);
      assert_false(string.escaped);
      text[1 + at] = '\\';
      if (at + 1 < len) text[2 + at] = 'n';  // else the quote at the end is escaped
      assert_int_equal(is_json(text, len + 2), at + 1 < len);
      char *open = malloc(len + 1);
      assert_non_null(open);
      memset(open, 'a', len + 1);
      open[0] = '"';
      assert_false(is_json(open, len + 1));
      assert_string_equal(error.message, OPEN);
      free(open);
      free(text);
    }
}

// ---- numbers ----

static struct json_number number_of(const char *text) {
  struct json j = over(text, strlen(text));
  struct json_number n;
  if (!nuo__json_number(&j, &n) || j.at != j.end) fail_msg("%s: %s", text, error.message);
  return n;
}

static void check_integer(const char *text, int64_t wanted) {
  struct json_number n = number_of(text);
  int64_t value = 0;
  if (!nuo__json_integer(&n, &value)) fail_msg("%s is refused", text);
  if (value != wanted) fail_msg("%s: %lld", text, (long long)value);
}

static void check_decimal(const char *text, int64_t wanted) {
  struct json_number n = number_of(text);
  int64_t value = 0;
  if (!nuo__json_decimal(&n, &value)) fail_msg("%s is refused", text);
  if (value != wanted) fail_msg("%s: %lld", text, (long long)value);
}

static void test_integers(void **state) {
  (void)state;
  check_integer("0", 0);
  check_integer("-0", 0);
  check_integer("0.000", 0);
  check_integer("0e99999999999999999999", 0);
  check_integer("7", 7);
  check_integer("-7", -7);
  check_integer("10.0", 10);
  check_integer("1e3", 1000);
  check_integer("1E+3", 1000);
  check_integer("1.25e2", 125);
  check_integer("1000e-3", 1);
  check_integer("1.000000000000000000000000000000", 1);
  check_integer("0.0000000000000000000001e22", 1);
  check_integer("1000000000000000000000000e-24", 1);
  check_integer("9223372036854775807", INT64_MAX);
  check_integer("9223372036854775807.00", INT64_MAX);
  check_integer("9.223372036854775807e18", INT64_MAX);
  check_integer("-9223372036854775808", INT64_MIN);
  check_integer("-922337203685477580800e-2", INT64_MIN);
  check_integer("9007199254740993", 9007199254740993);  // 2^53 + 1, which no double holds
}

static void test_not_integers(void **state) {
  (void)state;
  static const char *const texts[] = {
      "0.5",
      "1.5",
      "1e-1",
      "125e-2",
      "9223372036854775808",
      "-9223372036854775809",
      "9223372036854775807.5",
      "18446744073709551615",
      "18446744073709551616",
      "18446744073709551617",
      "36893488147419103233",  // 2^65 + 1: 1 when it wraps around
      "1e19",
      "1e400",
      "-1e400",
      "1e-400",
      "1e2147483647",
      "1e2147483648",
      "1e-2147483649",
      "1e4294967296",  // 1 when the exponent wraps around
      "1e18446744073709551616",
      "100000000000000000000000000000000000000000",
      "1.00000000000000000000000000000000000000001",
  };
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    struct json_number n = number_of(texts[i]);
    int64_t value;
    if (nuo__json_integer(&n, &value)) fail_msg("%s is taken for %lld", texts[i], (long long)value);
  }
}

static void test_decimals(void **state) {
  (void)state;
  check_decimal("0", 0);
  check_decimal("1", 1000000);
  check_decimal("-1.5", -1500000);
  check_decimal("0.000001", 1);
  check_decimal("0.0000010000000000000000", 1);
  check_decimal("1e-6", 1);
  check_decimal("123.456e-3", 123456);
  check_decimal("0.1", 100000);  // exactly
  check_decimal("9223372036854.775807", INT64_MAX);
  check_decimal("-9223372036854.775808", INT64_MIN);
  check_decimal("9223372036854775807e-6", INT64_MAX);
  check_decimal("1e12", 1000000000000000000);
  static const char *const refused[] = {
      "0.0000001",
      "1.0000001",
      "1e-7",
      "9223372036854.775808",
      "-9223372036854.775809",
      "9223372036855",
      "1e13",
      "1e300",
      "0.00000100000000000000000000000000000001",
      "1e-4294967296",
  };
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    struct json_number n = number_of(refused[i]);
    int64_t value;
    if (nuo__json_decimal(&n, &value)) fail_msg("%s is taken for %lld", refused[i], (long long)value);
  }
}

// A million zeros and an exponent that nearly undoes them: the exponent may not be cut where it still counts.
static void test_long_numbers(void **state) {
  (void)state;
  enum { ZEROS = 1000000 };
  char *text = malloc(ZEROS + 40);
  assert_non_null(text);
  memcpy(text, "0.", 2);
  memset(text + 2, '0', ZEROS);
  strcpy(text + 2 + ZEROS, "1e1000001");
  check_integer(text, 1);
  static const char *const exponents[] = {"1e10000000", "1e1000000000", "1e1000021"};
  for (size_t i = 0; i < sizeof exponents / sizeof *exponents; i++) {
    strcpy(text + 2 + ZEROS, exponents[i]);
    struct json_number n = number_of(text);
    int64_t value;
    if (nuo__json_integer(&n, &value)) fail_msg("…%s is taken for %lld", exponents[i], (long long)value);
    if (nuo__json_decimal(&n, &value))
      fail_msg("…%s is taken for %lld millionths", exponents[i], (long long)value);
  }
  text[0] = '1';
  memset(text + 1, '0', ZEROS);
  strcpy(text + 1 + ZEROS, "e-1000000");
  check_integer(text, 1);
  check_decimal(text, 1000000);
  free(text);
}

// ---- walking ----

static void test_walk(void **state) {
  (void)state;
  static const char text[] = " { \"n\" : 5 , \"l\" : [ \"x\" , \"y\" ] , \"t\" : true } ";
  struct json j = over(text, sizeof text - 1);
  struct json_object object, array;
  struct json_string name, string;
  struct json_number n;
  assert_int_equal(nuo__json_peek(&j), '{');
  assert_true(nuo__json_object_begin(&j, &object));
  assert_true(nuo__json_object_next(&j, &object, &name));
  assert_int_equal(name.len, 1);
  assert_int_equal(name.raw[0], 'n');
  assert_true(nuo__json_number(&j, &n));
  assert_int_equal(n.mantissa, 5);
  assert_true(nuo__json_object_next(&j, &object, &name));
  assert_int_equal(name.raw[0], 'l');
  assert_true(nuo__json_array_begin(&j, &array));
  assert_int_equal(j.depth, 2);
  for (char wanted = 'x'; wanted <= 'y'; wanted++) {
    assert_true(nuo__json_array_next(&j, &array));
    assert_true(nuo__json_string(&j, &string));
    assert_int_equal(string.raw[0], wanted);
  }
  assert_false(nuo__json_array_next(&j, &array));
  assert_true(nuo__json_object_next(&j, &object, &name));
  assert_int_equal(name.raw[0], 't');
  assert_int_equal(nuo__json_peek(&j), 't');
  assert_true(nuo__json_word(&j, "true", 4));
  assert_false(nuo__json_object_next(&j, &object, &name));
  assert_int_equal(error.status, NUO_OK);
  assert_int_equal(j.depth, 0);
  assert_int_equal(j.name_count, 0);
  assert_int_equal(nuo__json_peek(&j), 0);
  assert_ptr_equal(j.at, j.end);
}

// The first mistake is the one told, and nothing is read after it.
static void test_first_mistake_stays(void **state) {
  (void)state;
  struct json j = over("[1,x,\"", 6);
  struct json_object array;
  assert_true(nuo__json_array_begin(&j, &array));
  assert_true(nuo__json_array_next(&j, &array));
  assert_true(nuo__json_skip(&j));
  assert_true(nuo__json_array_next(&j, &array));
  assert_false(nuo__json_skip(&j));
  assert_false(nuo__json_array_next(&j, &array));
  assert_false(nuo__json_fail(&j, j.end, "another", "另一个"));
  assert_int_equal(error.offset, 3);
  assert_string_equal(error.message, VALUE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good_texts),
      cmocka_unit_test(test_bad_texts),
      cmocka_unit_test(test_nul_bytes),
      cmocka_unit_test(test_truncated_everywhere),
      cmocka_unit_test(test_depth),
      cmocka_unit_test(test_a_million_levels),
      cmocka_unit_test(test_number_of_members),
      cmocka_unit_test(test_members_of_nested_objects),
      cmocka_unit_test(test_names_given_twice),
      cmocka_unit_test(test_long_names),
      cmocka_unit_test(test_unescape),
      cmocka_unit_test(test_every_place_in_a_string),
      cmocka_unit_test(test_integers),
      cmocka_unit_test(test_not_integers),
      cmocka_unit_test(test_decimals),
      cmocka_unit_test(test_long_numbers),
      cmocka_unit_test(test_walk),
      cmocka_unit_test(test_first_mistake_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
