// SPDX-License-Identifier: Apache-2.0
// What the image says besides code: event types with their fields and members, enumerations, clauses,
// severities, native functions, and the program's own particulars. Called by emit.c.
#include <stdlib.h>

#include "compiler/emit_code.h"
#include "runtime/limits.h"
#include "runtime/nuo.h"

static struct image_str string(struct emitter *e, struct str text) {
  return nuo__image_string(e->p->out, text);
}

uint8_t nuo__emit_value_kind(const struct type *type) {
  static const uint8_t kinds[] = {
      [TYPE_FLAG] = VALUE_FLAG,   [TYPE_NUMBER] = VALUE_NUMBER,     [TYPE_DECIMAL] = VALUE_DECIMAL,
      [TYPE_TEXT] = VALUE_TEXT,   [TYPE_INSTANT] = VALUE_INSTANT,   [TYPE_DATE] = VALUE_DATE,
      [TYPE_CLOCK] = VALUE_CLOCK, [TYPE_DURATION] = VALUE_DURATION, [TYPE_ZONE] = VALUE_ZONE,
      [TYPE_ENUM] = VALUE_ENUM,   [TYPE_LIST] = VALUE_LIST,         [TYPE_RANGE] = 0,
  };
  return kinds[type->kind];
}

// ---- enumerations ----
uint32_t nuo__emit_enumeration(struct emitter *e, const struct enumeration *enumeration) {
  uint32_t *first =
      nuo__pool_at(e->arena, &e->enumerations, &enumeration, sizeof(const struct enumeration *));
  if (*first != UINT32_MAX) return *first;
  *first = nuo__image_count(e->p->out, SECTION_ENUMERATORS);
  if (enumeration->items.count > UINT16_MAX) nuo__emit_pass_limit(e, "values of one type", "个取值");
  for (uint32_t i = 0; i < enumeration->items.count; i++) {
    const struct names *names = &enumeration->items.at[i].names;
    const struct image_enumerator item = {string(e, names->en), string(e, names->zh)};
    nuo__image_add(e->p->out, SECTION_ENUMERATORS, &item);
  }
  return *first;
}

// ---- fields ----
static int by_place(const void *a, const void *b) {
  const struct asked_use *x = a, *y = b;
  if (x->field != y->field) return x->field < y->field ? -1 : 1;
  return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

// What is asked of the fields of the event at hand, in their order.
static struct asked_use *sort_asked(struct emitter *e) {
  const uint32_t count = e->event->asked.count;
  struct asked_use *sorted = nuo__arena_alloc(e->arena, (count + 1) * sizeof *sorted);
  for (uint32_t i = 0; i < count; i++) sorted[i] = e->event->asked.at[i];
  qsort(sorted, count, sizeof *sorted, by_place);
  sorted[count].field = UINT32_MAX;
  return sorted;
}

// Gives where those of the next field begin.
static const struct asked_use *emit_asked(struct emitter *e, const struct asked_use *asked,
                                          struct image_field *out, uint32_t index) {
  out->asked_first = nuo__image_count(e->p->out, SECTION_ASKED);
  for (; asked->field == index; asked++, out->asked_count++) {
    const struct image_asked item = {asked->ordinal, asked->plane};
    nuo__image_add(e->p->out, SECTION_ASKED, &item);
  }
  return asked;
}

static void emit_register(struct emitter *e, const struct field *field, struct image_field *out) {
  out->reg_class = REG_NONE;
  if (!e->event->needed[field->index]) return;
  static const uint8_t classes[VALUE_KIND_COUNT] = {
      [VALUE_FLAG] = REG_PLANE, [VALUE_NUMBER] = REG_COLUMN,   [VALUE_DECIMAL] = REG_COLUMN,
      [VALUE_TEXT] = REG_TEXT,  [VALUE_INSTANT] = REG_COLUMN,  [VALUE_DATE] = REG_WIDE,
      [VALUE_CLOCK] = REG_WIDE, [VALUE_DURATION] = REG_COLUMN, [VALUE_ZONE] = REG_COLUMN,
      [VALUE_ENUM] = REG_HALF,  [VALUE_LIST] = REG_LIST};
  out->reg_class = classes[out->kind];
  out->reg = e->p->slots.at[e->event->slot[field->index] - 1].reg;
}

static const struct asked_use *emit_field(struct emitter *e, const struct field *field,
                                          const struct asked_use *asked) {
  const struct type *type = field->type->kind == TYPE_LIST ? field->type->element : field->type;
  struct image_field out = {
      .path = string(e, field->path),
      .path_zh = string(e, field->path_zh),
      .kind = nuo__emit_value_kind(field->type),
      .flags = (uint8_t)((field->optional ? FIELD_OPTIONAL : 0) | (field->sensitive ? FIELD_SENSITIVE : 0)),
      .event = (uint16_t)field->event->index};
  if (field->type->kind == TYPE_LIST) out.element = nuo__emit_value_kind(type);
  if (type->kind == TYPE_ENUM) {
    out.enum_first = nuo__emit_enumeration(e, type->enumeration);
    out.enum_count = type->enumeration->items.count;
  }
  emit_register(e, field, &out);
  asked = emit_asked(e, asked, &out, field->index);
  nuo__image_add(e->p->out, SECTION_FIELDS, &out);
  return asked;
}

// ---- members: the fields as a tree of names ----
struct member_tree {
  struct str name;
  const struct field *field;  // or NULL: a record
  bool optional;
  VEC(struct member_tree *) children;
  struct pool named;  // their places by name, from POOL_FROM children on
};

static struct member_tree *find_child(const struct member_tree *parent, struct str name) {
  if (parent->children.count >= POOL_FROM) {
    const uint32_t place = nuo__pool_find(&parent->named, name.at, name.len);
    return place != UINT32_MAX ? parent->children.at[place] : NULL;
  }
  for (uint32_t i = 0; i < parent->children.count; i++)
    if (nuo__str_equal(parent->children.at[i]->name, name)) return parent->children.at[i];
  return NULL;
}

static struct member_tree *child(struct emitter *e, struct member_tree *parent, struct str name) {
  struct member_tree *made = find_child(parent, name);
  if (made != NULL) return made;
  made = ARENA_NEW(e->arena, struct member_tree);
  made->name = name;
  VEC_PUSH(e->arena, &parent->children, made);
  const uint32_t count = parent->children.count;
  for (uint32_t i = count == POOL_FROM ? 0 : count - 1; count >= POOL_FROM && i < count; i++)
    nuo__pool_name(e->arena, &parent->named, parent->children.at[i]->name, i);
  return made;
}

static void insert_field(struct emitter *e, struct member_tree *root, const struct field *field) {
  struct member_tree *at = root;
  for (uint32_t i = 0; i < field->depth; i++) {
    at = child(e, at, field->members[i]);
    at->optional = field->optional_levels >> i & 1;
  }
  at->field = field;
}

static struct image_member *member_at(struct emitter *e, uint32_t index) {
  return (struct image_member *)(void *)e->p->out->sections[SECTION_MEMBERS].at + index;
}

// Children of a record follow one another; those of its records come after all of them.
static uint32_t emit_children(struct emitter *e, const struct member_tree *record, uint32_t field_first) {
  const uint32_t first = nuo__image_count(e->p->out, SECTION_MEMBERS);
  for (uint32_t i = 0; i < record->children.count; i++) {
    const struct member_tree *item = record->children.at[i];
    const struct image_member member = {
        .name = string(e, item->name),
        .field = item->field != NULL ? field_first + item->field->index : IMAGE_NONE,
        .child_count = item->children.count,
        .optional = item->optional};
    nuo__image_add(e->p->out, SECTION_MEMBERS, &member);
  }
  for (uint32_t i = 0; i < record->children.count; i++) {
    if (record->children.at[i]->children.count == 0) continue;
    const uint32_t children = emit_children(e, record->children.at[i], field_first);
    member_at(e, first + i)->child_first = children;
  }
  return first;
}

void nuo__emit_event(struct emitter *e, struct image_event *out) {
  const struct event_type *type = e->event->type;
  const struct asked_use *asked = sort_asked(e);
  struct member_tree root = {.field = NULL};
  *out = (struct image_event){.name = string(e, type->names.en),
                              .name_zh = string(e, type->names.zh),
                              .wire = string(e, type->wire_name),
                              .enforceable = type->enforceable,
                              .lateness = type->lateness,
                              .origin = (uint32_t)type->origin,
                              .duty = IMAGE_NONE,
                              .field_first = nuo__image_count(e->p->out, SECTION_FIELDS),
                              .field_count = type->fields.count};
  for (uint32_t i = 0; i < type->fields.count; i++) {
    asked = emit_field(e, type->fields.at[i], asked);
    if (type->origin == EVENT_DECLARED) insert_field(e, &root, type->fields.at[i]);
  }
  if (e->event->uses.missed != NULL) out->duty = e->event->uses.missed->index;
  out->identity = out->field_first + type->identity->index;
  out->time = out->field_first + type->time->index;
  out->zone = type->zone != NULL ? out->field_first + type->zone->index : IMAGE_NONE;
  const struct field *subject = type->subject;
  out->subject =
      subject != NULL && nuo__plan_keeps_subject(e->p, type) ? out->field_first + subject->index : IMAGE_NONE;
  out->member_first = emit_children(e, &root, out->field_first);
  out->member_count = root.children.count;
}

// ---- clauses, severities, native functions ----
void nuo__emit_clauses(struct emitter *e) {
  const struct program *program = e->p->program;
  for (uint32_t i = 0; i < program->clauses.count; i++) {
    const struct model_clause *clause = &program->clauses.at[i];
    const struct image_clause out = {string(e, clause->number), string(e, clause->title)};
    nuo__image_add(e->p->out, SECTION_CLAUSES, &out);
  }
  for (uint32_t i = 0; i < program->severities.count; i++) {
    const struct severity *severity = &program->severities.at[i];
    const struct names names = nuo__inner_names(severity->pack, severity->names);
    const struct image_severity out = {string(e, names.en), string(e, names.zh)};
    nuo__image_add(e->p->out, SECTION_SEVERITIES, &out);
  }
}

void nuo__emit_packs(struct emitter *e) {
  const struct program *program = e->p->program;
  for (uint32_t i = 0; i < program->packs.count; i++) {
    const struct pack *pack = program->packs.at[i];
    const struct image_pack out = {string(e, pack->names.en), string(e, pack->names.zh),
                                   string(e, pack->title), string(e, pack->version)};
    nuo__image_add(e->p->out, SECTION_PACKS, &out);
  }
}

void nuo__emit_natives(struct emitter *e) {
  for (uint32_t i = 0; i < e->p->natives.count; i++) {
    const struct native *native = e->p->natives.at[i];
    struct image_native out = {.name = string(e, native->names.en),
                               .library = string(e, native->library),
                               .symbol = string(e, native->symbol),
                               .result = nuo__emit_value_kind(native->result),
                               .param_count = (uint8_t)native->params.count};
    const uint32_t most = sizeof out.params;
    if (native->params.count > most) {
      nuo__diag_add2(e->p->diags, DIAG_N0803, native->span, nuo__diag_text(native->names.en),
                     nuo__diag_number(e->p->diags, most));
      continue;
    }
    for (uint32_t k = 0; k < native->params.count; k++)
      out.params[k] = nuo__emit_value_kind(native->params.at[k]);
    nuo__image_add(e->p->out, SECTION_NATIVES, &out);
  }
}

// ---- the program ----
static void emit_calendar(struct emitter *e, struct image_program *out) {
  const struct model_calendar *calendar = e->p->program->calendar;
  if (calendar == NULL) return;
  out->has_calendar = 1;
  out->calendar_first = calendar->first;
  out->calendar_end = calendar->end;
  out->rest_count = calendar->rest.count;
  out->work_count = calendar->work.count;
  for (uint32_t i = 0; i < calendar->rest.count; i++)
    nuo__image_add(e->p->out, SECTION_DAYS, &calendar->rest.at[i]);
  for (uint32_t i = 0; i < calendar->work.count; i++)
    nuo__image_add(e->p->out, SECTION_DAYS, &calendar->work.at[i]);
}

// What `for each` runs for one value, by event.
static uint64_t *each_costs(const struct emitter *e) {
  const struct section_bytes *openings = &e->p->out->sections[SECTION_OPENINGS];
  const struct image_opening *at = (const struct image_opening *)(const void *)openings->at;
  uint64_t *costs = nuo__arena_alloc(e->arena, (e->p->program->events.count + 1) * sizeof *costs);
  for (uint32_t i = 0; i < openings->count; i++)
    costs[e->p->program->duties.at[at[i].duty]->trigger->index] += at[i].code_count;
  return costs;
}

static uint32_t greatest_cost(struct emitter *e) {
  const struct section_bytes *events = &e->p->out->sections[SECTION_EVENTS];
  const struct image_event *at = (const struct image_event *)(const void *)events->at;
  const uint64_t *each = each_costs(e);
  uint32_t most = 0;
  for (uint32_t i = 0; i < events->count; i++) {
    const uint64_t cost =
        (uint64_t)at[i].code_count + at[i].state_count + at[i].effect_count + LIMIT_EACH * each[i];
    if (cost > UINT32_MAX) nuo__emit_pass_limit(e, "instructions", "条指令");
    if (cost > most) most = (uint32_t)cost;
  }
  return most;
}

void nuo__emit_program(struct emitter *e) {
  const struct program *program = e->p->program;
  const uint32_t *fields = e->p->field_counts;
  struct image_program out = {
      .policy = string(e, program->names.en),
      .policy_zh = string(e, program->names.zh),
      .title = string(e, program->title),
      .version = string(e, program->version),
      .zone = string(e, program->zone),
      .from = program->force.from == INT32_MIN ? INT64_MIN : nuo__plan_midnight(e->p, program->force.from),
      .until =
          program->force.until == INT32_MAX ? INT64_MAX : nuo__plan_midnight(e->p, program->force.until + 1),
      .plane_count = e->most[REG_PLANE],
      .column_count = e->most[REG_COLUMN],
      .wide_count = fields[REG_WIDE],
      .half_count = fields[REG_HALF],
      .text_count = e->most[REG_TEXT],
      .list_count = e->most[REG_LIST],
      .field_planes = fields[REG_PLANE],
      .field_columns = fields[REG_COLUMN],
      .field_texts = fields[REG_TEXT],
      .field_lists = fields[REG_LIST],
      .max_cost = greatest_cost(e)};
  emit_calendar(e, &out);
  nuo__image_add(e->p->out, SECTION_PROGRAM, &out);
}
