// SPDX-License-Identifier: Apache-2.0
// The rule that a missed duty breaks. Its event comes only when the duty was missed, so the condition says
// what the evidence is to tell, and whether the due time was certain. Called by check_duty.c.
#include "compiler/check.h"
#include "runtime/image.h"

// ---- conditions, made typed ----
static struct expr *make(struct checker *c, enum expr_kind kind, const struct duty *duty,
                         const struct type *type) {
  struct expr *e = ARENA_NEW(c->arena, struct expr);
  *e = (struct expr){.kind = kind, .span = duty->span, .type = type};
  return e;
}

static struct expr *make_operator(struct checker *c, const struct duty *duty, enum operator_id op,
                                  struct expr *left, struct expr *right) {
  struct expr *e = make(c, EXPR_OPERATOR, duty, nuo__type_simple(TYPE_FLAG));
  e->op = op;
  e->left = left;
  e->right = right;
  return e;
}

static struct expr *make_field(struct checker *c, const struct duty *duty, const struct field *field) {
  struct expr *e = make(c, EXPR_PATH, duty, field->type);
  VEC_PUSH(c->arena, &e->path, (struct name){.text = field->path, .span = duty->span});
  e->ref = REF_FIELD;
  e->target = field;
  return e;
}

static struct expr *both(struct checker *c, const struct duty *duty, struct expr *left, struct expr *right) {
  return left == NULL ? right : make_operator(c, duty, OP_and, left, right);
}

static struct expr *is_present(struct checker *c, const struct duty *duty, const struct field *field) {
  return make_operator(c, duty, OP_present, make_field(c, duty, field), NULL);
}

// Always true, and still told by the evidence: what may be missing without excusing anybody.
static struct expr *is_told(struct checker *c, const struct duty *duty, const struct field *field) {
  struct expr *missing = make_operator(c, duty, OP_missing, make_field(c, duty, field), NULL);
  return make_operator(c, duty, OP_or, is_present(c, duty, field), missing);
}

// ---- what the evidence tells ----
static const struct field *same_field(const struct event_type *type, const struct field *field) {
  for (uint32_t i = DUTY_FIELDS; i < type->fields.count; i++) {
    const struct field *other = type->fields.at[i];
    if (nuo__field_takes(other, field) && !nuo__is_identity_again(other)) return other;
  }
  return NULL;
}

static struct expr *tell(struct checker *c, const struct duty *duty, struct expr *before,
                         const struct field *of_trigger) {
  const struct field *field = of_trigger == NULL ? NULL : same_field(duty->event, of_trigger);
  if (field == NULL) return before;
  struct expr *told = of_trigger->optional ? is_told(c, duty, field) : is_present(c, duty, field);
  return both(c, duty, before, told);
}

static struct expr *tell_ties(struct checker *c, const struct duty *duty, struct expr *before) {
  for (uint32_t i = 0; i < duty->key.count; i++) {
    const struct expr *part = nuo__expr_peel(duty->key.at[i]);
    if (part->ref == REF_EACH) before = both(c, duty, before, is_present(c, duty, duty->each_field));
    if (part->ref != REF_FIELD) continue;
    const struct field *field = part->target;
    if (field != duty->trigger->identity && field != duty->trigger->time)
      before = tell(c, duty, before, field);
  }
  return before;
}

// ---- whether the due time is certain ----
static bool may_be_uncertain(const struct checker *c, const struct duty_deadline *deadline) {
  if (deadline->length == NULL) return nuo__may_be_missing(deadline->by);
  if (deadline->type->kind == TYPE_PERIOD) return c->program->calendar != NULL;
  return nuo__may_be_missing(deadline->length);
}

static bool steps_may_be_uncertain(const struct checker *c, const struct duty *duty) {
  for (uint32_t i = 0; i < duty->steps.count; i++)
    if (may_be_uncertain(c, &duty->steps.at[i].deadline)) return true;
  return false;
}

static struct expr *is_other_step(struct checker *c, const struct duty *duty, struct str awaited) {
  struct expr *name = make(c, EXPR_TEXT, duty, nuo__type_simple(TYPE_TEXT));
  name->text = awaited;
  return make_operator(c, duty, OP_is_not, make_field(c, duty, duty->event->fields.at[DUTY_STEP]), name);
}

// The deadlines once more, as the missed duty's own event sees them. Behind `otherwise` their plain names may
// be the duty's own.
static void tell_deadlines(struct checker *c, const struct duty_info *info) {
  struct duty *duty = info->duty;
  const struct scope kept = c->scope;
  c->scope.each = info->kept.names.en.at != NULL ? &info->kept : NULL;
  c->scope.begun = info->first == NULL;
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    struct duty_step *step = &duty->steps.at[i];
    const struct expr *written = step->deadline.by != NULL ? step->deadline.by : step->deadline.length;
    step->other = is_other_step(c, duty, step->match.event->wire_name);
    if (step->deadline.type->kind == TYPE_PERIOD || !nuo__may_be_missing(written)) continue;
    step->again = nuo__expr_clone(c, written);
    if (nuo__check_expr(c, step->again, NULL)->kind == TYPE_ERROR) continue;
    struct expr *known = make_operator(c, duty, OP_present, step->again, NULL);
    step->told = make_operator(c, duty, OP_or, step->other, known);
  }
  c->scope = kept;
}

// ---- the two kinds of duty ----
static struct expr *begun_condition(struct checker *c, const struct duty *duty) {
  struct field *const *fields = duty->event->fields.at;
  struct expr *e = is_present(c, duty, fields[DUTY_DUE]);
  e = both(c, duty, e, is_present(c, duty, fields[DUTY_STEP]));
  e = tell(c, duty, e, duty->trigger->identity);
  e = tell(c, duty, e, duty->trigger->time);
  e = tell_ties(c, duty, e);
  if (duty->suspended != NULL) e = both(c, duty, e, is_told(c, duty, fields[DUTY_SUSPENDED]));
  if (!steps_may_be_uncertain(c, duty)) return e;
  return both(c, duty, e, make_field(c, duty, fields[DUTY_CALENDAR]));
}

static struct expr *period_condition(struct checker *c, const struct duty_info *info, struct rule *rule) {
  const struct duty *duty = info->duty;
  struct field *const *fields = duty->event->fields.at;
  struct expr *least = info->decl->duty.quota.least;
  rule->law = fields[PERIOD_FROM];
  struct expr *e = make_operator(c, duty, OP_lt, make_field(c, duty, fields[PERIOD_COUNTED]), least);
  if (duty->due.length == NULL || duty->due.type->kind != TYPE_PERIOD || c->program->calendar == NULL)
    return e;
  return both(c, duty, e, make_field(c, duty, fields[PERIOD_CALENDAR]));
}

static bool is_complete(const struct duty_info *info) {
  if (info->is_lost) return false;
  return info->duty->trigger != NULL ? info->duty->steps.count > 0 : info->duty->counter != NULL;
}

// What `otherwise` says the same in another context gets trees of its own.
static struct rule_decl copy_for(struct checker *c, const struct duty_info *info) {
  struct rule_decl copy = info->decl->duty.rule;
  if (info->first == NULL) return copy;
  copy.because = nuo__expr_clone(c, copy.because);
  copy.raises.at = NULL;
  copy.raises.count = copy.raises.cap = 0;
  for (uint32_t i = 0; i < info->decl->duty.rule.raises.count; i++) {
    const struct raise_decl *raise = &info->decl->duty.rule.raises.at[i];
    struct raise_decl own = {.event = raise->event, .span = raise->span};
    for (uint32_t k = 0; k < raise->given.count; k++) {
      struct init init = raise->given.at[k];
      init.value = nuo__expr_clone(c, init.value);
      VEC_PUSH(c->arena, &own.given, init);
    }
    VEC_PUSH(c->arena, &copy.raises, own);
  }
  return copy;
}

void nuo__check_duty_rule(struct checker *c, struct duty_info *info) {
  struct decl *decl = info->decl;
  struct duty *duty = info->duty;
  const struct rule_decl copy = copy_for(c, info), *written = &copy;
  struct rule *rule = duty->rule = ARENA_NEW(c->arena, struct rule);
  *rule = (struct rule){.names = duty->names,
                        .pack = info->type->space->pack,
                        .event = duty->event,
                        .core = CORE_FORBID,
                        .severity = nuo__check_severity(c, &written->severity),
                        .action = {.kind = ACTION_NOTE},
                        .undetermined = {.kind = ACTION_NOTE},
                        .force = {.from = INT32_MIN, .until = INT32_MAX},
                        .clause = nuo__clause_index(c, decl->span.file, decl->clause),
                        .span = duty->span,
                        .index = c->program->rules.count};
  rule->title = nuo__rule_title(c, rule->clause, written->title);
  if (written->action != NULL && written->action->kind != ACTION_NOTE && info->first == NULL)
    REPORT(c, N0566, written->action->span, nuo__names_arg(duty->names));
  c->scope = (struct scope){.event = info->type};
  if (written->on.count > 0) c->scope.alias = written->on.at[0].alias;
  if (is_complete(info) && duty->trigger != NULL) tell_deadlines(c, info);
  if (is_complete(info))
    rule->condition = duty->trigger != NULL ? begun_condition(c, duty) : period_condition(c, info, rule);
  if (info->trigger != NULL || written->on.count == 0) {
    nuo__check_because(c, rule, written);
    nuo__check_raises(c, written, rule);
  }
  c->scope = (struct scope){0};
  VEC_PUSH(c->arena, &c->program->rules, rule);
  if (info->symbol != NULL && info->first == NULL) info->symbol->object = rule;
}
