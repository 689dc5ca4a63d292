// SPDX-License-Identifier: Apache-2.0
// `nuo completion` and `nuo manual`: what shells and man(1) want to know, out of the tables of commands and
// options, so that it is never behind them.
#include <string.h>

#include "compiler/cli/cli.h"

// What a value of an option is, by the words that stand for it.
static bool is_file(const char *value) {
  return value != NULL && (strcmp(value, "FILE") == 0 || strcmp(value, "DIR") == 0 ||
                           strcmp(value, "KEY") == 0 || strcmp(value, "POLICY") == 0);
}
static bool is_choice(const char *value) {
  return value != NULL && strchr(value, '|') != NULL && strchr(value, ' ') == NULL;
}

// `json|table` with another sign between the words.
static void print_choices(const char *value, char between) {
  for (const char *at = value; *at != 0; at++) putchar(*at == '|' ? between : *at);
}

// ---- bash ----

static void bash_command(const struct command *c) {
  printf("    %s)\n      case $before in\n", c->name);
  for (const struct option_value *o = c->options; o->name != NULL; o++) {
    if (o->value_name == NULL) continue;
    if (o->letter != 0)
      printf("        -%c | --%s) ", o->letter, o->name);
    else
      printf("        --%s) ", o->name);
    if (is_choice(o->value_name)) {
      printf("COMPREPLY=($(compgen -W \"");
      print_choices(o->value_name, ' ');
      puts("\" -- \"$now\")); return ;;");
    } else {
      puts(is_file(o->value_name) ? "COMPREPLY=($(compgen -f -- \"$now\")); return ;;" : "return ;;");
    }
  }
  printf("      esac\n      options=\"--help");
  for (const struct option_value *o = c->options; o->name != NULL; o++) printf(" --%s", o->name);
  puts("\" ;;");
}

static void bash(void) {
  puts(
      "# Completion of nuo(1) for bash.\n_nuo() {\n"
      "  local now=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} options=\n"
      "  if [ \"$COMP_CWORD\" = 1 ]; then");
  printf("    COMPREPLY=($(compgen -W \"");
  for (size_t i = 0; cli_commands[i] != NULL; i++) printf("%s%s", i > 0 ? " " : "", cli_commands[i]->name);
  puts("\" -- \"$now\"))\n    return\n  fi\n  case ${COMP_WORDS[1]} in");
  for (size_t i = 0; cli_commands[i] != NULL; i++) bash_command(cli_commands[i]);
  puts(
      "  esac\n  case $now in\n    -*) COMPREPLY=($(compgen -W \"$options\" -- \"$now\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$now\")) ;;\n  esac\n}\n"
      "complete -o filenames -F _nuo nuo");
}

// ---- zsh ----

// Within single quotes and brackets.
static void zsh_text(const char *text) {
  for (; *text != 0; text++) {
    if (*text == '\'') {
      fputs("'\\''", stdout);
      continue;
    }
    if (strchr("[]:\\", *text) != NULL) putchar('\\');
    putchar(*text);
  }
}

static void zsh_option(const struct option_value *o) {
  printf(" \\\n        '*--%s%s[", o->name, o->value_name == NULL ? "" : "=");
  zsh_text(o->help[NUO_ENGLISH]);
  putchar(']');
  if (o->value_name != NULL) {
    printf(":value:");
    if (is_choice(o->value_name)) {
      putchar('(');
      print_choices(o->value_name, ' ');
      putchar(')');
    } else if (is_file(o->value_name)) {
      printf("_files");
    }
  }
  putchar('\'');
}

static void zsh(void) {
  puts("#compdef nuo\n# Completion of nuo(1) for zsh.\n_nuo() {\n  local -a commands\n  commands=(");
  for (size_t i = 0; cli_commands[i] != NULL; i++) {
    printf("    '%s:", cli_commands[i]->name);
    zsh_text(cli_commands[i]->help[NUO_ENGLISH]);
    puts("'");
  }
  puts(
      "  )\n  if (( CURRENT == 2 )); then\n    _describe command commands\n    return\n  fi\n"
      "  local command=$words[2]\n  shift words\n  (( CURRENT-- ))\n  case $command in");
  for (size_t i = 0; cli_commands[i] != NULL; i++) {
    printf("    %s)\n      _arguments '--help[tell the options]'", cli_commands[i]->name);
    for (const struct option_value *o = cli_commands[i]->options; o->name != NULL; o++) zsh_option(o);
    puts(" '*:file:_files' ;;");
  }
  puts("  esac\n}\n_nuo \"$@\"");
}

// ---- fish ----

static void fish_text(const char *text) {
  for (; *text != 0; text++) {
    if (strchr("'\\", *text) != NULL) putchar('\\');
    putchar(*text);
  }
}

static void fish_option(const char *command, const struct option_value *o) {
  printf("complete -c nuo -n '__fish_seen_subcommand_from %s' -l %s", command, o->name);
  if (o->letter != 0) printf(" -s %c", o->letter);
  if (o->value_name != NULL) printf(is_file(o->value_name) ? " -r -F" : " -x");
  if (is_choice(o->value_name)) {
    printf(" -a '");
    print_choices(o->value_name, ' ');
    putchar('\'');
  }
  printf(" -d '");
  fish_text(o->help[NUO_ENGLISH]);
  puts("'");
}

static void fish(void) {
  puts("# Completion of nuo(1) for fish.");
  for (size_t i = 0; cli_commands[i] != NULL; i++) {
    const struct command *c = cli_commands[i];
    printf("complete -c nuo -n __fish_use_subcommand -f -a %s -d '", c->name);
    fish_text(c->help[NUO_ENGLISH]);
    puts("'");
    for (const struct option_value *o = c->options; o->name != NULL; o++) fish_option(c->name, o);
  }
}

static int completion(const struct command *command, size_t count, char **arguments) {
  static const struct {
    const char *name;
    void (*print)(void);
  } shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};
  (void)count;
  for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
    if (strcmp(arguments[0], shells[i].name) == 0) return shells[i].print(), EXIT_ALL_GOOD;
  return cli_usage(command, "%s: it has to be bash, zsh or fish", "%s：须为 bash、zsh 或 fish", arguments[0]);
}

static struct option_value no_options[] = {CLI_LANG, CLI_END};
const struct command cli_completion = {
    "completion",
    "SHELL",
    {"print the completion for bash, zsh or fish", "输出 bash、zsh 或 fish 的补全脚本"},
    no_options,
    1,
    1,
    completion};

// ---- the manual page ----

// A backslash and a leading dot or quote mean something to man(1), and a hyphen is one only when escaped.
static void roff(const char *text) {
  for (const char *at = text; *at != 0; at++) {
    if (strchr("\\-", *at) != NULL) putchar('\\');
    if (at == text && strchr(".'", *at) != NULL) fputs("\\&", stdout);
    fputs(*at == '\\' ? "e" : (char[]){*at, 0}, stdout);
  }
}

static void man_option(const struct option_value *o) {
  printf(".TP\n");
  if (o->letter != 0) printf("\\fB\\-%c\\fR, ", o->letter);
  printf("\\fB\\-\\-");
  roff(o->name);
  printf("\\fR");
  if (o->value_name != NULL) printf(" \\fI"), roff(o->value_name), printf("\\fR");
  putchar('\n');
  roff(o->help[NUO_ENGLISH]);
  if (o->default_value != NULL) printf(" ("), roff(o->default_value), putchar(')');
  putchar('\n');
}

static void man_command(const struct command *c) {
  printf(".SS nuo ");
  roff(c->name);
  if (c->arguments[0] != 0) printf(" [options] "), roff(c->arguments);
  printf("\n");
  roff(c->help[NUO_ENGLISH]);
  puts(".");
  for (const struct option_value *o = c->options; o->name != NULL; o++) man_option(o);
}

static int manual(const struct command *command, size_t count, char **arguments) {
  (void)command, (void)count, (void)arguments;
  puts(".TH NUO 1 \"\" \"nuo " NUO_VERSION
       "\" \"Nuo\"\n.SH NAME\nnuo \\- decide events by policy documents\n"
       ".SH SYNOPSIS\n.B nuo\n.I command\n[options] [arguments]\n.SH DESCRIPTION\n"
       "Compiles policy documents, in English or Chinese, and decides events by them: what may be sent, "
       "when, and by\n"
       "which clause it may not. Documents and events are described in\n.BR nuo (5),\nthe language in\n.BR "
       "nuo (7),\n"
       "the library in\n.BR nuo (3).\n.SH COMMANDS");
  for (size_t i = 0; cli_commands[i] != NULL; i++) man_command(cli_commands[i]);
  puts(
      ".SH EXIT STATUS\n.TP\n0\nall is well\n.TP\n1\nsome events were refused, some tests failed, or there "
      "are findings\n"
      ".TP\n2\nwrong usage, or a file or state directory that cannot be used\n.TP\n3\n"
      "the policy does not compile, or the image does not load\n.TP\n4\na fault of ours\n.TP\n5\n"
      "a change makes a rule looser, or may, and nobody has approved it\n"
      ".SH SEE ALSO\n.BR nuo (3),\n.BR nuo (5),\n.BR nuo (7)");
  return EXIT_ALL_GOOD;
}

static struct option_value manual_options[] = {CLI_LANG, CLI_END};
const struct command cli_manual = {
    "manual", "", {"print the page nuo(1) of the manual", "输出手册页 nuo(1)"}, manual_options, 0, 0, manual};
