// SPDX-License-Identifier: Apache-2.0
// Native functions that the host gives: every kind of argument and result, what it may do wrong, and what the
// decision tells of calls that take long or give nothing.
#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/fail_once.h"
#include "tests/unit/world.h"

#define POLICY(rest) "policy p version \"1\" zone \"UTC\" undetermined hold\n" rest
#define EVENT                                                                                 \
  "event e enforceable { id: text time: instant body?: text n?: number p?: decimal f?: flag " \
  "day?: date hour?: clock pause?: duration }\n"

// ---- loading ----

static nuo_status load(const char *policy, const nuo_natives *natives, const char *const *grants,
                       nuo_program **program, nuo_error *error) {
  nuo_compilation *compilation;
  const nuo_text path = {"p.nuo", 5}, text = {policy, strlen(policy)};
  assert_int_equal(nuo_compile(path, text, NULL, &compilation), NUO_OK);
  const nuo_text image = nuo_compilation_image(compilation);
  if (image.text == NULL) fail_msg("%s", policy);
  const nuo_options options = {.native_grants = grants, .natives = natives};
  const nuo_status status = nuo_program_load(image.text, image.len, &options, program, error);
  nuo_compilation_free(compilation);
  return status;
}

static int count_marks(void *context, const nuo_value *arguments, size_t count, nuo_value *result) {
  (void)context;
  if (count != 1 || arguments[0].kind != NUO_VALUE_TEXT || arguments[0].as.text.text == NULL) return 1;
  *result = (nuo_value){NUO_VALUE_NUMBER, {.number = 0}};
  for (size_t i = 0; i < arguments[0].as.text.len; i++)
    result->as.number += arguments[0].as.text.text[i] == '!';
  return 0;
}

static const char marks[] =
    POLICY(EVENT
           "extern function marks(text): number from \"libhost\" symbol \"count_marks\"\n"
           "rule r on e forbid when marks(body) more than 2 action block\n");

static void check_load(nuo_native native, const char *const *grants, nuo_status status, const char *message) {
  const nuo_natives natives = {.functions = &native, .count = 1};
  nuo_program *program;
  nuo_error error = {.message = ""};
  assert_int_equal(load(marks, &natives, grants, &program, &error), status);
  nuo_program_free(program);
  if (message == NULL) return;
  if (strcmp(error.message, message) != 0) fail_msg("%s", error.message);
  assert_true(error.message_zh[0] != 0);
}

static void test_loading(void **state) {
  (void)state;
#define MARKS(l, s, signature)         \
  (nuo_native) {                       \
    l, s, signature, count_marks, NULL \
  }
  static const char *const granted[] = {"libhost=./nowhere.so", NULL};
  check_load(MARKS("libhost", "count_marks", "(text): number"), NULL, NUO_OK, NULL);
  check_load(MARKS("libhost", "count_marks", " ( text ):number "), NULL, NUO_OK, NULL);
  check_load(MARKS("libhost", "count_marks", "（文本）：整数"), granted, NUO_OK, NULL);
  check_load(MARKS("libother", "count_marks", "(text): number"), NULL, NUO_NOT_GRANTED,
             "Library \"libhost\", which function \"count_marks\" comes from, is not granted: the host has "
             "to grant it "
             "by this name.");
  check_load(MARKS("libhost", "count_mark", "(text): number"), NULL, NUO_NOT_GRANTED,
             "Library \"libhost\", which function \"count_marks\" comes from, is not granted, and of its "
             "functions the "
             "host gives others, not this one.");
  check_load(MARKS("libhost", "count_mark", "(text): number"), granted, NUO_NOT_GRANTED,
             "Library \"libhost\", which function \"count_marks\" comes from, cannot be opened: check the "
             "path of its "
             "grant.");
  static const char *const wrong[] = {
      "(text): decimal", "(text, text): number", "(): number", "text: number", "",
      "(text): numbers", "(文本): number"};
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
    char message[200];
    snprintf(message, sizeof message,
             "Function \"count_marks\" is declared (text): number by the policy; the host gives it as %s.",
             wrong[i]);
    check_load(MARKS("libhost", "count_marks", wrong[i]), granted, NUO_NOT_GRANTED, message);
  }
  static const char nothing[] =
      "Native function 0 of the host has no library, symbol, signature or function.";
  check_load(MARKS(NULL, "s", "()"), NULL, NUO_BAD_ARGUMENT, nothing);
  check_load(MARKS("l", NULL, "()"), NULL, NUO_BAD_ARGUMENT, nothing);
  check_load(MARKS("l", "s", NULL), NULL, NUO_BAD_ARGUMENT, nothing);
  check_load((nuo_native){"l", "s", "()", NULL, NULL}, NULL, NUO_BAD_ARGUMENT, nothing);
  const nuo_natives missing = {.functions = NULL, .count = 1};
  nuo_program *program;
  nuo_error error;
  assert_int_equal(load(marks, &missing, NULL, &program, &error), NUO_BAD_ARGUMENT);
}

// All types, by their names in either language.
static void test_names_of_types(void **state) {
  (void)state;
  static const struct {
    const char *name, *zh;
  } types[] = {
#define TYPE(id, en, zh) {en, zh},
#include "compiler/types.def"
#undef TYPE
  };
  size_t tried = 0;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    char policy[400], signature[2][100];
    const bool both = strcmp(types[i].name, "text") != 0;
    if (strcmp(types[i].name, "zone") == 0) continue;  // no function takes it
    snprintf(
        policy, sizeof policy,
        POLICY(EVENT
               "extern function f(%s): %s from \"l\" symbol \"s\"\nrule r on e forbid when time is present "
               "action note\n"),
        types[i].name, both ? types[i].name : "number");
    snprintf(signature[0], 100, "(%s): %s", types[i].name, both ? types[i].name : "number");
    snprintf(signature[1], 100, "（%s）：%s", types[i].zh, both ? types[i].zh : "整数");
    for (int k = 0; k < 2; k++, tried++) {
      const nuo_native native = {"l", "s", signature[k], count_marks, NULL};
      const nuo_natives natives = {.functions = &native, .count = 1};
      nuo_program *program;
      nuo_error error = {.message = ""};
      if (load(policy, &natives, NULL, &program, &error) != NUO_OK)
        fail_msg("%s: %s", signature[k], error.message);
      nuo_program_free(program);
    }
  }
  assert_int_equal(tried, 16);
}

// ---- calling ----

static int weigh(void *context, const nuo_value *a, size_t count, nuo_value *result) {
  static const nuo_value_kind kinds[] = {NUO_VALUE_FLAG,     NUO_VALUE_NUMBER, NUO_VALUE_DECIMAL,
                                         NUO_VALUE_TEXT,     NUO_VALUE_DATE,   NUO_VALUE_CLOCK,
                                         NUO_VALUE_DURATION, NUO_VALUE_INSTANT};
  if (count != 8 || result->kind != NUO_VALUE_MISSING) return 1;
  for (size_t i = 0; i < count; i++)
    if (a[i].kind != kinds[i]) return 1;
  *result = (nuo_value){
      NUO_VALUE_DECIMAL,
      {.number = a[0].as.flag + 10 * a[1].as.number + a[2].as.number + 100 * (int64_t)a[3].as.text.len +
                 1000 * a[4].as.number + a[5].as.number + a[6].as.number + a[7].as.number}};
  return *(const int *)context;
}

static void check_decision(nuo_session *s, const char *event, const char *wanted) {
  const nuo_decision *d;
  nuo_error error;
  nuo_text json;
  if (nuo_session_eval_json(s, event, strlen(event), &d, &error) != NUO_OK) fail_msg("%s", error.message);
  assert_int_equal(nuo_session_decision_json(s, d, &json), NUO_OK);
  char *text = strndup(json.text, json.len);
  if (strstr(text, wanted) == NULL) fail_msg("%s in %s", wanted, text);
  free(text);
}

static void test_kinds(void **state) {
  (void)state;
  int answer = 0;
  const nuo_native native = {
      "l", "weigh", "(flag, number, decimal, text, date, clock, duration, instant): decimal", weigh, &answer};
  const nuo_natives natives = {.functions = &native, .count = 1};
  nuo_program *program;
  nuo_error error;
  assert_int_equal(
      load(
          POLICY(
              EVENT
              "extern function w(flag, number, decimal, text, date, clock, duration, instant): decimal from "
              "\"l\" symbol \"weigh\"\nrule r on e forbid when w(f, n, p, body, day, hour, pause, time) more "
              "than 0 action block because \"{w(f, n, p, body, day, hour, pause, time)}\"\n"),
          &natives, NULL, &program, &error),
      NUO_OK);
  struct world w = world_begin(program, NULL);
  static const char event[] =
      "{\"id\":\"1\",\"time\":7,\"f\":true,\"n\":2,\"p\":0.5,\"body\":\"abc\",\"day\":\"1970-01-03\","
      "\"hour\":\"00:01\","
      "\"pause\":1000}";
  // 1 + 20 + 500000 + 300 + 2000 + 60000 + 1000 + 7 millionths
  check_decision(w.session, event, "\"message\":\"0.563328\"");
  answer = 1;
  check_decision(w.session, event,
                 "\"because_unknown\":[{\"reason\":\"native function failed\",\"name\":\"w\"}]");
  world_end(&w);
}

static int flexible(void *context, const nuo_value *arguments, size_t count, nuo_value *result) {
  (void)arguments, (void)count;
  *result = *(const nuo_value *)context;
  return 0;
}

static void check_result(const char *type, const char *test, nuo_value value, const char *wanted) {
  char policy[400], signature[40];
  snprintf(
      policy, sizeof policy,
      POLICY(EVENT
             "extern function f(): %s from \"l\" symbol \"f\"\nrule r on e forbid when %s action block\n"),
      type, test);
  snprintf(signature, sizeof signature, "(): %s", type);
  const nuo_native native = {"l", "f", signature, flexible, &value};
  const nuo_natives natives = {.functions = &native, .count = 1};
  nuo_program *program;
  nuo_error error = {.message = ""};
  if (load(policy, &natives, NULL, &program, &error) != NUO_OK) fail_msg("%s", error.message);
  struct world w = world_begin(program, NULL);
  check_decision(w.session, "{\"id\":\"1\",\"time\":7,\"n\":2}", wanted);
  world_end(&w);
}

// Results of every kind; what is none is unknown, and the decision says whose mistake it is.
static void test_results(void **state) {
  (void)state;
  static const char blocked[] = "\"verdict\":\"block\"", unknown[] = "\"verdict\":\"hold\"",
                    told[] = ",\"natives\":[{\"function\":\"f\",\"calls\":2,\"no_result\":2}]}";
  check_result("flag", "f()", (nuo_value){NUO_VALUE_FLAG, {.flag = true}}, blocked);
  check_result("flag", "not f()", (nuo_value){NUO_VALUE_FLAG, {.flag = false}}, blocked);
  check_result("number", "f() is -7", (nuo_value){NUO_VALUE_NUMBER, {.number = -7}}, blocked);
  check_result("decimal", "f() is 0.5", (nuo_value){NUO_VALUE_DECIMAL, {.number = 500000}}, blocked);
  check_result("instant", "f() is time", (nuo_value){NUO_VALUE_INSTANT, {.number = 7}}, blocked);
  check_result("date", "f() is 1970-01-02", (nuo_value){NUO_VALUE_DATE, {.number = 1}}, blocked);
  check_result("clock", "f() is 00:01", (nuo_value){NUO_VALUE_CLOCK, {.number = 60000}}, blocked);
  check_result("duration", "f() is 1 seconds", (nuo_value){NUO_VALUE_DURATION, {.number = 1000}}, blocked);
  check_result("number", "f() is 0", (nuo_value){NUO_VALUE_MISSING, {.number = 0}}, unknown);
  check_result("number", "f() is 0", (nuo_value){NUO_VALUE_MISSING, {.number = 0}}, told);
  check_result("number", "f() is 0", (nuo_value){NUO_VALUE_DECIMAL, {.number = 0}}, told);
  check_result("decimal", "f() is 0", (nuo_value){NUO_VALUE_NUMBER, {.number = 0}}, told);
  check_result("date", "f() is 1970-01-01", (nuo_value){NUO_VALUE_DATE, {.number = INT64_MAX}}, told);
  check_result("clock", "f() is 00:00", (nuo_value){NUO_VALUE_CLOCK, {.number = -1}}, told);
  check_result("instant", "f() is time", (nuo_value){NUO_VALUE_INSTANT, {.number = INT64_MIN}}, told);
}

// ---- time ----

struct watch {
  uint64_t now, step;  // what each call takes
};

static uint64_t read_watch(void *context) {
  return ((const struct watch *)context)->now;
}

static int lasting(void *context, const nuo_value *arguments, size_t count, nuo_value *result) {
  struct watch *watch = context;
  (void)count;
  watch->now += watch->step * (uint64_t)arguments[0].as.number;
  *result = (nuo_value){NUO_VALUE_NUMBER, {.number = arguments[0].as.number}};
  return 0;
}

static const char slow_policy[] = POLICY(
    "severities fine < bad\n" EVENT
    "extern function first(number): number from \"l\" symbol \"lasting\"\n"
    "extern function other(number): number from \"l\" symbol \"lasting\"\n"
    "rule r on e forbid when first(n) more than 2 action note severity bad\n"
    "rule s on e where body is present forbid when other(n) more than 100 action note severity fine\n"
    "rule t on breach where severity is bad forbid when first(2) more than 5 action note severity fine\n");

static struct world begin_slow(struct watch *watch, uint64_t call_ns, uint64_t event_ns, bool remembers) {
  const nuo_native native = {"l", "lasting", "(number): number", lasting, watch};
  const nuo_natives natives = {.functions = &native,
                               .count = 1,
                               .now = read_watch,
                               .clock = watch,
                               .call_ns = call_ns,
                               .event_ns = event_ns};
  nuo_program *program;
  nuo_error error = {.message = ""};
  char policy[1000];
  snprintf(policy, sizeof policy, "%s%s", slow_policy,
           remembers ? "rule l on e limit 100 per id in last 1 hours action note\n" : "");
  if (load(policy, &natives, NULL, &program, &error) != NUO_OK) fail_msg("%s", error.message);
  return world_begin(program, NULL);
}

static const nuo_decision *decide(nuo_session *s, const char *event) {
  const nuo_decision *d;
  nuo_error error;
  if (nuo_session_eval_json(s, event, strlen(event), &d, &error) != NUO_OK) fail_msg("%s", error.message);
  return d;
}

static void test_budget(void **state) {
  (void)state;
  for (int remembers = 0; remembers < 2; remembers++) {
    struct watch watch = {.now = 5, .step = 1000000};
    struct world w = begin_slow(&watch, 2000000, 0, remembers);
    assert_int_equal(decide(w.session, "{\"id\":\"1\",\"time\":0,\"n\":2}")->native_count,
                     0);  // just in time
    const nuo_decision *d = decide(w.session, "{\"id\":\"2\",\"time\":0,\"n\":3}");
    assert_int_equal(d->verdict, NUO_NOTE);  // the value counts
    assert_int_equal(d->native_count, 1);
    assert_true(d->natives[0].slow && d->natives[0].no_result == 0);
    assert_int_equal(d->natives[0].function.len, 5);
    assert_int_equal(d->natives[0].longest_ns, 3000000);
    assert_int_equal(d->natives[0].total_ns, 3000000 * (uint64_t)d->natives[0].calls);
    check_decision(w.session, "{\"id\":\"3\",\"time\":0,\"n\":3}", "\"slow\":true,\"total_ms\":");
    assert_int_equal(decide(w.session, "{\"id\":\"4\",\"time\":0}")->native_count, 0);  // nothing is called
    world_end(&w);
    // All calls for one event: each of them is told.
    w = begin_slow(&watch, 0, 3000000, remembers);
    assert_int_equal(decide(w.session, "{\"id\":\"1\",\"time\":0,\"n\":1}")->native_count, 0);
    d = decide(w.session, "{\"id\":\"2\",\"time\":0,\"n\":2,\"body\":\"\"}");
    assert_int_equal(d->native_count, 2);
    assert_true(d->natives[0].slow && d->natives[1].slow);
    world_end(&w);
  }
}

// Each event of a batch has its own.
static void test_lanes(void **state) {
  (void)state;
  struct watch watch = {.now = 0, .step = 1};
  struct world w = begin_slow(&watch, 40, 0, false);
  static char lines[NUO_BATCH][60];
  for (int round = 0; round < 2; round++) {
    const nuo_decision *d;
    size_t count;
    for (int i = 0; i < NUO_BATCH; i++) {
      const int len =
          snprintf(lines[i], 60, "{\"id\":\"%d\",\"time\":0,\"n\":%d}", i, round == 0 ? i : 63 - i);
      assert_int_equal(nuo_session_add_json(w.session, lines[i], (size_t)len, 0, NULL), NUO_OK);
    }
    assert_int_equal(nuo_session_decide(w.session, &d, &count), NUO_OK);
    for (size_t i = 0, at = 0; i < count; i++) {
      if (d[i].caused_by.len > 0) continue;
      const uint64_t n = round == 0 ? at : 63 - at;
      assert_int_equal(d[i].native_count, n > 40);
      if (n > 40) assert_int_equal(d[i].natives[0].longest_ns, n);
      at++;
    }
    while (nuo_session_pending(w.session) > 0)
      assert_int_equal(nuo_session_decide(w.session, &d, &count), NUO_OK);
  }
  world_end(&w);
}

// ---- memory ----

static void test_every_allocation_fails_once(void **state) {
  (void)state;
  nuo_compilation *compilation;
  const nuo_text path = {"p.nuo", 5}, text = {slow_policy, sizeof slow_policy - 1};
  assert_int_equal(nuo_compile(path, text, NULL, &compilation), NUO_OK);
  const nuo_text image = nuo_compilation_image(compilation);
  assert_non_null(image.text);
  struct meter meter = {0};
  struct watch watch = {.now = 0, .step = 10};
  const nuo_allocator allocator = {metered, &meter};
  const nuo_native native = {"l", "lasting", "(number): number", lasting, &watch};
  const nuo_natives natives = {
      .functions = &native, .count = 1, .now = read_watch, .clock = &watch, .call_ns = 1};
  const nuo_options options = {.allocator = &allocator, .natives = &natives};
  const nuo_engine_options engine = {.allocator = &allocator};
  static const char event[] = "{\"id\":\"1\",\"time\":0,\"n\":3}";
  size_t failed = 0;
  for (bool good = false; !good; failed += !good) {
    struct world w = {NULL, NULL, NULL};
    const nuo_decision *d = NULL;
    assert_true(failed < 1000);
    meter = (struct meter){.fail_at = failed + 1};
    good = nuo_program_load(image.text, image.len, &options, &w.program, NULL) == NUO_OK &&
           nuo_engine_new(&engine, &w.engine) == NUO_OK &&
           nuo_engine_use(w.engine, &w.program, 1, NULL) == NUO_OK &&
           nuo_session_new(w.engine, &w.session) == NUO_OK &&
           nuo_session_eval_json(w.session, event, sizeof event - 1, &d, NULL) == NUO_OK;
    if (good) assert_int_equal(d->native_count, 1);
    world_end(&w);
    assert_int_equal(meter.in_use, 0);
  }
  assert_true(failed > 20);
  nuo_compilation_free(compilation);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_loading),
      cmocka_unit_test(test_names_of_types),
      cmocka_unit_test(test_kinds),
      cmocka_unit_test(test_results),
      cmocka_unit_test(test_budget),
      cmocka_unit_test(test_lanes),
      cmocka_unit_test(test_every_allocation_fails_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
