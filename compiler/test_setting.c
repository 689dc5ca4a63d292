// SPDX-License-Identifier: Apache-2.0
// The program under a test that gives values to parameters: those are put in place, the image is made anew
// and loaded, and all is taken back. Called by test_run.c.
#include "compiler/check.h"
#include "compiler/emit.h"
#include "compiler/test.h"

// What was there before.
struct kept {
  struct parameter *parameter;
  struct parameter before;
};
typedef VEC(struct kept) kept_list;

static void put_value(struct arena *arena, struct parameter *parameter, uint32_t tried, kept_list *kept) {
  VEC_PUSH(arena, kept, ((struct kept){parameter, *parameter}));
  parameter->values.at = &parameter->tried.at[tried];
  parameter->values.count = 1;
  for (uint32_t i = 0; i < parameter->places.count; i++)
    nuo__put_length(parameter->places.at[i], parameter->values.at[0].value);
}

// Of a parameter and of the copies that were made of it.
static void put_values(struct arena *arena, const struct program *program, const struct model_test *test,
                       kept_list *kept) {
  for (uint32_t i = 0; i < test->settings.count; i++) {
    const struct test_setting *setting = &test->settings.at[i];
    for (uint32_t k = 0; k < program->parameters.count; k++) {
      struct parameter *parameter = program->parameters.at[k];
      if (parameter == setting->parameter || parameter->of == setting->parameter)
        put_value(arena, parameter, setting->tried, kept);
    }
  }
}

// What counters remember has to do for those values, too; what they remembered before.
static uint32_t *widen_counters(struct arena *arena, const struct program *program) {
  uint32_t *before = nuo__arena_alloc(arena, (program->counters.count + 1) * sizeof *before);
  for (uint32_t i = 0; i < program->counters.count; i++) {
    struct counter *counter = program->counters.at[i];
    before[i] = counter->capacity;
    if (counter->tried > counter->capacity) counter->capacity = counter->tried;
  }
  return before;
}

static void take_back(const struct program *program, const kept_list *kept, const uint32_t *capacities) {
  for (uint32_t i = kept->count; i-- > 0;) {
    const struct parameter *parameter = kept->at[i].parameter;
    *kept->at[i].parameter = kept->at[i].before;
    for (uint32_t k = 0; k < parameter->places.count; k++)
      nuo__put_length(parameter->places.at[k], parameter->values.at[0].value);
  }
  for (uint32_t i = 0; i < program->counters.count; i++) program->counters.at[i]->capacity = capacities[i];
}

nuo_status nuo__test_program(struct arena *arena, const struct program *program,
                             const struct model_test *test, const nuo_options *options, nuo_program **out) {
  static const uint8_t digest[32];
  struct diagnostics diags = {.arena = arena};
  struct str image;
  kept_list kept = {0};
  put_values(arena, program, test, &kept);
  const uint32_t *capacities = widen_counters(arena, program);
  const bool made = nuo__emit_image(arena, &diags, program, digest, &image);
  take_back(program, &kept, capacities);
  return made ? nuo_program_load(image.at, image.len, options, out, NULL) : NUO_LIMIT;
}
