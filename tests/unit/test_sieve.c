// SPDX-License-Identifier: Apache-2.0
// The sieve gives either the matcher's answer or none: at every place of texts of every length around its
// blocks, for every character that might hide what is looked for, and for what has to stand at an end. Random
// texts: test_match.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/match.h"
#include "runtime/sieve.h"
#include "runtime/utf8.h"
#include "tests/cpu_limit.h"

struct set {
  void *blob;
  size_t size;
  struct sieve sieve;
  bool made;
  struct match_scratch scratch;
};

static void begin(struct set *s, const struct match_pattern *patterns, size_t count) {
  assert_int_equal(nuo__match_build(patterns, count, nuo__default_allocator(), &s->blob, &s->size, NULL),
                   MATCH_OK);
  s->made = nuo__sieve_make(s->blob, &s->sieve);
  nuo__match_scratch_init(&s->scratch, nuo__default_allocator());
}

static void end(struct set *s) {
  nuo__match_scratch_free(&s->scratch);
  nuo__free(nuo__default_allocator(), s->blob, s->size);
}

static struct match_pattern pattern(const char *text, enum match_kind kind, uint32_t output) {
  return (struct match_pattern){text, strlen(text), kind, NUO__FOLD_DEFAULT, output};
}

// Whether the sieve answered, on every processor alike; if so, as the matcher.
static bool answers(struct set *s, const char *text, size_t len) {
  uint64_t sieved = 0, matched = 0;
  // A copy of just this size, so that a sanitizer sees what is read behind it.
  char *copy = malloc(len + 1);
  assert_non_null(copy);
  memcpy(copy, text, len);
  assert_true(nuo__match_scan(s->blob, copy, len, &s->scratch, &matched));
  bool answered = false;
  for (unsigned level = CPU_AVX2; level <= (unsigned)nuo__cpu_detected(); level++) {
    cpu_limit((enum cpu_level)level);
    const bool answers_now = nuo__sieve_scan(&s->sieve, copy, len, &sieved);
    if (level > CPU_AVX2) assert_int_equal(answers_now, answered);
    answered = answers_now;
    if (answered) assert_int_equal(sieved, matched);
  }
  free(copy);
  return answered;
}

static bool has_sieve(void) {
  return nuo__cpu_detected() >= CPU_AVX2;
}

static void finds_at_every_place(void **state) {
  (void)state;
  struct set s;
  const struct match_pattern patterns[] = {
      pattern("稳赚不赔", MATCH_CONTAINS, 0), pattern("险", MATCH_CONTAINS, 1),
      pattern("vx", MATCH_CONTAINS, 2),       pattern("满100", MATCH_CONTAINS, 3),
      pattern("广告", MATCH_STARTS, 4),       pattern("广告", MATCH_ENDS, 5),
      pattern("退订", MATCH_EQUALS, 6)};
  static const char *const planted[] = {"稳赚不赔", "稳赚不", "险", "VX", "vX", "满100", "广告", "退订"};
  begin(&s, patterns, sizeof patterns / sizeof *patterns);
  assert_true(s.made);
  for (size_t length = 0; length < 45; length++) {
    for (size_t p = 0; p < sizeof planted / sizeof *planted; p++) {
      for (size_t place = 0; place <= length; place++) {
        char text[256];
        size_t len = 0;
        for (size_t i = 0; i <= length; i++)
          len += (size_t)sprintf(text + len, "%s", i == place ? planted[p] : i % 5 == 0 ? "a" : "稳");
        assert_int_equal(answers(&s, text, len), has_sieve());
        assert_int_equal(answers(&s, planted[p], strlen(planted[p])), has_sieve());
      }
    }
  }
  end(&s);
}

// Letters and digits twice, so that whatever is folded to one of them is found twice in a row.
static void no_character_hides_a_match(void **state) {
  (void)state;
  static char pairs[36][3];
  struct match_pattern patterns[37];
  struct set s;
  for (uint32_t i = 0; i < 36; i++) {
    memset(pairs[i], "abcdefghijklmnopqrstuvwxyz0123456789"[i], 2);
    patterns[i] = pattern(pairs[i], MATCH_CONTAINS, i);
  }
  patterns[36] = pattern("微信", MATCH_CONTAINS, 36);
  begin(&s, patterns, 37);
  assert_true(s.made);
  uint32_t unanswered = 0;
  for (uint32_t c = 1; c < 0xE0200; c++) {
    if (c == 0xD800) c = 0xE000;
    if (c == 0x30000) c = 0xE0100;  // nothing is there
    char text[32] = "微", sign[5] = {0};
    const size_t size = nuo__utf8_encode(c, sign);
    size_t len = 3;
    for (int i = 0; i < 2; i++, len += size) memcpy(text + len, sign, size);
    memcpy(text + len, "信", 3);
    if (has_sieve()) unanswered += !answers(&s, text, len + 3);
  }
  // 10 digits, 52 letters, the long s and Kelvin, 45 + 256 that vanish; some more are allowed, few.
  if (has_sieve()) assert_in_range(unanswered, 365, 450);
  end(&s);
}

static void leaves_the_rest_to_the_matcher(void **state) {
  (void)state;
  struct set s;
  const struct match_pattern half[] = {pattern("http://", MATCH_CONTAINS, 0),
                                       pattern("（优惠）", MATCH_STARTS, 1)};
  begin(&s, half, 2);
  assert_true(s.made);
  assert_int_equal(answers(&s, "有风险，请看清条款。HT", 31), has_sieve());
  assert_false(answers(&s, "见HTTP：／／", 16));
  assert_false(answers(&s, "(优惠)", 8));
  end(&s);
  const struct match_pattern sign[] = {pattern("！", MATCH_CONTAINS, 0)};
  begin(&s, sign, 1);
  assert_false(s.made);
  end(&s);
  struct match_pattern strict = pattern("微信", MATCH_CONTAINS, 0);
  strict.fold = NUO__FOLD_STRICT;
  begin(&s, &strict, 1);
  assert_false(s.made);
  end(&s);
}

// What may lie in an excepted phrase is for the matcher; what cannot is not.
static void excepted_phrases_are_for_the_matcher(void **state) {
  (void)state;
  struct set s;
  const struct match_pattern patterns[] = {pattern("第一", MATCH_CONTAINS, 0),
                                           pattern("第一季", MATCH_EXCEPT, 0),
                                           pattern("微信", MATCH_CONTAINS, 1)};
  begin(&s, patterns, 3);
  assert_true(s.made);
  assert_int_equal(answers(&s, "加微信", 9), has_sieve());
  assert_int_equal(answers(&s, "季度", 6), has_sieve());
  assert_false(answers(&s, "第一季", 9));
  assert_false(answers(&s, "第一", 6));
  end(&s);
}

static void lesser_processors_have_none(void **state) {
  (void)state;
  struct set s;
  uint64_t outputs;
  const struct match_pattern patterns[] = {pattern("微信", MATCH_CONTAINS, 0)};
  begin(&s, patterns, 1);
  cpu_limit(CPU_SSSE3);
  assert_false(nuo__sieve_scan(&s.sieve, "微信", 6, &outputs));
  end(&s);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_at_every_place),
      cmocka_unit_test(no_character_hides_a_match),
      cmocka_unit_test(leaves_the_rest_to_the_matcher),
      cmocka_unit_test(excepted_phrases_are_for_the_matcher),
      cmocka_unit_test(lesser_processors_have_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
