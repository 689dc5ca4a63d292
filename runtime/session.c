// SPDX-License-Identifier: Apache-2.0
// Sessions: take events in, decide them in batches, and hand out decisions. The only place that knows the
// whole way: decode -> run the code -> explain what fired -> put the decisions together.
#include "runtime/session.h"

#include <string.h>

#include "runtime/failure.h"
#include "runtime/text.h"

// ---- life ----

static void free_version(nuo_session *s, struct version *v) {
  if (v->program == NULL) return;
  nuo__decoder_free(v->decoder);
  nuo__free(&s->allocator, v->machine.fired, (v->program->image.RULES_count + 1) * sizeof *v->machine.fired);
  if (v->batch.planes != NULL) nuo__batch_free(v->program, &s->allocator, &v->batch);
  nuo_program_free(v->program);
}

void nuo_session_free(nuo_session *s) {
  if (s == NULL) return;
  for (size_t i = 0; i < s->version_count; i++) free_version(s, &s->versions[i]);
  nuo__free(&s->allocator, s->versions, s->version_count * sizeof *s->versions);
  nuo__scratch_free(&s->scratch);
  nuo__out_free(&s->out);
  nuo__match_scratch_free(&s->match_scratch);
  nuo__regex_scratch_free(s->regex_scratch);
  nuo_allocator allocator = s->allocator;
  nuo__free(&allocator, s, sizeof *s);
}

static nuo_status make_version(nuo_session *s, nuo_program *program, struct version *v) {
  const nuo_allocator *a = &s->allocator;
  nuo__program_ref(program);
  v->program = program;
  nuo_status status = nuo__batch_new(program, a, &v->batch);
  if (status != NUO_OK) return status;
  nuo__batch_clear(program, &v->batch);
  status = nuo__decoder_new(program, a, &v->decoder);
  if (status != NUO_OK) return status;
  v->machine.program = program;
  v->machine.batch = &v->batch;
  v->machine.match_scratch = &s->match_scratch;
  v->machine.regex_scratch = s->regex_scratch;
  v->machine.fired = nuo__alloc(a, (program->image.RULES_count + 1) * sizeof *v->machine.fired);
  return v->machine.fired == NULL ? NUO_NO_MEMORY : NUO_OK;
}

static nuo_status fill_session(nuo_session *s, nuo_engine *engine) {
  s->regex_scratch = nuo__regex_scratch_new(&s->allocator);
  s->versions = nuo__alloc(&s->allocator, engine->count * sizeof *s->versions);
  if (s->versions == NULL || s->regex_scratch == NULL) return NUO_NO_MEMORY;
  memset(s->versions, 0, engine->count * sizeof *s->versions);
  s->version_count = engine->count;
  for (size_t i = 0; i < engine->count; i++) {
    nuo_status status = make_version(s, engine->programs[i], &s->versions[i]);
    if (status != NUO_OK) return status;
  }
  return NUO_OK;
}

nuo_status nuo_session_new(nuo_engine *engine, nuo_session **session) {
  if (session == NULL) return NUO_BAD_ARGUMENT;
  *session = NULL;
  if (engine == NULL || engine->count == 0) return NUO_BAD_ARGUMENT;
  nuo_session *s = nuo__alloc(&engine->allocator, sizeof *s);
  if (s == NULL) return NUO_NO_MEMORY;
  memset(s, 0, sizeof *s);
  s->allocator = engine->allocator;
  s->key = engine->key;
  s->scratch.allocator = s->out.allocator = &s->allocator;
  nuo__match_scratch_init(&s->match_scratch, &s->allocator);
  nuo_status status = fill_session(s, engine);
  if (status != NUO_OK) {
    nuo_session_free(s);
    return status;
  }
  *session = s;
  return NUO_OK;
}

// ---- events in ----

static void start_anew(nuo_session *s) {
  for (size_t i = 0; i < s->version_count; i++) {
    nuo__batch_clear(s->versions[i].program, &s->versions[i].batch);
    nuo__decoder_reset(s->versions[i].decoder);
  }
  nuo__scratch_reset(&s->scratch);
  s->count = 0;
  s->decided = false;
}

static nuo_force force_of(const nuo_program *program, int64_t time) {
  if (time < program->info.from) return NUO_NOT_YET_IN_FORCE;
  return time >= program->info.until ? NUO_REPEALED : NUO_IN_FORCE;
}

// The version in force at `time`, or none.
static size_t version_at(const nuo_session *s, int64_t time) {
  size_t i = 0;
  while (i < s->version_count && force_of(s->versions[i].program, time) != NUO_IN_FORCE) i++;
  return i;
}

static int64_t time_of(const struct version *v, uint32_t lane) {
  return v->batch.columns[0][lane];
}

// Decodes by the version that the event's own time asks for. The time is known only after decoding, so the
// version of the last event is tried first.
static nuo_status decode(nuo_session *s, const char *json, size_t len, size_t *version, nuo_error *error) {
  *version = s->latest;
  for (size_t attempt = 0; attempt < 2; attempt++) {
    struct version *v = &s->versions[*version];
    nuo_status status = nuo__decode_event(v->decoder, json, len, &v->batch, error);
    if (status != NUO_OK) return status;
    int64_t time = time_of(v, v->batch.count - 1);
    size_t wanted = version_at(s, time);
    if (wanted == *version || wanted == s->version_count) return NUO_OK;
    nuo__decode_undo(v->decoder, &v->batch);  // the event belongs to another version
    *version = wanted;
  }
  return nuo__fail(error, NUO_BAD_EVENT, 0,
                   "two versions of the policy read different times from this event");
}

// An event that one version's schema refuses may be fine under another's.
static nuo_status decode_by_any(nuo_session *s, const char *json, size_t len, size_t *version,
                                nuo_error *error) {
  nuo_error first;
  nuo_status status = decode(s, json, len, version, &first);
  size_t guess = s->latest;
  for (size_t i = 0; status == NUO_BAD_EVENT && i < s->version_count; i++) {
    if (i == guess) continue;
    s->latest = i;
    status = decode(s, json, len, version, error);
  }
  s->latest = status == NUO_OK ? *version : guess;
  if (status != NUO_OK) *error = first;
  return status;
}

nuo_status nuo_session_add_json(nuo_session *s, const char *json, size_t len, uint64_t tag,
                                nuo_error *error) {
  nuo_error ignored;
  if (error == NULL) error = &ignored;
  if (s == NULL || (json == NULL && len > 0)) return NUO_BAD_ARGUMENT;
  if (s->decided) start_anew(s);
  *error = (nuo_error){.status = NUO_OK};
  if (s->count == NUO_BATCH) return nuo__fail(error, NUO_LIMIT, 0, "the batch is full; decide it first");
  size_t version;
  nuo_status status = decode_by_any(s, json, len, &version, error);
  if (status != NUO_OK) return status;
  struct version *v = &s->versions[version];
  uint32_t lane = v->batch.count - 1;
  v->batch.tag[lane] = tag;
  s->pending[s->count++] = (struct pending){
      .version = (uint32_t)version, .lane = lane, .force = force_of(v->program, time_of(v, lane))};
  return NUO_OK;
}

size_t nuo_session_pending(const nuo_session *s) {
  return s == NULL || s->decided ? 0 : s->count;
}

// ---- deciding ----

static uint64_t lanes_in_force(const nuo_session *s, size_t version) {
  uint64_t lanes = 0;
  for (size_t i = 0; i < s->count; i++)
    if (s->pending[i].version == version && s->pending[i].force == NUO_IN_FORCE)
      lanes |= 1ull << s->pending[i].lane;
  return lanes;
}

// Findings are told in the order of the rules, whatever order the code has them in.
static void sort_fired(struct machine *m) {
  for (uint32_t i = 1; i < m->fired_count; i++) {
    struct fired f = m->fired[i];
    uint32_t at = i;
    for (; at > 0 && m->fired[at - 1].rule > f.rule; at--) m->fired[at] = m->fired[at - 1];
    m->fired[at] = f;
  }
}

static bool add_finding(nuo_session *s, struct explain *e, const struct image_rule *rule,
                        enum outcome outcome, struct pending *p) {
  struct found *found = nuo__scratch_alloc(&s->scratch, sizeof *found);
  if (found == NULL || !nuo__explain(e, rule, outcome, &found->finding)) return false;
  found->next = p->found[outcome];
  p->found[outcome] = found;
  p->found_count[outcome]++;
  return true;
}

static bool explain_fired(nuo_session *s, size_t version, const struct fired *fired) {
  struct version *v = &s->versions[version];
  const struct image_rule *rule = &v->program->image.RULES[fired->rule];
  uint64_t lanes = fired->breached | fired->undetermined | fired->excepted;
  struct explain e = {.program = v->program,
                      .batch = &v->batch,
                      .scratch = &s->scratch,
                      .out = &s->out,
                      .match_scratch = &s->match_scratch,
                      .key = &s->key};
  nuo__vm_run(&v->machine, rule->cold_first, rule->cold_count, lanes);
  for (size_t i = 0; i < s->count; i++) {
    struct pending *p = &s->pending[i];
    if (p->version != version || !(lanes >> p->lane & 1)) continue;
    e.lane = p->lane;
    enum outcome outcome = fired->breached >> p->lane & 1       ? OUTCOME_BREACHED
                           : fired->undetermined >> p->lane & 1 ? OUTCOME_UNDETERMINED
                                                                : OUTCOME_EXCEPTED;
    if (!add_finding(s, &e, rule, outcome, p)) return false;
  }
  return true;
}

static bool run_version(nuo_session *s, size_t version) {
  struct version *v = &s->versions[version];
  const struct image *image = &v->program->image;
  uint64_t live = lanes_in_force(s, version);
  v->machine.fired_count = 0;
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    uint64_t lanes = v->batch.event_lanes[i] & live;
    if (lanes != 0) nuo__vm_run(&v->machine, image->EVENTS[i].code_first, image->EVENTS[i].code_count, lanes);
  }
  sort_fired(&v->machine);
  for (uint32_t i = 0; i < v->machine.fired_count; i++)
    if (!explain_fired(s, version, &v->machine.fired[i])) return false;
  return true;
}

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

static bool put_together(nuo_session *s, const struct pending *p, nuo_decision *d) {
  const struct version *v = &s->versions[p->version];
  const struct image *image = &v->program->image;
  const struct image_event *event = &image->EVENTS[v->batch.event[p->lane]];
  *d = (nuo_decision){.event_id = {v->batch.id[p->lane].at, v->batch.id[p->lane].len},
                      .event_type = nuo__text_of(image, event->wire),
                      .time = time_of(v, p->lane),
                      .tag = v->batch.tag[p->lane],
                      .until = INT64_MIN,
                      .force = p->force,
                      .program = p->force == NUO_IN_FORCE ? &v->program->info : NULL};
  d->utc_offset = nuo__render_offset(v->program, &v->batch, p->lane, d->time);
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

nuo_status nuo_session_decide(nuo_session *s, const nuo_decision **decisions, size_t *count) {
  if (s == NULL || decisions == NULL || count == NULL) return NUO_BAD_ARGUMENT;
  *decisions = s->decisions;
  *count = 0;
  if (s->decided) start_anew(s);
  s->decided = true;
  s->out.len = 0;
  s->out.failed = false;
  for (size_t i = 0; i < s->version_count; i++)
    if (s->versions[i].batch.count > 0 && !run_version(s, i)) return NUO_NO_MEMORY;
  for (size_t i = 0; i < s->count; i++)
    if (!put_together(s, &s->pending[i], &s->decisions[i])) return NUO_NO_MEMORY;
  *count = s->count;
  return NUO_OK;
}

nuo_status nuo_session_eval_json(nuo_session *s, const char *json, size_t len, const nuo_decision **decision,
                                 nuo_error *error) {
  size_t count;
  if (s == NULL || decision == NULL) return NUO_BAD_ARGUMENT;
  *decision = NULL;
  if (nuo_session_pending(s) > 0) return NUO_BAD_ARGUMENT;
  nuo_status status = nuo_session_add_json(s, json, len, 0, error);
  if (status != NUO_OK) return status;
  return nuo_session_decide(s, decision, &count);
}
