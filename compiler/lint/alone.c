// SPDX-License-Identifier: Apache-2.0
// What one rule says for itself: that it never applies, is never or always breached, has an exception that
// nothing reaches, or parts that change nothing. Each is a proof by compiler/reason; what that cannot tell is
// not reported.
#include "compiler/lint/lint.h"

#define MAX_PARTS 16  // of one condition that are left out one by one

// A rule that is being looked at, and whether something of it could not be told.
struct looked {
  struct lint *l;
  struct reasoner r;
  const struct rule *rule;
  bool untold;
};

static bool is_never(struct looked *k, const struct formula *f) {
  const enum answer answer = nuo__reason_holds(&k->r, f, NULL);
  k->untold = k->untold || answer == ANSWER_CANNOT_TELL;
  return answer == ANSWER_NEVER;
}

static const struct formula *both(struct reasoner *r, const struct formula *a, const struct formula *b) {
  return nuo__formula_join(r, FORMULA_AND, a, b);
}

// The rule without its exceptions.
static struct rule bare(const struct rule *rule) {
  struct rule copy = *rule;
  copy.exceptions.count = 0;
  return copy;
}

static bool is_literal(const struct expr *e) {
  return nuo__expr_peel(e)->kind == EXPR_FLAG;
}

// `base`: that the rule without exceptions is in breach, and all that the exception is to.
static void look_at_exception(struct looked *k, const struct formula *base,
                              const struct exception *exception) {
  const struct formula *own = nuo__formula_established(&k->r, nuo__formula_of(&k->r, exception->condition));
  const struct formula *reached = both(&k->r, base, own);
  if (is_never(k, reached)) {
    nuo__lint_add1(k->l, DIAG_N1104, exception->condition->span, nuo__lint_names(k->rule->names));
    return;
  }
  for (uint32_t i = 0; i < exception->exceptions.count; i++)
    look_at_exception(k, reached, exception->exceptions.at[i]);
}

static void look_at_core(struct looked *k, const struct formula *scope) {
  const struct rule *rule = k->rule;
  const struct rule core = bare(rule);
  const struct formula *breach = nuo__formula_violated(&k->r, &core);
  if (is_never(k, breach) ||
      (rule->exceptions.count > 0 && is_never(k, nuo__formula_violated(&k->r, rule)))) {
    nuo__lint_add1(k->l, DIAG_N1102, rule->condition->span, nuo__lint_names(rule->names));
    return;
  }
  for (uint32_t i = 0; i < rule->exceptions.count; i++) look_at_exception(k, breach, rule->exceptions.at[i]);
  if (rule->core == CORE_LIMIT || is_literal(rule->condition) || rule->exceptions.count > 0) return;
  const struct formula *kept = nuo__formula_not(&k->r, nuo__formula_established(&k->r, breach));
  if (is_never(k, scope == NULL ? kept : both(&k->r, scope, kept)))
    nuo__lint_add1(k->l, DIAG_N1103, rule->condition->span, nuo__lint_names(rule->names));
}

static void look_at_rule(struct lint *l, const struct rule *rule) {
  struct looked k = {.l = l, .r = {.arena = nuo__lint_scratch(l)}, .rule = rule};
  const struct diag_arg name = nuo__lint_names(rule->names);
  const struct formula *scope = rule->scope == NULL ? NULL : nuo__formula_of(&k.r, rule->scope);
  if (scope != NULL && is_never(&k, scope))
    nuo__lint_add1(l, DIAG_N1101, rule->scope->span, name);
  else
    look_at_core(&k, scope);
  if (!k.untold) return;
  nuo__lint_add1(l, DIAG_N1337, rule->names.span, name);
  l->complex[rule->index] = true;
  l->cut_short = ++l->untold >= LINT_MAX_UNTOLD;
}

void nuo__lint_alone(struct lint *l) {
  l->complex = nuo__arena_alloc(l->arena, l->program->rules.count + 1);
  for (uint32_t i = 0; i < l->program->rules.count && !l->cut_short; i++) {
    const struct rule *rule = l->program->rules.at[i];
    if (nuo__lint_is_written(rule) && rule->core != CORE_NONE) look_at_rule(l, rule);
  }
}

// ---- parts of conditions ----

struct two {
  const struct formula *a, *b;
};

static enum truth differ(void *context, const struct standing *standings, const struct formula **open) {
  const struct two *two = context;
  const enum truth a = nuo__formula_truth(two->a, standings, open);
  const enum truth b = nuo__formula_truth(two->b, standings, open);
  if (a == TRUTH_OPEN || b == TRUTH_OPEN) return TRUTH_OPEN;
  return a == b ? TRUTH_FALSE : TRUTH_TRUE;
}

// The operands joined again, `left_out` not among them.
static const struct formula *joined(struct reasoner *r, const conjunct_list *parts, const bool *gone,
                                    uint32_t left_out, enum operator_id op) {
  const struct formula *f = NULL;
  for (uint32_t i = 0; i < parts->count; i++) {
    if (i == left_out || gone[i]) continue;
    const struct formula *part = nuo__formula_of(r, parts->at[i]);
    f = f == NULL ? part : nuo__formula_join(r, op == OP_and ? FORMULA_AND : FORMULA_OR, f, part);
  }
  return f;
}

// What the rule comes to with `condition` as its core (of a requirement: what is not established).
static const struct formula *breach_with(struct reasoner *r, const struct rule *rule,
                                         const struct formula *condition) {
  if (rule->core == CORE_REQUIRE) condition = nuo__formula_not(r, nuo__formula_established(r, condition));
  return rule->scope == NULL ? condition : both(r, nuo__formula_of(r, rule->scope), condition);
}

static void leave_out_each(struct lint *l, const struct rule *rule, enum operator_id op) {
  struct reasoner r = {.arena = nuo__lint_scratch(l)};
  conjunct_list parts = {0};
  bool gone[MAX_PARTS] = {false};
  nuo__lint_conjuncts(l, rule->condition, op, &parts);
  if (parts.count < 2 || parts.count > MAX_PARTS) return;
  uint32_t left = parts.count;
  for (uint32_t i = parts.count; i-- > 0 && left > 1;) {
    const struct two two = {breach_with(&r, rule, joined(&r, &parts, gone, UINT32_MAX, op)),
                            breach_with(&r, rule, joined(&r, &parts, gone, i, op))};
    const enum answer answer = nuo__reason_search(&r, differ, (void *)&two, NULL);
    l->untold += answer == ANSWER_CANNOT_TELL;
    if (answer != ANSWER_NEVER) continue;
    gone[i] = true;
    left--;
    nuo__lint_add1(l, DIAG_N1108, parts.at[i]->span, nuo__lint_quote(l, parts.at[i]->span));
  }
}

void nuo__lint_parts(struct lint *l) {
  for (uint32_t i = 0; i < l->program->rules.count && l->untold < LINT_MAX_UNTOLD; i++) {
    const struct rule *rule = l->program->rules.at[i];
    if (l->complex[i] || !nuo__lint_is_written(rule) ||
        (rule->core != CORE_FORBID && rule->core != CORE_REQUIRE))
      continue;
    const struct expr *condition = nuo__expr_peel(rule->condition);
    if (condition->kind == EXPR_OPERATOR && (condition->op == OP_and || condition->op == OP_or))
      leave_out_each(l, rule, condition->op);
  }
  l->cut_short = l->untold >= LINT_MAX_UNTOLD;
}
