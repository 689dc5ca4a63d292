// SPDX-License-Identifier: Apache-2.0
// The decision about one event: binds the given values to the schema, evaluates every rule on the event's
// type, and puts the findings together. Called by trial.c.
#include <string.h>

#include "runtime/when.h"
#include "tests/oracle/memory.h"

static nuo_text text_of(struct str s) {
  return (nuo_text){s.at, s.len};
}

// ---- binding ----
static const struct event_type *find_event(const struct program *program, struct str wire) {
  for (uint32_t i = 0; i < program->events.count; i++) {
    const struct event_type *event = program->events.at[i];
    if (event->origin == EVENT_DECLARED && nuo__str_equal(event->wire_name, wire)) return event;
  }
  return NULL;
}

static bool bind_enumerator(const struct type *type, struct str name, struct value *out) {
  for (uint32_t i = 0; i < type->enumeration->items.count; i++)
    if (nuo__str_equal(type->enumeration->items.at[i].names.en, name)) {
      *out = value_of(type, i);
      return true;
    }
  return false;
}

static bool bind_value(struct oracle *o, const struct given *given, const struct type *type,
                       struct value *out);

static bool bind_list(struct oracle *o, const struct given *given, const struct type *type,
                      struct value *out) {
  *out = (struct value){.type = type, .known = true, .count = given->count};
  out->items = nuo__arena_alloc(o->arena, (given->count + 1) * sizeof *out->items);
  for (uint32_t i = 0; i < given->count; i++)
    if (!bind_value(o, &given->items[i], type->element, &out->items[i])) return false;
  return true;
}

static bool bind_value(struct oracle *o, const struct given *given, const struct type *type,
                       struct value *out) {
  static const enum type_kind kinds[] = {
      [GIVEN_FLAG] = TYPE_FLAG,   [GIVEN_NUMBER] = TYPE_NUMBER,     [GIVEN_DECIMAL] = TYPE_DECIMAL,
      [GIVEN_TEXT] = TYPE_TEXT,   [GIVEN_INSTANT] = TYPE_INSTANT,   [GIVEN_DATE] = TYPE_DATE,
      [GIVEN_CLOCK] = TYPE_CLOCK, [GIVEN_DURATION] = TYPE_DURATION, [GIVEN_ZONE] = TYPE_ZONE,
      [GIVEN_ENUM] = TYPE_ENUM,   [GIVEN_LIST] = TYPE_LIST};
  if (kinds[given->kind] != type->kind) return false;
  if (type->kind == TYPE_LIST) return bind_list(o, given, type, out);
  if (type->kind == TYPE_ENUM) return bind_enumerator(type, given->text, out);
  *out = (struct value){.type = type, .known = true, .number = given->number, .text = given->text};
  return true;
}

static const struct given_member *find_member(const struct given_event *event, struct str path) {
  for (uint32_t i = 0; i < event->count; i++)
    if (nuo__str_equal(event->members[i].path, path)) return &event->members[i];
  return NULL;
}

// Whether the record that the first `levels` members lead to is written as an object.
static bool record_given(const struct given_event *event, const struct field *field, uint32_t levels) {
  uint32_t len = levels - 1;
  for (uint32_t i = 0; i < levels; i++) len += field->members[i].len;
  for (uint32_t i = 0; i < event->count; i++) {
    const struct str path = event->members[i].path;
    if (path.len > len && path.at[len] == '.' && memcmp(path.at, field->path.at, len) == 0) return true;
  }
  return false;
}

// It may, or a record around it that is not there may.
static bool may_be_absent(const struct given_event *event, const struct field *field) {
  for (uint32_t level = 1; level < field->depth; level++)
    if (!record_given(event, field, level) && (field->optional_levels >> (level - 1) & 1)) return true;
  return field->optional_levels >> (field->depth - 1) & 1;
}

static bool bind_fields(struct oracle *o, const struct given_event *event) {
  o->fields = nuo__arena_alloc(o->arena, (o->event->fields.count + 1) * sizeof *o->fields);
  for (uint32_t i = 0; i < o->event->fields.count; i++) {
    const struct field *field = o->event->fields.at[i];
    const struct given_member *member = find_member(event, field->path);
    o->fields[i] = value_unknown(field->type);
    if (member == NULL || member->null) {
      if (!may_be_absent(event, field)) return false;
    } else if (!bind_value(o, &member->value, field->type, &o->fields[i])) {
      return false;
    }
  }
  return true;
}

static const struct zone *zone_named(struct oracle *o, struct str name) {
  uint16_t handle;
  if (nuo__zone_set_find(o->zones, name.at, name.len, &handle) != ZONE_OK) return NULL;
  return nuo__zone_set_get(o->zones, handle);
}

bool oracle_bind(struct oracle *o, const struct given_event *event) {
  o->given = event;
  o->event = find_event(o->program, event->wire);
  if (o->event == NULL || !bind_fields(o, event)) return false;
  o->time = o->fields[o->event->time->index].number;
  if (!oracle_place(o)) return false;
  oracle_own_zone(o);
  return o->zone != NULL;
}

bool oracle_place(struct oracle *o) {
  o->policy_zone = o->zone = zone_named(o, o->program->zone);
  return o->zone != NULL;
}

void oracle_own_zone(struct oracle *o) {
  const struct field *zone = o->event->zone;
  if (zone != NULL && o->fields[zone->index].known) o->zone = zone_named(o, o->fields[zone->index].text);
}

struct value oracle_field(const struct oracle *o, const struct field *field) {
  for (uint32_t i = 0; i < o->event->fields.count; i++) {
    const struct field *own = o->event->fields.at[i];
    if (nuo__str_equal(own->path, field->path) && nuo__type_equal(own->type, field->type))
      return o->fields[i];
  }
  return value_unknown(field->type);
}

// ---- in force ----
// The instant at which a day begins, and never for a day beyond the calendar.
static int64_t midnight(const struct oracle *o, int32_t day) {
  int64_t ms;
  return nuo__zone_instant(o->policy_zone, day, 0, &ms) ? ms : INT64_MAX;
}

// The last day counts to its end.
static nuo_force force_now(const struct oracle *o, const struct force *force) {
  if (force->from != INT32_MIN && o->time < midnight(o, force->from)) return NUO_NOT_YET_IN_FORCE;
  if (force->until != INT32_MAX && o->time >= midnight(o, force->until + 1)) return NUO_REPEALED;
  return NUO_IN_FORCE;
}

bool oracle_holds_now(const struct oracle *o, const struct force *force) {
  return force_now(o, force) == NUO_IN_FORCE;
}

// ---- exceptions ----
static bool established(struct oracle *o, const struct exception *x) {
  const struct value v = eval(o, x->condition);
  if (!value_true(&v) || force_now(o, &x->force) != NUO_IN_FORCE) return false;
  for (uint32_t i = 0; i < x->exceptions.count; i++)
    if (established(o, x->exceptions.at[i])) return false;
  return true;
}

static void list_exceptions(struct oracle *o, const struct rule *rule, nuo_finding *f) {
  nuo_text *labels = nuo__arena_alloc(o->arena, (rule->exceptions.count + 1) * sizeof *labels);
  for (uint32_t i = 0; i < rule->exceptions.count; i++)
    if (established(o, rule->exceptions.at[i]))
      labels[f->exception_count++] = text_of(rule->exceptions.at[i]->label);
  f->exceptions = labels;
}

// ---- actions ----
static bool defer_until(struct oracle *o, const struct model_action *action, int64_t *until) {
  const struct value v = eval(o, action->value);
  if (!v.known) return false;
  if (v.type->kind == TYPE_CLOCK) return nuo__zone_next_clock(o->zone, o->time, (int32_t)v.number, until);
  *until = v.number;
  return true;
}

// The last instant that `for at most` admits; INT64_MAX without one. False when it cannot be told.
static bool defer_deadline(struct oracle *o, const struct model_action *action, int64_t *deadline) {
  *deadline = INT64_MAX;
  if (action->at_most == NULL) return true;
  const struct expr *most = expr_peel(action->at_most);
  struct value v;
  if (action->at_most_type->kind == TYPE_PERIOD) {
    const struct value now = value_of(nuo__type_simple(TYPE_INSTANT), o->time);
    v = add_period(o, &now, most->number, most->unit);
    *deadline = v.number;
    return v.known;
  }
  v = eval(o, most);
  return v.known && !__builtin_add_overflow(o->time, v.number, deadline);
}

static void fill_deferral(struct oracle *o, const struct model_action *action, nuo_finding *f) {
  int64_t until, deadline;
  if (!defer_until(o, action, &until) || until <= o->time || !nuo__when_is_instant(until) ||
      !defer_deadline(o, action, &deadline)) {
    f->action = NUO_HOLD;
  } else if (until > deadline) {
    f->action = NUO_BLOCK;
  } else {
    f->until = until;
    f->until_offset = nuo__zone_offset_at(o->zone, until);
    return;
  }
  f->action_changed = true;
}

static void fill_action(struct oracle *o, const struct model_action *action, nuo_finding *f) {
  static const nuo_action actions[] = {
      [ACTION_ALLOW] = NUO_ALLOW, [ACTION_NOTE] = NUO_NOTE,   [ACTION_LABEL] = NUO_AMEND,
      [ACTION_STRIP] = NUO_AMEND, [ACTION_DEFER] = NUO_DEFER, [ACTION_HOLD] = NUO_HOLD,
      [ACTION_BLOCK] = NUO_BLOCK};
  f->action = actions[action->kind];
  if (action->kind == ACTION_LABEL) f->label = text_of(fill_template(o, action->value));
  if (action->kind == ACTION_STRIP) f->strip = text_of(action->field->path);
  if (action->kind == ACTION_DEFER) fill_deferral(o, action, f);
}

// ---- rules ----
enum outcome { OUTCOME_NONE, OUTCOME_BREACH, OUTCOME_UNDETERMINED, OUTCOME_EXCEPTED };

static bool excused(struct oracle *o, const struct rule *rule) {
  for (uint32_t i = 0; i < rule->exceptions.count; i++)
    if (established(o, rule->exceptions.at[i])) return true;
  return false;
}

static expr_list per_of(const struct rule *rule) {
  return (expr_list){rule->per.at, rule->per.count, rule->per.cap};
}

// The number or the condition of a rule may be read by the law of another instant.
static const struct value *law_of(const struct oracle *o, const struct rule *rule) {
  return rule->law == NULL ? NULL : &o->fields[rule->law->index];
}

static struct value eval_condition(struct oracle *o, const struct rule *rule) {
  o->law = law_of(o, rule);
  const struct value v = eval(o, rule->condition);
  o->law = NULL;
  return v;
}

// Whether this event would be one more than the limit allows.
static struct value over_limit(struct oracle *o, const struct rule *rule) {
  const struct type *flag = nuo__type_simple(TYPE_FLAG);
  const struct value most = eval_condition(o, rule);
  const expr_list per = per_of(rule);
  time_list times = {0};
  const bool known = counted_times(o, rule->counter, &per, &rule->window, &times);
  if (!known || !most.known) return value_unknown(flag);
  return value_of(flag, most.number < (int64_t)times.count + 1);
}

// Scope and core: what is violated unless an exception excuses it.
static struct value base_of(struct oracle *o, const struct rule *rule) {
  const struct type *flag = nuo__type_simple(TYPE_FLAG);
  const struct value scope = rule->scope == NULL ? value_of(flag, true) : eval(o, rule->scope);
  struct value core = rule->core == CORE_LIMIT ? over_limit(o, rule) : eval_condition(o, rule);
  if (rule->core == CORE_REQUIRE) core = value_of(flag, !value_true(&core));
  if (force_now(o, &rule->force) != NUO_IN_FORCE || value_false(&scope) || value_false(&core))
    return value_of(flag, false);
  return scope.known && core.known ? value_of(flag, true) : value_unknown(flag);
}

static enum outcome outcome_of(struct oracle *o, const struct rule *rule) {
  const struct value base = base_of(o, rule);
  if (value_false(&base)) return OUTCOME_NONE;
  if (excused(o, rule)) return base.known ? OUTCOME_EXCEPTED : OUTCOME_NONE;
  return base.known ? OUTCOME_BREACH : OUTCOME_UNDETERMINED;
}

static void fill_evidence(struct oracle *o, const struct rule *rule, enum outcome outcome, nuo_finding *f) {
  fact_list facts = {0};
  reason_list reasons = {0};
  const bool limit = rule->core == CORE_LIMIT;
  const expr_list per = per_of(rule);
  if (limit) collect_count_facts(o, rule->counter, &per, &rule->window, &facts);
  if (rule->scope != NULL) collect_facts(o, rule->scope, &facts);
  o->law = law_of(o, rule);
  collect_facts(o, rule->condition, &facts);
  o->law = NULL;
  if (outcome == OUTCOME_UNDETERMINED) {
    if (limit) collect_count_reasons(o, rule->counter, &per, &rule->window, &reasons);
    if (rule->scope != NULL) collect_reasons(o, rule->scope, &reasons);
    // A requirement that is not shown is not met: its core is never what is unknown.
    o->law = law_of(o, rule);
    if (rule->core != CORE_REQUIRE) collect_reasons(o, rule->condition, &reasons);
    o->law = NULL;
  }
  f->facts = facts.at;
  f->fact_count = facts.count;
  f->reasons = reasons.at;
  f->reason_count = reasons.count;
}

static void fill_names(struct oracle *o, const struct rule *rule, nuo_finding *f) {
  nuo_text *cites = nuo__arena_alloc(o->arena, (rule->cites.count + 1) * sizeof *cites);
  for (uint32_t i = 0; i < rule->cites.count; i++) cites[i] = text_of(rule->cites.at[i]);
  f->rule = text_of(rule->names.en);
  f->rule_zh = text_of(rule->names.zh);
  f->title = text_of(rule->title);
  if (rule->clause != CLAUSE_NONE) f->clause = text_of(o->program->clauses.at[rule->clause].number);
  if (rule->severity >= 0) {
    const struct names *names = &o->program->severities.at[rule->severity].names;
    const uint32_t skip = rule->pack != NULL ? rule->pack->names.en.len + 1 : 0;
    const uint32_t skip_zh = rule->pack != NULL ? rule->pack->names.zh.len + 1 : 0;
    f->severity = (nuo_text){names->en.at + skip, names->en.len - skip};
    f->severity_zh = (nuo_text){names->zh.at + skip_zh, names->zh.len - skip_zh};
  }
  if (rule->pack != NULL) {
    f->pack = text_of(rule->pack->names.en);
    f->pack_zh = text_of(rule->pack->names.zh);
  }
  f->cites = cites;
  f->cite_count = rule->cites.count;
}

static nuo_finding finding_of(struct oracle *o, const struct rule *rule, enum outcome outcome) {
  nuo_finding f = {0};
  fill_names(o, rule, &f);
  if (outcome == OUTCOME_BREACH) fill_action(o, &rule->action, &f);
  if (outcome == OUTCOME_UNDETERMINED) fill_action(o, &rule->undetermined, &f);
  if (outcome == OUTCOME_EXCEPTED) list_exceptions(o, rule, &f);
  f.message = text_of(fill_template(o, rule->because));
  fill_evidence(o, rule, outcome, &f);
  return f;
}

// ---- the decision ----
typedef VEC(nuo_finding) finding_list;

static void raise_verdict(nuo_decision *d, const nuo_finding *findings, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (findings[i].action > d->verdict) d->verdict = findings[i].action;
}

static void latest_deferral(nuo_decision *d, const nuo_finding *findings, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (findings[i].action == NUO_DEFER && (d->until == 0 || findings[i].until > d->until)) {
      d->until = findings[i].until;
      d->until_offset = findings[i].until_offset;
    }
}

struct str oracle_identity(struct oracle *o) {
  const struct value *id = &o->fields[o->event->identity->index];
  if (id->type->kind == TYPE_TEXT) return id->text;
  return nuo__arena_format(o->arena, "%lld", (long long)id->number);
}

const nuo_program_info *oracle_info(struct oracle *o) {
  nuo_program_info *info = ARENA_NEW(o->arena, nuo_program_info);
  info->policy = text_of(o->program->names.en);
  info->policy_zh = text_of(o->program->names.zh);
  info->title = text_of(o->program->title);
  info->version = text_of(o->program->version);
  return info;
}

void oracle_rules(struct oracle *o, nuo_decision *d, breach_list *breached) {
  finding_list lists[OUTCOME_EXCEPTED + 1] = {{0}};
  for (uint32_t i = 0; i < o->program->rules.count; i++) {
    const struct rule *rule = o->program->rules.at[i];
    if (rule->event != o->event) continue;
    const enum outcome outcome = outcome_of(o, rule);
    if (outcome == OUTCOME_NONE) continue;
    const nuo_finding finding = finding_of(o, rule, outcome);
    if (outcome == OUTCOME_BREACH)
      VEC_PUSH(o->arena, breached, (struct breached){rule, finding});
    else
      VEC_PUSH(o->arena, &lists[outcome], finding);
  }
  d->undetermined = lists[OUTCOME_UNDETERMINED].at;
  d->undetermined_count = lists[OUTCOME_UNDETERMINED].count;
  d->excepted = lists[OUTCOME_EXCEPTED].at;
  d->excepted_count = lists[OUTCOME_EXCEPTED].count;
  d->program = oracle_info(o);
}

// The first-named rule that is breached has the place of all; what they ask for is the most of them.
static bool join_into(struct oracle *o, const breach_list *breached, const struct breached *one,
                      nuo_finding *out) {
  finding_list parts = {0};
  *out = one->finding;
  for (uint32_t r = 0; one->rule->same != NULL && r < one->rule->same->rules.count; r++)
    for (uint32_t i = 0; i < breached->count; i++) {
      if (breached->at[i].rule != one->rule->same->rules.at[r]) continue;
      if (parts.count == 0 && &breached->at[i] != one) return false;
      VEC_PUSH(o->arena, &parts, breached->at[i].finding);
    }
  if (parts.count < 2) return true;
  nuo_decision whole = {.verdict = NUO_ALLOW};
  raise_verdict(&whole, parts.at, parts.count);
  if (whole.verdict == NUO_DEFER) latest_deferral(&whole, parts.at, parts.count);
  uint32_t i = 0;
  while (parts.at[i].action != whole.verdict ||
         (whole.verdict == NUO_DEFER && parts.at[i].until != whole.until))
    i++;
  out->action = whole.verdict;
  out->until = whole.until;
  out->until_offset = whole.until_offset;
  out->action_changed = parts.at[i].action_changed;
  out->label = parts.at[i].label;
  out->strip = parts.at[i].strip;
  out->same = parts.at;
  out->same_count = parts.count;
  return true;
}

void oracle_join(struct oracle *o, nuo_decision *d, const breach_list *breached) {
  finding_list list = {0};
  for (uint32_t i = 0; i < breached->count; i++) {
    nuo_finding finding;
    if (join_into(o, breached, &breached->at[i], &finding)) VEC_PUSH(o->arena, &list, finding);
  }
  d->breaches = list.at;
  d->breach_count = list.count;
  raise_verdict(d, d->breaches, d->breach_count);
  raise_verdict(d, d->undetermined, d->undetermined_count);
  if (d->verdict != NUO_DEFER) return;
  latest_deferral(d, d->breaches, d->breach_count);
  latest_deferral(d, d->undetermined, d->undetermined_count);
}

nuo_force oracle_force(const struct oracle *o) {
  return force_now(o, &o->program->force);
}

void oracle_begin(struct oracle *o, nuo_decision *d) {
  *d = (nuo_decision){.event_id = text_of(oracle_identity(o)),
                      .event_type = text_of(o->event->wire_name),
                      .time = o->time,
                      .force = oracle_force(o)};
  d->utc_offset = nuo__zone_offset_at(o->zone, o->time);
}
