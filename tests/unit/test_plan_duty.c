// SPDX-License-Identifier: Apache-2.0
// The planner and the emitter where there are duties, breaches and raised events: which instructions an event
// runs, what its registers go into, when steps are due, and what tells one duty from another. The programs
// are put together by hand.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/duty_model.h"

#define HEAD                                                                                                          \
  "policy p version \"1\" zone \"Asia/Shanghai\" calendar cn undetermined hold\n"                                     \
  "calendar cn as 中国 covers 2025-01-01..2026-01-01 {\n rest 2025-01-01, 2025-10-01..2025-10-09\n work "           \
  "2025-09-28, 2025-10-11\n}\n"                                                                                       \
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

// ---- deadlines ----
static int64_t number_before(const struct image *image, const struct image_event *event, enum opcode op) {
  const struct insn *code = image->CODE + event->effect_first;
  uint32_t i = 0;
  while (code[i].op != op) i++;
  while (code[i].op != OPCODE_CCONST) i--;
  return image->NUMBERS[code[i].b];
}

static void test_deadlines(void **unused) {
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, source);
  struct duty *duty = model_duty(&m, "answer", "complaint");
  model_step(&m, duty, "reply", NULL, model_within(&m, 90, UNIT_MINUTE));
  model_step(&m, duty, "reply", NULL, model_within(&m, 2, UNIT_QUARTER));
  model_step(&m, duty, "reply", NULL, model_by(model_expr(&m, "x_promised")->left));
  VEC_PUSH(m.arena, &duty->warnings, model_within(&m, 1, UNIT_HOUR));
  VEC_PUSH(m.arena, &duty->warnings, model_within(&m, 3, UNIT_DAY));
  void *bytes = model_image(&m, &image, &size);
  const struct image_event *complaint = &image.EVENTS[model_event(&m, "complaint")->index];
  assert_int_equal(image.DUTIES[0].step_count, 3);
  assert_int_equal(image.STEPS[0].by_day, 0);
  assert_int_equal(image.STEPS[1].by_day, 1);
  assert_int_equal(image.STEPS[2].by_day, 1);
  assert_int_equal(image.DUTIES[0].warning_count, 2);
  assert_int_equal(image.DUTIES[0].warnings_by_day, 2);
  assert_int_equal(image.DUTIES[0].key_count, 0);
  // Two quarters are six months. They and the warning's three days give way to workdays; the date does not.
  assert_int_equal(number_before(&image, complaint, OPCODE_ADDMONTHS), 6);
  assert_int_equal(effects(&m, &image, "complaint", OPCODE_ROLL), 2);
  assert_int_equal(effects(&m, &image, "complaint", OPCODE_INSTANT), 3);
  // The warning's certainty is nobody's business.
  assert_int_equal(effects(&m, &image, "complaint", OPCODE_COVERED), 1);
  free(bytes);
  model_end(&m);
}

// ---- ties ----
// A number and a decimal that are tied are the same key when they are equal: both as decimals.
static void test_decimal_tie(void **unused) {
  static const char text[] = HEAD
      "event paid as 付款 observed {\n id as 编号: text\n time as 时间: instant\n number as 账号: number\n}\n"
      "event booked as 入账 observed {\n id as 编号: text\n time as 时间: instant\n of as 所付: decimal\n}\n"
      "rule x_number on paid forbid when number is 1 action note\n"
      "rule x_of on booked forbid when of is 1.5 action note\n";
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, text);
  struct duty *duty = model_duty(&m, "book", "paid");
  VEC_PUSH(m.arena, &duty->key, model_expr(&m, "x_number")->left);
  model_step(&m, duty, "booked", model_expr(&m, "x_of")->left, model_within(&m, 1, UNIT_HOUR));
  void *bytes = model_image(&m, &image, &size);
  assert_int_equal(image.DUTIES[0].key_kinds[0], VALUE_DECIMAL);
  assert_int_equal(effects(&m, &image, "paid", OPCODE_DECIMAL), 1);
  assert_int_equal(effects(&m, &image, "booked", OPCODE_DECIMAL), 0);
  free(bytes);
  model_end(&m);
}

// The clock stops while a fact holds, whose key is made of the trigger's fields.
static void test_suspended(void **unused) {
  static const char text[] = HEAD
      "fact frozen as 冻结 (user: text)\n starts on complaint where topic is fees for (user)\n ends on reply "
      "for "
      "(user)\n"
      "rule x_frozen on complaint forbid when frozen(user) action note\n";
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, text);
  struct duty *duty = model_duty(&m, "answer", "complaint");
  duty->suspended = model_expr(&m, "x_frozen");
  model_step(&m, duty, "complaint", NULL, model_within(&m, 1, UNIT_HOUR));
  void *bytes = model_image(&m, &image, &size);
  assert_int_equal(image.FACTS[0].suspends, 1);
  assert_int_equal(image.DUTIES[0].suspended, 0);
  assert_int_equal(image.ARGUMENTS[image.OPENINGS[0].suspended].reg_class, REG_TEXT);
  // What moves the deadline may come two hours late.
  assert_int_equal(image.DUTIES[0].lateness, 2 * 3600000);
  // A complaint is a step, and begins the duty anew, before the fact starts.
  const struct image_event *complaint = &image.EVENTS[model_event(&m, "complaint")->index];
  const struct insn *code = image.CODE + complaint->effect_first + complaint->effect_count;
  assert_int_equal(code[-4].op, OPCODE_MEET);
  assert_int_equal(code[-3].op, OPCODE_OPEN);
  assert_int_equal(code[-2].op, OPCODE_START);
  free(bytes);
  model_end(&m);
}

// ---- for each ----
static const char each_source[] = HEAD
    "event hired as 入职 observed {\n id as 编号: text\n time as 时间: instant\n user as 人员: text\n shop "
    "as 门店: "
    "text\n}\nfact staff as 员工 (user: text, shop: text)\n starts on hired for (user, shop)\n"
    "event order as 通知 observed {\n id as 编号: text\n time as 时间: instant\n shop as 门店: text\n}\n"
    "rule x_id on order forbid when id is \"\" action note\n"
    "rule x_shop on order forbid when shop is \"\" action note\n"
    "rule x_of on reply forbid when complaint is \"\" action note\n"
    "rule x_by on reply forbid when user is \"\" action note\n";

static struct duty *each_duty(struct duty_model *m) {
  struct duty *duty = model_duty(m, "attend", "order");
  duty->each = model_fact(m, "staff");
  duty->each_part = 0;
  duty->each_field = model_add_field(m, duty->event, "person", nuo__type_simple(TYPE_TEXT));
  VEC_PUSH(m->arena, &duty->each_key, NULL);
  VEC_PUSH(m->arena, &duty->each_key, model_expr(m, "x_shop")->left);
  VEC_PUSH(m->arena, &duty->key, model_expr(m, "x_id")->left);
  VEC_PUSH(m->arena, &duty->key, model_each(m, duty));
  struct duty_step *step =
      model_step(m, duty, "reply", model_expr(m, "x_of")->left, model_within(m, 3, UNIT_WORKDAY));
  VEC_PUSH(m->arena, &step->match.key, model_expr(m, "x_by")->left);
  return duty;
}

static void test_each(void **unused) {
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, each_source);
  struct duty *duty = each_duty(&m);
  duty->rule->because = model_use(&m, duty->each_field);
  duty->rule->because->kind = EXPR_TEMPLATE;
  VEC_PUSH(m.arena, &duty->rule->because->items, model_use(&m, duty->each_field));
  void *bytes = model_image(&m, &image, &size);
  const struct image_opening *opening = &image.OPENINGS[0];
  assert_int_equal(image.OPENINGS_count, 1);
  assert_int_equal(effects(&m, &image, "order", OPCODE_EACH), 1);
  assert_int_equal(effects(&m, &image, "order", OPCODE_OPEN), 0);
  assert_int_equal(opening->each_fact, 0);
  assert_int_equal(opening->each_part, 0);
  assert_int_equal(opening->each_class, REG_TEXT);
  assert_int_equal(image.FACTS[0].each_parts, 1);
  assert_int_equal(image.FACTS[0].suspends, 0);
  // The due time is the same for all values: the event's effects make it once, and the code only begins.
  assert_int_equal(effects(&m, &image, "order", OPCODE_REACH), 1);
  assert_int_equal(opening->code_count, 2);
  assert_int_equal(image.CODE[opening->code_first].op, OPCODE_OPEN);
  // The key is the order and the person at hand; the duty's event tells the person.
  assert_int_equal(image.ARGUMENTS[opening->key + 1].reg_class, REG_TEXT);
  assert_int_equal(image.ARGUMENTS[opening->key + 1].reg, opening->each_reg);
  assert_int_equal(opening->move_count, 1);
  assert_int_equal(image.MOVES[opening->move_first].reg, opening->each_reg);
  assert_int_equal(image.MOVES[opening->move_first].field,
                   image.EVENTS[image.DUTIES[0].event].field_first + duty->each_field->index);
  // What runs for each value counts a thousand times.
  const struct image_event *order = &image.EVENTS[model_event(&m, "order")->index];
  assert_int_equal(image.PROGRAM->max_cost, order->code_count + order->effect_count + 1000 * 2);
  free(bytes);
  model_end(&m);
}

// A deadline and a condition that differ from value to value are made for each.
static void test_each_differs(void **unused) {
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, each_source);
  struct duty *duty = each_duty(&m);
  struct expr *is = model_expr(&m, "x_shop");
  is->right = model_each(&m, duty);
  duty->where = is;
  void *bytes = model_image(&m, &image, &size);
  const struct image_opening *opening = &image.OPENINGS[0];
  assert_int_equal(count_op(&image, opening->code_first, opening->code_count, OPCODE_XEQ), 1);
  assert_int_equal(effects(&m, &image, "order", OPCODE_XEQ), 0);
  free(bytes);
  model_end(&m);
}

// ---- derived events ----
// The fields that a rule on breaches reads come from the missed duty's event, which has them from the
// complaint; what nobody reads is not moved.
static void test_breach(void **unused) {
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, source);
  struct duty *duty = model_duty(&m, "answer", "complaint");
  VEC_PUSH(m.arena, &duty->key, model_expr(&m, "x_id")->left);
  model_step(&m, duty, "reply", model_expr(&m, "x_of")->left, model_within(&m, 15, UNIT_DAY));
  struct event_type *breach = model_breach(&m);
  struct expr *user = ARENA_NEW(m.arena, struct expr);
  *user = *model_expr(&m, "x_user");
  user->left = model_use(&m, model_field(breach, "user"));
  model_add_rule(&m, "watched", breach, user);
  void *bytes = model_image(&m, &image, &size);
  const struct image_event *answer = &image.EVENTS[duty->event->index];
  const struct image_event *to = &image.EVENTS[breach->index];
  assert_int_equal(to->origin, ORIGIN_BREACH);
  assert_int_equal(to->member_count, 0);
  assert_int_equal(answer->breach_count, 1);
  const struct image_breach *told = &image.BREACHES[answer->breach_first];
  assert_int_equal(told->event, breach->index);
  assert_int_equal(told->pack, IMAGE_NONE);
  assert_int_equal(told->is_outer, 0);
  assert_int_equal(told->move_count, 1);
  assert_int_equal(image.MOVES[told->move_first].field, to->field_first + model_field(breach, "user")->index);
  assert_int_equal(image.MOVES[told->move_first].kind, VALUE_TEXT);
  assert_int_equal(image.OPENINGS[0].move_count, 1);
  assert_int_equal(image.MOVES[image.OPENINGS[0].move_first].field,
                   answer->field_first + model_field(duty->event, "user")->index);
  // No rule can be breached by a complaint; one can by a breach.
  assert_int_equal(image.EVENTS[model_event(&m, "complaint")->index].breach_count, 0);
  assert_int_equal(to->breach_count, 1);
  free(bytes);
  model_end(&m);
}

static void test_raise(void **unused) {
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, source);
  struct event_type *reply = model_event(&m, "reply");
  struct rule *rule = model_add_rule(&m, "ask", model_event(&m, "complaint"), model_expr(&m, "x_ads"));
  struct raise raise = {.event = reply};
  const struct assignment given[] = {
      {model_field(reply, "complaint"), model_expr(&m, "x_id")->left},
      {model_field(reply, "user"), model_expr(&m, "x_user")->left},
      {model_field(reply, "final"), model_expr(&m, "x_ads")},
  };
  for (int i = 0; i < 3; i++) VEC_PUSH(m.arena, &raise.given, given[i]);
  VEC_PUSH(m.arena, &rule->raises, raise);
  void *bytes = model_image(&m, &image, &size);
  assert_int_equal(image.RAISES_count, 1);
  assert_int_equal(image.RULES[0].raise_count, 1);
  assert_int_equal(image.RAISES[0].event, reply->index);
  // Nobody reads them, but a reply has to have them.
  assert_int_equal(image.RAISES[0].move_count, 3);
  assert_int_equal(image.MOVES[2].reg_class, REG_PLANE);
  assert_int_equal(image.MOVES[2].kind, VALUE_FLAG);
  free(bytes);
  model_end(&m);
}

// ---- periods ----
static const char period_source[] = HEAD
    "parameter most = 3 from 2025-01-01, 5 from 2025-07-01\n"
    "rule few on reply forbid when count of reply where final per complaint this month > 4 action note\n"
    "rule x_most on reply forbid when length(complaint) < most action note\n";

static struct duty *periodic(struct duty_model *m) {
  struct duty *duty = model_duty(m, "review", NULL);
  struct expr *few = model_expr(m, "x_most");
  few->left = model_use(m, model_field(duty->event, "counted"));
  duty->rule->condition = few;
  duty->rule->law = model_field(duty->event, "from");
  duty->counter = m->program->counters.at[0];
  m->program->counters.at[0]->key.count = 0;
  duty->period = UNIT_QUARTER;
  duty->due = model_within(m, 2, UNIT_WEEK);
  return duty;
}

// What an enforceable event does may be reported ten minutes late, when its type says less.
static void test_reported(void **unused) {
  static const char letters[] = HEAD
      "event letter as 信件 enforceable lateness 1 minutes {\n id as 编号: text\n time as 时间: instant\n"
      " complaint as 所复: text\n}\n"
      "rule x_id on complaint forbid when id is \"\" action note\n"
      "rule x_of on letter forbid when complaint is \"\" action note\n";
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, letters);
  struct duty *duty = model_duty(&m, "answer", "complaint");
  VEC_PUSH(m.arena, &duty->key, model_expr(&m, "x_id")->left);
  model_step(&m, duty, "letter", model_expr(&m, "x_of")->left, model_within(&m, 15, UNIT_DAY));
  void *bytes = model_image(&m, &image, &size);
  assert_int_equal(image.DUTIES[0].lateness, 10 * 60000);
  free(bytes);
  model_end(&m);
}

static void test_period(void **unused) {
  struct duty_model m;
  struct image image;
  size_t size;
  (void)unused;
  model_begin(&m, period_source);
  struct duty *duty = periodic(&m);
  void *bytes = model_image(&m, &image, &size);
  const struct image_duty *review = &image.DUTIES[0];
  const struct image_event *event = &image.EVENTS[duty->event->index];
  assert_int_equal(review->trigger, IMAGE_NONE);
  assert_int_equal(review->period, PERIOD_QUARTER);
  assert_int_equal(review->due_unit, DUE_DAYS);
  assert_int_equal(review->due_amount, 14);
  assert_int_equal(review->lateness, 2 * 3600000);
  assert_int_equal(review->counter, duty->counter->index);
  // The parameter's version is that of the period's first instant, not of the due time, column 0.
  const struct image_field *from = &image.FIELDS[event->field_first + PERIOD_FROM];
  uint32_t windows = 0;
  for (uint32_t i = event->code_first; i < event->code_first + event->code_count; i++) {
    if (image.CODE[i].op != OPCODE_RANGEK && image.CODE[i].op != OPCODE_LTK) continue;
    assert_int_equal(image.CODE[i].b, from->reg);
    windows++;
  }
  assert_true(from->reg != 0 && windows > 0);
  free(bytes);
  model_end(&m);
}

// ---- identities ----
// What is changed in the duty before it is compiled.
typedef void change(struct duty_model *m, struct duty *duty);

static void identity_with(change *change, uint8_t identity[16]) {
  struct duty_model m;
  struct image image;
  size_t size;
  model_begin(&m, source);
  struct duty *duty = model_duty(&m, "answer", "complaint");
  VEC_PUSH(m.arena, &duty->key, model_expr(&m, "x_id")->left);
  struct duty_match closed = {.event = model_event(&m, "reply"), .where = model_expr(&m, "x_final")};
  VEC_PUSH(m.arena, &closed.key, model_expr(&m, "x_of")->left);
  VEC_PUSH(m.arena, &duty->discharges, closed);
  model_step(&m, duty, "reply", model_expr(&m, "x_of")->left, model_within(&m, 15, UNIT_DAY));
  change(&m, duty);
  void *bytes = model_image(&m, &image, &size);
  memcpy(identity, image.DUTIES[0].identity, 16);
  free(bytes);
  model_end(&m);
}

static void leave(struct duty_model *m, struct duty *duty) {
  (void)m, (void)duty;
}
static void call_otherwise(struct duty_model *m, struct duty *duty) {
  (void)m;
  duty->rule->title = STR("another title");
  duty->names.zh = STR("答复");
  duty->force.until = 21000;
}
static void limit_where(struct duty_model *m, struct duty *duty) {
  duty->where = model_expr(m, "x_ads");
}
static void limit_step(struct duty_model *m, struct duty *duty) {
  duty->steps.at[0].match.where = model_expr(m, "x_final");
}
static void tie_to_user(struct duty_model *m, struct duty *duty) {
  duty->steps.at[0].match.key.at[0] = model_expr(m, "x_by")->left;
}
static void give_more_time(struct duty_model *m, struct duty *duty) {
  duty->steps.at[0].deadline = model_within(m, 16, UNIT_DAY);
}
static void warn(struct duty_model *m, struct duty *duty) {
  VEC_PUSH(m->arena, &duty->warnings, model_within(m, 1, UNIT_DAY));
}
static void discharge_by_all(struct duty_model *m, struct duty *duty) {
  (void)m;
  duty->discharges.at[0].where = NULL;
}
static void rename_duty(struct duty_model *m, struct duty *duty) {
  (void)m;
  duty->names.en = STR("respond");
}

static void test_identity(void **unused) {
  static change *const others[] = {limit_where, limit_step,       tie_to_user, give_more_time,
                                   warn,        discharge_by_all, rename_duty};
  enum { OTHERS = sizeof others / sizeof *others };
  uint8_t identity[16], same[16], other[OTHERS][16];
  (void)unused;
  identity_with(leave, identity);
  identity_with(call_otherwise, same);
  assert_memory_equal(identity, same, 16);
  for (int i = 0; i < OTHERS; i++) {
    identity_with(others[i], other[i]);
    assert_memory_not_equal(identity, other[i], 16);
    for (int k = 0; k < i; k++) assert_memory_not_equal(other[k], other[i], 16);
  }
}

// ---- decided ----
// "type event: verdict" of each decision with a verdict above `allow`, in order.
static void decide(nuo_session *session, const char *event, char *told, size_t size) {
  const nuo_decision *decisions;
  size_t count;
  nuo_error error = {.message = ""};
  if (nuo_session_add_json(session, event, strlen(event), 0, &error) != NUO_OK) fail_msg("%s", error.message);
  assert_int_equal(nuo_session_decide(session, &decisions, &count), NUO_OK);
  for (size_t i = 0; i < count; i++) {
    const nuo_decision *d = &decisions[i];
    if (d->verdict == NUO_ALLOW) continue;
    const size_t len = strlen(told);
    const nuo_text message = d->breach_count > 0 ? d->breaches[0].message : (nuo_text){"", 0};
    snprintf(told + len, size - len, "%.*s of %.*s by %lld: %s %.*s\n", (int)d->event_type.len,
             d->event_type.text, (int)d->event_id.len, d->event_id.text, (long long)d->time,
             d->undetermined_count > 0 ? "undetermined" : nuo_action_name(d->verdict), (int)message.len,
             message.text);
  }
}

// Loads the program and decides the events.
static void decide_all(struct duty_model *m, const char *const *events, size_t count, char *told,
                       size_t size) {
  struct image image;
  size_t bytes_size;
  nuo_program *program;
  nuo_engine *engine;
  nuo_session *session;
  nuo_error error = {.message = ""};
  void *bytes = model_image(m, &image, &bytes_size);
  if (nuo_program_load(bytes, bytes_size, NULL, &program, &error) != NUO_OK) fail_msg("%s", error.message);
  assert_int_equal(nuo_engine_new(NULL, &engine), NUO_OK);
  assert_int_equal(nuo_engine_use(engine, &program, 1, &error), NUO_OK);
  assert_int_equal(nuo_session_new(engine, &session), NUO_OK);
  for (size_t i = 0; i < count; i++) decide(session, events[i], told, size);
  nuo_session_free(session);
  nuo_engine_free(engine);
  nuo_program_free(program);
  free(bytes);
}

static void test_decides(void **unused) {
  static const char *const events[] = {
      // Before the National Day; workdays are 9, 10 and 11 October, a Saturday.
      "{\"type\":\"hired\",\"id\":\"h1\",\"time\":\"2025-09-01T10:00:00+08:00\",\"user\":\"li\",\"shop\":"
      "\"s\"}",
      "{\"type\":\"hired\",\"id\":\"h2\",\"time\":\"2025-09-01T10:00:00+08:00\",\"user\":\"wu\",\"shop\":"
      "\"s\"}",
      "{\"type\":\"hired\",\"id\":\"h3\",\"time\":\"2025-09-01T10:00:00+08:00\",\"user\":\"xu\",\"shop\":"
      "\"t\"}",
      "{\"type\":\"order\",\"id\":\"o1\",\"time\":\"2025-09-30T10:00:00+08:00\",\"shop\":\"s\"}",
      // In time by the last second, for one of the two.
      "{\"type\":\"reply\",\"id\":\"r1\",\"time\":\"2025-10-11T23:59:59+08:00\",\"complaint\":\"o1\","
      "\"user\":\"wu\","
      "\"final\":true}",
      // The calendar ends with the year, and knows of no New Year: Thursday, Friday and Monday count.
      "{\"type\":\"order\",\"id\":\"o2\",\"time\":\"2025-12-31T10:00:00+08:00\",\"shop\":\"t\"}",
      "{\"type\":\"order\",\"id\":\"o3\",\"time\":\"2026-03-01T10:00:00+08:00\",\"shop\":\"none\"}",
  };
  struct duty_model m;
  char told[1024] = "";
  (void)unused;
  model_begin(&m, each_source);
  struct duty *duty = each_duty(&m);
  duty->rule->because = model_use(&m, duty->each_field);
  duty->rule->because->kind = EXPR_TEMPLATE;
  VEC_PUSH(m.arena, &duty->rule->because->items, model_use(&m, duty->each_field));
  decide_all(&m, events, sizeof events / sizeof *events, told, sizeof told);
  assert_string_equal(told,
                      "attend of o1 by 1760198399999: note li\n"
                      "attend of o2 by 1767628799999: undetermined \n");
  model_end(&m);
}

// What is to be done when a step is missed begins with the first one that is.
static void test_otherwise_once(void **unused) {
  static const char *const events[] = {
      "{\"type\":\"complaint\",\"id\":\"c1\",\"time\":1759197600000,\"user\":\"u\",\"topic\":\"ads\"}",
      "{\"type\":\"complaint\",\"id\":\"c2\",\"time\":1759284000000,\"user\":\"u\",\"topic\":\"fees\"}",
  };
  struct duty_model m;
  char told[1024] = "";
  (void)unused;
  model_begin(&m, source);
  struct duty *duty = model_duty(&m, "answer", "complaint");
  duty->where = model_expr(&m, "x_ads");
  VEC_PUSH(m.arena, &duty->key, model_expr(&m, "x_id")->left);
  model_step(&m, duty, "reply", model_expr(&m, "x_of")->left, model_within(&m, 1, UNIT_HOUR));
  model_step(&m, duty, "reply", model_expr(&m, "x_of")->left, model_within(&m, 2, UNIT_HOUR));
  struct duty *otherwise = model_duty(&m, "excuse", "answer");
  VEC_PUSH(m.arena, &otherwise->key, model_use(&m, duty->event->identity));
  model_step(&m, otherwise, "reply", model_expr(&m, "x_of")->left, model_within(&m, 3, UNIT_HOUR));
  decide_all(&m, events, 2, told, sizeof told);
  assert_string_equal(told,
                      "answer of c1 by 1759201200000: note \n"
                      "answer of c1 by 1759204800000: note \n"
                      "excuse of c1 by 1759212000000: note \n");
  model_end(&m);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_simple),         cmocka_unit_test(test_deadlines),
      cmocka_unit_test(test_each),           cmocka_unit_test(test_each_differs),
      cmocka_unit_test(test_breach),         cmocka_unit_test(test_raise),
      cmocka_unit_test(test_reported),       cmocka_unit_test(test_period),
      cmocka_unit_test(test_identity),       cmocka_unit_test(test_decides),
      cmocka_unit_test(test_otherwise_once), cmocka_unit_test(test_decimal_tie),
      cmocka_unit_test(test_suspended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
