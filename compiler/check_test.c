// SPDX-License-Identifier: Apache-2.0
// The author's own tests: do the events, fields, values and rules they name exist? Running them is another
// command's work. Called by nuo__check last.
#include "compiler/check.h"

static void check_inits(struct checker *c, const struct event_info *event, const init_list *inits) {
  for (uint32_t i = 0; i < inits->count; i++) {
    const struct init *init = &inits->at[i];
    const struct field *field = nuo__check_field(c, &event->root, &init->path, init->span);
    if (field != NULL && init->value != NULL) nuo__check_expect(c, init->value, field->type);
  }
}

static void check_rule_name(struct checker *c, const struct name *name) {
  const struct symbol *symbol = nuo__resolve(c, &c->rules, name, DIAG_N0311);
  if (symbol != NULL && symbol->kind == SYMBOL_EXCEPTION)
    REPORT(c, N0529, name->span, TEXT(name->text))->also = symbol->span;
}

// `expect defer until 08:00` or until an instant; a verdict's other values are only compared.
static void check_verdict(struct checker *c, const struct action *verdict) {
  if (verdict == NULL || verdict->kind != ACTION_DEFER || verdict->value == NULL) return;
  const struct type *type = nuo__check_expr(c, verdict->value, NULL);
  if (!nuo__type_in(type, BIT(TYPE_CLOCK) | BIT(TYPE_INSTANT) | BIT(TYPE_ERROR)))
    REPORT(c, N0515, verdict->value->span, nuo__type_arg(c, type));
}

static void check_step(struct checker *c, const struct test_step *step) {
  const struct type *instant = nuo__type_simple(TYPE_INSTANT);
  if (step->kind != STEP_EXPECT) {
    const struct symbol *event = nuo__resolve(c, &c->events, &step->event, DIAG_N0310);
    if (event != NULL && event->object != NULL) check_inits(c, event->object, &step->inits);
    return;
  }
  if (step->at != NULL) nuo__check_expect(c, step->at, instant);
  if (step->until != NULL) nuo__check_expect(c, step->until, instant);
  check_verdict(c, step->verdict);
  for (uint32_t i = 0; i < step->rules.count; i++) check_rule_name(c, &step->rules.at[i]);
}

void nuo__check_tests(struct checker *c) {
  c->scope = (struct scope){0};
  for (uint32_t i = 0; i < c->decls.count; i++) {
    struct decl *decl = c->decls.at[i];
    if (decl->kind != DECL_TEST) continue;
    c->expanded = 0;
    c->overgrown = false;
    for (uint32_t k = 0; k < decl->test.steps.count; k++) check_step(c, &decl->test.steps.at[k]);
    VEC_PUSH(c->arena, &c->program->tests, decl);
  }
}
