// SPDX-License-Identifier: Apache-2.0
// What the files of diff share.
#ifndef NUO_COMPILER_DIFF_INSIDE_H
#define NUO_COMPILER_DIFF_INSIDE_H

#include "compiler/diff/diff.h"

struct differ {
  struct arena *arena;
  struct diff *diff;
  struct zone_set *zones;
  const struct zone *zone;
  uint32_t tries;
  nuo_status status;
  // Lexicons that say other things now, cut up: what both have, what only one has (lexicon.c).
  VEC(struct lexicon_part) parts;
};

// A time in which nothing of the law changes.
struct epoch {
  int32_t first, last;  // days
};
typedef VEC(struct epoch) epoch_list;
epoch_list nuo__diff_epochs(struct differ *d);

// What a search found for one direction.
struct proposal {
  enum answer answer;  // ANSWER_NEVER: proved that there is none
  struct reasoner *reasoner;
  const struct standing *standings;
  struct epoch epoch;
};
// By direction: [0] the new version is looser, [1] stricter.
struct proposals {
  struct proposal at[2];
  bool is_other;  // they differ in what has no order
};
// One of the rules may be NULL: it never applies.
void nuo__diff_reason(struct differ *d, const struct rule *before, const struct rule *after,
                      struct proposals *proposals);

// Runs a draft through a version and takes down what it says of a rule. False when memory runs out.
nuo_status nuo__draft_run(struct arena *arena, const struct side *side, const struct draft *draft,
                          const struct rule *rule, struct outcome *outcome);
// 1: b is stricter, -1: looser, 0: the same, 2: other, without an order. `after`: whose severities count.
int nuo__outcome_compare(const struct program *after, const struct outcome *a, const struct outcome *b);
// Takes the finding of a rule that should not be there; for making drafts quiet.
typedef VEC(const struct rule *) found_rules;
nuo_status nuo__draft_findings(struct arena *arena, const struct side *side, const struct draft *draft,
                               found_rules *rules);

// Looks for a witness in that direction, or with direction -1 for any difference.
struct witness *nuo__diff_witness(struct differ *d, const struct rule_change *change, int direction,
                                  const struct proposal *proposal);

struct witness *nuo__diff_duty_witness(struct differ *d, const struct rule_change *change, int direction,
                                       const struct proposal *proposal);
// The duty that the rule belongs to, or NULL.
const struct duty *nuo__duty_of(const struct program *program, const struct rule *rule);

void nuo__diff_rules(struct differ *d);
void nuo__diff_values(struct differ *d);
void nuo__diff_clauses(struct differ *d);
void nuo__diff_lexicons(struct differ *d);

// What a rule says, as a text that is equal when it means the same; and what it says in words only. That of a
// duty's rule holds what the duty says.
struct str nuo__rule_meaning(struct arena *arena, const struct program *program, const struct rule *rule);
struct str nuo__rule_wording(struct arena *arena, const struct program *program, const struct rule *rule);
struct str nuo__action_meaning(struct arena *arena, const struct model_action *action);
struct str nuo__duty_meaning(struct arena *arena, const struct duty *duty);
struct str nuo__change_meaning(struct differ *d, const struct program *program, const struct rule *rule);
enum part {
  PART_SCOPE,
  PART_CORE,
  PART_WINDOW,
  PART_EXCEPTIONS,
  PART_ACTION,
  PART_UNDETERMINED,
  PART_SEVERITY,
  PART_RAISES,
  PART_FORCE,
  PART_COUNT
};
// As written, with one space for each gap.
struct str nuo__diff_written(struct differ *d, const struct program *program, struct span span);
bool nuo__rule_same_part(struct differ *d, enum part part, const struct rule *before,
                         const struct rule *after);
// What is different in two rules, for people.
void nuo__rule_parts(struct differ *d, struct rule_change *change);
// Whether clocks and days are the same ones in both versions.
bool nuo__same_time(const struct differ *d, const struct rule *before, const struct rule *after);
// What the formulas do not speak of: severity, details of actions, raised events.
void nuo__change_details(struct differ *d, const struct rule *before, const struct rule *after,
                         struct proposals *proposals);
void nuo__change_decide(struct rule_change *change, const struct proposals *proposals);
// A duty that is new, gone, or in both.
void nuo__judge_duty(struct differ *d, struct rule_change *change);

#endif
