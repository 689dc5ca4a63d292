// SPDX-License-Identifier: Apache-2.0
// Duties and derived events to values: what an event fulfils, ends and begins, when each step of a duty is
// due, and what derived events take over of the events that cause them. Days and midnights of duties are
// those of the policy's zone. Called by plan.c and plan_memory.c.
#include "compiler/plan.h"
#include "runtime/image.h"
#include "runtime/limits.h"

// ---- keys ----
static value_list plan_key(struct planner *p, const struct duty *duty, struct expr *const *key) {
  value_list out = {0};
  for (uint32_t i = 0; i < duty->key.count; i++) nuo__plan_argument(p, key[i], nuo__tie_type(duty, i), &out);
  return out;
}

// ---- deadlines ----
bool nuo__plan_is_by_day(const struct duty_deadline *deadline) {
  return deadline->type->kind == TYPE_PERIOD || deadline->type->kind == TYPE_DATE;
}

static uint32_t end_of_day(struct planner *p, uint32_t date) {
  const uint32_t next = nuo__dag_make(p, OPCODE_ADDDAYS, date, nuo__dag_number(p, 1), 0);
  const uint32_t zone = nuo__plan_policy_zone(p), clock = nuo__dag_number(p, 0);
  const uint32_t midnight = nuo__dag_make(p, OPCODE_INSTANT, next, clock, zone);
  return nuo__dag_make(p, OPCODE_SUB, midnight, nuo__dag_number(p, 1), 0);
}

struct due {
  uint32_t instant, certain;
};

static struct due after_workdays(struct planner *p, uint32_t date, const struct expr *period) {
  const uint32_t amount = nuo__dag_number(p, period->number);
  const uint32_t first = nuo__dag_make(p, OPCODE_ADDDAYS, date, nuo__dag_number(p, 1), 0);
  const uint32_t last = nuo__dag_make(p, OPCODE_REACH, date, amount, 0);
  return (struct due){end_of_day(p, last), nuo__dag_make(p, OPCODE_COVERED, first, last, 0)};
}

// The day of the event itself does not count; a last day that is a day off gives way to the next workday.
static struct due after_period(struct planner *p, const struct expr *period) {
  const uint32_t zone = nuo__plan_policy_zone(p);
  const uint32_t date = nuo__dag_make(p, OPCODE_DATE, nuo__plan_time(p), zone, 0);
  period = nuo__expr_peel(period);
  if (period->unit == UNIT_WORKDAY) return after_workdays(p, date, period);
  const uint32_t last = nuo__plan_add_period(p, date, true, period, 1);
  if (p->program->calendar == NULL) return (struct due){end_of_day(p, last), nuo__dag_plane(p, 1)};
  const uint32_t rolled = nuo__dag_make(p, OPCODE_ROLL, last, 0, 0);
  return (struct due){end_of_day(p, rolled), nuo__dag_make(p, OPCODE_COVERED, last, rolled, 0)};
}

static struct due plan_due(struct planner *p, const struct duty_deadline *deadline) {
  const uint32_t certain = nuo__dag_plane(p, 1);
  if (deadline->length == NULL) {
    const uint32_t by = nuo__plan_column(p, deadline->by, NULL);
    return (struct due){deadline->type->kind == TYPE_DATE ? end_of_day(p, by) : by, certain};
  }
  if (deadline->type->kind == TYPE_PERIOD) return after_period(p, deadline->length);
  const uint32_t length = nuo__plan_column(p, deadline->length, NULL);
  return (struct due){nuo__dag_make(p, OPCODE_ADD, nuo__plan_time(p), length, 0), certain};
}

// ---- what an event fulfils and ends ----
static void add_match(struct planner *p, enum opcode op, const struct duty *duty, uint32_t step,
                      const struct duty_match *match) {
  if (match->event != p->event->type) return;
  const struct plan_effect effect = {.op = (uint16_t)op,
                                     .index = duty->index,
                                     .condition = nuo__plan_where(p, match->where),
                                     .value = VALUE_NONE,
                                     .step = step,
                                     .key = plan_key(p, duty, match->key.at)};
  nuo__plan_add_effect(p, effect);
}

static void add_meets(struct planner *p, const struct duty *duty) {
  for (uint32_t i = 0; i < duty->steps.count; i++)
    add_match(p, OPCODE_MEET, duty, i, &duty->steps.at[i].match);
}

static void add_discharges(struct planner *p, const struct duty *duty) {
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    add_match(p, OPCODE_DISCHARGE, duty, 0, &duty->discharges.at[i]);
}

// ---- what an event begins ----
// A flag is kept as a number, as in the value of a fact.
uint32_t nuo__plan_each(struct planner *p, const struct duty *duty) {
  const uint32_t value = nuo__dag_each(p, duty);
  if (duty->each->keys.at[duty->each_part]->kind != TYPE_FLAG) return value;
  return nuo__dag_make(p, OPCODE_EQK, value, nuo__image_number(p->out, 1), 0);
}

static uint32_t demanded(struct planner *p, const struct duty *duty) {
  uint32_t plane = nuo__plan_where(p, duty->where);
  for (uint32_t i = 0; i < duty->unless.count; i++)
    plane = nuo__dag_and(p, plane, nuo__dag_not(p, nuo__plan_where(p, duty->unless.at[i])));
  return plane;
}

static void plan_deadlines(struct planner *p, const struct duty *duty, struct plan_opening *opening) {
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    const struct due due = plan_due(p, &duty->steps.at[i].deadline);
    VEC_PUSH(p->arena, &opening->dues, due.instant);
    VEC_PUSH(p->arena, &opening->dues, due.certain);
  }
  for (uint32_t i = 0; i < duty->warnings.count; i++)
    VEC_PUSH(p->arena, &opening->warnings, plan_due(p, &duty->warnings.at[i]).instant);
}

static void plan_each_key(struct planner *p, const struct duty *duty, struct plan_opening *opening) {
  opening->each = VALUE_NONE;
  if (duty->each == NULL) return;
  opening->each = nuo__dag_each(p, duty);
  for (uint32_t i = 0; i < duty->each->keys.count; i++)
    if (i != duty->each_part)
      nuo__plan_argument(p, duty->each_key.at[i], duty->each->keys.at[i], &opening->each_key);
}

static void add_opening(struct planner *p, const struct duty *duty, bool each) {
  if (duty->trigger != p->event->type || (duty->each != NULL) != each) return;
  struct plan_opening opening = {
      .duty = duty, .demanded = demanded(p, duty), .key = plan_key(p, duty, duty->key.at)};
  opening.condition = nuo__dag_and(p, opening.demanded, nuo__plan_force(p, duty->force));
  plan_deadlines(p, duty, &opening);
  plan_each_key(p, duty, &opening);
  if (duty->suspended != NULL) {
    const struct expr *use = nuo__expr_peel(duty->suspended);
    opening.suspended = nuo__plan_fact_key(p, use->target, use->items.at);
  }
  // One that is in force at no time stays: it means what it meant when it was in force.
  if (nuo__dag_is_plane(p, opening.demanded, 0)) return;
  const bool differs = nuo__dag_at(p, opening.condition)->each;
  const struct plan_effect effect = {.op = each ? OPCODE_EACH : OPCODE_OPEN,
                                     .index = p->event->openings.count,
                                     .condition = differs ? nuo__dag_plane(p, 1) : opening.condition,
                                     .value = VALUE_NONE};
  VEC_PUSH(p->arena, &p->event->openings, opening);
  nuo__plan_add_effect(p, effect);
}

// What has begun can be fulfilled by a later event only, so the new ones come last.
void nuo__plan_duty_effects(struct planner *p) {
  const struct event_uses *uses = &p->event->uses;
  for (uint32_t i = 0; i < uses->duties.count; i++) add_meets(p, uses->duties.at[i]);
  for (uint32_t i = 0; i < uses->duties.count; i++) add_discharges(p, uses->duties.at[i]);
  for (uint32_t i = 0; i < uses->duties.count; i++) add_opening(p, uses->duties.at[i], false);
  for (uint32_t i = 0; i < uses->duties.count; i++) add_opening(p, uses->duties.at[i], true);
}

// ---- what derived events take over ----
static const struct field *source_of(const struct field *derived, const struct event_type *type) {
  for (uint32_t i = 0; i < type->fields.count; i++)
    if (nuo__field_takes(derived, type->fields.at[i])) return type->fields.at[i];
  return NULL;
}

// Which fields of the event at hand go into the fields of a derived one, from `first` on, that somebody
// reads.
static plan_moves take_over(struct planner *p, const struct event_type *derived, uint32_t first) {
  plan_moves moves = {0};
  for (uint32_t i = first; i < derived->fields.count; i++) {
    const struct field *field = derived->fields.at[i];
    if (!p->events[derived->index].needed[i]) continue;
    const struct field *source = source_of(field, p->event->type);
    // The zone of its cause comes to a breach by itself.
    if (source == NULL || field == derived->zone) continue;
    const struct plan_move move = {field, nuo__dag_field(p, source)};
    VEC_PUSH(p->arena, &moves, move);
  }
  return moves;
}

static plan_moves opening_moves(struct planner *p, const struct plan_opening *opening) {
  const struct duty *duty = opening->duty;
  plan_moves moves = take_over(p, duty->event, DUTY_FIELDS);
  if (duty->each_field == NULL || !p->events[duty->event->index].needed[duty->each_field->index])
    return moves;
  // A field of the trigger's that happens to have the name has no place there.
  uint32_t kept = 0;
  for (uint32_t i = 0; i < moves.count; i++)
    if (moves.at[i].field != duty->each_field) moves.at[kept++] = moves.at[i];
  moves.count = kept;
  const struct plan_move move = {duty->each_field, nuo__plan_each(p, duty)};
  VEC_PUSH(p->arena, &moves, move);
  return moves;
}

static bool tells_some_rule(const struct breach_type *type, const struct event_plan *event) {
  for (uint32_t i = 0; i < event->rules.count; i++)
    if (nuo__breach_tells(type, event->rules.at[i].rule->pack)) return true;
  return false;
}

static bool plan_breaches(struct planner *p, struct event_plan *event) {
  const struct program *program = p->program;
  bool more = false;
  for (uint32_t i = 0; i < program->breaches.count; i++) {
    const struct breach_type *type = program->breaches.at[i];
    if (i == event->breaches.count) VEC_PUSH(p->arena, &event->breaches, (struct plan_breach){0});
    struct plan_breach *breach = &event->breaches.at[i];
    const uint32_t before = breach->moves.count;
    breach->is_told = tells_some_rule(type, event);
    if (breach->is_told) breach->moves = take_over(p, type->event, BREACH_FIELDS);
    more |= breach->moves.count > before;
  }
  return more;
}

static bool plan_event_moves(struct planner *p, struct event_plan *event) {
  p->event = event;
  bool more = plan_breaches(p, event);
  for (uint32_t i = 0; i < event->openings.count; i++) {
    struct plan_opening *opening = &event->openings.at[i];
    const uint32_t before = opening->moves.count;
    opening->moves = opening_moves(p, opening);
    more |= opening->moves.count > before;
  }
  return more;
}

// What a derived event needs has to be in its cause, which may be a derived one: until nothing new is needed.
void nuo__plan_derived(struct planner *p) {
  bool more = true;
  while (more) {
    more = false;
    for (uint32_t i = 0; i < p->program->events.count; i++) more |= plan_event_moves(p, &p->events[i]);
  }
}

// ---- how late events may come ----
static void raise_to(int64_t *lateness, int64_t other, bool *more) {
  if (*lateness >= other) return;
  *lateness = other;
  *more = true;
}

// How late what an event does may come: what waits to be sent does it with the report.
static void raise_to_effects(const struct planner *p, int64_t *lateness, const struct event_type *event) {
  bool more;
  raise_to(lateness, p->lateness[event->index], &more);
  if (event->enforceable) raise_to(lateness, LIMIT_REPORT_LATE_MS, &more);
}

static void raise_to_fact(const struct planner *p, int64_t *lateness, const struct fact *fact) {
  for (uint32_t i = 0; i < fact->changes.count; i++) raise_to_effects(p, lateness, fact->changes.at[i].event);
}

static int64_t own_lateness(const struct planner *p, const struct duty *duty) {
  int64_t most = 0;
  if (duty->trigger == NULL) raise_to_effects(p, &most, duty->counter->event);
  for (uint32_t i = 0; i < duty->steps.count; i++) raise_to_effects(p, &most, duty->steps.at[i].match.event);
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    raise_to_effects(p, &most, duty->discharges.at[i].event);
  if (duty->suspended != NULL) raise_to_fact(p, &most, nuo__expr_peel(duty->suspended)->target);
  return most;
}

// Deadlines of duties that are one breach are told together, so they wait for each other.
int64_t nuo__plan_duty_lateness(const struct planner *p, const struct duty *duty) {
  int64_t most = own_lateness(p, duty);
  bool more;
  for (uint32_t i = 0; duty->rule->same != NULL && i < p->program->duties.count; i++) {
    const struct duty *other = p->program->duties.at[i];
    if (other->rule->same == duty->rule->same) raise_to(&most, own_lateness(p, other), &more);
  }
  return most;
}

// A derived event comes as late as its cause.
void nuo__plan_lateness(struct planner *p) {
  const struct program *program = p->program;
  bool more = true;
  p->lateness = nuo__arena_alloc(p->arena, (program->events.count + 1) * sizeof *p->lateness);
  for (uint32_t i = 0; i < program->events.count; i++) p->lateness[i] = program->events.at[i]->lateness;
  while (more) {
    more = false;
    for (uint32_t i = 0; i < program->rules.count; i++) {
      const struct rule *rule = program->rules.at[i];
      const int64_t cause = p->lateness[rule->event->index];
      for (uint32_t k = 0; k < program->breaches.count; k++)
        if (nuo__breach_tells(program->breaches.at[k], rule->pack))
          raise_to(&p->lateness[program->breaches.at[k]->event->index], cause, &more);
      for (uint32_t k = 0; k < rule->raises.count; k++)
        raise_to(&p->lateness[rule->raises.at[k].event->index], cause, &more);
    }
    for (uint32_t i = 0; i < program->duties.count; i++)
      raise_to(&p->lateness[program->duties.at[i]->event->index],
               nuo__plan_duty_lateness(p, program->duties.at[i]), &more);
  }
}
