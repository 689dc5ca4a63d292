// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/capture.h and seal.h: every kind of field goes out of a lane and comes back into another
// with the planes that the code asks for complete; another version takes what it still understands; bytes
// that are no capture do no harm; sealed bytes open only with their secret, under their key and unchanged.
#include "runtime/capture.h"

#include "compiler/nuo_compile.h"
#include "runtime/seal.h"
#include "tests/unit/decode_bench.h"

#define FIELDS_BUT(kind, count)                                                                              \
  HEAD "event other observed { id: text time: instant }\n"                                                   \
       "event order enforceable identity id time at zone tz default policy {\n"                              \
       "  id: text\n  at: instant\n  tz?: zone\n  kind?: one of {" kind "}\n  count?: " count                \
       "\n"                                                                                                  \
       "  price?: decimal\n  urgent?: flag\n  day?: date\n  hour?: clock\n  pause?: duration\n"              \
       "  body?: text\n  labels?: list of text\n  numbers?: list of number\n  flags?: list of flag\n"        \
       "  kinds?: list of one of {red, green, blue}\n}\n"                                                    \
       "rule a on order forbid when id is \"x\" and kind in {advert, service} action block\n"                \
       "rule b on order forbid when (urgent or price > 1.5) and tz is present and count is 1 action block\n" \
       "rule c on order forbid when day > 2025-01-01 and hour > 12:00 and pause > 5 minutes action block\n"  \
       "rule d on order forbid when labels contains body and numbers contains 7 and kinds contains green "   \
       "action block\n"                                                                                      \
       "rule e on order forbid when kinds contains red action block\n"

static const char policy[] = FIELDS_BUT("advert, service, news", "number");
// The enumerators have changed places, `service` is gone, `count` is another thing.
static const char newer[] = FIELDS_BUT("news, service as 服务, advert", "decimal");

static const char everything[] =
    "{\"type\":\"order\",\"id\":\"o1\",\"at\":1751328000250,\"tz\":\"Europe/"
    "Paris\",\"kind\":\"advert\",\"count\":-15,"
    "\"price\":-0.000001,\"urgent\":false,\"day\":\"2024-02-29\",\"hour\":\"22:30\",\"pause\":90000,"
    "\"body\":\"一\\n二\",\"labels\":[\"a\",\"\",\"诺\"],\"numbers\":[1,-2,9223372036854775807],"
    "\"kinds\":[\"blue\",\"green\"]}";

// Everything that the lane knows of fields with a register.
static uint32_t all_moves(const struct bench *b, uint32_t lane, struct image_move *moves) {
  const struct image *image = &b->program->image;
  const struct image_event *event = &image->EVENTS[b->batch.event[lane]];
  uint32_t count = 0;
  for (uint32_t i = event->field_first; i < event->field_first + event->field_count; i++) {
    const struct image_field *f = &image->FIELDS[i];
    if (f->reg_class == REG_NONE) continue;
    moves[count++] = (struct image_move){i, f->kind, f->reg_class, f->reg};
  }
  return count;
}

static struct text_out capture_lane(const struct bench *b, uint32_t lane) {
  struct image_move moves[32];
  struct text_out out = {.allocator = nuo__default_allocator()};
  assert_true(nuo__capture(b->program, &b->batch, lane, moves, all_moves(b, lane, moves), &out));
  return out;
}

// The lane of a new event that the bytes make.
static uint32_t restore_lane(struct bench *b, const struct text_out *bytes, struct scratch *texts) {
  char *copy = exactly(bytes->at, bytes->len);
  const uint32_t lane = b->batch.count++;
  assert_true(
      nuo__restore(b->program, copy, bytes->len, 1, &b->batch, lane, nuo__default_allocator(), texts));
  free(copy);
  return lane;
}

static bool denied(const struct bench *b, uint32_t lane, const char *path, uint16_t ordinal) {
  const struct image_field *f = field(b, b->batch.event[lane], path);
  for (uint32_t i = f->asked_first; i < f->asked_first + f->asked_count; i++)
    if (b->program->image.ASKED[i].ordinal == ordinal)
      return b->batch.planes[b->program->image.ASKED[i].plane].f >> lane & 1;
  return false;
}

static void test_there_and_back(void **state) {
  (void)state;
  struct bench b;
  struct scratch texts = {.allocator = nuo__default_allocator()};
  set_up(&b, policy);
  struct text_out bytes = capture_lane(&b, lane_of(&b, everything));
  const uint32_t lane = restore_lane(&b, &bytes, &texts);
  assert_int_equal(lane, 1);
  check_id(&b, lane, "o1");
  assert_int_equal(b.batch.columns[0][lane], 1751328000250);
  assert_int_equal(b.batch.column_known[0] >> lane & 1, 1);
  assert_int_equal(b.batch.zone[lane], b.batch.zone[0]);
  assert_int_not_equal(b.batch.zone[lane], b.program->policy_zone);
  assert_int_equal(number(&b, lane, "kind"), 0);
  assert_int_equal(number(&b, lane, "count"), -15);
  assert_int_equal(number(&b, lane, "price"), -1);
  assert_int_equal(number(&b, lane, "urgent"), 0);
  assert_int_equal(number(&b, lane, "day"), 19782);
  assert_int_equal(number(&b, lane, "hour"), 22 * 3600000 + 30 * 60000);
  assert_int_equal(number(&b, lane, "pause"), 90000);
  check_text(&b, lane, "body", "一\n二");
  const union element *labels = list(&b, lane, "labels", 3), *numbers = list(&b, lane, "numbers", 3);
  check_element(&labels[0], "a");
  check_element(&labels[1], "");
  check_element(&labels[2], "诺");
  assert_int_equal(numbers[1].number, -2);
  assert_int_equal(numbers[2].number, INT64_MAX);
  assert_int_equal(list(&b, lane, "kinds", 2)[1].number, 1);
  assert_true(asked(&b, lane, "kind", 0) && !denied(&b, lane, "kind", 0));
  assert_true(!asked(&b, lane, "kind", 1) && denied(&b, lane, "kind", 1));
  assert_true(asked(&b, lane, "kinds", 1) && !denied(&b, lane, "kinds", 1));
  assert_true(!asked(&b, lane, "kinds", 0) && denied(&b, lane, "kinds", 0));
  // The first lane is as it was.
  check_text(&b, 0, "body", "一\n二");
  nuo__out_free(&bytes);
  nuo__scratch_free(&texts);
  tear_down(&b);
}

// What is missing stays missing, and nothing of an event before shines through.
static void test_missing(void **state) {
  (void)state;
  struct bench b;
  struct scratch texts = {.allocator = nuo__default_allocator()};
  set_up(&b, policy);
  struct text_out bytes = capture_lane(&b, lane_of(&b, "{\"type\":\"order\",\"id\":\"\",\"at\":0}"));
  lane_of(&b, everything);
  b.batch.count = 1;  // the lane that follows holds an old event
  const uint32_t lane = restore_lane(&b, &bytes, &texts);
  static const char *const none[] = {"kind",  "count", "price",  "urgent",  "day",  "hour",
                                     "pause", "body",  "labels", "numbers", "kinds"};
  for (size_t i = 0; i < sizeof none / sizeof *none; i++) assert_false(has(&b, lane, none[i]));
  check_id(&b, lane, "");
  assert_int_equal(b.batch.zone[lane], b.program->policy_zone);
  assert_false(asked(&b, lane, "kind", 0) || denied(&b, lane, "kind", 0));
  assert_false(asked(&b, lane, "kinds", 1) || denied(&b, lane, "kinds", 1));
  nuo__out_free(&bytes);
  nuo__scratch_free(&texts);
  tear_down(&b);
}

static void test_newer_version(void **state) {
  (void)state;
  struct bench old, new;
  struct scratch texts = {.allocator = nuo__default_allocator()};
  set_up(&old, policy);
  set_up(&new, newer);
  struct text_out bytes = capture_lane(&old, lane_of(&old, everything));
  const uint32_t lane = restore_lane(&new, &bytes, &texts);
  assert_int_equal(number(&new, lane, "kind"), 2);  // by its name
  assert_true(asked(&new, lane, "kind", 2) && denied(&new, lane, "kind", 1));
  assert_false(has(&new, lane, "count"));
  assert_int_equal(number(&new, lane, "price"), -1);
  check_text(&new, lane, "body", "一\n二");
  // As an event of another type: what has the same path and type.
  assert_true(
      nuo__restore(new.program, bytes.at, bytes.len, 0, &new.batch, 1, nuo__default_allocator(), &texts));
  check_id(&new, 1, "o1");
  nuo__out_free(&bytes);
  nuo__scratch_free(&texts);
  tear_down(&old);
  tear_down(&new);
}

// Values that lie elsewhere: in code's own registers, or nowhere.
static void test_moves(void **state) {
  (void)state;
  struct bench b;
  struct scratch texts = {.allocator = nuo__default_allocator()};
  struct text_out out = {.allocator = nuo__default_allocator()};
  set_up(&b, policy);
  lane_of(&b, everything);
  const struct image *image = &b.program->image;
  const uint32_t kind = (uint32_t)(field(&b, 1, "kind") - image->FIELDS);
  const uint32_t hour = (uint32_t)(field(&b, 1, "hour") - image->FIELDS);
  const struct image_move moves[] = {{kind, VALUE_ENUM, REG_COLUMN, 0}, {hour, VALUE_CLOCK, REG_COLUMN, 0}};
  b.batch.columns[0][0] = 1;
  assert_true(nuo__capture(b.program, &b.batch, 0, moves, 2, &out));
  assert_true(nuo__capture_text(b.program, (uint32_t)(field(&b, 1, "body") - image->FIELDS),
                                (nuo_text){"x", 1}, &out));
  assert_true(nuo__capture_number(b.program, (uint32_t)(field(&b, 1, "urgent") - image->FIELDS), 1, &out));
  const uint32_t lane = restore_lane(&b, &out, &texts);
  assert_int_equal(number(&b, lane, "kind"), 1);
  assert_int_equal(number(&b, lane, "hour"), 1);
  assert_int_equal(number(&b, lane, "urgent"), 1);
  check_text(&b, lane, "body", "x");
  nuo__out_free(&out);
  nuo__scratch_free(&texts);
  tear_down(&b);
}

// Every beginning of a capture, and every byte of it changed, is read without harm.
static void test_damaged(void **state) {
  (void)state;
  struct bench b;
  struct scratch texts = {.allocator = nuo__default_allocator()};
  set_up(&b, policy);
  struct text_out bytes = capture_lane(&b, lane_of(&b, everything));
  for (size_t len = 0; len < bytes.len; len++) {
    struct text_out part = {.at = bytes.at, .len = len};
    restore_lane(&b, &part, &texts);
    b.batch.count = 1;
    bytes.at[len] ^= 0x55;
    restore_lane(&b, &bytes, &texts);
    bytes.at[len] ^= 0x55;
    b.batch.count = 1;
  }
  nuo__out_free(&bytes);
  nuo__scratch_free(&texts);
  tear_down(&b);
}

static void test_seal(void **state) {
  (void)state;
  struct seal seal, other;
  const struct store_key key = {{1, 2, 3}}, another = {{1, 2, 4}};
  uint8_t bytes[SEAL_MARK + 9] = "........user 4711", again[sizeof bytes], out[9];
  nuo__seal_init(&seal, (const uint8_t[16]){1});
  nuo__seal_init(&other, (const uint8_t[16]){2});
  memcpy(again, bytes, sizeof bytes);
  nuo__seal(&seal, &key, bytes, sizeof bytes);
  assert_memory_not_equal(bytes + SEAL_MARK, "user 4711", 9);
  assert_true(nuo__unseal(&seal, &key, bytes, sizeof bytes, out));
  assert_memory_equal(out, "user 4711", 9);
  nuo__seal(&seal, &key, again, sizeof again);
  assert_memory_equal(bytes, again, sizeof bytes);
  assert_false(nuo__unseal(&other, &key, bytes, sizeof bytes, out));
  assert_false(nuo__unseal(&seal, &another, bytes, sizeof bytes, out));
  assert_false(nuo__unseal(&seal, &key, bytes, SEAL_MARK - 1, out));
  for (size_t i = 0; i < sizeof bytes; i++) {
    bytes[i] ^= 1;
    assert_false(nuo__unseal(&seal, &key, bytes, sizeof bytes, out));
    bytes[i] ^= 1;
  }
  // The same text elsewhere looks otherwise.
  memcpy(again + SEAL_MARK, "user 4711", 9);
  nuo__seal(&seal, &another, again, sizeof again);
  assert_memory_not_equal(bytes + SEAL_MARK, again + SEAL_MARK, 9);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_there_and_back), cmocka_unit_test(test_missing),
      cmocka_unit_test(test_newer_version),  cmocka_unit_test(test_moves),
      cmocka_unit_test(test_damaged),        cmocka_unit_test(test_seal),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
