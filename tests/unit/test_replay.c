// SPDX-License-Identifier: Apache-2.0
// Events that come again: the same decision with all that it told, for as long as it is remembered and no
// longer; what is decided anew; what a record takes and shows; versions that come and go.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/session.h"
#include "tests/unit/world.h"

static const char rules[] =
    "event push as 推送 enforceable lateness 10 seconds\n"
    "  { id: text time: instant user: text risky?: flag title?: text hour?: clock }\n"
    "event granted observed lateness 10 seconds { id: text time: instant user: text }\n"
    "event visit observed subject user { id: text time: instant user: text }\n"
    "event complaint observed lateness 3 hours { id: number time: instant user: text }\n"
    "fact consented (u: text) starts on granted for (user)\n"
    "rule careful on push forbid when risky action hold\n"
    "rule words as 禁语 \"No superlatives\" on push\n"
    "  forbid when title contains \"最好\" unless user is \"editor\" severity major action block\n"
    "  because \"{user} wrote {title}\" cites \"《广告法》第9条\"\n"
    "rule first on push require consented(user) action label \"first {user}\"\n"
    "rule later on push forbid when hour is present and user is \"late\" action defer until 09:00\n"
    "rule calm on complaint forbid when count of complaint per user in last 12 hours at least 1 action "
    "note\n";

static nuo_program *compile_policy(const char *version, const char *force) {
  char text[3000];
  snprintf(text, sizeof text,
           "policy p as 政策 title \"t\" version \"%s\" %s zone \"Asia/Shanghai\" undetermined note\n"
           "severities minor as 较小 < major as 较大\n%s",
           version, force, rules);
  return world_compile(text);
}

static struct world begin(int64_t replay_ms) {
  const nuo_engine_options options = {.replay_ms = replay_ms, .state_secret = "0123456789abcdef"};
  return world_begin(compile_policy("1", ""), &options);
}

#define SECOND INT64_C(1000)
#define START INT64_C(1751328000000)  // 2025-07-01T00:00:00Z
#define HOUR 3600

static const char *event(const char *type, const char *id, int64_t seconds, const char *more) {
  static char texts[16][300];
  static unsigned next;
  char *text = texts[next++ % 16];
  snprintf(text, sizeof texts[0], "{\"type\":\"%s\",\"id\":%s,\"time\":%lld,%s}", type, id,
           (long long)(START + seconds * SECOND), more);
  return text;
}

// The decision as JSON, or the refusal. Lives until the next but one.
static const char *decide(nuo_session *session, const char *json) {
  static char texts[2][3000];
  static unsigned next;
  char *text = texts[next++ % 2];
  const nuo_decision *d;
  nuo_error error;
  nuo_text out;
  if (nuo_session_eval_json(session, json, strlen(json), &d, &error) != NUO_OK) {
    snprintf(text, sizeof texts[0], "refused: %s", error.message);
    return text;
  }
  assert_int_equal(nuo_session_decision_json(session, d, &out), NUO_OK);
  snprintf(text, sizeof texts[0], "%.*s", (int)out.len, out.text);
  return text;
}

static bool is_replayed(const char *json) {
  return strstr(json, "\"replayed\":true") != NULL;
}

// `again` is `once` with the mark of a replay in it, and nothing else.
static void check_same(const char *once, const char *again) {
  static const char mark[] = "\"replayed\":true,";
  const char *at = strstr(again, mark);
  assert_non_null(at);
  const size_t before = (size_t)(at - again);
  assert_memory_equal(once, again, before);
  assert_string_equal(once + before, at + strlen(mark));
}

static void test_the_same_again(void **state) {
  (void)state;
  struct world w = begin(0);
  static const char *const bodies[] = {
      "\"user\":\"u\"",
      "\"user\":\"u2\",\"title\":\"最好的一天\"",             // three findings' worth: two breaches
      "\"user\":\"editor\",\"title\":\"最好\"",               // excepted
      "\"user\":\"u\",\"title\":\"\\u0000\\\"最好最好\\n\"",  // hits, and what has to be escaped
  };
  assert_false(is_replayed(decide(w.session, event("granted", "\"g\"", 0, "\"user\":\"u\""))));
  for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
    char id[8], once[3000];
    snprintf(id, sizeof id, "\"p%zu\"", i);
    snprintf(once, sizeof once, "%s", decide(w.session, event("push", id, 1, bodies[i])));
    assert_false(is_replayed(once));
    check_same(once, decide(w.session, event("push", id, 1, bodies[i])));
    // Whatever else the event says.
    check_same(once, decide(w.session, event("push", id, 9, "\"user\":\"other\",\"risky\":true")));
  }
  assert_non_null(
      strstr(decide(w.session, event("push", "\"p3\"", 1, bodies[0])), "\"found\":[{\"entry\":\"最好\""));
  // The same identity of another type is another event.
  assert_false(is_replayed(decide(w.session, event("granted", "\"p1\"", 2, "\"user\":\"u\""))));
  assert_true(is_replayed(decide(w.session, event("granted", "\"g\"", 2, "\"user\":\"u\""))));
  // And of another subject, where the type names one.
  for (int i = 0; i < 2; i++) {
    assert_true(is_replayed(decide(w.session, event("visit", "\"v\"", 2, "\"user\":\"u\""))) == (i > 0));
    assert_true(is_replayed(decide(w.session, event("visit", "\"v\"", 2, "\"user\":\"w\""))) == (i > 0));
  }
  world_end(&w);
}

// What comes again counts once, and its being late is told as it was.
static void test_no_state(void **state) {
  (void)state;
  struct world w = begin(0);
  const char *first = event("complaint", "1", 0, "\"user\":\"u\"");
  assert_null(strstr(decide(w.session, first), "breaches"));
  assert_null(strstr(decide(w.session, first), "breaches"));
  assert_non_null(strstr(decide(w.session, event("complaint", "2", 5, "\"user\":\"u\"")), "\"count\":1,"));
  const char *late = event("complaint", "3", 4, "\"user\":\"u\"");
  assert_non_null(strstr(decide(w.session, late), "\"late\":true,\"verdict\""));
  assert_non_null(strstr(decide(w.session, late), "\"late\":true,\"replayed\":true,\"verdict\""));
  // A mark that it does not move: an event of 20 seconds is none of the past yet.
  decide(w.session, event("push", "\"p\"", 6, "\"user\":\"u\""));
  assert_true(is_replayed(decide(w.session, event("push", "\"p\"", 20, "\"user\":\"u\""))));
  assert_null(strstr(decide(w.session, event("granted", "\"g\"", 7, "\"user\":\"u\"")), "late"));
  world_end(&w);
}

// Exactly an hour is remembered, a millisecond more is not; spans of an hour begin on the hour.
static void test_for_an_hour(void **state) {
  (void)state;
  for (int64_t begin_at = -1; begin_at <= HOUR; begin_at += 901) {
    struct world w = begin(0);
    decide(w.session, event("granted", "\"a\"", begin_at, "\"user\":\"u\""));
    decide(w.session, event("granted", "\"b\"", begin_at + HOUR, "\"user\":\"u\""));
    assert_true(is_replayed(decide(w.session, event("granted", "\"a\"", begin_at, "\"user\":\"u\""))));
    char text[200];
    snprintf(text, sizeof text, "{\"type\":\"granted\",\"id\":\"c\",\"time\":%lld,\"user\":\"u\"}",
             (long long)(START + (begin_at + HOUR) * SECOND + 1));
    decide(w.session, text);
    const char *again = decide(w.session, event("granted", "\"a\"", begin_at, "\"user\":\"u\""));
    assert_memory_equal(again, "refused: the event is too late", 30);
    assert_true(is_replayed(decide(w.session, event("granted", "\"b\"", 0, "\"user\":\"u\""))));
    // An event's own time says how late it is, too.
    assert_false(
        is_replayed(decide(w.session, event("granted", "\"b\"", begin_at + 2 * HOUR + 1, "\"user\":\"u\""))));
    assert_true(
        is_replayed(decide(w.session, event("granted", "\"b\"", begin_at + 2 * HOUR + 1, "\"user\":\"u\""))));
    world_end(&w);
  }
}

// A type that may come later than that is remembered for as long.
static void test_long_lateness(void **state) {
  (void)state;
  struct world w = begin(0);
  decide(w.session, event("complaint", "1", 0, "\"user\":\"u\""));
  decide(w.session, event("granted", "\"g\"", 3 * HOUR, "\"user\":\"u\""));
  assert_true(is_replayed(decide(w.session, event("complaint", "1", 0, "\"user\":\"u\""))));
  assert_int_equal(nuo__store_count(w.engine->state.recent[0]) + nuo__store_count(w.engine->state.recent[1]),
                   1);
  const size_t before = nuo__store_count(w.engine->state.store);
  decide(w.session, event("granted", "\"g2\"", 3 * HOUR + 1, "\"user\":\"u\""));
  assert_memory_equal(decide(w.session, event("complaint", "1", 0, "\"user\":\"u\"")), "refused", 7);
  assert_int_equal(nuo__store_count(w.engine->state.store), before - 1);
  world_end(&w);
}

// The lateness of `granted` is ten seconds: for so long it is remembered at least.
static void test_option(void **state) {
  (void)state;
  static const int64_t given[] = {20, 2}, kept[] = {20, 10};
  for (int i = 0; i < 2; i++) {
    struct world w = begin(given[i] * SECOND);
    decide(w.session, event("granted", "\"g\"", 0, "\"user\":\"u\""));
    assert_true(is_replayed(decide(w.session, event("granted", "\"g\"", kept[i], "\"user\":\"u\""))));
    assert_false(is_replayed(decide(w.session, event("granted", "\"g\"", kept[i] + 1, "\"user\":\"u\""))));
    world_end(&w);
  }
  nuo_engine *engine;
  const nuo_engine_options bad[] = {{.replay_ms = -1}, {.replay_ms = INT64_MAX}};
  for (int i = 0; i < 2; i++) assert_int_equal(nuo_engine_new(&bad[i], &engine), NUO_BAD_ARGUMENT);
}

// What was held or deferred may be asked for again; once it is settled, that stands.
static void test_judged_anew(void **state) {
  (void)state;
  struct world w = begin(0);
  assert_non_null(
      strstr(decide(w.session, event("push", "\"p\"", 0, "\"user\":\"u\",\"risky\":true")), "hold"));
  const char *second = decide(w.session, event("push", "\"p\"", 1, "\"user\":\"late\",\"hour\":\"10:00\""));
  assert_true(strstr(second, "\"defer\"") != NULL && !is_replayed(second));
  const char *third = decide(w.session, event("push", "\"p\"", 2, "\"user\":\"u\""));
  assert_true(strstr(third, "\"amend\"") != NULL && !is_replayed(third));
  const char *fourth = decide(w.session, event("push", "\"p\"", 3, "\"user\":\"u\",\"risky\":true"));
  assert_true(strstr(fourth, "\"amend\"") != NULL && is_replayed(fourth));
  assert_non_null(strstr(fourth, "\"amendments\":[{\"label\":\"first u\",\"rule\":\"first\"}]"));
  world_end(&w);
}

static bool holds(const uint8_t *bytes, uint32_t size, const char *text) {
  const size_t len = strlen(text);
  for (uint32_t i = 0; i + len <= size; i++)
    if (memcmp(bytes + i, text, len) == 0) return true;
  return false;
}

static const uint8_t *record_of(const struct world *w, const char *type, const char *id, uint32_t *size) {
  const struct state *state = &w->engine->state;
  const struct store_key key =
      nuo__state_event_key(state, (nuo_text){type, strlen(type)}, (nuo_text){id, strlen(id)});
  const uint8_t *record = nuo__store_get(state->recent[0], &key, size);
  return record != NULL ? record : nuo__store_get(state->recent[1], &key, size);
}

// Of an event without findings fourteen bytes; of others nothing that can be read. Old ones go by themselves.
static void test_records(void **state) {
  (void)state;
  struct world w = begin(0);
  uint32_t size;
  decide(w.session, event("granted", "\"g\"", 0, "\"user\":\"u\""));
  assert_non_null(record_of(&w, "granted", "g", &size));
  assert_int_equal(size, 14);
  decide(w.session, event("push", "\"p\"", 0, "\"user\":\"reader 4711\",\"title\":\"最好 x\""));
  const uint8_t *record = record_of(&w, "push", "p", &size);
  assert_true(size > 40 && size < 230);
  assert_false(holds(record, size, "4711") || holds(record, size, "最好") || holds(record, size, "first"));
  const size_t empty = nuo__store_bytes(w.engine->state.recent[0]);
  for (int i = 0; i < 20000; i++) {
    char id[16];
    snprintf(id, sizeof id, "\"n%d\"", i);
    decide(w.session, event("granted", id, i, "\"user\":\"u\""));
    const size_t kept =
        nuo__store_count(w.engine->state.recent[0]) + nuo__store_count(w.engine->state.recent[1]);
    assert_true(kept <= 2 * HOUR + 2);
    if (i > HOUR) assert_true(kept > HOUR);
  }
  decide(w.session, event("granted", "\"z\"", 100 * HOUR, "\"user\":\"u\""));
  assert_int_equal(nuo__store_count(w.engine->state.recent[0]) + nuo__store_count(w.engine->state.recent[1]),
                   1);
  // Of a store that was filled, the table stays for the next; after one with less in it, it goes.
  decide(w.session, event("granted", "\"z2\"", 102 * HOUR, "\"user\":\"u\""));
  decide(w.session, event("granted", "\"z3\"", 104 * HOUR, "\"user\":\"u\""));
  assert_true(nuo__store_bytes(w.engine->state.recent[0]) <= empty);
  world_end(&w);
}

// The version that decided is told; once it is not loaded any more, what was decided stays, its names go.
static void test_versions(void **state) {
  (void)state;
  struct world w = begin(0);
  nuo_program *next = compile_policy("2", "effective from 2025-07-02");
  nuo_program *last = compile_policy("1", "effective from 2000-01-01 until 2025-07-01");
  nuo_program *both[] = {last, next};
  assert_int_equal(nuo_engine_use(w.engine, both, 2, NULL), NUO_OK);
  nuo_session_free(w.session);
  assert_int_equal(nuo_session_new(w.engine, &w.session), NUO_OK);
  const int64_t day = 16 * HOUR - 10;  // ten seconds before it ends
  char once[3000];
  snprintf(once, sizeof once, "%s",
           decide(w.session, event("push", "\"p\"", day, "\"user\":\"u\",\"title\":\"最好\"")));
  assert_non_null(strstr(once, "\"version\":\"1\""));
  check_same(once, decide(w.session, event("push", "\"p\"", day + 20, "\"user\":\"u\"")));
  nuo_session_free(w.session);
  assert_int_equal(nuo_engine_use(w.engine, &next, 1, NULL), NUO_OK);
  assert_int_equal(nuo_session_new(w.engine, &w.session), NUO_OK);
  const char *again = decide(w.session, event("push", "\"p\"", day, "\"user\":\"u\""));
  assert_true(is_replayed(again));
  assert_non_null(strstr(again, "\"verdict\":\"block\",\"amendments\":[{\"label\":\"first u\"}]"));
  assert_non_null(strstr(again, "\"message\":\"u wrote 最好\""));
  assert_non_null(strstr(again, "\"policy\":{\"name\":\"p\"}}"));
  nuo_program_free(next);
  nuo_program_free(last);
  world_end(&w);
}

// A policy without a memory decides each event by itself.
static void test_without_memory(void **state) {
  (void)state;
  static const char plain[] =
      "policy p version \"1\" zone \"UTC\" undetermined allow\n"
      "event push enforceable { id: text time: instant n: number }\n"
      "rule r on push forbid when n at least 2 action block\n";
  struct world w = world_begin(world_compile(plain), NULL);
  assert_non_null(strstr(decide(w.session, event("push", "\"p\"", 0, "\"n\":1")), "allow"));
  assert_non_null(strstr(decide(w.session, event("push", "\"p\"", 0, "\"n\":2")), "block"));
  world_end(&w);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_the_same_again), cmocka_unit_test(test_no_state),
      cmocka_unit_test(test_for_an_hour),    cmocka_unit_test(test_long_lateness),
      cmocka_unit_test(test_option),         cmocka_unit_test(test_judged_anew),
      cmocka_unit_test(test_records),        cmocka_unit_test(test_versions),
      cmocka_unit_test(test_without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
