// SPDX-License-Identifier: Apache-2.0
// Inside `nuo run`: the tally of all decisions and the table for people.
#ifndef NUO_CLI_RUN_H
#define NUO_CLI_RUN_H

#include "compiler/cli/cli.h"

#define ACTION_COUNT (NUO_BLOCK + 1)

// One line of the summary: a rule, by clause.
struct rule_tally {
  char *name, *name_zh, *pack, *pack_zh, *clause, *severity, *severity_zh;
  size_t breached, undetermined, excepted;
  size_t also;  // breached, and counted under another rule that is the same breach
};
struct tally {
  size_t decided, refused;
  size_t outside;   // decided, but no version of the policy is in force
  size_t replayed;  // came again: told apart from `decided`
  size_t derived;   // deadlines that passed, breaches and raised events: told apart, too
  size_t duties[NUO_DUTY_NOT_OPENED + 1];  // by state
  size_t verdicts[ACTION_COUNT];
  struct rule_tally *rules;  // in order of first appearance
  size_t rule_count;
};

void tally_add(struct tally *tally, const nuo_decision *decision);
void tally_free(struct tally *tally);
// Verdicts, clauses, severities; for people.
void tally_print(FILE *out, const struct tally *tally, nuo_language language);

// The table: a header once, then a row a decision with findings, and under a finding what was counted.
const char *table_verdict(nuo_action verdict, nuo_language language);
void table_header(FILE *out, nuo_language language);
void table_row(FILE *out, const nuo_decision *decision, nuo_language language);
// `element`: of a list that begins in the line or goes on there; 0: the line itself.
void table_refused(FILE *out, const char *path, uint64_t line, uint64_t element, const nuo_error *error,
                   nuo_language language);

#endif
