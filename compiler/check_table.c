// SPDX-License-Identifier: Apache-2.0
// Tables: the types of their keys, and every cell read as a test of its key. Whether rows overlap or leave
// gaps is check_cover.c. Called by nuo__check.
#include "compiler/check.h"

// ---- keys ----
static const struct member *find_in_event(const struct event_info *event, const name_list *path) {
  uint32_t failed;
  const struct member *record;
  const struct member *member = nuo__member_find(&event->root, path->at, path->count, &failed, &record);
  return member != NULL && member->field != NULL ? member : NULL;
}

static void report_unknown_key(struct checker *c, const struct expr *path) {
  const struct str text = nuo__path_text(c, &path->path);
  struct candidates candidates = {.wrong = text};
  for (uint32_t i = 0; i < c->program->events.count; i++) {
    const struct event_type *event = c->program->events.at[i];
    for (uint32_t k = 0; k < event->fields.count; k++)
      nuo__candidates_add(
          c, &candidates,
          (struct names){.en = event->fields.at[k]->path, .zh = event->fields.at[k]->path_zh});
  }
  nuo__candidates_suggest(&candidates, REPORT(c, N0608, path->span, TEXT(text)));
}

// A key is written as a field; every event that has the field has to agree on its type.
static const struct type *path_key_type(struct checker *c, const struct expr *path, struct names *names) {
  const struct field *first = NULL;
  if (path->kind != EXPR_PATH) return nuo__type_simple(TYPE_ERROR);
  for (uint32_t i = 0; i < c->event_infos.count; i++) {
    const struct member *member = find_in_event(c->event_infos.at[i], &path->path);
    if (member == NULL) continue;
    nuo__check_used_path(c, &c->event_infos.at[i]->root, &path->path);
    if (first == NULL) first = member->field;
    if (nuo__type_equal(first->type, member->field->type)) continue;
    REPORT(c, N0609, path->span, TEXT(first->path), nuo__names_arg(first->event->names),
           nuo__names_arg(member->field->event->names));
    return nuo__type_simple(TYPE_ERROR);
  }
  if (first != NULL) {
    *names = (struct names){.en = first->path, .zh = first->path_zh};
    return first->type;
  }
  report_unknown_key(c, path);
  return nuo__type_simple(TYPE_ERROR);
}

static void check_key(struct checker *c, struct table *table, uint32_t i, const struct table_key *key) {
  const bool by_path = key->path != NULL;
  const struct type *type = by_path ? path_key_type(c, key->path, &table->key_names[i])
                                    : nuo__check_type(c, key->param.type, &key->param.names);
  const struct span span = by_path ? key->path->span : key->param.names.span;
  if (type->kind != TYPE_ERROR && !nuo__type_in(type, TYPES_SCALAR)) {
    REPORT(c, N0612, span, nuo__type_arg(c, type));
    type = nuo__type_simple(TYPE_ERROR);
  }
  table->key_types[i] = type;
  if (!by_path) table->key_names[i] = key->param.names;
}

// ---- cells ----
// A cell that tests its key has one operand less than its operator: `< 5`, `is missing`.
static bool is_test(const struct expr *e) {
  return e->kind == EXPR_OPERATOR && e->op != OP_neg && e->op != OP_not &&
         (e->left == NULL || e->right == NULL);
}

static struct expr *operand(const struct expr *test) {
  return test->right != NULL ? test->right : test->left;
}

static bool check_comparison(struct checker *c, const struct expr *e, const struct type *type,
                             struct cell *cell) {
  if (!nuo__type_in(type, TYPES_ORDERED)) {
    REPORT(c, N0408, e->span, nuo__type_arg(c, type));
    return false;
  }
  cell->kind = CELL_COMPARE;
  cell->op = e->op;
  cell->value = nuo__check_constant(c, operand(e), type, DIAG_N0606);
  return cell->value != NULL;
}

static bool check_plain_cell(struct checker *c, const struct expr *e, const struct type *type,
                             struct cell *cell) {
  cell->kind = e->kind == EXPR_SET || e->kind == EXPR_RANGE ? CELL_IN : CELL_EQUAL;
  const struct type *want = type;
  if (e->kind == EXPR_SET) want = nuo__type_of(c, TYPE_SET, type);
  if (e->kind == EXPR_RANGE) want = nuo__type_of(c, TYPE_RANGE, type);
  cell->value = nuo__check_constant(c, e, want, DIAG_N0606);
  return cell->value != NULL;
}

static bool check_value_cell(struct checker *c, const struct expr *e, const struct type *type,
                             struct cell *cell) {
  if (e->kind != EXPR_OPERATOR || e->op >= OP_add) return check_plain_cell(c, e, type, cell);
  REPORT0(c, N0605, e->span);
  return false;
}

static bool check_cell(struct checker *c, const struct expr *e, const struct type *type, struct cell *cell) {
  if (e->kind == EXPR_ERROR || type->kind == TYPE_ERROR) return false;
  if (e->kind == EXPR_ANY) {
    cell->kind = CELL_ANY;
    return true;
  }
  if (!is_test(e)) return check_value_cell(c, e, type, cell);
  switch (e->op) {
    case OP_missing:
    case OP_present:
      cell->kind = e->op == OP_missing ? CELL_MISSING : CELL_PRESENT;
      return true;
    case OP_lt:
    case OP_le:
    case OP_gt:
    case OP_ge:
      return check_comparison(c, e, type, cell);
    default:
      return check_plain_cell(c, operand(e), type, cell);
  }
}

static bool check_row(struct checker *c, struct table *table, const struct table_row *written) {
  if (written->cells.count != table->keys + 1) {
    REPORT(c, N0601, written->span, nuo__diag_number(c->diags, table->keys + 1),
           nuo__diag_number(c->diags, written->cells.count));
    return false;
  }
  struct model_row row = {.span = written->span};
  row.cells = nuo__arena_alloc(c->arena, (table->keys + 1) * sizeof *row.cells);
  bool good = true;
  for (uint32_t i = 0; i < table->keys; i++)
    good = check_cell(c, written->cells.at[i], table->key_types[i], &row.cells[i]) && good;
  const struct expr *result = written->cells.at[table->keys];
  if (result->kind == EXPR_ANY || is_test(result)) {
    REPORT0(c, N0613, result->span);
    return false;
  }
  row.result = nuo__check_constant(c, result, table->result, DIAG_N0606);
  if (!good || row.result == NULL) return false;
  VEC_PUSH(c->arena, &table->rows, row);
  return true;
}

// ---- tables ----
static const struct type *check_result(struct checker *c, const struct symbol *symbol) {
  const struct type_expr *written = symbol->decl->table.result;
  const struct type *type = nuo__check_type(c, written, &symbol->names);
  if (type->kind == TYPE_ERROR || nuo__type_in(type, TYPES_SCALAR)) return type;
  REPORT(c, N0607, written->span, nuo__type_arg(c, type));
  return nuo__type_simple(TYPE_ERROR);
}

static void check_table(struct checker *c, struct symbol *symbol) {
  const struct table_decl *decl = &symbol->decl->table;
  struct table *table = ARENA_NEW(c->arena, struct table);
  *table = (struct table){.names = nuo__full_names(c, symbol->span, symbol->names),
                          .pack = nuo__pack_at(c, symbol->span),
                          .first = decl->first,
                          .force = nuo__check_force(c, &decl->effective),
                          .keys = decl->keys.count,
                          .span = symbol->span,
                          .index = c->program->tables.count};
  table->key_types = nuo__arena_alloc(c->arena, (table->keys + 1) * sizeof *table->key_types);
  table->key_names = nuo__arena_alloc(c->arena, (table->keys + 1) * sizeof *table->key_names);
  for (uint32_t i = 0; i < table->keys; i++) check_key(c, table, i, &decl->keys.at[i]);
  table->result = check_result(c, symbol);
  bool good = true;
  for (uint32_t i = 0; i < decl->rows.count; i++) good = check_row(c, table, &decl->rows.at[i]) && good;
  if (decl->rows.count == 0)
    REPORT(c, N0610, symbol->span, nuo__names_arg(symbol->names));
  else if (good)
    nuo__check_cover(c, table);
  VEC_PUSH(c->arena, &c->program->tables, table);
  symbol->object = table;
}

void nuo__check_tables(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++)
    if (c->symbols[SPACE_VALUES].at[i]->kind == SYMBOL_TABLE) check_table(c, c->symbols[SPACE_VALUES].at[i]);
}
