// SPDX-License-Identifier: Apache-2.0
// What `check` makes of duties, of raised events, and of what follows from a breach: every diagnostic alone
// and at its line, and the model behind what is accepted: ties, steps, deadlines, periods, and the rule that
// a missed duty breaks.
#include <string.h>

#include "compiler/model.h"
#include "runtime/image.h"
#include "runtime/limits.h"
#include "tests/unit/check_harness.h"

static const char *const module =
    "severities minor as 轻微 < serious as 严重\n"
    "event asked as 来问 observed { id as 编号: text time as 时间: instant who as 何人: text\n"
    "  by? as 限期: date grade as 级别: number tags? as 标签: list of text }\n"
    "event done as 办结 observed { id as 编号: text time as 时间: instant about as 所问: text who as 何人: "
    "text\n"
    "  grade as 级别: number }\n"
    "event stopped as 停办 observed { id as 编号: text about as 所问: text }\n"
    "event filed as 备案 observed { id as 编号: text what as 内容: text tags? as 标签: list of text }\n"
    "event counted as 计数 observed { id as 编号: number n? as 数: decimal }\n"
    "fact paused as 停顿 (about: text) starts on stopped for (about) ends on done for (about)\n"
    "fact held as 持有 (who: text, item: text): number starts on done for (who, about) with grade\n"
    "parameter term as 期限 = 24 hours\n"
    "parameter often as 至少次数 = 2, 3 from 2026-01-01\n"
    "parameter words as 词: list of text = {\"x\"}\n";

static void check_duties(struct fixture *f, const char *source) {
  check_with(f, POLICY, source, module, NULL);
}

// A duty on line 1 that is good but for what is said.
#define DONE "must done where about is a.id within 24 hours"
#define DUTY(rest) "duty d as 丁 on asked as a " rest " severity minor"
#define EVERY(rest) "duty d every day " rest " severity minor"

// ---- every diagnostic ----
static const struct mistake mistakes[] = {
    // what a duty says
    {"N0537", 1, "duty d must done within 1 hours", NULL, NULL},
    {"N0538", 1, "duty d on asked every day must done within 1 hours", NULL, NULL},
    {"N0539", 1, "duty d on asked", NULL, NULL},
    {"N0539", 1, "duty d every day", NULL, NULL},
    {"N0509", 1, "duty d on asked on done must done within 1 hours", NULL, NULL},
    {"N0310", 1, "duty d on askd must done within 1 hours", NULL, NULL},
    {"N0310", 1, DUTY("must don within 1 hours"), NULL, NULL},
    {"N0310", 1, DUTY(DONE " discharged by stoped"), NULL, NULL},
    {"N0310", 1, EVERY("must at least 1 don"), NULL, NULL},
    {"N0312", 1, "duty d on asked must done within 1 hours severity grave", NULL, NULL},
    {"N0301", 1, "duty asked on done must filed within 1 hours", NULL, NULL},
    {"N0301", 1, "duty breach on done must filed within 1 hours", NULL, NULL},
    {"N0327", 2, "duty d on done must filed within 1 hours\nevent e \"d\" observed { id: text }", NULL, NULL},
    {"N0301", 2, "rule d on asked forbid when true\nduty d on done must filed within 1 hours", NULL, NULL},
    {"N0412", 1, DUTY("where grade must done within 1 hours"), NULL, NULL},
    {"N0412", 1, DUTY("must done where grade within 1 hours"), NULL, NULL},
    {"N0412", 1, DUTY(DONE " unless who"), NULL, NULL},
    {"N0566", 1, DUTY(DONE " action block"), NULL, NULL},
    {"N0566", 1, EVERY("must at least 1 done action hold"), NULL, NULL},
    {"N0565", 2, DUTY(DONE) "\nexception x to d when true", NULL, NULL},
    {"N0303", 1, DUTY(DONE " because \"{nobody}\""), NULL, NULL},
    {"N0517", 1, DUTY(DONE " effective from 2026-01-01 until 2025-01-01"), NULL, NULL},
    // what does not go with a period
    {"N0540", 1, EVERY("must done within 1 hours"), NULL, NULL},
    {"N0540", 1, EVERY("must at least 1 done otherwise must done within 1 hours"), NULL, NULL},
    {"N0540", 1, EVERY("for each x where held(\"u\", x) must at least 1 done"), NULL, NULL},
    {"N0540", 2, EVERY("must at least 1 done\n warn at 1 hours"), NULL, NULL},
    {"N0540", 2, EVERY("must at least 1 done\n suspended while paused(\"x\")"), NULL, NULL},
    {"N0540", 2, EVERY("must at least 1 done\n discharged by stopped"), NULL, NULL},
    {"N0540", 2, EVERY("must at least 1 done\n unless true"), NULL, NULL},
    {"N0540", 1, DUTY("must at least 1 done"), NULL, NULL},
    {"N0541", 1, "duty d every 6 months must at least 1 done", NULL, NULL},
    {"N0541", 1, "duty d every 1 workday must at least 1 done", NULL, NULL},
    {"N0541", 1, "duty d every 24 hours must at least 1 done", NULL, NULL},
    // times
    {"N0410", 1, DUTY("must done where about is a.id within 24"), NULL, NULL},
    {"N0542", 1, DUTY("must done where about is a.id within a.time"), NULL, NULL},
    {"N0542", 1, DUTY(DONE " warn at \"soon\""), NULL, NULL},
    {"N0542", 1, EVERY("must at least 1 done spread 22:00"), NULL, NULL},
    {"N0542", 1, EVERY("must at least 1 done due 2025-01-01 after the period"), NULL, NULL},
    {"N0543", 1, DUTY("must done where about is a.id no later than a.who"), NULL, NULL},
    {"N0543", 1, DUTY("must done where about is a.id no later than 24 hours"), NULL, NULL},
    {"N0544", 1, DUTY("must done where about is a.id within 0 hours"), NULL, NULL},
    {"N0544", 1, DUTY(DONE " warn at 0 days"), NULL, NULL},
    {"N0545", 1, DUTY(DONE " then stopped where about is a.id within 23 hours"), NULL, NULL},
    {"N0545", 1,
     DUTY("must done where about is a.id within 2 days then stopped where about is a.id within 1 days"), NULL,
     NULL},
    {"N0546", 1, DUTY(DONE " warn at 25 hours"), NULL, NULL},
    {"N0546", 1, DUTY(DONE " warn at 1441 minutes"), NULL, NULL},
    {"N0303", 1, DUTY("must done where about is a.id within sometime"), NULL, NULL},
    {"N0556", 1, EVERY("must at least 1 done due 1 days after the period"), NULL, NULL},
    {"N0556", 1, EVERY("must at least 1 done due 24 hours after the period"), NULL, NULL},
    {"N0556", 1, "duty d every month must at least 1 done due 20 workdays after the period", NULL, NULL},
    {"N0556", 1, "duty d every month must at least 1 done due (term + 1 hours) after the period", NULL, NULL},
    {"N0557", 1, EVERY("must at least 1 done spread 1 days"), NULL, NULL},
    {"N0557", 1, EVERY("must at least 1 done spread term"), NULL, NULL},
    {"N0558", 1, EVERY("must at least 0 done"), NULL, NULL},
    {"N0401", 1, EVERY("must at least \"two\" done"), NULL, NULL},
    {"N0318", 1, EVERY("must at least grade done"), NULL, NULL},
    {"N0451", 1, EVERY("must at least 100001 done"), NULL, NULL},
    // ties
    {"N0547", 1, DUTY("must done where grade > a.grade within 1 hours"), NULL, NULL},
    {"N0547", 1, DUTY("must done where about is a.id or who is a.who within 1 hours"), NULL, NULL},
    {"N0547", 1, DUTY("must done where about is not a.id within 1 hours"), NULL, NULL},
    {"N0547", 1, DUTY("must done where about in {\"x\"} and grade + a.grade is 3 within 1 hours"), NULL,
     NULL},
    {"N0548", 1, DUTY("must done where a.grade > 3 within 1 hours"), NULL, NULL},
    {"N0549", 1, DUTY(DONE " then stopped within 48 hours"), NULL, NULL},
    {"N0549", 1, DUTY(DONE " then stopped where about is a.who within 48 hours"), NULL, NULL},
    {"N0549", 1, DUTY(DONE " discharged by stopped"), NULL, NULL},
    {"N0549", 1, DUTY("must done within 1 hours discharged by stopped where about is a.id"), NULL, NULL},
    {"N0550", 1, "duty d on done must done where about is about within 1 hours", NULL, NULL},
    {"N0551", 1, DUTY("must done as a where grade is 3 within 1 hours"), NULL, NULL},
    {"N0304", 1, DUTY("must done where about is a.ident within 1 hours"), NULL, NULL},
    {"N0402", 1, DUTY("must done where about is a.grade within 1 hours"), NULL, NULL},
    {"N0535", 1,
     DUTY("must done where about is a.id and id is a.id and who is a.id and about is a.who and id is a.who "
          "and "
          "who is a.who and grade is a.grade and grade + 1 is a.grade and grade + 2 is a.grade and grade + 3 "
          "is "
          "a.grade and grade + 4 is a.grade and grade + 5 is a.grade and grade + 6 is a.grade and grade + 7 "
          "is "
          "a.grade and grade + 8 is a.grade within 1 hours"),
     NULL, NULL},
    // what stops the clock, and each of several
    {"N0552", 1, DUTY(DONE " suspended while a.who is \"u\""), NULL, NULL},
    {"N0552", 1, DUTY(DONE " suspended while true"), NULL, NULL},
    {"N0459", 1, DUTY(DONE " suspended while paused"), NULL, NULL},
    {"N0429", 1, DUTY(DONE " suspended while paused()"), NULL, NULL},
    {"N0553", 1, DUTY("for each x where a.tags " DONE), NULL, NULL},
    {"N0553", 1, DUTY("for each x where held(a.who, \"y\") " DONE), NULL, NULL},
    {"N0553", 1, DUTY("for each x where held(x, x) " DONE), NULL, NULL},
    {"N0553", 1, DUTY("for each x where held(x) " DONE), NULL, NULL},
    {"N0554", 1,
     DUTY("for each grade where held(a.who, grade) must done where about is grade within 1 hours"), NULL,
     NULL},
    {"N0554", 1, DUTY("for each 级别 where held(a.who, 级别) must done where about is 级别 within 1 hours"),
     NULL, NULL},
    {"N0554", 1, DUTY("for each due where held(a.who, due) must done where about is due within 1 hours"),
     NULL, NULL},
    {"N0401", 1, DUTY("for each x where held(a.grade, x) must done where about is x within 1 hours"), NULL,
     NULL},
    // raised events
    {"N0559", 1, DUTY(DONE " raise push { id: id, channel: sms }"), NULL, NULL},
    {"N0521", 1, DUTY(DONE " raise breach { id: id }"), NULL, NULL},
    {"N0560", 1, DUTY(DONE " raise filed {}"), NULL, NULL},
    {"N0560", 1, "rule r on asked forbid when true raise counted {}", NULL, NULL},
    {"N0561", 1, DUTY(DONE " raise filed { what: step, what: id }"), NULL, NULL},
    {"N0561", 1, DUTY(DONE " raise filed { what: step, 内容: id }"), NULL, NULL},
    {"N0567", 1, "rule r on asked forbid when true raise filed { what: who, tags: words }", NULL, NULL},
    {"N0567", 1, "rule r on asked forbid when true raise filed { what: who, tags: {\"x\"} }", NULL, NULL},
    {"N0401", 1, DUTY(DONE " raise filed { what: due }"), NULL, NULL},
    {"N0304", 1, DUTY(DONE " raise filed { what: step, why: step }"), NULL, NULL},
    {"N0310", 1, DUTY(DONE " raise fild { what: step }"), NULL, NULL},
    {"N0303", 1, DUTY(DONE " raise filed { what: nobody }"), NULL, NULL},
    // what follows from itself
    {"N0563", 1, "rule r on breach forbid when true", NULL, NULL},
    {"N0563", 1, "rule r on breach where severity is minor forbid when true severity minor", NULL, NULL},
    {"N0563", 1, "rule r on breach where severity in {minor, serious} forbid when true severity minor", NULL,
     NULL},
    {"N0563", 1, "rule r on breach where not (rule is \"r\") forbid when true severity minor", NULL, NULL},
    {"N0563", 1, "rule r on breach where rule is \"r\" or id is \"x\" forbid when true severity minor", NULL,
     NULL},
    {"N0563", 1,
     "rule r on breach where rule is \"s\" forbid when true severity minor\n"
     "rule s on breach where rule is \"r\" forbid when true severity minor",
     NULL, NULL},
    {"N0563", 1, "rule r on filed forbid when true raise filed { what: what }", NULL, NULL},
    {"N0563", 1,
     "rule r on filed forbid when true raise stopped { about: what }\n"
     "rule s on stopped forbid when true raise filed { what: about }",
     NULL, NULL},
    {"N0563", 1,
     "duty d on filed as a must done where about is a.what within 1 hours raise filed { what: \"x\" }", NULL,
     NULL},
    {"N0563", 1, "duty d on breach must done within 1 hours severity minor", NULL, NULL},
};

static bool says(const struct fixture *f, const struct mistake *m) {
  return check_says_only(f, m->code, m->line);
}

static void each_mistake_is_reported_once(void **state) {
  (void)state;
  uint32_t failed = 0;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    struct fixture f;
    check_duties(&f, mistakes[i].source);
    if (!says(&f, &mistakes[i])) {
      print_message("%s at line %u wanted from:\n%s\n", mistakes[i].code, mistakes[i].line,
                    mistakes[i].source);
      check_print(&f);
      failed++;
    }
    check_done(&f);
  }
  assert_int_equal(failed, 0);
}

// ---- how many ----
static struct str repeated(struct arena *arena, struct str text, const char *format, uint32_t from,
                           uint32_t to) {
  for (uint32_t i = from; i <= to; i++) {
    char piece[128];
    snprintf(piece, sizeof piece, format, i, i + 1);
    text = nuo__arena_format(arena, "%.*s%s", (int)text.len, text.at, piece);
  }
  return text;
}

// As many as may be are good; one more is said.
static void limit(const char *code, const char *head, const char *format, uint32_t from, uint32_t most) {
  for (uint32_t more = 0; more < 2; more++) {
    struct fixture own, f;
    check_begin(&own);
    const struct str source = repeated(own.arena, nuo__str_of(head), format, from, most + more);
    check_duties(&f, nuo__arena_format(own.arena, "%.*s\n", (int)source.len, source.at).at);
    const bool good = more == 0 ? f.diags.items.count == 0 : check_says_only(&f, code, more);
    if (!good) {
      check_print(&f);
      fail_msg("%s, %u more", code, more);
    }
    check_done(&f);
    check_done(&own);
  }
}

static void limits_are_kept(void **state) {
  (void)state;
  limit("N0555", "duty d on asked as a must done where about is a.id within 1 hours",
        " then done where about is a.id within %u hours", 2, IMAGE_STEP_MAX);
  limit("N0555", "duty d on asked as a " DONE, " warn at %u hours", 1, IMAGE_WARNING_MAX);
  limit("N0555", "duty d on asked as a " DONE " otherwise must done where about is a.id within 1 hours",
        " then done where about is a.id within %u hours", 2, IMAGE_STEP_MAX);
}

static void workdays_need_a_calendar(void **state) {
  (void)state;
  struct fixture f;
  check_with(&f, "policy p version \"1\" zone \"UTC\" undetermined hold ",
             DUTY("must done where about is a.id within 3 workdays"), module, NULL);
  assert_true(check_says_only(&f, "N0441", 1));
  check_done(&f);
}

// ---- chains ----
// From r1 on each breach raises what the next rule is about; the last one what none is about.
static uint32_t count_said(uint32_t rules) {
  struct fixture f, own;
  check_begin(&own);
  struct str source = repeated(own.arena, STR(""), "event e%1$u observed { id: text }\n", 1, rules + 1);
  source = repeated(own.arena, source, "rule r%1$u on e%1$u forbid when true raise e%2$u {}\n", 1, rules);
  check_duties(&f, nuo__arena_format(own.arena, "%.*s", (int)source.len, source.at).at);
  const uint32_t count = f.diags.items.count;
  if (count > 0) assert_true(check_says_only(&f, "N0564", rules + 2));
  check_done(&f);
  check_done(&own);
  return count;
}

static void chains_end(void **state) {
  (void)state;
  assert_int_equal(count_said(LIMIT_DERIVED_DEPTH), 0);
  assert_int_equal(count_said(LIMIT_DERIVED_DEPTH + 1), 1);
}

// ---- what is accepted ----
static const char *const accepted[] = {
    // circles that are none
    "rule r on breach where severity is minor forbid when true severity serious",
    "rule r on breach where severity is not serious forbid when true severity serious",
    "rule r on breach where minor is severity forbid when true severity serious",
    "rule r on breach where severity not in {serious} forbid when true severity serious",
    "rule r on breach where rule is not \"r\" forbid when true severity minor",
    "rule r on breach where event is not \"breach\" forbid when true severity minor",
    "rule q on asked forbid when true severity minor\nrule r on breach where event is \"来问\" and id is "
    "\"x\"\n"
    "  forbid when true severity minor",
    "rule q on asked forbid when true severity minor\n"
    "rule r on breach where severity is minor forbid when true severity serious raise filed { what: rule }\n"
    "rule s on filed forbid when true severity serious",
    // all that a duty may say
    DUTY(DONE),
    DUTY("where grade > 3 " DONE
         " warn at 24 hours warn at 1 hours unless a.who is \"u\" unless by is present"),
    DUTY("must done where about is a.id within term"),
    DUTY("must done where about is a.id within 3 days then done where about is a.id within 24 hours"),
    DUTY("must done where a.id is about and grade > 3 no later than a.by then done where about is a.id no "
         "later "
         "than a.time + 3 months"),
    DUTY("must done as b where b.about is a.id and (b.grade is 3 or b.who is \"u\") within 1 hours"),
    DUTY(DONE " then stopped where about is a.id within 48 hours discharged by stopped where about is a.id "
              "discharged by done where a.id is about and grade is 9"),
    DUTY(DONE " suspended while paused(a.id) otherwise must stopped where about is a.id within 1 weeks"),
    DUTY(DONE
         " action note because \"{due} {step} {who} {a.grade}\" cites \"x\" effective from 2025-01-01 raise "
         "filed { what: step, id: who, tags: tags }"),
    DUTY("for each x as 某 where held(a.who, x) must done where about is x and who is a.who within 1 hours "
         "because "
         "\"{某}\""),
    "duty d on done must done within 1 hours severity minor",
    "duty d on breach as b where severity is minor must done where about is b.rule within 1 hours severity "
    "serious",
    "duty d on asked as a must breach where severity is minor and id is a.id within 1 hours severity serious",
    "rule q on asked forbid when true\nduty d on breach as b where rule is \"q\" must filed where what is "
    "b.rule "
    "within 1 hours",
    "义务 丁 针对 来问 亦称 甲 必须 办结 其中 所问 为 甲.编号 限时 24小时 程度 轻微",
    EVERY("must at least 1 done"),
    EVERY("must at least often done as k where k.grade > 3 spread 4 hours because \"{counted} {from} "
          "{until}\""),
    EVERY("must at least 1 done due 23 hours after the period"),
    "duty d every week must at least 1 done due 4 workdays after the period",
    "duty d every month must at least 1 done due 19 workdays after the period",
    "duty d every quarter must at least 1 done due 2 months after the period",
    "duty d every year must at least 1 done due 3 quarters after the period",
    "duty d every 1 week must at least 1 done",
};

static void duties_are_accepted(void **state) {
  (void)state;
  uint32_t failed = 0;
  for (size_t i = 0; i < sizeof accepted / sizeof *accepted; i++) {
    struct fixture f;
    check_duties(&f, accepted[i]);
    if (f.diags.errors > 0) {
      print_message("refused: %s\n", accepted[i]);
      check_print(&f);
      failed++;
    }
    check_done(&f);
  }
  assert_int_equal(failed, 0);
}

// ---- the model ----
static bool is_text(struct str text, const char *want) {
  return nuo__str_is(text, want);
}

static void assert_field(const struct expr *e, const char *event, const char *path) {
  e = nuo__expr_peel(e);
  assert_int_equal(e->ref, REF_FIELD);
  const struct field *field = e->target;
  assert_true(is_text(field->event->names.en, event));
  assert_true(is_text(field->path, path));
}

static void a_duty_is_in_the_model(void **state) {
  (void)state;
  struct fixture f;
  check_duties(&f, DUTY("where grade > 3\n"
                        "  must done where grade is 1 and a.id is about and who is a.who within 24 hours\n"
                        "  then stopped where about is a.id and id is a.who no later than a.by\n"
                        "  warn at 12 hours suspended while paused(a.id) unless a.who is \"u\"\n"
                        "  discharged by done as x where x.who is a.who and x.about is a.id"));
  assert_int_equal(f.diags.items.count, 0);
  assert_int_equal(f.program->duties.count, 1);
  const struct duty *d = f.program->duties.at[0];
  assert_true(is_text(d->names.en, "d") && is_text(d->names.zh, "丁"));
  assert_true(is_text(d->trigger->names.en, "asked"));
  assert_int_equal(d->where->op, OP_gt);
  assert_int_equal(d->unless.count, 1);
  // The ties of the first step, in its order; each step has them in that order.
  assert_int_equal(d->key.count, 2);
  assert_field(d->key.at[0], "asked", "id");
  assert_field(d->key.at[1], "asked", "who");
  assert_int_equal(d->steps.count, 2);
  assert_field(d->steps.at[0].match.key.at[0], "done", "about");
  assert_field(d->steps.at[0].match.key.at[1], "done", "who");
  assert_int_equal(d->steps.at[0].match.where->op, OP_is);
  assert_field(d->steps.at[0].match.where->left, "done", "grade");
  assert_field(d->steps.at[1].match.key.at[0], "stopped", "about");
  assert_field(d->steps.at[1].match.key.at[1], "stopped", "id");
  assert_null(d->steps.at[1].match.where);
  assert_int_equal(d->discharges.count, 1);
  assert_field(d->discharges.at[0].key.at[0], "done", "about");
  assert_field(d->discharges.at[0].key.at[1], "done", "who");
  // Its times.
  assert_int_equal(d->steps.at[0].deadline.type->kind, TYPE_DURATION);
  assert_int_equal(nuo__expr_peel(d->steps.at[0].deadline.length)->number, 24);
  assert_null(d->steps.at[1].deadline.length);
  assert_int_equal(d->steps.at[1].deadline.type->kind, TYPE_DATE);
  assert_field(d->steps.at[1].deadline.by, "asked", "by");
  assert_int_equal(d->warnings.count, 1);
  assert_int_equal(nuo__expr_peel(d->warnings.at[0].length)->number, 12);
  assert_int_equal(d->suspended->ref, REF_FACT);
  check_done(&f);
}

static void a_missed_duty_is_an_event_and_breaks_a_rule(void **state) {
  (void)state;
  struct fixture f;
  check_duties(&f, "duty d as 丁 on asked as a " DONE
                   " otherwise must stopped where about is a.id within 2 days\n"
                   "  severity serious because \"{step}\" cites \"law\" raise filed { what: step }");
  assert_int_equal(f.diags.items.count, 0);
  assert_int_equal(f.program->duties.count, 2);
  const struct duty *first = f.program->duties.at[0], *second = f.program->duties.at[1];
  assert_int_equal(first->event->origin, EVENT_DUTY);
  assert_int_equal(second->event->origin, EVENT_DUTY);
  // What is to be done otherwise begins with the missed duty, and is missed in turn under the same name.
  assert_ptr_equal(second->trigger, first->event);
  assert_int_equal(f.program->rules.count, 2);
  for (uint32_t i = 0; i < 2; i++) {
    const struct duty *duty = f.program->duties.at[i];
    assert_true(is_text(duty->rule->names.en, "d") && is_text(duty->rule->names.zh, "丁"));
    assert_ptr_equal(duty->rule->event, duty->event);
    assert_int_equal(duty->rule->core, CORE_FORBID);
    assert_int_equal(duty->rule->severity, 1);
    assert_int_equal(duty->rule->action.kind, ACTION_NOTE);
    assert_int_equal(duty->rule->raises.count, 1);
    assert_int_equal(duty->rule->cites.count, 1);
  }
  // Its own fields, and those of what began it, which may be missing there.
  struct field *const *fields = first->event->fields.at;
  assert_true(is_text(fields[DUTY_DUE]->path, "due") && is_text(fields[DUTY_STEP]->path, "step"));
  assert_false(first->event->enforceable);
  bool has_who = false;
  for (uint32_t i = DUTY_FIELDS; i < first->event->fields.count; i++) {
    assert_true(fields[i]->optional);
    has_who |= is_text(fields[i]->path, "who");
  }
  assert_true(has_who);
  check_done(&f);
}

static void one_duty_for_each_value(void **state) {
  (void)state;
  struct fixture f;
  check_duties(
      &f,
      DUTY("for each x as 某 where held(a.who, x)\n  must done where about is 某 and who is a.who within 1 "
           "hours because \"{x}\""));
  assert_int_equal(f.diags.items.count, 0);
  const struct duty *d = f.program->duties.at[0];
  assert_true(is_text(d->each->names.en, "held"));
  assert_int_equal(d->each_part, 1);
  assert_int_equal(d->each_key.count, 2);
  assert_field(d->each_key.at[0], "asked", "who");
  assert_null(d->each_key.at[1]);
  assert_int_equal(nuo__expr_peel(d->key.at[0])->ref, REF_EACH);
  assert_true(is_text(d->each_field->path, "x") && d->each_field->event == d->event);
  assert_field(d->rule->because->items.at[1], "d", "x");
  check_done(&f);
}

static void a_period_counts(void **state) {
  (void)state;
  struct fixture f;
  check_duties(
      &f,
      "duty d every month must at least often done where grade > 3 spread 4 hours due 3 days after the "
      "period severity minor");
  assert_int_equal(f.diags.items.count, 0);
  const struct duty *d = f.program->duties.at[0];
  assert_null(d->trigger);
  assert_int_equal(d->period, UNIT_MONTH);
  assert_int_equal(d->spread, 4 * 3600000);
  assert_int_equal(nuo__expr_peel(d->due.length)->number, 3);
  assert_int_equal(d->due.type->kind, TYPE_PERIOD);
  assert_true(is_text(d->counter->event->names.en, "done"));
  assert_int_equal(d->counter->key.count, 0);
  assert_int_equal(d->counter->capacity, 3);  // the greatest value that the number takes
  assert_int_equal(d->counter->spread, d->spread);
  assert_ptr_equal(d->rule->law, d->event->fields.at[PERIOD_FROM]);
  check_done(&f);
}

static void a_breach_has_the_fields_of_all_events(void **state) {
  (void)state;
  struct fixture f;
  check_duties(&f,
               "rule r on breach where severity is minor and who is \"u\" and user.id is present\n"
               "  forbid when true severity serious");
  assert_int_equal(f.diags.errors, 0);
  const struct event_type *breach = f.program->breaches.at[0]->event;
  assert_int_equal(breach->origin, EVENT_BREACH);
  assert_false(breach->enforceable);
  assert_ptr_equal(breach->identity, breach->fields.at[BREACH_ID]);
  bool secret = false;
  for (uint32_t i = BREACH_FIELDS; i < breach->fields.count; i++) {
    assert_true(breach->fields.at[i]->optional);
    secret |= is_text(breach->fields.at[i]->path, "user.id") && breach->fields.at[i]->sensitive;
  }
  assert_true(secret);
  check_done(&f);
}

static void raised_fields_are_given_once(void **state) {
  (void)state;
  struct fixture f;
  check_duties(&f,
               "rule r on asked forbid when true raise filed { 内容: who, tags: tags } raise counted { id: "
               "grade, n: 3 }");
  assert_int_equal(f.diags.items.count, 0);
  const struct rule *r = f.program->rules.at[0];
  assert_int_equal(r->raises.count, 2);
  assert_true(is_text(r->raises.at[0].event->names.en, "filed"));
  assert_int_equal(r->raises.at[0].given.count, 2);
  assert_true(is_text(r->raises.at[0].given.at[0].field->path, "what"));
  assert_field(r->raises.at[0].given.at[0].value, "asked", "who");
  assert_field(r->raises.at[1].given.at[0].value, "asked", "grade");
  check_done(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_mistake_is_reported_once),
      cmocka_unit_test(limits_are_kept),
      cmocka_unit_test(workdays_need_a_calendar),
      cmocka_unit_test(chains_end),
      cmocka_unit_test(duties_are_accepted),
      cmocka_unit_test(a_duty_is_in_the_model),
      cmocka_unit_test(a_missed_duty_is_an_event_and_breaks_a_rule),
      cmocka_unit_test(one_duty_for_each_value),
      cmocka_unit_test(a_period_counts),
      cmocka_unit_test(a_breach_has_the_fields_of_all_events),
      cmocka_unit_test(raised_fields_are_given_once),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
