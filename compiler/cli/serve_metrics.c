// SPDX-License-Identifier: Apache-2.0
// What the server has done, for Prometheus. Called by serve_http.c and serve_decide.c from all threads.
#include <string.h>

#include "compiler/cli/serve.h"

static const unsigned bounds_us[LATENCY_BUCKETS] = {50,   100,   250,   500,    1000,   2500,
                                                    5000, 10000, 25000, 100000, 250000, 1000000};

bool metrics_begin(struct metrics *m) {
  return pthread_mutex_init(&m->lock, NULL) == 0;
}

void metrics_free(struct metrics *m) {
  tally_free(&m->tally);
  pthread_mutex_destroy(&m->lock);
}

void metrics_decision(struct metrics *m, const nuo_decision *decision) {
  pthread_mutex_lock(&m->lock);
  if (decision->refused != NULL) {
    m->tally.refused++;
  } else {
    tally_add(&m->tally, decision);
  }
  pthread_mutex_unlock(&m->lock);
}

void metrics_response(struct metrics *m, unsigned code, uint64_t microseconds) {
  size_t bucket = 0;
  while (bucket < LATENCY_BUCKETS && microseconds > bounds_us[bucket]) bucket++;
  atomic_fetch_add(&m->latency[bucket], 1);
  atomic_fetch_add(&m->latency_us, microseconds);
  atomic_fetch_add(&m->responses[code / 100 < CODE_CLASSES ? code / 100 : 0], 1);
}

// ---- the text format ----

static void head(struct text_out *out, const char *name, const char *type, const char *help) {
  nuo__out_string(out, "# HELP ");
  nuo__out_string(out, name);
  nuo__out_string(out, " ");
  nuo__out_string(out, help);
  nuo__out_string(out, "\n# TYPE ");
  nuo__out_string(out, name);
  nuo__out_string(out, " ");
  nuo__out_string(out, type);
  nuo__out_string(out, "\n");
}

static void value(struct text_out *out, unsigned long long number) {
  nuo__out_string(out, " ");
  nuo__out_integer(out, (int64_t)number);
  nuo__out_string(out, "\n");
}

// What stands between the quotes of a label.
static void label(struct text_out *out, nuo_text text) {
  for (size_t i = 0; i < text.len; i++) {
    const char c = text.text[i];
    if (c == '\n') {
      nuo__out_string(out, "\\n");
    } else {
      if (c == '"' || c == '\\') nuo__out_string(out, "\\");
      nuo__out_bytes(out, &c, 1);
    }
  }
}

static void labelled(struct text_out *out, const char *name, const char *key, nuo_text text) {
  nuo__out_string(out, name);
  nuo__out_string(out, key);
  nuo__out_string(out, "=\"");
  label(out, text);
  nuo__out_string(out, "\"");
}

static nuo_text text_of(const char *s) {
  return (nuo_text){s, strlen(s)};
}

static void single(struct text_out *out, const char *name, const char *type, const char *help,
                   unsigned long long number) {
  head(out, name, type, help);
  nuo__out_string(out, name);
  value(out, number);
}

static void write_verdicts(struct text_out *out, const struct tally *t) {
  head(out, "nuo_decisions_total", "counter", "Events decided, by verdict.");
  for (int a = NUO_ALLOW; a <= NUO_BLOCK; a++) {
    labelled(out, "nuo_decisions_total{", "verdict", text_of(nuo_action_name((nuo_action)a)));
    nuo__out_string(out, "}");
    value(out, t->verdicts[a]);
  }
  single(out, "nuo_refused_total", "counter", "Events refused, because they are malformed or too late.",
         t->refused);
  single(out, "nuo_replayed_total", "counter", "Events that had been decided before.", t->replayed);
}

static void write_rules(struct text_out *out, const struct tally *t) {
  static const char *const outcomes[] = {"breach", "undetermined", "excepted"};
  head(out, "nuo_findings_total", "counter", "Findings of rules and duties, by rule, clause and outcome.");
  for (size_t i = 0; i < t->rule_count; i++) {
    const struct rule_tally *r = &t->rules[i];
    const unsigned long long counts[] = {r->breached, r->undetermined, r->excepted};
    for (int k = 0; k < 3; k++) {
      if (counts[k] == 0) continue;
      labelled(out, "nuo_findings_total{", "rule", text_of(r->name));
      labelled(out, ",", "clause", text_of(r->clause));
      labelled(out, ",", "outcome", text_of(outcomes[k]));
      nuo__out_string(out, "}");
      value(out, counts[k]);
    }
  }
}

static void write_duties(struct text_out *out, const struct tally *t) {
  head(out, "nuo_duties_total", "counter", "What became of duties.");
  for (int d = NUO_DUTY_OPENED; d <= NUO_DUTY_NOT_OPENED; d++) {
    labelled(out, "nuo_duties_total{", "state", text_of(nuo_duty_state_name((nuo_duty_state)d)));
    nuo__out_string(out, "}");
    value(out, t->duties[d]);
  }
}

// Millionths of a second as seconds.
static void write_latency(struct text_out *out, struct metrics *m) {
  unsigned long long sum = 0;
  head(out, "nuo_request_seconds", "histogram", "Time from the end of a request to its answer.");
  for (int i = 0; i <= LATENCY_BUCKETS; i++) {
    sum += atomic_load(&m->latency[i]);
    nuo__out_string(out, "nuo_request_seconds_bucket{le=\"");
    if (i == LATENCY_BUCKETS) {
      nuo__out_string(out, "+Inf");
    } else {
      nuo__out_decimal(out, bounds_us[i]);
    }
    nuo__out_string(out, "\"}");
    value(out, sum);
  }
  nuo__out_string(out, "nuo_request_seconds_sum ");
  nuo__out_decimal(out, (int64_t)atomic_load(&m->latency_us));
  nuo__out_string(out, "\nnuo_request_seconds_count");
  value(out, sum);
}

static void write_responses(struct text_out *out, struct metrics *m) {
  static const char *const classes[CODE_CLASSES] = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};
  head(out, "nuo_responses_total", "counter", "Answers, by class of their status.");
  for (int i = 0; i < CODE_CLASSES; i++) {
    labelled(out, "nuo_responses_total{", "code", text_of(classes[i]));
    nuo__out_string(out, "}");
    value(out, atomic_load(&m->responses[i]));
  }
}

static void write_policy(struct text_out *out, const nuo_program_info *p) {
  head(out, "nuo_policy_info", "gauge", "The policy that decides.");
  labelled(out, "nuo_policy_info{", "policy", p->policy);
  labelled(out, ",", "version", p->version);
  labelled(out, ",", "program", text_of(p->program_digest));
  nuo__out_string(out, "} 1\n");
}

bool metrics_write(struct metrics *m, const nuo_program_info *program, struct text_out *out) {
  write_policy(out, program);
  pthread_mutex_lock(&m->lock);
  write_verdicts(out, &m->tally);
  write_rules(out, &m->tally);
  write_duties(out, &m->tally);
  pthread_mutex_unlock(&m->lock);
  write_responses(out, m);
  write_latency(out, m);
  single(out, "nuo_reloads_total", "counter", "Policies put in force after the first.",
         atomic_load(&m->reloads));
  single(out, "nuo_reload_failures_total", "counter", "Reloads that left the old policy in force.",
         atomic_load(&m->reload_failures));
  single(out, "nuo_commits_total", "counter", "Commits of the state directory.", atomic_load(&m->commits));
  single(out, "nuo_commit_failures_total", "counter", "Commits that failed.",
         atomic_load(&m->commit_failures));
  return !out->failed;
}
