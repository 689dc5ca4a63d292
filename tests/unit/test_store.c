// SPDX-License-Identifier: Apache-2.0
// The store against a plain array: random puts, removals and extensions of records of all sizes, keys that
// crowd together, timers, and an allocator that fails at every place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/store.h"

struct meter {
  size_t calls, fail_at, in_use;
};

static void *metered(void *context, void *ptr, size_t old_size, size_t new_size) {
  struct meter *meter = context;
  if (new_size > 0 && ++meter->calls == meter->fail_at) return NULL;
  meter->in_use += new_size;
  meter->in_use -= old_size;
  return nuo__default_allocator()->resize(NULL, ptr, old_size, new_size);
}

static uint64_t next_random(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

// ---- the plain array ----

#define KEYS 600
#define RECORD 300

struct plain {
  uint8_t records[KEYS][RECORD];
  uint32_t sizes[KEYS];
};

// Key `k`. Crowded ones differ in their last bytes only, which come in no order.
static struct store_key key_of(uint32_t k, bool crowded) {
  struct store_key key;
  uint64_t seed = 88172645463325252u + k * UINT64_C(0x9E3779B97F4A7C15);
  for (int i = 0; i < 16; i++) key.bytes[i] = (uint8_t)(next_random(&seed) >> 32);
  if (crowded) memset(key.bytes, k % 3 == 0 ? 0xFF : 0x12, 8);
  return key;
}

static void compare(const struct store *store, const struct plain *plain, bool crowded) {
  size_t count = 0;
  for (uint32_t k = 0; k < KEYS; k++) {
    struct store_key key = key_of(k, crowded);
    uint32_t size = 77;
    const void *record = nuo__store_get(store, &key, &size);
    assert_int_equal(size, plain->sizes[k]);
    assert_true((record == NULL) == (size == 0));
    if (size > 0) assert_memory_equal(record, plain->records[k], size);
    count += size > 0;
  }
  assert_int_equal(nuo__store_count(store), count);
}

// One random step; on failure nothing may have changed.
static void step(struct store *store, struct plain *plain, bool crowded, uint64_t *seed) {
  uint32_t k = (uint32_t)(next_random(seed) % KEYS), kind = (uint32_t)(next_random(seed) % 8);
  uint32_t size = (uint32_t)(next_random(seed) % (kind < 4 ? 20 : RECORD + 1)), old = plain->sizes[k];
  struct store_key key = key_of(k, crowded);
  uint8_t record[RECORD];
  memset(record, (int)(next_random(seed) & 0xFF), sizeof record);
  if (kind == 7 && old > 0 && size >= old) {
    uint8_t *bytes = nuo__store_extend(store, &key, size);
    if (bytes == NULL) return;
    memcpy(bytes + old, record, size - old);
    memcpy(plain->records[k] + old, record, size - old);
  } else {
    if (!nuo__store_put(store, &key, record, size)) return;
    memcpy(plain->records[k], record, size);
  }
  plain->sizes[k] = size;
}

static void run_random(bool crowded, size_t fail_every) {
  struct meter meter = {0};
  nuo_allocator allocator = {metered, &meter};
  struct plain *plain = calloc(1, sizeof *plain);
  struct store *store = nuo__store_new(&allocator);
  uint64_t seed = 4711;
  assert_non_null(store);
  for (int i = 0; i < 30000; i++) {
    if (fail_every > 0) meter.fail_at = meter.calls + next_random(&seed) % fail_every;
    step(store, plain, crowded, &seed);
    if (i % 500 == 0) compare(store, plain, crowded);
    assert_int_equal(nuo__store_bytes(store), meter.in_use);
  }
  compare(store, plain, crowded);
  for (uint32_t k = 0; k < KEYS; k++) {
    struct store_key key = key_of(k, crowded);
    assert_true(nuo__store_put(store, &key, NULL, 0));
  }
  assert_int_equal(nuo__store_count(store), 0);
  nuo__store_free(store);
  assert_int_equal(meter.in_use, 0);
  free(plain);
}

static void test_random(void **state) {
  (void)state;
  run_random(false, 0);
}

static void test_crowded(void **state) {
  (void)state;
  run_random(true, 0);
}

static void test_out_of_memory(void **state) {
  (void)state;
  struct meter meter = {.fail_at = 1};
  nuo_allocator allocator = {metered, &meter};
  assert_null(nuo__store_new(&allocator));
  run_random(false, 4);
  run_random(true, 3);
}

// A record put under its own key and under another, straight out of the store.
static void test_borrowed(void **state) {
  (void)state;
  struct store *store = nuo__store_new(nuo__default_allocator());
  struct store_key a = key_of(1, false), b = key_of(2, false), none = key_of(3, false);
  uint8_t record[200];
  uint32_t size;
  for (int i = 0; i < 200; i++) record[i] = (uint8_t)i;
  for (uint32_t len = 1; len <= 200; len += 7) {
    assert_true(nuo__store_put(store, &a, record, 200));
    const uint8_t *own = nuo__store_get(store, &a, &size);
    assert_true(nuo__store_put(store, &b, own, len));
    own = nuo__store_get(store, &a, &size);
    assert_true(nuo__store_put(store, &a, own + 200 - len, len));
    assert_memory_equal(nuo__store_get(store, &a, &size), record + 200 - len, len);
    assert_int_equal(size, len);
    assert_memory_equal(nuo__store_get(store, &b, &size), record, len);
  }
  assert_null(nuo__store_extend(store, &none, 10));
  assert_null(nuo__store_extend(store, &b, 1));
  nuo__store_free(store);
}

// ---- timers ----

#define TIMERS 500

struct plain_timers {
  int64_t at[TIMERS];
  struct store_key keys[TIMERS];
  uint32_t count;
};

static uint32_t least(const struct plain_timers *plain) {
  uint32_t first = 0;
  for (uint32_t i = 1; i < plain->count; i++) {
    bool same = plain->at[i] == plain->at[first];
    int order = memcmp(plain->keys[i].bytes, plain->keys[first].bytes, sizeof plain->keys[i].bytes);
    if (same ? order < 0 : plain->at[i] < plain->at[first]) first = i;
  }
  return first;
}

static void compare_first(const struct store *store, const struct plain_timers *plain) {
  int64_t at;
  struct store_key key;
  assert_int_equal(nuo__store_timer_first(store, &at, &key), plain->count > 0);
  if (plain->count == 0) return;
  uint32_t first = least(plain);
  assert_true(at == plain->at[first]);
  assert_memory_equal(key.bytes, plain->keys[first].bytes, sizeof key.bytes);
}

static void drop_first(struct store *store, struct plain_timers *plain) {
  nuo__store_timer_drop(store);
  if (plain->count == 0) return;
  uint32_t first = least(plain);
  plain->at[first] = plain->at[--plain->count];
  plain->keys[first] = plain->keys[plain->count];
}

// Few instants and few keys, so that many are the same in both; grows to hundreds and shrinks to none, in
// turns.
static void run_timers(size_t fail_every) {
  struct meter meter = {0};
  nuo_allocator allocator = {metered, &meter};
  struct plain_timers *plain = calloc(1, sizeof *plain);
  struct store *store = nuo__store_new(&allocator);
  uint64_t seed = 815;
  assert_non_null(store);
  for (int i = 0; i < 20000; i++) {
    bool grows = next_random(&seed) % 8 < (i / 1500 % 2 == 0 ? 6u : 2u);
    int64_t at = (int64_t)(next_random(&seed) % 50) - 25;
    struct store_key key = key_of((uint32_t)(next_random(&seed) % 20), true);
    if (fail_every > 0) meter.fail_at = meter.calls + next_random(&seed) % fail_every;
    if (!grows || plain->count == TIMERS) {
      drop_first(store, plain);
    } else if (nuo__store_timer_add(store, at, &key)) {
      plain->at[plain->count] = at;
      plain->keys[plain->count++] = key;
    } else {
      assert_true(fail_every > 0);
    }
    compare_first(store, plain);
    assert_int_equal(nuo__store_bytes(store), meter.in_use);
  }
  nuo__store_free(store);
  assert_int_equal(meter.in_use, 0);
  free(plain);
}

static void test_timers(void **state) {
  (void)state;
  run_timers(0);
  run_timers(3);
}

static void test_timer_ends(void **state) {
  (void)state;
  struct store *store = nuo__store_new(nuo__default_allocator());
  struct store_key low = {{0}}, high = {{0xFF}}, key;
  int64_t at = 7;
  assert_false(nuo__store_timer_first(store, &at, &key));
  nuo__store_timer_drop(store);
  assert_true(nuo__store_timer_add(store, INT64_MAX, &low));
  assert_true(nuo__store_timer_add(store, 0, &high));
  assert_true(nuo__store_timer_add(store, INT64_MIN, &high));
  assert_true(nuo__store_timer_add(store, 0, &low));
  const int64_t instants[] = {INT64_MIN, 0, 0, INT64_MAX};
  const uint8_t begins[] = {0xFF, 0, 0xFF, 0};
  for (int i = 0; i < 4; i++) {
    assert_true(nuo__store_timer_first(store, &at, &key));
    assert_true(at == instants[i]);
    assert_int_equal(key.bytes[0], begins[i]);
    nuo__store_timer_drop(store);
  }
  assert_false(nuo__store_timer_first(store, &at, &key));
  assert_int_equal(nuo__store_count(store), 0);
  nuo__store_free(store);
}

// What a subject with a small record costs.
static void test_size(void **state) {
  (void)state;
  struct store *store = nuo__store_new(nuo__default_allocator());
  uint8_t record[15] = {1};
  size_t worst = 0;
  for (uint32_t k = 0; k < 200000; k++) {
    struct store_key key = key_of(k, false);
    assert_true(nuo__store_put(store, &key, record, sizeof record));
    size_t each = nuo__store_bytes(store) / nuo__store_count(store);
    if (k >= 50000 && each > worst) worst = each;
  }
  assert_true(worst <= 64);
  nuo__store_free(store);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_random),     cmocka_unit_test(test_crowded), cmocka_unit_test(test_out_of_memory),
      cmocka_unit_test(test_borrowed),   cmocka_unit_test(test_size),    cmocka_unit_test(test_timers),
      cmocka_unit_test(test_timer_ends),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
