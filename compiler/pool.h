// SPDX-License-Identifier: Apache-2.0
// Numbers by keys: a hash table in an arena, whose keys are bytes. The number of something found by its name,
// or of equal things that stand in one place once.
#ifndef NUO_COMPILER_POOL_H
#define NUO_COMPILER_POOL_H

#include "compiler/base.h"

struct pool {
  VEC(struct pool_entry {
    struct str key;
    uint32_t number;
  })
  entries;
  uint32_t *slots;  // entry + 1, or 0
  uint32_t slot_count;
};

// Where the number of `key` stands; UINT32_MAX there when the key is new (it is entered, its bytes copied).
uint32_t *nuo__pool_at(struct arena *arena, struct pool *pool, const void *key, size_t size);
// The number of `key`, or UINT32_MAX when it is not there.
uint32_t nuo__pool_find(const struct pool *pool, const void *key, size_t size);

// Names of the things in a list, which is searched through while it is short: from this many on they are in a
// pool.
#define POOL_FROM 16
// Enters a name of the thing at place `number`, unless the name is empty or an earlier thing has it.
void nuo__pool_name(struct arena *arena, struct pool *pool, struct str name, uint32_t number);

#endif
