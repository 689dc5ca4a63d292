// SPDX-License-Identifier: Apache-2.0
// Reports of the host that an event was sent in the end which had been held or deferred: as a call, or as an
// event of the reserved type "nuo.delivered". Called by session.c and decide.c.
#include <string.h>

#include "runtime/decide.h"
#include "runtime/failure.h"
#include "runtime/json.h"
#include "runtime/limits.h"
#include "runtime/utf8.h"
#include "runtime/when.h"

#define NAMES 64
#define TYPE "nuo.delivered"

// ---- reading ----

struct reader {
  struct json json;
  struct scratch *scratch;
  bool is_report, has_time;
  struct report report;
};

static bool read_text(struct reader *r, nuo_text *text) {
  struct json_string string;
  if (!nuo__json_string(&r->json, &string)) return false;
  char *copy = nuo__scratch_alloc(r->scratch, string.len + 1);
  if (copy == NULL) return false;
  *text = (nuo_text){copy, string.len};
  if (string.escaped) {
    text->len = nuo__json_unescape(&string, copy);
  } else {
    memcpy(copy, string.raw, string.len);
  }
  return true;
}

// As the decoder has it: a number as it is written.
static bool read_id(struct reader *r, nuo_text *text) {
  if (nuo__json_peek(&r->json) == '"') return read_text(r, text);
  const char *first = r->json.at;
  if (!nuo__json_skip(&r->json)) return false;
  *text = (nuo_text){first, (size_t)(r->json.at - first)};
  return true;
}

static bool read_time(struct reader *r) {
  struct json_number number;
  nuo_text text;
  const char c = nuo__json_peek(&r->json), *place = r->json.at;
  if (c == '"') {
    r->has_time = read_text(r, &text) && nuo__when_parse_rfc3339(text.text, text.len, &r->report.time);
  } else if (c == '-' || (c >= '0' && c <= '9')) {
    r->has_time = nuo__json_number(&r->json, &number) && nuo__json_integer(&number, &r->report.time) &&
                  nuo__when_is_instant(r->report.time);
  }
  return r->has_time || nuo__json_fail(&r->json, place, "time: not an instant", "time：不是时点");
}

static bool is_name(const struct json_string *name, const char *wanted) {
  return name->len == strlen(wanted) && memcmp(name->raw, wanted, name->len) == 0;
}

static bool read_member(struct reader *r, const struct json_string *name) {
  nuo_text type;
  nuo__json_space(&r->json);
  if (is_name(name, "event")) return read_text(r, &r->report.type);
  if (is_name(name, "id")) return read_id(r, &r->report.id);
  if (is_name(name, "time")) return read_time(r);
  if (!is_name(name, "type")) return nuo__json_skip(&r->json);
  if (!read_text(r, &type)) return false;
  r->is_report = type.len == strlen(TYPE) && memcmp(type.text, TYPE, type.len) == 0;
  return r->is_report;
}

static bool read_object(struct reader *r) {
  struct json_object object;
  struct json_string name;
  if (nuo__json_peek(&r->json) != '{' || !nuo__json_object_begin(&r->json, &object)) return false;
  while (nuo__json_object_next(&r->json, &object, &name))
    if (!read_member(r, &name)) return false;
  nuo__json_space(&r->json);
  return r->json.error->status == NUO_OK && r->json.at == r->json.end;
}

// Finds out what the text is: a report may say so last, or be wrong before it does.
static bool says_report(nuo_session *s, const char *json, size_t len) {
  struct json_name names[NAMES];
  struct json_object object;
  struct json_string name;
  nuo_error ignored = {.status = NUO_OK};
  struct reader r = {.json = {.start = json,
                              .at = json,
                              .end = json + len,
                              .error = &ignored,
                              .names = names,
                              .name_cap = NAMES},
                     .scratch = &s->scratch};
  if (nuo__json_peek(&r.json) != '{' || !nuo__json_object_begin(&r.json, &object)) return false;
  while (nuo__json_object_next(&r.json, &object, &name)) {
    if (is_name(&name, "type")) return nuo__json_peek(&r.json) == '"' && read_member(&r, &name);
    if (!nuo__json_skip(&r.json)) return false;
  }
  return false;
}

nuo_status nuo__report_read(nuo_session *s, const char *json, size_t len, struct report *report,
                            nuo_error *error) {
  struct json_name names[NAMES];
  nuo__no_error(error);
  struct reader r = {
      .json =
          {.start = json, .at = json, .end = json + len, .error = error, .names = names, .name_cap = NAMES},
      .scratch = &s->scratch};
  if (len > LIMIT_EVENT_BYTES || nuo__utf8_check(json, len) != len) return NUO_BAD_ARGUMENT;
  bool is_report = says_report(s, json, len), good = is_report && read_object(&r);
  if (s->scratch.failed) {
    s->scratch.failed = false;  // this event's alone
    return nuo__fail(error, NUO_NO_MEMORY, 0, "out of memory");
  }
  if (!is_report) return NUO_BAD_ARGUMENT;
  *report = r.report;
  if (good && r.report.type.text != NULL && r.report.id.text != NULL && r.has_time) return NUO_OK;
  if (error->status != NUO_OK) return NUO_BAD_EVENT;
  return nuo__refuse(error, "a report of a delivery has \"event\", \"id\" and \"time\"",
                     "发出的回报须有“event”“id”和“time”");
}

// ---- applying ----

// The event type that a report speaks of, as the version at the report's time has it, else any other.
static struct version *find_type(nuo_session *s, const struct report *r, uint32_t *event) {
  const size_t first = nuo__session_version(s, r->time);
  for (size_t i = 0; i < s->version_count; i++) {
    struct version *v = &s->versions[(first + i) % s->version_count];
    *event = nuo__event_named(&v->program->image, r->type);
    if (*event != IMAGE_NONE) return v;
  }
  return NULL;
}

static int shown(nuo_text text) {
  return (int)(text.len <= 60 ? text.len : 60);
}

// All of them: what was kept of the event may go with the time that passes, so there is no coming back.
static bool pass_deadlines(nuo_session *s, int64_t time) {
  bool done;
  s->enough = SIZE_MAX;
  const bool good = nuo__deadline_begin(s, time) && nuo__deadline_pass(s, time, &done);
  s->enough = NUO_BATCH;
  return good;
}

// The event happens now, in a lane of its own, as it would have when it was judged.
static nuo_status take_effect(nuo_session *s, struct version *v, uint32_t event, const struct report *r,
                              const struct store_key *key) {
  struct state *state = &s->engine->state;
  const struct image_event *type = &v->program->image.EVENTS[event];
  const uint32_t lane = v->batch.count;
  size_t size;
  const uint8_t *held = nuo__state_held(state, key, &size);
  uint8_t *plain = nuo__scratch_alloc(&s->scratch, size);
  if (plain == NULL) return NUO_NO_MEMORY;
  if (!nuo__unseal(&state->seal, key, held, size, plain)) return NUO_BAD_EVENT;
  if (!pass_deadlines(s, r->time)) return NUO_NO_MEMORY;
  if (!nuo__restore(v->program, plain, size - SEAL_MARK, event, &v->batch, lane, &s->allocator, &s->scratch))
    return NUO_NO_MEMORY;
  v->batch.count++;
  v->batch.columns[0][lane] = r->time;
  v->batch.column_known[0] |= UINT64_C(1) << lane;
  v->batch.id[lane].at = r->id.text;
  v->batch.id[lane].len = (uint32_t)r->id.len;
  s->log = (struct duty_log){.count = 0};
  nuo__state_release(state, key);
  nuo__state_advance(state, r->time);
  v->machine.delivered = v->machine.reported = true;
  v->machine.in_force = nuo__session_force(v->program, r->time) == NUO_IN_FORCE;
  if (type->effect_count > 0) nuo__vm_run_lane(&v->machine, type->effect_first, type->effect_count, lane);
  v->machine.reported = false;
  return state->failed ? NUO_NO_MEMORY : NUO_OK;
}

nuo_status nuo__report_apply(nuo_session *s, const struct report *r, nuo_error *error) {
  struct state *state = &s->engine->state;
  uint32_t event;
  struct version *v = find_type(s, r, &event);
  if (v == NULL) {
    return nuo__refuse(error, "the policy knows no event type \"%.*s\"", "政策中没有“%.*s”这种事件",
                       shown(r->type), r->type.text);
  }
  const int64_t own = v->program->image.EVENTS[event].lateness;
  const int64_t lateness = own > LIMIT_REPORT_LATE_MS ? own : LIMIT_REPORT_LATE_MS;
  if (nuo__session_is_late(s, lateness, r->time)) {
    nuo__session_tell_late(s, lateness, r->time, 0, true, error);
    return NUO_BAD_EVENT;
  }
  const struct store_key key = nuo__state_event_key(state, r->type, r->id);
  size_t size;
  state->failed = false;
  if (nuo__state_held(state, &key, &size) == NULL) {
    return nuo__refuse(
        error,
        "no %.*s \"%.*s\" waits to be delivered: it was not held or deferred, is delivered already, "
        "or was decided more than 7 days ago",
        "没有待发的 %.*s“%.*s”：它没有被延后或者待审，或者已经发出，或者裁决已过 7 天", shown(r->type),
        r->type.text, shown(r->id), r->id.text);
  }
  nuo_status status = take_effect(s, v, event, r, &key);
  if (status == NUO_NO_MEMORY) return nuo__fail(error, status, 0, "out of memory");
  if (status != NUO_OK)
    return nuo__refuse(error, "what was kept of the event is damaged", "所存的事件内容已损坏");
  return NUO_OK;
}

static nuo_status apply_locked(nuo_session *s, const struct report *report, nuo_error *error) {
  nuo_error why = {.status = NUO_OK};
  s->decided = true;
  pthread_mutex_lock(&s->engine->lock);
  nuo_status status = nuo__report_apply(s, report, &why);
  if (status == NUO_NO_MEMORY) s->engine->in_part = true;
  pthread_mutex_unlock(&s->engine->lock);
  if (error != NULL) *error = why;
  return status;
}

nuo_status nuo_session_delivered(nuo_session *s, nuo_text type, nuo_text id, int64_t time, nuo_error *error) {
  const struct report report = {type, id, time};
  if (s == NULL || (type.text == NULL && type.len > 0) || (id.text == NULL && id.len > 0) ||
      !nuo__when_is_instant(time)) {
    return nuo__fail(error, NUO_BAD_ARGUMENT, 0,
                     "there is no session, or the time is outside the years 1 to 9999");
  }
  if (nuo_session_pending(s) > 0)
    return nuo__fail(error, NUO_BAD_ARGUMENT, 0, "events wait to be decided: decide them first");
  // The host may name the type as the last decision does, in the words of a program that goes now.
  struct lineup *last = s->lineup;
  nuo__lineup_keep(last);
  nuo_status status = nuo__session_start(s);
  if (status == NUO_OK && s->remembers) status = apply_locked(s, &report, error);
  nuo__lineup_free(last);
  return status;
}
