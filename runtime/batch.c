// SPDX-License-Identifier: Apache-2.0
// Memory of a batch: one block that holds all registers of all classes, and the pool of list elements.
// Everything starts as zero, so that a register nobody wrote is unknown and never refers to foreign memory.
// Does not decode and does not evaluate. Called by the session.
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/program.h"
#include "runtime/text.h"
#include "runtime/vm.h"

// Byte offsets of the arrays in the block. The masks come first: clearing touches only the block's start.
struct layout {
  size_t planes, columns_known, wides_known, halves_known, texts_known, lists_known, event_lanes;
  size_t columns, wides, halves, texts, lists;
  size_t size;
};

static size_t reserve(size_t *size, size_t count, size_t item) {
  size_t at = *size;
  *size += (count * item + 7) & ~(size_t)7;
  return at;
}

static struct layout layout_of(const struct image *image) {
  const struct image_program *p = image->PROGRAM;
  struct layout l;
  size_t size = 0;
  // One plane more than the code knows: for enumerators that nobody asks for.
  l.planes = reserve(&size, (size_t)p->plane_count + 1, sizeof(struct plane));
  l.columns_known = reserve(&size, p->column_count, sizeof(uint64_t));
  l.wides_known = reserve(&size, p->wide_count, sizeof(uint64_t));
  l.halves_known = reserve(&size, p->half_count, sizeof(uint64_t));
  l.texts_known = reserve(&size, p->text_count, sizeof(uint64_t));
  l.lists_known = reserve(&size, p->list_count, sizeof(uint64_t));
  l.event_lanes = reserve(&size, image->EVENTS_count, sizeof(uint64_t));
  l.columns = reserve(&size, p->column_count, sizeof(int64_t[NUO_BATCH]));
  l.wides = reserve(&size, p->wide_count, sizeof(int32_t[NUO_BATCH]));
  l.halves = reserve(&size, p->half_count, sizeof(uint16_t[NUO_BATCH]));
  l.texts = reserve(&size, p->text_count, sizeof(struct text_reg));
  l.lists = reserve(&size, p->list_count, sizeof(struct list_reg));
  l.size = size;
  return l;
}

size_t nuo__batch_size(const struct image *image) {
  return layout_of(image).size + (size_t)image->RULES_count * sizeof(struct fired);
}

// Puts the constants that code turns into lists in front of the pool, in the order of their sections.
static nuo_status fill_pool(const nuo_program *program, const nuo_allocator *allocator, struct batch *batch) {
  const struct image *image = &program->image;
  uint32_t count = program->pool_numbers + program->pool_texts;
  if (count == 0) return NUO_OK;
  batch->pool = nuo__alloc(allocator, count * sizeof *batch->pool);
  if (batch->pool == NULL) return NUO_NO_MEMORY;
  batch->pool_count = batch->pool_cap = count;
  for (uint32_t i = 0; i < program->pool_numbers; i++) batch->pool[i].number = image->NUMBERS[i];
  union element *texts = batch->pool + program->pool_numbers;
  for (uint32_t i = 0; i < program->pool_texts; i++) {
    nuo_text text = nuo__text_listed(image, i);
    texts[i].text.at = text.text;
    texts[i].text.len = (uint32_t)text.len;
  }
  return NUO_OK;
}

nuo_status nuo__batch_new(const nuo_program *program, const nuo_allocator *allocator, struct batch *batch) {
  struct layout l = layout_of(&program->image);
  memset(batch, 0, sizeof *batch);
  char *block = nuo__alloc(allocator, l.size);
  if (block == NULL) return NUO_NO_MEMORY;
  memset(block, 0, l.size);
  batch->planes = (void *)(block + l.planes);
  batch->column_known = (void *)(block + l.columns_known);
  batch->wide_known = (void *)(block + l.wides_known);
  batch->half_known = (void *)(block + l.halves_known);
  batch->text_known = (void *)(block + l.texts_known);
  batch->list_known = (void *)(block + l.lists_known);
  batch->event_lanes = (void *)(block + l.event_lanes);
  batch->columns = (void *)(block + l.columns);
  batch->wides = (void *)(block + l.wides);
  batch->halves = (void *)(block + l.halves);
  batch->texts = (void *)(block + l.texts);
  batch->lists = (void *)(block + l.lists);
  if (fill_pool(program, allocator, batch) == NUO_OK) return NUO_OK;
  nuo__batch_free(program, allocator, batch);
  return NUO_NO_MEMORY;
}

void nuo__batch_free(const nuo_program *program, const nuo_allocator *allocator, struct batch *batch) {
  nuo__free(allocator, batch->planes, layout_of(&program->image).size);
  nuo__free(allocator, batch->pool, batch->pool_cap * sizeof *batch->pool);
  memset(batch, 0, sizeof *batch);
}

void nuo__batch_clear(const nuo_program *program, struct batch *batch) {
  const struct image_program *p = program->image.PROGRAM;
  batch->count = 0;
  batch->pool_count = program->pool_numbers + program->pool_texts;
  memset(batch->planes, 0, p->field_planes * sizeof *batch->planes);
  memset(batch->column_known, 0, p->field_columns * sizeof(uint64_t));
  memset(batch->wide_known, 0, p->wide_count * sizeof(uint64_t));
  memset(batch->half_known, 0, p->half_count * sizeof(uint64_t));
  memset(batch->text_known, 0, p->field_texts * sizeof(uint64_t));
  memset(batch->list_known, 0, p->field_lists * sizeof(uint64_t));
  memset(batch->event_lanes, 0, program->image.EVENTS_count * sizeof(uint64_t));
}

void nuo__batch_clear_lane(const nuo_program *program, struct batch *b, uint32_t lane) {
  const struct image_program *p = program->image.PROGRAM;
  uint64_t others = ~(1ull << lane);
  for (uint32_t i = 0; i < p->field_planes; i++) b->planes[i].t &= others, b->planes[i].f &= others;
  for (uint32_t i = 0; i < p->field_columns; i++) b->column_known[i] &= others;
  for (uint32_t i = 0; i < p->wide_count; i++) b->wide_known[i] &= others;
  for (uint32_t i = 0; i < p->half_count; i++) b->half_known[i] &= others;
  for (uint32_t i = 0; i < p->field_texts; i++) b->text_known[i] &= others;
  for (uint32_t i = 0; i < p->field_lists; i++) b->list_known[i] &= others;
}

bool nuo__batch_grow(struct batch *b, const nuo_allocator *allocator) {
  uint32_t cap = b->pool_cap < 512 ? 1024 : b->pool_cap * 2;
  union element *grown = nuo__realloc(allocator, b->pool, b->pool_cap * sizeof *grown, cap * sizeof *grown);
  if (grown == NULL) return false;
  b->pool = grown;
  b->pool_cap = cap;
  return true;
}
