// SPDX-License-Identifier: Apache-2.0
// `--state DIR`: how far `nuo run` has come is committed together with what the engine remembers: the input
// file and the place in it, how long the output was then, and the decision log. And `nuo forget`, which
// erases a person.
#define _XOPEN_SOURCE 700  // realpath
#include "compiler/cli/state.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// ---- options ----

// A secret of any length becomes one of 16 bytes.
int state_options(const struct command *command, struct state_secret *secret, nuo_engine_options *options) {
  const char *path = cli_value(command, "state-key");
  nuo_text key;
  options->state_directory = cli_value(command, "state");
  if (path == NULL) return EXIT_ALL_GOOD;
  if (options->state_directory == NULL)
    return cli_usage(command, "--state-key needs --state DIR", "--state-key 须与 --state 目录 同用");
  if (!cli_read_file(path, &key)) return EXIT_USAGE;
  while (key.len > 0 && (key.text[key.len - 1] == '\n' || key.text[key.len - 1] == '\r')) key.len--;
  size_t len = key.len;
  if (len >= 16)
    crypto_generichash(secret->bytes, sizeof secret->bytes, (const unsigned char *)key.text, len, NULL, 0);
  free((char *)key.text);
  options->state_secret = secret->bytes;
  if (len >= 16 && len <= 64) return EXIT_ALL_GOOD;
  return cli_usage(command, "--state-key %s: the key has %zu bytes; it has to have 16 to 64",
                   "--state-key %s：密钥有 %zu 字节，须为 16 至 64 字节", path, len);
}

int state_read_secret(const struct command *command, struct state_secret *secret) {
  nuo_engine_options options = {0};
  char path[4200];
  *secret = (struct state_secret){{0}};
  int status = state_options(command, secret, &options);
  if (status != EXIT_ALL_GOOD || options.state_directory == NULL || options.state_secret != NULL)
    return status;
  snprintf(path, sizeof path, "%s/secret", options.state_directory);
  FILE *file = fopen(path, "rb");
  const bool good =
      file != NULL && fread(secret->bytes, 1, sizeof secret->bytes, file) == sizeof secret->bytes;
  if (file != NULL) fclose(file);
  return good ? EXIT_ALL_GOOD : (cli_file_error(path), EXIT_USAGE);
}

int state_complain(nuo_status status, const nuo_error *error) {
  cli_error("%s", "%s", cli_said(error));
  return status == NUO_NO_MEMORY                       ? EXIT_BUG
         : status == NUO_IO || status == NUO_BAD_STATE ? EXIT_USAGE
                                                       : EXIT_POLICY;
}

static const char *definition_name(nuo_definition_kind kind, nuo_language language) {
  static const char *const names[][2] = {
      [NUO_DEFINITION_FACT] = {"fact", "状态"},
      [NUO_DEFINITION_COUNTER] = {"count", "计数"},
      [NUO_DEFINITION_DUTY] = {"duty", "义务"},
  };
  return names[kind][language == NUO_CHINESE];
}

void state_print_changes(nuo_engine *engine, nuo_language language) {
  static const char *const says[][2] = {
      [NUO_CHANGE_NEW] = {"is new and begins with nothing remembered", "为新增，从零开始记"},
      [NUO_CHANGE_DROPPED] = {"is gone from the policy", "已不在政策中"},
      [NUO_CHANGE_CHANGED] = {"means something else now", "含义已改变"},
      [NUO_CHANGE_WIDENED] = {"asks for more events than were kept, and may count too few for a time",
                              "所需事件多于已保留的，一段时间内可能少计"},
  };
  size_t count;
  const nuo_change *changes = nuo_engine_changes(engine, &count);
  for (size_t i = 0; i < count; i++) {
    nuo_text name = language == NUO_CHINESE ? changes[i].name_zh : changes[i].name;
    fprintf(stderr, SAY(language, "state: %s `%.*s` %s\n", "状态目录：%s“%.*s”%s\n"),
            definition_name(changes[i].definition, language), (int)name.len, name.text,
            says[changes[i].kind][language == NUO_CHINESE]);
  }
}

// ---- the place in input and output ----

// What is committed, as it lies in the state: numbers with the low byte first.
enum {
  AT_VERSION,
  AT_OFFSET = 1,
  AT_LINE = 9,
  AT_LENGTH = 17,
  AT_INPUT = 25,
  AT_TAIL = 41,
  AT_OUTPUT = 57,
  AT_LOG_SIZE = 73,
  AT_LOG_HASH = 81,
  POSITION_SIZE = AT_LOG_HASH + NUO_LOG_HASH_SIZE
};
#define POSITION_VERSION 2
#define TAIL 4096

static void put_number(uint8_t *at, uint64_t number) {
  for (int i = 0; i < 8; i++) at[i] = (uint8_t)(number >> 8 * i);
}

static uint64_t get_number(const uint8_t *at) {
  uint64_t number = 0;
  for (int i = 0; i < 8; i++) number |= (uint64_t)at[i] << 8 * i;
  return number;
}

static void hash(const void *bytes, size_t size, uint8_t out[JOURNAL_HASH]) {
  crypto_generichash(out, JOURNAL_HASH, bytes, size, NULL, 0);
}

// Files are known by their whole path.
static bool hash_path(const char *path, uint8_t out[JOURNAL_HASH]) {
  char *whole = realpath(path, NULL);
  if (whole == NULL) return false;
  hash(whole, strlen(whole), out);
  free(whole);
  return true;
}

// Of the last bytes before the place: whether a file is still the one that was read.
static bool hash_tail(int file, uint64_t offset, uint8_t out[JOURNAL_HASH]) {
  uint8_t bytes[TAIL];
  size_t wanted = offset < TAIL ? (size_t)offset : TAIL, have = 0;
  while (have < wanted) {
    ssize_t got = pread(file, bytes + have, wanted - have, (off_t)(offset - wanted + have));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    have += (size_t)got;
  }
  hash(bytes, wanted, out);
  return true;
}

static bool read_position(struct journal *j) {
  nuo_text position = nuo_engine_position(j->engine);
  const uint8_t *at = (const uint8_t *)position.text;
  if (position.len == 0) return true;
  if (position.len != POSITION_SIZE || at[AT_VERSION] != POSITION_VERSION)
    return cli_error(
               "the state directory was committed by another program; `nuo run` cannot tell where to go on",
               "状态目录由其他程序提交，`nuo run` 不知从何处继续"),
           false;
  j->resumes = true;
  j->offset = get_number(at + AT_OFFSET);
  j->line = get_number(at + AT_LINE);
  j->length = get_number(at + AT_LENGTH);
  memcpy(j->input, at + AT_INPUT, JOURNAL_HASH);
  memcpy(j->tail, at + AT_TAIL, JOURNAL_HASH);
  memcpy(j->output, at + AT_OUTPUT, JOURNAL_HASH);
  j->log_place.size = get_number(at + AT_LOG_SIZE);
  memcpy(j->log_place.hash, at + AT_LOG_HASH, NUO_LOG_HASH_SIZE);
  return true;
}

// Cuts the output to what was committed, and lets standard output go there.
static bool open_output(struct journal *j, const char *path) {
  uint8_t own[JOURNAL_HASH];
  struct stat info;
  int file = open(path, O_RDWR | O_CREAT, 0666);
  if (file < 0 || fstat(file, &info) != 0) return cli_file_error(path);
  if (!hash_path(path, own)) return cli_file_error(path);
  if (!S_ISREG(info.st_mode))
    return cli_error("%s is no file that can be cut; give another --output",
                     "%s 不是可以截短的文件；请另给 --output", path),
           false;
  bool is_ours = j->resumes && memcmp(own, j->output, JOURNAL_HASH) == 0;
  if (!is_ours && info.st_size > 0)
    return cli_error("%s is there already and was not written with this state; give another --output",
                     "%s 已存在，且不是用这个状态目录写的；请另给 --output", path),
           false;
  if (!is_ours) j->length = 0;
  if ((uint64_t)info.st_size < j->length)
    return cli_error(
               "%s is shorter than what was committed of it; restore it, or begin with another "
               "state directory",
               "%s 比已提交的短；请恢复该文件，或者另选状态目录重新开始", path),
           false;
  memcpy(j->output, own, JOURNAL_HASH);
  if (ftruncate(file, (off_t)j->length) != 0 || lseek(file, 0, SEEK_END) < 0 || dup2(file, STDOUT_FILENO) < 0)
    return cli_file_error(path);
  close(file);
  j->has_output = true;
  return true;
}

bool journal_open(struct journal *j, const char *output) {
  if (!read_position(j)) return false;
  return output == NULL || open_output(j, output);
}

int journal_open_log(const struct command *command, struct journal *j, struct logfile *log,
                     const struct log_tail *tail) {
  const bool was_logged = j->log_place.size > 0;
  struct state_secret secret;
  int status = state_read_secret(command, &secret);
  if (status == EXIT_ALL_GOOD)
    status = logfile_open(command, log, &j->log_place, tail, j->resumes ? NULL : secret.bytes);
  j->log = log;
  if (status == EXIT_ALL_GOOD && log->log == NULL && was_logged)
    cli_error(
        "what was remembered here was logged until now; without --log what is decided from here on is not",
        "此状态目录此前一直写日志；未给 --log，此后的裁决不再写入日志");
  return status;
}

// ---- going on ----

// The file may have ended without a line end, which has come since: it is passed over.
static bool pass_line_end(struct journal *j, const char *path, int file) {
  char around[2];
  if (j->offset == 0 || pread(file, around, 2, (off_t)j->offset - 1) < 2 || around[0] == '\n') return true;
  if (around[1] != '\n')
    return cli_error("%s goes on in the middle of a line that was decided already; write whole lines",
                     "%s 从已裁决的一行中间继续；请按整行写入", path),
           false;
  j->offset++;
  return true;
}

size_t journal_first(const struct journal *j, size_t count, char **paths) {
  uint8_t own[JOURNAL_HASH];
  for (size_t i = 0; j->resumes && i < count; i++)
    if (hash_path(paths[i], own) && memcmp(own, j->input, JOURNAL_HASH) == 0) return i;
  return 0;
}

bool journal_begin(struct journal *j, const char *path, int file, uint64_t *line) {
  uint8_t own[JOURNAL_HASH], tail[JOURNAL_HASH];
  struct stat info;
  if (strcmp(path, "-") == 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode))
    return cli_error("%s: with --state the input has to be a file, in which a place can be found again",
                     "%s：使用 --state 时输入须为文件，才能找回停下的位置", path),
           false;
  if (!hash_path(path, own)) return cli_file_error(path);
  bool goes_on = j->resumes && memcmp(own, j->input, JOURNAL_HASH) == 0;
  j->resumes = false;
  memcpy(j->input, own, JOURNAL_HASH);
  if (!goes_on) j->offset = j->line = 0;
  *line = j->line;
  if (!goes_on) return true;
  if ((uint64_t)info.st_size < j->offset || !hash_tail(file, j->offset, tail) ||
      memcmp(tail, j->tail, JOURNAL_HASH) != 0)
    return cli_error("%s is not the file any more that was read to byte %llu; give the new one another name",
                     "%s 已不是读到第 %llu 字节的那个文件；请给新文件另取名称", path,
                     (unsigned long long)j->offset),
           false;
  if (!pass_line_end(j, path, file)) return false;
  if (lseek(file, (off_t)j->offset, SEEK_SET) < 0) return cli_file_error(path);
  return true;
}

// ---- committing ----

static bool take_output(struct journal *j) {
  struct stat info;
  if (fflush(stdout) != 0 || ferror(stdout)) return false;
  if (!j->has_output) return true;
  if (fsync(STDOUT_FILENO) != 0 || fstat(STDOUT_FILENO, &info) != 0) return false;
  j->length = (uint64_t)info.st_size;
  return true;
}

bool journal_commit_begin(struct journal *j, int file, uint64_t read, uint64_t line) {
  uint8_t position[POSITION_SIZE] = {POSITION_VERSION};
  nuo_error error = {.message = ""};
  j->offset += read;
  j->line = line;
  if (!take_output(j))
    return cli_error("the output cannot be written: %s", "输出无法写入：%s", cli_reason()), false;
  if (j->log != NULL && !logfile_place(j->log, &j->log_place)) return false;
  if (file >= 0 && !hash_tail(file, j->offset, j->tail))
    return cli_error("the input cannot be read: %s", "输入无法读取：%s", cli_reason()), false;
  put_number(position + AT_OFFSET, j->offset);
  put_number(position + AT_LINE, j->line);
  put_number(position + AT_LENGTH, j->length);
  memcpy(position + AT_INPUT, j->input, JOURNAL_HASH);
  memcpy(position + AT_TAIL, j->tail, JOURNAL_HASH);
  memcpy(position + AT_OUTPUT, j->output, JOURNAL_HASH);
  put_number(position + AT_LOG_SIZE, j->log_place.size);
  memcpy(position + AT_LOG_HASH, j->log_place.hash, NUO_LOG_HASH_SIZE);
  nuo_status status = nuo_engine_commit_begin(j->engine, position, sizeof position, &error);
  return status == NUO_OK || (state_complain(status, &error), false);
}

bool journal_commit_end(struct journal *j) {
  nuo_error error = {.message = ""};
  if (j->log != NULL && !logfile_sync(j->log)) return false;
  nuo_status status = nuo_engine_commit_end(j->engine, &error);
  return status == NUO_OK || (state_complain(status, &error), false);
}

bool journal_commit(struct journal *j, int file, uint64_t read, uint64_t line) {
  return journal_commit_begin(j, file, read, line) && journal_commit_end(j);
}

bool journal_turn_log(struct journal *j) {
  return !logfile_is_full(j->log) || (logfile_turn(j->log) && journal_commit(j, -1, 0, j->line));
}

// ---- nuo forget ----

static int forget_one(nuo_engine *engine, nuo_text key, size_t *records) {
  size_t removed = 0;
  nuo_error error = {.message = ""};
  nuo_status status = nuo_engine_forget(engine, key, &removed, &error);
  *records += removed;
  return status == NUO_OK ? EXIT_ALL_GOOD : state_complain(status, &error);
}

// One key a line.
static int forget_listed(nuo_engine *engine, const char *path, size_t *keys, size_t *records) {
  nuo_text list;
  int status = EXIT_ALL_GOOD;
  if (!cli_read_file(path, &list)) return EXIT_USAGE;
  for (size_t at = 0, end; status == EXIT_ALL_GOOD && at < list.len; at = end + 1) {
    const char *stop = memchr(list.text + at, '\n', list.len - at);
    end = stop == NULL ? list.len : (size_t)(stop - list.text);
    nuo_text key = {list.text + at, end - at};
    if (key.len > 0 && key.text[key.len - 1] == '\r') key.len--;
    if (key.len == 0) continue;
    status = forget_one(engine, key, records);
    ++*keys;
  }
  free((char *)list.text);
  return status;
}

static int forget_all(const struct command *command, nuo_engine *engine, size_t count, char **keys) {
  const struct option_value *lists = cli_option(command, "keys");
  const nuo_language language = cli_language(command);
  nuo_error error = {.message = ""};
  size_t records = 0, asked = count;
  int status = EXIT_ALL_GOOD;
  for (size_t i = 0; status == EXIT_ALL_GOOD && i < count; i++)
    status = forget_one(engine, (nuo_text){keys[i], strlen(keys[i])}, &records);
  for (size_t i = 0; status == EXIT_ALL_GOOD && i < lists->count; i++)
    status = forget_listed(engine, lists->values[i], &asked, &records);
  if (status != EXIT_ALL_GOOD) return status;
  nuo_text position = nuo_engine_position(engine);
  nuo_status committed = nuo_engine_commit(engine, position.text, position.len, &error);
  if (committed != NUO_OK) return state_complain(committed, &error);
  printf(SAY(language, "keys: %zu, records erased: %zu\n", "键：%zu 个，已清除记录：%zu 条\n"), asked,
         records);
  return EXIT_ALL_GOOD;
}

static bool is_directory(const char *path) {
  struct stat info;
  return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int forget(const struct command *command, size_t count, char **arguments) {
  nuo_engine_options options = {0};
  struct state_secret secret;
  nuo_engine *engine = NULL;
  nuo_error error = {.message = ""};
  int status = state_options(command, &secret, &options);
  if (status != EXIT_ALL_GOOD) return status;
  if (options.state_directory == NULL) return cli_usage(command, CLI_WANTS_STATE);
  if (count == 0 && cli_option(command, "keys")->count == 0)
    return cli_usage(command, "give a KEY, or --keys FILE with one a line",
                     "请给出键，或用 --keys 文件 逐行列出");
  if (!is_directory(options.state_directory))
    return cli_error("%s is no directory", "%s 不是目录", options.state_directory), EXIT_USAGE;
  if (nuo_engine_new(&options, &engine) != NUO_OK) return cli_no_memory(), EXIT_BUG;
  nuo_status opened = nuo_engine_open(engine, &error);
  status = opened == NUO_OK ? forget_all(command, engine, count, arguments) : state_complain(opened, &error);
  nuo_engine_free(engine);
  return status;
}

static struct option_value options[] = {
    {.name = "state",
     .value_name = "DIR",
     .help = {"the state directory; a nameless hash in somebody else's `distinct of` stays",
              "状态目录；他人名下“去重数”里的散列不在清除之列"}},
    CLI_STATE_KEY,
    {.name = "keys",
     .value_name = "FILE",
     .help = {"a file of keys, one a line; may be repeated", "键的文件，每行一个，可重复"}},
    CLI_LANG,
    CLI_END};
const struct command cli_forget = {
    "forget", "[KEY…]", {"erase what is remembered of a subject", "清除有关某主体的记录"}, options, 0,
    1000,     forget};
