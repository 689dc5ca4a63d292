// SPDX-License-Identifier: Apache-2.0
// The prose of a document as HTML, block by block. md4c parses it; what is written is ours, so that nothing
// of a document reaches the page but as text: raw HTML is shown, not taken; links lead to pages and mail
// only; pictures are named.
#ifndef NUO_COMPILER_MARKDOWN_H
#define NUO_COMPILER_MARKDOWN_H

#include "compiler/base.h"
#include "runtime/text_out.h"

enum md_kind { MD_PARAGRAPH, MD_HEADING, MD_FENCE, MD_OTHER };
// A block that stands in no other.
struct md_block {
  enum md_kind kind;
  uint32_t
      start;  // the byte at which its first text stands; of a block without any, where the last one ended
  struct str html;  // of a heading what stands between its tags
  struct str plain;
};
typedef VEC(struct md_block) md_blocks;

// NUO_NO_MEMORY when memory runs out within md4c, which knows nothing of the arena.
nuo_status nuo__markdown_read(struct arena *arena, struct str text, md_blocks *blocks);

#endif
