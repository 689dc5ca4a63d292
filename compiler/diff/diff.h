// SPDX-License-Identifier: Apache-2.0
// Two versions of a policy next to each other: what each change of a rule means, with an event that they
// judge differently. Everything handed out lives in the new version's compilation and borrows from both.
#ifndef NUO_COMPILER_DIFF_DIFF_H
#define NUO_COMPILER_DIFF_DIFF_H

#include "compiler/compile.h"
#include "compiler/diff/draft.h"
#include "compiler/test.h"

#define DIFF_MEANINGS(X)                    \
  X(UNCHANGED, "unchanged", "未变")         \
  X(WORDING, "wording", "仅措辞")           \
  X(STRICTER, "stricter", "从严")           \
  X(LOOSER, "looser", "从宽")               \
  X(DIFFERENT, "different", "有宽有严")     \
  X(CANNOT_TELL, "cannot tell", "不能判定") \
  X(NEW, "new", "新增")                     \
  X(REPEALED, "repealed", "废止")
enum meaning {
#define MEANING(id, en, zh) MEANING_##id,
  DIFF_MEANINGS(MEANING)
#undef MEANING
      MEANING_COUNT
};
extern const char *const nuo__meaning_names[MEANING_COUNT][2];  // by nuo_language

// One version.
struct side {
  nuo_compilation *compilation;
  const struct program *program;
  nuo_program *loaded;  // without the policy's own time in force, so that one event can be given to both
};

// What a version says of one rule about a draft.
struct outcome {
  bool refused, is_breach, is_undetermined;
  nuo_action verdict;  // of the event
  nuo_action action;   // of the finding
  bool sole;           // no other rule asks for the verdict
  int64_t until;
  int32_t until_offset;
  struct str severity, detail;  // detail: what a label or strip says
  VEC(int64_t) missed;          // when breaches came as time passed
  int32_t missed_offset;        // seconds, of the last one, for printing
};
struct witness {
  bool is_stricter;  // the new version is
  struct draft *draft;
  const struct program *program;  // whose names the draft has
  struct outcome before, after;
  int64_t delay;  // ms: so long after a deadline it is told, for what may come late
};

struct rule_change {
  enum meaning meaning;
  bool renamed, is_duty;
  bool not_stricter, not_looser;      // proved, not only tried
  const struct rule *before, *after;  // or NULL; of duties their rules
  VEC(struct diag_arg) parts;         // what was changed: "the condition", "action: block → hold"
  struct witness *witnesses[2];       // looser, stricter; or NULL
  struct str id;                      // of the change, the same as long as both sides mean what they mean
  const char *approved_by;            // filled in by whoever knows
};

// A thing with a name that is no rule: a parameter, a table, an event, …
struct value_change {
  struct diag_arg kind;  // "parameter"
  struct names names;
  struct str before, after;  // as written, without needless space; .at NULL: new, or gone
  bool is_breaking;          // an event that was good may be refused now
};

// A piece of a text: in both, or only in one.
struct piece {
  enum { PIECE_BOTH, PIECE_OLD, PIECE_NEW } in;
  struct str text;
};
typedef VEC(struct piece) piece_list;
struct clause_change {
  struct str number, title;
  bool is_new, is_gone;
  piece_list pieces;
};

enum step { STEP_NONE, STEP_PATCH, STEP_MINOR, STEP_MAJOR };  // of the version
struct diff {
  struct side before, after;
  VEC(struct rule_change) rules;  // in order of the new version, repealed ones last
  VEC(struct value_change) values;
  VEC(struct clause_change) clauses;
  enum step step;
};

// `tries`: how many drafts are tried for a witness; 0: the usual number. NUO_NO_MEMORY, or what an engine
// says.
nuo_status nuo__policies_diff(nuo_compilation *before, nuo_compilation *after, const nuo_options *options,
                              uint32_t tries, struct diff *diff);
void nuo__diff_free(struct diff *diff);
// Whether a change has to be approved: it makes something possible that was not, or may.
bool nuo__diff_needs_approval(const struct rule_change *change);
// A witness as a test that passes with the new version and not with the old one.
void nuo__witness_write(struct text_out *out, const struct rule_change *change, const struct witness *witness,
                        nuo_language language);

#endif
