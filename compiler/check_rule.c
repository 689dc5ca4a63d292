// SPDX-License-Identifier: Apache-2.0
// Rules and their actions: one event, one core, an action that the event allows. What they raise is
// check_raise.c, exceptions that stand elsewhere are check_exception.c. Called by nuo__check.
#include "compiler/check.h"

// ---- actions ----
static struct diag_arg action_arg(enum action_kind kind) {
  static const char *const words[][2] = {
      [ACTION_ALLOW] = {"allow", "放行"},         [ACTION_NOTE] = {"note", "记录"},
      [ACTION_LABEL] = {"label", "标注"},         [ACTION_STRIP] = {"strip", "去除"},
      [ACTION_DEFER] = {"defer until", "延后至"}, [ACTION_HOLD] = {"hold", "待审"},
      [ACTION_BLOCK] = {"block", "拦截"}};
  return PAIR(words[kind][0], words[kind][1]);
}

static bool check_label(struct checker *c, struct expr *value) {
  return nuo__check_expect(c, value, nuo__type_simple(TYPE_TEXT));
}

static bool check_strip(struct checker *c, const struct action *written, struct model_action *out) {
  struct expr *path = written->value;
  if (nuo__check_raw(c, path, NULL)->kind == TYPE_ERROR) return false;
  if (path->ref != REF_FIELD) {
    REPORT0(c, N0525, path->span);
    return false;
  }
  out->field = path->target;
  if (out->field->optional) return true;
  REPORT(c, N0514, path->span, TEXT(out->field->path))->also = out->field->span;
  return false;
}

static bool check_defer(struct checker *c, const struct action *written, struct model_action *out) {
  const struct type *until = nuo__check_expr(c, written->value, NULL);
  bool good = until->kind != TYPE_ERROR;
  if (!nuo__type_in(until, BIT(TYPE_CLOCK) | BIT(TYPE_INSTANT) | BIT(TYPE_ERROR))) {
    REPORT(c, N0515, written->value->span, nuo__type_arg(c, until));
    good = false;
  }
  if (written->at_most == NULL) return good;
  out->at_most_type = nuo__check_expr(c, written->at_most, NULL);
  if (nuo__type_in(out->at_most_type, BIT(TYPE_DURATION) | BIT(TYPE_PERIOD) | BIT(TYPE_ERROR))) return good;
  REPORT(c, N0516, written->at_most->span, nuo__type_arg(c, out->at_most_type));
  return false;
}

bool nuo__check_action(struct checker *c, const struct action *written, const struct event_info *event,
                       struct model_action *out) {
  *out = (struct model_action){.kind = written->kind, .value = written->value, .at_most = written->at_most};
  if (event != NULL && !event->type->enforceable && written->kind != ACTION_NOTE) {
    REPORT(c, N0513, written->span, action_arg(written->kind), nuo__names_arg(event->type->names));
    return false;
  }
  if (written->value == NULL) return true;
  if (written->kind == ACTION_LABEL) return check_label(c, written->value);
  if (written->kind == ACTION_DEFER) return check_defer(c, written, out);
  if (written->kind != ACTION_STRIP) return true;
  if (event != NULL) return check_strip(c, written, out);
  REPORT0(c, N0523, written->span);
  return false;
}

static void check_actions(struct checker *c, const struct decl *decl, struct rule *rule) {
  const struct rule_decl *written = &decl->rule;
  const struct event_info *event = nuo__event_info(c, rule->event);
  rule->action.kind = ACTION_NOTE;
  if (written->action != NULL)
    nuo__check_action(c, written->action, event, &rule->action);
  else if (rule->event->enforceable && !decl->cut_short)
    REPORT(c, N0512, rule->span, nuo__names_arg(rule->names), nuo__names_arg(rule->event->names));
  // What has happened cannot be held or blocked any more: not knowing is noted there, whatever the policy
  // says.
  const struct model_action *unknown =
      rule->pack != NULL ? &rule->pack->undetermined : &c->program->undetermined;
  rule->undetermined = rule->event->enforceable ? *unknown : (struct model_action){.kind = ACTION_NOTE};
  if (written->undetermined != NULL) nuo__check_action(c, written->undetermined, event, &rule->undetermined);
}

// ---- pieces ----
const struct event_info *nuo__check_event_name(struct checker *c, const struct name *name) {
  if (nuo__is_breach(name->text)) {
    if (!nuo__check_of(c, name)) return NULL;
    const struct event_info *breach = nuo__check_breach_type(c, nuo__space_of_name(c, name));
    nuo__check_used(c, name->span, breach->root.names.en, breach->root.names.zh);
    return breach;
  }
  const struct symbol *symbol = nuo__resolve(c, SPACE_EVENTS, name, DIAG_N0310);
  return symbol != NULL ? symbol->object : NULL;
}

static const struct event_info *check_on(struct checker *c, const struct decl *decl, struct span span) {
  const struct rule_decl *rule = &decl->rule;
  if (rule->on.count == 0) {
    if (!decl->cut_short) REPORT(c, N0508, span, nuo__names_arg(decl->names));
    return NULL;
  }
  if (rule->on.count > 1)
    REPORT(c, N0509, rule->on.at[1].span, nuo__names_arg(decl->names))->also = rule->on.at[0].span;
  return nuo__check_event_name(c, &rule->on.at[0].event);
}

static void check_core(struct checker *c, const struct decl *decl, struct rule *rule) {
  rule->core = decl->rule.core;
  rule->condition = decl->rule.condition;
  if (decl->rule.cores > 1) REPORT(c, N0511, decl->rule.core_span, nuo__names_arg(decl->names));
  if (rule->core == CORE_LIMIT)
    nuo__check_limit(c, &decl->rule, rule);
  else if (rule->condition != NULL)
    nuo__check_condition(c, rule->condition);
  else if (decl->rule.cores <= 1 && !decl->cut_short)
    REPORT(c, N0510, rule->span, nuo__names_arg(decl->names));
}

int32_t nuo__check_severity(struct checker *c, const struct name *name) {
  if (name->text.len == 0) return -1;
  const struct symbol *symbol = nuo__resolve(c, SPACE_SEVERITIES, name, DIAG_N0312);
  for (uint32_t i = 0; symbol != NULL && i < c->symbols[SPACE_SEVERITIES].count; i++)
    if (c->symbols[SPACE_SEVERITIES].at[i] == symbol) return (int32_t)i;
  return -1;
}

void nuo__check_because(struct checker *c, struct rule *rule, const struct rule_decl *written) {
  rule->because = written->because;
  if (rule->because != NULL) check_label(c, rule->because);
  for (uint32_t i = 0; i < written->cites.count; i++)
    VEC_PUSH(c->arena, &rule->cites, written->cites.at[i]->text);
}

struct exception *nuo__check_unless(struct checker *c, struct expr *condition, uint32_t clause) {
  struct exception *made = ARENA_NEW(c->arena, struct exception);
  *made = (struct exception){.label = STR("unless"),
                             .label_zh = STR("除非"),
                             .condition = condition,
                             .force = {.from = INT32_MIN, .until = INT32_MAX},
                             .clause = clause,
                             .span = condition->span};
  nuo__check_condition(c, condition);
  return made;
}

struct str nuo__rule_title(const struct checker *c, uint32_t clause, const struct expr *own) {
  if (own != NULL) return own->text;
  if (clause != CLAUSE_NONE) return c->program->clauses.at[clause].title;
  return STR("");
}

// ---- rules ----
static void fill_rule(struct checker *c, const struct decl *decl, struct rule *rule) {
  const struct rule_decl *written = &decl->rule;
  rule->scope = written->on.at[0].where;
  if (rule->scope != NULL) nuo__check_condition(c, rule->scope);
  check_core(c, decl, rule);
  for (uint32_t i = 0; i < written->unless.count; i++)
    VEC_PUSH(c->arena, &rule->exceptions, nuo__check_unless(c, written->unless.at[i], rule->clause));
  check_actions(c, decl, rule);
  nuo__check_because(c, rule, written);
  nuo__check_raises(c, written, rule);
}

static void check_rule(struct checker *c, struct decl *decl) {
  const struct span span = decl->names.span.end != 0 ? decl->names.span : decl->span;
  c->expanded = 0;
  c->overgrown = false;
  const struct event_info *event = check_on(c, decl, span);
  const struct force force = nuo__check_force_in_pack(c, decl);
  const int32_t severity = nuo__check_severity(c, &decl->rule.severity);
  if (event == NULL) return;
  struct rule *rule = ARENA_NEW(c->arena, struct rule);
  *rule = (struct rule){.names = nuo__full_names(c, span, decl->names),
                        .pack = nuo__pack_at(c, span),
                        .event = event->type,
                        .severity = severity,
                        .force = force,
                        .clause = nuo__clause_index(c, decl->span.file, decl->clause),
                        .span = span,
                        .index = c->program->rules.count};
  rule->title = nuo__rule_title(c, rule->clause, decl->rule.title);
  c->scope = (struct scope){.event = event, .alias = decl->rule.on.at[0].alias};
  fill_rule(c, decl, rule);
  c->scope = (struct scope){0};
  VEC_PUSH(c->arena, &c->program->rules, rule);
  struct symbol *symbol = nuo__symbol_of(c, SPACE_RULES, decl);
  if (symbol != NULL) symbol->object = rule;
}

void nuo__check_rules(struct checker *c) {
  for (uint32_t i = 0; i < c->decls.count; i++)
    if (c->decls.at[i]->kind == DECL_RULE) check_rule(c, c->decls.at[i]);
}
