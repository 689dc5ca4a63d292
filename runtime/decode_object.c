// SPDX-License-Identifier: Apache-2.0
// Objects of an event, member by member. What came the last time is expected again: such a member, with a
// value written as usual, takes a few comparisons with the cursor in a register (decode_plain.h). All else
// goes the long way, which alone decides what is wrong. Called by decode.c.
#include <string.h>

#include "runtime/adapt.h"
#include "runtime/decode_plain.h"
#include "runtime/vm.h"

// ---- what is expected ----

static inline bool is_space(char c) {
  return (unsigned char)c <= ' ';
}

// Behind the white space at `at`, mostly a single blank.
static inline const char *pass_spaces(const char *at, const char *end) {
  return end - at > 1 && *at == ' ' && !is_space(at[1]) ? at + 1 : nuo__json_pass_spaces(at, end);
}

// The first byte behind the step's name and the colon, if they stand at `at`, STEP_NAME bytes and one more
// before the end; else NULL.
static inline const char *pass_name(const struct step *s, const char *at) {
  uint64_t text[2];
  memcpy(text, at, sizeof text);
  if ((((text[0] ^ s->name[0]) & s->mask[0]) | ((text[1] ^ s->name[1]) & s->mask[1])) != 0) return NULL;
  return at + s->size;
}

// As pass_name, of a name that is too long for it.
static const char *pass_long_name(const struct lane *l, const struct step *s, const char *at) {
  const struct image_str name = nuo__step_name(l->image, (uint32_t)(s - l->decoder->steps));
  if (l->json.end - at <= (ptrdiff_t)name.len + 3 || *at != '"' || at[name.len + 1] != '"' ||
      at[name.len + 2] != ':' || !nuo__same_bytes(at + 1, nuo__lane_str(l, name), name.len))
    return NULL;
  return at + name.len + 3;
}

// The place of the member that follows `last` in the schema.
static inline uint32_t next_in_schema(const struct lane *l, const struct walk *w, const struct step *last) {
  if (last == NULL || last == w->record) return 0;
  return (uint32_t)(last - l->decoder->steps) - w->record->first + 1;
}

// What comes instead of the guess is mostly one of the next few: where members may be left out, objects
// follow the schema all the same.
static struct step *find_near(const struct lane *l, const struct walk *w, const struct step *last,
                              struct step *guess, const char *at, const char **behind) {
  enum { NEAR = 8 };
  uint32_t place = next_in_schema(l, w, last);
  if (guess->size == 0 && guess->bit != 0 && (*behind = pass_long_name(l, guess, at)) != NULL) return guess;
  for (uint32_t tries = 0; tries < NEAR && place < w->record->count; tries++, place++) {
    struct step *s = &l->decoder->steps[w->record->first + place];
    if (s->bit == 0) continue;
    *behind = s->size > 0 ? pass_name(s, at) : pass_long_name(l, s, at);
    if (*behind != NULL) return s;
  }
  return NULL;
}

// Where the step is kept that came behind `last` the last time.
static inline struct step **guess_of(const struct walk *w, struct step *last) {
  return last == NULL ? &w->record->inner : &last->next;
}

// At the end of an object: whether all that has to be in it was. Of an event decode.c asks, behind the end of
// the text, and the members of an envelope are none of the event.
static inline bool finish(struct lane *l, const struct walk *w, uint64_t seen) {
  const struct step *record = w->record;
  const uint64_t given = seen & ~w->null & ~STEP_TYPE;
  const bool is_whole = (record->required & ~given) == 0;
  if (w->outermost && l->envelope) return true;
  nuo__lane_given(l, record->first, given);
  if (l->adapted) return true;  // what is missing here the vendor's request may give
  if (record->shape == SHAPE_TYPE) return l->is_whole = is_whole, true;
  return is_whole || nuo__lane_check_given(l, record->first, record->count);
}

static inline void begin_walk(struct walk *w, struct step *record, bool outermost) {
  w->record = record;
  w->last = NULL;
  w->seen = outermost ? 0 : STEP_TYPE;  // only outermost the member "type" names the event's type
  w->null = 0;
  w->outermost = outermost;
}

static inline void save_walk(struct walk *w, struct step *last, uint64_t seen) {
  w->object.begun = true;
  w->last = last;
  w->seen = seen;
}

// The walk of a record that is a member of the one at hand; NULL when it has to be read the long way.
static inline struct walk *enter_record(struct lane *l, struct walk *around, struct step *record,
                                        const char *at) {
  struct json *j = &l->json;
  struct walk *w = around + 1;
  if (*at != '{' || j->depth == LIMIT_EVENT_DEPTH || j->name_count == j->name_cap) return NULL;
  begin_walk(w, record, false);
  nuo__json_object_enter(j, &w->object, at);
  return w;
}

enum taken { TAKEN_SOME, TAKEN_NAME, TAKEN_ALL, TAKEN_WRONG };

// Takes members for as long as they are known and written as usual, from the comma on, or from the brace at
// the object's start, with all records in them; first the value of the walk's last step if it is `named`.
// There has to be room for members that have places. TAKEN_NAME: of the last step only the name was, the
// value comes next. TAKEN_ALL: the object of `base` is at its end. TAKEN_WRONG: the event is refused.
static enum taken take_members(struct lane *l, const struct walk *base, bool named) {
  const char *const end = l->json.end, *const last_name = l->last_name;
  const char *at = l->json.at, *name, *behind;
  struct walk *w = l->walk, *inner;
  struct step *s = w->last, *next, **guess = guess_of(w, s);
  uint64_t seen = w->seen;
  char before = ',';
  if (!w->object.begun) at--, before = '{';
  for (;; named = false) {
    if (!named) {
      if (at >= last_name) break;
      if (*at == '}' && before == ',') {
        nuo__json_object_end(&l->json, &w->object, at);
        if (w == base) return w->seen = seen, l->walk = w, TAKEN_ALL;
        if (!finish(l, w, seen)) return TAKEN_WRONG;
        at++, w--, s = w->last, seen = w->seen, guess = &s->next;
        continue;
      }
      if (*at != before) break;
      name = at + 1;
      if (is_space(*name) && (name = pass_spaces(name, end)) > last_name) break;
      next = *guess;
      behind = pass_name(next, name);
      if (behind == NULL) {
        next = find_near(l, w, s, next, name, &behind);
        if (next == NULL) break;
        *guess = next;
      }
      if (seen & next->bit) break;
      if (is_space(*behind) && (behind = pass_spaces(behind, end)) == end) break;
      seen |= next->bit;
      s = next;
      at = behind;
      guess = &s->next;
      before = ',';
    }
    if (s->shape == SHAPE_RECORD && (inner = enter_record(l, w, s, at)) != NULL) {
      save_walk(w, s, seen);
      guess = &s->inner;
      w = inner, s = NULL, seen = w->seen, before = '{';
      continue;
    }
    behind = plain_value(l, s, at);
    if (behind == NULL) {
      save_walk(w, s, seen);
      l->walk = w;
      return l->json.at = at, TAKEN_NAME;
    }
    at = behind;
  }
  l->walk = w;
  if (before == '{') return l->json.at = at + 1, TAKEN_SOME;
  save_walk(w, s, seen);
  return l->json.at = at, TAKEN_SOME;
}

// ---- the long way ----

static struct step *find_step(const struct lane *l, const struct walk *w, const struct json_string *name) {
  char buffer[LIMIT_MEMBER_NAME];
  const char *text = name->raw;
  size_t len = name->len;
  if (name->escaped) text = buffer, len = nuo__json_unescape(name, buffer);
  struct step *s = nuo__step_find(l->decoder, w->record, text, len);
  return s == NULL && nuo__step_is_place(l->decoder, w->record) ? nuo__adapt_header(l, w->record, text, len)
                                                                : s;
}

// Refuses a member that the object has had; else remembers it, and that it came here.
static bool note_member(struct lane *l, struct walk *w, const struct json_string *name, struct step *s) {
  if (s == NULL || s->bit == 0) return nuo__json_object_note(&l->json, &w->object, name);
  if (w->seen & s->bit) return nuo__json_object_repeated(&l->json, name);
  w->seen |= s->bit;
  if (!name->escaped) *guess_of(w, w->last) = s;
  w->last = s;
  return true;
}

static bool read_record(struct lane *l, struct step *record) {
  if (nuo__json_peek(&l->json) == '{') return nuo__lane_members(l, record, false);
  const struct image_str name = l->image->MEMBERS[record - l->decoder->steps].name;
  return nuo__json_fail(&l->json, l->json.at, "%.*s: an object in braces is expected",
                        "%.*s：应为花括号中的对象", (int)name.len, nuo__lane_str(l, name));
}

static bool read_null(struct lane *l, struct walk *w, const struct step *s) {
  w->null |= s->bit;
  return nuo__json_word(&l->json, "null", 4);
}

static bool read_value(struct lane *l, struct walk *w, struct step *s) {
  if (s == NULL) return nuo__json_skip(&l->json);
  if (nuo__json_peek(&l->json) == 'n') return read_null(l, w, s);
  if (nuo__step_is_place(l->decoder, s)) return nuo__adapt_walk(l, s);
  if (s->shape == SHAPE_RECORD) return read_record(l, s);
  if (s->bit == 0) nuo__lane_given(l, (uint32_t)(s - l->decoder->steps), 1);
  return nuo__lane_value(l, s->field);
}

// What follows the name of a member of the outermost object; of "type" and "specversion" first what they say
// the text is.
static bool read_outer(struct lane *l, struct walk *w, const struct json_string *name, struct step *s) {
  if (nuo__lane_is_kind(name)) {
    const char *value = l->json.at;
    if (!nuo__lane_kind(l, name)) return false;
    l->json.at = value;  // it may be a field of the schema as well
  }
  if (s == w->record) s = NULL;
  return l->envelope ? nuo__lane_enveloped(l, name, s) : read_value(l, w, s);
}

// *named: the value of w->last is still to be read.
static bool read_unexpected(struct lane *l, struct walk *w, const struct json_string *name, bool *named) {
  struct step *s = find_step(l, w, name);
  if (s == NULL && w->outermost && nuo__name_is(name, "type")) s = w->record;
  if (!note_member(l, w, name, s)) return false;
  if (w->outermost && (l->envelope || nuo__lane_is_kind(name))) return read_outer(l, w, name, s);
  if (s == NULL && nuo__step_is_place(l->decoder, w->record)) return nuo__adapt_dotted(l, w->record, name);
  *named = s != NULL && s->bit != 0 && nuo__json_peek(&l->json) != 0;
  return *named || read_value(l, w, s);
}

// The next member of the walk at hand, or the end of its object, the long way; *named as above.
static bool read_some(struct lane *l, bool *is_end, bool *named) {
  struct walk *w = l->walk;
  struct json_string name;
  w->object.known = (uint32_t)__builtin_popcountll(w->seen & ~(w->outermost ? 0 : STEP_TYPE));
  *is_end = !nuo__json_object_name(&l->json, &w->object, &name);
  return *is_end ? l->json.error->status == NUO_OK : read_unexpected(l, w, &name, named);
}

static bool read_named(struct lane *l) {
  static const struct json_string type = {"type", 4, false};
  struct walk *w = l->walk;
  return w->last == w->record ? read_outer(l, w, &type, w->last) : read_value(l, w, w->last);
}

bool nuo__lane_members(struct lane *l, struct step *record, bool outermost) {
  const struct walk *base = ++l->walk;
  bool named = false;
  begin_walk(l->walk, record, outermost);
  if (!nuo__json_object_begin(&l->json, &l->walk->object)) return false;
  for (;;) {
    struct walk *w = l->walk;
    enum taken taken = named ? TAKEN_NAME : TAKEN_SOME;
    bool is_end = false;
    if (!(w->outermost && l->envelope) && nuo__json_object_has_room(&l->json, &w->object, STEP_PLACES + 1))
      taken = take_members(l, base, named);
    named = false;
    switch (taken) {
      case TAKEN_WRONG:
        return false;
      case TAKEN_NAME:
        if (!read_named(l)) return false;
        break;
      case TAKEN_SOME:
        if (!read_some(l, &is_end, &named)) return false;
        break;
      case TAKEN_ALL:
        is_end = true;
    }
    if (!is_end) continue;
    w = l->walk;
    if (!finish(l, w, w->seen)) return false;
    l->walk--;
    if (w == base) return true;
  }
}
