// SPDX-License-Identifier: Apache-2.0
// Drafts of events: their values, and the times in them.
#include "compiler/diff/draft.h"

#include <string.h>

#include "runtime/when.h"

#define MINUTE_MS 60000LL
#define NOON_MS (12 * 60 * MINUTE_MS)

uint32_t nuo__maker_below(struct maker *m, uint32_t n) {
  uint64_t z = m->random += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
  return (uint32_t)((z ^ (z >> 31)) % n);
}

bool nuo__maker_chance(struct maker *m, uint32_t percent) {
  return nuo__maker_below(m, 100) < percent;
}

// ---- constants ----

struct expr *nuo__draft_constant(struct maker *m, const struct type *type, int64_t number) {
  static const enum expr_kind kinds[] = {
      [TYPE_FLAG] = EXPR_FLAG,       [TYPE_NUMBER] = EXPR_NUMBER, [TYPE_DECIMAL] = EXPR_DECIMAL,
      [TYPE_INSTANT] = EXPR_INSTANT, [TYPE_DATE] = EXPR_DATE,     [TYPE_CLOCK] = EXPR_CLOCK,
      [TYPE_DURATION] = EXPR_NUMBER, [TYPE_ENUM] = EXPR_PATH};
  struct expr *e = ARENA_NEW(m->arena, struct expr);
  e->kind = kinds[type->kind];
  e->type = type;
  e->number = number;
  if (type->kind == TYPE_ENUM) e->ref = REF_ENUMERATOR;
  return e;
}

struct expr *nuo__draft_text(struct maker *m, const struct type *type, struct str text) {
  struct expr *e = ARENA_NEW(m->arena, struct expr);
  e->kind = EXPR_TEXT;
  e->type = type;
  e->text = text;
  return e;
}

int64_t nuo__draft_step(struct maker *m, const struct type *type) {
  const bool is_small = nuo__maker_chance(m, 40);
  switch (type->kind) {
    case TYPE_DECIMAL:
      return is_small ? 1 : 10000;
    case TYPE_INSTANT:
    case TYPE_CLOCK:
      return is_small ? 1 : MINUTE_MS;
    case TYPE_DURATION:
      return is_small ? 1000 : 60 * MINUTE_MS;
    default:
      return 1;
  }
}

struct expr *nuo__draft_any(struct scene *s, const struct type *type) {
  struct maker *m = s->m;
  struct expr *list;
  switch (type->kind) {
    case TYPE_TEXT:
      return nuo__draft_text(m, type, STR("x"));
    case TYPE_ZONE:
      return nuo__draft_text(m, type, m->program->zone);
    case TYPE_LIST:
      list = ARENA_NEW(m->arena, struct expr);
      *list = (struct expr){.kind = EXPR_SET, .type = type};
      return list;
    case TYPE_ENUM:
      return nuo__draft_constant(m, type, nuo__maker_below(m, type->enumeration->items.count));
    case TYPE_INSTANT:
      return nuo__draft_constant(m, type, nuo__draft_time(s->at));
    case TYPE_DATE:
      return nuo__draft_constant(m, type, m->day);
    case TYPE_CLOCK:
      return nuo__draft_constant(m, type, NOON_MS);
    case TYPE_DURATION:
      return nuo__draft_constant(m, type, MINUTE_MS);
    case TYPE_FLAG:
      return nuo__draft_constant(m, type, nuo__maker_below(m, 2));
    default:
      return nuo__draft_constant(m, type, type->kind == TYPE_DECIMAL ? 1000000 : 1);
  }
}

// ---- events ----

static const struct event_type *event_named(const struct program *program, const struct event_type *event) {
  for (uint32_t i = 0; i < program->events.count; i++)
    if (nuo__str_equal(program->events.at[i]->names.en, event->names.en)) return program->events.at[i];
  return NULL;
}

static void fill_in(struct scene *s) {
  const struct event_type *event = s->at->event;
  int64_t noon = 0;
  nuo__zone_instant(s->m->zone, s->m->day, NOON_MS, &noon);
  nuo__draft_set_time(s->m, s->at, noon);
  for (uint32_t i = 0; i < event->fields.count; i++) {
    const struct field *field = event->fields.at[i];
    if (!field->optional && field != event->time && field != event->identity)
      s->at->values[i] = nuo__draft_any(s, field->type);
  }
}

struct draft_event *nuo__draft_event(struct maker *m, const struct event_type *event) {
  struct draft_event *made = ARENA_NEW(m->arena, struct draft_event);
  made->event = event_named(m->program, event);
  if (made->event == NULL || made->event->origin != EVENT_DECLARED) return NULL;
  const uint32_t count = made->event->fields.count + 1;
  made->values = nuo__arena_alloc(m->arena, count * sizeof *made->values);
  made->pinned = nuo__arena_alloc(m->arena, count * sizeof *made->pinned);
  struct scene s = {.m = m, .at = made};
  fill_in(&s);
  return made;
}

struct draft_event *nuo__draft_copy(struct maker *m, const struct draft_event *event) {
  struct draft_event *copy = ARENA_NEW(m->arena, struct draft_event);
  const uint32_t count = event->event->fields.count;
  copy->event = event->event;
  copy->values = nuo__arena_alloc(m->arena, (count + 1) * sizeof *copy->values);
  copy->pinned = nuo__arena_alloc(m->arena, (count + 1) * sizeof *copy->pinned);
  memcpy(copy->values, event->values, count * sizeof *copy->values);
  memcpy(copy->pinned, event->pinned, count * sizeof *copy->pinned);
  copy->values[event->event->identity->index] = NULL;
  return copy;
}

const struct field *nuo__draft_field(const struct scene *s, const struct field *field) {
  const struct event_type *event = s->at->event;
  if (field->event == event) return field;
  for (uint32_t i = 0; i < event->fields.count; i++)
    if (nuo__str_equal(event->fields.at[i]->path, field->path)) return event->fields.at[i];
  return NULL;
}

int64_t nuo__draft_time(const struct draft_event *event) {
  const struct expr *time = event->values[event->event->time->index];
  return time == NULL ? 0 : time->number;
}

void nuo__draft_set_time(struct maker *m, struct draft_event *event, int64_t time) {
  const struct field *field = event->event->time;
  event->values[field->index] = nuo__draft_constant(m, field->type, time);
}

// ---- local times ----

// Whoever gives the event a zone gives it the policy's; another one comes out in the trial.
bool nuo__draft_local(const struct scene *s, int64_t time, int32_t *date, int32_t *clock) {
  return nuo__zone_local(s->m->zone, time, date, clock);
}

bool nuo__draft_instant(const struct scene *s, int32_t date, int64_t clock, int64_t *time) {
  return nuo__zone_instant(s->m->zone, date, (int32_t)clock, time);
}

// ---- what an expression is ----

static const struct expr *parameter_value(const struct maker *m, const struct parameter *p) {
  const struct parameter_value *value = NULL;
  for (uint32_t i = 0; i < p->values.count; i++)
    if (p->values.at[i].from <= m->day) value = &p->values.at[i];
  return value == NULL || value->unset ? NULL : nuo__expr_peel(value->value);
}

// The smallest or the greatest of those that are known.
static const struct expr *extreme_value(struct scene *s, const struct expr *e) {
  const struct expr *best = NULL;
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct expr *value = nuo__draft_value(s, e->items.at[i]);
    if (value == NULL || value->kind == EXPR_TEXT) continue;
    if (best == NULL || (value->number < best->number) == (e->builtin == BUILTIN_least)) best = value;
  }
  return best;
}

static const struct expr *builtin_value(struct scene *s, const struct expr *e) {
  if (e->builtin == BUILTIN_least || e->builtin == BUILTIN_greatest) return extreme_value(s, e);
  const struct expr *of = nuo__draft_value(s, e->items.at[0]);
  int32_t date, clock;
  if (of == NULL || of->kind != EXPR_INSTANT || !nuo__draft_local(s, of->number, &date, &clock)) return NULL;
  if (e->builtin == BUILTIN_clock) return nuo__draft_constant(s->m, e->type, clock);
  if (e->builtin == BUILTIN_date) return nuo__draft_constant(s->m, e->type, date);
  return NULL;
}

static const struct expr *sum_value(struct scene *s, const struct expr *e) {
  const struct expr *a = nuo__draft_value(s, e->left), *b = nuo__draft_value(s, e->right);
  if (a == NULL || b == NULL || a->kind != EXPR_NUMBER || b->kind != EXPR_NUMBER) return NULL;
  int64_t sum;
  const bool over = e->op == OP_add ? __builtin_add_overflow(a->number, b->number, &sum)
                                    : __builtin_sub_overflow(a->number, b->number, &sum);
  return over ? NULL : nuo__draft_constant(s->m, e->type, sum);
}

const struct expr *nuo__draft_value(struct scene *s, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->ref == REF_FIELD) {
    const struct field *field = nuo__draft_field(s, e->target);
    return field == NULL ? NULL : s->at->values[field->index];
  }
  if (e->ref == REF_PARAMETER) return parameter_value(s->m, e->target);
  if (e->ref == REF_BUILTIN) return builtin_value(s, e);
  if (e->kind == EXPR_OPERATOR && e->op == OP_default) {
    const struct expr *left = nuo__draft_value(s, e->left);
    return left != NULL ? left : nuo__draft_value(s, e->right);
  }
  if (e->kind == EXPR_OPERATOR && (e->op == OP_add || e->op == OP_sub)) return sum_value(s, e);
  if (e->kind == EXPR_OPERATOR && e->op == OP_neg) {
    const struct expr *of = nuo__draft_value(s, e->left);
    int64_t less;
    const bool over = of == NULL || __builtin_sub_overflow(INT64_C(0), of->number, &less);
    return over ? NULL : nuo__draft_constant(s->m, e->type, less);
  }
  if (e->kind == EXPR_DURATION)
    return nuo__unit_ms(e->unit) > 0 && e->unit <= UNIT_HOUR
               ? nuo__draft_constant(s->m, nuo__type_simple(TYPE_DURATION), e->number * nuo__unit_ms(e->unit))
               : e;
  if (e->ref == REF_ENUMERATOR || e->kind <= EXPR_TEXT || (e->kind >= EXPR_DATE && e->kind <= EXPR_RANGE))
    return e;
  return NULL;
}
