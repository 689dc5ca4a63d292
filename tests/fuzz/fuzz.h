// SPDX-License-Identifier: Apache-2.0
// What the fuzz targets share: policies to start from, and the checks on what comes out.
#ifndef NUO_TESTS_FUZZ_H
#define NUO_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compiler/nuo_compile.h"
#include "runtime/nuo.h"

// A policy that uses much of the language, and events that reach its rules. The events end with NULL.
struct fuzz_policy {
  const char *source;
  const char *const *events;
  const char *later;  // another version of it that follows in time, or NULL
  bool remembers;     // it has facts or limits: what is decided depends on what came before
};
extern const struct fuzz_policy fuzz_policies[];
extern const size_t fuzz_policy_count;

// Says what is wrong and stops, so that the fuzzer keeps the input.
void fuzz_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
// The image of one of the policies above; the caller frees image.text.
nuo_text fuzz_compile(const char *source);
// A session over versions of a policy; *engine is to be freed after it. NULL when they are refused.
nuo_session *fuzz_session(nuo_program *const *programs, size_t count, nuo_engine **engine);
// Dies unless `json` is one JSON value in UTF-8 on one line.
void fuzz_check_json(nuo_text json);
// Dies unless the message is one line of UTF-8 and the offset within the `len` bytes it speaks of.
void fuzz_check_error(const nuo_error *error, size_t len);

#endif
