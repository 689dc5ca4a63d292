// SPDX-License-Identifier: Apache-2.0
// Running totals and different values against a plain list of everything that happened, asked in full each
// time: events in order and late, of few and of many values. What is kept stays as small as it is said to be.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "runtime/state_distinct.h"
#include "runtime/state_total.h"

enum { EVENTS = 600, PERIOD = 1000 };
static const uint8_t secret[16] = "0123456789abcdef";

struct happened {
  int64_t time, value;
};
struct run {
  struct state state;
  struct store_key key;
  struct happened list[EVENTS];
  uint32_t count;
  uint64_t seed;
};

static uint64_t next_random(struct run *r) {
  r->seed = r->seed * 6364136223846793005u + 1442695040888963407u;
  return r->seed >> 33;
}

static int64_t after_of(int64_t time) {
  return time / PERIOD * PERIOD - 1;
}

static struct run *begin(int64_t lateness, uint64_t seed) {
  struct run *r = calloc(1, sizeof *r);
  assert_non_null(r);
  assert_true(nuo__state_init(&r->state, nuo__default_allocator(), secret));
  r->state.lateness = lateness;
  r->seed = seed;
  return r;
}

static void end(struct run *r) {
  assert_false(r->state.failed);
  nuo__state_free(&r->state);
  free(r);
}

// A time that is not refused: mostly a little on, else as late as may be.
static int64_t next_time(struct run *r, int64_t lateness) {
  const int64_t newest = r->count == 0 ? 100000 : r->state.high_water;
  if (lateness > 0 && next_random(r) % 3 == 0) return newest - (int64_t)(next_random(r) % (uint64_t)lateness);
  return newest + (int64_t)(next_random(r) % 120);
}

static void add_happened(struct run *r, int64_t time, int64_t value) {
  r->list[r->count++] = (struct happened){time, value};
  nuo__state_advance(&r->state, time);
}

static uint32_t bytes_of(const struct run *r) {
  uint32_t size = 0;
  assert_non_null(nuo__store_get(r->state.store, &r->key, &size));
  return size;
}

// ---- totals ----
static void compare_total(const struct run *r, int64_t time) {
  const struct total total = nuo__state_total(&r->state, &r->key, after_of(time), time);
  int128 sum = 0;
  uint64_t count = 0;
  for (uint32_t i = 0; i < r->count; i++) {
    if (r->list[i].time <= after_of(time) || r->list[i].time > time) continue;
    sum += r->list[i].value;
    count++;
  }
  assert_true(total.sum == sum);
  assert_int_equal(total.count, count);
}

static void run_totals(int64_t lateness, uint64_t seed) {
  static const int64_t values[] = {0, 1, -1, 250, INT64_MAX, INT64_MIN, 1000000, -77};
  struct run *r = begin(lateness, seed);
  while (r->count < EVENTS) {
    const int64_t time = next_time(r, lateness), value = values[next_random(r) % 8];
    compare_total(r, time);
    nuo__state_add(&r->state, &r->key, time, after_of(time), value);
    add_happened(r, time, value);
    compare_total(r, time);
    compare_total(r, r->state.high_water);
    // A byte, one total and the event that is not settled yet: 11 bytes at most for a sum, here.
    if (lateness == 0) assert_true(bytes_of(r) <= 1 + 2 * (6 + 2 + 2 + 11));
  }
  end(r);
}

static void test_totals(void **unused) {
  (void)unused;
  static const int64_t latenesses[] = {0, 50, 3000};
  for (int i = 0; i < 3; i++)
    for (uint64_t seed = 1; seed < 20; seed++) run_totals(latenesses[i], seed);
}

// By hand: 60.5 and 39.5 of a day, in millionths, a late event between them, and the day after.
static void test_days(void **unused) {
  (void)unused;
  const int64_t day = 86400000;
  struct run *r = begin(3600000, 1);
  nuo__state_advance(&r->state, day + 1000);
  nuo__state_add(&r->state, &r->key, day + 1000, day - 1, 60500000);
  nuo__state_advance(&r->state, day + 3000);
  nuo__state_add(&r->state, &r->key, day + 3000, day - 1, 39500000);
  nuo__state_add(&r->state, &r->key, day + 2000, day - 1, 7);
  assert_true(nuo__state_total(&r->state, &r->key, day - 1, day + 2999).sum == 60500007);
  assert_true(nuo__state_total(&r->state, &r->key, day - 1, day + 3000).sum == 100000007);
  assert_true(nuo__state_total(&r->state, &r->key, 2 * day - 1, 2 * day).count == 0);
  assert_true(nuo__state_total(&r->state, &r->key, -1, day + 3000).count == 0);
  nuo__state_advance(&r->state, 2 * day);
  nuo__state_add(&r->state, &r->key, 2 * day, 2 * day - 1, 1);
  assert_true(nuo__state_total(&r->state, &r->key, 2 * day - 1, 2 * day).sum == 1);
  // The day before can be asked for until an hour into this one.
  assert_true(nuo__state_total(&r->state, &r->key, day - 1, 2 * day - 1).count == 3);
  end(r);
}

// ---- different values ----
static uint32_t different(const struct run *r, int64_t after, int64_t time) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < r->count; i++) {
    bool is_new = r->list[i].time > after && r->list[i].time <= time;
    for (uint32_t k = 0; is_new && k < i; k++)
      is_new = r->list[k].value != r->list[i].value || r->list[k].time <= after || r->list[k].time > time;
    count += is_new;
  }
  return count;
}

static void compare_different(struct run *r, int64_t time, uint32_t capacity) {
  const int64_t after = time - (int64_t)(next_random(r) % 5000);
  const uint32_t found = nuo__state_distinct(&r->state, &r->key, after, time),
                 all = different(r, after, time);
  assert_int_equal(found < capacity ? found : capacity, all < capacity ? all : capacity);
}

static void run_different(int64_t lateness, uint32_t capacity, uint64_t values, uint64_t seed) {
  struct run *r = begin(lateness, seed);
  while (r->count < EVENTS) {
    const int64_t time = next_time(r, lateness), value = (int64_t)(next_random(r) % values);
    struct store_key hash = {{[8] = (uint8_t)(value * 37), (uint8_t)value}};
    compare_different(r, time, capacity);
    nuo__state_differ(&r->state, &r->key, time, &hash, capacity);
    add_happened(r, time, value);
    compare_different(r, time, capacity);
    compare_different(r, r->state.high_water, capacity);
    if (lateness == 0) assert_true(bytes_of(r) <= 1 + 15 * (capacity + 1));
  }
  end(r);
}

static void test_different(void **unused) {
  (void)unused;
  static const int64_t latenesses[] = {0, 50, 3000};
  static const uint32_t capacities[] = {1, 2, 5, 40};
  for (int i = 0; i < 3; i++)
    for (int c = 0; c < 4; c++)
      for (uint64_t seed = 1; seed < 4; seed++)
        run_different(latenesses[i], capacities[c], 4 + 20 * seed, seed);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_totals), cmocka_unit_test(test_days),
                                     cmocka_unit_test(test_different)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
