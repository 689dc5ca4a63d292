// SPDX-License-Identifier: Apache-2.0
// A witness for a duty: what begins it, what may come for it, and the time passing.
#include "compiler/diff/diff_inside.h"
#include "runtime/limits.h"

#define HOUR_MS 3600000LL
#define DAY_MS (24 * HOUR_MS)
#define USUAL_TRIES 400

struct hunt {
  struct differ *d;
  const struct rule_change *change;
  int direction;
  const struct duty *before, *after;  // or NULL
  struct maker maker;
  int64_t longest;
};

// About how long, in milliseconds.
static int64_t length_of(struct scene *s, const struct duty_deadline *deadline) {
  static const int64_t days[] = {[UNIT_DAY] = 1,    [UNIT_WORKDAY] = 2,  [UNIT_WEEK] = 7,
                                 [UNIT_MONTH] = 31, [UNIT_QUARTER] = 92, [UNIT_YEAR] = 366};
  const struct expr *e = deadline->length;
  if (e == NULL) {
    const struct expr *by = deadline->by == NULL ? NULL : nuo__draft_value(s, deadline->by);
    if (by == NULL) return 30 * DAY_MS;
    const int64_t end = by->type->kind == TYPE_DATE ? (by->number + 1) * DAY_MS : by->number;
    const int64_t length = end - nuo__draft_time(s->at);
    return length < 0 || length > 1000 * DAY_MS ? 30 * DAY_MS : length;
  }
  return e->number * (e->unit <= UNIT_HOUR ? nuo__unit_ms(e->unit) : days[e->unit] * DAY_MS);
}

static void add_event(struct hunt *h, struct scene *s, const struct duty *duty,
                      const struct duty_match *match, int64_t after) {
  struct draft_event *event = nuo__draft_event(&h->maker, match->event);
  if (event == NULL || after < 0) return;
  struct scene there = {s->m, s->draft, event};
  nuo__draft_set_time(s->m, event, nuo__draft_time(s->at) + after);
  if (match->where != NULL) nuo__draft_make(&there, match->where, true);
  nuo__draft_tie(s, event, match->key.at, duty->key.at, match->key.count);
  VEC_PUSH(h->d->arena, &s->draft->earlier, event);
}

// Near a deadline of one of the versions.
static int64_t some_moment(struct hunt *h, struct scene *s) {
  const struct duty *duty =
      h->after == NULL || (h->before != NULL && nuo__maker_chance(&h->maker, 50)) ? h->before : h->after;
  const struct duty_deadline *deadline =
      &duty->steps.at[nuo__maker_below(&h->maker, duty->steps.count)].deadline;
  static const int64_t shifts[] = {-HOUR_MS, 0, 60000, HOUR_MS / 2, DAY_MS / 2};
  return nuo__maker_chance(&h->maker, 30) ? HOUR_MS
                                          : length_of(s, deadline) + shifts[nuo__maker_below(&h->maker, 5)];
}

static void add_suspension(struct hunt *h, struct scene *s, const struct duty *duty) {
  const struct fact *fact = duty->suspended->target;
  const struct expr *call = nuo__expr_peel(duty->suspended);
  int64_t after = HOUR_MS;
  for (int wanted = 1; wanted >= 0; wanted--, after += DAY_MS)
    for (uint32_t i = 0; i < fact->changes.count; i++) {
      const struct fact_rule *change = &fact->changes.at[i];
      struct draft_event *event =
          change->starts == (wanted == 1) ? nuo__draft_event(&h->maker, change->event) : NULL;
      if (event == NULL) continue;
      nuo__draft_set_time(s->m, event, nuo__draft_time(s->at) + after);
      nuo__draft_tie(s, event, change->key.at, call->items.at, change->key.count);
      VEC_PUSH(h->d->arena, &s->draft->earlier, event);
      break;
    }
}

static void note_longest(struct hunt *h, struct scene *s, const struct duty *duty) {
  for (uint32_t i = 0; duty != NULL && i < duty->steps.count; i++) {
    const int64_t length = length_of(s, &duty->steps.at[i].deadline);
    if (length > h->longest) h->longest = length;
  }
}

// The last event in time is the draft's own.
static void finish(struct draft *draft, int64_t until) {
  nuo__draft_sort(draft);
  draft->event = draft->earlier.at[--draft->earlier.count];
  draft->until = until;
}

static struct draft *draft_by_event(struct hunt *h, const struct duty *duty, const struct duty *weaker) {
  struct draft *draft = ARENA_NEW(h->d->arena, struct draft);
  draft->event = nuo__draft_event(&h->maker, duty->trigger);
  if (draft->event == NULL) return NULL;
  struct scene s = {&h->maker, draft, draft->event};
  if (duty->where != NULL) nuo__draft_make(&s, duty->where, true);
  for (uint32_t i = 0; i < duty->unless.count; i++) nuo__draft_make(&s, duty->unless.at[i], false);
  if (weaker != NULL && weaker->where != NULL && nuo__maker_chance(&h->maker, 40))
    nuo__draft_make(&s, weaker->where, false);
  for (uint32_t i = 0; weaker != NULL && i < weaker->unless.count; i++)
    if (nuo__maker_chance(&h->maker, 50)) nuo__draft_make(&s, weaker->unless.at[i], true);
  h->longest = 0;
  note_longest(h, &s, h->before);
  note_longest(h, &s, h->after);
  const struct duty *shown = weaker != NULL && nuo__maker_chance(&h->maker, 50) ? weaker : duty;
  for (uint32_t i = 0; i < shown->steps.count; i++)
    if (nuo__maker_chance(&h->maker, 40))
      add_event(h, &s, shown, &shown->steps.at[i].match, some_moment(h, &s));
  if (shown->discharges.count > 0 && nuo__maker_chance(&h->maker, 30))
    add_event(h, &s, shown, &shown->discharges.at[nuo__maker_below(&h->maker, shown->discharges.count)],
              HOUR_MS);
  if (shown->suspended != NULL && nuo__maker_chance(&h->maker, 40)) add_suspension(h, &s, shown);
  const int64_t until = nuo__draft_time(draft->event) + h->longest + 12 * DAY_MS;
  VEC_PUSH(h->d->arena, &draft->earlier, draft->event);
  finish(draft, until);
  return draft;
}

// Some of what is counted, in the second period; the first event of all stands before.
static struct draft *draft_by_period(struct hunt *h, const struct duty *duty) {
  static const int64_t days[] = {
      [UNIT_DAY] = 1, [UNIT_WEEK] = 7, [UNIT_MONTH] = 31, [UNIT_QUARTER] = 92, [UNIT_YEAR] = 366};
  const int64_t length = days[duty->period] * DAY_MS;
  struct draft *draft = ARENA_NEW(h->d->arena, struct draft);
  const uint32_t count = 1 + nuo__maker_below(&h->maker, 6);
  int64_t time = 0;
  for (uint32_t i = 0; i < count; i++) {
    struct draft_event *event = nuo__draft_event(&h->maker, duty->counter->event);
    if (event == NULL) return NULL;
    struct scene s = {&h->maker, draft, event};
    if (i == 0) time = nuo__draft_time(event);
    if (duty->counter->where != NULL)
      nuo__draft_make(&s, duty->counter->where, nuo__maker_chance(&h->maker, 80));
    nuo__draft_set_time(&h->maker, event, time);
    time += i == 0 ? length : HOUR_MS * (1 + (int64_t)nuo__maker_below(&h->maker, 5));
    VEC_PUSH(h->d->arena, &draft->earlier, event);
  }
  finish(draft, nuo__draft_time(draft->earlier.at[0]) + 3 * length);
  return draft;
}

static void raise_to(int64_t *delay, const struct event_type *event) {
  if (event->lateness > *delay) *delay = event->lateness;
  if (event->enforceable && *delay < LIMIT_REPORT_LATE_MS) *delay = LIMIT_REPORT_LATE_MS;
}

// A deadline is told when nothing can come any more that would have been in time.
static void raise_to_duty(int64_t *delay, const struct duty *duty) {
  if (duty == NULL) return;
  if (duty->trigger == NULL) raise_to(delay, duty->counter->event);
  for (uint32_t i = 0; i < duty->steps.count; i++) raise_to(delay, duty->steps.at[i].match.event);
  for (uint32_t i = 0; i < duty->discharges.count; i++) raise_to(delay, duty->discharges.at[i].event);
  const struct fact *fact = duty->suspended == NULL ? NULL : nuo__expr_peel(duty->suspended)->target;
  for (uint32_t i = 0; fact != NULL && i < fact->changes.count; i++)
    raise_to(delay, fact->changes.at[i].event);
}

static bool try(struct hunt *h, struct draft *draft, struct witness *w) {
  struct differ *d = h->d;
  *w = (struct witness){.is_stricter = h->direction == 1, .draft = draft, .program = h->maker.program};
  raise_to_duty(&w->delay, h->before);
  raise_to_duty(&w->delay, h->after);
  d->status = nuo__draft_run(d->arena, &d->diff->before, draft, h->change->before, &w->before);
  if (d->status == NUO_OK)
    d->status = nuo__draft_run(d->arena, &d->diff->after, draft, h->change->after, &w->after);
  const int order = nuo__outcome_compare(d->diff->after.program, &w->before, &w->after);
  return d->status == NUO_OK && (order == 2 || order == (h->direction == 1 ? 1 : -1));
}

struct witness *nuo__diff_duty_witness(struct differ *d, const struct rule_change *change, int direction,
                                       const struct proposal *proposal) {
  const struct program *old = d->diff->before.program, *new = d->diff->after.program;
  struct hunt h = {.d = d, .change = change, .direction = direction};
  h.before = change->before == NULL ? NULL : nuo__duty_of(old, change->before);
  h.after = change->after == NULL ? NULL : nuo__duty_of(new, change->after);
  h.maker = (struct maker){.arena = d->arena,
                           .program = h.after != NULL ? new : old,
                           .zone = d->zone,
                           .random = 1,
                           .day = proposal->epoch.first};
  const struct duty *stricter = direction == 1 ? h.after : h.before;
  const struct duty *weaker = direction == 1 ? h.before : h.after;
  if (stricter == NULL) return NULL;
  struct witness *best = NULL;
  const uint32_t tries = d->tries > 0 ? d->tries : USUAL_TRIES;
  for (uint32_t i = 0; i < tries && d->status == NUO_OK; i++) {
    struct draft *draft =
        stricter->trigger != NULL ? draft_by_event(&h, stricter, weaker) : draft_by_period(&h, stricter);
    struct witness witness;
    if (draft == NULL) return NULL;
    if (!try(&h, draft, &witness)) continue;
    if (best != NULL && witness.draft->earlier.count >= best->draft->earlier.count) continue;
    best = ARENA_NEW(d->arena, struct witness);
    *best = witness;
    if (best->draft->earlier.count == 0) break;
  }
  return best;
}
