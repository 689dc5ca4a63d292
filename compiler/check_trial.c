// SPDX-License-Identifier: Apache-2.0
// What tests give to parameters: `given parameter limit = 5`. The values are known before anything is checked
// that depends on how great a parameter may be; test_setting.c puts them in its place while a test runs.
// Called by nuo__check after the settings.
#include "compiler/check.h"

static bool is_given_twice(const struct decl *decl, uint32_t index) {
  const struct name *name = &decl->test.settings.at[index].parameter;
  for (uint32_t i = 0; i < index; i++) {
    const struct name *other = &decl->test.settings.at[i].parameter;
    if (nuo__str_equal(name->text, other->text) && nuo__str_equal(name->of, other->of)) return true;
  }
  return false;
}

static struct parameter *parameter_named(struct checker *c, const struct name *name) {
  const struct symbol *symbol = nuo__resolve(c, SPACE_VALUES, name, DIAG_N0592);
  if (symbol == NULL) return NULL;
  if (symbol->kind != SYMBOL_PARAMETER) {
    REPORT(c, N0592, name->span, TEXT(name->text))->also = symbol->span;
    return NULL;
  }
  struct parameter *parameter = symbol->object;
  return parameter == NULL || parameter->type->kind == TYPE_ERROR ? NULL : parameter;
}

static void check_setting(struct checker *c, const struct decl *decl, uint32_t index) {
  const struct test_setting_decl *written = &decl->test.settings.at[index];
  if (written->is_late) REPORT0(c, N0590, written->span);
  if (is_given_twice(decl, index)) REPORT(c, N0591, written->span, TEXT(written->parameter.text));
  struct parameter *parameter = parameter_named(c, &written->parameter);
  if (parameter == NULL) return;
  struct parameter_value value = {.unset = written->value == NULL, .from = INT32_MIN};
  if (!value.unset) value.value = nuo__check_constant(c, written->value, parameter->type, DIAG_N0701);
  if (!value.unset && value.value == NULL) return;
  if (parameter->type->kind == TYPE_PERIOD && value.unset) {
    REPORT(c, N0703, written->span, nuo__names_arg(parameter->names))->also = parameter->span;
    return;
  }
  VEC_PUSH(c->arena, &c->trials, ((struct trial){decl, {parameter, parameter->tried.count}}));
  VEC_PUSH(c->arena, &parameter->tried, value);
}

void nuo__check_trials(struct checker *c) {
  for (uint32_t i = 0; i < c->decls.count; i++) {
    const struct decl *decl = c->decls.at[i];
    if (decl->kind != DECL_TEST || nuo__pack_at(c, decl->span) != NULL) continue;
    for (uint32_t k = 0; k < decl->test.settings.count; k++) check_setting(c, decl, k);
  }
}
