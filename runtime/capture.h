// SPDX-License-Identifier: Apache-2.0
// What is kept of an event for later: values of a lane as bytes, and back into a lane of an event type. The
// bytes name each field by its path, an enumerator and a zone by its name, so that another version of the
// policy can read them: a field that it does not have, or has with another type, is left out. Not encrypted:
// seal.h does that.
#ifndef NUO_RUNTIME_CAPTURE_H
#define NUO_RUNTIME_CAPTURE_H

#include "runtime/batch.h"
#include "runtime/program.h"
#include "runtime/scratch.h"
#include "runtime/text_out.h"

// Appends the values of `moves` that are known in the lane. Each register is of a field or of code, and holds
// what the move's field does. False when out of memory.
bool nuo__capture(const nuo_program *program, const struct batch *batch, uint32_t lane,
                  const struct image_move *moves, uint32_t count, struct text_out *out);

// Appends one value that no register holds, for a field that is a text or an
// enumerator (its English name), or for one that a number stands for
// (instant, date, clock, duration, number, decimal, flag).
bool nuo__capture_text(const nuo_program *program, uint32_t field, nuo_text value, struct text_out *out);
bool nuo__capture_number(const nuo_program *program, uint32_t field, int64_t value, struct text_out *out);
// Makes the lane an event of `event` (EVENTS) with the fields captured and no others: field registers, its
// time, its zone (the policy's when it has none) and the planes of enumerators that are asked for, complete.
// `batch->count` and `event_lanes` are the caller's; the identity is set when it is a captured text, else
// empty. Texts are copied into `texts`, elements of lists go into the batch's pool. False when out of memory;
// bytes that are no capture end it where they stop making sense.
bool nuo__restore(const nuo_program *program, const void *bytes, size_t size, uint32_t event,
                  struct batch *batch, uint32_t lane, const nuo_allocator *allocator, struct scratch *texts);

// ---- which fields are kept of an event whose effects wait (capture_plan.c) ----

// Of each event type (EVENTS): moves[first[event] … first[event + 1]).
struct capture_plan {
  uint32_t *first;
  struct image_move *moves;
};
// For the enforceable events of `program`: the fields that the effects of that event, in any of the versions,
// read. False when out of memory; it has to be freed all the same.
bool nuo__capture_plan_new(const nuo_program *program, nuo_program *const *versions, size_t count,
                           const nuo_allocator *allocator, struct capture_plan *plan);
void nuo__capture_plan_free(const nuo_program *program, const nuo_allocator *allocator,
                            struct capture_plan *plan);
// The declared event type of that name on the wire, or IMAGE_NONE.
uint32_t nuo__event_named(const struct image *image, nuo_text wire);

#endif
