// SPDX-License-Identifier: Apache-2.0
// From conditions to formulas. Comparisons with constants become sets of values; what cannot be looked into
// becomes a flag of its own that may be anything.
#include <string.h>

#include "compiler/reason/reason.h"

#define LAST_NAME (1LL << 31)  // texts beyond the names: some other text
#define DAY_MS (24 * 3600000LL)

// ---- making formulas ----

static const struct formula *made(struct reasoner *r, struct formula f) {
  struct formula *formula = ARENA_NEW(r->arena, struct formula);
  *formula = f;
  return formula;
}

static const struct formula *known(struct reasoner *r, bool value) {
  return made(r, (struct formula){.kind = value ? FORMULA_TRUE : FORMULA_FALSE});
}

const struct formula *nuo__formula_join(struct reasoner *r, enum formula_kind kind,
                                        const struct formula *left, const struct formula *right) {
  return made(r, (struct formula){.kind = kind, .left = left, .right = right});
}

const struct formula *nuo__formula_not(struct reasoner *r, const struct formula *of) {
  return made(r, (struct formula){.kind = FORMULA_NOT, .left = of});
}

const struct formula *nuo__formula_established(struct reasoner *r, const struct formula *of) {
  return made(r, (struct formula){.kind = FORMULA_ESTABLISHED, .left = of});
}

static const struct formula *is_in(struct reasoner *r, uint32_t variable, struct set set) {
  return made(r, (struct formula){.kind = FORMULA_IN, .variable = variable, .set = set});
}

static const struct formula *is_missing(struct reasoner *r, uint32_t variable) {
  return made(r, (struct formula){.kind = FORMULA_MISSING, .variable = variable});
}

// ---- variables ----

// Whether it may have no value: some part of it may be missing or cannot always be computed.
static bool may_miss(const struct expr *e) {
  if (e == NULL) return false;
  e = nuo__expr_peel(e);
  if (e->ref == REF_FIELD) return ((const struct field *)e->target)->optional;
  // The value of a fact that does not hold is missing.
  if (e->ref == REF_FACT && ((const struct fact *)e->target)->type != NULL) return true;
  if (e->ref == REF_TABLE || e->ref == REF_NATIVE || e->ref == REF_PARAMETER) return true;
  if (e->kind == EXPR_AGGREGATE || e->kind == EXPR_SINCE) return true;
  if (e->kind == EXPR_OPERATOR && (e->op == OP_add || e->op == OP_sub || e->op == OP_mul || e->op == OP_div))
    return true;
  if (e->kind == EXPR_OPERATOR && e->op == OP_default) return may_miss(e->right);
  if (e->ref == REF_BUILTIN) return true;
  for (uint32_t i = 0; i < e->items.count; i++)
    if (may_miss(e->items.at[i])) return true;
  return may_miss(e->left) || may_miss(e->right);
}

static struct set all_values(struct reasoner *r, const struct type *type) {
  switch (type->kind) {
    case TYPE_FLAG:
      return nuo__set_of(r->arena, 0, 1);
    case TYPE_CLOCK:
      return nuo__set_of(r->arena, 0, DAY_MS - 1);
    case TYPE_TEXT:
    case TYPE_ZONE:
      return nuo__set_of(r->arena, 0, LAST_NAME);
    default:
      return nuo__set_of(r->arena, INT64_MIN, INT64_MAX);
  }
}

static uint32_t variable_of(struct reasoner *r, struct str key, struct variable made_of) {
  for (uint32_t i = 0; i < r->variables.count; i++) {
    struct variable *there = &r->variables.at[i];
    if (!nuo__str_equal(there->key, key)) continue;
    there->may_miss = there->may_miss || made_of.may_miss;
    return i;
  }
  made_of.key = key;
  made_of.all = all_values(r, made_of.type);
  VEC_PUSH(r->arena, &r->variables, made_of);
  return r->variables.count - 1;
}

static int64_t name_of(struct reasoner *r, uint32_t variable, struct str name) {
  struct variable *v = &r->variables.at[variable];
  for (uint32_t i = 0; i < v->names.count; i++)
    if (nuo__str_equal(v->names.at[i], name)) return i;
  VEC_PUSH(r->arena, &v->names, name);
  return v->names.count - 1;
}

// All enumerators are names at once: there are no others.
static void name_enumerators(struct reasoner *r, uint32_t variable, const struct type *type) {
  if (type->kind != TYPE_ENUM) return;
  for (uint32_t i = 0; i < type->enumeration->items.count; i++)
    name_of(r, variable, type->enumeration->items.at[i].names.en);
  r->variables.at[variable].all =
      nuo__set_of(r->arena, 0, (int64_t)r->variables.at[variable].names.count - 1);
}

static uint32_t value_variable(struct reasoner *r, const struct expr *e) {
  e = nuo__expr_peel(e);
  const struct variable v = {.kind = e->ref == REF_FIELD  ? VARIABLE_FIELD
                                     : e->ref == REF_FACT ? VARIABLE_FACT
                                                          : VARIABLE_OPAQUE,
                             .e = e,
                             .type = e->type,
                             .may_miss = may_miss(e)};
  const uint32_t variable = variable_of(r, nuo__reason_key(r->arena, e), v);
  name_enumerators(r, variable, e->type);
  return variable;
}

static const struct formula *flag_of(struct reasoner *r, const struct expr *e) {
  return is_in(r, value_variable(r, e), nuo__set_of(r->arena, 1, 1));
}

// `list contains entry`
static const struct formula *entry_of(struct reasoner *r, const struct expr *list, const struct expr *entry) {
  list = nuo__expr_peel(list);
  const struct str a = nuo__reason_key(r->arena, list), b = nuo__reason_key(r->arena, entry);
  const struct variable v = {.kind = list->ref == REF_FIELD ? VARIABLE_ENTRY : VARIABLE_OPAQUE,
                             .e = list,
                             .entry = entry,
                             .type = nuo__type_simple(TYPE_FLAG),
                             .may_miss = may_miss(list) || may_miss(entry)};
  const struct str key = nuo__arena_format(r->arena, "%.*s has %.*s", (int)a.len, a.at, (int)b.len, b.at);
  return is_in(r, variable_of(r, key, v), nuo__set_of(r->arena, 1, 1));
}

// ---- constants ----

// A constant, looked at through a parameter that has one value for all times; or NULL.
static const struct expr *constant_of(const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->ref == REF_PARAMETER) {
    const struct parameter *p = e->target;
    return p->values.count == 1 && !p->values.at[0].unset ? p->values.at[0].value : NULL;
  }
  if (e->ref == REF_ENUMERATOR || e->kind <= EXPR_TEXT || (e->kind >= EXPR_DATE && e->kind <= EXPR_CLOCK))
    return e;
  if (e->kind == EXPR_DURATION && nuo__unit_ms(e->unit) > 0 && e->unit <= UNIT_HOUR) return e;
  return e->kind == EXPR_OPERATOR && e->op == OP_neg && e->left->kind <= EXPR_DECIMAL ? e : NULL;
}

// The number that stands for a constant among the values of a variable; false when it has none there.
static bool value_of(struct reasoner *r, uint32_t variable, const struct expr *constant, int64_t *value) {
  const struct type *type = r->variables.at[variable].type;
  int64_t sign = 1;
  if (constant->kind == EXPR_OPERATOR) constant = constant->left, sign = -1;
  if (type->kind == TYPE_ENUM) {
    *value = name_of(r, variable, constant->type->enumeration->items.at[constant->number].names.en);
    return true;
  }
  if (constant->kind == EXPR_TEXT) {
    *value = name_of(r, variable, constant->text);
    return true;
  }
  *value = sign * constant->number;
  if (constant->kind == EXPR_DURATION) *value *= nuo__unit_ms(constant->unit);
  if (type->kind == TYPE_DECIMAL && constant->kind == EXPR_NUMBER)
    return !__builtin_mul_overflow(*value, 1000000, value);
  if (type->kind == TYPE_NUMBER && constant->kind == EXPR_DECIMAL) {
    if (*value % 1000000 != 0) return false;
    *value /= 1000000;
  }
  return true;
}

// ---- comparisons ----

static enum operator_id mirrored(enum operator_id op) {
  switch (op) {
    case OP_lt:
      return OP_gt;
    case OP_le:
      return OP_ge;
    case OP_gt:
      return OP_lt;
    case OP_ge:
      return OP_le;
    default:
      return op;
  }
}

static struct set compared(struct reasoner *r, enum operator_id op, int64_t value) {
  switch (op) {
    case OP_lt:
      return nuo__set_of(r->arena, value == INT64_MIN ? 1 : INT64_MIN, value == INT64_MIN ? 0 : value - 1);
    case OP_le:
      return nuo__set_of(r->arena, INT64_MIN, value);
    case OP_gt:
      return nuo__set_of(r->arena, value == INT64_MAX ? 1 : value + 1, value == INT64_MAX ? 0 : INT64_MAX);
    case OP_ge:
      return nuo__set_of(r->arena, value, INT64_MAX);
    default:
      return nuo__set_of(r->arena, value, value);
  }
}

// Two values that are both no constants: `a < b` and `a is b` are flags, everything else is said with them.
static const struct formula *pair_of(struct reasoner *r, enum operator_id op, const struct expr *e,
                                     const struct expr *a, const struct expr *b) {
  const bool turned = op == OP_gt || op == OP_le;  // b < a, and its contrary
  struct str left = nuo__reason_key(r->arena, a), right = nuo__reason_key(r->arena, b);
  const bool equality = op == OP_is || op == OP_is_not;
  if (turned || (equality && nuo__str_compare(left, right) > 0)) {
    const struct str swap = left;
    left = right;
    right = swap;
  }
  const struct variable v = {.kind = VARIABLE_OPAQUE,
                             .e = e,
                             .type = nuo__type_simple(TYPE_FLAG),
                             .may_miss = may_miss(a) || may_miss(b)};
  const struct str key = nuo__arena_format(r->arena, "%.*s %s %.*s", (int)left.len, left.at,
                                           equality ? "is" : "<", (int)right.len, right.at);
  const struct formula *f = is_in(r, variable_of(r, key, v), nuo__set_of(r->arena, 1, 1));
  return op == OP_le || op == OP_ge || op == OP_is_not ? nuo__formula_not(r, f) : f;
}

static const struct formula *compare(struct reasoner *r, enum operator_id op, const struct expr *e,
                                     const struct expr *left, const struct expr *right);

// `x default c < 3`: x where it is there, else c.
static const struct formula *compare_default(struct reasoner *r, enum operator_id op, const struct expr *e,
                                             const struct expr *left, const struct expr *right) {
  const uint32_t variable = value_variable(r, left->left);
  const struct formula *missing = is_missing(r, variable);
  const struct formula *here =
      nuo__formula_join(r, FORMULA_AND, nuo__formula_not(r, missing), compare(r, op, e, left->left, right));
  const struct formula *not_here =
      nuo__formula_join(r, FORMULA_AND, missing, compare(r, op, e, left->right, right));
  return nuo__formula_join(r, FORMULA_OR, here, not_here);
}

static bool is_default(const struct expr *e) {
  return e->kind == EXPR_OPERATOR && e->op == OP_default;
}

static const struct formula *compare_constants(struct reasoner *r, enum operator_id op,
                                               const struct expr *left, const struct expr *right) {
  const struct variable v = {.type = right->type};
  struct reasoner own = {.arena = r->arena};  // so that the constants' names get in nobody's way
  VEC_PUSH(own.arena, &own.variables, v);
  int64_t a = 0, b = 0;
  if (!value_of(&own, 0, left, &a) || !value_of(&own, 0, right, &b)) return known(r, op == OP_is_not);
  const struct set one = nuo__set_of(r->arena, a, a);
  const bool in = nuo__set_within(one, compared(r, op, b));
  return known(r, op == OP_is_not ? !in : in);
}

static const struct formula *compare(struct reasoner *r, enum operator_id op, const struct expr *e,
                                     const struct expr *left, const struct expr *right) {
  left = nuo__expr_peel(left);
  right = nuo__expr_peel(right);
  const struct expr *a = constant_of(left), *b = constant_of(right);
  int64_t value;
  if (a != NULL && b != NULL) return compare_constants(r, op, a, b);
  if (a != NULL) return compare(r, mirrored(op), e, right, left);
  if (b == NULL)
    return is_default(left) || is_default(right) ? flag_of(r, e) : pair_of(r, op, e, left, right);
  if (is_default(left)) return compare_default(r, op, e, left, right);
  const uint32_t variable = value_variable(r, left);
  if (!value_of(r, variable, b, &value)) return flag_of(r, e);
  const struct formula *f = is_in(r, variable, compared(r, op, value));
  return op == OP_is_not ? nuo__formula_not(r, f) : f;
}

// ---- membership ----

static const struct formula *in_range(struct reasoner *r, const struct expr *left, const struct expr *range,
                                      const struct expr *e) {
  const struct expr *first = constant_of(range->left), *end = constant_of(range->right);
  left = nuo__expr_peel(left);
  int64_t a, b;
  if (first == NULL || end == NULL || is_default(left) || constant_of(left) != NULL) return flag_of(r, e);
  const uint32_t variable = value_variable(r, left);
  if (!value_of(r, variable, first, &a) || !value_of(r, variable, end, &b)) return flag_of(r, e);
  struct set set = nuo__set_of(r->arena, a, b - 1);
  if (left->type->kind == TYPE_CLOCK && a > b)  // over midnight
    set = nuo__set_union(r->arena, nuo__set_of(r->arena, 0, b - 1), nuo__set_of(r->arena, a, DAY_MS - 1));
  return is_in(r, variable, set);
}

static const struct formula *in_set(struct reasoner *r, const struct expr *left, const struct expr *set,
                                    const struct expr *e) {
  const struct formula *f = known(r, false);
  for (uint32_t i = 0; i < set->items.count; i++)
    f = nuo__formula_join(r, FORMULA_OR, compare(r, OP_is, e, left, set->items.at[i]), f);
  return f;
}

// Looks through a parameter that has one value.
static const struct expr *several_of(const struct expr *e) {
  e = nuo__expr_peel(e);
  const struct parameter *p = e->ref == REF_PARAMETER ? e->target : NULL;
  return p != NULL && p->values.count == 1 && !p->values.at[0].unset ? p->values.at[0].value : e;
}

static const struct formula *in(struct reasoner *r, const struct expr *e) {
  const struct expr *right = several_of(e->right);
  if (right->kind == EXPR_RANGE) return in_range(r, e->left, right, e);
  if (right->kind == EXPR_SET) return in_set(r, e->left, right, e);
  return right->type->kind == TYPE_LIST ? entry_of(r, right, e->left) : flag_of(r, e);
}

static const struct formula *any_in(struct reasoner *r, const struct expr *e) {
  const struct expr *right = several_of(e->right);
  if (right->kind != EXPR_SET) return flag_of(r, e);
  const struct formula *f = known(r, false);
  for (uint32_t i = 0; i < right->items.count; i++)
    f = nuo__formula_join(r, FORMULA_OR, entry_of(r, e->left, right->items.at[i]), f);
  return f;
}

static const struct formula *missing(struct reasoner *r, const struct expr *e) {
  const struct expr *left = nuo__expr_peel(e->left);
  if (left->ref == REF_FIELD) return is_missing(r, value_variable(r, left));
  // Of a fact without a value it asks whether the fact holds.
  if (left->ref == REF_FACT && ((const struct fact *)left->target)->type == NULL)
    return nuo__formula_not(r, nuo__formula_established(r, flag_of(r, left)));
  return may_miss(left) ? is_missing(r, value_variable(r, left)) : known(r, false);
}

// ---- conditions ----

static const struct formula *of_default(struct reasoner *r, const struct expr *e) {
  const struct expr *left = nuo__expr_peel(e->left);
  if (left->ref != REF_FIELD) return flag_of(r, e);
  const uint32_t variable = value_variable(r, left);
  const struct formula *gone = is_missing(r, variable);
  return nuo__formula_join(r, FORMULA_OR,
                           nuo__formula_join(r, FORMULA_AND, nuo__formula_not(r, gone), flag_of(r, left)),
                           nuo__formula_join(r, FORMULA_AND, gone, nuo__formula_of(r, e->right)));
}

static const struct formula *of_operator(struct reasoner *r, const struct expr *e) {
  switch (e->op) {
    case OP_and:
    case OP_or:
      return nuo__formula_join(r, e->op == OP_and ? FORMULA_AND : FORMULA_OR, nuo__formula_of(r, e->left),
                               nuo__formula_of(r, e->right));
    case OP_not:
      return nuo__formula_not(r, nuo__formula_of(r, e->left));
    case OP_is:
    case OP_is_not:
    case OP_lt:
    case OP_le:
    case OP_gt:
    case OP_ge:
      return compare(r, e->op, e, e->left, e->right);
    case OP_in:
      return in(r, e);
    case OP_not_in:
      return nuo__formula_not(r, in(r, e));
    case OP_any_in:
      return any_in(r, e);
    case OP_none_in:
      return nuo__formula_not(r, any_in(r, e));
    case OP_contains:
      return nuo__expr_peel(e->left)->type->kind == TYPE_LIST ? entry_of(r, e->left, e->right)
                                                              : flag_of(r, e);
    case OP_missing:
      return missing(r, e);
    case OP_present:
      return nuo__formula_not(r, missing(r, e));
    case OP_default:
      return of_default(r, e);
    default:
      return flag_of(r, e);
  }
}

const struct formula *nuo__formula_of(struct reasoner *r, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_FLAG) return known(r, e->number != 0);
  if (e->ref == REF_PARAMETER && constant_of(e) != NULL) return known(r, constant_of(e)->number != 0);
  return e->kind == EXPR_OPERATOR ? of_operator(r, e) : flag_of(r, e);
}

// ---- rules ----

// Established, and no exception to the exception established.
static const struct formula *excused(struct reasoner *r, const struct exception *exception) {
  const struct formula *f = nuo__formula_established(r, nuo__formula_of(r, exception->condition));
  for (uint32_t i = 0; i < exception->exceptions.count; i++)
    f = nuo__formula_join(r, FORMULA_AND, f, nuo__formula_not(r, excused(r, exception->exceptions.at[i])));
  return f;
}

// That the event makes the count exceed its limit: one more than what is counted before it.
static const struct formula *exceeds(struct reasoner *r, const struct rule *rule) {
  const struct expr *limit = constant_of(rule->condition);
  const struct str counter = nuo__reason_counter_key(r->arena, rule->counter);
  const struct model_window *w = &rule->window;
  const struct str key =
      nuo__arena_format(r->arena, "counted %.*s %d %d %lld %d", (int)counter.len, counter.at, (int)w->kind,
                        w->length == NULL ? -1 : (int)w->length->unit,
                        w->length == NULL ? 0LL : (long long)w->length->number, (int)w->period);
  struct variable v = {.kind = VARIABLE_OPAQUE, .e = rule->condition, .type = nuo__type_simple(TYPE_NUMBER)};
  for (uint32_t i = 0; i < rule->per.count; i++) v.may_miss = v.may_miss || may_miss(rule->per.at[i]);
  if (limit == NULL ||
      limit->kind != EXPR_NUMBER) {  // a limit that depends on something is compared as a whole
    const struct str of = nuo__reason_key(r->arena, rule->condition);
    v.type = nuo__type_simple(TYPE_FLAG);
    v.may_miss = v.may_miss || may_miss(rule->condition);
    return is_in(
        r,
        variable_of(r, nuo__arena_format(r->arena, "%.*s > %.*s", (int)key.len, key.at, (int)of.len, of.at),
                    v),
        nuo__set_of(r->arena, 1, 1));
  }
  const uint32_t variable = variable_of(r, key, v);
  r->variables.at[variable].all = nuo__set_of(r->arena, 0, INT64_MAX);
  return is_in(r, variable, nuo__set_of(r->arena, limit->number, INT64_MAX));
}

const struct formula *nuo__formula_violated(struct reasoner *r, const struct rule *rule) {
  const struct formula *f = rule->core == CORE_LIMIT ? exceeds(r, rule) : nuo__formula_of(r, rule->condition);
  if (rule->core == CORE_REQUIRE) f = nuo__formula_not(r, nuo__formula_established(r, f));
  if (rule->scope != NULL) f = nuo__formula_join(r, FORMULA_AND, nuo__formula_of(r, rule->scope), f);
  for (uint32_t i = 0; i < rule->exceptions.count; i++)
    f = nuo__formula_join(r, FORMULA_AND, f, nuo__formula_not(r, excused(r, rule->exceptions.at[i])));
  return f;
}
