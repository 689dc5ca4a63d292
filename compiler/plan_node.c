// SPDX-License-Identifier: Apache-2.0
// Evidence: the shape of a rule's conditions, for telling which facts decided and why something is unknown.
// Conditions are walked as written: `and`, `or`, `not` become nodes of their own, anything else of type flag
// is an atom with the values that it reads below it. A value that can be unknown by itself is an operation
// with a reason.
#include <string.h>

#include "compiler/plan.h"
#include "runtime/nuo.h"

static const char *const operator_names[] = {
#define OPERATOR(id, arity, en, zh) [OP_##id] = en,
#include "compiler/operators.def"
#undef OPERATOR
};

static struct str operator_name(enum operator_id op) {
  return (struct str){operator_names[op], (uint32_t)strlen(operator_names[op])};
}

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
  const struct plan_node node = {.kind = NODE_OPERATION, .reason = reason, .value = value, .name = name};
  VEC_PUSH(p->arena, out, add_node(p, rule, node, children));
}

// ---- the values that an expression reads ----
static void collect(struct planner *p, struct rule_plan *rule, const struct expr *e, value_list *out);

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

static void collect_call(struct planner *p, struct rule_plan *rule, const struct expr *e, value_list *out) {
  value_list children = {0};
  uint16_t reason = NUO_REASON_DATE;
  collect_all(p, rule, &e->items, &children);
  switch (e->builtin) {
    case BUILTIN_length:
    case BUILTIN_size:
    case BUILTIN_least:
    case BUILTIN_greatest:
      reason = NODE_NO_REASON;
      break;
    case BUILTIN_years_since:
      add_field(p, rule, p->event->type->time, &children);
      collect_zone(p, rule, &children);
      break;
    case BUILTIN_is_workday:
      reason = NUO_REASON_CALENDAR;
      collect_zone(p, rule, &children);
      break;
    default:
      collect_zone(p, rule, &children);
      break;
  }
  add_operation(p, rule, nuo__plan_value(p, e), reason, STR(""), &children, out);
}

static uint16_t sum_reason(const struct expr *e) {
  if (e->op == OP_div) return NUO_REASON_DIVISION;
  if (e->right == NULL || e->right->type->kind != TYPE_PERIOD) return NUO_REASON_OVERFLOW;
  return nuo__plan_peel(e->right)->unit == UNIT_WORKDAY ? NUO_REASON_CALENDAR : NUO_REASON_DATE;
}

// One side of a comparison; a number that has to become a decimal can overflow.
static void collect_side(struct planner *p, struct rule_plan *rule, const struct expr *e,
                         const struct expr *side, const struct expr *other, value_list *out) {
  int64_t number;
  const bool widens = other != NULL && side->type->kind == TYPE_NUMBER && other->type->kind == TYPE_DECIMAL;
  if (!widens || nuo__plan_constant(p, side, &number)) {
    collect(p, rule, side, out);
    return;
  }
  value_list children = {0};
  collect(p, rule, side, &children);
  add_operation(p, rule, nuo__plan_column(p, side, other->type), NUO_REASON_OVERFLOW, operator_name(e->op),
                &children, out);
}

static void collect_operands(struct planner *p, struct rule_plan *rule, const struct expr *e,
                             value_list *out) {
  const bool ordered = e->op == OP_is || e->op == OP_is_not || (e->op >= OP_lt && e->op <= OP_ge);
  collect_side(p, rule, e, e->left, ordered ? e->right : NULL, out);
  if (e->right != NULL) collect_side(p, rule, e, e->right, ordered ? e->left : NULL, out);
}

static void collect_operator(struct planner *p, struct rule_plan *rule, const struct expr *e,
                             value_list *out) {
  value_list children = {0};
  uint16_t reason = NODE_NO_REASON;
  struct str name = STR("");
  uint32_t value;
  switch (e->op) {
    case OP_add:
    case OP_sub:
    case OP_mul:
    case OP_div:
    case OP_neg:
      reason = sum_reason(e);
      if (reason == NUO_REASON_OVERFLOW) name = operator_name(e->op);
      break;
    case OP_matches:
      reason = NUO_REASON_PATTERN;
      break;
    case OP_or:
    case OP_and:
    case OP_not:
    case OP_default:
    case OP_missing:
    case OP_present:
      break;
    default:
      collect_operands(p, rule, e, out);
      return;
  }
  collect_operands(p, rule, e, &children);
  value = nuo__plan_value(p, e);
  if (value != VALUE_NONE) add_operation(p, rule, value, reason, name, &children, out);
}

static void collect(struct planner *p, struct rule_plan *rule, const struct expr *e, value_list *out) {
  value_list children = {0};
  e = nuo__plan_peel(e);
  if (e->kind == EXPR_OPERATOR) {
    collect_operator(p, rule, e, out);
  } else if (e->kind == EXPR_RANGE) {
    collect(p, rule, e->left, out);
    collect(p, rule, e->right, out);
  } else if (e->kind == EXPR_SET) {
    collect_all(p, rule, &e->items, out);
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

// A search in a field whose places of success can be told afterwards.
static bool tells_hits(struct planner *p, const struct expr *e, uint32_t value) {
  if (e->kind != EXPR_OPERATOR || (e->op != OP_contains && e->op != OP_contains_any)) return false;
  return nuo__plan_peel(e->left)->ref == REF_FIELD && nuo__dag_at(p, value)->op == PLAN_MATCH;
}

uint32_t nuo__plan_condition_node(struct planner *p, struct rule_plan *rule, const struct expr *e) {
  value_list children = {0};
  e = nuo__plan_peel(e);
  struct plan_node node = {.kind = NODE_ATOM, .reason = NODE_NO_REASON, .value = nuo__plan_flag(p, e)};
  if (is_logic(e)) {
    node.kind = e->op == OP_and ? NODE_AND : e->op == OP_or ? NODE_OR : NODE_NOT;
    VEC_PUSH(p->arena, &children, nuo__plan_condition_node(p, rule, e->left));
    if (e->right != NULL) VEC_PUSH(p->arena, &children, nuo__plan_condition_node(p, rule, e->right));
  } else {
    if (tells_hits(p, e, node.value)) node.kind = NODE_HITS;
    collect(p, rule, e, &children);
  }
  return add_node(p, rule, node, &children);
}
