// SPDX-License-Identifier: Apache-2.0
// Duties that cannot be met as written, numbers out of reach, and raised events that nobody hears.
#include "compiler/lint/lint.h"

// ---- duties ----

static void look_at_step(struct lint *l, const struct duty *duty, const struct duty_step *step) {
  if (step->match.where == NULL) return;
  struct reasoner r = {.arena = nuo__lint_scratch(l)};
  if (nuo__reason_holds(&r, nuo__formula_of(&r, step->match.where), NULL) == ANSWER_NEVER)
    nuo__lint_add1(l, DIAG_N1111, step->match.where->span, nuo__lint_names(duty->names));
}

// A field that both events have under one name, the subject before all others; NULL: there is none. Where one
// leads to the next of its kind, that has an identity of its own, and only the subject stays.
static const struct field *common_field(const struct event_type *a, const struct event_type *b) {
  const struct field *found = NULL;
  for (uint32_t i = 0; i < a->fields.count; i++)
    for (uint32_t k = 0; k < b->fields.count; k++) {
      const struct field *x = a->fields.at[i], *y = b->fields.at[k];
      const bool alike = nuo__str_equal(x->path, y->path) && x->type->kind == y->type->kind &&
                         (x->type->kind == TYPE_TEXT || x->type->kind == TYPE_NUMBER);
      if (!alike || x == a->identity || y == b->identity) continue;
      if (x == a->subject) return x;
      if (found == NULL && a != b) found = x;
    }
  return found;
}

// Without a tie whatever comes next fulfils all that is open.
static void look_at_ties(struct lint *l, const struct duty *duty) {
  if (duty->trigger == NULL || duty->key.count > 0 || duty->steps.count == 0) return;
  if (duty->trigger->origin != EVENT_DECLARED) return;
  const struct event_type *comes = duty->steps.at[0].match.event;
  const struct field *field = common_field(duty->trigger, comes);
  if (field == NULL) return;
  nuo__lint_add3(l, DIAG_N1340, duty->names.span, nuo__lint_names(duty->names), nuo__lint_names(comes->names),
                 (struct diag_arg){.en = field->path, .zh = field->path_zh});
}

// Between the first and the last of N that lie `spread` apart there are N - 1 gaps, and they have to fit.
static void look_at_quota(struct lint *l, const struct duty *duty) {
  static const int64_t longest_days[] = {
      [UNIT_DAY] = 1, [UNIT_WEEK] = 7, [UNIT_MONTH] = 31, [UNIT_QUARTER] = 92, [UNIT_YEAR] = 366};
  const struct expr *least = duty->rule->condition;
  if (duty->trigger != NULL || duty->spread <= 0 || least == NULL || least->kind != EXPR_OPERATOR) return;
  least = nuo__expr_peel(least->right);
  if (least->ref == REF_PARAMETER && ((const struct parameter *)least->target)->values.count == 1)
    least = ((const struct parameter *)least->target)->values.at[0].value;
  if (least == NULL || least->kind != EXPR_NUMBER) return;
  // A day of a changed clock has 25 hours.
  const int64_t period = longest_days[duty->period] * INT64_C(86400000) + INT64_C(3600000);
  if (least->number - 1 > (period - 1) / duty->spread)
    nuo__lint_add1(l, DIAG_N1110, least->span.end > 0 ? least->span : duty->span,
                   nuo__lint_number(l, least->number));
}

// ---- numbers that a count or a share cannot reach ----

static bool bound_of(const struct counter *counter, int64_t *most) {
  if (counter->kind == AGGREGATE_SHARE) return *most = 1000000, true;
  if (counter->kind != AGGREGATE_DISTINCT || counter->value == NULL) return false;
  const struct type *type = counter->value->type;
  *most = type->kind == TYPE_FLAG   ? 2
          : type->kind == TYPE_ENUM ? (int64_t)type->enumeration->items.count
                                    : -1;
  return *most >= 0;
}

static void look_at_comparison(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  int64_t most;
  if (e->kind != EXPR_OPERATOR || e->op < OP_lt || e->op > OP_ge) return;
  const struct expr *left = nuo__expr_peel(e->left), *right = nuo__expr_peel(e->right);
  if (left->kind == EXPR_OPERATOR && left->op == OP_default) left = nuo__expr_peel(left->left);
  if (left->kind != EXPR_AGGREGATE || left->counter == NULL || !bound_of(left->counter, &most)) return;
  if (right->kind != EXPR_NUMBER && right->kind != EXPR_DECIMAL) return;
  int64_t number = right->number;
  if (left->counter->kind == AGGREGATE_SHARE && right->kind == EXPR_NUMBER) number *= 1000000;
  const bool beyond = e->op == OP_ge || e->op == OP_lt ? number > most : number >= most;
  if (beyond && (e->op == OP_ge || e->op == OP_gt))
    nuo__lint_add1(l, DIAG_N1110, right->span, nuo__lint_quote(l, right->span));
}

// ---- raised events ----

static void hear_counters(struct lint *l, bool *heard) {
  const struct program *p = l->program;
  for (uint32_t i = 0; i < p->counters.count; i++) heard[p->counters.at[i]->event->index] = true;
  for (uint32_t i = 0; i < p->rules.count; i++) heard[p->rules.at[i]->event->index] = true;
  for (uint32_t i = 0; i < p->facts.count; i++)
    for (uint32_t k = 0; k < p->facts.at[i]->changes.count; k++)
      heard[p->facts.at[i]->changes.at[k].event->index] = true;
  for (uint32_t i = 0; i < p->duties.count; i++) {
    const struct duty *duty = p->duties.at[i];
    if (duty->trigger != NULL) heard[duty->trigger->index] = true;
    for (uint32_t k = 0; k < duty->steps.count; k++) heard[duty->steps.at[k].match.event->index] = true;
    for (uint32_t k = 0; k < duty->discharges.count; k++) heard[duty->discharges.at[k].event->index] = true;
  }
}

static void look_at_raises(struct lint *l, const bool *heard) {
  for (uint32_t i = 0; i < l->program->rules.count; i++) {
    const struct rule *rule = l->program->rules.at[i];
    for (uint32_t k = 0; k < rule->raises.count; k++) {
      const struct raise *raise = &rule->raises.at[k];
      if (!heard[raise->event->index])
        nuo__lint_add2(l, DIAG_N1117, raise->span, nuo__lint_names(rule->names),
                       nuo__lint_names(raise->event->names));
    }
  }
}

void nuo__lint_duties(struct lint *l) {
  for (uint32_t i = 0; i < l->program->duties.count; i++) {
    const struct duty *duty = l->program->duties.at[i];
    for (uint32_t k = 0; k < duty->steps.count; k++) look_at_step(l, duty, &duty->steps.at[k]);
    look_at_quota(l, duty);
    look_at_ties(l, duty);
  }
  nuo__lint_walk_all(l, look_at_comparison, NULL);
  bool *heard = nuo__arena_alloc(l->arena, l->program->events.count + 1);
  hear_counters(l, heard);
  look_at_raises(l, heard);
}
