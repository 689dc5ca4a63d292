// SPDX-License-Identifier: Apache-2.0
// The coverage of a document as a page.
#include "compiler/pages/cover.h"
#include "compiler/pages/html.h"

static void write_share(struct text_out *out, const struct cover *cover, enum cover_status status) {
  if (cover->counts[status] == 0) return;
  nuo__out_string(out, "<i class=\"");
  nuo__out_string(out, nuo__cover_names[status][NUO_ENGLISH]);
  nuo__out_string(out, "\" style=\"width:");
  nuo__out_decimal(out, 100000000LL * cover->counts[status] / cover->counted);
  nuo__out_string(out, "%\"></i>");
}

void nuo__cover_summary(struct text_out *out, const struct cover *cover) {
  if (cover->counted == 0) return;
  nuo__html_open(out, "div", "bar");
  for (int status = 0; status < COVER_COUNTED; status++) write_share(out, cover, (enum cover_status)status);
  nuo__html_close(out, "div");
  nuo__html_open(out, "p", "small ui soft");
  for (int status = 0; status < COVER_COUNTED; status++) {
    if (status > 0) nuo__out_string(out, " · ");
    nuo__html_say(out, nuo__cover_names[status][NUO_ENGLISH], nuo__cover_names[status][NUO_CHINESE]);
    nuo__out_string(out, " ");
    nuo__out_integer(out, cover->counts[status]);
    nuo__out_string(out, " (");
    nuo__out_integer(out, (200LL * cover->counts[status] + cover->counted) / (2LL * cover->counted));
    nuo__out_string(out, " %)");
  }
  nuo__html_close(out, "p");
}

static void write_tests(struct text_out *out, const struct cover_clause *clause) {
  for (uint32_t i = 0; i < clause->tests.count; i++) {
    if (i > 0) nuo__out_string(out, "<br>");
    nuo__html_text(out, clause->tests.at[i]->title);
  }
}

static void write_clause(struct text_out *out, const struct model_clause *clause,
                         const struct cover_clause *cover) {
  static const char *const depths[] = {"d0", "d1", "d2", "d3", "d4"};
  nuo__html_open(out, "tr", nuo__cover_names[cover->status][NUO_ENGLISH]);
  nuo__html_element(out, "td", depths[cover->depth < 4 ? cover->depth : 4], clause->number);
  nuo__html_open(out, "td", NULL);
  nuo__html_text(out, clause->title);
  if (cover->why.len > 0) {
    nuo__out_string(out, "<br>");
    nuo__html_element(out, "span", "small soft", cover->why);
  }
  nuo__out_string(out, "</td><td>");
  if (cover->status < COVER_COUNTED)
    nuo__html_say_element(out, "span", NULL, nuo__cover_names[cover->status][NUO_ENGLISH],
                          nuo__cover_names[cover->status][NUO_CHINESE]);
  nuo__out_string(out, "</td><td class=\"n\">");
  if (cover->rules > 0) nuo__out_integer(out, cover->rules);
  nuo__out_string(out, "</td><td class=\"small\">");
  write_tests(out, cover);
  nuo__out_string(out, "</td></tr>\n");
}

void nuo__cover_page(struct text_out *out, const struct program *program, const struct cover *cover,
                     nuo_language language) {
  const struct str title = program->title.len > 0 ? program->title : program->names.en;
  nuo__html_begin(out, title, language);
  nuo__html_element(out, "h1", NULL, title);
  nuo__html_say_element(out, "p", "lead", "What of it is encoded, clause by clause",
                        "逐条说明：哪些条款已经编码为规则");
  nuo__cover_summary(out, cover);
  nuo__out_string(out, "<table class=\"tree\"><thead><tr>");
  nuo__html_say_element(out, "th", NULL, "Clause", "条款");
  nuo__html_say_element(out, "th", NULL, "Title", "标题");
  nuo__html_say_element(out, "th", NULL, "State", "状态");
  nuo__html_say_element(out, "th", "n", "Rules", "规则");
  nuo__html_say_element(out, "th", NULL, "Tests", "测试");
  nuo__out_string(out, "</tr></thead><tbody>\n");
  for (uint32_t i = 0; i < program->clauses.count; i++)
    if (cover->clauses[i].status != COVER_UNNUMBERED)
      write_clause(out, &program->clauses.at[i], &cover->clauses[i]);
  nuo__out_string(out, "</tbody></table>\n");
  nuo__html_end(out);
}
