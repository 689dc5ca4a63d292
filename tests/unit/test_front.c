// SPDX-License-Identifier: Apache-2.0
// Tests of compiler/front.h: documents, tokens, trees and messages, against what a reader of the source would
// say.
#include "compiler/front.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/document.h"

// ---- helpers ----

struct parsed {
  struct arena *arena;
  struct diagnostics diags;
  struct source_file file;
};

static struct parsed *parse_bytes(const char *path, const char *text, size_t len) {
  struct parsed *out = calloc(1, sizeof *out);
  out->arena = nuo__arena_new(nuo__default_allocator());
  out->diags.arena = out->arena;
  out->file.path = (struct str){path, (uint32_t)strlen(path)};
  out->file.text = nuo__arena_copy(out->arena, text, len);
  out->file.markdown = strstr(path, ".md") != NULL;
  nuo__front_parse(out->arena, &out->diags, &out->file, 0);
  return out;
}

static struct parsed *parse(const char *path, const char *text) {
  return parse_bytes(path, text, strlen(text));
}

static void drop(struct parsed *parsed) {
  nuo__arena_free(parsed->arena);
  free(parsed);
}

static uint32_t line_of(const struct parsed *parsed, uint32_t offset) {
  uint32_t line, column;
  nuo__front_position(&parsed->file, offset, &line, &column);
  return line;
}

static void assert_str(struct str got, const char *want) {
  if (got.len != strlen(want) || memcmp(got.at, want, got.len) != 0)
    fail_msg("got \"%.*s\", want \"%s\"", (int)got.len, got.at, want);
}

static void assert_clean(const struct parsed *parsed) {
  if (parsed->diags.items.count == 0) return;
  const struct diagnostic *diag = &parsed->diags.items.at[0];
  const struct str text = nuo__diag_message(parsed->arena, diag, DIAG_EN);
  fail_msg("line %u: %.*s", line_of(parsed, diag->span.start), (int)text.len, text.at);
}

// "N0203@7 N0108@9": the codes and their lines.
static void assert_reports(const char *path, const char *text, const char *want) {
  struct parsed *parsed = parse(path, text);
  char got[4096] = "";
  for (uint32_t i = 0; i < parsed->diags.items.count; i++) {
    const struct diagnostic *diag = &parsed->diags.items.at[i];
    const size_t len = strlen(got);
    snprintf(got + len, sizeof got - len, "%s%s@%u", i == 0 ? "" : " ", nuo__diag_info(diag->code)->code,
             line_of(parsed, diag->span.start));
  }
  assert_string_equal(got, want);
  drop(parsed);
}

// The body of `define x = …`.
static const struct expr *body(const struct parsed *parsed, uint32_t index) {
  assert_clean(parsed);
  assert_true(index < parsed->file.decls.count);
  assert_int_equal(parsed->file.decls.at[index]->kind, DECL_DEFINE);
  return parsed->file.decls.at[index]->define.body;
}

static void print(const struct expr *e, char *out, size_t size);

static void print_list(const expr_list *items, char *out, size_t size) {
  for (uint32_t i = 0; i < items->count; i++) {
    strncat(out, " ", size - strlen(out) - 1);
    print(items->at[i], out, size);
  }
}

// The tree in prefix form: `(and (is kind marketing) urgent)`.
static void print(const struct expr *e, char *out, size_t size) {
  static const char *const ops[] = {
#define OPERATOR(id, arity, en, zh) #id,
#include "compiler/operators.def"
#undef OPERATOR
  };
  char text[512] = "";
  if (e == NULL) return;
  switch (e->kind) {
    case EXPR_OPERATOR:
      snprintf(text, sizeof text, "(%s", ops[e->op]);
      break;
    case EXPR_PATH:
    case EXPR_CALL:
      for (uint32_t i = 0; i < e->path.count; i++) {
        const size_t len = strlen(text);
        snprintf(text + len, sizeof text - len, "%s%.*s", i == 0 ? "" : ".", (int)e->path.at[i].text.len,
                 e->path.at[i].text.at);
      }
      if (e->kind == EXPR_CALL) strcat(text, "[");
      break;
    case EXPR_TEXT:
    case EXPR_REGEX:
      snprintf(text, sizeof text, "'%.*s'", (int)e->text.len, e->text.at);
      break;
    case EXPR_SET:
      strcpy(text, "{");
      break;
    case EXPR_RANGE:
      strcpy(text, "(..");
      break;
    case EXPR_TEMPLATE:
      strcpy(text, "<");
      break;
    case EXPR_ANY:
      strcpy(text, "any");
      break;
    case EXPR_AGGREGATE:
      strcpy(text, "aggregate");
      break;
    default:
      snprintf(text, sizeof text, "%lld:%d", (long long)e->number, (int)e->kind);
  }
  strncat(out, text, size - strlen(out) - 1);
  for (int side = 0; side < 2; side++) {
    const struct expr *child = side == 0 ? e->left : e->right;
    if (child == NULL) continue;
    strncat(out, " ", size - strlen(out) - 1);
    print(child, out, size);
  }
  print_list(&e->items, out, size);
  const char *close = e->kind == EXPR_OPERATOR || e->kind == EXPR_RANGE ? ")"
                      : e->kind == EXPR_CALL                            ? "]"
                      : e->kind == EXPR_SET                             ? "}"
                      : e->kind == EXPR_TEMPLATE                        ? ">"
                                                                        : "";
  strncat(out, close, size - strlen(out) - 1);
}

static void assert_tree(const char *source, const char *want) {
  char text[1024], got[1024] = "";
  snprintf(text, sizeof text, "define x = %s", source);
  struct parsed *parsed = parse("a.nuo", text);
  print(body(parsed, 0), got, sizeof got);
  assert_string_equal(got, want);
  drop(parsed);
}

static void assert_number(const char *source, enum expr_kind kind, int64_t want) {
  char text[256];
  snprintf(text, sizeof text, "define x = %s", source);
  struct parsed *parsed = parse("a.nuo", text);
  assert_int_equal(body(parsed, 0)->kind, kind);
  assert_int_equal(body(parsed, 0)->number, want);
  drop(parsed);
}

// ---- expressions ----

static void test_precedence(void **state) {
  (void)state;
  assert_tree("a or b and not c is d", "(or a (and b (not (is c d))))");
  assert_tree("a + b * c - d", "(sub (add a (mul b c)) d)");
  assert_tree("x default y at least 3 + 1", "(ge (default x y) (add 3:1 1:1))");
  assert_tree("-a + b", "(add (neg a) b)");
  assert_tree("(a or b) and c", "(and (or a b) c)");
  assert_tree("count of push where a and b per user.id in last 24 hours > 3", "(gt aggregate 3:1)");
  assert_tree("title matches /a[/]b\\/c/ and b", "(and (matches title 'a[/]b\\/c') b)");
  assert_tree("a / b / c", "(div (div a b) c)");
  assert_reports("a.nuo", "define x = a < b < c", "N0216@1");
}

static void test_both_languages(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"kind in {a, b}", "kind 属于 {a，b}"},
      {"not x is missing", "非 x 缺失"},
      {"x is not missing", "x 具备"},
      {"x at\n  least 3 # three\n hours", "x 至少 3小时"},
      {"x contains any of w", "x 含有任一 w"},
      {"clock(t) in 22:00..08:00", "clock（t） 属于 ２２：００..08：00"},
      {"a any in b and c none in d", "a 任一属于 b 且 c 无一属于 d"},
      {"x starts with \"q\"", "x 开头为 “q”"},
      {"x is subset of {a,}", "x 包含于 ｛a、｝"},
      {"d before 2025-07-01", "d 早于 2025年7月1日"},
      {"least(a, b) <= 5%", "least(a，b) ≤ ５％"},
      {"true or false", "真 或 假"},
  };
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
    char trees[2][512] = {"", ""};
    for (int side = 0; side < 2; side++) {
      char text[256];
      snprintf(text, sizeof text, side == 0 ? "define x = %s" : "定义 x = %s", pairs[i][side]);
      struct parsed *parsed = parse("a.nuo", text);
      print(body(parsed, 0), trees[side], sizeof trees[side]);
      drop(parsed);
    }
    assert_string_equal(trees[0], trees[1]);
  }
}

static void test_literals(void **state) {
  (void)state;
  assert_number("1_000", EXPR_NUMBER, 1000);
  assert_number("9223372036854775807", EXPR_NUMBER, INT64_MAX);
  assert_number("1.25", EXPR_DECIMAL, 1250000);
  assert_number("5%", EXPR_DECIMAL, 50000);
  assert_number("0.0001%", EXPR_DECIMAL, 1);
  assert_number("1970-01-02", EXPR_DATE, 1);
  assert_number("2025年7月1日", EXPR_DATE, 20270);  // 55 years of 365 days, 14 leap days, 181 days
  assert_number("２０２５－０７－０１", EXPR_DATE, 20270);
  assert_number("1970-01-01T08:00+08:00", EXPR_INSTANT, 0);
  assert_number("22:30", EXPR_CLOCK, (22 * 60 + 30) * 60000);
  assert_number("8:00", EXPR_CLOCK, 8 * 3600000);
  assert_number("24:00", EXPR_CLOCK, 86400000);
  assert_number("true", EXPR_FLAG, 1);
  assert_reports("a.nuo", "define x = 9223372036854775808\ndefine y = 0.1234567\ndefine z = 2025-02-29",
                 "N0108@1 N0109@2 N0110@3");
  assert_reports("a.nuo", "define x = 25:00\ndefine y = 2025-07-01T09:00\ndefine z = 2025-7-1",
                 "N0111@1 N0112@2 N0110@3");
}

static void test_durations(void **state) {
  (void)state;
  static const struct {
    const char *text;
    int64_t amount;
    enum unit unit;
  } rows[] = {{"24 hours", 24, UNIT_HOUR},    {"24小时", 24, UNIT_HOUR},
              {"3个月", 3, UNIT_MONTH},       {"5 workdays", 5, UNIT_WORKDAY},
              {"5个工作日", 5, UNIT_WORKDAY}, {"1 day", 1, UNIT_DAY},
              {"7天", 7, UNIT_DAY},           {"２周", 2, UNIT_WEEK},
              {"1年", 1, UNIT_YEAR}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[64];
    snprintf(text, sizeof text, "define x = %s", rows[i].text);
    struct parsed *parsed = parse("a.nuo", text);
    assert_int_equal(body(parsed, 0)->kind, EXPR_DURATION);
    assert_int_equal(body(parsed, 0)->number, rows[i].amount);
    assert_int_equal(body(parsed, 0)->unit, rows[i].unit);
    drop(parsed);
  }
}

static void test_texts(void **state) {
  (void)state;
  assert_tree("“他说 \"好\"”", "'他说 \"好\"'");
  assert_tree("「a」", "'a'");
  assert_tree("\"a\\n\\u{4E2D}\\\\\\{b}\"", "'a\n中\\{b}'");
  assert_tree("\"，{not a template}（）\"", "'，{not a template}（）'");
  assert_reports("a.nuo", "define x = \"a\\qb\"\ndefine y = \"open\ndefine z = 1", "N0107@1 N0106@2");
}

static void test_templates(void **state) {
  (void)state;
  const char *text = "rule r\n  because \"用户 {user.id} 在 {clock(time)} 共 {n + 1}\\{次}\"";
  char got[256] = "";
  struct parsed *parsed = parse("a.nuo", text);
  assert_clean(parsed);
  const struct expr *because = parsed->file.decls.at[0]->rule.because;
  print(because, got, sizeof got);
  assert_string_equal(got, "< '用户 ' user.id ' 在 ' clock[ time] ' 共 ' (add n 1:1) '{次}'>");
  const struct span span = because->items.at[1]->span;
  assert_memory_equal(text + span.start, "user.id", span.end - span.start);
  drop(parsed);
  assert_reports("a.nuo", "rule r\n  because \"{} {a +} {b c} {d\"\n  cites \"{x\"",
                 "N0207@2 N0207@2 N0201@2 N0211@2");
}

// ---- names and keywords ----

static void test_names(void **state) {
  (void)state;
  struct parsed *parsed = parse("a.nuo",
                                "规则 免打扰 亦称 quiet_hours\n  针对 推送\n"
                                "rule a1 as 甲\nrule b\n");
  assert_clean(parsed);
  assert_int_equal(parsed->file.decls.count, 3);
  const struct names *names = &parsed->file.decls.at[0]->names;
  assert_str(names->en, "quiet_hours");
  assert_str(names->zh, "免打扰");
  assert_str(names->written, "免打扰");
  assert_str(parsed->file.decls.at[1]->names.zh, "甲");
  assert_str(parsed->file.decls.at[2]->names.zh, "b");
  drop(parsed);
}

static void test_keywords_as_names(void **state) {
  (void)state;
  struct parsed *parsed =
      parse("a.nuo",
            "event time as 时间 enforceable identity id time time zone zone default policy\n{\n"
            "  id: text\n  time: instant\n  or: text\n  title? as 标题: text\n  test { in: number }\n"
            "  rule as 规则: text\n  from: text sensitive\n}\n"
            "define first = title is \"x\" and test.in at least 3 and 次数 至多 2 and a.or is 为.且\n");
  assert_clean(parsed);
  assert_int_equal(parsed->file.decls.count, 2);
  const struct event_decl *event = &parsed->file.decls.at[0]->event;
  assert_int_equal(event->fields.count, 7);
  assert_true(event->fields.at[3].optional);
  assert_str(event->fields.at[4].fields.at[0].names.en, "in");
  assert_true(event->fields.at[6].sensitive);
  drop(parsed);
}

static void test_strange_characters(void **state) {
  (void)state;
  assert_reports("a.nuo", "define x = a\xE2\x80\x8B + 1", "N0104@1");  // zero-width space
  assert_reports("a.nuo", "define x = \"\xE2\x80\xAE\"\n# \xE2\x81\xA6", "N0119@1 N0119@2");
  assert_reports("a.nuo", "define p\xD0\xB0y = 1", "N0105@1");  // a Cyrillic а
  assert_reports("a.nuo", "define x = 1\ndefine y = 1 $ + 2", "N0103@2");
  static const char hostile[] = "define \xFF\xFEx = 1 \0\n\xC3(";
  struct parsed *parsed = parse_bytes("a.nuo", hostile, sizeof hostile - 1);
  assert_int_equal(nuo__diag_find("N0101", 5), parsed->diags.items.at[0].code);
  drop(parsed);
}

// ---- declarations ----

static void test_parameters(void **state) {
  (void)state;
  struct parsed *parsed =
      parse("a.nuo",
            "parameter cap as 上限: number = 3 from 2025-07-01, 5 from 2026-01-01 reviewed 2025-06-01\n"
            "参数 每日次数: 整数 = 待填\n");
  assert_clean(parsed);
  const struct parameter_decl *cap = &parsed->file.decls.at[0]->parameter;
  assert_int_equal(cap->values.count, 2);
  assert_int_equal(cap->values.at[1].value->number, 5);
  assert_int_equal(cap->values.at[1].from->kind, EXPR_DATE);
  assert_non_null(cap->values.at[1].reviewed);
  assert_null(cap->values.at[0].reviewed);
  assert_null(parsed->file.decls.at[1]->parameter.values.at[0].value);
  drop(parsed);
}

static void test_rule(void **state) {
  (void)state;
  struct parsed *parsed =
      parse("a.nuo",
            "rule r as 规 \"题\"\n  on push as p where kind is not service\n  forbid when a\n  unless b\n  "
            "unless c\n"
            "  severity minor\n  action defer until 08:00 for at most 2 days\n  undetermined hold\n"
            "  cites \"x\", \"y\"\n  cites \"z\"\n  effective from 2025-07-01 until 2025-12-31\n"
            "exception e as 例 to r when b unless c cites \"w\" effective from 2025-07-01\n"
            "rule s\n  on push\n  limit cap(user.id) attempts per (user.id, kind) this day\n  raise opened { "
            "a.b: 1 }\n");
  assert_clean(parsed);
  const struct rule_decl *rule = &parsed->file.decls.at[0]->rule;
  assert_str(rule->on.at[0].alias.written, "p");
  assert_int_equal(rule->unless.count, 2);
  assert_int_equal(rule->cites.count, 3);
  assert_int_equal(rule->action->kind, ACTION_DEFER);
  assert_int_equal(rule->action->at_most->unit, UNIT_DAY);
  assert_non_null(rule->effective.until);
  assert_str(parsed->file.decls.at[1]->exception.to.text, "r");
  assert_int_equal(parsed->file.decls.at[2]->rule.core, CORE_LIMIT);
  assert_int_equal(parsed->file.decls.at[2]->rule.raises.count, 1);
  drop(parsed);
}

static void test_calendar(void **state) {
  (void)state;
  struct parsed *parsed = parse("a.nuo",
                                "policy p\n  undetermined hold\n  calendar cn\n"
                                "calendar cn as 中国内地 covers 2019-01-01..2027-01-01 {\n"
                                "  rest 2019-01-01, 2019-02-04..2019-02-11\n  work 2019-02-02\n}\n");
  assert_clean(parsed);
  assert_str(parsed->file.decls.at[0]->policy.calendar.text, "cn");
  assert_int_equal(parsed->file.decls.at[1]->calendar.rest.count, 2);
  assert_int_equal(parsed->file.decls.at[1]->calendar.work.count, 1);
  drop(parsed);
}

// ---- documents ----

static void test_clauses(void **state) {
  (void)state;
  static const struct {
    const char *heading, *number, *title;
  } rows[] = {{"2.3.2 休息时段", "2.3.2", "休息时段"},
              {"第十四条 广告可识别", "第十四条", "广告可识别"},
              {"第一百二十条之一　罪名", "第一百二十条之一", "罪名"},
              {"（二）老年人防诈", "（二）", "老年人防诈"},
              {"一、总则", "一", "总则"},
              {"1. Scope", "1", "Scope"},
              {"3 保障措施", "3", "保障措施"},
              {"第三章 附则", "第三章", "附则"},
              {"Article 5 Consent", "Article 5", "Consent"},
              {"(a) first", "(a)", "first"},
              {"2.3.1（四）至（九） 名单", "2.3.1（四）至（九）", "名单"},
              {"（四）至（九）名单", "（四）至（九）", "名单"},
              {"（一）、（三）和（五）名单", "（一）、（三）和（五）", "名单"},
              {"第十条至第十二条 附则", "第十条至第十二条", "附则"},
              {"第十至十二条 附则", "第十至十二条", "附则"},
              {"第二十四条第（四）至（九）项 权利", "第二十四条第（四）至（九）项", "权利"},
              {"第二十四条第一款第（三）项 权利", "第二十四条第一款第（三）项", "权利"},
              {"第二十四条（二） 权利", "第二十四条（二）", "权利"},
              {"4(d) to (i) Rights", "4(d) to (i)", "Rights"},
              {"2.3 to 2.5 Nights", "2.3 to 2.5", "Nights"},
              {"2.3 至 2.5 夜间", "2.3 至 2.5", "夜间"},
              {"2.3、2.5 夜间", "2.3、2.5", "夜间"},
              {"Articles 5 to 7 Consent", "Articles 5 to 7", "Consent"},
              {"Section 5(a) and (c) Consent", "Section 5(a) and (c)", "Consent"},
              {"一、二手商品", "一", "二手商品"},
              {"2.3 to 5 pushes a day", "2.3", "to 5 pushes a day"},
              {"（一）至少一次", "（一）", "至少一次"},
              {"第十条至今有效", "第十条", "至今有效"},
              {"2025 年度报告", "", "2025 年度报告"},
              {"前言", "", "前言"}};
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    struct str number, title;
    nuo__heading_split((struct str){rows[i].heading, (uint32_t)strlen(rows[i].heading)}, &number, &title);
    assert_str(number, rows[i].number);
    assert_str(title, rows[i].title);
  }
}

static void test_clause_tree(void **state) {
  (void)state;
  struct parsed *parsed = parse(
      "a.nuo.md",
      "Push pledge\n===========\n\ntext\n\n## 2.1 First ##\n\n```nuo\nrule a\n```\n\n"
      "### （一）Deeper\n\n```nuo\nrule b\nrule c\n```\n\n## 2.2 Second\n\n"
      "```text\n## no heading\n```\n\n    ## indented code\n\n<!--\n## comment\n```nuo\nrule no\n```\n-->\n\n"
      "~~~~ nuo\nrule d\n~~~~\n");
  assert_clean(parsed);
  const struct source_file *file = &parsed->file;
  assert_int_equal(file->clauses.count, 4);
  assert_str(file->clauses.at[0].title, "Push pledge");
  assert_int_equal(file->clauses.at[0].parent, CLAUSE_NONE);
  assert_str(file->clauses.at[1].number, "2.1");
  assert_str(file->clauses.at[1].title, "First");
  assert_int_equal(file->clauses.at[1].parent, 0);
  assert_int_equal(file->clauses.at[2].parent, 1);
  assert_int_equal(file->clauses.at[3].parent, 0);
  static const uint32_t clauses[] = {1, 2, 2, 3};
  assert_int_equal(file->decls.count, 4);
  for (uint32_t i = 0; i < 4; i++) assert_int_equal(file->decls.at[i]->clause, clauses[i]);
  drop(parsed);
}

static void test_fences(void **state) {
  (void)state;
  struct parsed *parsed = parse("a.nuo.md",
                                "````markdown\n```nuo\nrule no\n```\n````\n\n"
                                "- item\n\n  ```nuo\n  rule a\n    on push\n  ```\n\n"
                                "> ```nuo\n> rule quoted\n> ```\n\n~~~nuo\nrule b\n```\n~~~\n");
  // The three backticks inside the tilde fence are code, and no code that means anything.
  assert_int_equal(parsed->file.decls.count, 2);
  assert_int_equal(line_of(parsed, parsed->diags.items.at[0].span.start), 20);
  drop(parsed);
  assert_reports("a.nuo.md", "# A\n\n```nuo\nrule a\n\n## B\n", "N0113@3");
}

static void test_tables(void **state) {
  (void)state;
  struct parsed *parsed =
      parse("a.nuo.md",
            "```nuo\ntable cap as 上限 (user.group, n: number) -> number first\n```\n\n"
            "| 群体 | n | 上限 |\n|---|:-:|---:|\n| minor | >= 18 | 0 |\n| {a, b} | 14..18 | -1 |\n"
            "| any | is missing | 3 |\n| 任意 | 至少 60 | \"a\\|b\" |\n\nText | more\n\n"
            "```nuo\nrule a\n```\n\n| no | table |\n|---|---|\n| of | code |\n");
  char got[512] = "";
  assert_clean(parsed);
  const struct table_decl *table = &parsed->file.decls.at[0]->table;
  assert_true(table->first);
  assert_int_equal(table->keys.count, 2);
  assert_non_null(table->keys.at[0].path);
  assert_str(table->keys.at[1].param.names.en, "n");
  for (uint32_t i = 0; i < table->rows.count; i++) print_list(&table->rows.at[i].cells, got, sizeof got);
  assert_string_equal(got,
                      " minor (ge 18:1) 0:1 { a b} (.. 14:1 18:1) (neg 1:1)"
                      " any (missing) 3:1 any (ge 60:1) 'a|b'");
  drop(parsed);
}

static void test_table_in_code(void **state) {
  (void)state;
  struct parsed *parsed =
      parse("a.nuo", "table t (k) -> number\n| k | n |\n|---|---|\n| a | 1 |\n| b | 2 |\nrule r\n");
  assert_clean(parsed);
  assert_int_equal(parsed->file.decls.at[0]->table.rows.count, 2);
  drop(parsed);
}

// ---- mistakes ----

static void test_ten_mistakes(void **state) {
  (void)state;
  assert_reports(
      "a.nuo",
      "ruel quiet\n  on push\n"                        // 1: misspelt
      "rule a\n  forbid when kind == x\n"              // 4: ==
      "rule b\n  serverity minor\n  on push\n"         // 6: misspelt
      "rule c\n  forbid wen x\n"                       // 9: misspelt in two words
      "rule d\n  require (a or b\n  severity minor\n"  // 11: bracket
      "parameter x: number : 3\n"                      // 13: : for =
      "event e\n{\n  id: text\n"                       // 15: brace
      "rule f\n  on push if a\n"                       // 18: if
      "rule g\n  action delay\n  severity minor\n"     // 20: delay for defer until
      "rule h\n  on push。\n  severity minor；\n"      // 23, 24: marks
      "define k = 1 +\nrule last\n  on push\n",        // 26: nothing after +
      "N0205@1 N0203@4 N0205@6 N0205@9 N0202@11 N0203@13 N0202@15 N0203@18 N0203@20 N0204@23 N0204@24 "
      "N0201@26");
}

static void test_rest_survives(void **state) {
  (void)state;
  struct parsed *parsed = parse("a.nuo", "rule a\n  on push\nruel b\n  on push\nrule c\n  on push\n");
  assert_int_equal(parsed->diags.errors, 1);
  assert_int_equal(parsed->file.decls.count, 2);
  assert_str(parsed->file.decls.at[0]->names.en, "a");
  assert_str(parsed->file.decls.at[1]->names.en, "c");
  drop(parsed);
}

static void assert_message(const char *source, const char *en, const char *zh) {
  struct parsed *parsed = parse("a.nuo", source);
  assert_int_equal(parsed->diags.items.count, 1);
  assert_str(nuo__diag_message(parsed->arena, &parsed->diags.items.at[0], DIAG_EN), en);
  assert_str(nuo__diag_message(parsed->arena, &parsed->diags.items.at[0], DIAG_ZH), zh);
  drop(parsed);
}

static void test_expected(void **state) {
  (void)state;
  assert_message("policy p 5",
                 "`5` cannot stand here; `as`, `title`, `version`, `effective from`, `zone` or "
                 "`undetermined` is expected",
                 "此处不能是“5”，应为“亦称”、“标题”、“版本”、“生效自”、“时区”或“不明时”");
  assert_message("severities a < 5", "5 cannot be a name", "5 不能作名称");
  assert_message("exception a to b", "something is missing at the end: `when` is expected",
                 "末尾缺少内容：应有“当”");
  assert_message("rule r\n  effective from soon", "soon is not a date", "soon 不是日期");
  assert_message("rule r\n  serverity minor", "`serverity` is not understood here", "此处读不懂“serverity”");
}

static void test_slips(void **state) {
  (void)state;
  assert_reports("a.nuo", "define x = a && b || !c\ndefine y = a != b\ndefine z = [a, b]\ndefine w = a = b",
                 "N0203@1 N0203@1 N0203@1 N0203@2 N0203@3 N0203@3 N0203@4");
  assert_reports("a.nuo", "policy p\n  title: \"x\"", "N0210@2");
  assert_reports("a.nuo", "rule r\n  severity a\n  severity b", "N0209@3");
  assert_reports("a.nuo", "rule a as b", "N0212@1");
  assert_reports("a.nuo", "table t (k) -> number\n| a | |", "N0208@2");
}

// ---- limits ----

static char *repeat(const char *prefix, const char *piece, size_t count) {
  const size_t size = strlen(piece), start = strlen(prefix);
  char *out = malloc(start + size * count + 1);
  memcpy(out, prefix, start);
  for (size_t i = 0; i < count; i++) memcpy(out + start + i * size, piece, size);
  out[start + size * count] = 0;
  return out;
}

static void test_deep(void **state) {
  (void)state;
  static const char *const pieces[] = {"(", "not ", "- ", "{", "a or ", "f(", "a default "};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    char *text = repeat("define x = ", pieces[i], 1000000);
    assert_reports("a.nuo", text, "N0206@1");
    free(text);
  }
  char *text = repeat("type t = ", "list of ", 1000000);
  assert_reports("a.nuo", text, "N0206@1");
  free(text);
  text = repeat("event e ", "{ a ", 1000000);
  assert_reports("a.nuo", text, "N0206@1");
  free(text);
}

static void test_many_reports(void **state) {
  (void)state;
  char *text = repeat("", "rule\n", 1000);
  struct parsed *parsed = parse("a.nuo", text);
  assert_int_equal(parsed->diags.items.count, DIAG_MAX_REPORTED + 1);
  assert_string_equal(nuo__diag_info(parsed->diags.items.at[DIAG_MAX_REPORTED].code)->code, "N0299");
  drop(parsed);
  free(text);
}

static void test_empty(void **state) {
  (void)state;
  assert_reports("a.nuo", "", "");
  assert_reports("a.nuo.md", "", "");
  assert_reports("a.nuo", "\xEF\xBB\xBFrule a", "");
  assert_reports("a.nuo.md", "\xEF\xBB\xBF# A\r\n\r\n```nuo\r\nrule a\r\n```", "");
}

static void test_suggest(void **state) {
  (void)state;
  const struct str names[] = {STR("marketing"), STR("service"), STR("营销短信"), STR("行销")};
  assert_str(nuo__diag_suggest(STR("marketting"), names, 4), "marketing");
  assert_str(nuo__diag_suggest(STR("sevrice"), names, 4), "service");
  assert_str(nuo__diag_suggest(STR("营销"), names, 4), "行销");
  assert_null(nuo__diag_suggest(STR("quiet"), names, 4).at);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_precedence),
      cmocka_unit_test(test_both_languages),
      cmocka_unit_test(test_literals),
      cmocka_unit_test(test_durations),
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_templates),
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_keywords_as_names),
      cmocka_unit_test(test_strange_characters),
      cmocka_unit_test(test_parameters),
      cmocka_unit_test(test_rule),
      cmocka_unit_test(test_calendar),
      cmocka_unit_test(test_clauses),
      cmocka_unit_test(test_clause_tree),
      cmocka_unit_test(test_fences),
      cmocka_unit_test(test_tables),
      cmocka_unit_test(test_table_in_code),
      cmocka_unit_test(test_ten_mistakes),
      cmocka_unit_test(test_rest_survives),
      cmocka_unit_test(test_expected),
      cmocka_unit_test(test_slips),
      cmocka_unit_test(test_deep),
      cmocka_unit_test(test_many_reports),
      cmocka_unit_test(test_empty),
      cmocka_unit_test(test_suggest),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
