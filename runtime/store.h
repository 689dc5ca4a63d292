// SPDX-License-Identifier: Apache-2.0
// What is remembered from event to event: records by key. A key is a 128-bit keyed hash, so the store holds
// no identifier of anybody; a record is a few bytes that state.c understands. One store belongs to one
// engine; whoever uses it holds the engine's lock. All is in memory; a store that is watched tells what has
// changed, which disk.c writes to a directory.
#ifndef NUO_RUNTIME_STORE_H
#define NUO_RUNTIME_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/alloc.h"

struct store;

struct store_key {
  uint8_t bytes[16];
};

// An empty store in memory, and the greatest record that it keeps without a block of its own: of several
// under keys that begin and end alike, or of one alone. NULL when out of memory.
enum store_room { STORE_NARROW = 14, STORE_WIDE = 30 };
struct store *nuo__store_new(const nuo_allocator *allocator, enum store_room room);
void nuo__store_free(struct store *store);

// The record of a key, borrowed until the store is changed, of any alignment; NULL (and *size 0) when there
// is none.
const void *nuo__store_get(struct store *store, const struct store_key *key, uint32_t *size);
// Brings near what the two calls around will look at, while something else is done.
void nuo__store_prefetch(const struct store *store, const struct store_key *key);
// Replaces a record; size 0 removes it. `record` may be what nuo__store_get gave out. False when out of
// memory: the old record stays.
bool nuo__store_put(struct store *store, const struct store_key *key, const void *record, uint32_t size);

// Makes a record that is there longer (`size` is at least what it has) and gives its bytes to be written;
// those behind the old end are not set. NULL when there is none or out of memory: then nothing has changed.
void *nuo__store_extend(struct store *store, const struct store_key *key, uint32_t size);

// Takes all records out at once.
void nuo__store_clear(struct store *store);

// Timers: instants, each with the key of a record, which need not be there (any more). One that is given
// twice is there twice. False when out of memory: then nothing has changed.
bool nuo__store_timer_add(struct store *store, int64_t at, const struct store_key *key);
// The least by instant, then by the bytes of the key; false when there is none.
bool nuo__store_timer_first(const struct store *store, int64_t *at, struct store_key *key);
// Brings near the record of the first one, and the places of those that may come after it.
void nuo__store_timer_prefetch(struct store *store);
// Takes the first one away, if there is one.
void nuo__store_timer_drop(struct store *store);

// Removes the records, and drops the timers, that `is_doomed` picks; *removed: how many records. A timer is
// asked for with `record` NULL. False when out of memory: some may be left.
typedef bool store_judge(const void *context, const struct store_key *key, const void *record, uint32_t size);
bool nuo__store_sweep(struct store *store, store_judge *is_doomed, const void *context, size_t *removed);

// From now on remembers what changes.
void nuo__store_watch(struct store *store);
struct timer_change {
  int64_t at;
  struct store_key key;
  bool added;
};
struct store_changes {
  bool is_cleared;               // all records went, before the following changed
  const struct store_key *keys;  // one may be there twice, and have no record any more
  size_t key_count;
  const struct timer_change *timers;  // in the order in which they happened
  size_t timer_count;
};
// What has changed since the last nuo__store_settle, borrowed until the store is changed. False when that is
// not known for want of memory: it never will be.
bool nuo__store_changes(struct store *store, struct store_changes *changes);
// The changes have been written: forgets them.
void nuo__store_settle(struct store *store);

// The bytes that a record of this size takes on average, alone in its place in the table of a wide store; and
// that a timer takes.
size_t nuo__store_record_bytes(uint32_t size);
size_t nuo__store_timer_bytes(void);

// How many records there are, and the bytes that all takes, timers and what lies around included.
size_t nuo__store_count(const struct store *store);
size_t nuo__store_bytes(const struct store *store);

#endif
