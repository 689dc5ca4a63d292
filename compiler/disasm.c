// SPDX-License-Identifier: Apache-2.0
// The disassembler and the other dumps (disasm.h). Reads verified images and plans; changes nothing.
#include "compiler/disasm.h"

#include <string.h>

#include "compiler/plan.h"
#include "runtime/opcode.h"

// ---- text that grows ----
struct listing {
  struct arena *arena;
  VEC(char) bytes;
};

static void put(struct listing *out, struct str text) {
  for (uint32_t i = 0; i < text.len; i++) VEC_PUSH(out->arena, &out->bytes, text.at[i]);
}

#define PUT(out, ...) put((out), nuo__arena_format((out)->arena, __VA_ARGS__))

static struct str listed(const struct listing *out) {
  return (struct str){out->bytes.at, out->bytes.count};
}

static struct str string_of(const struct image *image, struct image_str text) {
  return (struct str){image->STRINGS + text.at, text.len};
}

// ---- operands ----
static const char class_letters[] = {'p', 'c', 'w', 'h', 'x', 'l'};

// `kind=sms` for the plane of an enumerator, `kind` for the field itself.
static bool put_field(struct listing *out, const struct image *image, const struct image_field *field,
                      enum reg_class reg_class, uint16_t reg) {
  const struct str path = string_of(image, field->path);
  if (field->reg_class == reg_class && field->reg == reg) {
    PUT(out, ":%.*s", (int)path.len, path.at);
    return true;
  }
  for (uint32_t i = 0; reg_class == REG_PLANE && i < field->asked_count; i++) {
    const struct image_asked *asked = &image->ASKED[field->asked_first + i];
    if (asked->plane != reg) continue;
    const struct str name = string_of(image, image->ENUMERATORS[field->enum_first + asked->ordinal].name);
    PUT(out, ":%.*s=%.*s", (int)path.len, path.at, (int)name.len, name.at);
    return true;
  }
  return false;
}

static void put_register(struct listing *out, const struct image *image, const struct image_event *event,
                         char letter, uint16_t reg) {
  const enum reg_class reg_class = nuo__opcode_class(letter);
  PUT(out, "%c%u", class_letters[reg_class], reg);
  for (uint32_t i = 0; i < event->field_count; i++)
    if (put_field(out, image, &image->FIELDS[event->field_first + i], reg_class, reg)) return;
}

static void put_text(struct listing *out, struct str text) {
  PUT(out, "\"%.*s\"", (int)text.len, text.at);
}

static void put_number_set(struct listing *out, const struct image *image, const struct image_set *set) {
  PUT(out, "{");
  for (uint32_t i = 0; i < set->count && i < 8; i++)
    PUT(out, "%s%lld", i > 0 ? ", " : "", (long long)image->NUMBERS[set->first + i]);
  PUT(out, set->count > 8 ? ", … %u}" : "}", set->count);
}

static void put_text_set(struct listing *out, const struct image *image, const struct image_set *set) {
  PUT(out, "{");
  for (uint32_t i = 0; i < set->count && i < 8; i++) {
    PUT(out, i > 0 ? ", " : "");
    put_text(out, string_of(image, image->STRING_LIST[set->first + i]));
  }
  PUT(out, set->count > 8 ? ", … %u}" : "}", set->count);
}

static void put_constant(struct listing *out, const struct image *image, char letter, uint16_t operand) {
  switch (letter) {
    case 'k':
      PUT(out, "%lld", (long long)image->NUMBERS[operand]);
      break;
    case 'K':
      PUT(out, "%lld..%lld", (long long)image->NUMBERS[operand], (long long)image->NUMBERS[operand + 1]);
      break;
    case 'S':
      put_number_set(out, image, &image->NUMBER_SETS[operand]);
      break;
    case 'T':
      put_text_set(out, image, &image->TEXT_SETS[operand]);
      break;
    case 't':
      put_text(out, string_of(image, image->STRING_LIST[operand]));
      break;
    case 'm':
      PUT(out, "set %u (%u outputs)", operand, image->MATCHES[operand].outputs);
      break;
    case 'g':
      PUT(out, "/%.*s/", (int)image->REGEXES[operand].len, image->STRINGS + image->REGEXES[operand].at);
      break;
    case 'r':
      put(out, string_of(image, image->RULES[operand].name));
      break;
    case 'n':
      put(out, string_of(image, image->NATIVES[operand].name));
      break;
    case 'y':
      put(out, string_of(image, image->FACTS[operand].name));
      break;
    case 'o':
      put_text(out, string_of(image, image->COUNTERS[operand].label));
      break;
    case 'v':
      put(out, string_of(image, image->DUTIES[operand].name));
      break;
    case 'q':
      PUT(out, "opening %u of ", operand);
      put(out, string_of(image, image->DUTIES[image->OPENINGS[operand].duty].name));
      break;
    default:
      PUT(out, "%u", operand);
      break;
  }
}

// How many parts a key of the thing that a letter names has.
static uint32_t key_count(const struct image *image, char letter, uint16_t owner) {
  if (letter == 'o') return image->COUNTERS[owner].key_count;
  return letter == 'v' ? image->DUTIES[owner].key_count : image->FACTS[owner].key_count;
}

// A key, from its fact's, counter's or duty's first argument on.
static void put_key(struct listing *out, const struct image *image, const struct image_event *event,
                    const struct insn *insn) {
  const char *letters = nuo__opcode_operands(insn->op);
  const uint32_t at = (uint32_t)(strchr(letters, 'i') - letters);
  const uint16_t operands[] = {insn->a, insn->b, insn->c, insn->d};
  const uint16_t owner = operands[at - 1], first = operands[at];
  const uint32_t count = key_count(image, letters[at - 1], owner) + (insn->op == OPCODE_DIFFER);
  PUT(out, "(");
  for (uint32_t i = 0; i < count; i++) {
    const struct image_argument *argument = &image->ARGUMENTS[first + i];
    if (i > 0) PUT(out, ", ");
    put_register(out, image, event, class_letters[argument->reg_class], argument->reg);
  }
  PUT(out, ")");
}

static void put_insn(struct listing *out, const struct image *image, const struct image_event *event,
                     uint32_t at, uint32_t block) {
  const struct insn *insn = &image->CODE[at];
  const uint16_t operands[] = {insn->a, insn->b, insn->c, insn->d};
  const char *letters = nuo__opcode_operands(insn->op);
  PUT(out, "%6u  %-12s", at - block, nuo__dag_op_name(insn->op));
  for (uint32_t i = 0; letters[i] != 0 && letters[i] != '-'; i++) {
    if (i > 0) PUT(out, ", ");
    if (letters[i] == 'j')
      PUT(out, "to %u", at - block + 1 + (insn->b | (uint32_t)insn->c << 16));
    else if (letters[i] == 'i')
      put_key(out, image, event, insn);
    else if (strchr("PpCcXxLlwhz", letters[i]) != NULL)
      put_register(out, image, event, letters[i], operands[i]);
    else if (insn->op == OPCODE_CALL || insn->op == OPCODE_CALLP)
      letters[i] == 'n' ? put_constant(out, image, 'n', insn->b) : PUT(out, "arguments %u", operands[i]);
    else
      put_constant(out, image, letters[i], operands[i]);
  }
  PUT(out, "\n");
}

static void put_block(struct listing *out, const struct image *image, const struct image_event *event,
                      const char *what, struct str name, uint32_t first, uint32_t count) {
  PUT(out, "%s%.*s: %u instructions\n", what, (int)name.len, name.at, count);
  for (uint32_t k = 0; k < count; k++) put_insn(out, image, event, first + k, first);
}

// The code for each value of an event's `for each`.
static void put_each_blocks(struct listing *out, const struct image *image, uint32_t event) {
  for (uint32_t i = 0; i < image->OPENINGS_count; i++) {
    const struct image_opening *opening = &image->OPENINGS[i];
    const struct image_duty *duty = &image->DUTIES[opening->duty];
    if (opening->code_count == 0 || duty->trigger != event) continue;
    put_block(out, image, &image->EVENTS[event], "each value of ", string_of(image, duty->name),
              opening->code_first, opening->code_count);
  }
}

struct str nuo__dump_code(struct arena *arena, const struct image *image) {
  struct listing out = {.arena = arena};
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *event = &image->EVENTS[i];
    const struct str name = string_of(image, event->name);
    put_block(&out, image, event, "event ", name, event->code_first, event->code_count);
    if (event->state_count > 0)
      put_block(&out, image, event, "state of ", name, event->state_first, event->state_count);
    if (event->effect_count > 0)
      put_block(&out, image, event, "effects of ", name, event->effect_first, event->effect_count);
    put_each_blocks(&out, image, i);
  }
  for (uint32_t i = 0; i < image->RULES_count; i++) {
    const struct image_rule *rule = &image->RULES[i];
    put_block(&out, image, &image->EVENTS[rule->event], "evidence of ", string_of(image, rule->name),
              rule->cold_first, rule->cold_count);
  }
  return listed(&out);
}

// ---- the image ----
static void put_sections(struct listing *out, const struct image *image) {
  static const struct {
    const char *name;
    size_t size;
  } sections[] = {
#define SECTION(name, type) {#name, sizeof(type)},
      IMAGE_SECTIONS
#undef SECTION
  };
  for (int i = 0; i < SECTION_COUNT; i++) {
    const struct image_section *section = &image->header->sections[i];
    if (section->count == 0) continue;
    PUT(out, "%-16s %8u items %10llu bytes\n", sections[i].name, section->count,
        (unsigned long long)section->count * sections[i].size);
  }
}

static const char *const kind_names[] = {"flag",  "number",   "decimal", "text",   "instant", "date",
                                         "clock", "duration", "zone",    "one of", "list"};

static void put_events(struct listing *out, const struct image *image) {
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *event = &image->EVENTS[i];
    const struct str wire = string_of(image, event->wire);
    PUT(out, "event %u ", i);
    put(out, string_of(image, event->name));
    PUT(out, " \"%.*s\"%s, %u instructions", (int)wire.len, wire.at, event->enforceable ? " enforceable" : "",
        event->code_count);
    if (event->state_count + event->effect_count > 0)
      PUT(out, ", %u of state, %u of effects", event->state_count, event->effect_count);
    PUT(out, "\n");
    for (uint32_t k = 0; k < event->field_count; k++) {
      const struct image_field *field = &image->FIELDS[event->field_first + k];
      const struct str path = string_of(image, field->path);
      if (field->reg_class == REG_NONE) continue;
      PUT(out, "  %-28.*s %-8s %c%u, %u enumerators asked\n", (int)path.len, path.at, kind_names[field->kind],
          class_letters[field->reg_class], field->reg, field->asked_count);
    }
  }
}

static void put_subject(struct listing *out, uint32_t part) {
  if (part < IMAGE_KEY_MAX)
    PUT(out, ", subject %u\n", part);
  else
    PUT(out, "\n");
}

static void put_memory(struct listing *out, const struct image *image) {
  for (uint32_t i = 0; i < image->FACTS_count; i++) {
    const struct image_fact *fact = &image->FACTS[i];
    PUT(out, "fact %u ", i);
    put(out, string_of(image, fact->name));
    PUT(out, ": %u keys, %s%s%s", fact->key_count, kind_names[fact->kind], fact->suspends ? ", suspends" : "",
        fact->each_parts ? ", run through" : "");
    put_subject(out, fact->subject);
  }
  for (uint32_t i = 0; i < image->COUNTERS_count; i++) {
    const struct image_counter *counter = &image->COUNTERS[i];
    PUT(out, "counter %u ", i);
    put_text(out, string_of(image, counter->label));
    PUT(out, ": %u keys, ", counter->key_count);
    if (counter->kind == COUNTER_SUM || counter->kind == COUNTER_SHARE)
      PUT(out, "a total of %s", kind_names[counter->value_kind]);
    else
      PUT(out, "capacity %u", counter->capacity);
    PUT(out, "%s%s", counter->sensitive ? ", sensitive" : "", counter->attempts ? ", attempts" : "");
    put_subject(out, counter->subject);
  }
}

// ---- duties and derived events ----
static void put_moves(struct listing *out, const struct image *image, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) {
    const struct image_move *move = &image->MOVES[i];
    PUT(out, "  %c%u to ", class_letters[move->reg_class], move->reg);
    put(out, string_of(image, image->FIELDS[move->field].path));
    PUT(out, "\n");
  }
}

static void put_breach(struct listing *out, const struct image *image, const struct image_event *event,
                       const struct image_breach *breach) {
  PUT(out, "breach of ");
  put(out, string_of(image, event->name));
  if (breach->pack != IMAGE_NONE) {
    PUT(out, " in ");
    put(out, string_of(image, image->PACKS[breach->pack].name));
  }
  if (breach->is_outer == 1) PUT(out, ", outside");
  PUT(out, "\n");
  put_moves(out, image, breach->move_first, breach->move_count);
}

static void put_derived(struct listing *out, const struct image *image) {
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *event = &image->EVENTS[i];
    for (uint32_t k = event->breach_first; k < event->breach_first + event->breach_count; k++)
      put_breach(out, image, event, &image->BREACHES[k]);
  }
  for (uint32_t i = 0; i < image->RAISES_count; i++) {
    PUT(out, "raise %u ", i);
    put(out, string_of(image, image->EVENTS[image->RAISES[i].event].name));
    PUT(out, "\n");
    put_moves(out, image, image->RAISES[i].move_first, image->RAISES[i].move_count);
  }
}

static void put_duty(struct listing *out, const struct image *image, uint32_t index) {
  const struct image_duty *duty = &image->DUTIES[index];
  PUT(out, "duty %u ", index);
  put(out, string_of(image, duty->name));
  if (duty->trigger == IMAGE_NONE) {
    PUT(out, ": period %u, counter %u, due unit %u amount %lld", duty->period, duty->counter, duty->due_unit,
        (long long)duty->due_amount);
  } else {
    PUT(out, " on ");
    put(out, string_of(image, image->EVENTS[duty->trigger].name));
    PUT(out, ": %u keys, %u warnings", duty->key_count, duty->warning_count);
  }
  PUT(out, ", lateness %lld ms\n", (long long)duty->lateness);
  for (uint32_t i = duty->step_first; i < duty->step_first + duty->step_count; i++) {
    PUT(out, "  must ");
    put(out, string_of(image, image->STEPS[i].awaited));
    PUT(out, image->STEPS[i].by_day ? ", by day\n" : "\n");
  }
}

static void put_duties(struct listing *out, const struct image *image) {
  for (uint32_t i = 0; i < image->DUTIES_count; i++) put_duty(out, image, i);
  for (uint32_t i = 0; i < image->OPENINGS_count; i++) {
    const struct image_opening *opening = &image->OPENINGS[i];
    PUT(out, "opening %u of ", i);
    put(out, string_of(image, image->DUTIES[opening->duty].name));
    if (opening->each_fact != IMAGE_NONE)
      PUT(out, " for each value of fact %u, part %u, in %c%u", opening->each_fact, opening->each_part,
          class_letters[opening->each_class], opening->each_reg);
    PUT(out, "\n");
    put_moves(out, image, opening->move_first, opening->move_count);
  }
}

static void put_rules(struct listing *out, const struct image *image) {
  for (uint32_t i = 0; i < image->RULES_count; i++) {
    const struct image_rule *rule = &image->RULES[i];
    PUT(out, "rule %u ", i);
    put(out, string_of(image, rule->name));
    PUT(out, ": %u exceptions, %u parts, %u instructions of evidence, action %u, undetermined %u\n",
        rule->exception_count, rule->part_count, rule->cold_count, rule->action.kind,
        rule->undetermined.kind);
  }
}

struct str nuo__dump_image(struct arena *arena, const struct image *image) {
  struct listing out = {.arena = arena};
  const struct image_program *program = image->PROGRAM;
  PUT(&out, "policy ");
  put(&out, string_of(image, program->policy));
  PUT(&out, ", %llu bytes\n", (unsigned long long)image->header->size);
  PUT(&out,
      "registers: %u planes (%u of fields), %u columns (%u), %u wide, %u half, %u texts (%u), %u lists "
      "(%u)\n",
      program->plane_count, program->field_planes, program->column_count, program->field_columns,
      program->wide_count, program->half_count, program->text_count, program->field_texts,
      program->list_count, program->field_lists);
  put_sections(&out, image);
  put_events(&out, image);
  put_memory(&out, image);
  put_duties(&out, image);
  put_derived(&out, image);
  put_rules(&out, image);
  return listed(&out);
}

// ---- the plan ----
static void put_value(struct listing *out, const struct event_plan *event, uint32_t index) {
  const struct value *value = &event->values.at[index];
  value_list operands = {0};
  nuo__dag_operands(out->arena, event, index, &operands);
  PUT(out, "  %%%u = %s", index, nuo__dag_op_name(value->op));
  for (uint32_t i = 0; i < operands.count; i++) PUT(out, "%s%%%u", i > 0 ? ", " : " ", operands.at[i]);
  PUT(out, "  cost %u\n", value->cost);
}

static void put_effect(struct listing *out, const struct plan_effect *effect) {
  PUT(out, "  %s %u", nuo__dag_op_name(effect->op), effect->index);
  for (uint32_t i = 0; i < effect->key.count; i++) PUT(out, "%s%%%u", i > 0 ? ", " : " ", effect->key.at[i]);
  PUT(out, " where %%%u", effect->condition);
  if (effect->value != VALUE_NONE) PUT(out, " with %%%u", effect->value);
  if (effect->op == OPCODE_MEET) PUT(out, " step %u", effect->step);
  PUT(out, "\n");
}

static void put_values(struct listing *out, const char *what, const value_list *values) {
  if (values->count > 0) PUT(out, ", %s", what);
  for (uint32_t i = 0; i < values->count; i++) PUT(out, " %%%u", values->at[i]);
}

static void put_plan_moves(struct listing *out, const plan_moves *moves) {
  for (uint32_t i = 0; i < moves->count; i++) {
    PUT(out, "    %%%u to ", moves->at[i].value);
    put(out, moves->at[i].field->path);
    PUT(out, "\n");
  }
}

static void put_opening(struct listing *out, const struct plan_opening *opening) {
  PUT(out, "  begins ");
  put(out, opening->duty->names.en);
  PUT(out, " where %%%u", opening->condition);
  put_values(out, "key", &opening->key);
  put_values(out, "due and certain", &opening->dues);
  put_values(out, "warnings", &opening->warnings);
  put_values(out, "suspended", &opening->suspended);
  put_values(out, "each", &opening->each_key);
  PUT(out, "\n");
  put_plan_moves(out, &opening->moves);
}

static void put_rule_plan(struct listing *out, const struct rule_plan *plan) {
  PUT(out, "  rule ");
  put(out, plan->rule->names.en);
  PUT(out, ": scope %%%u, violated %%%u, excepted %%%u\n", plan->scope_value, plan->violated, plan->excepted);
}

static void put_plan_breach(struct listing *out, const struct breach_type *type, const plan_moves *moves) {
  if (moves->count == 0) return;
  PUT(out, "  its breaches take over");
  if (type->pack != NULL) PUT(out, " in %.*s", (int)type->pack->names.en.len, type->pack->names.en.at);
  PUT(out, "\n");
  put_plan_moves(out, moves);
}

static struct str put_plan(struct planner *p) {
  struct listing out = {.arena = p->arena};
  for (uint32_t i = 0; i < p->program->events.count; i++) {
    const struct event_plan *event = &p->events[i];
    PUT(&out, "event ");
    put(&out, event->type->names.en);
    PUT(&out, ": %u values\n", event->values.count);
    for (uint32_t k = 0; k < event->values.count; k++) put_value(&out, event, k);
    for (uint32_t k = 0; k < event->rules.count; k++) put_rule_plan(&out, &event->rules.at[k]);
    for (uint32_t k = 0; k < event->effects.count; k++) put_effect(&out, &event->effects.at[k]);
    for (uint32_t k = 0; k < event->openings.count; k++) put_opening(&out, &event->openings.at[k]);
    for (uint32_t k = 0; k < event->breaches.count; k++)
      put_plan_breach(&out, p->program->breaches.at[k], &event->breaches.at[k].moves);
  }
  return listed(&out);
}

struct str nuo__dump_plan(struct arena *arena, const struct program *program) {
  struct diagnostics unheard = {.arena = arena};
  struct image_writer constants = {.arena = arena};
  struct planner planner = {.arena = arena, .diags = &unheard, .program = program, .out = &constants};
  struct zone_set *zones = nuo__plan_open_zone(&planner);
  if (planner.zone != NULL) nuo__plan_program(&planner);
  const struct str text = planner.zone != NULL ? put_plan(&planner) : STR("");
  nuo__zone_set_free(zones);
  return text;
}
