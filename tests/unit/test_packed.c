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

// ---- what is in one text, and too much ----

static void decide_text(nuo_packed *p, const char *text, const char *letters) {
  const int32_t end = (int32_t)strlen(text);
  assert_int_equal(nuo_packed_decide(p, text, &end, 1, 1), NUO_OK);
  expect_packed(p, letters);
}

// The elements of a list, of which every third one is no event, also where batches end among them.
static void decide_list(nuo_packed *p, const char *letters) {
  char text[20000] = "{\"adapter\":\"house\",\"body\":[", *at = text + strlen(text);
  for (size_t i = 0; letters[i] != 0; i++)
    at += sprintf(at, "%s{\"id\":\"l%zu\"%s}", i == 0 ? "" : ",", i,
                  letters[i] == '?'   ? ""
                  : letters[i] == 'b' ? ",\"to\":\"u\""
                                      : ",\"to\":\"v\"");
  strcpy(at, "]}");
  decide_text(p, text, letters);
}

static void test_goes_on_in_a_list(void **state) {
  static const char lists[] =
      "policy p version \"1\" zone \"UTC\" undetermined hold\n"
      "event push enforceable { id: text time: instant user: text }\n"
      "adapter house to push { id from \"id\" user from \"to\" time is 2025-07-01T00:00Z }\n"
      "rule no_u on push forbid when user is \"u\" action block\n";
  nuo_program *program = world_compile(lists);
  nuo_engine *engine;
  nuo_packed *p;
  char letters[201] = "";
  (void)state;
  assert_int_equal(nuo_engine_new(NULL, &engine), NUO_OK);
  assert_int_equal(nuo_engine_use(engine, &program, 1, NULL), NUO_OK);
  meter = (struct meter){.fail_at = 0};
  assert_int_equal(nuo_packed_new(engine, &p), NUO_OK);
  decide_list(p, "a?b");
  decide_list(p, "?ab");
  decide_list(p, "b??");
  for (size_t i = 0; i + 1 < sizeof letters; i++) letters[i] = "ab?"[i % 3];
  decide_list(p, letters);
  // Too many texts: nothing is left of what was decided before.
  const int32_t ends[NUO_BATCH + 1] = {0};
  assert_int_equal(nuo_packed_decide(p, "", ends, NUO_BATCH + 1, 1), NUO_LIMIT);
  assert_int_equal(p->len, 0);
  nuo_packed_free(p);
  nuo_engine_free(engine);
  nuo_program_free(program);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_without_memory),
      cmocka_unit_test(test_goes_on_in_a_list),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
