// SPDX-License-Identifier: Apache-2.0
// Expressions: literals, sets, ranges, templates, and what fits where. Names and calls are check_name.c,
// operators check_operator.c, defines check_define.c. A mistake is reported once: what it touches gets
// TYPE_ERROR, which fits everywhere.
#include "compiler/check.h"
#include "runtime/when.h"
#include "runtime/zone.h"

#define MAX_PERIOD 4000000                        // more than the days between the years 1 and 9999
#define MAX_DURATION_MS INT64_C(315569520000000)  // ten thousand years

static const struct type *error_type(void) {
  return nuo__type_simple(TYPE_ERROR);
}

// ---- fitting ----
static void report_quoted_enumerator(struct checker *c, const struct expr *e, const struct type *want) {
  struct diagnostic *d = REPORT(c, N0413, e->span, TEXT(e->text), nuo__type_arg(c, want));
  if (nuo__enumerator_find(want->enumeration, e->text) >= 0) d->suggestion = e->text;
}

bool nuo__check_fits(struct checker *c, const struct expr *e, const struct type *want) {
  if (nuo__type_fits(e->type, want)) return true;
  const struct diag_arg wanted = nuo__type_arg(c, want), found = nuo__type_arg(c, e->type);
  if (want->kind == TYPE_ENUM && e->kind == EXPR_TEXT)
    report_quoted_enumerator(c, e, want);
  else if ((want->kind == TYPE_DURATION || want->kind == TYPE_INSTANT) && e->type->kind == TYPE_NUMBER)
    REPORT(c, N0410, e->span, wanted);
  else if (want->kind == TYPE_DURATION && e->type->kind == TYPE_PERIOD)
    REPORT0(c, N0404, e->span);
  else
    REPORT(c, N0401, e->span, wanted, found);
  return false;
}

bool nuo__check_expect(struct checker *c, struct expr *e, const struct type *want) {
  nuo__check_expr(c, e, want);
  return nuo__check_fits(c, e, want);
}

void nuo__check_is_condition(struct checker *c, const struct expr *e) {
  if (e->type->kind != TYPE_FLAG && e->type->kind != TYPE_ERROR)
    REPORT(c, N0412, e->span, nuo__type_arg(c, e->type));
}

void nuo__check_condition(struct checker *c, struct expr *e) {
  nuo__check_expr(c, e, nuo__type_simple(TYPE_FLAG));
  nuo__check_is_condition(c, e);
}

// ---- literals ----
static const struct type *check_duration(struct checker *c, const struct expr *e) {
  const bool exact = nuo__unit_ms(e->unit) > 0;
  const int64_t most = exact ? MAX_DURATION_MS / nuo__unit_ms(e->unit) : MAX_PERIOD;
  if (e->number > most || e->number < -most) REPORT0(c, N0435, e->span);
  if (e->unit == UNIT_WORKDAY) nuo__check_has_calendar(c, e->span, PAIR("workdays", "工作日"));
  return nuo__type_simple(exact ? TYPE_DURATION : TYPE_PERIOD);
}

bool nuo__zone_known(struct str name) {
  struct zone_set *set = NULL;
  if (nuo__zone_set_new(NULL, 0, nuo__default_allocator(), &set) != ZONE_OK) return false;
  uint16_t handle;
  const enum zone_status status = nuo__zone_set_find(set, name.at, name.len, &handle);
  nuo__zone_set_free(set);
  return status == ZONE_OK;
}

static const struct type *check_text(struct checker *c, const struct expr *e, const struct type *expected) {
  if (expected == NULL || expected->kind != TYPE_ZONE) return nuo__type_simple(TYPE_TEXT);
  if (!nuo__zone_known(e->text)) REPORT(c, N0438, e->span, TEXT(e->text));
  return expected;
}

static const struct type *check_template(struct checker *c, struct expr *e) {
  for (uint32_t i = 0; i < e->items.count; i++) {
    struct expr *part = e->items.at[i];
    const struct type *type = nuo__check_expr(c, part, NULL);
    if (type->kind != TYPE_ERROR && !nuo__type_in(type, TYPES_SCALAR))
      REPORT(c, N0432, part->span, nuo__type_arg(c, type));
  }
  return nuo__type_simple(TYPE_TEXT);
}

// ---- sets and ranges ----
const struct expr *nuo__expr_peel(const struct expr *e) {
  while (e->expansion != NULL) e = e->expansion;
  return e;
}

// Elements of sets and ends of ranges are known before the first event: constants and parameters. What
// depends on the event is written with `is … or …`.
static bool is_fixed(const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_OPERATOR) return e->op == OP_neg && is_fixed(e->left);
  return e->kind <= EXPR_TEXT || (e->kind >= EXPR_DATE && e->kind <= EXPR_DURATION) ||
         e->kind == EXPR_ERROR || e->ref == REF_ENUMERATOR || e->ref == REF_PARAMETER ||
         e->type->kind == TYPE_ERROR;
}

static const struct type *check_element(struct checker *c, struct expr *e, const struct type *expected) {
  const struct type *type = nuo__check_expr(c, e, expected);
  if (type->kind == TYPE_ERROR) return type;
  if (!nuo__type_in(type, TYPES_SCALAR)) {
    REPORT(c, N0424, e->span, nuo__type_arg(c, type));
    return e->type = error_type();
  }
  if (!is_fixed(e)) REPORT0(c, N0426, e->span);
  return type;
}

static const struct type *element_of(const struct type *expected) {
  return expected != NULL && nuo__type_in(expected, TYPES_SEVERAL) ? expected->element : expected;
}

static const struct type *check_set(struct checker *c, struct expr *e, const struct type *expected) {
  const enum type_kind kind = expected != NULL && expected->kind == TYPE_LIST ? TYPE_LIST : TYPE_SET;
  const struct type *hint = element_of(expected), *element = NULL;
  bool failed = false;
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct type *type = check_element(c, e->items.at[i], hint);
    if (hint == NULL) hint = type;
    if (type->kind == TYPE_ERROR || nuo__type_common(hint, type) == NULL) {
      nuo__check_fits(c, e->items.at[i], hint);
      failed = true;
    } else {
      element = element == NULL ? type : nuo__type_common(element, type);
    }
  }
  if (failed) return error_type();
  if (element == NULL) element = hint;
  if (element != NULL) return nuo__type_of(c, kind, element);
  REPORT0(c, N0425, e->span);
  return error_type();
}

// What an end of a range is on a day, in millionths where the range is of decimals; whether that is known.
static bool end_on(const struct expr *e, const struct type *element, int32_t day, int64_t *out) {
  const struct parameter_value *value = NULL;
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_OPERATOR && e->op == OP_neg)
    return end_on(e->left, element, day, out) && !__builtin_sub_overflow((int64_t)0, *out, out);
  const struct parameter *parameter = e->ref == REF_PARAMETER ? e->target : NULL;
  for (uint32_t i = 0; parameter != NULL && i < parameter->values.count; i++)
    if (parameter->values.at[i].from <= day) value = &parameter->values.at[i];
  if (parameter != NULL && (value == NULL || value->unset)) return false;
  if (value != NULL) e = value->value;
  if (!nuo__type_in(e->type, TYPES_ORDERED) || e->kind == EXPR_OPERATOR) return false;
  *out = nuo__constant_number(e);
  return e->kind != EXPR_NUMBER || element->kind != TYPE_DECIMAL ||
         !__builtin_mul_overflow(*out, 1000000, out);
}

static bool is_empty_on(const struct expr *range, const struct type *element, int32_t day) {
  int64_t from, to;
  if (!end_on(range->left, element, day, &from) || !end_on(range->right, element, day, &to)) return false;
  // 24:00 is the next day's 00:00.
  return element->kind == TYPE_CLOCK ? from == to || from - to == NUO__WHEN_DAY_MS : from >= to;
}

// Whether there is nothing in it on some day on which a value of this end comes into force.
static bool is_empty_since(const struct expr *range, const struct expr *end, const struct type *element) {
  end = nuo__expr_peel(end);
  if (end->ref != REF_PARAMETER) return is_empty_on(range, element, INT32_MAX);
  const struct parameter *parameter = end->target;
  for (uint32_t i = 0; i < parameter->values.count; i++)
    if (is_empty_on(range, element, parameter->values.at[i].from)) return true;
  return false;
}

static void check_range_order(struct checker *c, const struct expr *e, const struct type *element) {
  if (!is_empty_since(e, e->left, element) && !is_empty_since(e, e->right, element)) return;
  nuo__check_report(c, element->kind == TYPE_CLOCK ? DIAG_N0463 : DIAG_N0422, e->span, NULL, 0);
}

static const struct type *check_range(struct checker *c, struct expr *e, const struct type *expected) {
  const struct type *hint = element_of(expected);
  const struct type *from = check_element(c, e->left, hint);
  const struct type *to = check_element(c, e->right, hint);
  if (from->kind == TYPE_ERROR || to->kind == TYPE_ERROR) return error_type();
  const struct type *common = nuo__type_common(from, to);
  if (common == NULL || !nuo__type_in(common, TYPES_ORDERED)) {
    REPORT(c, N0423, e->span, nuo__type_arg(c, from), nuo__type_arg(c, to));
    return error_type();
  }
  check_range_order(c, e, common);
  return nuo__type_of(c, TYPE_RANGE, common);
}

// ---- all kinds ----
static const struct type *misplaced(struct checker *c, const struct expr *e, enum diag_code code) {
  nuo__check_report(c, code, e->span, NULL, 0);
  return error_type();
}

static const struct type *check_kind(struct checker *c, struct expr *e, const struct type *expected) {
  switch (e->kind) {
    case EXPR_FLAG:
      return nuo__type_simple(TYPE_FLAG);
    case EXPR_NUMBER:
      return nuo__type_simple(TYPE_NUMBER);
    case EXPR_DECIMAL:
      return nuo__type_simple(TYPE_DECIMAL);
    case EXPR_TEXT:
      return check_text(c, e, expected);
    case EXPR_TEMPLATE:
      return check_template(c, e);
    case EXPR_REGEX:
      nuo__check_regex(c, e);
      return nuo__type_simple(TYPE_TEXT);
    case EXPR_DATE:
      return nuo__type_simple(TYPE_DATE);
    case EXPR_INSTANT:
      return nuo__type_simple(TYPE_INSTANT);
    case EXPR_CLOCK:
      return nuo__type_simple(TYPE_CLOCK);
    case EXPR_DURATION:
      return check_duration(c, e);
    case EXPR_SET:
      return check_set(c, e, expected);
    case EXPR_RANGE:
      return check_range(c, e, expected);
    case EXPR_PATH:
      return nuo__check_path(c, e, expected);
    case EXPR_CALL:
      return nuo__check_call(c, e, expected);
    case EXPR_OPERATOR:
      return nuo__check_operator(c, e, expected);
    case EXPR_ANY:
      return misplaced(c, e, DIAG_N0613);
    case EXPR_AGGREGATE:
      return nuo__check_aggregate(c, e);
    case EXPR_SINCE:
      return nuo__check_since(c, e);
    case EXPR_ERROR:
      break;
  }
  return error_type();
}

const struct type *nuo__check_too_deep(struct checker *c, struct span span) {
  if (!c->overgrown)
    REPORT(c, N0434, c->use.end != 0 ? c->use : span, nuo__diag_number(c->diags, CHECK_MAX_DEPTH));
  c->overgrown = true;
  return error_type();
}

const struct type *nuo__check_expr(struct checker *c, struct expr *e, const struct type *expected) {
  if (c->depth >= CHECK_MAX_DEPTH) {
    return e->type = nuo__check_too_deep(c, e->span);
  }
  c->depth++;
  c->raw = c->raw && e->kind == EXPR_PATH;
  e->type = check_kind(c, e, expected);
  c->depth--;
  return e->type;
}
