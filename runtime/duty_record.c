// SPDX-License-Identifier: Apache-2.0
// Records of duties, see duty_record.h. A record: its kind (1 byte), the duty's identity (16), how many steps
// and warnings the duty has; then each instance as its length and numbers of variable length, times as
// distances from its beginning. Called by duty.c, deadline.c and engine_state.c.
#include "runtime/duty_record.h"

#include <string.h>

#include "runtime/bytes.h"
#include "runtime/when.h"

#define HEAD 17

// ---- reading ----

struct instance *nuo__duty_add(struct scratch *scratch, struct duty_record *record) {
  if (record->count == record->cap) {
    struct instance *grown =
        nuo__scratch_grow(scratch, record->at, record->count, &record->cap, sizeof *grown);
    if (grown == NULL) return NULL;
    record->at = grown;
  }
  struct instance *fresh = &record->at[record->count++];
  memset(fresh, 0, sizeof *fresh);
  return fresh;
}

static bool take_changes(struct bytes_in *in, struct scratch *scratch, struct instance *instance) {
  const uint64_t count = nuo__bytes_take(in);
  for (uint64_t i = 0; i < count && !in->bad; i++) {
    const int64_t distance = nuo__bytes_take_signed(in);
    if (!nuo__duty_clock(scratch, instance, instance->began + (distance >> 1), distance & 1)) return false;
  }
  return true;
}

static bool copy_text(struct bytes_in *in, struct scratch *scratch, nuo_text *text) {
  const nuo_text read = nuo__bytes_take_text(in);
  char *copy = nuo__scratch_alloc(scratch, read.len + 1);
  if (copy == NULL) return false;
  memcpy(copy, read.text, read.len);
  *text = (nuo_text){copy, read.len};
  return true;
}

static bool take_instance(struct bytes_in *in, struct scratch *scratch, struct duty_record *record) {
  struct instance *i = nuo__duty_add(scratch, record);
  if (i == NULL) return false;
  i->number = nuo__bytes_take(in);
  i->began = nuo__bytes_take_signed(in);
  i->step = (uint32_t)nuo__bytes_take(in);
  i->missed = (uint32_t)nuo__bytes_take(in);
  i->waiting = (uint32_t)nuo__bytes_take(in);
  i->overdue = (uint32_t)nuo__bytes_take(in);
  i->passed = (uint32_t)nuo__bytes_take(in);
  i->warned = (uint32_t)nuo__bytes_take(in);
  i->certain = (uint32_t)nuo__bytes_take(in);
  for (uint32_t k = 0; k < record->steps; k++) i->due[k] = i->began + nuo__bytes_take_signed(in);
  for (uint32_t k = 0; k < record->warnings; k++) i->warning[k] = i->began + nuo__bytes_take_signed(in);
  i->failed = nuo__bytes_take(in) != 0;
  i->stands = nuo__bytes_take(in) != 0;
  const nuo_text fact = nuo__bytes_take_text(in);
  i->watched = fact.len == sizeof i->fact;
  if (i->watched) memcpy(&i->fact, fact.text, sizeof i->fact);
  if (!take_changes(in, scratch, i)) return false;
  return copy_text(in, scratch, &i->subject) && copy_text(in, scratch, &i->sealed) && !in->bad;
}

bool nuo__duty_load(const struct state *state, struct scratch *scratch, const struct store_key *key,
                    struct duty_record *record) {
  uint32_t size;
  const uint8_t *at = nuo__store_get(state->store, key, &size);
  if (at == NULL) return true;
  if (size < HEAD || nuo__record_kind(at) != RECORD_DUTY) return false;
  struct bytes_in in = {.at = at + HEAD, .end = at + size};
  memcpy(record->identity, at + 1, sizeof record->identity);
  record->steps = (uint32_t)nuo__bytes_take(&in);
  record->warnings = (uint32_t)nuo__bytes_take(&in);
  if (record->steps > IMAGE_STEP_MAX || record->warnings > IMAGE_WARNING_MAX) return false;
  while (in.at < in.end)
    if (!take_instance(&in, scratch, record)) return false;
  return !in.bad;
}

// ---- writing ----

static void put_instance(struct text_out *out, const struct duty_record *record, const struct instance *i) {
  nuo__bytes_put(out, i->number);
  nuo__bytes_put_signed(out, i->began);
  nuo__bytes_put(out, i->step);
  nuo__bytes_put(out, i->missed);
  nuo__bytes_put(out, i->waiting);
  nuo__bytes_put(out, i->overdue);
  nuo__bytes_put(out, i->passed);
  nuo__bytes_put(out, i->warned);
  nuo__bytes_put(out, i->certain);
  for (uint32_t k = 0; k < record->steps; k++) nuo__bytes_put_signed(out, i->due[k] - i->began);
  for (uint32_t k = 0; k < record->warnings; k++) nuo__bytes_put_signed(out, i->warning[k] - i->began);
  nuo__bytes_put(out, i->failed);
  nuo__bytes_put(out, i->stands);
  nuo__bytes_put_text(out, (nuo_text){(const char *)&i->fact, i->watched ? sizeof i->fact : 0});
  nuo__bytes_put(out, i->change_count);
  for (size_t k = 0; k < i->change_count; k++)
    nuo__bytes_put_signed(out, (int64_t)((uint64_t)(i->changes[k].at - i->began) << 1 | i->changes[k].stops));
  nuo__bytes_put_text(out, i->subject);
  nuo__bytes_put_text(out, i->sealed);
}

void nuo__duty_save(struct state *state, const struct store_key *key, const struct duty_record *record) {
  struct text_out *out = &state->record;
  const char kind = (char)(RECORD_DUTY << RECORD_KIND_SHIFT);
  out->len = 0;
  if (record->count > 0) {
    nuo__out_bytes(out, &kind, 1);
    nuo__out_bytes(out, (const char *)record->identity, sizeof record->identity);
    nuo__bytes_put(out, record->steps);
    nuo__bytes_put(out, record->warnings);
  }
  for (size_t i = 0; i < record->count; i++) put_instance(out, record, &record->at[i]);
  nuo__state_put(state, key, out);
}

size_t nuo__duty_forget(struct state *state, struct scratch *scratch, const struct store_key *key,
                        const uint8_t tag[STATE_SUBJECT_SIZE], bool *is_empty) {
  struct duty_record record = {.steps = 0};
  size_t kept = 0;
  if (!nuo__duty_load(state, scratch, key, &record)) return 0;
  for (size_t i = 0; i < record.count; i++) {
    const nuo_text subject = record.at[i].subject;
    if (subject.len == STATE_SUBJECT_SIZE && memcmp(subject.text, tag, STATE_SUBJECT_SIZE) == 0) continue;
    record.at[kept++] = record.at[i];
  }
  const size_t gone = record.count - kept;
  record.count = kept;
  *is_empty = kept == 0;
  if (gone > 0 && kept > 0) nuo__duty_save(state, key, &record);
  return gone;
}

uint32_t nuo__duty_size(const struct image_duty *duty) {
  const uint32_t time = 8, bits = 3;  // a time of 50 bits, and a bit for each step or warning
  return HEAD + 2 + time * (1 + duty->step_count + duty->warning_count) + 1 + 4 * bits + 2 + 3 + SEAL_MARK;
}

// ---- the clock ----

static bool end_of_day(int64_t at, const struct zone *zone, int64_t *end) {
  int32_t date, clock;
  if (!nuo__zone_local(zone, at, &date, &clock) || !nuo__when_is_date((int64_t)date + 1)) return false;
  if (!nuo__zone_instant(zone, date + 1, 0, end)) return false;
  --*end;
  return true;
}

// The time as it is after the clock has stood for `sum`; one that cannot be written any more never comes.
static int64_t moved_by(int64_t at, int64_t sum, bool by_day, const struct zone *zone) {
  int64_t moved;
  if (sum == 0) return at;
  if (__builtin_add_overflow(at, sum, &moved) || !nuo__when_is_instant(moved)) return NUO__NEVER;
  if (by_day && !end_of_day(moved, zone, &moved)) return NUO__NEVER;
  return moved;
}

// *stood: for how long the clock had stood in all.
static int64_t move(const struct instance *i, int64_t at, bool by_day, const struct zone *zone,
                    int64_t *stood) {
  int64_t sum = 0, since = i->began, moved = at;
  bool stands = i->stands;
  for (size_t k = 0; k < i->change_count; k++) {
    const struct clock_change *change = &i->changes[k];
    if (change->stops == stands) continue;
    if (change->stops && change->at > moved) break;  // it was due before
    if (!change->stops) sum += change->at - since;
    since = change->at;
    stands = change->stops;
    moved = moved_by(at, sum, by_day, zone);
  }
  *stood = sum;
  return stands ? NUO__NEVER : moved;
}

int64_t nuo__duty_moved(const struct instance *i, int64_t at, bool by_day, const struct zone *zone) {
  int64_t stood;
  return move(i, at, by_day, zone, &stood);
}

int64_t nuo__duty_stood(const struct instance *i, int64_t at, bool by_day, const struct zone *zone) {
  int64_t stood;
  move(i, at, by_day, zone, &stood);
  return stood;
}

bool nuo__duty_clock(struct scratch *scratch, struct instance *i, int64_t at, bool stops) {
  size_t place = i->change_count;
  if (at < i->began) return true;
  while (place > 0 && i->changes[place - 1].at > at) place--;
  if (place > 0 && i->changes[place - 1].at == at) {
    i->changes[place - 1].stops &= stops;
    return true;
  }
  if (i->change_count == i->change_cap) {
    struct clock_change *grown =
        nuo__scratch_grow(scratch, i->changes, i->change_count, &i->change_cap, sizeof *grown);
    if (grown == NULL) return false;
    i->changes = grown;
  }
  memmove(&i->changes[place + 1], &i->changes[place], (i->change_count++ - place) * sizeof *i->changes);
  i->changes[place] = (struct clock_change){at, stops};
  return true;
}
