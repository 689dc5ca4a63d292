// SPDX-License-Identifier: Apache-2.0
// Duties: what begins them, what fulfils them by when, what stops the clock; and those that come back every
// period. Their events' types are check_duty_type.c, what ties events together is check_tie.c, the rule that
// a missed duty breaks is check_duty_rule.c. Called by nuo__check after the rules.
#include "compiler/check.h"
#include "runtime/image.h"

#define MS_PER_DAY INT64_C(86400000)

// ---- times ----
// Literal lengths of one kind can be told apart; 0: they cannot, or are the same.
static int compare_lengths(const struct duty_deadline *a, const struct duty_deadline *b) {
  if (a->length == NULL || b->length == NULL) return 0;
  const struct expr *x = nuo__expr_peel(a->length), *y = nuo__expr_peel(b->length);
  if (x->kind != EXPR_DURATION || y->kind != EXPR_DURATION) return 0;
  const int64_t x_ms = nuo__unit_ms(x->unit), y_ms = nuo__unit_ms(y->unit);
  if (x->unit != y->unit && (x_ms == 0 || y_ms == 0)) return 0;
  const int64_t left = x->number * (x_ms > 0 ? x_ms : 1), right = y->number * (y_ms > 0 ? y_ms : 1);
  return (left > right) - (left < right);
}

static bool check_length(struct checker *c, struct expr *written, struct diag_arg word,
                         struct duty_deadline *out) {
  const struct type *type = nuo__check_expr(c, written, NULL);
  const struct expr *length = nuo__expr_peel(written);
  *out = (struct duty_deadline){.length = written, .type = type};
  if (type->kind == TYPE_ERROR) return false;
  if (type->kind == TYPE_NUMBER) {
    REPORT(c, N0410, written->span, nuo__type_arg(c, nuo__type_simple(TYPE_DURATION)));
    return false;
  }
  if (!nuo__type_in(type, BIT(TYPE_DURATION) | BIT(TYPE_PERIOD))) {
    REPORT(c, N0542, written->span, word, nuo__type_arg(c, type));
    return false;
  }
  if (length->kind != EXPR_DURATION || length->number > 0) return true;
  REPORT(c, N0544, written->span, word);
  return false;
}

static bool check_by(struct checker *c, struct expr *written, struct duty_deadline *out) {
  const struct type *type = nuo__check_expr(c, written, NULL);
  *out = (struct duty_deadline){.by = written, .type = type};
  if (nuo__type_in(type, BIT(TYPE_INSTANT) | BIT(TYPE_DATE))) return true;
  if (type->kind != TYPE_ERROR) REPORT(c, N0543, written->span, nuo__type_arg(c, type));
  return false;
}

// ---- the trigger's context ----
static void enter_trigger(struct checker *c, const struct duty_info *info) {
  const struct each_name *each = info->first != NULL ? &info->first->kept : &info->at_hand;
  c->scope = (struct scope){.event = info->trigger,
                            .alias = info->decl->duty.rule.on.at[0].alias,
                            .each = each->names.en.at != NULL ? each : NULL};
}

static void check_where(struct checker *c, struct duty_info *info) {
  const struct rule_decl *rule = &info->decl->duty.rule;
  enter_trigger(c, info);
  c->scope.each = NULL;
  info->duty->where = rule->on.at[0].where;
  if (info->duty->where != NULL) nuo__check_condition(c, info->duty->where);
  enter_trigger(c, info);
  for (uint32_t i = 0; i < rule->unless.count; i++) {
    nuo__check_condition(c, rule->unless.at[i]);
    VEC_PUSH(c->arena, &info->duty->unless, rule->unless.at[i]);
  }
}

static void check_each(struct checker *c, struct duty_info *info) {
  struct duty *duty = info->duty;
  const struct expr *use = info->decl->duty.each_in;
  if (duty->each == NULL) return;
  enter_trigger(c, info);
  c->scope.each = NULL;
  for (uint32_t i = 0; i < use->items.count; i++) {
    struct expr *part = i == duty->each_part ? NULL : use->items.at[i];
    if (part != NULL) nuo__check_expect(c, part, duty->each->keys.at[i]);
    VEC_PUSH(c->arena, &duty->each_key, part);
  }
}

static void check_suspended(struct checker *c, struct duty_info *info, struct expr *written) {
  if (written == NULL) return;
  enter_trigger(c, info);
  c->scope.begun = true;  // what is said once, for the duty and what is to be done otherwise, means one thing
  const struct type *type = nuo__check_expr(c, written, NULL);
  if (type->kind == TYPE_ERROR) return;
  if (nuo__expr_peel(written)->ref == REF_FACT)
    info->duty->suspended = (struct expr *)nuo__expr_peel(written);
  else
    REPORT0(c, N0552, written->span);
}

// ---- steps and warnings ----
static void check_step(struct checker *c, struct duty_info *info, const struct step_decl *written) {
  struct duty_step step = {0};
  struct duty *duty = info->duty;
  const bool matches = nuo__check_match(c, info, &written->event, &step.match);
  enter_trigger(c, info);
  const bool timed = written->within != NULL
                         ? check_length(c, written->within, PAIR("within", "限时"), &step.deadline)
                         : check_by(c, written->by, &step.deadline);
  if (!matches || !timed) return;
  if (duty->steps.count > 0 &&
      compare_lengths(&step.deadline, &duty->steps.at[duty->steps.count - 1].deadline) < 0)
    REPORT(c, N0545, written->within->span, nuo__names_arg(info->trigger->type->names));
  VEC_PUSH(c->arena, &duty->steps, step);
}

static void check_steps(struct checker *c, struct duty_info *info, const step_list *steps, struct span span) {
  for (uint32_t i = 0; i < steps->count; i++) check_step(c, info, &steps->at[i]);
  if (steps->count > IMAGE_STEP_MAX)
    REPORT(c, N0555, span, nuo__diag_number(c->diags, IMAGE_STEP_MAX), PAIR("steps", "步"));
}

// Whether a warning comes after the time of every step.
static bool is_idle(const struct duty *duty, const struct duty_deadline *warning) {
  for (uint32_t i = 0; i < duty->steps.count; i++)
    if (compare_lengths(warning, &duty->steps.at[i].deadline) <= 0) return false;
  return duty->steps.count > 0;
}

static void check_warnings(struct checker *c, struct duty_info *info) {
  const expr_list *written = &info->decl->duty.warnings;
  enter_trigger(c, info);
  for (uint32_t i = 0; i < written->count; i++) {
    struct duty_deadline warning;
    if (!check_length(c, written->at[i], PAIR("warn at", "预警"), &warning)) continue;
    if (is_idle(info->duty, &warning)) REPORT0(c, N0546, written->at[i]->span);
    VEC_PUSH(c->arena, &info->duty->warnings, warning);
  }
  if (written->count > IMAGE_WARNING_MAX)
    REPORT(c, N0555, written->at[IMAGE_WARNING_MAX]->span, nuo__diag_number(c->diags, IMAGE_WARNING_MAX),
           PAIR("warnings", "次预警"));
}

static void check_discharges(struct checker *c, struct duty_info *info, bool again) {
  for (uint32_t i = 0; i < info->decl->duty.discharges.count; i++) {
    struct event_ref written = info->decl->duty.discharges.at[i];
    if (again) written.where = nuo__expr_clone(c, written.where);
    struct duty_match match = {0};
    if (nuo__check_match(c, info, &written, &match)) VEC_PUSH(c->arena, &info->duty->discharges, match);
  }
}

// ---- what an event begins ----
// What begins when a step is missed: it is ended and suspended by the same as the duty itself.
static void check_otherwise(struct checker *c, struct duty_info *info) {
  const struct duty_decl *written = &info->decl->duty;
  info->duty->force = (struct force){.from = INT32_MIN, .until = INT32_MAX};
  check_suspended(c, info, nuo__expr_clone(c, written->suspended));
  check_steps(c, info, &written->otherwise, written->otherwise_span);
  check_discharges(c, info, true);
}

static void check_begun(struct checker *c, struct duty_info *info) {
  const struct duty_decl *written = &info->decl->duty;
  check_where(c, info);
  check_each(c, info);
  check_suspended(c, info, written->suspended);
  check_steps(c, info, &written->must, written->must_span);
  check_warnings(c, info);
  check_discharges(c, info, false);
}

// ---- what comes back every period ----
static bool check_period(struct checker *c, struct duty_info *info) {
  const struct duty_decl *written = &info->decl->duty;
  const struct expr *amount = written->period_amount;
  info->duty->period = written->period;
  if (amount == NULL) return true;
  info->duty->period = amount->unit;
  const bool one = amount->kind == EXPR_DURATION && amount->number == 1;
  if (one && amount->unit >= UNIT_DAY && amount->unit != UNIT_WORKDAY) return true;
  if (amount->kind != EXPR_ERROR) REPORT0(c, N0541, written->period_span);
  return false;
}

static void check_spread(struct checker *c, struct duty_info *info, struct expr *written) {
  struct duty_deadline spread;
  if (written == NULL || !check_length(c, written, PAIR("spread", "间隔"), &spread)) return;
  const struct expr *length = nuo__expr_peel(written);
  if (length->kind == EXPR_DURATION && spread.type->kind == TYPE_DURATION)
    info->duty->spread = nuo__constant_number(length);
  else
    REPORT0(c, N0557, written->span);
}

static bool is_shorter(const struct expr *length, enum unit period) {
  static const int64_t days[] = {[UNIT_DAY] = 1,    [UNIT_WORKDAY] = 0,  [UNIT_WEEK] = 7,
                                 [UNIT_MONTH] = 28, [UNIT_QUARTER] = 90, [UNIT_YEAR] = 365};
  static const int64_t most[] = {[UNIT_DAY] = 1,    [UNIT_WORKDAY] = 1,  [UNIT_WEEK] = 7,
                                 [UNIT_MONTH] = 31, [UNIT_QUARTER] = 92, [UNIT_YEAR] = 366};
  const int64_t ms = nuo__unit_ms(length->unit);
  if (ms > 0) return length->number * ms < days[period] * MS_PER_DAY;
  if (length->unit == UNIT_WORKDAY) return length->number * 7 < days[period] * 5;
  return length->number * most[length->unit] < days[period];
}

static void check_due(struct checker *c, struct duty_info *info, struct expr *written) {
  struct duty_deadline due;
  if (written == NULL || !check_length(c, written, PAIR("due", "截至"), &due)) return;
  const struct expr *length = nuo__check_literal_length(c, written);
  if (length == NULL) return;
  if (length->kind == EXPR_DURATION && is_shorter(length, info->duty->period))
    info->duty->due = due;
  else
    REPORT0(c, N0556, written->span);
}

static void check_least(struct checker *c, struct expr *least) {
  nuo__check_expect(c, least, nuo__type_simple(TYPE_NUMBER));
  if (least->kind == EXPR_NUMBER && least->number < 1) REPORT0(c, N0558, least->span);
}

static void check_periodic(struct checker *c, struct duty_info *info) {
  const struct quota_decl *quota = &info->decl->duty.quota;
  if (!check_period(c, info)) return;
  c->scope = (struct scope){0};
  check_least(c, quota->least);
  check_spread(c, info, quota->spread);
  check_due(c, info, quota->due);
  const struct event_info *event = nuo__check_event_name(c, &quota->event.event);
  if (event == NULL) return;
  c->scope = (struct scope){.event = event, .alias = quota->event.alias};
  if (quota->event.where != NULL) nuo__check_condition(c, quota->event.where);
  struct counter *counter =
      nuo__check_quota_counter(c, event, quota->event.where, quota->least, info->duty->period, quota->span);
  counter->spread = info->duty->spread;
  info->duty->counter = counter;
}

// ---- clauses that go together ----
static struct diag_arg period_arg(enum unit period) {
  static const char *const words[][2] = {[UNIT_DAY] = {"every day", "每日"},
                                         [UNIT_WEEK] = {"every week", "每周"},
                                         [UNIT_MONTH] = {"every month", "每月"},
                                         [UNIT_QUARTER] = {"every quarter", "每季度"},
                                         [UNIT_YEAR] = {"every year", "每年"}};
  return PAIR(words[period][0], words[period][1]);
}

static void report_beside_every(struct checker *c, const struct duty_decl *duty, const struct span *span,
                                struct diag_arg word) {
  if (span == NULL || span->end == 0) return;
  REPORT(c, N0540, *span, word,
         duty->period_amount != NULL ? PAIR("every", "每逢") : period_arg(duty->period));
}

static const struct span *first_span(const expr_list *list) {
  return list->count > 0 ? &list->at[0]->span : NULL;
}

static bool fits_periodic(struct checker *c, const struct duty_info *info) {
  const struct duty_decl *written = &info->decl->duty;
  const struct span span = info->duty->span;
  const uint32_t errors = c->diags->errors;
  report_beside_every(c, written, &written->must_span, PAIR("must … within", "必须……限时"));
  report_beside_every(c, written, &written->otherwise_span, PAIR("otherwise", "否则"));
  report_beside_every(c, written, written->each_in != NULL ? &written->each_in->span : NULL,
                      PAIR("for each", "逐一"));
  report_beside_every(c, written, first_span(&written->warnings), PAIR("warn at", "预警"));
  report_beside_every(c, written, written->suspended != NULL ? &written->suspended->span : NULL,
                      PAIR("suspended while", "中止期间"));
  report_beside_every(c, written, written->discharges.count > 0 ? &written->discharges.at[0].span : NULL,
                      PAIR("discharged by", "免除事由"));
  report_beside_every(c, written, first_span(&written->rule.unless), PAIR("unless", "除非"));
  if (written->quota.span.end == 0 && c->diags->errors == errors && !info->decl->cut_short)
    REPORT(c, N0539, span, nuo__names_arg(info->duty->names));
  return written->quota.span.end != 0 && c->diags->errors == errors;
}

static bool fits_begun(struct checker *c, const struct duty_info *info) {
  const struct duty_decl *written = &info->decl->duty;
  const struct event_ref *on = written->rule.on.at;
  if (written->rule.on.count > 1)
    REPORT(c, N0509, on[1].span, nuo__names_arg(info->duty->names))->also = on[0].span;
  if (written->quota.span.end != 0)
    REPORT(c, N0540, written->quota.span, PAIR("must at least", "必须至少"), PAIR("on", "针对"));
  else if (written->must.count == 0 && !info->decl->cut_short)
    REPORT(c, N0539, info->duty->span, nuo__names_arg(info->duty->names));
  return written->must.count > 0;
}

static bool fits(struct checker *c, const struct duty_info *info) {
  const struct duty_decl *written = &info->decl->duty;
  const bool begun = written->rule.on.count > 0, periodic = written->period_span.end != 0;
  if (begun && periodic)
    REPORT(c, N0538, written->period_span, nuo__names_arg(info->duty->names))->also =
        written->rule.on.at[0].span;
  else if (!begun && !periodic && !info->decl->cut_short)
    REPORT(c, N0537, info->duty->span, nuo__names_arg(info->duty->names));
  if (begun == periodic) return false;
  return begun ? fits_begun(c, info) : fits_periodic(c, info);
}

static void check_duty(struct checker *c, struct duty_info *info) {
  const bool begun = info->decl->duty.rule.on.count > 0;
  c->expanded = 0;
  c->overgrown = false;
  info->duty->force = nuo__check_force_in_pack(c, info->decl);
  if (info->first != NULL) {
    if (info->first->is_tied) check_otherwise(c, info);
  } else if (!fits(c, info) || (begun && info->trigger == NULL)) {
    info->is_lost = true;
  } else if (begun) {
    check_begun(c, info);
  } else {
    check_periodic(c, info);
  }
  c->scope = (struct scope){0};
  nuo__check_duty_rule(c, info);
}

void nuo__check_duties(struct checker *c) {
  for (uint32_t i = 0; i < c->duties.count; i++) check_duty(c, c->duties.at[i]);
}
