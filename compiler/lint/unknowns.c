// SPDX-License-Identifier: Apache-2.0
// What becomes of events that the evidence does not decide: those that nobody stops, and those that are
// treated more harshly than a breach.
#include "compiler/lint/lint.h"

// Which optional fields a rule reads, and of which it says what their being missing means.
struct reading {
  const struct field *read;
  bool asked;
};

static const struct field *optional_of(const struct expr *e) {
  e = e == NULL ? NULL : nuo__expr_peel(e);
  if (e == NULL || e->ref != REF_FIELD) return NULL;
  const struct field *field = e->target;
  return field->optional ? field : NULL;
}

static void find_asked(struct lint *l, const struct expr *e, void *context) {
  struct reading *reading = context;
  (void)l;
  const bool asks =
      e->kind == EXPR_OPERATOR && (e->op == OP_missing || e->op == OP_present || e->op == OP_default);
  if (asks && optional_of(e->left) == reading->read) reading->asked = true;
}

static void find_unasked(struct lint *l, const struct expr *e, void *context) {
  const struct field **found = context;
  const struct field *field = e->ref == REF_FIELD ? optional_of(e) : NULL;
  if (field == NULL || *found != NULL) return;
  struct reading reading = {.read = field};
  const struct rule *rule = l->rule;
  nuo__lint_walk_rule(l, rule, false, find_asked, &reading);
  l->rule = rule;
  if (!reading.asked) *found = field;
}

static void look_at_passing(struct lint *l, const struct rule *rule) {
  const struct field *field = NULL;
  if (rule->core != CORE_FORBID || rule->undetermined.kind > ACTION_NOTE || rule->action.kind < ACTION_DEFER)
    return;
  nuo__lint_walk_rule(l, rule, false, find_unasked, &field);
  if (field != NULL)
    nuo__lint_add2(l, DIAG_N1122, rule->names.span, nuo__lint_names(rule->names),
                   (struct diag_arg){.en = field->path, .zh = field->path_zh});
}

void nuo__lint_unknowns(struct lint *l) {
  for (uint32_t i = 0; i < l->program->rules.count; i++) {
    const struct rule *rule = l->program->rules.at[i];
    if (!rule->event->enforceable || !nuo__lint_is_written(rule)) continue;
    const struct decl *decl = nuo__lint_decl(l, rule->names);
    const bool own = decl != NULL && decl->rule.undetermined != NULL;
    if (!own) look_at_passing(l, rule);
    if (own && rule->undetermined.kind > rule->action.kind)
      nuo__lint_add1(l, DIAG_N1218, decl->rule.undetermined->span, nuo__lint_names(rule->names));
  }
}
