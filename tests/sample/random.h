// SPDX-License-Identifier: Apache-2.0
// Random numbers of the sample events: splitmix64, one row for all.
#ifndef NUO_TESTS_SAMPLE_RANDOM_H
#define NUO_TESTS_SAMPLE_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

extern uint64_t random_state;

// The finisher of splitmix64: turns a number into one that looks random.
static inline uint64_t scramble(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static inline uint32_t below(uint32_t n) {
  uint64_t bits = scramble(random_state += UINT64_C(0x9e3779b97f4a7c15));
  return (uint32_t)((bits >> 32) * n >> 32);
}

static inline bool one_in(uint32_t n) {
  return below(n) == 0;
}

static inline uint32_t between(uint32_t least, uint32_t most) {
  return least + below(most - least);
}

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define PICK(list) ((list)[below((uint32_t)COUNT_OF(list))])

#endif
