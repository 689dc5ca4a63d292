// SPDX-License-Identifier: Apache-2.0
// From conditions to formulas. Comparisons with constants become sets of values; what cannot be looked into
// becomes a flag of its own that may be anything.
#include <string.h>

#include "compiler/reason/make.h"

#define LAST_NAME (1LL << 31)    // texts beyond the names: some other text
#define DAY_MS (24 * 3600000LL)  // 24:00 is a clock time, too

// ---- making formulas ----

static const struct formula *made(struct reasoner *r, struct formula f) {
  struct formula *formula = ARENA_NEW(r->arena, struct formula);
  *formula = f;
  return formula;
}

static const struct formula *known(struct reasoner *r, bool value) {
  return made(r, (struct formula){.kind = value ? FORMULA_TRUE : FORMULA_FALSE});
}

const struct formula *nuo__formula_constant(struct reasoner *r, enum formula_kind kind) {
  return made(r, (struct formula){.kind = kind});
}

// What is decided by one side alone is not made.
const struct formula *nuo__formula_join(struct reasoner *r, enum formula_kind kind,
                                        const struct formula *left, const struct formula *right) {
  const enum formula_kind decides = kind == FORMULA_AND ? FORMULA_FALSE : FORMULA_TRUE;
  const enum formula_kind changes_nothing = kind == FORMULA_AND ? FORMULA_TRUE : FORMULA_FALSE;
  if (left->kind == decides || right->kind == changes_nothing) return left;
  if (right->kind == decides || left->kind == changes_nothing) return right;
  return made(r, (struct formula){.kind = kind, .left = left, .right = right});
}

const struct formula *nuo__formula_not(struct reasoner *r, const struct formula *of) {
  if (of->kind == FORMULA_NOT) return of->left;
  if (of->kind == FORMULA_FALSE || of->kind == FORMULA_TRUE) return known(r, of->kind == FORMULA_FALSE);
  return made(r, (struct formula){.kind = FORMULA_NOT, .left = of});
}

const struct formula *nuo__formula_established(struct reasoner *r, const struct formula *of) {
  if (of->kind == FORMULA_FALSE || of->kind == FORMULA_TRUE) return of;
  if (of->kind == FORMULA_UNKNOWN) return known(r, false);
  return made(r, (struct formula){.kind = FORMULA_ESTABLISHED, .left = of});
}

const struct formula *nuo__formula_in(struct reasoner *r, uint32_t variable, struct set set) {
  return made(r, (struct formula){.kind = FORMULA_IN, .variable = variable, .set = set});
}

static const struct formula *is_missing(struct reasoner *r, uint32_t variable) {
  return made(r, (struct formula){.kind = FORMULA_MISSING, .variable = variable});
}

// ---- variables ----

// A count that is known whenever its key is; `elapsed since last` has a counter, too, but is no number.
static bool is_sure_count(const struct expr *e) {
  return e->counter->kind == AGGREGATE_COUNT && e->type->kind == TYPE_NUMBER &&
         !nuo__window_may_miss(e->window);
}

// Whether it may have no value: some part of it may be missing or cannot always be computed.
bool nuo__may_miss(const struct expr *e) {
  if (e == NULL) return false;
  e = nuo__expr_peel(e);
  if (e->ref == REF_FIELD) return ((const struct field *)e->target)->optional;
  // The value of a fact that does not hold is missing.
  if (e->ref == REF_FACT && ((const struct fact *)e->target)->type != NULL) return true;
  if (e->ref == REF_TABLE || e->ref == REF_NATIVE || e->ref == REF_PARAMETER) return true;
  if (e->kind == EXPR_AGGREGATE && !is_sure_count(e)) return true;
  if (e->kind == EXPR_SINCE) return true;
  if (e->kind == EXPR_OPERATOR && (e->op == OP_add || e->op == OP_sub || e->op == OP_mul || e->op == OP_div))
    return true;
  if (e->kind == EXPR_OPERATOR && e->op == OP_default) return nuo__may_miss(e->right);
  if (e->ref == REF_BUILTIN) return true;
  for (uint32_t i = 0; i < e->items.count; i++)
    if (nuo__may_miss(e->items.at[i])) return true;
  return nuo__may_miss(e->left) || nuo__may_miss(e->right);
}

static struct set all_values(struct reasoner *r, const struct type *type) {
  switch (type->kind) {
    case TYPE_FLAG:
      return nuo__set_of(r->arena, 0, 1);
    case TYPE_CLOCK:
      return nuo__set_of(r->arena, 0, DAY_MS);
    case TYPE_TEXT:
    case TYPE_ZONE:
      return nuo__set_of(r->arena, 0, LAST_NAME);
    default:
      return nuo__set_of(r->arena, INT64_MIN, INT64_MAX);
  }
}

uint32_t nuo__variable_of(struct reasoner *r, struct str key, struct variable made_of) {
  for (uint32_t i = 0; i < r->variables.count; i++) {
    struct variable *there = &r->variables.at[i];
    if (!nuo__str_equal(there->key, key)) continue;
    there->may_miss = there->may_miss || made_of.may_miss;
    return i;
  }
  made_of.key = key;
  made_of.all = nuo__is_count(&made_of) ? nuo__set_of(r->arena, 0, INT64_MAX) : all_values(r, made_of.type);
  VEC_PUSH(r->arena, &r->variables, made_of);
  if (nuo__is_count(&made_of)) nuo__count_orders(r, r->variables.count - 1);
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
  // In one program they differ, and need not be looked for; another version may have others.
  struct variable *v = &r->variables.at[variable];
  const bool is_new = v->names.count == 0;
  for (uint32_t i = 0; i < type->enumeration->items.count; i++) {
    const struct str name = type->enumeration->items.at[i].names.en;
    if (is_new)
      VEC_PUSH(r->arena, &v->names, name);
    else if (i >= v->names.count || !nuo__str_equal(v->names.at[i], name))
      name_of(r, variable, name);
  }
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
                             .may_miss = nuo__may_miss(e),
                             .counter = e->counter,
                             .window = e->window};
  const uint32_t variable = nuo__variable_of(r, nuo__reason_key(r->arena, e), v);
  name_enumerators(r, variable, e->type);
  if (e->ref == REF_BUILTIN && e->builtin == BUILTIN_clock)  // no instant is at 24:00
    r->variables.at[variable].all = nuo__set_of(r->arena, 0, DAY_MS - 1);
  return variable;
}

static const struct formula *flag_of(struct reasoner *r, const struct expr *e) {
  return nuo__formula_in(r, value_variable(r, e), nuo__set_of(r->arena, 1, 1));
}

// `list contains entry`
static const struct formula *entry_of(struct reasoner *r, const struct expr *list, const struct expr *entry) {
  list = nuo__expr_peel(list);
  const struct str a = nuo__reason_key(r->arena, list), b = nuo__reason_key(r->arena, entry);
  const struct variable v = {.kind = list->ref == REF_FIELD ? VARIABLE_ENTRY : VARIABLE_OPAQUE,
                             .e = list,
                             .entry = entry,
                             .type = nuo__type_simple(TYPE_FLAG),
                             .may_miss = nuo__may_miss(list) || nuo__may_miss(entry)};
  const struct str key = nuo__arena_format(r->arena, "%.*s has %.*s", (int)a.len, a.at, (int)b.len, b.at);
  return nuo__formula_in(r, nuo__variable_of(r, key, v), nuo__set_of(r->arena, 1, 1));
}

// ---- constants ----

const struct parameter_value *nuo__parameter_at(const struct reasoner *r, const struct parameter *p) {
  const struct parameter_value *value = p->values.count == 1 ? &p->values.at[0] : NULL;
  if (r->day == NULL) return value != NULL && value->from == INT32_MIN ? value : NULL;
  value = NULL;
  for (uint32_t i = 0; i < p->values.count; i++)
    if (p->values.at[i].from <= *r->day) value = &p->values.at[i];
  return value;
}

// Whether it is a parameter that has no value on the day at hand; without a day it may be filled in some
// time.
static bool is_unset(const struct reasoner *r, const struct expr *e) {
  if (r->day == NULL || e->ref != REF_PARAMETER) return false;
  const struct parameter_value *value = nuo__parameter_at(r, e->target);
  return value == NULL || value->unset;
}

// A sum of whole numbers that are constants: `weekly_cap + 2`.
static const struct expr *constant_sum(const struct reasoner *r, const struct expr *e) {
  const struct expr *a = nuo__constant_of(r, e->left), *b = nuo__constant_of(r, e->right);
  int64_t sum;
  if (a == NULL || b == NULL || a->kind != EXPR_NUMBER || b->kind != EXPR_NUMBER) return NULL;
  if (e->op == OP_add ? __builtin_add_overflow(a->number, b->number, &sum)
                      : __builtin_sub_overflow(a->number, b->number, &sum))
    return NULL;
  struct expr *made = ARENA_NEW(r->arena, struct expr);
  *made = (struct expr){.kind = EXPR_NUMBER, .number = sum, .type = e->type, .span = e->span};
  return made;
}

// A constant, looked at through a parameter whose value is known; or NULL.
const struct expr *nuo__constant_of(const struct reasoner *r, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->ref == REF_PARAMETER) {
    const struct parameter_value *value = nuo__parameter_at(r, e->target);
    return value != NULL && !value->unset ? value->value : NULL;
  }
  if (e->ref == REF_ENUMERATOR || e->kind <= EXPR_TEXT || (e->kind >= EXPR_DATE && e->kind <= EXPR_CLOCK))
    return e;
  if (e->kind == EXPR_DURATION && nuo__unit_ms(e->unit) > 0 && e->unit <= UNIT_HOUR) return e;
  if (e->kind == EXPR_OPERATOR && (e->op == OP_add || e->op == OP_sub)) return constant_sum(r, e);
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

// A number that no decimal can be: what it is compared with as one, nobody knows.
static bool overflows(const struct expr *constant, const struct expr *other) {
  int64_t ignored;
  if (constant->kind == EXPR_OPERATOR) constant = constant->left;
  return constant->kind == EXPR_NUMBER && other->type->kind == TYPE_DECIMAL &&
         __builtin_mul_overflow(constant->number, 1000000, &ignored);
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
                             .may_miss = nuo__may_miss(a) || nuo__may_miss(b),
                             .contrary = op == OP_le || op == OP_ge || op == OP_is_not};
  const struct str key = nuo__arena_format(r->arena, "%.*s %s %.*s", (int)left.len, left.at,
                                           equality ? "is" : "<", (int)right.len, right.at);
  const struct formula *f = nuo__formula_in(r, nuo__variable_of(r, key, v), nuo__set_of(r->arena, 1, 1));
  return v.contrary ? nuo__formula_not(r, f) : f;
}

static const struct formula *is_unknown(struct reasoner *r, const struct formula *f) {
  return nuo__formula_join(r, FORMULA_AND, nuo__formula_not(r, nuo__formula_established(r, f)),
                           nuo__formula_not(r, nuo__formula_established(r, nuo__formula_not(r, f))));
}

// That it has no value.
const struct formula *nuo__formula_missing(struct reasoner *r, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (is_unset(r, e)) return known(r, true);
  if (e->ref == REF_TABLE && nuo__table_is_open(r, e->target)) return nuo__formula_no_row(r, e);
  if (e->kind == EXPR_OPERATOR && e->op == OP_default)
    return nuo__formula_join(r, FORMULA_AND, nuo__formula_missing(r, e->left),
                             nuo__formula_missing(r, e->right));
  if (e->kind == EXPR_OPERATOR && e->type->kind == TYPE_FLAG) return is_unknown(r, nuo__formula_of(r, e));
  if (e->ref != REF_FIELD && (nuo__constant_of(r, e) != NULL || !nuo__may_miss(e))) return known(r, false);
  return is_missing(r, value_variable(r, e));
}

// `x default c < 3`: x where it is there, else c.
static const struct formula *compare_default(struct reasoner *r, enum operator_id op, const struct expr *e,
                                             const struct expr *left, const struct expr *right) {
  const struct formula *missing = nuo__formula_missing(r, left->left);
  const struct formula *here = nuo__formula_join(r, FORMULA_AND, nuo__formula_not(r, missing),
                                                 nuo__formula_compare(r, op, e, left->left, right));
  const struct formula *not_here =
      nuo__formula_join(r, FORMULA_AND, missing, nuo__formula_compare(r, op, e, left->right, right));
  return nuo__formula_join(r, FORMULA_OR, here, not_here);
}

static bool is_default(const struct expr *e) {
  return e->kind == EXPR_OPERATOR && e->op == OP_default;
}

bool nuo__constants_compare(struct reasoner *r, enum operator_id op, const struct expr *left,
                            const struct expr *right) {
  const struct variable v = {.type = left->type->kind == TYPE_DECIMAL ? left->type : right->type};
  struct reasoner own = {.arena = r->arena};  // so that the constants' names get in nobody's way
  VEC_PUSH(own.arena, &own.variables, v);
  int64_t a = 0, b = 0;
  if (!value_of(&own, 0, left, &a) || !value_of(&own, 0, right, &b)) return op == OP_is_not;
  const struct set one = nuo__set_of(r->arena, a, a);
  const bool in = nuo__set_within(one, compared(r, op, b));
  return op == OP_is_not ? !in : in;
}

const struct formula *nuo__formula_compare(struct reasoner *r, enum operator_id op, const struct expr *e,
                                           const struct expr *left, const struct expr *right) {
  left = nuo__expr_peel(left);
  right = nuo__expr_peel(right);
  const struct expr *a = nuo__constant_of(r, left), *b = nuo__constant_of(r, right);
  int64_t value;
  if (is_unset(r, left) || is_unset(r, right)) return nuo__formula_constant(r, FORMULA_UNKNOWN);
  if (a != NULL && b != NULL && (overflows(a, b) || overflows(b, a)))
    return nuo__formula_constant(r, FORMULA_UNKNOWN);
  if (a != NULL && b != NULL) return known(r, nuo__constants_compare(r, op, a, b));
  if (a != NULL) return nuo__formula_compare(r, mirrored(op), e, right, left);
  if (b == NULL)
    return is_default(left) || is_default(right) ? flag_of(r, e) : pair_of(r, op, e, left, right);
  if (is_default(left)) return compare_default(r, op, e, left, right);
  if (left->ref == REF_TABLE && nuo__table_is_open(r, left->target)) return nuo__formula_row(r, left, op, b);
  const uint32_t variable = value_variable(r, left);
  if (!value_of(r, variable, b, &value)) return flag_of(r, e);
  const struct formula *f = nuo__formula_in(r, variable, compared(r, op, value));
  return op == OP_is_not ? nuo__formula_not(r, f) : f;
}

// ---- membership ----

const struct formula *nuo__formula_in_range(struct reasoner *r, const struct expr *left,
                                            const struct expr *range, const struct expr *e) {
  const struct expr *first = nuo__constant_of(r, range->left), *end = nuo__constant_of(r, range->right);
  left = nuo__expr_peel(left);
  int64_t a, b;
  if (first == NULL || end == NULL || is_default(left) || nuo__constant_of(r, left) != NULL)
    return flag_of(r, e);
  const uint32_t variable = value_variable(r, left);
  if (!value_of(r, variable, first, &a) || !value_of(r, variable, end, &b)) return flag_of(r, e);
  struct set set = nuo__set_of(r->arena, a, b - 1);
  if (left->type->kind == TYPE_CLOCK && a > b)  // over midnight
    set = nuo__set_union(r->arena, nuo__set_of(r->arena, 0, b - 1), nuo__set_of(r->arena, a, DAY_MS));
  return nuo__formula_in(r, variable, set);
}

const struct formula *nuo__formula_in_set(struct reasoner *r, const struct expr *left, const struct expr *set,
                                          const struct expr *e) {
  const struct formula *f = known(r, false);
  for (uint32_t i = 0; i < set->items.count; i++)
    f = nuo__formula_join(r, FORMULA_OR, nuo__formula_compare(r, OP_is, e, left, set->items.at[i]), f);
  return f;
}

// Looks through a parameter that has one value.
static const struct expr *several_of(const struct reasoner *r, const struct expr *e) {
  e = nuo__expr_peel(e);
  const struct parameter_value *value = e->ref == REF_PARAMETER ? nuo__parameter_at(r, e->target) : NULL;
  return value != NULL && !value->unset ? value->value : e;
}

static const struct formula *in(struct reasoner *r, const struct expr *e) {
  const struct expr *right = several_of(r, e->right);
  if (right->kind == EXPR_RANGE) return nuo__formula_in_range(r, e->left, right, e);
  if (right->kind == EXPR_SET) return nuo__formula_in_set(r, e->left, right, e);
  return right->type->kind == TYPE_LIST ? entry_of(r, right, e->left) : flag_of(r, e);
}

static const struct formula *any_in(struct reasoner *r, const struct expr *e) {
  const struct expr *right = several_of(r, e->right);
  if (right->kind != EXPR_SET) return flag_of(r, e);
  const struct formula *f = known(r, false);
  for (uint32_t i = 0; i < right->items.count; i++)
    f = nuo__formula_join(r, FORMULA_OR, entry_of(r, e->left, right->items.at[i]), f);
  return f;
}

// Of a fact it asks whether the fact holds, which is unknown when its key is.
static const struct formula *fact_missing(struct reasoner *r, const struct expr *fact) {
  if (((const struct fact *)fact->target)->type == NULL) return nuo__formula_not(r, flag_of(r, fact));
  const struct formula *no_key = known(r, false);
  for (uint32_t i = 0; i < fact->items.count; i++)
    no_key = nuo__formula_join(r, FORMULA_OR, no_key, nuo__formula_missing(r, fact->items.at[i]));
  return nuo__formula_join(
      r, FORMULA_OR,
      nuo__formula_join(r, FORMULA_AND, nuo__formula_not(r, no_key), nuo__formula_missing(r, fact)),
      nuo__formula_join(r, FORMULA_AND, no_key, nuo__formula_constant(r, FORMULA_UNKNOWN)));
}

static const struct formula *asks_missing(struct reasoner *r, const struct expr *e) {
  const struct expr *left = nuo__expr_peel(e->left);
  return left->ref == REF_FACT ? fact_missing(r, left) : nuo__formula_missing(r, left);
}

// `T contains any of L`, and its like, with L in parts.
static const struct formula *finds_any(struct reasoner *r, const struct expr *e) {
  const struct expr *lexicon = nuo__expr_peel(e->right);
  const struct formula *f = NULL;
  for (uint32_t i = 0; lexicon->ref == REF_LEXICON && i < r->parts.count; i++) {
    if (r->parts.at[i].lexicon != lexicon->target) continue;
    struct expr *part = ARENA_NEW(r->arena, struct expr), *whole = ARENA_NEW(r->arena, struct expr);
    *part = *lexicon;
    part->target = r->parts.at[i].part;
    *whole = *e;
    whole->right = part;
    f = f == NULL ? flag_of(r, whole) : nuo__formula_join(r, FORMULA_OR, f, flag_of(r, whole));
  }
  return f == NULL ? flag_of(r, e) : f;
}

// ---- conditions ----

static const struct formula *of_default(struct reasoner *r, const struct expr *e) {
  const struct formula *gone = nuo__formula_missing(r, e->left);
  return nuo__formula_join(
      r, FORMULA_OR,
      nuo__formula_join(r, FORMULA_AND, nuo__formula_not(r, gone), nuo__formula_of(r, e->left)),
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
      return nuo__formula_compare(r, e->op, e, e->left, e->right);
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
    case OP_contains_any:
    case OP_starts_any:
    case OP_ends_any:
      return finds_any(r, e);
    case OP_missing:
      return asks_missing(r, e);
    case OP_present:
      return nuo__formula_not(r, asks_missing(r, e));
    case OP_default:
      return of_default(r, e);
    default:
      return flag_of(r, e);
  }
}

const struct formula *nuo__formula_of(struct reasoner *r, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_FLAG) return known(r, e->number != 0);
  if (is_unset(r, e)) return nuo__formula_constant(r, FORMULA_UNKNOWN);
  if (e->ref == REF_PARAMETER && nuo__constant_of(r, e) != NULL)
    return known(r, nuo__constant_of(r, e)->number != 0);
  if (e->ref == REF_TABLE && nuo__table_is_open(r, e->target)) return nuo__formula_row(r, e, OP_is, NULL);
  return e->kind == EXPR_OPERATOR ? of_operator(r, e) : flag_of(r, e);
}
