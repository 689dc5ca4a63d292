// SPDX-License-Identifier: Apache-2.0
// `nuo lint`: what is allowed and yet hardly meant. Passes look at a policy without mistakes and add
// findings; a finding is a diagnostic with, sometimes, the edit that mends it. Which codes are lint rules,
// and of which category, stands in rules.def; what they say in diagnostics.def; an example of each in
// docs/lint/. Everything lives in the compilation's arena. Prints nothing and reads neither files nor the
// clock.
#ifndef NUO_COMPILER_LINT_H
#define NUO_COMPILER_LINT_H

#include <setjmp.h>

#include "compiler/compile.h"
#include "compiler/reason/reason.h"
#include "compiler/test.h"

enum lint_category {
  LINT_CORRECTNESS,
  LINT_LAW,
  LINT_CLARITY,
  LINT_STYLE,
  LINT_PERFORMANCE,
  LINT_SECURITY,
  LINT_CATEGORY_COUNT
};
struct lint_rule {
  enum diag_code code;
  enum lint_category category;
  bool fixes;  // some of its findings come with an edit
};
extern const struct lint_rule nuo__lint_rules[];
extern const uint32_t nuo__lint_rule_count;
// NULL: the code is no lint rule.
const struct lint_rule *nuo__lint_rule(enum diag_code code);
const char *nuo__lint_category_name(enum lint_category category, enum diag_language language);

struct lint_edit {  // the text to stand in place of `span`
  struct span span;
  struct str text;
};
struct finding {
  struct diagnostic diag;
  nuo_diagnostic shown;  // with its texts
  bool mendable;
  struct lint_edit edit;  // when it is mendable
  uint64_t fingerprint;   // the same while code, file and the line's words are
};
struct lint_options {
  int32_t today;                     // days since 1970: what is expired, and what is stale
  const struct test_results *tests;  // what the policy's tests brought about, or NULL: they were not run
};
struct lint_findings {
  VEC(struct finding) items;  // in the order of reading
  uint32_t suppressed;        // kept back by comments
};
// Looks through a compilation without errors. NUO_OK or NUO_NO_MEMORY.
nuo_status nuo__lint(nuo_compilation *compilation, const struct lint_options *options,
                     struct lint_findings *findings);

// ---- fixing (fix.c) ----
// The policy's text with the edits of these findings made; edits that overlap an earlier one are left for the
// next run. `*made`: how many findings were mended. NUO_OK or NUO_NO_MEMORY.
nuo_status nuo__lint_fixed(nuo_compilation *compilation, const struct lint_findings *findings,
                           struct str *fixed, uint32_t *made);
// What has changed of the policy since it was `before`, as a unified diff. NUO_OK or NUO_NO_MEMORY.
nuo_status nuo__lint_diff(nuo_compilation *compilation, struct str before, struct str *diff);

// ---- for the passes ----
struct lint {
  nuo_compilation *compilation;
  struct arena *arena;
  const struct program *program;
  struct lint_options options;
  struct lint_findings *findings;
  struct pool told;         // what was found already
  const struct rule *rule;  // whose expressions are being looked at, or NULL
  uint32_t pairs_left;      // of the budget for comparing rules
  struct arena *scratch;    // see nuo__lint_scratch
  jmp_buf *out_of_memory;
  struct str *code;   // by file: see nuo__lint_code
  struct pool decls;  // of rules and duties, by the place of their names: numbers in decl_list
  VEC(const struct decl *) decl_list;
  bool *complex;    // by rule: nothing could be proved about it within the budget
  uint32_t untold;  // searches that ended without an answer; past LINT_MAX_UNTOLD the passes that reason stop
  bool cut_short;
};
#define LINT_MAX_UNTOLD 200  // some milliseconds each

// Adds a finding, unless the same was found in the same place or the place is in the standard library.
// Never NULL.
struct finding *nuo__lint_add(struct lint *l, enum diag_code code, struct span span);
struct finding *nuo__lint_add1(struct lint *l, enum diag_code code, struct span span, struct diag_arg a);
struct finding *nuo__lint_add2(struct lint *l, enum diag_code code, struct span span, struct diag_arg a,
                               struct diag_arg b);
struct finding *nuo__lint_add3(struct lint *l, enum diag_code code, struct span span, struct diag_arg a,
                               struct diag_arg b, struct diag_arg c);
// Reports a number of clauses, or a citation, that has a range turned round (clauses.c).
void nuo__lint_backwards(struct lint *l, struct str text, struct span span);
void nuo__lint_edit(struct finding *finding, struct span span, struct str text);
// The text of a file; "" of no place.
struct str nuo__lint_text(const struct lint *l, struct span span);
// The same for a message, cut when it is long.
struct diag_arg nuo__lint_quote(struct lint *l, struct span span);
struct diag_arg nuo__lint_names(struct names names);
struct diag_arg nuo__lint_number(struct lint *l, int64_t value);
bool nuo__lint_in_stdlib(const struct lint *l, uint32_t file);

// ---- walking (walk.c) ----
typedef void lint_visit(struct lint *l, const struct expr *e, void *context);
// `e` and all that is in it, what its definitions stand for included; NULL is nothing.
void nuo__lint_walk(struct lint *l, const struct expr *e, lint_visit *visit, void *context);
// Everything that a rule says: scope, condition, exceptions; and with `said` what it tells and does.
void nuo__lint_walk_rule(struct lint *l, const struct rule *rule, bool said, lint_visit *visit,
                         void *context);
// Every expression of the program that is about events; l->rule is the rule at hand.
void nuo__lint_walk_all(struct lint *l, lint_visit *visit, void *context);
// What must hold together: the operands of `and`, definitions looked through.
typedef VEC(const struct expr *) conjunct_list;
void nuo__lint_conjuncts(struct lint *l, const struct expr *e, enum operator_id op, conjunct_list *list);
// A rule as its author wrote it: not one that a duty brings along.
bool nuo__lint_is_written(const struct rule *rule);

// The values that were found, for people: "kind is advert, price is 5".
struct diag_arg nuo__lint_witness(struct lint *l, const struct reasoner *r, const struct standing *standings);

// An arena for what is reasoned about one rule, or two: whatever the last caller had in it may be gone.
struct arena *nuo__lint_scratch(struct lint *l);

// ---- sources (source.c) ----
// The text of a file with its comments blanked: every byte stands where it stood.
const struct str *nuo__lint_code(struct lint *l, uint32_t file);
// What a clause says besides its code: its lines without fences and tables.
struct str nuo__lint_prose(struct lint *l, const struct source_file *file, const struct clause *clause);
// The declaration of a rule or duty by its name, or NULL.
const struct decl *nuo__lint_decl(struct lint *l, struct names names);

// ---- suppressing (suppress.c) ----
// Takes out what comments keep back, and reports the comments that are of no use.
void nuo__lint_suppress(struct lint *l);

// ---- the passes ----
typedef void lint_pass(struct lint *l);
// In this order: pairs tells what could not be proved, also before it.
// clang-format off
#define LINT_PASSES(PASS) \
  PASS(alone) \
  PASS(parts) \
  PASS(pairs) \
  PASS(duties) \
  PASS(sames) \
  PASS(force) \
  PASS(times) \
  PASS(clauses) \
  PASS(blanks) \
  PASS(periods) \
  PASS(unused) \
  PASS(naming) \
  PASS(messages) \
  PASS(lexicons) \
  PASS(tables) \
  PASS(style) \
  PASS(memory) \
  PASS(privacy) \
  PASS(tests) \
  PASS(shape) \
  PASS(unknowns)
// clang-format on
#define PASS(name) lint_pass nuo__lint_##name;
LINT_PASSES(PASS)
#undef PASS

#endif
