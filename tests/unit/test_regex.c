// SPDX-License-Identifier: Apache-2.0
// Regular expressions: every refusal with its place, matches worked out by hand, random patterns against the
// library's other (backtracking) matcher on the author's own spelling, and a bound on the work: the matcher
// has room for a fixed number of states and gives up beyond it, so a long text that is answered was followed
// with that many.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "runtime/regex.h"
#include "tests/unit/meter.h"

static const struct nuo_allocator *heap(void) {
  return nuo__default_allocator();
}

static int match(const char *pattern, const char *text) {
  struct regex *regex;
  size_t offset;
  assert_int_equal(nuo__regex_new(pattern, strlen(pattern), heap(), &regex, &offset), REGEX_OK);
  struct regex_scratch *scratch = nuo__regex_scratch_new(heap());
  assert_non_null(scratch);
  int result = nuo__regex_match(regex, text, strlen(text), scratch);
  nuo__regex_scratch_free(scratch);
  nuo__regex_free(regex);
  return result;
}

static void matches_anywhere(void **state) {
  (void)state;
  assert_int_equal(match("1[3-9]\\d{9}", "联系 13800138000 办理"), 1);
  assert_int_equal(match("1[3-9]\\d{9}", "联系 1380013800 办理"), 0);
  assert_int_equal(match("(?i)v\\s*x|微\\s*信", "加V X"), 1);
  assert_int_equal(match("(?i)v\\s*x|微\\s*信", "加微 信"), 1);
  assert_int_equal(match("^退订$", "退订"), 1);
  assert_int_equal(match("^退订$", "退订\n"), 0);
  assert_int_equal(match("^退订$", "回退订"), 0);
  assert_int_equal(match("a.b", "a\nb"), 0);
  assert_int_equal(match("a(?s:.)b", "a\nb"), 1);
  assert_int_equal(match("^.$", "诺"), 1);  // a character, not a byte
  assert_int_equal(match("\\d", "７"), 1);  // by Unicode
  assert_int_equal(match("\\p{Han}{3}", "ab中国c万"), 0);
  assert_int_equal(match("\\p{Han}{3}", "ab中国万"), 1);
  assert_int_equal(match("x*", ""), 1);
  assert_int_equal(match("x", ""), 0);
  assert_int_equal(match("\\x{4e2d}[^\\]\\-a-c]", "中d"), 1);
  assert_int_equal(match("(?:a|b(?i)c)d", "bCD"), 0);  // an option ends with its group
  assert_int_equal(match("[[:digit:]]+元", "只要99元"), 1);
  assert_int_equal(match("最(好|佳|优).{0,6}(国家级|第一)", "最佳选择，全国第一"), 1);
  assert_int_equal(match("最(好|佳|优).{0,3}(国家级|第一)", "最佳选择，全国第一"), 0);
}

static void refuse(const char *pattern, enum regex_status status, size_t offset) {
  size_t at = 999, at_new = 999;
  struct regex *regex;
  enum regex_status found = nuo__regex_check(pattern, strlen(pattern), &at);
  if (found != status || at != offset) fail_msg("%s: status %d at %zu", pattern, (int)found, at);
  assert_int_equal(nuo__regex_new(pattern, strlen(pattern), heap(), &regex, &at_new), status);
  assert_int_equal(at_new, offset);
}

static void refuses_with_the_place(void **state) {
  (void)state;
  refuse("", REGEX_EMPTY, 0);
  refuse("ab\xFF", REGEX_NOT_UTF8, 2);
  refuse("a(?=b)", REGEX_LOOKAROUND, 1);
  refuse("a(?!b)", REGEX_LOOKAROUND, 1);
  refuse("(?<=a)b", REGEX_LOOKAROUND, 0);
  refuse("x(?<!a)b", REGEX_LOOKAROUND, 1);
  refuse("a\\Kb", REGEX_LOOKAROUND, 1);
  refuse("(a)\\1", REGEX_BACKREFERENCE, 3);
  refuse("(a)\\g{1}", REGEX_BACKREFERENCE, 3);
  refuse("(a)\\k<n>", REGEX_BACKREFERENCE, 3);
  refuse("(a)(?P=n)", REGEX_BACKREFERENCE, 3);
  refuse("a(?R)", REGEX_RECURSION, 1);
  refuse("(a)(?1)", REGEX_RECURSION, 3);
  refuse("(a)(?-1)", REGEX_RECURSION, 3);
  refuse("(a)(?&n)", REGEX_RECURSION, 3);
  refuse("(a)?(?(1)b)", REGEX_CONDITIONAL, 4);
  refuse("(?>a)", REGEX_ATOMIC, 0);
  refuse("a*+", REGEX_ATOMIC, 1);
  refuse("a{2}+", REGEX_ATOMIC, 1);
  refuse("a(?C1)", REGEX_CALLOUT, 1);
  refuse("(*COMMIT)a", REGEX_VERB, 0);
  refuse("a(*F)", REGEX_VERB, 1);
  refuse("(?<name>a)", REGEX_UNKNOWN_GROUP, 0);
  refuse("(?|a)", REGEX_UNKNOWN_GROUP, 0);
  refuse("(?#a)", REGEX_UNKNOWN_GROUP, 0);
  refuse("(?x)a", REGEX_UNKNOWN_GROUP, 0);
  refuse("(?)a", REGEX_UNKNOWN_GROUP, 0);
  refuse("诺\\C", REGEX_UNKNOWN_ESCAPE, 3);
  refuse("\\X", REGEX_UNKNOWN_ESCAPE, 0);
  refuse("\\R", REGEX_UNKNOWN_ESCAPE, 0);
  refuse("\\Qa\\E", REGEX_UNKNOWN_ESCAPE, 0);
  refuse("a\\012", REGEX_UNKNOWN_ESCAPE, 1);
  refuse("\\x4", REGEX_UNKNOWN_ESCAPE, 0);
  refuse("\\N{U+41}", REGEX_UNKNOWN_ESCAPE, 0);
  refuse("a\\", REGEX_UNKNOWN_ESCAPE, 1);
  refuse("[\\b]", REGEX_UNKNOWN_ESCAPE, 1);
  refuse("[ab", REGEX_BAD_CLASS, 0);
  refuse("x[]a]", REGEX_BAD_CLASS, 1);
  refuse("[[.a.]]", REGEX_BAD_CLASS, 1);
  refuse("a{257}", REGEX_LARGE_REPEAT, 1);
  refuse("a{1,99999999999}", REGEX_LARGE_REPEAT, 1);
  refuse("a{3,2}", REGEX_BAD_REPEAT, 1);
  refuse("a{,2}", REGEX_BAD_REPEAT, 1);
  refuse("a{2", REGEX_BAD_REPEAT, 1);
  refuse("a{b}", REGEX_BAD_REPEAT, 1);
  refuse("a{2}{3}", REGEX_BAD_REPEAT, 4);
  refuse("*a", REGEX_NOTHING_TO_REPEAT, 0);
  refuse("a|+", REGEX_NOTHING_TO_REPEAT, 2);
  refuse("^*", REGEX_NOTHING_TO_REPEAT, 1);
  refuse("(?i)*", REGEX_NOTHING_TO_REPEAT, 4);
  refuse("a)b", REGEX_UNBALANCED, 1);
  refuse("a(b(c)", REGEX_UNBALANCED, 1);
  refuse("(a{20}){20}", REGEX_TOO_COMPLEX, 0);
  refuse("((a{1,30}b){30}){30}", REGEX_TOO_COMPLEX, 0);
}

static void tells_where_the_library_refuses(void **state) {
  (void)state;
  struct regex *regex;
  size_t at;
  assert_int_equal(nuo__regex_new("a+\\d+[z-a]", 10, heap(), &regex, &at), REGEX_INVALID);
  assert_int_equal(at, 8);  // behind the range, counted in the author's spelling
  assert_int_equal(nuo__regex_new("\\p{Hann}", 8, heap(), &regex, &at), REGEX_INVALID);
}

static void refuses_what_is_too_large(void **state) {
  (void)state;
  char pattern[LIMIT_REGEX_PATTERN + 2];
  size_t at;
  memset(pattern, 'a', sizeof pattern);
  assert_int_equal(nuo__regex_check(pattern, LIMIT_REGEX_PATTERN + 1, &at), REGEX_TOO_LONG);
  assert_int_equal(nuo__regex_check(pattern, LIMIT_REGEX_STATES + 1, &at), REGEX_TOO_COMPLEX);
  assert_int_equal(nuo__regex_check(pattern, LIMIT_REGEX_STATES, &at), REGEX_OK);
  memset(pattern, '(', LIMIT_REGEX_DEPTH + 1);
  assert_int_equal(nuo__regex_check(pattern, LIMIT_REGEX_DEPTH + 2, &at), REGEX_TOO_DEEP);
  assert_int_equal(at, LIMIT_REGEX_DEPTH);
}

// ---- random patterns against the backtracking matcher ----

static unsigned random_below(unsigned n) {
  return (unsigned)rand() / 7 % n;
}

static size_t put(char *out, const char *text) {
  size_t len = strlen(text);
  memcpy(out, text, len);
  return len;
}

// What patterns and texts are made of. Patterns that need digits are not asked of texts that have not enough
// of them, near enough to each other (regex.c).
struct alphabet {
  const char *atoms[24], *letters[12];
  unsigned atom_count, letter_count, longest;
};
static const struct alphabet words = {
    {"a",   "b", "中", "国",       ".",   "[ab]",   "[^a中]", "\\w",    "\\d", "\\x41",
     "\\b", "^", "$",  "\\p{Han}", "\\.", "[国-a]", "(?i)",   "(?s:.)", "\\s", "[\\d国]"},
    {"a", "b", "A", "中", "国", "1", " ", ".", "\n"},
    20,
    9,
    12};
static const struct alphabet numbers = {
    {"1",   "2",  "[0-9]", "[12１]", "[- ]", "[0-9０-９]", "-", "１",    "[^0-9]", "[0-9x]", "(?i)",
     "[k]", "国", "[1-]",  "[ -~]",  "\\d",  "^",          "$", "[0-9]", "[0-2]",  "k",      "."},
    {"1", "2", "１", "２", "-", " ", "国", "k", "\xE2\x84\xAA", "x"},
    22,
    10,
    18};

static size_t make_pattern(char *out, const struct alphabet *alphabet, int depth) {
  static const char *const repeats[] = {"*",     "+",     "?",  "{2}", "{1,}",  "{2,}",  "{0,}",
                                        "{0,2}", "{1,3}", "*?", "+?",  "{1,}?", "{2,}?", "??"};
  size_t len = 0;
  for (unsigned i = 0, count = 1 + random_below(4); i < count; i++) {
    if (depth > 0 && random_below(3) == 0) {
      len += put(out + len, random_below(3) ? "(" : "(?i:");
      len += make_pattern(out + len, alphabet, depth - 1);
      len += put(out + len, ")");
    } else {
      len += put(out + len, alphabet->atoms[random_below(alphabet->atom_count)]);
    }
    if (random_below(2)) len += put(out + len, repeats[random_below(sizeof repeats / sizeof *repeats)]);
    if (random_below(6) == 0) len += put(out + len, "|");
  }
  return len;
}

static void agree_with_backtracking(const struct alphabet *alphabet) {
  struct regex_scratch *scratch = nuo__regex_scratch_new(heap());
  pcre2_match_data *data = pcre2_match_data_create(32, NULL);
  int compared = 0, matched = 0;
  srand(9);
  for (int round = 0; round < 6000; round++) {
    char pattern[1024], text[64];
    size_t len = make_pattern(pattern, alphabet, 3), offset;
    struct regex *regex;
    if (nuo__regex_new(pattern, len, heap(), &regex, &offset) != REGEX_OK) continue;
    int error;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)pattern, len, PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY,
                                     &error, &at, NULL);
    assert_non_null(code);
    for (int i = 0; i < 8; i++) {
      size_t size = 0;
      for (unsigned n = random_below(alphabet->longest); n > 0; n--)
        size += put(text + size, alphabet->letters[random_below(alphabet->letter_count)]);
      int expected = pcre2_match(code, (PCRE2_SPTR)text, size, 0, 0, data, NULL);
      if (expected < 0 && expected != PCRE2_ERROR_NOMATCH) continue;
      int found = nuo__regex_match(regex, text, size, scratch);
      if (found != (expected >= 0))
        fail_msg("/%.*s/ on '%.*s': %d", (int)len, pattern, (int)size, text, found);
      compared++;
      matched += found;
    }
    pcre2_code_free(code);
    nuo__regex_free(regex);
  }
  assert_true(compared > 5000 && matched > compared / 10 && matched < compared * 9 / 10);
  pcre2_match_data_free(data);
  nuo__regex_scratch_free(scratch);
}

static void agrees_with_backtracking(void **state) {
  (void)state;
  agree_with_backtracking(&words);
  agree_with_backtracking(&numbers);
}

static void needs_digits(void **state) {
  (void)state;
  static const char *const telephone =
      "(^|[^0-9０-９])([+]?86[- ]?)?[1１][3-9][0-9０-９]([- ]?[0-9０-９]{4}){2}([^0-9０-９]|$)";
  static const struct {
    const char *pattern;
    uint32_t digits, gap;
  } cases[] = {{"1", 1, 0},
               {"[0-9]{3,5}", 3, 0},
               {"[0-9]{0,5}", 0, 0},
               {"([0-9]-?){2}[0-9]", 3, 4},
               {"[0-9]([- ]?[0-9])+", 2, 1},
               {"12|3x?4|5.{2}6", 2, 8},
               {"12|x", 0, 0},
               {"1[kK]2", 2, 4},
               {"1[^a]2", 2, 4},
               {"1.*2", 2, 65536},
               {"\\d\\d", 0, 0}};
  size_t offset;
  struct regex_lowered lowered;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(nuo__regex_lower(cases[i].pattern, strlen(cases[i].pattern), &lowered, &offset),
                     REGEX_OK);
    if (lowered.digits != cases[i].digits || (lowered.digits > 1 && lowered.gap != cases[i].gap))
      fail_msg("/%s/: %u digits, gap %u", cases[i].pattern, lowered.digits, lowered.gap);
  }
  assert_int_equal(nuo__regex_lower(telephone, strlen(telephone), &lowered, &offset), REGEX_OK);
  assert_int_equal(lowered.digits, 11);
  assert_int_equal(lowered.gap, 1);
  assert_int_equal(match(telephone, "请拨１38-0013-8000"), 1);
  assert_int_equal(match(telephone, "请拨400-820-0000，七月1日"), 0);
}

// Patterns that make naive matchers explode, on a text so long that a second power of its length would never
// end.
static void work_does_not_grow_with_the_text(void **state) {
  (void)state;
  static const char *const patterns[] = {"((a+)+)+[bz]",   "(a|a)*[bz]",   "(a*)*[bz]",
                                         "a+[bz]",         "[ab]{3,}[cz]", "\\w+\\w+\\w+[!?]",
                                         "(\\w{2,}a?)+!",  ".+.+.+\\d",    "(a+|[ab]+|\\w+)+[!?]",
                                         "(a{2,}){3,}[bz]"};
  enum { LEN = 200000 };
  char *text = malloc(LEN);
  assert_non_null(text);
  memset(text, 'a', LEN);
  struct regex_scratch *scratch = nuo__regex_scratch_new(heap());
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
    struct regex *regex;
    size_t offset;
    assert_int_equal(nuo__regex_new(patterns[i], strlen(patterns[i]), heap(), &regex, &offset), REGEX_OK);
    assert_int_equal(nuo__regex_match(regex, text, LEN, scratch), 0);
    nuo__regex_free(regex);
  }
  nuo__regex_scratch_free(scratch);
  free(text);
}

// The densest patterns that are accepted still fit the fixed room for states.
static void full_size_patterns_fit(void **state) {
  (void)state;
  char text[600];
  memset(text, 'a', sizeof text);
  static const char *const units[] = {"a?", "a*", "a|", "(a|b)?", "(a*)*", "a{1,9}", "(a?b?)*"};
  struct regex_scratch *scratch = nuo__regex_scratch_new(heap());
  for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
    char pattern[LIMIT_REGEX_PATTERN + 64];
    size_t len, offset;
    struct regex *regex = NULL;
    for (int count = 400; regex == NULL && count > 0; count--) {
      len = put(pattern, "(");
      for (int i = 0; i < count && len < LIMIT_REGEX_PATTERN; i++) len += put(pattern + len, units[u]);
      len += put(pattern + len, "a)*[bz]");
      if (nuo__regex_new(pattern, len, heap(), &regex, &offset) != REGEX_OK) regex = NULL;
    }
    assert_non_null(regex);
    assert_int_equal(nuo__regex_match(regex, text, sizeof text, scratch), 0);
    nuo__regex_free(regex);
  }
  nuo__regex_scratch_free(scratch);
}

static void running_out_of_memory_leaks_nothing(void **state) {
  (void)state;
  const char pattern[] = "(a+|\\p{Han}{2,3})?[^b中]";
  enum regex_status status = REGEX_NO_MEMORY;
  struct regex_scratch *scratch = NULL;
  for (size_t allowed = 0; status != REGEX_OK || scratch == NULL; allowed++) {
    struct meter meter = {allowed, 0};
    const struct nuo_allocator allocator = {metered, &meter};
    struct regex *regex = NULL;
    size_t offset;
    status = nuo__regex_new(pattern, sizeof pattern - 1, &allocator, &regex, &offset);
    assert_true(status == REGEX_OK || status == REGEX_NO_MEMORY);
    meter.left = allowed;
    scratch = nuo__regex_scratch_new(&allocator);
    nuo__regex_scratch_free(scratch);
    nuo__regex_free(regex);
    assert_int_equal(meter.in_use, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(matches_anywhere),
      cmocka_unit_test(refuses_with_the_place),
      cmocka_unit_test(tells_where_the_library_refuses),
      cmocka_unit_test(refuses_what_is_too_large),
      cmocka_unit_test(agrees_with_backtracking),
      cmocka_unit_test(needs_digits),
      cmocka_unit_test(work_does_not_grow_with_the_text),
      cmocka_unit_test(full_size_patterns_fit),
      cmocka_unit_test(running_out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
