// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/decode.h: what an event is. Its type, said or understood, before its fields or after them;
// a CloudEvents envelope or none; and that nothing of this depends on the events before.
#include "compiler/nuo_compile.h"
#include "tests/unit/decode_bench.h"

// Two types whose fields of one name are of different types, neither the only enforceable one.
static const char two_policy[] = HEAD
    "event first enforceable identity id time time { id: text time: instant x: number data?: text }\n"
    "event second enforceable identity id time time { id: number time: instant x: text type: text }\n"
    "rule a on first forbid when x > 5 action block\n"
    "rule b on second forbid when x is \"5\" action block\n";

// One enforceable type beside an observed one, with fields called as members of an envelope are.
static const char push_policy[] = HEAD
    "event push \"push.requested\" enforceable identity id time time { id: text time: instant source?: text "
    "data?: text "
    "subject? { id?: text } urgent?: flag labels?: list of text }\n"
    "event seen \"push.seen\" observed identity id time time { id: text time: instant urgent?: text }\n"
    "rule a on push forbid when source is \"s\" or urgent or labels contains \"a\" or data is \"d\" action "
    "block\n"
    "rule b on seen forbid when urgent is \"u\"\n";

static void test_number_for_an_identity(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, two_policy);
  uint32_t lane = lane_of(&b, "{\"type\":\"second\",\"id\": 1.0e2 ,\"time\":0,\"x\":\"5\"}");
  check_id(&b, lane, "1.0e2");  // as written
  lane = lane_of(&b, "{\"type\":\"first\",\"id\":\"\\u0041\",\"time\":0,\"x\":5}");
  check_id(&b, lane, "A");
  check_refused(&b, "{\"type\":\"second\",\"id\":\"1\",\"time\":0,\"x\":\"5\"}", 22,
                "id: a value of another type is expected");
  tear_down(&b);
}

// ---- types and envelopes ----

static void test_types(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, two_policy);
  static const struct {
    const char *text;
    uint32_t event;
  } cases[] = {
      {"{\"type\":\"first\",\"id\":\"a\",\"time\":0,\"x\":1}", 0},
      {"{\"type\":\"second\",\"id\":1,\"time\":0,\"x\":\"1\"}", 1},
      {"{\"id\":\"a\",\"time\":0,\"x\":1,\"type\":\"first\"}", 0},   // the type after fields that the other
      {"{\"id\":1,\"time\":0,\"x\":\"1\",\"type\":\"second\"}", 1},  // type would refuse, either way round
      {"{\"id\":\"a\",\"time\":0,\"x\":1,\"type\":\"first\"}", 0},
      {"{\"id\":\"a\",\"time\":0,\"x\":1,\"t\\u0079pe\":\"f\\u0069rst\"}", 0},
      {"{\"id\":1,\"time\":0,\"x\":\"1\",\"\\u0074ype\":\"second\"}", 1},
  };
  uint64_t lanes[2] = {0, 0};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    uint32_t lane = lane_of(&b, cases[i].text);
    assert_int_equal(b.batch.event[lane], cases[i].event);
    lanes[cases[i].event] |= 1ull << lane;
  }
  assert_int_equal(b.batch.event_lanes[0], lanes[0]);
  assert_int_equal(b.batch.event_lanes[1], lanes[1]);
  // No type said, and two that it might be.
  static const char untold[] = "the member \"type\" is missing: it says what kind of event this is";
  check_refused(&b, "{\"id\":\"a\",\"time\":0,\"x\":1}", 0, untold);
  check_refused(&b, "{\"id\":1,\"time\":0,\"x\":\"1\"}", 0, untold);
  check_refused(&b, "{}", 0, untold);
  check_refused(&b, "{\"type\":\"third\"}", 8, "the policy knows no event type \"third\"");
  // The mistake told is that under the type said.
  check_refused(&b, "{\"x\":\"1\",\"time\":0,\"id\":\"a\",\"type\":\"first\"}", 5, "x: a number is expected");
  check_refused(&b, "{\"x\":1,\"time\":0,\"id\":1,\"type\":\"second\"}", 5,
                "x: a text in quotes is expected");
  tear_down(&b);
}

static void test_events_without_type(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, push_policy);
  assert_int_equal(b.batch.event[lane_of(&b, "{\"id\":\"a\",\"time\":0}")], 0);
  assert_int_equal(
      b.batch.event[lane_of(&b, "{\"id\":\"a\",\"time\":0,\"type\":\"push.seen\",\"urgent\":\"u\"}")], 1);
  assert_int_equal(b.batch.event[lane_of(&b, "{\"id\":\"a\",\"time\":0,\"urgent\":true}")], 0);
  assert_int_equal(
      b.batch.event[lane_of(&b, "{\"id\":\"a\",\"time\":0,\"urgent\":\"u\",\"type\":\"push.seen\"}")], 1);
  assert_int_equal(b.batch.event[lane_of(&b, "{\"id\":\"a\",\"time\":0}")], 0);
  assert_int_equal(b.batch.event_lanes[0], 1 | 4 | 16);
  assert_int_equal(b.batch.event_lanes[1], 2 | 8);
  tear_down(&b);
}

// In "{" ENVELOPE ",… the next member begins at byte 46.
#define ENVELOPE "\"specversion\": \"1.0\",\"type\":\"push.requested\""

static void test_envelopes(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, push_policy);
  static const struct {
    const char *text, *id;
    int64_t time;
    const char *source;
  } cases[] = {
      // Fields in data, the envelope before it, after it, around it.
      {"{" ENVELOPE ",\"data\":{\"id\":\"d\",\"time\":5,\"source\":\"s\"}}", "d", 5, "s"},
      {"{\"data\":{\"id\":\"d\",\"time\":5,\"source\":\"s\"}," ENVELOPE "}", "d", 5, "s"},
      {"{\"type\":\"push.requested\",\"data\":{\"source\":\"s\",\"id\":\"d\",\"time\":5},\"specversion\":\"1."
       "0\"}",
       "d", 5, "s"},
      // Attributes stand for what data does not give; what it gives wins, before and after.
      {"{" ENVELOPE ",\"id\":\"e\",\"time\":7,\"source\":\"/app\",\"data\":{}}", "e", 7, "/app"},
      {"{\"data\":{}," ENVELOPE ",\"id\":\"e\",\"time\":7,\"source\":\"/app\"}", "e", 7, "/app"},
      {"{" ENVELOPE ",\"id\":\"e\",\"time\":7,\"source\":\"/app\"}", "e", 7, "/app"},
      {"{" ENVELOPE ",\"id\":\"e\",\"time\":7,\"source\":\"/app\",\"data\":{\"id\":\"d\",\"source\":\"s\"}}",
       "d", 7, "s"},
      {"{\"data\":{\"id\":\"d\",\"source\":\"s\"}," ENVELOPE ",\"id\":\"e\",\"time\":7,\"source\":\"/app\"}",
       "d", 7, "s"},
      {"{" ENVELOPE ",\"id\":\"e\",\"time\":7,\"source\":\"/app\",\"data\":{\"id\":null,\"time\":9}}", "e", 9,
       "/app"},
      // An attribute that is a record in the schema, or no field at all, is only passed over.
      {"{" ENVELOPE
       ",\"subject\":\"u1\",\"dataschema\":\"x\",\"id\":\"e\",\"time\":7,\"data\":{\"source\":\"s\"}}",
       "e", 7, "s"},
      {"{\"spec\\u0076ersion\":\"1.0\",\"d\\u0061ta\":{\"id\":\"d\",\"time\":5,\"source\":\"s\"}}", "d", 5,
       "s"},
      // No envelope: `data` is the field of the schema.
      {"{\"id\":\"p\",\"time\":1,\"source\":\"s\",\"data\":\"d\"}", "p", 1, "s"},
  };
  size_t count = sizeof cases / sizeof *cases;
  for (size_t round = 0; round < 2 * count; round++) {  // in two orders: the guess comes from the one before
    size_t i = round < count ? round : (round * 5) % count;
    if (round == count) start_anew(&b);
    uint32_t lane = lane_of(&b, cases[i].text);
    check_id(&b, lane, cases[i].id);
    assert_int_equal(b.batch.columns[0][lane], cases[i].time);
    check_text(&b, lane, "source", cases[i].source);
  }
  tear_down(&b);
}

static void test_bad_envelopes(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, push_policy);
  check_refused(&b, "{" ENVELOPE ",\"data\":\"{}\"}", 53, "data: an object in braces is expected");
  check_refused(&b, "{" ENVELOPE ",\"data\":null}", 53, "data: an object in braces is expected");
  check_refused(&b, "{" ENVELOPE ",\"data_base64\":\"e30=\"}", 46,
                "binary data cannot be decided; send the event as JSON in \"data\"");
  check_refused(&b, "{\"specversion\": \"0.3\"}", 16, "this version of CloudEvents is not known; 1.0 is");
  check_refused(&b, "{\"specversion\":1.0}", 15, "a string is expected here");
  check_refused(&b, "{" ENVELOPE "}", 46, "id: this field is required and is not given");
  check_refused(&b, "{" ENVELOPE ",\"id\":7,\"time\":0}", 51, "id: a text in quotes is expected");
  check_refused(&b, "{" ENVELOPE ",\"id\":\"e\",\"data\":{\"id\":\"f\",\"id\":\"g\"}}", 72,
                "the member \"id\" is given twice");
  check_refused(&b, "{" ENVELOPE ",\"data\":{},\"d\\u0061ta\":{}}", 56,
                "the member \"d\\u0061ta\" is given twice");
  tear_down(&b);
}

// What comes of an event does not depend on the event before it, good or bad.
static void test_order_does_not_matter(void **state) {
  (void)state;
  static const char *const texts[] = {
      "{\"id\":\"a\",\"time\":0,\"urgent\":true}",
      "{\"id\":\"a\",\"time\":0,\"urgent\":\"u\"}",
      "{\"id\":\"a\",\"time\":0,\"urgent\":\"u\",\"type\":\"push.seen\"}",
      "{\"id\":\"a\",\"time\":0,\"urgent\":true,\"type\":\"push.seen\"}",
      "{\"type\":\"push.seen\",\"id\":\"a\",\"time\":0}",
      "{\"id\":\"a\",\"time\":0,\"data\":\"d\"}",
      "{\"id\":\"a\",\"time\":0,\"data\":{}}",
      "{\"id\":\"a\",\"time\":0,\"data\":{\"id\":\"d\",\"id\":\"d\"}}",
      "{" ENVELOPE ",\"id\":\"e\",\"time\":7}",
      "{" ENVELOPE ",\"data\":{\"id\":\"d\",\"time\":1}}",
      "{\"data\":{\"id\":\"d\",\"time\":1,\"urgent\":\"u\"},\"specversion\":\"1.0\",\"type\":\"push.seen\"}",
      "{\"data\":{\"id\":\"d\",\"time\":1,\"urgent\":\"u\"},\"specversion\":\"1.0\"}",
      "{\"data\":{\"id\":\"d\",\"time\":1},\"specversion\":\"2.0\"}",
      "{\"data\":{\"id\":\"d\",\"time\":1},\"specversion\":\"1.0\",\"type\":\"other\"}",
      "{\"data\":{\"id\":\"d\",\"time\":1},\"specversion\":\"1.0\"",
      "{\"id\":\"a\",\"time\":0,\"labels\":[\"a\",\"b\",5]}",
      "{\"id\":\"a\",\"time\":0,\"labels\":[\"a\",\"b\"]}",
      "[]",
  };
  enum { COUNT = sizeof texts / sizeof *texts };
  struct bench b;
  nuo_error alone[COUNT];
  uint32_t event[COUNT];
  for (size_t i = 0; i < COUNT; i++) {
    set_up(&b, push_policy);
    decode(&b, texts[i]);
    alone[i] = b.error;
    event[i] = b.batch.event[0];
    tear_down(&b);
  }
  set_up(&b, push_policy);
  for (size_t before = 0; before < COUNT; before++)
    for (size_t i = 0; i < COUNT; i++) {
      start_anew(&b);
      decode(&b, texts[before]);
      uint32_t lane = b.batch.count;
      nuo_status status = decode(&b, texts[i]);
      if (status != alone[i].status || b.error.offset != alone[i].offset ||
          strcmp(b.error.message, alone[i].message) != 0)
        fail_msg("%s after %s: %s", texts[i], texts[before], b.error.message);
      if (status == NUO_OK) assert_int_equal(b.batch.event[lane], event[i]);
    }
  tear_down(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_number_for_an_identity), cmocka_unit_test(test_types),
      cmocka_unit_test(test_events_without_type),    cmocka_unit_test(test_envelopes),
      cmocka_unit_test(test_bad_envelopes),          cmocka_unit_test(test_order_does_not_matter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
