// SPDX-License-Identifier: Apache-2.0
// Readable forms of the compiler's last stages, for `nuo dump`. Text lives in the arena. Images must be
// verified.
#ifndef NUO_COMPILER_DISASM_H
#define NUO_COMPILER_DISASM_H

#include "compiler/model.h"
#include "runtime/image.h"

// The values that each event's rules ask for, one a line, with their operands and costs.
struct str nuo__dump_plan(struct arena *arena, const struct program *program);
// Every block of code, one instruction a line, registers of fields and constants by name.
struct str nuo__dump_code(struct arena *arena, const struct image *image);
// Sizes of the sections, the schema, and what each rule consists of.
struct str nuo__dump_image(struct arena *arena, const struct image *image);

#endif
