// SPDX-License-Identifier: Apache-2.0
// The instructions on lists, and calls of native functions. Those on texts have a guard, see vm_text.c. A
// list's elements are numbers or texts; which, the verifier has proved for the live lanes. Constants in the
// pool's front are sorted, elements of events are not. Called by vm.c.
#include "runtime/native.h"
#include "runtime/text.h"
#include "runtime/vm_frame.h"

struct span {
  const union element *first;
  uint32_t count;
};

static struct span list_at(const struct frame *f, uint16_t reg, uint32_t lane) {
  const struct list_reg *list = &f->batch->lists[reg];
  if (list->count[lane] == 0) return (struct span){NULL, 0};
  return (struct span){f->batch->pool + list->first[lane], list->count[lane]};
}

static void make_list(const struct frame *f, uint16_t reg, uint32_t first, uint32_t count) {
  struct list_reg *a = &f->batch->lists[reg];
  for (uint32_t l = f->first; l < f->count; l++) {
    a->first[l] = first;
    a->count[l] = count;
  }
  f->batch->list_known[reg] = UINT64_MAX;
}

void nuo__vm_LCONST(const struct frame *f, const struct insn *i) {
  const struct image_set *set = &f->image->NUMBER_SETS[i->b];
  make_list(f, i->a, set->first, set->count);
}

void nuo__vm_LCONSTX(const struct frame *f, const struct insn *i) {
  const struct image_set *set = &f->image->TEXT_SETS[i->b];
  make_list(f, i->a, f->machine->program->pool_numbers + set->first, set->count);
}

void nuo__vm_LDEF(const struct frame *f, const struct insn *i) {
  struct batch *b = f->batch;
  struct list_reg *a = &b->lists[i->a];
  uint64_t known = b->list_known[i->b], second = b->list_known[i->c];
  for (uint32_t l = f->first; l < f->count; l++) {
    const struct list_reg *from = &b->lists[known >> l & 1 ? i->b : i->c];
    a->first[l] = from->first[l];
    a->count[l] = from->count[l];
  }
  b->list_known[i->a] = known | second;
}

static bool has_number(struct span list, int64_t number) {
  for (uint32_t e = 0; e < list.count; e++)
    if (list.first[e].number == number) return true;
  return false;
}

static bool has_text(struct span list, nuo_text text) {
  for (uint32_t e = 0; e < list.count; e++)
    if (nuo__text_equal((nuo_text){list.first[e].text.at, list.first[e].text.len}, text)) return true;
  return false;
}

void nuo__vm_LHAS(const struct frame *f, const struct insn *i) {
  const struct batch *b = f->batch;
  const uint64_t known = f->live & b->list_known[i->b] & b->column_known[i->c];
  uint64_t found = 0;
  for (uint64_t left = known; left != 0;) {
    const uint32_t l = next_lane(&left);
    found |= (uint64_t)has_number(list_at(f, i->b, l), b->columns[i->c][l]) << l;
  }
  set_plane(f, i->a, found, known);
}

void nuo__vm_LHASX(const struct frame *f, const struct insn *i) {
  const struct batch *b = f->batch;
  const uint64_t known = admitted(f, i->d) & b->list_known[i->b] & b->text_known[i->c];
  const struct text_reg *text = &b->texts[i->c];
  uint64_t found = 0;
  for (uint64_t left = known; left != 0;) {
    const uint32_t l = next_lane(&left);
    found |= (uint64_t)has_text(list_at(f, i->b, l), (nuo_text){text->at[l], text->len[l]}) << l;
  }
  set_plane(f, i->a, found, known);
}

// Whether some (`all`: every) element of `list` is in `other`.
static bool is_among(struct span list, struct span other, bool all, bool texts) {
  for (uint32_t e = 0; e < list.count; e++) {
    const union element *sought = &list.first[e];
    const bool is_there = texts ? has_text(other, (nuo_text){sought->text.at, sought->text.len})
                                : has_number(other, sought->number);
    if (is_there != all) return !all;
  }
  return all;
}

static void compare_lists(const struct frame *f, const struct insn *i, bool all, bool texts) {
  const uint64_t lanes = texts ? admitted(f, i->d) : f->live;
  const uint64_t known = lanes & f->batch->list_known[i->b] & f->batch->list_known[i->c];
  uint64_t found = 0;
  for (uint64_t left = known; left != 0;) {
    const uint32_t l = next_lane(&left);
    found |= (uint64_t)is_among(list_at(f, i->b, l), list_at(f, i->c, l), all, texts) << l;
  }
  set_plane(f, i->a, found, known);
}

void nuo__vm_LANY(const struct frame *f, const struct insn *i) {
  compare_lists(f, i, false, false);
}

void nuo__vm_LALL(const struct frame *f, const struct insn *i) {
  compare_lists(f, i, true, false);
}

void nuo__vm_LANYX(const struct frame *f, const struct insn *i) {
  compare_lists(f, i, false, true);
}

void nuo__vm_LALLX(const struct frame *f, const struct insn *i) {
  compare_lists(f, i, true, true);
}

void nuo__vm_SIZE(const struct frame *f, const struct insn *i) {
  const struct list_reg *b = &f->batch->lists[i->b];
  for (uint32_t l = f->first; l < f->count; l++) f->batch->columns[i->a][l] = b->count[l];
  f->batch->column_known[i->a] = f->batch->list_known[i->b];
}

// ---- native functions ----

static uint64_t known_argument(const struct batch *b, const struct image_argument *argument) {
  switch (argument->reg_class) {
    case REG_PLANE:
      return b->planes[argument->reg].t | b->planes[argument->reg].f;
    case REG_WIDE:
      return b->wide_known[argument->reg];
    case REG_TEXT:
      return b->text_known[argument->reg];
    default:
      return b->column_known[argument->reg];
  }
}

static struct native_argument read_argument(const struct batch *b, const struct image_argument *argument,
                                            uint32_t lane) {
  switch (argument->reg_class) {
    case REG_PLANE:
      return (struct native_argument){.number = b->planes[argument->reg].t >> lane & 1};
    case REG_WIDE:
      return (struct native_argument){.number = b->wides[argument->reg][lane]};
    case REG_TEXT:
      return (struct native_argument){
          .text = {b->texts[argument->reg].at[lane], b->texts[argument->reg].len[lane]}};
    default:
      return (struct native_argument){.number = b->columns[argument->reg][lane]};
  }
}

// Calls the function, and notes what it came to.
static bool call_noted(const struct frame *f, uint32_t native, uint32_t lane,
                       const struct native_argument *values, int64_t *result) {
  const nuo_program *program = f->machine->program;
  const nuo_natives *watch = &program->watch;
  struct native_note *note = &f->machine->notes[lane * f->image->NATIVES_count + native];
  const uint64_t start = watch->now == NULL ? 0 : watch->now(watch->clock);
  const enum native_outcome outcome = nuo__native_call(program->natives[native], values, result);
  const uint64_t end = watch->now == NULL ? 0 : watch->now(watch->clock),
                 taken = end > start ? end - start : 0;
  note->calls++;
  note->no_result += outcome == NATIVE_NO_RESULT;
  note->total += taken;
  if (taken > note->longest) note->longest = taken;
  return outcome == NATIVE_DONE;
}

// Calls the function in the lanes where all arguments are known; gives the lanes in which it succeeded.
static uint64_t call_lanes(const struct frame *f, const struct insn *i, int64_t results[NUO_BATCH]) {
  const struct native_call *call = f->machine->program->natives[i->b];
  const struct image_argument *arguments = &f->image->ARGUMENTS[i->c];
  uint32_t count = f->image->NATIVES[i->b].param_count;
  uint64_t known = admitted(f, i->d), succeeded = 0;
  for (uint32_t p = 0; p < count; p++) known &= known_argument(f->batch, &arguments[p]);
  while (known != 0) {
    uint32_t l = next_lane(&known);
    struct native_argument values[NATIVE_MAX_PARAMS];
    for (uint32_t p = 0; p < count; p++) values[p] = read_argument(f->batch, &arguments[p], l);
    const bool done = f->machine->notes != NULL ? call_noted(f, i->b, l, values, &results[l])
                                                : nuo__native_call(call, values, &results[l]) == NATIVE_DONE;
    succeeded |= (uint64_t)done << l;
  }
  return succeeded;
}

void nuo__vm_CALL(const struct frame *f, const struct insn *i) {
  f->batch->column_known[i->a] = call_lanes(f, i, f->batch->columns[i->a]);
}

void nuo__vm_CALLP(const struct frame *f, const struct insn *i) {
  int64_t results[NUO_BATCH];
  uint64_t known = call_lanes(f, i, results), is_true = 0;
  for (uint64_t left = known; left != 0;) {
    uint32_t l = next_lane(&left);
    is_true |= (uint64_t)(results[l] != 0) << l;
  }
  set_plane(f, i->a, is_true, known);
}
