// SPDX-License-Identifier: Apache-2.0
// What two rules say together: that they contradict each other, that one adds nothing to the other, that a
// graver breach is treated more leniently. Compared are rules on the same event whose cores read something in
// common and whose scopes do not name different constants of the field that most scopes name; after a fixed
// number of comparisons the pass stops and says so.
#include <string.h>

#include "compiler/lint/lint.h"

struct entry {  // a rule and what it is found by
  const struct rule *rule;
  const struct field *pin;  // `pin is value` is part of its scope, or NULL
  int64_t value;
};
typedef VEC(uint32_t) index_list;
struct pairs {
  struct lint *l;
  VEC(struct entry) entries;
  struct pool buckets;  // event, value of its pinned field, key of a variable: number in lists
  VEC(index_list) lists;
  struct pool compared;  // pairs
  uint32_t told;         // of them, those about which all could be told
};

// ---- two rules ----

struct duo {
  struct reasoner r;
  const struct rule *a, *b;
  const struct formula *scope_a, *scope_b, *breach_a, *breach_b;
  bool untold;  // something about them could not be told
};

static const struct formula *both(struct duo *d, const struct formula *a, const struct formula *b) {
  return nuo__formula_join(&d->r, FORMULA_AND, a, b);
}

static enum answer can_hold(struct duo *d, const struct formula *f) {
  const enum answer answer = nuo__reason_holds(&d->r, f, NULL);
  d->untold = d->untold || answer == ANSWER_CANNOT_TELL;
  return answer;
}

static const struct formula *scope_of(struct duo *d, const struct rule *rule) {
  static const struct formula always = {.kind = FORMULA_TRUE};
  return rule->scope == NULL ? &always : nuo__formula_of(&d->r, rule->scope);
}

static bool in_force_with(const struct rule *a, const struct rule *b) {
  return b->force.from <= a->force.from && b->force.until >= a->force.until;
}

// Actions of which one is as good as another; labels, deferrals and strippings each do a thing of their own,
// and each policy counts its own breaches on a scale of its own.
static bool does_no_less(const struct rule *b, const struct rule *a) {
  const enum action_kind x = a->action.kind, y = b->action.kind;
  if (a->pack != b->pack || y < x || b->severity < a->severity || a->raises.count > 0) return false;
  const bool own = x == ACTION_LABEL || x == ACTION_STRIP || x == ACTION_DEFER;
  return !own || y >= ACTION_HOLD;
}

// Whether each breach of `a` is one of `b`, which does no less.
static bool is_shadowed(struct duo *d, const struct rule *a, const struct formula *breach_a,
                        const struct rule *b, const struct formula *breach_b) {
  if (!does_no_less(b, a) || !in_force_with(a, b)) return false;
  const struct formula *alone =
      both(d, breach_a, nuo__formula_not(&d->r, nuo__formula_established(&d->r, breach_b)));
  return can_hold(d, alone) == ANSWER_NEVER;
}

static bool tell_shadow(struct lint *l, struct duo *d) {
  const bool a_in_b = is_shadowed(d, d->a, d->breach_a, d->b, d->breach_b);
  const bool b_in_a = is_shadowed(d, d->b, d->breach_b, d->a, d->breach_a);
  if (!a_in_b && !b_in_a) return false;
  const struct rule *idle = b_in_a ? d->b : d->a, *other = b_in_a ? d->a : d->b;
  const bool same = a_in_b && b_in_a;
  nuo__lint_add2(l, same ? DIAG_N1107 : DIAG_N1106, idle->names.span, nuo__lint_names(idle->names),
                 nuo__lint_names(other->names))
      ->diag.also = other->names.span;
  return true;
}

// No event that both are about keeps both, though either can be kept.
static void tell_contradiction(struct lint *l, struct duo *d, const struct formula *overlap,
                               const struct standing *witness) {
  const struct formula *kept_a = nuo__formula_not(&d->r, d->breach_a);
  const struct formula *kept_b = nuo__formula_not(&d->r, d->breach_b);
  if (can_hold(d, both(d, overlap, both(d, kept_a, kept_b))) != ANSWER_NEVER) return;
  if (can_hold(d, both(d, overlap, kept_a)) != ANSWER_FOUND ||
      can_hold(d, both(d, overlap, kept_b)) != ANSWER_FOUND)
    return;
  nuo__lint_add3(l, DIAG_N1105, d->b->names.span, nuo__lint_names(d->b->names), nuo__lint_names(d->a->names),
                 nuo__lint_witness(l, &d->r, witness))
      ->diag.also = d->a->names.span;
}

// Whether all about the two could be told.
static bool compare(struct lint *l, const struct rule *a, const struct rule *b) {
  struct duo d = {.r = {.arena = nuo__lint_scratch(l)}, .a = a, .b = b};
  const struct standing *witness;
  d.scope_a = scope_of(&d, a);
  d.scope_b = scope_of(&d, b);
  d.breach_a = nuo__formula_violated(&d.r, a);
  d.breach_b = nuo__formula_violated(&d.r, b);
  const struct formula *overlap = both(&d, d.scope_a, d.scope_b);
  const enum answer meet = nuo__reason_holds(&d.r, overlap, &witness);
  if (meet != ANSWER_FOUND) return meet == ANSWER_NEVER;
  // What can never be breached, and what is too complex for itself, is told of each rule alone.
  if (nuo__reason_holds(&d.r, d.breach_a, NULL) != ANSWER_FOUND ||
      nuo__reason_holds(&d.r, d.breach_b, NULL) != ANSWER_FOUND)
    return true;
  if (!tell_shadow(l, &d)) tell_contradiction(l, &d, overlap, witness);
  return !d.untold;
}

// ---- which pairs ----

// `field is constant` among the operands of the scope's `and`.
static const struct expr *pin_of(const struct expr *e, const struct field *field) {
  e = nuo__expr_peel(e);
  if (e->kind != EXPR_OPERATOR || e->op != OP_is) return NULL;
  const struct expr *left = nuo__expr_peel(e->left), *right = nuo__expr_peel(e->right);
  const bool fits = left->ref == REF_FIELD && right->ref == REF_ENUMERATOR;
  return fits && (field == NULL || left->target == field) ? e : NULL;
}

static void count_pins(struct lint *l, const struct rule *rule, uint32_t *counts) {
  conjunct_list parts = {0};
  nuo__lint_conjuncts(l, rule->scope, OP_and, &parts);
  for (uint32_t i = 0; i < parts.count; i++) {
    const struct expr *pin = pin_of(parts.at[i], NULL);
    if (pin != NULL) counts[((const struct field *)nuo__expr_peel(pin->left)->target)->index]++;
  }
}

// By event: the field that most scopes name a constant of, or NULL.
static const struct field **most_pinned(struct lint *l) {
  const struct program *p = l->program;
  const struct field **pinned = nuo__arena_alloc(l->arena, (p->events.count + 1) * sizeof *pinned);
  uint32_t **counts = nuo__arena_alloc(l->arena, (p->events.count + 1) * sizeof *counts);
  for (uint32_t i = 0; i < p->events.count; i++)
    counts[i] = nuo__arena_alloc(l->arena, (p->events.at[i]->fields.count + 1) * sizeof **counts);
  for (uint32_t i = 0; i < p->rules.count; i++)
    count_pins(l, p->rules.at[i], counts[p->rules.at[i]->event->index]);
  for (uint32_t i = 0; i < p->events.count; i++) {
    const struct event_type *event = p->events.at[i];
    for (uint32_t k = 0, most = 0; k < event->fields.count; k++) {
      if (counts[i][k] <= most) continue;
      most = counts[i][k];
      pinned[i] = event->fields.at[k];
    }
  }
  return pinned;
}

static void put(struct pairs *p, uint32_t number, const struct entry *entry, struct str variable) {
  struct str key = nuo__arena_format(p->l->arena, "%u %d %lld ", entry->rule->event->index,
                                     entry->pin != NULL, (long long)entry->value);
  key = nuo__arena_format(p->l->arena, "%.*s%.*s", (int)key.len, key.at, (int)variable.len, variable.at);
  uint32_t *at = nuo__pool_at(p->l->arena, &p->buckets, key.at, key.len);
  if (*at == UINT32_MAX) {
    *at = p->lists.count;
    VEC_PUSH(p->l->arena, &p->lists, (index_list){0});
  }
  VEC_PUSH(p->l->arena, &p->lists.at[*at], number);
}

static void enter(struct pairs *p, const struct rule *rule, const struct field *pinned) {
  struct lint *l = p->l;
  struct entry entry = {.rule = rule};
  conjunct_list parts = {0};
  nuo__lint_conjuncts(l, rule->scope, OP_and, &parts);
  for (uint32_t i = 0; i < parts.count && entry.pin == NULL && pinned != NULL; i++) {
    const struct expr *pin = pin_of(parts.at[i], pinned);
    if (pin == NULL) continue;
    entry.pin = pinned;
    entry.value = nuo__expr_peel(pin->right)->number;
  }
  struct reasoner r = {.arena = nuo__lint_scratch(l)};
  struct rule core = *rule;
  core.scope = NULL;
  core.exceptions.count = 0;
  nuo__formula_violated(&r, &core);
  VEC_PUSH(l->arena, &p->entries, entry);
  for (uint32_t i = 0; i < r.variables.count; i++)
    put(p, p->entries.count - 1, &entry, r.variables.at[i].key);
}

static void try_pair(struct pairs *p, uint32_t a, uint32_t b) {
  struct lint *l = p->l;
  const uint32_t key[2] = {a < b ? a : b, a < b ? b : a};
  if (a == b || l->pairs_left == 0) {
    l->cut_short = l->cut_short || a != b;
    return;
  }
  uint32_t *there = nuo__pool_at(l->arena, &p->compared, key, sizeof key);
  if (*there != UINT32_MAX) return;
  *there = 0;
  l->pairs_left--;
  const bool told = compare(l, p->entries.at[key[0]].rule, p->entries.at[key[1]].rule);
  p->told += told;
  l->untold += !told;
  l->cut_short = l->untold >= LINT_MAX_UNTOLD;
}

// The list of those without a pin that belongs to a list of pinned ones.
static const index_list *unpinned(const struct pairs *p, struct str key) {
  static const index_list none;
  const char *event_end = memchr(key.at, ' ', key.len);
  if (event_end[1] == '0') return &none;
  const char *value_end = memchr(event_end + 3, ' ', (size_t)(key.at + key.len - event_end - 3));
  const struct str other = nuo__arena_format(p->l->arena, "%.*s 0 0%.*s", (int)(event_end - key.at), key.at,
                                             (int)(key.at + key.len - value_end), value_end);
  const uint32_t number = nuo__pool_find(&p->buckets, other.at, other.len);
  return number == UINT32_MAX ? &none : &p->lists.at[number];
}

static void compare_all(struct pairs *p) {
  for (uint32_t i = 0; i < p->buckets.entries.count && !p->l->cut_short; i++) {
    const index_list *list = &p->lists.at[p->buckets.entries.at[i].number];
    const index_list *others = unpinned(p, p->buckets.entries.at[i].key);
    for (uint32_t a = 0; a < list->count && !p->l->cut_short; a++) {
      for (uint32_t b = a + 1; b < list->count && !p->l->cut_short; b++)
        try_pair(p, list->at[a], list->at[b]);
      for (uint32_t b = 0; b < others->count && !p->l->cut_short; b++)
        try_pair(p, list->at[a], others->at[b]);
    }
  }
}

// ---- graver breaches, milder actions ----

static void look_at_leniency(struct lint *l) {
  struct pool scopes = {0};
  VEC(const struct rule *) strictest = {0};
  for (int pass = 0; pass < 2; pass++)
    for (uint32_t i = 0; i < l->program->rules.count; i++) {
      const struct rule *rule = l->program->rules.at[i];
      if (!rule->event->enforceable || rule->scope == NULL || rule->severity < 0) continue;
      const struct str scope = nuo__reason_key(l->arena, rule->scope);
      const struct str key =
          nuo__arena_format(l->arena, "%u %u %.*s", rule->pack != NULL ? rule->pack->index + 1 : 0,
                            rule->event->index, (int)scope.len, scope.at);
      uint32_t *at = nuo__pool_at(l->arena, &scopes, key.at, key.len);
      if (*at == UINT32_MAX) {
        *at = strictest.count;
        VEC_PUSH(l->arena, &strictest, rule);
      }
      const struct rule *best = strictest.at[*at];
      if (pass == 0 && rule->action.kind > best->action.kind) strictest.at[*at] = rule;
      if (pass == 1 && rule->severity > best->severity && rule->action.kind < best->action.kind)
        nuo__lint_add2(l, DIAG_N1217, rule->names.span, nuo__lint_names(rule->names),
                       nuo__lint_names(best->names))
            ->diag.also = best->names.span;
    }
}

void nuo__lint_pairs(struct lint *l) {
  struct pairs p = {.l = l};
  const struct program *program = l->program;
  const struct field **pinned = most_pinned(l);
  for (uint32_t i = 0; i < program->rules.count; i++) {
    const struct rule *rule = program->rules.at[i];
    if (nuo__lint_is_written(rule) && rule->core != CORE_NONE && !l->complex[i])
      enter(&p, rule, pinned[rule->event->index]);
  }
  compare_all(&p);
  look_at_leniency(l);
  if (l->cut_short || p.told < p.compared.entries.count)
    nuo__lint_add1(l, DIAG_N1328, (struct span){0}, nuo__lint_number(l, p.told));
}
