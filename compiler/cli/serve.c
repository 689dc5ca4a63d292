// SPDX-License-Identifier: Apache-2.0
// `nuo serve`: decides events for whoever asks over HTTP on this machine. Here: what it is told on the
// command line, another version of the policy while it runs, commits, and its end.
#include "compiler/cli/serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compiler/cli/engine.h"
#include "compiler/cli/replay.h"
#include "runtime/limits.h"

#define TICK_SECONDS 1

// ---- what is watched for changes ----

static uint64_t mix(uint64_t seen, uint64_t value) {
  seen = (seen ^ value) * UINT64_C(0x9E3779B97F4A7C15);
  return seen ^ seen >> 29;
}

// A file that is not there may come.
static uint64_t watch(uint64_t seen, const char *path) {
  struct stat info;
  if (stat(path, &info) != 0) return mix(seen, 0);
  seen = mix(seen, (uint64_t)info.st_size + 1);
  return mix(seen, (uint64_t)info.st_mtim.tv_sec * 1000000000 + (uint64_t)info.st_mtim.tv_nsec);
}

static uint64_t watch_values(uint64_t seen, const struct option_value *option) {
  for (size_t i = 0; i < option->count; i++) seen = watch(seen, option->values[i]);
  return seen;
}

// Of the policy, all that it consists of, and the keys.
static uint64_t fingerprint(const struct server *s) {
  uint64_t seen = watch(0, s->policy);
  seen = watch_values(seen, cli_option(s->command, "with"));
  seen = watch_values(seen, cli_option(s->command, "trust"));
  for (size_t i = 0; i < s->reads.count; i++) seen = watch(seen, s->reads.paths[i]);
  return seen;
}

// ---- another version ----

// What /metrics tells of the policy.
static void name_program(struct server *s, const struct versions *v) {
  nuo_program *last = s->loaded, *now = v->programs[0];
  pthread_mutex_lock(&s->lock);
  s->loaded = now;
  nuo_program_describe(now, &s->program);
  pthread_mutex_unlock(&s->lock);
  nuo_program_free(last);
}

// The log tells of it before the first event that is decided by it.
static int use_versions(struct server *s, const struct versions *v) {
  pthread_mutex_lock(&s->log_lock);
  const int status = versions_use(s->command, v, s->engine);
  if (status == EXIT_ALL_GOOD && !atomic_load(&s->log_failed) &&
      !logfile_policies(&s->log, v->programs, v->count))
    atomic_store(&s->log_failed, true);
  pthread_mutex_unlock(&s->log_lock);
  return status;
}

static uint64_t digest_of(const struct versions *v) {
  uint64_t digest = v->count;
  for (size_t i = 0; i < v->count; i++) {
    nuo_program_info info;
    nuo_program_describe(v->programs[i], &info);
    for (const char *at = info.program_digest; *at != 0; at++) digest = mix(digest, (unsigned char)*at);
    for (const char *at = info.source_digest; *at != 0; at++) digest = mix(digest, (unsigned char)*at);
  }
  return digest;
}

// What is in force already is put in force again, and told, only when somebody `asked`.
static void reload(struct server *s, bool asked) {
  struct versions v;
  int status = versions_load(s->command, s->policy, &v);
  if (status == EXIT_ALL_GOOD && !asked && digest_of(&v) == s->in_force) {
    versions_free(&v);
    return;
  }
  const uint64_t digest = digest_of(&v);
  if (status == EXIT_ALL_GOOD) status = use_versions(s, &v);
  if (status == EXIT_ALL_GOOD) s->in_force = digest;
  atomic_fetch_add(status == EXIT_ALL_GOOD ? &s->metrics.reloads : &s->metrics.reload_failures, 1);
  if (status != EXIT_ALL_GOOD) {
    cli_error("the policy was not loaded; version %.*s stays in force", "政策未能载入，版本 %.*s 继续有效",
              (int)s->program.version.len, s->program.version.text);
    s->in_force = 0;  // whatever comes next is news
    versions_free(&v);
    return;
  }
  nuo_program *first = v.programs[0];
  for (size_t i = 1; i < v.count; i++) nuo_program_free(v.programs[i]);
  v.count = 1;
  name_program(s, &v);
  nuo_program_info info;
  nuo_program_describe(first, &info);
  cli_error("version %.*s is in force", "版本 %.*s 现已生效", (int)info.version.len, info.version.text);
}

// ---- what lasts ----

// Requests go on as soon as what has changed is taken, not when it is written.
static bool take_state(struct server *s) {
  pthread_mutex_lock(&s->log_lock);
  const bool good = journal_commit_begin(&s->journal, -1, 0, s->journal.line);
  pthread_mutex_unlock(&s->log_lock);
  if (!good) s->committed = UINT64_MAX;  // it is to be taken the next time
  return good;
}

// What was taken and could not be written stays taken: nothing new is needed to try again.
static bool commit_state(struct server *s, bool anew) {
  if (cli_value(s->command, "state") == NULL) return true;
  const bool good = (!anew || take_state(s)) && journal_commit_end(&s->journal);
  s->unwritten = !good;
  atomic_fetch_add(good ? &s->metrics.commits : &s->metrics.commit_failures, 1);
  return good;
}

// Between two commits, so that the log has nothing yet in its new file when a place in it is committed. False
// after complaining.
static bool turn_log(struct server *s) {
  if (cli_value(s->command, "state") == NULL) return logfile_turn(&s->log);
  return journal_commit(&s->journal, -1, 0, s->journal.line) && logfile_turn(&s->log) &&
         journal_commit(&s->journal, -1, 0, s->journal.line);
}

static void turn_full_log(struct server *s) {
  pthread_mutex_lock(&s->log_lock);
  if (logfile_is_full(&s->log) && !turn_log(s)) atomic_store(&s->log_failed, true);
  pthread_mutex_unlock(&s->log_lock);
}

// Nothing is written while nobody asks, but what could not be written before. False when it cannot be.
static bool commit(struct server *s) {
  const unsigned long long answered =
      atomic_load(&s->metrics.responses[2]) + atomic_load(&s->metrics.responses[4]);
  const bool anew = answered != s->committed;
  if ((!anew && !s->unwritten) || atomic_load(&s->log_failed)) return true;
  s->committed = answered;
  if (!commit_state(s, anew)) return false;
  turn_full_log(s);
  return true;
}

static bool commit_end(struct server *s) {
  const bool good = commit(s);
  if (!good || s->log.log == NULL || atomic_load(&s->log_failed)) return good;
  return logfile_end(&s->log) && commit_state(s, true);
}

static bool redo(void *context, const nuo_log_entry *entry) {
  return replay_take(context, entry) || cli_no_memory();
}

static void say_redone(struct server *s, const struct replay *r) {
  if (r->events == 0) return;
  cli_error("%llu events of the log that had not been committed were decided again",
            "日志中尚未提交的 %llu 个事件已重新裁决", r->events);
  if (r->different > 0)
    cli_error("%llu decisions on them are other ones now than the log has, by another version of the policy",
              "其中 %llu 个裁决与日志不同：政策版本已变", r->different);
  s->committed = UINT64_MAX;
}

// Opens the log, and remembers what it has behind the last commit.
static int open_log(struct server *s) {
  const struct command *command = s->command;
  struct replay again = {.session = NULL};
  const struct log_tail tail = {.take = redo, .context = &again};
  if (cli_value(command, "state") == NULL)
    return logfile_open(command, &s->log, NULL, NULL, (struct state_secret){{0}}.bytes);
  if (cli_value(command, "log") != NULL && cli_value(command, "log-key") == NULL)
    return cli_usage(command,
                     "--log with --state needs --log-key: events behind a commit are remembered by the log",
                     "--log 与 --state 同用时须有 --log-key：提交之后的事件由日志补记");
  s->journal = (struct journal){.engine = s->engine};
  if (!journal_open(&s->journal, NULL)) return EXIT_USAGE;
  if (!replay_begin(&again, s->engine)) return EXIT_BUG;
  int status = journal_open_log(command, &s->journal, &s->log, &tail);
  if (status == EXIT_ALL_GOOD) replay_end(&again);
  if (status == EXIT_ALL_GOOD && again.failed) cli_no_memory(), status = EXIT_BUG;
  say_redone(s, &again);
  replay_free(&again);
  replay_forget(&again);
  return status;
}

// ---- running ----

// Signals are waited for here and blocked everywhere else.
static int block_signals(sigset_t *signals) {
  sigemptyset(signals);
  sigaddset(signals, SIGHUP);
  sigaddset(signals, SIGINT);
  sigaddset(signals, SIGTERM);
  signal(SIGPIPE, SIG_IGN);
  return pthread_sigmask(SIG_BLOCK, signals, NULL);
}

static void run_until_stopped(struct server *s, const sigset_t *signals) {
  const struct timespec tick = {TICK_SECONDS, 0};
  for (;;) {
    const int signal = sigtimedwait(signals, NULL, &tick);
    if (signal == SIGINT || signal == SIGTERM) return;
    const uint64_t now = fingerprint(s);
    const size_t files = s->reads.count;
    if (signal == SIGHUP || now != s->seen) reload(s, signal == SIGHUP);
    // Files that are new among those read may have changed since: they are read once more.
    s->seen = s->reads.count == files ? now : 0;
    commit(s);
  }
}

static int read_number(const struct command *command, const char *name, unsigned long most,
                       unsigned long *number) {
  char *end;
  const char *text = cli_value(command, name);
  *number = strtoul(text, &end, 10);
  if (*text >= '0' && *text <= '9' && *end == 0 && *number >= 1 && *number <= most) return EXIT_ALL_GOOD;
  return cli_usage(command, "--%s %s: it has to be a number from 1 to %lu", "--%s %s：须为 1 至 %lu 的数",
                   name, text, most);
}

static int serve_with(struct server *s, unsigned threads, unsigned seconds, const sigset_t *signals) {
  const char *address = cli_value(s->command, "listen");
  struct MHD_Daemon *daemon = http_begin(s, address, threads, seconds);
  if (daemon == NULL) return EXIT_USAGE;
  run_until_stopped(s, signals);
  atomic_store(&s->stopping, true);
  http_end(daemon, s, address, seconds);
  return commit_end(s) ? EXIT_ALL_GOOD : EXIT_USAGE;
}

static int serve(const struct command *command, size_t count, char **arguments) {
  static struct server s;
  struct versions versions;
  unsigned long threads, seconds, body;
  sigset_t signals;
  (void)count;
  int status = read_number(command, "threads", 256, &threads);
  if (status == EXIT_ALL_GOOD) status = read_number(command, "timeout", 3600, &seconds);
  if (status == EXIT_ALL_GOOD) status = read_number(command, "max-body", 1u << 30, &body);
  if (status != EXIT_ALL_GOOD) return status;
  s = (struct server){.command = command, .policy = arguments[0], .body_limit = body};
  if (block_signals(&signals) != 0 || pthread_mutex_init(&s.lock, NULL) != 0 ||
      pthread_mutex_init(&s.log_lock, NULL) != 0 || !metrics_begin(&s.metrics))
    return cli_no_memory(), EXIT_BUG;
  cli_note_reads(&s.reads);
  status = versions_load(command, s.policy, &versions);
  s.in_force = digest_of(&versions);
  if (status == EXIT_ALL_GOOD) status = engine_adapter(command, &versions, &s.adapter);
  if (status == EXIT_ALL_GOOD) status = engine_make(command, &versions, NULL, &s.engine);
  if (status == EXIT_ALL_GOOD) status = open_log(&s);
  if (status == EXIT_ALL_GOOD && !logfile_policies(&s.log, versions.programs, versions.count))
    status = EXIT_USAGE;
  if (status == EXIT_ALL_GOOD) {
    for (size_t i = 1; i < versions.count; i++) nuo_program_free(versions.programs[i]);
    name_program(&s, &versions);
    status = serve_with(&s, (unsigned)threads, (unsigned)seconds, &signals);
  } else {
    versions_free(&versions);
  }
  workers_free(&s);
  if (!logfile_close(&s.log)) status = EXIT_USAGE;
  nuo_engine_free(s.engine);
  nuo_program_free(s.loaded);
  metrics_free(&s.metrics);
  cli_reads_free(&s.reads);
  pthread_mutex_destroy(&s.lock);
  pthread_mutex_destroy(&s.log_lock);
  return status;
}

static struct option_value options[] = {
    {.name = "listen",
     .value_name = "ADDRESS",
     .help = {"127.0.0.1:PORT, [::1]:PORT or unix:PATH", "127.0.0.1:端口、[::1]:端口 或 unix:路径"},
     .default_value = "127.0.0.1:8181"},
    {.name = "threads",
     .value_name = "N",
     .help = {"how many answer at a time", "同时应答的线程数"},
     .default_value = "2"},
    {.name = "max-body",
     .value_name = "BYTES",
     .help = {"of a request", "请求正文的最大字节数"},
     .default_value = "16777216"},
    {.name = "timeout",
     .value_name = "SECONDS",
     .help = {"for a connection that is silent, and to stop", "连接静默与停机等待的秒数"},
     .default_value = "10"},
    ENGINE_ADAPTER,
    ENGINE_POLICY,
    ENGINE_STATE,
    LOG_OPTIONS,
    CLI_LANG,
    CLI_END};
const struct command cli_serve = {
    "serve", "POLICY", {"decide events for other programs, by HTTP", "经 HTTP 为其他程序裁决事件"},
    options, 1,        1,
    serve};
