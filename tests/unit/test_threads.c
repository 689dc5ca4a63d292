// SPDX-License-Identifier: Apache-2.0
// Sessions of one engine in threads of their own, `make SAN=thread unit ONLY=threads` for races: the same
// decisions as in one thread, a limit that lets as many through as it says however the threads take turns,
// and nobody waiting for the engine where nothing is remembered.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "runtime/session.h"
#include "tests/unit/world.h"

#define THREADS 4
#define ROUNDS 40
#define USERS 100

#define HEAD "policy p version \"1\" zone \"Asia/Shanghai\" undetermined hold\n"

static const char forgetful[] = HEAD
    "event push enforceable { id: text time: instant user: text title: text zone?: zone }\n"
    "rule words on push forbid when title contains any of {\"必中\", \"内部消息\"} because \"{title}\" "
    "action block\n"
    "rule night on push forbid when clock(time) in 22:00..08:00 action defer until 08:00\n"
    "rule pattern on push forbid when title matches /[0-9]{6}/ action hold\n";
static const char remembering[] = HEAD
    "event push enforceable subject user { id: text time: instant user: text }\n"
    "event asked observed subject user { id: text time: instant user: text }\n"
    "event answered observed subject user { id: text time: instant user: text of: text }\n"
    "duty answer on asked as c must answered where of is c.id within 1 hours\n"
    "rule daily on push limit 3 per user this day because \"{user}\" action block\n";

struct worker {
  pthread_t thread;
  uint32_t number;
  nuo_session *session;
  uint32_t allowed[USERS];
  uint64_t checksum;
};

static void start(struct world *w, struct worker *workers, void *(*work)(void *)) {
  for (uint32_t i = 0; i < THREADS; i++) {
    workers[i] = (struct worker){.number = i};
    assert_int_equal(nuo_session_new(w->engine, &workers[i].session), NUO_OK);
  }
  for (uint32_t i = 0; i < THREADS; i++)
    assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
}
static void finish(struct worker *workers) {
  for (uint32_t i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    nuo_session_free(workers[i].session);
  }
}

// cmocka's assertions are for the main thread only.
static void add(struct worker *w, const char *json, uint64_t tag) {
  nuo_error error;
  if (nuo_session_add_json(w->session, json, strlen(json), tag, &error) != NUO_OK) abort();
}

// ---- nothing remembered ----
static void *decide_plain(void *argument) {
  static const char *const titles[] = {"本周上新", "今晚必中", "订单 202507", "内部消息"};
  static const char *const zones[] = {"Asia/Tokyo", "Europe/Paris", "America/New_York", "+05:30"};
  struct worker *w = argument;
  char lines[NUO_BATCH][200];
  for (uint32_t i = 0; i < ROUNDS * NUO_BATCH; i++) {
    const nuo_decision *decisions;
    size_t count;
    snprintf(lines[i % NUO_BATCH], sizeof *lines,
             "{\"id\":\"p%u\",\"time\":\"2025-07-01T%02u:00:00Z\",\"user\":\"u\",\"title\":\"%s\",\"zone\":"
             "\"%s\"}",
             i, i % 24, titles[i / 24 % 4], zones[i / 96 % 4]);
    add(w, lines[i % NUO_BATCH], i);
    if (i % NUO_BATCH < NUO_BATCH - 1) continue;
    if (nuo_session_decide(w->session, &decisions, &count) != NUO_OK || count != NUO_BATCH) abort();
    for (size_t k = 0; k < count; k++)
      w->checksum = w->checksum * 31 + decisions[k].verdict * 7 + decisions[k].breach_count;
  }
  return NULL;
}

static void test_without_memory(void **state) {
  struct world world = world_begin(world_compile(forgetful), NULL);
  struct worker workers[THREADS], alone = {.session = world.session};
  (void)state;
  start(&world, workers, decide_plain);
  finish(workers);
  decide_plain(&alone);
  for (uint32_t i = 0; i < THREADS; i++) assert_true(workers[i].checksum == alone.checksum);
  world_end(&world);
}

// ---- memory shared ----
// Every thread sends a push to every user in each round, all of one instant.
static void *decide_limited(void *argument) {
  struct worker *w = argument;
  for (uint32_t i = 0; i < ROUNDS * USERS; i++) {
    const nuo_decision *decision;
    nuo_error error;
    char line[200];
    const char *type = i % 7 == 3 ? "asked" : i % 7 == 5 ? "answered" : "push";
    snprintf(line, sizeof line,
             "{\"type\":\"%s\",\"id\":\"e%u-%u\",\"time\":\"2025-07-01T04:00:00Z\",\"user\":\"u%u\"%s}", type,
             w->number, i, i % USERS, *type == 'a' && type[1] == 'n' ? ",\"of\":\"e0-3\"" : "");
    if (nuo_session_eval_json(w->session, line, strlen(line), &decision, &error) != NUO_OK) abort();
    if (*type == 'p' && decision->verdict == NUO_ALLOW) w->allowed[i % USERS]++;
  }
  return NULL;
}

static void test_with_memory(void **state) {
  struct world world = world_begin(world_compile(remembering), NULL);
  struct worker workers[THREADS];
  (void)state;
  start(&world, workers, decide_limited);
  for (uint32_t i = 0; i < 20; i++) {  // what a host does besides
    nuo_session *session;
    size_t records;
    assert_int_equal(nuo_engine_commit(world.engine, &i, sizeof i, NULL), NUO_OK);
    assert_int_equal(nuo_session_new(world.engine, &session), NUO_OK);
    assert_int_equal(nuo_engine_forget(world.engine, (nuo_text){"nobody", 6}, &records, NULL), NUO_OK);
    assert_int_equal(records, 0);
    nuo_session_free(session);
  }
  finish(workers);
  for (uint32_t u = 0; u < USERS; u++) {
    uint32_t allowed = 0;
    for (uint32_t i = 0; i < THREADS; i++) allowed += workers[i].allowed[u];
    assert_int_equal(allowed, 3);
  }
  world_end(&world);
}

// ---- no waiting ----
static atomic_bool done;
static void *decide_and_tell(void *argument) {
  decide_plain(argument);
  atomic_store(&done, true);
  return NULL;
}

static void test_engine_is_not_locked(void **state) {
  struct world world = world_begin(world_compile(forgetful), NULL);
  struct worker worker = {.session = world.session};
  const struct timespec moment = {0, 1000000};
  (void)state;
  pthread_mutex_lock(&world.engine->lock);
  assert_int_equal(pthread_create(&worker.thread, NULL, decide_and_tell, &worker), 0);
  for (int i = 0; i < 20000 && !atomic_load(&done); i++) nanosleep(&moment, NULL);
  const bool waited = !atomic_load(&done);
  pthread_mutex_unlock(&world.engine->lock);
  pthread_join(worker.thread, NULL);
  assert_false(waited);
  world_end(&world);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_without_memory),
                                     cmocka_unit_test(test_with_memory),
                                     cmocka_unit_test(test_engine_is_not_locked)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
