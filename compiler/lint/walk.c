// SPDX-License-Identifier: Apache-2.0
// Going through the expressions of a program, for the passes.
#include "compiler/lint/lint.h"

void nuo__lint_walk(struct lint *l, const struct expr *e, lint_visit *visit, void *context) {
  if (e == NULL) return;
  visit(l, e, context);
  nuo__lint_walk(l, e->left, visit, context);
  nuo__lint_walk(l, e->right, visit, context);
  nuo__lint_walk(l, e->expansion, visit, context);
  if (e->window != NULL) nuo__lint_walk(l, e->window->length, visit, context);
  for (uint32_t i = 0; i < e->items.count; i++) nuo__lint_walk(l, e->items.at[i], visit, context);
}

static void walk_list(struct lint *l, struct expr *const *at, uint32_t count, lint_visit *visit,
                      void *context) {
  for (uint32_t i = 0; i < count; i++) nuo__lint_walk(l, at[i], visit, context);
}

static void walk_exception(struct lint *l, const struct exception *exception, lint_visit *visit,
                           void *context) {
  nuo__lint_walk(l, exception->condition, visit, context);
  for (uint32_t i = 0; i < exception->exceptions.count; i++)
    walk_exception(l, exception->exceptions.at[i], visit, context);
}

static void walk_said(struct lint *l, const struct rule *rule, lint_visit *visit, void *context) {
  nuo__lint_walk(l, rule->because, visit, context);
  nuo__lint_walk(l, rule->action.value, visit, context);
  nuo__lint_walk(l, rule->action.at_most, visit, context);
  for (uint32_t i = 0; i < rule->raises.count; i++)
    for (uint32_t k = 0; k < rule->raises.at[i].given.count; k++)
      nuo__lint_walk(l, rule->raises.at[i].given.at[k].value, visit, context);
}

void nuo__lint_walk_rule(struct lint *l, const struct rule *rule, bool said, lint_visit *visit,
                         void *context) {
  l->rule = rule;
  nuo__lint_walk(l, rule->scope, visit, context);
  nuo__lint_walk(l, rule->condition, visit, context);
  walk_list(l, rule->per.at, rule->per.count, visit, context);
  nuo__lint_walk(l, rule->window.length, visit, context);
  for (uint32_t i = 0; i < rule->exceptions.count; i++)
    walk_exception(l, rule->exceptions.at[i], visit, context);
  if (said) walk_said(l, rule, visit, context);
  l->rule = NULL;
}

static void walk_match(struct lint *l, const struct duty_match *match, lint_visit *visit, void *context) {
  nuo__lint_walk(l, match->where, visit, context);
  walk_list(l, match->key.at, match->key.count, visit, context);
}

static void walk_duty(struct lint *l, const struct duty *duty, lint_visit *visit, void *context) {
  nuo__lint_walk(l, duty->where, visit, context);
  walk_list(l, duty->unless.at, duty->unless.count, visit, context);
  walk_list(l, duty->key.at, duty->key.count, visit, context);
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    walk_match(l, &duty->steps.at[i].match, visit, context);
    nuo__lint_walk(l, duty->steps.at[i].deadline.by, visit, context);
    nuo__lint_walk(l, duty->steps.at[i].deadline.length, visit, context);
  }
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    walk_match(l, &duty->discharges.at[i], visit, context);
  nuo__lint_walk(l, duty->suspended, visit, context);
  walk_list(l, duty->each_key.at, duty->each_key.count, visit, context);
}

void nuo__lint_walk_all(struct lint *l, lint_visit *visit, void *context) {
  const struct program *p = l->program;
  for (uint32_t i = 0; i < p->rules.count; i++) nuo__lint_walk_rule(l, p->rules.at[i], true, visit, context);
  for (uint32_t i = 0; i < p->facts.count; i++)
    for (uint32_t k = 0; k < p->facts.at[i]->changes.count; k++) {
      const struct fact_rule *change = &p->facts.at[i]->changes.at[k];
      nuo__lint_walk(l, change->where, visit, context);
      walk_list(l, change->key.at, change->key.count, visit, context);
      nuo__lint_walk(l, change->with, visit, context);
    }
  for (uint32_t i = 0; i < p->counters.count; i++) {
    const struct counter *counter = p->counters.at[i];
    nuo__lint_walk(l, counter->where, visit, context);
    walk_list(l, counter->key.at, counter->key.count, visit, context);
    nuo__lint_walk(l, counter->value, visit, context);
  }
  for (uint32_t i = 0; i < p->duties.count; i++) walk_duty(l, p->duties.at[i], visit, context);
}

void nuo__lint_conjuncts(struct lint *l, const struct expr *e, enum operator_id op, conjunct_list *list) {
  if (e == NULL) return;
  const struct expr *inner = nuo__expr_peel(e);
  if (inner->kind == EXPR_OPERATOR && inner->op == op) {
    nuo__lint_conjuncts(l, inner->left, op, list);
    nuo__lint_conjuncts(l, inner->right, op, list);
  } else {
    VEC_PUSH(l->arena, list, e);
  }
}

bool nuo__lint_is_written(const struct rule *rule) {
  return rule->event->origin != EVENT_DUTY;
}

// ---- values that were found ----

static struct str variable_text(const struct lint *l, const struct variable *v, bool chinese) {
  if (v->kind == VARIABLE_FIELD) {
    const struct field *field = v->e->target;
    return chinese ? field->path_zh : field->path;
  }
  return nuo__lint_text(l, v->e->span);
}

static struct str value_text(struct lint *l, const struct variable *v, const struct standing *s,
                             bool chinese) {
  const int64_t value = s->values.at[0].first == INT64_MIN ? s->values.at[0].last : s->values.at[0].first;
  if (v->type->kind != TYPE_TEXT && v->type->kind != TYPE_ZONE)
    return nuo__value_text(l->arena, v->type, value == INT64_MAX ? 0 : value, chinese);
  if (value >= v->names.count) return chinese ? STR("其他文本") : STR("another text");
  return nuo__arena_format(l->arena, "\"%.*s\"", (int)v->names.at[value].len, v->names.at[value].at);
}

static bool is_whole(struct set a, struct set b) {
  return nuo__set_within(a, b) && nuo__set_within(b, a);
}

static struct str witness_text(struct lint *l, const struct reasoner *r, const struct standing *standings,
                               bool chinese) {
  struct str text = STR("");
  for (uint32_t i = 0; i < r->variables.count; i++) {
    const struct variable *v = &r->variables.at[i];
    const bool missing = standings[i].presence == PRESENCE_MISSING;
    if (!missing && (standings[i].values.count == 0 || is_whole(standings[i].values, v->all))) continue;
    const struct str name = variable_text(l, v, chinese);
    const char *is = chinese ? " 为 " : " is ";
    const struct str value =
        missing ? (chinese ? STR("缺失") : STR("missing")) : value_text(l, v, &standings[i], chinese);
    text = nuo__arena_format(l->arena, "%.*s%s%.*s%s%.*s", (int)text.len, text.at,
                             text.len == 0 ? "" : (chinese ? "，" : ", "), (int)name.len, name.at, is,
                             (int)value.len, value.at);
  }
  if (text.len == 0) return chinese ? STR("两者都适用的一切事件") : STR("every event that both are about");
  return nuo__arena_format(l->arena, chinese ? "“%.*s”的事件" : "events where %.*s", (int)text.len, text.at);
}

struct diag_arg nuo__lint_witness(struct lint *l, const struct reasoner *r,
                                  const struct standing *standings) {
  return (struct diag_arg){.en = witness_text(l, r, standings, false),
                           .zh = witness_text(l, r, standings, true)};
}
