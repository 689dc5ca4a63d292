// SPDX-License-Identifier: Apache-2.0
// What costs more than it has to: counts of thousands of events, facts that nothing ends, windows of years,
// patterns that a plain text would do for.
#include <string.h>

#include "compiler/lint/lint.h"

#define MANY_EVENTS 2000
#define LONG_DAYS 400

static bool is_plain(struct str pattern) {
  if (pattern.len == 0) return false;
  for (uint32_t i = 0; i < pattern.len; i++)
    if (strchr(".[]()*+?{}|^$\\", pattern.at[i]) != NULL) return false;
  return true;
}

static bool begins(struct str text, const char *with) {
  const size_t len = strlen(with);
  return text.len >= len && memcmp(text.at, with, len) == 0;
}

static void look(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  if (e->kind != EXPR_REGEX) return;
  if (is_plain(e->text)) nuo__lint_add1(l, DIAG_N1502, e->span, nuo__diag_text(e->text));
  if (begins(e->text, ".*") || begins(e->text, "^.*"))
    nuo__lint_add1(l, DIAG_N1506, e->span, nuo__diag_text(e->text));
}

static int64_t days_of(const struct model_window *window) {
  static const int64_t days[] = {[UNIT_DAY] = 1,    [UNIT_WORKDAY] = 1,  [UNIT_WEEK] = 7,
                                 [UNIT_MONTH] = 30, [UNIT_QUARTER] = 91, [UNIT_YEAR] = 365};
  if (window == NULL || window->kind != WINDOW_LAST || window->length == NULL) return 0;
  const struct expr *e = window->length;
  return e->unit <= UNIT_HOUR ? e->number * nuo__unit_ms(e->unit) / INT64_C(86400000)
                              : e->number * days[e->unit];
}

static void look_at_counter(struct lint *l, const struct counter *counter) {
  const bool kept = counter->kind == AGGREGATE_COUNT || counter->kind == AGGREGATE_DISTINCT;
  if (kept && counter->capacity > MANY_EVENTS)
    nuo__lint_add2(l, DIAG_N1503, counter->span, nuo__diag_text(counter->label),
                   nuo__lint_number(l, counter->capacity));
  const struct model_window *window = counter->window != NULL ? counter->window : counter->asked;
  if (days_of(window) > LONG_DAYS)
    nuo__lint_add2(l, DIAG_N1505, counter->span, nuo__diag_text(counter->label),
                   nuo__lint_number(l, days_of(window)));
}

static void look_at_fact(struct lint *l, const struct fact *fact) {
  bool starts = false, ends = false;
  for (uint32_t i = 0; i < fact->changes.count; i++) {
    starts = starts || fact->changes.at[i].starts;
    ends = ends || !fact->changes.at[i].starts;
  }
  // A fact with a value is told anew each time: it grows with its keys only.
  if (starts && !ends && fact->type == NULL)
    nuo__lint_add1(l, DIAG_N1504, fact->names.span, nuo__lint_names(fact->names));
}

void nuo__lint_memory(struct lint *l) {
  nuo__lint_walk_all(l, look, NULL);
  for (uint32_t i = 0; i < l->program->counters.count; i++) look_at_counter(l, l->program->counters.at[i]);
  for (uint32_t i = 0; i < l->program->facts.count; i++) look_at_fact(l, l->program->facts.at[i]);
}
