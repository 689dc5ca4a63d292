// SPDX-License-Identifier: Apache-2.0
// The verifier: an image with something in every section, every bit of it flipped, cut at every length, and
// loaded with an allocator that fails at every place; and one mistake after another, each with its message.
// Whatever is accepted is run: under sanitizers, an image that should have been refused shows itself.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "runtime/alloc.h"
#include "runtime/duty.h"
#include "runtime/vm.h"
#include "tests/unit/fail_once.h"
#include "tests/unit/full_image.h"

static const char *const grants[] = {FULL_IMAGE_LIBRARY, NULL};

// ---- running what was accepted ----

static int64_t awkward(uint32_t step) {
  static const int64_t numbers[] = {0,    1,     -1,    5,         INT64_MIN,     INT64_MAX, INT32_MIN,
                                    7000, 20120, 65535, 719162000, 1751470200000, -20000,    1000000};
  return numbers[step % (sizeof numbers / sizeof *numbers)];
}

static void fill_lists(struct batch *b, const struct image *image) {
  const struct image_event *event = image->EVENTS;
  for (uint32_t f = event->field_first; f < event->field_first + event->field_count; f++) {
    const struct image_field *field = &image->FIELDS[f];
    if (field->reg_class != REG_LIST) continue;
    bool is_text = field->element == VALUE_TEXT;
    for (uint32_t l = 0; l < b->count; l++) {
      b->lists[field->reg].first[l] = b->pool_count - (is_text ? 4 : 8);
      b->lists[field->reg].count[l] = l % 5;
    }
    b->list_known[field->reg] = 0x3B;
  }
}

static void fill(struct batch *b, const struct image *image) {
  static const char *const texts[] = {"", "a", "b", "一条广告", "aaab", "ad ad ad"};
  const struct image_program *p = image->PROGRAM;
  uint32_t step = 0;
  b->count = 6;
  for (uint32_t r = 0; r < p->field_planes; r++) b->planes[r] = (struct plane){0x15, 0x22};
  for (uint32_t r = 0; r < p->field_columns; r++) {
    for (uint32_t l = 0; l < b->count; l++) b->columns[r][l] = awkward(step++);
    b->column_known[r] = 0x37;
  }
  for (uint32_t r = 0; r < p->wide_count; r++) {
    for (uint32_t l = 0; l < b->count; l++) b->wides[r][l] = (int32_t)(uint32_t)awkward(step++);
    b->wide_known[r] = 0x2F;
  }
  for (uint32_t r = 0; r < p->half_count; r++) b->half_known[r] = 0x1F;
  for (uint32_t r = 0; r < p->field_texts; r++) {
    for (uint32_t l = 0; l < b->count; l++) {
      b->texts[r].at[l] = texts[step % 6];
      b->texts[r].len[l] = (uint32_t)strlen(texts[step++ % 6]);
    }
    b->text_known[r] = 0x3D;
  }
  fill_lists(b, image);
}

// Eight elements behind the constants: four numbers, four texts.
static void extend_pool(struct batch *b) {
  uint32_t old = b->pool_count, cap = old + 8;
  b->pool = nuo__realloc(nuo__default_allocator(), b->pool, old * sizeof *b->pool, cap * sizeof *b->pool);
  assert_non_null(b->pool);
  b->pool_count = b->pool_cap = cap;
  for (uint32_t e = 0; e < 4; e++) {
    b->pool[old + e].number = awkward(e);
    b->pool[old + 4 + e].text.at = "abcd";
    b->pool[old + 4 + e].text.len = e;
  }
}

// The code of one event after the other; what columns hold as times is no time.
static void run_memory(struct machine *machine, const struct image *image) {
  struct batch *batch = machine->batch;
  for (uint32_t round = 0; round < 6 * 2 * image->EVENTS_count; round++) {
    const struct image_event *event = &image->EVENTS[round / 12];
    uint32_t lane = round % 6;
    machine->delivered = round % 4 != 0;
    machine->fired_count = 0;
    *machine->log = (struct duty_log){.count = 0};
    batch->columns[0][lane] = 1751328000000 + (int64_t)round * 1000;
    if (event->state_count > 0) nuo__vm_run_lane(machine, event->state_first, event->state_count, lane);
    nuo__state_advance(machine->state, batch->columns[0][lane]);
    if (event->effect_count > 0) nuo__vm_run_lane(machine, event->effect_first, event->effect_count, lane);
    assert_true(machine->fired_count <= image->RULES_count);
  }
  assert_false(machine->state->failed);
}

static void run(const nuo_program *program) {
  const struct image *image = &program->image;
  struct batch batch;
  struct match_scratch scratch;
  struct fired *fired = calloc(image->RULES_count + 1, sizeof *fired);
  assert_int_equal(nuo__batch_new(program, nuo__default_allocator(), &batch), NUO_OK);
  nuo__batch_clear(program, &batch);
  extend_pool(&batch);
  fill(&batch, image);
  nuo__match_scratch_init(&scratch, nuo__default_allocator());
  struct machine machine = {.program = program, .batch = &batch, .fired = fired, .match_scratch = &scratch};
  machine.regex_scratch = nuo__regex_scratch_new(nuo__default_allocator());
  struct state state;
  struct scratch texts = {.allocator = nuo__default_allocator()};
  assert_true(nuo__state_init(&state, nuo__default_allocator(), (const uint8_t[16]){0}));
  machine.state = &state;
  machine.texts = &texts;
  struct duty_log log = {.count = 0};
  machine.log = &log;
  uint32_t *capacities = calloc(image->COUNTERS_count + 1, sizeof *capacities);
  for (uint32_t c = 0; c < image->COUNTERS_count; c++) capacities[c] = image->COUNTERS[c].capacity;
  machine.capacities = capacities;
  for (uint32_t e = 0; e < image->EVENTS_count; e++) {
    nuo__vm_run(&machine, image->EVENTS[e].code_first, image->EVENTS[e].code_count, 0x3F);
  }
  assert_true(machine.fired_count <= image->RULES_count);
  for (uint32_t r = 0; r < image->RULES_count; r++) {
    nuo__vm_run(&machine, image->RULES[r].cold_first, image->RULES[r].cold_count, 0x3F);
  }
  run_memory(&machine, image);
  nuo__state_free(&state);
  nuo__scratch_free(&texts);
  for (uint32_t p = 0; p < image->PROGRAM->plane_count; p++) {
    assert_true((batch.planes[p].t & batch.planes[p].f) == 0);
  }
  nuo__regex_scratch_free(machine.regex_scratch);
  nuo__match_scratch_free(&scratch);
  nuo__batch_free(program, nuo__default_allocator(), &batch);
  free(capacities);
  free(fired);
}

// Loads; runs what is accepted.
static nuo_status try_image(const void *image, size_t size, nuo_error *error) {
  nuo_options options = {.native_grants = grants};
  nuo_program *program;
  nuo_status status = nuo_program_load(image, size, &options, &program, error);
  assert_true((status == NUO_OK) == (program != NULL));
  if (program != NULL) run(program);
  nuo_program_free(program);
  return status;
}

// ---- the tests ----

static void test_accepts(void **state) {
  (void)state;
  struct image_builder builder;
  nuo_error error = {0};
  nuo_program_info info;
  nuo_program *program;
  nuo_options options = {.native_grants = grants};
  size_t size;
  full_image(&builder);
  void *image = builder_image(&builder, &size);
  if (nuo_program_load(image, size, &options, &program, &error) != NUO_OK) fail_msg("%s", error.message);
  run(program);
  nuo_program_describe(program, &info);
  assert_memory_equal(info.policy.text, "pledge", 6);
  assert_int_equal(info.rules, 5);
  assert_int_equal(info.events, FULL_EVENTS);
  assert_int_equal(info.cost, 27 + 11 + 15 + 1000 * 3);
  assert_int_equal(strlen(info.program_digest), 64);
  // 32 planes of 16 bytes, and one for enumerators that nobody asks for; 32 columns, 2 wides, 1 half, 8
  // texts, 10 lists with a word of known bits each; six events; five rules.
  assert_int_equal(info.lane_bytes, 33 * 16 + 32 * 520 + 2 * 264 + 136 + 8 * 776 + 10 * 520 + 6 * 8 + 5 * 32);
  for (int s = 0; s < SECTION_COUNT; s++) {
    if (builder.sections[s].count == 0) fail_msg("section %d of the image is empty", s);
  }
  nuo_program_free(program);
  free(image);
  builder_free(&builder);
}

// The checksum alone, for an image whose sections may be anywhere.
static void seal_loosely(char *image, size_t size) {
  struct image_header *header = (void *)image;
  uint8_t digest[32];
  header->size = size;
  memset(header->checksum, 0, sizeof header->checksum);
  crypto_generichash(digest, 32, (const void *)image, size, NULL, 0);
  memcpy(header->checksum, digest, 32);
}

static void test_flipped_bits(void **state) {
  (void)state;
  struct image_builder builder;
  nuo_error error;
  size_t size, accepted = 0;
  full_image(&builder);
  char *image = builder_image(&builder, &size), *copy = malloc(size);
  size_t header_end = offsetof(struct image_header, sections) + sizeof(((struct image_header *)0)->sections);
  for (size_t bit = 0; bit < size * 8; bit++) {
    memcpy(copy, image, size);
    copy[bit / 8] ^= (char)(1u << bit % 8);
    if (try_image(copy, size, &error) != NUO_BAD_IMAGE) fail_msg("bit %zu: accepted unsealed", bit);
    if (bit / 8 < header_end) {
      seal_loosely(copy, size);
    } else {
      nuo__image_seal(copy, size);
    }
    accepted += try_image(copy, size, &error) == NUO_OK;
  }
  // Texts, numbers and times may be others, and every image stands for a policy then; but not most of them.
  assert_true(accepted > 0 && accepted < size * 8 / 2);
  free(copy);
  free(image);
  builder_free(&builder);
}

static void test_cut(void **state) {
  (void)state;
  struct image_builder builder;
  nuo_error error;
  size_t size;
  full_image(&builder);
  char *image = builder_image(&builder, &size);
  for (size_t len = 0; len < size; len++) {
    // A block of its own, so that a sanitizer sees a byte too many being read.
    char *copy = malloc(len + 1);
    memcpy(copy, image, len);
    assert_int_equal(try_image(copy, len, &error), NUO_BAD_IMAGE);
    if (len >= sizeof(struct image_header)) {
      seal_loosely(copy, len);
      // Only the zeros that fill up the last eight bytes may be missing.
      nuo_status status = try_image(copy, len, &error);
      assert_true(status == NUO_BAD_IMAGE || len + 8 > size);
    }
    free(copy);
  }
  free(image);
  builder_free(&builder);
}

// ---- running out of memory ----

static void test_out_of_memory(void **state) {
  (void)state;
  struct image_builder builder;
  nuo_error error;
  size_t size, failures = 0;
  full_image(&builder);
  void *image = builder_image(&builder, &size);
  for (nuo_status status = NUO_NO_MEMORY; status != NUO_OK; failures++) {
    struct meter meter = {.fail_at = failures + 1};
    nuo_allocator allocator = {metered, &meter};
    nuo_options options = {.allocator = &allocator, .native_grants = grants};
    nuo_program *program;
    struct batch batch;
    status = nuo_program_load(image, size, &options, &program, &error);
    if (status == NUO_OK) {
      status = nuo__batch_new(program, &allocator, &batch);
      if (status == NUO_OK) nuo__batch_free(program, &allocator, &batch);
    }
    nuo_program_free(program);
    if (status != NUO_OK && status != NUO_NO_MEMORY)
      fail_msg("allocation %zu: %s", failures + 1, error.message);
    assert_int_equal(meter.in_use, 0);
  }
  assert_true(failures > 10);
  free(image);
  builder_free(&builder);
}

// ---- one mistake at a time ----

static struct image_rule *first_rule(struct image_builder *b) {
  return builder_item(b, SECTION_RULES, 0);
}

static struct image_field *field(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_FIELDS, index);
}

static struct image_event *event(struct image_builder *b) {
  return builder_item(b, SECTION_EVENTS, 0);
}

static struct image_node *node(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_NODES, index);
}

static struct image_program *program_of(struct image_builder *b) {
  return builder_item(b, SECTION_PROGRAM, 0);
}

static void break_event_code(struct image_builder *b) {
  event(b)->code_count = 1000;
  program_of(b)->max_cost = 5000;
}
static void break_cost(struct image_builder *b) {
  program_of(b)->max_cost = 26 + 11 + 15 + 1000 * 3;
}
static void break_shared_register(struct image_builder *b) {
  field(b, 12)->reg = 1;
}
static void break_shared_plane(struct image_builder *b) {
  field(b, 4)->reg = 3;
}
static void break_register_class(struct image_builder *b) {
  field(b, 11)->reg_class = REG_COLUMN;
}
static void break_time(struct image_builder *b) {
  event(b)->time = 6;
}
static void break_identity(struct image_builder *b) {
  event(b)->identity = 3;
}
static void break_zone(struct image_builder *b) {
  event(b)->zone = 6;
}
static void break_ordinal(struct image_builder *b) {
  ((struct image_asked *)builder_item(b, SECTION_ASKED, 1))->ordinal = 2;
}
static void break_member_twice(struct image_builder *b) {
  ((struct image_member *)builder_item(b, SECTION_MEMBERS, 4))->field = 2;
}
static void break_member_lost(struct image_builder *b) {
  ((struct image_member *)builder_item(b, SECTION_MEMBERS, 4))->field = IMAGE_NONE;
}
static void break_first_event(struct image_builder *b) {
  event(b)->origin = ORIGIN_BREACH;
}
static void break_member_cycle(struct image_builder *b) {
  struct image_member *data = builder_item(b, SECTION_MEMBERS, 2);
  data->child_first = 2;
}
static void break_orphan(struct image_builder *b) {
  event(b)->member_count = 2;
}
static void break_number_set(struct image_builder *b) {
  *(int64_t *)builder_item(b, SECTION_NUMBERS, 0) = 9;
}
static void break_text_set(struct image_builder *b) {
  ((struct image_set *)builder_item(b, SECTION_TEXT_SETS, 0))->count = 3;
}
static void break_days(struct image_builder *b) {
  *(int32_t *)builder_item(b, SECTION_DAYS, 1) = 20116;
}
static void break_character(struct image_builder *b) {
  program_of(b)->policy_zh.len = 4;
}
static void break_utf8(struct image_builder *b) {
  *(char *)builder_item(b, SECTION_STRINGS, 0) = (char)0xFF;
}
static void break_match(struct image_builder *b) {
  *(uint64_t *)builder_item(b, SECTION_MATCH_DATA, 0) = 0;
}
static struct image_fact *fact(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_FACTS, index);
}
static struct insn *insn(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_CODE, index);
}
static struct image_counter *counter(struct image_builder *b) {
  return builder_item(b, SECTION_COUNTERS, 0);
}
static uint32_t memory_node(struct image_builder *b, uint8_t kind) {
  uint32_t index = 0;
  while (node(b, index)->kind != kind) index++;
  return index;
}

static void break_fact_kind(struct image_builder *b) {
  fact(b, 1)->kind = VALUE_LIST;
}
static void break_fact_keys(struct image_builder *b) {
  fact(b, 1)->key_count = IMAGE_KEY_MAX + 1;
}
static void break_key_kind(struct image_builder *b) {
  fact(b, 0)->key_kinds[1] = VALUE_NUMBER;
}
static void break_key_place(struct image_builder *b) {
  insn(b, event(b)->state_first)->c = 5;
}
static void break_capacity(struct image_builder *b) {
  counter(b)->capacity = LIMIT_COUNTED + 2;
}
static void break_counter_kind(struct image_builder *b) {
  counter(b)->kind = COUNTER_SUM;
  counter(b)->value_kind = VALUE_NUMBER;
}
static void break_counted_value(struct image_builder *b) {
  counter(b)->value_kind = VALUE_NUMBER;
}
static void break_summed_value(struct image_builder *b) {
  counter(b)->kind = COUNTER_SUM;
  counter(b)->value_kind = VALUE_TEXT;
}
static void break_counter_mask(struct image_builder *b) {
  counter(b)->sensitive = 1;
}
static void break_counter_window(struct image_builder *b) {
  counter(b)->window = NUO_WINDOW_THIS + 1;
}
static void break_counter_unit(struct image_builder *b) {
  counter(b)->unit = NUO_YEAR + 1;
}
static void break_counter_event(struct image_builder *b) {
  counter(b)->event = 100;
}
static void break_counter_field(struct image_builder *b) {
  counter(b)->field = event(b)->field_count + 100;
}
static void break_fact_subject(struct image_builder *b) {
  fact(b, 1)->subject = 1;
}
static void break_counter_subject(struct image_builder *b) {
  counter(b)->subject = 2;
}
static void break_subject(struct image_builder *b) {
  event(b)->subject = event(b)->time;
}
static void break_lateness(struct image_builder *b) {
  event(b)->lateness = -1;
}
static void break_fact_value(struct image_builder *b) {
  insn(b, event(b)->state_first + 2)->b = 1;
}
static void break_start(struct image_builder *b) {
  insn(b, event(b)->effect_first + 8)->a = 0;
}
static void break_period(struct image_builder *b) {
  insn(b, event(b)->state_first + 5)->c = 4;
}
static void break_reading(struct image_builder *b) {
  *insn(b, 1) = (struct insn){OPCODE_FACT, 5, 2, 0, 0};
}
static void break_changing(struct image_builder *b) {
  *insn(b, event(b)->state_first) = (struct insn){OPCODE_STOP, 2, 0, 0, 0};
}
static void break_read_late(struct image_builder *b) {
  *insn(b, event(b)->effect_first + 13) = (struct insn){OPCODE_FACT, 6, 2, 0, 0};
}
static void break_effect_fire(struct image_builder *b) {
  *insn(b, event(b)->state_first + 9) = (struct insn){OPCODE_PNONE, 31, 0, 0, 0};
  *insn(b, event(b)->effect_first + 13) = (struct insn){OPCODE_FIRE, 1, 5, 5, 0};
}
static void break_cold_reading(struct image_builder *b) {
  *insn(b, event(b)->state_first + 9) = (struct insn){OPCODE_PNONE, 31, 0, 0, 0};
}
static void break_state_place(struct image_builder *b) {
  event(b)->state_count = 0;
}
static void break_count_node(struct image_builder *b) {
  node(b, memory_node(b, NODE_COUNT))->aux = 2;
}
static void break_count_window(struct image_builder *b) {
  node(b, memory_node(b, NODE_COUNT))->child_count = 0;
}
static void break_count_key(struct image_builder *b) {
  node(b, memory_node(b, NODE_COUNT))->arguments = 3;
}
static void break_count_limit(struct image_builder *b) {
  node(b, memory_node(b, NODE_COUNT))->reason = IMAGE_NO_REG - 1;
}
static void break_count_limit_place(struct image_builder *b) {
  node(b, memory_node(b, NODE_COUNT))->reason = 11;
}
static void break_fact_node(struct image_builder *b) {
  node(b, memory_node(b, NODE_FACT))->aux = 4;
}
static void break_since_node(struct image_builder *b) {
  node(b, memory_node(b, NODE_FACT))->reason = 2;
}

static void break_outputs(struct image_builder *b) {
  ((struct image_match *)builder_item(b, SECTION_MATCHES, 0))->outputs = 1;
}
static void break_regex(struct image_builder *b) {
  struct image_str *pattern = builder_item(b, SECTION_REGEXES, 0);
  *(char *)builder_item(b, SECTION_STRINGS, pattern->at) = '(';
}
static void break_native(struct image_builder *b) {
  ((struct image_native *)builder_item(b, SECTION_NATIVES, 0))->result = VALUE_TEXT;
}
static void break_fire(struct image_builder *b) {
  struct insn *not = builder_item(b, SECTION_CODE, 30);
  *not = (struct insn){OPCODE_FIRE, 0, 0, 0, 0};
}
static void break_core(struct image_builder *b) {
  first_rule(b)->core_node = IMAGE_NONE;
}
static void break_until(struct image_builder *b) {
  first_rule(b)->action.until = 22;
}
static void break_same(struct image_builder *b) {
  first_rule(b)->same = b->sections[SECTION_RULES].count;
}
static void break_same_rank(struct image_builder *b) {
  first_rule(b)->same_rank = 1;
}
static void break_same_ranks(struct image_builder *b) {
  first_rule(b)->same = first_rule(b)[1].same = 0;
  first_rule(b)->same_rank = first_rule(b)[1].same_rank = 15;
}
static void break_many_same(struct image_builder *b) {
  first_rule(b)->same = 0;
  first_rule(b)->same_rank = 16;
}
static void break_strip(struct image_builder *b) {
  first_rule(b)->undetermined.is_label = 0;
}
static void break_node_order(struct image_builder *b) {
  *(uint32_t *)builder_item(b, SECTION_NODE_LIST, 0) = 2;
}
static void break_node_register(struct image_builder *b) {
  node(b, 5)->reg = 25;
}
static void break_node_kind(struct image_builder *b) {
  *(uint32_t *)builder_item(b, SECTION_NODE_LIST, 4) = 4;
}
static void break_hits(struct image_builder *b) {
  node(b, 2)->reason = 2;
}
static void break_part_register(struct image_builder *b) {
  ((struct image_part *)builder_item(b, SECTION_PARTS, 1))->reg = 4;
}
static void break_part_list(struct image_builder *b) {
  ((struct image_part *)builder_item(b, SECTION_PARTS, 3))->reg = 0;
}
static void break_exception(struct image_builder *b) {
  ((struct image_exception *)builder_item(b, SECTION_EXCEPTIONS, 0))->plane = 26;
}

static struct image_adapter *adapter(struct image_builder *b) {
  return builder_item(b, SECTION_ADAPTERS, 0);
}
static struct image_place *place(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_ADAPTER_PLACES, index);
}
static void break_place_range(struct image_builder *b) {
  place(b, 0)->child_count = 3;
}
static void break_place_twice(struct image_builder *b) {
  place(b, 2)->child_first = 0;
  place(b, 2)->child_count = 4;
}
static void break_convert(struct image_builder *b) {
  ((struct image_adapter_source *)builder_item(b, SECTION_ADAPTER_SOURCES, 0))->convert = ADAPT_KINDS;
}
static void break_adapter_each(struct image_builder *b) {
  adapter(b)->each = 5;
}
static void break_adapter_route(struct image_builder *b) {
  adapter(b)->route = 2;
}
static void break_adapter_refused(struct image_builder *b) {
  adapter(b)->refused_count = 2;
}

static void test_mistakes(void **state) {
  (void)state;
  static const struct {
    void (*break_it)(struct image_builder *builder);
    const char *message;
  } cases[] = {
      {break_event_code, "EVENTS 0: its code does not exist"},
      {break_place_range, "ADAPTER_PLACES 0: what is within it does not exist"},
      {break_place_twice, "ADAPTER_PLACES 2: a place is within more than one"},
      {break_convert, "ADAPTER_SOURCES 0: there is no such way to write a value"},
      {break_adapter_each, "ADAPTERS 0: its list of recipients is none of its mappings"},
      {break_adapter_route, "ADAPTERS 0: what tells who reads the event does not exist"},
      {break_adapter_refused, "ADAPTERS 0: the groups that it refuses do not exist"},
      {break_cost, "EVENTS 0: its code is longer"},
      {break_shared_register, "FIELDS 12: its register is taken"},
      {break_shared_plane, "ASKED 1: its plane is taken"},
      {break_register_class, "FIELDS 11: its register is of the wrong class"},
      {break_time, "EVENTS 0: its time is not"},
      {break_identity, "EVENTS 0: its identity is neither"},
      {break_zone, "EVENTS 0: its zone is not a time zone"},
      {break_ordinal, "ASKED 1: there is no such enumerator"},
      {break_member_twice, "MEMBERS 4: its field stands in two places"},
      {break_member_lost, "FIELDS 3: no member gives it"},
      {break_first_event, "EVENTS 0: the first type is derived"},
      {break_member_cycle, "MEMBERS 2: it stands in two places"},
      {break_orphan, "MEMBERS 2: it belongs to no event"},
      {break_number_set, "NUMBER_SETS 0: it is not ascending"},
      {break_text_set, "TEXT_SETS 0: it is not ascending"},
      {break_days, "DAYS 0: the days are not ascending"},
      {break_character, "PROGRAM 0: a name is not a string"},
      {break_utf8, "STRINGS 0: the bytes are not UTF-8"},
      {break_match, "MATCHES 0: its data is not a match set"},
      {break_outputs, "MATCHES 0: it has another number of outputs"},
      {break_regex, "REGEXES 0: it is not an expression"},
      {break_native, "NATIVES 0: its result"},
      {break_fire, "CODE 30: a rule is fired in a rule's own code"},
      {break_core, "RULES 0: a condition of it does not exist"},
      {break_until, "RULES 0: the time of a deferral"},
      {break_same, "RULES 0: it is one breach with others, of which"},
      {break_same_rank, "RULES 0: it is one breach with others, of which"},
      {break_many_same, "RULES 0: it is one breach with others, of which"},
      {break_same_ranks, "RULES 1: another rule has its rank in the same breach"},
      {break_strip, "RULES 0: the field to strip"},
      {break_node_order, "NODES 2: a child does not come before it"},
      {break_node_register, "NODES 5: its register holds nothing"},
      {break_node_kind, "NODES 6: a child is not a condition"},
      {break_hits, "NODES 2: its match set does not exist"},
      {break_part_register, "PARTS 1: its register holds nothing"},
      {break_part_list, "PARTS 3: its register holds nothing"},
      {break_exception, "EXCEPTIONS 0: its plane is not made"},
      {break_fact_kind, "FACTS 1: its value is of a kind"},
      {break_fact_keys, "FACTS 1: its key cannot be"},
      {break_key_kind, "its key does not exist, is of other types"},
      {break_key_place, "its key does not exist, is of other types"},
      {break_capacity, "COUNTERS 0: it remembers too many"},
      {break_counter_kind, "the counter is of another kind"},
      {break_counted_value, "COUNTERS 0: what it keeps cannot be"},
      {break_summed_value, "COUNTERS 0: what it keeps cannot be"},
      {break_counter_mask, "COUNTERS 0: what it keeps cannot be"},
      {break_fact_subject, "FACTS 1: its subject is no part of its key"},
      {break_counter_subject, "COUNTERS 0: its subject is no part of its key"},
      {break_counter_window, "COUNTERS 0: what is told of it cannot be"},
      {break_counter_unit, "COUNTERS 0: what is told of it cannot be"},
      {break_counter_event, "COUNTERS 0: what is told of it cannot be"},
      {break_counter_field, "COUNTERS 0: what is told of it cannot be"},
      {break_subject, "EVENTS 0: its subject is neither a text nor a number that is read"},
      {break_lateness, "EVENTS 0: its lateness"},
      {break_fact_value, "the fact has another kind of value"},
      {break_start, "the fact has another kind of value"},
      {break_period, "there is no such period"},
      {break_reading, "CODE 1: it reads the memory where"},
      {break_changing, "it changes the memory where"},
      {break_read_late, "it reads the memory after a change"},
      {break_effect_fire, "a rule is fired where the memory is changed"},
      {break_cold_reading, "it reads the memory where"},
      {break_state_place, "EVENTS 0: it has no such code"},
      {break_count_node, "its counter does not exist"},
      {break_count_window, "its first child is not the begin of a window"},
      {break_count_key, "its key holds nothing"},
      {break_count_limit, "its limit has no register"},
      {break_count_limit_place, "its limit holds nothing"},
      {break_fact_node, "its fact does not exist"},
      {break_since_node, "its register is of the wrong class"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct image_builder builder;
    nuo_error error = {0};
    size_t size;
    full_image(&builder);
    cases[c].break_it(&builder);
    void *image = builder_image(&builder, &size);
    if (try_image(image, size, &error) != NUO_BAD_IMAGE) fail_msg("accepted: %s", cases[c].message);
    if (strstr(error.message, cases[c].message) == NULL) {
      fail_msg("\"%s\" does not say \"%s\"", error.message, cases[c].message);
    }
    free(image);
    builder_free(&builder);
  }
}

static void test_code_mistakes(void **state) {
  (void)state;
  static const struct {
    struct insn code[4];
    const char *message;  // NULL: right
  } cases[] = {
      {{{OPCODE_NOT, 5, 0, 0, 0}, {OPCODE_NOT, 6, 5, 0, 0}}, NULL},
      {{{OPCODE_NOT, 5, 6, 0, 0}}, "CODE 0: it reads a register"},
      {{{OPCODE_NOT, 5, 32, 0, 0}}, "CODE 0: it reads a register"},
      {{{OPCODE_NOT, 32, 0, 0, 0}}, "CODE 0: it writes a register that does not exist"},
      {{{OPCODE_NOT, 4, 0, 0, 0}}, "CODE 0: it writes the register of a field"},
      {{{OPCODE_NOT, 5, 0, 1, 0}}, "CODE 0: an operand that it does not have"},
      {{{OPCODE_ENUMF, 5, 0, 0, 0}}, "CODE 0: it completes a plane of no field"},
      {{{OPCODE_ENUMF, 2, 1, 0, 0}}, "CODE 0: it reads a register"},
      {{{OPCODE_COUNT, 0, 0, 0, 0}}, "CODE 0: there is no such instruction"},
      {{{OPCODE_END, 0, 0, 0, 0}}, "CODE 0: there is code after the end"},
      {{{OPCODE_PCONST, 5, 3, 0, 0}}, "CODE 0: it is neither 0 nor 1 nor 2"},
      {{{OPCODE_CPICK, 5, 0, 2, 0}}, "CODE 0: it changes a register that holds nothing"},
      {{{OPCODE_XPICK, 5, 0, 1, 0}}, "CODE 0: it changes a register that holds nothing"},
      {{{OPCODE_EQK, 5, 2, 2, 0}}, "CODE 0: an operand names what does not exist"},
      {{{OPCODE_RANGEK, 5, 2, 1, 0}}, "CODE 0: an operand names what does not exist"},
      {{{OPCODE_SKIP, 0, 1, 0, 0}, {OPCODE_NOT, 5, 0, 0, 0}, {OPCODE_NOT, 6, 5, 0, 0}}, "CODE 2: it reads"},
      {{{OPCODE_NOT, 5, 0, 0, 0},
        {OPCODE_SKIP, 0, 1, 0, 0},
        {OPCODE_NOT, 5, 1, 0, 0},
        {OPCODE_NOT, 6, 5, 0, 0}},
       NULL},
      {{{OPCODE_SKIP, 0, 4, 0, 0}}, "CODE 0: it jumps out of its block"},
      {{{OPCODE_SKIP, 0, 0, 1, 0}}, "CODE 0: it jumps out of its block"},
      {{{OPCODE_SKIP, 0, 1, 0, 0}, {OPCODE_SKIP, 1, 1, 0, 0}}, "CODE 1: it jumps out of what another SKIP"},
      {{{OPCODE_SKIP, 0, 3, 0, 0}, {OPCODE_SKIP, 1, 2, 0, 0}}, NULL},
      {{{OPCODE_FIRE, 0, 0, 0, 0}, {OPCODE_FIRE, 0, 0, 0, 0}}, "CODE 1: the rule is fired twice"},
      {{{OPCODE_FIRE, 1, 0, 0, 0}}, "CODE 0: an operand names what does not exist"},
      {{{OPCODE_LHAS, 5, 2, 2, 0}}, "CODE 0: it reads a register"},   // texts
      {{{OPCODE_LHASX, 5, 0, 1, 0}}, "CODE 0: it reads a register"},  // numbers
      {{{OPCODE_LDEF, 5, 0, 2, 0}}, "CODE 0: it mixes lists"},
      {{{OPCODE_LDEF, 5, 0, 1, 0}, {OPCODE_LDEF, 5, 2, 3, 0}}, "CODE 1: it makes a list of texts"},
      {{{OPCODE_LDEF, 5, 2, 3, 0}, {OPCODE_LHASX, 5, 5, 1, 0}}, NULL},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct image_builder builder;
    nuo_error error = {0};
    size_t size;
    builder_begin(&builder);
    builder_rule(&builder, "a_rule");
    builder_number(&builder, 1);
    builder_number(&builder, 2);
    for (int i = 0; i < 4; i++) {
      struct insn insn = cases[c].code[i];
      // The rest is filled up with what does nothing.
      if (insn.op == OPCODE_END && (i > 0 || c != 9)) insn = (struct insn){OPCODE_PNONE, 31, 0, 0, 0};
      builder_add(&builder, SECTION_CODE, &insn);
    }
    builder_end_event(&builder);
    builder_insn(&builder, OPCODE_END, 0, 0, 0, 0);
    void *image = builder_image(&builder, &size);
    nuo_status status = try_image(image, size, &error);
    if ((status == NUO_OK) != (cases[c].message == NULL)) fail_msg("case %zu: %s", c, error.message);
    if (cases[c].message != NULL && strstr(error.message, cases[c].message) == NULL) {
      fail_msg("\"%s\" does not say \"%s\"", error.message, cases[c].message);
    }
    free(image);
    builder_free(&builder);
  }
}

static void test_limits(void **state) {
  (void)state;
  struct image_builder builder;
  nuo_error error = {0};
  size_t size;
  full_image(&builder);
  program_of(&builder)->column_count = 60000;
  program_of(&builder)->text_count = 60000;
  void *image = builder_image(&builder, &size);
  assert_int_equal(try_image(image, size, &error), NUO_LIMIT);
  free(image);
  builder_free(&builder);
  // Conditions that double at each level: 2^17 parts.
  full_image(&builder);
  uint32_t last = builder.sections[SECTION_NODES].count - 1;
  for (uint32_t n = last; n < last + 18; n++) {
    full_image_node(&builder, (struct image_node){NODE_OR, REG_PLANE, 24, 0, 2, 0, 0, {0, 0}, 0},
                    (uint32_t[]){n, n});
  }
  image = builder_image(&builder, &size);
  assert_int_equal(try_image(image, size, &error), NUO_BAD_IMAGE);
  assert_non_null(strstr(error.message, "its tree is too large"));
  free(image);
  builder_free(&builder);
}

static void test_no_events(void **state) {
  (void)state;
  struct image_builder builder;
  nuo_error error = {0};
  size_t size;
  builder_begin(&builder);
  builder_end_event(&builder);
  builder.sections[SECTION_EVENTS].count = 0;
  builder.sections[SECTION_EVENTS].size = 0;
  void *image = builder_image(&builder, &size);
  assert_int_equal(try_image(image, size, &error), NUO_BAD_IMAGE);
  assert_non_null(strstr(error.message, "it knows no event"));
  free(image);
  builder_free(&builder);
}

static void test_bad_zone(void **state) {
  (void)state;
  struct image_builder builder;
  nuo_error error = {0};
  size_t size;
  full_image(&builder);
  program_of(&builder)->zone = builder_str(&builder, "Asia/Atlantis");
  void *image = builder_image(&builder, &size);
  assert_int_equal(try_image(image, size, &error), NUO_BAD_ZONE);
  assert_non_null(strstr(error.message, "Asia/Atlantis"));
  free(image);
  builder_free(&builder);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accepts),       cmocka_unit_test(test_mistakes),
      cmocka_unit_test(test_code_mistakes), cmocka_unit_test(test_limits),
      cmocka_unit_test(test_bad_zone),      cmocka_unit_test(test_no_events),
      cmocka_unit_test(test_cut),           cmocka_unit_test(test_out_of_memory),
      cmocka_unit_test(test_flipped_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
