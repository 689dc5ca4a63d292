// SPDX-License-Identifier: Apache-2.0
// Duties as a host sees them: how many decisions one call gives, where the decision of an event stands among
// those of deadlines and of what follows, the limit of open duties, and an allocator that fails everywhere.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/alloc.h"
#include "runtime/duty_record.h"
#include "runtime/limits.h"
#include "runtime/nuo.h"
#include "tests/unit/fail_once.h"
#include "tests/unit/world.h"

static const char policy[] =
    "policy p version \"1\" zone \"UTC\" undetermined note severities minor < major\n"
    "event asked observed { id: text time: instant user { id: text sensitive } from: text }\n"
    "event told observed { id: text time: instant of: text }\n"
    "event waiting observed { id: text time: instant of: text }\n"
    "event resumed observed { id: text time: instant of: text }\n"
    "event alarm observed { id: text time: instant from: text }\n"
    "fact waits (id: text) starts on waiting for (of) ends on resumed for (of)\n"
    "fact knows (user: text, from: text) starts on asked for (user.id, from)\n"
    "duty tell on asked as a must told where of is a.id within 2 hours then told where of is a.id within 3 "
    "hours\n"
    "  warn at 1 hours suspended while waits(a.id) severity minor because \"{a.user.id}: {step}\"\n"
    "  raise alarm { from: from }\n"
    "duty every_source on told as t for each s where knows(\"u\", s)\n"
    "  must alarm where from is s within 1 hours severity minor\n"
    "duty daily every day must at least 1 told severity minor\n"
    "rule often on breach where severity is minor\n"
    "  forbid when (count of breach where severity is minor per rule in last 1 hours) at least 2\n"
    "  severity major action note\n";

#define HOUR INT64_C(3600000)
#define START INT64_C(1751328000000)  // 2025-07-01T00:00:00Z

static struct world begin(void) {
  return world_begin(world_compile(policy), NULL);
}

static nuo_status decide(nuo_session *session, const char *type, const char *id, int64_t time,
                         const char *more, const nuo_decision **d) {
  char json[200];
  nuo_error error = {0};
  int len = snprintf(json, sizeof json, "{\"type\":\"%s\",\"id\":\"%s\",\"time\":%lld%s}", type, id,
                     (long long)time, more);
  return nuo_session_eval_json(session, json, (size_t)len, d, &error);
}

#define OF_A ",\"of\":\"a\""
#define ASKED ",\"user\":{\"id\":\"u\"},\"from\":\"web\""

static size_t count_state(const nuo_decision *d, nuo_duty_state state) {
  size_t count = 0;
  for (size_t i = 0; i < d->duty_count; i++) count += d->duties[i].state == state;
  return count;
}

// 200 duties, each with a warning and two missed steps: 600 decisions, and those of `often` behind.
static void test_advance_in_pieces(void **state) {
  (void)state;
  struct world w = begin();
  const nuo_decision *d;
  size_t count, calls = 0, warned = 0, missed = 0, most = 0;
  int64_t last = INT64_MIN;
  char id[16];
  for (int i = 0; i < 200; i++) {
    snprintf(id, sizeof id, "a%d", i);
    assert_int_equal(decide(w.session, "asked", id, START + i, ASKED, &d), NUO_OK);
    assert_int_equal(count_state(d, NUO_DUTY_OPENED), 1);
  }
  do {
    assert_int_equal(nuo_session_advance(w.session, START + 4 * HOUR, &d, &count), NUO_OK);
    for (size_t i = 0; i < count; i++) {
      warned += count_state(&d[i], NUO_DUTY_WARNED);
      missed += count_state(&d[i], NUO_DUTY_MISSED);
      assert_true(d[i].time >= last);
      last = d[i].time;
    }
    if (count > most) most = count;
    calls++;
  } while (count > 0);
  assert_int_equal(warned, 200);
  assert_int_equal(missed, 400);
  // About a batch: one more deadline, with what follows from it.
  assert_true(most >= NUO_BATCH && most <= NUO_BATCH + 4);
  assert_true(calls > 600 / (NUO_BATCH + 4));
  assert_int_equal(nuo_session_advance(w.session, START, &d, &count), NUO_OK);  // never back
  assert_int_equal(count, 0);
  assert_int_equal(nuo_session_advance(w.session, INT64_MAX, &d, &count), NUO_BAD_ARGUMENT);
  world_end(&w);
}

// The answer is the event's own decision; the others stand around it.
static void test_decisions_around(void **state) {
  (void)state;
  struct world w = begin();
  const nuo_decision *d, *all;
  size_t count;
  assert_int_equal(decide(w.session, "asked", "a", START, ASKED, &d), NUO_OK);
  assert_int_equal(decide(w.session, "told", "t", START + 2 * HOUR + 1, OF_A, &d), NUO_OK);
  nuo_session_decisions(w.session, &all, &count);
  assert_int_equal(count, 3);  // warned, missed, and the event
  assert_ptr_equal(d, &all[2]);
  assert_true(all[0].deadline && all[1].deadline && !d->deadline);
  assert_int_equal(all[1].time, START + 2 * HOUR);
  assert_int_equal(all[1].breach_count, 1);
  assert_int_equal(all[1].raised_count, 1);
  assert_memory_equal(all[1].breaches[0].message.text, "***: told", 9);  // masked, as it was captured
  // It is the first step, done late: the second is owed still.
  assert_int_equal(count_state(d, NUO_DUTY_LATE), 1);
  assert_int_equal(count_state(d, NUO_DUTY_FULFILLED), 0);
  world_end(&w);
}

// No key ties it: all instances are of one record.
static void test_open_limit(void **state) {
  (void)state;
  struct world w = begin();
  const nuo_decision *d;
  char id[16];
  assert_int_equal(decide(w.session, "asked", "a", START, ASKED, &d), NUO_OK);
  for (int i = 0; i < LIMIT_OPEN_DUTIES; i++) {
    snprintf(id, sizeof id, "t%d", i);
    assert_int_equal(decide(w.session, "told", id, START + 1, OF_A, &d), NUO_OK);
    assert_int_equal(count_state(d, NUO_DUTY_NOT_OPENED), 0);
  }
  assert_int_equal(decide(w.session, "told", "more", START + 1, OF_A, &d), NUO_OK);
  assert_int_equal(count_state(d, NUO_DUTY_NOT_OPENED), 1);
  world_end(&w);
}

// A life with all that duties do; false when memory ran out.
static bool live(struct meter *meter, nuo_program *program) {
  const nuo_allocator allocator = {metered, meter};
  const nuo_engine_options options = {.allocator = &allocator};
  static const struct {
    const char *type, *id;
    int64_t time;
    const char *more;
  } events[] = {{"asked", "a", 0, ASKED},
                {"waiting", "w", 1, OF_A},
                {"resumed", "r", HOUR, OF_A},
                {"told", "t", 2 * HOUR, OF_A},
                {"asked", "b", 3 * HOUR, ASKED},
                {"told", "u", 9 * HOUR, OF_A},
                {"alarm", "x", 30 * HOUR, ",\"from\":\"web\""}};
  nuo_engine *engine = NULL;
  nuo_session *session = NULL;
  const nuo_decision *d;
  size_t count = 1;
  nuo_status status = nuo_engine_new(&options, &engine);
  if (status == NUO_OK) status = nuo_engine_use(engine, &program, 1, NULL);
  if (status == NUO_OK) status = nuo_session_new(engine, &session);
  for (size_t i = 0; status == NUO_OK && i < sizeof events / sizeof *events; i++)
    status = decide(session, events[i].type, events[i].id, START + events[i].time, events[i].more, &d);
  while (status == NUO_OK && count > 0) status = nuo_session_advance(session, START + 99 * HOUR, &d, &count);
  assert_true(status == NUO_OK || status == NUO_NO_MEMORY);
  nuo_session_free(session);
  nuo_engine_free(engine);
  assert_int_equal(meter->in_use, 0);
  return status == NUO_OK;
}

static void test_out_of_memory(void **state) {
  (void)state;
  nuo_program *program = world_compile(policy);
  struct meter meter = {0};
  assert_true(live(&meter, program));
  const size_t calls = meter.calls;
  for (size_t fail_at = 1; fail_at <= calls; fail_at++) {
    meter = (struct meter){.fail_at = fail_at};
    assert_false(live(&meter, program));
  }
  nuo_program_free(program);
}

// The clock of an instance: what is due moves by the time for which it stood before that.
static void test_clock(void **state) {
  (void)state;
  struct scratch scratch = {.allocator = nuo__default_allocator()};
  struct instance i = {.began = 100};
  assert_int_equal(nuo__duty_moved(&i, 200, false, NULL), 200);
  assert_true(nuo__duty_clock(&scratch, &i, 150, true));
  assert_true(nuo__duty_moved(&i, 200, false, NULL) == NUO__NEVER);
  assert_int_equal(nuo__duty_moved(&i, 149, false, NULL), 149);  // it was due before the clock stopped
  assert_true(nuo__duty_clock(&scratch, &i, 180, false));
  assert_int_equal(nuo__duty_moved(&i, 200, false, NULL), 230);
  assert_true(
      nuo__duty_clock(&scratch, &i, 230, true));  // at the due time itself: still in time, so it stands
  assert_true(nuo__duty_clock(&scratch, &i, 235, false));
  assert_int_equal(nuo__duty_moved(&i, 200, false, NULL), 235);
  assert_true(nuo__duty_clock(&scratch, &i, 160, false));  // told late: the first stop ended earlier
  assert_int_equal(nuo__duty_moved(&i, 200, false, NULL), 210);
  assert_true(nuo__duty_clock(&scratch, &i, 99, true));  // before the beginning: not of this instance
  assert_int_equal(i.change_count, 5);
  nuo__scratch_free(&scratch);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_advance_in_pieces),
      cmocka_unit_test(test_decisions_around),
      cmocka_unit_test(test_open_limit),
      cmocka_unit_test(test_out_of_memory),
      cmocka_unit_test(test_clock),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
