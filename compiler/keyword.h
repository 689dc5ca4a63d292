// SPDX-License-Identifier: Apache-2.0
// The keyword table (keywords.def) as data: which words are keywords, and how a token is called in messages
// and by the formatter, in either language.
#ifndef NUO_COMPILER_KEYWORD_H
#define NUO_COMPILER_KEYWORD_H

#include "compiler/diag.h"

enum keyword_group { KEYWORD_DECL, KEYWORD_LINE, KEYWORD_PART, KEYWORD_CLAUSE, KEYWORD_OPERATOR };

struct keyword {
  int token;      // TK_… of grammar.h
  int64_t value;  // enum unit of a unit or a period, else 0
  enum keyword_group group;
  const char *en, *zh;  // forms separated by `|`, the canonical one first; words separated by spaces
};

// The rows of keywords.def in order; NULL from the count on.
const struct keyword *nuo__keyword_row(uint32_t index);
// The first row of a token, or NULL: not a keyword.
const struct keyword *nuo__keyword_of(int token);
// A form of a list `a|b|c`; false from their count on. Static text.
bool nuo__keyword_form(const char *forms, uint32_t index, struct str *out);

// How a token is called when it is expected: "`unless`" / “除非”, "a name" / 名称.
struct diag_arg nuo__token_arg(struct arena *arena, int token);

// Words to keywords, by hashing.
struct keyword_index;
struct keyword_index *nuo__keyword_index_new(struct arena *arena);

#define KEYWORD_MAX_WORDS 4
// The longest keyword that the first of `words` begin, up to `count` of them; the words it takes, or 0.
uint32_t nuo__keyword_match(const struct keyword_index *index, const struct str *words, uint32_t count,
                            const struct keyword **out);

#endif
