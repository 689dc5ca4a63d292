// SPDX-License-Identifier: Apache-2.0
// Entries of lexicons that find nothing new, or far too much.
#include <string.h>

#include "compiler/lint/lint.h"
#include "runtime/fold.h"

#define MAX_ENTRIES 20000  // of a lexicon that is looked through: beyond it, the pass says that it stopped
#define MAX_BYTES 64       // of an entry that may stand in another

// Words of every day that are longer than what a lexicon might list: an entry that stands in one of them is
// found where nobody means it.
static const char *const everyday[] = {
    "最近",       "最后",     "最终",    "最初",     "最多",      "最少",     "第一时间", "第一次",
    "第一天",     "第一步",   "一次性",  "唯一标识", "绝对值",    "国家标准", "保证金",   "全部",
    "安全",       "完全",     "成功率",  "特别提示", "手机号码",  "银行卡",   "首页",     "首先",
    "首次",       "极其",     "极少",    "积极",     "现金流",    "奖学金",   "期限",     "权限",
    "有限公司",   "性别",     "性能",    "可能性",   "病毒",      "消毒",     "杀毒软件", "死亡证明",
    "account",    "assist",   "class",   "password", "passenger", "category", "party",    "smart",
    "start",      "article",  "heart",   "believe",  "therapist", "analysis", "document", "title",
    "glass",      "message",  "freedom", "whether",  "another",   "together", "winter",   "window",
    "contest",    "winning",  "cashier", "skill",    "deadline",  "begun",    "dealer",   "ideal",
    "best-known", "firsthand"};

// As the search folds it: UTF-16.
static struct str as_searched(struct lint *l, const struct lexicon *lexicon, struct str text) {
  uint16_t *units = nuo__arena_alloc(l->arena, (text.len + 1) * sizeof *units);
  const unsigned flags = lexicon->strict ? NUO__FOLD_STRICT : NUO__FOLD_DEFAULT;
  const size_t count = nuo__fold(text.at, text.len, flags, units, NULL);
  return (struct str){(const char *)units, (uint32_t)(count * sizeof *units)};
}

// Of texts as they are searched.
static bool stands_in(struct str part, struct str whole) {
  for (uint32_t at = 0; part.len <= whole.len && at <= whole.len - part.len; at += sizeof(uint16_t))
    if (memcmp(whole.at + at, part.at, part.len) == 0) return true;
  return false;
}

static struct str folded(struct arena *arena, struct str text) {
  char *out = nuo__arena_alloc(arena, text.len + 1);
  for (uint32_t i = 0; i < text.len; i++)
    out[i] = (char)(text.at[i] >= 'A' && text.at[i] <= 'Z' ? text.at[i] - 'A' + 'a' : text.at[i]);
  return (struct str){out, text.len};
}

static uint32_t characters(struct str text) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < text.len; i++) count += ((unsigned char)text.at[i] & 0xC0) != 0x80;
  return count;
}

struct book {
  struct lint *l;
  const struct lexicon *lexicon;
  const struct decl *decl;
  struct pool entries;  // folded: numbers in lexicon->entries
  bool lengths[MAX_BYTES + 1];
  text_list searched, excepted;  // entries and excepted phrases, as they are searched
};

// Whether an excepted phrase that stands in `text` has the entry in it: then finding it there means nothing.
static bool is_excepted(const struct book *b, uint32_t entry, struct str text) {
  const struct str whole = as_searched(b->l, b->lexicon, text);
  for (uint32_t i = 0; i < b->excepted.count; i++)
    if (stands_in(b->searched.at[entry], b->excepted.at[i]) && stands_in(b->excepted.at[i], whole))
      return true;
  return false;
}

// The first entry that stands within `text` and is shorter; UINT32_MAX: none.
static uint32_t entry_within(const struct book *b, struct str text) {
  for (uint32_t from = 0; from < text.len; from++)
    for (uint32_t len = 1; len <= MAX_BYTES && from + len <= text.len; len++) {
      if (!b->lengths[len] || len == text.len || ((unsigned char)text.at[from] & 0xC0) == 0x80) continue;
      const uint32_t found = nuo__pool_find(&b->entries, text.at + from, len);
      if (found != UINT32_MAX) return found;
    }
  return UINT32_MAX;
}

// Where an entry is written: in the block, or, of a file, where the file is named.
static struct span span_of(const struct book *b, uint32_t entry, uint32_t *written) {
  const struct expr *entries = b->decl == NULL ? NULL : b->decl->lexicon.texts.entries;
  *written = UINT32_MAX;
  for (uint32_t i = 0; entries != NULL && i < entries->items.count; i++)
    if (nuo__str_equal(entries->items.at[i]->text, b->lexicon->entries.at[entry])) {
      *written = i;
      return entries->items.at[i]->span;
    }
  const struct expr *file = b->decl == NULL ? NULL : b->decl->lexicon.texts.file;
  return file != NULL ? file->span : b->lexicon->span;
}

static void remove_entry(const struct book *b, struct finding *finding, uint32_t written) {
  if (written == UINT32_MAX) return;
  const expr_list *items = &b->decl->lexicon.texts.entries->items;
  struct span span = items->at[written]->span;
  if (written > 0)
    span.start = items->at[written - 1]->span.end;
  else if (items->count > 1)
    span.end = items->at[1]->span.start;
  nuo__lint_edit(finding, span, STR(""));
}

static void look_at_entry(struct book *b, uint32_t number) {
  const struct str entry = folded(b->l->arena, b->lexicon->entries.at[number]);
  const struct diag_arg text = nuo__diag_text(b->lexicon->entries.at[number]);
  const struct diag_arg name = nuo__lint_names(b->lexicon->names);
  uint32_t written;
  const struct span span = span_of(b, number, &written);
  const uint32_t within = entry_within(b, entry);
  if (within != UINT32_MAX && !is_excepted(b, within, b->lexicon->entries.at[number])) {
    struct finding *finding =
        nuo__lint_add3(b->l, DIAG_N1319, span, text, name, nuo__diag_text(b->lexicon->entries.at[within]));
    remove_entry(b, finding, written);
  }
  if (characters(entry) == 1) nuo__lint_add2(b->l, DIAG_N1336, span, text, name);
}

static void look_at_everyday(struct book *b) {
  for (size_t i = 0; i < sizeof everyday / sizeof *everyday; i++) {
    const uint32_t found = entry_within(b, nuo__str_of(everyday[i]));
    if (found == UINT32_MAX || is_excepted(b, found, nuo__str_of(everyday[i]))) continue;
    uint32_t written;
    nuo__lint_add3(b->l, DIAG_N1320, span_of(b, found, &written),
                   nuo__diag_text(b->lexicon->entries.at[found]), nuo__lint_names(b->lexicon->names),
                   nuo__diag_text(nuo__str_of(everyday[i])));
  }
}

static struct span span_of_excepted(const struct book *b, uint32_t index) {
  const struct text_source *from = b->decl == NULL ? NULL : &b->decl->lexicon.excepted;
  if (from != NULL && from->file != NULL) return from->file->span;
  for (uint32_t i = 0; from != NULL && from->entries != NULL && i < from->entries->items.count; i++)
    if (nuo__str_equal(from->entries->items.at[i]->text, b->lexicon->excepted.at[index]))
      return from->entries->items.at[i]->span;
  return b->lexicon->span;
}

// An excepted phrase has to hold an entry, and more than that.
static void look_at_excepted(struct book *b) {
  for (uint32_t i = 0; i < b->excepted.count; i++) {
    const struct diag_arg text = nuo__diag_text(b->lexicon->excepted.at[i]);
    const struct diag_arg name = nuo__lint_names(b->lexicon->names);
    bool covers = false;
    for (uint32_t k = 0; k < b->searched.count; k++) {
      if (!stands_in(b->searched.at[k], b->excepted.at[i])) continue;
      covers = true;
      if (b->searched.at[k].len == b->excepted.at[i].len)
        nuo__lint_add2(b->l, DIAG_N1339, span_of_excepted(b, i), text, name);
    }
    if (!covers) nuo__lint_add2(b->l, DIAG_N1338, span_of_excepted(b, i), text, name);
  }
}

static void note_searched(struct book *b) {
  const struct lexicon *lexicon = b->lexicon;
  if (lexicon->excepted.count == 0) return;
  for (uint32_t i = 0; i < lexicon->entries.count; i++)
    VEC_PUSH(b->l->arena, &b->searched, as_searched(b->l, lexicon, lexicon->entries.at[i]));
  for (uint32_t i = 0; i < lexicon->excepted.count; i++)
    VEC_PUSH(b->l->arena, &b->excepted, as_searched(b->l, lexicon, lexicon->excepted.at[i]));
}

static const struct decl *decl_of(const struct lint *l, const struct lexicon *lexicon) {
  const struct source_file *file = &l->compilation->files.at[lexicon->names.span.file];
  for (uint32_t d = 0; d < file->decls.count; d++)
    if (file->decls.at[d]->kind == DECL_LEXICON &&
        file->decls.at[d]->names.span.start == lexicon->names.span.start)
      return file->decls.at[d];
  return NULL;
}

void nuo__lint_lexicons(struct lint *l) {
  for (uint32_t i = 0; i < l->program->lexicons.count; i++) {
    struct book b = {.l = l, .lexicon = l->program->lexicons.at[i]};
    const uint32_t count = b.lexicon->entries.count;
    if (count > MAX_ENTRIES) {
      nuo__lint_add2(l, DIAG_N1329, b.lexicon->names.span, nuo__lint_names(b.lexicon->names),
                     nuo__lint_number(l, MAX_ENTRIES));
      continue;
    }
    b.decl = decl_of(l, b.lexicon);
    for (uint32_t k = 0; k < count; k++) {
      const struct str entry = folded(l->arena, b.lexicon->entries.at[k]);
      *nuo__pool_at(l->arena, &b.entries, entry.at, entry.len) = k;
      if (entry.len <= MAX_BYTES) b.lengths[entry.len] = true;
    }
    note_searched(&b);
    for (uint32_t k = 0; k < count; k++) look_at_entry(&b, k);
    look_at_everyday(&b);
    look_at_excepted(&b);
  }
}
