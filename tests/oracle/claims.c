// SPDX-License-Identifier: Apache-2.0
// What reasoning claims, against what the program does: a rule of which it says that it can never be breached
// never is; a rule that a small change of the policy is said not to have made stricter (looser) never asks
// for more (less) than before. Called by main.c.
#include <stdlib.h>
#include <string.h>

#include "compiler/diff/diff.h"
#include "tests/oracle/oracle.h"

struct claims {
  nuo_compilation *compilations[2];
  nuo_program *programs[2];  // of versions that are in force at any time
  nuo_engine *engines[2];
  nuo_session *sessions[2];
  struct diff diff;
  bool *never;  // by rule of the first
  struct buf *problem;
};

// ---- a small change of the text ----

// What makes a rule a little stricter or looser; the words of both languages.
static const char *const swaps[][2] = {{" and ", " or "},
                                       {" or ", " and "},
                                       {"at least", "more than"},
                                       {"at most", "less than"},
                                       {"block", "hold"},
                                       {"note", "hold"},
                                       {" not ", " "},
                                       {" is missing", " is present"},
                                       {" 且 ", " 或 "},
                                       {" 或 ", " 且 "},
                                       {"至少", "多于"},
                                       {"至多", "少于"},
                                       {"拦截", "待审"},
                                       {"记录", "待审"},
                                       {"非 ", ""},
                                       {"具备", "缺失"},
                                       {"this day", "this week"},
                                       {"本日", "本周"},
                                       {"hours", "minutes"},
                                       {"小时", "分钟"}};

static size_t count_of(struct str text, const char *word) {
  size_t count = 0;
  const size_t len = strlen(word);
  for (size_t i = 0; i + len <= text.len; i++) count += memcmp(text.at + i, word, len) == 0;
  return count;
}

// Replaces one of the places where the word stands.
static bool swap_one(struct rng *rng, struct str text, const char *from, const char *to, struct buf *out) {
  const size_t len = strlen(from);
  size_t count = count_of(text, from);
  if (count == 0) return false;
  size_t wanted = rng_below(rng, (uint32_t)count);
  for (size_t i = 0; i < text.len;) {
    const bool here = i + len <= text.len && memcmp(text.at + i, from, len) == 0 && wanted-- == 0;
    if (here)
      buf_put(out, to);
    else
      buf_add(out, text.at + i, 1);
    i += here ? len : 1;
  }
  return true;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Makes one digit the next one.
static bool shift_one(struct rng *rng, struct str text, struct buf *out) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < text.len; i++) count += is_digit(text.at[i]);
  if (count == 0) return false;
  uint32_t wanted = rng_below(rng, count);
  for (uint32_t i = 0; i < text.len; i++) {
    const char next = text.at[i] == '9' ? '8' : (char)(text.at[i] + 1);
    const bool here = is_digit(text.at[i]) && wanted-- == 0;
    buf_add(out, here ? &next : &text.at[i], 1);
  }
  return true;
}

static bool change(struct rng *rng, struct str text, struct buf *out) {
  const size_t kinds = sizeof swaps / sizeof *swaps, kind = rng_below(rng, (uint32_t)kinds + 8);
  return kind < kinds ? swap_one(rng, text, swaps[kind][0], swaps[kind][1], out) : shift_one(rng, text, out);
}

// ---- begin and end ----

static nuo_compilation *compile(struct str source, bool markdown) {
  const char *path = markdown ? "policy.nuo.md" : "policy.nuo";
  nuo_compilation *made;
  if (nuo_compile((nuo_text){path, strlen(path)}, (nuo_text){source.at, source.len}, NULL, &made) != NUO_OK)
    abort();
  if (nuo_compilation_image(made).text != NULL) return made;
  nuo_compilation_free(made);
  return NULL;
}

static bool begin_session(struct claims *c, int i) {
  return nuo_engine_new(NULL, &c->engines[i]) == NUO_OK &&
         nuo_engine_use(c->engines[i], &c->programs[i], 1, NULL) == NUO_OK &&
         nuo_session_new(c->engines[i], &c->sessions[i]) == NUO_OK;
}

static void reason(struct claims *c, struct arena *arena) {
  const struct program *program = c->compilations[0]->program;
  c->never = nuo__arena_alloc(arena, program->rules.count + 1);
  for (uint32_t i = 0; i < program->rules.count; i++) {
    struct reasoner r = {.arena = arena};
    c->never[i] =
        nuo__reason_holds(&r, nuo__formula_violated(&r, program->rules.at[i]), NULL) == ANSWER_NEVER;
  }
}

static void end(struct claims *c) {
  for (int i = 0; i < 2; i++) {
    nuo_session_free(c->sessions[i]);
    nuo_engine_free(c->engines[i]);
  }
  nuo__diff_free(&c->diff);
  nuo_compilation_free(c->compilations[1]);
  nuo_compilation_free(c->compilations[0]);
}

// ---- decisions ----

static bool is_rule(nuo_text name, const struct rule *rule) {
  return rule != NULL && name.len == rule->names.en.len &&
         memcmp(name.text, rule->names.en.at, name.len) == 0;
}

static int strength_in(const nuo_finding *list, size_t count, const struct rule *rule, int breach) {
  for (size_t i = 0; i < count; i++)
    if (is_rule(list[i].rule, rule)) return 1 + 2 * (int)list[i].action + breach;
  return 0;
}

// What the rule asks for; 0: nothing. A deferral that could not be kept became something else by its time
// alone.
static int strength(const nuo_decision *d, const struct rule *rule) {
  const int breach = strength_in(d->breaches, d->breach_count, rule, 1);
  return breach > 0 ? breach : strength_in(d->undetermined, d->undetermined_count, rule, 0);
}

static bool never_holds(const struct claims *c, const nuo_decision *d) {
  const struct program *program = c->compilations[0]->program;
  for (uint32_t i = 0; i < program->rules.count; i++) {
    if (!c->never[i] || strength_in(d->breaches, d->breach_count, program->rules.at[i], 1) == 0) continue;
    buf_put(c->problem, "a rule that can never be breached was: ");
    buf_str(c->problem, program->rules.at[i]->names.en);
    return false;
  }
  return true;
}

static bool change_holds(const struct claims *c, const struct rule_change *change, const nuo_decision *before,
                         const nuo_decision *after) {
  const int old = strength(before, change->before), new = strength(after, change->after);
  const bool good = (!change->not_stricter || new <= old) && (!change->not_looser || new >= old);
  if (good) return true;
  buf_put(c->problem, new > old ? "a rule that is not stricter asks for more: "
                                : "a rule that is not looser asks for less: ");
  buf_str(c->problem, change->after->names.en);
  return false;
}

static bool same_findings(const nuo_finding *a, size_t a_count, const nuo_finding *b, size_t b_count) {
  if (a_count != b_count) return false;
  for (size_t i = 0; i < a_count; i++)
    if (a[i].rule.len != b[i].rule.len || memcmp(a[i].rule.text, b[i].rule.text, a[i].rule.len) != 0)
      return false;
  return true;
}

// Whether both versions go on with the same past.
static bool same_decisions(const struct claims *c) {
  const nuo_decision *a, *b;
  size_t a_count, b_count;
  nuo_session_decisions(c->sessions[0], &a, &a_count);
  nuo_session_decisions(c->sessions[1], &b, &b_count);
  if (a_count != b_count) return false;
  for (size_t i = 0; i < a_count; i++)
    if (a[i].verdict != b[i].verdict || a[i].duty_count != b[i].duty_count ||
        !same_findings(a[i].breaches, a[i].breach_count, b[i].breaches, b[i].breach_count))
      return false;
  return true;
}

// ---- events ----

// A diff speaks of the time from which both versions are in force; the zone may be a day off.
static bool is_before(const struct claims *c, int64_t time) {
  bool before = false;
  for (int i = 0; i < 2; i++)
    before = before || time < ((int64_t)c->compilations[i]->program->force.from + 2) * 24 * 3600000;
  return before;
}

// 1: go on; 0: the versions part here; -1: a claim does not hold.
static int try_event(struct claims *c, const struct given_event *event) {
  const nuo_decision *before, *after;
  struct buf json = {0};
  event_write_json(event, &json);
  const nuo_status a = nuo_session_eval_json(c->sessions[0], json.at, json.len, &before, NULL);
  const nuo_status b = nuo_session_eval_json(c->sessions[1], json.at, json.len, &after, NULL);
  buf_free(&json);
  if (a != b) return 0;
  if (a != NUO_OK || is_report(event)) return 1;
  if (!never_holds(c, before)) return -1;
  if (is_before(c, before->time)) return same_decisions(c);
  for (uint32_t i = 0; i < c->diff.rules.count; i++) {
    const struct rule_change *change = &c->diff.rules.at[i];
    if (change->before == NULL || change->after == NULL || change->after->event->origin != EVENT_DECLARED)
      continue;
    if (!change_holds(c, change, before, after)) return -1;
  }
  return same_decisions(c);
}

static bool begin(struct claims *c, struct rng *rng, const struct policy *policy) {
  struct buf changed = {0};
  struct str source = buf_view(&policy->source);
  if (change(rng, source, &changed)) {
    c->compilations[0] = compile(source, policy->setting.markdown);
    c->compilations[1] = compile(buf_view(&changed), policy->setting.markdown);
  }
  buf_put(c->problem, "");
  buf_free(&changed);
  if (c->compilations[0] == NULL || c->compilations[1] == NULL) return false;
  if (nuo__policies_diff(c->compilations[0], c->compilations[1], NULL, 2, &c->diff) != NUO_OK) return false;
  c->programs[0] = c->diff.before.loaded;
  c->programs[1] = c->diff.after.loaded;
  return begin_session(c, 0) && begin_session(c, 1);
}

bool claims_hold(const struct policy *policy, struct rng *rng, const struct given_event *events,
                 uint32_t count, struct buf *problem) {
  struct claims c = {.problem = problem};
  bool good = true;
  struct arena *arena = arena_open();
  if (begin(&c, rng, policy)) {
    reason(&c, arena);
    int more = 1;
    for (uint32_t i = 0; i < count && more > 0; i++)
      if (!is_advance(&events[i])) more = try_event(&c, &events[i]);
    good = more >= 0;
  }
  end(&c);
  nuo__arena_free(arena);
  return good;
}
