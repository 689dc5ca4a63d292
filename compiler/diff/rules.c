// SPDX-License-Identifier: Apache-2.0
// Which rule of the old version is which of the new one, and what became of it.
#include <sodium.h>

#include "compiler/diff/diff_inside.h"

// ---- pairs ----

static bool is_of_duty(const struct rule *rule) {
  return rule->event->origin == EVENT_DUTY;
}

static const struct rule *named(const struct program *program, struct str name, bool of_duty) {
  for (uint32_t i = 0; i < program->rules.count; i++)
    if (is_of_duty(program->rules.at[i]) == of_duty && nuo__str_equal(program->rules.at[i]->names.en, name))
      return program->rules.at[i];
  return NULL;
}

static struct str clause_of(const struct program *program, const struct rule *rule) {
  return rule->clause == CLAUSE_NONE ? STR("") : program->clauses.at[rule->clause].number;
}

// Whether the rule has no namesake in the other version.
static bool is_lone(const struct program *other, const struct rule *rule, bool of_duty) {
  return is_of_duty(rule) == of_duty && named(other, rule->names.en, of_duty) == NULL;
}

static const struct rule *same_meaning(struct differ *d, const struct rule *after, bool of_duty) {
  const struct program *old = d->diff->before.program, *new = d->diff->after.program;
  const struct str meaning = nuo__change_meaning(d, new, after);
  for (uint32_t i = 0; i < old->rules.count; i++)
    if (is_lone(new, old->rules.at[i], of_duty) &&
        nuo__str_equal(nuo__change_meaning(d, old, old->rules.at[i]), meaning))
      return old->rules.at[i];
  return NULL;
}

// The only one without a namesake under that clause and on that event; NULL when there are more.
static const struct rule *only_lone(const struct program *program, const struct program *other,
                                    struct str clause, struct str event, bool of_duty) {
  const struct rule *only = NULL;
  for (uint32_t i = 0; i < program->rules.count; i++) {
    const struct rule *rule = program->rules.at[i];
    const bool is_here = is_lone(other, rule, of_duty) && nuo__str_equal(clause_of(program, rule), clause) &&
                         (of_duty || nuo__str_equal(rule->event->names.en, event));
    if (is_here && only != NULL) return NULL;
    if (is_here) only = rule;
  }
  return only;
}

static const struct rule *partner(struct differ *d, const struct rule *after, bool of_duty) {
  const struct program *old = d->diff->before.program, *new = d->diff->after.program;
  const struct rule *same = named(old, after->names.en, of_duty);
  if (same != NULL) return same;
  same = same_meaning(d, after, of_duty);
  const struct str clause = clause_of(new, after);
  if (same != NULL || clause.len == 0) return same;
  const struct str event = after->event->names.en;
  return only_lone(new, old, clause, event, of_duty) == after ? only_lone(old, new, clause, event, of_duty)
                                                              : NULL;
}

// ---- what became of a pair ----

void nuo__change_decide(struct rule_change *change, const struct proposals *proposals) {
  const bool looser = change->witnesses[0] != NULL, stricter = change->witnesses[1] != NULL;
  change->not_looser = proposals->at[0].answer == ANSWER_NEVER && !proposals->is_other;
  change->not_stricter = proposals->at[1].answer == ANSWER_NEVER && !proposals->is_other;
  if (change->not_looser && change->not_stricter)
    change->meaning = MEANING_UNCHANGED;
  else if (proposals->is_other || (looser && stricter))
    change->meaning = MEANING_DIFFERENT;
  else if (looser || (change->not_stricter && proposals->at[0].answer == ANSWER_FOUND))
    change->meaning = MEANING_LOOSER;
  else if (stricter || (change->not_looser && proposals->at[1].answer == ANSWER_FOUND))
    change->meaning = MEANING_STRICTER;
  else
    change->meaning = MEANING_CANNOT_TELL;
}

static int severity_in(const struct program *program, const struct program *of, const struct rule *rule) {
  if (rule->severity < 0) return -1;
  for (uint32_t i = 0; i < program->severities.count; i++)
    if (nuo__str_equal(program->severities.at[i].names.en, of->severities.at[rule->severity].names.en))
      return (int)i;
  return -1;
}

// What the formulas do not speak of.
void nuo__change_details(struct differ *d, const struct rule *before, const struct rule *after,
                         struct proposals *proposals) {
  const struct program *new = d->diff->after.program;
  const int old_severity = severity_in(new, d->diff->before.program, before);
  const int new_severity = severity_in(new, new, after);
  if (old_severity != new_severity) {
    struct proposal *proposal = &proposals->at[new_severity > old_severity];
    if (proposal->answer == ANSWER_NEVER) proposal->answer = ANSWER_FOUND;
  }
  // Until when, which label, …: there is no more or less in that.
  const bool same_action =
      before->action.kind != after->action.kind || nuo__rule_same_part(d, PART_ACTION, before, after);
  const bool same_undetermined = before->undetermined.kind != after->undetermined.kind ||
                                 nuo__rule_same_part(d, PART_UNDETERMINED, before, after);
  if (!same_action || !same_undetermined || !nuo__rule_same_part(d, PART_RAISES, before, after))
    proposals->is_other = true;
}

static void judge_rules(struct differ *d, struct rule_change *change) {
  struct proposals proposals;
  nuo__diff_reason(d, change->before, change->after, &proposals);
  nuo__change_details(d, change->before, change->after, &proposals);
  for (int direction = 0; direction < 2; direction++)
    if (proposals.at[direction].answer != ANSWER_NEVER || proposals.is_other)
      change->witnesses[direction] = nuo__diff_witness(d, change, direction, &proposals.at[direction]);
  nuo__change_decide(change, &proposals);
}

// A rule that is new, or gone: what it forbids, with an example.
static void judge_alone(struct differ *d, struct rule_change *change) {
  const int direction = change->after != NULL;
  struct proposals proposals;
  nuo__diff_reason(d, change->before, change->after, &proposals);
  if (proposals.at[direction].answer != ANSWER_NEVER)
    change->witnesses[direction] = nuo__diff_witness(d, change, direction, &proposals.at[direction]);
}

// ---- changes ----

static struct str identity_of(struct differ *d, struct str before, struct str after) {
  static const char digits[] = "0123456789abcdef";
  uint8_t digest[crypto_generichash_BYTES_MIN];
  char text[8];
  crypto_generichash_state state;
  crypto_generichash_init(&state, NULL, 0, sizeof digest);
  crypto_generichash_update(&state, (const unsigned char *)before.at, before.len);
  crypto_generichash_update(&state, (const unsigned char *)"", 1);
  crypto_generichash_update(&state, (const unsigned char *)after.at, after.len);
  crypto_generichash_final(&state, digest, sizeof digest);
  for (int i = 0; i < 8; i++) text[i] = digits[(digest[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 15];
  return nuo__arena_copy(d->arena, text, sizeof text);
}

static void add_change(struct differ *d, const struct rule *before, const struct rule *after, bool of_duty) {
  const struct program *old = d->diff->before.program, *new = d->diff->after.program;
  struct rule_change change = {.before = before, .after = after, .is_duty = of_duty};
  const struct str a = before == NULL ? STR("") : nuo__change_meaning(d, old, before);
  const struct str b = after == NULL ? STR("") : nuo__change_meaning(d, new, after);
  change.id = identity_of(d, a, b);
  if (before == NULL || after == NULL) {
    change.meaning = before == NULL ? MEANING_NEW : MEANING_REPEALED;
    if (of_duty)
      nuo__judge_duty(d, &change);
    else
      judge_alone(d, &change);
  } else {
    change.renamed = !nuo__str_equal(before->names.en, after->names.en) ||
                     !nuo__str_equal(before->names.zh, after->names.zh);
    if (of_duty)
      nuo__judge_duty(d, &change);
    else if (nuo__str_equal(a, b) && nuo__same_time(d, before, after))
      change.meaning = MEANING_UNCHANGED, change.not_looser = change.not_stricter = true;
    else
      judge_rules(d, &change), nuo__rule_parts(d, &change);
    if (change.meaning == MEANING_UNCHANGED &&
        !nuo__str_equal(nuo__rule_wording(d->arena, old, before), nuo__rule_wording(d->arena, new, after)))
      change.meaning = MEANING_WORDING;
  }
  VEC_PUSH(d->arena, &d->diff->rules, change);
}

static void diff_all(struct differ *d, bool of_duty) {
  const struct program *old = d->diff->before.program, *new = d->diff->after.program;
  const uint32_t first = d->diff->rules.count;
  for (uint32_t i = 0; i < new->rules.count; i++)
    if (is_of_duty(new->rules.at[i]) == of_duty)
      add_change(d, partner(d, new->rules.at[i], of_duty), new->rules.at[i], of_duty);
  for (uint32_t i = 0; i < old->rules.count; i++) {
    bool is_gone = is_of_duty(old->rules.at[i]) == of_duty;
    for (uint32_t k = first; k < d->diff->rules.count; k++)
      is_gone = is_gone && d->diff->rules.at[k].before != old->rules.at[i];
    if (is_gone) add_change(d, old->rules.at[i], NULL, of_duty);
  }
}

void nuo__diff_rules(struct differ *d) {
  diff_all(d, false);
  diff_all(d, true);
}

bool nuo__diff_needs_approval(const struct rule_change *change) {
  switch (change->meaning) {
    case MEANING_LOOSER:
    case MEANING_DIFFERENT:
    case MEANING_CANNOT_TELL:
    case MEANING_REPEALED:
      return true;
    case MEANING_STRICTER:
      return !change->not_looser;
    default:
      return false;
  }
}
