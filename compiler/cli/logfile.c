// SPDX-License-Identifier: Apache-2.0
// Writes decision logs: goes on with a file that is there, puts a full one aside. Called by run.c and
// serve.c.
#include "compiler/cli/logfile.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runtime/text_out.h"

#define LOG_SIZE_MAX 1000000000000
#define NAME_SIZE 4200

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
  if (status != NUO_OK) {
    cli_error("%s: cannot be written: %s", "%s：无法写入：%s", l->path, nuo_status_name(status));
    return false;
  }
  l->size += line.len;
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

// Hands the whole lines to the log, and those that end behind `place` to `tail` as well. *end: behind the
// last of them.
static bool read_lines(struct logfile *l, nuo_text bytes, uint64_t place, const struct log_tail *tail,
                       size_t *end) {
  nuo_log_entry entry;
  nuo_error error;
  uint64_t line = 0;
  *end = 0;
  for (const char *stop; (stop = memchr(bytes.text + *end, '\n', bytes.len - *end)) != NULL;) {
    const nuo_text text = {bytes.text + *end, (size_t)(stop - bytes.text) - *end};
    line++;
    *end += text.len + 1;
    if (nuo_log_read(l->log, text, &entry, &error) != NUO_OK) return complain_of_line(l, line, &error);
    if (tail != NULL && *end > place && !tail->take(tail->context, &entry)) return false;
  }
  return true;
}

// What was begun behind the last line, when the machine stopped, is cut off; and without a tail whatever is
// behind the place.
static bool read_back(struct logfile *l, const struct log_place *place, const struct log_tail *tail) {
  nuo_text bytes;
  size_t end;
  if (!cli_read_file(l->path, &bytes)) return false;
  const size_t all = bytes.len;
  if (place != NULL && tail == NULL) bytes.len = (size_t)place->size;
  bool good = read_lines(l, bytes, place == NULL ? UINT64_MAX : place->size, tail, &end);
  l->size = end;
  if (good && end < bytes.len)
    cli_error("%s: the last line was not written to its end, and is cut off", "%s：最后一行没有写完，已截去",
              l->path);
  if (good && end < all) good = truncate(l->path, (off_t)end) == 0 || cli_file_error(l->path);
  free((char *)bytes.text);
  return good;
}

// Whether a line of this hash ends at the place.
static bool holds(const char *path, const struct log_place *place) {
  char end[NUO_LOG_HASH_SIZE + 3];
  FILE *file = fopen(path, "rb");
  if (file == NULL) return false;
  const bool found = place->size > sizeof end &&
                     fseeko(file, (off_t)(place->size - sizeof end), SEEK_SET) == 0 &&
                     fread(end, 1, sizeof end, file) == sizeof end;
  fclose(file);
  return found && memcmp(end, place->hash, NUO_LOG_HASH_SIZE) == 0;
}

// The name that the next full file gets, or with `last` the one that the last got; false when there is none.
static bool name_aside(const char *path, bool last, char name[NAME_SIZE]) {
  unsigned n = 1;
  do snprintf(name, NAME_SIZE, "%s.%u", path, n++);
  while (access(name, F_OK) == 0);
  if (!last) return true;
  if (n == 2) return false;
  snprintf(name, NAME_SIZE, "%s.%u", path, n - 2);
  return true;
}

// Finds the file that has the place. One that was put aside behind the last commit comes back: its successor
// holds nothing yet.
static int find_place(const struct logfile *l, const struct log_place **place) {
  char name[NAME_SIZE];
  struct stat info;
  if (stat(l->path, &info) == 0 && !S_ISREG(info.st_mode))
    return cli_error("%s is no file that can be gone on with; give another --log",
                     "%s 不是可以续写的文件；请另给 --log 文件", l->path),
           EXIT_USAGE;
  if (*place == NULL || holds(l->path, *place)) return EXIT_ALL_GOOD;
  if (name_aside(l->path, true, name) && holds(name, *place))
    return rename(name, l->path) == 0 ? EXIT_ALL_GOOD : (cli_file_error(name), EXIT_USAGE);
  if (stat(l->path, &info) != 0 || info.st_size == 0) return *place = NULL, EXIT_ALL_GOOD;
  cli_error(
      "%s is not the log that the state directory was committed with, or a part of it is gone; restore it, "
      "or give another --log",
      "%s 不是与状态目录一同提交的日志，或者缺了一部分；请恢复该文件，或另给 --log 文件", l->path);
  return EXIT_USAGE;
}

// One process writes a log: lines of two would not follow each other.
static bool open_file(struct logfile *l) {
  l->file = fopen(l->path, "ab");
  if (l->file == NULL) return cli_file_error(l->path);
  if (flock(fileno(l->file), LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
  cli_error("%s: another process writes this log; give another --log",
            "%s：另一进程正在写入此日志；请另给 --log 文件", l->path);
  return false;
}

static bool begin(struct logfile *l) {
  nuo_text line;
  nuo_status status = nuo_log_begin(l->log, &line);
  return write_line(l, status, line);
}

bool logfile_end(struct logfile *l) {
  nuo_text line;
  if (l->log == NULL) return true;
  nuo_status status = nuo_log_end(l->log, &line);
  return write_line(l, status, line);
}

bool logfile_is_full(const struct logfile *l) {
  return l->log != NULL && l->size >= l->full;
}

// FILE becomes FILE.1, or the next number that is free, and FILE begins anew where that ends.
bool logfile_turn(struct logfile *l) {
  char name[NAME_SIZE];
  if (!logfile_end(l)) return false;
  name_aside(l->path, false, name);
  if (fclose(l->file) != 0 || rename(l->path, name) != 0) return l->file = NULL, cli_file_error(l->path);
  l->size = 0;
  return open_file(l) && begin(l);
}

static bool begin_fresh(struct logfile *l, const void *secret) {
  nuo_text line;
  nuo_status status = nuo_log_fresh(l->log, secret, &line);
  return write_line(l, status, line);
}

static int read_size(const struct command *command, uint64_t *size) {
  char *end;
  const char *text = cli_value(command, "log-size");
  *size = strtoull(text, &end, 10);
  if (*text >= '0' && *text <= '9' && *end == 0 && *size > 0 && *size <= LOG_SIZE_MAX) return EXIT_ALL_GOOD;
  return cli_usage(command, "--log-size %s: it has to be a number of bytes", "--log-size %s：须为字节数",
                   text);
}

int logfile_open(const struct command *command, struct logfile *l, const struct log_place *place,
                 const struct log_tail *tail, const void *secret) {
  *l = (struct logfile){.path = cli_value(command, "log")};
  if (l->path == NULL)
    return cli_value(command, "log-key") == NULL
               ? EXIT_ALL_GOOD
               : cli_usage(command, "--log-key needs --log FILE", "--log-key 须与 --log 文件 同用");
  if (place != NULL && place->size == 0) place = NULL;
  int status = read_size(command, &l->full);
  if (status == EXIT_ALL_GOOD) status = find_place(l, &place);
  if (status == EXIT_ALL_GOOD) status = log_reader(command, &l->log);
  if (status != EXIT_ALL_GOOD) return status;
  if (!open_file(l) || !read_back(l, place, place == NULL ? NULL : tail)) return EXIT_USAGE;
  const bool is_open = nuo_log_hash(l->log).len > 0 && !nuo_log_ended(l->log);
  return (is_open || begin(l)) && (secret == NULL || begin_fresh(l, secret)) ? EXIT_ALL_GOOD : EXIT_USAGE;
}

// ---- lines ----

bool logfile_policies(struct logfile *l, nuo_program *const *programs, size_t count) {
  nuo_program_info info;
  nuo_text line;
  bool good = true;
  for (size_t i = 0; l->log != NULL && good && i < count; i++) {
    nuo_program_describe(programs[i], &info);
    nuo_status status = nuo_log_policy(l->log, &info, i > 0, &line);
    good = write_line(l, status, line);
  }
  return good;
}

bool logfile_event(struct logfile *l, const nuo_input *input) {
  nuo_text line;
  if (l->log == NULL) return true;
  nuo_status status = nuo_log_event(l->log, input, &line);
  return write_line(l, status, line);
}

bool logfile_decision(struct logfile *l, nuo_text json) {
  nuo_text line;
  if (l->log == NULL) return true;
  nuo_status status = nuo_log_decision(l->log, json, &line);
  return write_line(l, status, line);
}

bool logfile_refusal(struct logfile *l, const nuo_error *error, uint64_t line) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  if (l->log == NULL) return true;
  nuo__out_string(&out, "{\"refused\":");
  nuo__out_json(&out, error->message, strlen(error->message));
  nuo__out_string(&out, ",\"line\":");
  nuo__out_integer(&out, (int64_t)line);
  nuo__out_string(&out, "}");
  const bool good = out.failed ? cli_no_memory() : logfile_decision(l, (nuo_text){out.at, out.len});
  nuo__out_free(&out);
  return good;
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

bool logfile_place(struct logfile *l, struct log_place *place) {
  *place = (struct log_place){.size = 0};
  if (l->log == NULL) return true;
  place->size = l->size;
  memcpy(place->hash, nuo_log_hash(l->log).text, NUO_LOG_HASH_SIZE);
  return logfile_flush(l);
}

bool logfile_sync(struct logfile *l) {
  return l->log == NULL || fsync(fileno(l->file)) == 0 || cli_file_error(l->path);
}

bool logfile_close(struct logfile *l) {
  const bool good = l->file == NULL || fclose(l->file) == 0 || cli_file_error(l->path);
  nuo_log_free(l->log);
  *l = (struct logfile){.log = NULL};
  return good;
}
