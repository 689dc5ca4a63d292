// SPDX-License-Identifier: Apache-2.0
// Programs with duties put together by hand, see duty_model.h.
#include "tests/unit/duty_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/emit.h"
#include "runtime/nuo.h"

static void fail_with_diagnostics(const struct duty_model *m) {
  for (uint32_t i = 0; i < m->diags.items.count; i++) {
    const struct diagnostic *d = &m->diags.items.at[i];
    const struct str message = nuo__diag_message(m->arena, d, DIAG_EN);
    print_error("  %s byte %u: %.*s\n", nuo__diag_info(d->code)->code, d->span.start, (int)message.len,
                message.at);
  }
  fail_msg("the policy has mistakes");
}

void model_begin(struct duty_model *m, const char *source) {
  memset(m, 0, sizeof *m);
  m->arena = nuo__arena_new(nuo__default_allocator());
  assert_non_null(m->arena);
  m->diags.arena = m->arena;
  m->files[0].path = STR("p.nuo");
  m->files[0].text = nuo__str_of(source);
  nuo__front_parse(m->arena, &m->diags, &m->files[0], 0);
  const struct check_input input = {.files = m->files, .file_count = 1};
  m->program = nuo__check(m->arena, &m->diags, &input);
  if (m->diags.errors > 0) fail_with_diagnostics(m);
}

void model_end(struct duty_model *m) {
  nuo__arena_free(m->arena);
}

// ---- what the source has ----
struct event_type *model_event(const struct duty_model *m, const char *name) {
  for (uint32_t i = 0; i < m->program->events.count; i++)
    if (nuo__str_is(m->program->events.at[i]->names.en, name)) return m->program->events.at[i];
  fail_msg("no event %s", name);
  return NULL;
}

const struct fact *model_fact(const struct duty_model *m, const char *name) {
  for (uint32_t i = 0; i < m->program->facts.count; i++)
    if (nuo__str_is(m->program->facts.at[i]->names.en, name)) return m->program->facts.at[i];
  fail_msg("no fact %s", name);
  return NULL;
}

struct rule *model_rule(const struct duty_model *m, const char *name) {
  for (uint32_t i = 0; i < m->program->rules.count; i++)
    if (nuo__str_is(m->program->rules.at[i]->names.en, name)) return m->program->rules.at[i];
  fail_msg("no rule %s", name);
  return NULL;
}

struct field *model_field(const struct event_type *type, const char *path) {
  for (uint32_t i = 0; i < type->fields.count; i++)
    if (nuo__str_is(type->fields.at[i]->path, path)) return type->fields.at[i];
  fail_msg("no field %s", path);
  return NULL;
}

struct expr *model_expr(const struct duty_model *m, const char *name) {
  return model_rule(m, name)->condition;
}

// ---- expressions ----
static struct expr *refer(struct duty_model *m, enum ref_kind ref, const void *target,
                          const struct type *type) {
  struct expr *e = ARENA_NEW(m->arena, struct expr);
  e->kind = EXPR_PATH;
  e->ref = ref;
  e->target = target;
  e->type = type;
  return e;
}

struct expr *model_use(struct duty_model *m, const struct field *field) {
  return refer(m, REF_FIELD, field, field->type);
}

struct expr *model_each(struct duty_model *m, const struct duty *duty) {
  return refer(m, REF_EACH, duty, duty->each->keys.at[duty->each_part]);
}

struct duty_deadline model_within(struct duty_model *m, int64_t amount, enum unit unit) {
  struct expr *e = ARENA_NEW(m->arena, struct expr);
  e->kind = EXPR_DURATION;
  e->number = amount;
  e->unit = unit;
  e->type = nuo__type_simple(unit < UNIT_DAY ? TYPE_DURATION : TYPE_PERIOD);
  return (struct duty_deadline){.length = e, .type = e->type};
}

struct duty_deadline model_by(struct expr *by) {
  return (struct duty_deadline){.by = by, .type = by->type};
}

// ---- derived types ----
struct field *model_add_field(struct duty_model *m, struct event_type *type, const char *path,
                              const struct type *kind) {
  struct field *field = ARENA_NEW(m->arena, struct field);
  field->path = field->path_zh = nuo__str_of(path);
  field->type = kind;
  field->optional = true;
  field->index = type->fields.count;
  field->event = type;
  VEC_PUSH(m->arena, &type->fields, field);
  return field;
}

static void add_simple(struct duty_model *m, struct event_type *type, const char *path, enum type_kind kind) {
  model_add_field(m, type, path, nuo__type_simple(kind));
}

static struct event_type *add_event(struct duty_model *m, const char *name, enum event_origin origin) {
  struct event_type *type = ARENA_NEW(m->arena, struct event_type);
  type->names.en = type->names.zh = type->wire_name = nuo__str_of(name);
  type->origin = origin;
  type->index = m->program->events.count;
  VEC_PUSH(m->arena, &m->program->events, type);
  add_simple(m, type, "id", TYPE_TEXT);
  type->identity = type->fields.at[0];
  return type;
}

static void set_time(struct event_type *type) {
  type->time = type->fields.at[1];
  type->identity->optional = type->time->optional = false;
}

static bool has_field(const struct event_type *type, struct str path) {
  for (uint32_t i = 0; i < type->fields.count; i++)
    if (nuo__str_equal(type->fields.at[i]->path, path)) return true;
  return false;
}

static void add_fields_of(struct duty_model *m, struct event_type *type, const struct event_type *from) {
  for (uint32_t i = 0; i < from->fields.count; i++) {
    const struct field *field = from->fields.at[i];
    if (has_field(type, field->path)) continue;
    model_add_field(m, type, "", field->type);
    type->fields.at[type->fields.count - 1]->path = field->path;
    type->fields.at[type->fields.count - 1]->path_zh = field->path_zh;
  }
}

static const struct type *enumeration_type(struct duty_model *m, const char *const *names, uint32_t count) {
  struct enumeration *enumeration = ARENA_NEW(m->arena, struct enumeration);
  struct type *type = ARENA_NEW(m->arena, struct type);
  for (uint32_t i = 0; i < count; i++) {
    struct enumerator item = {0};
    item.names.en = item.names.zh = nuo__str_of(names[i]);
    VEC_PUSH(m->arena, &enumeration->items, item);
  }
  *type = (struct type){.kind = TYPE_ENUM, .enumeration = enumeration};
  return type;
}

struct event_type *model_breach(struct duty_model *m) {
  static const char *const actions[] = {"allow", "note", "amend", "defer", "hold", "block"};
  const char *severities[8];
  const uint32_t count = m->program->severities.count, events = m->program->events.count;
  struct event_type *type = add_event(m, "breach", EVENT_BREACH);
  for (uint32_t i = 0; i < count; i++)
    severities[i] = nuo__arena_copy(m->arena, m->program->severities.at[i].names.en.at, 32).at;
  add_simple(m, type, "time", TYPE_INSTANT);
  add_simple(m, type, "event", TYPE_TEXT);
  add_simple(m, type, "rule", TYPE_TEXT);
  add_simple(m, type, "clause", TYPE_TEXT);
  model_add_field(m, type, "severity", enumeration_type(m, severities, count));
  model_add_field(m, type, "action", enumeration_type(m, actions, 6));
  add_simple(m, type, "pack", TYPE_TEXT);
  for (uint32_t i = 0; i < events; i++) add_fields_of(m, type, m->program->events.at[i]);
  set_time(type);
  struct breach_type *breach = ARENA_NEW(m->arena, struct breach_type);
  breach->event = type;
  VEC_PUSH(m->arena, &m->program->breaches, breach);
  return type;
}

// ---- rules and duties ----
struct rule *model_add_rule(struct duty_model *m, const char *name, struct event_type *event,
                            struct expr *condition) {
  struct rule *rule = ARENA_NEW(m->arena, struct rule);
  rule->names.en = rule->names.zh = rule->title = nuo__str_of(name);
  rule->event = event;
  rule->core = CORE_FORBID;
  rule->condition = condition;
  rule->severity = -1;
  rule->action.kind = rule->undetermined.kind = ACTION_NOTE;
  rule->force = (struct force){INT32_MIN, INT32_MAX};
  rule->clause = CLAUSE_NONE;
  rule->index = m->program->rules.count;
  VEC_PUSH(m->arena, &m->program->rules, rule);
  return rule;
}

static struct event_type *duty_event(struct duty_model *m, const char *name, const char *trigger) {
  struct event_type *type = add_event(m, name, EVENT_DUTY);
  add_simple(m, type, "due", TYPE_INSTANT);
  if (trigger != NULL) {
    add_simple(m, type, "step", TYPE_TEXT);
    add_simple(m, type, "calendar", TYPE_FLAG);
    add_simple(m, type, "suspended", TYPE_DURATION);
    add_fields_of(m, type, model_event(m, trigger));
  } else {
    add_simple(m, type, "from", TYPE_INSTANT);
    add_simple(m, type, "until", TYPE_INSTANT);
    add_simple(m, type, "counted", TYPE_NUMBER);
    add_simple(m, type, "calendar", TYPE_FLAG);
  }
  set_time(type);
  return type;
}

struct duty *model_duty(struct duty_model *m, const char *name, const char *trigger) {
  struct duty *duty = ARENA_NEW(m->arena, struct duty);
  duty->names.en = duty->names.zh = nuo__str_of(name);
  duty->event = duty_event(m, name, trigger);
  duty->rule = model_add_rule(m, name, duty->event, model_use(m, model_field(duty->event, "calendar")));
  duty->force = (struct force){INT32_MIN, INT32_MAX};
  if (trigger != NULL) duty->trigger = model_event(m, trigger);
  duty->index = m->program->duties.count;
  VEC_PUSH(m->arena, &m->program->duties, duty);
  return duty;
}

struct duty_step *model_step(struct duty_model *m, struct duty *duty, const char *event, struct expr *key,
                             struct duty_deadline deadline) {
  struct duty_step step = {.match.event = model_event(m, event), .deadline = deadline};
  if (key != NULL) VEC_PUSH(m->arena, &step.match.key, key);
  VEC_PUSH(m->arena, &duty->steps, step);
  return &duty->steps.at[duty->steps.count - 1];
}

// ---- the image ----
static void take_out_expressions(struct program *program) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < program->rules.count; i++) {
    struct rule *rule = program->rules.at[i];
    if (rule->names.en.len > 2 && memcmp(rule->names.en.at, "x_", 2) == 0) continue;
    rule->index = kept;
    program->rules.at[kept++] = rule;
  }
  program->rules.count = kept;
}

void *model_image(struct duty_model *m, struct image *image, size_t *size) {
  struct str bytes;
  nuo_error error = {.message = ""};
  take_out_expressions(m->program);
  if (!nuo__emit_image(m->arena, &m->diags, m->program, (const uint8_t[32]){0}, &bytes))
    fail_with_diagnostics(m);
  void *copy = malloc(bytes.len);
  assert_non_null(copy);
  memcpy(copy, bytes.at, bytes.len);
  *size = bytes.len;
  if (nuo__image_verify(copy, bytes.len, image, &error) != NUO_OK) fail_msg("%s", error.message);
  return copy;
}
