// SPDX-License-Identifier: Apache-2.0
// Duties over the store, see duty.h. What is captured of the event that begins an instance is kept sealed:
// its identity (length, text), then a capture (capture.h). Called by vm_duty.c, vm_state.c and deadline.c.
#include "runtime/duty.h"

#include <string.h>

#include "runtime/bytes.h"
#include "runtime/capture.h"
#include "runtime/limits.h"
#include "runtime/text.h"
#include "runtime/when.h"

struct touched {
  struct store_key key;
  uint64_t number;  // of the instance
};

struct duty_view nuo__duty_view(struct state *state, struct scratch *scratch, const nuo_program *program,
                                uint32_t duty) {
  return (struct duty_view){.state = state,
                            .scratch = scratch,
                            .program = program,
                            .duty = &program->image.DUTIES[duty],
                            .zone = nuo__zone_set_get(program->zones, (uint16_t)program->policy_zone)};
}

static struct duty_view view_of(const struct machine *m, uint32_t duty) {
  return nuo__duty_view(m->state, m->texts, m->program, duty);
}

// ---- what happens when ----

static const struct image_step *step_of(const struct duty_view *v, uint32_t step) {
  return &v->program->image.STEPS[v->duty->step_first + step];
}

// A due time that nobody knows is the beginning itself, and no end of a day.
static bool is_by_day(const struct duty_view *v, const struct instance *i, uint32_t step) {
  const bool is_known = i->due[step] != i->began || (i->certain >> step & 1);
  return step_of(v, step)->by_day != 0 && is_known;
}

int64_t nuo__duty_due(const struct duty_view *v, const struct instance *i, uint32_t step) {
  return nuo__duty_moved(i, i->due[step], is_by_day(v, i, step), v->zone);
}

int64_t nuo__duty_suspended(const struct duty_view *v, const struct instance *i, uint32_t step) {
  return nuo__duty_stood(i, i->due[step], is_by_day(v, i, step), v->zone);
}

// The end of the time in which a missed step may be done late.
static int64_t late_end(const struct duty_view *v, const struct instance *i, uint32_t step) {
  int64_t due = nuo__duty_due(v, i, step), end;
  return __builtin_add_overflow(due, NUO__LATE_MS, &end) ? NUO__NEVER : end;
}

static struct moment earlier(struct moment a, struct moment b) {
  return b.at < a.at ? b : a;
}

static struct moment next_warning(const struct duty_view *v, const struct instance *i) {
  struct moment next = {.at = NUO__NEVER, .kind = MOMENT_WARNING};
  for (uint32_t k = 0; k < v->duty->warning_count; k++) {
    if (i->warned >> k & 1) continue;
    const bool by_day = v->duty->warnings_by_day >> k & 1;
    next =
        earlier(next, (struct moment){nuo__duty_moved(i, i->warning[k], by_day, v->zone), MOMENT_WARNING, k});
  }
  return next;
}

bool nuo__duty_awaits(const struct instance *i, uint32_t step) {
  return i->waiting >> step & 1 || (step >= i->step && !(i->passed >> step & 1));
}

struct moment nuo__duty_next(const struct duty_view *v, const struct instance *i) {
  struct moment over = {.at = INT64_MIN, .kind = MOMENT_OVER}, next = {.at = NUO__NEVER};
  const bool is_open = i->step < v->duty->step_count;
  if (is_open) next = next_warning(v, i);
  for (uint32_t k = 0; k < v->duty->step_count; k++)
    if (nuo__duty_awaits(i, k)) next = earlier(next, (struct moment){nuo__duty_due(v, i, k), MOMENT_DUE, k});
  if (is_open || i->waiting != 0) return next;
  for (uint32_t k = 0; k < v->duty->step_count; k++)
    if (i->missed >> k & 1 && late_end(v, i, k) > over.at) over.at = late_end(v, i, k);
  return over;
}

void nuo__duty_arm(const struct duty_view *v, const struct store_key *key, const struct instance *i) {
  const struct moment next = nuo__duty_next(v, i);
  int64_t at;
  if (next.at == NUO__NEVER) return;
  if (__builtin_add_overflow(next.at, v->duty->lateness, &at)) return;
  if (!nuo__store_timer_add(v->state->store, at, key)) v->state->failed = true;
}

// ---- what is told ----

bool nuo__duty_unseal(const struct duty_view *v, const struct store_key *key, const struct instance *i,
                      nuo_text *event, nuo_text *captured) {
  *event = *captured = (nuo_text){"", 0};
  if (i->sealed.len < SEAL_MARK) return false;
  const size_t size = i->sealed.len - SEAL_MARK;
  uint8_t *plain = nuo__scratch_alloc(v->scratch, size + 1);
  if (plain == NULL ||
      !nuo__unseal(&v->state->seal, key, (const uint8_t *)i->sealed.text, i->sealed.len, plain))
    return false;
  struct bytes_in in = {.at = plain, .end = plain + size};
  *event = nuo__bytes_take_text(&in);
  *captured = (nuo_text){(const char *)in.at, (size_t)(in.end - in.at)};
  return !in.bad;
}

static bool has_room(struct scratch *scratch, struct duty_log *log) {
  if (log->count < log->cap) return true;
  nuo_duty_change *grown = nuo__scratch_grow(scratch, log->at, log->count, &log->cap, sizeof *grown);
  if (grown == NULL) return false;
  log->at = grown;
  return true;
}

// Whether the deadline of a duty begins it.
static bool begins_otherwise(const struct duty_view *v) {
  const struct image *image = &v->program->image;
  return v->duty->trigger != IMAGE_NONE && image->EVENTS[v->duty->trigger].origin == ORIGIN_DUTY;
}

void nuo__duty_tell(const struct duty_view *v, struct duty_log *log, nuo_duty_state state, nuo_text event,
                    uint32_t step, int64_t due, bool is_last) {
  const struct image *image = &v->program->image;
  const struct image_rule *rule = &image->RULES[v->duty->rule];
  if (!has_room(v->scratch, log)) {
    v->state->failed = true;
    return;
  }
  nuo_duty_change *change = &log->at[log->count++];
  *change = (nuo_duty_change){.duty = nuo__text_of(image, v->duty->name),
                              .duty_zh = nuo__text_of(image, v->duty->name_zh),
                              .pack = nuo__pack_name(image, rule, false),
                              .pack_zh = nuo__pack_name(image, rule, true),
                              .clause = {"", 0},
                              .state = state,
                              .event = event,
                              .step = {"", 0},
                              .is_last = is_last,
                              .is_otherwise = begins_otherwise(v)};
  if (due != NUO__NEVER) {
    change->due = due;
    change->due_offset = nuo__zone_offset_at(v->zone, due);
  }
  if (rule->clause != IMAGE_NONE) change->clause = nuo__text_of(image, image->CLAUSES[rule->clause].number);
  if (step < v->duty->step_count) change->step = nuo__text_of(image, step_of(v, step)->awaited);
}

static void tell(const struct duty_view *v, const struct machine *m, const struct store_key *key,
                 const struct instance *i, nuo_duty_state state, uint32_t step, bool is_last) {
  nuo_text event, captured;
  const uint32_t shown = step < v->duty->step_count ? step : v->duty->step_count - 1;
  if (!nuo__duty_unseal(v, key, i, &event, &captured)) m->state->failed |= m->texts->failed;
  nuo__duty_tell(v, m->log, state, event, step, nuo__duty_due(v, i, shown), is_last);
}

// ---- records ----

static bool load(const struct duty_view *v, const struct store_key *key, struct duty_record *record) {
  *record = (struct duty_record){.steps = v->duty->step_count, .warnings = v->duty->warning_count};
  memcpy(record->identity, v->duty->identity, sizeof record->identity);
  if (!nuo__duty_load(v->state, v->scratch, key, record)) {
    v->state->failed |= v->scratch->failed;
    return false;
  }
  return record->steps == v->duty->step_count && record->warnings == v->duty->warning_count;
}

static void take_out(struct duty_record *record, size_t index) {
  record->count--;
  memmove(&record->at[index], &record->at[index + 1], (record->count - index) * sizeof *record->at);
}

void nuo__duty_go_on(struct instance *i, uint32_t step) {
  if (step >= i->step) i->passed |= 1u << step;
  while (i->passed >> i->step & 1) i->step++;
}

bool nuo__duty_is_over(const struct duty_view *v, const struct instance *i) {
  return i->step >= v->duty->step_count && (i->missed | i->waiting) == 0;
}

// ---- steps ----

static bool was_touched(const struct duty_log *log, const struct store_key *key, const struct instance *i) {
  for (size_t k = 0; k < log->touched_count; k++)
    if (memcmp(&log->touched[k].key, key, sizeof *key) == 0 && log->touched[k].number == i->number)
      return true;
  return false;
}

static void touch(const struct machine *m, const struct store_key *key, const struct instance *i) {
  struct duty_log *log = m->log;
  if (log->touched_count == log->touched_cap) {
    struct touched *grown =
        nuo__scratch_grow(m->texts, log->touched, log->touched_count, &log->touched_cap, sizeof *grown);
    if (grown == NULL) {
      m->state->failed = true;
      return;
    }
    log->touched = grown;
  }
  log->touched[log->touched_count++] = (struct touched){*key, i->number};
}

// Too late, but not told as missed yet: something in time may still come before that, and what comes for the
// next step counts already.
static bool meet_open(const struct duty_view *v, const struct machine *m, const struct store_key *key,
                      struct instance *i, uint32_t step, int64_t time) {
  const uint32_t bit = 1u << step;
  const bool in_time = time <= nuo__duty_due(v, i, step);
  if (!in_time && i->overdue & bit) return false;
  i->waiting = in_time ? i->waiting & ~bit : i->waiting | bit;
  i->overdue = in_time ? i->overdue & ~bit : i->overdue | bit;
  nuo__duty_go_on(i, step);
  touch(m, key, i);
  if (in_time) tell(v, m, key, i, NUO_DUTY_FULFILLED, step, i->step == v->duty->step_count);
  return true;
}

// Whether the steps before it are done, or their time is over: told as missed they may be later, when nothing
// in time can come any more.
static bool comes_next(const struct duty_view *v, const struct instance *i, uint32_t step, int64_t time) {
  if (step < i->step || i->passed >> step & 1) return false;
  for (uint32_t k = i->step; k < step; k++)
    if (!(i->passed >> k & 1) && time <= nuo__duty_due(v, i, k)) return false;
  return true;
}

// False when the event does nothing to the instance.
static bool meet(const struct duty_view *v, const struct machine *m, const struct store_key *key,
                 struct instance *i, uint32_t step, int64_t time) {
  const uint32_t bit = 1u << step;
  if (time < i->began || was_touched(m->log, key, i)) return false;
  if (comes_next(v, i, step, time) || i->waiting & bit) return meet_open(v, m, key, i, step, time);
  if (!(i->missed & bit) || time > late_end(v, i, step)) return false;
  i->missed &= ~bit;
  touch(m, key, i);
  tell(v, m, key, i, NUO_DUTY_LATE, step, nuo__duty_is_over(v, i));
  return true;
}

void nuo__duty_meet(const struct machine *m, uint32_t duty, const struct store_key *key, uint32_t step,
                    int64_t time) {
  const struct duty_view v = view_of(m, duty);
  struct duty_record record;
  bool changed = false;
  if (!load(&v, key, &record)) return;
  for (size_t k = 0; k < record.count;) {
    struct instance *i = &record.at[k];
    if (!meet(&v, m, key, i, step, time)) {
      k++;
      continue;
    }
    changed = true;
    if (nuo__duty_is_over(&v, i)) {
      take_out(&record, k);
    } else {
      nuo__duty_arm(&v, key, i);
      k++;
    }
  }
  if (changed) nuo__duty_save(m->state, key, &record);
}

// Ends what is due at that time or later: what was due before is still to be told as missed. False when that
// is nothing.
static bool discharge(const struct duty_view *v, const struct machine *m, const struct store_key *key,
                      struct instance *i, int64_t time) {
  uint32_t last = i->step, open = 0;
  for (; last < v->duty->step_count; last++) {
    if (i->passed >> last & 1) continue;
    if (time <= nuo__duty_due(v, i, last)) break;
    open |= 1u << last;
  }
  if (time < i->began || last >= v->duty->step_count) return false;
  tell(v, m, key, i, NUO_DUTY_DISCHARGED, last, true);
  i->waiting |= open;
  i->missed = 0;
  i->step = v->duty->step_count;
  return true;
}

void nuo__duty_discharge(const struct machine *m, uint32_t duty, const struct store_key *key, int64_t time) {
  const struct duty_view v = view_of(m, duty);
  struct duty_record record;
  if (!load(&v, key, &record)) return;
  bool changed = false;
  for (size_t k = 0; k < record.count;) {
    struct instance *i = &record.at[k];
    if (!discharge(&v, m, key, i, time)) {
      k++;
      continue;
    }
    changed = true;
    if (i->waiting == 0) {
      take_out(&record, k);
    } else {
      nuo__duty_arm(&v, key, i);
      k++;
    }
  }
  if (changed) nuo__duty_save(m->state, key, &record);
}

// ---- beginning ----

// Seals the identity of the event and what the moves take of it.
static bool seal(const struct duty_view *v, const struct machine *m, const struct image_opening *o,
                 uint32_t lane, const struct store_key *key, struct instance *i) {
  struct text_out *out = &m->state->record;
  static const char mark[SEAL_MARK];
  out->len = 0;
  nuo__out_bytes(out, mark, sizeof mark);
  nuo__bytes_put_text(out, (nuo_text){m->batch->id[lane].at, m->batch->id[lane].len});
  nuo__capture(m->program, m->batch, lane, m->program->image.MOVES + o->move_first, o->move_count, out);
  if (out->failed) return false;
  nuo__seal(&m->state->seal, key, (uint8_t *)out->at, out->len);
  char *copy = nuo__scratch_alloc(v->scratch, out->len);
  if (copy == NULL) return false;
  memcpy(copy, out->at, out->len);
  i->sealed = (nuo_text){copy, out->len};
  return true;
}

// Whose it is, where the key does not tell.
static bool own(const struct machine *m, const struct image_duty *duty, uint32_t lane, struct instance *i) {
  const struct image *image = &m->program->image;
  const uint32_t subject = image->EVENTS[duty->trigger].subject;
  if (duty->subject != IMAGE_KEY_MAX || subject == IMAGE_NONE) return true;
  const struct image_argument argument = {image->FIELDS[subject].reg_class, image->FIELDS[subject].reg};
  uint8_t *tag = nuo__scratch_alloc(m->texts, STATE_SUBJECT_SIZE);
  if (tag == NULL) return false;
  memset(tag, 0, STATE_SUBJECT_SIZE);
  nuo__state_tag(m->state, m->batch, lane, &argument, tag);
  i->subject = (nuo_text){(const char *)tag, STATE_SUBJECT_SIZE};
  return true;
}

static bool column(const struct machine *m, const struct image_argument *a, uint32_t lane, int64_t *value) {
  *value = m->batch->columns[a->reg][lane];
  return m->batch->column_known[a->reg] >> lane & 1 && nuo__when_is_instant(*value);
}

// A due time that nobody knows has come: whether the duty is kept cannot be told.
static void set_times(const struct machine *m, const struct duty_view *v, const struct image_opening *o,
                      uint32_t lane, struct instance *i) {
  const struct image_argument *due = m->program->image.ARGUMENTS + o->dues;
  const struct image_argument *warning = m->program->image.ARGUMENTS + o->warnings;
  for (uint32_t k = 0; k < v->duty->step_count; k++, due += 2) {
    const bool certain = m->batch->planes[due[1].reg].t >> lane & 1;
    const bool known = column(m, due, lane, &i->due[k]);
    if (!known || i->due[k] < i->began) i->due[k] = i->began;
    i->certain |= (uint32_t)(known && certain) << k;
  }
  for (uint32_t k = 0; k < v->duty->warning_count; k++) {
    if (column(m, &warning[k], lane, &i->warning[k])) continue;
    i->warning[k] = i->began;
    i->warned |= 1u << k;
  }
}

// Enters the duty where the fact that suspends it is looked for, and whether the clock stands already.
static void watch_clock(const struct machine *m, const struct duty_view *v, const struct image_opening *o,
                        uint32_t lane, const struct store_key *key, struct instance *i) {
  struct store_key fact, place;
  int64_t since, value;
  nuo_text text;
  uint32_t size;
  bool stops;
  if (v->duty->suspended == IMAGE_NONE) return;
  const struct key_shape shape = nuo__state_shape(&m->program->image, false, v->duty->suspended);
  if (!nuo__state_key(m->state, m->program, m->batch, lane, &shape,
                      m->program->image.ARGUMENTS + o->suspended, &fact))
    return;
  i->watched = true;
  i->fact = fact;
  i->stands = nuo__state_fact(m->state, &fact, i->began, &since, &value, &text);
  // What came late may begin before something that is known.
  for (int64_t at = i->began; nuo__state_fact_after(m->state, &fact, &at, &stops);)
    if (!nuo__duty_clock(m->texts, i, at, stops)) m->state->failed = true;
  place = nuo__state_clock_key(&fact);
  const char kind = (char)(RECORD_CLOCK << RECORD_KIND_SHIFT);
  const char *old = nuo__store_get(m->state->store, &place, &size);
  struct text_out *out = &m->state->record;
  out->len = 0;
  nuo__out_bytes(out, &kind, 1);
  if (old != NULL) nuo__out_bytes(out, old + 1, size - 1);
  for (size_t at = 1; at < out->len; at += sizeof *key)
    if (memcmp(out->at + at, key, sizeof *key) == 0) return;
  nuo__out_bytes(out, (const char *)key, sizeof *key);
  nuo__state_put(m->state, &place, out);
}

struct store_key nuo__duty_untied_key(const struct state *state, const struct image_duty *duty, nuo_text id) {
  struct store_key key =
      nuo__state_event_key(state, (nuo_text){(const char *)duty->identity, sizeof duty->identity}, id);
  memcpy(key.bytes + STATE_DEFINITION_AT, duty->identity, STATE_DEFINITION_SIZE);
  return key;
}

void nuo__duty_open(const struct machine *m, uint32_t opening, uint32_t lane) {
  const struct image *image = &m->program->image;
  const struct image_opening *o = &image->OPENINGS[opening];
  const struct duty_view v = view_of(m, o->duty);
  const struct key_shape shape = nuo__duty_shape(v.duty);
  const nuo_text id = {m->batch->id[lane].at, m->batch->id[lane].len};
  struct duty_record record;
  struct store_key key;
  // What is to be done otherwise begins once.
  if (m->again && image->EVENTS[v.duty->trigger].origin == ORIGIN_DUTY) return;
  if (!nuo__state_key(m->state, m->program, m->batch, lane, &shape, image->ARGUMENTS + o->key, &key))
    key = nuo__duty_untied_key(m->state, v.duty, id);
  if (!load(&v, &key, &record)) return;
  if (record.count == LIMIT_OPEN_DUTIES) {
    nuo__duty_tell(&v, m->log, NUO_DUTY_NOT_OPENED, id, 0, 0, false);
    return;
  }
  struct instance *fresh = nuo__duty_add(m->texts, &record);
  if (fresh == NULL || !own(m, v.duty, lane, fresh) || !seal(&v, m, o, lane, &key, fresh)) {
    m->state->failed = true;
    return;
  }
  fresh->number = record.count > 1 ? fresh[-1].number + 1 : 0;
  fresh->began = m->batch->columns[0][lane];
  set_times(m, &v, o, lane, fresh);
  watch_clock(m, &v, o, lane, &key, fresh);
  nuo__duty_arm(&v, &key, fresh);
  nuo__duty_tell(&v, m->log, NUO_DUTY_OPENED, id, 0, nuo__duty_due(&v, fresh, 0), false);
  nuo__duty_save(m->state, &key, &record);
}

// ---- the clock ----

static void stop_one(const struct machine *m, const struct store_key *key, const struct store_key *fact,
                     int64_t time, bool stops) {
  struct duty_record record = {.steps = 0};
  const struct image *image = &m->program->image;
  int64_t since, value;
  nuo_text text;
  if (!nuo__duty_load(m->state, m->texts, key, &record)) {
    m->state->failed |= m->texts->failed;
    return;
  }
  for (uint32_t d = 0; d < image->DUTIES_count && record.count > 0; d++) {
    if (memcmp(image->DUTIES[d].identity, record.identity, sizeof record.identity) != 0) continue;
    const struct duty_view v = view_of(m, d);
    for (size_t k = 0; k < record.count; k++) {
      struct instance *i = &record.at[k];
      if (!i->watched || memcmp(&i->fact, fact, sizeof *fact) != 0) continue;
      if (time <= i->began)
        i->stands = nuo__state_fact(m->state, fact, i->began, &since, &value, &text);
      else if (!nuo__duty_clock(m->texts, i, time, stops))
        m->state->failed = true;
      nuo__duty_arm(&v, key, &record.at[k]);
    }
    nuo__duty_save(m->state, key, &record);
    return;
  }
}

// Duties that are done are dropped from the list by the way.
void nuo__duty_stop_clock(const struct machine *m, const struct store_key *fact, int64_t time, bool stops) {
  const struct store_key place = nuo__state_clock_key(fact);
  uint32_t size, kept;
  const uint8_t *list = nuo__store_get(m->state->store, &place, &size);
  if (list == NULL) return;
  uint8_t *copy = nuo__scratch_alloc(m->texts, size);
  if (copy == NULL) {
    m->state->failed = true;
    return;
  }
  memcpy(copy, list, size);
  kept = 1;
  for (uint32_t at = 1; at + sizeof(struct store_key) <= size; at += sizeof(struct store_key)) {
    struct store_key key;
    uint32_t there;
    memcpy(&key, copy + at, sizeof key);
    if (nuo__store_get(m->state->store, &key, &there) == NULL) continue;
    stop_one(m, &key, fact, time, stops);
    memmove(copy + kept, &key, sizeof key);
    kept += (uint32_t)sizeof key;
  }
  if (kept < size && !nuo__store_put(m->state->store, &place, copy, kept == 1 ? 0 : kept))
    m->state->failed = true;
}
