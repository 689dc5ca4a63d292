// SPDX-License-Identifier: Apache-2.0
// Facts and counters over a store: what the VM's memory instructions do. Exact for late events too: a record keeps
// as much history as an event within the lateness may still ask for.
#ifndef NUO_RUNTIME_STATE_H
#define NUO_RUNTIME_STATE_H

#include "runtime/batch.h"
#include "runtime/program.h"
#include "runtime/store.h"

// The state of one engine. Everything below is called with its lock held.
struct state {
  const nuo_allocator *allocator;
  struct store *store;
  uint8_t secret[16];     // of the keyed hash
  int64_t high_water;     // time of the newest event seen; INT64_MIN before the first
  int64_t horizon;        // history older than this is no longer asked for
  bool failed;            // an allocation failed
};

// The key of fact or counter `index` (`counter` tells which) for arguments `first`… of the image in one lane. False
// when one of them is unknown there.
bool nuo__state_key(const struct state *state, const nuo_program *program, const struct batch *batch, uint32_t lane,
                    bool counter, uint32_t index, uint32_t first, struct store_key *key);

// A fact as it was at `time`. False: it did not hold. *value: its value (a number), *text when it is a text (borrowed
// from the store until it changes).
bool nuo__state_fact(const struct state *state, const struct store_key *key, int64_t time, int64_t *since,
                     int64_t *value, nuo_text *text);
// The fact starts (value or text) or ends at `time`. At the same instant an end prevails over a start.
void nuo__state_start(struct state *state, const struct store_key *key, int64_t time, int64_t value, nuo_text text);
void nuo__state_end(struct state *state, const struct store_key *key, int64_t time);

// Counted events later than `after` and not later than `time`; *times (may be NULL) gets the latest `max` of them,
// ascending.
uint32_t nuo__state_count(const struct state *state, const struct store_key *key, int64_t after, int64_t time,
                          int64_t *times, uint32_t max, uint32_t *given);
// Counts an event at `time`; at least the latest `capacity` up to every instant after the horizon are kept.
void nuo__state_tally(struct state *state, const struct store_key *key, int64_t time, uint32_t capacity);

#endif
