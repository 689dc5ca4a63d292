// SPDX-License-Identifier: Apache-2.0
// What lies in a slot of the store, see store_slot.h: entries in no order, of which there are as many as the
// policy has definitions over the same values. Called by store.c.
#include "runtime/store_slot.h"

#include <string.h>

// A block, as it stands in a body or in an entry.
struct block {
  uint8_t *at;
  uint32_t used, size;
};
#define BLOCK_BYTES (sizeof(uint8_t *) + 4)  // of one in an entry: its size follows from what is used

static void read_block(const uint8_t *from, struct block *block) {
  memcpy(&block->at, from, sizeof block->at);
  memcpy(&block->used, from + sizeof block->at, sizeof block->used);
  block->size = nuo__block_size(block->used);
}

static void write_block(uint8_t *to, const struct block *block) {
  memcpy(to, &block->at, sizeof block->at);
  memcpy(to + sizeof block->at, &block->used, sizeof block->used);
}

// Bytes of the block for a record: steps of 16, then a quarter of the next lower power of two, so that a
// record that grows a little at a time is seldom moved.
uint32_t nuo__block_size(uint32_t size) {
  uint32_t step = size <= 128 ? 16 : 1u << (29 - __builtin_clz(size));
  return (size + step - 1) & ~(step - 1);
}

// Which of the sizes that nuo__block_size gives.
static uint32_t size_index(uint32_t size) {
  if (size <= 128) return size / 16 - 1;
  const uint32_t power = 31 - (uint32_t)__builtin_clz(size - 1);
  return 8 + (power - 7) * 4 + ((size - 1) >> (power - 2) & 3);
}

static uint32_t size_of_index(uint32_t index) {
  return index < 8 ? (index + 1) * 16 : (5 + (index - 8) % 4) << (5 + (index - 8) / 4);
}

static uint8_t *new_block(struct store *store, uint32_t size) {
  void **first = size <= KEPT_BLOCK_MAX ? &store->kept[size_index(size)] : NULL;
  uint8_t *block = first != NULL ? *first : NULL;
  if (block != NULL) return memcpy(first, block, sizeof *first), block;
  block = nuo__alloc(store->allocator, size);
  if (block != NULL) store->bytes += size;
  return block;
}

static void give_back(struct store *store, void *block, uint32_t size) {
  nuo__free(store->allocator, block, size);
  store->bytes -= size;
}

static void free_block(struct store *store, uint8_t *block, uint32_t size) {
  if (size > KEPT_BLOCK_MAX) {
    give_back(store, block, size);
    return;
  }
  void **first = &store->kept[size_index(size)];
  memcpy(block, first, sizeof *first);
  *first = block;
}

void nuo__blocks_release(struct store *store) {
  for (uint32_t i = 0; i < KEPT_SIZES; i++) {
    while (store->kept[i] != NULL) {
      void *block = store->kept[i];
      memcpy(&store->kept[i], block, sizeof block);
      give_back(store, block, size_of_index(i));
    }
  }
}

// ---- the body ----

static struct block block_of_body(const struct slot *slot) {
  struct block block;
  memcpy(&block, slot->body, sizeof block);
  return block;
}

struct body nuo__slot_body(struct slot *slot) {
  if (slot->fill != SLOT_IN_BLOCK) return (struct body){slot->body, slot->fill};
  const struct block block = block_of_body(slot);
  return (struct body){block.at, block.used};
}

// Back from the block, when it fits. A block never gets smaller, so nothing can go wrong.
static void shrink_body(struct store *store, struct slot *slot, uint32_t used) {
  if (slot->fill != SLOT_IN_BLOCK) {
    slot->fill = (uint8_t)used;
    return;
  }
  struct block block = block_of_body(slot);
  if (used > store->body) {
    block.used = used;
    memcpy(slot->body, &block, sizeof block);
    return;
  }
  memcpy(slot->body, block.at, used);
  slot->fill = (uint8_t)used;
  free_block(store, block.at, block.size);
}

static bool grow_body(struct store *store, struct slot *slot, uint32_t used) {
  const struct body old = nuo__slot_body(slot);
  struct block block = {.size = 0}, grown = {.used = used, .size = nuo__block_size(used)};
  if (slot->fill != SLOT_IN_BLOCK && used <= store->body) {
    slot->fill = (uint8_t)used;
    return true;
  }
  if (slot->fill == SLOT_IN_BLOCK) block = block_of_body(slot);
  if (used <= block.size) {
    grown = block;
    grown.used = used;
  } else {
    grown.at = new_block(store, grown.size);
    if (grown.at == NULL) return false;
    memcpy(grown.at, old.at, old.used);
    if (block.size > 0) free_block(store, block.at, block.size);
  }
  memcpy(slot->body, &grown, sizeof grown);
  slot->fill = SLOT_IN_BLOCK;
  return true;
}

// ---- entries ----

uint32_t nuo__entry_size(const uint8_t *entry) {
  const uint8_t head = entry[OWN_SIZE];
  return ENTRY_HEAD + (head & ENTRY_OUTSIDE ? (uint32_t)BLOCK_BYTES : head & ENTRY_SIZE);
}

static inline uint64_t own_of(const uint8_t *at) {
  uint32_t first;
  uint16_t last;
  memcpy(&first, at, sizeof first);
  memcpy(&last, at + sizeof first, sizeof last);
  return (uint64_t)first << 16 | last;
}

uint8_t *nuo__slot_find(struct slot *slot, const uint8_t own[OWN_SIZE]) {
  const uint64_t wanted = own_of(own);
  const struct body body = nuo__slot_body(slot);
  for (uint8_t *at = body.at, *end = at + body.used; at < end; at += nuo__entry_size(at))
    if (own_of(at) == wanted) return at;
  return NULL;
}

struct store_key nuo__entry_key(const struct slot *slot, const uint8_t *entry) {
  struct store_key key;
  memcpy(key.bytes, slot->group, GROUP_FIRST);
  memcpy(key.bytes + GROUP_FIRST, entry, OWN_SIZE);
  memcpy(key.bytes + GROUP_FIRST + OWN_SIZE, slot->group + GROUP_FIRST, GROUP_SIZE - GROUP_FIRST);
  return key;
}

uint8_t *nuo__entry_record(uint8_t *entry, uint32_t *size) {
  const uint8_t head = entry[OWN_SIZE];
  struct block block;
  if (!(head & ENTRY_OUTSIDE)) return *size = head & ENTRY_SIZE, entry + ENTRY_HEAD;
  read_block(entry + ENTRY_HEAD, &block);
  *size = block.used;
  return block.at;
}

static void free_outside(struct store *store, const uint8_t *entry) {
  struct block block;
  if (!(entry[OWN_SIZE] & ENTRY_OUTSIDE)) return;
  read_block(entry + ENTRY_HEAD, &block);
  free_block(store, block.at, block.size);
}

// Makes an entry (NULL: a new one, the last) one of `size` bytes, of which those that were there stay. NULL
// when out of memory.
static uint8_t *resize_entry(struct store *store, struct slot *slot, const uint8_t *entry, uint32_t size) {
  struct body body = nuo__slot_body(slot);
  const uint32_t where = entry == NULL ? body.used : (uint32_t)(entry - body.at);
  const uint32_t old = entry == NULL ? 0 : nuo__entry_size(entry), behind = body.used - where - old;
  if (size <= old) {
    memmove(body.at + where + size, body.at + where + old, behind);
    shrink_body(store, slot, body.used - old + size);
  } else if (!grow_body(store, slot, body.used + size - old)) {
    return NULL;
  }
  body = nuo__slot_body(slot);
  if (size > old) memmove(body.at + where + size, body.at + where + old, behind);
  return body.at + where;
}

static uint8_t head_of(const struct store *store, uint32_t size) {
  const unsigned noted = store->is_watched ? ENTRY_CHANGED : 0;
  return (uint8_t)(noted | (size <= store->inside ? size : ENTRY_OUTSIDE));
}

// Writes what stands in an entry for a record of `size` bytes, of which the first `given` are known: the
// record, or the block that it was put in. Gives how long that is; 0 when out of memory.
static uint32_t make_rest(struct store *store, const void *record, uint32_t given, uint32_t size,
                          uint8_t rest[ENTRY_SIZE]) {
  struct block block = {.used = size, .size = nuo__block_size(size)};
  if (size <= store->inside) return memcpy(rest, record, given), size;
  block.at = new_block(store, block.size);
  if (block.at == NULL) return 0;
  memcpy(block.at, record, given);
  write_block(rest, &block);
  return BLOCK_BYTES;
}

// Whether a record of `size` bytes may stay in the block it is in.
static bool stays(const struct store *store, const uint8_t *entry, uint32_t size) {
  struct block block;
  if (entry == NULL || !(entry[OWN_SIZE] & ENTRY_OUTSIDE) || size <= store->inside) return false;
  read_block(entry + ENTRY_HEAD, &block);
  return nuo__block_size(size) == block.size;
}

static uint8_t *set_size(uint8_t *entry, uint32_t size) {
  struct block block;
  read_block(entry + ENTRY_HEAD, &block);
  block.used = size;
  write_block(entry + ENTRY_HEAD, &block);
  return block.at;
}

// Puts an entry for a record, of which the first `given` bytes are known, in the place of another, whose
// block is given back. Gives where the record is.
static uint8_t *replace(struct store *store, struct slot *slot, uint8_t *entry, const uint8_t own[OWN_SIZE],
                        const void *record, uint32_t given, uint32_t size) {
  uint8_t fresh[ENTRY_HEAD + ENTRY_SIZE] = {0}, old[ENTRY_HEAD + ENTRY_SIZE] = {0};
  const uint32_t len = make_rest(store, record, given, size, fresh + ENTRY_HEAD);
  if (len == 0) return NULL;
  memcpy(fresh, own, OWN_SIZE);
  fresh[OWN_SIZE] = head_of(store, size);
  if (entry != NULL) memcpy(old, entry, nuo__entry_size(entry));
  uint8_t *at = resize_entry(store, slot, entry, ENTRY_HEAD + len);
  if (at == NULL) return free_outside(store, fresh), NULL;
  memcpy(at, fresh, ENTRY_HEAD + len);
  free_outside(store, old);
  return nuo__entry_record(at, &size);
}

// A small record behind the others, where there is room: what a record is put for mostly.
static bool append(const struct store *store, struct slot *slot, const uint8_t own[OWN_SIZE],
                   const void *record, uint32_t size) {
  if (size > store->inside || slot->fill == SLOT_IN_BLOCK || slot->fill + ENTRY_HEAD + size > store->body)
    return false;
  uint8_t *at = slot->body + slot->fill;
  slot->fill = (uint8_t)(slot->fill + ENTRY_HEAD + size);
  memcpy(at, own, OWN_SIZE);
  at[OWN_SIZE] = head_of(store, size);
  memcpy(at + ENTRY_HEAD, record, size);
  return true;
}

bool nuo__slot_put(struct store *store, struct slot *slot, uint8_t *entry, const uint8_t own[OWN_SIZE],
                   const void *record, uint32_t size) {
  if (entry == NULL && append(store, slot, own, record, size)) return true;
  if (!stays(store, entry, size)) return replace(store, slot, entry, own, record, size, size) != NULL;
  memmove(set_size(entry, size), record, size);
  return true;
}

uint8_t *nuo__slot_extend(struct store *store, struct slot *slot, uint8_t *entry, uint32_t size) {
  uint8_t own[OWN_SIZE];
  uint32_t had;
  if (stays(store, entry, size)) return set_size(entry, size);
  if (size <= store->inside) {
    entry = resize_entry(store, slot, entry, ENTRY_HEAD + size);
    if (entry == NULL) return NULL;
    entry[OWN_SIZE] = head_of(store, size);
    return entry + ENTRY_HEAD;
  }
  const uint8_t *record = nuo__entry_record(entry, &had);
  memcpy(own, entry, OWN_SIZE);
  return replace(store, slot, entry, own, record, had, size);
}

void nuo__slot_remove(struct store *store, struct slot *slot, uint8_t *entry) {
  free_outside(store, entry);
  resize_entry(store, slot, entry, 0);
}

void nuo__slot_free(struct store *store, struct slot *slot) {
  const struct body body = nuo__slot_body(slot);
  for (const uint8_t *at = body.at, *end = at + body.used; at < end; at += nuo__entry_size(at))
    free_outside(store, at);
  if (slot->fill != SLOT_IN_BLOCK) return;
  const struct block block = block_of_body(slot);
  free_block(store, block.at, block.size);
}
