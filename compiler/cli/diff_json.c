// SPDX-License-Identifier: Apache-2.0
// What `nuo diff --format json` prints: one object.
#include "compiler/cli/diff.h"

static void key(struct text_out *out, const char *name) {
  nuo__out_string(out, ",\"");
  nuo__out_string(out, name);
  nuo__out_string(out, "\":");
}

static void text(struct text_out *out, const char *name, struct str value) {
  if (value.at == NULL) return;
  key(out, name);
  nuo__out_json(out, value.at, value.len);
}

static void word(struct text_out *out, const char *name, const char *value) {
  if (value != NULL) text(out, name, nuo__str_of(value));
}

static void number(struct text_out *out, const char *name, uint64_t value) {
  key(out, name);
  nuo__out_integer(out, (int64_t)value);
}

static void flag(struct text_out *out, const char *name, bool value) {
  key(out, name);
  nuo__out_string(out, value ? "true" : "false");
}

static void names(struct text_out *out, struct names n) {
  nuo__out_string(out, "{\"name\":");
  nuo__out_json(out, n.en.at, n.en.len);
  if (!nuo__str_equal(n.en, n.zh)) text(out, "name_zh", n.zh);
}

static void outcome(struct text_out *out, const char *name, const struct outcome *o) {
  key(out, name);
  nuo__out_string(out, "{\"finding\":");
  nuo__out_string(out, o->is_breach || o->missed.count > 0 ? "\"breach\""
                       : o->is_undetermined                ? "\"undetermined\""
                                                           : "null");
  if (o->is_breach || o->is_undetermined) word(out, "action", nuo_action_name(o->action));
  word(out, "verdict", nuo_action_name(o->verdict));
  if (o->missed.count > 0) number(out, "missed", o->missed.count);
  nuo__out_string(out, "}");
}

static void witness(struct text_out *out, const struct report *report, const struct rule_change *change,
                    const struct witness *w) {
  struct text_out test = {.allocator = nuo__default_allocator()};
  nuo__witness_write(&test, change, w, report->language);
  nuo__out_string(out, w->is_stricter ? "{\"now\":\"stricter\"" : "{\"now\":\"looser\"");
  outcome(out, "before", &w->before);
  outcome(out, "after", &w->after);
  text(out, "test", (struct str){test.at, (uint32_t)test.len});
  nuo__out_string(out, "}");
  nuo__out_free(&test);
}

static void rule(struct text_out *out, const struct report *report, const struct rule_change *c) {
  names(out, (c->after != NULL ? c->after : c->before)->names);
  word(out, "meaning", nuo__meaning_names[c->meaning][NUO_ENGLISH]);
  if (c->renamed) text(out, "was", c->before->names.en);
  if (c->is_duty) flag(out, "duty", true);
  flag(out, "proved_not_looser", c->not_looser);
  flag(out, "proved_not_stricter", c->not_stricter);
  text(out, "change", c->id);
  flag(out, "needs_approval", nuo__diff_needs_approval(c));
  word(out, "approved_by", c->approved_by);
  key(out, "parts");
  nuo__out_string(out, "[");
  for (uint32_t i = 0; i < c->parts.count; i++) {
    const struct str part = cli_diff_pair(report, c->parts.at[i]);
    if (i > 0) nuo__out_string(out, ",");
    nuo__out_json(out, part.at, part.len);
  }
  nuo__out_string(out, "]");
  key(out, "witnesses");
  nuo__out_string(out, "[");
  for (int i = 0; i < 2; i++) {
    if (c->witnesses[i] == NULL) continue;
    if (i == 1 && c->witnesses[0] != NULL) nuo__out_string(out, ",");
    witness(out, report, c, c->witnesses[i]);
  }
  nuo__out_string(out, "]}");
}

static void value(struct text_out *out, const struct value_change *v) {
  names(out, v->names);
  text(out, "kind", v->kind.en);
  text(out, "before", v->before);
  text(out, "after", v->after);
  if (v->is_breaking) flag(out, "breaking", true);
  nuo__out_string(out, "}");
}

static void clause(struct text_out *out, const struct clause_change *c) {
  static const char *const in[] = {"both", "before", "after"};
  nuo__out_string(out, "{\"number\":");
  nuo__out_json(out, c->number.at, c->number.len);
  text(out, "title", c->title);
  key(out, "pieces");
  nuo__out_string(out, "[");
  for (uint32_t i = 0; i < c->pieces.count; i++) {
    nuo__out_string(out, i > 0 ? ",{\"in\":\"" : "{\"in\":\"");
    nuo__out_string(out, in[c->pieces.at[i].in]);
    nuo__out_string(out, "\"");
    text(out, "text", c->pieces.at[i].text);
    nuo__out_string(out, "}");
  }
  nuo__out_string(out, "]}");
}

// ---- replay ----

static const char *verdict(int v) {
  return v == REPLAY_REFUSED ? "refused" : nuo_action_name((nuo_action)v);
}

static void verdicts(struct text_out *out, const struct replay *replay) {
  bool any = false;
  for (int a = 0; a < REPLAY_VERDICTS; a++)
    for (int b = 0; b < REPLAY_VERDICTS; b++) {
      if (replay->verdicts[a][b] == 0) continue;
      nuo__out_string(out, any ? ",{\"before\":\"" : "{\"before\":\"");
      nuo__out_string(out, verdict(a));
      nuo__out_string(out, "\"");
      word(out, "after", verdict(b));
      number(out, "count", replay->verdicts[a][b]);
      nuo__out_string(out, "}");
      any = true;
    }
}

static void samples(struct text_out *out, const struct replay *replay) {
  for (uint32_t i = 0; i < replay->samples.count; i++) {
    const struct replay_sample *sample = &replay->samples.at[i];
    nuo__out_string(out, i > 0 ? ",{\"line\":" : "{\"line\":");
    nuo__out_integer(out, sample->line);
    text(out, "event", sample->event);
    word(out, "before", verdict(sample->before));
    word(out, "after", verdict(sample->after));
    nuo__out_string(out, "}");
  }
}

static void breaches(struct text_out *out, const struct replay *replay) {
  for (uint32_t i = 0; i < replay->rules.count; i++) {
    nuo__out_string(out, i > 0 ? ",{\"rule\":" : "{\"rule\":");
    nuo__out_json(out, replay->rules.at[i].name.at, replay->rules.at[i].name.len);
    number(out, "before", replay->rules.at[i].before);
    number(out, "after", replay->rules.at[i].after);
    nuo__out_string(out, "}");
  }
}

static void replayed(struct text_out *out, const struct replay *replay) {
  key(out, "replay");
  nuo__out_string(out, "{\"events\":");
  nuo__out_integer(out, (int64_t)replay->events);
  key(out, "verdicts");
  nuo__out_string(out, "[");
  verdicts(out, replay);
  nuo__out_string(out, "],\"samples\":[");
  samples(out, replay);
  nuo__out_string(out, "],\"breaches\":[");
  breaches(out, replay);
  nuo__out_string(out, "]}");
}

void cli_diff_json(const struct report *report) {
  static const char *const steps[] = {"none", "patch", "minor", "major"};
  struct text_out out = {.allocator = nuo__default_allocator()};
  const struct diff *diff = report->diff;
  nuo__out_string(&out, "{\"version\":\"");
  nuo__out_string(&out, steps[diff->step]);
  nuo__out_string(&out, "\"");
  number(&out, "unapproved", report->unapproved);
  nuo__out_string(&out, ",\"rules\":[");
  for (uint32_t i = 0; i < diff->rules.count; i++) {
    if (i > 0) nuo__out_string(&out, ",");
    rule(&out, report, &diff->rules.at[i]);
  }
  nuo__out_string(&out, "],\"values\":[");
  for (uint32_t i = 0; i < diff->values.count; i++) {
    if (i > 0) nuo__out_string(&out, ",");
    value(&out, &diff->values.at[i]);
  }
  nuo__out_string(&out, "],\"clauses\":[");
  for (uint32_t i = 0; i < diff->clauses.count; i++) {
    if (i > 0) nuo__out_string(&out, ",");
    clause(&out, &diff->clauses.at[i]);
  }
  nuo__out_string(&out, "]");
  if (report->replay != NULL) replayed(&out, report->replay);
  nuo__out_string(&out, "}\n");
  fwrite(out.at, 1, out.len, stdout);
  nuo__out_free(&out);
}
