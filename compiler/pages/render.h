// SPDX-License-Identifier: Apache-2.0
// A policy as a page that counsel reads: the document with its rules in the reader's language, what becomes
// of each clause, its tests with their results, the parameters, and what changed since another version.
#ifndef NUO_COMPILER_RENDER_H
#define NUO_COMPILER_RENDER_H

#include "compiler/pages/cover.h"
#include "compiler/pages/markdown.h"
#include "compiler/test.h"
#include "compiler/trace.h"

// ---- for the host ----
// One version of a policy without mistakes, and its document laid out in each language (nuo_format).
struct render_version {
  nuo_compilation *compilation;
  struct str words[2];
};
struct render_input {
  struct render_version policy;
  const struct render_version *against;  // an older version, or NULL
  const struct test_results *tests;
  const char *source_digest;  // as decisions tell it
  nuo_language language;      // that is shown first
};
// NUO_NO_MEMORY leaves nothing of use in *out.
nuo_status nuo__render(struct text_out *out, const struct render_input *input);

// ---- between the files of render ----
// The document in the words of one language, read again: its declarations are those of the compilation, in
// the same order, with other places.
struct worded {
  struct source_file file;
  struct trace trace;
  md_blocks blocks;
};
struct edition {
  const struct program *program;
  const struct source_file *source;  // as it was written
  struct worded words[2];
  bool together;  // the blocks of the two are the same ones
};
struct renderer {
  struct arena *arena;
  struct text_out *out;
  const struct render_input *input;
  struct edition now, old;
  bool compares;
  struct cover cover, old_cover;
  uint32_t *old_clause;  // by clause: the one of the same number in `old`, or CLAUSE_NONE
  bool *changed;         // by clause: something under it is not as it was
  uint32_t clause;       // that is being written, or CLAUSE_NONE
  size_t front_end;      // bytes up to where the front ends
};

// How one text became another, as HTML; false when they have too little in common to tell.
bool nuo__redline(struct text_out *out, struct arena *arena, struct str from, struct str to);
void nuo__removed(struct text_out *out, const char *tag, struct str text);

// The declaration with its comments as it stands in the words of a language.
struct str nuo__render_text(const struct worded *words, uint32_t decl);
// The declaration of `edition` that says the same as `decl` of `other`, or UINT32_MAX.
uint32_t nuo__render_same(const struct edition *edition, const struct edition *other, uint32_t decl);
// The clause of `edition` that `clause` of the other version became, or was, or CLAUSE_NONE.
uint32_t nuo__render_clause(const struct edition *edition, const struct model_clause *clause);
// What is declared in a block of code, by its number.
void nuo__render_code(struct renderer *r, uint32_t block);
// What stood under a clause of the old version and stands nowhere now. CLAUSE_NONE: before the first.
void nuo__render_gone(struct renderer *r, uint32_t old_clause);
struct str nuo__render_title(const struct renderer *r);
// What stands before the document: what it is, and its contents; the changes; and what stands behind it.
void nuo__render_front(struct renderer *r);
void nuo__render_changes(struct renderer *r);
void nuo__render_parameters(struct renderer *r);
// The result of the test that is declared by `decl` of the document; NULL when it is none.
const struct test_result *nuo__render_result(const struct renderer *r, uint32_t decl);

#endif
