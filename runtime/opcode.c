// SPDX-License-Identifier: Apache-2.0
// The operand letters of the instructions, see opcode.h. Knows nothing of what an instruction does.
#include "runtime/opcode.h"

const char *nuo__opcode_operands(uint16_t op) {
  static const char *const operands_of[OPCODE_COUNT] = {
#define OPCODE(name, operands, effect) operands,
#include "runtime/opcodes.def"
#undef OPCODE
  };
  return operands_of[op];
}

enum reg_class nuo__opcode_class(char letter) {
  switch (letter) {
    case 'P':
    case 'p':
      return REG_PLANE;
    case 'C':
    case 'c':
    case 'z':
      return REG_COLUMN;
    case 'X':
    case 'x':
      return REG_TEXT;
    case 'L':
    case 'l':
      return REG_LIST;
    case 'w':
      return REG_WIDE;
    case 'h':
      return REG_HALF;
    default:
      return REG_NONE;
  }
}
