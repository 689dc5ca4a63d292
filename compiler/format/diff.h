// SPDX-License-Identifier: Apache-2.0
// What changed between two texts, as people and `patch` read it.
#ifndef NUO_COMPILER_DIFF_H
#define NUO_COMPILER_DIFF_H

#include "compiler/base.h"

typedef VEC(struct str) diff_parts;
struct diff_change {
  uint32_t from, from_count;  // parts taken away
  uint32_t to, to_count;      // and put there
};
typedef VEC(struct diff_change) diff_changes;
// A text's words; of Chinese, where words are not set apart, and of signs its characters.
diff_parts nuo__diff_words(struct arena *arena, struct str text);
// The fewest changes that make one list of parts (lines, words) the other, in their order.
diff_changes nuo__diff_parts(struct arena *arena, diff_parts from, diff_parts to);

// A unified diff with three lines of context under the name `path`; empty when the texts are equal. Lives in
// `arena`.
struct str nuo__diff(struct arena *arena, struct str path, struct str from, struct str to);

#endif
