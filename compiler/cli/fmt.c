// SPDX-License-Identifier: Apache-2.0
// `nuo fmt`: the canonical layout of the code in policies, shown, checked or written.
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compiler/cli/cli.h"

enum mode { MODE_SHOW, MODE_CHECK, MODE_WRITE };

struct fmt {
  const struct command *command;
  enum mode mode;
  nuo_words words;
  int worst;  // exit code so far
};

static void worsen(struct fmt *f, int status) {
  if (status > f->worst) f->worst = status;
}

static void tell(struct fmt *f, const char *path, nuo_compilation *compilation) {
  const nuo_text text = nuo_compilation_formatted(compilation);
  const nuo_text diff = nuo_compilation_format_diff(compilation);
  if (f->mode == MODE_SHOW) {
    fwrite(text.text, 1, text.len, stdout);
  } else if (diff.text == NULL) {
    cli_no_memory();
    worsen(f, EXIT_BUG);
  } else if (f->mode == MODE_CHECK && diff.len > 0) {
    fwrite(diff.text, 1, diff.len, stdout);
    worsen(f, EXIT_FINDINGS);
  } else if (diff.len > 0) {
    puts(path);
    worsen(f, cli_write_file(path, text.text, text.len) ? EXIT_ALL_GOOD : EXIT_USAGE);
  }
}

static void format_file(struct fmt *f, const char *path) {
  int status;
  nuo_compilation *compilation = cli_format(f->command, NULL, path, f->words, &status);
  if (compilation == NULL) {
    worsen(f, status);
    return;
  }
  if (nuo_compilation_formatted(compilation).text != NULL) {
    tell(f, path, compilation);
  } else {
    cli_print_diagnostics(stderr, compilation, cli_language(f->command));
    worsen(f, EXIT_POLICY);
  }
  nuo_compilation_free(compilation);
}

// ---- folders ----
static bool ends_with(const char *name, const char *ending) {
  const size_t len = strlen(name), size = strlen(ending);
  return len > size && strcmp(name + len - size, ending) == 0;
}

static void format_path(struct fmt *f, const char *path, bool named);

// Policies and modules, by their names; links are not followed, lest one lead in a circle.
static void format_folder(struct fmt *f, const char *path) {
  struct dirent **entries;
  const int count = scandir(path, &entries, NULL, alphasort);
  if (count < 0) {
    cli_file_error(path);
    worsen(f, EXIT_USAGE);
    return;
  }
  for (int i = 0; i < count; i++) {
    char whole[4096];
    const bool fits = snprintf(whole, sizeof whole, "%s/%s", path, entries[i]->d_name) < (int)sizeof whole;
    if (entries[i]->d_name[0] != '.' && fits) format_path(f, whole, false);
    free(entries[i]);
  }
  free(entries);
}

static void format_path(struct fmt *f, const char *path, bool named) {
  struct stat info;
  const bool found = (named ? stat(path, &info) : lstat(path, &info)) == 0;
  if (found && S_ISDIR(info.st_mode))
    format_folder(f, path);
  else if (named ||
           (found && S_ISREG(info.st_mode) && (ends_with(path, ".nuo.md") || ends_with(path, ".nuo"))))
    format_file(f, path);
}

// ---- the command ----
static bool is_given(const struct command *command, const char *name) {
  return cli_option(command, name)->count > 0;
}

static bool is_folder(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int fmt(const struct command *command, size_t count, char **arguments) {
  struct fmt f = {.command = command};
  if (is_given(command, "check")) f.mode = MODE_CHECK;
  if (is_given(command, "write")) f.mode = MODE_WRITE;
  if (is_given(command, "check") && is_given(command, "write"))
    return cli_usage(command, "--check only looks, --write changes: give one of them",
                     "--check 只查看，--write 会改写：请只用其一");
  if (f.mode == MODE_SHOW && (count > 1 || is_folder(arguments[0])))
    return cli_usage(command, "several files want --check or --write", "多个文件须用 --check 或 --write");
  if (is_given(command, "lang"))
    f.words = cli_language(command) == NUO_CHINESE ? NUO_WORDS_CHINESE : NUO_WORDS_ENGLISH;
  for (size_t i = 0; i < count && f.mode == MODE_WRITE; i++)
    if (strcmp(arguments[i], "-") == 0)
      return cli_usage(command, "--write wants files, and - is standard input",
                       "--write 只用于文件，- 是标准输入");
  for (size_t i = 0; i < count; i++) format_path(&f, arguments[i], true);
  return f.worst;
}

static struct option_value fmt_options[] = {
    {.name = "check",
     .help = {"only look: print what would change, and exit with 1 if any",
              "不改文件，只列出会改动之处；有改动时退出码为 1"}},
    {.name = "write",
     .letter = 'w',
     .help = {"lay out the files where they are, and name those that changed",
              "就地改写文件，并列出改动了的文件"}},
    {.name = "lang",
     .value_name = "en|zh",
     .help = {"write keywords and names, and messages, in this language",
              "把关键词、名称和消息都写成这种语言"}},
    CLI_END};
const struct command cli_fmt = {
    "fmt", "FILE|FOLDER…", {"lay out the code in policies", "整理政策文档中代码的版式"}, fmt_options, 1, 1000,
    fmt};
