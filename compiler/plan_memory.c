// SPDX-License-Identifier: Apache-2.0
// What is remembered from event to event, to values: uses of facts, counts in a window, the time since the
// latest event, limits. And the other way round: what an event of the type at hand changes. Knows no store;
// keys are lists of planes, columns and texts. Called by plan.c, plan_expr.c and plan_node.c.
#include <string.h>

#include "compiler/plan.h"

// ---- keys ----
void nuo__plan_argument(struct planner *p, const struct expr *e, const struct type *type, value_list *out) {
  const bool plain = type->kind == TYPE_FLAG || type->kind == TYPE_TEXT;
  VEC_PUSH(p->arena, out, plain ? nuo__plan_value(p, e) : nuo__plan_column(p, e, type));
}

value_list nuo__plan_fact_key(struct planner *p, const struct fact *fact, struct expr *const *key) {
  value_list out = {0};
  for (uint32_t i = 0; i < fact->keys.count; i++) nuo__plan_argument(p, key[i], fact->keys.at[i], &out);
  return out;
}

static value_list counter_key(struct planner *p, const struct counter *counter, struct expr *const *key) {
  value_list out = {0};
  for (uint32_t i = 0; i < counter->key.count; i++)
    nuo__plan_argument(p, key[i], counter->key.at[i]->type, &out);
  return out;
}

// ---- subjects ----
static bool can_be_forgotten(const struct field *subject) {
  return subject != NULL && (subject->type->kind == TYPE_TEXT || subject->type->kind == TYPE_NUMBER);
}

bool nuo__plan_keeps_subject(const struct planner *p, const struct event_type *type) {
  const struct program *program = p->program;
  return can_be_forgotten(type->subject) &&
         program->facts.count + program->counters.count + program->duties.count > 0;
}

bool nuo__plan_is_subject(const struct expr *e, const struct event_type *event) {
  e = nuo__expr_peel(e);
  return can_be_forgotten(event->subject) && e->ref == REF_FIELD && e->target == event->subject;
}

uint32_t nuo__plan_fact_subject(const struct fact *fact) {
  for (uint32_t i = 0; i < fact->changes.count; i++)
    for (uint32_t k = 0; k < fact->keys.count; k++)
      if (nuo__plan_is_subject(fact->changes.at[i].key.at[k], fact->changes.at[i].event)) return k;
  return IMAGE_KEY_MAX;
}

uint32_t nuo__plan_counter_subject(const struct counter *counter) {
  for (uint32_t k = 0; k < counter->key.count; k++)
    if (nuo__plan_is_subject(counter->key.at[k], counter->event)) return k;
  return IMAGE_KEY_MAX;
}

// ---- facts ----
static uint32_t recall(struct planner *p, enum opcode op, const struct expr *call) {
  const struct fact *fact = call->target;
  const value_list key = nuo__plan_fact_key(p, fact, call->items.at);
  return nuo__dag_remember(p, op, fact->index, &key);
}

uint32_t nuo__plan_fact_holds(struct planner *p, const struct expr *call) {
  return recall(p, OPCODE_FACT, call);
}

uint32_t nuo__plan_fact(struct planner *p, const struct expr *call) {
  const struct fact *fact = call->target;
  if (fact->type == NULL) return recall(p, OPCODE_FACT, call);
  if (fact->type->kind == TYPE_TEXT) return recall(p, OPCODE_FACTTEXT, call);
  const uint32_t value = recall(p, OPCODE_FACTVALUE, call);
  if (fact->type->kind != TYPE_FLAG) return value;
  return nuo__dag_make(p, OPCODE_EQK, value, nuo__image_number(p->out, 1), 0);
}

uint32_t nuo__plan_since(struct planner *p, const struct expr *since) {
  return recall(p, OPCODE_SINCE, nuo__expr_peel(since->left));
}

// ---- counts ----
static uint32_t period_start(struct planner *p, enum unit period, uint32_t zone) {
  static const uint32_t codes[] = {[UNIT_WEEK] = 0, [UNIT_MONTH] = 1, [UNIT_QUARTER] = 2, [UNIT_YEAR] = 3};
  uint32_t date = nuo__dag_make(p, OPCODE_DATE, nuo__plan_time(p), zone, 0);
  if (period != UNIT_DAY) date = nuo__dag_make(p, OPCODE_PERIOD, date, codes[period], 0);
  const uint32_t first = nuo__dag_make(p, OPCODE_INSTANT, date, nuo__dag_number(p, 0), zone);
  return nuo__dag_make(p, OPCODE_SUB, first, nuo__dag_number(p, 1), 0);
}

uint32_t nuo__plan_window_start(struct planner *p, const struct model_window *window) {
  const uint32_t time = nuo__plan_time(p);
  if (window->kind == WINDOW_NONE) return nuo__dag_number(p, INT64_MIN);
  if (window->kind == WINDOW_THIS) return period_start(p, window->period, nuo__plan_zone(p));
  if (window->length_type->kind == TYPE_PERIOD)
    return nuo__plan_add_period(p, time, false, window->length, -1);
  return nuo__dag_make(p, OPCODE_SUB, time, nuo__plan_column(p, window->length, NULL), 0);
}

// Of what is added up no single event is kept, so all who ask have to mean the same period: the policy's.
uint32_t nuo__plan_counter_start(struct planner *p, const struct counter *counter,
                                 const struct model_window *window) {
  if (counter->window == NULL) return nuo__plan_window_start(p, window);
  return period_start(p, window->period, nuo__plan_policy_zone(p));
}

static uint32_t count(struct planner *p, const struct counter *counter, struct expr *const *key,
                      const struct model_window *window) {
  static const enum opcode ops[] = {[AGGREGATE_COUNT] = OPCODE_COUNTED,
                                    [AGGREGATE_SUM] = OPCODE_SUM,
                                    [AGGREGATE_SHARE] = OPCODE_SHARE,
                                    [AGGREGATE_DISTINCT] = OPCODE_DISTINCT};
  value_list list = counter_key(p, counter, key);
  VEC_PUSH(p->arena, &list, nuo__plan_counter_start(p, counter, window));
  return nuo__dag_remember(p, ops[counter->kind], counter->index, &list);
}

uint32_t nuo__plan_latest(struct planner *p, const struct expr *aggregate) {
  const value_list key = counter_key(p, aggregate->counter, aggregate->items.at);
  return nuo__dag_remember(p, OPCODE_LAST, aggregate->counter->index, &key);
}

uint32_t nuo__plan_aggregate(struct planner *p, const struct expr *aggregate) {
  if (aggregate->aggregate->kind != AGGREGATE_ELAPSED)
    return count(p, aggregate->counter, aggregate->items.at, aggregate->window);
  const uint32_t latest = nuo__plan_latest(p, aggregate);
  return nuo__dag_make(p, OPCODE_SUB, nuo__plan_time(p), latest, 0);
}

uint32_t nuo__plan_limit_count(struct planner *p, const struct rule *rule) {
  return count(p, rule->counter, rule->per.at, &rule->window);
}

// This event would be one more: the limit is used up when as many have been counted as it allows.
uint32_t nuo__plan_limit(struct planner *p, const struct rule *rule) {
  const uint32_t counted = nuo__plan_limit_count(p, rule);
  int64_t most;
  if (nuo__plan_constant(p, rule->condition, &most))
    return nuo__dag_not(p, nuo__dag_make(p, OPCODE_LTK, counted, nuo__image_number(p->out, most), 0));
  return nuo__dag_make(p, OPCODE_LE, nuo__plan_column(p, rule->condition, NULL), counted, 0);
}

// ---- what an event changes ----
uint32_t nuo__plan_where(struct planner *p, const struct expr *where) {
  return where == NULL ? nuo__dag_plane(p, 1) : nuo__dag_established(p, nuo__plan_flag(p, where));
}

void nuo__plan_add_effect(struct planner *p, struct plan_effect effect) {
  if (!nuo__dag_is_plane(p, effect.condition, 0)) VEC_PUSH(p->arena, &p->event->effects, effect);
}

// The value that a fact gets: a column, or a text.
static uint32_t given_value(struct planner *p, const struct fact *fact, const struct expr *with) {
  value_list pairs = {0};
  if (fact->type->kind == TYPE_TEXT) return nuo__plan_value(p, with);
  if (fact->type->kind != TYPE_FLAG) return nuo__plan_column(p, with, fact->type);
  const uint32_t plane = nuo__plan_flag(p, with);
  VEC_PUSH(p->arena, &pairs, plane);
  VEC_PUSH(p->arena, &pairs, nuo__dag_number(p, 1));
  VEC_PUSH(p->arena, &pairs, nuo__dag_not(p, plane));
  VEC_PUSH(p->arena, &pairs, nuo__dag_number(p, 0));
  return nuo__dag_pick(p, REG_COLUMN, &pairs);
}

// A fact does not start with a value that nobody knows.
static void add_start(struct planner *p, const struct fact *fact, const struct fact_rule *change) {
  struct plan_effect effect = {.op = OPCODE_START,
                               .index = fact->index,
                               .condition = nuo__plan_where(p, change->where),
                               .key = nuo__plan_fact_key(p, fact, change->key.at)};
  if (fact->type == NULL || change->with == NULL) {
    effect.value = nuo__dag_number(p, 1);
  } else {
    effect.value = given_value(p, fact, change->with);
    if (fact->type->kind == TYPE_TEXT) effect.op = OPCODE_STARTTEXT;
    effect.condition = nuo__dag_and(p, effect.condition, nuo__dag_known(p, effect.value));
  }
  nuo__plan_add_effect(p, effect);
}

static void add_changes(struct planner *p, const struct fact *fact) {
  for (uint32_t i = 0; i < fact->changes.count; i++) {
    const struct fact_rule *change = &fact->changes.at[i];
    if (change->event != p->event->type) continue;
    if (change->starts)
      add_start(p, fact, change);
    else
      nuo__plan_add_effect(p, (struct plan_effect){.op = OPCODE_STOP,
                                                   .index = fact->index,
                                                   .condition = nuo__plan_where(p, change->where),
                                                   .value = VALUE_NONE,
                                                   .key = nuo__plan_fact_key(p, fact, change->key.at)});
  }
}

// What an event adds: the value where it counts, unknown elsewhere; for a share 1 or 0.
static uint32_t added(struct planner *p, const struct counter *counter, uint32_t condition) {
  value_list pairs = {0};
  if (counter->kind == AGGREGATE_SUM) {
    VEC_PUSH(p->arena, &pairs, condition);
    VEC_PUSH(p->arena, &pairs, nuo__plan_column(p, counter->value, counter->value->type));
  } else {
    const uint32_t is_part = nuo__plan_where(p, counter->value);
    VEC_PUSH(p->arena, &pairs, condition);
    VEC_PUSH(p->arena, &pairs, nuo__dag_number(p, 0));
    VEC_PUSH(p->arena, &pairs, is_part);
    VEC_PUSH(p->arena, &pairs, nuo__dag_number(p, 1));
  }
  return nuo__dag_pick(p, REG_COLUMN, &pairs);
}

static struct plan_effect tally_of(struct planner *p, const struct counter *counter) {
  struct plan_effect effect = {.op = OPCODE_TALLY,
                               .index = counter->index,
                               .condition = nuo__plan_where(p, counter->where),
                               .value = VALUE_NONE,
                               .key = counter_key(p, counter, counter->key.at)};
  if (counter->kind == AGGREGATE_DISTINCT) {
    effect.op = OPCODE_DIFFER;
    nuo__plan_argument(p, counter->value, counter->value->type, &effect.key);
  } else if (counter->kind != AGGREGATE_COUNT) {
    effect.op = OPCODE_TOTAL;
    effect.value = added(p, counter, effect.condition);
    VEC_PUSH(p->arena, &effect.key, nuo__plan_counter_start(p, counter, counter->window));
  }
  return effect;
}

// Counters by the same key share what is remembered: the one that needs most of it counts, the first of
// several.
static void add_tallies(struct planner *p) {
  const struct event_uses *uses = &p->event->uses;
  struct pool most = {0};  // by identity: the place in `uses`
  VEC(struct plan_effect) tallies = {0};
  for (uint32_t i = 0; i < uses->counters.count; i++) {
    const struct counter *counter = uses->counters.at[i];
    uint8_t *identity = p->identities[counter->index].bytes;
    VEC_PUSH(p->arena, &tallies, tally_of(p, counter));
    nuo__plan_identity(p, &tallies.at[i], identity);
    uint32_t *at = nuo__pool_at(p->arena, &most, identity, sizeof p->identities->bytes);
    if (*at == UINT32_MAX || counter->capacity > uses->counters.at[*at]->capacity) *at = i;
  }
  for (uint32_t i = 0; i < tallies.count; i++) {
    const uint8_t *identity = p->identities[uses->counters.at[i]->index].bytes;
    if (nuo__pool_find(&most, identity, sizeof p->identities->bytes) == i)
      nuo__plan_add_effect(p, tallies.at[i]);
  }
}

void nuo__plan_effects(struct planner *p) {
  const struct event_uses *uses = &p->event->uses;
  nuo__plan_duty_effects(p);
  for (uint32_t i = 0; i < uses->facts.count; i++) add_changes(p, uses->facts.at[i]);
  add_tallies(p);
}
