// SPDX-License-Identifier: Apache-2.0
// Where a severity is asked of breaches, the rules whose breaches have none are told: to them the question
// stays open. Called by nuo__check when all rules and what they lead to are known.
#include "compiler/check.h"
#include "runtime/image.h"

#define MAX_NAMED 5  // rules in one message

// ---- where it is asked ----
static bool is_severity(const struct expr *e) {
  if (e->ref != REF_FIELD) return false;
  const struct field *field = e->target;
  return field->event->origin == EVENT_BREACH && field->index == BREACH_SEVERITY;
}

// The severity that a condition asks for; `*guarded` when it also says what a missing one means.
static const struct expr *asked_severity(const struct expr *e, bool *guarded) {
  if (e == NULL) return NULL;
  e = nuo__expr_peel(e);
  if (is_severity(e)) return e;
  if (e->kind != EXPR_OPERATOR) return NULL;
  const struct expr *left = asked_severity(e->left, guarded), *right = asked_severity(e->right, guarded);
  *guarded |= left != NULL && (e->op == OP_missing || e->op == OP_present || e->op == OP_default);
  return left != NULL ? left : right;
}

// ---- of which rules ----
static void add_name(struct checker *c, struct str *en, struct str *zh, const struct names *names) {
  *en = nuo__arena_format(c->arena, "%.*s%s`%.*s`", (int)en->len, en->at, en->len > 0 ? ", " : "",
                          (int)names->en.len, names->en.at);
  *zh = nuo__arena_format(c->arena, "%.*s“%.*s”", (int)zh->len, zh->at, (int)names->zh.len, names->zh.at);
}

// `scope` is what has to hold besides, or NULL.
static void check_severity(struct checker *c, const struct expr *condition, const struct expr *scope) {
  bool guarded = false;
  const struct expr *asked = asked_severity(condition, &guarded);
  const struct rule *last = NULL;
  uint32_t count = 0;
  struct str en = STR(""), zh = STR("");
  if (asked == NULL || guarded) return;
  const struct breach_type *told = ((const struct field *)asked->target)->told;
  for (uint32_t i = 0; i < c->program->rules.count; i++) {
    const struct rule *rule = c->program->rules.at[i];
    if (rule->severity >= 0 || !nuo__breach_tells(told, rule->pack) ||
        nuo__breach_excluded(c, rule, condition, true) || nuo__breach_excluded(c, rule, scope, true))
      continue;
    if (last != NULL && nuo__str_equal(last->names.en, rule->names.en)) continue;  // a duty's `otherwise`
    if (++count <= MAX_NAMED) add_name(c, &en, &zh, &rule->names);
    last = rule;
  }
  if (count > MAX_NAMED) {
    en = nuo__arena_format(c->arena, "%.*s, …", (int)en.len, en.at);
    zh = nuo__arena_format(c->arena, "%.*s……", (int)zh.len, zh.at);
  }
  if (count > 0) nuo__check_report(c, DIAG_N0572, asked->span, (struct diag_arg[]){{.en = en, .zh = zh}}, 1);
}

// ---- all places ----
static void check_match_severity(struct checker *c, const struct duty_match *match) {
  if (match->event->origin == EVENT_BREACH) check_severity(c, match->where, NULL);
}

static void check_duty_severity(struct checker *c, const struct duty *duty) {
  if (duty->trigger != NULL && duty->trigger->origin == EVENT_BREACH) check_severity(c, duty->where, NULL);
  for (uint32_t i = 0; i < duty->steps.count; i++) check_match_severity(c, &duty->steps.at[i].match);
  for (uint32_t i = 0; i < duty->discharges.count; i++) check_match_severity(c, &duty->discharges.at[i]);
}

static void check_fact_severity(struct checker *c, const struct fact *fact) {
  for (uint32_t i = 0; i < fact->changes.count; i++)
    if (fact->changes.at[i].event->origin == EVENT_BREACH) check_severity(c, fact->changes.at[i].where, NULL);
}

void nuo__check_severities_told(struct checker *c) {
  const struct program *program = c->program;
  if (c->program->breaches.count == 0 || c->diags->errors > 0) return;
  for (uint32_t i = 0; i < program->rules.count; i++) {
    const struct rule *rule = program->rules.at[i];
    if (rule->event->origin != EVENT_BREACH) continue;
    check_severity(c, rule->scope, NULL);
    if (rule->core == CORE_FORBID) check_severity(c, rule->condition, rule->scope);
  }
  for (uint32_t i = 0; i < program->duties.count; i++) check_duty_severity(c, program->duties.at[i]);
  for (uint32_t i = 0; i < program->facts.count; i++) check_fact_severity(c, program->facts.at[i]);
  for (uint32_t i = 0; i < program->counters.count; i++)
    if (program->counters.at[i]->event->origin == EVENT_BREACH)
      check_severity(c, program->counters.at[i]->where, NULL);
}
