// SPDX-License-Identifier: Apache-2.0
// Events that were held or deferred: what their effects need is kept, by their identity, until the host
// reports that they were sent, they are decided anew, or the high-water mark is a week further: a timer tells
// when. The record of one: its kind (1 byte), the mark when it was decided (8 bytes), the tag of its subject
// (8 bytes), then what is kept of the event (capture.h), sealed. Also moves the marks. Called by decide.c and
// report.c.
#include "runtime/bytes.h"
#include "runtime/state.h"

#define MARK 8
#define HEAD (1 + MARK + STATE_SUBJECT_SIZE)

void nuo__state_hold(struct state *state, const struct store_key *key, const uint8_t *subject,
                     uint8_t *record, size_t size) {
  record[0] = RECORD_WAITING << RECORD_KIND_SHIFT;
  nuo__bytes_write(record + 1, MARK, (uint64_t)state->high_water);
  memcpy(record + 1 + MARK, subject, STATE_SUBJECT_SIZE);
  nuo__seal(&state->seal, key, record + HEAD, size - HEAD);
  if (size > UINT32_MAX || !nuo__store_timer_add(state->store, state->high_water + NUO__WAITING_MS, key) ||
      !nuo__store_put(state->store, key, record, (uint32_t)size))
    state->failed = true;
}

const uint8_t *nuo__state_held(const struct state *state, const struct store_key *key, size_t *size) {
  uint32_t whole;
  const uint8_t *record = nuo__store_get(state->store, key, &whole);
  if (record == NULL || nuo__record_kind(record) != RECORD_WAITING) return NULL;
  *size = whole - HEAD;
  return record + HEAD;
}

void nuo__state_release(struct state *state, const struct store_key *key) {
  int64_t at;
  size_t size;
  struct store_key first;
  if (!nuo__store_timer_first(state->store, &at, &first)) return;  // nothing waits
  if (nuo__state_held(state, key, &size) != NULL && !nuo__store_put(state->store, key, NULL, 0))
    state->failed = true;
}

bool nuo__state_waits_for(const uint8_t *record, uint32_t size, const uint8_t tag[STATE_SUBJECT_SIZE]) {
  return size >= HEAD && memcmp(record + 1 + MARK, tag, STATE_SUBJECT_SIZE) == 0;
}

// One that was decided again since is kept under a newer timer.
static bool is_over(const uint8_t *record, int64_t at) {
  if (nuo__record_kind(record) == RECORD_REPLAY) return nuo__state_is_replay_over(record, at);
  return (int64_t)nuo__bytes_read(record + 1, MARK) + NUO__WAITING_MS <= at;
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
