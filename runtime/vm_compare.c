// SPDX-License-Identifier: Apache-2.0
// Comparisons of all lanes of a column, see vm_compare.h. Each stands here twice: in C for every machine, and
// with AVX2, four lanes a step, for those that have it. Neither compiler finds the second in the first
// without being told the machine: 64 lanes took 50 ns in C and 8 ns so.
#include "runtime/vm_compare.h"

#include "runtime/cpu.h"

// Unsigned wrap-around makes one comparison of both kinds of range: the distance from `low` upwards is less
// than the range is long, be it through the top or not.
static inline int is_in_range(int64_t value, int64_t low, int64_t high) {
  return (uint64_t)value - (uint64_t)low < (uint64_t)high - (uint64_t)low;
}

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

AVX2 static inline __m256i four_lanes(const int64_t *at) {
  return _mm256_loadu_si256((const __m256i *)at);
}

AVX2 static inline __m256i four_wides(const int32_t *at) {
  return _mm256_cvtepi32_epi64(_mm_loadu_si128((const __m128i *)at));
}

AVX2 static inline __m256i all(int64_t k) {
  return _mm256_set1_epi64x(k);
}

AVX2 static inline __m256i are_equal(__m256i a, __m256i b) {
  return _mm256_cmpeq_epi64(a, b);
}

AVX2 static inline __m256i are_less(__m256i a, __m256i b) {
  return _mm256_cmpgt_epi64(b, a);
}

// The comparison is a signed one: the top bit of both sides is turned over.
AVX2 static inline __m256i are_in_range(__m256i value, __m256i low, __m256i high) {
  __m256i distance = _mm256_sub_epi64(value, low), length = _mm256_sub_epi64(high, low);
  return are_less(_mm256_xor_si256(distance, all(INT64_MIN)), _mm256_xor_si256(length, all(INT64_MIN)));
}

#define COMPARISON(name, parameters, arguments, condition, four_conditions)            \
  AVX2 static uint64_t name##_avx2 parameters {                                        \
    uint64_t mask = 0;                                                                 \
    for (uint32_t l = 0; l < n; l += 4) {                                              \
      mask |= (uint64_t)_mm256_movemask_pd(_mm256_castsi256_pd(four_conditions)) << l; \
    }                                                                                  \
    return mask;                                                                       \
  }                                                                                    \
  uint64_t nuo__##name parameters {                                                    \
    if (nuo__cpu_level() >= CPU_AVX2) return name##_avx2 arguments;                    \
    uint64_t mask = 0;                                                                 \
    for (uint32_t l = 0; l < n; l++) mask |= (uint64_t)(condition) << l;               \
    return mask;                                                                       \
  }
#else
#define COMPARISON(name, parameters, arguments, condition, four_conditions) \
  uint64_t nuo__##name parameters {                                         \
    uint64_t mask = 0;                                                      \
    for (uint32_t l = 0; l < n; l++) mask |= (uint64_t)(condition) << l;    \
    return mask;                                                            \
  }
#endif

COMPARISON(lanes_eq, (const int64_t *b, const int64_t *c, uint32_t n), (b, c, n), b[l] == c[l],
           are_equal(four_lanes(b + l), four_lanes(c + l)))
COMPARISON(lanes_lt, (const int64_t *b, const int64_t *c, uint32_t n), (b, c, n), b[l] < c[l],
           are_less(four_lanes(b + l), four_lanes(c + l)))
COMPARISON(lanes_eqk, (const int64_t *b, int64_t k, uint32_t n), (b, k, n), b[l] == k,
           are_equal(four_lanes(b + l), all(k)))
COMPARISON(lanes_ltk, (const int64_t *b, int64_t k, uint32_t n), (b, k, n), b[l] < k,
           are_less(four_lanes(b + l), all(k)))
COMPARISON(lanes_gtk, (const int64_t *b, int64_t k, uint32_t n), (b, k, n), b[l] > k,
           are_less(all(k), four_lanes(b + l)))
COMPARISON(lanes_rangek, (const int64_t *b, int64_t low, int64_t high, uint32_t n), (b, low, high, n),
           is_in_range(b[l], low, high), are_in_range(four_lanes(b + l), all(low), all(high)))
COMPARISON(wides_eqk, (const int32_t *b, int64_t k, uint32_t n), (b, k, n), b[l] == k,
           are_equal(four_wides(b + l), all(k)))
COMPARISON(wides_ltk, (const int32_t *b, int64_t k, uint32_t n), (b, k, n), b[l] < k,
           are_less(four_wides(b + l), all(k)))
COMPARISON(wides_gtk, (const int32_t *b, int64_t k, uint32_t n), (b, k, n), b[l] > k,
           are_less(all(k), four_wides(b + l)))
COMPARISON(wides_rangek, (const int32_t *b, int64_t low, int64_t high, uint32_t n), (b, low, high, n),
           is_in_range(b[l], low, high), are_in_range(four_wides(b + l), all(low), all(high)))
