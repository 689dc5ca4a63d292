// SPDX-License-Identifier: Apache-2.0
// What the benchmark of a binding compares itself with: the same events decided in C, in the same process.
// One policy, one session, one thread; whatever goes wrong ends the process.
#ifndef NUO_BINDINGS_BASELINE_H
#define NUO_BINDINGS_BASELINE_H

#include <stddef.h>
#include <stdint.h>

#define BASELINE_EVENTS 1024

// Makes the events of `make bench` (tests/bench/events.c), and a session for the policy of this image.
void baseline_begin(const void *image, size_t size);
const char *baseline_event(uint32_t number, size_t *len);
// Nanoseconds for all events, from JSON to the JSON of decisions: one by one, or in batches of 64.
double baseline_single(void);
double baseline_batches(void);
// Nanoseconds on the same clock.
double baseline_now(void);

#endif
