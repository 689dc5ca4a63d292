// SPDX-License-Identifier: Apache-2.0
// Event types: nested fields flattened into leaves, and the clauses that say which field is the identity, the
// time, the subject and the zone. Paths are walked name by name, in either language. Called by nuo__check
// once, and by the expressions for every path.
#include "compiler/check.h"

#define MAX_FIELD_DEPTH 16

// ---- fields ----
struct field_place {
  struct str path, path_zh;
  struct str members[MAX_FIELD_DEPTH];
  uint32_t depth;
  uint32_t optional_levels;
  bool sensitive;
};

static struct str join(struct checker *c, struct str path, struct str name) {
  if (path.len == 0) return name;
  return nuo__arena_format(c->arena, "%.*s.%.*s", (int)path.len, path.at, (int)name.len, name.at);
}

static struct field_place step_into(struct checker *c, const struct field_place *around,
                                    const struct field_decl *decl) {
  struct field_place place = *around;
  place.path = join(c, around->path, decl->names.en);
  place.path_zh = join(c, around->path_zh, decl->names.zh);
  if (decl->optional) place.optional_levels |= 1u << place.depth;
  place.members[place.depth++] = decl->names.en;
  place.sensitive |= decl->sensitive;
  return place;
}

static struct field *add_field(struct checker *c, struct event_type *event, const struct field_place *place,
                               const struct type *type, struct span span) {
  struct field *field = ARENA_NEW(c->arena, struct field);
  *field = (struct field){.path = place->path,
                          .path_zh = place->path_zh,
                          .depth = place->depth,
                          .type = type,
                          .optional = place->optional_levels != 0,
                          .optional_levels = place->optional_levels,
                          .sensitive = place->sensitive,
                          .index = event->fields.count,
                          .event = event,
                          .span = span};
  field->members = nuo__arena_alloc(c->arena, place->depth * sizeof *field->members);
  for (uint32_t i = 0; i < place->depth; i++) field->members[i] = place->members[i];
  VEC_PUSH(c->arena, &event->fields, field);
  return field;
}

// A name that is none of the values of the type is something declared, or misspelt.
static bool is_written_out(const struct checker *c, const struct expr *e, const struct type *type) {
  const struct type *of = type->kind == TYPE_LIST ? type->element : type;
  for (uint32_t i = 0; i < e->items.count; i++)
    if (!is_written_out(c, e->items.at[i], of)) return false;
  if (e->kind != EXPR_PATH) return true;
  const bool listed = of->kind == TYPE_ENUM && nuo__enumerator_find(of->enumeration, e->path.at[0].text) >= 0;
  return listed || nuo__find(c, SPACE_VALUES, &e->path.at[0]) == NULL;
}

// What a missing one means: a literal of the field's type.
static void check_absent(struct checker *c, struct field *field, struct expr *absent) {
  if (absent == NULL) return;
  if (!field->optional) REPORT(c, N0335, absent->span, TEXT(field->path));
  if (!is_written_out(c, absent, field->type))
    REPORT(c, N0336, absent->span, TEXT(field->path));
  else if (nuo__check_expect(c, absent, field->type) && absent->type->kind != TYPE_ERROR)
    field->absent = absent;
}

static bool is_called(const struct member *member, struct str name) {
  if (nuo__names_match(&member->names, name)) return true;
  for (uint32_t i = 0; i < member->also.count; i++)
    if (nuo__str_equal(member->also.at[i], name)) return true;
  return false;
}

struct member *nuo__member_named(const struct member *record, struct str name) {
  if (record->members.count >= POOL_FROM) {
    const uint32_t place = nuo__pool_find(&record->named, name.at, name.len);
    return place != UINT32_MAX ? record->members.at[place] : NULL;
  }
  for (uint32_t i = 0; i < record->members.count; i++)
    if (is_called(record->members.at[i], name)) return record->members.at[i];
  return NULL;
}

static void enter_names(struct checker *c, struct member *record, uint32_t place) {
  const struct member *member = record->members.at[place];
  nuo__pool_name(c->arena, &record->named, member->names.en, place);
  nuo__pool_name(c->arena, &record->named, member->names.zh, place);
  for (uint32_t i = 0; i < member->also.count; i++)
    nuo__pool_name(c->arena, &record->named, member->also.at[i], place);
}

void nuo__member_add(struct checker *c, struct member *record, struct member *member) {
  VEC_PUSH(c->arena, &record->members, member);
  const uint32_t count = record->members.count;
  if (count < POOL_FROM) return;
  for (uint32_t i = count == POOL_FROM ? 0 : count - 1; i < count; i++) enter_names(c, record, i);
}

void nuo__member_also(struct checker *c, struct member *record, struct member *member, struct str name) {
  VEC_PUSH(c->arena, &member->also, name);
  if (record->members.count < POOL_FROM) return;
  uint32_t place = nuo__pool_find(&record->named, member->names.en.at, member->names.en.len);
  nuo__pool_name(c->arena, &record->named, name, place);
}

static bool field_taken(struct checker *c, const struct member *record, const struct field_decl *decl) {
  const struct member *there = nuo__member_named(record, decl->names.en);
  if (there == NULL) there = nuo__member_named(record, decl->names.zh);
  if (there == NULL) return false;
  REPORT(c, N0317, decl->names.span, TEXT(decl->names.written))->also = there->names.span;
  return true;
}

static void add_members(struct checker *c, struct event_type *event, struct member *record,
                        const struct field_place *around, const struct field_decl *decls, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct field_decl *decl = &decls[i];
    if (field_taken(c, record, decl)) continue;
    if (around->depth == MAX_FIELD_DEPTH) {
      REPORT(c, N0329, decl->span, nuo__diag_number(c->diags, MAX_FIELD_DEPTH));
      return;
    }
    struct member *member = ARENA_NEW(c->arena, struct member);
    member->names = decl->names;
    const struct field_place place = step_into(c, around, decl);
    if (decl->type != NULL) {
      member->field = add_field(c, event, &place, nuo__check_type(c, decl->type, &decl->names), decl->span);
      check_absent(c, member->field, decl->absent);
    } else {
      add_members(c, event, member, &place, decl->fields.at, decl->fields.count);
    }
    nuo__member_add(c, record, member);
  }
}

// ---- paths ----
const struct event_info *nuo__event_info(const struct checker *c, const struct event_type *type) {
  return c->event_infos.at[type->index];
}

const struct member *nuo__member_find(const struct member *root, const struct name *path, uint32_t count,
                                      uint32_t *failed, const struct member **record) {
  const struct member *at = root;
  for (uint32_t i = 0; i < count && at->clash == NULL; i++) {
    *failed = i;
    *record = at;
    at = nuo__member_named(at, path[i].text);
    if (at == NULL) return NULL;
  }
  return at;
}

static void report_unknown_field(struct checker *c, const struct name *segment, const struct member *record) {
  struct candidates candidates = {.wrong = segment->text};
  for (uint32_t i = 0; i < record->members.count; i++)
    nuo__candidates_add(c, &candidates, record->members.at[i]->names);
  nuo__candidates_suggest(
      &candidates, REPORT(c, N0304, segment->span, TEXT(segment->text), nuo__names_arg(record->names)));
}

// Each segment of a path that leads to a field.
void nuo__check_used_path(struct checker *c, const struct member *root, const name_list *path) {
  const struct member *at = root;
  for (uint32_t i = 0; i < path->count && at != NULL; i++) {
    at = nuo__member_named(at, path->at[i].text);
    if (at != NULL) nuo__check_used(c, path->at[i].span, at->names.en, at->names.zh);
  }
}

static const struct member *member_found(struct checker *c, const struct member *root,
                                         const name_list *path) {
  uint32_t failed = 0;
  const struct member *record = NULL;
  const struct member *member = nuo__member_find(root, path->at, path->count, &failed, &record);
  if (member == NULL) report_unknown_field(c, &path->at[failed], record);
  return member;
}

const struct member *nuo__check_member(struct checker *c, const struct member *root, const name_list *path) {
  const struct member *member = member_found(c, root, path);
  if (member != NULL) nuo__check_used_path(c, root, path);
  return member;
}

struct field *nuo__check_field(struct checker *c, const struct member *root, const name_list *path,
                               struct span span) {
  const struct member *member = member_found(c, root, path);
  if (member == NULL) return NULL;
  if (member->clash != NULL) {
    REPORT(c, N0334, span, TEXT(nuo__path_text(c, path)), nuo__names_arg(member->clash->one->names),
           nuo__names_arg(member->clash->other->names));
    return NULL;
  }
  if (member->field == NULL) {
    REPORT(c, N0305, span, TEXT(nuo__path_text(c, path)),
           nuo__names_arg(member->members.count > 0 ? member->members.at[0]->names : member->names));
    return NULL;
  }
  nuo__check_used_path(c, root, path);
  return member->field;
}

// ---- clauses ----
static struct field *clause_field(struct checker *c, const struct event_info *info, const struct expr *path) {
  return path->kind == EXPR_PATH ? nuo__check_field(c, &info->root, &path->path, path->span) : NULL;
}

static struct field *default_field(const struct event_info *info, struct str en, struct str zh) {
  const struct member *member = nuo__member_named(&info->root, en);
  if (member == NULL) member = nuo__member_named(&info->root, zh);
  return member != NULL ? member->field : NULL;
}

// What a field is, where it has to be something else.
static struct diag_arg found_arg(struct checker *c, const struct field *field) {
  const struct diag_arg type = nuo__type_arg(c, field->type);
  if (!field->optional) return type;
  const struct str zh = type.zh.at != NULL ? type.zh : type.en;
  return (struct diag_arg){nuo__arena_format(c->arena, "optional %.*s", (int)type.en.len, type.en.at),
                           nuo__arena_format(c->arena, "选填的%.*s", (int)zh.len, zh.at)};
}

static void check_identity(struct checker *c, struct event_info *info, const struct decl *decl) {
  const struct expr *written = decl->event.identity;
  struct event_type *event = info->type;
  struct field *field =
      written != NULL ? clause_field(c, info, written) : default_field(info, STR("id"), STR("编号"));
  if (field == NULL && written == NULL) REPORT(c, N0323, event->span, nuo__names_arg(event->names));
  if (field == NULL) return;
  const struct span span = written != NULL ? written->span : field->span;
  const bool fits = nuo__type_in(field->type, BIT(TYPE_TEXT) | BIT(TYPE_NUMBER) | BIT(TYPE_ERROR));
  if (!fits || field->optional) REPORT(c, N0324, span, TEXT(field->path), found_arg(c, field));
  event->identity = field;
}

static struct field *implicit_time(struct checker *c, struct event_info *info) {
  static const struct names names = {.en = {"time", 4}, .zh = {"时间", 6}, .written = {"time", 4}};
  struct field_place place = {.path = names.en, .path_zh = names.zh, .members = {names.en}, .depth = 1};
  struct member *member = ARENA_NEW(c->arena, struct member);
  member->names = names;
  member->names.span = info->type->span;
  member->field = add_field(c, info->type, &place, nuo__type_simple(TYPE_INSTANT), info->type->span);
  nuo__member_add(c, &info->root, member);
  return member->field;
}

static void check_time(struct checker *c, struct event_info *info, const struct decl *decl) {
  const struct expr *written = decl->event.time;
  struct field *field =
      written != NULL ? clause_field(c, info, written) : default_field(info, STR("time"), STR("时间"));
  if (field == NULL && written == NULL) field = implicit_time(c, info);
  if (field == NULL) return;
  const bool fits = nuo__type_in(field->type, BIT(TYPE_INSTANT) | BIT(TYPE_ERROR));
  if (!fits || field->optional)
    REPORT(c, N0325, written != NULL ? written->span : field->span, TEXT(field->path), found_arg(c, field));
  info->type->time = field;
}

static void check_no_default(struct checker *c, const struct field *field, const struct expr *written,
                             struct diag_arg role) {
  if (field == NULL || field->absent == NULL) return;
  REPORT(c, N0337, field->absent->span, TEXT(field->path), role)->also = written->span;
}

static void check_subject_and_zone(struct checker *c, struct event_info *info, const struct decl *decl) {
  const struct expr *subject = decl->event.subject, *zone = decl->event.zone;
  if (subject != NULL) info->type->subject = clause_field(c, info, subject);
  if (info->type->subject != NULL && nuo__type_in(info->type->subject->type, TYPES_SEVERAL))
    REPORT(c, N0330, subject->span, TEXT(info->type->subject->path));
  check_no_default(c, info->type->subject, subject, PAIR("subject", "主体"));
  if (zone == NULL) return;
  info->type->zone = clause_field(c, info, zone);
  check_no_default(c, info->type->zone, zone, PAIR("zone", "时区"));
  if (info->type->zone == NULL || nuo__type_in(info->type->zone->type, BIT(TYPE_ZONE) | BIT(TYPE_ERROR)))
    return;
  REPORT(c, N0326, zone->span, TEXT(info->type->zone->path), nuo__type_arg(c, info->type->zone->type));
}

static void check_lateness(struct checker *c, struct event_type *event, struct expr *written) {
  static const int64_t unit_ms[] = {[UNIT_SECOND] = 1000, [UNIT_MINUTE] = 60000, [UNIT_HOUR] = 3600000};
  if (written == NULL) return;
  if (written->kind != EXPR_DURATION || written->unit > UNIT_HOUR)
    REPORT(c, N0333, written->span, nuo__names_arg(event->names));
  else if (nuo__check_expr(c, written, NULL), written->number <= INT64_MAX / unit_ms[written->unit])
    event->lateness = written->number * unit_ms[written->unit];
}

static void check_wire_name(struct checker *c, struct event_type *event, const struct expr *written) {
  event->wire_name = written != NULL ? written->text : nuo__inner_name(event->pack, event->names.en);
  uint32_t *first = nuo__pool_at(c->arena, &c->wire_names, event->wire_name.at, event->wire_name.len);
  if (*first == UINT32_MAX)
    *first = event->index;
  else
    REPORT(c, N0327, written != NULL ? written->span : event->span, TEXT(event->wire_name))->also =
        c->program->events.at[*first]->span;
}

static void check_event(struct checker *c, struct symbol *symbol) {
  const struct decl *decl = symbol->decl;
  struct event_info *info = ARENA_NEW(c->arena, struct event_info);
  struct event_type *event = info->type = ARENA_NEW(c->arena, struct event_type);
  *event = (struct event_type){.names = nuo__full_names(c, symbol->span, symbol->names),
                               .pack = nuo__pack_at(c, symbol->span),
                               .owner = nuo__owner_of(nuo__space_at(c, symbol->span)),
                               .enforceable = decl->event.enforceable,
                               .index = c->program->events.count,
                               .span = symbol->span};
  info->space = nuo__space_at(c, symbol->span);
  info->root.names = symbol->names;
  VEC_PUSH(c->arena, &c->program->events, event);
  VEC_PUSH(c->arena, &c->event_infos, info);
  symbol->object = info;
  if (decl->event.enforceable == decl->event.observed)
    REPORT(c, N0322, symbol->span, nuo__names_arg(symbol->names));
  const struct field_place top = {.depth = 0};
  add_members(c, event, &info->root, &top, decl->event.fields.at, decl->event.fields.count);
  check_wire_name(c, event, decl->event.wire_name);
  check_identity(c, info, decl);
  check_time(c, info, decl);
  check_subject_and_zone(c, info, decl);
  check_lateness(c, event, decl->event.lateness);
}

void nuo__check_events(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_EVENTS].count; i++)
    check_event(c, c->symbols[SPACE_EVENTS].at[i]);
}
