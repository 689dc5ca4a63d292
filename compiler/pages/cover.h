// SPDX-License-Identifier: Apache-2.0
// How much of a document is encoded: what becomes of each clause, and which tests touch it.
#ifndef NUO_COMPILER_COVER_H
#define NUO_COMPILER_COVER_H

#include "compiler/compile.h"
#include "runtime/text_out.h"

enum cover_status {
  COVER_ENCODED,                  // something is declared under it: a rule, a duty, a definition, …
  COVER_ORGANISATIONAL,           // people see to it, it says so
  COVER_DEFERRED,                 // it is to be encoded later, it says so
  COVER_SILENT,                   // none of that
  COVER_COUNTED,                  // those above are counted; the two below are not
  COVER_CHAPTER = COVER_COUNTED,  // nothing but clauses under it
  COVER_UNNUMBERED,               // what stands under it belongs to the numbered clause around it
  COVER_STATUS_COUNT,
};

struct cover_clause {
  enum cover_status status;
  struct str why;  // of what is organisational or deferred: its own reason, or that of the clause around it
  uint32_t depth;  // numbered clauses around it
  uint32_t rules;  // rules and duties under it
  VEC(struct str) declared;              // English names of all that makes it encoded; empty: it has none
  VEC(const struct model_test *) tests;  // that stand under it, or name a rule of it
};
struct cover {
  struct cover_clause *clauses;  // one for each of program.clauses
  uint32_t counts[COVER_STATUS_COUNT];
  uint32_t counted;  // clauses in all, without chapters and what has no number
  uint32_t touched;  // encoded clauses that some test touches
};

// Everything lives in the arena.
void nuo__cover(struct arena *arena, const struct program *program, struct cover *cover);

extern const char *const nuo__cover_names[COVER_STATUS_COUNT][2];  // by nuo_language

// Its sums as a bar and a line, and the page of it.
void nuo__cover_summary(struct text_out *out, const struct cover *cover);
void nuo__cover_page(struct text_out *out, const struct program *program, const struct cover *cover,
                     nuo_language language);

#endif
