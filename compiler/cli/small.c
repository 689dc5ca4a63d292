// SPDX-License-Identifier: Apache-2.0
// The short subcommands: check, explain, version.
#include <string.h>

#include "compiler/cli/cli.h"
#include "compiler/lint/lint.h"

// ---- check ----

static void print_good(const char *path, const nuo_compilation *compilation, nuo_language language) {
  const size_t duties = nuo_compilation_duties(compilation);
  printf(SAY(language, "%s: good, rules: %zu", "%s：没有错误，规则 %zu 条"), path,
         nuo_compilation_rules(compilation));
  if (duties > 0) printf(SAY(language, ", duties: %zu", "，义务 %zu 项"), duties);
  putchar('\n');
}

static int check(const struct command *command, size_t count, char **arguments) {
  if (!cli_choice(command, "format", "text|json")) return EXIT_USAGE;
  bool json = strcmp(cli_value(command, "format"), "json") == 0;
  int worst = EXIT_ALL_GOOD;
  for (size_t i = 0; i < count; i++) {
    int status;
    nuo_compilation *compilation = cli_compile(command, arguments[i], &status);
    if (compilation == NULL) {
      if (status > worst) worst = status;
      continue;
    }
    nuo_language language = cli_language(command);
    if (json)
      cli_print_diagnostics_json(stdout, compilation);
    else
      cli_print_diagnostics(stderr, compilation, language);
    bool good = nuo_compilation_image(compilation).text != NULL;
    if (!good && worst < EXIT_POLICY) worst = EXIT_POLICY;
    if (good && !json) print_good(arguments[i], compilation, language);
    nuo_compilation_free(compilation);
  }
  return worst;
}

static struct option_value check_options[] = {{.name = "format",
                                               .value_name = "text|json",
                                               .help = {"how to print", "输出格式"},
                                               .default_value = "text"},
                                              CLI_SET,
                                              CLI_LANG,
                                              CLI_END};
const struct command cli_check = {
    "check", "POLICY…", {"look for mistakes in policies", "检查政策文档有无错误"}, check_options, 1,
    1000,    check};

// ---- explain ----

void cli_print_open(const char *text) {
  for (const char *at = text; *at != 0; at++) {
    if (at[0] == '{' && at[1] >= '0' && at[1] <= '9' && at[2] == '}')
      fputs("…", stdout), at += 2;
    else
      putchar(*at);
  }
  putchar('\n');
}

static void print_code(const struct diag_info *info, nuo_language language) {
  const struct lint_rule *rule = nuo__lint_rule(nuo__diag_find(info->code, strlen(info->code)));
  printf("%s  ", info->code);
  cli_print_open(SAY(language, info->en, info->zh));
  if (rule != NULL)
    printf(SAY(language, "  lint rule, %s%s\n", "  检查规则，%s%s\n"),
           nuo__lint_category_name(rule->category, (enum diag_language)language),
           rule->fixes ? SAY(language, "; nuo lint --fix mends it", "；nuo lint --fix 可改") : "");
  printf("  ");
  cli_print_open(SAY(language, info->explain_en, info->explain_zh));
  fputs(SAY(language, "  => ", "  → "), stdout);
  cli_print_open(SAY(language, info->help_en, info->help_zh));
}

static int explain(const struct command *command, size_t count, char **arguments) {
  int status = EXIT_ALL_GOOD;
  for (size_t i = 0; i < count; i++) {
    enum diag_code code = nuo__diag_find(arguments[i], strlen(arguments[i]));
    if (code == DIAG_COUNT)
      status = cli_usage(command, "there is no code %s; codes look like N0203", "没有代码 %s；代码形如 N0203",
                         arguments[i]);
    else
      print_code(nuo__diag_info(code), cli_language(command));
  }
  return status;
}

static struct option_value explain_options[] = {CLI_LANG, CLI_END};
const struct command cli_explain = {
    "explain", "CODE…", {"say more about a diagnostic", "详解某个诊断代码"}, explain_options, 1,
    1000,      explain};

// ---- version ----

static int version(const struct command *command, size_t count, char **arguments) {
  (void)command, (void)count, (void)arguments;
  puts("nuo " NUO_VERSION);
  return EXIT_ALL_GOOD;
}

static struct option_value version_options[] = {CLI_END};
const struct command cli_version = {"version", "",     {"print the version", "显示版本"}, version_options, 0,
                                    0,         version};
