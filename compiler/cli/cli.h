// SPDX-License-Identifier: Apache-2.0
// What the subcommands of `nuo` share. Only this folder knows argv, stdio and exit codes.
#ifndef NUO_CLI_H
#define NUO_CLI_H

#include <stdbool.h>
#include <stdio.h>

#include "compiler/nuo_compile.h"
#include "runtime/nuo.h"

// Exit codes, the same for every subcommand.
enum {
  EXIT_ALL_GOOD = 0,
  EXIT_REFUSED = 1,   // run: some events were refused; the others were decided
  EXIT_FINDINGS = 1,  // fmt --check: some files are laid out otherwise; lint: there are findings
  EXIT_USAGE = 2,     // wrong words, or a file that cannot be read or written
  EXIT_POLICY = 3,    // the policy does not compile, or an image does not load
  EXIT_BUG = 4,       // ours
  EXIT_APPROVAL = 5,  // diff: a change needs an approval and has none
};

// One option of a subcommand: a flag, or a value that may be given several times.
struct option_value {
  const char *name;        // "format"
  char letter;             // 'o', or 0
  const char *value_name;  // NULL: a flag
  const char *help[2];     // by nuo_language
  const char *default_value;
  const char **values;  // filled in
  size_t count;
};
struct command {
  const char *name;
  const char *arguments;  // "POLICY [FILE…|-]"
  const char *help[2];
  struct option_value *options;  // ends with a NULL name
  size_t min_arguments, max_arguments;
  int (*run)(const struct command *command, size_t count, char **arguments);
};

// Options that several subcommands have, and what ends a list of them.
#define CLI_LANG                                                                                \
  {                                                                                             \
    .name = "lang", .value_name = "en|zh", .help = { "language of messages", "消息所用的语言" } \
  }
#define CLI_SET                                          \
  {                                                      \
    .name = "set", .value_name = "NAME=VALUE", .help = { \
      "give a parameter a value; may be repeated",       \
      "给参数填值，可重复"                      \
    }                                                    \
  }
#define CLI_GRANT                                          \
  {                                                        \
    .name = "grant", .value_name = "LIB[=PATH]", .help = { \
      "allow a native library; may be repeated",           \
      "允许使用某个外部函数库，可重复"      \
    }                                                      \
  }
#define CLI_TRUST                                                                \
  {                                                                              \
    .name = "trust", .value_name = "FILE", .help = {                             \
      "run signed images only: public keys, one a line; may be repeated",        \
      "只运行有可信签名的映像；文件每行一个公钥，可重复" \
    }                                                                            \
  }
#define CLI_STATE_KEY                                             \
  {                                                               \
    .name = "state-key", .value_name = "FILE", .help = {          \
      "secret of the state directory, instead of one of its own", \
      "状态目录的密钥文件，代替其自有密钥"       \
    }                                                             \
  }
#define CLI_END \
  { .name = NULL }

extern const struct command cli_run, cli_serve, cli_advance, cli_forget, cli_check, cli_test, cli_diff,
    cli_cost, cli_build, cli_keygen, cli_dump, cli_fmt, cli_cover, cli_lint, cli_render, cli_report, cli_new,
    cli_explain, cli_completion, cli_manual, cli_log, cli_version;
extern const struct command *const cli_commands[];  // all of them, then NULL

// Parses a subcommand's words and runs it. `--help` is known to all.
int cli_run_command(const struct command *command, int argc, char **argv);
const struct option_value *cli_option(const struct command *command, const char *name);
// The last value given, or the default (may be NULL).
const char *cli_value(const struct command *command, const char *name);
// Whether `value` is one of the words in `choices` ("json|table"); else complains and returns false.
bool cli_choice(const struct command *command, const char *name, const char *choices);
// "usage" complaint to stderr, in the language for people; returns EXIT_USAGE.
int cli_usage(const struct command *command, const char *en, const char *zh, ...)
    __attribute__((format(printf, 2, 4), format(printf, 3, 4)));
// What errno means, and what an error of the library says, in that language.
const char *cli_reason(void);
const char *cli_said(const nuo_error *error);
// A complaint that is not about usage. `cli_file_error` says what errno means for a file; false.
void cli_error(const char *en, const char *zh, ...)
    __attribute__((format(printf, 1, 3), format(printf, 2, 3)));
bool cli_file_error(const char *path);
bool cli_no_memory(void);  // says so; false
// What several commands ask for, in both languages.
#define CLI_WANTS_STATE "give the state directory: --state DIR", "请给出状态目录：--state 目录"
// The language for people: --lang, else the locale's words.
nuo_language cli_language(const struct command *command);
// Picks the text of the language.
#define SAY(language, en, zh) ((language) == NUO_CHINESE ? (zh) : (en))

// A file's bytes; false with a complaint when it cannot be read. "-" is standard input. Freed by
// free(bytes->text).
bool cli_read_file(const char *path, nuo_text *bytes);
// Which files compilations ask for, each once, whether it is there or not: for whoever waits for their
// changes.
struct cli_reads {
  char **paths;
  size_t count;
};
void cli_note_reads(struct cli_reads *reads);  // from here on; NULL: no more
void cli_reads_free(struct cli_reads *reads);

// Whether a file's bytes are a program image and not a policy.
bool cli_is_image(nuo_text bytes);
// The same of a file as it was in a revision of the Git repository around the current directory; `path` as
// Git reads it behind `REV:`. Complains only when asked to.
bool cli_read_revision(const char *revision, const char *path, bool complain, nuo_text *bytes);
// Runs git; words[0] is its name, and a NULL ends them. Whether its status is 0; then *bytes is what it
// wrote, freed by free(bytes->text). What it complains of is shown or, unless `complain`, not.
bool cli_git(char *const *words, bool complain, nuo_text *bytes);
bool cli_write_file(const char *path, const void *bytes, size_t size);

// Compiles `path` with the command's --set values and prints its diagnostics to stderr (or in `format` to
// stdout). NULL after complaining; *status is then the exit code. The caller frees the compilation.
nuo_compilation *cli_compile(const struct command *command, const char *path, int *status);
// The same of a text that `path` is to hold. Only mistakes of usage are told.
nuo_compilation *cli_compile_text(const struct command *command, const char *path, nuo_text source,
                                  int *status);
// The policy and what it uses as they were in a revision; NULL: as they are.
nuo_compilation *cli_compile_revision(const struct command *command, const char *revision, const char *path,
                                      int *status);
// Which version an argument means: `REV:path`, when there is no file of that name, or a file, as it was in
// `revision` when that is not NULL. False after complaining that memory ran out.
struct cli_version {
  char *revision, *path;  // revision NULL: the file as it is
};
bool cli_version_of(const char *argument, const char *revision, struct cli_version *version);
void cli_version_free(struct cli_version *version);
// What --grant allows. The caller frees native_grants.
nuo_options cli_load_options(const struct command *command);
// The keys of all --trust files, and the time by the system's clock. False after complaining. Freed by
// free((void *)trust->keys), which is NULL without --trust.
bool cli_read_trust(const struct command *command, nuo_trust *trust);
// Loads an image that was made of `path`. NULL after complaining.
nuo_program *cli_load_image(const struct command *command, const char *path, nuo_text image, int *status);
// Lays out `path` as it was in a revision, or as it is; the same.
nuo_compilation *cli_format(const struct command *command, const char *revision, const char *path,
                            nuo_words words, int *status);
// Reads a policy document or an image and loads it. NULL after complaining.
nuo_program *cli_load(const struct command *command, const char *path, int *status);

// The diagnostics of a compilation, for people: message, place, line, caret, way out.
void cli_print_diagnostics(FILE *out, nuo_compilation *compilation, nuo_language language);
void cli_print_diagnostic(FILE *out, const nuo_diagnostic *diagnostic, nuo_language language);
// As one JSON object a line.
void cli_print_diagnostics_json(FILE *out, nuo_compilation *compilation);
void cli_print_json_string(FILE *out, nuo_text text);

// A message of the table of diagnostics, its places for arguments left open, and a line end.
void cli_print_open(const char *text);

// Terminal helpers.
bool cli_is_terminal(FILE *file);
size_t cli_width(nuo_text text);  // columns
// Prints `text` cut or padded to `columns`.
void cli_print_cell(FILE *out, nuo_text text, size_t columns, bool right);
// Prints `text`, which begins at column `begin`, and a line end. What does not fit the terminal's width (80
// elsewhere) goes on in lines of its own at column `indent`. No line ends at a NO_BREAK, which is printed as
// a space.
#define NO_BREAK "\xC2\xA0"
void cli_print_wrapped(FILE *out, nuo_text text, size_t begin, size_t indent);

#endif
