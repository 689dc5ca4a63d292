// SPDX-License-Identifier: Apache-2.0
// Random expressions, typed by construction: a value of a wanted type is a literal, a field, a declared
// thing, or an operation whose operands are asked for in turn. Called by generate_policy.c.
#include <string.h>

#include "tests/oracle/generate.h"

static bool chance(struct gen *g, uint32_t percent) {
  return rng_chance(g->rng, percent);
}
static void put(struct gen *g, const char *text) {
  buf_put(g->out, text);
}
static void space(struct gen *g) {
  put(g, " ");
}
static struct gtype element_of(struct gtype list) {
  return (struct gtype){list.element, list.element, list.enumeration};
}
static struct gtype list_of(struct gtype e) {
  return (struct gtype){GIVEN_LIST, e.kind, e.enumeration};
}

// ---- things with a name ----
void gen_field(struct gen *g, const struct gfield *f) {
  if (g->alias.en[0] != '\0' && chance(g, 30)) {
    gen_name(g, &g->alias);
    put(g, ".");
  }
  if (f->record.en[0] != '\0') {
    gen_name(g, &f->record);
    put(g, ".");
  }
  gen_name(g, &f->name);
}

bool gen_field_of_type(struct gen *g, struct gtype type) {
  uint32_t fitting[MAX_FIELDS], count = 0;
  for (uint32_t i = 0; g->event != NULL && i < g->event->count; i++)
    if (same_gtype(g->event->fields[i].type, type)) fitting[count++] = i;
  if (count == 0) return false;
  gen_field(g, &g->event->fields[fitting[rng_below(g->rng, count)]]);
  return true;
}

static bool argument_of_type(struct gen *g, struct gtype type) {
  for (uint32_t i = 0; i < g->param_count; i++)
    if (same_gtype(g->param_types[i], type)) {
      gen_name(g, &g->params[i]);
      return true;
    }
  return false;
}

static const struct gparameter *find_parameter(struct gen *g, struct gtype type, enum gform form) {
  uint32_t fitting[MAX_DECLARED], count = 0;
  for (uint32_t i = 0; i < g->schema->parameter_count; i++)
    if (g->schema->parameters[i].form == form && same_gtype(g->schema->parameters[i].type, type))
      fitting[count++] = i;
  return count == 0 ? NULL : &g->schema->parameters[fitting[rng_below(g->rng, count)]];
}

static bool parameter_of_type(struct gen *g, struct gtype type, enum gform form) {
  const struct gparameter *parameter = find_parameter(g, type, form);
  if (parameter != NULL) gen_name(g, &parameter->name);
  return parameter != NULL;
}

static void put_arguments(struct gen *g, const struct gtype *types, uint32_t count, int depth) {
  gen_punct(g, '(');
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0) {
      gen_punct(g, ',');
      space(g);
    }
    gen_value(g, types[i], depth - 1);
  }
  gen_punct(g, ')');
}

static bool define_of_type(struct gen *g, struct gtype type, int depth) {
  for (uint32_t i = 0; i < g->schema->define_count; i++) {
    const struct gdefine *d = &g->schema->defines[i];
    if (d->event != g->event_index || g->event == NULL || !same_gtype(d->result, type) || chance(g, 40))
      continue;
    if (d->param_count > 0 && depth <= 0) continue;
    gen_name(g, &d->name);
    if (d->param_count > 0) put_arguments(g, d->params, d->param_count, depth);
    return true;
  }
  return false;
}

static bool table_of_type(struct gen *g, struct gtype type, int depth) {
  for (uint32_t i = 0; depth > 0 && i < g->schema->table_count; i++) {
    const struct gtable *t = &g->schema->tables[i];
    if (!same_gtype(t->result, type) || chance(g, 40)) continue;
    gen_name(g, &t->name);
    put_arguments(g, t->keys, t->key_count, depth);
    return true;
  }
  return false;
}

// ---- sets and ranges ----
void gen_set(struct gen *g, struct gtype element) {
  const uint32_t count = 1 + rng_below(g->rng, 3);
  gen_punct(g, '{');
  for (uint32_t i = 0; i < count; i++) {
    if (i > 0) {
      gen_punct(g, ',');
      space(g);
    }
    if (g->event == NULL || chance(g, 80) || !parameter_of_type(g, element, FORM_SCALAR))
      gen_literal(g, element);
  }
  gen_punct(g, '}');
}

void gen_range(struct gen *g, enum given_kind kind) {
  int64_t low = gen_near(g, kind), high = gen_near(g, kind);
  if (kind == GIVEN_CLOCK && (low == high || low == 86400000)) low = (high + 3600000) % 86400000;
  if (kind != GIVEN_CLOCK && low > high) {
    const int64_t swapped = low;
    low = high;
    high = swapped;
  }
  if (low == high && low > INT64_MAX / 4) low = 0;
  if (low == high) high += kind == GIVEN_DURATION ? 3600000 : 1;
  gen_number_literal(g, kind, low);
  put(g, "..");
  gen_number_literal(g, kind, high);
}

// An end of a range: a parameter, all of whose values lie between, or a literal.
struct gend {
  const struct gparameter *parameter;
  int64_t low, high;
};

static struct gend end_of(struct gen *g, struct gtype type) {
  const struct gparameter *p = chance(g, 60) ? find_parameter(g, type, FORM_SCALAR) : NULL;
  const int64_t near = gen_near(g, type.kind);
  return p != NULL ? (struct gend){p, p->low, p->high} : (struct gend){NULL, near, near};
}

static void put_end(struct gen *g, enum given_kind kind, const struct gend *end) {
  if (end->parameter != NULL)
    gen_name(g, &end->parameter->name);
  else
    gen_number_literal(g, kind, end->low);
}

// Whether there is something in the range whatever the parameters are; of clock times it may pass midnight.
static bool is_filled(enum given_kind kind, const struct gend *from, const struct gend *to) {
  if (from->high < to->low) return true;
  return kind == GIVEN_CLOCK && to->high < from->low && from->high < 86400000;
}

static void put_range(struct gen *g, struct gtype type) {
  if (chance(g, 40) && parameter_of_type(g, type, FORM_RANGE)) return;
  const struct gend from = end_of(g, type), to = end_of(g, type);
  if (chance(g, 50) || !is_filled(type.kind, &from, &to)) {
    gen_range(g, type.kind);
    return;
  }
  put_end(g, type.kind, &from);
  put(g, "..");
  put_end(g, type.kind, &to);
}

// ---- operands ----
static void open_paren(struct gen *g) {
  gen_punct(g, '(');
}
static void close_paren(struct gen *g) {
  gen_punct(g, ')');
}

static bool leaf(struct gen *g, struct gtype type) {
  if (chance(g, 30) && argument_of_type(g, type)) return true;
  if (chance(g, 85) && gen_field_of_type(g, type)) return true;
  if (chance(g, 50) && type.kind != GIVEN_LIST && parameter_of_type(g, type, FORM_SCALAR)) return true;
  if (type.kind == GIVEN_LIST) return gen_field_of_type(g, type);
  gen_literal(g, type);
  return true;
}

static struct gtype any_scalar(struct gen *g) {
  if (g->event != NULL && chance(g, 80)) {
    const struct gtype type = g->event->fields[rng_below(g->rng, g->event->count)].type;
    if (type.kind != GIVEN_LIST) return type;
  }
  return gen_scalar_type(g);
}

static struct gtype ordered_type(struct gen *g) {
  for (int i = 0; i < 8; i++) {
    const struct gtype type = any_scalar(g);
    if (gen_ordered(type.kind)) return type;
  }
  return gtype_of(GIVEN_NUMBER);
}

// A field of the event that is a list; false when there is none.
static bool some_list(struct gen *g, struct gtype *type) {
  for (uint32_t i = 0; g->event != NULL && i < g->event->count; i++)
    if (g->event->fields[i].type.kind == GIVEN_LIST && chance(g, 60)) {
      *type = g->event->fields[i].type;
      return true;
    }
  return false;
}

// ---- values ----
static void put_binary(struct gen *g, struct gtype left, const char *op, struct gtype right, int depth) {
  open_paren(g);
  gen_value(g, left, depth - 1);
  put(g, op);
  gen_value(g, right, depth - 1);
  close_paren(g);
}

static void put_call(struct gen *g, const char *en, const char *zh, struct gtype argument, int depth) {
  gen_kw(g, en, zh);
  open_paren(g);
  gen_value(g, argument, depth - 1);
  close_paren(g);
}

static void put_size(struct gen *g, struct gtype list) {
  gen_kw(g, "size", "个数");
  open_paren(g);
  gen_field_of_type(g, list);
  close_paren(g);
}

static void put_period(struct gen *g) {
  static const char *const units[][2] = {{"days", "天"},         {"weeks", "周"}, {"months", "个月"},
                                         {"quarters", "个季度"}, {"years", "年"}, {"workdays", "个工作日"}};
  const uint32_t unit = rng_below(g->rng, g->schema->has_calendar ? 6 : 5);
  gen_amount(g, rng_below(g->rng, 20), units[unit][0], units[unit][1]);
}

static void put_shifted(struct gen *g, struct gtype type, int depth) {
  open_paren(g);
  gen_value(g, type, depth - 1);
  put(g, chance(g, 50) ? " + " : " - ");
  if (type.kind == GIVEN_DATE || chance(g, 50))
    put_period(g);
  else
    gen_value(g, gtype_of(GIVEN_DURATION), depth - 1);
  close_paren(g);
}

static void put_number(struct gen *g, int depth) {
  static const char *const ops[] = {" + ", " - ", " * "};
  struct gtype list;
  const struct gtype number = gtype_of(GIVEN_NUMBER);
  switch (rng_below(g->rng, 8)) {
    case 0:
      put_call(g, "length", "长度", gtype_of(GIVEN_TEXT), depth);
      break;
    case 1:
      put_call(g, "weekday", "星期", gtype_of(GIVEN_INSTANT), depth);
      break;
    case 2:
      put_call(g, "years_since", "周岁", gtype_of(GIVEN_DATE), depth);
      break;
    case 3:
      put_binary(g, gtype_of(GIVEN_DATE), " - ", gtype_of(GIVEN_DATE), depth);
      break;
    case 4:
      put(g, "(-");
      gen_value(g, number, depth - 1);
      put(g, ")");
      break;
    case 5:
      if (some_list(g, &list)) {
        put_size(g, list);
        break;
      }
      // fall through
    default:
      put_binary(g, number, ops[rng_below(g->rng, 3)], number, depth);
  }
}

static void put_decimal(struct gen *g, int depth) {
  static const char *const ops[] = {" + ", " - ", " * ", " / "};
  const struct gtype decimal = gtype_of(GIVEN_DECIMAL), number = gtype_of(GIVEN_NUMBER);
  const uint32_t op = rng_below(g->rng, 4);
  const struct gtype left = chance(g, 30) ? number : decimal;
  const struct gtype right = chance(g, 30) && (left.kind == GIVEN_DECIMAL || op == 3) ? number : decimal;
  put_binary(g, left, ops[op], right, depth);
}

static void put_duration(struct gen *g, int depth) {
  const struct gtype duration = gtype_of(GIVEN_DURATION), number = gtype_of(GIVEN_NUMBER);
  switch (rng_below(g->rng, 4)) {
    case 0:
      put_binary(g, gtype_of(GIVEN_INSTANT), " - ", gtype_of(GIVEN_INSTANT), depth);
      break;
    case 1:
      put_binary(g, duration, " * ", number, depth);
      break;
    case 2:
      put_binary(g, number, " * ", duration, depth);
      break;
    default:
      put_binary(g, duration, chance(g, 50) ? " + " : " - ", duration, depth);
  }
}

static void put_extreme(struct gen *g, struct gtype type, int depth) {
  const struct gtype types[3] = {type, type, type};
  const bool least = chance(g, 50);
  gen_kw(g, least ? "least" : "greatest", least ? "最小" : "最大");
  put_arguments(g, types, 1 + rng_below(g->rng, 3), depth);
}

static bool operation(struct gen *g, struct gtype type, int depth) {
  switch (type.kind) {
    case GIVEN_FLAG:
      open_paren(g);
      gen_flag(g, depth - 1);
      close_paren(g);
      return true;
    case GIVEN_NUMBER:
      put_number(g, depth);
      return true;
    case GIVEN_DECIMAL:
      put_decimal(g, depth);
      return true;
    case GIVEN_INSTANT:
      put_shifted(g, type, depth);
      return true;
    case GIVEN_DATE:
      if (chance(g, 50))
        put_shifted(g, type, depth);
      else
        put_call(g, "date", "日期", gtype_of(GIVEN_INSTANT), depth);
      return true;
    case GIVEN_CLOCK:
      put_call(g, "clock", "时刻", gtype_of(GIVEN_INSTANT), depth);
      return true;
    case GIVEN_DURATION:
      put_duration(g, depth);
      return true;
    default:
      return false;
  }
}

void gen_value(struct gen *g, struct gtype type, int depth) {
  if (g->schema->remembers && chance(g, 15) && gen_memory_value(g, type, depth, false)) return;
  // A zone in quotes is one only where its neighbour says so.
  if (depth <= 0 || type.kind == GIVEN_ZONE || chance(g, 45)) {
    if (leaf(g, type)) return;
  }
  if (type.kind == GIVEN_LIST) {
    if (chance(g, 30) && gen_field_of_type(g, type)) {
      return;
    }
    gen_set(g, element_of(type));
    return;
  }
  if (chance(g, 25) && define_of_type(g, type, depth)) return;
  if (chance(g, 30) && table_of_type(g, type, depth)) return;
  if (chance(g, 12) && gen_ordered(type.kind)) {
    put_extreme(g, type, depth);
    return;
  }
  if (chance(g, 20)) {
    open_paren(g);
    gen_value(g, type, depth - 1);
    space(g);
    gen_kw(g, "default", "缺省");
    gen_value(g, type, depth - 1);
    close_paren(g);
    return;
  }
  if (!operation(g, type, depth)) leaf(g, type);
}

// The left side of a test: rather something to work out than a name.
static void put_tested(struct gen *g, struct gtype type, int depth) {
  if (depth >= 0 && chance(g, 30) && table_of_type(g, type, 1)) return;
  if (depth >= 0 && chance(g, 25) && define_of_type(g, type, 1)) return;
  if (depth >= 0 && chance(g, 35) && operation(g, type, 1)) return;
  gen_value(g, type, depth);
}

// The right side: often a constant, which events then come near to.
static void put_measure(struct gen *g, struct gtype type, int depth) {
  if (chance(g, 20) && parameter_of_type(g, type, FORM_SCALAR)) return;
  if (chance(g, 65))
    gen_literal(g, type);
  else
    gen_value(g, type, depth);
}

// ---- conditions ----
static void put_connective(struct gen *g, int depth) {
  const bool parens = chance(g, 60), both = chance(g, 50);
  if (parens) open_paren(g);
  gen_flag(g, depth - 1);
  space(g);
  gen_kw(g, both ? "and" : "or", both ? "且" : "或");
  gen_flag(g, depth - 1);
  if (parens) close_paren(g);
}

static void put_not(struct gen *g, int depth) {
  gen_kw(g, "not", "非");
  open_paren(g);
  gen_flag(g, depth - 1);
  close_paren(g);
}

static void put_equality(struct gen *g, int depth) {
  const struct gtype type = any_scalar(g);
  const bool negative = chance(g, 35);
  // The left side tells what an enumerator or a zone belongs to.
  if (type.kind == GIVEN_ENUM || type.kind == GIVEN_ZONE) {
    if (!gen_field_of_type(g, type) && !parameter_of_type(g, type, FORM_SCALAR) &&
        !table_of_type(g, type, depth)) {
      gen_flag(g, depth - 1);
      return;
    }
  } else {
    put_tested(g, type, depth - 1);
  }
  space(g);
  gen_kw(g, negative ? "is not" : "is", negative ? "不为" : "为");
  put_measure(g, type, depth - 1);
}

static void put_order(struct gen *g, int depth) {
  static const char *const ops[][2] = {{"<", "<"},
                                       {"<=", "≤"},
                                       {">", ">"},
                                       {">=", ">="},
                                       {"at least", "至少"},
                                       {"at most", "至多"},
                                       {"more than", "多于"},
                                       {"less than", "少于"},
                                       {"after", "晚于"},
                                       {"before", "早于"},
                                       {"not after", "不晚于"},
                                       {"not before", "不早于"}};
  const struct gtype left = ordered_type(g);
  struct gtype right = left;
  const uint32_t op = rng_below(g->rng, 12);
  if (left.kind == GIVEN_DECIMAL && chance(g, 20)) right = gtype_of(GIVEN_NUMBER);
  if (left.kind == GIVEN_NUMBER && chance(g, 20)) right = gtype_of(GIVEN_DECIMAL);
  put_tested(g, left, depth - 1);
  space(g);
  gen_kw(g, ops[op][0], ops[op][1]);
  put_measure(g, right, depth - 1);
}

static void put_in(struct gen *g, int depth) {
  const struct gtype type = any_scalar(g);
  const bool negative = chance(g, 35);
  if (type.kind != GIVEN_ENUM && type.kind != GIVEN_ZONE)
    put_tested(g, type, depth - 1);
  else if (!gen_field_of_type(g, type)) {
    gen_flag(g, depth - 1);
    return;
  }
  space(g);
  gen_kw(g, negative ? "not in" : "in", negative ? "不属于" : "属于");
  if (gen_ordered(type.kind) && chance(g, 40))
    put_range(g, type);
  else if (chance(g, 25) && parameter_of_type(g, type, FORM_SET))
    return;
  else if (chance(g, 80) || !gen_field_of_type(g, list_of(type)))
    gen_set(g, type);
}

static void put_list_test(struct gen *g, int depth) {
  static const char *const ops[][2] = {
      {"any in", "任一属于"}, {"all in", "全部属于"}, {"none in", "无一属于"}, {"is subset of", "包含于"}};
  struct gtype list;
  if (!some_list(g, &list)) {
    gen_flag(g, depth - 1);
    return;
  }
  const uint32_t op = rng_below(g->rng, 7);
  gen_field_of_type(g, list);
  space(g);
  if (op == 6) {
    gen_kw(g, "contains all of", "含有全部");
    gen_set(g, element_of(list));
    return;
  }
  if (op >= 4) {
    gen_kw(g, "contains", "含有");
    gen_value(g, element_of(list), depth - 1);
    return;
  }
  gen_kw(g, ops[op][0], ops[op][1]);
  if (chance(g, 25) && parameter_of_type(g, element_of(list), FORM_SET)) return;
  if (chance(g, 30) && gen_field_of_type(g, list)) return;
  gen_set(g, element_of(list));
}

static void put_pattern(struct gen *g) {
  static const char *const patterns[] = {"^free",     "e$",        "[0-9]+%", "a.b",
                                         "免费|中奖", "^[^a-z]*$", "o?x",     "SALE|sale",
                                         "限.*惠",    "[一-龥]+",  "aa*a",    "^$|^u"};
  gen_kw(g, "matches", "匹配");
  buf_printf(g->out, "/%s/", patterns[rng_below(g->rng, sizeof patterns / sizeof *patterns)]);
}

static void put_words(struct gen *g) {
  static const char *const ops[][2] = {{"contains any of", "含有任一"},
                                       {"contains any of", "含有任一"},
                                       {"starts with any of", "开头为任一"},
                                       {"ends with any of", "结尾为任一"}};
  const uint32_t op = rng_below(g->rng, 4);
  gen_kw(g, ops[op][0], ops[op][1]);
  if (g->schema->lexicon_count > 0 && chance(g, 70))
    gen_name(g, &g->schema->lexicons[rng_below(g->rng, g->schema->lexicon_count)]);
  else if (chance(g, 70) || !parameter_of_type(g, gtype_of(GIVEN_TEXT), FORM_SET))
    gen_set(g, gtype_of(GIVEN_TEXT));
}

static void put_searched(struct gen *g, int depth) {
  const struct gtype text = gtype_of(GIVEN_TEXT);
  if (!chance(g, 80) || !gen_field_of_type(g, text)) gen_value(g, text, depth - 1);
}

// `(title or body)`, two or three texts.
static void put_several(struct gen *g, int depth) {
  const bool three = chance(g, 30);
  open_paren(g);
  put_searched(g, depth);
  for (int i = 0; i < (three ? 2 : 1); i++) {
    space(g);
    gen_kw(g, "or", "或");
    put_searched(g, depth);
  }
  close_paren(g);
}

static void put_text_test(struct gen *g, int depth) {
  static const char *const ops[][2] = {
      {"contains", "含有"}, {"starts with", "开头为"}, {"ends with", "结尾为"}};
  const struct gtype text = gtype_of(GIVEN_TEXT);
  const uint32_t op = rng_below(g->rng, 6);
  if (chance(g, 25))
    put_several(g, depth);
  else
    put_searched(g, depth);
  space(g);
  if (op == 3) {
    put_pattern(g);
  } else if (op > 3) {
    put_words(g);
  } else {
    gen_kw(g, ops[op][0], ops[op][1]);
    if (chance(g, 60))
      gen_literal(g, text);
    else
      gen_value(g, text, depth - 1);
  }
}

static void put_presence(struct gen *g, int depth) {
  static const char *const words[][2] = {
      {"is missing", "缺失"}, {"is present", "具备"}, {"is not present", "缺失"}, {"is not missing", "具备"}};
  const char *const *word = words[rng_below(g->rng, 4)];
  struct gtype list;
  if (chance(g, 20) && some_list(g, &list))
    gen_field_of_type(g, list);
  else
    gen_value(g, any_scalar(g), chance(g, 70) ? 0 : depth - 1);
  space(g);
  gen_kw(g, word[0], word[1]);
}

static void put_flag_leaf(struct gen *g, int depth) {
  const struct gtype flag = gtype_of(GIVEN_FLAG);
  if (chance(g, 40) && define_of_type(g, flag, depth)) return;
  if (chance(g, 20) && table_of_type(g, flag, depth)) return;
  if (chance(g, 30) && g->schema->has_calendar)
    put_call(g, "is_workday", "是工作日", gtype_of(GIVEN_INSTANT), depth);
  else
    leaf(g, flag);
}

void gen_flag(struct gen *g, int depth) {
  // A list test that finds no list comes back here: the depth bounds that.
  if (depth <= -3) {
    gen_literal(g, gtype_of(GIVEN_FLAG));
    return;
  }
  if (depth > 0 && chance(g, 45)) {
    if (chance(g, 75))
      put_connective(g, depth);
    else
      put_not(g, depth);
    return;
  }
  if (g->schema->remembers && chance(g, 40) && gen_memory_test(g, depth)) return;
  static void (*const tests[])(struct gen *, int) = {
      put_equality,  put_equality,  put_order,     put_order,    put_in,
      put_list_test, put_text_test, put_text_test, put_presence, put_flag_leaf};
  open_paren(g);
  tests[rng_below(g->rng, sizeof tests / sizeof *tests)](
      g, depth < 0 ? depth : depth + (depth == 0 && chance(g, 30)));
  close_paren(g);
}

// ---- in texts ----
void gen_plain_value(struct gen *g) {
  struct gtype list;
  switch (rng_below(g->rng, 6)) {
    case 0:
      gen_kw(g, "clock", "时刻");
      put(g, "(");
      gen_field_of_type(g, gtype_of(GIVEN_INSTANT));
      put(g, ")");
      return;
    case 1:
      if (some_list(g, &list)) {
        put_size(g, list);
        return;
      }
      // fall through
    case 2:
      gen_field_of_type(g, gtype_of(GIVEN_INSTANT));
      put(g, " - 90 minutes");
      return;
    default:
      break;
  }
  for (int i = 0; i < 8; i++) {
    const struct gtype type = any_scalar(g);
    if (g->schema->remembers && chance(g, 40) && gen_memory_value(g, type, 0, true)) return;
    if (gen_field_of_type(g, type)) return;
  }
  gen_field_of_type(g, gtype_of(GIVEN_INSTANT));
}
