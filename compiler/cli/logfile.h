// SPDX-License-Identifier: Apache-2.0
// Decision logs as files, for the subcommands that write one.
#ifndef NUO_CLI_LOGFILE_H
#define NUO_CLI_LOGFILE_H

#include "compiler/cli/cli.h"
#include "runtime/nuo_log.h"

#define LOG_OPTIONS                                                                              \
  {.name = "log",                                                                                \
   .value_name = "FILE",                                                                         \
   .help = {"append to a log that nobody can change unseen", "将事件与裁决追加到防篡改的日志"}}, \
      LOG_KEY
#define LOG_KEY                                             \
  {                                                         \
    .name = "log-key", .value_name = "FILE", .help = {      \
      "key of the log: without it, it holds no events",     \
      "日志的密钥；没有密钥则日志不含事件" \
    }                                                       \
  }

struct logfile {
  nuo_log *log;
  FILE *file;
  const char *path;
  long long size;
  uint64_t line, element;  // of the input: where the last event stood that is in it
};
// Goes on with the file of --log, having checked it, or begins it; log->log is NULL without --log. The exit
// status.
int logfile_open(const struct command *command, struct logfile *log);
// Each false after complaining.
bool logfile_policy(struct logfile *log, const nuo_program *program);
bool logfile_event(struct logfile *log, nuo_text event, uint64_t line, uint64_t element);
bool logfile_decision(struct logfile *log, nuo_text json);
bool logfile_time(struct logfile *log, int64_t time);
bool logfile_flush(struct logfile *log);
// Ends it, where it was begun.
bool logfile_close(struct logfile *log);

// A log to read by --log-key. The exit status.
int log_reader(const struct command *command, nuo_log **log);
#endif
