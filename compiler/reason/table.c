// SPDX-License-Identifier: Apache-2.0
// Tables as cases: "the result is 3" becomes "the first row that holds has 3".
#include "compiler/reason/make.h"

#define MOST_ROWS 64           // a longer table stays a variable
#define MOST_ROWS_IN_ALL 5000  // and so does any, when so many rows have become formulas: tables ask tables

bool nuo__table_is_open(const struct reasoner *r, const struct table *table) {
  const bool is_dated = table->force.from != INT32_MIN || table->force.until != INT32_MAX;
  return table->rows.count <= MOST_ROWS && r->rows < MOST_ROWS_IN_ALL && (!is_dated || r->day != NULL);
}

static const struct formula *cell_holds(struct reasoner *r, const struct expr *call, const struct expr *key,
                                        const struct cell *cell) {
  const struct expr *in = cell->value == NULL ? NULL : nuo__expr_peel(cell->value);
  switch (cell->kind) {
    case CELL_ANY:
      return nuo__formula_constant(r, FORMULA_TRUE);
    case CELL_MISSING:
      return nuo__formula_missing(r, key);
    case CELL_PRESENT:
      return nuo__formula_not(r, nuo__formula_missing(r, key));
    case CELL_IN:
      return in->kind == EXPR_RANGE ? nuo__formula_in_range(r, key, in, call)
                                    : nuo__formula_in_set(r, key, in, call);
    default:
      return nuo__formula_compare(r, cell->kind == CELL_EQUAL ? OP_is : cell->op, call, key, in);
  }
}

static const struct formula *row_holds(struct reasoner *r, const struct expr *call,
                                       const struct model_row *row) {
  const struct table *table = call->target;
  const struct formula *f = nuo__formula_constant(r, FORMULA_TRUE);
  r->rows++;
  for (uint32_t i = 0; i < table->keys; i++)
    f = nuo__formula_join(r, FORMULA_AND, f, cell_holds(r, call, call->items.at[i], &row->cells[i]));
  return f;
}

// For each row whether it is one that is looked for; that such a row holds, true or false. Under `first` a
// row that may hold hides those after it.
static const struct formula *some_row(struct reasoner *r, const struct expr *call,
                                      const struct formula *const *holds, const bool *wanted) {
  const struct table *table = call->target;
  const struct formula *f = nuo__formula_constant(r, FORMULA_FALSE);
  for (uint32_t i = table->rows.count; i-- > 0;) {
    if (table->first)
      f = nuo__formula_join(r, FORMULA_AND, nuo__formula_established(r, nuo__formula_not(r, holds[i])), f);
    if (wanted[i]) f = nuo__formula_join(r, FORMULA_OR, nuo__formula_established(r, holds[i]), f);
  }
  return nuo__formula_join(r, FORMULA_AND, nuo__formula_in_force(r, &table->force), f);
}

static const struct formula **all_rows(struct reasoner *r, const struct expr *call) {
  const struct table *table = call->target;
  const struct formula **holds = nuo__arena_alloc(r->arena, (table->rows.count + 1) * sizeof *holds);
  for (uint32_t i = 0; i < table->rows.count; i++) holds[i] = row_holds(r, call, &table->rows.at[i]);
  return holds;
}

const struct formula *nuo__formula_row(struct reasoner *r, const struct expr *call, enum operator_id op,
                                       const struct expr *constant) {
  const struct table *table = call->target;
  const struct formula *const *holds = all_rows(r, call);
  bool yes[MOST_ROWS], no[MOST_ROWS];
  for (uint32_t i = 0; i < table->rows.count; i++) {
    const struct expr *result = nuo__constant_of(r, table->rows.at[i].result);
    yes[i] = constant == NULL ? result->number != 0 : nuo__constants_compare(r, op, result, constant);
    no[i] = !yes[i];
  }
  // True, false when another row holds, else unknown.
  return nuo__formula_join(
      r, FORMULA_OR, some_row(r, call, holds, yes),
      nuo__formula_join(r, FORMULA_AND, nuo__formula_not(r, some_row(r, call, holds, no)),
                        nuo__formula_constant(r, FORMULA_UNKNOWN)));
}

const struct formula *nuo__formula_no_row(struct reasoner *r, const struct expr *call) {
  bool any[MOST_ROWS];
  for (uint32_t i = 0; i < MOST_ROWS; i++) any[i] = true;
  return nuo__formula_not(r, some_row(r, call, all_rows(r, call), any));
}
