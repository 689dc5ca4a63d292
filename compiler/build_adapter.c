// SPDX-License-Identifier: Apache-2.0
// Makers of adapters: which fields there are, from where, and how they are written there. What of it fits
// together, check_adapter.c finds out.
#include "compiler/build.h"

void nuo__build_adapter(struct parser *p, const struct token *keyword, const struct names *names,
                        const struct token *event) {
  nuo__build_begin(p, DECL_ADAPTER, keyword, names);
  p->decl->adapter.event = nuo__build_ref(NULL, event);
}

void nuo__build_adapter_route(struct parser *p, const struct token *keyword, const struct names *names,
                              const struct source_decl *source) {
  nuo__build_begin(p, DECL_ADAPTER, keyword, names);
  p->decl->adapter.route = source;
}

void nuo__build_mapping(struct parser *p, struct expr *field, struct mapping_decl *sources,
                        struct expr *value) {
  struct mapping_decl mapping = {.field = NULL};
  if (sources != NULL) mapping = *sources;
  mapping.field = field;
  mapping.value = value;
  mapping.span = field->span;
  mapping.span.end = p->feed->end;
  VEC_PUSH(p->arena, &p->decl->adapter.mappings, mapping);
}

void nuo__build_mapping_each(struct parser *p, const struct token *keyword, struct expr *field,
                             struct mapping_decl *sources) {
  sources->each = true;
  nuo__build_mapping(p, field, sources, NULL);
  struct adapter_decl *adapter = &p->decl->adapter;
  adapter->mappings.at[adapter->mappings.count - 1].span.start = keyword->span.start;
}

void nuo__build_refused(struct parser *p, const struct mapping_decl *sources) {
  for (uint32_t i = 0; i < sources->sources.count; i++)
    VEC_PUSH(p->arena, &p->decl->adapter.refused, sources->sources.at[i]);
}

struct mapping_decl *nuo__build_sources(struct parser *p, struct mapping_decl *list,
                                        const struct source_decl *source) {
  if (list == NULL) list = ARENA_NEW(p->arena, struct mapping_decl);
  VEC_PUSH(p->arena, &list->sources, *source);
  return list;
}

struct mapping_decl *nuo__build_sources_or(struct parser *p, struct mapping_decl *list,
                                           const struct source_decl *source) {
  list->alternatives++;
  return nuo__build_sources(p, list, source);
}

struct source_decl *nuo__build_source(struct parser *p, struct expr *path) {
  struct source_decl *source = ARENA_NEW(p->arena, struct source_decl);
  source->path = path;
  source->span = path->span;
  return source;
}

struct source_decl *nuo__build_source_header(struct parser *p, const struct token *keyword,
                                             struct expr *path) {
  struct source_decl *source = nuo__build_source(p, path);
  source->header = true;
  source->span.start = keyword->span.start;
  return source;
}

struct source_decl *nuo__build_source_inverted(struct parser *p, const struct token *keyword,
                                               struct source_decl *source) {
  (void)p;
  source->inverted = true;
  source->span.start = keyword->span.start;
  return source;
}

static struct source_decl *converted(struct source_decl *source, const struct token *keyword,
                                     enum conversion conversion) {
  if (source->conversions++ == 0) source->conversion = conversion;
  source->span.end = keyword->span.end;
  return source;
}

struct source_decl *nuo__build_source_converted(struct parser *p, struct source_decl *source,
                                                const struct token *keyword) {
  (void)p;
  return converted(source, keyword, (enum conversion)keyword->value);
}

struct source_decl *nuo__build_source_local(struct parser *p, struct source_decl *source,
                                            const struct token *keyword, struct expr *zone) {
  (void)p;
  if (source->conversions == 0) source->zone = zone;
  converted(source, keyword, CONVERT_LOCAL);
  source->span.end = zone->span.end;
  return source;
}

struct source_decl *nuo__build_source_expiring(struct parser *p, struct source_decl *source,
                                               const struct token *keyword) {
  nuo__build_again(p, keyword, source->expiring);
  source->expiring = true;
  source->span.end = keyword->span.end;
  return source;
}

struct source_decl *nuo__build_source_times(struct parser *p, struct source_decl *source,
                                            const struct token *star, const struct token *number) {
  if (nuo__build_again(p, star, source->times != NULL)) return source;
  source->times = nuo__build_literal(p, EXPR_NUMBER, number);
  source->span.end = number->span.end;
  return source;
}

struct source_decl *nuo__build_source_chosen(struct parser *p, struct source_decl *source,
                                             const struct source_decl *choices, const struct token *close) {
  if (nuo__build_again(p, close, source->chosen)) return source;
  source->chosen = true;
  for (uint32_t i = 0; i < choices->choices.count; i++)
    VEC_PUSH(p->arena, &source->choices, choices->choices.at[i]);
  source->span.end = close->span.end;
  return source;
}

struct source_decl *nuo__build_choices(struct parser *p, struct source_decl *list,
                                       const struct choice_decl *choice) {
  if (list == NULL) list = ARENA_NEW(p->arena, struct source_decl);
  VEC_PUSH(p->arena, &list->choices, *choice);
  return list;
}

struct choice_decl *nuo__build_choice(struct parser *p, struct expr *key, struct expr *value) {
  struct choice_decl *choice = ARENA_NEW(p->arena, struct choice_decl);
  *choice = (struct choice_decl){key, value};
  return choice;
}
