// SPDX-License-Identifier: Apache-2.0
// The document as counsel reads it: clauses that no rule speaks for, rules outside of clauses, numbers that
// are given twice or left out, references that lead nowhere.
#include <string.h>

#include "compiler/clause_number.h"
#include "compiler/lint/lint.h"
#include "compiler/pages/cover.h"

static bool is_numbered(const struct clause *clause) {
  return clause->number.len > 0;
}

static struct diag_arg number_of(const struct clause *clause) {
  return nuo__diag_text(clause->number);
}

// ---- clauses and rules ----

// Silent is what `nuo cover` calls silent, where the document has rules at all.
static void look_at_silence(struct lint *l) {
  struct cover cover;
  nuo__cover(l->arena, l->program, &cover);
  for (uint32_t i = 0; i < l->program->clauses.count && cover.counts[COVER_ENCODED] > 0; i++) {
    const struct model_clause *clause = &l->program->clauses.at[i];
    if (cover.clauses[i].status == COVER_SILENT)
      nuo__lint_add1(l, DIAG_N1201, clause->heading, nuo__diag_text(clause->number));
  }
}

static bool is_rule(const struct decl *decl) {
  return decl->kind == DECL_RULE || decl->kind == DECL_DUTY;
}

// Whether the clause or one around it has a number.
static bool has_number(const struct source_file *file, uint32_t clause) {
  for (; clause != CLAUSE_NONE; clause = file->clauses.at[clause].parent)
    if (is_numbered(&file->clauses.at[clause])) return true;
  return false;
}

static void look_at_homeless(struct lint *l, const struct source_file *file) {
  bool numbered = false;
  for (uint32_t d = 0; d < file->decls.count; d++)
    numbered = numbered || (is_rule(file->decls.at[d]) && has_number(file, file->decls.at[d]->clause));
  for (uint32_t d = 0; d < file->decls.count && numbered; d++) {
    const struct decl *decl = file->decls.at[d];
    if (is_rule(decl) && !has_number(file, decl->clause))
      nuo__lint_add1(l, DIAG_N1202, decl->names.span, nuo__lint_names(decl->names));
  }
}

static bool says_nothing(struct str why) {
  uint32_t characters = 0;
  for (uint32_t i = 0; i < why.len; i++) characters += ((unsigned char)why.at[i] & 0xC0) != 0x80;
  return characters < (nuo__str_has_han(why) ? 4 : 10);
}

static void look_at_statuses(struct lint *l, const struct source_file *file) {
  for (uint32_t d = 0; d < file->decls.count; d++) {
    const struct decl *decl = file->decls.at[d];
    if (decl->kind != DECL_CLAUSE || decl->clause_status.why == NULL) continue;
    if (decl->clause_status.deferred && decl->clause != CLAUSE_NONE)
      nuo__lint_add1(l, DIAG_N1213, decl->span, number_of(&file->clauses.at[decl->clause]));
    if (says_nothing(decl->clause_status.why->text))
      nuo__lint_add(l, DIAG_N1221, decl->clause_status.why->span);
  }
}

// ---- numbers ----

void nuo__lint_backwards(struct lint *l, struct str text, struct span span) {
  struct clause_numbers numbers;
  nuo__clause_numbers(text, &numbers);
  if (numbers.backwards) nuo__lint_add1(l, DIAG_N1224, span, nuo__diag_text(text));
}

// Whether it is nothing but a number such as 2.3, 4 or 2.3 to 2.5.
static bool is_plain(const struct clause_numbers *numbers) {
  const struct str before = numbers->before;
  for (uint32_t i = 0; i < before.len; i++)
    if (before.at[i] != '.' && (before.at[i] < '0' || before.at[i] > '9')) return false;
  return numbers->digits && numbers->after.len == 0 && numbers->spans[0].first <= 9999;
}

// Whether `next` is 2.5, or more, where 2.3 came before it.
static bool leaves_gap(const struct clause_numbers *before, const struct clause_numbers *next) {
  return is_plain(before) && is_plain(next) && nuo__str_equal(before->before, next->before) &&
         next->spans[0].first > before->spans[before->count - 1].last + 1;
}

// The numbers of all headings of a document, read once.
static struct clause_numbers *read_numbers(struct lint *l, const struct source_file *file) {
  struct clause_numbers *all = nuo__arena_alloc(l->arena, (file->clauses.count + 1) * sizeof *all);
  for (uint32_t i = 0; i < file->clauses.count; i++) nuo__clause_numbers(file->clauses.at[i].number, &all[i]);
  return all;
}

static bool are_several(const struct clause_numbers *numbers) {
  return numbers->count > 1 || (numbers->count == 1 && numbers->spans[0].last > numbers->spans[0].first);
}

// A heading before it under the same one that has a number in common with it, where either has several.
static const struct clause *find_overlap(const struct source_file *file, const struct clause_numbers *all,
                                         uint32_t index) {
  for (uint32_t i = 0; i < index; i++)
    if (file->clauses.at[i].parent == file->clauses.at[index].parent &&
        (are_several(&all[i]) || are_several(&all[index])) && nuo__clause_numbers_meet(&all[i], &all[index]))
      return &file->clauses.at[i];
  return NULL;
}

static void look_at_numbers(struct lint *l, uint32_t f, const struct source_file *file) {
  struct pool seen = {0};
  const struct clause_numbers *all = read_numbers(l, file);
  uint32_t *last = nuo__arena_alloc(l->arena, (file->clauses.count + 1) * sizeof *last);  // child + 1
  uint32_t top = 0;
  for (uint32_t i = 0; i < file->clauses.count; i++) {
    const struct clause *clause = &file->clauses.at[i], *same;
    if (!is_numbered(clause)) continue;
    const struct str key = nuo__arena_format(l->arena, "%u %u %.*s", f, clause->parent,
                                             (int)clause->number.len, clause->number.at);
    uint32_t *there = nuo__pool_at(l->arena, &seen, key.at, key.len);
    same = *there != UINT32_MAX ? &file->clauses.at[*there] : find_overlap(file, all, i);
    nuo__lint_backwards(l, clause->number, clause->heading);
    if (same != NULL) {
      nuo__lint_add1(l, DIAG_N1211, clause->heading, number_of(clause))->diag.also = same->heading;
      continue;
    }
    *there = i;
    uint32_t *before = clause->parent == CLAUSE_NONE ? &top : &last[clause->parent];
    if (*before > 0 && leaves_gap(&all[*before - 1], &all[i]))
      nuo__lint_add2(l, DIAG_N1220, clause->heading, number_of(clause),
                     number_of(&file->clauses.at[*before - 1]));
    *before = i + 1;
  }
}

// ---- references ----

static uint32_t after_word(struct str text, uint32_t at) {
  static const char *const words[] = {"见 ",      "见",   "see ",    "clause ",
                                      "section ", "See ", "Clause ", "Section "};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    const uint32_t len = (uint32_t)strlen(words[i]);
    if (text.len - at >= len && memcmp(text.at + at, words[i], len) == 0) return len;
  }
  return 0;
}

// Digits with a point between: `4.3`, `2.10.1`; the length, or 0.
static uint32_t dotted(struct str text, uint32_t at) {
  uint32_t from = at, points = 0;
  while (at < text.len && ((text.at[at] >= '0' && text.at[at] <= '9') || text.at[at] == '.')) {
    points += text.at[at] == '.';
    at++;
  }
  while (at > from && text.at[at - 1] == '.') at--, points--;
  return at > from && points > 0 && text.at[from] != '.' ? at - from : 0;
}

static bool clause_exists(const struct lint *l, const struct clause_numbers *all, struct str number) {
  struct clause_numbers one;
  nuo__clause_numbers(number, &one);
  for (uint32_t i = 0; i < l->program->clauses.count; i++) {
    const struct str own = l->program->clauses.at[i].number;
    const bool begins = own.len >= number.len && memcmp(own.at, number.at, number.len) == 0;
    if (begins && (own.len == number.len || own.at[number.len] == '.')) return true;
    if (are_several(&all[i]) && nuo__clause_numbers_meet(&all[i], &one)) return true;
  }
  return false;
}

static void look_at_references(struct lint *l, uint32_t f, const struct source_file *file) {
  const struct str text = file->text;
  struct clause_numbers *all = nuo__arena_alloc(l->arena, (l->program->clauses.count + 1) * sizeof *all);
  for (uint32_t i = 0; i < l->program->clauses.count; i++)
    nuo__clause_numbers(l->program->clauses.at[i].number, &all[i]);
  for (uint32_t i = 0; i < file->clauses.count; i++)
    for (uint32_t at = file->clauses.at[i].body.start; at < file->clauses.at[i].body.end; at++) {
      const uint32_t word = after_word(text, at), len = word == 0 ? 0 : dotted(text, at + word);
      if (len == 0) continue;
      const struct str number = {text.at + at + word, len};
      const struct span span = {f, at + word, at + word + len};
      if (!clause_exists(l, all, number)) nuo__lint_add1(l, DIAG_N1212, span, nuo__diag_text(number));
      at += word + len - 1;
    }
}

void nuo__lint_clauses(struct lint *l) {
  look_at_silence(l);
  for (uint32_t f = 0; f < l->compilation->files.count; f++) {
    const struct source_file *file = &l->compilation->files.at[f];
    if (!file->markdown || nuo__lint_in_stdlib(l, f)) continue;
    look_at_homeless(l, file);
    look_at_statuses(l, file);
    look_at_numbers(l, f, file);
    if (f == 0) look_at_references(l, f, file);
  }
}

// ---- blanks and reviews ----

#define REVIEWED_DAYS 366

static void look_at_value(struct lint *l, const struct decl *decl, const struct dated_value *value) {
  if (value->reviewed == NULL) return;
  const int64_t age = l->options.today - value->reviewed->number;
  if (age > REVIEWED_DAYS)
    nuo__lint_add2(l, DIAG_N1206, value->reviewed->span, nuo__lint_names(decl->names),
                   nuo__lint_quote(l, value->reviewed->span));
}

static void find_used(struct lint *l, const struct expr *e, void *context) {
  bool *used = context;
  (void)l;
  if (e->ref == REF_PARAMETER) used[((const struct parameter *)e->target)->index] = true;
}

void nuo__lint_blanks(struct lint *l) {
  bool *used = nuo__arena_alloc(l->arena, l->program->parameters.count + 1);
  nuo__lint_walk_all(l, find_used, used);
  for (uint32_t i = 0; i < l->program->parameters.count; i++) {
    const struct parameter *p = l->program->parameters.at[i];
    bool unset = false;
    for (uint32_t k = 0; k < p->values.count; k++) unset = unset || p->values.at[k].unset;
    if (unset) nuo__lint_add1(l, used[i] ? DIAG_N1203 : DIAG_N1223, p->names.span, nuo__lint_names(p->names));
  }
  for (uint32_t f = 0; f < l->compilation->files.count; f++)
    for (uint32_t d = 0; d < l->compilation->files.at[f].decls.count; d++) {
      const struct decl *decl = l->compilation->files.at[f].decls.at[d];
      if (decl->kind != DECL_PARAMETER) continue;
      for (uint32_t k = 0; k < decl->parameter.values.count; k++)
        look_at_value(l, decl, &decl->parameter.values.at[k]);
    }
}
