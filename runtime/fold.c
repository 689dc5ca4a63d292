// SPDX-License-Identifier: Apache-2.0
// The folding pass. The loop exists once and is compiled three times: for the default flags, for strict ones
// and for any others, because testing flags per character costs as much as the rest. See fold.h for what is
// folded.
#include "runtime/fold.h"

#include <stdbool.h>

#include "runtime/cpu.h"
#include "runtime/utf8.h"

enum { HAN_FIRST = 0x4E00, HAN_LAST = 0x9FFF, GONE = 0x110000 /* beyond the last code point */ };
enum { RUN_MIN = 6 };  // bytes left that are worth a step of several; it writes up to four units

// Indexed by code point, 0 for no change: 42 kB of constants that a text touches in a few places, against ten
// unpredictable steps of a binary search for every Chinese character.
static const uint16_t simplified[HAN_LAST - HAN_FIRST + 1] = {
#define HAN(traditional, simple) [traditional - HAN_FIRST] = simple,
#include "runtime/fold_han.def"
#undef HAN
};

struct look_range {
  uint32_t first, last;
  char ascii;
  uint8_t cycle;
};

static const struct look_range look_ranges[] = {
#define LOOK(first, last, ascii, cycle) {first, last, ascii, cycle},
#include "runtime/fold_look.def"
#undef LOOK
};

// Of East Asia's signs, the only ones that are read as something else: 〇, the numerals of Suzhou, those in
// parentheses and circles.
static inline bool is_numeral_sign(uint32_t c) {
  return c == 0x3007 || c - 0x3021 < 9 || c - 0x3220 < 9 || c - 0x3280 < 9;
}

// What a character that is neither ASCII nor a unified ideograph is read as. Punctuation, of which texts are
// full, is told first; out of line, because what is around it runs for every character.
static __attribute__((noinline)) uint32_t read_as(uint32_t c) {
  if ((c >= 0x2000 && c < 0x2070) || (c >= 0x2FE0 && c < 0x10000 && !is_numeral_sign(c))) return c;
  size_t low = 0, high = sizeof look_ranges / sizeof *look_ranges;
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    if (c > look_ranges[middle].last)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == sizeof look_ranges / sizeof *look_ranges || c < look_ranges[low].first) return c;
  const struct look_range *range = &look_ranges[low];
  return (uint32_t)range->ascii + (c - range->first) % range->cycle;
}

// Marks that are put over, under or through a letter.
static bool is_mark(uint32_t c) {
  return (c >= 0x0300 && c <= 0x036F) || (c >= 0x1AB0 && c <= 0x1AFF) || (c >= 0x1DC0 && c <= 0x1DFF) ||
         (c >= 0x20D0 && c <= 0x20FF) || (c >= 0xFE20 && c <= 0xFE2F);
}

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
  if (c >= 0x3000 && c < 0xA640) return c;  // most of what is asked for
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
  return c == 0x00AD || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) ||
         (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF || (c >= 0xFE00 && c <= 0xFE0F) ||
         (c >= 0xE0000 && c <= 0xE0FFF);
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

// Also emoji, and what is seen as a blank.
static bool is_wide_separator(uint32_t c) {
  if (c < 0x2000) return c == 0x061C || c == 0x115F || c == 0x1160 || (c >= 0x180B && c <= 0x180F);
  if (c > 0xFFFF) return c >= 0x1F000 && c <= 0x1FAFF;
  if (c <= 0x206F) return c != 0x2030 && c != 0x2031;  // general punctuation
  if (c < 0x3000) {                                    // arrows, operators, shapes, braille
    return (c >= 0x2190 && c <= 0x23FF) || (c >= 0x2500 && c <= 0x28FF) || (c >= 0x2B00 && c <= 0x2BFF);
  }
  if (c <= 0x303F) {  // CJK punctuation, but for 々〆〇 and the Suzhou numerals
    return !((c >= 0x3005 && c <= 0x3007) || (c >= 0x3021 && c <= 0x3029) || (c >= 0x3038 && c <= 0x303A));
  }
  return c == 0x30FB || c == 0x3164 || c == 0xFFA0 || (c >= 0xFE10 && c <= 0xFE19) ||
         (c >= 0xFE30 && c <= 0xFE4F) || (c >= 0xFE50 && c <= 0xFE6B && c != 0xFE69 && c != 0xFE6A) ||
         (c >= 0xFF61 && c <= 0xFF65);
}

static bool is_separator(uint32_t c) {
  if (c < 0x80) return is_ascii_separator(c);
  return c < 0x100 ? is_latin_1_separator(c) : is_wide_separator(c);
}

// Everything that is neither ASCII nor a unified ideograph.
static uint32_t fold_rare(uint32_t c, unsigned flags) {
  if (flags & NUO__FOLD_SPELLING) {
    if (is_mark(c)) return GONE;
    c = read_as(c);
  }
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

static inline uint32_t simplify(uint32_t c) {
  if (c < HAN_FIRST || c > HAN_LAST) return c;
  const uint32_t simple = simplified[c - HAN_FIRST];
  return simple != 0 ? simple : c;
}

// The common characters; `p[0]` is not below 0x80. Leads E4 (from U+4000) to E9 hold nearly all ideographs,
// and the few others there (the hexagrams U+4DC0 to U+4DFF, the end of extension A) are not folded.
static inline uint32_t fold_han(const unsigned char *p, unsigned flags) {
  uint32_t c = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
  return flags & NUO__FOLD_SPELLING ? simplify(c) : c;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define SSSE3 __attribute__((target("ssse3")))
#define AVX2 __attribute__((target("avx2")))

// All ones in the units from `first` through `last`.
SSSE3 static inline __m128i are_within(__m128i units, unsigned first, unsigned last) {
  const __m128i distance = _mm_sub_epi16(units, _mm_set1_epi16((short)first));
  const __m128i above = _mm_subs_epu16(distance, _mm_set1_epi16((short)(last - first)));
  return _mm_cmpeq_epi16(above, _mm_setzero_si128());
}

// Narrows what is full-width, by `shift`, and tells which units are then folded by any flags but SEPARATORS
// and SPELLING: punctuation and what East Asia writes. None of these is cased or vanishes; a unit test goes
// through all characters.
SSSE3 static inline __m128i fold_units(__m128i units, __m128i shift, __m128i *plain) {
  const __m128i wide = are_within(units, 0xFF01, 0xFF20);
  *plain =
      _mm_or_si128(_mm_or_si128(wide, are_within(units, 0x3001, 0xA63F)), are_within(units, 0x2010, 0x2029));
  return _mm_sub_epi16(units, _mm_and_si128(wide, shift));
}

SSSE3 static inline __m128i shift_for(unsigned flags) {
  return _mm_set1_epi16(flags & NUO__FOLD_WIDTH ? (short)(0xFF01 - '!') : 0);
}

// Folds the characters of three bytes that `bytes` begins with, four at most, until one comes that is not
// plain or of another length; gives their number.
SSSE3 static inline size_t fold_four(__m128i bytes, __m128i shift, uint16_t *units) {
  const __m128i reversed = _mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1);
  const __m128i low_words = _mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, -1, -1, -1, -1, -1, -1, -1, -1);
  const __m128i c = _mm_shuffle_epi8(bytes, reversed);
  const __m128i three = _mm_cmpeq_epi32(_mm_srli_epi32(c, 20), _mm_set1_epi32(0xE));
  const __m128i wide =
      _mm_or_si128(_mm_and_si128(c, _mm_set1_epi32(0x3F)),
                   _mm_or_si128(_mm_and_si128(_mm_srli_epi32(c, 2), _mm_set1_epi32(0xFC0)),
                                _mm_and_si128(_mm_srli_epi32(c, 4), _mm_set1_epi32(0xF000))));
  __m128i plain;
  _mm_storel_epi64((__m128i *)units, fold_units(_mm_shuffle_epi8(wide, low_words), shift, &plain));
  const __m128i good = _mm_and_si128(plain, _mm_shuffle_epi8(three, low_words));
  const unsigned bad = ~(unsigned)_mm_movemask_epi8(good) & 0xFF;
  return bad == 0 ? 4 : (size_t)__builtin_ctz(bad) / 2;
}

// The last `left` bytes of a text, 3 to 15 of at least 16, with zeros behind them.
SSSE3 static inline __m128i last_bytes(const unsigned char *end, size_t left) {
  static const int8_t places[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                    -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  const __m128i last = _mm_loadu_si128((const __m128i *)(end - 16));
  return _mm_shuffle_epi8(last, _mm_loadu_si128((const __m128i *)(places + 16 - left)));
}

// Folds the characters of three bytes that `text` begins with, of which `before` bytes stand before and `len`
// behind, until one comes that is not plain or of another length, or few bytes are left; gives their number.
SSSE3 static size_t fold_run_4(const unsigned char *text, size_t before, size_t len, unsigned flags,
                               uint16_t *units) {
  const __m128i shift = shift_for(flags);
  size_t n = 0;
  for (; len - 3 * n >= 16; n += 4) {
    const size_t count = fold_four(_mm_loadu_si128((const __m128i *)(text + 3 * n)), shift, units + n);
    if (count < 4) return n + count;
  }
  const size_t left = len - 3 * n;
  if (left < RUN_MIN || before + len < 16) return n;
  return n + fold_four(last_bytes(text + len, left), shift, units + n);
}

AVX2 static inline __m128i halve(__m256i words) {
  return _mm256_castsi256_si128(_mm256_permute4x64_epi64(_mm256_packus_epi32(words, words), 0x08));
}

// The same, eight a step.
AVX2 static size_t fold_run_8(const unsigned char *text, size_t before, size_t len, unsigned flags,
                              uint16_t *units) {
  const __m256i reversed =
      _mm256_broadcastsi128_si256(_mm_setr_epi8(2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9, -1));
  const __m128i shift = shift_for(flags);
  __m128i plain;
  size_t n = 0;
  for (; len - 3 * n >= 28; n += 8) {
    const __m128i *first = (const __m128i *)(text + 3 * n), *second = (const __m128i *)(text + 3 * n + 12);
    __m256i c =
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_loadu_si128(first)), _mm_loadu_si128(second), 1);
    c = _mm256_shuffle_epi8(c, reversed);
    __m256i three = _mm256_cmpeq_epi32(_mm256_srli_epi32(c, 20), _mm256_set1_epi32(0xE));
    __m256i wide = _mm256_or_si256(
        _mm256_and_si256(c, _mm256_set1_epi32(0x3F)),
        _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi32(c, 2), _mm256_set1_epi32(0xFC0)),
                        _mm256_and_si256(_mm256_srli_epi32(c, 4), _mm256_set1_epi32(0xF000))));
    __m128i unit = halve(wide);
    _mm_storeu_si128((__m128i *)(units + n), fold_units(unit, shift, &plain));
    unsigned good = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(plain, plain)) &
                    (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(three));
    unsigned bad = ~good & 0xFF;
    if (bad != 0) return n + (size_t)__builtin_ctz(bad);
  }
  return n + fold_run_4(text + 3 * n, before + 3 * n, len - 3 * n, flags, units + n);
}

// The ASCII that `text` begins with, sixteen at a time; gives their number.
SSSE3 static size_t fold_ascii(const unsigned char *text, size_t len, unsigned flags, uint16_t *units) {
  const __m128i step = _mm_set1_epi16(flags & NUO__FOLD_CASE ? 32 : 0);
  size_t n = 0;
  for (; len - n >= 16; n += 16) {
    const __m128i bytes = _mm_loadu_si128((const __m128i *)(text + n));
    if (_mm_movemask_epi8(bytes) != 0) break;
    for (int half = 0; half < 2; half++) {
      const __m128i none = _mm_setzero_si128();
      const __m128i wide = half == 0 ? _mm_unpacklo_epi8(bytes, none) : _mm_unpackhi_epi8(bytes, none);
      const __m128i lower = _mm_add_epi16(wide, _mm_and_si128(are_within(wide, 'A', 'Z'), step));
      _mm_storeu_si128((__m128i *)(units + n + 8 * half), lower);
    }
  }
  return n;
}

typedef size_t fold_run(const unsigned char *text, size_t before, size_t len, unsigned flags,
                        uint16_t *units);

static inline fold_run *best_run(void) {
  const enum cpu_level level = nuo__cpu_level();
  return level >= CPU_AVX2 ? fold_run_8 : level >= CPU_SSSE3 ? fold_run_4 : NULL;
}
#else
typedef size_t fold_run(const unsigned char *text, size_t before, size_t len, unsigned flags,
                        uint16_t *units);
static size_t fold_ascii(const unsigned char *text, size_t len, unsigned flags, uint16_t *units) {
  (void)text, (void)len, (void)flags, (void)units;
  return 0;
}
static inline fold_run *best_run(void) {
  return NULL;
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

// What a run leaves to do: separators vanish, traditional characters become simplified, numerals digits.
// Works in place.
static inline size_t settle(uint16_t *units, size_t count, unsigned flags) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t c = units[i];
    if (c >= HAN_FIRST && c <= HAN_LAST) {
      units[n++] = (uint16_t)((flags & NUO__FOLD_SPELLING) ? simplify(c) : c);
      continue;
    }
    const uint32_t read = (flags & NUO__FOLD_SPELLING) && is_numeral_sign(c) ? read_as(c) : c;
    units[n] = (uint16_t)read;
    n += !((flags & NUO__FOLD_SEPARATORS) && is_separator(read));
  }
  return n;
}

static inline __attribute__((always_inline)) size_t fold_with(const char *text, size_t len, unsigned flags,
                                                              uint16_t *units, uint32_t *offsets) {
  const unsigned char *p = (const unsigned char *)text;
  fold_run *const run = offsets == NULL ? best_run() : NULL;
  size_t n = 0, size;
  for (size_t at = 0; at < len;) {
    uint32_t c = p[at];
    if (run != NULL && c >> 4 == 0xE && len - at >= RUN_MIN) {
      size_t count = run(p + at, at, len - at, flags, units + n);
      at += 3 * count;
      n += flags & (NUO__FOLD_SEPARATORS | NUO__FOLD_SPELLING) ? settle(units + n, count, flags) : count;
      if (count > 0) continue;
    }
    if (c >= 0xE4 && c <= 0xE9) {
      units[n] = (uint16_t)fold_han(p + at, flags);
      if (offsets != NULL) offsets[n] = (uint32_t)at;
      n++;
      at += 3;
    } else if (c < 0x80) {
      if (run != NULL && len - at >= 16) {
        const size_t count = fold_ascii(p + at, len - at, flags, units + n);
        at += count;
        n += flags & NUO__FOLD_SEPARATORS ? settle(units + n, count, flags) : count;
        if (count > 0) continue;
      }
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
