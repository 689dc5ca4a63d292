// SPDX-License-Identifier: Apache-2.0
// What follows from a breach ends: no rule leads to itself, and no chain is longer than the runtime follows.
// Rule A leads to rule B when A raises B's event, when B is about breaches and A's could be in its scope, or
// when either begins the duty that B is. And what asks for the severity of breaches is told of the rules
// whose breaches have none. Called by nuo__check last.
#include "compiler/check.h"
#include "runtime/image.h"
#include "runtime/limits.h"

struct strata {
  struct checker *c;
  VEC(const struct rule *) fed;   // what anything can lead to
  VEC(const struct rule *) path;  // from the rule at hand on
  enum { UNSEEN, OPEN, DONE } * state;
  uint32_t *levels;          // of derived events, the rule's own breach included
  const struct rule **next;  // on the longest chain, or NULL
  bool *told;
  const struct duty **duties;  // by rule: the duty that it is, or NULL
  bool *raised;                // by event: whether any rule raises it
};

// ---- whether a breach can be in a scope ----
struct suspect {
  const struct checker *c;
  const struct rule *rule;  // what was broken
  bool undecided;           // a scope that its missing severity leaves open does not exclude it
};

static bool is_text_of(const struct suspect *s, const struct field *of, struct str text) {
  struct str own = STR("");
  const uint32_t field = of->index;
  const bool is_outer = s->rule->pack != of->told->pack;
  if (field == BREACH_RULE && is_outer) own = s->rule->names.en;
  if (field == BREACH_RULE && !is_outer) own = nuo__inner_name(s->rule->pack, s->rule->names.en);
  if (field == BREACH_PACK && is_outer) own = s->rule->pack->names.en;
  if (field == BREACH_EVENT) own = s->rule->event->wire_name;
  if (field == BREACH_CLAUSE && s->rule->clause != CLAUSE_NONE)
    own = s->c->program->clauses.at[s->rule->clause].number;
  return nuo__str_equal(own, text);
}

// Whether the breach has this constant in that field; `*known` false when it is no constant.
static bool has_value(const struct suspect *s, const struct field *field, const struct expr *e, bool *known) {
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_TEXT) return is_text_of(s, field, e->text);
  if (e->ref == REF_ENUMERATOR && (s->rule->severity >= 0 || !s->undecided))
    return s->rule->severity == (int64_t)field->told->severities.at[e->number];
  *known = false;
  return true;
}

static bool is_among(const struct suspect *s, const struct field *field, const struct expr *set,
                     bool *known) {
  bool found = false;
  set = nuo__expr_peel(set);
  if (set->kind != EXPR_SET) return has_value(s, field, set, known);
  for (uint32_t i = 0; i < set->items.count; i++) found |= has_value(s, field, set->items.at[i], known);
  return found;
}

// `desk is present`: nothing of the name, when the event that was judged has none.
static bool lacks(const struct suspect *s, const struct expr *e) {
  e = nuo__expr_peel(e);
  const struct field *field = e->ref == REF_FIELD ? e->target : NULL;
  if (field == NULL || field->event->origin != EVENT_BREACH) return false;
  if (field->index == BREACH_PACK) return s->rule->pack == field->told->pack;
  if (field->index < BREACH_FIELDS) return false;
  for (uint32_t i = 0; i < s->rule->event->fields.count; i++)
    if (nuo__field_takes(field, s->rule->event->fields.at[i])) return false;
  return true;
}

// `pack is missing`, of a breach that another policy's rule tells.
static bool has_pack(const struct suspect *s, const struct expr *e) {
  e = nuo__expr_peel(e);
  const struct field *field = e->ref == REF_FIELD ? e->target : NULL;
  return field != NULL && field->event->origin == EVENT_BREACH && field->index == BREACH_PACK &&
         s->rule->pack != field->told->pack;
}

static bool is_own_field(const struct expr *e, const struct field **field) {
  e = nuo__expr_peel(e);
  if (e->ref != REF_FIELD) return false;
  *field = e->target;
  const uint32_t index = (*field)->index;
  return (*field)->event->origin == EVENT_BREACH && index >= BREACH_EVENT && index < BREACH_FIELDS &&
         index != BREACH_ACTION;
}

static bool excludes(const struct suspect *s, const struct expr *scope) {
  const struct field *field;
  bool known = true;
  scope = nuo__expr_peel(scope);
  if (scope->kind != EXPR_OPERATOR) return false;
  if (scope->op == OP_and) return excludes(s, scope->left) || excludes(s, scope->right);
  if (scope->op == OP_or) return excludes(s, scope->left) && excludes(s, scope->right);
  if (scope->op == OP_present) return lacks(s, scope->left);
  if (scope->op == OP_missing) return has_pack(s, scope->left);
  const bool wanted = scope->op == OP_is || scope->op == OP_in;
  if (!wanted && scope->op != OP_is_not && scope->op != OP_not_in) return false;
  const struct expr *value = scope->right;
  if (!is_own_field(scope->left, &field)) {
    value = scope->left;
    if ((scope->op != OP_is && scope->op != OP_is_not) || !is_own_field(scope->right, &field)) return false;
  }
  const bool has = is_among(s, field, value, &known);
  return known && has != wanted;
}

bool nuo__breach_excluded(const struct checker *c, const struct rule *rule, const struct expr *scope,
                          bool undecided) {
  const struct suspect suspect = {.c = c, .rule = rule, .undecided = undecided};
  return scope != NULL && excludes(&suspect, scope);
}

// ---- what leads to what ----
static bool raises(const struct rule *rule, const struct event_type *event) {
  for (uint32_t i = 0; i < rule->raises.count; i++)
    if (rule->raises.at[i].event == event) return true;
  return false;
}

static bool makes(const struct strata *s, const struct rule *rule, const struct event_type *event,
                  const struct expr *where) {
  if (event->origin == EVENT_BREACH)
    return nuo__breach_tells(nuo__breach_type_of(s->c->program, event), rule->pack) &&
           !nuo__breach_excluded(s->c, rule, where, false);
  return raises(rule, event);
}

static bool leads_to(const struct strata *s, const struct rule *rule, const struct rule *next) {
  const struct duty *duty = s->duties[next->index];
  if (duty == NULL) return makes(s, rule, next->event, next->scope);
  return duty->trigger == rule->event || makes(s, rule, duty->trigger, duty->where);
}

static bool is_fed(const struct strata *s, const struct rule *rule) {
  const struct duty *duty = s->duties[rule->index];
  const struct event_type *event = duty != NULL ? duty->trigger : rule->event;
  if (event == NULL) return false;
  return event->origin != EVENT_DECLARED || s->raised[event->index];
}

// ---- chains ----
struct chain {
  struct str en, zh;
};

static struct str joined(struct checker *c, struct str before, struct str name) {
  return nuo__arena_format(c->arena, "%.*s%s%.*s", (int)before.len, before.at, before.len > 0 ? " → " : "",
                           (int)name.len, name.at);
}

static void append(struct checker *c, struct chain *chain, const struct rule *rule) {
  chain->en = joined(c, chain->en, rule->names.en);
  chain->zh = joined(c, chain->zh, rule->names.zh);
}

static struct diag_arg chain_arg(const struct chain *chain) {
  return (struct diag_arg){.en = chain->en, .zh = chain->zh};
}

static void report_circle(struct strata *s, const struct rule *back) {
  struct chain chain = {STR(""), STR("")};
  uint32_t from = s->path.count - 1;
  while (s->path.at[from] != back) from--;
  for (uint32_t i = from; i <= s->path.count; i++) {
    const struct rule *rule = i < s->path.count ? s->path.at[i] : back;
    s->told[rule->index] = true;
    append(s->c, &chain, rule);
  }
  REPORT(s->c, N0563, back->span, nuo__names_arg(back->names), chain_arg(&chain));
}

static void walk(struct strata *s, const struct rule *rule) {
  uint32_t *levels = &s->levels[rule->index];
  s->state[rule->index] = OPEN;
  VEC_PUSH(s->c->arena, &s->path, rule);
  *levels = 1;
  for (uint32_t i = 0; i < s->fed.count; i++) {
    const struct rule *next = s->fed.at[i];
    if (!leads_to(s, rule, next)) continue;
    if (s->state[next->index] == UNSEEN) walk(s, next);
    if (s->state[next->index] == OPEN) {
      if (!s->told[next->index]) report_circle(s, next);
    } else if (next->event->origin != EVENT_DUTY && s->levels[next->index] >= *levels) {
      *levels = s->levels[next->index] + 1;  // a duty is missed at another time
      s->next[rule->index] = next;
    }
  }
  s->path.count--;
  s->state[rule->index] = DONE;
}

// The chain is told by its beginning and its end.
static void report_deep(const struct strata *s, const struct rule *rule) {
  struct chain chain = {STR(""), STR("")};
  const struct rule *at = rule;
  for (uint32_t i = 0; at != NULL; at = s->next[at->index], i++) {
    if (i < 3 || s->next[at->index] == NULL) append(s->c, &chain, at);
    if (i == 3) chain = (struct chain){joined(s->c, chain.en, STR("…")), joined(s->c, chain.zh, STR("…"))};
  }
  REPORT(s->c, N0564, rule->span, nuo__names_arg(rule->names),
         nuo__diag_number(s->c->diags, LIMIT_DERIVED_DEPTH), chain_arg(&chain));
}

static void look_up(struct strata *s) {
  const struct program *program = s->c->program;
  s->duties = nuo__arena_alloc(s->c->arena, (program->rules.count + 1) * sizeof(const struct duty *));
  s->raised = nuo__arena_alloc(s->c->arena, (program->events.count + 1) * sizeof *s->raised);
  for (uint32_t i = 0; i < program->duties.count; i++)
    s->duties[program->duties.at[i]->rule->index] = program->duties.at[i];
  for (uint32_t i = 0; i < program->rules.count; i++)
    for (uint32_t k = 0; k < program->rules.at[i]->raises.count; k++)
      s->raised[program->rules.at[i]->raises.at[k].event->index] = true;
}

void nuo__check_strata(struct checker *c) {
  const struct program *program = c->program;
  const uint32_t count = program->rules.count;
  struct strata s = {.c = c};
  look_up(&s);
  for (uint32_t i = 0; i < count; i++)
    if (is_fed(&s, program->rules.at[i])) VEC_PUSH(c->arena, &s.fed, program->rules.at[i]);
  if (s.fed.count == 0) return;
  s.state = nuo__arena_alloc(c->arena, count * sizeof *s.state);
  s.levels = nuo__arena_alloc(c->arena, count * sizeof *s.levels);
  s.next = nuo__arena_alloc(c->arena, count * sizeof *s.next);
  s.told = nuo__arena_alloc(c->arena, count * sizeof *s.told);
  for (uint32_t i = 0; i < count; i++)
    if (s.state[i] == UNSEEN) walk(&s, program->rules.at[i]);
  for (uint32_t i = 0; i < count; i++)
    if (s.levels[i] == LIMIT_DERIVED_DEPTH + 1) report_deep(&s, program->rules.at[i]);
}
