// SPDX-License-Identifier: Apache-2.0
// Duties over the store: an event begins one, fulfils a step of it, ends it, or stops and starts its clock;
// and when what is to be told next. What a passed deadline leads to is deadline.c. Everything is called with
// the engine's state locked.
#ifndef NUO_RUNTIME_DUTY_H
#define NUO_RUNTIME_DUTY_H

#include "runtime/duty_record.h"
#include "runtime/vm.h"

// What the event at hand has done to duties, for its decision.
struct touched;
struct duty_log {
  nuo_duty_change *at;
  size_t count, cap;
  struct touched *touched;  // instances of which it has fulfilled a step: it fulfils no other
  size_t touched_count, touched_cap;
};

// What the key of a duty's instances is made of.
static inline struct key_shape nuo__duty_shape(const struct image_duty *duty) {
  return (struct key_shape){KEY_OF_DUTY, duty->identity, duty->key_kinds, duty->key_count,
                            nuo__state_subject_of(duty->subject)};
}

// A tie is unknown: the duty begins all the same, by the identity of an event, and nothing is tied to it.
struct store_key nuo__duty_untied_key(const struct state *state, const struct image_duty *duty, nuo_text id);

// The event in the lane begins a duty as an opening says. For each value: runs the opening's code.
void nuo__duty_open(const struct machine *machine, uint32_t opening, uint32_t lane);
void nuo__duty_each(struct machine *machine, uint32_t opening, uint32_t lane);
// Takes the subject with this tag out of the values that are run through, as nuo__duty_forget.
size_t nuo__duty_forget_each(struct state *state, struct scratch *scratch, const struct store_key *key,
                             const uint8_t tag[STATE_SUBJECT_SIZE], bool *is_empty);
// The event at `time` is a step of a duty, or discharges it.
void nuo__duty_meet(const struct machine *machine, uint32_t duty, const struct store_key *key, uint32_t step,
                    int64_t time);
void nuo__duty_discharge(const struct machine *machine, uint32_t duty, const struct store_key *key,
                         int64_t time);
// A fact that suspends duties starts or ends.
void nuo__duty_stop_clock(const struct machine *machine, const struct store_key *fact, int64_t time,
                          bool stops);
// A fact starts whose values some duty runs through: keeps them.
void nuo__duty_keep_each(const struct machine *machine, uint32_t fact, const struct image_argument *arguments,
                         uint32_t lane);

// ---- what deadline.c needs ----

struct duty_view {
  struct state *state;
  struct scratch *scratch;
  const nuo_program *program;
  const struct image_duty *duty;
  const struct zone *zone;  // the policy's
};
struct duty_view nuo__duty_view(struct state *state, struct scratch *scratch, const nuo_program *program,
                                uint32_t duty);
// How long a missed step may be done late, and is told so: 30 days.
#define NUO__LATE_MS INT64_C(2592000000)
enum moment_kind { MOMENT_WARNING, MOMENT_DUE, MOMENT_OVER };
struct moment {
  int64_t at;  // NUO__NEVER: none as things are
  enum moment_kind kind;
  uint32_t index;  // of the warning or the step
};
// What is to happen next to an instance if no event comes.
struct moment nuo__duty_next(const struct duty_view *view, const struct instance *instance);
// Whether the deadline of a step is still to be told.
bool nuo__duty_awaits(const struct instance *instance, uint32_t step);
// Sets a timer for it. Sets state->failed when out of memory.
void nuo__duty_arm(const struct duty_view *view, const struct store_key *key,
                   const struct instance *instance);
// The due time of a step as it is now, and for how long the clock stood till then.
int64_t nuo__duty_due(const struct duty_view *view, const struct instance *instance, uint32_t step);
int64_t nuo__duty_suspended(const struct duty_view *view, const struct instance *instance, uint32_t step);
// A step is done or missed: it is awaited no longer.
void nuo__duty_go_on(struct instance *instance, uint32_t step);
// Whether nothing is left to do, in time or late.
bool nuo__duty_is_over(const struct duty_view *view, const struct instance *instance);
// Opens the seal of an instance: who began it, and what was captured of that event. False when out of memory
// or the record was tampered with.
bool nuo__duty_unseal(const struct duty_view *view, const struct store_key *key,
                      const struct instance *instance, nuo_text *event, nuo_text *captured);
// Adds a change to a log. `step` may be as many as there are: none.
void nuo__duty_tell(const struct duty_view *view, struct duty_log *log, nuo_duty_state state, nuo_text event,
                    uint32_t step, int64_t due, bool is_last);

#endif
