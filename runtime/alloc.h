// SPDX-License-Identifier: Apache-2.0
// The one way memory is obtained below the public API: an allocator handed in by the host, of a
// single function. Every block is freed with the size it was obtained with, so that an allocator
// needs no headers. Nothing here aborts: NULL is passed up and becomes a status.
// Called by everything in runtime/ that keeps memory beyond one call.
#ifndef NUO_RUNTIME_ALLOC_H
#define NUO_RUNTIME_ALLOC_H

#include <stddef.h>

// `resize` moves a block of `old_size` bytes (`ptr` NULL and 0 for none yet) to one of `new_size`
// bytes, aligned for any type, keeping its contents; `new_size` 0 frees it and returns NULL. NULL for
// a `new_size` above 0 is out of memory, and the old block is then left as it was. It has to be safe to
// call from every thread the engine is used on.
struct nuo_allocator {
  void *(*resize)(void *context, void *ptr, size_t old_size, size_t new_size);
  void *context;
};

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
