// SPDX-License-Identifier: Apache-2.0
// The periodic report as a page.
#include <string.h>

#include "compiler/pages/chart.h"
#include "compiler/pages/html.h"
#include "compiler/pages/ledger.h"
#include "runtime/when.h"

#define MOST_VALUES 20  // shown
#define MOST_ROWS 120   // of the table of periods

const char *const nuo__ledger_periods[LEDGER_YEAR + 1][2] = {
    {"auto", "自动"}, {"day", "日"}, {"week", "周"}, {"month", "月"}, {"quarter", "季"}, {"year", "年"}};
static const char *const verdicts[LEDGER_VERDICTS][2] = {{"allow", "放行"}, {"note", "记录"},
                                                         {"amend", "修改"}, {"defer", "延后"},
                                                         {"hold", "待审"},  {"block", "拦截"}};
static const struct {
  uint32_t state;
  const char *names[2];
} duty_columns[] = {
    {NUO_DUTY_OPENED, {"begun", "发生"}},          {NUO_DUTY_FULFILLED, {"fulfilled", "履行"}},
    {NUO_DUTY_LATE, {"late", "迟履行"}},           {NUO_DUTY_DISCHARGED, {"discharged", "免除"}},
    {NUO_DUTY_WARNED, {"warned", "预警"}},         {NUO_DUTY_MISSED, {"missed", "逾期"}},
    {NUO_DUTY_NOT_OPENED, {"not begun", "未建立"}}};
#define DUTY_COLUMNS (sizeof duty_columns / sizeof *duty_columns)

static struct str day_text(int32_t day, char room[16]) {
  char whole[11];
  const size_t len = nuo__when_format_date(day, whole);
  memcpy(room, whole, len);
  return (struct str){room, (uint32_t)len};
}

// ---- tables ----

static void write_count(struct text_out *out, uint64_t count) {
  nuo__html_open(out, "td", "n");
  if (count > 0) nuo__html_integer(out, (int64_t)count);
  nuo__html_close(out, "td");
}

static void begin_table(struct text_out *out) {
  nuo__out_string(out, "<table class=\"dense\"><thead><tr>");
}

static void end_head(struct text_out *out) {
  nuo__out_string(out, "</tr></thead><tbody>\n");
}

static void end_table(struct text_out *out) {
  nuo__out_string(out, "</tbody></table>\n");
}

static struct str or_dash(struct str text) {
  return text.len > 0 ? text : STR("–");
}

static void write_both(struct text_out *out, struct str en, struct str zh) {
  nuo__html_open(out, "td", NULL);
  nuo__html_both(out, en, zh);
  nuo__out_string(out, "</td>");
}

// ---- charts ----

static uint64_t verdict_value(const void *context, uint32_t bar, uint32_t part) {
  return ((const struct ledger *)context)->days.at[bar].verdicts[part];
}

static uint64_t part_value(const void *context, uint32_t bar, uint32_t part) {
  const struct ledger_row *row = &((const struct ledger *)context)->days.at[bar];
  return part < row->parts ? row->breaches[part] : 0;
}

static struct str bar_label(const void *context, uint32_t bar, char room[16]) {
  return day_text(((const struct ledger *)context)->days.at[bar].day, room);
}

static void write_key(struct text_out *out, uint32_t part) {
  nuo__out_string(out, "<span class=\"key\"><i class=\"p");
  nuo__out_integer(out, part % CHART_COLOURS);
  nuo__out_string(out, "\"></i>");
}

static void write_verdict_chart(struct text_out *out, const struct ledger *l) {
  const struct chart chart = {l->days.count, LEDGER_VERDICTS, verdict_value, bar_label, l};
  nuo__html_open(out, "div", "verdicts");
  nuo__chart(out, &chart);
  nuo__html_open(out, "p", "keys");
  for (uint32_t v = 0; v < LEDGER_VERDICTS; v++) {
    if (l->verdicts[v] == 0) continue;
    write_key(out, v);
    nuo__html_say(out, verdicts[v][0], verdicts[v][1]);
    nuo__out_string(out, " ");
    nuo__html_integer(out, (int64_t)l->verdicts[v]);
    nuo__out_string(out, " (");
    nuo__out_decimal(out, (int64_t)(1000.0 * (double)l->verdicts[v] / (double)l->decided + 0.5) * 100000);
    nuo__out_string(out, " %)</span>");
  }
  nuo__out_string(out, "</p></div>\n");
}

static void write_part_chart(struct text_out *out, const struct ledger *l) {
  const struct chart chart = {l->days.count, l->parts.count, part_value, bar_label, l};
  nuo__html_open(out, "div", l->has_packs ? "packs" : "severities");
  nuo__chart(out, &chart);
  nuo__html_open(out, "p", "keys");
  for (uint32_t p = 0; p < l->parts.count; p++) {
    const struct ledger_named *part = &l->parts.at[p];
    if (part->count == 0) continue;
    write_key(out, p);
    if (part->more.len > 0)
      nuo__html_both(out, part->name, part->more);
    else
      nuo__html_text(out, or_dash(part->name));
    nuo__out_string(out, " ");
    nuo__html_integer(out, (int64_t)part->count);
    nuo__html_close(out, "span");
  }
  nuo__out_string(out, "</p></div>\n");
}

// ---- sections ----

static void write_figure(struct text_out *out, uint64_t count, const char *en, const char *zh) {
  nuo__html_open(out, "div", NULL);
  nuo__html_open(out, "strong", NULL);
  nuo__html_integer(out, (int64_t)count);
  nuo__html_close(out, "strong");
  nuo__html_say(out, en, zh);
  nuo__html_close(out, "div");
}

static void write_figures(struct text_out *out, const struct ledger *l) {
  nuo__html_open(out, "div", "figures");
  write_figure(out, l->decided, "events decided", "裁决的事件");
  write_figure(out, l->findings[0], "breaches", "违反");
  write_figure(out, l->findings[1], "undetermined", "不明");
  write_figure(out, l->duties_sum[NUO_DUTY_MISSED], "duties missed", "逾期的义务");
  write_figure(out, l->duties_sum[NUO_DUTY_FULFILLED], "duties fulfilled", "履行的义务");
  nuo__html_close(out, "div");
}

static void write_rules(struct text_out *out, const struct ledger *l) {
  nuo__html_say_element(out, "h2", NULL, "Breaches by clause", "按条款列出的违反");
  begin_table(out);
  if (l->has_packs) nuo__html_say_element(out, "th", NULL, "Policy", "政策");
  nuo__html_say_element(out, "th", NULL, "Clause", "条款");
  nuo__html_say_element(out, "th", NULL, "Rule", "规则");
  nuo__html_say_element(out, "th", NULL, "Severity", "程度");
  nuo__html_say_element(out, "th", "n", "Breaches", "违反");
  nuo__html_say_element(out, "th", "n", "Undetermined", "不明");
  nuo__html_say_element(out, "th", "n", "Excepted", "例外");
  // What is one breach with others is counted once, under one of the clauses.
  if (l->findings[LEDGER_ALSO] > 0)
    nuo__html_say_element(out, "th", "n", "Counted under another", "计在他条");
  end_head(out);
  for (uint32_t i = 0; i < l->rules.count; i++) {
    const struct ledger_rule *rule = &l->rules.at[i];
    if (!nuo__ledger_has_counts(rule)) continue;
    nuo__out_string(out, "<tr>");
    if (l->has_packs) write_both(out, rule->pack, rule->pack_zh);
    nuo__html_element(out, "td", "clause", rule->clause);
    write_both(out, nuo__ledger_inner(rule->name, rule->pack), nuo__ledger_inner(rule->zh, rule->pack_zh));
    write_both(out, or_dash(rule->severity), or_dash(rule->severity_zh));
    for (int k = 0; k < LEDGER_KINDS; k++)
      if (k != LEDGER_ALSO || l->findings[k] > 0) write_count(out, rule->counts[k]);
    nuo__out_string(out, "</tr>\n");
  }
  end_table(out);
}

static void write_duties(struct text_out *out, const struct ledger *l) {
  if (l->duties.count == 0) return;
  nuo__html_say_element(out, "h2", NULL, "Duties", "义务");
  begin_table(out);
  if (l->has_packs) nuo__html_say_element(out, "th", NULL, "Policy", "政策");
  nuo__html_say_element(out, "th", NULL, "Clause", "条款");
  nuo__html_say_element(out, "th", NULL, "Duty", "义务");
  for (size_t k = 0; k < DUTY_COLUMNS; k++)
    if (l->duties_sum[duty_columns[k].state] > 0)
      nuo__html_say_element(out, "th", "n", duty_columns[k].names[0], duty_columns[k].names[1]);
  end_head(out);
  for (uint32_t i = 0; i < l->duties.count; i++) {
    const struct ledger_duty *duty = &l->duties.at[i];
    nuo__out_string(out, "<tr>");
    if (l->has_packs) write_both(out, duty->pack, duty->pack_zh);
    nuo__html_element(out, "td", "clause", duty->clause);
    write_both(out, nuo__ledger_inner(duty->name, duty->pack), nuo__ledger_inner(duty->zh, duty->pack_zh));
    for (size_t k = 0; k < DUTY_COLUMNS; k++)
      if (l->duties_sum[duty_columns[k].state] > 0) write_count(out, duty->counts[duty_columns[k].state]);
    nuo__out_string(out, "</tr>\n");
  }
  end_table(out);
}

static void write_names(struct text_out *out, const ledger_names *list, uint32_t most, const char *en,
                        const char *zh, const char *count_en, const char *count_zh) {
  begin_table(out);
  nuo__html_say_element(out, "th", NULL, en, zh);
  nuo__html_say_element(out, "th", "n", count_en, count_zh);
  end_head(out);
  for (uint32_t i = 0; i < list->count && i < most; i++) {
    if (list->at[i].count == 0) break;
    nuo__html_open(out, "tr", NULL);
    nuo__html_open(out, "td", NULL);
    if (list->at[i].name.len > 0)
      nuo__html_text(out, list->at[i].name);
    else
      nuo__html_say(out, "no policy in force", "没有生效的政策");
    nuo__out_string(out, " ");
    nuo__html_text(out, list->at[i].more);
    nuo__html_close(out, "td");
    write_count(out, list->at[i].count);
    nuo__out_string(out, "</tr>\n");
  }
  end_table(out);
}

static void write_values(struct text_out *out, const struct ledger *l) {
  if (l->findings[0] == 0) return;
  nuo__html_say_element(out, "h2", NULL, "Who was in breach most often", "违反最多者");
  if (l->values.count > 0 && l->values.at[0].count > 0) {
    nuo__html_open(out, "p", "small ui soft");
    nuo__html_say(out, "By ", "按 ");
    nuo__html_text(out, l->by);
    nuo__html_close(out, "p");
    write_names(out, &l->values, MOST_VALUES, "Value", "取值", "Breaches", "违反");
  }
  nuo__html_open(out, "p", "small ui soft");
  nuo__html_say(out, "Breaches of which this is not known: ", "不知出自何者的违反：");
  nuo__html_integer(out, (int64_t)l->unnamed);
  nuo__html_close(out, "p");
}

static void write_rows(struct text_out *out, const struct ledger *l) {
  const uint32_t first = l->days.count > MOST_ROWS ? l->days.count - MOST_ROWS : 0;
  nuo__html_say_element(out, "h2", NULL, "By period", "按时段");
  if (first > 0) {
    nuo__html_open(out, "p", "small ui soft");
    nuo__html_say(out, "Earlier ones are left out here: ", "更早的未列：");
    nuo__html_integer(out, first);
    nuo__html_close(out, "p");
  }
  begin_table(out);
  nuo__html_say_element(out, "th", NULL, "From", "起");
  nuo__html_say_element(out, "th", "n", "Events", "事件");
  for (uint32_t v = 0; v < LEDGER_VERDICTS; v++)
    nuo__html_say_element(out, "th", "n", verdicts[v][0], verdicts[v][1]);
  nuo__html_say_element(out, "th", "n", "Breaches", "违反");
  end_head(out);
  for (uint32_t i = first; i < l->days.count; i++) {
    const struct ledger_row *row = &l->days.at[i];
    uint64_t breaches = 0;
    char room[16];
    for (uint32_t p = 0; p < row->parts; p++) breaches += row->breaches[p];
    nuo__html_open(out, "tr", NULL);
    nuo__html_element(out, "td", NULL, day_text(row->day, room));
    write_count(out, row->decisions);
    for (uint32_t v = 0; v < LEDGER_VERDICTS; v++) write_count(out, row->verdicts[v]);
    write_count(out, breaches);
    nuo__out_string(out, "</tr>\n");
  }
  end_table(out);
}

static void write_note(struct text_out *out, uint64_t count, const char *en, const char *zh) {
  if (count == 0) return;
  nuo__html_open(out, "li", NULL);
  nuo__html_say(out, en, zh);
  nuo__html_integer(out, (int64_t)count);
  nuo__html_close(out, "li");
}

static void write_notes(struct text_out *out, const struct ledger *l) {
  nuo__html_say_element(out, "h2", NULL, "What was counted", "统计说明");
  nuo__html_open(out, "ul", "small ui");
  write_note(out, l->lines, "Lines read: ", "读到的行：");
  write_note(out, l->derived, "Decisions on deadlines, breaches and raised events, not among the events: ",
             "随之发生与到期的裁决，不计入事件：");
  write_note(out, l->replayed, "Events that came again, counted once: ", "重复报送的事件，只计一次：");
  write_note(out, l->refused, "Events refused as not readable: ", "因无法读懂而拒收的事件：");
  write_note(out, l->outside, "Decisions outside the days asked for: ", "不在所求日期之内的裁决：");
  write_note(out, l->incomplete,
             "Decisions whose consequences were not all decided: ", "后果未全部判定的裁决：");
  write_note(out, l->broken_count, "Lines that are no decisions, left out: ", "不是裁决、未计入的行：");
  nuo__html_close(out, "ul");
  if (l->broken.count == 0) return;
  nuo__html_open(out, "ul", "small ui failed");
  for (uint32_t i = 0; i < l->broken.count; i++) {
    nuo__html_open(out, "li", NULL);
    nuo__html_text(out, l->broken.at[i].file);
    nuo__out_string(out, ":");
    nuo__out_integer(out, (int64_t)l->broken.at[i].line);
    nuo__out_string(out, ": ");
    nuo__html_both(out, l->broken.at[i].why[0], l->broken.at[i].why[1]);
    nuo__html_close(out, "li");
  }
  nuo__html_close(out, "ul");
}

void nuo__ledger_page(struct text_out *out, const struct ledger *l, enum ledger_period period,
                      nuo_language language) {
  char room[16];
  nuo__html_begin(out, language == NUO_CHINESE ? STR("合规报告") : STR("Compliance report"), language);
  nuo__html_say_element(out, "h1", NULL, "Compliance report", "合规报告");
  if (l->days.count > 0) {
    nuo__html_open(out, "p", "lead");
    nuo__html_text(out, day_text(l->first, room));
    nuo__out_string(out, " – ");
    nuo__html_text(out, day_text(l->last, room));
    nuo__html_close(out, "p");
  }
  write_figures(out, l);
  if (l->decided > 0) {
    nuo__html_open(out, "h2", NULL);
    nuo__html_say(out, "Verdicts by ", "裁决，按");
    nuo__html_say(out, nuo__ledger_periods[period][0], nuo__ledger_periods[period][1]);
    nuo__html_close(out, "h2");
    write_verdict_chart(out, l);
  }
  if (l->findings[0] > 0) {
    nuo__html_open(out, "h2", NULL);
    if (l->has_packs)
      nuo__html_say(out, "Breaches by policy and ", "违反，按政策和");
    else
      nuo__html_say(out, "Breaches by severity and ", "违反，按程度和");
    nuo__html_say(out, nuo__ledger_periods[period][0], nuo__ledger_periods[period][1]);
    nuo__html_close(out, "h2");
    write_part_chart(out, l);
  }
  if (l->rules.count > 0) write_rules(out, l);
  write_duties(out, l);
  write_values(out, l);
  if (l->decided > 0) {
    nuo__html_say_element(out, "h2", NULL, "Volume", "数量");
    write_names(out, &l->types, UINT32_MAX, "Kind of event", "事件种类", "Events", "事件");
    write_names(out, &l->policies, UINT32_MAX, "Policy and version", "政策及版本", "Events", "事件");
    write_rows(out, l);
  }
  write_notes(out, l);
  nuo__html_end(out);
}
