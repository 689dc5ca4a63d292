// SPDX-License-Identifier: Apache-2.0
// The timers of a store: a heap of instants, each with a key. Of four children each, which lie together, it
// has half the levels of a binary one, and so half the places to wait for when it is greater than the caches.
// Called by whoever uses the store.
#include <string.h>

#include "runtime/store_slot.h"

#define CHILDREN 4

void *nuo__store_room(struct store *store, void *list, size_t item, size_t count, size_t *size) {
  size_t wanted = count + count / 2 + 64;
  if (count < *size) return list;
  void *grown = nuo__realloc(store->allocator, list, *size * item, wanted * item);
  if (grown == NULL) return NULL;
  store->bytes += (wanted - *size) * item;
  *size = wanted;
  return grown;
}

static bool note_timer(struct store *store, int64_t at, const struct store_key *key, bool added) {
  if (!store->is_watched) return true;
  void *grown = nuo__store_room(store, store->timer_changes, sizeof *store->timer_changes,
                                store->timer_change_count, &store->timer_change_size);
  if (grown == NULL) return false;
  store->timer_changes = grown;
  store->timer_changes[store->timer_change_count++] = (struct timer_change){at, *key, added};
  return true;
}

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
  for (; place > 0 && is_before(&fresh, &store->timers[(place - 1) / CHILDREN]);
       place = (place - 1) / CHILDREN)
    store->timers[place] = store->timers[(place - 1) / CHILDREN];
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

// The first of the children of a place, of which there is one at least.
static size_t first_child(const struct store *store, size_t place) {
  const size_t from = CHILDREN * place + 1;
  const size_t end = from + CHILDREN < store->timer_count ? from + CHILDREN : store->timer_count;
  size_t first = from;
  for (size_t i = from + 1; i < end; i++)
    if (is_before(&store->timers[i], &store->timers[first])) first = i;
  return first;
}

// Asks for all that may come in two levels.
static void prefetch_below(const struct store *store, size_t place) {
  const size_t from = CHILDREN * (CHILDREN * place + 1) + 1;
  const char *at = (const char *)(store->timers + from);
  if (from + CHILDREN * CHILDREN > store->timer_count) return;
  for (size_t i = 0; i <= CHILDREN * CHILDREN * sizeof *store->timers; i += LINE) __builtin_prefetch(at + i);
}

// Puts a timer at `place` or below it, where its children are greater.
static void sink(struct store *store, size_t place, const struct timer timer) {
  while (CHILDREN * place + 1 < store->timer_count) {
    prefetch_below(store, place);
    const size_t child = first_child(store, place);
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

void nuo__store_timer_prefetch(struct store *store) {
  if (store->timer_count == 0) return;
  uint32_t size;
  const char *record = nuo__store_get(store, &store->timers[0].key, &size);
  for (uint32_t i = 0; record != NULL && i < size && i < 4 * LINE; i += LINE) __builtin_prefetch(record + i);
  for (size_t i = 1; i <= CHILDREN && i < store->timer_count; i++)
    nuo__store_prefetch(store, &store->timers[i].key);
}

bool nuo__store_sweep_timers(struct store *store, store_judge *is_doomed, const void *context) {
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
  for (size_t i = (store->timer_count + CHILDREN - 2) / CHILDREN; i-- > 0;) sink(store, i, store->timers[i]);
  return good;
}

size_t nuo__store_timer_bytes(void) {
  return sizeof(struct timer);
}
