// SPDX-License-Identifier: Apache-2.0
// The filter over the positions of a folded text: the part of the matcher that touches every unit. Called by
// match.c.
#ifndef NUO_RUNTIME_MATCH_FILTER_H
#define NUO_RUNTIME_MATCH_FILTER_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/match_blob.h"

// Units behind a text that have to be there, with any value.
enum { MATCH_PADDING = 80 };

// Of `count` positions, each with as many units as the family hashes, sets the bits of those that pass the
// filter of `family` in `blob`, and clears the others, in a word of `masks` for every 64 begun.
void nuo__match_filter(const void *blob, const struct match_family *family, const uint16_t *units,
                       size_t count, uint64_t *masks);

#endif
