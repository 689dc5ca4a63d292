// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/scan.h: on every path of the processor the map and the answer are those of a look at each
// byte by itself, wherever in a block it stands, and nothing beyond the text is read.
#include "runtime/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/utf8.h"
#include "tests/cpu_limit.h"

enum { LONGEST = 400 };

static bool is_end(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

// In memory of the text's own size, so that a sanitizer sees a read beyond its end.
static void check(const unsigned char *text, size_t len) {
  uint64_t ends[SCAN_WORDS(LONGEST)];
  char *copy = malloc(len == 0 ? 1 : len);
  assert_non_null(copy);
  memcpy(copy, text, len);
  const size_t valid = nuo__utf8_check(copy, len);
  for (unsigned level = 0; level < CPU_LEVEL_COUNT; level++) {
    cpu_limit((enum cpu_level)level);
    memset(ends, 0xA5, sizeof ends);
    assert_int_equal(nuo__scan(copy, len, ends), valid);
    for (size_t i = 0; i <= len; i++)
      if ((ends[i / 64] >> i % 64 & 1) != (i == len || is_end(text[i])))
        fail_msg("level %u, byte %u of %u", level, (unsigned)i, (unsigned)len);
  }
  free(copy);
}

static void test_every_byte_everywhere(void **state) {
  (void)state;
  unsigned char text[200];
  memset(text, 'a', sizeof text);
  for (size_t at = 0; at < sizeof text; at++) {
    for (unsigned c = 0; c < 256; c++) {
      text[at] = (unsigned char)c;
      check(text, sizeof text);
    }
    text[at] = 'a';
  }
}

static void test_every_length(void **state) {
  (void)state;
  unsigned char text[LONGEST];
  for (size_t i = 0; i < sizeof text; i++) text[i] = (unsigned char)"ab\"c\\d\ne"[i * i % 8];
  for (size_t len = 0; len <= sizeof text; len++) check(text, len);
}

// Characters of two, three and four bytes over several blocks: cut at each place, and with each byte spoiled.
static void test_sequences_cut_and_spoiled(void **state) {
  (void)state;
  static const char pieces[][8] = {"诺", "é", "😀", "a", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "\xe0\xa0\x80"};
  static const unsigned char spoils[] = {'a', 0x80, 0xA0, 0xBF, 0xC0, 0xE0, 0xED, 0xF0, 0xF4, 0xF5, '"'};
  for (size_t first = 0; first < 4; first++) {
    unsigned char text[LONGEST];
    size_t len = first;
    memset(text, 'x', first);
    for (size_t i = 0; len < 200; i++) {
      const char *piece = pieces[(i * 5 + first) % 7];
      memcpy(text + len, piece, strlen(piece));
      len += strlen(piece);
    }
    for (size_t cut = 0; cut <= len; cut++) check(text, cut);
    for (size_t at = 0; at < len; at++) {
      const unsigned char was = text[at];
      for (size_t i = 0; i < sizeof spoils; i++) {
        text[at] = spoils[i];
        check(text, len);
      }
      text[at] = was;
    }
  }
}

static void test_random_bytes(void **state) {
  (void)state;
  static const unsigned char bytes[] = {'"', '\\', 0x1F, ' ', 'a', 0x7F, 0x80, 0xBF, 0xC2, 0xE4, 0xED, 0xF0};
  unsigned char text[LONGEST];
  srand(11);
  for (int round = 0; round < 20000; round++) {
    const size_t len = (size_t)rand() % LONGEST, odd = 1 + (size_t)rand() % 60;
    for (size_t i = 0; i < len; i++)
      text[i] = (size_t)rand() % odd == 0 ? bytes[(size_t)rand() % sizeof bytes] : 'a';
    check(text, len);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_byte_everywhere),
      cmocka_unit_test(test_every_length),
      cmocka_unit_test(test_sequences_cut_and_spoiled),
      cmocka_unit_test(test_random_bytes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
