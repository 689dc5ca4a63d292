// SPDX-License-Identifier: Apache-2.0
// What an event will look up in the store by keys that its fields alone make. The values of those keys are
// hashed for a whole batch before the turn of its first event, once for all definitions that have the same,
// and the records asked for: scattered in memory, they come all at once. Knows code only as a list of
// instructions.
#ifndef NUO_RUNTIME_TOUCH_H
#define NUO_RUNTIME_TOUCH_H

#include "runtime/batch.h"
#include "runtime/program.h"
#include "runtime/state.h"

#define TOUCH_MAX 8         // operands of one event type
#define TOUCH_VALUES_MAX 4  // different values that keys are made of: each costs a hash, needed or not

struct touch {
  bool counter;
  uint16_t index, first;  // of the fact or counter, and ARGUMENTS
  uint8_t values;         // which of the values
  struct key_shape shape;
  struct store_key definition;  // what goes into the key besides them
};
struct touch_list {
  uint8_t count, value_count;
  uint8_t subject;  // which of the values hold the subject of the event; TOUCH_VALUES_MAX: none
  struct touch at[TOUCH_MAX];
};
// Of one batch.
struct early {
  struct touch_list *lists;          // for each event type
  uint64_t known[TOUCH_VALUES_MAX];  // lanes
  struct key_values values[TOUCH_VALUES_MAX][NUO_BATCH];
};

// False when out of memory.
bool nuo__touch_new(const nuo_program *program, const nuo_allocator *allocator, struct early *early);
void nuo__touch_free(const nuo_program *program, const nuo_allocator *allocator, struct early *early);

// Forgets the values of all lanes.
void nuo__touch_clear(struct early *early);
// Makes the values of one lane, which stay right until it is cleared: nothing writes to fields. Of the state
// it reads what never changes; the engine need not be locked.
void nuo__touch_lane(struct early *early, const struct state *state, const nuo_program *program,
                     const struct batch *batch, uint32_t lane);
// Asks for the records under the keys of one lane. The engine is locked.
void nuo__touch_prefetch(const struct early *early, const struct state *state, const struct batch *batch,
                         uint32_t lane);
// The key that an operand of the event in a lane stands for; false when it was not made.
static inline bool nuo__touch_key(const struct early *early, const struct batch *batch, bool counter,
                                  uint32_t index, uint16_t first, uint32_t lane, struct store_key *key) {
  const struct touch_list *list = &early->lists[batch->event[lane]];
  for (uint8_t i = 0; i < list->count; i++) {
    const struct touch *touch = &list->at[i];
    if (touch->first != first || touch->index != index || touch->counter != counter) continue;
    *key = nuo__state_key_from(&early->values[touch->values][lane], &touch->definition);
    return early->known[touch->values] >> lane & 1;
  }
  return false;
}
// The tag of the subject of the event in a lane; NULL when it was not made.
const uint8_t *nuo__touch_tag(const struct early *early, const struct batch *batch, uint32_t lane);

#endif
