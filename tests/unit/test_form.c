// SPDX-License-Identifier: Apache-2.0
// Events as values (nuo_form_* of nuo.h): what is refused and what for, names, swaps of the policy, the JSON
// of a row, and every allocation made to fail once. That values are decided as their JSON is `oracle --twins`
// shows.
#include <stdio.h>
#include <stdlib.h>

#include "runtime/limits.h"
#include "tests/unit/fail_once.h"
#include "tests/unit/world.h"

#define HEAD(version) "policy p version \"" version "\" zone \"Asia/Shanghai\" undetermined hold\n"
static const char policy[] = HEAD("1")
    "event push \"push.sent\" as 推送 enforceable identity id time at zone place.tz default policy {\n"
    "  id as 编号: text at: instant kind: one of {advert as 广告, news as 新闻}\n"
    "  count?: number price?: decimal urgent?: flag day?: date hour?: clock pause?: duration body?: text\n"
    "  labels?: list of text numbers?: list of number colours?: list of one of {red as 红, green as 绿}\n"
    "  place { tz?: zone city?: text } buyer? as 买家 { name as 姓名: text age?: number work? { street: text } }\n"
    "  unread_day?: date unread_list?: list of number unread_kind?: one of {a, b}\n"
    "}\n"
    "event count \"count.sent\" observed { id: number time: instant type: text specversion?: text }\n"
    "rule a on push forbid when kind is advert or count more than 5 or price more than 1.5 or urgent action note\n"
    "rule b on push forbid when day after 2025-01-01 or hour after 12:00 or pause more than 5 minutes action note\n"
    "rule c on push forbid when body contains \"x\" or labels contains \"y\" or numbers contains 7 action note\n"
    "rule d on push forbid when colours contains green or place.city is \"z\" or buyer.age more than 5 action note\n"
    "rule e on count forbid when type is \"count.sent\" action note because \"{type} {specversion}\"\n";

#define TEXT(t)                   \
  {                               \
    NUO_VALUE_TEXT, {             \
      .text = { t, sizeof t - 1 } \
    }                             \
  }
#define NUMBER(k, n) \
  {                  \
    NUO_VALUE_##k, { \
      .number = n    \
    }                \
  }
#define MISSING          \
  {                      \
    NUO_VALUE_MISSING, { \
      .flag = false      \
    }                    \
  }
#define LIST(l)                           \
  {                                       \
    NUO_VALUE_LIST, {                     \
      .list = { l, sizeof l / sizeof *l } \
    }                                     \
  }

static nuo_text text(const char *t) {
  return (nuo_text){t, strlen(t)};
}

static nuo_form *form_of(nuo_session *s, const char *type, size_t count, const char *const *fields) {
  nuo_text names[8];
  nuo_form *form;
  nuo_error error = {.message = ""};
  for (size_t i = 0; i < count; i++) names[i] = text(fields[i]);
  if (nuo_form_new(s, text(type), names, count, &form, &error) != NUO_OK) fail_msg("%s", error.message);
  return form;
}

static void check_error(const nuo_error *error, nuo_status status, size_t offset, const char *message) {
  assert_int_equal(error->status, status);
  if (strcmp(error->message, message) != 0) fail_msg("%s, not %s", error->message, message);
  assert_int_equal(error->offset, offset);
  if (status == NUO_BAD_EVENT) assert_true(error->message_zh[0] != 0);
}

// ---- values ----

// A push with one field more.
static void check_field(nuo_session *s, const char *name, nuo_value value, const char *message) {
  const char *const fields[] = {"id", "at", "kind", name};
  const nuo_value row[] = {TEXT("p"), NUMBER(INSTANT, 0), TEXT("news"), value};
  const nuo_decision *d = NULL;
  nuo_error error = {.message = ""};
  nuo_form *form = form_of(s, "push", 4, fields);
  const nuo_status status = nuo_form_eval(form, row, &d, &error);
  if (message != NULL) {
    if (status != NUO_BAD_EVENT) fail_msg("%s: %s", name, nuo_status_name(status));
    check_error(&error, NUO_BAD_EVENT, 3, message);
  } else if (status != NUO_OK || d == NULL) {
    fail_msg("%s: %s", name, error.message);
  }
  nuo_form_free(form);
}

static void test_refusals(void **state) {
  (void)state;
  static const nuo_value wrong[] = {NUMBER(NUMBER, 1), TEXT("2")}, gap[] = {MISSING}, deep[] = {LIST(wrong)},
                         colours[] = {TEXT("red"), TEXT("pink")}, bad[] = {TEXT("\xff")};
  static nuo_value many[LIMIT_LIST_ELEMENTS + 1];
  for (size_t i = 0; i <= LIMIT_LIST_ELEMENTS; i++) many[i].kind = NUO_VALUE_NUMBER;
  static const struct {
    const char *field;
    nuo_value value;
    const char *message;
  } cases[] = {
      {"count", TEXT("1"), "count: a number is expected"},
      {"count", NUMBER(DECIMAL, 1000000), "count: a number is expected"},
      {"count", NUMBER(INSTANT, 1), "count: a number is expected"},
      {"price", {NUO_VALUE_FLAG, {.flag = true}}, "price: a number is expected"},
      {"price", NUMBER(NUMBER, INT64_MAX / 1000000 + 1),
       "price: more than six digits after the point, or too large"},
      {"urgent", NUMBER(NUMBER, 1), "urgent: true or false is expected"},
      {"day", TEXT("2025-01-01"), "day: a date is expected"},
      {"day", NUMBER(DATE, 2932897), "day: outside the years 1 to 9999"},
      {"day", NUMBER(DATE, INT64_MAX), "day: outside the years 1 to 9999"},
      {"unread_day", NUMBER(DATE, -719163), "unread_day: outside the years 1 to 9999"},
      {"hour", NUMBER(DURATION, 1), "hour: a clock time is expected"},
      {"hour", NUMBER(CLOCK, 86400001), "hour: outside 00:00 to 24:00"},
      {"pause", NUMBER(NUMBER, 1), "pause: a duration is expected"},
      {"body", NUMBER(NUMBER, 1), "body: a text is expected"},
      {"body", TEXT("a\xc3"), "these bytes are not UTF-8"},
      {"body", {NUO_VALUE_TEXT, {.text = {NULL, 3}}}, "there is a length, but no text"},
      {"body", {NUO_VALUE_TEXT, {.text = {"", (size_t)1 << 40}}}, "the event is longer than 1048576 bytes"},
      {"unread", TEXT("\xed\xa0\x80"), "these bytes are not UTF-8"},
      {"unread", {(nuo_value_kind)11, {.number = 0}}, "there is no such kind of value"},
      {"unread", LIST(gap), "a list has values, no lists and none that are missing"},
      {"unread", LIST(deep), "a list has values, no lists and none that are missing"},
      {"unread", LIST(bad), "these bytes are not UTF-8"},
      {"labels", TEXT("y"), "labels: a list is expected"},
      {"labels", LIST(wrong), "labels: a text is expected"},
      {"numbers", LIST(wrong), "numbers: a number is expected"},
      {"numbers", LIST(gap), "numbers: a number is expected"},
      {"numbers", LIST(many), "numbers: more than 4096 elements"},
      {"unread_list", LIST(many), "unread_list: more than 4096 elements"},
      {"colours", LIST(colours), "colours: \"pink\" is not one of its values"},
      {"place.tz", TEXT("Mars/Base"), "place.tz: no such time zone"},
      {"place", TEXT("x"), "place: it has fields of its own, which are to be given"},
      {"body.x", TEXT("x"), "body: a value of another type is expected"},
      {"编号", TEXT("q"), "the member \"编号\" is given twice"},
  };
  struct world w = world_begin(world_compile(policy), NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_field(w.session, cases[i].field, cases[i].value, cases[i].message);
  world_end(&w);
}

// The ends of what may be, and what nobody reads or knows.
static void test_taken(void **state) {
  (void)state;
  static const nuo_value mixed[] = {NUMBER(NUMBER, 1), TEXT("")};
  static const struct {
    const char *field;
    nuo_value value;
  } cases[] = {
      {"count", NUMBER(NUMBER, INT64_MIN)},
      {"price", NUMBER(NUMBER, INT64_MIN / 1000000)},
      {"price", NUMBER(DECIMAL, INT64_MAX)},
      {"day", NUMBER(DATE, 2932896)},
      {"hour", NUMBER(CLOCK, 86400000)},
      {"body", {NUO_VALUE_TEXT, {.text = {NULL, 0}}}},
      {"body", TEXT("a\0b")},
      {"labels", {NUO_VALUE_LIST, {.list = {NULL, 0}}}},
      {"unread_kind", TEXT("none of both")},
      {"unread_list", LIST(mixed)},
      {"unread", NUMBER(DATE, INT64_MAX)},
      {"unread.deep", LIST(mixed)},
      {"place", MISSING},
      {"编号", MISSING},
      {"place.nowhere", TEXT("")},
  };
  struct world w = world_begin(world_compile(policy), NULL);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_field(w.session, cases[i].field, cases[i].value, NULL);
  world_end(&w);
}

static void test_missing(void **state) {
  (void)state;
  static const char *const fields[] = {
      "id", "at", "kind", "buyer.age", "buyer.name", "buyer.work.street", "buyer.hat"};
  static const struct {
    nuo_value row[7];
    const char *message;
  } cases[] = {
      {{MISSING, NUMBER(INSTANT, 0), TEXT("news")}, "id: this field is required and is not given"},
      {{TEXT("p"), MISSING, TEXT("news")}, "at: this field is required and is not given"},
      {{TEXT("p"), NUMBER(INSTANT, 0)}, "kind: this field is required and is not given"},
      {{TEXT("p"), NUMBER(INSTANT, 0), TEXT("news"), NUMBER(NUMBER, 6)},
       "buyer.name: this field is required and is not given"},
      {{TEXT("p"), NUMBER(INSTANT, 0), TEXT("news"), MISSING, MISSING, TEXT("s")},
       "buyer.name: this field is required and is not given"},
      {{TEXT("p"), NUMBER(INSTANT, 0), TEXT("news"), MISSING, MISSING, MISSING, TEXT("hat")},
       "buyer.name: this field is required and is not given"},
      {{TEXT("p"), NUMBER(INSTANT, 0), TEXT("news")}, NULL},
      {{TEXT("p"), NUMBER(INSTANT, 0), TEXT("news"), NUMBER(NUMBER, 6), TEXT("n")}, NULL},
  };
  struct world w = world_begin(world_compile(policy), NULL);
  nuo_form *form = form_of(w.session, "push.sent", 7, fields);
  const nuo_decision *d;
  nuo_error error;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    const nuo_status status = nuo_form_eval(form, cases[i].row, &d, &error);
    if (cases[i].message == NULL) {
      assert_int_equal(status, NUO_OK);
    } else {
      assert_int_equal(status, NUO_BAD_EVENT);
      check_error(&error, NUO_BAD_EVENT, 0, cases[i].message);
    }
  }
  assert_int_equal(d->breach_count, 1);  // of the buyer's age
  nuo_form_free(form);
  // A form without what every event has.
  form = form_of(w.session, "推送", 1, fields);
  assert_int_equal(nuo_form_eval(form, cases[0].row, &d, &error), NUO_BAD_EVENT);
  check_error(&error, NUO_BAD_EVENT, 0, "id: this field is required and is not given");
  nuo_form_free(form);
  world_end(&w);
}

// ---- names ----

static void check_names(nuo_session *s, size_t count, const nuo_text *names, nuo_status status, size_t offset,
                        const char *message) {
  nuo_form *form = (void *)&status;
  nuo_error error = {.message = ""};
  assert_int_equal(nuo_form_new(s, text("push"), names, count, &form, &error), status);
  assert_null(form);
  check_error(&error, status, offset, message);
}

static void test_names(void **state) {
  (void)state;
  struct world w = world_begin(world_compile(policy), NULL);
  static char longest[513];
  memset(longest, 'a', sizeof longest);
  const nuo_text twice[] = {{"id", 2}, {"at", 2}, {"id", 2}}, around[] = {{"a.b", 3}, {"a", 1}},
                 within[] = {{"a", 1}, {"a.b", 3}}, empty[] = {{"", 0}}, quote[] = {{"a\"", 2}},
                 bad[] = {{"\xff", 1}}, too_long[] = {{longest, 513}},
                 fits[] = {{longest, 512}, {"ab", 2}, {"a.c", 3}};
  check_names(w.session, 3, twice, NUO_BAD_ARGUMENT, 2, "field 2: \"id\" stands for what field 0 does");
  check_names(w.session, 2, around, NUO_BAD_ARGUMENT, 1, "field 1: \"a\" stands for what field 0 does");
  check_names(w.session, 2, within, NUO_BAD_ARGUMENT, 1, "field 1: \"a.b\" stands for what field 0 does");
  check_names(w.session, 1, empty, NUO_BAD_ARGUMENT, 0, "field 0: it is empty, too long, or no name");
  check_names(w.session, 1, quote, NUO_BAD_ARGUMENT, 0, "field 0: it is empty, too long, or no name");
  check_names(w.session, 1, bad, NUO_BAD_ARGUMENT, 0, "field 0: it is empty, too long, or no name");
  check_names(w.session, 1, too_long, NUO_BAD_ARGUMENT, 0, "field 0: it is empty, too long, or no name");
  check_names(w.session, NUO_FORM_MAX + 1, twice, NUO_LIMIT, 0, "a form has at most 512 fields");
  check_names(NULL, 1, twice, NUO_BAD_ARGUMENT, 0, "there is no session, or there are no names");
  check_names(w.session, 1, NULL, NUO_BAD_ARGUMENT, 0, "there is no session, or there are no names");
  nuo_form *form;
  assert_int_equal(nuo_form_new(w.session, empty[0], NULL, 0, &form, NULL), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_form_new(w.session, text("push"), fits, 3, &form, NULL), NUO_OK);
  for (size_t i = 0; i < 4; i++) assert_false(nuo_form_has(form, i));
  nuo_form_free(form);
  const char *const known[] = {"买家.姓名", "buyer.age", "place", "Buyer.age"};
  form = form_of(w.session, "推送", 4, known);
  for (size_t i = 0; i < 4; i++) assert_int_equal(nuo_form_has(form, i), i < 2);
  assert_false(nuo_form_has(NULL, 0));
  nuo_form_free(form);
  nuo_form_free(NULL);
  world_end(&w);
}

// Nothing that a policy derives by itself comes from outside, and what it does not know is refused.
static void test_types(void **state) {
  (void)state;
  static const char *const types[] = {"breach", "违约", "nothing"};
  static const nuo_value row[] = {TEXT("p")};
  static const char derives[] = HEAD("1")
      "severities minor < major\nevent e enforceable { id: text time: instant }\n"
      "rule r on e forbid when id is \"x\" action note severity major\n"
      "rule s on breach where severity is major forbid when rule is \"r\" action note severity minor\n";
  struct world w = world_begin(world_compile(derives), NULL);
  const char *const id[] = {"id"};
  const nuo_decision *d;
  nuo_error error;
  for (size_t i = 0; i < 3; i++) {
    char message[100], json[100];
    snprintf(message, sizeof message, "the policy knows no event type \"%s\"", types[i]);
    snprintf(json, sizeof json, "{\"type\":\"%s\",\"id\":\"p\"}", types[i]);
    nuo_form *form = form_of(w.session, types[i], 1, id);
    assert_int_equal(nuo_form_eval(form, row, &d, &error), NUO_BAD_EVENT);
    check_error(&error, NUO_BAD_EVENT, 0, message);
    assert_false(nuo_form_has(form, 0));
    assert_int_equal(nuo_session_eval_json(w.session, json, strlen(json), &d, &error), NUO_BAD_EVENT);
    check_error(&error, NUO_BAD_EVENT, 8, message);
    nuo_form_free(form);
  }
  world_end(&w);
}

// ---- batches, and swaps ----

static void test_batches(void **state) {
  (void)state;
  static const char *const fields[] = {"id", "at", "kind"};
  static const nuo_value good[] = {TEXT("p"), NUMBER(INSTANT, 5), TEXT("advert")},
                         bad[] = {TEXT("p"), NUMBER(INSTANT, 5), TEXT("pink")};
  struct world w = world_begin(world_compile(policy), NULL);
  nuo_form *form = form_of(w.session, "push", 3, fields);
  const nuo_decision *d;
  size_t count;
  nuo_error error;
  int64_t time;
  for (uint64_t i = 0; i < NUO_BATCH; i++) {
    assert_int_equal(nuo_form_add(form, bad, 100, NULL), NUO_BAD_EVENT);
    assert_int_equal(nuo_form_add(form, good, i, &error), NUO_OK);
  }
  assert_int_equal(nuo_form_add(form, good, 0, &error), NUO_LIMIT);
  assert_int_equal(nuo_form_eval(form, good, &d, &error), NUO_BAD_ARGUMENT);
  nuo_session_take_back(w.session, 2);
  assert_int_equal(nuo_form_add(form, good, 62, &error), NUO_OK);
  nuo_session_last(w.session, &time);
  assert_int_equal(time, 5);
  assert_int_equal(nuo_session_decide(w.session, &d, &count), NUO_OK);
  assert_int_equal(count, NUO_BATCH - 1);
  for (uint64_t i = 0; i < count; i++) assert_true(d[i].tag == i && d[i].breach_count == 1);
  assert_int_equal(nuo_form_add(NULL, good, 0, &error), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_form_add(form, NULL, 0, &error), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_form_eval(form, good, NULL, &error), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_form_eval(NULL, good, &d, &error), NUO_BAD_ARGUMENT);
  nuo_session_free(w.session);
  nuo_form_free(form);  // behind its session
  w.session = NULL;
  world_end(&w);
}

// The new version has lost `old`, has `new` and asks for `must`.
static void test_swap(void **state) {
  (void)state;
  static const char *const fields[] = {"id", "time", "old", "new", "must"};
  static const nuo_value row[] = {TEXT("p"), NUMBER(INSTANT, 0), NUMBER(NUMBER, 9), NUMBER(NUMBER, 9),
                                  MISSING},
                         whole[] = {TEXT("p"), NUMBER(INSTANT, 0), NUMBER(NUMBER, 9), NUMBER(NUMBER, 9),
                                    TEXT("")};
  struct world w =
      world_begin(world_compile(HEAD("1") "event e enforceable { id: text time: instant old: number }\n"
                                          "rule r on e forbid when old more than 3 action note\n"),
                  NULL);
  nuo_program *second = world_compile(HEAD(
      "2") "event other observed { id: text time: instant }\n"
           "event e enforceable { id: text time: instant new?: number must: text }\n"
           "rule s on e forbid when new more than 3 action hold\nrule t on other forbid when id is \"\" "
           "action note\n");
  nuo_form *form = form_of(w.session, "e", 5, fields), *less = form_of(w.session, "e", 4, fields);
  const nuo_decision *d;
  nuo_error error;
  assert_int_equal(nuo_form_eval(form, row, &d, &error), NUO_OK);
  assert_int_equal(d->verdict, NUO_NOTE);
  assert_true(nuo_form_has(form, 2) && !nuo_form_has(form, 3));
  assert_int_equal(nuo_form_add(form, row, 0, &error), NUO_OK);  // waits: the batch keeps its version
  assert_int_equal(nuo_engine_use(w.engine, &second, 1, NULL), NUO_OK);
  nuo_program_free(second);
  size_t count;
  assert_int_equal(nuo_session_decide(w.session, &d, &count), NUO_OK);
  assert_int_equal(d->verdict, NUO_NOTE);
  assert_int_equal(nuo_form_eval(form, row, &d, &error), NUO_BAD_EVENT);
  check_error(&error, NUO_BAD_EVENT, 0, "must: this field is required and is not given");
  assert_int_equal(nuo_form_eval(less, row, &d, &error), NUO_BAD_EVENT);
  check_error(&error, NUO_BAD_EVENT, 0, "must: this field is required and is not given");
  assert_int_equal(nuo_form_eval(form, whole, &d, &error), NUO_OK);
  assert_int_equal(d->verdict, NUO_HOLD);
  assert_true(!nuo_form_has(form, 2) && nuo_form_has(form, 3));
  nuo_form_free(less);
  nuo_form_free(form);
  world_end(&w);
}

// Between the recipients of an envelope, and taken back there: what was read of the envelope stays.
static void test_envelopes(void **state) {
  (void)state;
  static const char *const fields[] = {"id", "time", "user"};
  static const char envelope[] =
      "{\"adapter\":\"a\",\"body\":{\"sent\":1795355910000,\"to\":\"u\\n1,u\\n2,x\\n3\"},"
      "\"event\":{\"id\":\"p\"}}";
  static const nuo_value row[] = {TEXT("v"), NUMBER(INSTANT, 5), TEXT("x\n0")},
                         bad[] = {TEXT("v"), NUMBER(INSTANT, 5), TEXT("\xff")};
  struct world w =
      world_begin(world_compile(HEAD("1") "event e enforceable { id: text time: instant user: text }\n"
                                          "adapter a to e { time from \"sent\" timestamp in milliseconds\n"
                                          "  for each user from \"to\" separated by commas }\n"
                                          "rule r on e forbid when user contains \"x\" action note\n"),
                  NULL);
  nuo_form *form = form_of(w.session, "e", 3, fields);
  nuo_error error = {.message = ""};
  const nuo_decision *d;
  size_t count;
  for (uint32_t i = 0; i < 3; i++) {
    const nuo_input input = {.json = envelope, .len = sizeof envelope - 1, .recipient = i};
    uint32_t recipients;
    if (nuo_session_add(w.session, &input, &recipients, &error) != NUO_OK) fail_msg("%s", error.message);
    assert_int_equal(recipients, 3);
    assert_int_equal(nuo_form_add(form, bad, 0, NULL), NUO_BAD_EVENT);
    assert_int_equal(nuo_form_add(form, row, 0, NULL), NUO_OK);
    if (i == 1) nuo_session_take_back(w.session, 1);
  }
  assert_int_equal(nuo_session_decide(w.session, &d, &count), NUO_OK);
  assert_int_equal(count, 5);
  for (size_t i = 0; i < count; i++) assert_int_equal(d[i].breach_count, i == 1 || i >= 3);
  nuo_form_free(form);
  world_end(&w);
}

// ---- JSON ----

static void check_json(nuo_session *s, const char *type, size_t count, const char *const *fields,
                       const nuo_value *row, const char *wanted) {
  nuo_form *form = form_of(s, type, count, fields);
  nuo_text json;
  assert_int_equal(nuo_form_json(form, row, &json, NULL), NUO_OK);
  if (json.len != strlen(wanted) || memcmp(json.text, wanted, json.len) != 0)
    fail_msg("%.*s, not %s", (int)json.len, json.text, wanted);
  // What is said is what would be decided.
  const nuo_decision *d;
  nuo_text first, second;
  nuo_error error;
  if (nuo_form_eval(form, row, &d, &error) == NUO_OK) {
    assert_int_equal(nuo_session_decision_json(s, d, &first), NUO_OK);
    char *kept = strndup(first.text, first.len);
    assert_int_equal(nuo_session_eval_json(s, json.text, json.len, &d, &error), NUO_OK);
    assert_int_equal(nuo_session_decision_json(s, d, &second), NUO_OK);
    assert_int_equal(second.len, strlen(kept));
    assert_memory_equal(second.text, kept, second.len);
    free(kept);
  }
  nuo_form_free(form);
}

static void test_json(void **state) {
  (void)state;
  static const nuo_value labels[] = {TEXT("a\n"), TEXT("诺")};
  static const char *const one[] = {"推.x",       "kind", "买家.age",   "at",
                                    "buyer.name", "id",   "unread.a.b", "labels"},
                           *const two[] = {"day",    "hour", "pause",   "price",
                                           "urgent", "body", "numbers", "place.tz"},
                           *const three[] = {"id", "time"}, *const four[] = {"id", "time", "type"},
                           *const five[] = {"id", "time", "specversion"};
  static const nuo_value first[] = {NUMBER(NUMBER, 1),   TEXT("news"),
                                    NUMBER(NUMBER, -3),  NUMBER(INSTANT, 1751328000000),
                                    TEXT("n"),           TEXT("p\""),
                                    NUMBER(DECIMAL, -1), LIST(labels)},
                         second[] = {NUMBER(DATE, 20270),
                                     NUMBER(CLOCK, 86400000),
                                     NUMBER(DURATION, 1500),
                                     NUMBER(DECIMAL, 1500000),
                                     {NUO_VALUE_FLAG, {.flag = true}},
                                     MISSING,
                                     LIST(labels),
                                     MISSING},
                         third[] = {NUMBER(NUMBER, 7), NUMBER(INSTANT, 0), TEXT("x")};
  struct world w = world_begin(world_compile(policy), NULL);
  check_json(
      w.session, "推送", 8, one, first,
      "{\"type\":\"push.sent\",\"at\":1751328000000,\"buyer\":{\"age\":-3,\"name\":\"n\"},\"id\":\"p\\\"\","
      "\"kind\":\"news\","
      "\"labels\":[\"a\\n\",\"诺\"],\"unread\":{\"a\":{\"b\":-0.000001}},\"推\":"
      "{\"x\":1}}");
  check_json(w.session, "push", 8, two, second,
             "{\"type\":\"push.sent\",\"day\":\"2025-07-01\",\"hour\":\"24:00\",\"numbers\":[\"a\\n\",\"诺\"]"
             ",\"pause\":"
             "1500,\"price\":1.5,\"urgent\":true}");
  // A field "type" has the event's type where none is given.
  check_json(w.session, "count", 2, three, third, "{\"type\":\"count.sent\",\"id\":7,\"time\":0}");
  check_json(
      w.session, "count", 3, four, third,
      "{\"specversion\":\"1.0\",\"type\":\"count.sent\",\"data\":{\"id\":7,\"time\":0,\"type\":\"x\"}}");
  check_json(w.session, "count", 3, five, third,
             "{\"specversion\":\"1.0\",\"type\":\"count.sent\",\"data\":{\"id\":7,\"specversion\":\"x\","
             "\"time\":0}}");
  world_end(&w);
}

static void test_no_json(void **state) {
  (void)state;
  static const nuo_value gap[] = {MISSING}, deep[] = {LIST(gap)};
  static const nuo_value rows[] = {TEXT("\xff"),
                                   NUMBER(DATE, 2932897),
                                   NUMBER(CLOCK, -1),
                                   LIST(gap),
                                   LIST(deep),
                                   {(nuo_value_kind)10, {.number = 0}},
                                   {NUO_VALUE_TEXT, {.text = {NULL, 1}}}};
  static const char *const id[] = {"id"};
  struct world w = world_begin(world_compile(policy), NULL);
  nuo_form *form = form_of(w.session, "push", 1, id);
  nuo_text json;
  nuo_error error;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    assert_int_equal(nuo_form_json(form, &rows[i], &json, &error), NUO_BAD_EVENT);
    assert_null(json.text);
    check_error(&error, NUO_BAD_EVENT, 0,
                "a value cannot be written as JSON: it has no kind, is out of range or not UTF-8");
  }
  assert_int_equal(nuo_form_json(form, NULL, &json, &error), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_form_json(form, rows, NULL, &error), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_form_json(NULL, rows, &json, &error), NUO_BAD_ARGUMENT);
  nuo_form_free(form);
  world_end(&w);
}

// An event may be as long as its JSON may be, to the byte.
static void test_longest(void **state) {
  (void)state;
  static const char *const fields[] = {"id", "at", "kind", "body"};
  struct world w = world_begin(world_compile(policy), NULL);
  nuo_form *form = form_of(w.session, "push", 4, fields);
  char *body = malloc(LIMIT_EVENT_BYTES);
  assert_non_null(body);
  memset(body, 'b', LIMIT_EVENT_BYTES);
  nuo_value row[] = {TEXT("p"), NUMBER(INSTANT, 0), TEXT("news"), TEXT("")};
  nuo_text json;
  nuo_error error;
  const nuo_decision *d;
  row[3].as.text.text = body;
  assert_int_equal(nuo_form_json(form, row, &json, NULL), NUO_OK);
  row[3].as.text.len = LIMIT_EVENT_BYTES - json.len;
  assert_int_equal(nuo_form_eval(form, row, &d, &error), NUO_OK);
  assert_int_equal(nuo_form_json(form, row, &json, NULL), NUO_OK);
  assert_int_equal(json.len, LIMIT_EVENT_BYTES);
  assert_int_equal(nuo_session_eval_json(w.session, json.text, json.len, &d, &error), NUO_OK);
  body[0] = '\n';  // two bytes in JSON
  assert_int_equal(nuo_form_eval(form, row, &d, &error), NUO_BAD_EVENT);
  check_error(&error, NUO_BAD_EVENT, 0, "the event is longer than 1048576 bytes");
  free(body);
  nuo_form_free(form);
  world_end(&w);
}

// ---- memory ----

// A form is made, used, taken through a swap and written, with every allocation failing once.
// False when one failed.
static bool walk(const struct world *w, struct meter *meter, nuo_program *const *programs) {
  static const char *const fields[] = {"id", "at", "kind", "numbers", "place.tz", "buyer.name", "买家.姓名"};
  static const nuo_value numbers[] = {NUMBER(NUMBER, 1), NUMBER(NUMBER, 7)};
  static const nuo_value row[] = {
      TEXT("p"), NUMBER(INSTANT, 0), TEXT("advert"), LIST(numbers), TEXT("Europe/Paris"), TEXT("n"), MISSING};
  nuo_text names[7], json;
  nuo_form *form;
  const nuo_decision *d;
  bool good = true;
  for (size_t i = 0; i < 7; i++) names[i] = text(fields[i]);
  if (nuo_form_new(w->session, text("push"), names, 7, &form, NULL) != NUO_OK) {
    assert_null(form);
    return false;
  }
  for (int i = 0; i < 2; i++) {
    const nuo_status evaluated = nuo_form_eval(form, row, &d, NULL);
    if (evaluated == NUO_OK) assert_int_equal(d->breach_count, 2);
    const nuo_status written = nuo_form_json(form, row, &json, NULL);
    assert_true(evaluated == NUO_OK || evaluated == NUO_NO_MEMORY);
    assert_true(written == NUO_OK || written == NUO_NO_MEMORY);
    good &= evaluated == NUO_OK && written == NUO_OK;
    good &= nuo_engine_use(w->engine, programs, 1, NULL) == NUO_OK;
  }
  assert_int_equal(good, meter->calls < meter->fail_at);
  meter->fail_at = 0;  // whatever failed, it goes on
  assert_int_equal(nuo_form_eval(form, row, &d, NULL), NUO_OK);
  assert_int_equal(d->breach_count, 2);
  nuo_form_free(form);
  return good;
}

static void test_every_allocation_fails_once(void **state) {
  (void)state;
  struct meter meter = {0};
  const nuo_allocator allocator = {metered, &meter};
  const nuo_engine_options options = {.allocator = &allocator};
  nuo_program *program = world_compile(policy);
  size_t failed = 0;
  for (bool good = false; !good; failed += !good) {
    struct world w;
    meter = (struct meter){0};
    assert_int_equal(nuo_engine_new(&options, &w.engine), NUO_OK);
    assert_int_equal(nuo_engine_use(w.engine, &program, 1, NULL), NUO_OK);
    assert_int_equal(nuo_session_new(w.engine, &w.session), NUO_OK);
    meter.fail_at = meter.calls + failed + 1;
    good = walk(&w, &meter, &program);
    nuo_session_free(w.session);
    nuo_engine_free(w.engine);
    assert_int_equal(meter.in_use, 0);
  }
  assert_true(failed > 20);
  nuo_program_free(program);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_refusals), cmocka_unit_test(test_taken),
      cmocka_unit_test(test_missing),  cmocka_unit_test(test_names),
      cmocka_unit_test(test_types),    cmocka_unit_test(test_batches),
      cmocka_unit_test(test_swap),     cmocka_unit_test(test_envelopes),
      cmocka_unit_test(test_json),     cmocka_unit_test(test_no_json),
      cmocka_unit_test(test_longest),  cmocka_unit_test(test_every_allocation_fails_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
