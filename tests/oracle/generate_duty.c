// SPDX-License-Identifier: Apache-2.0
// Duties, rules about breaches, and raised events of a random policy. Ties are made of the fields that all
// event types have in common, and lengths are short, so that what is owed and what comes meet. Called by
// generate_policy.c.
#include <stdio.h>
#include <string.h>

#include "tests/oracle/generate_decl.h"

static bool chance(struct gen *g, uint32_t percent) {
  return rng_chance(g->rng, percent);
}
static void put(struct gen *g, const char *text) {
  buf_put(g->out, text);
}
static void begin_clause(struct gen *g, const char *en, const char *zh) {
  put(g, "\n  ");
  gen_kw(g, en, zh);
}

// ---- in the context of one event ----
static void enter(struct gen *g, int event) {
  g->event_index = event;
  g->event = &g->schema->events[event];
}

static void leave(struct gen *g) {
  g->event = NULL;
  g->event_index = -1;
  g->alias = (struct gname){.two = false};
}

static int some_event(struct gen *g) {
  return (int)rng_below(g->rng, g->schema->event_count);
}

// ---- ties ----
#define EACH_TIE MAX_SHARED
#define IDENTITY_TIE (MAX_SHARED + 1)
struct plan {  // of a duty that an event begins
  int trigger;
  struct gname alias;
  uint32_t ties[MAX_SHARED + 2], tie_count;  // shared fields, EACH_TIE, or IDENTITY_TIE
  struct gname each;
  uint32_t each_field;      // the shared field that is compared with the value at hand
  uint32_t identity_field;  // and with the identity of what begins it
  bool has_each;
  int64_t longest;  // of its deadlines
};

static void put_plain(struct gen *g, const struct gfield *f, const struct gname *alias) {
  const struct gname kept = g->alias;
  g->alias.en[0] = '\0';
  if (alias != NULL) {
    gen_name(g, alias);
    put(g, ".");
  }
  gen_field(g, f);
  g->alias = kept;
  put(g, " ");
}

static void put_tie(struct gen *g, const struct plan *p, uint32_t tie) {
  const bool each = tie == EACH_TIE, identity = tie == IDENTITY_TIE, turned = chance(g, 30);
  const struct gfield *f = &g->schema->shared[each ? p->each_field : identity ? p->identity_field : tie];
  const struct gevent *trigger = &g->schema->events[p->trigger];
  if (!turned) {
    put_plain(g, f, NULL);
    gen_kw(g, "is", "为");
  }
  if (each)
    gen_name(g, &p->each);
  else
    put_plain(g, identity ? &trigger->fields[trigger->identity] : f, &p->alias);
  put(g, " ");
  if (!turned) return;
  gen_kw(g, "is", "为");
  put_plain(g, f, NULL);
}

// Reads a field of the event at hand, beside a constant.
static void put_filter(struct gen *g) {
  const struct gfield *f = &g->event->fields[rng_below(g->rng, g->event->count)];
  put(g, "(");
  gen_field(g, f);
  put(g, " ");
  if (f->type.kind == GIVEN_LIST || chance(g, 10)) {
    gen_kw(g, "is present", "具备");
  } else {
    gen_kw(g, gen_ordered(f->type.kind) ? "<=" : "is not", gen_ordered(f->type.kind) ? "<=" : "不为");
    gen_literal(g, f->type);
  }
  put(g, ") ");
}

// Shared fields may be told by `for the same`; whether that was done.
static bool put_same(struct gen *g, const struct plan *p) {
  bool any = false;
  if (chance(g, 50)) return false;
  for (uint32_t i = 0; i < p->tie_count; i++) {
    if (p->ties[i] >= MAX_SHARED) continue;
    if (any)
      put(g, ", ");
    else
      gen_kw(g, "for the same", "同一");
    put_plain(g, &g->schema->shared[p->ties[i]], NULL);
    any = true;
  }
  return any;
}

// The ties in any order, with or without a filter.
static void put_where(struct gen *g, const struct plan *p) {
  const bool same = put_same(g, p);
  const uint32_t first = p->tie_count == 0 ? 0 : rng_below(g->rng, p->tie_count);
  uint32_t written = 0;
  for (uint32_t i = 0; i < p->tie_count; i++) {
    const uint32_t tie = p->ties[(first + i) % p->tie_count];
    if (same && tie < MAX_SHARED) continue;
    gen_kw(g, written == 0 ? "where" : "and", written == 0 ? "其中" : "且");
    put_tie(g, p, tie);
    written++;
  }
  if (!chance(g, 25)) return;
  gen_kw(g, written == 0 ? "where" : "and", written == 0 ? "其中" : "且");
  put_filter(g);
}

// ---- lengths ----
#define DAY_MS INT64_C(86400000)
static int64_t put_exact(struct gen *g) {
  static const int64_t lengths[] = {1000, 60000, 600000, 1800000, 3600000, 7200000, DAY_MS};
  const int64_t length = lengths[rng_below(g->rng, 7)] * (1 + rng_below(g->rng, 3));
  gen_number_literal(g, GIVEN_DURATION, length);
  put(g, " ");
  return length;
}

static int64_t put_calendar(struct gen *g, int64_t least) {
  static const char *const units[][2] = {{"days", "天"},     {"workdays", "个工作日"}, {"weeks", "周"},
                                         {"months", "个月"}, {"quarters", "个季度"},   {"years", "年"}};
  static const int32_t days[] = {1, 1, 7, 28, 90, 365};
  uint32_t unit = chance(g, 50) ? 0 : rng_below(g->rng, chance(g, 80) ? 3 : 6);
  if (unit == 1 && !g->schema->has_calendar) unit = 0;
  if (least == 0 && g->schema->span.en[0] != '\0' && chance(g, 30)) {
    gen_name(g, &g->schema->span);
    put(g, " ");
    return g->schema->span_days * DAY_MS;
  }
  const uint32_t amount = 1 + rng_below(g->rng, unit < 2 ? 4 : 2) + (uint32_t)(least / (days[unit] * DAY_MS));
  gen_amount(g, amount, units[unit][0], units[unit][1]);
  return amount * days[unit] * DAY_MS;
}

// How long it is at least: no less than `least`.
static int64_t put_length(struct gen *g, int64_t least) {
  return least < 1000 && chance(g, 60) ? put_exact(g) : put_calendar(g, least);
}

// An instant or a date: the value at hand, or one of the trigger.
static bool put_no_later(struct gen *g, const struct plan *p) {
  const struct gevent *event = &g->schema->events[p->trigger];
  const enum given_kind each = g->schema->shared[p->each_field].type.kind;
  if (p->has_each && (each == GIVEN_INSTANT || each == GIVEN_DATE)) {
    gen_kw(g, "no later than", "不迟于");
    gen_name(g, &p->each);
    put(g, " ");
    return true;
  }
  for (uint32_t i = 2; i < event->count; i++) {
    const enum given_kind kind = event->fields[i].type.kind;
    if ((kind != GIVEN_INSTANT && kind != GIVEN_DATE) || chance(g, 40)) continue;
    gen_kw(g, "no later than", "不迟于");
    put_plain(g, &event->fields[i], &p->alias);
    return true;
  }
  return false;
}

// ---- steps ----
static void put_match(struct gen *g, const struct plan *p) {
  enter(g, some_event(g));
  gen_name(g, &g->event->name);
  put(g, " ");
  if (chance(g, 20)) g->alias = gen_alias(g);
  put_where(g, p);
  leave(g);
}

static void put_steps(struct gen *g, struct plan *p, bool otherwise) {
  int64_t least = 0;
  for (uint32_t i = 0, n = 1 + rng_below(g->rng, chance(g, 50) ? 1 : 3); i < n; i++) {
    if (i > 0) begin_clause(g, "then", "继而");
    put_match(g, p);
    if (!otherwise && chance(g, 15) && put_no_later(g, p)) continue;
    gen_kw(g, "within", "限时");
    const int64_t length = put_length(g, least);
    least = length;
    if (!otherwise && length > p->longest) p->longest = length;
  }
}

// ---- facts ----
static const struct gfact *plain_fact(struct gen *g, bool with_key) {
  const uint32_t start = rng_below(g->rng, MAX_FACTS);
  for (uint32_t i = 0; i < g->schema->fact_count; i++) {
    const struct gfact *f = &g->schema->facts[(start + i) % g->schema->fact_count];
    if (!f->has_value && (!with_key || f->key_count > 0)) return f;
  }
  return NULL;
}

// The part of its key that the value at hand can stand for, or -1.
static int part_for_each(const struct gen *g, const struct plan *p, const struct gfact *f) {
  for (uint32_t i = 0; p->has_each && i < f->key_count; i++)
    if (same_gtype(f->keys[i], g->schema->shared[p->each_field].type)) return (int)i;
  return -1;
}

// Some key of the fact that a shared field may be compared with.
static bool each_key(struct gen *g, const struct gfact *f, uint32_t *key, uint32_t *field) {
  for (uint32_t i = 0; i < f->key_count; i++)
    for (uint32_t k = 0; k < g->schema->shared_count; k++)
      if (same_gtype(f->keys[i], g->schema->shared[k].type)) {
        *key = i;
        *field = k;
        return true;
      }
  return false;
}

static void plan_each(struct gen *g, struct plan *p) {
  const struct gfact *f = chance(g, 30) ? plain_fact(g, true) : NULL;
  uint32_t key;
  if (f == NULL || !each_key(g, f, &key, &p->each_field)) return;
  p->has_each = true;
  p->each = gen_new_name(g);
  begin_clause(g, "for each", "逐一");
  gen_names(g, &p->each);
  put(g, " ");
  gen_kw(g, "where", "其中");
  enter(g, p->trigger);
  gen_fact_use(g, f, (int)key, &p->each);
  leave(g);
  if (chance(g, 80)) p->ties[p->tie_count++] = EACH_TIE;
}

// A shared field that the identity of what begins the duty may be compared with.
static void plan_identity_tie(struct gen *g, struct plan *p) {
  const struct gevent *trigger = &g->schema->events[p->trigger];
  if (!chance(g, 15)) return;
  for (uint32_t i = 0; i < g->schema->shared_count; i++) {
    if (!same_gtype(g->schema->shared[i].type, trigger->fields[trigger->identity].type)) continue;
    p->identity_field = i;
    p->ties[p->tie_count++] = IDENTITY_TIE;
    return;
  }
}

// ---- what every duty may say ----
static void put_rest(struct gen *g) {
  if (g->schema->severity_count > 0 && chance(g, 70)) {
    begin_clause(g, "severity", "程度");
    gen_name(g, &g->schema->severities[rng_below(g->rng, g->schema->severity_count)]);
  }
  if (chance(g, 20)) {
    begin_clause(g, "action", "处置");
    gen_kw(g, "note", "记录");
  }
  if (chance(g, 20)) {
    begin_clause(g, "cites", "依据");
    gen_string(g, "广告法 第四十四条");
  }
  if (chance(g, 15)) {
    put(g, "\n  ");
    gen_effective(g);
  }
}

static void put_because(struct gen *g, const struct plan *p) {
  begin_clause(g, "because", "理由");
  put(g, chance(g, 50) ? "\"未按时 {due}" : "\"missed {due}");
  if (chance(g, 50)) put(g, " {step}");
  if (p->has_each) {  // else duties look the same that are not
    put(g, " {");
    gen_name(g, &p->each);
    put(g, "}");
  }
  if (chance(g, 50)) {
    put(g, " {");
    put_plain(g, &g->schema->shared[0], chance(g, 50) ? &p->alias : NULL);
    put(g, "}");
  }
  const struct gevent *trigger = &g->schema->events[p->trigger];
  const struct gfield *any = &trigger->fields[rng_below(g->rng, trigger->count)];
  if (chance(g, 30) && any->type.kind != GIVEN_LIST) {
    put(g, " {");
    put_plain(g, any, &p->alias);
    put(g, "}");
  }
  put(g, "\"");
}

static void put_options(struct gen *g, const struct plan *p) {
  // Which of the values a warning speaks of cannot be told by looking at it.
  const int64_t seconds = p->has_each ? 0 : p->longest / 1000;
  for (uint32_t n = rng_below(g->rng, 3); n > 0 && seconds > 1; n--) {
    begin_clause(g, "warn at", "预警");
    if (p->longest > 3 * DAY_MS && chance(g, 40)) {
      gen_amount(g, 1 + rng_below(g->rng, 2), "days", "天");
    } else {
      gen_number_literal(g, GIVEN_DURATION, (1 + rng_below(g->rng, (uint32_t)seconds - 1)) * INT64_C(1000));
    }
  }
  const struct gfact *f = chance(g, 35) ? plain_fact(g, false) : NULL;
  if (f != NULL) {
    begin_clause(g, "suspended while", "中止期间");
    enter(g, p->trigger);
    gen_fact_use(g, f, chance(g, 70) ? part_for_each(g, p, f) : -1, &p->each);
    leave(g);
  }
  for (uint32_t n = chance(g, 40) ? 1 + rng_below(g->rng, 2) : 0; n > 0; n--) {
    begin_clause(g, "discharged by", "免除事由");
    put_match(g, p);
  }
  if (chance(g, 25)) {
    begin_clause(g, "unless", "除非");
    enter(g, p->trigger);
    gen_flag(g, 0);
    leave(g);
  }
  if (!p->has_each || !chance(g, 40)) return;
  begin_clause(g, "unless", "除非");
  gen_name(g, &p->each);
  put(g, " ");
  gen_kw(g, "is", "为");
  gen_literal(g, g->schema->shared[p->each_field].type);
}

static struct gname put_duty(struct gen *g) {
  static const struct gname none;
  struct plan p = {.trigger = some_event(g)};
  const struct gname name = gen_new_name(g);
  gen_kw(g, "duty", "义务");
  gen_names(g, &name);
  begin_clause(g, "on", "针对");
  enter(g, p.trigger);
  gen_name(g, &g->event->name);
  put(g, " ");
  p.alias = gen_alias(g);
  if (chance(g, 40)) {
    gen_kw(g, "where", "其中");
    gen_flag(g, 1);
  }
  leave(g);
  for (uint32_t i = 0; i < g->schema->shared_count; i++)
    if (chance(g, 50)) p.ties[p.tie_count++] = i;
  plan_identity_tie(g, &p);
  plan_each(g, &p);
  // Ties in another order make another key.
  const bool apart = p.has_each || (g->fork != NULL && p.tie_count > 1);
  gen_fork(g);
  begin_clause(g, "must", "必须");
  put_steps(g, &p, false);
  if (chance(g, 25)) {
    begin_clause(g, "otherwise", "否则");
    gen_kw(g, "must", "必须");
    put_steps(g, &p, true);
  }
  put_options(g, &p);
  if (p.has_each || chance(g, 50)) put_because(g, &p);
  put_rest(g);
  put(g, "\n");
  return apart ? none : name;
}

// ---- periodic ----
static struct gname put_periodic(struct gen *g) {
  static const char *const periods[][2] = {{"every day", "每逢 日"},
                                           {"every week", "每逢 周"},
                                           {"every month", "每逢 月"},
                                           {"every quarter", "每逢 季度"}};
  const struct gname name = gen_new_name(g);
  const char *const *period = periods[chance(g, 60) ? 0 : rng_below(g->rng, 4)];
  gen_kw(g, "duty", "义务");
  gen_names(g, &name);
  begin_clause(g, period[0], period[1]);
  gen_kw(g, "must at least", "必须 至少");
  gen_fork(g);
  if (g->schema->cap.en[0] != '\0' && chance(g, 60))
    gen_name(g, &g->schema->cap);
  else
    buf_printf(g->out, "%u", 1 + rng_below(g->rng, 3));
  put(g, " ");
  enter(g, some_event(g));
  gen_name(g, &g->event->name);
  put(g, " ");
  if (chance(g, 40)) {
    gen_kw(g, "where", "其中");
    gen_flag(g, 0);
    put(g, " ");
  }
  leave(g);
  if (chance(g, 30)) {
    gen_kw(g, "spread", "间隔");
    put_exact(g);
  }
  if (chance(g, 30)) {
    gen_kw(g, "due", "截至");
    gen_number_literal(g, GIVEN_DURATION, (int64_t)(1 + rng_below(g->rng, 20)) * 3600000);
    put(g, " ");
    gen_kw(g, "after the period", "期满后");
  }
  put_rest(g);
  put(g, "\n");
  return name;
}

// ---- breaches ----
static void put_quoted(struct gen *g, const struct gname *pack, const struct gname *name) {
  const bool chinese = name->zh[0] != '\0' && chance(g, 50);
  char text[2 * sizeof name->en + 2];
  snprintf(text, sizeof text, "%s%s%s",
           pack == NULL ? ""
           : chinese    ? pack->zh
                        : pack->en,
           pack == NULL ? "" : ".", chinese ? name->zh : name->en);
  gen_string(g, text);
}

// A policy that is used does not know the one that uses it.
static bool is_in_sight(const struct gen *g, uint32_t rule) {
  return !g->is_inner || g->schema->rule_inner[rule];
}

static bool has_rules(const struct gen *g) {
  uint32_t i = 0;
  while (i < g->schema->exceptions_from && !is_in_sight(g, i)) i++;
  return i < g->schema->exceptions_from;
}

// What some breach has there, in any of the forms that stand for it.
static void put_called(struct gen *g, bool rule) {
  const struct schema *s = g->schema;
  uint32_t at = rng_below(g->rng, s->exceptions_from);
  while (rule && !is_in_sight(g, at)) at = (at + 1) % s->exceptions_from;
  const struct gevent *event = &s->events[s->rule_events[at]];
  if (rule)
    put_quoted(g, s->rule_inner[at] && !g->is_inner ? &g->pack : NULL, &s->rules[at]);
  else if (chance(g, 40))
    gen_string(g, event->wire);
  else
    put_quoted(g, NULL, &event->name);
}

static void put_naming(struct gen *g) {
  const bool rule = has_rules(g) && chance(g, 50), several = chance(g, 40), other = chance(g, 25);
  gen_kw(g, "and", "且");
  gen_kw(g, rule ? "rule" : "event", rule ? "规则" : "事件");
  if (!several) {
    gen_kw(g, other ? "is not" : "is", other ? "不为" : "为");
    put_called(g, rule);
    return;
  }
  gen_kw(g, other ? "not in" : "in", other ? "不属于" : "属于");
  put(g, "{");
  for (uint32_t n = 1 + rng_below(g->rng, 3); n > 0; n--) {
    put_called(g, rule);
    if (n > 1) put(g, ", ");
  }
  put(g, "}");
}

// Rules on breaches of the least severity, with the greatest of their own: so none feeds itself.
static void put_breach_rule(struct gen *g) {
  const struct schema *s = g->schema;
  const struct gname name = gen_new_name(g);
  gen_kw(g, "rule", "规则");
  gen_names(g, &name);
  begin_clause(g, "on", "针对");
  gen_kw(g, "breach", "违约");
  gen_kw(g, "where", "其中");
  if (g->inner != NULL && !g->is_inner && chance(g, 60)) {
    gen_kw(g, "pack", "所属政策");
    gen_kw(g, "is present", "具备");
  } else {
    gen_kw(g, "severity", "程度");
    gen_kw(g, "is", "为");
    gen_name(g, &s->severities[0]);
    put(g, " ");
  }
  if (chance(g, 40)) put_naming(g);
  begin_clause(g, "limit", "限制");
  buf_printf(g->out, "%u ", rng_below(g->rng, 3));
  gen_kw(g, "per", "每");
  if (chance(g, 40))
    gen_kw(g, "rule", "规则");
  else
    put_plain(g, &s->shared[rng_below(g->rng, s->shared_count)], NULL);
  put(g, " ");
  if (chance(g, 30)) {
    gen_kw(g, "this day", "本日");
  } else {
    gen_kw(g, "in last", "近");
    put_exact(g);
  }
  if (chance(g, 30)) {
    begin_clause(g, "unless", "除非");
    gen_kw(g, "clock", "时刻");
    put(g, "(");
    gen_kw(g, "time", "时间");
    put(g, ") < ");
    gen_literal(g, gtype_of(GIVEN_CLOCK));
  }
  begin_clause(g, "severity", "程度");
  gen_name(g, &s->severities[s->severity_count - 1]);
  begin_clause(g, "because", "理由");
  put(g, "\"{id} {time} {event} {rule} {clause}\"\n");
}

// ---- raised events ----
static bool is_needed(const struct gevent *event, uint32_t index) {
  const struct gfield *f = &event->fields[index];
  return (int)index != event->identity && (int)index != event->time && !f->optional && !f->record_optional;
}

// A field of the event at hand of that type; a list with a value of its own where it is missing cannot be
// given.
static const struct gfield *giver_of(const struct gen *g, struct gtype type) {
  for (uint32_t i = 0; i < g->event->count; i++) {
    const struct gfield *f = &g->event->fields[i];
    if (same_gtype(f->type, type) && !(f->has_default && type.kind == GIVEN_LIST)) return f;
  }
  return NULL;
}

// Whether the event at hand has something to put into it.
static bool has_value(const struct gen *g, const struct gfield *f) {
  return (f->type.kind != GIVEN_LIST && f->type.kind != GIVEN_ZONE) || giver_of(g, f->type) != NULL;
}

static bool can_raise(const struct gen *g, const struct gevent *event) {
  if (event->enforceable || event->fields[event->identity].type.kind != GIVEN_TEXT) return false;
  for (uint32_t i = 0; i < event->count; i++)
    if (is_needed(event, i) && !has_value(g, &event->fields[i])) return false;
  return true;
}

static void put_given(struct gen *g, const struct gfield *f, bool first) {
  if (!first) put(g, ", ");
  put_plain(g, f, NULL);
  put(g, ": ");
  if (f->type.kind == GIVEN_LIST)
    gen_field(g, giver_of(g, f->type));
  else if (f->key && chance(g, 80))
    gen_field(g, f);
  else if (!gen_field_of_type(g, f->type))
    gen_value(g, f->type, 1);
}

void gen_raise(struct gen *g) {
  const struct schema *s = g->schema;
  for (uint32_t k = (uint32_t)g->event_index + 1; k < s->event_count; k++) {
    const struct gevent *event = &s->events[k];
    bool first = true;
    if (!can_raise(g, event) || chance(g, 30)) continue;
    begin_clause(g, "raise", "触发");
    gen_name(g, &event->name);
    put(g, " {");
    for (uint32_t i = 0; i < event->count; i++) {
      const bool may = (int)i != event->time && has_value(g, &event->fields[i]) && chance(g, 20);
      if (!is_needed(event, i) && !may) continue;
      put_given(g, &event->fields[i], first);
      first = false;
    }
    put(g, "}");
    return;
  }
}

void gen_duties(struct gen *g) {
  g->schema->owes = true;
  for (uint32_t n = 1 + rng_below(g->rng, 3); n > 0; n--) {
    gen_in_packs(g, chance(g, 70) ? put_duty : put_periodic);
  }
  for (uint32_t n = rng_below(g->rng, 3); n > 0 && g->schema->severity_count > 1; n--) {
    if (g->inner != NULL) gen_enter_pack(g, chance(g, 30));
    put_breach_rule(g);
    if (g->inner != NULL) gen_enter_pack(g, false);
  }
}
