// SPDX-License-Identifier: Apache-2.0
// Events that were held or deferred: what they would have counted is kept, by their identity, until the host
// reports that they were sent, they are decided anew, or the high-water mark is a week further: a timer tells
// when. The record of one: its kind (1 byte), the mark when it was decided (8 bytes), then a counter's key
// and capacity (20 bytes) for each. Also moves the marks. Called by the session.
#include <string.h>

#include "runtime/bytes.h"
#include "runtime/state.h"

#define HEAD 9
#define NOTE 20

// ---- noting ----

static uint8_t *add_held(struct state *state, size_t len) {
  if (state->held_len + len > state->held_size) {
    size_t wanted = state->held_size * 2 + len + 64;
    uint8_t *grown = nuo__realloc(state->allocator, state->held, state->held_size, wanted);
    if (grown == NULL) return state->failed = true, NULL;
    state->held = grown;
    state->held_size = wanted;
  }
  state->held_len += len;
  return state->held + state->held_len - len;
}

void nuo__state_note_begin(struct state *state) {
  state->held_len = 0;
}

void nuo__state_note(struct state *state, const struct store_key *key, uint32_t capacity) {
  uint8_t *at = add_held(state, NOTE);
  if (at == NULL) return;
  memcpy(at, key->bytes, sizeof key->bytes);
  nuo__bytes_write(at + sizeof key->bytes, 4, capacity);
}

// ---- waiting ----

void nuo__state_hold(struct state *state, nuo_text type, nuo_text id) {
  const struct store_key key = nuo__state_event_key(state, type, id);
  size_t noted = state->held_len;
  if (add_held(state, HEAD) == NULL) return;
  memmove(state->held + HEAD, state->held, noted);
  state->held[0] = RECORD_WAITING << RECORD_KIND_SHIFT;
  nuo__bytes_write(state->held + 1, HEAD - 1, (uint64_t)state->high_water);
  if (state->held_len > UINT32_MAX ||
      !nuo__store_timer_add(state->store, state->high_water + NUO__WAITING_MS, &key) ||
      !nuo__store_put(state->store, &key, state->held, (uint32_t)state->held_len))
    state->failed = true;
}

static void count_notes(struct state *state, const uint8_t *at, const uint8_t *end, int64_t time) {
  struct store_key key;
  for (; at < end; at += NOTE) {
    memcpy(key.bytes, at, sizeof key.bytes);
    nuo__state_tally(state, &key, time, (uint32_t)nuo__bytes_read(at + sizeof key.bytes, 4));
  }
}

bool nuo__state_release(struct state *state, nuo_text type, nuo_text id, bool count, int64_t time) {
  uint32_t size;
  int64_t at;
  struct store_key key;
  if (!nuo__store_timer_first(state->store, &at, &key)) return false;  // nothing waits
  key = nuo__state_event_key(state, type, id);
  const uint8_t *record = nuo__store_get(state->store, &key, &size);
  if (record == NULL || nuo__record_kind(record) != RECORD_WAITING) return false;
  if (count) {
    // Counting changes the store, which the record lies in.
    state->held_len = 0;
    uint8_t *copy = add_held(state, size);
    if (copy == NULL) return true;
    memcpy(copy, record, size);
    count_notes(state, copy + HEAD, copy + size, time);
  }
  nuo__store_put(state->store, &key, NULL, 0);
  return true;
}

// One that was decided again since is kept under a newer timer.
static bool is_over(const uint8_t *record, int64_t at) {
  if (nuo__record_kind(record) == RECORD_REPLAY) return nuo__state_is_replay_over(record, at);
  return (int64_t)nuo__bytes_read(record + 1, HEAD - 1) + NUO__WAITING_MS <= at;
}

bool nuo__state_due(struct state *state, int64_t time, int64_t *at, struct store_key *key) {
  while (nuo__store_timer_first(state->store, at, key) && *at < time) {
    uint32_t size;
    const uint8_t *record = nuo__store_get(state->store, key, &size);
    const unsigned kind = record == NULL ? 0 : nuo__record_kind(record);
    if (kind != 0 && kind != RECORD_WAITING && kind != RECORD_REPLAY) return true;
    if (kind != 0 && is_over(record, *at)) nuo__store_put(state->store, key, NULL, 0);
    nuo__store_timer_drop(state->store);
  }
  return false;
}

void nuo__state_advance(struct state *state, int64_t time) {
  int64_t at;
  struct store_key key;
  if (time <= state->high_water) return;
  if (state->high_water == INT64_MIN) state->first_seen = time;
  nuo__state_enter_span(state, state->high_water, time);
  state->high_water = time;
  if (time - state->lateness > state->horizon) state->horizon = time - state->lateness;
  nuo__state_due(state, time, &at, &key);
}
