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

#include "runtime/text_out.h"
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
  memcpy(state->secret, secret, sizeof state->secret);
  nuo__seal_init(&state->seal, secret);
  crypto_generichash(state->subject_key, sizeof state->subject_key, (const uint8_t *)"nuo: of subjects", 16,
                     secret, sizeof state->secret);
  state->store = nuo__store_new(allocator);
  for (int i = 0; i < 2; i++) state->recent[i] = nuo__store_new(allocator);
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

// ---- keys ----

#define KEY_TEXT 48  // longer texts go into a key by their own hash
#define KEY_TEXT_HASHED 255
#define KEY_BYTES (17 + IMAGE_KEY_MAX * (2 + KEY_TEXT))

struct key_maker {
  const struct state *state;
  const nuo_program *program;
  const struct batch *batch;
  uint32_t lane;
  uint8_t bytes[KEY_BYTES];
  size_t len;
};

// Leaves the bytes as they are: there are many, and few are used.
static void begin_key(struct key_maker *m, const struct state *state, const nuo_program *program,
                      const struct batch *batch, uint32_t lane) {
  m->state = state;
  m->program = program;
  m->batch = batch;
  m->lane = lane;
  m->len = 0;
}

void nuo__state_hash(const struct state *state, const void *bytes, size_t len, struct store_key *key) {
  crypto_shorthash_siphashx24(key->bytes, bytes, len, state->secret);
}

static void add_bytes(struct key_maker *m, const void *bytes, size_t len) {
  memcpy(m->bytes + m->len, bytes, len);
  m->len += len;
}

static void add_number(struct key_maker *m, int64_t number) {
  for (int i = 0; i < 8; i++) m->bytes[m->len++] = (uint8_t)((uint64_t)number >> 8 * i);
}

static void add_text(struct key_maker *m, const char *text, size_t len) {
  struct store_key hash;
  m->bytes[m->len++] = (uint8_t)(len <= KEY_TEXT ? len : KEY_TEXT_HASHED);
  if (len <= KEY_TEXT) {
    if (len > 0) add_bytes(m, text, len);
    return;
  }
  nuo__state_hash(m->state, text, len, &hash);
  add_bytes(m, hash.bytes, sizeof hash.bytes);
}

// A zone goes in by its name: its handle is another in another program.
static bool add_column(struct key_maker *m, uint8_t kind, uint16_t reg) {
  char name[ZONE_NAME_MAX];
  int64_t value = m->batch->columns[reg][m->lane];
  if (!(m->batch->column_known[reg] >> m->lane & 1)) return false;
  if (kind != VALUE_ZONE) return add_number(m, value), true;
  if (value < 0 || value > UINT16_MAX) return false;
  size_t len = nuo__zone_set_name(m->program->zones, (uint16_t)value, name);
  add_text(m, name, len);
  return len > 0;
}

static bool add_argument(struct key_maker *m, uint8_t kind, const struct image_argument *argument) {
  const struct batch *b = m->batch;
  const uint16_t reg = argument->reg;
  m->bytes[m->len++] = kind;
  if (argument->reg_class == REG_COLUMN) return add_column(m, kind, reg);
  if (argument->reg_class == REG_TEXT) {
    add_text(m, b->texts[reg].at[m->lane],
             b->text_known[reg] >> m->lane & 1 ? b->texts[reg].len[m->lane] : 0);
    return b->text_known[reg] >> m->lane & 1;
  }
  add_number(m, (int64_t)(b->planes[reg].t >> m->lane & 1));
  return (b->planes[reg].t | b->planes[reg].f) >> m->lane & 1;
}

// ---- subjects ----

void nuo__state_subject(const struct state *state, nuo_text subject, uint8_t tag[STATE_SUBJECT_SIZE]) {
  _Static_assert(crypto_shorthash_BYTES == STATE_SUBJECT_SIZE, "a tag is a short hash");
  crypto_shorthash(tag, (const uint8_t *)subject.text, subject.len, state->subject_key);
}

void nuo__state_subject_number(const struct state *state, int64_t subject, uint8_t tag[STATE_SUBJECT_SIZE]) {
  char digits[24];
  size_t len = nuo__text_format(digits, sizeof digits, "%lld", (long long)subject);
  nuo__state_subject(state, (nuo_text){digits, len}, tag);
}

void nuo__state_tag(const struct state *state, const struct batch *b, uint32_t lane,
                    const struct image_argument *argument, uint8_t tag[STATE_SUBJECT_SIZE]) {
  const uint16_t reg = argument->reg;
  if (argument->reg_class == REG_TEXT) {
    if (!(b->text_known[reg] >> lane & 1)) return;
    nuo__state_subject(state, (nuo_text){b->texts[reg].at[lane], b->texts[reg].len[lane]}, tag);
  } else if (argument->reg_class == REG_COLUMN && b->column_known[reg] >> lane & 1) {
    nuo__state_subject_number(state, b->columns[reg][lane], tag);
  }
}

bool nuo__state_is_of(const uint8_t tag[STATE_SUBJECT_SIZE], const struct store_key *key, const void *record,
                      uint32_t size) {
  if (memcmp(key->bytes + STATE_SUBJECT_AT, tag, STATE_SUBJECT_SIZE) == 0) return true;
  return record != NULL && nuo__record_kind(record) == RECORD_WAITING &&
         nuo__state_waits_for(record, size, tag);
}

// ---- keys of definitions ----

bool nuo__state_key_shaped(const struct state *state, const nuo_program *program, const struct batch *batch,
                           uint32_t lane, const struct key_shape *shape,
                           const struct image_argument *arguments, struct store_key *key) {
  struct key_maker m;
  begin_key(&m, state, program, batch, lane);
  m.bytes[m.len++] = (uint8_t)shape->kind;
  add_bytes(&m, shape->identity, 16);
  for (uint8_t k = 0; k < shape->count; k++) {
    if (!add_argument(&m, shape->kinds[k], &arguments[k])) return false;
  }
  nuo__state_hash(state, m.bytes, m.len, key);
  memcpy(key->bytes + STATE_DEFINITION_AT, shape->identity, STATE_DEFINITION_SIZE);
  if (shape->subject > 0)
    nuo__state_tag(state, batch, lane, &arguments[shape->subject - 1], key->bytes + STATE_SUBJECT_AT);
  return true;
}

bool nuo__state_key_of(const struct state *state, const nuo_program *program, const struct batch *batch,
                       uint32_t lane, bool counter, uint32_t index, const struct image_argument *arguments,
                       struct store_key *key) {
  struct key_shape shape = {.kind = KEY_OF_FACT};
  if (counter) {
    const struct image_counter *c = &program->image.COUNTERS[index];
    shape = (struct key_shape){KEY_OF_COUNTER, c->identity, c->key_kinds, c->key_count,
                               nuo__state_subject_of(c->subject)};
  } else {
    const struct image_fact *f = &program->image.FACTS[index];
    shape = (struct key_shape){KEY_OF_FACT, f->identity, f->key_kinds, f->key_count,
                               nuo__state_subject_of(f->subject)};
  }
  return nuo__state_key_shaped(state, program, batch, lane, &shape, arguments, key);
}

bool nuo__state_key(const struct state *state, const nuo_program *program, const struct batch *batch,
                    uint32_t lane, bool counter, uint32_t index, uint32_t first, struct store_key *key) {
  return nuo__state_key_of(state, program, batch, lane, counter, index, program->image.ARGUMENTS + first,
                           key);
}

struct store_key nuo__state_event_key(const struct state *state, nuo_text type, nuo_text id) {
  struct key_maker m;
  struct store_key key;
  begin_key(&m, state, NULL, NULL, 0);
  m.bytes[m.len++] = KEY_OF_EVENT;
  add_text(&m, type.text, type.len);
  add_text(&m, id.text, id.len);
  nuo__state_hash(state, m.bytes, m.len, &key);
  return key;
}

struct store_key nuo__state_clock_key(const struct state *state, const struct store_key *fact) {
  struct key_maker m;
  struct store_key key;
  begin_key(&m, state, NULL, NULL, 0);
  m.bytes[m.len++] = KEY_OF_CLOCK;
  add_bytes(&m, fact->bytes, sizeof fact->bytes);
  nuo__state_hash(state, m.bytes, m.len, &key);
  // It is the fact's, and its subject's.
  memcpy(key.bytes + STATE_DEFINITION_AT, fact->bytes + STATE_DEFINITION_AT,
         sizeof key.bytes - STATE_DEFINITION_AT);
  return key;
}

// ---- words and numbers in records ----

static uint64_t read_bytes(const uint8_t *at, unsigned count) {
  uint64_t value = 0;
  for (unsigned i = 0; i < count; i++) value |= (uint64_t)at[i] << 8 * i;
  return value;
}

static void write_bytes(uint8_t *at, unsigned count, uint64_t value) {
  for (unsigned i = 0; i < count; i++) at[i] = (uint8_t)(value >> 8 * i);
}

static int64_t word_time(const uint8_t *at) {
  return (int64_t)(read_bytes(at, WORD) >> TIME_SHIFT) + NUO__WHEN_FIRST_MS;
}

static unsigned word_flags(const uint8_t *at) {
  return at[0] & ((1u << RECORD_KIND_SHIFT) - 1);
}

static void write_word(uint8_t *at, int64_t time, unsigned flags) {
  uint64_t distance = (uint64_t)(time - NUO__WHEN_FIRST_MS);
  write_bytes(at, WORD, distance << TIME_SHIFT | RECORD_HISTORY << RECORD_KIND_SHIFT | flags);
}

// ---- marks ----

#define MARKS_SIZE (1 + 3 * 8)

static const struct store_key key_of_marks;  // no hash comes out as this one

bool nuo__state_save(struct state *state) {
  uint8_t record[MARKS_SIZE] = {RECORD_MARKS << RECORD_KIND_SHIFT};
  write_bytes(record + 1, 8, (uint64_t)state->high_water);
  write_bytes(record + 9, 8, (uint64_t)state->horizon);
  write_bytes(record + 17, 8, (uint64_t)state->first_seen);
  return nuo__store_put(state->store, &key_of_marks, record, sizeof record);
}

void nuo__state_restore(struct state *state) {
  uint32_t size;
  const uint8_t *record = nuo__store_get(state->store, &key_of_marks, &size);
  if (size != MARKS_SIZE) return;
  state->high_water = (int64_t)read_bytes(record + 1, 8);
  state->horizon = (int64_t)read_bytes(record + 9, 8);
  state->first_seen = (int64_t)read_bytes(record + 17, 8);
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
  return t->first + (int64_t)read_bytes(t->at + WORD + (size_t)(index - 1) * t->width, t->width);
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
  write_bytes(record + size, width, distance);
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
      write_bytes(out, width, (uint64_t)(each - first));
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
