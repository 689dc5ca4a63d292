// SPDX-License-Identifier: Apache-2.0
// Hand-written C that remembers what the policies of main.c do: who consented, how many pushes each got
// today, and what was decided within the hour, for an event that comes again. Open addressing, two tables.
#ifndef NUO_TESTS_BENCH_MEMORY_TABLE_H
#define NUO_TESTS_BENCH_MEMORY_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kind { PUSH, GRANTED, WITHDRAWN };
#define DAILY 3
#define DAY_MS INT64_C(86400000)

// An event as decoded: texts are borrowed.
struct hand_event {
  enum kind kind;
  int64_t time;
  const char *id, *user;
  uint32_t id_len, user_len;
};

struct cell {  // 16 bytes; `hash` 0: empty
  uint64_t hash;
  uint32_t day : 24, count : 7, consented : 1;  // of a subject
  uint32_t blocked : 1, time : 31;              // of a decision
};
struct table {
  struct cell *cells;
  size_t mask, count;
};
struct hand {
  struct table subjects, recent[2];  // by hour, in turn
  int64_t hour;
};

// Decides a batch of up to 64: bit i of what it gives is set when event i is blocked.
uint64_t hand_decide(struct hand *hand, const struct hand_event *events, uint32_t count);
size_t hand_bytes(const struct table *table);
void hand_free(struct hand *hand);

#endif
