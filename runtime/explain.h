// SPDX-License-Identifier: Apache-2.0
// Why a rule came out as it did: turns the registers that a rule's cold block has filled into a finding, with
// message, facts and reasons. Only called for lanes that have something to tell.
#ifndef NUO_RUNTIME_EXPLAIN_H
#define NUO_RUNTIME_EXPLAIN_H

#include "runtime/batch.h"
#include "runtime/match.h"
#include "runtime/program.h"
#include "runtime/scratch.h"
#include "runtime/state.h"
#include "runtime/text_out.h"

struct mask_key {
  uint8_t bytes[64];
  size_t size;  // 0: sensitive values show as "***"
};

struct explain {
  const nuo_program *program;
  const struct batch *batch;
  struct scratch *scratch;  // where findings live
  struct text_out *out;     // for making texts, reused
  struct match_scratch *match_scratch;
  const struct mask_key *key;
  uint32_t lane;
  const struct state *state;  // for the evidence of stateful rules, before the event's effects
};

enum outcome { OUTCOME_BREACHED, OUTCOME_UNDETERMINED, OUTCOME_EXCEPTED, OUTCOME_COUNT };

// Fills in *finding for `rule` at e->lane. False when out of memory.
bool nuo__explain(struct explain *e, const struct image_rule *rule, enum outcome outcome,
                  nuo_finding *finding);

// ---- explain_count.c: what was counted ----

// Writes the evidence of a NODE_COUNT whose count is known as JSON to e->out, and tells it; `key` is its
// counter's. NULL when out of memory, which e->scratch remembers.
const nuo_counted *nuo__explain_count(struct explain *e, const struct image_node *n,
                                      const struct store_key *key);
// The latest event, of a NODE_LAST that is known.
const nuo_counted *nuo__explain_last(struct explain *e, const struct image_node *n);

// ---- render.c: values as text ----

// A register of one lane, and how to read it.
struct cell_ref {
  uint8_t kind, element;  // enum value_kind
  uint8_t reg_class;
  uint16_t reg;
  uint32_t enum_first, enum_count;
};
// Whether the register is known in the lane.
bool nuo__cell_known(const struct explain *e, uint8_t reg_class, uint16_t reg);
// Seconds that the zone of the lane's event is ahead of UTC at `instant`, to print it with; 0 where the local
// date would leave the years that can be printed.
int32_t nuo__render_offset(const nuo_program *program, const struct batch *batch, uint32_t lane,
                           int64_t instant);
// The instant as JSON, in the event's zone.
void nuo__render_instant(const struct explain *e, int64_t instant);
// The value as JSON (null when unknown), or for a message.
void nuo__render_json(const struct explain *e, const struct cell_ref *cell);
void nuo__render_plain(const struct explain *e, const struct cell_ref *cell, bool chinese);
// What e->out has from `start` on becomes the masked form of it.
void nuo__render_mask(const struct explain *e, size_t start);
// Copies what e->out has from `start` on into the scratch and takes it off e->out.
nuo_text nuo__render_take(const struct explain *e, size_t start);

#endif
