// SPDX-License-Identifier: Apache-2.0
// When a duty is due: exact lengths to the millisecond, days by the Civil Code, and how long a fact has
// stopped the clock. Called by duty.c.
#include "tests/oracle/due.h"

#include "runtime/when.h"

// ---- days ----
// Without data Saturday and Sunday are rest days, and nothing that follows from it is certain.
static bool works(const struct oracle *o, int32_t day, bool *certain) {
  bool out;
  if (oracle_is_workday(o, day, &out)) return out;
  *certain = false;
  return nuo__when_weekday(day) <= 5;
}

static bool add_days(const struct oracle *o, int32_t from, int64_t amount, enum unit unit, struct due *due,
                     int32_t *day) {
  *day = from;
  if (unit != UNIT_WORKDAY) {
    if (!add_to_date(o, from, amount, unit, day)) return false;
    while (o->program->calendar != NULL && !works(o, *day, &due->certain)) ++*day;
    return true;
  }
  while (amount > 0 && nuo__when_is_date(*day)) amount -= works(o, ++*day, &due->certain);
  return true;
}

static bool end_of_day(const struct oracle *o, int64_t day, int64_t *ms) {
  if (!nuo__when_is_date(day) || !nuo__when_is_date(day + 1)) return false;
  if (!nuo__zone_instant(o->policy_zone, (int32_t)day + 1, 0, ms)) return false;
  --*ms;
  return true;
}

bool due_after_day(const struct oracle *o, int32_t day, int64_t amount, enum unit unit, struct due *due) {
  int32_t last;
  due->by_day = true;
  return add_days(o, day, amount, unit, due, &last) && end_of_day(o, last, &due->at);
}

static bool work_out(struct oracle *o, const struct duty_deadline *deadline, struct due *due) {
  int32_t day, clock;
  if (deadline->type->kind == TYPE_PERIOD) {
    const struct expr *length = expr_peel(deadline->length);
    return nuo__zone_local(o->policy_zone, o->time, &day, &clock) &&
           due_after_day(o, day, length->number, length->unit, due);
  }
  const struct value v = eval(o, deadline->length != NULL ? deadline->length : deadline->by);
  if (!v.known) return false;
  due->at = v.number;
  if (deadline->type->kind == TYPE_DATE) due->by_day = true;
  if (deadline->type->kind == TYPE_DATE) return end_of_day(o, v.number, &due->at);
  if (deadline->type->kind == TYPE_INSTANT) return nuo__when_is_instant(v.number);
  return !__builtin_add_overflow(o->time, v.number, &due->at) && nuo__when_is_instant(due->at);
}

bool due_of(struct oracle *o, const struct duty_deadline *deadline, struct due *due) {
  *due = (struct due){.certain = true};
  const bool told = work_out(o, deadline, due);
  if (!told) *due = (struct due){.at = o->time};
  if (due->at < o->time) due->at = o->time;
  return told;
}

// ---- suspensions ----
static int64_t moved_by(const struct oracle *o, const struct due *due, int64_t sum) {
  int32_t day, clock;
  int64_t ms = due->at + sum;
  if (!due->by_day || sum == 0) return ms;
  if (!nuo__zone_local(o->policy_zone, ms, &day, &clock) || !end_of_day(o, day, &ms)) return NEVER;
  return ms;
}

int64_t due_now(struct instance *i, const struct due *due, int64_t *suspended) {
  int64_t moved = due->at, sum = 0;
  span_list spans = {0};
  if (i->suspended != NULL) fact_spans(&i->o, i->duty->suspended->target, i->suspended, &spans);
  for (uint32_t k = 0; k < spans.count; k++) {
    const int64_t from = spans.at[k].from > i->o.time ? spans.at[k].from : i->o.time;
    if (spans.at[k].until <= from) continue;
    if (from > moved) break;
    if (spans.at[k].until == NEVER) return NEVER;
    sum += spans.at[k].until - from;
    moved = moved_by(&i->o, due, sum);
  }
  if (suspended != NULL) *suspended = sum;
  return moved;
}
