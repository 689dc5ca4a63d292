// SPDX-License-Identifier: Apache-2.0
// What the driver (parse.c) and the tree builders (build*.c) share: the parser of one file.
#ifndef NUO_COMPILER_PARSE_H
#define NUO_COMPILER_PARSE_H

#include "compiler/front.h"
#include "compiler/tokens.h"
#include "compiler/trace.h"

#define PARSE_BRACKETS 64  // remembered open brackets: deeper ones are only counted

// One grammar at work on one slice of the file.
struct feed {
  void *grammar;
  struct tokens tokens;
  struct token brackets[PARSE_BRACKETS];
  uint32_t bracket_count;
  uint32_t end;         // where the last token that was fed ends
  uint32_t indent;      // of the first declaration of the block
  struct expr *result;  // of a piece
};

struct parser {
  struct arena *arena;
  struct diagnostics *diags;
  struct source_file *file;
  uint32_t number;
  const struct keyword_index *keywords;
  uint32_t clause;    // of the block being parsed
  struct feed block;  // declarations
  struct feed piece;  // the expressions in templates and cells
  struct feed *feed;  // the one at work
  struct decl *decl;  // being built
  bool deep;          // the declaration's expressions are nested too deeply: reported
};

// ---- the generated parser (grammar.y) ----
size_t nuo__grammar_size(void);
void nuo__grammarInit(void *grammar, struct parser *p);
void nuo__grammar(void *grammar, int kind, struct token token);
int nuo__grammarFallback(int token);
// The highest token number there is.
int nuo__grammar_last_token(void);
// Entries on its stack.
size_t nuo__grammar_depth(const void *grammar);
// Whether `token` can come next; as a keyword only, or also as a name when it may be one.
bool nuo__grammar_accepts(const void *grammar, int token, bool fallback);
// What an acceptable token will be taken for: itself, or TK_ID.
int nuo__grammar_takes(const void *grammar, int token);

// Parses [start, end) of the file as what `begin` (TK_BEGIN_EXPR, TK_BEGIN_CELL) opens. Never NULL:
// EXPR_ERROR after a report. With `stop` not NULL parsing ends before the `}` that has no `{`, and `*stop` is
// its place
// (`end` when there is none).
struct expr *nuo__parse_piece(struct parser *p, int begin, uint32_t start, uint32_t end, uint32_t *stop);

// ---- reporting (parse_report.c) ----
// Says why `token` cannot come here.
void nuo__parse_report(struct parser *p, const struct token *token);
// Reports `token` when it is one of the common slips (parse_slips.c); false when it is not. The second knows
// those that a misspelt keyword may look like.
bool nuo__parse_slip_deadline(struct parser *p, const struct token *token);
bool nuo__parse_slip(struct parser *p, const struct token *token);
bool nuo__parse_slip_unlike(struct parser *p, const struct token *token);

#endif
