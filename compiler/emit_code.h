// SPDX-License-Identifier: Apache-2.0
// What the files of the emitter share. A block of code is first put in order as items over values
// (emit_order.c for an event's rules, emit_rule.c for the evidence of one rule), then given registers and
// written (emit_code.c).
#ifndef NUO_COMPILER_EMIT_CODE_H
#define NUO_COMPILER_EMIT_CODE_H

#include "compiler/plan.h"

#define MAX_GROUPS_GUARDED 8  // a text that more groups of rules ask about is looked at in every lane

#define MOST_OUTPUTS_SHARED 64  // searches that a rule's evidence makes with those of others, in one pass

#define MANY_SECTIONS UINT32_MAX

enum item_kind { ITEM_VALUE, ITEM_MATCH, ITEM_SKIP, ITEM_LAND, ITEM_FIRE, ITEM_EFFECT, ITEM_OPEN };
struct item {
  enum item_kind kind;
  // VALUE, SKIP: the value; MATCH: the set; FIRE: the rule; EFFECT: event_plan.effects; OPEN: OPENINGS
  uint32_t value;
  uint32_t guard;          // VALUE, MATCH: a plane or VALUE_NONE
  uint32_t first, second;  // FIRE: violated, excepted; OPEN: condition
};

// What the emitter knows of a value of the event at hand.
struct value_state {
  uint32_t done;  // the block that has an item for it
  uint32_t last_use, reg;
  uint32_t set, output;  // PLAN_MATCH, or VALUE_NONE
  uint32_t arguments;    // ARGUMENTS of the last instruction that was written for it
  uint32_t guard;        // of guarded ones
  uint32_t site;         // the one condition it is asked by, or 0
  uint32_t visited;
  uint32_t section;  // the one section that asks for it + 1, MANY_SECTIONS, or 0
  bool many_sites;
  bool everywhere;  // asked outside all groups, or by more than MAX_GROUPS_GUARDED
  uint8_t group_count;
  uint32_t groups[MAX_GROUPS_GUARDED];
};

enum block_kind {
  BLOCK_CODE,   // of all lanes of an event type; completes the planes of enumerators
  BLOCK_STATE,  // of one event, when its turn comes: after the code
  BLOCK_KEPT,   // evidence and effects: nothing is left out, and every register stays
};

struct registers {
  bool *used;
  uint32_t cap, lowest_free;
};

struct emitter {
  struct arena *arena;
  struct planner *p;
  struct event_plan *event;
  VEC(struct value_state) state;  // by value
  VEC(struct item) items;
  value_list skips;  // instructions that jump to the next landing
  struct registers registers[REG_NONE];
  uint32_t most[REG_NONE];  // registers of each class in the whole program
  uint32_t block;
  enum block_kind kind;
  value_list scratch;
  struct pool set_pool;
  struct pool key_pool;               // ARGUMENTS of keys by their registers
  struct pool enumerations;           // ENUMERATORS by the address of the enumeration
  uint32_t *field_first;              // FIELDS, by event
  uint32_t opening_first;             // OPENINGS of the event at hand
  const char *passed_en, *passed_zh;  // a limit that was passed, or NULL
};

// ---- emit_code.c ----
// Begins a block: no items, no values.
void nuo__block_begin(struct emitter *e, enum block_kind kind);
// Makes an item of a value, after those of its operands and its guard, unless the block has one.
void nuo__block_need(struct emitter *e, uint32_t value);
void nuo__block_add(struct emitter *e, struct item item);
// Gives registers and writes the items to CODE, ending with END; the number of instructions.
uint32_t nuo__block_write(struct emitter *e);
// Goes on where a BLOCK_KEPT was written, whose values stay in their registers: code that runs from within
// it, for one value at hand after the other, which are put into the register that is returned.
uint16_t nuo__block_extend(struct emitter *e, uint32_t each);
// As nuo__block_write, for that; then its values are forgotten.
uint32_t nuo__block_write_more(struct emitter *e);
// Where the registers of values stand in ARGUMENTS; the same ones stand there once.
uint32_t nuo__emit_arguments(struct emitter *e, const uint32_t *values, uint32_t count);
// The register of a value that the block has written, or of a field.
uint16_t nuo__block_register(struct emitter *e, uint32_t value);
// Makes room in `state` for values made since.
void nuo__emit_grow(struct emitter *e);
// Forgets which guards and match sets the values have.
void nuo__emit_forget(struct emitter *e);
// Puts a search into a match set: the set of those with the same text and guard.
void nuo__emit_assign_set(struct emitter *e, uint32_t value);
// The index in MATCHES of a set, which is built when it is first asked for.
uint32_t nuo__emit_set(struct emitter *e, uint32_t set);

// ---- emit_order.c ----
// Writes the code of the event's rules that need memory, or of the others; fills in first and count. There is
// code of the others for every event, and for those that need memory only where there are such rules.
void nuo__emit_event_code(struct emitter *e, bool stateful, uint32_t *first, uint32_t *count);

// ---- emit_memory.c ----
// The code that changes memory after an event; count 0 when nothing changes.
void nuo__emit_effects(struct emitter *e, uint32_t *first, uint32_t *count);
// FACTS and COUNTERS.
void nuo__emit_memory(struct emitter *e);

// ---- emit_duty.c ----
uint32_t nuo__emit_field_index(const struct emitter *e, const struct field *field);
// What the breaches of the event at hand take over of it.
void nuo__emit_breaches(struct emitter *e, struct image_event *out);
// The values of what a rule raises, in its cold block; and then how it is raised.
void nuo__emit_need_raises(struct emitter *e, const struct rule_plan *plan);
void nuo__emit_raises(struct emitter *e, const struct rule_plan *plan, struct image_rule *out);
// The duties that the event at hand begins: their values, in its effects; and then how it begins them.
void nuo__emit_begin_openings(struct emitter *e);
void nuo__emit_openings(struct emitter *e);
void nuo__emit_duties(struct emitter *e);
void nuo__emit_fact_uses(const struct emitter *e, const struct fact *fact, struct image_fact *out);

// ---- emit_schema.c ----
// EVENTS (without their code), FIELDS, ASKED, MEMBERS, ENUMERATORS, CLAUSES, SEVERITIES, NATIVES, PROGRAM.
void nuo__emit_event(struct emitter *e, struct image_event *out);
void nuo__emit_clauses(struct emitter *e);
void nuo__emit_packs(struct emitter *e);
void nuo__emit_natives(struct emitter *e);
void nuo__emit_program(struct emitter *e);
// Notes that 16 bits do not hold how many of `en` the policy has; the first such limit is reported in the
// end.
void nuo__emit_pass_limit(struct emitter *e, const char *en, const char *zh);
// ENUMERATORS of an enumeration, written once.
uint32_t nuo__emit_enumeration(struct emitter *e, const struct enumeration *enumeration);
uint8_t nuo__emit_value_kind(const struct type *type);

// ---- emit_adapter.c ----
// ADAPTERS and all that they are made of; EVENTS, FIELDS and MEMBERS are there.
void nuo__emit_adapters(struct emitter *e);

// ---- emit_rule.c ----
// The rule's cold code, nodes, exceptions and parts.
void nuo__emit_rule(struct emitter *e, const struct rule_plan *plan, uint32_t field_first,
                    struct image_rule *out);

#endif
