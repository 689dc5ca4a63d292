// SPDX-License-Identifier: Apache-2.0
// The folding pass. The loop exists once and is compiled three times: for the default flags, for strict ones
// and for any others, because testing flags per character costs as much as the rest. See fold.h for what is
// folded.
#include "runtime/fold.h"

#include <stdbool.h>

#include "runtime/cpu.h"
#include "runtime/utf8.h"

enum { HAN_FIRST = 0x4E00, HAN_LAST = 0x9FFF, GONE = 0x110000 /* beyond the last code point */ };

// Indexed by code point, 0 for no change: 42 kB of constants that a text touches in a few places, against ten
// unpredictable steps of a binary search for every Chinese character.
static const uint16_t simplified[HAN_LAST - HAN_FIRST + 1] = {
#define HAN(traditional, simple) [traditional - HAN_FIRST] = simple,
#include "runtime/fold_han.def"
#undef HAN
};

struct case_range {
  uint16_t first, last;
  int32_t delta;
  uint32_t step;
};

static const struct case_range case_ranges[] = {
#define CASE(first, last, delta, step) {first, last, delta, step},
#include "runtime/fold_case.def"
#undef CASE
};

static uint32_t lower(uint32_t c) {
  size_t low = 0, high = sizeof case_ranges / sizeof *case_ranges;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (c > case_ranges[middle].last)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == sizeof case_ranges / sizeof *case_ranges) return c;
  const struct case_range *range = &case_ranges[low];
  bool folds = c >= range->first && (c - range->first) % range->step == 0;
  return folds ? (uint32_t)((int32_t)c + range->delta) : c;
}

static bool is_invisible(uint32_t c) {
  return c == 0x00AD || (c >= 0x200B && c <= 0x200D) || c == 0x2060 || c == 0xFEFF ||
         (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF);
}

// Everything in ASCII but letters, digits, % and $.
static inline bool is_ascii_separator(uint32_t c) {
  static const uint64_t separators[2] = {UINT64_C(0xFC00FFCFFFFFFFFF), UINT64_C(0xF8000001F8000001)};
  return separators[c >> 6] >> (c & 63) & 1;
}

static bool is_latin_1_separator(uint32_t c) {
  if (c < 0xA0 || c == 0xD7 || c == 0xF7) return true;
  static const uint32_t signs_and_marks =
      UINT32_C(0x89D3FBC3);  // not ¢£¤¥ ª º, no superscript, no fraction, not µ
  return c < 0xC0 && (signs_and_marks >> (c - 0xA0) & 1);
}

static bool is_wide_separator(uint32_t c) {
  if (c <= 0x206F) return c >= 0x2000 && c != 0x2030 && c != 0x2031;  // general punctuation
  if (c < 0x3000) {                                                   // arrows, operators, shapes
    return (c >= 0x2190 && c <= 0x22FF) || (c >= 0x2500 && c <= 0x25FF) || c == 0x2605 || c == 0x2606;
  }
  if (c <= 0x303F) {  // CJK punctuation, but for 々〆〇 and the Suzhou numerals
    return !((c >= 0x3005 && c <= 0x3007) || (c >= 0x3021 && c <= 0x3029) || (c >= 0x3038 && c <= 0x303A));
  }
  return c == 0x30FB || (c >= 0xFE10 && c <= 0xFE19) || (c >= 0xFE30 && c <= 0xFE4F) ||
         (c >= 0xFE50 && c <= 0xFE6B && c != 0xFE69 && c != 0xFE6A) || (c >= 0xFF61 && c <= 0xFF65);
}

static bool is_separator(uint32_t c) {
  if (c < 0x80) return is_ascii_separator(c);
  return c < 0x100 ? is_latin_1_separator(c) : is_wide_separator(c);
}

// Everything that is neither ASCII nor a unified ideograph.
static uint32_t fold_rare(uint32_t c, unsigned flags) {
  if (flags & NUO__FOLD_WIDTH) {
    if (c >= 0xFF01 && c <= 0xFF5E)
      c -= 0xFF01 - '!';
    else if (c == 0x3000)
      c = ' ';
  }
  if (flags & NUO__FOLD_CASE) c = c >= 'A' && c <= 'Z' ? c + 32 : c < 0x80 ? c : lower(c);
  if ((flags & NUO__FOLD_INVISIBLE) && is_invisible(c)) return GONE;
  if ((flags & NUO__FOLD_SEPARATORS) && is_separator(c)) return GONE;
  return c;
}

// The common characters; `p[0]` is not below 0x80. Leads E4 (from U+4000) to E9 hold nearly all ideographs,
// and the few others there (the hexagrams U+4DC0 to U+4DFF, the end of extension A) are not folded.
static inline uint32_t fold_han(const unsigned char *p, unsigned flags) {
  uint32_t c = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
  if ((flags & NUO__FOLD_HAN) && c >= HAN_FIRST && simplified[c - HAN_FIRST] != 0)
    return simplified[c - HAN_FIRST];
  return c;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

// Turns the characters with leads E4 to E9 that `text` begins with into units, four a step, until another
// comes or fewer than 16 bytes are left; gives their number.
__attribute__((target("ssse3"))) static size_t fold_run(const unsigned char *text, size_t len,
                                                        uint16_t *units) {
  const __m128i reversed = _mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
  const __m128i low_words = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
  size_t n = 0;
  for (; len - 3 * n >= 16; n += 4) {
    __m128i c = _mm_shuffle_epi8(_mm_loadu_si128((const __m128i *)(text + 3 * n)), reversed);
    __m128i lead = _mm_srli_epi32(c, 16);
    __m128i others = _mm_or_si128(_mm_cmplt_epi32(lead, _mm_set1_epi32(0xE4)),
                                  _mm_cmpgt_epi32(lead, _mm_set1_epi32(0xE9)));
    __m128i unit = _mm_or_si128(_mm_and_si128(c, _mm_set1_epi32(0x3F)),
                                _mm_or_si128(_mm_and_si128(_mm_srli_epi32(c, 2), _mm_set1_epi32(0xFC0)),
                                             _mm_and_si128(_mm_srli_epi32(c, 4), _mm_set1_epi32(0xF000))));
    _mm_storel_epi64((__m128i *)(units + n), _mm_shuffle_epi8(unit, low_words));
    unsigned mask = (unsigned)_mm_movemask_ps(_mm_castsi128_ps(others));
    if (mask != 0) return n + (size_t)__builtin_ctz(mask);
  }
  return n;
}

static inline bool has_fold_run(void) {
  return nuo__cpu_level() >= CPU_SSSE3;
}
#else
static inline size_t fold_run(const unsigned char *text, size_t len, uint16_t *units) {
  (void)text, (void)len, (void)units;
  return 0;
}
static inline bool has_fold_run(void) {
  return false;
}
#endif

static inline size_t put(uint16_t *units, uint32_t *offsets, size_t n, uint32_t c, size_t offset) {
  if (c == GONE) return n;
  if (c < 0x10000) {
    units[n] = (uint16_t)c;
    if (offsets != NULL) offsets[n] = (uint32_t)offset;
    return n + 1;
  }
  units[n] = (uint16_t)(0xD7C0 + (c >> 10));
  units[n + 1] = (uint16_t)(0xDC00 + (c & 0x3FF));
  if (offsets != NULL) offsets[n] = offsets[n + 1] = (uint32_t)offset;
  return n + 2;
}

static inline __attribute__((always_inline)) size_t fold_with(const char *text, size_t len, unsigned flags,
                                                              uint16_t *units, uint32_t *offsets) {
  const unsigned char *p = (const unsigned char *)text;
  const bool in_runs = offsets == NULL && !(flags & NUO__FOLD_HAN) && has_fold_run();
  size_t n = 0, size;
  for (size_t at = 0; at < len;) {
    uint32_t c = p[at];
    if (c >= 0xE4 && c <= 0xE9) {
      if (in_runs && len - at >= 16) {
        size_t run = fold_run(p + at, len - at, units + n);
        n += run;
        at += 3 * run;
        continue;
      }
      units[n] = (uint16_t)fold_han(p + at, flags);
      if (offsets != NULL) offsets[n] = (uint32_t)at;
      n++;
      at += 3;
    } else if (c < 0x80) {
      units[n] = (uint16_t)((flags & NUO__FOLD_CASE) && c - 'A' < 26 ? c + 32 : c);
      if (offsets != NULL) offsets[n] = (uint32_t)at;
      n += !((flags & NUO__FOLD_SEPARATORS) && is_ascii_separator(c));
      at++;
    } else {
      c = fold_rare(nuo__utf8_decode(text + at, &size), flags);
      n = put(units, offsets, n, c, at);
      at += size;
    }
  }
  return n;
}

size_t nuo__fold(const char *text, size_t len, unsigned flags, uint16_t *units, uint32_t *offsets) {
  if (offsets != NULL) return fold_with(text, len, flags, units, offsets);
  if (flags == NUO__FOLD_DEFAULT) return fold_with(text, len, NUO__FOLD_DEFAULT, units, NULL);
  if (flags == NUO__FOLD_STRICT) return fold_with(text, len, NUO__FOLD_STRICT, units, NULL);
  return fold_with(text, len, flags, units, NULL);
}
