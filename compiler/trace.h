// SPDX-License-Identifier: Apache-2.0
// What the parser took, token by token, for whoever has to write the source anew (compiler/format). Recorded
// only when source_file.trace is set.
#ifndef NUO_COMPILER_TRACE_H
#define NUO_COMPILER_TRACE_H

#include "compiler/document.h"
#include "compiler/lexer.h"

// `quiet_hours as 免打扰`: the two forms of a name where it is declared.
struct name_pair {
  struct span first, second;
};

struct trace {
  // All that was fed, in order of place, and each as what it was taken for: a word that served as a name is
  // TK_ID. What stands within a text or a row follows it.
  VEC(struct token) tokens;
  VEC(struct span) aggregates;  // `count of … per … in last …`, whole
  VEC(struct name_pair) pairs;
  code_blocks blocks;
};

#endif
