// SPDX-License-Identifier: Apache-2.0
// Adapters as the decoder runs them: the names of all places as a tree, and for each field its sources.
// Values are written as the JSON that the decoder would read. Called by emit.c.
#include "compiler/emit_code.h"
#include "compiler/test.h"
#include "runtime/text_out.h"

static struct image_str string(struct emitter *e, struct str text) {
  return nuo__image_string(e->p->out, text);
}

// ---- places ----
struct place {
  struct str name;
  bool wanted;
  uint32_t index;  // ADAPTER_PLACES, once it is written
  VEC(struct place *) children;
};
struct places {
  struct place body, headers;
};

static struct place *within(struct emitter *e, struct place *around, struct str name) {
  for (uint32_t i = 0; i < around->children.count; i++)
    if (nuo__str_equal(around->children.at[i]->name, name)) return around->children.at[i];
  struct place *made = ARENA_NEW(e->arena, struct place);
  made->name = name;
  VEC_PUSH(e->arena, &around->children, made);
  return made;
}

static struct place *place_of(struct emitter *e, struct places *places, const struct adapter_source *source) {
  struct place *at = source->header ? &places->headers : &places->body;
  const struct str path = source->path;
  if (source->header) return within(e, at, path);
  for (uint32_t start = 0, end = 0; end <= path.len; end++) {
    if (end < path.len && path.at[end] != '.') continue;
    at = within(e, at, (struct str){path.at + start, end - start});
    start = end + 1;
  }
  return at;
}

static void want(struct emitter *e, struct places *places, const struct adapter_source *source) {
  place_of(e, places, source)->wanted = true;
}

static struct image_place *place_at(struct emitter *e, uint32_t index) {
  return (struct image_place *)(void *)e->p->out->sections[SECTION_ADAPTER_PLACES].at + index;
}

static void emit_place(struct emitter *e, struct place *place) {
  const struct image_place out = {.name = string(e, place->name), .wanted = place->wanted};
  place->index = nuo__image_add(e->p->out, SECTION_ADAPTER_PLACES, &out);
}

// Those within one place follow one another.
static void emit_within(struct emitter *e, struct place *place) {
  place_at(e, place->index)->child_first = nuo__image_count(e->p->out, SECTION_ADAPTER_PLACES);
  place_at(e, place->index)->child_count = place->children.count;
  for (uint32_t i = 0; i < place->children.count; i++) emit_place(e, place->children.at[i]);
  for (uint32_t i = 0; i < place->children.count; i++) emit_within(e, place->children.at[i]);
}

static void emit_places(struct emitter *e, const struct adapter *adapter, struct places *places,
                        struct image_adapter *out) {
  for (uint32_t i = 0; i < adapter->mappings.count; i++)
    for (uint32_t k = 0; k < adapter->mappings.at[i].sources.count; k++)
      want(e, places, &adapter->mappings.at[i].sources.at[k]);
  for (uint32_t i = 0; i < adapter->refused.count; i++) want(e, places, &adapter->refused.at[i]);
  if (adapter->route != NULL) want(e, places, adapter->route);
  out->place_first = nuo__image_count(e->p->out, SECTION_ADAPTER_PLACES);
  emit_place(e, &places->body);
  emit_place(e, &places->headers);
  emit_within(e, &places->body);
  emit_within(e, &places->headers);
  out->place_count = nuo__image_count(e->p->out, SECTION_ADAPTER_PLACES) - out->place_first;
}

// ---- sources ----
static struct image_str json(struct emitter *e, const struct expr *value) {
  if (value == NULL) return (struct image_str){0, 0};
  struct text_out out = {.allocator = nuo__default_allocator()};
  nuo__test_value(&out, value->type, value);
  const struct str text = out.failed ? (struct str){"", 0} : nuo__arena_copy(e->arena, out.at, out.len);
  nuo__out_free(&out);
  return string(e, text);
}

static void emit_choices(struct emitter *e, const struct adapter_source *source,
                         struct image_adapter_source *out) {
  out->choice_first = nuo__image_count(e->p->out, SECTION_ADAPTER_CHOICES);
  out->choice_count = source->choices.count;
  for (uint32_t i = 0; i < source->choices.count; i++) {
    const struct adapter_choice *choice = &source->choices.at[i];
    const struct image_choice item = {
        .key = string(e, choice->key),
        .value = choice->to != NULL ? string(e, choice->to->names.en) : json(e, choice->value),
        .any = choice->key.at == NULL};
    nuo__image_add(e->p->out, SECTION_ADAPTER_CHOICES, &item);
  }
}

static void emit_source(struct emitter *e, struct places *places, const struct adapter_source *source) {
  static const uint8_t converts[] = {[CONVERT_NONE] = ADAPT_NONE,
                                     [CONVERT_SECONDS] = ADAPT_SECONDS,
                                     [CONVERT_MILLISECONDS] = ADAPT_MILLISECONDS,
                                     [CONVERT_STAMP_SECONDS] = ADAPT_STAMP_SECONDS,
                                     [CONVERT_STAMP_MILLISECONDS] = ADAPT_STAMP_MILLISECONDS,
                                     [CONVERT_STAMP_EITHER] = ADAPT_STAMP_EITHER,
                                     [CONVERT_LOCAL] = ADAPT_LOCAL,
                                     [CONVERT_GATEWAY] = ADAPT_GATEWAY,
                                     [CONVERT_OFFSET] = ADAPT_OFFSET,
                                     [CONVERT_COMMAS] = ADAPT_COMMAS,
                                     [CONVERT_ADDRESS] = ADAPT_ADDRESS,
                                     [CONVERT_MAIL_DATE] = ADAPT_MAIL_DATE,
                                     [CONVERT_MAIL_TEXT] = ADAPT_MAIL_TEXT};
  const struct str path =
      source->header ? nuo__arena_format(e->arena, "headers.%.*s", (int)source->path.len, source->path.at)
                     : source->path;
  struct image_adapter_source out = {.path = string(e, path),
                                     .place = place_of(e, places, source)->index,
                                     .convert = converts[source->conversion],
                                     .inverted = source->inverted,
                                     .expiring = source->expiring,
                                     .times = source->times,
                                     .zone = string(e, source->zone)};
  emit_choices(e, source, &out);
  nuo__image_add(e->p->out, SECTION_ADAPTER_SOURCES, &out);
}

// ---- adapters ----
static uint32_t member_of(struct emitter *e, const struct field *field) {
  const struct section_bytes *members = &e->p->out->sections[SECTION_MEMBERS];
  const struct image_member *at = (const struct image_member *)(const void *)members->at;
  const uint32_t wanted = nuo__emit_field_index(e, field);
  uint32_t i = 0;
  while (i < members->count && at[i].field != wanted) i++;
  return i;
}

static void emit_mapping(struct emitter *e, struct places *places, const struct adapter_mapping *mapping) {
  struct image_mapping out = {.member = member_of(e, mapping->field),
                              .source_first = nuo__image_count(e->p->out, SECTION_ADAPTER_SOURCES),
                              .source_count = mapping->sources.count,
                              .alternatives = mapping->alternatives,
                              .value = json(e, mapping->value)};
  for (uint32_t i = 0; i < mapping->sources.count; i++) emit_source(e, places, &mapping->sources.at[i]);
  nuo__image_add(e->p->out, SECTION_ADAPTER_MAPPINGS, &out);
}

static void emit_adapter(struct emitter *e, const struct adapter *adapter) {
  struct places places = {.body = {.index = 0}};
  struct image_adapter out = {.name = string(e, adapter->names.en),
                              .name_zh = string(e, adapter->names.zh),
                              .event = adapter->event->index,
                              .each = IMAGE_NONE,
                              .route = IMAGE_NONE,
                              .mapping_first = nuo__image_count(e->p->out, SECTION_ADAPTER_MAPPINGS),
                              .mapping_count = adapter->mappings.count};
  emit_places(e, adapter, &places, &out);
  for (uint32_t i = 0; i < adapter->mappings.count; i++) {
    if (adapter->mappings.at[i].each) out.each = out.mapping_first + i;
    emit_mapping(e, &places, &adapter->mappings.at[i]);
  }
  out.refused_first = nuo__image_count(e->p->out, SECTION_ADAPTER_SOURCES);
  out.refused_count = adapter->refused.count;
  for (uint32_t i = 0; i < adapter->refused.count; i++) emit_source(e, &places, &adapter->refused.at[i]);
  if (adapter->route != NULL) {
    out.route = nuo__image_count(e->p->out, SECTION_ADAPTER_SOURCES);
    emit_source(e, &places, adapter->route);
  }
  nuo__image_add(e->p->out, SECTION_ADAPTERS, &out);
}

void nuo__emit_adapters(struct emitter *e) {
  for (uint32_t i = 0; i < e->p->program->adapters.count; i++) emit_adapter(e, e->p->program->adapters.at[i]);
}
