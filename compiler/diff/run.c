// SPDX-License-Identifier: Apache-2.0
// Giving a draft to a version of the policy, in an engine of its own, and comparing what two versions say.
#include "compiler/diff/diff_inside.h"

struct run {
  struct arena *arena;
  const struct side *side;
  struct str rule;
  struct outcome *outcome;
  found_rules *found;
  nuo_session *session;
};

static bool is_text(nuo_text text, struct str s) {
  return text.len == s.len && nuo__str_equal((struct str){text.text, (uint32_t)text.len}, s);
}

static struct str keep(struct run *r, nuo_text text) {
  return nuo__arena_copy(r->arena, text.text, text.len);
}

// As the model names it.
static struct str severity_of(struct run *r, const nuo_finding *finding) {
  if (finding->pack.len == 0 || finding->severity.len == 0) return keep(r, finding->severity);
  return nuo__arena_format(r->arena, "%.*s.%.*s", (int)finding->pack.len, finding->pack.text,
                           (int)finding->severity.len, finding->severity.text);
}

static int strength(bool is_breach, nuo_action action) {
  return 1 + 2 * (int)action + is_breach;
}

// ---- one decision ----

static void see_finding(struct run *r, const nuo_finding *finding, bool is_breach) {
  struct outcome *o = r->outcome;
  const int now = o->is_breach || o->is_undetermined ? strength(o->is_breach, o->action) : 0;
  if (!is_text(finding->rule, r->rule) || strength(is_breach, finding->action) <= now) return;
  o->is_breach = is_breach;
  o->is_undetermined = !is_breach;
  o->action = finding->action;
  o->until = finding->until;
  o->until_offset = finding->until_offset;
  o->severity = severity_of(r, finding);
  o->detail = keep(r, finding->label.len > 0 ? finding->label : finding->strip);
}

static void note_rule(struct run *r, const nuo_finding *finding) {
  const struct program *program = r->side->program;
  for (uint32_t i = 0; r->found != NULL && i < program->rules.count; i++)
    if (is_text(finding->rule, program->rules.at[i]->names.en))
      VEC_PUSH(r->arena, r->found, program->rules.at[i]);
}

// Of one breach under several clauses each by itself.
static void see_breach(struct run *r, const nuo_decision *decision, const nuo_finding *finding) {
  for (size_t i = 0; i < finding->same_count; i++) see_breach(r, decision, &finding->same[i]);
  if (finding->same_count > 0) return;
  see_finding(r, finding, true);
  note_rule(r, finding);
  if (!decision->deadline || !is_text(finding->rule, r->rule)) return;
  VEC_PUSH(r->arena, &r->outcome->missed, decision->time);
  r->outcome->missed_offset = decision->utc_offset;
}

static void see_decision(struct run *r, const nuo_decision *decision) {
  for (size_t i = 0; i < decision->breach_count; i++) see_breach(r, decision, &decision->breaches[i]);
  for (size_t i = 0; i < decision->undetermined_count; i++) {
    see_finding(r, &decision->undetermined[i], false);
    note_rule(r, &decision->undetermined[i]);
  }
}

static bool asks(const nuo_finding *finding, const struct run *r, nuo_action verdict) {
  for (size_t i = 0; i < finding->same_count; i++)
    if (asks(&finding->same[i], r, verdict)) return true;
  if (finding->same_count > 0) return false;
  return finding->action == verdict && !is_text(finding->rule, r->rule);
}

static void see_verdict(struct run *r, const nuo_decision *decision) {
  r->outcome->verdict = decision->verdict;
  r->outcome->sole = decision->verdict != NUO_ALLOW;
  for (size_t i = 0; i < decision->breach_count; i++)
    if (asks(&decision->breaches[i], r, decision->verdict)) r->outcome->sole = false;
  for (size_t i = 0; i < decision->undetermined_count; i++)
    if (asks(&decision->undetermined[i], r, decision->verdict)) r->outcome->sole = false;
}

// ---- all events ----

static nuo_status run_event(struct run *r, struct text_out *json, const struct draft_event *event,
                            uint32_t number, bool is_last) {
  const struct model_step step = {.event = (struct event_type *)event->event, .values = event->values};
  const nuo_decision *decision, *all;
  size_t count;
  json->len = 0;
  nuo__test_event(json, &step, number, 0);
  if (json->failed) return NUO_NO_MEMORY;
  const nuo_status status = nuo_session_eval_json(r->session, json->at, json->len, &decision, NULL);
  if (status == NUO_BAD_EVENT) r->outcome->refused = true;
  if (status != NUO_OK) return status == NUO_BAD_EVENT ? NUO_OK : status;
  if (!is_last) return NUO_OK;
  see_verdict(r, decision);
  nuo_session_decisions(r->session, &all, &count);
  for (size_t i = 0; i < count; i++) see_decision(r, &all[i]);
  return NUO_OK;
}

static nuo_status run_time(struct run *r, int64_t until) {
  const nuo_decision *all;
  size_t count = until == INT64_MIN ? 0 : 1;
  while (count > 0) {
    const nuo_status status = nuo_session_advance(r->session, until, &all, &count);
    if (status != NUO_OK) return status;
    for (size_t i = 0; i < count; i++) see_decision(r, &all[i]);
  }
  return NUO_OK;
}

static nuo_status run_all(struct run *r, const struct draft *draft) {
  struct text_out json = {.allocator = nuo__default_allocator()};
  nuo_status status = NUO_OK;
  const uint32_t count = draft->earlier.count;
  for (uint32_t i = 0; i <= count && status == NUO_OK; i++)
    status = run_event(r, &json, i < count ? draft->earlier.at[i] : draft->event, i + 1,
                       i == count || draft->until != INT64_MIN);
  nuo__out_free(&json);
  return status == NUO_OK ? run_time(r, draft->until) : status;
}

static nuo_status run_draft(struct run *r, const struct draft *draft) {
  nuo_engine *engine;
  nuo_program *program = r->side->loaded;
  nuo_status status = nuo_engine_new(NULL, &engine);
  if (status != NUO_OK) return status;
  status = nuo_engine_use(engine, &program, 1, NULL);
  if (status == NUO_OK) status = nuo_session_new(engine, &r->session);
  if (status == NUO_OK) {
    status = run_all(r, draft);
    nuo_session_free(r->session);
  }
  nuo_engine_free(engine);
  return status;
}

nuo_status nuo__draft_run(struct arena *arena, const struct side *side, const struct draft *draft,
                          const struct rule *rule, struct outcome *outcome) {
  struct run r = {.arena = arena, .side = side, .outcome = outcome};
  *outcome = (struct outcome){.verdict = NUO_ALLOW};
  if (rule != NULL) r.rule = rule->names.en;
  return run_draft(&r, draft);
}

nuo_status nuo__draft_findings(struct arena *arena, const struct side *side, const struct draft *draft,
                               found_rules *rules) {
  struct outcome outcome = {.verdict = NUO_ALLOW};
  struct run r = {.arena = arena, .side = side, .outcome = &outcome, .found = rules};
  return run_draft(&r, draft);
}

// ---- comparing ----

static int64_t outcome_strength(const struct outcome *o) {
  return o->is_breach || o->is_undetermined ? strength(o->is_breach, o->action) : 0;
}

static int severity_rank(const struct program *program, struct str severity) {
  for (uint32_t i = 0; i < program->severities.count; i++)
    if (nuo__str_equal(program->severities.at[i].names.en, severity)) return (int)i;
  return -1;
}

static int sign(int64_t difference) {
  return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

// More breaches are stricter, and so are earlier ones.
static int compare_missed(const struct outcome *a, const struct outcome *b) {
  if (a->missed.count != b->missed.count) return sign((int64_t)b->missed.count - a->missed.count);
  int all = 0;
  for (uint32_t i = 0; i < a->missed.count; i++) {
    const int one = sign(a->missed.at[i] - b->missed.at[i]);
    if (all != 0 && one != 0 && one != all) return 2;
    if (one != 0) all = one;
  }
  return all;
}

int nuo__outcome_compare(const struct program *after, const struct outcome *a, const struct outcome *b) {
  if (a->refused || b->refused) return 0;
  const int by_strength = sign(outcome_strength(b) - outcome_strength(a)), by_time = compare_missed(a, b);
  if (by_strength != 0 && by_time != 0 && by_strength != by_time) return 2;
  if (by_strength != 0 || by_time != 0) return by_strength != 0 ? by_strength : by_time;
  if (outcome_strength(a) == 0) return 0;
  if (a->until != b->until || !nuo__str_equal(a->detail, b->detail)) return 2;
  return sign(severity_rank(after, b->severity) - severity_rank(after, a->severity));
}
