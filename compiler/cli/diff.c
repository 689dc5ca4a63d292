// SPDX-License-Identifier: Apache-2.0
// `nuo diff`: what a change of a policy means, rule by rule, with events that the two versions judge
// differently.
#include "compiler/cli/diff.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "runtime/when.h"

// ---- the two versions ----

static nuo_compilation *compile(const struct command *command, const char *argument, const char *revision,
                                int *status) {
  struct cli_version version;
  *status = EXIT_BUG;
  if (!cli_version_of(argument, revision, &version)) return NULL;
  nuo_compilation *made = cli_compile_revision(command, version.revision, version.path, status);
  cli_version_free(&version);
  if (made == NULL || nuo_compilation_image(made).text != NULL) return made;
  cli_print_diagnostics(stderr, made, cli_language(command));
  nuo_compilation_free(made);
  *status = EXIT_POLICY;
  return NULL;
}

// ---- events ----

static bool replay_lines(struct replay *replay, nuo_text text) {
  uint32_t line = 1;
  for (size_t start = 0; start < text.len; line++) {
    const char *end = memchr(text.text + start, '\n', text.len - start);
    const size_t len = end == NULL ? text.len - start : (size_t)(end - text.text) - start;
    const struct str json = {text.text + start, (uint32_t)len};
    start += len + 1;
    if (len == 0) continue;
    const nuo_status status = nuo__replay_event(replay, json, line);
    if (status == NUO_OK) continue;
    cli_error("%s", "%s", nuo_status_name(status));
    return false;
  }
  return true;
}

static bool replay_files(const struct command *command, struct replay *replay) {
  const struct option_value *files = cli_option(command, "events");
  for (size_t i = 0; i < files->count; i++) {
    nuo_text text;
    if (!cli_read_file(files->values[i], &text)) return false;
    const bool good = replay_lines(replay, text);
    free((char *)text.text);
    if (!good) return false;
  }
  return true;
}

// ---- the report ----

static int tell(const struct command *command, struct diff *diff, const struct replay *replay) {
  struct report report = {.language = cli_language(command), .diff = diff, .replay = replay};
  const char *format = cli_value(command, "format");
  char today[16];
  nuo__when_format_date((int32_t)(time(NULL) / 86400), today);
  if (!cli_diff_approve(command, diff, today)) return EXIT_USAGE;
  for (uint32_t i = 0; i < diff->rules.count; i++)
    report.unapproved +=
        nuo__diff_needs_approval(&diff->rules.at[i]) && diff->rules.at[i].approved_by == NULL;
  if (strcmp(format, "json") == 0)
    cli_diff_json(&report);
  else if (strcmp(format, "markdown") == 0)
    cli_diff_markdown(&report);
  else
    cli_diff_human(&report);
  return report.unapproved > 0 ? EXIT_APPROVAL : EXIT_ALL_GOOD;
}

static int replay_and_tell(const struct command *command, struct diff *diff) {
  struct replay replay;
  if (cli_option(command, "events")->count == 0) return tell(command, diff, NULL);
  const nuo_status status = nuo__replay_begin(diff, &replay);
  int exit = EXIT_BUG;
  if (status != NUO_OK)
    cli_error("%s", "%s", nuo_status_name(status));
  else
    exit = replay_files(command, &replay) ? tell(command, diff, &replay) : EXIT_USAGE;
  nuo__replay_end(&replay);
  return exit;
}

static int compare(const struct command *command, nuo_compilation *before, nuo_compilation *after) {
  struct diff diff;
  const nuo_options load = cli_load_options(command);
  const nuo_status done = nuo__policies_diff(before, after, &load, 0, &diff);
  free((void *)load.native_grants);
  int status = EXIT_BUG;
  if (done == NUO_OK)
    status = replay_and_tell(command, &diff);
  else if (done == NUO_NOT_GRANTED)
    status = EXIT_POLICY, cli_error("a policy uses a native library: --grant LIB[=FILE]",
                                    "政策使用了外部函数库：--grant 库名[=文件]");
  else
    cli_error("%s", "%s", nuo_status_name(done));
  nuo__diff_free(&diff);
  return status;
}

static int diff(const struct command *command, size_t count, char **arguments) {
  const char *revision = cli_value(command, "git");
  int status = EXIT_BUG;
  if (!cli_choice(command, "format", "text|json|markdown")) return EXIT_USAGE;
  if ((revision != NULL) != (count == 1))
    return cli_usage(command, "it wants two versions, or one policy and --git REV",
                     "须给出两个版本，或者一份政策和 --git 版本号");
  nuo_compilation *before = compile(command, arguments[0], revision, &status);
  nuo_compilation *after = before == NULL ? NULL : compile(command, arguments[count - 1], NULL, &status);
  if (after != NULL) status = compare(command, before, after);
  nuo_compilation_free(after);
  nuo_compilation_free(before);
  return status;
}

static struct option_value options[] = {
    {.name = "git",
     .value_name = "REV",
     .help = {"compare POLICY with what it was in that revision", "与该 Git 版本中的同一政策比较"}},
    {.name = "events",
     .value_name = "FILE",
     .help = {"also decide these events by both versions; may be repeated",
              "并用两个版本裁决这些事件，可重复"}},
    {.name = "approve",
     .value_name = "RULE,…",
     .help = {"these changes are approved; may be repeated", "这些规则的改动已获批准，可重复"}},
    {.name = "approvals",
     .value_name = "FILE",
     .help = {"approvals, one a line: RULE CHANGE until DATE by NAME",
              "批准文件，每行：规则 改动号 until 日期 by 姓名"}},
    {.name = "format",
     .value_name = "text|json|markdown",
     .help = {"how to print", "输出格式"},
     .default_value = "text"},
    CLI_SET,
    CLI_GRANT,
    CLI_LANG,
    CLI_END};
const struct command cli_diff = {
    "diff", "OLD NEW", {"tell what a change of a policy means", "说明政策改动的含义"}, options, 1, 2, diff};
