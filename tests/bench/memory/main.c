// SPDX-License-Identifier: Apache-2.0
// `make bench`, the part with memory: what deciding costs when the policy asks what was before, next to
// hand-written C that keeps the same in tables of its own (table.c), and what deadlines cost. Timed is
// nuo_session_decide on events that were added, and so decoded, before; the other side gets them as structs.
// Both take turns batch by batch, and have to come to the same verdict for each event. Asserts no time.
//
//   memory decide SUBJECTS           consent and a daily limit, in memory
//   memory disk SUBJECTS EVENTS      the same with a state directory, and a commit every so many events
//   memory duties INSTANCES          duties that are all missed, their deadlines in no order
//   memory smoke                     all of it, small
//   memory                           all of it, up to a million
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/session.h"
#include "runtime/store.h"
#include "tests/bench/measure.h"
#include "tests/bench/memory/table.h"
#include "tests/bench/ours.h"

#define ROUND_BATCHES 256
#define START_MS INT64_C(1756656000000)  // 2025-09-01 00:00 +08:00
#define LINE_CAP 192

static const char counting[] =
    "policy counting version \"1\" zone \"Asia/Shanghai\" undetermined hold\n"
    "event push enforceable subject user.id { id: text time: instant user { id: text } }\n"
    "event granted observed subject user.id { id: text time: instant user { id: text } }\n"
    "event withdrawn observed subject user.id { id: text time: instant user { id: text } }\n"
    "fact consented (user: text) starts on granted for (user.id) ends on withdrawn for (user.id)\n"
    "rule consent on push require consented(user.id) action block\n"
    "rule daily on push limit 3 per user.id this day action block\n";
static const char duties[] =
    "policy answering version \"1\" zone \"Asia/Shanghai\" undetermined note\n"
    "event complaint observed { id: text time: instant due: instant }\n"
    "event answer observed { id: text time: instant of: text }\n"
    "duty answered on complaint as c must answer where of is c.id no later than c.due\n";

// ---- chance ----
static uint64_t random_state = 1;
static uint64_t below(uint64_t n) {  // splitmix64
  uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (x ^ (x >> 31)) % n;
}

// ---- Nuo ----
static void start(struct nuo *n, const char *source, const char *directory) {
  const nuo_engine_options options = {.state_directory = directory};
  bench_open(n, "policy", (nuo_text){source, strlen(source)}, &options);
}

static void add(struct nuo *n, const char *json, uint64_t tag) {
  nuo_error error;
  if (nuo_session_add_json(n->session, json, strlen(json), tag, &error) != NUO_OK)
    bench_stop("an event was refused", error.message);
}

static void commit(struct nuo *n, uint64_t position) {
  nuo_error error;
  if (nuo_engine_commit(n->engine, &position, sizeof position, &error) != NUO_OK)
    bench_stop("commit", error.message);
}

// Timed; bit i of *blocked: event i is.
static double decide(struct nuo *n, uint64_t *blocked) {
  const nuo_decision *decisions;
  size_t count;
  double spent = 0;
  *blocked = 0;
  do {
    double begun = bench_now();
    if (nuo_session_decide(n->session, &decisions, &count) != NUO_OK) bench_stop("decide", "out of memory");
    spent += bench_now() - begun - bench_now_cost;
    for (size_t i = 0; i < count; i++)
      if (decisions[i].verdict == NUO_BLOCK) *blocked |= UINT64_C(1) << decisions[i].tag;
  } while (nuo_session_pending(n->session) > 0);
  return spent;
}

// ---- events of subjects ----
#define PAST 4096  // among so many of the latest is what comes again
struct past {
  enum kind kind;
  uint64_t number, user;
};
struct stream {
  struct nuo nuo;
  struct hand hand;
  uint64_t subjects, number, blocked, replayed, checksum;
  int64_t time;
  uint32_t count;
  struct hand_event events[NUO_BATCH];
  struct past past[PAST];
  char ids[NUO_BATCH][16], users[NUO_BATCH][16], lines[NUO_BATCH][LINE_CAP];
  double nuo_ns, hand_ns, adding_ns;
};

static void put_numbered(struct stream *s, struct past past, int64_t time) {
  const uint32_t at = s->count++;
  struct hand_event *e = &s->events[at];
  *e = (struct hand_event){.kind = past.kind, .time = time, .id = s->ids[at], .user = s->users[at]};
  e->id_len = (uint32_t)snprintf(s->ids[at], 16, "p%010" PRIu64, past.number % 10000000000u);
  e->user_len = (uint32_t)snprintf(s->users[at], 16, "u%08" PRIu64, past.user % 100000000u);
}

static void put(struct stream *s, enum kind kind, uint64_t user, int64_t time) {
  const struct past past = {kind, s->number++, user};
  s->past[past.number % PAST] = past;
  put_numbered(s, past, time);
}

static void write_lines(struct stream *s) {
  static const char *const names[] = {"push", "granted", "withdrawn"};
  for (uint32_t i = 0; i < s->count; i++) {
    const struct hand_event *e = &s->events[i];
    snprintf(s->lines[i], LINE_CAP,
             "{\"type\":\"%s\",\"id\":\"%s\",\"time\":%" PRId64 ",\"user\":{\"id\":\"%s\"}}", names[e->kind],
             e->id, e->time, e->user);
  }
}

static void decide_both(struct stream *s) {
  uint64_t ours, theirs;
  if (s->count == 0) return;
  write_lines(s);
  double begun = bench_now();
  for (uint32_t i = 0; i < s->count; i++) add(&s->nuo, s->lines[i], i);
  s->adding_ns += bench_now() - begun - bench_now_cost;
  s->nuo_ns += decide(&s->nuo, &ours);
  begun = bench_now();
  theirs = hand_decide(&s->hand, s->events, s->count);
  s->hand_ns += bench_now() - begun - bench_now_cost;
  if (ours != theirs) {
    fprintf(stderr, "bench: the verdicts differ\n%s\n", s->lines[__builtin_ctzll(ours ^ theirs)]);
    exit(1);
  }
  s->checksum = (s->checksum ^ ours) * UINT64_C(0x100000001B3);
  s->blocked += (uint64_t)__builtin_popcountll(ours);
  s->count = 0;
}

// On the first day all consent but one in a hundred; on the second each gets a push, in no order; from the
// third on it is for chance to say: two pushes a day on average.
static void fill(struct stream *s, bool commits) {
  const uint64_t n = s->subjects;
  for (uint64_t i = 0; i < 2 * n; i++) {
    const uint64_t of_day = i % n, user = of_day * UINT64_C(2654435761) % n;
    const int64_t day = i < n ? START_MS : START_MS + DAY_MS;
    if (i >= n || user % 100 != 0)
      put(s, i < n ? GRANTED : PUSH, user, day + (int64_t)(of_day * (uint64_t)DAY_MS / n));
    if (s->count == NUO_BATCH) decide_both(s);
    if (commits && i % 200000 == 0 && s->count == 0) commit(&s->nuo, i);
  }
  decide_both(s);
  if (commits) commit(&s->nuo, 0);
  s->time = START_MS + 2 * DAY_MS;
}

static void next_batch(struct stream *s) {
  const int64_t step = DAY_MS / (int64_t)(2 * s->subjects) + 1;
  while (s->count < NUO_BATCH) {
    const uint64_t chance = below(100);
    s->time += step;
    if (chance < 2 && s->number > PAST) {
      put_numbered(s, s->past[below(PAST)], s->time);
      s->replayed++;
    } else {
      put(s, chance == 2 ? WITHDRAWN : chance == 3 ? GRANTED : PUSH, below(s->subjects), s->time);
    }
  }
  decide_both(s);
}

// ---- tables ----
static void print_memory(const struct stream *s) {
  const struct state *state = &s->nuo.engine->state;
  const double n = (double)s->subjects;
  double replay = 0, hand = 0, events = 0;
  for (int i = 0; i < 2; i++) {
    replay += (double)nuo__store_bytes(state->recent[i]);
    events += (double)nuo__store_count(state->recent[i]);
    hand += (double)hand_bytes(&s->hand.recent[i]);
  }
  printf("  bytes a subject: %.1f (a fact and a count), C %.1f;", (double)nuo__store_bytes(state->store) / n,
         (double)hand_bytes(&s->hand.subjects) / n);
  printf(" a decision kept for the hour: %.1f, C %.1f\n", replay / events, hand / events);
}

// `every`: events from one commit to the next; 0: none.
static void measure_deciding(uint64_t subjects, uint64_t every, uint32_t batches) {
  static double hand[ROUNDS], nuo[ROUNDS], adding[ROUNDS], committing[ROUNDS];
  char directory[] = "/tmp/nuo-bench-XXXXXX", file[64];
  struct stream *s = calloc(1, sizeof *s);
  if (s == NULL || (every > 0 && mkdtemp(directory) == NULL)) bench_stop("decide", "no memory, or no folder");
  s->subjects = subjects;
  snprintf(file, sizeof file, "%s/state", directory);
  start(&s->nuo, counting, every > 0 ? file : NULL);
  fill(s, every > 0);
  for (uint32_t i = 0; i < batches; i++) next_batch(s);
  const double count = (double)batches * NUO_BATCH;
  uint64_t since = 0;
  s->blocked = s->replayed = 0;
  for (int r = 0; r < ROUNDS; r++) {
    double spent = 0;
    s->nuo_ns = s->hand_ns = s->adding_ns = 0;
    for (uint32_t i = 0; i < batches; i++) {
      next_batch(s);
      since += NUO_BATCH;
      if (every == 0 || since < every) continue;
      double begun = bench_tick();
      commit(&s->nuo, s->number);
      spent += bench_tick() - begun;
      since = 0;
    }
    hand[r] = s->hand_ns / count;
    nuo[r] = s->nuo_ns / count;
    adding[r] = s->adding_ns / count;
    committing[r] = spent / count;
  }
  bench_print_head(every > 0 ? "Consent and limit, state directory" : "Consent and limit", "to C", "");
  bench_print_row("C, open addressing", hand, hand, NULL);
  bench_print_row("Nuo, deciding", nuo, hand, NULL);
  bench_print_row("besides: Nuo, decoding", adding, hand, NULL);
  if (every > 0) bench_print_row("besides: Nuo, committing (elapsed)", committing, hand, NULL);
  if (every > 0) printf("  a commit every %" PRIu64 " events\n", every);
  print_memory(s);
  printf("  %" PRIu64 " subjects, %.0f events, %" PRIu64 " blocked, %" PRIu64
         " come again; the same verdicts, checksum %016" PRIx64 "\n\n",
         subjects, count * ROUNDS, s->blocked, s->replayed, s->checksum);
  fflush(stdout);
  bench_close(&s->nuo);
  hand_free(&s->hand);
  free(s);
  if (every == 0) return;
  char command[96];
  snprintf(command, sizeof command, "rm -r %s", directory);
  if (system(command) != 0) bench_stop(directory, "is left");
}

// ---- duties ----
static void measure_duties(uint64_t instances) {
  const double n = (double)instances;
  struct nuo nuo;
  char lines[NUO_BATCH][LINE_CAP];
  uint64_t fired = 0, blocked;
  int64_t last = 0;
  const nuo_decision *decisions;
  double opening = 0;
  size_t count, peak;
  start(&nuo, duties, NULL);
  for (uint64_t i = 0; i < instances;) {
    uint32_t k = 0;
    for (; k < NUO_BATCH && i < instances; k++, i++) {
      const int64_t time = START_MS + (int64_t)(i * (uint64_t)DAY_MS / instances);
      snprintf(lines[k], LINE_CAP,
               "{\"type\":\"complaint\",\"id\":\"c%09" PRIu64 "\",\"time\":%" PRId64 ",\"due\":%" PRId64 "}",
               i, time, START_MS + 2 * DAY_MS + (int64_t)below((uint64_t)(20 * DAY_MS)));
      add(&nuo, lines[k], k);
    }
    opening += decide(&nuo, &blocked);
  }
  peak = nuo__store_bytes(nuo.engine->state.store);
  double begun = bench_now();
  do {
    if (nuo_session_advance(nuo.session, START_MS + 30 * DAY_MS, &decisions, &count) != NUO_OK)
      bench_stop("advance", "out of memory");
    for (size_t i = 0; i < count; i++) {
      if (decisions[i].time < last) bench_stop("deadlines", "out of order");
      last = decisions[i].time;
      fired += decisions[i].breach_count;
    }
  } while (count > 0);
  const double firing = bench_now() - begun;
  if (fired != instances) bench_stop("deadlines", "not each fired once");
  uint32_t depth = 0;
  while (instances >> depth > 1) depth++;
  printf("%10" PRIu64 "   %7.0f   %7.0f   %7.1f   %7.1f\n", instances, opening / n, firing / n,
         firing / n / depth, (double)peak / n);
  fflush(stdout);
  bench_close(&nuo);
}

static void print_duties_head(void) {
  printf("%10s   %7s   %7s   %7s   %7s\n", "duties", "ns open", "ns fire", "/log2 n", "bytes");
}

int main(int argc, char **argv) {
  const uint64_t size = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  bench_measure_clocks();
  if (argc > 2 && size > 0 && strcmp(argv[1], "decide") == 0) {
    measure_deciding(size, 0, ROUND_BATCHES);
  } else if (argc > 3 && size > 0 && strcmp(argv[1], "disk") == 0) {
    measure_deciding(size, strtoull(argv[3], NULL, 10), ROUND_BATCHES);
  } else if (argc > 2 && size > 0 && strcmp(argv[1], "duties") == 0) {
    print_duties_head();
    measure_duties(size);
  } else if (argc == 2 && strcmp(argv[1], "smoke") == 0) {
    measure_deciding(2000, 0, 4);
    measure_deciding(2000, 5000, 4);
    print_duties_head();
    measure_duties(10000);
  } else if (argc == 1) {
    measure_deciding(1000000, 0, ROUND_BATCHES);
    measure_deciding(1000000, 10000, ROUND_BATCHES);
    print_duties_head();
    measure_duties(100000);
    measure_duties(1000000);
    printf("\nTen times as much: memory decide 10000000; memory duties 10000000\n");
  } else {
    bench_stop(argv[0], "[smoke | decide SUBJECTS | disk SUBJECTS EVENTS | duties INSTANCES]");
  }
  return fflush(stdout) != 0;
}
