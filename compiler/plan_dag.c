// SPDX-License-Identifier: Apache-2.0
// Values: made once, however often they are asked for, with what is known at compile time folded away.
// Folding keeps Kleene's laws: `x and not x` is not false where x is unknown. Called by the other files of
// the planner and, for guards, by the emitter.
#include <string.h>

#include "compiler/plan.h"
#include "runtime/opcode.h"

// ---- what an instruction is ----
const char *nuo__dag_op_name(uint16_t op) {
  static const char *const names[] = {
#define OPCODE(name, operands, effect) #name,
#include "runtime/opcodes.def"
#undef OPCODE
      "FIELD", "ASKED", "MATCH", "PICK", "CALL", "VALUE"};
  return names[op];
}

bool nuo__dag_guarded(const struct value *value) {
  switch (value->op) {
    case OPCODE_XEQ:
    case OPCODE_XEQK:
    case OPCODE_XINK:
    case OPCODE_XHAS:
    case OPCODE_XSTARTS:
    case OPCODE_XENDS:
    case OPCODE_REGEX:
    case OPCODE_LHASX:
    case OPCODE_LANYX:
    case OPCODE_LALLX:
    case PLAN_MATCH:
    case PLAN_CALL:
      return true;
    default:
      return false;
  }
}

static bool is_register(char letter) {
  return letter != 0 && strchr("pcxlwhz", letter) != NULL;
}

// Operands that are values: the register letters, but not the guard, which the emitter chooses.
static uint32_t operand_count(const struct value *value) {
  const uint32_t count = (uint32_t)strlen(nuo__opcode_operands(value->op)) - 1;
  return nuo__dag_guarded(value) ? count - 1 : count;
}

void nuo__dag_operands(struct arena *arena, const struct event_plan *event, uint32_t index, value_list *out) {
  const struct value value = event->values.at[index];
  switch (value.op) {
    case PLAN_FIELD:
    case PLAN_EACH:
      return;
    case PLAN_ASKED:
      VEC_PUSH(arena, out, value.arg[1]);
      return;
    case PLAN_MATCH:
      VEC_PUSH(arena, out, value.arg[0]);
      return;
    case PLAN_PICK:
      for (uint32_t i = 0; i < 2 * value.arg[1]; i++) {
        const uint32_t operand = event->lists.at[value.arg[0] + i];
        if (event->values.at[operand].op != OPCODE_CCONST) VEC_PUSH(arena, out, operand);
      }
      return;
    case PLAN_CALL:
    case OPCODE_FACT:
    case OPCODE_FACTVALUE:
    case OPCODE_FACTTEXT:
    case OPCODE_SINCE:
    case OPCODE_COUNTED:
    case OPCODE_SUM:
    case OPCODE_SHARE:
    case OPCODE_DISTINCT:
    case OPCODE_LAST:
      for (uint32_t i = 0; i < value.arg[2]; i++) VEC_PUSH(arena, out, event->lists.at[value.arg[1] + i]);
      return;
    default:
      for (uint32_t i = 0; i < operand_count(&value); i++)
        if (is_register(nuo__opcode_operands(value.op)[i + 1])) VEC_PUSH(arena, out, value.arg[i]);
  }
}

// ---- making ----
static uint32_t own_cost(const struct value *value) {
  if (value->op == PLAN_FIELD || value->op == PLAN_ASKED || value->op == PLAN_EACH) return 0;
  if (value->op == PLAN_MATCH) return 2000;
  if (value->op == OPCODE_REGEX || value->op == PLAN_CALL) return 4000;
  if (nuo__opcode_remembers(value->op)) return 5000;
  if (nuo__dag_guarded(value)) return 200;
  if ((value->op >= OPCODE_CLOCK && value->op <= OPCODE_NEXT) || value->op == OPCODE_PERIOD) return 300;
  if (value->op >= OPCODE_LDEF && value->op <= OPCODE_SIZE) return 200;
  return value->op <= OPCODE_LKNOWN ? 1 : 10;
}

// Settles what follows from the operands.
static void sum_up(struct planner *p, uint32_t index) {
  struct value *value = &p->event->values.at[index];
  uint64_t cost = own_cost(value);
  value->remembers = nuo__opcode_remembers(value->op);
  value->each = value->op == PLAN_EACH;
  p->scratch.count = 0;
  nuo__dag_operands(p->arena, p->event, index, &p->scratch);
  for (uint32_t i = 0; i < p->scratch.count; i++) {
    cost += nuo__dag_at(p, p->scratch.at[i])->cost;
    value->remembers |= nuo__dag_at(p, p->scratch.at[i])->remembers;
    value->each |= nuo__dag_at(p, p->scratch.at[i])->each;
  }
  value->cost = cost > 1000000 ? 1000000 : (uint32_t)cost;
}

static uint32_t enter(struct planner *p, struct value value, const void *key, size_t size) {
  uint32_t *at = nuo__pool_at(p->arena, &p->event->known, key, size);
  if (*at != UINT32_MAX) return *at;
  const uint32_t index = *at = p->event->values.count;
  VEC_PUSH(p->arena, &p->event->values, value);
  sum_up(p, index);
  return index;
}

static uint32_t enter_fixed(struct planner *p, uint16_t op, uint8_t reg_class, uint32_t a, uint32_t b,
                            uint32_t c) {
  const uint32_t key[5] = {op, reg_class, a, b, c};
  return enter(p, (struct value){.op = op, .reg_class = reg_class, .arg = {a, b, c}}, key, sizeof key);
}

// For what has any number of operands: the list is part of the key, and is appended when the value is new.
static uint32_t enter_listed(struct planner *p, struct value value, uint32_t list_arg,
                             const value_list *list) {
  uint32_t *key = nuo__arena_alloc(p->arena, (list->count + 4) * sizeof *key);
  key[0] = value.op;
  key[1] = value.reg_class;
  key[2] = value.op == PLAN_PICK ? 0 : value.arg[0];
  key[3] = list->count;
  for (uint32_t i = 0; i < list->count; i++) key[4 + i] = list->at[i];
  const size_t size = (list->count + 4) * sizeof *key;
  const uint32_t *at = nuo__pool_at(p->arena, &p->event->known, key, size);
  if (*at != UINT32_MAX) return *at;
  value.arg[list_arg] = p->event->lists.count;
  for (uint32_t i = 0; i < list->count; i++) VEC_PUSH(p->arena, &p->event->lists, list->at[i]);
  return enter(p, value, key, size);
}

bool nuo__opcode_commutes(uint16_t op) {
  switch (op) {
    case OPCODE_AND:
    case OPCODE_OR:
    case OPCODE_PEQ:
    case OPCODE_EQ:
    case OPCODE_ADD:
    case OPCODE_MUL:
    case OPCODE_DECMUL:
    case OPCODE_LEAST:
    case OPCODE_GREATEST:
    case OPCODE_XEQ:
      return true;
    default:
      return false;
  }
}

uint32_t nuo__dag_make(struct planner *p, enum opcode op, uint32_t a, uint32_t b, uint32_t c) {
  if (nuo__opcode_commutes((uint16_t)op) && a > b) {
    const uint32_t first = a;
    a = b;
    b = first;
  }
  return enter_fixed(p, (uint16_t)op, (uint8_t)nuo__opcode_class(nuo__opcode_operands(op)[0]), a, b, c);
}

// ---- constants ----
uint32_t nuo__dag_plane(struct planner *p, uint32_t constant) {
  return nuo__dag_make(p, OPCODE_PCONST, constant, 0, 0);
}

uint32_t nuo__dag_number(struct planner *p, int64_t number) {
  return nuo__dag_make(p, OPCODE_CCONST, nuo__image_number(p->out, number), 0, 0);
}

uint32_t nuo__dag_text(struct planner *p, struct str text) {
  return nuo__dag_make(p, OPCODE_XCONST, nuo__image_text(p->out, text), 0, 0);
}

uint32_t nuo__dag_unknown(struct planner *p, enum reg_class reg_class) {
  if (reg_class == REG_PLANE) return nuo__dag_plane(p, 2);
  return nuo__dag_make(p, reg_class == REG_TEXT ? OPCODE_XNONE : OPCODE_CNONE, 0, 0, 0);
}

bool nuo__dag_is_number(const struct planner *p, uint32_t value, int64_t *number) {
  const struct value *v = nuo__dag_at(p, value);
  if (v->op != OPCODE_CCONST) return false;
  *number = p->out->number_values.at[v->arg[0]];
  return true;
}

bool nuo__dag_is_plane(const struct planner *p, uint32_t value, uint32_t constant) {
  const struct value *v = nuo__dag_at(p, value);
  return v->op == OPCODE_PCONST && v->arg[0] == constant;
}

// ---- logic ----
uint32_t nuo__dag_and(struct planner *p, uint32_t a, uint32_t b) {
  if (a == b || nuo__dag_is_plane(p, b, 1) || nuo__dag_is_plane(p, a, 0)) return a;
  if (nuo__dag_is_plane(p, a, 1) || nuo__dag_is_plane(p, b, 0)) return b;
  return nuo__dag_make(p, OPCODE_AND, a, b, 0);
}

uint32_t nuo__dag_or(struct planner *p, uint32_t a, uint32_t b) {
  if (a == b || nuo__dag_is_plane(p, b, 0) || nuo__dag_is_plane(p, a, 1)) return a;
  if (nuo__dag_is_plane(p, a, 0) || nuo__dag_is_plane(p, b, 1)) return b;
  return nuo__dag_make(p, OPCODE_OR, a, b, 0);
}

uint32_t nuo__dag_not(struct planner *p, uint32_t a) {
  const struct value *v = nuo__dag_at(p, a);
  if (v->op == OPCODE_NOT) return v->arg[0];
  if (v->op == OPCODE_PCONST) return nuo__dag_plane(p, v->arg[0] == 2 ? 2 : !v->arg[0]);
  return nuo__dag_make(p, OPCODE_NOT, a, 0, 0);
}

static bool never_unknown(const struct planner *p, uint32_t a) {
  const struct value *v = nuo__dag_at(p, a);
  if (v->op == OPCODE_NOT) return never_unknown(p, v->arg[0]);
  return v->op == OPCODE_EST || v->op == OPCODE_PKNOWN ||
         (v->op >= OPCODE_CKNOWN && v->op <= OPCODE_LKNOWN) || (v->op == OPCODE_PCONST && v->arg[0] != 2);
}

uint32_t nuo__dag_established(struct planner *p, uint32_t a) {
  if (never_unknown(p, a)) return a;
  if (nuo__dag_is_plane(p, a, 2)) return nuo__dag_plane(p, 0);
  return nuo__dag_make(p, OPCODE_EST, a, 0, 0);
}

uint32_t nuo__dag_known(struct planner *p, uint32_t value) {
  static const enum opcode opcodes[] = {
      [REG_PLANE] = OPCODE_PKNOWN, [REG_COLUMN] = OPCODE_CKNOWN, [REG_WIDE] = OPCODE_WKNOWN,
      [REG_HALF] = OPCODE_HKNOWN,  [REG_TEXT] = OPCODE_XKNOWN,   [REG_LIST] = OPCODE_LKNOWN};
  return nuo__dag_make(p, opcodes[nuo__dag_at(p, value)->reg_class], value, 0, 0);
}

uint32_t nuo__dag_column(struct planner *p, uint32_t value) {
  const uint8_t reg_class = nuo__dag_at(p, value)->reg_class;
  if (reg_class == REG_WIDE) return nuo__dag_make(p, OPCODE_WIDE, value, 0, 0);
  if (reg_class == REG_HALF) return nuo__dag_make(p, OPCODE_HIDE, value, 0, 0);
  return value;
}

// ---- several operands ----
uint32_t nuo__dag_pick(struct planner *p, enum reg_class reg_class, const value_list *pairs) {
  value_list kept = {0};
  for (uint32_t i = 0; i < pairs->count; i += 2) {
    const uint32_t plane = pairs->at[i];
    if (nuo__dag_is_plane(p, plane, 0) || nuo__dag_is_plane(p, plane, 2)) continue;
    if (nuo__dag_is_plane(p, plane, 1)) kept.count = 0;
    VEC_PUSH(p->arena, &kept, plane);
    VEC_PUSH(p->arena, &kept, pairs->at[i + 1]);
  }
  if (kept.count == 0) return nuo__dag_unknown(p, reg_class);
  if (kept.count == 2 && nuo__dag_is_plane(p, kept.at[0], 1)) return kept.at[1];
  const struct value value = {
      .op = PLAN_PICK, .reg_class = (uint8_t)reg_class, .arg = {0, kept.count / 2, 0}};
  return enter_listed(p, value, 0, &kept);
}

uint32_t nuo__dag_call(struct planner *p, uint32_t native, bool flag, const value_list *arguments) {
  const struct value value = {
      .op = PLAN_CALL, .reg_class = flag ? REG_PLANE : REG_COLUMN, .arg = {native, 0, arguments->count}};
  return enter_listed(p, value, 1, arguments);
}

uint32_t nuo__dag_remember(struct planner *p, enum opcode op, uint32_t index, const value_list *list) {
  const struct value value = {.op = (uint16_t)op,
                              .reg_class = (uint8_t)nuo__opcode_class(nuo__opcode_operands((uint16_t)op)[0]),
                              .arg = {index, 0, list->count}};
  return enter_listed(p, value, 1, list);
}

uint32_t nuo__dag_each(struct planner *p, const struct duty *duty) {
  const bool text = duty->each->keys.at[duty->each_part]->kind == TYPE_TEXT;
  return enter_fixed(p, PLAN_EACH, text ? REG_TEXT : REG_COLUMN, duty->index, 0, 0);
}

// Texts behind their lengths: a lexicon may have many thousands.
static size_t texts_size(const struct str *texts, uint32_t count) {
  size_t size = 0;
  for (uint32_t i = 0; i < count; i++) size += sizeof(uint32_t) + texts[i].len;
  return size;
}

static char *put_texts(char *at, const struct str *texts, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct str text = texts[i];
    memcpy(at, &text.len, sizeof text.len);
    at += sizeof text.len;
    if (text.len > 0) memcpy(at, text.at, text.len);
    at += text.len;
  }
  return at;
}

static struct str spec_key(struct planner *p, const struct match_spec *spec) {
  const uint32_t head[4] = {spec->kind, spec->fold, spec->count, spec->excepted.count};
  const size_t size = sizeof head + texts_size(spec->texts, spec->count) +
                      texts_size(spec->excepted.at, spec->excepted.count);
  char *key = nuo__arena_alloc(p->arena, size);
  memcpy(key, head, sizeof head);
  put_texts(put_texts(key + sizeof head, spec->texts, spec->count), spec->excepted.at, spec->excepted.count);
  return (struct str){key, (uint32_t)size};
}

static uint32_t spec_index(struct planner *p, const struct match_spec *spec) {
  const struct str key = spec_key(p, spec);
  uint32_t *at = nuo__pool_at(p->arena, &p->spec_pool, key.at, key.len);
  if (*at == UINT32_MAX) {
    *at = p->specs.count;
    VEC_PUSH(p->arena, &p->specs, *spec);
  }
  return *at;
}

uint32_t nuo__dag_match(struct planner *p, uint32_t text, const struct match_spec *spec) {
  return enter_fixed(p, PLAN_MATCH, REG_PLANE, text, spec_index(p, spec), 0);
}

// ---- fields ----
uint8_t nuo__dag_class(const struct type *type) {
  switch (type->kind) {
    case TYPE_FLAG:
      return REG_PLANE;
    case TYPE_TEXT:
      return REG_TEXT;
    case TYPE_DATE:
    case TYPE_CLOCK:
      return REG_WIDE;
    case TYPE_ENUM:
      return REG_HALF;
    case TYPE_LIST:
      return REG_LIST;
    default:
      return REG_COLUMN;
  }
}

// The time of every event is in one slot, as if it had no path; other fields share one when path and type are
// equal.
static uint32_t find_slot(struct planner *p, const struct field *field) {
  const bool is_time = field == field->event->time;
  const struct str path = is_time ? STR("") : field->path;
  uint32_t *first = nuo__pool_at(p->arena, &p->slot_pool, path.at, path.len);
  for (uint32_t i = *first; i != UINT32_MAX; i = p->slots.at[i].next)
    if (is_time || nuo__type_equal(p->slots.at[i].field->type, field->type)) return i;
  const uint16_t reg = (uint16_t)p->field_counts[nuo__dag_class(field->type)]++;
  VEC_PUSH(p->arena, &p->slots, (struct field_slot){.field = field, .next = *first, .reg = reg});
  return *first = p->slots.count - 1;
}

static uint32_t slot_of(struct planner *p, const struct field *field) {
  uint32_t *slot = &p->event->slot[field->index];
  if (*slot == 0) *slot = find_slot(p, field) + 1;
  return *slot - 1;
}

uint32_t nuo__dag_field(struct planner *p, const struct field *field) {
  const uint32_t slot = slot_of(p, field);
  p->event->needed[field->index] = true;
  return enter_fixed(p, PLAN_FIELD, nuo__dag_class(field->type), p->slots.at[slot].reg, 0, 0);
}

static uint16_t asked_plane(struct planner *p, uint32_t slot, uint32_t ordinal) {
  const uint32_t key[2] = {slot, ordinal};
  uint32_t *plane = nuo__pool_at(p->arena, &p->asked_pool, key, sizeof key);
  if (*plane == UINT32_MAX) *plane = p->field_counts[REG_PLANE]++;
  return (uint16_t)*plane;
}

uint32_t nuo__dag_asked(struct planner *p, const struct field *field, uint32_t ordinal) {
  const uint32_t source = nuo__dag_field(p, field);
  const uint16_t plane = asked_plane(p, slot_of(p, field), ordinal);
  const uint32_t before = p->event->values.count;
  const uint32_t value = enter_fixed(p, PLAN_ASKED, REG_PLANE, plane, source, ordinal);
  if (value == before) {
    const struct asked_use use = {(uint16_t)ordinal, plane, field->index, value};
    VEC_PUSH(p->arena, &p->event->asked, use);
  }
  return value;
}
