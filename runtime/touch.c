// SPDX-License-Identifier: Apache-2.0
// Keys made ahead of their use, see touch.h. Called by session.c, turn.c and vm_state.c.
#include "runtime/touch.h"

#include <string.h>

#include "runtime/opcode.h"

static bool is_field(const struct image *image, const struct image_event *event,
                     const struct image_argument *argument) {
  for (uint32_t i = event->field_first; i < event->field_first + event->field_count; i++)
    if (image->FIELDS[i].reg_class == argument->reg_class && image->FIELDS[i].reg == argument->reg)
      return true;
  return false;
}

static uint32_t key_count(const struct image *image, bool counter, uint32_t index) {
  return counter ? image->COUNTERS[index].key_count : image->FACTS[index].key_count;
}

static bool is_same_key(const struct image *image, const struct touch *a, const struct touch *b) {
  if (a->counter != b->counter || a->index != b->index) return false;
  const struct image_argument *x = image->ARGUMENTS + a->first, *y = image->ARGUMENTS + b->first;
  for (uint32_t i = 0; i < key_count(image, a->counter, a->index); i++)
    if (x[i].reg_class != y[i].reg_class || x[i].reg != y[i].reg) return false;
  return true;
}

static void add(const struct image *image, const struct image_event *event, struct touch touch,
                struct touch_list *list) {
  const uint32_t count = key_count(image, touch.counter, touch.index);
  if (list->count == TOUCH_MAX) return;
  for (uint32_t i = 0; i < count; i++)
    if (!is_field(image, event, &image->ARGUMENTS[touch.first + i])) return;
  touch.key = list->key_count;
  for (uint8_t i = 0; i < list->count; i++) {
    if (!is_same_key(image, &list->at[i], &touch)) continue;
    if (list->at[i].first == touch.first) return;
    touch.key = list->at[i].key;
  }
  if (touch.key == TOUCH_KEYS_MAX) return;
  if (touch.key == list->key_count) list->key_count++;
  list->at[list->count++] = touch;
}

static void scan(const struct image *image, const struct image_event *event, uint32_t first, uint32_t count,
                 struct touch_list *list) {
  for (const struct insn *i = image->CODE + first; i < image->CODE + first + count; i++) {
    const uint16_t operands[] = {i->a, i->b, i->c, i->d};
    const char *letters = nuo__opcode_operands(i->op);
    for (uint32_t at = 0; letters[at] != 0 && at < 3; at++) {
      if ((letters[at] != 'y' && letters[at] != 'o') || letters[at + 1] != 'i') continue;
      add(image, event,
          (struct touch){.counter = letters[at] == 'o', .index = operands[at], .first = operands[at + 1]},
          list);
    }
  }
}

bool nuo__touch_new(const nuo_program *program, const nuo_allocator *allocator, struct early *early) {
  const struct image *image = &program->image;
  const size_t bytes = (image->EVENTS_count + 1) * sizeof *early->lists;
  early->lists = nuo__alloc(allocator, bytes);
  if (early->lists == NULL) return false;
  memset(early->lists, 0, bytes);
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *event = &image->EVENTS[i];
    scan(image, event, event->state_first, event->state_count, &early->lists[i]);
    scan(image, event, event->effect_first, event->effect_count, &early->lists[i]);
  }
  return true;
}

void nuo__touch_free(const nuo_program *program, const nuo_allocator *allocator, struct early *early) {
  nuo__free(allocator, early->lists, (program->image.EVENTS_count + 1) * sizeof *early->lists);
}

void nuo__touch_clear(struct early *early) {
  memset(early->known, 0, sizeof early->known);
}

void nuo__touch_lane(struct early *early, const struct state *state, const nuo_program *program,
                     const struct batch *batch, uint32_t lane) {
  const struct touch_list *list = &early->lists[batch->event[lane]];
  for (uint8_t i = 0; i < list->count; i++) {
    const struct touch *touch = &list->at[i];
    struct store_key *key = &early->keys[touch->key][lane];
    if (early->known[touch->key] >> lane & 1) continue;
    if (!nuo__state_key(state, program, batch, lane, touch->counter, touch->index, touch->first, key))
      continue;
    early->known[touch->key] |= UINT64_C(1) << lane;
    nuo__store_prefetch(state->store, key);
  }
}

const struct store_key *nuo__touch_key(const struct early *early, const struct batch *batch, bool counter,
                                       uint32_t index, uint16_t first, uint32_t lane) {
  const struct touch_list *list = &early->lists[batch->event[lane]];
  for (uint8_t i = 0; i < list->count; i++) {
    const struct touch *touch = &list->at[i];
    if (touch->first == first && touch->index == index && touch->counter == counter)
      return early->known[touch->key] >> lane & 1 ? &early->keys[touch->key][lane] : NULL;
  }
  return NULL;
}
