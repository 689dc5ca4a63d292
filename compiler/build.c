// SPDX-License-Identifier: Apache-2.0
// Makers of declarations: policy, types, parameters, tables, lexicons, calendars and events. Rules and tests
// are in build_rule.c.
#include "compiler/build.h"

#include "grammar.h"

struct name nuo__build_ref(const struct token *of, const struct token *name) {
  struct name ref = {.text = name->text, .span = name->span};
  if (of == NULL) return ref;
  ref.of = of->text;
  ref.of_span = of->span;
  return ref;
}

struct names nuo__build_names(struct parser *p, const struct token *first, const struct token *second) {
  struct names names = {first->text, first->text, first->text, first->span};
  if (second == NULL) return names;
  names.span.end = second->span.end;
  const bool chinese = nuo__str_has_han(first->text);
  if (chinese == nuo__str_has_han(second->text))
    nuo__diag_add1(p->diags, DIAG_N0212, names.span, nuo__diag_text(first->text));
  *(chinese ? &names.en : &names.zh) = second->text;
  if (p->file->trace != NULL)
    VEC_PUSH(p->arena, &p->file->trace->pairs, (struct name_pair){first->span, second->span});
  return names;
}

void nuo__build_begin(struct parser *p, enum decl_kind kind, const struct token *keyword,
                      const struct names *names) {
  p->decl = ARENA_NEW(p->arena, struct decl);
  p->decl->kind = kind;
  p->decl->span = keyword->span;
  p->decl->clause = p->clause;
  if (names != NULL) p->decl->names = *names;
  p->deep = false;
}

void nuo__build_end(struct parser *p) {
  p->decl->span.end = p->feed->end;
  VEC_PUSH(p->arena, &p->file->decls, p->decl);
}

bool nuo__build_again(struct parser *p, const struct token *keyword, bool given) {
  if (given) nuo__diag_add1(p->diags, DIAG_N0209, keyword->span, nuo__diag_text(keyword->text));
  return given;
}

static void set_expr(struct parser *p, const struct token *keyword, struct expr **slot, struct expr *e) {
  if (!nuo__build_again(p, keyword, *slot != NULL)) *slot = e;
}

struct effective nuo__build_effective(struct parser *p, const struct token *keyword, struct expr *from,
                                      struct expr *until) {
  struct effective effective = {from, until, keyword->span};
  effective.span.end = p->feed->end;
  return effective;
}

void nuo__build_set_effective(struct parser *p, struct effective *slot, struct effective effective) {
  const struct token keyword = {.span = effective.span, .text = STR("effective from")};
  if (!nuo__build_again(p, &keyword, slot->from != NULL)) *slot = effective;
}

// ---- policy ----

void nuo__build_policy_title(struct parser *p, const struct token *keyword, struct expr *text) {
  set_expr(p, keyword, &p->decl->policy.title, text);
}

void nuo__build_policy_version(struct parser *p, const struct token *keyword, struct expr *text) {
  set_expr(p, keyword, &p->decl->policy.version, text);
}

void nuo__build_policy_zone(struct parser *p, const struct token *keyword, struct expr *text) {
  set_expr(p, keyword, &p->decl->policy.zone, text);
}

void nuo__build_policy_calendar(struct parser *p, const struct token *keyword, const struct token *name) {
  struct policy_decl *policy = &p->decl->policy;
  if (!nuo__build_again(p, keyword, policy->calendar.text.at != NULL))
    policy->calendar = nuo__build_ref(NULL, name);
}

void nuo__build_policy_undetermined(struct parser *p, const struct token *keyword, struct action *action) {
  struct policy_decl *policy = &p->decl->policy;
  if (!nuo__build_again(p, keyword, policy->undetermined != NULL)) policy->undetermined = action;
}

void nuo__build_policy_effective(struct parser *p, struct effective effective) {
  nuo__build_set_effective(p, &p->decl->policy.effective, effective);
}

void nuo__build_use(struct parser *p, const struct token *keyword, const struct token *name) {
  nuo__build_begin(p, DECL_USE, keyword, NULL);
  p->decl->use = nuo__build_ref(NULL, name);
}

void nuo__build_severities(struct parser *p, const struct token *keyword, const struct names *names) {
  nuo__build_begin(p, DECL_SEVERITIES, keyword, NULL);
  nuo__build_severity(p, names);
}

void nuo__build_severity(struct parser *p, const struct names *names) {
  VEC_PUSH(p->arena, &p->decl->severities, (struct enumerator_decl){*names});
}

// ---- types ----

struct type_expr *nuo__build_type_name(struct parser *p, const struct name *name) {
  struct type_expr *type = ARENA_NEW(p->arena, struct type_expr);
  type->span = name->of.at != NULL ? name->of_span : name->span;
  type->span.end = name->span.end;
  type->name = *name;
  return type;
}

struct type_expr *nuo__build_enumerator(struct parser *p, struct type_expr *type, const struct names *names) {
  if (type == NULL) type = ARENA_NEW(p->arena, struct type_expr);
  VEC_PUSH(p->arena, &type->enumerators, (struct enumerator_decl){*names});
  return type;
}

struct type_expr *nuo__build_one_of(struct parser *p, const struct token *keyword, struct type_expr *type,
                                    const struct token *close) {
  (void)p;
  type->one_of = true;
  type->span = keyword->span;
  type->span.end = close->span.end;
  return type;
}

struct type_expr *nuo__build_list_of(struct parser *p, const struct token *keyword,
                                     struct type_expr *element) {
  struct type_expr *type = ARENA_NEW(p->arena, struct type_expr);
  type->list_of = true;
  type->element = element;
  type->span = keyword->span;
  type->span.end = element->span.end;
  return type;
}

void nuo__build_type(struct parser *p, const struct token *keyword, const struct names *names,
                     struct type_expr *type) {
  nuo__build_begin(p, DECL_TYPE, keyword, names);
  p->decl->type = type;
}

// ---- parameters, definitions ----

void nuo__build_dated_value(struct parser *p, struct expr *value, struct expr *from, struct expr *reviewed) {
  struct dated_value dated = {.value = value, .from = from, .reviewed = reviewed};
  const uint32_t end = p->feed->end;
  dated.span = (struct span){p->number, value != NULL ? value->span.start : end, end};
  VEC_PUSH(p->arena, &p->decl->parameter.values, dated);
}

void nuo__build_fill(struct parser *p, const struct token *keyword, const struct token *of,
                     const struct token *name) {
  nuo__build_begin(p, DECL_FILL, keyword, NULL);
  p->decl->parameter.fills = nuo__build_ref(of, name);
}

void nuo__build_parameter(struct parser *p, struct type_expr *type) {
  p->decl->parameter.type = type;
}

void nuo__build_param(struct parser *p, const struct names *names, struct type_expr *type) {
  const struct param_decl param = {*names, type};
  if (p->decl->kind == DECL_FACT)
    VEC_PUSH(p->arena, &p->decl->fact.params, param);
  else
    VEC_PUSH(p->arena, &p->decl->define.params, param);
}

void nuo__build_define(struct parser *p, struct type_expr *type, struct expr *body) {
  (void)p;
  p->decl->define.type = type;
  p->decl->define.body = body;
}

// ---- tables, lexicons, calendars ----

void nuo__build_table_path(struct parser *p, struct expr *path) {
  VEC_PUSH(p->arena, &p->decl->table.keys, (struct table_key){.path = path});
}

void nuo__build_table_param(struct parser *p, const struct names *names, struct type_expr *type) {
  VEC_PUSH(p->arena, &p->decl->table.keys, (struct table_key){.param = {*names, type}});
}

void nuo__build_table(struct parser *p, struct type_expr *result, const struct token *mode) {
  p->decl->table.result = result;
  p->decl->table.first = mode->kind == TK_FIRST;
}

void nuo__build_table_effective(struct parser *p, struct effective effective) {
  nuo__build_set_effective(p, &p->decl->table.effective, effective);
}

void nuo__build_lexicon(struct parser *p, struct text_source texts) {
  p->decl->lexicon.texts = texts;
}

void nuo__build_lexicon_except(struct parser *p, const struct token *keyword, struct text_source texts) {
  struct text_source *slot = &p->decl->lexicon.excepted;
  if (!nuo__build_again(p, keyword, slot->file != NULL || slot->entries != NULL)) *slot = texts;
}

void nuo__build_lexicon_strict(struct parser *p, const struct token *keyword) {
  nuo__build_again(p, keyword, p->decl->lexicon.evasion_strict);
  p->decl->lexicon.evasion_strict = true;
}

static void add_days(struct parser *p, expr_list *to, const expr_list *days) {
  for (uint32_t i = 0; i < days->count; i++) VEC_PUSH(p->arena, to, days->at[i]);
}

void nuo__build_calendar(struct parser *p, struct expr *covers) {
  p->decl->calendar.covers = covers;
}

void nuo__build_calendar_rest(struct parser *p, const expr_list *days) {
  add_days(p, &p->decl->calendar.rest, days);
}

void nuo__build_calendar_work(struct parser *p, const expr_list *days) {
  add_days(p, &p->decl->calendar.work, days);
}

// ---- events ----

void nuo__build_event_wire(struct parser *p, const struct token *keyword, const struct token *first,
                           const struct token *wire, const struct token *second) {
  const struct names names = nuo__build_names(p, first, second);
  nuo__build_begin(p, DECL_EVENT, keyword, &names);
  p->decl->event.wire_name = nuo__build_text(p, wire);
}

void nuo__build_event_kind(struct parser *p, const struct token *keyword, bool enforceable) {
  struct event_decl *event = &p->decl->event;
  nuo__build_again(p, keyword, enforceable ? event->enforceable : event->observed);
  *(enforceable ? &event->enforceable : &event->observed) = true;
}

void nuo__build_event_identity(struct parser *p, const struct token *keyword, struct expr *path) {
  set_expr(p, keyword, &p->decl->event.identity, path);
}

void nuo__build_event_time(struct parser *p, const struct token *keyword, struct expr *path) {
  set_expr(p, keyword, &p->decl->event.time, path);
}

void nuo__build_event_subject(struct parser *p, const struct token *keyword, struct expr *path) {
  set_expr(p, keyword, &p->decl->event.subject, path);
}

void nuo__build_event_zone(struct parser *p, const struct token *keyword, struct expr *path) {
  set_expr(p, keyword, &p->decl->event.zone, path);
}

void nuo__build_event_lateness(struct parser *p, const struct token *keyword, struct expr *duration) {
  set_expr(p, keyword, &p->decl->event.lateness, duration);
}

struct field_decl *nuo__build_fields(struct parser *p) {
  return ARENA_NEW(p->arena, struct field_decl);
}

struct field_decl *nuo__build_field_add(struct parser *p, struct field_decl *list,
                                        const struct field_decl *field) {
  VEC_PUSH(p->arena, &list->fields, *field);
  return list;
}

struct field_decl *nuo__build_field_name(struct parser *p, const struct names *names) {
  struct field_decl *field = ARENA_NEW(p->arena, struct field_decl);
  field->names = *names;
  field->span = names->span;
  return field;
}

struct field_decl *nuo__build_field_optional(struct parser *p, const struct token *first,
                                             const struct token *second) {
  const struct names names = nuo__build_names(p, first, second);
  struct field_decl *field = nuo__build_field_name(p, &names);
  field->optional = true;
  return field;
}

struct field_decl *nuo__build_field(struct parser *p, struct field_decl *field, struct type_expr *type,
                                    bool sensitive, struct expr *absent) {
  field->type = type;
  field->absent = absent;
  field->sensitive = sensitive;
  field->span.end = p->feed->end;
  return field;
}

static void take_fields(struct field_decl *to, const struct field_decl *list) {
  to->fields.at = list->fields.at;
  to->fields.count = list->fields.count;
  to->fields.cap = list->fields.cap;
}

struct field_decl *nuo__build_record(struct parser *p, struct field_decl *field,
                                     const struct field_decl *list) {
  take_fields(field, list);
  field->span.end = p->feed->end;
  return field;
}

void nuo__build_event(struct parser *p, const struct field_decl *list) {
  struct event_decl *event = &p->decl->event;
  event->fields.at = list->fields.at;
  event->fields.count = list->fields.count;
  event->fields.cap = list->fields.cap;
}
