// SPDX-License-Identifier: Apache-2.0
// What every stage of the compiler shares: the arena, text slices, places in source files, growing arrays.
// An arena belongs to one compilation; everything a stage makes lives in it and goes with it.
#ifndef NUO_COMPILER_BASE_H
#define NUO_COMPILER_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/alloc.h"

// A slice of text, not terminated, borrowed from a source file or the arena.
struct str {
  const char *at;
  uint32_t len;
};

#define STR(literal) ((struct str){(literal), (uint32_t)(sizeof(literal) - 1)})

// A place: bytes [start, end) of file number `file` of the compilation.
struct span {
  uint32_t file, start, end;
};

struct arena;

// Makes an arena over `allocator`; NULL when out of memory.
struct arena *nuo__arena_new(const struct nuo_allocator *allocator);
void nuo__arena_free(struct arena *arena);
// `size` zeroed bytes, aligned to 16. Never NULL: when memory runs out it jumps to the point set by
// nuo__arena_on_failure, which the compilation's entry function sets before the first stage.
void *nuo__arena_alloc(struct arena *arena, size_t size);
// The jump buffer (a `jmp_buf *`) that nuo__arena_alloc uses when memory runs out.
void nuo__arena_on_failure(struct arena *arena, void *jump_buffer);
// The bytes given out so far; for `nuo dump` and the memory test.
size_t nuo__arena_used(const struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)nuo__arena_alloc((arena), sizeof(type)))

// Copies `len` bytes into the arena.
struct str nuo__arena_copy(struct arena *arena, const char *text, size_t len);
// Formats into the arena (printf rules; `%.*s` for slices).
struct str nuo__arena_format(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

// The slice of a terminated text.
struct str nuo__str_of(const char *terminated);
bool nuo__str_equal(struct str a, struct str b);
bool nuo__str_is(struct str text, const char *terminated);
// Whether valid UTF-8 contains Chinese characters, which make a name a Chinese one.
bool nuo__str_has_han(struct str text);
// Byte order; shorter first when one is the other's beginning.
int nuo__str_compare(struct str a, struct str b);

// A growing array in the arena: VEC(struct rule) rules; VEC_PUSH(arena, &rules, r).
#define VEC(type)        \
  struct {               \
    type *at;            \
    uint32_t count, cap; \
  }
void *nuo__arena_grow(struct arena *arena, void *at, uint32_t count, uint32_t *cap, size_t item_size);
#define VEC_PUSH(arena, vec, ...)                                                                       \
  ((vec)->at = (vec)->count < (vec)->cap                                                                \
                   ? (vec)->at                                                                          \
                   : nuo__arena_grow((arena), (vec)->at, (vec)->count, &(vec)->cap, sizeof *(vec)->at), \
   (vec)->at[(vec)->count++] = (__VA_ARGS__))

#endif
