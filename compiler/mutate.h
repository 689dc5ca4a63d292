// SPDX-License-Identifier: Apache-2.0
// Changes each rule of a policy in small ways and sees which changes no test notices.
#ifndef NUO_COMPILER_MUTATE_H
#define NUO_COMPILER_MUTATE_H

#include "compiler/compile.h"

#define CHANGE_KINDS(X)                                   \
  X(RULE, "rules left out", "去掉规则")                   \
  X(BRANCH, "conditions changed", "改动条件")             \
  X(BOUNDARY, "boundaries shifted", "移动界限")           \
  X(EXCEPTION, "exceptions left out", "去掉例外")         \
  X(ROW, "rows of tables changed", "改动对照表的行")      \
  X(ACTION, "actions weakened", "减轻处置")               \
  X(DUTY, "parts of duties left out", "去掉义务的一部分") \
  X(FACT, "beginnings and ends of facts left out", "去掉状态的起止")

enum change_kind {
#define KIND(id, en, zh) CHANGE_##id,
  CHANGE_KINDS(KIND)
#undef KIND
      CHANGE_KIND_COUNT
};
extern const char *const nuo__change_names[CHANGE_KIND_COUNT][2];  // by nuo_language

struct change {
  enum change_kind kind;
  struct span span;
  struct diag_arg what;  // "`22:00` is one more"
};
struct mutation_results {
  uint32_t tried[CHANGE_KIND_COUNT], noticed[CHANGE_KIND_COUNT];
  uint32_t same;  // changes that gave the same program: not counted
  VEC(struct change) unnoticed;
};

// For a policy without mistakes whose tests all pass; they stand in another order afterwards. `options` as
// for nuo_program_load. The results live as long as the compilation. NUO_NO_MEMORY.
nuo_status nuo__mutate(nuo_compilation *compilation, const nuo_options *options,
                       struct mutation_results *results);

#endif
