// SPDX-License-Identifier: Apache-2.0
// Tables: rows that no case reaches because one above them takes it, and keys that no row asks about.
// (Overlaps, gaps and rows for what is missing are the compiler's own business: check_cover.c.)
#include "compiler/lint/lint.h"

#define MAX_ROWS 400  // of a table that is looked through: pairs of rows are compared

static bool same_value(const struct expr *a, const struct expr *b) {
  return nuo__expr_same(a, b);
}

static bool set_has(const struct expr *set, const struct expr *value) {
  for (uint32_t i = 0; i < set->items.count; i++)
    if (same_value(set->items.at[i], value)) return true;
  return false;
}

static bool in_comparison(const struct cell *cell, const struct expr *value) {
  const int64_t a = nuo__constant_number(value), b = nuo__constant_number(cell->value);
  switch (cell->op) {
    case OP_lt:
      return a < b;
    case OP_le:
      return a <= b;
    case OP_gt:
      return a > b;
    default:
      return a >= b;
  }
}

// Whether every value that `b` is for is one of `a`; false where that is not plain.
static bool covers(const struct cell *a, const struct cell *b) {
  if (a->kind == CELL_ANY) return true;
  if (b->kind == CELL_ANY || a->kind == CELL_MISSING || b->kind == CELL_MISSING) return a->kind == b->kind;
  if (a->kind == CELL_PRESENT) return true;
  if (b->kind == CELL_PRESENT) return false;
  if (a->kind == b->kind && a->op == b->op && same_value(a->value, b->value)) return true;
  if (b->kind == CELL_IN && b->value->kind == EXPR_SET) {
    for (uint32_t i = 0; i < b->value->items.count; i++) {
      const struct cell one = {.kind = CELL_EQUAL, .value = b->value->items.at[i]};
      if (!covers(a, &one)) return false;
    }
    return true;
  }
  if (b->kind != CELL_EQUAL) return false;
  if (a->kind == CELL_EQUAL) return same_value(a->value, b->value);
  if (a->kind == CELL_COMPARE) return in_comparison(a, b->value);
  return a->kind == CELL_IN && a->value->kind == EXPR_SET && set_has(a->value, b->value);
}

static bool row_covers(const struct table *table, const struct model_row *a, const struct model_row *b) {
  for (uint32_t key = 0; key < table->keys; key++)
    if (!covers(&a->cells[key], &b->cells[key])) return false;
  return true;
}

static void look_at_rows(struct lint *l, const struct table *table) {
  for (uint32_t b = 1; b < table->rows.count && table->first && table->rows.count <= MAX_ROWS; b++)
    for (uint32_t a = 0; a < b; a++) {
      if (!row_covers(table, &table->rows.at[a], &table->rows.at[b])) continue;
      nuo__lint_add3(l, DIAG_N1119, table->rows.at[b].span, nuo__lint_number(l, b + 1),
                     nuo__lint_names(table->names), nuo__lint_number(l, a + 1))
          ->diag.also = table->rows.at[a].span;
      break;
    }
}

static void look_at_keys(struct lint *l, const struct table *table) {
  for (uint32_t key = 0; key < table->keys && table->rows.count > 1; key++) {
    bool any = true;
    for (uint32_t i = 0; i < table->rows.count; i++)
      any = any && table->rows.at[i].cells[key].kind == CELL_ANY;
    if (any)
      nuo__lint_add2(l, DIAG_N1120, table->names.span, nuo__lint_names(table->key_names[key]),
                     nuo__lint_names(table->names));
  }
}

void nuo__lint_tables(struct lint *l) {
  for (uint32_t i = 0; i < l->program->tables.count; i++) {
    look_at_rows(l, l->program->tables.at[i]);
    look_at_keys(l, l->program->tables.at[i]);
  }
}
