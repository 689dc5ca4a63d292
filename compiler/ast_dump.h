// SPDX-License-Identifier: Apache-2.0
// What the front stages made, as text for people: `nuo dump --stage document|ast|types`.
#ifndef NUO_COMPILER_AST_DUMP_H
#define NUO_COMPILER_AST_DUMP_H

#include "compiler/compile.h"
#include "runtime/text_out.h"

// The clause tree of a file, and under each clause the declarations that stand there.
void nuo__dump_document(struct text_out *out, const struct source_file *file);
// Every declaration as an S-expression; with `types`, each expression with its type (after a clean check).
void nuo__dump_ast(struct text_out *out, struct arena *arena, const struct source_file *file, bool types);

#endif
