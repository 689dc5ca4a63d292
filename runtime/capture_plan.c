// SPDX-License-Identifier: Apache-2.0
// Which fields of an event its effects read: those that have to be kept when the effects wait. Found out from
// the code, once for each session. Called by session.c.
#include "runtime/capture.h"

#include <string.h>

#include "runtime/opcode.h"
#include "runtime/text.h"

#define CLASSES REG_NONE

// The registers of fields that a piece of code reads: a byte each, class after class.
struct reads {
  const struct image *image;
  uint32_t first[CLASSES], count[CLASSES];
  uint8_t *marks;
  size_t size;
};

static bool reads_new(const struct image *image, const nuo_allocator *allocator, struct reads *r) {
  const struct image_program *p = image->PROGRAM;
  *r = (struct reads){.image = image,
                      .count = {[REG_PLANE] = p->field_planes,
                                [REG_COLUMN] = p->field_columns,
                                [REG_WIDE] = p->wide_count,
                                [REG_HALF] = p->half_count,
                                [REG_TEXT] = p->field_texts,
                                [REG_LIST] = p->field_lists}};
  for (int c = 0; c < CLASSES; c++) {
    r->first[c] = (uint32_t)r->size;
    r->size += r->count[c];
  }
  r->marks = nuo__alloc(allocator, r->size + 1);
  return r->marks != NULL;
}

static void mark(struct reads *r, unsigned reg_class, uint32_t reg) {
  if (reg_class < CLASSES && reg < r->count[reg_class]) r->marks[r->first[reg_class] + reg] = 1;
}

static bool is_marked(const struct reads *r, unsigned reg_class, uint32_t reg) {
  return reg_class < CLASSES && reg < r->count[reg_class] && r->marks[r->first[reg_class] + reg] != 0;
}

static void mark_arguments(struct reads *r, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++)
    mark(r, r->image->ARGUMENTS[i].reg_class, r->image->ARGUMENTS[i].reg);
}

static void mark_code(struct reads *r, uint32_t first, uint32_t count);

static void mark_opening(struct reads *r, const struct image_opening *o, bool each) {
  const struct image *image = r->image;
  const struct image_duty *duty = &image->DUTIES[o->duty];
  mark_arguments(r, o->key, duty->key_count);
  mark_arguments(r, o->dues, 2 * duty->step_count);
  mark_arguments(r, o->warnings, duty->warning_count);
  if (duty->suspended != IMAGE_NONE) mark_arguments(r, o->suspended, image->FACTS[duty->suspended].key_count);
  for (uint32_t i = o->move_first; i < o->move_first + o->move_count; i++)
    mark(r, image->MOVES[i].reg_class, image->MOVES[i].reg);
  if (!each) return;
  mark_arguments(r, o->each_key, image->FACTS[o->each_fact].key_count - 1u);
  mark_code(r, o->code_first, o->code_count);
}

// The length of a key: of what stands before it.
static uint32_t key_count(const struct image *image, char letter, uint16_t operand) {
  return letter == 'y'   ? image->FACTS[operand].key_count
         : letter == 'o' ? image->COUNTERS[operand].key_count
                         : image->DUTIES[operand].key_count;
}

static void mark_insn(struct reads *r, const struct insn *i) {
  const uint16_t operands[4] = {i->a, i->b, i->c, i->d};
  const char *letters = nuo__opcode_operands(i->op);
  for (int p = 0; p < 4 && letters[p] != '\0' && letters[p] != '-' && letters[p] != 'j'; p++) {
    mark(r, nuo__opcode_class(letters[p]), operands[p]);
    if (letters[p] == 'i')
      mark_arguments(r, operands[p],
                     key_count(r->image, letters[p - 1], operands[p - 1]) + (i->op == OPCODE_DIFFER));
    if (letters[p] == 'n') mark_arguments(r, operands[p + 1], r->image->NATIVES[operands[p]].param_count);
    if (letters[p] == 'q') mark_opening(r, &r->image->OPENINGS[operands[p]], i->op == OPCODE_EACH);
  }
}

static void mark_code(struct reads *r, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) mark_insn(r, &r->image->CODE[i]);
}

static bool is_read(const struct reads *r, const struct image_field *f) {
  bool read = is_marked(r, f->reg_class, f->reg);
  for (uint32_t i = 0; i < f->asked_count; i++)
    read |= is_marked(r, REG_PLANE, r->image->ASKED[f->asked_first + i].plane);
  return read;
}

// ---- plans ----

uint32_t nuo__event_named(const struct image *image, nuo_text wire) {
  for (uint32_t e = 0; e < image->EVENTS_count; e++)
    if (image->EVENTS[e].origin == ORIGIN_WIRE &&
        nuo__text_equal(nuo__text_of(image, image->EVENTS[e].wire), wire))
      return e;
  return IMAGE_NONE;
}

// Adds what the effects of the same event in another version read, and this one has.
static void add_reads(const struct image *image, uint32_t event, const struct reads *other,
                      const struct image_event *same, uint8_t *wanted) {
  const struct image_event *own = &image->EVENTS[event];
  for (uint32_t i = same->field_first; i < same->field_first + same->field_count; i++) {
    const struct image_field *f = &other->image->FIELDS[i];
    const nuo_text path = nuo__text_of(other->image, f->path);
    for (uint32_t k = 0; is_read(other, f) && k < own->field_count; k++)
      if (nuo__text_equal(nuo__text_of(image, image->FIELDS[own->field_first + k].path), path))
        wanted[own->field_first + k] = 1;
  }
}

static bool want_fields(const nuo_program *program, const nuo_program *other, const nuo_allocator *allocator,
                        uint8_t *wanted) {
  struct reads r;
  if (!reads_new(&other->image, allocator, &r)) return false;
  for (uint32_t e = 0; e < program->image.EVENTS_count; e++) {
    const struct image_event *event = &program->image.EVENTS[e];
    const uint32_t same = nuo__event_named(&other->image, nuo__text_of(&program->image, event->wire));
    if (!event->enforceable || same == IMAGE_NONE) continue;
    memset(r.marks, 0, r.size);
    mark_code(&r, other->image.EVENTS[same].effect_first, other->image.EVENTS[same].effect_count);
    add_reads(&program->image, e, &r, &other->image.EVENTS[same], wanted);
  }
  nuo__free(allocator, r.marks, r.size + 1);
  return true;
}

static void fill_plan(const struct image *image, const uint8_t *wanted, struct capture_plan *plan) {
  uint32_t count = 0;
  for (uint32_t e = 0; e < image->EVENTS_count; e++) {
    const struct image_event *event = &image->EVENTS[e];
    plan->first[e] = count;
    for (uint32_t i = event->field_first; i < event->field_first + event->field_count; i++) {
      const struct image_field *f = &image->FIELDS[i];
      if (wanted[i] == 0 || f->reg_class == REG_NONE) continue;
      plan->moves[count++] =
          (struct image_move){.field = i, .kind = f->kind, .reg_class = f->reg_class, .reg = f->reg};
    }
  }
  plan->first[image->EVENTS_count] = count;
}

bool nuo__capture_plan_new(const nuo_program *program, nuo_program *const *all, size_t count,
                           const nuo_allocator *allocator, struct capture_plan *plan) {
  const struct image *image = &program->image;
  const size_t size = image->FIELDS_count + 1;
  uint8_t *wanted = nuo__alloc(allocator, size);
  plan->first = nuo__alloc(allocator, (image->EVENTS_count + 1) * sizeof *plan->first);
  plan->moves = nuo__alloc(allocator, size * sizeof *plan->moves);
  bool good = wanted != NULL && plan->first != NULL && plan->moves != NULL;
  if (good) memset(wanted, 0, size);
  for (size_t i = 0; good && i < count; i++) good = want_fields(program, all[i], allocator, wanted);
  if (good) fill_plan(image, wanted, plan);
  nuo__free(allocator, wanted, size);
  return good;
}

void nuo__capture_plan_free(const nuo_program *program, const nuo_allocator *allocator,
                            struct capture_plan *plan) {
  const struct image *image = &program->image;
  nuo__free(allocator, plan->first, (image->EVENTS_count + 1) * sizeof *plan->first);
  nuo__free(allocator, plan->moves, (image->FIELDS_count + 1) * sizeof *plan->moves);
}
