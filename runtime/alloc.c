// SPDX-License-Identifier: Apache-2.0
// The allocator used when the host names none: malloc, realloc and free of the C library.
// It does no counting and sets no limit; a host that wants either brings its own.
#include "runtime/alloc.h"

#include <stdlib.h>

static void *resize_with_libc(void *context, void *ptr, size_t old_size, size_t new_size) {
  (void)context;
  (void)old_size;
  if (new_size > 0) return realloc(ptr, new_size);
  free(ptr);
  return NULL;
}

const struct nuo_allocator *nuo__default_allocator(void) {
  static const struct nuo_allocator libc_allocator = {resize_with_libc, NULL};
  return &libc_allocator;
}
