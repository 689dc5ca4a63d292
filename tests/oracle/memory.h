// SPDX-License-Identifier: Apache-2.0
// What the oracle remembers: a plain list of everything that was decided, each with what it counts for and
// which facts it begins or ends. Every question is answered by walking the whole list.
#ifndef NUO_TESTS_ORACLE_MEMORY_H
#define NUO_TESTS_ORACLE_MEMORY_H

#include "tests/oracle/oracle.h"

enum trace_kind { TRACE_COUNT, TRACE_START, TRACE_END };
// One thing that a past event is remembered for. Its key was known, its condition true.
struct trace {
  enum trace_kind kind;
  uint32_t index;  // of the counter or the fact
  struct value *key;
  uint32_t key_count;
  struct value with;  // TRACE_START: the value; TRACE_COUNT: what is added up or told apart, if anything is
};
struct past {
  struct str wire, id;
  struct value subject;  // whom it was about
  int64_t time;
  bool delivered;
  bool waits;  // held or deferred: it may be reported as delivered
  const struct given_event *event;
  int64_t mark;           // the newest time seen when it was decided
  int64_t remembered;     // ms after it for which the same identity gets the same decision
  nuo_decision decision;  // as it was given
  VEC(struct trace) traces;
};
struct instance;  // of a duty: duty.h
struct judged {   // a period that was judged
  uint32_t duty;
  int32_t first_day;
};
struct memory {
  struct arena *arena;
  bool needed;     // some version remembers something
  int64_t first;   // the first time seen, or INT64_MIN
  int64_t newest;  // the newest time seen, or INT64_MIN
  int64_t replay_ms;
  const struct oracle *versions;  // of the policy, each bound to no event
  uint32_t version_count;
  int64_t *lateness;  // by event_type.index: ms that one may come late, whatever causes it
  VEC(struct past) past;
  VEC(struct instance *) instances;
  VEC(struct judged) judged;
};
// The clock has come to `time`, or was further already.
void memory_mark(struct memory *memory, int64_t time);

// Whether something of that time is too late: more than `lateness` older than the newest.
bool memory_refuses(const struct memory *memory, int64_t time, int64_t lateness);
// The decision that was given on the event at hand when it came before, or NULL: it did not, or may be judged
// anew.
const nuo_decision *memory_again(struct oracle *o, const nuo_decision *decision);
// Remembers what the oracle has just decided.
void memory_add(struct oracle *o, const nuo_decision *decision);
// The held or deferred event that waits under that identity, or NULL. It waits no longer.
const struct given_event *memory_take(struct memory *memory, struct str wire, struct str id);
// The event that the oracle is bound to was judged before, and is sent now.
void memory_deliver(struct oracle *o);
// It is derived, not from the wire.
void memory_derive(struct oracle *o);

// ---- what a value is made of ----
struct holding {
  bool holds;
  int64_t since;
  struct value value;
};
// The fact that a use or a `since` asks for, at the event's time. False when a part of its key is unknown.
bool fact_holding(struct oracle *o, const struct expr *call, struct holding *holding);

// When a fact held with that key, by all that is known: [from, until), ascending; INT64_MAX: to this day.
struct span_held {
  int64_t from, until;
};
typedef VEC(struct span_held) span_list;
void fact_spans(struct oracle *o, const struct fact *fact, const struct value *key, span_list *spans);
typedef VEC(struct value) value_list;
// All values of one part of the key with which the fact holds at the event's time, the other parts as given.
void fact_values(struct oracle *o, const struct fact *fact, uint32_t part, const expr_list *key,
                 value_list *values);
// Whether a period begins on that day.
bool begins_period(enum unit period, int32_t day);

typedef VEC(int64_t) time_list;
// The instants of earlier counted events in the window, ascending; no window: since ever. False when a part
// of the key is unknown or the window has no beginning; *window is unknown then, with its reason.
bool counted_times(struct oracle *o, const struct counter *counter, const expr_list *key,
                   const struct model_window *window, time_list *times);
// The number, the sum, the share or how many different values (EXPR_AGGREGATE with a window). `of`, unless
// NULL: how many events it is made of, and of them how many make the share.
struct total {
  uint32_t count, part;
};
struct value aggregate_value(struct oracle *o, const struct expr *e, struct total *of);
struct value window_start(struct oracle *o, const struct counter *counter, const struct model_window *window);

// Evidence and reasons of a count, before what its key reads.
void collect_count_facts(struct oracle *o, const struct counter *counter, const expr_list *key,
                         const struct model_window *window, fact_list *facts);
void collect_count_reasons(struct oracle *o, const struct counter *counter, const expr_list *key,
                           const struct model_window *window, reason_list *reasons);

#endif
