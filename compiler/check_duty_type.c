// SPDX-License-Identifier: Apache-2.0
// The types of the events that missed duties are: the fields that every one has, those of what begins the
// duty, and the name of its `for each`. All of them are known before anything may ask for a breach. Called by
// nuo__check before the facts.
#include "compiler/check.h"
#include "runtime/image.h"

#define NAME(en_, zh_)                                                                              \
  {                                                                                                 \
    .en = {en_, sizeof(en_) - 1}, .zh = {zh_, sizeof(zh_) - 1}, .written = { en_, sizeof(en_) - 1 } \
  }

// ---- fields that every one has ----
struct fixed {
  struct names names;
  enum type_kind kind;
};
static const struct fixed duty_fields[DUTY_FIELDS] = {
    [DUTY_ID] = {NAME("id", "编号"), TYPE_TEXT},
    [DUTY_DUE] = {NAME("due", "截止时间"), TYPE_INSTANT},
    [DUTY_STEP] = {NAME("step", "所待事项"), TYPE_TEXT},
    [DUTY_CALENDAR] = {NAME("calendar", "日历"), TYPE_FLAG},
    [DUTY_SUSPENDED] = {NAME("suspended", "中止时长"), TYPE_DURATION},
};
static const struct fixed period_fields[PERIOD_FIELDS] = {
    [PERIOD_ID] = {NAME("id", "编号"), TYPE_TEXT},
    [PERIOD_DUE] = {NAME("due", "截止时间"), TYPE_INSTANT},
    [PERIOD_FROM] = {NAME("from", "期初"), TYPE_INSTANT},
    [PERIOD_UNTIL] = {NAME("until", "期末"), TYPE_INSTANT},
    [PERIOD_COUNTED] = {NAME("counted", "实有次数"), TYPE_NUMBER},
    [PERIOD_CALENDAR] = {NAME("calendar", "日历"), TYPE_FLAG},
};

static void add_fixed(struct checker *c, struct event_info *type, bool is_periodic) {
  const struct fixed *fields = is_periodic ? period_fields : duty_fields;
  const int count = is_periodic ? PERIOD_FIELDS : DUTY_FIELDS;
  for (int i = 0; i < count; i++)
    nuo__derived_field(c, type, fields[i].names, nuo__type_simple(fields[i].kind), i > PERIOD_DUE);
}

// ---- for each K with F(…, K, …) ----
static bool is_name(const struct expr *e, const struct names *names) {
  return e->kind == EXPR_PATH && e->path.count == 1 && nuo__names_match(names, e->path.at[0].text);
}

static const struct fact *each_fact(struct checker *c, const struct expr *use) {
  if (use->kind != EXPR_CALL || use->path.count > 2) return NULL;
  const struct name name = nuo__path_name(&use->path);
  struct symbol *symbol = nuo__find(c, SPACE_VALUES, &name);
  if (symbol == NULL || symbol->kind != SYMBOL_FACT) return NULL;
  symbol->used = true;
  nuo__check_of(c, &name);
  nuo__check_used(c, name.span, symbol->names.en, symbol->names.zh);
  return symbol->object;
}

static void find_each(struct checker *c, struct duty_info *info) {
  const struct duty_decl *written = &info->decl->duty;
  const struct expr *use = written->each_in;
  if (use == NULL || use->kind == EXPR_ERROR) return;
  const struct fact *fact = each_fact(c, use);
  uint32_t found = 0;
  for (uint32_t i = 0; fact != NULL && i < use->items.count; i++) {
    if (!is_name(use->items.at[i], &written->each)) continue;
    info->duty->each_part = i;
    nuo__check_used(c, use->items.at[i]->span, written->each.en, written->each.zh);
    found++;
  }
  if (found != 1 || use->items.count != fact->keys.count) {
    REPORT(c, N0553, use->span, TEXT(written->each.written));
    return;
  }
  info->duty->each = fact;
  info->at_hand = (struct each_name){.names = written->each, .duty = info->duty};
}

static bool is_taken(const struct event_info *event, const struct names *names) {
  return nuo__member_named(&event->root, names->en) != NULL ||
         nuo__member_named(&event->root, names->zh) != NULL;
}

// The value becomes a field of the event; its name must be free there, and in what begins the duty.
static void keep_each(struct checker *c, struct duty_info *info) {
  const struct names names = info->at_hand.names;
  const struct duty *duty = info->duty;
  const struct event_info *taken = is_taken(info->type, &names) ? info->type : NULL;
  if (taken == NULL && info->trigger != NULL && is_taken(info->trigger, &names)) taken = info->trigger;
  if (taken != NULL) {
    REPORT(c, N0554, names.span, TEXT(names.written), nuo__names_arg(taken->type->names));
    info->is_lost = true;
  }
  struct field *field = nuo__derived_field(c, info->type, names, duty->each->keys.at[duty->each_part], true);
  info->duty->each_field = field;
  info->kept = (struct each_name){.names = names, .field = field};
}

// ---- types ----
static struct duty_info *add_duty(struct checker *c, struct decl *decl, const struct duty_info *first) {
  struct duty_info *info = ARENA_NEW(c->arena, struct duty_info);
  struct symbol *symbol = nuo__symbol_of(c, SPACE_RULES, decl);
  const struct span span = decl->names.span.end != 0 ? decl->names.span : decl->span;
  info->decl = decl;
  info->symbol = symbol;
  info->first = first;
  info->duty = ARENA_NEW(c->arena, struct duty);
  *info->duty = (struct duty){
      .names = nuo__full_names(c, span, decl->names), .span = span, .index = c->program->duties.count};
  info->type = nuo__derived_type(c, nuo__space_at(c, span), decl->names, EVENT_DUTY, span);
  info->duty->event = info->type->type;
  add_fixed(c, info->type, decl->duty.rule.on.count == 0);
  VEC_PUSH(c->arena, &c->program->duties, info->duty);
  VEC_PUSH(c->arena, &c->duties, info);
  return info;
}

static void report_taken(struct checker *c, const struct duty_info *info, uint32_t declared) {
  const struct names *names = &info->decl->names;
  const struct span span = info->duty->span;
  const struct symbol *event = nuo__find(c, SPACE_EVENTS, &(struct name){.text = names->en, .span = span});
  if (event == NULL) event = nuo__find(c, SPACE_EVENTS, &(struct name){.text = names->zh, .span = span});
  if (event != NULL || nuo__is_breach(names->en) || nuo__is_breach(names->zh)) {
    struct diagnostic *d =
        REPORT(c, N0301, info->duty->span, TEXT(names->written), nuo__symbol_kind_arg(SYMBOL_EVENT));
    if (event != NULL) d->also = event->span;
    return;
  }
  for (uint32_t i = 0; i < declared; i++)
    if (nuo__space_reaches(info->type->space, c->event_infos.at[i]->space))
      nuo__check_wire_free(c, c->event_infos.at[i]->type, info->duty->event);
}

static void declare(struct checker *c, struct decl *decl, uint32_t declared) {
  struct duty_info *info = add_duty(c, decl, NULL);
  report_taken(c, info, declared);
  find_each(c, info);
  if (decl->duty.otherwise.count > 0) add_duty(c, decl, info)->trigger = info->type;
}

static bool begins_with_breach(const struct decl *decl) {
  const struct rule_decl *rule = &decl->duty.rule;
  return rule->on.count > 0 && nuo__is_breach(rule->on.at[0].event.text);
}

// The fields of what begins the duty: first where that is an event on the wire, so that a breach has them.
static void complete(struct checker *c, struct duty_info *info, bool breach) {
  const struct rule_decl *rule = &info->decl->duty.rule;
  if (begins_with_breach(info->decl) != breach) return;
  if (info->first == NULL && rule->on.count > 0)
    info->trigger = nuo__check_event_name(c, &rule->on.at[0].event);
  if (info->duty->each != NULL) keep_each(c, info);
  if (info->trigger == NULL) return;
  nuo__derived_take_over(c, info->type, info->trigger);
  info->duty->trigger = info->trigger->type;
}

void nuo__check_duty_types(struct checker *c) {
  const uint32_t declared = c->event_infos.count;
  for (uint32_t i = 0; i < c->decls.count; i++)
    if (c->decls.at[i]->kind == DECL_DUTY) declare(c, c->decls.at[i], declared);
  for (uint32_t i = 0; i < c->duties.count; i++) complete(c, c->duties.at[i], false);
  for (uint32_t i = 0; i < c->duties.count; i++) complete(c, c->duties.at[i], true);
}
