// SPDX-License-Identifier: Apache-2.0
// A policy, an engine and a session as a host makes them, from the policy's text.
#ifndef NUO_TESTS_WORLD_H
#define NUO_TESTS_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/nuo_compile.h"

struct world {
  nuo_program *program;
  nuo_engine *engine;
  nuo_session *session;
};

static inline nuo_program *world_compile(const char *policy) {
  nuo_compilation *compilation;
  nuo_program *program;
  nuo_error error = {.message = ""};
  const nuo_text path = {"p.nuo", 5}, text = {policy, strlen(policy)};
  assert_int_equal(nuo_compile(path, text, NULL, &compilation), NUO_OK);
  nuo_text image = nuo_compilation_image(compilation);
  if (nuo_program_load(image.text, image.len, NULL, &program, &error) != NUO_OK)
    fail_msg("%s", error.message);
  nuo_compilation_free(compilation);
  return program;
}

// Takes the program. `options` may be NULL.
static inline struct world world_begin(nuo_program *program, const nuo_engine_options *options) {
  struct world w = {.program = program};
  assert_int_equal(nuo_engine_new(options, &w.engine), NUO_OK);
  assert_int_equal(nuo_engine_use(w.engine, &w.program, 1, NULL), NUO_OK);
  assert_int_equal(nuo_session_new(w.engine, &w.session), NUO_OK);
  return w;
}

static inline void world_end(struct world *w) {
  nuo_session_free(w->session);
  nuo_engine_free(w->engine);
  nuo_program_free(w->program);
}

#endif
