// SPDX-License-Identifier: Apache-2.0
// Whether the rows of a table overlap and whether they leave a gap, each shown by a case. Every key's values
// are cut into atoms that no cell tells apart: the enumerators, the intervals between the bounds that cells
// name, the texts that cells name and "any other", and "missing". A cell is a set of atoms; then both
// questions are exact. Being missing is no gap: it is unknown there, and the rule says what follows. Also
// whether rows for a missing key stand too low under `first`. Called by check_table.c.
#include <stdlib.h>
#include <string.h>

#include "compiler/check.h"
#include "runtime/when.h"

enum atom_kind { ATOM_VALUE, ATOM_TEXT, ATOM_OTHER, ATOM_MISSING };
struct atom {
  enum atom_kind kind;
  int64_t value;  // one value of the atom
  struct str text;
};
struct axis {  // one key
  const struct type *type;
  VEC(struct atom) atoms;
  VEC(int64_t) bounds;
  uint64_t *masks;  // a row's atoms, `words` a row
  uint32_t words;
};
struct cover {
  struct checker *c;
  const struct table *table;
  struct axis *axes;
  uint32_t *free_from;  // per row: from this key on it matches whatever is present
  uint32_t **active;    // per key: the rows still matching
  uint32_t *witness;    // per key: an atom
  uint32_t steps;
  bool cut;
};

// ---- atoms ----
static void add_bound(struct cover *v, struct axis *axis, int64_t value, bool after) {
  if (after && value == INT64_MAX) return;
  VEC_PUSH(v->c->arena, &axis->bounds, after ? value + 1 : value);
}

static void add_point(struct cover *v, struct axis *axis, const struct expr *e) {
  add_bound(v, axis, nuo__constant_number(e), false);
  add_bound(v, axis, nuo__constant_number(e), true);
}

static void add_cell_bounds(struct cover *v, struct axis *axis, const struct cell *cell) {
  if (cell->kind == CELL_COMPARE) {
    add_bound(v, axis, nuo__constant_number(cell->value), cell->op == OP_le || cell->op == OP_gt);
  } else if (cell->kind == CELL_EQUAL) {
    add_point(v, axis, cell->value);
  } else if (cell->kind == CELL_IN && cell->value->kind == EXPR_RANGE) {
    add_bound(v, axis, nuo__constant_number(cell->value->left), false);
    add_bound(v, axis, nuo__constant_number(cell->value->right), false);
  } else if (cell->kind == CELL_IN) {
    for (uint32_t i = 0; i < cell->value->items.count; i++) add_point(v, axis, cell->value->items.at[i]);
  }
}

static int compare_numbers(const void *a, const void *b) {
  const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
  return (x > y) - (x < y);
}

static void domain(const struct type *type, int64_t *first, int64_t *last) {
  *first = INT64_MIN;
  *last = INT64_MAX;
  if (type->kind == TYPE_CLOCK) *first = 0, *last = NUO__WHEN_DAY_MS - 1;
  if (type->kind == TYPE_DATE) *first = NUO__WHEN_FIRST_DAY, *last = NUO__WHEN_LAST_DAY;
  if (type->kind == TYPE_INSTANT) *first = NUO__WHEN_FIRST_MS, *last = NUO__WHEN_LAST_MS;
}

// The first interval is shown by its last value, the others by their first: "17", not the smallest number
// there is.
static void cut_intervals(struct cover *v, struct axis *axis) {
  int64_t first, last;
  domain(axis->type, &first, &last);
  for (uint32_t i = 0; i < v->table->rows.count; i++)
    add_cell_bounds(v, axis, &v->table->rows.at[i].cells[axis - v->axes]);
  if (axis->bounds.count > 0)
    qsort(axis->bounds.at, axis->bounds.count, sizeof *axis->bounds.at, compare_numbers);
  int64_t shown = axis->bounds.count > 0 && axis->bounds.at[0] > first ? axis->bounds.at[0] - 1 : first;
  VEC_PUSH(v->c->arena, &axis->atoms, (struct atom){.value = shown == INT64_MIN ? 0 : shown});
  for (uint32_t i = 0; i < axis->bounds.count; i++) {
    const int64_t bound = axis->bounds.at[i];
    if (bound <= first || bound > last || (i > 0 && bound == axis->bounds.at[i - 1])) continue;
    VEC_PUSH(v->c->arena, &axis->atoms, (struct atom){.value = bound});
  }
}

static void add_text(struct cover *v, struct axis *axis, struct symbols *seen, const struct expr *e) {
  struct symbol *symbol = ARENA_NEW(v->c->arena, struct symbol);
  symbol->names = (struct names){.en = e->text, .zh = e->text};
  if (nuo__symbols_add(v->c->arena, seen, symbol) != NULL) return;
  VEC_PUSH(v->c->arena, &axis->atoms, (struct atom){.kind = ATOM_TEXT, .text = e->text});
}

static void cut_texts(struct cover *v, struct axis *axis) {
  struct symbols seen = {0};
  for (uint32_t i = 0; i < v->table->rows.count; i++) {
    const struct cell *cell = &v->table->rows.at[i].cells[axis - v->axes];
    if (cell->kind == CELL_EQUAL) add_text(v, axis, &seen, cell->value);
    for (uint32_t k = 0; cell->kind == CELL_IN && k < cell->value->items.count; k++)
      add_text(v, axis, &seen, cell->value->items.at[k]);
  }
  VEC_PUSH(v->c->arena, &axis->atoms, (struct atom){.kind = ATOM_OTHER});
}

static void cut_ordinals(struct cover *v, struct axis *axis) {
  const uint32_t count = axis->type->kind == TYPE_FLAG ? 2 : axis->type->enumeration->items.count;
  for (uint32_t i = 0; i < count; i++) VEC_PUSH(v->c->arena, &axis->atoms, (struct atom){.value = i});
}

// ---- cells as sets of atoms ----
static bool value_equals(const struct atom *atom, const struct expr *e) {
  if (atom->kind == ATOM_TEXT) return nuo__str_equal(atom->text, e->text);
  return atom->kind == ATOM_VALUE && atom->value == nuo__constant_number(e);
}

static bool value_in_range(const struct axis *axis, int64_t value, const struct expr *range) {
  const int64_t from = nuo__constant_number(range->left), to = nuo__constant_number(range->right);
  if (axis->type->kind == TYPE_CLOCK && from > to) return value >= from || value < to;
  return value >= from && value < to;
}

static bool value_in(const struct axis *axis, const struct atom *atom, const struct expr *set) {
  if (set->kind == EXPR_RANGE) return value_in_range(axis, atom->value, set);
  for (uint32_t i = 0; i < set->items.count; i++)
    if (value_equals(atom, set->items.at[i])) return true;
  return false;
}

static bool value_compares(int64_t value, enum operator_id op, int64_t bound) {
  if (op == OP_lt) return value < bound;
  if (op == OP_le) return value <= bound;
  return op == OP_gt ? value > bound : value >= bound;
}

static bool cell_holds(const struct axis *axis, const struct cell *cell, const struct atom *atom) {
  switch (cell->kind) {
    case CELL_ANY:
      return true;
    case CELL_MISSING:
      return atom->kind == ATOM_MISSING;
    case CELL_PRESENT:
      return atom->kind != ATOM_MISSING;
    case CELL_EQUAL:
      return value_equals(atom, cell->value);
    case CELL_IN:
      return atom->kind != ATOM_MISSING && value_in(axis, atom, cell->value);
    case CELL_COMPARE:
      return atom->kind == ATOM_VALUE &&
             value_compares(atom->value, cell->op, nuo__constant_number(cell->value));
  }
  return false;
}

static const uint64_t *row_mask(const struct axis *axis, uint32_t row) {
  return axis->masks + (size_t)row * axis->words;
}

static bool mask_has(const uint64_t *mask, uint32_t atom) {
  return (mask[atom / 64] >> (atom % 64) & 1) != 0;
}

static void build_axis(struct cover *v, uint32_t key) {
  struct axis *axis = &v->axes[key];
  axis->type = v->table->key_types[key];
  if (axis->type->kind == TYPE_FLAG || axis->type->kind == TYPE_ENUM)
    cut_ordinals(v, axis);
  else if (axis->type->kind == TYPE_TEXT || axis->type->kind == TYPE_ZONE)
    cut_texts(v, axis);
  else
    cut_intervals(v, axis);
  VEC_PUSH(v->c->arena, &axis->atoms, (struct atom){.kind = ATOM_MISSING});  // last, always
  axis->words = (axis->atoms.count + 63) / 64;
  axis->masks =
      nuo__arena_alloc(v->c->arena, (size_t)axis->words * v->table->rows.count * sizeof *axis->masks);
  for (uint32_t row = 0; row < v->table->rows.count; row++)
    for (uint32_t a = 0; a < axis->atoms.count; a++)
      if (cell_holds(axis, &v->table->rows.at[row].cells[key], &axis->atoms.at[a]))
        axis->masks[(size_t)row * axis->words + a / 64] |= UINT64_C(1) << (a % 64);
}

// ---- showing a case ----
static struct str atom_text(struct cover *v, const struct axis *axis, const struct atom *atom, bool chinese) {
  if (atom->kind == ATOM_MISSING) return chinese ? STR("缺失") : STR("missing");
  if (atom->kind == ATOM_OTHER) return chinese ? STR("其他任意文本") : STR("any other text");
  if (atom->kind == ATOM_TEXT)
    return nuo__arena_format(v->c->arena, "\"%.*s\"", (int)atom->text.len, atom->text.at);
  return nuo__value_text(v->c->arena, axis->type, atom->value, chinese);
}

static struct str witness_text(struct cover *v, bool chinese) {
  struct str text = STR("");
  for (uint32_t key = 0; key < v->table->keys; key++) {
    const struct axis *axis = &v->axes[key];
    const struct names *names = &v->table->key_names[key];
    const struct str name = chinese ? names->zh : names->en;
    const struct str value = atom_text(v, axis, &axis->atoms.at[v->witness[key]], chinese);
    text = nuo__arena_format(v->c->arena, "%.*s%s%.*s%s%.*s", (int)text.len, text.at,
                             key == 0 ? "" : (chinese ? "，" : ", "), (int)name.len, name.at,
                             chinese ? " 为 " : " is ", (int)value.len, value.at);
  }
  return text;
}

static struct diag_arg witness_arg(struct cover *v) {
  return (struct diag_arg){.en = witness_text(v, false), .zh = witness_text(v, true)};
}

// ---- overlaps ----
static bool common_atom(const struct axis *axis, uint32_t a, uint32_t b, uint32_t *atom) {
  for (uint32_t w = 0; w < axis->words; w++) {
    const uint64_t both = row_mask(axis, a)[w] & row_mask(axis, b)[w];
    if (both == 0) continue;
    for (*atom = w * 64; !mask_has(row_mask(axis, a), *atom) || !mask_has(row_mask(axis, b), *atom);) ++*atom;
    return true;
  }
  return false;
}

static bool rows_overlap(struct cover *v, uint32_t a, uint32_t b) {
  for (uint32_t key = 0; key < v->table->keys; key++)
    if (!common_atom(&v->axes[key], a, b, &v->witness[key])) return false;
  return true;
}

// Each row is reported with the first earlier row that it overlaps.
static void find_overlaps(struct cover *v) {
  uint32_t steps = 0;
  for (uint32_t b = 1; b < v->table->rows.count; b++)
    for (uint32_t a = 0; a < b; a++) {
      if (++steps > CHECK_MAX_COVER_STEPS) {
        v->cut = true;
        return;
      }
      if (!rows_overlap(v, a, b)) continue;
      REPORT(v->c, N0602, v->table->rows.at[b].span, nuo__diag_number(v->c->diags, b + 1),
             nuo__diag_number(v->c->diags, a + 1), witness_arg(v))
          ->also = v->table->rows.at[a].span;
      break;
    }
}

// ---- rows for a missing key, under `first` ----
static bool tests_value(const struct cell *cell) {
  return cell->kind == CELL_EQUAL || cell->kind == CELL_IN || cell->kind == CELL_COMPARE;
}

// Whether row `a` may hold in some case of row `b`: no test of a value is false of a missing one.
static bool may_hold_in(const struct cover *v, uint32_t a, uint32_t b) {
  for (uint32_t key = 0; key < v->table->keys; key++) {
    const struct axis *axis = &v->axes[key];
    uint32_t atom;
    const bool unknown =
        tests_value(&v->table->rows.at[a].cells[key]) && mask_has(row_mask(axis, b), axis->atoms.count - 1);
    if (!unknown && !common_atom(axis, a, b, &atom)) return false;
  }
  return true;
}

// The first key that `row` wants missing and `above` tests, or the number of keys.
static uint32_t key_tested_above(const struct table *table, uint32_t row, uint32_t above) {
  uint32_t key = 0;
  while (key < table->keys && (table->rows.at[row].cells[key].kind != CELL_MISSING ||
                               !tests_value(&table->rows.at[above].cells[key])))
    key++;
  return key;
}

static bool wants_missing(const struct table *table, uint32_t row) {
  for (uint32_t key = 0; key < table->keys; key++)
    if (table->rows.at[row].cells[key].kind == CELL_MISSING) return true;
  return false;
}

// Each row is reported with the first one above it that keeps it from being reached.
static void find_too_low(struct cover *v) {
  const struct table *table = v->table;
  uint32_t steps = 0;
  for (uint32_t low = 1; low < table->rows.count; low++) {
    if (!wants_missing(table, low)) continue;
    for (uint32_t above = 0; above < low; above++) {
      if (++steps > CHECK_MAX_COVER_STEPS) {
        v->cut = true;
        return;
      }
      const uint32_t key = key_tested_above(table, low, above);
      if (key == table->keys || !may_hold_in(v, above, low)) continue;
      REPORT(v->c, N0614, table->rows.at[low].span, nuo__diag_number(v->c->diags, low + 1),
             nuo__diag_number(v->c->diags, above + 1), nuo__names_arg(table->key_names[key]))
          ->also = table->rows.at[above].span;
      break;
    }
  }
}

// ---- gaps ----
static bool matches_whatever(const struct cover *v, uint32_t row, uint32_t key) {
  const struct axis *axis = &v->axes[key];
  for (uint32_t a = 0; a + 1 < axis->atoms.count; a++)
    if (!mask_has(row_mask(axis, row), a)) return false;
  return true;
}

static void find_free_from(struct cover *v) {
  for (uint32_t row = 0; row < v->table->rows.count; row++) {
    uint32_t key = v->table->keys;
    while (key > 0 && matches_whatever(v, row, key - 1)) key--;
    v->free_from[row] = key;
  }
}

static uint32_t keep_matching(const struct cover *v, uint32_t key, uint32_t atom, const uint32_t *rows,
                              uint32_t count, uint32_t *kept) {
  uint32_t n = 0;
  for (uint32_t i = 0; i < count; i++)
    if (mask_has(row_mask(&v->axes[key], rows[i]), atom)) kept[n++] = rows[i];
  return n;
}

// Whether some choice of the keys from `key` on is matched by none of `rows`; v->witness is the choice then.
static bool find_gap(struct cover *v, uint32_t key, const uint32_t *rows, uint32_t count) {
  if (v->cut || v->steps > CHECK_MAX_COVER_STEPS) {
    v->cut = true;
    return false;
  }
  if (count == 0) {
    for (; key < v->table->keys; key++) v->witness[key] = 0;
    return true;
  }
  for (uint32_t i = 0; i < count; i++)
    if (v->free_from[rows[i]] <= key) return false;
  uint32_t *kept = v->active[key];
  for (uint32_t a = 0; a + 1 < v->axes[key].atoms.count; a++) {
    v->steps += count;
    const uint32_t n = keep_matching(v, key, a, rows, count, kept);
    v->witness[key] = a;
    if (find_gap(v, key + 1, kept, n)) return true;
  }
  return false;
}

static void find_gaps(struct cover *v) {
  uint32_t *all = nuo__arena_alloc(v->c->arena, v->table->rows.count * sizeof *all);
  for (uint32_t i = 0; i < v->table->rows.count; i++) all[i] = i;
  find_free_from(v);
  if (!find_gap(v, 0, all, v->table->rows.count)) return;
  REPORT(v->c, N0603, v->table->span, nuo__names_arg(v->table->names), witness_arg(v));
}

void nuo__check_cover(struct checker *c, const struct table *table) {
  struct cover v = {.c = c, .table = table};
  v.axes = nuo__arena_alloc(c->arena, (table->keys + 1) * sizeof *v.axes);
  v.free_from = nuo__arena_alloc(c->arena, table->rows.count * sizeof *v.free_from);
  v.active = nuo__arena_alloc(c->arena, (table->keys + 1) * sizeof *v.active);
  v.witness = nuo__arena_alloc(c->arena, (table->keys + 1) * sizeof *v.witness);
  for (uint32_t key = 0; key < table->keys; key++) {
    build_axis(&v, key);
    v.active[key] = nuo__arena_alloc(c->arena, table->rows.count * sizeof **v.active);
  }
  if (table->first)
    find_too_low(&v);
  else
    find_overlaps(&v);
  find_gaps(&v);
  if (v.cut) REPORT(c, N0604, table->span, nuo__names_arg(table->names));
}
