// SPDX-License-Identifier: Apache-2.0
// Code of an image: every operand exists and is of its class, jumps go forward and nest, and no temporary is
// read before it is written on every way that leads there. Jumps only go forward, so one pass suffices: where
// a SKIP lands, what is defined is what was defined at the SKIP. Called by verify.c and verify_rule.c.
#include <string.h>

#include "runtime/opcode.h"
#include "runtime/verify.h"

#define REJECT(index, reason) nuo__verify_reject(v, SECTION_CODE, index, reason)

// A SKIP whose target is still ahead.
struct pending {
  uint32_t target, trail_len;
};

struct block {
  uint32_t end;  // one past its last instruction, which is END
  struct pending pending[LIMIT_SKIP_DEPTH];
  uint32_t pending_count;
};

// ---- registers ----

bool nuo__verify_is_readable(const struct verifier *v, unsigned reg_class, uint32_t reg, unsigned list_type) {
  if (reg >= nuo__verify_reg_count(v, reg_class)) return false;
  uint8_t defined = v->defined[v->first_of[reg_class] + reg];
  if (reg_class != REG_LIST) return reg < nuo__verify_field_count(v, reg_class) || defined != 0;
  return defined != 0 && (list_type == 0 || defined == list_type || defined == LIST_UNKNOWN_ALWAYS);
}

// Notes that a temporary holds values from here on.
static bool define(struct verifier *v, uint32_t at, unsigned reg_class, uint32_t reg, uint8_t as) {
  if (reg >= nuo__verify_reg_count(v, reg_class))
    return REJECT(at, "it writes a register that does not exist");
  if (reg < nuo__verify_field_count(v, reg_class)) return REJECT(at, "it writes the register of a field");
  uint32_t index = v->first_of[reg_class] + reg;
  if (v->defined[index] == 0) {
    v->trail[v->trail_len++] = index;
  } else if (v->defined[index] != as) {
    return REJECT(at, "it makes a list of texts a list of numbers or the other way round");
  }
  v->defined[index] = as;
  return true;
}

static void undefine(struct verifier *v, uint32_t trail_len) {
  while (v->trail_len > trail_len) v->defined[v->trail[--v->trail_len]] = 0;
}

void nuo__verify_code_done(struct verifier *v) {
  undefine(v, 0);
}

static void set_field_lists(struct verifier *v, uint32_t event, bool is_at_hand) {
  if (event == IMAGE_NONE) return;
  const struct image_event *e = &v->image->EVENTS[event];
  for (uint32_t f = e->field_first; f < e->field_first + e->field_count; f++) {
    const struct image_field *field = &v->image->FIELDS[f];
    if (field->reg_class != REG_LIST) continue;
    uint8_t type = field->element == VALUE_TEXT ? LIST_OF_TEXTS : LIST_OF_NUMBERS;
    v->defined[v->first_of[REG_LIST] + field->reg] = is_at_hand ? type : LIST_UNKNOWN_ALWAYS;
  }
}

// Registers of lists that the event does not have are never known in its lanes.
static bool enter_event(struct verifier *v, uint32_t at, uint32_t event) {
  if (v->event == event) return true;
  uint32_t before = v->event == IMAGE_NONE ? 0 : v->image->EVENTS[v->event].field_count;
  uint32_t steps = before + v->image->EVENTS[event].field_count;
  if (!nuo__verify_spend(v, SECTION_CODE, at, steps)) return false;
  set_field_lists(v, v->event, false);
  set_field_lists(v, event, true);
  v->event = event;
  return true;
}

// ---- operands ----

// How many things of a section an operand may name; a `K` is two of them.
static uint32_t count_of(const struct image *image, char letter) {
  switch (letter) {
    case 'k':
      return image->NUMBERS_count;
    case 'K':
      return image->NUMBERS_count == 0 ? 0 : image->NUMBERS_count - 1;
    case 'S':
      return image->NUMBER_SETS_count;
    case 'T':
      return image->TEXT_SETS_count;
    case 't':
      return image->STRING_LIST_count;
    case 'm':
      return image->MATCHES_count;
    case 'g':
      return image->REGEXES_count;
    case 'r':
      return image->RULES_count;
    case 'n':
      return image->NATIVES_count;
    case 'y':
      return image->FACTS_count;
    case 'o':
      return image->COUNTERS_count;
    case 'v':
      return image->DUTIES_count;
    case 'q':
      return image->OPENINGS_count;
    default:  // 'u', 'j', and 'i', which is checked with what it is the key of
      return UINT32_MAX;
  }
}

// What an instruction wants of the lists it reads.
static unsigned list_wanted(uint16_t op) {
  switch (op) {
    case OPCODE_LHAS:
    case OPCODE_LANY:
    case OPCODE_LALL:
      return LIST_OF_NUMBERS;
    case OPCODE_LHASX:
    case OPCODE_LANYX:
    case OPCODE_LALLX:
      return LIST_OF_TEXTS;
    default:
      return 0;
  }
}

static bool is_written(char letter) {
  return letter == 'P' || letter == 'C' || letter == 'X' || letter == 'L';
}

static bool check_operand(struct verifier *v, uint32_t at, char letter, uint16_t operand) {
  unsigned reg_class = nuo__opcode_class(letter);
  if (is_written(letter)) return true;
  if (reg_class == REG_NONE) {
    return operand < count_of(v->image, letter) || REJECT(at, "an operand names what does not exist");
  }
  if (nuo__verify_is_readable(v, reg_class, operand, list_wanted(v->image->CODE[at].op))) return true;
  return REJECT(at, "it reads a register that does not exist or holds nothing yet");
}

static bool check_operands(struct verifier *v, uint32_t at) {
  const struct insn *i = &v->image->CODE[at];
  const uint16_t operands[4] = {i->a, i->b, i->c, i->d};
  const char *letters = nuo__opcode_operands(i->op);
  uint32_t p = 0;
  for (; letters[p] != '\0' && letters[p] != '-'; p++) {
    if (!check_operand(v, at, letters[p], operands[p])) return false;
    if (letters[p] == 'j') return operands[3] == 0 || REJECT(at, "an operand that it does not have is not 0");
  }
  for (; p < 4; p++) {
    if (operands[p] != 0) return REJECT(at, "an operand that it does not have is not 0");
  }
  return true;
}

// ---- what single instructions ask for ----

static bool check_call(struct verifier *v, uint32_t at, bool gives_flag) {
  const struct insn *i = &v->image->CODE[at];
  const struct image_native *native = &v->image->NATIVES[i->b];
  if ((native->result == VALUE_FLAG) != gives_flag)
    return REJECT(at, "the function gives another kind of value");
  if (!nuo__verify_is_range(i->c, native->param_count, v->image->ARGUMENTS_count)) {
    return REJECT(at, "its arguments do not exist");
  }
  for (uint32_t p = 0; p < native->param_count; p++) {
    const struct image_argument *argument = &v->image->ARGUMENTS[i->c + p];
    if (!nuo__verify_class_fits(native->params[p], argument->reg_class) ||
        !nuo__verify_is_readable(v, argument->reg_class, argument->reg, 0)) {
      return REJECT(at, "an argument is of the wrong class or holds nothing yet");
    }
  }
  return true;
}

static bool check_fire(struct verifier *v, uint32_t at) {
  uint16_t rule = v->image->CODE[at].a;
  if (v->rule != IMAGE_NONE) return REJECT(at, "a rule is fired in a rule's own code");
  if (v->image->RULES[rule].event != v->event) return REJECT(at, "the rule it fires is for another event");
  if (v->rule_fired[rule] != 0) return REJECT(at, "the rule is fired twice");
  v->rule_fired[rule] = (uint8_t)(1 + v->kind);
  return v->kind != BLOCK_EFFECT || REJECT(at, "a rule is fired where the memory is changed");
}

static bool check_skip(struct verifier *v, uint32_t at, struct block *block) {
  const struct insn *i = &v->image->CODE[at];
  uint64_t target = (uint64_t)at + 1 + (i->b | (uint32_t)i->c << 16);
  if (target >= block->end) return REJECT(at, "it jumps out of its block");
  if (block->pending_count > 0 && target > block->pending[block->pending_count - 1].target) {
    return REJECT(at, "it jumps out of what another SKIP passes over");
  }
  if (block->pending_count == LIMIT_SKIP_DEPTH) return REJECT(at, "jumps are nested too deep");
  block->pending[block->pending_count++] = (struct pending){(uint32_t)target, v->trail_len};
  return true;
}

// A register that an instruction changes only in some lanes.
static bool check_update(struct verifier *v, uint32_t at, unsigned reg_class) {
  return nuo__verify_is_readable(v, reg_class, v->image->CODE[at].a, 0) ||
         REJECT(at, "it changes a register that holds nothing yet");
}

// ---- memory ----

bool nuo__verify_is_key(const struct verifier *v, const uint8_t *kinds, uint8_t count, uint32_t first) {
  const struct image *image = v->image;
  if (!nuo__verify_is_range(first, count, image->ARGUMENTS_count)) return false;
  for (uint8_t k = 0; k < count; k++) {
    const struct image_argument *argument = &image->ARGUMENTS[first + k];
    unsigned wanted = kinds[k] == VALUE_FLAG ? REG_PLANE : kinds[k] == VALUE_TEXT ? REG_TEXT : REG_COLUMN;
    if (argument->reg_class != wanted) return false;
    if (!nuo__verify_is_readable(v, wanted, argument->reg, 0)) return false;
  }
  return true;
}

static bool check_key(struct verifier *v, uint32_t at, bool counter, uint32_t index, uint32_t first) {
  const struct image *image = v->image;
  uint8_t count = counter ? image->COUNTERS[index].key_count : image->FACTS[index].key_count;
  const uint8_t *kinds = counter ? image->COUNTERS[index].key_kinds : image->FACTS[index].key_kinds;
  return nuo__verify_is_key(v, kinds, count, first) ||
         REJECT(at, "its key does not exist, is of other types or holds nothing yet");
}

// After a change, what is read would be another event's past.
static bool check_reading(struct verifier *v, uint32_t at, bool counter) {
  const struct insn *i = &v->image->CODE[at];
  if (v->kind == BLOCK_CODE || v->kind == BLOCK_COLD)
    return REJECT(at, "it reads the memory where that is not at hand");
  if (v->has_changed) return REJECT(at, "it reads the memory after a change");
  return check_key(v, at, counter, i->b, i->c);
}

// `reg_class`: of the value that the instruction gives; REG_NONE when it gives none.
static bool check_fact(struct verifier *v, uint32_t at, unsigned reg_class) {
  uint8_t kind = v->image->FACTS[v->image->CODE[at].b].kind;
  unsigned has = kind == VALUE_TEXT ? REG_TEXT : REG_COLUMN;
  if (reg_class != REG_NONE && reg_class != has) return REJECT(at, "the fact has another kind of value");
  return check_reading(v, at, false);
}

static bool check_change(struct verifier *v, uint32_t at, bool counter) {
  const struct insn *i = &v->image->CODE[at];
  if (v->kind != BLOCK_EFFECT || v->opening != IMAGE_NONE)
    return REJECT(at, "it changes the memory where that may only be read");
  v->has_changed = true;
  return check_key(v, at, counter, i->a, i->b);
}

static bool check_start(struct verifier *v, uint32_t at, bool gives_text) {
  uint8_t kind = v->image->FACTS[v->image->CODE[at].a].kind;
  if ((kind == VALUE_TEXT) != gives_text) return REJECT(at, "the fact has another kind of value");
  return check_change(v, at, false);
}

// Each kind of counter has its own instructions.
static bool check_counter_kind(struct verifier *v, uint32_t at, uint32_t index) {
  static const uint8_t kinds[OPCODE_COUNT] = {[OPCODE_SUM] = COUNTER_SUM,
                                              [OPCODE_SHARE] = COUNTER_SHARE,
                                              [OPCODE_DISTINCT] = COUNTER_DISTINCT,
                                              [OPCODE_DIFFER] = COUNTER_DISTINCT};
  const uint8_t kind = v->image->COUNTERS[index].kind;
  const uint16_t op = v->image->CODE[at].op;
  const bool fits = op == OPCODE_TOTAL ? kind == COUNTER_SUM || kind == COUNTER_SHARE : kind == kinds[op];
  return fits || REJECT(at, "the counter is of another kind");
}

// The value stands behind the key.
static bool check_differ(struct verifier *v, uint32_t at) {
  const struct insn *i = &v->image->CODE[at];
  const struct image_counter *counter = &v->image->COUNTERS[i->a];
  return check_change(v, at, true) &&
         (nuo__verify_is_key(v, &counter->value_kind, 1, (uint32_t)i->b + counter->key_count) ||
          REJECT(at, "its value does not exist, is of another type or holds nothing yet"));
}

static bool check_memory(struct verifier *v, uint32_t at) {
  const struct insn *i = &v->image->CODE[at];
  switch (i->op) {
    case OPCODE_FACT:
    case OPCODE_SINCE:
      return check_fact(v, at, REG_NONE);
    case OPCODE_FACTVALUE:
      return check_fact(v, at, REG_COLUMN);
    case OPCODE_FACTTEXT:
      return check_fact(v, at, REG_TEXT);
    case OPCODE_COUNTED:
    case OPCODE_SUM:
    case OPCODE_SHARE:
    case OPCODE_DISTINCT:
    case OPCODE_LAST:
      return check_counter_kind(v, at, i->b) && check_reading(v, at, true);
    case OPCODE_PERIOD:
      return i->c <= 3 || REJECT(at, "there is no such period");
    case OPCODE_START:
    case OPCODE_STARTTEXT:
      return check_start(v, at, i->op == OPCODE_STARTTEXT);
    case OPCODE_STOP:
      return check_change(v, at, false);
    case OPCODE_TALLY:
    case OPCODE_TOTAL:
      return check_counter_kind(v, at, i->a) && check_change(v, at, true);
    case OPCODE_DIFFER:
      return check_counter_kind(v, at, i->a) && check_differ(v, at);
    default:
      return nuo__verify_duty_code(v, at);
  }
}

static bool check_special(struct verifier *v, uint32_t at, struct block *block) {
  const struct insn *i = &v->image->CODE[at];
  switch (i->op) {
    case OPCODE_END:
      return at + 1 == block->end || REJECT(at, "there is code after the end");
    case OPCODE_SKIP:
      return check_skip(v, at, block);
    case OPCODE_PCONST:
      return i->b <= 2 || REJECT(at, "it is neither 0 nor 1 nor 2");
    case OPCODE_PPICK:
      return check_update(v, at, REG_PLANE);
    case OPCODE_CPICK:
    case OPCODE_CPICKK:
      return check_update(v, at, REG_COLUMN);
    case OPCODE_XPICK:
      return check_update(v, at, REG_TEXT);
    case OPCODE_CALL:
    case OPCODE_CALLP:
      return check_call(v, at, i->op == OPCODE_CALLP);
    case OPCODE_FIRE:
      return check_fire(v, at);
    default:
      return check_memory(v, at);
  }
}

// ---- what instructions write ----

static bool define_outputs(struct verifier *v, uint32_t at) {
  const struct insn *i = &v->image->CODE[at];
  uint32_t outputs = v->image->MATCHES[i->c].outputs;
  if (!nuo__verify_spend(v, SECTION_CODE, at, outputs)) return false;
  for (uint32_t o = 0; o < outputs; o++) {
    if (!define(v, at, REG_PLANE, i->a + o, 1)) return false;
  }
  return true;
}

static bool define_list(struct verifier *v, uint32_t at) {
  const struct insn *i = &v->image->CODE[at];
  if (i->op == OPCODE_LCONST) return define(v, at, REG_LIST, i->a, LIST_OF_NUMBERS);
  if (i->op == OPCODE_LCONSTX) return define(v, at, REG_LIST, i->a, LIST_OF_TEXTS);
  uint8_t b = v->defined[v->first_of[REG_LIST] + i->b], c = v->defined[v->first_of[REG_LIST] + i->c];
  if (b == LIST_UNKNOWN_ALWAYS) b = c;
  if (c == LIST_UNKNOWN_ALWAYS) c = b;
  return b == c ? define(v, at, REG_LIST, i->a, b) : REJECT(at, "it mixes lists of texts and of numbers");
}

static bool define_result(struct verifier *v, uint32_t at) {
  const struct insn *i = &v->image->CODE[at];
  char letter = nuo__opcode_operands(i->op)[0];
  if (!is_written(letter)) return true;
  if (i->op == OPCODE_ENUMF || i->op == OPCODE_LISTF) {
    return i->a < v->image->PROGRAM->field_planes || REJECT(at, "it completes a plane of no field");
  }
  if (i->op == OPCODE_MATCH) return define_outputs(v, at);
  return letter == 'L' ? define_list(v, at) : define(v, at, nuo__opcode_class(letter), i->a, 1);
}

// ---- blocks ----

static void land(struct verifier *v, uint32_t at, struct block *block) {
  while (block->pending_count > 0 && block->pending[block->pending_count - 1].target == at) {
    undefine(v, block->pending[--block->pending_count].trail_len);
  }
}

static bool check_block(struct verifier *v, uint32_t first, uint32_t count) {
  struct block block = {.end = first + count};
  for (uint32_t at = first; at < block.end; at++) {
    land(v, at, &block);
    if (v->image->CODE[at].op >= OPCODE_COUNT) return REJECT(at, "there is no such instruction");
    if (!check_operands(v, at) || !check_special(v, at, &block) || !define_result(v, at)) return false;
  }
  return v->image->CODE[block.end - 1].op == OPCODE_END ||
         REJECT(block.end - 1, "its block does not end here");
}

// What it makes is forgotten behind it; what the block around it has made may be made anew, of the same type.
bool nuo__verify_each_code(struct verifier *v, uint32_t at, uint32_t index) {
  const struct image_opening *opening = &v->image->OPENINGS[index];
  const uint32_t first = opening->code_first, count = opening->code_count, made = v->trail_len;
  if (!nuo__verify_is_range(first, count, v->image->CODE_count) || count < 2 ||
      v->image->CODE[first + count - 2].op != OPCODE_OPEN)
    return nuo__verify_reject(v, SECTION_OPENINGS, index, "its code does not exist, or begins no duty");
  if (!nuo__verify_spend(v, SECTION_CODE, first, count)) return false;
  if (!define(v, at, opening->each_class, opening->each_reg, 1)) return false;
  v->opening = index;
  v->each_cost += count;
  if (!check_block(v, first, count)) return false;
  v->opening = IMAGE_NONE;
  undefine(v, made);
  return true;
}

bool nuo__verify_code(struct verifier *v, uint32_t first, uint32_t count, uint32_t event, uint32_t rule,
                      enum block_kind kind) {
  if (!nuo__verify_is_range(first, count, v->image->CODE_count) || count == 0) {
    return nuo__verify_reject(v, rule == IMAGE_NONE ? SECTION_EVENTS : SECTION_RULES,
                              rule == IMAGE_NONE ? event : rule, "its code does not exist");
  }
  if (!nuo__verify_spend(v, SECTION_CODE, first, count) || !enter_event(v, first, event)) return false;
  v->rule = rule;
  v->kind = kind;
  v->has_changed = false;
  return check_block(v, first, count);
}

// One of an event's blocks; of `state` and `effect` there may be none.
static bool check_event_block(struct verifier *v, uint32_t event, enum block_kind kind) {
  const struct image_event *e = &v->image->EVENTS[event];
  uint32_t first = kind == BLOCK_STATE    ? e->state_first
                   : kind == BLOCK_EFFECT ? e->effect_first
                                          : e->code_first;
  uint32_t count = kind == BLOCK_STATE    ? e->state_count
                   : kind == BLOCK_EFFECT ? e->effect_count
                                          : e->code_count;
  if (count == 0 && kind != BLOCK_CODE) {
    return first == 0 ||
           nuo__verify_reject(v, SECTION_EVENTS, event, "it has no such code, but a place for it");
  }
  if (!nuo__verify_code(v, first, count, event, IMAGE_NONE, kind)) return false;
  nuo__verify_code_done(v);
  return true;
}

bool nuo__verify_events_code(struct verifier *v) {
  uint8_t *lists = &v->defined[v->first_of[REG_LIST]];
  memset(lists, LIST_UNKNOWN_ALWAYS, v->image->PROGRAM->field_lists);
  for (uint32_t e = 0; e < v->image->EVENTS_count; e++) {
    const struct image_event *event = &v->image->EVENTS[e];
    v->each_cost = 0;
    if (!check_event_block(v, e, BLOCK_CODE) || !check_event_block(v, e, BLOCK_STATE) ||
        !check_event_block(v, e, BLOCK_EFFECT) || !nuo__verify_breaches(v, e)) {
      return false;
    }
    if ((uint64_t)event->code_count + event->state_count + event->effect_count + LIMIT_EACH * v->each_cost >
        v->image->PROGRAM->max_cost) {
      return nuo__verify_reject(v, SECTION_EVENTS, e, "its code is longer than the program says");
    }
  }
  return true;
}
