// SPDX-License-Identifier: Apache-2.0
// A small library of native functions for the golden tests: one of each kind of argument and result, one that
// fails. Built as libtestnative.so next to the test runner.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

// A hundredth for each '!' in the text: a decimal, in millionths.
EXPORT int shouting(const char *text, size_t len, int64_t *result) {
  *result = 0;
  for (size_t i = 0; i < len; i++) *result += text[i] == '!' ? 10000 : 0;
  return 0;
}

// The sum; fails when it would be 13.
EXPORT int add(int64_t a, int64_t b, int64_t *result) {
  *result = a + b;
  return *result == 13;
}

EXPORT int negate(bool flag, bool *result) {
  *result = !flag;
  return 0;
}

EXPORT int next_day(int32_t day, int32_t *result) {
  *result = day + 1;
  return 0;
}

// Milliseconds from midnight to `clock`.
EXPORT int since_midnight(int32_t clock, int64_t *result) {
  *result = clock;
  return 0;
}

EXPORT int ninety_minutes_on(int64_t instant, int64_t *result) {
  *result = instant + 90 * 60000;
  return 0;
}

EXPORT int never(int64_t *result) {
  (void)result;
  return 1;
}
