// SPDX-License-Identifier: Apache-2.0
// What happened before: events that a count counts, and those that begin a fact.
#include "compiler/diff/draft.h"

#define MINUTE_MS 60000LL
#define DAY_MS (24 * 60 * MINUTE_MS)
#define MOST_EARLIER 60  // events

// Some time before the event: shortly, or so many days.
static int64_t some_before(struct maker *m) {
  static const int64_t distances[] = {MINUTE_MS,  60 * MINUTE_MS, DAY_MS,      2 * DAY_MS, 3 * DAY_MS,
                                      6 * DAY_MS, 10 * DAY_MS,    29 * DAY_MS, 40 * DAY_MS};
  return distances[nuo__maker_below(m, nuo__maker_chance(m, 50) ? 2 : sizeof distances / sizeof *distances)];
}

static void add_earlier(struct scene *s, struct draft_event *event, int64_t before) {
  nuo__draft_set_time(s->m, event, nuo__draft_time(s->draft->event) - before);
  VEC_PUSH(s->m->arena, &s->draft->earlier, event);
}

// The keys of the earlier event are those that are asked for.
bool nuo__draft_tie(struct scene *s, struct draft_event *earlier, struct expr *const *key,
                    struct expr *const *asked, uint32_t count) {
  struct scene there = {s->m, s->draft, earlier};
  bool given = true;
  for (uint32_t i = 0; i < count; i++) {
    nuo__draft_ensure(s, asked[i]);
    const struct expr *value = nuo__draft_value(s, asked[i]);
    given = value != NULL && nuo__draft_set(&there, key[i], value) && given;
  }
  return given;
}

bool nuo__draft_count(struct scene *s, const struct counter *counter, struct expr *const *asked,
                      uint32_t asked_count, int64_t count) {
  const bool is_alike = nuo__str_equal(counter->event->names.en, s->at->event->names.en);
  int64_t before = some_before(s->m);
  const int64_t a_day =
      nuo__maker_chance(s->m, 25) ? 1 + nuo__maker_below(s->m, 3) : 0;  // so many, day by day
  if (count < 0 || count > MOST_EARLIER || s->at != s->draft->event) return count == 0;
  for (uint32_t i = 0; i < s->draft->earlier.count; i++)  // some are there already
    count -= s->draft->earlier.at[i]->event == s->at->event && nuo__maker_chance(s->m, 50);
  for (int64_t i = 0; i < count; i++) {
    struct draft_event *earlier =
        is_alike ? nuo__draft_copy(s->m, s->at) : nuo__draft_event(s->m, counter->event);
    if (earlier == NULL) return false;
    struct scene there = {s->m, s->draft, earlier};
    if (!is_alike && counter->where != NULL) nuo__draft_make(&there, counter->where, true);
    if (!is_alike && !nuo__draft_tie(s, earlier, counter->key.at, asked, asked_count)) return false;
    if (nuo__maker_chance(s->m, 15)) before = some_before(s->m);
    if (a_day > 0)
      add_earlier(s, earlier, i / a_day * DAY_MS + (1 + i % a_day) * MINUTE_MS);
    else
      add_earlier(s, earlier, before + i * MINUTE_MS);
  }
  return true;
}

bool nuo__draft_fact(struct scene *s, const struct expr *call, const struct expr *value, bool want) {
  const struct fact *fact = call->target;
  if (!want) return true;  // nothing has begun it
  if (s->at != s->draft->event || fact->changes.count == 0 || s->draft->earlier.count > MOST_EARLIER)
    return false;
  const struct fact_rule *change = &fact->changes.at[nuo__maker_below(s->m, fact->changes.count)];
  struct draft_event *earlier = nuo__draft_event(s->m, change->event);
  if (earlier == NULL || !change->starts) return false;
  struct scene there = {s->m, s->draft, earlier};
  nuo__draft_set_time(s->m, earlier, nuo__draft_time(s->draft->event) - MINUTE_MS);
  if (change->where != NULL) nuo__draft_make(&there, change->where, true);
  const int64_t before = nuo__maker_chance(s->m, 50) ? MINUTE_MS : some_before(s->m);
  if (!nuo__draft_tie(s, earlier, change->key.at, call->items.at, call->items.count)) return false;
  add_earlier(s, earlier, before);
  return value == NULL || (change->with != NULL && nuo__draft_set(&there, change->with, value));
}

void nuo__draft_sort(struct draft *draft) {
  for (uint32_t i = 1; i < draft->earlier.count; i++)
    for (uint32_t k = i; k > 0; k--) {
      struct draft_event *a = draft->earlier.at[k - 1], *b = draft->earlier.at[k];
      if (nuo__draft_time(a) <= nuo__draft_time(b)) break;
      draft->earlier.at[k - 1] = b;
      draft->earlier.at[k] = a;
    }
}
