// SPDX-License-Identifier: Apache-2.0
// The store in memory. Keys begin with four bytes of a hash, so they spread evenly by themselves: the first
// bits choose one of 1024 segments, the others a place in it. Within a segment the records lie in the order
// of their keys, each at its place or as little behind it as those before it allow; a search ends at the
// first greater key. Keys that begin alike stand next to each other, in one line of the caches or two, and
// may be many: a search goes on in leaps. A segment grows by an eighth, alone, so that no growth takes long.
// Records of up to 15 bytes lie in the table, greater ones in blocks of their own. Timers lie in a binary
// heap. Of a store that is watched, a record that changed is marked in its slot, so that its key is noted
// once. Knows nothing of what a record means. Called by state.c, delivery.c and disk.c.
#include "runtime/store.h"

#include <stdlib.h>
#include <string.h>

#define SEGMENT_BITS 10
#define SEGMENTS (1u << SEGMENT_BITS)
#define INSIDE_MAX 15
#define RECORD_MAX (1u << 30)
#define PLACE_BITS 32  // of a key, those of the segment included
#define LINE 64        // of the caches; a slot never lies in two
#define NEAR 12        // slots that are looked at one after the other

// A tag: EMPTY, else the size of a record inside or OUTSIDE, and CHANGED when its key is noted already.
enum { OUTSIDE = 16, CHANGED = 32, EMPTY = 255 };

struct content {
  uint8_t bytes[INSIDE_MAX];  // the record, or a struct outside
  uint8_t tag;
};
struct outside {
  uint8_t *at;
  uint32_t size;
};
struct slot {
  struct store_key key;
  struct content content;
};
struct segment {
  // `places`, and some for what was pushed behind the last; the very last is always empty.
  struct slot *slots;
  void *block;  // where they lie, from the next line on
  uint32_t places, total, count;
};
struct timer {
  int64_t at;
  struct store_key key;
};
struct store {
  const nuo_allocator *allocator;
  size_t count, bytes;
  struct timer *timers;  // a binary heap, the first one at its root
  size_t timer_count, timer_size;
  bool is_watched, is_cleared;
  bool is_lost;  // a change could not be noted
  struct store_key *changed;
  size_t changed_count, changed_size;
  struct timer_change *timer_changes;
  size_t timer_change_count, timer_change_size;
  struct segment segments[SEGMENTS];
};

// ---- contents ----

static struct outside outside_of(const struct content *content) {
  struct outside outside;
  memcpy(&outside.at, content->bytes, sizeof outside.at);
  memcpy(&outside.size, content->bytes + sizeof outside.at, sizeof outside.size);
  return outside;
}

static void set_outside(struct content *content, uint8_t *at, uint32_t size) {
  memcpy(content->bytes, &at, sizeof at);
  memcpy(content->bytes + sizeof at, &size, sizeof size);
  content->tag = (uint8_t)((content->tag & CHANGED) | OUTSIDE);
}

static bool is_outside(const struct content *content) {
  return (content->tag & OUTSIDE) != 0;
}

static uint32_t size_of(const struct content *content) {
  return is_outside(content) ? outside_of(content).size : content->tag & INSIDE_MAX;
}

static uint8_t *bytes_of(struct content *content) {
  return is_outside(content) ? outside_of(content).at : content->bytes;
}

// Bytes of the block for a record: steps of 16, then a quarter of the next lower power of two, so that a
// record that grows a little at a time is seldom moved.
static uint32_t block_size(uint32_t size) {
  uint32_t step = size <= 128 ? 16 : 1u << (29 - __builtin_clz(size));
  return (size + step - 1) & ~(step - 1);
}

static uint8_t *new_block(struct store *store, uint32_t size) {
  uint8_t *block = nuo__alloc(store->allocator, block_size(size));
  if (block != NULL) store->bytes += block_size(size);
  return block;
}

static void free_content(struct store *store, const struct content *content) {
  if (!is_outside(content)) return;
  struct outside outside = outside_of(content);
  nuo__free(store->allocator, outside.at, block_size(outside.size));
  store->bytes -= block_size(outside.size);
}

// A content of `size` bytes that begins with the first `given` of `record`.
static bool make_content(struct store *store, const void *record, uint32_t given, uint32_t size,
                         struct content *content) {
  memset(content, 0, sizeof *content);
  if (store->is_watched) content->tag = CHANGED;
  if (size <= INSIDE_MAX) {
    memcpy(content->bytes, record, given);
    content->tag = (uint8_t)(content->tag | size);
    return true;
  }
  uint8_t *block = new_block(store, size);
  if (block == NULL) return false;
  memcpy(block, record, given);
  set_outside(content, block, size);
  return true;
}

// ---- changes ----

// Room for one more in a list of `count`; counted in store->bytes.
static void *room_for(struct store *store, void *list, size_t item, size_t count, size_t *size) {
  size_t wanted = count + count / 2 + 64;
  if (count < *size) return list;
  void *grown = nuo__realloc(store->allocator, list, *size * item, wanted * item);
  if (grown == NULL) return NULL;
  store->bytes += (wanted - *size) * item;
  *size = wanted;
  return grown;
}

// To be called before the record of a key changes; `content` is what it has, or NULL.
static bool note(struct store *store, const struct store_key *key, struct content *content) {
  if (!store->is_watched || (content != NULL && content->tag & CHANGED)) return true;
  void *grown = room_for(store, store->changed, sizeof *key, store->changed_count, &store->changed_size);
  if (grown == NULL) return false;
  store->changed = grown;
  store->changed[store->changed_count++] = *key;
  if (content != NULL) content->tag |= CHANGED;
  return true;
}

static bool note_timer(struct store *store, int64_t at, const struct store_key *key, bool added) {
  if (!store->is_watched) return true;
  void *grown = room_for(store, store->timer_changes, sizeof *store->timer_changes, store->timer_change_count,
                         &store->timer_change_size);
  if (grown == NULL) return false;
  store->timer_changes = grown;
  store->timer_changes[store->timer_change_count++] = (struct timer_change){at, *key, added};
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

// ---- places ----

// Eight bytes in the order of memcmp; written out so that compilers make one load of it.
static inline uint64_t big_endian(const uint8_t *b) {
  return (uint64_t)b[0] << 56 | (uint64_t)b[1] << 48 | (uint64_t)b[2] << 40 | (uint64_t)b[3] << 32 |
         (uint64_t)b[4] << 24 | (uint64_t)b[5] << 16 | (uint64_t)b[6] << 8 | (uint64_t)b[7];
}

static uint32_t home_of(uint64_t high, uint32_t places) {
  const uint32_t rest = (uint32_t)(high >> (64 - PLACE_BITS)) << SEGMENT_BITS;
  return (uint32_t)((uint64_t)rest * places >> 32);
}

static uint32_t home_of_slot(const struct slot *slot, uint32_t places) {
  return home_of(big_endian(slot->key.bytes), places);
}

// Where a key is, or would be put.
struct spot {
  struct segment *segment;
  uint32_t at;
  bool is_there;
};

// An empty slot has the greatest key of all.
static bool is_below(const struct slot *slot, uint64_t high, uint64_t low) {
  const uint64_t each = big_endian(slot->key.bytes);
  return each < high || (each == high && big_endian(slot->key.bytes + 8) < low);
}

// The first slot behind `at`, which is below, that is not. From a key's home on all slots are below up to
// there and none is afterwards: those behind an empty one have homes behind it.
static uint32_t leap(const struct segment *segment, uint32_t at, uint64_t high, uint64_t low) {
  uint32_t step = NEAR, end = segment->total - 1;
  while (step < end - at && is_below(&segment->slots[at + step], high, low)) {
    at += step;
    step *= 2;
  }
  if (step < end - at) end = at + step;
  while (end - at > 1) {
    const uint32_t middle = at + (end - at) / 2;
    if (is_below(&segment->slots[middle], high, low)) {
      at = middle;
    } else {
      end = middle;
    }
  }
  return end;
}

static inline struct spot find(const struct store *store, const struct store_key *key) {
  const uint64_t high = big_endian(key->bytes), low = big_endian(key->bytes + 8);
  struct spot spot = {.segment = (struct segment *)&store->segments[high >> (64 - SEGMENT_BITS)]};
  const struct segment *segment = spot.segment;
  if (segment->places == 0) return spot;
  const uint32_t home = home_of(high, segment->places);
  for (spot.at = home; is_below(&segment->slots[spot.at], high, low); spot.at++) {
    if (spot.at - home < NEAR) continue;
    spot.at = leap(segment, spot.at, high, low);
    break;
  }
  const struct slot *slot = &segment->slots[spot.at];
  spot.is_there = slot->content.tag != EMPTY && memcmp(&slot->key, key, sizeof *key) == 0;
  return spot;
}

static struct content *content_at(struct spot spot) {
  return spot.is_there ? &spot.segment->slots[spot.at].content : NULL;
}

static struct content *lookup(const struct store *store, const struct store_key *key) {
  return content_at(find(store, key));
}

// Moves all slots to their places in a bigger table; false when they are pushed out at its end.
static bool move_slots(const struct segment *from, struct segment *to) {
  uint32_t next = 0;
  for (uint32_t i = 0; i < from->total; i++) {
    if (from->slots[i].content.tag == EMPTY) continue;
    uint32_t home = home_of_slot(&from->slots[i], to->places);
    uint32_t at = home > next ? home : next;
    if (at + 1 >= to->total) return false;
    to->slots[at] = from->slots[i];
    next = at + 1;
  }
  to->count = from->count;
  return true;
}

static size_t segment_bytes(const struct segment *segment) {
  return segment->total == 0 ? 0 : segment->total * sizeof *segment->slots + LINE - 1;
}

static bool new_segment(struct store *store, uint32_t places, uint32_t spare, struct segment *segment) {
  *segment = (struct segment){.places = places, .total = places + spare};
  const size_t bytes = segment_bytes(segment);
  segment->block = nuo__alloc(store->allocator, bytes);
  if (segment->block == NULL) return false;
  memset(segment->block, EMPTY, bytes);
  const size_t over = (uintptr_t)segment->block % LINE;
  segment->slots = (struct slot *)((char *)segment->block + (over == 0 ? 0 : LINE - over));
  store->bytes += bytes;
  return true;
}

static void free_segment(struct store *store, struct segment *segment) {
  nuo__free(store->allocator, segment->block, segment_bytes(segment));
  store->bytes -= segment_bytes(segment);
  *segment = (struct segment){.slots = NULL};
}

static bool grow(struct store *store, struct segment *segment) {
  const uint32_t places = segment->places + (segment->places < 32 ? 4 : segment->places / 8);
  uint32_t spare = (places < 16 ? places : 16) + places / 64;
  for (struct segment grown; places < RECORD_MAX; spare *= 2) {
    if (!new_segment(store, places, spare, &grown)) return false;
    if (move_slots(segment, &grown)) {
      free_segment(store, segment);
      *segment = grown;
      return true;
    }
    free_segment(store, &grown);
  }
  return false;
}

// Makes room at `at` by pushing what follows one further; false when that reaches the end.
static bool push(struct segment *segment, uint32_t at) {
  uint32_t end = at;
  while (segment->slots[end].content.tag != EMPTY) end++;
  if (end + 1 >= segment->total) return false;
  memmove(&segment->slots[at + 1], &segment->slots[at], (end - at) * sizeof *segment->slots);
  return true;
}

static bool is_full(const struct segment *segment) {
  return segment->count * UINT64_C(8) >= segment->places * UINT64_C(7);
}

// `spot` is where the key would be put.
static bool insert(struct store *store, const struct store_key *key, struct spot spot,
                   const struct content *content) {
  struct segment *segment = spot.segment;
  while (is_full(segment) || !push(segment, spot.at)) {
    if (!grow(store, segment)) return false;
    spot = find(store, key);
  }
  segment->slots[spot.at] = (struct slot){*key, *content};
  segment->count++;
  store->count++;
  return true;
}

// Pulls those that follow back, each no further than to its place.
static void take_out(struct store *store, struct segment *segment, uint32_t at) {
  free_content(store, &segment->slots[at].content);
  for (; segment->slots[at + 1].content.tag != EMPTY; at++) {
    if (home_of_slot(&segment->slots[at + 1], segment->places) == at + 1) break;
    segment->slots[at] = segment->slots[at + 1];
  }
  memset(&segment->slots[at], EMPTY, sizeof *segment->slots);
  segment->count--;
  store->count--;
}

// ---- timers ----

static bool is_before(const struct timer *a, const struct timer *b) {
  if (a->at != b->at) return a->at < b->at;
  return memcmp(a->key.bytes, b->key.bytes, sizeof a->key.bytes) < 0;
}

// Makes the heap's block one for `size` timers, which hold all there are.
static bool resize_timers(struct store *store, size_t size) {
  size_t old_bytes = store->timer_size * sizeof *store->timers, bytes = size * sizeof *store->timers;
  struct timer *moved = nuo__realloc(store->allocator, store->timers, old_bytes, bytes);
  if (moved == NULL && bytes > 0) return false;
  store->timers = moved;
  store->timer_size = size;
  store->bytes = store->bytes - old_bytes + bytes;
  return true;
}

bool nuo__store_timer_add(struct store *store, int64_t at, const struct store_key *key) {
  const struct timer fresh = {at, *key};
  size_t place = store->timer_count;
  if (place == store->timer_size && !resize_timers(store, place + place / 2 + 16)) return false;
  if (!note_timer(store, at, key, true)) return false;
  for (; place > 0 && is_before(&fresh, &store->timers[(place - 1) / 2]); place = (place - 1) / 2)
    store->timers[place] = store->timers[(place - 1) / 2];
  store->timers[place] = fresh;
  store->timer_count++;
  return true;
}

bool nuo__store_timer_first(const struct store *store, int64_t *at, struct store_key *key) {
  if (store->timer_count == 0) return false;
  *at = store->timers[0].at;
  *key = store->timers[0].key;
  return true;
}

// Puts a timer at `place` or below it, where its children are greater.
static void sink(struct store *store, size_t place, const struct timer timer) {
  const size_t count = store->timer_count;
  for (size_t child = 2 * place + 1; child < count; child = 2 * place + 1) {
    // Of a heap that is greater than the caches each level would wait: what may come in three is asked for.
    const size_t later = 8 * place + 7;
    if (later + 7 < count)
      for (size_t i = 0; i < 8; i += 2) __builtin_prefetch(&store->timers[later + i]);
    if (child + 1 < count && is_before(&store->timers[child + 1], &store->timers[child])) child++;
    if (!is_before(&store->timers[child], &timer)) break;
    store->timers[place] = store->timers[child];
    place = child;
  }
  store->timers[place] = timer;
}

void nuo__store_timer_drop(struct store *store) {
  if (store->timer_count == 0) return;
  const struct timer first = store->timers[0], last = store->timers[--store->timer_count];
  if (!note_timer(store, first.at, &first.key, false)) store->is_lost = true;
  if (store->timer_count > 0) sink(store, 0, last);
  // Gives back what a crowd of timers took; when that fails, nothing is lost.
  if (store->timer_size > 64 && store->timer_count < store->timer_size / 4)
    resize_timers(store, store->timer_size / 2);
}

// ---- what the header promises of records ----

struct store *nuo__store_new(const nuo_allocator *allocator) {
  struct store *store = nuo__alloc(allocator, sizeof *store);
  if (store == NULL) return NULL;
  memset(store, 0, sizeof *store);
  store->allocator = allocator;
  store->bytes = sizeof *store;
  return store;
}

// What was filled will be filled again: it keeps its table, which then need not grow.
static void empty_segment(struct store *store, struct segment *segment) {
  const bool was_filled = segment->count > segment->places / 4;
  for (uint32_t i = 0; i < segment->total; i++)
    if (segment->slots[i].content.tag != EMPTY) free_content(store, &segment->slots[i].content);
  segment->count = 0;
  if (was_filled) {
    memset(segment->block, EMPTY, segment_bytes(segment));
  } else {
    free_segment(store, segment);
  }
}

void nuo__store_clear(struct store *store) {
  for (uint32_t s = 0; s < SEGMENTS; s++) empty_segment(store, &store->segments[s]);
  store->count = 0;
  store->changed_count = 0;
  store->is_cleared = store->is_watched;
}

void nuo__store_free(struct store *store) {
  if (store == NULL) return;
  nuo__store_clear(store);
  for (uint32_t s = 0; s < SEGMENTS; s++) free_segment(store, &store->segments[s]);
  nuo__free(store->allocator, store->timers, store->timer_size * sizeof *store->timers);
  free_changes(store);
  nuo__free(store->allocator, store, sizeof *store);
}

const void *nuo__store_get(const struct store *store, const struct store_key *key, uint32_t *size) {
  struct content *content = lookup(store, key);
  *size = content == NULL ? 0 : size_of(content);
  return content == NULL ? NULL : bytes_of(content);
}

void nuo__store_prefetch(const struct store *store, const struct store_key *key) {
  const uint64_t high = big_endian(key->bytes);
  const struct segment *segment = &store->segments[high >> (64 - SEGMENT_BITS)];
  if (segment->count == 0) return;
  // At least four slots follow the places.
  const struct slot *home = &segment->slots[home_of(high, segment->places)];
  __builtin_prefetch(home);
  __builtin_prefetch(home + 2);
  __builtin_prefetch(home + 4);
}

static bool remove_key(struct store *store, const struct store_key *key) {
  const struct spot spot = find(store, key);
  if (!spot.is_there) return true;
  if (!note(store, key, content_at(spot))) return false;
  take_out(store, spot.segment, spot.at);
  return true;
}

bool nuo__store_put(struct store *store, const struct store_key *key, const void *record, uint32_t size) {
  struct content fresh;
  if (size == 0) return remove_key(store, key);
  const struct spot spot = find(store, key);
  struct content *content = content_at(spot);
  if (size > RECORD_MAX || !note(store, key, content)) return false;
  if (content != NULL && is_outside(content) && size > INSIDE_MAX &&
      block_size(size) == block_size(size_of(content))) {
    memmove(bytes_of(content), record, size);
    set_outside(content, bytes_of(content), size);
    return true;
  }
  if (!make_content(store, record, size, size, &fresh)) return false;
  if (content != NULL) {
    free_content(store, content);
    *content = fresh;
    return true;
  }
  if (insert(store, key, spot, &fresh)) return true;
  free_content(store, &fresh);
  return false;
}

void *nuo__store_extend(struct store *store, const struct store_key *key, uint32_t size) {
  struct content *content = lookup(store, key), fresh;
  if (content == NULL || size > RECORD_MAX || size < size_of(content)) return NULL;
  if (!note(store, key, content)) return NULL;
  if (is_outside(content) && block_size(size) == block_size(size_of(content))) {
    set_outside(content, bytes_of(content), size);
    return bytes_of(content);
  }
  if (!make_content(store, bytes_of(content), size_of(content), size, &fresh)) return NULL;
  free_content(store, content);
  *content = fresh;
  return bytes_of(content);
}

// ---- many at once ----

static bool sweep_records(struct store *store, struct segment *segment, store_judge *is_doomed,
                          const void *context, size_t *removed) {
  for (uint32_t i = 0; i < segment->total;) {
    struct slot *slot = &segment->slots[i];
    struct content *content = &slot->content;
    if (content->tag == EMPTY || !is_doomed(context, &slot->key, bytes_of(content), size_of(content))) {
      i++;
      continue;
    }
    if (!note(store, &slot->key, content)) return false;
    take_out(store, segment, i);  // the next one may come into this place
    ++*removed;
  }
  return true;
}

static bool sweep_timers(struct store *store, store_judge *is_doomed, const void *context) {
  bool good = true;
  for (size_t i = 0; good && i < store->timer_count;) {
    const struct timer each = store->timers[i];
    if (!is_doomed(context, &each.key, NULL, 0)) {
      i++;
      continue;
    }
    good = note_timer(store, each.at, &each.key, false);
    if (good) store->timers[i] = store->timers[--store->timer_count];
  }
  for (size_t i = store->timer_count / 2; i-- > 0;) sink(store, i, store->timers[i]);
  return good;
}

bool nuo__store_sweep(struct store *store, store_judge *is_doomed, const void *context, size_t *removed) {
  *removed = 0;
  for (uint32_t s = 0; s < SEGMENTS; s++)
    if (!sweep_records(store, &store->segments[s], is_doomed, context, removed)) return false;
  return sweep_timers(store, is_doomed, context);
}

void nuo__store_watch(struct store *store) {
  store->is_watched = true;
}

static int order_of_keys(const void *a, const void *b) {
  return memcmp(a, b, sizeof(struct store_key));
}

bool nuo__store_changes(struct store *store, struct store_changes *changes) {
  if (store->changed_count > 1)
    qsort(store->changed, store->changed_count, sizeof *store->changed, order_of_keys);
  *changes = (struct store_changes){.is_cleared = store->is_cleared,
                                    .keys = store->changed,
                                    .key_count = store->changed_count,
                                    .timers = store->timer_changes,
                                    .timer_count = store->timer_change_count};
  return !store->is_lost;
}

void nuo__store_settle(struct store *store) {
  for (size_t i = 0; i < store->changed_count; i++) {
    struct content *content = lookup(store, &store->changed[i]);
    if (content != NULL) content->tag &= (uint8_t)~CHANGED;
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
  return sizeof(struct slot) * 5 / 4 + (size > INSIDE_MAX ? block_size(size) : 0);
}

size_t nuo__store_timer_bytes(void) {
  return sizeof(struct timer);
}
