// SPDX-License-Identifier: Apache-2.0
// What happens around the pushes waits here, in order of time, until it is printed.
#ifndef NUO_TESTS_SAMPLE_QUEUE_H
#define NUO_TESTS_SAMPLE_QUEUE_H

#include <stdbool.h>
#include <stdint.h>

// Adds a happening and returns its number, part of its identity; `format` and what follows are its members
// beside type, id and time.
#ifdef __GNUC__
__attribute__((format(printf, 3, 4)))
#endif
uint32_t
plan(int64_t time, const char *type, const char *format, ...);
// The next one to be planned is printed so much later than it happened: its report was on the way.
void delay_next(int64_t delay);
// Prints the first happening that has come in by `time`, if there is one.
bool print_happening(int64_t time);

#endif
