// SPDX-License-Identifier: Apache-2.0
// An allocator that fails at one place, and goes on behind it; it knows how many bytes are in use. See
// meter.h for one that fails from a place on.
#ifndef NUO_TESTS_FAIL_ONCE_H
#define NUO_TESTS_FAIL_ONCE_H

#include "runtime/alloc.h"

struct meter {
  size_t calls;
  size_t fail_at;  // the call that fails, counted from 1 on; 0: none
  size_t in_use;   // bytes
};

static inline void *metered(void *context, void *ptr, size_t old_size, size_t new_size) {
  struct meter *meter = context;
  if (new_size > 0 && ++meter->calls == meter->fail_at) return NULL;
  meter->in_use += new_size;
  meter->in_use -= old_size;
  return nuo__default_allocator()->resize(NULL, ptr, old_size, new_size);
}

#endif
