// SPDX-License-Identifier: Apache-2.0
// What `nuo cost` says of records, against records at their greatest.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/duty_record.h"
#include "runtime/state_distinct.h"
#include "runtime/state_total.h"
#include "runtime/when.h"

static const struct store_key key = {{1, 2, 3}};

static struct state begin(void) {
  struct state state;
  assert_true(nuo__state_init(&state, nuo__default_allocator(), (const uint8_t[16]){1}));
  return state;
}

static uint32_t record_size(const struct state *state) {
  uint32_t size;
  nuo__store_get(state->store, &key, &size);
  return size;
}

// Events so far apart, each the newest, that a distance fills all its bytes (2^40 ms are 34.8 years).
#define FAR INT64_C(1100000000000)
static int64_t far(uint32_t i) {
  return NUO__WHEN_FIRST_MS + (int64_t)(i + 1) * FAR;
}

static uint32_t greatest_times(uint32_t capacity) {
  struct state state = begin();
  uint32_t greatest = 0;
  for (uint32_t i = 0; i < 280; i++) {
    nuo__state_advance(&state, far(i));
    nuo__state_tally(&state, &key, far(i), capacity);
    if (record_size(&state) > greatest) greatest = record_size(&state);
  }
  nuo__state_free(&state);
  return greatest;
}

static void test_times(void **unused) {
  (void)unused;
  const uint32_t capacities[] = {1, 2, 3, 31, 32, 100};
  for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
    assert_int_equal(greatest_times(capacities[i]), nuo__state_times_size(capacities[i]));
  }
}

static void test_facts(void **unused) {
  (void)unused;
  const struct {
    uint8_t kind;
    int64_t value;
    nuo_text text;
  } facts[] = {{VALUE_FLAG, 1, {NULL, 0}}, {VALUE_NUMBER, INT64_MIN, {NULL, 0}}, {VALUE_TEXT, 0, {"abc", 3}}};
  for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
    struct state state = begin();
    const struct image_fact fact = {.kind = facts[i].kind};
    for (uint32_t k = 0; k < 5; k++) {
      nuo__state_advance(&state, far(k));
      nuo__state_start(&state, &key, far(k), facts[i].value, facts[i].text);
    }
    // What held before, and the newest.
    assert_int_equal(record_size(&state), nuo__state_fact_size(&fact) + 2 * facts[i].text.len);
    nuo__state_free(&state);
  }
}

static void test_totals_and_values(void **unused) {
  (void)unused;
  struct state state = begin();
  for (uint32_t i = 0; i < 40; i++) {
    nuo__state_advance(&state, far(i));
    nuo__state_add(&state, &key, far(i), far(i) - INT64_C(31622400000), INT64_MAX);
  }
  nuo__state_advance(&state, far(41));
  nuo__state_add(&state, &key, far(41) - 1, far(41) - INT64_C(31622400000), INT64_MAX);
  assert_in_range(record_size(&state), 10, nuo__state_total_size());
  nuo__state_free(&state);
  state = begin();
  for (uint32_t i = 0; i < 60; i++) {
    const struct store_key value = {.bytes = {[15] = (uint8_t)i}};
    nuo__state_advance(&state, far(i));
    nuo__state_differ(&state, &key, far(i), &value, 5);
  }
  assert_in_range(record_size(&state), 15 * 5, nuo__state_distinct_size(5));
  nuo__state_free(&state);
}

static void test_duties(void **unused) {
  (void)unused;
  struct state state = begin();
  struct scratch scratch = {.allocator = nuo__default_allocator()};
  const struct image_duty duty = {.step_count = IMAGE_STEP_MAX, .warning_count = IMAGE_WARNING_MAX};
  struct duty_record record = {.steps = IMAGE_STEP_MAX, .warnings = IMAGE_WARNING_MAX};
  struct instance *i = nuo__duty_add(&scratch, &record);
  i->began = NUO__WHEN_FIRST_MS;
  i->missed = i->overdue = i->certain = (1u << IMAGE_STEP_MAX) - 1;
  i->warned = (1u << IMAGE_WARNING_MAX) - 1;
  for (int k = 0; k < IMAGE_STEP_MAX; k++) i->due[k] = NUO__WHEN_LAST_MS;
  for (int k = 0; k < IMAGE_WARNING_MAX; k++) i->warning[k] = NUO__WHEN_LAST_MS;
  i->sealed = (nuo_text){"12345678", SEAL_MARK};
  nuo__duty_save(&state, &key, &record);
  assert_in_range(record_size(&state), nuo__duty_size(&duty) - 16, nuo__duty_size(&duty));
  nuo__scratch_free(&scratch);
  nuo__state_free(&state);
}

// Recent events are kept one by one: each adds so much at most to what has settled.
static void test_recent(void **unused) {
  (void)unused;
  const struct image_fact fact = {.kind = VALUE_NUMBER};
  struct state state = begin();
  state.lateness = 20 * FAR;
  const struct store_key times = {{1}}, totals = {{2}}, values = {{3}}, facts = {{4}};
  for (uint32_t i = 0; i < 60; i++) {
    const struct store_key value = {.bytes = {[15] = (uint8_t)i}};
    nuo__state_advance(&state, far(i));
    nuo__state_tally(&state, &times, far(i), 3);
    nuo__state_add(&state, &totals, far(i), far(i) - INT64_C(31622400000), INT64_MAX);
    nuo__state_differ(&state, &values, far(i), &value, 3);
    nuo__state_start(&state, &facts, far(i), INT64_MIN, (nuo_text){NULL, 0});
  }
  const struct {
    const struct store_key *key;
    uint32_t settled, each;
  } records[] = {
      {&times, nuo__state_times_size(3), nuo__state_times_size(1)},
      {&totals, nuo__state_total_size(), nuo__state_total_size()},
      {&values, nuo__state_distinct_size(3), nuo__state_distinct_size(1) - nuo__state_distinct_size(0)},
      {&facts, nuo__state_fact_size(&fact), nuo__state_fact_size(&fact) / 2}};
  for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
    uint32_t size;
    nuo__store_get(state.store, records[i].key, &size);
    assert_true(size > records[i].settled);
    assert_true(size <= records[i].settled + 20 * records[i].each);
  }
  nuo__state_free(&state);
}

// What the table takes for each record, with all that lies around.
static void test_places(void **unused) {
  (void)unused;
  static const uint32_t sizes[] = {7, 15, 16, 21, 100};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    struct store *store = nuo__store_new(nuo__default_allocator(), STORE_WIDE);
    const size_t empty = nuo__store_bytes(store);
    uint64_t seed = 7;
    for (uint32_t i = 0; i < 200000; i++) {
      struct store_key each;
      uint8_t record[100] = {0};
      for (size_t b = 0; b < 2; b++) {
        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        memcpy(each.bytes + 8 * b, &(uint64_t){seed ^ seed >> 29}, 8);
      }
      assert_true(nuo__store_put(store, &each, record, sizes[s]));
    }
    const size_t real = (nuo__store_bytes(store) - empty) / 200000,
                 stated = nuo__store_record_bytes(sizes[s]);
    assert_in_range(real, stated - stated / 8, stated + stated / 4);
    nuo__store_free(store);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_times),  cmocka_unit_test(test_facts),  cmocka_unit_test(test_totals_and_values),
      cmocka_unit_test(test_duties), cmocka_unit_test(test_recent), cmocka_unit_test(test_places),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
