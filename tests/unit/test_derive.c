// SPDX-License-Identifier: Apache-2.0
// How much may follow from one event: images changed by hand, in which a rule raises the event that it is
// about, which no policy that compiles can do.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/limits.h"
#include "runtime/program.h"
#include "tests/unit/world.h"

#define POLICY(raises)                                      \
  "policy p version \"1\" zone \"UTC\" undetermined note\n" \
  "event ping observed { id: text time: instant }\n"        \
  "event pong observed { id: text time: instant }\n"        \
  "rule again on ping forbid when true " raises

#define PING 0  // EVENTS: the first that is declared

// Loads the policy with all that its rule raises made the event of the rule.
static struct world begin(const char *policy) {
  nuo_compilation *compilation;
  nuo_program *program;
  nuo_error error = {.message = ""};
  assert_int_equal(
      nuo_compile((nuo_text){"p.nuo", 5}, (nuo_text){policy, strlen(policy)}, NULL, &compilation), NUO_OK);
  const nuo_text image = nuo_compilation_image(compilation);
  char *changed = malloc(image.len);
  assert_non_null(changed);
  memcpy(changed, image.text, image.len);
  nuo_compilation_free(compilation);
  const struct image_section *section =
      &((const struct image_header *)(const void *)changed)->sections[SECTION_RAISES];
  struct image_raise *raises = (struct image_raise *)(void *)(changed + section->offset);
  assert_true(section->count > 0);
  for (uint32_t i = 0; i < section->count; i++) raises[i].event = PING;
  nuo__image_seal(changed, image.len);
  if (nuo_program_load(changed, image.len, NULL, &program, &error) != NUO_OK) fail_msg("%s", error.message);
  free(changed);
  return world_begin(program, NULL);
}

static const nuo_decision *decide(struct world *w, const char *json, size_t *count) {
  const nuo_decision *answer, *all;
  nuo_error error;
  assert_int_equal(nuo_session_eval_json(w->session, json, strlen(json), &answer, &error), NUO_OK);
  nuo_session_decisions(w->session, &all, count);
  return all;
}

static bool contains(nuo_text text, const char *part) {
  const size_t len = strlen(part);
  for (size_t at = 0; at + len <= text.len; at++)
    if (memcmp(text.text + at, part, len) == 0) return true;
  return false;
}

// The event itself, and one at each level: the last says that it led to more.
static void test_depth(void **state) {
  (void)state;
  struct world w = begin(POLICY("raise pong { }"));
  size_t count;
  nuo_text json;
  const nuo_decision *d = decide(&w, "{\"type\":\"ping\",\"id\":\"a\",\"time\":0}", &count);
  assert_int_equal(count, 1 + LIMIT_DERIVED_DEPTH);
  for (size_t i = 0; i + 1 < count; i++) assert_null(d[i].incomplete);
  const nuo_decision *last = &d[count - 1];
  assert_non_null(last->incomplete);
  assert_int_equal(last->incomplete->status, NUO_LIMIT);
  assert_non_null(strstr(last->incomplete->message, "16 levels"));
  assert_non_null(strstr(last->incomplete->message_zh, "16 级"));
  assert_int_equal(last->breach_count, 1);
  assert_int_equal(nuo_session_decision_json(w.session, last, &json), NUO_OK);
  assert_true(contains(json, "\"incomplete\":\"what follows"));
  assert_true(contains(json, "\"incomplete_zh\":\"由此"));
  world_end(&w);
}

// Two at each level would be 131,070. The first branch of the event uses up all that may follow, so the event
// itself says that its second one was not decided. Each event may lead to as many again.
static void test_number(void **state) {
  (void)state;
  struct world w = begin(POLICY("raise pong { } raise pong { }"));
  const char *const events[] = {"{\"type\":\"ping\",\"id\":\"a\",\"time\":0}",
                                "{\"type\":\"ping\",\"id\":\"b\",\"time\":1}"};
  for (int e = 0; e < 2; e++) {
    size_t count;
    const nuo_decision *d = decide(&w, events[e], &count);
    assert_int_equal(count, 1 + LIMIT_DERIVED_EVENTS);
    assert_non_null(d[0].incomplete);
    assert_int_equal(d[0].incomplete->status, NUO_LIMIT);
    assert_non_null(strstr(d[0].incomplete->message, "10000 events"));
    assert_non_null(strstr(d[0].incomplete->message_zh, "10000 个"));
    assert_int_equal(d[0].raised_count, 2);
  }
  world_end(&w);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_depth), cmocka_unit_test(test_number)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
