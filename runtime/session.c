// SPDX-License-Identifier: Apache-2.0
// Sessions: their life, and events in. An event is decoded into a lane of the version of the policy that its
// own time asks for, and waits there until the batch is decided (decide.c).
#include "runtime/decide.h"

#include <string.h>

#include "runtime/failure.h"
#include "runtime/form.h"
#include "runtime/text.h"
#include "runtime/when.h"

// ---- life ----

// The versions, and those for derived events.
static size_t place_count(size_t versions, bool derives) {
  return versions * (derives ? 2 : 1);
}

// Bytes of the notes on native functions.
static size_t notes_size(const nuo_program *program) {
  return nuo__vm_takes_notes(program) ? NUO_BATCH * program->image.NATIVES_count * sizeof(struct native_note)
                                      : 0;
}

static void clear_notes(const struct version *v) {
  if (v->machine.notes != NULL) memset(v->machine.notes, 0, notes_size(v->program));
}

static void free_version(const nuo_allocator *a, struct version *v) {
  if (v->program == NULL) return;
  nuo__decoder_free(v->decoder);
  nuo__capture_plan_free(v->program, a, &v->plan);
  nuo__touch_free(v->program, a, &v->early);
  nuo__free(a, v->machine.fired, (v->program->image.RULES_count + 1) * sizeof *v->machine.fired);
  nuo__free(a, v->machine.notes, notes_size(v->program));
  nuo__free(a, v->capacities, (v->program->image.COUNTERS_count + 1) * sizeof *v->capacities);
  if (v->batch.planes != NULL) nuo__batch_free(v->program, a, &v->batch);
}

static void free_versions(const nuo_allocator *a, struct version *versions, size_t places) {
  for (size_t i = 0; versions != NULL && i < places; i++) free_version(a, &versions[i]);
  nuo__free(a, versions, places * sizeof *versions);
}

void nuo_session_free(nuo_session *s) {
  if (s == NULL) return;
  free_versions(&s->allocator, s->versions, place_count(s->version_count, s->derives));
  nuo__lineup_free(s->lineup);
  nuo__free(&s->allocator, s->decisions, s->decision_cap * sizeof *s->decisions);
  nuo__scratch_free(&s->scratch);
  nuo__out_free(&s->out);
  nuo__match_scratch_free(&s->match_scratch);
  nuo__regex_scratch_free(s->regex_scratch);
  nuo_allocator allocator = s->allocator;
  nuo__free(&allocator, s, sizeof *s);
}

// Versions that count the same share their records, which hold what the most demanding of them asks for.
static uint32_t greatest_capacity(const struct lineup *lineup, const struct image_counter *counter) {
  uint32_t capacity = counter->capacity;
  for (size_t i = 0; i < lineup->count; i++) {
    const struct image *image = &lineup->programs[i]->image;
    for (uint32_t c = 0; c < image->COUNTERS_count; c++) {
      const struct image_counter *other = &image->COUNTERS[c];
      if (other->capacity > capacity && memcmp(other->identity, counter->identity, 16) == 0)
        capacity = other->capacity;
    }
  }
  return capacity;
}

static nuo_status make_version(nuo_session *s, const struct lineup *lineup, nuo_program *program,
                               struct version *v) {
  const nuo_allocator *a = &s->allocator;
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
  v->machine.state = &s->engine->state;
  v->machine.texts = &s->scratch;
  if (!nuo__touch_new(program, a, &v->early)) return NUO_NO_MEMORY;
  v->machine.early = &v->early;
  const struct image *image = &program->image;
  v->machine.capacities = v->capacities = nuo__alloc(a, (image->COUNTERS_count + 1) * sizeof *v->capacities);
  if (v->capacities == NULL) return NUO_NO_MEMORY;
  for (uint32_t i = 0; i < image->COUNTERS_count; i++)
    v->capacities[i] = greatest_capacity(lineup, &image->COUNTERS[i]);
  v->machine.notes = nuo__alloc(a, notes_size(program));
  if (v->machine.notes == NULL && notes_size(program) > 0) return NUO_NO_MEMORY;
  clear_notes(v);
  v->machine.log = &s->log;
  v->machine.fired = nuo__alloc(a, (program->image.RULES_count + 1) * sizeof *v->machine.fired);
  return v->machine.fired == NULL ? NUO_NO_MEMORY : NUO_OK;
}

static nuo_status make_versions(nuo_session *s, const struct lineup *l, struct version *versions,
                                size_t places) {
  for (size_t i = 0; i < places; i++) {
    nuo_status status = make_version(s, l, l->programs[i % l->count], &versions[i]);
    if (status != NUO_OK) return status;
    if (i < l->count && l->remembers &&
        !nuo__capture_plan_new(l->programs[i], l->programs, l->count, &s->allocator, &versions[i].plan))
      return NUO_NO_MEMORY;
  }
  return NUO_OK;
}

// Takes the reference; *l stays the caller's when there is no memory, and the session as it was.
static nuo_status go_over(nuo_session *s, struct lineup *l) {
  bool derives = false;
  for (size_t i = 0; i < l->count; i++) derives |= nuo__derive_needed(&l->programs[i]->image);
  const size_t places = place_count(l->count, derives);
  struct version *versions = nuo__alloc(&s->allocator, places * sizeof *versions);
  if (versions == NULL) return NUO_NO_MEMORY;
  memset(versions, 0, places * sizeof *versions);
  nuo_status status = make_versions(s, l, versions, places);
  if (status != NUO_OK) {
    free_versions(&s->allocator, versions, places);
    return status;
  }
  free_versions(&s->allocator, s->versions, place_count(s->version_count, s->derives));
  nuo__lineup_free(s->lineup);
  s->lineup = l;
  s->lineups++;
  s->remembers = l->remembers;
  s->versions = versions;
  s->version_count = l->count;
  s->derives = derives;
  s->latest = 0;
  s->begun = false;
  return NUO_OK;
}

// What is in force is looked at without a lock: as long as the session holds its lineup, no other has that
// address.
static nuo_status keep_up(nuo_session *s) {
  if (atomic_load_explicit(&s->engine->lineup, memory_order_acquire) == s->lineup) return NUO_OK;
  struct lineup *l = nuo__engine_lineup(s->engine);
  nuo_status status = go_over(s, l);
  if (status != NUO_OK) nuo__lineup_free(l);
  return status;
}

static nuo_status fill_session(nuo_session *s) {
  s->regex_scratch = nuo__regex_scratch_new(&s->allocator);
  s->decisions = nuo__alloc(&s->allocator, NUO_BATCH * sizeof *s->decisions);
  s->enough = NUO_BATCH;
  if (s->decisions != NULL) s->decision_cap = NUO_BATCH;
  if (s->regex_scratch == NULL || s->decisions == NULL) return NUO_NO_MEMORY;
  return keep_up(s);
}

nuo_status nuo_session_new(nuo_engine *engine, nuo_session **session) {
  if (session == NULL) return NUO_BAD_ARGUMENT;
  *session = NULL;
  if (engine == NULL || atomic_load_explicit(&engine->lineup, memory_order_acquire) == NULL)
    return NUO_BAD_ARGUMENT;
  nuo_session *s = nuo__alloc(&engine->allocator, sizeof *s);
  if (s == NULL) return NUO_NO_MEMORY;
  memset(s, 0, sizeof *s);
  s->engine = engine;
  s->allocator = engine->allocator;
  s->key = engine->key;
  s->scratch.allocator = s->out.allocator = &s->allocator;
  nuo__match_scratch_init(&s->match_scratch, &s->allocator);
  nuo_status status = fill_session(s);
  if (status != NUO_OK) {
    nuo_session_free(s);
    return status;
  }
  *session = s;
  return NUO_OK;
}

// ---- events in ----

nuo_status nuo__session_start(nuo_session *s) {
  nuo_status status = keep_up(s);
  if (status != NUO_OK) return status;
  for (size_t i = 0; i < place_count(s->version_count, s->derives); i++) {
    nuo__batch_clear(s->versions[i].program, &s->versions[i].batch);
    nuo__decoder_reset(s->versions[i].decoder);
    nuo__touch_clear(&s->versions[i].early);
    clear_notes(&s->versions[i]);
  }
  nuo__scratch_reset(&s->scratch);
  s->count = s->next = s->decision_count = 0;
  s->decided = false;
  return NUO_OK;
}

// Whether all that was added has been decided.
static bool is_through(const nuo_session *s) {
  return s->decided && s->next == s->count;
}

// Before an event is added: between two batches the session goes over to what is in force now.
static nuo_status begin(nuo_session *s) {
  if (is_through(s)) return nuo__session_start(s);
  return s->count == 0 ? keep_up(s) : NUO_OK;
}

nuo_force nuo__session_force(const nuo_program *program, int64_t time) {
  if (time < program->info.from) return NUO_NOT_YET_IN_FORCE;
  return time >= program->info.until ? NUO_REPEALED : NUO_IN_FORCE;
}

// Of versions that are not in force at `time`: the one repealed last before it, else the first to come.
static bool is_nearer(const nuo_program_info *a, const nuo_program_info *b, int64_t time) {
  bool a_is_past = a->until <= time, b_is_past = b->until <= time;
  if (a_is_past != b_is_past) return a_is_past;
  return a_is_past ? a->until > b->until : a->from < b->from;
}

size_t nuo__session_version(const nuo_session *s, int64_t time) {
  size_t nearest = 0;
  for (size_t i = 0; i < s->version_count; i++) {
    const nuo_program *program = s->versions[i].program;
    if (nuo__session_force(program, time) == NUO_IN_FORCE) return i;
    if (is_nearer(&program->info, &s->versions[nearest].program->info, time)) nearest = i;
  }
  return nearest;
}

// The version in force at `time`; when there is none, the nearest if something is remembered of the event all
// the same, else `version_count`.
static size_t version_at(const nuo_session *s, int64_t time) {
  size_t nearest = nuo__session_version(s, time);
  const nuo_program *program = s->versions[nearest].program;
  return nuo__session_force(program, time) == NUO_IN_FORCE || s->remembers ? nearest : s->version_count;
}

// What an event comes as: JSON, or a row of values.
struct source {
  const nuo_input *input;
  nuo_form *form;  // or NULL
  const nuo_value *values;
};

static int64_t time_of(const struct version *v, uint32_t lane) {
  return v->batch.columns[0][lane];
}

// Decodes by the version that the event's own time asks for. The time is known only after decoding, so the
// version of the last event is tried first.
static nuo_status decode(nuo_session *s, const struct source *in, size_t *version, uint32_t *recipients,
                         nuo_error *error) {
  *version = s->latest;
  for (size_t attempt = 0; attempt < 2; attempt++) {
    struct version *v = &s->versions[*version];
    nuo_status status = in->form != NULL
                            ? nuo__form_read(in->form, *version, in->values, error)
                            : nuo__decode_input(v->decoder, in->input, &v->batch, recipients, error);
    if (status != NUO_OK) return status;
    int64_t time = time_of(v, v->batch.count - 1);
    size_t wanted = version_at(s, time);
    if (wanted == *version || wanted == s->version_count) return NUO_OK;
    nuo__decode_undo(v->decoder, &v->batch);  // the event belongs to another version
    *version = wanted;
  }
  return nuo__refuse(error, "two versions of the policy read different times from this event",
                     "政策的两个版本从此事件读出的时间不同");
}

// An event that one version's schema refuses may be fine under another's.
static nuo_status decode_by_any(nuo_session *s, const struct source *in, size_t *version,
                                uint32_t *recipients, nuo_error *error) {
  nuo_error first;
  nuo_status status = decode(s, in, version, recipients, &first);
  const uint32_t told = *recipients;
  size_t guess = s->latest;
  for (size_t i = 0; status == NUO_BAD_EVENT && i < s->version_count; i++) {
    if (i == guess) continue;
    s->latest = i;
    status = decode(s, in, version, recipients, error);
  }
  s->latest = status == NUO_OK ? *version : guess;
  if (status != NUO_OK) *error = first, *recipients = told;
  return status;
}

// What the versions refuse as an event may be a report; *error says why they refuse it, and stays if it is
// none.
static nuo_status add_report(nuo_session *s, const char *json, size_t len, uint64_t tag, nuo_error *error) {
  struct pending p = {.is_report = true, .tag = tag};
  nuo_error why;
  struct scratch_mark mark = nuo__scratch_mark(&s->scratch);
  nuo_status status = nuo__report_read(s, json, len, &p.report, &why);
  if (status != NUO_OK) nuo__scratch_rewind(&s->scratch, mark);
  if (status == NUO_BAD_ARGUMENT) return NUO_BAD_EVENT;
  if (status != NUO_OK) return *error = why, status;
  nuo__no_error(error);
  s->pending[s->count++] = p;
  return NUO_OK;
}

// Whether there is room for an event.
static nuo_status check_room(nuo_session *s, nuo_error *error) {
  nuo__no_error(error);
  nuo_status status = begin(s);
  if (status != NUO_OK) return status;
  if (s->decided)
    return nuo__fail(error, NUO_LIMIT, 0, "the batch is not decided to its end; go on deciding it");
  if (s->count == NUO_BATCH) return nuo__fail(error, NUO_LIMIT, 0, "the batch is full; decide it first");
  return NUO_OK;
}

static nuo_status add(nuo_session *s, const struct source *in, uint64_t tag, uint32_t *recipients,
                      nuo_error *error) {
  size_t version;
  *recipients = 1;
  nuo_status status = decode_by_any(s, in, &version, recipients, error);
  if (status != NUO_OK) return status;
  struct version *v = &s->versions[version];
  uint32_t lane = v->batch.count - 1;
  v->batch.tag[lane] = tag;
  s->pending[s->count++] = (struct pending){.version = (uint32_t)version,
                                            .lane = lane,
                                            .tag = tag,
                                            .force = nuo__session_force(v->program, time_of(v, lane))};
  return NUO_OK;
}

nuo_status nuo_session_add(nuo_session *s, const nuo_input *in, uint32_t *recipients, nuo_error *error) {
  nuo_error ignored;
  uint32_t count;
  if (error == NULL) error = &ignored;
  if (recipients == NULL) recipients = &count;
  if (s == NULL || in == NULL || (in->json == NULL && in->len > 0)) return NUO_BAD_ARGUMENT;
  nuo_status status = check_room(s, error);
  if (status != NUO_OK) return status;
  status = add(s, &(struct source){.input = in}, in->tag, recipients, error);
  return status == NUO_BAD_EVENT ? add_report(s, in->json, in->len, in->tag, error) : status;
}

nuo_status nuo_session_add_json(nuo_session *s, const char *json, size_t len, uint64_t tag,
                                nuo_error *error) {
  nuo_error ignored;
  uint32_t recipients;
  if (error == NULL) error = &ignored;
  const nuo_input input = {.json = json, .len = len, .tag = tag};
  const nuo_status status = nuo_session_add(s, &input, &recipients, error);
  if (status != NUO_OK || recipients == 1) return status;
  nuo_session_take_back(s, 1);
  return nuo__refuse(error, "the event has %u recipients: hand them in one by one (nuo_session_add)",
                     "此事件有 %u 个收件人：请逐个送入（nuo_session_add）", (unsigned)recipients);
}

nuo_status nuo_form_add(nuo_form *form, const nuo_value *values, uint64_t tag, nuo_error *error) {
  nuo_error ignored;
  uint32_t recipients;
  if (error == NULL) error = &ignored;
  if (form == NULL || (values == NULL && form->count > 0)) return NUO_BAD_ARGUMENT;
  nuo_status status = check_room(form->session, error);
  if (status == NUO_OK) status = nuo__form_match(form);
  if (status != NUO_OK) return status;
  return add(form->session, &(struct source){.form = form, .values = values}, tag, &recipients, error);
}

bool nuo_program_has_adapter(const nuo_program *program, nuo_text name) {
  if (program == NULL) return false;
  const struct image *image = &program->image;
  for (uint32_t i = 0; i < image->ADAPTERS_count; i++) {
    const struct image_str names[] = {image->ADAPTERS[i].name, image->ADAPTERS[i].name_zh};
    for (int k = 0; k < 2; k++)
      if (names[k].len == name.len && memcmp(image->STRINGS + names[k].at, name.text, name.len) == 0)
        return true;
  }
  return false;
}

size_t nuo_session_pending(const nuo_session *s) {
  return s == NULL ? 0 : s->count - s->next;
}

// None while a batch is being decided.
static size_t undecided(const nuo_session *s) {
  return s == NULL || s->decided ? 0 : s->count;
}

nuo_turn nuo_session_last(const nuo_session *s, int64_t *time) {
  const size_t count = undecided(s);
  if (time != NULL) *time = 0;
  if (count == 0) return NUO_TURN_ANY;
  const struct pending *p = &s->pending[count - 1];
  const struct version *v = &s->versions[p->version];
  if (time != NULL) *time = p->is_report ? p->report.time : time_of(v, p->lane);
  if (!s->remembers) return NUO_TURN_ANY;
  if (p->is_report) return NUO_TURN_LAST;
  return v->program->image.EVENTS[v->batch.event[p->lane]].enforceable ? NUO_TURN_LAST : NUO_TURN_FIRST;
}

// An event is in the last lane of its version that is in use: those after it have been taken back.
void nuo_session_take_back(nuo_session *s, size_t count) {
  for (size_t pending = undecided(s); count > 0 && pending > 0; count--) {
    const struct pending *p = &s->pending[--pending];
    s->count = pending;
    if (p->is_report) continue;
    struct version *v = &s->versions[p->version];
    struct batch *b = &v->batch;
    nuo__decoder_close(v->decoder);
    b->event_lanes[b->event[p->lane]] &= ~(UINT64_C(1) << p->lane);
    nuo__batch_clear_lane(v->program, b, p->lane);
    b->count = p->lane;
    if (b->count > 0) continue;
    nuo__batch_clear(v->program, b);  // lists and texts, too
    nuo__decoder_reset(v->decoder);
  }
}

// ---- decisions out ----

nuo_status nuo_session_decide(nuo_session *s, const nuo_decision **decisions, size_t *count) {
  if (s == NULL || decisions == NULL || count == NULL) return NUO_BAD_ARGUMENT;
  *decisions = NULL;
  *count = 0;
  nuo_status status = is_through(s) ? nuo__session_start(s) : NUO_OK;
  if (status != NUO_OK) return status;
  status = nuo__session_decide(s);
  nuo_session_decisions(s, decisions, count);
  return status;
}

void nuo_session_decisions(const nuo_session *s, const nuo_decision **decisions, size_t *count) {
  if (decisions != NULL) *decisions = s == NULL ? NULL : s->decisions;
  if (count != NULL) *count = s == NULL ? 0 : s->decision_count;
}

// Of the only event that was added.
static nuo_status decide_added(nuo_session *s, const nuo_decision **decision, nuo_error *error) {
  s->enough = s->answer = SIZE_MAX;
  nuo_status status = nuo__session_decide(s);
  s->enough = NUO_BATCH;
  if (status != NUO_OK) s->next = s->count;  // so that the session goes on with the next event
  if (status != NUO_OK || s->answer == SIZE_MAX) return status;
  const nuo_decision *d = &s->decisions[s->answer];
  if (d->refused == NULL) return *decision = d, NUO_OK;
  if (error != NULL) *error = *d->refused;
  return NUO_BAD_EVENT;
}

nuo_status nuo_session_eval_json(nuo_session *s, const char *json, size_t len, const nuo_decision **decision,
                                 nuo_error *error) {
  if (s == NULL || decision == NULL) return NUO_BAD_ARGUMENT;
  *decision = NULL;
  if (nuo_session_pending(s) > 0) return NUO_BAD_ARGUMENT;
  nuo_status status = nuo_session_add_json(s, json, len, 0, error);
  return status == NUO_OK ? decide_added(s, decision, error) : status;
}

nuo_status nuo_form_eval(nuo_form *form, const nuo_value *values, const nuo_decision **decision,
                         nuo_error *error) {
  if (form == NULL || decision == NULL) return NUO_BAD_ARGUMENT;
  *decision = NULL;
  if (nuo_session_pending(form->session) > 0) return NUO_BAD_ARGUMENT;
  nuo_status status = nuo_form_add(form, values, 0, error);
  return status == NUO_OK ? decide_added(form->session, decision, error) : status;
}

nuo_status nuo_session_advance(nuo_session *s, int64_t time, const nuo_decision **decisions, size_t *count) {
  bool good, done = false;
  if (s == NULL || decisions == NULL || count == NULL) return NUO_BAD_ARGUMENT;
  *decisions = NULL;
  *count = 0;
  if (nuo_session_pending(s) > 0 || !nuo__when_is_instant(time)) return NUO_BAD_ARGUMENT;
  nuo_status status = nuo__session_start(s);
  if (status != NUO_OK) return status;
  s->out.len = 0;
  s->out.failed = false;
  if (!s->remembers) return NUO_OK;
  pthread_mutex_lock(&s->engine->lock);
  s->engine->state.failed = false;
  good = nuo__deadline_begin(s, time) && nuo__deadline_pass(s, time, &done);
  if (good && done) nuo__state_advance(&s->engine->state, time);
  if (!good) s->engine->in_part = true;
  pthread_mutex_unlock(&s->engine->lock);
  nuo_session_decisions(s, decisions, count);
  return good ? NUO_OK : NUO_NO_MEMORY;
}
