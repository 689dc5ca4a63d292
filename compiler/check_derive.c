// SPDX-License-Identifier: Apache-2.0
// Types of derived events: the one of breaches, whose fields are those of all events that may be breached,
// and what the types of duties share with it. Neither is ever read from the wire. Called by every part of
// `check` that asks for an event, and by check_duty_type.c.
#include <string.h>

#include "compiler/check.h"
#include "runtime/image.h"

#define NAME(en_, zh_)                                                                              \
  {                                                                                                 \
    .en = {en_, sizeof(en_) - 1}, .zh = {zh_, sizeof(zh_) - 1}, .written = { en_, sizeof(en_) - 1 } \
  }

bool nuo__is_breach(struct str name) {
  return nuo__str_is(name, "breach") || nuo__str_is(name, "违约");
}

bool nuo__field_takes(const struct field *derived, const struct field *from) {
  if (derived->source != NULL) return derived->source == from;
  return nuo__str_equal(derived->path, from->path) && nuo__type_equal(derived->type, from->type);
}

// ---- making a type ----
void nuo__check_wire_free(struct checker *c, const struct event_type *declared,
                          const struct event_type *derived) {
  if (declared->origin == EVENT_DECLARED && nuo__str_equal(declared->wire_name, derived->wire_name))
    REPORT(c, N0327, declared->span, TEXT(declared->wire_name))->also = derived->span;
}

struct event_info *nuo__derived_type(struct checker *c, const struct space *space, struct names names,
                                     enum event_origin origin, struct span span) {
  struct event_info *info = ARENA_NEW(c->arena, struct event_info);
  info->type = ARENA_NEW(c->arena, struct event_type);
  *info->type = (struct event_type){.names = nuo__outer_names(c->arena, space->pack, names),
                                    .pack = space->pack,
                                    .owner = nuo__owner_of(space),
                                    .origin = origin,
                                    .wire_name = names.en,
                                    .index = c->program->events.count,
                                    .span = span};
  info->space = space;
  info->root.names = names;
  VEC_PUSH(c->arena, &c->program->events, info->type);
  VEC_PUSH(c->arena, &c->event_infos, info);
  return info;
}

static struct field *add_field(struct checker *c, struct event_type *type, const struct field *model) {
  struct field *field = ARENA_NEW(c->arena, struct field);
  *field = *model;
  field->index = type->fields.count;
  field->event = type;
  VEC_PUSH(c->arena, &type->fields, field);
  return field;
}

struct field *nuo__derived_field(struct checker *c, struct event_info *info, struct names names,
                                 const struct type *type, bool optional) {
  struct member *member = ARENA_NEW(c->arena, struct member);
  struct str *members = nuo__arena_alloc(c->arena, sizeof *members);
  members[0] = names.en;
  const struct field field = {.path = names.en,
                              .path_zh = names.zh,
                              .members = members,
                              .depth = 1,
                              .type = type,
                              .optional = optional,
                              .optional_levels = optional,
                              .span = info->type->span};
  member->names = names;
  member->field = add_field(c, info->type, &field);
  nuo__member_add(c, &info->root, member);
  if (member->field->index == 0) info->type->identity = member->field;
  if (member->field->index == 1) info->type->time = member->field;
  return member->field;
}

// ---- taking over the fields of another type ----
// The member's leaves, of another type so far, become fields of this one, all of them optional.
static void adopt(struct checker *c, struct event_type *type, struct member *member) {
  for (uint32_t i = 0; i < member->members.count && member->clash == NULL; i++)
    adopt(c, type, member->members.at[i]);
  if (member->field == NULL || member->clash != NULL) return;
  member->sensitive |= member->field->sensitive;
  member->field = add_field(c, type, member->field);
  member->field->source = NULL;
  member->field->absent = NULL;
  member->field->optional = true;
  member->field->optional_levels = (1u << member->field->depth) - 1;
  member->field->sensitive = member->sensitive;
}

static struct member *copy_member(struct checker *c, const struct member *member) {
  struct member *copy = ARENA_NEW(c->arena, struct member);
  *copy = *member;
  memset(&copy->members, 0, sizeof copy->members);
  copy->named = (struct pool){0};
  for (uint32_t i = 0; i < member->members.count; i++)
    nuo__member_add(c, copy, copy_member(c, member->members.at[i]));
  return copy;
}

static bool is_taken(const struct member *record, const struct names *names) {
  return nuo__member_named(record, names->en) != NULL || nuo__member_named(record, names->zh) != NULL;
}

static void take_subject(struct event_type *type, const struct event_type *from) {
  for (uint32_t i = 0; from->subject != NULL && i < type->fields.count; i++)
    if (nuo__field_takes(type->fields.at[i], from->subject)) type->subject = type->fields.at[i];
}

// ---- what begins a duty ----
// Its leaves get a path that no other field has, for their own is taken.
static void adopt_renamed(struct checker *c, struct event_type *type, const struct names *owner,
                          struct member *member) {
  for (uint32_t i = 0; i < member->members.count && member->clash == NULL; i++)
    adopt_renamed(c, type, owner, member->members.at[i]);
  const struct field *source = member->field;
  if (source == NULL || member->clash != NULL) return;
  adopt(c, type, member);
  member->field->source = source;
  if (source->source != NULL) return;  // it has such a path already
  member->field->path = nuo__arena_format(c->arena, "%.*s's %.*s", (int)owner->en.len, owner->en.at,
                                          (int)source->path.len, source->path.at);
  member->field->path_zh = nuo__arena_format(c->arena, "%.*s的%.*s", (int)owner->zh.len, owner->zh.at,
                                             (int)source->path_zh.len, source->path_zh.at);
}

static const struct field *origin_of(const struct field *field) {
  while (field->source != NULL) field = field->source;
  return field;
}

bool nuo__is_identity_again(const struct field *field) {
  return field->source != NULL && origin_of(field) == origin_of(field)->event->identity;
}

// The duty's own `id` is the same text.
static bool is_same_identity(const struct event_info *from, const struct member *member) {
  const struct field *field = member->field;
  return field != NULL && field == from->type->identity && field->type->kind == TYPE_TEXT &&
         !field->sensitive;
}

static void take_member(struct checker *c, struct event_info *info, const struct event_info *from,
                        const struct member *member) {
  struct member *copy = copy_member(c, member);
  nuo__member_add(c, &info->begun, copy);
  if (!is_taken(&info->root, &member->names)) {
    adopt(c, info->type, copy);
    nuo__member_add(c, &info->root, copy);
  } else if (is_same_identity(from, member)) {
    copy->field = info->type->identity;
  } else {
    adopt_renamed(c, info->type, &info->begun.names, copy);
  }
}

void nuo__derived_take_over(struct checker *c, struct event_info *info, const struct event_info *from) {
  const bool again = from->begun.members.count > 0;
  const struct member *begun = again ? &from->begun : &from->root;
  info->begun.names = begun->names;
  for (uint32_t i = 0; i < begun->members.count; i++) take_member(c, info, from, begun->members.at[i]);
  // Beside them a duty that was missed has the value of its `for each`.
  for (uint32_t i = 0; again && i < from->root.members.count; i++) {
    if (is_taken(&info->root, &from->root.members.at[i]->names)) continue;
    struct member *copy = copy_member(c, from->root.members.at[i]);
    adopt(c, info->type, copy);
    nuo__member_add(c, &info->root, copy);
  }
  take_subject(info->type, from->type);
}

// ---- the fields of all events, as one tree ----
struct told_events {
  VEC(const struct event_info *) infos;
};

// While the tree grows, its leaves are fields of the events that they come from.
static const struct event_type *event_of(const struct member *member) {
  while (member->field == NULL && member->members.count > 0) member = member->members.at[0];
  return member->field != NULL ? member->field->event : NULL;
}

static void set_clash(struct checker *c, struct member *there, const struct member *member) {
  const struct event_type *one = event_of(there), *other = event_of(member);
  if (there->clash != NULL || one == NULL || other == NULL) return;
  struct clash *clash = ARENA_NEW(c->arena, struct clash);
  *clash = (struct clash){one, other};
  there->clash = clash;
}

static void merge_records(struct checker *c, struct member *to, const struct member *from);

// The same English name stands for the same thing when the types agree all the way down.
static void merge_same(struct checker *c, struct member *to, struct member *there,
                       const struct member *member) {
  const bool leaf = member->field != NULL;
  if (leaf != (there->field != NULL) || (leaf && !nuo__type_equal(member->field->type, there->field->type))) {
    set_clash(c, there, member);
    return;
  }
  if (!nuo__str_equal(there->names.zh, member->names.zh)) nuo__member_also(c, to, there, member->names.zh);
  if (leaf)
    there->sensitive |= member->field->sensitive;
  else
    merge_records(c, there, member);
}

static void merge_member(struct checker *c, struct member *to, const struct member *member) {
  struct member *there = nuo__member_named(to, member->names.en);
  if (there != NULL && nuo__str_equal(there->names.en, member->names.en)) {
    merge_same(c, to, there, member);
    return;
  }
  // A name that means one thing in one event and another in the other one: nobody could say which.
  struct member *called = there != NULL ? there : nuo__member_named(to, member->names.zh);
  struct member *copy = copy_member(c, member);
  if (called != NULL) set_clash(c, called, member);
  if (called != NULL) copy->clash = called->clash;
  nuo__member_add(c, to, copy);
}

static void merge_records(struct checker *c, struct member *to, const struct member *from) {
  for (uint32_t i = 0; i < from->members.count; i++) merge_member(c, to, from->members.at[i]);
}

// ---- breaches ----
static const struct type *enumeration_type(struct checker *c, struct names names, const struct names *items,
                                           uint32_t count) {
  struct enumeration *enumeration = ARENA_NEW(c->arena, struct enumeration);
  struct type *type = ARENA_NEW(c->arena, struct type);
  enumeration->names = names;
  for (uint32_t i = 0; i < count; i++) nuo__enumerator_add(c, enumeration, items[i]);
  *type = (struct type){.kind = TYPE_ENUM, .enumeration = enumeration};
  return type;
}

// The severities of the policy itself, and by their outer names those of the policies that it uses.
static const struct type *severity_type(struct checker *c, struct breach_type *breach) {
  static const struct names names = NAME("severity", "程度");
  const struct program *program = c->program;
  struct names *items = nuo__arena_alloc(c->arena, (program->severities.count + 1) * sizeof *items);
  for (int own = 1; own >= 0; own--) {
    for (uint32_t i = 0; i < program->severities.count; i++) {
      const struct severity *severity = &program->severities.at[i];
      const bool is_own = severity->pack == breach->pack;
      if (is_own != (own == 1) || !nuo__breach_tells(breach, severity->pack)) continue;
      items[breach->severities.count] =
          is_own ? nuo__inner_names(severity->pack, severity->names) : severity->names;
      VEC_PUSH(c->arena, &breach->severities, i);
    }
  }
  return enumeration_type(c, names, items, breach->severities.count);
}

static const struct type *action_type(struct checker *c) {
  static const struct names names = NAME("action", "处置");
  static const struct names items[] = {NAME("allow", "放行"), NAME("note", "记录"), NAME("amend", "修改"),
                                       NAME("defer", "延后"), NAME("hold", "待审"), NAME("block", "拦截")};
  return enumeration_type(c, names, items, sizeof items / sizeof *items);
}

static void add_fixed(struct checker *c, struct event_info *info, struct breach_type *breach) {
  static const struct names names[BREACH_FIELDS] = {
      [BREACH_ID] = NAME("id", "编号"),         [BREACH_TIME] = NAME("time", "时间"),
      [BREACH_EVENT] = NAME("event", "事件"),   [BREACH_RULE] = NAME("rule", "规则"),
      [BREACH_CLAUSE] = NAME("clause", "条款"), [BREACH_SEVERITY] = NAME("severity", "程度"),
      [BREACH_ACTION] = NAME("action", "处置"), [BREACH_PACK] = NAME("pack", "所属政策")};
  const struct type *const text = nuo__type_simple(TYPE_TEXT);
  const struct type *types[BREACH_FIELDS] = {[BREACH_ID] = text,
                                             [BREACH_TIME] = nuo__type_simple(TYPE_INSTANT),
                                             [BREACH_EVENT] = text,
                                             [BREACH_RULE] = text,
                                             [BREACH_CLAUSE] = text,
                                             [BREACH_SEVERITY] = severity_type(c, breach),
                                             [BREACH_ACTION] = action_type(c),
                                             [BREACH_PACK] = text};
  static const enum field_names named[BREACH_FIELDS] = {[BREACH_EVENT] = NAMES_EVENT,
                                                        [BREACH_RULE] = NAMES_RULE,
                                                        [BREACH_CLAUSE] = NAMES_CLAUSE,
                                                        [BREACH_PACK] = NAMES_PACK};
  static const bool optional[BREACH_FIELDS] = {
      [BREACH_CLAUSE] = true, [BREACH_SEVERITY] = true, [BREACH_PACK] = true};
  for (int i = 0; i < BREACH_FIELDS; i++) {
    struct field *field = nuo__derived_field(c, info, names[i], types[i], optional[i]);
    field->names = named[i];
    field->told = breach;
  }
}

// Where a duty has a field of its own beside one of the event that begins it, a breach could mean either.
static void add_hidden(struct checker *c, struct member *all, const struct event_info *info) {
  for (uint32_t i = 0; i < info->begun.members.count; i++) {
    const struct names *names = &info->begun.members.at[i]->names;
    const struct member *own = nuo__member_named(&info->root, names->en);
    if (own == NULL) own = nuo__member_named(&info->root, names->zh);
    if (own == info->begun.members.at[i] || own->field == info->begun.members.at[i]->field) continue;
    struct member *there = nuo__member_named(all, own->names.en);
    if (there != NULL) set_clash(c, there, own);
  }
}

// The zone in which the cause was judged. It has no name that a rule could say, so it takes none from a
// field.
static void add_zone(struct checker *c, struct event_type *breach, const struct told_events *told) {
  struct field zone = {.path = STR("event's zone"),
                       .path_zh = STR("事件的时区"),
                       .type = nuo__type_simple(TYPE_ZONE),
                       .optional = true,
                       .span = breach->span};
  for (uint32_t i = 0; i < told->infos.count; i++) {
    const struct field *of_event = told->infos.at[i]->type->zone;
    zone.sensitive |= of_event != NULL && of_event->sensitive;
  }
  breach->zone = add_field(c, breach, &zone);
}

// What has a name of its own here is not taken over.
static void take_all(struct checker *c, struct event_info *info, const struct member *all) {
  VEC(struct member *) taken = {0};
  for (uint32_t i = 0; i < all->members.count; i++)
    if (!is_taken(&info->root, &all->members.at[i]->names)) VEC_PUSH(c->arena, &taken, all->members.at[i]);
  for (uint32_t i = 0; i < taken.count; i++) {
    adopt(c, info->type, taken.at[i]);
    nuo__member_add(c, &info->root, taken.at[i]);
  }
}

// The events that a breach may be about: those in sight of the policy, and of the policies that it uses.
static struct told_events told_events(struct checker *c, const struct space *space) {
  struct told_events told = {{0}};
  for (uint32_t i = 0; i < c->event_infos.count; i++)
    if (c->event_infos.at[i]->type->origin != EVENT_BREACH &&
        nuo__space_reaches(space, c->event_infos.at[i]->space))
      VEC_PUSH(c->arena, &told.infos, c->event_infos.at[i]);
  return told;
}

struct event_info *nuo__check_breach_type(struct checker *c, struct space *space) {
  static const struct names names = NAME("breach", "违约");
  if (space->breach != NULL) return space->breach;
  const struct told_events told = told_events(c, space);
  struct breach_type *breach = ARENA_NEW(c->arena, struct breach_type);
  struct event_info *info = space->breach =
      nuo__derived_type(c, space, names, EVENT_BREACH, (struct span){0});
  struct member all = {.field = NULL};
  *breach = (struct breach_type){.event = info->type, .pack = space->pack};
  VEC_PUSH(c->arena, &c->program->breaches, breach);
  add_fixed(c, info, breach);
  for (uint32_t i = 0; i < told.infos.count; i++) {
    merge_records(c, &all, &told.infos.at[i]->root);
    add_hidden(c, &all, told.infos.at[i]);
    nuo__check_wire_free(c, told.infos.at[i]->type, info->type);
  }
  take_all(c, info, &all);
  for (uint32_t i = 0; i < told.infos.count && info->type->subject == NULL; i++)
    take_subject(info->type, told.infos.at[i]->type);
  add_zone(c, info->type, &told);
  return info;
}

static uint32_t place_of(const struct breach_type *type) {
  return type->pack != NULL ? type->pack->index : UINT32_MAX;
}

// By insertion: there are few, made in the order in which somebody asked.
void nuo__sort_breach_types(struct checker *c) {
  struct breach_type **at = c->program->breaches.at;
  for (uint32_t i = 1; i < c->program->breaches.count; i++) {
    struct breach_type *type = at[i];
    uint32_t k = i;
    for (; k > 0 && place_of(at[k - 1]) > place_of(type); k--) at[k] = at[k - 1];
    at[k] = type;
  }
}
