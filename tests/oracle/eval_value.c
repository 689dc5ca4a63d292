// SPDX-License-Identifier: Apache-2.0
// Arithmetic in 128 bits, built-in functions, times and workdays, and tables row by row. Civil dates and zone
// offsets come from the runtime, which tests them against other sources; the rest is worked out here. Called
// by eval.c.
#include <string.h>

#include "runtime/when.h"
#include "tests/oracle/oracle.h"

#define MILLION 1000000

__extension__ typedef __int128 wide;

static struct value failed(const struct type *type, nuo_reason_kind kind, struct str name) {
  struct value v = value_unknown(type);
  v.has_own = true;
  v.own = (struct reason){kind, name};
  return v;
}

static struct value flag_of(bool truth) {
  return value_of(nuo__type_simple(TYPE_FLAG), truth);
}

// ---- arithmetic ----
struct str operator_name(enum operator_id op) {
  static const char *const words[] = {
#define OPERATOR(id, arity, en, zh) [OP_##id] = en,
#include "compiler/operators.def"
#undef OPERATOR
  };
  return (struct str){words[op], (uint32_t)strlen(words[op])};
}

static struct value fit(const struct type *type, wide number, enum operator_id op) {
  if (number > INT64_MAX || number < INT64_MIN) return failed(type, NUO_REASON_OVERFLOW, operator_name(op));
  return value_of(type, (int64_t)number);
}

struct value as_decimal(struct value v) {
  const struct type *decimal = nuo__type_simple(TYPE_DECIMAL);
  if (v.type->kind == TYPE_DECIMAL) return v;
  if (!v.known) {
    v.type = decimal;
    return v;
  }
  const wide number = (wide)v.number * MILLION;
  if (number > INT64_MAX || number < INT64_MIN) return value_unknown(decimal);
  return value_of(decimal, (int64_t)number);
}

static wide magnitude(wide x) {
  return x < 0 ? -x : x;
}

// a / b to the nearest whole, halves away from zero.
static wide divide_rounded(wide a, wide b) {
  const wide whole = magnitude(a) / magnitude(b), rest = magnitude(a) % magnitude(b);
  const wide quotient = whole + (2 * rest >= magnitude(b));
  return (a < 0) == (b < 0) ? quotient : -quotient;
}

static struct value compute(const struct expr *e, struct value a, struct value b) {
  const bool decimals = e->type->kind == TYPE_DECIMAL;
  const wide x = a.number, y = b.number;
  switch (e->op) {
    case OP_add:
      return fit(e->type, x + y, e->op);
    case OP_sub:
      return fit(e->type, x - y, e->op);
    case OP_mul:
      return fit(e->type, decimals ? divide_rounded(x * y, MILLION) : x * y, e->op);
    default:
      if (y == 0) return failed(e->type, NUO_REASON_DIVISION, STR(""));
      return fit(e->type, divide_rounded(x * MILLION, y), e->op);
  }
}

struct value eval_arithmetic(struct oracle *o, const struct expr *e) {
  struct value a = eval(o, e->left);
  if (e->right->type->kind == TYPE_PERIOD) {
    bool back = e->op == OP_sub;
    const struct expr *period = expr_peel(e->right);
    for (; period->kind == EXPR_OPERATOR; period = expr_peel(period->left)) back = !back;
    return add_period(o, &a, back ? -period->number : period->number, period->unit);
  }
  struct value b = eval(o, e->right);
  if (!a.known || !b.known) return value_unknown(e->type);
  if (e->type->kind == TYPE_DECIMAL) {
    a = as_decimal(a);
    b = as_decimal(b);
    if (!a.known || !b.known) return failed(e->type, NUO_REASON_OVERFLOW, operator_name(e->op));
  }
  return compute(e, a, b);
}

struct value eval_negation(struct oracle *o, const struct expr *e) {
  const struct value v = eval(o, e->left);
  return v.known ? fit(e->type, -(wide)v.number, e->op) : value_unknown(e->type);
}

// ---- dates and times ----
int64_t duration_ms(int64_t amount, enum unit unit) {
  switch (unit) {
    case UNIT_SECOND:
      return amount * 1000;
    case UNIT_MINUTE:
      return amount * 60000;
    case UNIT_HOUR:
      return amount * 3600000;
    default:
      return amount;
  }
}

static bool listed(const int32_t *days, uint32_t count, int32_t day) {
  for (uint32_t i = 0; i < count; i++)
    if (days[i] == day) return true;
  return false;
}

bool oracle_is_workday(const struct oracle *o, int64_t day, bool *out) {
  const struct model_calendar *calendar = o->program->calendar;
  if (calendar == NULL || day < calendar->first || day >= calendar->end) return false;
  const bool weekday = nuo__when_weekday((int32_t)day) <= 5;
  *out = listed(calendar->work.at, calendar->work.count, (int32_t)day) ||
         (weekday && !listed(calendar->rest.at, calendar->rest.count, (int32_t)day));
  return true;
}

// One day after the other; every one passed has to be covered, the day to begin with need not.
static bool add_workdays(const struct oracle *o, int32_t day, int64_t amount, int32_t *out) {
  const int32_t step = amount < 0 ? -1 : 1;
  int64_t left = amount < 0 ? -amount : amount;
  while (left > 0) {
    bool works;
    day += step;
    if (!oracle_is_workday(o, day, &works)) return false;
    left -= works;
  }
  *out = day;
  return true;
}

bool add_to_date(const struct oracle *o, int32_t day, int64_t amount, enum unit unit, int32_t *out) {
  int64_t sum;
  switch (unit) {
    case UNIT_WORKDAY:
      return add_workdays(o, day, amount, out);
    case UNIT_DAY:
    case UNIT_WEEK:
      sum = day + amount * (unit == UNIT_WEEK ? 7 : 1);
      *out = (int32_t)sum;
      return nuo__when_is_date(sum);
    default:
      amount *= unit == UNIT_YEAR ? 12 : unit == UNIT_QUARTER ? 3 : 1;
      return nuo__when_add_months(day, (int32_t)amount, out);
  }
}

struct value add_period(struct oracle *o, const struct value *left, int64_t amount, enum unit unit) {
  const nuo_reason_kind kind = unit == UNIT_WORKDAY ? NUO_REASON_CALENDAR : NUO_REASON_DATE;
  int32_t day, clock = 0, sum;
  int64_t ms;
  if (!left->known) return value_unknown(left->type);
  if (left->type->kind == TYPE_DATE)
    day = (int32_t)left->number;
  else if (!nuo__when_is_instant(left->number) || !nuo__zone_local(o->zone, left->number, &day, &clock))
    return failed(left->type, kind, STR(""));
  if (!add_to_date(o, day, amount, unit, &sum)) return failed(left->type, kind, STR(""));
  if (left->type->kind == TYPE_DATE) return value_of(left->type, sum);
  if (!nuo__zone_instant(o->zone, sum, clock, &ms)) return failed(left->type, kind, STR(""));
  return value_of(left->type, ms);
}

static struct value local_part(struct oracle *o, const struct expr *e, const struct value *at) {
  int32_t day, clock;
  bool works;
  if (!nuo__zone_local(o->zone, at->number, &day, &clock)) return failed(e->type, NUO_REASON_DATE, STR(""));
  switch (e->builtin) {
    case BUILTIN_clock:
      return value_of(e->type, clock);
    case BUILTIN_date:
      return value_of(e->type, day);
    case BUILTIN_weekday:
      return value_of(e->type, nuo__when_weekday(day));
    default:
      return oracle_is_workday(o, day, &works) ? flag_of(works)
                                               : failed(e->type, NUO_REASON_CALENDAR, STR(""));
  }
}

static struct value years_since(struct oracle *o, const struct expr *e, const struct value *from) {
  int32_t today, clock;
  struct civil a, b;
  if (!nuo__zone_local(o->zone, o->time, &today, &clock) || today < from->number)
    return failed(e->type, NUO_REASON_DATE, STR(""));
  if (!nuo__when_civil_from_days((int32_t)from->number, &a) || !nuo__when_civil_from_days(today, &b))
    return failed(e->type, NUO_REASON_DATE, STR(""));
  const bool before_birthday = b.month < a.month || (b.month == a.month && b.day < a.day);
  return value_of(e->type, b.year - a.year - before_birthday);
}

// ---- built-in functions ----
static struct value extreme(struct oracle *o, const struct expr *e, bool least) {
  struct value best = value_unknown(e->type);
  for (uint32_t i = 0; i < e->items.count; i++) {
    struct value v = eval(o, e->items.at[i]);
    if (e->type->kind == TYPE_DECIMAL) v = as_decimal(v);
    if (v.known && (!best.known || (least ? v.number < best.number : v.number > best.number))) best = v;
  }
  return best;
}

static int64_t code_points(struct str text) {
  int64_t count = 0;
  for (uint32_t i = 0; i < text.len; i++) count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
  return count;
}

struct value eval_builtin(struct oracle *o, const struct expr *e) {
  if (e->builtin == BUILTIN_least || e->builtin == BUILTIN_greatest)
    return extreme(o, e, e->builtin == BUILTIN_least);
  const struct value v = eval(o, e->items.at[0]);
  if (!v.known) return value_unknown(e->type);
  switch (e->builtin) {
    case BUILTIN_length:
      return value_of(e->type, code_points(v.text));
    case BUILTIN_size:
      return value_of(e->type, v.count);
    case BUILTIN_years_since:
      return years_since(o, e, &v);
    default:
      return local_part(o, e, &v);
  }
}

// ---- tables ----
enum truth { FALSE, TRUE, UNKNOWN };

static bool cell_compares(const struct cell *cell, const struct value *key, const struct value *bound) {
  switch (cell->op) {
    case OP_lt:
      return key->number < bound->number;
    case OP_le:
      return key->number <= bound->number;
    case OP_gt:
      return key->number > bound->number;
    default:
      return key->number >= bound->number;
  }
}

static bool in_constant(struct oracle *o, const struct value *key, const struct expr *set) {
  if (set->kind == EXPR_RANGE) {
    const struct value low = eval(o, set->left), high = eval(o, set->right);
    return in_range(key, &low, &high);
  }
  for (uint32_t i = 0; i < set->items.count; i++) {
    const struct value item = eval(o, set->items.at[i]);
    if (same_value(key, &item)) return true;
  }
  return false;
}

// Whether a missing key is met is unknown, but for `any` and for cells that ask just that.
static enum truth cell_holds(struct oracle *o, const struct cell *cell, const struct value *key) {
  struct value bound;
  if (cell->kind == CELL_ANY) return TRUE;
  if (cell->kind == CELL_MISSING || cell->kind == CELL_PRESENT)
    return key->known == (cell->kind == CELL_PRESENT);
  if (!key->known) return UNKNOWN;
  if (cell->kind == CELL_IN) return in_constant(o, key, cell->value);
  bound = eval(o, cell->value);
  return cell->kind == CELL_EQUAL ? same_value(key, &bound) : cell_compares(cell, key, &bound);
}

static enum truth row_holds(struct oracle *o, const struct table *table, const struct model_row *row,
                            const struct value *keys) {
  enum truth whole = TRUE;
  for (uint32_t i = 0; i < table->keys; i++) {
    const enum truth cell = cell_holds(o, &row->cells[i], &keys[i]);
    if (cell == FALSE) return FALSE;
    if (cell == UNKNOWN) whole = UNKNOWN;
  }
  return whole;
}

// Under `first` a row that may hold hides those after it; rows of other tables exclude one another.
static const struct model_row *find_row(struct oracle *o, const struct table *table,
                                        const struct value *keys) {
  for (uint32_t i = 0; i < table->rows.count; i++) {
    const enum truth holds = row_holds(o, table, &table->rows.at[i], keys);
    if (holds == TRUE) return &table->rows.at[i];
    if (holds == UNKNOWN && table->first) return NULL;
  }
  return NULL;
}

struct value eval_table(struct oracle *o, const struct expr *e) {
  const struct table *table = e->target;
  struct value *keys = nuo__arena_alloc(o->arena, (table->keys + 1) * sizeof *keys);
  for (uint32_t i = 0; i < table->keys; i++) {
    keys[i] = eval(o, e->items.at[i]);
    if (table->key_types[i]->kind == TYPE_DECIMAL) keys[i] = as_decimal(keys[i]);
  }
  const struct model_row *row = oracle_holds_now(o, &table->force) ? find_row(o, table, keys) : NULL;
  struct value v = row != NULL ? eval(o, row->result) : value_unknown(table->result);
  v.type = table->result;
  if (row != NULL) return v;
  v.has_own = true;
  v.own = (struct reason){NUO_REASON_NO_ROW, table->names.en};
  return v;
}
