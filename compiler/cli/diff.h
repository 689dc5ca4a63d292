// SPDX-License-Identifier: Apache-2.0
// What the files of `nuo diff` share.
#ifndef NUO_CLI_DIFF_H
#define NUO_CLI_DIFF_H

#include "compiler/cli/cli.h"
#include "compiler/diff/replay.h"

enum diff_format { DIFF_HUMAN, DIFF_JSON, DIFF_MARKDOWN };
struct report {
  nuo_language language;
  const struct diff *diff;
  const struct replay *replay;  // or NULL
  uint32_t unapproved;
};
void cli_diff_human(const struct report *report);
void cli_diff_json(const struct report *report);
void cli_diff_markdown(const struct report *report);

// Words for people.
const char *cli_diff_verdict(const struct report *report, int verdict);  // or REPLAY_REFUSED
struct str cli_diff_name(const struct report *report, struct names names);
struct str cli_diff_pair(const struct report *report, struct diag_arg arg);
const char *cli_diff_step(const struct report *report);
// "rename of X": the meaning, and the old name of a rule that was renamed.
void cli_diff_meaning(struct text_out *out, const struct report *report, const struct rule_change *change);
void cli_diff_outcome(struct text_out *out, const struct report *report, const struct outcome *outcome);
// Whether there is something to say of the change.
bool cli_diff_tells(const struct rule_change *change);

// Approvals (diff_approve.c): by --approve and --approvals. False after complaining.
bool cli_diff_approve(const struct command *command, struct diff *diff, const char *today);

#endif
