// SPDX-License-Identifier: Apache-2.0
// One policy on both sides: compiled once, its image loaded into a session, its checked tree given to the
// oracle; then events through both. Called by main.c and shrink.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/when.h"
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

static bool load(struct trial *t, struct buf *problem) {
  const bool key = t->setting.key;
  const nuo_engine_options options = {.mask_key = key ? mask_key : NULL,
                                      .mask_key_size = key ? sizeof mask_key - 1 : 0};
  nuo_error error = {.status = NUO_OK};
  bool loaded = true;
  for (uint32_t i = 0; i < t->versions && loaded; i++) {
    const nuo_text image = nuo_compilation_image(t->compilations[i]);
    loaded = nuo_program_load(image.text, image.len, NULL, &t->programs[i], &error) == NUO_OK;
  }
  if (loaded && nuo_engine_new(&options, &t->engine) == NUO_OK &&
      nuo_engine_use(t->engine, t->programs, t->versions, &error) == NUO_OK &&
      nuo_session_new(t->engine, &t->session) == NUO_OK &&
      nuo__zone_set_new(NULL, 0, nuo__default_allocator(), &t->zones) == ZONE_OK)
    return true;
  if (problem != NULL) buf_printf(problem, "the image does not load: %.200s\n", error.message);
  return false;
}

static void replace_all(struct buf *out, struct str text, const char *from, const char *to) {
  const size_t len = strlen(from);
  for (uint32_t i = 0; i < text.len;) {
    const bool here = text.len - i >= len && memcmp(text.at + i, from, len) == 0;
    if (here)
      buf_put(out, to);
    else
      buf_add(out, text.at + i, 1);
    i += here ? (uint32_t)len : 1;
  }
}

// The first version holds to the end of the day, the second from the next on; it asks for more here and
// there.
static struct buf version_of(struct str source, const struct setting *setting, uint32_t version) {
  struct buf out = {0}, eased = {0};
  char day[11], head[80];
  buf_str(&out, source);
  if (setting->changes == 0) return out;
  out.len = 0;
  nuo__when_format_date(setting->changes + (int32_t)version, day);
  snprintf(head, sizeof head,
           version == 0 ? "\"1.0\" effective from 2000-01-01 until %s" : "\"2.0\" effective from %s", day);
  replace_all(&out, source, "\"1.0\"", head);
  if (version == 0) return out;
  replace_all(&eased, buf_view(&out), "at least", "more than");
  buf_free(&out);
  return eased;
}

static bool compile(struct trial *t, struct str source, uint32_t version, struct buf *problem) {
  const char *path = t->setting.markdown ? "policy.nuo.md" : "policy.nuo";
  struct buf text = version_of(source, &t->setting, version);
  nuo_compilation **made = &t->compilations[version];
  if (nuo_compile((nuo_text){path, strlen(path)}, (nuo_text){text.at, text.len}, NULL, made) != NUO_OK)
    abort();
  buf_free(&text);
  if (problem != NULL) tell_diagnostics(*made, problem);
  return nuo_compilation_image(*made).text != NULL;
}

bool trial_begin(struct trial *t, struct str source, const struct setting *setting, struct buf *problem) {
  bool good = true;
  *t = (struct trial){.setting = *setting, .versions = setting->changes == 0 ? 1 : 2};
  for (uint32_t i = 0; i < t->versions && good; i++) good = compile(t, source, i, problem);
  if (good && load(t, problem)) return true;
  trial_end(t);
  return false;
}

void trial_end(struct trial *t) {
  nuo_session_free(t->session);
  nuo_engine_free(t->engine);
  for (uint32_t i = 0; i < t->versions; i++) {
    nuo_program_free(t->programs[i]);
    nuo_compilation_free(t->compilations[i]);
  }
  nuo__zone_set_free(t->zones);
  *t = (struct trial){.versions = 0};
}

// ---- events ----
static struct oracle oracle_of(const struct trial *t, uint32_t version, struct arena *arena) {
  struct oracle o = {.arena = arena,
                     .program = t->compilations[version]->program,
                     .zones = t->zones,
                     .flipped = t->setting.flipped};
  if (t->setting.key) o.mask_key = (nuo_text){mask_key, sizeof mask_key - 1};
  return o;
}

// By the version that is in force at the event's time.
static bool decide(const struct trial *t, struct arena *arena, const struct given_event *event,
                   nuo_decision *want) {
  bool taken = false;
  for (uint32_t i = 0; i < t->versions; i++) {
    struct oracle o = oracle_of(t, i, arena);
    taken = oracle_decide(&o, event, want);
    if (taken && want->force == NUO_IN_FORCE) break;
  }
  return taken;
}

static const char *say(char where[static 96], const char *what) {
  snprintf(where, 96, "%s", what);
  return where;
}

static const char *compare(const struct trial *t, const struct given_event *event, uint64_t tag,
                           const nuo_decision *got, char where[static 96], struct buf *report) {
  struct arena *arena = arena_open();
  nuo_decision want;
  const char *field;
  if (!decide(t, arena, event, &want)) {
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
