// SPDX-License-Identifier: Apache-2.0
// Looking for a witness: drafts that are likely to be judged differently are given to both versions, and the
// first that is gets made small.
#include "compiler/diff/diff_inside.h"

#define USUAL_TRIES 1500
#define ENOUGH 6           // so many witnesses, of which the clearest is taken, are enough when it is clear,
#define ENOUGH_UNCLEAR 60  // and so many when it is not
#define QUIET_ROUNDS 12    // attempts to have no other rule say anything

struct hunt {
  struct differ *d;
  const struct rule_change *change;
  const struct proposal *proposal;
  int direction;  // 0 looser, 1 stricter
  struct maker maker;
  struct witness *best;
  int score;
  uint32_t found;
};

// ---- what belongs to the rule ----

static void pin(struct scene *s, const struct expr *e) {
  if (e == NULL) return;
  e = nuo__expr_peel(e);
  const struct field *field = e->ref == REF_FIELD ? nuo__draft_field(s, e->target) : NULL;
  if (field != NULL) s->at->pinned[field->index] = true;
  pin(s, e->left);
  pin(s, e->right);
  for (uint32_t i = 0; i < e->items.count; i++) pin(s, e->items.at[i]);
}

static void pin_exceptions(struct scene *s, struct exception *const *at, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    pin(s, at[i]->condition);
    pin_exceptions(s, at[i]->exceptions.at, at[i]->exceptions.count);
  }
}

static void pin_rule(struct scene *s, const struct rule *rule) {
  if (rule == NULL) return;
  pin(s, rule->scope);
  pin(s, rule->condition);
  for (uint32_t i = 0; i < rule->per.count; i++) pin(s, rule->per.at[i]);
  pin_exceptions(s, rule->exceptions.at, rule->exceptions.count);
  s->at->pinned[s->at->event->time->index] = true;
}

// ---- drafts ----

// Earlier events of the same type are like the event, but for their time.
static void follow(struct scene *s) {
  struct draft *draft = s->draft;
  for (uint32_t i = 0; i < draft->earlier.count; i++) {
    struct draft_event *earlier = draft->earlier.at[i];
    if (earlier->event != draft->event->event) continue;
    const int64_t time = nuo__draft_time(earlier);
    *earlier = *nuo__draft_copy(s->m, draft->event);
    nuo__draft_set_time(s->m, earlier, time);
  }
}

// Other rules have nothing to say, as far as that can be brought about.
static void make_quiet(struct hunt *h, struct scene *s) {
  const struct rule *before = h->change->before, *after = h->change->after;
  const struct side *side = after != NULL ? &h->d->diff->after : &h->d->diff->before;
  pin_rule(s, before);
  pin_rule(s, after);
  const struct draft alone = {.event = s->draft->event, .until = INT64_MIN};
  for (int round = 0; round < QUIET_ROUNDS; round++) {
    found_rules rules = {0};
    bool is_quiet = true;
    if (nuo__draft_findings(h->d->arena, side, &alone, &rules) != NUO_OK) return;
    for (uint32_t i = 0; i < rules.count; i++) {
      if (rules.at[i] == before || rules.at[i] == after || rules.at[i]->event != s->at->event) continue;
      is_quiet = false;
      nuo__draft_comply(s, rules.at[i]);
    }
    if (is_quiet) break;
  }
  follow(s);
}

// Fields that the rule may or may not read come and go.
static void shake(struct scene *s) {
  const struct event_type *event = s->at->event;
  for (uint32_t i = 0; i < event->fields.count; i++) {
    const struct field *field = event->fields.at[i];
    if (field == event->time || field == event->identity || field == event->zone) continue;
    if (field->optional && nuo__maker_chance(s->m, 3))
      s->at->values[i] = NULL;
    else if (nuo__maker_chance(s->m, 3))
      s->at->values[i] = nuo__draft_any(s, field->type);
  }
}

static struct draft *make_draft(struct hunt *h, uint32_t number) {
  const struct rule *before = h->change->before, *after = h->change->after;
  struct maker *m = &h->maker;
  const struct epoch *epoch = &h->proposal->epoch;
  const int64_t days = (int64_t)epoch->last - epoch->first;
  m->day =
      epoch->first + (int32_t)(number == 0 ? 0 : nuo__maker_below(m, days > 13 ? 14 : (uint32_t)days + 1));
  struct draft *draft = ARENA_NEW(h->d->arena, struct draft);
  draft->event = nuo__draft_event(m, (after != NULL ? after : before)->event);
  draft->until = INT64_MIN;
  if (draft->event == NULL) return NULL;
  struct scene s = {m, draft, draft->event};
  const struct rule *stricter = h->direction == 1 ? after : before,
                    *looser = h->direction == 1 ? before : after;
  if (number % 3 == 2) shake(&s);
  if (h->proposal->standings != NULL && number % 3 != 1) {
    nuo__draft_suppose(&s, h->proposal->reasoner, h->proposal->standings);
  } else {
    if (stricter != NULL) nuo__draft_violate(&s, stricter);
    if (looser != NULL && nuo__maker_chance(m, 30)) nuo__draft_comply(&s, looser);
  }
  if (number % 2 == 0) make_quiet(h, &s);
  nuo__draft_sort(draft);
  return draft;
}

// ---- trials ----

static bool try(struct hunt *h, struct draft *draft, struct witness *witness) {
  struct differ *d = h->d;
  *witness = (struct witness){.is_stricter = h->direction == 1, .draft = draft, .program = h->maker.program};
  d->status = nuo__draft_run(d->arena, &d->diff->before, draft, h->change->before, &witness->before);
  if (d->status == NUO_OK)
    d->status = nuo__draft_run(d->arena, &d->diff->after, draft, h->change->after, &witness->after);
  if (d->status != NUO_OK) return false;
  const int order = nuo__outcome_compare(d->diff->after.program, &witness->before, &witness->after);
  return order == 2 || order == (h->direction == 1 ? 1 : -1);
}

// A witness is clear when the verdicts differ, by that rule alone, and little has to be said.
static int score_of(const struct witness *w) {
  const struct draft_event *event = w->draft->event;
  int score = 1000 - 20 * (int)w->draft->earlier.count;
  for (uint32_t i = 0; i < event->event->fields.count; i++) score -= event->values[i] != NULL;
  score += w->before.verdict != w->after.verdict ? 200 : 0;
  score += (w->after.is_breach || w->after.is_undetermined) && w->after.sole ? 50 : 0;
  return score + (w->before.is_undetermined || w->after.is_undetermined ? 0 : 100);
}

static bool is_clear(const struct witness *w) {
  return w->before.verdict != w->after.verdict && !w->before.is_undetermined && !w->after.is_undetermined;
}

static bool has_enough(const struct hunt *h) {
  return h->best != NULL && h->found >= (is_clear(h->best) ? ENOUGH : ENOUGH_UNCLEAR);
}

static bool keeps(struct hunt *h, struct draft *draft, int least) {
  struct witness witness;
  if (!try(h, draft, &witness) || score_of(&witness) < least) return false;
  *h->best = witness;
  return true;
}

// Leaves out what is not needed.
static void shrink(struct hunt *h) {
  struct draft *draft = h->best->draft;
  for (uint32_t i = draft->earlier.count; i-- > 0;) {
    struct draft_event *gone = draft->earlier.at[i];
    const uint32_t last = draft->earlier.count - 1;
    for (uint32_t k = i; k < last; k++) draft->earlier.at[k] = draft->earlier.at[k + 1];
    draft->earlier.count = last;
    if (keeps(h, draft, h->score)) continue;
    for (uint32_t k = last; k > i; k--) draft->earlier.at[k] = draft->earlier.at[k - 1];
    draft->earlier.at[i] = gone;
    draft->earlier.count = last + 1;
  }
  struct draft_event *event = draft->event;
  for (uint32_t i = 0; i < event->event->fields.count; i++) {
    struct expr *value = event->values[i];
    if (value == NULL || !event->event->fields.at[i]->optional) continue;
    event->values[i] = NULL;
    if (!keeps(h, draft, h->score)) event->values[i] = value;
  }
}

struct witness *nuo__diff_witness(struct differ *d, const struct rule_change *change, int direction,
                                  const struct proposal *proposal) {
  const struct program *program = change->after != NULL ? d->diff->after.program : d->diff->before.program;
  struct hunt h = {.d = d,
                   .change = change,
                   .proposal = proposal,
                   .direction = direction,
                   .maker = {.arena = d->arena, .program = program, .zone = d->zone, .random = 1}};
  const uint32_t tries = d->tries > 0 ? d->tries : USUAL_TRIES;
  for (uint32_t i = 0; i < tries && !has_enough(&h) && d->status == NUO_OK; i++) {
    struct draft *draft = make_draft(&h, i);
    struct witness witness;
    if (draft == NULL) return NULL;
    if (!try(&h, draft, &witness)) continue;
    h.found++;
    if (h.best != NULL && score_of(&witness) <= h.score) continue;
    h.best = ARENA_NEW(d->arena, struct witness);
    *h.best = witness;
    h.score = score_of(&witness);
  }
  if (h.best != NULL) shrink(&h);
  return h.best;
}
