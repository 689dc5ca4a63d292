// SPDX-License-Identifier: Apache-2.0
// What the image says of memory: the code that an event's effects are, the facts and the counters. Called by
// emit.c.
#include <string.h>

#include "compiler/emit_code.h"
#include "runtime/nuo.h"

static struct image_str string(struct emitter *e, struct str text) {
  return nuo__image_string(e->p->out, text);
}

// ---- effects ----
static void need_effect(struct emitter *e, const struct plan_effect *effect) {
  for (uint32_t i = 0; i < effect->key.count; i++) nuo__block_need(e, effect->key.at[i]);
  nuo__block_need(e, effect->condition);
  if (effect->value != VALUE_NONE) nuo__block_need(e, effect->value);
}

// All is read before anything changes: the effects of one event do not see each other.
void nuo__emit_effects(struct emitter *e, uint32_t *first, uint32_t *count) {
  const struct event_plan *event = e->event;
  *first = *count = 0;
  if (event->effects.count == 0) return;
  nuo__block_begin(e, BLOCK_KEPT);
  nuo__emit_begin_openings(e);
  for (uint32_t i = 0; i < event->effects.count; i++) need_effect(e, &event->effects.at[i]);
  for (uint32_t i = 0; i < event->effects.count; i++)
    nuo__block_add(e, (struct item){.kind = ITEM_EFFECT, .value = i, .guard = VALUE_NONE});
  *first = nuo__image_count(e->p->out, SECTION_CODE);
  *count = nuo__block_write(e);
  nuo__emit_openings(e);
}

// ---- facts and counters ----
static void emit_fact(struct emitter *e, const struct fact *fact) {
  struct image_fact out = {.name = string(e, fact->names.en),
                           .name_zh = string(e, fact->names.zh),
                           .key_count = (uint8_t)fact->keys.count,
                           .sensitive = e->p->sensitive[fact->index],
                           .subject = nuo__plan_fact_subject(fact)};
  out.kind = VALUE_FLAG;
  if (fact->type != NULL) out.kind = nuo__emit_value_kind(fact->type);
  for (uint32_t i = 0; i < fact->keys.count; i++) out.key_kinds[i] = nuo__emit_value_kind(fact->keys.at[i]);
  if (out.kind == VALUE_ENUM) {
    out.enum_first = nuo__emit_enumeration(e, fact->type->enumeration);
    out.enum_count = fact->type->enumeration->items.count;
  }
  nuo__plan_fact_identity(fact, out.identity);
  nuo__emit_fact_uses(e, fact, &out);
  nuo__image_add(e->p->out, SECTION_FACTS, &out);
}

static void emit_counted_value(struct emitter *e, const struct counter *counter, struct image_counter *out) {
  static const uint8_t kinds[] = {[AGGREGATE_COUNT] = COUNTER_TIMES,
                                  [AGGREGATE_SUM] = COUNTER_SUM,
                                  [AGGREGATE_SHARE] = COUNTER_SHARE,
                                  [AGGREGATE_DISTINCT] = COUNTER_DISTINCT};
  out->kind = kinds[counter->kind];
  if (out->kind == COUNTER_SHARE) out->value_kind = VALUE_DECIMAL;
  if (out->kind != COUNTER_SUM && out->kind != COUNTER_DISTINCT) return;
  out->value_kind = nuo__emit_value_kind(counter->value->type);
  out->sensitive = out->kind == COUNTER_SUM && nuo__plan_sensitive(e->p, counter->value);
}

// What evidence tells of a counter.
static void emit_told(struct emitter *e, const struct counter *counter, struct image_counter *out) {
  _Static_assert((int)WINDOW_THIS == (int)NUO_WINDOW_THIS && (int)UNIT_YEAR == (int)NUO_YEAR,
                 "windows and units are called the same in images");
  const struct expr *value = counter->value == NULL ? NULL : nuo__expr_peel(counter->value);
  const struct model_window *window = counter->asked;
  const bool is_field = value != NULL && value->ref == REF_FIELD && out->kind != COUNTER_SHARE;
  out->event = counter->event->index;
  out->field =
      is_field ? e->field_first[out->event] + ((const struct field *)value->target)->index : IMAGE_NONE;
  out->filtered = counter->where != NULL;
  if (window == NULL) return;
  out->window = (uint8_t)window->kind;
  out->unit = (uint8_t)(window->kind == WINDOW_THIS ? window->period : 0);
  if (window->kind != WINDOW_LAST) return;
  out->unit = (uint8_t)window->length->unit;
  out->amount = window->length->number;
}

static void emit_counter(struct emitter *e, const struct counter *counter) {
  struct image_counter out = {.label = string(e, counter->label),
                              .capacity = counter->capacity,
                              .attempts = counter->attempts,
                              .spread = counter->spread,
                              .key_count = (uint8_t)counter->key.count,
                              .subject = nuo__plan_counter_subject(counter)};
  for (uint32_t i = 0; i < counter->key.count; i++)
    out.key_kinds[i] = nuo__emit_value_kind(counter->key.at[i]->type);
  emit_counted_value(e, counter, &out);
  emit_told(e, counter, &out);
  memcpy(out.identity, e->p->identities[counter->index].bytes, sizeof out.identity);
  nuo__image_add(e->p->out, SECTION_COUNTERS, &out);
}

void nuo__emit_memory(struct emitter *e) {
  const struct program *program = e->p->program;
  for (uint32_t i = 0; i < program->facts.count; i++) emit_fact(e, program->facts.at[i]);
  for (uint32_t i = 0; i < program->counters.count; i++) emit_counter(e, program->counters.at[i]);
}
