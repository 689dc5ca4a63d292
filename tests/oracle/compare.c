// SPDX-License-Identifier: Apache-2.0
// Two decisions, field by field, and a decision for people to read. The digests are only looked at for being
// there: the oracle makes none. Called by trial.c.
#include <stdio.h>
#include <string.h>

#include "tests/oracle/oracle.h"

static bool same_text(nuo_text a, nuo_text b) {
  return a.len == b.len && (a.len == 0 || memcmp(a.text, b.text, a.len) == 0);
}

static bool same_texts(const nuo_text *a, size_t a_count, const nuo_text *b, size_t b_count) {
  if (a_count != b_count) return false;
  for (size_t i = 0; i < a_count; i++)
    if (!same_text(a[i], b[i])) return false;
  return true;
}

#define TEXT_DIFFERS(field) \
  if (!same_text(want->field, got->field)) return #field
#define FIELD_DIFFERS(field) \
  if (want->field != got->field) return #field

static const char *hit_differs(const nuo_hit *want, const nuo_hit *got) {
  TEXT_DIFFERS(entry);
  FIELD_DIFFERS(offset);
  FIELD_DIFFERS(len);
  return NULL;
}

static const char *fact_differs(const nuo_fact *want, const nuo_fact *got) {
  TEXT_DIFFERS(name);
  TEXT_DIFFERS(name_zh);
  FIELD_DIFFERS(missing);
  FIELD_DIFFERS(masked);
  TEXT_DIFFERS(value);
  FIELD_DIFFERS(hit_count);
  for (size_t i = 0; i < want->hit_count; i++)
    if (hit_differs(&want->hits[i], &got->hits[i]) != NULL) return "hits";
  return NULL;
}

static const char *facts_differ(const nuo_finding *want, const nuo_finding *got) {
  FIELD_DIFFERS(fact_count);
  for (size_t i = 0; i < want->fact_count; i++) {
    const char *field = fact_differs(&want->facts[i], &got->facts[i]);
    if (field != NULL) return field;
  }
  return NULL;
}

static const char *reasons_differ(const nuo_finding *want, const nuo_finding *got) {
  FIELD_DIFFERS(reason_count);
  for (size_t i = 0; i < want->reason_count; i++)
    if (want->reasons[i].kind != got->reasons[i].kind ||
        !same_text(want->reasons[i].name, got->reasons[i].name))
      return "reasons";
  return NULL;
}

static const char *finding_differs(const nuo_finding *want, const nuo_finding *got) {
  TEXT_DIFFERS(rule);
  TEXT_DIFFERS(rule_zh);
  TEXT_DIFFERS(pack);
  TEXT_DIFFERS(pack_zh);
  TEXT_DIFFERS(title);
  TEXT_DIFFERS(clause);
  TEXT_DIFFERS(severity);
  TEXT_DIFFERS(severity_zh);
  if (!same_texts(want->cites, want->cite_count, got->cites, got->cite_count)) return "cites";
  FIELD_DIFFERS(action);
  FIELD_DIFFERS(until);
  FIELD_DIFFERS(until_offset);
  TEXT_DIFFERS(label);
  TEXT_DIFFERS(strip);
  FIELD_DIFFERS(action_changed);
  TEXT_DIFFERS(message);
  if (!same_texts(want->exceptions, want->exception_count, got->exceptions, got->exception_count))
    return "exceptions";
  FIELD_DIFFERS(same_count);
  for (size_t i = 0; i < want->same_count; i++)
    if (finding_differs(&want->same[i], &got->same[i]) != NULL) return "same";
  const char *field = facts_differ(want, got);
  return field != NULL ? field : reasons_differ(want, got);
}

static const char *list_differs(const char *list, const nuo_finding *want, size_t want_count,
                                const nuo_finding *got, size_t got_count, char where[static 96]) {
  snprintf(where, 96, "%s: which rules", list);
  if (want_count != got_count) return where;
  for (size_t i = 0; i < want_count; i++) {
    if (!same_text(want[i].rule, got[i].rule)) return where;
    const char *field = finding_differs(&want[i], &got[i]);
    if (field == NULL) continue;
    snprintf(where, 96, "%s: %s", list, field);
    return where;
  }
  return NULL;
}

static const char *head_differs(const nuo_decision *want, const nuo_decision *got) {
  TEXT_DIFFERS(event_id);
  TEXT_DIFFERS(event_type);
  FIELD_DIFFERS(time);
  FIELD_DIFFERS(tag);
  FIELD_DIFFERS(utc_offset);
  FIELD_DIFFERS(force);
  FIELD_DIFFERS(verdict);
  FIELD_DIFFERS(until);
  FIELD_DIFFERS(until_offset);
  FIELD_DIFFERS(late);
  FIELD_DIFFERS(replayed);
  TEXT_DIFFERS(caused_by);
  FIELD_DIFFERS(deadline);
  if ((want->refused == NULL) != (got->refused == NULL)) return "refused";
  if (got->incomplete != NULL) return "incomplete";
  return NULL;
}

static const char *duty_differs(const nuo_duty_change *want, const nuo_duty_change *got) {
  FIELD_DIFFERS(state);
  TEXT_DIFFERS(duty);
  TEXT_DIFFERS(duty_zh);
  TEXT_DIFFERS(pack);
  TEXT_DIFFERS(pack_zh);
  TEXT_DIFFERS(clause);
  TEXT_DIFFERS(event);
  TEXT_DIFFERS(step);
  FIELD_DIFFERS(due);
  FIELD_DIFFERS(due_offset);
  FIELD_DIFFERS(is_last);
  FIELD_DIFFERS(is_otherwise);
  return NULL;
}

static const char *raised_differs(const nuo_raised *want, const nuo_raised *got) {
  TEXT_DIFFERS(type);
  TEXT_DIFFERS(id);
  TEXT_DIFFERS(rule);
  TEXT_DIFFERS(pack);
  TEXT_DIFFERS(missing);
  return NULL;
}

static const char *effects_differ(const nuo_decision *want, const nuo_decision *got, char where[static 96]) {
  FIELD_DIFFERS(duty_count);
  FIELD_DIFFERS(raised_count);
  for (size_t i = 0; i < want->duty_count; i++) {
    const char *field = duty_differs(&want->duties[i], &got->duties[i]);
    if (field == NULL) continue;
    snprintf(where, 96, "duties: %s", field);
    return where;
  }
  for (size_t i = 0; i < want->raised_count; i++) {
    const char *field = raised_differs(&want->raised[i], &got->raised[i]);
    if (field == NULL) continue;
    snprintf(where, 96, "raised: %s", field);
    return where;
  }
  return NULL;
}

static const char *program_differs(const nuo_decision *want, const nuo_decision *got) {
  if ((want->program == NULL) != (got->program == NULL)) return "program";
  if (want->program == NULL) return NULL;
  if (!same_text(want->program->policy, got->program->policy)) return "program.policy";
  if (!same_text(want->program->policy_zh, got->program->policy_zh)) return "program.policy_zh";
  if (!same_text(want->program->title, got->program->title)) return "program.title";
  if (!same_text(want->program->version, got->program->version)) return "program.version";
  if (strspn(got->program->program_digest, "0123456789abcdef") != 64) return "program.program_digest";
  if (strspn(got->program->source_digest, "0123456789abcdef") != 64) return "program.source_digest";
  return NULL;
}

const char *decisions_differ(const nuo_decision *want, const nuo_decision *got, char where[static 96]) {
  const char *field =
      list_differs("breaches", want->breaches, want->breach_count, got->breaches, got->breach_count, where);
  if (field == NULL)
    field = list_differs("undetermined", want->undetermined, want->undetermined_count, got->undetermined,
                         got->undetermined_count, where);
  if (field == NULL)
    field = list_differs("excepted", want->excepted, want->excepted_count, got->excepted, got->excepted_count,
                         where);
  if (field != NULL) return field;
  field = head_differs(want, got);
  if (field == NULL) field = program_differs(want, got);
  if (field == NULL) field = effects_differ(want, got, where);
  if (field == NULL || field == where) return field;
  snprintf(where, 96, "%s", field);
  return where;
}

// ---- for people ----
static void put(struct buf *out, nuo_text text) {
  buf_add(out, text.text, text.len);
}

static void print_facts(const nuo_finding *f, struct buf *out) {
  for (size_t i = 0; i < f->fact_count; i++) {
    buf_put(out, "      fact ");
    put(out, f->facts[i].name);
    buf_put(out, " = ");
    put(out, f->facts[i].value);
    buf_printf(out, "%s%s", f->facts[i].missing ? " missing" : "", f->facts[i].masked ? " masked" : "");
    for (size_t k = 0; k < f->facts[i].hit_count; k++) {
      buf_put(out, " hit ");
      put(out, f->facts[i].hits[k].entry);
      buf_printf(out, "@%u+%u", f->facts[i].hits[k].offset, f->facts[i].hits[k].len);
    }
    buf_put(out, "\n");
  }
}

static void print_finding(const char *list, const nuo_finding *f, struct buf *out) {
  buf_printf(out, "    %s ", list);
  put(out, f->rule);
  buf_printf(out, ": %s%s until %lld label \"", nuo_action_name(f->action),
             f->action_changed ? " (changed)" : "", (long long)f->until);
  put(out, f->label);
  buf_put(out, "\" strip ");
  put(out, f->strip);
  buf_put(out, " clause ");
  put(out, f->clause);
  buf_put(out, " message \"");
  put(out, f->message);
  buf_put(out, "\"\n");
  print_facts(f, out);
  for (size_t i = 0; i < f->reason_count; i++) {
    buf_printf(out, "      reason %s ", nuo_reason_name(f->reasons[i].kind));
    put(out, f->reasons[i].name);
    buf_put(out, "\n");
  }
  for (size_t i = 0; i < f->same_count; i++) print_finding("    same", &f->same[i], out);
  for (size_t i = 0; i < f->exception_count; i++) {
    buf_put(out, "      by ");
    put(out, f->exceptions[i]);
    buf_put(out, "\n");
  }
}

static void print_duty(const nuo_duty_change *c, struct buf *out) {
  buf_printf(out, "    duty %s ", nuo_duty_state_name(c->state));
  put(out, c->duty);
  buf_put(out, " of ");
  put(out, c->event);
  buf_put(out, " step ");
  put(out, c->step);
  buf_printf(out, " due %lld %+d%s%s\n", (long long)c->due, c->due_offset, c->is_last ? " last" : "",
             c->is_otherwise ? " otherwise" : "");
}

static void print_raised(const nuo_raised *r, struct buf *out) {
  buf_put(out, "    raised ");
  put(out, r->type);
  buf_put(out, " ");
  put(out, r->id);
  buf_put(out, " by ");
  put(out, r->rule);
  buf_put(out, " missing ");
  put(out, r->missing);
  buf_put(out, "\n");
}

void decision_print(const nuo_decision *d, struct buf *out) {
  buf_put(out, "    ");
  put(out, d->event_type);
  buf_put(out, " ");
  put(out, d->event_id);
  buf_printf(out, " time %lld tag %llu offset %d force %d%s%s%s: %s until %lld\n", (long long)d->time,
             (unsigned long long)d->tag, d->utc_offset, (int)d->force, d->late ? " late" : "",
             d->replayed ? " replayed" : "", d->refused != NULL ? " refused" : "",
             nuo_action_name(d->verdict), (long long)d->until);
  if (d->program != NULL) {
    buf_put(out, "    by version ");
    put(out, d->program->version);
    buf_put(out, "\n");
  }
  if (d->deadline) buf_put(out, "    a deadline\n");
  if (d->caused_by.len > 0) {
    buf_put(out, "    caused by ");
    put(out, d->caused_by);
    buf_put(out, "\n");
  }
  for (size_t i = 0; i < d->breach_count; i++) print_finding("breach", &d->breaches[i], out);
  for (size_t i = 0; i < d->undetermined_count; i++) print_finding("undetermined", &d->undetermined[i], out);
  for (size_t i = 0; i < d->excepted_count; i++) print_finding("excepted", &d->excepted[i], out);
  for (size_t i = 0; i < d->duty_count; i++) print_duty(&d->duties[i], out);
  for (size_t i = 0; i < d->raised_count; i++) print_raised(&d->raised[i], out);
}
