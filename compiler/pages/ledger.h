// SPDX-License-Identifier: Apache-2.0
// The periodic report: decisions, read again from the lines that `nuo run` wrote, added up by day, rule, duty
// and whoever sent what was in breach.
#ifndef NUO_COMPILER_LEDGER_H
#define NUO_COMPILER_LEDGER_H

#include "compiler/nuo_compile.h"
#include "compiler/pool.h"
#include "runtime/json.h"
#include "runtime/text_out.h"

#define LEDGER_VERDICTS 6       // nuo_action
#define LEDGER_DUTY_STATES 7    // nuo_duty_state
#define LEDGER_BROKEN_SHOWN 10  // lines

enum ledger_period { LEDGER_AUTO, LEDGER_DAY, LEDGER_WEEK, LEDGER_MONTH, LEDGER_QUARTER, LEDGER_YEAR };

struct ledger_row {  // of a day, at the end of a period
  int32_t day;       // its first
  uint64_t decisions, verdicts[LEDGER_VERDICTS];
  uint64_t *breaches;  // by part
  uint32_t parts;
};
// LEDGER_ALSO: a breach that is counted under another rule, which is the same breach.
enum ledger_kind { LEDGER_BREACH, LEDGER_UNDETERMINED, LEDGER_EXCEPTED, LEDGER_ALSO, LEDGER_KINDS };
struct ledger_rule {
  struct str name, zh, pack, pack_zh, clause, title, severity, severity_zh;
  uint32_t part;
  uint64_t counts[LEDGER_KINDS];
};
static inline bool nuo__ledger_has_counts(const struct ledger_rule *rule) {
  return rule->counts[LEDGER_BREACH] + rule->counts[LEDGER_UNDETERMINED] + rule->counts[LEDGER_EXCEPTED] +
             rule->counts[LEDGER_ALSO] >
         0;
}
struct ledger_duty {
  struct str name, zh, pack, pack_zh, clause;
  uint64_t counts[LEDGER_DUTY_STATES];
};
struct ledger_named {  // a type of event, a version of a policy, a sender
  struct str name, more;
  uint64_t count;
};
typedef VEC(struct ledger_named) ledger_names;
struct ledger_broken {
  struct str file;
  uint64_t line;
  struct str why[2];  // by nuo_language
};

struct ledger_finding {
  uint32_t rule;
  enum ledger_kind kind;
  uint32_t value;
};
struct ledger_change {
  uint32_t duty, state;
};

struct ledger {
  struct arena *arena;
  struct str file;  // that is being read, and the number of its line
  uint64_t line;
  struct str by;        // the fact whose values are counted, "sender.id"
  int32_t from, until;  // days that count, both included
  int32_t first, last;  // of those there are decisions of
  uint64_t lines, decided, derived, replayed, refused, outside, incomplete;
  uint64_t broken_count, unnamed;  // unnamed: breaches of which nobody knows the value of `by`
  VEC(struct ledger_broken) broken;
  uint64_t verdicts[LEDGER_VERDICTS];
  uint64_t findings[LEDGER_KINDS], duties_sum[LEDGER_DUTY_STATES];
  VEC(struct ledger_row) days;
  VEC(struct ledger_rule) rules;
  VEC(struct ledger_duty) duties;
  ledger_names types, policies, values;
  // What breaches are put together by: severities, or the policies that one uses, for each has a scale of its
  // own.
  ledger_names parts;
  bool has_packs;
  VEC(uint32_t) by_line;  // from the events: what has the value of `by` in each line, or UINT32_MAX
  struct pool day_pool, rule_pool, duty_pool, type_pool, policy_pool, value_pool, part_pool;
  // Of the line that is being read:
  VEC(struct ledger_finding) found;
  VEC(struct ledger_change) changes;
  struct json_name *names;
};

void nuo__ledger_begin(struct ledger *ledger, struct arena *arena, struct str by);
// A line of the events that were decided: who sent it, for findings whose evidence does not tell. All of them
// come before the decisions, in order.
void nuo__ledger_event(struct ledger *ledger, struct str line);
// A line of ledger.file: a decision, or nothing. What is no decision is counted, noted and left out.
void nuo__ledger_add(struct ledger *ledger, struct str line);
// Puts days together and everything in order. LEDGER_AUTO becomes what the span asks for.
enum ledger_period nuo__ledger_end(struct ledger *ledger, enum ledger_period period);

// ---- between the files of ledger ----
struct ledger_decision {  // what a line says of itself
  struct str type, policy, version;
  bool is_derived, is_replayed, is_outside, is_incomplete;
  int64_t line;
};
// What is called `name` in a policy that is used, without that one's name before it.
struct str nuo__ledger_inner(struct str name, struct str pack);
// The number of what has these names in a list.
uint32_t nuo__ledger_named(struct ledger *ledger, struct pool *pool, ledger_names *list, struct str name,
                           struct str more);
// Adds up the decision that has been read, with ledger.found and ledger.changes.
void nuo__ledger_sum(struct ledger *ledger, const struct ledger_decision *d, int32_t day, uint32_t verdict);

extern const char *const nuo__ledger_periods[LEDGER_YEAR + 1][2];  // by nuo_language

void nuo__ledger_json(struct text_out *out, const struct ledger *ledger, enum ledger_period period);
void nuo__ledger_page(struct text_out *out, const struct ledger *ledger, enum ledger_period period,
                      nuo_language language);

#endif
