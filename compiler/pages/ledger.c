// SPDX-License-Identifier: Apache-2.0
// Adding up what ledger_read.c has read, by day, rule, duty and name, and putting days together.
#include "compiler/pages/ledger.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/when.h"

void nuo__ledger_begin(struct ledger *ledger, struct arena *arena, struct str by) {
  *ledger = (struct ledger){.arena = arena, .by = by, .from = INT32_MIN, .until = INT32_MAX};
  ledger->names = nuo__arena_alloc(arena, JSON_NAME_CAP * sizeof *ledger->names);
}

// ---- adding up ----

static struct ledger_row *row_of(struct ledger *ledger, int32_t day) {
  uint32_t *number = nuo__pool_at(ledger->arena, &ledger->day_pool, &day, sizeof day);
  if (*number == UINT32_MAX) {
    *number = ledger->days.count;
    VEC_PUSH(ledger->arena, &ledger->days, (struct ledger_row){.day = day});
    return &ledger->days.at[ledger->days.count - 1];
  }
  return &ledger->days.at[*number];
}

static void add_breach(struct ledger *ledger, struct ledger_row *row, uint32_t part, uint64_t count) {
  if (part >= row->parts) {
    const uint32_t room = part + 4;
    uint64_t *grown = nuo__arena_alloc(ledger->arena, room * sizeof *grown);
    if (row->parts > 0) memcpy(grown, row->breaches, row->parts * sizeof *grown);
    row->breaches = grown;
    row->parts = room;
  }
  row->breaches[part] += count;
}

static void add_findings(struct ledger *ledger, const struct ledger_decision *d, struct ledger_row *row) {
  const bool known = d->line > 0 && d->line <= (int64_t)ledger->by_line.count;
  for (uint32_t i = 0; i < ledger->found.count; i++) {
    const struct ledger_finding *found = &ledger->found.at[i];
    ledger->rules.at[found->rule].counts[found->kind]++;
    ledger->findings[found->kind]++;
    if (found->kind != LEDGER_BREACH) continue;
    add_breach(ledger, row, ledger->rules.at[found->rule].part, 1);
    ledger->parts.at[ledger->rules.at[found->rule].part].count++;
    uint32_t value = found->value;
    if (value == UINT32_MAX && known) value = ledger->by_line.at[d->line - 1];
    if (value == UINT32_MAX)
      ledger->unnamed++;
    else
      ledger->values.at[value].count++;
  }
  for (uint32_t i = 0; i < ledger->changes.count; i++) {
    const struct ledger_change *change = &ledger->changes.at[i];
    ledger->duties.at[change->duty].counts[change->state]++;
    ledger->duties_sum[change->state]++;
  }
}

void nuo__ledger_sum(struct ledger *ledger, const struct ledger_decision *d, int32_t day, uint32_t verdict) {
  if (day < ledger->from || day > ledger->until) {
    ledger->outside++;
    return;
  }
  if (d->is_replayed) {
    ledger->replayed++;
    return;
  }
  struct ledger_row *row = row_of(ledger, day);
  ledger->incomplete += d->is_incomplete;
  if (d->is_derived) {
    ledger->derived++;
  } else {
    ledger->decided++;
    row->decisions++;
    row->verdicts[verdict]++;
    ledger->verdicts[verdict]++;
    const struct str version = d->is_outside ? STR("") : d->version;
    const uint32_t policy =
        nuo__ledger_named(ledger, &ledger->policy_pool, &ledger->policies, d->policy, version);
    const uint32_t type =
        nuo__ledger_named(ledger, &ledger->type_pool, &ledger->types, d->type, (struct str){NULL, 0});
    ledger->policies.at[policy].count++;
    ledger->types.at[type].count++;
  }
  add_findings(ledger, d, row);
}

// ---- periods ----

#define MOST_PERIODS 4000  // with those in which nothing was decided

static int32_t period_start(int32_t day, enum ledger_period period) {
  struct civil civil;
  int32_t first = day;
  if (period == LEDGER_WEEK) return day - nuo__when_weekday(day) + 1;
  if (period == LEDGER_DAY || !nuo__when_civil_from_days(day, &civil)) return day;
  const int32_t month = period == LEDGER_YEAR      ? 1
                        : period == LEDGER_QUARTER ? (civil.month - 1) / 3 * 3 + 1
                                                   : civil.month;
  nuo__when_days_from_civil(civil.year, month, 1, &first);
  return first;
}

static int compare_days(const void *a, const void *b) {
  const struct ledger_row *x = a, *y = b;
  return x->day < y->day ? -1 : x->day > y->day;
}

static void put_days_together(struct ledger *ledger, enum ledger_period period) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < ledger->days.count; i++) {
    struct ledger_row *from = &ledger->days.at[i];
    const int32_t first = period_start(from->day, period);
    struct ledger_row *to = kept > 0 ? &ledger->days.at[kept - 1] : NULL;
    if (to == NULL || to->day != first) {
      ledger->days.at[kept] = *from;
      ledger->days.at[kept++].day = first;
      continue;
    }
    to->decisions += from->decisions;
    for (uint32_t v = 0; v < LEDGER_VERDICTS; v++) to->verdicts[v] += from->verdicts[v];
    for (uint32_t p = 0; p < from->parts; p++)
      if (from->breaches[p] > 0) add_breach(ledger, to, p, from->breaches[p]);
  }
  ledger->days.count = kept;
}

// Periods in which nothing was decided are told, too, so that time runs evenly; but not the days of thousands
// of years, when one decision has a time that is wrong.
static void fill_gaps(struct ledger *ledger, enum ledger_period period) {
  static const int32_t reach[] = {1, 1, 7, 31, 92, 366};
  struct ledger_row *rows = ledger->days.at;
  const uint32_t count = ledger->days.count;
  if ((ledger->last - ledger->first) / reach[period] > MOST_PERIODS) return;
  ledger->days.at = NULL;
  ledger->days.count = ledger->days.cap = 0;
  for (uint32_t i = 0; i < count; i++) {
    int32_t day = i > 0 ? period_start(rows[i - 1].day + reach[period], period) : rows[i].day;
    for (; day < rows[i].day; day = period_start(day + reach[period], period))
      VEC_PUSH(ledger->arena, &ledger->days, (struct ledger_row){.day = day});
    VEC_PUSH(ledger->arena, &ledger->days, rows[i]);
  }
}

static int compare_counts(const void *a, const void *b) {
  const struct ledger_named *x = a, *y = b;
  if (x->count != y->count) return x->count > y->count ? -1 : 1;
  return nuo__str_compare(x->name, y->name);
}

static void sort_names(ledger_names *list) {
  if (list->count > 0) qsort(list->at, list->count, sizeof *list->at, compare_counts);
}

static int compare_rules(const void *a, const void *b) {
  const struct ledger_rule *x = a, *y = b;
  for (int i = 0; i < LEDGER_KINDS; i++)
    if (x->counts[i] != y->counts[i]) return x->counts[i] > y->counts[i] ? -1 : 1;
  return nuo__str_compare(x->name, y->name);
}

static int compare_duties(const void *a, const void *b) {
  const struct ledger_duty *x = a, *y = b;
  const uint64_t m = x->counts[NUO_DUTY_MISSED], n = y->counts[NUO_DUTY_MISSED];
  return m != n ? (m > n ? -1 : 1) : nuo__str_compare(x->name, y->name);
}

#define MOST_DAYS 62    // that are shown one by one, when nobody says how
#define MOST_WEEKS 400  // days

enum ledger_period nuo__ledger_end(struct ledger *ledger, enum ledger_period period) {
  if (ledger->days.count > 0) {
    qsort(ledger->days.at, ledger->days.count, sizeof *ledger->days.at, compare_days);
    ledger->first = ledger->days.at[0].day;
    ledger->last = ledger->days.at[ledger->days.count - 1].day;
    const int32_t span = ledger->last - ledger->first;
    if (period == LEDGER_AUTO)
      period = span < MOST_DAYS ? LEDGER_DAY : span < MOST_WEEKS ? LEDGER_WEEK : LEDGER_MONTH;
    put_days_together(ledger, period);
    fill_gaps(ledger, period);
  }
  if (period == LEDGER_AUTO) period = LEDGER_DAY;
  sort_names(&ledger->types);
  sort_names(&ledger->policies);
  sort_names(&ledger->values);
  if (ledger->rules.count > 0)
    qsort(ledger->rules.at, ledger->rules.count, sizeof *ledger->rules.at, compare_rules);
  if (ledger->duties.count > 0)
    qsort(ledger->duties.at, ledger->duties.count, sizeof *ledger->duties.at, compare_duties);
  return period;
}
