// SPDX-License-Identifier: Apache-2.0
// What every file of the oracle needs: random numbers, growing text, arenas. Running out of memory ends the
// program.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle.h"

// SplitMix64: every state gives a good next number, so seeds may be counted up.
uint64_t rng_next(struct rng *rng) {
  uint64_t z = rng->state += 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

uint32_t rng_below(struct rng *rng, uint32_t n) {
  return (uint32_t)((rng_next(rng) >> 32) * n >> 32);
}

bool rng_chance(struct rng *rng, uint32_t percent) {
  return rng_below(rng, 100) < percent;
}

void buf_add(struct buf *buf, const char *text, size_t len) {
  if (buf->len + len + 1 > buf->cap) {
    buf->cap = (buf->cap + len + 64) * 2;
    buf->at = realloc(buf->at, buf->cap);
    if (buf->at == NULL) abort();
  }
  if (len > 0) memcpy(buf->at + buf->len, text, len);
  buf->len += len;
  buf->at[buf->len] = '\0';
}

void buf_put(struct buf *buf, const char *text) {
  buf_add(buf, text, strlen(text));
}
void buf_str(struct buf *buf, struct str text) {
  buf_add(buf, text.at, text.len);
}

void buf_printf(struct buf *buf, const char *format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  const int len = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (len < 0 || (size_t)len >= sizeof line) abort();
  buf_add(buf, line, (size_t)len);
}

void buf_codepoint(struct buf *buf, uint32_t c) {
  char out[4];
  if (c < 0x80) {
    buf_add(buf, (char[]){(char)c}, 1);
    return;
  }
  const size_t len = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (size_t i = len - 1; i > 0; i--, c >>= 6) out[i] = (char)(0x80 | (c & 0x3F));
  out[0] = (char)((0xF0 << (4 - len)) | c);
  buf_add(buf, out, len);
}

void buf_free(struct buf *buf) {
  free(buf->at);
  *buf = (struct buf){0};
}

struct str buf_keep(struct arena *arena, struct buf *buf) {
  const struct str kept = nuo__arena_copy(arena, buf->at, buf->len);
  buf_free(buf);
  return kept;
}

struct arena *arena_open(void) {
  static jmp_buf out_of_memory;
  if (setjmp(out_of_memory) != 0) abort();
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  if (arena == NULL) abort();
  nuo__arena_on_failure(arena, &out_of_memory);
  return arena;
}
