// SPDX-License-Identifier: Apache-2.0
// Small cases for tests/conformance: a random policy with a few events, without the lines and members that
// change nothing, laid out; the decisions are written when the oracle agrees with each of them in all fields.
// A case is taken when a word of the language and something in a decision come together in it that did not in
// those before. Called by main.c.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/when.h"
#include "tests/oracle/oracle.h"

#define FEWEST_EVENTS 4
#define MOST_EVENTS 16
#define MOST_NEW_SOURCE 8000  // bytes as generated; making more than that small takes long
#define MOST_SOURCE 1500
#define MOST_EVENT_BYTES 2500
#define MOST_LINES 5000
#define FEWEST_NEW 4  // what comes together for the first time
#define OUTCOMES 512

struct word {
  const char *forms[2];  // separated by strokes
};
static const struct word words[] = {
#define KEYWORD(token, value, group, english, chinese) {{english, chinese}},
#include "compiler/keywords.def"
#undef KEYWORD
};
enum { WORDS = sizeof words / sizeof *words };

struct one {
  struct policy policy;
  struct given_event events[MOST_EVENTS];
  uint32_t count;
  struct buf lines;  // what is decided
};
struct cases {
  const char *folder;
  bool seen[WORDS][OUTCOMES];
  uint32_t written;
};

// ---- deciding ----

// The index of an event on which both sides differ, -1 when they agree, -2 when the policy does not compile.
static int decide(const struct one *c, struct str source, struct buf *lines) {
  struct trial trial;
  char where[96];
  if (!trial_begin(&trial, source, &c->policy.setting, NULL)) return -2;
  lines->len = 0;
  trial.lines = lines;
  const int different = trial_stream(&trial, c->events, c->count, where, NULL);
  trial_end(&trial);
  return different;
}

// The lines without the digests of the policy.
static struct buf undated(const struct buf *lines) {
  struct buf out = {0};
  buf_put(&out, "");
  for (const char *at = lines->at; at != NULL && *at != 0;) {
    const char *cut = strstr(at, "\"source\":\""), *end = strchr(at, '\n') + 1;
    buf_add(&out, at, (size_t)((cut != NULL && cut < end ? cut : end) - at));
    at = end;
  }
  return out;
}

static bool decides_the_same(void *context, struct str source) {
  const struct one *c = context;
  struct buf lines = {0};
  bool same = decide(c, source, &lines) == -1;
  if (same) {
    struct buf want = undated(&c->lines), got = undated(&lines);
    same = nuo__str_equal(buf_view(&want), buf_view(&got));
    buf_free(&want);
    buf_free(&got);
  }
  buf_free(&lines);
  return same;
}

// ---- making ----

// A host hands all in at once, but for what is behind an event that is refused; time passes at the end only.
static void link_events(struct one *c) {
  struct trial trial;
  bool first = true;
  if (!trial_begin(&trial, buf_view(&c->policy.source), &c->policy.setting, NULL)) abort();
  for (uint32_t i = 0; i < c->count; i++) {
    struct buf json = {0};
    event_write_json(&c->events[i], &json);
    c->events[i].link = first ? LINK_FIRST : LINK_NEXT;
    first = !is_advance(&c->events[i]) &&
            nuo_session_add_json(trial.session, json.at, json.len, 0, NULL) != NUO_OK;
    nuo_session_take_back(trial.session, 1);
    buf_free(&json);
  }
  trial_end(&trial);
}

static void drop_pauses(struct one *c) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < c->count; i++)
    if (!is_advance(&c->events[i]) || i + 1 == c->count) c->events[kept++] = c->events[i];
  c->count = kept;
}

// False when nothing comes out.
static bool lay_out(struct one *c) {
  const char *path = c->policy.setting.markdown ? "policy.nuo.md" : "policy.nuo";
  nuo_compilation *made;
  const nuo_text source = {c->policy.source.at, c->policy.source.len};
  if (nuo_format((nuo_text){path, strlen(path)}, source, NULL, NUO_WORDS_AS_WRITTEN, &made) != NUO_OK)
    abort();
  const nuo_text text = nuo_compilation_formatted(made);
  if (text.text != NULL) c->policy.source.len = 0;
  if (text.text != NULL) buf_add(&c->policy.source, text.text, text.len);
  const bool good = text.text != NULL;
  nuo_compilation_free(made);
  return good;
}

static bool says_something(const struct buf *lines) {
  static const char *const findings[] = {"breaches", "undetermined", "excepted", "duties"};
  for (size_t i = 0; lines->at != NULL && i < sizeof findings / sizeof *findings; i++)
    if (strstr(lines->at, findings[i]) != NULL) return true;
  return false;
}

// False when it is too long for a case or nothing comes of it, or the two sides differ: *different.
static bool make(struct one *c, uint64_t seed, struct arena *arena, bool *different) {
  struct rng rng = {seed};
  policy_generate(&rng, seed & 1, true, &c->policy);
  struct setting *setting = &c->policy.setting;
  setting->key = setting->durable = false;
  setting->replay_ms = 0;
  if (c->policy.source.len > MOST_NEW_SOURCE) return false;
  c->count = FEWEST_EVENTS + rng_below(&rng, MOST_EVENTS - FEWEST_EVENTS + 1);
  stream_generate(&rng, c->policy.schema, arena, c->events, c->count);
  drop_pauses(c);
  link_events(c);
  *different = decide(c, buf_view(&c->policy.source), &c->lines) >= 0;
  return !*different && c->lines.len <= MOST_LINES && says_something(&c->lines);
}

// ---- what it shows ----

static bool has_word(const struct buf *source, const struct word *word) {
  char form[64];
  for (int language = 0; language < 2; language++)
    for (const char *at = word->forms[language]; *at != 0;) {
      const size_t len = strcspn(at, "|");
      snprintf(form, sizeof form, "%.*s", (int)len, at);
      if (strstr(source->at, form) != NULL) return true;
      at += at[len] == 0 ? len : len + 1;
    }
  return false;
}

static uint32_t mix(uint32_t hash, const char *text, size_t len) {
  for (size_t i = 0; i < len; i++) hash = (hash ^ (unsigned char)text[i]) * 16777619u;
  return hash;
}

// The members of the decisions, those that name one of a few things with their values.
static void find_outcomes(const struct buf *lines, bool found[OUTCOMES]) {
  static const char *const telling[] = {"\"verdict\"", "\"state\"", "\"reason\"", "\"force\"", "\"action\""};
  memset(found, 0, OUTCOMES * sizeof *found);
  for (const char *at = lines->at; (at = strchr(at, '"')) != NULL; at++) {
    size_t len = strcspn(at + 1, "\":,{}[] \n\\") + 2;
    if (at[len - 1] != '"' || at[len] != ':') continue;
    uint32_t hash = mix(2166136261u, at, len);
    for (size_t i = 0; i < sizeof telling / sizeof *telling; i++)
      if (strncmp(at, telling[i], len) == 0) hash = mix(hash, at + len, strcspn(at + len, ",}"));
    found[(hash ^ hash >> 16) % OUTCOMES] = true;
  }
}

// How much of it is new; with `take`, it is not any more.
static uint32_t count_new(struct cases *all, const struct one *c, bool take) {
  bool found[OUTCOMES];
  uint32_t count = 0;
  find_outcomes(&c->lines, found);
  for (size_t w = 0; w < WORDS; w++) {
    if (!has_word(&c->policy.source, &words[w])) continue;
    for (size_t i = 0; i < OUTCOMES; i++) {
      count += found[i] && !all->seen[w][i];
      if (take) all->seen[w][i] |= found[i];
    }
  }
  return count;
}

// ---- writing ----

static void write_file(const struct cases *all, uint64_t seed, const char *ending, const struct buf *text) {
  char path[512];
  snprintf(path, sizeof path, "%s/r%" PRIu64 "%s", all->folder, seed, ending);
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(text->at, 1, text->len, file) != text->len || fclose(file) != 0) {
    perror(path);
    abort();
  }
}

static void events_text(const struct one *c, struct buf *events, struct buf *until) {
  for (uint32_t i = 0; i < c->count; i++) {
    if (!is_advance(&c->events[i])) {
      event_write_json(&c->events[i], events);
      buf_put(events, "\n");
      continue;
    }
    char time[40];
    const int64_t ms = c->events[i].members[0].value.number;
    nuo__when_format_rfc3339(ms, 0, time);
    buf_printf(until, "%" PRId64 " %s\n", ms, time);
  }
}

static void write_case(const struct cases *all, uint64_t seed, const struct one *c, const struct buf *events,
                       const struct buf *until) {
  static const char *const endings[2][MAX_VERSIONS] = {{".nuo", ".with.nuo"}, {".nuo.md", ".with.nuo.md"}};
  for (uint32_t i = 0; i < (c->policy.setting.changes == 0 ? 1 : MAX_VERSIONS); i++) {
    struct buf source = trial_source(buf_view(&c->policy.source), &c->policy.setting, i);
    write_file(all, seed, endings[c->policy.setting.markdown][i], &source);
    buf_free(&source);
  }
  write_file(all, seed, ".events.jsonl", events);
  if (until->len > 0) write_file(all, seed, ".until", until);
  write_file(all, seed, ".decisions.jsonl", &c->lines);
}

// False when the two sides differ, or the formatter has no text for what compiles.
static bool finish(struct cases *all, uint64_t seed, struct one *c) {
  struct buf events = {0}, until = {0};
  const struct wish wish = {decides_the_same, c};
  shorten(&c->policy, c->events, c->count, &wish);
  if (!lay_out(c)) {
    // That of two versions is compiled with a time in force put in, and need not stand by itself.
    if (c->policy.setting.changes == 0) printf("no text comes out of\n%s\n", c->policy.source.at);
    return c->policy.setting.changes != 0;
  }
  if (decide(c, buf_view(&c->policy.source), &c->lines) != -1) return false;
  events_text(c, &events, &until);
  if (c->policy.source.len <= MOST_SOURCE && events.len <= MOST_EVENT_BYTES && events.len > 0 &&
      count_new(all, c, false) >= FEWEST_NEW) {
    count_new(all, c, true);
    write_case(all, seed, c, &events, &until);
    all->written++;
  }
  buf_free(&events);
  buf_free(&until);
  return true;
}

bool cases_write(const char *folder, uint64_t seed, uint32_t count) {
  struct cases *all = calloc(1, sizeof *all);
  bool good = true;
  if (all == NULL) abort();
  for (all->folder = folder; all->written < count && good; seed++) {
    struct one c = {.count = 0};
    struct arena *arena = arena_open();
    bool different = false;
    if (make(&c, seed, arena, &different) && count_new(all, &c, false) >= FEWEST_NEW)
      different = !finish(all, seed, &c);
    if (different) printf("seed %" PRIu64 ": the two sides differ, or nothing was laid out\n", seed);
    good = !different;
    policy_free(&c.policy);
    buf_free(&c.lines);
    nuo__arena_free(arena);
  }
  free(all);
  return good;
}
