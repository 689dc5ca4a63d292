// SPDX-License-Identifier: Apache-2.0
// The inside of the store in memory, for its own files: store.c (the table), store_slot.c (what lies in a
// place of it), store_timer.c.
#ifndef NUO_RUNTIME_STORE_SLOT_H
#define NUO_RUNTIME_STORE_SLOT_H

#include "runtime/store.h"

#define GROUP_SIZE 10  // bytes of a key that all records of a slot share: its first and its last
#define GROUP_FIRST 4
#define OWN_SIZE 6  // … and those between, which tell one from the other
#define RECORD_MAX (1u << 30)
#define LINE 64  // of the caches

// A slot holds the records of one group, one behind the other, as entries; in a block when there is not
// enough room. An empty slot is all 0xFF, so that its group is the greatest of all. A slot is followed by the
// rest of its body: all of one store are of the same size.
struct slot {
  uint8_t group[GROUP_SIZE];
  uint8_t fill;  // bytes of the body that are used, or
  uint8_t body[];
};
enum { SLOT_IN_BLOCK = 254, SLOT_EMPTY = 255 };

// An entry: the own bytes of its key, its head, then the record; or, where that is greater than the store's
// `inside`, the block that it lies in.
#define ENTRY_HEAD (OWN_SIZE + 1)
enum { ENTRY_SIZE = 31, ENTRY_OUTSIDE = 32, ENTRY_CHANGED = 64 };  // in its head; CHANGED: noted already

struct segment {
  uint32_t bits;  // so many first bits its keys have in common
  // Slots for `places`, and some for what was pushed behind the last; the very last is always empty.
  char *slots;
  void *block;  // where they lie, from the next line of the caches on
  uint32_t places, total, count;
};
struct timer {
  int64_t at;
  struct store_key key;
};
// Blocks that were given back wait to be used again, by their size: records of events come and go, and
// nothing is allocated for one in the long run. Greater ones, up to which there are so many sizes, are not
// kept.
#define KEPT_BLOCK_MAX 4096
#define KEPT_SIZES 28
#define SEGMENT_BITS 10  // at most
#define SEGMENTS (1u << SEGMENT_BITS)
struct store {
  const nuo_allocator *allocator;
  uint32_t inside;  // the greatest record that lies in a slot
  uint32_t body, slot_size;
  size_t count, bytes;
  void *kept[KEPT_SIZES];  // the first of each size; each begins with where the next one is
  struct timer *timers;    // a heap, the first one at its root
  size_t timer_count, timer_size;
  bool is_watched, is_cleared;
  bool is_lost;  // a change could not be noted
  struct store_key *changed;
  size_t changed_count, changed_size;
  struct timer_change *timer_changes;
  size_t timer_change_count, timer_change_size;
  uint16_t which[SEGMENTS];  // the segment for the first bits of a key
  uint32_t segment_count;
  struct segment *last;  // where a group was found last, at `last_at`: it is often asked for again
  uint32_t last_at;
  struct segment segments[SEGMENTS];
};

// Where a key is: `entry` is NULL when it has no record, and `slot` is where its group is or would be put.
struct spot {
  struct segment *segment;
  uint32_t at;
  bool has_group;
  uint8_t *entry;
};
static inline struct slot *nuo__slot_at(const struct store *store, const struct segment *segment,
                                        uint32_t at) {
  return (struct slot *)(segment->slots + (size_t)at * store->slot_size);
}

// ---- store_slot.c ----

struct body {
  uint8_t *at;
  uint32_t used;
};
struct body nuo__slot_body(struct slot *slot);
uint32_t nuo__entry_size(const uint8_t *entry);
// The entry with these own bytes; NULL when there is none.
uint8_t *nuo__slot_find(struct slot *slot, const uint8_t own[OWN_SIZE]);
struct store_key nuo__entry_key(const struct slot *slot, const uint8_t *entry);
uint8_t *nuo__entry_record(uint8_t *entry, uint32_t *size);
// Puts a record into the slot in the place of `entry`, or as another when that is NULL; a slot that has none
// always has room. False when out of memory: nothing has changed.
bool nuo__slot_put(struct store *store, struct slot *slot, uint8_t *entry, const uint8_t own[OWN_SIZE],
                   const void *record, uint32_t size);
// Makes a record longer; NULL when out of memory.
uint8_t *nuo__slot_extend(struct store *store, struct slot *slot, uint8_t *entry, uint32_t size);
void nuo__slot_remove(struct store *store, struct slot *slot, uint8_t *entry);
// Gives back the blocks of a slot, which is overwritten then.
void nuo__slot_free(struct store *store, struct slot *slot);
uint32_t nuo__block_size(uint32_t size);
// Gives the allocator what is kept to be used again.
void nuo__blocks_release(struct store *store);

// ---- store_timer.c ----

// Room for one more in a list of `count`; counted in store->bytes.
void *nuo__store_room(struct store *store, void *list, size_t item, size_t count, size_t *size);
bool nuo__store_sweep_timers(struct store *store, store_judge *is_doomed, const void *context);

#endif
