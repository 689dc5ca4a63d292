// SPDX-License-Identifier: Apache-2.0
// The instructions on what is added up or told apart over earlier events: sums, shares and different values,
// as they were at the event's time, and what an event adds to them. As those of vm_state.c, which tells more.
// Called by vm.c.
#include "runtime/state_distinct.h"
#include "runtime/state_total.h"
#include "runtime/vm_frame.h"

#define EVENT_TIME 0  // column

static int64_t time_of(const struct frame *f, uint32_t lane) {
  return f->batch->columns[EVENT_TIME][lane];
}

// ---- asking ----

static bool sum_of(const struct total *total, int64_t *sum) {
  *sum = (int64_t)total->sum;
  return total->sum >= INT64_MIN && total->sum <= INT64_MAX;
}

// Rounded half up. What is counted are events, fewer than would overflow this.
static bool share_of(const struct total *total, int64_t *millionths) {
  const int64_t of = (int64_t)total->count;
  if (of == 0) return false;
  *millionths = ((int64_t)total->sum * 2000000 + of) / (2 * of);
  return true;
}

static void ask_total(const struct frame *f, const struct insn *i,
                      bool (*result)(const struct total *, int64_t *)) {
  const int64_t *after = f->batch->columns[i->d];
  uint64_t known = 0;
  struct store_key key;
  for (uint64_t left = f->live & f->batch->column_known[i->d]; left != 0;) {
    const uint32_t l = next_lane(&left);
    if (!nuo__vm_key(f, true, i->b, i->c, l, &key)) continue;
    const struct total total = nuo__state_total(f->machine->state, &key, after[l], time_of(f, l));
    known |= (uint64_t)result(&total, &f->batch->columns[i->a][l]) << l;
  }
  f->batch->column_known[i->a] = known;
}

void nuo__vm_SUM(const struct frame *f, const struct insn *i) {
  ask_total(f, i, sum_of);
}

void nuo__vm_SHARE(const struct frame *f, const struct insn *i) {
  ask_total(f, i, share_of);
}

// Beyond the capacity the record may or may not have more: the answer does not depend on it.
void nuo__vm_DISTINCT(const struct frame *f, const struct insn *i) {
  const uint32_t capacity = f->image->COUNTERS[i->b].capacity;
  const int64_t *after = f->batch->columns[i->d];
  uint64_t known = 0;
  struct store_key key;
  for (uint64_t left = f->live & f->batch->column_known[i->d]; left != 0;) {
    const uint32_t l = next_lane(&left);
    if (!nuo__vm_key(f, true, i->b, i->c, l, &key)) continue;
    const uint32_t count = nuo__state_distinct(f->machine->state, &key, after[l], time_of(f, l));
    f->batch->columns[i->a][l] = count < capacity ? count : capacity;
    known |= UINT64_C(1) << l;
  }
  f->batch->column_known[i->a] = known;
}

// ---- adding ----

// An attempt was counted when it was judged.
static bool counts(const struct frame *f, const struct image_counter *counter) {
  return counter->attempts != 0 ? !f->machine->reported : f->machine->delivered;
}

// A value that is not known adds nothing.
void nuo__vm_TOTAL(const struct frame *f, const struct insn *i) {
  const struct batch *b = f->batch;
  struct store_key key;
  if (!counts(f, &f->image->COUNTERS[i->a])) return;
  for (uint64_t left = f->live & b->column_known[i->c] & b->column_known[i->d]; left != 0;) {
    const uint32_t l = next_lane(&left);
    if (!nuo__vm_key(f, true, i->a, i->b, l, &key)) continue;
    nuo__state_add(f->machine->state, &key, time_of(f, l), b->columns[i->d][l], b->columns[i->c][l]);
  }
}

void nuo__vm_DIFFER(const struct frame *f, const struct insn *i) {
  const struct image_counter *counter = &f->image->COUNTERS[i->a];
  const struct image_argument *value = &f->image->ARGUMENTS[i->b + counter->key_count];
  const struct key_shape shape = {
      .kind = KEY_OF_VALUE, .identity = counter->identity, .kinds = &counter->value_kind, .count = 1};
  struct state *state = f->machine->state;
  struct store_key key, hash;
  if (!counts(f, counter)) return;
  for (uint64_t left = f->live & f->batch->planes[i->c].t; left != 0;) {
    const uint32_t l = next_lane(&left);
    if (!nuo__vm_key(f, true, i->a, i->b, l, &key)) continue;
    if (!nuo__state_key(state, f->machine->program, f->batch, l, &shape, value, &hash)) continue;
    nuo__state_differ(state, &key, time_of(f, l), &hash, f->machine->capacities[i->a]);
  }
}
