// SPDX-License-Identifier: Apache-2.0
// Sessions of a policy that remembers: the order within a batch, what takes effect when, late and refused
// events, reports of deliveries, what an engine's sessions share, and an allocator that fails at every place.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/alloc.h"
#include "runtime/nuo.h"
#include "tests/unit/fail_once.h"
#include "tests/unit/world.h"

static const char policy[] =
    "policy p version \"1\" effective from 2025-07-01 zone \"UTC\" undetermined allow\n"
    "event push enforceable lateness 10 seconds { id: text time: instant user: text risky?: flag }\n"
    "event granted observed lateness 10 seconds { id: text time: instant user: text }\n"
    "event withdrawn observed lateness 10 seconds { id: text time: instant user: text }\n"
    "fact consented (u: text) starts on granted for (user) ends on withdrawn for (user)\n"
    "rule careful on push forbid when risky action hold\n"
    "rule first on push require consented(user) action block\n"
    "rule cap on push limit 2 per user in last 1 hours action block\n";

static struct world begin(void) {
  return world_begin(world_compile(policy), NULL);
}

#define SECOND 1000
#define START INT64_C(1751328000000)  // 2025-07-01T00:00:00Z

// {"type": …} at START + seconds. The text lives until the next sixty-four.
static const char *event(const char *type, const char *id, int64_t seconds, const char *more) {
  static char texts[64][200];
  static unsigned next;
  char *text = texts[next++ % 64];
  snprintf(text, sizeof texts[0], "{\"type\":\"%s\",\"id\":\"%s\",\"time\":%lld,\"user\":\"u\"%s}", type, id,
           (long long)(START + seconds * SECOND), more);
  return text;
}

static void add(nuo_session *session, const char *json) {
  nuo_error error = {0};
  if (nuo_session_add_json(session, json, strlen(json), 0, &error) != NUO_OK) fail_msg("%s", error.message);
}

// Decides; each decision is its id and what came of it, "p1 allow, …".
static void expect(nuo_session *session, const char *expected) {
  const nuo_decision *d;
  char found[1000] = "";
  size_t count, len = 0;
  assert_int_equal(nuo_session_decide(session, &d, &count), NUO_OK);
  for (size_t i = 0; i < count; i++) {
    len += (size_t)snprintf(found + len, sizeof found - len, "%s%.*s %s%s", i > 0 ? ", " : "",
                            (int)d[i].event_id.len, d[i].event_id.text, d[i].late ? "late " : "",
                            d[i].refused ? "refused" : nuo_action_name(d[i].verdict));
    for (size_t b = 0; b < d[i].breach_count; b++)
      len += (size_t)snprintf(found + len, sizeof found - len, " %.*s", (int)d[i].breaches[b].rule.len,
                              d[i].breaches[b].rule.text);
  }
  if (strcmp(found, expected) != 0) fail_msg("\"%s\"\nnot \"%s\"", found, expected);
}

static void test_effects_in_order(void **state) {
  (void)state;
  struct world w = begin();
  add(w.session, event("push", "p0", 0, ""));
  add(w.session, event("granted", "g", 1, ""));
  add(w.session, event("push", "p1", 1, ""));
  add(w.session, event("push", "p2", 2, ""));
  add(w.session, event("push", "p3", 3, ""));
  expect(w.session, "p0 block first, g allow, p1 allow, p2 allow, p3 block cap");
  // Findings of both kinds of rule in the order of the rules.
  add(w.session, event("withdrawn", "w", 4, ""));
  add(w.session, event("push", "p4", 4, ",\"risky\":true"));
  expect(w.session, "w allow, p4 block careful first cap");
  // An hour after the first that was delivered, it no longer counts: the window is open at its far end.
  add(w.session, event("granted", "g2", 3600, ""));
  add(w.session, event("push", "p5", 3600, ""));
  add(w.session, event("push", "p6", 3601, ""));
  expect(w.session, "g2 allow, p5 block cap, p6 allow");
  world_end(&w);
}

// Observed before enforceable among neighbours of one instant, otherwise as they came.
static void test_same_instant(void **state) {
  (void)state;
  struct world w = begin();
  add(w.session, event("push", "p1", 1, ""));
  add(w.session, event("push", "p2", 1, ""));
  add(w.session, event("granted", "g1", 1, ""));
  add(w.session, event("withdrawn", "w1", 2, ""));
  add(w.session, event("push", "p3", 2, ""));
  add(w.session, event("granted", "g2", 2, ""));  // the end prevails
  add(w.session, event("push", "p4", 3, ""));
  add(w.session, event("granted", "g3", 4, ""));
  expect(
      w.session,
      "g1 allow, p1 allow, p2 allow, w1 allow, g2 allow, p3 block first cap, p4 block first cap, g3 allow");
  world_end(&w);
}

// What was added last can be taken back, and what is added instead is read as if nothing had been there.
static void test_take_back(void **state) {
  (void)state;
  struct world w = begin();
  int64_t time;
  assert_int_equal(nuo_session_last(w.session, &time), NUO_TURN_ANY);
  add(w.session, event("granted", "g1", 1, ""));
  assert_int_equal(nuo_session_last(w.session, &time), NUO_TURN_FIRST);
  assert_int_equal(time, START + SECOND);
  add(w.session, event("push", "p1", 2, ",\"risky\":true"));
  assert_int_equal(nuo_session_last(w.session, &time), NUO_TURN_LAST);
  assert_int_equal(time, START + 2 * SECOND);
  add(w.session,
      "{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"p1\",\"time\":\"2025-07-01T01:00:01Z\"}");
  assert_int_equal(nuo_session_last(w.session, &time), NUO_TURN_LAST);
  assert_int_equal(time, START + 3601 * SECOND);
  nuo_session_take_back(w.session, 2);
  assert_int_equal(nuo_session_pending(w.session), 1);
  add(w.session, event("push", "p2", 2, ""));
  expect(w.session, "g1 allow, p2 allow");
  assert_int_equal(nuo_session_last(w.session, &time), NUO_TURN_ANY);
  nuo_session_take_back(w.session, 1);  // what is decided stays
  for (int i = 0; i < NUO_BATCH; i++) add(w.session, event("push", "p3", 3, ""));
  nuo_session_take_back(w.session, NUO_BATCH - 1);
  add(w.session, event("granted", "g2", 3, ""));
  nuo_session_take_back(w.session, NUO_BATCH);
  assert_int_equal(nuo_session_pending(w.session), 0);
  add(w.session, event("push", "p4", 3, ""));
  expect(w.session, "p4 allow");
  world_end(&w);
}

static void test_late(void **state) {
  (void)state;
  struct world w = begin();
  const nuo_decision *d;
  nuo_error error;
  nuo_text json;
  add(w.session, event("granted", "g", 0, ""));
  add(w.session, event("withdrawn", "w", 20, ""));
  add(w.session, event("push", "p1", 15, ""));     // as of its own time
  add(w.session, event("granted", "g2", 12, ""));  // had begun then already
  add(w.session, event("push", "p2", 20, ""));
  add(w.session, event("push", "p3", 10, ""));
  add(w.session, event("push", "p4", 9, ""));  // ten seconds are ten seconds
  add(w.session, event("push", "p5", 16, ""));
  expect(w.session,
         "g allow, w allow, p1 late allow, g2 late allow, p2 block first, p3 late allow, p4 refused, "
         "p5 late block cap");
  const char *late = event("push", "p6", 1, "");
  assert_int_equal(nuo_session_eval_json(w.session, late, strlen(late), &d, &error), NUO_BAD_EVENT);
  assert_null(d);
  assert_non_null(strstr(error.message, "2025-07-01T00:00:01Z"));
  assert_non_null(strstr(error.message, "2025-07-01T00:00:20Z"));
  assert_non_null(strstr(error.message, "10 seconds"));
  assert_non_null(strstr(error.message_zh, "事件太晚：其时间是 2025-07-01T00:00:01Z"));
  assert_non_null(strstr(error.message_zh, "10 秒"));
  size_t count;
  add(w.session, event("push", "p7", 19, ""));
  add(w.session, late);
  assert_int_equal(nuo_session_decide(w.session, &d, &count), NUO_OK);
  assert_int_equal(count, 2);
  assert_int_equal(nuo_session_decision_json(w.session, &d[0], &json), NUO_OK);
  assert_non_null(strstr(json.text, "\"late\":true,\"verdict\":\"block\""));
  assert_int_equal(d[1].verdict, NUO_BLOCK);
  assert_int_equal(nuo_session_decision_json(w.session, &d[1], &json), NUO_OK);
  static const char refusal[] =
      "{\"event\":\"p6\",\"type\":\"push\",\"time\":\"2025-07-01T00:00:01Z\",\"refused\":\"";
  assert_memory_equal(json.text, refusal, strlen(refusal));
  world_end(&w);
}

static void test_reports(void **state) {
  (void)state;
  struct world w = begin();
  nuo_error error;
  const nuo_text push = {"push", 4}, p1 = {"p1", 2}, none = {"none", 4};
  add(w.session, event("granted", "g", 0, ""));
  add(w.session, event("push", "p1", 1, ",\"risky\":true"));
  add(w.session, event("push", "p2", 1, ",\"risky\":true"));
  add(w.session, event("push", "p3", 2, ""));
  add(w.session, event("push", "p4", 3, ""));
  expect(w.session, "g allow, p1 hold careful, p2 hold careful, p3 allow, p4 allow");
  // What waits does not count before it is sent: then it does, from its time on.
  add(w.session, event("push", "p5", 3600, ""));
  add(w.session,
      "{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"p2\",\"time\":\"2025-07-01T01:00:01Z\"}");
  add(w.session, event("push", "p6", 3602, ""));
  add(w.session, event("push", "p7", 3603, ""));
  add(w.session, event("push", "p8", 3605, ""));
  expect(w.session, "p5 block cap, p6 block cap, p7 allow, p8 block cap");
  assert_int_equal(nuo_session_delivered(w.session, push, p1, START + 3606 * SECOND, &error), NUO_OK);
  assert_int_equal(nuo_session_delivered(w.session, push, p1, START + 3606 * SECOND, &error), NUO_BAD_EVENT);
  assert_int_equal(nuo_session_delivered(w.session, push, none, START + 3606 * SECOND, &error),
                   NUO_BAD_EVENT);
  assert_int_equal(nuo_session_delivered(w.session, none, p1, START + 3606 * SECOND, &error), NUO_BAD_EVENT);
  assert_non_null(strstr(error.message, "none"));
  assert_int_equal(nuo_session_delivered(w.session, push, p1, START, &error), NUO_BAD_EVENT);
  assert_non_null(strstr(error.message, "too late"));
  assert_non_null(strstr(error.message_zh, "回报太晚：其时间是 2025-07-01T00:00:00Z"));
  assert_int_equal(nuo_session_delivered(w.session, push, p1, INT64_MAX, &error), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_session_delivered(NULL, push, p1, START, NULL), NUO_BAD_ARGUMENT);
  // Decided anew and let through, it waits no longer.
  add(w.session, event("push", "p9", 9000, ",\"risky\":true"));
  add(w.session, event("push", "p9", 9001, ""));
  add(w.session, "{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"p9\",\"time\":1751337002000}");
  expect(w.session, "p9 hold careful, p9 allow, p9 refused");
  static const char *const bad[] = {
      "{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"p9\"}",
      "{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"p9\",\"time\":\"soon\"}",
      "{\"type\":\"nuo.delivered\",\"event\":7,\"id\":\"p9\",\"time\":0}",
      "{\"time\":0,\"id\":[],\"type\":\"nuo.delivered\",\"event\":\"push\",\"event\":\"push\"}",
      "{\"type\":\"nuo.delivered\"",
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    assert_int_equal(nuo_session_add_json(w.session, bad[i], strlen(bad[i]), 0, &error), NUO_BAD_EVENT);
    assert_int_equal(error.status, NUO_BAD_EVENT);
    assert_true(strlen(error.message) > 0 && strlen(error.message_zh) > 0);
  }
  world_end(&w);
}

// Before the policy is in force nothing is decided, but what happens is remembered.
static void test_before_force(void **state) {
  (void)state;
  struct world w = begin();
  add(w.session, event("granted", "g", -86400, ""));
  add(w.session, event("push", "p0", -100, ""));
  add(w.session, event("push", "p1", 0, ""));
  add(w.session, event("push", "p2", 1, ""));
  expect(w.session, "g allow, p0 allow, p1 allow, p2 block cap");
  world_end(&w);
}

static void test_two_sessions(void **state) {
  (void)state;
  struct world w = begin();
  nuo_session *other;
  assert_int_equal(nuo_session_new(w.engine, &other), NUO_OK);
  add(w.session, event("granted", "g", 0, ""));
  add(other, event("push", "p1", 1, ""));
  expect(w.session, "g allow");
  expect(other, "p1 allow");
  add(w.session, event("push", "p2", 2, ""));
  expect(w.session, "p2 allow");
  add(other, event("push", "p3", 3, ""));
  expect(other, "p3 block cap");
  nuo_session_free(other);
  world_end(&w);
}

// ---- running out of memory ----

// False when something ran out of memory; whatever was made is freed.
static bool try_all(nuo_program *program, struct meter *meter) {
  nuo_allocator allocator = {metered, meter};
  nuo_engine_options options = {.allocator = &allocator, .state_secret = "0123456789abcdef"};
  nuo_engine *engine = NULL;
  nuo_session *session = NULL;
  const nuo_decision *d;
  nuo_error error;
  size_t count;
  nuo_status status = nuo_engine_new(&options, &engine);
  if (status == NUO_OK) status = nuo_engine_use(engine, &program, 1, NULL);
  if (status == NUO_OK) status = nuo_session_new(engine, &session);
  for (int round = 0; status == NUO_OK && round < 40; round++) {
    static const char report[] =
        "{\"type\":\"nuo.delivered\",\"event\":\"push\",\"id\":\"p\\u0031\",\"time\":1751328000000}";
    char ids[3][16];  // that of p1 and that of the last push come again
    for (int i = 0; i < 3; i++) snprintf(ids[i], sizeof ids[i], "%c%d", "gpq"[i], round);
    const char *lines[] = {event("granted", ids[0], round, ""), event("push", "p1", round, ",\"risky\":true"),
                           event("push", ids[1], round, ""),
                           event("push", round % 2 == 0 ? ids[1] : ids[2], round, "")};
    for (int i = 0; status == NUO_OK && i < 4; i++)
      status = nuo_session_add_json(session, lines[i], strlen(lines[i]), 0, &error);
    if (status == NUO_OK && round == 0)
      status = nuo_session_add_json(session, report, strlen(report), 0, &error);
    if (status == NUO_OK) status = nuo_session_decide(session, &d, &count);
    if (status == NUO_OK) assert_int_equal(count, 4);
  }
  assert_true(status == NUO_OK || status == NUO_NO_MEMORY);
  nuo_session_free(session);
  nuo_engine_free(engine);
  assert_int_equal(meter->in_use, 0);
  return status == NUO_OK;
}

static void test_out_of_memory(void **state) {
  (void)state;
  nuo_program *program = world_compile(policy);
  struct meter meter = {.fail_at = 1};
  while (!try_all(program, &meter)) meter = (struct meter){.fail_at = meter.fail_at + 1};
  assert_true(meter.fail_at > 15);
  nuo_program_free(program);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_effects_in_order), cmocka_unit_test(test_same_instant),
      cmocka_unit_test(test_take_back),        cmocka_unit_test(test_late),
      cmocka_unit_test(test_reports),          cmocka_unit_test(test_before_force),
      cmocka_unit_test(test_two_sessions),     cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
