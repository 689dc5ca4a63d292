// SPDX-License-Identifier: Apache-2.0
// The instructions on duties: an event begins one, fulfils a step of it, or ends it. They run in effect code,
// for one lane at a time, with the engine's state locked. Called by vm.c.
#include "runtime/vm_frame.h"

void nuo__vm_MEET(const struct frame *f, const struct insn *i) {
  (void)f, (void)i;
}

void nuo__vm_DISCHARGE(const struct frame *f, const struct insn *i) {
  (void)f, (void)i;
}

void nuo__vm_OPEN(const struct frame *f, const struct insn *i) {
  (void)f, (void)i;
}

void nuo__vm_EACH(const struct frame *f, const struct insn *i) {
  (void)f, (void)i;
}
