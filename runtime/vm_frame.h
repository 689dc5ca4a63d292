// SPDX-License-Identifier: Apache-2.0
// What the files of the VM share: where an instruction finds its registers, and the instructions that are
// not inlined into the loop. Included by runtime/vm*.c and by nobody else.
//
// An instruction trusts the verifier for every operand, but not the values in registers: a column may hold
// any number, so whoever reads it as a date or a zone handle checks it. Text and lists are only looked at in
// live lanes, because other lanes belong to other events, whose lists may have other elements.
#ifndef NUO_RUNTIME_VM_FRAME_H
#define NUO_RUNTIME_VM_FRAME_H

#include "runtime/vm.h"

struct frame {
  struct machine *machine;
  struct batch *batch;
  const struct image *image;
  uint64_t live;          // lanes the code runs for
  uint32_t first, count;  // they lie in [first, count), which is not empty; others are not worked on
};

// Lanes in which a guard lets an instruction look at its text.
static inline uint64_t admitted(const struct frame *f, uint16_t guard) {
  return f->live & ~f->batch->planes[guard].f;
}

static inline void set_plane(const struct frame *f, uint16_t reg, uint64_t is_true, uint64_t known) {
  f->batch->planes[reg].t = is_true & known;
  f->batch->planes[reg].f = ~is_true & known;
}

// Takes the lowest lane out of a mask that is not 0.
static inline uint32_t next_lane(uint64_t *lanes) {
  uint32_t lane = (uint32_t)__builtin_ctzll(*lanes);
  *lanes &= *lanes - 1;
  return lane;
}

// Where an effect takes place: facts and duties change only by what was delivered, and by what was merely
// observed.
static inline uint64_t changing(const struct frame *f, uint16_t where) {
  return f->machine->delivered ? f->live & f->batch->planes[where].t : 0;
}

// The key of fact or counter `index` (`counter` tells which) for arguments `first`… of the image in one lane;
// false when one of them is unknown there (vm_state.c).
bool nuo__vm_key(const struct frame *f, bool counter, uint32_t index, uint16_t first, uint32_t lane,
                 struct store_key *key);

// Whether the units of `hay` contain those of `needle`, in linear time; an empty text is in every text
// (vm_find.c).
bool nuo__vm_find(const uint16_t *hay, size_t hay_len, const uint16_t *needle, size_t len);

// Instructions on time (vm_time.c), text (vm_text.c), lists and native functions (vm_list.c), memory
// (vm_state.c).
#define OUT_OF_LINE(name) void nuo__vm_##name(const struct frame *f, const struct insn *i);
// clang-format off
#define OUT_OF_LINE_OPCODES \
  OUT_OF_LINE(ZCONST) OUT_OF_LINE(CLOCK) OUT_OF_LINE(DATE) OUT_OF_LINE(WEEKDAY) OUT_OF_LINE(WORKDAY) \
  OUT_OF_LINE(ADDDAYS) OUT_OF_LINE(ADDMONTHS) OUT_OF_LINE(ADDWORKDAYS) OUT_OF_LINE(ROLL) \
  OUT_OF_LINE(REACH) OUT_OF_LINE(COVERED) OUT_OF_LINE(YEARS) \
  OUT_OF_LINE(INSTANT) OUT_OF_LINE(NEXT) OUT_OF_LINE(XCONST) OUT_OF_LINE(XPICK) OUT_OF_LINE(XDEF) \
  OUT_OF_LINE(XEQ) OUT_OF_LINE(XEQK) OUT_OF_LINE(XINK) OUT_OF_LINE(XHAS) OUT_OF_LINE(XSTARTS) \
  OUT_OF_LINE(XENDS) OUT_OF_LINE(MATCH) OUT_OF_LINE(REGEX) OUT_OF_LINE(LENGTH) OUT_OF_LINE(LCONST) \
  OUT_OF_LINE(LCONSTX) OUT_OF_LINE(LDEF) OUT_OF_LINE(LHAS) OUT_OF_LINE(LHASX) OUT_OF_LINE(LANY) \
  OUT_OF_LINE(LALL) OUT_OF_LINE(LANYX) OUT_OF_LINE(LALLX) OUT_OF_LINE(SIZE) OUT_OF_LINE(CALL) \
  OUT_OF_LINE(CALLP) OUT_OF_LINE(FACT) OUT_OF_LINE(FACTVALUE) OUT_OF_LINE(FACTTEXT) OUT_OF_LINE(SINCE) \
  OUT_OF_LINE(COUNTED) OUT_OF_LINE(SUM) OUT_OF_LINE(SHARE) OUT_OF_LINE(DISTINCT) OUT_OF_LINE(TOTAL) \
  OUT_OF_LINE(DIFFER) OUT_OF_LINE(LAST) OUT_OF_LINE(PERIOD) OUT_OF_LINE(START) OUT_OF_LINE(STARTTEXT) \
  OUT_OF_LINE(STOP) OUT_OF_LINE(TALLY) OUT_OF_LINE(MEET) OUT_OF_LINE(DISCHARGE) OUT_OF_LINE(OPEN) \
  OUT_OF_LINE(EACH)
// clang-format on
OUT_OF_LINE_OPCODES
#undef OUT_OF_LINE

#endif
