// SPDX-License-Identifier: Apache-2.0
// A decision as one line of JSON. The order of members is fixed; what is empty is left out.
#include <string.h>

#include "runtime/session.h"
#include "runtime/text.h"
#include "runtime/when.h"

static void member(struct text_out *out, const char *name) {
  char last = out->len > 0 ? out->at[out->len - 1] : 0;
  if (last != '{' && last != '[') nuo__out_string(out, ",");
  nuo__out_string(out, "\"");
  nuo__out_string(out, name);
  nuo__out_string(out, "\":");
}

static void text_member(struct text_out *out, const char *name, nuo_text text) {
  if (text.len == 0) return;
  member(out, name);
  nuo__out_json(out, text.text, text.len);
}

static void instant_member(struct text_out *out, const char *name, int64_t ms, int32_t offset) {
  char text[40];
  member(out, name);
  nuo__out_json(out, text, nuo__when_format_rfc3339(ms, offset, text));
}

static void flag_member(struct text_out *out, const char *name, bool value) {
  if (!value) return;
  member(out, name);
  nuo__out_string(out, "true");
}

static void next_item(struct text_out *out) {
  if (out->at[out->len - 1] != '[') nuo__out_string(out, ",");
}

static void texts_member(struct text_out *out, const char *name, const nuo_text *texts, size_t count) {
  if (count == 0) return;
  member(out, name);
  nuo__out_string(out, "[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) nuo__out_string(out, ",");
    nuo__out_json(out, texts[i].text, texts[i].len);
  }
  nuo__out_string(out, "]");
}

static void out_hits(struct text_out *out, const nuo_fact *fact) {
  member(out, "found");
  nuo__out_string(out, "[");
  for (size_t i = 0; i < fact->hit_count; i++) {
    nuo__out_string(out, i > 0 ? ",{" : "{");
    text_member(out, "entry", fact->hits[i].entry);
    member(out, "offset");
    nuo__out_integer(out, fact->hits[i].offset);
    member(out, "length");
    nuo__out_integer(out, fact->hits[i].len);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void out_facts(struct text_out *out, const nuo_finding *f) {
  if (f->fact_count == 0) return;
  member(out, "evidence");
  nuo__out_string(out, "[");
  for (size_t i = 0; i < f->fact_count; i++) {
    const nuo_fact *fact = &f->facts[i];
    nuo__out_string(out, i > 0 ? ",{" : "{");
    text_member(out, "fact", fact->name);
    flag_member(out, "missing", fact->missing);
    if (!fact->missing) {
      member(out, "value");
      nuo__out_bytes(out, fact->value.text, fact->value.len);
    }
    if (fact->hit_count > 0) out_hits(out, fact);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void out_reasons(struct text_out *out, const nuo_finding *f) {
  if (f->reason_count == 0) return;
  member(out, "because_unknown");
  nuo__out_string(out, "[");
  for (size_t i = 0; i < f->reason_count; i++) {
    const char *kind = nuo_reason_name(f->reasons[i].kind);
    nuo__out_string(out, i > 0 ? ",{" : "{");
    text_member(out, "reason", (nuo_text){kind, strlen(kind)});
    text_member(out, "name", f->reasons[i].name);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

// The policy in which a rule stands, when it is not the one that decides.
static void out_pack(struct text_out *out, nuo_text pack, nuo_text pack_zh) {
  text_member(out, "pack", pack);
  if (!nuo__text_equal(pack_zh, pack)) text_member(out, "pack_zh", pack_zh);
}

// The clause, and what it asks for.
static void out_clause(struct text_out *out, const nuo_finding *f, bool excepted) {
  const char *action = nuo_action_name(f->action);
  nuo__out_string(out, "{");
  text_member(out, "rule", f->rule);
  if (!nuo__text_equal(f->rule_zh, f->rule)) text_member(out, "rule_zh", f->rule_zh);
  out_pack(out, f->pack, f->pack_zh);
  text_member(out, "clause", f->clause);
  text_member(out, "title", f->title);
  text_member(out, "severity", f->severity);
  if (!nuo__text_equal(f->severity_zh, f->severity)) text_member(out, "severity_zh", f->severity_zh);
  texts_member(out, "cites", f->cites, f->cite_count);
  if (!excepted) text_member(out, "action", (nuo_text){action, strlen(action)});
  flag_member(out, "deferral_not_possible", f->action_changed);
  if (!excepted && f->action == NUO_DEFER) instant_member(out, "until", f->until, f->until_offset);
  text_member(out, "label", f->label);
  text_member(out, "strip", f->strip);
}

// The other clauses under which it is the same breach.
static void out_also(struct text_out *out, const nuo_finding *f) {
  if (f->same_count == 0) return;
  member(out, "also");
  nuo__out_string(out, "[");
  for (size_t i = 1; i < f->same_count; i++) {
    if (i > 1) nuo__out_string(out, ",");
    out_clause(out, &f->same[i], false);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void out_finding(struct text_out *out, const nuo_finding *f, bool excepted) {
  out_clause(out, f, excepted);
  out_also(out, f);
  text_member(out, "message", f->message);
  texts_member(out, "exceptions", f->exceptions, f->exception_count);
  out_facts(out, f);
  out_reasons(out, f);
  nuo__out_string(out, "}");
}

static void findings_member(struct text_out *out, const char *name, const nuo_finding *list, size_t count,
                            bool excepted) {
  if (count == 0) return;
  member(out, name);
  nuo__out_string(out, "[");
  for (size_t i = 0; i < count; i++) {
    if (i > 0) nuo__out_string(out, ",");
    out_finding(out, &list[i], excepted);
  }
  nuo__out_string(out, "]");
}

static void out_amendment(struct text_out *out, const nuo_finding *f) {
  for (size_t i = 0; i < f->same_count; i++) out_amendment(out, &f->same[i]);
  if (f->same_count > 0 || f->action != NUO_AMEND || out->failed) return;
  next_item(out);
  nuo__out_string(out, "{");
  text_member(out, "label", f->label);
  text_member(out, "strip", f->strip);
  text_member(out, "rule", f->rule);
  text_member(out, "pack", f->pack);
  nuo__out_string(out, "}");
}

// What to change before delivery, gathered from all findings: labels to add, fields to take out.
static void out_amendments(struct text_out *out, const nuo_decision *d) {
  const nuo_finding *lists[] = {d->breaches, d->undetermined};
  const size_t counts[] = {d->breach_count, d->undetermined_count};
  size_t begin = out->len;
  member(out, "amendments");
  nuo__out_string(out, "[");
  size_t empty = out->len;
  for (int k = 0; k < 2; k++)
    for (size_t i = 0; i < counts[k]; i++) out_amendment(out, &lists[k][i]);
  if (out->len == empty)
    out->len = begin;
  else
    nuo__out_string(out, "]");
}

// What happened to duties; the step is left out where nothing is awaited.
static void out_duties(struct text_out *out, const nuo_decision *d) {
  if (d->duty_count == 0) return;
  member(out, "duties");
  nuo__out_string(out, "[");
  for (size_t i = 0; i < d->duty_count; i++) {
    const nuo_duty_change *c = &d->duties[i];
    const char *state = nuo_duty_state_name(c->state);
    nuo__out_string(out, i > 0 ? ",{" : "{");
    text_member(out, "duty", c->duty);
    if (!nuo__text_equal(c->duty_zh, c->duty)) text_member(out, "duty_zh", c->duty_zh);
    out_pack(out, c->pack, c->pack_zh);
    text_member(out, "clause", c->clause);
    text_member(out, "state", (nuo_text){state, strlen(state)});
    flag_member(out, "otherwise", c->is_otherwise);
    flag_member(out, "last", c->is_last);
    text_member(out, "event", c->event);
    text_member(out, "step", c->step);
    if (c->state != NUO_DUTY_NOT_OPENED) instant_member(out, "due", c->due, c->due_offset);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void out_raised(struct text_out *out, const nuo_decision *d) {
  if (d->raised_count == 0) return;
  member(out, "raised");
  nuo__out_string(out, "[");
  for (size_t i = 0; i < d->raised_count; i++) {
    const nuo_raised *r = &d->raised[i];
    nuo__out_string(out, i > 0 ? ",{" : "{");
    text_member(out, "type", r->type);
    text_member(out, "event", r->id);
    text_member(out, "rule", r->rule);
    text_member(out, "pack", r->pack);
    text_member(out, "missing", r->missing);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void out_policy(struct text_out *out, const nuo_decision *d) {
  const nuo_program_info *p = d->program;
  member(out, "policy");
  if (p == NULL) {
    nuo__out_string(
        out, d->force == NUO_REPEALED ? "{\"force\":\"repealed\"}" : "{\"force\":\"not yet in force\"}");
    return;
  }
  nuo__out_string(out, "{");
  text_member(out, "name", p->policy);
  text_member(out, "version", p->version);
  text_member(out, "source", (nuo_text){p->source_digest, strlen(p->source_digest)});
  text_member(out, "program", (nuo_text){p->program_digest, strlen(p->program_digest)});
  nuo__out_string(out, "}");
}

// Nanoseconds, in milliseconds.
static void ms_member(struct text_out *out, const char *name, uint64_t ns) {
  member(out, name);
  nuo__out_decimal(out, ns > INT64_MAX ? INT64_MAX : (int64_t)ns);
}

// It comes last, so that who compares what was decided can leave it out.
static void out_natives(struct text_out *out, const nuo_decision *d) {
  if (d->native_count == 0) return;
  member(out, "natives");
  nuo__out_string(out, "[");
  for (size_t i = 0; i < d->native_count; i++) {
    const nuo_native_note *n = &d->natives[i];
    nuo__out_string(out, i > 0 ? ",{" : "{");
    text_member(out, "function", n->function);
    member(out, "calls");
    nuo__out_integer(out, n->calls);
    if (n->no_result > 0) {
      member(out, "no_result");
      nuo__out_integer(out, n->no_result);
    }
    flag_member(out, "slow", n->slow);
    if (n->slow) ms_member(out, "total_ms", n->total_ns);
    if (n->slow) ms_member(out, "longest_ms", n->longest_ns);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void out_decision(struct text_out *out, const nuo_decision *d) {
  const char *verdict = nuo_action_name(d->verdict);
  nuo__out_string(out, "{");
  text_member(out, "event", d->event_id);
  text_member(out, "type", d->event_type);
  instant_member(out, "time", d->time, d->utc_offset);
  if (d->tag != 0) {
    member(out, "line");
    nuo__out_integer(out, (int64_t)d->tag);
  }
  if (d->refused != NULL) {
    text_member(out, "refused", (nuo_text){d->refused->message, strlen(d->refused->message)});
    text_member(out, "refused_zh", (nuo_text){d->refused->message_zh, strlen(d->refused->message_zh)});
    nuo__out_string(out, "}");
    return;
  }
  flag_member(out, "deadline", d->deadline);
  text_member(out, "caused_by", d->caused_by);
  flag_member(out, "late", d->late);
  flag_member(out, "replayed", d->replayed);
  text_member(out, "verdict", (nuo_text){verdict, strlen(verdict)});
  if (d->verdict == NUO_DEFER) instant_member(out, "until", d->until, d->until_offset);
  out_amendments(out, d);
  findings_member(out, "breaches", d->breaches, d->breach_count, false);
  findings_member(out, "undetermined", d->undetermined, d->undetermined_count, false);
  findings_member(out, "excepted", d->excepted, d->excepted_count, true);
  out_duties(out, d);
  out_raised(out, d);
  if (d->incomplete != NULL) {
    text_member(out, "incomplete", (nuo_text){d->incomplete->message, strlen(d->incomplete->message)});
    text_member(out, "incomplete_zh",
                (nuo_text){d->incomplete->message_zh, strlen(d->incomplete->message_zh)});
  }
  out_policy(out, d);
  out_natives(out, d);
  nuo__out_string(out, "}");
}

nuo_status nuo_session_decision_json(nuo_session *s, const nuo_decision *d, nuo_text *json) {
  if (s == NULL || d == NULL || json == NULL) return NUO_BAD_ARGUMENT;
  struct text_out *out = &s->out;
  out->len = 0;
  out->failed = false;
  out_decision(out, d);
  if (out->failed) return NUO_NO_MEMORY;
  *json = (nuo_text){out->at, out->len};
  return NUO_OK;
}
