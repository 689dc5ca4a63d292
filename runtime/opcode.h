// SPDX-License-Identifier: Apache-2.0
// What opcodes.def says of an instruction's operands, as data. Called by the verifier, the planner, the
// emitter and the disassembler.
#ifndef NUO_RUNTIME_OPCODE_H
#define NUO_RUNTIME_OPCODE_H

#include "runtime/image.h"

// The letters of the operands of an opcode below OPCODE_COUNT, terminated. Static.
const char *nuo__opcode_operands(uint16_t op);
// The class of registers that a letter stands for, written or read; REG_NONE for constants and the like.
enum reg_class nuo__opcode_class(char letter);

#endif
