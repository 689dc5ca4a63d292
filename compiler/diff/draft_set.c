// SPDX-License-Identifier: Apache-2.0
// Giving an expression a value, by way of the fields that it is made of.
#include "compiler/diff/draft.h"
#include "runtime/when.h"

#define DAY_MS (24 * 3600000LL)

// ---- fields ----

static struct expr *converted(struct scene *s, const struct type *type, const struct expr *value);

static struct expr *converted_list(struct scene *s, const struct type *type, const struct expr *value) {
  struct expr *list = ARENA_NEW(s->m->arena, struct expr);
  if (value->kind != EXPR_SET) return NULL;
  *list = (struct expr){.kind = EXPR_SET, .type = type};
  for (uint32_t i = 0; i < value->items.count; i++) {
    struct expr *item = converted(s, type->element, nuo__expr_peel(value->items.at[i]));
    if (item == NULL) return NULL;
    VEC_PUSH(s->m->arena, &list->items, item);
  }
  return list;
}

// As a constant of the field's type; NULL when it is none.
static struct expr *converted(struct scene *s, const struct type *type, const struct expr *value) {
  if (type->kind == TYPE_ENUM) {
    if (value->ref != REF_ENUMERATOR) return NULL;
    const struct str name = value->type->enumeration->items.at[value->number].names.en;
    for (uint32_t i = 0; i < type->enumeration->items.count; i++)
      if (nuo__str_equal(type->enumeration->items.at[i].names.en, name))
        return nuo__draft_constant(s->m, type, i);
    return NULL;
  }
  if (type->kind == TYPE_TEXT || type->kind == TYPE_ZONE)
    return value->kind == EXPR_TEXT ? nuo__draft_text(s->m, type, value->text) : NULL;
  if (type->kind == TYPE_LIST) return converted_list(s, type, value);
  if (value->kind == EXPR_TEXT || value->kind == EXPR_SET || value->ref == REF_ENUMERATOR) return NULL;
  int64_t number = value->number;
  if (value->kind == EXPR_DURATION) number *= nuo__unit_ms(value->unit);
  if (type->kind == TYPE_DECIMAL && value->kind == EXPR_NUMBER) number *= 1000000;
  if (type->kind == TYPE_NUMBER && value->kind == EXPR_DECIMAL) number /= 1000000;
  return nuo__draft_constant(s->m, type, number);
}

static bool set_field(struct scene *s, const struct field *wanted, const struct expr *value) {
  const struct field *field = nuo__draft_field(s, wanted);
  if (field == NULL || s->at->pinned[field->index]) return false;
  struct expr *constant = converted(s, field->type, value);
  if (constant == NULL || (field == s->at->event->zone)) return false;
  if (field->type->kind == TYPE_INSTANT && !nuo__when_is_instant(constant->number)) return false;
  if (field->type->kind == TYPE_DATE && !nuo__when_is_date(constant->number)) return false;
  s->at->values[field->index] = constant;
  return true;
}

// ---- functions ----

static bool set_instant(struct scene *s, const struct expr *e, int32_t date, int64_t clock) {
  int64_t time;
  return nuo__draft_instant(s, date, clock, &time) &&
         nuo__draft_set(s, e, nuo__draft_constant(s->m, nuo__type_simple(TYPE_INSTANT), time));
}

// The instant's own date and clock, or noon of the maker's day.
static void local_of(struct scene *s, const struct expr *instant, int32_t *date, int32_t *clock) {
  const struct expr *now = nuo__draft_value(s, instant);
  *date = s->m->day;
  *clock = (int32_t)(DAY_MS / 2);
  if (now != NULL) nuo__draft_local(s, now->number, date, clock);
}

static bool set_age(struct scene *s, const struct expr *date, int64_t years) {
  int32_t today, clock, born;
  if (!nuo__draft_local(s, nuo__draft_time(s->at), &today, &clock)) return false;
  if (years < 0 || years > 150 || !nuo__when_add_months(today, (int32_t)(-12 * years), &born)) return false;
  if (nuo__maker_chance(s->m, 50)) born -= (int32_t)nuo__maker_below(s->m, 300);
  return nuo__draft_set(s, date, nuo__draft_constant(s->m, nuo__type_simple(TYPE_DATE), born));
}

static bool set_length(struct scene *s, const struct expr *text, int64_t length) {
  char letters[2000];
  if (length < 0 || length > (int64_t)sizeof letters) return false;
  for (int64_t i = 0; i < length; i++) letters[i] = 'x';
  const struct str made = nuo__arena_copy(s->m->arena, letters, (size_t)length);
  return nuo__draft_set(s, text, nuo__draft_text(s->m, nuo__type_simple(TYPE_TEXT), made));
}

static bool set_size(struct scene *s, const struct expr *list, int64_t size) {
  const struct type *type = nuo__expr_peel(list)->type;
  struct expr *made = ARENA_NEW(s->m->arena, struct expr);
  *made = (struct expr){.kind = EXPR_SET, .type = type};
  if (size < 0 || size > 100) return false;
  for (int64_t i = 0; i < size; i++) VEC_PUSH(s->m->arena, &made->items, nuo__draft_any(s, type->element));
  return nuo__draft_set(s, list, made);
}

static bool set_builtin(struct scene *s, const struct expr *e, const struct expr *value) {
  const struct expr *of = e->items.at[0];
  int32_t date, clock;
  switch (e->builtin) {
    case BUILTIN_clock:
      local_of(s, of, &date, &clock);
      return set_instant(s, of, date, value->number);
    case BUILTIN_date:
      local_of(s, of, &date, &clock);
      return set_instant(s, of, (int32_t)value->number, clock);
    case BUILTIN_weekday:
      local_of(s, of, &date, &clock);
      return set_instant(s, of, date + (int32_t)value->number - nuo__when_weekday(date), clock);
    case BUILTIN_is_workday:
      local_of(s, of, &date, &clock);
      return set_instant(s, of, date + (int32_t)nuo__maker_below(s->m, 7), clock);
    case BUILTIN_years_since:
      return set_age(s, of, value->number);
    case BUILTIN_length:
      return set_length(s, of, value->number);
    case BUILTIN_size:
      return set_size(s, of, value->number);
    default:  // least, greatest
      return nuo__draft_set(s, e->items.at[nuo__maker_below(s->m, e->items.count)], value);
  }
}

// ---- tables ----

static bool meet_cell(struct scene *s, const struct expr *key, const struct cell *cell) {
  switch (cell->kind) {
    case CELL_ANY:  // what other rows say of it may be in the way
      if (nuo__maker_chance(s->m, 50)) nuo__draft_set(s, key, nuo__draft_any(s, nuo__expr_peel(key)->type));
      return true;
    case CELL_MISSING:
      return nuo__draft_clear(s, key);
    case CELL_PRESENT:
      return nuo__draft_ensure(s, key);
    case CELL_IN:
      return nuo__draft_in(s, key, cell->value, true);
    case CELL_EQUAL:
      return nuo__draft_compare(s, OP_is, key, cell->value);
    default:
      return nuo__draft_compare(s, cell->op, key, cell->value);
  }
}

static bool same_constant(const struct expr *a, const struct expr *b) {
  a = nuo__expr_peel(a);
  b = nuo__expr_peel(b);
  if (a->kind == EXPR_TEXT || b->kind == EXPR_TEXT)
    return a->kind == b->kind && nuo__str_equal(a->text, b->text);
  if (a->ref == REF_ENUMERATOR && b->ref == REF_ENUMERATOR)
    return nuo__str_equal(a->type->enumeration->items.at[a->number].names.en,
                          b->type->enumeration->items.at[b->number].names.en);
  return a->kind == b->kind && a->number == b->number;
}

static bool set_table(struct scene *s, const struct expr *call, const struct expr *value) {
  const struct table *table = call->target;
  const uint32_t first = nuo__maker_below(s->m, table->rows.count);
  for (uint32_t i = 0; i < table->rows.count; i++) {
    const struct model_row *row = &table->rows.at[(first + i) % table->rows.count];
    if (!same_constant(row->result, value)) continue;
    bool met = true;
    for (uint32_t k = 0; k < table->keys; k++) met = meet_cell(s, call->items.at[k], &row->cells[k]) && met;
    if (met) return true;
  }
  return false;
}

// ---- calculations ----

static int64_t days_of(const struct expr *period) {
  static const int64_t days[] = {[UNIT_DAY] = 1,    [UNIT_WORKDAY] = 1,  [UNIT_WEEK] = 7,
                                 [UNIT_MONTH] = 30, [UNIT_QUARTER] = 91, [UNIT_YEAR] = 365};
  return period->unit < UNIT_DAY ? 0 : period->number * days[period->unit];
}

// a + b is the value: a is less by b.
static bool set_sum(struct scene *s, const struct expr *e, const struct expr *value) {
  const struct expr *right = nuo__draft_value(s, e->right);
  const enum type_kind kind = e->left->type->kind;
  if (right == NULL || value->kind == EXPR_TEXT || kind != e->type->kind) return false;
  int64_t amount = right->number;
  if (right->kind == EXPR_DURATION && right->unit >= UNIT_DAY)
    amount = days_of(right) * (kind == TYPE_INSTANT ? DAY_MS : 1);
  int64_t number = value->number;
  bool over =
      kind == TYPE_DECIMAL && right->kind == EXPR_NUMBER && __builtin_mul_overflow(amount, 1000000, &amount);
  over |=
      kind == TYPE_DECIMAL && value->kind == EXPR_NUMBER && __builtin_mul_overflow(number, 1000000, &number);
  over |= e->op == OP_add ? __builtin_sub_overflow(number, amount, &number)
                          : __builtin_add_overflow(number, amount, &number);
  return !over && nuo__draft_set(s, e->left, nuo__draft_constant(s->m, e->left->type, number));
}

static bool set_operator(struct scene *s, const struct expr *e, const struct expr *value) {
  if (e->op == OP_default) {
    if (nuo__maker_chance(s->m, 80) && nuo__draft_set(s, e->left, value)) return true;
    const struct expr *other = nuo__draft_value(s, e->right);
    return nuo__draft_clear(s, e->left) &&
           ((other != NULL && same_constant(other, value)) || nuo__draft_set(s, e->right, value));
  }
  if (e->op == OP_add || e->op == OP_sub) return set_sum(s, e, value);
  int64_t less;
  return e->op == OP_neg && !__builtin_sub_overflow(INT64_C(0), value->number, &less) &&
         nuo__draft_set(s, e->left, nuo__draft_constant(s->m, e->left->type, less));
}

bool nuo__draft_set(struct scene *s, const struct expr *e, const struct expr *value) {
  e = nuo__expr_peel(e);
  value = nuo__expr_peel(value);
  switch (e->ref) {
    case REF_FIELD:
      return set_field(s, e->target, value);
    case REF_BUILTIN:
      return set_builtin(s, e, value);
    case REF_TABLE:
      return set_table(s, e, value);
    case REF_FACT:
      return nuo__draft_fact(s, e, value, true);
    default:
      break;
  }
  if (e->kind == EXPR_OPERATOR && e->type->kind == TYPE_FLAG && e->op != OP_default)
    return nuo__draft_make(s, e, value->number != 0);
  if (e->kind == EXPR_OPERATOR) return set_operator(s, e, value);
  if (e->kind == EXPR_AGGREGATE && e->counter->kind == AGGREGATE_COUNT && e->type->kind == TYPE_NUMBER)
    return nuo__draft_count(s, e->counter, e->items.at, e->items.count, value->number);
  return false;
}

// ---- whether there is a value ----

bool nuo__draft_clear(struct scene *s, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->ref == REF_FIELD) {
    const struct field *field = nuo__draft_field(s, e->target);
    if (field == NULL || !field->optional || s->at->pinned[field->index]) return false;
    s->at->values[field->index] = NULL;
    return true;
  }
  if (e->ref == REF_FACT) return true;
  bool cleared = false;
  if (e->left != NULL) cleared = nuo__draft_clear(s, e->left) || cleared;
  if (e->right != NULL && (!cleared || e->op == OP_default))
    cleared = nuo__draft_clear(s, e->right) || cleared;
  for (uint32_t i = 0; i < e->items.count; i++) cleared = nuo__draft_clear(s, e->items.at[i]) || cleared;
  return cleared;
}

bool nuo__draft_ensure(struct scene *s, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (nuo__draft_value(s, e) != NULL) return true;
  if (e->ref == REF_FACT) return nuo__draft_fact(s, e, NULL, true);
  if (e->ref == REF_BUILTIN) return nuo__draft_ensure(s, e->items.at[nuo__maker_below(s->m, e->items.count)]);
  if (e->kind == EXPR_OPERATOR && e->left != NULL)
    return nuo__draft_ensure(s, e->left) &&
           (e->op == OP_default || e->right == NULL || nuo__draft_ensure(s, e->right));
  return e->ref == REF_FIELD && set_field(s, e->target, nuo__draft_any(s, e->type));
}
