// SPDX-License-Identifier: Apache-2.0
// The same events as JSON into one engine and as values into another: what is decided has to be the same to
// the byte, and what is refused is refused for the same field. Forms are kept for each type or made for the
// event, in either language; now and then the JSON that a form writes goes in instead, and both engines go
// over to the policy anew. Called by main.c.
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/generate.h"

#define MAX_NAMES (MAX_FIELDS + 2)

// What a side has said: decisions and refusals, line by line.
struct side {
  nuo_session *session;
  struct buf said;
};

struct twin {
  struct trial trial;
  nuo_engine *engine;
  struct side json, values;
  const struct schema *schema;
  struct arena *arena;
  struct rng rng;
  nuo_form *kept[MAX_EVENTS][2];  // English, Chinese
};

static nuo_text text_of(struct str s) {
  return (nuo_text){s.at, s.len};
}

// ---- rows ----

static nuo_value value_from(struct twin *t, const struct given *g) {
  static const nuo_value_kind kinds[] = {
      [GIVEN_FLAG] = NUO_VALUE_FLAG,       [GIVEN_NUMBER] = NUO_VALUE_NUMBER,
      [GIVEN_DECIMAL] = NUO_VALUE_DECIMAL, [GIVEN_TEXT] = NUO_VALUE_TEXT,
      [GIVEN_INSTANT] = NUO_VALUE_INSTANT, [GIVEN_DATE] = NUO_VALUE_DATE,
      [GIVEN_CLOCK] = NUO_VALUE_CLOCK,     [GIVEN_DURATION] = NUO_VALUE_DURATION,
      [GIVEN_ZONE] = NUO_VALUE_TEXT,       [GIVEN_ENUM] = NUO_VALUE_TEXT,
      [GIVEN_LIST] = NUO_VALUE_LIST};
  nuo_value v = {.kind = kinds[g->kind]};
  if (v.kind == NUO_VALUE_FLAG) {
    v.as.flag = g->number != 0;
  } else if (v.kind == NUO_VALUE_TEXT) {
    v.as.text = text_of(g->text);
  } else if (v.kind == NUO_VALUE_LIST) {
    nuo_value *items = nuo__arena_alloc(t->arena, (g->count + 1) * sizeof *items);
    for (uint32_t i = 0; i < g->count; i++) items[i] = value_from(t, &g->items[i]);
    v.as.list.items = items;
    v.as.list.count = g->count;
  } else {
    v.as.number = g->number;
  }
  if (v.kind == NUO_VALUE_DECIMAL && v.as.number % 1000000 == 0 && rng_chance(&t->rng, 50)) {
    v.kind = NUO_VALUE_NUMBER;
    v.as.number /= 1000000;
  }
  return v;
}

static struct str field_path(struct twin *t, const struct gfield *f, bool chinese) {
  const char *record = chinese ? f->record.zh : f->record.en, *name = chinese ? f->name.zh : f->name.en;
  return f->record.en[0] == '\0' ? nuo__arena_format(t->arena, "%s", name)
                                 : nuo__arena_format(t->arena, "%s.%s", record, name);
}

static nuo_form *make_form(struct twin *t, struct str type, const struct str *paths, uint32_t count) {
  nuo_text names[MAX_NAMES];
  nuo_form *form;
  nuo_error error = {.message = ""};
  for (uint32_t i = 0; i < count; i++) names[i] = text_of(paths[i]);
  if (nuo_form_new(t->values.session, text_of(type), names, count, &form, &error) != NUO_OK) abort();
  return form;
}

// A form of all fields of a type, and a row with what the event has of them.
static nuo_form *full_row(struct twin *t, const struct given_event *event, uint32_t type, nuo_value *row) {
  const struct gevent *e = &t->schema->events[type];
  const bool chinese = rng_chance(&t->rng, 30);
  struct str paths[MAX_NAMES];
  uint32_t count = e->count;
  for (uint32_t i = 0; i < count; i++) paths[i] = field_path(t, &e->fields[i], chinese);
  paths[count++] = STR("unread");
  paths[count++] = STR("unread2.deep");
  if (t->kept[type][chinese] == NULL)
    t->kept[type][chinese] =
        make_form(t, nuo__arena_format(t->arena, "%s", chinese ? e->name.zh : e->wire), paths, count);
  for (uint32_t i = 0; i < count; i++) {
    const struct str path = i < e->count ? field_path(t, &e->fields[i], false) : paths[i];
    row[i] = (nuo_value){.kind = NUO_VALUE_MISSING};
    for (uint32_t k = 0; k < event->count; k++)
      if (nuo__str_equal(event->members[k].path, path) && !event->members[k].null)
        row[i] = value_from(t, &event->members[k].value);
  }
  return t->kept[type][chinese];
}

// A form of what the event has, in any order.
static nuo_form *own_row(struct twin *t, const struct given_event *event, nuo_value *row) {
  struct str paths[MAX_NAMES];
  uint32_t count = 0;
  for (uint32_t i = 0; i < event->count; i++) {
    if (event->members[i].null) continue;
    const uint32_t at = rng_below(&t->rng, ++count);
    paths[count - 1] = paths[at];
    row[count - 1] = row[at];
    paths[at] = event->members[i].path;
    row[at] = value_from(t, &event->members[i].value);
  }
  return make_form(t, event->wire, paths, count);
}

// A record of nothing but nulls is one in JSON, and none in values.
static bool is_empty_record(const struct given_event *event, const struct given_member *null) {
  const char *dot = memchr(null->path.at, '.', null->path.len);
  if (!null->null || dot == NULL) return false;
  const size_t len = (size_t)(dot - null->path.at) + 1;
  for (uint32_t i = 0; i < event->count; i++) {
    const struct given_member *m = &event->members[i];
    if (!m->null && m->path.len > len && memcmp(m->path.at, null->path.at, len) == 0) return false;
  }
  return true;
}

static bool is_expressible(const struct given_event *event) {
  for (uint32_t i = 0; i < event->count; i++)
    if (is_empty_record(event, &event->members[i])) return false;
  return true;
}

static uint32_t type_of(const struct twin *t, const struct given_event *event) {
  uint32_t type = 0;
  while (!nuo__str_is(event->wire, t->schema->events[type].wire)) type++;
  return type;
}

// ---- both sides ----

static void say_decisions(struct side *side, const nuo_decision *list, size_t count) {
  for (size_t i = 0; i < count; i++) {
    nuo_text json;
    if (nuo_session_decision_json(side->session, &list[i], &json) != NUO_OK) abort();
    buf_add(&side->said, json.text, json.len);
    buf_put(&side->said, "\n");
  }
}

// Of a value of another kind both name the field, but what they expect of it is said in other words.
static void say_refusal(struct side *side, nuo_status status, const nuo_error *error) {
  const char *colon = strstr(error->message, ": ");
  const bool missing = strstr(error->message, "is not given") != NULL;
  buf_printf(&side->said, "%s ", nuo_status_name(status));
  buf_add(&side->said, error->message,
          colon == NULL || missing ? strlen(error->message) : (size_t)(colon - error->message));
  buf_put(&side->said, "\n");
}

static void say_last(struct side *side, nuo_status status, const nuo_error *error) {
  const nuo_decision *list;
  size_t count;
  if (status != NUO_OK) say_refusal(side, status, error);
  nuo_session_decisions(side->session, &list, &count);
  if (status == NUO_OK) say_decisions(side, list, count);
}

static void give_json(struct twin *t, struct side *side, const char *text, size_t len, bool alone) {
  const nuo_decision *d;
  nuo_error error = {.message = ""};
  char *kept = nuo__arena_alloc(t->arena, len + 1);  // as long as the batch
  memcpy(kept, text, len);
  const nuo_status status = alone ? nuo_session_eval_json(side->session, kept, len, &d, &error)
                                  : nuo_session_add_json(side->session, kept, len, 7, &error);
  if (alone)
    say_last(side, status, &error);
  else if (status != NUO_OK)
    say_refusal(side, status, &error);
}

static void give_values(struct twin *t, nuo_form *form, const nuo_value *row, bool alone) {
  const nuo_decision *d;
  nuo_error error = {.message = ""};
  nuo_text json;
  if (rng_chance(&t->rng, 20)) {
    if (nuo_form_json(form, row, &json, &error) != NUO_OK) abort();
    give_json(t, &t->values, json.text, json.len, alone);
    return;
  }
  const nuo_status status = alone ? nuo_form_eval(form, row, &d, &error) : nuo_form_add(form, row, 7, &error);
  if (alone)
    say_last(&t->values, status, &error);
  else if (status != NUO_OK)
    say_refusal(&t->values, status, &error);
}

static void give(struct twin *t, const struct given_event *event, bool alone) {
  nuo_value row[MAX_NAMES];
  struct buf json = {0};
  if (!is_expressible(event)) return;
  event_write_json(event, &json);
  give_json(t, &t->json, json.at, json.len, alone);
  if (is_report(event)) {
    give_json(t, &t->values, json.at, json.len, alone);
  } else if (rng_chance(&t->rng, 75)) {
    give_values(t, full_row(t, event, type_of(t, event), row), row, alone);
  } else {
    nuo_form *own = own_row(t, event, row);
    give_values(t, own, row, alone);
    nuo_form_free(own);
  }
  buf_free(&json);
}

static void decide(struct side *side) {
  const nuo_decision *list;
  size_t count;
  do {
    if (nuo_session_decide(side->session, &list, &count) != NUO_OK) abort();
    say_decisions(side, list, count);
  } while (nuo_session_pending(side->session) > 0);
}

static void advance(struct side *side, int64_t time) {
  const nuo_decision *list;
  size_t count;
  do {
    if (nuo_session_advance(side->session, time, &list, &count) != NUO_OK) abort();
    say_decisions(side, list, count);
  } while (count > 0);
}

// Of both the first line in which they differ.
static void tell_difference(const struct buf *json, const struct buf *values, struct buf *problem) {
  const char *a = json->len == 0 ? "" : json->at, *b = values->len == 0 ? "" : values->at;
  size_t line = 0;
  for (size_t i = 0; a[i] == b[i] && a[i] != '\0'; i++)
    if (a[i] == '\n') line = i + 1;
  buf_put(problem, "\n  JSON:   ");
  buf_add(problem, a + line, strcspn(a + line, "\n"));
  buf_put(problem, "\n  values: ");
  buf_add(problem, b + line, strcspn(b + line, "\n"));
}

static bool is_same(struct twin *t, uint32_t event, struct buf *problem) {
  struct buf *a = &t->json.said, *b = &t->values.said;
  const bool same = a->len == b->len && (a->len == 0 || memcmp(a->at, b->at, a->len) == 0);
  if (!same) {
    buf_printf(problem, "event %u is decided otherwise as values:", event);
    tell_difference(a, b, problem);
  }
  a->len = b->len = 0;
  return same;
}

static void swap(const struct twin *t) {
  nuo_error error;
  nuo_engine *const engines[] = {t->trial.engine, t->engine};
  for (int i = 0; i < 2; i++)
    if (nuo_engine_use(engines[i], t->trial.programs, t->trial.versions, &error) != NUO_OK) abort();
}

static bool run(struct twin *t, const struct given_event *events, uint32_t count, struct buf *problem) {
  for (uint32_t i = 0; i < count;) {
    const uint32_t first = i;
    if (rng_chance(&t->rng, 5)) swap(t);
    if (is_advance(&events[i])) {
      const int64_t time = events[i++].members[0].value.number;
      advance(&t->json, time);
      advance(&t->values, time);
    } else if (events[i].link == LINK_ALONE) {
      give(t, &events[i++], true);
    } else {
      do give(t, &events[i++], false);
      while (i < count && events[i].link == LINK_NEXT && !is_advance(&events[i]) && i - first < NUO_BATCH);
      decide(&t->json);
      decide(&t->values);
    }
    if (!is_same(t, first, problem)) return false;
  }
  return true;
}

bool twin_holds(const struct policy *policy, struct rng *rng, const struct given_event *events,
                uint32_t count, struct buf *problem) {
  struct twin t = {.schema = policy->schema, .arena = arena_open(), .rng = {rng_next(rng)}};
  struct setting setting = policy->setting;
  nuo_error error;
  setting.durable = false;
  bool good = trial_begin(&t.trial, buf_view(&policy->source), &setting, problem);
  if (good) {
    t.json.session = t.trial.session;
    if (!trial_engine(&t.trial, &t.engine, &t.values.session, &error)) abort();
    good = run(&t, events, count, problem);
    for (uint32_t i = 0; i < MAX_EVENTS; i++)
      for (int k = 0; k < 2; k++) nuo_form_free(t.kept[i][k]);
    nuo_session_free(t.values.session);
    nuo_engine_free(t.engine);
    trial_end(&t.trial);
  }
  buf_free(&t.json.said);
  buf_free(&t.values.said);
  nuo__arena_free(t.arena);
  return good;
}
