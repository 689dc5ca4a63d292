// SPDX-License-Identifier: Apache-2.0
// Whether a rule is stricter or looser in one version than in the other, by reasoning: a search for values
// with which the one asks for more than the other.
#include "compiler/diff/diff_inside.h"

#define SOME_DAY 20270  // 2025-07-01: for policies that do not say when they begin
#define MOST_EPOCHS 64

// ---- epochs ----

typedef VEC(int32_t) day_list;

static void add_day(struct differ *d, day_list *days, int64_t day) {
  if (day <= INT32_MIN || day >= INT32_MAX) return;
  uint32_t i = 0;
  while (i < days->count && days->at[i] < day) i++;
  if (i < days->count && days->at[i] == day) return;
  VEC_PUSH(d->arena, days, (int32_t)day);
  for (uint32_t k = days->count - 1; k > i; k--) days->at[k] = days->at[k - 1];
  days->at[i] = (int32_t)day;
}

static void add_force(struct differ *d, day_list *days, const struct force *force) {
  add_day(d, days, force->from);
  add_day(d, days, (int64_t)force->until + 1);
}

static void add_exceptions(struct differ *d, day_list *days, struct exception *const *at, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    add_force(d, days, &at[i]->force);
    add_exceptions(d, days, at[i]->exceptions.at, at[i]->exceptions.count);
  }
}

static void add_program(struct differ *d, day_list *days, const struct program *program) {
  for (uint32_t i = 0; i < program->parameters.count; i++)
    for (uint32_t k = 0; k < program->parameters.at[i]->values.count; k++)
      add_day(d, days, program->parameters.at[i]->values.at[k].from);
  for (uint32_t i = 0; i < program->tables.count; i++) add_force(d, days, &program->tables.at[i]->force);
  for (uint32_t i = 0; i < program->rules.count; i++) {
    add_force(d, days, &program->rules.at[i]->force);
    add_exceptions(d, days, program->rules.at[i]->exceptions.at, program->rules.at[i]->exceptions.count);
  }
}

// When the later of the two begins.
static int32_t beginning(const struct differ *d) {
  const int32_t a = d->diff->before.program->force.from, b = d->diff->after.program->force.from;
  const int32_t later = a > b ? a : b;
  return later == INT32_MIN ? SOME_DAY : later;
}

epoch_list nuo__diff_epochs(struct differ *d) {
  epoch_list epochs = {0};
  day_list days = {0};
  const int32_t first = beginning(d);
  add_program(d, &days, d->diff->before.program);
  add_program(d, &days, d->diff->after.program);
  // What is dated before the policy begins counts only when nothing says when that is.
  const bool is_open =
      d->diff->before.program->force.from == INT32_MIN && d->diff->after.program->force.from == INT32_MIN;
  add_day(d, &days, is_open && days.count > 0 ? days.at[0] - 60 : first);
  for (uint32_t i = 0; i < days.count && epochs.count < MOST_EPOCHS; i++) {
    const int32_t last = i + 1 < days.count ? days.at[i + 1] - 1 : days.at[i] + 1000;
    if (is_open || days.at[i] >= first) VEC_PUSH(d->arena, &epochs, (struct epoch){days.at[i], last});
  }
  return epochs;
}

// ---- strength ----

// What is asked for. A deferral that cannot be kept becomes more: so it has a range.
struct demand {
  int least, most;
  struct str action;  // as text: the same action is no more than itself
};
// What a rule asks for when it is in breach, and when that is unknown.
struct strength {
  struct demand breach, undetermined;
};
struct question {
  const struct formula *formulas[2];  // of the weaker and of the stronger one
  struct strength strengths[2];
};

static int rank_of(enum action_kind kind) {
  static const int ranks[] = {[ACTION_ALLOW] = 0, [ACTION_NOTE] = 1, [ACTION_LABEL] = 2, [ACTION_STRIP] = 2,
                              [ACTION_DEFER] = 3, [ACTION_HOLD] = 4, [ACTION_BLOCK] = 5};
  return ranks[kind];
}

// Until the next noon there is always a way; a computed time may be unknown or past, and be too late.
static enum action_kind greatest_of(const struct model_action *action) {
  if (action->kind != ACTION_DEFER) return action->kind;
  if (action->at_most != NULL) return ACTION_BLOCK;
  return nuo__expr_peel(action->value)->kind == EXPR_CLOCK ? ACTION_DEFER : ACTION_HOLD;
}

static struct demand demand_of(struct differ *d, const struct model_action *action, bool is_breach) {
  return (struct demand){1 + 2 * rank_of(action->kind) + is_breach,
                         1 + 2 * rank_of(greatest_of(action)) + is_breach,
                         nuo__action_meaning(d->arena, action)};
}

static struct strength strength_of(struct differ *d, const struct rule *rule) {
  if (rule == NULL) return (struct strength){.breach = {0}};
  return (struct strength){demand_of(d, &rule->action, true), demand_of(d, &rule->undetermined, false)};
}

static int greatest(const struct strength *s) {
  return s->breach.most > s->undetermined.most ? s->breach.most : s->undetermined.most;
}

static struct demand demand_at(const struct strength *s, enum truth truth) {
  const struct demand nothing = {0};
  return truth == TRUTH_TRUE ? s->breach : truth == TRUTH_UNKNOWN ? s->undetermined : nothing;
}

// Whether the second asks for more.
static enum truth asks_more(void *context, const struct standing *standings, const struct formula **open) {
  const struct question *q = context;
  const enum truth more = nuo__formula_truth(q->formulas[1], standings, open);
  if (more != TRUTH_OPEN && demand_at(&q->strengths[1], more).most == 0) return TRUTH_FALSE;
  const enum truth less = nuo__formula_truth(q->formulas[0], standings, open);
  if (less != TRUTH_OPEN && demand_at(&q->strengths[0], less).least >= greatest(&q->strengths[1]))
    return TRUTH_FALSE;
  if (less == TRUTH_OPEN || more == TRUTH_OPEN) return TRUTH_OPEN;
  const struct demand a = demand_at(&q->strengths[0], less), b = demand_at(&q->strengths[1], more);
  if (less == more && nuo__str_equal(a.action, b.action)) return TRUTH_FALSE;
  return b.most > a.least ? TRUTH_TRUE : TRUTH_FALSE;
}

// ---- what a rule depends on beyond its words ----

static bool uses_time(const struct expr *e) {
  if (e == NULL) return false;
  e = nuo__expr_peel(e);
  if (e->ref == REF_BUILTIN && e->builtin <= BUILTIN_years_since) return true;
  if (e->window != NULL || e->kind == EXPR_AGGREGATE || e->ref == REF_FACT) return true;
  if (e->kind == EXPR_DURATION && e->unit >= UNIT_DAY) return true;
  for (uint32_t i = 0; i < e->items.count; i++)
    if (uses_time(e->items.at[i])) return true;
  return uses_time(e->left) || uses_time(e->right);
}

static bool rule_uses_time(const struct rule *rule) {
  if (rule->core == CORE_LIMIT || uses_time(rule->scope) || uses_time(rule->condition)) return true;
  for (uint32_t i = 0; i < rule->exceptions.count; i++)
    if (uses_time(rule->exceptions.at[i]->condition)) return true;
  return rule->action.kind == ACTION_DEFER;
}

static bool days_equal(const int32_t *a, uint32_t a_count, const int32_t *b, uint32_t b_count) {
  if (a_count != b_count) return false;
  for (uint32_t i = 0; i < a_count; i++)
    if (a[i] != b[i]) return false;
  return true;
}

static bool calendars_equal(const struct model_calendar *a, const struct model_calendar *b) {
  if (a == NULL || b == NULL) return a == b;
  return a->first == b->first && a->end == b->end &&
         days_equal(a->rest.at, a->rest.count, b->rest.at, b->rest.count) &&
         days_equal(a->work.at, a->work.count, b->work.at, b->work.count);
}

static bool fields_equal(const struct field *a, const struct field *b) {
  return a == NULL || b == NULL ? a == b : nuo__str_equal(a->path, b->path);
}

// Whether clocks and days are the same ones in both versions.
bool nuo__same_time(const struct differ *d, const struct rule *before, const struct rule *after) {
  const struct program *a = d->diff->before.program, *b = d->diff->after.program;
  return nuo__str_equal(a->zone, b->zone) && calendars_equal(a->calendar, b->calendar) &&
         fields_equal(before->event->zone, after->event->zone) &&
         fields_equal(before->event->time, after->event->time);
}

// ---- searching ----

static const struct formula *violated(struct reasoner *r, const struct rule *rule) {
  static const struct formula never = {.kind = FORMULA_FALSE};
  return rule == NULL ? &never : nuo__formula_violated(r, rule);
}

static void search(struct differ *d, const struct rule *before, const struct rule *after,
                   const struct epoch *epoch, struct proposals *proposals) {
  struct reasoner *r = ARENA_NEW(d->arena, struct reasoner);
  *r = (struct reasoner){.arena = d->arena, .day = &epoch->first};
  r->parts.at = d->parts.at;
  r->parts.count = d->parts.count;
  const struct formula *old = violated(r, before), *new = violated(r, after);
  for (int direction = 0; direction < 2; direction++) {
    struct proposal *proposal = &proposals->at[direction];
    if (proposal->answer == ANSWER_FOUND) continue;
    struct question question = {{old, new}, {strength_of(d, before), strength_of(d, after)}};
    if (direction == 0)
      question = (struct question){{new, old}, {strength_of(d, after), strength_of(d, before)}};
    const struct standing *standings;
    const enum answer answer = nuo__reason_search(r, asks_more, &question, &standings);
    if (answer == ANSWER_NEVER) continue;
    *proposal = (struct proposal){answer, r, answer == ANSWER_FOUND ? standings : NULL, *epoch};
  }
}

void nuo__diff_reason(struct differ *d, const struct rule *before, const struct rule *after,
                      struct proposals *proposals) {
  const epoch_list epochs = nuo__diff_epochs(d);
  *proposals = (struct proposals){.is_other = false};
  for (int i = 0; i < 2; i++)
    proposals->at[i] = (struct proposal){.answer = ANSWER_NEVER, .epoch = epochs.at[0]};
  for (uint32_t i = 0; i < epochs.count; i++) search(d, before, after, &epochs.at[i], proposals);
  if (before == NULL || after == NULL) return;
  const bool is_unsure =
      !nuo__str_equal(before->event->names.en, after->event->names.en) ||
      (!nuo__same_time(d, before, after) && (rule_uses_time(before) || rule_uses_time(after)));
  for (int i = 0; i < 2; i++)
    if (is_unsure && proposals->at[i].answer == ANSWER_NEVER) proposals->at[i].answer = ANSWER_CANNOT_TELL;
}
