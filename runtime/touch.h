// SPDX-License-Identifier: Apache-2.0
// What an event will look up in the store by keys that its fields alone make. Those keys are made for a whole
// batch before the turn of its first event, and the records asked for: scattered in memory, they come all at
// once. Knows code only as a list of instructions.
#ifndef NUO_RUNTIME_TOUCH_H
#define NUO_RUNTIME_TOUCH_H

#include "runtime/batch.h"
#include "runtime/program.h"
#include "runtime/state.h"

#define TOUCH_MAX 8       // operands of one event type
#define TOUCH_KEYS_MAX 4  // different keys: each costs a hash, needed or not

struct touch {
  bool counter;
  uint16_t index, first;  // of the fact or counter, and ARGUMENTS
  uint8_t key;            // which of the keys
};
struct touch_list {
  uint8_t count, key_count;
  struct touch at[TOUCH_MAX];
};
// Of one batch.
struct early {
  struct touch_list *lists;        // for each event type
  uint64_t known[TOUCH_KEYS_MAX];  // lanes
  struct store_key keys[TOUCH_KEYS_MAX][NUO_BATCH];
};

// False when out of memory.
bool nuo__touch_new(const nuo_program *program, const nuo_allocator *allocator, struct early *early);
void nuo__touch_free(const nuo_program *program, const nuo_allocator *allocator, struct early *early);

// Forgets the keys of all lanes.
void nuo__touch_clear(struct early *early);
// Makes the keys of one lane, which stay right until it is cleared: nothing writes to fields.
void nuo__touch_lane(struct early *early, const struct state *state, const nuo_program *program,
                     const struct batch *batch, uint32_t lane);
// The key that an operand of the event in a lane stands for; NULL when it was not made.
const struct store_key *nuo__touch_key(const struct early *early, const struct batch *batch, bool counter,
                                       uint32_t index, uint16_t first, uint32_t lane);

#endif
