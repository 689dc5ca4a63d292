// SPDX-License-Identifier: Apache-2.0
// What begins duties, fulfils their steps and ends them, and which deadline comes next: by walking all that
// ever began. Called by derive.c.
#include "tests/oracle/duty.h"

#include "runtime/image.h"
#include "runtime/limits.h"
#include "runtime/when.h"
#include "tests/oracle/due.h"

#define LATE_MS INT64_C(2592000000)
#define REPORT_LATENESS 600000

static nuo_text text_of(struct str s) {
  return (nuo_text){s.at, s.len};
}

// ---- keys ----
static bool holds(struct oracle *o, const struct expr *condition) {
  if (condition == NULL) return true;
  const struct value v = eval(o, condition);
  return value_true(&v);
}

// NULL when a part is unknown.
static struct value *key_of(struct oracle *o, struct expr *const *parts, uint32_t count) {
  struct value *key = nuo__arena_alloc(o->memory->arena, (count + 1) * sizeof *key);
  for (uint32_t i = 0; i < count; i++) {
    key[i] = eval(o, parts[i]);
    if (!key[i].known) return NULL;
  }
  return key;
}

static struct value *fact_key(struct oracle *o, const struct expr *use) {
  const struct fact *fact = use->target;
  struct value *key = key_of(o, use->items.at, use->items.count);
  for (uint32_t i = 0; key != NULL && i < fact->keys.count; i++)
    if (fact->keys.at[i]->kind == TYPE_DECIMAL) key[i] = as_decimal(key[i]);
  return key;
}

static bool same_part(struct value a, struct value b) {
  if (a.type->kind == TYPE_DECIMAL) b = as_decimal(b);
  if (b.type->kind == TYPE_DECIMAL) a = as_decimal(a);
  return a.known && b.known && same_value(&a, &b);
}

static bool same_key(const struct value *a, const struct value *b, uint32_t count) {
  if (a == NULL || b == NULL) return false;
  for (uint32_t i = 0; i < count; i++)
    if (!same_part(a[i], b[i])) return false;
  return true;
}

static bool is_tied(const struct instance *i, const struct value *key) {
  return i->key != NULL && key != NULL && same_key(i->key, key, i->duty->key.count);
}

// ---- versions ----
static const struct oracle *version_at(const struct memory *memory, int64_t time) {
  for (uint32_t i = 0; i < memory->version_count; i++) {
    struct oracle o = memory->versions[i];
    o.time = time;
    if (oracle_force(&o) == NUO_IN_FORCE) return &memory->versions[i];
  }
  return NULL;
}

// ---- what an event does ----
static struct value *match_key(struct oracle *o, const struct duty_match *match) {
  if (match->event != o->event || !holds(o, match->where)) return NULL;
  return key_of(o, match->key.at, match->key.count);
}

static void plan_matches(struct oracle *o, struct duty_move *move) {
  const struct duty *duty = move->duty;
  move->steps = nuo__arena_alloc(o->arena, (duty->steps.count + 1) * sizeof *move->steps);
  for (uint32_t i = 0; i < duty->steps.count; i++) move->steps[i] = match_key(o, &duty->steps.at[i].match);
  for (uint32_t i = 0; i < duty->discharges.count; i++) {
    struct value *key = match_key(o, &duty->discharges.at[i]);
    if (key != NULL) VEC_PUSH(o->arena, &move->discharges, key);
  }
}

static struct instance *new_instance(struct oracle *o, const struct duty *duty, struct value each) {
  struct arena *arena = o->memory->arena;
  struct instance *i = ARENA_NEW(arena, struct instance);
  struct oracle at = *o;
  if (duty->each != NULL) at.each = &each;
  *i = (struct instance){.duty = duty, .o = *o, .each = each};
  // A derived event may have been decided by an older version.
  const struct oracle *version = version_at(o->memory, o->time);
  if (version != NULL) {
    i->o.program = version->program;
    i->o.event = version->program->events.at[o->event->index];
    i->duty = version->program->duties.at[duty->index];
  }
  i->key = key_of(&at, duty->key.at, duty->key.count);
  i->dues = nuo__arena_alloc(arena, (duty->steps.count + 1) * sizeof *i->dues);
  i->steps = nuo__arena_alloc(arena, (duty->steps.count + 1) * sizeof *i->steps);
  i->warnings = nuo__arena_alloc(arena, (duty->warnings.count + 1) * sizeof *i->warnings);
  i->warned = nuo__arena_alloc(arena, (duty->warnings.count + 1) * sizeof *i->warned);
  for (uint32_t k = 0; k < duty->steps.count; k++) {
    due_of(&at, &duty->steps.at[k].deadline, &i->dues[k]);
    i->steps[k] = STEP_OPEN;
  }
  for (uint32_t k = 0; k < duty->warnings.count; k++)
    i->warned[k] = !due_of(&at, &duty->warnings.at[k], &i->warnings[k]);
  if (duty->suspended != NULL) i->suspended = fact_key(&at, duty->suspended);
  return i;
}

static bool is_excused(const struct oracle *o, const struct duty *duty, const struct value *each) {
  struct oracle at = *o;
  if (duty->each != NULL) at.each = each;
  for (uint32_t i = 0; i < duty->unless.count; i++)
    if (holds(&at, duty->unless.at[i])) return true;
  return false;
}

static void plan_opening(struct oracle *o, struct duty_move *move) {
  const struct duty *duty = move->duty;
  value_list values = {0};
  if (duty->trigger != o->event || !oracle_holds_now(o, &duty->force) || !holds(o, duty->where)) return;
  if (o->again && duty->trigger->origin == EVENT_DUTY) return;
  if (duty->each == NULL)
    VEC_PUSH(o->arena, &values, (struct value){.known = false});
  else
    fact_values(o, duty->each, duty->each_part, (const expr_list *)&duty->each_key, &values);
  move->too_many = values.count > LIMIT_EACH;
  for (uint32_t i = 0; i < values.count && i < LIMIT_EACH; i++)
    if (!is_excused(o, duty, &values.at[i]))
      VEC_PUSH(o->arena, &move->opened, new_instance(o, duty, values.at[i]));
}

void duties_plan(struct oracle *o, bool opens, move_list *moves) {
  for (uint32_t i = 0; i < o->program->duties.count; i++) {
    struct duty_move move = {.duty = o->program->duties.at[i]};
    if (move.duty->trigger == NULL) continue;
    plan_matches(o, &move);
    if (opens) plan_opening(o, &move);
    VEC_PUSH(o->arena, moves, move);
  }
}

// ---- changes ----
#define NO_STEP UINT32_MAX

static struct str identity_of_trigger(const struct instance *i) {
  struct oracle o = i->o;
  return oracle_identity(&o);
}

// The due time of a step is not told while the clock stands.
static nuo_duty_change change_of(struct instance *i, nuo_duty_state state, uint32_t step) {
  const struct rule *rule = i->duty->rule;
  nuo_duty_change change = {.duty = text_of(i->duty->names.en),
                            .duty_zh = text_of(i->duty->names.zh),
                            .state = state,
                            .event = text_of(identity_of_trigger(i)),
                            .is_otherwise = i->duty->trigger->origin == EVENT_DUTY};
  if (rule->pack != NULL) change.pack = text_of(rule->pack->names.en);
  if (rule->pack != NULL) change.pack_zh = text_of(rule->pack->names.zh);
  if (rule->clause != CLAUSE_NONE) change.clause = text_of(i->o.program->clauses.at[rule->clause].number);
  if (step == NO_STEP) return change;
  change.step = text_of(i->duty->steps.at[step].match.event->wire_name);
  const int64_t due = due_now(i, &i->dues[step], NULL);
  if (due == NEVER) return change;
  change.due = due;
  change.due_offset = nuo__zone_offset_at(i->o.policy_zone, due);
  return change;
}

static uint32_t awaited(const struct instance *i) {
  for (uint32_t k = 0; k < i->duty->steps.count; k++)
    if (i->steps[k] == STEP_OPEN) return k;
  return NO_STEP;
}

// Nothing is left to do, in time or late.
static bool is_over(const struct instance *i) {
  for (uint32_t k = 0; k < i->duty->steps.count; k++)
    if (i->steps[k] != STEP_DONE && i->steps[k] != STEP_CLOSED) return false;
  return true;
}

static void tell(struct oracle *o, struct instance *i, nuo_duty_state state, uint32_t step,
                 change_list *changes) {
  nuo_duty_change change = change_of(i, state, step);
  change.is_last = state == NUO_DUTY_DISCHARGED || (state == NUO_DUTY_FULFILLED && awaited(i) == NO_STEP) ||
                   (state == NUO_DUTY_LATE && is_over(i));
  VEC_PUSH(o->memory->arena, changes, change);
}

// ---- steps ----
static bool in_time(struct instance *i, uint32_t step, int64_t time) {
  return time <= due_now(i, &i->dues[step], NULL);
}

static bool waits_for_deadline(const struct instance *i, uint32_t step) {
  return i->steps[step] == STEP_PASSED || i->steps[step] == STEP_LATE;
}

// Late, within thirty days.
static bool is_late(struct instance *i, uint32_t step, int64_t time) {
  return i->steps[step] == STEP_MISSED && time - due_now(i, &i->dues[step], NULL) <= LATE_MS;
}

// All steps before it are done, told as missed, or over.
static bool comes_next(struct oracle *o, struct instance *i, uint32_t step) {
  for (uint32_t k = 0; k < step; k++)
    if (i->steps[k] == STEP_OPEN && in_time(i, k, o->time)) return false;
  return i->steps[step] == STEP_OPEN;
}

// False when the event does nothing to the step.
static bool meet_step(struct oracle *o, struct instance *i, uint32_t step, change_list *changes) {
  if (comes_next(o, i, step) || waits_for_deadline(i, step)) {
    if (in_time(i, step, o->time)) {
      i->steps[step] = STEP_DONE;
      tell(o, i, NUO_DUTY_FULFILLED, step, changes);
      return true;
    }
    const bool was_late = i->steps[step] == STEP_LATE;
    i->steps[step] = STEP_LATE;
    return !was_late;
  }
  if (!is_late(i, step, o->time)) return false;
  i->steps[step] = STEP_CLOSED;
  tell(o, i, NUO_DUTY_LATE, step, changes);
  return true;
}

// The first open step that is still in time, and all behind it: what was due before stays due.
static void discharge(struct oracle *o, struct instance *i, change_list *changes) {
  const uint32_t count = i->duty->steps.count;
  uint32_t first = 0;
  while (first < count && (i->steps[first] != STEP_OPEN || !in_time(i, first, o->time))) first++;
  if (o->time < i->o.time || first == count) return;
  tell(o, i, NUO_DUTY_DISCHARGED, first, changes);
  for (uint32_t k = 0; k < count; k++) {
    if (k < first && i->steps[k] == STEP_OPEN) i->steps[k] = STEP_PASSED;
    if (k >= first || !waits_for_deadline(i, k)) i->steps[k] = STEP_CLOSED;
  }
}

// The first step that the event does something to, of each instance.
static void meet_all(struct oracle *o, const struct duty_move *move, change_list *changes) {
  const struct memory *memory = o->memory;
  for (uint32_t i = 0; i < memory->instances.count; i++) memory->instances.at[i]->met = false;
  for (uint32_t k = 0; k < move->duty->steps.count; k++)
    for (uint32_t i = 0; i < memory->instances.count; i++) {
      struct instance *at = memory->instances.at[i];
      if (at->duty->index != move->duty->index || at->met || o->time < at->o.time) continue;
      if (is_tied(at, move->steps[k])) at->met = meet_step(o, at, k, changes);
    }
}

static void discharge_all(struct oracle *o, const struct duty_move *move, change_list *changes) {
  const struct memory *memory = o->memory;
  for (uint32_t k = 0; k < move->discharges.count; k++)
    for (uint32_t i = 0; i < memory->instances.count; i++) {
      struct instance *at = memory->instances.at[i];
      if (at->duty->index == move->duty->index && is_tied(at, move->discharges.at[k]))
        discharge(o, at, changes);
    }
}

static void open_all(struct oracle *o, const struct duty_move *move, change_list *changes) {
  for (uint32_t i = 0; i < move->opened.count; i++) {
    VEC_PUSH(o->memory->arena, &o->memory->instances, move->opened.at[i]);
    tell(o, move->opened.at[i], NUO_DUTY_OPENED, 0, changes);
  }
  if (move->too_many) tell(o, move->opened.at[0], NUO_DUTY_NOT_OPENED, NO_STEP, changes);
}

// What has begun can be fulfilled by a later event only.
void duties_move(struct oracle *o, const move_list *moves, change_list *changes) {
  for (uint32_t i = 0; i < moves->count; i++) meet_all(o, &moves->at[i], changes);
  for (uint32_t i = 0; i < moves->count; i++) discharge_all(o, &moves->at[i], changes);
  for (uint32_t i = 0; i < moves->count; i++)
    if (moves->at[i].duty->each == NULL) open_all(o, &moves->at[i], changes);
  for (uint32_t i = 0; i < moves->count; i++)
    if (moves->at[i].duty->each != NULL) open_all(o, &moves->at[i], changes);
}

// ---- what comes next ----
static int64_t greater(int64_t a, int64_t b) {
  return a > b ? a : b;
}

static int64_t effect_lateness(const struct memory *memory, const struct event_type *type) {
  return greater(memory->lateness[type->index], type->enforceable ? REPORT_LATENESS : 0);
}

// How late something may come that fulfils or discharges it, or changes what suspends it.
static int64_t own_lateness(const struct memory *memory, const struct duty *duty) {
  int64_t most = duty->trigger == NULL ? effect_lateness(memory, duty->counter->event) : 0;
  for (uint32_t i = 0; i < duty->steps.count; i++)
    most = greater(most, effect_lateness(memory, duty->steps.at[i].match.event));
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    most = greater(most, effect_lateness(memory, duty->discharges.at[i].event));
  if (duty->suspended == NULL) return most;
  const struct fact *fact = duty->suspended->target;
  for (uint32_t i = 0; i < fact->changes.count; i++)
    most = greater(most, effect_lateness(memory, fact->changes.at[i].event));
  return most;
}

// Those that are one breach wait for each other.
static int64_t lateness_of(const struct memory *memory, const struct duty *duty) {
  const struct same *same = duty->rule->same;
  int64_t most = own_lateness(memory, duty);
  if (same == NULL) return most;
  const struct program *program = memory->versions[0].program;
  for (uint32_t i = 0; i < program->duties.count; i++) {
    const struct same *other = program->duties.at[i]->rule->same;
    if (other != NULL && other->index == same->index)
      most = greater(most, own_lateness(memory, program->duties.at[i]));
  }
  return most;
}

// A derived event comes as late as its cause, a missed duty as late as what would have fulfilled it.
static void spread_lateness(struct memory *memory, const struct program *program) {
  int64_t *lateness = memory->lateness;
  for (uint32_t i = 0; i < program->rules.count; i++) {
    const struct rule *rule = program->rules.at[i];
    const int64_t cause = lateness[rule->event->index];
    for (uint32_t k = 0; k < program->breaches.count; k++) {
      const struct breach_type *type = program->breaches.at[k];
      if (type->pack != NULL && (rule->pack == NULL || !type->pack->reaches[rule->pack->index])) continue;
      lateness[type->event->index] = greater(lateness[type->event->index], cause);
    }
    for (uint32_t k = 0; k < rule->raises.count; k++) {
      const uint32_t raised = rule->raises.at[k].event->index;
      lateness[raised] = greater(lateness[raised], cause);
    }
  }
  for (uint32_t i = 0; i < program->duties.count; i++) {
    const uint32_t own = program->duties.at[i]->event->index;
    lateness[own] = greater(lateness[own], lateness_of(memory, program->duties.at[i]));
  }
}

void duties_begin(struct memory *memory) {
  const struct program *program = memory->versions[0].program;
  memory->lateness = nuo__arena_alloc(memory->arena, program->events.count * sizeof *memory->lateness);
  for (uint32_t i = 0; i < program->events.count; i++) memory->lateness[i] = program->events.at[i]->lateness;
  for (uint32_t i = 0; i < program->events.count; i++) spread_lateness(memory, program);
}

static bool same_record(const struct coming *a, const struct coming *b) {
  if (a->duty->index != b->duty->index) return false;
  if (a->instance == NULL) return true;
  // Another duty that is one breach with it may bring any of them about.
  if (a->duty->rule->same != NULL) return a->instance == b->instance;
  return a->instance == b->instance || same_key(a->instance->key, b->instance->key, a->duty->key.count);
}

// The least of all instants is kept, with everything of that instant.
static void offer(const struct memory *memory, struct arena *arena, int64_t mark, struct coming coming,
                  coming_list *list) {
  const int64_t lateness = lateness_of(memory, coming.duty);
  if (coming.due > NEVER - lateness - 1) return;
  coming.at = coming.due + lateness;
  if (coming.at >= mark || (list->count > 0 && coming.at > list->at[0].at)) return;
  if (list->count > 0 && coming.at < list->at[0].at) list->count = 0;
  for (uint32_t i = 0; i < list->count; i++)
    if (same_record(&list->at[i], &coming)) return;
  VEC_PUSH(arena, list, coming);
}

static void offer_instance(const struct memory *memory, struct instance *i, struct arena *arena, int64_t mark,
                           coming_list *list) {
  struct coming coming = {.instance = i, .duty = i->duty, .is_warning = true};
  for (uint32_t k = 0; k < i->duty->warnings.count; k++) {
    if (i->warned[k] || awaited(i) == NO_STEP) continue;
    coming.which = k;
    coming.due = due_now(i, &i->warnings[k], NULL);
    offer(memory, arena, mark, coming, list);
  }
  coming.is_warning = false;
  for (uint32_t k = 0; k < i->duty->steps.count; k++) {
    if (i->steps[k] != STEP_OPEN && !waits_for_deadline(i, k)) continue;
    coming.which = k;
    coming.due = due_now(i, &i->dues[k], NULL);
    offer(memory, arena, mark, coming, list);
  }
}

// ---- periods ----
static bool in_force_at(const struct memory *memory, const struct duty *duty, int64_t time) {
  const struct oracle *version = version_at(memory, time);
  if (version == NULL) return false;
  struct oracle o = *version;
  o.time = time;
  // A policy that is used brings its own time in force along, which may be another in each version.
  return oracle_holds_now(&o, &version->program->duties.at[duty->index]->force);
}

static int32_t next_period(const struct duty *duty, int32_t day) {
  do day++;
  while (!begins_period(duty->period, day));
  return day;
}

// The period that begins on that day. False when it cannot be told.
static bool period_at(const struct memory *memory, const struct duty *duty, int32_t day, struct coming *out) {
  const struct oracle *any = &memory->versions[0];
  const int32_t next = next_period(duty, day);
  *out = (struct coming){.duty = duty, .first_day = day};
  if (!nuo__zone_instant(any->policy_zone, day, 0, &out->from) ||
      !nuo__zone_instant(any->policy_zone, next, 0, &out->until))
    return false;
  out->version = version_at(memory, out->from);
  struct due due = {.at = out->until - 1, .certain = true};
  if (duty->due.length != NULL) {
    const struct expr *length = expr_peel(duty->due.length);
    struct oracle o = *any;
    if (duty->due.type->kind == TYPE_PERIOD) {
      if (!due_after_day(&o, next - 1, length->number, length->unit, &due)) return false;
    } else {
      due.at = out->until + eval(&o, duty->due.length).number;
    }
  }
  out->due = due.at;
  out->certain = due.certain;
  return true;
}

static bool is_judged(const struct memory *memory, const struct duty *duty, int32_t day) {
  for (uint32_t i = 0; i < memory->judged.count; i++)
    if (memory->judged.at[i].duty == duty->index && memory->judged.at[i].first_day == day) return true;
  return false;
}

static void offer_period(const struct memory *memory, const struct duty *duty, struct arena *arena,
                         int64_t mark, coming_list *list) {
  int32_t day, clock;
  struct coming coming;
  if (memory->first == INT64_MIN ||
      !nuo__zone_local(memory->versions[0].policy_zone, memory->first, &day, &clock))
    return;
  if (clock > 0 || !begins_period(duty->period, day)) day = next_period(duty, day);
  for (; period_at(memory, duty, day, &coming) && coming.from < mark; day = next_period(duty, day)) {
    if (is_judged(memory, duty, day) || coming.version == NULL || !in_force_at(memory, duty, coming.from) ||
        !in_force_at(memory, duty, coming.until - 1))
      continue;
    coming.duty = coming.version->program->duties.at[duty->index];
    offer(memory, arena, mark, coming, list);
    return;
  }
}

void duties_coming(struct memory *memory, struct arena *arena, int64_t mark, coming_list *list) {
  list->count = 0;
  if (memory->version_count == 0) return;
  const struct program *program = memory->versions[0].program;
  for (uint32_t i = 0; i < memory->instances.count; i++)
    offer_instance(memory, memory->instances.at[i], arena, mark, list);
  for (uint32_t i = 0; i < program->duties.count; i++)
    if (program->duties.at[i]->trigger == NULL)
      offer_period(memory, program->duties.at[i], arena, mark, list);
}

// ---- what is one breach ----
static bool same_cause(const struct instance *a, const struct instance *b) {
  const bool tied =
      a->key == NULL ? b->key == NULL : b->key != NULL && same_key(a->key, b->key, a->duty->key.count);
  return tied && a->o.time == b->o.time && nuo__str_equal(identity_of_trigger(a), identity_of_trigger(b));
}

static void join_instance(const struct memory *memory, const struct coming *coming, const struct rule *rule,
                          coming_list *joined) {
  for (uint32_t i = 0; i < memory->instances.count; i++) {
    struct instance *at = memory->instances.at[i];
    if (at->duty->rule != rule || !same_cause(coming->instance, at)) continue;
    for (uint32_t k = 0; k < at->duty->steps.count; k++) {
      if ((at->steps[k] != STEP_OPEN && !waits_for_deadline(at, k)) ||
          due_now(at, &at->dues[k], NULL) != coming->due)
        continue;
      struct coming other = *coming;
      other.instance = at;
      other.duty = at->duty;
      other.which = k;
      VEC_PUSH(memory->arena, joined, other);
      return;
    }
  }
}

static void join_period(const struct memory *memory, const struct coming *coming, const struct rule *rule,
                        coming_list *joined) {
  const struct program *program = coming->version->program;
  for (uint32_t i = 0; i < program->duties.count; i++) {
    const struct duty *duty = program->duties.at[i];
    struct coming other;
    if (duty->rule != rule || is_judged(memory, duty, coming->first_day) ||
        !period_at(memory, duty, coming->first_day, &other) || other.due != coming->due ||
        !in_force_at(memory, duty, other.from) || !in_force_at(memory, duty, other.until - 1))
      continue;
    other.at = coming->at;
    VEC_PUSH(memory->arena, joined, other);
  }
}

void duties_joined(struct memory *memory, const struct coming *coming, coming_list *joined) {
  const struct same *same = coming->duty->rule->same;
  joined->count = 0;
  for (uint32_t i = 0; same != NULL && !coming->is_warning && i < same->rules.count; i++) {
    const struct rule *rule = same->rules.at[i];
    if (rule == coming->duty->rule)
      VEC_PUSH(memory->arena, joined, *coming);
    else if (coming->instance != NULL)
      join_instance(memory, coming, rule, joined);
    else
      join_period(memory, coming, rule, joined);
  }
  if (joined->count == 0) VEC_PUSH(memory->arena, joined, *coming);
}

// ---- the event of a deadline ----
static struct value known(const struct field *field, int64_t number) {
  return value_of(field->type, number);
}

static struct value known_text(const struct field *field, struct str text) {
  return (struct value){.type = field->type, .known = true, .text = text};
}

static void bind_period(struct memory *memory, const struct coming *coming, struct oracle *o) {
  const struct duty *duty = coming->duty;
  char day[11];
  uint32_t counted = 0;
  const int64_t from = duty->due.length == NULL ? coming->from : coming->until;
  for (uint32_t i = 0; i < memory->past.count; i++) {
    const struct past *past = &memory->past.at[i];
    if (past->time < from || past->time > coming->due) continue;
    for (uint32_t k = 0; k < past->traces.count; k++)
      counted += past->traces.at[k].kind == TRACE_COUNT && past->traces.at[k].index == duty->counter->index;
  }
  if (counted > duty->counter->capacity) counted = duty->counter->capacity;
  nuo__when_format_date(coming->first_day, day);
  struct field *const *fields = duty->event->fields.at;
  o->fields[PERIOD_ID] = known_text(fields[PERIOD_ID], nuo__arena_format(memory->arena, "%s", day));
  o->fields[PERIOD_DUE] = known(fields[PERIOD_DUE], coming->due);
  o->fields[PERIOD_FROM] = known(fields[PERIOD_FROM], coming->from);
  o->fields[PERIOD_UNTIL] = known(fields[PERIOD_UNTIL], coming->until);
  o->fields[PERIOD_COUNTED] = known(fields[PERIOD_COUNTED], counted);
  if (coming->certain) o->fields[PERIOD_CALENDAR] = known(fields[PERIOD_CALENDAR], true);
}

static void bind_missed(const struct coming *coming, struct oracle *o) {
  struct instance *i = coming->instance;
  const struct duty *duty = i->duty;
  struct field *const *fields = duty->event->fields.at;
  int64_t suspended = 0;
  o->again = i->failed;
  due_now(i, &i->dues[coming->which], &suspended);
  o->fields[DUTY_ID] = known_text(fields[DUTY_ID], identity_of_trigger(i));
  o->fields[DUTY_DUE] = known(fields[DUTY_DUE], coming->due);
  o->fields[DUTY_STEP] = known_text(fields[DUTY_STEP], duty->steps.at[coming->which].match.event->wire_name);
  if (i->dues[coming->which].certain) o->fields[DUTY_CALENDAR] = known(fields[DUTY_CALENDAR], true);
  if (suspended > 0) o->fields[DUTY_SUSPENDED] = known(fields[DUTY_SUSPENDED], suspended);
  for (uint32_t k = DUTY_FIELDS; k < duty->event->fields.count; k++) {
    if (fields[k] == duty->each_field)
      o->fields[k] = i->each;
    else if (fields[k]->source != NULL)
      o->fields[k] = i->o.fields[fields[k]->source->index];
    else
      o->fields[k] = oracle_field(&i->o, fields[k]);
  }
}

// The deadline, and that it was done after all.
static void missed_changes(const struct coming *coming, change_list *changes) {
  struct instance *i = coming->instance;
  const enum step_state state = i->steps[coming->which];
  VEC_PUSH(i->o.memory->arena, changes, change_of(i, NUO_DUTY_MISSED, coming->which));
  if (state != STEP_LATE) return;
  i->steps[coming->which] = STEP_CLOSED;
  tell(&i->o, i, NUO_DUTY_LATE, coming->which, changes);
  i->steps[coming->which] = state;
}

void duty_bind(struct memory *memory, const struct coming *coming, struct oracle *o, change_list *changes) {
  *o = coming->instance != NULL ? coming->instance->o : *coming->version;
  o->memory = memory;
  o->event = coming->duty->event;
  o->time = coming->due;
  o->zone = o->policy_zone;
  o->each = NULL;
  o->fields = nuo__arena_alloc(memory->arena, (o->event->fields.count + 1) * sizeof *o->fields);
  for (uint32_t k = 0; k < o->event->fields.count; k++)
    o->fields[k] = value_unknown(o->event->fields.at[k]->type);
  if (coming->instance == NULL) {
    bind_period(memory, coming, o);
  } else if (coming->is_warning) {
    VEC_PUSH(memory->arena, changes, change_of(coming->instance, NUO_DUTY_WARNED, awaited(coming->instance)));
    o->fields[DUTY_ID] = known_text(o->event->fields.at[DUTY_ID], identity_of_trigger(coming->instance));
  } else {
    bind_missed(coming, o);
    oracle_own_zone(o);
    missed_changes(coming, changes);
  }
}

void duty_told(struct memory *memory, const struct coming *coming) {
  struct instance *i = coming->instance;
  if (i == NULL) {
    const struct judged judged = {coming->duty->index, coming->first_day};
    VEC_PUSH(memory->arena, &memory->judged, judged);
  } else if (coming->is_warning) {
    i->warned[coming->which] = true;
  } else {
    i->failed = true;
    i->steps[coming->which] = i->steps[coming->which] == STEP_LATE ? STEP_CLOSED : STEP_MISSED;
  }
}
