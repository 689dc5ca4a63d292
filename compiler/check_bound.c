// SPDX-License-Identifier: Apache-2.0
// How large a number can become, as far as the policy alone tells. A limit and what a count is compared with
// need such a bound: it is how many events have to be remembered for every key. Called by check_count.c.
#include "compiler/check.h"

static int64_t whole(const struct expr *constant, bool upper) {
  if (constant->kind != EXPR_DECIMAL) return constant->number;
  const int64_t rest = constant->number % 1000000;
  return constant->number / 1000000 + (upper ? rest > 0 : -(rest < 0));
}

static bool beyond(int64_t a, int64_t b, bool upper) {
  return upper ? a > b : a < b;
}

static bool of_parameter(const struct parameter *parameter, bool upper, int64_t *out) {
  *out = 0;  // a parameter without a value is unknown: nothing to remember for it
  bool any = false;
  for (uint32_t i = 0; i < parameter->values.count; i++) {
    if (parameter->values.at[i].unset) continue;
    const int64_t value = whole(parameter->values.at[i].value, upper);
    if (!any || beyond(value, *out, upper)) *out = value;
    any = true;
  }
  return true;
}

static bool of_table(const struct table *table, bool upper, int64_t *out) {
  *out = 0;
  for (uint32_t i = 0; i < table->rows.count; i++) {
    const int64_t value = whole(table->rows.at[i].result, upper);
    if (i == 0 || beyond(value, *out, upper)) *out = value;
  }
  return true;
}

// The farthest of all arguments, when each is bounded.
static bool of_all(const expr_list *items, bool upper, int64_t *out) {
  for (uint32_t i = 0; i < items->count; i++) {
    int64_t value;
    if (!nuo__check_bound(items->at[i], upper, &value)) return false;
    if (i == 0 || beyond(value, *out, upper)) *out = value;
  }
  return items->count > 0;
}

// `least(a, 5)` is never above 5: one argument that is always there is enough.
static bool of_any(const expr_list *items, bool upper, int64_t *out) {
  bool any = false;
  for (uint32_t i = 0; i < items->count; i++) {
    int64_t value;
    if (nuo__may_be_missing(items->at[i]) || !nuo__check_bound(items->at[i], upper, &value)) continue;
    if (!any || beyond(*out, value, upper)) *out = value;
    any = true;
  }
  return any;
}

static bool of_builtin(const struct expr *e, bool upper, int64_t *out) {
  if (e->builtin != BUILTIN_least && e->builtin != BUILTIN_greatest) return false;
  if (upper == (e->builtin == BUILTIN_least) && of_any(&e->items, upper, out)) return true;
  return of_all(&e->items, upper, out);
}

static bool of_operator(const struct expr *e, bool upper, int64_t *out) {
  int64_t left, right = 0;
  const bool turned = e->op == OP_sub || e->op == OP_neg;
  if (e->op != OP_add && e->op != OP_default && !turned) return false;
  if (!nuo__check_bound(e->left, e->op == OP_neg ? !upper : upper, &left)) return false;
  if (e->right != NULL && !nuo__check_bound(e->right, turned ? !upper : upper, &right)) return false;
  if (e->op == OP_add) return !__builtin_add_overflow(left, right, out);
  if (e->op == OP_sub) return !__builtin_sub_overflow(left, right, out);
  if (e->op == OP_neg) return !__builtin_sub_overflow((int64_t)0, left, out);
  *out = beyond(left, right, upper) ? left : right;
  return true;
}

bool nuo__check_bound(const struct expr *e, bool upper, int64_t *out) {
  e = nuo__expr_peel(e);
  if (e->type == NULL || !nuo__type_in(e->type, BIT(TYPE_NUMBER) | BIT(TYPE_DECIMAL))) return false;
  if (e->kind == EXPR_NUMBER || e->kind == EXPR_DECIMAL) {
    *out = whole(e, upper);
    return true;
  }
  if (e->ref == REF_PARAMETER) return of_parameter(e->target, upper, out);
  if (e->ref == REF_TABLE) return of_table(e->target, upper, out);
  if (e->ref == REF_BUILTIN) return of_builtin(e, upper, out);
  return e->kind == EXPR_OPERATOR && of_operator(e, upper, out);
}
