// SPDX-License-Identifier: Apache-2.0
// The one way memory is obtained below the public API: an allocator handed in by the host, of a
// single function. Every block is freed with the size it was obtained with, so that an allocator
// needs no headers. Nothing here aborts: NULL is passed up and becomes a status.
// Called by everything in runtime/ that keeps memory beyond one call.
#ifndef NUO_RUNTIME_ALLOC_H
#define NUO_RUNTIME_ALLOC_H

#include <stddef.h>

#include "runtime/nuo.h"  // struct nuo_allocator

// Allocator over the C library's malloc; valid for the whole run, shared by everybody.
const struct nuo_allocator *nuo__default_allocator(void);

// Fresh bytes, not cleared, NULL when out of memory; a `size` of 0 gives NULL.
static inline void *nuo__alloc(const struct nuo_allocator *a, size_t size) {
  return size == 0 ? NULL : a->resize(a->context, NULL, 0, size);
}

// As `resize` above. On NULL for a `new_size` above 0 the caller still owns `ptr`.
static inline void *nuo__realloc(const struct nuo_allocator *a, void *ptr, size_t old_size, size_t new_size) {
  return a->resize(a->context, ptr, old_size, new_size);
}

// Gives back `size` bytes; NULL is allowed.
static inline void nuo__free(const struct nuo_allocator *a, void *ptr, size_t size) {
  if (ptr != NULL) a->resize(a->context, ptr, size, 0);
}

#endif
