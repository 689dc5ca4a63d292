// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

_Noreturn void bench_stop(const char *what, const char *why) {
  fprintf(stderr, "bench: %s: %s\n", what, why);
  exit(1);
}

// ---- clocks ----
static double read_clock(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}
double bench_now(void) {
  return read_clock(CLOCK_THREAD_CPUTIME_ID);
}
double bench_tick(void) {
  return read_clock(CLOCK_MONOTONIC);
}

double bench_now_cost, bench_tick_cost;

static double cost_of(double (*clock)(void)) {
  double least = 1e9;
  for (int i = 0; i < 10000; i++) {
    double start = clock(), cost = clock() - start;
    if (cost < least) least = cost;
  }
  return least;
}
void bench_measure_clocks(void) {
  bench_now_cost = cost_of(bench_now);
  bench_tick_cost = cost_of(bench_tick);
}

// ---- tables ----
static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}
void bench_sort(double *values, size_t count) {
  qsort(values, count, sizeof *values, by_size);
}

struct spread {
  double low, median, high;  // a tenth, half, nine tenths of the rounds are not above it
};
static struct spread spread_of(const double values[ROUNDS]) {
  double sorted[ROUNDS];
  memcpy(sorted, values, sizeof sorted);
  bench_sort(sorted, ROUNDS);
  return (struct spread){sorted[ROUNDS / 10], sorted[ROUNDS / 2], sorted[ROUNDS - 1 - ROUNDS / 10]};
}

static void print_ratio(const double values[ROUNDS], const double base[ROUNDS]) {
  double ratios[ROUNDS];
  if (base == NULL) return;
  for (int r = 0; r < ROUNDS; r++) ratios[r] = values[r] / base[r];
  struct spread ratio = spread_of(ratios);
  printf("   %5.2f (%.2f - %.2f)", ratio.median, ratio.low, ratio.high);
}

void bench_print_head(const char *title, const char *first, const char *second) {
  printf("%-40s %7s  %-17s   %-20s  %s\n", title, "ns/event", "10% - 90%", first, second);
}
void bench_print_row(const char *name, const double values[ROUNDS], const double *first,
                     const double *second) {
  struct spread ns = spread_of(values);
  printf("  %-38s %7.1f  %7.1f - %-7.1f", name, ns.median, ns.low, ns.high);
  print_ratio(values, first);
  print_ratio(values, second);
  printf("\n");
}
