// SPDX-License-Identifier: Apache-2.0
// Plans a program: for every event type the values that its rules ask for, and for every rule what it is made
// of. A rule is a chain of conditions: its scope's, then its core's, then that no exception excuses it; cheap
// ones come first, because a text is looked at only where the chain so far is not false. Called by the
// emitter.
#include "compiler/plan.h"

#include <string.h>

#include "runtime/image.h"
#include "runtime/limits.h"

// ---- memory and zones ----
// An allocator over the arena, for parts of the runtime that the compiler uses.
static void *resize_in_arena(void *context, void *at, size_t old_size, size_t new_size) {
  if (new_size == 0) return NULL;
  if (new_size <= old_size) return at;
  void *made = nuo__arena_alloc(context, new_size);
  if (old_size > 0) memcpy(made, at, old_size);
  return made;
}

struct zone_set *nuo__plan_open_zone(struct planner *p) {
  p->allocator = (struct nuo_allocator){.resize = resize_in_arena, .context = p->arena};
  struct zone_set *set = NULL;
  uint16_t handle;
  const struct str name = p->program->zone;
  if (nuo__zone_set_new(NULL, 0, &p->allocator, &set) != ZONE_OK) return NULL;
  const char *at = name.len > 0 ? name.at : "UTC";
  if (nuo__zone_set_find(set, at, name.len > 0 ? name.len : 3, &handle) == ZONE_OK)
    p->zone = nuo__zone_set_get(set, handle);
  return set;
}

int64_t nuo__plan_midnight(const struct planner *planner, int32_t date) {
  int64_t instant;
  return nuo__zone_instant(planner->zone, date, 0, &instant) ? instant : INT64_MAX;
}

// ---- chains ----
#define DEAR 100  // a cost above that of any few instructions on planes and columns

static void flatten(struct planner *p, uint32_t value, value_list *out) {
  const struct value v = *nuo__dag_at(p, value);
  if (v.op != OPCODE_AND) {
    VEC_PUSH(p->arena, out, value);
    return;
  }
  flatten(p, v.arg[0], out);
  flatten(p, v.arg[1], out);
}

// That none of the alternatives is established. Apart, a dear one is asked only where the cheap ones are not.
static void flatten_unproved(struct planner *p, uint32_t value, value_list *out) {
  const struct value v = *nuo__dag_at(p, value);
  if (v.op != OPCODE_OR || v.cost < DEAR) {
    VEC_PUSH(p->arena, out, nuo__dag_not(p, nuo__dag_established(p, value)));
    return;
  }
  flatten_unproved(p, v.arg[0], out);
  flatten_unproved(p, v.arg[1], out);
}

static bool is_dearer(const struct value *a, const struct value *b) {
  return a->remembers != b->remembers ? a->remembers : a->cost > b->cost;
}

// Stable, so that equally dear conditions stay in the author's order. What needs memory comes last.
static void sort_by_cost(struct planner *p, value_list *list) {
  for (uint32_t i = 1; i < list->count; i++) {
    const uint32_t moved = list->at[i];
    uint32_t k = i;
    for (; k > 0 && is_dearer(nuo__dag_at(p, list->at[k - 1]), nuo__dag_at(p, moved)); k--)
      list->at[k] = list->at[k - 1];
    list->at[k] = moved;
  }
}

// The text that a condition searches, or VALUE_NONE.
static uint32_t searched(struct planner *p, uint32_t value) {
  const struct value *v = nuo__dag_at(p, value);
  while (v->op == OPCODE_NOT || v->op == OPCODE_EST) v = nuo__dag_at(p, v->arg[0]);
  return v->op == PLAN_MATCH ? v->arg[0] : VALUE_NONE;
}

// Searches of one text are one condition: then they share a guard, and one pass answers them all.
static void join_searches(struct planner *p, value_list *list) {
  for (uint32_t i = 0; i < list->count; i++) {
    const uint32_t text = searched(p, list->at[i]);
    if (text == VALUE_NONE) continue;
    uint32_t kept = i + 1;
    for (uint32_t k = i + 1; k < list->count; k++) {
      if (searched(p, list->at[k]) == text)
        list->at[i] = nuo__dag_and(p, list->at[i], list->at[k]);
      else
        list->at[kept++] = list->at[k];
    }
    list->count = kept;
  }
}

// The conditions of a chain in the order in which they are to be asked.
static void arrange(struct planner *p, value_list *list) {
  join_searches(p, list);
  sort_by_cost(p, list);
}

static struct step next_step(struct planner *p, uint32_t prefix, uint32_t value) {
  return (struct step){value, nuo__dag_and(p, prefix, value)};
}

static void plan_scope(struct planner *p, struct rule_plan *plan) {
  value_list conditions = {0};
  const uint32_t force = nuo__plan_force(p, plan->rule->force);
  if (plan->rule->scope != NULL) flatten(p, nuo__plan_flag(p, plan->rule->scope), &conditions);
  VEC_PUSH(p->arena, &conditions, force);
  arrange(p, &conditions);
  plan->scope_value = plan->gate = nuo__dag_plane(p, 1);
  for (uint32_t i = 0; i < conditions.count; i++) {
    const struct step step = next_step(p, plan->scope_value, conditions.at[i]);
    VEC_PUSH(p->arena, &plan->scope, step);
    plan->scope_value = step.prefix;
    if (nuo__dag_at(p, step.value)->remembers) continue;
    plan->gate_steps = plan->scope.count;
    plan->gate = step.prefix;
  }
}

static uint32_t established(struct planner *p, const struct exception *exception) {
  uint32_t plane = nuo__dag_established(p, nuo__plan_flag(p, exception->condition));
  for (uint32_t i = 0; i < exception->exceptions.count; i++)
    plane = nuo__dag_and(p, plane, nuo__dag_not(p, established(p, exception->exceptions.at[i])));
  return nuo__dag_and(p, plane, nuo__plan_force(p, exception->force));
}

static void plan_core(struct planner *p, struct rule_plan *plan) {
  const struct rule *rule = plan->rule;
  value_list conditions = {0};
  const uint32_t core =
      rule->core == CORE_LIMIT ? nuo__plan_limit(p, rule) : nuo__plan_flag(p, rule->condition);
  uint32_t base = plan->scope_value, excused = nuo__dag_plane(p, 0);
  if (rule->core == CORE_REQUIRE)
    flatten_unproved(p, core, &conditions);
  else
    flatten(p, core, &conditions);
  arrange(p, &conditions);
  for (uint32_t i = 0; i < conditions.count; i++) {
    const struct step step = next_step(p, base, conditions.at[i]);
    VEC_PUSH(p->arena, &plan->steps, step);
    base = step.prefix;
  }
  for (uint32_t i = 0; i < plan->exceptions.count; i++)
    excused = nuo__dag_or(p, excused, plan->exceptions.at[i].established);
  const struct step last = next_step(p, base, nuo__dag_not(p, excused));
  VEC_PUSH(p->arena, &plan->steps, last);
  plan->violated = last.prefix;
  plan->excepted = nuo__dag_and(p, base, excused);
}

// ---- what is told about a finding ----
// A key is not told by what is found under it: a count is a number, a fact has the value that it was given,
// and a sum tells of what was added up.
bool nuo__plan_sensitive(const struct planner *p, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_AGGREGATE && e->counter->kind == AGGREGATE_SUM)
    return nuo__plan_sensitive(p, e->counter->value);
  if (e->kind == EXPR_SINCE || e->kind == EXPR_AGGREGATE) return false;
  if (e->ref == REF_FACT) return p->sensitive[((const struct fact *)e->target)->index];
  if (e->ref == REF_FIELD && ((const struct field *)e->target)->sensitive) return true;
  if (e->left != NULL && nuo__plan_sensitive(p, e->left)) return true;
  if (e->right != NULL && nuo__plan_sensitive(p, e->right)) return true;
  for (uint32_t i = 0; i < e->items.count; i++)
    if (nuo__plan_sensitive(p, e->items.at[i])) return true;
  return false;
}

static bool is_given_sensitive(const struct planner *p, const struct fact *fact) {
  for (uint32_t i = 0; i < fact->changes.count; i++)
    if (fact->changes.at[i].with != NULL && nuo__plan_sensitive(p, fact->changes.at[i].with)) return true;
  return false;
}

// A fact may be given the value of another: until nothing new is found.
static void find_sensitive_facts(struct planner *p) {
  const struct program *program = p->program;
  bool found = true;
  p->sensitive = nuo__arena_alloc(p->arena, (program->facts.count + 1) * sizeof *p->sensitive);
  while (found) {
    found = false;
    for (uint32_t i = 0; i < program->facts.count; i++) {
      if (p->sensitive[i] || !is_given_sensitive(p, program->facts.at[i])) continue;
      p->sensitive[i] = found = true;
    }
  }
}

static bool literals_have_han(const struct expr *template) {
  for (uint32_t i = 0; i < template->items.count; i++)
    if (template->items.at[i]->kind == EXPR_TEXT && nuo__str_has_han(template->items.at[i]->text))
      return true;
  return false;
}

static void add_literal(struct planner *p, struct str text, plan_parts *parts) {
  if (text.len > 0) VEC_PUSH(p->arena, parts, (struct plan_part){.literal = text, .value = VALUE_NONE});
}

// The names of what is awaited, which a missed duty has as they are on the wire, in Chinese. VALUE_NONE: it
// is not asked for.
static uint32_t step_in_chinese(struct planner *p, const struct expr *e) {
  value_list pairs = {0};
  e = nuo__expr_peel(e);
  const struct field *field = e->ref == REF_FIELD ? e->target : NULL;
  if (field == NULL || field->event->origin != EVENT_DUTY || field->index != DUTY_STEP) return VALUE_NONE;
  for (uint32_t i = 0; i < p->program->duties.count; i++) {
    const struct duty *duty = p->program->duties.at[i];
    for (uint32_t k = 0; duty->event == field->event && k < duty->steps.count; k++) {
      VEC_PUSH(p->arena, &pairs, nuo__dag_not(p, nuo__plan_flag(p, duty->steps.at[k].other)));
      VEC_PUSH(p->arena, &pairs, nuo__dag_text(p, duty->steps.at[k].match.event->names.zh));
    }
  }
  return pairs.count > 0 ? nuo__dag_pick(p, REG_TEXT, &pairs) : VALUE_NONE;
}

static plan_parts plan_template(struct planner *p, const struct expr *text) {
  plan_parts parts = {0};
  if (text == NULL) return parts;
  text = nuo__expr_peel(text);
  if (text->kind == EXPR_TEXT) add_literal(p, text->text, &parts);
  const bool chinese = text->kind == EXPR_TEMPLATE && literals_have_han(text);
  for (uint32_t i = 0; text->kind == EXPR_TEMPLATE && i < text->items.count; i++) {
    const struct expr *item = text->items.at[i];
    if (item->kind == EXPR_TEXT) {
      add_literal(p, item->text, &parts);
      continue;
    }
    const uint32_t step = chinese ? step_in_chinese(p, item) : VALUE_NONE;
    const struct plan_part part = {.value = step != VALUE_NONE ? step : nuo__plan_value(p, item),
                                   .type = item->type,
                                   .sensitive = nuo__plan_sensitive(p, item),
                                   .chinese = chinese};
    VEC_PUSH(p->arena, &parts, part);
  }
  return parts;
}

static uint32_t last_moment(struct planner *p, const struct model_action *action) {
  const uint32_t time = nuo__plan_time(p);
  if (action->at_most == NULL) return VALUE_NONE;
  if (action->at_most->type->kind == TYPE_PERIOD)
    return nuo__plan_add_period(p, time, false, action->at_most, 1);
  return nuo__dag_make(p, OPCODE_ADD, time, nuo__plan_column(p, action->at_most, NULL), 0);
}

static struct plan_action plan_action(struct planner *p, const struct model_action *action) {
  struct plan_action plan = {.action = action, .until = VALUE_NONE, .deadline = VALUE_NONE};
  if (action->kind == ACTION_LABEL) plan.parts = plan_template(p, action->value);
  if (action->kind != ACTION_DEFER) return plan;
  plan.until = nuo__plan_column(p, action->value, NULL);
  if (action->value->type->kind == TYPE_CLOCK) {
    const uint32_t zone = nuo__plan_zone(p), time = nuo__plan_time(p);
    plan.until = nuo__dag_make(p, OPCODE_NEXT, time, plan.until, zone);
  }
  plan.deadline = last_moment(p, action);
  return plan;
}

// ---- rules and events ----
static void plan_exceptions(struct planner *p, struct rule_plan *plan) {
  for (uint32_t i = 0; i < plan->rule->exceptions.count; i++) {
    const struct exception *exception = plan->rule->exceptions.at[i];
    const struct plan_exception planned = {exception, established(p, exception),
                                           nuo__plan_condition_node(p, plan, exception->condition)};
    VEC_PUSH(p->arena, &plan->exceptions, planned);
  }
}

static bool remembers(const struct planner *p, uint32_t value) {
  return value != VALUE_NONE && nuo__dag_at(p, value)->remembers;
}

static bool parts_remember(const struct planner *p, const plan_parts *parts) {
  for (uint32_t i = 0; i < parts->count; i++)
    if (remembers(p, parts->at[i].value)) return true;
  return false;
}

static bool action_remembers(const struct planner *p, const struct plan_action *action) {
  return remembers(p, action->until) || remembers(p, action->deadline) || parts_remember(p, &action->parts);
}

static bool moves_remember(const struct planner *p, const plan_moves *moves) {
  for (uint32_t i = 0; i < moves->count; i++)
    if (remembers(p, moves->at[i].value)) return true;
  return false;
}

static bool is_stateful(const struct planner *p, const struct rule_plan *plan) {
  for (uint32_t i = 0; i < plan->nodes.count; i++)
    if (remembers(p, plan->nodes.at[i].value)) return true;
  for (uint32_t i = 0; i < plan->exceptions.count; i++)
    if (remembers(p, plan->exceptions.at[i].established)) return true;
  for (uint32_t i = 0; i < plan->raises.count; i++)
    if (moves_remember(p, &plan->raises.at[i].moves)) return true;
  return remembers(p, plan->violated) || remembers(p, plan->excepted) || parts_remember(p, &plan->because) ||
         action_remembers(p, &plan->action) || action_remembers(p, &plan->undetermined);
}

// Definitions, and parameters with dates, may repeat parts of a condition more often than the evidence of one
// finding can be walked.
static void check_size(struct planner *p, const struct rule_plan *plan) {
  uint64_t *tree = nuo__arena_alloc(p->arena, (plan->nodes.count + 1) * sizeof *tree);
  uint32_t *depth = nuo__arena_alloc(p->arena, (plan->nodes.count + 1) * sizeof *depth);
  for (uint32_t i = 0; i < plan->nodes.count; i++) {
    const struct plan_node *node = &plan->nodes.at[i];
    tree[i] = 1;
    depth[i] = 1;
    for (uint32_t k = node->child_first; k < node->child_first + node->child_count; k++) {
      const uint32_t child = plan->children.at[k];
      tree[i] += tree[child];
      if (depth[i] <= depth[child]) depth[i] = depth[child] + 1;
    }
    if (depth[i] <= LIMIT_NODE_DEPTH && tree[i] <= LIMIT_NODE_TREE) continue;
    if (tree[i] > LIMIT_NODE_TREE)
      nuo__diag_add2(p->diags, DIAG_N0320, plan->rule->span, nuo__diag_text(plan->rule->names.en),
                     nuo__diag_number(p->diags, LIMIT_NODE_TREE));
    else
      nuo__diag_add1(p->diags, DIAG_N0434, plan->rule->span, nuo__diag_number(p->diags, LIMIT_NODE_DEPTH));
    return;
  }
}

// A list of what a parameter says that has no value is no value.
static uint32_t given_value(struct planner *p, const struct assignment *given) {
  const struct type *type = given->field->type;
  if (type->kind == TYPE_LIST) return nuo__plan_list(p, given->value, type->element);
  return type->kind == TYPE_DECIMAL ? nuo__plan_column(p, given->value, type)
                                    : nuo__plan_value(p, given->value);
}

static void plan_raises(struct planner *p, struct rule_plan *plan) {
  for (uint32_t i = 0; i < plan->rule->raises.count; i++) {
    const struct raise *raise = &plan->rule->raises.at[i];
    struct plan_raise planned = {.raise = raise};
    for (uint32_t k = 0; k < raise->given.count; k++) {
      const struct assignment *given = &raise->given.at[k];
      const struct plan_move move = {given->field, given_value(p, given)};
      if (move.value != VALUE_NONE) VEC_PUSH(p->arena, &planned.moves, move);
    }
    VEC_PUSH(p->arena, &plan->raises, planned);
  }
}

static void plan_rule(struct planner *p, const struct rule *rule) {
  struct rule_plan plan = {.rule = rule, .scope_node = VALUE_NONE};
  p->law = rule->law;
  plan_scope(p, &plan);
  if (rule->core == CORE_LIMIT) {
    nuo__plan_limit_nodes(p, &plan);
  } else {
    if (rule->scope != NULL) plan.scope_node = nuo__plan_condition_node(p, &plan, rule->scope);
    plan.core_node = nuo__plan_condition_node(p, &plan, rule->condition);
  }
  plan_exceptions(p, &plan);
  plan_core(p, &plan);
  plan.because = plan_template(p, rule->because);
  plan.action = plan_action(p, &rule->action);
  plan.undetermined = plan_action(p, &rule->undetermined);
  plan_raises(p, &plan);
  p->law = NULL;
  plan.stateful = is_stateful(p, &plan);
  check_size(p, &plan);
  VEC_PUSH(p->arena, &p->event->rules, plan);
}

#define ADD_ONCE(arena, list, item) \
  ((list)->count > 0 && (list)->at[(list)->count - 1] == (item) ? (void)0 : (void)VEC_PUSH(arena, list, item))

static void find_duty_uses(struct planner *p, const struct duty *duty) {
  if (duty->trigger != NULL) ADD_ONCE(p->arena, &p->events[duty->trigger->index].uses.duties, duty);
  for (uint32_t i = 0; i < duty->steps.count; i++)
    ADD_ONCE(p->arena, &p->events[duty->steps.at[i].match.event->index].uses.duties, duty);
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    ADD_ONCE(p->arena, &p->events[duty->discharges.at[i].event->index].uses.duties, duty);
  p->events[duty->event->index].uses.missed = duty;
}

static void find_uses(struct planner *p) {
  const struct program *program = p->program;
  for (uint32_t i = 0; i < program->rules.count; i++) {
    const struct rule *rule = program->rules.at[i];
    VEC_PUSH(p->arena, &p->events[rule->event->index].uses.rules, rule);
  }
  for (uint32_t i = 0; i < program->duties.count; i++) find_duty_uses(p, program->duties.at[i]);
  for (uint32_t i = 0; i < program->facts.count; i++) {
    const struct fact *fact = program->facts.at[i];
    for (uint32_t k = 0; k < fact->changes.count; k++)
      ADD_ONCE(p->arena, &p->events[fact->changes.at[k].event->index].uses.facts, fact);
  }
  for (uint32_t i = 0; i < program->counters.count; i++) {
    const struct counter *counter = program->counters.at[i];
    VEC_PUSH(p->arena, &p->events[counter->event->index].uses.counters, counter);
  }
}

static void plan_event(struct planner *p, const struct event_type *type) {
  struct event_plan *event = p->event = &p->events[type->index];
  event->type = type;
  event->needed = nuo__arena_alloc(p->arena, (type->fields.count + 1) * sizeof *event->needed);
  event->slot = nuo__arena_alloc(p->arena, (type->fields.count + 1) * sizeof *event->slot);
  nuo__plan_time(p);
  nuo__plan_zone(p);
  if (nuo__plan_keeps_subject(p, type)) nuo__dag_field(p, type->subject);
  for (uint32_t i = 0; i < event->uses.rules.count; i++) plan_rule(p, event->uses.rules.at[i]);
  nuo__plan_effects(p);
}

void nuo__plan_program(struct planner *p) {
  const struct program *program = p->program;
  p->events = nuo__arena_alloc(p->arena, (program->events.count + 1) * sizeof *p->events);
  p->version = nuo__arena_alloc(p->arena, (program->parameters.count + 1) * sizeof *p->version);
  for (uint32_t i = 0; i < program->parameters.count; i++) p->version[i] = -1;
  p->identities = nuo__arena_alloc(p->arena, (program->counters.count + 1) * sizeof *p->identities);
  find_sensitive_facts(p);
  find_uses(p);
  for (uint32_t i = 0; i < program->events.count; i++) plan_event(p, program->events.at[i]);
  nuo__plan_derived(p);
  nuo__plan_lateness(p);
}
