// SPDX-License-Identifier: Apache-2.0
// What the oracle knows of duties: a plain list of all that ever began, each with the event that began it.
// When something is due is worked out anew from the list of past events each time it is asked.
#ifndef NUO_TESTS_ORACLE_DUTY_H
#define NUO_TESTS_ORACLE_DUTY_H

#include "tests/oracle/memory.h"

#define NEVER INT64_MAX

// A due time, or that of a warning, as it is without a suspension.
struct due {
  int64_t at;
  bool certain;  // the calendar knows all days that matter
  bool by_day;   // the end of a day: a suspension moves it to the end of another
};
enum step_state {
  STEP_OPEN,  // the first of these is awaited
  STEP_DONE,
  STEP_PASSED,  // its due time has passed when the duty was discharged; its deadline has still to be told
  STEP_LATE,    // done after its due time; its deadline has still to be told
  STEP_MISSED,  // told
  STEP_CLOSED,  // missed and done late, or ended
};
struct instance {
  const struct duty *duty;  // of the version in force when it began
  struct oracle o;          // bound to the event that began it
  struct value *key;        // NULL: a part of it is unknown, and nothing is tied to it
  struct value each;        // the value at hand of `for each`
  struct value *suspended;  // the key of the fact that stops the clock, or NULL
  struct due *dues, *warnings;
  enum step_state *steps;
  bool *warned;
  bool failed;  // a step has been told as missed
  bool met;     // by the event at hand
};

// What an event does to one duty, made out before any of its effects.
struct duty_move {
  const struct duty *duty;
  struct value **steps;            // the key of each step that it matches, else NULL
  VEC(struct value *) discharges;  // the keys of all `discharged by` that it matches
  VEC(struct instance *) opened;
  bool too_many;
};
typedef VEC(struct duty_move) move_list;
typedef VEC(nuo_duty_change) change_list;

// Once the versions are known.
void duties_begin(struct memory *memory);
// `opens`: it may begin duties, for it is in force.
void duties_plan(struct oracle *o, bool opens, move_list *moves);
void duties_move(struct oracle *o, const move_list *moves, change_list *changes);

// Something that comes due: a step or a warning of an instance, or the end of a period.
struct coming {
  int64_t due;  // the true time
  int64_t at;   // when nothing can come late any more
  struct instance *instance;
  bool is_warning;
  uint32_t which;  // step or warning
  // Of a periodic duty: instance is NULL.
  const struct oracle *version;  // the one in force when the period began
  const struct duty *duty;
  int32_t first_day;
  int64_t from, until;
  bool certain;
};
typedef VEC(struct coming) coming_list;
// All that is due before the mark reaches `mark` and comes first. Those of one key are listed only by the
// first of them.
void duties_coming(struct memory *memory, struct arena *arena, int64_t mark, coming_list *list);
// With those that are one breach with it, in the order in which they are named.
void duties_joined(struct memory *memory, const struct coming *coming, coming_list *joined);
// Binds the duty's own event, and says what the decision tells of the duty.
void duty_bind(struct memory *memory, const struct coming *coming, struct oracle *o, change_list *changes);
// It has been told.
void duty_told(struct memory *memory, const struct coming *coming);

#endif
