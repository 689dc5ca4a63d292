// SPDX-License-Identifier: Apache-2.0
// The different values that the events of one key had, each with its time: what `distinct of` keeps.
#ifndef NUO_RUNTIME_STATE_DISTINCT_H
#define NUO_RUNTIME_STATE_DISTINCT_H

#include "runtime/state.h"

// How many different values there were later than `after` and not later than `time`.
uint32_t nuo__state_distinct(const struct state *state, const struct store_key *key, int64_t after,
                             int64_t time);
// An event at `time` had the value that `value` is a hash of (of its last eight bytes). The latest
// `capacity` values up to every instant from the horizon on are kept. Sets state->failed when out of memory:
// then nothing has changed.
void nuo__state_differ(struct state *state, const struct store_key *key, int64_t time,
                       const struct store_key *value, uint32_t capacity);

// The bytes of a record at most, as long as no event is late.
uint32_t nuo__state_distinct_size(uint32_t capacity);

#endif
