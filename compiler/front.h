// SPDX-License-Identifier: Apache-2.0
// The front of the pipeline: source bytes -> document (Markdown) -> tokens -> syntax tree.
#ifndef NUO_COMPILER_FRONT_H
#define NUO_COMPILER_FRONT_H

#include "compiler/ast.h"
#include "compiler/diag.h"

// Reads the document structure of `file` (headings, fenced `nuo` blocks, tables), lexes and parses every
// block into file->clauses, decls, comments. `number` is the file's number in spans. Mistakes go to `diags`;
// after one the parser goes on at the next declaration, so one run reports all. Always returns with a usable
// tree.
void nuo__front_parse(struct arena *arena, struct diagnostics *diags, struct source_file *file,
                      uint32_t number);

// Line and column (1-based; columns count code points) of a byte offset.
void nuo__front_position(const struct source_file *file, uint32_t offset, uint32_t *line, uint32_t *column);

#endif
