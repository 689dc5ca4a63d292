// SPDX-License-Identifier: Apache-2.0
// Types: their names, which are equal, and what the author wrote for one. Enumerations are the same only when
// they are the same declaration. Called by every part of `check`, by the planner and by the oracle.
#include "compiler/check.h"
#include "compiler/heard.h"

static const struct type simple_types[] = {
    [TYPE_ERROR] = {.kind = TYPE_ERROR},       [TYPE_FLAG] = {.kind = TYPE_FLAG},
    [TYPE_NUMBER] = {.kind = TYPE_NUMBER},     [TYPE_DECIMAL] = {.kind = TYPE_DECIMAL},
    [TYPE_TEXT] = {.kind = TYPE_TEXT},         [TYPE_INSTANT] = {.kind = TYPE_INSTANT},
    [TYPE_DATE] = {.kind = TYPE_DATE},         [TYPE_CLOCK] = {.kind = TYPE_CLOCK},
    [TYPE_DURATION] = {.kind = TYPE_DURATION}, [TYPE_PERIOD] = {.kind = TYPE_PERIOD},
    [TYPE_ZONE] = {.kind = TYPE_ZONE},         [TYPE_TEXTS] = {.kind = TYPE_TEXTS},
};

static const struct {
  enum type_kind kind;
  const char *en, *zh;
} type_names[] = {
#define TYPE(id, en, zh) {TYPE_##id, en, zh},
#include "compiler/types.def"
#undef TYPE
};

const struct type *nuo__type_simple(enum type_kind kind) {
  return &simple_types[kind];
}

const struct type *nuo__type_of(struct checker *c, enum type_kind kind, const struct type *element) {
  if (element->kind == TYPE_ERROR) return element;
  struct type *type = ARENA_NEW(c->arena, struct type);
  type->kind = kind;
  type->element = element;
  return type;
}

bool nuo__type_equal(const struct type *a, const struct type *b) {
  if (a == b) return true;
  if (a->kind != b->kind) return false;
  if (a->kind == TYPE_ENUM) return a->enumeration == b->enumeration;
  return a->element == NULL || nuo__type_equal(a->element, b->element);
}

bool nuo__type_fits(const struct type *from, const struct type *to) {
  if (from->kind == TYPE_ERROR || to->kind == TYPE_ERROR) return true;
  if (from->kind == TYPE_NUMBER && to->kind == TYPE_DECIMAL) return true;
  if (from->kind == to->kind && from->element != NULL) return nuo__type_fits(from->element, to->element);
  return nuo__type_equal(from, to);
}

const struct type *nuo__type_common(const struct type *a, const struct type *b) {
  if (nuo__type_fits(a, b)) return b;
  return nuo__type_fits(b, a) ? a : NULL;
}

static struct diag_arg wrap_name(struct arena *arena, struct diag_arg element, const char *en,
                                 const char *zh) {
  return (struct diag_arg){
      .en = nuo__arena_format(arena, "%s %.*s", en, (int)element.en.len, element.en.at),
      .zh = nuo__arena_format(arena, "%.*s%s", (int)element.zh.len, element.zh.at, zh),
  };
}

struct diag_arg nuo__type_name(struct arena *arena, const struct type *type) {
  if (type->kind == TYPE_TEXTS) return PAIR("several texts", "几段文本");
  if (type->kind == TYPE_PERIOD) return PAIR("calendar duration", "日历时长");
  if (type->kind == TYPE_ENUM) {
    const struct names *n = &type->enumeration->names;
    return (struct diag_arg){.en = n->en, .zh = n->zh.at != NULL ? n->zh : n->en};
  }
  if (type->kind >= TYPE_LIST) {
    struct diag_arg element = nuo__type_name(arena, type->element);
    if (element.zh.at == NULL) element.zh = element.en;
    if (type->kind == TYPE_LIST) return wrap_name(arena, element, "list of", "列表");
    if (type->kind == TYPE_SET) return wrap_name(arena, element, "set of", "集合");
    return wrap_name(arena, element, "range of", "区间");
  }
  for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
    if (type_names[i].kind == type->kind) return PAIR(type_names[i].en, type_names[i].zh);
  return PAIR("?", "？");
}

const struct type *nuo__type_named(struct str name) {
  for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
    if (nuo__str_is(name, type_names[i].en) || nuo__str_is(name, type_names[i].zh))
      return &simple_types[type_names[i].kind];
  return NULL;
}

int64_t nuo__enumerator_find(const struct enumeration *enumeration, struct str name) {
  if (enumeration->items.count >= POOL_FROM) {
    const uint32_t ordinal = nuo__pool_find(&enumeration->named, name.at, name.len);
    return ordinal != UINT32_MAX ? (int64_t)ordinal : -1;
  }
  for (uint32_t i = 0; i < enumeration->items.count; i++)
    if (nuo__names_match(&enumeration->items.at[i].names, name)) return i;
  return -1;
}

void nuo__enumerator_add(struct checker *c, struct enumeration *enumeration, struct names names) {
  VEC_PUSH(c->arena, &enumeration->items, (struct enumerator){names});
  const uint32_t count = enumeration->items.count;
  if (count < POOL_FROM) return;
  for (uint32_t i = count == POOL_FROM ? 0 : count - 1; i < count; i++) {
    nuo__pool_name(c->arena, &enumeration->named, enumeration->items.at[i].names.en, i);
    nuo__pool_name(c->arena, &enumeration->named, enumeration->items.at[i].names.zh, i);
  }
}

static bool enumerator_taken(const struct enumeration *enumeration, const struct names *names) {
  return nuo__enumerator_find(enumeration, names->en) >= 0 ||
         nuo__enumerator_find(enumeration, names->zh) >= 0;
}

static const struct type *make_enumeration(struct checker *c, const struct type_expr *written,
                                           const struct names *names) {
  struct enumeration *made = ARENA_NEW(c->arena, struct enumeration);
  made->names = *names;
  for (uint32_t i = 0; i < written->enumerators.count; i++) {
    const struct names *item = &written->enumerators.at[i].names;
    if (enumerator_taken(made, item)) {
      REPORT(c, N0316, item->span, nuo__names_arg(*item), nuo__names_arg(*names));
      continue;
    }
    nuo__enumerator_add(c, made, *item);
  }
  VEC_PUSH(c->arena, &c->program->enumerations, made);
  struct type *type = ARENA_NEW(c->arena, struct type);
  type->kind = TYPE_ENUM;
  type->enumeration = made;
  return type;
}

static void type_candidates(struct checker *c, struct candidates *candidates, uint32_t file) {
  nuo__candidates_add_symbols(c, candidates, SPACE_TYPES, file);
  for (size_t i = 0; i < sizeof type_names / sizeof *type_names; i++)
    nuo__candidates_add(
        c, candidates,
        (struct names){.en = nuo__str_of(type_names[i].en), .zh = nuo__str_of(type_names[i].zh)});
}

static const struct type *declared_type(struct checker *c, struct symbol *symbol, struct span use) {
  if (symbol->active) {
    REPORT(c, N0321, use, nuo__names_arg(symbol->names));
    return nuo__type_simple(TYPE_ERROR);
  }
  if (symbol->object == NULL) {
    symbol->active = true;
    symbol->object = (void *)nuo__check_type(c, symbol->decl->type, &symbol->names);
    symbol->active = false;
  }
  return symbol->object;
}

static const struct type *named_type(struct checker *c, const struct name *name) {
  const struct type *simple = name->of.at == NULL ? nuo__type_named(name->text) : NULL;
  if (simple != NULL) {
    const struct diag_arg names = nuo__type_name(c->arena, simple);
    nuo__check_used(c, name->span, names.en, names.zh);
    return simple;
  }
  if (!nuo__check_of(c, name)) return nuo__type_simple(TYPE_ERROR);
  struct symbol *symbol = nuo__find(c, SPACE_TYPES, name);
  if (symbol != NULL) {
    nuo__check_used(c, name->span, symbol->names.en, symbol->names.zh);
    return declared_type(c, symbol, name->span);
  }
  struct candidates candidates = {.wrong = name->text};
  type_candidates(c, &candidates, name->span.file);
  struct diagnostic *d = REPORT(c, N0309, name->span, TEXT(name->text));
  d->suggestion = nuo__heard(HEARD_TYPE, name->text);
  if (d->suggestion.at == NULL) d->suggestion = nuo__suggest_outer(c, SPACE_TYPES, name);
  if (d->suggestion.at == NULL) nuo__candidates_suggest(&candidates, d);
  return nuo__type_simple(TYPE_ERROR);
}

static const struct type *list_type(struct checker *c, const struct type_expr *written,
                                    const struct names *names) {
  const struct type *element = nuo__check_type(c, written->element, names);
  if (element->kind == TYPE_ERROR || nuo__type_in(element, TYPES_SCALAR))
    return nuo__type_of(c, TYPE_LIST, element);
  REPORT(c, N0328, written->span, nuo__type_arg(c, element));
  return nuo__type_simple(TYPE_ERROR);
}

const struct type *nuo__check_type(struct checker *c, const struct type_expr *written,
                                   const struct names *names) {
  if (written == NULL) return nuo__type_simple(TYPE_ERROR);
  if (written->one_of) return make_enumeration(c, written, names);
  if (written->list_of) return list_type(c, written, names);
  return written->name.text.len == 0 ? nuo__type_simple(TYPE_ERROR) : named_type(c, &written->name);
}

void nuo__check_type_decls(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_TYPES].count; i++)
    declared_type(c, c->symbols[SPACE_TYPES].at[i], c->symbols[SPACE_TYPES].at[i]->span);
}
