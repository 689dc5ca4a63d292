// SPDX-License-Identifier: Apache-2.0
// Events that need memory, one after the other in their order, with the engine locked: deadlines that have
// passed before it, the event, what it changes, what follows from it; then the next. Called by decide.c.
#include "runtime/decide.h"
#include "runtime/failure.h"
#include "runtime/replay.h"
#include "runtime/text.h"
#include "runtime/when.h"

// ---- order ----

bool nuo__session_is_late(const nuo_session *s, int64_t lateness, int64_t time) {
  const int64_t newest = s->engine->state.high_water;
  return newest != INT64_MIN && time < newest - lateness;
}

void nuo__session_tell_late(const nuo_session *s, int64_t lateness, int64_t time, int32_t offset, bool report,
                            nuo_error *error) {
  const struct state *state = &s->engine->state;
  char own[40], newest[40];
  nuo__when_format_rfc3339(time, offset, own);
  nuo__when_format_rfc3339(state->high_water, offset, newest);
  const long long seconds = lateness / 1000;
  if (report) {
    nuo__refuse(
        error,
        "the report is too late: its time is %s, an event of %s was seen before it, and it may be %lld "
        "seconds late",
        "回报太晚：其时间是 %s，此前已有 %s 的事件，最多只能晚 %lld 秒", own, newest, seconds);
  } else {
    nuo__refuse(
        error,
        "the event is too late: its time is %s, an event of %s was seen before it, and its type allows "
        "a lateness of %lld seconds; send events in order or declare more",
        "事件太晚：其时间是 %s，此前已有 %s 的事件，这种事件最多可以晚 %lld 秒；请按时间顺序报送，"
        "或者放宽“迟到容许”",
        own, newest, seconds);
  }
}

// It is not settled yet: it waits to be sent.
static bool may_be_judged_anew(const struct image_event *event, const nuo_decision *d) {
  return event->enforceable && (d->verdict == NUO_DEFER || d->verdict == NUO_HOLD);
}

// Keeps what the effects of the event will need when it is sent after all.
static void hold(nuo_session *s, const struct pending *p) {
  static const char head[NUO__HELD_HEAD];
  const struct version *v = nuo__version_of(s, p);
  const uint32_t event = v->batch.event[p->lane], *first = v->plan.first + event;
  const size_t start = s->out.len;
  nuo__out_bytes(&s->out, head, sizeof head);
  if (!nuo__capture(v->program, &v->batch, p->lane, v->plan.moves + first[0], first[1] - first[0], &s->out)) {
    s->engine->state.failed = true;
    return;
  }
  nuo__state_hold(&s->engine->state, &p->key, p->replay_key.bytes + STATE_SUBJECT_AT,
                  (uint8_t *)s->out.at + start, s->out.len - start);
  s->out.len = start;
}

// An event that can be stopped waits to be sent, or does so no longer.
static void settle(nuo_session *s, const struct pending *p, const nuo_decision *d) {
  const struct image_event *event = nuo__event_of(s, p);
  if (!event->enforceable) return;
  if (may_be_judged_anew(event, d)) {
    hold(s, p);
  } else {
    nuo__state_release(&s->engine->state, &p->key);
  }
}

bool nuo__turn_effect(nuo_session *s, const struct pending *p, nuo_decision *d) {
  struct version *v = nuo__version_of(s, p);
  struct state *state = &s->engine->state;
  const struct image_event *event = nuo__event_of(s, p);
  s->log = (struct duty_log){.count = 0};
  v->machine.delivered = !event->enforceable || d->verdict <= NUO_AMEND;
  v->machine.in_force = p->force == NUO_IN_FORCE;
  if (event->effect_count > 0)
    nuo__vm_run_lane(&v->machine, event->effect_first, event->effect_count, p->lane);
  d->duties = s->log.at;
  d->duty_count = s->log.count;
  return nuo__derive_tell(s, p, d) && !state->failed && !s->scratch.failed;
}

static void refuse(nuo_decision *d, const nuo_error *why) {
  d->refused = why;
  d->verdict = NUO_BLOCK;
  d->until = 0;
  d->program = NULL;
}

// A report has a decision only where it is refused, or where what was sent begins or fulfils a duty.
static bool decide_report(nuo_session *s, const struct pending *p) {
  nuo_error *why = nuo__scratch_alloc(&s->scratch, sizeof *why);
  nuo_decision d = {
      .event_id = p->report.id, .event_type = p->report.type, .time = p->report.time, .tag = p->tag};
  if (why == NULL) return false;
  nuo_status status = nuo__report_apply(s, &p->report, why);
  if (status != NUO_OK && status != NUO_BAD_EVENT) return false;
  if (status == NUO_OK && s->log.count == 0) return true;
  if (status == NUO_OK) {
    d.duties = s->log.at;
    d.duty_count = s->log.count;
    const nuo_program *program = s->versions[nuo__session_version(s, d.time)].program;
    d.force = nuo__session_force(program, d.time);
    if (d.force == NUO_IN_FORCE) d.program = &program->info;
  } else {
    refuse(&d, why);
  }
  s->answer = s->decision_count;
  return nuo__decide_add(s, &d);
}

// Without what follows from it.
static bool judge(nuo_session *s, struct pending *p, nuo_decision *d) {
  struct state *state = &s->engine->state;
  const struct image_event *event = nuo__event_of(s, p);
  if (p->force == NUO_IN_FORCE && !nuo__decide_run(s, p, event->state_first, event->state_count))
    return false;
  if (state->failed || !nuo__decide_finish(s, p, d)) return false;
  d->late = d->time < state->high_water;
  nuo__state_advance(state, d->time);
  if (!nuo__turn_effect(s, p, d)) return false;
  settle(s, p, d);
  if (!may_be_judged_anew(event, d))
    nuo__replay_keep(s, nuo__version_of(s, p)->program, event, &p->replay_key, d);
  return !state->failed;
}

static bool refuse_late(nuo_session *s, int64_t lateness, nuo_decision *d) {
  nuo_error *why = nuo__scratch_alloc(&s->scratch, sizeof *why);
  if (why == NULL) return false;
  nuo__session_tell_late(s, lateness, d->time, d->utc_offset, false, why);
  refuse(d, why);
  return true;
}

// *done is false when deadlines that come before have to be told first.
static bool decide_event(nuo_session *s, struct pending *p, bool *done) {
  struct state *state = &s->engine->state;
  const int64_t lateness = nuo__event_of(s, p)->lateness;
  nuo_decision d;
  state->failed = false;
  nuo__decide_begin(s, p, &d);
  const bool replayed = nuo__replay_find(s, &p->replay_key, &d);
  bool stands = replayed;
  if (s->scratch.failed) return false;
  if (!replayed && nuo__session_is_late(s, lateness, d.time)) {
    if (!refuse_late(s, lateness, &d)) return false;
    stands = true;
  }
  if (!stands && (!nuo__deadline_begin(s, d.time) || !nuo__deadline_pass(s, d.time, done))) return false;
  if (!*done) return true;
  if (!stands && !judge(s, p, &d)) return false;
  s->answer = s->decision_count;
  if (!nuo__decide_notes(s, p, &d) || !nuo__decide_add(s, &d)) return false;
  return stands || nuo__derive_all(s, p, &d, d.event_id);
}

static int64_t pending_time(const nuo_session *s, const struct pending *p) {
  return p->is_report ? p->report.time : nuo__time_of(nuo__version_of(s, p), p->lane);
}

// A report stays behind the event that it is about.
static bool may_go_before(const nuo_session *s, const struct pending *p) {
  return !p->is_report && !nuo__event_of(s, p)->enforceable;
}

// Of neighbours of the same instant, what has merely happened comes before what can still be stopped.
static void order_instants(nuo_session *s) {
  for (size_t i = 1; i < s->count; i++) {
    struct pending moved = s->pending[i];
    size_t at = i;
    if (!may_go_before(s, &moved)) continue;
    while (at > 0 && !may_go_before(s, &s->pending[at - 1]) &&
           pending_time(s, &s->pending[at - 1]) == pending_time(s, &moved)) {
      s->pending[at] = s->pending[at - 1];
      at--;
    }
    s->pending[at] = moved;
  }
}

// Decisions are kept as of the subject of the event, so that they can be forgotten with it.
static struct store_key replay_key(const struct state *state, const struct version *v,
                                   const struct pending *p) {
  const struct image *image = &v->program->image;
  const uint32_t subject = image->EVENTS[v->batch.event[p->lane]].subject;
  const uint8_t *tag = nuo__touch_tag(&v->early, &v->batch, p->lane);
  struct store_key key = p->key;
  if (tag != NULL) memcpy(key.bytes + STATE_SUBJECT_AT, tag, STATE_SUBJECT_SIZE);
  if (tag != NULL || subject == IMAGE_NONE) return key;
  const struct image_argument argument = {image->FIELDS[subject].reg_class, image->FIELDS[subject].reg};
  nuo__state_tag(state, &v->batch, p->lane, &argument, key.bytes + STATE_SUBJECT_AT);
  return key;
}

// Under what each event is kept.
static void make_keys(nuo_session *s) {
  const struct state *state = &s->engine->state;
  for (size_t i = 0; i < s->count; i++) {
    struct pending *p = &s->pending[i];
    if (p->is_report) continue;
    struct version *v = nuo__version_of(s, p);
    const nuo_text id = {v->batch.id[p->lane].at, v->batch.id[p->lane].len};
    p->key = nuo__state_event_key(state, nuo__text_of(&v->program->image, nuo__event_of(s, p)->wire), id);
    nuo__touch_lane(&v->early, state, v->program, &v->batch, p->lane);
    p->replay_key = replay_key(state, v, p);
  }
}

void nuo__turn_prepare(nuo_session *s) {
  order_instants(s);
  make_keys(s);
}

// What is kept of a batch lies scattered in memory: asked for beforehand, it comes all at once.
static void prefetch(nuo_session *s) {
  const struct state *state = &s->engine->state;
  for (size_t i = 0; i < s->count; i++) {
    const struct pending *p = &s->pending[i];
    if (p->is_report) continue;
    const struct version *v = nuo__version_of(s, p);
    nuo__touch_prefetch(&v->early, state, &v->batch, p->lane);
    nuo__replay_prefetch(state, &p->replay_key);
  }
}

bool nuo__turn(nuo_session *s) {
  if (s->next == 0) prefetch(s);
  for (; s->next < s->count; s->next++) {
    struct pending *p = &s->pending[s->next];
    bool done = true;
    if (s->decision_count >= s->enough) return true;
    if (p->is_report ? !decide_report(s, p) : !decide_event(s, p, &done)) return false;
    if (!done) return true;
  }
  return true;
}
