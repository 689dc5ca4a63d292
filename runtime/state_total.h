// SPDX-License-Identifier: Apache-2.0
// Running totals by period: what `sum of` and `share of` keep of the events of one key. Of events at the
// horizon or before it only their total is kept; later ones singly, because a late event may ask for the time
// before them.
#ifndef NUO_RUNTIME_STATE_TOTAL_H
#define NUO_RUNTIME_STATE_TOTAL_H

#include "runtime/state.h"

__extension__ typedef __int128 int128;

struct total {
  int128 sum;  // so wide that no number of events overflows it
  uint64_t count;
};

// Of the period behind the instant `after`, up to and with `time`.
struct total nuo__state_total(const struct state *state, const struct store_key *key, int64_t after,
                              int64_t time);
// An event at `time`, which lies in the period behind the instant `after`, adds a value. Sets state->failed
// when out of memory: then nothing has changed.
void nuo__state_add(struct state *state, const struct store_key *key, int64_t time, int64_t after,
                    int64_t value);

// The bytes of a record at most, as long as no event is late.
uint32_t nuo__state_total_size(void);

#endif
