// SPDX-License-Identifier: Apache-2.0
// One compilation from the inside, for `nuo dump` and the tests; everybody else uses nuo_compile.h.
#ifndef NUO_COMPILER_COMPILE_H
#define NUO_COMPILER_COMPILE_H

#include "compiler/model.h"
#include "compiler/nuo_compile.h"

struct nuo_compilation {
  nuo_allocator allocator;
  struct arena *arena;
  struct diagnostics diags;
  VEC(struct source_file) files;  // the policy, then what it uses, in the order first named
  struct program *program;        // NULL when parsing failed
  struct str image;               // .at NULL after errors
  struct str formatted;           // the same
  nuo_diagnostic *rendered;       // made on demand
  const nuo_compile_options *options;
};

// A diagnostic as hosts get it; its texts live in the arena.
nuo_diagnostic nuo__diag_shown(const nuo_compilation *compilation, const struct diagnostic *diag);

#endif
