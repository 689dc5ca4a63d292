// SPDX-License-Identifier: Apache-2.0
// The findings of a run as other programs read them: JSON lines, SARIF 2.1.0, annotations of GitHub, the code
// quality report of GitLab, JUnit and checkstyle XML.
#ifndef NUO_COMPILER_LINT_OUTPUT_H
#define NUO_COMPILER_LINT_OUTPUT_H

#include "compiler/lint/lint.h"
#include "runtime/text_out.h"

struct lint_report {
  struct text_out out;
  enum diag_language language;
  nuo_text policy;                // the path of the policy at hand, as the host names it
  enum diag_severity fail_level;  // what is less does not fail
  uint32_t told;                  // findings, of all policies
  uint32_t here;                  // of the policy at hand
  nuo_text open_file;             // checkstyle: whose element is open, or .len 0
};
struct lint_format {
  const char *name;
  void (*begin)(struct lint_report *report);  // any may be NULL
  void (*policy)(struct lint_report *report);
  void (*finding)(struct lint_report *report, const struct finding *finding);
  void (*policy_end)(struct lint_report *report);
  void (*end)(struct lint_report *report);
};
// NULL: there is no such format.
const struct lint_format *nuo__lint_format(const char *name);

// "error", "warning", "note".
const char *nuo__lint_level(const struct finding *finding);

#endif
