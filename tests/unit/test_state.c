// SPDX-License-Identifier: Apache-2.0
// Facts and counters against a plain list of everything that happened, asked in full each time: events in
// order, late ones, many at the same instant, far apart; and an allocator that fails at every place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/state.h"
#include "runtime/when.h"
#include "tests/unit/fail_once.h"

static uint64_t next_random(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  *seed ^= *seed << 17;
  return *seed;
}

static const uint8_t secret[16] = {7};

// ---- the plain list ----

#define KEYS 3
#define HAPPENED 4000

struct happened {
  int64_t time;
  uint32_t key;
  bool starts;
  int64_t value;
  char text[12];
};
struct plain {
  struct happened list[HAPPENED];
  uint32_t count;
};

// By the words of the language: the last change up to `time` decides, at one instant an end before all, and
// of two starts the one told last.
static bool plain_fact(const struct plain *p, uint32_t key, int64_t time, int64_t *since,
                       const struct happened **value) {
  const struct happened *last = NULL;
  for (uint32_t i = 0; i < p->count; i++) {
    const struct happened *h = &p->list[i];
    if (h->key != key || h->time > time) continue;
    bool later = last == NULL || h->time > last->time;
    if (later || (h->time == last->time && last->starts)) last = h;
  }
  if (last == NULL || !last->starts) return false;
  *value = last;
  // Back to the latest end before it.
  int64_t end = INT64_MIN;
  for (uint32_t i = 0; i < p->count; i++) {
    const struct happened *h = &p->list[i];
    if (h->key == key && !h->starts && h->time <= time && h->time > end) end = h->time;
  }
  *since = last->time;
  for (uint32_t i = 0; i < p->count; i++) {
    const struct happened *h = &p->list[i];
    if (h->key == key && h->starts && h->time > end && h->time < *since) *since = h->time;
  }
  return true;
}

static int by_time(const void *a, const void *b) {
  int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static uint32_t plain_times(const struct plain *p, uint32_t key, int64_t after, int64_t time, int64_t *out) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < p->count; i++) {
    const struct happened *h = &p->list[i];
    if (h->key == key && h->time > after && h->time <= time) out[count++] = h->time;
  }
  qsort(out, count, sizeof *out, by_time);
  return count;
}

static struct store_key key_of(uint32_t key) {
  struct store_key out = {{(uint8_t)(key * 91), (uint8_t)key}};
  return out;
}

// ---- histories ----

struct history {
  int64_t step, lateness;  // ms between instants; how late events come
  uint32_t instants;       // the next is at most so many steps later
};
static const struct history histories[] = {
    {1000, 0, 3},
    {1000, 10000, 2},
    {1, 5, 2},
    {86400000, INT64_C(20) * 86400000, 4},
    {INT64_C(40000000000), 0, 2},
};

// The time of the next event: not before the lateness, often an instant that there was.
static int64_t next_time(const struct state *s, const struct history *h, uint64_t *seed) {
  if (s->high_water == INT64_MIN) return INT64_C(1751328000000);
  if (h->lateness > 0 && next_random(seed) % 3 == 0) {
    return s->high_water - (int64_t)(next_random(seed) % (uint64_t)(h->lateness / h->step + 1)) * h->step;
  }
  int64_t time = s->high_water + (int64_t)(next_random(seed) % h->instants) * h->step;
  return time > NUO__WHEN_LAST_MS ? NUO__WHEN_LAST_MS : time;
}

static void compare_fact(const struct state *s, const struct plain *p, uint32_t key, int64_t time) {
  struct store_key k = key_of(key);
  int64_t since = 0, value = 0, plain_since = 0;
  nuo_text text = {NULL, 0};
  const struct happened *last = NULL;
  bool holds = plain_fact(p, key, time, &plain_since, &last);
  if (nuo__state_fact(s, &k, time, &since, &value, &text) != holds) {
    fail_msg("key %u at %lld: it should %shold", key, (long long)time, holds ? "" : "not ");
  }
  if (!holds) return;
  assert_int_equal(since, plain_since);
  assert_int_equal(text.text == NULL ? 0 : text.len, strlen(last->text));
  if (text.text == NULL) assert_int_equal(value, last->value);
  if (text.text != NULL) assert_memory_equal(text.text, last->text, text.len);
}

static void run_facts(const struct history *h, uint64_t seed) {
  struct plain *plain = calloc(1, sizeof *plain);
  struct state s;
  assert_true(nuo__state_init(&s, nuo__default_allocator(), secret));
  s.lateness = h->lateness;
  for (uint32_t i = 0; i < 1500; i++) {
    int64_t time = next_time(&s, h, &seed);
    struct happened now = {.time = time, .key = (uint32_t)(next_random(&seed) % KEYS)};
    struct store_key key = key_of(now.key);
    for (uint32_t k = 0; k < KEYS; k++) compare_fact(&s, plain, k, time);
    nuo__state_advance(&s, time);
    now.starts = next_random(&seed) % 5 < 3;
    now.value = next_random(&seed) % 2 ? (int64_t)next_random(&seed) : (int64_t)(next_random(&seed) % 3) - 1;
    if (now.starts && next_random(&seed) % 4 == 0) snprintf(now.text, sizeof now.text, "w%u", i);
    plain->list[plain->count++] = now;
    if (now.starts) {
      nuo__state_start(&s, &key, time, now.value,
                       (nuo_text){now.text[0] ? now.text : NULL, strlen(now.text)});
    } else {
      nuo__state_end(&s, &key, time);
    }
    assert_false(s.failed);
    for (uint32_t k = 0; k < KEYS; k++) compare_fact(&s, plain, k, time);
  }
  nuo__state_free(&s);
  free(plain);
}

static void test_facts(void **state) {
  (void)state;
  for (size_t h = 0; h < sizeof histories / sizeof *histories; h++) {
    for (uint64_t seed = 1; seed < 6; seed++) run_facts(&histories[h], seed * 7919);
  }
}

// The latest `capacity` up to `time`, in any window, are what the list has.
static void compare_count(const struct state *s, const struct plain *p, uint32_t key, int64_t time,
                          uint32_t capacity, uint64_t *seed) {
  static int64_t plain_list[HAPPENED];
  int64_t found[8];
  struct store_key k = key_of(key);
  int64_t after = time - (int64_t)(next_random(seed) % 100) * 3000;
  if (next_random(seed) % 4 == 0) after = INT64_MIN;
  uint32_t all = plain_times(p, key, after, time, plain_list), given;
  uint32_t count = nuo__state_count(s, &k, after, time, found, 8, &given);
  if (count != all && (count < capacity || all < capacity || count > all)) {
    fail_msg("key %u at %lld: %u, not %u (of %u)", key, (long long)time, count, all, capacity);
  }
  assert_int_equal(given, count < 8 ? count : 8);
  uint32_t told = given < capacity ? given : capacity;
  for (uint32_t i = 0; i < told; i++) assert_int_equal(found[given - 1 - i], plain_list[all - 1 - i]);
}

static void run_counts(const struct history *h, uint32_t capacity, uint64_t seed) {
  struct plain *plain = calloc(1, sizeof *plain);
  struct state s;
  assert_true(nuo__state_init(&s, nuo__default_allocator(), secret));
  s.lateness = h->lateness;
  for (uint32_t i = 0; i < 1200; i++) {
    int64_t time = next_time(&s, h, &seed);
    uint32_t key = (uint32_t)(next_random(&seed) % KEYS);
    struct store_key k = key_of(key);
    compare_count(&s, plain, key, time, capacity, &seed);
    nuo__state_advance(&s, time);
    plain->list[plain->count++] = (struct happened){.time = time, .key = key};
    nuo__state_tally(&s, &k, time, capacity);
    assert_false(s.failed);
    compare_count(&s, plain, key, time, capacity, &seed);
  }
  // What nobody asks for any more is gone.
  for (uint32_t k = 0; k < KEYS && h->lateness == 0; k++) {
    struct store_key key = key_of(k);
    uint32_t slack = capacity < 32 ? 1 : capacity / 4 + 1;
    assert_true(nuo__state_count(&s, &key, INT64_MIN, INT64_MAX, NULL, 0, NULL) <= capacity + slack);
  }
  nuo__state_free(&s);
  free(plain);
}

static void test_counts(void **state) {
  (void)state;
  static const uint32_t capacities[] = {0, 1, 3, 40, 300};
  for (size_t h = 0; h < sizeof histories / sizeof *histories; h++) {
    for (int c = 0; c < 5; c++) run_counts(&histories[h], capacities[c], 104729 + (uint64_t)c);
  }
}

// By hand: consent given on the 1st, renewed with another value on the 5th, taken back on the 9th.
static void test_since(void **state) {
  (void)state;
  struct store_key key = key_of(1);
  const int64_t day = 86400000;
  int64_t since, value;
  nuo_text text;
  struct state s;
  assert_true(nuo__state_init(&s, nuo__default_allocator(), secret));
  nuo__state_advance(&s, 1 * day);
  nuo__state_start(&s, &key, 1 * day, 10, (nuo_text){NULL, 0});
  nuo__state_advance(&s, 5 * day);
  nuo__state_start(&s, &key, 5 * day, 20, (nuo_text){NULL, 0});
  assert_true(nuo__state_fact(&s, &key, 6 * day, &since, &value, &text));
  assert_int_equal(since, 1 * day);
  assert_int_equal(value, 20);
  nuo__state_advance(&s, 9 * day);
  nuo__state_end(&s, &key, 9 * day);
  nuo__state_start(&s, &key, 9 * day, 30, (nuo_text){NULL, 0});  // the end prevails
  assert_false(nuo__state_fact(&s, &key, 9 * day, &since, &value, &text));
  nuo__state_advance(&s, 10 * day);
  nuo__state_start(&s, &key, 10 * day, 40, (nuo_text){NULL, 0});
  assert_true(nuo__state_fact(&s, &key, 10 * day, &since, &value, &text));
  assert_int_equal(since, 10 * day);
  nuo__state_free(&s);
}

// ---- waiting ----

// Keeps `text` of an event of that identity.
static void hold(struct state *s, const char *id, const char *text) {
  uint8_t record[NUO__HELD_HEAD + 32];
  const struct store_key key = nuo__state_event_key(s, (nuo_text){"push", 4}, (nuo_text){id, strlen(id)});
  memcpy(record + NUO__HELD_HEAD, text, strlen(text));
  nuo__state_hold(s, &key, key.bytes + STATE_SUBJECT_AT, record, NUO__HELD_HEAD + strlen(text));
}

static bool release(struct state *s, const char *id) {
  const struct store_key key = nuo__state_event_key(s, (nuo_text){"push", 4}, (nuo_text){id, strlen(id)});
  size_t size;
  const bool held = nuo__state_held(s, &key, &size) != NULL;
  nuo__state_release(s, &key);
  assert_null(nuo__state_held(s, &key, &size));
  return held;
}

static void test_waiting(void **state) {
  (void)state;
  struct state s;
  uint8_t plain[8];
  size_t size;
  assert_true(nuo__state_init(&s, nuo__default_allocator(), secret));
  assert_false(release(&s, "p1"));
  nuo__state_advance(&s, 1000);
  hold(&s, "p1", "secret");
  hold(&s, "p2", "");
  const struct store_key p1 = nuo__state_event_key(&s, (nuo_text){"push", 4}, (nuo_text){"p1", 2});
  const uint8_t *sealed = nuo__state_held(&s, &p1, &size);
  assert_int_equal(size, SEAL_MARK + 6);
  assert_memory_not_equal(sealed + SEAL_MARK, "secret", 6);
  assert_true(nuo__unseal(&s.seal, &p1, sealed, size, plain));
  assert_memory_equal(plain, "secret", 6);
  assert_true(release(&s, "p1"));
  assert_false(release(&s, "p1"));
  // Decided again a day later, p2 waits for seven days from then.
  nuo__state_advance(&s, 86400000);
  hold(&s, "p2", "");
  nuo__state_advance(&s, 1000 + NUO__WAITING_MS + 1);
  assert_int_equal(nuo__store_count(s.store), 1);
  nuo__state_advance(&s, 86400000 + NUO__WAITING_MS + 1);
  assert_int_equal(nuo__store_count(s.store), 0);
  assert_false(release(&s, "p2"));
  for (int i = 0; i < 1000; i++) {
    char id[16];
    snprintf(id, sizeof id, "i%d", i);
    nuo__state_advance(&s, s.high_water + NUO__WAITING_MS / 100);
    hold(&s, id, "");
  }
  assert_int_equal(nuo__store_count(s.store), 101);
  assert_false(s.failed);
  nuo__state_free(&s);
}

// A timer of another kind of record is left alone, and what waits behind it is forgotten once it is gone.
static void test_due(void **state) {
  (void)state;
  const uint8_t other[] = {15 << RECORD_KIND_SHIFT};
  struct store_key mine = key_of(1), key;
  int64_t at;
  struct state s;
  assert_true(nuo__state_init(&s, nuo__default_allocator(), secret));
  nuo__state_advance(&s, 1000);
  hold(&s, "p1", "");
  assert_true(nuo__store_put(s.store, &mine, other, sizeof other));
  assert_true(nuo__store_timer_add(s.store, 1500 + NUO__WAITING_MS, &mine));
  nuo__state_advance(&s, 2000);
  hold(&s, "p2", "");
  assert_false(nuo__state_due(&s, 1000 + NUO__WAITING_MS, &at, &key));
  assert_int_equal(nuo__store_count(s.store), 3);
  assert_false(nuo__state_due(&s, 1500 + NUO__WAITING_MS, &at, &key));
  assert_int_equal(nuo__store_count(s.store), 2);
  assert_true(nuo__state_due(&s, 3000 + NUO__WAITING_MS, &at, &key));
  assert_true(at == 1500 + NUO__WAITING_MS);
  assert_memory_equal(&key, &mine, sizeof key);
  assert_int_equal(nuo__store_count(s.store), 2);
  nuo__store_timer_drop(s.store);
  assert_false(nuo__state_due(&s, 3000 + NUO__WAITING_MS, &at, &key));
  assert_int_equal(nuo__store_count(s.store), 1);
  nuo__state_free(&s);
}

// What the store holds is all there is: another state on it goes on where this one stood.
static void test_marks(void **state) {
  (void)state;
  struct state s, other;
  assert_true(nuo__state_init(&s, nuo__default_allocator(), secret));
  nuo__state_restore(&s);
  assert_true(s.high_water == INT64_MIN && s.horizon == INT64_MIN && s.first_seen == INT64_MIN);
  s.lateness = 300;
  nuo__state_advance(&s, -500);
  nuo__state_advance(&s, 1000);
  nuo__state_advance(&s, 900);
  assert_true(nuo__state_save(&s));
  assert_true(nuo__state_init(&other, nuo__default_allocator(), secret));
  struct store *spare = other.store;
  other.store = s.store;
  nuo__state_restore(&other);
  assert_true(other.high_water == 1000 && other.horizon == 700 && other.first_seen == -500);
  other.store = spare;
  nuo__state_free(&other);
  nuo__state_free(&s);
}

// ---- running out of memory ----

static void test_out_of_memory(void **state) {
  (void)state;
  const nuo_text word = {"a longer word than fits", 23};
  bool failed = true;
  for (size_t fail_at = 1; failed; fail_at++) {
    struct meter meter = {.fail_at = fail_at};
    nuo_allocator allocator = {metered, &meter};
    struct state s;
    failed = !nuo__state_init(&s, &allocator, secret);
    if (failed) continue;
    for (uint32_t i = 0; i < 60; i++) {
      struct store_key fact = key_of(i % 4), counter = key_of(100 + i % 4);
      char id[8];
      snprintf(id, sizeof id, "%u", i);
      nuo__state_advance(&s, i * INT64_C(1000));
      nuo__state_start(&s, &fact, i * INT64_C(1000), i, i % 3 == 0 ? word : (nuo_text){NULL, 0});
      nuo__state_tally(&s, &counter, i * INT64_C(1000), 10);
      hold(&s, id, "kept");
      if (i % 2 && !s.failed) release(&s, id);
    }
    failed = s.failed;
    nuo__state_free(&s);
    assert_int_equal(meter.in_use, 0);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_facts),   cmocka_unit_test(test_counts),        cmocka_unit_test(test_since),
      cmocka_unit_test(test_waiting), cmocka_unit_test(test_out_of_memory), cmocka_unit_test(test_due),
      cmocka_unit_test(test_marks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
