// SPDX-License-Identifier: Apache-2.0
// Duties of two versions, compared part by part: what begins one, what has to come by when, what ends it or
// stops its clock.
#include "compiler/diff/diff_inside.h"
#include "compiler/reason/make.h"

const struct duty *nuo__duty_of(const struct program *program, const struct rule *rule) {
  for (uint32_t i = 0; i < program->duties.count; i++)
    if (program->duties.at[i]->rule == rule) return program->duties.at[i];
  return NULL;
}

// ---- collecting ----

struct compared {
  struct differ *d;
  struct rule_change *change;
  const struct duty *a, *b;
  struct proposals proposals;
};

static void looser(struct compared *c) {
  c->proposals.at[0].answer = ANSWER_FOUND;
}

static void stricter(struct compared *c) {
  c->proposals.at[1].answer = ANSWER_FOUND;
}

static void other(struct compared *c) {
  looser(c);
  stricter(c);
}

static void part(struct compared *c, const char *en, const char *zh) {
  VEC_PUSH(c->d->arena, &c->change->parts, nuo__diag_pair(en, zh));
}

static bool same_expr(struct compared *c, const struct expr *a, const struct expr *b) {
  if (a == NULL || b == NULL) return a == b;
  return nuo__str_equal(nuo__reason_key(c->d->arena, a), nuo__reason_key(c->d->arena, b));
}

static bool same_keys(struct compared *c, struct expr *const *a, uint32_t a_count, struct expr *const *b,
                      uint32_t b_count) {
  if (a_count != b_count) return false;
  for (uint32_t i = 0; i < a_count; i++)
    if (!same_expr(c, a[i], b[i])) return false;
  return true;
}

static bool same_event(const struct event_type *a, const struct event_type *b) {
  if (a == NULL || b == NULL) return a == b;
  return nuo__str_equal(a->names.en, b->names.en);
}

// ---- conditions ----

static const struct formula *all_of(struct reasoner *r, const struct expr *where, struct expr *const *unless,
                                    uint32_t count) {
  static const struct formula always = {.kind = FORMULA_TRUE};
  const struct formula *f = where == NULL ? &always : nuo__formula_established(r, nuo__formula_of(r, where));
  for (uint32_t i = 0; i < count; i++)
    f = nuo__formula_join(r, FORMULA_AND, f,
                          nuo__formula_not(r, nuo__formula_established(r, nuo__formula_of(r, unless[i]))));
  return f;
}

// Where the new condition holds and the old one does not, the duty is `if_more`; and the other way round.
static void compare_where(struct compared *c, const struct formula *a, const struct formula *b,
                          struct reasoner *r, bool more_is_stricter) {
  const struct formula *more = nuo__formula_join(r, FORMULA_AND, b, nuo__formula_not(r, a));
  const struct formula *less = nuo__formula_join(r, FORMULA_AND, a, nuo__formula_not(r, b));
  struct proposal *found[2] = {&c->proposals.at[!more_is_stricter], &c->proposals.at[more_is_stricter]};
  const struct formula *formulas[2] = {less, more};
  for (int i = 0; i < 2; i++) {
    const enum answer answer = nuo__reason_holds(r, formulas[i], NULL);
    if (answer != ANSWER_NEVER) found[i]->answer = answer;
  }
}

static struct reasoner *reasoner(struct compared *c) {
  struct reasoner *r = ARENA_NEW(c->d->arena, struct reasoner);
  *r = (struct reasoner){.arena = c->d->arena, .day = &c->proposals.at[0].epoch.first};
  return r;
}

static void compare_beginning(struct compared *c) {
  const struct duty *a = c->a, *b = c->b;
  if (!same_event(a->trigger, b->trigger) || a->each != NULL || b->each != NULL) {
    if (same_event(a->trigger, b->trigger) && a->each_part == b->each_part && a->each != NULL &&
        b->each != NULL && nuo__str_equal(a->each->names.en, b->each->names.en))
      return;
    other(c);
    part(c, "what begins it", "何事引起");
    return;
  }
  if (same_expr(c, a->where, b->where) &&
      same_keys(c, a->unless.at, a->unless.count, b->unless.at, b->unless.count))
    return;
  struct reasoner *r = reasoner(c);
  const struct formula *old = all_of(r, a->where, a->unless.at, a->unless.count);
  const struct formula *new = all_of(r, b->where, b->unless.at, b->unless.count);
  compare_where(c, old, new, r, true);
  part(c, "what begins it", "何事引起");
}

// ---- deadlines ----

// >0: b is later. 2: that cannot be told.
static int compare_length(const struct expr *a, const struct expr *b) {
  const bool exact = a->unit <= UNIT_HOUR && b->unit <= UNIT_HOUR;
  if (!exact && a->unit != b->unit) return 2;
  const int64_t x = exact ? a->number * nuo__unit_ms(a->unit) : a->number;
  const int64_t y = exact ? b->number * nuo__unit_ms(b->unit) : b->number;
  return y > x ? 1 : y < x ? -1 : 0;
}

static void say_length(struct compared *c, const struct expr *a, const struct expr *b, uint32_t step) {
  static const char *const units[][2] = {[UNIT_SECOND] = {"seconds", "秒"},
                                         [UNIT_MINUTE] = {"minutes", "分钟"},
                                         [UNIT_HOUR] = {"hours", "小时"},
                                         [UNIT_DAY] = {"days", "日"},
                                         [UNIT_WORKDAY] = {"workdays", "个工作日"},
                                         [UNIT_WEEK] = {"weeks", "周"},
                                         [UNIT_MONTH] = {"months", "个月"},
                                         [UNIT_QUARTER] = {"quarters", "个季度"},
                                         [UNIT_YEAR] = {"years", "年"}};
  const struct diag_arg said = {
      nuo__arena_format(c->d->arena, "deadline of step %u: %lld %s → %lld %s", step, (long long)a->number,
                        units[a->unit][0], (long long)b->number, units[b->unit][0]),
      nuo__arena_format(c->d->arena, "第 %u 步的期限：%lld%s → %lld%s", step, (long long)a->number,
                        units[a->unit][1], (long long)b->number, units[b->unit][1])};
  VEC_PUSH(c->d->arena, &c->change->parts, said);
}

static void compare_deadline(struct compared *c, const struct duty_deadline *a, const struct duty_deadline *b,
                             uint32_t step) {
  if (same_expr(c, a->length, b->length) && same_expr(c, a->by, b->by)) return;
  const int later = a->length == NULL || b->length == NULL ? 2 : compare_length(a->length, b->length);
  if (later == 0) return;
  if (later == 2) other(c);
  if (later == 1) looser(c);
  if (later == -1) stricter(c);
  if (a->length != NULL && b->length != NULL)
    say_length(c, a->length, b->length, step);
  else
    part(c, "a deadline", "期限");
}

// ---- what has to come ----

static void compare_match(struct compared *c, const struct duty_match *a, const struct duty_match *b,
                          bool more_is_stricter, const char *en, const char *zh) {
  if (!same_event(a->event, b->event) || !same_keys(c, a->key.at, a->key.count, b->key.at, b->key.count)) {
    other(c);
    part(c, en, zh);
  } else if (!same_expr(c, a->where, b->where)) {
    struct reasoner *r = reasoner(c);
    const struct formula *old = all_of(r, a->where, NULL, 0), *new = all_of(r, b->where, NULL, 0);
    compare_where(c, old, new, r, more_is_stricter);
    part(c, en, zh);
  }
}

static void compare_steps(struct compared *c) {
  const uint32_t old = c->a->steps.count, new = c->b->steps.count;
  if (!same_keys(c, c->a->key.at, c->a->key.count, c->b->key.at, c->b->key.count)) {
    other(c);
    part(c, "how events are tied to it", "事件如何与之对应");
  }
  if (new > old) stricter(c), part(c, "one more step", "增加步骤");
  if (new < old) looser(c), part(c, "one step less", "减少步骤");
  for (uint32_t i = 0; i < old && i < new; i++) {
    const struct duty_step *a = &c->a->steps.at[i], *b = &c->b->steps.at[i];
    compare_match(c, &a->match, &b->match, false, "what has to come", "须做何事");
    compare_deadline(c, &a->deadline, &b->deadline, i + 1);
  }
}

static void compare_discharges(struct compared *c) {
  const uint32_t old = c->a->discharges.count, new = c->b->discharges.count;
  if (new > old) looser(c), part(c, "one more discharge", "增加免除情形");
  if (new < old) stricter(c), part(c, "one discharge less", "减少免除情形");
  for (uint32_t i = 0; i < old && i < new; i++)
    compare_match(c, &c->a->discharges.at[i], &c->b->discharges.at[i], false, "what discharges it",
                  "免除的事由");
}

static void compare_suspension(struct compared *c) {
  const struct expr *a = c->a->suspended, *b = c->b->suspended;
  if (same_expr(c, a, b)) return;
  if (a == NULL)
    looser(c);
  else if (b == NULL)
    stricter(c);
  else
    other(c);
  part(c, "what stops its clock", "何时中止计时");
}

// Warnings change no verdict.
static void compare_warnings(struct compared *c) {
  const uint32_t old = c->a->warnings.count, new = c->b->warnings.count;
  bool same = old == new;
  for (uint32_t i = 0; same && i < old; i++)
    same = same_expr(c, c->a->warnings.at[i].length, c->b->warnings.at[i].length) &&
           same_expr(c, c->a->warnings.at[i].by, c->b->warnings.at[i].by);
  if (!same) part(c, "its warnings", "预警");
}

// ---- every period ----

static void compare_amount(struct compared *c, int64_t difference, const char *en, const char *zh) {
  if (difference == 0) return;
  if (difference > 0)
    stricter(c);
  else
    looser(c);
  part(c, en, zh);
}

// The rule's condition is `counted less than N`.
static void compare_least(struct compared *c, const struct reasoner *now) {
  const struct expr *x = nuo__expr_peel(c->a->rule->condition)->right;
  const struct expr *y = nuo__expr_peel(c->b->rule->condition)->right;
  if (same_expr(c, x, y)) return;
  x = nuo__constant_of(now, x);
  y = nuo__constant_of(now, y);
  if (x != NULL && y != NULL) {
    compare_amount(c, y->number - x->number, "how many there have to be", "至少几次");
  } else {
    other(c);
    part(c, "how many there have to be", "至少几次");
  }
}

static void compare_period(struct compared *c) {
  const struct duty *a = c->a, *b = c->b;
  struct reasoner now = {.arena = c->d->arena, .day = &c->proposals.at[0].epoch.first};
  if (a->period != b->period || !same_event(a->counter->event, b->counter->event)) {
    other(c);
    part(c, "the period, or what is counted", "周期或计数的事件");
    return;
  }
  if (!same_expr(c, a->counter->where, b->counter->where)) {
    const struct formula *old = all_of(&now, a->counter->where, NULL, 0);
    const struct formula *new = all_of(&now, b->counter->where, NULL, 0);
    compare_where(c, old, new, &now, false);
    part(c, "what is counted", "计数的事件");
  }
  compare_amount(c, b->spread - a->spread, "how far apart they have to lie", "间隔");
  compare_least(c, &now);
  if ((a->due.length == NULL) != (b->due.length == NULL)) {
    other(c);
    part(c, "by when", "期限");
  } else if (a->due.length != NULL) {
    compare_deadline(c, &a->due, &b->due, 1);
  }
}

// ---- the whole ----

static void compare_force(struct compared *c) {
  const struct force *a = &c->a->force, *b = &c->b->force;
  if (a->from == b->from && a->until == b->until) return;
  if (b->from < a->from || b->until > a->until) stricter(c);
  if (b->from > a->from || b->until < a->until) looser(c);
  part(c, "when it is in force", "生效期间");
}

static void compare(struct compared *c) {
  if ((c->a->trigger == NULL) != (c->b->trigger == NULL)) {
    other(c);
    part(c, "what begins it", "何事引起");
    return;
  }
  compare_force(c);
  if (c->a->trigger == NULL) {
    compare_period(c);
    return;
  }
  compare_beginning(c);
  compare_steps(c);
  compare_discharges(c);
  compare_suspension(c);
  compare_warnings(c);
}

void nuo__judge_duty(struct differ *d, struct rule_change *change) {
  struct compared c = {.d = d, .change = change};
  const struct epoch first = nuo__diff_epochs(d).at[0];
  for (int i = 0; i < 2; i++) c.proposals.at[i] = (struct proposal){.answer = ANSWER_NEVER, .epoch = first};
  const bool is_pair = change->before != NULL && change->after != NULL;
  if (is_pair) {
    c.a = nuo__duty_of(d->diff->before.program, change->before);
    c.b = nuo__duty_of(d->diff->after.program, change->after);
    compare(&c);
    nuo__change_details(d, change->before, change->after, &c.proposals);
    if (!nuo__rule_same_part(d, PART_SEVERITY, change->before, change->after)) part(&c, "severity", "程度");
    if (!nuo__same_time(d, change->before, change->after)) other(&c);
  } else {
    c.proposals.at[change->after != NULL].answer = ANSWER_FOUND;
  }
  for (int direction = 0; direction < 2; direction++)
    if (c.proposals.at[direction].answer != ANSWER_NEVER)
      change->witnesses[direction] = nuo__diff_duty_witness(d, change, direction, &c.proposals.at[direction]);
  if (is_pair) nuo__change_decide(change, &c.proposals);
  if (is_pair && change->meaning == MEANING_UNCHANGED && change->parts.count > 0)
    change->meaning = MEANING_WORDING;
}

// ---- as text ----

static void put_expr(struct text_out *out, struct arena *arena, const struct expr *e) {
  const struct str key = e == NULL ? STR("-") : nuo__reason_key(arena, e);
  nuo__out_bytes(out, key.at, key.len);
  nuo__out_string(out, "\n");
}

static void put_event(struct text_out *out, const struct event_type *event) {
  const struct str name = event == NULL ? STR("-") : event->names.en;
  nuo__out_bytes(out, name.at, name.len);
  nuo__out_string(out, "\n");
}

static void put_deadline(struct text_out *out, struct arena *arena, const struct duty_deadline *deadline) {
  put_expr(out, arena, deadline->length);
  put_expr(out, arena, deadline->by);
}

static void put_match(struct text_out *out, struct arena *arena, const struct duty_match *match) {
  put_event(out, match->event);
  put_expr(out, arena, match->where);
  for (uint32_t i = 0; i < match->key.count; i++) put_expr(out, arena, match->key.at[i]);
}

struct str nuo__duty_meaning(struct arena *arena, const struct duty *duty) {
  const nuo_allocator allocator = nuo__reason_allocator(arena);
  struct text_out out = {.allocator = &allocator};
  put_event(&out, duty->trigger);
  put_expr(&out, arena, duty->where);
  for (uint32_t i = 0; i < duty->unless.count; i++) put_expr(&out, arena, duty->unless.at[i]);
  for (uint32_t i = 0; i < duty->key.count; i++) put_expr(&out, arena, duty->key.at[i]);
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    put_match(&out, arena, &duty->steps.at[i].match);
    put_deadline(&out, arena, &duty->steps.at[i].deadline);
  }
  for (uint32_t i = 0; i < duty->discharges.count; i++) put_match(&out, arena, &duty->discharges.at[i]);
  for (uint32_t i = 0; i < duty->warnings.count; i++) put_deadline(&out, arena, &duty->warnings.at[i]);
  put_expr(&out, arena, duty->suspended);
  nuo__out_integer(&out, duty->trigger == NULL ? (int64_t)duty->period : -1);
  if (duty->counter != NULL) {
    const struct str counted = nuo__reason_counter_key(arena, duty->counter);
    nuo__out_bytes(&out, counted.at, counted.len);
    put_deadline(&out, arena, &duty->due);
    put_expr(&out, arena, duty->rule->condition);
  }
  nuo__out_integer(&out, duty->spread);
  nuo__out_string(&out, " ");
  nuo__out_integer(&out, duty->force.from);
  nuo__out_string(&out, " ");
  nuo__out_integer(&out, duty->force.until);
  return (struct str){out.at, (uint32_t)out.len};
}

struct str nuo__change_meaning(struct differ *d, const struct program *program, const struct rule *rule) {
  const struct duty *duty = nuo__duty_of(program, rule);
  if (duty == NULL) return nuo__rule_meaning(d->arena, program, rule);
  const struct str own = nuo__duty_meaning(d->arena, duty);
  const struct str severity = rule->severity < 0 ? STR("") : program->severities.at[rule->severity].names.en;
  return nuo__arena_format(d->arena, "%.*s severity %.*s", (int)own.len, own.at, (int)severity.len,
                           severity.at);
}
