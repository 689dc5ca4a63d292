// SPDX-License-Identifier: Apache-2.0
// Words of a random policy: keywords in either language, names, punctuation, literals. Every literal is
// remembered, so that events come near it.
#include <stdio.h>
#include <string.h>

#include "runtime/when.h"
#include "tests/oracle/generate.h"

const int32_t gen_base_day = 20270;  // 2025-07-01

static bool chinese(struct gen *g) {
  return g->skin == 1 || (g->skin == 2 && rng_chance(g->rng, 50));
}

void gen_kw(struct gen *g, const char *en, const char *zh) {
  buf_put(g->out, chinese(g) ? zh : en);
  buf_put(g->out, " ");
}

void gen_name(struct gen *g, const struct gname *name) {
  buf_put(g->out, chinese(g) ? name->zh : name->en);
}

void gen_names(struct gen *g, const struct gname *name) {
  const bool swapped = chinese(g);
  buf_put(g->out, swapped ? name->zh : name->en);
  if (!name->two) return;
  buf_put(g->out, " ");
  gen_kw(g, "as", "亦称");
  buf_put(g->out, swapped ? name->en : name->zh);
}

struct gname gen_alias(struct gen *g) {
  const struct gname alias = gen_new_name(g);
  gen_kw(g, "as", "亦称");
  gen_names(g, &alias);
  buf_put(g->out, " ");
  return alias;
}

void gen_punct(struct gen *g, char ascii) {
  static const char *const wide[][2] = {{"(", "（"}, {")", "）"}, {"{", "｛"}, {"}", "｝"},
                                        {",", "，"}, {":", "："}, {"=", "＝"}, {"<", "＜"},
                                        {">", "＞"}, {".", "．"}, {"?", "？"}};
  const char plain[2] = {ascii, 0};
  for (size_t i = 0; g->wide && rng_chance(g->rng, 50) && i < sizeof wide / sizeof *wide; i++)
    if (wide[i][0][0] == ascii) {
      buf_put(g->out, wide[i][1]);
      return;
    }
  buf_put(g->out, plain);
}

// Some are words of the language itself, which may be names as well.
struct gname gen_new_name(struct gen *g) {
  static const char *const words[][2] = {
      {"amount", "金额"}, {"score", "分数"},    {"sent", "已发"},      {"kind", "类别"},  {"body", "正文"},
      {"group", "群体"},  {"label", "标注"},    {"note", "记录"},      {"title", "标题"}, {"consent", "授权"},
      {"limit", "限制"},  {"level", "等级"},    {"first", "首行优先"}, {"zone", "时区"},  {"version", "版本"},
      {"x", "甲"},        {"owner_id", "归属"}, {"rest", "休息"}};
  const uint32_t which = rng_below(g->rng, sizeof words / sizeof *words);
  const char *const *word = words[which];
  struct gname name = {.two = rng_chance(g->rng, 85)};
  const bool is_type = strcmp(word[0], "zone") == 0;
  const bool plain = !is_type && rng_chance(g->rng, 30) && (g->plain_names >> which & 1) == 0;
  char number[12] = "";
  g->plain_names |= (uint32_t)plain << which;
  if (!plain) snprintf(number, sizeof number, "%u", ++g->names);
  snprintf(name.en, sizeof name.en, "%s%s", word[0], number);
  snprintf(name.zh, sizeof name.zh, "%s%s", word[1], number);
  if (name.two) return name;
  if (rng_chance(g->rng, 50))
    memcpy(name.zh, name.en, sizeof name.en);
  else
    memcpy(name.en, name.zh, sizeof name.en);
  return name;
}

// ---- texts ----
static const char *const words[] = {
    "free",   "SALE", "免费",   "限时优惠", "中奖", "頭獎", "ＶＩＰ", "100%",   "a b", "x\"y", "{z}",
    "加微信", "é",    "Straße", "Привет",   "o",    "aa",   "免费领", "𠮷野家", "\\n", "0",    "u1"};

void gen_remember_text(struct gen *g, const char *text) {
  struct schema *s = g->schema;
  for (uint32_t i = 0; i < s->text_count; i++)
    if (strcmp(s->texts[i], text) == 0) return;
  if (s->text_count < MAX_POOL) snprintf(s->texts[s->text_count++], sizeof s->texts[0], "%s", text);
}

const char *gen_word(struct gen *g) {
  const char *word = words[rng_below(g->rng, sizeof words / sizeof *words)];
  gen_remember_text(g, word);
  return word;
}

void gen_string(struct gen *g, const char *text) {
  const bool wide = g->wide && rng_chance(g->rng, 30);
  buf_put(g->out, wide ? "“" : "\"");
  for (; *text != '\0'; text++) {
    if (strchr("\"\\{}", *text) != NULL) buf_put(g->out, "\\");
    buf_add(g->out, text, 1);
  }
  buf_put(g->out, wide ? "”" : "\"");
}

// ---- literals ----
static void remember(struct gen *g, enum given_kind kind, int64_t value) {
  struct schema *s = g->schema;
  if (s->pool_count[kind] < MAX_POOL) s->pool[kind][s->pool_count[kind]++] = value;
}

int64_t gen_near(struct gen *g, enum given_kind kind) {
  static const int64_t units[] = {3600000, 60000, 1000, 1800000};
  switch (kind) {
    case GIVEN_NUMBER:
      if (rng_chance(g->rng, 8)) return rng_chance(g->rng, 50) ? INT64_MAX : 9300000000000;
      if (rng_chance(g->rng, 15)) return 0;
      return (int64_t)rng_below(g->rng, 40) - 8;
    case GIVEN_DECIMAL:
      if (rng_chance(g->rng, 5)) return INT64_MAX / 3;
      if (rng_chance(g->rng, 15)) return 0;
      return ((int64_t)rng_below(g->rng, 400) - 80) * (rng_chance(g->rng, 80) ? 125000 : 1);
    case GIVEN_INSTANT:
      return (int64_t)gen_base_day * 86400000 + (int64_t)rng_below(g->rng, 240) * 3600000 +
             (int64_t)rng_below(g->rng, 4) * 60000;
    case GIVEN_DATE:
      return rng_chance(g->rng, 5) ? gen_base_day - 36524
                                   : gen_base_day - 10 + (int64_t)rng_below(g->rng, 40);
    case GIVEN_CLOCK:
      return rng_chance(g->rng, 20) ? (int64_t)rng_below(g->rng, 86400) * 1000
                                    : (int64_t)rng_below(g->rng, 25) * 3600000;
    case GIVEN_DURATION:
      return (int64_t)(1 + rng_below(g->rng, 60)) * units[rng_below(g->rng, 3)];
    default:
      return (int64_t)rng_below(g->rng, 2);
  }
}

void gen_date(struct gen *g, int32_t day) {
  struct civil c;
  char text[11];
  nuo__when_civil_from_days(day, &c);
  nuo__when_format_date(day, text);
  if (g->skin > 0 && rng_chance(g->rng, 30))
    buf_printf(g->out, "%d年%d月%d日", c.year, c.month, c.day);
  else
    buf_put(g->out, text);
}

// 十五, 一百零五: whole numbers up to 9999.
static void put_numeral(struct gen *g, uint32_t value) {
  static const char *const digits[] = {"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"};
  static const char *const powers[] = {"千", "百", "十", ""};
  bool begun = false, gap = false;
  if (value == 0) buf_put(g->out, digits[0]);
  for (uint32_t i = 0, power = 1000; i < 4; i++, power /= 10) {
    const uint32_t digit = value / power % 10;
    gap = gap || (begun && digit == 0);
    if (digit == 0) continue;
    if (gap) buf_put(g->out, digits[0]);
    if (begun || digit != 1 || power != 10) buf_put(g->out, digit == 2 && value == 2 ? "两" : digits[digit]);
    buf_put(g->out, powers[i]);
    begun = true;
    gap = false;
  }
}

void gen_amount(struct gen *g, uint32_t amount, const char *en, const char *zh) {
  const bool numeral = amount < 10000 && g->skin > 0 && rng_chance(g->rng, 30);
  if (!numeral) {
    buf_printf(g->out, "%u ", amount);
    gen_kw(g, en, zh);
    return;
  }
  put_numeral(g, amount);
  buf_put(g->out, zh);
  buf_put(g->out, " ");
}

static void put_duration(struct gen *g, int64_t ms) {
  const int unit = ms % 3600000 == 0 ? 0 : ms % 60000 == 0 ? 1 : 2;
  static const int64_t sizes[] = {3600000, 60000, 1000};
  static const char *const names[][2] = {{"hours", "小时"}, {"minutes", "分钟"}, {"seconds", "秒"}};
  gen_amount(g, (uint32_t)(ms / sizes[unit]), names[unit][0], names[unit][1]);
}

static void put_decimal(struct gen *g, int64_t value) {
  if (value >= 0 && value % 10000 == 0 && rng_chance(g->rng, 20)) {
    buf_printf(g->out, "%lld%%", (long long)(value / 10000));
    return;
  }
  const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  buf_printf(g->out, "%s%llu.%06llu", value < 0 ? "-" : "", (unsigned long long)(size / 1000000),
             (unsigned long long)(size % 1000000));
}

void gen_number_literal(struct gen *g, enum given_kind kind, int64_t value) {
  char text[40];
  remember(g, kind, value);
  switch (kind) {
    case GIVEN_FLAG:
      buf_put(g->out, value ? (g->skin == 1 ? "真" : "true") : g->skin == 1 ? "假" : "false");
      break;
    case GIVEN_DECIMAL:
      put_decimal(g, value);
      break;
    case GIVEN_INSTANT:
      nuo__when_format_rfc3339(value, rng_chance(g->rng, 50) ? 28800 : 0, text);
      buf_put(g->out, text);
      break;
    case GIVEN_DATE:
      gen_date(g, (int32_t)value);
      break;
    case GIVEN_CLOCK:
      nuo__when_format_clock((int32_t)value, text);
      buf_put(g->out, text);
      break;
    case GIVEN_DURATION:
      put_duration(g, value);
      break;
    default:
      buf_printf(g->out, "%lld", (long long)value);
  }
}

void gen_literal(struct gen *g, struct gtype type) {
  static const char *const zones[] = {"Asia/Shanghai", "America/New_York", "UTC", "Asia/Kolkata",
                                      "Europe/Berlin"};
  if (type.kind == GIVEN_ENUM) {
    const struct genumeration *e = &g->schema->enumerations[type.enumeration];
    gen_name(g, &e->items[rng_below(g->rng, e->count)]);
  } else if (type.kind == GIVEN_TEXT) {
    gen_string(g, gen_word(g));
  } else if (type.kind == GIVEN_ZONE) {
    gen_string(g, zones[rng_below(g->rng, sizeof zones / sizeof *zones)]);
  } else if (type.kind == GIVEN_LIST) {
    gen_set(g, (struct gtype){type.element, type.element, type.enumeration});
  } else {
    gen_number_literal(g, type.kind, gen_near(g, type.kind));
  }
}

// ---- types ----
static void put_enumeration(struct gen *g, const struct genumeration *e) {
  gen_kw(g, "one of", "取值");
  gen_punct(g, '{');
  for (uint32_t i = 0; i < e->count; i++) {
    if (i > 0) gen_punct(g, ',');
    buf_put(g->out, " ");
    gen_names(g, &e->items[i]);
  }
  gen_punct(g, '}');
}

void gen_type(struct gen *g, struct gtype type) {
  static const char *const names[][2] = {
      [GIVEN_FLAG] = {"flag", "真假"},       [GIVEN_NUMBER] = {"number", "整数"},
      [GIVEN_DECIMAL] = {"decimal", "小数"}, [GIVEN_TEXT] = {"text", "文本"},
      [GIVEN_INSTANT] = {"instant", "时点"}, [GIVEN_DATE] = {"date", "日期"},
      [GIVEN_CLOCK] = {"clock", "钟点"},     [GIVEN_DURATION] = {"duration", "时长"},
      [GIVEN_ZONE] = {"zone", "时区"}};
  if (type.kind == GIVEN_LIST) {
    gen_kw(g, "list of", "列表");
    gen_type(g, (struct gtype){type.element, type.element, type.enumeration});
  } else if (type.kind == GIVEN_ENUM) {
    const struct genumeration *e = &g->schema->enumerations[type.enumeration];
    if (e->named)
      gen_name(g, &e->name);
    else
      put_enumeration(g, e);
  } else {
    gen_kw(g, names[type.kind][0], names[type.kind][1]);
  }
}

bool gen_ordered(enum given_kind kind) {
  return kind == GIVEN_NUMBER || kind == GIVEN_DECIMAL || kind == GIVEN_INSTANT || kind == GIVEN_DATE ||
         kind == GIVEN_CLOCK || kind == GIVEN_DURATION;
}

struct gtype gen_scalar_type(struct gen *g) {
  static const enum given_kind kinds[] = {GIVEN_FLAG,  GIVEN_NUMBER,   GIVEN_NUMBER,  GIVEN_DECIMAL,
                                          GIVEN_TEXT,  GIVEN_TEXT,     GIVEN_INSTANT, GIVEN_DATE,
                                          GIVEN_CLOCK, GIVEN_DURATION, GIVEN_ENUM};
  struct gtype type = gtype_of(kinds[rng_below(g->rng, sizeof kinds / sizeof *kinds)]);
  if (type.kind != GIVEN_ENUM) return type;
  uint32_t named[8], count = 0;
  for (uint32_t i = 0; i < g->schema->enumeration_count; i++)
    if (g->schema->enumerations[i].named) named[count++] = i;
  if (count == 0) return gtype_of(GIVEN_NUMBER);
  type.enumeration = (int)named[rng_below(g->rng, count)];
  return type;
}
