// SPDX-License-Identifier: Apache-2.0
// Sets of integers as sorted intervals.
#include "compiler/reason/reason.h"

typedef VEC(struct interval) interval_list;

static void push(struct arena *arena, interval_list *list, struct interval next) {
  if (next.first > next.last) return;
  struct interval *last = list->count > 0 ? &list->at[list->count - 1] : NULL;
  if (last != NULL && (next.first <= last->last || next.first - 1 == last->last)) {
    if (next.last > last->last) last->last = next.last;
    return;
  }
  VEC_PUSH(arena, list, next);
}

static struct set made(const interval_list *list) {
  return (struct set){list->at, list->count};
}

struct set nuo__set_of(struct arena *arena, int64_t first, int64_t last) {
  interval_list list = {0};
  push(arena, &list, (struct interval){first, last});
  return made(&list);
}

struct set nuo__set_union(struct arena *arena, struct set a, struct set b) {
  interval_list list = {0};
  uint32_t i = 0, k = 0;
  while (i < a.count || k < b.count) {
    const bool from_a = k == b.count || (i < a.count && a.at[i].first <= b.at[k].first);
    push(arena, &list, from_a ? a.at[i++] : b.at[k++]);
  }
  return made(&list);
}

struct set nuo__set_both(struct arena *arena, struct set a, struct set b) {
  interval_list list = {0};
  uint32_t i = 0, k = 0;
  while (i < a.count && k < b.count) {
    const struct interval x = a.at[i], y = b.at[k];
    push(arena, &list,
         (struct interval){x.first > y.first ? x.first : y.first, x.last < y.last ? x.last : y.last});
    if (x.last < y.last)
      i++;
    else
      k++;
  }
  return made(&list);
}

static struct set complement(struct arena *arena, struct set a) {
  interval_list list = {0};
  int64_t next = INT64_MIN;
  for (uint32_t i = 0; i < a.count; i++) {
    if (a.at[i].first > next) push(arena, &list, (struct interval){next, a.at[i].first - 1});
    if (a.at[i].last == INT64_MAX) return made(&list);
    next = a.at[i].last + 1;
  }
  push(arena, &list, (struct interval){next, INT64_MAX});
  return made(&list);
}

struct set nuo__set_without(struct arena *arena, struct set a, struct set b) {
  return nuo__set_both(arena, a, complement(arena, b));
}

bool nuo__set_within(struct set a, struct set b) {
  uint32_t k = 0;
  for (uint32_t i = 0; i < a.count; i++) {
    while (k < b.count && b.at[k].last < a.at[i].first) k++;
    if (k == b.count || b.at[k].first > a.at[i].first || b.at[k].last < a.at[i].last) return false;
  }
  return true;
}

bool nuo__set_apart(struct set a, struct set b) {
  uint32_t i = 0, k = 0;
  while (i < a.count && k < b.count) {
    if (a.at[i].last < b.at[k].first)
      i++;
    else if (b.at[k].last < a.at[i].first)
      k++;
    else
      return false;
  }
  return true;
}
