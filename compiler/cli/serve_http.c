// SPDX-License-Identifier: Apache-2.0
// HTTP for the server, by libmicrohttpd: which address asks for what, how large a body may be, CloudEvents in
// their binary form. Called by serve.c.
#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "compiler/cli/serve.h"

// ---- a request ----

struct request {
  struct text_out body;
  bool too_large;
};

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static const char *header(struct MHD_Connection *c, const char *name) {
  return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

// Whether a media type is this one, whatever its parameters.
static bool is_type(const char *type, const char *wanted) {
  const size_t len = strlen(wanted);
  return type != NULL && strncasecmp(type, wanted, len) == 0 && strchr("; ", type[len]) != NULL;
}

// ---- CloudEvents in their binary form: attributes are headers, the body is `data` ----

static int digit_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

void header_text(const char *value, struct text_out *out) {
  for (; *value != 0; value++) {
    const int high = *value == '%' ? digit_of(value[1]) : -1, low = high >= 0 ? digit_of(value[2]) : -1;
    const char c = low >= 0 ? (char)(high * 16 + low) : *value;
    nuo__out_bytes(out, &c, 1);
    if (low >= 0) value += 2;
  }
}

// Percent-encoded, as the HTTP binding has it.
static void put_attribute(struct text_out *out, const char *name, const char *value) {
  struct text_out text = {.allocator = out->allocator};
  header_text(value, &text);
  nuo__out_json(out, name, strlen(name));
  nuo__out_string(out, ":");
  nuo__out_json(out, text.at, text.len);
  nuo__out_string(out, ",");
  out->failed |= text.failed;
  nuo__out_free(&text);
}

static enum MHD_Result add_attribute(void *context, enum MHD_ValueKind kind, const char *name,
                                     const char *value) {
  char lower[64];
  size_t len = 0;
  (void)kind;
  if (strncasecmp(name, "ce-", 3) != 0 || value == NULL) return MHD_YES;
  for (const char *at = name + 3; *at != 0 && len + 1 < sizeof lower; at++)
    lower[len++] = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
  lower[len] = 0;
  put_attribute(context, lower, value);
  return MHD_YES;
}

static void to_structured(struct MHD_Connection *c, struct text_out *body) {
  struct text_out made = {.allocator = body->allocator};
  nuo__out_string(&made, "{");
  MHD_get_connection_values(c, MHD_HEADER_KIND, add_attribute, &made);
  nuo__out_string(&made, "\"data\":");
  nuo__out_bytes(&made, body->at, body->len);
  if (body->len == 0) nuo__out_string(&made, "null");
  nuo__out_string(&made, "}");
  nuo__out_free(body);
  *body = made;
}

// ---- answers ----

static struct MHD_Response *new_response(const struct server *s, const char *type, nuo_text text) {
  struct MHD_Response *response =
      MHD_create_response_from_buffer(text.len, (void *)text.text, MHD_RESPMEM_MUST_COPY);
  if (response == NULL) return NULL;
  MHD_add_response_header(response, "Content-Type", type);
  MHD_add_response_header(response, "Cache-Control", "no-store");
  if (atomic_load(&s->stopping)) MHD_add_response_header(response, "Connection", "close");
  return response;
}

static enum MHD_Result send_response(struct MHD_Connection *c, unsigned code, struct MHD_Response *response) {
  if (response == NULL) return MHD_NO;
  // Behind a request whose end is in doubt nothing is read.
  if (code == 400) MHD_add_response_header(response, "Connection", "close");
  enum MHD_Result result = MHD_queue_response(c, code, response);
  MHD_destroy_response(response);
  return result;
}

static enum MHD_Result answer(struct server *s, struct MHD_Connection *c, unsigned code, const char *type,
                              nuo_text text, const char *allow) {
  struct MHD_Response *response = new_response(s, type, text);
  if (response != NULL && allow != NULL) MHD_add_response_header(response, "Allow", allow);
  return send_response(c, code, response);
}

static enum MHD_Result complain(struct server *s, struct MHD_Connection *c, unsigned code, const char *error,
                                const char *error_zh, const char *allow) {
  char text[300];
  const int len = snprintf(text, sizeof text, "{\"error\":\"%s\",\"error_zh\":\"%s\"}\n", error, error_zh);
  return answer(s, c, code, "application/json", (nuo_text){text, (size_t)len}, allow);
}

static enum MHD_Result no_such_address(struct server *s, struct MHD_Connection *c) {
  return complain(s, c, 404, "there is no such address", "没有这个地址", NULL);
}

static enum MHD_Result no_memory(struct server *s, struct MHD_Connection *c) {
  return complain(s, c, 503, "out of memory", "内存不足", NULL);
}

static enum MHD_Result answer_metrics(struct server *s, struct MHD_Connection *c) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  pthread_mutex_lock(&s->lock);
  const bool good = metrics_write(&s->metrics, &s->program, &out);
  pthread_mutex_unlock(&s->lock);
  enum MHD_Result result =
      good ? answer(s, c, 200, "text/plain; version=0.0.4; charset=utf-8", (nuo_text){out.at, out.len}, NULL)
           : no_memory(s, c);
  nuo__out_free(&out);
  return result;
}

static bool is_lines(const char *type) {
  return is_type(type, "application/x-ndjson") || is_type(type, "application/jsonl");
}

static bool is_batch(const char *type) {
  return is_type(type, "application/cloudevents-batch+json");
}

// A name behind `start`; what cannot be in a name has no address, nor a place in a decision log.
static const char *behind(const char *url, const char *start) {
  const size_t len = strlen(start);
  if (strncmp(url, start, len) != 0 || url[len] == 0) return NULL;
  for (const char *at = url + len; *at != 0; at++)
    if ((unsigned char)*at < ' ' || strchr("\"\\/", *at) != NULL) return NULL;
  return url + len;
}

// What the address and the media type ask for; false when nothing does. *adapter: that which the address
// names, or NULL.
static bool kind_of(const char *url, const char *type, enum body_kind *kind, const char **adapter) {
  *kind = is_lines(type) ? BODY_LINES : is_batch(type) ? BODY_BATCH : BODY_EVENT;
  *adapter = behind(url, "/v1/decide/");
  if (strcmp(url, "/v1/decide") == 0 || *adapter != NULL) return true;
  *kind = BODY_NEWS;
  *adapter = behind(url, "/v1/events/");
  if (strcmp(url, "/v1/events") == 0 || *adapter != NULL) return true;
  *kind = BODY_QUESTION;
  return strcmp(url, "/v1/data") == 0 || strncmp(url, "/v1/data/", 9) == 0;
}

// Behind this address the name of an adapter.
static const char auth[] = "/v1/auth/";

// A vendor's request, but not lines or a batch of envelopes, goes into an envelope.
static void to_envelope(struct MHD_Connection *c, const char *adapter, struct text_out *body) {
  struct text_out made = {.allocator = body->allocator};
  vendor_event(c, adapter, body, &made);
  nuo__out_free(body);
  *body = made;
}

static enum MHD_Result answer_body(struct server *s, struct MHD_Connection *c, const char *url,
                                   struct request *r) {
  enum body_kind kind;
  const char *adapter = NULL, *type = header(c, "Content-Type");
  struct answer a;
  if (strncmp(url, auth, sizeof auth - 1) == 0)
    return complain(s, c, 405, "ask with GET; a body would not be read", "请用 GET 询问；不读正文", "GET");
  if (!kind_of(url, type, &kind, &adapter)) return no_such_address(s, c);
  if (r->too_large)
    return complain(s, c, 413, "the body is longer than --max-body allows",
                    "正文超过 --max-body 所允许的长度", NULL);
  if (adapter != NULL && !is_lines(type) && !is_batch(type))
    to_envelope(c, adapter, &r->body);
  else if (kind != BODY_LINES && kind != BODY_QUESTION && header(c, "ce-specversion") != NULL)
    to_structured(c, &r->body);
  struct worker *w = r->body.failed ? NULL : worker_take(s);
  if (w == NULL) return no_memory(s, c);
  decide_body(w, kind, (nuo_text){r->body.at == NULL ? "" : r->body.at, r->body.len},
              adapter != NULL ? adapter : url, &a);
  enum MHD_Result result = answer(s, c, a.code, a.type, a.text, NULL);
  worker_give(w);
  return result;
}

static enum MHD_Result answer_auth(struct server *s, struct MHD_Connection *c, const char *adapter) {
  struct text_out event = {.allocator = nuo__default_allocator()};
  struct answer a;
  auth_event(c, adapter, &event);
  struct worker *w = event.failed ? NULL : worker_take(s);
  if (w == NULL) return nuo__out_free(&event), no_memory(s, c);
  decide_body(w, BODY_REQUEST, (nuo_text){event.at, event.len}, NULL, &a);
  struct MHD_Response *response = new_response(s, a.type, a.text);
  if (response != NULL && !w->failed && w->decision != NULL) auth_headers(response, w->decision);
  enum MHD_Result result = send_response(c, a.code, response);
  nuo__out_free(&event);
  worker_give(w);
  return result;
}

static enum MHD_Result answer_get(struct server *s, struct MHD_Connection *c, const char *url) {
  static const char well[] = "{\"status\":\"ok\"}\n";
  enum body_kind kind;
  const char *adapter;
  if (strncmp(url, auth, sizeof auth - 1) == 0) return answer_auth(s, c, url + sizeof auth - 1);
  if (strcmp(url, "/metrics") == 0) return answer_metrics(s, c);
  if (strcmp(url, "/healthz") == 0 && atomic_load(&s->log_failed))
    return complain(s, c, 503, "the decision log cannot be written", "无法写入裁决日志", NULL);
  if (strcmp(url, "/healthz") == 0)
    return answer(s, c, 200, "application/json", (nuo_text){well, sizeof well - 1}, NULL);
  if (kind_of(url, NULL, &kind, &adapter))
    return complain(s, c, 405, "send events with POST", "请用 POST 送入事件", "POST");
  return no_such_address(s, c);
}

static enum MHD_Result count_length(void *context, enum MHD_ValueKind kind, const char *name,
                                    const char *value) {
  (void)kind, (void)value;
  *(unsigned *)context +=
      strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0;
  return MHD_YES;
}

// Who may not ask: a page in a browser on this machine, which may send here what it likes; and a
// request whose end a proxy in front may have seen elsewhere. True when it was answered, with *result.
static bool turn_away(struct server *s, struct MHD_Connection *c, enum MHD_Result *result) {
  unsigned lengths = 0;
  MHD_get_connection_values(c, MHD_HEADER_KIND, count_length, &lengths);
  if (lengths > 1)
    *result = complain(s, c, 400, "the length of the body is given twice", "正文长度写了两次", NULL);
  else if (header(c, "Origin") != NULL)
    *result = complain(s, c, 403, "no web page may ask: leave the header Origin out",
                       "不接受网页的请求：请去掉 Origin 标头", NULL);
  else
    return false;
  return true;
}

static enum MHD_Result answer_request(struct server *s, struct MHD_Connection *c, const char *url,
                                      const char *method, struct request *r) {
  enum MHD_Result result;
  if (turn_away(s, c, &result)) return result;
  if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0) return answer_get(s, c, url);
  if (strcmp(method, "POST") == 0) return answer_body(s, c, url, r);
  return complain(s, c, 405, "use GET or POST", "请用 GET 或 POST", "GET, POST");
}

// ---- libmicrohttpd ----

static enum MHD_Result take_body(struct server *s, struct request *r, const char *data, size_t *size) {
  if (r->body.len + *size > s->body_limit) r->too_large = true;
  if (!r->too_large) nuo__out_bytes(&r->body, data, *size);
  *size = 0;
  return MHD_YES;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *c, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **own) {
  struct server *s = context;
  struct request *r = *own;
  (void)version;
  if (r == NULL) {  // the head of a request
    r = *own = calloc(1, sizeof *r);
    if (r == NULL) return MHD_NO;
    r->body.allocator = nuo__default_allocator();
    atomic_fetch_add(&s->busy, 1);
    return MHD_YES;
  }
  if (*size > 0) return take_body(s, r, data, size);
  const uint64_t start = now_us();
  enum MHD_Result result = answer_request(s, c, url, method, r);
  const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_HTTP_STATUS);
  metrics_response(&s->metrics, info == NULL ? 0 : info->http_status, now_us() - start);
  return result;
}

static void completed(void *context, struct MHD_Connection *c, void **own,
                      enum MHD_RequestTerminationCode why) {
  struct server *s = context;
  struct request *r = *own;
  (void)c, (void)why;
  if (r == NULL) return;
  nuo__out_free(&r->body);
  free(r);
  *own = NULL;
  atomic_fetch_sub(&s->busy, 1);
}

// ---- listening ----

static bool bad_address(const struct server *s, const char *address) {
  cli_usage(s->command, "--listen %s: it has to be 127.0.0.1:PORT, [::1]:PORT or unix:PATH",
            "--listen %s：须为 127.0.0.1:端口、[::1]:端口 或 unix:路径", address);
  return false;
}

static bool cannot_listen(const char *address) {
  cli_error("%s: cannot listen: %s", "%s：无法监听：%s", address, cli_reason());
  return false;
}

// Nobody but this machine: there is neither encryption nor a password here.
static bool parse_loopback(const char *address, struct sockaddr_storage *out, socklen_t *len) {
  const char *colon = strrchr(address, ':');
  char host[64], *end;
  if (colon == NULL || (size_t)(colon - address) >= sizeof host) return false;
  const long port = strtol(colon + 1, &end, 10);
  if (colon[1] == 0 || *end != 0 || port < 0 || port > 65535) return false;
  snprintf(host, sizeof host, "%.*s", (int)(colon - address), address);
  struct sockaddr_in *v4 = (void *)out;
  struct sockaddr_in6 *v6 = (void *)out;
  memset(out, 0, sizeof *out);
  if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    *len = sizeof *v4;
    return ntohl(v4->sin_addr.s_addr) >> 24 == 127;
  }
  v6->sin6_family = AF_INET6;
  v6->sin6_addr = in6addr_loopback;
  v6->sin6_port = htons((uint16_t)port);
  *len = sizeof *v6;
  return strcmp(host, "[::1]") == 0;
}

// A socket that a server which is gone has left behind is replaced; one that somebody listens at is not.
static bool clear_path(const struct sockaddr_un *path, const char *address) {
  struct stat info;
  if (lstat(path->sun_path, &info) != 0) return true;
  const int probe = S_ISSOCK(info.st_mode) ? socket(AF_UNIX, SOCK_STREAM, 0) : -1;
  const bool used = probe < 0 || connect(probe, (const void *)path, sizeof *path) == 0;
  if (probe >= 0) close(probe);
  if (!used) return unlink(path->sun_path) == 0 || cannot_listen(address);
  errno = EADDRINUSE;
  return cannot_listen(address);
}

static bool bind_unix(const char *address, struct sockaddr_storage *out, socklen_t *len) {
  struct sockaddr_un *path = (void *)out;
  memset(out, 0, sizeof *out);
  path->sun_family = AF_UNIX;
  *len = sizeof *path;
  if (strlen(address) - 5 >= sizeof path->sun_path) {
    errno = ENAMETOOLONG;
    return cannot_listen(address);
  }
  strcpy(path->sun_path, address + 5);
  return clear_path(path, address);
}

static void say_where(const char *path, const struct sockaddr_storage *to) {
  const bool is_v6 = to->ss_family == AF_INET6;
  const uint16_t port =
      is_v6 ? ((const struct sockaddr_in6 *)to)->sin6_port : ((const struct sockaddr_in *)to)->sin_port;
  char host[INET6_ADDRSTRLEN] = "";
  if (path == NULL && !is_v6)
    inet_ntop(AF_INET, &((const struct sockaddr_in *)to)->sin_addr, host, sizeof host);
  if (path != NULL) {
    cli_error("listening at %s", "正在监听 %s", path);
  } else {
    cli_error("listening at http://%s:%u", "正在监听 http://%s:%u", is_v6 ? "[::1]" : host,
              (unsigned)ntohs(port));
  }
}

// The socket, or -1 after complaining. It tells where it listens, for whoever asked for port 0.
static int open_socket(struct server *s, const char *address) {
  struct sockaddr_storage to;
  socklen_t len = 0;
  const bool local = strncmp(address, "unix:", 5) == 0;
  if (local ? !bind_unix(address, &to, &len)
            : !parse_loopback(address, &to, &len) && !bad_address(s, address))
    return -1;
  const int file = socket(to.ss_family, SOCK_STREAM, 0), on = 1;
  const mode_t mask = umask(0077);  // a socket in the file system is for its owner
  bool good = file >= 0 && setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              bind(file, (void *)&to, len) == 0 && listen(file, 1024) == 0;
  umask(mask);
  if (!good) {
    cannot_listen(address);
    if (file >= 0) close(file);
    return -1;
  }
  getsockname(file, (void *)&to, &len);
  say_where(local ? address : NULL, &to);
  return file;
}

struct MHD_Daemon *http_begin(struct server *s, const char *address, unsigned threads, unsigned seconds) {
  const int file = open_socket(s, address);
  if (file < 0) return NULL;
  struct MHD_Daemon *daemon = MHD_start_daemon(
      MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ITC, 0, NULL, NULL, handle, s, MHD_OPTION_LISTEN_SOCKET, file,
      MHD_OPTION_NOTIFY_COMPLETED, completed, s, MHD_OPTION_THREAD_POOL_SIZE, threads,
      MHD_OPTION_CONNECTION_TIMEOUT, seconds, MHD_OPTION_CONNECTION_LIMIT, 1000u, MHD_OPTION_END);
  if (daemon == NULL) cannot_listen(address), close(file);
  return daemon;
}

void http_end(struct MHD_Daemon *daemon, struct server *s, const char *address, unsigned seconds) {
  const struct timespec moment = {0, 10000000};
  const MHD_socket file = MHD_quiesce_daemon(daemon);
  for (unsigned i = 0; i < seconds * 100 && atomic_load(&s->busy) > 0; i++) nanosleep(&moment, NULL);
  MHD_stop_daemon(daemon);
  if (file != MHD_INVALID_SOCKET) close(file);
  if (strncmp(address, "unix:", 5) == 0) unlink(address + 5);
}
