// SPDX-License-Identifier: Apache-2.0
// Decides again what stands in a decision log, and compares: for `nuo log replay`, and for a server that goes
// on where its last commit was not the end.
#ifndef NUO_CLI_REPLAY_H
#define NUO_CLI_REPLAY_H

#include "compiler/cli/feed.h"
#include "runtime/nuo_log.h"

struct replay {
  nuo_session *session;
  struct feed feed;
  char **made;  // decisions that were made and not yet met in the log, the first at `next`
  size_t made_count, made_room, next;
  char **kept;  // texts of events that wait in the feed, and the names of their adapters
  size_t kept_count, kept_room;
  unsigned long long events, decisions, different;
  char *logged, *now;  // the first decision that is another; NULL: there is none
  bool failed;         // out of memory
};

// Whatever was counted before goes on. False after complaining, when out of memory.
bool replay_begin(struct replay *replay, nuo_engine *engine);
// An event, an instant or a decision. False when it failed.
bool replay_take(struct replay *replay, const nuo_log_entry *entry);
// Decides what waits.
void replay_close(struct replay *replay);
// The same, at the end: what was decided and is not in the log is a difference, too.
void replay_end(struct replay *replay);
// Gives the session back, before its engine goes; the counts stay.
void replay_free(struct replay *replay);
void replay_forget(struct replay *replay);

#endif
