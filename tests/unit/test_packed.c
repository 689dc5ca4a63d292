// SPDX-License-Identifier: Apache-2.0
// What the bindings for Go and Java call when there is no memory at one place or another: either all is
// decided, or the session ends and says so, and nothing is left.
#include <stdlib.h>

#include "tests/unit/fail_once.h"
#include "tests/unit/world.h"

static struct meter meter;

static bool fails(void) {
  return ++meter.calls == meter.fail_at;
}
static void *scarce_malloc(size_t size) {
  return fails() ? NULL : malloc(size);
}
static void *scarce_calloc(size_t count, size_t size) {
  return fails() ? NULL : calloc(count, size);
}
static void *scarce_realloc(void *ptr, size_t size) {
  return fails() ? NULL : realloc(ptr, size);
}
#define malloc scarce_malloc
#define calloc scarce_calloc
#define realloc scarce_realloc
#include "runtime/bindings/go/packed.c"
#undef malloc
#undef calloc
#undef realloc

static const char policy[] =
    "policy p version \"1\" zone \"UTC\" undetermined hold\n"
    "event push enforceable { id: text time: instant user: text title?: text }\n"
    "adapter house to push { for each user from \"to\" separated by commas time is 2025-07-01T00:00Z }\n"
    "rule daily on push limit 1 per user this day action block because \"{user}: {title}\"\n";
static const char *const events[] = {
    "{\"id\":\"a\",\"time\":\"2025-07-01T00:00:00Z\",\"user\":\"u\",\"title\":\"x\"}",
    "nonsense",
    "{\"adapter\":\"house\",\"body\":{\"to\":\"u,v\"},\"event\":{\"id\":\"b\"}}",
    "{\"id\":\"c\",\"time\":\"2025-07-01T00:00:00Z\",\"user\":\"v\"}",
};
enum { EVENTS = sizeof events / sizeof *events };

// Verdicts and refusals of what was packed, a letter each.
static void expect_packed(const nuo_packed *p, const char *letters) {
  for (size_t at = 0; at < p->len; letters++) {
    nuo_packed_head head;
    memcpy(&head, p->at + at, sizeof head);
    assert_int_equal(*letters, head.refused != NUO_OK ? '?' : nuo_action_name(head.verdict)[0]);
    at += head.size;
  }
  assert_int_equal(*letters, 0);
}

static nuo_status decide(nuo_packed *p) {
  char all[1000];
  int32_t ends[EVENTS], end = 0;
  for (int i = 0; i < EVENTS; i++) {
    memcpy(all + end, events[i], strlen(events[i]));
    ends[i] = end += (int32_t)strlen(events[i]);
  }
  const nuo_status status = nuo_packed_decide(p, all, ends, EVENTS, 1);
  if (status != NUO_OK) return status;
  expect_packed(p, "a?bab");
  return nuo_packed_eval(p, events[0], strlen(events[0]));
}

// False when nothing failed any more.
static bool try_with(nuo_program *program, size_t fail_at) {
  const nuo_allocator allocator = {metered, &meter};
  const nuo_engine_options options = {.allocator = &allocator};
  nuo_engine *engine;
  nuo_packed *p;
  meter = (struct meter){.fail_at = 0};
  assert_int_equal(nuo_engine_new(&options, &engine), NUO_OK);
  assert_int_equal(nuo_engine_use(engine, &program, 1, NULL), NUO_OK);
  meter.calls = 0;
  meter.fail_at = fail_at;
  nuo_status status = nuo_packed_new(engine, &p);
  if (status == NUO_OK) status = decide(p);
  const bool failed = meter.calls >= fail_at;
  assert_int_equal(status, failed ? NUO_NO_MEMORY : NUO_OK);
  if (p != NULL && failed) {
    assert_null(p->session);
    assert_int_equal(decide(p), NUO_NO_MEMORY);
    assert_string_equal(p->error.message, "out of memory; the session ends here, make another");
  } else if (p != NULL) {
    expect_packed(p, "a");
  }
  if (p != NULL) nuo_packed_free(p);
  nuo_engine_free(engine);
  assert_int_equal(meter.in_use, 0);
  return failed;
}

static void test_without_memory(void **state) {
  nuo_program *program = world_compile(policy);
  size_t fail_at = 1;
  (void)state;
  while (try_with(program, fail_at)) fail_at++;
  assert_true(fail_at > 20);
  nuo_program_free(program);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
