// SPDX-License-Identifier: Apache-2.0
// What `check` makes: the types of expressions, and the program that comes out.
#include <stdio.h>
#include <string.h>

#include "compiler/front.h"
#include "tests/unit/check_harness.h"

// ---- types ----
static const struct {
  const char *expression, *type;
} typings[] = {
    {"score + 1", "number"},
    {"score + 1.5", "decimal"},
    {"score / 2", "decimal"},
    {"price * score", "decimal"},
    {"-score", "number"},
    {"time - created", "duration"},
    {"time + 3 hours", "instant"},
    {"created - 2 workdays", "instant"},
    {"user.birth + 18 years", "date"},
    {"date(time) - user.birth", "number"},
    {"ttl * 2", "duration"},
    {"2 * ttl - 1 hour", "duration"},
    {"-ttl", "duration"},
    {"clock(created)", "clock"},
    {"weekday(created)", "number"},
    {"is_workday(time)", "flag"},
    {"years_since(user.birth)", "number"},
    {"length(title)", "number"},
    {"size(labels)", "number"},
    {"least(score, 3, price)", "decimal"},
    {"greatest(user.birth, 2025-01-01)", "date"},
    {"score default 0", "number"},
    {"score default 0.5", "decimal"},
    {"kind default marketing", "kind"},
    {"user.tz default \"UTC\"", "zone"},
    {"labels default {}", "list of text"},
    {"推送渠道 is sms or kind is news", NULL},
};

static const struct type *type_of(struct fixture *f, const char *expression) {
  char source[512];
  snprintf(source, sizeof source, "rule r on push forbid when (%s) is present action block", expression);
  check(f, source);
  return f->diags.errors == 0 ? f->program->rules.at[0]->condition->left->type : NULL;
}

static void expressions_have_types(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof typings / sizeof *typings; i++) {
    struct fixture f;
    const struct type *type = type_of(&f, typings[i].expression);
    if (typings[i].type == NULL) {
      assert_null(type);
    } else {
      if (type == NULL) check_print(&f);
      if (type == NULL) fail_msg("no type: %s", typings[i].expression);
      const struct str name = nuo__type_name(f.arena, type).en;
      if (name.len != strlen(typings[i].type) || memcmp(name.at, typings[i].type, name.len) != 0)
        fail_msg("%s is %.*s", typings[i].expression, (int)name.len, name.at);
    }
    check_done(&f);
  }
}

static const char *const conditions[] = {
    "channel is sms",
    "渠道 为 短信",
    "sms is channel",
    "channel is not email and not urgent",
    "kind in {marketing, news} or 类型 属于 {商业广告}",
    "score in 1..5 and price in 0..2.5",
    "price in {1, 2.5} and score is 2.0",
    "clock(time) in 22:00..08:00",
    "user.birth in 2000-01-01..2010-01-01",
    "title contains \"x\" and labels contains \"y\" and marks contains 3",
    "title contains any of {\"a\", \"b\"} and title in {\"a\"}",
    "title contains any of banned and title in banned",
    "title starts with \"a\" or title ends with body",
    "title matches /^[0-9]{4}$/",
    "labels any in {\"a\"} and labels all in names and labels none in labels",
    "labels is subset of names and marks any in {1, 2}",
    "title contains any of names and marks any in {1.5, 2} and (marks default {1}) contains 1.5",
    "labels is missing or user.home.city is present",
    "user.home.street is missing",
    "score is missing and score default 0 > 1",
    "time > created + 24 hours and time < 2025-07-01T00:00:00+08:00",
    "time > created + 3 days and user.birth + 18 years > date(time)",
    "user.tz is \"Asia/Shanghai\"",
    "quota is missing or score > quota",
    "score in 0..quota and clock(time) in rest",
    "用户.编号 为 \"u\" and 用户.id 为 \"u\"",
    "adult and older(20) and older(x: 3)",
    "rate(score, channel) > 1.5",
};

static void conditions_are_accepted(void **state) {
  (void)state;
  char source[1024];
  for (size_t i = 0; i + 1 < sizeof conditions / sizeof *conditions; i++) {
    if (strstr(conditions[i], "x: 3") != NULL) continue;
    struct fixture f;
    snprintf(
        source, sizeof source,
        "parameter quota: number = unset\nparameter rest = 22:00..08:00\nparameter names = {\"a\", \"b\"}\n"
        "lexicon banned from \"words.txt\"\ndefine adult = older(18)\n"
        "define older(x: number): flag = user.age >= x\n"
        "rule r on push as p where p.channel is sms forbid when %s action block",
        conditions[i]);
    check(&f, source);
    if (f.diags.items.count != 0) {
      check_print(&f);
      fail_msg("refused: %s", conditions[i]);
    }
    check_done(&f);
  }
}

// ---- tables ----
static const struct mistake tables[] = {
    {"N0601", 5, "| channel | n |\n|---|---|\n| sms | 1 | 2 |\n| any | 2 |", NULL, "channel"},
    {"N0602", 6, "| channel | n |\n|---|---|\n| sms | 1 |\n| any | 2 |", NULL, "channel"},
    {"N0603", 0, "| channel | n |\n|---|---|\n| sms | 1 |\n| app | 2 |", NULL, "channel"},
    {"N0602", 6, "| age | n |\n|---|---|\n| < 18 | 1 |\n| >= 17 | 2 |", NULL, "user.age"},
    {"N0603", 0, "| age | n |\n|---|---|\n| < 18 | 1 |\n| > 18 | 2 |", NULL, "user.age"},
    {"N0603", 0, "| clock | n |\n|---|---|\n| 22:00..08:00 | 1 |\n| 08:00..21:59 | 2 |", NULL, "user.quiet"},
    {"N0603", 0, "| price | n |\n|---|---|\n| <= 1 | 1 |\n| > 1.000001 | 2 |", NULL, "price"},
    {"N0603", 0, "| title | n |\n|---|---|\n| \"a\" | 1 |\n| \"b\" | 2 |", NULL, "title"},
    {"N0603", 0, "| urgent | n |\n|---|---|\n| true | 1 |", NULL, "urgent"},
    {"N0605", 5, "| channel | n |\n|---|---|\n| not sms | 1 |\n| sms | 1 |", NULL, "channel"},
    {"N0606", 5, "| age | n |\n|---|---|\n| 1 + 1 | 1 |\n| any | 1 |", NULL, "user.age"},
    {"N0307", 5, "| channel | n |\n|---|---|\n| fax | 1 |\n| any | 1 |", NULL, "channel"},
    {"N0401", 5, "| age | n |\n|---|---|\n| \"a\" | 1 |\n| any | 1 |", NULL, "user.age"},
    {"N0408", 5, "| title | n |\n|---|---|\n| < \"a\" | 1 |\n| any | 1 |", NULL, "title"},
    {"N0613", 5, "| title | n |\n|---|---|\n| \"a\" | any |\n| any | 1 |", NULL, "title"},
    {"N0608", 1, "| x | n |\n|---|---|\n| any | 1 |", NULL, "titel"},
    {"N0612", 1, "| x | n |\n|---|---|\n| any | 1 |", NULL, "labels"},
    {"N0610", 1, "", NULL, "channel"},
    {"", 0, "| channel | n |\n|---|---|\n| sms | 1 |\n| {app, email} | 2 |", NULL, "channel"},
    {"", 0, "| clock | n |\n|---|---|\n| 22:00..08:00 | 1 |\n| 08:00..22:00 | 2 |", NULL, "user.quiet"},
    {"", 0, "| price | n |\n|---|---|\n| <= 1 | 1 |\n| > 1 | 2 |", NULL, "price"},
    {"", 0, "| age | n |\n|---|---|\n| is missing | 1 |\n| < 5 | 2 |\n| >= 5 | 3 |", NULL, "user.age"},
    {"", 0,
     "| age | c | n |\n|---|---|---|\n| < 5 | any | 2 |\n| >= 5 | sms | 3 |\n| >= 5 | {app, email} | 3 |",
     NULL, "user.age, channel"},
    {"N0603", 0,
     "| age | c | n |\n|---|---|---|\n| < 5 | any | 2 |\n| >= 5 | sms | 3 |\n| > 5 | {app, email} | 3 |",
     NULL, "user.age, channel"},
};

static bool table_says(const struct fixture *f, const struct mistake *m) {
  if (m->code[0] == 0) return f->diags.items.count == 0;
  if (f->diags.items.count == 0) return false;
  for (uint32_t i = 0; i < f->diags.items.count; i++)
    if (strcmp(nuo__diag_info(f->diags.items.at[i].code)->code, m->code) == 0)
      return f->diags.items.count == 1;
  return false;
}

static void tables_are_checked_exactly(void **state) {
  (void)state;
  uint32_t failed = 0;
  for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
    struct fixture f;
    check_begin(&f);
    check_document(&f, nuo__arena_format(f.arena, "```nuo\n" POLICY "\ntable t (%s) -> number\n```\n\n%s\n",
                                         tables[i].module, tables[i].source));
    if (!table_says(&f, &tables[i])) {
      print_message("%s wanted from (%s):\n%s\n", tables[i].code, tables[i].module, tables[i].source);
      check_print(&f);
      failed++;
    }
    check_done(&f);
  }
  assert_int_equal(failed, 0);
}

// Under `first`, whatever may hold above keeps a row for a missing key from being reached.
static const struct {
  const char *rows;
  uint32_t line, above;  // of the row that stands too low and of the one above it; 0: none does
} low_rows[] = {
    {"| service | < 5 | 1 |\n| any | is missing | 2 |\n| any | any | 3 |", 3, 2},
    {"| service | is missing | 1 |\n| any | {1, 2} | 1 |\n| any | is missing | 2 |\n| any | any | 3 |", 4, 3},
    // A kind that is missing may pass the test for news.
    {"| news | < 5 | 1 |\n| is missing | is missing | 2 |\n| any | any | 3 |", 3, 2},
    {"| any | is missing | 1 |\n| service | < 5 | 2 |\n| any | any | 3 |", 0, 0},
    {"| service | < 5 | 1 |\n| news | is missing | 2 |\n| any | any | 3 |", 0, 0},
    {"| any | < 5 | 1 |\n| any | is present | 2 |", 0, 0},
    {"| any | is present | 1 |\n| any | is missing | 2 |", 0, 0},
};

static bool stands_too_low(const struct fixture *f, uint32_t line, uint32_t above) {
  uint32_t at_line, column;
  if (!check_says_only(f, "N0614", line) || f->diags.errors > 0) return false;
  nuo__front_position(&f->files[0], f->diags.items.at[0].also.start, &at_line, &column);
  return at_line == above;
}

static void rows_for_what_is_missing_stand_high_enough(void **state) {
  (void)state;
  char source[512];
  for (size_t i = 0; i < sizeof low_rows / sizeof *low_rows; i++) {
    struct fixture f;
    snprintf(source, sizeof source, "table t (kind, score) -> number first\n%s", low_rows[i].rows);
    check(&f, source);
    const bool right = low_rows[i].line == 0 ? f.diags.items.count == 0
                                             : stands_too_low(&f, low_rows[i].line, low_rows[i].above);
    if (!right) check_print(&f);
    if (!right) fail_msg("from:\n%s", low_rows[i].rows);
    check_done(&f);
  }
}

static const struct mistake table_heads[] = {
    {"N0607", 1, "table t (channel) -> list of text\n| any | {} |", NULL, NULL},
    {"N0609", 2, "event e observed { id: text score: text }\ntable t (score) -> number\n| any | 1 |", NULL,
     NULL},
};

static void table_heads_are_checked(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof table_heads / sizeof *table_heads; i++) {
    struct fixture f;
    check(&f, table_heads[i].source);
    if (!check_says_only(&f, table_heads[i].code, table_heads[i].line)) check_print(&f);
    assert_true(check_says_only(&f, table_heads[i].code, table_heads[i].line));
    check_done(&f);
  }
}

// Three keys cut into some six hundred pieces each, and no row that would end the search early.
static void the_search_of_a_large_table_is_cut_short(void **state) {
  (void)state;
  static char source[64000];
  char row[64];
  strcpy(source, "table t (a: number, b: number, c: number, d: number) -> number first");
  for (int i = 0; i < 300; i++) {
    snprintf(row, sizeof row, "\n| %d | %d | %d | 1 | 1 |", 2 * i, 2 * i, 2 * i);
    strcat(source, row);
  }
  strcat(source,
         "\n| any | any | any | < 0 | 1 |\n| any | any | any | 0..5 | 1 |\n| any | any | any | >= 5 | 1 |");
  struct fixture f;
  check(&f, source);
  if (!check_says_only(&f, "N0604", 1)) check_print(&f);
  assert_true(check_says_only(&f, "N0604", 1));
  assert_int_equal(f.diags.errors, 0);
  check_done(&f);
}

// ---- the program ----
static bool is_text(struct str a, const char *b) {
  return a.len == strlen(b) && memcmp(a.at, b, a.len) == 0;
}

static void fields_are_flattened(void **state) {
  (void)state;
  struct fixture f;
  check(&f, "");
  assert_int_equal(f.diags.items.count, 0);
  const struct event_type *push = f.program->events.at[0];
  const struct field *city = NULL;
  for (uint32_t i = 0; i < push->fields.count; i++)
    if (is_text(push->fields.at[i]->path, "user.home.city")) city = push->fields.at[i];
  assert_non_null(city);
  assert_true(is_text(city->path_zh, "用户.住址.城市"));
  assert_int_equal(city->depth, 3);
  assert_true(is_text(city->members[1], "home"));
  assert_true(city->optional);
  assert_true(is_text(push->identity->path, "id"));
  assert_true(is_text(push->subject->path, "user.id"));
  assert_true(push->subject->sensitive);
  assert_true(is_text(push->zone->path, "user.tz"));
  assert_true(is_text(push->wire_name, "push.requested"));
  const struct event_type *complaint = f.program->events.at[1];
  assert_true(is_text(complaint->time->path, "time"));
  assert_int_equal(complaint->time->type->kind, TYPE_INSTANT);
  assert_int_equal(complaint->fields.count, 4);
  check_done(&f);
}

static void exceptions_hang_from_rules_and_exceptions(void **state) {
  (void)state;
  struct fixture f;
  check(&f,
        "exception deep to night when score > 5 unless score > 9\n"
        "exception night to quiet when p.urgent\n"
        "rule quiet on push as p forbid when clock(p.time) in 22:00..08:00 unless title is missing\n"
        "  action defer until 08:00 for at most 12 hours undetermined block because \"用户 {user.id}\"\n"
        "  effective from 2025-07-01 until 2025-12-31 cites \"广告法 第四十四条\"");
  if (f.diags.items.count != 0) check_print(&f);
  assert_int_equal(f.diags.items.count, 0);
  const struct rule *rule = f.program->rules.at[0];
  assert_int_equal(rule->exceptions.count, 2);
  assert_true(is_text(rule->exceptions.at[0]->label, "unless"));
  assert_true(is_text(rule->exceptions.at[1]->label, "night"));
  const struct exception *deep = rule->exceptions.at[1]->exceptions.at[0];
  assert_true(is_text(deep->label, "deep"));
  assert_int_equal(deep->exceptions.count, 1);
  assert_int_equal(rule->action.kind, ACTION_DEFER);
  assert_int_equal(rule->action.at_most_type->kind, TYPE_DURATION);
  assert_int_equal(rule->undetermined.kind, ACTION_BLOCK);
  assert_int_equal(rule->force.from, 20270);   // 2025-07-01: 55 years, 14 of them leap, and 181 days
  assert_int_equal(rule->force.until, 20453);  // 183 days later
  assert_int_equal(rule->because->kind, EXPR_TEMPLATE);
  check_done(&f);
}

static void observed_rules_note(void **state) {
  (void)state;
  struct fixture f;
  check(&f, "severities low < high\nrule r on complaint require score is present severity high");
  assert_int_equal(f.diags.items.count, 0);
  assert_int_equal(f.program->rules.at[0]->action.kind, ACTION_NOTE);
  assert_int_equal(f.program->rules.at[0]->undetermined.kind, ACTION_NOTE);
  assert_int_equal(f.program->rules.at[0]->severity, 1);
  check_done(&f);
}

static void settings_fill_parameters(void **state) {
  (void)state;
  struct fixture f;
  check_with(&f, POLICY, "parameter quota as 配额: decimal = unset, 3 from 2025-07-01", NULL, "配额 = 5%");
  assert_int_equal(f.diags.items.count, 0);
  const struct parameter *quota = f.program->parameters.at[0];
  assert_int_equal(quota->values.count, 1);
  assert_int_equal(quota->values.at[0].from, INT32_MIN);
  assert_int_equal(quota->values.at[0].value->kind, EXPR_DECIMAL);
  assert_int_equal(quota->values.at[0].value->number, 50000);
  check_done(&f);
  check_with(&f, POLICY, "parameter who: text = \"a\"", NULL, "who=小 明");
  assert_int_equal(f.diags.items.count, 0);
  assert_true(is_text(f.program->parameters.at[0]->values.at[0].value->text, "小 明"));
  check_done(&f);
  check_with(&f, POLICY, "parameter c: channel = sms", NULL, "c=电子邮件");
  assert_int_equal(f.diags.items.count, 0);
  assert_int_equal(f.program->parameters.at[0]->values.at[0].value->number, 2);
  check_done(&f);
}

static void constants_are_literals(void **state) {
  (void)state;
  struct fixture f;
  check(&f,
        "parameter a: decimal = -3\nparameter b = {1, 2.5}\nparameter c: list of text = {\"x\"}\n"
        "parameter d = -2 hours\nparameter e = 1 from 2025-01-01, 2 from 2026-01-01 reviewed 2025-06-01");
  if (f.diags.items.count != 0) check_print(&f);
  assert_int_equal(f.diags.items.count, 0);
  const struct parameter *const *p = (const struct parameter *const *)f.program->parameters.at;
  assert_int_equal(p[0]->values.at[0].value->kind, EXPR_DECIMAL);
  assert_int_equal(p[0]->values.at[0].value->number, -3000000);
  assert_int_equal(p[1]->type->kind, TYPE_SET);
  assert_int_equal(p[1]->values.at[0].value->items.at[0]->number, 1000000);
  assert_int_equal(p[2]->values.at[0].value->type->kind, TYPE_LIST);
  assert_int_equal(p[3]->values.at[0].value->kind, EXPR_DURATION);
  assert_int_equal(p[3]->values.at[0].value->number, -2);
  assert_int_equal(p[4]->values.count, 2);
  assert_int_equal(p[4]->values.at[1].from, 20454);  // 2026-01-01
  check_done(&f);
}

static void lexicons_are_read(void **state) {
  (void)state;
  struct fixture f;
  check(&f, "lexicon banned as 禁用词 from \"words.txt\" evasion strict");
  assert_int_equal(f.diags.items.count, 0);
  const struct lexicon *banned = f.program->lexicons.at[0];
  assert_true(banned->strict);
  assert_int_equal(banned->entries.count, 3);
  assert_true(is_text(banned->entries.at[0], "最好"));
  assert_true(is_text(banned->entries.at[1], "第一"));
  assert_true(is_text(banned->entries.at[2], "best"));
  assert_int_equal(banned->excepted.count, 0);
  check_done(&f);
  check(&f,
        "lexicon l = {\"第一\"} evasion strict except {\" 第一季度\", \"第一次\"}\n"
        "lexicon m from \"words.txt\" except from \"words.txt\"");
  assert_int_equal(f.diags.items.count, 0);
  const struct lexicon *l = f.program->lexicons.at[0], *m = f.program->lexicons.at[1];
  assert_true(l->strict);
  assert_int_equal(l->excepted.count, 2);
  assert_true(is_text(l->excepted.at[0], "第一季度"));
  assert_int_equal(m->excepted.count, 3);
  check_done(&f);
}

static void calendars_are_days(void **state) {
  (void)state;
  struct fixture f;
  check(&f, "");
  const struct model_calendar *cn = f.program->calendar;
  assert_non_null(cn);
  assert_int_equal(cn->first, 20089);  // 2025-01-01
  assert_int_equal(cn->end, 20454);
  assert_int_equal(cn->rest.count, 4);
  assert_int_equal(cn->rest.at[3], 20089 + 275);  // 3 October is day 276
  assert_int_equal(cn->work.count, 1);
  check_done(&f);
}

static void defines_are_put_in(void **state) {
  (void)state;
  struct fixture f;
  check(&f,
        "define over(x: number, y: decimal): flag = x > y\n"
        "define twice = over(score, 2) or over(score + 1, price)\n"
        "rule a on push forbid when twice action block\nrule b on complaint require not over(level, 1)");
  if (f.diags.items.count != 0) check_print(&f);
  assert_int_equal(f.diags.items.count, 0);
  const struct expr *use = f.program->rules.at[0]->condition;
  assert_int_equal(use->ref, REF_DEFINE);
  const struct expr *second = use->expansion->right;
  assert_int_equal(second->ref, REF_DEFINE);
  assert_int_equal(second->expansion->op, OP_gt);
  assert_int_equal(second->expansion->left->ref, REF_DEFINE);
  assert_int_equal(second->expansion->left->expansion->op, OP_add);
  const struct field *level = f.program->rules.at[1]->condition->left->expansion->left->expansion->target;
  assert_true(is_text(level->path, "level"));
  check_done(&f);
}

static void mistakes_in_defines_show_their_use(void **state) {
  (void)state;
  struct fixture f;
  check(&f, "define late = colour is 1\nrule r on push\n forbid when late action block");
  assert_int_equal(f.diags.items.count, 1);
  assert_int_equal(f.diags.items.at[0].code, DIAG_N0303);
  uint32_t line, column;
  nuo__front_position(&f.files[0], f.diags.items.at[0].span.start, &line, &column);
  assert_int_equal(line, 1);
  nuo__front_position(&f.files[0], f.diags.items.at[0].also.start, &line, &column);
  assert_int_equal(line, 3);
  check_done(&f);
  check(&f, "define late = colour is 1");
  assert_int_equal(f.diags.items.count, 1);
  check_done(&f);
  check(&f, "define fine = level > 1");
  assert_int_equal(f.diags.items.count, 0);
  check_done(&f);
}

static void suggestions_follow_the_script(void **state) {
  (void)state;
  struct fixture f;
  check(&f, RULE("channel is emial"));
  assert_true(is_text(f.diags.items.at[0].suggestion, "email"));
  check_done(&f);
  check(&f, RULE("渠道 为 电子由件"));
  assert_true(is_text(f.diags.items.at[0].suggestion, "电子邮件"));
  check_done(&f);
  check(&f, RULE("用户.年龄段 > 1"));
  assert_true(is_text(f.diags.items.at[0].suggestion, "年龄"));
  check_done(&f);
}

// The parser stops at nests that stand written out; defines can still pile them up.
static void deep_nesting_is_refused(void **state) {
  (void)state;
  static char source[20000];
  strcpy(source, "define d0 = urgent");
  for (int i = 1; i <= 12; i++) {
    char line[64];
    snprintf(line, sizeof line, "\ndefine d%d = d%d", i, i - 1);
    strcat(source, line);
    for (int k = 0; k < 100; k++) strcat(source, " or urgent");
  }
  strcat(source, "\nrule r on push action block forbid when d12");
  struct fixture f;
  check(&f, source);
  if (!check_says_only(&f, "N0434", 14)) check_print(&f);
  assert_true(check_says_only(&f, "N0434", 14));
  check_done(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(expressions_have_types),
      cmocka_unit_test(conditions_are_accepted),
      cmocka_unit_test(tables_are_checked_exactly),
      cmocka_unit_test(table_heads_are_checked),
      cmocka_unit_test(rows_for_what_is_missing_stand_high_enough),
      cmocka_unit_test(the_search_of_a_large_table_is_cut_short),
      cmocka_unit_test(fields_are_flattened),
      cmocka_unit_test(exceptions_hang_from_rules_and_exceptions),
      cmocka_unit_test(observed_rules_note),
      cmocka_unit_test(settings_fill_parameters),
      cmocka_unit_test(constants_are_literals),
      cmocka_unit_test(lexicons_are_read),
      cmocka_unit_test(calendars_are_days),
      cmocka_unit_test(defines_are_put_in),
      cmocka_unit_test(mistakes_in_defines_show_their_use),
      cmocka_unit_test(suggestions_follow_the_script),
      cmocka_unit_test(deep_nesting_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
