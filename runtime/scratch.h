// SPDX-License-Identifier: Apache-2.0
// Memory for what lives as long as one batch: handed out piece by piece, forgotten all at once, its blocks
// kept for the next batch, so that a session in its stride allocates nothing.
#ifndef NUO_RUNTIME_SCRATCH_H
#define NUO_RUNTIME_SCRATCH_H

#include "runtime/alloc.h"

struct scratch_block;
struct scratch {
  const nuo_allocator *allocator;
  struct scratch_block *blocks, *current;
  bool failed;  // an allocation failed since the last reset
};

// `size` bytes aligned to 8, not cleared; NULL when out of memory (and `failed` is set).
void *nuo__scratch_alloc(struct scratch *scratch, size_t size);
// A bigger copy of a list of `count` items; *cap is how many fit. NULL when out of memory.
void *nuo__scratch_grow(struct scratch *scratch, const void *list, size_t count, size_t *cap, size_t item);
void nuo__scratch_reset(struct scratch *scratch);

// A place to go back to: what was handed out after the mark is forgotten. Valid until the next reset.
struct scratch_mark {
  struct scratch_block *block;
  size_t used;
};
struct scratch_mark nuo__scratch_mark(const struct scratch *scratch);
void nuo__scratch_rewind(struct scratch *scratch, struct scratch_mark mark);
void nuo__scratch_free(struct scratch *scratch);

#endif
