// SPDX-License-Identifier: Apache-2.0
// The order in which a program is checked: names first, then types from what depends on nothing to what
// depends on everything. Each step is a file of its own. Called by the pipeline (compile.c) after all files
// are parsed.
#include "compiler/check.h"

struct program *nuo__check(struct arena *arena, struct diagnostics *diags, const struct check_input *input) {
  struct checker c = {.arena = arena, .diags = diags, .input = input};
  struct program *program = c.program = ARENA_NEW(arena, struct program);
  for (uint32_t i = 0; i < input->file_count; i++) VEC_PUSH(arena, &program->files, input->files[i]);
  nuo__check_spaces(&c);
  nuo__resolve_collect(&c);
  nuo__check_clauses(&c);
  nuo__check_type_decls(&c);
  nuo__check_events(&c);
  nuo__check_fact_types(&c);
  nuo__check_severities(&c);
  nuo__check_calendars(&c);
  nuo__check_lexicons(&c);
  nuo__check_parameters(&c);
  nuo__check_fills(&c);
  nuo__check_settings(&c);
  nuo__check_trials(&c);
  nuo__check_natives(&c);
  nuo__check_tables(&c);
  nuo__check_policy(&c);
  nuo__check_duty_types(&c);
  nuo__check_facts(&c);
  nuo__check_rules(&c);
  nuo__check_duties(&c);
  nuo__check_exceptions(&c);
  nuo__check_adapters(&c);
  nuo__check_tests(&c);
  nuo__check_sames(&c);
  nuo__check_counters(&c);
  nuo__check_strata(&c);
  nuo__check_severities_told(&c);
  nuo__check_unused_defines(&c);
  nuo__sort_breach_types(&c);
  return program;
}
