// SPDX-License-Identifier: Apache-2.0
// What `check` makes of facts, limits and counts: every diagnostic alone and at its line, and the model
// behind what is accepted: keys in both events, windows, labels, and how many events have to be remembered.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/front.h"
#include "compiler/model.h"

#define POLICY "policy p version \"1\" zone \"Asia/Shanghai\" calendar cn undetermined hold "
#define POLICY_WITHOUT "policy p version \"1\" zone \"Asia/Shanghai\" undetermined hold "

static const char *const declarations =
    "type channel as 渠道种类 = one of {app as 应用, sms as 短信}\n"
    "event push as 推送 enforceable {\n"
    "  id as 编号: text\n"
    "  time as 时间: instant\n"
    "  kind? as 类型: one of {marketing as 营销, service as 服务}\n"
    "  channel as 渠道: channel\n"
    "  score? as 分数: number\n"
    "  labels? as 标签: list of text\n"
    "  since? as 起始: instant\n"
    "  user as 用户 { id as 编号: text level as 级别: number }\n"
    "}\n"
    "event complaint as 投诉 observed lateness 10 minutes {\n"
    "  id as 编号: text\n"
    "  grade as 等级: number\n"
    "  user as 用户 { id as 编号: text level as 级别: text }\n"
    "}\n"
    "event consent as 授权 observed {\n"
    "  id as 编号: text\n"
    "  channel as 渠道: channel\n"
    "  amount? as 数量: number\n"
    "  user as 用户 { id as 编号: text }\n"
    "}\n"
    "calendar cn covers 2025-01-01..2026-01-01 { rest 2025-01-01 }\n"
    "parameter quota as 配额 = 3, 7 from 2026-01-01, 5 from 2027-01-01\n"
    "parameter ratio as 比率: decimal = 2.5\n"
    "parameter blank as 空白: number = unset\n"
    "table cap as 上限 (channel) -> number\n"
    "| app | 4 |\n"
    "| sms | 2 |\n"
    "fact consented as 已授权 (user: text, channel: channel)\n"
    "  starts on consent for (user.id, channel)\n"
    "fact level as 档次 (user: text): number\n"
    "  starts on consent as g where g.channel is sms for (g.user.id) with amount default 1\n"
    "  ends on complaint where grade > 3 for (user.id)\n";

struct fixture {
  struct arena *arena;
  struct diagnostics diags;
  struct source_file files[2];
  struct program *program;
};

static void add_file(struct fixture *f, uint32_t number, const char *path, struct str text) {
  f->files[number].path = (struct str){path, (uint32_t)strlen(path)};
  f->files[number].text = text;
  if (number > 0) VEC_PUSH(f->arena, &f->files[0].uses, number);
  nuo__front_parse(f->arena, &f->diags, &f->files[number], number);
}

// `head` goes before the source on its first line, so that lines are counted from the source's own.
static void check_with(struct fixture *f, const char *head, const char *source) {
  memset(f, 0, sizeof *f);
  f->arena = nuo__arena_new(nuo__default_allocator());
  assert_non_null(f->arena);
  f->diags.arena = f->arena;
  add_file(f, 0, "test.nuo", nuo__arena_format(f->arena, "%s%s\n", head, source));
  add_file(f, 1, "declarations.nuo", (struct str){declarations, (uint32_t)strlen(declarations)});
  const struct check_input input = {.files = f->files, .file_count = 2};
  f->program = nuo__check(f->arena, &f->diags, &input);
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

static void check_clean(struct fixture *f, const char *source) {
  check_with(f, POLICY, source);
  if (f->diags.items.count == 0) return;
  print_all(f);
  fail_msg("refused: %s", source);
}

static bool says_only(const struct fixture *f, const char *code, uint32_t line) {
  if (f->diags.items.count != 1 || strcmp(nuo__diag_info(f->diags.items.at[0].code)->code, code) != 0)
    return false;
  const struct span span = f->diags.items.at[0].span;
  uint32_t at_line = 0, column = 0;
  nuo__front_position(&f->files[span.file], span.start, &at_line, &column);
  return span.file == 0 && at_line == line;
}

// ---- every diagnostic ----
struct mistake {
  const char *code;
  uint32_t line;
  const char *source;
};

#define WHEN(condition) "rule r on push\n  forbid when " condition "\n  action block"
#define LIMIT(rest) "rule r on push\n  limit " rest "\n  action block"

static const struct mistake mistakes[] = {
    // facts: their declaration
    {"N0536", 1, "fact f (x: list of text) starts on push for (labels)"},
    {"N0536", 1, "fact f (x: text): list of text starts on push for (id) with labels"},
    {"N0309", 1, "fact f (x: txt) starts on push for (id)"},
    {"N0310", 2, "fact f (x: text)\n  starts on psh for (id)"},
    {"N0303", 2, "fact f (x: text)\n  starts on breach for (nobody)"},
    {"N0531", 2, "fact f (x: text)\n  starts on push for (id, channel)"},
    {"N0531", 3, "fact f (x: text)\n  starts on push for (id)\n  ends on push for ()"},
    {"N0401", 2, "fact f (x: text)\n  starts on push for (user.level)"},
    {"N0307", 2, "fact f (x: channel)\n  starts on push for (fax)"},
    {"N0304", 2, "fact f (x: text)\n  starts on push for (user.name)"},
    {"N0412", 2, "fact f (x: text)\n  starts on push where score for (id)"},
    {"N0532", 2, "fact f (x: text): number\n  starts on push for (id)"},
    {"N0533", 2, "fact f (x: text)\n  starts on push for (id) with 3"},
    {"N0401", 2, "fact f (x: text): number\n  starts on push for (id) with channel"},
    {"N0534", 1, "fact f (x: text) ends on push for (id)"},
    {"N0301", 1, "fact quota (x: text) starts on push for (id)"},
    {"N0535", 1,
     "fact f (a: text, b: text, c: text, d: text, e: text, f: text, g: text, h: text, i: text, j: text, k: "
     "text,\n l: text, m: text, n: text, o: text) starts on push for (id, id, id, id, id, id, id, id, id, "
     "id,\n"
     "id, id, id, id, id)"},
    // facts: their use
    {"N0429", 2, WHEN("consented(user.id)")},
    {"N0401", 2, WHEN("consented(user.level, channel)")},
    {"N0307", 2, WHEN("consented(user.id, fax)")},
    {"N0459", 2, WHEN("consented")},
    {"N0412", 2, WHEN("level(user.id)")},
    {"N0402", 2, WHEN("level(user.id) > channel")},
    {"N0460", 2, WHEN("since cap(channel) > time")},
    {"N0314", 2, WHEN("since consnted(user.id) > time")},
    {"N0402", 2, WHEN("since consented(user.id, channel) > 3")},
    {"N0456", 1, "parameter q = consented(\"u\", sms)"},
    {"N0456", 1, "sample \"t\" { when push { score: level(\"u\") } }"},
    // limits
    {"N0452", 2, LIMIT("3 per user.id")},
    {"N0401", 2, LIMIT("channel per user.id this day")},
    {"N0401", 2, LIMIT("2.5 per user.id this day")},
    {"N0450", 2, LIMIT("user.level per user.id this day")},
    {"N0450", 2, LIMIT("level(user.id) per user.id this day")},
    {"N0450", 2, LIMIT("least(score, user.level) per user.id this day")},
    {"N0450", 2, LIMIT("least(user.level, cap(channel)) per user.id this day")},
    {"N0450", 2, LIMIT("quota * 2 per user.id this day")},
    {"N0450", 2, LIMIT("quota - user.level per user.id this day")},
    {"N0451", 2, LIMIT("100001 per user.id this day")},
    {"N0453", 2, LIMIT("3 per user.id in last quota")},
    {"N0453", 2, LIMIT("3 per user.id in last 0 hours")},
    {"N0455", 2, LIMIT("3 per labels this day")},
    {"N0304", 2, LIMIT("3 per user.name this day")},
    {"N0535", 2, LIMIT("3 per (id, id, id, id, id, id, id, id, id, id, id, id, id, id, id) this day")},
    {"N0560", 3, "rule r on push\n  limit 3 per user.id this day action block\n  raise complaint { id: id }"},
    {"N0513", 1, "rule r on complaint limit 3 per user.id this day action block"},
    // counts
    {"N0440", 2, WHEN("sum of score over push per user.id in last 7 days > 3")},
    {"N0440", 2, WHEN("share of push where score > 3 per user.id in last 24 hours > 5%")},
    {"N0452", 2, WHEN("sum of score over push per user.id > 3")},
    {"N0458", 2, WHEN("sum of channel over push per user.id this day is sms")},
    {"N0455", 2, WHEN("distinct of labels over push per user.id this day > 3")},
    {"N0451", 2, WHEN("distinct of channel over push per user.id this day > 1001")},
    {"N0449", 2, WHEN("distinct of channel over push per user.id this day + 1 > 3")},
    {"N0310", 2, WHEN("count of psh per user.id this day > 3")},
    {"N0304", 2, WHEN("count of breach per user.ident this day > 3")},
    {"N0452", 2, WHEN("count of push per user.id > 3")},
    {"N0453", 2, WHEN("count of push per user.id in last 3 > 3")},
    {"N0449", 2, WHEN("count of push per user.id this day + 1 > 3")},
    {"N0449", 2, WHEN("count of push per user.id this day in {1, 2}")},
    {"N0449", 2, WHEN("count of push per user.id this day is missing")},
    {"N0412", 2, WHEN("count of push per user.id this day")},
    {"N0449", 4,
     "rule r on push\n  forbid when channel is sms\n  action block\n  because \"{count of push per "
     "user.id this day}\""},
    {"N0450", 2, WHEN("count of push per user.id this day > user.level")},
    {"N0450", 2, WHEN("user.level <= count of push per user.id this day")},
    {"N0451", 2, WHEN("count of push per user.id this day is 100001")},
    {"N0402", 2, WHEN("count of push per user.id this day > channel")},
    {"N0304", 2, WHEN("count of complaint per user.name this day > 3")},
    {"N0303", 2, WHEN("count of complaint per score this day > 3")},
    {"N0303", 2, WHEN("count of consent where kind is marketing per user.id this day > 3")},
    {"N0303", 2, "rule r on consent\n  forbid when count of push per kind this day > 3\n  action note"},
    {"N0454", 2, WHEN("count of complaint per user.level this day > 3")},
    {"N0455", 2, WHEN("count of push per labels this day > 3")},
    {"N0457", 1,
     "define many(who: text) = count of push per who this day > 3\n"
     "rule r on push forbid when many(user.id) action block"},
    {"N0457", 1,
     "define many(x: number) = count of push where score is x per user.id this day > 3\n"
     "rule r on push forbid when many(score) action block"},
    {"N0404", 2, WHEN("elapsed since last push per user.id < 3 days")},
    {"N0402", 2, WHEN("elapsed since last push per user.id < channel")},
    // lateness
    {"N0333", 1, "event e observed lateness 2 days { id: text }"},
    {"N0333", 1, "event e observed lateness 10 { id: text }"},
    {"N0333", 1, "event e observed lateness quota { id: text }"},
};

static void each_mistake_is_reported_once(void **state) {
  (void)state;
  uint32_t failed = 0;
  for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
    const struct mistake *m = &mistakes[i];
    struct fixture f;
    check_with(&f, POLICY, m->source);
    if (!says_only(&f, m->code, m->line)) {
      print_message("%s at line %u wanted from:\n%s\n", m->code, m->line, m->source);
      print_all(&f);
      failed++;
    }
    done(&f);
  }
  assert_int_equal(failed, 0);
}

static void workdays_need_a_calendar(void **state) {
  (void)state;
  struct fixture f;
  check_with(&f, POLICY_WITHOUT, LIMIT("3 per user.id in last 5 workdays"));
  assert_true(says_only(&f, "N0441", 2));
  done(&f);
  check_clean(&f, LIMIT("3 per user.id in last 5 workdays"));
  done(&f);
}

// A bound that is missing comes with a way out in both languages.
static void the_way_out_is_named(void **state) {
  (void)state;
  struct fixture f;
  check_with(&f, POLICY, LIMIT("user.level per user.id this day"));
  const struct str en = nuo__diag_help(f.arena, &f.diags.items.at[0], DIAG_EN);
  const struct str zh = nuo__diag_help(f.arena, &f.diags.items.at[0], DIAG_ZH);
  assert_non_null(strstr(nuo__arena_format(f.arena, "%.*s", (int)en.len, en.at).at, "least(…, 1000)"));
  assert_non_null(strstr(nuo__arena_format(f.arena, "%.*s", (int)zh.len, zh.at).at, "最小（……，1000）"));
  done(&f);
}

// ---- what is accepted ----
static const char *const conditions[] = {
    "consented(user.id, channel)",
    "not 已授权(用户.编号, 短信) 或 consented(user.id, channel) is missing",
    "consented(\"u\", sms) is present",
    "level(user.id) > 3 or level(user.id) default 0 is 0 or level(user.id) is missing",
    "time - since consented(user.id, channel) < 24 hours",
    "时间 - 起始时间 已授权(用户.编号, 渠道) 少于 24小时",
    "since is missing or p.since > time",
    "since consented(user.id, channel) is missing or since level(user.id) > since consented(user.id, sms)",
    "count of push per user.id this day > 3",
    "3 < count of push attempts per (user.id, channel) in last 3 days",
    "(count of complaint where grade > 2 per user.id this month) at least quota",
    "count of push where consented(user.id, channel) per user.id this quarter is not 2",
    "count of push per () this year >= least(user.level, 1000)",
    "count of push as q where q.kind is marketing per user.id in last 2 weeks <= ratio",
    "次数 投诉 其中 等级 多于 2 每 用户.编号 近 24小时 至少 3",
    "today > 3 and over(count of push per user.id this week)",
    "many(3) or many(quota)",
    "elapsed since last push where kind is marketing per user.id < 3 hours",
    "elapsed since last push attempts per user.id is missing",
    "距上次 推送 每 （用户.编号、渠道） 少于 3小时",
};

static void conditions_are_accepted(void **state) {
  (void)state;
  char source[1024];
  for (size_t i = 0; i < sizeof conditions / sizeof *conditions; i++) {
    struct fixture f;
    snprintf(source, sizeof source,
             "define today = count of push per user.id this day\n"
             "define over(n: number): flag = n > 3 or n > 5\n"
             "define many(x: number): flag = count of push where score is x per user.id this day > x\n"
             "define unused = count of push per user.id this day\n"
             "rule r on push as p forbid when %s action block",
             conditions[i]);
    check_with(&f, POLICY, source);
    if (f.diags.items.count != 0) {
      print_all(&f);
      fail_msg("refused: %s", conditions[i]);
    }
    done(&f);
  }
}

// ---- how many events are remembered ----
static const struct {
  const char *number;
  uint32_t limit;  // capacity as a limit; one more when a count is compared with it
} bounds[] = {
    {"3", 3},
    {"100000 - 1", 99999},
    {"quota", 7},
    {"cap(channel)", 4},
    {"cap(channel) + quota", 11},
    {"quota - 2", 5},
    {"10 - quota", 7},
    {"-(-6)", 6},
    {"least(user.level, 1000)", 1000},
    {"least(user.level, 9, 1000)", 9},
    {"least(user.level, cap(channel) default 3)", 4},
    {"least(cap(channel), quota)", 7},
    {"least(cap(channel), cap(sms))", 4},
    {"greatest(cap(channel), quota, 6)", 7},
    {"cap(channel) default 20", 20},
    {"least(user.level, quota) + 1", 8},
    {"d(quota)", 14},
};

static void capacity_follows_the_bound(void **state) {
  (void)state;
  char source[512];
  for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++) {
    struct fixture f;
    snprintf(source, sizeof source,
             "define d(x: number) = x + x\n"
             "rule r on push limit %s per user.id this day action block\n"
             "rule s on push forbid when count of push per user.id this day > %s action block",
             bounds[i].number, bounds[i].number);
    check_clean(&f, source);
    if (f.program->counters.at[0]->capacity != bounds[i].limit)
      fail_msg("%s: %u", bounds[i].number, f.program->counters.at[0]->capacity);
    assert_int_equal(f.program->counters.at[1]->capacity, bounds[i].limit + 1);
    done(&f);
  }
}

static void capacity_is_never_zero(void **state) {
  (void)state;
  static const char *const rules[] = {
      LIMIT("0 per user.id this day"),
      LIMIT("blank per user.id this day"),
      WHEN("count of push per user.id this day > 0"),
      WHEN("count of push per user.id this day > -5"),
      WHEN("elapsed since last push per user.id < 3 hours"),
  };
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    struct fixture f;
    check_clean(&f, rules[i]);
    assert_int_equal(f.program->counters.at[0]->capacity, 1);
    done(&f);
  }
}

static void the_greatest_comparison_counts(void **state) {
  (void)state;
  struct fixture f;
  check_clean(&f,
              "define over(n: number): flag = n > 3 or n > 5\n"
              "rule r on push forbid when over(count of push per user.id this day) action block\n"
              "rule s on push forbid when count of push per user.id this day < 2.5 action block");
  assert_int_equal(f.program->counters.count, 2);
  assert_int_equal(f.program->counters.at[0]->capacity, 6);
  assert_int_equal(f.program->counters.at[1]->capacity, 4);
  done(&f);
}

// ---- the model ----
static void assert_str(struct str got, const char *want) {
  if (got.len != strlen(want) || memcmp(got.at, want, got.len) != 0)
    fail_msg("%.*s is not %s", (int)got.len, got.at, want);
}

static void assert_field(const struct expr *e, const char *event, const char *path) {
  assert_int_equal(e->ref, REF_FIELD);
  const struct field *field = e->target;
  assert_str(field->event->names.en, event);
  assert_str(field->path, path);
}

static void facts_are_in_the_model(void **state) {
  (void)state;
  struct fixture f;
  check_clean(&f, WHEN("level(user.id) > 2 and since consented(user.id, sms) < time"));
  assert_int_equal(f.program->facts.count, 2);
  const struct fact *consented = f.program->facts.at[0], *level = f.program->facts.at[1];
  assert_str(consented->names.zh, "已授权");
  assert_null(consented->type);
  assert_int_equal(consented->keys.count, 2);
  assert_int_equal(consented->keys.at[1]->kind, TYPE_ENUM);
  assert_int_equal(level->type->kind, TYPE_NUMBER);
  assert_int_equal(level->index, 1);
  assert_int_equal(level->changes.count, 2);
  const struct fact_rule *start = &level->changes.at[0], *end = &level->changes.at[1];
  assert_true(start->starts);
  assert_str(start->event->names.en, "consent");
  assert_int_equal(start->where->type->kind, TYPE_FLAG);
  assert_field(start->key.at[0], "consent", "user.id");
  assert_int_equal(start->with->type->kind, TYPE_NUMBER);
  assert_false(end->starts);
  assert_null(end->with);
  assert_field(end->key.at[0], "complaint", "user.id");
  const struct expr *condition = f.program->rules.at[0]->condition;
  const struct expr *use = condition->left->left, *since = condition->right->left;
  assert_int_equal(use->ref, REF_FACT);
  assert_ptr_equal(use->target, level);
  assert_int_equal(use->type->kind, TYPE_NUMBER);
  assert_int_equal(since->kind, EXPR_SINCE);
  assert_int_equal(since->type->kind, TYPE_INSTANT);
  assert_ptr_equal(since->left->target, consented);
  done(&f);
}

static void limits_are_in_the_model(void **state) {
  (void)state;
  struct fixture f;
  check_clean(&f,
              "rule r on push as p where kind is marketing\n"
              "  limit quota attempts per (p.user.id, channel) in last 24 hours action block\n"
              "规则 s 针对 投诉 限制 2 每 用户.编号 本月 处置 记录");
  const struct rule *r = f.program->rules.at[0], *s = f.program->rules.at[1];
  assert_int_equal(r->core, CORE_LIMIT);
  assert_int_equal(r->condition->type->kind, TYPE_NUMBER);
  assert_int_equal(r->per.count, 2);
  assert_field(r->per.at[0], "push", "user.id");
  assert_int_equal(r->window.kind, WINDOW_LAST);
  assert_int_equal(r->window.length_type->kind, TYPE_DURATION);
  assert_int_equal(r->window.length->number, 24);
  assert_ptr_equal(r->counter->where, r->scope);
  assert_true(r->counter->attempts);
  assert_ptr_equal(r->counter->event, r->event);
  assert_str(r->counter->label, "push where … attempts per (user.id, channel) in last 24 hours");
  assert_int_equal(s->window.kind, WINDOW_THIS);
  assert_int_equal(s->window.period, UNIT_MONTH);
  assert_null(s->counter->where);
  assert_false(s->counter->attempts);
  assert_str(s->counter->label, "complaint per user.id this month");
  assert_int_equal(s->counter->index, 1);
  done(&f);
}

static void counts_are_in_the_model(void **state) {
  (void)state;
  struct fixture f;
  check_clean(&f, WHEN("count of complaint where grade > 2 per user.id in last 1 month > 3 and elapsed since "
                       "last push per (channel, user.id) < 3 hours"));
  const struct expr *condition = f.program->rules.at[0]->condition;
  const struct expr *count = condition->left->left, *elapsed = condition->right->left;
  assert_int_equal(count->type->kind, TYPE_NUMBER);
  assert_ptr_equal(count->counter, f.program->counters.at[0]);
  assert_str(count->counter->event->names.en, "complaint");
  assert_field(count->counter->where->left, "complaint", "grade");
  assert_field(count->counter->key.at[0], "complaint", "user.id");
  assert_int_equal(count->items.count, 1);
  assert_field(count->items.at[0], "push", "user.id");
  assert_int_equal(count->window->kind, WINDOW_LAST);
  assert_int_equal(count->window->length_type->kind, TYPE_PERIOD);
  assert_int_equal(count->window->length->unit, UNIT_MONTH);
  assert_str(count->counter->label, "complaint where … per user.id in last 1 month");
  assert_int_equal(elapsed->type->kind, TYPE_DURATION);
  assert_null(elapsed->window);
  assert_int_equal(elapsed->items.count, 2);
  assert_field(elapsed->items.at[0], "push", "channel");
  assert_str(elapsed->counter->label, "push per (channel, user.id)");
  done(&f);
}

// Every use of a definition counts for itself, and what nobody uses counts nothing.
static void definitions_count_where_they_are_used(void **state) {
  (void)state;
  struct fixture f;
  check_clean(&f,
              "define today = count of push per user.id this day\n"
              "define unused = count of push per user.id this day > 3\n"
              "rule r on push forbid when today > 3 action block\n"
              "rule s on complaint forbid when today > 5 action note");
  assert_int_equal(f.program->counters.count, 2);
  assert_int_equal(f.program->counters.at[0]->capacity, 4);
  assert_int_equal(f.program->counters.at[1]->capacity, 6);
  const struct expr *there = f.program->rules.at[1]->condition->left->expansion;
  assert_field(there->items.at[0], "complaint", "user.id");
  assert_field(there->counter->key.at[0], "push", "user.id");
  done(&f);
}

static void lateness_is_in_milliseconds(void **state) {
  (void)state;
  struct fixture f;
  check_clean(&f,
              "event e observed lateness 2 hours { id: text }\n事件 甲 仅记录 迟到容许 30秒 { 编号：文本 }");
  const int64_t want[] = {0, 600000, 0, 7200000, 30000};
  assert_int_equal(f.program->events.count, 5);
  for (uint32_t i = 0; i < 5; i++) assert_int_equal(f.program->events.at[i]->lateness, want[i]);
  done(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_mistake_is_reported_once),
      cmocka_unit_test(workdays_need_a_calendar),
      cmocka_unit_test(the_way_out_is_named),
      cmocka_unit_test(conditions_are_accepted),
      cmocka_unit_test(capacity_follows_the_bound),
      cmocka_unit_test(capacity_is_never_zero),
      cmocka_unit_test(the_greatest_comparison_counts),
      cmocka_unit_test(facts_are_in_the_model),
      cmocka_unit_test(limits_are_in_the_model),
      cmocka_unit_test(counts_are_in_the_model),
      cmocka_unit_test(definitions_count_where_they_are_used),
      cmocka_unit_test(lateness_is_in_milliseconds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
