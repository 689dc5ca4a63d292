// SPDX-License-Identifier: Apache-2.0
// `make bench`, the part with many rules: what rules alone cost when there are ten times as many, and when
// they share more or fewer of their tests; and what compiling and loading them costs. Events are those of
// events.c, policies those of policy.c. Asserts no time.
//
//   scale                      all of it
//   scale policy RULES TESTS   writes such a policy
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"
#include "tests/bench/measure.h"
#include "tests/bench/ours.h"
#include "tests/bench/scale/policy.h"

#define EVENT_COUNT 1024
#define BATCHES (EVENT_COUNT / NUO_BATCH)

static nuo_text make_policy(uint32_t rules, uint32_t tests) {
  char *source = malloc(policy_cap(rules));
  if (source == NULL) bench_stop("policy", "out of memory");
  return (nuo_text){source, policy_write(rules, tests, source)};
}

// ---- deciding ----
struct events {
  char *json[EVENT_COUNT];
  size_t len[EVENT_COUNT];
};
static void write_events(struct events *events) {
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    events->json[i] = malloc(EVENT_CAP);
    if (events->json[i] == NULL) bench_stop("events", "out of memory");
    events->len[i] = bench_write_event(i, events->json[i]);
  }
}

// A policy, and what it cost in each round.
struct size {
  uint32_t rules, tests, code, fired;
  struct nuo nuo;
  struct batch batch;
  double together[ROUNDS], single[ROUNDS];
};

// Of the rules alone: `size` events at a time that were decoded just before.
static double deciding(struct size *s, const struct events *events, uint32_t size, uint32_t count) {
  double total = 0;
  for (uint32_t i = 0; i < count; i += size) {
    bench_decode(&s->nuo, &s->batch, events->json + i, events->len + i, size);
    double start = bench_tick();
    bench_run(&s->nuo, &s->batch);
    total += bench_tick() - start - bench_tick_cost;
    s->fired += s->nuo.machine.fired_count;
  }
  return total / count;
}

static void open_size(struct size *s) {
  const nuo_text source = make_policy(s->rules, s->tests);
  bench_open(&s->nuo, "scale", source, NULL);
  free((char *)source.text);
  if (nuo__batch_new(s->nuo.program, &bench_allocator, &s->batch) != NUO_OK)
    bench_stop("batch", "out of memory");
  for (uint32_t i = 0; i < s->nuo.program->image.EVENTS_count; i++)
    s->code += s->nuo.program->image.EVENTS[i].code_count;
}

static void print_sizes(const char *title, const struct size *sizes, size_t count) {
  char name[64];
  for (int single = 0; single < 2; single++) {
    bench_print_head(title, single ? "single events" : "batches of 64", "");
    for (size_t i = 0; i < count; i++) {
      const struct size *s = &sizes[i];
      snprintf(name, sizeof name, "%u rules, %u tests, %u instrs", s->rules, s->tests, s->code);
      bench_print_row(name, single ? s->single : s->together, single ? sizes->single : sizes->together, NULL);
    }
    printf("\n");
  }
  fflush(stdout);
}

static void measure_sizes(const char *title, const struct events *events, struct size *sizes, size_t count) {
  for (size_t i = 0; i < count; i++) open_size(&sizes[i]);
  for (int r = -1; r < ROUNDS; r++) {
    for (size_t i = 0; i < count; i++) {
      const double together = deciding(&sizes[i], events, NUO_BATCH, EVENT_COUNT);
      const double single = deciding(&sizes[i], events, 1, EVENT_COUNT / 8);
      if (r < 0) continue;
      sizes[i].together[r] = together;
      sizes[i].single[r] = single;
    }
  }
  print_sizes(title, sizes, count);
  for (size_t i = 0; i < count; i++) {
    nuo__batch_free(sizes[i].nuo.program, &bench_allocator, &sizes[i].batch);
    bench_close(&sizes[i].nuo);
  }
}

// ---- compiling and loading ----
struct meter {
  size_t live, peak;
};
static void *resize_metered(void *context, void *ptr, size_t old_size, size_t new_size) {
  struct meter *meter = context;
  void *made = bench_allocator.resize(NULL, ptr, old_size, new_size);
  if (made == NULL && new_size > 0) return NULL;
  meter->live += new_size - old_size;
  if (meter->live > meter->peak) meter->peak = meter->live;
  return made;
}

struct cost {
  double compiling, loading;  // ns, the least of some runs
  size_t peak, image;
};

static void measure_compiling(nuo_text source, struct cost *cost) {
  struct meter meter = {0, 0};
  const nuo_allocator allocator = {resize_metered, &meter};
  const nuo_compile_options options = {.allocator = &allocator};
  nuo_compilation *compilation;
  nuo_program *program;
  nuo_error error;
  double begun = bench_now();
  if (nuo_compile((nuo_text){"scale", 5}, source, &options, &compilation) != NUO_OK)
    bench_stop("compile", "out of memory");
  const double compiling = bench_now() - begun;
  const nuo_text image = nuo_compilation_image(compilation);
  begun = bench_now();
  if (nuo_program_load(image.text, image.len, NULL, &program, &error) != NUO_OK)
    bench_stop("load", error.message);
  const double loading = bench_now() - begun;
  if (compiling < cost->compiling) cost->compiling = compiling;
  if (loading < cost->loading) cost->loading = loading;
  cost->peak = meter.peak;
  cost->image = image.len;
  nuo_program_free(program);
  nuo_compilation_free(compilation);
}

// From 1/4 of `most` up by doubling; the growth is that over n log n.
static void measure_compilers(uint32_t most) {
  double before = 0;
  printf("%-10s %10s %10s %12s %12s %10s %16s\n", "rules", "source kB", "compile ms", "peak MB", "image kB",
         "load ms", "over n log n");
  for (uint32_t rules = most / 4; rules <= 2 * most; rules *= 2) {
    const nuo_text source = make_policy(rules, 160);
    struct cost cost = {.compiling = 1e18, .loading = 1e18};
    for (int i = 0; i < 5; i++) measure_compiling(source, &cost);
    double depth = 0;
    for (uint32_t n = rules; n > 1; n /= 2) depth++;
    const double each = cost.compiling / rules / depth;
    printf("%-10u %10zu %10.1f %12.1f %12zu %10.2f", rules, source.len >> 10, cost.compiling / 1e6,
           (double)cost.peak / 1048576, cost.image >> 10, cost.loading / 1e6);
    printf(before > 0 ? " %16.2f\n" : "\n", each / before);
    before = each;
    free((char *)source.text);
  }
  printf("\n");
}

int main(int argc, char **argv) {
  static struct events events;
  static struct size more[] = {{.rules = 400, .tests = 160}, {.rules = 4000, .tests = 160}};
  static struct size sharing[] = {{.rules = 4000, .tests = 4000},
                                  {.rules = 4000, .tests = 1000},
                                  {.rules = 4000, .tests = 250},
                                  {.rules = 4000, .tests = 60}};
  if (argc == 4 && strcmp(argv[1], "policy") == 0) {
    const nuo_text source =
        make_policy((uint32_t)strtoul(argv[2], NULL, 10), (uint32_t)strtoul(argv[3], NULL, 10));
    const bool good = fwrite(source.text, 1, source.len, stdout) == source.len;
    free((char *)source.text);
    return !good;
  }
  if (argc > 1) bench_stop(argv[0], "[policy RULES TESTS]");
  bench_measure_clocks();
  measure_compilers(10000);
  write_events(&events);
  measure_sizes("Ten times the rules", &events, more, 2);
  measure_sizes("More sharing", &events, sharing, 4);
  return fflush(stdout) != 0;
}
