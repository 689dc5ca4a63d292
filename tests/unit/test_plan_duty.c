// SPDX-License-Identifier: Apache-2.0
// The planner and the emitter where there are duties, breaches and raised events: which instructions an event
// runs, what its registers go into, when steps are due, and what tells one duty from another. The programs
// are put together by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/duty_model.h"

#define HEAD                                                                                                          \
  "policy p version \"1\" zone \"Asia/Shanghai\" calendar cn undetermined hold\n"                                     \
  "calendar cn as 中国 covers 2025-01-01..2026-01-01 {\n rest 2025-01-01, 2025-10-01..2025-10-08\n work "           \
  "2025-09-28\n}\n"                                                                                                   \
  "event complaint as 投诉 observed {\n id as 编号: text\n time as 时间: instant\n user as 用户: text\n"      \
  " topic as 主题: one of {ads as 广告, fees as 收费}\n promised? as 约定: date\n note? as 备注: text\n}\n" \
  "event reply as 答复 observed lateness 2 hours {\n id as 编号: text\n time as 时间: instant\n"                \
  " complaint as 所复: text\n user as 用户: text\n final as 终局: flag\n}\n"

static const char source[] = HEAD
    "rule x_id on complaint forbid when id is \"\" action note\n"
    "rule x_user on complaint forbid when user is \"\" action note\n"
    "rule x_ads on complaint forbid when topic is ads action note\n"
    "rule x_promised on complaint forbid when promised is 2025-01-01 action note\n"
    "rule x_of on reply forbid when complaint is \"\" action note\n"
    "rule x_by on reply forbid when user is \"\" action note\n"
    "rule x_final on reply forbid when final action note\n";

static uint32_t count_op(const struct image *image, uint32_t first, uint32_t count, enum opcode op) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < count; i++) found += image->CODE[first + i].op == op;
  return found;
}

static uint32_t effects(const struct duty_model *m, const struct image *image, const char *name,
                        enum opcode op) {
  const struct image_event *event = &image->EVENTS[model_event(m, name)->index];
  return count_op(image, event->effect_first, event->effect_count, op);
}

static void test_simple(void **unused) {
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, source);
  struct duty *duty = model_duty(&m, "answer", "complaint");
  VEC_PUSH(m.arena, &duty->key, model_expr(&m, "x_id")->left);
  duty->where = model_expr(&m, "x_ads");
  model_step(&m, duty, "reply", model_expr(&m, "x_of")->left, model_within(&m, 15, UNIT_WORKDAY));
  void *bytes = model_image(&m, &image, &size);
  const struct image_duty *answer = &image.DUTIES[0];
  assert_int_equal(image.DUTIES_count, 1);
  assert_int_equal(effects(&m, &image, "complaint", OPCODE_OPEN), 1);
  assert_int_equal(effects(&m, &image, "complaint", OPCODE_MEET), 0);
  assert_int_equal(effects(&m, &image, "reply", OPCODE_MEET), 1);
  // Workdays are counted by the calendar, in the policy's zone, and end with the day.
  assert_int_equal(effects(&m, &image, "complaint", OPCODE_REACH), 1);
  assert_int_equal(effects(&m, &image, "complaint", OPCODE_ROLL), 0);
  assert_int_equal(effects(&m, &image, "complaint", OPCODE_COVERED), 1);
  assert_int_equal(image.STEPS[answer->step_first].by_day, 1);
  assert_int_equal(answer->key_count, 1);
  assert_int_equal(answer->key_kinds[0], VALUE_TEXT);
  assert_int_equal(answer->subject, IMAGE_KEY_MAX);
  assert_int_equal(answer->lateness, 2 * 3600000);
  assert_int_equal(answer->trigger, model_event(&m, "complaint")->index);
  assert_int_equal(image.EVENTS[answer->event].origin, ORIGIN_DUTY);
  assert_int_equal(image.RULES[answer->rule].event, answer->event);
  // Nobody reads what the complaint says.
  assert_int_equal(image.OPENINGS[0].move_count, 0);
  free(bytes);
  model_end(&m);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(test_simple)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
