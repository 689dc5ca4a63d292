// SPDX-License-Identifier: Apache-2.0
// Diagnostics: what the compiler has to say to the author of a document. A stage adds them, nobody prints
// them here; the command line, the language server or a host renders them in the language it wants.
// The texts stand in diagnostics.def, one row a code.
#ifndef NUO_COMPILER_DIAG_H
#define NUO_COMPILER_DIAG_H

#include "compiler/base.h"

enum diag_severity { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

enum diag_code {
#define DIAG(code, severity, en, zh, help_en, help_zh, explain_en, explain_zh) DIAG_##code,
#include "compiler/diagnostics.def"
#undef DIAG
  DIAG_COUNT
};

// An argument of a message: the same text in both languages (`zh.at` NULL) or one for each.
struct diag_arg {
  struct str en, zh;
};

#define DIAG_MAX_ARGS 5

struct diagnostic {
  enum diag_code code;
  struct span span;
  struct span also;  // a second place (the other row, the earlier declaration), or also.end == 0
  struct diag_arg args[DIAG_MAX_ARGS];
  struct str suggestion;  // "did you mean": the name to write instead, or .at NULL
};

// Past this many errors a run stops reporting more (and says so): nobody reads the 201st.
#define DIAG_MAX_REPORTED 200

struct diagnostics {
  struct arena *arena;
  VEC(struct diagnostic) items;
  uint32_t errors, warnings;
  // What the later stages keep quiet about, for a mistake of the parser's explains it: expressions that end
  // where one cut the declaration short, and names whose declaration one has spoiled.
  VEC(struct span) cuts;
  VEC(struct str) lost;
  bool policy_lost;
};

// The row of a code. Strings are static.
struct diag_info {
  const char *code;  // "N0203"
  enum diag_severity severity;
  const char *en, *zh;            // the message; {0}…{4} stand for the arguments
  const char *help_en, *help_zh;  // the way out
  const char *explain_en, *explain_zh;
};
const struct diag_info *nuo__diag_info(enum diag_code code);
// Looks a code up by its name ("N0203"); DIAG_COUNT when there is none.
enum diag_code nuo__diag_find(const char *text, size_t len);

// Adds a diagnostic and returns it, so that the caller can fill in `also` and `suggestion`. Arguments past
// the given ones are empty. The return value is never NULL (past DIAG_MAX_REPORTED it is a dummy).
struct diagnostic *nuo__diag_add(struct diagnostics *diags, enum diag_code code, struct span span);
struct diagnostic *nuo__diag_add1(struct diagnostics *diags, enum diag_code code, struct span span,
                                  struct diag_arg a);
struct diagnostic *nuo__diag_add2(struct diagnostics *diags, enum diag_code code, struct span span,
                                  struct diag_arg a, struct diag_arg b);
struct diagnostic *nuo__diag_add3(struct diagnostics *diags, enum diag_code code, struct span span,
                                  struct diag_arg a, struct diag_arg b, struct diag_arg c);
struct diag_arg nuo__diag_text(struct str text);
struct diag_arg nuo__diag_pair(const char *en, const char *zh);
struct diag_arg nuo__diag_number(struct diagnostics *diags, int64_t value);

enum diag_language { DIAG_EN, DIAG_ZH };
// The message or the way out with its arguments put in; lives in `arena`.
struct str nuo__diag_message(struct arena *arena, const struct diagnostic *diag, enum diag_language language);
struct str nuo__diag_help(struct arena *arena, const struct diagnostic *diag, enum diag_language language);

// The best of `count` candidate names for a misspelt one (edit distance by code points, at most a third of
// its length), or .at NULL.
struct str nuo__diag_suggest(struct str wrong, const struct str *candidates, uint32_t count);

#endif
