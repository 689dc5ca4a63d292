// SPDX-License-Identifier: Apache-2.0
// The `nuo` command: finds the subcommand and hands over. Options are parsed here once for all of them.
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "compiler/cli/cli.h"

const struct command *const cli_commands[] = {
    &cli_run,   &cli_serve,  &cli_advance, &cli_forget,     &cli_check,  &cli_test,    &cli_diff,   &cli_cost,
    &cli_build, &cli_keygen, &cli_fmt,     &cli_cover,      &cli_lint,   &cli_render,  &cli_report, &cli_log,
    &cli_new,   &cli_dump,   &cli_explain, &cli_completion, &cli_manual, &cli_version, NULL};

// What complaints are written in: --lang, wherever it stands, else the locale's.
static nuo_language spoken;

static nuo_language locale_language(void) {
  static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *value = getenv(names[i]);
    if (value != NULL && value[0] != 0) return strncmp(value, "zh", 2) == 0 ? NUO_CHINESE : NUO_ENGLISH;
  }
  return NUO_ENGLISH;
}

// Before the options are parsed, which may be what has to be complained about.
static nuo_language language_of(int argc, char **argv) {
  nuo_language language = locale_language();
  for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
    const char *value = NULL;
    if (strncmp(argv[i], "--lang=", 7) == 0) value = argv[i] + 7;
    if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc) value = argv[i + 1];
    if (value != NULL) language = strcmp(value, "zh") == 0 ? NUO_CHINESE : NUO_ENGLISH;
  }
  return language;
}

const struct option_value *cli_option(const struct command *command, const char *name) {
  for (const struct option_value *o = command->options; o->name != NULL; o++)
    if (strcmp(o->name, name) == 0) return o;
  return NULL;
}

const char *cli_value(const struct command *command, const char *name) {
  const struct option_value *option = cli_option(command, name);
  if (option == NULL) return NULL;
  return option->count > 0 ? option->values[option->count - 1] : option->default_value;
}

nuo_language cli_language(const struct command *command) {
  const char *value = cli_value(command, "lang");
  if (value == NULL) return locale_language();
  return strcmp(value, "zh") == 0 ? NUO_CHINESE : NUO_ENGLISH;
}

bool cli_choice(const struct command *command, const char *name, const char *choices) {
  const char *value = cli_value(command, name);
  if (value == NULL) return true;
  size_t len = strlen(value);
  for (const char *at = choices; *at != 0;) {
    size_t word = strcspn(at, "|");
    if (word == len && strncmp(at, value, len) == 0) return true;
    at += word + (at[word] == '|');
  }
  cli_usage(command, "--%s %s: it has to be one of %s", "--%s %s：只能是 %s 之一", name, value, choices);
  return false;
}

// The arguments are the same for both languages.
#define COMPLAIN(en, zh)                              \
  do {                                                \
    va_list arguments;                                \
    va_start(arguments, zh);                          \
    vfprintf(stderr, SAY(spoken, en, zh), arguments); \
    va_end(arguments);                                \
  } while (0)

void cli_error(const char *en, const char *zh, ...) {
  fputs(SAY(spoken, "nuo: ", "nuo："), stderr);
  COMPLAIN(en, zh);
  fputc('\n', stderr);
}

const char *cli_reason(void) {
  static const struct {
    int number;
    const char *zh;
  } reasons[] = {{ENOENT, "没有这个文件或目录"},  {EACCES, "没有权限"}, {EISDIR, "是目录，不是文件"},
                 {ENOTDIR, "路径中有的不是目录"}, {ENOSPC, "磁盘已满"}, {EROFS, "文件系统只读"},
                 {EMFILE, "打开的文件过多"},      {ENOMEM, "内存不足"}};
  for (size_t i = 0; spoken == NUO_CHINESE && i < sizeof reasons / sizeof *reasons; i++)
    if (reasons[i].number == errno) return reasons[i].zh;
  return strerror(errno);
}

bool cli_file_error(const char *path) {
  cli_error("%s: %s", "%s：%s", path, cli_reason());
  return false;
}

const char *cli_said(const nuo_error *error) {
  return spoken == NUO_CHINESE && error->message_zh[0] != 0 ? error->message_zh : error->message;
}

bool cli_no_memory(void) {
  cli_error("out of memory", "内存不足");
  return false;
}

int cli_usage(const struct command *command, const char *en, const char *zh, ...) {
  fprintf(stderr, SAY(spoken, "nuo %s: ", "nuo %s："), command->name);
  COMPLAIN(en, zh);
  fprintf(stderr,
          SAY(spoken, "\nUsage: nuo %s [options] %s    (nuo %s --help tells more)\n",
              "\n用法：nuo %s [选项] %s    （详见 nuo %s --help）\n"),
          command->name, command->arguments, command->name);
  return EXIT_USAGE;
}

static void print_help(const struct command *command, nuo_language language) {
  printf("nuo %s [options] %s\n  %s\n", command->name, command->arguments, command->help[language]);
  for (const struct option_value *o = command->options; o->name != NULL; o++) {
    char left[64], letter[8] = "";
    if (o->letter != 0) snprintf(letter, sizeof letter, "-%c, ", o->letter);
    snprintf(left, sizeof left, "%s--%s%s%s", letter, o->name, o->value_name ? " " : "",
             o->value_name ? o->value_name : "");
    printf("  %-22s %s", left, o->help[language]);
    if (o->default_value != NULL) printf(" (%s)", o->default_value);
    putchar('\n');
  }
}

#define MAX_OPTIONS 32

static bool add_value(struct option_value *option, const char *value) {
  const char **grown = realloc(option->values, (option->count + 1) * sizeof *grown);
  if (grown == NULL) return false;
  option->values = grown;
  option->values[option->count++] = value;
  return true;
}

// Takes the options off argv, which getopt reorders; EXIT_ALL_GOOD, or what to exit with after complaining.
static int take_options(const struct command *command, int argc, char **argv, bool *help) {
  struct option longs[MAX_OPTIONS + 2] = {{0}};
  char shorts[2 * MAX_OPTIONS + 3] = ":";
  size_t n = 0, used = 1;
  for (; command->options[n].name != NULL; n++) {
    const struct option_value *o = &command->options[n];
    longs[n] = (struct option){o->name, o->value_name ? required_argument : no_argument, NULL, 256 + (int)n};
    if (o->letter == 0) continue;
    shorts[used++] = o->letter;
    if (o->value_name != NULL) shorts[used++] = ':';
  }
  longs[n] = (struct option){"help", no_argument, NULL, 'h'};
  shorts[used] = 'h';
  opterr = 0;
  for (int c; (c = getopt_long(argc, argv, shorts, longs, NULL)) != -1;) {
    if (c == 'h') return *help = true, EXIT_ALL_GOOD;
    if (c == '?') return cli_usage(command, "there is no option %s", "没有选项 %s", argv[optind - 1]);
    if (c == ':')
      return cli_usage(command, "option %s wants a value", "选项 %s 后面缺少取值", argv[optind - 1]);
    size_t index = c >= 256 ? (size_t)c - 256 : 0;
    if (c < 256)
      while (command->options[index].letter != c) index++;
    if (!add_value(&command->options[index], optarg ? optarg : "")) return cli_no_memory(), EXIT_BUG;
  }
  return cli_choice(command, "lang", "en|zh") ? EXIT_ALL_GOOD : EXIT_USAGE;
}

static int run_words(const struct command *command, size_t given, char **words) {
  if (given < command->min_arguments)
    return cli_usage(command, "it wants %s", "须给出 %s", command->arguments);
  if (given > command->max_arguments)
    return cli_usage(command, "too many words: %s", "多余的参数：%s", words[given - 1]);
  int status = command->run(command, given, words);
  if (fflush(stdout) == 0 && !ferror(stdout)) return status;
  cli_error("standard output cannot be written; what it holds is not complete",
            "标准输出无法写入，内容不完整");
  return EXIT_USAGE;
}

int cli_run_command(const struct command *command, int argc, char **argv) {
  bool help = false;
  int status = take_options(command, argc, argv, &help);
  if (help)
    print_help(command, cli_language(command));
  else if (status == EXIT_ALL_GOOD)
    status = run_words(command, (size_t)(argc - optind), argv + optind);
  for (struct option_value *o = command->options; o->name != NULL; o++) free(o->values);
  return status;
}

static void print_command(FILE *out, const struct command *command, nuo_language language) {
  fprintf(out, "  nuo %-10s ", command->name);
  cli_print_cell(out, (nuo_text){command->arguments, strlen(command->arguments)}, 18, false);
  fprintf(out, " %s\n", command->help[language]);
}

static int overview(FILE *out, nuo_language language) {
  fprintf(out, SAY(language, "nuo: compiles policy documents and decides events against them\n\n",
                   "nuo（诺）：编译政策文档，并据此判定事件\n\n"));
  for (size_t i = 0; cli_commands[i] != NULL; i++) print_command(out, cli_commands[i], language);
  fprintf(out, SAY(language, "\nnuo COMMAND --help tells a command's options.\n",
                   "\n各命令的选项见 nuo 命令 --help。\n"));
  return out == stderr ? EXIT_USAGE : EXIT_ALL_GOOD;
}

int main(int argc, char **argv) {
  spoken = language_of(argc, argv);
  if (argc < 2) return overview(stderr, spoken);
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
    return overview(stdout, spoken);
  const char *wanted = strcmp(argv[1], "--version") == 0 ? "version" : argv[1];
  for (size_t i = 0; cli_commands[i] != NULL; i++)
    if (strcmp(cli_commands[i]->name, wanted) == 0)
      return cli_run_command(cli_commands[i], argc - 1, argv + 1);
  cli_error("there is no command '%s'", "没有“%s”这个命令", argv[1]);
  return overview(stderr, spoken);
}
