// SPDX-License-Identifier: Apache-2.0
// Deciding a batch: runs the code, explains what fired, puts the decisions together. What needs no memory
// runs for all events at once; what does, event by event (turn.c), with the engine locked. Called by
// session.c.
#include <string.h>

#include "runtime/decide.h"
#include "runtime/limits.h"
#include "runtime/text.h"
#include "runtime/when.h"

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
  found->raises = NULL;
  if (outcome == OUTCOME_BREACHED && !nuo__derive_capture(s, p, found)) return false;
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

bool nuo__decide_run(nuo_session *s, struct pending *p, uint32_t first, uint32_t count) {
  struct version *v = nuo__version_of(s, p);
  struct explain e = explain_for(s, v);
  v->machine.fired_count = 0;
  if (count == 0) return true;
  nuo__vm_run_lane(&v->machine, first, count, p->lane);
  sort_fired(&v->machine);
  for (uint32_t i = 0; i < v->machine.fired_count; i++) {
    const struct fired *fired = &v->machine.fired[i];
    const struct image_rule *rule = &v->program->image.RULES[fired->rule];
    nuo__vm_run_lane(&v->machine, rule->cold_first, rule->cold_count, p->lane);
    if (!explain_lane(s, &e, fired, p)) return false;
  }
  return true;
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

// ---- one breach under several clauses ----

// The breaches that are one with `one`, by rank; how many, or 1.
static size_t gather(const struct image *image, const struct found *all, const struct found *one,
                     const struct found *by_rank[LIMIT_SAME]) {
  const uint32_t same = image->RULES[one->rule].same;
  size_t count = 0;
  for (const struct found *f = all; same != IMAGE_NONE && f != NULL && count < LIMIT_SAME; f = f->next) {
    if (image->RULES[f->rule].same != same) continue;
    size_t at = count++;
    for (; at > 0 && image->RULES[by_rank[at - 1]->rule].same_rank > image->RULES[f->rule].same_rank; at--)
      by_rank[at] = by_rank[at - 1];
    by_rank[at] = f;
  }
  if (count > 0) return count;
  by_rank[0] = one;
  return 1;
}

// The first with the greatest action, of deferrals the latest.
static const nuo_finding *gravest(const nuo_finding *list, size_t count) {
  const nuo_finding *most = list;
  for (size_t i = 1; i < count; i++)
    if (list[i].action > most->action ||
        (list[i].action == most->action && most->action == NUO_DEFER && list[i].until > most->until))
      most = &list[i];
  return most;
}

static nuo_finding joined(nuo_session *s, const struct found *const *by_rank, size_t count) {
  nuo_finding f = by_rank[0]->finding, *same;
  if (count == 1 || (same = nuo__scratch_alloc(&s->scratch, count * sizeof *same)) == NULL) return f;
  for (size_t i = 0; i < count; i++) same[i] = by_rank[i]->finding;
  const nuo_finding *most = gravest(same, count);
  f.action = most->action;
  f.until = most->until;
  f.until_offset = most->until_offset;
  f.action_changed = most->action_changed;
  f.label = most->label;
  f.strip = most->strip;
  f.same = same;
  f.same_count = count;
  return f;
}

// The breaches in order; those that are one stand where the first-named of them would.
static const nuo_finding *join(nuo_session *s, const struct image *image, const struct found *all,
                               size_t *count) {
  const struct found *by_rank[LIMIT_SAME];
  if (*count == 0) return NULL;
  nuo_finding *list = nuo__scratch_alloc(&s->scratch, *count * sizeof *list);
  size_t first = *count;
  for (const struct found *f = all; list != NULL && f != NULL; f = f->next) {
    const size_t clauses = gather(image, all, f, by_rank);
    if (by_rank[0] == f) list[--first] = joined(s, by_rank, clauses);
  }
  *count -= first;
  return list == NULL ? NULL : list + first;
}

static void raise_verdict(nuo_decision *d, const nuo_finding *findings, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (findings[i].action > d->verdict) d->verdict = findings[i].action;
    if (findings[i].action != NUO_DEFER || findings[i].until <= d->until) continue;
    d->until = findings[i].until;
    d->until_offset = findings[i].until_offset;
  }
}

void nuo__decide_begin(const nuo_session *s, const struct pending *p, nuo_decision *d) {
  const struct version *v = nuo__version_of(s, p);
  const struct image *image = &v->program->image;
  const struct image_event *event = nuo__event_of(s, p);
  *d = (nuo_decision){.event_id = {v->batch.id[p->lane].at, v->batch.id[p->lane].len},
                      .event_type = {image->STRINGS + event->wire.at, event->wire.len},
                      .time = nuo__time_of(v, p->lane),
                      .tag = p->tag,
                      .until = INT64_MIN,
                      .force = p->force,
                      .program = p->force == NUO_IN_FORCE ? &v->program->info : NULL};
  d->utc_offset = nuo__render_offset(v->program, &v->batch, p->lane, d->time);
}

bool nuo__decide_finish(nuo_session *s, const struct pending *p, nuo_decision *d) {
  d->breach_count = p->found_count[OUTCOME_BREACHED];
  d->undetermined_count = p->found_count[OUTCOME_UNDETERMINED];
  d->excepted_count = p->found_count[OUTCOME_EXCEPTED];
  d->breaches = join(s, &nuo__version_of(s, p)->program->image, p->found[OUTCOME_BREACHED], &d->breach_count);
  d->undetermined = flatten(s, p->found[OUTCOME_UNDETERMINED], d->undetermined_count);
  d->excepted = flatten(s, p->found[OUTCOME_EXCEPTED], d->excepted_count);
  if (s->scratch.failed) return false;
  raise_verdict(d, d->breaches, d->breach_count);
  raise_verdict(d, d->undetermined, d->undetermined_count);
  if (d->verdict != NUO_DEFER) d->until = d->until_offset = 0;
  return true;
}

static bool is_slow(const nuo_natives *watch, const struct native_note *note, bool together) {
  return note->calls > 0 && (together || (watch->call_ns > 0 && note->longest > watch->call_ns));
}

bool nuo__decide_notes(nuo_session *s, const struct pending *p, nuo_decision *d) {
  const struct version *v = nuo__version_of(s, p);
  const struct image *image = &v->program->image;
  const nuo_natives *watch = &v->program->watch;
  struct native_note *notes = v->machine.notes;
  if (notes == NULL) return true;
  notes += p->lane * image->NATIVES_count;
  uint64_t total = 0;
  size_t told = 0;
  for (uint32_t i = 0; i < image->NATIVES_count; i++) total += notes[i].total;
  const bool together = watch->event_ns > 0 && total > watch->event_ns;
  for (uint32_t i = 0; i < image->NATIVES_count; i++)
    told += is_slow(watch, &notes[i], together) || notes[i].no_result > 0;
  nuo_native_note *list = told == 0 ? NULL : nuo__scratch_alloc(&s->scratch, told * sizeof *list);
  if (told > 0 && list == NULL) return false;
  d->natives = list;
  for (uint32_t i = 0; i < image->NATIVES_count; i++) {
    const bool slow = is_slow(watch, &notes[i], together);
    if (slow || notes[i].no_result > 0)
      list[d->native_count++] = (nuo_native_note){.function = nuo__text_of(image, image->NATIVES[i].name),
                                                  .calls = notes[i].calls,
                                                  .no_result = notes[i].no_result,
                                                  .slow = slow,
                                                  .total_ns = notes[i].total,
                                                  .longest_ns = notes[i].longest};
    notes[i] = (struct native_note){.calls = 0};
  }
  return true;
}

bool nuo__decide_add(nuo_session *s, const nuo_decision *d) {
  if (s->decision_count == s->decision_cap) {
    const size_t cap = s->decision_cap * 2, item = sizeof *d;
    nuo_decision *grown = nuo__realloc(&s->allocator, s->decisions, s->decision_cap * item, cap * item);
    if (grown == NULL) return false;
    s->decisions = grown;
    s->decision_cap = cap;
  }
  s->decisions[s->decision_count++] = *d;
  return true;
}

// ---- the batch ----

// Without a memory there is nothing to report to.
static bool decide_at_once(nuo_session *s) {
  for (; s->next < s->count; s->next++) {
    const struct pending *p = &s->pending[s->next];
    nuo_decision d;
    if (p->is_report) continue;
    nuo__decide_begin(s, p, &d);
    s->answer = s->decision_count;
    if (!nuo__decide_finish(s, p, &d) || !nuo__decide_notes(s, p, &d) || !nuo__decide_add(s, &d))
      return false;
  }
  return true;
}

static bool run_versions(nuo_session *s) {
  for (size_t i = 0; i < s->version_count; i++)
    if (s->versions[i].batch.count > 0 && !run_version(s, i)) return false;
  s->mark = nuo__scratch_mark(&s->scratch);
  return true;
}

nuo_status nuo__session_decide(nuo_session *s) {
  s->decision_count = 0;
  s->out.len = 0;
  s->out.failed = false;
  if (!s->decided) {
    s->decided = true;
    if (!run_versions(s)) return NUO_NO_MEMORY;
  } else {
    nuo__scratch_rewind(&s->scratch, s->mark);
  }
  if (!s->remembers) return decide_at_once(s) ? NUO_OK : NUO_NO_MEMORY;
  if (s->next == 0) nuo__turn_prepare(s);
  nuo__engine_lock(s->engine);
  bool good = nuo__turn(s);
  if (!good) s->engine->in_part = true;
  pthread_mutex_unlock(&s->engine->lock);
  return good ? NUO_OK : NUO_NO_MEMORY;
}
