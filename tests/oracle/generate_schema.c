// SPDX-License-Identifier: Apache-2.0
// Declarations of a random policy but for the rules: types, events, calendars, parameters, defines, tables,
// lexicons. Tables that are not `first` exclude one another by construction. Called by generate_policy.c.
#include "tests/oracle/generate_decl.h"

#include <stdio.h>
#include <string.h>

static bool chance(struct gen *g, uint32_t percent) {
  return rng_chance(g->rng, percent);
}
static void put(struct gen *g, const char *text) {
  buf_put(g->out, text);
}

// ---- types ----
static int new_enumeration(struct gen *g, bool named) {
  struct schema *s = g->schema;
  struct genumeration *e = &s->enumerations[s->enumeration_count];
  e->name = gen_new_name(g);
  e->named = named;
  e->count = 1 + rng_below(g->rng, MAX_ENUMERATORS);
  for (uint32_t i = 0; i < e->count; i++) e->items[i] = gen_new_name(g);
  return (int)s->enumeration_count++;
}

void gen_types(struct gen *g) {
  for (uint32_t n = rng_below(g->rng, 3); n > 0; n--) {
    const struct genumeration *e = &g->schema->enumerations[new_enumeration(g, true)];
    gen_kw(g, "type", "种类");
    gen_names(g, &e->name);
    put(g, " = ");
    // The declaration itself spells the enumerators out.
    g->schema->enumerations[g->schema->enumeration_count - 1].named = false;
    gen_type(g, (struct gtype){GIVEN_ENUM, GIVEN_ENUM, (int)g->schema->enumeration_count - 1});
    g->schema->enumerations[g->schema->enumeration_count - 1].named = true;
    put(g, "\n");
  }
}

// ---- events ----
static struct gtype field_type(struct gen *g) {
  static const enum given_kind kinds[] = {GIVEN_FLAG,    GIVEN_FLAG, GIVEN_NUMBER, GIVEN_NUMBER,
                                          GIVEN_DECIMAL, GIVEN_TEXT, GIVEN_TEXT,   GIVEN_TEXT,
                                          GIVEN_INSTANT, GIVEN_DATE, GIVEN_CLOCK,  GIVEN_DURATION,
                                          GIVEN_ENUM,    GIVEN_ENUM, GIVEN_LIST,   GIVEN_LIST};
  struct gtype type = gtype_of(kinds[rng_below(g->rng, sizeof kinds / sizeof *kinds)]);
  if (type.kind == GIVEN_LIST) {
    const struct gtype element = gen_scalar_type(g);
    type.element = element.kind == GIVEN_FLAG ? GIVEN_TEXT : element.kind;
    type.enumeration = element.enumeration;
  } else if (type.kind == GIVEN_ENUM) {
    const struct gtype named = gen_scalar_type(g);
    type = named.kind == GIVEN_ENUM ? named : type;
    if (type.enumeration < 0 && g->schema->enumeration_count < 8)
      type.enumeration = new_enumeration(g, false);
    else if (type.enumeration < 0)
      type = gtype_of(GIVEN_NUMBER);
  }
  return type;
}

// What a missing one means, now and then.
static bool put_default(struct gen *g, struct gtype type) {
  const bool can_have = type.kind != GIVEN_DURATION && type.kind != GIVEN_ZONE;
  if (!can_have || !chance(g, 35)) return false;
  put(g, " ");
  gen_kw(g, "default", "缺省");
  if (type.kind == GIVEN_NUMBER || type.kind == GIVEN_DECIMAL)
    gen_number_literal(g, type.kind, type.kind == GIVEN_NUMBER ? (int64_t)rng_below(g->rng, 9) : 500000);
  else if (type.kind == GIVEN_TEXT && chance(g, 60))
    gen_string(g, "");
  else if (type.kind == GIVEN_LIST && chance(g, 40))
    put(g, "{}");
  else if (type.kind == GIVEN_LIST && (type.element == GIVEN_NUMBER || type.element == GIVEN_DECIMAL))
    put(g, "{3, 4}");
  else
    gen_literal(g, type);
  return true;
}

static void put_field_line(struct gen *g, const struct gfield *f, bool optional, bool sensitive) {
  const struct gname *n = &f->name;
  put(g, "  ");
  const bool swapped = chance(g, 50);
  put(g, swapped ? n->zh : n->en);
  if (optional) gen_punct(g, '?');
  if (n->two) {
    put(g, " ");
    gen_kw(g, "as", "亦称");
    put(g, swapped ? n->en : n->zh);
  }
  gen_punct(g, ':');
  put(g, " ");
  gen_type(g, f->type);
  put(g, " ");
  if (sensitive) gen_kw(g, "sensitive", "敏感");
}

static void put_field(struct gen *g, const struct gfield *f, bool optional, bool sensitive) {
  put_field_line(g, f, optional, sensitive);
  put(g, "\n");
}

static struct gfield *add_field(struct gen *g, struct gevent *e, struct gtype type, bool optional,
                                bool sensitive) {
  struct gfield *f = &e->fields[e->count++];
  *f = (struct gfield){.name = gen_new_name(g), .type = type, .optional = optional, .sensitive = sensitive};
  return f;
}

static struct gname fixed_name(const char *en, const char *zh) {
  struct gname name = {.two = true};
  snprintf(name.en, sizeof name.en, "%s", en);
  snprintf(name.zh, sizeof name.zh, "%s", zh);
  return name;
}

static void put_new_field(struct gen *g, struct gevent *e) {
  const bool optional = chance(g, 55), sensitive = chance(g, 15);
  struct gfield *f = add_field(g, e, field_type(g), optional, sensitive);
  put_field_line(g, f, optional, sensitive);
  if (optional) f->has_default = put_default(g, f->type);
  put(g, "\n");
}

// One that is called as something that every duty has of its own, of the same type in all events.
static void put_duty_like(struct gen *g, struct gevent *e) {
  static const struct {
    const char *en, *zh;
    enum given_kind kind;
  } all[] = {{"due", "截止时间", GIVEN_INSTANT},
             {"step", "所待事项", GIVEN_TEXT},
             {"suspended", "中止时长", GIVEN_NUMBER}};
  const uint32_t which = rng_below(g->rng, 3);
  struct gfield *f = add_field(g, e, gtype_of(all[which].kind), chance(g, 50), chance(g, 15));
  f->name = fixed_name(all[which].en, all[which].zh);
  put_field(g, f, f->optional, f->sensitive);
}

static void put_record(struct gen *g, struct gevent *e) {
  const struct gname record = gen_new_name(g);
  const bool optional = chance(g, 40);
  put(g, "  ");
  put(g, record.en);
  if (optional) gen_punct(g, '?');
  if (record.two) {
    put(g, " ");
    gen_kw(g, "as", "亦称");
    put(g, record.zh);
  }
  put(g, " ");
  gen_punct(g, '{');
  put(g, "\n");
  for (uint32_t n = 1 + rng_below(g->rng, 2); n > 0; n--) {
    put_new_field(g, e);
    struct gfield *f = &e->fields[e->count - 1];
    f->record = record;
    f->record_optional = optional;
  }
  put(g, "  ");
  gen_punct(g, '}');
  put(g, "\n");
}

// What the event has in common with the others; the first may stand in a record.
static void put_shared(struct gen *g, struct gevent *e, const struct gfield *shared) {
  const bool optional = chance(g, 20), sensitive = chance(g, 8);
  struct gfield *f = &e->fields[e->count++];
  *f = *shared;
  f->optional = optional;
  f->sensitive = sensitive;
  if (f->record.en[0] != '\0') {
    put(g, "  ");
    gen_names(g, &f->record);
    put(g, " {\n");
  }
  put_field(g, f, optional, sensitive);
  if (f->record.en[0] != '\0') put(g, "  }\n");
}

static void put_lateness(struct gen *g, struct gevent *e) {
  static const int64_t amounts[] = {1, 10, 60, 720};
  if (!chance(g, 60)) return;
  e->lateness = amounts[rng_below(g->rng, 4)] * 60000;
  put(g, "  ");
  gen_kw(g, "lateness", "迟到容许");
  gen_number_literal(g, GIVEN_DURATION, e->lateness);
  put(g, "\n");
}

static void put_clause(struct gen *g, const char *en, const char *zh, const struct gfield *f) {
  put(g, "  ");
  gen_kw(g, en, zh);
  gen_name(g, &f->name);
  put(g, "\n");
}

// Whom it is about: mostly one of the fields that keys are made of.
static void put_subject(struct gen *g) {
  if (g->schema->shared_count == 0 || !chance(g, 40)) return;
  const struct gfield *f = &g->schema->shared[rng_below(g->rng, g->schema->shared_count)];
  put(g, "  ");
  gen_kw(g, "subject", "主体");
  if (f->record.en[0] != '\0') {
    gen_name(g, &f->record);
    put(g, ".");
  }
  gen_name(g, &f->name);
  put(g, "\n");
}

// The fields that every event has: identity, time, and perhaps a zone. They come first in the schema.
static void plan_special_fields(struct gen *g, struct gevent *e, bool plain_names) {
  const struct gtype id_type = gtype_of(chance(g, 75) ? GIVEN_TEXT : GIVEN_NUMBER);
  add_field(g, e, id_type, false, chance(g, 10));
  add_field(g, e, gtype_of(GIVEN_INSTANT), false, chance(g, 5));
  e->identity = 0;
  e->time = 1;
  e->zone = chance(g, 50) ? 2 : -1;
  if (e->zone == 2) add_field(g, e, gtype_of(GIVEN_ZONE), chance(g, 60), false);
  if (!plain_names) return;
  e->fields[0].name = fixed_name("id", "编号");
  e->fields[1].name = fixed_name("time", "时间");
}

static void put_event(struct gen *g, struct gevent *e) {
  const bool plain_names = chance(g, 50), implicit_time = plain_names && chance(g, 40);
  e->name = gen_new_name(g);
  e->enforceable = e == g->schema->events || chance(g, 50);
  plan_special_fields(g, e, plain_names);
  if (implicit_time) e->fields[1].sensitive = false;
  gen_kw(g, "event", "事件");
  put(g, e->name.en);
  memcpy(e->wire, e->name.en, sizeof e->wire);
  if (chance(g, 50)) {
    snprintf(e->wire, sizeof e->wire, "wire.%u", g->names);
    buf_printf(g->out, " \"%s\"", e->wire);
  }
  if (e->name.two) {
    put(g, " ");
    gen_kw(g, "as", "亦称");
    put(g, e->name.zh);
  }
  put(g, "\n  ");
  gen_kw(g, e->enforceable ? "enforceable" : "observed", e->enforceable ? "可拦截" : "仅记录");
  put(g, "\n");
  if (!plain_names) put_clause(g, "identity", "标识", &e->fields[0]);
  if (!plain_names) put_clause(g, "time", "时间", &e->fields[1]);
  if (e->zone >= 0) put_clause(g, "zone", "时区", &e->fields[2]);
  if (g->schema->remembers) put_lateness(g, e);
  if (g->schema->remembers) put_subject(g);
  gen_punct(g, '{');
  put(g, "\n");
  for (uint32_t i = 0; i < e->count; i++)
    if (i != 1 || !implicit_time) put_field(g, &e->fields[i], e->fields[i].optional, e->fields[i].sensitive);
  for (uint32_t i = 0; i < g->schema->shared_count; i++) put_shared(g, e, &g->schema->shared[i]);
  if (g->schema->remembers && chance(g, 20)) put_duty_like(g, e);
  const uint32_t most = g->schema->remembers ? 3 : 6;
  for (uint32_t n = 2 + rng_below(g->rng, most); n > 0; n--) put_new_field(g, e);
  for (uint32_t n = rng_below(g->rng, 3); n > 0 && e->count + 2 <= MAX_FIELDS; n--) put_record(g, e);
  gen_punct(g, '}');
  put(g, "\n");
}

void gen_events(struct gen *g) {
  uint32_t n = 1 + rng_below(g->rng, MAX_EVENTS);
  if (g->schema->remembers && n == 1 && chance(g, 80)) n = 2;
  for (; n > 0; n--) put_event(g, &g->schema->events[g->schema->event_count++]);
}

// ---- calendars, lexicons, severities ----
static void put_days(struct gen *g) {
  for (uint32_t i = 0, n = 1 + rng_below(g->rng, 3), day = 2 + rng_below(g->rng, 4); i < n; i++, day += 6) {
    if (i > 0) put(g, ", ");
    gen_date(g, gen_base_day - 12 + (int32_t)day);
    if (chance(g, 50)) continue;
    put(g, "..");
    gen_date(g, gen_base_day - 12 + (int32_t)day + 1 + (int32_t)rng_below(g->rng, 3));
  }
}

const char *gen_calendar(struct gen *g, struct gname *name) {
  *name = gen_new_name(g);
  g->schema->has_calendar = true;
  gen_kw(g, "calendar", "日历");
  gen_names(g, name);
  put(g, " ");
  gen_kw(g, "covers", "覆盖");
  gen_date(g, gen_base_day - 12);
  put(g, "..");
  gen_date(g, gen_base_day + 8 + (int32_t)rng_below(g->rng, 30));
  put(g, " {\n  ");
  const bool rest = chance(g, 50);
  gen_kw(g, rest ? "rest" : "work", rest ? "休息" : "上班");
  put_days(g);
  put(g, "\n}\n");
  return name->en;
}

// Phrases that hold entries, an entry itself, and one that holds none.
static void put_excepted(struct gen *g) {
  static const char *const phrases[] = {"免费领", "限时优惠", "中奖中", "free SALE", "aaa",
                                        "VIP",    "加微信。", "頭獎o",  "未来",      "好领导"};
  put(g, " ");
  gen_kw(g, "except", "不包括");
  put(g, " {");
  const uint32_t start = rng_below(g->rng, 10), count = 1 + rng_below(g->rng, 3);
  for (uint32_t i = 0; i < count; i++) {
    const char *phrase = phrases[(start + i * 3) % 10];
    if (i > 0) put(g, ", ");
    gen_string(g, phrase);
    gen_remember_text(g, phrase);
  }
  put(g, "} ");
}

void gen_lexicons(struct gen *g) {
  static const char *const entries[] = {"免费", "限时",   "中奖", "free",      "sale", "VIP",
                                        "頭獎", "加微信", "aa",   "特价 秒杀", "领"};
  for (uint32_t n = rng_below(g->rng, 3); n > 0; n--) {
    struct gname *name = &g->schema->lexicons[g->schema->lexicon_count++];
    *name = gen_new_name(g);
    gen_kw(g, "lexicon", "词表");
    gen_names(g, name);
    put(g, " = {");
    const uint32_t start = rng_below(g->rng, 11), count = 1 + rng_below(g->rng, 5);
    for (uint32_t i = 0; i < count; i++) {
      if (i > 0) put(g, ", ");
      gen_string(g, entries[(start + i * 3) % 11]);
    }
    put(g, "} ");
    const bool strict = chance(g, 50), strict_last = chance(g, 50);
    if (strict && !strict_last) gen_kw(g, "evasion strict", "严防规避");
    if (chance(g, 40)) put_excepted(g);
    if (strict && strict_last) gen_kw(g, "evasion strict", "严防规避");
    put(g, "\n");
  }
}

void gen_severities(struct gen *g) {
  const uint32_t count = rng_below(g->rng, 3);
  for (uint32_t i = 0; i < count; i++) {
    if (i == 0) gen_kw(g, "severities", "程度等级");
    if (i > 0) put(g, " < ");
    g->schema->severities[i] = gen_new_name(g);
    gen_names(g, &g->schema->severities[i]);
  }
  g->schema->severity_count = count;
  put(g, "\n");
}

// ---- parameters ----
static void put_number(struct gen *g, struct gparameter *p) {
  const int64_t value = gen_near(g, p->type.kind);
  if (value < p->low) p->low = value;
  if (value > p->high) p->high = value;
  gen_number_literal(g, p->type.kind, value);
}

static void put_parameter_value(struct gen *g, struct gparameter *p) {
  if (p->form == FORM_RANGE)
    gen_range(g, p->type.kind);
  else if (p->form == FORM_SET)
    gen_set(g, p->type);
  else if (gen_ordered(p->type.kind))
    put_number(g, p);
  else
    gen_literal(g, p->type);
}

static void put_parameter(struct gen *g, struct gparameter *p) {
  p->name = gen_new_name(g);
  p->type = gen_scalar_type(g);
  p->low = INT64_MAX;
  p->high = INT64_MIN;
  p->form = chance(g, 60) ? FORM_SCALAR : gen_ordered(p->type.kind) && chance(g, 50) ? FORM_RANGE : FORM_SET;
  const bool typed = p->form == FORM_SCALAR && (p->type.kind == GIVEN_ENUM || chance(g, 60));
  const uint32_t values = chance(g, 35) ? 2 : 1;
  const bool dated = chance(g, 30), blank = typed && chance(g, 20);
  gen_kw(g, "parameter", "参数");
  gen_names(g, &p->name);
  if (typed) {
    put(g, ": ");
    gen_type(g, p->type);
  }
  put(g, " = ");
  for (uint32_t i = 0; i < values; i++) {
    if (i > 0) put(g, ", ");
    if (blank && i == 0)
      gen_kw(g, "unset", "待填");
    else
      put_parameter_value(g, p);
    put(g, " ");
    if (!dated && i == 0) continue;
    gen_kw(g, "from", "来自");
    gen_date(g, gen_base_day + 4 * (int32_t)i + (int32_t)rng_below(g->rng, 4));
    put(g, " ");
  }
  put(g, "\n");
}

void gen_parameters(struct gen *g) {
  for (uint32_t n = rng_below(g->rng, 4); n > 0; n--) {
    put_parameter(g, &g->schema->parameters[g->schema->parameter_count]);
    g->schema->parameter_count++;
  }
}

// ---- tables ----
static uint32_t cell_count(struct gen *g, struct gtype key) {
  if (key.kind == GIVEN_FLAG) return 2;
  if (key.kind == GIVEN_ENUM) return g->schema->enumerations[key.enumeration].count;
  return key.kind == GIVEN_TEXT ? 3 : 4;
}

static int64_t cut_of(enum given_kind kind, uint32_t i) {
  switch (kind) {
    case GIVEN_DECIMAL:
      return (int64_t)i * 2500000;
    case GIVEN_INSTANT:
      return (int64_t)gen_base_day * 86400000 + (int64_t)i * 40 * 3600000;
    case GIVEN_DATE:
      return gen_base_day + 3 * (int64_t)i;
    case GIVEN_CLOCK:
      return (int64_t)i * 6 * 3600000;
    case GIVEN_DURATION:
      return (int64_t)(i + 1) * 1800000;
    default:
      return (int64_t)i * 7;
  }
}

// Cell `i` of a key: none of them holds where another does.
static void put_cell(struct gen *g, struct gtype key, uint32_t i, uint32_t count) {
  static const char *const texts[] = {"free", "免费", "u1"};
  if (key.kind == GIVEN_FLAG) {
    put(g, i == 0 ? "true" : "false");
  } else if (key.kind == GIVEN_ENUM) {
    gen_name(g, &g->schema->enumerations[key.enumeration].items[i]);
  } else if (key.kind == GIVEN_TEXT) {
    gen_string(g, texts[i]);
  } else if (i == 0 || i + 1 == count) {
    put(g, i == 0 ? "< " : ">= ");
    gen_number_literal(g, key.kind, cut_of(key.kind, i == 0 ? 0 : i - 1));
  } else {
    gen_number_literal(g, key.kind, cut_of(key.kind, i - 1));
    put(g, "..");
    gen_number_literal(g, key.kind, cut_of(key.kind, i));
  }
}

static void put_any(struct gen *g) {
  gen_kw(g, "any", "任意");
}

static void put_loose_cell(struct gen *g, struct gtype key) {
  const uint32_t kind = rng_below(g->rng, 6);
  if (kind == 0)
    put_any(g);
  else if (kind == 1)
    gen_kw(g, "is missing", "缺失");
  else if (kind == 2 && key.kind != GIVEN_FLAG)
    gen_set(g, key);
  else if (kind == 3)
    gen_kw(g, "is present", "具备");
  else
    put_cell(g, key, rng_below(g->rng, cell_count(g, key)), cell_count(g, key));
}

static void end_row(struct gen *g, const struct gtable *t) {
  put(g, " | ");
  gen_literal(g, t->result);
  put(g, " |\n");
}

static void put_rows_first(struct gen *g, const struct gtable *t) {
  for (uint32_t n = 1 + rng_below(g->rng, 4); n > 0; n--) {
    for (uint32_t k = 0; k < t->key_count; k++) {
      put(g, "| ");
      put_loose_cell(g, t->keys[k]);
      put(g, " ");
    }
    end_row(g, t);
  }
}

// The first key tells rows apart; within one of its cells the second key may.
static void put_rows_unique(struct gen *g, const struct gtable *t) {
  const uint32_t count = cell_count(g, t->keys[0]);
  uint32_t rows = 0;
  for (uint32_t i = 0; i < count; i++) {
    if (rows > 0 && chance(g, 25)) continue;
    const uint32_t second = t->key_count == 2 && chance(g, 40) ? cell_count(g, t->keys[1]) : 1;
    for (uint32_t k = 0; k < second; k++, rows++) {
      put(g, "| ");
      put_cell(g, t->keys[0], i, count);
      if (t->key_count == 2) put(g, " | ");
      if (t->key_count == 2 && second > 1) put_cell(g, t->keys[1], k, second);
      if (t->key_count == 2 && second == 1) put_any(g);
      end_row(g, t);
    }
  }
  if (!chance(g, 30)) return;
  put(g, "| ");
  gen_kw(g, "is missing", "缺失");
  if (t->key_count == 2) put(g, "| any");
  end_row(g, t);
}

// A Markdown table has a header and stands outside the code; in code neither is needed.
static void begin_rows(struct gen *g, const struct gtable *t, bool outside) {
  put(g, outside ? "\n```\n\n" : "\n");
  if (!outside && chance(g, 60)) return;
  put(g, t->key_count == 2 ? "| k | k2 | r |\n|---|---|---|\n" : "| k | r |\n|---|---|\n");
}

// `name: type`, or a field's path, whose type it takes.
static void put_key(struct gen *g, struct gtype *type) {
  const struct gevent *event = &g->schema->events[rng_below(g->rng, g->schema->event_count)];
  const struct gfield *field = &event->fields[2 + rng_below(g->rng, event->count - 2)];
  if (chance(g, 30) && field->type.kind != GIVEN_LIST && field->type.kind != GIVEN_ZONE) {
    *type = field->type;
    gen_field(g, field);
    return;
  }
  const struct gname key = gen_new_name(g);
  *type = gen_scalar_type(g);
  gen_names(g, &key);
  put(g, ": ");
  gen_type(g, *type);
}

static void put_table(struct gen *g, struct gtable *t, bool markdown) {
  const bool first = chance(g, 50), outside = markdown && chance(g, 60);
  t->name = gen_new_name(g);
  t->key_count = 1 + rng_below(g->rng, 2);
  t->result = gen_scalar_type(g);
  gen_kw(g, "table", "对照表");
  gen_names(g, &t->name);
  put(g, " (");
  for (uint32_t i = 0; i < t->key_count; i++) {
    if (i > 0) put(g, ", ");
    put_key(g, &t->keys[i]);
  }
  put(g, chance(g, 50) ? ") -> " : ") → ");
  gen_type(g, t->result);
  put(g, " ");
  if (first) gen_kw(g, "first", "首行优先");
  if (chance(g, 20)) gen_effective(g);
  begin_rows(g, t, outside);
  if (first)
    put_rows_first(g, t);
  else
    put_rows_unique(g, t);
  put(g, outside ? "\n```nuo\n" : "\n");
}

void gen_tables(struct gen *g, bool markdown) {
  for (uint32_t n = rng_below(g->rng, 3); n > 0; n--) {
    put_table(g, &g->schema->tables[g->schema->table_count], markdown);
    g->schema->table_count++;
  }
}

// ---- defines ----
static void put_define(struct gen *g, struct gdefine *d) {
  d->name = gen_new_name(g);
  d->event = (int)rng_below(g->rng, g->schema->event_count);
  d->result = chance(g, 60) ? gtype_of(GIVEN_FLAG) : gen_scalar_type(g);
  d->param_count = rng_below(g->rng, 3);
  g->event = &g->schema->events[d->event];
  g->event_index = d->event;
  gen_kw(g, "define", "定义");
  gen_names(g, &d->name);
  if (d->param_count > 0) put(g, "(");
  for (uint32_t i = 0; i < d->param_count; i++) {
    if (i > 0) put(g, ", ");
    g->params[i] = gen_new_name(g);
    g->param_types[i] = d->params[i] = gen_scalar_type(g);
    gen_names(g, &g->params[i]);
    put(g, ": ");
    gen_type(g, d->params[i]);
  }
  if (d->param_count > 0) put(g, ")");
  if (d->result.kind == GIVEN_ENUM || chance(g, 50)) {
    put(g, ": ");
    gen_type(g, d->result);
  }
  put(g, " = ");
  g->param_count = d->param_count;
  if (d->result.kind == GIVEN_FLAG)
    gen_flag(g, 2);
  else
    gen_value(g, d->result, 2);
  g->param_count = 0;
  g->event = NULL;
  put(g, "\n");
}

void gen_defines(struct gen *g) {
  for (uint32_t n = rng_below(g->rng, 4); n > 0; n--) {
    put_define(g, &g->schema->defines[g->schema->define_count]);
    g->schema->define_count++;
  }
}
