// SPDX-License-Identifier: Apache-2.0
// A policy document as Markdown: its headings are the clauses, its fenced `nuo` blocks are code, and a table
// right after such a block belongs to the code. Called by the parser's driver.
#ifndef NUO_COMPILER_DOCUMENT_H
#define NUO_COMPILER_DOCUMENT_H

#include "compiler/ast.h"
#include "compiler/diag.h"

struct code_block {
  struct span body;       // between the fences
  uint32_t clause;        // index into file->clauses, or CLAUSE_NONE
  VEC(struct span) rows;  // of the table right behind it, without header and ruler; each from bar to bar
};
typedef VEC(struct code_block) code_blocks;

// Fills in file->line_starts; of a Markdown file also file->clauses and the blocks of code. Of any other file
// the whole text is one block. The text has to be valid UTF-8.
code_blocks nuo__document_read(struct arena *arena, struct diagnostics *diags, struct source_file *file,
                               uint32_t number);

// Bytes of the byte order mark that some editors put before the text: 3 or 0.
uint32_t nuo__document_bom(struct str text);

// Splits a heading into its number ("2.3.2", "第十四条", "（二）", "Article 5"; empty when there is none) and
// title.
void nuo__heading_split(struct str heading, struct str *number, struct str *title);

// Whether a line of prose reads like the beginning of a rule or an exception; `next` is the line below it.
bool nuo__stray_code(struct str line, struct str next);
// Whether a line of prose reads like a heading, but for its marks.
bool nuo__stray_heading(struct str line);

// What a number that a paragraph begins with may be: none of a clause; that of a clause or of an item in a
// list.
enum numbered { NUMBERED_NOT, NUMBERED_ITEM, NUMBERED_CLAUSE };
// `alone`: the line is all of the paragraph.
enum numbered nuo__stray_number(struct str line, bool alone);
// Whether a line of the code begins a rule, a duty or an exception.
bool nuo__stray_has_rule(struct str code);

#endif
