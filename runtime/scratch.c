// SPDX-License-Identifier: Apache-2.0
// Batch-long memory; see scratch.h.
#include "runtime/scratch.h"

#include <string.h>

struct scratch_block {
  struct scratch_block *next;
  size_t used, size;
};
// A batch whose every event has findings fits into two of these.
#define BLOCK_SIZE 65536

static size_t left(const struct scratch_block *b) {
  return b->size - b->used;
}

static struct scratch_block *add_block(struct scratch *s, size_t size) {
  size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
  struct scratch_block *b = nuo__alloc(s->allocator, sizeof *b + room);
  if (b == NULL) return s->failed = true, NULL;
  *b = (struct scratch_block){NULL, 0, room};
  if (s->current == NULL) {
    s->blocks = b;
  } else {
    b->next = s->current->next;
    s->current->next = b;
  }
  return b;
}

void *nuo__scratch_alloc(struct scratch *s, size_t size) {
  size = (size + 7) & ~(size_t)7;
  while (s->current != NULL && left(s->current) < size && s->current->next != NULL)
    s->current = s->current->next;
  if (s->current == NULL || left(s->current) < size) {
    struct scratch_block *b = add_block(s, size);
    if (b == NULL) return NULL;
    s->current = b;
  }
  char *out = (char *)(s->current + 1) + s->current->used;
  s->current->used += size;
  return out;
}

void *nuo__scratch_grow(struct scratch *s, const void *list, size_t count, size_t *cap, size_t item) {
  size_t wanted = *cap == 0 ? 4 : *cap * 2;
  void *out = nuo__scratch_alloc(s, wanted * item);
  if (out == NULL) return NULL;
  if (count > 0) memcpy(out, list, count * item);
  *cap = wanted;
  return out;
}

void nuo__scratch_reset(struct scratch *s) {
  for (struct scratch_block *b = s->blocks; b != NULL; b = b->next) b->used = 0;
  s->current = s->blocks;
  s->failed = false;
}

struct scratch_mark nuo__scratch_mark(const struct scratch *s) {
  return (struct scratch_mark){s->current, s->current == NULL ? 0 : s->current->used};
}

void nuo__scratch_rewind(struct scratch *s, struct scratch_mark mark) {
  struct scratch_block *first = mark.block == NULL ? s->blocks : mark.block;
  for (struct scratch_block *b = first; b != NULL; b = b->next) b->used = 0;
  if (mark.block != NULL) mark.block->used = mark.used;
  s->current = first;
  s->failed = false;
}

void nuo__scratch_free(struct scratch *s) {
  for (struct scratch_block *b = s->blocks, *next; b != NULL; b = next) {
    next = b->next;
    nuo__free(s->allocator, b, sizeof *b + b->size);
  }
  s->blocks = s->current = NULL;
}
