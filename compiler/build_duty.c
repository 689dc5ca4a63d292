// SPDX-License-Identifier: Apache-2.0
// Makers of duties: what they say and rules do not. The rest is build_rule.c.
#include "compiler/build.h"

static struct duty_decl *duty_of(struct parser *p) {
  return &p->decl->duty;
}

// The whole clause, from its keyword on.
static struct span clause_span(const struct parser *p, const struct token *keyword) {
  struct span span = keyword->span;
  span.end = p->feed->end;
  return span;
}

void nuo__build_duty_titled(struct parser *p, const struct token *keyword, const struct names *names,
                            struct expr *title) {
  nuo__build_begin(p, DECL_DUTY, keyword, names);
  p->decl->rule.title = title;
}

void nuo__build_duty_each(struct parser *p, const struct token *keyword, const struct names *names,
                          struct expr *fact) {
  struct duty_decl *duty = duty_of(p);
  if (nuo__build_again(p, keyword, duty->each_in != NULL)) return;
  duty->each = *names;
  duty->each_in = fact;
}

void nuo__build_duty_every(struct parser *p, const struct token *keyword, struct expr *amount) {
  struct duty_decl *duty = duty_of(p);
  if (nuo__build_again(p, keyword, duty->period_span.end != 0)) return;
  duty->period = (enum unit)keyword->value;
  duty->period_amount = amount;
  duty->period_span = clause_span(p, keyword);
}

static void set_steps(struct parser *p, const struct token *keyword, const step_list *steps, step_list *to,
                      struct span *span) {
  if (nuo__build_again(p, keyword, span->end != 0)) return;
  *to = *steps;
  *span = clause_span(p, keyword);
}

void nuo__build_duty_must(struct parser *p, const struct token *keyword, const step_list *steps) {
  set_steps(p, keyword, steps, &duty_of(p)->must, &duty_of(p)->must_span);
}

void nuo__build_duty_otherwise(struct parser *p, const struct token *keyword, const step_list *steps) {
  set_steps(p, keyword, steps, &duty_of(p)->otherwise, &duty_of(p)->otherwise_span);
}

void nuo__build_duty_quota(struct parser *p, const struct token *keyword, const struct quota_decl *quota) {
  struct duty_decl *duty = duty_of(p);
  if (nuo__build_again(p, keyword, duty->quota.span.end != 0)) return;
  duty->quota = *quota;
  duty->quota.span = clause_span(p, keyword);
}

void nuo__build_duty_warning(struct parser *p, struct expr *at) {
  VEC_PUSH(p->arena, &duty_of(p)->warnings, at);
}

void nuo__build_duty_suspended(struct parser *p, const struct token *keyword, struct expr *fact) {
  struct duty_decl *duty = duty_of(p);
  if (!nuo__build_again(p, keyword, duty->suspended != NULL)) duty->suspended = fact;
}

void nuo__build_duty_discharged(struct parser *p, const struct event_ref *by) {
  VEC_PUSH(p->arena, &duty_of(p)->discharges, *by);
}

struct step_decl *nuo__build_due_step(struct parser *p, const struct event_ref *event, struct expr *within,
                                      struct expr *by) {
  struct step_decl *step = ARENA_NEW(p->arena, struct step_decl);
  *step = (struct step_decl){.event = *event, .within = within, .by = by, .span = event->span};
  step->span.end = p->feed->end;
  return step;
}

step_list nuo__build_steps(struct parser *p, const step_list *list, const struct step_decl *step) {
  step_list longer = list != NULL ? *list : (step_list){0};
  VEC_PUSH(p->arena, &longer, *step);
  return longer;
}
