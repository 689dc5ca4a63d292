// SPDX-License-Identifier: Apache-2.0
// Reasoning about conditions: can this ever hold, do these two ever differ? Conditions become formulas over
// variables (a field, a clock time, whether a fact holds …), each with the set of values that it may have; a
// search over these sets finds values or proves that there are none. What it cannot look into (two fields
// compared, a text searched) is a variable of its own that may be anything: so "never" is a proof, and values
// that are found are a proposal, to be tried on the program itself. Past its budget it cannot tell.
#ifndef NUO_COMPILER_REASON_H
#define NUO_COMPILER_REASON_H

#include "compiler/model.h"

// ---- sets of integers, as intervals; immutable, in an arena (set.c) ----
struct interval {
  int64_t first, last;  // both in it
};
struct set {
  const struct interval *at;  // ascending, with gaps between
  uint32_t count;
};
struct set nuo__set_of(struct arena *arena, int64_t first, int64_t last);  // empty when first > last
struct set nuo__set_union(struct arena *arena, struct set a, struct set b);
struct set nuo__set_both(struct arena *arena, struct set a, struct set b);
// What is in `a` and not in `b`.
struct set nuo__set_without(struct arena *arena, struct set a, struct set b);
bool nuo__set_within(struct set a, struct set b);  // every value of a is in b
bool nuo__set_apart(struct set a, struct set b);   // no value is in both

// ---- variables and formulas (formula.c) ----
enum variable_kind {
  VARIABLE_FIELD,   // `e` is the field's path
  VARIABLE_ENTRY,   // whether a list has an element: `e` is the list, `entry` the element
  VARIABLE_FACT,    // whether a fact holds: `e` is the call
  VARIABLE_COUNT,   // what a limit counts: `counter`, `window`
  VARIABLE_OPAQUE,  // anything else: `e`
};
// Values: numbers, times and durations as they are, decimals in millionths, flags 0 and 1; enumerators and
// texts by `names`: the index there, and any greater number for a text that is not among them.
struct variable {
  struct str key;  // what it is, the same in two programs that mean the same
  enum variable_kind kind;
  const struct expr *e;
  const struct expr *entry;
  const struct type *type;
  bool may_miss;
  bool contrary;  // VARIABLE_OPAQUE: it is true where `e` is false
  struct set all;
  VEC(struct str) names;
  // Of a count: what is counted, and in which window.
  const struct counter *counter;
  const struct model_window *window;
};
// A count that is never greater than another one: of a day, next to that of the week.
struct order {
  uint32_t less, more;  // variables
  bool together;        // they are known or unknown together: only their key decides that
};

enum formula_kind {
  FORMULA_FALSE,
  FORMULA_TRUE,
  FORMULA_UNKNOWN,
  FORMULA_AND,
  FORMULA_OR,
  FORMULA_NOT,
  FORMULA_ESTABLISHED,  // true when left is true, else false
  FORMULA_IN,           // the variable's value is in `set`; unknown when it is missing
  FORMULA_MISSING,      // the variable is missing
};
struct formula {
  enum formula_kind kind;
  const struct formula *left, *right;
  uint32_t variable;
  struct set set;
};

// A lexicon that is told apart in parts: it is found when one of them is. So two lexicons can be compared.
struct lexicon_part {
  const struct lexicon *lexicon, *part;
};

struct reasoner {
  struct arena *arena;
  // The day that it reasons about (in days since 1970), on which parameters have the values that they have
  // then; NULL: any day.
  const int32_t *day;
  VEC(struct variable) variables;
  VEC(struct order) orders;
  VEC(struct lexicon_part) parts;
  uint32_t rows;  // of tables, that became formulas
};

// Of a condition (TYPE_FLAG). Conditions of two programs over the same event may go into one reasoner.
const struct formula *nuo__formula_of(struct reasoner *r, const struct expr *e);
const struct formula *nuo__formula_join(struct reasoner *r, enum formula_kind kind,
                                        const struct formula *left, const struct formula *right);
const struct formula *nuo__formula_not(struct reasoner *r, const struct formula *of);
const struct formula *nuo__formula_established(struct reasoner *r, const struct formula *of);
// That rule `rule` is in breach, by §5 of the language: true, false or unknown. With a day at hand a rule
// that is not in force then is not; without one that is left open.
const struct formula *nuo__formula_violated(struct reasoner *r, const struct rule *rule);

// A text that is the same for two expressions that mean the same, whatever things are called in Chinese and
// however definitions cut them up (key.c).
struct str nuo__reason_key(struct arena *arena, const struct expr *e);
// For texts that grow in the arena, so that running out of memory leaves no half of one.
nuo_allocator nuo__reason_allocator(struct arena *arena);
struct str nuo__reason_counter_key(struct arena *arena, const struct counter *counter);

// ---- searching (search.c) ----
enum presence { PRESENCE_OPEN, PRESENCE_HERE, PRESENCE_MISSING };
struct standing {  // what is supposed of a variable
  enum presence presence;
  struct set values;
};
enum truth { TRUTH_FALSE, TRUTH_TRUE, TRUTH_UNKNOWN, TRUTH_OPEN };
// `open`: a variable on which it depends, when it is TRUTH_OPEN.
enum truth nuo__formula_truth(const struct formula *f, const struct standing *standings,
                              const struct formula **open);

enum answer { ANSWER_NEVER, ANSWER_FOUND, ANSWER_CANNOT_TELL };
// Whether the wanted thing is so: TRUTH_TRUE, TRUTH_FALSE, or TRUTH_OPEN with *open an undecided part
// (FORMULA_IN or MISSING).
typedef enum truth goal(void *context, const struct standing *standings, const struct formula **open);
// Looks for values with which `wanted` is TRUTH_TRUE; *standings (one a variable) then has them.
enum answer nuo__reason_search(struct reasoner *r, goal *wanted, void *context,
                               const struct standing **standings);
// Whether `f` can be true.
enum answer nuo__reason_holds(struct reasoner *r, const struct formula *f, const struct standing **standings);

#endif
