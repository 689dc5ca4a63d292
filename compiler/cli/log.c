// SPDX-License-Identifier: Apache-2.0
// `nuo log verify` and `nuo log replay`: whether a decision log is whole, and whether what it says was
// decided is what the policy decides.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/engine.h"
#include "compiler/cli/logfile.h"
#include "compiler/cli/replay.h"

// ---- lines of several files ----

struct walk {
  nuo_log *log;
  const char *path;
  uint64_t line, lines, bad;
  // What is done with a good line; false: no further. NULL: nothing.
  bool (*take)(void *context, const nuo_log_entry *entry);
  void *context;
};

static void complain(struct walk *w, const char *said) {
  w->bad++;
  printf("%s:%llu: %s\n", w->path, (unsigned long long)w->line, said);
}

static bool walk_file(struct walk *w, const char *path, nuo_language language) {
  nuo_text bytes;
  nuo_log_entry entry;
  nuo_error error;
  if (!cli_read_file(path, &bytes)) return false;
  w->path = path;
  w->line = 0;
  bool good = true;
  for (size_t at = 0; good && at < bytes.len;) {
    const char *end = memchr(bytes.text + at, '\n', bytes.len - at);
    const size_t len = end == NULL ? bytes.len - at : (size_t)(end - bytes.text) - at;
    w->line++;
    w->lines++;
    if (nuo_log_read(w->log, (nuo_text){bytes.text + at, len}, &entry, &error) != NUO_OK) {
      complain(w, SAY(language, error.message, error.message_zh));
    } else if (w->take != NULL) {
      good = w->take(w->context, &entry);
    }
    if (end == NULL)
      complain(w, SAY(language, "the last line has no end; it was not written whole",
                      "最后一行没有结束，没有写完"));
    at += len + 1;
  }
  free((char *)bytes.text);
  return good;
}

static int walk_all(struct walk *w, size_t count, char **paths, nuo_language language) {
  for (size_t i = 0; i < count; i++)
    if (!walk_file(w, paths[i], language)) return EXIT_USAGE;
  if (!nuo_log_ended(w->log)) {
    w->line++;
    complain(w, SAY(language, "the log does not end here: it is still being written, or its end was cut off",
                    "日志在此没有结束：仍在写入，或者结尾被截去"));
  }
  return w->bad > 0 ? EXIT_FINDINGS : EXIT_ALL_GOOD;
}

static int verify(const struct command *command, size_t count, char **paths) {
  const nuo_language language = cli_language(command);
  struct walk walk = {.log = NULL};
  int status = log_reader(command, &walk.log);
  if (status == EXIT_ALL_GOOD) status = walk_all(&walk, count, paths, language);
  if (status == EXIT_ALL_GOOD || status == EXIT_FINDINGS) {
    const nuo_text hash = nuo_log_hash(walk.log);
    printf(SAY(language, "lines: %llu, wrong: %llu; hash of the last: %.*s\n",
               "共 %llu 行，%llu 处有误；最后一行的哈希：%.*s\n"),
           (unsigned long long)walk.lines, (unsigned long long)walk.bad, (int)hash.len, hash.text);
  }
  nuo_log_free(walk.log);
  return status;
}

// ---- replay ----

struct again {
  const struct command *command;
  nuo_language language;
  struct versions given, in_force;  // the programs belong to `given`
  bool changed, fresh;              // what is in force; nothing is remembered: before the next event
  bool began_fresh;                 // the log does: what it remembered goes by this secret
  uint8_t secret[NUO_LOG_SECRET_SIZE];
  nuo_engine *engine;
  struct replay replay;
  int status;
};

static bool add_version(struct again *a, nuo_text digest, bool beside) {
  if (!beside) a->in_force.count = 0;
  a->changed = true;
  for (size_t i = 0; i < a->given.count && a->in_force.count < MAX_VERSIONS; i++) {
    nuo_program_info info;
    nuo_program_describe(a->given.programs[i], &info);
    if (digest.len != strlen(info.program_digest) ||
        memcmp(digest.text, info.program_digest, digest.len) != 0)
      continue;
    a->in_force.programs[a->in_force.count++] = a->given.programs[i];
    return true;
  }
  cli_error("the log is of another program (%.*s); give the image that decided, and older ones with --with",
            "日志出自另一程序（%.*s）；请给出当时裁决所用的映像，旧版用 --with 给出", (int)digest.len,
            digest.text);
  a->status = EXIT_POLICY;
  return false;
}

static void forget_engine(struct again *a) {
  replay_free(&a->replay);
  nuo_engine_free(a->engine);
  a->engine = NULL;
}

// Before the next event or instant: what the lines above it have told.
static bool prepare(struct again *a) {
  if (a->engine == NULL && !a->changed) {
    a->status = cli_usage(
        a->command,
        "no line of a policy stands before the first event; give the files of the log from the first on",
        "第一个事件之前没有政策行；请从第一个日志文件给起");
    return false;
  }
  if (a->replay.failed || !a->changed) return !a->replay.failed;
  if (a->fresh) forget_engine(a);
  if (a->engine == NULL) {
    a->status = engine_make(a->command, &a->in_force, a->began_fresh ? a->secret : NULL, &a->engine);
    if (a->status == EXIT_ALL_GOOD && !replay_begin(&a->replay, a->engine)) a->status = EXIT_BUG;
  } else {
    a->status = versions_use(a->command, &a->in_force, a->engine);
  }
  a->changed = a->fresh = false;
  return a->status == EXIT_ALL_GOOD;
}

static bool take_fresh(struct again *a, nuo_text secret) {
  if (a->engine != NULL)
    replay_close(&a->replay);
  else
    a->began_fresh = true;
  a->fresh = true;
  if (secret.len > 0) memcpy(a->secret, secret.text, sizeof a->secret);
  if (cli_value(a->command, "state") == NULL) return true;
  a->status = cli_usage(a->command, "the log begins with nothing remembered; leave --state out",
                        "日志从无任何记忆开始；请去掉 --state");
  return false;
}

static bool take(void *context, const nuo_log_entry *entry) {
  struct again *a = context;
  switch (entry->kind) {
    case NUO_LOG_POLICY:
      if (a->engine != NULL) replay_close(&a->replay);
      return add_version(a, entry->text, entry->beside);
    case NUO_LOG_FRESH:
      return take_fresh(a, entry->text);
    case NUO_LOG_BEGIN:
    case NUO_LOG_END:
      return true;
    case NUO_LOG_EVENT:
    case NUO_LOG_TIME:
    case NUO_LOG_DECISION:
      return prepare(a) && replay_take(&a->replay, entry);
  }
  return true;
}

static void print_difference(const struct again *a) {
  const struct replay *r = &a->replay;
  if (r->logged == NULL) return;
  printf(SAY(a->language, "the first decision that is another:\n  log %s\n  now %s\n",
             "第一处不同的裁决：\n  日志 %s\n  现在 %s\n"),
         r->logged, r->now);
  if (!a->began_fresh && cli_value(a->command, "state") == NULL)
    printf("%s\n",
           SAY(a->language,
               "what was remembered before the log began is not in it; give the state directory as it was "
               "then with --state",
               "日志开始之前的记忆不在日志中；请用 --state 给出当时的状态目录"));
}

static int compare(struct again *a, struct walk *walk, size_t count, char **paths) {
  int status = walk_all(walk, count, paths, a->language);
  if (a->status != EXIT_ALL_GOOD) return a->status;
  if (status == EXIT_USAGE) return status;
  const struct replay *r = &a->replay;
  if (a->engine != NULL) replay_end(&a->replay);
  if (r->failed) return cli_no_memory(), EXIT_BUG;
  if (r->events == 0 && r->decisions > 0)
    return cli_usage(a->command, "the log holds no events: it was written without --log-key",
                     "日志不含事件：写入时没有用 --log-key");
  print_difference(a);
  printf(SAY(a->language, "events: %llu, decisions: %llu, different: %llu\n",
             "事件 %llu 个，裁决 %llu 个，不同 %llu 个\n"),
         r->events, r->decisions, r->different);
  return r->different > 0 ? EXIT_FINDINGS : status;
}

static int replay(const struct command *command, size_t count, char **arguments) {
  struct again again = {.command = command, .language = cli_language(command)};
  struct walk walk = {.take = take, .context = &again};
  if (count < 2) return cli_usage(command, "replay wants POLICY LOG…", "replay 须给出 政策 日志…");
  int status = log_reader(command, &walk.log);
  if (status == EXIT_ALL_GOOD) status = versions_load(command, arguments[0], &again.given);
  if (status == EXIT_ALL_GOOD) status = compare(&again, &walk, count - 1, arguments + 1);
  forget_engine(&again);
  replay_forget(&again.replay);
  versions_free(&again.given);
  nuo_log_free(walk.log);
  return status;
}

static int log_command(const struct command *command, size_t count, char **arguments) {
  if (strcmp(arguments[0], "verify") == 0) return verify(command, count - 1, arguments + 1);
  if (strcmp(arguments[0], "replay") == 0) return replay(command, count - 1, arguments + 1);
  return cli_usage(command, "%s: it has to be verify or replay", "%s：须为 verify 或 replay", arguments[0]);
}

static struct option_value options[] = {LOG_KEY, ENGINE_POLICY, ENGINE_STATE, CLI_LANG, CLI_END};
const struct command cli_log = {"log",
                                "verify|replay LOG…",
                                {"check a decision log, or decide it again", "核验裁决日志，或重新裁决"},
                                options,
                                2,
                                1000,
                                log_command};
