// SPDX-License-Identifier: Apache-2.0
// Tests of nuo_format by the byte: line ends, marks, margins, prose, texts, comments in odd places; and of
// the unified diff. What golden files show of the layout is in tests/golden/fmt.case.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/format/diff.h"
#include "compiler/nuo_compile.h"
#include "runtime/alloc.h"
#include "tests/unit/fail_once.h"

static void check(const char *path, nuo_words words, const char *source, const char *want) {
  nuo_compilation *made;
  const nuo_text name = {path, strlen(path)}, text = {source, strlen(source)};
  assert_int_equal(nuo_format(name, text, NULL, words, &made), NUO_OK);
  const nuo_text got = nuo_compilation_formatted(made);
  if (want == NULL && got.text != NULL) fail_msg("got \"%.*s\", want a refusal", (int)got.len, got.text);
  if (want == NULL) {
    const nuo_diagnostic *diagnostics;
    assert_int_not_equal(nuo_compilation_diagnostics(made, &diagnostics), 0);
    assert_null(nuo_compilation_format_diff(made).text);
  } else if (got.len != strlen(want) || memcmp(got.text, want, got.len) != 0) {
    fail_msg("got \"%.*s\", want \"%s\"", (int)got.len, got.text, want);
  }
  nuo_compilation_free(made);
}

static void lays_out(const char *source, const char *want) {
  check("a.nuo", NUO_WORDS_AS_WRITTEN, source, want);
  check("a.nuo", NUO_WORDS_AS_WRITTEN, want, want);
}

static void lays_out_page(const char *source, const char *want) {
  check("a.nuo.md", NUO_WORDS_AS_WRITTEN, source, want);
  check("a.nuo.md", NUO_WORDS_AS_WRITTEN, want, want);
}

// ---- bytes ----

static void test_line_ends(void **state) {
  (void)state;
  lays_out("use  push", "use push\n");
  lays_out("use  push\r\nuse cn", "use push\r\nuse cn\r\n");
  lays_out("use  push\nuse cn\r\n", "use push\nuse cn\n");
  lays_out("\xEF\xBB\xBFuse  push\n", "\xEF\xBB\xBFuse push\n");
  lays_out("\n\n\tuse\tpush\n\n\n\nuse cn\n\n", "use push\n\nuse cn\n");
  lays_out("", "");
  lays_out("# only this\n", "# only this\n");
}

static void test_prose_to_the_byte(void **state) {
  (void)state;
  lays_out_page("no code \t\r\n at all", "no code \t\r\n at all");
  lays_out_page("\xEF\xBB\xBF# A\r\n\r\n```nuo\r\nuse  push\r\n```\r\n  x  ",
                "\xEF\xBB\xBF# A\r\n\r\n```nuo\r\nuse push\r\n```\r\n  x  ");
  lays_out_page("~~~~ Nuo as it is\nuse  push\n~~~~\n\n> ```nuo\n> use  push\n> ```\n",
                "~~~~ Nuo as it is\nuse push\n~~~~\n\n> ```nuo\n> use  push\n> ```\n");
  lays_out_page("```nuo\n```\n```nuo\n\n\n```\n", "```nuo\n```\n```nuo\n```\n");
  lays_out_page("1. a\n\n\t```nuo\n\tuse  push\n  use cn\n\t```\n",
                "1. a\n\n\t```nuo\n\tuse push\n\tuse cn\n\t```\n");
  lays_out_page("```\nuse  push\n```\n<!--\n```nuo\nuse  push\n```\n-->\n",
                "```\nuse  push\n```\n<!--\n```nuo\nuse  push\n```\n-->\n");
}

static void test_marks_become_plain(void **state) {
  (void)state;
  lays_out("参数 甲：整数＝１２\n参数 乙＝｛“一”，「二」、『三』｝\n",
           "参数 甲: 整数 = 12\n参数 乙 = {\"一\", \"二\", \"三\"}\n");
  lays_out("define a = b ≥ 3 and c × 2 ≤ ４．５％\n", "define a = b >= 3 and c * 2 <= 4.5%\n");
  lays_out("define a = −1 - -(2)\n", "define a = -1 - -(2)\n");
  lays_out("规则 a 针对 b 禁止当 c 生效自 2025年7月1日\n",
           "规则 a\n  针对 b\n  禁止 当 c\n  生效自 2025年7月1日\n");
}

static void test_texts_stay(void **state) {
  (void)state;
  lays_out("parameter a = \"，  ：“x”\\n\"\n", "parameter a = \"，  ：“x”\\n\"\n");
  lays_out("parameter a = “say \"yes\"”\n", "parameter a = “say \"yes\"”\n");
  lays_out("rule r on e because “a {b ＋ 1} {  c }”\n", "rule r\n  on e\n  because \"a {b ＋ 1} {  c }\"\n");
  lays_out("define a = b matches /a  \"， b/\n", "define a = b matches /a  \"， b/\n");
}

// ---- comments ----

static void test_comments(void **state) {
  (void)state;
  lays_out("use push#a\n＃b  \nuse cn   #c\n", "use push  #a\n#b\nuse cn  #c\n");
  lays_out(
      "rule r on e forbid # a\n when b # c\n or # d\n # e\n c\n",
      "rule r\n  on e\n  forbid when  # a\n      b        # c\n    or         # d\n      # e\n      c\n");
  // What stands farther in belongs to what is above, what does not to what is below.
  lays_out("rule r\n on e\n forbid when b\n # above\n# below\nuse push\n",
           "rule r\n  on e\n  forbid when b\n  # above\n\n# below\nuse push\n");
  lays_out("type t = one of {a, # first\n b}\n", "type t = one of {\n  a,  # first\n  b\n}\n");
  lays_out("event e observed {\n# x\nid: text\n\n\n# y\n}",
           "event e\n  observed\n{\n  # x\n  id: text\n\n  # y\n}\n");
}

static void test_rows_in_code(void **state) {
  (void)state;
  lays_out("table t (a) -> number\n| a |n|\n|---|-|\n|  1 | 2|\n|  3 # x | 4 |\nuse push\n",
           "table t (a) -> number\n  | a |n|\n  |---|-|\n  |  1 | 2|\n  |  3 # x | 4 |\n\nuse push\n");
}

// ---- width ----

// Chinese characters take two columns each: 98 and 2 fit, 98 and 4 do not.
static void test_width(void **state) {
  (void)state;
  lays_out(
      "define a = x is 一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一 or y\n",
      "define a = x is 一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一 or "
      "y\n");
  lays_out(
      "define a = x is 一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一 or "
      "y\n",
      "define a =\n  x is 一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一一 "
      "or y\n");
}

// ---- languages ----

static const char bilingual[] =
    "event push as 推送 observed { id: text time: instant kind as 类型: one of {ad as 广告} }\n"
    "define f as 判 = kind is ad and time after 2025-07-01T00:00Z + 1 days\n";

static void test_languages(void **state) {
  (void)state;
  check("a.nuo", NUO_WORDS_CHINESE, bilingual,
        "事件 推送 亦称 push\n  仅记录\n{\n  id: 文本\n  time: 时点\n  类型 亦称 kind: 取值 {广告 亦称 "
        "ad}\n}\n\n"
        "定义 判 亦称 f = 类型 为 广告 且 time 晚于 2025-07-01T00:00Z + 1日\n");
  check("a.nuo", NUO_WORDS_ENGLISH, bilingual,
        "event push as 推送\n  observed\n{\n  id: text\n  time: instant\n  kind as 类型: one of {ad as "
        "广告}\n}\n\n"
        "define f as 判 = kind is ad and time after 2025-07-01T00:00Z + 1 day\n");
  check("a.nuo", NUO_WORDS_ENGLISH, "定义 判 = 2 > 合计\n", NULL);
  check("a.nuo", NUO_WORDS_CHINESE,
        "event e observed { id: text time: instant n: number }\n"
        "rule r on e forbid when (sum of (n + 1) over e per id this day) more than 3 action note\n",
        "事件 e\n  仅记录\n{\n  id: 文本\n  time: 时点\n  n: 整数\n}\n\n"
        "规则 r\n  针对 e\n  禁止 当 (合计 (n + 1) 遍历 e 每 id 本日) 多于 3\n  处置 记录\n");
  check("a.nuo", NUO_WORDS_CHINESE, "parameter a = 1 from 2025-07-01\n", "参数 a = 1 自 2025-07-01\n");
  // A word of the language may be the Chinese name.
  check("a.nuo", NUO_WORDS_CHINESE, "parameter daily as 每日 = 1\ndefine b = daily is 1\n",
        "参数 每日 亦称 daily = 1\n定义 b = 每日 为 1\n");
  check("a.nuo", NUO_WORDS_ENGLISH, "参数 甲 = 2025年7月1日\n", "parameter 甲 = 2025-07-01\n");
}

static void test_refusals(void **state) {
  (void)state;
  check("a.nuo", NUO_WORDS_AS_WRITTEN, "rule r on\n", NULL);
  check("a.nuo.md", NUO_WORDS_AS_WRITTEN, "```nuo\nuse push\n", NULL);
  check("a.nuo", NUO_WORDS_AS_WRITTEN, "use \xFF\n", NULL);
  check("a.nuo", NUO_WORDS_CHINESE, "use nothing_here\n", NULL);
}

// Wherever memory runs out, nothing comes out and nothing stays behind.
static void test_no_memory(void **state) {
  (void)state;
  struct meter meter = {0};
  const nuo_allocator allocator = {metered, &meter};
  const nuo_compile_options options = {.allocator = &allocator};
  const nuo_text path = {"a.nuo", 5}, source = {bilingual, sizeof bilingual - 1};
  nuo_status status = NUO_NO_MEMORY;
  for (size_t at = 1; status != NUO_OK; at++) {
    nuo_compilation *made;
    meter = (struct meter){.fail_at = at};
    status = nuo_format(path, source, &options, NUO_WORDS_CHINESE, &made);
    assert_true(status == NUO_OK || (status == NUO_NO_MEMORY && made == NULL));
    const bool tried = status == NUO_OK && meter.calls >= at;
    nuo_compilation_free(made);
    assert_int_equal(meter.in_use, 0);
    assert_false(tried);
  }
}

// ---- the diff ----

static void differ(const char *from, const char *to, const char *want) {
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  const struct str got = nuo__diff(arena, STR("f"), nuo__str_of(from), nuo__str_of(to));
  if (!nuo__str_is(got, want)) fail_msg("got \"%.*s\", want \"%s\"", (int)got.len, got.at, want);
  nuo__arena_free(arena);
}

static void test_diff(void **state) {
  (void)state;
  differ("a\nb\n", "a\nb\n", "");
  differ("", "a\n", "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n");
  differ("a\n", "", "--- f\n+++ f\n@@ -1 +0,0 @@\n-a\n");
  differ("a", "a\n", "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  differ("a\nb\nc\n", "a\nx\ny\nc\n", "--- f\n+++ f\n@@ -1,3 +1,4 @@\n a\n-b\n+x\n+y\n c\n");
  differ("a\nb\nc\nd\n", "b\nc\ne\nd\n", "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-a\n b\n c\n+e\n d\n");
}

// Six lines between two changes are context of both, seven part them.
static void test_diff_hunks(void **state) {
  (void)state;
  differ("a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
         "--- f\n+++ f\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n");
  differ("a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
         "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_line_ends),
      cmocka_unit_test(test_prose_to_the_byte),
      cmocka_unit_test(test_marks_become_plain),
      cmocka_unit_test(test_texts_stay),
      cmocka_unit_test(test_comments),
      cmocka_unit_test(test_rows_in_code),
      cmocka_unit_test(test_width),
      cmocka_unit_test(test_languages),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_no_memory),
      cmocka_unit_test(test_diff),
      cmocka_unit_test(test_diff_hunks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
