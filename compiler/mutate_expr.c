// SPDX-License-Identifier: Apache-2.0
// Small changes of expressions: a comparison turned or shifted, one side of `and` or `or` left out, an
// element of a set, a constant one more or one less. Called by mutate.c.
#include <stdlib.h>
#include <string.h>

#include "compiler/mutate_run.h"

// What an operator is turned into; OPERATOR_COUNT: it stays.
static enum operator_id turned(enum operator_id op) {
  switch (op) {
    case OP_or:
      return OP_and;
    case OP_and:
      return OP_or;
    case OP_is:
      return OP_is_not;
    case OP_is_not:
      return OP_is;
    case OP_in:
      return OP_not_in;
    case OP_not_in:
      return OP_in;
    case OP_any_in:
      return OP_none_in;
    case OP_none_in:
      return OP_any_in;
    case OP_lt:
      return OP_le;
    case OP_le:
      return OP_lt;
    case OP_gt:
      return OP_ge;
    case OP_ge:
      return OP_gt;
    case OP_missing:
      return OP_present;
    case OP_present:
      return OP_missing;
    default:
      return OPERATOR_COUNT;
  }
}

static bool is_shift(enum operator_id op) {
  return op == OP_lt || op == OP_le || op == OP_gt || op == OP_ge;
}

static struct diag_arg becomes(struct mutator *m, struct span span, enum operator_id to) {
  const struct diag_arg what = nuo__mutate_says(m, span, "`%.*s`", "“%.*s”");
  struct arena *arena = m->compilation->arena;
  const struct diag_arg word = nuo__operator_arg(to);
  return (struct diag_arg){nuo__arena_format(arena, "`%.*s` instead in %.*s", (int)word.en.len, word.en.at,
                                             (int)what.en.len, what.en.at),
                           nuo__arena_format(arena, "%.*s 中改用“%.*s”", (int)what.zh.len, what.zh.at,
                                             (int)word.zh.len, word.zh.at)};
}

// ---- the changes of one expression ----

// The smallest step of a constant that a person would write; 0: it is no such constant.
static int64_t step_of(const struct expr *e) {
  switch (e->kind) {
    case EXPR_NUMBER:
    case EXPR_DATE:
    case EXPR_DURATION:
      return 1;
    case EXPR_DECIMAL:
      return 1000000 / 100;
    case EXPR_CLOCK:
      return 60000;
    case EXPR_INSTANT:
      return 1000;
    default:
      return 0;
  }
}

static bool shift(struct expr *e, int side) {
  const int64_t number = e->number + side * step_of(e);
  if (number == e->number || number < 0 || (e->kind == EXPR_CLOCK && number > 24 * 3600000)) return false;
  e->number = number;
  return true;
}

static bool turn(struct expr *e) {
  const enum operator_id op = e->kind == EXPR_OPERATOR && e->left != NULL ? turned(e->op) : OPERATOR_COUNT;
  if (op == OPERATOR_COUNT) return false;
  e->op = op;
  return true;
}

static bool replace(struct expr *e, const struct expr *by) {
  *e = *by;
  return true;
}

static bool leave_out_element(struct arena *arena, struct expr *e, uint32_t index) {
  expr_list rest = {0};
  if (e->kind != EXPR_SET || e->items.count < 2 || index >= e->items.count) return false;
  for (uint32_t i = 0; i < e->items.count; i++)
    if (i != index) VEC_PUSH(arena, &rest, e->items.at[i]);
  e->items = rest;
  return true;
}

bool nuo__mutate_longer(struct model_window *window) {
  static const enum unit longer[] = {[UNIT_DAY] = UNIT_WEEK,
                                     [UNIT_WEEK] = UNIT_MONTH,
                                     [UNIT_MONTH] = UNIT_QUARTER,
                                     [UNIT_QUARTER] = UNIT_YEAR};
  if (window->kind != WINDOW_THIS || window->period == UNIT_YEAR) return false;
  window->period = longer[window->period];
  return true;
}

struct diag_arg nuo__mutate_longer_says(void) {
  return nuo__diag_pair("the window is the next longer one", "窗口换成更长一级");
}

static bool widen(struct arena *arena, struct expr *e) {
  struct model_window *wider;
  if (e->kind != EXPR_AGGREGATE || e->window == NULL) return false;
  wider = ARENA_NEW(arena, struct model_window);
  *wider = *e->window;
  e->window = wider;
  return nuo__mutate_longer(wider);
}

enum variant {
  VARIANT_LESS,
  VARIANT_MORE,
  VARIANT_TURN,
  VARIANT_LEFT,
  VARIANT_RIGHT,
  VARIANT_NOT,
  VARIANT_WINDOW,
  VARIANT_ELEMENT
};

// Whether there is such a change of `e`; it is made.
static bool apply(struct arena *arena, struct expr *e, uint32_t variant) {
  const bool joins = e->kind == EXPR_OPERATOR && (e->op == OP_and || e->op == OP_or);
  switch (variant) {
    case VARIANT_LESS:
      return shift(e, -1);
    case VARIANT_MORE:
      return shift(e, 1);
    case VARIANT_TURN:
      return turn(e);
    case VARIANT_LEFT:
      return joins && replace(e, e->left);
    case VARIANT_RIGHT:
      return joins && replace(e, e->right);
    case VARIANT_NOT:
      return e->kind == EXPR_OPERATOR && e->op == OP_not && replace(e, e->left);
    case VARIANT_WINDOW:
      return widen(arena, e);
    default:
      return leave_out_element(arena, e, variant - VARIANT_ELEMENT);
  }
}

static struct diag_arg left_out(struct mutator *m, struct span span) {
  return nuo__mutate_says(m, span, "`%.*s` is left out", "去掉“%.*s”");
}

// How the change is told; `e` as it was before.
static struct change tell(struct mutator *m, const struct expr *e, uint32_t variant) {
  struct change change = {CHANGE_BRANCH, e->span, {{0}, {0}}};
  const struct expr *gone = variant == VARIANT_LEFT    ? e->right
                            : variant == VARIANT_RIGHT ? e->left
                            : variant == VARIANT_NOT   ? e
                                                       : NULL;
  if (variant >= VARIANT_ELEMENT) gone = e->items.at[variant - VARIANT_ELEMENT];
  if (gone != NULL) change.span = gone->span;
  if (variant <= VARIANT_MORE || (variant == VARIANT_TURN && is_shift(e->op))) change.kind = CHANGE_BOUNDARY;
  if (variant == VARIANT_LESS) change.what = nuo__mutate_says(m, e->span, "`%.*s` is one less", "“%.*s”减一");
  if (variant == VARIANT_MORE) change.what = nuo__mutate_says(m, e->span, "`%.*s` is one more", "“%.*s”加一");
  if (variant == VARIANT_TURN) change.what = becomes(m, e->span, turned(e->op));
  if (variant == VARIANT_NOT)
    change.what = nuo__mutate_says(m, e->span, "`%.*s` without `not`", "“%.*s”去掉“非”");
  if (variant == VARIANT_WINDOW)
    change = (struct change){CHANGE_BOUNDARY, e->span, nuo__mutate_longer_says()};
  if (change.what.en.at == NULL) change.what = left_out(m, change.span);
  return change;
}

// ---- all that were written in one place ----

static int compare(const void *a, const void *b) {
  const struct place *x = a, *y = b;
  if (x->e->span.file != y->e->span.file) return x->e->span.file < y->e->span.file ? -1 : 1;
  if (x->e->span.start != y->e->span.start) return x->e->span.start < y->e->span.start ? -1 : 1;
  if (x->e->span.end != y->e->span.end) return x->e->span.end < y->e->span.end ? -1 : 1;
  if (x->e->kind != y->e->kind) return x->e->kind < y->e->kind ? -1 : 1;
  return x->e == y->e ? 0 : x->e < y->e ? -1 : 1;
}

static bool is_same_place(const struct place *a, const struct place *b) {
  return memcmp(&a->e->span, &b->e->span, sizeof a->e->span) == 0 && a->e->kind == b->e->kind;
}

static void try_variant(struct mutator *m, const struct place *places, uint32_t count, uint32_t variant) {
  struct arena *arena = m->compilation->arena;
  struct expr *kept = nuo__arena_alloc(arena, count * sizeof *kept);
  const struct expr before = *places[0].e;
  uint32_t changed = 0;
  bool possible = true;
  for (; changed < count && possible; changed++) {
    kept[changed] = *places[changed].e;
    possible = apply(arena, places[changed].e, variant);
  }
  if (possible) nuo__mutate_try(m, tell(m, &before, variant));
  for (uint32_t i = 0; i < changed; i++) *places[i].e = kept[i];
}

static void try_all(struct mutator *m, const struct place *places, uint32_t count) {
  const uint32_t elements = places[0].e->kind == EXPR_SET ? places[0].e->items.count : 0;
  const uint32_t variants = places[0].operators ? VARIANT_ELEMENT + elements : VARIANT_TURN;
  for (uint32_t variant = 0; variant < variants; variant++) try_variant(m, places, count, variant);
}

void nuo__mutate_expr(struct mutator *m, struct expr *e, bool operators) {
  if (e == NULL) return;
  if (e->kind == EXPR_OPERATOR && e->expansion != NULL) {  // `(title or body) contains x`
    nuo__mutate_expr(m, e->expansion, operators);
    return;
  }
  VEC_PUSH(m->compilation->arena, &m->places, (struct place){e, operators});
  nuo__mutate_expr(m, e->left, operators);
  nuo__mutate_expr(m, e->right, operators);
  for (uint32_t i = 0; i < e->items.count; i++) nuo__mutate_expr(m, e->items.at[i], operators);
  if (e->kind == EXPR_AGGREGATE && e->window != NULL) nuo__mutate_expr(m, e->window->length, operators);
  nuo__mutate_expr(m, e->expansion, operators);
}

void nuo__mutate_places(struct mutator *m) {
  struct place *at = m->places.at;
  uint32_t count = 0, end;
  if (m->places.count > 0) qsort(at, m->places.count, sizeof *at, compare);
  for (uint32_t i = 0; i < m->places.count; i++)  // rules and counters share conditions
    if (count == 0 || at[count - 1].e != at[i].e) at[count++] = at[i];
  for (uint32_t i = 0; i < count; i = end) {
    for (end = i + 1; end < count && is_same_place(&at[i], &at[end]); end++) {
    }
    try_all(m, &at[i], end - i);
  }
}

// ---- rows of tables ----

static bool other_result(struct expr *result) {
  const struct type *type = result->type;
  const int64_t values = type->kind == TYPE_FLAG   ? 2
                         : type->kind == TYPE_ENUM ? type->enumeration->items.count
                                                   : 1;
  if (values < 2) return shift(result, 1);
  result->number = (result->number + 1) % values;
  return true;
}

void nuo__mutate_row(struct mutator *m, struct model_row *row) {
  const struct expr kept = *row->result;
  if (other_result(row->result))
    nuo__mutate_try(
        m, (struct change){CHANGE_ROW, row->span,
                           nuo__mutate_says(m, row->span, "another result in `%.*s`", "“%.*s”换成别的结果")});
  *row->result = kept;
}
