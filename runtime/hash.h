// SPDX-License-Identifier: Apache-2.0
// A hash for tables in memory: FNV-1a, for the short keys that names are. Nothing that is stored depends on it.
// Called by whoever looks names up.
#ifndef NUO_RUNTIME_HASH_H
#define NUO_RUNTIME_HASH_H

#include <stddef.h>
#include <stdint.h>

static inline uint32_t nuo__hash(const char *bytes, size_t size) {
  uint32_t hash = UINT32_C(2166136261);
  for (size_t i = 0; i < size; i++) hash = (hash ^ (unsigned char)bytes[i]) * UINT32_C(16777619);
  // The low bits, which choose a slot, know too little of the last bytes.
  return hash ^ hash >> 15;
}

#endif
