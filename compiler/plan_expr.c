// SPDX-License-Identifier: Apache-2.0
// Expressions to values: literals, fields, comparisons, arithmetic, `default` and presence. Membership and
// search in texts are plan_set.c, times plan_time.c, tables and parameters plan_table.c. What is unknown in
// an operand is unknown in the result but for Kleene's `and` and `or`, `default`, presence, least and
// greatest.
#include "compiler/plan.h"

static enum type_kind kind_of(const struct expr *e) {
  return e->type->kind;
}

// ---- constants ----
static bool duration_ms(const struct expr *e, int64_t *number) {
  *number = e->number * nuo__unit_ms(e->unit);
  return nuo__unit_ms(e->unit) > 0;
}

static bool settled_constant(const struct planner *p, const struct parameter *parameter, int64_t *number) {
  if (nuo__plan_parameter_varies(p, parameter)) return false;
  const struct expr *value = nuo__plan_parameter_value(p, parameter);
  return value != NULL && nuo__plan_constant(p, value, number);
}

bool nuo__plan_constant(const struct planner *p, const struct expr *e, int64_t *number) {
  e = nuo__expr_peel(e);
  if (e->ref == REF_PARAMETER) return settled_constant(p, e->target, number);
  switch (e->kind) {
    case EXPR_DURATION:
      return duration_ms(e, number);
    case EXPR_FLAG:
    case EXPR_NUMBER:
    case EXPR_DECIMAL:
    case EXPR_DATE:
    case EXPR_INSTANT:
    case EXPR_CLOCK:
      *number = e->number;
      return true;
    case EXPR_OPERATOR:
      if (e->op != OP_neg || !nuo__plan_constant(p, e->left, number) || *number == INT64_MIN) return false;
      *number = -*number;
      return true;
    default:
      *number = e->number;
      return e->ref == REF_ENUMERATOR;
  }
}

bool nuo__plan_text_constant(const struct planner *p, const struct expr *e, struct str *text) {
  e = nuo__expr_peel(e);
  if (e->ref == REF_PARAMETER) {
    if (nuo__plan_parameter_varies(p, e->target)) return false;
    const struct expr *value = nuo__plan_parameter_value(p, e->target);
    return value != NULL && nuo__plan_text_constant(p, value, text);
  }
  *text = e->text;
  return e->kind == EXPR_TEXT;
}

static uint32_t text_literal(struct planner *p, const struct expr *e) {
  if (kind_of(e) == TYPE_ZONE) return nuo__dag_make(p, OPCODE_ZCONST, nuo__image_text(p->out, e->text), 0, 0);
  return nuo__dag_text(p, e->text);
}

// ---- columns ----
uint32_t nuo__plan_decimal(struct planner *p, uint32_t column) {
  int64_t number;
  if (!nuo__dag_is_number(p, column, &number)) return nuo__dag_make(p, OPCODE_DECIMAL, column, 0, 0);
  if (number > INT64_MAX / 1000000 || number < INT64_MIN / 1000000) return nuo__dag_unknown(p, REG_COLUMN);
  return nuo__dag_number(p, number * 1000000);
}

uint32_t nuo__plan_column(struct planner *p, const struct expr *e, const struct type *want) {
  const uint32_t column = nuo__dag_column(p, nuo__plan_value(p, e));
  const bool widen = want != NULL && want->kind == TYPE_DECIMAL && kind_of(nuo__expr_peel(e)) == TYPE_NUMBER;
  return widen ? nuo__plan_decimal(p, column) : column;
}

bool nuo__plan_constant_as(const struct planner *p, const struct expr *e, const struct type *want,
                           int64_t *number) {
  if (!nuo__plan_constant(p, e, number)) return false;
  if (want->kind != TYPE_DECIMAL || kind_of(nuo__expr_peel(e)) != TYPE_NUMBER) return true;
  if (*number > INT64_MAX / 1000000 || *number < INT64_MIN / 1000000) return false;
  *number *= 1000000;
  return true;
}

// ---- comparing ----
enum relation { EQUAL, LESS, LESS_EQUAL };

static uint32_t relate_constant(struct planner *p, enum relation relation, uint32_t value, int64_t number) {
  static const enum opcode column_ops[] = {OPCODE_EQK, OPCODE_LTK, OPCODE_LEK};
  static const enum opcode wide_ops[] = {OPCODE_WEQK, OPCODE_WLTK, OPCODE_WLEK};
  const bool wide = nuo__dag_at(p, value)->reg_class == REG_WIDE;
  if (!wide) value = nuo__dag_column(p, value);
  const uint32_t constant = nuo__image_number(p->out, number);
  return nuo__dag_make(p, (wide ? wide_ops : column_ops)[relation], value, constant, 0);
}

static const struct type *common_type(const struct expr *left, const struct expr *right) {
  const struct type *common = nuo__type_common(left->type, right->type);
  return common != NULL ? common : left->type;
}

// The value for a comparison with a constant: a 32-bit field stays one.
static uint32_t comparable(struct planner *p, const struct expr *e, const struct type *want) {
  if (want->kind == TYPE_DECIMAL) return nuo__plan_column(p, e, want);
  return nuo__plan_value(p, e);
}

static uint32_t relate(struct planner *p, enum relation relation, const struct expr *left,
                       const struct expr *right) {
  static const enum opcode ops[] = {OPCODE_EQ, OPCODE_LT, OPCODE_LE};
  const struct type *common = common_type(left, right);
  int64_t number;
  if (nuo__plan_constant_as(p, right, common, &number))
    return relate_constant(p, relation, comparable(p, left, common), number);
  if (nuo__plan_constant_as(p, left, common, &number)) {
    if (relation == EQUAL) return relate_constant(p, EQUAL, comparable(p, right, common), number);
    // k < x is not x <= k.
    const enum relation mirrored = relation == LESS ? LESS_EQUAL : LESS;
    return nuo__dag_not(p, relate_constant(p, mirrored, comparable(p, right, common), number));
  }
  const uint32_t a = nuo__plan_column(p, left, common), b = nuo__plan_column(p, right, common);
  return nuo__dag_make(p, ops[relation], a, b, 0);
}

static uint32_t flags_equal(struct planner *p, const struct expr *left, const struct expr *right) {
  const uint32_t a = nuo__plan_flag(p, left), b = nuo__plan_flag(p, right);
  if (nuo__dag_is_plane(p, b, 1)) return a;
  if (nuo__dag_is_plane(p, a, 1)) return b;
  if (nuo__dag_is_plane(p, b, 0)) return nuo__dag_not(p, a);
  if (nuo__dag_is_plane(p, a, 0)) return nuo__dag_not(p, b);
  return nuo__dag_make(p, OPCODE_PEQ, a, b, 0);
}

static uint32_t text_equals(struct planner *p, const struct expr *e, struct str text) {
  const uint32_t constant = nuo__image_text(p->out, text);
  return nuo__dag_make(p, OPCODE_XEQK, nuo__plan_value(p, e), constant, 0);
}

static uint32_t texts_equal(struct planner *p, const struct expr *left, const struct expr *right) {
  struct str text;
  if (nuo__plan_text_constant(p, right, &text)) return text_equals(p, left, text);
  if (nuo__plan_text_constant(p, left, &text)) return text_equals(p, right, text);
  const uint32_t a = nuo__plan_value(p, left), b = nuo__plan_value(p, right);
  return nuo__dag_make(p, OPCODE_XEQ, a, b, 0);
}

// The decoder tells which enumerator a field has by planes.
static bool enumerator_of_field(struct planner *p, const struct expr *field, const struct expr *constant,
                                uint32_t *plane) {
  int64_t ordinal;
  field = nuo__expr_peel(field);
  if (field->ref != REF_FIELD || !nuo__plan_constant(p, constant, &ordinal)) return false;
  *plane = nuo__dag_asked(p, field->target, (uint32_t)ordinal);
  return true;
}

static uint32_t equal(struct planner *p, const struct expr *left, const struct expr *right) {
  uint32_t plane;
  switch (kind_of(left)) {
    case TYPE_FLAG:
      return flags_equal(p, left, right);
    case TYPE_TEXT:
      return texts_equal(p, left, right);
    case TYPE_ENUM:
      if (enumerator_of_field(p, left, right, &plane) || enumerator_of_field(p, right, left, &plane))
        return plane;
      return relate(p, EQUAL, left, right);
    default:
      return relate(p, EQUAL, left, right);
  }
}

uint32_t nuo__plan_compare(struct planner *p, enum operator_id op, const struct expr *left,
                           const struct expr *right) {
  switch (op) {
    case OP_is:
      return equal(p, left, right);
    case OP_is_not:
      return nuo__dag_not(p, equal(p, left, right));
    case OP_lt:
      return relate(p, LESS, left, right);
    case OP_le:
      return relate(p, LESS_EQUAL, left, right);
    case OP_gt:
      return relate(p, LESS, right, left);
    default:
      return relate(p, LESS_EQUAL, right, left);
  }
}

// ---- arithmetic ----
static uint32_t quotient(struct planner *p, const struct expr *e) {
  const struct type *decimal = nuo__type_simple(TYPE_DECIMAL);
  const uint32_t a = nuo__plan_column(p, e->left, decimal), b = nuo__plan_column(p, e->right, decimal);
  return nuo__dag_make(p, OPCODE_DECDIV, a, b, 0);
}

static uint32_t arithmetic(struct planner *p, const struct expr *e) {
  static const enum opcode ops[] = {[OP_add] = OPCODE_ADD, [OP_sub] = OPCODE_SUB, [OP_mul] = OPCODE_MUL};
  const enum type_kind left = kind_of(e->left);
  if (e->op == OP_div) return quotient(p, e);
  if (kind_of(e->right) == TYPE_PERIOD) {
    const uint32_t start = nuo__plan_column(p, e->left, NULL);
    return nuo__plan_add_period(p, start, left == TYPE_DATE, e->right, e->op == OP_sub ? -1 : 1);
  }
  const uint32_t a = nuo__plan_column(p, e->left, e->type), b = nuo__plan_column(p, e->right, e->type);
  const bool decimals = e->op == OP_mul && kind_of(e) == TYPE_DECIMAL;
  return nuo__dag_make(p, decimals ? OPCODE_DECMUL : ops[e->op], a, b, 0);
}

static uint32_t negation(struct planner *p, const struct expr *e) {
  int64_t number;
  if (nuo__plan_constant(p, e, &number)) return nuo__dag_number(p, number);
  const uint32_t zero = nuo__dag_number(p, 0);
  return nuo__dag_make(p, OPCODE_SUB, zero, nuo__plan_column(p, e->left, NULL), 0);
}

// ---- default ----
static uint32_t with_default(struct planner *p, const struct expr *e) {
  switch (kind_of(e)) {
    case TYPE_FLAG: {
      const uint32_t a = nuo__plan_flag(p, e->left), b = nuo__plan_flag(p, e->right);
      return nuo__dag_make(p, OPCODE_PDEF, a, b, 0);
    }
    case TYPE_TEXT: {
      const uint32_t a = nuo__plan_value(p, e->left), b = nuo__plan_value(p, e->right);
      return nuo__dag_make(p, OPCODE_XDEF, a, b, 0);
    }
    case TYPE_LIST:
      return nuo__plan_list(p, e, e->type->element);
    default: {
      const uint32_t a = nuo__plan_column(p, e->left, e->type), b = nuo__plan_column(p, e->right, e->type);
      return nuo__dag_make(p, OPCODE_CDEF, a, b, 0);
    }
  }
}

// ---- operators ----
static uint32_t known(struct planner *p, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->ref == REF_PARAMETER) return nuo__plan_parameter_known(p, e->target);
  if (e->ref == REF_FACT) return nuo__plan_fact_holds(p, e);
  const uint32_t value = nuo__plan_value(p, e);
  return value != VALUE_NONE ? nuo__dag_known(p, value) : nuo__dag_plane(p, 0);
}

static uint32_t operator_value(struct planner *p, const struct expr *e) {
  switch (e->op) {
    case OP_or: {
      const uint32_t a = nuo__plan_flag(p, e->left);
      return nuo__dag_or(p, a, nuo__plan_flag(p, e->right));
    }
    case OP_and: {
      const uint32_t a = nuo__plan_flag(p, e->left);
      return nuo__dag_and(p, a, nuo__plan_flag(p, e->right));
    }
    case OP_not:
      return nuo__dag_not(p, nuo__plan_flag(p, e->left));
    case OP_is:
    case OP_is_not:
    case OP_lt:
    case OP_le:
    case OP_gt:
    case OP_ge:
      return nuo__plan_compare(p, e->op, e->left, e->right);
    case OP_missing:
      return nuo__dag_not(p, known(p, e->left));
    case OP_present:
      return known(p, e->left);
    case OP_default:
      return with_default(p, e);
    case OP_neg:
      return negation(p, e);
    case OP_add:
    case OP_sub:
    case OP_mul:
    case OP_div:
      return arithmetic(p, e);
    default:
      return nuo__plan_membership(p, e);
  }
}

static uint32_t native_value(struct planner *p, const struct expr *e) {
  const struct native *native = e->target;
  value_list arguments = {0};
  uint32_t index = 0;
  for (uint32_t i = 0; i < e->items.count; i++) {
    uint32_t value = nuo__plan_value(p, e->items.at[i]);
    if (native->params.at[i]->kind == TYPE_DECIMAL)
      value = nuo__plan_column(p, e->items.at[i], native->params.at[i]);
    VEC_PUSH(p->arena, &arguments, value);
  }
  while (index < p->natives.count && p->natives.at[index] != native) index++;
  if (index == p->natives.count) VEC_PUSH(p->arena, &p->natives, native);
  return nuo__dag_call(p, index, native->result->kind == TYPE_FLAG, &arguments);
}

static uint32_t referenced(struct planner *p, const struct expr *e) {
  switch (e->ref) {
    case REF_FIELD:
      return nuo__dag_field(p, e->target);
    case REF_PARAMETER:
      return nuo__plan_parameter(p, e->target);
    case REF_TABLE:
      return nuo__plan_table(p, e);
    case REF_NATIVE:
      return native_value(p, e);
    case REF_BUILTIN:
      return nuo__plan_builtin(p, e);
    case REF_FACT:
      return nuo__plan_fact(p, e);
    case REF_EACH:
      return nuo__plan_each(p, e->target);
    default:
      return nuo__dag_unknown(p, REG_COLUMN);
  }
}

uint32_t nuo__plan_value(struct planner *p, const struct expr *e) {
  int64_t number;
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_FLAG) return nuo__dag_plane(p, e->number != 0);
  if (e->kind == EXPR_TEXT) return text_literal(p, e);
  if (e->kind == EXPR_SET) return nuo__plan_list(p, e, e->type->element);
  if (e->kind == EXPR_OPERATOR) return operator_value(p, e);
  if (e->kind == EXPR_AGGREGATE) return nuo__plan_aggregate(p, e);
  if (e->kind == EXPR_SINCE) return nuo__plan_since(p, e);
  if (e->ref != REF_PARAMETER && nuo__plan_constant(p, e, &number)) return nuo__dag_number(p, number);
  return referenced(p, e);
}

uint32_t nuo__plan_flag(struct planner *p, const struct expr *e) {
  return nuo__plan_value(p, e);
}
