// SPDX-License-Identifier: Apache-2.0
// Search in texts and lists: `contains`, `starts with`, `matches` and their like. Where several texts are
// searched, `(title or body) contains x`, it is written out here: a search in each, joined by `or`; and so is
// `contains all of`, joined by `and`. So no later stage knows of it. Called by check_operator.c.
#include "compiler/check.h"

typedef const struct type type_t;

static type_t *simple(enum type_kind kind) {
  return nuo__type_simple(kind);
}

static bool is_any_of(enum operator_id op) {
  return op == OP_contains_any || op == OP_starts_any || op == OP_ends_any;
}

static enum operator_id any_of(enum operator_id op) {
  return op == OP_starts ? OP_starts_any : op == OP_ends ? OP_ends_any : OP_contains_any;
}

// ---- one text, or a list ----
static void check_sought(struct checker *c, struct expr *e) {
  if (nuo__type_in(e->right->type, TYPES_SEVERAL | BIT(TYPE_TEXTS)))
    REPORT(c, N0437, e->span, nuo__operator_arg(e->op), nuo__operator_arg(any_of(e->op)));
  else
    nuo__check_fits(c, e->right, simple(TYPE_TEXT));
}

static void check_element(struct checker *c, struct expr *e) {
  type_t *element = e->left->type->element, *right = e->right->type;
  if (nuo__type_in(right, TYPES_SEVERAL))
    REPORT(c, N0416, e->span, nuo__operator_arg(e->op), nuo__operator_arg(OP_any_in));
  else if (nuo__type_common(element, right) == NULL)
    nuo__check_fits(c, e->right, element);
  else
    nuo__check_named(c, e);
}

static void check_sought_any(struct checker *c, struct expr *e) {
  type_t *right = e->right->type;
  const bool several = right->kind == TYPE_SET || right->kind == TYPE_LIST;
  if (!several || right->element->kind != TYPE_TEXT)
    REPORT(c, N0415, e->right->span, nuo__operator_arg(e->op), nuo__type_arg(c, right));
  else if (nuo__comes_with_event(e->right))
    REPORT(c, N0447, e->right->span, nuo__operator_arg(e->op));
}

static void report_left(struct checker *c, const struct expr *e) {
  type_t *left = e->left->type;
  if (e->op == OP_contains)
    REPORT(c, N0414, e->left->span, nuo__type_arg(c, left));
  else if (e->op == OP_contains_any && left->kind == TYPE_LIST)
    REPORT(c, N0416, e->span, nuo__operator_arg(e->op), nuo__operator_arg(OP_any_in));
  else
    nuo__check_fits(c, e->left, simple(TYPE_TEXT));
}

// The left side is typed.
static void check_one(struct checker *c, struct expr *e) {
  type_t *left = e->left->type;
  const bool in_list = left->kind == TYPE_LIST && e->op == OP_contains;
  type_t *right = nuo__check_expr(c, e->right, in_list ? left->element : NULL);
  e->type = simple(TYPE_FLAG);
  if (left->kind == TYPE_ERROR || right->kind == TYPE_ERROR) return;
  if (in_list)
    check_element(c, e);
  else if (left->kind != TYPE_TEXT)
    report_left(c, e);
  else if (is_any_of(e->op))
    check_sought_any(c, e);
  else if (e->op != OP_matches)
    check_sought(c, e);
}

// ---- several texts ----
// What `texts OP sought` stands for: `… OP sought or … OP sought`. What is sought is not typed yet.
static struct expr *written_out(struct checker *c, const struct expr *e, struct expr *texts,
                                struct expr *sought) {
  const struct expr *inner = nuo__expr_peel(texts);
  const bool last = inner->type->kind != TYPE_TEXTS;
  struct expr *search = ARENA_NEW(c->arena, struct expr);
  *search = *e;
  search->span = texts->span;
  search->left = texts;
  search->right = sought;
  search->type = simple(TYPE_FLAG);
  if (last) {
    check_one(c, search);
    return search;
  }
  struct expr *again = nuo__expr_clone(c, sought);
  search->op = OP_or;
  c->depth++;
  search->left = written_out(c, e, inner->left, sought);
  search->right = written_out(c, e, inner->right, again);
  c->depth--;
  return search;
}

// ---- several that have to be there ----
// What `left contains all of {a, b}` stands for, from one item up to another: `left contains a and …`.
static struct expr *each_of(struct checker *c, const struct expr *e, uint32_t from, uint32_t to) {
  const expr_list *items = &e->right->items;
  struct expr *part = ARENA_NEW(c->arena, struct expr);
  *part = (struct expr){.kind = EXPR_OPERATOR, .span = items->at[from]->span};
  part->span.end = items->at[to - 1]->span.end;
  if (to - from == 1) {
    part->op = OP_contains;
    part->left = nuo__expr_clone(c, e->left);
    part->right = items->at[from];
    return part;
  }
  const uint32_t middle = from + (to - from) / 2;
  part->op = OP_and;
  part->left = each_of(c, e, from, middle);
  part->right = each_of(c, e, middle, to);
  return part;
}

static void check_all_of(struct checker *c, struct expr *e) {
  // What is wrong with the left side is told once, not for each item.
  if (nuo__check_expr(c, e->left, NULL)->kind == TYPE_ERROR) return;
  if (e->right->kind != EXPR_SET || e->right->items.count == 0) {
    REPORT0(c, N0462, e->right->span);
    return;
  }
  e->expansion = each_of(c, e, 0, e->right->items.count);
  e->ref = REF_DEFINE;
  nuo__check_condition(c, e->expansion);
}

const struct type *nuo__check_search(struct checker *c, struct expr *e) {
  if (e->op == OP_contains_all)
    check_all_of(c, e);
  else if (nuo__check_expr(c, e->left, NULL)->kind != TYPE_TEXTS) {
    check_one(c, e);
  } else {
    e->expansion = written_out(c, e, e->left, e->right);
    e->expansion->span = e->span;
    e->ref = REF_DEFINE;
  }
  return simple(TYPE_FLAG);
}

static bool is_text(const struct expr *e) {
  return nuo__type_in(e->type, BIT(TYPE_TEXT) | BIT(TYPE_TEXTS));
}

const struct type *nuo__check_texts(struct checker *c, struct expr *e) {
  if (e->op != OP_or || !is_text(e->left)) return NULL;
  if (nuo__check_expr(c, e->right, simple(TYPE_TEXT))->kind == TYPE_ERROR) return simple(TYPE_ERROR);
  if (is_text(e->right)) return simple(TYPE_TEXTS);
  if (e->right->type->kind == TYPE_FLAG)
    REPORT0(c, N0461, e->left->span);
  else
    nuo__check_is_condition(c, e->left);
  return simple(TYPE_ERROR);
}
