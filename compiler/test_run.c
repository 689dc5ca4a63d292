// SPDX-License-Identifier: Apache-2.0
// Runs the author's tests: hands their events to a session of the real program and compares what comes out
// with what is expected. Called by `nuo test` and, for changed programs, by mutate.c.
#include <setjmp.h>
#include <string.h>

#include "compiler/test.h"

#define NOON_MS (12 * 3600000LL)
#define DAY_MS (24 * 3600000LL)
#define SOME_DAY 20089  // 2025-01-01: for a policy that does not say when it begins

// What has become of one instance of a duty: the last thing that was told of it.
struct instance {
  struct str duty, event;
  nuo_duty_state state;
  bool is_last;
};

struct test_runner {
  struct arena *arena;
  const struct program *program;
  nuo_session *session;
  struct text_out json;
  struct test_results *results;
  struct test_result *result;
  struct seen seen;
  VEC(struct instance) instances;
  uint32_t events;  // of this test, so far
  int64_t time;
  bool is_told;  // the last step was an expectation: what comes next is seen afresh
};

static struct str keep(struct test_runner *r, nuo_text text) {
  return text.text == NULL ? (struct str){NULL, 0} : nuo__arena_copy(r->arena, text.text, text.len);
}

// ---- what comes out ----

static void mark(struct test_runner *r, bool *marks, struct str rule) {
  for (uint32_t i = 0; i < r->program->rules.count; i++)
    if (nuo__str_equal(r->program->rules.at[i]->names.en, rule)) marks[i] = true;
}

static void keep_facts(struct test_runner *r, const nuo_finding *finding, struct found *found) {
  for (size_t i = 0; i < finding->fact_count; i++) {
    const nuo_fact *fact = &finding->facts[i];
    VEC_PUSH(r->arena, &found->facts,
             nuo__arena_format(r->arena, "%.*s = %.*s", (int)fact->name.len, fact->name.text,
                               (int)fact->value.len, fact->value.text));
  }
}

static struct found keep_finding(struct test_runner *r, const nuo_finding *finding, enum found_kind kind) {
  struct found found = {.kind = kind,
                        .rule = keep(r, finding->rule),
                        .rule_zh = keep(r, finding->rule_zh),
                        .clause = keep(r, finding->clause),
                        .message = keep(r, finding->message),
                        .label = keep(r, finding->label),
                        .strip = keep(r, finding->strip),
                        .action = finding->action};
  keep_facts(r, finding, &found);
  for (size_t i = 0; i < finding->same_count; i++)
    VEC_PUSH(r->arena, &found.same, keep_finding(r, &finding->same[i], kind));
  if (kind == FOUND_BREACH) mark(r, r->results->breached, found.rule);
  if (kind == FOUND_EXCEPTED) mark(r, r->results->excepted, found.rule);
  return found;
}

static void see_findings(struct test_runner *r, const nuo_decision *decision, bool is_own) {
  const struct {
    const nuo_finding *at;
    size_t count;
  } lists[] = {{decision->breaches, decision->breach_count},
               {decision->undetermined, decision->undetermined_count},
               {decision->excepted, decision->excepted_count}};
  for (int kind = FOUND_BREACH; kind <= FOUND_EXCEPTED; kind++)
    for (size_t i = 0; i < lists[kind].count; i++) {
      const struct found found = keep_finding(r, &lists[kind].at[i], (enum found_kind)kind);
      if (is_own)
        VEC_PUSH(r->arena, &r->seen.own, found);
      else
        VEC_PUSH(r->arena, &r->seen.derived, found);
    }
}

static struct instance *instance_of(struct test_runner *r, const nuo_duty_change *change) {
  const struct str duty = keep(r, change->duty), event = keep(r, change->event);
  for (uint32_t i = 0; i < r->instances.count; i++) {
    struct instance *instance = &r->instances.at[i];
    if (nuo__str_equal(instance->duty, duty) && nuo__str_equal(instance->event, event)) return instance;
  }
  VEC_PUSH(r->arena, &r->instances, (struct instance){.duty = duty, .event = event});
  return &r->instances.at[r->instances.count - 1];
}

static void see_duties(struct test_runner *r, const nuo_decision *decision) {
  for (size_t i = 0; i < decision->duty_count; i++) {
    struct instance *instance = instance_of(r, &decision->duties[i]);
    instance->state = decision->duties[i].state;
    instance->is_last = decision->duties[i].is_last;
  }
}

static void see(struct test_runner *r, const nuo_decision *decision, bool is_own) {
  see_duties(r, decision);
  see_findings(r, decision, is_own);
  if (!is_own) return;
  r->seen.decided = true;
  r->seen.verdict = decision->verdict;
  r->seen.time = decision->time;
  r->seen.until = decision->until;
  r->seen.until_offset = decision->until_offset;
  r->time = decision->time;  // which an adapter may have found
}

static void see_refusal(struct test_runner *r, const nuo_error *error) {
  r->seen.refused = nuo__arena_copy(r->arena, error->message, strlen(error->message));
  r->seen.refused_zh = nuo__arena_copy(r->arena, error->message_zh, strlen(error->message_zh));
}

// ---- steps ----

static void fail(struct test_runner *r, const struct model_step *step) {
  VEC_PUSH(r->arena, &r->result->failures, (struct test_failure){step, r->seen});
}

static void begin_act(struct test_runner *r) {
  if (r->is_told) r->seen = (struct seen){0};
  r->is_told = false;
  r->seen.own.count = 0;
  r->seen.decided = false;
}

static void take_time(struct test_runner *r, const struct model_step *step) {
  const struct expr *time = step->values[step->event->time->index];
  if (time != NULL) r->time = time->number;
}

static nuo_status run_event(struct test_runner *r, const struct model_step *step) {
  nuo_error error = {.status = NUO_OK};
  const nuo_decision *decision, *all;
  size_t count;
  begin_act(r);
  take_time(r, step);
  r->json.len = 0;
  nuo__test_event(&r->json, step, ++r->events, r->time);
  if (r->json.failed) return NUO_NO_MEMORY;
  const nuo_status status = nuo_session_eval_json(r->session, r->json.at, r->json.len, &decision, &error);
  if (status == NUO_BAD_EVENT) {
    see_refusal(r, &error);
    fail(r, step);
    return NUO_OK;
  }
  if (status != NUO_OK) return status;
  nuo_session_decisions(r->session, &all, &count);
  for (size_t i = 0; i < count; i++) see(r, &all[i], &all[i] == decision);
  // What `given` brings about is taken for granted; what is expected speaks of what comes after it.
  if (step->kind == STEP_GIVEN)
    r->seen = (struct seen){.decided = r->seen.decided, .verdict = r->seen.verdict};
  return NUO_OK;
}

static nuo_status run_until(struct test_runner *r, int64_t time) {
  const nuo_decision *all;
  size_t count = 1;
  if (time <= r->time) return NUO_OK;
  begin_act(r);
  r->time = time;
  while (count > 0) {
    const nuo_status status = nuo_session_advance(r->session, time, &all, &count);
    if (status != NUO_OK) return status;
    for (size_t i = 0; i < count; i++) see(r, &all[i], false);
  }
  return NUO_OK;
}

// ---- comparing ----

static nuo_action as_verdict(enum action_kind kind) {
  static const nuo_action verdicts[] = {
      [ACTION_ALLOW] = NUO_ALLOW, [ACTION_NOTE] = NUO_NOTE,   [ACTION_LABEL] = NUO_AMEND,
      [ACTION_STRIP] = NUO_AMEND, [ACTION_DEFER] = NUO_DEFER, [ACTION_HOLD] = NUO_HOLD,
      [ACTION_BLOCK] = NUO_BLOCK};
  return verdicts[kind];
}

// One breach under several clauses goes by the name of each of their rules.
static bool is_of(const struct found *found, struct str rule) {
  for (uint32_t i = 0; i < found->same.count; i++)
    if (nuo__str_equal(found->same.at[i].rule, rule)) return true;
  return nuo__str_equal(found->rule, rule);
}

static bool is_named(const struct model_step *step, const struct found *found) {
  for (uint32_t i = 0; i < step->rules.count; i++)
    if (is_of(found, step->rules.at[i]->names.en)) return true;
  return false;
}

// `by R, S`: these are all that ask for the verdict.
static bool rules_decided(const struct seen *seen, const struct model_step *step) {
  for (uint32_t i = 0; i < seen->own.count; i++) {
    const struct found *found = &seen->own.at[i];
    if (found->kind != FOUND_EXCEPTED && found->action == seen->verdict && !is_named(step, found))
      return false;
  }
  for (uint32_t k = 0; k < step->rules.count; k++) {
    bool is_there = false;
    for (uint32_t i = 0; i < seen->own.count; i++) {
      const struct found *found = &seen->own.at[i];
      is_there = is_there || (found->kind != FOUND_EXCEPTED && found->action == seen->verdict &&
                              is_of(found, step->rules.at[k]->names.en));
    }
    if (!is_there) return false;
  }
  return true;
}

// A clock time is the next one that the event's own clock shows after it.
static bool is_until(const struct seen *seen, const struct expr *until) {
  if (until->type->kind == TYPE_INSTANT) return seen->until == until->number;
  const int64_t local = seen->until + seen->until_offset * 1000LL, day = local % DAY_MS;
  return (day < 0 ? day + DAY_MS : day) == until->number && seen->until > seen->time &&
         seen->until <= seen->time + DAY_MS + 2 * 3600000LL;
}

static bool asks_for_label(const struct found *found, struct str label) {
  for (uint32_t i = 0; i < found->same.count; i++)
    if (nuo__str_equal(found->same.at[i].label, label)) return true;
  return nuo__str_equal(found->label, label);
}

static bool has_label(const struct seen *seen, struct str label) {
  for (uint32_t i = 0; i < seen->own.count; i++)
    if (seen->own.at[i].kind != FOUND_EXCEPTED && asks_for_label(&seen->own.at[i], label)) return true;
  return false;
}

static bool is_verdict(const struct seen *seen, const struct model_step *step) {
  const struct model_action *verdict = step->verdict;
  if (!seen->decided || seen->verdict != as_verdict(verdict->kind)) return false;
  if (step->rules.count > 0 && !rules_decided(seen, step)) return false;
  if (verdict->value == NULL) return true;
  return verdict->kind == ACTION_DEFER ? is_until(seen, verdict->value)
                                       : has_label(seen, verdict->value->text);
}

static bool was_breached(const struct seen *seen, struct str rule) {
  for (uint32_t i = 0; i < seen->own.count; i++)
    if (seen->own.at[i].kind == FOUND_BREACH && is_of(&seen->own.at[i], rule)) return true;
  for (uint32_t i = 0; i < seen->derived.count; i++)
    if (seen->derived.at[i].kind == FOUND_BREACH && is_of(&seen->derived.at[i], rule)) return true;
  return false;
}

static bool is_in_state(const struct instance *instance, enum expectation expectation) {
  switch (expectation) {
    case EXPECT_FULFILLED:
      return instance->state == NUO_DUTY_FULFILLED && instance->is_last;
    case EXPECT_DISCHARGED:
      return instance->state == NUO_DUTY_DISCHARGED;
    default:
      return !instance->is_last &&
             (instance->state == NUO_DUTY_OPENED || instance->state == NUO_DUTY_WARNED ||
              instance->state == NUO_DUTY_FULFILLED);
  }
}

static bool duty_is(const struct test_runner *r, struct str duty, enum expectation expectation) {
  for (uint32_t i = 0; i < r->instances.count; i++)
    if (nuo__str_equal(r->instances.at[i].duty, duty) && is_in_state(&r->instances.at[i], expectation))
      return true;
  return false;
}

static bool is_nothing(const struct seen *seen) {
  const uint32_t own = seen->own.count, derived = seen->derived.count;
  for (uint32_t i = 0; i < own + derived; i++)
    if ((i < own ? &seen->own.at[i] : &seen->derived.at[i - own])->kind != FOUND_EXCEPTED) return false;
  return seen->refused.at == NULL;
}

static bool is_as_expected(const struct test_runner *r, const struct model_step *step) {
  if (step->expectation == EXPECT_VERDICT) return is_verdict(&r->seen, step);
  if (step->expectation == EXPECT_NOTHING) return is_nothing(&r->seen);
  for (uint32_t i = 0; i < step->rules.count; i++) {
    const struct str rule = step->rules.at[i]->names.en;
    const bool holds = step->expectation == EXPECT_BREACH      ? was_breached(&r->seen, rule)
                       : step->expectation == EXPECT_NO_BREACH ? !was_breached(&r->seen, rule)
                                                               : duty_is(r, rule, step->expectation);
    if (!holds) return false;
  }
  return true;
}

// ---- tests ----

static nuo_status run_step(struct test_runner *r, const struct model_step *step) {
  if (step->kind != STEP_EXPECT) return run_event(r, step);
  if (step->at != NULL) {
    const nuo_status status = run_until(r, step->at->number);
    if (status != NUO_OK) return status;
  }
  if (!is_as_expected(r, step)) fail(r, step);
  VEC_PUSH(r->arena, &r->result->told, r->seen);
  r->is_told = true;
  return NUO_OK;
}

static nuo_status run_steps(struct test_runner *r, const struct model_test *test, bool first_only) {
  const int32_t from = r->program->force.from;
  r->time = (from == INT32_MIN ? SOME_DAY : from) * DAY_MS + NOON_MS;
  for (uint32_t i = 0; i < test->steps.count; i++) {
    const nuo_status status = run_step(r, &test->steps.at[i]);
    if (status != NUO_OK) return status;
    if (first_only && r->result->failures.count > 0) break;
  }
  return NUO_OK;
}

static nuo_status run_in_engine(struct test_runner *r, nuo_program *loaded, const struct model_test *test,
                                bool first_only) {
  nuo_engine *engine;
  nuo_status status = nuo_engine_new(NULL, &engine);
  if (status != NUO_OK) return status;
  status = nuo_engine_use(engine, &loaded, 1, NULL);
  if (status == NUO_OK) status = nuo_session_new(engine, &r->session);
  if (status == NUO_OK) {
    status = run_steps(r, test, first_only);
    nuo_session_free(r->session);
  }
  nuo_engine_free(engine);
  return status;
}

static nuo_status run_test(struct test_runner *r, nuo_program *loaded, const struct model_test *test,
                           const struct test_manner *manner) {
  nuo_program *own = NULL;
  nuo_status status = NUO_OK;
  if (test->settings.count > 0) status = nuo__test_program(r->arena, r->program, test, manner->options, &own);
  if (status == NUO_OK) status = run_in_engine(r, own != NULL ? own : loaded, test, manner->first_only);
  nuo_program_free(own);
  return status;
}

nuo_status nuo__tests_run(struct arena *arena, const struct program *program, nuo_program *loaded,
                          const struct test_manner *manner, struct test_results *results) {
  struct text_out json = {.allocator = nuo__default_allocator()};
  nuo_status status = NUO_OK;
  *results = (struct test_results){.breached = nuo__arena_alloc(arena, program->rules.count + 1),
                                   .excepted = nuo__arena_alloc(arena, program->rules.count + 1)};
  for (uint32_t i = 0; i < program->tests.count && status == NUO_OK; i++) {
    if (manner->first_only && results->failed > 0) break;
    struct test_result result = {.test = program->tests.at[i]};
    struct test_runner runner = {
        .arena = arena, .program = program, .json = json, .results = results, .result = &result};
    status = run_test(&runner, loaded, program->tests.at[i], manner);
    json = runner.json;
    results->failed += result.failures.count > 0;
    VEC_PUSH(arena, &results->tests, result);
  }
  nuo__out_free(&json);
  return status;
}

nuo_status nuo__test_compilation(nuo_compilation *compilation, nuo_program *loaded,
                                 const nuo_options *options, struct test_results *results) {
  const struct test_manner all = {options, false};
  jmp_buf out_of_memory;
  if (setjmp(out_of_memory) != 0) return NUO_NO_MEMORY;
  nuo__arena_on_failure(compilation->arena, &out_of_memory);
  return nuo__tests_run(compilation->arena, compilation->program, loaded, &all, results);
}
