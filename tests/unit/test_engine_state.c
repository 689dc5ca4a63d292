// SPDX-License-Identifier: Apache-2.0
// Engines with a state directory, as hosts use them: positions, what a commit holds and what it does not, two
// versions that count the same, versions that follow each other, a subject who is forgotten, and an allocator
// that fails at every place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/nuo_compile.h"
#include "runtime/alloc.h"
#include "tests/unit/fail_once.h"

#define EVENTS                                                                  \
  "event push enforceable subject user { id: text time: instant user: text }\n" \
  "event granted observed subject user { id: text time: instant user: text }\n"
#define FACT "fact consented (u: text) starts on granted for (user)\n"
#define ASKED "rule asked on push require consented(user) action block\n"
#define CAP(n) "rule cap on push limit " #n " attempts per user in last 1 hours action block\n"

#define START INT64_C(1751328000000)  // 2025-07-01T00:00:00Z

static char directory[40];

static int make_directory(void **state) {
  (void)state;
  strcpy(directory, "/tmp/nuo_state_XXXXXX");
  return mkdtemp(directory) == NULL;
}

static int remove_directory(void **state) {
  char command[80];
  (void)state;
  snprintf(command, sizeof command, "rm -r %s", directory);
  return system(command);
}

static nuo_program *compile(const char *text) {
  nuo_compilation *compilation;
  nuo_program *program;
  nuo_error error = {.message = ""};
  assert_int_equal(nuo_compile((nuo_text){"p.nuo", 5}, (nuo_text){text, strlen(text)}, NULL, &compilation),
                   NUO_OK);
  nuo_text image = nuo_compilation_image(compilation);
  if (nuo_program_load(image.text, image.len, NULL, &program, &error) != NUO_OK)
    fail_msg("%s", error.message);
  nuo_compilation_free(compilation);
  return program;
}

#define HEAD(version, force) "policy p version \"" version "\" " force " zone \"UTC\" undetermined allow\n"

struct world {
  nuo_program *programs[2];
  size_t count;
  nuo_engine *engine;
  nuo_session *session;
  nuo_error error;
};

static nuo_status open_with(struct world *w, nuo_engine_options options, const char *one, const char *two) {
  *w = (struct world){.programs = {compile(one), two == NULL ? NULL : compile(two)},
                      .count = two == NULL ? 1 : 2};
  options.state_secret = "0123456789abcdef";
  assert_int_equal(nuo_engine_new(&options, &w->engine), NUO_OK);
  nuo_status status = nuo_engine_use(w->engine, w->programs, w->count, &w->error);
  if (status == NUO_OK) assert_int_equal(nuo_session_new(w->engine, &w->session), NUO_OK);
  return status;
}

static nuo_status open_world(struct world *w, const char *one, const char *two) {
  return open_with(w, (nuo_engine_options){.state_directory = directory}, one, two);
}

static void close_world(struct world *w) {
  nuo_session_free(w->session);
  nuo_engine_free(w->engine);
  nuo_program_free(w->programs[0]);
  nuo_program_free(w->programs[1]);
}

static nuo_action decide(struct world *w, const char *type, const char *user, int64_t minute) {
  static unsigned number;
  char text[200];
  const nuo_decision *d;
  snprintf(text, sizeof text, "{\"type\":\"%s\",\"id\":\"e%u\",\"user\":\"%s\",\"time\":%lld}", type,
           number++, user, (long long)(START + minute * 60000));
  if (nuo_session_eval_json(w->session, text, strlen(text), &d, &w->error) != NUO_OK)
    fail_msg("%s", w->error.message);
  return d->verdict;
}

static void commit(struct world *w, const char *position) {
  if (nuo_engine_commit(w->engine, position, strlen(position), &w->error) != NUO_OK)
    fail_msg("%s", w->error.message);
}

static void expect_position(struct world *w, const char *position) {
  nuo_text is = nuo_engine_position(w->engine);
  assert_int_equal(is.len, strlen(position));
  assert_memory_equal(is.text, position, is.len);
}

// "+name", "-name", "~name", ">name": new, dropped, changed, widened.
static void expect_changes(struct world *w, const char *expected) {
  char is[500] = "";
  size_t count;
  const nuo_change *changes = nuo_engine_changes(w->engine, &count);
  for (size_t i = 0; i < count; i++)
    snprintf(is + strlen(is), sizeof is - strlen(is), "%c%.*s ", "+-~>"[changes[i].kind],
             (int)changes[i].name.len, changes[i].name.text);
  assert_string_equal(is, expected);
}

static const char one[] = HEAD("1", "") EVENTS FACT ASKED CAP(2);

// ---- commits ----

static void test_positions(void **state) {
  (void)state;
  char long_one[NUO_POSITION_MAX + 1] = {1};
  struct world w;
  assert_int_equal(open_world(&w, one, NULL), NUO_OK);
  expect_position(&w, "");
  expect_changes(&w, "");
  assert_int_equal(decide(&w, "granted", "u", 0), NUO_ALLOW);
  assert_int_equal(decide(&w, "push", "u", 1), NUO_ALLOW);
  commit(&w, "after two");
  expect_position(&w, "after two");
  assert_int_equal(decide(&w, "push", "u", 2), NUO_ALLOW);
  assert_int_equal(decide(&w, "push", "u", 3), NUO_BLOCK);
  assert_int_equal(nuo_engine_commit(w.engine, long_one, sizeof long_one, &w.error), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_engine_commit(w.engine, NULL, 1, &w.error), NUO_BAD_ARGUMENT);
  close_world(&w);  // as if it had been killed: what came after the commit is gone
  assert_int_equal(open_world(&w, one, NULL), NUO_OK);
  expect_position(&w, "after two");
  assert_int_equal(decide(&w, "push", "u", 2), NUO_ALLOW);
  assert_int_equal(decide(&w, "push", "u", 3), NUO_BLOCK);
  assert_int_equal(nuo_engine_commit(w.engine, long_one, NUO_POSITION_MAX, &w.error), NUO_OK);
  close_world(&w);
  assert_int_equal(open_world(&w, one, NULL), NUO_OK);
  assert_int_equal(nuo_engine_position(w.engine).len, NUO_POSITION_MAX);
  close_world(&w);
}

// Without a directory, positions are there all the same.
static void test_in_memory(void **state) {
  (void)state;
  struct world w;
  size_t count = 7;
  assert_int_equal(open_with(&w, (nuo_engine_options){.drop_state = true}, one, NULL), NUO_OK);
  expect_position(&w, "");
  commit(&w, "here");
  expect_position(&w, "here");
  assert_int_equal(decide(&w, "granted", "u", 0), NUO_ALLOW);
  assert_int_equal(nuo_engine_forget(w.engine, (nuo_text){"u", 1}, &count, &w.error), NUO_OK);
  assert_int_equal(count, 2);  // the fact and the decision on the event
  assert_int_equal(decide(&w, "push", "u", 1), NUO_BLOCK);
  close_world(&w);
}

static void test_in_use(void **state) {
  (void)state;
  struct world w, other;
  assert_int_equal(open_world(&w, one, NULL), NUO_OK);
  assert_int_equal(open_world(&other, one, NULL), NUO_BAD_STATE);
  assert_non_null(strstr(other.error.message, "in use"));
  close_world(&other);
  close_world(&w);
}

// ---- versions ----

// Two versions that count the same, loaded together: what the first one counts is enough for the second.
static void test_capacities(void **state) {
  (void)state;
  static const char until[] = HEAD("1", "effective from 2025-01-01 until 2025-06-30") EVENTS CAP(1);
  static const char from[] = HEAD("2", "effective from 2025-07-01") EVENTS CAP(4);
  struct world w;
  for (int order = 0; order < 2; order++) {
    assert_int_equal(open_with(&w, (nuo_engine_options){0}, order ? from : until, order ? until : from),
                     NUO_OK);
    for (int minute = -9; minute < -4; minute++)
      assert_int_equal(decide(&w, "push", "u", minute), minute == -9 ? NUO_ALLOW : NUO_BLOCK);
    assert_int_equal(decide(&w, "push", "u", 1), NUO_BLOCK);  // the sixth within the hour
    assert_int_equal(decide(&w, "push", "v", 1), NUO_ALLOW);
    close_world(&w);
  }
}

static void test_versions(void **state) {
  (void)state;
  static const char other_fact[] =
      HEAD("2", "") EVENTS "fact consented (u: text): number starts on granted for (user) with 1\n" CAP(
          2) "rule asked on push require consented(user) is 1 action block\n";
  static const char more[] = HEAD("3", "") EVENTS FACT ASKED CAP(3)
      "fact seen (u: text) starts on push for (user)\nrule s on push forbid when not seen(user) action note\n";
  static const char stranger[] = "policy q version \"1\" zone \"UTC\" undetermined allow\n" EVENTS CAP(2);
  nuo_engine_options dropping = {.state_directory = directory, .drop_state = true};
  struct world w;
  assert_int_equal(open_world(&w, one, NULL), NUO_OK);
  decide(&w, "granted", "u", 0);
  decide(&w, "push", "u", 1);
  commit(&w, "x");
  close_world(&w);
  assert_int_equal(open_world(&w, stranger, NULL), NUO_BAD_STATE);
  assert_non_null(strstr(w.error.message, "is of the policy `p`, not of `q`"));
  close_world(&w);
  assert_int_equal(open_world(&w, other_fact, NULL), NUO_STATE_CHANGED);
  assert_non_null(strstr(w.error.message, "no longer has 1 of the definitions"));
  expect_changes(&w, "~consented ");
  close_world(&w);
  assert_int_equal(open_world(&w, more, NULL), NUO_OK);
  expect_changes(&w, "+seen >push attempts per user in last 1 hour ");
  assert_int_equal(decide(&w, "push", "u", 2), NUO_NOTE);  // consent goes on
  close_world(&w);
  // Allowed, but not committed: nothing has changed.
  assert_int_equal(open_with(&w, dropping, other_fact, NULL), NUO_OK);
  assert_int_equal(decide(&w, "push", "u", 2), NUO_BLOCK);
  close_world(&w);
  assert_int_equal(open_world(&w, one, NULL), NUO_OK);
  expect_changes(&w, "");
  assert_int_equal(decide(&w, "push", "u", 2), NUO_ALLOW);
  close_world(&w);
  // Committed: the fact is gone for good, the count goes on.
  assert_int_equal(open_with(&w, dropping, other_fact, NULL), NUO_OK);
  decide(&w, "granted", "v", 2);
  commit(&w, "y");
  close_world(&w);
  assert_int_equal(open_with(&w, dropping, one, NULL), NUO_OK);
  expect_changes(&w, "~consented ");
  assert_int_equal(decide(&w, "push", "u", 3), NUO_BLOCK);
  assert_int_equal(decide(&w, "push", "v", 3), NUO_BLOCK);
  assert_int_equal(decide(&w, "granted", "u", 4), NUO_ALLOW);
  assert_int_equal(decide(&w, "push", "u", 5), NUO_BLOCK);  // the third within the hour
  close_world(&w);
}

// The versions change while the engine runs.
static void test_next_version(void **state) {
  (void)state;
  static const char without[] = HEAD("2", "") EVENTS CAP(2);
  struct world w;
  assert_int_equal(open_with(&w, (nuo_engine_options){.state_directory = directory}, one, NULL), NUO_OK);
  decide(&w, "granted", "u", 0);
  nuo_program *next = compile(without);
  assert_int_equal(nuo_engine_use(w.engine, &next, 1, &w.error), NUO_STATE_CHANGED);
  expect_changes(&w, "-consented ");
  assert_int_equal(decide(&w, "push", "u", 1), NUO_ALLOW);  // as before
  assert_int_equal(nuo_engine_use(w.engine, w.programs, 1, &w.error), NUO_OK);
  expect_changes(&w, "");
  nuo_program_free(next);
  commit(&w, "z");
  close_world(&w);
}

// ---- subjects ----

static void test_forget(void **state) {
  (void)state;
  struct world w;
  size_t count;
  assert_int_equal(open_world(&w, one, NULL), NUO_OK);
  decide(&w, "granted", "u", 0);
  decide(&w, "granted", "v", 0);
  decide(&w, "push", "u", 1);
  assert_int_equal(nuo_engine_forget(w.engine, (nuo_text){"nobody", 6}, &count, &w.error), NUO_OK);
  assert_int_equal(count, 0);
  assert_int_equal(nuo_engine_forget(w.engine, (nuo_text){"u", 1}, &count, &w.error), NUO_OK);
  assert_int_equal(count, 4);  // the fact, the count, two decisions
  commit(&w, "1");
  close_world(&w);
  assert_int_equal(open_world(&w, one, NULL), NUO_OK);
  assert_int_equal(decide(&w, "push", "u", 2), NUO_BLOCK);
  assert_int_equal(decide(&w, "push", "v", 2), NUO_ALLOW);
  close_world(&w);
}

// ---- running out of memory ----

// A program as large as these allocates with malloc; what the engine, its state and its session need does
// not.
static nuo_status try_all(nuo_program *program, struct meter *meter) {
  nuo_allocator allocator = {metered, meter};
  nuo_engine_options options = {
      .allocator = &allocator, .state_directory = directory, .state_secret = "0123456789abcdef"};
  struct world w = {.session = NULL};
  static unsigned number;
  nuo_status status = nuo_engine_new(&options, &w.engine);
  if (status == NUO_OK) status = nuo_engine_use(w.engine, &program, 1, &w.error);
  if (status == NUO_OK) status = nuo_session_new(w.engine, &w.session);
  for (int i = 0; status == NUO_OK && i < 6; i++) {
    char text[200];
    const nuo_decision *d;
    snprintf(text, sizeof text, "{\"type\":\"granted\",\"id\":\"e%u\",\"user\":\"%u\",\"time\":%lld}", number,
             number % 50, (long long)START);
    number++;
    status = nuo_session_eval_json(w.session, text, strlen(text), &d, &w.error);
  }
  if (status == NUO_OK) status = nuo_engine_commit(w.engine, "abc", 3, &w.error);
  if (status == NUO_OK) status = nuo_engine_forget(w.engine, (nuo_text){"7", 1}, NULL, &w.error);
  if (status == NUO_OK) status = nuo_engine_commit(w.engine, "abcd", 4, &w.error);
  if (status == NUO_NO_MEMORY && w.session != NULL &&
      nuo_engine_commit(w.engine, "xyz", 3, &w.error) == NUO_OK)
    assert_int_equal(nuo_engine_position(w.engine).len, 3);
  nuo_session_free(w.session);
  nuo_engine_free(w.engine);
  assert_int_equal(meter->in_use, 0);
  return status;
}

static void test_out_of_memory(void **state) {
  (void)state;
  nuo_program *program = compile(one);
  struct meter meter = {.fail_at = 1};
  nuo_status status = NUO_NO_MEMORY;
  while (status != NUO_OK) {
    status = try_all(program, &meter);
    assert_true(status == NUO_OK || status == NUO_NO_MEMORY || status == NUO_BAD_STATE);
    meter = (struct meter){.fail_at = meter.fail_at + 1};
  }
  assert_true(meter.fail_at > 40);
  nuo_program_free(program);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_directory, remove_directory)
  static const struct CMUnitTest tests[] = {
      TEST(test_positions), TEST(test_in_memory),    TEST(test_in_use), TEST(test_capacities),
      TEST(test_versions),  TEST(test_next_version), TEST(test_forget), TEST(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
