// SPDX-License-Identifier: Apache-2.0
// `make bench`: what Nuo costs next to hand-written C that decides the same. One process, one thread; in each
// round every contender takes all events once, one contender after the other, so that whatever disturbs the
// machine disturbs all of them. Prints medians and ratios, and a checksum over all decisions that every
// contender has to reach first. Asserts no time. Reaches into the runtime to time decoding and rules apart.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/bench/bench.h"
#include "tests/bench/calls.h"
#include "tests/bench/measure.h"
#include "tests/bench/ours.h"
#include "tests/bench/rows.h"

#define EVENT_COUNT 1000
#define BATCHES ((EVENT_COUNT + NUO_BATCH - 1) / NUO_BATCH)
#define REPEATS 4  // of what is measured on a hot set

// All that is measured, and what it is measured on.
struct bench {
  char *json[EVENT_COUNT];
  size_t len[EVENT_COUNT];
  struct event events[EVENT_COUNT];  // extracted once: the hot set
  uint64_t expected[EVENT_COUNT];
  struct nuo nuo;
  nuo_form *form;
  nuo_value *rows[EVENT_COUNT];
  struct native_call *of_library, *of_host;
  struct batch hot[BATCHES];  // decoded once
  struct batch fresh;         // decoded anew before each run
  uint64_t sink;              // what was decided, so that nothing is left out
};

// ---- the VM ----
static void run_rules(struct bench *b, struct batch *batch) {
  bench_run(&b->nuo, batch);
  b->sink += b->nuo.machine.fired_count;
}

static void decode_into(struct bench *b, struct batch *batch, uint32_t first, uint32_t count) {
  if (count > EVENT_COUNT - first) count = EVENT_COUNT - first;
  bench_decode(&b->nuo, batch, b->json + first, b->len + first, count);
}

static double hot_vm_batches(struct bench *b) {
  double start = bench_now();
  for (int r = 0; r < REPEATS; r++)
    for (uint32_t i = 0; i < BATCHES; i++) run_rules(b, &b->hot[i]);
  return (bench_now() - start) / REPEATS;
}

static double fresh_vm(struct bench *b, uint32_t size) {
  double total = 0;
  for (uint32_t i = 0; i < EVENT_COUNT; i += size) {
    decode_into(b, &b->fresh, i, size);
    double start = bench_tick();
    run_rules(b, &b->fresh);
    total += bench_tick() - start - bench_tick_cost;
  }
  return total;
}
static double fresh_vm_batches(struct bench *b) {
  return fresh_vm(b, NUO_BATCH);
}
static double fresh_vm_single(struct bench *b) {
  return fresh_vm(b, 1);
}

static double hot_vm_single(struct bench *b) {
  double total = 0;
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    decode_into(b, &b->fresh, i, 1);
    run_rules(b, &b->fresh);
    double start = bench_tick();
    for (int r = 0; r < REPEATS; r++) run_rules(b, &b->fresh);
    total += (bench_tick() - start - bench_tick_cost) / REPEATS;
  }
  return total;
}

static double decoding(struct bench *b) {
  double start = bench_now();
  for (uint32_t i = 0; i < EVENT_COUNT; i += NUO_BATCH) decode_into(b, &b->fresh, i, NUO_BATCH);
  return bench_now() - start;
}

// ---- hand-written C ----
typedef uint64_t decide(const struct event *);

static double hot_c(struct bench *b, decide *rules) {
  double start = bench_now();
  for (int r = 0; r < REPEATS; r++)
    for (uint32_t i = 0; i < EVENT_COUNT; i++) b->sink += rules(&b->events[i]);
  return (bench_now() - start) / REPEATS;
}
static double hot_plain(struct bench *b) {
  return hot_c(b, bench_decide_plain);
}
static double hot_tuned(struct bench *b) {
  return hot_c(b, bench_decide_tuned);
}

static double fresh_c(struct bench *b, decide *rules) {
  struct event events[NUO_BATCH];
  double total = 0;
  for (uint32_t i = 0; i < EVENT_COUNT; i += NUO_BATCH) {
    uint32_t count = EVENT_COUNT - i < NUO_BATCH ? EVENT_COUNT - i : NUO_BATCH;
    for (uint32_t k = 0; k < count; k++) bench_extract(b->json[i + k], &events[k]);
    double start = bench_tick();
    for (uint32_t k = 0; k < count; k++) b->sink += rules(&events[k]);
    total += bench_tick() - start - bench_tick_cost;
  }
  return total;
}
static double fresh_plain(struct bench *b) {
  return fresh_c(b, bench_decide_plain);
}
static double fresh_tuned(struct bench *b) {
  return fresh_c(b, bench_decide_tuned);
}

static double extracting(struct bench *b) {
  struct event event;
  double start = bench_now();
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    bench_extract(b->json[i], &event);
    b->sink += (uint64_t)event.time + event.channels;
  }
  return bench_now() - start;
}

static double floor_with(struct bench *b, decide *rules) {
  struct event event;
  double start = bench_now();
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    bench_extract(b->json[i], &event);
    b->sink += rules(&event);
  }
  return bench_now() - start;
}
static double floor_tuned(struct bench *b) {
  return floor_with(b, bench_decide_tuned);
}
static double floor_plain(struct bench *b) {
  return floor_with(b, bench_decide_plain);
}

static double with_simdjson(struct bench *b, uint64_t (*decide_json)(const char *, size_t)) {
  double start = bench_now();
  for (uint32_t i = 0; i < EVENT_COUNT; i++) b->sink += decide_json(b->json[i], b->len[i]);
  return bench_now() - start;
}
static double on_demand(struct bench *b) {
  return with_simdjson(b, bench_decide_on_demand);
}
static double dom(struct bench *b) {
  return with_simdjson(b, bench_decide_dom);
}
static bool has_simdjson(void) {
  return bench_has_simdjson != NULL && bench_has_simdjson();
}

// ---- from JSON to decisions through the public API ----
static void decide_batch(struct bench *b, uint32_t first, const nuo_decision **decisions, size_t *count) {
  nuo_error error;
  for (uint32_t i = first; i < first + NUO_BATCH && i < EVENT_COUNT; i++)
    if (nuo_session_add_json(b->nuo.session, b->json[i], b->len[i], i, &error) != NUO_OK)
      bench_stop("an event was refused", error.message);
  if (nuo_session_decide(b->nuo.session, decisions, count) != NUO_OK) bench_stop("decide", "out of memory");
}

static void decide_rows(struct bench *b, uint32_t first, const nuo_decision **decisions, size_t *count) {
  nuo_error error;
  for (uint32_t i = first; i < first + NUO_BATCH && i < EVENT_COUNT; i++)
    if (nuo_form_add(b->form, b->rows[i], i, &error) != NUO_OK)
      bench_stop("an event was refused", error.message);
  if (nuo_session_decide(b->nuo.session, decisions, count) != NUO_OK) bench_stop("decide", "out of memory");
}

static double session_batches(struct bench *b) {
  const nuo_decision *decisions;
  size_t count;
  double start = bench_now();
  for (uint32_t i = 0; i < EVENT_COUNT; i += NUO_BATCH) {
    decide_batch(b, i, &decisions, &count);
    for (size_t k = 0; k < count; k++) b->sink += decisions[k].verdict;
  }
  return bench_now() - start;
}

// ---- values next to JSON, of events that have just been made: one batch again and again ----
#define TURNS 16
static double just_made(double start) {
  return (bench_now() - start) * EVENT_COUNT / (TURNS * NUO_BATCH);
}

typedef void decide_some(struct bench *, uint32_t, const nuo_decision **, size_t *);
static double made_batches(struct bench *b, decide_some *decide) {
  const nuo_decision *decisions;
  size_t count;
  double start = bench_now();
  for (uint32_t t = 0; t < TURNS; t++) {
    decide(b, 0, &decisions, &count);
    for (size_t k = 0; k < count; k++) b->sink += decisions[k].verdict;
  }
  return just_made(start);
}
static double json_batches(struct bench *b) {
  return made_batches(b, decide_batch);
}
static double row_batches(struct bench *b) {
  return made_batches(b, decide_rows);
}

static double made_single(struct bench *b, bool rows) {
  const nuo_decision *decision;
  nuo_error error;
  double start = bench_now();
  for (uint32_t i = 0; i < TURNS * NUO_BATCH; i++) {
    const uint32_t k = i % NUO_BATCH;
    if ((rows ? nuo_form_eval(b->form, b->rows[k], &decision, &error)
              : nuo_session_eval_json(b->nuo.session, b->json[k], b->len[k], &decision, &error)) != NUO_OK)
      bench_stop("an event was refused", error.message);
    b->sink += decision->verdict;
  }
  return just_made(start);
}
static double json_single(struct bench *b) {
  return made_single(b, false);
}
static double row_single(struct bench *b) {
  return made_single(b, true);
}

// What is added is taken out again.
static double adding(struct bench *b, bool rows) {
  nuo_error error;
  double start = bench_now();
  for (uint32_t i = 0; i < TURNS * NUO_BATCH; i++) {
    const uint32_t k = i % NUO_BATCH;
    if (k == 0) nuo_session_take_back(b->nuo.session, NUO_BATCH);
    if ((rows ? nuo_form_add(b->form, b->rows[k], i, &error)
              : nuo_session_add_json(b->nuo.session, b->json[k], b->len[k], i, &error)) != NUO_OK)
      bench_stop("an event was refused", error.message);
  }
  nuo_session_take_back(b->nuo.session, NUO_BATCH);
  return just_made(start);
}
static double adding_json(struct bench *b) {
  return adding(b, false);
}
static double adding_rows(struct bench *b) {
  return adding(b, true);
}

static double session_single(struct bench *b) {
  const nuo_decision *decision;
  nuo_error error;
  double start = bench_now();
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    if (nuo_session_eval_json(b->nuo.session, b->json[i], b->len[i], &decision, &error) != NUO_OK)
      bench_stop("an event was refused", error.message);
    b->sink += decision->verdict;
  }
  return bench_now() - start;
}

// ---- functions outside of the policy: one call for each event ----
static double calls(struct bench *b, const struct native_call *call) {
  double start = bench_now();
  for (uint32_t i = 0; i < TURNS; i++) b->sink += (uint64_t)bench_calls(call, EVENT_COUNT);
  return (bench_now() - start) / TURNS;
}
static double calls_of_c(struct bench *b) {
  return calls(b, NULL);
}
static double calls_of_library(struct bench *b) {
  return calls(b, b->of_library);
}
static double calls_of_host(struct bench *b) {
  return calls(b, b->of_host);
}

// ---- the same decisions ----
static unsigned rule_number(const struct bench *b, nuo_text name) {
  const struct image *image = &b->nuo.program->image;
  for (unsigned i = 0; i < RULE_COUNT; i++) {
    struct image_str s = image->RULES[i].name;
    if (s.len == name.len && memcmp(image->STRINGS + s.at, name.text, s.len) == 0) return i;
  }
  return RULE_COUNT;
}

static uint64_t set_of(const struct bench *b, const nuo_decision *decision) {
  uint64_t breached = 0;
  if (decision->undetermined_count > 0) bench_stop("an event", "left a rule undetermined");
  for (size_t i = 0; i < decision->breach_count; i++)
    breached |= UINT64_C(1) << rule_number(b, decision->breaches[i].rule);
  return breached;
}

static void compare(const struct bench *b, uint32_t event, uint64_t breached, const char *who) {
  uint64_t other = breached ^ b->expected[event];
  if (other == 0) return;
  fprintf(stderr, "bench: event %u, rule %d: %s decides otherwise\n%s\n", event, __builtin_ctzll(other), who,
          b->json[event]);
  exit(1);
}

static void check_vm(struct bench *b, struct batch *batch, uint32_t first) {
  uint64_t breached[NUO_BATCH] = {0};
  run_rules(b, batch);
  for (uint32_t i = 0; i < b->nuo.machine.fired_count; i++)
    for (uint64_t left = b->nuo.machine.fired[i].breached; left != 0; left &= left - 1)
      breached[__builtin_ctzll(left)] |= UINT64_C(1) << b->nuo.machine.fired[i].rule;
  for (uint32_t i = 0; i < batch->count; i++) compare(b, first + i, breached[i], "the VM");
}

static void check_all(struct bench *b) {
  const nuo_decision *decisions;
  size_t count;
  for (uint32_t i = 0; i < EVENT_COUNT; i++) compare(b, i, bench_decide_tuned(&b->events[i]), "tuned C");
  for (uint32_t i = 0; i < EVENT_COUNT && has_simdjson(); i++) {
    compare(b, i, bench_decide_dom(b->json[i], b->len[i]), "simdjson, DOM");
    compare(b, i, bench_decide_on_demand(b->json[i], b->len[i]), "simdjson, On-Demand");
  }
  for (uint32_t i = 0; i < BATCHES; i++) check_vm(b, &b->hot[i], i * NUO_BATCH);
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    decode_into(b, &b->fresh, i, 1);
    check_vm(b, &b->fresh, i);
  }
  for (uint32_t i = 0; i < EVENT_COUNT; i += NUO_BATCH) {
    decide_batch(b, i, &decisions, &count);
    for (size_t k = 0; k < count; k++) compare(b, i + (uint32_t)k, set_of(b, &decisions[k]), "a session");
    decide_rows(b, i, &decisions, &count);
    for (size_t k = 0; k < count; k++) compare(b, i + (uint32_t)k, set_of(b, &decisions[k]), "a form");
  }
}

static void print_decided(const struct bench *b) {
  uint64_t checksum = UINT64_C(0xCBF29CE484222325), breached = 0, rules = 0, bytes = 0;
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    checksum = (checksum ^ b->expected[i]) * UINT64_C(0x100000001B3);
    breached += b->expected[i] != 0;
    rules |= b->expected[i];
    bytes += b->len[i];
  }
  printf("%d rules, %d events of %" PRIu64 " bytes on average, %" PRIu64 " in breach of %d different rules\n",
         RULE_COUNT, EVENT_COUNT, bytes / EVENT_COUNT, breached, __builtin_popcountll(rules));
  printf("all contenders decide the same, checksum %016" PRIx64 "\n\n", checksum);
}

// ---- setting up ----
static nuo_text read_policy(const char *path) {
  static char source[1 << 16];
  FILE *file = fopen(path, "rb");
  if (file == NULL) bench_stop(path, "cannot be read");
  size_t len = fread(source, 1, sizeof source, file);
  fclose(file);
  return (nuo_text){source, len};
}

static void write_events(struct bench *b) {
  char buffer[EVENT_CAP];
  for (uint32_t i = 0; i < EVENT_COUNT; i++) {
    b->len[i] = bench_write_event(i, buffer);
    b->json[i] = calloc(1, b->len[i] + BENCH_PADDING);
    if (b->json[i] == NULL) bench_stop("events", "out of memory");
    memcpy(b->json[i], buffer, b->len[i]);
    bench_extract(b->json[i], &b->events[i]);
    b->expected[i] = bench_decide_plain(&b->events[i]);
  }
}

static void make_rows(struct bench *b) {
  b->form = bench_rows(&b->nuo, b->hot[0].event[0], b->json, b->len, EVENT_COUNT, b->rows);
}

static void make_batches(struct bench *b) {
  const nuo_program *program = b->nuo.program;
  bool good = nuo__batch_new(program, &bench_allocator, &b->fresh) == NUO_OK;
  for (uint32_t i = 0; i < BATCHES && good; i++) {
    good = nuo__batch_new(program, &bench_allocator, &b->hot[i]) == NUO_OK;
    if (good) decode_into(b, &b->hot[i], i * NUO_BATCH, NUO_BATCH);
  }
  if (!good) bench_stop("the VM", "out of memory");
}

// ---- rounds and tables ----
typedef double contender(struct bench *);

struct row {
  const char *name;
  contender *run;
  double rounds[ROUNDS];
};

// The first two rows are what the others are compared with.
static void print_table(struct bench *b, const char *title, struct row *rows, size_t count) {
  for (int r = -2; r < ROUNDS; r++) {  // two rounds to warm up
    for (size_t i = 0; i < count; i++) {
      double ns = rows[i].run(b);
      if (r >= 0) rows[i].rounds[r] = ns / EVENT_COUNT;
    }
  }
  bench_print_head(title, "to the 1st", "to the 2nd");
  for (size_t i = 0; i < count; i++)
    bench_print_row(rows[i].name, rows[i].rounds, rows[0].rounds, rows[1].rounds);
  printf("\n");
}

static struct row hot[] = {{"C, tuned", hot_tuned, {0}},
                           {"C, plain", hot_plain, {0}},
                           {"Nuo VM, batches of 64", hot_vm_batches, {0}},
                           {"Nuo VM, single events", hot_vm_single, {0}}};
static struct row fresh[] = {{"C, tuned", fresh_tuned, {0}},
                             {"C, plain", fresh_plain, {0}},
                             {"Nuo VM, batches of 64", fresh_vm_batches, {0}},
                             {"Nuo VM, single events", fresh_vm_single, {0}}};
static struct row whole[] = {{"C, floor: unchecked layout, tuned rules", floor_tuned, {0}},
                             {"C, unchecked layout, plain rules", floor_plain, {0}},
                             {"Nuo session, batches of 64", session_batches, {0}},
                             {"Nuo session, single events", session_single, {0}},
                             {"of these: C, unchecked layout alone", extracting, {0}},
                             {"of these: Nuo, decoding alone", decoding, {0}}};
static struct row parsers[] = {{"C++, simdjson On-Demand, tuned rules", on_demand, {0}},
                               {"C++, simdjson DOM, tuned rules", dom, {0}},
                               {"C, floor: unchecked layout, tuned rules", floor_tuned, {0}},
                               {"Nuo session, batches of 64", session_batches, {0}},
                               {"Nuo session, single events", session_single, {0}}};

static struct row outside[] = {{"C, through a pointer", calls_of_c, {0}},
                               {"Nuo, of a library (libffi)", calls_of_library, {0}},
                               {"Nuo, of the host", calls_of_host, {0}}};
static struct row values[] = {
    {"JSON, batches of 64", json_batches, {0}},  {"JSON, single events", json_single, {0}},
    {"values, batches of 64", row_batches, {0}}, {"values, single events", row_single, {0}},
    {"of these: adding JSON", adding_json, {0}}, {"of these: adding values", adding_rows, {0}}};

int main(int argc, char **argv) {
  static struct bench bench;
  struct bench *b = &bench;
  const char *policy = argc > 1 ? argv[1] : "tests/bench/policy.nuo";
  bench_open(&b->nuo, policy, read_policy(policy), NULL);
  write_events(b);
  make_batches(b);
  make_rows(b);
  check_all(b);
  bench_measure_clocks();
  print_decided(b);
  print_table(b, "Rules alone, hot", hot, sizeof hot / sizeof *hot);
  print_table(b, "Rules alone, data just decoded", fresh, sizeof fresh / sizeof *fresh);
  print_table(b, "From JSON to decisions", whole, sizeof whole / sizeof *whole);
  print_table(b, "From values to decisions, just made, next to JSON", values, sizeof values / sizeof *values);
  b->of_library = bench_call_of_library();
  b->of_host = bench_call_of_host();
  print_table(b, "A call of a native function", outside, sizeof outside / sizeof *outside);
  if (has_simdjson())
    print_table(b, "From JSON, next to simdjson", parsers, sizeof parsers / sizeof *parsers);
  else
    printf("From JSON, next to simdjson: left out, for libsimdjson-dev or a C++ compiler is not here\n\n");
  return fflush(stdout) != 0;
}
