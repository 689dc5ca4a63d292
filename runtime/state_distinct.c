// SPDX-License-Identifier: Apache-2.0
// Different values in the store. A record is a byte (its kind) and entries of 15 bytes, ascending: eight
// bytes of the keyed hash of a value, and a time in seven, so the times of one value stand together. Eight
// bytes tell a thousand values apart: two of them are taken for one with a chance of 1 in 10^13.
//
// Of the times of a value at or before the horizon the latest tells all; later ones are kept singly, because
// a late event may ask for the time before them. When more values are settled than can ever matter, those go
// whose latest time is the oldest: whatever window reaches back to them holds enough others.
#include "runtime/state_distinct.h"

#include <string.h>

#include "runtime/bytes.h"
#include "runtime/when.h"

#define HASH 8
#define ENTRY 15

static int64_t time_of(const uint8_t *entry) {
  return (int64_t)nuo__bytes_read(entry + HASH, ENTRY - HASH) + NUO__WHEN_FIRST_MS;
}

static bool is_same(const uint8_t *a, const uint8_t *b) {
  return memcmp(a, b, HASH) == 0;
}

uint32_t nuo__state_distinct_size(uint32_t capacity) {
  return 1 + ENTRY * (capacity + 1);
}

// ---- asking ----

uint32_t nuo__state_distinct(const struct state *state, const struct store_key *key, int64_t after,
                             int64_t time) {
  uint32_t size, count = 0;
  const uint8_t *record = nuo__store_get(state->store, key, &size), *last = NULL;
  for (uint32_t at = 1; record != NULL && at + ENTRY <= size; at += ENTRY) {
    const uint8_t *entry = record + at;
    const int64_t each = time_of(entry);
    if (each <= after || each > time || (last != NULL && is_same(last, entry))) continue;
    last = entry;
    count++;
  }
  return count;
}

// ---- adding ----

static void make_entry(uint8_t entry[ENTRY], const struct store_key *value, int64_t time) {
  memcpy(entry, value->bytes + sizeof value->bytes - HASH, HASH);  // a key begins with what it is of
  nuo__bytes_write(entry + HASH, ENTRY - HASH, (uint64_t)(time - NUO__WHEN_FIRST_MS));
}

static bool is_before(const uint8_t *a, const uint8_t *b) {
  const int order = memcmp(a, b, HASH);
  return order != 0 ? order < 0 : time_of(a) < time_of(b);
}

// An entry goes into the record that is being put together, unless it says nothing that is not there: the
// same once more, or a later settled time of the same value.
static void add(struct text_out *out, const uint8_t *entry, int64_t horizon) {
  uint8_t *last = out->len > 1 && !out->failed ? (uint8_t *)out->at + out->len - ENTRY : NULL;
  if (last != NULL && is_same(last, entry) &&
      (time_of(entry) <= horizon || time_of(last) == time_of(entry))) {
    memcpy(last, entry, ENTRY);
    return;
  }
  nuo__out_bytes(out, (const char *)entry, ENTRY);
}

// The number of settled values, and the one of them whose latest time is the oldest.
static uint32_t settled(const struct text_out *out, int64_t horizon, uint8_t **oldest) {
  uint32_t count = 0;
  *oldest = NULL;
  for (size_t at = 1; at + ENTRY <= out->len; at += ENTRY) {
    uint8_t *entry = (uint8_t *)out->at + at;
    if (time_of(entry) > horizon) continue;
    count++;
    if (*oldest == NULL || time_of(entry) < time_of(*oldest)) *oldest = entry;
  }
  return count;
}

static void prune(struct text_out *out, int64_t horizon, uint32_t capacity) {
  uint8_t *oldest;
  while (settled(out, horizon, &oldest) > capacity) {
    const uint8_t *end = (uint8_t *)out->at + out->len;
    memmove(oldest, oldest + ENTRY, (size_t)(end - oldest) - ENTRY);
    out->len -= ENTRY;
  }
}

void nuo__state_differ(struct state *state, const struct store_key *key, int64_t time,
                       const struct store_key *value, uint32_t capacity) {
  static const char head = RECORD_HISTORY << RECORD_KIND_SHIFT;
  uint8_t fresh[ENTRY];
  uint32_t size;
  const uint8_t *record = nuo__store_get(state->store, key, &size);
  struct text_out *out = &state->record;
  bool is_placed = false;
  make_entry(fresh, value, time);
  out->len = 0;
  nuo__out_bytes(out, &head, 1);
  for (uint32_t at = 1; record != NULL && at + ENTRY <= size; at += ENTRY) {
    if (!is_placed && is_before(fresh, record + at)) {
      add(out, fresh, state->horizon);
      is_placed = true;
    }
    add(out, record + at, state->horizon);
  }
  if (!is_placed) add(out, fresh, state->horizon);
  prune(out, state->horizon, capacity);
  nuo__state_put(state, key, out);
}
