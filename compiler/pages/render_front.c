// SPDX-License-Identifier: Apache-2.0
// What a page says of a policy beside its text: the facts of the document, its contents, what changed, and
// the parameters with the blanks among them.
#include <string.h>

#include "compiler/pages/html.h"
#include "compiler/pages/render.h"

struct str nuo__render_title(const struct renderer *r) {
  return r->now.program->title.len > 0 ? r->now.program->title : r->now.program->names.en;
}

static struct str written(const struct worded *words, struct span span) {
  return (struct str){words->file.text.at + span.start, span.end - span.start};
}

static const struct decl *declared(const struct worded *words, enum decl_kind kind) {
  for (uint32_t i = 0; i < words->file.decls.count; i++)
    if (words->file.decls.at[i]->kind == kind) return words->file.decls.at[i];
  return NULL;
}

static void write_link(struct renderer *r, uint32_t clause) {
  const struct model_clause *c = &r->now.program->clauses.at[clause];
  nuo__out_string(r->out, "<a href=\"#c");
  nuo__out_integer(r->out, clause);
  nuo__out_string(r->out, "\">");
  nuo__html_text(r->out, c->number);
  if (c->number.len > 0) nuo__out_string(r->out, " ");
  nuo__html_text(r->out, c->title);
  nuo__out_string(r->out, "</a>");
}

// ---- what it is ----

static void write_fact(struct renderer *r, const char *en, const char *zh, struct str text) {
  if (text.len == 0) return;
  nuo__html_say_element(r->out, "dt", NULL, en, zh);
  nuo__html_element(r->out, "dd", NULL, text);
}

static void write_force(struct renderer *r, const struct policy_decl *policy) {
  const struct worded *words = &r->now.words[0];
  const struct effective *force = &policy->effective;
  if (force->from == NULL && force->until == NULL) return;
  nuo__html_say_element(r->out, "dt", NULL, "In force", "有效期");
  nuo__html_open(r->out, "dd", NULL);
  if (force->from != NULL) {
    nuo__html_say(r->out, "from ", "自 ");
    nuo__html_text(r->out, written(words, force->from->span));
    nuo__html_say(r->out, "", " 起");
  }
  if (force->until != NULL) {
    nuo__html_say(r->out, " until ", " 至 ");
    nuo__html_text(r->out, written(words, force->until->span));
  }
  nuo__html_close(r->out, "dd");
}

static void write_undetermined(struct renderer *r, const struct policy_decl *policy) {
  if (policy->undetermined == NULL) return;
  const struct decl *zh = declared(&r->now.words[1], DECL_POLICY);
  nuo__html_say_element(r->out, "dt", NULL, "Evidence lacking", "证据不足时");
  nuo__html_open(r->out, "dd", NULL);
  nuo__html_both(r->out, written(&r->now.words[0], policy->undetermined->span),
                 written(&r->now.words[1], zh->policy.undetermined->span));
  nuo__html_close(r->out, "dd");
}

static void write_tests(struct renderer *r) {
  const struct test_results *tests = r->input->tests;
  nuo__html_say_element(r->out, "dt", NULL, "Tests", "测试");
  nuo__html_open(r->out, "dd", NULL);
  if (tests->tests.count == 0) {
    nuo__html_say(r->out, "none", "无");
  } else {
    nuo__html_say(r->out, "passed: ", "通过 ");
    nuo__out_integer(r->out, tests->tests.count - tests->failed);
    nuo__html_open(r->out, "span", tests->failed > 0 ? "failed" : NULL);
    nuo__html_say(r->out, ", failed: ", "，未通过 ");
    nuo__out_integer(r->out, tests->failed);
    nuo__html_close(r->out, "span");
    nuo__html_say(r->out, "; encoded clauses they touch: ", "；触及的已编码条款 ");
    nuo__out_integer(r->out, r->cover.touched);
    nuo__out_string(r->out, " / ");
    nuo__out_integer(r->out, r->cover.counts[COVER_ENCODED]);
  }
  nuo__html_close(r->out, "dd");
}

static void write_digest(struct renderer *r) {
  nuo__html_say_element(r->out, "dt", NULL, "Source digest", "原文指纹");
  nuo__html_open(r->out, "dd", "digest");
  nuo__html_text(r->out, nuo__str_of(r->input->source_digest));
  nuo__html_close(r->out, "dd");
}

static void write_facts(struct renderer *r) {
  const struct program *program = r->now.program;
  const struct decl *policy = declared(&r->now.words[0], DECL_POLICY);
  nuo__html_open(r->out, "dl", "facts");
  nuo__html_say_element(r->out, "dt", NULL, "Policy", "政策");
  nuo__html_open(r->out, "dd", NULL);
  nuo__html_both(r->out, program->names.en, program->names.zh);
  nuo__html_close(r->out, "dd");
  write_fact(r, "Version", "版本", program->version);
  if (policy != NULL) write_force(r, &policy->policy);
  write_fact(r, "Time zone", "时区", program->zone);
  if (policy != NULL) write_fact(r, "Calendar", "日历", policy->policy.calendar.text);
  if (policy != NULL) write_undetermined(r, &policy->policy);
  write_tests(r);
  write_digest(r);
  nuo__html_close(r->out, "dl");
  nuo__out_string(r->out, "\n");
}

// ---- contents ----

static void write_contents(struct renderer *r) {
  static const char *const depths[] = {"d0", "d1", "d2", "d3", "d4"};
  const uint32_t count = r->now.source->clauses.count;
  nuo__html_open(r->out, "nav", "ui");
  nuo__html_say_element(r->out, "p", "head", "Contents", "目录");
  for (uint32_t i = 0; i < count; i++) {
    const struct cover_clause *cover = &r->cover.clauses[i];
    if (cover->status == COVER_UNNUMBERED) continue;
    nuo__html_open(r->out, "p", depths[cover->depth < 4 ? cover->depth : 4]);
    write_link(r, i);
    if (cover->status == COVER_SILENT)
      nuo__html_say_element(r->out, "span", "badge silent", nuo__cover_names[COVER_SILENT][NUO_ENGLISH],
                            nuo__cover_names[COVER_SILENT][NUO_CHINESE]);
    nuo__html_close(r->out, "p");
  }
  nuo__html_close(r->out, "nav");
  nuo__out_string(r->out, "\n");
}

void nuo__render_front(struct renderer *r) {
  const struct source_file *file = r->now.source;
  if (file->clauses.count == 0 || file->clauses.at[0].number.len > 0)
    nuo__html_element(r->out, "h1", NULL, nuo__render_title(r));
  write_facts(r);
  nuo__cover_summary(r->out, &r->cover);
  r->front_end = r->out->len;
  if (r->cover.counted > 0) write_contents(r);
}

// ---- changes ----

static void write_gone_numbers(struct renderer *r) {
  bool any = false;
  for (uint32_t i = 0; i < r->old.source->clauses.count; i++) {
    const struct model_clause *clause = &r->old.program->clauses.at[i];
    if (nuo__render_clause(&r->now, clause) != CLAUSE_NONE) continue;
    if (!any) nuo__out_string(r->out, "<p>");
    if (!any) nuo__html_say(r->out, "Removed: ", "删去：");
    if (any) nuo__html_say(r->out, "; ", "；");
    any = true;
    nuo__html_text(r->out, clause->number);
    nuo__out_string(r->out, " ");
    nuo__html_text(r->out, clause->title);
  }
  if (any) nuo__html_close(r->out, "p");
}

void nuo__render_changes(struct renderer *r) {
  bool any = false;
  nuo__html_open(r->out, "div", "changes");
  nuo__html_open(r->out, "p", "head");
  nuo__html_say(r->out, "Compared with version ", "与下列版本比较：");
  nuo__html_text(r->out, r->old.program->version);
  nuo__html_close(r->out, "p");
  nuo__html_open(r->out, "p", NULL);
  for (uint32_t i = 0; i < r->now.source->clauses.count; i++) {
    if (!r->changed[i]) continue;
    if (!any) nuo__html_say(r->out, "Changed or new: ", "有改动或新增：");
    if (any) nuo__html_say(r->out, "; ", "；");
    write_link(r, i);
    any = true;
  }
  if (!any) nuo__html_say(r->out, "No clause has changed.", "现有条款均无改动。");
  nuo__html_close(r->out, "p");
  write_gone_numbers(r);
  nuo__html_open(r->out, "p", "small");
  nuo__html_open(r->out, "ins", NULL);
  nuo__html_say(r->out, "What was put in", "新增的文字");
  nuo__out_string(r->out, "</ins> · ");
  nuo__html_open(r->out, "del", NULL);
  nuo__html_say(r->out, "what was struck", "删去的文字");
  nuo__out_string(r->out, "</del></p></div>\n");
}

// ---- parameters ----

static struct str note_of(const struct worded *words, const struct decl *decl) {
  const struct source_file *file = &words->file;
  uint32_t end = decl->span.end;
  while (end < file->text.len && file->text.at[end] != '\n') end++;
  for (uint32_t i = 0; i < file->comments.count; i++) {
    const struct span *comment = &file->comments.at[i];
    if (comment->start < decl->span.end || comment->start >= end) continue;
    struct str text = written(words, *comment);
    while (text.len > 0 && (*text.at == '#' || *text.at == ' ')) text.at++, text.len--;
    return text;
  }
  return (struct str){"", 0};
}

static void write_value(struct renderer *r, uint32_t decl, uint32_t index) {
  const struct worded *en = &r->now.words[0], *zh = &r->now.words[1];
  const struct dated_value *value = &en->file.decls.at[decl]->parameter.values.at[index];
  const struct dated_value *other = &zh->file.decls.at[decl]->parameter.values.at[index];
  if (index > 0) nuo__out_string(r->out, "<br>");
  if (value->value == NULL)
    nuo__html_say_element(r->out, "span", "badge silent", "blank", "待填");
  else
    nuo__html_both(r->out, written(en, value->value->span), written(zh, other->value->span));
  if (value->from != NULL) {
    nuo__html_open(r->out, "span", "soft");
    nuo__html_say(r->out, " from ", " 自 ");
    nuo__html_text(r->out, written(en, value->from->span));
    nuo__html_close(r->out, "span");
  }
  if (value->reviewed != NULL) {
    nuo__html_open(r->out, "span", "soft");
    nuo__html_say(r->out, " reviewed ", " 复核于 ");
    nuo__html_text(r->out, written(en, value->reviewed->span));
    nuo__html_close(r->out, "span");
  }
}

static void write_parameter(struct renderer *r, uint32_t index) {
  const struct decl *decl = r->now.words[0].file.decls.at[index];
  nuo__out_string(r->out, "<tr><td>");
  nuo__html_both(r->out, decl->names.en, decl->names.zh);
  nuo__out_string(r->out, "</td><td>");
  for (uint32_t i = 0; i < decl->parameter.values.count; i++) write_value(r, index, i);
  nuo__out_string(r->out, "</td><td class=\"small\">");
  nuo__html_text(r->out, note_of(&r->now.words[0], decl));
  nuo__out_string(r->out, "</td><td class=\"small\">");
  if (decl->clause != CLAUSE_NONE && r->now.program->clauses.at[decl->clause].number.len > 0)
    write_link(r, decl->clause);
  nuo__out_string(r->out, "</td></tr>\n");
}

void nuo__render_parameters(struct renderer *r) {
  const struct source_file *file = &r->now.words[0].file;
  if (declared(&r->now.words[0], DECL_PARAMETER) == NULL) return;
  nuo__html_say_element(r->out, "h2", "annex", "Parameters and blanks", "参数与待填事项");
  nuo__out_string(r->out, "\n");
  nuo__out_string(r->out, "<table><thead><tr>");
  nuo__html_say_element(r->out, "th", NULL, "Parameter", "参数");
  nuo__html_say_element(r->out, "th", NULL, "Value", "取值");
  nuo__html_say_element(r->out, "th", NULL, "Note", "说明");
  nuo__html_say_element(r->out, "th", NULL, "Clause", "条款");
  nuo__out_string(r->out, "</tr></thead><tbody>\n");
  for (uint32_t i = 0; i < file->decls.count; i++)
    if (file->decls.at[i]->kind == DECL_PARAMETER) write_parameter(r, i);
  nuo__out_string(r->out, "</tbody></table>\n");
}
