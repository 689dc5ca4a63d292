// SPDX-License-Identifier: Apache-2.0
// What the store keeps of the duties that are open under one key: their instances. Knows how they lie in a
// record and when each is due, not what follows from it (duty.c).
#ifndef NUO_RUNTIME_DUTY_RECORD_H
#define NUO_RUNTIME_DUTY_RECORD_H

#include "runtime/image.h"
#include "runtime/scratch.h"
#include "runtime/state.h"
#include "runtime/zone.h"

// The fact that suspends the duty starts, and the clock stops, or it ends, and the clock goes on.
struct clock_change {
  int64_t at;
  bool stops;
};
// What a duty has begun. Steps and warnings are bits in their order.
struct instance {
  uint64_t number;  // apart from the others of the record, which may look the same; ascending
  int64_t began;
  uint32_t step;     // the one that is awaited; as many as there are: none
  uint32_t missed;   // steps that were missed, and may be done late
  uint32_t waiting;  // steps before it whose deadline has passed by what came, and is still to be told …
  uint32_t overdue;  // … and which of them were done late
  uint32_t passed;   // steps behind it that were missed before their turn came
  uint32_t warned;
  uint32_t certain;                                         // steps whose due time is certain
  int64_t due[IMAGE_STEP_MAX], warning[IMAGE_WARNING_MAX];  // as they are without a suspension
  bool failed;                                              // a deadline has been told as missed
  bool watched;                                             // a fact stops the clock while it holds:
  struct store_key fact;                                    // this one
  bool stands;                                              // the clock stood when it began
  struct clock_change *changes;                             // ascending
  size_t change_count, change_cap;
  nuo_text subject;  // the tag of the subject of the event that began it; empty where there is none, or the
                     // key has it
  nuo_text sealed;   // who began it, and what is told of that event: see duty.c
};
struct duty_record {
  uint8_t identity[16];  // of the duty
  uint32_t steps, warnings;
  struct instance *at;
  size_t count, cap;
};

// Reads the record of a key into the scratch; without one *record is left as it is, for the caller has filled
// in identity, steps and warnings. False when out of memory, or the record is of another duty: then nothing
// is to be done with it.
bool nuo__duty_load(const struct state *state, struct scratch *scratch, const struct store_key *key,
                    struct duty_record *record);
// Writes it back; without an instance the record goes. Sets state->failed when out of memory.
void nuo__duty_save(struct state *state, const struct store_key *key, const struct duty_record *record);
// Takes away the instances of the subject with this tag, and gives how many. When none are left the record
// stays, *is_empty is set and the caller has to remove it. scratch->failed or state->failed when out of
// memory.
size_t nuo__duty_forget(struct state *state, struct scratch *scratch, const struct store_key *key,
                        const uint8_t tag[STATE_SUBJECT_SIZE], bool *is_empty);
// Room for one more at the end, which is cleared and counted. NULL when out of memory.
struct instance *nuo__duty_add(struct scratch *scratch, struct duty_record *record);

// The bytes of a record with one instance at most, without what is captured of the event that began it and
// without changes of its clock.
uint32_t nuo__duty_size(const struct image_duty *duty);

#define NUO__NEVER INT64_MAX
// How long something that is due at `at` moves because the clock stood; NUO__NEVER while it stands. A due
// time at the end of a day (`by_day`) moves to the end of the day that it reaches, in `zone`.
int64_t nuo__duty_moved(const struct instance *instance, int64_t at, bool by_day, const struct zone *zone);
// For how long the clock had stood by then, in all.
int64_t nuo__duty_stood(const struct instance *instance, int64_t at, bool by_day, const struct zone *zone);
// Adds a change of the clock at its place; at one instant `goes on` prevails. False when out of memory.
bool nuo__duty_clock(struct scratch *scratch, struct instance *instance, int64_t at, bool stops);

#endif
