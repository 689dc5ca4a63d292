// SPDX-License-Identifier: Apache-2.0
// Which files a compilation is made of: the policy, the modules and other policies that it uses, and theirs.
#ifndef NUO_COMPILER_FETCH_H
#define NUO_COMPILER_FETCH_H

#include "compiler/compile.h"

// Parses a file and adds it; gives its number.
uint32_t nuo__fetch_add(nuo_compilation *c, const struct source_file *file);
// Fetches all that is used from the first file on. False when policies use each other in a circle, which is
// reported: there is nothing to check then.
bool nuo__fetch_used(nuo_compilation *c);
// Reads what a file names, from its own folder: `read` of struct check_input, `context` the compilation.
bool nuo__fetch_beside(void *context, struct arena *arena, uint32_t file, struct str path, struct str *bytes);

#endif
