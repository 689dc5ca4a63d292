// SPDX-License-Identifier: Apache-2.0
// One of every construct of the language parses, in English and in Chinese, those that keep state included.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/front.h"

// clang-format off
static const char english[] =
    "policy full as 全部\n"
    "  title \"t\" version \"1\" effective from 2025-07-01 until 2026-07-01 zone \"Asia/Shanghai\" calendar cn undetermined hold\n"
    "use push\n"
    "severities minor as 轻 < material as 重\n"
    "type channel as 渠道种 = one of {a as 甲, b as 乙,}\n"
    "parameter p as 参 : list of text = {\"a\",\"b\"}\n"
    "define d(x as 甲数: number, y: text): flag = x > 3 and y is \"a\"\n"
    "lexicon banned as 禁用词 from \"words/banned.txt\" evasion strict\n"
    "lexicon other as 别的 = {\"a\", \"b\"}\n"
    "extern function toxicity as 毒性(text, number): decimal from \"libtox\" symbol \"tox\"\n"
    "fact consented as 已授权 (user: text, channel: channel): number\n"
    "  starts on consent_granted as g where g.x is 1 for (user.id, channel) with g.n\n"
    "  ends on consent_withdrawn for (user.id, channel)\n"
    "rule freq as 频率\n"
    "  on push\n"
    "  limit 2 per sender.id in last 30 days\n"
    "  severity minor\n"
    "rule gap on push forbid when elapsed since last push where kind is marketing per user.id less than 3 hours\n"
    "  unless sum of amount over push where a is b per (user.id, x) this month > 5 and share of push where x per user.id this week at least 5%\n"
    "duty d1 as 义一\n"
    "  on contract_signed as c\n"
    "  for each u where consented(u, sms)\n"
    "  must review where id is c.id within 5 workdays\n"
    "  then publish within 3 months\n"
    "  otherwise must pay within 10 days\n"
    "  warn at 2 days\n"
    "  suspended while consented(c.user, sms)\n"
    "  discharged by closed where id is c.id\n"
    "  severity minor\n"
    "duty d2 as 义二\n"
    "  every quarter must at least 1 disclosure where subject is x spread 30 days due 10 days after the period\n"
    "duty d3 as 义三\n"
    "  on contract_signed as c\n"
    "  must reminder no later than c.expires - 5 days\n"
    "clause organisational \"why\"\n"
    "sample \"s\" { when push { id: \"1\", user.id: \"2\", labels: {\"a\"}, } expect nothing }\n"
    "test \"t\" { given x { id: \"a\" } when push { } expect label \"x\" by r1, r2 expect defer by q until 2025-07-03T08:00+08:00\n"
    " at 2025-07-03T08:00+08:00 expect breach of d1 }\n";

static const char chinese[] =
    "状态 已授权 亦称 consented (用户: 文本, 渠道: 渠道)\n"
    "  始于 授权给予 之 (用户.编号, 渠道) 带值 数量\n"
    "  止于 授权撤回 之 (用户.编号, 渠道)\n"
    "规则 频率 亦称 freq\n"
    "  针对 推送\n"
    "  限制 每日上限(群体, 类型) 每 用户.编号 本日\n"
    "规则 频率二 亦称 freq2\n"
    "  针对 推送 限制 2 尝试 每 （用户.编号、类型） 近 30日\n"
    "  除非 次数 推送 其中 类型 为 广告 每 用户.编号 近 24小时 多于 3\n"
    "  触发 调查 { 编号: 编号 }\n"
    "义务 答复 亦称 answer\n"
    "  针对 投诉受理 亦称 c\n"
    "  必须 投诉确认 其中 编号 为 c.编号 限时 24小时\n"
    "  继而 投诉答复 限时 72小时\n"
    "  否则 必须 赔付 限时 10日\n"
    "  预警 2日\n"
    "义务 每日检查 亦称 daily\n"
    "  每逢 日 必须 至少 检查次数 检查 其中 主体 为 内容\n"
    "  截至 10日 期满后\n"
    "例外 乙 亦称 e1 于 频率 当 紧急 除非 广告 依据 “广告法”\n"
    "测试 \"夜间\" {\n"
    "  已知 授权 ｛ 用户.编号： \"u1\"， 渠道： 短信 ｝\n"
    "  当 推送 ｛ 编号： “p1” ｝\n"
    "  预期 延后 因 免打扰 至 2025-07-03T08:00+08:00\n"
    "  预期 无事\n"
    "}\n"
    "外部函数 毒性 亦称 tox（文本）：小数 来自 “libtox” 符号 “tox”\n"
    "种类 甲种 = 取值 ｛甲 亦称 a、乙 亦称 b｝\n"
    "种类 乙种 = 列表 之 文本\n";
// clang-format on

static void check(const char *text, const enum decl_kind *kinds, uint32_t count) {
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  struct diagnostics diags = {.arena = arena};
  struct source_file file = {.path = STR("a.nuo"), .text = {text, (uint32_t)strlen(text)}};
  nuo__front_parse(arena, &diags, &file, 0);
  for (uint32_t i = 0; i < diags.items.count; i++) {
    const struct str message = nuo__diag_message(arena, &diags.items.at[i], DIAG_EN);
    uint32_t line, column;
    nuo__front_position(&file, diags.items.at[i].span.start, &line, &column);
    print_error("%u:%u: %.*s\n", line, column, (int)message.len, message.at);
  }
  assert_int_equal(diags.items.count, 0);
  assert_int_equal(file.decls.count, count);
  for (uint32_t i = 0; i < count; i++) assert_int_equal(file.decls.at[i]->kind, kinds[i]);
  nuo__arena_free(arena);
}

static void test_english(void **state) {
  (void)state;
  static const enum decl_kind kinds[] = {
      DECL_POLICY,  DECL_USE,     DECL_SEVERITIES, DECL_TYPE,   DECL_PARAMETER, DECL_DEFINE,
      DECL_LEXICON, DECL_LEXICON, DECL_NATIVE,     DECL_FACT,   DECL_RULE,      DECL_RULE,
      DECL_DUTY,    DECL_DUTY,    DECL_DUTY,       DECL_CLAUSE, DECL_TEST,      DECL_TEST};
  check(english, kinds, sizeof kinds / sizeof *kinds);
}

static void test_chinese(void **state) {
  (void)state;
  static const enum decl_kind kinds[] = {DECL_FACT,      DECL_RULE, DECL_RULE,   DECL_DUTY, DECL_DUTY,
                                         DECL_EXCEPTION, DECL_TEST, DECL_NATIVE, DECL_TYPE, DECL_TYPE};
  check(chinese, kinds, sizeof kinds / sizeof *kinds);
}

// ---- what remembers ----

static const char remembering[] =
    "event e observed lateness 10 minutes { id: text since: instant }\n"
    "fact f (user: text, n: number): number\n"
    "  starts on e as g where g.x is 1 for (g.user, 3) with g.n\n"
    "  ends on e for (user, 3)\n"
    "rule r on e limit 3 attempts per (a, b.c) in last 24 hours\n"
    "rule s on e limit 3 per a this week limit 4 attempts per b this day\n"
    "define a = count of e as g where g.x is 1 per id this month at least 2\n"
    "define b = elapsed since last e attempts per (id, n) < 3 hours\n"
    "define c = time - since f(user, 3) > since\n"
    "define d = sum of n over e per id > 3\n";

static const char remembering_zh[] =
    "事件 e 仅记录 迟到容许 10分钟 { id：文本 since：时点 }\n"
    "状态 f（user：文本，n：整数）：整数\n"
    "  始于 e 亦称 g 其中 g.x 为 1 之 （g.user，3） 带值 g.n\n"
    "  止于 e 之（user，3）\n"
    "规则 r 针对 e 限制 3 尝试 每（a，b.c） 近 24小时\n"
    "规则 s 针对 e 限制 3 每 a 本周 限制 4 尝试 每 b 本日\n"
    "定义 a = 次数 e 亦称 g 其中 g.x 为 1 每 id 本月 至少 2\n"
    "定义 b = 距上次 e 尝试 每（id，n） < 3小时\n"
    "定义 c = time - 起始时间 f（user，3） > since\n"
    "定义 d = 合计 n 遍历 e 每 id > 3\n";

static void check_remembering(const char *text) {
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  struct diagnostics diags = {.arena = arena};
  struct source_file file = {.path = STR("a.nuo"), .text = {text, (uint32_t)strlen(text)}};
  nuo__front_parse(arena, &diags, &file, 0);
  assert_int_equal(diags.items.count, 0);
  assert_int_equal(file.decls.count, 8);
  struct decl *const *decls = file.decls.at;
  assert_int_equal(decls[0]->event.lateness->number, 10);
  assert_int_equal(decls[0]->event.lateness->unit, UNIT_MINUTE);

  const struct fact_decl *fact = &decls[1]->fact;
  assert_int_equal(fact->params.count, 2);
  assert_non_null(fact->type);
  assert_int_equal(fact->changes.count, 2);
  const struct fact_change *start = &fact->changes.at[0], *end = &fact->changes.at[1];
  assert_true(start->starts);
  assert_int_equal(start->on.alias.written.len, 1);
  assert_non_null(start->on.where);
  assert_int_equal(start->key.count, 2);
  assert_int_equal(start->with->path.count, 2);
  assert_false(end->starts);
  assert_null(end->with);
  assert_int_equal(end->key.at[1]->number, 3);

  const struct rule_decl *rule = &decls[2]->rule;
  assert_int_equal(rule->core, CORE_LIMIT);
  assert_true(rule->attempts);
  assert_int_equal(rule->per.count, 2);
  assert_int_equal(rule->per.at[1]->path.count, 2);
  assert_int_equal(rule->window.kind, WINDOW_LAST);
  assert_int_equal(rule->window.length->number, 24);
  // The first core holds, whole.
  const struct rule_decl *twice = &decls[3]->rule;
  assert_int_equal(twice->cores, 2);
  assert_int_equal(twice->condition->number, 3);
  assert_false(twice->attempts);
  assert_int_equal(twice->window.period, UNIT_WEEK);

  const struct expr *count = decls[4]->define.body->left;
  assert_int_equal(count->kind, EXPR_AGGREGATE);
  assert_int_equal(count->aggregate->kind, AGGREGATE_COUNT);
  assert_non_null(count->aggregate->event.where);
  assert_int_equal(count->aggregate->per.count, 1);
  assert_int_equal(count->aggregate->window.kind, WINDOW_THIS);
  assert_int_equal(count->aggregate->window.period, UNIT_MONTH);
  const struct expr *elapsed = decls[5]->define.body->left;
  assert_int_equal(elapsed->aggregate->kind, AGGREGATE_ELAPSED);
  assert_true(elapsed->aggregate->attempts);
  assert_int_equal(elapsed->aggregate->window.kind, WINDOW_NONE);
  const struct expr *difference = decls[6]->define.body->left;
  assert_int_equal(difference->right->kind, EXPR_SINCE);
  assert_int_equal(difference->right->left->kind, EXPR_CALL);
  assert_int_equal(difference->right->left->items.count, 2);
  assert_int_equal(decls[6]->define.body->right->kind, EXPR_PATH);
  const struct expr *sum = decls[7]->define.body->left;
  assert_int_equal(sum->aggregate->kind, AGGREGATE_SUM);
  assert_non_null(sum->aggregate->value);
  nuo__arena_free(arena);
}

static void test_remembering(void **state) {
  (void)state;
  check_remembering(remembering);
  check_remembering(remembering_zh);
}

// However often one stands in the other, the answer is a message.
static void test_deep(void **state) {
  (void)state;
  static const char *const pieces[] = {"count of e where ", "elapsed since last e where ", "since f(",
                                       "sum of ("};
  const size_t times = 100000;
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
    const size_t size = strlen(pieces[i]);
    char *text = malloc(11 + size * times);
    memcpy(text, "define x = ", 11);
    for (size_t k = 0; k < times; k++) memcpy(text + 11 + k * size, pieces[i], size);
    struct arena *arena = nuo__arena_new(nuo__default_allocator());
    struct diagnostics diags = {.arena = arena};
    struct source_file file = {.path = STR("a.nuo"), .text = {text, (uint32_t)(11 + size * times)}};
    nuo__front_parse(arena, &diags, &file, 0);
    assert_int_equal(diags.items.count, 1);
    assert_string_equal(nuo__diag_info(diags.items.at[0].code)->code, "N0206");
    nuo__arena_free(arena);
    free(text);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_english), cmocka_unit_test(test_chinese),
                                     cmocka_unit_test(test_remembering), cmocka_unit_test(test_deep)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
