// SPDX-License-Identifier: Apache-2.0
// The first pass over an event; see scan.h. A block of 64 bytes gives one word of the map. The last block is
// copied and filled up with zeros, which are controls: so the map ends by itself.
#include "runtime/scan.h"

#include <stdbool.h>
#include <string.h>

#include "runtime/cpu.h"
#include "runtime/utf8.h"

enum { BLOCK = 64 };

// The last bytes of the text, less than a block, and zeros behind them: in `copy`, of two blocks. Of texts
// longer than a block it takes no loop and no branch.
static inline const char *last_block(const char *text, size_t len, char copy[2 * BLOCK]) {
  const size_t left = len % BLOCK;
  memset(copy + BLOCK, 0, BLOCK);
  if (len >= BLOCK) {
    memcpy(copy, text + len - BLOCK, BLOCK);
    return copy + BLOCK - left;
  }
  memset(copy, 0, BLOCK);
  memcpy(copy, text, left);
  return copy;
}

// ---- in words of eight bytes ----

#define ONES UINT64_C(0x0101010101010101)
#define LOW_SEVEN (ONES * 0x7F)

// The top bit of each byte that is not zero.
static inline uint64_t not_zero(uint64_t bytes) {
  return ((bytes & LOW_SEVEN) + LOW_SEVEN) | bytes;
}

static inline uint64_t ends_in_word(const char *at) {
  uint64_t bytes;
  memcpy(&bytes, at, sizeof bytes);
  uint64_t not_control = ((bytes & LOW_SEVEN) + ONES * 0x60) | bytes;
  uint64_t others = not_control & not_zero(bytes ^ ONES * '"') & not_zero(bytes ^ ONES * '\\');
  return (((~others & ONES * 0x80) >> 7) * UINT64_C(0x0102040810204080)) >> 56;
}

static uint64_t ends_by_words(const char *block) {
  uint64_t ends = 0;
  for (unsigned i = 0; i < BLOCK / 8; i++) ends |= ends_in_word(block + 8 * i) << 8 * i;
  return ends;
}

static size_t scan_by_words(const char *text, size_t len, uint64_t *ends) {
  char copy[2 * BLOCK];
  size_t at = 0;
  for (; len - at >= BLOCK; at += BLOCK) *ends++ = ends_by_words(text + at);
  *ends = ends_by_words(last_block(text, len, copy));
  return nuo__utf8_check(text, len);
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

// ---- SSE2 ----

static inline uint64_t ends_in_16(const char *at) {
  __m128i bytes = _mm_loadu_si128((const __m128i *)at);
  __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return (uint64_t)_mm_movemask_epi8(_mm_or_si128(controls, _mm_or_si128(quotes, backslashes)));
}

static uint64_t ends_by_16(const char *block) {
  return ends_in_16(block) | ends_in_16(block + 16) << 16 | ends_in_16(block + 32) << 32 |
         ends_in_16(block + 48) << 48;
}

static size_t scan_by_16(const char *text, size_t len, uint64_t *ends) {
  char copy[2 * BLOCK];
  size_t at = 0;
  for (; len - at >= BLOCK; at += BLOCK) *ends++ = ends_by_16(text + at);
  *ends = ends_by_16(last_block(text, len, copy));
  return nuo__utf8_check(text, len);
}

// ---- AVX2 ----

#define AVX2 __attribute__((target("avx2")))

// What is wrong with two neighbouring bytes, one bit a mistake. Three tables, by the first byte's halves and
// by the second's upper half, each hold the mistakes that their half byte allows; a mistake is there when all
// three do. (The scheme is that of Keiser and Lemire, "Validating UTF-8 in less than one instruction per
// byte".)
enum {
  SHORT = 1,    // a lead, and then no tail
  LONG = 2,     // ASCII, and then a tail
  SMALL_3 = 4,  // three bytes for what needs two
  LARGE = 8,    // above U+10FFFF, from F4 90
  SURROGATE = 16,
  SMALL_2 = 32,  // two bytes for what needs one
  OUTER_4 = 64,  // F5 and above with a small tail, or four bytes for what needs three
  TAILS = 128,   // two tails: right only as the third or fourth byte
  ANY_LOW = SHORT | LONG | TAILS,
};

static const uint8_t by_first_high[16] = {LONG,
                                          LONG,
                                          LONG,
                                          LONG,
                                          LONG,
                                          LONG,
                                          LONG,
                                          LONG,
                                          TAILS,
                                          TAILS,
                                          TAILS,
                                          TAILS,
                                          SHORT | SMALL_2,
                                          SHORT,
                                          SHORT | SMALL_3 | SURROGATE,
                                          SHORT | LARGE | OUTER_4};
static const uint8_t by_first_low[16] = {ANY_LOW | SMALL_3 | SMALL_2 | OUTER_4,
                                         ANY_LOW | SMALL_2,
                                         ANY_LOW,
                                         ANY_LOW,
                                         ANY_LOW | LARGE,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4 | SURROGATE,
                                         ANY_LOW | LARGE | OUTER_4,
                                         ANY_LOW | LARGE | OUTER_4};
static const uint8_t by_second_high[16] = {SHORT,
                                           SHORT,
                                           SHORT,
                                           SHORT,
                                           SHORT,
                                           SHORT,
                                           SHORT,
                                           SHORT,
                                           LONG | SMALL_2 | TAILS | SMALL_3 | OUTER_4,
                                           LONG | SMALL_2 | TAILS | SMALL_3 | LARGE,
                                           LONG | SMALL_2 | TAILS | SURROGATE | LARGE,
                                           LONG | SMALL_2 | TAILS | SURROGATE | LARGE,
                                           SHORT,
                                           SHORT,
                                           SHORT,
                                           SHORT};

AVX2 static inline __m256i look_up(const uint8_t table[16], __m256i halves) {
  __m256i twice = _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)table));
  return _mm256_shuffle_epi8(twice, halves);
}

AVX2 static inline __m256i high_halves(__m256i bytes) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

// Not zero where a byte of `bytes` does not go with those before it; `before`: the block before.
AVX2 static inline __m256i mistakes(__m256i bytes, __m256i before) {
  __m256i middle = _mm256_permute2x128_si256(before, bytes, 0x21);
  __m256i one = _mm256_alignr_epi8(bytes, middle, 15), two = _mm256_alignr_epi8(bytes, middle, 14),
          three = _mm256_alignr_epi8(bytes, middle, 13);
  __m256i pairs =
      _mm256_and_si256(_mm256_and_si256(look_up(by_first_high, high_halves(one)),
                                        look_up(by_first_low, _mm256_and_si256(one, _mm256_set1_epi8(15)))),
                       look_up(by_second_high, high_halves(bytes)));
  // The third and fourth bytes of a sequence have to be tails behind tails, and no others may be.
  __m256i third = _mm256_subs_epu8(two, _mm256_set1_epi8(0xE0 - 0x80));
  __m256i fourth = _mm256_subs_epu8(three, _mm256_set1_epi8((char)(0xF0 - 0x80)));
  __m256i wanted = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
  return _mm256_xor_si256(pairs, wanted);
}

// One bit for each byte that is in the map.
AVX2 static inline uint64_t ends_in_32(__m256i bytes) {
  // A quote and a backslash have different low halves: each byte is compared with the only one that it can
  // be.
  const __m128i marks = _mm_setr_epi8(0, 0, '"', 0, 0, 0, 0, 0, 0, 0, 0, 0, '\\', 0, 0, 0);
  __m256i mark = _mm256_cmpeq_epi8(_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(marks), bytes), bytes);
  __m256i control = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
  return (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(mark, control));
}

// Where a text of several blocks is.
struct progress {
  __m256i before, wrong;  // the 32 bytes before; not zero: some byte was wrong
  bool was_ascii;         // of the block before
};

AVX2 static inline uint64_t scan_block(const char *block, struct progress *p) {
  __m256i first = _mm256_loadu_si256((const __m256i *)block);
  __m256i second = _mm256_loadu_si256((const __m256i *)(block + 32));
  bool is_ascii = _mm256_movemask_epi8(_mm256_or_si256(first, second)) == 0;
  if (!is_ascii || !p->was_ascii) {
    __m256i wrong = _mm256_or_si256(mistakes(first, p->before), mistakes(second, first));
    p->wrong = _mm256_or_si256(p->wrong, wrong);
  }
  p->before = second;
  p->was_ascii = is_ascii;
  return ends_in_32(first) | ends_in_32(second) << 32;
}

AVX2 static size_t scan_by_32(const char *text, size_t len, uint64_t *ends) {
  struct progress p = {_mm256_setzero_si256(), _mm256_setzero_si256(), true};
  char copy[2 * BLOCK];
  size_t at = 0;
  for (; len - at >= BLOCK; at += BLOCK) *ends++ = scan_block(text + at, &p);
  *ends = scan_block(last_block(text, len, copy), &p);
  return _mm256_testz_si256(p.wrong, p.wrong) ? len : nuo__utf8_check(text, len);
}

// ---- AVX-512 ----

#define AVX512 __attribute__((target("avx512bw")))

AVX512 static inline __m512i look_up_64(const uint8_t table[16], __m512i halves) {
  return _mm512_shuffle_epi8(_mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)table)), halves);
}

AVX512 static inline __m512i high_halves_64(__m512i bytes) {
  return _mm512_and_si512(_mm512_srli_epi16(bytes, 4), _mm512_set1_epi8(15));
}

// As `mistakes`, of 64 bytes.
AVX512 static inline __m512i mistakes_64(__m512i bytes, __m512i before) {
  const __m512i last_and_first = _mm512_setr_epi64(6, 7, 8, 9, 10, 11, 12, 13);
  __m512i middle = _mm512_permutex2var_epi64(before, last_and_first, bytes);
  __m512i one = _mm512_alignr_epi8(bytes, middle, 15), two = _mm512_alignr_epi8(bytes, middle, 14),
          three = _mm512_alignr_epi8(bytes, middle, 13);
  __m512i pairs = _mm512_and_si512(
      _mm512_and_si512(look_up_64(by_first_high, high_halves_64(one)),
                       look_up_64(by_first_low, _mm512_and_si512(one, _mm512_set1_epi8(15)))),
      look_up_64(by_second_high, high_halves_64(bytes)));
  __m512i third = _mm512_subs_epu8(two, _mm512_set1_epi8(0xE0 - 0x80));
  __m512i fourth = _mm512_subs_epu8(three, _mm512_set1_epi8((char)(0xF0 - 0x80)));
  __m512i wanted = _mm512_and_si512(_mm512_or_si512(third, fourth), _mm512_set1_epi8((char)0x80));
  return _mm512_xor_si512(pairs, wanted);
}

AVX512 static inline uint64_t ends_in_64(__m512i bytes) {
  return _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)) |
         _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('"')) |
         _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8('\\'));
}

AVX512 static size_t scan_by_64(const char *text, size_t len, uint64_t *ends) {
  __m512i before = _mm512_setzero_si512(), wrong = before;
  uint64_t high_before = 0;
  char copy[2 * BLOCK];
  for (size_t at = 0; at <= len; at += BLOCK) {
    const char *block = len - at >= BLOCK ? text + at : last_block(text, len, copy);
    __m512i bytes = _mm512_loadu_si512(block);
    uint64_t high = _mm512_movepi8_mask(bytes);
    if ((high | high_before) != 0) wrong = _mm512_or_si512(wrong, mistakes_64(bytes, before));
    before = bytes;
    high_before = high;
    *ends++ = ends_in_64(bytes);
  }
  return _mm512_test_epi8_mask(wrong, wrong) == 0 ? len : nuo__utf8_check(text, len);
}

size_t nuo__scan(const char *text, size_t len, uint64_t *ends) {
  ends[SCAN_WORDS(len) - 1] = 0;
  const enum cpu_level level = nuo__cpu_level();
  if (level >= CPU_AVX512) return scan_by_64(text, len, ends);
  if (level >= CPU_AVX2) return scan_by_32(text, len, ends);
  return level >= CPU_SSSE3 ? scan_by_16(text, len, ends) : scan_by_words(text, len, ends);
}
#else
size_t nuo__scan(const char *text, size_t len, uint64_t *ends) {
  ends[SCAN_WORDS(len) - 1] = 0;
  return scan_by_words(text, len, ends);
}
#endif
