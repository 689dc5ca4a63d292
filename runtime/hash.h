// SPDX-License-Identifier: Apache-2.0
// A hash for tables in memory, eight bytes a step: for the short keys that names are. Nothing that is stored
// depends on it. And a comparison of such keys. Called by whoever looks names up.
#ifndef NUO_RUNTIME_HASH_H
#define NUO_RUNTIME_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint64_t nuo__hash_mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
  return hash ^ hash >> 32;
}

static inline uint32_t nuo__hash(const char *bytes, size_t size) {
  uint64_t hash = size, word = 0;
  if (size < 8) {
    for (size_t i = 0; i < size; i++) word = word << 8 | (unsigned char)bytes[i];
    return (uint32_t)nuo__hash_mix(hash, word);
  }
  for (size_t i = 0; i + 8 < size; i += 8) {
    memcpy(&word, bytes + i, sizeof word);
    hash = nuo__hash_mix(hash, word);
  }
  memcpy(&word, bytes + size - 8, sizeof word);  // overlaps what was read before
  return (uint32_t)nuo__hash_mix(hash, word);
}

// Whether the first `size` bytes are the same, without the call that memcmp is.
static inline bool nuo__same_bytes(const char *a, const char *b, size_t size) {
  uint64_t x, y;
  uint32_t v, w;
  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8) {
      memcpy(&x, a + i, sizeof x);
      memcpy(&y, b + i, sizeof y);
      if (x != y) return false;
    }
    memcpy(&x, a + size - 8, sizeof x);
    memcpy(&y, b + size - 8, sizeof y);
    return x == y;
  }
  if (size >= 4) {
    memcpy(&v, a, sizeof v);
    memcpy(&w, b, sizeof w);
    if (v != w) return false;
    memcpy(&v, a + size - 4, sizeof v);
    memcpy(&w, b + size - 4, sizeof w);
    return v == w;
  }
  return size == 0 || (a[0] == b[0] && a[size / 2] == b[size / 2] && a[size - 1] == b[size - 1]);
}

#endif
