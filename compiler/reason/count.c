// SPDX-License-Identifier: Apache-2.0
// Limits and counts: what is counted is a variable, and one that counts less than another is never greater.
#include "compiler/reason/make.h"

// Days may lie outside the calendar.
bool nuo__window_may_miss(const struct model_window *window) {
  return window != NULL && window->kind == WINDOW_LAST && window->length->unit >= UNIT_DAY;
}

// That the event makes the count exceed its limit: one more than what is counted before it.
const struct formula *nuo__formula_exceeds(struct reasoner *r, const struct rule *rule) {
  const struct expr *limit = nuo__constant_of(r, rule->condition);
  const struct str counter = nuo__reason_counter_key(r->arena, rule->counter);
  const struct model_window *w = &rule->window;
  struct str key = nuo__arena_format(r->arena, "counted %.*s %d %d %lld %d", (int)counter.len, counter.at,
                                     (int)w->kind, w->length == NULL ? -1 : (int)w->length->unit,
                                     w->length == NULL ? 0LL : (long long)w->length->number, (int)w->period);
  struct variable v = {.kind = VARIABLE_COUNT,
                       .e = rule->condition,
                       .type = nuo__type_simple(TYPE_NUMBER),
                       .counter = rule->counter,
                       .window = w,
                       .may_miss = nuo__window_may_miss(w)};
  for (uint32_t i = 0; i < rule->per.count; i++) v.may_miss = v.may_miss || nuo__may_miss(rule->per.at[i]);
  if (limit != NULL && limit->kind == EXPR_NUMBER)
    return nuo__formula_in(r, nuo__variable_of(r, key, v), nuo__set_of(r->arena, limit->number, INT64_MAX));
  // A limit that depends on something is compared as a whole.
  const struct str of = nuo__reason_key(r->arena, rule->condition);
  key = nuo__arena_format(r->arena, "%.*s > %.*s", (int)key.len, key.at, (int)of.len, of.at);
  v.kind = VARIABLE_OPAQUE;
  v.type = nuo__type_simple(TYPE_FLAG);
  v.may_miss = v.may_miss || nuo__may_miss(rule->condition);
  return nuo__formula_in(r, nuo__variable_of(r, key, v), nuo__set_of(r->arena, 1, 1));
}

// ---- orders ----

bool nuo__is_count(const struct variable *v) {
  return v->counter != NULL && v->type->kind == TYPE_NUMBER && v->counter->kind == AGGREGATE_COUNT;
}

static int length_of_period(enum unit unit) {
  return unit == UNIT_DAY ? 1 : unit == UNIT_MONTH ? 3 : unit == UNIT_QUARTER ? 4 : unit == UNIT_YEAR ? 5 : 2;
}

// Whether what lies in window `a` lies in `b`.
static bool window_within(const struct model_window *a, const struct model_window *b) {
  if (a->kind != b->kind) return false;
  if (a->kind == WINDOW_THIS) {
    const int x = length_of_period(a->period), y = length_of_period(b->period);
    return x == y || x == 1 || (y > x && x != 2);  // a week may lie in two months
  }
  if (a->kind == WINDOW_NONE) return true;
  const int64_t x = nuo__unit_ms(a->length->unit), y = nuo__unit_ms(b->length->unit);
  if (x > 0 && y > 0 && a->length->unit <= UNIT_HOUR && b->length->unit <= UNIT_HOUR)
    return a->length->number * x <= b->length->number * y;
  return a->length->unit == b->length->unit && a->length->number <= b->length->number;
}

static bool keys_equal(struct reasoner *r, const struct counter *a, const struct counter *b) {
  if (a->key.count != b->key.count) return false;
  for (uint32_t i = 0; i < a->key.count; i++)
    if (!nuo__str_equal(nuo__reason_key(r->arena, a->key.at[i]), nuo__reason_key(r->arena, b->key.at[i])))
      return false;
  return true;
}

// Whether every event that `a` counts is one that `b` counts, as long as both lie in the window.
static bool where_within(struct reasoner *r, const struct counter *a, const struct counter *b) {
  if (b->where == NULL) return true;
  if (a->where == NULL) return false;
  if (nuo__str_equal(nuo__reason_key(r->arena, a->where), nuo__reason_key(r->arena, b->where))) return true;
  struct reasoner own = {.arena = r->arena, .day = r->day};
  const struct formula *in_a = nuo__formula_established(&own, nuo__formula_of(&own, a->where));
  const struct formula *in_b = nuo__formula_established(&own, nuo__formula_of(&own, b->where));
  const struct formula *only_a = nuo__formula_join(&own, FORMULA_AND, in_a, nuo__formula_not(&own, in_b));
  return nuo__reason_holds(&own, only_a, NULL) == ANSWER_NEVER;
}

static bool counts_within(struct reasoner *r, const struct variable *a, const struct variable *b) {
  const struct counter *x = a->counter, *y = b->counter;
  return nuo__str_equal(x->event->names.en, y->event->names.en) && x->spread == y->spread &&
         (!x->attempts || y->attempts) && window_within(a->window, b->window) && keys_equal(r, x, y) &&
         where_within(r, x, y);
}

static void add_order(struct reasoner *r, uint32_t less, uint32_t more) {
  const struct variable *a = &r->variables.at[less], *b = &r->variables.at[more];
  if (!counts_within(r, a, b)) return;
  const bool together = !nuo__window_may_miss(a->window) && !nuo__window_may_miss(b->window);
  VEC_PUSH(r->arena, &r->orders, (struct order){less, more, together});
}

void nuo__count_orders(struct reasoner *r, uint32_t variable) {
  for (uint32_t i = 0; i < variable; i++) {
    if (!nuo__is_count(&r->variables.at[i])) continue;
    add_order(r, i, variable);
    add_order(r, variable, i);
  }
}
