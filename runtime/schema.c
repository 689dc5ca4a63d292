// SPDX-License-Identifier: Apache-2.0
// Tables of definitions and their differences. A table in bytes: for each definition its kind, identity and
// capacity, its name in both languages. Called by engine_state.c.
#include "runtime/schema.h"

#include <string.h>

#include "runtime/bytes.h"
#include "runtime/text.h"

void nuo__schema_free(struct schema *s) {
  nuo__free(s->allocator, s->list, s->size * sizeof *s->list);
  s->list = NULL;
  s->count = s->size = 0;
}

const struct definition *nuo__schema_find(const struct schema *s, nuo_definition_kind kind,
                                          const uint8_t identity[16]) {
  for (size_t i = 0; i < s->count; i++)
    if (s->list[i].kind == kind && memcmp(s->list[i].identity, identity, 16) == 0) return &s->list[i];
  return NULL;
}

static bool add(struct schema *s, const struct definition *fresh) {
  struct definition *known = (struct definition *)nuo__schema_find(s, fresh->kind, fresh->identity);
  if (known != NULL) {
    if (fresh->capacity > known->capacity) known->capacity = fresh->capacity;
    return true;
  }
  if (s->count == s->size) {
    size_t wanted = s->size * 2 + 16, item = sizeof *s->list;
    struct definition *grown = nuo__realloc(s->allocator, s->list, s->size * item, wanted * item);
    if (grown == NULL) return false;
    s->list = grown;
    s->size = wanted;
  }
  s->list[s->count++] = *fresh;
  return true;
}

// ---- from images ----

static bool add_named(struct schema *s, const struct image *image, nuo_definition_kind kind,
                      const uint8_t identity[16], uint32_t capacity, struct image_str name,
                      struct image_str name_zh) {
  struct definition d = {.kind = kind,
                         .capacity = capacity,
                         .name = {image->STRINGS + name.at, name.len},
                         .name_zh = {image->STRINGS + name_zh.at, name_zh.len}};
  memcpy(d.identity, identity, sizeof d.identity);
  return add(s, &d);
}

bool nuo__schema_add_program(struct schema *s, const nuo_program *program) {
  const struct image *image = &program->image;
  bool good = true;
  for (uint32_t i = 0; good && i < image->FACTS_count; i++) {
    const struct image_fact *f = &image->FACTS[i];
    good = add_named(s, image, NUO_DEFINITION_FACT, f->identity, 0, f->name, f->name_zh);
  }
  for (uint32_t i = 0; good && i < image->COUNTERS_count; i++) {
    const struct image_counter *c = &image->COUNTERS[i];
    good = add_named(s, image, NUO_DEFINITION_COUNTER, c->identity, c->capacity, c->label, c->label);
  }
  for (uint32_t i = 0; good && i < image->DUTIES_count; i++) {
    const struct image_duty *d = &image->DUTIES[i];
    good = add_named(s, image, NUO_DEFINITION_DUTY, d->identity, 0, d->name, d->name_zh);
  }
  return good;
}

// ---- in bytes ----

void nuo__schema_write(const struct schema *s, struct text_out *out) {
  for (size_t i = 0; i < s->count; i++) {
    const struct definition *d = &s->list[i];
    nuo__bytes_put(out, d->kind);
    nuo__bytes_put_text(out, (nuo_text){(const char *)d->identity, sizeof d->identity});
    nuo__bytes_put(out, d->capacity);
    nuo__bytes_put_text(out, d->name);
    nuo__bytes_put_text(out, d->name_zh);
  }
}

bool nuo__schema_read(struct schema *s, nuo_text table) {
  if (table.len == 0) return true;
  struct bytes_in in = {.at = (const uint8_t *)table.text, .end = (const uint8_t *)table.text + table.len};
  while (!in.bad && in.at < in.end) {
    struct definition d = {.kind = (nuo_definition_kind)nuo__bytes_take(&in)};
    nuo_text identity = nuo__bytes_take_text(&in);
    d.capacity = (uint32_t)nuo__bytes_take(&in);
    d.name = nuo__bytes_take_text(&in);
    d.name_zh = nuo__bytes_take_text(&in);
    if (identity.len != sizeof d.identity) return false;
    memcpy(d.identity, identity.text, sizeof d.identity);
    if (in.bad || !add(s, &d)) return false;
  }
  return !in.bad;
}

// ---- differences ----

static bool has_other(const struct schema *of, const struct schema *than, const struct definition *d) {
  for (size_t i = 0; i < of->count; i++) {
    const struct definition *each = &of->list[i];
    if (each->kind != d->kind || !nuo__text_equal(each->name, d->name)) continue;
    if (nuo__schema_find(than, each->kind, each->identity) == NULL) return true;
  }
  return false;
}

size_t nuo__schema_compare(const struct schema *before, const struct schema *now, nuo_change *changes) {
  size_t count = 0;
  for (size_t i = 0; i < before->count; i++) {
    const struct definition *d = &before->list[i];
    if (nuo__schema_find(now, d->kind, d->identity) != NULL) continue;
    nuo_change_kind kind = has_other(now, before, d) ? NUO_CHANGE_CHANGED : NUO_CHANGE_DROPPED;
    changes[count++] = (nuo_change){kind, d->kind, d->name, d->name_zh};
  }
  for (size_t i = 0; i < now->count; i++) {
    const struct definition *d = &now->list[i];
    const struct definition *old = nuo__schema_find(before, d->kind, d->identity);
    if (old != NULL && d->capacity > old->capacity)
      changes[count++] = (nuo_change){NUO_CHANGE_WIDENED, d->kind, d->name, d->name_zh};
    if (old == NULL && !has_other(before, now, d))
      changes[count++] = (nuo_change){NUO_CHANGE_NEW, d->kind, d->name, d->name_zh};
  }
  return count;
}
