// SPDX-License-Identifier: Apache-2.0
// Requests as events in somebody else's format, which an adapter of the policy reads. A proxy asks whether a
// request may pass (nginx by auth_request) and sends no body; the answer is the status, and headers that the
// proxy can pass on. A gateway hands in what goes to a vendor, or what comes from one, as it is. Called by
// serve_http.c.
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "compiler/cli/serve.h"
#include "runtime/json.h"
#include "runtime/when.h"

// ---- the event ----

// As in a form, or in a header: all but what means nothing anywhere.
static void put_encoded(struct text_out *out, const char *text, size_t len) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  static const char digits[] = "0123456789ABCDEF";
  for (size_t i = 0; i < len; i++) {
    const unsigned char c = (unsigned char)text[i];
    const char escaped[] = {'%', digits[c >> 4], digits[c & 15]};
    if (c != 0 && strchr(plain, c) != NULL)
      nuo__out_bytes(out, text + i, 1);
    else
      nuo__out_bytes(out, escaped, sizeof escaped);
  }
}

struct request_reader {
  struct MHD_Connection *connection;
  struct text_out *event;
};

// Of a header that comes twice the first one counts.
static enum MHD_Result add_header(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                  const char *value, size_t len) {
  const struct request_reader *r = context;
  if (value == NULL || MHD_lookup_connection_value(r->connection, kind, name) != value) return MHD_YES;
  if (r->event->at[r->event->len - 1] != '{') nuo__out_string(r->event, ",");
  nuo__out_json(r->event, name, name_len);
  nuo__out_string(r->event, ":");
  nuo__out_json(r->event, value, len);
  return r->event->failed ? MHD_NO : MHD_YES;
}

// With their lengths: what stands behind a %00 would else be hidden from the policy.
static enum MHD_Result add_argument(void *context, enum MHD_ValueKind kind, const char *name, size_t name_len,
                                    const char *value, size_t len) {
  const struct request_reader *r = context;
  (void)kind;
  put_encoded(r->event, name, name_len);
  nuo__out_string(r->event, "=");
  if (value != NULL) put_encoded(r->event, value, len);
  nuo__out_string(r->event, "&");
  return MHD_YES;
}

// The adapter's name and the headers.
static void begin_event(const struct request_reader *r, const char *adapter) {
  nuo__out_string(r->event, "{\"adapter\":");
  nuo__out_json(r->event, adapter, strlen(adapter));
  nuo__out_string(r->event, ",\"headers\":{");
  if (!r->event->failed) MHD_get_connection_values_n(r->connection, MHD_HEADER_KIND, add_header, (void *)r);
  nuo__out_string(r->event, "}");
}

void auth_event(struct MHD_Connection *connection, const char *adapter, struct text_out *event) {
  struct request_reader r = {connection, event};
  begin_event(&r, adapter);
  nuo__out_string(event, ",\"body\":\"");
  MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_argument, &r);
  nuo__out_string(event, "\"}");
}

// ---- what a vendor is sent, or sends ----

// How much of the text is one JSON value and nothing else: all of it, or what stands before the mistake.
static size_t whole_json(const char *text, size_t len) {
  struct json_name *names = malloc(JSON_NAME_CAP * sizeof *names);
  nuo_error error = {.status = NUO_OK};
  struct json json = {.start = text, .at = text, .end = text + len, .error = &error, .names = names};
  json.name_cap = names == NULL ? 0 : JSON_NAME_CAP;
  const bool good = nuo__json_skip(&json);
  nuo__json_space(&json);
  free(names);
  return good ? (size_t)(json.at - text) : (size_t)error.offset;
}

// On one line. Whoever wrote the text could else put members beside it: of one that is not whole what stands
// before the mistake is all that the event has, so that it is refused there. False then.
static bool put_json(struct text_out *out, const char *text, size_t len) {
  const size_t whole = whole_json(text, len), start = out->len;
  nuo__out_bytes(out, text, whole);
  for (size_t i = start; !out->failed && i < out->len; i++)
    if (out->at[i] == '\n' || out->at[i] == '\r') out->at[i] = ' ';
  return whole == len;
}

static char first_of(const char *text, size_t len) {
  const char *at = nuo__json_pass_space(text, text + len);
  return at < text + len ? *at : 0;
}

static bool put_vendor_body(struct text_out *event, const struct text_out *body) {
  if (body->len == 0) return true;
  const char first = first_of(body->at, body->len);
  nuo__out_string(event, ",\"body\":");
  if (first == '{' || first == '[') return put_json(event, body->at, body->len);
  nuo__out_json(event, body->at, body->len);
  return true;
}

void vendor_event(struct MHD_Connection *connection, const char *adapter, const struct text_out *body,
                  struct text_out *event) {
  struct request_reader r = {connection, event};
  const char *value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Nuo-Event");
  begin_event(&r, adapter);
  if (!put_vendor_body(event, body)) return;
  if (value != NULL) {
    nuo__out_string(event, ",\"event\":");
    struct text_out known = {.allocator = event->allocator};
    header_text(value, &known);
    const bool whole = !known.failed && put_json(event, known.at, known.len);
    event->failed |= known.failed;
    nuo__out_free(&known);
    if (!whole) return;
  }
  nuo__out_string(event, "}");
}

// ---- the headers of the answer ----

enum { HEADER_MOST = 1024 };  // bytes of each

typedef void put_finding(struct text_out *out, const nuo_finding *finding);

static void put_clause(struct text_out *out, const nuo_finding *f) {
  put_encoded(out, f->clause.text, f->clause.len);
}
static void put_rule(struct text_out *out, const nuo_finding *f) {
  put_encoded(out, f->pack.text, f->pack.len);
  if (f->pack.len > 0) nuo__out_string(out, ".");
  put_encoded(out, f->rule.text, f->rule.len);
}

// As many as have room: proxies take answers with short heads only, and the body tells all.
static void put_findings(struct text_out *out, const nuo_finding *list, size_t count, put_finding *put) {
  for (size_t i = 0; i < count; i++) {
    const size_t before = out->len;
    if (before > 0) nuo__out_string(out, ", ");
    const size_t begin = out->len;
    put(out, &list[i]);
    if (!out->failed && (out->len == begin || out->len > HEADER_MOST)) out->len = before;
  }
}

// A header that would say nothing is left out.
static void add_findings(struct MHD_Response *response, const char *name, const nuo_decision *d,
                         put_finding *put) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  put_findings(&out, d->breaches, d->breach_count, put);
  put_findings(&out, d->undetermined, d->undetermined_count, put);
  const bool any = out.len > 0;
  nuo__out_bytes(&out, "", 1);
  if (any && !out.failed) MHD_add_response_header(response, name, out.at);
  nuo__out_free(&out);
}

void auth_headers(struct MHD_Response *response, const nuo_decision *d) {
  char until[40];
  MHD_add_response_header(response, "Nuo-Verdict", nuo_action_name(d->verdict));
  add_findings(response, "Nuo-Clause", d, put_clause);
  add_findings(response, "Nuo-Rule", d, put_rule);
  if (d->verdict != NUO_DEFER) return;
  until[nuo__when_format_rfc3339(d->until, d->until_offset, until)] = 0;
  MHD_add_response_header(response, "Nuo-Until", until);
}
