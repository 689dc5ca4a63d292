// SPDX-License-Identifier: Apache-2.0
// The emitter's entry: plans the program, writes event by event and rule by rule, and seals the image. Limits
// that only show here become diagnostics. Called by the compilation and the tests.
#include "compiler/emit.h"

#include "compiler/emit_code.h"
#include "compiler/front.h"

// ---- writing ----
// The rules that need memory, or the others: evidence follows the code, whose match sets it uses.
static void write_event_rules(struct emitter *e, bool stateful, uint32_t field_first,
                              struct image_rule *rules) {
  const struct event_plan *plan = e->event;
  for (uint32_t i = 0; i < plan->rules.count; i++)
    if (plan->rules.at[i].stateful == stateful)
      nuo__emit_rule(e, &plan->rules.at[i], field_first, &rules[plan->rules.at[i].rule->index]);
}

static void write_event(struct emitter *e, struct event_plan *plan, struct image_rule *rules) {
  struct image_event event;
  e->event = e->p->event = plan;
  nuo__emit_event(e, &event);
  nuo__emit_event_code(e, false, &event.code_first, &event.code_count);
  write_event_rules(e, false, event.field_first, rules);
  nuo__emit_event_code(e, true, &event.state_first, &event.state_count);
  write_event_rules(e, true, event.field_first, rules);
  nuo__emit_effects(e, &event.effect_first, &event.effect_count);
  nuo__emit_breaches(e, &event);
  nuo__image_add(e->p->out, SECTION_EVENTS, &event);
}

static uint32_t line_of(const struct program *program, struct span span) {
  uint32_t line, column;
  nuo__front_position(&program->files.at[span.file], span.start, &line, &column);
  return line;
}

// Cites stand behind the constants in the string list, so they come last.
static void write_rules(struct emitter *e, struct image_rule *rules) {
  const struct program *program = e->p->program;
  for (uint32_t i = 0; i < program->rules.count; i++) {
    const struct rule *rule = program->rules.at[i];
    rules[i].cite_first = nuo__image_count(e->p->out, SECTION_STRING_LIST);
    for (uint32_t k = 0; k < rule->cites.count; k++) {
      const struct image_str cite = nuo__image_string(e->p->out, rule->cites.at[k]);
      nuo__image_add(e->p->out, SECTION_STRING_LIST, &cite);
    }
    nuo__image_add(e->p->out, SECTION_RULES, &rules[i]);
    if (rule->span.file >= program->files.count) continue;
    const struct image_source source = {
        nuo__image_source_string(e->p->out, program->files.at[rule->span.file].path), i,
        line_of(program, rule->span)};
    nuo__image_add(e->p->out, SECTION_SOURCE, &source);
  }
}

static void place_fields(struct emitter *e) {
  const struct program *program = e->p->program;
  uint32_t next = 0;
  e->field_first = nuo__arena_alloc(e->arena, (program->events.count + 1) * sizeof *e->field_first);
  for (uint32_t i = 0; i < program->events.count; i++) {
    e->field_first[i] = next;
    next += program->events.at[i]->fields.count;
  }
}

static void write_all(struct emitter *e) {
  const struct program *program = e->p->program;
  struct image_rule *rules = nuo__arena_alloc(e->arena, (program->rules.count + 1) * sizeof *rules);
  place_fields(e);
  if (program->events.count > UINT16_MAX) nuo__emit_pass_limit(e, "event types", "种事件");
  for (uint32_t i = 0; i < program->events.count; i++) write_event(e, &e->p->events[i], rules);
  nuo__emit_memory(e);
  nuo__emit_duties(e);
  nuo__emit_clauses(e);
  nuo__emit_packs(e);
  nuo__emit_natives(e);
  nuo__emit_adapters(e);
  nuo__image_place_sets(e->p->out);
  write_rules(e, rules);
  nuo__emit_program(e);
}

// ---- entry ----
static bool report_limit(struct emitter *e) {
  if (e->passed_en == NULL) return false;
  nuo__diag_add2(e->p->diags, DIAG_N0801, (struct span){0}, nuo__diag_number(e->p->diags, UINT16_MAX),
                 nuo__diag_pair(e->passed_en, e->passed_zh));
  return true;
}

static bool emit(struct planner *p, const uint8_t source_digest[32], struct str *image) {
  struct emitter e = {.arena = p->arena, .p = p};
  const uint32_t errors = p->diags->errors;
  if (p->zone == NULL) {
    nuo__diag_add1(p->diags, DIAG_N0805, (struct span){0}, nuo__diag_text(p->program->zone));
    return false;
  }
  nuo__plan_program(p);
  if (p->diags->errors > errors) return false;
  write_all(&e);
  if (report_limit(&e) || p->diags->errors > errors) return false;
  *image = nuo__image_finish(p->out, source_digest);
  return true;
}

// A program without events could be written, but nobody could use it.
static bool knows_events(struct diagnostics *diags, const struct program *program) {
  if (program->events.count > 0) return true;
  nuo__diag_add(diags, DIAG_N0806, (struct span){0, 0, 1});
  return false;
}

bool nuo__emit_image(struct arena *arena, struct diagnostics *diags, const struct program *program,
                     const uint8_t source_digest[32], struct str *image) {
  if (!knows_events(diags, program)) return false;
  struct image_writer out = {.arena = arena};
  struct planner planner = {.arena = arena, .diags = diags, .program = program, .out = &out};
  struct zone_set *zones = nuo__plan_open_zone(&planner);
  const bool made = emit(&planner, source_digest, image);
  nuo__zone_set_free(zones);
  return made;
}
