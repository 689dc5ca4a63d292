// SPDX-License-Identifier: Apache-2.0
// The verifier where there are duties and derived events: one mistake after another in an image with
// something in every section, each with its message.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/limits.h"
#include "runtime/program.h"
#include "tests/unit/full_image.h"

static struct image_event *event(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_EVENTS, index);
}
static struct image_field *field(struct image_builder *b, uint32_t of, uint32_t index) {
  return builder_item(b, SECTION_FIELDS, event(b, of)->field_first + index);
}
static struct image_duty *duty(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_DUTIES, index);
}
static struct image_opening *opening(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_OPENINGS, index);
}
static struct image_move *move(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_MOVES, index);
}
static struct image_breach *told(struct image_builder *b) {
  return builder_item(b, SECTION_BREACHES, 0);
}
static struct image_fact *fact(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_FACTS, index);
}
static struct image_argument *argument(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_ARGUMENTS, index);
}
// An instruction of the push's effects, and of the code for each value.
static struct insn *effect(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_CODE, event(b, FULL_PUSH)->effect_first + index);
}
static struct insn *each(struct image_builder *b, uint32_t index) {
  return builder_item(b, SECTION_CODE, opening(b, 1)->code_first + index);
}

// ---- types ----
static void break_breach(struct image_builder *b) {
  told(b)->event = FULL_ANSWER;
}
static void break_breaches(struct image_builder *b) {
  event(b, FULL_PUSH)->breach_count = 2;
}
static void break_breach_pack(struct image_builder *b) {
  told(b)->pack = 1;
}
static void break_breach_outer(struct image_builder *b) {
  told(b)->is_outer = 1;
}
static void break_origin(struct image_builder *b) {
  event(b, FULL_REPLY)->origin = 3;
}
static void break_wire(struct image_builder *b) {
  event(b, FULL_REPLY)->duty = 0;
}
static void break_enforceable(struct image_builder *b) {
  event(b, FULL_ANSWER)->enforceable = 1;
}
static void break_late(struct image_builder *b) {
  event(b, FULL_BREACH)->lateness = 1;
}
static void break_fields(struct image_builder *b) {
  duty(b, 2)->trigger = 0;
}
static void break_kind(struct image_builder *b) {
  field(b, FULL_ANSWER, DUTY_SUSPENDED)->kind = VALUE_NUMBER;
}
static void break_severities(struct image_builder *b) {
  field(b, FULL_BREACH, BREACH_SEVERITY)->enum_count = 2;
}
static void break_time(struct image_builder *b) {
  struct image_event *review = event(b, FULL_REVIEW);
  field(b, FULL_REVIEW, PERIOD_FROM)->flags = 0;
  field(b, FULL_REVIEW, PERIOD_FROM)->reg = 0;
  field(b, FULL_REVIEW, PERIOD_DUE)->reg = 1;
  review->time = review->field_first + PERIOD_FROM;
}

// ---- duties ----
static void break_event(struct image_builder *b) {
  duty(b, 0)->event = FULL_ATTEND;
}
static void break_event_duty(struct image_builder *b) {
  event(b, FULL_ANSWER)->duty = 1;
}
static void break_rule(struct image_builder *b) {
  duty(b, 0)->rule = 0;
}
static void break_key(struct image_builder *b) {
  duty(b, 0)->key_kinds[2] = 1;
}
static void break_subject(struct image_builder *b) {
  duty(b, 0)->subject = 2;
}
static void break_lateness(struct image_builder *b) {
  duty(b, 0)->lateness = -1;
}
static void break_force(struct image_builder *b) {
  duty(b, 0)->from = 1;
  duty(b, 0)->until = 0;
}
static void break_trigger(struct image_builder *b) {
  duty(b, 0)->trigger = FULL_EVENTS;
}
static void break_steps(struct image_builder *b) {
  duty(b, 0)->step_count = 3;
}
static void break_no_steps(struct image_builder *b) {
  duty(b, 1)->step_count = 0;
}
static void break_by_day(struct image_builder *b) {
  ((struct image_step *)builder_item(b, SECTION_STEPS, 0))->by_day = 2;
}
static void break_warnings(struct image_builder *b) {
  duty(b, 0)->warnings_by_day = 2;
}
static void break_suspended(struct image_builder *b) {
  fact(b, 0)->suspends = 0;
}
static void break_suspends(struct image_builder *b) {
  fact(b, 0)->suspends = 2;
}
static void break_begun_period(struct image_builder *b) {
  duty(b, 0)->counter = 0;
}
static void break_period(struct image_builder *b) {
  duty(b, 2)->period = PERIOD_KINDS;
}
static void break_period_key(struct image_builder *b) {
  duty(b, 2)->suspended = 0;
}
static void break_period_counter(struct image_builder *b) {
  duty(b, 2)->counter = 0;
}
static void break_due_unit(struct image_builder *b) {
  duty(b, 2)->due_unit = DUE_UNITS;
}
static void break_due_amount(struct image_builder *b) {
  duty(b, 2)->due_amount = 367;
}
static void break_spread(struct image_builder *b) {
  ((struct image_counter *)builder_item(b, SECTION_COUNTERS, 1))->spread = -1;
}

// ---- moves ----
static void break_breach_moves(struct image_builder *b) {
  told(b)->move_first = 1000;
}
static void break_move_fixed(struct image_builder *b) {
  move(b, 0)->field = event(b, FULL_BREACH)->field_first + BREACH_RULE;
}
static void break_move_away(struct image_builder *b) {
  move(b, 0)->field = event(b, FULL_ANSWER)->field_first + DUTY_FIELDS;
}
static void break_move_kind(struct image_builder *b) {
  move(b, 2)->kind = VALUE_INSTANT;
}
static void break_move_class(struct image_builder *b) {
  move(b, 2)->reg_class = REG_TEXT;
}
static void break_move_list(struct image_builder *b) {
  move(b, 1)->reg = 0;
}
static void break_move_register(struct image_builder *b) {
  move(b, 2)->reg = 30;
}
static void break_raise(struct image_builder *b) {
  ((struct image_raise *)builder_item(b, SECTION_RAISES, 0))->event = FULL_PUSH;
}
static void break_raise_moves(struct image_builder *b) {
  ((struct image_raise *)builder_item(b, SECTION_RAISES, 0))->move_count = 1000;
}
static void break_raises(struct image_builder *b) {
  ((struct image_rule *)builder_item(b, SECTION_RULES, 0))->raise_count = 2;
}

// ---- instructions ----
static void break_place(struct image_builder *b) {
  *(struct insn *)builder_item(b, SECTION_CODE, 1) = (struct insn){OPCODE_DISCHARGE, 0, 4, 0, 0};
}
static void break_order(struct image_builder *b) {
  *effect(b, 12) = (struct insn){OPCODE_DISCHARGE, 0, 4, 5, 0};
}
static void break_step(struct image_builder *b) {
  effect(b, 3)->d = 2;
}
static void break_met_period(struct image_builder *b) {
  effect(b, 4)->a = 2;
}
static void break_met_key(struct image_builder *b) {
  effect(b, 3)->b = 1;
}
static void break_opening(struct image_builder *b) {
  effect(b, 5)->a = 2;
}
static void break_opening_duty(struct image_builder *b) {
  opening(b, 0)->duty = 2;
}
static void break_opening_key(struct image_builder *b) {
  opening(b, 0)->key = 1;
}
static void break_dues(struct image_builder *b) {
  argument(b, opening(b, 0)->dues)->reg = 20;
}
static void break_due_class(struct image_builder *b) {
  opening(b, 0)->dues++;
}
static void break_warning(struct image_builder *b) {
  opening(b, 0)->warnings = 1;
}
static void break_suspended_key(struct image_builder *b) {
  opening(b, 0)->suspended = 3;
}
static void break_opening_moves(struct image_builder *b) {
  opening(b, 0)->move_first = 1000;
}
static void break_begin_each(struct image_builder *b) {
  effect(b, 5)->a = 1;
}
static void break_no_each(struct image_builder *b) {
  effect(b, 6)->a = 0;
}
static void break_each_fact(struct image_builder *b) {
  opening(b, 1)->each_fact = 4;
}
static void break_each_part(struct image_builder *b) {
  fact(b, 1)->each_parts = 0;
}
static void break_each_parts(struct image_builder *b) {
  fact(b, 1)->each_parts = 2;
}
static void break_each_key(struct image_builder *b) {
  opening(b, 1)->each_fact = 0;
  fact(b, 0)->each_parts = 1;
}
static void break_each_class(struct image_builder *b) {
  opening(b, 1)->each_class = REG_COLUMN;
}
static void break_each_field(struct image_builder *b) {
  opening(b, 1)->each_reg = 1;
}
static void break_each_code(struct image_builder *b) {
  opening(b, 1)->code_count = 2;
}
static void break_each_other(struct image_builder *b) {
  each(b, 1)->a = 0;
}
static void break_each_change(struct image_builder *b) {
  *each(b, 0) = (struct insn){OPCODE_TALLY, 0, 4, 5, 0};
}
static void break_each_meet(struct image_builder *b) {
  *each(b, 0) = (struct insn){OPCODE_MEET, 0, 4, 5, 0};
}
static void break_each_nested(struct image_builder *b) {
  *each(b, 0) = (struct insn){OPCODE_EACH, 1, 5, 0, 0};
}
static void break_each_leak(struct image_builder *b) {
  effect(b, 9)->d = 4;
}
static void break_cost(struct image_builder *b) {
  ((struct image_program *)builder_item(b, SECTION_PROGRAM, 0))->max_cost -= LIMIT_EACH;
}

static void test_mistakes(void **state) {
  (void)state;
  static const char *const grants[] = {FULL_IMAGE_LIBRARY, NULL};
  static const struct {
    void (*break_it)(struct image_builder *builder);
    const char *message;
  } cases[] = {
      {break_breach, "BREACHES 0: its type does not exist, or is none of breaches"},
      {break_breaches, "EVENTS 0: its breaches do not exist"},
      {break_breach_pack, "BREACHES 0: its policy does not exist"},
      {break_breach_outer, "BREACHES 0: the policy has no outer names"},
      {break_origin, "EVENTS 5: there is no such origin"},
      {break_wire, "EVENTS 5: it is no duty's"},
      {break_enforceable, "EVENTS 2: it is derived, but can be stopped"},
      {break_late, "EVENTS 1: it is derived, but can be stopped, read or late"},
      {break_fields, "it is of another kind in a derived event"},
      {break_kind, "it is of another kind in a derived event"},
      {break_severities, "EVENTS 1: its severities or actions are others"},
      {break_time, "EVENTS 4: its identity and time are not its first fields"},
      {break_event, "EVENTS 2: its duty does not exist, or has another event"},
      {break_event_duty, "EVENTS 2: its duty does not exist, or has another event"},
      {break_rule, "DUTIES 0: its rule does not exist"},
      {break_key, "DUTIES 0: its key cannot be"},
      {break_subject, "DUTIES 0: its subject"},
      {break_lateness, "DUTIES 0: its lateness"},
      {break_force, "DUTIES 0: it ends before"},
      {break_trigger, "DUTIES 0: what begins it does not exist"},
      {break_steps, "DUTIES 0: its steps do not exist"},
      {break_no_steps, "DUTIES 1: its steps do not exist"},
      {break_by_day, "STEPS 0:"},
      {break_warnings, "DUTIES 0: it has too many warnings"},
      {break_suspended, "DUTIES 0: what suspends it does not exist"},
      {break_suspends, "FACTS 0: suspends is neither"},
      {break_begun_period, "DUTIES 0: it is begun by an event and has periods"},
      {break_period, "DUTIES 2: its period or due time"},
      {break_period_key, "DUTIES 2: it has periods, and what belongs"},
      {break_period_counter, "DUTIES 2: its counter does not exist"},
      {break_due_unit, "DUTIES 2: its period or due time"},
      {break_due_amount, "DUTIES 2: its period or due time"},
      {break_spread, "COUNTERS 1: its events lie too far"},
      {break_breach_moves, "BREACHES 0: what it takes over"},
      {break_move_fixed, "MOVES 0: its field is none"},
      {break_move_away, "MOVES 0: its field is none"},
      {break_move_kind, "MOVES 2: it is of another kind"},
      {break_move_class, "MOVES 2: it is of another kind"},
      {break_move_list, "MOVES 1: its register does not exist"},
      {break_move_register, "MOVES 2: its register does not exist"},
      {break_raise, "RAISES 0: its event does not exist"},
      {break_raise_moves, "RAISES 0: what it is given"},
      {break_raises, "RULES 0: what it raises does not exist"},
      {break_place, "CODE 1: it changes duties where"},
      {break_order, "it changes duties after a change"},
      {break_step, "the duty has no such step"},
      {break_met_period, "the duty has no such step"},
      {break_met_key, "its key does not exist"},
      {break_opening, "an operand names what does not exist"},
      {break_opening_duty, "OPENINGS 0: its duty does not exist"},
      {break_opening_key, "OPENINGS 0: its key does not exist"},
      {break_dues, "OPENINGS 0: its due times do not exist"},
      {break_due_class, "OPENINGS 0: its due times do not exist"},
      {break_warning, "OPENINGS 0: its due times do not exist"},
      {break_suspended_key, "OPENINGS 0: the key of what suspends it"},
      {break_opening_moves, "OPENINGS 0: what it takes over"},
      {break_begin_each, "it begins another duty than that of the value"},
      {break_no_each, "OPENINGS 0: the fact that it runs through"},
      {break_each_fact, "OPENINGS 1: the fact that it runs through"},
      {break_each_part, "OPENINGS 1: the fact has no such part"},
      {break_each_parts, "FACTS 1: a part that is run through"},
      {break_each_key, "OPENINGS 1: the parts of the key"},
      {break_each_class, "OPENINGS 1: its values are of another kind"},
      {break_each_field, "it writes the register of a field"},
      {break_each_code, "OPENINGS 1: its code does not exist, or begins no duty"},
      {break_each_other, "it begins another duty than that of the value"},
      {break_each_change, "it changes the memory where"},
      {break_each_meet, "it stands in the code for each value"},
      {break_each_nested, "it stands in the code for each value"},
      {break_each_leak, "it reads a register that does not exist or holds nothing yet"},
      {break_cost, "EVENTS 0: its code is longer"},
  };
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    struct image_builder builder;
    nuo_options options = {.native_grants = grants};
    nuo_program *program;
    nuo_error error = {0};
    size_t size;
    full_image(&builder);
    cases[c].break_it(&builder);
    void *image = builder_image(&builder, &size);
    if (nuo_program_load(image, size, &options, &program, &error) != NUO_BAD_IMAGE)
      fail_msg("accepted: %s", cases[c].message);
    if (strstr(error.message, cases[c].message) == NULL)
      fail_msg("\"%s\" does not say \"%s\"", error.message, cases[c].message);
    free(image);
    builder_free(&builder);
  }
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(test_mistakes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
