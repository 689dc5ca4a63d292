// SPDX-License-Identifier: Apache-2.0
// Which clauses a number or a citation names: 2.3.1（四）至（九）, 第十三条、第十五条, Article 4(d) to (i).
#ifndef NUO_COMPILER_CLAUSE_NUMBER_H
#define NUO_COMPILER_CLAUSE_NUMBER_H

#include "compiler/base.h"

#define CLAUSE_SPANS 32  // of one text; what stands before so many is taken as words

struct clause_span {
  int64_t first, last;
};
struct clause_numbers {
  struct str before, after;  // the words around the numbers that are listed
  struct clause_span spans[CLAUSE_SPANS];
  uint32_t count;  // 0: there is no number in the text
  bool digits;     // the first of them is written in digits
  bool backwards;  // a range ends before it begins, or where
};

void nuo__clause_numbers(struct str text, struct clause_numbers *numbers);
// Whether there is a clause that both name.
bool nuo__clause_numbers_meet(const struct clause_numbers *a, const struct clause_numbers *b);
// Whether `one` names one clause, which is among those of `several`.
bool nuo__clause_among(struct str several, struct str one);

#endif
