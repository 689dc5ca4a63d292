// SPDX-License-Identifier: Apache-2.0
// Keys made ahead: they are those that would be made at their turn, equal values are hashed once, and what is
// not a field, not known or beyond the bounds is left for its turn.
#include "runtime/state.h"
#include "runtime/touch.h"
#include "tests/unit/vm_harness.h"

#undef OP_OF
#define OP_OF(name, a, b, c, d, ...) builder_insn(&h->builder, OPCODE_##name, a, b, c, d)

// ARGUMENTS: fields, and behind them a column that the code makes.
enum { TEXT_0, TEXT_1, TEXT_2, COLUMN_2, COLUMN_3, MADE, ARGUMENT_COUNT };
static const struct image_argument arguments[ARGUMENT_COUNT] = {
    {REG_TEXT, 0}, {REG_TEXT, 1}, {REG_TEXT, 2}, {REG_COLUMN, 2}, {REG_COLUMN, 3}, {REG_COLUMN, 10}};

struct ahead {
  struct harness h;
  struct state state;
  struct early early;
};

static uint32_t add_fact(struct harness *h, char name, uint8_t key_kind) {
  struct image_fact fact = {.name = builder_str(&h->builder, "f"),
                            .key_count = 1,
                            .key_kinds = {key_kind},
                            .subject = IMAGE_KEY_MAX};
  fact.identity[0] = (uint8_t)name;
  return builder_add(&h->builder, SECTION_FACTS, &fact);
}

static void begin(struct ahead *a) {
  harness_begin(&a->h);
  for (int i = 0; i < ARGUMENT_COUNT; i++) builder_add(&a->h.builder, SECTION_ARGUMENTS, &arguments[i]);
  assert_true(nuo__state_init(&a->state, nuo__default_allocator(), (const uint8_t[16]){1, 2, 3}));
}

// The code so far is the state block.
static void load(struct ahead *a, uint32_t lanes) {
  struct harness *h = &a->h;
  OP(END);
  struct image_event *event = builder_item(&h->builder, SECTION_EVENTS, 0);
  event->state_count = h->builder.sections[SECTION_CODE].count;
  event->code_first = event->state_count;
  harness_load(h, lanes);
  a->early = (struct early){.lists = NULL};
  assert_true(nuo__touch_new(h->program, nuo__default_allocator(), &a->early));
  nuo__touch_clear(&a->early);
}

static void end(struct ahead *a) {
  nuo__touch_free(a->h.program, nuo__default_allocator(), &a->early);
  nuo__state_free(&a->state);
  harness_end(&a->h);
}

static void touch(struct ahead *a, uint32_t lane) {
  nuo__touch_lane(&a->early, &a->state, a->h.program, &a->h.batch, lane);
}

static bool is_made(const struct ahead *a, uint32_t fact, uint16_t first, uint32_t lane,
                    struct store_key *key) {
  return nuo__touch_key(&a->early, &a->h.batch, false, fact, first, lane, key);
}

static void expect_key(const struct ahead *a, uint32_t fact, uint16_t first, uint32_t lane) {
  const struct image *image = &a->h.program->image;
  const struct key_shape shape = nuo__state_shape(image, false, fact);
  struct store_key made, wanted;
  assert_true(is_made(a, fact, first, lane, &made));
  assert_true(
      nuo__state_key(&a->state, a->h.program, &a->h.batch, lane, &shape, image->ARGUMENTS + first, &wanted));
  assert_memory_equal(&made, &wanted, sizeof made);
}

static void expect_none(const struct ahead *a, uint32_t fact, uint16_t first, uint32_t lane) {
  struct store_key key;
  assert_false(is_made(a, fact, first, lane, &key));
}

static void test_keys(void **unused) {
  (void)unused;
  struct ahead a;
  begin(&a);
  struct harness *h = &a.h;
  const uint32_t f = add_fact(h, 'f', VALUE_TEXT), g = add_fact(h, 'g', VALUE_TEXT),
                 n = add_fact(h, 'n', VALUE_NUMBER);
  OP(FACT, 5, f, TEXT_0);
  OP(FACT, 6, g, TEXT_0);
  OP(SINCE, 6, f, TEXT_0);
  OP(FACT, 7, n, COLUMN_2);
  OP(FACT, 8, g, TEXT_1);
  OP(PERIOD, 10, 2, 0);
  OP(FACT, 9, n, MADE);
  load(&a, 3);
  give_text(h, 0, (const char *[]){"a", "b", NULL}, 3);
  give_text(h, 1, (const char *[]){"a", "c", "d"}, 3);
  give_column(h, 2, "kkk", (int64_t[]){7, 8, 9});
  for (uint32_t lane = 0; lane < 3; lane++) expect_none(&a, f, TEXT_0, lane);
  for (uint32_t lane = 0; lane < 3; lane++) touch(&a, lane);
  for (uint32_t lane = 0; lane < 2; lane++) {
    expect_key(&a, f, TEXT_0, lane);
    expect_key(&a, g, TEXT_0, lane);
    expect_key(&a, g, TEXT_1, lane);
    expect_key(&a, n, COLUMN_2, lane);
    expect_none(&a, n, MADE, lane);
    expect_none(&a, f, TEXT_1, lane);  // nothing asks for it
  }
  expect_none(&a, f, TEXT_0, 2);
  expect_none(&a, g, TEXT_0, 2);
  expect_key(&a, n, COLUMN_2, 2);
  // Four operands of three values: what asks twice is one, and the same text serves two facts.
  assert_int_equal(a.early.lists[0].count, 4);
  assert_int_equal(a.early.lists[0].value_count, 3);
  nuo__touch_clear(&a.early);
  expect_none(&a, f, TEXT_0, 0);
  end(&a);
}

static void test_bounds(void **unused) {
  (void)unused;
  struct ahead a;
  uint32_t facts[TOUCH_MAX + 1];
  begin(&a);
  struct harness *h = &a.h;
  static const uint8_t kinds[] = {VALUE_TEXT, VALUE_TEXT, VALUE_TEXT, VALUE_NUMBER, VALUE_NUMBER};
  for (uint16_t i = 0; i <= TOUCH_VALUES_MAX; i++) {
    facts[i] = add_fact(h, (char)('a' + i), kinds[i]);
    OP(FACT, 5, facts[i], TEXT_0 + i);
  }
  // Of the values that there are more facts may ask, up to the bound.
  for (uint32_t i = TOUCH_VALUES_MAX + 1; i <= TOUCH_MAX; i++)
    facts[i] = add_fact(h, (char)('a' + i), VALUE_TEXT);
  const uint32_t last = add_fact(h, 'z', VALUE_TEXT);
  for (uint32_t i = TOUCH_VALUES_MAX + 1; i <= TOUCH_MAX; i++) OP(FACT, 5, facts[i], TEXT_0);
  OP(FACT, 5, last, TEXT_0);
  load(&a, 1);
  for (unsigned t = 0; t < 3; t++) give_text(h, t, (const char *[]){"a"}, 1);
  give_column(h, 2, "k", (int64_t[]){7});
  give_column(h, 3, "k", (int64_t[]){8});
  touch(&a, 0);
  for (uint16_t i = 0; i < TOUCH_VALUES_MAX; i++) expect_key(&a, facts[i], TEXT_0 + i, 0);
  expect_none(&a, facts[TOUCH_VALUES_MAX], TEXT_0 + TOUCH_VALUES_MAX, 0);
  for (uint32_t i = TOUCH_VALUES_MAX + 1; i <= TOUCH_MAX; i++) expect_key(&a, facts[i], TEXT_0, 0);
  expect_none(&a, last, TEXT_0, 0);
  assert_int_equal(a.early.lists[0].count, TOUCH_MAX);
  end(&a);
}

// The tag of the subject is there when a key that holds it was made.
static void test_subject(void **unused) {
  (void)unused;
  for (int keyed = 0; keyed < 2; keyed++) {
    struct ahead a;
    begin(&a);
    struct harness *h = &a.h;
    const uint32_t f = add_fact(h, 'f', VALUE_TEXT);
    struct image_event *event = builder_item(&h->builder, SECTION_EVENTS, 0);
    event->subject = event->identity;  // text 0
    if (keyed) ((struct image_fact *)builder_item(&h->builder, SECTION_FACTS, f))->subject = 0;
    OP(FACT, 5, f, TEXT_0);
    load(&a, 2);
    give_text(h, 0, (const char *[]){"a", NULL}, 2);
    touch(&a, 0);
    touch(&a, 1);
    struct store_key key;
    const uint8_t *tag = nuo__touch_tag(&a.early, &h->batch, 0);
    assert_true(is_made(&a, f, TEXT_0, 0, &key));
    assert_int_equal(tag != NULL, keyed);
    if (keyed) assert_memory_equal(tag, key.bytes + STATE_SUBJECT_AT, STATE_SUBJECT_SIZE);
    assert_null(nuo__touch_tag(&a.early, &h->batch, 1));
    end(&a);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys), cmocka_unit_test(test_bounds),
                                     cmocka_unit_test(test_subject)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
