// SPDX-License-Identifier: Apache-2.0
// Random policies and events through the oracle and through the product:
//
//   oracle PAIRS [--seed N] [--cpu plain|ssse3|avx2|avx512]
//                               so many pairs of a policy and an event; exit status 0 when all agree
//   oracle --one SEED           the one policy that a failure names, with its events
//   oracle --print SEED         that policy, without deciding anything
//   oracle --layout POLICIES    so many policies laid out anew, and written in the other language
//   oracle --claims POLICIES    what is reasoned about so many policies, and about a small change of each
//   oracle --cases FOLDER COUNT [--seed N]
//                               writes so many cases of tests/conformance
//   oracle --twins POLICIES     events of so many policies as JSON and as values
//   oracle --selftest           whether a planted mistake is found
//
// A policy's seed is the run's seed plus its number, so that a failure is replayed alone. Even seeds make
// policies without a memory, odd ones with facts, limits and counts and a stream of events that belong
// together. The vector paths of the runtime take turns too, from none to the best this processor has; --cpu
// keeps to one.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/cpu_limit.h"
#include "tests/oracle/oracle.h"

#define EVENTS 200
#define SELFTEST_PAIRS 2000

static const char *const cpu_words[CPU_LEVEL_COUNT] = {"plain", "ssse3", "avx2", "avx512"};

struct run {
  uint64_t seed;  // of the policy
  bool flipped, quiet;
  uint64_t pairs;      // decided so far
  bool keep_whole;     // do not shrink
  enum cpu_level cpu;  // CPU_LEVEL_COUNT: in turn
};

// The level of the policy at hand: the one asked for, or else the policy's turn.
static enum cpu_level cpu_of(const struct run *run) {
  return run->cpu < CPU_LEVEL_COUNT ? run->cpu : (enum cpu_level)(run->seed / 2 % CPU_LEVEL_COUNT);
}

static void print_event(const struct given_event *event) {
  static const char *const links[] = {"alone", "a batch", "  and"};
  struct buf json = {0};
  event_write_json(event, &json);
  printf("  %s: %s\n", links[event->link], json.at);
  buf_free(&json);
}

static void tell(const struct run *run, struct policy *policy, struct given_event *events, uint32_t count,
                 const char *where) {
  struct buf report = {0};
  struct trial trial;
  char now[96] = "they agree now";
  printf("seed %" PRIu64 " disagrees in %s\n", run->seed, where);
  if (!run->keep_whole) shrink(policy, events, &count);
  printf("---- policy (%s)\n%s\n----\n", policy->setting.markdown ? "Markdown" : "bare", policy->source.at);
  for (uint32_t i = 0; i < count; i++) print_event(&events[i]);
  if (trial_begin(&trial, buf_view(&policy->source), &policy->setting, &report)) {
    trial_stream(&trial, events, count, now, &report);
    trial_end(&trial);
  }
  printf("%s  now: %s\n  replay: oracle --one %" PRIu64 " --cpu %s\n", report.at == NULL ? "" : report.at,
         now, run->seed, cpu_words[cpu_of(run)]);
  buf_free(&report);
}

// Batches of any size, and single events between them.
static void link_events(struct rng *rng, struct given_event *events, uint32_t count) {
  for (uint32_t first = 0; first < count;) {
    const uint32_t size = rng_chance(rng, 25) ? 0 : 1 + rng_below(rng, rng_chance(rng, 50) ? 8 : NUO_BATCH);
    events[first++].link = size == 0 ? LINK_ALONE : LINK_FIRST;
    for (uint32_t i = 1; i < size && first < count; i++) events[first++].link = LINK_NEXT;
  }
}

// One policy with its events; false when something is wrong with it.
static bool run_policy(struct run *run) {
  struct rng rng = {run->seed};
  struct policy policy;
  struct trial trial;
  struct buf problem = {0};
  char where[96];
  struct given_event events[EVENTS];
  cpu_limit(cpu_of(run));
  policy_generate(&rng, run->seed & 1, false, &policy);
  policy.setting.flipped = run->flipped;
  if (!trial_begin(&trial, buf_view(&policy.source), &policy.setting, &problem)) {
    printf("seed %" PRIu64 ": the policy does not compile\n", run->seed);
    if (strstr(problem.at, "does not load") != NULL && !run->keep_whole) shrink(&policy, NULL, NULL);
    printf("----\n%s\n----\n%s", policy.source.at, problem.at);
    buf_free(&problem);
    policy_free(&policy);
    return false;
  }
  struct arena *arena = arena_open();
  const uint32_t count = policy.setting.remembers ? 50 + rng_below(&rng, EVENTS - 49) : EVENTS / 2;
  stream_generate(&rng, policy.schema, arena, events, count);
  link_events(&rng, events, count);
  const int different = trial_stream(&trial, events, count, where, NULL);
  trial_end(&trial);
  run->pairs += count;
  if (different >= 0 && !run->quiet) tell(run, &policy, events, count, where);
  nuo__arena_free(arena);
  policy_free(&policy);
  return different < 0;
}

// A flipped entry of a truth table has to be found soon, and so has a window that begins too early.
static bool selftest(uint64_t seed) {
  for (uint64_t kind = 0; kind < 2; kind++) {
    struct run run = {
        .flipped = true, .quiet = true, .cpu = CPU_LEVEL_COUNT, .seed = (seed & ~UINT64_C(1)) + kind};
    while (run.pairs < SELFTEST_PAIRS && run_policy(&run)) run.seed += 2;
    if (run.pairs < SELFTEST_PAIRS) continue;
    printf("selftest: a planted mistake was not noticed in %d pairs\n", SELFTEST_PAIRS);
    return false;
  }
  return true;
}

// The formatter on so many policies.
static bool lay_out(uint64_t seed, uint64_t count) {
  for (const uint64_t first = seed; seed - first < count; seed++) {
    struct rng rng = {seed};
    struct policy policy;
    struct buf problem = {0};
    policy_generate(&rng, seed & 1, true, &policy);
    const bool holds = layout_holds(&policy, seed, &problem);
    if (!holds) printf("seed %" PRIu64 ": %s\n", seed, problem.at);
    buf_free(&problem);
    policy_free(&policy);
    if (!holds) return false;
  }
  return true;
}

// What reasoning says of so many policies. Each is changed in several ways, for the same events.
static bool claims_of(struct policy *policy, struct rng *rng, struct arena *arena, struct buf *problem) {
  struct given_event events[EVENTS];
  bool holds = true;
  stream_generate(rng, policy->schema, arena, events, EVENTS / 2);
  for (int i = 0; i < 4 && holds; i++) holds = claims_hold(policy, rng, events, EVENTS / 2, problem);
  return holds;
}

// Events as JSON and as values.
static bool twins_of(struct policy *policy, struct rng *rng, struct arena *arena, struct buf *problem) {
  struct given_event events[EVENTS];
  stream_generate(rng, policy->schema, arena, events, EVENTS);
  link_events(rng, events, EVENTS);
  return twin_holds(policy, rng, events, EVENTS, problem);
}

typedef bool question(struct policy *policy, struct rng *rng, struct arena *arena, struct buf *problem);

// Asks the same of so many policies; false at the first of which it does not hold.
static bool ask_all(uint64_t seed, uint64_t count, bool alone, question *holds_of) {
  bool holds = true;
  for (const uint64_t first = seed; holds && seed - first < count; seed++) {
    struct rng rng = {seed};
    struct policy policy;
    struct buf problem = {0};
    policy_generate(&rng, seed & 1, alone, &policy);
    struct arena *arena = arena_open();
    holds = holds_of(&policy, &rng, arena, &problem);
    if (!holds) printf("seed %" PRIu64 ": %s\n", seed, problem.at);
    nuo__arena_free(arena);
    buf_free(&problem);
    policy_free(&policy);
  }
  return holds;
}

static void print_policy(uint64_t seed) {
  struct rng rng = {seed};
  struct policy policy;
  policy_generate(&rng, seed & 1, false, &policy);
  fputs(policy.source.at, stdout);
  policy_free(&policy);
}

static int usage(void) {
  fputs(
      "usage: oracle PAIRS [--seed N] [--cpu plain|ssse3|avx2|avx512] | --one SEED [--cpu ...] [--whole] |\n"
      "       --print SEED | --layout POLICIES [--seed N] | --claims POLICIES [--seed N] |\n"
      "       --cases FOLDER COUNT [--seed N] | --twins POLICIES [--seed N] | --selftest\n",
      stderr);
  return 2;
}

static bool read_cpu(const char *word, enum cpu_level *level) {
  for (unsigned i = 0; i < CPU_LEVEL_COUNT; i++) {
    if (strcmp(word, cpu_words[i]) != 0) continue;
    *level = (enum cpu_level)i;
    return true;
  }
  return false;
}

int main(int argc, char **argv) {
  struct run run = {.seed = 1, .cpu = CPU_LEVEL_COUNT};
  uint64_t pairs = 0, layouts = 0, claims = 0, twins = 0;
  const char *folder = NULL;
  bool one = false;
  for (int i = 1; i < argc; i++) {
    const bool more = i + 1 < argc;
    if (strcmp(argv[i], "--selftest") == 0) return selftest(run.seed) ? 0 : 1;
    if (strcmp(argv[i], "--whole") == 0)
      run.keep_whole = true;
    else if (strcmp(argv[i], "--seed") == 0 && more)
      run.seed = strtoull(argv[++i], NULL, 10);
    else if (strcmp(argv[i], "--cpu") == 0 && more) {
      if (!read_cpu(argv[++i], &run.cpu)) return usage();
    } else if (strcmp(argv[i], "--one") == 0 && more)
      run.seed = strtoull(argv[++i], NULL, 10), one = true;
    else if (strcmp(argv[i], "--layout") == 0 && more)
      layouts = strtoull(argv[++i], NULL, 10);
    else if (strcmp(argv[i], "--twins") == 0 && more)
      twins = strtoull(argv[++i], NULL, 10);
    else if (strcmp(argv[i], "--claims") == 0 && more)
      claims = strtoull(argv[++i], NULL, 10);
    else if (strcmp(argv[i], "--cases") == 0 && more)
      folder = argv[++i];
    else if (strcmp(argv[i], "--print") == 0 && more)
      return print_policy(strtoull(argv[i + 1], NULL, 10)), 0;
    else if ((pairs = strtoull(argv[i], NULL, 10)) == 0)
      return usage();
  }
  if (layouts > 0) return lay_out(run.seed, layouts) ? 0 : 1;
  if (twins > 0) return ask_all(run.seed, twins, false, twins_of) ? 0 : 1;
  if (claims > 0) return ask_all(run.seed, claims, true, claims_of) ? 0 : 1;
  if (one) return run_policy(&run) ? 0 : 1;
  if (pairs == 0) return usage();
  if (folder != NULL) return cases_write(folder, run.seed, (uint32_t)pairs) ? 0 : 1;
  if (!selftest(run.seed)) return 1;
  for (const uint64_t first = run.seed; run.pairs < pairs; run.seed++)
    if (!run_policy(&run))
      return printf("after %" PRIu64 " pairs, %" PRIu64 " policies\n", run.pairs, run.seed - first), 1;
  printf("%" PRIu64 " pairs agree\n", run.pairs);
  return 0;
}
