// SPDX-License-Identifier: Apache-2.0
// Values of keys, hashed ahead of their use, see touch.h. Called by session.c, turn.c and vm_state.c.
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

static bool is_same_register(const struct image_argument *a, const struct image_argument *b) {
  return a->reg_class == b->reg_class && a->reg == b->reg;
}

static bool has_same_values(const struct image *image, const struct touch *a, const struct touch *b) {
  const struct key_shape *s = &a->shape, *t = &b->shape;
  if (s->count != t->count || s->subject != t->subject || memcmp(s->kinds, t->kinds, s->count) != 0)
    return false;
  for (uint32_t i = 0; i < s->count; i++)
    if (!is_same_register(&image->ARGUMENTS[a->first + i], &image->ARGUMENTS[b->first + i])) return false;
  return true;
}

static bool holds_subject(const struct image *image, const struct image_event *event,
                          const struct touch *touch) {
  if (event->subject == IMAGE_NONE || touch->shape.subject == 0) return false;
  const struct image_field *field = &image->FIELDS[event->subject];
  const struct image_argument subject = {.reg_class = field->reg_class, .reg = field->reg};
  return is_same_register(&subject, &image->ARGUMENTS[touch->first + touch->shape.subject - 1]);
}

static void add(const struct image *image, const struct image_event *event, struct touch touch,
                struct touch_list *list) {
  touch.shape = nuo__state_shape(image, touch.counter, touch.index);
  if (list->count == TOUCH_MAX) return;
  for (uint32_t i = 0; i < touch.shape.count; i++)
    if (!is_field(image, event, &image->ARGUMENTS[touch.first + i])) return;
  touch.values = list->value_count;
  for (uint8_t i = 0; i < list->count; i++) {
    const struct touch *each = &list->at[i];
    if (each->counter == touch.counter && each->index == touch.index && each->first == touch.first) return;
    if (has_same_values(image, each, &touch)) touch.values = each->values;
  }
  if (touch.values == TOUCH_VALUES_MAX) return;
  if (touch.values == list->value_count) list->value_count++;
  if (holds_subject(image, event, &touch)) list->subject = touch.values;
  touch.definition = nuo__state_definition(&touch.shape);
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
    early->lists[i].subject = TOUCH_VALUES_MAX;
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
  const struct image *image = &program->image;
  const struct touch_list *list = &early->lists[batch->event[lane]];
  for (uint8_t i = 0; i < list->count; i++) {
    const struct touch *touch = &list->at[i];
    struct key_values *values = &early->values[touch->values][lane];
    if (early->known[touch->values] >> lane & 1) continue;
    if (nuo__state_values(state, program, batch, lane, &touch->shape, image->ARGUMENTS + touch->first,
                          values))
      early->known[touch->values] |= UINT64_C(1) << lane;
  }
}

void nuo__touch_prefetch(const struct early *early, const struct state *state, const struct batch *batch,
                         uint32_t lane) {
  const struct touch_list *list = &early->lists[batch->event[lane]];
  for (uint8_t i = 0; i < list->count; i++) {
    const struct touch *touch = &list->at[i];
    if (!(early->known[touch->values] >> lane & 1)) continue;
    const struct store_key key = nuo__state_key_from(&early->values[touch->values][lane], &touch->definition);
    nuo__store_prefetch(state->store, &key);
  }
}

const uint8_t *nuo__touch_tag(const struct early *early, const struct batch *batch, uint32_t lane) {
  const uint8_t values = early->lists[batch->event[lane]].subject;
  if (values == TOUCH_VALUES_MAX || !(early->known[values] >> lane & 1)) return NULL;
  return early->values[values][lane].bytes + STATE_SUBJECT_AT;
}
