// SPDX-License-Identifier: Apache-2.0
// Operators: what each takes and gives. The right operand is read with the left one's type in mind, so that
// `channel is sms` finds the enumerator. Every refusal says what to write instead. Search in texts is
// check_search.c. Called by check_expr.c.
#include "compiler/check.h"

typedef const struct type type_t;

static type_t *simple(enum type_kind kind) {
  return nuo__type_simple(kind);
}
static bool is_error(type_t *type) {
  return type->kind == TYPE_ERROR;
}

struct diag_arg nuo__operator_arg(enum operator_id op) {
  static const char *const words[][2] = {
#define OPERATOR(id, arity, en, zh) [OP_##id] = {en, zh},
#include "compiler/operators.def"
#undef OPERATOR
  };
  return PAIR(words[op][0], words[op][1]);
}

// `sms is channel`: the operand that means nothing by itself is read after the other one.
static void check_both(struct checker *c, struct expr *e) {
  if (!nuo__name_known(c, e->left) && nuo__name_known(c, e->right)) {
    type_t *right = nuo__check_expr(c, e->right, NULL);
    nuo__check_expr(c, e->left, right);
  } else {
    type_t *left = nuo__check_expr(c, e->left, NULL);
    nuo__check_expr(c, e->right, left);
  }
}

static bool either_failed(const struct expr *e) {
  return is_error(e->left->type) || is_error(e->right->type);
}

// ---- and, or, not ----
// `kind is a or b`: the second half is no condition; the reader meant `kind in {a, b}`.
static bool report_halved_comparison(struct checker *c, const struct expr *e) {
  const struct expr *left = e->left, *right = e->right;
  if (right->kind != EXPR_PATH || right->path.count != 1 || nuo__name_known(c, right)) return false;
  if (left->kind == EXPR_OPERATOR && (left->op == OP_or || left->op == OP_and)) left = left->right;
  if (left->kind != EXPR_OPERATOR || (left->op != OP_is && left->op != OP_is_not)) return false;
  if (left->left->type == NULL || left->left->type->kind != TYPE_ENUM) return false;
  if (nuo__enumerator_find(left->left->type->enumeration, right->path.at[0].text) < 0) return false;
  REPORT(c, N0421, right->span, TEXT(right->path.at[0].text), nuo__operator_arg(e->op));
  return true;
}

static type_t *check_logic(struct checker *c, struct expr *e) {
  nuo__check_expr(c, e->left, simple(TYPE_FLAG));
  type_t *texts = nuo__check_texts(c, e);
  if (texts != NULL) return texts;
  nuo__check_is_condition(c, e->left);
  if (e->right == NULL) return simple(TYPE_FLAG);
  if (report_halved_comparison(c, e))
    e->right->type = simple(TYPE_ERROR);
  else
    nuo__check_condition(c, e->right);
  return simple(TYPE_FLAG);
}

// ---- comparing ----
static bool between(type_t *left, type_t *right, enum type_kind a, enum type_kind b) {
  return (left->kind == a && right->kind == b) || (left->kind == b && right->kind == a);
}

static const struct expr *of_kind(const struct expr *e, enum type_kind kind) {
  return e->left->type->kind == kind ? e->left : e->right;
}

// `right` is the type that the left operand was to have: the right one's, or that of its elements.
static void report_incomparable(struct checker *c, const struct expr *e, type_t *right) {
  type_t *left = e->left->type;
  if (between(left, right, TYPE_DURATION, TYPE_PERIOD))
    REPORT0(c, N0404, e->span);
  else if (between(left, right, TYPE_INSTANT, TYPE_DATE))
    REPORT0(c, N0403, of_kind(e, TYPE_INSTANT)->span);
  else if (between(left, right, TYPE_INSTANT, TYPE_CLOCK))
    REPORT0(c, N0446, of_kind(e, TYPE_INSTANT)->span);
  else if (between(left, right, TYPE_DURATION, TYPE_NUMBER))
    REPORT(c, N0410, of_kind(e, TYPE_NUMBER)->span, nuo__type_arg(c, simple(TYPE_DURATION)));
  else if (between(left, right, TYPE_ENUM, TYPE_TEXT) && of_kind(e, TYPE_TEXT)->kind == EXPR_TEXT)
    nuo__check_fits(c, of_kind(e, TYPE_TEXT), of_kind(e, TYPE_ENUM)->type);
  else
    REPORT(c, N0402, e->span, nuo__type_arg(c, left), nuo__type_arg(c, right));
}

static type_t *check_equal(struct checker *c, struct expr *e) {
  check_both(c, e);
  nuo__check_compared(c, e);
  type_t *left = e->left->type, *right = e->right->type;
  if (either_failed(e)) return simple(TYPE_FLAG);
  if (nuo__type_in(left, TYPES_SEVERAL))
    REPORT(c, N0407, e->left->span, nuo__operator_arg(e->op), nuo__type_arg(c, left));
  else if (nuo__type_in(right, TYPES_SEVERAL))
    REPORT(c, N0405, e->span, nuo__operator_arg(e->op), nuo__type_arg(c, right));
  else if (left->kind == TYPE_PERIOD && right->kind == TYPE_PERIOD)
    REPORT0(c, N0436, e->span);
  else if (nuo__type_common(left, right) == NULL)
    report_incomparable(c, e, right);
  else
    nuo__check_named(c, e);
  return simple(TYPE_FLAG);
}

static type_t *check_order(struct checker *c, struct expr *e) {
  check_both(c, e);
  nuo__check_compared(c, e);
  type_t *left = e->left->type, *right = e->right->type;
  if (either_failed(e)) return simple(TYPE_FLAG);
  if (left->kind == TYPE_PERIOD && right->kind == TYPE_PERIOD)
    REPORT0(c, N0436, e->span);
  else if (nuo__type_common(left, right) == NULL)
    report_incomparable(c, e, right);
  else if (!nuo__type_in(left, TYPES_ORDERED))
    REPORT(c, N0408, e->span, nuo__type_arg(c, left));
  return simple(TYPE_FLAG);
}

// ---- membership ----
static bool is_lexicon(const struct expr *e) {
  return nuo__expr_peel(e)->ref == REF_LEXICON;
}

// Whether a list is known only with the event: a field, or a default of one.
bool nuo__comes_with_event(const struct expr *e) {
  e = nuo__expr_peel(e);
  return e->ref == REF_FIELD || e->kind == EXPR_OPERATOR;
}

// Whether one side is a list of an event's numbers, which stay numbers, and the other one of decimals, which
// has none. `to_decimal`: a literal cannot be read as numbers instead.
static bool mixes_lists(const struct expr *left, const struct expr *right, bool to_decimal) {
  type_t *a = left->type->element, *b = right->type->element;
  if (!between(a, b, TYPE_NUMBER, TYPE_DECIMAL)) return false;
  const struct expr *numbers = a->kind == TYPE_NUMBER ? left : right;
  const struct expr *decimals = a->kind == TYPE_NUMBER ? right : left;
  return nuo__comes_with_event(numbers) && (to_decimal || nuo__comes_with_event(decimals));
}

static type_t *check_in(struct checker *c, struct expr *e) {
  type_t *left = nuo__check_expr(c, e->left, NULL);
  type_t *right = nuo__check_expr(c, e->right, left);
  if (is_error(left) || is_error(right)) return simple(TYPE_FLAG);
  if (nuo__type_in(left, TYPES_SEVERAL)) {
    REPORT(c, N0407, e->left->span, nuo__operator_arg(e->op), nuo__type_arg(c, left));
  } else if (!nuo__type_in(right, TYPES_SEVERAL)) {
    REPORT(c, N0406, e->right->span, nuo__type_arg(c, right));
  } else if (nuo__type_common(left, right->element) == NULL) {
    report_incomparable(c, e, right->element);
  } else {
    nuo__check_named(c, e);
  }
  return simple(TYPE_FLAG);
}

static type_t *check_sets(struct checker *c, struct expr *e) {
  type_t *left = nuo__check_expr(c, e->left, NULL);
  type_t *hint = nuo__type_in(left, TYPES_SEVERAL) ? left->element : NULL;
  type_t *right = nuo__check_expr(c, e->right, hint);
  if (is_error(left) || is_error(right)) return simple(TYPE_FLAG);
  if (left->kind != TYPE_LIST && left->kind != TYPE_SET)
    REPORT(c, N0417, e->left->span, nuo__operator_arg(e->op), nuo__type_arg(c, left));
  else if (is_lexicon(e->right) || (right->kind != TYPE_SET && right->kind != TYPE_LIST))
    REPORT(c, N0418, e->right->span, nuo__operator_arg(e->op), nuo__type_arg(c, right));
  else if (nuo__type_common(left->element, right->element) == NULL)
    REPORT(c, N0402, e->span, nuo__type_arg(c, left->element), nuo__type_arg(c, right->element));
  else if (mixes_lists(e->left, e->right, false))
    REPORT0(c, N0448, e->span);
  return simple(TYPE_FLAG);
}

// ---- what is missing ----
static bool any_may_be_missing(const expr_list *items);

// The optional field is the usual reason.
bool nuo__may_be_missing(const struct expr *e) {
  if (e == NULL) return false;
  e = nuo__expr_peel(e);
  if (e->ref == REF_FIELD) return ((const struct field *)e->target)->optional;
  if (e->ref == REF_PARAMETER) {
    const struct parameter *parameter = e->target;
    for (uint32_t i = 0; i < parameter->values.count; i++)
      if (parameter->values.at[i].unset) return true;
    return parameter->values.count == 0 || parameter->values.at[0].from != INT32_MIN;
  }
  if (e->ref == REF_BUILTIN)
    return e->builtin == BUILTIN_is_workday || e->builtin == BUILTIN_years_since ||
           any_may_be_missing(&e->items);
  if (e->kind == EXPR_CALL || e->kind == EXPR_AGGREGATE || e->kind == EXPR_SINCE) return true;
  if (e->kind != EXPR_OPERATOR) return false;
  if (e->op == OP_missing || e->op == OP_present) return false;
  if (e->op == OP_default) return nuo__may_be_missing(e->right);
  return (e->op >= OP_add && e->op <= OP_neg) || nuo__may_be_missing(e->left) ||
         nuo__may_be_missing(e->right);
}

static bool any_may_be_missing(const expr_list *items) {
  for (uint32_t i = 0; i < items->count; i++)
    if (nuo__may_be_missing(items->at[i])) return true;
  return false;
}

static struct diag_arg written(struct checker *c, const struct expr *e) {
  if (e->kind == EXPR_PATH) return TEXT(nuo__path_text(c, &e->path));
  return PAIR("this value", "此值");
}

// Whether a parameter has been filled in may be asked of one that has: it is a blank in other copies of the
// text.
static bool is_parameter(const struct expr *e) {
  return nuo__expr_peel(e)->ref == REF_PARAMETER;
}

const struct type *nuo__check_raw(struct checker *c, struct expr *e, const struct type *expected) {
  c->raw = true;
  type_t *type = nuo__check_expr(c, e, expected);
  c->raw = false;
  return type;
}

static type_t *check_presence(struct checker *c, struct expr *e) {
  type_t *type = nuo__check_raw(c, e->left, NULL);
  if (is_error(type)) return simple(TYPE_FLAG);
  if (!nuo__type_in(type, TYPES_SCALAR | BIT(TYPE_LIST)))
    REPORT(c, N0401, e->left->span, PAIR("single value or list", "单个值或列表"), nuo__type_arg(c, type));
  else if (!nuo__may_be_missing(e->left) && !is_parameter(e->left))
    REPORT(c, N0427, e->span, written(c, e->left));
  return simple(TYPE_FLAG);
}

static type_t *check_default(struct checker *c, struct expr *e, type_t *expected) {
  type_t *left = nuo__check_raw(c, e->left, expected);
  type_t *right = nuo__check_expr(c, e->right, is_error(left) ? expected : left);
  if (is_error(left)) return right;
  if (is_error(right)) return left;
  if (!nuo__type_in(left, TYPES_SCALAR | BIT(TYPE_LIST))) {
    REPORT(c, N0401, e->left->span, PAIR("single value or list", "单个值或列表"), nuo__type_arg(c, left));
    return simple(TYPE_ERROR);
  }
  type_t *common = nuo__type_common(left, right);
  if (common == NULL) {
    nuo__check_fits(c, e->right, left);
    return left;
  }
  if (common->kind == TYPE_LIST && mixes_lists(e->left, e->right, true)) {
    REPORT0(c, N0448, e->span);
    return simple(TYPE_ERROR);
  }
  if (!nuo__may_be_missing(e->left) && !is_parameter(e->left)) REPORT(c, N0428, e->span, written(c, e->left));
  return common;
}

// ---- arithmetic ----
#define NUMERIC (BIT(TYPE_NUMBER) | BIT(TYPE_DECIMAL))

static const struct {
  enum operator_id op;
  uint32_t left, right;
  enum type_kind result;  // TYPE_ERROR: the common type of the two
} sums[] = {
    {OP_add, NUMERIC, NUMERIC, TYPE_ERROR},
    {OP_sub, NUMERIC, NUMERIC, TYPE_ERROR},
    {OP_mul, NUMERIC, NUMERIC, TYPE_ERROR},
    {OP_div, NUMERIC, NUMERIC, TYPE_DECIMAL},
    {OP_add, BIT(TYPE_INSTANT), BIT(TYPE_DURATION) | BIT(TYPE_PERIOD), TYPE_INSTANT},
    {OP_sub, BIT(TYPE_INSTANT), BIT(TYPE_DURATION) | BIT(TYPE_PERIOD), TYPE_INSTANT},
    {OP_sub, BIT(TYPE_INSTANT), BIT(TYPE_INSTANT), TYPE_DURATION},
    {OP_add, BIT(TYPE_DATE), BIT(TYPE_PERIOD), TYPE_DATE},
    {OP_sub, BIT(TYPE_DATE), BIT(TYPE_PERIOD), TYPE_DATE},
    {OP_sub, BIT(TYPE_DATE), BIT(TYPE_DATE), TYPE_NUMBER},
    {OP_add, BIT(TYPE_DURATION), BIT(TYPE_DURATION), TYPE_DURATION},
    {OP_sub, BIT(TYPE_DURATION), BIT(TYPE_DURATION), TYPE_DURATION},
    {OP_mul, BIT(TYPE_DURATION), BIT(TYPE_NUMBER), TYPE_DURATION},
    {OP_mul, BIT(TYPE_NUMBER), BIT(TYPE_DURATION), TYPE_DURATION},
};

static type_t *sum_type(enum operator_id op, type_t *left, type_t *right) {
  for (size_t i = 0; i < sizeof sums / sizeof *sums; i++) {
    if (sums[i].op != op || !nuo__type_in(left, sums[i].left) || !nuo__type_in(right, sums[i].right))
      continue;
    return sums[i].result == TYPE_ERROR ? nuo__type_common(left, right) : simple(sums[i].result);
  }
  return NULL;
}

static void report_arithmetic(struct checker *c, const struct expr *e) {
  type_t *left = e->left->type, *right = e->right->type;
  const uint32_t times = BIT(TYPE_INSTANT) | BIT(TYPE_DATE) | BIT(TYPE_DURATION);
  if (e->op == OP_sub && left->kind == TYPE_CLOCK && right->kind == TYPE_CLOCK)
    REPORT(c, N0203, e->span, nuo__operator_arg(e->op), nuo__diag_pair("..", ".."));
  else if (e->op == OP_add && left->kind == TYPE_TEXT)
    REPORT0(c, N0411, e->span);
  else if (nuo__type_in(left, times) && nuo__type_in(right, NUMERIC) && e->op <= OP_sub)
    REPORT(c, N0410, e->right->span, nuo__type_arg(c, left));
  else if (left->kind == TYPE_DATE && right->kind == TYPE_DURATION)
    REPORT0(c, N0442, e->span);
  else if (between(left, right, TYPE_INSTANT, TYPE_DATE))
    REPORT0(c, N0403, of_kind(e, TYPE_INSTANT)->span);
  else if (between(left, right, TYPE_DURATION, TYPE_PERIOD))
    REPORT0(c, N0404, e->span);
  else if (left->kind == TYPE_PERIOD || right->kind == TYPE_PERIOD)
    REPORT0(c, N0436, e->span);
  else
    REPORT(c, N0409, e->span, nuo__operator_arg(e->op), nuo__type_arg(c, left), nuo__type_arg(c, right));
}

static type_t *check_arithmetic(struct checker *c, struct expr *e) {
  type_t *left = nuo__check_expr(c, e->left, NULL);
  type_t *right = nuo__check_expr(c, e->right, NULL);
  if (is_error(left) || is_error(right)) return simple(TYPE_ERROR);
  type_t *result = sum_type(e->op, left, right);
  if (result != NULL) return result;
  report_arithmetic(c, e);
  return simple(TYPE_ERROR);
}

static type_t *check_negation(struct checker *c, struct expr *e) {
  type_t *type = nuo__check_expr(c, e->left, NULL);
  if (is_error(type) || nuo__type_in(type, NUMERIC | BIT(TYPE_DURATION))) return type;
  REPORT(c, N0443, e->span, nuo__type_arg(c, type));
  return simple(TYPE_ERROR);
}

// ---- all of them ----
// A test without its left operand (`< 5`) belongs into a key column of a table, where check_table.c reads it.
const struct type *nuo__check_operator(struct checker *c, struct expr *e, const struct type *expected) {
  if (e->left == NULL) {
    REPORT0(c, N0613, e->span);
    return simple(TYPE_ERROR);
  }
  switch (e->op) {
    case OP_or:
    case OP_and:
    case OP_not:
      return check_logic(c, e);
    case OP_is:
    case OP_is_not:
      return check_equal(c, e);
    case OP_in:
    case OP_not_in:
      return check_in(c, e);
    case OP_contains:
    case OP_contains_any:
    case OP_contains_all:
    case OP_starts:
    case OP_starts_any:
    case OP_ends:
    case OP_ends_any:
    case OP_matches:
      return nuo__check_search(c, e);
    case OP_any_in:
    case OP_all_in:
    case OP_none_in:
    case OP_subset:
      return check_sets(c, e);
    case OP_lt:
    case OP_le:
    case OP_gt:
    case OP_ge:
      return check_order(c, e);
    case OP_missing:
    case OP_present:
      return check_presence(c, e);
    case OP_default:
      return check_default(c, e, expected);
    case OP_neg:
      return check_negation(c, e);
    default:
      return check_arithmetic(c, e);
  }
}
