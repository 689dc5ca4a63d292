// SPDX-License-Identifier: Apache-2.0
// Texts that a breach is compared with. Its `rule`, `event` and `clause` are names as the runtime writes
// them: the English name, the name in JSON, the number. An author writes either name; what is written is
// looked up here and replaced by what will be there, so that no later stage compares names, and what is no
// name of anything is reported: the comparison would never hold. Called where values meet: check_operator.c,
// check_name.c, check_fact.c.
#include "compiler/check.h"
#include "compiler/clause_number.h"

// ---- which values are such names ----
static const struct field *name_field(const struct expr *e) {
  if (e == NULL) return NULL;
  e = nuo__expr_peel(e);
  const struct field *field = e->ref == REF_FIELD ? e->target : NULL;
  return field != NULL && field->names != NAMES_NOTHING ? field : NULL;
}

static bool same_names(const struct field *a, const struct field *b) {
  return a != NULL && b != NULL && a->names == b->names && a->told == b->told;
}

// A part of a fact's key, or its value (`part` the number of keys): what all its starts put there.
static const struct field *field_of_fact(const struct fact *fact, uint32_t part) {
  const struct field *found = NULL;
  bool first = true;
  for (uint32_t i = 0; i < fact->changes.count; i++) {
    const struct fact_rule *change = &fact->changes.at[i];
    if (!change->starts) continue;
    const struct field *field = name_field(part < change->key.count ? change->key.at[part] : change->with);
    if (!first && !same_names(field, found)) return NULL;
    found = field;
    first = false;
  }
  return found;
}

// The field of breaches whose names a value has, or NULL.
static const struct field *names_of(const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_OPERATOR && e->op == OP_default) return names_of(e->left);
  if (e->ref != REF_FACT) return name_field(e);
  const struct fact *fact = e->target;
  return fact->type != NULL ? field_of_fact(fact, fact->keys.count) : NULL;
}

// ---- what a breach can tell ----
// What one declaration that can be broken puts there: how it is called, and what else it goes by.
struct called {
  struct str canonical;
  struct names names;
};

static struct called event_called(const struct checker *c, const struct decl *decl) {
  if (decl->kind == DECL_DUTY) return (struct called){decl->names.en, decl->names};
  if (decl->rule.on.count == 0) return (struct called){0};
  const struct name *name = &decl->rule.on.at[0].event;
  const struct event_info *info = NULL;
  const struct space *space = nuo__is_breach(name->text) ? nuo__space_of_name(c, name) : NULL;
  const struct symbol *symbol = space == NULL ? nuo__find(c, SPACE_EVENTS, name) : NULL;
  if (space != NULL) info = space->breach;
  if (symbol != NULL) info = symbol->object;
  return info != NULL ? (struct called){info->type->wire_name, info->root.names} : (struct called){0};
}

static struct called clause_called(const struct checker *c, const struct decl *decl) {
  const uint32_t index = nuo__clause_index(c, decl->span.file, decl->clause);
  if (index == CLAUSE_NONE) return (struct called){0};
  const struct str number = c->program->clauses.at[index].number;
  return (struct called){number, {.en = number, .zh = number}};
}

// Rules of a policy that is used are told by their outer names, and with the policy.
static struct called called(const struct checker *c, const struct decl *decl, const struct field *field) {
  const struct pack *pack = nuo__pack_at(c, decl->span);
  if (decl->kind != DECL_RULE && decl->kind != DECL_DUTY) return (struct called){0};
  if (!nuo__breach_tells(field->told, pack)) return (struct called){0};
  const bool is_own = pack == field->told->pack;
  if (field->names == NAMES_PACK)
    return is_own ? (struct called){0} : (struct called){pack->names.en, pack->names};
  if (field->names == NAMES_EVENT) return event_called(c, decl);
  if (field->names == NAMES_CLAUSE) return clause_called(c, decl);
  const struct names names = is_own ? decl->names : nuo__outer_names(c->arena, pack, decl->names);
  return (struct called){names.en, names};
}

// A heading with several numbers is the clause of each of them.
static bool is_also_called(const struct called *at, const struct field *field, struct str text) {
  return nuo__names_match(&at->names, text) ||
         (field->names == NAMES_CLAUSE && nuo__clause_among(at->canonical, text));
}

// What will be there already goes before what something is also called.
static bool find(const struct checker *c, const struct field *field, struct str text, struct called *out) {
  for (int also = 0; also < 2; also++) {
    for (uint32_t i = 0; i < c->decls.count; i++) {
      const struct called at = called(c, c->decls.at[i], field);
      if (at.canonical.len == 0) continue;
      if (also ? !is_also_called(&at, field, text) : !nuo__str_equal(at.canonical, text)) continue;
      *out = at;
      return true;
    }
  }
  return false;
}

// ---- names of nothing ----
// An event that no rule is about, a clause under which none stands: it is there, and never told by a breach.
static bool is_idle_event(const struct checker *c, const struct expr *e) {
  const struct str text = e->text;
  const struct name name = {.text = text, .span = e->span};
  if (nuo__is_breach(text) || nuo__find(c, SPACE_EVENTS, &name) != NULL) return true;
  for (uint32_t i = 0; i < c->event_infos.count; i++)
    if (nuo__str_equal(c->event_infos.at[i]->type->wire_name, text)) return true;
  return false;
}

static bool is_idle_clause(const struct checker *c, struct str text) {
  for (uint32_t i = 0; i < c->program->clauses.count; i++)
    if (nuo__str_equal(c->program->clauses.at[i].number, text) ||
        nuo__clause_among(c->program->clauses.at[i].number, text))
      return text.len > 0;
  return false;
}

static struct diagnostic *report_unknown(struct checker *c, const struct field *field,
                                         const struct expr *text) {
  static const char *const words[][4] = {[NAMES_EVENT] = {"event", "事件", "event or duty", "事件或义务"},
                                         [NAMES_RULE] = {"rule", "规则", "rule or duty", "规则或义务"},
                                         [NAMES_CLAUSE] = {"clause", "条款", "clause", "条款"},
                                         [NAMES_PACK] = {"policy", "政策", "policy", "政策"}};
  const enum field_names what = field->names;
  struct candidates candidates = {.wrong = text->text};
  for (uint32_t i = 0; i < c->decls.count; i++) {
    const struct called at = called(c, c->decls.at[i], field);
    nuo__candidates_add(c, &candidates, at.names);
    nuo__candidates_add(c, &candidates, (struct names){.en = at.canonical});
  }
  struct diagnostic *d = REPORT(c, N0568, text->span, TEXT(text->text), PAIR(words[what][0], words[what][1]),
                                PAIR(words[what][2], words[what][3]));
  if (what == NAMES_RULE)
    d->suggestion =
        nuo__suggest_outer(c, SPACE_RULES, &(struct name){.text = text->text, .span = text->span});
  nuo__candidates_suggest(&candidates, d);
  return d;
}

static struct diagnostic *report(struct checker *c, const struct field *field, const struct expr *text) {
  if (field->names == NAMES_EVENT && is_idle_event(c, text))
    return REPORT(c, N0569, text->span, TEXT(text->text));
  if (field->names == NAMES_CLAUSE && is_idle_clause(c, text->text))
    return REPORT(c, N0571, text->span, TEXT(text->text));
  return report_unknown(c, field, text);
}

// ---- replacing ----
// Where the texts are that stand for such a name, and how they are used.
struct naming {
  struct checker *c;
  const struct field *field;  // of breaches
  struct span use;            // the comparison
  const struct expr *own;     // `clause default "none"`: a text that is no name and may be asked for; or NULL
};

static struct expr *replace(const struct naming *n, struct expr *e);

// Between quotes: the layout in another language writes the other name (compiler/format).
static void note_use(const struct naming *n, const struct expr *text, const struct names *names) {
  struct arena *arena = n->c->arena;
  if (n->field->names == NAMES_CLAUSE) return;  // a number is the same in either language
  if (names->en.len == 0 || names->zh.len == 0) return;
  nuo__check_used(n->c, text->span, nuo__arena_format(arena, "\"%.*s\"", (int)names->en.len, names->en.at),
                  nuo__arena_format(arena, "\"%.*s\"", (int)names->zh.len, names->zh.at));
}

static struct expr *replace_text(const struct naming *n, struct expr *e) {
  struct called named;
  if (n->own != NULL && n->own->kind == EXPR_TEXT && nuo__str_equal(n->own->text, e->text)) return e;
  if (!find(n->c, n->field, e->text, &named)) {
    struct diagnostic *d = report(n->c, n->field, e);
    const bool elsewhere =
        e->span.file != n->use.file || e->span.start < n->use.start || e->span.end > n->use.end;
    if (elsewhere && d->also.end == 0) d->also = n->use;
    return e;
  }
  note_use(n, e, &named.names);
  if (nuo__str_equal(named.canonical, e->text)) return e;
  struct expr *copy = ARENA_NEW(n->c->arena, struct expr);
  *copy = *e;
  copy->text = named.canonical;
  return copy;
}

static struct expr *replace_items(const struct naming *n, struct expr *e) {
  struct expr *copy = ARENA_NEW(n->c->arena, struct expr);
  bool same = true;
  *copy = *e;
  copy->items = (expr_list){0};
  for (uint32_t i = 0; i < e->items.count; i++) {
    struct expr *item = replace(n, e->items.at[i]);
    same &= item == e->items.at[i];
    VEC_PUSH(n->c->arena, &copy->items, item);
  }
  return same ? e : copy;
}

static struct expr *replace_default(const struct naming *n, struct expr *e) {
  struct expr *left = replace(n, e->left), *right = replace(n, e->right);
  if (left == e->left && right == e->right) return e;
  struct expr *copy = ARENA_NEW(n->c->arena, struct expr);
  *copy = *e;
  copy->left = left;
  copy->right = right;
  return copy;
}

// A declared thing may be compared with other texts as well, so a copy of it holds the names; one for all
// uses, that they be known as the same.
static void *known_copy(const struct naming *n, const void *of, uint32_t column) {
  const struct checker *c = n->c;
  for (uint32_t i = 0; i < c->renamed.count; i++) {
    const struct renamed *at = &c->renamed.at[i];
    if (at->of == of && same_names(at->field, n->field) && at->column == column) return at->copy;
  }
  return NULL;
}

static void *keep_copy(const struct naming *n, const void *of, uint32_t column, void *copy) {
  const struct renamed renamed = {of, n->field, column, copy};
  VEC_PUSH(n->c->arena, &n->c->renamed, renamed);
  return copy;
}

static parameter_values rename_values(const struct naming *n, const parameter_values *values) {
  parameter_values renamed = {0};
  for (uint32_t i = 0; i < values->count; i++) {
    struct parameter_value value = values->at[i];
    if (!value.unset) value.value = replace(n, value.value);
    VEC_PUSH(n->c->arena, &renamed, value);
  }
  return renamed;
}

static const struct parameter *rename_parameter(const struct naming *n, const struct parameter *parameter) {
  struct parameter *copy = known_copy(n, parameter, 0);
  if (copy != NULL) return copy;
  copy = ARENA_NEW(n->c->arena, struct parameter);
  *copy = *parameter;
  copy->index = n->c->program->parameters.count;
  copy->of = parameter;
  copy->values = rename_values(n, &parameter->values);
  copy->tried = rename_values(n, &parameter->tried);
  VEC_PUSH(n->c->arena, &n->c->program->parameters, copy);
  return keep_copy(n, parameter, 0, copy);
}

static const struct lexicon *rename_lexicon(const struct naming *n, const struct lexicon *lexicon,
                                            struct span use) {
  struct lexicon *copy = known_copy(n, lexicon, 0);
  if (copy != NULL) return copy;
  copy = ARENA_NEW(n->c->arena, struct lexicon);
  *copy = *lexicon;
  copy->entries.at = NULL;
  copy->entries.count = copy->entries.cap = 0;
  copy->index = n->c->program->lexicons.count;
  for (uint32_t i = 0; i < lexicon->entries.count; i++) {
    struct expr entry = {.kind = EXPR_TEXT, .span = use, .text = lexicon->entries.at[i]};
    VEC_PUSH(n->c->arena, &copy->entries, replace_text(n, &entry)->text);
  }
  VEC_PUSH(n->c->arena, &n->c->program->lexicons, copy);
  return keep_copy(n, lexicon, 0, copy);
}

// A column of keys, or the one of the results (`column` the number of keys).
static const struct table *rename_column(const struct naming *n, const struct table *table, uint32_t column) {
  struct table *copy = known_copy(n, table, column);
  if (copy != NULL) return copy;
  copy = ARENA_NEW(n->c->arena, struct table);
  *copy = *table;
  copy->rows.at = NULL;
  copy->rows.count = copy->rows.cap = 0;
  copy->index = n->c->program->tables.count;
  for (uint32_t i = 0; i < table->rows.count; i++) {
    struct model_row row = table->rows.at[i];
    row.cells = nuo__arena_alloc(n->c->arena, (table->keys + 1) * sizeof *row.cells);
    for (uint32_t k = 0; k < table->keys; k++) row.cells[k] = table->rows.at[i].cells[k];
    if (column == table->keys)
      row.result = replace(n, row.result);
    else if (row.cells[column].value != NULL)
      row.cells[column].value = replace(n, row.cells[column].value);
    VEC_PUSH(n->c->arena, &copy->rows, row);
  }
  // Two rows may name the same thing, each in another language.
  nuo__check_cover(n->c, copy);
  VEC_PUSH(n->c->arena, &n->c->program->tables, copy);
  return keep_copy(n, table, column, copy);
}

static struct expr *replace_target(const struct naming *n, const struct expr *e, const void *target) {
  struct expr *copy = ARENA_NEW(n->c->arena, struct expr);
  *copy = *e;
  copy->target = target;
  return copy;
}

// Of values that come with the event nothing is known.
static struct expr *replace(const struct naming *n, struct expr *e) {
  while (e->expansion != NULL) e = e->expansion;
  if (e->kind == EXPR_TEXT) return replace_text(n, e);
  if (e->kind == EXPR_SET) return replace_items(n, e);
  if (e->kind == EXPR_OPERATOR && e->op == OP_default) return replace_default(n, e);
  if (e->ref == REF_PARAMETER) return replace_target(n, e, rename_parameter(n, e->target));
  if (e->ref == REF_LEXICON) return replace_target(n, e, rename_lexicon(n, e->target, e->span));
  if (e->ref == REF_TABLE)
    return replace_target(n, e, rename_column(n, e->target, ((const struct table *)e->target)->keys));
  return e;
}

// ---- where values meet ----
static const struct expr *own_text(const struct expr *e) {
  e = nuo__expr_peel(e);
  return e->kind == EXPR_OPERATOR && e->op == OP_default ? nuo__expr_peel(e->right) : NULL;
}

void nuo__check_named(struct checker *c, struct expr *e) {
  const struct field *left = names_of(e->left), *right = names_of(e->right);
  if ((left != NULL) == (right != NULL)) return;
  struct expr **other = left != NULL ? &e->right : &e->left;
  const struct expr *name = left != NULL ? e->left : e->right;
  const struct naming naming = {c, left != NULL ? left : right, e->span, own_text(name)};
  *other = replace(&naming, *other);
}

void nuo__check_named_columns(struct checker *c, struct expr *call) {
  for (uint32_t i = 0; i < call->items.count; i++) {
    const struct expr *argument = call->items.at[i];
    const struct naming naming = {c, names_of(argument), call->span, own_text(argument)};
    if (naming.field != NULL) call->target = rename_column(&naming, call->target, i);
  }
}

void nuo__check_named_keys(struct checker *c, struct expr *use) {
  for (uint32_t i = 0; i < use->items.count; i++) {
    const struct naming naming = {c, field_of_fact(use->target, i), use->span, NULL};
    if (naming.field != NULL) use->items.at[i] = replace(&naming, use->items.at[i]);
  }
}
