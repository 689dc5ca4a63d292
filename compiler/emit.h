// SPDX-License-Identifier: Apache-2.0
// From the checked program to the image: the last stage of the compiler.
#ifndef NUO_COMPILER_EMIT_H
#define NUO_COMPILER_EMIT_H

#include "compiler/model.h"

// Plans and emits a program that was checked without errors. The image lives in the arena, aligned to 16; the
// same program and digest give the same bytes. False after a diagnostic: a limit of the image was passed.
bool nuo__emit_image(struct arena *arena, struct diagnostics *diags, const struct program *program,
                     const uint8_t source_digest[32], struct str *image);

#endif
