// SPDX-License-Identifier: Apache-2.0
#include "baseline.h"

#include <nuo.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/bench/bench.h"

static char events[BASELINE_EVENTS][EVENT_CAP];
static size_t lens[BASELINE_EVENTS];
static nuo_session *session;

static void check(nuo_status status, const nuo_error *error) {
  if (status == NUO_OK) return;
  fprintf(stderr, "baseline: %s: %s\n", nuo_status_name(status), error->message);
  exit(1);
}

void baseline_begin(const void *image, size_t size) {
  nuo_error error = {.message = ""};
  nuo_program *program;
  nuo_engine *engine;
  for (uint32_t i = 0; i < BASELINE_EVENTS; i++) lens[i] = bench_write_event(i, events[i]);
  check(nuo_program_load(image, size, NULL, &program, &error), &error);
  check(nuo_engine_new(NULL, &engine), &error);
  check(nuo_engine_use(engine, &program, 1, &error), &error);
  check(nuo_session_new(engine, &session), &error);
}

const char *baseline_event(uint32_t number, size_t *len) {
  *len = lens[number];
  return events[number];
}

double baseline_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void tell(const nuo_decision *decisions, size_t count) {
  nuo_text json;
  for (size_t i = 0; i < count; i++)
    check(nuo_session_decision_json(session, &decisions[i], &json), &(nuo_error){.message = ""});
}

double baseline_single(void) {
  const nuo_decision *decision;
  nuo_error error = {.message = ""};
  const double start = baseline_now();
  for (uint32_t i = 0; i < BASELINE_EVENTS; i++) {
    check(nuo_session_eval_json(session, events[i], lens[i], &decision, &error), &error);
    tell(decision, 1);
  }
  return baseline_now() - start;
}

double baseline_batches(void) {
  const nuo_decision *decisions;
  nuo_error error = {.message = ""};
  size_t count;
  const double start = baseline_now();
  for (uint32_t i = 0; i < BASELINE_EVENTS; i += NUO_BATCH) {
    for (uint32_t k = i; k < i + NUO_BATCH; k++)
      check(nuo_session_add_json(session, events[k], lens[k], k, &error), &error);
    check(nuo_session_decide(session, &decisions, &count), &error);
    tell(decisions, count);
  }
  return baseline_now() - start;
}
