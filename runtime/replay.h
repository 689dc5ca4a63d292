// SPDX-License-Identifier: Apache-2.0
// Events that come again: the decision about each event is kept for a while under its identity, and given
// again to whoever asks once more. The engine is locked.
#ifndef NUO_RUNTIME_REPLAY_H
#define NUO_RUNTIME_REPLAY_H

#include "runtime/session.h"

// Has what the two calls below will look at brought near.
void nuo__replay_prefetch(const struct state *state, const struct store_key *key);
// Looks for an earlier decision on the event that *d is begun for. True when *d is that decision; its texts
// live as long as the session's scratch. s->scratch.failed when out of memory.
bool nuo__replay_find(nuo_session *session, const struct store_key *key, nuo_decision *d);
// Keeps a decision that has taken effect, made by `program`, on an event of the given type. Sets
// state->failed when out of memory.
void nuo__replay_keep(nuo_session *session, const nuo_program *program, const struct image_event *event,
                      const struct store_key *key, const nuo_decision *d);

#endif
