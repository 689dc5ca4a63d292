// SPDX-License-Identifier: Apache-2.0
// Recorded events through both versions, each of which remembers for itself.
#include "compiler/diff/replay.h"

#include <setjmp.h>

static nuo_status begin_side(const struct side *side, nuo_engine **engine, nuo_session **session) {
  nuo_program *program = side->loaded;
  nuo_status status = nuo_engine_new(NULL, engine);
  if (status == NUO_OK) status = nuo_engine_use(*engine, &program, 1, NULL);
  return status == NUO_OK ? nuo_session_new(*engine, session) : status;
}

nuo_status nuo__replay_begin(const struct diff *diff, struct replay *replay) {
  *replay = (struct replay){.diff = diff};
  const nuo_status status = begin_side(&diff->before, &replay->engines[0], &replay->sessions[0]);
  return status == NUO_OK ? begin_side(&diff->after, &replay->engines[1], &replay->sessions[1]) : status;
}

void nuo__replay_end(struct replay *replay) {
  for (int i = 0; i < 2; i++) {
    nuo_session_free(replay->sessions[i]);
    nuo_engine_free(replay->engines[i]);
  }
}

// ---- one event ----

static struct replay_rule *rule_of(struct replay *replay, struct arena *arena, const nuo_finding *finding) {
  const struct str wanted = {finding->rule.text, (uint32_t)finding->rule.len};
  for (uint32_t i = 0; i < replay->rules.count; i++)
    if (nuo__str_equal(replay->rules.at[i].name, wanted)) return &replay->rules.at[i];
  VEC_PUSH(
      arena, &replay->rules,
      (struct replay_rule){.name = nuo__arena_copy(arena, wanted.at, wanted.len),
                           .name_zh = nuo__arena_copy(arena, finding->rule_zh.text, finding->rule_zh.len)});
  return &replay->rules.at[replay->rules.count - 1];
}

static void count_breaches(struct replay *replay, struct arena *arena, int side) {
  const nuo_decision *all;
  size_t count;
  nuo_session_decisions(replay->sessions[side], &all, &count);
  for (size_t i = 0; i < count; i++)
    for (size_t k = 0; k < all[i].breach_count; k++) {
      struct replay_rule *rule = rule_of(replay, arena, &all[i].breaches[k]);
      (*(side == 0 ? &rule->before : &rule->after))++;
    }
}

static nuo_status decide(struct replay *replay, struct arena *arena, int side, struct str json, int *verdict,
                         struct str *event) {
  const nuo_decision *decision;
  const nuo_status status = nuo_session_eval_json(replay->sessions[side], json.at, json.len, &decision, NULL);
  *verdict = REPLAY_REFUSED;
  if (status != NUO_OK) return status == NUO_BAD_EVENT ? NUO_OK : status;
  *verdict = (int)decision->verdict;
  *event = nuo__arena_copy(arena, decision->event_id.text, decision->event_id.len);
  count_breaches(replay, arena, side);
  return NUO_OK;
}

nuo_status nuo__replay_event(struct replay *replay, struct str json, uint32_t line) {
  struct arena *arena = replay->diff->after.compilation->arena;
  struct replay_sample sample = {.line = line, .event = STR("")};
  jmp_buf out_of_memory;
  if (setjmp(out_of_memory) != 0) return NUO_NO_MEMORY;
  nuo__arena_on_failure(arena, &out_of_memory);
  nuo_status status = decide(replay, arena, 0, json, &sample.before, &sample.event);
  if (status == NUO_OK) status = decide(replay, arena, 1, json, &sample.after, &sample.event);
  if (status != NUO_OK) return status;
  replay->events++;
  const uint64_t so_far = replay->verdicts[sample.before][sample.after]++;
  if (sample.before != sample.after && so_far < REPLAY_SAMPLES) VEC_PUSH(arena, &replay->samples, sample);
  return NUO_OK;
}
