// SPDX-License-Identifier: Apache-2.0
// Formats for programs, JSON and its kin. Paths are as the policy's own was given: those of modules are put
// into its folder.
#include "compiler/lint/output.h"

#include <string.h>

#include "compiler/lint/output_xml.h"
#include "runtime/nuo.h"

const char *nuo__lint_level(const struct finding *finding) {
  static const char *const names[] = {"error", "warning", "note"};
  return names[finding->shown.severity];
}

static void text(struct lint_report *r, const char *terminated) {
  nuo__out_string(&r->out, terminated);
}

static void json(struct lint_report *r, nuo_text value) {
  nuo__out_json(&r->out, value.text, value.len);
}

static void number(struct lint_report *r, const char *name, int64_t value) {
  text(r, name);
  nuo__out_integer(&r->out, value);
}

static nuo_text terminated(const char *value) {
  return (nuo_text){value, strlen(value)};
}

static nuo_text message(const struct lint_report *r, const struct finding *finding) {
  return finding->shown.message[r->language];
}

static void hexadecimal(struct lint_report *r, uint64_t value) {
  for (int shift = 60; shift >= 0; shift -= 4)
    nuo__out_bytes(&r->out, &"0123456789abcdef"[value >> shift & 15], 1);
}

void nuo__lint_write_path(struct lint_report *r, const struct finding *finding, lint_write *write) {
  const nuo_text path = finding->shown.place.path.len > 0 ? finding->shown.place.path : r->policy;
  size_t folder = r->policy.len;
  while (folder > 0 && r->policy.text[folder - 1] != '/') folder--;
  const bool own = path.len == r->policy.len && memcmp(path.text, r->policy.text, path.len) == 0;
  if (!own) write(r, (nuo_text){r->policy.text, folder});
  write(r, path);
}

// ---- JSON lines ----

static void both(struct lint_report *r, const char *name, const nuo_text values[2]) {
  text(r, name);
  text(r, "{\"en\":");
  json(r, values[0]);
  text(r, ",\"zh\":");
  json(r, values[1]);
  text(r, "}");
}

static void place(struct lint_report *r, const char *name, const nuo_place *at) {
  if (at->path.len == 0) return;
  text(r, name);
  text(r, "{\"path\":");
  json(r, at->path);
  number(r, ",\"line\":", at->line);
  number(r, ",\"column\":", at->column);
  number(r, ",\"end_line\":", at->end_line);
  number(r, ",\"end_column\":", at->end_column);
  number(r, ",\"offset\":", at->offset);
  number(r, ",\"length\":", at->length);
  text(r, "}");
}

static void json_finding(struct lint_report *r, const struct finding *finding) {
  const nuo_diagnostic *shown = &finding->shown;
  text(r, "{\"code\":");
  json(r, terminated(shown->code));
  text(r, ",\"severity\":");
  json(r, terminated(nuo__lint_level(finding)));
  text(r, ",\"category\":");
  json(r, terminated(nuo__lint_category_name(nuo__lint_rule(finding->diag.code)->category, DIAG_EN)));
  both(r, ",\"message\":", shown->message);
  both(r, ",\"help\":", shown->help);
  place(r, ",\"place\":", &shown->place);
  place(r, ",\"also\":", &shown->also);
  if (finding->mendable) {
    number(r, ",\"fix\":{\"offset\":", finding->edit.span.start);
    number(r, ",\"length\":", finding->edit.span.end - finding->edit.span.start);
    text(r, ",\"text\":");
    json(r, (nuo_text){finding->edit.text.at, finding->edit.text.len});
    text(r, "}");
  }
  text(r, ",\"fingerprint\":\"");
  hexadecimal(r, finding->fingerprint);
  text(r, "\"}\n");
}

// ---- SARIF ----

// A text of the table with its places for arguments left open.
static void sarif_text(struct lint_report *r, const char *name, const char *value) {
  struct text_out open = {.allocator = r->out.allocator};
  for (const char *at = value; *at != 0; at++) {
    const bool hole = at[0] == '{' && at[1] >= '0' && at[1] <= '9' && at[2] == '}';
    if (hole)
      nuo__out_string(&open, "…"), at += 2;
    else
      nuo__out_bytes(&open, at, 1);
  }
  text(r, name);
  text(r, "{\"text\":");
  json(r, (nuo_text){open.at, open.len});
  text(r, "}");
  r->out.failed = r->out.failed || open.failed;
  nuo__out_free(&open);
}

static void sarif_rule(struct lint_report *r, const struct lint_rule *rule) {
  static const char *const levels[] = {"error", "warning", "note"};
  const struct diag_info *info = nuo__diag_info(rule->code);
  const bool zh = r->language == DIAG_ZH;
  text(r, "{\"id\":");
  json(r, terminated(info->code));
  sarif_text(r, ",\"shortDescription\":", zh ? info->zh : info->en);
  sarif_text(r, ",\"fullDescription\":", zh ? info->explain_zh : info->explain_en);
  sarif_text(r, ",\"help\":", zh ? info->help_zh : info->help_en);
  text(r, ",\"defaultConfiguration\":{\"level\":");
  json(r, terminated(levels[info->severity]));
  text(r, "},\"properties\":{\"category\":");
  json(r, terminated(nuo__lint_category_name(rule->category, DIAG_EN)));
  text(r, "}}");
}

static void sarif_begin(struct lint_report *r) {
  text(r,
       "{\"version\":\"2.1.0\",\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"runs\":[{"
       "\"tool\":{\"driver\":{\"name\":\"nuo lint\",\"version\":\"" NUO_VERSION "\",\"rules\":[\n");
  for (uint32_t i = 0; i < nuo__lint_rule_count; i++) {
    if (i > 0) text(r, ",\n");
    sarif_rule(r, &nuo__lint_rules[i]);
  }
  text(r, "]}},\"columnKind\":\"unicodeCodePoints\",\"results\":[");
}

// A path as a URI: what has a meaning there, and what is not ASCII, as percent signs and two digits.
static void uri(struct lint_report *r, nuo_text path) {
  static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  for (size_t i = 0; i < path.len; i++) {
    const unsigned char c = (unsigned char)path.text[i];
    const char escaped[3] = {'%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]};
    if (strchr(plain, c) != NULL && c != 0)
      nuo__out_bytes(&r->out, path.text + i, 1);
    else
      nuo__out_bytes(&r->out, escaped, 3);
  }
}

static void sarif_region(struct lint_report *r, const nuo_place *at) {
  number(r, "\"region\":{\"startLine\":", at->line);
  number(r, ",\"startColumn\":", at->column);
  number(r, ",\"endLine\":", at->end_line);
  number(r, ",\"endColumn\":", at->end_column);
  text(r, "}");
}

static void sarif_finding(struct lint_report *r, const struct finding *finding) {
  text(r, r->told > 1 ? ",\n{\"ruleId\":" : "\n{\"ruleId\":");
  json(r, terminated(finding->shown.code));
  number(r, ",\"ruleIndex\":", nuo__lint_rule(finding->diag.code) - nuo__lint_rules);
  text(r, ",\"level\":");
  json(r, terminated(nuo__lint_level(finding)));
  text(r, ",\"message\":{\"text\":");
  json(r, message(r, finding));
  text(r, "},\"locations\":[{\"physicalLocation\":{\"artifactLocation\":{\"uri\":\"");
  nuo__lint_write_path(r, finding, uri);
  text(r, "\"}");
  if (finding->shown.place.path.len > 0) {
    text(r, ",");
    sarif_region(r, &finding->shown.place);
  }
  text(r, "}}],\"partialFingerprints\":{\"nuo/v1\":\"");
  hexadecimal(r, finding->fingerprint);
  text(r, "\"}}");
}

static void sarif_end(struct lint_report *r) {
  text(r, "]}]}\n");
}

// ---- GitHub ----

// In a property a colon and a comma would end it.
static void github_escaped(struct lint_report *r, nuo_text value, bool property) {
  for (size_t i = 0; i < value.len; i++) {
    const char c = value.text[i];
    const char *escape = c == '%'               ? "%25"
                         : c == '\r'            ? "%0D"
                         : c == '\n'            ? "%0A"
                         : c == ':' && property ? "%3A"
                         : c == ',' && property ? "%2C"
                                                : NULL;
    if (escape != NULL)
      text(r, escape);
    else
      nuo__out_bytes(&r->out, &c, 1);
  }
}

static void github_property(struct lint_report *r, nuo_text value) {
  github_escaped(r, value, true);
}

static void github_finding(struct lint_report *r, const struct finding *finding) {
  static const char *const words[] = {"::error file=", "::warning file=", "::notice file="};
  const nuo_place *at = &finding->shown.place;
  text(r, words[finding->shown.severity]);
  nuo__lint_write_path(r, finding, github_property);
  if (at->path.len > 0) {
    number(r, ",line=", at->line);
    number(r, ",endLine=", at->end_line);
    number(r, ",col=", at->column);
    if (at->line == at->end_line) number(r, ",endColumn=", at->end_column);
  }
  text(r, ",title=");
  text(r, finding->shown.code);
  text(r, "::");
  github_escaped(r, message(r, finding), false);
  text(r, "\n");
}

// ---- GitLab ----

static void gitlab_begin(struct lint_report *r) {
  text(r, "[");
}

static void json_inner(struct lint_report *r, nuo_text value) {
  const size_t from = r->out.len;
  json(r, value);
  if (r->out.failed) return;
  // Without its quotes: the path comes in two pieces.
  memmove(r->out.at + from, r->out.at + from + 1, r->out.len - from - 2);
  r->out.len -= 2;
}

static void gitlab_finding(struct lint_report *r, const struct finding *finding) {
  static const char *const severities[] = {"critical", "major", "info"};
  text(r, r->told > 1 ? ",\n{\"description\":" : "\n{\"description\":");
  json(r, message(r, finding));
  text(r, ",\"check_name\":");
  json(r, terminated(finding->shown.code));
  text(r, ",\"fingerprint\":\"");
  hexadecimal(r, finding->fingerprint);
  text(r, "\",\"severity\":");
  json(r, terminated(severities[finding->shown.severity]));
  text(r, ",\"location\":{\"path\":\"");
  nuo__lint_write_path(r, finding, json_inner);
  number(r, "\",\"lines\":{\"begin\":", finding->shown.place.line > 0 ? finding->shown.place.line : 1);
  text(r, "}}}");
}

static void gitlab_end(struct lint_report *r) {
  text(r, "]\n");
}

const struct lint_format *nuo__lint_format(const char *name) {
  static const struct lint_format formats[] = {
      {.name = "json", .finding = json_finding},
      {.name = "sarif", .begin = sarif_begin, .finding = sarif_finding, .end = sarif_end},
      {.name = "github", .finding = github_finding},
      {.name = "gitlab", .begin = gitlab_begin, .finding = gitlab_finding, .end = gitlab_end},
      LINT_XML_FORMATS};
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (strcmp(formats[i].name, name) == 0) return &formats[i];
  return NULL;
}
