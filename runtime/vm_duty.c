// SPDX-License-Identifier: Apache-2.0
// The instructions on duties: an event begins one, fulfils a step of it, or ends it. They run in effect code,
// for one lane at a time, with the engine's state locked. A key that is not known does nothing. Called by
// vm.c.
#include "runtime/duty.h"
#include "runtime/vm_frame.h"

static bool key_at(const struct frame *f, const struct insn *i, uint32_t lane, struct store_key *key) {
  const struct key_shape shape = nuo__duty_shape(&f->image->DUTIES[i->a]);
  return nuo__state_key(f->machine->state, f->machine->program, f->batch, lane, &shape,
                        f->image->ARGUMENTS + i->b, key);
}

void nuo__vm_MEET(const struct frame *f, const struct insn *i) {
  struct store_key key;
  for (uint64_t left = changing(f, i->c); left != 0;) {
    uint32_t l = next_lane(&left);
    if (key_at(f, i, l, &key)) nuo__duty_meet(f->machine, i->a, &key, i->d, f->batch->columns[0][l]);
  }
}

void nuo__vm_DISCHARGE(const struct frame *f, const struct insn *i) {
  struct store_key key;
  for (uint64_t left = changing(f, i->c); left != 0;) {
    uint32_t l = next_lane(&left);
    if (key_at(f, i, l, &key)) nuo__duty_discharge(f->machine, i->a, &key, f->batch->columns[0][l]);
  }
}

void nuo__vm_OPEN(const struct frame *f, const struct insn *i) {
  if (!f->machine->in_force) return;
  for (uint64_t left = changing(f, i->b); left != 0;) nuo__duty_open(f->machine, i->a, next_lane(&left));
}

void nuo__vm_EACH(const struct frame *f, const struct insn *i) {
  if (!f->machine->in_force) return;
  for (uint64_t left = changing(f, i->b); left != 0;) nuo__duty_each(f->machine, i->a, next_lane(&left));
}
