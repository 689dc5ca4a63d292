// SPDX-License-Identifier: Apache-2.0
// Times to values: the event's own time and zone, built-in functions, calendar arithmetic, and the times in
// which a version of a parameter or a rule is in force. Also the built-ins that have nothing to do with time.
#include "compiler/plan.h"

uint32_t nuo__plan_time(struct planner *p) {
  return nuo__dag_field(p, p->event->type->time);
}

uint32_t nuo__plan_policy_zone(struct planner *p) {
  return nuo__dag_make(p, OPCODE_ZCONST, nuo__image_text(p->out, p->program->zone), 0, 0);
}

uint32_t nuo__plan_zone(struct planner *p) {
  const struct field *field = p->event->type->zone;
  const uint32_t policy = nuo__plan_policy_zone(p);
  if (field == NULL) return policy;
  const uint32_t zone = nuo__dag_field(p, field);
  return field->optional ? nuo__dag_make(p, OPCODE_CDEF, zone, policy, 0) : zone;
}

// ---- calendar arithmetic ----
static uint32_t add_to_date(struct planner *p, uint32_t date, const struct expr *period, int sign) {
  static const struct {
    enum opcode op;
    int64_t times;
  } units[] = {
      [UNIT_DAY] = {OPCODE_ADDDAYS, 1},       [UNIT_WORKDAY] = {OPCODE_ADDWORKDAYS, 1},
      [UNIT_WEEK] = {OPCODE_ADDDAYS, 7},      [UNIT_MONTH] = {OPCODE_ADDMONTHS, 1},
      [UNIT_QUARTER] = {OPCODE_ADDMONTHS, 3}, [UNIT_YEAR] = {OPCODE_ADDMONTHS, 12},
  };
  const uint32_t amount = nuo__dag_number(p, period->number * units[period->unit].times * sign);
  return nuo__dag_make(p, units[period->unit].op, date, amount, 0);
}

// An instant keeps its local clock: a month later at the same time of day.
uint32_t nuo__plan_add_period(struct planner *p, uint32_t start, bool is_date, const struct expr *period,
                              int sign) {
  period = nuo__expr_peel(period);
  while (period->kind == EXPR_OPERATOR && period->op == OP_neg) {
    period = nuo__expr_peel(period->left);
    sign = -sign;
  }
  if (is_date) return add_to_date(p, start, period, sign);
  const uint32_t zone = nuo__plan_zone(p);
  const uint32_t date = nuo__dag_make(p, OPCODE_DATE, start, zone, 0);
  const uint32_t sum = add_to_date(p, date, period, sign);
  return nuo__dag_make(p, OPCODE_INSTANT, sum, nuo__dag_make(p, OPCODE_CLOCK, start, zone, 0), zone);
}

// ---- built-in functions ----
static uint32_t local(struct planner *p, enum opcode op, const struct expr *instant) {
  const uint32_t column = nuo__plan_column(p, instant, NULL);
  return nuo__dag_make(p, op, column, nuo__plan_zone(p), 0);
}

uint32_t nuo__plan_date(struct planner *p, const struct expr *instant) {
  return local(p, OPCODE_DATE, instant);
}

static uint32_t extreme(struct planner *p, const struct expr *call, enum opcode op) {
  uint32_t value = nuo__plan_column(p, call->items.at[0], call->type);
  for (uint32_t i = 1; i < call->items.count; i++) {
    const uint32_t next = nuo__plan_column(p, call->items.at[i], call->type);
    if (next != value) value = nuo__dag_make(p, op, value, next, 0);
  }
  return value;
}

static uint32_t full_years(struct planner *p, const struct expr *since) {
  const uint32_t from = nuo__plan_column(p, since, NULL), time = nuo__plan_time(p);
  const uint32_t today = nuo__dag_make(p, OPCODE_DATE, time, nuo__plan_zone(p), 0);
  return nuo__dag_make(p, OPCODE_YEARS, from, today, 0);
}

static uint32_t list_size(struct planner *p, const struct expr *list) {
  const uint32_t value = nuo__plan_list(p, list, list->type->element);
  if (value == VALUE_NONE) return nuo__dag_unknown(p, REG_COLUMN);
  return nuo__dag_make(p, OPCODE_SIZE, value, 0, 0);
}

uint32_t nuo__plan_builtin(struct planner *p, const struct expr *call) {
  const struct expr *first = call->items.at[0];
  switch (call->builtin) {
    case BUILTIN_clock:
      return local(p, OPCODE_CLOCK, first);
    case BUILTIN_date:
      return nuo__plan_date(p, first);
    case BUILTIN_weekday:
      return nuo__dag_make(p, OPCODE_WEEKDAY, nuo__plan_date(p, first), 0, 0);
    case BUILTIN_is_workday:
      return nuo__dag_make(p, OPCODE_WORKDAY, nuo__plan_date(p, first), 0, 0);
    case BUILTIN_years_since:
      return full_years(p, first);
    case BUILTIN_length:
      return nuo__dag_make(p, OPCODE_LENGTH, nuo__plan_value(p, first), 0, 0);
    case BUILTIN_size: {
      const struct parameter *unsettled = nuo__plan_unsettled(p, first);
      return unsettled == NULL ? list_size(p, first) : nuo__plan_versions(p, call, unsettled);
    }
    case BUILTIN_least:
      return extreme(p, call, OPCODE_LEAST);
    default:
      return extreme(p, call, OPCODE_GREATEST);
  }
}

// ---- times in force ----
uint32_t nuo__plan_window(struct planner *p, uint32_t time, int64_t from, int64_t until) {
  if (from == INT64_MIN && until == INT64_MAX) return nuo__dag_plane(p, 1);
  if (from >= until) return nuo__dag_plane(p, 0);
  if (from == INT64_MIN) return nuo__dag_make(p, OPCODE_LTK, time, nuo__image_number(p->out, until), 0);
  if (until != INT64_MAX)
    return nuo__dag_make(p, OPCODE_RANGEK, time, nuo__image_pair(p->out, from, until), 0);
  return nuo__dag_not(p, nuo__dag_make(p, OPCODE_LTK, time, nuo__image_number(p->out, from), 0));
}

uint32_t nuo__plan_force(struct planner *p, struct force force) {
  const int64_t from = force.from == INT32_MIN ? INT64_MIN : nuo__plan_midnight(p, force.from);
  const int64_t until = force.until == INT32_MAX ? INT64_MAX : nuo__plan_midnight(p, force.until + 1);
  return nuo__plan_window(p, nuo__plan_time(p), from, until);
}
