// SPDX-License-Identifier: Apache-2.0
// One event after the other: what is due before it, its decision, what it does, and the breaches and raised
// events that follow from it, depth first. Called by trial.c.
#include "tests/oracle/derive.h"

#include "runtime/image.h"
#include "runtime/limits.h"
#include "tests/oracle/duty.h"

static nuo_text text_of(struct str s) {
  return (nuo_text){s.at, s.len};
}

// ---- derived events ----
typedef VEC(struct oracle) derived_list;
typedef VEC(nuo_raised) raised_list;

static struct oracle bind_derived(const struct oracle *cause, const struct event_type *event) {
  struct oracle o = *cause;
  o.event = event;
  o.fields = nuo__arena_alloc(o.arena, (event->fields.count + 1) * sizeof *o.fields);
  for (uint32_t i = 0; i < event->fields.count; i++) o.fields[i] = value_unknown(event->fields.at[i]->type);
  return o;
}

static struct value text_value(const struct field *field, struct str text) {
  return (struct value){.type = field->type, .known = true, .text = text};
}

static struct str zone_name(const struct oracle *o) {
  const struct field *zone = o->event->zone;
  return zone != NULL && o->fields[zone->index].known ? o->fields[zone->index].text : o->program->zone;
}

// Whether rules of the pack (NULL: of the policy itself) are told of in breaches of that type.
static bool is_told(const struct breach_type *type, const struct pack *pack) {
  if (type->pack == NULL) return true;
  return pack != NULL && type->pack->reaches[pack->index];
}

// Within its own policy a rule has no other policy's name before its own.
static struct str told_name(const struct breach_type *type, const struct rule *rule) {
  struct str name = rule->names.en;
  if (rule->pack == NULL || type->pack != rule->pack) return name;
  const uint32_t skip = rule->pack->names.en.len + 1;
  return (struct str){name.at + skip, name.len - skip};
}

static int64_t severity_in(const struct breach_type *type, const struct rule *rule) {
  uint32_t ordinal = 0;
  while (type->severities.at[ordinal] != (uint32_t)rule->severity) ordinal++;
  return ordinal;
}

static struct oracle bind_breach(struct oracle *cause, const struct breach_type *type,
                                 const struct rule *rule, nuo_action action) {
  struct oracle o = bind_derived(cause, type->event);
  struct field *const *fields = o.event->fields.at;
  for (uint32_t i = BREACH_FIELDS; i < o.event->fields.count; i++)
    o.fields[i] = oracle_field(cause, fields[i]);
  o.fields[BREACH_ID] = text_value(fields[BREACH_ID], oracle_identity(cause));
  o.fields[BREACH_TIME] = value_of(fields[BREACH_TIME]->type, o.time);
  o.fields[BREACH_EVENT] = text_value(fields[BREACH_EVENT], cause->event->wire_name);
  o.fields[BREACH_RULE] = text_value(fields[BREACH_RULE], told_name(type, rule));
  if (rule->clause != CLAUSE_NONE && o.program->clauses.at[rule->clause].number.len > 0)
    o.fields[BREACH_CLAUSE] = text_value(fields[BREACH_CLAUSE], o.program->clauses.at[rule->clause].number);
  if (rule->severity >= 0)
    o.fields[BREACH_SEVERITY] = value_of(fields[BREACH_SEVERITY]->type, severity_in(type, rule));
  if (type->pack != rule->pack) o.fields[BREACH_PACK] = text_value(fields[BREACH_PACK], rule->pack->names.en);
  o.fields[BREACH_ACTION] = value_of(fields[BREACH_ACTION]->type, (int64_t)action);
  o.fields[o.event->zone->index] = text_value(o.event->zone, zone_name(cause));
  return o;
}

static void fill_raised(struct oracle *cause, const struct rule *rule, const struct raise *raise,
                        struct oracle *o, nuo_text *missing) {
  const struct field *identity = raise->event->identity;
  if (identity->type->kind == TYPE_TEXT) {
    const struct str id = oracle_identity(cause);
    o->fields[identity->index] =
        text_value(identity, nuo__arena_format(o->arena, "%.*s/%.*s", (int)id.len, id.at,
                                               (int)rule->names.en.len, rule->names.en.at));
  }
  for (uint32_t i = 0; i < raise->given.count; i++) {
    const struct assignment *given = &raise->given.at[i];
    struct value v = eval(cause, given->value);
    if (given->field->type->kind == TYPE_DECIMAL) v = as_decimal(v);
    v.type = given->field->type;
    v.has_own = false;
    // Without an identity of its own it is told under the one it would have had.
    if (v.known || given->field != identity) o->fields[given->field->index] = v;
    if (!v.known && !given->field->optional && missing->len == 0) *missing = text_of(given->field->path);
  }
  o->fields[raise->event->time->index] = value_of(raise->event->time->type, cause->time);
  o->zone = o->policy_zone;
  oracle_own_zone(o);
}

// Where a required field has no value nothing happens.
static void plan_raised(struct oracle *cause, const struct rule *rule, const struct raise *raise,
                        raised_list *told, derived_list *derived) {
  struct oracle o = bind_derived(cause, raise->event);
  nuo_raised raised = {.type = text_of(raise->event->wire_name), .rule = text_of(rule->names.en)};
  if (rule->pack != NULL) raised.pack = text_of(rule->pack->names.en);
  fill_raised(cause, rule, raise, &o, &raised.missing);
  raised.id = text_of(oracle_identity(&o));
  VEC_PUSH(o.arena, told, raised);
  if (raised.missing.len == 0) VEC_PUSH(o.arena, derived, o);
}

// Whether breaches of that type tell of it under a clause that is named before; *action becomes the greatest
// of all that they tell of.
static bool is_told_before(const struct breach_type *type, const struct breached *one, const breach_list *all,
                           nuo_action *action) {
  const struct same *same = one->rule->same;
  *action = one->finding.action;
  for (uint32_t i = 0; same != NULL && i < all->count; i++) {
    const struct breached *other = &all->at[i];
    if (other->rule->same != same || !is_told(type, other->rule->pack)) continue;
    if (type->pack == one->rule->pack && other->rule->pack == one->rule->pack) continue;  // its own, apart
    if (other->rule->same_rank < one->rule->same_rank) return true;
    if (other->finding.action > *action) *action = other->finding.action;
  }
  return false;
}

// `breached` are those of the event, `all` those that are told with them.
static void plan_derived(struct oracle *o, const breach_list *breached, const breach_list *all,
                         raised_list *told, derived_list *derived) {
  for (uint32_t i = 0; i < breached->count; i++) {
    const struct rule *rule = breached->at[i].rule;
    nuo_action action;
    for (uint32_t k = 0; k < rule->raises.count; k++)
      plan_raised(o, rule, &rule->raises.at[k], told, derived);
    for (uint32_t k = 0; k < o->program->breaches.count; k++) {
      const struct breach_type *type = o->program->breaches.at[k];
      if (is_told(type, rule->pack) && !is_told_before(type, &breached->at[i], all, &action))
        VEC_PUSH(o->arena, derived, bind_breach(o, type, rule, action));
    }
  }
}

// ---- one event ----
// What the decision has to say before anything has changed, and what will follow.
struct made {
  nuo_decision decision;
  raised_list told;
  derived_list derived;
};

static void make(struct oracle *o, struct made *made) {
  breach_list breached = {0};
  oracle_rules(o, &made->decision, &breached);
  oracle_join(o, &made->decision, &breached);
  plan_derived(o, &breached, &breached, &made->told, &made->derived);
  made->decision.raised = made->told.at;
  made->decision.raised_count = made->told.count;
}

static void set_changes(nuo_decision *d, const change_list *changes) {
  d->duties = changes->at;
  d->duty_count = changes->count;
}

static bool is_silent(const nuo_decision *d) {
  return d->breach_count + d->undetermined_count + d->excepted_count + d->raised_count + d->duty_count == 0;
}

static void derive(const struct made *made, const nuo_decision *cause, nuo_text root,
                   const struct outlet *outlet) {
  for (uint32_t i = 0; i < made->derived.count; i++) {
    struct oracle o = made->derived.at[i];
    struct made next = {.decision = {.time = o.time}};
    move_list moves = {0};
    change_list changes = {0};
    oracle_begin(&o, &next.decision);
    next.decision.force = cause->force;
    next.decision.tag = cause->tag;
    next.decision.late = cause->late;
    next.decision.caused_by = root;
    make(&o, &next);
    duties_plan(&o, true, &moves);
    duties_move(&o, &moves, &changes);
    memory_derive(&o);
    set_changes(&next.decision, &changes);
    if (!is_silent(&next.decision)) outlet->tell(outlet->context, &next.decision);
    derive(&next, &next.decision, root, outlet);
  }
}

void oracle_event(struct oracle *o, uint64_t tag, const struct outlet *outlet) {
  static const nuo_error too_late = {.status = NUO_BAD_EVENT};
  struct memory *memory = o->memory;
  struct made made = {.told = {0}};
  nuo_decision *d = &made.decision;
  oracle_begin(o, d);
  const nuo_decision *again = memory->needed ? memory_again(o, d) : NULL;
  const bool refused = again == NULL && memory->needed && memory_refuses(memory, o->time, o->event->lateness);
  if (again != NULL) *d = *again;
  d->replayed = again != NULL;
  d->tag = tag;
  if (refused) {
    d->refused = &too_late;
    d->verdict = NUO_BLOCK;
  }
  if (again != NULL || refused) {
    outlet->tell(outlet->context, d);
    return;
  }
  if (memory->needed) oracle_pass(memory, o->time, outlet);
  d->late = memory->needed && o->time < memory->newest;
  if (d->force == NUO_IN_FORCE) make(o, &made);
  move_list moves = {0};
  change_list changes = {0};
  const bool delivered = !o->event->enforceable || d->verdict <= NUO_AMEND;
  if (delivered) duties_plan(o, d->force == NUO_IN_FORCE, &moves);
  duties_move(o, &moves, &changes);
  set_changes(d, &changes);
  memory_add(o, d);
  outlet->tell(outlet->context, d);
  derive(&made, d, d->event_id, outlet);
}

void oracle_sent(struct oracle *o, nuo_decision *d, const struct outlet *outlet) {
  move_list moves = {0};
  change_list changes = {0};
  oracle_pass(o->memory, o->time, outlet);
  duties_plan(o, oracle_force(o) == NUO_IN_FORCE, &moves);
  duties_move(o, &moves, &changes);
  memory_deliver(o);
  set_changes(d, &changes);
  d->force = oracle_force(o);
  if (d->force == NUO_IN_FORCE) d->program = oracle_info(o);
}

// ---- deadlines ----
// Deadlines that are told in one decision, in the order in which their duties are named.
struct group {
  coming_list members;
  struct oracle o[LIMIT_SAME];
  nuo_decision decisions[LIMIT_SAME];
  breach_list breached[LIMIT_SAME], all;
  raised_list told[LIMIT_SAME];
};
typedef VEC(nuo_finding) finding_list;

static bool finds(const struct group *g, uint32_t i) {
  return g->breached[i].count + g->decisions[i].undetermined_count > 0;
}

// What the member says by itself.
static void make_member(struct memory *memory, struct group *g, uint32_t i, change_list *changes) {
  nuo_decision *d = &g->decisions[i];
  struct oracle *o = &g->o[i];
  duty_bind(memory, &g->members.at[i], o, changes);
  oracle_begin(o, d);
  d->force = NUO_IN_FORCE;
  d->deadline = true;
  d->caused_by = d->event_id;
  struct oracle judged = *o;
  static const struct event_type no_event;
  if (g->members.at[i].is_warning) judged.event = &no_event;
  oracle_rules(&judged, d, &g->breached[i]);
  for (uint32_t k = 0; k < g->breached[i].count; k++) VEC_PUSH(memory->arena, &g->all, g->breached[i].at[k]);
}

// The member whose rule comes next; the list of findings is in the order of the rules.
static uint32_t next_by_rule(const struct group *g, uint32_t done) {
  uint32_t next = UINT32_MAX;
  for (uint32_t i = 0; i < g->members.count; i++)
    if (!(done >> i & 1) &&
        (next == UINT32_MAX || g->members.at[i].duty->rule->index < g->members.at[next].duty->rule->index))
      next = i;
  return next;
}

static void put_together(struct memory *memory, struct group *g, struct made *made) {
  finding_list undetermined = {0};
  uint32_t first = 0, done = 0;
  while (first + 1 < g->members.count && !finds(g, first)) first++;
  made->decision = g->decisions[first];
  for (uint32_t i = 0; i < g->members.count; i++)
    plan_derived(&g->o[i], &g->breached[i], &g->all, &g->told[i], &made->derived);
  for (uint32_t n = 0; n < g->members.count; n++) {
    const uint32_t i = next_by_rule(g, done);
    done |= UINT32_C(1) << i;
    for (size_t k = 0; k < g->decisions[i].undetermined_count; k++)
      VEC_PUSH(memory->arena, &undetermined, g->decisions[i].undetermined[k]);
    for (uint32_t k = 0; k < g->told[i].count; k++) VEC_PUSH(memory->arena, &made->told, g->told[i].at[k]);
  }
  made->decision.undetermined = undetermined.at;
  made->decision.undetermined_count = undetermined.count;
  oracle_join(&g->o[first], &made->decision, &g->all);
  made->decision.raised = made->told.at;
  made->decision.raised_count = made->told.count;
}

// The decision of a deadline, as far as it is made before anything changes. False for a period in which
// enough was done.
static bool make_deadline(struct memory *memory, const struct coming *coming, struct group *g,
                          struct made *made, change_list *changes) {
  *made = (struct made){.told = {0}};
  *g = (struct group){.all = {0}};
  duties_joined(memory, coming, &g->members);
  for (uint32_t i = 0; i < g->members.count; i++) make_member(memory, g, i, changes);
  put_together(memory, g, made);
  set_changes(&made->decision, changes);
  return coming->instance != NULL || g->all.count + made->decision.undetermined_count > 0;
}

static void tell_deadline(struct memory *memory, const struct coming *coming, const struct outlet *outlet) {
  struct group g;
  struct made made;
  change_list changes = {0};
  const bool tells = make_deadline(memory, coming, &g, &made, &changes);
  for (uint32_t i = 0; i < g.members.count; i++) duty_told(memory, &g.members.at[i]);
  if (!tells) return;
  const bool is_event = coming->instance == NULL || !coming->is_warning;
  for (uint32_t i = 0; is_event && i < g.members.count; i++) {
    move_list moves = {0};
    duties_plan(&g.o[i], true, &moves);
    duties_move(&g.o[i], &moves, &changes);
    memory_derive(&g.o[i]);
  }
  set_changes(&made.decision, &changes);
  outlet->tell(outlet->context, &made.decision);
  if (is_event) derive(&made, &made.decision, made.decision.event_id, outlet);
}

// Which of those that come at one instant the product has put first; a period that is silent may go first.
static uint32_t first_of(struct memory *memory, const coming_list *list, const struct outlet *outlet) {
  for (uint32_t i = 0; i < list->count && list->count > 1; i++) {
    struct group g;
    struct made made;
    change_list changes = {0};
    if (!make_deadline(memory, &list->at[i], &g, &made, &changes)) return i;
    if (outlet->fits(outlet->context, &made.decision)) return i;
  }
  return 0;
}

void oracle_pass(struct memory *memory, int64_t time, const struct outlet *outlet) {
  const int64_t mark = time > memory->newest ? time : memory->newest;
  coming_list list = {0};
  for (duties_coming(memory, memory->arena, mark, &list); list.count > 0;
       duties_coming(memory, memory->arena, mark, &list))
    tell_deadline(memory, &list.at[first_of(memory, &list, outlet)], outlet);
}
