// SPDX-License-Identifier: Apache-2.0
// One run of `check` over a source, a module of events that every test uses, and what was said about them.
#ifndef NUO_TESTS_CHECK_HARNESS_H
#define NUO_TESTS_CHECK_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "compiler/front.h"
#include "compiler/model.h"

#define POLICY "policy p version \"1\" zone \"Asia/Shanghai\" calendar cn undetermined hold "
// A rule whose condition stands on line 2.
#define RULE(condition) "rule r as 甲 on push\n  forbid when " condition "\n  action block"

struct fixture {
  struct arena *arena;
  struct diagnostics diags;
  struct source_file files[3];
  struct program *program;
};

// A source and the diagnostic that it has to give.
struct mistake {
  const char *code;
  uint32_t line;  // in the source; 0: no place
  const char *source;
  const char *setting;
  const char *module;
};

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

static inline bool read_file(void *context, struct arena *arena, uint32_t file, struct str path,
                             struct str *bytes) {
  static const struct {
    const char *path, *text;
  } files[] = {{"words.txt", "\xEF\xBB\xBF# banned\r\n最好\r\n\r\n  第一 \r\nbest\n"},
               {"twice.txt", "a\nb\na\n"},
               {"empty.txt", "# nothing\n\n"},
               {"gbk.txt", "ok\n\xD7\xEE\xBA\xC3\n"}};
  (void)context, (void)file;
  for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
    if (!nuo__str_is(path, files[i].path)) continue;
    *bytes = nuo__arena_copy(arena, files[i].text, strlen(files[i].text));
    return true;
  }
  return false;
}

static inline void add_file(struct fixture *f, uint32_t number, const char *path, struct str text) {
  f->files[number].path = nuo__str_of(path);
  f->files[number].text = text;
  if (number > 0) VEC_PUSH(f->arena, &f->files[0].uses, number);
  nuo__front_parse(f->arena, &f->diags, &f->files[number], number);
}

// An arena and nothing said yet; called by the two below and before check_document.
static inline void check_begin(struct fixture *f) {
  memset(f, 0, sizeof *f);
  f->arena = nuo__arena_new(nuo__default_allocator());
  assert_non_null(f->arena);
  f->diags.arena = f->arena;
}

// Checks `source`. `head` goes before it on its first line, so that lines are counted from the source's own;
// `module` (a used file) and `setting` ("name=value") may be NULL.
static inline void check_with(struct fixture *f, const char *head, const char *source, const char *module,
                              const char *setting) {
  check_begin(f);
  add_file(f, 0, "test.nuo", nuo__arena_format(f->arena, "%s%s\n", head, source));
  add_file(f, 1, "events.nuo", nuo__str_of(events));
  if (module != NULL) add_file(f, 2, "module.nuo", nuo__str_of(module));
  const struct str settings[] = {{setting, setting != NULL ? (uint32_t)strlen(setting) : 0}};
  const struct check_input input = {.files = f->files,
                                    .file_count = module != NULL ? 3 : 2,
                                    .settings = settings,
                                    .setting_count = setting != NULL,
                                    .read = read_file};
  f->program = nuo__check(f->arena, &f->diags, &input);
}

// Checks a Markdown document whose text lives in f->arena.
static inline void check_document(struct fixture *f, struct str text) {
  f->files[0].markdown = true;
  add_file(f, 0, "test.nuo.md", text);
  add_file(f, 1, "events.nuo", nuo__str_of(events));
  const struct check_input input = {.files = f->files, .file_count = 2};
  f->program = nuo__check(f->arena, &f->diags, &input);
}

// The same under POLICY.
static inline void check(struct fixture *f, const char *source) {
  check_with(f, POLICY, source, NULL, NULL);
}

static inline void check_done(struct fixture *f) {
  nuo__arena_free(f->arena);
}

// Prints what was said.
static inline void check_print(const struct fixture *f) {
  for (uint32_t i = 0; i < f->diags.items.count; i++) {
    const struct diagnostic *d = &f->diags.items.at[i];
    const struct str message = nuo__diag_message(f->arena, d, DIAG_EN);
    print_message("  %s file %u byte %u: %.*s\n", nuo__diag_info(d->code)->code, d->span.file, d->span.start,
                  (int)message.len, message.at);
  }
}

// Whether that is one diagnostic, of this code and at this line of its file (0: no place).
static inline bool check_says_only(const struct fixture *f, const char *code, uint32_t line) {
  if (f->diags.items.count != 1 || strcmp(nuo__diag_info(f->diags.items.at[0].code)->code, code) != 0)
    return false;
  const struct span span = f->diags.items.at[0].span;
  uint32_t at_line = 0, column = 0;
  if (span.end != 0) nuo__front_position(&f->files[span.file], span.start, &at_line, &column);
  return at_line == line;
}

#endif
