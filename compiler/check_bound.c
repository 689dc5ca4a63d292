// SPDX-License-Identifier: Apache-2.0
// How large a number can become, as far as the policy alone tells. A limit and what a count is compared with
// need such a bound: it is how many events have to be remembered for every key. Called by check_count.c.
#include "compiler/check.h"

static int64_t whole(const struct expr *constant, unsigned bound) {
  if (constant->kind != EXPR_DECIMAL) return constant->number;
  const int64_t rest = constant->number % 1000000;
  return constant->number / 1000000 + (bound & BOUND_UPPER ? rest > 0 : -(rest < 0));
}

static bool beyond(int64_t a, int64_t b, unsigned bound) {
  return bound & BOUND_UPPER ? a > b : a < b;
}

// Takes in what any of the values says; whether there is one.
static bool of_values(const parameter_values *values, unsigned bound, bool any, int64_t *out) {
  for (uint32_t i = 0; i < values->count; i++) {
    if (values->at[i].unset) continue;
    const int64_t value = whole(values->at[i].value, bound);
    if (!any || beyond(value, *out, bound)) *out = value;
    any = true;
  }
  return any;
}

static bool of_parameter(const struct parameter *parameter, unsigned bound, int64_t *out) {
  *out = 0;  // a parameter without a value is unknown: nothing to remember for it
  const bool any = of_values(&parameter->values, bound, false, out);
  if (bound & BOUND_TRIED) of_values(&parameter->tried, bound, any, out);
  return true;
}

// Whether a test leaves a parameter blank that is read here.
static bool is_tried_blank(const struct expr *e) {
  if (e == NULL) return false;
  e = nuo__expr_peel(e);
  const struct parameter *parameter = e->ref == REF_PARAMETER ? e->target : NULL;
  for (uint32_t i = 0; parameter != NULL && i < parameter->tried.count; i++)
    if (parameter->tried.at[i].unset) return true;
  for (uint32_t i = 0; i < e->items.count; i++)
    if (is_tried_blank(e->items.at[i])) return true;
  return is_tried_blank(e->left) || is_tried_blank(e->right);
}

static bool of_table(const struct table *table, unsigned bound, int64_t *out) {
  *out = 0;
  for (uint32_t i = 0; i < table->rows.count; i++) {
    const int64_t value = whole(table->rows.at[i].result, bound);
    if (i == 0 || beyond(value, *out, bound)) *out = value;
  }
  return true;
}

// The farthest of all arguments, when each is bounded.
static bool of_all(const expr_list *items, unsigned bound, int64_t *out) {
  for (uint32_t i = 0; i < items->count; i++) {
    int64_t value;
    if (!nuo__check_bound(items->at[i], bound, &value)) return false;
    if (i == 0 || beyond(value, *out, bound)) *out = value;
  }
  return items->count > 0;
}

// `least(a, 5)` is never above 5: one argument that is always there is enough.
static bool of_any(const expr_list *items, unsigned bound, int64_t *out) {
  bool any = false;
  for (uint32_t i = 0; i < items->count; i++) {
    int64_t value;
    if (nuo__may_be_missing(items->at[i]) || !nuo__check_bound(items->at[i], bound, &value)) continue;
    if ((bound & BOUND_TRIED) && is_tried_blank(items->at[i])) continue;
    if (!any || beyond(*out, value, bound)) *out = value;
    any = true;
  }
  return any;
}

static bool of_builtin(const struct expr *e, unsigned bound, int64_t *out) {
  if (e->builtin != BUILTIN_least && e->builtin != BUILTIN_greatest) return false;
  if (((bound & BOUND_UPPER) != 0) == (e->builtin == BUILTIN_least) && of_any(&e->items, bound, out))
    return true;
  return of_all(&e->items, bound, out);
}

static bool of_operator(const struct expr *e, unsigned bound, int64_t *out) {
  int64_t left, right = 0;
  const bool turned = e->op == OP_sub || e->op == OP_neg;
  if (e->op != OP_add && e->op != OP_default && !turned) return false;
  if (!nuo__check_bound(e->left, e->op == OP_neg ? bound ^ BOUND_UPPER : bound, &left)) return false;
  if (e->right != NULL && !nuo__check_bound(e->right, turned ? bound ^ BOUND_UPPER : bound, &right))
    return false;
  if (e->op == OP_add) return !__builtin_add_overflow(left, right, out);
  if (e->op == OP_sub) return !__builtin_sub_overflow(left, right, out);
  if (e->op == OP_neg) return !__builtin_sub_overflow((int64_t)0, left, out);
  *out = beyond(left, right, bound) ? left : right;
  return true;
}

bool nuo__check_bound(const struct expr *e, unsigned bound, int64_t *out) {
  e = nuo__expr_peel(e);
  if (e->type == NULL || !nuo__type_in(e->type, BIT(TYPE_NUMBER) | BIT(TYPE_DECIMAL))) return false;
  if (e->kind == EXPR_NUMBER || e->kind == EXPR_DECIMAL) {
    *out = whole(e, bound);
    return true;
  }
  if (e->ref == REF_PARAMETER) return of_parameter(e->target, bound, out);
  if (e->ref == REF_TABLE) return of_table(e->target, bound, out);
  if (e->ref == REF_BUILTIN) return of_builtin(e, bound, out);
  return e->kind == EXPR_OPERATOR && of_operator(e, bound, out);
}
