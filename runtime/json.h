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
  nuo_error *error;  // filled in at the first mistake
  unsigned depth;
  struct json_name *names;  // of all open objects, innermost last; the caller's memory
  uint32_t name_count, name_cap;
  uint32_t member_count;  // of all open objects, those without a name in `names` too
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

static inline void nuo__json_space(struct json *j) {
  while (j->at < j->end && (unsigned char)*j->at <= ' ') {
    if (*j->at != ' ' && *j->at != '\t' && *j->at != '\n' && *j->at != '\r') return;
    j->at++;
  }
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
  uint32_t first_name, first_member;
  uint64_t seen[4];  // one bit a hash: a name whose bit is not set is a new one
};
bool nuo__json_object_begin(struct json *json, struct json_object *object);
bool nuo__json_object_next(struct json *json, struct json_object *object, struct json_string *name);
// For who knows the names to come. A member that begins at once with "name":, and a comma before it where one
// is due, is taken and its name passed over; otherwise nothing happens. `name` has no quote and no backslash
// in it.
static inline bool nuo__json_object_take(struct json *j, struct json_object *object, const char *name,
                                         uint32_t len) {
  const char *at = j->at;
  if ((size_t)(j->end - at) < (size_t)len + 4) return false;
  if (object->begun && *at++ != ',') return false;
  if (*at != '"' || at[len + 1] != '"' || at[len + 2] != ':' || !nuo__same_bytes(at + 1, name, len))
    return false;
  if (j->member_count - object->first_member == LIMIT_OBJECT_MEMBERS || j->member_count == j->name_cap)
    return false;
  j->at = at + len + 3;
  j->member_count++;
  return object->begun = true;
}
// As nuo__json_object_next, but whether the name is the second of its kind is left to be asked: by the third
// function, or by the caller, who then reports it with the last.
bool nuo__json_object_name(struct json *json, struct json_object *object, struct json_string *name);
bool nuo__json_object_note(struct json *json, struct json_object *object, const struct json_string *name);
bool nuo__json_object_repeated(struct json *json, const struct json_string *name);

bool nuo__json_array_begin(struct json *json, struct json_object *array);
bool nuo__json_array_next(struct json *json, struct json_object *array);

#if defined(__SSE2__)
#include <emmintrin.h>

enum { JSON_STEP = 16 };

// One bit for each of JSON_STEP bytes that ends the plain part of a string: a quote, a backslash, a control.
static inline unsigned nuo__json_ends(const char *at) {
  __m128i bytes = _mm_loadu_si128((const __m128i *)at);
  __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1F)), bytes);
  __m128i quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  __m128i backslashes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return (unsigned)_mm_movemask_epi8(_mm_or_si128(controls, _mm_or_si128(quotes, backslashes)));
}

static inline unsigned nuo__json_first_end(unsigned ends) {
  return (unsigned)__builtin_ctz(ends);
}
#else
enum { JSON_STEP = 8 };

// The same in a word: the top bit of each such byte. Above the first there may be false ones.
static inline uint64_t nuo__json_ends(const char *at) {
  const uint64_t ones = UINT64_C(0x0101010101010101);
  uint64_t bytes, quotes, backslashes;
  memcpy(&bytes, at, sizeof bytes);
  quotes = bytes ^ ones * '"';
  backslashes = bytes ^ ones * '\\';
  uint64_t ends =
      ((bytes - ones * 0x20) & ~bytes) | ((quotes - ones) & ~quotes) | ((backslashes - ones) & ~backslashes);
  return ends & ones * 0x80;
}

static inline unsigned nuo__json_first_end(uint64_t ends) {
  return (unsigned)__builtin_ctzll(ends) / 8;
}
#endif

// A string, after space.
bool nuo__json_any_string(struct json *json, struct json_string *string);
// The same: most are plain, and short enough to end in the first step.
static inline bool nuo__json_string(struct json *j, struct json_string *string) {
  const char *at = j->at;
  if (j->end - at > JSON_STEP && *at == '"' && nuo__json_ends(at + 1) != 0) {
    const char *end = at + 1 + nuo__json_first_end(nuo__json_ends(at + 1));
    if (*end == '"') {
      *string = (struct json_string){at + 1, (uint32_t)(end - at - 1), false};
      j->at = end + 1;
      return true;
    }
  }
  return nuo__json_any_string(j, string);
}

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
