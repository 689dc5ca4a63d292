// SPDX-License-Identifier: Apache-2.0
// UTF-8: validation against an independent reading of RFC 3629's grammar over every short byte string of
// interest, round trips over every scalar value, and widths of hand-picked characters.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/utf8.h"

#define CHECK(s) nuo__utf8_check(s, sizeof(s) - 1)

// The reference: decode by arithmetic, then ask whether the value needed that many bytes and is a scalar
// value.
static size_t slow_check(const unsigned char *text, size_t len) {
  size_t at = 0;
  while (at < len) {
    unsigned lead = text[at];
    size_t size = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (size == 0 || at + size > len) return at;
    uint32_t value = size == 1 ? lead : lead & (0x7Fu >> size);
    for (size_t i = 1; i < size; i++) {
      if (text[at + i] >> 6 != 2) return at;
      value = value * 64 + text[at + i] % 64;
    }
    static const uint32_t smallest[5] = {0, 0, 0x80, 0x800, 0x10000};
    if (value < smallest[size] || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return at;
    at += size;
  }
  return len;
}

static void finds_first_bad_byte(void **state) {
  (void)state;
  assert_int_equal(CHECK(""), 0);
  assert_int_equal(CHECK("plain ascii of more than sixteen bytes"), 38);
  assert_int_equal(CHECK("限时秒杀限时秒杀"), 24);
  assert_int_equal(CHECK("限时\xE9\x99"), 6);                      // cut short
  assert_int_equal(CHECK("0123456789abcdef\xC0\x80 rest"), 16);    // overlong NUL
  assert_int_equal(CHECK("限\xED\xA0\x80时间还长着呢"), 3);        // surrogate
  assert_int_equal(CHECK("ab\xF4\x90\x80\x80"), 2);                // above U+10FFFF
  assert_int_equal(CHECK("\xF0\x8F\xBF\xBF"), 0);                  // overlong in four bytes
  assert_int_equal(CHECK("\xF4\x8F\xBF\xBF\xEE\x80\x80\xFF"), 7);  // U+10FFFF, U+E000, then never a byte
  assert_int_equal(CHECK("\x80"), 0);
}

// Every two leading bytes with tails of each class, at several distances from the end.
static void agrees_with_reference(void **state) {
  (void)state;
  static const unsigned char tails[] = {0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xFF};
  unsigned char text[24];
  for (unsigned a = 0; a < 256; a++) {
    for (unsigned b = 0; b < 256; b++) {
      for (size_t t = 0; t < sizeof tails * sizeof tails; t++) {
        unsigned char core[4] = {(unsigned char)a, (unsigned char)b, tails[t % 10], tails[t / 10]};
        size_t before = (a + b + t) % 8, len = before + 4 + (a ^ t) % 6;
        memset(text, 'x', sizeof text);
        memcpy(text + before, core, 4);
        assert_int_equal(nuo__utf8_check((char *)text, len), slow_check(text, len));
        assert_int_equal(nuo__utf8_check((char *)text, before + 3), slow_check(text, before + 3));
      }
    }
  }
}

static void agrees_on_damaged_chinese(void **state) {
  (void)state;
  unsigned char text[256];
  srand(7);
  for (int round = 0; round < 40000; round++) {
    size_t len = 0, most = 20 + (size_t)rand() % 220;  // short ones byte by byte, long ones by blocks
    while (len < most) {
      uint32_t c = rand() % 4 == 0 ? (uint32_t)rand() % 0x80 : 0x3000 + (uint32_t)rand() % 0x7000;
      len += nuo__utf8_encode(c, (char *)text + len);
    }
    if (round % 2) text[(size_t)rand() % len] = (unsigned char)rand();
    assert_int_equal(nuo__utf8_check((char *)text, len), slow_check(text, len));
  }
}

static void every_scalar_round_trips(void **state) {
  (void)state;
  for (uint32_t c = 0; c <= 0x10FFFF; c++) {
    if (c >= 0xD800 && c <= 0xDFFF) continue;
    char out[4];
    size_t size, written = nuo__utf8_encode(c, out);
    if (nuo__utf8_check(out, written) != written || nuo__utf8_decode(out, &size) != c || size != written) {
      fail_msg("U+%04X does not round-trip", (unsigned)c);
    }
  }
}

static void counts_and_classifies(void **state) {
  (void)state;
  assert_int_equal(nuo__utf8_count("诺a😀", strlen("诺a😀")), 3);
  char text[64];
  for (size_t first = 0; first < 30; first++) {  // so many letters, then ten characters of three bytes
    memset(text, 'a', first);
    for (size_t i = 0; i < 10; i++) memcpy(text + first + 3 * i, "诺", 3);
    assert_int_equal(nuo__utf8_count(text, first + 30), first + 10);
    assert_int_equal(nuo__utf8_count(text, first), first);
  }
  assert_true(nuo__utf8_is_han(0x8BFA));   // 诺
  assert_true(nuo__utf8_is_han(0x3007));   // 〇
  assert_true(nuo__utf8_is_han(0x20BB7));  // 𠮷
  assert_false(nuo__utf8_is_han('a'));
  assert_false(nuo__utf8_is_han(0x3042));  // あ
  assert_false(nuo__utf8_is_han(0xFF21));  // Ａ
  assert_false(nuo__utf8_is_han(0x3002));  // 。
}

static void widths(void **state) {
  (void)state;
  const char line[] = "规则 r1：e\xCC\x81\xE2\x80\x8B！";  // 2+2+1+1+1+2+1+0+0+2
  assert_int_equal(nuo__utf8_text_width(line, sizeof line - 1), 12);
  assert_int_equal(nuo__utf8_width('\t'), 0);
  assert_int_equal(nuo__utf8_width(0x1F600), 2);
  assert_int_equal(nuo__utf8_width(0xFF71), 1);  // half-width katakana
  assert_int_equal(nuo__utf8_width(0x20BB7), 2);
  assert_int_equal(nuo__utf8_width(0x00E9), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(finds_first_bad_byte),      cmocka_unit_test(agrees_with_reference),
      cmocka_unit_test(agrees_on_damaged_chinese), cmocka_unit_test(every_scalar_round_trips),
      cmocka_unit_test(counts_and_classifies),     cmocka_unit_test(widths),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
