// SPDX-License-Identifier: Apache-2.0
// Decides a log again, see replay.h. Events are added until a decision is met that has not been made yet: so
// they are decided in the batches that they came in. Called by log.c and serve.c.
#include "compiler/cli/replay.h"

#include <stdlib.h>
#include <string.h>

#include "compiler/cli/cli.h"

// A copy, with a zero behind it; the text may have zeros as well, where it was refused for them.
static bool keep(char ***list, size_t *count, size_t *room, nuo_text text) {
  if (*count == *room) {
    const size_t more = *room * 2 + 64;
    char **grown = realloc(*list, more * sizeof *grown);
    if (grown == NULL) return false;
    *list = grown;
    *room = more;
  }
  char *copy = malloc(text.len + 1);
  if (copy == NULL) return false;
  if (text.len > 0) memcpy(copy, text.text, text.len);
  copy[text.len] = 0;
  (*list)[(*count)++] = copy;
  return true;
}

static void forget(char **list, size_t *count) {
  for (size_t i = 0; i < *count; i++) free(list[i]);
  *count = 0;
}

static void made(struct replay *r, const nuo_decision *decisions, size_t count) {
  nuo_text json;
  for (size_t i = 0; i < count && !r->failed; i++) {
    if (decisions[i].refused != NULL) continue;
    r->failed = nuo_session_decision_json(r->session, &decisions[i], &json) != NUO_OK ||
                !keep(&r->made, &r->made_count, &r->made_room, json);
  }
}

static void decide_pending(void *context, const struct feed_line *lines, size_t line_count) {
  struct replay *r = context;
  const nuo_decision *decisions;
  size_t count;
  (void)lines, (void)line_count;
  do {
    r->failed |= nuo_session_decide(r->session, &decisions, &count) != NUO_OK;
    made(r, decisions, count);
  } while (!r->failed && nuo_session_pending(r->session) > 0);
}

bool replay_begin(struct replay *r, nuo_engine *engine) {
  if (nuo_session_new(engine, &r->session) != NUO_OK) return cli_no_memory();
  r->feed = (struct feed){.session = r->session, .decide = decide_pending, .context = r};
  return true;
}

void replay_close(struct replay *r) {
  r->failed |= !feed_close(&r->feed);
  forget(r->kept, &r->kept_count);
}

static void differ(struct replay *r, nuo_text logged, const char *now) {
  if (r->different++ > 0) return;  // what follows is of no use
  r->logged = strndup(logged.text, logged.len);
  r->now = strdup(now);
  r->failed |= r->logged == NULL || r->now == NULL;
}

static bool starts(nuo_text text, const char *start) {
  return text.len >= strlen(start) && memcmp(text.text, start, strlen(start)) == 0;
}

// Whether they are the same, but for what the host of the one was told of its native functions, which comes
// last and is no part of what is decided.
static bool is_same(nuo_text logged, const char *now) {
  static const char notes[] = ",\"natives\":[";
  size_t len = 0;
  while (len < logged.len && !starts((nuo_text){logged.text + len, logged.len - len}, notes)) len++;
  return strncmp(now, logged.text, len) == 0 && strcmp(now + len, len == logged.len ? "" : "}") == 0;
}

// What is in the log is the next decision that is made now, once what was added is decided.
static void meet(struct replay *r, nuo_text decision) {
  if (starts(decision, "{\"refused\":") || starts(decision, "{\"taken\":")) {
    replay_close(r);
    return;
  }
  r->decisions++;
  if (r->events == 0) return;  // there may be none in it
  if (r->next == r->made_count) {
    forget(r->made, &r->made_count);
    r->next = 0;
    replay_close(r);
  }
  const char *now = r->next < r->made_count ? r->made[r->next++] : "";
  if (!is_same(decision, now)) differ(r, decision, now);
}

static void take_event(struct replay *r, const nuo_log_entry *entry) {
  nuo_error error;
  if (!keep(&r->kept, &r->kept_count, &r->kept_room, entry->text) ||
      !keep(&r->kept, &r->kept_count, &r->kept_room, entry->adapter)) {
    r->failed = true;
    return;
  }
  nuo_input input = {.json = r->kept[r->kept_count - 2],
                     .len = entry->text.len,
                     .adapter = {r->kept[r->kept_count - 1], entry->adapter.len},
                     .tag = entry->tag};
  r->events++;
  do {
    const nuo_status status = feed_add(&r->feed, &input, true, &error);
    if (status == NUO_BAD_EVENT || status == NUO_LIMIT)
      r->failed |= !feed_close(&r->feed);  // the text stays: others of a list may come behind
    else if (status != NUO_OK)
      r->failed = true;
  } while (r->feed.more && !r->failed);
}

static void take_time(struct replay *r, int64_t time) {
  const nuo_decision *decisions;
  size_t count = 0;
  replay_close(r);
  do {
    r->failed |= nuo_session_advance(r->session, time, &decisions, &count) != NUO_OK;
    if (!r->failed) made(r, decisions, count);
  } while (!r->failed && count > 0);
}

bool replay_take(struct replay *r, const nuo_log_entry *entry) {
  if (entry->kind == NUO_LOG_EVENT) take_event(r, entry);
  if (entry->kind == NUO_LOG_TIME) take_time(r, entry->time);
  if (entry->kind == NUO_LOG_DECISION) meet(r, entry->text);
  return !r->failed;
}

void replay_end(struct replay *r) {
  static const nuo_text nothing = {"", 0};
  replay_close(r);
  for (; r->next < r->made_count && !r->failed; r->next++) differ(r, nothing, r->made[r->next]);
}

void replay_free(struct replay *r) {
  feed_free(&r->feed);
  nuo_session_free(r->session);
  r->feed = (struct feed){.session = NULL};
  r->session = NULL;
}

void replay_forget(struct replay *r) {
  forget(r->made, &r->made_count);
  forget(r->kept, &r->kept_count);
  free(r->made);
  free(r->kept);
  free(r->logged);
  free(r->now);
}
