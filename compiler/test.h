// SPDX-License-Identifier: Apache-2.0
// Running the author's tests: each against the program itself, in an engine of its own. Everything handed out
// lives in the arena given.
#ifndef NUO_COMPILER_TEST_H
#define NUO_COMPILER_TEST_H

#include "compiler/compile.h"
#include "runtime/nuo.h"
#include "runtime/text_out.h"

// What a rule had to say of an event.
enum found_kind { FOUND_BREACH, FOUND_UNDETERMINED, FOUND_EXCEPTED };
struct found {
  enum found_kind kind;
  struct str rule, rule_zh, clause, message, label, strip;
  nuo_action action;
  VEC(struct str) facts;   // "user.id = \"u1\""
  VEC(struct found) same;  // of one breach under several clauses: each by itself
};
// What has come out since the expectation before: of the last event, and of deadlines that passed.
struct seen {
  bool decided;  // an event was: verdict and until speak of it
  nuo_action verdict;
  int64_t time, until;
  int32_t until_offset;
  VEC(struct found) own;      // of the event that was decided last
  VEC(struct found) derived;  // of everything else: deadlines, breaches, raised events
  struct str refused;         // the event was refused: why, or .at NULL
  struct str refused_zh;
};

struct test_failure {
  const struct model_step *step;
  struct seen seen;
};
struct test_result {
  const struct model_test *test;
  VEC(struct test_failure) failures;
  VEC(struct seen) told;  // what had come out at each expectation
};
struct test_results {
  VEC(struct test_result) tests;
  uint32_t failed;
  bool *breached, *excepted;  // by rule: whether some test brought it about
};

// How tests are run.
struct test_manner {
  const nuo_options *options;  // for the programs that are made for tests that set parameters
  bool first_only;             // stop at the first failure
};
// Runs all tests of a policy without mistakes, which is loaded as `loaded`. NUO_NO_MEMORY, or what the engine
// says.
nuo_status nuo__test_compilation(nuo_compilation *compilation, nuo_program *loaded,
                                 const nuo_options *options, struct test_results *results);
// The same for `program`, a changed one perhaps. NUO_NO_MEMORY, or what the engine says.
nuo_status nuo__tests_run(struct arena *arena, const struct program *program, nuo_program *loaded,
                          const struct test_manner *manner, struct test_results *results);
// The program under a test that sets parameters, to be freed by the caller. NUO_LIMIT when it has no image.
nuo_status nuo__test_program(struct arena *arena, const struct program *program,
                             const struct model_test *test, const nuo_options *options, nuo_program **out);

// A constant of that type as it stands in the JSON of an event.
void nuo__test_value(struct text_out *out, const struct type *type, const struct expr *value);
// The JSON of a step's event. What it leaves out of identity and time is put in: `number` and `time`.
void nuo__test_event(struct text_out *out, const struct model_step *step, uint32_t number, int64_t time);

#endif
