// SPDX-License-Identifier: Apache-2.0
// Nuo as a contender: a policy that is compiled and in force, with a session for decisions and, for timing
// decoding and rules apart, the runtime's inner parts.
#ifndef NUO_TESTS_BENCH_OURS_H
#define NUO_TESTS_BENCH_OURS_H

#include "compiler/nuo_compile.h"
#include "runtime/decode.h"
#include "runtime/vm.h"

struct nuo {
  nuo_program *program;
  nuo_engine *engine;
  nuo_session *session;
  struct decoder *decoder;
  struct match_scratch match_scratch;
  struct machine machine;
};

// Over malloc, for parts of the runtime that want one.
extern const nuo_allocator bench_allocator;

// Compiles a policy, or ends the program with what is wrong with it. The image is the compilation's.
nuo_compilation *bench_compile(const char *name, nuo_text source);
void bench_open(struct nuo *n, const char *name, nuo_text source, const nuo_engine_options *options);
void bench_close(struct nuo *n);

// Decodes `count` events into a batch of the program.
void bench_decode(struct nuo *n, struct batch *batch, char *const *json, const size_t *len, uint32_t count);
// Runs the rules of the first event's type over the batch; machine.fired tells what they found.
void bench_run(struct nuo *n, struct batch *batch);

#endif
