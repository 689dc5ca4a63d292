// SPDX-License-Identifier: Apache-2.0
// The store in memory. Keys begin with four bytes of a hash, so they spread evenly by themselves: the first
// bits choose a segment, the others a place in it. All that is kept under the same values is one
// group, whose records lie in one slot (store_slot.c). Within a segment the slots lie in the order of their
// groups, each at its place or as little behind it as those before it allow; a search ends at the first
// greater group. Groups may begin alike, and be many: a search goes on in leaps. A segment grows by an
// eighth, alone, and is divided when it gets great, so that no growth takes long. Of a store that is watched,
// a record that changed is marked in its entry, so that its key is noted once. Knows nothing of what a record
// means. Called by state.c, delivery.c and disk.c.
#include "runtime/store.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/store_slot.h"

#define PLACE_BITS 32  // of a key, those of the segment included
#define NEAR 12        // slots that are looked at one after the other
// Of a segment: small enough to be moved in a few ms, great enough to lie on pages of 2 MB.
#define SEGMENT_BYTES_MAX (8u << 20)

// ---- places ----

// Bytes in the order of memcmp; written out so that compilers make one load of them.
static inline uint32_t big_endian_4(const uint8_t *b) {
  return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | (uint32_t)b[3];
}

static inline uint64_t big_endian_8(const uint8_t *b) {
  return (uint64_t)b[0] << 56 | (uint64_t)b[1] << 48 | (uint64_t)b[2] << 40 | (uint64_t)b[3] << 32 |
         (uint64_t)b[4] << 24 | (uint64_t)b[5] << 16 | (uint64_t)b[6] << 8 | (uint64_t)b[7];
}

static inline uint16_t big_endian_2(const uint8_t *b) {
  return (uint16_t)(b[0] << 8 | b[1]);
}

// A group in the order of memcmp.
struct group {
  uint64_t high;
  uint16_t low;
};

static inline struct group group_of(const struct store_key *key) {
  const uint8_t *last = key->bytes + GROUP_FIRST + OWN_SIZE;
  return (struct group){(uint64_t)big_endian_4(key->bytes) << 32 | big_endian_4(last),
                        big_endian_2(last + 4)};
}

static inline struct group group_at(const struct slot *slot) {
  return (struct group){big_endian_8(slot->group), big_endian_2(slot->group + 8)};
}

static struct segment *segment_of(const struct store *store, struct group group) {
  return (struct segment *)&store->segments[store->which[group.high >> (64 - SEGMENT_BITS)]];
}

static uint32_t home_of(struct group group, const struct segment *segment) {
  const uint32_t rest = (uint32_t)(group.high >> (64 - PLACE_BITS)) << segment->bits;
  return (uint32_t)((uint64_t)rest * segment->places >> 32);
}

static inline bool is_empty(const struct slot *slot) {
  return slot->fill == SLOT_EMPTY;
}

// An empty slot has the greatest group of all.
static inline bool is_below(const struct slot *slot, struct group group) {
  const uint64_t high = big_endian_8(slot->group);
  return high < group.high || (high == group.high && big_endian_2(slot->group + 8) < group.low);
}

static inline bool is_of(const struct slot *slot, struct group group) {
  const struct group there = group_at(slot);
  return there.high == group.high && there.low == group.low && !is_empty(slot);
}

// The first slot behind `at`, which is below, that is not. From a group's home on all slots are below up to
// there and none is afterwards: those behind an empty one have homes behind it.
static uint32_t leap(const struct store *store, const struct segment *segment, uint32_t at,
                     struct group group) {
  uint32_t step = NEAR, end = segment->total - 1;
  while (step < end - at && is_below(nuo__slot_at(store, segment, at + step), group)) {
    at += step;
    step *= 2;
  }
  if (step < end - at) end = at + step;
  while (end - at > 1) {
    const uint32_t middle = at + (end - at) / 2;
    if (is_below(nuo__slot_at(store, segment, middle), group)) {
      at = middle;
    } else {
      end = middle;
    }
  }
  return end;
}

static struct spot find(struct store *store, const struct store_key *key) {
  const struct group group = group_of(key);
  if (store->last != NULL) {
    struct slot *slot = nuo__slot_at(store, store->last, store->last_at);
    if (is_of(slot, group))
      return (struct spot){store->last, store->last_at, true, nuo__slot_find(slot, key->bytes + GROUP_FIRST)};
  }
  struct spot spot = {.segment = segment_of(store, group)};
  const struct segment *segment = spot.segment;
  if (segment->places == 0) return spot;
  const uint32_t home = home_of(group, segment);
  struct slot *slot = nuo__slot_at(store, segment, home);
  for (spot.at = home; is_below(slot, group); slot = nuo__slot_at(store, segment, ++spot.at)) {
    if (spot.at - home < NEAR) continue;
    spot.at = leap(store, segment, spot.at, group);
    slot = nuo__slot_at(store, segment, spot.at);
    break;
  }
  spot.has_group = is_of(slot, group);
  if (!spot.has_group) return spot;
  store->last = spot.segment;
  store->last_at = spot.at;
  spot.entry = nuo__slot_find(slot, key->bytes + GROUP_FIRST);
  return spot;
}

static struct slot *slot_of(const struct store *store, struct spot spot) {
  return nuo__slot_at(store, spot.segment, spot.at);
}

static uint64_t prefix_of(struct group group, uint32_t bits) {
  return bits == 0 ? 0 : group.high >> (64 - bits);
}

// Moves the slots that begin with the bits `prefix` to their places in another table; false when there is no
// room for them at its end, and for one more.
static bool move_slots(const struct store *store, const struct segment *from, uint64_t prefix,
                       struct segment *to) {
  uint32_t next = 0;
  for (uint32_t i = 0; i < from->total; i++) {
    const struct slot *slot = nuo__slot_at(store, from, i);
    if (is_empty(slot) || prefix_of(group_at(slot), to->bits) != prefix) continue;
    uint32_t home = home_of(group_at(slot), to), at = home > next ? home : next;
    if (at + 2 >= to->total) return false;
    memcpy(nuo__slot_at(store, to, at), slot, store->slot_size);
    next = at + 1;
    to->count++;
  }
  return true;
}

static size_t segment_bytes(const struct store *store, const struct segment *segment) {
  return segment->total == 0 ? 0 : (size_t)segment->total * store->slot_size + LINE - 1;
}

static bool new_segment(struct store *store, uint32_t places, uint32_t spare, struct segment *segment) {
  *segment = (struct segment){.bits = segment->bits, .places = places, .total = places + spare};
  const size_t bytes = segment_bytes(store, segment);
  segment->block = nuo__alloc(store->allocator, bytes);
  if (segment->block == NULL) return false;
  memset(segment->block, SLOT_EMPTY, bytes);
  const size_t over = (uintptr_t)segment->block % LINE;
  segment->slots = (char *)segment->block + (over == 0 ? 0 : LINE - over);
  store->bytes += bytes;
  return true;
}

static void free_segment(struct store *store, struct segment *segment) {
  store->last = NULL;
  nuo__free(store->allocator, segment->block, segment_bytes(store, segment));
  store->bytes -= segment_bytes(store, segment);
  *segment = (struct segment){.bits = segment->bits};
}

// What begins with the bits `prefix`, in a table of its own. False when out of memory.
static bool copy_segment(struct store *store, const struct segment *from, uint64_t prefix, uint32_t places,
                         struct segment *to) {
  uint32_t spare = places < 256 ? 4 + places / 16 : places < 8192 ? 16 + places / 64 : 144;
  for (; places < RECORD_MAX; spare *= 2) {
    if (!new_segment(store, places, spare, to)) return false;
    if (move_slots(store, from, prefix, to)) return true;
    free_segment(store, to);
  }
  return false;
}

// Makes two of the segment that a group falls into.
static bool divide(struct store *store, struct segment *segment, struct group group) {
  const uint32_t bits = segment->bits + 1, places = segment->places / 16 * 9;
  const uint64_t prefix = prefix_of(group, bits) & ~UINT64_C(1);
  struct segment low = {.bits = bits}, high = {.bits = bits};
  if (!copy_segment(store, segment, prefix, places, &low)) return false;
  if (!copy_segment(store, segment, prefix | 1, places, &high)) {
    free_segment(store, &low);
    return false;
  }
  free_segment(store, segment);
  *segment = low;
  const uint32_t width = SEGMENTS >> bits, first = (uint32_t)(prefix | 1) * width;
  for (uint32_t i = 0; i < width; i++) store->which[first + i] = (uint16_t)store->segment_count;
  store->segments[store->segment_count++] = high;
  return true;
}

static bool grow(struct store *store, struct segment *segment, struct group group) {
  const uint32_t places = segment->places + (segment->places < 32 ? 4 : segment->places / 8);
  struct segment grown = {.bits = segment->bits};
  if ((size_t)places * store->slot_size > SEGMENT_BYTES_MAX && segment->bits < SEGMENT_BITS)
    return divide(store, segment, group);
  if (!copy_segment(store, segment, prefix_of(group, segment->bits), places, &grown)) return false;
  free_segment(store, segment);
  *segment = grown;
  return true;
}

// Makes room at `at` by pushing what follows one further; false when that reaches the end.
static bool push(const struct store *store, struct segment *segment, uint32_t at) {
  uint32_t end = at;
  while (!is_empty(nuo__slot_at(store, segment, end))) end++;
  if (end + 1 >= segment->total) return false;
  memmove(nuo__slot_at(store, segment, at + 1), nuo__slot_at(store, segment, at),
          (size_t)(end - at) * store->slot_size);
  return true;
}

static bool is_full(const struct segment *segment) {
  return segment->count * UINT64_C(8) >= segment->places * UINT64_C(7);
}

// A slot for the group of a key, without a record, where *spot says that it would be put.
static bool insert(struct store *store, const struct store_key *key, struct spot *spot) {
  while (is_full(spot->segment) || !push(store, spot->segment, spot->at)) {
    if (!grow(store, spot->segment, group_of(key))) return false;
    *spot = find(store, key);
  }
  struct slot *slot = slot_of(store, *spot);
  memcpy(slot->group, key->bytes, GROUP_FIRST);
  memcpy(slot->group + GROUP_FIRST, key->bytes + GROUP_FIRST + OWN_SIZE, GROUP_SIZE - GROUP_FIRST);
  slot->fill = 0;
  spot->segment->count++;
  return true;
}

// Pulls those that follow back, each no further than to its place.
static void take_out(const struct store *store, struct segment *segment, uint32_t at) {
  struct slot *slot = nuo__slot_at(store, segment, at);
  for (;;) {
    struct slot *next = nuo__slot_at(store, segment, at + 1);
    if (is_empty(next) || home_of(group_at(next), segment) == at + 1) break;
    memcpy(slot, next, store->slot_size);
    slot = next;
    at++;
  }
  memset(slot, SLOT_EMPTY, store->slot_size);
  segment->count--;
}

// ---- changes ----

// To be called before the record of a key changes; `entry` is what it has, or NULL.
static bool note(struct store *store, const struct store_key *key, uint8_t *entry) {
  if (!store->is_watched || (entry != NULL && entry[OWN_SIZE] & ENTRY_CHANGED)) return true;
  void *grown =
      nuo__store_room(store, store->changed, sizeof *key, store->changed_count, &store->changed_size);
  if (grown == NULL) return false;
  store->changed = grown;
  store->changed[store->changed_count++] = *key;
  if (entry != NULL) entry[OWN_SIZE] |= ENTRY_CHANGED;
  return true;
}

static void free_changes(struct store *store) {
  size_t keys = store->changed_size * sizeof *store->changed;
  size_t timers = store->timer_change_size * sizeof *store->timer_changes;
  nuo__free(store->allocator, store->changed, keys);
  nuo__free(store->allocator, store->timer_changes, timers);
  store->bytes -= keys + timers;
  store->changed = NULL;
  store->timer_changes = NULL;
  store->changed_count = store->changed_size = store->timer_change_count = store->timer_change_size = 0;
}

// ---- what the header promises of records ----

struct store *nuo__store_new(const nuo_allocator *allocator, enum store_room room) {
  struct store *store = nuo__alloc(allocator, sizeof *store);
  if (store == NULL) return NULL;
  memset(store, 0, sizeof *store);
  store->allocator = allocator;
  store->bytes = sizeof *store;
  store->inside = room;
  store->body = ENTRY_HEAD + room;
  store->slot_size = sizeof(struct slot) + store->body;
  store->segment_count = 1;
  return store;
}

// What was filled will be filled again: it keeps its table, which then need not grow.
static void empty_segment(struct store *store, struct segment *segment) {
  const bool was_filled = segment->count > segment->places / 4;
  for (uint32_t i = 0; i < segment->total; i++) {
    struct slot *slot = nuo__slot_at(store, segment, i);
    if (!is_empty(slot)) nuo__slot_free(store, slot);
  }
  segment->count = 0;
  if (was_filled) {
    memset(segment->block, SLOT_EMPTY, segment_bytes(store, segment));
  } else {
    free_segment(store, segment);
  }
}

// Blocks that nobody has used since the last time go; those of now are kept.
void nuo__store_clear(struct store *store) {
  nuo__blocks_release(store);
  for (uint32_t s = 0; s < store->segment_count; s++) empty_segment(store, &store->segments[s]);
  store->count = 0;
  store->changed_count = 0;
  store->is_cleared = store->is_watched;
}

void nuo__store_free(struct store *store) {
  if (store == NULL) return;
  nuo__store_clear(store);
  nuo__blocks_release(store);
  for (uint32_t s = 0; s < store->segment_count; s++) free_segment(store, &store->segments[s]);
  nuo__free(store->allocator, store->timers, store->timer_size * sizeof *store->timers);
  free_changes(store);
  nuo__free(store->allocator, store, sizeof *store);
}

const void *nuo__store_get(struct store *store, const struct store_key *key, uint32_t *size) {
  const struct spot spot = find(store, key);
  *size = 0;
  return spot.entry == NULL ? NULL : nuo__entry_record(spot.entry, size);
}

void nuo__store_prefetch(const struct store *store, const struct store_key *key) {
  const struct group group = group_of(key);
  const struct segment *segment = segment_of(store, group);
  if (segment->count == 0) return;
  // At least four slots follow the places.
  const char *home = (const char *)nuo__slot_at(store, segment, home_of(group, segment));
  __builtin_prefetch(home);
  __builtin_prefetch(home + LINE);
  __builtin_prefetch(home + 2 * LINE);
}

static void remove_entry(struct store *store, struct spot spot) {
  struct slot *slot = slot_of(store, spot);
  nuo__slot_remove(store, slot, spot.entry);
  store->count--;
  if (slot->fill == 0) take_out(store, spot.segment, spot.at);
}

bool nuo__store_put(struct store *store, const struct store_key *key, const void *record, uint32_t size) {
  struct spot spot = find(store, key);
  if (size == 0 && spot.entry == NULL) return true;
  if (size > RECORD_MAX || !note(store, key, spot.entry)) return false;
  if (size == 0) return remove_entry(store, spot), true;
  const bool is_new = !spot.has_group;
  if (is_new && !insert(store, key, &spot)) return false;
  if (!nuo__slot_put(store, slot_of(store, spot), spot.entry, key->bytes + GROUP_FIRST, record, size)) {
    if (is_new) take_out(store, spot.segment, spot.at);
    return false;
  }
  store->count += spot.entry == NULL;
  return true;
}

void *nuo__store_extend(struct store *store, const struct store_key *key, uint32_t size) {
  const struct spot spot = find(store, key);
  uint32_t had;
  if (spot.entry == NULL || size > RECORD_MAX) return NULL;
  nuo__entry_record(spot.entry, &had);
  if (size < had || !note(store, key, spot.entry)) return NULL;
  return nuo__slot_extend(store, slot_of(store, spot), spot.entry, size);
}

// ---- many at once ----

// Of one slot; the judge may put other records under the keys that there are. *gone: the slot is.
static bool sweep_slot(struct store *store, struct spot spot, store_judge *is_doomed, const void *context,
                       size_t *removed, bool *gone) {
  struct slot *slot = slot_of(store, spot);
  *gone = false;
  for (uint32_t where = 0; !*gone && where < nuo__slot_body(slot).used;) {
    uint32_t size;
    spot.entry = nuo__slot_body(slot).at + where;
    const struct store_key key = nuo__entry_key(slot, spot.entry);
    const uint8_t *record = nuo__entry_record(spot.entry, &size);
    const bool goes = is_doomed(context, &key, record, size);
    spot.entry = nuo__slot_body(slot).at + where;
    if (!goes) {
      where += nuo__entry_size(spot.entry);
      continue;
    }
    if (!note(store, &key, spot.entry)) return false;
    *gone = nuo__slot_body(slot).used == nuo__entry_size(spot.entry);
    remove_entry(store, spot);
    ++*removed;
  }
  return true;
}

bool nuo__store_sweep(struct store *store, store_judge *is_doomed, const void *context, size_t *removed) {
  *removed = 0;
  for (uint32_t s = 0; s < store->segment_count; s++) {
    struct spot spot = {.segment = &store->segments[s]};
    while (spot.at < spot.segment->total) {
      bool gone = false;  // then the next one may have come into its place
      if (!is_empty(slot_of(store, spot)) && !sweep_slot(store, spot, is_doomed, context, removed, &gone))
        return false;
      spot.at += !gone;
    }
  }
  nuo__blocks_release(store);
  return nuo__store_sweep_timers(store, is_doomed, context);
}

void nuo__store_watch(struct store *store) {
  store->is_watched = true;
}

bool nuo__store_changes(struct store *store, struct store_changes *changes) {
  *changes = (struct store_changes){.is_cleared = store->is_cleared,
                                    .keys = store->changed,
                                    .key_count = store->changed_count,
                                    .timers = store->timer_changes,
                                    .timer_count = store->timer_change_count};
  return !store->is_lost;
}

void nuo__store_settle(struct store *store) {
  for (size_t i = 0; i < store->changed_count; i++) {
    uint8_t *entry = find(store, &store->changed[i]).entry;
    if (entry != NULL) entry[OWN_SIZE] &= (uint8_t)~ENTRY_CHANGED;
  }
  free_changes(store);
  store->is_cleared = false;
}

size_t nuo__store_count(const struct store *store) {
  return store->count;
}

size_t nuo__store_bytes(const struct store *store) {
  return store->bytes;
}

// Places are filled to seven eighths at most, and with what is spare to four fifths on the average.
size_t nuo__store_record_bytes(uint32_t size) {
  const size_t slot = sizeof(struct slot) + ENTRY_HEAD + STORE_WIDE;
  return slot * 5 / 4 + (size > STORE_WIDE ? nuo__block_size(size) : 0);
}
