// SPDX-License-Identifier: Apache-2.0
// Facts: what their keys and values are, which events begin and end them, and how they are asked for. The
// types are known before anything may ask; the changes are read when everything else is declared. Called by
// nuo__check and by check_expr.c.
#include "compiler/check.h"
#include "runtime/image.h"

static const struct type *error_type(void) {
  return nuo__type_simple(TYPE_ERROR);
}

// ---- declarations ----
static const struct type *scalar_type(struct checker *c, const struct symbol *symbol,
                                      const struct type_expr *written, const struct names *names) {
  const struct type *type = nuo__check_type(c, written, names);
  if (nuo__type_in(type, TYPES_SCALAR | BIT(TYPE_ERROR))) return type;
  REPORT(c, N0536, written->span, nuo__names_arg(symbol->names), nuo__type_arg(c, type));
  return error_type();
}

static void declare_fact(struct checker *c, struct symbol *symbol) {
  const struct fact_decl *decl = &symbol->decl->fact;
  struct fact *fact = ARENA_NEW(c->arena, struct fact);
  *fact = (struct fact){.names = nuo__full_names(c, symbol->span, symbol->names),
                        .pack = nuo__pack_at(c, symbol->span),
                        .owner = nuo__owner_of(nuo__space_at(c, symbol->span)),
                        .span = symbol->span,
                        .index = c->program->facts.count};
  for (uint32_t i = 0; i < decl->params.count; i++)
    VEC_PUSH(c->arena, &fact->keys,
             scalar_type(c, symbol, decl->params.at[i].type, &decl->params.at[i].names));
  if (decl->params.count > IMAGE_KEY_MAX)
    REPORT(c, N0535, symbol->span, nuo__diag_number(c->diags, IMAGE_KEY_MAX));
  if (decl->type != NULL) fact->type = scalar_type(c, symbol, decl->type, &symbol->names);
  VEC_PUSH(c->arena, &c->program->facts, fact);
  symbol->object = fact;
}

void nuo__check_fact_types(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++)
    if (c->symbols[SPACE_VALUES].at[i]->kind == SYMBOL_FACT) declare_fact(c, c->symbols[SPACE_VALUES].at[i]);
}

// ---- changes ----
static void check_key(struct checker *c, const struct fact *fact, const struct fact_change *written,
                      struct fact_rule *change) {
  if (written->key.count != fact->keys.count)
    REPORT(c, N0531, written->span, nuo__names_arg(fact->names), nuo__diag_number(c->diags, fact->keys.count),
           nuo__diag_number(c->diags, written->key.count));
  for (uint32_t i = 0; i < written->key.count; i++) {
    const struct type *want = i < fact->keys.count ? fact->keys.at[i] : error_type();
    nuo__check_expect(c, written->key.at[i], want);
    VEC_PUSH(c->arena, &change->key, written->key.at[i]);
  }
}

static void check_with(struct checker *c, const struct fact *fact, const struct fact_change *written,
                       struct fact_rule *change) {
  change->with = written->with;
  if (written->with == NULL) {
    if (change->starts && fact->type != NULL)
      REPORT(c, N0532, written->span, nuo__names_arg(fact->names), nuo__type_arg(c, fact->type));
  } else if (fact->type == NULL) {
    REPORT(c, N0533, written->with->span, nuo__names_arg(fact->names));
  } else {
    nuo__check_expect(c, written->with, fact->type);
  }
}

static void enter_change(struct checker *c, const struct fact_change *written,
                         const struct event_info *event) {
  c->expanded = 0;
  c->overgrown = false;
  c->scope = (struct scope){.event = event, .alias = written->on.alias};
}

static void check_change(struct checker *c, struct fact *fact, const struct fact_change *written) {
  const struct event_info *event = nuo__check_event_name(c, &written->on.event);
  if (event == NULL) return;
  struct fact_rule change = {.starts = written->starts, .event = event->type, .where = written->on.where};
  enter_change(c, written, event);
  check_key(c, fact, written, &change);
  check_with(c, fact, written, &change);
  c->scope = (struct scope){0};
  VEC_PUSH(c->arena, &fact->changes, change);
}

static void check_fact(struct checker *c, const struct decl *decl, struct fact *fact) {
  uint32_t starts = 0;
  for (uint32_t i = 0; i < decl->fact.changes.count; i++) {
    starts += decl->fact.changes.at[i].starts;
    check_change(c, fact, &decl->fact.changes.at[i]);
  }
  if (starts == 0 && !decl->cut_short) REPORT(c, N0534, fact->span, nuo__names_arg(fact->names));
}

static void check_wheres(struct checker *c, const struct fact_decl *decl) {
  for (uint32_t i = 0; i < decl->changes.count; i++) {
    const struct fact_change *written = &decl->changes.at[i];
    const struct event_info *event = nuo__check_event_name(c, &written->on.event);
    if (event == NULL || written->on.where == NULL) continue;
    enter_change(c, written, event);
    nuo__check_condition(c, written->on.where);
    c->scope = (struct scope){0};
  }
}

// What a fact's keys are the names of is known before the conditions, which may ask for any fact.
void nuo__check_facts(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++) {
    const struct symbol *symbol = c->symbols[SPACE_VALUES].at[i];
    if (symbol->kind == SYMBOL_FACT) check_fact(c, symbol->decl, symbol->object);
  }
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++)
    if (c->symbols[SPACE_VALUES].at[i]->kind == SYMBOL_FACT)
      check_wheres(c, &c->symbols[SPACE_VALUES].at[i]->decl->fact);
}

// ---- use ----
const struct type *nuo__check_fact_use(struct checker *c, struct expr *e, const struct symbol *symbol) {
  const struct fact *fact = symbol->object;
  if (!nuo__check_remembers(c, e->span)) return error_type();
  if (e->items.count != fact->keys.count) {
    REPORT(c, N0429, e->span, nuo__names_arg(symbol->names), nuo__diag_number(c->diags, fact->keys.count),
           nuo__diag_number(c->diags, e->items.count));
    return error_type();
  }
  for (uint32_t i = 0; i < e->items.count; i++) nuo__check_expect(c, e->items.at[i], fact->keys.at[i]);
  e->ref = REF_FACT;
  e->target = fact;
  nuo__check_named_keys(c, e);
  return fact->type != NULL ? fact->type : nuo__type_simple(TYPE_FLAG);
}

const struct type *nuo__check_since(struct checker *c, struct expr *e) {
  const struct type *type = nuo__check_expr(c, e->left, NULL);
  if (e->left->ref != REF_FACT) {
    if (type->kind != TYPE_ERROR) REPORT(c, N0460, e->left->span, TEXT(nuo__path_text(c, &e->left->path)));
    return error_type();
  }
  return nuo__type_simple(TYPE_INSTANT);
}
