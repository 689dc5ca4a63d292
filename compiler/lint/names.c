// SPDX-License-Identifier: Apache-2.0
// Names: two that hardly differ, one in one language only among many in both, capitals.
#include "compiler/lint/lint.h"

static bool has_name(const struct decl *decl) {
  return decl->names.en.at != NULL && decl->kind != DECL_TEST && decl->kind != DECL_POLICY;
}

// What is left of a name when case, underscores and look-alikes make no difference.
static struct str skeleton(struct lint *l, struct str name) {
  char *out = nuo__arena_alloc(l->arena, name.len + 1);
  uint32_t len = 0;
  for (uint32_t i = 0; i < name.len; i++) {
    char c = name.at[i];
    if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
    if (c == '0') c = 'o';
    if (c == '1' || c == 'i') c = 'l';
    if (c != '_') out[len++] = c;
  }
  // A plural is the same word.
  if (len > 3 && out[len - 1] == 's') len--;
  return (struct str){out, len};
}

static enum decl_kind space_of(enum decl_kind kind) {
  const bool value = kind == DECL_PARAMETER || kind == DECL_DEFINE || kind == DECL_TABLE ||
                     kind == DECL_LEXICON || kind == DECL_FACT || kind == DECL_NATIVE;
  const bool rule = kind == DECL_RULE || kind == DECL_EXCEPTION || kind == DECL_DUTY;
  return value ? DECL_PARAMETER : rule ? DECL_RULE : kind;
}

static void look_at_likeness(struct lint *l, struct pool *seen, const struct source_file *file, uint32_t d) {
  const struct decl *decl = file->decls.at[d];
  const struct str bones = skeleton(l, decl->names.en);
  const struct str key =
      nuo__arena_format(l->arena, "%d %.*s", (int)space_of(decl->kind), (int)bones.len, bones.at);
  uint32_t *there = nuo__pool_at(l->arena, seen, key.at, key.len);
  if (*there == UINT32_MAX) {
    *there = d;
    return;
  }
  const struct decl *other = file->decls.at[*there];
  nuo__lint_add2(l, DIAG_N1315, decl->names.span, nuo__lint_names(decl->names), nuo__lint_names(other->names))
      ->diag.also = other->names.span;
}

static void look_at_case(struct lint *l, const struct decl *decl) {
  for (uint32_t i = 0; i < decl->names.en.len; i++)
    if (decl->names.en.at[i] >= 'A' && decl->names.en.at[i] <= 'Z') {
      nuo__lint_add1(l, DIAG_N1407, decl->names.span, nuo__diag_text(decl->names.en));
      return;
    }
}

void nuo__lint_naming(struct lint *l) {
  const struct source_file *file = &l->compilation->files.at[0];
  struct pool seen = {0};
  uint32_t named = 0, both = 0;
  for (uint32_t d = 0; d < file->decls.count; d++) {
    const struct decl *decl = file->decls.at[d];
    if (!has_name(decl)) continue;
    look_at_likeness(l, &seen, file, d);
    look_at_case(l, decl);
    named++;
    both += !nuo__str_equal(decl->names.en, decl->names.zh);
  }
  for (uint32_t d = 0; d < file->decls.count && both * 2 > named; d++) {
    const struct decl *decl = file->decls.at[d];
    if (has_name(decl) && nuo__str_equal(decl->names.en, decl->names.zh))
      nuo__lint_add1(l, DIAG_N1316, decl->names.span, nuo__lint_names(decl->names));
  }
}
