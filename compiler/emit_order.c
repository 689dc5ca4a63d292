// SPDX-License-Identifier: Apache-2.0
// The order of an event's code. Rules with the same scope are a group; a SKIP passes over it when no lane is
// in its scope. Groups whose scopes ask a field for the same enumerator are a section, which a SKIP passes
// over too: so rules are reached through an index on what they are about. What needs memory is code of its
// own, in groups by the part of the scope that needs none. What several groups ask comes before the first of
// them, and before the section where others ask as well. A text is looked at where its guard is not false:
// the chain of conditions before the one that asks, or the scopes of the groups that ask. A guard is never
// needed for a verdict to be right, because every chain is false where its guard is. Called by emit.c.
#include "compiler/emit_code.h"

struct group {
  uint32_t scope, section;
  VEC(const struct rule_plan *) rules;
};

struct section {
  uint32_t key;  // the plane of the enumerator, or VALUE_NONE: it has one group and no SKIP of its own
  VEC(uint32_t) groups;
};

#define TOP UINT32_MAX  // in place of a group: asked outside of all groups
#define FEW_TEXTS 64    // so many more to search for cost next to nothing
#define MAX_PLACES 64   // a text that is searched under more guards is searched everywhere

// The searches of one text that are made together.
struct pass {
  value_list guards;  // different ones, as chosen for each search by itself
  value_list places;  // see place_of
  uint32_t guard;     // of all together
};

struct order {
  struct emitter *e;
  VEC(struct group) groups;
  VEC(struct section) sections;
  struct pool group_pool, section_pool;  // by scope, and by key
  struct pool site_pool;
  value_list site_guards;  // by site - 1
  struct pool pass_pool;
  VEC(struct pass) passes;
  uint32_t visit;  // stamps of walks
};

static struct value_state *state_at(struct order *o, uint32_t value) {
  return &o->e->state.at[value];
}

// ---- groups ----
// A rule that reads memory only in its evidence is fired all the same: what it may read depends on who fires
// it.
static bool can_fire(const struct planner *p, const struct rule_plan *plan) {
  return plan->stateful || !nuo__dag_is_plane(p, plan->violated, 0) ||
         !nuo__dag_is_plane(p, plan->excepted, 0);
}

static struct group *group_of(struct order *o, uint32_t scope) {
  uint32_t *at = nuo__pool_at(o->e->arena, &o->group_pool, &scope, sizeof scope);
  if (*at == UINT32_MAX) {
    *at = o->groups.count;
    VEC_PUSH(o->e->arena, &o->groups, (struct group){.scope = scope});
  }
  return &o->groups.at[*at];
}

static void make_groups(struct order *o, bool stateful) {
  const struct event_plan *event = o->e->event;
  for (uint32_t i = 0; i < event->rules.count; i++) {
    const struct rule_plan *plan = &event->rules.at[i];
    if (!can_fire(o->e->p, plan) || plan->stateful != stateful) continue;
    struct group *group = group_of(o, plan->gate);
    VEC_PUSH(o->e->arena, &group->rules, plan);
  }
}

// The first enumerator that the scope asks for.
static uint32_t key_of(const struct order *o, const struct group *group) {
  const struct rule_plan *plan = group->rules.at[0];
  for (uint32_t i = 0; i < plan->gate_steps; i++)
    if (nuo__dag_at(o->e->p, plan->scope.at[i].value)->op == PLAN_ASKED) return plan->scope.at[i].value;
  return VALUE_NONE;
}

static uint32_t section_of(struct order *o, uint32_t key) {
  uint32_t fresh = UINT32_MAX;
  uint32_t *at = key != VALUE_NONE ? nuo__pool_at(o->e->arena, &o->section_pool, &key, sizeof key) : &fresh;
  if (*at == UINT32_MAX) {
    *at = o->sections.count;
    VEC_PUSH(o->e->arena, &o->sections, (struct section){.key = key});
  }
  return *at;
}

static void make_sections(struct order *o) {
  for (uint32_t i = 0; i < o->groups.count; i++) {
    struct group *group = &o->groups.at[i];
    group->section = section_of(o, key_of(o, group));
    VEC_PUSH(o->e->arena, &o->sections.at[group->section].groups, i);
  }
  for (uint32_t i = 0; i < o->sections.count; i++)
    if (o->sections.at[i].groups.count == 1) o->sections.at[i].key = VALUE_NONE;
}

// ---- who asks ----
static void add_group(struct order *o, uint32_t value, uint32_t group, uint32_t section) {
  struct value_state *state = state_at(o, value);
  state->section = state->section == 0 || state->section == section ? section : MANY_SECTIONS;
  for (uint32_t i = 0; i < state->group_count; i++)
    if (state->groups[i] == group) return;
  if (group == TOP || state->group_count == MAX_GROUPS_GUARDED)
    state->everywhere = true;
  else
    state->groups[state->group_count++] = group;
}

// Marks a value and all below it as asked by a group, in a section (as value_state has it), at a site unless
// that is 0.
static void mark(struct order *o, uint32_t root, uint32_t group, uint32_t section, uint32_t site) {
  value_list *stack = &o->e->scratch;
  const uint32_t stamp = ++o->visit;
  VEC_PUSH(o->e->arena, stack, root);
  while (stack->count > 0) {
    const uint32_t value = stack->at[--stack->count];
    struct value_state *state = state_at(o, value);
    if (state->visited == stamp) continue;
    state->visited = stamp;
    if (site != 0 && state->site != 0 && state->site != site) state->many_sites = true;
    if (site != 0) state->site = site;
    add_group(o, value, group, section);
    nuo__dag_operands(o->e->arena, o->e->event, value, stack);
  }
}

// A site is a condition together with the chain before it: two rules that begin alike share their sites.
static uint32_t site_of(struct order *o, uint32_t guard, uint32_t value) {
  const uint32_t key[2] = {guard, value};
  uint32_t *at = nuo__pool_at(o->e->arena, &o->site_pool, key, sizeof key);
  if (*at == UINT32_MAX) {
    VEC_PUSH(o->e->arena, &o->site_guards, guard);
    *at = o->site_guards.count;
  }
  return *at;
}

static void mark_chain(struct order *o, const struct step *steps, uint32_t count, uint32_t before,
                       uint32_t group, uint32_t section) {
  for (uint32_t i = 0; i < count; i++) {
    mark(o, steps[i].value, group, section, site_of(o, before, steps[i].value));
    add_group(o, steps[i].prefix, group, section);
    before = steps[i].prefix;
  }
}

static void mark_rules(struct order *o) {
  const uint32_t always = nuo__dag_plane(o->e->p, 1);
  nuo__emit_grow(o->e);
  for (uint32_t g = 0; g < o->groups.count; g++) {
    for (uint32_t r = 0; r < o->groups.at[g].rules.count; r++) {
      const struct rule_plan *plan = o->groups.at[g].rules.at[r];
      const uint32_t section = o->groups.at[g].section + 1;
      mark_chain(o, plan->scope.at, plan->gate_steps, always, TOP, section);
      mark_chain(o, plan->scope.at + plan->gate_steps, plan->scope.count - plan->gate_steps, plan->gate, g,
                 section);
      mark_chain(o, plan->steps.at, plan->steps.count, plan->scope_value, g, section);
      // What excuses may have been folded away in the chain, and be made of something else here.
      mark(o, plan->violated, g, section, 0);
      mark(o, plan->excepted, g, section, 0);
    }
  }
}

// ---- guards ----
static uint32_t scopes_of(struct order *o, uint32_t value) {
  uint32_t guard = nuo__dag_plane(o->e->p, 0);
  for (uint32_t i = 0; i < state_at(o, value)->group_count; i++)
    guard = nuo__dag_or(o->e->p, guard, o->groups.at[state_at(o, value)->groups[i]].scope);
  return guard;
}

static uint32_t choose_guard(struct order *o, uint32_t value) {
  const struct value_state *state = state_at(o, value);
  if (!state->many_sites) return o->site_guards.at[state->site - 1];
  return state->everywhere ? nuo__dag_plane(o->e->p, 1) : scopes_of(o, value);
}

static void add_different(struct order *o, value_list *list, uint32_t value) {
  for (uint32_t i = 0; i < list->count; i++)
    if (list->at[i] == value) return;
  if (list->count <= MAX_PLACES) VEC_PUSH(o->e->arena, list, value);
}

// Whether a text has to be searched before the value is known.
static bool needs_search(struct order *o, uint32_t root) {
  value_list stack = {0};
  const uint32_t stamp = ++o->visit;
  VEC_PUSH(o->e->arena, &stack, root);
  while (stack.count > 0) {
    const uint32_t value = stack.at[--stack.count];
    struct value_state *state = state_at(o, value);
    if (o->e->event->values.at[value].op == PLAN_MATCH) return true;
    if (state->visited == stamp) continue;
    state->visited = stamp;
    nuo__dag_operands(o->e->arena, o->e->event, value, &stack);
    if (state->guard != VALUE_NONE) VEC_PUSH(o->e->arena, &stack, state->guard);
  }
  return false;
}

// Where a search asked by a few groups may be made: their scopes, which are worked out in any case; without a
// scope, what it is guarded by.
static uint32_t place_of(struct order *o, uint32_t value) {
  const uint32_t scopes = state_at(o, value)->everywhere ? VALUE_NONE : scopes_of(o, value);
  nuo__emit_grow(o->e);
  const bool narrows = scopes != VALUE_NONE && !nuo__dag_is_plane(o->e->p, scopes, 1);
  return narrows ? scopes : state_at(o, value)->guard;
}

// Literals of one text make a pass, and lexicons, which take longer, another. VALUE_NONE: not a search, or
// one that waits for another, so that no pass can wait for itself.
static uint32_t pass_of(struct order *o, uint32_t value) {
  const struct value *v = &o->e->event->values.at[value];
  if (v->op != PLAN_MATCH || state_at(o, value)->guard == VALUE_NONE) return VALUE_NONE;
  if (needs_search(o, place_of(o, value))) return VALUE_NONE;
  const uint32_t key[2] = {v->arg[0], o->e->p->specs.at[v->arg[1]].count > FEW_TEXTS};
  uint32_t *at = nuo__pool_at(o->e->arena, &o->pass_pool, key, sizeof key);
  if (*at == UINT32_MAX) {
    *at = o->passes.count;
    VEC_PUSH(o->e->arena, &o->passes, (struct pass){.guard = VALUE_NONE});
  }
  return *at;
}

// A text that is searched under several guards is searched once, where any of them lets it: folding it again
// would cost more than looking for a few texts in vain.
static void share_passes(struct order *o) {
  struct emitter *e = o->e;
  const uint32_t count = e->event->values.count;
  value_list pass_by_value = {0};
  for (uint32_t v = 0; v < count; v++) {
    const uint32_t pass = pass_of(o, v);
    VEC_PUSH(e->arena, &pass_by_value, pass);
    if (pass == VALUE_NONE) continue;
    add_different(o, &o->passes.at[pass].guards, state_at(o, v)->guard);
    add_different(o, &o->passes.at[pass].places, place_of(o, v));
  }
  for (uint32_t i = 0; i < o->passes.count; i++) {
    struct pass *pass = &o->passes.at[i];
    pass->guard = nuo__dag_plane(e->p, pass->places.count > MAX_PLACES);
    for (uint32_t k = 0; k < pass->places.count; k++)
      pass->guard = nuo__dag_or(e->p, pass->guard, pass->places.at[k]);
  }
  nuo__emit_grow(e);
  for (uint32_t v = 0; v < count; v++) {
    const uint32_t pass = pass_by_value.at[v];
    if (pass != VALUE_NONE && o->passes.at[pass].guards.count > 1)
      state_at(o, v)->guard = o->passes.at[pass].guard;
  }
}

// A guard has to be there wherever the guarded value is made.
static void mark_guard(struct order *o, uint32_t value) {
  const struct value_state state = *state_at(o, value);
  for (uint32_t i = 0; i < state.group_count; i++) mark(o, state.guard, state.groups[i], state.section, 0);
  if (state.everywhere || state.group_count > 1) mark(o, state.guard, TOP, state.section, 0);
}

static void choose_guards(struct order *o) {
  struct emitter *e = o->e;
  const uint32_t count = e->event->values.count;
  for (uint32_t v = 0; v < count; v++) {
    if (!nuo__dag_guarded(&e->event->values.at[v]) || e->state.at[v].site == 0) continue;
    const uint32_t guard = choose_guard(o, v);
    nuo__emit_grow(e);
    e->state.at[v].guard = guard;
  }
  share_passes(o);
  for (uint32_t v = 0; v < count; v++) {
    if (e->state.at[v].guard == VALUE_NONE) continue;
    mark_guard(o, v);
    if (e->event->values.at[v].op == PLAN_MATCH) nuo__emit_assign_set(e, v);
  }
}

// ---- order ----
static bool is_shared(const struct value_state *state) {
  return state->everywhere || state->group_count > 1;
}

// Makes what other groups ask as well, or (`sections`) other sections, below a value of the group.
static void hoist(struct order *o, uint32_t root, uint32_t stamp, bool sections) {
  value_list stack = {0};
  VEC_PUSH(o->e->arena, &stack, root);
  while (stack.count > 0) {
    const uint32_t value = stack.at[--stack.count];
    struct value_state *state = state_at(o, value);
    if (state->visited == stamp) continue;
    state->visited = stamp;
    if (sections ? state->section == MANY_SECTIONS : is_shared(state)) nuo__block_need(o->e, value);
    nuo__dag_operands(o->e->arena, o->e->event, value, &stack);
    if (state_at(o, value)->guard != VALUE_NONE) VEC_PUSH(o->e->arena, &stack, state_at(o, value)->guard);
  }
}

static void order_group(struct order *o, const struct group *group) {
  struct emitter *e = o->e;
  const bool skips = !nuo__dag_is_plane(e->p, group->scope, 1);
  const uint32_t stamp = ++o->visit;
  nuo__block_need(e, group->scope);
  for (uint32_t i = 0; i < group->rules.count; i++) {
    hoist(o, group->rules.at[i]->violated, stamp, false);
    hoist(o, group->rules.at[i]->excepted, stamp, false);
  }
  if (skips) nuo__block_add(e, (struct item){.kind = ITEM_SKIP, .value = group->scope, .guard = VALUE_NONE});
  for (uint32_t i = 0; i < group->rules.count; i++) {
    const struct rule_plan *plan = group->rules.at[i];
    nuo__block_need(e, plan->violated);
    nuo__block_need(e, plan->excepted);
    nuo__block_add(e, (struct item){.kind = ITEM_FIRE,
                                    .value = plan->rule->index,
                                    .guard = VALUE_NONE,
                                    .first = plan->violated,
                                    .second = plan->excepted});
  }
  if (skips) nuo__block_add(e, (struct item){.kind = ITEM_LAND, .guard = VALUE_NONE});
}

static void order_section(struct order *o, const struct section *section) {
  struct emitter *e = o->e;
  const bool skips = section->key != VALUE_NONE;
  const uint32_t stamp = ++o->visit;
  if (skips) nuo__block_need(e, section->key);
  for (uint32_t i = 0; skips && i < section->groups.count; i++) {
    const struct group *group = &o->groups.at[section->groups.at[i]];
    hoist(o, group->scope, stamp, true);
    for (uint32_t k = 0; k < group->rules.count; k++) {
      hoist(o, group->rules.at[k]->violated, stamp, true);
      hoist(o, group->rules.at[k]->excepted, stamp, true);
    }
  }
  if (skips) nuo__block_add(e, (struct item){.kind = ITEM_SKIP, .value = section->key, .guard = VALUE_NONE});
  for (uint32_t i = 0; i < section->groups.count; i++) order_group(o, &o->groups.at[section->groups.at[i]]);
  if (skips) nuo__block_add(e, (struct item){.kind = ITEM_LAND, .guard = VALUE_NONE});
}

void nuo__emit_event_code(struct emitter *e, bool stateful, uint32_t *first, uint32_t *count) {
  struct order o = {.e = e};
  nuo__emit_forget(e);
  make_groups(&o, stateful);
  *first = *count = 0;
  if (stateful && o.groups.count == 0) return;
  nuo__block_begin(e, stateful ? BLOCK_STATE : BLOCK_CODE);
  make_sections(&o);
  mark_rules(&o);
  choose_guards(&o);
  for (uint32_t i = 0; !stateful && i < e->event->asked.count; i++)
    nuo__block_need(e, e->event->asked.at[i].value);
  for (uint32_t i = 0; i < o.sections.count; i++) order_section(&o, &o.sections.at[i]);
  *first = nuo__image_count(e->p->out, SECTION_CODE);
  *count = nuo__block_write(e);
}
