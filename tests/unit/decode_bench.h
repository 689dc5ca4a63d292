// SPDX-License-Identifier: Apache-2.0
// A decoder over a compiled policy, and looks at what a lane of its batch holds. Included by test_decode*.c.
#ifndef NUO_TESTS_DECODE_BENCH_H
#define NUO_TESTS_DECODE_BENCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/nuo_compile.h"
#include "runtime/decode.h"
#include "runtime/limits.h"
#include "runtime/vm.h"

#define HEAD "policy p title \"t\" version \"1\" zone \"Asia/Shanghai\" undetermined hold\n"

// ---- a decoder over a policy ----

struct bench {
  nuo_compilation *compilation;
  nuo_program *program;
  struct decoder *decoder;
  struct batch batch;
  nuo_error error;
};

static inline void print_diagnostics(nuo_compilation *compilation) {
  const nuo_diagnostic *d;
  size_t count = nuo_compilation_diagnostics(compilation, &d);
  for (size_t i = 0; i < count; i++)
    print_error("%s line %u: %.*s\n", d[i].code, d[i].place.line, (int)d[i].message[0].len,
                d[i].message[0].text);
}

static inline void set_up_with(struct bench *b, const char *policy, const nuo_allocator *allocator) {
  memset(b, 0, sizeof *b);
  nuo_text path = {"p.nuo", 5}, source = {policy, strlen(policy)};
  assert_int_equal(nuo_compile(path, source, NULL, &b->compilation), NUO_OK);
  nuo_text image = nuo_compilation_image(b->compilation);
  if (image.text == NULL) print_diagnostics(b->compilation);
  assert_non_null(image.text);
  nuo_status status = nuo_program_load(image.text, image.len, NULL, &b->program, &b->error);
  if (status != NUO_OK) fail_msg("%s", b->error.message);
  assert_int_equal(nuo__batch_new(b->program, allocator, &b->batch), NUO_OK);
  nuo__batch_clear(b->program, &b->batch);
  assert_int_equal(nuo__decoder_new(b->program, allocator, &b->decoder), NUO_OK);
}

static inline void set_up(struct bench *b, const char *policy) {
  set_up_with(b, policy, nuo__default_allocator());
}

static inline void tear_down_with(struct bench *b, const nuo_allocator *allocator) {
  nuo__decoder_free(b->decoder);
  nuo__batch_free(b->program, allocator, &b->batch);
  nuo_program_free(b->program);
  nuo_compilation_free(b->compilation);
}

static inline void tear_down(struct bench *b) {
  tear_down_with(b, nuo__default_allocator());
}

static inline void start_anew(struct bench *b) {
  nuo__batch_clear(b->program, &b->batch);
  nuo__decoder_reset(b->decoder);
}

// The text in memory of its own size, so that a sanitizer sees a read beyond its end. Kept by the caller.
static inline char *exactly(const char *text, size_t len) {
  char *copy = malloc(len == 0 ? 1 : len);
  assert_non_null(copy);
  memcpy(copy, text, len);
  return copy;
}

static inline nuo_status decode(struct bench *b, const char *text) {
  return nuo__decode_event(b->decoder, text, strlen(text), &b->batch, &b->error);
}

// The lane of an event that has to be good.
static inline uint32_t lane_of(struct bench *b, const char *text) {
  uint32_t lane = b->batch.count;
  if (decode(b, text) != NUO_OK) fail_msg("%s: %s at %d", text, b->error.message, (int)b->error.offset);
  assert_int_equal(b->batch.count, lane + 1);
  return lane;
}

static inline void check_refused(struct bench *b, const char *text, unsigned offset, const char *message) {
  uint32_t count = b->batch.count;
  if (decode(b, text) != NUO_BAD_EVENT) fail_msg("taken: %s", text);
  assert_int_equal(b->error.status, NUO_BAD_EVENT);
  if (b->error.offset != offset) fail_msg("%s: offset %d, not %u", text, (int)b->error.offset, offset);
  if (strcmp(b->error.message, message) != 0) fail_msg("%s: %s", text, b->error.message);
  if (b->error.message_zh[0] == 0) fail_msg("%s: nothing in Chinese", text);
  assert_int_equal(b->batch.count, count);
}

// ---- what a lane holds ----

static inline const struct image_field *field(const struct bench *b, uint32_t event, const char *path) {
  const struct image *image = &b->program->image;
  for (uint32_t i = 0; i < image->FIELDS_count; i++) {
    const struct image_field *f = &image->FIELDS[i];
    if (f->event == event && f->path.len == strlen(path) &&
        memcmp(image->STRINGS + f->path.at, path, f->path.len) == 0)
      return f;
  }
  fail_msg("no field %s", path);
  return NULL;
}

static inline bool has(const struct bench *b, uint32_t lane, const char *path) {
  const struct image_field *f = field(b, b->batch.event[lane], path);
  const struct batch *batch = &b->batch;
  switch (f->reg_class) {
    case REG_PLANE:
      return (batch->planes[f->reg].t | batch->planes[f->reg].f) >> lane & 1;
    case REG_COLUMN:
      return batch->column_known[f->reg] >> lane & 1;
    case REG_WIDE:
      return batch->wide_known[f->reg] >> lane & 1;
    case REG_HALF:
      return batch->half_known[f->reg] >> lane & 1;
    case REG_TEXT:
      return batch->text_known[f->reg] >> lane & 1;
    case REG_LIST:
      return batch->list_known[f->reg] >> lane & 1;
    default:
      fail_msg("%s: nothing reads it", path);
      return false;
  }
}

static inline int64_t number(const struct bench *b, uint32_t lane, const char *path) {
  const struct image_field *f = field(b, b->batch.event[lane], path);
  assert_true(has(b, lane, path));
  switch (f->reg_class) {
    case REG_PLANE:
      return b->batch.planes[f->reg].t >> lane & 1;
    case REG_COLUMN:
      return b->batch.columns[f->reg][lane];
    case REG_WIDE:
      return b->batch.wides[f->reg][lane];
    default:
      assert_int_equal(f->reg_class, REG_HALF);
      return b->batch.halves[f->reg][lane];
  }
}

static inline void check_text(const struct bench *b, uint32_t lane, const char *path, const char *wanted) {
  const struct image_field *f = field(b, b->batch.event[lane], path);
  assert_true(has(b, lane, path));
  assert_int_equal(f->reg_class, REG_TEXT);
  const struct text_reg *reg = &b->batch.texts[f->reg];
  assert_int_equal(reg->len[lane], strlen(wanted));
  assert_memory_equal(reg->at[lane], wanted, reg->len[lane]);
}

static inline const union element *list(const struct bench *b, uint32_t lane, const char *path,
                                        uint32_t count) {
  const struct image_field *f = field(b, b->batch.event[lane], path);
  assert_true(has(b, lane, path));
  assert_int_equal(f->reg_class, REG_LIST);
  assert_int_equal(b->batch.lists[f->reg].count[lane], count);
  assert_true(b->batch.lists[f->reg].first[lane] + count <= b->batch.pool_count);
  return b->batch.pool + b->batch.lists[f->reg].first[lane];
}

static inline void check_element(const union element *element, const char *wanted) {
  assert_int_equal(element->text.len, strlen(wanted));
  assert_memory_equal(element->text.at, wanted, element->text.len);
}

static inline void check_id(const struct bench *b, uint32_t lane, const char *wanted) {
  assert_int_equal(b->batch.id[lane].len, strlen(wanted));
  assert_memory_equal(b->batch.id[lane].at, wanted, strlen(wanted));
}

// Whether the plane for an enumerator that rules ask for is set.
static inline bool asked(const struct bench *b, uint32_t lane, const char *path, uint16_t ordinal) {
  const struct image_field *f = field(b, b->batch.event[lane], path);
  for (uint32_t i = f->asked_first; i < f->asked_first + f->asked_count; i++)
    if (b->program->image.ASKED[i].ordinal == ordinal)
      return b->batch.planes[b->program->image.ASKED[i].plane].t >> lane & 1;
  fail_msg("%s: nobody asks for %d", path, ordinal);
  return false;
}

// No register of a field knows anything of the lane.
static inline void check_clean(const struct bench *b, uint32_t lane) {
  const struct image_program *p = b->program->image.PROGRAM;
  for (uint32_t i = 0; i < p->field_planes; i++)
    assert_false((b->batch.planes[i].t | b->batch.planes[i].f) >> lane & 1);
  for (uint32_t i = 0; i < p->field_columns; i++) assert_false(b->batch.column_known[i] >> lane & 1);
  for (uint32_t i = 0; i < p->wide_count; i++) assert_false(b->batch.wide_known[i] >> lane & 1);
  for (uint32_t i = 0; i < p->half_count; i++) assert_false(b->batch.half_known[i] >> lane & 1);
  for (uint32_t i = 0; i < p->field_texts; i++) assert_false(b->batch.text_known[i] >> lane & 1);
  for (uint32_t i = 0; i < p->field_lists; i++) assert_false(b->batch.list_known[i] >> lane & 1);
  for (uint32_t i = 0; i < b->program->image.EVENTS_count; i++)
    assert_false(b->batch.event_lanes[i] >> lane & 1);
}

#endif
