// SPDX-License-Identifier: Apache-2.0
// Making the edits that findings come with, in the policy itself; modules are shared with other policies.
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/format/diff.h"
#include "compiler/lint/lint.h"

static int by_start(const void *a, const void *b) {
  const struct lint_edit *x = *(const struct lint_edit *const *)a, *y = *(const struct lint_edit *const *)b;
  if (x->span.start != y->span.start) return x->span.start < y->span.start ? -1 : 1;
  return x->span.end < y->span.end ? -1 : x->span.end > y->span.end;
}

typedef VEC(const struct lint_edit *) edit_list;

static edit_list edits_of(nuo_compilation *c, const struct lint_findings *findings) {
  edit_list edits = {0};
  for (uint32_t i = 0; i < findings->items.count; i++) {
    const struct finding *finding = &findings->items.at[i];
    if (finding->mendable && finding->edit.span.file == 0) VEC_PUSH(c->arena, &edits, &finding->edit);
  }
  if (edits.count > 0) qsort(edits.at, edits.count, sizeof *edits.at, by_start);
  return edits;
}

static void put(char *out, uint32_t *len, const char *text, uint32_t size) {
  if (size > 0) memcpy(out + *len, text, size);
  *len += size;
}

static struct str edited(struct arena *arena, struct str text, const edit_list *edits, uint32_t *made) {
  size_t room = text.len + 1;
  for (uint32_t i = 0; i < edits->count; i++) room += edits->at[i]->text.len;
  char *out = nuo__arena_alloc(arena, room);
  uint32_t len = 0, at = 0;
  *made = 0;
  for (uint32_t i = 0; i < edits->count; i++) {
    const struct lint_edit *edit = edits->at[i];
    if (edit->span.start < at) continue;
    put(out, &len, text.at + at, edit->span.start - at);
    put(out, &len, edit->text.at, edit->text.len);
    at = edit->span.end;
    ++*made;
  }
  put(out, &len, text.at + at, text.len - at);
  return (struct str){out, len};
}

nuo_status nuo__lint_fixed(nuo_compilation *c, const struct lint_findings *findings, struct str *fixed,
                           uint32_t *made) {
  jmp_buf out_of_memory;
  if (setjmp(out_of_memory) != 0) return NUO_NO_MEMORY;
  nuo__arena_on_failure(c->arena, &out_of_memory);
  const edit_list edits = edits_of(c, findings);
  *fixed = edited(c->arena, c->files.at[0].text, &edits, made);
  return NUO_OK;
}

nuo_status nuo__lint_diff(nuo_compilation *c, struct str before, struct str *diff) {
  jmp_buf out_of_memory;
  if (setjmp(out_of_memory) != 0) return NUO_NO_MEMORY;
  nuo__arena_on_failure(c->arena, &out_of_memory);
  *diff = nuo__diff(c->arena, c->files.at[0].path, before, c->files.at[0].text);
  return NUO_OK;
}
