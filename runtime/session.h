// SPDX-License-Identifier: Apache-2.0
// Engines and sessions from the inside.
#ifndef NUO_RUNTIME_SESSION_H
#define NUO_RUNTIME_SESSION_H

#include "runtime/decode.h"
#include "runtime/explain.h"
#include "runtime/vm.h"

struct nuo_engine {
  nuo_allocator allocator;
  struct mask_key key;
  nuo_program **programs;  // versions of one policy, disjoint in time
  size_t count;
};

// What a session keeps for each version of the policy.
struct version {
  nuo_program *program;
  struct batch batch;
  struct machine machine;
  struct decoder *decoder;
};

// An event waiting to be decided, or decided: where it lies.
struct pending {
  uint32_t version, lane;
  nuo_force force;
  struct found *found[OUTCOME_COUNT];  // findings, the latest first
  size_t found_count[OUTCOME_COUNT];
};
struct found {
  nuo_finding finding;
  struct found *next;
};

struct nuo_session {
  nuo_allocator allocator;
  struct mask_key key;
  struct version *versions;
  size_t version_count;
  size_t latest;  // version that the last event fell under: the guess for the next
  struct pending pending[NUO_BATCH];
  size_t count;
  bool decided;            // the pending events have been decided: the next call starts anew
  struct scratch scratch;  // findings
  struct text_out out;
  struct match_scratch match_scratch;
  struct regex_scratch *regex_scratch;
  nuo_decision decisions[NUO_BATCH];
};

#endif
