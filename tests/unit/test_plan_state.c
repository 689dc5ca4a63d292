// SPDX-License-Identifier: Apache-2.0
// The planner and the emitter where there is memory: what needs it becomes code of its own, effects read
// before they change anything, counters are told apart by what they count, and facts, limits, counts and
// windows decide as the language says, told with the evidence and the reasons for it.
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
  "event push as 推送\n enforceable\n{\n id as 编号: text\n time as 时间: instant\n user as 用户: text\n" \
  " kind as 类型: kind\n other? as 另一人: text\n body? as 正文: text\n n? as 数: number\n}\n"            \
  "event grant as 授权\n observed\n{\n id as 编号: text\n time as 时间: instant\n user as 用户: text\n"   \
  " kind as 类型: kind\n n? as 数: number\n word? as 词: text sensitive\n}\n"                                 \
  "event revoke as 撤回\n observed\n{\n id as 编号: text\n time as 时间: instant\n user as 用户: text\n"  \
  " kind as 类型: kind\n}\n"
#define CONSENTED                                          \
  "fact consented as 已授权 (user: text, kind: kind)\n" \
  " starts on grant for (user, kind)\n ends on revoke for (user, kind)\n"
#define QUOTA                                                                                        \
  "fact quota as 配额 (user: text): number\n starts on grant where kind is ad for (user) with n\n" \
  " ends on revoke for (user)\n"

static nuo_text text_of(const char *text) {
  return (nuo_text){text, strlen(text)};
}

static nuo_compilation *compile(const char *source) {
  nuo_compilation *c = NULL;
  const nuo_diagnostic *diagnostics;
  assert_int_equal(nuo_compile(text_of("p.nuo"), text_of(source), NULL, &c), NUO_OK);
  if (nuo_compilation_image(c).text != NULL) return c;
  const size_t count = nuo_compilation_diagnostics(c, &diagnostics);
  for (size_t i = 0; i < count; i++)
    print_error("%s line %u: %.*s\n", diagnostics[i].code, diagnostics[i].place.line,
                (int)diagnostics[i].message[0].len, diagnostics[i].message[0].text);
  fail_msg("the policy has mistakes");
  return NULL;
}

// A verified image in memory of its own.
static void *image_of(const char *source, struct image *image) {
  nuo_compilation *c = compile(source);
  const nuo_text bytes = nuo_compilation_image(c);
  nuo_error error = {.message = ""};
  void *copy = malloc(bytes.len);
  assert_non_null(copy);
  memcpy(copy, bytes.text, bytes.len);
  if (nuo__image_verify(copy, bytes.len, image, &error) != NUO_OK) fail_msg("%s", error.message);
  nuo_compilation_free(c);
  return copy;
}

static uint32_t count_op(const struct image *image, uint32_t first, uint32_t count, enum opcode op) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < count; i++) found += image->CODE[first + i].op == op;
  return found;
}

static uint32_t place_of(const struct image *image, uint32_t first, uint32_t count, enum opcode op) {
  uint32_t i = 0;
  while (i < count && image->CODE[first + i].op != op) i++;
  return i;
}

// ---- blocks ----
static void test_without_memory(void **unused) {
  struct image image;
  void *bytes = image_of(HEAD "rule a on push forbid when kind is ad action block\n", &image);
  (void)unused;
  for (uint32_t i = 0; i < image.EVENTS_count; i++) {
    assert_int_equal(image.EVENTS[i].state_count, 0);
    assert_int_equal(image.EVENTS[i].effect_count, 0);
  }
  assert_int_equal(image.FACTS_count + image.COUNTERS_count + image.ARGUMENTS_count, 0);
  free(bytes);
}

static void test_blocks(void **unused) {
  struct image image;
  void *bytes = image_of(HEAD CONSENTED
                         "rule a on push where kind is not service and body contains \"x\"\n"
                         " require consented(user, kind) action block\n"
                         "rule b on push forbid when body contains \"y\" action block\n"
                         "rule c on push where consented(user, kind) forbid when n > 3 action block\n",
                         &image);
  const struct image_event *push = &image.EVENTS[0], *grant = &image.EVENTS[1], *revoke = &image.EVENTS[2];
  (void)unused;
  assert_int_equal(count_op(&image, push->code_first, push->code_count, OPCODE_FIRE), 1);
  assert_int_equal(count_op(&image, push->code_first, push->code_count, OPCODE_FACT), 0);
  assert_int_equal(count_op(&image, push->state_first, push->state_count, OPCODE_FIRE), 2);
  // The part of the scope that needs no memory is asked first, and keeps the fact from being looked up.
  const uint32_t skip = place_of(&image, push->state_first, push->state_count, OPCODE_SKIP);
  assert_true(skip < place_of(&image, push->state_first, push->state_count, OPCODE_FIRE));
  assert_true(place_of(&image, push->state_first, push->state_count, OPCODE_MATCH) < skip);
  // Both rules ask for the same fact: it is looked up once, before the SKIP.
  assert_int_equal(count_op(&image, push->state_first, push->state_count, OPCODE_FACT), 1);
  // Planes of enumerators are completed once, by the code that runs first.
  assert_int_equal(count_op(&image, push->state_first, push->state_count, OPCODE_ENUMF), 0);
  assert_true(count_op(&image, push->code_first, push->code_count, OPCODE_ENUMF) > 0);
  assert_int_equal(push->effect_count, 0);
  assert_int_equal(count_op(&image, grant->effect_first, grant->effect_count, OPCODE_START), 1);
  assert_int_equal(count_op(&image, revoke->effect_first, revoke->effect_count, OPCODE_STOP), 1);
  assert_int_equal(grant->state_count, 0);
  assert_true(image.PROGRAM->max_cost >= push->code_count + push->state_count);
  free(bytes);
}

// What one event changes does not show in its own effects.
static void test_effects_read_first(void **unused) {
  struct image image;
  void *bytes = image_of(
      HEAD CONSENTED
      "fact returning as 回头 (user: text)\n starts on grant where consented(user, kind) for (user)\n"
      "rule a on push require returning(user) action block\n",
      &image);
  const struct image_event *grant = &image.EVENTS[1];
  (void)unused;
  assert_true(place_of(&image, grant->effect_first, grant->effect_count, OPCODE_FACT) <
              place_of(&image, grant->effect_first, grant->effect_count, OPCODE_START));
  assert_int_equal(count_op(&image, grant->effect_first, grant->effect_count, OPCODE_START), 2);
  free(bytes);
}

// Arguments of a key are never 16- or 32-bit fields.
static void test_key_arguments(void **unused) {
  struct image image;
  void *bytes =
      image_of(HEAD CONSENTED "rule a on push require consented(\"u\", kind) action block\n", &image);
  (void)unused;
  assert_int_equal(image.FACTS[0].key_count, 2);
  assert_int_equal(image.FACTS[0].key_kinds[0], VALUE_TEXT);
  assert_int_equal(image.FACTS[0].key_kinds[1], VALUE_ENUM);
  for (uint32_t i = 0; i < image.ARGUMENTS_count; i++)
    assert_int_equal(image.ARGUMENTS[i].reg_class, i % 2 == 0 ? REG_TEXT : REG_COLUMN);
  free(bytes);
}

// ---- identities ----
#define LIMIT_A "rule a as 甲 on push where kind is ad and n > 3 limit 3 per user this day action block\n"
#define LIMIT_B "rule b as 乙 on push where kind is news limit 3 per user this day action block\n"

static void test_identities(void **unused) {
  struct image one, two;
  void *first = image_of(HEAD CONSENTED QUOTA LIMIT_A LIMIT_B, &one);
  void *second = image_of(HEAD QUOTA CONSENTED LIMIT_B LIMIT_A, &two);
  (void)unused;
  assert_int_equal(one.COUNTERS_count, 2);
  assert_memory_equal(one.FACTS[0].identity, two.FACTS[1].identity, 16);
  assert_memory_equal(one.COUNTERS[0].identity, two.COUNTERS[1].identity, 16);
  assert_memory_equal(one.COUNTERS[1].identity, two.COUNTERS[0].identity, 16);
  assert_memory_not_equal(one.COUNTERS[0].identity, one.COUNTERS[1].identity, 16);
  free(first);
  free(second);
}

// Limits of the same events by the same key share one record; the greatest one keeps it.
static void test_shared_counter(void **unused) {
  struct image image;
  void *bytes = image_of(HEAD
                         "rule a on push limit 2 per user this day action block\n"
                         "rule b on push limit 9 per user this month action block\n"
                         "rule c on push limit 9 attempts per user this month action block\n",
                         &image);
  const struct image_event *push = &image.EVENTS[0];
  (void)unused;
  assert_memory_equal(image.COUNTERS[0].identity, image.COUNTERS[1].identity, 16);
  assert_memory_not_equal(image.COUNTERS[1].identity, image.COUNTERS[2].identity, 16);
  assert_int_equal(count_op(&image, push->effect_first, push->effect_count, OPCODE_TALLY), 2);
  const uint32_t tally = place_of(&image, push->effect_first, push->effect_count, OPCODE_TALLY);
  assert_int_equal(image.CODE[push->effect_first + tally].a, 1);
  free(bytes);
}

static void test_one_program(void **unused) {
  struct image one, two;
  void *english =
      image_of(HEAD CONSENTED
               "rule a as 甲 on push where consented(user, kind) limit 3 per user in last 2 weeks "
               "action block\n",
               &one);
  void *chinese =
      image_of(HEAD
               "状态 已授权 亦称 consented (user: text, kind: kind)\n"
               " 始于 授权 之 (用户, 类型)\n 止于 撤回 之 (用户, 类型)\n"
               "规则 甲 亦称 a 针对 推送 其中 已授权(用户, 类型) 限制 3 每 用户 近 2周 处置 拦截\n",
               &two);
  (void)unused;
  assert_memory_equal(one.header->program_digest, two.header->program_digest, 32);
  free(english);
  free(chinese);
}

// ---- decisions ----
struct run {
  nuo_compilation *compilation;
  nuo_program *program;
  nuo_engine *engine;
  nuo_session *session;
  const nuo_decision *decision;
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

static void append(char *out, size_t size, const char *text, size_t len) {
  const size_t at = strlen(out);
  assert_true(at + len < size);
  memcpy(out + at, text, len);
  out[at + len] = 0;
}

// Verdict and the names of breaches ('!'), undetermined ('?') and excepted ('-') rules: "block !a ?b".
static void describe(const nuo_decision *d, char *out, size_t size) {
  const struct {
    const char *mark;
    const nuo_finding *at;
    size_t count;
  } lists[] = {{" !", d->breaches, d->breach_count},
               {" ?", d->undetermined, d->undetermined_count},
               {" -", d->excepted, d->excepted_count}};
  const char *verdict = nuo_action_name(d->verdict);
  out[0] = 0;
  append(out, size, verdict, strlen(verdict));
  for (size_t k = 0; k < 3; k++)
    for (size_t i = 0; i < lists[k].count; i++) {
      append(out, size, lists[k].mark, 2);
      append(out, size, lists[k].at[i].rule.text, lists[k].at[i].rule.len);
    }
}

// `members` may say the user and the kind; else they are "u" and "ad". Times are of July 2025 in Shanghai.
static void expect(struct run *run, const char *type, const char *time, const char *members,
                   const char *want) {
  static unsigned count = 0;
  char event[1024] = "", got[256], id[] = "e000";
  nuo_error error = {.message = ""};
  count++;
  for (unsigned i = 3, rest = count; i > 0; i--, rest /= 10) id[i] = (char)('0' + rest % 10);
  const char *const pieces[] = {"{\"type\":\"",
                                type,
                                "\",\"id\":\"",
                                id,
                                "\",\"time\":\"2025-07-",
                                time,
                                "+08:00\"",
                                strstr(members, "user") == NULL ? ",\"user\":\"u\"" : "",
                                strstr(members, "kind") == NULL ? ",\"kind\":\"ad\"" : "",
                                members[0] != 0 ? "," : "",
                                members,
                                "}"};
  for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
    append(event, sizeof event, pieces[i], strlen(pieces[i]));
  if (nuo_session_eval_json(run->session, event, strlen(event), &run->decision, &error) != NUO_OK)
    fail_msg("%s: %s", event, error.message);
  describe(run->decision, got, sizeof got);
  if (strcmp(got, want) != 0) fail_msg("%s\n  gives   %s\n  instead %s", event, got, want);
}

static const nuo_finding *finding(const struct run *run) {
  return run->decision->breach_count > 0 ? run->decision->breaches : run->decision->undetermined;
}

// The evidence of the first finding: "name=value name=value".
static void expect_evidence(const struct run *run, const char *want) {
  const nuo_finding *f = finding(run);
  char got[512] = "";
  for (size_t i = 0; i < f->fact_count; i++) {
    if (i > 0) append(got, sizeof got, " ", 1);
    append(got, sizeof got, f->facts[i].name.text, f->facts[i].name.len);
    append(got, sizeof got, "=", 1);
    append(got, sizeof got, f->facts[i].value.text, f->facts[i].value.len);
  }
  assert_string_equal(got, want);
}

static void expect_reason(const struct run *run, nuo_reason_kind kind, const char *name) {
  const nuo_finding *f = finding(run);
  assert_int_equal(f->reason_count, 1);
  assert_int_equal(f->reasons[0].kind, kind);
  assert_int_equal(f->reasons[0].name.len, strlen(name));
  assert_memory_equal(f->reasons[0].name.text, name, strlen(name));
}

static void test_fact(void **unused) {
  struct run run =
      start(HEAD CONSENTED
            "rule a on push require consented(user, kind) action block\n"
            "rule b on push where other is present forbid when consented(other, kind) action note\n");
  (void)unused;
  expect(&run, "push", "01T10:00:00", "", "block !a");
  expect_evidence(&run, "consented=false user=\"u\" kind=\"ad\"");
  expect(&run, "grant", "01T11:00:00", "", "allow");
  expect(&run, "push", "01T11:00:00", "", "allow");
  expect(&run, "push", "01T11:00:00", "\"kind\":\"news\"", "block !a");
  expect(&run, "push", "01T11:00:00", "\"user\":\"v\"", "block !a");
  expect(&run, "push", "01T12:00:00", "\"other\":\"u\"", "note !b");
  expect_evidence(&run, "other=\"u\" consented=true kind=\"ad\"");
  // At one instant an end prevails, also over a start that is told later.
  expect(&run, "revoke", "02T00:00:00", "", "allow");
  expect(&run, "grant", "02T00:00:00", "", "allow");
  expect(&run, "push", "02T00:00:00", "", "block !a");
  stop(&run);
}

static void test_unknown_key(void **unused) {
  struct run run = start(HEAD CONSENTED
                         "rule a on push forbid when consented(other, kind) action block\n"
                         "rule b on push require consented(other, kind) is missing action note\n");
  (void)unused;
  expect(&run, "push", "01T10:00:00", "", "hold !b ?a");
  run.decision = &(nuo_decision){.undetermined = run.decision->undetermined};
  expect_reason(&run, NUO_REASON_MISSING, "other");
  expect_evidence(&run, "consented=null other=null kind=\"ad\"");
  stop(&run);
}

static void test_value_and_since(void **unused) {
  struct run run =
      start(HEAD QUOTA
            "rule a on push forbid when n > quota(user) action block\n"
            "rule b on push where quota(user) is present\n"
            " forbid when time - since quota(user) < 1 hours action note\n"
            "rule c on push forbid when since quota(user) before 2025-07-01T10:00:00+08:00 action "
            "note because \"{quota(user)} since {since quota(user)}\"\n");
  (void)unused;
  expect(&run, "push", "01T08:00:00", "\"n\":5", "hold ?a ?c");
  expect_reason(&run, NUO_REASON_NO_FACT, "quota");
  expect_evidence(&run, "n=5 quota=null user=\"u\"");
  // A value that nobody knows starts nothing.
  expect(&run, "grant", "01T09:00:00", "", "allow");
  expect(&run, "push", "01T09:00:00", "\"n\":5", "hold ?a ?c");
  expect(&run, "grant", "01T09:30:00", "\"n\":5", "allow");
  expect(&run, "push", "01T10:00:00", "\"n\":5", "note !b !c");
  expect_evidence(
      &run, "quota=5 user=\"u\" time=\"2025-07-01T10:00:00+08:00\" quota=\"2025-07-01T09:30:00+08:00\"");
  expect(&run, "push", "01T10:30:00", "\"n\":6", "block !a !c");
  expect_evidence(&run, "n=6 quota=5 user=\"u\"");
  stop(&run);
}

// A fact that is given a sensitive text is masked; its key is not what is told.
static void test_sensitive(void **unused) {
  struct run run =
      start(HEAD
            "fact word_of as 暗语 (user: text): text\n"
            " starts on grant where word is present for (user) with word\n"
            "rule a on push require body is word_of(user) action block because \"{word_of(user)}\"\n");
  (void)unused;
  expect(&run, "grant", "01T09:00:00", "\"word\":\"open\"", "allow");
  expect(&run, "push", "01T10:00:00", "\"body\":\"open\"", "allow");
  expect(&run, "push", "01T10:00:00", "\"body\":\"shut\"", "block !a");
  expect_evidence(&run, "body=\"shut\" word_of=\"***\" user=\"u\"");
  assert_int_equal(finding(&run)->message.len, 3);
  stop(&run);
}

static void test_limit_counts(void **unused) {
  struct run run = start(HEAD
                         "rule a on push where kind is not service and body is missing\n"
                         " limit least(n, 2) per user this day action block\n");
  (void)unused;
  expect(&run, "push", "01T10:00:00", "", "allow");
  // What is out of scope is not counted, nor what was stopped.
  expect(&run, "push", "01T10:30:00", "\"body\":\"x\"", "allow");
  expect(&run, "push", "01T10:40:00", "\"kind\":\"service\"", "allow");
  expect(&run, "push", "01T11:00:00", "\"n\":1", "block !a");
  expect_evidence(&run,
                  "push where … per user this day={\"count\":1,\"times\":[\"2025-07-01T10:00:00+08:00\"]} "
                  "user=\"u\" kind=\"ad\" body=null n=1");
  expect(&run, "push", "01T12:00:00", "\"n\":2", "allow");
  expect(&run, "push", "01T23:59:59.999", "", "block !a");
  expect(&run, "push", "02T00:00:00", "\"n\":1", "allow");
  expect(&run, "push", "02T00:00:00", "\"n\":0,\"user\":\"v\"", "block !a");
  stop(&run);
}

static void test_windows(void **unused) {
  struct run run = start(HEAD
                         "rule h on push where kind is ad limit 1 per user in last 2 hours action note\n"
                         "rule d on push where kind is ad limit 2 per user in last 1 days action note\n"
                         "rule w on push where kind is ad limit 3 per user this week action note\n"
                         "rule m on push where kind is ad limit 4 per user this month action note\n");
  (void)unused;
  // 2025-07-07 is a Monday.
  expect(&run, "push", "06T22:00:00", "", "allow");
  expect(&run, "push", "06T23:59:59.999", "", "note !h");
  expect(&run, "push", "07T00:00:00", "", "note !h !d");
  expect(&run, "push", "07T02:00:00", "", "note !d");
  expect(&run, "push", "08T02:00:00", "", "note !m");
  expect(&run, "push", "08T02:00:00", "", "note !h !w !m");
  stop(&run);
}

static void test_attempts_and_elapsed(void **unused) {
  struct run run =
      start(HEAD
            "rule a on push forbid when count of push attempts per user in last 1 hours >= 2 action block\n"
            "rule b on push forbid when count of push per user in last 1 hours >= 1 action block\n"
            "rule c on push forbid when (elapsed since last grant where kind is news per user) < 1 hours "
            "action note\n");
  (void)unused;
  expect(&run, "push", "01T10:00:00", "", "hold ?c");
  expect_reason(&run, NUO_REASON_NO_EVENT, "grant where … per user");
  expect_evidence(&run, "grant where … per user=null user=\"u\"");
  expect(&run, "grant", "01T10:00:00", "", "allow");
  expect(&run, "push", "01T10:10:00", "", "hold ?c");
  expect(&run, "grant", "01T10:15:00", "\"kind\":\"news\"", "allow");
  expect(&run, "push", "01T11:00:01", "", "note !c");
  expect_evidence(&run, "grant where … per user=\"2025-07-01T10:15:00+08:00\" user=\"u\"");
  expect(&run, "push", "01T11:05:00", "", "block !a !b !c");
  stop(&run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_without_memory),
      cmocka_unit_test(test_blocks),
      cmocka_unit_test(test_effects_read_first),
      cmocka_unit_test(test_key_arguments),
      cmocka_unit_test(test_identities),
      cmocka_unit_test(test_one_program),
      cmocka_unit_test(test_shared_counter),
      cmocka_unit_test(test_fact),
      cmocka_unit_test(test_unknown_key),
      cmocka_unit_test(test_value_and_since),
      cmocka_unit_test(test_sensitive),
      cmocka_unit_test(test_limit_counts),
      cmocka_unit_test(test_windows),
      cmocka_unit_test(test_attempts_and_elapsed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
