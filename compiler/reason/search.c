// SPDX-License-Identifier: Apache-2.0
// The search: supposes something of one variable after the other, until the goal is reached or cannot be.
#include <string.h>

#include "compiler/reason/reason.h"

#define BUDGET 20000  // suppositions: a second or so for a whole policy of unlucky pairs

// ---- the truth of a formula ----

static enum truth of_not(enum truth t) {
  return t == TRUTH_TRUE ? TRUTH_FALSE : t == TRUTH_FALSE ? TRUTH_TRUE : t;
}

// Kleene's `and`; something open stays open unless the other side is false.
static enum truth of_and(enum truth a, enum truth b) {
  if (a == TRUTH_FALSE || b == TRUTH_FALSE) return TRUTH_FALSE;
  if (a == TRUTH_OPEN || b == TRUTH_OPEN) return TRUTH_OPEN;
  return a == TRUTH_UNKNOWN || b == TRUTH_UNKNOWN ? TRUTH_UNKNOWN : TRUTH_TRUE;
}

static enum truth of_in(const struct formula *f, const struct standing *standing) {
  if (standing->presence == PRESENCE_MISSING) return TRUTH_UNKNOWN;
  if (standing->presence == PRESENCE_OPEN) return TRUTH_OPEN;
  if (nuo__set_within(standing->values, f->set)) return TRUTH_TRUE;
  return nuo__set_apart(standing->values, f->set) ? TRUTH_FALSE : TRUTH_OPEN;
}

static enum truth of_leaf(const struct formula *f, const struct standing *standings,
                          const struct formula **open) {
  const struct standing *standing = &standings[f->variable];
  enum truth truth;
  if (f->kind == FORMULA_IN)
    truth = of_in(f, standing);
  else
    truth = standing->presence == PRESENCE_OPEN      ? TRUTH_OPEN
            : standing->presence == PRESENCE_MISSING ? TRUTH_TRUE
                                                     : TRUTH_FALSE;
  if (truth == TRUTH_OPEN && *open == NULL) *open = f;
  return truth;
}

enum truth nuo__formula_truth(const struct formula *f, const struct standing *standings,
                              const struct formula **open) {
  enum truth left, right;
  switch (f->kind) {
    case FORMULA_FALSE:
      return TRUTH_FALSE;
    case FORMULA_TRUE:
      return TRUTH_TRUE;
    case FORMULA_UNKNOWN:
      return TRUTH_UNKNOWN;
    case FORMULA_NOT:
      return of_not(nuo__formula_truth(f->left, standings, open));
    case FORMULA_ESTABLISHED:
      left = nuo__formula_truth(f->left, standings, open);
      return left == TRUTH_UNKNOWN ? TRUTH_FALSE : left;
    case FORMULA_IN:
    case FORMULA_MISSING:
      return of_leaf(f, standings, open);
    default:
      break;
  }
  left = nuo__formula_truth(f->left, standings, open);
  if (f->kind == FORMULA_AND && left == TRUTH_FALSE) return TRUTH_FALSE;
  if (f->kind == FORMULA_OR && left == TRUTH_TRUE) return TRUTH_TRUE;
  right = nuo__formula_truth(f->right, standings, open);
  return f->kind == FORMULA_AND ? of_and(left, right) : of_not(of_and(of_not(left), of_not(right)));
}

// ---- the search ----

struct search {
  struct reasoner *r;
  goal *wanted;
  void *context;
  struct standing *standings;
  uint32_t left;  // of the budget
};

static enum answer look(struct search *s);

static enum answer suppose(struct search *s, uint32_t variable, struct standing standing) {
  const struct standing kept = s->standings[variable];
  if (standing.presence == PRESENCE_HERE && standing.values.count == 0) return ANSWER_NEVER;
  s->standings[variable] = standing;
  const enum answer answer = look(s);
  if (answer != ANSWER_FOUND) s->standings[variable] = kept;
  return answer;
}

// An order between counts that cannot be kept any more.
static bool is_out_of_order(const struct search *s) {
  for (uint32_t i = 0; i < s->r->orders.count; i++) {
    const struct order *order = &s->r->orders.at[i];
    const struct standing *less = &s->standings[order->less], *more = &s->standings[order->more];
    if (less->presence == PRESENCE_OPEN || more->presence == PRESENCE_OPEN) continue;
    if (less->presence != more->presence && order->together) return true;
    if (less->presence == PRESENCE_HERE && more->presence == PRESENCE_HERE &&
        less->values.at[0].first > more->values.at[more->values.count - 1].last)
      return true;
  }
  return false;
}

// One of the cases has it, or none of them, or one of them cannot be told.
static enum answer look(struct search *s) {
  const struct formula *open = NULL;
  if (is_out_of_order(s)) return ANSWER_NEVER;
  const enum truth truth = s->wanted(s->context, s->standings, &open);
  if (truth == TRUTH_TRUE) return ANSWER_FOUND;
  if (truth != TRUTH_OPEN || open == NULL) return ANSWER_NEVER;
  if (s->left == 0) return ANSWER_CANNOT_TELL;
  s->left--;
  const struct standing now = s->standings[open->variable];
  struct arena *arena = s->r->arena;
  struct standing cases[3];
  uint32_t count = 0;
  if (open->kind == FORMULA_IN) {
    cases[count++] = (struct standing){PRESENCE_HERE, nuo__set_both(arena, now.values, open->set)};
    cases[count++] = (struct standing){PRESENCE_HERE, nuo__set_without(arena, now.values, open->set)};
  } else {
    cases[count++] = (struct standing){PRESENCE_HERE, now.values};
  }
  if (now.presence == PRESENCE_OPEN) cases[count++] = (struct standing){PRESENCE_MISSING, now.values};
  bool unsure = false;
  for (uint32_t i = 0; i < count; i++) {
    const enum answer answer = suppose(s, open->variable, cases[i]);
    if (answer == ANSWER_FOUND) return answer;
    unsure = unsure || answer == ANSWER_CANNOT_TELL;
  }
  return unsure ? ANSWER_CANNOT_TELL : ANSWER_NEVER;
}

enum answer nuo__reason_search(struct reasoner *r, goal *wanted, void *context,
                               const struct standing **standings) {
  struct search s = {.r = r, .wanted = wanted, .context = context, .left = BUDGET};
  s.standings = nuo__arena_alloc(r->arena, (r->variables.count + 1) * sizeof *s.standings);
  for (uint32_t i = 0; i < r->variables.count; i++)
    s.standings[i] = (struct standing){r->variables.at[i].may_miss ? PRESENCE_OPEN : PRESENCE_HERE,
                                       r->variables.at[i].all};
  const enum answer answer = look(&s);
  if (standings != NULL) *standings = s.standings;
  return answer;
}

static enum truth is_true(void *context, const struct standing *standings, const struct formula **open) {
  const enum truth truth = nuo__formula_truth(context, standings, open);
  return truth == TRUTH_UNKNOWN ? TRUTH_FALSE : truth;
}

enum answer nuo__reason_holds(struct reasoner *r, const struct formula *f,
                              const struct standing **standings) {
  return nuo__reason_search(r, is_true, (void *)f, standings);
}
