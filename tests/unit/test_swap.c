// SPDX-License-Identifier: Apache-2.0
// Another version of the policy while sessions decide, `make SAN=thread unit ONLY=swap` for races: an event
// is decided by one version as a whole, limits go on, old programs go when nobody works with them, and a swap
// that finds no memory leaves all as it was.
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/fail_once.h"
#include "tests/unit/world.h"

#define THREADS 4
#define SWAPS 1000
#define USERS 50

// Both let three pushes a day through to each user; what the one blocks the other holds.
#define HEAD(version) "policy p version \"" version "\" zone \"UTC\" undetermined hold\n"
#define BODY                                                                                 \
  "event push enforceable subject user { id: text time: instant user: text title?: text }\n" \
  "rule daily on push where title is missing limit 3 per user this day action block\n"
static const char one[] = HEAD("1") BODY
    "rule words on push where title is present forbid when title contains any of {\"必中\", \"内部消息\"} "
    "action block\n";
static const char two[] =
    HEAD("2") "define lucky(t: text) = t contains \"必中\"\n" BODY
              "rule luck on push where title is present forbid when lucky(title) because \"{title}\" action "
              "hold\nrule other on push where title is present forbid when title is \"x\" action defer until "
              "08:00\n";
static const char *const sources[] = {one, two};

static nuo_compilation *compile(const char *source) {
  nuo_compilation *compilation;
  const nuo_text path = {"p.nuo", 5}, text = {source, strlen(source)};
  assert_int_equal(nuo_compile(path, text, NULL, &compilation), NUO_OK);
  return compilation;
}

static nuo_status load(const nuo_compilation *compilation, const nuo_allocator *allocator,
                       nuo_program **program) {
  const nuo_options options = {.allocator = allocator};
  const nuo_text image = nuo_compilation_image(compilation);
  return nuo_program_load(image.text, image.len, &options, program, NULL);
}

static nuo_status decide(nuo_session *s, const char *json, const nuo_decision **d) {
  return nuo_session_eval_json(s, json, strlen(json), d, NULL);
}

static bool is_version(const nuo_decision *d, const char *version) {
  return d->program->version.len == 1 && *d->program->version.text == *version;
}

// ---- alone ----

static const char lucky[] = "{\"id\":\"%d\",\"time\":0,\"user\":\"u\",\"title\":\"今晚必中\"}";
static const char plain[] = "{\"id\":\"%d\",\"time\":0,\"user\":\"u\"}";

static const char *event(const char *form, int id) {
  static char lines[4][100];
  snprintf(lines[id % 4], sizeof *lines, form, id);
  return lines[id % 4];
}

static void expect(nuo_session *s, const char *json, const char *version, nuo_action verdict) {
  const nuo_decision *d;
  assert_int_equal(decide(s, json, &d), NUO_OK);
  assert_true(is_version(d, version));
  assert_int_equal(d->verdict, verdict);
}

// A batch that has begun stays with its version; what has been counted goes on.
static void test_between_batches(void **state) {
  struct world w = world_begin(world_compile(one), NULL);
  nuo_program *second = world_compile(two);
  const nuo_decision *d;
  const char *waiting = event(lucky, 3);
  size_t count;
  (void)state;
  expect(w.session, event(plain, 1), "1", NUO_ALLOW);
  expect(w.session, event(plain, 2), "1", NUO_ALLOW);
  assert_int_equal(nuo_session_add_json(w.session, waiting, strlen(waiting), 0, NULL), NUO_OK);
  assert_int_equal(nuo_engine_use(w.engine, &second, 1, NULL), NUO_OK);
  nuo_program_free(second);
  assert_int_equal(nuo_session_decide(w.session, &d, &count), NUO_OK);
  assert_int_equal(count, 1);
  assert_true(is_version(d, "1") && d->verdict == NUO_BLOCK && d->breach_count == 1);
  expect(w.session, event(lucky, 4), "2", NUO_HOLD);
  expect(w.session, event(plain, 5), "2", NUO_ALLOW);
  expect(w.session, event(plain, 6), "2", NUO_BLOCK);
  world_end(&w);
}

// What was held under one version is sent under the other; the names may be those of the last decision.
static void test_report_after_swap(void **state) {
  struct world w = world_begin(world_compile(two), NULL);
  nuo_program *second = world_compile(one);
  const nuo_decision *d;
  (void)state;
  assert_int_equal(decide(w.session, event(lucky, 1), &d), NUO_OK);
  assert_int_equal(d->verdict, NUO_HOLD);
  assert_int_equal(nuo_engine_use(w.engine, &second, 1, NULL), NUO_OK);
  nuo_program_free(second);
  nuo_program_free(w.program);  // only the session has it now
  w.program = NULL;
  assert_int_equal(nuo_session_delivered(w.session, d->event_type, d->event_id, 0, NULL), NUO_OK);
  expect(w.session, event(lucky, 2), "1", NUO_BLOCK);
  world_end(&w);
}

// ---- under load ----

struct worker {
  pthread_t thread;
  uint32_t number;
  nuo_session *session;
  uint32_t allowed[USERS];
};
static atomic_bool stopped;
static atomic_uint decided;

// cmocka's assertions are for the main thread only.
static void check(bool good) {
  if (!good) abort();
}

static void check_whole(const nuo_decision *d) {
  const bool first = is_version(d, "1");
  check(first || is_version(d, "2"));
  check(d->verdict == (first ? NUO_BLOCK : NUO_HOLD) && d->breach_count == 1);
  const nuo_text rule = d->breaches[0].rule;
  check(rule.len == (first ? 5 : 4) && memcmp(rule.text, first ? "words" : "luck", rule.len) == 0);
}

static void *work(void *argument) {
  struct worker *w = argument;
  for (uint32_t i = 0; !atomic_load_explicit(&stopped, memory_order_relaxed); i++) {
    const nuo_decision *d;
    char line[200];
    const uint32_t user = i % USERS;
    snprintf(line, sizeof line, "{\"id\":\"%u-%u\",\"time\":0,\"user\":\"u%u\"%s}", w->number, i, user,
             i % 2 == 0 ? "" : ",\"title\":\"内部消息：今晚必中\"");
    check(decide(w->session, line, &d) == NUO_OK);
    if (i % 2 == 1) {
      check_whole(d);
    } else if (d->verdict == NUO_ALLOW) {
      w->allowed[user]++;
    }
    atomic_fetch_add_explicit(&decided, 1, memory_order_relaxed);
  }
  return NULL;
}

static void *counted(void *context, void *ptr, size_t old_size, size_t new_size) {
  void *fresh = nuo__default_allocator()->resize(NULL, ptr, old_size, new_size);
  if (fresh != NULL || new_size == 0) {
    atomic_fetch_add((atomic_size_t *)context, new_size);
    atomic_fetch_sub((atomic_size_t *)context, old_size);
  }
  return fresh;
}

static size_t programs_alive(atomic_size_t *in_use) {
  size_t alive = 0;
  for (int i = 0; i < SWAPS; i++) alive += atomic_load(&in_use[i]) > 0;
  return alive;
}

// Puts a version in force, then waits until somebody has decided something.
static void swap(nuo_engine *engine, const nuo_compilation *compilation, atomic_size_t *in_use) {
  const nuo_allocator allocator = {counted, in_use};
  nuo_program *program;
  const uint32_t before = atomic_load(&decided);
  assert_int_equal(load(compilation, &allocator, &program), NUO_OK);
  assert_int_equal(nuo_engine_use(engine, &program, 1, NULL), NUO_OK);
  nuo_program_free(program);
  while (atomic_load(&decided) == before) sched_yield();
}

static void test_under_load(void **state) {
  static atomic_size_t in_use[SWAPS];
  struct world world = world_begin(world_compile(one), NULL);
  struct worker workers[THREADS];
  nuo_compilation *compilations[] = {compile(one), compile(two)};
  (void)state;
  for (uint32_t i = 0; i < THREADS; i++) {
    workers[i] = (struct worker){.number = i};
    assert_int_equal(nuo_session_new(world.engine, &workers[i].session), NUO_OK);
    assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
  }
  for (int i = 0; i < SWAPS; i++) {
    swap(world.engine, compilations[i % 2], &in_use[i]);
    assert_true(programs_alive(in_use) <= 2 * THREADS + 1);  // going over takes both for a moment
  }
  atomic_store(&stopped, true);
  for (uint32_t i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    nuo_session_free(workers[i].session);
  }
  for (uint32_t u = 0; u < USERS; u += 2) {
    uint32_t allowed = 0;
    for (uint32_t i = 0; i < THREADS; i++) allowed += workers[i].allowed[u];
    assert_int_equal(allowed, 3);
  }
  world_end(&world);
  assert_int_equal(programs_alive(in_use), 0);
  nuo_compilation_free(compilations[0]);
  nuo_compilation_free(compilations[1]);
}

// ---- running out of memory ----

// Loads, decides, swaps, decides, frees. After a call that found no memory the same call finds some, and all
// is as if nothing had happened; false when that was the case once.
static bool live(struct meter *meter, nuo_compilation *const *compilations) {
  const nuo_allocator allocator = {metered, meter};
  const nuo_engine_options options = {.allocator = &allocator};
  nuo_engine *engine = NULL;
  nuo_session *session = NULL;
  const nuo_decision *d;
  int failures = 0;
#define TRY(call)                                        \
  for (nuo_status s = (call); s != NUO_OK; s = (call)) { \
    assert_int_equal(s, NUO_NO_MEMORY);                  \
    assert_int_equal(++failures, 1);                     \
  }
  TRY(nuo_engine_new(&options, &engine));
  for (int i = 0; i < 3; i++) {
    nuo_program *program;
    TRY(load(compilations[i % 2], &allocator, &program));
    TRY(nuo_engine_use(engine, &program, 1, NULL));
    nuo_program_free(program);
    if (session == NULL) TRY(nuo_session_new(engine, &session));
    TRY(decide(session, event(lucky, i), &d));
    assert_true(is_version(d, i % 2 == 0 ? "1" : "2"));
    assert_int_equal(d->verdict, i % 2 == 0 ? NUO_BLOCK : NUO_HOLD);
  }
#undef TRY
  nuo_session_free(session);
  nuo_engine_free(engine);
  assert_int_equal(meter->in_use, 0);
  return failures == 0;
}

static void test_out_of_memory(void **state) {
  (void)state;
  nuo_compilation *compilations[] = {compile(sources[0]), compile(sources[1])};
  struct meter meter = {.fail_at = 0};
  assert_true(live(&meter, compilations));
  const size_t calls = meter.calls;
  assert_true(calls > 80);
  for (size_t i = 1; i <= calls; i++) {
    meter = (struct meter){.fail_at = i};
    assert_false(live(&meter, compilations));
  }
  nuo_compilation_free(compilations[0]);
  nuo_compilation_free(compilations[1]);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_between_batches),
                                     cmocka_unit_test(test_report_after_swap),
                                     cmocka_unit_test(test_under_load), cmocka_unit_test(test_out_of_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
