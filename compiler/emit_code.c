// SPDX-License-Identifier: Apache-2.0
// From items to instructions: registers by the last use of each value, operands by the letters of its opcode.
// A result never takes the register of an operand of the same instruction. Called by emit_order.c and
// emit_rule.c.
#include "compiler/emit_code.h"

#include <string.h>

#include "runtime/limits.h"
#include "runtime/opcode.h"

// ---- values and items ----
void nuo__emit_grow(struct emitter *e) {
  static const struct value_state fresh = {.set = VALUE_NONE, .guard = VALUE_NONE};
  while (e->state.count < e->event->values.count) VEC_PUSH(e->arena, &e->state, fresh);
}

void nuo__emit_forget(struct emitter *e) {
  e->state.count = 0;
  nuo__emit_grow(e);
}

void nuo__block_begin(struct emitter *e, enum block_kind kind) {
  e->block++;
  e->kind = kind;
  e->items.count = 0;
  e->skips.count = 0;
}

void nuo__block_add(struct emitter *e, struct item item) {
  VEC_PUSH(e->arena, &e->items, item);
}

static const struct value *value_at(const struct emitter *e, uint32_t value) {
  return &e->event->values.at[value];
}

static void need_operands(struct emitter *e, uint32_t value) {
  const uint32_t first = e->scratch.count;
  nuo__dag_operands(e->arena, e->event, value, &e->scratch);
  const uint32_t end = e->scratch.count;
  for (uint32_t i = first; i < end; i++) nuo__block_need(e, e->scratch.at[i]);
  e->scratch.count = first;
}

// The evidence of a rule looks at its own searches. Those of many others at once cost more than another set,
// when the image is loaded and when the rule is breached.
static void search_apart(struct emitter *e, uint32_t value) {
  if (e->event->sets.at[e->state.at[value].set].outputs.count <= MOST_OUTPUTS_SHARED) return;
  struct match_set set = {.text = value_at(e, value)->arg[0], .image = IMAGE_NONE};
  VEC_PUSH(e->arena, &set.outputs, value);
  e->state.at[value].set = e->event->sets.count;
  e->state.at[value].output = 0;
  VEC_PUSH(e->arena, &e->event->sets, set);
}

static void need_match(struct emitter *e, uint32_t value, uint32_t guard) {
  nuo__emit_assign_set(e, value);
  if (e->kind == BLOCK_KEPT) search_apart(e, value);
  const struct match_set *set = &e->event->sets.at[e->state.at[value].set];
  for (uint32_t i = 0; i < set->outputs.count; i++) e->state.at[set->outputs.at[i]].done = e->block;
  nuo__block_add(e, (struct item){.kind = ITEM_MATCH, .value = e->state.at[value].set, .guard = guard});
}

// Everywhere: in the code for evidence, and where a search was not asked for by the event's own code.
static uint32_t guard_of(struct emitter *e, uint32_t value) {
  const uint32_t guard = e->state.at[value].guard;
  if (e->kind != BLOCK_KEPT && guard != VALUE_NONE) return guard;
  const uint32_t always = nuo__dag_plane(e->p, 1);
  nuo__emit_grow(e);
  return always;
}

void nuo__block_need(struct emitter *e, uint32_t value) {
  uint32_t guard = VALUE_NONE;
  if (value_at(e, value)->op == PLAN_FIELD || e->state.at[value].done == e->block) return;
  // Planes of enumerators are there from the event's own code on.
  if (value_at(e, value)->op == PLAN_ASKED && e->kind != BLOCK_CODE) return;
  if (nuo__dag_guarded(value_at(e, value))) {
    guard = guard_of(e, value);
    nuo__block_need(e, guard);
  }
  need_operands(e, value);
  if (value_at(e, value)->op == PLAN_MATCH) {
    need_match(e, value, guard);
    return;
  }
  e->state.at[value].done = e->block;
  nuo__block_add(e, (struct item){.kind = ITEM_VALUE, .value = value, .guard = guard});
}

// ---- match sets ----
static bool asked_alike(const struct value_state *a, const struct value_state *b) {
  const bool alone = a->group_count == 1 && b->group_count == 1 && !a->everywhere && !b->everywhere;
  return alone && a->groups[0] == b->groups[0];
}

// One search answers all of a set: it has to be made before the first group that asks, unless no other asks.
static void share_outputs(struct emitter *e, const struct match_set *set, uint32_t value) {
  const struct value_state *first = &e->state.at[set->outputs.at[0]], *last = &e->state.at[value];
  if (asked_alike(first, last)) return;
  const uint32_t section = first->section == last->section ? first->section : MANY_SECTIONS;
  for (uint32_t i = 0; i < set->outputs.count; i++) {
    e->state.at[set->outputs.at[i]].everywhere = true;
    e->state.at[set->outputs.at[i]].section = section;
  }
}

void nuo__emit_assign_set(struct emitter *e, uint32_t value) {
  if (e->state.at[value].set != VALUE_NONE) return;
  const uint32_t key[3] = {e->block, value_at(e, value)->arg[0], e->state.at[value].guard};
  uint32_t *at = nuo__pool_at(e->arena, &e->set_pool, key, sizeof key);
  // What only the evidence searches for comes one by one: each is a set of its own.
  if (*at == UINT32_MAX || e->kind == BLOCK_KEPT ||
      e->event->sets.at[*at].outputs.count == LIMIT_MATCH_OUTPUTS) {
    *at = e->event->sets.count;
    const struct match_set set = {.text = key[1], .image = IMAGE_NONE};
    VEC_PUSH(e->arena, &e->event->sets, set);
  }
  struct match_set *set = &e->event->sets.at[*at];
  e->state.at[value].set = *at;
  e->state.at[value].output = set->outputs.count;
  VEC_PUSH(e->arena, &set->outputs, value);
  share_outputs(e, set, value);
}

static void report_match(struct emitter *e, enum match_status status, const struct match_spec *spec,
                         struct str text) {
  const struct diag_arg why =
      status == MATCH_EMPTY      ? nuo__diag_pair("nothing is left of it", "无可查找的内容")
      : status == MATCH_TOO_LONG ? nuo__diag_pair("it is too long", "过长")
      : status == MATCH_TOO_MANY ? nuo__diag_pair("there are too many texts", "文本过多")
                                 : nuo__diag_pair("it is not UTF-8", "不是 UTF-8");
  nuo__diag_add2(e->p->diags, DIAG_N0802, spec->span, nuo__diag_text(text), why);
}

// A text that cannot be searched for is reported and a stand-in takes its place, so that all of them are
// found.
static uint32_t build_set(struct emitter *e, struct match_pattern *patterns, uint32_t count, uint32_t outputs,
                          const struct match_spec *const *specs) {
  void *blob = NULL;
  size_t size = 0, bad = 0;
  for (;;) {
    const enum match_status status = nuo__match_build(patterns, count, &e->p->allocator, &blob, &size, &bad);
    if (status == MATCH_OK) return nuo__image_match(e->p->out, blob, size, outputs);
    report_match(e, status, specs[bad], (struct str){patterns[bad].text, (uint32_t)patterns[bad].len});
    if (status != MATCH_EMPTY && status != MATCH_TOO_LONG && status != MATCH_NOT_UTF8) return 0;
    patterns[bad].text = "x";
    patterns[bad].len = 1;
  }
}

// The texts of a search come first, then the phrases that are excepted. These hold only as they are read: a
// comma within one makes another sentence of it.
static struct match_pattern pattern_of(const struct match_spec *spec, uint32_t index, uint32_t output) {
  const bool excepted = index >= spec->count;
  const struct str text = excepted ? spec->excepted.at[index - spec->count] : spec->texts[index];
  return (struct match_pattern){
      .text = text.at,
      .len = text.len,
      .kind = excepted ? MATCH_EXCEPT : spec->kind,
      .fold = excepted ? spec->fold & ~(unsigned)NUO__FOLD_SEPARATORS : spec->fold,
      .output = output,
  };
}

// Sets of other event types that search for the same are the same.
static uint32_t *known_set(struct emitter *e, const struct match_set *set) {
  uint32_t *key = nuo__arena_alloc(e->arena, (set->outputs.count + 1) * sizeof *key);
  for (uint32_t i = 0; i < set->outputs.count; i++) key[i] = value_at(e, set->outputs.at[i])->arg[1];
  return nuo__pool_at(e->arena, &e->p->out->matches, key, set->outputs.count * sizeof *key);
}

uint32_t nuo__emit_set(struct emitter *e, uint32_t index) {
  const struct match_set *set = &e->event->sets.at[index];
  uint32_t *known = known_set(e, set), count = 0, at = 0;
  if (*known != UINT32_MAX) return *known;
  for (uint32_t i = 0; i < set->outputs.count; i++)
    count += nuo__spec_texts(&e->p->specs.at[value_at(e, set->outputs.at[i])->arg[1]]);
  struct match_pattern *patterns = nuo__arena_alloc(e->arena, (count + 1) * sizeof *patterns);
  const struct match_spec **specs = nuo__arena_alloc(e->arena, (count + 1) * sizeof *specs);
  for (uint32_t i = 0; i < set->outputs.count; i++) {
    const struct match_spec *spec = &e->p->specs.at[value_at(e, set->outputs.at[i])->arg[1]];
    for (uint32_t k = 0; k < nuo__spec_texts(spec); k++, at++) {
      specs[at] = spec;
      patterns[at] = pattern_of(spec, k, i);
    }
  }
  return *known = build_set(e, patterns, count, set->outputs.count, specs);
}

// ---- registers ----
void nuo__emit_pass_limit(struct emitter *e, const char *en, const char *zh) {
  if (e->passed_en != NULL) return;
  e->passed_en = en;
  e->passed_zh = zh;
}

static bool is_free_run(const struct registers *r, uint32_t at, uint32_t count) {
  for (uint32_t i = 0; i < count; i++)
    if (at + i < r->cap && r->used[at + i]) return false;
  return true;
}

static void reserve(struct emitter *e, struct registers *r, uint32_t count) {
  if (count <= r->cap) return;
  bool *used = nuo__arena_alloc(e->arena, count * 2 * sizeof *used);
  for (uint32_t i = 0; i < r->cap; i++) used[i] = r->used[i];
  r->used = used;
  r->cap = count * 2;
}

// The lowest `count` registers side by side that are free.
static uint32_t take(struct emitter *e, uint8_t reg_class, uint32_t count) {
  struct registers *r = &e->registers[reg_class];
  uint32_t at = r->lowest_free;
  while (!is_free_run(r, at, count)) at++;
  reserve(e, r, at + count);
  for (uint32_t i = 0; i < count; i++) r->used[at + i] = true;
  while (r->lowest_free < r->cap && r->used[r->lowest_free]) r->lowest_free++;
  if (at + count > e->most[reg_class]) e->most[reg_class] = at + count;
  if (e->most[reg_class] >= IMAGE_NO_REG) nuo__emit_pass_limit(e, "registers", "个寄存器");
  return at;
}

// A register of lists stays with its value: the verifier wants one kind of elements in it throughout a block.
static void give_back(struct emitter *e, uint32_t value) {
  if (value_at(e, value)->reg_class == REG_LIST) return;
  struct registers *r = &e->registers[value_at(e, value)->reg_class];
  const uint32_t reg = e->state.at[value].reg;
  r->used[reg] = false;
  if (reg < r->lowest_free) r->lowest_free = reg;
}

static bool is_field(const struct emitter *e, uint32_t value) {
  return value_at(e, value)->op == PLAN_FIELD || value_at(e, value)->op == PLAN_ASKED;
}

uint16_t nuo__block_register(struct emitter *e, uint32_t value) {
  return (uint16_t)(is_field(e, value) ? value_at(e, value)->arg[0] : e->state.at[value].reg);
}

static void effect_operands(struct emitter *e, const struct plan_effect *effect, value_list *out) {
  for (uint32_t i = 0; i < effect->key.count; i++) VEC_PUSH(e->arena, out, effect->key.at[i]);
  VEC_PUSH(e->arena, out, effect->condition);
  if (effect->value != VALUE_NONE) VEC_PUSH(e->arena, out, effect->value);
}

// The values that an item reads.
static void item_operands(struct emitter *e, const struct item *item, value_list *out) {
  out->count = 0;
  if (item->kind == ITEM_VALUE) nuo__dag_operands(e->arena, e->event, item->value, out);
  if (item->kind == ITEM_MATCH) VEC_PUSH(e->arena, out, e->event->sets.at[item->value].text);
  if (item->kind == ITEM_SKIP) VEC_PUSH(e->arena, out, item->value);
  if (item->kind <= ITEM_MATCH && item->guard != VALUE_NONE) VEC_PUSH(e->arena, out, item->guard);
  if (item->kind == ITEM_EFFECT) effect_operands(e, &e->event->effects.at[item->value], out);
  if (item->kind != ITEM_FIRE) return;
  VEC_PUSH(e->arena, out, item->first);
  VEC_PUSH(e->arena, out, item->second);
}

static void find_last_uses(struct emitter *e) {
  value_list operands = {0};
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct item *item = &e->items.at[i];
    if (item->kind == ITEM_VALUE) e->state.at[item->value].last_use = i;
    for (uint32_t k = 0; item->kind == ITEM_MATCH && k < e->event->sets.at[item->value].outputs.count; k++)
      e->state.at[e->event->sets.at[item->value].outputs.at[k]].last_use = i;
    item_operands(e, item, &operands);
    for (uint32_t k = 0; k < operands.count; k++) e->state.at[operands.at[k]].last_use = i;
  }
}

// A list's register stays its own: it may not hold numbers on one way to an instruction and texts on another.
static void release(struct emitter *e, uint32_t value, uint32_t at) {
  if (value_at(e, value)->reg_class == REG_LIST) return;
  if (e->kind == BLOCK_KEPT || is_field(e, value) || e->state.at[value].last_use != at) return;
  give_back(e, value);
  e->state.at[value].last_use = UINT32_MAX;
}

// ---- instructions ----
static void write(struct emitter *e, uint16_t op, uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  if (op != OPCODE_SKIP && (a > UINT16_MAX || b > UINT16_MAX || c > UINT16_MAX || d > UINT16_MAX))
    nuo__emit_pass_limit(e, "constants", "个常量");
  const struct insn insn = {op, (uint16_t)a, (uint16_t)b, (uint16_t)c, (uint16_t)d};
  nuo__image_add(e->p->out, SECTION_CODE, &insn);
}

static void write_plain(struct emitter *e, const struct item *item) {
  const struct value *value = value_at(e, item->value);
  const char *letters = nuo__opcode_operands(value->op);
  uint32_t operands[4] = {e->state.at[item->value].reg};
  for (uint32_t i = 1; letters[i] != 0; i++) {
    const uint32_t arg = i <= 3 ? value->arg[i - 1] : 0;
    const bool is_value = strchr("pcxlwhz", letters[i]) != NULL;
    operands[i] =
        is_value && !(letters[i + 1] == 0 && item->guard != VALUE_NONE) ? nuo__block_register(e, arg) : arg;
    if (letters[i + 1] == 0 && item->guard != VALUE_NONE) operands[i] = nuo__block_register(e, item->guard);
  }
  write(e, value->op, operands[0], operands[1], operands[2], operands[3]);
}

static void write_pick(struct emitter *e, uint32_t index) {
  const struct value value = *value_at(e, index);
  const uint32_t to = e->state.at[index].reg;
  const bool plane = value.reg_class == REG_PLANE, text = value.reg_class == REG_TEXT;
  write(e, plane ? OPCODE_PNONE : text ? OPCODE_XNONE : OPCODE_CNONE, to, 0, 0, 0);
  for (uint32_t i = 0; i < value.arg[1]; i++) {
    const uint32_t *pair = &e->event->lists.at[value.arg[0] + 2 * i];
    const uint32_t where = nuo__block_register(e, pair[0]);
    if (value_at(e, pair[1])->op == OPCODE_CCONST)
      write(e, OPCODE_CPICKK, to, where, value_at(e, pair[1])->arg[0], 0);
    else
      write(e,
            plane  ? OPCODE_PPICK
            : text ? OPCODE_XPICK
                   : OPCODE_CPICK,
            to, where, nuo__block_register(e, pair[1]), 0);
  }
}

// Where the arguments stand in ARGUMENTS.
static uint32_t write_arguments(struct emitter *e, const uint32_t *values, uint32_t count) {
  const uint32_t first = nuo__image_count(e->p->out, SECTION_ARGUMENTS);
  for (uint32_t i = 0; i < count; i++) {
    const struct image_argument argument = {value_at(e, values[i])->reg_class,
                                            nuo__block_register(e, values[i])};
    nuo__image_add(e->p->out, SECTION_ARGUMENTS, &argument);
  }
  return first;
}

// The same key stands there once: many rules ask about one, and an operand has 16 bits.
uint32_t nuo__emit_arguments(struct emitter *e, const uint32_t *values, uint32_t count) {
  uint32_t *key = nuo__arena_alloc(e->arena, (count + 1) * sizeof *key);
  for (uint32_t i = 0; i < count; i++)
    key[i] = (uint32_t)value_at(e, values[i])->reg_class << 16 | nuo__block_register(e, values[i]);
  uint32_t *at = nuo__pool_at(e->arena, &e->key_pool, key, count * sizeof *key);
  if (*at == UINT32_MAX) *at = write_arguments(e, values, count);
  return *at;
}

// The arguments of a call or the key of what is remembered; there may be no lists at all.
static const uint32_t *list_of(const struct emitter *e, const struct value *value) {
  return value->arg[2] > 0 ? &e->event->lists.at[value->arg[1]] : NULL;
}

static void write_call(struct emitter *e, const struct item *item) {
  const struct value *value = value_at(e, item->value);
  const uint32_t arguments = write_arguments(e, list_of(e, value), value->arg[2]);
  write(e, value->reg_class == REG_PLANE ? OPCODE_CALLP : OPCODE_CALL, e->state.at[item->value].reg,
        value->arg[0], arguments, nuo__block_register(e, item->guard));
}

static void write_remembered(struct emitter *e, uint32_t index) {
  const struct value *value = value_at(e, index);
  const uint32_t *list = list_of(e, value);
  const bool windowed = nuo__opcode_windowed(value->op);
  const uint32_t keys = value->arg[2] - windowed;
  e->state.at[index].arguments = nuo__emit_arguments(e, list, keys);
  write(e, value->op, e->state.at[index].reg, value->arg[0], e->state.at[index].arguments,
        windowed ? nuo__block_register(e, list[keys]) : 0);
}

static void write_effect(struct emitter *e, const struct plan_effect *effect) {
  const uint16_t where = nuo__block_register(e, effect->condition);
  if (effect->op == OPCODE_OPEN || effect->op == OPCODE_EACH) {
    write(e, effect->op, e->opening_first + effect->index, where, 0, 0);
    return;
  }
  const uint32_t behind = effect->op == OPCODE_TOTAL;
  const uint32_t arguments = nuo__emit_arguments(e, effect->key.at, effect->key.count - behind);
  if (effect->op == OPCODE_TOTAL) {
    write(e, effect->op, effect->index, arguments, nuo__block_register(e, effect->value),
          nuo__block_register(e, effect->key.at[effect->key.count - 1]));
    return;
  }
  write(e, effect->op, effect->index, arguments, where,
        effect->value != VALUE_NONE ? nuo__block_register(e, effect->value) : effect->step);
}

static void write_asked(struct emitter *e, uint32_t index) {
  const struct value *value = value_at(e, index);
  const bool list = value_at(e, value->arg[1])->reg_class == REG_LIST;
  write(e, list ? OPCODE_LISTF : OPCODE_ENUMF, value->arg[0], nuo__block_register(e, value->arg[1]), 0, 0);
}

static void write_value(struct emitter *e, const struct item *item) {
  const struct value *value = value_at(e, item->value);
  if (value->op == PLAN_ASKED) {
    write_asked(e, item->value);
    return;
  }
  e->state.at[item->value].reg = take(e, value->reg_class, 1);
  if (value->op == PLAN_PICK)
    write_pick(e, item->value);
  else if (value->op == PLAN_CALL)
    write_call(e, item);
  else if (nuo__opcode_remembers(value->op))
    write_remembered(e, item->value);
  else
    write_plain(e, item);
}

static void write_match(struct emitter *e, const struct item *item, uint32_t at) {
  const struct match_set *set = &e->event->sets.at[item->value];
  const uint32_t reg = take(e, REG_PLANE, set->outputs.count);
  for (uint32_t i = 0; i < set->outputs.count; i++) e->state.at[set->outputs.at[i]].reg = reg + i;
  write(e, OPCODE_MATCH, reg, nuo__block_register(e, set->text), nuo__emit_set(e, item->value),
        nuo__block_register(e, item->guard));
  for (uint32_t i = 0; i < set->outputs.count; i++) release(e, set->outputs.at[i], at);
}

static struct insn *insn_at(struct emitter *e, uint32_t index) {
  return (struct insn *)(void *)e->p->out->sections[SECTION_CODE].at + index;
}

static void land(struct emitter *e) {
  const uint32_t from = e->skips.at[--e->skips.count];
  const uint32_t distance = nuo__image_count(e->p->out, SECTION_CODE) - from - 1;
  insn_at(e, from)->b = (uint16_t)(distance & 0xFFFF);
  insn_at(e, from)->c = (uint16_t)(distance >> 16);
}

static void write_item(struct emitter *e, const struct item *item, uint32_t at) {
  switch (item->kind) {
    case ITEM_VALUE:
      write_value(e, item);
      break;
    case ITEM_MATCH:
      write_match(e, item, at);
      break;
    case ITEM_SKIP:
      VEC_PUSH(e->arena, &e->skips, nuo__image_count(e->p->out, SECTION_CODE));
      write(e, OPCODE_SKIP, nuo__block_register(e, item->value), 0, 0, 0);
      break;
    case ITEM_LAND:
      land(e);
      break;
    case ITEM_FIRE:
      write(e, OPCODE_FIRE, item->value, nuo__block_register(e, item->first),
            nuo__block_register(e, item->second), 0);
      break;
    case ITEM_EFFECT:
      write_effect(e, &e->event->effects.at[item->value]);
      break;
    case ITEM_OPEN:
      write(e, OPCODE_OPEN, item->value, nuo__block_register(e, item->first), 0, 0);
      break;
  }
}

static void clear_registers(struct emitter *e) {
  for (int i = 0; i < REG_NONE; i++) {
    struct registers *r = &e->registers[i];
    if (r->cap > 0) memset(r->used, 0, r->cap * sizeof *r->used);
    r->lowest_free = e->p->field_counts[i];
    if (e->most[i] < r->lowest_free) e->most[i] = r->lowest_free;
  }
}

static uint32_t write_items(struct emitter *e) {
  const uint32_t first = nuo__image_count(e->p->out, SECTION_CODE);
  value_list operands = {0};
  find_last_uses(e);
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct item item = e->items.at[i];
    write_item(e, &item, i);
    item_operands(e, &item, &operands);
    for (uint32_t k = 0; k < operands.count; k++) release(e, operands.at[k], i);
    if (item.kind == ITEM_VALUE) release(e, item.value, i);
  }
  write(e, OPCODE_END, 0, 0, 0, 0);
  return nuo__image_count(e->p->out, SECTION_CODE) - first;
}

uint32_t nuo__block_write(struct emitter *e) {
  clear_registers(e);
  return write_items(e);
}

// ---- code that is run from within a block ----
uint16_t nuo__block_extend(struct emitter *e, uint32_t each) {
  e->items.count = 0;
  e->state.at[each].done = e->block;
  e->state.at[each].reg = take(e, value_at(e, each)->reg_class, 1);
  return (uint16_t)e->state.at[each].reg;
}

uint32_t nuo__block_write_more(struct emitter *e) {
  const uint32_t count = write_items(e);
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct item *item = &e->items.at[i];
    if (item->kind == ITEM_VALUE) e->state.at[item->value].done = 0;
    if (item->kind != ITEM_MATCH) continue;
    const value_list *outputs = &e->event->sets.at[item->value].outputs;
    for (uint32_t k = 0; k < outputs->count; k++) e->state.at[outputs->at[k]].done = 0;
  }
  return count;
}
