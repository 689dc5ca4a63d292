// SPDX-License-Identifier: Apache-2.0
// Runs hand-assembled code, see vm_harness.h.
#include "tests/unit/vm_harness.h"

#include <stdlib.h>

void harness_begin(struct harness *h) {
  memset(h, 0, sizeof *h);
  builder_begin(&h->builder);
}

void harness_load(struct harness *h, uint32_t lanes) {
  nuo_options options = {.native_grants = h->grants};
  nuo_error error = {0};
  size_t size;
  builder_end_event(&h->builder);
  if (h->builder.sections[SECTION_RULES].count > 0) builder_insn(&h->builder, OPCODE_END, 0, 0, 0, 0);
  void *image = builder_image(&h->builder, &size);
  if (nuo_program_load(image, size, &options, &h->program, &error) != NUO_OK) fail_msg("%s", error.message);
  free(image);
  assert_int_equal(nuo__batch_new(h->program, nuo__default_allocator(), &h->batch), NUO_OK);
  nuo__batch_clear(h->program, &h->batch);
  nuo__match_scratch_init(&h->match_scratch, nuo__default_allocator());
  h->batch.count = lanes;
  h->machine = (struct machine){
      .program = h->program,
      .batch = &h->batch,
      .fired = h->fired,
      .match_scratch = &h->match_scratch,
      .regex_scratch = nuo__regex_scratch_new(nuo__default_allocator()),
      .capacities = h->capacities,
  };
  for (uint32_t i = 0; i < h->program->image.COUNTERS_count; i++)
    h->capacities[i] = h->program->image.COUNTERS[i].capacity;
}

void harness_run(struct harness *h, uint64_t live) {
  const struct image_event *event = h->program->image.EVENTS;
  uint64_t used = h->batch.count == NUO_BATCH ? UINT64_MAX : (UINT64_C(1) << h->batch.count) - 1;
  h->machine.fired_count = 0;
  nuo__vm_run(&h->machine, event->code_first, event->code_count, live & used);
}

void harness_end(struct harness *h) {
  nuo__regex_scratch_free(h->machine.regex_scratch);
  nuo__match_scratch_free(&h->match_scratch);
  nuo__batch_free(h->program, nuo__default_allocator(), &h->batch);
  nuo_program_free(h->program);
  builder_free(&h->builder);
}

void give_plane(struct harness *h, unsigned reg, const char *lanes) {
  struct plane plane = {0, 0};
  for (unsigned l = 0; lanes[l] != '\0'; l++) {
    plane.t |= (uint64_t)(lanes[l] == 'T') << l;
    plane.f |= (uint64_t)(lanes[l] == 'F') << l;
  }
  h->batch.planes[reg] = plane;
}

static uint64_t known_mask(const char *lanes) {
  uint64_t mask = 0;
  for (unsigned l = 0; lanes[l] != '\0'; l++) mask |= (uint64_t)(lanes[l] == 'k') << l;
  return mask;
}

void give_column(struct harness *h, unsigned reg, const char *lanes, const int64_t *values) {
  h->batch.column_known[reg] = known_mask(lanes);
  memcpy(h->batch.columns[reg], values, strlen(lanes) * sizeof *values);
}

void give_text(struct harness *h, unsigned reg, const char *const *values, uint32_t count) {
  for (uint32_t l = 0; l < count; l++) {
    h->batch.texts[reg].at[l] = values[l];
    h->batch.texts[reg].len[l] = values[l] == NULL ? 0 : (uint32_t)strlen(values[l]);
    h->batch.text_known[reg] |= (uint64_t)(values[l] != NULL) << l;
  }
}

void expect_plane(const struct harness *h, unsigned reg, const char *lanes) {
  char found[NUO_BATCH + 1] = "";
  for (unsigned l = 0; lanes[l] != '\0'; l++) {
    bool is_true = h->batch.planes[reg].t >> l & 1, is_false = h->batch.planes[reg].f >> l & 1;
    found[l] = is_true && is_false ? '!' : is_true ? 'T' : is_false ? 'F' : 'U';
  }
  if (strcmp(found, lanes) != 0) fail_msg("plane %u is %s, not %s", reg, found, lanes);
}

void expect_column(const struct harness *h, unsigned reg, const char *lanes, const int64_t *values) {
  for (unsigned l = 0; lanes[l] != '\0'; l++) {
    bool is_known = h->batch.column_known[reg] >> l & 1;
    if (is_known != (lanes[l] == 'k')) fail_msg("column %u, lane %u: known is %d", reg, l, is_known);
    if (is_known && h->batch.columns[reg][l] != values[l]) {
      fail_msg("column %u, lane %u: %lld, not %lld", reg, l, (long long)h->batch.columns[reg][l],
               (long long)values[l]);
    }
  }
}

void expect_text(const struct harness *h, unsigned reg, const char *const *values, uint32_t count) {
  for (uint32_t l = 0; l < count; l++) {
    bool is_known = h->batch.text_known[reg] >> l & 1;
    if (is_known != (strcmp(values[l], "?") != 0))
      fail_msg("text %u, lane %u: known is %d", reg, l, is_known);
    if (!is_known) continue;
    assert_int_equal(h->batch.texts[reg].len[l], strlen(values[l]));
    assert_memory_equal(h->batch.texts[reg].at[l], values[l], strlen(values[l]));
  }
}
