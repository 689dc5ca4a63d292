// SPDX-License-Identifier: Apache-2.0
// Spaces: inside a policy and the modules of its folder a name means one thing, whatever other policies are
// used beside it. A module that lies elsewhere, or that several policies use, is a space of its own, whose
// names are in sight of all that use it. What a policy declares is named with the policy before it by those
// that use it. Called by nuo__check first, and wherever a name is looked for.
#include "compiler/check.h"

// ---- looking for names ----
struct space *nuo__space_at(const struct checker *c, struct span span) {
  return c->space_of[span.file < c->input->file_count ? span.file : 0];
}

struct pack *nuo__pack_at(const struct checker *c, struct span span) {
  return nuo__space_at(c, span)->pack;
}

struct names nuo__full_names(struct checker *c, struct span span, struct names names) {
  return nuo__outer_names(c->arena, nuo__pack_at(c, span), names);
}

struct str nuo__owner_of(const struct space *space) {
  return space->policy != NULL ? space->policy->names.en : STR("");
}

bool nuo__space_sees(const struct space *from, const struct space *to) {
  if (from == to) return true;
  for (uint32_t i = 0; i < from->imports.count; i++)
    if (from->imports.at[i] == to) return true;
  return false;
}

bool nuo__space_reaches(const struct space *from, const struct space *to) {
  if (nuo__space_sees(from, to)) return true;
  for (uint32_t i = 0; i < from->packs.count; i++)
    if (nuo__space_reaches(from->packs.at[i], to)) return true;
  return false;
}

struct space *nuo__space_named(const struct checker *c, const struct name *of) {
  const struct space *space = nuo__space_at(c, of->span);
  for (uint32_t i = 0; i < space->packs.count; i++)
    if (nuo__names_match(&space->packs.at[i]->pack->names, of->text)) return space->packs.at[i];
  return NULL;
}

struct space *nuo__space_of_name(const struct checker *c, const struct name *name) {
  if (name->of.at == NULL) return nuo__space_at(c, name->span);
  return nuo__space_named(c, &(struct name){.text = name->of, .span = name->of_span});
}

struct name nuo__path_name(const name_list *path) {
  struct name name = path->at[path->count - 1];
  if (path->count == 1) return name;
  name.of = path->at[0].text;
  name.of_span = path->at[0].span;
  return name;
}

struct symbol *nuo__find(const struct checker *c, enum space_names kind, const struct name *name) {
  const struct space *space = nuo__space_of_name(c, name);
  if (name->of.at == NULL) return nuo__symbols_find(&space->in_sight[kind], name->text);
  return space != NULL ? nuo__symbols_find(&space->names[kind], name->text) : NULL;
}

struct symbol *nuo__symbol_of(const struct checker *c, enum space_names kind, const struct decl *decl) {
  const struct space *space = nuo__space_at(c, decl->span);
  struct symbol *symbol = nuo__symbols_find(&space->names[kind], decl->names.en);
  return symbol != NULL && symbol->decl == decl ? symbol : NULL;
}

struct str nuo__suggest_outer(struct checker *c, enum space_names kind, const struct name *name) {
  const struct space *space = nuo__space_at(c, name->span);
  for (uint32_t i = 0; name->of.at == NULL && i < space->packs.count; i++) {
    if (nuo__symbols_find(&space->packs.at[i]->names[kind], name->text) == NULL) continue;
    const struct names *pack = &space->packs.at[i]->pack->names;
    const struct str of = nuo__str_has_han(name->text) ? pack->zh : pack->en;
    return nuo__arena_format(c->arena, "%.*s.%.*s", (int)of.len, of.at, (int)name->text.len, name->text.at);
  }
  return (struct str){NULL, 0};
}

static void add_in(struct checker *c, struct candidates *candidates, const struct symbols *symbols) {
  for (uint32_t i = 0; i < symbols->items.count; i++)
    nuo__candidates_add(c, candidates, symbols->items.at[i]->names);
}

void nuo__candidates_add_symbols(struct checker *c, struct candidates *candidates, enum space_names kind,
                                 uint32_t file) {
  const struct space *space = nuo__space_at(c, (struct span){.file = file});
  add_in(c, candidates, &space->names[kind]);
  for (uint32_t i = 0; i < space->imports.count; i++)
    add_in(c, candidates, &space->imports.at[i]->names[kind]);
}

// ---- which file belongs where ----
static const struct decl *policy_of(const struct source_file *file) {
  for (uint32_t d = 0; d < file->decls.count; d++)
    if (file->decls.at[d]->kind == DECL_POLICY) return file->decls.at[d];
  return NULL;
}

static bool is_policy(const struct checker *c, uint32_t file) {
  return file == 0 || policy_of(&c->input->files[file]) != NULL;
}

// Marks what a file leads to through modules; other policies keep to themselves what they use.
static void mark(const struct checker *c, uint32_t file, bool *marks) {
  if (marks[file]) return;
  marks[file] = true;
  const struct source_file *source = &c->input->files[file];
  for (uint32_t i = 0; i < source->uses.count; i++)
    if (!is_policy(c, source->uses.at[i])) mark(c, source->uses.at[i], marks);
}

static struct space *add_space(struct checker *c, const struct decl *policy) {
  struct space *space = ARENA_NEW(c->arena, struct space);
  space->policy = policy;
  VEC_PUSH(c->arena, &c->spaces, space);
  VEC_PUSH(c->arena, &space->seen_by, space);
  return space;
}

static void add_pack(struct checker *c, struct space *space, uint32_t file) {
  struct pack *pack = space->pack = ARENA_NEW(c->arena, struct pack);
  *pack = (struct pack){.names = space->policy->names,
                        .file = file,
                        .span = space->policy->names.span,
                        .index = c->program->packs.count};
  VEC_PUSH(c->arena, &c->program->packs, pack);
}

static void add_policies(struct checker *c) {
  for (uint32_t f = 0; f < c->input->file_count; f++) {
    if (!is_policy(c, f)) continue;
    c->space_of[f] = add_space(c, policy_of(&c->input->files[f]));
    if (f != 0) add_pack(c, c->space_of[f], f);
  }
}

// A module of a policy's folder is a part of the policy, unless another one uses it, too.
static void add_modules(struct checker *c) {
  const uint32_t count = c->input->file_count;
  struct space **only = nuo__arena_alloc(c->arena, (count + 1) * sizeof *only);
  bool *several = nuo__arena_alloc(c->arena, count + 1);
  for (uint32_t f = 0; f < count; f++) {
    bool *marks = nuo__arena_alloc(c->arena, count + 1);
    if (!is_policy(c, f)) continue;
    mark(c, f, marks);
    for (uint32_t m = 0; m < count; m++) {
      if (!marks[m] || m == f) continue;
      several[m] |= only[m] != NULL;
      only[m] = c->space_of[f];
    }
  }
  for (uint32_t m = 0; m < count; m++) {
    if (c->space_of[m] != NULL) continue;
    if (c->input->files[m].place == PLACE_FOLDER && !several[m] && only[m] != NULL) {
      c->space_of[m] = only[m];
    } else {
      c->space_of[m] = add_space(c, NULL);
      c->space_of[m]->is_shared = true;
    }
  }
}

static void add_import(struct checker *c, struct space *space, struct space *module) {
  for (uint32_t i = 0; i < space->imports.count; i++)
    if (space->imports.at[i] == module) return;
  VEC_PUSH(c->arena, &space->imports, module);
  VEC_PUSH(c->arena, &module->seen_by, space);
}

static void add_used(struct checker *c, struct space *space, struct space *used) {
  for (uint32_t i = 0; i < space->packs.count; i++)
    if (space->packs.at[i] == used) return;
  VEC_PUSH(c->arena, &space->packs, used);
}

// A shared module has in sight what the shared modules that take it in have: `push` is made of several.
static void mark_above(const struct checker *c, uint32_t file, bool *marks) {
  for (uint32_t above = 0; above < c->input->file_count; above++) {
    bool *own = nuo__arena_alloc(c->arena, c->input->file_count + 1);
    if (!c->space_of[above]->is_shared) continue;
    mark(c, above, own);
    for (uint32_t m = 0; own[file] && m < c->input->file_count; m++) marks[m] |= own[m];
  }
}

static void connect(struct checker *c, uint32_t file) {
  struct space *space = c->space_of[file];
  bool *marks = nuo__arena_alloc(c->arena, c->input->file_count + 1);
  mark(c, file, marks);
  if (space->is_shared) mark_above(c, file, marks);
  for (uint32_t m = 0; m < c->input->file_count; m++)
    if (marks[m] && c->space_of[m] != space && c->space_of[m]->is_shared)
      add_import(c, space, c->space_of[m]);
  const struct source_file *source = &c->input->files[file];
  for (uint32_t i = 0; i < source->uses.count; i++)
    if (source->uses.at[i] != 0 && is_policy(c, source->uses.at[i]))
      add_used(c, space, c->space_of[source->uses.at[i]]);
}

// ---- packs ----
static void set_reach(struct checker *c, struct space *space) {
  space->pack->reaches = nuo__arena_alloc(c->arena, c->program->packs.count);
  for (uint32_t i = 0; i < c->spaces.count; i++) {
    const struct space *other = c->spaces.at[i];
    if (other->pack != NULL) space->pack->reaches[other->pack->index] = nuo__space_reaches(space, other);
  }
}

// Two packs, or a pack and the policy itself, that nobody could tell apart.
static void check_names(struct checker *c, uint32_t index) {
  const struct space *space = c->spaces.at[index];
  for (uint32_t i = 0; i < index && space->policy != NULL; i++) {
    const struct decl *other = c->spaces.at[i]->policy;
    if (other == NULL) continue;
    const struct names *names = &space->policy->names;
    if (!nuo__names_match(&other->names, names->en) && !nuo__names_match(&other->names, names->zh)) continue;
    REPORT(c, N0301, names->span, TEXT(names->written), PAIR("policy", "政策"))->also = other->names.span;
    return;
  }
}

// What a module says for all policies that use it can be no rule: whose would it be?
static void check_shared(struct checker *c, const struct source_file *file) {
  for (uint32_t d = 0; d < file->decls.count; d++) {
    const struct decl *decl = file->decls.at[d];
    const bool is_judging = decl->kind == DECL_RULE || decl->kind == DECL_DUTY ||
                            decl->kind == DECL_EXCEPTION || decl->kind == DECL_SEVERITIES ||
                            decl->kind == DECL_SAME;
    if (!is_judging) continue;
    REPORT(c, N0907, decl->names.span.end != 0 ? decl->names.span : decl->span, TEXT(file->path));
    return;
  }
}

void nuo__check_spaces(struct checker *c) {
  const uint32_t count = c->input->file_count;
  c->space_of = nuo__arena_alloc(c->arena, (count + 1) * sizeof(struct space *));
  add_policies(c);
  add_modules(c);
  for (uint32_t f = 0; f < count; f++) connect(c, f);
  for (uint32_t i = 0; i < c->spaces.count; i++) {
    check_names(c, i);
    if (c->spaces.at[i]->pack != NULL) set_reach(c, c->spaces.at[i]);
  }
  for (uint32_t f = 0; c->program->packs.count > 0 && f < count; f++)
    if (c->space_of[f]->is_shared) check_shared(c, &c->input->files[f]);
}

// ---- what others ask ----
bool nuo__file_is_own(const struct program *program, uint32_t file) {
  const struct source_file *files = program->files.at;
  for (uint32_t i = 0; i < program->packs.count; i++)
    if (program->packs.at[i]->file == file) return false;
  return file == 0 ||
         (files[file].place == PLACE_FOLDER && nuo__str_equal(files[file].folder, files[0].folder));
}

bool nuo__breach_tells(const struct breach_type *type, const struct pack *of) {
  if (type->pack == NULL || type->pack == of) return true;
  return of != NULL && type->pack->reaches[of->index];
}

const struct breach_type *nuo__breach_type_of(const struct program *program, const struct event_type *event) {
  for (uint32_t i = 0; i < program->breaches.count; i++)
    if (program->breaches.at[i]->event == event) return program->breaches.at[i];
  return NULL;
}

static struct str outer(struct arena *arena, struct str pack, struct str name) {
  return nuo__arena_format(arena, "%.*s.%.*s", (int)pack.len, pack.at, (int)name.len, name.at);
}

struct names nuo__outer_names(struct arena *arena, const struct pack *pack, struct names names) {
  if (pack == NULL) return names;
  names.en = outer(arena, pack->names.en, names.en);
  names.zh = outer(arena, pack->names.zh, names.zh);
  return names;
}

static struct str inner(struct str pack, struct str name) {
  return (struct str){name.at + pack.len + 1, name.len - pack.len - 1};
}

struct str nuo__inner_name(const struct pack *pack, struct str english) {
  return pack != NULL ? inner(pack->names.en, english) : english;
}

struct names nuo__inner_names(const struct pack *pack, struct names names) {
  if (pack == NULL) return names;
  names.en = inner(pack->names.en, names.en);
  names.zh = inner(pack->names.zh, names.zh);
  return names;
}
