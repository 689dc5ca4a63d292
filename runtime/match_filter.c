// SPDX-License-Identifier: Apache-2.0
// See match_filter.h. Eight positions a step with AVX2; four ASCII units in a row are looked for before
// anything is hashed, because texts in Chinese have few.
#include "runtime/match_filter.h"

#include "runtime/cpu.h"

static uint64_t below(size_t count) {
  return count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

static inline uint32_t passes(const uint32_t *filter, unsigned bits, uint32_t hash) {
  return nuo__match_passes(filter[nuo__match_word(hash, bits)], hash);
}

static void filter_plain(const uint32_t *filter, unsigned bits, const uint16_t *units, size_t count,
                         unsigned width, uint64_t *masks) {
  for (size_t at = 0; at < count; at += 64) {
    const size_t left = count - at < 64 ? count - at : 64;
    uint64_t mask = 0;
    for (size_t i = at; i < at + left; i++) {
      if (width == 4 && !nuo__match_is_ascii(units + i)) continue;
      mask |= (uint64_t)passes(filter, bits, nuo__match_hash(units + i, width)) << (i - at);
    }
    masks[at / 64] = mask;
  }
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m128i load(const uint16_t *units) {
  return _mm_loadu_si128((const __m128i *)units);
}

// A filter and how its words are looked up: the least ones fit into two registers.
struct lookup {
  const uint32_t *filter;
  __m128i shift;
  __m256i low, high;
  bool in_registers;
};

AVX2 static inline struct lookup lookup_in(const uint32_t *filter, unsigned bits) {
  const __m256i *words = (const __m256i *)(const void *)filter;
  return (struct lookup){filter, _mm_cvtsi32_si128((int)(37 - bits)), _mm256_loadu_si256(words),
                         _mm256_loadu_si256(words + 1), bits == FILTER_BITS_MIN};
}

AVX2 static inline __m256i words_of(const struct lookup *l, __m256i hash, bool in_registers) {
  const __m256i index = _mm256_srl_epi32(hash, l->shift);
  if (!in_registers) return _mm256_i32gather_epi32((const int *)l->filter, index, 4);
  const __m256 low = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(l->low, index));
  const __m256 high = _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(l->high, index));
  return _mm256_castps_si256(_mm256_blendv_ps(low, high, _mm256_castsi256_ps(_mm256_slli_epi32(index, 28))));
}

// nuo__match_hash, nuo__match_word and nuo__match_passes for eight keys; their bits.
AVX2 static inline uint64_t filter_eight(const struct lookup *l, __m256i keys, bool in_registers) {
  const __m256i low_bits = _mm256_set1_epi32(31);
  __m256i hash = _mm256_mullo_epi32(keys, _mm256_set1_epi32((int)MATCH_FACTOR));
  hash = _mm256_xor_si256(hash, _mm256_srli_epi32(hash, 15));
  const __m256i words = words_of(l, hash, in_registers);
  const __m256i first = _mm256_srlv_epi32(words, _mm256_and_si256(hash, low_bits));
  const __m256i second = _mm256_srlv_epi32(words, _mm256_and_si256(_mm256_srli_epi32(hash, 5), low_bits));
  const __m256i both = _mm256_slli_epi32(_mm256_and_si256(first, second), 31);
  return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(both));
}

AVX2 static inline __m256i keys_at(const uint16_t *units, unsigned width) {
  const __m128i first = load(units), second = load(units + 1);
  if (width == 1) return _mm256_cvtepu16_epi32(first);
  return _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_unpacklo_epi16(first, second)),
                                 _mm_unpackhi_epi16(first, second), 1);
}

AVX2 static inline __attribute__((always_inline)) void filter_with(const struct lookup *l,
                                                                   const uint16_t *units, size_t count,
                                                                   unsigned width, bool in_registers,
                                                                   uint64_t *masks) {
  for (size_t at = 0; at < count; at += 64) {
    const size_t end = count - at < 64 ? count - at : 64;
    uint64_t mask = 0;
    for (size_t i = 0; i < end; i += 8)
      mask |= filter_eight(l, keys_at(units + at + i, width), in_registers) << i;
    masks[at / 64] = mask;
  }
}

// Bits of the units that are ASCII, for `count` units and some behind them, 64 in all.
AVX2 static inline uint64_t ascii_units(const uint16_t *units, size_t count) {
  uint64_t mask = 0;
  for (size_t i = 0; i < count && i < 64; i += 16) {
    const __m128i high = _mm_set1_epi16((short)0xFF80), none = _mm_setzero_si128();
    const __m128i first = _mm_cmpeq_epi16(_mm_and_si128(load(units + i), high), none);
    const __m128i second = _mm_cmpeq_epi16(_mm_and_si128(load(units + i + 8), high), none);
    mask |= (uint64_t)(unsigned)_mm_movemask_epi8(_mm_packs_epi16(first, second)) << i;
  }
  return mask;
}

// Keys of eight positions of four ASCII units each.
AVX2 static inline __m256i fours_at(const uint16_t *units) {
  __m256i keys = _mm256_cvtepu16_epi32(load(units));
  keys = _mm256_or_si256(keys, _mm256_slli_epi32(_mm256_cvtepu16_epi32(load(units + 1)), 8));
  keys = _mm256_or_si256(keys, _mm256_slli_epi32(_mm256_cvtepu16_epi32(load(units + 2)), 16));
  return _mm256_or_si256(keys, _mm256_slli_epi32(_mm256_cvtepu16_epi32(load(units + 3)), 24));
}

AVX2 static void filter_fours_avx2(const struct lookup *l, const uint16_t *units, size_t count,
                                   uint64_t *masks) {
  for (size_t at = 0; at < count; at += 64) {
    const size_t left = count - at;
    const uint64_t ascii = ascii_units(units + at, left < 64 ? left + 3 : 64);
    const uint64_t next = left > 61 ? ascii_units(units + at + 64, 3) : 0;
    uint64_t mask = ascii & below(left < 64 ? left : 64), passing = 0;
    for (unsigned i = 1; i < 4; i++) mask &= ascii >> i | next << (64 - i);
    for (unsigned i = 0; i < 64 && mask >> i != 0; i += 8) {
      if ((mask >> i & 0xFF) == 0) continue;
      const __m256i keys = fours_at(units + at + i);
      passing |= (l->in_registers ? filter_eight(l, keys, true) : filter_eight(l, keys, false)) << i;
    }
    masks[at / 64] = mask & passing;
  }
}

AVX2 static void filter_avx2(const uint32_t *filter, unsigned bits, const uint16_t *units, size_t count,
                             unsigned width, uint64_t *masks) {
  const struct lookup l = lookup_in(filter, bits);
  if (width == 4) filter_fours_avx2(&l, units, count, masks);
  if (width == 1 && l.in_registers) filter_with(&l, units, count, 1, true, masks);
  if (width == 1 && !l.in_registers) filter_with(&l, units, count, 1, false, masks);
  if (width == 2 && l.in_registers) filter_with(&l, units, count, 2, true, masks);
  if (width == 2 && !l.in_registers) filter_with(&l, units, count, 2, false, masks);
  if (count % 64 != 0) masks[count / 64] &= below(count % 64);
}
#else
#define filter_avx2 filter_plain
#endif

void nuo__match_filter(const void *blob, const struct match_family *family, const uint16_t *units,
                       size_t count, uint64_t *masks) {
  const uint32_t *filter = (const void *)((const char *)blob + family->filter_at);
  const unsigned width = nuo__match_key_units(family->kind);
  if (nuo__cpu_level() >= CPU_AVX2)
    filter_avx2(filter, family->filter_bits, units, count, width, masks);
  else
    filter_plain(filter, family->filter_bits, units, count, width, masks);
}
