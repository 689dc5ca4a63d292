// SPDX-License-Identifier: Apache-2.0
// The arena and text slices of base.h. Chunks double up to a cap and are freed together; a block larger than
// a chunk gets one of its own. Running out of memory jumps to the compilation's entry function.
#include "compiler/base.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runtime/utf8.h"

#define ALIGNMENT 16
#define FIRST_CHUNK ((size_t)16 * 1024)
#define LARGEST_CHUNK ((size_t)1024 * 1024)

struct chunk {
  struct chunk *next;
  size_t size;  // of the whole block, this head included
};

#define CHUNK_HEAD ((sizeof(struct chunk) + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT)

struct arena {
  const struct nuo_allocator *allocator;
  struct chunk *chunks;
  char *free, *end;  // what is left of the newest chunk
  size_t chunk_size, used;
  jmp_buf *on_failure;
};

struct arena *nuo__arena_new(const struct nuo_allocator *allocator) {
  struct arena *arena = nuo__alloc(allocator, sizeof *arena);
  if (arena == NULL) return NULL;
  *arena = (struct arena){.allocator = allocator, .chunk_size = FIRST_CHUNK};
  return arena;
}

void nuo__arena_free(struct arena *arena) {
  if (arena == NULL) return;
  for (struct chunk *chunk = arena->chunks, *next; chunk != NULL; chunk = next) {
    next = chunk->next;
    nuo__free(arena->allocator, chunk, chunk->size);
  }
  nuo__free(arena->allocator, arena, sizeof *arena);
}

void nuo__arena_on_failure(struct arena *arena, void *jump_buffer) {
  arena->on_failure = jump_buffer;
}

size_t nuo__arena_used(const struct arena *arena) {
  return arena->used;
}

static char *add_chunk(struct arena *arena, size_t payload) {
  struct chunk *chunk =
      payload > SIZE_MAX - CHUNK_HEAD ? NULL : nuo__alloc(arena->allocator, CHUNK_HEAD + payload);
  if (chunk == NULL) longjmp(*arena->on_failure, 1);
  *chunk = (struct chunk){.next = arena->chunks, .size = CHUNK_HEAD + payload};
  arena->chunks = chunk;
  return (char *)chunk + CHUNK_HEAD;
}

void *nuo__arena_alloc(struct arena *arena, size_t size) {
  const size_t rounded = size > SIZE_MAX - ALIGNMENT ? size : (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  char *block;
  if (rounded > arena->chunk_size / 4) {
    block = add_chunk(arena, rounded);
  } else {
    if ((size_t)(arena->end - arena->free) < rounded) {
      arena->free = add_chunk(arena, arena->chunk_size);
      arena->end = arena->free + arena->chunk_size;
      if (arena->chunk_size < LARGEST_CHUNK) arena->chunk_size *= 2;
    }
    block = arena->free;
    arena->free += rounded;
  }
  arena->used += rounded;
  return memset(block, 0, rounded);
}

struct str nuo__arena_copy(struct arena *arena, const char *text, size_t len) {
  char *copy = nuo__arena_alloc(arena, len + 1);
  if (len > 0) memcpy(copy, text, len);
  return (struct str){copy, (uint32_t)len};
}

struct str nuo__arena_format(struct arena *arena, const char *format, ...) {
  va_list args;
  va_start(args, format);
  const int len = vsnprintf(NULL, 0, format, args);
  va_end(args);
  if (len <= 0) return STR("");
  char *text = nuo__arena_alloc(arena, (size_t)len + 1);
  va_start(args, format);
  vsnprintf(text, (size_t)len + 1, format, args);
  va_end(args);
  return (struct str){text, (uint32_t)len};
}

struct str nuo__str_of(const char *terminated) {
  return (struct str){terminated, (uint32_t)strlen(terminated)};
}

bool nuo__str_equal(struct str a, struct str b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool nuo__str_is(struct str text, const char *terminated) {
  return nuo__str_equal(text, nuo__str_of(terminated));
}

bool nuo__str_has_han(struct str text) {
  size_t size;
  for (size_t i = 0; i < text.len; i += size)
    if (nuo__utf8_is_han(nuo__utf8_decode(text.at + i, &size))) return true;
  return false;
}

int nuo__str_compare(struct str a, struct str b) {
  const uint32_t common = a.len < b.len ? a.len : b.len;
  const int order = common == 0 ? 0 : memcmp(a.at, b.at, common);
  return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

void *nuo__arena_grow(struct arena *arena, void *at, uint32_t count, uint32_t *cap, size_t item_size) {
  // 2^31 items do not fit beside a source file that is limited to 16 MiB.
  const uint32_t wider = *cap == 0 ? 8 : *cap * 2;
  void *grown = nuo__arena_alloc(arena, wider * item_size);
  if (count > 0) memcpy(grown, at, count * item_size);
  *cap = wider;
  return grown;
}
