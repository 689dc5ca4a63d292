// SPDX-License-Identifier: Apache-2.0
// `raise EVENT { … }`: a declared event that has merely happened, with all the fields that it needs. Called
// by check_rule.c and check_duty_rule.c with the rule's event in c->scope.
#include "compiler/check.h"

static const struct event_info *check_event(struct checker *c, const struct name *name) {
  if (nuo__is_breach(name->text)) {
    REPORT0(c, N0521, name->span);
    return NULL;
  }
  const struct event_info *event = nuo__check_event_name(c, name);
  if (event == NULL || !event->type->enforceable) return event;
  REPORT(c, N0559, name->span, nuo__names_arg(event->type->names))->also = event->type->span;
  return NULL;
}

static bool is_given(const struct raise *raise, const struct field *field) {
  for (uint32_t i = 0; i < raise->given.count; i++)
    if (raise->given.at[i].field == field) return true;
  return false;
}

// A value of several elements has to be there already: an event's own list.
static bool is_movable(const struct expr *value) {
  value = nuo__expr_peel(value);
  return !nuo__type_in(value->type, TYPES_SEVERAL) || value->ref == REF_FIELD;
}

static void check_given(struct checker *c, const struct event_info *event, const struct init *init,
                        struct raise *raise) {
  struct field *field = nuo__check_field(c, &event->root, &init->path, init->span);
  if (field == NULL) {
    nuo__check_expr(c, init->value, NULL);
    return;
  }
  if (!nuo__check_expect(c, init->value, field->type)) return;
  if (!is_movable(init->value)) {
    REPORT(c, N0567, init->value->span, TEXT(field->path));
  } else if (is_given(raise, field)) {
    REPORT(c, N0561, init->span, TEXT(field->path), nuo__names_arg(event->type->names));
  } else {
    const struct assignment given = {field, init->value};
    VEC_PUSH(c->arena, &raise->given, given);
  }
}

// The time is that of the cause, and so is the identity unless it is a number.
static bool goes_without_saying(const struct event_type *event, const struct field *field) {
  return field->optional || field == event->time ||
         (field == event->identity && field->type->kind == TYPE_TEXT);
}

static void check_raise(struct checker *c, const struct raise_decl *written, struct rule *rule) {
  const struct event_info *event = check_event(c, &written->event);
  if (event == NULL) return;
  struct raise raise = {.event = event->type, .span = written->span};
  const uint32_t errors = c->diags->errors;
  for (uint32_t i = 0; i < written->given.count; i++) check_given(c, event, &written->given.at[i], &raise);
  for (uint32_t i = 0; i < event->type->fields.count && c->diags->errors == errors; i++) {
    const struct field *field = event->type->fields.at[i];
    if (!goes_without_saying(event->type, field) && !is_given(&raise, field))
      REPORT(c, N0560, written->event.span, nuo__names_arg(event->type->names), TEXT(field->path));
  }
  VEC_PUSH(c->arena, &rule->raises, raise);
}

void nuo__check_raises(struct checker *c, const struct rule_decl *written, struct rule *rule) {
  for (uint32_t i = 0; i < written->raises.count; i++) check_raise(c, &written->raises.at[i], rule);
}
