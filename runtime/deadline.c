// SPDX-License-Identifier: Apache-2.0
// What time leads to: warnings, missed steps, the ends of periods. A deadline passes when the clock is behind
// it by more than what may still come late; it is decided with its true time, before the event that moved the
// clock, by the version of the policy in force when the duty began. Called by turn.c and session.c.
#include <string.h>

#include "runtime/bytes.h"
#include "runtime/calendar.h"
#include "runtime/capture.h"
#include "runtime/decide.h"
#include "runtime/limits.h"
#include "runtime/text.h"
#include "runtime/when.h"

// The duty of a version with this identity.
static bool find_duty(const nuo_session *s, size_t version, const uint8_t identity[16], uint32_t *duty) {
  const struct image *image = &s->versions[version].program->image;
  for (*duty = 0; *duty < image->DUTIES_count; ++*duty)
    if (memcmp(image->DUTIES[*duty].identity, identity, 16) == 0) return true;
  return false;
}

static struct duty_view view_of(nuo_session *s, size_t version, uint32_t duty) {
  return nuo__duty_view(&s->engine->state, &s->scratch, s->versions[version].program, duty);
}

static nuo_text take_out(nuo_session *s, size_t start) {
  const size_t len = s->out.len - start;
  char *copy = nuo__scratch_alloc(&s->scratch, len + 1);
  s->out.len = start;
  if (copy == NULL || s->out.failed) return (nuo_text){NULL, 0};
  memcpy(copy, s->out.at + start, len);
  return (nuo_text){copy, len};
}

// ---- duties that an event has begun ----

static bool tell_warning(nuo_session *s, const struct duty_view *v, const struct instance *i,
                         const struct moment *moment, nuo_text event) {
  const struct image *image = &v->program->image;
  struct duty_log log = {.count = 0};
  nuo__duty_tell(v, &log, NUO_DUTY_WARNED, event, i->step, nuo__duty_due(v, i, i->step), false);
  const nuo_decision d = {.event_id = event,
                          .event_type = nuo__text_of(image, image->EVENTS[v->duty->event].wire),
                          .time = moment->at,
                          .utc_offset = nuo__zone_offset_at(v->zone, moment->at),
                          .duties = log.at,
                          .duty_count = log.count,
                          .caused_by = event,
                          .deadline = true,
                          .program = &v->program->info};
  return log.count > 0 && nuo__decide_add(s, &d);
}

// The duty's own event: what was captured when it began, and what was missed.
static nuo_text capture_missed(nuo_session *s, const struct duty_view *v, const struct instance *i,
                               uint32_t step, nuo_text event, nuo_text captured) {
  const struct image *image = &v->program->image;
  const uint32_t field = image->EVENTS[v->duty->event].field_first;
  const size_t start = s->out.len;
  const int64_t due = nuo__duty_due(v, i, step);
  nuo__out_bytes(&s->out, captured.text, captured.len);
  nuo__capture_text(v->program, field + DUTY_ID, event, &s->out);
  nuo__capture_number(v->program, field + DUTY_DUE, due, &s->out);
  nuo__capture_text(v->program, field + DUTY_STEP,
                    nuo__text_of(image, image->STEPS[v->duty->step_first + step].awaited), &s->out);
  if (i->certain >> step & 1) nuo__capture_number(v->program, field + DUTY_CALENDAR, 1, &s->out);
  const int64_t suspended = nuo__duty_suspended(v, i, step);
  if (suspended > 0) nuo__capture_number(v->program, field + DUTY_SUSPENDED, suspended, &s->out);
  return take_out(s, start);
}

// Moves the instance past the step, so that what is decided meanwhile finds it so.
static bool miss(nuo_session *s, size_t version, const struct duty_view *v, const struct store_key *key,
                 struct duty_record *record, size_t index, uint32_t step, struct derived *derived) {
  struct instance *i = &record->at[index];
  const uint32_t bit = 1u << step;
  struct duty_log log = {.count = 0};
  nuo_text event, captured;
  if (!nuo__duty_unseal(v, key, i, &event, &captured) && s->scratch.failed) return false;
  const int64_t due = nuo__duty_due(v, i, step);
  const bool came_late = i->overdue & bit;
  *derived = (struct derived){.version = version,
                              .event = v->duty->event,
                              .captured = capture_missed(s, v, i, step, event, captured),
                              .root = event,
                              .zone = DERIVED_OWN_ZONE,
                              .deadline = true,
                              .again = i->failed};
  nuo__duty_go_on(i, step);
  i->waiting &= ~bit;
  i->failed = true;
  if (!came_late) i->missed |= bit;
  nuo__duty_tell(v, &log, NUO_DUTY_MISSED, event, step, due, false);
  if (came_late) nuo__duty_tell(v, &log, NUO_DUTY_LATE, event, step, due, nuo__duty_is_over(v, i));
  if (nuo__duty_is_over(v, i)) {
    record->count--;
    memmove(i, i + 1, (record->count - index) * sizeof *i);
  } else {
    nuo__duty_arm(v, key, i);
  }
  nuo__duty_save(v->state, key, record);
  derived->changes = log.at;
  derived->change_count = log.count;
  return derived->captured.text != NULL && !v->state->failed;
}

// What comes next of a record.
struct place {
  size_t version, index;  // index: of the instance
  uint32_t duty;
  struct moment moment;
};

// What else than a deadline.
static bool pass_moment(nuo_session *s, const struct duty_view *v, const struct store_key *key,
                        struct duty_record *record, size_t index, const struct moment *moment) {
  struct instance *i = &record->at[index];
  nuo_text event, captured;
  if (moment->kind == MOMENT_WARNING) {
    if (!nuo__duty_unseal(v, key, i, &event, &captured) && s->scratch.failed) return false;
    i->warned |= 1u << moment->index;
    nuo__duty_arm(v, key, i);
    nuo__duty_save(v->state, key, record);
    return tell_warning(s, v, i, moment, event);
  }
  record->count--;
  memmove(i, i + 1, (record->count - index) * sizeof *i);
  nuo__duty_save(v->state, key, record);
  return true;
}

// ---- duties that are one breach ----

// By rank: the duty itself, and those that are one breach with it. How many places there are.
static size_t list_same(const struct image *image, uint32_t duty, uint32_t list[LIMIT_SAME]) {
  const uint32_t same = image->RULES[image->DUTIES[duty].rule].same;
  list[0] = duty;
  if (same == IMAGE_NONE) return 1;
  for (size_t k = 0; k < LIMIT_SAME; k++) list[k] = IMAGE_NONE;
  for (uint32_t k = 0; k < image->DUTIES_count; k++) {
    const struct image_rule *rule = &image->RULES[image->DUTIES[k].rule];
    if (rule->same == same) list[rule->same_rank] = k;
  }
  return LIMIT_SAME;
}

// Such duties are tied to the same values, so the key of one tells that of the other.
static struct store_key key_of_other(const struct duty_view *v, const struct store_key *key,
                                     const struct image_duty *other, nuo_text event) {
  const struct store_key untied = nuo__duty_untied_key(v->state, v->duty, event);
  if (memcmp(&untied, key, sizeof untied) == 0) return nuo__duty_untied_key(v->state, other, event);
  const struct key_shape own = nuo__duty_shape(v->duty), wanted = nuo__duty_shape(other);
  const struct store_key before = nuo__state_definition(&own), after = nuo__state_definition(&wanted);
  struct store_key found = *key;
  for (size_t i = 0; i < sizeof found.bytes; i++) found.bytes[i] ^= before.bytes[i] ^ after.bytes[i];
  return found;
}

// What an instance has in common with those that are missed together with it.
struct cause {
  nuo_text event;
  int64_t began, due;
};

// Whether a step of the instance is missed together with what has that cause.
static bool has_cause(const struct duty_view *v, const struct store_key *key, const struct instance *i,
                      const struct cause *cause) {
  nuo_text event, captured;
  uint32_t k = 0;
  if (i->began != cause->began) return false;
  while (k < v->duty->step_count && !(nuo__duty_awaits(i, k) && nuo__duty_due(v, i, k) == cause->due)) k++;
  return k < v->duty->step_count && nuo__duty_unseal(v, key, i, &event, &captured) &&
         nuo__text_equal(event, cause->event);
}

// The step of another duty that the same event began and that is missed at the same instant, when there is
// one; what it warns of at that instant comes first.
static bool miss_with(nuo_session *s, size_t version, const struct duty_view *v, const struct store_key *key,
                      const struct cause *cause, struct derived *derived, bool *found) {
  for (;;) {
    struct duty_record record = {.steps = 0};
    size_t k = 0;
    *found = false;
    if (!nuo__duty_load(v->state, &s->scratch, key, &record)) return !s->scratch.failed;
    if (memcmp(record.identity, v->duty->identity, sizeof record.identity) != 0) return true;
    while (k < record.count && !has_cause(v, key, &record.at[k], cause)) k++;
    if (s->scratch.failed || k == record.count) return !s->scratch.failed;
    const struct moment moment = nuo__duty_next(v, &record.at[k]);
    *found = moment.kind == MOMENT_DUE;
    if (*found) return miss(s, version, v, key, &record, k, moment.index, derived);
    if (!pass_moment(s, v, key, &record, k, &moment)) return false;
  }
}

// A deadline of the instance at `first`, with those that are one breach with it.
static bool pass_due(nuo_session *s, const struct place *first, const struct store_key *key,
                     struct duty_record *record) {
  const struct image *image = &s->versions[first->version].program->image;
  const struct duty_view own = view_of(s, first->version, first->duty);
  struct cause cause = {.began = record->at[first->index].began, .due = first->moment.at};
  struct derived missed[LIMIT_SAME];
  uint32_t duties[LIMIT_SAME];
  nuo_text captured;
  size_t count = 0;
  if (!nuo__duty_unseal(&own, key, &record->at[first->index], &cause.event, &captured) && s->scratch.failed)
    return false;
  const size_t places = list_same(image, first->duty, duties);
  for (size_t k = 0; k < places; k++) {
    bool found = true;
    if (duties[k] == IMAGE_NONE) continue;
    const struct duty_view v = view_of(s, first->version, duties[k]);
    const struct store_key other = key_of_other(&own, key, v.duty, cause.event);
    if (duties[k] == first->duty
            ? !miss(s, first->version, &v, key, record, first->index, first->moment.index, &missed[count])
            : !miss_with(s, first->version, &v, &other, &cause, &missed[count], &found))
      return false;
    count += found;
  }
  return nuo__derive_decide(s, missed, count);
}

// ---- what is to happen next ----

// The first thing that is to happen to an instance of the record and is over at `at`, each by the version in
// force when it began.
static bool first_moment(nuo_session *s, const struct duty_record *record, int64_t at, struct place *first) {
  bool found = false;
  for (size_t k = 0; k < record->count; k++) {
    struct place place = {.index = k, .version = nuo__session_version(s, record->at[k].began)};
    if (!find_duty(s, place.version, record->identity, &place.duty)) continue;
    const struct duty_view v = view_of(s, place.version, place.duty);
    place.moment = nuo__duty_next(&v, &record->at[k]);
    if (place.moment.at > at - v.duty->lateness || (found && place.moment.at >= first->moment.at)) continue;
    found = true;
    *first = place;
  }
  return found;
}

// One moment of one instance; *more when the record may have another that is over.
static bool pass_duty(nuo_session *s, const struct store_key *key, int64_t at, bool *more) {
  struct duty_record record = {.steps = 0};
  struct place first;
  *more = false;
  if (!nuo__duty_load(&s->engine->state, &s->scratch, key, &record)) return !s->scratch.failed;
  if (!first_moment(s, &record, at, &first)) return true;
  const struct duty_view v = view_of(s, first.version, first.duty);
  *more = record.count > 1;
  return first.moment.kind == MOMENT_DUE ? pass_due(s, &first, key, &record)
                                         : pass_moment(s, &v, key, &record, first.index, &first.moment);
}

// ---- periods ----

struct span {
  int32_t first, next;  // days: the period's first, and the one after its last
};

static bool period_at(uint32_t period, int32_t day, struct span *span) {
  static const int32_t months[] = {[PERIOD_MONTH] = 1, [PERIOD_QUARTER] = 3, [PERIOD_YEAR] = 12};
  struct civil c;
  *span = (struct span){day, day + 1};
  if (period == PERIOD_DAY) return nuo__when_is_date((int64_t)day + 1);
  if (period == PERIOD_WEEK) {
    span->first = day - (nuo__when_weekday(day) - 1);
    span->next = span->first + 7;
    return nuo__when_is_date(span->first) && nuo__when_is_date(span->next);
  }
  if (!nuo__when_civil_from_days(day, &c)) return false;
  if (period == PERIOD_QUARTER) c.month -= (c.month - 1) % 3;
  if (period == PERIOD_YEAR) c.month = 1;
  return nuo__when_days_from_civil(c.year, c.month, 1, &span->first) &&
         nuo__when_add_months(span->first, months[period], &span->next);
}

static struct calendar calendar_of(const struct image *image) {
  const struct image_program *p = image->PROGRAM;
  return (struct calendar){.first_date = p->calendar_first,
                           .last_date = p->calendar_end - 1,
                           .rest = image->DAYS,
                           .rest_count = p->rest_count,
                           .work = image->DAYS + p->rest_count,
                           .work_count = p->work_count};
}

static bool end_of(const struct duty_view *v, int32_t day, int64_t *end) {
  if (!nuo__when_is_date((int64_t)day + 1) || !nuo__zone_instant(v->zone, day + 1, 0, end)) return false;
  --*end;
  return true;
}

// When what a period asks for is due, and whether that is certain.
static bool period_due(const struct duty_view *v, const struct span *span, int64_t *due, bool *certain) {
  const struct image *image = &v->program->image;
  const struct calendar calendar = calendar_of(image);
  const bool has_calendar = image->PROGRAM->has_calendar != 0;
  const int32_t last = span->next - 1, amount = (int32_t)v->duty->due_amount;
  int32_t day = last;
  int64_t end;
  *certain = true;
  if (!end_of(v, last, &end)) return false;
  *due = end;
  switch (v->duty->due_unit) {
    case DUE_NONE:
      return true;
    case DUE_MS:
      return !__builtin_add_overflow(end + 1, v->duty->due_amount, due);
    case DUE_DAYS:
      if (!nuo__when_is_date((int64_t)last + amount)) return false;
      day = last + amount;
      break;
    case DUE_MONTHS:
      if (!nuo__when_add_months(last, amount, &day)) return false;
      break;
    default:
      if (!nuo__calendar_reach(&calendar, last, amount, &day)) return false;
  }
  if (v->duty->due_unit != DUE_WORKDAYS && has_calendar && !nuo__calendar_roll(&calendar, day, &day))
    return false;
  const int32_t first = v->duty->due_unit == DUE_WORKDAYS ? last + 1 : day;
  *certain = !has_calendar || nuo__calendar_covers(&calendar, first, day);
  return end_of(v, day, due);
}

static struct store_key period_key(const nuo_session *s, const uint8_t identity[16]) {
  const struct key_shape shape = {.kind = KEY_OF_PERIOD, .identity = identity};
  struct store_key key;
  nuo__state_key(&s->engine->state, s->versions[0].program, &s->versions[0].batch, 0, &shape, NULL, &key);
  return key;
}

// Puts a period under way: its first day, and a timer for when it is over.
static void begin_period(nuo_session *s, const struct duty_view *v, const struct span *span) {
  struct text_out *out = &v->state->record;
  const struct store_key key = period_key(s, v->duty->identity);
  const char kind = (char)(RECORD_PERIOD << RECORD_KIND_SHIFT);
  int64_t due, at;
  bool certain;
  out->len = 0;
  if (!period_due(v, span, &due, &certain) || __builtin_add_overflow(due, v->duty->lateness, &at)) return;
  nuo__out_bytes(out, &kind, 1);
  nuo__out_bytes(out, (const char *)v->duty->identity, sizeof v->duty->identity);
  nuo__bytes_put_signed(out, span->first);
  nuo__state_put(v->state, &key, out);
  if (!nuo__store_timer_add(v->state->store, at, &key)) v->state->failed = true;
}

static bool has_period(const nuo_session *s, const struct image_duty *duty) {
  const struct store_key key = period_key(s, duty->identity);
  uint32_t size;
  return nuo__store_get(s->engine->state.store, &key, &size) != NULL;
}

bool nuo__deadline_begin(nuo_session *s, int64_t time) {
  if (s->begun || !s->derives) return true;
  s->begun = true;
  for (size_t i = 0; i < s->version_count; i++) {
    const struct image *image = &s->versions[i].program->image;
    for (uint32_t d = 0; d < image->DUTIES_count; d++) {
      const struct duty_view v = view_of(s, i, d);
      struct span span;
      int32_t day, clock;
      if (v.duty->trigger != IMAGE_NONE || has_period(s, v.duty)) continue;
      if (nuo__zone_local(v.zone, time, &day, &clock) && period_at(v.duty->period, day, &span))
        begin_period(s, &v, &span);
    }
  }
  return !s->engine->state.failed;
}

// Whether the period was watched from its beginning, and the duty in force all along.
static bool is_judged(const nuo_session *s, const struct duty_view *v, int64_t from, int64_t until) {
  const size_t first = nuo__session_version(s, from), last = nuo__session_version(s, until - 1);
  const nuo_program_info *a = &s->versions[first].program->info, *b = &s->versions[last].program->info;
  uint32_t duty;
  if (from < v->state->first_seen || from < a->from || until > b->until) return false;
  if (!find_duty(s, last, v->duty->identity, &duty)) return false;
  return from >= v->duty->from && until <= s->versions[last].program->image.DUTIES[duty].until;
}

static uint32_t count_in(const struct duty_view *v, int64_t after, int64_t until) {
  const struct image_counter *counter = &v->program->image.COUNTERS[v->duty->counter];
  const struct key_shape shape = {.kind = KEY_OF_COUNTER, .identity = counter->identity};
  struct store_key key;
  if (!nuo__state_key(v->state, v->program, NULL, 0, &shape, NULL, &key)) return 0;
  const uint32_t count = nuo__state_count(v->state, &key, after, until, NULL, 0, NULL);
  return count < counter->capacity ? count : counter->capacity;  // beyond it the record need not be exact
}

// What a record of a periodic duty says, by a version that has the duty.
struct term {
  struct duty_view v;
  size_t version;
  struct span span;
  int64_t from, until, due;
  bool certain;
};

static bool take_period(const struct duty_view *v, size_t version, const struct span *span,
                        struct term *out) {
  *out = (struct term){.v = *v, .version = version, .span = *span};
  return nuo__zone_instant(v->zone, span->first, 0, &out->from) &&
         nuo__zone_instant(v->zone, span->next, 0, &out->until) &&
         period_due(v, span, &out->due, &out->certain);
}

// False when the record is of no use any more.
static bool find_period(nuo_session *s, const struct store_key *key, int64_t at, struct term *term) {
  uint32_t size, duty = 0;
  struct span span;
  uint8_t identity[16];
  const uint8_t *record = nuo__store_get(s->engine->state.store, key, &size);
  if (record == NULL || size < 1 + sizeof identity) return false;
  struct bytes_in in = {.at = record + 1 + sizeof identity, .end = record + size};
  memcpy(identity, record + 1, sizeof identity);
  const int32_t first = (int32_t)nuo__bytes_take_signed(&in);
  size_t version = nuo__session_version(s, at);
  for (size_t i = 0; i < s->version_count && !find_duty(s, version, identity, &duty); i++) version = i;
  if (!find_duty(s, version, identity, &duty)) return false;
  const struct duty_view v = view_of(s, version, duty);
  return period_at(v.duty->period, first, &span) && take_period(&v, version, &span, term);
}

static bool capture_period(nuo_session *s, const struct term *p, struct derived *derived) {
  const struct duty_view *v = &p->v;
  const uint32_t field = v->program->image.EVENTS[v->duty->event].field_first;
  const size_t start = s->out.len;
  char day[11];
  const int64_t after = v->duty->due_unit == DUE_NONE ? p->from - 1 : p->until - 1;
  nuo_text id = {day, nuo__when_format_date(p->span.first, day)};
  nuo__capture_text(v->program, field + PERIOD_ID, id, &s->out);
  nuo__capture_number(v->program, field + PERIOD_DUE, p->due, &s->out);
  nuo__capture_number(v->program, field + PERIOD_FROM, p->from, &s->out);
  nuo__capture_number(v->program, field + PERIOD_UNTIL, p->until, &s->out);
  nuo__capture_number(v->program, field + PERIOD_COUNTED, count_in(v, after, p->due), &s->out);
  if (p->certain) nuo__capture_number(v->program, field + PERIOD_CALENDAR, 1, &s->out);
  const nuo_text captured = take_out(s, start);
  nuo__out_bytes(&s->out, id.text, id.len);
  id = take_out(s, start);
  *derived = (struct derived){.version = p->version,
                              .event = v->duty->event,
                              .captured = captured,
                              .root = id,
                              .zone = DERIVED_OWN_ZONE,
                              .deadline = true};
  return captured.text != NULL && id.text != NULL;
}

// A period is over: the next one begins, and this one is to be judged, if *judged.
static bool end_period(nuo_session *s, const struct term *over, struct derived *derived, bool *judged) {
  struct span next;
  struct term term;
  uint32_t duty;
  *judged = false;
  if (period_at(over->v.duty->period, over->span.next, &next)) begin_period(s, &over->v, &next);
  const size_t version = nuo__session_version(s, over->from);
  if (s->engine->state.failed) return false;
  if (!find_duty(s, version, over->v.duty->identity, &duty)) return true;
  const struct duty_view v = view_of(s, version, duty);
  if (!take_period(&v, version, &over->span, &term) || !is_judged(s, &v, term.from, term.until)) return true;
  *judged = true;
  return capture_period(s, &term, derived);
}

// With the periods of duties that are one breach with it.
static bool pass_period(nuo_session *s, const struct store_key *key, int64_t at) {
  struct term own;
  struct derived missed[LIMIT_SAME];
  uint32_t duties[LIMIT_SAME];
  size_t count = 0;
  int64_t over;
  if (!find_period(s, key, at, &own)) return nuo__store_put(s->engine->state.store, key, NULL, 0);
  // It has been judged with another one already, and the next one has begun.
  if (__builtin_add_overflow(own.due, own.v.duty->lateness, &over) || over > at) return true;
  const struct image *image = &own.v.program->image;
  const size_t places = list_same(image, (uint32_t)(own.v.duty - image->DUTIES), duties);
  for (size_t k = 0; k < places; k++) {
    struct term term;
    bool judged;
    if (duties[k] == IMAGE_NONE) continue;
    const struct store_key other = period_key(s, image->DUTIES[duties[k]].identity);
    if (!find_period(s, &other, at, &term) || term.due != own.due || term.span.first != own.span.first)
      continue;
    if (!end_period(s, &term, &missed[count], &judged)) return false;
    count += judged;
  }
  return count == 0 || nuo__derive_decide(s, missed, count);
}

// ---- timers ----

// While a record has other instances their turn comes behind what is to happen at the same time elsewhere.
static bool pass_one(nuo_session *s, const struct store_key *key, int64_t at) {
  struct state *state = &s->engine->state;
  uint32_t size;
  const uint8_t *record = nuo__store_get(state->store, key, &size);
  bool more = false;
  nuo__store_timer_drop(state->store);
  nuo__store_timer_prefetch(state->store);
  if (nuo__record_kind(record) == RECORD_PERIOD) return pass_period(s, key, at) && !state->failed;
  if (nuo__record_kind(record) == RECORD_DUTY && !pass_duty(s, key, at, &more)) return false;
  if (more && !nuo__store_timer_add(state->store, at, key)) return false;
  return !state->failed;
}

bool nuo__deadline_pass(nuo_session *s, int64_t time, bool *done) {
  struct state *state = &s->engine->state;
  struct store_key key;
  int64_t at;
  *done = true;
  // What has begun late may be over already.
  if (time < state->high_water) time = state->high_water;
  while (nuo__state_due(state, time, &at, &key)) {
    if (s->decision_count >= s->enough) return *done = false, true;
    nuo__state_advance(state, at);
    if (!pass_one(s, &key, at)) return false;
  }
  return true;
}
