// SPDX-License-Identifier: Apache-2.0
// What a random policy remembers: facts with the events that begin and end them, limits, counts, times since.
// Keys are made of the fields that all event types have in common. Called by the other generators.
#include <string.h>

#include "tests/oracle/generate.h"

static bool chance(struct gen *g, uint32_t percent) {
  return rng_chance(g->rng, percent);
}
static void put(struct gen *g, const char *text) {
  buf_put(g->out, text);
}

// ---- what keys are made of ----
static struct gtype shared_type(struct gen *g, uint32_t index) {
  static const enum given_kind kinds[] = {GIVEN_TEXT, GIVEN_NUMBER, GIVEN_FLAG, GIVEN_DATE, GIVEN_DECIMAL};
  if (index == 0) return gtype_of(chance(g, 70) ? GIVEN_TEXT : GIVEN_NUMBER);
  const struct gtype named = gen_scalar_type(g);
  if (named.kind == GIVEN_ENUM || named.kind == GIVEN_INSTANT) return named;
  return gtype_of(kinds[rng_below(g->rng, 5)]);
}

void gen_plan_shared(struct gen *g) {
  struct schema *s = g->schema;
  s->shared_count = 1 + rng_below(g->rng, MAX_SHARED);
  for (uint32_t i = 0; i < s->shared_count; i++) {
    struct gfield *f = &s->shared[i];
    *f = (struct gfield){.name = gen_new_name(g), .type = shared_type(g, i), .key = true};
    if (i == 0 && chance(g, 40)) f->record = gen_new_name(g);
  }
}

// ---- windows and keys ----
static void put_period(struct gen *g) {
  static const char *const periods[][2] = {{"this day", "本日"},
                                           {"this week", "本周"},
                                           {"this month", "本月"},
                                           {"this quarter", "本季"},
                                           {"this year", "本年"}};
  const char *const *period = periods[chance(g, 40) ? 0 : rng_below(g->rng, 5)];
  gen_kw(g, period[0], period[1]);
}

static void put_window(struct gen *g) {
  static const char *const units[][2] = {{"days", "天"},     {"workdays", "个工作日"}, {"weeks", "周"},
                                         {"months", "个月"}, {"quarters", "个季度"},   {"years", "年"}};
  static const int64_t exact[] = {1000, 60000, 600000, 1800000, 3600000, 7200000, 86400000};
  if (chance(g, 40)) {
    put_period(g);
    return;
  }
  gen_kw(g, "in last", "近");
  if (g->schema->span.en[0] != '\0' && chance(g, 15)) {
    gen_name(g, &g->schema->span);
  } else if (chance(g, 60)) {
    gen_number_literal(g, GIVEN_DURATION, exact[rng_below(g->rng, 7)] * (1 + rng_below(g->rng, 3)));
  } else {
    const uint32_t unit = chance(g, 50) ? 0 : rng_below(g->rng, g->schema->has_calendar ? 6 : 5);
    const char *const *word = units[unit == 1 && !g->schema->has_calendar ? 5 : unit];
    gen_amount(g, 1 + rng_below(g->rng, 3), word[0], word[1]);
  }
  put(g, " ");
}

// One that every event type has.
static const struct gfield *some_shared(struct gen *g) {
  return &g->schema->shared[rng_below(g->rng, g->schema->shared_count)];
}

// Written for two events at once, so without the alias of one.
static void put_shared(struct gen *g, const struct gfield *f) {
  const struct gname alias = g->alias;
  g->alias.en[0] = '\0';
  gen_field(g, f);
  g->alias = alias;
}

static void put_key_part(struct gen *g) {
  const struct gfield *f = some_shared(g);
  if (chance(g, 75)) {
    put_shared(g, f);
  } else if (f->type.kind == GIVEN_NUMBER) {
    put(g, "(");
    put_shared(g, f);
    put(g, chance(g, 50) ? " + 1)" : " * 2)");
  } else if (f->type.kind == GIVEN_TEXT) {
    gen_kw(g, "length", "长度");
    put(g, "(");
    put_shared(g, f);
    put(g, ")");
  } else if (chance(g, 30)) {
    put(g, "3");
  } else {
    put_shared(g, f);
  }
}

static void put_per(struct gen *g) {
  gen_kw(g, "per", "每");
  if (chance(g, 60)) {
    put_shared(g, some_shared(g));
  } else {
    gen_punct(g, '(');
    for (uint32_t i = 0, n = rng_below(g->rng, 4); i < n; i++) {
      if (i > 0) put(g, ", ");
      put_key_part(g);
    }
    gen_punct(g, ')');
  }
  put(g, " ");
}

// ---- how many ----
static void put_dynamic(struct gen *g, int depth) {
  gen_kw(g, "least", "最小");
  put(g, "(");
  gen_value(g, gtype_of(GIVEN_NUMBER), depth - 1);
  buf_printf(g->out, ", %u)", rng_below(g->rng, 5));
}

// A number that cannot be large.
static void put_small(struct gen *g, int depth) {
  const uint32_t kind = rng_below(g->rng, 10);
  if (kind < 2 && g->schema->caps.en[0] != '\0' && g->event != NULL) {
    gen_name(g, &g->schema->caps);
    put(g, "(");
    gen_field(g, &g->schema->shared[0]);
    put(g, ")");
  } else if (kind < 4 && g->schema->cap.en[0] != '\0') {
    gen_name(g, &g->schema->cap);
  } else if (kind == 4 && g->schema->cap.en[0] != '\0') {
    put(g, "(");
    gen_name(g, &g->schema->cap);
    put(g, chance(g, 50) ? " + 1)" : " - 1)");
  } else if (kind == 5) {
    put_dynamic(g, depth);
  } else {
    buf_printf(g->out, "%u", chance(g, 4) ? 12 : rng_below(g->rng, 5));
  }
}

static void put_span(struct gen *g) {
  struct schema *s = g->schema;
  s->span = gen_new_name(g);
  s->span_days = 1 + rng_below(g->rng, 4);
  gen_kw(g, "parameter", "参数");
  gen_names(g, &s->span);
  put(g, " = ");
  gen_amount(g, s->span_days, "days", "天");
  put(g, "\n");
}

void gen_caps(struct gen *g) {
  struct schema *s = g->schema;
  if (chance(g, 60)) put_span(g);
  s->cap = gen_new_name(g);
  gen_kw(g, "parameter", "参数");
  gen_names(g, &s->cap);
  put(g, ": ");
  gen_kw(g, "number", "整数");
  put(g, " = ");
  if (chance(g, 15))
    gen_kw(g, "unset", "待填");
  else
    buf_printf(g->out, "%u", rng_below(g->rng, 4));
  if (chance(g, 50)) {
    buf_printf(g->out, ", %u ", rng_below(g->rng, 5));
    gen_kw(g, "from", "来自");
    gen_date(g, gen_base_day + (int32_t)rng_below(g->rng, 4));
  }
  put(g, "\n");
  if (s->shared[0].type.kind != GIVEN_TEXT) return;
  s->caps = gen_new_name(g);
  gen_kw(g, "table", "对照表");
  gen_names(g, &s->caps);
  put(g, " (k: ");
  gen_type(g, s->shared[0].type);
  put(g, ") -> ");
  gen_kw(g, "number", "整数");
  put(g, " ");
  gen_kw(g, "first", "首行优先");
  buf_printf(g->out, "\n| \"u1\" | %u |\n| \"u2\" | %u |\n", rng_below(g->rng, 4), rng_below(g->rng, 4));
  if (chance(g, 60)) buf_printf(g->out, "| any | %u |\n", rng_below(g->rng, 4));
}

static void put_attempts(struct gen *g) {
  if (chance(g, 30)) gen_kw(g, "attempts", "尝试");
}

// ---- limits ----
static void put_own_key(struct gen *g) {
  const struct gfield *f = &g->event->fields[rng_below(g->rng, g->event->count)];
  if (chance(g, 75) || f->type.kind == GIVEN_LIST)
    gen_field(g, some_shared(g));
  else
    gen_field(g, f);
}

void gen_limit(struct gen *g, int depth) {
  gen_kw(g, "limit", "限制");
  put_small(g, depth);
  put(g, " ");
  put_attempts(g);
  gen_kw(g, "per", "每");
  if (chance(g, 70)) {
    put_own_key(g);
  } else {
    put(g, "(");
    for (uint32_t i = 0, n = rng_below(g->rng, 3); i < n; i++) {
      if (i > 0) put(g, ", ");
      put_own_key(g);
    }
    put(g, ")");
  }
  put(g, " ");
  put_window(g);
}

// ---- counts ----
struct asked {  // of each event that is counted
  const char *en, *zh;
  struct gtype type;
};
// `sum of n over` and the like.
static void put_value_over(struct gen *g, const struct asked *value, int depth) {
  const struct gfield *f = &g->event->fields[rng_below(g->rng, g->event->count)];
  gen_kw(g, value->en, value->zh);
  if (same_gtype(f->type, value->type)) {
    gen_field(g, f);
    put(g, " ");
  } else {
    put(g, "(");
    gen_value(g, value->type, chance(g, 70) ? 0 : depth - 2);
    put(g, ") ");
  }
  gen_kw(g, "over", "遍历");
}

// `push as p where …`, in the context of that event; before it the value of this type, if any.
static void put_counted_value(struct gen *g, const struct asked *value, int depth) {
  const struct gen reader = *g;
  g->event_index = (int)rng_below(g->rng, g->schema->event_count);
  g->event = &g->schema->events[g->event_index];
  g->param_count = 0;
  g->alias = (struct gname){.two = false};
  if (value != NULL) put_value_over(g, value, depth);
  gen_name(g, &g->event->name);
  put(g, " ");
  if (chance(g, 20)) g->alias = gen_alias(g);
  if (chance(g, 45)) {
    gen_kw(g, "where", "其中");
    put(g, "(");
    gen_flag(g, depth - 2);
    put(g, ") ");
  }
  g->event = reader.event;
  g->event_index = reader.event_index;
  g->alias = reader.alias;
  g->param_count = reader.param_count;
}

static void put_counted(struct gen *g, int depth) {
  put_counted_value(g, NULL, depth);
}

static void put_sum(struct gen *g, struct gtype type, int depth) {
  const struct asked sum = {"sum of", "合计", type};
  put(g, "(");
  put_counted_value(g, &sum, depth);
  put_attempts(g);
  put_per(g);
  put_period(g);
  put(g, ")");
}

static void put_share(struct gen *g, int depth) {
  put(g, "(");
  gen_kw(g, "share of", "占比");
  put_counted(g, depth);
  put_attempts(g);
  put_per(g);
  put_period(g);
  put(g, ")");
}

static void put_distinct(struct gen *g, int depth) {
  const struct gfield *f = &g->event->fields[rng_below(g->rng, g->event->count)];
  const struct gtype type = f->type.kind != GIVEN_LIST && chance(g, 70) ? f->type : gen_scalar_type(g);
  const struct asked distinct = {"distinct of", "去重数", type};
  put_counted_value(g, &distinct, depth);
  put_attempts(g);
  put_per(g);
  put_window(g);
}

static void put_count(struct gen *g, int depth) {
  if (chance(g, 35)) {
    put_distinct(g, depth);
    return;
  }
  gen_kw(g, "count of", "次数");
  put_counted(g, depth);
  put_attempts(g);
  put_per(g);
  put_window(g);
}

static void put_elapsed(struct gen *g, int depth) {
  put(g, "(");
  gen_kw(g, "elapsed since last", "距上次");
  put_counted(g, depth);
  put_attempts(g);
  put_per(g);
  put(g, ")");
}

static void put_partner(struct gen *g, int depth) {
  if (chance(g, 8))
    put(g, chance(g, 50) ? "2.5" : "-1");
  else
    put_small(g, depth);
}

static void put_count_test(struct gen *g, int depth) {
  static const char *const ops[][2] = {{"<", "<"},
                                       {"<=", "<="},
                                       {">", ">"},
                                       {">=", ">="},
                                       {"at least", "至少"},
                                       {"at most", "至多"},
                                       {"more than", "多于"},
                                       {"less than", "少于"},
                                       {"is", "为"},
                                       {"is not", "不为"}};
  const char *const *op = ops[rng_below(g->rng, 10)];
  const bool turned = chance(g, 25);
  put(g, "(");
  if (turned)
    put_partner(g, depth);
  else
    put_count(g, depth);
  put(g, " ");
  gen_kw(g, op[0], op[1]);
  if (turned)
    put_count(g, depth);
  else
    put_partner(g, depth);
  put(g, ")");
}

// ---- facts ----
void gen_plan_facts(struct gen *g) {
  struct schema *s = g->schema;
  s->fact_count = rng_below(g->rng, MAX_FACTS + 1);
  for (uint32_t i = 0; i < s->fact_count; i++) {
    struct gfact *f = &s->facts[i];
    f->name = gen_new_name(g);
    f->key_count = chance(g, 6) ? 0 : 1 + rng_below(g->rng, 3);
    for (uint32_t k = 0; k < f->key_count; k++) {
      const struct gtype shared = some_shared(g)->type;
      f->keys[k] = chance(g, 85) ? shared : gtype_of(chance(g, 50) ? GIVEN_NUMBER : GIVEN_DECIMAL);
    }
    f->has_value = chance(g, 45);
    f->value = f->has_value ? gen_scalar_type(g) : gtype_of(GIVEN_FLAG);
  }
}

// Mostly what events have in common; in a text no quotes may stand.
static void put_fact_key(struct gen *g, struct gtype type, int depth, bool plain) {
  if (plain || chance(g, 85)) {
    for (uint32_t i = 0; i < g->schema->shared_count; i++)
      if (same_gtype(g->schema->shared[i].type, type) && chance(g, 80)) {
        gen_field(g, &g->schema->shared[i]);
        return;
      }
    if (gen_field_of_type(g, type)) return;
  }
  if (type.kind == GIVEN_NUMBER || type.kind == GIVEN_DECIMAL)
    put(g, chance(g, 50) ? "1" : "2");
  else if (type.kind == GIVEN_TEXT)
    put(g, chance(g, 50) ? "\"u1\"" : "\"u2\"");
  else
    gen_value(g, type, depth - 1);
}

static void put_fact_with(struct gen *g, const struct gfact *f, int depth, bool plain, int each,
                          const struct gname *name) {
  gen_name(g, &f->name);
  gen_punct(g, '(');
  for (uint32_t i = 0; i < f->key_count; i++) {
    if (i > 0) put(g, ", ");
    if ((int)i == each)
      gen_name(g, name);
    else
      put_fact_key(g, f->keys[i], depth, plain);
  }
  gen_punct(g, ')');
}

static void put_fact(struct gen *g, const struct gfact *f, int depth, bool plain) {
  put_fact_with(g, f, depth, plain, -1, NULL);
}

void gen_fact_use(struct gen *g, const struct gfact *f, int each, const struct gname *name) {
  put_fact_with(g, f, 1, false, each, name);
}

static const struct gfact *some_fact(struct gen *g) {
  if (g->schema->fact_count == 0) return NULL;
  return &g->schema->facts[rng_below(g->rng, g->schema->fact_count)];
}

static void put_key_values(struct gen *g, const struct gfact *f) {
  gen_kw(g, "for", "按");
  put(g, "(");
  for (uint32_t k = 0; k < f->key_count; k++) {
    if (k > 0) put(g, ", ");
    put_fact_key(g, f->keys[k], 1, false);
  }
  put(g, ") ");
}

static void put_change(struct gen *g, const struct gfact *f, bool starts) {
  put(g, "  ");
  gen_kw(g, starts ? "starts on" : "ends on", starts ? "始于" : "止于");
  g->event_index = (int)rng_below(g->rng, g->schema->event_count);
  g->event = &g->schema->events[g->event_index];
  gen_name(g, &g->event->name);
  put(g, " ");
  if (chance(g, 20)) g->alias = gen_alias(g);
  if (chance(g, 55)) {
    gen_kw(g, "where", "其中");
    gen_flag(g, 1);
    put(g, " ");
  }
  put_key_values(g, f);
  if (starts && f->has_value) {
    gen_kw(g, "with", "值为");
    gen_value(g, f->value, 1);
  }
  put(g, "\n");
  g->event = NULL;
  g->alias = (struct gname){.two = false};
}

static void put_fact_decl(struct gen *g, const struct gfact *f) {
  gen_kw(g, "fact", "状态");
  gen_names(g, &f->name);
  put(g, " ");
  if (f->key_count > 0) put(g, "(");
  for (uint32_t k = 0; k < f->key_count; k++) {
    const struct gname key = gen_new_name(g);
    if (k > 0) put(g, ", ");
    gen_names(g, &key);
    put(g, ": ");
    gen_type(g, f->keys[k]);
  }
  if (f->key_count > 0) put(g, ")");
  if (f->has_value) {
    put(g, ": ");
    gen_type(g, f->value);
  }
  put(g, "\n");
  uint32_t starts = 1 + rng_below(g->rng, 2), ends = rng_below(g->rng, 3);
  while (starts + ends > 0) {
    const bool start = ends == 0 || (starts > 0 && chance(g, 50));
    put_change(g, f, start);
    *(start ? &starts : &ends) -= 1;
  }
}

void gen_facts(struct gen *g) {
  for (uint32_t i = 0; i < g->schema->fact_count; i++) put_fact_decl(g, &g->schema->facts[i]);
}

// ---- asking ----
static void put_presence_test(struct gen *g, const struct gfact *f, int depth) {
  const bool present = chance(g, 50);
  put(g, "(");
  put_fact(g, f, depth, false);
  put(g, " ");
  gen_kw(g, present ? "is present" : "is missing", present ? "具备" : "缺失");
  put(g, ")");
}

static void put_value_test(struct gen *g, const struct gfact *f, int depth) {
  const bool ordered = gen_ordered(f->value.kind) && chance(g, 50);
  put(g, "(");
  put_fact(g, f, depth, false);
  put(g, " ");
  if (ordered)
    put(g, chance(g, 50) ? "<= " : "> ");
  else
    gen_kw(g, "is", "为");
  gen_value(g, f->value, depth - 1);
  put(g, ")");
}

static void put_elapsed_test(struct gen *g, int depth) {
  put(g, "(");
  put_elapsed(g, depth);
  put(g, chance(g, 50) ? " < " : " >= ");
  gen_value(g, gtype_of(GIVEN_DURATION), chance(g, 80) ? 0 : depth - 1);
  put(g, ")");
}

static void put_since(struct gen *g, const struct gfact *f, int depth, bool plain) {
  gen_kw(g, "since", "起始时间");
  put_fact(g, f, depth, plain);
}

static void put_since_test(struct gen *g, const struct gfact *f, int depth) {
  put(g, "(");
  put_since(g, f, depth, false);
  if (chance(g, 50)) {
    put(g, " + ");
    gen_value(g, gtype_of(GIVEN_DURATION), 0);
  }
  put(g, chance(g, 50) ? " < " : " >= ");
  gen_value(g, gtype_of(GIVEN_INSTANT), depth - 1);
  put(g, ")");
}

static void put_total_test(struct gen *g, int depth) {
  static const int kinds[] = {GIVEN_NUMBER, GIVEN_DECIMAL, GIVEN_DURATION};
  const struct gtype type = gtype_of(kinds[rng_below(g->rng, 3)]);
  put(g, "(");
  if (chance(g, 40)) {
    put_share(g, depth);
    put(g, chance(g, 50) ? " <= " : " > ");
    buf_printf(g->out, "%u%%", 5 * rng_below(g->rng, 21));
  } else {
    put_sum(g, type, depth);
    put(g, chance(g, 50) ? " < " : " >= ");
    gen_value(g, type, chance(g, 80) ? 0 : depth - 1);
  }
  put(g, ")");
}

bool gen_memory_test(struct gen *g, int depth) {
  const struct gfact *f = some_fact(g);
  const uint32_t kind = rng_below(g->rng, 12);
  if (g->event == NULL || depth < -1) return false;
  if (kind > 9) {
    put_total_test(g, depth);
  } else if (kind < 3 || (f == NULL && kind < 7)) {
    put_count_test(g, depth);
  } else if (kind == 3 || f == NULL) {
    put_elapsed_test(g, depth);
  } else if (kind == 4) {
    put_since_test(g, f, depth);
  } else if (kind == 5) {
    put_presence_test(g, f, depth);
  } else if (f->has_value && f->value.kind != GIVEN_FLAG) {
    put_value_test(g, f, depth);
  } else {
    put_fact(g, f, depth, false);
  }
  return true;
}

bool gen_memory_value(struct gen *g, struct gtype type, int depth, bool plain) {
  if (g->event == NULL || (!plain && depth < 0)) return false;
  if (type.kind == GIVEN_DURATION && !plain && chance(g, 60)) {
    put_elapsed(g, depth);
    return true;
  }
  if (type.kind == GIVEN_DECIMAL && !plain && chance(g, 20)) {
    put_share(g, depth);
    return true;
  }
  if ((type.kind == GIVEN_NUMBER || type.kind == GIVEN_DECIMAL) && !plain && chance(g, 30)) {
    put_sum(g, type, depth);
    return true;
  }
  const struct gfact *f = some_fact(g);
  if (f == NULL) return false;
  for (uint32_t k = 0; plain && k < f->key_count; k++)
    if (f->keys[k].kind != GIVEN_NUMBER && !same_gtype(f->keys[k], g->schema->shared[0].type)) return false;
  if (type.kind == GIVEN_INSTANT && chance(g, 60)) {
    put_since(g, f, depth, plain);
    return true;
  }
  if (!same_gtype(f->has_value ? f->value : gtype_of(GIVEN_FLAG), type)) return false;
  put_fact(g, f, depth, plain);
  return true;
}
