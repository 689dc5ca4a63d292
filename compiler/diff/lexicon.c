// SPDX-License-Identifier: Apache-2.0
// Lexicons that say other things now: cut up into what both versions have and what only one of them has, so
// that reasoning sees that a longer lexicon finds more.
#include "compiler/diff/diff_inside.h"

static bool has_text(const text_list *texts, struct str text) {
  for (uint32_t i = 0; i < texts->count; i++)
    if (nuo__str_equal(texts->at[i], text)) return true;
  return false;
}

// Neither list holds a text twice.
static bool are_same(const text_list *a, const text_list *b) {
  bool same = a->count == b->count;
  for (uint32_t i = 0; same && i < a->count; i++) same = has_text(b, a->at[i]);
  return same;
}

// The entries of `a` that are in `b`, or those that are not.
static struct lexicon *cut(struct differ *d, const struct lexicon *a, const struct lexicon *b, bool in_both) {
  struct lexicon *part = ARENA_NEW(d->arena, struct lexicon);
  *part = (struct lexicon){.names = a->names, .strict = a->strict, .excepted = a->excepted};
  for (uint32_t i = 0; i < a->entries.count; i++)
    if (has_text(&b->entries, a->entries.at[i]) == in_both)
      VEC_PUSH(d->arena, &part->entries, a->entries.at[i]);
  return part;
}

static void add_part(struct differ *d, const struct lexicon *lexicon, const struct lexicon *part) {
  if (part->entries.count > 0) VEC_PUSH(d->arena, &d->parts, (struct lexicon_part){lexicon, part});
}

static void compare(struct differ *d, const struct lexicon *before, const struct lexicon *after) {
  struct lexicon *both = cut(d, before, after, true);
  struct lexicon *gone = cut(d, before, after, false), *new = cut(d, after, before, false);
  if (before->strict != after->strict || !are_same(&before->excepted, &after->excepted)) return;
  if (gone->entries.count + new->entries.count == 0) return;
  add_part(d, before, both);
  add_part(d, after, both);
  add_part(d, before, gone);
  add_part(d, after, new);
}

void nuo__diff_lexicons(struct differ *d) {
  const struct program *a = d->diff->before.program, *b = d->diff->after.program;
  for (uint32_t i = 0; i < a->lexicons.count; i++)
    for (uint32_t k = 0; k < b->lexicons.count; k++)
      if (nuo__str_equal(a->lexicons.at[i]->names.en, b->lexicons.at[k]->names.en))
        compare(d, a->lexicons.at[i], b->lexicons.at[k]);
}
