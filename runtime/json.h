// SPDX-License-Identifier: Apache-2.0
// JSON by RFC 8259, read in place: a cursor over text that is already known to be UTF-8. Strict: no comments,
// no trailing commas, no control characters in strings, no lone surrogates, no member twice, bounded depth.
// Knows nothing of schemas; decode.c drives it.
#ifndef NUO_RUNTIME_JSON_H
#define NUO_RUNTIME_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/hash.h"
#include "runtime/limits.h"
#include "runtime/nuo.h"

// A string as written, between its quotes.
struct json_string {
  const char *raw;
  uint32_t len;
  bool escaped;  // has a backslash: needs nuo__json_unescape
};

// The name of a member already read, and the hash of its text.
struct json_name {
  struct json_string string;
  uint32_t hash;
};

struct json {
  const char *start, *at, *end;
  const uint64_t *ends;  // the map of scan.h, or NULL: then bytes are looked at one by one
  nuo_error *error;      // filled in at the first mistake
  unsigned depth;
  struct json_name *names;  // noted, of all open objects, innermost last; the caller's memory
  uint32_t name_count, name_cap;
};

// A number, split: value = (negative ? -1 : 1) * mantissa * 10^exponent, unless `inexact`: more digits
// than an integer or a decimal can have.
struct json_number {
  uint64_t mantissa;
  int32_t exponent;
  bool negative, inexact;
};

// Room for the names of open objects; shared by all events of a session.
#define JSON_NAME_CAP 4096

// Reports a mistake at `place` in both languages; always returns false. printf rules without locale: only %s,
// %.*s and %u.
bool nuo__json_fail(struct json *json, const char *place, const char *en, const char *zh, ...)
    __attribute__((format(printf, 3, 5), format(printf, 4, 5)));
// For messages that say something else in each language: true when this is the first mistake, and its
// messages are to be written.
bool nuo__json_begin_fail(struct json *json, const char *place);

const char *nuo__json_pass_spaces(const char *at, const char *end);
// The first byte from `at` on that is no white space, or the end.
static inline const char *nuo__json_pass_space(const char *at, const char *end) {
  return at < end && (unsigned char)*at <= ' ' ? nuo__json_pass_spaces(at, end) : at;
}
static inline void nuo__json_space(struct json *j) {
  j->at = nuo__json_pass_space(j->at, j->end);
}
// The first byte of the value to come, after space; 0 at the end of the text.
static inline char nuo__json_peek(struct json *j) {
  nuo__json_space(j);
  return j->at < j->end ? *j->at : 0;
}

// Walks an object: nuo__json_object_begin(j, &object), then while (nuo__json_object_next(j, &object, &name))
// read the value. After the loop `json->error->status` tells whether it ended well. An array likewise.
struct json_object {
  bool begun;
  uint32_t first_name;
  uint32_t known;  // members of which no name is noted
  uint64_t
      seen[4];  // one bit a hash: a noted name whose bit is not set is a new one; meaningless while none is
};
bool nuo__json_object_begin(struct json *json, struct json_object *object);
bool nuo__json_object_next(struct json *json, struct json_object *object, struct json_string *name);
// For who knows names to come and keeps count of them in `known`, without noting them. Whether there is room
// for `more` such members at least.
static inline bool nuo__json_object_has_room(const struct json *j, const struct json_object *object,
                                             uint32_t more) {
  return j->name_count - object->first_name + object->known + more <= LIMIT_OBJECT_MEMBERS &&
         j->name_count < j->name_cap;
}
// The opening brace is at `at`; false when it is one too deep.
static inline bool nuo__json_object_enter(struct json *j, struct json_object *object, const char *at) {
  object->begun = false;
  object->first_name = j->name_count;
  object->known = 0;
  j->at = at + 1;
  return ++j->depth <= LIMIT_EVENT_DEPTH;
}
// The closing brace is at `at`.
static inline void nuo__json_object_end(struct json *j, const struct json_object *object, const char *at) {
  j->at = at + 1;
  j->depth--;
  j->name_count = object->first_name;
}
// As nuo__json_object_next, but whether the name is the second of its kind is left to be asked: by the third
// function, or by the caller, who then reports it with the last.
bool nuo__json_object_name(struct json *json, struct json_object *object, struct json_string *name);
bool nuo__json_object_note(struct json *json, struct json_object *object, const struct json_string *name);
bool nuo__json_object_repeated(struct json *json, const struct json_string *name);

bool nuo__json_array_begin(struct json *json, struct json_object *array);
bool nuo__json_array_next(struct json *json, struct json_object *array);

// The first byte from `at` on that ends the plain part of a string: a quote, a backslash, a control, or the
// end of the text. There has to be a map. Its next 57 bits are read at once, wherever they lie: whether a
// short string comes to the end of a word is nothing that a processor could foresee.
static inline const char *nuo__json_plain_end(const struct json *j, const char *at) {
  const size_t place = (size_t)(at - j->start);
  uint64_t left;
  memcpy(&left, (const char *)j->ends + place / 8, sizeof left);
  left >>= place % 8;
  if (__builtin_expect(left != 0, 1)) return at + (unsigned)__builtin_ctzll(left);
  const uint64_t *word = &j->ends[place / 64];
  do left = *++word;
  while (left == 0);
  return j->start + (word - j->ends) * 64 + __builtin_ctzll(left);
}

// A string, after space.
bool nuo__json_string(struct json *json, struct json_string *string);

bool nuo__json_number(struct json *json, struct json_number *number);
// true, false, null.
bool nuo__json_word(struct json *json, const char *word, size_t len);
// Checks a value of any kind and passes over it.
bool nuo__json_skip(struct json *json);

// Writes the string's text to `out` (room for string->len bytes) and returns its length. The string has been
// read by nuo__json_string, so its escapes are right.
size_t nuo__json_unescape(const struct json_string *string, char *out);

// The number as an integer / in millionths: false when it is not whole / has more digits, or is out of range.
bool nuo__json_integer(const struct json_number *number, int64_t *value);
bool nuo__json_decimal(const struct json_number *number, int64_t *millionths);

#endif
