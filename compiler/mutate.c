// SPDX-License-Identifier: Apache-2.0
// Where a policy can be changed: goes through its rules, duties, facts, tables and parameters, makes one
// change at a time in the checked program, has the tests run (mutate_run.c) and takes it back. What can be
// changed in an expression is in mutate_expr.c.
#include "compiler/mutate_run.h"

const char *const nuo__change_names[CHANGE_KIND_COUNT][2] = {
#define KIND(id, en, zh) {en, zh},
    CHANGE_KINDS(KIND)
#undef KIND
};

static struct diag_arg left_out(struct mutator *m, struct span span) {
  return nuo__mutate_says(m, span, "`%.*s` is left out", "去掉“%.*s”");
}

// `this day` becomes `this week`; sliding windows are longer by their length.
static void change_window(struct mutator *m, struct model_window *window, struct span span) {
  const struct model_window kept = *window;
  if (window->length != NULL) nuo__mutate_expr(m, window->length, true);
  if (nuo__mutate_longer(window))
    nuo__mutate_try(m, (struct change){CHANGE_BOUNDARY, span, nuo__mutate_longer_says()});
  *window = kept;
}

// ---- rules ----

static void change_exceptions(struct mutator *m, struct exception **at, uint32_t *count) {
  for (uint32_t i = 0; i < *count; i++) {
    struct exception *gone = at[i];
    const uint32_t last = *count - 1;
    at[i] = at[last];
    *count = last;
    nuo__mutate_try(m, (struct change){CHANGE_EXCEPTION, gone->span, left_out(m, gone->span)});
    *count = last + 1;
    at[i] = gone;
    nuo__mutate_expr(m, gone->condition, true);
    change_exceptions(m, gone->exceptions.at, &gone->exceptions.count);
  }
}

static void change_action(struct mutator *m, struct rule *rule) {
  const struct model_action action = rule->action;
  if (action.kind > ACTION_NOTE) {
    rule->action = (struct model_action){.kind = ACTION_NOTE};
    nuo__mutate_try(m, (struct change){CHANGE_ACTION, rule->span,
                                       nuo__diag_pair("the action is only `note`", "处置只是“记录”")});
    rule->action = action;
  }
  if (action.value != NULL && action.kind == ACTION_DEFER) nuo__mutate_expr(m, action.value, true);
  if (action.at_most != NULL) nuo__mutate_expr(m, action.at_most, true);
}

static void leave_out_rule(struct mutator *m, struct rule *rule) {
  struct expr never = {.kind = EXPR_FLAG, .type = nuo__type_simple(TYPE_FLAG), .span = rule->span};
  struct expr *const scope = rule->scope;
  rule->scope = &never;
  nuo__mutate_try(m,
                  (struct change){CHANGE_RULE, rule->span, nuo__diag_pair("it never applies", "永不适用")});
  rule->scope = NULL;
  if (scope != NULL)
    nuo__mutate_try(m, (struct change){CHANGE_BRANCH, scope->span, left_out(m, scope->span)});
  rule->scope = scope;
}

static void change_rule(struct mutator *m, struct rule *rule) {
  const bool of_duty = rule->event->origin == EVENT_DUTY;
  change_exceptions(m, rule->exceptions.at, &rule->exceptions.count);
  if (rule->condition != NULL) nuo__mutate_expr(m, rule->condition, !of_duty);
  if (of_duty) return;  // its `where` and action are the duty's business
  leave_out_rule(m, rule);
  if (rule->scope != NULL) nuo__mutate_expr(m, rule->scope, true);
  if (rule->core == CORE_LIMIT) change_window(m, &rule->window, rule->span);
  change_action(m, rule);
}

// ---- what is remembered ----

static void change_facts(struct mutator *m, struct fact *fact) {
  for (uint32_t i = 0; i < fact->changes.count; i++) {
    struct fact_rule *change = &fact->changes.at[i], kept = *change;
    const uint32_t last = fact->changes.count - 1;
    *change = fact->changes.at[last];
    fact->changes.count = last;
    nuo__mutate_try(
        m, (struct change){CHANGE_FACT, fact->span,
                           kept.starts ? nuo__diag_pair("a `starts on` is left out", "去掉一处“始于”")
                                       : nuo__diag_pair("an `ends on` is left out", "去掉一处“止于”")});
    fact->changes.count = last + 1;
    *change = kept;
    if (kept.where != NULL) nuo__mutate_expr(m, kept.where, true);
  }
}

static void change_counter(struct mutator *m, struct counter *counter) {
  if (counter->where != NULL) nuo__mutate_expr(m, counter->where, true);
  // The program is ours for the time being.
  if (counter->window != NULL) change_window(m, (struct model_window *)counter->window, counter->span);
}

// ---- duties ----

static void change_deadline(struct mutator *m, const struct duty_deadline *deadline) {
  if (deadline->length != NULL) nuo__mutate_expr(m, deadline->length, true);
  if (deadline->by != NULL) nuo__mutate_expr(m, deadline->by, true);
}

static void leave_out_of_duty(struct mutator *m, struct duty *duty) {
  const struct change last_step = {CHANGE_DUTY, duty->span,
                                   nuo__diag_pair("its last step is left out", "去掉最后一步")};
  const struct change discharge = {CHANGE_DUTY, duty->span,
                                   nuo__diag_pair("what discharges it is left out", "去掉“免除事由”")};
  struct expr *const suspended = duty->suspended;
  const uint32_t discharges = duty->discharges.count, exceptions = duty->unless.count;
  if (duty->steps.count > 1) {
    duty->steps.count--;
    nuo__mutate_try(m, last_step);
    duty->steps.count++;
  }
  duty->discharges.count = 0;
  if (discharges > 0) nuo__mutate_try(m, discharge);
  duty->discharges.count = discharges;
  duty->suspended = NULL;
  if (suspended != NULL)
    nuo__mutate_try(m, (struct change){CHANGE_DUTY, suspended->span, left_out(m, suspended->span)});
  duty->suspended = suspended;
  duty->unless.count = 0;
  if (exceptions > 0)
    nuo__mutate_try(m, (struct change){CHANGE_EXCEPTION, duty->unless.at[0]->span,
                                       left_out(m, duty->unless.at[0]->span)});
  duty->unless.count = exceptions;
}

static void change_duty(struct mutator *m, struct duty *duty) {
  leave_out_of_duty(m, duty);
  if (duty->where != NULL) nuo__mutate_expr(m, duty->where, true);
  for (uint32_t i = 0; i < duty->unless.count; i++) nuo__mutate_expr(m, duty->unless.at[i], true);
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    if (duty->steps.at[i].match.where != NULL) nuo__mutate_expr(m, duty->steps.at[i].match.where, true);
    change_deadline(m, &duty->steps.at[i].deadline);
  }
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    if (duty->discharges.at[i].where != NULL) nuo__mutate_expr(m, duty->discharges.at[i].where, true);
  change_deadline(m, &duty->due);
}

// ---- values with names ----

static void change_rows(struct mutator *m, struct table *table) {
  for (uint32_t i = 0; i < table->rows.count; i++) nuo__mutate_row(m, &table->rows.at[i]);
}

void nuo__mutate_all(struct mutator *m) {
  const struct program *program = m->compilation->program;
  for (uint32_t i = 0; i < program->rules.count; i++) change_rule(m, program->rules.at[i]);
  for (uint32_t i = 0; i < program->duties.count; i++) change_duty(m, program->duties.at[i]);
  for (uint32_t i = 0; i < program->facts.count; i++) change_facts(m, program->facts.at[i]);
  for (uint32_t i = 0; i < program->counters.count; i++) change_counter(m, program->counters.at[i]);
  for (uint32_t i = 0; i < program->tables.count; i++) change_rows(m, program->tables.at[i]);
  // What is filled in for a policy that is used is tried by that one's tests.
  for (uint32_t i = 0; i < program->parameters.count; i++)
    for (uint32_t k = 0; k < program->parameters.at[i]->values.count; k++)
      if (program->parameters.at[i]->pack == NULL && program->parameters.at[i]->values.at[k].value != NULL)
        nuo__mutate_expr(m, program->parameters.at[i]->values.at[k].value, true);
}
