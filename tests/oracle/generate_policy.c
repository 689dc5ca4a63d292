// SPDX-License-Identifier: Apache-2.0
// Random policies as source text: the header, the declarations, rules and exceptions, in English, Chinese or
// both, bare or inside Markdown. What it writes compiles without errors. Called by main.c.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/generate_decl.h"

static bool chance(struct gen *g, uint32_t percent) {
  return rng_chance(g->rng, percent);
}
static void put(struct gen *g, const char *text) {
  buf_put(g->out, text);
}

// ---- pieces ----
void gen_effective(struct gen *g) {
  const int32_t from = gen_base_day - 4 + (int32_t)rng_below(g->rng, 10);
  gen_kw(g, "effective from", "生效自");
  gen_date(g, from);
  put(g, " ");
  if (chance(g, 60)) {
    gen_kw(g, "until", "至");
    gen_date(g, from + (int32_t)rng_below(g->rng, 9));
  }
  put(g, "\n");
}

// Text with values in it.
static void put_template(struct gen *g) {
  static const char *const literals[] = {"sent ", "用户 ", "a \\{b\\} ", "", "不得 \\\"x\\\" "};
  put(g, "\"");
  for (uint32_t n = rng_below(g->rng, 3); n > 0; n--) {
    put(g, literals[rng_below(g->rng, 5)]);
    if (g->event == NULL) continue;
    put(g, "{");
    gen_plain_value(g);
    put(g, "}");
  }
  put(g, literals[rng_below(g->rng, 5)]);
  put(g, ".\"");
}

static const struct gfield *optional_field(struct gen *g) {
  for (uint32_t i = 0; g->event != NULL && i < g->event->count; i++)
    if ((g->event->fields[i].optional || g->event->fields[i].record_optional) && chance(g, 50))
      return &g->event->fields[i];
  return NULL;
}

static void put_deferral(struct gen *g) {
  gen_kw(g, "defer until", "延后至");
  if (g->event == NULL || chance(g, 50)) {
    gen_literal(g, gtype_of(chance(g, 70) ? GIVEN_CLOCK : GIVEN_INSTANT));
  } else {
    put(g, "(");
    gen_value(g, gtype_of(chance(g, 40) ? GIVEN_CLOCK : GIVEN_INSTANT), 2);
    put(g, ")");
  }
  put(g, " ");
  if (!chance(g, 40)) return;
  static const char *const units[][2] = {
      {"hours", "小时"}, {"days", "日"}, {"months", "个月"}, {"workdays", "工作日"}};
  const uint32_t unit = rng_below(g->rng, g->schema->has_calendar ? 4 : 3);
  gen_kw(g, "for at most", "最长");
  gen_amount(g, 1 + rng_below(g->rng, 12), units[unit][0], units[unit][1]);
}

static void put_strip(struct gen *g) {
  const struct gfield *f = optional_field(g);
  if (f == NULL) {
    gen_kw(g, "hold", "待审");
    return;
  }
  gen_kw(g, "strip", "去除");
  gen_field(g, f);
}

static void put_action(struct gen *g) {
  static const char *const words[][2] = {
      {"allow", "放行"}, {"note", "记录"}, {"hold", "待审"}, {"block", "拦截"}};
  const uint32_t kind = rng_below(g->rng, 9);
  if (kind == 4) {
    gen_kw(g, "label", "标注");
    put_template(g);
  } else if (kind == 5) {
    put_strip(g);
  } else if (kind > 5) {
    put_deferral(g);
  } else {
    gen_kw(g, words[kind][0], words[kind][1]);
  }
  put(g, "\n");
}

static void put_cites(struct gen *g) {
  static const char *const sources[] = {"广告法 第四十四条", "Act 12", "x"};
  gen_kw(g, "cites", "依据");
  for (uint32_t i = 0, n = 1 + rng_below(g->rng, 2); i < n; i++) {
    if (i > 0) put(g, ", ");
    gen_string(g, sources[rng_below(g->rng, 3)]);
  }
  put(g, "\n");
}

// ---- rules ----
// Rules often ask the same: a condition is sometimes one that was written before, word by word.
static bool said_again(struct gen *g) {
  for (uint32_t i = 0; i < g->said_count; i++)
    if (g->said[i].event == g->event_index && chance(g, 30)) {
      put(g, g->said[i].text);
      return true;
    }
  return false;
}

// All of it, or as the first of two.
static bool put_said(struct gen *g, int depth) {
  if (!said_again(g)) return false;
  if (chance(g, 50)) return true;
  put(g, " ");
  gen_kw(g, "and", "且");
  gen_flag(g, depth);
  return true;
}

static void put_condition(struct gen *g, int depth) {
  if (chance(g, 40) && put_said(g, depth)) return;
  const size_t start = g->out->len;
  gen_flag(g, depth);
  if (g->alias.en[0] != '\0' || g->said_count == MAX_SAID || chance(g, 40)) return;
  g->said[g->said_count].event = g->event_index;
  g->said[g->said_count].text = strndup(g->out->at + start, g->out->len - start);
  if (g->said[g->said_count++].text == NULL) abort();
}

static void put_rule_actions(struct gen *g) {
  if (g->event->enforceable || chance(g, 30)) {
    put(g, "  ");
    gen_kw(g, "action", "处置");
    if (g->event->enforceable) {
      put_action(g);
    } else {
      gen_kw(g, "note", "记录");
      put(g, "\n");
    }
  }
  if (!g->event->enforceable || !chance(g, 30)) return;
  put(g, "  ");
  gen_kw(g, "undetermined", "不明时");
  put_action(g);
}

static void put_rule_rest(struct gen *g) {
  if (g->schema->severity_count > 0 && chance(g, 60)) {
    put(g, "  ");
    gen_kw(g, "severity", "程度");
    gen_name(g, &g->schema->severities[rng_below(g->rng, g->schema->severity_count)]);
    put(g, "\n");
  }
  if (chance(g, 60)) {
    put(g, "  ");
    gen_kw(g, "because", "理由");
    put_template(g);
    put(g, "\n");
  }
  if (chance(g, 20)) {
    put(g, "  ");
    put_cites(g);
  }
  if (chance(g, 20)) {
    put(g, "  ");
    gen_effective(g);
  }
}

static void put_unless(struct gen *g) {
  for (uint32_t n = rng_below(g->rng, 3); n > 0 && chance(g, 60); n--) {
    put(g, "  ");
    gen_kw(g, "unless", "除非");
    put_condition(g, 1);
    put(g, "\n");
  }
}

// `on push as p`: the rule and its exceptions may say p.kind.
static void put_alias(struct gen *g) {
  if (!chance(g, 25)) return;
  g->alias = gen_alias(g);
  g->schema->rule_aliases[g->schema->rule_count - 1] = g->alias;
}

static void leave_event(struct gen *g) {
  g->event = NULL;
  g->alias = (struct gname){.two = false};
}

static void put_core(struct gen *g) {
  const bool forbid = chance(g, 55);
  if (g->schema->remembers && chance(g, 40)) {
    gen_limit(g, 2);
  } else {
    gen_kw(g, forbid ? "forbid when" : "require", forbid ? "禁止 当" : "要求");
    put_condition(g, 2 + (int)rng_below(g->rng, 2));
  }
  put(g, "\n");
}

static struct gname put_rule(struct gen *g) {
  struct schema *s = g->schema;
  struct gname *name = &s->rules[s->rule_count];
  s->rule_inner[s->rule_count] = g->is_inner;
  s->rule_events[s->rule_count++] = g->event_index = (int)rng_below(g->rng, s->event_count);
  s->exceptions_from = s->rule_count;
  *name = gen_new_name(g);
  gen_kw(g, "rule", "规则");
  gen_names(g, name);
  if (chance(g, 20)) put(g, " \"规则 title\"");
  put(g, "\n  ");
  g->event = &s->events[g->event_index];
  gen_kw(g, "on", "针对");
  gen_name(g, &g->event->name);
  put(g, " ");
  gen_fork(g);
  put_alias(g);
  if (chance(g, 55)) {
    gen_kw(g, "where", "其中");
    put_condition(g, 2);
  }
  put(g, "\n  ");
  put_core(g);
  put_unless(g);
  put_rule_actions(g);
  put_rule_rest(g);
  if (g->schema->remembers && chance(g, 15)) gen_raise(g);
  put(g, "\n");
  leave_event(g);
  return *name;
}

// An exception to a rule, or to an exception made before.
static void put_exception(struct gen *g) {
  struct schema *s = g->schema;
  const uint32_t target = rng_below(g->rng, s->rule_count);
  struct gname *name = &s->rules[s->rule_count];
  if (g->is_inner && !s->rule_inner[target]) return;
  s->rule_inner[s->rule_count] = g->is_inner;
  g->alias = s->rule_aliases[s->rule_count] = s->rule_aliases[target];
  s->rule_events[s->rule_count++] = g->event_index = s->rule_events[target];
  *name = gen_new_name(g);
  g->event = &s->events[g->event_index];
  gen_kw(g, "exception", "例外");
  gen_names(g, name);
  put(g, " ");
  gen_kw(g, "to", "于");
  gen_outer_name(g, &s->rules[target], s->rule_inner[target]);
  put(g, "\n  ");
  gen_kw(g, "when", "当");
  put_condition(g, 2);
  put(g, "\n");
  put_unless(g);
  if (chance(g, 15)) put_cites(g);
  if (chance(g, 20)) gen_effective(g);
  leave_event(g);
}

// ---- the whole ----
// With two versions it is the trial that says when each is in force.
static void put_header(struct gen *g, const struct gname *name, const struct gname *calendar,
                       const char *zone, bool dated) {
  gen_kw(g, "policy", "政策");
  gen_names(g, name);
  put(g, "\n  ");
  if (chance(g, 70)) {
    gen_kw(g, "title", "标题");
    gen_string(g, "承诺 pledge");
    put(g, "\n  ");
  }
  gen_kw(g, "version", "版本");
  put(g, "\"1.0\"\n  ");
  if (dated && chance(g, 30)) gen_effective(g);
  gen_kw(g, "zone", "时区");
  gen_string(g, zone);
  put(g, "\n  ");
  if (g->schema->has_calendar) {
    gen_kw(g, "calendar", "日历");
    gen_name(g, calendar);
    put(g, "\n  ");
  }
  gen_kw(g, "undetermined", "不明时");
  const uint32_t kind = rng_below(g->rng, 4);
  if (kind == 0) {
    gen_kw(g, "block", "拦截");
  } else if (kind == 1) {
    put_deferral(g);
  } else {
    gen_kw(g, kind == 2 ? "hold" : "note", kind == 2 ? "待审" : "记录");
  }
  put(g, "\n");
}

static void put_heading(struct gen *g, bool markdown) {
  static const char *const headings[] = {"## 2.3.1 频率不超过授权范围", "### 第四条 用户", "# Plain",
                                         "### （二）老年人", "## 3. Numbered"};
  if (!markdown || !chance(g, 60)) return;
  buf_printf(g->out, "```\n\n%s\n\nText of the clause.\n\n```nuo\n", headings[rng_below(g->rng, 5)]);
}

static const char *some_zone(struct gen *g) {
  static const char *const zones[] = {"Asia/Shanghai", "Asia/Shanghai", "America/New_York", "UTC",
                                      "Australia/Lord_Howe"};
  return zones[rng_below(g->rng, 5)];
}

static void put_events(struct gen *g) {
  if (g->schema->remembers) gen_plan_shared(g);
  gen_events(g);
}

static void put_values(struct gen *g, bool markdown) {
  gen_lexicons(g);
  gen_parameters(g);
  gen_tables(g, markdown);
  if (g->schema->remembers) gen_caps(g);
  if (g->schema->remembers) gen_plan_facts(g);
  gen_defines(g);
  if (g->schema->remembers) gen_facts(g);
}

static void put_rules(struct gen *g, bool markdown) {
  for (uint32_t n = chance(g, 10) ? 20 : 1 + rng_below(g->rng, 5); n > 0; n--) {
    put_heading(g, markdown);
    gen_in_packs(g, put_rule);
  }
  for (uint32_t n = rng_below(g->rng, 4); n > 0; n--) {
    put_heading(g, markdown);
    if (g->inner != NULL) gen_enter_pack(g, chance(g, 50));
    put_exception(g);
    if (g->inner != NULL) gen_enter_pack(g, false);
  }
  if (g->schema->remembers && chance(g, 60)) {
    put_heading(g, markdown);
    gen_duties(g);
  }
}

// Calendars are written before the header that names one: their order is free.
static void put_alone(struct gen *g, const struct setting *setting) {
  struct gname calendar = {0};
  if (setting->markdown) put(g, "# 承诺 pledge\n\nText.\n\n```nuo\n");
  if (chance(g, 50)) gen_calendar(g, &calendar);
  const struct gname name = gen_new_name(g);
  put_header(g, &name, &calendar, some_zone(g), setting->changes == 0);
  gen_types(g);
  gen_severities(g);
  put_events(g);
  put_values(g, setting->markdown);
  put_rules(g, setting->markdown);
  if (chance(g, 40)) gen_tests(g);
  if (setting->markdown) put(g, "```\n");
}

static void put_use(struct gen *g, const struct gname *name) {
  gen_kw(g, "use", "引用");
  put(g, name->en);
  put(g, "\n");
}

static void put_file(struct gen *g, const struct gname *name, const struct buf *text) {
  buf_printf(g->out, "%s%s.nuo\n", FILE_MARK, name->en);
  buf_str(g->out, buf_view(text));
}

// A policy, another one that it uses whole, and a module with what both speak of.
static void put_packs(struct gen *g, const struct setting *setting) {
  struct buf *const whole = g->out;
  struct buf module = {0}, severities = {0}, outer = {0}, inner = {0};
  struct gname calendar = {0};
  const struct gname shared = gen_new_name(g), name = gen_new_name(g);
  const char *zone = some_zone(g);
  g->pack = gen_new_name(g);
  g->outer = &outer;
  g->inner = &inner;
  g->out = &module;
  if (chance(g, 50)) gen_calendar(g, &calendar);
  gen_types(g);
  put_events(g);
  put_values(g, false);
  g->out = &severities;
  gen_severities(g);
  for (int i = 0; i < 2; i++) {
    gen_enter_pack(g, i == 0);
    put_header(g, i == 0 ? &g->pack : &name, &calendar, zone, setting->changes == 0);
    put_use(g, &shared);
    if (i == 1) put_use(g, &g->pack);
    buf_str(g->out, buf_view(&severities));
  }
  put_rules(g, false);
  buf_str(&outer, buf_view(&g->joined));
  g->out = whole;
  buf_str(whole, buf_view(&outer));
  put_file(g, &g->pack, &inner);
  put_file(g, &shared, &module);
  buf_free(&module);
  buf_free(&severities);
  buf_free(&outer);
  buf_free(&inner);
  buf_free(&g->joined);
}

void policy_generate(struct rng *rng, bool remembers, bool alone, struct policy *policy) {
  static const int64_t spans[] = {0, 0, 60000, 600000, 86400000};
  *policy =
      (struct policy){.schema = calloc(1, sizeof *policy->schema), .setting.markdown = rng_chance(rng, 40)};
  if (policy->schema == NULL) abort();
  policy->schema->remembers = policy->setting.remembers = remembers;
  struct gen g = {.rng = rng,
                  .out = &policy->source,
                  .schema = policy->schema,
                  .skin = (int)rng_below(rng, 3),
                  .event_index = -1};
  g.wide = g.skin > 0 && rng_chance(rng, 50);
  policy->setting.key = rng_chance(rng, 50);
  if (remembers) policy->setting.replay_ms = spans[rng_below(rng, 5)];
  if (remembers) policy->setting.durable = rng_below(rng, 20) == 0;
  if (rng_chance(rng, 25)) policy->setting.changes = gen_base_day + (int32_t)rng_below(rng, 6);
  if (alone || !rng_chance(rng, 35)) {
    put_alone(&g, &policy->setting);
  } else {
    policy->setting.markdown = false;
    put_packs(&g, &policy->setting);
  }
  for (uint32_t i = 0; i < g.said_count; i++) free(g.said[i].text);
}

void policy_free(struct policy *policy) {
  buf_free(&policy->source);
  free(policy->schema);
}
