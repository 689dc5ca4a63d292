// SPDX-License-Identifier: Apache-2.0
// `make bench`, the part with threads: how many events two threads decide in the time of one. Each has a
// session of its own and events of its own; they share the program and, where the policy remembers, what is
// remembered. Rounds with one and with two threads take turns. On a machine where other programs run, two
// threads do not get two processors in each round: the best tenth of the rounds tells what the program can
// do. Asserts no time.
//
//   threads [smoke]
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/bench/ours.h"

#define THREADS 2
#define EVENT_CAPACITY \
  2048  // of each thread in a round: so few that most end before the scheduler takes a turn
#define ROUND_COUNT 601
#define START_MS INT64_C(1756656000000)  // 2025-09-01 00:00 +08:00

// What is remembered besides the forty rules.
static const char limits[] =
    "rule daily on push limit 1000 per user.id this day action block\n"
    "rule weekly on push where class is commercial_ad limit 5000 per user.id this week action block\n";
// As little as an event can say: nearly all that is left is memory.
static const char bare[] =
    "policy counting version \"1\" zone \"Asia/Shanghai\" undetermined hold\n"
    "event push enforceable subject user { id: text time: instant user: text }\n"
    "rule daily on push limit 1000 per user this day action block\n";

struct worker {
  pthread_t thread;
  nuo_session *session;
  char *json[EVENT_CAPACITY];
  size_t len[EVENT_CAPACITY];
  uint32_t count;
  atomic_uint *waiting;  // threads that are not there yet
  double begun, finished;
};

typedef void write_event(struct worker *, uint32_t place, uint32_t number, uint32_t round);
struct work {
  const char *name;
  write_event *write;
  struct nuo nuo;
  struct worker workers[THREADS];
  uint32_t count, number, round;              // events of each thread in a round
  double one[ROUND_COUNT], two[ROUND_COUNT];  // ns an event
};

// ---- events ----
// All of a round are of one minute, so that none comes too late whichever thread is ahead.
static void write_whole(struct worker *w, uint32_t place, uint32_t number, uint32_t round) {
  if (w->len[place] == 0) w->len[place] = bench_write_event(number, w->json[place]);
  bench_rewrite_event(w->json[place], number, (uint32_t)(number * UINT64_C(2654435761) % 100000), round);
}

static void write_bare(struct worker *w, uint32_t place, uint32_t number, uint32_t round) {
  w->len[place] = (size_t)snprintf(
      w->json[place], EVENT_CAP, "{\"id\":\"e%u\",\"time\":%" PRId64 ",\"user\":\"u%u\"}", number,
      START_MS + (int64_t)round * 60000, (uint32_t)(number * UINT64_C(2654435761) % 100000));
}

// ---- rounds ----
static void *work(void *argument) {
  struct worker *w = argument;
  const nuo_decision *decisions;
  nuo_error error;
  size_t count;
  atomic_fetch_sub(w->waiting, 1);
  while (atomic_load(w->waiting) > 0) {
  }
  w->begun = bench_tick();
  for (uint32_t i = 0; i < w->count; i += NUO_BATCH) {
    for (uint32_t k = i; k < i + NUO_BATCH; k++)
      if (nuo_session_add_json(w->session, w->json[k], w->len[k], k, &error) != NUO_OK)
        bench_stop("an event was refused", error.message);
    if (nuo_session_decide(w->session, &decisions, &count) != NUO_OK || count != NUO_BATCH)
      bench_stop("decide", "not one decision for each event");
    for (uint32_t k = 0; k < NUO_BATCH; k++)
      if (decisions[k].refused != NULL) bench_stop("refused", decisions[k].refused->message);
  }
  w->finished = bench_tick();
  return NULL;
}

// Nanoseconds an event with so many threads at work.
static double run(struct work *w, unsigned threads) {
  double begun = 1e300, finished = 0;
  atomic_uint waiting = threads;
  w->round++;
  for (unsigned t = 0; t < threads; t++) {
    struct worker *worker = &w->workers[t];
    for (uint32_t i = 0; i < w->count; i++) w->write(worker, i, w->number++, w->round);
    worker->waiting = &waiting;
    worker->count = w->count;
  }
  for (unsigned t = 0; t < threads; t++)
    if (pthread_create(&w->workers[t].thread, NULL, work, &w->workers[t]) != 0) bench_stop("thread", "none");
  for (unsigned t = 0; t < threads; t++) {
    const struct worker *worker = &w->workers[t];
    pthread_join(worker->thread, NULL);
    if (worker->begun < begun) begun = worker->begun;
    if (worker->finished > finished) finished = worker->finished;
  }
  return (finished - begun) / (threads * w->count);
}

static void measure(const char *name, nuo_text policy, write_event *write, uint32_t count, int rounds) {
  struct work *w = calloc(1, sizeof *w);
  if (w == NULL) bench_stop(name, "out of memory");
  w->name = name;
  w->write = write;
  w->count = count;
  bench_open(&w->nuo, name, policy, NULL);
  for (int t = 0; t < THREADS; t++) {
    if (nuo_session_new(w->nuo.engine, &w->workers[t].session) != NUO_OK) bench_stop(name, "out of memory");
    for (uint32_t i = 0; i < EVENT_CAPACITY; i++)
      if ((w->workers[t].json[i] = calloc(1, EVENT_CAP)) == NULL) bench_stop(name, "out of memory");
  }
  for (int r = -1; r < rounds; r++) {
    const double one = run(w, 1), two = run(w, THREADS);
    if (r < 0) continue;
    w->one[r] = one;
    w->two[r] = two;
  }
  bench_sort(w->one, (size_t)rounds);
  bench_sort(w->two, (size_t)rounds);
  printf("%-34s %9.0f %9.0f %9.2f %9.0f %9.0f %9.2f\n", name, w->one[rounds / 100], w->two[rounds / 100],
         w->one[rounds / 100] / w->two[rounds / 100], w->one[rounds / 2], w->two[rounds / 2],
         w->one[rounds / 2] / w->two[rounds / 2]);
  fflush(stdout);
  for (int t = 0; t < THREADS; t++) {
    nuo_session_free(w->workers[t].session);
    for (uint32_t i = 0; i < EVENT_CAPACITY; i++) free(w->workers[t].json[i]);
  }
  bench_close(&w->nuo);
  free(w);
}

int main(int argc, char **argv) {
  static char source[1 << 16];
  FILE *file = fopen("tests/bench/policy.nuo", "rb");
  if (file == NULL) bench_stop("tests/bench/policy.nuo", "cannot be read");
  const size_t len = fread(source, 1, sizeof source - sizeof limits, file);
  fclose(file);
  memcpy(source + len, limits, sizeof limits);
  const int rounds = argc > 1 && strcmp(argv[1], "smoke") == 0 ? 3 : ROUND_COUNT;
  printf("%-34s %29s %29s\n", "Two threads, from JSON, by 64", "best hundredth of the rounds", "median");
  printf("%-34s %9s %9s %9s %9s %9s %9s\n", "ns an event", "one", "two", "times", "one", "two", "times");
  measure("forty rules, nothing remembered", (nuo_text){source, len}, write_whole, 512, rounds);
  measure("forty rules and two limits", (nuo_text){source, len + sizeof limits - 1}, write_whole, 512,
          rounds);
  measure("one limit and nothing else", (nuo_text){bare, sizeof bare - 1}, write_bare, EVENT_CAPACITY,
          rounds);
  printf("\n");
  return fflush(stdout) != 0;
}
