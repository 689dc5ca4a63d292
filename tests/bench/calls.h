// SPDX-License-Identifier: Apache-2.0
// Functions outside of the policy: found in a library or given by the host, and called by themselves.
#ifndef NUO_TESTS_BENCH_CALLS_H
#define NUO_TESTS_BENCH_CALLS_H

#include <stdint.h>

struct native_call;

// abs of the C library, called through libffi; and the same as a function of the host.
struct native_call *bench_call_of_library(void);
struct native_call *bench_call_of_host(void);
// Calls it so many times; through a pointer as C does when `call` is NULL.
int64_t bench_calls(const struct native_call *call, uint32_t times);

#endif
