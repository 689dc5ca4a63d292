// SPDX-License-Identifier: Apache-2.0
// Comparisons of all lanes of a column at once: each gives the mask of the lanes below `n` (at most 64) where
// it holds; bits from `n` on mean nothing. Columns have room for 64 lanes, all of which may be read. Called
// by vm_lanes.h.
#ifndef NUO_RUNTIME_VM_COMPARE_H
#define NUO_RUNTIME_VM_COMPARE_H

#include <stdint.h>

uint64_t nuo__lanes_eq(const int64_t *b, const int64_t *c, uint32_t n);
uint64_t nuo__lanes_lt(const int64_t *b, const int64_t *c, uint32_t n);
uint64_t nuo__lanes_eqk(const int64_t *b, int64_t k, uint32_t n);
uint64_t nuo__lanes_ltk(const int64_t *b, int64_t k, uint32_t n);
// b > k.
uint64_t nuo__lanes_gtk(const int64_t *b, int64_t k, uint32_t n);
// low <= b < high; when low > high: b >= low or b < high.
uint64_t nuo__lanes_rangek(const int64_t *b, int64_t low, int64_t high, uint32_t n);

// The same on 32-bit columns.
uint64_t nuo__wides_eqk(const int32_t *b, int64_t k, uint32_t n);
uint64_t nuo__wides_ltk(const int32_t *b, int64_t k, uint32_t n);
uint64_t nuo__wides_gtk(const int32_t *b, int64_t k, uint32_t n);
uint64_t nuo__wides_rangek(const int32_t *b, int64_t low, int64_t high, uint32_t n);

#endif
