// SPDX-License-Identifier: Apache-2.0
// Reasoning about conditions: what can never hold is found, what can is not called impossible, and two rules
// of two programs meet in the same variables.
#include "tests/unit/check_harness.h"

#include "compiler/reason/reason.h"
#include "runtime/when.h"

static const struct rule *rule_named(const struct fixture *f, const char *name) {
  for (uint32_t i = 0; i < f->program->rules.count; i++)
    if (nuo__str_is(f->program->rules.at[i]->names.en, name)) return f->program->rules.at[i];
  fail_msg("no rule %s", name);
  return NULL;
}

static enum answer can_be_violated(const char *rest_of_rule) {
  struct fixture f;
  char source[8192];
  snprintf(source, sizeof source, "rule r on push %s action block", rest_of_rule);
  check(&f, source);
  if (f.diags.errors > 0) check_print(&f);
  assert_int_equal(f.diags.errors, 0);
  struct reasoner r = {.arena = f.arena};
  const enum answer answer = nuo__reason_holds(&r, nuo__formula_violated(&r, rule_named(&f, "r")), NULL);
  check_done(&f);
  return answer;
}

static void never(void **unused) {
  static const char *const rules[] = {
      "forbid when channel is sms and channel is email",
      "where channel is sms forbid when not (channel in {sms, app})",
      "forbid when score < 3 and score >= 3",
      "forbid when score > 2 and score < 3",
      "forbid when price > 2.5 and price <= 2.5",
      "where clock(time) in 22:00..08:00 forbid when clock(time) >= 08:00 and clock(time) < 22:00",
      "forbid when urgent unless urgent",
      "forbid when urgent is missing and urgent",  // missing: the other side is unknown, so at most
                                                   // undetermined
      "where score is present forbid when score default 7 is 7 and score is not 7",
      "forbid when title is \"a\" and title is \"b\"",
      "forbid when labels contains \"a\" and not (labels any in {\"a\", \"b\"})",
      "require kind is missing or kind is present",
      "forbid when user.age < score and score <= user.age",
      "where channel is sms forbid when urgent unless channel not in {app, email}",
      "forbid when title contains \"x\" and not (title contains \"x\")",
      "forbid when created before time and not (time after created)",
  };
  (void)unused;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (can_be_violated(rules[i]) != ANSWER_NEVER) fail_msg("not never: %s", rules[i]);
}

static void possible(void **unused) {
  static const char *const rules[] = {
      "forbid when channel is sms or channel is email",
      "forbid when score <= 3 and score >= 3",
      "where score is present forbid when 250% > 2",
      "forbid when price > 2.5 and price < 2.500002",
      "where clock(time) in 22:00..08:00 forbid when clock(time) < 08:00",
      "require urgent",  // it may be missing, or false
      "forbid when title is not \"a\" and title is not \"b\"",
      "forbid when urgent unless urgent and score is 3",
      "where urgent is missing forbid when score default 7 is 7 and score is missing",
      "forbid when user.age < score and score < 5",
      "forbid when labels contains \"a\" and not (labels contains \"b\")",
  };
  (void)unused;
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
    if (can_be_violated(rules[i]) != ANSWER_FOUND) fail_msg("not possible: %s", rules[i]);
}

// An exception to an exception brings the rule back.
static void exceptions(void **unused) {
  struct fixture f;
  (void)unused;
  check(&f,
        "rule r on push forbid when urgent action block\n"
        "exception always to r when channel in {app, sms, email}\n"
        "exception but_sms to always when channel is sms");
  assert_int_equal(f.diags.errors, 0);
  struct reasoner r = {.arena = f.arena};
  const struct standing *standings;
  assert_int_equal(nuo__reason_holds(&r, nuo__formula_violated(&r, rule_named(&f, "r")), &standings),
                   ANSWER_FOUND);
  uint32_t channels = 0;
  for (uint32_t i = 0; i < r.variables.count; i++) {
    const struct variable *v = &r.variables.at[i];
    if (v->names.count != 3) continue;
    channels++;
    assert_int_equal(standings[i].values.count, 1);
    assert_true(nuo__str_is(v->names.at[standings[i].values.at[0].first], "sms"));
    assert_int_equal(standings[i].values.at[0].first, standings[i].values.at[0].last);
  }
  assert_int_equal(channels, 1);
  check_done(&f);
}

struct two {
  const struct formula *a, *b;
};

static enum truth differ(void *context, const struct standing *standings, const struct formula **open) {
  const struct two *two = context;
  const enum truth a = nuo__formula_truth(two->a, standings, open);
  const enum truth b = nuo__formula_truth(two->b, standings, open);
  return a == TRUTH_OPEN || b == TRUTH_OPEN ? TRUTH_OPEN : a == b ? TRUTH_FALSE : TRUTH_TRUE;
}

// A fact with a value has none while it does not hold; of a fact without one `is present` asks whether it
// holds, which is always known.
static void facts(void **unused) {
  static const char declared[] =
      "event on observed { id: text time: instant }\n"
      "event off observed { id: text time: instant }\n"
      "fact level(who: text): number starts on on for (id) with 3 ends on off for (id)\n"
      "fact open(who: text) starts on on for (id) ends on off for (id)\n"
      "rule r on push forbid when %s action block";
  static const struct {
    const char *condition;
    enum answer answer;
  } cases[] = {{"level(id) is missing", ANSWER_FOUND},
               {"level(id) is present and level(id) is missing", ANSWER_NEVER},
               {"level(id) is missing and level(id) > 2", ANSWER_NEVER},
               {"open(id) is missing", ANSWER_FOUND},
               {"open(id) and open(id) is missing", ANSWER_NEVER},
               {"not open(id) and open(id) is present", ANSWER_NEVER}};
  (void)unused;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fixture f;
    char source[2048];
    snprintf(source, sizeof source, declared, cases[i].condition);
    check(&f, source);
    if (f.diags.errors > 0) check_print(&f);
    assert_int_equal(f.diags.errors, 0);
    struct reasoner r = {.arena = f.arena};
    if (nuo__reason_holds(&r, nuo__formula_violated(&r, rule_named(&f, "r")), NULL) != cases[i].answer)
      fail_msg("wrong: %s", cases[i].condition);
    check_done(&f);
  }
}

// Conditions of two programs, written differently.
static void compared(void **unused) {
  static const struct {
    const char *a, *b;
    enum answer answer;
  } cases[] = {
      {"define d = score >= 3\nrule r on push forbid when d action block",
       "rule r on push forbid when not (score < 3) action block", ANSWER_NEVER},
      {"rule r on push forbid when channel in {sms, email} action block",
       "rule r on push forbid when channel is not app action block", ANSWER_NEVER},
      {"rule r on push forbid when score > 2 action block",
       "rule r on push forbid when score >= 3 action block", ANSWER_NEVER},
      {"rule r on push forbid when score > 2 action block",
       "rule r on push forbid when score >= 2 action block", ANSWER_FOUND},
      {"rule r on push limit 3 per user.id this day action block",
       "rule r on push limit 3 per user.id this day action block", ANSWER_NEVER},
      {"rule r on push limit 3 per user.id this day action block",
       "rule r on push limit 4 per user.id this day action block", ANSWER_FOUND},
      {"parameter night = 22:00..08:00 rule r on push forbid when clock(time) in night action block",
       "rule r on push forbid when clock(time) >= 22:00 or clock(time) < 08:00 action block", ANSWER_NEVER},
      // A count of a day is never greater than that of its week, nor one of fewer events than one of more.
      {"rule r on push forbid when count of push per user.id this day at least 2 action block",
       "rule r on push forbid when count of push per user.id this day at least 2 and count of push per "
       "user.id "
       "this week at least 1 action block",
       ANSWER_NEVER},
      {"rule r on push forbid when count of push per user.id in last 2 hours at least 2 action block",
       "rule r on push forbid when count of push per user.id in last 2 hours at least 2 and count of push "
       "per "
       "user.id in last 3 hours at least 2 action block",
       ANSWER_NEVER},
      {"rule r on push forbid when count of push where urgent per user.id this day at least 2 action block",
       "rule r on push forbid when count of push where urgent per user.id this day at least 2 and "
       "count of push where urgent or score > 3 per user.id this day at least 2 action block",
       ANSWER_NEVER},
      {"rule r on push forbid when count of push per user.id this week at least 2 action block",
       "rule r on push forbid when count of push per user.id this week at least 2 and count of push per "
       "user.id "
       "this month at least 2 action block",
       ANSWER_FOUND},  // a week may lie in two months
      // Tables are cases.
      {"table t (n: number) -> number first\n| < 3 | 1 |\n| any | 2 |\nrule r on push forbid when t(score) "
       "is "
       "1 "
       "action block",
       "rule r on push forbid when score < 3 action block", ANSWER_NEVER},
      {"table t (n: number) -> number first\n| < 3 | 1 |\n| any | 2 |\nrule r on push forbid when t(score) "
       "is "
       "2 "
       "action block",
       "rule r on push forbid when score > 3 action block", ANSWER_FOUND},
      {"table t (n: number) -> number\n| < 3 | 1 |\n| 5..9 | 2 |\nrule r on push where score is present "
       "forbid "
       "when "
       "t(score) default 7 is 7 action block",
       "rule r on push forbid when score is present and (score in 3..5 or score >= 9) action block",
       ANSWER_NEVER},
      // A row that may hold hides those below.
      {"table t (n: number) -> number first\n| < 3 | 1 |\n| any | 2 |\nrule r on push forbid when (t(score) "
       "is "
       "2) default true action block",
       "rule r on push forbid when score is missing or score >= 3 action block", ANSWER_NEVER},
      {"parameter most = 3 rule r on push limit most + 2 per user.id this day action block",
       "rule r on push limit 5 per user.id this day action block", ANSWER_NEVER},
      // Unknown is not false: with a missing score the first is undetermined, the second complied with.
      {"rule r on push forbid when score > 2 action block",
       "rule r on push forbid when score is present and score > 2 action block", ANSWER_FOUND},
  };
  (void)unused;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fixture f, g;
    check(&f, cases[i].a);
    check(&g, cases[i].b);
    if (f.diags.errors + g.diags.errors > 0) check_print(f.diags.errors > 0 ? &f : &g);
    assert_int_equal(f.diags.errors + g.diags.errors, 0);
    struct reasoner r = {.arena = f.arena};
    struct two two = {nuo__formula_violated(&r, rule_named(&f, "r")),
                      nuo__formula_violated(&r, rule_named(&g, "r"))};
    if (nuo__reason_search(&r, differ, &two, NULL) != cases[i].answer) fail_msg("case %zu", i);
    check_done(&g);
    check_done(&f);
  }
}

// On a day parameters have the values of that day, and what is not in force does not count.
static void on_a_day(void **unused) {
  static const struct {
    const char *day, *limit;
    enum answer answer;
  } cases[] = {
      {"2025-06-30", "3", ANSWER_NEVER},     {"2025-06-30", "4", ANSWER_FOUND},
      {"2025-07-01", "5", ANSWER_NEVER},     {"2025-08-01", "blank", ANSWER_FOUND},  // the exception begins
      {"2025-07-01", "blank", ANSWER_FOUND},  // without a value, whatever is compared with it is unknown
      {"2025-07-20", "blank", ANSWER_NEVER}};
  (void)unused;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    struct fixture f, g;
    char other[256];
    int32_t day;
    check(&f,
          "parameter most: number = 3 from 2025-01-01, 5 from 2025-07-01, unset from 2025-07-15\n"
          "rule r on push forbid when score > most action block\n"
          "exception late to r when urgent effective from 2025-08-01");
    snprintf(other, sizeof other,
             "parameter blank: number = unset rule r on push forbid when score > %s action block",
             cases[i].limit);
    check(&g, other);
    assert_int_equal(f.diags.errors + g.diags.errors, 0);
    assert_true(nuo__when_parse_date(cases[i].day, strlen(cases[i].day), &day));
    struct reasoner r = {.arena = f.arena, .day = &day};
    struct two two = {nuo__formula_violated(&r, rule_named(&f, "r")),
                      nuo__formula_violated(&r, rule_named(&g, "r"))};
    if (nuo__reason_search(&r, differ, &two, NULL) != cases[i].answer) fail_msg("case %zu", i);
    check_done(&g);
    check_done(&f);
  }
}

// So many pairs of unrelated conditions that trying all would take for ever.
static void too_much(void **unused) {
  char rule[4096] = "forbid when 0 < 1";
  size_t len = strlen(rule);
  (void)unused;
  for (int i = 0; i < 20; i++)
    len += (size_t)snprintf(rule + len, sizeof rule - len,
                            " and (title contains \"%d\" or body contains \"%d\")", i, i + 1);
  snprintf(rule + len, sizeof rule - len, " and urgent and score > 3 and not urgent");
  const enum answer answer = can_be_violated(rule);
  assert_true(answer == ANSWER_CANNOT_TELL || answer == ANSWER_NEVER);
}

static void sets(void **unused) {
  struct arena *arena = nuo__arena_new(nuo__default_allocator());
  (void)unused;
  const struct set all = nuo__set_of(arena, INT64_MIN, INT64_MAX), none = nuo__set_of(arena, 1, 0);
  const struct set low = nuo__set_of(arena, INT64_MIN, 4), high = nuo__set_of(arena, 5, INT64_MAX);
  assert_int_equal(none.count, 0);
  assert_int_equal(nuo__set_union(arena, low, high).count, 1);
  assert_true(nuo__set_within(all, nuo__set_union(arena, low, high)));
  assert_true(nuo__set_apart(low, high));
  assert_false(nuo__set_apart(low, nuo__set_of(arena, 4, 4)));
  const struct set hole = nuo__set_without(arena, all, nuo__set_of(arena, 3, 7));
  assert_int_equal(hole.count, 2);
  assert_int_equal(hole.at[0].last, 2);
  assert_int_equal(hole.at[1].first, 8);
  assert_int_equal(nuo__set_both(arena, hole, nuo__set_of(arena, 2, 8)).count, 2);
  assert_int_equal(nuo__set_without(arena, all, all).count, 0);
  assert_true(nuo__set_within(none, low));
  nuo__arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sets),       cmocka_unit_test(never),    cmocka_unit_test(possible),
      cmocka_unit_test(exceptions), cmocka_unit_test(facts),    cmocka_unit_test(compared),
      cmocka_unit_test(too_much),   cmocka_unit_test(on_a_day),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
