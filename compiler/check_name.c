// SPDX-License-Identifier: Apache-2.0
// What a name or a call in an expression stands for. A single name is looked for in this order: the define's
// own parameters, the name of a `for each`, the enumerators of the type expected here, the event's fields,
// what the files declare, the enumerators of all types. Of two names the first may be a policy that is used:
// when it is none of the event's. Called by check_expr.c.
#include <string.h>

#include "compiler/check.h"
#include "compiler/heard.h"

static const struct type *error_type(void) {
  return nuo__type_simple(TYPE_ERROR);
}

static void used_as(struct checker *c, const struct expr *e, const struct names *names) {
  nuo__check_used(c, e->path.at[0].span, names->en, names->zh);
}

// ---- enumerators ----
static const struct type *as_enumerator(struct checker *c, struct expr *e,
                                        const struct enumeration *enumeration, const struct type *type,
                                        int64_t ordinal) {
  used_as(c, e, &enumeration->items.at[ordinal].names);
  e->ref = REF_ENUMERATOR;
  e->target = enumeration;
  e->number = ordinal;
  return type;
}

// The severities of a policy that is used: `pledge_l1.minor`, each part in either language.
static const struct type *outer_enumerator(struct checker *c, struct expr *e,
                                           const struct enumeration *enumeration, const struct type *type) {
  const struct space *of = nuo__space_named(c, &e->path.at[0]);
  if (of == NULL) return NULL;
  for (uint32_t i = 0; i < of->names[SPACE_SEVERITIES].items.count; i++) {
    const struct symbol *severity = of->names[SPACE_SEVERITIES].items.at[i];
    if (!nuo__names_match(&severity->names, e->path.at[1].text)) continue;
    const struct names outer = nuo__outer_names(c->arena, of->pack, severity->names);
    const int64_t ordinal = nuo__enumerator_find(enumeration, outer.en);
    if (ordinal < 0) return NULL;
    nuo__check_used(c, e->path.at[0].span, of->pack->names.en, of->pack->names.zh);
    nuo__check_used(c, e->path.at[1].span, severity->names.en, severity->names.zh);
    e->ref = REF_ENUMERATOR;
    e->target = enumeration;
    e->number = ordinal;
    return type;
  }
  return NULL;
}

static const struct type *expected_enumerator(struct checker *c, struct expr *e,
                                              const struct type *expected) {
  if (expected == NULL || expected->kind != TYPE_ENUM || e->path.count > 2) return NULL;
  const struct enumeration *enumeration = expected->enumeration;
  if (e->path.count == 2) return outer_enumerator(c, e, enumeration, expected);
  const int64_t ordinal = nuo__enumerator_find(enumeration, e->path.at[0].text);
  return ordinal < 0 ? NULL : as_enumerator(c, e, enumeration, expected, ordinal);
}

static const struct enumeration *next_enumeration_with(const struct checker *c, const struct name *name,
                                                       uint32_t *from) {
  const struct space *space = nuo__space_at(c, name->span);
  while (*from < c->program->enumerations.count) {
    const struct enumeration *enumeration = c->program->enumerations.at[(*from)++];
    if (nuo__enumerator_find(enumeration, name->text) >= 0 &&
        nuo__space_sees(space, nuo__space_at(c, enumeration->names.span)))
      return enumeration;
  }
  return NULL;
}

// Without an expected type a name is an enumerator when one enumeration alone has it.
static const struct type *any_enumerator(struct checker *c, struct expr *e) {
  if (e->path.count != 1) return NULL;
  uint32_t from = 0;
  const struct name *name = &e->path.at[0];
  const struct enumeration *first = next_enumeration_with(c, name, &from);
  if (first == NULL) return NULL;
  const struct enumeration *second = next_enumeration_with(c, name, &from);
  if (second != NULL) {
    REPORT(c, N0308, e->span, TEXT(name->text), nuo__names_arg(first->names), nuo__names_arg(second->names));
    return error_type();
  }
  struct type *type = ARENA_NEW(c->arena, struct type);
  *type = (struct type){.kind = TYPE_ENUM, .enumeration = first};
  return as_enumerator(c, e, first, type, nuo__enumerator_find(first, name->text));
}

static void report_not_of(struct checker *c, const struct expr *e, const struct enumeration *enumeration) {
  struct candidates candidates = {.wrong = e->path.at[0].text};
  for (uint32_t i = 0; i < enumeration->items.count; i++)
    nuo__candidates_add(c, &candidates, enumeration->items.at[i].names);
  struct diagnostic *d =
      REPORT(c, N0307, e->span, TEXT(candidates.wrong), nuo__names_arg(enumeration->names));
  const struct str outer = nuo__suggest_outer(c, SPACE_SEVERITIES, &e->path.at[0]);
  if (nuo__enumerator_find(enumeration, outer) >= 0) d->suggestion = outer;
  nuo__candidates_suggest(&candidates, d);
}

// ---- fields ----
static bool is_alias(const struct checker *c, const struct name *name) {
  return c->scope.alias.en.at != NULL && nuo__names_match(&c->scope.alias, name->text);
}

static bool is_trigger_alias(const struct checker *c, const struct name *name) {
  return c->scope.trigger != NULL && nuo__names_match(&c->scope.trigger_alias, name->text);
}

// The fields that come with the alias of an event.
static const struct member *aliased(const struct event_info *event) {
  return event->begun.members.count > 0 ? &event->begun : &event->root;
}

// Where a name without an alias is looked for: what a duty has of its own goes before.
static const struct member *root_with(const struct scope *scope, struct str name) {
  const bool own = !scope->begun && nuo__member_named(&scope->event->root, name) != NULL;
  return own ? &scope->event->root : aliased(scope->event);
}

// The field stands for `field default absent`.
static void put_default(struct checker *c, struct expr *e, const struct field *field) {
  struct expr *came = ARENA_NEW(c->arena, struct expr), *whole = ARENA_NEW(c->arena, struct expr);
  *came = *e;
  came->type = field->type;
  *whole = (struct expr){.kind = EXPR_OPERATOR, .op = OP_default, .span = e->span, .type = field->type};
  whole->left = came;
  whole->right = (struct expr *)field->absent;
  e->ref = REF_DEFINE;
  e->target = NULL;
  e->expansion = whole;
}

static const struct type *as_field(struct checker *c, struct expr *e, const struct member *root,
                                   const name_list *path) {
  struct field *field = nuo__check_field(c, root, path, e->span);
  if (field == NULL) return error_type();
  e->ref = REF_FIELD;
  e->target = field;
  if (field->absent != NULL && !c->raw) put_default(c, e, field);
  return field->type;
}

// Whether the path begins with a field or the alias of the event; then it is the event's, right or wrong.
static bool begins_in_event(const struct checker *c, const struct expr *e) {
  if (c->scope.event == NULL) return false;
  if (e->path.count > 1 && (is_alias(c, &e->path.at[0]) || is_trigger_alias(c, &e->path.at[0]))) return true;
  const struct str name = e->path.at[0].text;
  return nuo__member_named(root_with(&c->scope, name), name) != NULL;
}

static void warn_of_shadow(struct checker *c, const struct expr *e) {
  const struct symbol *hidden = nuo__find(c, SPACE_VALUES, &e->path.at[0]);
  if (e->path.count == 1 && hidden != NULL)
    REPORT(c, N0331, e->span, TEXT(e->path.at[0].text), nuo__symbol_kind_arg(hidden->kind))->also =
        hidden->span;
}

// A field of the duty's own that has the name of one of the event that begins it.
static void warn_of_own(struct checker *c, const struct expr *e) {
  const struct event_info *event = c->scope.event;
  const struct name *name = &e->path.at[0];
  const struct member *own = nuo__member_named(&event->root, name->text);
  const struct member *other = nuo__member_named(&event->begun, name->text);
  if (c->scope.begun || own == NULL || other == NULL || own == other) return;
  if (other->field != NULL && (other->field == own->field || nuo__is_identity_again(other->field))) return;
  REPORT(c, N0570, name->span, TEXT(name->text), nuo__names_arg(event->type->names),
         nuo__names_arg(event->begun.names))
      ->also = other->names.span;
}

// The field behind an alias; one that is written and has a name in each language is noted.
static const struct type *behind_alias(struct checker *c, struct expr *e, const struct names *alias,
                                       const struct event_info *event) {
  const name_list rest = {.at = e->path.at + 1, .count = e->path.count - 1};
  const struct span span = e->path.at[0].span;
  if (span.end > span.start && !nuo__str_equal(alias->en, alias->zh))
    nuo__check_used(c, span, alias->en, alias->zh);
  return as_field(c, e, aliased(event), &rest);
}

static const struct type *event_path(struct checker *c, struct expr *e) {
  const struct name *first = &e->path.at[0];
  warn_of_shadow(c, e);
  if (e->path.count > 1 && is_trigger_alias(c, first))
    return behind_alias(c, e, &c->scope.trigger_alias, c->scope.trigger);
  if (e->path.count > 1 && is_alias(c, first)) return behind_alias(c, e, &c->scope.alias, c->scope.event);
  warn_of_own(c, e);
  return as_field(c, e, root_with(&c->scope, first->text), &e->path);
}

// ---- the value at hand of `for each` ----
static bool is_each(const struct checker *c, const struct expr *e) {
  return c->scope.each != NULL && e->path.count == 1 &&
         nuo__names_match(&c->scope.each->names, e->path.at[0].text);
}

static const struct type *as_each(struct checker *c, struct expr *e) {
  const struct each_name *each = c->scope.each;
  used_as(c, e, &each->names);
  e->ref = each->duty != NULL ? REF_EACH : REF_FIELD;
  e->target = each->duty != NULL ? (const void *)each->duty : each->field;
  return each->duty != NULL ? each->duty->each->keys.at[each->duty->each_part] : each->field->type;
}

// ---- declared things ----
static const struct binding *find_binding(const struct checker *c, const struct expr *e) {
  if (e->path.count != 1) return NULL;
  for (uint32_t i = 0; i < c->scope.binding_count; i++)
    if (nuo__names_match(&c->scope.bindings[i].names, e->path.at[0].text)) return &c->scope.bindings[i];
  return NULL;
}

static const struct type *as_parameter(struct checker *c, struct expr *e, const struct symbol *symbol) {
  struct parameter *parameter = symbol->object;
  if (parameter == NULL) return error_type();
  if (parameter->type->kind == TYPE_PERIOD) return nuo__write_in(c, e, parameter);
  e->ref = REF_PARAMETER;
  e->target = parameter;
  return parameter->type;
}

static const struct type *as_lexicon(struct checker *c, struct expr *e, const struct symbol *symbol) {
  if (symbol->object == NULL) return error_type();
  e->ref = REF_LEXICON;
  e->target = symbol->object;
  return nuo__type_of(c, TYPE_SET, nuo__type_simple(TYPE_TEXT));
}

// The value of a path of one name, or of two: a policy that is used, and a name of it.
static struct symbol *find_value(const struct checker *c, const struct expr *e) {
  if (e->path.count > 2) return NULL;
  const struct name name = nuo__path_name(&e->path);
  return nuo__find(c, SPACE_VALUES, &name);
}

static void used_value(struct checker *c, const struct expr *e, struct symbol *symbol) {
  const struct name name = nuo__path_name(&e->path);
  symbol->used = true;
  nuo__check_of(c, &name);
  nuo__check_used(c, name.span, symbol->names.en, symbol->names.zh);
}

static const struct type *as_value(struct checker *c, struct expr *e, struct symbol *symbol,
                                   const struct type *expected) {
  used_value(c, e, symbol);
  switch (symbol->kind) {
    case SYMBOL_PARAMETER:
      return as_parameter(c, e, symbol);
    case SYMBOL_LEXICON:
      return as_lexicon(c, e, symbol);
    case SYMBOL_DEFINE:
      return nuo__check_define_use(c, e, symbol, expected);
    case SYMBOL_FACT:
      REPORT(c, N0459, e->span, TEXT(nuo__path_text(c, &e->path)))->also = symbol->span;
      return error_type();
    default:
      REPORT(c, N0306, e->span, TEXT(nuo__path_text(c, &e->path)), nuo__symbol_kind_arg(symbol->kind))->also =
          symbol->span;
      return error_type();
  }
}

static const struct symbol *find_anywhere(const struct checker *c, const name_list *path) {
  if (path->count > 2) return NULL;
  const struct name name = nuo__path_name(path);
  for (int kind = SPACE_VALUES + 1; kind < SPACE_KINDS; kind++) {
    const struct symbol *symbol = nuo__find(c, (enum space_names)kind, &name);
    if (symbol != NULL) return symbol;
  }
  return NULL;
}

// The same with the event's own name left out, or with a space behind the field that a name begins with: what
// was probably meant by `消息.年龄`, `消息的年龄` and `年龄少于18`.
static struct str taken_apart(struct checker *c, const struct expr *e) {
  const struct event_info *event = c->scope.event;
  const struct name *first = &e->path.at[0];
  if (event == NULL) return (struct str){NULL, 0};
  const struct names *names = &event->type->names;
  if (e->path.count > 1 && nuo__names_match(names, first->text)) return e->path.at[1].text;
  const struct str forms[] = {names->en, names->zh};
  for (size_t i = 0; i < 2; i++) {
    const uint32_t skip = forms[i].len + 3;
    if (first->text.len > skip && forms[i].len > 0 &&
        memcmp(first->text.at, forms[i].at, forms[i].len) == 0 &&
        memcmp(first->text.at + forms[i].len, "的", 3) == 0)
      return (struct str){first->text.at + skip, first->text.len - skip};
  }
  for (uint32_t i = 0; i < event->root.members.count; i++) {
    const struct str field = event->root.members.at[i]->names.zh;
    if (field.len < 6 || first->text.len <= field.len || memcmp(first->text.at, field.at, field.len) != 0)
      continue;
    return nuo__arena_format(c->arena, "%.*s %.*s", (int)field.len, field.at,
                             (int)(first->text.len - field.len), first->text.at + field.len);
  }
  return (struct str){NULL, 0};
}

static void report_not_in_pack(struct checker *c, const struct expr *e) {
  const struct space *of = nuo__space_named(c, &e->path.at[0]);
  struct candidates candidates = {.wrong = e->path.at[1].text};
  for (uint32_t i = 0; i < of->names[SPACE_VALUES].items.count; i++)
    nuo__candidates_add(c, &candidates, of->names[SPACE_VALUES].items.at[i]->names);
  struct diagnostic *d =
      REPORT(c, N0339, e->path.at[1].span, nuo__names_arg(of->pack->names), TEXT(e->path.at[1].text));
  nuo__candidates_suggest(&candidates, d);
}

static void report_unknown(struct checker *c, const struct expr *e) {
  const struct name *name = &e->path.at[0];
  const struct symbol *elsewhere = find_anywhere(c, &e->path);
  if (elsewhere != NULL) {
    REPORT(c, N0306, e->span, TEXT(nuo__path_text(c, &e->path)), nuo__symbol_kind_arg(elsewhere->kind))
        ->also = elsewhere->span;
    return;
  }
  if (nuo__heard_numeral(name->text)) {
    REPORT(c, N0332, name->span, TEXT(name->text));
    return;
  }
  if (e->path.count > 1 && nuo__space_named(c, name) != NULL) {
    report_not_in_pack(c, e);
    return;
  }
  struct candidates candidates = {.wrong = name->text};
  const struct event_info *event = c->scope.event;
  for (uint32_t i = 0; event != NULL && i < event->root.members.count; i++)
    nuo__candidates_add(c, &candidates, event->root.members.at[i]->names);
  if (e->path.count == 1) nuo__candidates_add_symbols(c, &candidates, SPACE_VALUES, name->span.file);
  struct diagnostic *d =
      event != NULL ? REPORT(c, N0303, name->span, TEXT(name->text), nuo__names_arg(event->type->names))
                    : REPORT(c, N0318, name->span, TEXT(name->text));
  d->suggestion = nuo__heard(HEARD_VALUE, name->text);
  if (d->suggestion.at == NULL && e->path.count == 1)
    d->suggestion = nuo__suggest_outer(c, SPACE_VALUES, name);
  if (d->suggestion.at == NULL) d->suggestion = taken_apart(c, e);
  if (d->suggestion.at == NULL) nuo__candidates_suggest(&candidates, d);
}

bool nuo__name_known(struct checker *c, const struct expr *e) {
  if (e->kind != EXPR_PATH || e->path.count != 1 || begins_in_event(c, e) || is_each(c, e)) return true;
  return find_binding(c, e) != NULL || find_value(c, e) != NULL;
}

const struct type *nuo__check_path(struct checker *c, struct expr *e, const struct type *expected) {
  if (e->path.count == 0) return error_type();
  const struct binding *binding = find_binding(c, e);
  if (binding != NULL) {
    used_as(c, e, &binding->names);
    return nuo__check_binding_use(c, e, binding);
  }
  if (is_each(c, e)) return as_each(c, e);
  const struct type *type = expected_enumerator(c, e, expected);
  if (type != NULL) return type;
  if (begins_in_event(c, e)) return event_path(c, e);
  struct symbol *symbol = find_value(c, e);
  if (symbol != NULL) return as_value(c, e, symbol, expected);
  // Beside a mistake nobody knows which enumeration is meant, and one message is enough.
  if (expected != NULL && expected->kind == TYPE_ERROR && e->path.count == 1) return error_type();
  if (expected != NULL && expected->kind == TYPE_ENUM && e->path.count == 1) {
    report_not_of(c, e, expected->enumeration);
    return error_type();
  }
  type = any_enumerator(c, e);
  if (type != NULL) return type;
  report_unknown(c, e);
  return error_type();
}

// ---- calls ----
static bool argument_count_fits(struct checker *c, const struct expr *e, struct diag_arg name,
                                uint32_t want) {
  if (e->items.count == want) return true;
  REPORT(c, N0429, e->span, name, nuo__diag_number(c->diags, want),
         nuo__diag_number(c->diags, e->items.count));
  return false;
}

static void check_arguments(struct checker *c, const struct expr *e, const struct type *const *types) {
  for (uint32_t i = 0; i < e->items.count; i++) nuo__check_expect(c, e->items.at[i], types[i]);
}

static const struct type *call_table(struct checker *c, struct expr *e, const struct symbol *symbol) {
  const struct table *table = symbol->object;
  if (table == NULL || !argument_count_fits(c, e, nuo__names_arg(symbol->names), table->keys))
    return error_type();
  check_arguments(c, e, table->key_types);
  e->ref = REF_TABLE;
  e->target = table;
  nuo__check_named_columns(c, e);
  return table->result;
}

static const struct type *call_native(struct checker *c, struct expr *e, const struct symbol *symbol) {
  const struct native *native = symbol->object;
  if (native == NULL || !argument_count_fits(c, e, nuo__names_arg(symbol->names), native->params.count))
    return error_type();
  check_arguments(c, e, native->params.at);
  e->ref = REF_NATIVE;
  e->target = native;
  return native->result;
}

static const struct type *call_symbol(struct checker *c, struct expr *e, struct symbol *symbol,
                                      const struct type *expected) {
  used_value(c, e, symbol);
  switch (symbol->kind) {
    case SYMBOL_DEFINE:
      return nuo__check_define_use(c, e, symbol, expected);
    case SYMBOL_TABLE:
      return call_table(c, e, symbol);
    case SYMBOL_NATIVE:
      return call_native(c, e, symbol);
    case SYMBOL_FACT:
      return nuo__check_fact_use(c, e, symbol);
    default:
      REPORT(c, N0315, e->span, TEXT(e->path.at[0].text), nuo__symbol_kind_arg(symbol->kind))->also =
          symbol->span;
      return error_type();
  }
}

// ---- built-in functions ----
static const struct {
  struct str en, zh;
  const char *params, *result;
} builtins[] = {
#define BUILTIN(id, en, zh, parameters, result, doc_en, doc_zh) \
  {{en, sizeof(en) - 1}, {zh, sizeof(zh) - 1}, parameters, result},
#include "compiler/builtins.def"
#undef BUILTIN
};

static int find_builtin(struct str name) {
  for (int i = 0; i < BUILTIN_COUNT; i++)
    if (nuo__str_equal(builtins[i].en, name) || nuo__str_equal(builtins[i].zh, name)) return i;
  return -1;
}

static const struct type *letter_type(char letter) {
  static const struct {
    char letter;
    enum type_kind kind;
  } letters[] = {{'T', TYPE_INSTANT}, {'D', TYPE_DATE}, {'C', TYPE_CLOCK},
                 {'N', TYPE_NUMBER},  {'S', TYPE_TEXT}, {'F', TYPE_FLAG}};
  for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
    if (letters[i].letter == letter) return nuo__type_simple(letters[i].kind);
  return error_type();
}

static const struct type *call_comparing(struct checker *c, struct expr *e) {
  const struct type *common = NULL;
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct type *type = nuo__check_expr(c, e->items.at[i], common);
    if (type->kind == TYPE_ERROR) return type;
    if (!nuo__type_in(type, TYPES_ORDERED)) {
      REPORT(c, N0408, e->items.at[i]->span, nuo__type_arg(c, type));
      return error_type();
    }
    const struct type *wider = common == NULL ? type : nuo__type_common(common, type);
    if (wider == NULL) {
      REPORT(c, N0402, e->items.at[i]->span, nuo__type_arg(c, common), nuo__type_arg(c, type));
      return error_type();
    }
    common = wider;
  }
  return common != NULL ? common : error_type();
}

static void check_builtin_argument(struct checker *c, struct expr *argument, char letter) {
  const struct type *type = nuo__check_expr(c, argument, NULL);
  if (letter != 'L') {
    if (letter == 'D' && type->kind == TYPE_INSTANT)
      REPORT0(c, N0403, argument->span);
    else
      nuo__check_fits(c, argument, letter_type(letter));
  } else if (type->kind != TYPE_LIST && type->kind != TYPE_ERROR) {
    REPORT(c, N0401, argument->span, PAIR("list", "列表"), nuo__type_arg(c, type));
  }
}

static const struct type *call_builtin(struct checker *c, struct expr *e, int id) {
  const char *params = builtins[id].params;
  const struct diag_arg name = {.en = builtins[id].en, .zh = builtins[id].zh};
  nuo__check_used(c, e->path.at[0].span, name.en, name.zh);
  e->ref = REF_BUILTIN;
  e->builtin = (enum builtin_id)id;
  if (params[0] == '*') {
    if (e->items.count > 0) return call_comparing(c, e);
    argument_count_fits(c, e, name, 2);
    return error_type();
  }
  if (!argument_count_fits(c, e, name, (uint32_t)strlen(params))) return letter_type(builtins[id].result[0]);
  for (uint32_t i = 0; i < e->items.count; i++) check_builtin_argument(c, e->items.at[i], params[i]);
  if (id == BUILTIN_is_workday) nuo__check_has_calendar(c, e->span, name);
  return letter_type(builtins[id].result[0]);
}

static void report_unknown_function(struct checker *c, const struct expr *e) {
  if (e->path.count == 2 && nuo__space_named(c, &e->path.at[0]) != NULL) {
    report_not_in_pack(c, e);
    return;
  }
  const struct str name = nuo__path_text(c, &e->path);
  struct candidates candidates = {.wrong = name};
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++) {
    const struct symbol *symbol = c->symbols[SPACE_VALUES].at[i];
    if (!nuo__space_sees(nuo__space_at(c, e->span), nuo__space_at(c, symbol->span))) continue;
    if (symbol->kind != SYMBOL_PARAMETER && symbol->kind != SYMBOL_LEXICON)
      nuo__candidates_add(c, &candidates, symbol->names);
  }
  for (int i = 0; i < BUILTIN_COUNT; i++)
    nuo__candidates_add(c, &candidates, (struct names){.en = builtins[i].en, .zh = builtins[i].zh});
  struct diagnostic *d = REPORT(c, N0314, e->span, TEXT(name));
  if (e->path.count == 1) d->suggestion = nuo__suggest_outer(c, SPACE_VALUES, &e->path.at[0]);
  nuo__candidates_suggest(&candidates, d);
}

const struct type *nuo__check_call(struct checker *c, struct expr *e, const struct type *expected) {
  if (e->path.count == 0) return error_type();
  const int builtin = e->path.count == 1 ? find_builtin(e->path.at[0].text) : -1;
  if (builtin >= 0) return call_builtin(c, e, builtin);
  struct symbol *symbol = begins_in_event(c, e) && e->path.count > 1 ? NULL : find_value(c, e);
  if (symbol != NULL) return call_symbol(c, e, symbol, expected);
  if (begins_in_event(c, e) || find_binding(c, e) != NULL) {
    REPORT(c, N0315, e->span, TEXT(nuo__path_text(c, &e->path)), PAIR("field", "字段"));
    return error_type();
  }
  report_unknown_function(c, e);
  return error_type();
}
