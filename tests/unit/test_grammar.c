// SPDX-License-Identifier: Apache-2.0
// One of every construct of the language parses, in English and in Chinese, those that keep state included.
#include <setjmp.h>
#include <stdarg.h>
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
    "  for each u with consented(u, sms)\n"
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

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_english), cmocka_unit_test(test_chinese)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
