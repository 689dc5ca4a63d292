// SPDX-License-Identifier: Apache-2.0
// What an expression is for one event: the truth tables, comparison, membership. Straight recursion over the
// checked tree; nothing is remembered between calls. Text is eval_text.c, arithmetic and time eval_value.c,
// tables eval_table.c.
#include <string.h>

#include "tests/oracle/memory.h"

// ---- values ----
struct value value_unknown(const struct type *type) {
  return (struct value){.type = type};
}

struct value value_of(const struct type *type, int64_t number) {
  return (struct value){.type = type, .known = true, .number = number};
}

static struct value flag_of(bool truth) {
  return value_of(nuo__type_simple(TYPE_FLAG), truth);
}
static struct value flag_unknown(void) {
  return value_unknown(nuo__type_simple(TYPE_FLAG));
}

bool value_true(const struct value *v) {
  return v->known && v->number != 0;
}
bool value_false(const struct value *v) {
  return v->known && v->number == 0;
}

const struct expr *expr_peel(const struct expr *e) {
  while (e->ref == REF_DEFINE && e->expansion != NULL) e = e->expansion;
  return e;
}

// ---- constants and names ----
static int64_t begins(const struct oracle *o, int32_t date) {
  int64_t ms;
  if (date == INT32_MIN) return INT64_MIN;
  return nuo__zone_instant(o->policy_zone, date, 0, &ms) ? ms : INT64_MAX;
}

static const struct parameter_value *parameter_now(const struct oracle *o,
                                                   const struct parameter *parameter) {
  const struct parameter_value *now = NULL;
  const int64_t time = o->law == NULL ? o->time : o->law->number;
  for (uint32_t i = 0; i < parameter->values.count; i++)
    if (time >= begins(o, parameter->values.at[i].from)) now = &parameter->values.at[i];
  return now == NULL || now->unset ? NULL : now;
}

static struct value eval_parameter(struct oracle *o, const struct expr *e) {
  const struct parameter *parameter = e->target;
  const struct parameter_value *now = parameter_now(o, parameter);
  if (now != NULL) {
    struct value v = eval(o, now->value);
    v.type = parameter->type;
    return v;
  }
  struct value v = value_unknown(parameter->type);
  v.has_own = true;
  v.own = (struct reason){NUO_REASON_UNSET, parameter->names.en};
  return v;
}

bool is_certainty(const struct field *field) {
  return field->event->origin == EVENT_DUTY && nuo__str_is(field->path, "calendar");
}

static struct value eval_field(const struct oracle *o, const struct expr *e) {
  const struct field *field = e->target;
  struct value v = o->fields[field->index];
  if (v.known) return v;
  v.has_own = true;
  v.own = (struct reason){NUO_REASON_MISSING, field->path};
  if (is_certainty(field))
    v.own = (struct reason){o->program->calendar != NULL ? NUO_REASON_CALENDAR : NUO_REASON_DATE, STR("")};
  return v;
}

static struct value eval_lexicon(struct oracle *o, const struct expr *e) {
  const struct lexicon *lexicon = e->target;
  struct value v = {.type = e->type, .known = true, .count = lexicon->entries.count};
  v.items = nuo__arena_alloc(o->arena, (v.count + 1) * sizeof *v.items);
  for (uint32_t i = 0; i < v.count; i++)
    v.items[i] = (struct value){.type = e->type->element, .known = true, .text = lexicon->entries.at[i]};
  return v;
}

// ---- what is remembered ----
static struct value no_fact(const struct expr *call, const struct type *type) {
  struct value v = value_unknown(type);
  v.has_own = true;
  v.own = (struct reason){NUO_REASON_NO_FACT, ((const struct fact *)call->target)->names.en};
  return v;
}

// Whether it holds, or its value.
static struct value eval_fact(struct oracle *o, const struct expr *call) {
  const struct fact *fact = call->target;
  struct holding holding;
  if (!fact_holding(o, call, &holding)) return no_fact(call, call->type);
  if (fact->type == NULL) return flag_of(holding.holds);
  return holding.holds ? holding.value : no_fact(call, call->type);
}

static struct value eval_since(struct oracle *o, const struct expr *e) {
  const struct expr *call = expr_peel(e->left);
  struct holding holding;
  if (!fact_holding(o, call, &holding) || !holding.holds) return no_fact(call, e->type);
  return value_of(e->type, holding.since);
}

static struct value eval_aggregate(struct oracle *o, const struct expr *e) {
  struct value v = value_unknown(e->type);
  time_list times = {0};
  if (e->aggregate->kind != AGGREGATE_ELAPSED) return aggregate_value(o, e, NULL);
  if (counted_times(o, e->counter, &e->items, NULL, &times) && times.count > 0)
    return value_of(e->type, o->time - times.at[times.count - 1]);
  v.has_own = true;
  v.own = (struct reason){NUO_REASON_NO_EVENT, e->counter->label};
  return v;
}

static struct value eval_name(struct oracle *o, const struct expr *e) {
  switch (e->ref) {
    case REF_FIELD:
      return eval_field(o, e);
    case REF_PARAMETER:
      return eval_parameter(o, e);
    case REF_ENUMERATOR:
      return value_of(e->type, e->number);
    case REF_LEXICON:
      return eval_lexicon(o, e);
    case REF_BUILTIN:
      return eval_builtin(o, e);
    case REF_TABLE:
      return eval_table(o, e);
    case REF_FACT:
      return eval_fact(o, e);
    case REF_EACH:
      return *o->each;
    default:
      return value_unknown(e->type);
  }
}

// Known as a whole when every element is; an unknown element (a blank parameter) stays one.
// What stands in a set twice is in it once.
static struct value eval_set(struct oracle *o, const struct expr *e) {
  struct value v = {.type = e->type, .known = true};
  v.items = nuo__arena_alloc(o->arena, (e->items.count + 1) * sizeof *v.items);
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct value item = eval(o, e->items.at[i]);
    uint32_t k = 0;
    while (k < v.count && !(item.known && v.items[k].known && same_value(&v.items[k], &item))) k++;
    if (k == v.count) v.items[v.count++] = item;
    v.known = v.known && item.known;
  }
  return v;
}

// Only whether its ends are known counts; who asks looks at the ends.
static struct value eval_range(struct oracle *o, const struct expr *e) {
  const struct value low = eval(o, e->left), high = eval(o, e->right);
  return low.known && high.known ? value_of(e->type, 0) : value_unknown(e->type);
}

// ---- and, or, not ----
static struct value eval_and(struct oracle *o, const struct expr *e) {
  const struct value a = eval(o, e->left), b = eval(o, e->right);
  if (value_false(&a) || value_false(&b))
    return o->flipped && !(a.known && b.known) ? flag_unknown() : flag_of(false);
  return value_true(&a) && value_true(&b) ? flag_of(true) : flag_unknown();
}

static struct value eval_or(struct oracle *o, const struct expr *e) {
  const struct value a = eval(o, e->left), b = eval(o, e->right);
  if (value_true(&a) || value_true(&b)) return flag_of(true);
  return value_false(&a) && value_false(&b) ? flag_of(false) : flag_unknown();
}

static struct value negate(struct value v) {
  if (v.known) v.number = !v.number;
  return v;
}

// ---- comparing ----
static bool is_text(const struct value *v) {
  return v->type->kind == TYPE_TEXT || v->type->kind == TYPE_ZONE;
}

// Two known values of a common type.
bool same_value(const struct value *a, const struct value *b) {
  if (is_text(a)) return nuo__str_equal(a->text, b->text);
  return a->number == b->number;
}

// Numbers beside a decimal count as decimals.
static void to_common(struct value *a, struct value *b) {
  if (a->type->kind == TYPE_NUMBER && b->type->kind == TYPE_DECIMAL) *a = as_decimal(*a);
  if (a->type->kind == TYPE_DECIMAL && b->type->kind == TYPE_NUMBER) *b = as_decimal(*b);
}

static struct value same(struct value a, struct value b) {
  to_common(&a, &b);
  return a.known && b.known ? flag_of(same_value(&a, &b)) : flag_unknown();
}

// Two known sides can be incomparable only when one is too large for a decimal.
static struct value unless_too_large(const struct expr *e, bool known, struct value v) {
  if (v.known || !known) return v;
  v.has_own = true;
  v.own = (struct reason){NUO_REASON_OVERFLOW, operator_name(e->op)};
  return v;
}

static struct value eval_same(struct oracle *o, const struct expr *e) {
  const struct value a = eval(o, e->left), b = eval(o, e->right);
  return unless_too_large(e, a.known && b.known, same(a, b));
}

static struct value eval_order(struct oracle *o, const struct expr *e) {
  struct value a = eval(o, e->left), b = eval(o, e->right);
  const bool known = a.known && b.known;
  to_common(&a, &b);
  if (!a.known || !b.known) return unless_too_large(e, known, flag_unknown());
  switch (e->op) {
    case OP_lt:
      return flag_of(a.number < b.number);
    case OP_le:
      return flag_of(a.number <= b.number);
    case OP_gt:
      return flag_of(a.number > b.number);
    default:
      return flag_of(a.number >= b.number);
  }
}

// ---- membership ----
// Half-open; a range of clock times may pass midnight.
bool in_range(const struct value *v, const struct value *low, const struct value *high) {
  if (v->type->kind == TYPE_CLOCK && low->number > high->number)
    return v->number >= low->number || v->number < high->number;
  return low->number <= v->number && v->number < high->number;
}

static const struct expr *range_of(struct oracle *o, const struct expr *e) {
  e = expr_peel(e);
  if (e->ref == REF_PARAMETER) {
    const struct parameter_value *now = parameter_now(o, e->target);
    return now == NULL ? NULL : now->value;
  }
  return e;
}

static struct value eval_in_range(struct oracle *o, const struct expr *left, const struct expr *right) {
  struct value v = eval(o, left);
  const struct expr *range = range_of(o, right);
  if (range == NULL) return flag_unknown();
  struct value low = eval(o, range->left), high = eval(o, range->right);
  to_common(&v, &low);
  to_common(&v, &high);
  to_common(&v, &low);
  if (!v.known || !low.known || !high.known) return flag_unknown();
  return flag_of(in_range(&v, &low, &high));
}

// The value is one of the elements: `is a or is b or …`.
static struct value one_of(const struct value *v, const struct value *set) {
  if (!v->known || (!set->known && set->items == NULL)) return flag_unknown();
  bool unknown = false;
  for (uint32_t i = 0; i < set->count; i++) {
    const struct value one = same(*v, set->items[i]);
    if (value_true(&one)) return one;
    unknown |= !set->items[i].known;
  }
  if (v->type->kind == TYPE_NUMBER && set->type->element->kind == TYPE_DECIMAL)
    unknown |= !as_decimal(*v).known;
  return unknown ? flag_unknown() : flag_of(false);
}

static struct value eval_in(struct oracle *o, const struct expr *left, const struct expr *right) {
  if (right->type->kind == TYPE_RANGE) return eval_in_range(o, left, right);
  const struct value v = eval(o, left), set = eval(o, right);
  return one_of(&v, &set);
}

// Some element is in the other (`any`), or every one is.
static struct value quantify(struct oracle *o, const struct expr *e, bool any) {
  const struct value a = eval(o, e->left), b = eval(o, e->right);
  if ((!a.known && a.items == NULL) || (!b.known && b.items == NULL)) return flag_unknown();
  bool unknown = any && !b.known;  // what is in a set with a blank is not told by an empty list
  for (uint32_t i = 0; i < a.count; i++) {
    const struct value one = one_of(&a.items[i], &b);
    if (any ? value_true(&one) : value_false(&one)) return flag_of(any);
    unknown |= !one.known;
  }
  return unknown ? flag_unknown() : flag_of(!any);
}

static struct value eval_contains(struct oracle *o, const struct expr *e) {
  if (e->left->type->kind == TYPE_TEXT) return eval_text_operator(o, e);
  return eval_in(o, e->right, e->left);
}

// ---- missing ----
// A fact is present when it holds; for whom nobody knows, nobody knows.
static struct value eval_presence(struct oracle *o, const struct expr *e) {
  const struct expr *left = expr_peel(e->left);
  struct holding holding;
  if (left->ref == REF_FACT) {
    if (!fact_holding(o, left, &holding)) return flag_unknown();
    return flag_of(holding.holds == (e->op == OP_present));
  }
  const struct value v = eval(o, left);
  return flag_of(v.known == (e->op == OP_present));
}

static struct value eval_default(struct oracle *o, const struct expr *e) {
  struct value a = eval(o, e->left), b = eval(o, e->right);
  to_common(&a, &b);
  if (a.known) return a;
  b.has_own = false;
  return b;
}

static struct value eval_operator(struct oracle *o, const struct expr *e) {
  switch (e->op) {
    case OP_or:
      return eval_or(o, e);
    case OP_and:
      return eval_and(o, e);
    case OP_not:
      return negate(eval(o, e->left));
    case OP_is:
      return eval_same(o, e);
    case OP_is_not:
      return negate(eval_same(o, e));
    case OP_in:
      return eval_in(o, e->left, e->right);
    case OP_not_in:
      return negate(eval_in(o, e->left, e->right));
    case OP_contains:
      return eval_contains(o, e);
    case OP_any_in:
      return quantify(o, e, true);
    case OP_all_in:
    case OP_subset:
      return quantify(o, e, false);
    case OP_none_in:
      return negate(quantify(o, e, true));
    case OP_contains_any:
    case OP_starts:
    case OP_ends:
    case OP_starts_any:
    case OP_ends_any:
    case OP_matches:
      return eval_text_operator(o, e);
    case OP_lt:
    case OP_le:
    case OP_gt:
    case OP_ge:
      return eval_order(o, e);
    case OP_missing:
    case OP_present:
      return eval_presence(o, e);
    case OP_default:
      return eval_default(o, e);
    case OP_neg:
      return eval_negation(o, e);
    default:
      return eval_arithmetic(o, e);
  }
}

struct value eval(struct oracle *o, const struct expr *e) {
  e = expr_peel(e);
  switch (e->kind) {
    case EXPR_FLAG:
    case EXPR_NUMBER:
    case EXPR_DECIMAL:
    case EXPR_DATE:
    case EXPR_INSTANT:
    case EXPR_CLOCK:
      return value_of(e->type, e->number);
    case EXPR_DURATION:
      return value_of(e->type, duration_ms(e->number, e->unit));
    case EXPR_TEXT:
    case EXPR_REGEX:
      return (struct value){.type = e->type, .known = true, .text = e->text};
    case EXPR_SET:
      return eval_set(o, e);
    case EXPR_RANGE:
      return eval_range(o, e);
    case EXPR_PATH:
    case EXPR_CALL:
      return eval_name(o, e);
    case EXPR_OPERATOR:
      return eval_operator(o, e);
    case EXPR_SINCE:
      return eval_since(o, e);
    case EXPR_AGGREGATE:
      return eval_aggregate(o, e);
    default:
      return value_unknown(e->type);
  }
}

// ---- operands ----
static void push_all(struct oracle *o, expr_list *to, const expr_list *from) {
  for (uint32_t i = 0; i < from->count; i++) VEC_PUSH(o->arena, to, from->at[i]);
}

// The parts of a set or a range are operands of the operation that uses it.
static void push_operand(struct oracle *o, expr_list *to, struct expr *e) {
  const struct expr *peeled = expr_peel(e);
  if (peeled->kind == EXPR_SET) {
    push_all(o, to, &peeled->items);
  } else if (peeled->kind == EXPR_RANGE) {
    VEC_PUSH(o->arena, to, peeled->left);
    VEC_PUSH(o->arena, to, peeled->right);
  } else {
    VEC_PUSH(o->arena, to, e);
  }
}

expr_list expr_operands(struct oracle *o, const struct expr *e) {
  expr_list operands = {0};
  if (e->kind == EXPR_SINCE) return expr_peel(e->left)->items;
  if (e->left != NULL) push_operand(o, &operands, e->left);
  if (e->right != NULL) push_operand(o, &operands, e->right);
  push_all(o, &operands, &e->items);
  return operands;
}
