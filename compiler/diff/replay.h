// SPDX-License-Identifier: Apache-2.0
// Recorded events through both versions: which verdicts would have been others.
#ifndef NUO_COMPILER_DIFF_REPLAY_H
#define NUO_COMPILER_DIFF_REPLAY_H

#include "compiler/diff/diff.h"

#define REPLAY_REFUSED (NUO_BLOCK + 1)
#define REPLAY_VERDICTS (REPLAY_REFUSED + 1)  // nuo_action, and refused
#define REPLAY_SAMPLES 3                      // of each change of the verdict

struct replay_sample {
  uint32_t line;
  struct str event;  // its identity; of one that is refused, empty
  int before, after;
};
struct replay_rule {
  struct str name, name_zh;
  uint64_t before, after;  // breaches
};
struct replay {
  const struct diff *diff;
  nuo_engine *engines[2];
  nuo_session *sessions[2];
  uint64_t events;
  uint64_t verdicts[REPLAY_VERDICTS][REPLAY_VERDICTS];  // before, after
  VEC(struct replay_sample) samples;
  VEC(struct replay_rule) rules;  // those that were breached
};

// After nuo__policies_diff; to be ended whatever comes out.
nuo_status nuo__replay_begin(const struct diff *diff, struct replay *replay);
// One event as a line of JSON.
nuo_status nuo__replay_event(struct replay *replay, struct str json, uint32_t line);
void nuo__replay_end(struct replay *replay);

#endif
