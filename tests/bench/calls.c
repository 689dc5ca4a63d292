// SPDX-License-Identifier: Apache-2.0
// See calls.h.
#include "tests/bench/calls.h"

#include <stdlib.h>

#include "runtime/native.h"
#include "runtime/program.h"
#include "tests/bench/measure.h"
#include "tests/bench/ours.h"

static const char policy[] =
    "policy calls version \"1\" zone \"UTC\" undetermined hold\n"
    "event e enforceable { id: text time: instant n: number }\n"
    "extern function distance(number): number from \"libc.so.6\" symbol \"abs\"\n"
    "rule r on e forbid when distance(n) more than 3 action block\n";

static int size(void *context, const nuo_value *arguments, size_t count, nuo_value *result) {
  (void)context, (void)count;
  result->kind = NUO_VALUE_NUMBER;
  result->as.number = abs((int)arguments[0].as.number);
  return 0;
}

static struct native_call *load(const nuo_options *options) {
  nuo_compilation *compilation = bench_compile("calls", (nuo_text){policy, sizeof policy - 1});
  const nuo_text image = nuo_compilation_image(compilation);
  nuo_program *program;
  nuo_error error;
  if (nuo_program_load(image.text, image.len, options, &program, &error) != NUO_OK)
    bench_stop("calls", error.message);
  nuo_compilation_free(compilation);
  return program->natives[0];
}

struct native_call *bench_call_of_library(void) {
  static const char *const grants[] = {"libc.so.6", NULL};
  return load(&(nuo_options){.native_grants = grants});
}

struct native_call *bench_call_of_host(void) {
  static const nuo_native native = {"libc.so.6", "abs", "(number): number", size, NULL};
  static const nuo_natives natives = {.functions = &native, .count = 1};
  return load(&(nuo_options){.natives = &natives});
}

int64_t bench_calls(const struct native_call *call, uint32_t times) {
  static int (*volatile direct)(int) = abs;
  int64_t sum = 0, result = 0;
  for (uint32_t i = 0; i < times; i++) {
    // abs leaves the result alone, and says by 0 that it is there.
    const struct native_argument argument = {.number = 0};
    if (call == NULL)
      sum += direct(0);
    else
      sum += nuo__native_call(call, &argument, &result) == NATIVE_DONE;
  }
  return sum + result;
}
