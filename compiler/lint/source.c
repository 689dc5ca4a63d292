// SPDX-License-Identifier: Apache-2.0
// The text of a policy as the passes read it: code without its comments, prose without its code, and which
// declaration made a rule.
#include <string.h>

#include "compiler/lint/lint.h"

const struct str *nuo__lint_code(struct lint *l, uint32_t file) {
  const uint32_t count = l->compilation->files.count;
  if (l->code == NULL) l->code = nuo__arena_alloc(l->arena, (count + 1) * sizeof *l->code);
  struct str *code = &l->code[file];
  if (code->at != NULL) return code;
  const struct source_file *source = &l->compilation->files.at[file];
  char *text = nuo__arena_alloc(l->arena, source->text.len + 1);
  if (source->text.len > 0) memcpy(text, source->text.at, source->text.len);
  for (uint32_t i = 0; i < source->comments.count; i++) {
    const struct span span = source->comments.at[i];
    memset(text + span.start, ' ', span.end - span.start);
  }
  *code = (struct str){text, source->text.len};
  return code;
}

static bool is_fence(const char *line, size_t len, char *mark) {
  while (len > 0 && *line == ' ') line++, len--;
  if (len < 3 || (line[0] != '`' && line[0] != '~') || line[1] != line[0] || line[2] != line[0]) return false;
  *mark = line[0];
  return true;
}

struct str nuo__lint_prose(struct lint *l, const struct source_file *file, const struct clause *clause) {
  char *out = nuo__arena_alloc(l->arena, clause->body.end - clause->body.start + 1);
  uint32_t len = 0;
  char open = 0, mark;
  for (uint32_t at = clause->body.start; at < clause->body.end;) {
    const char *line = file->text.at + at;
    const char *end = memchr(line, '\n', clause->body.end - at);
    const uint32_t size = end == NULL ? clause->body.end - at : (uint32_t)(end - line) + 1;
    const bool fence = is_fence(line, size, &mark);
    if (!fence && open == 0 && line[0] != '|') memcpy(out + len, line, size), len += size;
    if (fence && (open == 0 || open == mark)) open = open == 0 ? mark : 0;
    at += size;
  }
  while (len > 0 && (unsigned char)out[len - 1] <= ' ') len--;
  return (struct str){out, len};
}

static void enter_decls(struct lint *l) {
  for (uint32_t f = 0; f < l->compilation->files.count; f++)
    for (uint32_t d = 0; d < l->compilation->files.at[f].decls.count; d++) {
      const struct decl *decl = l->compilation->files.at[f].decls.at[d];
      if (decl->kind != DECL_RULE && decl->kind != DECL_DUTY) continue;
      const uint32_t key[2] = {f, decl->names.span.start};
      *nuo__pool_at(l->arena, &l->decls, key, sizeof key) = l->decl_list.count;
      VEC_PUSH(l->arena, &l->decl_list, decl);
    }
}

const struct decl *nuo__lint_decl(struct lint *l, struct names names) {
  if (l->decls.entries.count == 0) enter_decls(l);
  const uint32_t key[2] = {names.span.file, names.span.start};
  const uint32_t number = nuo__pool_find(&l->decls, key, sizeof key);
  return number == UINT32_MAX ? NULL : l->decl_list.at[number];
}
