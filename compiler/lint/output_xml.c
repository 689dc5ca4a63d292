// SPDX-License-Identifier: Apache-2.0
// JUnit: a suite a policy, a failed case a finding, one case that passes when there is none. Checkstyle: an
// element a file with its findings.
#include "compiler/lint/output_xml.h"

#include <string.h>

#include "compiler/pages/html.h"

static void text(struct lint_report *r, const char *terminated) {
  nuo__out_string(&r->out, terminated);
}

// HTML's escapes are XML's.
static void escaped(struct lint_report *r, nuo_text value) {
  nuo__html_text(&r->out, (struct str){value.text, (uint32_t)value.len});
}

static void attribute_number(struct lint_report *r, const char *name, int64_t value) {
  text(r, name);
  nuo__out_integer(&r->out, value);
  text(r, "\"");
}

// ---- JUnit ----

void nuo__lint_junit_begin(struct lint_report *r) {
  text(r, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
}

void nuo__lint_junit_policy(struct lint_report *r) {
  text(r, "  <testsuite name=\"");
  escaped(r, r->policy);
  text(r, "\">\n");
}

// What is below the level that fails is a case that passes, with something to say.
void nuo__lint_junit_finding(struct lint_report *r, const struct finding *finding) {
  const bool fails = finding->shown.severity <= (nuo_severity)r->fail_level;
  text(r, "    <testcase classname=\"");
  text(r, finding->shown.code);
  text(r, "\" name=\"");
  nuo__lint_write_path(r, finding, escaped);
  text(r, ":");
  nuo__out_integer(&r->out, finding->shown.place.line);
  text(r, "\">");
  if (fails) {
    text(r, "<failure type=\"");
    text(r, nuo__lint_level(finding));
    text(r, "\" message=\"");
  } else {
    text(r, "<system-out>");
  }
  escaped(r, finding->shown.message[r->language]);
  text(r, fails ? "\"/></testcase>\n" : "</system-out></testcase>\n");
}

void nuo__lint_junit_policy_end(struct lint_report *r) {
  if (r->here == 0) text(r, "    <testcase classname=\"lint\" name=\"no findings\"/>\n");
  text(r, "  </testsuite>\n");
}

void nuo__lint_junit_end(struct lint_report *r) {
  text(r, "</testsuites>\n");
}

// ---- checkstyle ----

void nuo__lint_checkstyle_begin(struct lint_report *r) {
  text(r, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"4.3\">\n");
}

static void close_file(struct lint_report *r) {
  if (r->open_file.len > 0) text(r, "  </file>\n");
  r->open_file = (nuo_text){NULL, 0};
}

static void open_file(struct lint_report *r, const struct finding *finding) {
  const nuo_text path = finding->shown.place.path.len > 0 ? finding->shown.place.path : r->policy;
  if (r->open_file.len == path.len && memcmp(r->open_file.text, path.text, path.len) == 0) return;
  close_file(r);
  r->open_file = path;
  text(r, "  <file name=\"");
  nuo__lint_write_path(r, finding, escaped);
  text(r, "\">\n");
}

void nuo__lint_checkstyle_finding(struct lint_report *r, const struct finding *finding) {
  static const char *const severities[] = {"error", "warning", "info"};
  open_file(r, finding);
  attribute_number(r, "    <error line=\"", finding->shown.place.line);
  attribute_number(r, " column=\"", finding->shown.place.column);
  text(r, " severity=\"");
  text(r, severities[finding->shown.severity]);
  text(r, "\" message=\"");
  escaped(r, finding->shown.message[r->language]);
  text(r, "\" source=\"nuo.");
  text(r, finding->shown.code);
  text(r, "\"/>\n");
}

void nuo__lint_checkstyle_policy_end(struct lint_report *r) {
  close_file(r);
}

void nuo__lint_checkstyle_end(struct lint_report *r) {
  text(r, "</checkstyle>\n");
}
