// SPDX-License-Identifier: Apache-2.0
// `nuo lint`: what is allowed in a policy and hardly meant. Finds it (compiler/lint), leaves out what is
// known already or does not concern the change at hand, prints the rest, and mends what can be mended.
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "compiler/cli/changed.h"
#include "compiler/cli/cli.h"
#include "compiler/lint/output.h"
#include "runtime/when.h"

#define MAX_FIX_ROUNDS 10  // an edit may uncover another, or overlap one

struct known {  // a baseline: fingerprints, ascending
  uint64_t *at;
  size_t count;
};
struct run {
  const struct command *command;
  nuo_language language;
  int32_t today;
  bool wanted[DIAG_COUNT];
  const struct lint_format *format;  // NULL: for people
  struct lint_report report;
  struct known known;
  FILE *baseline;  // being written, or NULL
  size_t old, suppressed, failing;
};

// ---- options ----

static int32_t local_today(void) {
  const time_t now = time(NULL);
  struct tm local;
  int32_t day = 0;
  if (localtime_r(&now, &local) != NULL)
    nuo__when_days_from_civil(local.tm_year + 1900, local.tm_mon + 1, local.tm_mday, &day);
  return day;
}

static bool take_today(struct run *run) {
  const char *value = cli_value(run->command, "today");
  run->today = local_today();
  return value == NULL || nuo__when_parse_date(value, strlen(value), &run->today);
}

static bool is_category(enum lint_category category, const char *word) {
  return strcmp(nuo__lint_category_name(category, DIAG_EN), word) == 0 ||
         strcmp(nuo__lint_category_name(category, DIAG_ZH), word) == 0;
}

// --only CODE or category; all, when none is given.
static bool take_wanted(struct run *run) {
  const struct option_value *only = cli_option(run->command, "only");
  for (uint32_t i = 0; i < nuo__lint_rule_count && only->count == 0; i++)
    run->wanted[nuo__lint_rules[i].code] = true;
  for (size_t k = 0; k < only->count; k++) {
    bool found = false;
    for (uint32_t i = 0; i < nuo__lint_rule_count; i++) {
      const struct lint_rule *rule = &nuo__lint_rules[i];
      if (strcmp(nuo__diag_info(rule->code)->code, only->values[k]) != 0 &&
          !is_category(rule->category, only->values[k]))
        continue;
      found = run->wanted[rule->code] = true;
    }
    if (found) continue;
    cli_usage(run->command, "--only %s: there is no such lint rule or category (see --list)",
              "--only %s：没有这样的检查规则或类别（见 --list）", only->values[k]);
    return false;
  }
  return true;
}

static bool take_options(struct run *run) {
  static const char *const levels[] = {"error", "warning", "note"};
  const char *format = cli_value(run->command, "format");
  run->language = cli_language(run->command);
  if (!cli_choice(run->command, "format", "text|json|sarif|github|gitlab|junit|checkstyle") ||
      !cli_choice(run->command, "fail-level", "error|warning|note"))
    return false;
  run->format = nuo__lint_format(format);
  run->report = (struct lint_report){.out = {.allocator = nuo__default_allocator()},
                                     .language = (enum diag_language)run->language};
  while (strcmp(levels[run->report.fail_level], cli_value(run->command, "fail-level")) != 0)
    run->report.fail_level++;
  if (!take_today(run)) {
    cli_usage(run->command, "--today wants a day such as 2026-01-31", "--today 须为日期，如 2026-01-31");
    return false;
  }
  return take_wanted(run);
}

static int list_rules(nuo_language language) {
  static const char *const levels[][2] = {{"error", "错误"}, {"warning", "警告"}, {"note", "说明"}};
  for (uint32_t i = 0; i < nuo__lint_rule_count; i++) {
    const struct lint_rule *rule = &nuo__lint_rules[i];
    const struct diag_info *info = nuo__diag_info(rule->code);
    const char *category = nuo__lint_category_name(rule->category, (enum diag_language)language);
    printf("%s  ", info->code);
    cli_print_cell(stdout, (nuo_text){category, strlen(category)}, 12, false);
    printf("%-8s %s  ", levels[info->severity][language],
           rule->fixes ? SAY(language, "fix", "可改") : SAY(language, "   ", "    "));
    cli_print_open(SAY(language, info->en, info->zh));
  }
  return EXIT_ALL_GOOD;
}

// ---- baseline ----

static int by_value(const void *a, const void *b) {
  const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
  return x < y ? -1 : x > y;
}

static bool read_baseline(struct run *run, const char *path) {
  nuo_text bytes;
  if (!cli_read_file(path, &bytes)) return false;
  run->known.at = malloc((bytes.len / 16 + 1) * sizeof *run->known.at);
  bool good = run->known.at != NULL;
  for (size_t at = 0; good && at < bytes.len;) {
    const char *end = memchr(bytes.text + at, '\n', bytes.len - at);
    const size_t len = end == NULL ? bytes.len - at : (size_t)(end - bytes.text) - at;
    char digits[17] = "", *stop = digits;
    if (len >= 16) memcpy(digits, bytes.text + at, 16);
    const uint64_t value = strtoull(digits, &stop, 16);
    good = len >= 16 && *stop == 0;
    if (good) run->known.at[run->known.count++] = value;
    at += len + 1;
  }
  free((char *)bytes.text);
  if (!good) {
    cli_error("%s: this is no baseline; write one with --write-baseline",
              "%s：不是基线文件；请用 --write-baseline 生成", path);
    return false;
  }
  qsort(run->known.at, run->known.count, sizeof *run->known.at, by_value);
  return true;
}

static bool is_known(const struct run *run, const struct finding *finding) {
  if (run->known.count == 0) return false;
  return bsearch(&finding->fingerprint, run->known.at, run->known.count, sizeof *run->known.at, by_value) !=
         NULL;
}

static void write_known(const struct run *run, const struct finding *finding) {
  fprintf(run->baseline, "%016llx %s %.*s\n", (unsigned long long)finding->fingerprint, finding->shown.code,
          (int)finding->shown.place.path.len, finding->shown.place.path.text);
}

// ---- a policy ----

static void tell(struct run *run, const struct finding *finding) {
  run->report.told++;
  run->report.here++;
  if (finding->shown.severity <= (nuo_severity)run->report.fail_level) run->failing++;
  if (run->format == NULL)
    cli_print_diagnostic(stdout, &finding->shown, run->language);
  else
    run->format->finding(&run->report, finding);
}

static void tell_all(struct run *run, const struct lint_findings *findings, const struct changed *changed) {
  if (run->format != NULL && run->format->policy != NULL) run->format->policy(&run->report);
  run->report.here = 0;
  for (uint32_t i = 0; i < findings->items.count; i++) {
    const struct finding *finding = &findings->items.at[i];
    if (!run->wanted[finding->diag.code]) continue;
    if (changed != NULL && !cli_is_changed(changed, &finding->shown.place)) continue;
    if (run->baseline != NULL) {
      write_known(run, finding);
      run->old++;
    } else if (is_known(run, finding)) {
      run->old++;
    } else {
      tell(run, finding);
    }
  }
  run->suppressed += findings->suppressed;
  if (run->format != NULL && run->format->policy_end != NULL) run->format->policy_end(&run->report);
}

// Runs the policy's tests when they can be run: what they do not reach is told. A library that is not granted
// keeps them from running.
static nuo_status lint(const struct run *run, nuo_compilation *compilation, struct lint_findings *findings) {
  struct lint_options options = {.today = run->today};
  struct test_results results;
  const nuo_text image = nuo_compilation_image(compilation);
  const nuo_options load = cli_load_options(run->command);
  nuo_program *program = NULL;
  if (nuo_program_load(image.text, image.len, &load, &program, NULL) == NUO_OK) {
    if (nuo__test_compilation(compilation, program, &load, &results) == NUO_OK) options.tests = &results;
    nuo_program_free(program);
  }
  free((void *)load.native_grants);
  return nuo__lint(compilation, &options, findings);
}

// Compiles, and complains about what keeps a policy from being looked at.
static nuo_compilation *compiled(const struct run *run, const char *path, const nuo_text *text, int *status) {
  nuo_compilation *compilation = text == NULL ? cli_compile(run->command, path, status)
                                              : cli_compile_text(run->command, path, *text, status);
  if (compilation == NULL || nuo_compilation_image(compilation).text != NULL) return compilation;
  cli_print_diagnostics(stderr, compilation, run->language);
  nuo_compilation_free(compilation);
  *status = EXIT_POLICY;
  return NULL;
}

static int lint_policy(struct run *run, const char *path) {
  int status;
  struct lint_findings findings;
  struct changed changed;
  const char *revision = cli_value(run->command, "diff-base");
  run->report.policy = (nuo_text){path, strlen(path)};
  if (revision != NULL && !cli_changed_since(revision, path, &changed)) return EXIT_USAGE;
  nuo_compilation *compilation = compiled(run, path, NULL, &status);
  if (compilation != NULL) {
    status = EXIT_BUG;
    if (lint(run, compilation, &findings) == NUO_OK) {
      tell_all(run, &findings, revision == NULL ? NULL : &changed);
      status = EXIT_ALL_GOOD;
    } else {
      cli_no_memory();
    }
  }
  nuo_compilation_free(compilation);
  if (revision != NULL) free(changed.lines);
  return status;
}

// ---- fixing ----

// The findings that the command line asks for.
static void leave_out_unwanted(const struct run *run, struct lint_findings *findings) {
  for (uint32_t i = 0; i < findings->items.count; i++)
    if (!run->wanted[findings->items.at[i].diag.code]) findings->items.at[i].mendable = false;
}

static bool print_diff(nuo_compilation *compilation, nuo_text before) {
  struct str diff;
  if (nuo__lint_diff(compilation, (struct str){before.text, (uint32_t)before.len}, &diff) != NUO_OK)
    return cli_no_memory();
  fwrite(diff.at, 1, diff.len, stdout);
  return true;
}

static bool is_dry(const struct run *run) {
  return cli_option(run->command, "dry-run")->count > 0;
}

// Mends what is found in `*text`, which is freed and replaced. *made 0: nothing was left to mend, and a diff
// from `before` is printed where one is wanted.
static bool mend(const struct run *run, nuo_compilation *compilation, nuo_text before, nuo_text *text,
                 uint32_t *made) {
  struct lint_findings findings;
  struct str fixed;
  if (lint(run, compilation, &findings) != NUO_OK) return cli_no_memory();
  leave_out_unwanted(run, &findings);
  if (nuo__lint_fixed(compilation, &findings, &fixed, made) != NUO_OK) return cli_no_memory();
  if (*made == 0) return !is_dry(run) || print_diff(compilation, before);
  char *copy = malloc(fixed.len + 1);
  if (copy == NULL) return cli_no_memory();
  if (fixed.len > 0) memcpy(copy, fixed.at, fixed.len);
  free((char *)text->text);
  *text = (nuo_text){copy, fixed.len};
  return true;
}

static int mend_all(const struct run *run, const char *path, nuo_text before, nuo_text *text, uint32_t *all) {
  uint32_t made = 1;
  for (int round = 0; round < MAX_FIX_ROUNDS && made > 0; round++) {
    int status;
    made = 0;
    nuo_compilation *compilation = compiled(run, path, text, &status);
    if (compilation == NULL) return status;
    const bool good = mend(run, compilation, before, text, &made);
    nuo_compilation_free(compilation);
    if (!good) return EXIT_BUG;
    *all += made;
  }
  return EXIT_ALL_GOOD;
}

static int fix_policy(struct run *run, const char *path) {
  nuo_text before, text = {NULL, 0};
  uint32_t all = 0;
  if (!cli_read_file(path, &before)) return EXIT_USAGE;
  int status = cli_read_file(path, &text) ? mend_all(run, path, before, &text, &all) : EXIT_USAGE;
  const bool write = status == EXIT_ALL_GOOD && !is_dry(run);
  if (write && all > 0 && !cli_write_file(path, text.text, text.len)) status = EXIT_USAGE;
  if (write) fprintf(stderr, SAY(run->language, "%s: mended: %u\n", "%s：已改 %u 处\n"), path, all);
  free((char *)before.text);
  free((char *)text.text);
  return status;
}

// ---- the run ----

static void print_sum(const struct run *run) {
  const nuo_language language = run->language;
  if (run->format != NULL) {
    if (run->report.out.len > 0) fwrite(run->report.out.at, 1, run->report.out.len, stdout);
    return;
  }
  printf(SAY(language, "findings: %u", "发现 %u 处"), run->report.told);
  if (run->suppressed > 0)
    printf(SAY(language, ", kept back by comments: %zu", "，注释停用 %zu 处"), run->suppressed);
  if (run->old > 0 && run->baseline == NULL)
    printf(SAY(language, ", in the baseline: %zu", "，基线已有 %zu 处"), run->old);
  if (run->baseline != NULL)
    printf(SAY(language, ", written to the baseline: %zu", "，写入基线 %zu 处"), run->old);
  putchar('\n');
}

static int look(struct run *run, size_t count, char **policies) {
  const bool fix = cli_option(run->command, "fix")->count > 0;
  int worst = EXIT_ALL_GOOD;
  if (run->format != NULL && run->format->begin != NULL) run->format->begin(&run->report);
  for (size_t i = 0; i < count; i++) {
    int status = fix ? fix_policy(run, policies[i]) : EXIT_ALL_GOOD;
    if (status == EXIT_ALL_GOOD && !is_dry(run)) status = lint_policy(run, policies[i]);
    if (status > worst) worst = status;
  }
  if (run->format != NULL && run->format->end != NULL) run->format->end(&run->report);
  return worst;
}

static bool open_baselines(struct run *run, const char *known, const char *write) {
  if (known != NULL && !read_baseline(run, known)) return false;
  if (write == NULL) return true;
  run->baseline = fopen(write, "wb");
  return run->baseline != NULL || (cli_file_error(write), false);
}

static int lint_command(const struct command *command, size_t count, char **arguments) {
  struct run run = {.command = command};
  if (cli_option(command, "list")->count > 0) return list_rules(cli_language(command));
  if (count == 0) return cli_usage(command, "it wants %s", "须给出 %s", command->arguments);
  if (!take_options(&run)) return EXIT_USAGE;
  const char *baseline = cli_value(command, "baseline"), *write = cli_value(command, "write-baseline");
  if (is_dry(&run) && cli_option(command, "fix")->count == 0)
    return cli_usage(command, "--dry-run goes with --fix", "--dry-run 须与 --fix 同用");
  if (!open_baselines(&run, baseline, write)) return free(run.known.at), EXIT_USAGE;
  int status = look(&run, count, arguments);
  if (run.baseline != NULL && fclose(run.baseline) != 0) cli_file_error(write), status = EXIT_USAGE;
  if (!is_dry(&run) && (run.format != NULL || status == EXIT_ALL_GOOD)) print_sum(&run);
  if (run.report.out.failed) cli_no_memory(), status = EXIT_BUG;
  nuo__out_free(&run.report.out);
  free(run.known.at);
  return status == EXIT_ALL_GOOD && run.failing > 0 ? EXIT_FINDINGS : status;
}

static struct option_value options[] = {
    {.name = "format",
     .value_name = "text|json|sarif|github|gitlab|junit|checkstyle",
     .help = {"how to print", "输出格式"},
     .default_value = "text"},
    {.name = "only",
     .value_name = "CODE",
     .help = {"look for this rule, or for a category; may be repeated",
              "只查这条检查规则或这一类别，可重复"}},
    {.name = "fail-level",
     .value_name = "error|warning|note",
     .help = {"from which level on a finding makes the exit status 1", "哪一级以上的发现使退出码为 1"},
     .default_value = "warning"},
    {.name = "fix", .help = {"mend what can be mended, in the policy's file", "能改的直接改在政策文件里"}},
    {.name = "dry-run", .help = {"with --fix: only show what would change", "与 --fix 同用：只显示会改什么"}},
    {.name = "baseline",
     .value_name = "FILE",
     .help = {"leave out the findings that this file knows", "略去该文件已知的发现"}},
    {.name = "write-baseline",
     .value_name = "FILE",
     .help = {"write all findings to a baseline", "把全部发现写入基线文件"}},
    {.name = "diff-base",
     .value_name = "REV",
     .help = {"only what stands on lines changed since this Git revision", "只看自该 Git 版本以来改动的行"}},
    {.name = "today", .value_name = "DATE", .help = {"take this day for today", "以该日为今天"}},
    {.name = "list", .help = {"list all lint rules", "列出全部检查规则"}},
    CLI_SET,
    CLI_GRANT,
    CLI_LANG,
    CLI_END};
const struct command cli_lint = {
    "lint",      "POLICY…", {"find what is allowed and hardly meant", "找出合乎语法但多半并非本意之处"},
    options,     0,         1000,
    lint_command};
