// SPDX-License-Identifier: Apache-2.0
// One policy on both sides: compiled once, its image loaded into a session, its checked tree given to the
// oracle; then events through both. Called by main.c and shrink.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle.h"

static const char mask_key[] = "0123456789abcdef-key";

// ---- begin and end ----
static void tell_diagnostics(nuo_compilation *compilation, struct buf *problem) {
  const nuo_diagnostic *list;
  const size_t count = nuo_compilation_diagnostics(compilation, &list);
  for (size_t i = 0; i < count; i++) {
    if (list[i].severity != NUO_ERROR) continue;
    buf_printf(problem, "line %u column %u: %s ", list[i].place.line, list[i].place.column, list[i].code);
    buf_add(problem, list[i].message[NUO_ENGLISH].text, list[i].message[NUO_ENGLISH].len);
    buf_put(problem, "\n");
  }
}

static bool load(struct trial *t, bool key, struct buf *problem) {
  const nuo_text image = nuo_compilation_image(t->compilation);
  const nuo_engine_options options = {.mask_key = key ? mask_key : NULL,
                                      .mask_key_size = key ? sizeof mask_key - 1 : 0};
  nuo_error error = {.status = NUO_OK};
  if (nuo_program_load(image.text, image.len, NULL, &t->program, &error) == NUO_OK &&
      nuo_engine_new(&options, &t->engine) == NUO_OK &&
      nuo_engine_use(t->engine, &t->program, 1, &error) == NUO_OK &&
      nuo_session_new(t->engine, &t->session) == NUO_OK &&
      nuo__zone_set_new(NULL, 0, nuo__default_allocator(), &t->zones) == ZONE_OK)
    return true;
  if (problem != NULL) buf_printf(problem, "the image does not load: %.200s\n", error.message);
  return false;
}

bool trial_begin(struct trial *t, const char *source, size_t len, bool markdown, bool key,
                 struct buf *problem) {
  const char *path = markdown ? "policy.nuo.md" : "policy.nuo";
  *t = (struct trial){.masked_by_key = key};
  if (nuo_compile((nuo_text){path, strlen(path)}, (nuo_text){source, len}, NULL, &t->compilation) != NUO_OK)
    abort();
  if (nuo_compilation_image(t->compilation).text != NULL && load(t, key, problem)) return true;
  if (problem != NULL) tell_diagnostics(t->compilation, problem);
  trial_end(t);
  return false;
}

void trial_end(struct trial *t) {
  nuo_session_free(t->session);
  if (t->engine != NULL) nuo_engine_free(t->engine);
  nuo_program_free(t->program);
  nuo__zone_set_free(t->zones);
  nuo_compilation_free(t->compilation);
  *t = (struct trial){0};
}

// ---- events ----
static struct oracle oracle_of(const struct trial *t, struct arena *arena) {
  struct oracle o = {
      .arena = arena, .program = t->compilation->program, .zones = t->zones, .flipped = t->flipped};
  if (t->masked_by_key) o.mask_key = (nuo_text){mask_key, sizeof mask_key - 1};
  return o;
}

static const char *say(char where[static 96], const char *what) {
  snprintf(where, 96, "%s", what);
  return where;
}

static const char *compare(const struct trial *t, const struct given_event *event, uint64_t tag,
                           const nuo_decision *got, char where[static 96], struct buf *report) {
  struct arena *arena = arena_open();
  struct oracle o = oracle_of(t, arena);
  nuo_decision want;
  const char *field;
  if (!oracle_decide(&o, event, &want)) {
    field = got == NULL ? NULL : say(where, "an event that should be refused");
  } else {
    want.tag = tag;
    field =
        got == NULL ? say(where, "an event that should not be refused") : decisions_differ(&want, got, where);
    if (report != NULL) buf_put(report, "  oracle:\n");
    if (report != NULL) decision_print(&want, report);
  }
  if (report != NULL) buf_put(report, got == NULL ? "  product: refused\n" : "  product:\n");
  if (report != NULL && got != NULL) decision_print(got, report);
  nuo__arena_free(arena);
  return field;
}

const char *trial_event(struct trial *t, const struct given_event *event, char where[static 96],
                        struct buf *report) {
  struct buf json = {0};
  const nuo_decision *got = NULL;
  nuo_error error = {.status = NUO_OK};
  event_write_json(event, &json);
  const nuo_status status = nuo_session_eval_json(t->session, json.at, json.len, &got, &error);
  if (status != NUO_OK) got = NULL;
  if (report != NULL && status != NUO_OK)
    buf_printf(report, "  %s: %.200s\n", nuo_status_name(status), error.message);
  const char *field = status != NUO_OK && status != NUO_BAD_EVENT ? say(where, "an error of the session")
                                                                  : compare(t, event, 0, got, where, report);
  buf_free(&json);
  return field;
}

static int first_difference(struct trial *t, const struct given_event *events, uint32_t count,
                            const bool *taken, char where[static 96]) {
  const nuo_decision *decisions;
  size_t decided, next = 0;
  if (nuo_session_decide(t->session, &decisions, &decided) != NUO_OK) {
    say(where, "an error of the session");
    return 0;
  }
  for (uint32_t i = 0; i < count; i++) {
    const nuo_decision *got = taken[i] && next < decided ? &decisions[next++] : NULL;
    if (compare(t, &events[i], i + 1, got, where, NULL) != NULL) return (int)i;
  }
  if (next == decided) return -1;
  say(where, "decisions that nobody asked for");
  return 0;
}

int trial_batch(struct trial *t, const struct given_event *events, uint32_t count, char where[static 96]) {
  struct buf json[NUO_BATCH] = {{0}};
  bool taken[NUO_BATCH];
  for (uint32_t i = 0; i < count; i++) {
    event_write_json(&events[i], &json[i]);
    taken[i] = nuo_session_add_json(t->session, json[i].at, json[i].len, i + 1, NULL) == NUO_OK;
  }
  const int different = first_difference(t, events, count, taken, where);
  for (uint32_t i = 0; i < count; i++) buf_free(&json[i]);
  return different;
}
