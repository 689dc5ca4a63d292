// SPDX-License-Identifier: Apache-2.0
// Memory for what lives as long as one batch: handed out piece by piece, forgotten all at once, its blocks kept
// for the next batch, so that a session in its stride allocates nothing.
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
void nuo__scratch_reset(struct scratch *scratch);
void nuo__scratch_free(struct scratch *scratch);

#endif
