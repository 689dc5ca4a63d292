// SPDX-License-Identifier: Apache-2.0
// `nuo new`: a folder with a policy to begin with, of one clause, one rule and one test. The name of the
// folder is the name of the policy.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/cli/cli.h"

static const char english[] =
    "# %s\n"
    "\n"
    "Say here whom these rules bind, and why there are rules.\n"
    "\n"
    "```nuo\n"
    "policy %s\n"
    "  title \"%s\"\n"
    "  version \"0.1\"\n"
    "  effective from 2025-01-01\n"
    "  zone \"Europe/London\"\n"
    "  undetermined hold  # what is done when the evidence does not decide\n"
    "\n"
    "event message\n"
    "  enforceable  # it can still be stopped\n"
    "{\n"
    "  id: text\n"
    "  time: instant\n"
    "  kind: one of {advert, service}\n"
    "}\n"
    "```\n"
    "\n"
    "## 1 No advertisements at night\n"
    "\n"
    "An advertisement that would arrive between ten at night and eight in the morning waits until eight.\n"
    "\n"
    "```nuo\n"
    "rule quiet_hours\n"
    "  on message where kind is advert\n"
    "  forbid when clock(time) in 22:00..08:00\n"
    "  action defer until 08:00\n"
    "  because \"it is {clock(time)}\"\n"
    "\n"
    "test \"advertisements wait from ten at night until eight, service messages do not\" {\n"
    "  when message { kind: advert, time: 2025-01-15T21:59:59.999Z }\n"
    "  expect allow\n"
    "  when message { kind: advert, time: 2025-01-15T22:00Z }\n"
    "  expect defer by quiet_hours until 08:00\n"
    "  when message { kind: service, time: 2025-01-15T23:00Z }\n"
    "  expect allow\n"
    "  when message { kind: advert, time: 2025-01-16T07:59:59.999Z }\n"
    "  expect defer by quiet_hours until 08:00\n"
    "  when message { kind: advert, time: 2025-01-16T08:00Z }\n"
    "  expect allow\n"
    "}\n"
    "```\n";

static const char chinese[] =
    "# %s\n"
    "\n"
    "这里写明规则约束何人、为何而设。\n"
    "\n"
    "```nuo\n"
    "政策 %s\n"
    "  标题 \"%s\"\n"
    "  版本 \"0.1\"\n"
    "  生效自 2025-01-01\n"
    "  时区 \"Asia/Shanghai\"\n"
    "  不明时 待审  # 证据不足以判定时的处置\n"
    "\n"
    "事件 消息\n"
    "  可拦截  # 尚未发出，还可以拦下\n"
    "{\n"
    "  id: 文本\n"
    "  time: 时点\n"
    "  类型 亦称 kind: 取值 {广告 亦称 advert, 服务 亦称 service}\n"
    "}\n"
    "```\n"
    "\n"
    "## 第一条 夜间不发广告\n"
    "\n"
    "二十二时至次日八时到达的广告，延后至八时。\n"
    "\n"
    "```nuo\n"
    "规则 夜间免打扰\n"
    "  针对 消息 其中 类型 为 广告\n"
    "  禁止 当 时刻(time) 属于 22:00..08:00\n"
    "  处置 延后至 08:00\n"
    "  理由 \"到达时为 {时刻(time)}\"\n"
    "\n"
    "测试 \"广告自二十二时起延后至八时，服务消息不受影响\" {\n"
    "  当 消息 { 类型: 广告, time: 2025-01-15T21:59:59.999+08:00 }\n"
    "  预期 放行\n"
    "  当 消息 { 类型: 广告, time: 2025-01-15T22:00+08:00 }\n"
    "  预期 延后 因 夜间免打扰 至 08:00\n"
    "  当 消息 { 类型: 服务, time: 2025-01-15T23:00+08:00 }\n"
    "  预期 放行\n"
    "  当 消息 { 类型: 广告, time: 2025-01-16T07:59:59.999+08:00 }\n"
    "  预期 延后 因 夜间免打扰 至 08:00\n"
    "  当 消息 { 类型: 广告, time: 2025-01-16T08:00+08:00 }\n"
    "  预期 放行\n"
    "}\n"
    "```\n";

// What stands behind the last slash.
static const char *last_part(const char *path) {
  const char *slash = strrchr(path, '/');
  return slash == NULL ? path : slash + 1;
}

// A name of the language: what cannot stand in one becomes a line below.
static void name_of(const char *folder, char *name, size_t size) {
  snprintf(name, size, "%s", folder);
  for (char *at = name; *at != 0; at++)
    if (*at == '-' || *at == '.' || *at == ' ') *at = '_';
}

// Whether the policy is one: its name may not be.
static bool compiles(const char *text) {
  nuo_compilation *compilation;
  const nuo_text path = {"new.nuo.md", 10}, source = {text, strlen(text)};
  if (nuo_compile(path, source, NULL, &compilation) != NUO_OK) return false;
  const bool good = nuo_compilation_image(compilation).text != NULL;
  nuo_compilation_free(compilation);
  return good;
}

static int make(const struct command *command, const char *folder, const char *text) {
  char path[4096];
  const char *name = last_part(folder);
  if (snprintf(path, sizeof path, "%s/%s.nuo.md", folder, name) >= (int)sizeof path)
    return cli_usage(command, "the path is too long", "路径过长");
  if (mkdir(folder, 0777) != 0 && errno != EEXIST) return cli_file_error(folder), EXIT_USAGE;
  FILE *there = fopen(path, "rb");
  if (there != NULL) {
    fclose(there);
    return cli_usage(command, "%s is there already, and stays as it is", "%s 已经存在，未作改动", path);
  }
  if (!cli_write_file(path, text, strlen(text))) return EXIT_USAGE;
  printf(SAY(cli_language(command), "%s: made. Try it: nuo test %s\n", "已建立 %s。试运行：nuo test %s\n"),
         path, path);
  return EXIT_ALL_GOOD;
}

static int begin(const struct command *command, size_t count, char **arguments) {
  char name[256], text[8192];
  char *folder = arguments[0];
  (void)count;
  while (strlen(folder) > 1 && folder[strlen(folder) - 1] == '/') folder[strlen(folder) - 1] = 0;
  name_of(last_part(folder), name, sizeof name);
  const char *pattern = cli_language(command) == NUO_CHINESE ? chinese : english;
  snprintf(text, sizeof text, pattern, name, name, name);
  if (!compiles(text))
    return cli_usage(command, "%s cannot be the name of a policy: letters, digits and _, a letter first",
                     "%s 不能作政策名称：须由字母、汉字、数字和 _ 组成，不以数字开头", name);
  return make(command, folder, text);
}

static struct option_value options[] = {CLI_LANG, CLI_END};
const struct command cli_new = {
    "new", "FOLDER", {"begin a policy in a folder of its own", "在新文件夹里起草一份政策"}, options, 1,
    1,     begin};
