// SPDX-License-Identifier: Apache-2.0
// The planner and the emitter: what is shared is computed once, both languages give one program, the same
// source gives the same bytes, every image verifies, and decisions come out as the language says where the
// plan is subtle: guards, groups, dated parameters, tables, enumerations written out, lists.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/nuo_compile.h"
#include "runtime/program.h"

// ---- helpers ----
#define HEAD                                                                                                      \
  "policy p\n version \"1\"\n zone \"Asia/Shanghai\"\n calendar cn\n undetermined hold\nuse cn\n"                 \
  "type kind as 类型 = one of {ad as 广告, news as 新闻, service as 服务}\n"                              \
  "event push as 推送\n enforceable\n{\n id as 编号: text\n time as 时间: instant\n kind as 类型: kind\n" \
  " other? as 另类: kind\n kinds? as 各类: list of kind\n body? as 正文: text\n title? as 标题: text\n"   \
  " n? as 数: number\n d? as 小数: decimal\n flag? as 标志: flag\n born? as 生日: date\n at? as 钟点: "  \
  "clock\n"                                                                                                       \
  " tags? as 标签: list of text\n numbers? as 数列: list of number\n}\n"

static nuo_text text_of(const char *text) {
  return (nuo_text){text, strlen(text)};
}

static nuo_compilation *compile(const char *source) {
  nuo_compilation *c = NULL;
  const nuo_diagnostic *diagnostics;
  const char *path = source[0] == '`' ? "p.nuo.md" : "p.nuo";
  assert_int_equal(nuo_compile(text_of(path), text_of(source), NULL, &c), NUO_OK);
  if (nuo_compilation_image(c).text != NULL) return c;
  const size_t count = nuo_compilation_diagnostics(c, &diagnostics);
  for (size_t i = 0; i < count; i++)
    print_error("%s line %u: %.*s\n", diagnostics[i].code, diagnostics[i].place.line,
                (int)diagnostics[i].message[0].len, diagnostics[i].message[0].text);
  fail_msg("the policy has mistakes");
  return NULL;
}

// A verified image in memory of its own.
static void *image_of(const char *source, struct image *image, size_t *size) {
  nuo_compilation *c = compile(source);
  const nuo_text bytes = nuo_compilation_image(c);
  nuo_error error = {.message = ""};
  void *copy = malloc(bytes.len);
  assert_non_null(copy);
  memcpy(copy, bytes.text, bytes.len);
  *size = bytes.len;
  nuo_compilation_free(c);
  if (nuo__image_verify(copy, *size, image, &error) != NUO_OK) fail_msg("%s", error.message);
  return copy;
}

static uint32_t count_op(const struct image *image, enum opcode op) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < image->EVENTS[0].code_count; i++)
    count += image->CODE[image->EVENTS[0].code_first + i].op == op;
  return count;
}

static uint32_t count_in(const char *source, enum opcode op) {
  struct image image;
  size_t size;
  void *bytes = image_of(source, &image, &size);
  const uint32_t count = count_op(&image, op);
  free(bytes);
  return count;
}

// Verdict and the names of breaches ('!'), undetermined ('?') and excepted ('-') rules: "block !a ?b".
static void describe(const nuo_decision *d, char *out, size_t size) {
  const struct {
    char mark;
    const nuo_finding *at;
    size_t count;
  } lists[] = {{'!', d->breaches, d->breach_count},
               {'?', d->undetermined, d->undetermined_count},
               {'-', d->excepted, d->excepted_count}};
  const char *verdict = nuo_action_name(d->verdict);
  size_t len = strlen(verdict);
  memcpy(out, verdict, len);
  for (size_t k = 0; k < 3; k++)
    for (size_t i = 0; i < lists[k].count; i++) {
      const nuo_text name = lists[k].at[i].rule;
      assert_true(len + name.len + 3 < size);
      out[len++] = ' ';
      out[len++] = lists[k].mark;
      memcpy(out + len, name.text, name.len);
      len += name.len;
    }
  out[len] = 0;
}

struct run {
  nuo_compilation *compilation;
  nuo_program *program;
  nuo_engine *engine;
  nuo_session *session;
};

static struct run start(const char *source) {
  struct run run = {.compilation = compile(source)};
  nuo_error error = {.message = ""};
  const nuo_text image = nuo_compilation_image(run.compilation);
  if (nuo_program_load(image.text, image.len, NULL, &run.program, &error) != NUO_OK)
    fail_msg("%s", error.message);
  assert_int_equal(nuo_engine_new(NULL, &run.engine), NUO_OK);
  assert_int_equal(nuo_engine_use(run.engine, &run.program, 1, &error), NUO_OK);
  assert_int_equal(nuo_session_new(run.engine, &run.session), NUO_OK);
  return run;
}

static void stop(struct run *run) {
  nuo_session_free(run->session);
  nuo_engine_free(run->engine);
  nuo_program_free(run->program);
  nuo_compilation_free(run->compilation);
}

static void expect(struct run *run, const char *members, const char *want) {
  char event[1024] = "{\"type\":\"push\",\"id\":\"e\",", got[256];
  const nuo_decision *decision;
  nuo_error error = {.message = ""};
  if (strstr(members, "\"time\"") == NULL) strcat(event, "\"time\":\"2025-07-02T12:00:00+08:00\",");
  if (strstr(members, "\"kind\"") == NULL) strcat(event, "\"kind\":\"ad\",");
  strcat(strcat(event, members), "}");
  if (nuo_session_eval_json(run->session, event, strlen(event), &decision, &error) != NUO_OK)
    fail_msg("%s: %s", event, error.message);
  describe(decision, got, sizeof got);
  if (strcmp(got, want) != 0) fail_msg("%s\n  gives   %s\n  instead %s", event, got, want);
}

// ---- one program ----
static const char english[] = HEAD
    "parameter quiet as 安静 = 22:00..08:00\n"
    "define loud as 吵闹 = body contains \"!\" or title starts with \"NOW\"\n"
    "rule a as 甲 on push where kind is ad forbid when clock(time) in quiet and loud unless flag action "
    "block\n"
    " because \"数 {n}\"\n"
    "rule b as 乙 on push where kind in {ad, news} require n is present action hold\n";
static const char chinese[] = HEAD
    "参数 安静 亦称 quiet = 22:00..08:00\n"
    "定义 吵闹 亦称 loud = 正文 含有 \"!\" 或 标题 开头为 \"NOW\"\n"
    "规则 甲 亦称 a 针对 推送 其中 类型 为 广告 禁止 当 时刻(时间) 属于 安静 且 吵闹 除非 标志 处置 拦截\n"
    " 理由 \"数 {数}\"\n"
    "规则 乙 亦称 b 针对 推送 其中 类型 属于 {广告, 新闻} 要求 数 具备 处置 待审\n";

static void test_both_languages_give_one_program(void **state) {
  (void)state;
  struct image en, zh;
  size_t en_size, zh_size;
  void *en_bytes = image_of(english, &en, &en_size), *zh_bytes = image_of(chinese, &zh, &zh_size);
  assert_memory_equal(en.header->program_digest, zh.header->program_digest, 32);
  assert_memory_not_equal(en.header->source_digest, zh.header->source_digest, 32);
  assert_int_equal(en_size, zh_size);
  const size_t first = en.header->sections[0].offset,
               end = en.header->sections[SECTION_SOURCE_STRINGS].offset;
  assert_memory_equal((char *)en_bytes + first, (char *)zh_bytes + first, end - first);
  free(en_bytes);
  free(zh_bytes);
}

static void test_same_source_gives_the_same_bytes(void **state) {
  (void)state;
  struct image image;
  size_t first_size, second_size;
  void *first = image_of(english, &image, &first_size), *second = image_of(english, &image, &second_size);
  assert_int_equal(first_size, second_size);
  assert_memory_equal(first, second, first_size);
  free(first);
  free(second);
}

// ---- sharing ----
static void test_shared_tests_are_made_once(void **state) {
  (void)state;
  static const char source[] = HEAD
      "rule a on push where kind is ad forbid when clock(time) in 22:00..08:00 and body contains \"x\" "
      "action block\n"
      "rule b on push where kind is news forbid when clock(time) in 22:00..08:00 and body contains \"x\" "
      "action block\n"
      "rule c on push where kind is ad forbid when clock(time) in 22:00..08:00 and n > 3 action block\n"
      "rule d on push forbid when body contains \"y\" and n > 3 action hold\n";
  assert_int_equal(count_in(source, OPCODE_CLOCK), 1);
  assert_int_equal(count_in(source, OPCODE_RANGEK), 1);
  assert_int_equal(count_in(source, OPCODE_LEK), 1);
  assert_int_equal(count_in(source, OPCODE_ENUMF), 2);
  assert_int_equal(count_in(source, OPCODE_MATCH), 1);
  assert_int_equal(count_in(source, OPCODE_SKIP), 2);
  assert_int_equal(count_in(source, OPCODE_FIRE), 4);
}

// One pass over the text, where either scope lets it; but what is searched for only where another search has
// found something cannot be found in the same pass.
static void test_scopes_share_a_pass(void **state) {
  (void)state;
  static const char shared[] = HEAD
      "rule a on push where kind is ad forbid when body contains \"x\" action block\n"
      "rule b on push where kind is news forbid when body contains \"y\" action block\n";
  static const char waiting[] = HEAD
      "rule a on push where kind is ad forbid when body contains \"x\" action block\n"
      "rule b on push where body contains \"y\" forbid when body contains \"z\" action block\n";
  assert_int_equal(count_in(shared, OPCODE_MATCH), 1);
  assert_int_equal(count_in(waiting, OPCODE_MATCH), 2);
}

static void test_one_pass_finds_all_texts_of_a_chain(void **state) {
  (void)state;
  assert_int_equal(
      count_in(HEAD "lexicon w = {\"a\", \"b\"}\n"
                    "rule a on push where kind is ad forbid when body contains any of w action block\n"
                    "rule b on push where kind is ad forbid when body contains \"c\" action block\n"
                    "rule c on push where kind is ad require body starts with \"d\" or body ends with \"e\""
                    " action block\n",
               OPCODE_MATCH),
      1);
}

static void test_unused_fields_have_no_register(void **state) {
  (void)state;
  struct image image;
  size_t size;
  void *bytes = image_of(HEAD "rule a on push forbid when n > 3 action block\n", &image, &size);
  for (uint32_t i = 0; i < image.FIELDS_count; i++) {
    const struct image_field *field = &image.FIELDS[i];
    const char *path = image.STRINGS + field->path.at;
    const bool used =
        (field->path.len == 1 && path[0] == 'n') || (field->path.len == 4 && memcmp(path, "time", 4) == 0);
    assert_int_equal(field->reg_class, used ? REG_COLUMN : REG_NONE);
  }
  assert_int_equal(image.PROGRAM->max_cost, image.EVENTS[0].code_count);
  free(bytes);
}

// ---- decisions ----
static void test_guards_do_not_change_verdicts(void **state) {
  (void)state;
  struct run run = start(HEAD
                         "define spicy = body contains \"x\"\n"
                         "rule a on push where kind is ad forbid when spicy action block\n"
                         "rule b on push where kind is news and n > 3 forbid when not spicy action hold\n"
                         "rule c on push where spicy and flag forbid when n > 5 action note\n"
                         "rule d on push where kind is ad forbid when n > 1 and not spicy unless spicy or "
                         "title contains \"ok\" action block\n");
  expect(&run, "\"body\":\"x\",\"n\":6", "block !a ?c");
  expect(&run, "\"body\":\"-\",\"n\":2", "block !d");
  expect(&run, "\"body\":\"-\",\"n\":2,\"title\":\"OK\"", "allow -d");
  expect(&run, "\"n\":0", "hold ?a");
  expect(&run, "\"kind\":\"news\",\"body\":\"-\",\"n\":4", "hold !b");
  expect(&run, "\"kind\":\"news\",\"body\":\"x\",\"n\":6,\"flag\":true", "note !c");
  expect(&run, "\"kind\":\"service\",\"body\":\"x\",\"n\":6,\"flag\":true", "note !c");
  expect(&run, "\"kind\":\"service\",\"body\":\"-\",\"n\":6,\"flag\":true", "allow");
  stop(&run);
}

static void test_requirement_with_alternatives(void **state) {
  (void)state;
  struct run run =
      start(HEAD
            "rule a on push where n > 0 require flag or body contains \"x\" or title contains \"y\""
            " unless kind is service action block\n");
  expect(&run, "\"n\":1", "block !a");
  expect(&run, "\"n\":1,\"flag\":true", "allow");
  expect(&run, "\"n\":1,\"title\":\"Y\"", "allow");
  expect(&run, "\"n\":1,\"body\":\"x\",\"title\":\"-\"", "allow");
  expect(&run, "\"body\":\"-\"", "hold ?a");
  expect(&run, "\"kind\":\"service\",\"n\":1", "allow -a");
  expect(&run, "\"kind\":\"service\"", "allow");
  stop(&run);
}

static void test_parameters_hold_from_their_dates(void **state) {
  (void)state;
  // 2025-08-01 begins at 2025-07-31T16:00Z in Shanghai.
  struct run run =
      start(HEAD
            "parameter most: number = 3 from 2025-07-01, unset from 2025-08-01, 5 from 2025-09-01\n"
            "parameter words = {\"a\"} from 2025-01-01, {\"b\", \"c\"} from 2025-08-01\n"
            "parameter hours = 22:00..08:00 from 2025-07-01, 21:00..09:00 from 2025-08-01\n"
            "rule a on push forbid when n > most action block\n"
            "rule b on push forbid when body contains any of words action block\n"
            "rule c on push where flag forbid when clock(time) in hours action block\n");
  expect(&run, "\"time\":\"2025-06-30T23:59:59.999+08:00\",\"n\":9,\"body\":\"-\"", "hold ?a ?c");
  expect(&run, "\"time\":\"2025-07-01T00:00:00+08:00\",\"n\":4,\"body\":\"a\",\"flag\":false", "block !a !b");
  expect(&run, "\"time\":\"2025-07-31T15:59:59Z\",\"n\":4,\"body\":\"b\",\"flag\":true", "block !a !c");
  expect(&run, "\"time\":\"2025-07-31T16:00:00Z\",\"n\":4,\"body\":\"b\",\"flag\":true", "block !b !c ?a");
  expect(&run, "\"time\":\"2025-08-01T08:30:00+08:00\",\"n\":0,\"body\":\"a\",\"flag\":true", "block !c ?a");
  expect(&run, "\"time\":\"2025-09-01T12:00:00+08:00\",\"n\":5,\"body\":\"C\",\"flag\":true", "block !b");
  stop(&run);
}

static void test_rows_of_tables(void **state) {
  (void)state;
  struct run run =
      start("```nuo\n" HEAD
            "table most (kind, n) -> number first\n```\n\n"
            "| kind | n | most |\n|---|---|---|\n"
            "| ad | < 3 | 1 |\n| {ad, news} | 3..6 | 2 |\n| any | is missing | 3 |\n| ad | any | 4 |\n\n"
            "```nuo\ntable named (n) -> text unique\n```\n\n"
            "| n | name |\n|---|---|\n| < 0 | \"low\" |\n| >= 9 | \"high\" |\n\n"
            "```nuo\nrule a on push forbid when d > most(kind, n) action block\n"
            "rule b on push forbid when named(n) is \"low\" action hold\n```\n");
  expect(&run, "\"n\":2,\"d\":1.5", "block !a ?b");
  expect(&run, "\"n\":3,\"d\":1.5", "hold ?b");
  expect(&run, "\"n\":3,\"d\":2.5", "block !a ?b");
  expect(&run, "\"n\":6,\"d\":3.5", "hold ?b");
  expect(&run, "\"n\":6,\"d\":4.5", "block !a ?b");
  expect(&run, "\"n\":-1,\"d\":0.5", "hold !b");
  expect(&run, "\"n\":9,\"d\":0.5", "allow");
  // The first row cannot be told, so the third does not count; for a service it can.
  expect(&run, "\"d\":9", "hold ?a ?b");
  expect(&run, "\"kind\":\"service\",\"d\":9", "block !a ?b");
  expect(&run, "\"kind\":\"news\",\"n\":9,\"d\":9", "hold ?a");
  stop(&run);
}

static void test_enumerations(void **state) {
  (void)state;
  struct run run = start(
      HEAD
      "rule a on push forbid when kind in kinds action block\n"
      "rule b on push forbid when other in kinds action hold\n"
      "rule c on push forbid when kinds all in {ad, news} action note\n"
      "rule d on push forbid when (other default service) is service and other is not news action note\n");
  expect(&run, "\"kinds\":[\"ad\",\"news\"],\"other\":\"news\"", "block !a !b !c");
  expect(&run, "\"kinds\":[\"service\"],\"other\":\"service\"", "hold !b !d");
  expect(&run, "\"kinds\":[],\"other\":\"news\"", "note !c");
  // An unknown value is in no list that is known: not even the empty one tells.
  expect(&run, "\"kinds\":[]", "hold !c ?b ?d");
  expect(&run, "\"other\":\"news\"", "hold ?a ?b ?c");
  stop(&run);
}

static void test_lists_and_numbers(void **state) {
  (void)state;
  struct run run =
      start(HEAD
            "rule a on push forbid when numbers contains 3 or n in numbers action block\n"
            "rule b on push forbid when n in {2.0, 2.5} or d in {1, 2.5} action hold\n"
            "rule c on push forbid when tags any in {\"x\", \"y\"} and size(tags) > 1 action note\n"
            "rule d on push forbid when d in 1..2 or born in 2000-01-01..2001-01-01 or at in 22:00..06:00 "
            "action block\n");
  expect(&run, "\"numbers\":[1,3],\"n\":0,\"d\":0,\"tags\":[],\"born\":\"1999-12-31\",\"at\":\"06:00\"",
         "block !a");
  expect(&run,
         "\"numbers\":[1],\"n\":2,\"d\":0,\"tags\":[\"y\",\"z\"],\"born\":\"2001-01-01\",\"at\":\"21:59\"",
         "hold !b !c");
  expect(&run, "\"numbers\":[],\"n\":0,\"d\":2.5,\"tags\":[],\"born\":\"2000-12-31\",\"at\":\"12:00\"",
         "block !b !d");
  expect(&run, "\"numbers\":[],\"n\":0,\"d\":1.999999,\"tags\":[],\"born\":\"1990-01-01\",\"at\":\"12:00\"",
         "block !d");
  expect(&run, "\"numbers\":[],\"n\":0,\"d\":2,\"tags\":[],\"born\":\"1990-01-01\",\"at\":\"05:59:59.999\"",
         "block !d");
  stop(&run);
}

static void test_exceptions_to_exceptions(void **state) {
  (void)state;
  struct run run =
      start(HEAD
            "rule a on push forbid when n > 3 effective from 2025-07-01 until 2025-07-31 action block\n"
            "exception calm to a when kind is news unless flag\n"
            "exception night to calm when body contains \"x\"\n");
  expect(&run, "\"n\":4", "block !a");
  expect(&run, "\"n\":4,\"kind\":\"news\",\"body\":\"-\",\"flag\":false", "allow -a");
  expect(&run, "\"n\":4,\"kind\":\"news\",\"flag\":true", "block !a");
  expect(&run, "\"n\":4,\"kind\":\"news\",\"body\":\"X\"", "block !a");
  expect(&run, "\"n\":4,\"time\":\"2025-07-31T23:59:59+08:00\"", "block !a");
  expect(&run, "\"n\":4,\"time\":\"2025-08-01T00:00:00+08:00\"", "allow");
  expect(&run, "\"n\":4,\"time\":\"2025-06-30T23:59:59+08:00\"", "allow");
  stop(&run);
}

// What excuses one rule (`not known`) is folded away in its chain, and another group of rules makes it too.
static void test_folded_excuses_are_made_where_all_can_read_them(void **state) {
  (void)state;
  struct run run =
      start(HEAD
            "rule a on push where kind is ad forbid when n > 3 unless tags is missing and flag action block\n"
            "rule b on push where kind is news forbid when n > 3 unless tags is missing action hold\n"
            "rule c on push forbid when n > 5 unless tags is missing action note\n");
  expect(&run, "\"n\":4,\"tags\":[],\"flag\":true", "block !a");
  expect(&run, "\"n\":4,\"flag\":true", "allow -a");
  expect(&run, "\"n\":6,\"kind\":\"news\"", "allow -b -c");
  expect(&run, "\"n\":6,\"kind\":\"service\",\"tags\":[\"x\"]", "note !c");
  stop(&run);
}

// A blank in a set leaves the other elements to be found, also before the first date of a parameter.
static void test_sets_with_blanks(void **state) {
  (void)state;
  struct run run = start(HEAD
                         "parameter late = \"b\" from 2025-08-01\n"
                         "parameter blank: number = unset\n"
                         "rule a on push forbid when body contains any of {\"a\", late} action block\n"
                         "rule b on push forbid when n in {1, blank} action hold\n");
  expect(&run, "\"body\":\"xa\",\"n\":1", "block !a !b");
  expect(&run, "\"body\":\"xb\",\"n\":2", "hold ?a ?b");
  expect(&run, "\"body\":\"xb\",\"n\":1,\"time\":\"2025-08-01T00:00:00+08:00\"", "block !a !b");
  expect(&run, "\"body\":\"x\",\"n\":1,\"time\":\"2025-08-01T00:00:00+08:00\"", "hold !b");
  stop(&run);
}

// Lists of texts and lists of numbers on either side of a SKIP.
static void test_lists_of_either_kind_verify(void **state) {
  (void)state;
  struct run run =
      start(HEAD
            "rule a on push where tags any in {\"x\", \"y\"} forbid when numbers any in {1, 2} action block\n"
            "rule b on push where numbers any in {3} forbid when tags any in {\"z\"} action hold\n");
  expect(&run, "\"tags\":[\"x\"],\"numbers\":[2]", "block !a");
  expect(&run, "\"tags\":[\"z\",\"y\"],\"numbers\":[3]", "hold !b");
  stop(&run);
}

static void test_engines_refuse_what_they_cannot_use(void **state) {
  (void)state;
  struct run run = start(HEAD "rule a on push forbid when kind is ad action block\n");
  nuo_program *none[] = {run.program, NULL}, *twice[] = {run.program, run.program};
  nuo_engine *empty;
  nuo_session *session;
  assert_int_equal(nuo_engine_use(run.engine, none, 2, NULL), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_engine_use(run.engine, none, 0, NULL), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_engine_use(run.engine, twice, 2, NULL), NUO_BAD_ARGUMENT);
  assert_int_equal(nuo_engine_new(NULL, &empty), NUO_OK);
  assert_int_equal(nuo_session_new(empty, &session), NUO_BAD_ARGUMENT);
  nuo_engine_free(empty);
  expect(&run, "\"numbers\":[2]", "block !a");
  stop(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_both_languages_give_one_program),
      cmocka_unit_test(test_same_source_gives_the_same_bytes),
      cmocka_unit_test(test_shared_tests_are_made_once),
      cmocka_unit_test(test_scopes_share_a_pass),
      cmocka_unit_test(test_one_pass_finds_all_texts_of_a_chain),
      cmocka_unit_test(test_unused_fields_have_no_register),
      cmocka_unit_test(test_guards_do_not_change_verdicts),
      cmocka_unit_test(test_requirement_with_alternatives),
      cmocka_unit_test(test_parameters_hold_from_their_dates),
      cmocka_unit_test(test_rows_of_tables),
      cmocka_unit_test(test_enumerations),
      cmocka_unit_test(test_lists_and_numbers),
      cmocka_unit_test(test_exceptions_to_exceptions),
      cmocka_unit_test(test_folded_excuses_are_made_where_all_can_read_them),
      cmocka_unit_test(test_sets_with_blanks),
      cmocka_unit_test(test_lists_of_either_kind_verify),
      cmocka_unit_test(test_engines_refuse_what_they_cannot_use),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
