// SPDX-License-Identifier: Apache-2.0
// The timers of a store: a binary heap of instants, each with a key. Called by whoever uses the store.
#include <string.h>

#include "runtime/store_slot.h"

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
  for (size_t i = store->timer_count / 2; i-- > 0;) sink(store, i, store->timers[i]);
  return good;
}

size_t nuo__store_timer_bytes(void) {
  return sizeof(struct timer);
}
