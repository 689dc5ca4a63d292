// SPDX-License-Identifier: Apache-2.0
// The shape of conditions and of the document: operators whose order readers guess at, conditions too long to
// take in, numbers that stand in many rules, texts with a space too many, notes to oneself.
#include <string.h>

#include "compiler/lint/lint.h"

#define MOST_PARTS 12
#define SAME_NUMBER 3

// ---- and within or ----

static void look_at_mix(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  if (e->kind != EXPR_OPERATOR || e->op != OP_or) return;
  const struct expr *sides[2] = {e->left, e->right};
  for (int i = 0; i < 2; i++) {
    const struct expr *side = sides[i];
    if (side->kind != EXPR_OPERATOR || side->op != OP_and || side->parenthesised) continue;
    const struct str text = nuo__lint_text(l, side->span);
    nuo__lint_edit(nuo__lint_add(l, DIAG_N1312, side->span), side->span,
                   nuo__arena_format(l->arena, "(%.*s)", (int)text.len, text.at));
  }
}

// ---- length ----

static uint32_t parts_of(const struct expr *e) {
  if (e == NULL) return 0;
  if (e->kind == EXPR_OPERATOR && (e->op == OP_and || e->op == OP_or))
    return parts_of(e->left) + parts_of(e->right);
  return e->kind == EXPR_OPERATOR && e->op == OP_not ? parts_of(e->left) : 1;
}

static void look_at_length(struct lint *l, const struct rule *rule) {
  const uint32_t parts = parts_of(rule->condition);
  if (parts > MOST_PARTS)
    nuo__lint_add2(l, DIAG_N1313, rule->condition->span, nuo__lint_names(rule->names),
                   nuo__lint_number(l, parts));
}

// ---- the same number in many rules ----

struct repeated {
  const struct rule *last;
  uint32_t rules;
};
struct numbers {
  struct pool keys;
  VEC(struct repeated) uses;
};

static void look_at_number(struct lint *l, const struct expr *e, void *context) {
  struct numbers *numbers = context;
  if (e->kind != EXPR_OPERATOR || e->op < OP_lt || e->op > OP_ge || l->rule == NULL) return;
  const struct expr *left = nuo__expr_peel(e->left), *right = nuo__expr_peel(e->right);
  const bool constant =
      right->kind == EXPR_NUMBER || right->kind == EXPR_DECIMAL || right->kind == EXPR_DURATION;
  // What stands in a definition is written once already.
  if (left->ref != REF_FIELD || !constant || e->right != right || right->number < 2) return;
  const struct field *field = left->target;
  const struct str key = nuo__arena_format(l->arena, "%u %u %d %lld", field->event->index, field->index,
                                           (int)right->unit, (long long)right->number);
  uint32_t *at = nuo__pool_at(l->arena, &numbers->keys, key.at, key.len);
  if (*at == UINT32_MAX) {
    *at = numbers->uses.count;
    VEC_PUSH(l->arena, &numbers->uses, (struct repeated){NULL, 0});
  }
  struct repeated *use = &numbers->uses.at[*at];
  use->rules += use->last != l->rule;
  use->last = l->rule;
  if (use->rules == SAME_NUMBER)
    nuo__lint_add2(l, DIAG_N1314, right->span, nuo__lint_quote(l, right->span),
                   (struct diag_arg){.en = field->path, .zh = field->path_zh});
}

// ---- texts ----

static bool has_space(struct str text) {
  return text.len > 0 && (text.at[0] == ' ' || text.at[text.len - 1] == ' ');
}

static void look_at_text(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  if (e->kind != EXPR_OPERATOR || (e->op != OP_is && e->op != OP_is_not)) return;
  const struct expr *right = nuo__expr_peel(e->right);
  if (right->kind == EXPR_TEXT && has_space(right->text))
    nuo__lint_add1(l, DIAG_N1118, right->span, nuo__lint_quote(l, right->span));
}

// ---- notes to oneself ----

static void look_at_comment(struct lint *l, struct span span) {
  static const char *const marks[] = {"TODO", "FIXME", "XXX", "待定", "待补", "待确认"};
  const struct str text = nuo__lint_text(l, span);
  for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
    const uint32_t len = (uint32_t)strlen(marks[i]);
    for (uint32_t at = 0; at + len <= text.len; at++)
      if (memcmp(text.at + at, marks[i], len) == 0) {
        nuo__lint_add1(l, DIAG_N1317, span, nuo__diag_text(nuo__str_of(marks[i])));
        return;
      }
  }
}

void nuo__lint_shape(struct lint *l) {
  const struct program *p = l->program;
  struct numbers numbers = {.keys = {.slots = NULL}};
  nuo__lint_walk_all(l, look_at_mix, NULL);
  nuo__lint_walk_all(l, look_at_text, NULL);
  nuo__lint_walk_all(l, look_at_number, &numbers);
  for (uint32_t i = 0; i < p->rules.count; i++)
    if (nuo__lint_is_written(p->rules.at[i])) look_at_length(l, p->rules.at[i]);
  for (uint32_t f = 0; f < l->compilation->files.count; f++)
    for (uint32_t i = 0; i < l->compilation->files.at[f].comments.count; i++)
      look_at_comment(l, l->compilation->files.at[f].comments.at[i]);
  if (p->title.len == 0) nuo__lint_add1(l, DIAG_N1318, p->names.span, nuo__lint_names(p->names));
}
