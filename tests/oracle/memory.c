// SPDX-License-Identifier: Apache-2.0
// Facts, counts and times since, out of the list of what was decided before. Written from the language's
// definition: an end prevails over a start at one instant, windows are open at their beginning, what lies
// after the event's own time is not seen. Called by eval.c, explain.c and trial.c.
#include "tests/oracle/memory.h"

#include <string.h>

#include "runtime/when.h"

#define WAITING_MS INT64_C(604800000)

// ---- keys ----
// The values of a key, as the types it was declared with have them. False when one is unknown.
static bool eval_key(struct oracle *o, struct expr *const *parts, const struct type *const *types,
                     uint32_t count, struct value *key) {
  bool known = true;
  for (uint32_t i = 0; i < count; i++) {
    key[i] = eval(o, parts[i]);
    if (types[i]->kind == TYPE_DECIMAL) key[i] = as_decimal(key[i]);
    known = known && key[i].known;
  }
  return known;
}

static struct value *new_key(struct arena *arena, uint32_t count) {
  return nuo__arena_alloc(arena, (count + 1) * sizeof(struct value));
}

static bool same_key(const struct trace *trace, const struct value *key, uint32_t count) {
  if (trace->key_count != count) return false;
  for (uint32_t i = 0; i < count; i++)
    if (!same_value(&trace->key[i], &key[i])) return false;
  return true;
}

static const struct type **counter_types(struct oracle *o, const struct counter *counter) {
  const struct type **types = nuo__arena_alloc(o->arena, (counter->key.count + 1) * sizeof *types);
  for (uint32_t i = 0; i < counter->key.count; i++) types[i] = counter->key.at[i]->type;
  return types;
}

// ---- facts ----
static bool changes_fact(const struct trace *trace, uint32_t index, const struct value *key, uint32_t count) {
  return trace->kind != TRACE_COUNT && trace->index == index && same_key(trace, key, count);
}

// The first instant after `after` and not after the event's time at which the fact changes.
static bool next_change(const struct oracle *o, uint32_t index, const struct value *key, uint32_t count,
                        int64_t after, int64_t *next) {
  bool any = false;
  for (uint32_t i = 0; i < o->memory->past.count; i++) {
    const struct past *past = &o->memory->past.at[i];
    if (past->time <= after || past->time > o->time || (any && past->time >= *next)) continue;
    for (uint32_t k = 0; k < past->traces.count; k++)
      if (changes_fact(&past->traces.at[k], index, key, count)) {
        any = true;
        *next = past->time;
      }
  }
  return any;
}

// All changes of one instant: an end prevails, else the start that was told last.
static void apply_instant(const struct oracle *o, uint32_t index, const struct value *key, uint32_t count,
                          int64_t instant, struct holding *holding) {
  const struct trace *start = NULL;
  bool ends = false;
  for (uint32_t i = 0; i < o->memory->past.count; i++) {
    const struct past *past = &o->memory->past.at[i];
    for (uint32_t k = 0; past->time == instant && k < past->traces.count; k++) {
      const struct trace *trace = &past->traces.at[k];
      if (!changes_fact(trace, index, key, count)) continue;
      ends |= trace->kind == TRACE_END;
      if (trace->kind == TRACE_START) start = trace;
    }
  }
  if (!ends && !holding->holds) holding->since = instant;
  holding->holds = !ends;
  if (!ends) holding->value = start->with;
}

bool fact_holding(struct oracle *o, const struct expr *call, struct holding *holding) {
  const struct fact *fact = call->target;
  struct value *key = new_key(o->arena, fact->keys.count);
  int64_t instant = INT64_MIN;
  *holding = (struct holding){.holds = false};
  if (!eval_key(o, call->items.at, fact->keys.at, fact->keys.count, key)) return false;
  while (next_change(o, fact->index, key, fact->keys.count, instant, &instant))
    apply_instant(o, fact->index, key, fact->keys.count, instant, holding);
  return true;
}

void fact_spans(struct oracle *o, const struct fact *fact, const struct value *key, span_list *spans) {
  struct oracle always = *o;
  struct holding holding = {.holds = false};
  int64_t instant = INT64_MIN;
  always.time = INT64_MAX;
  while (next_change(&always, fact->index, key, fact->keys.count, instant, &instant)) {
    const bool held = holding.holds;
    apply_instant(&always, fact->index, key, fact->keys.count, instant, &holding);
    if (held == holding.holds) continue;
    if (held)
      spans->at[spans->count - 1].until = instant;
    else
      VEC_PUSH(o->memory->arena, spans, ((struct span_held){instant, INT64_MAX}));
  }
}

static bool holds_with(struct oracle *o, const struct fact *fact, const struct value *key) {
  struct holding holding = {.holds = false};
  int64_t instant = INT64_MIN;
  while (next_change(o, fact->index, key, fact->keys.count, instant, &instant))
    apply_instant(o, fact->index, key, fact->keys.count, instant, &holding);
  return holding.holds;
}

static bool is_listed(const value_list *values, const struct value *value) {
  for (uint32_t i = 0; i < values->count; i++)
    if (same_value(&values->at[i], value)) return true;
  return false;
}

static bool is_less(const struct value *a, const struct value *b) {
  if (a->type->kind != TYPE_TEXT && a->type->kind != TYPE_ZONE) return a->number < b->number;
  const uint32_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
  const int order = len == 0 ? 0 : memcmp(a->text.at, b->text.at, len);
  return order != 0 ? order < 0 : a->text.len < b->text.len;
}

static void insert_value(struct arena *arena, value_list *values, struct value value) {
  VEC_PUSH(arena, values, value);
  for (uint32_t i = values->count - 1; i > 0 && is_less(&value, &values->at[i - 1]); i--) {
    values->at[i] = values->at[i - 1];
    values->at[i - 1] = value;
  }
}

void fact_values(struct oracle *o, const struct fact *fact, uint32_t part, const expr_list *given,
                 value_list *values) {
  const uint32_t count = fact->keys.count;
  struct value *key = new_key(o->arena, count);
  for (uint32_t i = 0; i < count; i++) {
    if (i == part) continue;
    key[i] = eval(o, given->at[i]);
    if (fact->keys.at[i]->kind == TYPE_DECIMAL) key[i] = as_decimal(key[i]);
    if (!key[i].known) return;
  }
  for (uint32_t i = 0; i < o->memory->past.count; i++)
    for (uint32_t k = 0; k < o->memory->past.at[i].traces.count; k++) {
      const struct trace *trace = &o->memory->past.at[i].traces.at[k];
      if (trace->kind != TRACE_START || trace->index != fact->index) continue;
      key[part] = trace->key[part];
      if (same_key(trace, key, count) && holds_with(o, fact, key) && !is_listed(values, &key[part]))
        insert_value(o->arena, values, key[part]);
    }
}

// ---- windows ----
// Back day by day to the first one of the period.
bool begins_period(enum unit period, int32_t day) {
  struct civil c;
  if (period == UNIT_DAY) return true;
  if (period == UNIT_WEEK) return nuo__when_weekday(day) == 1;
  if (!nuo__when_civil_from_days(day, &c) || c.day != 1) return false;
  return period == UNIT_MONTH || (period == UNIT_QUARTER ? c.month % 3 == 1 : c.month == 1);
}

static bool first_day(enum unit period, int32_t day, int32_t *first) {
  while (nuo__when_is_date(day) && !begins_period(period, day)) day--;
  *first = day;
  return nuo__when_is_date(day);
}

static struct value instant_of(int64_t ms) {
  return value_of(nuo__type_simple(TYPE_INSTANT), ms);
}

static struct value unknown_start(nuo_reason_kind kind) {
  struct value v = value_unknown(nuo__type_simple(TYPE_INSTANT));
  v.has_own = true;
  v.own = (struct reason){kind, STR("")};
  return v;
}

// The last instant that is not in the window any more. Sums and shares are made by periods of the policy's
// zone.
struct value window_start(struct oracle *o, const struct counter *counter,
                          const struct model_window *window) {
  const bool total = counter->kind == AGGREGATE_SUM || counter->kind == AGGREGATE_SHARE;
  const struct zone *zone = total ? o->policy_zone : o->zone;
  const struct value now = instant_of(o->time);
  int32_t day, clock, first;
  int64_t ms;
  if (window->kind == WINDOW_LAST) {
    const struct expr *length = expr_peel(window->length);
    if (window->length_type->kind == TYPE_PERIOD) return add_period(o, &now, -length->number, length->unit);
    return instant_of(o->time - duration_ms(length->number, length->unit));
  }
  if (!nuo__zone_local(zone, o->time, &day, &clock) || !first_day(window->period, day, &first) ||
      !nuo__zone_instant(zone, first, 0, &ms))
    return unknown_start(NUO_REASON_DATE);
  return instant_of(ms - 1);
}

// ---- counts ----
static void insert(struct oracle *o, time_list *times, int64_t time) {
  VEC_PUSH(o->arena, times, time);
  for (uint32_t i = times->count - 1; i > 0 && times->at[i - 1] > time; i--) {
    times->at[i] = times->at[i - 1];
    times->at[i - 1] = time;
  }
}

typedef VEC(const struct trace *) trace_list;

// What counts in the window, in the order in which it was decided, with its times. False as counted_times.
static bool counted(struct oracle *o, const struct counter *counter, const expr_list *key,
                    const struct model_window *window, time_list *times, trace_list *traces) {
  struct value *values = new_key(o->arena, counter->key.count);
  const bool known = eval_key(o, key->at, counter_types(o, counter), counter->key.count, values);
  int64_t after = INT64_MIN;
  if (window != NULL) {
    const struct value start = window_start(o, counter, window);
    if (!start.known) return false;
    after = o->flipped ? start.number - 1 : start.number;
  }
  for (uint32_t i = 0; known && i < o->memory->past.count; i++) {
    const struct past *past = &o->memory->past.at[i];
    for (uint32_t k = 0; k < past->traces.count; k++) {
      const struct trace *trace = &past->traces.at[k];
      if (trace->kind != TRACE_COUNT || trace->index != counter->index) continue;
      if (!same_key(trace, values, counter->key.count)) continue;
      if (past->time <= after || past->time > o->time) continue;
      VEC_PUSH(o->arena, times, past->time);
      VEC_PUSH(o->arena, traces, trace);
    }
  }
  return known;
}

bool counted_times(struct oracle *o, const struct counter *counter, const expr_list *key,
                   const struct model_window *window, time_list *times) {
  time_list unordered = {0};
  trace_list traces = {0};
  if (!counted(o, counter, key, window, &unordered, &traces)) return false;
  for (uint32_t i = 0; i < unordered.count; i++) insert(o, times, unordered.at[i]);
  return true;
}

// ---- sums, shares, different values ----
__extension__ typedef __int128 wide;

static struct value sum_of(const struct expr *e, const trace_list *traces) {
  wide sum = 0;
  for (uint32_t i = 0; i < traces->count; i++) sum += traces->at[i]->with.number;
  if (sum >= INT64_MIN && sum <= INT64_MAX) return value_of(e->type, (int64_t)sum);
  struct value v = value_unknown(e->type);
  v.has_own = true;
  v.own = (struct reason){NUO_REASON_OVERFLOW, e->counter->label};
  return v;
}

static struct value share_of(const struct expr *e, const trace_list *traces, struct total *of) {
  for (uint32_t i = 0; i < traces->count; i++) of->part += value_true(&traces->at[i]->with);
  const int64_t count = traces->count, millionths = of->part * INT64_C(1000000);
  if (count > 0) return value_of(e->type, millionths / count + (millionths % count * 2 >= count));
  struct value v = value_unknown(e->type);
  v.has_own = true;
  v.own = (struct reason){NUO_REASON_NO_EVENT, e->counter->label};
  return v;
}

static int64_t different_values(const trace_list *traces) {
  int64_t count = 0;
  for (uint32_t i = 0; i < traces->count; i++) {
    bool is_new = true;
    for (uint32_t k = 0; k < i; k++) is_new &= !same_value(&traces->at[k]->with, &traces->at[i]->with);
    count += is_new;
  }
  return count;
}

// More than is asked for is not told apart.
static struct value at_most(const struct expr *e, int64_t count) {
  return value_of(e->type, count < e->counter->capacity ? count : e->counter->capacity);
}

struct value aggregate_value(struct oracle *o, const struct expr *e, struct total *of) {
  time_list times = {0};
  trace_list traces = {0};
  struct total total = {0, 0};
  struct value v = value_unknown(e->type);
  const bool known = counted(o, e->counter, &e->items, e->window, &times, &traces);
  total.count = traces.count;
  if (known && e->aggregate->kind == AGGREGATE_COUNT) v = at_most(e, traces.count);
  if (known && e->aggregate->kind == AGGREGATE_DISTINCT) v = at_most(e, different_values(&traces));
  if (known && e->aggregate->kind == AGGREGATE_SUM) v = sum_of(e, &traces);
  if (known && e->aggregate->kind == AGGREGATE_SHARE) v = share_of(e, &traces, &total);
  if (of != NULL) *of = total;
  return v;
}

// ---- remembering ----
static bool is_true(struct oracle *o, const struct expr *condition) {
  if (condition == NULL) return true;
  const struct value v = eval(o, condition);
  return value_true(&v);
}

// Too near to one that was counted before.
static bool is_crowded(const struct oracle *o, const struct counter *counter, const struct trace *trace) {
  for (uint32_t i = 0; counter->spread > 0 && i < o->memory->past.count; i++) {
    const struct past *past = &o->memory->past.at[i];
    const int64_t apart = past->time < o->time ? o->time - past->time : past->time - o->time;
    for (uint32_t k = 0; apart < counter->spread && k < past->traces.count; k++)
      if (past->traces.at[k].kind == TRACE_COUNT && past->traces.at[k].index == counter->index &&
          same_key(&past->traces.at[k], trace->key, trace->key_count))
        return true;
  }
  return false;
}

// False when what would be added up or told apart is unknown: then the event adds nothing.
static bool trace_value(struct oracle *o, const struct counter *counter, struct trace *trace) {
  if (counter->kind == AGGREGATE_COUNT) return true;
  if (counter->kind == AGGREGATE_SHARE) {
    trace->with = value_of(nuo__type_simple(TYPE_FLAG), is_true(o, counter->value));
    return true;
  }
  trace->with = eval(o, counter->value);
  trace->with.type = counter->value->type;
  return trace->with.known;
}

static void trace_counter(struct oracle *o, const struct counter *counter, struct past *past) {
  struct trace trace = {.kind = TRACE_COUNT,
                        .index = counter->index,
                        .key = new_key(o->memory->arena, counter->key.count),
                        .key_count = counter->key.count};
  const struct type **types = counter_types(o, counter);
  if (counter->event != o->event || !is_true(o, counter->where)) return;
  if (!counter->attempts && !past->delivered) return;
  if (eval_key(o, counter->key.at, types, counter->key.count, trace.key) && trace_value(o, counter, &trace) &&
      !is_crowded(o, counter, &trace))
    VEC_PUSH(o->memory->arena, &past->traces, trace);
}

// A fact does not begin with a value that nobody knows.
static void trace_change(struct oracle *o, const struct fact *fact, const struct fact_rule *change,
                         struct past *past) {
  struct trace trace = {.kind = change->starts ? TRACE_START : TRACE_END,
                        .index = fact->index,
                        .key = new_key(o->memory->arena, fact->keys.count),
                        .key_count = fact->keys.count};
  if (change->event != o->event || !is_true(o, change->where)) return;
  if (!eval_key(o, change->key.at, fact->keys.at, fact->keys.count, trace.key)) return;
  if (change->with != NULL) {
    trace.with = eval(o, change->with);
    if (fact->type->kind == TYPE_DECIMAL) trace.with = as_decimal(trace.with);
    if (!trace.with.known) return;
    trace.with.type = fact->type;
  }
  VEC_PUSH(o->memory->arena, &past->traces, trace);
}

static bool same_text(nuo_text a, struct str b) {
  return nuo__str_equal((struct str){a.text, (uint32_t)a.len}, b);
}

// Decided anew: only the newest decision may wait.
static void stop_waiting(struct memory *memory, nuo_text wire, nuo_text id) {
  for (uint32_t i = 0; i < memory->past.count; i++)
    if (same_text(wire, memory->past.at[i].wire) && same_text(id, memory->past.at[i].id))
      memory->past.at[i].waits = false;
}

static struct str keep(struct memory *memory, nuo_text text) {
  return nuo__arena_copy(memory->arena, text.text, text.len);
}

void memory_mark(struct memory *memory, int64_t time) {
  if (memory->first == INT64_MIN) memory->first = time;
  if (time > memory->newest) memory->newest = time;
}

bool memory_refuses(const struct memory *memory, int64_t time, int64_t lateness) {
  return memory->newest != INT64_MIN && time < memory->newest - lateness;
}

// What is remembered for an event that comes again is its subject's: texts and numbers can be one.
static struct value subject_of(struct oracle *o) {
  const struct field *subject = o->event->subject;
  const bool can_be =
      subject != NULL && (subject->type->kind == TYPE_TEXT || subject->type->kind == TYPE_NUMBER);
  return can_be ? o->fields[subject->index] : value_unknown(nuo__type_simple(TYPE_TEXT));
}

static bool same_subject(const struct value *a, const struct value *b) {
  return a->known == b->known && (!a->known || same_value(a, b));
}

const nuo_decision *memory_again(struct oracle *o, const nuo_decision *d) {
  const struct value subject = subject_of(o);
  const struct memory *memory = o->memory;
  const int64_t now = o->time > memory->newest ? o->time : memory->newest;
  for (uint32_t i = memory->past.count; i-- > 0;) {
    const struct past *past = &memory->past.at[i];
    if (!same_text(d->event_type, past->wire) || !same_text(d->event_id, past->id)) continue;
    if (!same_subject(&past->subject, &subject)) continue;
    const bool settled = past->decision.verdict != NUO_DEFER && past->decision.verdict != NUO_HOLD;
    return settled && now - past->mark <= past->remembered ? &past->decision : NULL;
  }
  return NULL;
}

// What an event is remembered for does not depend on the force of the policy.
static void trace_all(struct oracle *o, bool attempts, struct past *past) {
  for (uint32_t i = 0; i < o->program->counters.count; i++)
    if (attempts || !o->program->counters.at[i]->attempts) trace_counter(o, o->program->counters.at[i], past);
  for (uint32_t i = 0; past->delivered && i < o->program->facts.count; i++) {
    const struct fact *fact = o->program->facts.at[i];
    for (uint32_t k = 0; k < fact->changes.count; k++) trace_change(o, fact, &fact->changes.at[k], past);
  }
}

void memory_add(struct oracle *o, const nuo_decision *d) {
  struct memory *memory = o->memory;
  struct past past = {.time = o->time, .event = o->given};
  if (!memory->needed) return;
  past.wire = keep(memory, d->event_type);
  past.id = keep(memory, d->event_id);
  past.delivered = !o->event->enforceable || d->verdict <= NUO_AMEND;
  past.waits = !past.delivered && d->verdict != NUO_BLOCK;
  trace_all(o, true, &past);
  memory_mark(memory, o->time);
  past.mark = memory->newest;
  past.remembered = o->event->lateness > memory->replay_ms ? o->event->lateness : memory->replay_ms;
  past.decision = *d;
  past.subject = subject_of(o);
  if (o->event->enforceable) stop_waiting(memory, d->event_type, d->event_id);
  VEC_PUSH(memory->arena, &memory->past, past);
}

const struct given_event *memory_take(struct memory *memory, struct str wire, struct str id) {
  for (uint32_t i = 0; i < memory->past.count; i++) {
    struct past *past = &memory->past.at[i];
    if (!past->waits || memory->newest - past->mark > WAITING_MS) continue;
    if (!nuo__str_equal(past->wire, wire) || !nuo__str_equal(past->id, id)) continue;
    past->waits = false;
    return past->event;
  }
  return NULL;
}

void memory_derive(struct oracle *o) {
  struct past past = {.time = o->time, .delivered = true};
  trace_all(o, true, &past);
  VEC_PUSH(o->memory->arena, &o->memory->past, past);
}

// An attempt was counted when it was judged.
void memory_deliver(struct oracle *o) {
  struct past past = {.time = o->time, .delivered = true};
  trace_all(o, false, &past);
  memory_mark(o->memory, o->time);
  VEC_PUSH(o->memory->arena, &o->memory->past, past);
}
