// SPDX-License-Identifier: Apache-2.0
// `nuo report`: the periodic report, from the decisions that `nuo run` wrote.
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/cli.h"
#include "compiler/pages/ledger.h"
#include "runtime/when.h"

// Gives each line of a file to `take`; false after complaining. Empty lines are lines, too.
static bool read_lines(const char *path, struct ledger *ledger, void (*take)(struct ledger *, struct str)) {
  FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
  char *line = NULL;
  size_t room = 0;
  ssize_t len;
  if (file == NULL) return cli_file_error(path);
  ledger->file = nuo__str_of(path);
  ledger->line = 0;
  while ((len = getline(&line, &room, file)) >= 0) {
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) len--;
    if ((size_t)len > UINT32_MAX) len = UINT32_MAX;
    take(ledger, (struct str){line, (uint32_t)len});
  }
  const bool good = ferror(file) == 0;
  if (!good) cli_file_error(path);
  free(line);
  if (file != stdin) fclose(file);
  return good;
}

static bool take_date(const struct command *command, const char *name, int32_t *day) {
  const char *value = cli_value(command, name);
  if (value == NULL || nuo__when_parse_date(value, strlen(value), day)) return true;
  cli_usage(command, "--%s %s: a date is written 2025-07-01", "--%s %s：日期写作 2025-07-01", name, value);
  return false;
}

static bool take_options(const struct command *command, struct ledger *ledger, enum ledger_period *period) {
  if (!cli_choice(command, "format", "html|json") ||
      !cli_choice(command, "period", "auto|day|week|month|quarter|year") ||
      !take_date(command, "from", &ledger->from) || !take_date(command, "until", &ledger->until))
    return false;
  while (strcmp(nuo__ledger_periods[*period][NUO_ENGLISH], cli_value(command, "period")) != 0) ++*period;
  return true;
}

static int write_report(const struct command *command, struct ledger *ledger, enum ledger_period period) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  const char *path = cli_value(command, "output");
  int status = ledger->broken_count > 0 ? EXIT_FINDINGS : EXIT_ALL_GOOD;
  period = nuo__ledger_end(ledger, period);
  if (strcmp(cli_value(command, "format"), "json") == 0)
    nuo__ledger_json(&out, ledger, period);
  else
    nuo__ledger_page(&out, ledger, period, cli_language(command));
  if (out.failed) {
    cli_no_memory();
    status = EXIT_BUG;
  } else if (path == NULL) {
    fwrite(out.at, 1, out.len, stdout);
  } else if (!cli_write_file(path, out.at, out.len)) {
    status = EXIT_USAGE;
  }
  nuo__out_free(&out);
  if (ledger->broken_count > 0)
    cli_error("lines that are no decisions: %llu, the first is %s:%llu",
              "不是裁决的行：%llu 行，首行为 %s:%llu", (unsigned long long)ledger->broken_count,
              ledger->broken.at[0].file.at, (unsigned long long)ledger->broken.at[0].line);
  return status;
}

static int report_all(const struct command *command, struct arena *arena, size_t count, char **arguments) {
  struct ledger ledger;
  enum ledger_period period = LEDGER_AUTO;
  const char *events = cli_value(command, "events");
  nuo__ledger_begin(&ledger, arena, nuo__str_of(cli_value(command, "by")));
  if (!take_options(command, &ledger, &period)) return EXIT_USAGE;
  if (events != NULL && !read_lines(events, &ledger, nuo__ledger_event)) return EXIT_USAGE;
  for (size_t i = 0; i < count; i++)
    if (!read_lines(arguments[i], &ledger, nuo__ledger_add)) return EXIT_USAGE;
  return write_report(command, &ledger, period);
}

static int report(const struct command *command, size_t count, char **arguments) {
  struct arena *const arena = nuo__arena_new(nuo__default_allocator());
  jmp_buf out_of_memory;
  int status = EXIT_BUG;
  if (arena == NULL) return cli_no_memory(), EXIT_BUG;
  if (setjmp(out_of_memory) == 0) {
    nuo__arena_on_failure(arena, &out_of_memory);
    status = report_all(command, arena, count, arguments);
  } else {
    cli_no_memory();
  }
  nuo__arena_free(arena);
  return status;
}

static struct option_value options[] = {
    {.name = "output",
     .letter = 'o',
     .value_name = "FILE",
     .help = {"the report to write, instead of standard output", "要写出的报告文件，代替标准输出"}},
    {.name = "format",
     .value_name = "html|json",
     .help = {"how to print", "输出格式"},
     .default_value = "html"},
    {.name = "period",
     .value_name = "PERIOD",
     .help = {"auto, day, week, month, quarter or year: what is put together",
              "按 auto、day、week、month、quarter 或 year 合计"},
     .default_value = "auto"},
    {.name = "from", .value_name = "DATE", .help = {"the first day that counts", "统计的第一天"}},
    {.name = "until", .value_name = "DATE", .help = {"the last day that counts", "统计的最后一天"}},
    {.name = "by",
     .value_name = "FIELD",
     .help = {"the field that tells who was in breach", "说明何者违反的字段"},
     .default_value = "sender.id"},
    {.name = "events",
     .value_name = "FILE",
     .help = {"the events that were decided: they tell that field where evidence does not",
              "所裁决的事件：证据里没有该字段的，从中取得"}},
    CLI_LANG,
    CLI_END};
const struct command cli_report = {
    "report", "DECISIONS…", {"write the periodic report of decisions", "由裁决记录写出定期报告"}, options, 1,
    1000,     report};
