// SPDX-License-Identifier: Apache-2.0
// The periodic report as one JSON object.
#include "compiler/pages/ledger.h"
#include "runtime/when.h"

static void text_member(struct text_out *out, const char *name, struct str text) {
  nuo__out_string(out, name);
  nuo__out_json(out, text.at, text.len);
}

static void count_member(struct text_out *out, const char *name, uint64_t count) {
  nuo__out_string(out, name);
  nuo__out_integer(out, (int64_t)count);
}

static void day_member(struct text_out *out, const char *name, int32_t day) {
  char text[11];
  const size_t len = nuo__when_format_date(day, text);
  nuo__out_string(out, name);
  nuo__out_json(out, text, len);
}

static void write_verdicts(struct text_out *out, const uint64_t *verdicts) {
  nuo__out_string(out, ",\"verdicts\":{");
  for (uint32_t v = 0; v < LEDGER_VERDICTS; v++) {
    nuo__out_string(out, v > 0 ? ",\"" : "\"");
    nuo__out_string(out, nuo_action_name((nuo_action)v));
    count_member(out, "\":", verdicts[v]);
  }
  nuo__out_string(out, "}");
}

static void write_rows(struct text_out *out, const struct ledger *l) {
  nuo__out_string(out, ",\"periods\":[");
  for (uint32_t i = 0; i < l->days.count; i++) {
    const struct ledger_row *row = &l->days.at[i];
    const char *before = "";
    day_member(out, i > 0 ? ",{\"from\":" : "{\"from\":", row->day);
    count_member(out, ",\"events\":", row->decisions);
    write_verdicts(out, row->verdicts);
    nuo__out_string(out, ",\"breaches\":{");
    for (uint32_t p = 0; p < row->parts; p++) {
      if (row->breaches[p] == 0) continue;
      text_member(out, before, l->parts.at[p].name);
      count_member(out, ":", row->breaches[p]);
      before = ",";
    }
    nuo__out_string(out, "}}");
  }
  nuo__out_string(out, "]");
}

static void write_rules(struct text_out *out, const struct ledger *l) {
  const char *before = "{";
  nuo__out_string(out, ",\"rules\":[");
  for (uint32_t i = 0; i < l->rules.count; i++) {
    const struct ledger_rule *rule = &l->rules.at[i];
    if (!nuo__ledger_has_counts(rule)) continue;
    nuo__out_string(out, before);
    before = ",{";
    text_member(out, "\"rule\":", rule->name);
    text_member(out, ",\"rule_zh\":", rule->zh);
    if (rule->pack.len > 0) text_member(out, ",\"pack\":", rule->pack);
    text_member(out, ",\"clause\":", rule->clause);
    text_member(out, ",\"title\":", rule->title);
    text_member(out, ",\"severity\":", rule->severity);
    text_member(out, ",\"severity_zh\":", rule->severity_zh);
    count_member(out, ",\"breaches\":", rule->counts[0]);
    count_member(out, ",\"undetermined\":", rule->counts[1]);
    count_member(out, ",\"excepted\":", rule->counts[2]);
    if (rule->counts[LEDGER_ALSO] > 0)
      count_member(out, ",\"counted_under_another\":", rule->counts[LEDGER_ALSO]);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void write_duties(struct text_out *out, const struct ledger *l) {
  nuo__out_string(out, ",\"duties\":[");
  for (uint32_t i = 0; i < l->duties.count; i++) {
    const struct ledger_duty *duty = &l->duties.at[i];
    text_member(out, i > 0 ? ",{\"duty\":" : "{\"duty\":", duty->name);
    text_member(out, ",\"duty_zh\":", duty->zh);
    if (duty->pack.len > 0) text_member(out, ",\"pack\":", duty->pack);
    text_member(out, ",\"clause\":", duty->clause);
    for (uint32_t s = 0; s < LEDGER_DUTY_STATES; s++) {
      text_member(out, ",", nuo__str_of(nuo_duty_state_name((nuo_duty_state)s)));
      count_member(out, ":", duty->counts[s]);
    }
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void write_names(struct text_out *out, const char *name, const ledger_names *list, const char *more) {
  nuo__out_string(out, name);
  for (uint32_t i = 0; i < list->count && list->at[i].count > 0; i++) {
    text_member(out, i > 0 ? ",{\"name\":" : "{\"name\":", list->at[i].name);
    if (more != NULL) text_member(out, more, list->at[i].more);
    count_member(out, ",\"count\":", list->at[i].count);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]");
}

static void write_broken(struct text_out *out, const struct ledger *l) {
  count_member(out, ",\"broken\":{\"count\":", l->broken_count);
  nuo__out_string(out, ",\"lines\":[");
  for (uint32_t i = 0; i < l->broken.count; i++) {
    text_member(out, i > 0 ? ",{\"file\":" : "{\"file\":", l->broken.at[i].file);
    count_member(out, ",\"line\":", l->broken.at[i].line);
    text_member(out, ",\"why\":", l->broken.at[i].why[NUO_ENGLISH]);
    text_member(out, ",\"why_zh\":", l->broken.at[i].why[NUO_CHINESE]);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]}");
}

void nuo__ledger_json(struct text_out *out, const struct ledger *l, enum ledger_period period) {
  text_member(out, "{\"period\":", nuo__str_of(nuo__ledger_periods[period][NUO_ENGLISH]));
  if (l->days.count > 0) {
    day_member(out, ",\"first\":", l->first);
    day_member(out, ",\"last\":", l->last);
  }
  count_member(out, ",\"lines\":", l->lines);
  count_member(out, ",\"events\":", l->decided);
  count_member(out, ",\"derived\":", l->derived);
  count_member(out, ",\"replayed\":", l->replayed);
  count_member(out, ",\"refused\":", l->refused);
  count_member(out, ",\"outside\":", l->outside);
  count_member(out, ",\"incomplete\":", l->incomplete);
  count_member(out, ",\"breaches\":", l->findings[0]);
  count_member(out, ",\"undetermined\":", l->findings[1]);
  count_member(out, ",\"excepted\":", l->findings[2]);
  write_verdicts(out, l->verdicts);
  write_rows(out, l);
  write_rules(out, l);
  write_duties(out, l);
  write_names(out, ",\"types\":[", &l->types, NULL);
  write_names(out, ",\"policies\":[", &l->policies, ",\"version\":");
  text_member(out, ",\"by\":", l->by);
  write_names(out, ",\"values\":[", &l->values, NULL);
  count_member(out, ",\"unnamed\":", l->unnamed);
  write_broken(out, l);
  nuo__out_string(out, "}\n");
}
