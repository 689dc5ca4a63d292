// SPDX-License-Identifier: Apache-2.0
// An image with something in every section, see full_image.h.
#include "tests/unit/full_image.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runtime/alloc.h"
#include "runtime/limits.h"
#include "runtime/match.h"

#define OP(...) OP_OF(__VA_ARGS__, 0, 0, 0, 0, 0)
#define OP_OF(name, a, b, c, d, ...) builder_insn(builder, OPCODE_##name, a, b, c, d)

static uint32_t add_match(struct image_builder *builder) {
  static const struct match_pattern patterns[] = {{"ad", 2, MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0},
                                                  {"广告", 6, MATCH_CONTAINS, NUO__FOLD_DEFAULT, 1}};
  void *blob;
  size_t size;
  assert_int_equal(nuo__match_build(patterns, 2, nuo__default_allocator(), &blob, &size, NULL), MATCH_OK);
  assert_int_equal(size % 8, 0);
  struct image_match match = {builder->sections[SECTION_MATCH_DATA].count * 8, (uint32_t)size, 2};
  for (size_t at = 0; at < size; at += 8) builder_add(builder, SECTION_MATCH_DATA, (char *)blob + at);
  nuo__free(nuo__default_allocator(), blob, size);
  return builder_add(builder, SECTION_MATCHES, &match);
}

static uint32_t add_native(struct image_builder *builder) {
  struct image_native native = {.name = builder_str(builder, "fails_unless_zero"),
                                .library = builder_str(builder, FULL_IMAGE_LIBRARY),
                                .symbol = builder_str(builder, "abs"),
                                .result = VALUE_NUMBER,
                                .param_count = 1,
                                .params = {VALUE_DATE}};
  struct image_argument argument = {REG_WIDE, 0};
  builder_add(builder, SECTION_ARGUMENTS, &argument);
  return builder_add(builder, SECTION_NATIVES, &native);
}

static void add_calendar(struct image_builder *builder) {
  static const int32_t days[] = {20116, 20117, 20121};
  struct image_program *program = builder_item(builder, SECTION_PROGRAM, 0);
  program->has_calendar = 1;
  program->calendar_first = 20115;
  program->calendar_end = 20129;
  program->rest_count = 2;
  program->work_count = 1;
  for (int d = 0; d < 3; d++) builder_add(builder, SECTION_DAYS, &days[d]);
}

static void add_event_code(struct image_builder *builder, uint32_t rule) {
  struct image_set numbers = {builder_number(builder, 1), 2};
  builder_number(builder, 5);
  struct image_set texts = {builder_text(builder, "a"), 2};
  builder_text(builder, "b");
  struct image_str pattern = builder_str(builder, "a+b");
  uint32_t zone = builder_text(builder, "UTC"), match = add_match(builder), native = add_native(builder);
  uint32_t number_set = builder_add(builder, SECTION_NUMBER_SETS, &numbers);
  uint32_t text_set = builder_add(builder, SECTION_TEXT_SETS, &texts);
  uint32_t regex = builder_add(builder, SECTION_REGEXES, &pattern);
  OP(ENUMF, 2, 0);
  OP(PCONST, 5, 0);
  OP(PCONST, 9, 2);
  OP(SKIP, 2, 12, 0);
  OP(RANGEK, 6, 2, 0);
  OP(INK, 7, 3, number_set);
  OP(SKIP, 6, 3, 0);
  OP(MATCH, 10, 1, match, 6);
  OP(REGEX, 12, 1, regex, 11);
  OP(PPICK, 5, 6, 12);
  OP(XINK, 8, 2, text_set, 7);
  OP(LCONST, 5, number_set);
  OP(LCONSTX, 6, text_set);
  OP(LANY, 13, 0, 5);
  OP(LANYX, 14, 3, 6);
  OP(AND, 5, 5, 14);
  OP(CALL, 5, native, 0, 0);
  OP(ZCONST, 6, zone);
  OP(CLOCK, 7, 0, 6);
  OP(DATE, 8, 0, 1);
  OP(ADDWORKDAYS, 9, 8, 5);
  OP(WORKDAY, 15, 8);
  OP(DECDIV, 10, 2, 4);
  OP(WRANGEK, 16, 1, 0);
  OP(OR, 9, 16, 5);
  OP(FIRE, rule, 9, 15);
}

void full_image_node(struct image_builder *builder, struct image_node node, const uint32_t *children) {
  node.child_first = builder->sections[SECTION_NODE_LIST].count;
  for (uint32_t c = 0; c < node.child_count; c++) builder_add(builder, SECTION_NODE_LIST, &children[c]);
  builder_add(builder, SECTION_NODES, &node);
}

// (body contains "ad") and not (count + limit > 5), over the registers of the rule's cold block.
static void add_nodes(struct image_builder *builder) {
  struct image_str plus = builder_str(builder, "+");
  full_image_node(builder, (struct image_node){NODE_FIELD, REG_TEXT, 1, 0, 0, 0, 11, {0, 0}, 0}, NULL);
  full_image_node(builder, (struct image_node){NODE_HITS, REG_PLANE, 20, 0, 1, 0, 0, {0, 0}, 0},
                  (uint32_t[]){1});
  full_image_node(builder, (struct image_node){NODE_FIELD, REG_COLUMN, 2, 0, 0, 0, 6, {0, 0}, 0}, NULL);
  full_image_node(builder,
                  (struct image_node){NODE_OPERATION, REG_COLUMN, 20, NUO_REASON_OVERFLOW, 2, 0, 0, plus, 0},
                  (uint32_t[]){3, 3});
  full_image_node(builder, (struct image_node){NODE_ATOM, REG_PLANE, 22, 0, 1, 0, 0, {0, 0}, 0},
                  (uint32_t[]){4});
  full_image_node(builder, (struct image_node){NODE_NOT, REG_PLANE, 23, 0, 1, 0, 0, {0, 0}, 0},
                  (uint32_t[]){5});
  full_image_node(builder, (struct image_node){NODE_AND, REG_PLANE, 24, 0, 2, 0, 0, {0, 0}, 0},
                  (uint32_t[]){2, 6});
}

static void add_cold_code(struct image_builder *builder) {
  OP(MATCH, 20, 1, 0, 0);
  OP(ADD, 20, 2, 3);
  OP(LEK, 22, 20, 0);
  OP(NOT, 23, 22);
  OP(AND, 24, 20, 23);
  OP(NEXT, 21, 0, 2, 1);
  OP(XDEF, 3, 1, 2);
  OP(END, 0);
}

static void add_parts(struct image_builder *builder) {
  struct image_part parts[] = {
      {.kind = PART_LITERAL, .literal = builder_str(builder, "用户")},
      {.kind = PART_VALUE, .value_kind = VALUE_TEXT, .reg_class = REG_TEXT, .reg = 3, .sensitive = 1},
      {.kind = PART_VALUE, .value_kind = VALUE_ENUM, .reg_class = REG_HALF, .chinese = 1, .enum_count = 2},
      {.kind = PART_VALUE, .value_kind = VALUE_LIST, .element = VALUE_TEXT, .reg_class = REG_LIST, .reg = 3},
  };
  for (size_t p = 0; p < sizeof parts / sizeof *parts; p++) builder_add(builder, SECTION_PARTS, &parts[p]);
}

static void fill_rule(struct image_builder *builder, uint32_t index) {
  struct image_clause clause = {builder_str(builder, "2.3.2"), builder_str(builder, "休息时段")};
  struct image_severity severity = {builder_str(builder, "minor"), builder_str(builder, "轻微")};
  struct image_exception exception = {.label = builder_str(builder, "unless"), .plane = 22, .node = 5};
  struct image_source source = {.path = {0, 8}, .rule = 0, .line = 12};
  for (int c = 0; c < 8; c++) builder_add(builder, SECTION_SOURCE_STRINGS, &"rules.md"[c]);
  builder_add(builder, SECTION_SOURCE, &source);
  builder_add(builder, SECTION_CLAUSES, &clause);
  builder_add(builder, SECTION_SEVERITIES, &severity);
  builder_add(builder, SECTION_EXCEPTIONS, &exception);
  struct image_rule *rule = builder_item(builder, SECTION_RULES, index);
  rule->clause = rule->severity = 0;
  rule->cite_count = 2;
  rule->cold_count = 8;
  rule->scope_node = 2;
  rule->core_node = 7;
  rule->exception_count = 1;
  rule->part_count = 4;
  rule->action.kind = NUO_DEFER;
  rule->action.until = 21;
  rule->action.deadline = 20;
  rule->undetermined.kind = NUO_AMEND;
  rule->undetermined.is_label = 1;
  rule->undetermined.part_count = 1;
}

// ---- memory ----

static void add_memory(struct image_builder *builder) {
  static const struct image_argument arguments[] = {
      {REG_TEXT, 0}, {REG_PLANE, 0}, {REG_COLUMN, 1}, {REG_TEXT, 1}, {REG_COLUMN, 2}};
  struct image_fact facts[] = {
      {.name = builder_str(builder, "consented"),
       .identity = "1",
       .key_count = 3,
       .key_kinds = {VALUE_TEXT, VALUE_FLAG, VALUE_ZONE},
       .suspends = 1},
      {.name = builder_str(builder, "nickname"),
       .identity = "2",
       .kind = VALUE_TEXT,
       .key_count = 1,
       .key_kinds = {VALUE_TEXT},
       .each_parts = 1},
      {.name = builder_str(builder, "state"),
       .identity = "3",
       .kind = VALUE_ENUM,
       .enum_count = 2,
       .sensitive = 1,
       .subject = IMAGE_KEY_MAX},
      {.name = builder_str(builder, "place"), .identity = "4", .kind = VALUE_ZONE, .subject = IMAGE_KEY_MAX},
  };
  struct image_counter counter = {.label = builder_str(builder, "push per id this day"),
                                  .identity = "5",
                                  .capacity = 3,
                                  .key_count = 2,
                                  .key_kinds = {VALUE_TEXT, VALUE_NUMBER}};
  struct image_counter reviews = {.label = builder_str(builder, "reviews"),
                                  .identity = "6",
                                  .capacity = 4,
                                  .spread = 86400000,
                                  .subject = IMAGE_KEY_MAX};
  for (int a = 0; a < 5; a++) builder_add(builder, SECTION_ARGUMENTS, &arguments[a]);
  for (int f = 0; f < 4; f++) builder_add(builder, SECTION_FACTS, &facts[f]);
  builder_add(builder, SECTION_COUNTERS, &counter);
  builder_add(builder, SECTION_COUNTERS, &reviews);
}

// Reads each kind of memory into registers from 5 on; ARGUMENTS from 1 on are the keys, one native's is
// before.
static void add_reading(struct image_builder *builder) {
  OP(FACT, 5, 0, 1);
  OP(FACTTEXT, 3, 1, 4);
  OP(FACTVALUE, 5, 2, 0);
  OP(FACTVALUE, 6, 3, 0);
  OP(SINCE, 7, 0, 1);
  OP(PERIOD, 8, 2, 1);
  OP(COUNTED, 9, 0, 4, 8);
  OP(LAST, 10, 0, 4);
  OP(LEK, 6, 9, 0);
}

static void add_state_code(struct image_builder *builder, uint32_t rule) {
  struct image_event *event = builder_item(builder, SECTION_EVENTS, 0);
  uint32_t state = builder->sections[SECTION_CODE].count;
  add_reading(builder);
  OP(FIRE, rule, 6, 5);
  OP(END, 0);
  uint32_t effect = builder->sections[SECTION_CODE].count;
  OP(FACTTEXT, 3, 1, 4);
  OP(PCONST, 5, 1);
  OP(CCONST, 5, 1);
  OP(MEET, 0, 4, 5, 1);
  OP(DISCHARGE, 0, 4, 5);
  OP(OPEN, 0, 5);
  OP(EACH, 1, 5);
  OP(START, 0, 1, 5, 2);
  OP(STARTTEXT, 1, 4, 5, 3);
  OP(STARTTEXT, 1, 4, 1, 1);
  OP(START, 2, 0, 5, 2);
  OP(START, 3, 0, 5, 1);
  OP(STOP, 0, 1, 0);
  OP(TALLY, 0, 4, 5);
  OP(END, 0);
  uint32_t cold = builder->sections[SECTION_CODE].count;
  add_reading(builder);
  OP(END, 0);
  event = builder_item(builder, SECTION_EVENTS, 0);
  event->state_first = state;
  event->state_count = effect - state;
  event->effect_first = effect;
  event->effect_count = cold - effect;
  event->lateness = 60000;
  struct image_rule *stateful = builder_item(builder, SECTION_RULES, rule);
  stateful->cold_first = cold;
  stateful->cold_count = builder->sections[SECTION_CODE].count - cold;
}

static void add_memory_nodes(struct image_builder *builder, uint32_t rule) {
  uint32_t first = builder->sections[SECTION_NODES].count;
  full_image_node(builder, (struct image_node){.kind = NODE_FIELD, .reg_class = REG_TEXT}, NULL);
  full_image_node(builder,
                  (struct image_node){
                      .kind = NODE_OPERATION, .reg_class = REG_COLUMN, .reg = 8, .reason = NUO_REASON_DATE},
                  NULL);
  full_image_node(
      builder,
      (struct image_node){
          .kind = NODE_COUNT, .reg_class = REG_COLUMN, .reg = 9, .child_count = 2, .arguments = 4},
      (uint32_t[]){first + 1, first});
  full_image_node(builder, (struct image_node){.kind = NODE_FACT, .reg_class = REG_PLANE, .reg = 5}, NULL);
  full_image_node(
      builder,
      (struct image_node){.kind = NODE_FACT, .reg_class = REG_COLUMN, .reg = 7, .reason = NODE_FACT_SINCE},
      NULL);
  full_image_node(builder,
                  (struct image_node){.kind = NODE_FACT, .reg_class = REG_COLUMN, .reg = 5, .aux = 2}, NULL);
  full_image_node(builder, (struct image_node){.kind = NODE_LAST, .reg_class = REG_COLUMN, .reg = 10}, NULL);
  full_image_node(builder,
                  (struct image_node){.kind = NODE_ATOM, .reg_class = REG_PLANE, .reg = 6, .child_count = 5},
                  (uint32_t[]){first + 2, first + 3, first + 4, first + 5, first + 6});
  struct image_rule *stateful = builder_item(builder, SECTION_RULES, rule);
  stateful->core_node = first + 7;
}

// ---- duties and derived events ----

struct derived_field {
  const char *name;
  uint8_t kind, element, reg_class;
  uint16_t reg;
};

#define UNREAD REG_NONE, 0

static const struct derived_field breach_fields[] = {
    {"id", VALUE_TEXT, 0, UNREAD},        {"time", VALUE_INSTANT, 0, REG_COLUMN, 0},
    {"event", VALUE_TEXT, 0, UNREAD},     {"rule", VALUE_TEXT, 0, REG_TEXT, 2},
    {"clause", VALUE_TEXT, 0, UNREAD},    {"severity", VALUE_ENUM, 0, REG_HALF, 0},
    {"action", VALUE_ENUM, 0, UNREAD},    {"pack", VALUE_TEXT, 0, UNREAD},
    {"body", VALUE_TEXT, 0, REG_TEXT, 1}, {"words", VALUE_LIST, VALUE_TEXT, REG_LIST, 2},
};
static const struct derived_field duty_fields[] = {
    {"id", VALUE_TEXT, 0, UNREAD},
    {"due", VALUE_INSTANT, 0, REG_COLUMN, 0},
    {"step", VALUE_TEXT, 0, REG_TEXT, 2},
    {"calendar", VALUE_FLAG, 0, REG_PLANE, 0},
    {"suspended", VALUE_DURATION, 0, UNREAD},
    {"body", VALUE_TEXT, 0, REG_TEXT, 1},
    {"person", VALUE_TEXT, 0, REG_TEXT, 0},
};
static const struct derived_field review_fields[] = {
    {"id", VALUE_TEXT, 0, UNREAD},
    {"due", VALUE_INSTANT, 0, REG_COLUMN, 0},
    {"from", VALUE_INSTANT, 0, REG_COLUMN, 1},
    {"until", VALUE_INSTANT, 0, UNREAD},
    {"counted", VALUE_NUMBER, 0, REG_COLUMN, 2},
    {"calendar", VALUE_FLAG, 0, REG_PLANE, 0},
};
static const struct derived_field reply_fields[] = {
    {"id", VALUE_TEXT, 0, REG_TEXT, 0},
    {"time", VALUE_INSTANT, 0, REG_COLUMN, 0},
    {"count", VALUE_NUMBER, 0, REG_COLUMN, 2},
    {"note", VALUE_TEXT, 0, UNREAD},
};

static void add_fields(struct image_builder *builder, uint32_t event, const struct derived_field *fields,
                       uint32_t count, uint32_t enum_first) {
  for (uint32_t f = 0; f < count; f++) {
    struct image_field field = {.path = builder_str(builder, fields[f].name),
                                .kind = fields[f].kind,
                                .element = fields[f].element,
                                .flags = f > 1 ? FIELD_OPTIONAL : 0,
                                .reg_class = fields[f].reg_class,
                                .reg = fields[f].reg,
                                .event = (uint16_t)event};
    if (field.kind == VALUE_ENUM) {
      field.enum_first = f == BREACH_SEVERITY ? enum_first : enum_first + 1;
      field.enum_count = f == BREACH_SEVERITY ? 1 : NUO_BLOCK + 1;
    }
    builder_add(builder, SECTION_FIELDS, &field);
  }
}

// An event whose code does nothing.
static void add_event(struct image_builder *builder, const char *name, struct image_event event,
                      const struct derived_field *fields, uint32_t count) {
  uint32_t enum_first = builder->sections[SECTION_ENUMERATORS].count;
  if (event.origin == ORIGIN_BREACH) {
    struct image_enumerator enumerator = {builder_str(builder, name), builder_str(builder, name)};
    for (int i = 0; i <= NUO_BLOCK + 1; i++) builder_add(builder, SECTION_ENUMERATORS, &enumerator);
  }
  event.name = event.wire = builder_str(builder, name);
  event.field_first = event.identity = builder->sections[SECTION_FIELDS].count;
  event.field_count = count;
  event.time = event.identity + 1;
  event.zone = event.subject = IMAGE_NONE;
  event.code_first = builder->sections[SECTION_CODE].count;
  event.code_count = 1;
  OP(END, 0);
  add_fields(builder, builder->sections[SECTION_EVENTS].count, fields, count, enum_first);
  builder_add(builder, SECTION_EVENTS, &event);
}

static void add_reply(struct image_builder *builder) {
  struct image_event event = {
      .duty = IMAGE_NONE, .member_first = builder->sections[SECTION_MEMBERS].count, .member_count = 4};
  uint32_t field = builder->sections[SECTION_FIELDS].count;
  for (int f = 0; f < 4; f++) {
    struct image_member member = {.name = builder_str(builder, reply_fields[f].name), .field = field++};
    builder_add(builder, SECTION_MEMBERS, &member);
  }
  add_event(builder, "reply", event, reply_fields, 4);
}

static void add_events(struct image_builder *builder) {
  add_event(builder, "breach", (struct image_event){.origin = ORIGIN_BREACH, .duty = IMAGE_NONE},
            breach_fields, sizeof breach_fields / sizeof *breach_fields);
  add_event(builder, "answer", (struct image_event){.origin = ORIGIN_DUTY, .duty = 0}, duty_fields, 7);
  add_event(builder, "attend", (struct image_event){.origin = ORIGIN_DUTY, .duty = 1}, duty_fields, 7);
  add_event(builder, "review", (struct image_event){.origin = ORIGIN_DUTY, .duty = 2}, review_fields,
            PERIOD_FIELDS);
  add_reply(builder);
}

static uint32_t add_move(struct image_builder *builder, uint32_t event, uint32_t field, uint8_t reg_class,
                         uint16_t reg) {
  const struct image_event *to = builder_item(builder, SECTION_EVENTS, event);
  const struct image_field *into = builder_item(builder, SECTION_FIELDS, to->field_first + field);
  struct image_move move = {to->field_first + field, into->kind, reg_class, reg};
  return builder_add(builder, SECTION_MOVES, &move);
}

static void add_derived(struct image_builder *builder, uint32_t rule) {
  struct image_event *push = builder_item(builder, SECTION_EVENTS, FULL_PUSH);
  struct image_breach breach = {
      .event = FULL_BREACH,
      .pack = IMAGE_NONE,
      .move_first = add_move(builder, FULL_BREACH, BREACH_FIELDS, REG_TEXT, 1),
      .move_count = 2,
  };
  add_move(builder, FULL_BREACH, BREACH_FIELDS + 1, REG_LIST, 2);
  push->breach_first = builder_add(builder, SECTION_BREACHES, &breach);
  push->breach_count = 1;
  struct image_pack pack = {builder_str(builder, "pledge"), builder_str(builder, "承诺"),
                            builder_str(builder, "What is pledged"), builder_str(builder, "2")};
  builder_add(builder, SECTION_PACKS, &pack);
  struct image_raise raise = {FULL_REPLY, add_move(builder, FULL_REPLY, 2, REG_COLUMN, 20), 2};
  add_move(builder, FULL_REPLY, 3, REG_TEXT, 3);
  struct image_rule *raises = builder_item(builder, SECTION_RULES, rule);
  raises->raise_count = 1;
  builder_add(builder, SECTION_RAISES, &raise);
}

static uint32_t add_duty_rule(struct image_builder *builder, const char *name, uint32_t event) {
  uint32_t index = builder_rule(builder, name);
  struct image_rule *rule = builder_item(builder, SECTION_RULES, index);
  rule->event = event;
  rule->action.kind = rule->undetermined.kind = NUO_NOTE;
  OP(END, 0);
  return index;
}

static void add_duties(struct image_builder *builder) {
  struct image_step steps[] = {{builder_str(builder, "reply"), 1}, {builder_str(builder, "push"), 0}};
  struct image_duty begun = {.name = builder_str(builder, "answer"),
                             .name_zh = builder_str(builder, "答复"),
                             .identity = "7",
                             .event = FULL_ANSWER,
                             .lateness = 60000,
                             .key_count = 2,
                             .key_kinds = {VALUE_TEXT, VALUE_NUMBER},
                             .step_count = 2,
                             .warning_count = 1,
                             .warnings_by_day = 1,
                             .from = INT64_MIN,
                             .until = INT64_MAX,
                             .counter = IMAGE_NONE};
  begun.rule = add_duty_rule(builder, "answer", FULL_ANSWER);
  for (int s = 0; s < 2; s++) builder_add(builder, SECTION_STEPS, &steps[s]);
  builder_add(builder, SECTION_DUTIES, &begun);
  struct image_duty each = begun;
  each.identity[0] = '8';
  each.event = FULL_ATTEND;
  each.rule = add_duty_rule(builder, "attend", FULL_ATTEND);
  each.key_count = each.step_count = 1;
  each.key_kinds[1] = 0;
  each.subject = IMAGE_KEY_MAX;
  each.warning_count = each.warnings_by_day = 0;
  each.suspended = IMAGE_NONE;
  builder_add(builder, SECTION_DUTIES, &each);
  struct image_duty periodic = each;
  periodic.identity[0] = '9';
  periodic.event = FULL_REVIEW;
  periodic.rule = add_duty_rule(builder, "review", FULL_REVIEW);
  periodic.key_count = periodic.key_kinds[0] = 0;
  periodic.trigger = IMAGE_NONE;
  periodic.step_count = 0;
  periodic.counter = 1;
  periodic.period = PERIOD_MONTH;
  periodic.due_unit = DUE_WORKDAYS;
  periodic.due_amount = 5;
  builder_add(builder, SECTION_DUTIES, &periodic);
}

// Two due times, a warning; then, for each nickname, itself and one due time.
static void add_openings(struct image_builder *builder) {
  static const struct image_argument arguments[] = {
      {REG_COLUMN, 5}, {REG_PLANE, 5}, {REG_COLUMN, 2}, {REG_PLANE, 1}, {REG_TEXT, 4}};
  uint32_t first = builder->sections[SECTION_ARGUMENTS].count;
  for (int a = 0; a < 5; a++) builder_add(builder, SECTION_ARGUMENTS, &arguments[a]);
  struct image_opening opening = {
      .duty = 0, .key = 4, .dues = first, .warnings = first, .suspended = 1, .each_fact = IMAGE_NONE};
  opening.move_first = add_move(builder, FULL_ANSWER, DUTY_FIELDS, REG_TEXT, 1);
  opening.move_count = 1;
  builder_add(builder, SECTION_OPENINGS, &opening);
  struct image_opening each = {.duty = 1,
                               .key = first + 4,
                               .dues = first,
                               .each_fact = 1,
                               .each_class = REG_TEXT,
                               .each_reg = 4,
                               .code_first = builder->sections[SECTION_CODE].count,
                               .code_count = 3};
  OP(XEQ, 6, 4, 0, 5);
  OP(OPEN, 1, 6);
  OP(END, 0);
  each.move_first = add_move(builder, FULL_ATTEND, DUTY_FIELDS + 1, REG_TEXT, 4);
  each.move_count = 1;
  builder_add(builder, SECTION_OPENINGS, &each);
  const struct image_event *push = builder_item(builder, SECTION_EVENTS, FULL_PUSH);
  struct image_program *program = builder_item(builder, SECTION_PROGRAM, 0);
  program->max_cost = push->code_count + push->state_count + push->effect_count + LIMIT_EACH * 3;
}

// One that runs through recipients, of an event with two texts: a place in the body and one in the headers.
static void add_adapter(struct image_builder *builder) {
  const uint32_t event = FULL_REPLY;
  const struct image_event *reply = builder_item(builder, SECTION_EVENTS, event);
  struct image_adapter adapter = {.name = builder_str(builder, "mail"),
                                  .event = event,
                                  .place_count = 4,
                                  .mapping_count = 2,
                                  .each = IMAGE_NONE,
                                  .route = IMAGE_NONE,
                                  .refused_first = 1,
                                  .refused_count = 1};
  const struct image_str to = builder_str(builder, "to");
  struct image_place places[] = {{{0, 0}, 2, 1, 0}, {{0, 0}, 3, 1, 0}, {to, 2, 0, 1}, {to, 3, 0, 1}};
  struct image_adapter_source sources[] = {{.path = to, .place = 2, .choice_count = 1},
                                           {.path = to, .place = 3, .convert = ADAPT_COMMAS}};
  struct image_mapping mappings[] = {{.member = reply->member_first, .source_count = 1},
                                     {.member = reply->member_first, .value = builder_str(builder, "1")}};
  struct image_choice choice = {.key = to, .value = to};
  for (int p = 0; p < 4; p++) builder_add(builder, SECTION_ADAPTER_PLACES, &places[p]);
  for (int i = 0; i < 2; i++) builder_add(builder, SECTION_ADAPTER_SOURCES, &sources[i]);
  for (int i = 0; i < 2; i++) builder_add(builder, SECTION_ADAPTER_MAPPINGS, &mappings[i]);
  builder_add(builder, SECTION_ADAPTER_CHOICES, &choice);
  builder_add(builder, SECTION_ADAPTERS, &adapter);
}

void full_image(struct image_builder *builder) {
  builder_begin(builder);
  uint32_t rule = builder_rule(builder, "quiet_hours");
  add_calendar(builder);
  add_event_code(builder, rule);
  builder_end_event(builder);
  add_nodes(builder);
  add_cold_code(builder);
  add_parts(builder);
  fill_rule(builder, rule);
  uint32_t stateful = builder_rule(builder, "frequency");
  add_memory(builder);
  add_state_code(builder, stateful);
  add_memory_nodes(builder, stateful);
  add_events(builder);
  add_derived(builder, rule);
  add_duties(builder);
  add_openings(builder);
  add_adapter(builder);
}
