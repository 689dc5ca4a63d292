// SPDX-License-Identifier: Apache-2.0
// Duties and derived events in the image: DUTIES, STEPS, OPENINGS with the code that runs for each value of a
// `for each`, RAISES, and the MOVES from one event's registers to another's fields. Called by emit.c,
// emit_memory.c and emit_rule.c.
#include <string.h>

#include "compiler/emit_code.h"

static struct image_str string(struct emitter *e, struct str text) {
  return nuo__image_string(e->p->out, text);
}

// ---- moves ----
uint32_t nuo__emit_field_index(const struct emitter *e, const struct field *field) {
  return e->field_first[field->event->index] + field->index;
}

static void emit_move(struct emitter *e, const struct plan_move *move) {
  const struct image_move out = {.field = nuo__emit_field_index(e, move->field),
                                 .kind = nuo__emit_value_kind(move->field->type),
                                 .reg_class = nuo__dag_at(e->p, move->value)->reg_class,
                                 .reg = nuo__block_register(e, move->value)};
  nuo__image_add(e->p->out, SECTION_MOVES, &out);
}

static void emit_moves(struct emitter *e, const plan_moves *moves, uint32_t *first, uint32_t *count) {
  *first = nuo__image_count(e->p->out, SECTION_MOVES);
  *count = moves->count;
  for (uint32_t i = 0; i < moves->count; i++) emit_move(e, &moves->at[i]);
}

// ---- breaches ----
static bool has_rules_of(const struct event_plan *event, const struct pack *pack) {
  for (uint32_t i = 0; i < event->rules.count; i++)
    if (event->rules.at[i].rule->pack == pack) return true;
  return false;
}

static void emit_told(struct emitter *e, const struct breach_type *type, const struct pack *pack,
                      struct image_breach *out) {
  if (!has_rules_of(e->event, pack) || !nuo__breach_tells(type, pack)) return;
  out->pack = pack != NULL ? pack->index : IMAGE_NONE;
  out->is_outer = pack != type->pack;
  nuo__image_add(e->p->out, SECTION_BREACHES, out);
}

// For each policy whose rules are about the event, one entry for each type that tells of its breaches.
void nuo__emit_breaches(struct emitter *e, struct image_event *out) {
  const struct program *program = e->p->program;
  out->breach_first = nuo__image_count(e->p->out, SECTION_BREACHES);
  for (uint32_t i = 0; i < e->event->breaches.count; i++) {
    const struct breach_type *type = program->breaches.at[i];
    const struct plan_breach *plan = &e->event->breaches.at[i];
    struct image_breach breach = {.event = type->event->index};
    if (!plan->is_told) continue;
    emit_moves(e, &plan->moves, &breach.move_first, &breach.move_count);
    for (uint32_t k = 0; k < program->packs.count; k++) emit_told(e, type, program->packs.at[k], &breach);
    emit_told(e, type, NULL, &breach);
  }
  out->breach_count = nuo__image_count(e->p->out, SECTION_BREACHES) - out->breach_first;
}

// ---- raised events ----
// What nobody reads is not moved, but for what has to have a value.
static bool is_wanted(const struct emitter *e, const struct field *field) {
  return e->p->events[field->event->index].needed[field->index] || !field->optional;
}

void nuo__emit_need_raises(struct emitter *e, const struct rule_plan *plan) {
  for (uint32_t i = 0; i < plan->raises.count; i++) {
    const plan_moves *moves = &plan->raises.at[i].moves;
    for (uint32_t k = 0; k < moves->count; k++)
      if (is_wanted(e, moves->at[k].field)) nuo__block_need(e, moves->at[k].value);
  }
}

static void emit_raise(struct emitter *e, const struct plan_raise *raise) {
  struct image_raise out = {.event = raise->raise->event->index,
                            .move_first = nuo__image_count(e->p->out, SECTION_MOVES)};
  for (uint32_t i = 0; i < raise->moves.count; i++) {
    if (!is_wanted(e, raise->moves.at[i].field)) continue;
    emit_move(e, &raise->moves.at[i]);
    out.move_count++;
  }
  nuo__image_add(e->p->out, SECTION_RAISES, &out);
}

void nuo__emit_raises(struct emitter *e, const struct rule_plan *plan, struct image_rule *out) {
  out->raise_first = nuo__image_count(e->p->out, SECTION_RAISES);
  out->raise_count = plan->raises.count;
  for (uint32_t i = 0; i < plan->raises.count; i++) emit_raise(e, &plan->raises.at[i]);
}

// ---- how events begin duties ----
static void need_values(struct emitter *e, const value_list *values, bool each) {
  for (uint32_t i = 0; i < values->count; i++)
    if (each || !nuo__dag_at(e->p, values->at[i])->each) nuo__block_need(e, values->at[i]);
}

static void need_opening(struct emitter *e, const struct plan_opening *opening, bool each) {
  need_values(e, &opening->key, each);
  need_values(e, &opening->dues, each);
  need_values(e, &opening->warnings, each);
  need_values(e, &opening->suspended, each);
  need_values(e, &opening->each_key, each);
  need_values(e, &(value_list){(uint32_t[]){opening->condition}, 1, 1}, each);
  for (uint32_t i = 0; each && i < opening->moves.count; i++) nuo__block_need(e, opening->moves.at[i].value);
}

void nuo__emit_begin_openings(struct emitter *e) {
  static const struct image_opening empty;
  e->opening_first = nuo__image_count(e->p->out, SECTION_OPENINGS);
  for (uint32_t i = 0; i < e->event->openings.count; i++) {
    need_opening(e, &e->event->openings.at[i], e->event->openings.at[i].each == VALUE_NONE);
    nuo__image_add(e->p->out, SECTION_OPENINGS, &empty);
  }
}

static uint32_t arguments(struct emitter *e, const value_list *values) {
  return nuo__emit_arguments(e, values->at, values->count);
}

// The code for each value: what the event's own effects have made does not have to be made again.
static void emit_each(struct emitter *e, uint32_t index, struct image_opening *out) {
  const struct plan_opening *opening = &e->event->openings.at[index];
  const struct duty *duty = opening->duty;
  out->each_fact = duty->each->index;
  out->each_part = duty->each_part;
  out->each_key = arguments(e, &opening->each_key);
  out->each_class = nuo__dag_at(e->p, opening->each)->reg_class;
  out->each_reg = nuo__block_extend(e, opening->each);
  need_opening(e, opening, true);
  nuo__block_add(e, (struct item){.kind = ITEM_OPEN,
                                  .value = e->opening_first + index,
                                  .guard = VALUE_NONE,
                                  .first = opening->condition});
  out->code_first = nuo__image_count(e->p->out, SECTION_CODE);
  out->code_count = nuo__block_write_more(e);
}

static void emit_opening(struct emitter *e, uint32_t index) {
  const struct plan_opening *opening = &e->event->openings.at[index];
  struct image_opening out = {.duty = opening->duty->index, .each_fact = IMAGE_NONE};
  if (opening->each != VALUE_NONE) emit_each(e, index, &out);
  out.key = arguments(e, &opening->key);
  out.dues = arguments(e, &opening->dues);
  out.warnings = arguments(e, &opening->warnings);
  out.suspended = arguments(e, &opening->suspended);
  emit_moves(e, &opening->moves, &out.move_first, &out.move_count);
  struct image_opening *openings = (struct image_opening *)(void *)e->p->out->sections[SECTION_OPENINGS].at;
  openings[e->opening_first + index] = out;
}

void nuo__emit_openings(struct emitter *e) {
  for (uint32_t i = 0; i < e->event->openings.count; i++) emit_opening(e, i);
}

// ---- duties ----
static void emit_steps(struct emitter *e, const struct duty *duty, struct image_duty *out) {
  out->step_first = nuo__image_count(e->p->out, SECTION_STEPS);
  out->step_count = duty->steps.count;
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    const struct duty_step *step = &duty->steps.at[i];
    const struct image_step item = {string(e, step->match.event->wire_name),
                                    nuo__plan_is_by_day(&step->deadline)};
    nuo__image_add(e->p->out, SECTION_STEPS, &item);
  }
  out->warning_count = duty->warnings.count;
  for (uint32_t i = 0; i < duty->warnings.count; i++)
    if (nuo__plan_is_by_day(&duty->warnings.at[i])) out->warnings_by_day |= UINT32_C(1) << i;
}

static void emit_key(const struct duty *duty, struct image_duty *out) {
  out->key_count = (uint8_t)duty->key.count;
  out->subject = IMAGE_KEY_MAX;
  for (uint32_t i = 0; i < duty->key.count; i++) {
    out->key_kinds[i] = nuo__emit_value_kind(nuo__tie_type(duty, i));
    if (out->subject == IMAGE_KEY_MAX && nuo__plan_is_subject(duty->key.at[i], duty->trigger))
      out->subject = (uint8_t)i;
  }
}

static void emit_begun(struct emitter *e, const struct duty *duty, struct image_duty *out) {
  out->trigger = duty->trigger->index;
  emit_key(duty, out);
  emit_steps(e, duty, out);
  if (duty->suspended == NULL) return;
  out->suspended = ((const struct fact *)nuo__expr_peel(duty->suspended)->target)->index;
}

static void emit_due(const struct duty_deadline *due, struct image_duty *out) {
  static const struct {
    enum due_unit unit;
    int64_t times;
  } units[] = {
      [UNIT_DAY] = {DUE_DAYS, 1},     [UNIT_WORKDAY] = {DUE_WORKDAYS, 1}, [UNIT_WEEK] = {DUE_DAYS, 7},
      [UNIT_MONTH] = {DUE_MONTHS, 1}, [UNIT_QUARTER] = {DUE_MONTHS, 3},   [UNIT_YEAR] = {DUE_MONTHS, 12}};
  if (due->length == NULL) return;
  const struct expr *length = nuo__expr_peel(due->length);
  const int64_t ms = nuo__unit_ms(length->unit);
  out->due_unit = ms > 0 ? DUE_MS : units[length->unit].unit;
  out->due_amount = length->number * (ms > 0 ? ms : units[length->unit].times);
}

static void emit_periodic(const struct duty *duty, struct image_duty *out) {
  static const uint32_t periods[] = {[UNIT_WEEK] = PERIOD_WEEK,
                                     [UNIT_MONTH] = PERIOD_MONTH,
                                     [UNIT_QUARTER] = PERIOD_QUARTER,
                                     [UNIT_YEAR] = PERIOD_YEAR,
                                     [UNIT_DAY] = PERIOD_DAY};
  out->subject = IMAGE_KEY_MAX;
  out->counter = duty->counter->index;
  out->period = periods[duty->period];
  emit_due(&duty->due, out);
}

static void emit_duty(struct emitter *e, const struct duty *duty) {
  const struct force force = duty->force;
  struct image_duty out = {
      .name = string(e, duty->names.en),
      .name_zh = string(e, duty->names.zh),
      .event = duty->event->index,
      .rule = duty->rule->index,
      .lateness = nuo__plan_duty_lateness(e->p, duty),
      .trigger = IMAGE_NONE,
      .suspended = IMAGE_NONE,
      .from = force.from == INT32_MIN ? INT64_MIN : nuo__plan_midnight(e->p, force.from),
      .until = force.until == INT32_MAX ? INT64_MAX : nuo__plan_midnight(e->p, force.until + 1),
      .counter = IMAGE_NONE};
  if (duty->trigger != NULL)
    emit_begun(e, duty, &out);
  else
    emit_periodic(duty, &out);
  nuo__plan_duty_identity(e->p, duty, out.identity);
  nuo__image_add(e->p->out, SECTION_DUTIES, &out);
}

void nuo__emit_duties(struct emitter *e) {
  for (uint32_t i = 0; i < e->p->program->duties.count; i++) emit_duty(e, e->p->program->duties.at[i]);
}

// ---- what duties ask of facts ----
void nuo__emit_fact_uses(const struct emitter *e, const struct fact *fact, struct image_fact *out) {
  for (uint32_t i = 0; i < e->p->program->duties.count; i++) {
    const struct duty *duty = e->p->program->duties.at[i];
    if (duty->suspended != NULL && nuo__expr_peel(duty->suspended)->target == fact) out->suspends = 1;
    if (duty->each == fact) out->each_parts |= (uint16_t)(1u << duty->each_part);
  }
}
