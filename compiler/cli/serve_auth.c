// SPDX-License-Identifier: Apache-2.0
// Whether a request may pass: a proxy asks about each (nginx by auth_request) and sends no body. What it does
// send an adapter of the policy reads; the answer is the status, and headers that the proxy can pass on.
// Called by serve_http.c.
#include <microhttpd.h>
#include <string.h>

#include "compiler/cli/serve.h"
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

void auth_event(struct MHD_Connection *connection, const char *adapter, struct text_out *event) {
  struct request_reader r = {connection, event};
  nuo__out_string(event, "{\"adapter\":");
  nuo__out_json(event, adapter, strlen(adapter));
  nuo__out_string(event, ",\"headers\":{");
  if (!event->failed) MHD_get_connection_values_n(connection, MHD_HEADER_KIND, add_header, &r);
  nuo__out_string(event, "},\"body\":\"");
  MHD_get_connection_values_n(connection, MHD_GET_ARGUMENT_KIND, add_argument, &r);
  nuo__out_string(event, "\"}");
}

// ---- the headers of the answer ----

typedef void put_finding(struct text_out *out, const nuo_finding *finding);

static void put_clause(struct text_out *out, const nuo_finding *f) {
  put_encoded(out, f->clause.text, f->clause.len);
}
static void put_rule(struct text_out *out, const nuo_finding *f) {
  put_encoded(out, f->pack.text, f->pack.len);
  if (f->pack.len > 0) nuo__out_string(out, ".");
  put_encoded(out, f->rule.text, f->rule.len);
}

static void put_findings(struct text_out *out, const nuo_finding *list, size_t count, put_finding *put) {
  for (size_t i = 0; i < count; i++) {
    const size_t before = out->len;
    if (before > 0) nuo__out_string(out, ", ");
    const size_t begin = out->len;
    put(out, &list[i]);
    if (out->len == begin && !out->failed) out->len = before;
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
