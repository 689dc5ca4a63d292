// SPDX-License-Identifier: Apache-2.0
// Writes decision logs: goes on with a file that is there, puts a full one aside. Called by run.c.
#include "compiler/cli/logfile.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// A file that is longer is put aside.
#define LOG_FULL (64ll << 20)

int log_reader(const struct command *command, nuo_log **log) {
  const char *path = cli_value(command, "log-key");
  uint8_t key[NUO_LOG_KEY_SIZE];
  nuo_text bytes;
  if (path != NULL) {
    if (!cli_read_file(path, &bytes)) return EXIT_USAGE;
    while (bytes.len > 0 && strchr("\r\n", bytes.text[bytes.len - 1]) != NULL) bytes.len--;
    const size_t len = bytes.len;
    crypto_generichash(key, sizeof key, (const uint8_t *)bytes.text, len, NULL, 0);
    free((char *)bytes.text);
    if (len < 16)
      return cli_usage(command, "--log-key %s: the key has %zu bytes; it has to have 16 or more",
                       "--log-key %s：密钥有 %zu 字节，至少须为 16 字节", path, len);
  }
  nuo_status status = nuo_log_new(NULL, path == NULL ? NULL : key, log);
  sodium_memzero(key, sizeof key);
  return status == NUO_OK ? EXIT_ALL_GOOD : (cli_no_memory(), EXIT_BUG);
}

static bool write_line(struct logfile *l, nuo_status status, nuo_text line) {
  if (status != NUO_OK) return cli_no_memory();
  l->size += (long long)line.len;
  if (fwrite(line.text, 1, line.len, l->file) == line.len) return true;
  cli_error("%s: cannot be written: %s", "%s：无法写入：%s", l->path, cli_reason());
  return false;
}

// ---- a file that is there ----

static bool complain_of_line(const struct logfile *l, uint64_t line, const nuo_error *error) {
  cli_error("%s:%llu: %s; nuo log verify tells more, and --log takes another file",
            "%s:%llu：%s；请用 nuo log verify 查看，或另给 --log 文件", l->path, (unsigned long long)line,
            cli_said(error));
  return false;
}

// Reads it to its last whole line; what was begun behind that, when the machine stopped, is cut off.
static bool read_back(struct logfile *l) {
  nuo_text bytes;
  nuo_log_entry entry;
  nuo_error error;
  uint64_t line = 0;
  size_t at = 0;
  if (!cli_read_file(l->path, &bytes)) return false;
  bool good = true;
  for (const char *end; good && (end = memchr(bytes.text + at, '\n', bytes.len - at)) != NULL;) {
    const nuo_text text = {bytes.text + at, (size_t)(end - bytes.text) - at};
    line++;
    at += text.len + 1;
    good = nuo_log_read(l->log, text, &entry, &error) == NUO_OK || complain_of_line(l, line, &error);
  }
  l->size = (long long)at;
  if (good && at < bytes.len) {
    cli_error("%s: the last line was not written to its end, and is cut off", "%s：最后一行没有写完，已截去",
              l->path);
    good = truncate(l->path, (off_t)at) == 0 || cli_file_error(l->path);
  }
  free((char *)bytes.text);
  return good;
}

static bool begin(struct logfile *l) {
  nuo_text line;
  nuo_status status = nuo_log_begin(l->log, &line);
  return write_line(l, status, line);
}

// FILE becomes FILE.1, or the next number that is free, and FILE begins anew where that ends.
static bool put_aside(struct logfile *l) {
  char name[4200];
  nuo_text line;
  nuo_status status = nuo_log_end(l->log, &line);
  if (!write_line(l, status, line)) return false;
  unsigned n = 0;
  do snprintf(name, sizeof name, "%s.%u", l->path, ++n);
  while (access(name, F_OK) == 0);
  if (fclose(l->file) != 0 || rename(l->path, name) != 0) return cli_file_error(l->path);
  l->file = fopen(l->path, "ab");
  if (l->file == NULL) return cli_file_error(l->path);
  l->size = 0;
  return begin(l);
}

int logfile_open(const struct command *command, struct logfile *l) {
  *l = (struct logfile){.path = cli_value(command, "log")};
  if (l->path == NULL)
    return cli_value(command, "log-key") == NULL
               ? EXIT_ALL_GOOD
               : cli_usage(command, "--log-key needs --log FILE", "--log-key 须与 --log 文件 同用");
  if (cli_value(command, "state") != NULL)
    return cli_usage(command,
                     "--log and --state do not go together yet: after a crash lines would be there twice",
                     "--log 与 --state 尚不能同用：中断后会有重复的行");
  int status = log_reader(command, &l->log);
  if (status != EXIT_ALL_GOOD) return status;
  if (access(l->path, F_OK) == 0 && !read_back(l)) return EXIT_USAGE;
  l->file = fopen(l->path, "ab");
  if (l->file == NULL) return cli_file_error(l->path), EXIT_USAGE;
  const bool is_open = nuo_log_hash(l->log).len > 0 && !nuo_log_ended(l->log);
  return is_open || begin(l) ? EXIT_ALL_GOOD : EXIT_USAGE;
}

// ---- lines ----

bool logfile_policy(struct logfile *l, const nuo_program *program) {
  nuo_program_info info;
  nuo_text line;
  if (l->log == NULL) return true;
  nuo_program_describe(program, &info);
  nuo_status status = nuo_log_policy(l->log, &info, &line);
  return write_line(l, status, line);
}

// Lines of the newest instant are read again when more of it comes, and stand in the log once.
bool logfile_event(struct logfile *l, nuo_text event, uint64_t input_line, uint64_t element) {
  nuo_text line;
  if (l->log == NULL || input_line < l->line ||
      (input_line == l->line && element <= l->element && l->line > 0))
    return true;
  l->line = input_line;
  l->element = element;
  if (l->size >= LOG_FULL && !put_aside(l)) return false;
  nuo_status status = nuo_log_event(l->log, event, input_line, &line);
  return write_line(l, status, line);
}

bool logfile_decision(struct logfile *l, nuo_text json) {
  nuo_text line;
  if (l->log == NULL) return true;
  nuo_status status = nuo_log_decision(l->log, json, &line);
  return write_line(l, status, line);
}

bool logfile_time(struct logfile *l, int64_t time) {
  nuo_text line;
  if (l->log == NULL) return true;
  nuo_status status = nuo_log_time(l->log, time, &line);
  return write_line(l, status, line);
}

bool logfile_flush(struct logfile *l) {
  if (l->log == NULL || fflush(l->file) == 0) return true;
  cli_error("%s: cannot be written: %s", "%s：无法写入：%s", l->path, cli_reason());
  return false;
}

bool logfile_close(struct logfile *l) {
  nuo_text line;
  bool good = true;
  if (l->file != NULL) {
    nuo_status status = nuo_log_end(l->log, &line);
    good = write_line(l, status, line);
    if (fclose(l->file) != 0) good = cli_file_error(l->path);
  }
  nuo_log_free(l->log);
  *l = (struct logfile){.log = NULL};
  return good;
}
