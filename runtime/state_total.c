// SPDX-License-Identifier: Apache-2.0
// Running totals in the store. A record is a byte (its kind) and buckets of events, ascending by time; a
// bucket is numbers of seven bits a byte: the time of its latest event (from the bucket before), how long
// before that its period began, count × 2 + (1 when the sum is large), and the sum in its zigzag form, with
// its upper half when it is large.
//
// All buckets at or before the horizon become one when the record is written: whoever asks is not older than
// the horizon, so sees them all. What is of an earlier period than the latest of them is never asked for
// again.
#include "runtime/state_total.h"

#include "runtime/bytes.h"

__extension__ typedef unsigned __int128 uint128;

struct bucket {
  int64_t time, after;
  struct total total;
};

// ---- one bucket ----

static void put_bucket(struct text_out *out, const struct bucket *b, int64_t before) {
  const uint128 folded = (uint128)b->total.sum << 1 ^ (b->total.sum < 0 ? ~(uint128)0 : 0);
  const uint64_t high = (uint64_t)(folded >> 64);
  nuo__bytes_put_signed(out, (int64_t)((uint64_t)b->time - (uint64_t)before));
  nuo__bytes_put(out, (uint64_t)(b->time - b->after));
  nuo__bytes_put(out, b->total.count << 1 | (high != 0));
  nuo__bytes_put(out, (uint64_t)folded);
  if (high != 0) nuo__bytes_put(out, high);
}

// The kind; then a time of 50 bits, a year in ms, and three numbers that may be of any size.
uint32_t nuo__state_total_size(void) {
  return 1 + 8 + 5 + 3 * 10;
}

static struct bucket take_bucket(struct bytes_in *in, int64_t before) {
  struct bucket b;
  b.time = (int64_t)((uint64_t)before + (uint64_t)nuo__bytes_take_signed(in));
  b.after = (int64_t)((uint64_t)b.time - nuo__bytes_take(in));
  const uint64_t count = nuo__bytes_take(in);
  uint128 folded = nuo__bytes_take(in);
  if (count & 1) folded |= (uint128)nuo__bytes_take(in) << 64;
  b.total.count = count >> 1;
  b.total.sum = (int128)(folded >> 1 ^ (~(folded & 1) + 1));
  return b;
}

static struct bytes_in record_of(const struct state *state, const struct store_key *key) {
  uint32_t size;
  const uint8_t *record = nuo__store_get(state->store, key, &size);
  if (record == NULL || size == 0) return (struct bytes_in){NULL, NULL, false};
  return (struct bytes_in){record + 1, record + size, false};
}

// ---- asking ----

struct total nuo__state_total(const struct state *state, const struct store_key *key, int64_t after,
                              int64_t time) {
  struct bytes_in in = record_of(state, key);
  struct total total = {0, 0};
  int64_t before = 0;
  while (in.at < in.end) {
    const struct bucket b = take_bucket(&in, before);
    before = b.time;
    if (in.bad || b.time > time) break;
    if (b.after != after) continue;
    total.sum += b.total.sum;
    total.count += b.total.count;
  }
  return total;
}

// ---- adding ----

// A record being written, with the bucket that the next one may join.
struct writer {
  struct text_out *out;
  int64_t horizon, before;
  bool has_last;
  struct bucket last;
};

static void flush(struct writer *w) {
  if (!w->has_last) return;
  put_bucket(w->out, &w->last, w->before);
  w->before = w->last.time;
}

static void add(struct writer *w, const struct bucket *b) {
  const bool is_settled = b->time <= w->horizon, is_same = w->has_last && w->last.after == b->after;
  if (is_same && (is_settled || w->last.time == b->time)) {
    w->last.time = b->time;
    w->last.total.sum += b->total.sum;
    w->last.total.count += b->total.count;
    return;
  }
  if (!is_settled) flush(w);
  w->last = *b;
  w->has_last = true;
}

void nuo__state_add(struct state *state, const struct store_key *key, int64_t time, int64_t after,
                    int64_t value) {
  static const char head = RECORD_HISTORY << RECORD_KIND_SHIFT;
  struct bytes_in in = record_of(state, key);
  struct writer w = {.out = &state->record, .horizon = state->horizon};
  const struct bucket fresh = {time, after, {value, 1}};
  bool is_placed = false;
  state->record.len = 0;
  nuo__out_bytes(&state->record, &head, 1);
  for (int64_t before = 0; in.at < in.end;) {
    const struct bucket old = take_bucket(&in, before);
    if (in.bad) break;
    before = old.time;
    if (!is_placed && old.time > time) {
      add(&w, &fresh);
      is_placed = true;
    }
    add(&w, &old);
  }
  if (!is_placed) add(&w, &fresh);
  flush(&w);
  nuo__state_put(state, key, &state->record);
}
