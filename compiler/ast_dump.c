// SPDX-License-Identifier: Apache-2.0
// Dumps of the document and the syntax tree; see ast_dump.h. For people who work on the compiler; the form
// may change at any time.
#include "compiler/ast_dump.h"

#include <string.h>

#include "compiler/front.h"

struct dump {
  struct text_out *out;
  struct arena *arena;
  bool types;
};

static void put(struct dump *d, const char *text) {
  nuo__out_string(d->out, text);
}
static void put_str(struct dump *d, struct str s) {
  nuo__out_bytes(d->out, s.at, s.len);
}

static const char *decl_name(enum decl_kind kind) {
  static const char *const names[] = {[DECL_POLICY] = "policy",
                                      [DECL_USE] = "use",
                                      [DECL_SEVERITIES] = "severities",
                                      [DECL_TYPE] = "type",
                                      [DECL_PARAMETER] = "parameter",
                                      [DECL_FILL] = "fill",
                                      [DECL_DEFINE] = "define",
                                      [DECL_TABLE] = "table",
                                      [DECL_LEXICON] = "lexicon",
                                      [DECL_CALENDAR] = "calendar",
                                      [DECL_EVENT] = "event",
                                      [DECL_RULE] = "rule",
                                      [DECL_EXCEPTION] = "exception",
                                      [DECL_CLAUSE] = "clause",
                                      [DECL_NATIVE] = "extern",
                                      [DECL_TEST] = "test",
                                      [DECL_FACT] = "fact",
                                      [DECL_DUTY] = "duty",
                                      [DECL_ADAPTER] = "adapter",
                                      [DECL_SAME] = "same"};
  return names[kind];
}

// ---- the document ----

static void put_decl_line(struct dump *d, const struct source_file *file, const struct decl *decl,
                          uint32_t indent) {
  uint32_t line, column;
  nuo__front_position(file, decl->span.start, &line, &column);
  for (uint32_t i = 0; i < indent; i++) put(d, "  ");
  nuo__out_integer(d->out, line);
  put(d, "  ");
  put(d, decl_name(decl->kind));
  if (decl->names.en.at != NULL) put(d, " "), put_str(d, decl->names.written);
  put(d, "\n");
}

static void put_decls_of(struct dump *d, const struct source_file *file, uint32_t clause, uint32_t indent) {
  for (uint32_t i = 0; i < file->decls.count; i++)
    if (file->decls.at[i]->clause == clause) put_decl_line(d, file, file->decls.at[i], indent);
}

void nuo__dump_document(struct text_out *out, const struct source_file *file) {
  struct dump d = {.out = out};
  put_str(&d, file->path);
  put(&d, file->markdown ? ": a Markdown document\n" : ": bare code\n");
  put_decls_of(&d, file, CLAUSE_NONE, 1);
  for (uint32_t i = 0; i < file->clauses.count; i++) {
    const struct clause *c = &file->clauses.at[i];
    for (uint32_t k = 0; k < c->level; k++) put(&d, "  ");
    put(&d, "[");
    put_str(&d, c->number);
    put(&d, "] ");
    put_str(&d, c->title);
    put(&d, "\n");
    put_decls_of(&d, file, i, c->level + 1);
  }
}

// ---- expressions ----

static void put_expr(struct dump *d, const struct expr *e);

static void put_list(struct dump *d, const char *head, const expr_list *items) {
  put(d, "(");
  put(d, head);
  for (uint32_t i = 0; i < items->count; i++) put(d, " "), put_expr(d, items->at[i]);
  put(d, ")");
}

static void put_path(struct dump *d, const name_list *path) {
  for (uint32_t i = 0; i < path->count; i++) {
    if (i > 0) put(d, ".");
    put_str(d, path->at[i].text);
  }
}

static void put_tagged(struct dump *d, const char *tag, int64_t value) {
  put(d, tag);
  nuo__out_integer(d->out, value);
}

static void put_operator(struct dump *d, const struct expr *e) {
  static const char *const names[] = {
#define OPERATOR(id, arity, en, zh) en,
#include "compiler/operators.def"
#undef OPERATOR
  };
  put(d, "(");
  put(d, names[e->op]);
  if (e->left != NULL) put(d, " "), put_expr(d, e->left);
  if (e->right != NULL) put(d, " "), put_expr(d, e->right);
  put(d, ")");
}

static void put_call(struct dump *d, const struct expr *e) {
  put(d, "(call ");
  put_path(d, &e->path);
  for (uint32_t i = 0; i < e->items.count; i++) put(d, " "), put_expr(d, e->items.at[i]);
  put(d, ")");
}

static const char *const units[] = {"s",     "min",    "h",        "days", "workdays",
                                    "weeks", "months", "quarters", "years"};

static void put_event(struct dump *d, const struct event_ref *event) {
  put(d, " ");
  put_str(d, event->event.text);
  if (event->same.count > 0) put(d, " "), put_list(d, "same", &event->same);
  if (event->where != NULL) put(d, " where "), put_expr(d, event->where);
}

static void put_counting(struct dump *d, bool attempts, const expr_list *per, const struct window *window) {
  if (attempts) put(d, " attempts");
  put(d, " ");
  put_list(d, "per", per);
  if (window->kind == WINDOW_LAST) put(d, " (last "), put_expr(d, window->length), put(d, ")");
  if (window->kind == WINDOW_THIS) put(d, " (this "), put(d, units[window->period]), put(d, ")");
}

static void put_aggregate(struct dump *d, const struct aggregate *a) {
  static const char *const kinds[] = {"count", "sum", "distinct", "share", "elapsed"};
  put(d, "(");
  put(d, kinds[a->kind]);
  if (a->value != NULL) put(d, " "), put_expr(d, a->value);
  put_event(d, &a->event);
  put_counting(d, a->attempts, &a->per, &a->window);
  put(d, ")");
}

static void put_kind(struct dump *d, const struct expr *e) {
  switch (e->kind) {
    case EXPR_FLAG:
      put(d, e->number ? "true" : "false");
      break;
    case EXPR_NUMBER:
      put_tagged(d, "", e->number);
      break;
    case EXPR_DECIMAL:
      nuo__out_decimal(d->out, e->number);
      break;
    case EXPR_TEXT:
      nuo__out_json(d->out, e->text.at, e->text.len);
      break;
    case EXPR_TEMPLATE:
      put_list(d, "template", &e->items);
      break;
    case EXPR_REGEX:
      put(d, "/"), put_str(d, e->text), put(d, "/");
      break;
    case EXPR_DATE:
      put_tagged(d, "date:", e->number);
      break;
    case EXPR_INSTANT:
      put_tagged(d, "instant:", e->number);
      break;
    case EXPR_CLOCK:
      put_tagged(d, "clock:", e->number);
      break;
    case EXPR_DURATION:
      put_tagged(d, "", e->number);
      put(d, units[e->unit]);
      break;
    case EXPR_SET:
      put_list(d, "set", &e->items);
      break;
    case EXPR_RANGE:
      put(d, "(range "), put_expr(d, e->left), put(d, " "), put_expr(d, e->right), put(d, ")");
      break;
    case EXPR_PATH:
      put_path(d, &e->path);
      break;
    case EXPR_CALL:
      put_call(d, e);
      break;
    case EXPR_OPERATOR:
      put_operator(d, e);
      break;
    case EXPR_ANY:
      put(d, "any");
      break;
    case EXPR_AGGREGATE:
      put_aggregate(d, e->aggregate);
      break;
    case EXPR_SINCE:
      put(d, "(since "), put_expr(d, e->left), put(d, ")");
      break;
    case EXPR_ERROR:
      put(d, "(mistake)");
      break;
  }
}

static void put_expr(struct dump *d, const struct expr *e) {
  if (e == NULL) {
    put(d, "nothing");
    return;
  }
  put_kind(d, e);
  if (!d->types || e->type == NULL) return;
  put(d, ":");
  put_str(d, nuo__type_name(d->arena, e->type).en);
}

// ---- declarations ----

static void put_member(struct dump *d, const char *name, const struct expr *e) {
  if (e == NULL) return;
  put(d, "\n  (");
  put(d, name);
  put(d, " ");
  put_expr(d, e);
  put(d, ")");
}

static void put_members(struct dump *d, const char *name, const expr_list *list) {
  for (uint32_t i = 0; i < list->count; i++) put_member(d, name, list->at[i]);
}

static void put_action(struct dump *d, const char *name, const struct action *a) {
  static const char *const kinds[] = {"allow", "note", "label", "strip", "defer", "hold", "block"};
  if (a == NULL) return;
  put(d, "\n  (");
  put(d, name);
  put(d, " ");
  put(d, kinds[a->kind]);
  if (a->value != NULL) put(d, " "), put_expr(d, a->value);
  if (a->at_most != NULL) put(d, " at-most "), put_expr(d, a->at_most);
  put(d, ")");
}

static void put_raise(struct dump *d, const struct raise_decl *raise) {
  put(d, "\n  (raise ");
  put_str(d, raise->event.text);
  for (uint32_t i = 0; i < raise->given.count; i++) {
    put(d, " ");
    put_path(d, &raise->given.at[i].path);
    put(d, ": ");
    put_expr(d, raise->given.at[i].value);
  }
  put(d, ")");
}

static void put_rule(struct dump *d, const struct rule_decl *r) {
  static const char *const cores[] = {"no-core", "forbid", "require", "limit"};
  for (uint32_t i = 0; i < r->on.count; i++) {
    put(d, "\n  (on ");
    put_str(d, r->on.at[i].event.text);
    put(d, ")");
    put_member(d, "where", r->on.at[i].where);
  }
  put_member(d, cores[r->core], r->condition);
  if (r->core == CORE_LIMIT) put(d, "\n   "), put_counting(d, r->attempts, &r->per, &r->window);
  put_members(d, "unless", &r->unless);
  put_action(d, "action", r->action);
  put_action(d, "undetermined", r->undetermined);
  put_member(d, "because", r->because);
  put_members(d, "cites", &r->cites);
  for (uint32_t i = 0; i < r->raises.count; i++) put_raise(d, &r->raises.at[i]);
}

static void put_steps(struct dump *d, const char *name, const step_list *steps) {
  for (uint32_t i = 0; i < steps->count; i++) {
    const struct step_decl *step = &steps->at[i];
    put(d, "\n  (");
    put(d, name);
    put_event(d, &step->event);
    put(d, step->within != NULL ? " within " : " by ");
    put_expr(d, step->within != NULL ? step->within : step->by);
    put(d, ")");
  }
}

static void put_quota(struct dump *d, const struct duty_decl *duty) {
  const struct quota_decl *quota = &duty->quota;
  if (duty->period_span.end != 0 && duty->period_amount == NULL)
    put(d, "\n  (every "), put(d, units[duty->period]), put(d, ")");
  put_member(d, "every", duty->period_amount);
  if (quota->span.end == 0) return;
  put(d, "\n  (at-least ");
  put_expr(d, quota->least);
  put_event(d, &quota->event);
  if (quota->spread != NULL) put(d, " spread "), put_expr(d, quota->spread);
  if (quota->due != NULL) put(d, " due "), put_expr(d, quota->due);
  put(d, ")");
}

static void put_duty(struct dump *d, const struct duty_decl *duty) {
  put_rule(d, &duty->rule);
  put_member(d, "each", duty->each_in);
  put_quota(d, duty);
  put_steps(d, "must", &duty->must);
  put_steps(d, "otherwise", &duty->otherwise);
  put_members(d, "warn", &duty->warnings);
  put_member(d, "suspended", duty->suspended);
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    put(d, "\n  (discharged"), put_event(d, &duty->discharges.at[i]), put(d, ")");
}

static void put_table(struct dump *d, const struct table_decl *t) {
  for (uint32_t i = 0; i < t->rows.count; i++) {
    put(d, "\n  ");
    put_list(d, "row", &t->rows.at[i].cells);
  }
}

static void put_fields(struct dump *d, const struct field_decl *fields, uint32_t count, int depth) {
  for (uint32_t i = 0; i < count; i++) {
    put(d, "\n  ");
    for (int k = 0; k < depth; k++) put(d, "  ");
    put_str(d, fields[i].names.en);
    if (fields[i].optional) put(d, "?");
    if (fields[i].type != NULL && !fields[i].type->one_of)
      put(d, ": "), put_str(d, fields[i].type->name.text);
    if (fields[i].absent != NULL) put(d, " default "), put_expr(d, fields[i].absent);
    put_fields(d, fields[i].fields.at, fields[i].fields.count, depth + 1);
  }
}

static void put_fact(struct dump *d, const struct fact_decl *f) {
  for (uint32_t i = 0; i < f->changes.count; i++) {
    const struct fact_change *change = &f->changes.at[i];
    put(d, change->starts ? "\n  (starts" : "\n  (ends");
    put_event(d, &change->on);
    put(d, " ");
    put_list(d, "for", &change->key);
    if (change->with != NULL) put(d, " with "), put_expr(d, change->with);
    put(d, ")");
  }
}

static void put_body(struct dump *d, const struct decl *decl) {
  switch (decl->kind) {
    case DECL_PARAMETER:
    case DECL_FILL:
      for (uint32_t i = 0; i < decl->parameter.values.count; i++)
        put_member(d, "value", decl->parameter.values.at[i].value);
      break;
    case DECL_DEFINE:
      put_member(d, "body", decl->define.body);
      break;
    case DECL_TABLE:
      put_table(d, &decl->table);
      break;
    case DECL_FACT:
      put_fact(d, &decl->fact);
      break;
    case DECL_EVENT:
      put_member(d, "lateness", decl->event.lateness);
      put_fields(d, decl->event.fields.at, decl->event.fields.count, 0);
      break;
    case DECL_RULE:
      put_rule(d, &decl->rule);
      break;
    case DECL_DUTY:
      put_duty(d, &decl->duty);
      break;
    case DECL_EXCEPTION:
      put_member(d, "when", decl->exception.when);
      put_members(d, "unless", &decl->exception.unless);
      break;
    case DECL_CLAUSE:
      put_member(d, decl->clause_status.deferred ? "deferred" : "organisational", decl->clause_status.why);
      break;
    case DECL_SAME:
      for (uint32_t i = 0; i < decl->same.count; i++) put(d, " "), put_str(d, decl->same.at[i].text);
      break;
    default:
      break;
  }
}

void nuo__dump_ast(struct text_out *out, struct arena *arena, const struct source_file *file, bool types) {
  struct dump d = {.out = out, .arena = arena, .types = types};
  for (uint32_t i = 0; i < file->decls.count; i++) {
    const struct decl *decl = file->decls.at[i];
    put(&d, "(");
    put(&d, decl_name(decl->kind));
    if (decl->names.en.at != NULL) put(&d, " "), put_str(&d, decl->names.en);
    put_body(&d, decl);
    put(&d, ")\n");
  }
}
