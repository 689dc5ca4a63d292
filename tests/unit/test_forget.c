// SPDX-License-Identifier: Apache-2.0
// Forgetting a subject where several share a record: instances of one duty, values that a duty runs through,
// and messages that wait. What a key tells is in test_engine_state.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/bytes.h"
#include "runtime/session.h"

static nuo_engine *engine;
static struct scratch scratch;

static int begin(void **state) {
  (void)state;
  scratch = (struct scratch){.allocator = nuo__default_allocator()};
  if (nuo_engine_new(NULL, &engine) != NUO_OK) return 1;
  return !nuo__state_init(&engine->state, nuo__default_allocator(), (const uint8_t[16]){1});
}

static int end(void **state) {
  (void)state;
  nuo__scratch_free(&scratch);
  nuo_engine_free(engine);
  return 0;
}

static struct store_key key_of(uint8_t k) {
  return (struct store_key){{k, k, k, k, k, k, k, k, k, k, k, k, k, k, k, k}};
}

static nuo_text tag_of(const char *subject) {
  uint8_t *tag = nuo__scratch_alloc(&scratch, STATE_SUBJECT_SIZE);
  nuo__state_subject(&engine->state, (nuo_text){subject, strlen(subject)}, tag);
  return (nuo_text){(const char *)tag, STATE_SUBJECT_SIZE};
}

static void forget(const char *subject, size_t expected) {
  size_t records = 99;
  nuo_error error;
  assert_int_equal(nuo_engine_forget(engine, (nuo_text){subject, strlen(subject)}, &records, &error), NUO_OK);
  assert_int_equal(records, expected);
}

// ---- duties ----

static void add_instance(struct duty_record *record, int64_t began, const char *subject) {
  struct instance *i = nuo__duty_add(&scratch, record);
  i->began = began;
  i->due[0] = i->due[1] = began + 5;
  i->subject = subject == NULL ? (nuo_text){"", 0} : tag_of(subject);
  i->sealed = (nuo_text){"0123456789", 10};
}

static void expect_instances(uint8_t k, const int64_t *began, size_t count) {
  struct duty_record record = {.count = 0};
  struct store_key key = key_of(k);
  assert_true(nuo__duty_load(&engine->state, &scratch, &key, &record));
  assert_int_equal(record.count, count);
  for (size_t i = 0; i < count; i++) {
    assert_true(record.at[i].began == began[i]);
    assert_true(record.at[i].due[1] == began[i] + 5);
    assert_int_equal(record.at[i].sealed.len, 10);
  }
}

static void test_duties(void **state) {
  (void)state;
  struct duty_record shared = {.identity = {7}, .steps = 2}, alone = {.identity = {7}, .steps = 2};
  struct store_key one = key_of(1), two = key_of(2);
  add_instance(&shared, 100, "u");
  add_instance(&shared, 200, "v");
  add_instance(&shared, 300, NULL);
  add_instance(&shared, 400, "u");
  add_instance(&alone, 500, "u");
  nuo__duty_save(&engine->state, &one, &shared);
  nuo__duty_save(&engine->state, &two, &alone);
  forget("w", 0);
  expect_instances(1, (const int64_t[]){100, 200, 300, 400}, 4);
  forget("u", 2);
  expect_instances(1, (const int64_t[]){200, 300}, 2);
  assert_int_equal(nuo__store_count(engine->state.store), 1);
  forget("u", 0);
  forget("v", 1);
  expect_instances(1, (const int64_t[]){300}, 1);
}

// ---- values that are run through ----

static void put_values(uint8_t k, const char *const *texts, const int64_t *numbers, size_t count) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  const char head[1 + SEAL_MARK] = {RECORD_EACH << RECORD_KIND_SHIFT};
  struct store_key key = key_of(k);
  nuo__out_bytes(&out, head, sizeof head);
  nuo__bytes_put(&out, texts != NULL ? 2 : 0);
  for (size_t i = 0; i < count; i++) {
    if (texts != NULL)
      nuo__bytes_put_text(&out, (nuo_text){texts[i], strlen(texts[i])});
    else
      nuo__bytes_put_signed(&out, numbers[i]);
  }
  nuo__seal(&engine->state.seal, &key, (uint8_t *)out.at + 1, out.len - 1);
  assert_true(nuo__store_put(engine->state.store, &key, out.at, (uint32_t)out.len));
  nuo__out_free(&out);
}

static void expect_values(uint8_t k, const char *expected, size_t len) {
  uint32_t size;
  struct store_key key = key_of(k);
  uint8_t plain[100];
  const uint8_t *record = nuo__store_get(engine->state.store, &key, &size);
  assert_non_null(record);
  assert_true(nuo__unseal(&engine->state.seal, &key, record + 1, size - 1, plain));
  assert_int_equal(size - 1 - SEAL_MARK, len);
  assert_memory_equal(plain, expected, len);
}

static void test_values(void **state) {
  (void)state;
  put_values(1, (const char *const[]){"u", "v", "22"}, NULL, 3);
  put_values(2, NULL, (const int64_t[]){11, 22, -3}, 3);
  put_values(3, NULL, (const int64_t[]){22}, 1);
  forget("u", 1);
  expect_values(1, "\2\1v\00222", 6);
  forget("22", 3);
  expect_values(1, "\2\1v", 3);
  expect_values(2, "\0\26\5", 3);
  assert_int_equal(nuo__store_count(engine->state.store), 2);
  forget("-3", 1);
}

// ---- messages that wait ----

static void hold(uint8_t k, const char *subject) {
  uint8_t record[NUO__HELD_HEAD + 4] = {0};
  struct store_key key = key_of(k);
  nuo__state_hold(&engine->state, &key, (const uint8_t *)tag_of(subject).text, record, sizeof record);
  assert_false(engine->state.failed);
}

static void test_waiting(void **state) {
  (void)state;
  size_t size;
  struct store_key one = key_of(1), two = key_of(2);
  nuo__state_advance(&engine->state, 1000);
  hold(1, "u");
  hold(2, "v");
  forget("u", 1);
  assert_null(nuo__state_held(&engine->state, &one, &size));
  assert_non_null(nuo__state_held(&engine->state, &two, &size));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
  static const struct CMUnitTest tests[] = {TEST(test_duties), TEST(test_values), TEST(test_waiting)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
