// SPDX-License-Identifier: Apache-2.0
#include "compiler/pool.h"

#include <string.h>

#include "runtime/hash.h"

static uint32_t *slot_of(const struct pool *pool, const char *key, size_t size) {
  uint32_t i = nuo__hash(key, size) & (pool->slot_count - 1);
  for (; pool->slots[i] != 0; i = (i + 1) & (pool->slot_count - 1)) {
    const struct str there = pool->entries.at[pool->slots[i] - 1].key;
    if (there.len == size && (size == 0 || memcmp(there.at, key, size) == 0)) break;
  }
  return &pool->slots[i];
}

static void grow_pool(struct arena *arena, struct pool *pool) {
  pool->slot_count = pool->slot_count == 0 ? 64 : pool->slot_count * 2;
  pool->slots = nuo__arena_alloc(arena, pool->slot_count * sizeof *pool->slots);
  for (uint32_t i = 0; i < pool->entries.count; i++)
    *slot_of(pool, pool->entries.at[i].key.at, pool->entries.at[i].key.len) = i + 1;
}

uint32_t *nuo__pool_at(struct arena *arena, struct pool *pool, const void *key, size_t size) {
  if ((pool->entries.count + 1) * 2 > pool->slot_count) grow_pool(arena, pool);
  uint32_t *slot = slot_of(pool, key, size);
  if (*slot == 0) {
    const struct pool_entry entry = {nuo__arena_copy(arena, key, size), UINT32_MAX};
    VEC_PUSH(arena, &pool->entries, entry);
    *slot = pool->entries.count;
  }
  return &pool->entries.at[*slot - 1].number;
}

uint32_t nuo__pool_find(const struct pool *pool, const void *key, size_t size) {
  if (pool->slot_count == 0) return UINT32_MAX;
  const uint32_t slot = *slot_of(pool, key, size);
  return slot == 0 ? UINT32_MAX : pool->entries.at[slot - 1].number;
}

void nuo__pool_name(struct arena *arena, struct pool *pool, struct str name, uint32_t number) {
  if (name.len == 0) return;
  uint32_t *at = nuo__pool_at(arena, pool, name.at, name.len);
  if (*at > number) *at = number;
}
