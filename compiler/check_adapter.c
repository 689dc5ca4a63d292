// SPDX-License-Identifier: Apache-2.0
// Adapters: where the fields of an event stand in somebody else's format, and how they are written there.
// What the words of a source give has to fit the type of its field. Called by nuo__check.
#include <string.h>

#include "compiler/check.h"
#include "runtime/limits.h"

#define SPAN_TYPES (BIT(TYPE_NUMBER) | BIT(TYPE_DURATION))

static struct str written(struct checker *c, struct span span) {
  const struct str text = c->program->files.at[span.file].text;
  return (struct str){text.at + span.start, span.end - span.start};
}

// ---- places ----

static bool is_place(struct str path, bool header) {
  if (path.len == 0 || path.len >= LIMIT_MEMBER_NAME) return false;
  if (header) return true;
  for (uint32_t i = 0; i < path.len; i++)
    if (path.at[i] == '.' && (i == 0 || i + 1 == path.len || path.at[i - 1] == '.')) return false;
  return true;
}

// Names of headers are compared without case.
static struct str small_letters(struct checker *c, struct str text) {
  char *small = nuo__arena_alloc(c->arena, text.len + 1);
  for (uint32_t i = 0; i < text.len; i++)
    small[i] = text.at[i] >= 'A' && text.at[i] <= 'Z' ? (char)(text.at[i] - 'A' + 'a') : text.at[i];
  return (struct str){small, text.len};
}

static void check_place(struct checker *c, const struct source_decl *from, struct adapter_source *source) {
  source->header = from->header;
  source->path = from->header ? small_letters(c, from->path->text) : from->path->text;
  if (!is_place(from->path->text, from->header)) REPORT(c, N1002, from->path->span, TEXT(from->path->text));
}

// ---- how a value is written ----

static uint32_t given_by_conversion(const struct source_decl *from) {
  switch (from->conversion) {
    case CONVERT_SECONDS:
    case CONVERT_MILLISECONDS:
      return SPAN_TYPES;
    case CONVERT_STAMP_SECONDS:
    case CONVERT_STAMP_MILLISECONDS:
    case CONVERT_STAMP_EITHER:
    case CONVERT_LOCAL:
    case CONVERT_GATEWAY:
    case CONVERT_MAIL_DATE:
      return from->expiring ? SPAN_TYPES : BIT(TYPE_INSTANT);
    case CONVERT_OFFSET:
      return BIT(TYPE_ZONE);
    case CONVERT_COMMAS:
      return BIT(TYPE_LIST);
    case CONVERT_ADDRESS:
    case CONVERT_MAIL_TEXT:
      return BIT(TYPE_TEXT);
    case CONVERT_NONE:
      break;
  }
  if (from->inverted) return BIT(TYPE_FLAG);
  if (from->times != NULL) return BIT(TYPE_NUMBER) | BIT(TYPE_DECIMAL);
  if (from->chosen) return TYPES_SCALAR;
  return (TYPES_SCALAR | BIT(TYPE_LIST)) & ~BIT(TYPE_DURATION);
}

static bool is_moment(enum conversion conversion) {
  return (conversion >= CONVERT_STAMP_SECONDS && conversion <= CONVERT_GATEWAY) ||
         conversion == CONVERT_MAIL_DATE;
}

static bool fits(const struct source_decl *from, const struct type *type, bool each) {
  if (type->kind == TYPE_ERROR) return true;
  if (each && from->conversion == CONVERT_COMMAS) return type->kind == TYPE_TEXT;
  if (from->conversion == CONVERT_COMMAS && type->kind == TYPE_LIST)
    return type->element->kind == TYPE_TEXT || type->element->kind == TYPE_ENUM;
  return nuo__type_in(type, given_by_conversion(from));
}

static void check_words(struct checker *c, const struct source_decl *from, const struct field *field,
                        bool each) {
  const uint32_t ways = from->conversions + from->inverted + (from->times != NULL);
  if (ways > 1 || (each && (from->chosen || from->times != NULL || from->inverted || from->expiring)))
    REPORT(c, N1004, from->span, TEXT(written(c, from->span)));
  else if (from->expiring && !is_moment(from->conversion))
    REPORT0(c, N1005, from->span);
  else if (ways == 0 && !from->chosen && field->type->kind == TYPE_DURATION)
    REPORT(c, N1007, from->span, TEXT(field->path));
  else if (!fits(from, field->type, each))
    REPORT(c, N1003, from->span, TEXT(written(c, from->span)),
           nuo__names_arg((struct names){.en = field->path, .zh = field->path_zh}),
           nuo__type_arg(c, field->type));
  if (from->zone != NULL && !nuo__zone_known(from->zone->text))
    REPORT(c, N0438, from->zone->span, TEXT(from->zone->text));
}

static struct str key_text(struct checker *c, const struct expr *key) {
  if (key->kind == EXPR_ANY) return (struct str){NULL, 0};
  return key->kind == EXPR_TEXT
             ? key->text
             : nuo__value_text(c->arena, nuo__type_simple(TYPE_NUMBER), key->number, false);
}

static bool is_listed(const struct adapter_source *source, struct str key) {
  for (uint32_t i = 0; i < source->choices.count; i++) {
    const struct str other = source->choices.at[i].key;
    if (other.at == NULL || (key.at != NULL && nuo__str_equal(other, key))) return true;
  }
  return false;
}

static void check_choices(struct checker *c, const struct source_decl *from, const struct type *type,
                          struct adapter_source *source) {
  for (uint32_t i = 0; i < from->choices.count; i++) {
    const struct choice_decl *choice = &from->choices.at[i];
    const struct str key = key_text(c, choice->key);
    if (is_listed(source, key)) {
      REPORT(c, N1006, choice->key->span, TEXT(written(c, choice->key->span)));
      continue;
    }
    struct expr *value = nuo__check_constant(c, choice->value, type, DIAG_N1010);
    VEC_PUSH(c->arena, &source->choices, (struct adapter_choice){.key = key, .value = value});
  }
}

static void check_source(struct checker *c, const struct source_decl *from, const struct field *field,
                         bool each, struct adapter_source *source) {
  check_place(c, from, source);
  check_words(c, from, field, each);
  check_choices(c, from, field->type, source);
  source->inverted = from->inverted;
  source->expiring = from->expiring;
  source->conversion = from->conversion;
  if (from->zone != NULL) source->zone = from->zone->text;
  if (from->times != NULL) source->times = from->times->number;
}

// ---- fields ----

static bool is_mapped(const struct adapter *adapter, const struct field *field) {
  for (uint32_t i = 0; i < adapter->mappings.count; i++)
    if (adapter->mappings.at[i].field == field) return true;
  return false;
}

static bool has_each(const struct adapter *adapter) {
  for (uint32_t i = 0; i < adapter->mappings.count; i++)
    if (adapter->mappings.at[i].each) return true;
  return false;
}

static void check_each(struct checker *c, const struct adapter *adapter, const struct mapping_decl *from,
                       const struct field *field) {
  const struct field *identity = adapter->event->identity;
  if (has_each(adapter)) REPORT(c, N1008, from->span, nuo__names_arg(adapter->names));
  const struct field *wrong = !nuo__type_in(field->type, BIT(TYPE_TEXT) | BIT(TYPE_ERROR))        ? field
                              : identity != NULL && !nuo__type_in(identity->type, BIT(TYPE_TEXT)) ? identity
                                                                                                  : NULL;
  if (wrong != NULL)
    REPORT(c, N1009, from->span, nuo__names_arg((struct names){.en = wrong->path, .zh = wrong->path_zh}));
}

// `or` between flags that are read as they are.
static bool are_alternatives(struct checker *c, const struct mapping_decl *from, const struct field *field) {
  bool good = from->alternatives + 1 == from->sources.count && !from->each &&
              nuo__type_in(field->type, BIT(TYPE_FLAG) | BIT(TYPE_ERROR));
  if (from->alternatives == 0) return false;
  for (uint32_t i = 0; i < from->sources.count; i++) good = good && !from->sources.at[i].chosen;
  if (!good) REPORT0(c, N1014, from->span);
  return good;
}

static void check_mapping(struct checker *c, const struct event_info *event, const struct mapping_decl *from,
                          struct adapter *adapter) {
  if (from->field->kind != EXPR_PATH) return;
  const struct field *field = nuo__check_field(c, &event->root, &from->field->path, from->field->span);
  if (field == NULL) return;
  if (is_mapped(adapter, field)) {
    REPORT(c, N1001, from->field->span,
           nuo__names_arg((struct names){.en = field->path, .zh = field->path_zh}),
           nuo__names_arg(adapter->names));
    return;
  }
  if (from->each) check_each(c, adapter, from, field);
  struct adapter_mapping mapping = {
      .field = field, .each = from->each, .alternatives = are_alternatives(c, from, field)};
  for (uint32_t i = 0; i < from->sources.count; i++) {
    struct adapter_source source = {.conversion = CONVERT_NONE};
    check_source(c, &from->sources.at[i], field, from->each, &source);
    VEC_PUSH(c->arena, &mapping.sources, source);
  }
  if (from->value != NULL) mapping.value = nuo__check_constant(c, from->value, field->type, DIAG_N1010);
  VEC_PUSH(c->arena, &adapter->mappings, mapping);
}

static int order_of(const struct adapter *adapter, const struct adapter_mapping *mapping) {
  if (mapping->field == adapter->event->time) return 0;
  for (uint32_t i = 0; i < mapping->sources.count; i++)
    if (mapping->sources.at[i].expiring || mapping->sources.at[i].conversion == CONVERT_GATEWAY) return 2;
  return 1;
}

static void put_in_order(struct checker *c, struct adapter *adapter) {
  const uint32_t count = adapter->mappings.count;
  struct adapter_mapping *sorted = nuo__arena_alloc(c->arena, (count + 1) * sizeof *sorted);
  uint32_t n = 0;
  for (int order = 0; order <= 2; order++)
    for (uint32_t i = 0; i < count; i++)
      if (order_of(adapter, &adapter->mappings.at[i]) == order) sorted[n++] = adapter->mappings.at[i];
  if (count > 0) memcpy(adapter->mappings.at, sorted, count * sizeof *sorted);
}

// ---- the whole ----

static void check_refused(struct checker *c, const struct adapter_decl *decl, struct adapter *adapter) {
  for (uint32_t i = 0; i < decl->refused.count; i++) {
    const struct source_decl *from = &decl->refused.at[i];
    struct adapter_source source = {.conversion = CONVERT_NONE};
    check_place(c, from, &source);
    check_choices(c, from, nuo__type_simple(TYPE_FLAG), &source);
    if (from->conversions > 0 || from->inverted || from->expiring || from->times != NULL)
      REPORT0(c, N1011, from->span);
    VEC_PUSH(c->arena, &adapter->refused, source);
  }
}

static uint32_t count_names(const struct adapter_source *source) {
  uint32_t count = 1;
  for (uint32_t i = 0; !source->header && i < source->path.len; i++) count += source->path.at[i] == '.';
  return count;
}

static void check_size(struct checker *c, const struct adapter *adapter) {
  uint32_t count = 2;
  for (uint32_t i = 0; i < adapter->mappings.count; i++)
    for (uint32_t k = 0; k < adapter->mappings.at[i].sources.count; k++)
      count += count_names(&adapter->mappings.at[i].sources.at[k]);
  for (uint32_t i = 0; i < adapter->refused.count; i++) count += count_names(&adapter->refused.at[i]);
  if (adapter->route != NULL) count += count_names(adapter->route);
  if (count > LIMIT_ADAPTER_PLACES)
    REPORT(c, N1012, adapter->span, nuo__names_arg(adapter->names),
           nuo__diag_number(c->diags, LIMIT_ADAPTER_PLACES));
}

static void check_adapter(struct checker *c, struct symbol *symbol) {
  const struct adapter_decl *decl = &symbol->decl->adapter;
  if (decl->route != NULL) return;
  const struct symbol *to = nuo__resolve(c, SPACE_EVENTS, &decl->event, DIAG_N0310);
  if (to == NULL || to->object == NULL) return;
  const struct event_info *event = to->object;
  struct adapter *adapter = ARENA_NEW(c->arena, struct adapter);
  *adapter = (struct adapter){
      .names = nuo__full_names(c, symbol->span, symbol->names), .event = event->type, .span = symbol->span};
  for (uint32_t i = 0; i < decl->mappings.count; i++) check_mapping(c, event, &decl->mappings.at[i], adapter);
  check_refused(c, decl, adapter);
  check_size(c, adapter);
  put_in_order(c, adapter);
  symbol->object = adapter;
  VEC_PUSH(c->arena, &c->program->adapters, adapter);
}

// ---- routes ----

static void check_target(struct checker *c, const struct choice_decl *choice, struct adapter_source *route) {
  const struct expr *value = choice->value;
  const struct str key = key_text(c, choice->key);
  if (value->kind != EXPR_PATH || value->path.count != 1) {
    REPORT(c, N1016, value->span, TEXT(written(c, value->span)));
    return;
  }
  const struct symbol *to = nuo__resolve(c, SPACE_ADAPTERS, &value->path.at[0], DIAG_N1016);
  if (to == NULL) return;
  if (to->decl->adapter.route != NULL) REPORT(c, N1017, value->span, nuo__names_arg(to->names));
  if (is_listed(route, key)) REPORT(c, N1006, choice->key->span, TEXT(written(c, choice->key->span)));
  if (to->object == NULL || to->decl->adapter.route != NULL) return;
  VEC_PUSH(c->arena, &route->choices, (struct adapter_choice){.key = key, .to = to->object});
}

// An adapter that leaves the event to others: by the values of one place.
static void check_route(struct checker *c, const struct symbol *symbol) {
  const struct source_decl *from = symbol->decl->adapter.route;
  if (from == NULL) return;
  struct adapter *adapter = ARENA_NEW(c->arena, struct adapter);
  *adapter = (struct adapter){.names = nuo__full_names(c, symbol->span, symbol->names),
                              .route = ARENA_NEW(c->arena, struct adapter_source),
                              .span = symbol->span};
  check_place(c, from, adapter->route);
  if (!from->chosen || from->conversions > 0 || from->inverted || from->expiring || from->times != NULL)
    REPORT0(c, N1015, from->span);
  for (uint32_t i = 0; i < from->choices.count; i++) check_target(c, &from->choices.at[i], adapter->route);
  if (adapter->route->choices.count == 0) return;
  adapter->event = adapter->route->choices.at[0].to->event;
  check_size(c, adapter);
  VEC_PUSH(c->arena, &c->program->adapters, adapter);
}

static void check_free_name(struct checker *c, const struct event_info *event) {
  const struct member *member = nuo__member_named(&event->root, STR("adapter"));
  if (member == NULL || !nuo__str_is(member->names.en, "adapter")) return;
  REPORT(c, N1013, member->names.span, nuo__names_arg(event->type->names));
}

void nuo__check_adapters(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_ADAPTERS].count; i++)
    check_adapter(c, c->symbols[SPACE_ADAPTERS].at[i]);
  for (uint32_t i = 0; i < c->symbols[SPACE_ADAPTERS].count; i++)
    check_route(c, c->symbols[SPACE_ADAPTERS].at[i]);
  for (uint32_t i = 0; c->symbols[SPACE_ADAPTERS].count > 0 && i < c->event_infos.count; i++)
    if (c->event_infos.at[i]->type->origin == EVENT_DECLARED) check_free_name(c, c->event_infos.at[i]);
}
