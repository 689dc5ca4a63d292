// SPDX-License-Identifier: Apache-2.0
// Fuzz target: lines of JSON into a session. The first byte chooses the policy. What is decided must come out
// as JSON, what is refused with a place and a message; and an event among others is decided as it is alone.
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
  nuo_program *program;  // of a policy that remembers: every input gets an engine of its own
  nuo_engine *engine;
  nuo_session *batch, *single;
} policies[8];

static nuo_program *load(const char *source) {
  nuo_text image = fuzz_compile(source);
  nuo_program *program;
  nuo_error error;
  if (nuo_program_load(image.text, image.len, NULL, &program, &error) != NUO_OK)
    fuzz_die("%s", error.message);
  free((char *)image.text);
  return program;
}

int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc, (void)argv;
  for (size_t i = 0; i < fuzz_policy_count; i++) {
    nuo_program *programs[2] = {load(fuzz_policies[i].source), NULL};
    size_t count = 1;
    if (fuzz_policies[i].remembers) {
      policies[i].program = programs[0];
      continue;
    }
    if (fuzz_policies[i].later != NULL) programs[count++] = load(fuzz_policies[i].later);
    policies[i].batch = fuzz_session(programs, count, &policies[i].engine);
    if (policies[i].batch == NULL || nuo_session_new(policies[i].engine, &policies[i].single) != NUO_OK)
      fuzz_die("no session");
    for (size_t k = 0; k < count; k++) nuo_program_free(programs[k]);
  }
  return 0;
}

// Lines of a batch, in memory of their own size so that a read beyond an end is seen.
static char *lines[NUO_BATCH];
static size_t lens[NUO_BATCH];

static void compare_alone(nuo_session *single, size_t line, nuo_text json) {
  const nuo_decision *decision;
  nuo_error error;
  nuo_text alone;
  if (nuo_session_eval_json(single, lines[line], lens[line], &decision, &error) != NUO_OK)
    fuzz_die("alone it is refused: %s", error.message);
  if (nuo_session_decision_json(single, decision, &alone) != NUO_OK) fuzz_die("no JSON");
  if (alone.len != json.len || memcmp(alone.text, json.text, json.len) != 0)
    fuzz_die("among others: %.*s\nalone: %.*s", (int)json.len, json.text, (int)alone.len, alone.text);
}

static void decide(nuo_session *batch, nuo_session *single) {
  const nuo_decision *decisions;
  size_t count, pending = nuo_session_pending(batch);
  // A report of a delivery waits as well, and has no decision of its own.
  if (nuo_session_decide(batch, &decisions, &count) != NUO_OK || (single != NULL && count != pending))
    fuzz_die("not all decided");
  for (size_t i = 0; i < count; i++) {
    nuo_text json;
    if (nuo_session_decision_json(batch, &decisions[i], &json) != NUO_OK) fuzz_die("no JSON");
    fuzz_check_json(json);
    if (single != NULL) compare_alone(single, i, json);
  }
  for (size_t i = 0; i < pending; i++) free(lines[i]);
}

// Recipients behind the first, and parts of a list, which are taken back again.
static void add_others(nuo_session *batch, const char *text, size_t len) {
  nuo_error error;
  uint32_t recipients = 2;
  if (nuo_session_pending(batch) == NUO_BATCH) return;
  for (nuo_input input = {.json = text, .len = len}; input.recipient < recipients && input.recipient < 3;
       input.recipient++) {
    const nuo_status status = nuo_session_add(batch, &input, &recipients, &error);
    if (status == NUO_OK) nuo_session_take_back(batch, 1);
    if (status == NUO_BAD_EVENT) fuzz_check_error(&error, len);
  }
}

static void add(nuo_session *batch, nuo_session *single, const uint8_t *text, size_t len) {
  nuo_error error;
  size_t place = nuo_session_pending(batch);
  lines[place] = malloc(len == 0 ? 1 : len);
  lens[place] = len;
  if (lines[place] == NULL) fuzz_die("out of memory");
  memcpy(lines[place], text, len);
  add_others(batch, lines[place], len);
  nuo_status status = nuo_session_add_json(batch, lines[place], len, 0, &error);
  if (status == NUO_OK) {
    if (place + 1 == NUO_BATCH) decide(batch, single);
    return;
  }
  if (status != NUO_BAD_EVENT || error.status != status) fuzz_die("status %d", (int)status);
  fuzz_check_error(&error, len);
  free(lines[place]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  size_t which = data[0] % fuzz_policy_count;
  nuo_session *batch = policies[which].batch, *single = policies[which].single;
  nuo_engine *engine = NULL;
  if (policies[which].program != NULL) batch = fuzz_session(&policies[which].program, 1, &engine);
  const uint8_t *at = data + 1, *end = data + size;
  while (at < end) {
    const uint8_t *stop = memchr(at, '\n', (size_t)(end - at));
    if (stop == NULL) stop = end;
    add(batch, single, at, (size_t)(stop - at));
    at = stop + 1;
  }
  if (nuo_session_pending(batch) > 0) decide(batch, single);
  if (engine != NULL) nuo_session_free(batch);
  nuo_engine_free(engine);
  return 0;
}
