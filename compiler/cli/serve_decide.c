// SPDX-License-Identifier: Apache-2.0
// From the body of a request to its answer. A worker is a session of its own; as many are made as requests
// are answered at a time. Called by serve_http.c.
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/serve.h"
#include "runtime/json.h"

// ---- workers ----

static void decide_pending(void *context, const struct feed_line *lines, size_t count);

static void free_worker(struct worker *w) {
  if (w == NULL) return;
  feed_free(&w->feed);
  nuo_session_free(w->session);
  nuo__out_free(&w->out);
  free(w);
}

static struct worker *new_worker(struct server *server) {
  struct worker *w = calloc(1, sizeof *w);
  if (w == NULL) return NULL;
  w->server = server;
  w->out.allocator = nuo__default_allocator();
  if (nuo_session_new(server->engine, &w->session) != NUO_OK) return free_worker(w), NULL;
  w->feed = (struct feed){.session = w->session, .decide = decide_pending, .context = w};
  return w;
}

struct worker *worker_take(struct server *server) {
  pthread_mutex_lock(&server->lock);
  struct worker *w = server->idle;
  if (w != NULL) server->idle = w->next;
  pthread_mutex_unlock(&server->lock);
  return w != NULL ? w : new_worker(server);
}

// One whose session failed may hold events that were not decided.
void worker_give(struct worker *w) {
  if (w == NULL) return;
  struct server *server = w->server;
  if (w->failed) {
    free_worker(w);
    return;
  }
  pthread_mutex_lock(&server->lock);
  w->next = server->idle;
  server->idle = w;
  pthread_mutex_unlock(&server->lock);
}

void workers_free(struct server *server) {
  while (server->idle != NULL) {
    struct worker *w = server->idle;
    server->idle = w->next;
    free_worker(w);
  }
}

// ---- what comes out ----

static void put(struct worker *w, const char *text) {
  nuo__out_string(&w->out, text);
}

static void put_text(struct worker *w, const char *text) {
  nuo__out_json(&w->out, text, strlen(text));
}

static void put_refusal(struct worker *w, const nuo_error *error, uint64_t line) {
  put(w, "{\"refused\":");
  put_text(w, error->message);
  put(w, ",\"refused_zh\":");
  put_text(w, error->message_zh);
  if (line > 0) put(w, ",\"line\":"), nuo__out_integer(&w->out, (int64_t)line);
  put(w, ",\"offset\":");
  nuo__out_integer(&w->out, (int64_t)error->offset);
  put(w, "}");
}

// ---- the log ----

static void check_log(struct worker *w, bool good) {
  if (good) return;
  atomic_store(&w->server->log_failed, true);
  w->failed = true;
}

static void log_event(struct worker *w, const nuo_input *input) {
  w->logged++;
  check_log(w, logfile_event(&w->server->log, input));
}

static void log_refusal(struct worker *w, const nuo_error *error, uint64_t line) {
  w->logged = 0;
  check_log(w, logfile_refusal(&w->server->log, error, line));
}

// Under the lock: the log tells what came, and in which order.
static void begin_log(struct worker *w) {
  w->logged = 0;
  if (w->server->log.log == NULL) return;
  pthread_mutex_lock(&w->server->log_lock);
  if (atomic_load(&w->server->log_failed)) w->failed = true;
}

static void end_log(struct worker *w) {
  char taken[40];
  if (w->server->log.log == NULL) return;
  if (w->logged > 0 && !w->failed) {
    const int len = snprintf(taken, sizeof taken, "{\"taken\":%llu}", (unsigned long long)w->logged);
    check_log(w, logfile_decision(&w->server->log, (nuo_text){taken, (size_t)len}));
  }
  if (!w->failed) check_log(w, logfile_flush(&w->server->log));
  pthread_mutex_unlock(&w->server->log_lock);
}

// ---- what is decided ----

static void refuse(struct worker *w, const nuo_error *error, uint64_t line) {
  const nuo_decision refused = {.refused = error};
  w->refused = true;
  metrics_decision(&w->server->metrics, &refused);
  log_refusal(w, error, line);
  put_refusal(w, error, line);
  put(w, "\n");
}

// Counts and logs a decision; its JSON, or nothing when it was refused or something failed.
static nuo_text take_decision(struct worker *w, const nuo_decision *d) {
  nuo_text json = {NULL, 0};
  nuo_decision untagged = *d;
  if (w->alone) untagged.tag = 0, d = &untagged;
  if (d->refused != NULL) {
    refuse(w, d->refused, d->tag);
    return json;
  }
  metrics_decision(&w->server->metrics, d);
  if (nuo_session_decision_json(w->session, d, &json) != NUO_OK) {
    w->failed = true;
    return (nuo_text){NULL, 0};
  }
  w->logged = 0;
  check_log(w, logfile_decision(&w->server->log, json));
  return json;
}

static void put_decision(struct worker *w, const nuo_decision *d) {
  const nuo_text json = take_decision(w, d);
  const bool is_own = d->tag != 0;
  if (json.text == NULL || (w->alone && !is_own)) return;
  w->own += is_own;
  nuo__out_bytes(&w->out, json.text, json.len);
  put(w, "\n");
}

static void decide_pending(void *context, const struct feed_line *lines, size_t line_count) {
  struct worker *w = context;
  const nuo_decision *decisions;
  size_t count;
  for (size_t i = 0; i < line_count; i++)
    if (lines[i].input.recipient == 0) log_event(w, &lines[i].input);
  do {
    nuo_status status = nuo_session_decide(w->session, &decisions, &count);
    for (size_t i = 0; i < count; i++) put_decision(w, &decisions[i]);
    if (status != NUO_OK) w->failed = true;
  } while (!w->failed && nuo_session_pending(w->session) > 0);
}

// ---- one event ----

// Its own decision; what passed before it and follows from it is counted, and can be had from JSON Lines.
static void decide_event(struct worker *w, nuo_text event) {
  const nuo_decision *decision, *all;
  nuo_error error = {.message = ""};
  size_t count;
  log_event(w, &(nuo_input){.json = event.text, .len = event.len});
  nuo_status status = nuo_session_eval_json(w->session, event.text, event.len, &decision, &error);
  nuo_session_decisions(w->session, &all, &count);
  if (status == NUO_BAD_EVENT || status == NUO_LIMIT) {
    refuse(w, &error, 0);
    return;
  }
  if (status != NUO_OK) {
    w->failed = true;
    return;
  }
  w->decision = decision;
  for (size_t i = 0; i < count; i++)
    if (&all[i] == decision)
      put_decision(w, decision);
    else
      take_decision(w, &all[i]);
}

// Whether the event may be sent now.
static bool is_allowed(const struct worker *w) {
  return w->decision != NULL && w->decision->verdict <= NUO_AMEND;
}

// ---- several ----

static bool is_blank(nuo_text line) {
  for (size_t i = 0; i < line.len; i++)
    if (line.text[i] != ' ' && line.text[i] != '\t' && line.text[i] != '\r') return false;
  return true;
}

// How many events it stands for.
static uint64_t add_one(struct worker *w, nuo_text event, uint64_t number) {
  nuo_error error = {.message = ""};
  nuo_input input = {.json = event.text, .len = event.len, .adapter = w->adapter, .tag = number};
  do {
    const nuo_status status = feed_add(&w->feed, &input, false, &error);
    if (status == NUO_BAD_EVENT || status == NUO_LIMIT) {
      if (!feed_close(&w->feed)) w->failed = true;  // keeps the order
      if (w->feed.taken == 0) log_event(w, &input);
      refuse(w, &error, w->alone ? 0 : number);
    } else if (status != NUO_OK) {
      w->failed = true;
    }
  } while (w->feed.more && !w->failed);
  return input.recipient;
}

// How many there were.
static uint64_t decide_lines(struct worker *w, nuo_text body) {
  uint64_t number = 0, count = 0;
  for (size_t at = 0; at < body.len && !w->failed;) {
    const char *end = memchr(body.text + at, '\n', body.len - at);
    const size_t len = end == NULL ? body.len - at : (size_t)(end - body.text) - at;
    const nuo_text line = {body.text + at, len};
    at += len + 1;
    number++;
    if (is_blank(line)) continue;
    count += add_one(w, line, number);
  }
  if (!feed_close(&w->feed)) w->failed = true;
  return count;
}

static struct json json_of(nuo_text text, struct json_name *names, nuo_error *error) {
  return (struct json){.start = text.text,
                       .at = text.text,
                       .end = text.text + text.len,
                       .error = error,
                       .names = names,
                       .name_cap = JSON_NAME_CAP};
}

// False, with *error filled in, when it is no array; elements before the place of a mistake are decided.
static bool decide_array(struct worker *w, nuo_text body, uint64_t *count, nuo_error *error) {
  struct json_name *names = malloc(JSON_NAME_CAP * sizeof *names);
  struct json_object array;
  if (names == NULL) return w->failed = true;
  struct json json = json_of(body, names, error);
  uint64_t number = 0;
  bool good = nuo__json_array_begin(&json, &array);
  while (good && !w->failed && nuo__json_array_next(&json, &array)) {
    nuo__json_space(&json);
    const char *start = json.at;
    good = nuo__json_skip(&json);
    if (good) *count += add_one(w, (nuo_text){start, (size_t)(json.at - start)}, ++number);
  }
  if (!feed_close(&w->feed)) w->failed = true;
  free(names);
  return error->status == NUO_OK;
}

// Behind an opening bracket: lines become elements.
static void lines_to_array(struct worker *w) {
  if (w->out.failed) return;
  for (size_t i = 0; i < w->out.len; i++)
    if (w->out.at[i] == '\n') w->out.at[i] = ',';
  if (w->out.len > 1) w->out.len--;  // the last comma
  put(w, "]\n");
}

// ---- questions as clients of OPA ask them ----

// The text of the member `input`; false when there is none.
static bool find_input(struct worker *w, nuo_text body, nuo_text *input, nuo_error *error) {
  struct json_name *names = malloc(JSON_NAME_CAP * sizeof *names);
  struct json_object object;
  struct json_string name;
  bool found = false;
  if (names == NULL) return w->failed = true, false;
  struct json json = json_of(body, names, error);
  bool good = nuo__json_object_begin(&json, &object);
  while (good && nuo__json_object_next(&json, &object, &name)) {
    nuo__json_space(&json);
    const char *start = json.at;
    good = nuo__json_skip(&json);
    if (!good || name.len != 5 || memcmp(name.raw, "input", 5) != 0) continue;
    *input = (nuo_text){start, (size_t)(json.at - start)};
    found = true;
  }
  free(names);
  return found && error->status == NUO_OK;
}

static void bad_question(struct worker *w, struct answer *answer, const char *message,
                         const char *message_zh) {
  answer->code = 400;
  put(w, "{\"code\":\"invalid_parameter\",\"message\":");
  put_text(w, message);
  put(w, ",\"message_zh\":");
  put_text(w, message_zh);
  put(w, "}\n");
}

static bool ends_with(const char *text, const char *end) {
  const size_t len = strlen(text), n = strlen(end);
  return len >= n && strcmp(text + len - n, end) == 0;
}

// …/allow asks for yes or no, anything else for the whole decision.
static void answer_question(struct worker *w, nuo_text body, const char *path, struct answer *answer) {
  nuo_error error = {.message = ""};
  nuo_text input;
  if (!find_input(w, body, &input, &error)) {
    const bool broken = error.status != NUO_OK;
    bad_question(w, answer, broken ? error.message : "the question has no member \"input\", the event",
                 broken ? error.message_zh : "问题中没有“input”成员，即事件");
    return;
  }
  decide_event(w, input);
  if (w->refused) {
    w->out.len = 0;
    bad_question(w, answer, "the event is refused; POST /v1/decide says why",
                 "事件被拒收；原因请向 POST /v1/decide 查询");
    return;
  }
  if (w->out.len > 0) w->out.len--;  // the line end
  const bool allowed = is_allowed(w);
  struct text_out decision = w->out;
  w->out = (struct text_out){.allocator = decision.allocator};
  put(w, "{\"result\":");
  if (ends_with(path, "/allow")) {
    put(w, allowed ? "true" : "false");
  } else {
    put(w, allowed ? "{\"allow\":true,\"decision\":" : "{\"allow\":false,\"decision\":");
    nuo__out_bytes(&w->out, decision.at, decision.len);
    if (decision.len == 0) put(w, "null");
    put(w, "}");
  }
  put(w, "}\n");
  nuo__out_free(&decision);
}

// ---- bodies ----

static char first_of(nuo_text body) {
  const char *at = nuo__json_pass_space(body.text, body.text + body.len);
  return at < body.text + body.len ? *at : 0;
}

static void answer_batch(struct worker *w, nuo_text body, struct answer *answer) {
  nuo_error error = {.message = ""};
  uint64_t count = 0;
  put(w, "[");
  if (!decide_array(w, body, &count, &error) && !w->failed) refuse(w, &error, 0), answer->code = 422;
  lines_to_array(w);
}

// Of an envelope: there may be several events in it, and then the answer is an array.
static void answer_envelope(struct worker *w, nuo_text body, struct answer *answer) {
  w->alone = true;
  const uint64_t count = add_one(w, body, 1);
  if (!feed_close(&w->feed)) w->failed = true;
  w->alone = false;
  if (count == 1 && w->refused) answer->code = 422;
  if (count == 1 && !w->refused && w->own == 0) answer->code = 202, put(w, "{\"taken\":1}\n");
  if (count == 1 || w->failed) return;
  struct text_out lines = w->out;
  w->out = (struct text_out){.allocator = lines.allocator};
  put(w, "[");
  nuo__out_bytes(&w->out, lines.at, lines.len);
  lines_to_array(w);
  nuo__out_free(&lines);
}

// Whether the body is an envelope, or may be one.
static bool is_envelope(const struct worker *w, nuo_text body) {
  static const char name[] = "\"adapter\"";
  const char *at = body.text, *end = body.text + body.len;
  if (w->adapter.len > 0) return true;
  while ((at = memchr(at, '"', (size_t)(end - at))) != NULL) {
    if ((size_t)(end - at) >= sizeof name && memcmp(at, name, sizeof name - 1) == 0) return true;
    at++;
  }
  return false;
}

static void answer_event(struct worker *w, nuo_text body, struct answer *answer) {
  if (is_envelope(w, body)) {
    answer_envelope(w, body, answer);
    return;
  }
  decide_event(w, body);
  if (w->refused) answer->code = 422;
  if (!w->refused && w->decision == NULL) answer->code = 202, put(w, "{\"taken\":1}\n");
}

// Decisions on what has happened are of interest only where something was refused.
static void answer_news(struct worker *w, nuo_text body, struct answer *answer) {
  nuo_error error = {.message = ""};
  uint64_t count = 0;
  if (first_of(body) == '[') {
    if (!decide_array(w, body, &count, &error) && !w->failed) refuse(w, &error, 0);
  } else {
    count = decide_lines(w, body);
  }
  answer->code = w->refused ? 422 : 202;
  struct text_out all = w->out;
  size_t refused = 0;
  w->out = (struct text_out){.allocator = all.allocator};
  put(w, "{\"refusals\":[");
  for (size_t at = 0; at < all.len && !all.failed;) {
    const char *end = memchr(all.at + at, '\n', all.len - at);
    const size_t len = (size_t)(end - all.at) - at;
    if (len > 11 && memcmp(all.at + at, "{\"refused\":", 11) == 0) {
      if (refused++ > 0) put(w, ",");
      nuo__out_bytes(&w->out, all.at + at, len);
    }
    at += len + 1;
  }
  put(w, "],\"taken\":");
  nuo__out_integer(&w->out, (int64_t)(count > refused ? count - refused : 0));
  put(w, "}\n");
  w->out.failed |= all.failed;
  nuo__out_free(&all);
}

static void answer_kind(struct worker *w, enum body_kind kind, nuo_text body, const char *path,
                        struct answer *answer) {
  switch (kind) {
    case BODY_EVENT:
      answer_event(w, body, answer);
      break;
    case BODY_LINES:
      answer->type = "application/x-ndjson";
      decide_lines(w, body);
      break;
    case BODY_BATCH:
      answer_batch(w, body, answer);
      break;
    case BODY_QUESTION:
      answer_question(w, body, path, answer);
      break;
    case BODY_NEWS:
      answer_news(w, body, answer);
      break;
    case BODY_REQUEST:
      decide_event(w, body);
      answer->code = w->refused ? 422 : is_allowed(w) ? 200 : 403;
      break;
  }
}

void decide_body(struct worker *w, enum body_kind kind, nuo_text body, const char *path,
                 struct answer *answer) {
  w->out.len = 0;
  w->out.failed = w->failed = w->refused = false;
  w->decision = NULL;
  w->own = 0;
  w->adapter = w->server->adapter;
  if (path != NULL && *path != '/') w->adapter = (nuo_text){path, strlen(path)};
  *answer = (struct answer){.code = 200, .type = "application/json"};
  begin_log(w);
  if (!w->failed) answer_kind(w, kind, body, path, answer);
  end_log(w);
  if (w->out.failed) w->failed = true;
  answer->text = (nuo_text){w->out.at, w->out.len};
  if (!w->failed) return;
  static const char
      out_of_memory[] = "{\"error\":\"out of memory\",\"error_zh\":\"内存不足\"}\n",
      not_logged[] = "{\"error\":\"the decision log cannot be written\",\"error_zh\":\"无法写入裁决日志\"}\n";
  answer->code = 503;
  answer->text = atomic_load(&w->server->log_failed) ? (nuo_text){not_logged, sizeof not_logged - 1}
                                                     : (nuo_text){out_of_memory, sizeof out_of_memory - 1};
}
