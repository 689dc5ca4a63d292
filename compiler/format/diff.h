// SPDX-License-Identifier: Apache-2.0
// What changed between two texts, as people and `patch` read it.
#ifndef NUO_COMPILER_DIFF_H
#define NUO_COMPILER_DIFF_H

#include "compiler/base.h"

// A unified diff with three lines of context under the name `path`; empty when the texts are equal. Lives in
// `arena`.
struct str nuo__diff(struct arena *arena, struct str path, struct str from, struct str to);

#endif
