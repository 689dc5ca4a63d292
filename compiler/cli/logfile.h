// SPDX-License-Identifier: Apache-2.0
// Decision logs as files, for the subcommands that write one.
#ifndef NUO_CLI_LOGFILE_H
#define NUO_CLI_LOGFILE_H

#include "compiler/cli/cli.h"
#include "runtime/nuo_log.h"

#define LOG_OPTIONS                                                                                        \
  {.name = "log",                                                                                          \
   .value_name = "FILE",                                                                                   \
   .help = {"append to a log that nobody can change unseen", "将事件与裁决追加到防篡改的日志"}},           \
      LOG_KEY, {                                                                                           \
    .name = "log-size", .value_name = "BYTES",                                                             \
    .help = {"when it is longer it is put aside", "超过此长度即另起一个文件"}, .default_value = "67108864" \
  }
#define LOG_KEY                                             \
  {                                                         \
    .name = "log-key", .value_name = "FILE", .help = {      \
      "key of the log: without it, it holds no events",     \
      "日志的密钥；没有密钥则日志不含事件" \
    }                                                       \
  }

// How much of a log a commit holds: its file's bytes up to a line, and that line's hash. Zeros: none.
struct log_place {
  uint64_t size;
  char hash[NUO_LOG_HASH_SIZE];
};
struct logfile {
  nuo_log *log;
  FILE *file;
  const char *path;
  uint64_t size, full;
};
// What is done with lines that are behind the place; false: no further, after complaining.
struct log_tail {
  bool (*take)(void *context, const nuo_log_entry *entry);
  void *context;
};
// Goes on with the file of --log, having checked it, or begins it; log->log is NULL without --log. `place`:
// as the state directory has it, or NULL; what the file has behind it is handed to `tail` or, when that is
// NULL, cut off. `secret`: of what is remembered, when that is nothing yet; else NULL. The exit status.
int logfile_open(const struct command *command, struct logfile *log, const struct log_place *place,
                 const struct log_tail *tail, const void *secret);
// Each false after complaining.
bool logfile_policies(struct logfile *log, nuo_program *const *programs, size_t count);
bool logfile_event(struct logfile *log, const nuo_input *input);
bool logfile_decision(struct logfile *log, nuo_text json);
bool logfile_refusal(struct logfile *log, const nuo_error *error, uint64_t line);
bool logfile_time(struct logfile *log, int64_t time);
bool logfile_flush(struct logfile *log);
// How far it has come, flushed; and then waits until that is on the disk.
bool logfile_place(struct logfile *log, struct log_place *place);
bool logfile_sync(struct logfile *log);
// When it is full, puts it aside and begins another; with a state directory that is done between two commits.
bool logfile_is_full(const struct logfile *log);
bool logfile_turn(struct logfile *log);
// Its last line, when there is one.
bool logfile_end(struct logfile *log);
bool logfile_close(struct logfile *log);

// A log to read by --log-key. The exit status.
int log_reader(const struct command *command, nuo_log **log);
#endif
