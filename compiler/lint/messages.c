// SPDX-License-Identifier: Apache-2.0
// What a rule tells people: nothing, too much, or not the value that it speaks of; and what it leaves out
// that its neighbours say.
#include "compiler/clause_number.h"
#include "compiler/lint/lint.h"

#define LONGEST_MESSAGE 300  // bytes: a hundred Chinese characters

// ---- the value that it speaks of ----

static bool is_measured(const struct type *type) {
  return type->kind == TYPE_NUMBER || type->kind == TYPE_DECIMAL || type->kind == TYPE_DURATION;
}

// A field that is compared with a bound.
static void find_measured(struct lint *l, const struct expr *e, void *context) {
  const struct field **found = context;
  (void)l;
  if (*found != NULL || e->kind != EXPR_OPERATOR || e->op < OP_lt || e->op > OP_ge) return;
  const struct expr *sides[2] = {nuo__expr_peel(e->left), nuo__expr_peel(e->right)};
  for (int i = 0; i < 2; i++)
    if (sides[i]->ref == REF_FIELD && is_measured(sides[i]->type) &&
        !((const struct field *)sides[i]->target)->sensitive)
      *found = sides[i]->target;
}

static void look_at_value(struct lint *l, const struct rule *rule) {
  const struct field *field = NULL;
  if (rule->because->kind != EXPR_TEXT || rule->core == CORE_LIMIT) return;
  nuo__lint_walk(l, rule->condition, find_measured, &field);
  if (field != NULL)
    nuo__lint_add2(l, DIAG_N1311, rule->because->span, nuo__lint_names(rule->names),
                   (struct diag_arg){.en = field->path, .zh = field->path_zh});
}

// ---- sensitive fields ----

static void look_at_sensitive(struct lint *l, const struct expr *because) {
  for (uint32_t i = 0; i < because->items.count; i++) {
    const struct expr *e = because->items.at[i];
    const struct field *field = e->ref == REF_FIELD ? e->target : NULL;
    if (field != NULL && field->sensitive)
      nuo__lint_add1(l, DIAG_N1601, e->span, (struct diag_arg){.en = field->path, .zh = field->path_zh});
  }
}

static void look_at_message(struct lint *l, const struct rule *rule) {
  if (rule->because->span.end - rule->because->span.start > LONGEST_MESSAGE)
    nuo__lint_add1(l, DIAG_N1323, rule->because->span, nuo__lint_names(rule->names));
  look_at_value(l, rule);
  look_at_sensitive(l, rule->because);
}

static void look_at_cites(struct lint *l, const struct decl *decl) {
  const expr_list *cites = &decl->rule.cites;
  struct clause_numbers *all = nuo__arena_alloc(nuo__lint_scratch(l), (cites->count + 1) * sizeof *all);
  for (uint32_t i = 0; i < cites->count; i++) {
    const struct str text = cites->at[i]->text;
    uint32_t k = 0;
    nuo__clause_numbers(text, &all[i]);
    nuo__lint_backwards(l, text, cites->at[i]->span);
    while (k < i && !nuo__str_equal(text, cites->at[k]->text) && !nuo__clause_numbers_meet(&all[i], &all[k]))
      k++;
    if (k < i)
      nuo__lint_add1(l, DIAG_N1324, cites->at[i]->span, nuo__diag_text(text))->diag.also = cites->at[k]->span;
  }
}

void nuo__lint_messages(struct lint *l) {
  const struct program *p = l->program;
  uint32_t graded = 0;
  for (uint32_t i = 0; i < p->rules.count; i++) graded += p->rules.at[i]->severity >= 0;
  for (uint32_t i = 0; i < p->rules.count; i++) {
    const struct rule *rule = p->rules.at[i];
    const struct decl *decl = nuo__lint_decl(l, rule->names);
    if (rule->because == NULL)
      nuo__lint_add1(l, DIAG_N1310, rule->names.span, nuo__lint_names(rule->names));
    else
      look_at_message(l, rule);
    if (rule->severity < 0 && graded * 2 > p->rules.count)
      nuo__lint_add1(l, DIAG_N1321, rule->names.span, nuo__lint_names(rule->names));
    if (decl != NULL) look_at_cites(l, decl);
  }
}
