// SPDX-License-Identifier: Apache-2.0
// `nuo log verify` and `nuo log replay`: whether a decision log is whole, and whether what it says was
// decided is what the policy decides.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/engine.h"
#include "compiler/cli/feed.h"
#include "compiler/cli/logfile.h"

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

struct replay {
  const struct command *command;
  nuo_language language;
  struct versions versions;
  nuo_engine *engine;
  nuo_session *session;
  struct feed feed;
  char **made;  // decisions that were made and not yet met in the log, the first at `next`
  size_t made_count, made_room, next;
  char **kept;  // texts of events that wait in the feed
  size_t kept_count, kept_room;
  unsigned long long events, decisions, different;
  bool failed;
};

static bool keep(char ***list, size_t *count, size_t *room, nuo_text text) {
  if (*count == *room) {
    const size_t more = *room * 2 + 64;
    char **grown = realloc(*list, more * sizeof *grown);
    if (grown == NULL) return cli_no_memory();
    *list = grown;
    *room = more;
  }
  (*list)[*count] = strndup(text.text, text.len);
  return (*list)[(*count)++] != NULL || cli_no_memory();
}

static void made(struct replay *r, const nuo_decision *decisions, size_t count) {
  nuo_text json;
  for (size_t i = 0; i < count && !r->failed; i++) {
    if (decisions[i].refused != NULL) continue;
    r->failed = nuo_session_decision_json(r->session, &decisions[i], &json) != NUO_OK ||
                !keep(&r->made, &r->made_count, &r->made_room, json);
  }
}

static void decide_pending(void *context) {
  struct replay *r = context;
  const nuo_decision *decisions;
  size_t count;
  do {
    r->failed |= nuo_session_decide(r->session, &decisions, &count) != NUO_OK;
    made(r, decisions, count);
  } while (!r->failed && nuo_session_pending(r->session) > 0);
}

static void close_feed(struct replay *r) {
  r->failed |= !feed_close(&r->feed);
  for (size_t i = 0; i < r->kept_count; i++) free(r->kept[i]);
  r->kept_count = 0;
}

// What is in the log is the next decision that is made now, once what was added is decided.
static void meet(struct replay *r, nuo_text decision) {
  static const char refused[] = "{\"refused\":";
  if (decision.len >= sizeof refused - 1 && memcmp(decision.text, refused, sizeof refused - 1) == 0) return;
  r->decisions++;
  if (r->events == 0) return;  // there may be none in it
  if (r->next == r->made_count) close_feed(r);
  const char *now = r->next < r->made_count ? r->made[r->next++] : "";
  if (strlen(now) == decision.len && memcmp(now, decision.text, decision.len) == 0) return;
  if (r->different++ > 0) return;  // what follows is of no use
  printf(SAY(r->language, "the first decision that is another:\n  log %.*s\n  now %s\n",
             "第一处不同的裁决：\n  日志 %.*s\n  现在 %s\n"),
         (int)decision.len, decision.text, now);
}

static bool take_policy(struct replay *r, nuo_text digest) {
  for (size_t i = 0; i < r->versions.count; i++) {
    nuo_program_info info;
    nuo_program_describe(r->versions.programs[i], &info);
    if (digest.len == strlen(info.program_digest) &&
        memcmp(digest.text, info.program_digest, digest.len) == 0)
      return true;
  }
  cli_error("the log is of another program (%.*s); give the image that decided, and older ones with --with",
            "日志出自另一程序（%.*s）；请给出当时裁决所用的映像，旧版用 --with 给出", (int)digest.len,
            digest.text);
  r->failed = true;
  return false;
}

static void take_event(struct replay *r, const nuo_log_entry *entry) {
  nuo_error error;
  const char *adapter = cli_value(r->command, "adapter");
  if (!keep(&r->kept, &r->kept_count, &r->kept_room, entry->text)) {
    r->failed = true;
    return;
  }
  const nuo_input input = {.json = r->kept[r->kept_count - 1],
                           .len = entry->text.len,
                           .adapter = {adapter, adapter == NULL ? 0 : strlen(adapter)},
                           .tag = entry->tag};
  r->events++;
  nuo_status status = feed_add(&r->feed, input, true, &error);
  if (status == NUO_BAD_EVENT || status == NUO_LIMIT) {
    close_feed(r);
  } else if (status != NUO_OK) {
    r->failed = true;
  }
}

static void take_time(struct replay *r, int64_t time) {
  const nuo_decision *decisions;
  size_t count = 0;
  close_feed(r);
  do {
    r->failed |= nuo_session_advance(r->session, time, &decisions, &count) != NUO_OK;
    if (!r->failed) made(r, decisions, count);
  } while (!r->failed && count > 0);
}

static bool take(void *context, const nuo_log_entry *entry) {
  struct replay *r = context;
  if (entry->kind == NUO_LOG_POLICY) return take_policy(r, entry->text);
  if (entry->kind == NUO_LOG_EVENT) take_event(r, entry);
  if (entry->kind == NUO_LOG_TIME) take_time(r, entry->time);
  if (entry->kind == NUO_LOG_DECISION) meet(r, entry->text);
  if (entry->kind == NUO_LOG_END) close_feed(r);
  return !r->failed;
}

static int compare(struct replay *r, struct walk *walk, size_t count, char **paths) {
  int status = walk_all(walk, count, paths, r->language);
  if (r->failed) return EXIT_POLICY;
  if (status == EXIT_USAGE) return status;
  close_feed(r);
  r->different += r->made_count - r->next;
  if (r->events == 0 && r->decisions > 0)
    return cli_usage(r->command, "the log holds no events: it was written without --log-key",
                     "日志不含事件：写入时没有用 --log-key");
  printf(SAY(r->language, "events: %llu, decisions: %llu, different: %llu\n",
             "事件 %llu 个，裁决 %llu 个，不同 %llu 个\n"),
         r->events, r->decisions, r->different);
  return r->different > 0 ? EXIT_FINDINGS : status;
}

static int replay(const struct command *command, size_t count, char **arguments) {
  struct replay r = {.command = command, .language = cli_language(command)};
  struct walk walk = {.take = take, .context = &r};
  if (count < 2) return cli_usage(command, "replay wants POLICY LOG…", "replay 须给出 政策 日志…");
  int status = log_reader(command, &walk.log);
  if (status == EXIT_ALL_GOOD) status = versions_load(command, arguments[0], &r.versions);
  if (status == EXIT_ALL_GOOD) status = engine_make(command, &r.versions, &r.engine);
  if (status == EXIT_ALL_GOOD && nuo_session_new(r.engine, &r.session) != NUO_OK) {
    cli_no_memory();
    status = EXIT_BUG;
  }
  r.feed = (struct feed){.session = r.session, .decide = decide_pending, .context = &r};
  if (status == EXIT_ALL_GOOD) status = compare(&r, &walk, count - 1, arguments + 1);
  for (size_t i = 0; i < r.made_count; i++) free(r.made[i]);
  for (size_t i = 0; i < r.kept_count; i++) free(r.kept[i]);
  free(r.made);
  free(r.kept);
  feed_free(&r.feed);
  nuo_session_free(r.session);
  nuo_engine_free(r.engine);
  versions_free(&r.versions);
  nuo_log_free(walk.log);
  return status;
}

static int log_command(const struct command *command, size_t count, char **arguments) {
  if (strcmp(arguments[0], "verify") == 0) return verify(command, count - 1, arguments + 1);
  if (strcmp(arguments[0], "replay") == 0) return replay(command, count - 1, arguments + 1);
  return cli_usage(command, "%s: it has to be verify or replay", "%s：须为 verify 或 replay", arguments[0]);
}

static struct option_value options[] = {
    LOG_KEY,
    {.name = "adapter",
     .value_name = "NAME",
     .help = {"replay: the adapter that was given when it was written", "重放：写入时所给的适配"}},
    ENGINE_POLICY,
    ENGINE_STATE,
    CLI_LANG,
    CLI_END};
const struct command cli_log = {"log",
                                "verify|replay LOG…",
                                {"check a decision log, or decide it again", "核验裁决日志，或重新裁决"},
                                options,
                                2,
                                1000,
                                log_command};
