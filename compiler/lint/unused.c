// SPDX-License-Identifier: Apache-2.0
// Declarations that nothing speaks of. Counted are the words of the code, so that whatever could be a use is
// one: nothing that is used is ever called unused.
#include <string.h>

#include "compiler/lint/lint.h"

struct words {
  struct lint *l;
  struct pool counts;  // how often each word stands in the code, and by itself in its own declaration
};

static bool is_word(unsigned char c) {
  return c >= 0x80 || c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

// Full-width signs and Chinese brackets part words as ASCII ones do. They are U+3000 to U+303F and U+FF00 to
// U+FF0F and the like; letters and digits among the full-width forms do not occur in names.
static bool is_sign(const char *at) {
  const unsigned char *c = (const unsigned char *)at;
  return (c[0] == 0xE3 && c[1] == 0x80) || (c[0] == 0xEF && (c[1] == 0xBC || c[1] == 0xBD)) ||
         (c[0] == 0xE2 && c[1] == 0x80);
}

typedef void on_word(struct words *w, struct str word);

static void each_word(struct words *w, struct str code, struct span span, on_word *take) {
  for (uint32_t at = span.start; at < span.end && at < code.len;) {
    uint32_t end = at;
    while (end < code.len && is_word((unsigned char)code.at[end])) {
      const bool wide = (unsigned char)code.at[end] >= 0xE0 && code.len - end >= 3;
      if (wide && is_sign(code.at + end)) break;
      end += wide ? 3 : 1;
    }
    if (end > at) take(w, (struct str){code.at + at, end - at});
    at = end > at ? end : at + ((unsigned char)code.at[at] >= 0xE0 ? 3 : 1);
  }
}

static void add_word(struct words *w, struct str word) {
  uint32_t *count = nuo__pool_at(w->l->arena, &w->counts, word.at, word.len);
  *count = *count == UINT32_MAX ? 1 : *count + 1;
}

static void take_word(struct words *w, struct str word) {
  uint32_t *count = nuo__pool_at(w->l->arena, &w->counts, word.at, word.len);
  *count = *count == UINT32_MAX ? UINT32_MAX - 1 : *count - 1;
}

static uint32_t count_of(const struct words *w, struct str word) {
  const uint32_t count = nuo__pool_find(&w->counts, word.at, word.len);
  return count == UINT32_MAX ? 0 : count;
}

static bool is_used(const struct words *w, struct names names) {
  return count_of(w, names.en) > 0 || count_of(w, names.zh) > 0;
}

// Whether anything besides the declaration itself has its name.
static bool is_used_elsewhere(struct words *w, const struct decl *decl) {
  const struct str code = *nuo__lint_code(w->l, decl->span.file);
  each_word(w, code, decl->span, take_word);
  const bool used = is_used(w, decl->names);
  each_word(w, code, decl->span, add_word);
  return used;
}

static enum diag_code code_of(const struct decl *decl) {
  switch (decl->kind) {
    case DECL_PARAMETER:
      return DIAG_N1301;
    case DECL_DEFINE:
      return DIAG_N1302;
    case DECL_LEXICON:
      return DIAG_N1303;
    case DECL_TABLE:
      return DIAG_N1304;
    case DECL_FACT:
      return DIAG_N1305;
    case DECL_TYPE:
      return DIAG_N1306;
    case DECL_EVENT:
      return DIAG_N1307;
    case DECL_NATIVE:
      return DIAG_N1309;
    default:
      return DIAG_COUNT;
  }
}

// The whole lines of a declaration, the empty one behind them as well.
static struct span lines_of(const struct lint *l, struct span span) {
  const struct str text = l->compilation->files.at[span.file].text;
  uint32_t end = span.end;
  while (end < text.len && text.at[end] != '\n' && (text.at[end] == ' ' || text.at[end] == '\r')) end++;
  if (end < text.len && text.at[end] == '\n') end++;
  while (end < text.len && text.at[end] == '\n' && span.start > 0 && text.at[span.start - 1] == '\n') {
    end++;
    break;
  }
  span.end = end;
  return span;
}

// A blank of the document, to be filled in when it is signed, need not be used by any rule.
static bool is_blank(const struct decl *decl) {
  if (decl->kind != DECL_PARAMETER) return false;
  for (uint32_t i = 0; i < decl->parameter.values.count; i++)
    if (decl->parameter.values.at[i].value == NULL) return true;
  return false;
}

static void look_at_decl(struct words *w, const struct decl *decl) {
  struct lint *l = w->l;
  const enum diag_code code = code_of(decl);
  if (code == DIAG_COUNT || is_blank(decl) || is_used_elsewhere(w, decl)) return;
  struct finding *finding = nuo__lint_add1(l, code, decl->names.span, nuo__lint_names(decl->names));
  const bool removable = decl->kind == DECL_PARAMETER || decl->kind == DECL_DEFINE ||
                         decl->kind == DECL_LEXICON || decl->kind == DECL_NATIVE;
  if (removable) nuo__lint_edit(finding, lines_of(l, decl->span), STR(""));
}

static void look_at_severities(struct words *w, const struct decl *decl) {
  for (uint32_t i = 0; i < decl->severities.count; i++) {
    const struct names names = decl->severities.at[i].names;
    // Its declaration is the one use that is none.
    if (count_of(w, names.en) + (nuo__str_equal(names.en, names.zh) ? 0 : count_of(w, names.zh)) <=
        (nuo__str_equal(names.en, names.zh) ? 1u : 2u))
      nuo__lint_add1(w->l, DIAG_N1308, names.span, nuo__lint_names(names));
  }
}

static bool is_file_of(const struct lint *l, uint32_t f, struct str module) {
  struct str path = l->compilation->files.at[f].path;
  if (nuo__lint_in_stdlib(l, f)) path = (struct str){path.at + 7, path.len - 7};
  return path.len > module.len && memcmp(path.at, module.at, module.len) == 0 && path.at[module.len] == '.';
}

// The library was written without knowing the policy: what its words say is no use of the policy's names.
static void each_word_of(struct words *w, uint32_t f, on_word *take) {
  const struct source_file *file = &w->l->compilation->files.at[f];
  if (nuo__lint_in_stdlib(w->l, f)) return;
  for (uint32_t d = 0; d < file->decls.count; d++)
    if (file->decls.at[d]->kind != DECL_USE)
      each_word(w, *nuo__lint_code(w->l, f), file->decls.at[d]->span, take);
}

// Marks the file of a module, and those of the modules that it takes in.
static void mark_module(const struct lint *l, struct str name, bool *in_module) {
  uint32_t f = 1;
  while (f < l->compilation->files.count && !is_file_of(l, f, name)) f++;
  if (f == l->compilation->files.count || in_module[f]) return;
  in_module[f] = true;
  const struct source_file *file = &l->compilation->files.at[f];
  for (uint32_t d = 0; d < file->decls.count; d++)
    if (file->decls.at[d]->kind == DECL_USE) mark_module(l, file->decls.at[d]->use.text, in_module);
}

// Rules, exceptions and calendars work by being there.
static bool is_file_used(const struct words *w, uint32_t f) {
  const struct source_file *file = &w->l->compilation->files.at[f];
  for (uint32_t d = 0; d < file->decls.count; d++) {
    const struct decl *decl = file->decls.at[d];
    if (decl->kind == DECL_USE) continue;
    if (decl->names.en.at == NULL || decl->kind == DECL_RULE || decl->kind == DECL_DUTY ||
        decl->kind == DECL_EXCEPTION || decl->kind == DECL_CALENDAR || is_used(w, decl->names))
      return true;
  }
  return false;
}

// Whether a file outside of the module has a word that the module declares, or one that it takes in. A module
// that could not be found is not to blame.
static bool is_module_used(struct words *w, struct str name) {
  const struct lint *l = w->l;
  const uint32_t count = l->compilation->files.count;
  bool *in_module = nuo__arena_alloc(l->arena, count * sizeof *in_module);
  memset(in_module, 0, count * sizeof *in_module);
  mark_module(l, name, in_module);
  bool found = false, used = false;
  for (uint32_t f = 0; f < count; f++)
    if (in_module[f]) each_word_of(w, f, take_word);
  for (uint32_t f = 0; f < count; f++) {
    found = found || in_module[f];
    used = used || (in_module[f] && is_file_used(w, f));
  }
  for (uint32_t f = 0; f < count; f++)
    if (in_module[f]) each_word_of(w, f, add_word);
  return used || !found;
}

void nuo__lint_unused(struct lint *l) {
  struct words w = {.l = l};
  for (uint32_t f = 0; f < l->compilation->files.count; f++) each_word_of(&w, f, add_word);
  const struct source_file *policy = &l->compilation->files.at[0];
  for (uint32_t d = 0; d < policy->decls.count; d++) {
    const struct decl *decl = policy->decls.at[d];
    look_at_decl(&w, decl);
    if (decl->kind == DECL_SEVERITIES) look_at_severities(&w, decl);
    if (decl->kind == DECL_USE && !is_module_used(&w, decl->use.text))
      nuo__lint_add1(l, DIAG_N1330, decl->span, nuo__diag_text(decl->use.text));
  }
}
