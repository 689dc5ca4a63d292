// SPDX-License-Identifier: Apache-2.0
// The formats of XML, and what they share with the others.
#ifndef NUO_COMPILER_LINT_OUTPUT_XML_H
#define NUO_COMPILER_LINT_OUTPUT_XML_H

#include "compiler/lint/output.h"

// Writes a finding's path in up to two pieces by `write`.
typedef void lint_write(struct lint_report *report, nuo_text piece);
void nuo__lint_write_path(struct lint_report *report, const struct finding *finding, lint_write *write);

void nuo__lint_junit_begin(struct lint_report *report);
void nuo__lint_junit_policy(struct lint_report *report);
void nuo__lint_junit_finding(struct lint_report *report, const struct finding *finding);
void nuo__lint_junit_policy_end(struct lint_report *report);
void nuo__lint_junit_end(struct lint_report *report);
void nuo__lint_checkstyle_begin(struct lint_report *report);
void nuo__lint_checkstyle_finding(struct lint_report *report, const struct finding *finding);
void nuo__lint_checkstyle_policy_end(struct lint_report *report);
void nuo__lint_checkstyle_end(struct lint_report *report);
#define LINT_XML_FORMATS                                                                                \
  {.name = "junit",                                                                                     \
   .begin = nuo__lint_junit_begin,                                                                      \
   .policy = nuo__lint_junit_policy,                                                                    \
   .finding = nuo__lint_junit_finding,                                                                  \
   .policy_end = nuo__lint_junit_policy_end,                                                            \
   .end = nuo__lint_junit_end},                                                                         \
  {                                                                                                     \
    .name = "checkstyle", .begin = nuo__lint_checkstyle_begin, .finding = nuo__lint_checkstyle_finding, \
    .policy_end = nuo__lint_checkstyle_policy_end, .end = nuo__lint_checkstyle_end                      \
  }

#endif
