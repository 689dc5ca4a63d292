// SPDX-License-Identifier: Apache-2.0
// The policy's own clauses, the severities, and the document's clauses with what they say about themselves.
// Called by nuo__check before the rules.
#include <string.h>

#include "compiler/check.h"

struct force nuo__check_force(struct checker *c, const struct effective *effective) {
  struct force force = {.from = INT32_MIN, .until = INT32_MAX};
  const struct expr *from = effective->from, *until = effective->until;
  if (from != NULL && from->kind == EXPR_DATE) force.from = (int32_t)from->number;
  if (until != NULL && until->kind == EXPR_DATE) force.until = (int32_t)until->number;
  if (force.until < force.from) REPORT0(c, N0517, until->span)->also = from->span;
  return force;
}

// Two clocks or two calendars in one program would be two answers to when a day ends. The policy itself comes
// first.
static void check_zone(struct checker *c, const struct decl *decl, bool is_pack) {
  const struct expr *zone = decl->policy.zone;
  struct str *ours = &c->program->zone;
  if (zone == NULL || zone->kind == EXPR_ERROR) return;
  if (!nuo__zone_known(zone->text)) {
    REPORT(c, N0438, zone->span, TEXT(zone->text));
  } else if (is_pack && ours->at != NULL && !nuo__str_equal(*ours, zone->text)) {
    REPORT(c, N0905, zone->span, nuo__names_arg(decl->names), TEXT(zone->text), TEXT(*ours));
  }
  if (!is_pack) *ours = zone->text;
}

static void check_calendar_name(struct checker *c, const struct decl *decl, bool is_pack) {
  const struct name *calendar = &decl->policy.calendar;
  if (calendar->text.len == 0) return;
  const struct symbol *symbol = nuo__resolve(c, SPACE_CALENDARS, calendar, DIAG_N0313);
  if (symbol == NULL || symbol->object == NULL) return;
  if (is_pack && c->program->calendar != symbol->object)
    REPORT(c, N0906, calendar->span, nuo__names_arg(decl->names), TEXT(calendar->text));
  if (!is_pack) c->program->calendar = symbol->object;
}

void nuo__check_has_calendar(struct checker *c, struct span span, struct diag_arg what) {
  const struct decl *policy = nuo__space_at(c, span)->policy;
  if (policy != NULL && policy->policy.calendar.text.len == 0) REPORT(c, N0441, span, what);
}

static struct span head_of(const struct decl *decl) {
  return decl->names.span.end != 0 ? decl->names.span : decl->span;
}

static void check_complete(struct checker *c, const struct decl *decl) {
  const struct policy_decl *policy = &decl->policy;
  const struct span span = head_of(decl);
  if (decl->cut_short) return;
  if (policy->version == NULL) REPORT0(c, N0505, span);
  if (policy->zone == NULL) REPORT0(c, N0504, span);
  if (policy->undetermined == NULL) REPORT0(c, N0506, span);
}

static struct model_action unknown_action(struct checker *c, const struct policy_decl *policy) {
  struct model_action action = {0};
  c->scope = (struct scope){0};
  if (policy->undetermined != NULL) nuo__check_action(c, policy->undetermined, NULL, &action);
  return action;
}

static void check_own(struct checker *c, const struct decl *decl) {
  const struct policy_decl *policy = &decl->policy;
  struct program *program = c->program;
  program->names = decl->names;
  if (policy->title != NULL) program->title = policy->title->text;
  if (policy->version != NULL) program->version = policy->version->text;
  program->force = nuo__check_force(c, &policy->effective);
  program->undetermined = unknown_action(c, policy);
}

static void check_pack(struct checker *c, const struct decl *decl, struct pack *pack) {
  const struct policy_decl *policy = &decl->policy;
  if (policy->title != NULL) pack->title = policy->title->text;
  if (policy->version != NULL) pack->version = policy->version->text;
  pack->force = nuo__check_force(c, &policy->effective);
  pack->undetermined = unknown_action(c, policy);
}

void nuo__check_policy(struct checker *c) {
  if (c->spaces.at[0]->policy == NULL && !c->input->names_only) REPORT0(c, N0501, ((struct span){0, 0, 1}));
  for (uint32_t i = 0; i < c->spaces.count; i++) {
    const struct decl *decl = c->spaces.at[i]->policy;
    struct pack *pack = c->spaces.at[i]->pack;
    if (decl == NULL) continue;
    check_complete(c, decl);
    check_zone(c, decl, pack != NULL);
    check_calendar_name(c, decl, pack != NULL);
    if (pack == NULL)
      check_own(c, decl);
    else
      check_pack(c, decl, pack);
  }
}

struct force nuo__check_force_in_pack(struct checker *c, const struct decl *decl) {
  struct force force = nuo__check_force(c, &decl->rule.effective);
  const struct pack *pack = nuo__pack_at(c, decl->span);
  if (pack == NULL) return force;
  if (pack->force.from > force.from) force.from = pack->force.from;
  if (pack->force.until < force.until) force.until = pack->force.until;
  if (force.until < force.from) force.until = force.from - 1;  // never
  return force;
}

void nuo__check_severities(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_SEVERITIES].count; i++) {
    const struct symbol *symbol = c->symbols[SPACE_SEVERITIES].at[i];
    const struct severity severity = {nuo__full_names(c, symbol->span, symbol->names),
                                      nuo__pack_at(c, symbol->span)};
    VEC_PUSH(c->arena, &c->program->severities, severity);
  }
}

// ---- clauses ----

// `（一）` under 2.1.2 is cited as 2.1.2（一）: by itself it says nothing.
static struct str full_number(struct checker *c, struct str number, uint32_t parent) {
  const bool relative = number.len > 2 && (number.at[0] == '(' || memcmp(number.at, "（", 3) == 0);
  if (!relative || parent == CLAUSE_NONE) return number;
  struct str above = c->program->clauses.at[parent].number;
  if (above.len == 0) return number;
  return nuo__arena_format(c->arena, "%.*s%.*s", (int)above.len, above.at, (int)number.len, number.at);
}

static void add_clauses(struct checker *c, uint32_t file) {
  const struct source_file *source = &c->input->files[file];
  const uint32_t base = c->clause_base[file] = c->program->clauses.count;
  for (uint32_t i = 0; i < source->clauses.count; i++) {
    const struct clause *clause = &source->clauses.at[i];
    const uint32_t parent = clause->parent == CLAUSE_NONE ? CLAUSE_NONE : base + clause->parent;
    struct model_clause made = {.number = full_number(c, clause->number, parent),
                                .title = clause->title,
                                .parent = parent,
                                .level = clause->level,
                                .file = file,
                                .prose = clause->prose,
                                .heading = clause->heading};
    VEC_PUSH(c->arena, &c->program->clauses, made);
  }
}

uint32_t nuo__clause_index(const struct checker *c, uint32_t file, uint32_t clause) {
  return clause == CLAUSE_NONE || file >= c->input->file_count ? CLAUSE_NONE : c->clause_base[file] + clause;
}

static void check_clause_status(struct checker *c, const struct decl *decl) {
  const uint32_t index = nuo__clause_index(c, decl->span.file, decl->clause);
  if (index == CLAUSE_NONE || index >= c->program->clauses.count) {
    REPORT0(c, N0526, decl->span);
    return;
  }
  struct model_clause *clause = &c->program->clauses.at[index];
  clause->organisational = !decl->clause_status.deferred;
  clause->deferred = decl->clause_status.deferred;
  if (decl->clause_status.why != NULL) clause->why = decl->clause_status.why->text;
}

void nuo__check_clauses(struct checker *c) {
  c->clause_base = nuo__arena_alloc(c->arena, (c->input->file_count + 1) * sizeof *c->clause_base);
  for (uint32_t file = 0; file < c->input->file_count; file++) add_clauses(c, file);
  for (uint32_t i = 0; i < c->decls.count; i++)
    if (c->decls.at[i]->kind == DECL_CLAUSE) check_clause_status(c, c->decls.at[i]);
}
