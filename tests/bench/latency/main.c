// SPDX-License-Identifier: Apache-2.0
// `make bench`, the part with single events: how long one takes from its JSON to the decision when a million
// subjects are remembered; the median, and what only one in a hundred and one in a thousand take longer than.
// The forty rules and a daily limit for each user; beside it, on the same events in turn, the floor: the
// unchecked extractor, tuned rules and the table by hand. Both have to come to the same verdicts. Asserts no
// time.
//
//   latency [SUBJECTS [EVENTS]]
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/bench/memory/table.h"
#include "tests/bench/ours.h"

#define KINDS 1000     // different events, but for identity, user and time
#define A_MINUTE 5000  // events: identities come again after more than an hour
static const char limit[] = "rule daily on push limit 3 per user.id this day action block\n";

struct bench {
  char *json[KINDS];
  size_t len[KINDS];
  struct nuo nuo;
  struct hand hand;
  uint64_t stopping;  // rules whose breach keeps an event from counting
  uint32_t subjects, number;
};

// ---- events ----
static uint32_t next_event(struct bench *b) {
  const uint32_t number = b->number++, at = number % KINDS;
  const uint64_t user =
      number < b->subjects ? number : (number * UINT64_C(0x9e3779b97f4a7c15) >> 20) % b->subjects;
  bench_rewrite_event(b->json[at], number, (uint32_t)user, number / A_MINUTE);
  return at;
}

// ---- the two sides ----
static bool decide_ours(struct bench *b, uint32_t at) {
  const nuo_decision *decision;
  nuo_error error;
  if (nuo_session_eval_json(b->nuo.session, b->json[at], b->len[at], &decision, &error) != NUO_OK)
    bench_stop("an event was refused", error.message);
  return decision->verdict == NUO_BLOCK;
}

// An event that is stopped anyway neither counts nor is counted.
static bool decide_by_hand(struct bench *b, uint32_t at, bool *stopped) {
  struct event event;
  bench_extract(b->json[at], &event);
  *stopped = (bench_decide_tuned(&event) & b->stopping) != 0;
  if (*stopped) return false;
  const struct hand_event push = {.kind = PUSH,
                                  .time = event.time,
                                  .id = event.id.at,
                                  .id_len = event.id.len,
                                  .user = event.user.at,
                                  .user_len = event.user.len};
  return hand_decide(&b->hand, &push, 1) != 0;
}

static void decide_both(struct bench *b, double *ours_ns, double *theirs_ns) {
  const uint32_t at = next_event(b);
  bool stopped;
  double begun = bench_tick();
  const bool blocked = decide_by_hand(b, at, &stopped);
  *theirs_ns = bench_tick() - begun - bench_tick_cost;
  begun = bench_tick();
  const bool ours = decide_ours(b, at);
  *ours_ns = bench_tick() - begun - bench_tick_cost;
  if (!stopped && ours != blocked) bench_stop("the verdicts differ", b->json[at]);
}

// ---- setting up ----
static nuo_text read_policy(const char *path) {
  static char source[1 << 16];
  FILE *file = fopen(path, "rb");
  if (file == NULL) bench_stop(path, "cannot be read");
  size_t len = fread(source, 1, sizeof source - sizeof limit, file);
  fclose(file);
  memcpy(source + len, limit, sizeof limit);
  return (nuo_text){source, len + sizeof limit - 1};
}

// In the order of the rules, as the bits of bench_decide_tuned are.
static uint64_t stopping_rules(const nuo_program *program) {
  uint64_t rules = 0;
  for (unsigned i = 0; i < RULE_COUNT; i++)
    if (program->image.RULES[i].action.kind > NUO_AMEND) rules |= UINT64_C(1) << i;
  return rules;
}

// Every user is known: has consented, by hand, and got a push.
static void fill(struct bench *b) {
  char user[8];
  double ours, theirs;
  for (uint32_t i = 0; i < b->subjects; i++) {
    snprintf(user, sizeof user, "U%06u", i % 1000000);
    const struct hand_event granted = {.kind = GRANTED,
                                       .time = INT64_C(1756684800000),
                                       .id = user,
                                       .user = user,
                                       .id_len = 7,
                                       .user_len = 7};
    hand_decide(&b->hand, &granted, 1);
  }
  for (uint32_t i = 0; i < b->subjects; i++) decide_both(b, &ours, &theirs);
}

// How often in a second the machine takes the processor away for longer than that: an empty loop sees it.
#define INTERRUPTED 15000
static double interruptions(void) {
  const double begun = bench_tick();
  double last = begun, now = begun;
  int count = 0;
  for (; now - begun < 5e8; last = now) {
    now = bench_tick();
    count += now - last > INTERRUPTED;
  }
  return count / (now - begun) * 1e9;
}
static double interrupted(const double *ns, uint32_t count) {
  double total = 0, over = 0;
  for (uint32_t i = 0; i < count; i++) {
    total += ns[i];
    over += ns[i] > INTERRUPTED;
  }
  return over / total * 1e9;
}

static void print_times(const char *name, double *ns, uint32_t count, const double *base) {
  const uint32_t places[] = {count / 2, count - 1 - count / 100, count - 1 - count / 1000};
  bench_sort(ns, count);
  printf("  %-38s", name);
  for (int i = 0; i < 3; i++) printf(" %9.0f", ns[places[i]]);
  for (int i = 0; i < 3 && base != NULL; i++) printf(" %7.2f", ns[places[i]] / base[places[i]]);
  printf("\n");
}

int main(int argc, char **argv) {
  static struct bench bench;
  struct bench *b = &bench;
  b->subjects = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000;
  const uint32_t events = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 10) : 400000;
  double *ours = calloc(events + 1, sizeof *ours), *theirs = calloc(events + 1, sizeof *theirs);
  if (b->subjects == 0 || b->subjects > 1000000 || events == 0 || ours == NULL || theirs == NULL)
    bench_stop(argv[0], "[SUBJECTS [EVENTS]], at most a million subjects");
  bench_measure_clocks();
  bench_open(&b->nuo, "latency", read_policy("tests/bench/policy.nuo"), NULL);
  b->stopping = stopping_rules(b->nuo.program);
  for (uint32_t i = 0; i < KINDS; i++) {
    b->json[i] = calloc(1, EVENT_CAP);
    if (b->json[i] == NULL) bench_stop("events", "out of memory");
    b->len[i] = bench_write_event(i, b->json[i]);
  }
  fill(b);
  for (uint32_t i = 0; i < events; i++) decide_both(b, &ours[i], &theirs[i]);
  printf("%-40s %9s %9s %9s   to C\n", "One event from JSON, ns", "half", "99 %", "99.9 %");
  print_times("C, floor: unchecked, tuned, table by hand", theirs, events, NULL);
  print_times("Nuo session", ours, events, theirs);
  printf("  longer than %d us, in a second of its time: C %.0f, Nuo %.0f, a loop that does nothing %.0f\n",
         INTERRUPTED / 1000, interrupted(theirs, events), interrupted(ours, events), interruptions());
  printf("  %u subjects, %u events; the same verdicts; reading the clock, taken off: %.0f ns\n\n",
         b->subjects, events, bench_tick_cost);
  return fflush(stdout) != 0;
}
