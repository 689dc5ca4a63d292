// SPDX-License-Identifier: Apache-2.0
// `nuo run`: JSON Lines of events in, decisions out, in the same order, but that within an instant what has
// merely happened goes first. Decides what it has before it waits for more input, so it serves a pipe as well
// as a file; what may still be changed by another event of the newest instant waits a moment for one.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/cli/engine.h"
#include "compiler/cli/feed.h"
#include "compiler/cli/logfile.h"
#include "compiler/cli/run.h"
#include "compiler/cli/split.h"
#include "compiler/cli/state.h"
#include "runtime/limits.h"
#include "runtime/when.h"

#define BUFFER_SIZE (LIMIT_EVENT_BYTES + (1u << 20))
#define MAX_WAIT 60000

struct runner {
  const struct command *command;
  bool has_end;  // --until: what time is it when the input ends
  int64_t end;
  nuo_engine *engine;
  nuo_session *session;
  struct feed feed;
  int wait_ms;              // how long an instant stays open when no more input comes
  struct journal *journal;  // `places`; NULL: without --state
  struct journal places;
  nuo_language language;
  bool table;
  size_t rows_left;  // rows the table may still print
  size_t rows_left_out;
  struct tally tally;
  struct logfile log;
  nuo_text adapter;  // of lines that name none
  const char *path;
  struct splitter split;
  bool failed;   // our bug, or no memory
  bool stopped;  // the state or the output cannot be written
  // progress, on a terminal only
  bool progress;
  unsigned long long bytes_total, bytes_done;
  unsigned shown_percent;
};

// ---- output ----

static void print_refused(struct runner *r, uint64_t line, uint64_t element, const nuo_error *error) {
  r->tally.refused++;
  if (!logfile_refusal(&r->log, error, line)) r->failed = true;
  if (r->table) {
    table_refused(stdout, r->path, line, element, error, r->language);
    return;
  }
  printf("{\"refused\":");
  cli_print_json_string(stdout, (nuo_text){error->message, strlen(error->message)});
  printf(",\"refused_zh\":");
  cli_print_json_string(stdout, (nuo_text){error->message_zh, strlen(error->message_zh)});
  printf(",\"file\":");
  cli_print_json_string(stdout, (nuo_text){r->path, strlen(r->path)});
  printf(",\"line\":%llu", (unsigned long long)line);
  if (element > 0) printf(",\"element\":%llu", (unsigned long long)element);
  printf(",\"offset\":%llu}\n", (unsigned long long)error->offset);
}

// What cannot be logged is not decided: nothing goes on behind it.
static void log_decision(struct runner *r, const nuo_decision *d) {
  nuo_text json;
  if (r->log.log == NULL) return;
  if (nuo_session_decision_json(r->session, d, &json) != NUO_OK) r->failed = true;
  if (!r->failed && !logfile_decision(&r->log, json)) r->failed = true;
}

static void print_decision(struct runner *r, const nuo_decision *d) {
  if (d->refused != NULL) {
    print_refused(r, d->tag, 0, d->refused);
    return;
  }
  tally_add(&r->tally, d);
  log_decision(r, d);
  if (r->table) {
    if (d->replayed || d->breach_count + d->undetermined_count == 0) return;
    if (r->rows_left > 0) {
      table_row(stdout, d, r->language);
      r->rows_left--;
    } else {
      r->rows_left_out++;
    }
    return;
  }
  nuo_text json;
  if (nuo_session_decision_json(r->session, d, &json) != NUO_OK) {
    r->failed = true;
    return;
  }
  fwrite(json.text, 1, json.len, stdout);
  fputc('\n', stdout);
}

static bool print_decisions(struct runner *r, nuo_status status, const nuo_decision *decisions,
                            size_t count) {
  for (size_t i = 0; i < count; i++) print_decision(r, &decisions[i]);
  if (status == NUO_OK) return true;
  cli_error("deciding failed: %s", "裁决中断（%s）", nuo_status_name(status));
  r->failed = true;
  return false;
}

static void log_events(struct runner *r, const struct feed_line *lines, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (lines[i].input.recipient == 0 && !logfile_event(&r->log, &lines[i].input)) r->failed = true;
}

static void decide_pending(void *context, const struct feed_line *lines, size_t line_count) {
  struct runner *r = context;
  const nuo_decision *decisions;
  size_t count;
  log_events(r, lines, line_count);
  do {
    nuo_status status = nuo_session_decide(r->session, &decisions, &count);
    if (!print_decisions(r, status, decisions, count)) return;
  } while (nuo_session_pending(r->session) > 0);
}

// Lets the time pass behind the last event.
static void advance_clock(struct runner *r, int64_t time) {
  const nuo_decision *decisions;
  size_t count;
  if (!logfile_time(&r->log, time)) r->failed = true;
  do {
    nuo_status status = nuo_session_advance(r->session, time, &decisions, &count);
    if (!print_decisions(r, status, decisions, count)) return;
  } while (count > 0);
}

static void run_out(struct runner *r) {
  cli_error("%s:%llu: out of memory", "%s:%llu：内存不足", r->path, (unsigned long long)r->split.line);
  r->failed = true;
}

static void show_progress(struct runner *r) {
  if (!r->progress || r->bytes_total == 0) return;
  unsigned percent = (unsigned)(100 * r->bytes_done / r->bytes_total);
  if (percent == r->shown_percent) return;
  r->shown_percent = percent;
  fprintf(stderr, "\r%3u%% [%-40.*s]", percent, (int)(percent * 40 / 100),
          "########################################");
  if (percent == 100) fprintf(stderr, "\r%50s\r", "");
}

// ---- input ----

static bool is_blank(const char *text, size_t len) {
  for (size_t i = 0; i < len; i++)
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') return false;
  return true;
}

// Of a file that goes on in the next run, a last line without its end that is no event is still being
// written.
static bool is_unfinished(struct runner *r, const nuo_input *input, bool has_end) {
  nuo_error ignored;
  if (r->journal == NULL || has_end) return false;
  const nuo_status status = nuo_session_add(r->session, input, NULL, &ignored);
  if (status == NUO_OK) nuo_session_take_back(r->session, 1);
  return status == NUO_BAD_EVENT;
}

static bool leave_line(struct runner *r) {
  fprintf(stderr,
          SAY(r->language, "%s:%llu: the last line has no end and is no event; it is left for the next run\n",
              "%s:%llu：最后一行没有结束，也不成事件，留待下次运行\n"),
          r->path, (unsigned long long)r->split.line--);
  return false;
}

static void refuse(struct runner *r, const struct piece *piece, nuo_error *error) {
  if (!feed_close(&r->feed)) run_out(r);  // keeps the order of the input
  error->offset += piece->column;
  print_refused(r, piece->line, piece->element, error);
}

static void refuse_with(struct runner *r, const struct piece *piece, const char *en, const char *zh) {
  nuo_error error = {.status = NUO_BAD_EVENT};
  snprintf(error.message, sizeof error.message, "%s", en);
  snprintf(error.message_zh, sizeof error.message_zh, "%s", zh);
  refuse(r, piece, &error);
}

static void refuse_event(struct runner *r, const struct piece *piece, const nuo_input *input,
                         nuo_error *error) {
  if (!feed_close(&r->feed)) run_out(r);
  if (r->feed.taken == 0 && !logfile_event(&r->log, input)) r->failed = true;
  refuse(r, piece, error);
}

// False when the line was left.
static bool take_event(struct runner *r, const struct piece *piece) {
  nuo_error error = {.message = ""};
  const char *text = piece->text;
  size_t len = piece->len;
  if (piece->line == 1 && piece->element == 0 && len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
    text += 3, len -= 3;  // from Windows
  if (piece->element == 0 && is_blank(text, len)) return true;
  nuo_input input = {.json = text, .len = len, .adapter = r->adapter, .tag = piece->line};
  if (is_unfinished(r, &input, piece->has_end)) return leave_line(r);
  do {
    const nuo_status status = feed_add(&r->feed, &input, piece->element > 0, &error);
    if (status == NUO_BAD_EVENT || status == NUO_LIMIT) refuse_event(r, piece, &input, &error);
    if (status == NUO_NO_MEMORY) run_out(r);
    if (status != NUO_OK && status != NUO_BAD_EVENT && status != NUO_LIMIT) r->failed = true;
  } while (r->feed.more && !r->failed);
  return true;
}

static bool take_piece(struct runner *r, const struct piece *piece) {
  switch (piece->kind) {
    case PIECE_EVENT:
      return take_event(r, piece);
    case PIECE_EMPTY:
      refuse_with(r, piece, "the list of events is empty", "事件列表是空的");
      return true;
    case PIECE_UNCLOSED:
      refuse_with(r, piece, "the list of events is not closed", "事件列表没有结束");
      return true;
    case PIECE_BEHIND:
      refuse_with(r, piece, "something follows behind the list of events on its line",
                  "事件列表之后，同一行还有别的内容");
      return true;
  }
  return true;
}

static void refuse_long(struct runner *r) {
  const struct piece piece = {.line = r->split.line + (r->split.state == SPLIT_LINES),
                              .element = r->split.state == SPLIT_LINES ? 0 : r->split.element + 1};
  nuo_error error = {.status = NUO_BAD_EVENT, .offset = LIMIT_EVENT_BYTES};
  snprintf(error.message, sizeof error.message,
           "the event is longer than %d bytes; split it or leave out attachments", LIMIT_EVENT_BYTES);
  snprintf(error.message_zh, sizeof error.message_zh, "事件超过 %d 字节；请拆分，或者去掉附件",
           LIMIT_EVENT_BYTES);
  refuse(r, &piece, &error);
}

// What was decided becomes final: it goes out, and with --state it is committed with the place in the input.
static bool settle(struct runner *r, int file, size_t taken) {
  bool good;
  if (r->journal == NULL) {
    good = fflush(stdout) == 0 && logfile_flush(&r->log);
    if (good && logfile_is_full(&r->log)) good = logfile_turn(&r->log);
  } else {
    good = journal_commit(r->journal, file, taken, r->split.line) && journal_turn_log(r->journal);
    r->stopped = !good;
  }
  return good;
}

// False when nothing comes for the moment that an instant stays open.
static bool more_comes(const struct runner *r, int file) {
  struct pollfd wanted = {.fd = file, .events = POLLIN};
  int ready;
  do ready = poll(&wanted, 1, r->wait_ms);
  while (ready < 0 && errno == EINTR);
  return ready != 0;
}

// Decides the lines that end before buffer[at], and gives the place from which on the buffer has to be read
// again together with what comes: lines of the newest instant.
static size_t decide_lines(struct runner *r, int file, const char *buffer, size_t have, size_t at,
                           bool is_end) {
  const struct feed_line *open = is_end ? NULL : feed_settle(&r->feed);
  bool good = true;
  if (is_end || ((open != NULL || feed_keeps(&r->feed)) && (fflush(stdout) != 0 || !more_comes(r, file)))) {
    good = feed_close(&r->feed);
  } else if (open != NULL && (open->inner || (open->input.json == buffer && have == BUFFER_SIZE))) {
    good = feed_keep(&r->feed);
  } else if (open != NULL) {
    at = (size_t)(open->input.json - buffer);
    split_back(&r->split, open->input.tag);
    feed_forget(&r->feed);
  }
  if (!good) run_out(r);
  return at;
}

// Reads `file` to its end. Lines are handed over in place: the buffer moves only when nothing is pending.
static bool run_file(struct runner *r, int file, char *buffer) {
  size_t have = 0, taken = 0;  // taken: bytes since the last commit
  for (;;) {
    ssize_t got = read(file, buffer + have, BUFFER_SIZE - have);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cli_file_error(r->path);
    r->bytes_done += (unsigned long long)got;
    have += (size_t)got;
    size_t at = 0;
    struct piece piece;
    while (split_next(&r->split, buffer, have, &at, got == 0, &piece))
      if (!take_piece(r, &piece)) at = (size_t)(piece.text - buffer), have = at;
    at = decide_lines(r, file, buffer, have, at, got == 0);
    show_progress(r);
    if (r->failed) return false;
    memmove(buffer, buffer + at, have - at);
    have -= at;
    taken += at;
    if (have == BUFFER_SIZE) {
      if (!r->split.skipping) refuse_long(r);
      split_skip(&r->split, buffer, have);
      taken += have;
      have = 0;
    }
    // While an instant goes on, its first lines are not decided: the place stays before them. A list is
    // one line.
    if (!r->split.skipping && r->split.state == SPLIT_LINES &&
        (r->journal == NULL || !feed_keeps(&r->feed))) {
      if (!settle(r, file, taken)) return false;
      taken = 0;
    }
    if (got == 0) return true;
  }
}

static bool run_path(struct runner *r, const char *path, char *buffer) {
  int file = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY);
  if (file < 0) return cli_file_error(path);
  r->path = path;
  r->split = (struct splitter){.line = 0};
  bool good = r->journal == NULL || journal_begin(r->journal, path, file, &r->split.line);
  if (good) good = run_file(r, file, buffer);
  if (file != STDIN_FILENO) close(file);
  return good;
}

static unsigned long long total_size(size_t count, char **paths) {
  unsigned long long total = 0;
  for (size_t i = 0; i < count; i++) {
    struct stat info;
    if (stat(paths[i], &info) != 0 || !S_ISREG(info.st_mode)) return 0;
    total += (unsigned long long)info.st_size;
  }
  return total;
}

// ---- set-up ----

// Where the last run stopped, and where the log did.
static int begin_journal(struct runner *r) {
  const char *output = cli_value(r->command, "output");
  if (cli_value(r->command, "state") == NULL) {
    if (output != NULL)
      return cli_usage(r->command, "--output needs --state DIR; or send standard output there",
                       "--output 须与 --state 目录 同用；否则请将标准输出转存");
    if (cli_option(r->command, "drop-state")->count > 0)
      return cli_usage(r->command, "--drop-state needs --state DIR", "--drop-state 须与 --state 目录 同用");
    return logfile_open(r->command, &r->log, NULL, NULL, (struct state_secret){{0}}.bytes);
  }
  if (r->table && output != NULL)
    return cli_usage(r->command, "--output takes decisions as JSON, no table",
                     "--output 只存 JSON 裁决，不存表格");
  r->places = (struct journal){.engine = r->engine};
  r->journal = &r->places;
  if (!journal_open(r->journal, output)) return EXIT_USAGE;
  return journal_open_log(r->command, r->journal, &r->log, NULL);
}

// That this run has begun is committed before anything is written.
static int make_engine(struct runner *r, const char *policy) {
  struct versions versions;
  int status = versions_load(r->command, policy, &versions);
  if (status == EXIT_ALL_GOOD) status = engine_adapter(r->command, &versions, &r->adapter);
  if (status == EXIT_ALL_GOOD) status = engine_make(r->command, &versions, NULL, &r->engine);
  if (status == EXIT_ALL_GOOD) status = begin_journal(r);
  if (status == EXIT_ALL_GOOD && !logfile_policies(&r->log, versions.programs, versions.count))
    status = EXIT_USAGE;
  if (status == EXIT_ALL_GOOD && r->journal != NULL && !journal_commit(r->journal, -1, 0, r->journal->line))
    status = EXIT_USAGE;
  versions_free(&versions);
  return status;
}

static void print_end(struct runner *r) {
  if (r->rows_left_out > 0)
    printf(SAY(r->language, "… and %zu more events with findings (--rows N shows more)\n",
               "……另有 %zu 个事件有违反或不明之处（--rows N 可多显示）\n"),
           r->rows_left_out);
  if (cli_option(r->command, "quiet")->count == 0)
    tally_print(r->table ? stdout : stderr, &r->tally, r->language);
}

static int read_inputs(struct runner *r, size_t count, char **paths) {
  char *buffer = malloc(BUFFER_SIZE);
  if (buffer == NULL) return cli_no_memory(), EXIT_BUG;
  int status = EXIT_ALL_GOOD;
  for (size_t i = r->journal == NULL ? 0 : journal_first(r->journal, count, paths);
       i < count && !r->failed && !r->stopped; i++)
    if (!run_path(r, paths[i], buffer)) status = EXIT_USAGE;
  free(buffer);
  return status;
}

// Behind the last event: time goes on to the given end, and the log has its last line.
static int finish(struct runner *r) {
  if (r->failed || r->stopped) return EXIT_ALL_GOOD;
  if (r->has_end) advance_clock(r, r->end);
  if (r->failed) return EXIT_ALL_GOOD;
  if (!logfile_end(&r->log)) return EXIT_USAGE;
  if (r->journal == NULL) return EXIT_ALL_GOOD;
  return journal_commit(r->journal, -1, 0, r->journal->line) ? EXIT_ALL_GOOD : EXIT_USAGE;
}

static int run_events(struct runner *r, size_t count, char **paths) {
  r->bytes_total = r->journal == NULL ? total_size(count, paths) : 0;
  r->progress = cli_is_terminal(stderr) && !cli_is_terminal(stdout);
  if (r->table) table_header(stdout, r->language);
  int status = read_inputs(r, count, paths), finished = finish(r);
  print_end(r);
  if (r->failed) return EXIT_BUG;
  if (status == EXIT_ALL_GOOD) status = finished;
  return status == EXIT_ALL_GOOD && r->tally.refused > 0 ? EXIT_REFUSED : status;
}

// With the command's options filled in: makes the engine, runs, and takes everything down.
static int run_all(struct runner *r, const char *policy, size_t count, char **paths) {
  int status = make_engine(r, policy);
  if (status == EXIT_ALL_GOOD && nuo_session_new(r->engine, &r->session) != NUO_OK) {
    cli_no_memory();
    status = EXIT_BUG;
  }
  r->feed = (struct feed){.session = r->session, .decide = decide_pending, .context = r};
  if (status == EXIT_ALL_GOOD) status = run_events(r, count, paths);
  if (!logfile_close(&r->log)) status = EXIT_USAGE;
  feed_free(&r->feed);
  nuo_session_free(r->session);
  nuo_engine_free(r->engine);
  tally_free(&r->tally);
  return status;
}

static bool read_instant(const char *text, int64_t *time) {
  return nuo__when_parse_rfc3339(text, strlen(text), time);
}

// What both commands take.
static int read_options(struct runner *r, const struct command *command) {
  char *end;
  *r = (struct runner){.command = command,
                       .language = cli_language(command),
                       .table = strcmp(cli_value(command, "format"), "table") == 0,
                       .shown_percent = 101};
  if (!cli_choice(command, "format", "json|table")) return EXIT_USAGE;
  long rows = strtol(cli_value(command, "rows"), &end, 10);
  if (*end != 0 || rows < 0) return cli_usage(command, "--rows wants a number", "--rows 后面须为数字");
  r->rows_left = (size_t)rows;
  return EXIT_ALL_GOOD;
}

static int run(const struct command *command, size_t count, char **arguments) {
  static char *standard_input[] = {"-"};
  struct runner r;
  char *end;
  int status = read_options(&r, command);
  if (status != EXIT_ALL_GOOD) return status;
  long wait = strtol(cli_value(command, "wait"), &end, 10);
  if (*end != 0 || wait < 0 || wait > MAX_WAIT)
    return cli_usage(command, "--wait wants milliseconds, %d at most", "--wait 后面须为毫秒数，至多 %d",
                     MAX_WAIT);
  r.wait_ms = (int)wait;
  const char *until = cli_value(command, "until");
  r.has_end = until != NULL;
  if (until != NULL && !read_instant(until, &r.end))
    return cli_usage(command, "--until wants an instant such as 2025-07-01T00:00:00+08:00",
                     "--until 后面须为时点，如 2025-07-01T00:00:00+08:00");
  if (count == 1) return run_all(&r, arguments[0], 1, standard_input);
  return run_all(&r, arguments[0], count - 1, arguments + 1);
}

static int advance(const struct command *command, size_t count, char **arguments) {
  struct runner r;
  (void)count;
  int status = read_options(&r, command);
  if (status != EXIT_ALL_GOOD) return status;
  if (cli_value(command, "state") == NULL) return cli_usage(command, CLI_WANTS_STATE);
  if (!read_instant(arguments[1], &r.end))
    return cli_usage(command, "%s is no instant such as 2025-07-01T00:00:00+08:00",
                     "%s 不是时点：应形如 2025-07-01T00:00:00+08:00", arguments[1]);
  r.has_end = true;
  return run_all(&r, arguments[0], 0, NULL);
}

// clang-format off
#define RUN_OUTPUT                                                                                       \
  {.name = "format", .value_name = "json|table",                                                         \
   .help = {"decisions as JSON Lines, or a table", "裁决输出为 JSON 行或表格"}, .default_value = "json"},  \
  {.name = "quiet", .letter = 'q', .help = {"no summary", "不输出汇总"}},                                  \
  {.name = "rows", .value_name = "N",                                                                    \
   .help = {"rows of the table at most", "表格最多显示的行数"}, .default_value = "20"}
#define RUN_STATE                                                                                        \
  ENGINE_STATE,                                                                                          \
  {.name = "output", .letter = 'o', .value_name = "FILE",                                                \
   .help = {"with --state: decisions, each once whatever happens",                                       \
            "与 --state 同用：裁决写入此文件，不重不漏"}}
// clang-format on

static struct option_value options[] = {
    RUN_OUTPUT,
    {.name = "wait",
     .value_name = "MS",
     .help = {"how long an instant stays open when no more input comes", "没有新输入时，同一毫秒再等多久"},
     .default_value = "10"},
    ENGINE_POLICY,
    ENGINE_ADAPTER,
    {.name = "until",
     .value_name = "INSTANT",
     .help = {"when the input ends, let the time pass to then", "输入结束后，让时间走到此时点"}},
    RUN_STATE,
    LOG_OPTIONS,
    CLI_LANG,
    CLI_END};
const struct command cli_run = {"run", "POLICY [FILE…|-]", {"decide events", "裁决事件"}, options, 1, 1000,
                                run};

static struct option_value advance_options[] = {RUN_OUTPUT,  ENGINE_POLICY, RUN_STATE,
                                                LOG_OPTIONS, CLI_LANG,      CLI_END};
const struct command cli_advance = {"advance",
                                    "POLICY INSTANT",
                                    {"let time pass without an event", "没有事件时让时间前进"},
                                    advance_options,
                                    2,
                                    2,
                                    advance};
