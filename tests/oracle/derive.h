// SPDX-License-Identifier: Apache-2.0
// What follows from an event or from the time that has passed, in the order in which it is decided. For
// trial.c.
#ifndef NUO_TESTS_ORACLE_DERIVE_H
#define NUO_TESTS_ORACLE_DERIVE_H

#include "tests/oracle/oracle.h"

// Where decisions go, one after the other.
struct outlet {
  void (*tell)(void *context, const nuo_decision *decision);
  // Whether this may be the next one, but for what it does to duties other than its own. Deadlines of one
  // instant come in an order of their keys that the oracle does not know.
  bool (*fits)(void *context, const nuo_decision *decision);
  void *context;
};

// Decides the event that is bound, and all that goes before it and follows from it.
void oracle_event(struct oracle *o, uint64_t tag, const struct outlet *outlet);
// The clock comes to `time`: what is due before.
void oracle_pass(struct memory *memory, int64_t time, const struct outlet *outlet);
// The event that is bound was held, and has been sent: what that does to duties goes into the decision.
void oracle_sent(struct oracle *o, nuo_decision *decision, const struct outlet *outlet);

#endif
