// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/decode.h over compiled schemas: every kind of field lands in its register with the value
// that stands in the text, and what is refused is refused at its byte and leaves nothing behind. Types and
// envelopes are test_decode_kind.c.
#include "compiler/nuo_compile.h"
#include "tests/unit/decode_bench.h"
#include "tests/unit/meter.h"

// Every kind of field, each read by a rule but for the last ones.
static const char order_policy[] = HEAD
    "event order \"shop.order\" enforceable identity id time at zone place.tz default policy {\n"
    "  id: text\n"
    "  at: instant\n"
    "  kind: one of {marketing as 营销, service as 服务, news as 新闻}\n"
    "  count?: number\n"
    "  price?: decimal\n"
    "  urgent?: flag\n"
    "  seen?: instant\n"
    "  day?: date\n"
    "  hour?: clock\n"
    "  pause?: duration\n"
    "  body?: text\n"
    "  labels?: list of text\n"
    "  numbers?: list of number\n"
    "  kinds?: list of one of {red as 红, green as 绿, blue as 蓝}\n"
    "  place { tz?: zone  city?: text }\n"
    "  buyer? { name: text  age?: number  home { street: text  floor?: number }  work? { street: text } }\n"
    "  note?: text\n"
    "  unread_number?: number\n"
    "  unread_day?: date\n"
    "  unread_list?: list of number\n"
    "  unread_flag?: flag\n"
    "}\n"
    "rule a on order forbid when kind is marketing action block\n"
    "rule b on order forbid when count > 5 or price > 1.5 or urgent action block\n"
    "rule c on order forbid when seen > at or day > 2025-01-01 or hour > 12:00 or pause > 5 minutes action "
    "block\n"
    "rule d on order forbid when body contains \"x\" or labels contains \"y\" or numbers contains 7 action "
    "block\n"
    "rule e on order forbid when kinds contains green or place.city is \"z\" action block\n"
    "rule f on order forbid when buyer.name is \"n\" or buyer.age > 5 or buyer.home.floor > 3 action block\n";

// ---- values ----

// What an order has to have. In "{" MINIMAL ",… the next member begins at byte 40.
#define MINIMAL "\"id\":\"order 7\",\"at\":0,\"kind\":\"service\""
// Everything, in an order that is not the schema's.
static const char everything[] =
    "{ \"kinds\" : [\"blue\", \"green\"], \"numbers\":[1, -2, 3e2], \"labels\":[\"a\",\"\\u8bfa\",\"\"],"
    " \"body\":\"line\\none \\ud83d\\ude00\", \"pause\":90000, \"hour\":\"22:30\", \"day\":\"2024-02-29\","
    " \"seen\":\"2025-07-01T08:00:00.250+08:00\", \"urgent\":true, \"price\":-0.000001, \"count\":1.5e1,"
    " \"buyer\":{\"home\":{\"floor\":3,\"street\":\"s\"},\"age\":30,\"name\":\"n\"},"
    " \"place\":{\"city\":\"c\",\"tz\":\"Europe/Paris\"}, \"kind\":\"marketing\", \"at\":1751328000000, "
    "\"id\":\"o\\/1\" }";

static void test_every_kind(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  char *text = exactly(everything, strlen(everything));
  assert_int_equal(nuo__decode_event(b.decoder, text, strlen(everything), &b.batch, &b.error), NUO_OK);
  assert_int_equal(b.batch.event[0], 0);
  assert_int_equal(b.batch.event_lanes[0], 1);
  check_id(&b, 0, "o/1");
  assert_int_equal(number(&b, 0, "at"), 1751328000000);
  assert_int_equal(b.batch.columns[0][0], 1751328000000);
  assert_int_equal(b.batch.column_known[0], 1);
  assert_int_equal(number(&b, 0, "count"), 15);
  assert_int_equal(number(&b, 0, "price"), -1);
  assert_int_equal(number(&b, 0, "urgent"), 1);
  assert_int_equal(number(&b, 0, "seen"), 1751328000250);
  assert_int_equal(number(&b, 0, "day"), 19782);  // 54 years, 13 leap days, 31 + 28 days: 19710 + 13 + 59
  assert_int_equal(number(&b, 0, "hour"), 22 * 3600000 + 30 * 60000);
  assert_int_equal(number(&b, 0, "pause"), 90000);
  check_text(&b, 0, "body", "line\none \xf0\x9f\x98\x80");
  check_text(&b, 0, "place.city", "c");
  check_text(&b, 0, "buyer.name", "n");
  assert_int_equal(number(&b, 0, "buyer.age"), 30);
  assert_int_equal(number(&b, 0, "buyer.home.floor"), 3);
  const union element *labels = list(&b, 0, "labels", 3);
  check_element(&labels[0], "a");
  check_element(&labels[1], "诺");
  check_element(&labels[2], "");
  const union element *numbers = list(&b, 0, "numbers", 3);
  assert_int_equal(numbers[0].number, 1);
  assert_int_equal(numbers[1].number, -2);
  assert_int_equal(numbers[2].number, 300);
  uint16_t paris;
  assert_int_equal(nuo__zone_set_find(b.program->zones, "Europe/Paris", 12, &paris), ZONE_OK);
  assert_int_equal(b.batch.zone[0], paris);
  assert_true(asked(&b, 0, "kind", 0));
  assert_true(asked(&b, 0, "kinds", 1));
  free(text);
  tear_down(&b);
}

static void test_next_lane_knows_nothing(void **state) {
  (void)state;
  struct bench b;
  static const char *const optional[] = {"count",      "price",      "urgent",   "seen",   "day",
                                         "hour",       "pause",      "body",     "labels", "numbers",
                                         "place.city", "buyer.name", "buyer.age"};
  set_up(&b, order_policy);
  lane_of(&b, everything);
  uint32_t lane = lane_of(&b, "{" MINIMAL "}");
  for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
    if (has(&b, lane, optional[i])) fail_msg("%s", optional[i]);
  assert_int_equal(b.batch.zone[lane], b.program->policy_zone);
  assert_false(asked(&b, lane, "kind", 0));
  assert_false(asked(&b, lane, "kinds", 1));
  assert_true(asked(&b, 0, "kind", 0));  // the first lane is as it was
  check_id(&b, 0, "o/1");
  assert_int_equal(b.batch.event_lanes[0], 3);
  lane = lane_of(
      &b, "{" MINIMAL
          ",\"count\":null,\"price\" : null ,\"urgent\":null,\"seen\":null,\"day\":null,\"hour\":null,"
          "\"pause\":null,\"body\":null,\"labels\":null,\"numbers\":null,\"kinds\":null,\"place\":null,"
          "\"buyer\":null,\"unread_number\":null,\"unread_list\":null}");
  for (size_t i = 0; i < sizeof optional / sizeof *optional; i++)
    if (has(&b, lane, optional[i])) fail_msg("%s", optional[i]);
  lane = lane_of(&b, "{" MINIMAL ",\"urgent\":false,\"labels\":[],\"body\":\"\",\"count\":0}");
  assert_int_equal(number(&b, lane, "urgent"), 0);
  assert_int_equal(number(&b, lane, "count"), 0);
  list(&b, lane, "labels", 0);
  check_text(&b, lane, "body", "");
  tear_down(&b);
}

static void test_instants(void **state) {
  (void)state;
  struct bench b;
  static const struct {
    const char *json;
    int64_t ms;
  } cases[] = {
      {"0", 0},
      {"-1", -1},
      {"1751328000000", 1751328000000},
      {"1.751328e12", 1751328000000},
      {"1751328000000.0", 1751328000000},
      {"253402300799999", 253402300799999},
      {"-62135596800000", -62135596800000},
      {"\"2025-07-01T00:00:00Z\"", 1751328000000},
      {"\"2025-07-01T08:00:00+08:00\"", 1751328000000},
      {"\"2025-07-01 08:00:00.5+08:00\"", 1751328000500},
      {"\"2025-06-30T20:00-04:00\"", 1751328000000},
      {"\"1970-01-01T00:00:00.001Z\"", 1},
      {"\"2025-07-01T00:00:00\\u005a\"", 1751328000000},
  };
  set_up(&b, order_policy);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char text[200];
    start_anew(&b);
    sprintf(text, "{\"id\":\"o\",\"kind\":\"news\",\"at\":%s}", cases[i].json);
    uint32_t lane = lane_of(&b, text);
    if (number(&b, lane, "at") != cases[i].ms) fail_msg("%s", cases[i].json);
  }
  tear_down(&b);
}

static void test_zones(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  uint32_t offset = lane_of(&b, "{" MINIMAL ",\"place\":{\"tz\":\"+05:30\"}}");
  uint32_t utc = lane_of(&b, "{" MINIMAL ",\"place\":{\"tz\":\"UTC\"}}");
  uint32_t none = lane_of(&b, "{" MINIMAL ",\"place\":{}}");
  assert_int_equal(nuo__zone_offset_at(nuo__zone_set_get(b.program->zones, b.batch.zone[offset]), 0), 19800);
  assert_int_equal(b.batch.zone[utc], ZONE_UTC);
  assert_int_equal(b.batch.zone[none], b.program->policy_zone);
  check_refused(&b, "{" MINIMAL ",\"place\":{\"tz\":\"Mars/Base\"}}", 54, "place.tz: no such time zone");
  check_refused(&b, "{" MINIMAL ",\"place\":{\"tz\":8}}", 54, "place.tz: a text in quotes is expected");
  tear_down(&b);
}

// What nobody reads is checked for its type and its syntax, and its value is not looked at.
static void test_unread_fields(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  lane_of(
      &b,
      "{" MINIMAL
      ",\"unread_number\":1e999,\"unread_day\":\"soon\",\"unread_list\":[\"a\",{}],\"unread_flag\":false}");
  check_refused(&b, "{" MINIMAL ",\"unread_number\":\"1\"}", 56,
                "unread_number: a value of another type is expected");
  check_refused(&b, "{" MINIMAL ",\"unread_day\":5}", 53, "unread_day: a value of another type is expected");
  check_refused(&b, "{" MINIMAL ",\"unread_list\":{}}", 54,
                "unread_list: a value of another type is expected");
  check_refused(&b, "{" MINIMAL ",\"unread_flag\":0}", 54,
                "unread_flag: a value of another type is expected");
  check_refused(&b, "{" MINIMAL ",\"unread_number\":01}", 57, "a number may not begin with 0");
  check_refused(&b, "{" MINIMAL ",\"note\":\"\\q\"}", 48, "no such escape in JSON");
  check_refused(&b, "{" MINIMAL ",\"unread_list\":[1,]}", 57, "a comma before ']'");
  tear_down(&b);
}

static void test_unknown_members(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  uint32_t lane = lane_of(
      &b, "{\"x\":{\"id\":[1,{\"count\":2}]}," MINIMAL
          ",\"Count\":\"a\",\"counts\":true,\"\":null,\"place\":{\"zone\":9,\"body\":\"b\"},\"price\":1}");
  assert_false(has(&b, lane, "count"));
  assert_false(has(&b, lane, "body"));
  assert_int_equal(number(&b, lane, "price"), 1000000);
  lane = lane_of(
      &b, "{" MINIMAL ",\"co\\u0075nt\":7,\"pl\\u0061ce\":{\"c\\u0069ty\":\"d\"}}");  // names may be escaped
  assert_int_equal(number(&b, lane, "count"), 7);
  check_text(&b, lane, "place.city", "d");
  check_refused(&b, "{" MINIMAL ",\"x\":{\"y\":{\"z\":1,\"z\":1}}}", 56, "the member \"z\" is given twice");
  check_refused(&b, "{" MINIMAL ",\"x\":[tru]}", 45, "a value is expected here");
  check_refused(&b, "{" MINIMAL ",\"i\\u0064\":\"p\"}", 40, "the member \"i\\u0064\" is given twice");
  tear_down(&b);
}

static void test_lists(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  char *text = malloc(100000), *at = text;
  assert_non_null(text);
  at += sprintf(at, "{" MINIMAL ",\"numbers\":[0");
  for (int i = 1; i < LIMIT_LIST_ELEMENTS; i++) at += sprintf(at, ",%d", i);
  strcpy(at, "]}");
  for (uint32_t lane = 0; lane < 3; lane++) {
    lane_of(&b, text);
    const union element *numbers = list(&b, lane, "numbers", LIMIT_LIST_ELEMENTS);
    for (int i = 0; i < LIMIT_LIST_ELEMENTS; i++) assert_int_equal(numbers[i].number, i);
  }
  uint32_t pool = b.batch.pool_count;
  strcpy(at, ",5]}");
  check_refused(&b, text, 50, "numbers: more than 4096 elements");
  assert_int_equal(b.batch.pool_count, pool);
  free(text);
  check_refused(&b, "{" MINIMAL ",\"numbers\":[1,\"2\"]}", 53, "numbers: a number is expected");
  check_refused(&b, "{" MINIMAL ",\"numbers\":[1,null]}", 53, "numbers: a number is expected");
  check_refused(&b, "{" MINIMAL ",\"labels\":[1]}", 50, "labels: a text in quotes is expected");
  check_refused(&b, "{" MINIMAL ",\"labels\":\"a\"}", 49, "labels: a list in brackets is expected");
  check_refused(&b, "{" MINIMAL ",\"kinds\":[\"red\",\"pink\"]}", 55,
                "kinds: \"pink\" is not one of its values");
  assert_int_equal(b.batch.pool_count, pool);
  tear_down(&b);
}

// ---- refusals ----

static void test_refusals(void **state) {
  (void)state;
  struct bench b;
  static const struct {
    const char *text;
    unsigned offset;
    const char *message;
  } cases[] = {
      {"", 0, "an event is an object in braces"},
      {"  []", 2, "an event is an object in braces"},
      {"{\"at\":0,\"kind\":\"news\"}", 22, "id: this field is required and is not given"},
      {"{\"id\":\"o\",\"at\":0}", 17, "kind: this field is required and is not given"},
      {"{\"id\":\"o\",\"at\":0,\"kind\":null} ", 30, "kind: this field is required and is not given"},
      {"{\"id\": 7,\"at\":0,\"kind\":\"news\"}", 7, "id: a text in quotes is expected"},
      {"{\"id\":\"o\",\"at\": true,\"kind\":\"news\"}", 16, "at: a text in quotes is expected"},
      {"{\"id\":\"o\",\"at\":1.5,\"kind\":\"news\"}", 15, "at: not a whole number of 64 bits"},
      {"{\"id\":\"o\",\"at\":253402300800000,\"kind\":\"news\"}", 15, "at: outside the years 1 to 9999"},
      {"{\"id\":\"o\",\"at\":\"noon\",\"kind\":\"news\"}", 15,
       "at: not an instant: RFC 3339 such as 2025-07-01T22:00:00+08:00, or milliseconds since 1970"},
      {"{" MINIMAL ",\"count\":\"1\"}", 48, "count: a number is expected"},
      {"{" MINIMAL ",\"count\": 9223372036854775808}", 49, "count: not a whole number of 64 bits"},
      {"{" MINIMAL ",\"count\":1e4294967296}", 48, "count: not a whole number of 64 bits"},
      {"{" MINIMAL ",\"price\":0.0000001}", 48, "price: more than six digits after the point, or too large"},
      {"{" MINIMAL ",\"urgent\":1}", 49, "urgent: true or false is expected"},
      {"{" MINIMAL ",\"urgent\":trve}", 49, "a value is expected here"},
      {"{" MINIMAL ",\"day\":\"2025-02-29\"}", 46, "day: not a date such as 2025-07-01"},
      {"{" MINIMAL ",\"hour\":\"25:00\"}", 47, "hour: not a clock time such as 22:00"},
      {"{" MINIMAL ",\"pause\":\"PT5M\"}", 48, "pause: a number is expected"},
      {"{" MINIMAL ",\"body\":[]}", 47, "body: a text in quotes is expected"},
      {"{" MINIMAL ",\"place\":\"x\"}", 48, "place: an object in braces is expected"},
      {"{" MINIMAL ",\"count\":nul}", 48, "a value is expected here"},
      {"{\"id\":\"o\",\"at\":0,\"kind\":\"sale\"}", 24, "kind: \"sale\" is not one of its values"},
      {"{\"id\":\"o\",\"at\":0,\"kind\":\"营销\"}", 24, "kind: \"营销\" is not one of its values"},
      {"{\"id\":\"o\",\"at\":0,\"kind\":\"a\\nb\"}", 24, "kind: \"a?b\" is not one of its values"},
      // 40 bytes of a text are shown, and no half of a character: here 13 of 3 bytes each.
      {"{\"id\":\"o\",\"at\":0,\"kind\":\"诺诺诺诺诺诺诺诺诺诺诺诺诺诺诺\"}", 24,
       "kind: \"诺诺诺诺诺诺诺诺诺诺诺诺诺\" is not one of its values"},
      {"{" MINIMAL "} {}", 41, "something follows after the event"},
      {"{" MINIMAL ",\"type\":\"shop.cart\"}", 47, "the policy knows no event type \"shop.cart\""},
      {"{" MINIMAL ",\"type\": 5}", 48, "a string is expected here"},
      {"{" MINIMAL ",\"body\":\"\xff\"}", 48, "these bytes are not UTF-8"},
      {"{" MINIMAL ",\"body\":\"\xe8\xaf\"}", 48, "these bytes are not UTF-8"},
  };
  set_up(&b, order_policy);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    check_refused(&b, cases[i].text, cases[i].offset, cases[i].message);
  tear_down(&b);
}

// A required field of an optional record is required once the record is there.
// The bytes of a name that is expected are compared all at once, whatever they are.
static void test_zeros(void **state) {
  (void)state;
  struct bench b;
  char text[80] = "{";
  set_up(&b, order_policy);
  for (size_t len = 2; len < sizeof text; len++) {
    char *copy = exactly(text, len);
    assert_int_equal(nuo__decode_event(b.decoder, copy, len, &b.batch, &b.error), NUO_BAD_EVENT);
    assert_int_equal(b.error.offset, 1);
    assert_string_equal(b.error.message, "a member's name in quotes is expected here");
    free(copy);
  }
  tear_down(&b);
}

static void test_required_in_a_record(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  lane_of(&b, "{" MINIMAL ",\"buyer\":{\"name\":\"n\",\"home\":{\"street\":\"s\"}}}");
  lane_of(&b, "{" MINIMAL ",\"buyer\":{\"name\":\"n\",\"home\":{\"street\":\"s\"},\"work\":null}}");
  lane_of(&b,
          "{" MINIMAL ",\"buyer\":{\"name\":\"n\",\"home\":{\"street\":\"s\"},\"work\":{\"street\":\"w\"}}}");
  check_refused(&b, "{" MINIMAL ",\"buyer\":{\"home\":{\"street\":\"s\"}}}", 71,
                "buyer.name: this field is required and is not given");
  check_refused(&b, "{" MINIMAL ",\"buyer\":{\"name\":null,\"home\":{\"street\":\"s\"}} }", 83,
                "buyer.name: this field is required and is not given");
  check_refused(&b, "{" MINIMAL ",\"buyer\":{\"name\":\"n\"}}", 60,
                "buyer.home.street: this field is required and is not given");
  check_refused(&b, "{" MINIMAL ",\"buyer\":{\"name\":\"n\",\"home\":null}}", 72,
                "buyer.home.street: this field is required and is not given");
  check_refused(&b, "{" MINIMAL ",\"buyer\":{\"name\":\"n\",\"home\":{\"floor\":1}}}", 78,
                "buyer.home.street: this field is required and is not given");
  check_refused(&b, "{" MINIMAL ",\"buyer\":{\"name\":\"n\",\"home\":{\"street\":\"s\"},\"work\":{}}}", 91,
                "buyer.work.street: this field is required and is not given");
  tear_down(&b);
}

// A bad event that filled every register before it went wrong leaves the lane as it was.
static void test_lane_is_clean_after_a_refusal(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  char bad[sizeof everything + 10];
  sprintf(bad, "%s x", everything);
  for (uint32_t lane = 0; lane < 3; lane++) {
    uint32_t pool = b.batch.pool_count;
    assert_int_equal(decode(&b, bad), NUO_BAD_EVENT);
    assert_int_equal(b.batch.count, lane);
    assert_int_equal(b.batch.pool_count, pool);
    check_clean(&b, lane);
    lane_of(&b, "{" MINIMAL "}");
    assert_false(has(&b, lane, "count"));
    assert_false(has(&b, lane, "labels"));
    assert_false(asked(&b, lane, "kind", 0));
    assert_int_equal(b.batch.zone[lane], b.program->policy_zone);
  }
  tear_down(&b);
}

static void test_undo(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  lane_of(&b, "{" MINIMAL "}");
  uint32_t pool = b.batch.pool_count;
  lane_of(&b, everything);
  nuo__decode_undo(b.decoder, &b.batch);
  assert_int_equal(b.batch.count, 1);
  assert_int_equal(b.batch.pool_count, pool);
  assert_int_equal(b.batch.event_lanes[0], 1);
  check_clean(&b, 1);
  uint32_t lane = lane_of(&b, everything);
  check_text(&b, lane, "body", "line\none \xf0\x9f\x98\x80");
  tear_down(&b);
}

static void test_longest_event(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  char *text = malloc(LIMIT_EVENT_BYTES + 2);
  assert_non_null(text);
  int head = sprintf(text, "{" MINIMAL ",\"body\":\"");
  memset(text + head, 'a', (size_t)(LIMIT_EVENT_BYTES - head));
  strcpy(text + LIMIT_EVENT_BYTES - 2, "\"}");
  uint32_t lane = lane_of(&b, text);
  assert_int_equal(b.batch.texts[field(&b, 0, "body")->reg].len[lane], LIMIT_EVENT_BYTES - head - 2);
  strcpy(text + LIMIT_EVENT_BYTES - 2, "a\"}");
  check_refused(&b, text, 0, "the event is longer than 1048576 bytes");
  free(text);
  tear_down(&b);
}

// ---- memory ----

static void test_full_batch(void **state) {
  (void)state;
  struct bench b;
  set_up(&b, order_policy);
  static char texts[NUO_BATCH][200];
  for (unsigned i = 0; i < NUO_BATCH; i++) {
    sprintf(texts[i], "{\"id\":\"n\\u00%x\",\"at\":%u,\"kind\":\"%s\",\"count\":%u,\"labels\":[\"l%u\"]}",
            0x30 + i % 10, i, i % 3 == 0 ? "marketing" : "news", 2 * i, i);
    lane_of(&b, texts[i]);
    if (i % 5 == 0) assert_int_equal(decode(&b, "{\"count\":1,\"labels\":[\"\\n\"],\"x\""), NUO_BAD_EVENT);
  }
  assert_int_equal(b.batch.event_lanes[0], UINT64_MAX);
  for (unsigned i = 0; i < NUO_BATCH; i++) {
    char id[3] = {'n', (char)('0' + i % 10), 0}, label[10];
    check_id(&b, i, id);
    assert_int_equal(number(&b, i, "count"), 2 * i);
    assert_int_equal(asked(&b, i, "kind", 0), i % 3 == 0);
    sprintf(label, "l%u", i);
    check_element(list(&b, i, "labels", 1), label);
  }
  tear_down(&b);
}

static void test_every_allocation_fails_once(void **state) {
  (void)state;
  struct meter meter = {SIZE_MAX, 0};
  nuo_allocator allocator = {metered, &meter};
  struct bench b;
  set_up_with(&b, order_policy, &allocator);
  nuo__decoder_free(b.decoder);
  size_t in_use = meter.in_use;
  bool done = false;
  for (size_t granted = 0; !done; granted++) {
    assert_true(granted < 50);
    meter.left = granted;
    nuo_status status = nuo__decoder_new(b.program, &allocator, &b.decoder);
    if (status != NUO_OK) {
      assert_int_equal(status, NUO_NO_MEMORY);
      assert_null(b.decoder);
      assert_int_equal(meter.in_use, in_use);
      continue;
    }
    status = decode(&b, everything);
    done = status == NUO_OK;
    if (!done) {
      assert_int_equal(status, NUO_NO_MEMORY);
      assert_int_equal(b.error.status, NUO_NO_MEMORY);
      assert_int_equal(b.batch.count, 0);
      check_clean(&b, 0);
      meter.left = SIZE_MAX;
      check_text(&b, lane_of(&b, everything), "body", "line\none \xf0\x9f\x98\x80");  // and now it works
    }
    nuo__batch_clear(b.program, &b.batch);
    nuo__batch_free(b.program, &allocator, &b.batch);
    nuo__decoder_free(b.decoder);
    assert_int_equal(meter.in_use, 0);
    meter.left = SIZE_MAX;
    assert_int_equal(nuo__batch_new(b.program, &allocator, &b.batch), NUO_OK);
    nuo__batch_clear(b.program, &b.batch);
  }
  b.decoder = NULL;
  tear_down_with(&b, &allocator);
  assert_int_equal(meter.in_use, 0);
}

// However many events are refused, or taken out again, the memory of one is enough.
static void test_refused_events_leave_no_memory(void **state) {
  (void)state;
  struct meter meter = {SIZE_MAX, 0};
  nuo_allocator allocator = {metered, &meter};
  struct bench b;
  set_up_with(&b, order_policy, &allocator);
  char *text = malloc(600000), *at = text;
  assert_non_null(text);
  at += sprintf(at, "{" MINIMAL ",\"body\":\"");
  for (int i = 0; i < 50000; i++) at += sprintf(at, "\\u0041\\n");
  at += sprintf(at, "\",\"labels\":[\"x\\n\",\"y\\n\"],\"day\":\"2025-01-01\"}");
  size_t after_one = 0;
  for (int i = 0; i < 50; i++) {
    at[-3] = 'x';  // in the last field: no date
    assert_int_equal(decode(&b, text), NUO_BAD_EVENT);
    at[-3] = '1';
    lane_of(&b, text);
    nuo__decode_undo(b.decoder, &b.batch);
    if (i == 0) after_one = meter.in_use;
    assert_int_equal(meter.in_use, after_one);
  }
  free(text);
  tear_down_with(&b, &allocator);
  assert_int_equal(meter.in_use, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_every_kind),
      cmocka_unit_test(test_next_lane_knows_nothing),
      cmocka_unit_test(test_instants),
      cmocka_unit_test(test_zones),
      cmocka_unit_test(test_unread_fields),
      cmocka_unit_test(test_unknown_members),
      cmocka_unit_test(test_lists),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_zeros),
      cmocka_unit_test(test_required_in_a_record),
      cmocka_unit_test(test_lane_is_clean_after_a_refusal),
      cmocka_unit_test(test_undo),
      cmocka_unit_test(test_longest_event),
      cmocka_unit_test(test_full_batch),
      cmocka_unit_test(test_every_allocation_fails_once),
      cmocka_unit_test(test_refused_events_leave_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
