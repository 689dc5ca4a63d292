// SPDX-License-Identifier: Apache-2.0
// What is joined as one breach and never is one: rules that no event breaches together, duties without a
// deadline in common. Called by lint.c.
#include "compiler/lint/lint.h"

static bool never_together(struct lint *l, const struct rule *a, const struct rule *b) {
  struct reasoner r = {.arena = nuo__lint_scratch(l)};
  const struct formula *both =
      nuo__formula_join(&r, FORMULA_AND, nuo__formula_violated(&r, a), nuo__formula_violated(&r, b));
  return nuo__reason_holds(&r, both, NULL) == ANSWER_NEVER;
}

// Lengths of one unit can be told apart; what else there is may come to the same.
static bool differ(const struct duty_deadline *a, const struct duty_deadline *b) {
  if (a->length == NULL || b->length == NULL) return false;
  const struct expr *x = nuo__expr_peel(a->length), *y = nuo__expr_peel(b->length);
  return x->kind == EXPR_DURATION && y->kind == EXPR_DURATION && x->unit == y->unit && x->number != y->number;
}

static bool have_no_deadline_in_common(const struct duty *a, const struct duty *b) {
  if (a->trigger == NULL)
    return differ(&a->due, &b->due) || (a->due.length == NULL) != (b->due.length == NULL);
  for (uint32_t i = 0; i < a->steps.count; i++)
    for (uint32_t k = 0; k < b->steps.count; k++)
      if (!differ(&a->steps.at[i].deadline, &b->steps.at[k].deadline)) return false;
  return true;
}

static const struct duty *duty_of(const struct lint *l, const struct rule *rule) {
  for (uint32_t i = 0; i < l->program->duties.count; i++)
    if (l->program->duties.at[i]->rule == rule) return l->program->duties.at[i];
  return NULL;
}

static bool may_meet(struct lint *l, const struct rule *a, const struct rule *b) {
  const struct duty *duty = duty_of(l, a);
  return duty != NULL ? !have_no_deadline_in_common(duty, duty_of(l, b)) : !never_together(l, a, b);
}

// One that is never breached together with any of the others.
static void look_at(struct lint *l, const struct same *same, uint32_t index) {
  const struct rule *rule = same->rules.at[index];
  for (uint32_t i = 0; i < same->rules.count; i++)
    if (i != index && may_meet(l, rule, same->rules.at[i])) return;
  nuo__lint_add2(l, DIAG_N1123, same->span, nuo__lint_names(rule->names),
                 nuo__lint_names(same->rules.at[index == 0]->names));
}

void nuo__lint_sames(struct lint *l) {
  for (uint32_t s = 0; s < l->program->sames.count; s++)
    for (uint32_t i = l->program->sames.at[s]->rules.count; i-- > 0;) look_at(l, l->program->sames.at[s], i);
}
