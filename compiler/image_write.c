// SPDX-License-Identifier: Apache-2.0
// Sections, constant pools and the seal of an image (image_write.h). Knows layouts, not meanings.
#include "compiler/image_write.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/program.h"

// ---- sections ----
static const size_t item_sizes[SECTION_COUNT] = {
#define SECTION(name, type) sizeof(type),
    IMAGE_SECTIONS
#undef SECTION
};

static void append(struct image_writer *out, enum image_section_id section, const void *bytes, size_t size) {
  struct section_bytes *s = &out->sections[section];
  if (s->size + size > s->cap) {
    const size_t cap = (s->size + size) * 2 + 64;
    char *at = nuo__arena_alloc(out->arena, cap);
    if (s->size > 0) memcpy(at, s->at, s->size);
    s->at = at;
    s->cap = cap;
  }
  if (size > 0) memcpy(s->at + s->size, bytes, size);
  s->size += size;
  s->count = (uint32_t)(s->size / item_sizes[section]);
}

uint32_t nuo__image_add(struct image_writer *out, enum image_section_id section, const void *item) {
  append(out, section, item, item_sizes[section]);
  return out->sections[section].count - 1;
}

uint32_t nuo__image_count(const struct image_writer *out, enum image_section_id section) {
  return out->sections[section].count;
}

static struct image_str pooled(struct image_writer *out, struct pool *pool, enum image_section_id section,
                               struct str text) {
  if (text.len == 0) return (struct image_str){0, 0};
  uint32_t *at = nuo__pool_at(out->arena, pool, text.at, text.len);
  if (*at == UINT32_MAX) {
    *at = out->sections[section].count;
    append(out, section, text.at, text.len);
  }
  return (struct image_str){*at, text.len};
}

struct image_str nuo__image_string(struct image_writer *out, struct str text) {
  return pooled(out, &out->strings, SECTION_STRINGS, text);
}

struct image_str nuo__image_source_string(struct image_writer *out, struct str text) {
  return pooled(out, &out->source_strings, SECTION_SOURCE_STRINGS, text);
}

// ---- constants ----
uint32_t nuo__image_number(struct image_writer *out, int64_t number) {
  uint32_t *at = nuo__pool_at(out->arena, &out->numbers, &number, sizeof number);
  if (*at == UINT32_MAX) {
    *at = out->number_values.count;
    VEC_PUSH(out->arena, &out->number_values, number);
  }
  return *at;
}

uint32_t nuo__image_pair(struct image_writer *out, int64_t low, int64_t high) {
  const int64_t pair[2] = {low, high};
  uint32_t *at = nuo__pool_at(out->arena, &out->pairs, pair, sizeof pair);
  if (*at == UINT32_MAX) {
    *at = out->number_values.count;
    VEC_PUSH(out->arena, &out->number_values, low);
    VEC_PUSH(out->arena, &out->number_values, high);
  }
  return *at;
}

uint32_t nuo__image_text(struct image_writer *out, struct str text) {
  uint32_t *at = nuo__pool_at(out->arena, &out->texts, text.at, text.len);
  if (*at == UINT32_MAX) {
    *at = out->text_values.count;
    VEC_PUSH(out->arena, &out->text_values, text);
  }
  return *at;
}

static int compare_numbers(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

uint32_t nuo__image_number_set(struct image_writer *out, const int64_t *numbers, uint32_t count) {
  int64_t *sorted = nuo__arena_alloc(out->arena, (count + 1) * sizeof *sorted);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) sorted[i] = numbers[i];
  if (count > 1) qsort(sorted, count, sizeof *sorted, compare_numbers);
  for (uint32_t i = 0; i < count; i++)
    if (kept == 0 || sorted[kept - 1] != sorted[i]) sorted[kept++] = sorted[i];
  uint32_t *at = nuo__pool_at(out->arena, &out->number_sets, sorted, kept * sizeof *sorted);
  if (*at == UINT32_MAX) {
    *at = out->number_set_values.count;
    VEC_PUSH(out->arena, &out->number_set_values, (struct number_set){sorted, kept});
  }
  return *at;
}

static int compare_texts(const void *a, const void *b) {
  return nuo__str_compare(*(const struct str *)a, *(const struct str *)b);
}

// The key of a text set: every text behind its length.
static struct str text_set_key(struct arena *arena, const struct str *texts, uint32_t count) {
  size_t size = 0, at = 0;
  for (uint32_t i = 0; i < count; i++) size += sizeof(uint32_t) + texts[i].len;
  char *key = nuo__arena_alloc(arena, size + 1);
  for (uint32_t i = 0; i < count; i++) {
    memcpy(key + at, &texts[i].len, sizeof texts[i].len);
    at += sizeof texts[i].len;
    if (texts[i].len > 0) memcpy(key + at, texts[i].at, texts[i].len);
    at += texts[i].len;
  }
  return (struct str){key, (uint32_t)size};
}

uint32_t nuo__image_text_set(struct image_writer *out, const struct str *texts, uint32_t count) {
  struct str *sorted = nuo__arena_alloc(out->arena, (count + 1) * sizeof *sorted);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < count; i++) sorted[i] = texts[i];
  if (count > 1) qsort(sorted, count, sizeof *sorted, compare_texts);
  for (uint32_t i = 0; i < count; i++)
    if (kept == 0 || !nuo__str_equal(sorted[kept - 1], sorted[i])) sorted[kept++] = sorted[i];
  const struct str key = text_set_key(out->arena, sorted, kept);
  uint32_t *at = nuo__pool_at(out->arena, &out->text_sets, key.at, key.len);
  if (*at == UINT32_MAX) {
    *at = out->text_set_values.count;
    VEC_PUSH(out->arena, &out->text_set_values, (struct text_set){sorted, kept});
  }
  return *at;
}

uint32_t nuo__image_regex(struct image_writer *out, struct str pattern) {
  uint32_t *at = nuo__pool_at(out->arena, &out->regexes, pattern.at, pattern.len);
  if (*at != UINT32_MAX) return *at;
  const struct image_str text = nuo__image_string(out, pattern);
  return *at = nuo__image_add(out, SECTION_REGEXES, &text);
}

uint32_t nuo__image_match(struct image_writer *out, const void *blob, size_t size, uint32_t outputs) {
  static const char zeros[8] = {0};
  struct section_bytes *data = &out->sections[SECTION_MATCH_DATA];
  const struct image_match match = {(uint32_t)data->size, (uint32_t)size, outputs};
  append(out, SECTION_MATCH_DATA, blob, size);
  append(out, SECTION_MATCH_DATA, zeros, (8 - size % 8) % 8);
  return nuo__image_add(out, SECTION_MATCHES, &match);
}

void nuo__image_place_sets(struct image_writer *out) {
  for (uint32_t i = 0; i < out->number_values.count; i++)
    nuo__image_add(out, SECTION_NUMBERS, &out->number_values.at[i]);
  for (uint32_t i = 0; i < out->number_set_values.count; i++) {
    const struct number_set *set = &out->number_set_values.at[i];
    const struct image_set placed = {out->sections[SECTION_NUMBERS].count, set->count};
    for (uint32_t k = 0; k < set->count; k++) nuo__image_add(out, SECTION_NUMBERS, &set->at[k]);
    nuo__image_add(out, SECTION_NUMBER_SETS, &placed);
  }
  for (uint32_t i = 0; i < out->text_values.count; i++) {
    const struct image_str text = nuo__image_string(out, out->text_values.at[i]);
    nuo__image_add(out, SECTION_STRING_LIST, &text);
  }
  for (uint32_t i = 0; i < out->text_set_values.count; i++) {
    const struct text_set *set = &out->text_set_values.at[i];
    const struct image_set placed = {out->sections[SECTION_STRING_LIST].count, set->count};
    for (uint32_t k = 0; k < set->count; k++) {
      const struct image_str text = nuo__image_string(out, set->at[k]);
      nuo__image_add(out, SECTION_STRING_LIST, &text);
    }
    nuo__image_add(out, SECTION_TEXT_SETS, &placed);
  }
}

// ---- the whole ----
static size_t aligned(size_t size) {
  return (size + 7) / 8 * 8;
}

struct str nuo__image_finish(struct image_writer *out, const uint8_t source_digest[32]) {
  struct image_header header = {
      .magic = IMAGE_MAGIC, .version = IMAGE_VERSION, .section_count = SECTION_COUNT};
  size_t size = aligned(sizeof header);
  for (int i = 0; i < SECTION_COUNT; i++) {
    header.sections[i] = (struct image_section){(uint32_t)size, out->sections[i].count};
    size = aligned(size + out->sections[i].size);
  }
  header.size = size;
  memcpy(header.source_digest, source_digest, sizeof header.source_digest);
  char *image = nuo__arena_alloc(out->arena, size);
  memcpy(image, &header, sizeof header);
  for (int i = 0; i < SECTION_COUNT; i++)
    if (out->sections[i].size > 0)
      memcpy(image + header.sections[i].offset, out->sections[i].at, out->sections[i].size);
  nuo__image_seal(image, size);
  return (struct str){image, (uint32_t)size};
}
