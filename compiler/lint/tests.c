// SPDX-License-Identifier: Apache-2.0
// What the policy's own tests leave out: rules that none breaches, exceptions that none reaches, bounds that
// none stands on; samples that nobody starts from.
#include "compiler/lint/lint.h"

// ---- bounds ----

struct bound {
  const struct field *field;
  const struct expr *constant;
};
typedef VEC(struct bound) bound_list;

static void find_bounds(struct lint *l, const struct expr *e, void *context) {
  bound_list *bounds = context;
  if (e->kind != EXPR_OPERATOR || e->op < OP_lt || e->op > OP_ge) return;
  const struct expr *left = nuo__expr_peel(e->left), *right = nuo__expr_peel(e->right);
  const bool constant = right->kind == EXPR_NUMBER || right->kind == EXPR_DECIMAL || right->kind == EXPR_DATE;
  if (left->ref == REF_FIELD && constant) VEC_PUSH(l->arena, bounds, (struct bound){left->target, right});
}

static bool stands_on(const struct expr *value, const struct expr *constant) {
  if (value == NULL) return false;
  int64_t a = value->number, b = constant->number;
  if (value->kind == EXPR_DECIMAL && constant->kind == EXPR_NUMBER) b *= 1000000;
  return a == b;
}

static bool is_tried(const struct lint *l, const struct bound *bound) {
  for (uint32_t i = 0; i < l->program->tests.count; i++) {
    const struct model_test *test = l->program->tests.at[i];
    for (uint32_t k = 0; k < test->steps.count; k++) {
      const struct model_step *step = &test->steps.at[k];
      if (step->kind != STEP_EXPECT && step->event == bound->field->event &&
          stands_on(step->values[bound->field->index], bound->constant))
        return true;
    }
  }
  return false;
}

static void look_at_bounds(struct lint *l, const struct rule *rule) {
  bound_list bounds = {0};
  nuo__lint_walk_rule(l, rule, false, find_bounds, &bounds);
  for (uint32_t i = 0; i < bounds.count; i++) {
    const struct bound *bound = &bounds.at[i];
    if (bound->field->event->origin == EVENT_DECLARED && !is_tried(l, bound))
      nuo__lint_add2(l, DIAG_N1133, bound->constant->span,
                     (struct diag_arg){.en = bound->field->path, .zh = bound->field->path_zh},
                     nuo__lint_quote(l, bound->constant->span));
  }
}

// ---- rules and exceptions ----

static void look_at_rules(struct lint *l) {
  const struct test_results *results = l->options.tests;
  for (uint32_t i = 0; i < l->program->rules.count; i++) {
    const struct rule *rule = l->program->rules.at[i];
    const struct diag_arg name = nuo__lint_names(rule->names);
    if (results != NULL && !results->breached[i]) nuo__lint_add1(l, DIAG_N1131, rule->names.span, name);
    if (results != NULL && rule->exceptions.count > 0 && !results->excepted[i])
      nuo__lint_add1(l, DIAG_N1132, rule->exceptions.at[0]->span, name);
    if (nuo__lint_is_written(rule)) look_at_bounds(l, rule);
  }
}

// ---- samples ----

static void look_at_samples(struct lint *l) {
  const struct source_file *file = &l->compilation->files.at[0];
  struct pool used = {0};
  for (uint32_t pass = 0; pass < 2; pass++)
    for (uint32_t d = 0; d < file->decls.count; d++) {
      const struct decl *decl = file->decls.at[d];
      if (decl->kind != DECL_TEST) continue;
      bool expects = false;
      for (uint32_t i = 0; i < decl->test.steps.count; i++) {
        const struct test_step *step = &decl->test.steps.at[i];
        expects = expects || step->kind == STEP_EXPECT;
        if (pass == 0 && step->like.title != NULL)
          *nuo__pool_at(l->arena, &used, step->like.title->text.at, step->like.title->text.len) = 1;
      }
      const struct str title = decl->test.title->text;
      if (pass == 1 && decl->test.sample && !expects &&
          nuo__pool_find(&used, title.at, title.len) == UINT32_MAX)
        nuo__lint_add1(l, DIAG_N1322, decl->test.title->span, nuo__diag_text(title));
    }
}

void nuo__lint_tests(struct lint *l) {
  const struct program *p = l->program;
  if (p->tests.count == 0) {
    if (p->rules.count > 0) nuo__lint_add1(l, DIAG_N1134, p->names.span, nuo__lint_names(p->names));
    return;
  }
  look_at_rules(l);
  look_at_samples(l);
}
