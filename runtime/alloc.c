// SPDX-License-Identifier: Apache-2.0
// The allocator used when the host names none: malloc, realloc and free of the C library; and mappings of
// their own for great blocks, which then lie on great pages, where the system has them: whoever looks here
// and there in one of 60 MB waits for the tables of small pages as long as for the memory. It does no
// counting and sets no limit; a host that wants either brings its own.
#define _DEFAULT_SOURCE  // for mappings of no file
#include "runtime/alloc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define GREAT ((size_t)2 << 20)  // a block, and a page

static void *map(size_t size) {
  void *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE
  madvise(block, size, MADV_HUGEPAGE);  // good advice: nothing is lost when it is not taken
#endif
  return block;
}

static void give_back(void *block, size_t size) {
  if (block == NULL) return;
  if (size >= GREAT) {
    munmap(block, size);
  } else {
    free(block);
  }
}

static void *resize(void *context, void *block, size_t old_size, size_t new_size) {
  (void)context;
  if (new_size == 0) return give_back(block, old_size), NULL;
  if (old_size < GREAT && new_size < GREAT) return realloc(block, new_size);
  void *fresh = new_size < GREAT ? malloc(new_size) : map(new_size);
  if (fresh == NULL || block == NULL) return fresh;
  memcpy(fresh, block, old_size < new_size ? old_size : new_size);
  give_back(block, old_size);
  return fresh;
}

const struct nuo_allocator *nuo__default_allocator(void) {
  static const struct nuo_allocator allocator = {resize, NULL};
  return &allocator;
}
