// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/memory/table.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define TIME_MASK 0x7FFFFFFFu
#define ZONE_MS (8 * HOUR_MS)

__extension__ typedef unsigned __int128 wide;

static uint64_t mix(uint64_t a, uint64_t b) {
  const wide product = (wide)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

// Eight bytes a step; never 0.
static uint64_t hash_text(const char *text, uint32_t len, uint64_t seed) {
  uint64_t h = seed ^ len;
  for (; len >= 8; len -= 8, text += 8) {
    uint64_t word;
    memcpy(&word, text, 8);
    h = mix(h ^ word, UINT64_C(0x9e3779b97f4a7c15));
  }
  uint64_t rest = 0;
  memcpy(&rest, text, len);
  return mix(h ^ rest, UINT64_C(0xa0761d6478bd642f)) | 1;
}

static void must(const void *memory) {
  if (memory == NULL) abort();
}

static void grow(struct table *t) {
  struct table grown = {.mask = t->cells == NULL ? 1023 : t->mask * 2 + 1, .count = t->count};
  grown.cells = calloc(grown.mask + 1, sizeof *grown.cells);
  must(grown.cells);
  for (size_t i = 0; t->cells != NULL && i <= t->mask; i++) {
    if (t->cells[i].hash == 0) continue;
    size_t at = t->cells[i].hash >> 1 & grown.mask;
    while (grown.cells[at].hash != 0) at = (at + 1) & grown.mask;
    grown.cells[at] = t->cells[i];
  }
  free(t->cells);
  *t = grown;
}

static struct cell *find(const struct table *t, uint64_t hash) {
  if (t->cells == NULL) return NULL;
  for (size_t at = hash >> 1 & t->mask;; at = (at + 1) & t->mask) {
    if (t->cells[at].hash == hash) return &t->cells[at];
    if (t->cells[at].hash == 0) return NULL;
  }
}

static struct cell *find_or_add(struct table *t, uint64_t hash) {
  if (t->cells == NULL || t->count * 10 >= t->mask * 7) grow(t);
  size_t at = hash >> 1 & t->mask;
  while (t->cells[at].hash != hash && t->cells[at].hash != 0) at = (at + 1) & t->mask;
  if (t->cells[at].hash == 0) {
    t->cells[at] = (struct cell){.hash = hash};
    t->count++;
  }
  return &t->cells[at];
}

static void empty(struct table *t) {
  if (t->cells != NULL) memset(t->cells, 0, (t->mask + 1) * sizeof *t->cells);
  t->count = 0;
}

// What was decided in the hour before last is forgotten.
static void enter_hour(struct hand *hand, int64_t hour) {
  if (hour > hand->hour) empty(&hand->recent[hour & 1]);
  if (hour > hand->hour + 1) empty(&hand->recent[(hour - 1) & 1]);
  hand->hour = hour;
}

static bool decide(struct hand *hand, const struct hand_event *e, uint64_t id, uint64_t user) {
  const int64_t hour = e->time / HOUR_MS;
  const uint32_t time = (uint32_t)e->time & TIME_MASK;
  if (hour != hand->hour) enter_hour(hand, hour);
  const struct cell *again = find(&hand->recent[hour & 1], id);
  if (again == NULL) again = find(&hand->recent[(hour - 1) & 1], id);
  if (again != NULL && ((time - again->time) & TIME_MASK) <= HOUR_MS) return again->blocked;
  struct cell *s = find_or_add(&hand->subjects, user);
  bool blocked = false;
  if (e->kind == PUSH) {
    const uint32_t day = (uint32_t)((e->time + ZONE_MS) / DAY_MS);
    if (s->day != day) s->day = day & 0xFFFFFF, s->count = 0;
    blocked = !s->consented || s->count >= DAILY;
    if (!blocked) s->count++;
  } else {
    s->consented = e->kind == GRANTED;
  }
  struct cell *made = find_or_add(&hand->recent[hour & 1], id);
  made->blocked = blocked;
  made->time = time;
  return blocked;
}

static void prefetch(const struct table *t, uint64_t hash) {
  if (t->cells != NULL) __builtin_prefetch(&t->cells[hash >> 1 & t->mask], 1);
}

uint64_t hand_decide(struct hand *hand, const struct hand_event *events, uint32_t count) {
  uint64_t ids[64], users[64], blocked = 0;
  for (uint32_t i = 0; i < count; i++) {
    const struct hand_event *e = &events[i];
    users[i] = hash_text(e->user, e->user_len, 1);
    ids[i] = hash_text(e->id, e->id_len, users[i] + (uint64_t)e->kind);
    prefetch(&hand->subjects, users[i]);
    prefetch(&hand->recent[0], ids[i]);
    prefetch(&hand->recent[1], ids[i]);
  }
  for (uint32_t i = 0; i < count; i++) blocked |= (uint64_t)decide(hand, &events[i], ids[i], users[i]) << i;
  return blocked;
}

size_t hand_bytes(const struct table *t) {
  return t->cells == NULL ? 0 : (t->mask + 1) * sizeof *t->cells;
}

void hand_free(struct hand *hand) {
  free(hand->subjects.cells);
  for (int i = 0; i < 2; i++) free(hand->recent[i].cells);
}
