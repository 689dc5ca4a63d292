// SPDX-License-Identifier: Apache-2.0
// Makers of rules, exceptions, clause notes, facts, native functions and tests.
#include "compiler/build.h"

#include "grammar.h"

// ---- rules ----

struct event_ref *nuo__build_event_ref(struct parser *p, const struct name *event, const struct names *alias,
                                       struct expr *where) {
  struct event_ref *ref = ARENA_NEW(p->arena, struct event_ref);
  ref->event = *event;
  if (alias != NULL) ref->alias = *alias;
  ref->where = where;
  ref->span = event->of.at != NULL ? event->of_span : event->span;
  ref->span.end = p->feed->end;
  return ref;
}

struct event_ref *nuo__build_event_tied(struct parser *p, const struct name *event, const struct names *alias,
                                        const expr_list *same, struct expr *where) {
  struct event_ref *ref = nuo__build_event_ref(p, event, alias, where);
  ref->same = *same;
  return ref;
}

void nuo__build_rule_titled(struct parser *p, const struct token *keyword, const struct names *names,
                            struct expr *title) {
  nuo__build_begin(p, DECL_RULE, keyword, names);
  p->decl->rule.title = title;
}

void nuo__build_rule_on(struct parser *p, const struct event_ref *on) {
  VEC_PUSH(p->arena, &p->decl->rule.on, *on);
}

void nuo__build_rule_core(struct parser *p, enum core_kind kind, const struct token *keyword,
                          struct expr *condition) {
  struct rule_decl *rule = &p->decl->rule;
  if (rule->cores++ > 0) return;
  rule->core = kind;
  rule->condition = condition;
  rule->core_span = keyword->span;
  rule->core_span.end = p->feed->end;
}

void nuo__build_rule_limit(struct parser *p, const struct token *keyword, struct expr *most, bool attempts,
                           const expr_list *per, const struct window *window) {
  struct rule_decl *rule = &p->decl->rule;
  nuo__build_rule_core(p, CORE_LIMIT, keyword, most);
  if (rule->cores > 1) return;
  rule->attempts = attempts;
  rule->per = *per;
  rule->window = *window;
}

void nuo__build_rule_unless(struct parser *p, struct expr *condition) {
  VEC_PUSH(p->arena, &p->decl->rule.unless, condition);
}

void nuo__build_rule_severity(struct parser *p, const struct token *keyword, const struct token *name) {
  struct rule_decl *rule = &p->decl->rule;
  if (!nuo__build_again(p, keyword, rule->severity.text.at != NULL))
    rule->severity = nuo__build_ref(NULL, name);
}

void nuo__build_rule_action(struct parser *p, const struct token *keyword, struct action *action) {
  struct rule_decl *rule = &p->decl->rule;
  if (!nuo__build_again(p, keyword, rule->action != NULL)) rule->action = action;
}

void nuo__build_rule_undetermined(struct parser *p, const struct token *keyword, struct action *action) {
  struct rule_decl *rule = &p->decl->rule;
  if (!nuo__build_again(p, keyword, rule->undetermined != NULL)) rule->undetermined = action;
}

void nuo__build_rule_because(struct parser *p, const struct token *keyword, struct expr *text) {
  struct rule_decl *rule = &p->decl->rule;
  if (!nuo__build_again(p, keyword, rule->because != NULL)) rule->because = text;
}

static void add_texts(struct parser *p, expr_list *to, const expr_list *texts) {
  for (uint32_t i = 0; i < texts->count; i++) VEC_PUSH(p->arena, to, texts->at[i]);
}

void nuo__build_rule_cites(struct parser *p, const expr_list *texts) {
  add_texts(p, &p->decl->rule.cites, texts);
}

void nuo__build_rule_effective(struct parser *p, struct effective effective) {
  nuo__build_set_effective(p, &p->decl->rule.effective, effective);
}

void nuo__build_rule_raise(struct parser *p, const struct token *keyword, const struct name *event,
                           const struct test_step *inits) {
  struct raise_decl raise = {.event = *event, .given = inits->inits, .span = keyword->span};
  raise.span.end = p->feed->end;
  VEC_PUSH(p->arena, &p->decl->rule.raises, raise);
}

struct action *nuo__build_action(struct parser *p, enum action_kind kind, const struct token *keyword,
                                 struct expr *value, struct expr *at_most) {
  struct action *action = ARENA_NEW(p->arena, struct action);
  *action = (struct action){kind, keyword->span, value, at_most};
  if (value != NULL) action->span.end = p->feed->end;
  return action;
}

// ---- exceptions, clauses ----

void nuo__build_exception(struct parser *p, const struct token *keyword, const struct names *names,
                          const struct name *to, struct expr *when) {
  nuo__build_begin(p, DECL_EXCEPTION, keyword, names);
  p->decl->exception.to = *to;
  p->decl->exception.when = when;
}

void nuo__build_exception_unless(struct parser *p, struct expr *condition) {
  VEC_PUSH(p->arena, &p->decl->exception.unless, condition);
}

void nuo__build_exception_cites(struct parser *p, const expr_list *texts) {
  add_texts(p, &p->decl->exception.cites, texts);
}

void nuo__build_exception_effective(struct parser *p, struct effective effective) {
  nuo__build_set_effective(p, &p->decl->exception.effective, effective);
}

void nuo__build_clause(struct parser *p, const struct token *keyword, bool deferred, struct expr *why) {
  nuo__build_begin(p, DECL_CLAUSE, keyword, NULL);
  p->decl->clause_status = (struct clause_decl){deferred, why};
}

void nuo__build_same(struct parser *p, const struct token *keyword, const name_list *rules) {
  nuo__build_begin(p, DECL_SAME, keyword, NULL);
  p->decl->same = *rules;
}

// ---- facts ----

void nuo__build_fact(struct parser *p, struct type_expr *type) {
  p->decl->fact.type = type;
}

void nuo__build_fact_change(struct parser *p, const struct token *keyword, const struct event_ref *on,
                            const expr_list *key, struct expr *with) {
  struct fact_change change = {
      .starts = keyword->kind == TK_STARTS_ON, .on = *on, .key = *key, .with = with, .span = keyword->span};
  change.span.end = p->feed->end;
  VEC_PUSH(p->arena, &p->decl->fact.changes, change);
}

// ---- native functions ----

void nuo__build_native_param(struct parser *p, struct type_expr *type) {
  VEC_PUSH(p->arena, &p->decl->native.params, type);
}

void nuo__build_native(struct parser *p, struct type_expr *result, struct expr *library,
                       struct expr *symbol) {
  p->decl->native.result = result;
  p->decl->native.library = library;
  p->decl->native.symbol = symbol;
}

// ---- tests ----

void nuo__build_test(struct parser *p, const struct token *keyword, struct expr *title, bool sample) {
  nuo__build_begin(p, DECL_TEST, keyword, NULL);
  p->decl->test.title = title;
  p->decl->test.sample = sample;
}

struct test_step *nuo__build_inits(struct parser *p) {
  return ARENA_NEW(p->arena, struct test_step);
}

struct test_step *nuo__build_init(struct parser *p, struct test_step *inits, struct expr *path,
                                  struct expr *value) {
  if (inits == NULL) inits = nuo__build_inits(p);
  const struct span span = {p->number, path->span.start, value->span.end};
  VEC_PUSH(p->arena, &inits->inits, (struct init){path->path, value, span});
  return inits;
}

void nuo__build_test_setting(struct parser *p, const struct token *keyword, const struct name *parameter,
                             struct expr *value) {
  struct test_decl *test = &p->decl->test;
  struct test_setting_decl setting = {*parameter, value, keyword->span, test->steps.count > 0};
  setting.span.end = p->feed->end;
  VEC_PUSH(p->arena, &test->settings, setting);
}

static void add_step(struct parser *p, const struct token *keyword, struct test_step *step) {
  step->span = keyword->span;
  step->span.end = p->feed->end;
  VEC_PUSH(p->arena, &p->decl->test.steps, *step);
}

void nuo__build_step_event(struct parser *p, enum step_kind kind, const struct token *keyword,
                           const struct name *event, struct like_decl like, struct test_step *inits) {
  inits->kind = kind;
  inits->event = *event;
  inits->like = like;
  add_step(p, keyword, inits);
}

void nuo__build_step_times(struct parser *p, const struct token *keyword, const struct token *times,
                           const struct name *event, struct like_decl like, struct test_step *inits) {
  inits->times = nuo__build_literal(p, EXPR_NUMBER, times);
  nuo__build_step_event(p, STEP_GIVEN, keyword, event, like, inits);
}

void nuo__build_step_vendor(struct parser *p, enum step_kind kind, const struct token *keyword,
                            const struct name *adapter, struct vendor_text vendor, struct test_step *inits) {
  inits->vendor = vendor;
  nuo__build_step_event(p, kind, keyword, adapter, (struct like_decl){0}, inits);
}

struct test_step *nuo__build_expect_verdict(struct parser *p, struct action *verdict, const name_list *rules,
                                            struct expr *until) {
  struct test_step *step = ARENA_NEW(p->arena, struct test_step);
  step->verdict = verdict;
  if (rules != NULL) step->rules = *rules;
  step->until = until;
  return step;
}

struct test_step *nuo__build_expect_rules(struct parser *p, enum expectation expectation,
                                          const name_list *rules) {
  struct test_step *step = ARENA_NEW(p->arena, struct test_step);
  step->expectation = expectation;
  if (rules != NULL) step->rules = *rules;
  return step;
}

void nuo__build_step_expect(struct parser *p, const struct token *keyword, struct expr *at,
                            struct test_step *step) {
  step->kind = STEP_EXPECT;
  step->at = at;
  add_step(p, keyword, step);
}

name_list nuo__build_name_list(struct parser *p, const name_list *list, const struct name *name) {
  name_list longer = list != NULL ? *list : (name_list){0};
  VEC_PUSH(p->arena, &longer, *name);
  return longer;
}
