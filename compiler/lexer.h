// SPDX-License-Identifier: Apache-2.0
// Tokens, and the scanner that makes them out of a slice of a source file (lexer.re). Words come out as
// TK_ID: keyword.h tells which are keywords. Used by the token stream and by nobody behind the parser.
#ifndef NUO_COMPILER_LEXER_H
#define NUO_COMPILER_LEXER_H

#include "compiler/ast.h"
#include "compiler/diag.h"

struct token {
  int kind;  // TK_… of grammar.h; 0 at the end
  struct span span;
  struct str text;  // as written; of a name: with full-width digits made narrow
  int64_t value;  // of a literal: as in struct expr; of a text: 1 when it is not closed; of a unit: enum unit
};

struct lexer {
  struct arena *arena;
  struct diagnostics *diags;
  struct source_file *file;
  uint32_t number;
  const char *cursor, *limit;  // within file->text
  bool regex;                  // the last token was `matches`: a slash opens a pattern
};

// The next token; past the end it is kind 0 again and again. Mistakes inside a token are reported and mended,
// so the parser sees a token all the same.
struct token nuo__lexer_next(struct lexer *lexer);

#endif
