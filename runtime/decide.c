// SPDX-License-Identifier: Apache-2.0
// Deciding a batch: runs the code, explains what fired, puts the decisions together. What needs no memory
// runs for all events at once; what does, event by event in their order, with the engine locked, and each
// event takes effect before the next. Called by session.c.
#include <string.h>

#include "runtime/replay.h"
#include "runtime/text.h"
#include "runtime/when.h"

static int64_t time_of(const struct version *v, uint32_t lane) {
  return v->batch.columns[0][lane];
}

// ---- findings ----

// Findings are told in the order of the rules, whatever order the code has them in.
static void sort_fired(struct machine *m) {
  for (uint32_t i = 1; i < m->fired_count; i++) {
    struct fired f = m->fired[i];
    uint32_t at = i;
    for (; at > 0 && m->fired[at - 1].rule > f.rule; at--) m->fired[at] = m->fired[at - 1];
    m->fired[at] = f;
  }
}

// Findings of rules that need memory come after the others: each goes to the place of its rule.
static bool add_finding(nuo_session *s, struct explain *e, uint32_t rule, enum outcome outcome,
                        struct pending *p) {
  struct found *found = nuo__scratch_alloc(&s->scratch, sizeof *found), **at = &p->found[outcome];
  if (found == NULL || !nuo__explain(e, &e->program->image.RULES[rule], outcome, &found->finding))
    return false;
  while (*at != NULL && (*at)->rule > rule) at = &(*at)->next;
  found->rule = rule;
  found->next = *at;
  *at = found;
  p->found_count[outcome]++;
  return true;
}

static struct explain explain_for(nuo_session *s, const struct version *v) {
  return (struct explain){.program = v->program,
                          .batch = &v->batch,
                          .scratch = &s->scratch,
                          .out = &s->out,
                          .match_scratch = &s->match_scratch,
                          .key = &s->key,
                          .state = &s->engine->state};
}

static bool explain_lane(nuo_session *s, struct explain *e, const struct fired *fired, struct pending *p) {
  enum outcome outcome = fired->breached >> p->lane & 1       ? OUTCOME_BREACHED
                         : fired->undetermined >> p->lane & 1 ? OUTCOME_UNDETERMINED
                                                              : OUTCOME_EXCEPTED;
  e->lane = p->lane;
  return add_finding(s, e, fired->rule, outcome, p);
}

// ---- rules that need no memory: all lanes of a version at once ----

static bool is_of(const struct pending *p, size_t version) {
  return !p->is_report && p->version == version;
}

static uint64_t lanes_of(const nuo_session *s, size_t version, bool all) {
  uint64_t lanes = 0;
  for (size_t i = 0; i < s->count; i++)
    if (is_of(&s->pending[i], version) && (all || s->pending[i].force == NUO_IN_FORCE))
      lanes |= 1ull << s->pending[i].lane;
  return lanes;
}

static bool explain_fired(nuo_session *s, size_t version, const struct fired *fired, uint64_t in_force) {
  struct version *v = &s->versions[version];
  const struct image_rule *rule = &v->program->image.RULES[fired->rule];
  uint64_t lanes = (fired->breached | fired->undetermined | fired->excepted) & in_force;
  struct explain e = explain_for(s, v);
  if (lanes == 0) return true;
  nuo__vm_run(&v->machine, rule->cold_first, rule->cold_count, lanes);
  for (size_t i = 0; i < s->count; i++) {
    struct pending *p = &s->pending[i];
    if (!is_of(p, version) || !(lanes >> p->lane & 1)) continue;
    if (!explain_lane(s, &e, fired, p)) return false;
  }
  return true;
}

// What an event is remembered by does not depend on the force of the policy, and its code begins here.
static bool run_version(nuo_session *s, size_t version) {
  struct version *v = &s->versions[version];
  const struct image *image = &v->program->image;
  uint64_t live = lanes_of(s, version, s->remembers), in_force = lanes_of(s, version, false);
  v->machine.fired_count = 0;
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    uint64_t lanes = v->batch.event_lanes[i] & live;
    if (lanes != 0) nuo__vm_run(&v->machine, image->EVENTS[i].code_first, image->EVENTS[i].code_count, lanes);
  }
  sort_fired(&v->machine);
  for (uint32_t i = 0; i < v->machine.fired_count; i++)
    if (!explain_fired(s, version, &v->machine.fired[i], in_force)) return false;
  return true;
}

// ---- decisions ----

// The linked findings, latest first, as an array in order.
static const nuo_finding *flatten(nuo_session *s, const struct found *found, size_t count) {
  if (count == 0) return NULL;
  nuo_finding *list = nuo__scratch_alloc(&s->scratch, count * sizeof *list);
  for (size_t i = count; list != NULL && i-- > 0; found = found->next) list[i] = found->finding;
  return list;
}

static void raise_verdict(nuo_decision *d, const nuo_finding *findings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (findings[i].action > d->verdict) d->verdict = findings[i].action;
    if (findings[i].action != NUO_DEFER || findings[i].until <= d->until) continue;
    d->until = findings[i].until;
    d->until_offset = findings[i].until_offset;
  }
}

static bool begin_decision(const nuo_session *s, const struct pending *p, nuo_decision *d) {
  const struct version *v = &s->versions[p->version];
  const struct image *image = &v->program->image;
  const struct image_event *event = &image->EVENTS[v->batch.event[p->lane]];
  *d = (nuo_decision){.event_id = {v->batch.id[p->lane].at, v->batch.id[p->lane].len},
                      .event_type = {image->STRINGS + event->wire.at, event->wire.len},
                      .time = time_of(v, p->lane),
                      .tag = p->tag,
                      .until = INT64_MIN,
                      .force = p->force,
                      .program = p->force == NUO_IN_FORCE ? &v->program->info : NULL};
  d->utc_offset = nuo__render_offset(v->program, &v->batch, p->lane, d->time);
  return true;
}

static bool put_together(nuo_session *s, const struct pending *p, nuo_decision *d) {
  d->breach_count = p->found_count[OUTCOME_BREACHED];
  d->undetermined_count = p->found_count[OUTCOME_UNDETERMINED];
  d->excepted_count = p->found_count[OUTCOME_EXCEPTED];
  d->breaches = flatten(s, p->found[OUTCOME_BREACHED], d->breach_count);
  d->undetermined = flatten(s, p->found[OUTCOME_UNDETERMINED], d->undetermined_count);
  d->excepted = flatten(s, p->found[OUTCOME_EXCEPTED], d->excepted_count);
  if (s->scratch.failed) return false;
  raise_verdict(d, d->breaches, d->breach_count);
  raise_verdict(d, d->undetermined, d->undetermined_count);
  if (d->verdict != NUO_DEFER) d->until = d->until_offset = 0;
  return true;
}

// ---- rules that need memory: event by event, with the engine locked ----

bool nuo__session_is_late(const nuo_session *s, int64_t lateness, int64_t time, int32_t offset, bool report,
                          nuo_error *error) {
  const struct state *state = &s->engine->state;
  char own[40], newest[40];
  if (state->high_water == INT64_MIN || time >= state->high_water - lateness) return false;
  nuo__when_format_rfc3339(time, offset, own);
  nuo__when_format_rfc3339(state->high_water, offset, newest);
  *error = (nuo_error){.status = NUO_BAD_EVENT};
  nuo__text_format(error->message, sizeof error->message,
                   report
                       ? "the report is too late: its time is %s, an event of %s was seen before it, and it "
                         "may be %lld seconds late"
                       : "the event is too late: its time is %s, an event of %s was seen before it, and its "
                         "type allows a lateness of %lld seconds; send events in order or declare more",
                   own, newest, (long long)(lateness / 1000));
  return true;
}

static const struct image_event *event_of(const nuo_session *s, const struct pending *p) {
  const struct version *v = &s->versions[p->version];
  return &v->program->image.EVENTS[v->batch.event[p->lane]];
}

static bool run_state(nuo_session *s, struct pending *p) {
  struct version *v = &s->versions[p->version];
  const struct image_event *event = event_of(s, p);
  struct explain e = explain_for(s, v);
  v->machine.fired_count = 0;
  if (event->state_count == 0) return true;
  nuo__vm_run_lane(&v->machine, event->state_first, event->state_count, p->lane);
  sort_fired(&v->machine);
  for (uint32_t i = 0; i < v->machine.fired_count; i++) {
    const struct fired *fired = &v->machine.fired[i];
    const struct image_rule *rule = &v->program->image.RULES[fired->rule];
    nuo__vm_run_lane(&v->machine, rule->cold_first, rule->cold_count, p->lane);
    if (!explain_lane(s, &e, fired, p)) return false;
  }
  return true;
}

// It is not settled yet: it waits to be sent.
static bool may_be_judged_anew(const struct image_event *event, const nuo_decision *d) {
  return event->enforceable && (d->verdict == NUO_DEFER || d->verdict == NUO_HOLD);
}

// Keeps what the effects of the event will need when it is sent after all.
static void hold(nuo_session *s, const struct pending *p) {
  static const char head[NUO__HELD_HEAD];
  const struct version *v = &s->versions[p->version];
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

// The verdict stands: the event becomes past.
static void take_effect(nuo_session *s, const struct pending *p, const nuo_decision *d) {
  struct version *v = &s->versions[p->version];
  struct state *state = &s->engine->state;
  const struct image_event *event = event_of(s, p);
  nuo__state_advance(state, d->time);
  v->machine.delivered = !event->enforceable || d->verdict <= NUO_AMEND;
  if (event->effect_count > 0)
    nuo__vm_run_lane(&v->machine, event->effect_first, event->effect_count, p->lane);
  if (!event->enforceable) return;
  if (may_be_judged_anew(event, d)) {
    hold(s, p);
  } else {
    nuo__state_release(state, &p->key);
  }
}

static void refuse(nuo_decision *d, const nuo_error *why) {
  d->refused = why;
  d->verdict = NUO_BLOCK;
  d->until = 0;
  d->program = NULL;
}

// Into decisions[*count], which goes up by one unless it is a report that was taken.
static bool decide_report(nuo_session *s, const struct pending *p, size_t *count) {
  nuo_error *why = nuo__scratch_alloc(&s->scratch, sizeof *why);
  if (why == NULL) return false;
  nuo_status status = nuo__report_apply(s, &p->report, why);
  if (status != NUO_BAD_EVENT) return status == NUO_OK;
  nuo_decision *d = &s->decisions[(*count)++];
  *d = (nuo_decision){
      .event_id = p->report.id, .event_type = p->report.type, .time = p->report.time, .tag = p->tag};
  refuse(d, why);
  return true;
}

static bool decide_event(nuo_session *s, struct pending *p, nuo_decision *d) {
  struct state *state = &s->engine->state;
  nuo_error *why = nuo__scratch_alloc(&s->scratch, sizeof *why);
  state->failed = false;
  if (why == NULL || !begin_decision(s, p, d)) return false;
  if (nuo__replay_find(s, &p->replay_key, d)) return true;
  if (s->scratch.failed) return false;
  if (nuo__session_is_late(s, event_of(s, p)->lateness, d->time, d->utc_offset, false, why)) {
    refuse(d, why);
    return true;
  }
  if (p->force == NUO_IN_FORCE && !run_state(s, p)) return false;
  if (state->failed || !put_together(s, p, d)) return false;
  d->late = d->time < state->high_water;
  take_effect(s, p, d);
  if (!may_be_judged_anew(event_of(s, p), d))
    nuo__replay_keep(s, s->versions[p->version].program, event_of(s, p), &p->replay_key, d);
  return !state->failed;
}

// Decisions are kept as of the subject of the event, so that they can be forgotten with it.
static struct store_key replay_key(const struct state *state, const struct version *v,
                                   const struct pending *p) {
  const struct image *image = &v->program->image;
  const uint32_t subject = image->EVENTS[v->batch.event[p->lane]].subject;
  struct store_key key = p->key;
  if (subject == IMAGE_NONE) return key;
  const struct image_argument argument = {image->FIELDS[subject].reg_class, image->FIELDS[subject].reg};
  nuo__state_tag(state, &v->batch, p->lane, &argument, key.bytes + STATE_SUBJECT_AT);
  return key;
}

// Under what each event is kept. What is kept of a batch lies scattered in memory: asked for beforehand, it
// comes all at once.
static void make_keys(nuo_session *s) {
  const struct state *state = &s->engine->state;
  for (size_t i = 0; i < s->count; i++) {
    struct pending *p = &s->pending[i];
    if (p->is_report) continue;
    const struct version *v = &s->versions[p->version];
    const nuo_text id = {v->batch.id[p->lane].at, v->batch.id[p->lane].len};
    p->key = nuo__state_event_key(state, nuo__text_of(&v->program->image, event_of(s, p)->wire), id);
    p->replay_key = replay_key(state, v, p);
    nuo__replay_prefetch(state, &p->replay_key);
  }
}

static bool decide_in_turn(nuo_session *s, size_t *count) {
  make_keys(s);
  for (size_t i = 0; i < s->count; i++) {
    struct pending *p = &s->pending[i];
    if (p->is_report) {
      if (!decide_report(s, p, count)) return false;
    } else {
      if (!decide_event(s, p, &s->decisions[*count])) return false;
      ++*count;
    }
  }
  return true;
}

static int64_t pending_time(const nuo_session *s, const struct pending *p) {
  return p->is_report ? p->report.time : time_of(&s->versions[p->version], p->lane);
}

// A report stays behind the event that it is about.
static bool may_go_before(const nuo_session *s, const struct pending *p) {
  return !p->is_report && !event_of(s, p)->enforceable;
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

// ---- the batch ----

// Without a memory there is nothing to report to.
static bool decide_at_once(nuo_session *s, size_t *count) {
  size_t made = 0;
  for (size_t i = 0; i < s->count; i++) {
    nuo_decision *d = &s->decisions[made];
    if (s->pending[i].is_report) continue;
    if (!begin_decision(s, &s->pending[i], d) || !put_together(s, &s->pending[i], d)) return false;
    made++;
  }
  *count = made;
  return true;
}

nuo_status nuo__session_decide(nuo_session *s, size_t *count) {
  for (size_t i = 0; i < s->version_count; i++)
    if (s->versions[i].batch.count > 0 && !run_version(s, i)) return NUO_NO_MEMORY;
  if (!s->remembers) return decide_at_once(s, count) ? NUO_OK : NUO_NO_MEMORY;
  order_instants(s);
  pthread_mutex_lock(&s->engine->lock);
  bool good = decide_in_turn(s, count);
  if (!good) s->engine->in_part = true;
  pthread_mutex_unlock(&s->engine->lock);
  return good ? NUO_OK : NUO_NO_MEMORY;
}
