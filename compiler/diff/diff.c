// SPDX-License-Identifier: Apache-2.0
// Compares two versions of a policy: loads both without their own time in force, so that one event can be
// given to both, then goes through rules, duties, values and clauses.
#include <setjmp.h>

#include "compiler/diff/diff_inside.h"
#include "compiler/emit.h"

const char *const nuo__meaning_names[MEANING_COUNT][2] = {
#define MEANING(id, en, zh) {en, zh},
    DIFF_MEANINGS(MEANING)
#undef MEANING
};

// ---- both versions, always in force ----

static nuo_status load(struct arena *arena, struct side *side, const nuo_options *options) {
  static const uint8_t digest[32];
  struct program *program = side->compilation->program;
  const struct force force = program->force;
  struct diagnostics diags = {.arena = arena};
  struct str image;
  program->force = (struct force){INT32_MIN, INT32_MAX};
  const bool emitted = nuo__emit_image(arena, &diags, program, digest, &image);
  program->force = force;
  if (!emitted) return NUO_BAD_ARGUMENT;
  side->program = program;
  return nuo_program_load(image.at, image.len, options, &side->loaded, NULL);
}

static const struct zone *policy_zone(struct differ *d) {
  const struct str name = d->diff->after.program->zone;
  uint16_t handle = ZONE_UTC;
  if (nuo__zone_set_new(NULL, 0, nuo__default_allocator(), &d->zones) != ZONE_OK) return NULL;
  if (nuo__zone_set_find(d->zones, name.at, name.len, &handle) != ZONE_OK) return NULL;
  return nuo__zone_set_get(d->zones, handle);
}

// ---- the next version's number ----

static enum step step_of(const struct rule_change *change) {
  switch (change->meaning) {
    case MEANING_UNCHANGED:
      return change->renamed ? STEP_MINOR : change->parts.count > 0 ? STEP_PATCH : STEP_NONE;
    case MEANING_WORDING:
      return change->renamed ? STEP_MINOR : STEP_PATCH;
    case MEANING_STRICTER:
      return change->not_looser ? STEP_MINOR : STEP_MAJOR;
    case MEANING_NEW:
      return STEP_MINOR;
    default:
      return STEP_MAJOR;
  }
}

static void suggest_step(struct diff *diff) {
  enum step step = diff->values.count + diff->clauses.count > 0 ? STEP_PATCH : STEP_NONE;
  for (uint32_t i = 0; i < diff->rules.count; i++)
    if (step_of(&diff->rules.at[i]) > step) step = step_of(&diff->rules.at[i]);
  for (uint32_t i = 0; i < diff->values.count; i++)
    if (diff->values.at[i].is_breaking) step = STEP_MAJOR;
  diff->step = step;
}

nuo_status nuo__policies_diff(nuo_compilation *before, nuo_compilation *after, const nuo_options *options,
                              uint32_t tries, struct diff *diff) {
  struct arena *arena = after->arena;
  struct differ d = {.arena = arena, .diff = diff, .tries = tries};
  jmp_buf out_of_memory;
  *diff = (struct diff){.before = {.compilation = before}, .after = {.compilation = after}};
  if (setjmp(out_of_memory) != 0) return NUO_NO_MEMORY;
  nuo__arena_on_failure(arena, &out_of_memory);
  nuo__arena_on_failure(before->arena, &out_of_memory);
  d.status = load(arena, &diff->before, options);
  if (d.status == NUO_OK) d.status = load(arena, &diff->after, options);
  if (d.status != NUO_OK) return d.status;
  d.zone = policy_zone(&d);
  if (d.zone == NULL) return NUO_NO_MEMORY;
  nuo__diff_lexicons(&d);
  nuo__diff_rules(&d);
  nuo__diff_values(&d);
  nuo__diff_clauses(&d);
  nuo__zone_set_free(d.zones);
  suggest_step(diff);
  return d.status;
}

void nuo__diff_free(struct diff *diff) {
  nuo_program_free(diff->before.loaded);
  nuo_program_free(diff->after.loaded);
}
