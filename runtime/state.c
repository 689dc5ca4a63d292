// SPDX-License-Identifier: Apache-2.0
// Facts and counters as records of a store. A record begins with a word of 7 bytes: 49 bits of a time, which
// reach from year 1 to 9999 in milliseconds, and 7 bits: the kind of record, and what follows:
//
//   counter  word (time of the oldest event, layout), then for each later one its distance from the oldest in
//            4, 5 or 7 bytes; ascending
//   fact     for each change, ascending: word (its time, start or end, layout), then for a start with a value
//            the value: a number of variable length, or a length and a text
//
// Records are pruned when they are written, to what an event at the horizon or later can ask for. Does not
// know windows or conditions: the code does. Called by vm_state.c, explain.c and delivery.c.
#include "runtime/state.h"

#include <sodium.h>
#include <string.h>

#include "runtime/bytes.h"
#include "runtime/when.h"

#define WORD 7
#define TIME_SHIFT 7
#define NO_TIME INT64_MIN

// ---- life ----

bool nuo__state_init(struct state *state, const nuo_allocator *allocator, const uint8_t secret[16]) {
  memset(state, 0, sizeof *state);
  state->allocator = state->record.allocator = allocator;
  state->high_water = state->horizon = state->first_seen = NO_TIME;
  state->replay_ms = NUO__REPLAY_MS;
  state->span_from = INT64_MAX;
  memcpy(state->secret, secret, sizeof state->secret);
  nuo__seal_init(&state->seal, secret);
  crypto_generichash(state->value_key, sizeof state->value_key, (const uint8_t *)"nuo: of values", 14, secret,
                     sizeof state->secret);
  state->store = nuo__store_new(allocator, STORE_WIDE);
  for (int i = 0; i < 2; i++) state->recent[i] = nuo__store_new(allocator, STORE_NARROW);
  if (state->store != NULL && state->recent[0] != NULL && state->recent[1] != NULL) return true;
  nuo__state_free(state);
  return false;
}

void nuo__state_free(struct state *state) {
  nuo__store_free(state->store);
  for (int i = 0; i < 2; i++) nuo__store_free(state->recent[i]);
  nuo__free(state->allocator, state->buffer, state->buffer_size);
  nuo__out_free(&state->record);
  memset(state, 0, sizeof *state);
}

static bool reserve(struct state *state, size_t size) {
  if (size <= state->buffer_size) return true;
  size_t wanted = size + size / 2 + 64;
  uint8_t *grown = nuo__realloc(state->allocator, state->buffer, state->buffer_size, wanted);
  if (grown == NULL) return state->failed = true, false;
  state->buffer = grown;
  state->buffer_size = wanted;
  return true;
}

void nuo__state_put(struct state *state, const struct store_key *key, const struct text_out *record) {
  if (record->failed || record->len > UINT32_MAX ||
      !nuo__store_put(state->store, key, record->at, (uint32_t)record->len))
    state->failed = true;
}

static void put(struct state *state, const struct store_key *key, const void *record, size_t size) {
  if (size > UINT32_MAX || !nuo__store_put(state->store, key, record, (uint32_t)size)) state->failed = true;
}

// ---- words and numbers in records ----

static int64_t word_time(const uint8_t *at) {
  return (int64_t)(nuo__bytes_read(at, WORD) >> TIME_SHIFT) + NUO__WHEN_FIRST_MS;
}

static unsigned word_flags(const uint8_t *at) {
  return at[0] & ((1u << RECORD_KIND_SHIFT) - 1);
}

static void write_word(uint8_t *at, int64_t time, unsigned flags) {
  uint64_t distance = (uint64_t)(time - NUO__WHEN_FIRST_MS);
  nuo__bytes_write(at, WORD, distance << TIME_SHIFT | RECORD_HISTORY << RECORD_KIND_SHIFT | flags);
}

// ---- marks ----

#define MARKS_SIZE (1 + 3 * 8)

static const struct store_key key_of_marks;  // no hash comes out as this one

bool nuo__state_save(struct state *state) {
  uint8_t record[MARKS_SIZE] = {RECORD_MARKS << RECORD_KIND_SHIFT};
  nuo__bytes_write(record + 1, 8, (uint64_t)state->high_water);
  nuo__bytes_write(record + 9, 8, (uint64_t)state->horizon);
  nuo__bytes_write(record + 17, 8, (uint64_t)state->first_seen);
  return nuo__store_put(state->store, &key_of_marks, record, sizeof record);
}

void nuo__state_restore(struct state *state) {
  uint32_t size;
  const uint8_t *record = nuo__store_get(state->store, &key_of_marks, &size);
  if (size != MARKS_SIZE) return;
  state->high_water = (int64_t)nuo__bytes_read(record + 1, 8);
  state->horizon = (int64_t)nuo__bytes_read(record + 9, 8);
  state->first_seen = (int64_t)nuo__bytes_read(record + 17, 8);
}

// ---- facts ----

enum { CHANGE_STARTS = 1, CHANGE_NUMBER = 2, CHANGE_TEXT = 4 };
#define CHANGE_MAX (WORD + 10)  // bytes of a change without its text

struct change {
  int64_t time;
  bool starts;
  int64_t value;
  nuo_text text;  // NULL: the value is a number
};

static const uint8_t *read_varying(const uint8_t *at, uint64_t *value) {
  *value = 0;
  for (unsigned shift = 0;; shift += 7) {
    *value |= (uint64_t)(*at & 0x7F) << shift;
    if (*at++ < 0x80) return at;
  }
}

static uint8_t *write_varying(uint8_t *at, uint64_t value) {
  for (; value >= 0x80; value >>= 7) *at++ = (uint8_t)(value | 0x80);
  *at++ = (uint8_t)value;
  return at;
}

static const uint8_t *read_change(const uint8_t *at, struct change *change) {
  unsigned flags = word_flags(at);
  uint64_t number = 0;
  *change = (struct change){.time = word_time(at), .starts = flags & CHANGE_STARTS, .value = 1};
  at += WORD;
  if (flags & (CHANGE_NUMBER | CHANGE_TEXT)) at = read_varying(at, &number);
  if (flags & CHANGE_NUMBER) change->value = (int64_t)(number >> 1 ^ (~(number & 1) + 1));
  if (flags & CHANGE_TEXT) change->text = (nuo_text){(const char *)at, (size_t)number};
  return flags & CHANGE_TEXT ? at + number : at;
}

// A value of 1 takes no byte: facts without a value have it.
static uint8_t *write_change(uint8_t *at, const struct change *change) {
  bool is_text = change->text.text != NULL, is_number = !is_text && change->value != 1;
  if (!change->starts) return write_word(at, change->time, 0), at + WORD;
  write_word(at, change->time, CHANGE_STARTS | (is_number ? CHANGE_NUMBER : 0) | (is_text ? CHANGE_TEXT : 0));
  at += WORD;
  if (is_number) {
    return write_varying(at, (uint64_t)change->value << 1 ^ (change->value < 0 ? UINT64_MAX : 0));
  }
  if (!is_text) return at;
  at = write_varying(at, change->text.len);
  if (change->text.len > 0) memcpy(at, change->text.text, change->text.len);
  return at + change->text.len;
}

bool nuo__state_fact_after(const struct state *state, const struct store_key *key, int64_t *time,
                           bool *starts) {
  uint32_t size;
  const uint8_t *at = nuo__store_get(state->store, key, &size), *end;
  const int64_t after = *time;
  struct change change;
  bool found = false;
  if (at == NULL) return false;
  for (end = at + size; at < end;) {
    at = read_change(at, &change);
    if (change.time <= after) continue;
    if (found && change.time > *time) break;
    found = true;
    *time = change.time;
    *starts = change.starts;
  }
  return found;
}

bool nuo__state_fact(const struct state *state, const struct store_key *key, int64_t time, int64_t *since,
                     int64_t *value, nuo_text *text) {
  uint32_t size;
  const uint8_t *at = nuo__store_get(state->store, key, &size), *end;
  struct change change;
  bool holds = false;
  if (at == NULL) return false;
  end = at + size;
  while (at < end) {
    at = read_change(at, &change);
    if (change.time > time) break;
    if (change.starts && !holds) *since = change.time;
    holds = change.starts;
    if (!holds) continue;
    *value = change.value;
    *text = change.text;
  }
  return holds;
}

// A record being written. What lies before the horizon is folded into one start, if the fact holds there.
struct writer {
  uint8_t *at;
  int64_t horizon;
  bool has_base;
  struct change base;
};

static void flush_base(struct writer *w) {
  if (w->has_base) w->at = write_change(w->at, &w->base);
  w->has_base = false;
}

static void add_change(struct writer *w, const struct change *change) {
  if (change->time >= w->horizon) {
    flush_base(w);
    w->at = write_change(w->at, change);
    return;
  }
  int64_t since = w->has_base ? w->base.time : change->time;
  w->has_base = change->starts;
  w->base = *change;
  w->base.time = since;
}

// Writes the old changes and the new one in their order. Gives the end.
static uint8_t *merge(struct writer *w, const uint8_t *at, const uint8_t *end, const struct change *fresh) {
  bool is_placed = false;
  struct change old;
  while (at < end) {
    at = read_change(at, &old);
    if (!is_placed && old.time >= fresh->time) {
      bool is_same = old.time == fresh->time, prevails = !is_same || old.starts;
      add_change(w, prevails ? fresh : &old);
      is_placed = true;
      if (is_same) continue;
    }
    add_change(w, &old);
  }
  if (!is_placed) add_change(w, fresh);
  flush_base(w);
  return w->at;
}

uint32_t nuo__state_fact_size(const struct image_fact *fact) {
  const bool is_text = fact->kind == VALUE_TEXT || fact->kind == VALUE_ENUM || fact->kind == VALUE_ZONE;
  // What holds at the horizon, and the newest change.
  return 2 * (fact->kind == VALUE_FLAG ? WORD : is_text ? WORD + 1 : CHANGE_MAX);
}

static void change_fact(struct state *state, const struct store_key *key, const struct change *change) {
  uint32_t size;
  const uint8_t *at = nuo__store_get(state->store, key, &size);
  if (!reserve(state, size + CHANGE_MAX + change->text.len)) return;
  struct writer w = {.at = state->buffer, .horizon = state->horizon};
  const uint8_t *end = merge(&w, at, at == NULL ? NULL : at + size, change);
  put(state, key, state->buffer, (size_t)(end - state->buffer));
}

void nuo__state_start(struct state *state, const struct store_key *key, int64_t time, int64_t value,
                      nuo_text text) {
  change_fact(state, key, &(struct change){.time = time, .starts = true, .value = value, .text = text});
}

void nuo__state_end(struct state *state, const struct store_key *key, int64_t time) {
  change_fact(state, key, &(struct change){.time = time});
}

// ---- counters ----

static const uint8_t distance_bytes[] = {4, 5, 7};

// A record of times, seen.
struct times {
  const uint8_t *at;
  int64_t first;
  uint32_t count;
  unsigned width;
};

static struct times times_of(const uint8_t *record, uint32_t size) {
  struct times t = {.at = record};
  if (record == NULL) return t;
  t.first = word_time(record);
  t.width = distance_bytes[word_flags(record) % sizeof distance_bytes];
  t.count = 1 + (size - WORD) / t.width;
  return t;
}

static int64_t time_at(const struct times *t, uint32_t index) {
  if (index == 0) return t->first;
  return t->first + (int64_t)nuo__bytes_read(t->at + WORD + (size_t)(index - 1) * t->width, t->width);
}

// How many are not later than `time`.
static uint32_t count_until(const struct times *t, int64_t time) {
  uint32_t low = 0, high = t->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (time_at(t, middle) <= time) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

uint32_t nuo__state_count(const struct state *state, const struct store_key *key, int64_t after, int64_t time,
                          int64_t *times, uint32_t max, uint32_t *given) {
  uint32_t size;
  const uint8_t *record = nuo__store_get(state->store, key, &size);
  struct times t = times_of(record, size);
  uint32_t end = count_until(&t, time), first = count_until(&t, after);
  uint32_t count = end > first ? end - first : 0, wanted = times == NULL ? 0 : count < max ? count : max;
  for (uint32_t i = 0; i < wanted; i++) times[i] = time_at(&t, end - wanted + i);
  if (given != NULL) *given = wanted;
  return count;
}

static unsigned width_for(uint64_t distance) {
  unsigned w = 0;
  while (distance >> 8 * distance_bytes[w] != 0) w++;
  return w;
}

// Adds the newest at the end of the record, where that is all there is to do.
static bool append(struct state *state, const struct store_key *key, const struct times *t, uint32_t size,
                   int64_t time) {
  uint64_t distance = (uint64_t)(time - t->first);
  if (time < time_at(t, t->count - 1) || distance >> 8 * t->width != 0) return false;
  unsigned width = t->width;
  uint8_t *record = nuo__store_extend(state->store, key, size + width);
  if (record == NULL) return state->failed = true, true;
  nuo__bytes_write(record + size, width, distance);
  return true;
}

// Writes times [from, count) of `t` with `time` at its place among them.
static uint8_t *write_times(uint8_t *out, const struct times *t, uint32_t from, int64_t time) {
  uint32_t place = count_until(t, time), total = t->count + 1;
  int64_t first = 0, last = t->count == 0 || place == t->count ? time : time_at(t, t->count - 1);
  unsigned flags = 0, width = 0;
  for (uint32_t i = from; i < total; i++) {
    int64_t each = i == place ? time : time_at(t, i < place ? i : i - 1);
    if (i == from) {
      first = each;
      flags = width_for((uint64_t)(last - first));
      width = distance_bytes[flags];
      write_word(out, first, flags);
      out += WORD;
    } else {
      nuo__bytes_write(out, width, (uint64_t)(each - first));
      out += width;
    }
  }
  return out;
}

static uint32_t slack_of(uint32_t capacity) {
  return capacity < 32 ? 0 : capacity / 4;
}

uint32_t nuo__state_times_size(uint32_t capacity) {
  return WORD * (capacity + slack_of(capacity));
}

// How many of the oldest may go, once `time` is among them: beyond `capacity` no event at the horizon or
// later asks for them. Of many, they go some at a time: a record of 100,000 is not written anew for each.
static uint32_t surplus(const struct state *state, const struct times *t, int64_t time, uint32_t capacity) {
  uint32_t settled = count_until(t, state->horizon) + (time <= state->horizon);
  uint32_t slack = slack_of(capacity);
  return settled <= capacity || settled - capacity <= slack ? 0 : settled - capacity;
}

void nuo__state_tally(struct state *state, const struct store_key *key, int64_t time, uint32_t capacity) {
  uint32_t size;
  const uint8_t *record = nuo__store_get(state->store, key, &size);
  struct times t = times_of(record, size);
  uint32_t from = surplus(state, &t, time, capacity);
  if (from == 0 && t.count > 0 && append(state, key, &t, size, time)) return;
  if (!reserve(state, WORD * ((size_t)t.count + 1))) return;
  uint8_t *end = write_times(state->buffer, &t, from, time);
  put(state, key, state->buffer, (size_t)(end - state->buffer));
}
