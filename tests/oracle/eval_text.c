// SPDX-License-Identifier: Apache-2.0
// Search in texts, the naive way: fold both sides, compare at every place. Patterns are matched by
// backtracking, for the small syntax that the generator writes: | ^ $ . [classes] * + ? and plain characters.
// Called by eval.c and explain.c.
#include <string.h>

#include "runtime/fold.h"
#include "tests/oracle/oracle.h"

#define MAX_HITS 8

struct folded {
  uint16_t *units;
  uint32_t *offsets;
  size_t len;
};

static struct folded fold(struct oracle *o, struct str text, unsigned flags) {
  struct folded f;
  f.units = nuo__arena_alloc(o->arena, (text.len + 1) * sizeof *f.units);
  f.offsets = nuo__arena_alloc(o->arena, (text.len + 1) * sizeof *f.offsets);
  f.len = nuo__fold(text.at, text.len, flags, f.units, f.offsets);
  return f;
}

static bool stands_at(const struct folded *text, size_t at, const struct folded *needle) {
  if (needle->len > text->len || at > text->len - needle->len) return false;
  return memcmp(text->units + at, needle->units, needle->len * sizeof *needle->units) == 0;
}

static bool found(struct oracle *o, enum operator_id op, struct str text, struct str needle, unsigned flags) {
  const struct folded a = fold(o, text, flags), b = fold(o, needle, flags);
  if (op == OP_starts) return stands_at(&a, 0, &b);
  if (op == OP_ends) return b.len <= a.len && stands_at(&a, a.len - b.len, &b);
  for (size_t at = 0; at <= a.len; at++)
    if (stands_at(&a, at, &b)) return true;
  return false;
}

// ---- what is sought, and how exactly ----
struct manner {
  unsigned flags;
  const text_list *excepted;  // or NULL
};

static struct manner manner_of(const struct expr *sought) {
  sought = expr_peel(sought);
  if (sought->ref != REF_LEXICON) return (struct manner){NUO__FOLD_DEFAULT, NULL};
  const struct lexicon *lexicon = sought->target;
  return (struct manner){lexicon->strict ? NUO__FOLD_STRICT : NUO__FOLD_DEFAULT, &lexicon->excepted};
}

// Places are told of words that the policy spells out, not of texts that come with the event.
static bool is_spelled_out(const struct expr *sought) {
  sought = expr_peel(sought);
  return sought->kind == EXPR_TEXT || sought->kind == EXPR_SET || sought->ref == REF_PARAMETER ||
         sought->ref == REF_LEXICON;
}

// ---- patterns ----
struct pattern {
  const char *at, *end;  // one branch
};

static uint32_t next_char(const char **at) {
  const unsigned char *p = (const unsigned char *)*at;
  const int len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  uint32_t c = len == 1 ? p[0] : (uint32_t)p[0] & (0x7Fu >> len);
  for (int i = 1; i < len; i++) c = c << 6 | (p[i] & 0x3F);
  *at += len;
  return c;
}

static const char *class_end(const char *at) {
  while (*at != ']') at++;
  return at + 1;
}

static bool class_has(const char *at, uint32_t c) {
  const bool inverted = *at == '^';
  bool inside = false;
  if (inverted) at++;
  while (*at != ']') {
    const uint32_t low = next_char(&at);
    uint32_t high = low;
    if (*at == '-' && at[1] != ']') {
      at++;
      high = next_char(&at);
    }
    inside |= low <= c && c <= high;
  }
  return inside != inverted;
}

// Passes over one atom of the pattern; whether the character fits it.
static bool atom_fits(const char **pattern, uint32_t c) {
  if (**pattern == '[') {
    const bool fits = class_has(*pattern + 1, c);
    *pattern = class_end(*pattern);
    return fits;
  }
  const uint32_t wanted = next_char(pattern);
  return wanted == '.' ? c != '\n' : wanted == c;
}

static bool match_here(struct pattern p, const char *text, const char *end) {
  if (p.at == p.end) return true;
  if (*p.at == '$') return text == end && match_here((struct pattern){p.at + 1, p.end}, text, end);
  const char *after = p.at, *next = text;
  const bool fits = atom_fits(&after, text < end ? next_char(&next) : 0) && text < end;
  const char count = after < p.end ? *after : 0;
  const bool repeats = count == '*' || count == '+' || count == '?';
  const struct pattern rest = {after + repeats, p.end};
  if (!repeats) return fits && match_here(rest, next, end);
  if (count != '+' && match_here(rest, text, end)) return true;
  if (!fits) return false;
  if (count == '?') return match_here(rest, next, end);
  return match_here(rest, next, end) || match_here(p, next, end);
}

static bool branch_matches(struct pattern p, struct str text) {
  const char *end = text.at + text.len;
  if (p.at < p.end && *p.at == '^') return match_here((struct pattern){p.at + 1, p.end}, text.at, end);
  for (const char *at = text.at; at < end; next_char(&at))
    if (match_here(p, at, end)) return true;
  return match_here(p, end, end);
}

static bool pattern_matches(struct str pattern, struct str text) {
  const char *start = pattern.at, *end = pattern.at + pattern.len;
  for (const char *at = start;; at++) {
    if (at < end && *at != '|') continue;
    if (branch_matches((struct pattern){start, at}, text)) return true;
    if (at == end) return false;
    start = at + 1;
  }
}

// ---- places ----
struct hit_place {
  uint32_t offset, len, word;
  struct str entry;
};
typedef VEC(struct hit_place) place_list;

static uint32_t char_len(struct str text, uint32_t at) {
  const char *end = text.at + at;
  next_char(&end);
  return (uint32_t)(end - text.at) - at;
}

// Arabic digits, half or full width, on both sides of byte `at`.
static bool is_amid_number(struct str text, uint32_t at) {
  const char *c = text.at + at;
  if (at == 0 || at >= text.len) return false;
  const bool before =
      (c[-1] >= '0' && c[-1] <= '9') || (at >= 3 && memcmp(c - 3, "\xEF\xBC", 2) == 0 &&
                                         (unsigned char)c[-1] >= 0x90 && (unsigned char)c[-1] <= 0x99);
  const bool behind =
      (c[0] >= '0' && c[0] <= '9') || (text.len - at >= 3 && memcmp(c, "\xEF\xBC", 2) == 0 &&
                                       (unsigned char)c[2] >= 0x90 && (unsigned char)c[2] <= 0x99);
  return before && behind;
}

static void find_word(struct oracle *o, enum operator_id op, struct str text, struct str word,
                      uint32_t number, unsigned flags, place_list *places) {
  const struct folded a = fold(o, text, flags), b = fold(o, word, flags);
  for (size_t at = 0; at < a.len; at++) {
    if (!stands_at(&a, at, &b)) continue;
    if ((op == OP_starts_any && at != 0) || (op == OP_ends_any && at + b.len != a.len)) continue;
    const uint32_t start = a.offsets[at], last = a.offsets[at + b.len - 1];
    VEC_PUSH(o->arena, places, (struct hit_place){start, last + char_len(text, last) - start, number, word});
  }
}

// Leaves out what lies within an excepted phrase, whose separators count, and what is part of a number.
static void drop_what_does_not_count(struct oracle *o, struct str text, struct manner manner,
                                     place_list *places) {
  place_list phrases = {0};
  for (uint32_t i = 0; manner.excepted != NULL && i < manner.excepted->count; i++)
    find_word(o, OP_contains, text, manner.excepted->at[i], i, manner.flags & ~(unsigned)NUO__FOLD_SEPARATORS,
              &phrases);
  uint32_t kept = 0;
  for (uint32_t i = 0; i < places->count; i++) {
    const struct hit_place place = places->at[i];
    bool is_within = (manner.flags & NUO__FOLD_SPELLING) != 0 &&
                     (is_amid_number(text, place.offset) || is_amid_number(text, place.offset + place.len));
    for (uint32_t k = 0; k < phrases.count; k++)
      is_within |= phrases.at[k].offset <= place.offset &&
                   place.offset + place.len <= phrases.at[k].offset + phrases.at[k].len;
    if (!is_within) places->at[kept++] = place;
  }
  places->count = kept;
}

static struct value any_found(struct oracle *o, enum operator_id op, const struct value *text,
                              const struct value *words, struct manner manner) {
  const struct type *flag = nuo__type_simple(TYPE_FLAG);
  place_list places = {0};
  bool unknown = false;
  for (uint32_t i = 0; i < words->count; i++) {
    unknown |= !words->items[i].known;
    if (words->items[i].known) find_word(o, op, text->text, words->items[i].text, i, manner.flags, &places);
  }
  drop_what_does_not_count(o, text->text, manner, &places);
  if (places.count > 0) return value_of(flag, true);
  return unknown ? value_unknown(flag) : value_of(flag, false);
}

// ---- operators ----
struct value eval_text_operator(struct oracle *o, const struct expr *e) {
  const struct type *flag = nuo__type_simple(TYPE_FLAG);
  const struct value text = eval(o, e->left), sought = eval(o, e->right);
  if (!text.known || (!sought.known && sought.items == NULL)) return value_unknown(flag);
  if (e->op == OP_matches) return value_of(flag, pattern_matches(sought.text, text.text));
  if (e->op == OP_contains_any || e->op == OP_starts_any || e->op == OP_ends_any)
    return any_found(o, e->op, &text, &sought, manner_of(e->right));
  return value_of(flag, found(o, e->op, text.text, sought.text, NUO__FOLD_DEFAULT));
}

// ---- hits ----
static bool comes_before(const struct hit_place *a, const struct hit_place *b) {
  if (a->offset != b->offset) return a->offset < b->offset;
  if (a->len != b->len) return a->len > b->len;
  return a->word < b->word;
}

static bool same_when_folded(struct oracle *o, struct str a, struct str b, unsigned flags) {
  const struct folded x = fold(o, a, flags), y = fold(o, b, flags);
  return x.len == y.len && stands_at(&x, 0, &y);
}

static bool said_before(struct oracle *o, const struct value *words, uint32_t index, unsigned flags) {
  for (uint32_t i = 0; i < index; i++)
    if (words->items[i].known && same_when_folded(o, words->items[i].text, words->items[index].text, flags))
      return true;
  return false;
}

static void sort_places(place_list *places) {
  for (uint32_t i = 1; i < places->count; i++)
    for (uint32_t k = i; k > 0 && comes_before(&places->at[k], &places->at[k - 1]); k--) {
      const struct hit_place swapped = places->at[k];
      places->at[k] = places->at[k - 1];
      places->at[k - 1] = swapped;
    }
}

// Of `title default ""` the title, unless one of several words that are sought is not known.
static const struct expr *told_text(struct oracle *o, const struct expr *atom) {
  const struct expr *text = expr_peel(atom->left);
  if (text->kind != EXPR_OPERATOR || text->op != OP_default) return text;
  const struct expr *instead = expr_peel(text->right);
  if (instead->kind != EXPR_TEXT || instead->text.len > 0) return text;
  const struct value sought = eval(o, atom->right);
  for (uint32_t i = 0; i < sought.count; i++)
    if (!sought.items[i].known) return text;
  return expr_peel(text->left);
}

const struct field *hits_field(struct oracle *o, const struct expr *atom) {
  if (atom->kind != EXPR_OPERATOR || (atom->op != OP_contains && atom->op != OP_contains_any)) return NULL;
  const struct expr *text = told_text(o, atom);
  if (text->ref != REF_FIELD || text->type->kind != TYPE_TEXT || !is_spelled_out(atom->right)) return NULL;
  return text->target;
}

void text_hits(struct oracle *o, const struct expr *atom, hit_list *hits) {
  const struct value text = eval(o, atom->left);
  struct value sought = eval(o, atom->right);
  const struct value single = {.items = &sought, .count = 1};
  const struct value *words = atom->op == OP_contains_any ? &sought : &single;
  const struct manner manner = manner_of(atom->right);
  place_list places = {0};
  for (uint32_t i = 0; i < words->count; i++)
    if (words->items[i].known && !said_before(o, words, i, manner.flags))
      find_word(o, atom->op, text.text, words->items[i].text, i, manner.flags, &places);
  drop_what_does_not_count(o, text.text, manner, &places);
  sort_places(&places);
  for (uint32_t i = 0; i < places.count && i < MAX_HITS; i++) {
    const struct hit_place *p = &places.at[i];
    VEC_PUSH(o->arena, hits, (nuo_hit){{p->entry.at, p->entry.len}, p->offset, p->len});
  }
}
