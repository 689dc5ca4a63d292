// SPDX-License-Identifier: Apache-2.0
// In the steady state nothing is allocated for an event: calls of the host's allocator are counted over a
// million of them, with findings and messages among them, after as many events as it takes to grow what a
// session and the memory of some subjects need.
#include <inttypes.h>
#include <stdio.h>

#include "tests/unit/fail_once.h"
#include "tests/unit/world.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EVENTS 100000u  // sanitizers are slow
#else
#define EVENTS 1000000u
#endif
#define USERS 50
#define START INT64_C(1751328000000)  // 2025-07-01T00:00:00Z
#define STEP_MS 600

#define HEAD "policy p version \"1\" zone \"Asia/Shanghai\" undetermined hold\n"

static const char forgetful[] = HEAD
    "event push enforceable {\n"
    "  id: text time: instant user: text kind: one of {advert, notice} age?: number title: text\n"
    "  labels: list of text zone?: zone }\n"
    "lexicon bad = {\"内部消息\", \"稳赚不赔\", \"必中\"}\n"
    "rule words on push where kind is advert forbid when title contains any of bad\n"
    "  because \"{title} at {clock(time)} to {user}\" action block\n"
    "rule pattern on push forbid when title matches /[0-9]{8}/ action hold\n"
    "rule labelled on push where kind is advert require labels any in {\"ad\", \"广告\"} action label "
    "\"广告\"\n"
    "rule minors on push where kind is advert forbid when age less than 18 unless labels contains \"teen\"\n"
    "  action defer until 08:00\n";

static const char remembering[] = HEAD
    "event push enforceable subject user { id: text time: instant user: text n: number }\n"
    "event granted observed subject user { id: text time: instant user: text }\n"
    "event withdrawn observed subject user { id: text time: instant user: text }\n"
    "event asked observed subject user { id: text time: instant user: text }\n"
    "event answered observed subject user { id: text time: instant user: text of: text }\n"
    "fact consented (u: text) starts on granted for (user) ends on withdrawn for (user)\n"
    "rule consent on push require consented(user) because \"{user} at {time}\" action block\n"
    "rule often on push limit 20 per user in last 1 hours action block\n"
    "rule hourly on push limit 2 per user in last 1 hours action note\n"
    "duty answer on asked as c must answered where of is c.id within 1 hours\n";

struct host {
  struct meter meter;
  nuo_allocator allocator;
  struct world world;
  uint64_t number, findings;
  char lines[NUO_BATCH][256];
};

static void open_host(struct host *h, const char *policy) {
  nuo_compilation *compilation;
  nuo_program *program;
  nuo_error error = {.message = ""};
  h->allocator = (nuo_allocator){metered, &h->meter};
  const nuo_options options = {.allocator = &h->allocator};
  const nuo_engine_options engine = {.allocator = &h->allocator, .state_secret = "0123456789abcdef"};
  assert_int_equal(
      nuo_compile((nuo_text){"p.nuo", 5}, (nuo_text){policy, strlen(policy)}, NULL, &compilation), NUO_OK);
  const nuo_text image = nuo_compilation_image(compilation);
  if (nuo_program_load(image.text, image.len, &options, &program, &error) != NUO_OK)
    fail_msg("%s", error.message);
  nuo_compilation_free(compilation);
  h->world = world_begin(program, &engine);
}

static void close_host(struct host *h) {
  world_end(&h->world);
  assert_int_equal(h->meter.in_use, 0);
}

// One in sixteen is in breach of each of some rules.
static void write_push(uint64_t n, char *line) {
  static const char *const titles[] = {"本周上新", "内部消息，速来", "您的订单 20250701 已发货", "会员日"};
  snprintf(line, 256,
           "{\"id\":\"p%" PRIu64 "\",\"time\":%" PRId64 ",\"user\":\"u%" PRIu64
           "\",\"kind\":\"%s\",\"title\":\"%s\",\"labels\":[%s]%s}",
           n, START + (int64_t)n * STEP_MS, n % USERS, n % 3 == 0 ? "notice" : "advert",
           titles[n % 4 == 0 ? n / 4 % 4 : 0],
           n % 16 == 5   ? ""
           : n % 16 == 6 ? "\"ad\",\"teen\""
                         : "\"ad\"",
           n % 8 == 6 ? ",\"age\":15" : ",\"zone\":\"Asia/Tokyo\"");
}

// A day has 144,000 events; each user gets consent and loses it, is asked a question and answers.
static void write_happening(uint64_t n, char *line) {
  static const char *const types[] = {"push",      "granted", "push", "push",
                                      "withdrawn", "asked",   "push", "answered"};
  const uint64_t kind = n / USERS % 8, user = n % USERS;
  int at = snprintf(
      line, 256, "{\"type\":\"%s\",\"id\":\"e%08" PRIu64 "\",\"time\":%" PRId64 ",\"user\":\"u%" PRIu64 "\"",
      types[kind], n, START + (int64_t)n * STEP_MS, user);
  if (kind == 7) at += snprintf(line + at, (size_t)(256 - at), ",\"of\":\"e%08" PRIu64 "\"", n - 2 * USERS);
  snprintf(line + at, (size_t)(256 - at), types[kind][0] == 'p' ? ",\"n\":1}" : "}");
}

static void decide(struct host *h) {
  const nuo_decision *decisions;
  size_t count;
  do {
    assert_int_equal(nuo_session_decide(h->world.session, &decisions, &count), NUO_OK);
    for (size_t i = 0; i < count; i++) h->findings += decisions[i].breach_count + decisions[i].duty_count;
  } while (nuo_session_pending(h->world.session) > 0);
}

static void run(struct host *h, void (*write)(uint64_t, char *), uint64_t events) {
  nuo_error error;
  for (uint64_t i = 0; i < events; i += NUO_BATCH) {
    for (uint32_t k = 0; k < NUO_BATCH; k++) {
      write(h->number++, h->lines[k]);
      if (nuo_session_add_json(h->world.session, h->lines[k], strlen(h->lines[k]), k, &error) != NUO_OK)
        fail_msg("%s: %s", error.message, h->lines[k]);
    }
    decide(h);
  }
}

static void test_without_memory(void **state) {
  static struct host h;
  (void)state;
  open_host(&h, forgetful);
  run(&h, write_push, 2000);
  const size_t calls = h.meter.calls;
  h.findings = 0;
  run(&h, write_push, EVENTS);
  assert_true(h.findings > EVENTS / 20);
  assert_int_equal(h.meter.calls - calls, 0);
  close_host(&h);
}

static void test_single_events(void **state) {
  static struct host h;
  (void)state;
  open_host(&h, forgetful);
  size_t calls = 0;
  for (uint64_t i = 0; i < EVENTS / 10; i++) {
    const nuo_decision *decision;
    nuo_error error;
    write_push(i, h.lines[0]);
    assert_int_equal(
        nuo_session_eval_json(h.world.session, h.lines[0], strlen(h.lines[0]), &decision, &error), NUO_OK);
    if (i == 2000) calls = h.meter.calls;
  }
  assert_int_equal(h.meter.calls - calls, 0);
  close_host(&h);
}

static void test_values(void **state) {
  static struct host h;
  (void)state;
  static const nuo_text names[] = {{"id", 2},   {"time", 4},  {"user", 4},
                                   {"kind", 4}, {"title", 5}, {"labels", 6}};
  static const nuo_value label = {NUO_VALUE_TEXT, {.text = {"ad", 2}}};
  nuo_value row[] = {{NUO_VALUE_TEXT, {.text = {"p", 1}}},    {NUO_VALUE_INSTANT, {.number = START}},
                     {NUO_VALUE_TEXT, {.text = {"u", 1}}},    {NUO_VALUE_TEXT, {.text = {"advert", 6}}},
                     {NUO_VALUE_TEXT, {.text = {"必中", 6}}}, {NUO_VALUE_LIST, {.list = {&label, 1}}}};
  nuo_form *form;
  size_t calls = 0;
  open_host(&h, forgetful);
  assert_int_equal(nuo_form_new(h.world.session, (nuo_text){"push", 4}, names, 6, &form, NULL), NUO_OK);
  for (uint64_t i = 0; i < EVENTS; i++) {
    row[1].as.number += STEP_MS;
    row[4].as.text.len = i % 16 == 5 ? 6 : 0;
    assert_int_equal(nuo_form_add(form, row, i, NULL), NUO_OK);
    if (nuo_session_pending(h.world.session) == NUO_BATCH) decide(&h);
    if (i == 2000) calls = h.meter.calls;
  }
  assert_true(h.findings > EVENTS / 20);
  assert_int_equal(h.meter.calls - calls, 0);
  nuo_form_free(form);
  close_host(&h);
}

// Decisions are kept by the hour: two pass before a table is used again. Every hour is like the others: it
// has 6,000 events, and 400 later all is as it was.
static void test_with_memory(void **state) {
  static struct host h;
  (void)state;
  open_host(&h, remembering);
  run(&h, write_happening, 100000);
  const size_t calls = h.meter.calls;
  h.findings = 0;
  run(&h, write_happening, EVENTS);
  assert_true(h.findings > EVENTS / 20);
  assert_in_range(h.meter.calls - calls, 0, 2);  // where its keys happen to lie close, the table may grow
  close_host(&h);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_without_memory),
                                     cmocka_unit_test(test_single_events), cmocka_unit_test(test_values),
                                     cmocka_unit_test(test_with_memory)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
