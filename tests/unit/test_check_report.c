// SPDX-License-Identifier: Apache-2.0
// What `check` says: every diagnostic once, at its line and alone (a mistake must not drag others along).
#include <string.h>

#include "compiler/emit.h"
#include "compiler/model.h"
#include "tests/unit/check_harness.h"

// ---- every diagnostic ----
#define LISTS "event e observed { id: text n?: list of number d?: list of decimal }\n"

static const struct mistake mistakes[] = {
    {"N0301", 2, "parameter a as 甲 = 1\nparameter b as 甲 = 2", NULL, NULL},
    {"N0302", 1, "parameter clock = 1", NULL, NULL},
    {"N0302", 1, "type number = one of {a}", NULL, NULL},
    {"N0303", 2, RULE("colour is 1"), NULL, NULL},
    {"N0304", 2, RULE("user.agee > 1"), NULL, NULL},
    {"N0305", 2, RULE("user is \"u\""), NULL, NULL},
    {"N0306", 2, "table t (channel) -> number\nrule r on push forbid when t > 1 action block", NULL, NULL},
    {"N0306", 2, RULE("complaint is 1"), NULL, NULL},
    {"N0307", 2, RULE("channel is smss"), NULL, NULL},
    {"N0307", 2, RULE("channel in {sms, fax}"), NULL, NULL},
    {"N0308", 3, "type x = one of {u, v}\ntype y = one of {v, w}\nparameter q = v", NULL, NULL},
    {"N0309", 1, "parameter q: numbr = 1", NULL, NULL},
    {"N0310", 1, "rule r on pushh forbid when true action block", NULL, NULL},
    {"N0311", 1, "exception e to nobody when true", NULL, NULL},
    {"N0312", 4, RULE("urgent") "\n  severity minor", NULL, NULL},
    {"N0314", 2, RULE("lenght(title) > 1"), NULL, NULL},
    {"N0315", 2, RULE("title(1) is 1"), NULL, NULL},
    {"N0315", 2, "parameter q = 1\nrule r on push forbid when q(1) is 1 action block", NULL, NULL},
    {"N0316", 1, "type x = one of {a as 甲, b as 甲}", NULL, NULL},
    {"N0317", 2, "event e observed { id: text\n id: number }", NULL, NULL},
    {"N0318", 1, "parameter q = score", NULL, NULL},
    {"N0319", 2, "define a = b or urgent\ndefine b = a", NULL, NULL},
    {"N0320", 6,
     "define a(x: number): number = x+x+x+x+x+x+x+x+x+x\ndefine b(x: number): number = "
     "a(x)+a(x)+a(x)+a(x)+a(x)+a(x)\n"
     "define c(x: number): number = b(x)+b(x)+b(x)+b(x)+b(x)+b(x)\n"
     "define d(x: number): number = c(x)+c(x)+c(x)+c(x)+c(x)+c(x)\n"
     "define g(x: number): number = d(x)+d(x)+d(x)+d(x)+d(x)\n"
     "rule r on push forbid when d(d(d(score))) > 1 action block",
     NULL, NULL},
    {"N0321", 1, "type x = list of x", NULL, NULL},
    {"N0322", 1, "event e { id: text }", NULL, NULL},
    {"N0323", 1, "event e observed { name: text }", NULL, NULL},
    {"N0323", 1,
     "event e observed { name: text time: instant }\nrule r on e forbid when true\n"
     "test \"t\" { given 3 times e { name: \"a\" } when e { name: \"b\" } expect breach of r }",
     NULL, NULL},
    {"N0304", 1,
     "event e observed time then { id: text }\nrule r on e forbid when true\n"
     "test \"t\" { when e {} expect breach of r }",
     NULL, NULL},
    {"N0324", 1, "event e observed identity who { who?: text }", NULL, NULL},
    {"N0325", 1, "event e observed time then { id: text then: date }", NULL, NULL},
    {"N0326", 1, "event e observed zone tz default policy { id: text tz: text }", NULL, NULL},
    {"N0327", 1, "event e \"push.requested\" observed { id: text }", NULL, NULL},
    {"N0328", 2, "event e observed { id: text\n x: list of list of text }", NULL, NULL},
    {"N0329", 1,
     "event e observed { id: text a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a { a: "
     "text\n"
     "} } } } } } } } } } } } } } } } } }",
     NULL, NULL},
    {"N0330", 1, "event e observed subject x { id: text x: list of text }", NULL, NULL},

    {"N0401", 2, RULE("title starts with score"), NULL, NULL},
    {"N0401", 1, "parameter q: text = 3", NULL, NULL},
    {"N0402", 2, RULE("title is score"), NULL, NULL},
    {"N0401", 2, RULE("score in {\"a\"}"), NULL, NULL},
    {"N0413", 2, RULE("channel in {sms, \"app\"}"), NULL, NULL},
    {"N0303", 2, RULE("chanel in {hold, gone}"), NULL, NULL},
    {"N0331", 2, "parameter score = 1\nrule r on push forbid when score > 2 action block", NULL, NULL},
    {"N0403", 2, RULE("time > 2025-01-01"), NULL, NULL},
    {"N0403", 2, RULE("years_since(created) > 18"), NULL, NULL},
    {"N0404", 2, RULE("time - created > 3 days"), NULL, NULL},
    {"N0404", 2, RULE("ttl + 1 month > 1 hour"), NULL, NULL},
    {"N0405", 2, RULE("channel is {sms, app}"), NULL, NULL},
    {"N0406", 2, RULE("channel in sms"), NULL, NULL},
    {"N0407", 2, RULE("labels is \"a\""), NULL, NULL},
    {"N0407", 2, RULE("labels in {\"a\"}"), NULL, NULL},
    {"N0408", 2, RULE("channel < sms"), NULL, NULL},
    {"N0408", 2, RULE("title >= \"a\""), NULL, NULL},
    {"N0409", 2, RULE("created * 2 > time"), NULL, NULL},
    {"N0410", 2, RULE("created + 3 > time"), NULL, NULL},
    {"N0410", 2, RULE("ttl > 24"), NULL, NULL},
    {"N0411", 2, RULE("title + body is \"ab\""), NULL, NULL},
    {"N0412", 2, RULE("score"), NULL, NULL},
    {"N0413", 2, RULE("channel is \"sms\""), NULL, NULL},
    {"N0414", 2, RULE("score contains 1"), NULL, NULL},
    {"N0415", 2, RULE("title contains any of \"a\""), NULL, NULL},
    {"N0416", 2, RULE("labels contains any of {\"a\"}"), NULL, NULL},
    {"N0417", 2, RULE("title any in {\"a\"}"), NULL, NULL},
    {"N0418", 2, RULE("labels any in \"a\""), NULL, NULL},
    {"N0421", 2, RULE("channel is sms or email"), NULL, NULL},
    {"N0422", 2, RULE("score in 5..5"), NULL, NULL},
    {"N0422", 2, RULE("score in -5..-7"), NULL, NULL},
    {"N0463", 2, RULE("clock(time) in 08:00..08:00"), NULL, NULL},
    {"N0463", 2, RULE("clock(time) in 24:00..00:00"), NULL, NULL},
    {"N0463", 3, "parameter q = 07:00, 08:00 from 2025-01-01\n" RULE("clock(time) in q..08:00"), NULL, NULL},
    {"N0422", 3, "parameter q = 6 from 2025-01-01, 5 from 2026-01-01\n" RULE("score in 5..q"), NULL, NULL},
    {"N0423", 2, RULE("score in \"a\"..\"b\""), NULL, NULL},
    {"N0424", 2, RULE("score in {1, {2}}"), NULL, NULL},
    {"N0425", 1, "parameter q = {}", NULL, NULL},
    {"N0426", 2, RULE("user.id in {id, \"a\"}"), NULL, NULL},
    {"N0427", 2, RULE("channel is missing"), NULL, NULL},
    {"N0428", 2, RULE("channel default sms is sms"), NULL, NULL},
    {"N0429", 2, RULE("length(title, 1) > 1"), NULL, NULL},
    {"N0429", 2, "define f(x: number) = x > 1\nrule r on push forbid when f() action block", NULL, NULL},
    {"N0432", 1, "rule r on push forbid when urgent action block because \"{labels}\"", NULL, NULL},
    {"N0435", 2, RULE("ttl > 99999999999 hours"), NULL, NULL},
    {"N0436", 2, RULE("3 days > 1 month"), NULL, NULL},
    {"N0437", 2, RULE("title contains {\"a\"}"), NULL, NULL},
    {"N0438", 2, RULE("user.tz is \"Asia/Shangai\""), NULL, NULL},
    {"N0440", 2, RULE("sum of score over push per user.id in last 24 hours > 3"), NULL, NULL},
    {"N0442", 2, RULE("user.birth + 3 hours is 2025-01-01"), NULL, NULL},
    {"N0443", 2, RULE("-title is \"a\""), NULL, NULL},
    {"N0444", 1, "parameter q: decimal = 9223372036855", NULL, NULL},
    {"N0445", 2, RULE("title matches /(a)\\1/"), NULL, NULL},

    {"N0446", 2, RULE("time in 22:00..08:00"), NULL, NULL},
    {"N0447", 2, RULE("title contains any of labels"), NULL, NULL},
    {"N0447", 2, RULE("title contains any of (labels default {\"a\"})"), NULL, NULL},
    {"N0447", 1,
     "define f(l: list of text) = title contains any of l\n"
     "rule r on push forbid when f({\"a\"}) or f(labels) action block",
     NULL, NULL},
    {"N0448", 2, LISTS "rule r on e forbid when n any in d action note", NULL, NULL},
    {"N0448", 2, LISTS "rule r on e forbid when {1} is subset of n or d none in (n default {1}) action note",
     NULL, NULL},
    {"N0448", 2, LISTS "rule r on e forbid when (n default {1.5}) contains 1 action note", NULL, NULL},
    {"N0448", 2, LISTS "rule r on e forbid when size(d default n) > 1 action note", NULL, NULL},

    {"N0461", 2, RULE("title or title contains \"a\""), NULL, NULL},

    {"N0106", 2, RULE("score > \"abc"), NULL, NULL},
    {"N0106", 1, "parameter q: number = \"1", NULL, NULL},
    {"N0106", 1, "lexicon l from \"none.txt", NULL, NULL},
    {"N0106", 2, "lexicon l = {\"a\",\n\"}\n}", NULL, NULL},
    {"N0106", 2, "rule r on push forbid when urgent action block\nbecause \"{none", NULL, NULL},
    {"N0403", 2, RULE("time in 2025-01-01..2025-02-01"), NULL, NULL},

    {"N0508", 1, "rule r forbid when true action block", NULL, NULL},
    {"N0509", 2, "rule r on push\n on complaint forbid when true action block", NULL, NULL},
    {"N0510", 1, "rule r on push action block", NULL, NULL},
    {"N0511", 1, "rule r on push forbid when urgent\n require urgent action block", NULL, NULL},
    {"N0512", 1, "rule r on push forbid when urgent", NULL, NULL},
    {"N0513", 1, "rule r on complaint forbid when score > 1 action block", NULL, NULL},
    {"N0514", 1, "rule r on push forbid when urgent action strip channel", NULL, NULL},
    {"N0515", 1, "rule r on push forbid when urgent action defer until 3", NULL, NULL},
    {"N0516", 1, "rule r on push forbid when urgent action defer until 08:00 for at most 3", NULL, NULL},
    {"N0517", 1, "rule r on push forbid when urgent action block effective from 2025-02-01 until 2025-01-01",
     NULL, NULL},
    {"N0518", 1, "exception a to b when true\nexception b to a when true", NULL, NULL},
    {"N0560", 2, "rule r on push forbid when urgent action block\n raise complaint {id: id}", NULL, NULL},
    {"N0563", 1, "rule r on breach forbid when true action note", NULL, NULL},
    {"N0524", 2, "severities a < b\nseverities c < d", NULL, NULL},
    {"N0525", 2, "parameter q = 1\nrule r on push forbid when urgent action strip q", NULL, NULL},
    {"N0526", 1, "clause organisational \"why\"", NULL, NULL},
    {"N0537", 1, "duty d must push within 24 hours", NULL, NULL},
    {"N0529", 3,
     "rule r on push forbid when urgent action block\nexception e to r when title is present\n"
     "test \"t\" { at 2025-07-01T00:00Z expect breach of e }",
     NULL, NULL},
    {"N0310", 1, "sample \"t\" { when pushh { id: \"a\" } }", NULL, NULL},
    {"N0304", 1, "sample \"t\" { when push { idd: \"a\" } }", NULL, NULL},
    {"N0307", 1, "sample \"t\" { when push { channel: fax } }", NULL, NULL},
    {"N0311", 1, "test \"t\" { at 2025-07-01T00:00Z expect breach of nobody }", NULL, NULL},

    {"N0701", 1, "parameter q = 1 + 2", NULL, NULL},
    {"N0702", 1, "parameter q = unset", NULL, NULL},
    {"N0703", 1, "parameter q = 3 days from 2025-01-01", NULL, NULL},
    {"N0704", 1, "parameter q = 3 from 2025-07-01, 4 from 2025-07-01", NULL, NULL},
    {"N0705", 1, "parameter q = 3, 4", NULL, NULL},
    {"N0706", 0, "parameter quota = 3", "qouta=4", NULL},
    {"N0707", 1, "parameter q = 3", "q=many", NULL},
    {"N0709", 0, "parameter q = 3", "q", NULL},
    {"N0708", 1, "lexicon l from \"none.txt\"", NULL, NULL},
    {"N0710", 1, "lexicon l from \"gbk.txt\"", NULL, NULL},
    {"N0711", 1, "lexicon l from \"twice.txt\"", NULL, NULL},
    {"N0712", 1, "lexicon l = {\"a\", \" \"}", NULL, NULL},
    {"N0720", 1, "lexicon l from \"empty.txt\"", NULL, NULL},
    {"N0713", 1, "extern function f (zone): number from \"l\" symbol \"s\"", NULL, NULL},
    {"N0714", 1, "extern function f (text): text from \"l\" symbol \"s\"", NULL, NULL},
    {"N0715", 1, "extern function f (text): flag from \"\" symbol \"s\"", NULL, NULL},
    {"N0716", 1, "calendar x covers 2025-01-01..2025-01-01 { }", NULL, NULL},
    {"N0717", 1, "calendar x covers 2025-01-01..2026-01-01 { rest 2026-01-01 }", NULL, NULL},
    {"N0718", 1, "calendar x covers 2025-01-01..2026-01-01 { rest 2025-01-01 work 2025-01-01 }", NULL, NULL},
    {"N0719", 1, "calendar x covers 2025-01-01..2026-01-01 { rest 2025-01-03..2025-01-02 }", NULL, NULL},
};

static void each_mistake_is_reported_once(void **state) {
  (void)state;
  uint32_t failed = 0;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    const struct mistake *m = &mistakes[i];
    struct fixture f;
    // The table of N0306 has no rows, which is a mistake of its own.
    const bool two = strstr(m->source, "table t") != NULL && strcmp(m->code, "N0306") == 0;
    const uint32_t line = m->line;
    check_with(&f, POLICY, m->source, m->module, m->setting);
    if (!two && !check_says_only(&f, m->code, line)) {
      print_message("%s at line %u wanted from:\n%s\n", m->code, line, m->source);
      check_print(&f);
      failed++;
    }
    check_done(&f);
  }
  assert_int_equal(failed, 0);
}

// ---- policies ----
#define BARE_POLICY "policy p version \"1\" zone \"UTC\" undetermined hold\n"

static const struct mistake policies[] = {
    {"N0501", 1, "parameter q = 1", NULL, NULL},
    {"N0502", 2, POLICY "\npolicy z version \"1\" zone \"UTC\" undetermined note", NULL, NULL},
    {"N0504", 1, "policy p version \"1\" undetermined hold", NULL, NULL},
    {"N0505", 1, "policy p zone \"UTC\" undetermined hold", NULL, NULL},
    {"N0506", 1, "policy p version \"1\" zone \"UTC\"", NULL, NULL},
    {"N0438", 1, "policy p version \"1\" zone \"Mars/Base\" undetermined hold", NULL, NULL},
    {"N0313", 1, "policy p version \"1\" zone \"UTC\" calendar us undetermined hold", NULL, NULL},
    {"N0523", 1, "policy p version \"1\" zone \"UTC\" undetermined strip title", NULL, NULL},
    {"N0441", 2, BARE_POLICY "rule r on push forbid when is_workday(time) action block", NULL, NULL},
    {"N0441", 2, BARE_POLICY "rule r on push forbid when time > created + 2 workdays action block", NULL,
     NULL},
    {"N0441", 2, BARE_POLICY "rule r on push forbid when user.birth - 1 workday is user.birth action block",
     NULL, NULL},
    {"N0441", 3,
     BARE_POLICY "rule r on push forbid when urgent\n"
                 "action defer until 08:00 for at most 3 workdays",
     NULL, NULL},
    {"N0106", 1, "policy p version \"1\" undetermined hold zone \"Mars", NULL, NULL},
};

static void policies_are_complete(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
    struct fixture f;
    check_with(&f, "", policies[i].source, NULL, NULL);
    if (!check_says_only(&f, policies[i].code, policies[i].line)) {
      check_print(&f);
      fail_msg("%s wanted from: %s", policies[i].code, policies[i].source);
    }
    check_done(&f);
  }
}

// The zone's file can go between check and emit.
static void a_zone_that_has_gone_is_said(void **state) {
  (void)state;
  const uint8_t digest[32] = {0};
  struct str image = {0};
  struct fixture f;
  check(&f, RULE("urgent"));
  assert_int_equal(f.diags.items.count, 0);
  f.program->zone = STR("Mars/Base");
  assert_false(nuo__emit_image(f.arena, &f.diags, f.program, digest, &image));
  assert_true(check_says_only(&f, "N0805", 0));
  check_done(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_mistake_is_reported_once),
      cmocka_unit_test(policies_are_complete),
      cmocka_unit_test(a_zone_that_has_gone_is_said),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
