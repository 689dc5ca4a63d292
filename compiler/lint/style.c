// SPDX-License-Identifier: Apache-2.0
// Conditions that can be said more plainly, with the edit that says so. An edit is offered only where both
// sides are written in the same place: not through a definition.
#include <string.h>

#include "compiler/lint/lint.h"

static bool is_op(const struct expr *e, enum operator_id op) {
  return e != NULL && e->kind == EXPR_OPERATOR && e->op == op;
}

static struct str text_of(const struct lint *l, const struct expr *e) {
  return nuo__lint_text(l, e->span);
}

static bool is_han_op(const struct lint *l, const struct expr *e) {
  // The gap between the operands, or what stands before the only one.
  struct span gap = {e->span.file, e->span.start, e->left->span.start};
  if (e->right != NULL) gap = (struct span){e->span.file, e->left->span.end, e->right->span.start};
  return nuo__str_has_han(nuo__lint_text(l, gap));
}

// ---- not not a, not (a is b) ----

static void look_at_not(struct lint *l, const struct expr *e) {
  const struct expr *inner = e->left;
  if (is_op(inner, OP_not)) {
    nuo__lint_edit(nuo__lint_add(l, DIAG_N1401, e->span), e->span, text_of(l, inner->left));
    return;
  }
  static const struct {
    enum operator_id from;
    const char *en, *zh;
  } turned[] = {{OP_is, "is not", "不为"},          {OP_is_not, "is", "为"},
                {OP_in, "not in", "不属于"},        {OP_not_in, "in", "属于"},
                {OP_missing, "is present", "具备"}, {OP_present, "is missing", "缺失"}};
  for (size_t i = 0; inner != NULL && i < sizeof turned / sizeof *turned; i++) {
    if (!is_op(inner, turned[i].from)) continue;
    const char *word = is_han_op(l, e) ? turned[i].zh : turned[i].en;
    const struct str left = text_of(l, inner->left);
    const struct str right = inner->right == NULL ? STR("") : text_of(l, inner->right);
    nuo__lint_edit(nuo__lint_add1(l, DIAG_N1405, e->span, nuo__diag_text(nuo__str_of(word))), e->span,
                   nuo__arena_format(l->arena, "%.*s %s%s%.*s", (int)left.len, left.at, word,
                                     inner->right == NULL ? "" : " ", (int)right.len, right.at));
  }
}

// ---- x is true ----

static void look_at_truth(struct lint *l, const struct expr *e) {
  if (!is_op(e, OP_is) && !is_op(e, OP_is_not)) return;
  if (e->right == NULL || e->right->kind != EXPR_FLAG || e->left->type == NULL) return;
  const bool positive = (e->right->number != 0) == (e->op == OP_is);
  const struct str left = text_of(l, e->left);
  const bool bare = e->left->kind == EXPR_PATH || e->left->kind == EXPR_CALL;
  struct finding *finding = nuo__lint_add1(l, DIAG_N1402, e->span, nuo__diag_text(left));
  if (bare)
    nuo__lint_edit(finding, e->span,
                   nuo__arena_format(l->arena, "%s%.*s",
                                     positive          ? ""
                                     : is_han_op(l, e) ? "非 "
                                                       : "not ",
                                     (int)left.len, left.at));
}

// ---- sets ----

static void look_at_set(struct lint *l, const struct expr *e) {
  const struct expr *set = e->right;
  if ((!is_op(e, OP_in) && !is_op(e, OP_not_in)) || set == NULL || set->kind != EXPR_SET) return;
  if (set->items.count == 1) {
    const bool han = is_han_op(l, e), in = e->op == OP_in;
    const struct str left = text_of(l, e->left), item = text_of(l, set->items.at[0]);
    nuo__lint_edit(
        nuo__lint_add1(l, DIAG_N1403, set->span, nuo__diag_text(item)), e->span,
        nuo__arena_format(l->arena, "%.*s %s %.*s", (int)left.len, left.at,
                          in ? (han ? "为" : "is") : (han ? "不为" : "is not"), (int)item.len, item.at));
  }
}

static void look_at_doubles(struct lint *l, const struct expr *set) {
  for (uint32_t i = 1; set->kind == EXPR_SET && i < set->items.count && set->items.count <= 200; i++)
    for (uint32_t k = 0; k < i; k++) {
      if (!nuo__expr_same(set->items.at[i], set->items.at[k])) continue;
      const struct str text = text_of(l, set->items.at[i]);
      struct finding *finding = nuo__lint_add1(l, DIAG_N1404, set->items.at[i]->span, nuo__diag_text(text));
      struct span span = set->items.at[i]->span;
      span.start = set->items.at[i - 1]->span.end;
      nuo__lint_edit(finding, span, STR(""));
      break;
    }
}

// ---- 3 < x ----

static bool is_constant(const struct expr *e) {
  return e->kind <= EXPR_DECIMAL || (e->kind >= EXPR_DATE && e->kind <= EXPR_DURATION);
}

static void look_at_order(struct lint *l, const struct expr *e) {
  static const char *const mirrored[] = {">", ">=", "<", "<="};
  if (e->kind != EXPR_OPERATOR || e->op < OP_lt || e->op > OP_ge) return;
  if (!is_constant(e->left) || is_constant(e->right)) return;
  const struct str left = text_of(l, e->left), right = text_of(l, e->right);
  nuo__lint_edit(nuo__lint_add1(l, DIAG_N1409, e->span, nuo__diag_text(right)), e->span,
                 nuo__arena_format(l->arena, "%.*s %s %.*s", (int)right.len, right.at,
                                   mirrored[e->op - OP_lt], (int)left.len, left.at));
}

// ---- the same on both sides ----

static void look_at_sides(struct lint *l, const struct expr *e) {
  if (e->kind != EXPR_OPERATOR || e->right == NULL || e->left == NULL) return;
  const bool compared = e->op == OP_is || e->op == OP_is_not || (e->op >= OP_lt && e->op <= OP_ge) ||
                        e->op == OP_sub || e->op == OP_div;
  if (!compared || is_constant(e->left) || !nuo__expr_same(e->left, e->right)) return;
  nuo__lint_add1(l, DIAG_N1109, e->span, nuo__lint_quote(l, e->left->span));
}

// ---- 3600 seconds ----

static void look_at_duration(struct lint *l, const struct expr *e) {
  if (e->kind != EXPR_DURATION || e->unit >= UNIT_HOUR || e->number < 120 || e->number % 60 != 0) return;
  static const char *const en[] = {"minutes", "hours"}, *const zh[] = {"分钟", "小时"};
  int64_t amount = e->number / 60;
  enum unit unit = e->unit;
  if (unit == UNIT_SECOND && amount % 60 == 0) amount /= 60, unit = UNIT_MINUTE;
  const struct str text = text_of(l, e);
  const bool han = nuo__str_has_han(text);
  const char *word = han ? zh[unit] : amount == 1 ? (unit == UNIT_SECOND ? "minute" : "hour") : en[unit];
  const struct str plain = nuo__arena_format(l->arena, "%lld%s%s", (long long)amount, han ? "" : " ", word);
  nuo__lint_edit(nuo__lint_add2(l, DIAG_N1410, e->span, nuo__diag_text(text), nuo__diag_text(plain)), e->span,
                 plain);
}

static void look(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  if (is_op(e, OP_not)) look_at_not(l, e);
  look_at_truth(l, e);
  look_at_set(l, e);
  look_at_doubles(l, e);
  look_at_order(l, e);
  look_at_sides(l, e);
  look_at_duration(l, e);
}

// ---- `on E as c`, and no c ----

static bool is_read(struct lint *l, const struct decl *decl, struct str alias, uint32_t at) {
  const struct str code = *nuo__lint_code(l, decl->span.file);
  for (; at + alias.len < decl->span.end; at++)
    if (code.at[at + alias.len] == '.' && memcmp(code.at + at, alias.at, alias.len) == 0) return true;
  return false;
}

static void look_at_alias(struct lint *l, const struct decl *decl) {
  const struct rule_decl *rule = decl->kind == DECL_DUTY ? &decl->duty.rule : &decl->rule;
  if (rule->on.count != 1 || rule->on.at[0].alias.en.at == NULL) return;
  const struct names alias = rule->on.at[0].alias;
  if (is_read(l, decl, alias.en, alias.span.end) || is_read(l, decl, alias.zh, alias.span.end)) return;
  struct finding *finding = nuo__lint_add1(l, DIAG_N1408, alias.span, nuo__diag_text(alias.written));
  nuo__lint_edit(finding, (struct span){alias.span.file, rule->on.at[0].event.span.end, alias.span.end},
                 STR(""));
}

void nuo__lint_style(struct lint *l) {
  nuo__lint_walk_all(l, look, NULL);
  for (uint32_t f = 0; f < l->compilation->files.count; f++)
    for (uint32_t d = 0; d < l->compilation->files.at[f].decls.count; d++) {
      const struct decl *decl = l->compilation->files.at[f].decls.at[d];
      if (decl->kind == DECL_RULE || decl->kind == DECL_DUTY) look_at_alias(l, decl);
    }
}
