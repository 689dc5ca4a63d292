// SPDX-License-Identifier: Apache-2.0
// Inside `nuo serve`: what the parts of the server share. serve.c runs it, serve_http.c speaks HTTP,
// serve_decide.c turns bodies into answers, serve_metrics.c counts.
#ifndef NUO_CLI_SERVE_H
#define NUO_CLI_SERVE_H

#include <pthread.h>
#include <stdatomic.h>

#include "compiler/cli/feed.h"
#include "compiler/cli/run.h"
#include "compiler/cli/state.h"
#include "runtime/text_out.h"

// ---- counting ----
#define LATENCY_BUCKETS 12
enum { CODE_CLASSES = 6 };  // 1xx to 5xx
struct metrics {
  pthread_mutex_t lock;  // of the tally
  struct tally tally;
  atomic_ullong responses[CODE_CLASSES], latency[LATENCY_BUCKETS + 1], latency_us;
  atomic_ullong reloads, reload_failures, commits, commit_failures;
};
bool metrics_begin(struct metrics *metrics);
void metrics_free(struct metrics *metrics);
void metrics_decision(struct metrics *metrics, const nuo_decision *decision);
void metrics_response(struct metrics *metrics, unsigned code, uint64_t microseconds);
// In the text format of Prometheus. False when out of memory.
bool metrics_write(struct metrics *metrics, const nuo_program_info *program, struct text_out *out);

// ---- deciding ----
// A session, and what it has to say; one request has it at a time.
struct worker {
  struct worker *next;
  struct server *server;
  nuo_session *session;
  struct feed feed;
  struct text_out out;
  bool failed;
  nuo_text adapter;  // by which envelopes are read that name none; or empty
  bool alone;        // one request of a vendor: what follows from it is counted, and not told
  uint64_t own;      // how many of its events have been answered
  uint64_t logged;   // events that are in the log without anything behind them
  // The answer to a single event: its decision, the session's, when there is one.
  const nuo_decision *decision;
  bool refused;
};
struct server {
  const struct command *command;
  struct cli_reads reads;  // what the policy consists of, beside the files on the command line
  uint64_t seen;           // how all of it was when it was looked at last; 0: to be read anew
  uint64_t in_force;       // by the digests of the versions
  const char *policy;
  nuo_engine *engine;
  nuo_program_info program;  // of the version loaded last; its texts belong to `loaded`
  nuo_program *loaded;
  pthread_mutex_t lock;  // of `idle` and `program`
  struct worker *idle;
  struct metrics metrics;
  // With --log one request is decided at a time, for the log has to tell the order; and none any more when it
  // cannot be written.
  pthread_mutex_t log_lock;
  struct logfile log;
  atomic_bool log_failed;
  struct journal journal;  // with --state
  nuo_text adapter;        // --adapter, or empty
  size_t body_limit;
  unsigned long long committed;  // how many requests had been answered at the last commit
  bool unwritten;                // which could not be written
  atomic_bool stopping;
  atomic_int busy;  // requests that are being answered
};
// Takes a worker that is idle, or makes one; NULL when out of memory.
struct worker *worker_take(struct server *server);
void worker_give(struct worker *worker);
void workers_free(struct server *server);

enum body_kind {
  BODY_EVENT,     // one event: one decision
  BODY_LINES,     // JSON Lines: a line for each decision and each refusal
  BODY_BATCH,     // a JSON array of events: an array of the same
  BODY_QUESTION,  // {"input": EVENT}, as clients of OPA ask
  BODY_NEWS,      // JSON Lines or an array of observed events: how many were taken, and refusals
  BODY_REQUEST,   // an event made of a request that a proxy asks about: whether it may pass
};
struct answer {
  unsigned code;
  const char *type;  // media type
  nuo_text text;     // in the worker
};
// `path`: the address; or the name of the adapter that reads what names none.
void decide_body(struct worker *worker, enum body_kind kind, nuo_text body, const char *path,
                 struct answer *answer);

// ---- HTTP ----
struct MHD_Daemon;
struct MHD_Connection;
struct MHD_Response;
// The request as an event that the adapter reads: its headers, and its query as a form.
void auth_event(struct MHD_Connection *connection, const char *adapter, struct text_out *event);
// What goes to a vendor, or comes from one, as an event that the adapter reads: its body and headers, and
// what the gateway knows, in the header Nuo-Event.
void vendor_event(struct MHD_Connection *connection, const char *adapter, const struct text_out *body,
                  struct text_out *event);
// Adds a header's value, percent-encoded or not, as text.
void header_text(const char *value, struct text_out *out);
// Tells the verdict and what it rests on in headers.
void auth_headers(struct MHD_Response *response, const nuo_decision *decision);
// Listens at "127.0.0.1:8181", "[::1]:8181" or "unix:/run/nuo.sock". NULL after complaining.
struct MHD_Daemon *http_begin(struct server *server, const char *address, unsigned threads, unsigned seconds);
// Takes no more connections, waits for those that are being answered, for `seconds` at most.
void http_end(struct MHD_Daemon *daemon, struct server *server, const char *address, unsigned seconds);

#endif
