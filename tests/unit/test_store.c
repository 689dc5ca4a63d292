// SPDX-License-Identifier: Apache-2.0
// The store against a plain array: random puts, removals and extensions of records of all sizes, keys that
// crowd together, timers, and an allocator that fails at every place. What any store has to do is asked of
// one in memory and of one in a directory, which is closed and opened again all the time.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/disk.h"
#include "tests/unit/fail_once.h"

static uint64_t next_random(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

// ---- a store somewhere ----

struct place {
  nuo_allocator allocator;
  struct store *store;
  struct store *all[DISK_STORES];  // `store` is one of them; the others stay empty
  int number;
  struct disk *disk;  // NULL: in memory
  char path[40];
};

static void load(struct place *place) {
  nuo_error error = {.message = ""};
  for (int i = 0; i < DISK_STORES; i++)
    assert_non_null(place->all[i] = nuo__store_new(&place->allocator, i == 0 ? STORE_WIDE : STORE_NARROW));
  place->store = place->all[place->number];
  if (place->path[0] == 0) return;
  nuo_status status =
      nuo__disk_open(&place->allocator, place->path, "0123456789abcdef", &place->disk, &error);
  if (status == NUO_OK) status = nuo__disk_load(place->disk, place->all, &error);
  if (status != NUO_OK) fail_msg("%s", error.message);
}

static void close_place(struct place *place) {
  for (int i = 0; i < DISK_STORES; i++) nuo__store_free(place->all[i]);
  nuo__disk_close(place->disk);
  place->disk = NULL;
}

static void open_place(struct place *place, struct meter *meter, bool in_directory, int number) {
  *place = (struct place){.allocator = {metered, meter}, .path = "", .number = number};
  if (in_directory) {
    strcpy(place->path, "/tmp/nuo_store_XXXXXX");
    assert_non_null(mkdtemp(place->path));
  }
  load(place);
}

// Whatever a store does about keeping its records; with `reopen` they are read back.
static void keep(struct place *place, bool reopen) {
  nuo_error error = {.message = ""};
  if (place->disk == NULL) return;
  assert_true(nuo__disk_take(place->disk, place->all));
  nuo_status status = nuo__disk_write(place->disk, false, &error);
  if (status != NUO_OK) fail_msg("%s", error.message);
  if (!reopen) return;
  close_place(place);
  load(place);
}

static void remove_place(struct place *place) {
  char command[80];
  close_place(place);
  if (place->path[0] == 0) return;
  snprintf(command, sizeof command, "rm -r %s", place->path);
  assert_int_equal(system(command), 0);
}

static void check_bytes(const struct place *place, const struct meter *meter) {
  size_t bytes = 0;
  for (int i = 0; i < DISK_STORES; i++) bytes += nuo__store_bytes(place->all[i]);
  assert_int_equal(bytes, meter->in_use);
}

// ---- the plain array ----

#define KEYS 600
#define RECORD 300

struct plain {
  uint8_t records[KEYS][RECORD];
  uint32_t sizes[KEYS];
};

// Key `k`. Crowded ones begin alike, and a third of them differ in six bytes in the middle only, so that a
// hundred records lie in one slot.
static struct store_key key_of(uint32_t k, bool crowded) {
  struct store_key key;
  uint64_t seed = 88172645463325252u + k * UINT64_C(0x9E3779B97F4A7C15);
  for (int i = 0; i < 16; i++) key.bytes[i] = (uint8_t)(next_random(&seed) >> 32);
  if (crowded) memset(key.bytes, k % 3 == 0 ? 0xFF : 0x12, 4);
  if (crowded && k % 3 == 1) memset(key.bytes + 10, (int)(k / 3 % 2), 6);
  return key;
}

static void compare(struct store *store, const struct plain *plain, bool crowded) {
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

static bool is_odd(const void *context, const struct store_key *key, const void *record, uint32_t size) {
  assert_true((record == NULL) == (size == 0));
  return (key->bytes[15] & 1) == *(const uint8_t *)context;
}

static void sweep(struct store *store, struct plain *plain, bool crowded, uint8_t odd) {
  size_t removed, expected = 0;
  for (uint32_t k = 0; k < KEYS; k++) {
    struct store_key key = key_of(k, crowded);
    if (plain->sizes[k] == 0 || !is_odd(&odd, &key, NULL, 0)) continue;
    plain->sizes[k] = 0;
    expected++;
  }
  assert_true(nuo__store_sweep(store, is_odd, &odd, &removed));
  assert_int_equal(removed, expected);
}

static void run_random(bool crowded, size_t fail_every, bool in_directory) {
  struct meter meter = {0};
  struct place place;
  struct plain *plain = calloc(1, sizeof *plain);
  uint64_t seed = 4711;
  open_place(&place, &meter, in_directory, crowded ? 1 : 0);
  for (int i = 0; i < 30000; i++) {
    if (fail_every > 0) meter.fail_at = meter.calls + next_random(&seed) % fail_every;
    step(place.store, plain, crowded, &seed);
    if (i % 4000 == 3999 && fail_every == 0) sweep(place.store, plain, crowded, i / 4000 & 1);
    if (i % 500 == 499) keep(&place, i % 2000 == 1999);
    if (i % 500 == 0) compare(place.store, plain, crowded);
    if (i % 7000 == 6999) {
      nuo__store_clear(place.store);
      memset(plain->sizes, 0, sizeof plain->sizes);
    }
    if (!in_directory) check_bytes(&place, &meter);
  }
  keep(&place, true);
  compare(place.store, plain, crowded);
  for (uint32_t k = 0; k < KEYS; k++) {
    struct store_key key = key_of(k, crowded);
    assert_true(nuo__store_put(place.store, &key, NULL, 0));
  }
  keep(&place, true);
  assert_int_equal(nuo__store_count(place.store), 0);
  remove_place(&place);
  assert_int_equal(meter.in_use, 0);
  free(plain);
}

static void test_random(void **state) {
  (void)state;
  run_random(false, 0, false);
  run_random(false, 0, true);
}

static void test_crowded(void **state) {
  (void)state;
  run_random(true, 0, false);
  run_random(true, 0, true);
}

static void test_out_of_memory(void **state) {
  (void)state;
  struct meter meter = {.fail_at = 1};
  nuo_allocator allocator = {metered, &meter};
  assert_null(nuo__store_new(&allocator, STORE_WIDE));
  run_random(false, 4, false);
  run_random(true, 3, false);
}

// A record put under its own key and under another, straight out of the store.
static void test_borrowed(void **state) {
  (void)state;
  struct store *store = nuo__store_new(nuo__default_allocator(), STORE_WIDE);
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

// One is as good as two of the same: in a directory there is one.
static void drop_all_first(struct store *store, struct plain_timers *plain) {
  int64_t at, next;
  struct store_key key, other;
  if (!nuo__store_timer_first(store, &at, &key)) return;
  do {
    drop_first(store, plain);
  } while (nuo__store_timer_first(store, &next, &other) && next == at &&
           memcmp(&key, &other, sizeof key) == 0);
}

static void forget_doubles(struct plain_timers *plain) {
  for (uint32_t i = 0; i < plain->count; i++)
    for (uint32_t k = i + 1; k < plain->count;)
      if (plain->at[i] == plain->at[k] &&
          memcmp(&plain->keys[i], &plain->keys[k], sizeof *plain->keys) == 0) {
        plain->at[k] = plain->at[--plain->count];
        plain->keys[k] = plain->keys[plain->count];
      } else {
        k++;
      }
}

static void sweep_timers(struct store *store, struct plain_timers *plain, uint8_t odd) {
  size_t removed;
  for (uint32_t i = 0; i < plain->count;) {
    if (!is_odd(&odd, &plain->keys[i], NULL, 0)) {
      i++;
    } else {
      plain->at[i] = plain->at[--plain->count];
      plain->keys[i] = plain->keys[plain->count];
    }
  }
  assert_true(nuo__store_sweep(store, is_odd, &odd, &removed));
  assert_int_equal(removed, 0);
}

// Few instants and few keys, so that many are the same in both; grows to hundreds and shrinks to none, in
// turns.
static void run_timers(size_t fail_every, bool in_directory) {
  struct meter meter = {0};
  struct place place;
  struct plain_timers *plain = calloc(1, sizeof *plain);
  uint64_t seed = 815;
  open_place(&place, &meter, in_directory, 0);
  for (int i = 0; i < 20000; i++) {
    bool grows = next_random(&seed) % 8 < (i / 1500 % 2 == 0 ? 6u : 2u);
    int64_t at = (int64_t)(next_random(&seed) % 50) - 25;
    struct store_key key = key_of((uint32_t)(next_random(&seed) % 20), true);
    if (fail_every > 0) meter.fail_at = meter.calls + next_random(&seed) % fail_every;
    if (!grows || plain->count == TIMERS) {
      drop_all_first(place.store, plain);
    } else if (nuo__store_timer_add(place.store, at, &key)) {
      plain->at[plain->count] = at;
      plain->keys[plain->count++] = key;
    } else {
      assert_true(fail_every > 0);
    }
    if (i % 997 == 996 && fail_every == 0) sweep_timers(place.store, plain, i / 997 & 1);
    if (i % 300 == 299) keep(&place, i % 900 == 899);
    if (i % 900 == 899 && in_directory) forget_doubles(plain);
    compare_first(place.store, plain);
    if (!in_directory) check_bytes(&place, &meter);
  }
  remove_place(&place);
  assert_int_equal(meter.in_use, 0);
  free(plain);
}

static void test_timers(void **state) {
  (void)state;
  run_timers(0, false);
  run_timers(3, false);
  run_timers(0, true);
}

static void test_timer_ends(void **state) {
  (void)state;
  struct store *store = nuo__store_new(nuo__default_allocator(), STORE_WIDE);
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

// What a subject with a fact and a count of three costs, whose keys differ in their middle; and all are found
// again, though the table has been divided.
static void test_size(void **state) {
  (void)state;
  struct store *store = nuo__store_new(nuo__default_allocator(), STORE_WIDE);
  uint8_t record[15] = {1};
  size_t worst = 0;
  for (uint32_t k = 0; k < 200000; k++) {
    struct store_key key = key_of(k, false);
    assert_true(nuo__store_put(store, &key, record, 7));
    key.bytes[6] ^= 1;
    assert_true(nuo__store_put(store, &key, record, sizeof record));
    size_t each = nuo__store_bytes(store) / (k + 1);
    if (k >= 50000 && each > worst) worst = each;
  }
  assert_int_equal(nuo__store_count(store), 400000);
  for (uint32_t k = 0; k < 200000; k++) {
    struct store_key key = key_of(k, false);
    uint32_t fact, count;
    assert_non_null(nuo__store_get(store, &key, &fact));
    key.bytes[6] ^= 1;
    assert_non_null(nuo__store_get(store, &key, &count));
    assert_true(fact == 7 && count == sizeof record);
  }
  assert_true(worst <= 66);
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
