// SPDX-License-Identifier: Apache-2.0
// Drafts of events: what is likely to make a condition true or false. A draft is a guess, which whoever wants
// it tries on the programs; what cannot be guessed is left as it is. The same seed gives the same draft.
#ifndef NUO_COMPILER_DIFF_DRAFT_H
#define NUO_COMPILER_DIFF_DRAFT_H

#include "compiler/model.h"
#include "compiler/reason/reason.h"
#include "runtime/zone.h"

struct maker {
  struct arena *arena;
  const struct program
      *program;             // whose events are made; conditions of another version may be asked for, too
  const struct zone *zone;  // the policy's
  uint64_t random;
  int32_t day;  // about when it happens, and when parameters are read
};
uint32_t nuo__maker_below(struct maker *m, uint32_t n);  // 0 … n-1; n > 0
bool nuo__maker_chance(struct maker *m, uint32_t percent);

struct draft_event {
  const struct event_type *event;
  struct expr **values;  // by field: a constant, or NULL
  bool *pinned;          // not to be changed any more
};
struct draft {
  VEC(struct draft_event *) earlier;  // what happened before, in order of time
  struct draft_event *event;
  int64_t until;  // the time passes to then; INT64_MIN: it does not
};
// Where a condition is read: one event of a draft.
struct scene {
  struct maker *m;
  struct draft *draft;
  struct draft_event *at;
};

// ---- events and values (draft.c) ----
// An event of that type (found by its name) with what it must have, at noon of the maker's day; NULL when
// there is no such type.
struct draft_event *nuo__draft_event(struct maker *m, const struct event_type *event);
struct draft_event *nuo__draft_copy(struct maker *m, const struct draft_event *event);
// The field of the event that goes by the same path, or NULL.
const struct field *nuo__draft_field(const struct scene *s, const struct field *field);
// A constant of the field's type, some value.
struct expr *nuo__draft_any(struct scene *s, const struct type *type);
struct expr *nuo__draft_constant(struct maker *m, const struct type *type, int64_t number);
struct expr *nuo__draft_text(struct maker *m, const struct type *type, struct str text);
int64_t nuo__draft_time(const struct draft_event *event);
void nuo__draft_set_time(struct maker *m, struct draft_event *event, int64_t time);
// Local date and clock of an instant, by the zone of the event.
bool nuo__draft_local(const struct scene *s, int64_t time, int32_t *date, int32_t *clock);
bool nuo__draft_instant(const struct scene *s, int32_t date, int64_t clock, int64_t *time);
// What an expression is, as a constant; NULL when it cannot be told.
const struct expr *nuo__draft_value(struct scene *s, const struct expr *e);
// The smallest step of a type, or a greater one that people use.
int64_t nuo__draft_step(struct maker *m, const struct type *type);

// ---- expressions (draft_set.c) ----
// Makes an expression equal to a constant of its type.
bool nuo__draft_set(struct scene *s, const struct expr *e, const struct expr *value);
bool nuo__draft_clear(struct scene *s, const struct expr *e);
bool nuo__draft_ensure(struct scene *s, const struct expr *e);

// ---- conditions (draft_make.c) ----
bool nuo__draft_make(struct scene *s, const struct expr *e, bool want);
bool nuo__draft_compare(struct scene *s, enum operator_id op, const struct expr *left,
                        const struct expr *right);
bool nuo__draft_in(struct scene *s, const struct expr *left, const struct expr *set, bool want);
// That a rule is in breach, or that it is not.
bool nuo__draft_violate(struct scene *s, const struct rule *rule);
bool nuo__draft_comply(struct scene *s, const struct rule *rule);
// What a search found.
void nuo__draft_suppose(struct scene *s, const struct reasoner *r, const struct standing *standings);

// ---- the past (draft_past.c) ----
bool nuo__draft_fact(struct scene *s, const struct expr *call, const struct expr *value, bool want);
// So many earlier events that a counter counts. `asked`: its key in the context of the event that asks.
bool nuo__draft_count(struct scene *s, const struct counter *counter, struct expr *const *asked,
                      uint32_t asked_count, int64_t count);
// Gives another event the key that is asked for in this one.
bool nuo__draft_tie(struct scene *s, struct draft_event *other, struct expr *const *key,
                    struct expr *const *asked, uint32_t count);
void nuo__draft_sort(struct draft *draft);

#endif
