// SPDX-License-Identifier: Apache-2.0
// How the programs of `make bench` read clocks and print what they found: contenders take turns in ROUNDS
// rounds; of each, median and spread of the rounds are printed, and those of its ratio to others, round by
// round.
#ifndef NUO_TESTS_BENCH_MEASURE_H
#define NUO_TESTS_BENCH_MEASURE_H

#include <stddef.h>

#define ROUNDS 61

// Nanoseconds of this thread's own time, so that other programs do not count: for what takes long.
double bench_now(void);
// Nanoseconds elapsed: for a few microseconds, where reading the thread's time would cost about as much.
double bench_tick(void);
// Of a pair of readings, to be taken off; known after bench_measure_clocks.
extern double bench_now_cost, bench_tick_cost;
void bench_measure_clocks(void);

// Puts `count` values in order.
void bench_sort(double *values, size_t count);

// A row of a table under bench_print_head: nanoseconds an event in each round, and up to two rows to compare
// with (NULL: none).
void bench_print_head(const char *title, const char *first, const char *second);
void bench_print_row(const char *name, const double values[ROUNDS], const double *first,
                     const double *second);

// What went wrong, and out.
_Noreturn void bench_stop(const char *what, const char *why);

#endif
