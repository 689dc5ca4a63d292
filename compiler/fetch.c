// SPDX-License-Identifier: Apache-2.0
// Fetches the modules and policies that a policy uses: from the folder of the file that uses them, from the
// standard library, or from the folder of their own name beside that of the policy. Reads no file itself; the
// host is asked for nothing else. Called by compile.c.
#include "compiler/fetch.h"

#include <string.h>

#include "compiler/front.h"
#include "compiler/stdlib_data.h"

#define NO_FILE UINT32_MAX

static bool ends_with(struct str text, struct str end) {
  return text.len >= end.len && memcmp(text.at + text.len - end.len, end.at, end.len) == 0;
}

// A path that cannot lead out of the folder that it is read from.
static bool path_stays_inside(struct str path) {
  if (path.len == 0 || path.at[0] == '/' || memchr(path.at, '\\', path.len) != NULL ||
      memchr(path.at, 0, path.len) != NULL)
    return false;
  for (uint32_t start = 0, i = 0; i <= path.len; i++) {
    if (i < path.len && path.at[i] != '/') continue;
    if (i - start == 2 && path.at[start] == '.' && path.at[start + 1] == '.') return false;
    start = i + 1;
  }
  return true;
}

static bool read_from(const nuo_compilation *c, struct arena *arena, struct str folder, struct str path,
                      struct str *bytes) {
  nuo_text text = {NULL, 0};
  if (c->options->read == NULL || folder.at == NULL || !path_stays_inside(path)) return false;
  const struct str whole =
      nuo__arena_format(arena, "%.*s%.*s", (int)folder.len, folder.at, (int)path.len, path.at);
  if (!c->options->read(c->options->context, (nuo_text){whole.at, whole.len}, &text) || text.len > UINT32_MAX)
    return false;
  *bytes = nuo__arena_copy(arena, text.text, text.len);
  return true;
}

bool nuo__fetch_beside(void *context, struct arena *arena, uint32_t file, struct str path,
                       struct str *bytes) {
  const nuo_compilation *c = context;
  return read_from(c, arena, c->files.at[file < c->files.count ? file : 0].folder, path, bytes);
}

uint32_t nuo__fetch_add(nuo_compilation *c, const struct source_file *file) {
  const uint32_t number = c->files.count;
  VEC_PUSH(c->arena, &c->files, *file);
  c->files.at[number].markdown = ends_with(file->path, STR(".md"));
  nuo__front_parse(c->arena, &c->diags, &c->files.at[number], number);
  return number;
}

// ---- where a name is looked for ----
static uint32_t file_at(const nuo_compilation *c, struct str path) {
  for (uint32_t i = 0; i < c->files.count; i++)
    if (nuo__str_equal(c->files.at[i].path, path)) return i;
  return NO_FILE;
}

static uint32_t from_folder(nuo_compilation *c, enum file_place place, struct str folder, struct str name) {
  static const char *const endings[] = {".nuo.md", ".nuo"};
  for (size_t i = 0; folder.at != NULL && i < sizeof endings / sizeof *endings; i++) {
    struct source_file file = {.place = place, .folder = folder};
    const struct str path = nuo__arena_format(c->arena, "%.*s%s", (int)name.len, name.at, endings[i]);
    file.path = nuo__arena_format(c->arena, "%.*s%.*s", (int)folder.len, folder.at, (int)path.len, path.at);
    const uint32_t there = file_at(c, file.path);
    if (there != NO_FILE) return there;
    if (read_from(c, c->arena, folder, path, &file.text)) return nuo__fetch_add(c, &file);
  }
  return NO_FILE;
}

static uint32_t from_library(nuo_compilation *c, struct str name) {
  struct source_file file = {.place = PLACE_LIBRARY};
  file.path = nuo__arena_format(c->arena, "stdlib/%.*s.nuo", (int)name.len, name.at);
  const uint32_t there = file_at(c, file.path);
  if (there != NO_FILE) return there;
  for (const struct stdlib_module *m = nuo__stdlib_modules; m->name != NULL; m++) {
    if (!nuo__str_is(name, m->name)) continue;
    file.text = (struct str){(const char *)m->data, (uint32_t)m->size};
    return nuo__fetch_add(c, &file);
  }
  return NO_FILE;
}

// The library goes before: a folder that happens to lie there cannot take the place of a module of it.
static uint32_t fetch(nuo_compilation *c, struct str folder, struct str name) {
  uint32_t found = from_folder(c, PLACE_FOLDER, folder, name);
  if (found == NO_FILE) found = from_library(c, name);
  if (found != NO_FILE || folder.at == NULL) return found;
  const struct str own = nuo__arena_format(c->arena, "../%.*s/", (int)name.len, name.at);
  return from_folder(c, PLACE_BESIDE, own, name);
}

// ---- what is used ----
static void report_none(nuo_compilation *c, struct name name) {
  struct diagnostic *diag = nuo__diag_add1(&c->diags, DIAG_N0901, name.span, nuo__diag_text(name.text));
  struct str *known = nuo__arena_alloc(c->arena, (nuo__stdlib_module_count + 1) * sizeof *known);
  uint32_t count = 0;
  for (const struct stdlib_module *m = nuo__stdlib_modules; m->name != NULL; m++)
    known[count++] = nuo__str_of(m->name);
  diag->suggestion = nuo__diag_suggest(name.text, known, count);
}

static void note_use(nuo_compilation *c, uint32_t file, uint32_t used) {
  const struct source_file *source = &c->files.at[file];
  for (uint32_t i = 0; i < source->uses.count; i++)
    if (source->uses.at[i] == used) return;
  VEC_PUSH(c->arena, &c->files.at[file].uses, used);
}

static const struct decl *policy_of(const struct source_file *file) {
  for (uint32_t d = 0; d < file->decls.count; d++)
    if (file->decls.at[d]->kind == DECL_POLICY) return file->decls.at[d];
  return NULL;
}

// What goes by the name of a policy is found by it: the file has to have the same.
static void check_name(nuo_compilation *c, struct name use, uint32_t used) {
  const struct decl *policy = policy_of(&c->files.at[used]);
  if (policy == NULL || nuo__str_equal(policy->names.en, use.text) ||
      nuo__str_equal(policy->names.zh, use.text))
    return;
  nuo__diag_add2(&c->diags, DIAG_N0904, use.span, nuo__diag_text(use.text),
                 (struct diag_arg){.en = policy->names.en, .zh = policy->names.zh})
      ->also = policy->names.span;
}

static void fetch_uses(nuo_compilation *c, uint32_t file) {
  for (uint32_t d = 0; d < c->files.at[file].decls.count; d++) {
    const struct decl *decl = c->files.at[file].decls.at[d];
    if (decl->kind != DECL_USE) continue;
    const uint32_t used = fetch(c, c->files.at[file].folder, decl->use.text);
    if (used == NO_FILE) {
      report_none(c, decl->use);
      continue;
    }
    check_name(c, decl->use, used);
    note_use(c, file, used);
  }
}

static bool declares_calendar(const struct source_file *file, struct str name) {
  for (uint32_t d = 0; d < file->decls.count; d++) {
    const struct decl *decl = file->decls.at[d];
    if (decl->kind == DECL_CALENDAR &&
        (nuo__str_equal(decl->names.en, name) || nuo__str_equal(decl->names.zh, name)))
      return true;
  }
  return false;
}

// Marks what the file leads to through modules; other policies keep to themselves what they use.
static void mark_own(const nuo_compilation *c, uint32_t file, bool *marks) {
  if (marks[file]) return;
  marks[file] = true;
  for (uint32_t i = 0; i < c->files.at[file].uses.count; i++) {
    const uint32_t used = c->files.at[file].uses.at[i];
    if (policy_of(&c->files.at[used]) == NULL) mark_own(c, used, marks);
  }
}

// `calendar cn` needs no `use cn` beside it: a calendar that no file declares comes from the module of its
// name.
static void fetch_calendar(nuo_compilation *c, uint32_t file) {
  const struct decl *policy = policy_of(&c->files.at[file]);
  if (policy == NULL || policy->policy.calendar.text.at == NULL) return;
  const struct str name = policy->policy.calendar.text;
  bool *own = nuo__arena_alloc(c->arena, c->files.count * sizeof *own);
  mark_own(c, file, own);
  for (uint32_t f = 0; f < c->files.count; f++)
    if (own[f] && declares_calendar(&c->files.at[f], name)) return;
  uint32_t found = from_folder(c, PLACE_FOLDER, c->files.at[file].folder, name);
  if (found == NO_FILE) found = from_library(c, name);
  if (found != NO_FILE) note_use(c, file, found);  // when there is none, `check` says so
}

// ---- circles ----
struct walk {
  nuo_compilation *c;
  bool *seen;
  VEC(uint32_t) path;
};

static bool leads_back(struct walk *w, uint32_t file, uint32_t to) {
  const struct source_file *source = &w->c->files.at[file];
  VEC_PUSH(w->c->arena, &w->path, file);
  w->seen[file] = true;
  for (uint32_t i = 0; i < source->uses.count; i++) {
    const uint32_t used = source->uses.at[i];
    if (used == to || (!w->seen[used] && leads_back(w, used, to))) return true;
  }
  w->path.count--;
  return false;
}

static struct str name_in_circle(const nuo_compilation *c, uint32_t file, bool chinese) {
  const struct decl *policy = policy_of(&c->files.at[file]);
  if (policy == NULL) return c->files.at[file].path;
  return chinese ? policy->names.zh : policy->names.en;
}

static struct str circle_text(const struct walk *w, bool chinese) {
  struct str text = STR("");
  for (uint32_t i = 0; i <= w->path.count; i++) {
    const struct str name = name_in_circle(w->c, w->path.at[i % w->path.count], chinese);
    text = nuo__arena_format(w->c->arena, "%.*s%s%.*s", (int)text.len, text.at, i > 0 ? " → " : "",
                             (int)name.len, name.at);
  }
  return text;
}

// Modules may use each other; of policies none would be the greater.
static bool is_free_of_circles(nuo_compilation *c) {
  for (uint32_t f = 0; f < c->files.count; f++) {
    const struct decl *policy = policy_of(&c->files.at[f]);
    struct walk walk = {.c = c, .seen = nuo__arena_alloc(c->arena, c->files.count * sizeof *walk.seen)};
    if (policy == NULL || !leads_back(&walk, f, f)) continue;
    nuo__diag_add1(&c->diags, DIAG_N0903, policy->names.span,
                   (struct diag_arg){.en = circle_text(&walk, false), .zh = circle_text(&walk, true)});
    return false;
  }
  return true;
}

// Used files may use others: files.count grows while this runs.
bool nuo__fetch_used(nuo_compilation *c) {
  for (uint32_t f = 0; f < c->files.count; f++) fetch_uses(c, f);
  const uint32_t count = c->files.count;
  for (uint32_t f = 0; f < count; f++) fetch_calendar(c, f);
  for (uint32_t f = count; f < c->files.count; f++) fetch_uses(c, f);
  return is_free_of_circles(c);
}
