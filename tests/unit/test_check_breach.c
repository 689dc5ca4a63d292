// SPDX-License-Identifier: Apache-2.0
// What a breach is compared with: every form of a name becomes the one that a breach tells, wherever it
// stands, and what is no name of anything is said.
#include <string.h>

#include "compiler/model.h"
#include "tests/unit/check_harness.h"

static const char *const module =
    "severities minor as 轻微 < serious as 严重\n"
    "event seen \"seen.ad\" as 看见 observed { id as 编号: text }\n"
    "rule quiet as 免打扰 on push forbid when urgent severity minor action block\n"
    "rule polite as 礼貌 on complaint forbid when level > 3 severity minor\n"
    "duty answer as 答复 on complaint as c must seen where id is c.id within 1 hours severity minor\n"
    "exception urgent_ad as 紧急例外 to quiet when urgent\n"
    "parameter one as 一个 = \"免打扰\"\n"
    "parameter both as 两个 = {\"免打扰\", \"polite\"}\n"
    "parameter many as 几个: list of text = {\"礼貌\"}\n"
    "lexicon listed as 所列 = {\"免打扰\"}\n"
    "table weight as 分量 (name: text) -> number first\n| \"免打扰\" | 1 |\n| any | 0 |\n"
    "table which as 哪个 (n: number) -> text\n| < 3 | \"免打扰\" |\n| >= 3 | \"quiet\" |\n"
    "define is_it(name: text) = rule is name\n"
    "fact broken as 违反过 (name: text) starts on breach for (rule)\n"
    "fact latest as 最近 (user: text): text starts on breach where user.id is present for (user.id) with "
    "rule\n";

static void check_breach(struct fixture *f, const char *source) {
  check_with(f, POLICY, source, module, NULL);
}

#define BREACH(scope) \
  "rule r on breach where severity is minor and " scope " forbid when true severity serious"

// ---- what becomes of a text ----
static const struct {
  const char *scope, *want;
} forms[] = {
    {"rule is \"quiet\"", "quiet"},
    {"rule is \"免打扰\"", "quiet"},
    {"规则 为 “免打扰”", "quiet"},
    {"\"免打扰\" is not rule", "quiet"},
    {"rule is \"答复\"", "answer"},
    {"rule in {\"免打扰\"}", "quiet"},
    {"rule not in {\"免打扰\"}", "quiet"},
    {"event is \"push\"", "push.requested"},
    {"event is \"推送\"", "push.requested"},
    {"event is \"push.requested\"", "push.requested"},
    {"event in {\"答复\"}", "answer"},
    {"event is not \"投诉\"", "complaint"},
    {"rule is one", "quiet"},
    {"rule in both", "quiet"},
    {"many contains rule", "polite"},
    {"rule in listed", "quiet"},
    {"rule is which(score)", "quiet"},
    {"is_it(\"免打扰\")", "quiet"},
    {"(rule in {\"礼貌\"})", "polite"},
};

// The first text that the other operand of a comparison stands for.
static struct str text_of(const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_TEXT) return e->text;
  if (e->kind == EXPR_SET) return text_of(e->items.at[0]);
  if (e->ref == REF_PARAMETER) return text_of(((const struct parameter *)e->target)->values.at[0].value);
  if (e->ref == REF_LEXICON) return ((const struct lexicon *)e->target)->entries.at[0];
  if (e->ref == REF_TABLE) return text_of(((const struct table *)e->target)->rows.at[0].result);
  return (struct str){0};
}

static struct rule *rule_named(const struct fixture *f, const char *name) {
  for (uint32_t i = 0; i < f->program->rules.count; i++)
    if (nuo__str_is(f->program->rules.at[i]->names.en, name)) return f->program->rules.at[i];
  fail_msg("no rule %s", name);
  return NULL;
}

static void every_form_becomes_what_a_breach_tells(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    char source[512];
    struct fixture f;
    snprintf(source, sizeof source, BREACH("%s"), forms[i].scope);
    check_breach(&f, source);
    if (f.diags.items.count > 0) check_print(&f);
    assert_int_equal(f.diags.items.count, 0);
    const struct expr *compared = nuo__expr_peel(rule_named(&f, "r")->scope->right);
    struct str text = text_of(compared->right);
    if (text.at == NULL) text = text_of(compared->left);
    if (!nuo__str_is(text, forms[i].want)) fail_msg("%s: %.*s", forms[i].scope, (int)text.len, text.at);
    check_done(&f);
  }
}

static void keys_of_facts_and_tables_are_names(void **state) {
  (void)state;
  struct fixture f;
  check_breach(&f, RULE("broken(\"免打扰\")") " severity minor\nrule s on breach where severity is minor\n"
                   "  forbid when weight(rule) is 1 severity serious\n"
                   "rule t on push forbid when latest(user.id) is \"礼貌\" action block severity minor\n"
                   "rule u on push forbid when weight(\"免打扰\") is 1 action block severity minor");
  assert_int_equal(f.diags.items.count, 0);
  assert_true(nuo__str_is(text_of(rule_named(&f, "r")->condition->items.at[0]), "quiet"));
  const struct table *table = rule_named(&f, "s")->condition->left->target;
  assert_true(nuo__str_is(text_of(table->rows.at[0].cells[0].value), "quiet"));
  assert_true(nuo__str_is(text_of(rule_named(&f, "t")->condition->right), "polite"));
  // What is compared with another text is that text.
  const struct table *other = rule_named(&f, "u")->condition->left->target;
  assert_true(nuo__str_is(text_of(other->rows.at[0].cells[0].value), "免打扰"));
  check_done(&f);
}

// A duty that a breach begins knows it by the same names.
static void what_a_breach_begins_tells_its_names(void **state) {
  (void)state;
  struct fixture f;
  check_breach(&f,
               "duty d on breach as b where severity is minor and rule is \"免打扰\"\n"
               "  must seen where id is b.id within 1 hours\n"
               "  then breach where rule is \"礼貌\" and id is b.id within 2 hours\n"
               "  severity serious raise seen { id: \"x\" }");
  if (f.diags.items.count > 0) check_print(&f);
  assert_int_equal(f.diags.items.count, 0);
  const struct duty *duty = f.program->duties.at[f.program->duties.count - 1];
  assert_true(nuo__str_is(text_of(duty->where->right->right), "quiet"));
  assert_true(nuo__str_is(text_of(duty->steps.at[1].match.where->right), "polite"));
  check_done(&f);
}

// ---- what is no name ----
static const struct mistake mistakes[] = {
    {"N0568", 1, BREACH("rule is \"qiuet\""), NULL, NULL},
    {"N0568", 1, BREACH("rule is \"紧急例外\""), NULL, NULL},
    {"N0568", 1, BREACH("rule is \"\""), NULL, NULL},
    {"N0568", 1, BREACH("rule is \"Quiet\""), NULL, NULL},
    {"N0568", 1, BREACH("rule is \"push\""), NULL, NULL},
    {"N0568", 1, BREACH("rule not in {\"quiet\", \"礼\"}"), NULL, NULL},
    {"N0568", 1, BREACH("event is \"quiet\""), NULL, NULL},
    {"N0568", 1, BREACH("clause is \"2.3\""), NULL, NULL},
    {"N0568", 1, BREACH("clause is \"\""), NULL, NULL},
    {"N0568", 1, BREACH("(clause default \"none\") in {\"none\", \"non\"}"), NULL, NULL},
    {"N0568", 1, BREACH("is_it(\"qiuet\")"), NULL, NULL},
    {"N0568", 1, "parameter p = \"qiuet\"\n" BREACH("rule is p"), NULL, NULL},
    {"N0568", 1, "parameter p = \"quiet\", \"qiuet\" from 2026-01-01\n" BREACH("rule is p"), NULL, NULL},
    {"N0568", 2, "lexicon l = {\"quiet\", \"qiuet\"}\n" BREACH("rule in l"), NULL, NULL},
    {"N0568", 2, RULE("broken(\"qiuet\")"), NULL, NULL},
    {"N0568", 2, RULE("latest(user.id) is \"qiuet\""), NULL, NULL},
    {"N0568", 2, RULE("count of breach where rule is \"qiuet\" per user.id this day > 3"), NULL, NULL},
    {"N0568", 1, "fact f (x: text) starts on breach where rule is \"qiuet\" for (id)", NULL, NULL},
    {"N0568", 1, "duty d on complaint must breach where event is \"psh\" within 1 hours severity minor", NULL,
     NULL},
    {"N0568", 1,
     "fact g (x: text) starts on push where f(\"qiuet\") for (id)\nfact f (x: text) starts on breach for "
     "(rule)",
     NULL, NULL},
    {"N0569", 1, BREACH("event is \"seen\""), NULL, NULL},
    {"N0569", 1, BREACH("event is \"seen.ad\""), NULL, NULL},
    {"N0569", 1, BREACH("event is \"看见\""), NULL, NULL},
    // Not names of anything that a breach tells, or of nobody knows what.
    {"", 0, BREACH("(clause default \"none\") is \"none\""), NULL, NULL},
    {"", 0, BREACH("title is \"qiuet\""), NULL, NULL},
    {"", 0, BREACH("rule is title"), NULL, NULL},
    {"", 0, BREACH("rule starts with \"qui\""), NULL, NULL},
    {"", 0, BREACH("event is not \"breach\""), NULL, NULL},
    {"", 0, "fact f (x: text) starts on breach for (rule) starts on push for (id)\n" RULE("f(\"x\")"), NULL,
     NULL},
};

static bool says(const struct fixture *f, const struct mistake *m) {
  return m->code[0] == 0 ? f->diags.items.count == 0 : check_says_only(f, m->code, m->line);
}

static void all_are_said(const struct mistake *list, size_t count) {
  uint32_t failed = 0;
  for (size_t i = 0; i < count; i++) {
    struct fixture f;
    check_breach(&f, list[i].source);
    if (!says(&f, &list[i])) {
      print_message("%s wanted from:\n%s\n", list[i].code, list[i].source);
      check_print(&f);
      failed++;
    }
    check_done(&f);
  }
  assert_int_equal(failed, 0);
}

static void a_name_of_nothing_is_said(void **state) {
  (void)state;
  all_are_said(mistakes, sizeof mistakes / sizeof *mistakes);
}

// ---- severities that nobody gave ----
#define UNGRADED "rule q on push forbid when urgent action block\n"
static const struct mistake severities[] = {
    {"N0572", 2, UNGRADED "rule r on breach where severity is minor forbid when true severity serious", NULL,
     NULL},
    {"N0572", 2,
     UNGRADED "rule r on breach where event is \"推送\" forbid when severity in {minor} severity serious",
     NULL, NULL},
    {"N0572", 2,
     UNGRADED
     "rule r on breach where user.id is present and serious is severity forbid when true severity minor",
     NULL, NULL},
    {"N0572", 2, UNGRADED "fact f (x: text) starts on breach where severity is minor for (id)", NULL, NULL},
    {"N0572", 2,
     UNGRADED "duty d on breach as b where severity is minor must seen where id is b.id within 1 hours "
              "severity serious",
     NULL, NULL},
    {"N0572", 2,
     UNGRADED "duty d on complaint as b must breach where severity is minor and id is b.id within 1 hours "
              "severity serious",
     NULL, NULL},
    {"N0572", 2,
     UNGRADED "rule r on push forbid when count of breach where severity is minor per user.id this day > 3 "
              "action block severity minor",
     NULL, NULL},
    {"N0572", 1, "rule r on breach where severity is minor forbid when true", NULL, NULL},
    {"", 0,
     UNGRADED
     "rule r on breach where severity is present and severity is minor forbid when true severity serious",
     NULL, NULL},
    {"", 0,
     UNGRADED "rule r on breach where (severity default minor) is minor and rule is \"q\" forbid when true "
              "severity serious",
     NULL, NULL},
    {"", 0,
     UNGRADED
     "rule r on breach where severity is minor and event is \"投诉\" forbid when true severity serious",
     NULL, NULL},
    {"", 0,
     UNGRADED
     "rule r on breach where severity is minor and level is present forbid when true severity serious",
     NULL, NULL},
    {"", 0,
     UNGRADED
     "rule r on breach where rule not in {\"q\", \"r\"} forbid when severity is minor severity serious",
     NULL, NULL},
    {"", 0, UNGRADED "rule r on breach where rule is \"q\" forbid when true severity serious", NULL, NULL},
};

static void a_severity_that_is_missing_is_said(void **state) {
  (void)state;
  all_are_said(severities, sizeof severities / sizeof *severities);
}

static void clauses_go_by_their_numbers(void **state) {
  (void)state;
  struct fixture f;
  check_begin(&f);
  check_document(
      &f, nuo__arena_format(
              f.arena,
              "# 1 A\n```nuo\n" POLICY "\nseverities minor < serious\n```\n"
              "## 1.1 B\n```nuo\n"
              "rule q on push forbid when urgent severity minor action block\n```\n"
              "## 1.2 C\n```nuo\n"
              "rule r on breach where severity is minor and clause in {\"1.1\", \"1.2\", \"1\", \"1.3\"}\n"
              "  forbid when true severity serious\n```\n"));
  assert_int_equal(f.diags.items.count, 2);
  assert_string_equal(nuo__diag_info(f.diags.items.at[0].code)->code, "N0571");
  assert_string_equal(nuo__diag_info(f.diags.items.at[1].code)->code, "N0568");
  assert_true(nuo__str_is(f.diags.items.at[1].suggestion, "1.1"));
  check_done(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_form_becomes_what_a_breach_tells),
      cmocka_unit_test(keys_of_facts_and_tables_are_names),
      cmocka_unit_test(what_a_breach_begins_tells_its_names),
      cmocka_unit_test(a_name_of_nothing_is_said),
      cmocka_unit_test(a_severity_that_is_missing_is_said),
      cmocka_unit_test(clauses_go_by_their_numbers),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
