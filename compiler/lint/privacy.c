// SPDX-License-Identifier: Apache-2.0
// Personal data where it does not belong, or where nobody could take it out again.
#include <string.h>

#include "compiler/lint/lint.h"
#include "runtime/utf8.h"

static struct diag_arg path_of(const struct field *field) {
  return (struct diag_arg){.en = field->path, .zh = field->path_zh};
}

// ---- fields ----

static bool ends_with(struct str text, const char *with) {
  const uint32_t len = (uint32_t)strlen(with);
  if (text.len < len || memcmp(text.at + text.len - len, with, len) != 0) return false;
  return text.len == len || text.at[text.len - len - 1] == '.' || text.at[text.len - len - 1] == '_' ||
         (unsigned char)with[0] >= 0x80;
}

static bool sounds_personal(const struct field *field) {
  static const char *const words[] = {"phone",     "mobile",   "phone_number", "email_address", "id_card",
                                      "id_number", "passport", "birthday",     "birth",         "real_name",
                                      "手机号",    "手机号码", "身份证号",     "身份证",        "护照号",
                                      "出生日期",  "真实姓名", "家庭住址",     "电子邮箱"};
  if (field->type->kind != TYPE_TEXT && field->type->kind != TYPE_NUMBER && field->type->kind != TYPE_DATE)
    return false;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (ends_with(field->path, words[i]) || ends_with(field->path_zh, words[i])) return true;
  return false;
}

static void look_at_fields(struct lint *l, const struct event_type *event) {
  for (uint32_t i = 0; i < event->fields.count && event->origin == EVENT_DECLARED; i++) {
    const struct field *field = event->fields.at[i];
    if (!field->sensitive && sounds_personal(field))
      nuo__lint_add1(l, DIAG_N1602, field->span, path_of(field));
  }
}

// ---- literals ----

static void look_at_literal(struct lint *l, const struct expr *e, void *context) {
  (void)context;
  if (e->kind != EXPR_OPERATOR || (e->op != OP_is && e->op != OP_in)) return;
  const struct expr *left = nuo__expr_peel(e->left), *right = nuo__expr_peel(e->right);
  const struct field *field = left->ref == REF_FIELD ? left->target : NULL;
  if (field == NULL || !field->sensitive || left->type->kind != TYPE_TEXT) return;
  const bool literal =
      (right->kind == EXPR_TEXT && right->text.len > 0) ||
      (right->kind == EXPR_SET && right->items.count > 0 && right->items.at[0]->kind == EXPR_TEXT);
  if (literal) nuo__lint_add1(l, DIAG_N1603, right->span, path_of(field));
}

// ---- what cannot be forgotten ----

static const struct field *personal_key(struct expr *const *key, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const struct expr *e = nuo__expr_peel(key[i]);
    if (e->ref == REF_FIELD && ((const struct field *)e->target)->sensitive) return e->target;
  }
  return NULL;
}

static void look_at_key(struct lint *l, const struct event_type *event, struct expr *const *key,
                        uint32_t count, struct span span) {
  const struct field *field = personal_key(key, count);
  if (field != NULL && event->subject == NULL && event->origin == EVENT_DECLARED)
    nuo__lint_add2(l, DIAG_N1604, span, path_of(field), nuo__lint_names(event->names))->diag.also =
        event->span;
}

// ---- what leaks into another event ----

static void look_at_raise(struct lint *l, const struct raise *raise) {
  for (uint32_t i = 0; i < raise->given.count; i++) {
    const struct expr *value = nuo__expr_peel(raise->given.at[i].value);
    const struct field *from = value->ref == REF_FIELD ? value->target : NULL;
    if (from != NULL && from->sensitive && !raise->given.at[i].field->sensitive)
      nuo__lint_add2(l, DIAG_N1608, value->span, path_of(from), path_of(raise->given.at[i].field));
  }
}

// ---- texts ----

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Whether the last character of a number of an identity card fits the seventeen before it. Nobody has one
// where it does not.
static bool check_digit_fits(const char *number) {
  static const int weights[] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (int i = 0; i < 17; i++) sum += weights[i] * (number[i] - '0');
  return (number[17] & ~0x20) == ("10X98765432"[sum % 11] & ~0x20);
}

// A mobile number or a number of an identity card, of mainland China; its length, or 0.
static uint32_t personal_number(struct str text, uint32_t at) {
  uint32_t len = 0;
  if (at > 0 && is_digit(text.at[at - 1])) return 0;
  while (at + len < text.len && is_digit(text.at[at + len])) len++;
  const char last = at + len < text.len ? text.at[at + len] : 0;
  // Numbers that repeat one digit are made up.
  bool varied = false;
  for (uint32_t i = 4; i < len; i++) varied = varied || text.at[at + i] != text.at[at + 3];
  if (!varied) return 0;
  if (len == 11 && text.at[at] == '1' && text.at[at + 1] >= '3') return 11;
  const bool card = (len == 18 || (len == 17 && (last == 'X' || last == 'x'))) && text.at[at] != '0';
  return card && check_digit_fits(text.at + at) ? 18 : 0;
}

static void look_at_number(struct lint *l, struct span span) {
  const struct str text = nuo__lint_text(l, span);
  for (uint32_t at = 0; at < text.len; at++) {
    const uint32_t len = is_digit(text.at[at]) ? personal_number(text, at) : 0;
    if (len == 0) continue;
    nuo__lint_add1(l, DIAG_N1606, (struct span){span.file, span.start + at, span.start + at + len},
                   nuo__diag_text((struct str){text.at + at, len}));
    return;
  }
}

static bool is_invisible(uint32_t c) {
  return c == 0x00AD || c == 0x180E || (c >= 0x200B && c <= 0x200D) || (c >= 0x2060 && c <= 0x2064) ||
         c == 0xFEFF;
}

static void look_at_characters(struct lint *l, struct span span) {
  const struct str text = nuo__lint_text(l, span);
  size_t size;
  for (uint32_t at = 0; at < text.len; at += (uint32_t)size) {
    const uint32_t c = nuo__utf8_decode(text.at + at, &size);
    if (!is_invisible(c)) continue;
    const struct span place = {span.file, span.start + at, span.start + at + (uint32_t)size};
    struct finding *finding =
        nuo__lint_add1(l, DIAG_N1607, place, nuo__diag_text(nuo__arena_format(l->arena, "U+%04X", c)));
    nuo__lint_edit(finding, place, STR(""));
  }
}

void nuo__lint_privacy(struct lint *l) {
  const struct program *p = l->program;
  for (uint32_t i = 0; i < p->events.count; i++) look_at_fields(l, p->events.at[i]);
  nuo__lint_walk_all(l, look_at_literal, NULL);
  for (uint32_t i = 0; i < p->counters.count; i++) {
    const struct counter *c = p->counters.at[i];
    look_at_key(l, c->event, c->key.at, c->key.count, c->span);
  }
  for (uint32_t i = 0; i < p->facts.count; i++)
    for (uint32_t k = 0; k < p->facts.at[i]->changes.count; k++) {
      const struct fact_rule *change = &p->facts.at[i]->changes.at[k];
      look_at_key(l, change->event, change->key.at, change->key.count, p->facts.at[i]->names.span);
    }
  for (uint32_t i = 0; i < p->rules.count; i++)
    for (uint32_t k = 0; k < p->rules.at[i]->raises.count; k++)
      look_at_raise(l, &p->rules.at[i]->raises.at[k]);
  for (uint32_t i = 0; i < p->natives.count; i++)
    nuo__lint_add1(l, DIAG_N1605, p->natives.at[i]->names.span, nuo__lint_names(p->natives.at[i]->names));
  for (uint32_t f = 0; f < l->compilation->files.count; f++)
    for (uint32_t d = 0; d < l->compilation->files.at[f].decls.count; d++) {
      const struct decl *decl = l->compilation->files.at[f].decls.at[d];
      look_at_characters(l, decl->span);
      if (decl->kind == DECL_TEST) look_at_number(l, decl->span);
    }
}
