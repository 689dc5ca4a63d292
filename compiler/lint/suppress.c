// SPDX-License-Identifier: Apache-2.0
// Comments that keep findings back: `# nuo-lint: off N1203 until 2026-12-31 because …`. One counts for the
// declaration in which it stands or before which it stands, and for the heading of its clause; at the
// `policy` for everything. Without a reason and a last day it keeps nothing back; one that has expired, or
// keeps nothing back any more, is reported.
#include <string.h>

#include "compiler/lint/lint.h"
#include "runtime/when.h"

#define MAX_CODES 16

struct suppression {
  struct span comment;
  enum diag_code codes[MAX_CODES];
  bool used[MAX_CODES];
  uint32_t count;
  int32_t until;
  bool everywhere;
  struct span range, heading;
};

// ---- reading ----

struct reader {
  struct str text;
  uint32_t at;
};

static void skip_space(struct reader *r) {
  while (r->at < r->text.len && (r->text.at[r->at] == ' ' || r->text.at[r->at] == '\t')) r->at++;
}

static bool take(struct reader *r, const char *word) {
  const size_t len = strlen(word);
  skip_space(r);
  if (r->text.len - r->at < len || memcmp(r->text.at + r->at, word, len) != 0) return false;
  r->at += (uint32_t)len;
  return true;
}

static bool take_either(struct reader *r, const char *en, const char *zh) {
  return take(r, en) || take(r, zh);
}

static bool take_codes(struct reader *r, struct suppression *s) {
  do {
    skip_space(r);
    if (s->count == MAX_CODES || r->text.len - r->at < 5) return false;
    const enum diag_code code = nuo__diag_find(r->text.at + r->at, 5);
    if (code == DIAG_COUNT || nuo__lint_rule(code) == NULL) return false;
    s->codes[s->count++] = code;
    r->at += 5;
  } while (take_either(r, ",", "、") || take(r, "，"));
  return true;
}

static bool take_date(struct reader *r, int32_t *day) {
  skip_space(r);
  if (r->text.len - r->at < 10 || !nuo__when_parse_date(r->text.at + r->at, 10, day)) return false;
  r->at += 10;
  return true;
}

// False: it speaks of nuo-lint and is not what it should be.
static bool read(struct reader *r, struct suppression *s) {
  if (!take_either(r, ":", "：") || !take_either(r, "off", "停用") || !take_codes(r, s)) return false;
  if (!take_either(r, "until", "至") || !take_date(r, &s->until)) return false;
  if (!take_either(r, "because", "因为")) return false;
  take_either(r, ":", "：");
  skip_space(r);
  return r->text.len - r->at >= 6;  // two Chinese characters, or a short word
}

// ---- what it counts for ----

static bool stands_behind_code(const struct source_file *file, struct span comment) {
  uint32_t at = comment.start;
  while (at > 0 && file->text.at[at - 1] != '\n') {
    at--;
    if (file->text.at[at] != ' ' && file->text.at[at] != '\t') return true;
  }
  return false;
}

// The declaration in which the comment stands, behind whose last word, or before which.
static uint32_t decl_for(const struct source_file *file, struct span comment) {
  uint32_t next = 0;
  while (next < file->decls.count && file->decls.at[next]->span.start < comment.start) next++;
  const bool within =
      next > 0 && (file->decls.at[next - 1]->span.end > comment.start || stands_behind_code(file, comment));
  return within ? next - 1 : next;
}

static void find_range(struct lint *l, struct suppression *s) {
  const struct source_file *file = &l->compilation->files.at[s->comment.file];
  const uint32_t number = decl_for(file, s->comment);
  s->range = s->comment;
  if (number == file->decls.count) return;
  const struct decl *decl = file->decls.at[number];
  s->everywhere = decl->kind == DECL_POLICY;
  if (decl->span.start < s->range.start) s->range.start = decl->span.start;
  s->range.end = number + 1 < file->decls.count ? file->decls.at[number + 1]->span.start : file->text.len;
  if (decl->clause == CLAUSE_NONE) return;
  const struct clause *clause = &file->clauses.at[decl->clause];
  s->heading = clause->heading;
  if (clause->body.end < s->range.end) s->range.end = clause->body.end;
}

static bool is_in(struct span span, struct span range) {
  return range.end > 0 && span.file == range.file && span.start >= range.start && span.start < range.end;
}

static bool keeps_back(struct suppression *s, const struct finding *finding) {
  const struct span span = finding->diag.span;
  if (!s->everywhere && (span.end == 0 || (!is_in(span, s->range) && !is_in(span, s->heading)))) return false;
  for (uint32_t i = 0; i < s->count; i++)
    if (s->codes[i] == finding->diag.code) return s->used[i] = true;
  return false;
}

// ---- all of them ----

typedef VEC(struct suppression) suppression_list;

static void read_comment(struct lint *l, struct span comment, suppression_list *list) {
  struct reader r = {.text = nuo__lint_text(l, comment)};
  struct suppression s = {.comment = comment};
  if (!take(&r, "#") || !take(&r, "nuo-lint")) return;
  if (!read(&r, &s)) {
    nuo__lint_add(l, DIAG_N1325, comment);
  } else if (s.until < l->options.today) {
    nuo__lint_add1(l, DIAG_N1326, comment,
                   nuo__diag_text(nuo__value_text(l->arena, nuo__type_simple(TYPE_DATE), s.until, false)));
  } else {
    find_range(l, &s);
    VEC_PUSH(l->arena, list, s);
  }
}

static void tell_unused(struct lint *l, const struct suppression *s) {
  for (uint32_t i = 0; i < s->count; i++) {
    if (s->used[i]) continue;
    struct finding *finding = nuo__lint_add1(l, DIAG_N1327, s->comment,
                                             nuo__diag_text(nuo__str_of(nuo__diag_info(s->codes[i])->code)));
    if (s->count == 1) nuo__lint_edit(finding, s->comment, STR(""));
  }
}

void nuo__lint_suppress(struct lint *l) {
  suppression_list list = {0};
  const uint32_t before = l->findings->items.count;
  for (uint32_t f = 0; f < l->compilation->files.count; f++)
    for (uint32_t i = 0; i < l->compilation->files.at[f].comments.count; i++)
      read_comment(l, l->compilation->files.at[f].comments.at[i], &list);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < l->findings->items.count; i++) {
    bool back = false;
    for (uint32_t k = 0; k < list.count && i < before; k++)
      back = keeps_back(&list.at[k], &l->findings->items.at[i]) || back;
    if (!back) l->findings->items.at[kept++] = l->findings->items.at[i];
  }
  l->findings->suppressed = l->findings->items.count - kept;
  l->findings->items.count = kept;
  for (uint32_t i = 0; i < list.count; i++) tell_unused(l, &list.at[i]);
}
