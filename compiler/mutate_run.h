// SPDX-License-Identifier: Apache-2.0
// What the files of mutate share: one changed program at a time.
#ifndef NUO_COMPILER_MUTATE_RUN_H
#define NUO_COMPILER_MUTATE_RUN_H

#include "compiler/mutate.h"

struct place {
  struct expr *e;
  bool operators;  // else only constants are changed
};
struct mutator {
  nuo_compilation *compilation;
  const nuo_options *options;
  struct mutation_results *results;
  struct str unchanged;      // the image without a change
  VEC(struct place) places;  // expressions, to be changed at the end
  nuo_status status;
};

// Emits the program as it is now, runs the tests and takes down whether one of them fails.
void nuo__mutate_try(struct mutator *m, struct change change);
// What is said of a change: `en` and `zh` have one %.*s for the source text at `span`.
struct diag_arg nuo__mutate_says(struct mutator *m, struct span span, const char *en, const char *zh);
// All places of a policy (mutate.c).
void nuo__mutate_all(struct mutator *m);
// Notes an expression and what is in it as places (mutate_expr.c); then makes all changes of all places.
void nuo__mutate_expr(struct mutator *m, struct expr *e, bool operators);
void nuo__mutate_places(struct mutator *m);
// Makes a window of the calendar the next longer one; false: it cannot be longer, or is none.
bool nuo__mutate_longer(struct model_window *window);
struct diag_arg nuo__mutate_longer_says(void);
void nuo__mutate_row(struct mutator *m, struct model_row *row);

#endif
