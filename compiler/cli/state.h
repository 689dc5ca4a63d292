// SPDX-License-Identifier: Apache-2.0
// Inside the subcommands that take `--state DIR`.
#ifndef NUO_CLI_STATE_H
#define NUO_CLI_STATE_H

#include "compiler/cli/logfile.h"

struct state_secret {
  uint8_t bytes[16];
};
// Fills in the options of --state and --state-key; `secret` has to stay. The exit status.
int state_options(const struct command *command, struct state_secret *secret, nuo_engine_options *options);
// The secret that an engine works with which was made by these options: zeros without --state. The exit
// status.
int state_read_secret(const struct command *command, struct state_secret *secret);
// Says what is wrong with a state directory. The exit status.
int state_complain(nuo_status status, const nuo_error *error);
// Tells on standard error what has changed between the policy that wrote the directory and this one.
void state_print_changes(nuo_engine *engine, nuo_language language);

// How far a run has come.
#define JOURNAL_HASH 16
struct journal {
  nuo_engine *engine;
  struct logfile *log;  // whose place is committed, too
  struct log_place log_place;
  bool resumes;     // it was committed before, and the input that it was in has not been met yet
  bool has_output;  // standard output is the output file
  uint64_t offset, line, length;  // in the input, and of the output
  uint8_t input[JOURNAL_HASH], tail[JOURNAL_HASH], output[JOURNAL_HASH];
};

// Reads the place committed last, and cuts the output to its length then; standard output goes there from
// now on. False with a complaint, as all below.
bool journal_open(struct journal *journal, const char *output);
// Goes on with the log as logfile_open does, behind the engine's commit. The exit status.
int journal_open_log(const struct command *command, struct journal *journal, struct logfile *log,
                     const struct log_tail *tail);
// Which of the inputs to begin with: the one committed last, or when it is not among them the first.
size_t journal_first(const struct journal *journal, size_t count, char **paths);
// Goes to the place in an open input; *line: how many lines are behind it.
bool journal_begin(struct journal *journal, const char *path, int file, uint64_t *line);
// Commits what was decided, with `read` more bytes of the input. `file` -1: before any input.
bool journal_commit(struct journal *journal, int file, uint64_t read, uint64_t line);
// The same in two steps: others may go on to decide behind the first.
bool journal_commit_begin(struct journal *journal, int file, uint64_t read, uint64_t line);
bool journal_commit_end(struct journal *journal);
// When the log is full, puts it aside, and commits where that leaves it.
bool journal_turn_log(struct journal *journal);

#endif
