// SPDX-License-Identifier: Apache-2.0
// What `nuo diff` prints for people: as text, and as Markdown for a comment on a pull request.
#include <string.h>

#include "compiler/cli/diff.h"
#include "runtime/when.h"

// ---- words ----

const char *cli_diff_verdict(const struct report *report, int verdict) {
  static const char *const names[][2] = {{"allow", "放行"},  {"note", "记录"}, {"amend", "修改"},
                                         {"defer", "延后"},  {"hold", "待审"}, {"block", "拦截"},
                                         {"refused", "拒收"}};
  return names[verdict][report->language];
}

struct str cli_diff_name(const struct report *report, struct names names) {
  return report->language == NUO_CHINESE ? names.zh : names.en;
}

struct str cli_diff_pair(const struct report *report, struct diag_arg arg) {
  return report->language == NUO_CHINESE ? arg.zh : arg.en;
}

const char *cli_diff_step(const struct report *report) {
  static const char *const steps[][2] = {
      {"none", "无"}, {"patch", "修订号"}, {"minor", "次版本号"}, {"major", "主版本号"}};
  return steps[report->diff->step][report->language];
}

bool cli_diff_tells(const struct rule_change *change) {
  return change->meaning != MEANING_UNCHANGED || change->renamed || change->parts.count > 0;
}

static void put_str(struct text_out *out, struct str s) {
  nuo__out_bytes(out, s.at, s.len);
}

void cli_diff_meaning(struct text_out *out, const struct report *report, const struct rule_change *change) {
  const nuo_language language = report->language;
  nuo__out_string(out, nuo__meaning_names[change->meaning][language]);
  if (change->meaning == MEANING_UNCHANGED && change->parts.count > 0)
    nuo__out_string(out, SAY(language, " in meaning, written differently", "（含义不变，写法不同）"));
  if ((change->meaning == MEANING_STRICTER && !change->not_looser) ||
      (change->meaning == MEANING_LOOSER && !change->not_stricter))
    nuo__out_string(out, SAY(language, " as far as was tried", "（就所试而言）"));
  if (!change->renamed) return;
  nuo__out_string(out, SAY(language, ", was called ", "，原名 "));
  put_str(out, cli_diff_name(report, change->before->names));
}

void cli_diff_outcome(struct text_out *out, const struct report *report, const struct outcome *o) {
  const nuo_language language = report->language;
  for (uint32_t i = 0; i < o->missed.count; i++) {
    char when[40];
    nuo__out_string(out, i == 0 ? SAY(language, "missed ", "逾期 ") : SAY(language, ", ", "，"));
    nuo__out_bytes(out, when, nuo__when_format_rfc3339(o->missed.at[i], o->missed_offset, when));
  }
  if (o->missed.count > 0) return;
  if (o->is_breach || o->is_undetermined) {
    nuo__out_string(
        out, o->is_breach ? SAY(language, "breach, ", "违反，") : SAY(language, "undetermined, ", "不明，"));
    nuo__out_string(out, cli_diff_verdict(report, (int)o->action));
  } else {
    nuo__out_string(out, SAY(language, "nothing", "无事"));
  }
  nuo__out_string(out, SAY(language, " (verdict: ", "（裁决："));
  nuo__out_string(out, cli_diff_verdict(report, (int)o->verdict));
  nuo__out_string(out, SAY(language, ")", "）"));
}

static struct names names_of(const struct rule_change *change) {
  return (change->after != NULL ? change->after : change->before)->names;
}

static bool wants_witness(const struct rule_change *change) {
  return change->meaning != MEANING_UNCHANGED && change->meaning != MEANING_WORDING &&
         change->witnesses[0] == NULL && change->witnesses[1] == NULL;
}

// ---- pieces that both have ----

static void put_approval(struct text_out *out, const struct report *report,
                         const struct rule_change *change) {
  if (!nuo__diff_needs_approval(change)) return;
  if (change->approved_by == NULL) {
    nuo__out_string(out, SAY(report->language, "needs approval", "须经批准"));
    return;
  }
  nuo__out_string(out, SAY(report->language, "approved by ", "已获批准："));
  nuo__out_string(out, change->approved_by);
}

static void put_outcomes(struct text_out *out, const struct report *report, const struct witness *witness) {
  nuo__out_string(out, SAY(report->language, "before: ", "原："));
  cli_diff_outcome(out, report, &witness->before);
  nuo__out_string(out, SAY(report->language, "; now: ", "；今："));
  cli_diff_outcome(out, report, &witness->after);
}

// A name and the rest as a Markdown cell or a line: bars and line ends would end a cell.
static void put_cell(struct text_out *out, struct str text) {
  for (uint32_t i = 0; i < text.len; i++) {
    if (text.at[i] == '|') nuo__out_string(out, "\\");
    if (text.at[i] == '\n')
      nuo__out_string(out, "<br>");
    else if (text.at[i] == '<')
      nuo__out_string(out, "&lt;");
    else
      nuo__out_bytes(out, &text.at[i], 1);
  }
}

static void flush(struct text_out *out) {
  if (out->len > 0) fwrite(out->at, 1, out->len, stdout);
  out->len = 0;
}

// ---- as text ----

static void print_value(const struct report *report, struct text_out *out, const struct value_change *v) {
  put_str(out, cli_diff_pair(report, v->kind));
  nuo__out_string(out, " ");
  put_str(out, cli_diff_name(report, v->names));
  nuo__out_string(out, SAY(report->language, ": ", "："));
  put_str(out, v->before.at == NULL ? nuo__str_of(SAY(report->language, "(none)", "（无）")) : v->before);
  nuo__out_string(out, " → ");
  put_str(out, v->after.at == NULL ? nuo__str_of(SAY(report->language, "(none)", "（无）")) : v->after);
  if (v->is_breaking)
    nuo__out_string(out, SAY(report->language, "; events may be refused now", "；有的事件将被拒收"));
  nuo__out_string(out, "\n");
}

static void print_clause(const struct report *report, struct text_out *out, const struct clause_change *c) {
  nuo__out_string(out, c->is_new    ? SAY(report->language, "new clause ", "新增条款 ")
                       : c->is_gone ? SAY(report->language, "clause gone ", "删去条款 ")
                                    : SAY(report->language, "clause ", "条款 "));
  put_str(out, c->number);
  if (c->number.len > 0) nuo__out_string(out, " ");
  put_str(out,
          c->title.len > 0 ? c->title : nuo__str_of(SAY(report->language, "(before the first)", "（卷首）")));
  nuo__out_string(out, "\n  ");
  for (uint32_t i = 0; i < c->pieces.count; i++) {
    const struct piece *piece = &c->pieces.at[i];
    if (piece->in == PIECE_OLD) nuo__out_string(out, "[-");
    if (piece->in == PIECE_NEW) nuo__out_string(out, "{+");
    for (uint32_t k = 0; k < piece->text.len; k++) {
      nuo__out_bytes(out, &piece->text.at[k], 1);
      if (piece->text.at[k] == '\n') nuo__out_string(out, "  ");
    }
    if (piece->in == PIECE_OLD) nuo__out_string(out, "-]");
    if (piece->in == PIECE_NEW) nuo__out_string(out, "+}");
  }
  nuo__out_string(out, "\n");
}

static void print_rule(const struct report *report, struct text_out *out, const struct rule_change *change) {
  put_str(out, cli_diff_name(report, names_of(change)));
  nuo__out_string(out, SAY(report->language, ": ", "："));
  cli_diff_meaning(out, report, change);
  if (nuo__diff_needs_approval(change)) {
    nuo__out_string(out, SAY(report->language, "; ", "；"));
    put_approval(out, report, change);
    nuo__out_string(out, " [");
    put_str(out, change->id);
    nuo__out_string(out, "]");
  }
  nuo__out_string(out, "\n");
  for (uint32_t i = 0; i < change->parts.count; i++) {
    nuo__out_string(out, "  ");
    put_str(out, cli_diff_pair(report, change->parts.at[i]));
    nuo__out_string(out, "\n");
  }
  for (int direction = 0; direction < 2; direction++) {
    const struct witness *witness = change->witnesses[direction];
    if (witness == NULL) continue;
    nuo__out_string(out, "  ");
    put_outcomes(out, report, witness);
    nuo__out_string(out, "\n");
    nuo__witness_write(out, change, witness, report->language);
  }
  if (wants_witness(change))
    nuo__out_string(out, SAY(report->language, "  no witness found\n", "  没有找到例证\n"));
}

static void print_replay(const struct report *report, struct text_out *out) {
  const struct replay *replay = report->replay;
  nuo__out_string(out, SAY(report->language, "events: ", "事件："));
  nuo__out_integer(out, (int64_t)replay->events);
  nuo__out_string(out, "\n");
  for (int a = 0; a < REPLAY_VERDICTS; a++)
    for (int b = 0; b < REPLAY_VERDICTS; b++) {
      if (a == b || replay->verdicts[a][b] == 0) continue;
      nuo__out_string(out, "  ");
      nuo__out_string(out, cli_diff_verdict(report, a));
      nuo__out_string(out, " → ");
      nuo__out_string(out, cli_diff_verdict(report, b));
      nuo__out_string(out, SAY(report->language, ": ", "："));
      nuo__out_integer(out, (int64_t)replay->verdicts[a][b]);
      for (uint32_t i = 0; i < replay->samples.count; i++) {
        const struct replay_sample *sample = &replay->samples.at[i];
        if (sample->before != a || sample->after != b) continue;
        nuo__out_string(out, SAY(report->language, ", line ", "，第"));
        nuo__out_integer(out, sample->line);
        nuo__out_string(out, SAY(report->language, " ", "行 "));
        put_str(out, sample->event);
      }
      nuo__out_string(out, "\n");
    }
  for (uint32_t i = 0; i < replay->rules.count; i++) {
    const struct replay_rule *rule = &replay->rules.at[i];
    if (rule->before == rule->after) continue;
    nuo__out_string(out, SAY(report->language, "  breaches of ", "  违反 "));
    put_str(out, report->language == NUO_CHINESE ? rule->name_zh : rule->name);
    nuo__out_string(out, SAY(report->language, ": ", "："));
    nuo__out_integer(out, (int64_t)rule->before);
    nuo__out_string(out, " → ");
    nuo__out_integer(out, (int64_t)rule->after);
    nuo__out_string(out, "\n");
  }
}

static void print_summary(const struct report *report, struct text_out *out) {
  uint32_t counts[MEANING_COUNT] = {0};
  for (uint32_t i = 0; i < report->diff->rules.count; i++) counts[report->diff->rules.at[i].meaning]++;
  nuo__out_string(out, SAY(report->language, "rules and duties: ", "规则和义务："));
  bool any = false;
  for (int i = 0; i < MEANING_COUNT; i++) {
    if (counts[i] == 0) continue;
    if (any) nuo__out_string(out, SAY(report->language, ", ", "，"));
    nuo__out_string(out, nuo__meaning_names[i][report->language]);
    nuo__out_string(out, " ");
    nuo__out_integer(out, counts[i]);
    any = true;
  }
  nuo__out_string(out, SAY(report->language, "\nversion: ", "\n版本号："));
  nuo__out_string(out, cli_diff_step(report));
  nuo__out_string(out, "\n");
}

void cli_diff_human(const struct report *report) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  const struct diff *diff = report->diff;
  for (uint32_t i = 0; i < diff->clauses.count; i++) print_clause(report, &out, &diff->clauses.at[i]);
  for (uint32_t i = 0; i < diff->values.count; i++) print_value(report, &out, &diff->values.at[i]);
  for (uint32_t i = 0; i < diff->rules.count; i++)
    if (cli_diff_tells(&diff->rules.at[i])) print_rule(report, &out, &diff->rules.at[i]);
  if (report->replay != NULL) print_replay(report, &out);
  print_summary(report, &out);
  flush(&out);
  nuo__out_free(&out);
}

// ---- as Markdown ----

static void md_clause_side(struct text_out *out, const struct clause_change *c, int side) {
  for (uint32_t i = 0; i < c->pieces.count; i++) {
    const struct piece *piece = &c->pieces.at[i];
    if (piece->in != PIECE_BOTH && (int)piece->in != side) continue;
    if (piece->in == PIECE_OLD) nuo__out_string(out, "<del>");
    if (piece->in == PIECE_NEW) nuo__out_string(out, "<ins>");
    put_cell(out, piece->text);
    if (piece->in == PIECE_OLD) nuo__out_string(out, "</del>");
    if (piece->in == PIECE_NEW) nuo__out_string(out, "</ins>");
  }
}

static void md_clauses(const struct report *report, struct text_out *out) {
  const struct diff *diff = report->diff;
  if (diff->clauses.count == 0) return;
  nuo__out_string(out, SAY(report->language, "| Clause | Before | Now |\n|---|---|---|\n",
                           "| 条款 | 原文 | 现文 |\n|---|---|---|\n"));
  for (uint32_t i = 0; i < diff->clauses.count; i++) {
    const struct clause_change *c = &diff->clauses.at[i];
    nuo__out_string(out, "| ");
    put_cell(out, c->number);
    nuo__out_string(out, " ");
    put_cell(out, c->title);
    nuo__out_string(out, " | ");
    md_clause_side(out, c, PIECE_OLD);
    nuo__out_string(out, " | ");
    md_clause_side(out, c, PIECE_NEW);
    nuo__out_string(out, " |\n");
  }
  nuo__out_string(out, "\n");
}

static void md_values(const struct report *report, struct text_out *out) {
  const struct diff *diff = report->diff;
  if (diff->values.count == 0) return;
  nuo__out_string(out, SAY(report->language, "| What | Before | Now |\n|---|---|---|\n",
                           "| 事项 | 原值 | 现值 |\n|---|---|---|\n"));
  for (uint32_t i = 0; i < diff->values.count; i++) {
    const struct value_change *v = &diff->values.at[i];
    nuo__out_string(out, "| ");
    put_cell(out, cli_diff_pair(report, v->kind));
    nuo__out_string(out, " ");
    put_cell(out, cli_diff_name(report, v->names));
    nuo__out_string(out, v->is_breaking ? " ⚠ | " : " | ");
    put_cell(out, v->before);
    nuo__out_string(out, " | ");
    put_cell(out, v->after);
    nuo__out_string(out, " |\n");
  }
  nuo__out_string(out, "\n");
}

static void md_rule(const struct report *report, struct text_out *out, const struct rule_change *change) {
  nuo__out_string(out, "| ");
  put_cell(out, cli_diff_name(report, names_of(change)));
  nuo__out_string(out, " | ");
  cli_diff_meaning(out, report, change);
  nuo__out_string(out, " | ");
  for (uint32_t i = 0; i < change->parts.count; i++) {
    if (i > 0) nuo__out_string(out, "<br>");
    put_cell(out, cli_diff_pair(report, change->parts.at[i]));
  }
  nuo__out_string(out, " | ");
  if (nuo__diff_needs_approval(change)) {
    put_approval(out, report, change);
    nuo__out_string(out, " `");
    put_str(out, change->id);
    nuo__out_string(out, "`");
  }
  nuo__out_string(out, " |\n");
}

static void md_witnesses(const struct report *report, struct text_out *out,
                         const struct rule_change *change) {
  for (int direction = 0; direction < 2; direction++) {
    const struct witness *witness = change->witnesses[direction];
    if (witness == NULL) continue;
    nuo__out_string(out, "<details><summary>");
    put_cell(out, cli_diff_name(report, names_of(change)));
    nuo__out_string(out, SAY(report->language, " — ", "——"));
    put_outcomes(out, report, witness);
    nuo__out_string(out, "</summary>\n\n```nuo\n");
    nuo__witness_write(out, change, witness, report->language);
    nuo__out_string(out, "```\n</details>\n");
  }
}

void cli_diff_markdown(const struct report *report) {
  struct text_out out = {.allocator = nuo__default_allocator()};
  const struct diff *diff = report->diff;
  bool any = false;
  md_clauses(report, &out);
  md_values(report, &out);
  for (uint32_t i = 0; i < diff->rules.count; i++) {
    if (!cli_diff_tells(&diff->rules.at[i])) continue;
    if (!any)
      nuo__out_string(&out,
                      SAY(report->language, "| Rule | Is now | Changed | Approval |\n|---|---|---|---|\n",
                          "| 规则 | 改动后 | 改动处 | 批准 |\n|---|---|---|---|\n"));
    any = true;
    md_rule(report, &out, &diff->rules.at[i]);
  }
  if (any) nuo__out_string(&out, "\n");
  for (uint32_t i = 0; i < diff->rules.count; i++) md_witnesses(report, &out, &diff->rules.at[i]);
  if (any) nuo__out_string(&out, "\n");
  if (report->replay != NULL) {
    nuo__out_string(&out, "```text\n");
    print_replay(report, &out);
    nuo__out_string(&out, "```\n\n");
  }
  print_summary(report, &out);
  flush(&out);
  nuo__out_free(&out);
}
