// SPDX-License-Identifier: Apache-2.0
// Constants, and the parameters made of them: dated values, blanks, and the settings that fill them from
// outside. A constant in the model is always a literal, an enumerator, or a set or range of those; signs are
// folded in and numbers are decimals where a decimal is wanted. Called by nuo__check and by the tables.
#include <string.h>

#include "compiler/check.h"
#include "compiler/front.h"
#include "runtime/when.h"

// ---- constants ----
int64_t nuo__unit_ms(enum unit unit) {
  static const int64_t sizes[] = {
      [UNIT_SECOND] = 1000, [UNIT_MINUTE] = 60000, [UNIT_HOUR] = 3600000, [UNIT_YEAR] = 0};
  return sizes[unit];
}

int64_t nuo__constant_number(const struct expr *e) {
  return e->kind == EXPR_DURATION ? e->number * nuo__unit_ms(e->unit) : e->number;
}

static bool fold(struct expr *e) {
  if (e->kind == EXPR_OPERATOR) {
    const struct expr *inner = e->left;
    if (e->op != OP_neg || inner == NULL) return false;
    if (inner->kind != EXPR_NUMBER && inner->kind != EXPR_DECIMAL && inner->kind != EXPR_DURATION)
      return false;
    e->kind = inner->kind;
    e->number = -inner->number;
    e->unit = inner->unit;
    e->left = NULL;
    return true;
  }
  if (e->kind == EXPR_RANGE) return fold(e->left) && fold(e->right);
  for (uint32_t i = 0; e->kind == EXPR_SET && i < e->items.count; i++)
    if (!fold(e->items.at[i])) return false;
  return e->kind <= EXPR_TEXT || (e->kind >= EXPR_DATE && e->kind <= EXPR_RANGE) || e->ref == REF_ENUMERATOR;
}

static bool widen(struct expr *e, const struct type *want) {
  bool fits = true;
  if (e->kind == EXPR_RANGE) fits = widen(e->left, want->element) && widen(e->right, want->element);
  for (uint32_t i = 0; e->kind == EXPR_SET && i < e->items.count; i++)
    fits = widen(e->items.at[i], want->element) && fits;
  if (e->kind == EXPR_NUMBER && want->kind == TYPE_DECIMAL) {
    fits = e->number <= INT64_MAX / 1000000 && e->number >= INT64_MIN / 1000000;
    e->kind = EXPR_DECIMAL;
    e->number = fits ? e->number * 1000000 : 0;
  }
  e->type = want;
  return fits;
}

struct expr *nuo__check_constant(struct checker *c, const struct expr *e, const struct type *want,
                                 enum diag_code code) {
  const struct scope outer = c->scope;
  c->scope = (struct scope){0};
  c->expanded = 0;
  c->overgrown = false;
  struct expr *copy = nuo__expr_clone(c, e);
  const struct type *type = nuo__check_expr(c, copy, want);
  c->scope = outer;
  if (type->kind == TYPE_ERROR) return NULL;
  if (!fold(copy)) {
    nuo__check_report(c, code, e->span, NULL, 0);
    return NULL;
  }
  if (want != NULL && !nuo__check_fits(c, copy, want)) return NULL;
  if (want == NULL) want = type;
  if (want->kind == TYPE_ERROR || widen(copy, want)) return copy;
  REPORT0(c, N0444, e->span);
  return NULL;
}

static struct str decimal_text(struct arena *arena, int64_t value) {
  const uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
  struct str text =
      nuo__arena_format(arena, "%s%llu.%06llu", value < 0 ? "-" : "", (unsigned long long)(size / 1000000),
                        (unsigned long long)(size % 1000000));
  while (text.at[text.len - 1] == '0') text.len--;
  if (text.at[text.len - 1] == '.') text.len--;
  return text;
}

static struct str duration_text(struct arena *arena, int64_t ms, bool chinese) {
  const long long value = ms;
  if (ms % 3600000 == 0)
    return nuo__arena_format(arena, "%lld%s", value / 3600000, chinese ? "小时" : " hours");
  if (ms % 60000 == 0)
    return nuo__arena_format(arena, "%lld%s", value / 60000, chinese ? "分钟" : " minutes");
  if (ms % 1000 == 0) return nuo__arena_format(arena, "%lld%s", value / 1000, chinese ? "秒" : " seconds");
  return nuo__arena_format(arena, "%lld%s", value, chinese ? "毫秒" : " ms");
}

struct str nuo__value_text(struct arena *arena, const struct type *type, int64_t value, bool chinese) {
  char buffer[48];
  switch (type->kind) {
    case TYPE_FLAG:
      return chinese ? (value ? STR("真") : STR("假")) : (value ? STR("true") : STR("false"));
    case TYPE_ENUM: {
      const struct names *names = &type->enumeration->items.at[value].names;
      return chinese ? names->zh : names->en;
    }
    case TYPE_DECIMAL:
      return decimal_text(arena, value);
    case TYPE_DURATION:
      return duration_text(arena, value, chinese);
    case TYPE_DATE:
      if (!nuo__when_is_date(value)) break;
      return nuo__arena_copy(arena, buffer, nuo__when_format_date((int32_t)value, buffer));
    case TYPE_CLOCK:
      return nuo__arena_copy(arena, buffer, nuo__when_format_clock((int32_t)value, buffer));
    case TYPE_INSTANT:
      if (!nuo__when_is_instant(value)) break;
      return nuo__arena_copy(arena, buffer, nuo__when_format_rfc3339(value, 0, buffer));
    default:
      break;
  }
  return nuo__arena_format(arena, "%lld", (long long)value);
}

// ---- parameters ----
static const struct type *infer_type(struct checker *c, const struct parameter_decl *decl) {
  const struct type *type = NULL;
  for (uint32_t i = 0; i < decl->values.count; i++) {
    if (decl->values.at[i].value == NULL) continue;
    const struct expr *value = nuo__check_constant(c, decl->values.at[i].value, NULL, DIAG_N0701);
    if (value == NULL) return nuo__type_simple(TYPE_ERROR);
    const struct type *common = type == NULL ? value->type : nuo__type_common(type, value->type);
    if (common != NULL) type = common;
  }
  return type;
}

static const struct type *parameter_type(struct checker *c, const struct symbol *symbol) {
  const struct parameter_decl *decl = &symbol->decl->parameter;
  const struct type *type = decl->type != NULL ? nuo__check_type(c, decl->type, &symbol->names) : NULL;
  // `duration = 30 days`: days have no type that could be written.
  const bool open = type == NULL || type->kind == TYPE_DURATION;
  const struct type *shown = open ? infer_type(c, decl) : NULL;
  if (type == NULL || (shown != NULL && (shown->kind == TYPE_PERIOD || shown->kind == TYPE_ERROR)))
    type = shown;
  if (type == NULL) {
    REPORT(c, N0702, symbol->span, nuo__names_arg(symbol->names));
    return nuo__type_simple(TYPE_ERROR);
  }
  return type;
}

static bool dates_ascend(struct checker *c, const struct parameter *parameter, int32_t from,
                         struct span span) {
  if (parameter->values.count == 0) return true;
  const int32_t last = parameter->values.at[parameter->values.count - 1].from;
  if (from == INT32_MIN)
    REPORT(c, N0705, span, nuo__names_arg(parameter->names));
  else if (from <= last)
    REPORT(c, N0704, span, nuo__names_arg(parameter->names));
  else
    return true;
  return false;
}

static void add_value(struct checker *c, struct parameter *parameter, const struct dated_value *written) {
  struct parameter_value value = {.unset = written->value == NULL, .from = INT32_MIN};
  if (written->from != NULL && written->from->kind == EXPR_DATE) value.from = (int32_t)written->from->number;
  const struct span span =
      written->span.end != 0 || written->value == NULL ? written->span : written->value->span;
  if (!dates_ascend(c, parameter, value.from, span)) return;
  if (!value.unset) value.value = nuo__check_constant(c, written->value, parameter->type, DIAG_N0701);
  if (value.unset || value.value != NULL) VEC_PUSH(c->arena, &parameter->values, value);
}

static void check_parameter(struct checker *c, struct symbol *symbol) {
  struct parameter *parameter = ARENA_NEW(c->arena, struct parameter);
  *parameter = (struct parameter){.names = nuo__full_names(c, symbol->span, symbol->names),
                                  .pack = nuo__pack_at(c, symbol->span),
                                  .span = symbol->span,
                                  .index = c->program->parameters.count};
  parameter->type = parameter_type(c, symbol);
  const struct parameter_decl *decl = &symbol->decl->parameter;
  for (uint32_t i = 0; parameter->type->kind != TYPE_ERROR && i < decl->values.count; i++)
    add_value(c, parameter, &decl->values.at[i]);
  if (parameter->type->kind == TYPE_PERIOD) nuo__check_settled(c, parameter, symbol->names.span);
  VEC_PUSH(c->arena, &c->program->parameters, parameter);
  symbol->object = parameter;
}

void nuo__check_parameters(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++)
    if (c->symbols[SPACE_VALUES].at[i]->kind == SYMBOL_PARAMETER)
      check_parameter(c, c->symbols[SPACE_VALUES].at[i]);
}

// ---- values from outside ----
// `parameter pledge_l1.checks_per_day = 2`: what a policy that is used leaves open, or says otherwise.
static void check_fill(struct checker *c, const struct decl *decl) {
  const struct name *name = &decl->parameter.fills;
  struct symbol *symbol = nuo__resolve(c, SPACE_VALUES, name, DIAG_N0722);
  if (symbol == NULL) return;
  if (symbol->kind != SYMBOL_PARAMETER) {
    REPORT(c, N0722, name->span, TEXT(name->text))->also = symbol->span;
    return;
  }
  struct parameter *parameter = symbol->object;
  if (parameter->type->kind == TYPE_ERROR) return;
  parameter->values.count = 0;
  for (uint32_t i = 0; i < decl->parameter.values.count; i++)
    add_value(c, parameter, &decl->parameter.values.at[i]);
  if (parameter->type->kind == TYPE_PERIOD) nuo__check_settled(c, parameter, name->span);
}

// Those of a policy that is used come before those of the one that uses it.
void nuo__check_fills(struct checker *c) {
  for (uint32_t i = 0; i < c->decls.count; i++)
    if (c->decls.at[i]->kind == DECL_FILL) check_fill(c, c->decls.at[i]);
}

// ---- settings ----
static bool plain_text(const struct type *type, struct str value) {
  return (type->kind == TYPE_TEXT || type->kind == TYPE_ZONE) && (value.len == 0 || value.at[0] != '"');
}

// The value is read by the parser itself, as if it stood in a declaration; what it would report is not the
// author's text, so only whether it reported counts.
static struct expr *parse_value(struct checker *c, const struct type *type, struct str value) {
  if (plain_text(type, value)) {
    struct expr *text = ARENA_NEW(c->arena, struct expr);
    *text = (struct expr){.kind = EXPR_TEXT, .text = value};
    return text;
  }
  struct diagnostics tried = {.arena = c->arena};
  struct source_file file = {.path = STR("--set")};
  file.text = nuo__arena_format(c->arena, "parameter value = %.*s\n", (int)value.len, value.at);
  nuo__front_parse(c->arena, &tried, &file, c->input->file_count);
  if (tried.errors > 0 || file.decls.count != 1 || file.decls.at[0]->kind != DECL_PARAMETER) return NULL;
  const struct parameter_decl *decl = &file.decls.at[0]->parameter;
  return decl->values.count == 1 && decl->values.at[0].from == NULL ? decl->values.at[0].value : NULL;
}

static void place_at(struct expr *e, struct span span) {
  if (e == NULL) return;
  e->span = span;
  place_at(e->left, span);
  place_at(e->right, span);
  for (uint32_t i = 0; i < e->items.count; i++) place_at(e->items.at[i], span);
}

static struct expr *read_value(struct checker *c, const struct parameter *parameter, struct str value) {
  struct expr *parsed = parse_value(c, parameter->type, value);
  if (parsed == NULL) return NULL;
  struct diagnostics *const real = c->diags;
  struct diagnostics tried = {.arena = c->arena};
  c->diags = &tried;
  struct expr *constant = nuo__check_constant(c, parsed, parameter->type, DIAG_N0701);
  c->diags = real;
  if (tried.errors > 0) return NULL;
  place_at(constant, parameter->span);
  return constant;
}

static void set_parameter(struct checker *c, struct parameter *parameter, struct str value) {
  if (parameter->type->kind == TYPE_ERROR) return;
  struct expr *constant = read_value(c, parameter, value);
  if (constant == NULL) {
    REPORT(c, N0707, parameter->span, nuo__names_arg(parameter->names), TEXT(value),
           nuo__type_arg(c, parameter->type));
    return;
  }
  parameter->values.count = 0;
  VEC_PUSH(c->arena, &parameter->values, (struct parameter_value){.from = INT32_MIN, .value = constant});
}

// `--set pledge_l1.checks_per_day=2` fills in a blank of a policy that is used.
static struct parameter *find_parameter(struct checker *c, struct str text) {
  const char *dot = memchr(text.at, '.', text.len);
  struct name name = {.text = text};
  if (dot != NULL) {
    name.of = (struct str){text.at, (uint32_t)(dot - text.at)};
    name.text = (struct str){dot + 1, text.len - name.of.len - 1};
  }
  const struct symbol *symbol = nuo__find(c, SPACE_VALUES, &name);
  if (symbol != NULL && symbol->kind == SYMBOL_PARAMETER) return symbol->object;
  struct candidates candidates = {.wrong = text};
  for (uint32_t i = 0; i < c->program->parameters.count; i++) {
    const struct parameter *parameter = c->program->parameters.at[i];
    nuo__candidates_add(c, &candidates, parameter->names);
  }
  struct diagnostic *d = REPORT(c, N0706, ((struct span){0}), TEXT(text));
  d->suggestion = nuo__suggest_outer(c, SPACE_VALUES, &name);
  nuo__candidates_suggest(&candidates, d);
  return NULL;
}

static struct str trim(struct str text) {
  while (text.len > 0 && (text.at[0] == ' ' || text.at[0] == '\t')) text.at++, text.len--;
  while (text.len > 0 && (text.at[text.len - 1] == ' ' || text.at[text.len - 1] == '\t')) text.len--;
  return text;
}

void nuo__check_settings(struct checker *c) {
  for (uint32_t i = 0; i < c->input->setting_count; i++) {
    const struct str setting = c->input->settings[i];
    const char *equals = setting.len > 0 ? memchr(setting.at, '=', setting.len) : NULL;
    if (equals == NULL) {
      REPORT(c, N0709, ((struct span){0}), TEXT(setting));
      continue;
    }
    const uint32_t split = (uint32_t)(equals - setting.at);
    struct parameter *parameter = find_parameter(c, trim((struct str){setting.at, split}));
    if (parameter != NULL)
      set_parameter(c, parameter, trim((struct str){equals + 1, setting.len - split - 1}));
  }
}
