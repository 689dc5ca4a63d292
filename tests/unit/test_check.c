// SPDX-License-Identifier: Apache-2.0
// What `check` says and makes: every diagnostic once, at its line and alone (a mistake must not drag others
// along); the types of expressions; and the program that comes out.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/front.h"
#include "compiler/model.h"

#define POLICY "policy p version \"1\" zone \"Asia/Shanghai\" calendar cn undetermined hold "

// A module used by every test.
static const char *const events =
    "event push \"push.requested\" as 推送 enforceable identity id time time subject user.id\n"
    "  zone user.tz default policy {\n"
    "  id as 编号: text\n"
    "  time as 时间: instant\n"
    "  channel as 渠道: channel\n"
    "  kind? as 类型: one of {marketing as 商业广告, service as 服务通知, news as 新闻}\n"
    "  urgent? as 紧急: flag\n"
    "  title? as 标题: text\n"
    "  body? as 正文: text\n"
    "  score? as 分数: number\n"
    "  price? as 价格: decimal\n"
    "  labels? as 标签: list of text\n"
    "  marks? as 评分: list of number\n"
    "  created? as 创建: instant\n"
    "  ttl? as 有效期: duration\n"
    "  user as 用户 {\n"
    "    id as 编号: text sensitive\n"
    "    age? as 年龄: number\n"
    "    birth? as 生日: date\n"
    "    tz? as 所在时区: zone\n"
    "    quiet? as 静默: clock\n"
    "    home? as 住址 { city as 城市: text street? as 街道: text }\n"
    "  }\n"
    "}\n"
    "event complaint as 投诉 observed { id as 编号: text score? as 分数: number level as 级别: number }\n"
    "type channel as 推送渠道 = one of {app as 应用推送, sms as 短信, email as 电子邮件}\n"
    "calendar cn as 中国 covers 2025-01-01..2026-01-01 {\n"
    "  rest 2025-01-01, 2025-10-01..2025-10-04\n"
    "  work 2025-09-28\n"
    "}\n";

struct fixture {
  struct arena *arena;
  struct diagnostics diags;
  struct source_file files[3];
  struct program *program;
};

static bool read_file(void *context, struct arena *arena, struct str path, struct str *bytes) {
  static const struct {
    const char *path, *text;
  } files[] = {{"words.txt", "\xEF\xBB\xBF# banned\r\n最好\r\n\r\n  第一 \r\nbest\n"},
               {"twice.txt", "a\nb\na\n"},
               {"empty.txt", "# nothing\n\n"},
               {"gbk.txt", "ok\n\xD7\xEE\xBA\xC3\n"}};
  (void)context;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    if (strlen(files[i].path) != path.len || memcmp(files[i].path, path.at, path.len) != 0) continue;
    *bytes = nuo__arena_copy(arena, files[i].text, strlen(files[i].text));
    return true;
  }
  return false;
}

static void add_file(struct fixture *f, uint32_t number, const char *path, struct str text) {
  f->files[number].path = (struct str){path, (uint32_t)strlen(path)};
  f->files[number].text = text;
  nuo__front_parse(f->arena, &f->diags, &f->files[number], number);
}

// `head` goes before the source on its first line, so that lines are counted from the source's own.
static void check_with(struct fixture *f, const char *head, const char *source, const char *module,
                       const char *setting) {
  memset(f, 0, sizeof *f);
  f->arena = nuo__arena_new(nuo__default_allocator());
  assert_non_null(f->arena);
  f->diags.arena = f->arena;
  add_file(f, 0, "test.nuo", nuo__arena_format(f->arena, "%s%s\n", head, source));
  add_file(f, 1, "events.nuo", (struct str){events, (uint32_t)strlen(events)});
  if (module != NULL) add_file(f, 2, "module.nuo", (struct str){module, (uint32_t)strlen(module)});
  const struct str settings[] = {{setting, setting != NULL ? (uint32_t)strlen(setting) : 0}};
  const struct check_input input = {.files = f->files,
                                    .file_count = module != NULL ? 3 : 2,
                                    .settings = settings,
                                    .setting_count = setting != NULL,
                                    .read = read_file};
  f->program = nuo__check(f->arena, &f->diags, &input);
}

static void check(struct fixture *f, const char *source) {
  check_with(f, POLICY, source, NULL, NULL);
}

static void done(struct fixture *f) {
  nuo__arena_free(f->arena);
}

static void print_all(const struct fixture *f) {
  for (uint32_t i = 0; i < f->diags.items.count; i++) {
    const struct diagnostic *d = &f->diags.items.at[i];
    const struct str message = nuo__diag_message(f->arena, d, DIAG_EN);
    print_message("  %s file %u byte %u: %.*s\n", nuo__diag_info(d->code)->code, d->span.file, d->span.start,
                  (int)message.len, message.at);
  }
}

static bool says_only(const struct fixture *f, const char *code, uint32_t line) {
  if (f->diags.items.count != 1 || strcmp(nuo__diag_info(f->diags.items.at[0].code)->code, code) != 0)
    return false;
  const struct span span = f->diags.items.at[0].span;
  uint32_t at_line = 0, column = 0;
  if (span.end != 0) nuo__front_position(&f->files[span.file], span.start, &at_line, &column);
  return at_line == line;
}

// ---- every diagnostic ----
struct mistake {
  const char *code;
  uint32_t line;  // in the source; 0: no place
  const char *source;
  const char *setting;
  const char *module;
};

#define RULE(condition) "rule r as 甲 on push\n  forbid when " condition "\n  action block"

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
    {"N0520", 2, "rule r on push forbid when urgent action block\n raise complaint {id: id}", NULL, NULL},
    {"N0521", 1, "rule r on breach forbid when true action note", NULL, NULL},
    {"N0524", 2, "severities a < b\nseverities c < d", NULL, NULL},
    {"N0525", 2, "parameter q = 1\nrule r on push forbid when urgent action strip q", NULL, NULL},
    {"N0526", 1, "clause organisational \"why\"", NULL, NULL},
    {"N0528", 1, "duty d on complaint must push within 24 hours", NULL, NULL},
    {"N0529", 3,
     "rule r on push forbid when urgent action block\nexception e to r when title is present\n"
     "test \"t\" { expect block by e }",
     NULL, NULL},
    {"N0310", 1, "test \"t\" { when pushh { id: \"a\" } }", NULL, NULL},
    {"N0304", 1, "test \"t\" { when push { idd: \"a\" } }", NULL, NULL},
    {"N0307", 1, "test \"t\" { when push { channel: fax } }", NULL, NULL},
    {"N0311", 1, "test \"t\" { expect block by nobody }", NULL, NULL},
    {"N0503", 1, "", NULL, "policy q version \"1\" zone \"UTC\" undetermined hold\n"},

    {"N0701", 1, "parameter q = 1 + 2", NULL, NULL},
    {"N0702", 1, "parameter q = unset", NULL, NULL},
    {"N0703", 1, "parameter q = 3 days", NULL, NULL},
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
    if (!two && !says_only(&f, m->code, line)) {
      print_message("%s at line %u wanted from:\n%s\n", m->code, line, m->source);
      print_all(&f);
      failed++;
    }
    done(&f);
  }
  assert_int_equal(failed, 0);
}

// ---- policies ----
static const struct mistake policies[] = {
    {"N0501", 0, "parameter q = 1", NULL, NULL},
    {"N0502", 2, POLICY "\npolicy z version \"1\" zone \"UTC\" undetermined note", NULL, NULL},
    {"N0504", 1, "policy p version \"1\" undetermined hold", NULL, NULL},
    {"N0505", 1, "policy p zone \"UTC\" undetermined hold", NULL, NULL},
    {"N0506", 1, "policy p version \"1\" zone \"UTC\"", NULL, NULL},
    {"N0438", 1, "policy p version \"1\" zone \"Mars/Base\" undetermined hold", NULL, NULL},
    {"N0313", 1, "policy p version \"1\" zone \"UTC\" calendar us undetermined hold", NULL, NULL},
    {"N0523", 1, "policy p version \"1\" zone \"UTC\" undetermined strip title", NULL, NULL},
    {"N0441", 2,
     "policy p version \"1\" zone \"UTC\" undetermined hold\n"
     "rule r on push forbid when is_workday(time) action block",
     NULL, NULL},
};

static void policies_are_complete(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof policies / sizeof *policies; i++) {
    struct fixture f;
    check_with(&f, "", policies[i].source, NULL, NULL);
    if (!says_only(&f, policies[i].code, policies[i].line)) {
      print_all(&f);
      fail_msg("%s wanted from: %s", policies[i].code, policies[i].source);
    }
    done(&f);
  }
}

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
      if (type == NULL) print_all(&f);
      if (type == NULL) fail_msg("no type: %s", typings[i].expression);
      const struct str name = nuo__type_name(f.arena, type).en;
      if (name.len != strlen(typings[i].type) || memcmp(name.at, typings[i].type, name.len) != 0)
        fail_msg("%s is %.*s", typings[i].expression, (int)name.len, name.at);
    }
    done(&f);
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
      print_all(&f);
      fail_msg("refused: %s", conditions[i]);
    }
    done(&f);
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
    memset(&f, 0, sizeof f);
    f.arena = nuo__arena_new(nuo__default_allocator());
    f.diags.arena = f.arena;
    f.files[0].markdown = true;
    add_file(&f, 0, "test.nuo.md",
             nuo__arena_format(f.arena, "```nuo\n" POLICY "\ntable t (%s) -> number\n```\n\n%s\n",
                               tables[i].module, tables[i].source));
    add_file(&f, 1, "events.nuo", (struct str){events, (uint32_t)strlen(events)});
    const struct check_input input = {.files = f.files, .file_count = 2};
    f.program = nuo__check(f.arena, &f.diags, &input);
    if (!table_says(&f, &tables[i])) {
      print_message("%s wanted from (%s):\n%s\n", tables[i].code, tables[i].module, tables[i].source);
      print_all(&f);
      failed++;
    }
    done(&f);
  }
  assert_int_equal(failed, 0);
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
    if (!says_only(&f, table_heads[i].code, table_heads[i].line)) print_all(&f);
    assert_true(says_only(&f, table_heads[i].code, table_heads[i].line));
    done(&f);
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
  if (!says_only(&f, "N0604", 1)) print_all(&f);
  assert_true(says_only(&f, "N0604", 1));
  assert_int_equal(f.diags.errors, 0);
  done(&f);
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
  done(&f);
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
  if (f.diags.items.count != 0) print_all(&f);
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
  done(&f);
}

static void observed_rules_note(void **state) {
  (void)state;
  struct fixture f;
  check(&f, "severities low < high\nrule r on complaint require score is present severity high");
  assert_int_equal(f.diags.items.count, 0);
  assert_int_equal(f.program->rules.at[0]->action.kind, ACTION_NOTE);
  assert_int_equal(f.program->rules.at[0]->undetermined.kind, ACTION_NOTE);
  assert_int_equal(f.program->rules.at[0]->severity, 1);
  done(&f);
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
  done(&f);
  check_with(&f, POLICY, "parameter who: text = \"a\"", NULL, "who=小 明");
  assert_int_equal(f.diags.items.count, 0);
  assert_true(is_text(f.program->parameters.at[0]->values.at[0].value->text, "小 明"));
  done(&f);
  check_with(&f, POLICY, "parameter c: channel = sms", NULL, "c=电子邮件");
  assert_int_equal(f.diags.items.count, 0);
  assert_int_equal(f.program->parameters.at[0]->values.at[0].value->number, 2);
  done(&f);
}

static void constants_are_literals(void **state) {
  (void)state;
  struct fixture f;
  check(&f,
        "parameter a: decimal = -3\nparameter b = {1, 2.5}\nparameter c: list of text = {\"x\"}\n"
        "parameter d = -2 hours\nparameter e = 1 from 2025-01-01, 2 from 2026-01-01 reviewed 2025-06-01");
  if (f.diags.items.count != 0) print_all(&f);
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
  done(&f);
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
  done(&f);
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
  done(&f);
}

static void defines_are_put_in(void **state) {
  (void)state;
  struct fixture f;
  check(&f,
        "define over(x: number, y: decimal): flag = x > y\n"
        "define twice = over(score, 2) or over(score + 1, price)\n"
        "rule a on push forbid when twice action block\nrule b on complaint require not over(level, 1)");
  if (f.diags.items.count != 0) print_all(&f);
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
  done(&f);
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
  done(&f);
  check(&f, "define late = colour is 1");
  assert_int_equal(f.diags.items.count, 1);
  done(&f);
  check(&f, "define fine = level > 1");
  assert_int_equal(f.diags.items.count, 0);
  done(&f);
}

static void suggestions_follow_the_script(void **state) {
  (void)state;
  struct fixture f;
  check(&f, RULE("channel is emial"));
  assert_true(is_text(f.diags.items.at[0].suggestion, "email"));
  done(&f);
  check(&f, RULE("渠道 为 电子由件"));
  assert_true(is_text(f.diags.items.at[0].suggestion, "电子邮件"));
  done(&f);
  check(&f, RULE("用户.年龄段 > 1"));
  assert_true(is_text(f.diags.items.at[0].suggestion, "年龄"));
  done(&f);
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
  if (!says_only(&f, "N0434", 14)) print_all(&f);
  assert_true(says_only(&f, "N0434", 14));
  done(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_mistake_is_reported_once),
      cmocka_unit_test(policies_are_complete),
      cmocka_unit_test(expressions_have_types),
      cmocka_unit_test(conditions_are_accepted),
      cmocka_unit_test(tables_are_checked_exactly),
      cmocka_unit_test(table_heads_are_checked),
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
