// SPDX-License-Identifier: Apache-2.0
// An allocator that grants so many allocations, then none, and knows how many bytes are in use.
#ifndef NUO_TESTS_METER_H
#define NUO_TESTS_METER_H

#include "runtime/alloc.h"

struct meter {
  size_t left;    // allocations still granted
  size_t in_use;  // bytes
};

static inline void *metered(void *context, void *ptr, size_t old_size, size_t new_size) {
  struct meter *meter = context;
  if (new_size > 0 && meter->left == 0) return NULL;
  if (new_size > 0) meter->left--;
  meter->in_use += new_size - old_size;
  return nuo__realloc(nuo__default_allocator(), ptr, old_size, new_size);
}

#endif
