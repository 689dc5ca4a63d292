// SPDX-License-Identifier: Apache-2.0
// Named exceptions, which may stand in any file: each is bound to the rule or the exception that it names,
// and read in the context of the event of the rule it belongs to in the end. Circles are shown as a path.
// Called by nuo__check after the rules.
#include "compiler/check.h"

// What the exception names, or NULL: it is reported.
static struct symbol *target_of(struct checker *c, const struct symbol *exception) {
  struct symbol *target = nuo__find(c, SPACE_RULES, &exception->decl->exception.to);
  return target != NULL && target->kind != SYMBOL_DUTY ? target : NULL;
}

static void report_circle(struct checker *c, struct symbol *first) {
  struct str en = first->names.en, zh = first->names.zh;
  struct symbol *at = first;
  do {
    at->active = true;
    at = target_of(c, at);
    en = nuo__arena_format(c->arena, "%.*s → %.*s", (int)en.len, en.at, (int)at->names.en.len,
                           at->names.en.at);
    zh = nuo__arena_format(c->arena, "%.*s → %.*s", (int)zh.len, zh.at, (int)at->names.zh.len,
                           at->names.zh.at);
  } while (at != first);
  REPORT(c, N0518, first->decl->exception.to.span, nuo__names_arg(first->names),
         (struct diag_arg){.en = en, .zh = zh});
}

// Where the story of the circle begins: with `exception` if it is part of it.
static struct symbol *enter_circle(struct checker *c, struct symbol *inside, struct symbol *exception) {
  struct symbol *at = inside;
  do {
    if (at == exception) return exception;
    at = target_of(c, at);
  } while (at != inside);
  return inside;
}

// Marks the first `steps` of a chain as reported, so that no other walk goes through them; gives the last
// one.
static struct symbol *give_up(struct checker *c, struct symbol *from, uint32_t steps) {
  struct symbol *at = from;
  for (; steps > 1; steps--) {
    at->active = true;
    at = target_of(c, at);
  }
  at->active = true;
  return at;
}

static void report_too_deep(struct checker *c, const struct symbol *exception) {
  REPORT(c, N0530, exception->decl->exception.to.span, nuo__names_arg(exception->names),
         nuo__diag_number(c->diags, CHECK_MAX_EXCEPTIONS));
}

// The rule at the end of the chain, or NULL. A chain longer than there are names runs in a circle.
static struct symbol *rule_of(struct checker *c, struct symbol *exception) {
  struct symbol *at = exception;
  uint32_t steps = 0;
  for (; at != NULL && at->kind == SYMBOL_EXCEPTION && !at->active; steps++) {
    if (steps > c->symbols[SPACE_RULES].count) {
      report_circle(c, enter_circle(c, at, exception));
      return NULL;
    }
    at = target_of(c, at);
  }
  if (at == NULL || at->kind == SYMBOL_EXCEPTION) {
    give_up(c, exception, steps);
    return NULL;
  }
  if (steps <= CHECK_MAX_EXCEPTIONS) return at;
  report_too_deep(c, give_up(c, exception, steps - CHECK_MAX_EXCEPTIONS));
  return NULL;
}

static void make_exception(struct checker *c, struct symbol *symbol) {
  struct exception *made = ARENA_NEW(c->arena, struct exception);
  const struct exception_decl *decl = &symbol->decl->exception;
  const struct names names = nuo__full_names(c, symbol->span, symbol->names);
  *made = (struct exception){.names = names,
                             .label = names.en,
                             .label_zh = names.zh,
                             .condition = decl->when,
                             .force = nuo__check_force(c, &decl->effective),
                             .clause = nuo__clause_index(c, symbol->decl->span.file, symbol->decl->clause),
                             .span = symbol->span};
  for (uint32_t i = 0; i < decl->cites.count; i++) VEC_PUSH(c->arena, &made->cites, decl->cites.at[i]->text);
  symbol->object = made;
}

static void attach(struct checker *c, const struct symbol *target, struct exception *exception) {
  if (target->object == NULL) return;
  if (target->kind == SYMBOL_RULE)
    VEC_PUSH(c->arena, &((struct rule *)target->object)->exceptions, exception);
  else
    VEC_PUSH(c->arena, &((struct exception *)target->object)->exceptions, exception);
}

static void bind(struct checker *c, struct symbol *symbol) {
  const struct exception_decl *decl = &symbol->decl->exception;
  struct exception *exception = symbol->object;
  const struct symbol *target = nuo__resolve(c, SPACE_RULES, &decl->to, DIAG_N0311);
  if (target != NULL && target->kind == SYMBOL_DUTY)
    REPORT(c, N0565, decl->to.span, nuo__names_arg(target->names))->also = target->span;
  const struct symbol *rule_symbol = target != NULL ? rule_of(c, symbol) : NULL;
  if (rule_symbol == NULL || rule_symbol->object == NULL) return;
  const struct rule *rule = rule_symbol->object;
  c->expanded = 0;
  c->overgrown = false;
  c->scope = (struct scope){.event = nuo__event_info(c, rule->event),
                            .alias = rule_symbol->decl->rule.on.at[0].alias};
  if (decl->when != NULL) nuo__check_condition(c, decl->when);
  for (uint32_t i = 0; i < decl->unless.count; i++)
    VEC_PUSH(c->arena, &exception->exceptions, nuo__check_unless(c, decl->unless.at[i], exception->clause));
  c->scope = (struct scope){0};
  attach(c, target, exception);
}

void nuo__check_exceptions(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_RULES].count; i++)
    if (c->symbols[SPACE_RULES].at[i]->kind == SYMBOL_EXCEPTION)
      make_exception(c, c->symbols[SPACE_RULES].at[i]);
  for (uint32_t i = 0; i < c->symbols[SPACE_RULES].count; i++)
    if (c->symbols[SPACE_RULES].at[i]->kind == SYMBOL_EXCEPTION) bind(c, c->symbols[SPACE_RULES].at[i]);
}
