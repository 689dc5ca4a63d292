// SPDX-License-Identifier: Apache-2.0
// Times as people mean them and as they are written: a deferral into the forbidden hours, a range whose last
// day or minute is left out, clock times of no certain zone, weekends in place of days off. And what is in
// force when.
#include "compiler/lint/lint.h"
#include "runtime/when.h"

// ---- ranges ----

static bool is_last_of_month(int64_t day) {
  struct civil civil;
  return nuo__when_is_date(day) && nuo__when_civil_from_days((int32_t)day, &civil) &&
         civil.day == nuo__when_month_days(civil.year, civil.month);
}

static void look_at_range(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  if (e->kind != EXPR_RANGE || e->right == NULL) return;
  const struct expr *end = nuo__expr_peel(e->right);
  if (end->kind == EXPR_DATE && is_last_of_month(end->number))
    nuo__lint_add1(l, DIAG_N1209, end->span, nuo__lint_quote(l, end->span));
  const bool minute = end->kind == EXPR_CLOCK && end->number % 3600000 == 59 * 60000;
  const bool second = end->kind == EXPR_CLOCK && end->number % 3600000 == 59 * 60000 + 59000;
  if (minute || second) nuo__lint_add1(l, DIAG_N1210, end->span, nuo__lint_quote(l, end->span));
}

static void look_at_calendars(struct lint *l) {
  for (uint32_t f = 0; f < l->compilation->files.count; f++)
    for (uint32_t d = 0; d < l->compilation->files.at[f].decls.count; d++) {
      const struct decl *decl = l->compilation->files.at[f].decls.at[d];
      if (decl->kind != DECL_CALENDAR) continue;
      nuo__lint_walk(l, decl->calendar.covers, look_at_range, NULL);
      for (uint32_t i = 0; i < decl->calendar.rest.count; i++)
        nuo__lint_walk(l, decl->calendar.rest.at[i], look_at_range, NULL);
      for (uint32_t i = 0; i < decl->calendar.work.count; i++)
        nuo__lint_walk(l, decl->calendar.work.at[i], look_at_range, NULL);
    }
}

// ---- deferrals ----

// The clock range that `e` asks for, or NULL.
static const struct expr *clock_range(const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->kind != EXPR_OPERATOR || e->op != OP_in) return NULL;
  const struct expr *left = nuo__expr_peel(e->left), *right = nuo__expr_peel(e->right);
  if (right->ref == REF_PARAMETER && ((const struct parameter *)right->target)->values.count == 1)
    right = ((const struct parameter *)right->target)->values.at[0].value;
  const bool fits = left->ref == REF_BUILTIN && left->builtin == BUILTIN_clock && right != NULL &&
                    right->kind == EXPR_RANGE && right->left->kind == EXPR_CLOCK &&
                    right->right->kind == EXPR_CLOCK;
  return fits ? right : NULL;
}

static bool is_within(const struct expr *range, int64_t clock) {
  const int64_t from = range->left->number, to = range->right->number;
  return from < to ? clock >= from && clock < to : clock >= from || clock < to;
}

static void look_at_deferral(struct lint *l, const struct rule *rule) {
  const struct expr *until = rule->action.value;
  if (rule->action.kind != ACTION_DEFER || rule->core != CORE_FORBID || until == NULL) return;
  until = nuo__expr_peel(until);
  conjunct_list parts = {0};
  nuo__lint_conjuncts(l, rule->condition, OP_and, &parts);
  for (uint32_t i = 0; until->kind == EXPR_CLOCK && i < parts.count; i++) {
    const struct expr *range = clock_range(parts.at[i]);
    if (range != NULL && is_within(range, until->number))
      nuo__lint_add2(l, DIAG_N1112, until->span, nuo__lint_names(rule->names),
                     nuo__lint_quote(l, until->span));
  }
}

// ---- zones ----

static void look_at_local(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  const bool local = e->ref == REF_BUILTIN && (e->builtin == BUILTIN_clock || e->builtin == BUILTIN_date ||
                                               e->builtin == BUILTIN_weekday);
  if (!local || l->rule == NULL || l->rule->event->zone != NULL) return;
  const struct event_type *event = l->rule->event;
  for (uint32_t i = 0; i < event->fields.count && event->origin == EVENT_DECLARED; i++)
    if (event->fields.at[i]->type->kind == TYPE_ZONE) {
      const struct field *field = event->fields.at[i];
      nuo__lint_add2(l, DIAG_N1219, e->span, nuo__lint_names(event->names),
                     (struct diag_arg){.en = field->path, .zh = field->path_zh})
          ->diag.also = event->span;
      return;
    }
  if (nuo__str_is(l->program->zone, "UTC") && e->builtin == BUILTIN_clock)
    nuo__lint_add(l, DIAG_N1222, e->span);
}

// `weekday(t) in {6, 7}` where the policy has a calendar.
static void look_at_weekend(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  if (e->kind != EXPR_OPERATOR || l->program->calendar == NULL) return;
  if (e->op != OP_in && e->op != OP_not_in && e->op != OP_gt && e->op != OP_ge) return;
  const struct expr *left = nuo__expr_peel(e->left), *right = nuo__expr_peel(e->right);
  if (left->ref != REF_BUILTIN || left->builtin != BUILTIN_weekday) return;
  bool weekend = right->kind == EXPR_SET && right->items.count == 2;
  for (uint32_t i = 0; weekend && i < 2; i++)
    weekend = right->items.at[i]->kind == EXPR_NUMBER && right->items.at[i]->number >= 6;
  weekend = weekend || (right->kind == EXPR_NUMBER && right->number == (e->op == OP_gt ? 5 : 6));
  if (weekend) nuo__lint_add(l, DIAG_N1216, e->span);
}

void nuo__lint_times(struct lint *l) {
  nuo__lint_walk_all(l, look_at_range, NULL);
  nuo__lint_walk_all(l, look_at_local, NULL);
  nuo__lint_walk_all(l, look_at_weekend, NULL);
  for (uint32_t i = 0; i < l->program->parameters.count; i++)
    for (uint32_t k = 0; k < l->program->parameters.at[i]->values.count; k++)
      nuo__lint_walk(l, l->program->parameters.at[i]->values.at[k].value, look_at_range, NULL);
  look_at_calendars(l);
  for (uint32_t i = 0; i < l->program->rules.count; i++) look_at_deferral(l, l->program->rules.at[i]);
}

// ---- force ----

#define SOON_DAYS 90

static struct diag_arg date_arg(struct lint *l, int32_t day) {
  return nuo__diag_text(nuo__value_text(l->arena, nuo__type_simple(TYPE_DATE), day, false));
}

static bool is_outside(struct force inner, struct force outer) {
  return inner.from > outer.until || inner.until < outer.from;
}

static void look_at_exceptions(struct lint *l, const struct rule *rule, struct force outer,
                               struct exception *const *at, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (is_outside(at[i]->force, outer))
      nuo__lint_add1(l, DIAG_N1121, at[i]->span, (struct diag_arg){at[i]->label, at[i]->label_zh});
    look_at_exceptions(l, rule, outer, at[i]->exceptions.at, at[i]->exceptions.count);
  }
}

static void look_at_force(struct lint *l, struct span span, struct diag_arg name, struct force force) {
  if (force.until < l->options.today)
    nuo__lint_add2(l, DIAG_N1204, span, name, date_arg(l, force.until));
  else if (force.from > l->options.today)
    nuo__lint_add2(l, DIAG_N1205, span, name, date_arg(l, force.from));
}

static struct span policy_span(const struct lint *l, const struct decl **found) {
  const struct source_file *file = &l->compilation->files.at[0];
  for (uint32_t d = 0; d < file->decls.count; d++)
    if (file->decls.at[d]->kind == DECL_POLICY) {
      *found = file->decls.at[d];
      return file->decls.at[d]->names.span;
    }
  *found = NULL;
  return (struct span){0};
}

void nuo__lint_force(struct lint *l) {
  const struct program *p = l->program;
  const struct decl *policy;
  const struct span span = policy_span(l, &policy);
  look_at_force(l, span, nuo__lint_names(p->names), p->force);
  if (policy != NULL && policy->policy.effective.from == NULL)
    nuo__lint_add1(l, DIAG_N1214, span, nuo__lint_names(p->names));
  const struct model_calendar *calendar = p->calendar;
  if (calendar != NULL && calendar->end - SOON_DAYS < l->options.today && p->force.until > calendar->end)
    nuo__lint_add2(l, DIAG_N1215, policy->policy.calendar.span, nuo__lint_names(calendar->names),
                   date_arg(l, calendar->end - 1));
  for (uint32_t i = 0; i < p->rules.count; i++) {
    const struct rule *rule = p->rules.at[i];
    if (is_outside(rule->force, p->force))
      nuo__lint_add1(l, DIAG_N1121, rule->names.span, nuo__lint_names(rule->names));
    else
      look_at_force(l, rule->names.span, nuo__lint_names(rule->names), rule->force);
    look_at_exceptions(l, rule, rule->force, rule->exceptions.at, rule->exceptions.count);
  }
}
