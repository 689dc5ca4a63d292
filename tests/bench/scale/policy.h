// SPDX-License-Identifier: Apache-2.0
// Writes policies of any size for events.c, in the manner of rules/pledge_l1 and l2.
#ifndef NUO_TESTS_BENCH_SCALE_POLICY_H
#define NUO_TESTS_BENCH_SCALE_POLICY_H

#include <stddef.h>
#include <stdint.h>

// Bytes that a policy of so many rules takes at most.
size_t policy_cap(uint32_t rules);
// `rules` rules whose conditions come from `tests` different ones, and whose scopes from as many as the
// values of class, channel, industry and a few flags can make. The same numbers give the same text; a smaller
// policy is the beginning of a greater one. Gives its length.
size_t policy_write(uint32_t rules, uint32_t tests, char *out);

#endif
