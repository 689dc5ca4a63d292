// SPDX-License-Identifier: Apache-2.0
// The loop of the interpreter: fetch, dispatch, next. What an instruction does stands in vm_lanes.h for those
// on planes and columns, in vm_time.c, vm_text.c, vm_list.c and vm_state.c for the others. A dense switch,
// which both compilers turn into a jump table. Called by the session, once per event type and batch, once per
// rule with a finding, and for what needs memory once per event.
#include "runtime/vm.h"

#include "runtime/vm_lanes.h"

#define OUT_OF_LINE(name)                                                     \
  static inline void vm_##name(const struct frame *f, const struct insn *i) { \
    nuo__vm_##name(f, i);                                                     \
  }
OUT_OF_LINE_OPCODES
#undef OUT_OF_LINE

// How many instructions a SKIP passes over.
static inline uint32_t skipped(const struct frame *f, const struct insn *i) {
  return admitted(f, i->a) == 0 ? i->b | (uint32_t)i->c << 16 : 0;
}

// The two that steer the loop do nothing else.
#define vm_END(f, i) ((void)0)
#define vm_SKIP(f, i) ((void)(i += skipped(f, i)))

static void run_lanes(struct machine *machine, uint32_t first, uint32_t count, uint64_t live, uint32_t from,
                      uint32_t to) {
  const struct image *image = &machine->program->image;
  const struct frame frame = {machine, machine->batch, image, live, from, to};
  const struct insn *end = image->CODE + first + count;
  for (const struct insn *i = image->CODE + first; i < end; i++) {
    switch (i->op) {
#define OPCODE(name, operands, effect) \
  case OPCODE_##name:                  \
    vm_##name(&frame, i);              \
    break;
#include "runtime/opcodes.def"
#undef OPCODE
    }
  }
}

void nuo__vm_run(struct machine *machine, uint32_t first, uint32_t count, uint64_t live) {
  run_lanes(machine, first, count, live, 0, machine->batch->count);
}

void nuo__vm_run_lane(struct machine *machine, uint32_t first, uint32_t count, uint32_t lane) {
  run_lanes(machine, first, count, UINT64_C(1) << lane, lane, lane + 1);
}
