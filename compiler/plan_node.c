// SPDX-License-Identifier: Apache-2.0
// Evidence: the shape of a rule's conditions, for telling which facts decided and why something is unknown.
// Conditions are walked as written: `and`, `or`, `not` become nodes of their own, anything else of type flag
// is an atom with the values that it reads below it. A value that can be unknown by itself is an operation
// with a reason.
#include "compiler/plan.h"
#include "runtime/nuo.h"

// ---- nodes ----
static uint32_t add_node(struct planner *p, struct rule_plan *rule, struct plan_node node,
                         const value_list *children) {
  node.child_first = rule->children.count;
  node.child_count = children->count;
  for (uint32_t i = 0; i < children->count; i++) VEC_PUSH(p->arena, &rule->children, children->at[i]);
  VEC_PUSH(p->arena, &rule->nodes, node);
  return rule->nodes.count - 1;
}

static void add_field(struct planner *p, struct rule_plan *rule, const struct field *field, value_list *out) {
  const value_list none = {0};
  const struct plan_node node = {
      .kind = NODE_FIELD, .reason = NODE_NO_REASON, .value = nuo__dag_field(p, field), .aux = field->index};
  VEC_PUSH(p->arena, out, add_node(p, rule, node, &none));
}

static void add_operation(struct planner *p, struct rule_plan *rule, uint32_t value, uint16_t reason,
                          struct str name, const value_list *children, value_list *out) {
  const struct plan_node node = {
      .kind = NODE_OPERATION, .reason = reason, .value = value, .other = VALUE_NONE, .name = name};
  VEC_PUSH(p->arena, out, add_node(p, rule, node, children));
}

static void collect(struct planner *p, struct rule_plan *rule, const struct expr *e, value_list *out);

// ---- deadlines ----
// Whether it was known when something was due is no fact by itself: what was due when is told instead, and
// what that depends on. Where nothing of this is unknown, the calendar does not cover a day.
static bool is_certainty(const struct field *field) {
  return field->event->origin == EVENT_DUTY && nuo__str_is(field->path, "calendar");
}

// What a missed step's deadline is made of, where it may be unknown.
static void add_deadlines(struct planner *p, struct rule_plan *rule, const struct duty *duty,
                          value_list *out) {
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    const struct duty_step *step = &duty->steps.at[i];
    value_list children = {0}, pair = {0};
    if (step->told == NULL) continue;
    collect(p, rule, step->again, &children);
    VEC_PUSH(p->arena, &pair, nuo__plan_flag(p, step->told));
    VEC_PUSH(p->arena, &pair, nuo__dag_plane(p, 1));
    add_operation(p, rule, nuo__dag_pick(p, REG_PLANE, &pair), NODE_NO_REASON, STR(""), &children, out);
  }
}

static void add_certainty(struct planner *p, struct rule_plan *rule, const struct field *field,
                          value_list *out) {
  static const uint32_t of_duty[] = {DUTY_DUE, DUTY_STEP};
  static const uint32_t of_period[] = {PERIOD_DUE, PERIOD_FROM, PERIOD_UNTIL};
  const bool is_periodic = field->index == PERIOD_CALENDAR;
  const uint32_t *fields = is_periodic ? of_period : of_duty;
  value_list children = {0};
  for (uint32_t i = 0; i < (is_periodic ? 3 : 2); i++)
    add_field(p, rule, field->event->fields.at[fields[i]], &children);
  for (uint32_t i = 0; i < p->program->duties.count; i++)
    if (p->program->duties.at[i]->event == field->event)
      add_deadlines(p, rule, p->program->duties.at[i], &children);
  const uint16_t reason = p->program->calendar != NULL ? NUO_REASON_CALENDAR : NUO_REASON_DATE;
  add_operation(p, rule, nuo__dag_field(p, field), reason, STR(""), &children, out);
}

// ---- the values that an expression reads ----
static void collect_all(struct planner *p, struct rule_plan *rule, const expr_list *items, value_list *out) {
  for (uint32_t i = 0; i < items->count; i++) collect(p, rule, items->at[i], out);
}

// The zone that the event names. A missing one is no reason for anything: the policy's stands in.
static void collect_zone(struct planner *p, struct rule_plan *rule, value_list *out) {
  const struct field *zone = p->event->type->zone;
  value_list children = {0};
  if (zone == NULL) return;
  add_field(p, rule, zone, &children);
  add_operation(p, rule, nuo__plan_zone(p), NODE_NO_REASON, STR(""), &children, out);
}

static void collect_parameter(struct planner *p, struct rule_plan *rule, const struct parameter *parameter,
                              value_list *out) {
  const value_list none = {0};
  if (!nuo__plan_parameter_unset(parameter)) return;
  const uint32_t known = nuo__plan_parameter_known(p, parameter);
  const uint32_t yes = nuo__dag_plane(p, 1);
  // Known or unknown, as the parameter is.
  const uint32_t value = nuo__dag_pick(p, REG_PLANE, &(value_list){(uint32_t[]){known, yes}, 2, 2});
  add_operation(p, rule, value, NUO_REASON_UNSET, parameter->names.en, &none, out);
}

static void collect_local(struct planner *p, struct rule_plan *rule, const struct expr *e, value_list *out) {
  value_list children = {0}, dates = {0};
  uint16_t reason = NUO_REASON_DATE;
  collect_all(p, rule, &e->items, &children);
  if (e->builtin == BUILTIN_years_since) add_field(p, rule, p->event->type->time, &children);
  if (e->builtin == BUILTIN_is_workday) {
    // There may be no such date, or one that the calendar does not cover.
    const uint32_t date = nuo__plan_date(p, e->items.at[0]);
    add_operation(p, rule, date, NUO_REASON_DATE, STR(""), &children, &dates);
    children = dates;
    reason = NUO_REASON_CALENDAR;
  }
  collect_zone(p, rule, &children);
  add_operation(p, rule, nuo__plan_value(p, e), reason, STR(""), &children, out);
}

static void collect_call(struct planner *p, struct rule_plan *rule, const struct expr *e, value_list *out) {
  value_list children = {0};
  if (e->builtin <= BUILTIN_years_since) {
    collect_local(p, rule, e, out);
    return;
  }
  collect_all(p, rule, &e->items, &children);
  add_operation(p, rule, nuo__plan_value(p, e), NODE_NO_REASON, STR(""), &children, out);
}

// ---- operators ----
static bool is_arithmetic(const struct expr *e) {
  return e->op >= OP_add && e->op <= OP_neg;
}
static bool adds_period(const struct expr *e) {
  return e->right != NULL && e->right->type->kind == TYPE_PERIOD;
}

// A comparison in which a number has to become a decimal; that can overflow.
static bool widens(const struct expr *e) {
  const bool compares = e->op == OP_is || e->op == OP_is_not || (e->op >= OP_lt && e->op <= OP_ge);
  if (!compares) return false;
  const enum type_kind left = e->left->type->kind, right = e->right->type->kind;
  return left != right && (left == TYPE_DECIMAL || right == TYPE_DECIMAL);
}

static uint16_t own_reason(const struct expr *e) {
  if (e->op == OP_matches) return NUO_REASON_PATTERN;
  if (widens(e)) return NUO_REASON_OVERFLOW;
  if (!is_arithmetic(e)) return NODE_NO_REASON;
  if (!adds_period(e)) return NUO_REASON_OVERFLOW;
  const struct expr *period = nuo__expr_peel(e->right);
  while (period->kind == EXPR_OPERATOR) period = nuo__expr_peel(period->left);
  return period->unit == UNIT_WORKDAY ? NUO_REASON_CALENDAR : NUO_REASON_DATE;
}

// The divisor, as what is unknown where it is zero under a dividend that is known.
static void collect_divisor(struct planner *p, struct rule_plan *rule, const struct expr *e,
                            value_list *out) {
  value_list children = {0}, pair = {0};
  const uint32_t left = nuo__plan_column(p, e->left, nuo__type_simple(TYPE_DECIMAL));
  const uint32_t right = nuo__plan_column(p, e->right, NULL);
  const uint32_t zero = nuo__dag_make(p, OPCODE_EQK, right, nuo__image_number(p->out, 0), 0);
  const uint32_t fault = nuo__dag_and(p, zero, nuo__dag_known(p, left));
  const uint32_t sound = nuo__dag_not(p, fault), known = nuo__dag_known(p, right);
  VEC_PUSH(p->arena, &pair, nuo__dag_and(p, known, sound));
  VEC_PUSH(p->arena, &pair, nuo__dag_plane(p, 1));
  collect(p, rule, e->right, &children);
  add_operation(p, rule, nuo__dag_pick(p, REG_PLANE, &pair), NUO_REASON_DIVISION, STR(""), &children, out);
}

static void collect_operands(struct planner *p, struct rule_plan *rule, const struct expr *e,
                             value_list *out) {
  collect(p, rule, e->left, out);
  if (e->op == OP_div)
    collect_divisor(p, rule, e, out);
  else if (e->right != NULL)
    collect(p, rule, e->right, out);
  if (adds_period(e) && e->left->type->kind == TYPE_INSTANT) collect_zone(p, rule, out);
}

static void collect_operator(struct planner *p, struct rule_plan *rule, const struct expr *e,
                             value_list *out) {
  value_list children = {0};
  const uint16_t reason = own_reason(e);
  const uint32_t value = nuo__plan_value(p, e);
  collect_operands(p, rule, e, value != VALUE_NONE ? &children : out);
  if (value == VALUE_NONE) return;
  const struct str name = reason == NUO_REASON_OVERFLOW ? nuo__operator_arg(e->op).en : STR("");
  add_operation(p, rule, value, reason, name, &children, out);
}

// ---- what is remembered ----
static void collect_fact(struct planner *p, struct rule_plan *rule, const struct expr *call, uint32_t value,
                         bool since, value_list *out) {
  const struct fact *fact = call->target;
  value_list children = {0};
  collect_all(p, rule, &call->items, &children);
  const struct plan_node node = {
      .kind = NODE_FACT, .reason = since, .value = value, .other = VALUE_NONE, .aux = fact->index};
  VEC_PUSH(p->arena, out, add_node(p, rule, node, &children));
}

// `limit`: how many a limit allows, or VALUE_NONE.
static void add_count(struct planner *p, struct rule_plan *rule, uint32_t value, uint32_t limit,
                      const struct counter *counter, const struct model_window *window,
                      struct expr *const *key, value_list *out) {
  value_list children = {0};
  const value_list none = {0};
  const bool workdays = window->kind == WINDOW_LAST && window->length->unit == UNIT_WORKDAY;
  add_operation(p, rule, nuo__plan_counter_start(p, counter, window),
                workdays ? NUO_REASON_CALENDAR : NUO_REASON_DATE, STR(""), &none, &children);
  for (uint32_t i = 0; i < counter->key.count; i++) collect(p, rule, key[i], &children);
  const struct plan_node node = {.kind = NODE_COUNT, .value = value, .other = limit, .aux = counter->index};
  VEC_PUSH(p->arena, out, add_node(p, rule, node, &children));
}

static void collect_aggregate(struct planner *p, struct rule_plan *rule, const struct expr *e,
                              value_list *out) {
  value_list children = {0};
  if (e->aggregate->kind != AGGREGATE_ELAPSED) {
    add_count(p, rule, nuo__plan_aggregate(p, e), VALUE_NONE, e->counter, e->window, e->items.at, out);
    return;
  }
  collect_all(p, rule, &e->items, &children);
  const struct plan_node node = {.kind = NODE_LAST,
                                 .reason = NODE_NO_REASON,
                                 .value = nuo__plan_latest(p, e),
                                 .other = VALUE_NONE,
                                 .aux = e->counter->index};
  VEC_PUSH(p->arena, out, add_node(p, rule, node, &children));
}

static void collect(struct planner *p, struct rule_plan *rule, const struct expr *e, value_list *out) {
  value_list children = {0};
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_OPERATOR) {
    collect_operator(p, rule, e, out);
  } else if (e->kind == EXPR_AGGREGATE) {
    collect_aggregate(p, rule, e, out);
  } else if (e->kind == EXPR_SINCE) {
    collect_fact(p, rule, nuo__expr_peel(e->left), nuo__plan_value(p, e), true, out);
  } else if (e->ref == REF_FACT) {
    collect_fact(p, rule, e, nuo__plan_value(p, e), false, out);
  } else if (e->kind == EXPR_RANGE) {
    collect(p, rule, e->left, out);
    collect(p, rule, e->right, out);
  } else if (e->kind == EXPR_SET) {
    collect_all(p, rule, &e->items, out);
  } else if (e->ref == REF_FIELD && is_certainty(e->target)) {
    add_certainty(p, rule, e->target, out);
  } else if (e->ref == REF_FIELD) {
    add_field(p, rule, e->target, out);
  } else if (e->ref == REF_PARAMETER) {
    collect_parameter(p, rule, e->target, out);
  } else if (e->ref == REF_BUILTIN) {
    collect_call(p, rule, e, out);
  } else if (e->ref == REF_TABLE || e->ref == REF_NATIVE) {
    const bool table = e->ref == REF_TABLE;
    collect_all(p, rule, &e->items, &children);
    add_operation(
        p, rule, nuo__plan_value(p, e), table ? NUO_REASON_NO_ROW : NUO_REASON_NATIVE,
        table ? ((const struct table *)e->target)->names.en : ((const struct native *)e->target)->names.en,
        &children, out);
  }
}

// ---- conditions ----
static bool is_logic(const struct expr *e) {
  return e->kind == EXPR_OPERATOR && (e->op == OP_and || e->op == OP_or || e->op == OP_not);
}

// The search that a condition is: itself, or the known part of one for a set with a blank; else VALUE_NONE.
static uint32_t search_in(struct planner *p, uint32_t value) {
  const struct value v = *nuo__dag_at(p, value);
  if (v.op == PLAN_MATCH) return value;
  if (v.op != OPCODE_OR) return VALUE_NONE;
  const bool first = nuo__dag_is_plane(p, v.arg[0], 2);
  if (!first && !nuo__dag_is_plane(p, v.arg[1], 2)) return VALUE_NONE;
  return search_in(p, v.arg[first]);
}

// The same, where a missing text stands for an empty one.
static uint32_t search_of(struct planner *p, uint32_t value) {
  const struct value v = *nuo__dag_at(p, value);
  if (v.op != OPCODE_PDEF) return search_in(p, value);
  const bool found = nuo__dag_is_plane(p, v.arg[1], 0) && nuo__dag_at(p, v.arg[0])->op == PLAN_MATCH;
  return found ? v.arg[0] : VALUE_NONE;
}

// A search in a field whose places of success can be told afterwards.
static bool may_tell_hits(const struct expr *e) {
  if (e->kind != EXPR_OPERATOR || (e->op != OP_contains && e->op != OP_contains_any)) return false;
  const struct expr *left = nuo__plan_searched(e->left);
  return left->ref == REF_FIELD && left->type->kind == TYPE_TEXT;
}

// `where`: the times at which the condition is settled as it is now.
static uint32_t atom(struct planner *p, struct rule_plan *rule, const struct expr *e, uint32_t where) {
  value_list children = {0}, pair = {0};
  const uint32_t plane = nuo__plan_flag(p, e);
  struct plan_node node = {.kind = NODE_ATOM, .reason = NODE_NO_REASON, .other = VALUE_NONE};
  if (may_tell_hits(e)) node.other = search_of(p, plane);
  if (node.other != VALUE_NONE) node.kind = NODE_HITS;
  VEC_PUSH(p->arena, &pair, where);
  VEC_PUSH(p->arena, &pair, plane);
  node.value = nuo__dag_pick(p, REG_PLANE, &pair);
  if (node.other != VALUE_NONE) {
    collect(p, rule, nuo__plan_searched(e->left), &children);
    collect(p, rule, e->right, &children);
    return add_node(p, rule, node, &children);
  }
  // What an operator has no reason of its own for, its operands have.
  if (e->kind == EXPR_OPERATOR && own_reason(e) == NODE_NO_REASON && e->op != OP_default)
    collect_operands(p, rule, e, &children);
  else
    collect(p, rule, e, &children);
  return add_node(p, rule, node, &children);
}

// A search for what has dates is one search a version; only that of the event's time can succeed.
static uint32_t dated_search(struct planner *p, struct rule_plan *rule, const struct expr *e,
                             uint32_t where) {
  const struct parameter *parameter = nuo__plan_unsettled(p, e->right);
  value_list children = {0};
  if (parameter == NULL) return atom(p, rule, e, where);
  const struct plan_node node = {
      .kind = NODE_OR, .reason = NODE_NO_REASON, .value = nuo__plan_flag(p, e), .other = VALUE_NONE};
  for (uint32_t i = 0; i < nuo__plan_version_count(parameter); i++) {
    const uint32_t window = nuo__dag_and(p, where, nuo__plan_version_window(p, parameter, i));
    p->version[parameter->index] = (int32_t)i;
    VEC_PUSH(p->arena, &children, dated_search(p, rule, e, window));
  }
  p->version[parameter->index] = -1;
  return add_node(p, rule, node, &children);
}

uint32_t nuo__plan_condition_node(struct planner *p, struct rule_plan *rule, const struct expr *e) {
  value_list children = {0};
  e = nuo__expr_peel(e);
  if (may_tell_hits(e)) return dated_search(p, rule, e, nuo__dag_plane(p, 1));
  if (!is_logic(e)) return atom(p, rule, e, nuo__dag_plane(p, 1));
  struct plan_node node = {.reason = NODE_NO_REASON, .value = nuo__plan_flag(p, e), .other = VALUE_NONE};
  node.kind = e->op == OP_and ? NODE_AND : e->op == OP_or ? NODE_OR : NODE_NOT;
  VEC_PUSH(p->arena, &children, nuo__plan_condition_node(p, rule, e->left));
  if (e->right != NULL) VEC_PUSH(p->arena, &children, nuo__plan_condition_node(p, rule, e->right));
  return add_node(p, rule, node, &children);
}

// ---- limits ----
static void add_limit_count(struct planner *p, struct rule_plan *rule, value_list *out) {
  const struct rule *r = rule->rule;
  const uint32_t most = nuo__plan_column(p, r->condition, NULL), count = nuo__plan_limit_count(p, r);
  add_count(p, rule, count, most, r->counter, &r->window, r->per.at, out);
}

// The count is told before the scope: an atom that is true or unknown together with the scope stands before
// it.
static uint32_t limit_scope(struct planner *p, struct rule_plan *rule) {
  value_list count = {0}, children = {0};
  struct plan_node node = {.kind = NODE_ATOM,
                           .reason = NODE_NO_REASON,
                           .value = nuo__plan_flag(p, rule->rule->scope),
                           .other = VALUE_NONE};
  add_limit_count(p, rule, &count);
  VEC_PUSH(p->arena, &children, add_node(p, rule, node, &count));
  VEC_PUSH(p->arena, &children, nuo__plan_condition_node(p, rule, rule->rule->scope));
  node.kind = NODE_AND;
  return add_node(p, rule, node, &children);
}

void nuo__plan_limit_nodes(struct planner *p, struct rule_plan *rule) {
  const struct plan_node node = {.kind = NODE_ATOM,
                                 .reason = NODE_NO_REASON,
                                 .value = nuo__plan_limit(p, rule->rule),
                                 .other = VALUE_NONE};
  value_list children = {0};
  if (rule->rule->scope != NULL) rule->scope_node = limit_scope(p, rule);
  add_limit_count(p, rule, &children);
  collect(p, rule, rule->rule->condition, &children);
  rule->core_node = add_node(p, rule, node, &children);
}
