// SPDX-License-Identifier: Apache-2.0
// A binary heap, the happening that comes in first on top.
#include "tests/sample/queue.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sample/json.h"

struct happening {
  int64_t time, arrival;
  uint32_t number;  // order among those of the same instant, and part of the identity
  const char *type;
  char members[420];
};

static struct happening *queue;
static size_t queued, room;
static uint32_t numbers;
static int64_t delay;

static bool is_before(const struct happening *a, const struct happening *b) {
  return a->arrival != b->arrival ? a->arrival < b->arrival : a->number < b->number;
}

static void swap(size_t a, size_t b) {
  struct happening kept = queue[a];
  queue[a] = queue[b];
  queue[b] = kept;
}

void delay_next(int64_t by) {
  delay = by;
}

uint32_t plan(int64_t time, const char *type, const char *format, ...) {
  if (queued == room) {
    room = room == 0 ? 1024 : 2 * room;
    queue = realloc(queue, room * sizeof *queue);
    if (queue == NULL) abort();
  }
  struct happening *made = &queue[queued];
  *made = (struct happening){.time = time, .arrival = time + delay, .number = numbers++, .type = type};
  delay = 0;
  va_list args;
  va_start(args, format);
  int len = vsnprintf(made->members, sizeof made->members, format, args);
  va_end(args);
  if (len < 0 || (size_t)len >= sizeof made->members) abort();
  uint32_t number = made->number;
  for (size_t at = queued++; at > 0 && is_before(&queue[at], &queue[(at - 1) / 2]); at = (at - 1) / 2)
    swap(at, (at - 1) / 2);
  return number;
}

static void drop_first(void) {
  queue[0] = queue[--queued];
  for (size_t at = 0;;) {
    size_t least = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < queued; child++)
      if (is_before(&queue[child], &queue[least])) least = child;
    if (least == at) return;
    swap(at, least);
    at = least;
  }
}

bool print_happening(int64_t time) {
  if (queued == 0 || queue[0].arrival > time) return false;
  begin_line();
  put_text("type", queue[0].type);
  put_id("id", "h-", queue[0].number);
  put_time("time", queue[0].time, 8);
  put_raw(queue[0].members);
  end_line();
  drop_first();
  return true;
}
