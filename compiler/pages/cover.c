// SPDX-License-Identifier: Apache-2.0
// The state of each clause of a document, from what is declared under it. A heading with a number is a
// clause; what stands under a heading without one belongs to the clause around it.
#include "compiler/pages/cover.h"

const char *const nuo__cover_names[COVER_STATUS_COUNT][2] = {
    [COVER_ENCODED] = {"encoded", "已编码"},   [COVER_ORGANISATIONAL] = {"organisational", "组织性"},
    [COVER_DEFERRED] = {"deferred", "暂缓"},   [COVER_SILENT] = {"silent", "未处理"},
    [COVER_CHAPTER] = {"chapter", "章节标题"}, [COVER_UNNUMBERED] = {"no number", "无编号"},
};

// What a clause says by being declared. The rest speaks of the document, or tries what it says.
static bool encodes(enum decl_kind kind) {
  switch (kind) {
    case DECL_POLICY:
    case DECL_USE:
    case DECL_CLAUSE:
    case DECL_TEST:
      return false;
    default:
      return true;
  }
}

// The clause with a number at `index` or around it; NULL when there is none.
static struct cover_clause *numbered(const struct program *program, const struct cover *cover,
                                     uint32_t index) {
  while (index != CLAUSE_NONE && program->clauses.at[index].number.len == 0)
    index = program->clauses.at[index].parent;
  return index == CLAUSE_NONE ? NULL : &cover->clauses[index];
}

static void find_declared(struct arena *arena, const struct program *program, struct cover *cover) {
  uint32_t base = 0;  // program.clauses are those of the files, one file after the other
  for (uint32_t f = 0; f < program->files.count; f++) {
    const struct source_file *file = &program->files.at[f];
    for (uint32_t i = 0; i < file->decls.count; i++) {
      const struct decl *decl = file->decls.at[i];
      if (decl->clause == CLAUSE_NONE || !encodes(decl->kind)) continue;
      struct cover_clause *clause = numbered(program, cover, base + decl->clause);
      if (clause == NULL) continue;
      VEC_PUSH(arena, &clause->declared, decl->names.en);
      clause->rules += decl->kind == DECL_RULE || decl->kind == DECL_DUTY;
    }
    base += file->clauses.count;
  }
}

// ---- tests ----

static void touch(struct arena *arena, struct cover_clause *clause, const struct model_test *test) {
  if (clause == NULL) return;
  const uint32_t count = clause->tests.count;
  if (count == 0 || clause->tests.at[count - 1] != test) VEC_PUSH(arena, &clause->tests, test);
}

static void find_tests(struct arena *arena, const struct program *program, struct cover *cover) {
  for (uint32_t i = 0; i < program->tests.count; i++) {
    const struct model_test *test = program->tests.at[i];
    touch(arena, numbered(program, cover, test->clause), test);
    for (uint32_t s = 0; s < test->steps.count; s++)
      for (uint32_t r = 0; r < test->steps.at[s].rules.count; r++)
        touch(arena, numbered(program, cover, test->steps.at[s].rules.at[r]->clause), test);
  }
}

// ---- status ----

// A heading over clauses that has no words of its own.
static bool is_chapter(const struct program *program, uint32_t index) {
  const struct model_clause *clause = &program->clauses.at[index];
  if (clause->prose || clause->organisational || clause->deferred) return false;
  for (uint32_t i = index + 1; i < program->clauses.count; i++) {
    const struct model_clause *below = &program->clauses.at[i];
    if (below->file != clause->file || below->level <= clause->level) return false;
    if (below->number.len > 0) return true;
  }
  return false;
}

// What a clause says of itself, else what the clauses around it say.
static const struct model_clause *said_of(const struct program *program, const struct model_clause *clause) {
  for (;;) {
    if (clause->organisational || clause->deferred) return clause;
    if (clause->parent == CLAUSE_NONE) return NULL;
    clause = &program->clauses.at[clause->parent];
  }
}

static void judge(const struct program *program, struct cover *cover, uint32_t index) {
  const struct model_clause *clause = &program->clauses.at[index];
  const struct model_clause *said = said_of(program, clause);
  struct cover_clause *made = &cover->clauses[index];
  for (uint32_t p = clause->parent; p != CLAUSE_NONE; p = program->clauses.at[p].parent)
    made->depth += program->clauses.at[p].number.len > 0;
  if (clause->number.len == 0)
    made->status = COVER_UNNUMBERED;
  else if (made->declared.count > 0)
    made->status = COVER_ENCODED;
  else if (is_chapter(program, index))
    made->status = COVER_CHAPTER;
  else if (said != NULL)
    made->status = said->deferred ? COVER_DEFERRED : COVER_ORGANISATIONAL;
  else
    made->status = COVER_SILENT;
  const bool whole = made->status == COVER_ORGANISATIONAL || made->status == COVER_DEFERRED;
  if (whole || (made->status == COVER_ENCODED && said == clause)) made->why = said->why;
}

void nuo__cover(struct arena *arena, const struct program *program, struct cover *cover) {
  *cover = (struct cover){0};
  cover->clauses = nuo__arena_alloc(arena, (program->clauses.count + 1) * sizeof *cover->clauses);
  find_declared(arena, program, cover);
  find_tests(arena, program, cover);
  for (uint32_t i = 0; i < program->clauses.count; i++) {
    // The policies that it uses account for their clauses themselves.
    if (!nuo__file_is_own(program, program->clauses.at[i].file)) {
      cover->clauses[i].status = COVER_UNNUMBERED;
      continue;
    }
    judge(program, cover, i);
    const struct cover_clause *clause = &cover->clauses[i];
    cover->counts[clause->status]++;
    cover->counted += clause->status < COVER_COUNTED;
    cover->touched += clause->status == COVER_ENCODED && clause->tests.count > 0;
  }
}
