// SPDX-License-Identifier: Apache-2.0
// What the files that decide share: decide.c (findings and decisions, and what needs no memory), turn.c (one
// event after the other), derive.c (events that follow from a decision), deadline.c (what time leads to).
#ifndef NUO_RUNTIME_DECIDE_H
#define NUO_RUNTIME_DECIDE_H

#include "runtime/session.h"

static inline struct version *nuo__version_of(const nuo_session *s, const struct pending *p) {
  return &s->versions[p->version];
}
static inline const struct image_event *nuo__event_of(const nuo_session *s, const struct pending *p) {
  const struct version *v = nuo__version_of(s, p);
  return &v->program->image.EVENTS[v->batch.event[p->lane]];
}
static inline int64_t nuo__time_of(const struct version *v, uint32_t lane) {
  return v->batch.columns[0][lane];
}

// ---- decide.c: all false when out of memory ----

// Runs code for one event and explains what fires.
bool nuo__decide_run(nuo_session *session, struct pending *p, uint32_t first, uint32_t count);
void nuo__decide_begin(const nuo_session *session, const struct pending *p, nuo_decision *d);
// The findings and the verdict.
bool nuo__decide_finish(nuo_session *session, const struct pending *p, nuo_decision *d);
// What the host should know of native functions that were called for the event, which is forgotten then.
bool nuo__decide_notes(nuo_session *session, const struct pending *p, nuo_decision *d);
// Adds a decision to those that the host will get.
bool nuo__decide_add(nuo_session *session, const nuo_decision *d);

// ---- turn.c ----

// Puts what is pending in order and makes the keys it is kept under; the engine need not be locked for that.
void nuo__turn_prepare(nuo_session *session);
// Decides what is pending, in turn, and stops when there are enough decisions for one call.
bool nuo__turn(nuo_session *session);
// The event becomes past: the marks move, and what it changes is changed. Into the decision: what it did to
// duties, and what its breaches raise.
bool nuo__turn_effect(nuo_session *session, const struct pending *p, nuo_decision *d);

// ---- derive.c ----

// What is captured for an event that a rule raises, while the registers of its cold block are there.
bool nuo__derive_capture(nuo_session *session, const struct pending *p, struct found *found);
// Whether something can be derived from events of the program.
bool nuo__derive_needed(const struct image *image);
// The events that the decision's breaches raise, for the decision.
bool nuo__derive_tell(nuo_session *session, const struct pending *p, nuo_decision *d);
// Decides what follows from the breaches of the decision that was added last, depth first. `root`: the
// identity of the event that it all goes back to.
bool nuo__derive_all(nuo_session *session, const struct pending *p, const nuo_decision *d, nuo_text root);
// Decides an event made of a capture (capture.h), at `level` of derivation, by a version of the policy; with
// `changes` as what is told of the duty whose deadline it is. Its decision is added when it tells something.
// Several are deadlines of duties that are one breach, by rank: they have one decision, which goes by the
// first of them that was missed.
struct derived {
  size_t version;
  uint32_t event, level;
  nuo_text captured, root;
  uint64_t tag;  // that of the event which it goes back to
  bool late;
  uint16_t zone;  // handle, or DERIVED_OWN_ZONE
  bool deadline;
  bool again;  // … of a duty of which another had been missed before
  const nuo_duty_change *changes;
  size_t change_count;
};
#define DERIVED_OWN_ZONE UINT16_MAX
bool nuo__derive_decide(nuo_session *session, const struct derived *derived, size_t count);

// ---- deadline.c ----

// Lets deadlines pass that are over at `time`. *done is false when there are enough decisions for one call.
bool nuo__deadline_pass(nuo_session *session, int64_t time, bool *done);
// Sets the timers of periodic duties that have none; `time` is that of an event.
bool nuo__deadline_begin(nuo_session *session, int64_t time);

#endif
