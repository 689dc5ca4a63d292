// SPDX-License-Identifier: Apache-2.0
// Names: which declaration every name of every file leads to. In each space (space.c) there is one namespace
// each for values, types, events, severities, calendars and rules; both forms of a name stand in it. Fields
// and enumerators are looked up where they are used (check_event.c, check_type.c). Called by nuo__check
// before anything is typed.
#include "compiler/check.h"
#include "runtime/hash.h"

// ---- symbol tables ----
static struct slot *slot_of(const struct symbols *symbols, struct str name) {
  uint32_t i = nuo__hash(name.at, name.len) & (symbols->slot_count - 1);
  while (symbols->slots[i].symbol != NULL && !nuo__str_equal(symbols->slots[i].name, name))
    i = (i + 1) & (symbols->slot_count - 1);
  return &symbols->slots[i];
}

struct symbol *nuo__symbols_find(const struct symbols *symbols, struct str name) {
  return symbols->slot_count == 0 ? NULL : slot_of(symbols, name)->symbol;
}

static void grow_slots(struct arena *arena, struct symbols *symbols) {
  const struct symbols old = *symbols;
  symbols->slot_count = old.slot_count == 0 ? 64 : old.slot_count * 2;
  symbols->slots = nuo__arena_alloc(arena, symbols->slot_count * sizeof *symbols->slots);
  for (uint32_t i = 0; i < old.slot_count; i++)
    if (old.slots[i].symbol != NULL) *slot_of(symbols, old.slots[i].name) = old.slots[i];
}

static void enter(struct arena *arena, struct symbols *symbols, struct str name, struct symbol *symbol) {
  if ((symbols->slots_used + 1) * 2 > symbols->slot_count) grow_slots(arena, symbols);
  struct slot *slot = slot_of(symbols, name);
  if (slot->symbol != NULL) return;
  *slot = (struct slot){name, symbol};
  symbols->slots_used++;
}

struct symbol *nuo__symbols_add(struct arena *arena, struct symbols *symbols, struct symbol *symbol) {
  struct symbol *there = nuo__symbols_find(symbols, symbol->names.en);
  if (there == NULL) there = nuo__symbols_find(symbols, symbol->names.zh);
  if (there != NULL) return there;
  enter(arena, symbols, symbol->names.en, symbol);
  enter(arena, symbols, symbol->names.zh, symbol);
  VEC_PUSH(arena, &symbols->items, symbol);
  return NULL;
}

bool nuo__names_match(const struct names *names, struct str text) {
  return nuo__str_equal(names->en, text) || nuo__str_equal(names->zh, text);
}

void nuo__check_used(struct checker *c, struct span span, struct str en, struct str zh) {
  if (c->input->names_only) VEC_PUSH(c->arena, &c->program->uses, (struct name_use){span, en, zh});
}

bool nuo__check_of(struct checker *c, const struct name *name) {
  const struct name of = {.text = name->of, .span = name->of_span};
  if (name->of.at == NULL) return true;
  const struct space *space = nuo__space_named(c, &of);
  if (space != NULL) {
    nuo__check_used(c, of.span, space->pack->names.en, space->pack->names.zh);
    return true;
  }
  struct candidates candidates = {.wrong = of.text};
  const struct space *here = nuo__space_at(c, of.span);
  for (uint32_t i = 0; i < here->packs.count; i++)
    nuo__candidates_add(c, &candidates, here->packs.at[i]->pack->names);
  nuo__candidates_suggest(&candidates, REPORT(c, N0338, of.span, TEXT(of.text)));
  return false;
}

static void add_candidates(struct checker *c, struct candidates *candidates, enum space_names kind,
                           const struct name *name) {
  if (name->of.at == NULL) {
    nuo__candidates_add_symbols(c, candidates, kind, name->span.file);
    return;
  }
  const struct space *space = nuo__space_of_name(c, name);
  for (uint32_t i = 0; i < space->names[kind].items.count; i++)
    nuo__candidates_add(c, candidates, space->names[kind].items.at[i]->names);
}

struct symbol *nuo__resolve(struct checker *c, enum space_names kind, const struct name *name,
                            enum diag_code code) {
  if (name->text.len == 0 || !nuo__check_of(c, name)) return NULL;
  struct symbol *symbol = nuo__find(c, kind, name);
  if (symbol != NULL) {
    symbol->used = true;
    // A calendar's name also says which module it comes from, and that has only the one.
    if (kind != SPACE_CALENDARS) nuo__check_used(c, name->span, symbol->names.en, symbol->names.zh);
    return symbol;
  }
  struct candidates candidates = {.wrong = name->text};
  add_candidates(c, &candidates, kind, name);
  const struct diag_arg arg = TEXT(name->text);
  struct diagnostic *d = nuo__check_report(c, code, name->span, &arg, 1);
  // A rule has a severity of its own policy.
  if (kind != SPACE_SEVERITIES) d->suggestion = nuo__suggest_outer(c, kind, name);
  nuo__candidates_suggest(&candidates, d);
  return NULL;
}

// ---- collecting ----
static const struct {
  const char *en, *zh;
} builtin_names[] = {
#define BUILTIN(id, en, zh, parameters, result, doc_en, doc_zh) {en, zh},
#include "compiler/builtins.def"
#undef BUILTIN
};

static bool is_builtin(struct str name) {
  for (size_t i = 0; i < sizeof builtin_names / sizeof *builtin_names; i++)
    if (nuo__str_is(name, builtin_names[i].en) || nuo__str_is(name, builtin_names[i].zh)) return true;
  return false;
}

static enum space_names namespace_of(enum symbol_kind kind) {
  switch (kind) {
    case SYMBOL_TYPE:
      return SPACE_TYPES;
    case SYMBOL_EVENT:
      return SPACE_EVENTS;
    case SYMBOL_SEVERITY:
      return SPACE_SEVERITIES;
    case SYMBOL_CALENDAR:
      return SPACE_CALENDARS;
    case SYMBOL_RULE:
    case SYMBOL_EXCEPTION:
    case SYMBOL_DUTY:
      return SPACE_RULES;
    case SYMBOL_ADAPTER:
      return SPACE_ADAPTERS;
    default:
      return SPACE_VALUES;
  }
}

// Enters the symbol wherever it is in sight; gives what goes by the name already in one of these places.
static const struct symbol *enter_in_sight(struct checker *c, struct space *space, enum space_names kind,
                                           struct symbol *symbol) {
  for (uint32_t i = 0; i < space->seen_by.count; i++) {
    const struct symbols *seen = &space->seen_by.at[i]->in_sight[kind];
    const struct symbol *there = nuo__symbols_find(seen, symbol->names.en);
    if (there == NULL) there = nuo__symbols_find(seen, symbol->names.zh);
    if (there != NULL) return there;
  }
  for (uint32_t i = 0; i < space->seen_by.count; i++)
    nuo__symbols_add(c->arena, &space->seen_by.at[i]->in_sight[kind], symbol);
  nuo__symbols_add(c->arena, &space->names[kind], symbol);
  return NULL;
}

// The namespace's own words may not be declared anew; a reader would take them for the built-in ones.
static bool reserved(const struct symbol *symbol) {
  const struct names *n = &symbol->names;
  if (symbol->kind == SYMBOL_TYPE) return nuo__type_named(n->en) != NULL || nuo__type_named(n->zh) != NULL;
  if (symbol->kind == SYMBOL_EVENT) return nuo__is_breach(n->en) || nuo__is_breach(n->zh);
  return symbol->kind <= SYMBOL_FACT && (is_builtin(n->en) || is_builtin(n->zh));
}

static void declare(struct checker *c, enum symbol_kind kind, struct names names, struct span span,
                    struct decl *decl) {
  if (names.en.len == 0) return;
  struct symbol *symbol = ARENA_NEW(c->arena, struct symbol);
  *symbol = (struct symbol){.kind = kind, .names = names, .span = span, .decl = decl};
  if (names.span.end != 0) symbol->span = names.span;
  if (reserved(symbol)) {
    REPORT(c, N0302, symbol->span, TEXT(names.written), nuo__symbol_kind_arg(kind));
    return;
  }
  struct space *space = nuo__space_at(c, symbol->span);
  const enum space_names in = namespace_of(kind);
  const struct symbol *there = enter_in_sight(c, space, in, symbol);
  if (there == NULL) {
    VEC_PUSH(c->arena, &c->symbols[in], symbol);
    return;
  }
  REPORT(c, N0301, symbol->span, TEXT(names.written), nuo__symbol_kind_arg(there->kind))->also = there->span;
}

static const enum symbol_kind symbol_kinds[] = {
    [DECL_TYPE] = SYMBOL_TYPE,       [DECL_PARAMETER] = SYMBOL_PARAMETER, [DECL_DEFINE] = SYMBOL_DEFINE,
    [DECL_TABLE] = SYMBOL_TABLE,     [DECL_LEXICON] = SYMBOL_LEXICON,     [DECL_CALENDAR] = SYMBOL_CALENDAR,
    [DECL_EVENT] = SYMBOL_EVENT,     [DECL_RULE] = SYMBOL_RULE,           [DECL_EXCEPTION] = SYMBOL_EXCEPTION,
    [DECL_NATIVE] = SYMBOL_NATIVE,   [DECL_FACT] = SYMBOL_FACT,           [DECL_DUTY] = SYMBOL_DUTY,
    [DECL_ADAPTER] = SYMBOL_ADAPTER,
};

static bool is_named(enum decl_kind kind) {
  return kind != DECL_POLICY && kind != DECL_USE && kind != DECL_SEVERITIES && kind != DECL_CLAUSE &&
         kind != DECL_TEST && kind != DECL_FILL && kind != DECL_SAME;
}

static void collect_policy(struct checker *c, const struct decl *decl, uint32_t file) {
  const struct decl *first = c->space_of[file]->policy;
  if (decl != first) REPORT0(c, N0502, decl->span)->also = first->span;
}

static void collect_file(struct checker *c, uint32_t file) {
  const struct source_file *source = &c->input->files[file];
  for (uint32_t i = 0; i < source->decls.count; i++) {
    struct decl *decl = source->decls.at[i];
    VEC_PUSH(c->arena, &c->decls, decl);
    if (decl->kind == DECL_POLICY) collect_policy(c, decl, file);
    if (is_named(decl->kind)) declare(c, symbol_kinds[decl->kind], decl->names, decl->span, decl);
  }
}

static const struct decl *first_severities(const struct checker *c, const struct space *space) {
  uint32_t i = 0;
  while (c->decls.at[i]->kind != DECL_SEVERITIES || nuo__space_at(c, c->decls.at[i]->span) != space) i++;
  return c->decls.at[i];
}

static void collect_severities(struct checker *c) {
  for (uint32_t i = 0; i < c->decls.count; i++) {
    const struct decl *decl = c->decls.at[i];
    if (decl->kind != DECL_SEVERITIES) continue;
    const struct decl *first = first_severities(c, nuo__space_at(c, decl->span));
    if (first != decl) {
      REPORT0(c, N0524, decl->span)->also = first->span;
      continue;
    }
    for (uint32_t k = 0; k < decl->severities.count; k++)
      declare(c, SYMBOL_SEVERITY, decl->severities.at[k].names, decl->span, NULL);
  }
}

void nuo__resolve_collect(struct checker *c) {
  for (uint32_t file = 1; file < c->input->file_count; file++) collect_file(c, file);
  if (c->input->file_count > 0) collect_file(c, 0);
  collect_severities(c);
}
