// SPDX-License-Identifier: Apache-2.0
// Values as nearly every sender writes them, straight into registers. Each function takes the cursor by value
// and gives the place behind the value, or NULL when it is written otherwise: then nothing is decided yet,
// and decode_value.c reads it, or says what is wrong with it. So nothing here refuses anything. Called by
// decode_object.c and adapt_value.c.
#ifndef NUO_RUNTIME_DECODE_PLAIN_H
#define NUO_RUNTIME_DECODE_PLAIN_H

#include "runtime/decode_lane.h"
#include "runtime/vm.h"
#include "runtime/when.h"

// The closing quote of a text without escapes, whose opening one is at `at`.
static inline const char *plain_close(const struct json *j, const char *at) {
  if (*at != '"') return NULL;
  const char *close = nuo__json_plain_end(j, at + 1);
  return close < j->end && *close == '"' ? close : NULL;
}

static inline const char *plain_text(struct lane *l, const struct step *s, const char *at) {
  const char *close = plain_close(&l->json, at);
  if (close == NULL) return NULL;
  struct text_reg *reg = &l->batch->texts[s->reg];
  reg->at[l->index] = at + 1;
  reg->len[l->index] = (uint32_t)(close - at - 1);
  l->batch->text_known[s->reg] |= l->bit;
  return close + 1;
}

static inline const char *plain_identity(struct lane *l, const char *at) {
  const char *close = plain_close(&l->json, at);
  if (close == NULL) return NULL;
  l->batch->id[l->index].at = at + 1;
  l->batch->id[l->index].len = (uint32_t)(close - at - 1);
  return close + 1;
}

// The text from `at` to `close` among the enumerators of the field; NULL: not found at once.
static inline const struct choice *find_choice(const struct lane *l, const struct step *s, const char *at,
                                               const char *close) {
#define LOW(bytes) ((bytes) == 0 ? 0 : UINT64_MAX >> (64 - 8 * (bytes)) % 64)
#define SHORT(bytes) \
  { LOW(bytes), 0 }
#define LONG(bytes) \
  { UINT64_MAX, LOW(bytes - 8) }
  static const uint64_t keep[17][2] = {SHORT(0), SHORT(1), SHORT(2), SHORT(3), SHORT(4), SHORT(5),
                                       SHORT(6), SHORT(7), SHORT(8), LONG(9),  LONG(10), LONG(11),
                                       LONG(12), LONG(13), LONG(14), LONG(15), LONG(16)};
#undef LOW
#undef SHORT
#undef LONG
  const size_t len = (size_t)(close - at), left = (size_t)(l->json.end - at);
  uint64_t text[2] = {0, 0};
  if (len > sizeof text) return NULL;
  if (left >= sizeof text)
    memcpy(text, at, sizeof text);
  else
    memcpy(text, at, len);
  text[0] &= keep[len][0];
  text[1] &= keep[len][1];
  return nuo__choice_find(s, text);
}

static inline void put_choice(struct lane *l, const struct step *s, const struct choice *c) {
  l->batch->halves[s->reg][l->index] = (uint16_t)c->ordinal;
  l->batch->half_known[s->reg] |= l->bit;
  l->batch->planes[c->plane].t |= l->bit;
}

static inline const char *plain_enum(struct lane *l, const struct step *s, const char *at) {
  const char *close = plain_close(&l->json, at);
  const struct choice *c = close == NULL ? NULL : find_choice(l, s, at + 1, close);
  if (c == NULL) return NULL;
  put_choice(l, s, c);
  return close + 1;
}

// The place behind true or false. Which of both is nothing that a processor could foresee: so there is no
// branch.
static inline const char *plain_word(const struct json *j, const char *at, bool *value) {
  uint32_t word, true_word, false_word;
  if (j->end - at < 5) return NULL;
  memcpy(&word, at, sizeof word);
  memcpy(&true_word, "true", sizeof true_word);
  memcpy(&false_word, "fals", sizeof false_word);
  const bool yes = word == true_word, no = (word == false_word) & (at[4] == 'e');
  *value = yes;
  return (yes | no) != 0 ? at + 4 + no : NULL;
}

static inline const char *plain_flag(struct lane *l, const struct step *s, const char *at) {
  bool value;
  at = plain_word(&l->json, at, &value);
  if (at == NULL) return NULL;
  nuo__lane_flag(l, s->reg, value);
  return at;
}

// What may follow a number.
static inline bool ends_value(char c) {
  return c == ',' || c == '}' || c == ']' || (unsigned char)c <= ' ';
}

// How many of eight bytes are digits before the first that is none, without a branch, as above.
static inline unsigned digits_of(uint64_t text) {
  const uint64_t digits = text ^ UINT64_C(0x3030303030303030);
  const uint64_t others = ((digits + UINT64_C(0x7676767676767676)) | digits) & UINT64_C(0x8080808080808080);
  const unsigned none = others == 0;  // right up to the first: sums may carry
  return (unsigned)__builtin_ctzll(others | none) / 8 + 8 * none;
}

// The number of the first `count` digits (1 to 8) among eight bytes.
static inline uint64_t number_of(uint64_t text, unsigned count) {
  // Zeros in front; then pairs, fours and eights of digits become one number each.
  uint64_t n = (text ^ UINT64_C(0x3030303030303030)) << (64 - 8 * count);
  n = (n * 10 + (n >> 8)) & UINT64_C(0x00FF00FF00FF00FF);
  n = (n * 100 + (n >> 16)) & UINT64_C(0x0000FFFF0000FFFF);
  return (n * 10000 + (n >> 32)) & UINT64_C(0xFFFFFFFF);
}

// The rest of a whole number, behind eight digits: up to seven more.
static inline const char *more_digits(const char *at, uint64_t *n) {
  static const uint32_t powers[8] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000};
  uint64_t text;
  memcpy(&text, at, sizeof text);
  const unsigned count = digits_of(text);
  if (count == 0 || count == 8) return count == 0 ? at : NULL;
  *n = *n * powers[count] + number_of(text, count);
  return at + count;
}

// A whole number of one to fifteen digits.
static inline const char *plain_digits(const struct json *j, const char *at, int64_t *value) {
  uint64_t text;
  if (j->end - at <= 2 * (ptrdiff_t)sizeof text) return NULL;
  memcpy(&text, at, sizeof text);
  const unsigned count = digits_of(text);
  if (count == 0 || (*at == '0' && count > 1)) return NULL;
  uint64_t n = number_of(text, count);
  at += count;
  if (!ends_value(*at) && (count < 8 || (at = more_digits(at, &n)) == NULL || !ends_value(*at))) return NULL;
  *value = (int64_t)n;
  return at;
}

static inline void put_column(struct lane *l, uint16_t reg, int64_t value) {
  l->batch->columns[reg][l->index] = value;
  l->batch->column_known[reg] |= l->bit;
}

static inline const char *plain_number(struct lane *l, const struct step *s, const char *at) {
  int64_t value;
  at = plain_digits(&l->json, at, &value);
  if (at != NULL) put_column(l, s->reg, value);
  return at;
}

static inline const char *plain_instant(struct lane *l, const struct step *s, const char *at) {
  int64_t value;
  const char *close = plain_close(&l->json, at);
  if (close == NULL || !nuo__when_parse_rfc3339(at + 1, (size_t)(close - at - 1), &value)) return NULL;
  put_column(l, s->reg, value);
  return close + 1;
}

// The same zone as the last event had.
static inline const char *plain_zone(struct lane *l, const struct step *s, const char *at) {
  const struct known_zone *known = &l->decoder->zone;
  const char *close = plain_close(&l->json, at);
  if (close == NULL || known->len != (size_t)(close - at - 1) ||
      !nuo__same_bytes(known->name, at + 1, known->len))
    return NULL;
  l->batch->zone[l->index] = known->handle;
  if (l->image->FIELDS[s->field].reg_class != REG_NONE) put_column(l, s->reg, known->handle);
  return close + 1;
}

// The type that the event is being decoded as.
static inline const char *plain_type(struct lane *l, const char *at) {
  const char *close = plain_close(&l->json, at);
  const struct image_str wire = l->type->wire;
  if (close == NULL || wire.len != (size_t)(close - at - 1) ||
      !nuo__same_bytes(nuo__lane_str(l, wire), at + 1, wire.len))
    return NULL;
  l->saw_type = true;
  return close + 1;
}

static inline const char *plain_element(struct lane *l, const struct step *s, const char *at) {
  union element element;
  const char *close = plain_close(&l->json, at);
  if (close == NULL) return NULL;
  if (s->shape == SHAPE_ENUM_LIST) {
    const struct choice *c = find_choice(l, s, at + 1, close);
    if (c == NULL) return NULL;
    l->batch->planes[c->plane].t |= l->bit;
    element.text.at = NULL, element.text.len = 0;
    element.number = c->ordinal;
  } else {
    element.text.at = at + 1;
    element.text.len = (uint32_t)(close - at - 1);
  }
  return nuo__batch_push(l->batch, l->decoder->allocator, element) ? close + 1 : NULL;
}

static inline const char *plain_elements(struct lane *l, const struct step *s, const char *at,
                                         uint32_t *count) {
  const char *const end = l->json.end;
  for (*count = 1; *count <= LIMIT_LIST_ELEMENTS && at < end; ++*count) {
    at = plain_element(l, s, at);
    if (at == NULL || at == end) return NULL;
    if (*at == ']') return at + 1;
    if (*at != ',') return NULL;
    at = nuo__json_pass_space(at + 1, end);
  }
  return NULL;
}

// Of texts or enumerators. One that is given up leaves no elements behind; the planes that it has set will be
// set again, or the event be refused.
static inline const char *plain_list(struct lane *l, const struct step *s, const char *at) {
  struct batch *b = l->batch;
  const uint32_t first = b->pool_count;
  uint32_t count = 0;
  if (l->json.end - at < 2 || *at != '[') return NULL;
  at = at[1] == ']' ? at + 2 : plain_elements(l, s, at + 1, &count);
  if (at == NULL) return b->pool_count = first, NULL;
  b->lists[s->reg].first[l->index] = first;
  b->lists[s->reg].count[l->index] = count;
  b->list_known[s->reg] |= l->bit;
  return at;
}

// Text, a number or a flag, which is noted and not read.
static inline const char *plain_place(struct lane *l, const struct step *s, const char *at) {
  struct found_value *found = &l->decoder->found[s->field];
  const char *end;
  int64_t number;
  bool flag;
  if (*at == '"')
    end = (end = plain_close(&l->json, at)) == NULL ? NULL : end + 1;
  else
    end = *at == 't' || *at == 'f' ? plain_word(&l->json, at, &flag) : plain_digits(&l->json, at, &number);
  if (end == NULL || found->kind != FOUND_NOTHING) return NULL;
  *found = (struct found_value){at, (uint32_t)(end - at), FOUND_JSON};
  return end;
}

// A value of the step's shape, that is no record.
static inline const char *plain_value(struct lane *l, const struct step *s, const char *at) {
  const char *close;
  int64_t number;
  bool flag;
  switch ((enum shape)s->shape) {
    case SHAPE_TEXT:
      return plain_text(l, s, at);
    case SHAPE_ENUM:
      return plain_enum(l, s, at);
    case SHAPE_FLAG:
      return plain_flag(l, s, at);
    case SHAPE_NUMBER:
      return plain_number(l, s, at);
    case SHAPE_INSTANT:
      return plain_instant(l, s, at);
    case SHAPE_TEXT_LIST:
    case SHAPE_ENUM_LIST:
      return plain_list(l, s, at);
    case SHAPE_IDENTITY:
      return plain_identity(l, at);
    case SHAPE_ZONE:
      return plain_zone(l, s, at);
    case SHAPE_TYPE:
      return plain_type(l, at);
    case SHAPE_UNREAD_TEXT:
      return (close = plain_close(&l->json, at)) == NULL ? NULL : close + 1;
    case SHAPE_UNREAD_NUMBER:
      return plain_digits(&l->json, at, &number);
    case SHAPE_UNREAD_FLAG:
      return plain_word(&l->json, at, &flag);
    case SHAPE_PLACE:
      return plain_place(l, s, at);
    case SHAPE_RECORD:
    case SHAPE_OTHER:
      return NULL;
    case SHAPE_COUNT:
      break;
  }
  __builtin_unreachable();
}

#endif
