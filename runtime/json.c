// SPDX-License-Identifier: Apache-2.0
// The JSON cursor; see json.h.
#include "runtime/json.h"

#include <stdarg.h>
#include <string.h>

#include "runtime/hash.h"
#include "runtime/limits.h"
#include "runtime/text_out.h"
#include "runtime/utf8.h"

bool nuo__json_begin_fail(struct json *j, const char *place) {
  if (j->error->status != NUO_OK) return false;
  j->error->status = NUO_BAD_EVENT;
  j->error->offset = (uint64_t)(place - j->start);
  return true;
}

bool nuo__json_fail(struct json *j, const char *place, const char *en, const char *zh, ...) {
  va_list arguments;
  if (!nuo__json_begin_fail(j, place)) return false;
  va_start(arguments, zh);
  nuo__text_vformat(j->error->message, sizeof j->error->message, en, arguments);
  va_end(arguments);
  va_start(arguments, zh);
  nuo__text_vformat(j->error->message_zh, sizeof j->error->message_zh, zh, arguments);
  va_end(arguments);
  return false;
}

static bool is_too_deep(struct json *j) {
  return !nuo__json_fail(j, j->at - 1, "nested more than %u levels deep", "嵌套超过 %u 层",
                         (unsigned)LIMIT_EVENT_DEPTH);
}

static inline bool expect(struct json *j, char wanted, const char *what, const char *what_zh) {
  if (j->at < j->end && *j->at == wanted) return j->at++, true;
  if (nuo__json_peek(j) == wanted && j->at < j->end) return j->at++, true;
  if (!nuo__json_begin_fail(j, j->at)) return false;
  const bool ended = j->at == j->end;
  nuo__text_format(j->error->message, sizeof j->error->message,
                   ended ? "the text ends where %s is expected" : "%s expected here", what);
  nuo__text_format(j->error->message_zh, sizeof j->error->message_zh,
                   ended ? "文本结束了，此处应有%s" : "此处应有%s", what_zh);
  return false;
}

const char *nuo__json_pass_spaces(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
  return at;
}

// ---- strings ----

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

static bool read_hex4(const char *at, const char *end, uint32_t *value) {
  *value = 0;
  if (end - at < 4) return false;
  for (int i = 0; i < 4; i++) {
    int digit = hex_digit(at[i]);
    if (digit < 0) return false;
    *value = *value << 4 | (uint32_t)digit;
  }
  return true;
}

static bool check_unicode_escape(struct json *j, const char *escape) {
  uint32_t unit, low;
  if (!read_hex4(j->at, j->end, &unit))
    return nuo__json_fail(j, escape, "\\u wants four hexadecimal digits", "\\u 之后应为四位十六进制数字");
  j->at += 4;
  if (unit < 0xD800 || unit > 0xDFFF) return true;
  if (unit < 0xDC00 && j->end - j->at >= 6 && j->at[0] == '\\' && j->at[1] == 'u' &&
      read_hex4(j->at + 2, j->end, &low) && low >= 0xDC00 && low <= 0xDFFF) {
    j->at += 6;
    return true;
  }
  return nuo__json_fail(j, escape, "half of a surrogate pair without the other half", "代理对只有一半");
}

static bool check_escape(struct json *j) {
  const char *escape = j->at++;
  if (j->at == j->end)
    return nuo__json_fail(j, escape, "the text ends inside a string", "文本在字符串中间就结束了");
  char c = *j->at++;
  if (c == 'u') return check_unicode_escape(j, escape);
  if (memchr("\"\\/bfnrt", c, 8) != NULL) return true;
  return nuo__json_fail(j, escape, "no such escape in JSON", "JSON 没有这种转义");
}

static inline const char *plain_end(const struct json *j, const char *at) {
  if (j->ends != NULL) return nuo__json_plain_end(j, at);
  while (at < j->end && *at != '"' && *at != '\\' && (unsigned char)*at >= 0x20) at++;
  return at;
}

bool nuo__json_string(struct json *j, struct json_string *string) {
  if (nuo__json_peek(j) != '"')
    return nuo__json_fail(j, j->at, "a string is expected here", "此处应为字符串");
  const char *quote = j->at++;
  string->raw = j->at;
  string->escaped = false;
  while ((j->at = plain_end(j, j->at)) < j->end && *j->at != '"') {
    if (*j->at != '\\')
      return nuo__json_fail(j, j->at, "a control character inside a string has to be escaped",
                            "字符串中的控制字符须转义");
    string->escaped = true;
    if (!check_escape(j)) return false;
  }
  if (j->at == j->end) return nuo__json_fail(j, quote, "a string is not closed", "字符串没有结束");
  string->len = (uint32_t)(j->at++ - string->raw);
  return true;
}

size_t nuo__json_unescape(const struct json_string *s, char *out) {
  size_t n = 0;
  for (const char *at = s->raw, *end = s->raw + s->len; at < end;) {
    if (*at != '\\') {
      out[n++] = *at++;
      continue;
    }
    char c = at[1];
    at += 2;
    if (c == 'u') {
      uint32_t unit = 0, low = 0;
      read_hex4(at, end, &unit);
      at += 4;
      if (unit >= 0xD800 && unit < 0xDC00) {
        read_hex4(at + 2, end, &low);
        at += 6;
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
      }
      n += nuo__utf8_encode(unit, out + n);
    } else {
      static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
      const char *found = memchr(from, c, 5);
      out[n++] = found != NULL ? to[found - from] : c;
    }
  }
  return n;
}

// ---- numbers and words ----

static bool is_digit(const struct json *j) {
  return j->at < j->end && *j->at >= '0' && *j->at <= '9';
}

static void take_digit(struct json_number *n, int digit, bool fraction) {
  if (n->mantissa > (UINT64_MAX - 9) / 10) {
    n->inexact |= digit != 0;
    n->exponent += !fraction;
    return;
  }
  n->mantissa = n->mantissa * 10 + (uint64_t)digit;
  n->exponent -= fraction;
}

static bool read_exponent(struct json *j, struct json_number *n) {
  j->at++;
  bool negative = j->at < j->end && *j->at == '-';
  if (j->at < j->end && (*j->at == '-' || *j->at == '+')) j->at++;
  if (!is_digit(j)) return nuo__json_fail(j, j->at, "a digit is expected in the exponent", "指数中应有数字");
  int32_t value = 0;  // stops growing far beyond any number of digits that an event has room for
  for (; is_digit(j); j->at++)
    if (value < 100000000) value = value * 10 + (*j->at - '0');
  n->exponent += negative ? -value : value;
  return true;
}

bool nuo__json_number(struct json *j, struct json_number *n) {
  *n = (struct json_number){0};
  nuo__json_space(j);
  if (j->at < j->end && *j->at == '-') n->negative = true, j->at++;
  if (!is_digit(j)) return nuo__json_fail(j, j->at, "a digit is expected here", "此处应为数字");
  if (*j->at == '0') {
    j->at++;
    if (is_digit(j)) return nuo__json_fail(j, j->at, "a number may not begin with 0", "数不能以 0 开头");
  } else {
    for (; is_digit(j); j->at++) take_digit(n, *j->at - '0', false);
  }
  if (j->at < j->end && *j->at == '.') {
    j->at++;
    if (!is_digit(j))
      return nuo__json_fail(j, j->at, "a digit is expected after the point", "小数点后应有数字");
    for (; is_digit(j); j->at++) take_digit(n, *j->at - '0', true);
  }
  if (j->at < j->end && (*j->at == 'e' || *j->at == 'E')) return read_exponent(j, n);
  return true;
}

// mantissa * 10^shift as a signed value; false when it is not whole or does not fit.
static bool scale(const struct json_number *n, int32_t shift, int64_t *value) {
  uint64_t m = n->mantissa;
  if (n->inexact) return false;
  if (m == 0) return *value = 0, true;
  for (; shift < 0; shift++) {
    if (m % 10 != 0) return false;
    m /= 10;
  }
  for (; shift > 0; shift--)
    if (__builtin_mul_overflow(m, 10, &m)) return false;
  if (m > (uint64_t)INT64_MAX + n->negative) return false;
  *value = n->negative ? (int64_t)(0 - m) : (int64_t)m;
  return true;
}

bool nuo__json_integer(const struct json_number *n, int64_t *value) {
  return scale(n, n->exponent, value);
}
bool nuo__json_decimal(const struct json_number *n, int64_t *value) {
  return scale(n, n->exponent + 6, value);
}

bool nuo__json_word(struct json *j, const char *word, size_t len) {
  if ((size_t)(j->end - j->at) < len || memcmp(j->at, word, len) != 0)
    return nuo__json_fail(j, j->at, "a value is expected here", "此处应有值");
  j->at += len;
  return true;
}

// ---- objects and arrays ----

static size_t name_text(const struct json_string *name, char out[LIMIT_MEMBER_NAME]) {
  if (name->escaped) return nuo__json_unescape(name, out);
  memcpy(out, name->raw, name->len);
  return name->len;
}

// Names are compared as text, so that "id" and "\u0069d" are the same member.
static bool same_name(const struct json_string *a, const struct json_string *b) {
  char left[LIMIT_MEMBER_NAME], right[LIMIT_MEMBER_NAME];
  if (!a->escaped && !b->escaped) return a->len == b->len && memcmp(a->raw, b->raw, a->len) == 0;
  size_t n = name_text(a, left), m = name_text(b, right);
  return n == m && memcmp(left, right, n) == 0;
}

static uint32_t hash_name(const struct json_string *name) {
  char buffer[LIMIT_MEMBER_NAME];
  if (!name->escaped) return nuo__hash(name->raw, name->len);
  return nuo__hash(buffer, nuo__json_unescape(name, buffer));
}

static bool is_repeated(const struct json *j, const struct json_object *object,
                        const struct json_string *name, uint32_t hash) {
  for (uint32_t i = object->first_name; i < j->name_count; i++)
    if (j->names[i].hash == hash && same_name(name, &j->names[i].string)) return true;
  return false;
}

bool nuo__json_object_repeated(struct json *j, const struct json_string *name) {
  return nuo__json_fail(j, name->raw - 1, "the member \"%.*s\" is given twice", "“%.*s”出现了两次",
                        (int)name->len, name->raw);
}

// Remembers a member's name; refuses the second of the same object.
bool nuo__json_object_note(struct json *j, struct json_object *object, const struct json_string *name) {
  uint32_t hash = hash_name(name);
  uint64_t bit = UINT64_C(1) << hash % 64, *seen = &object->seen[hash / 64 % 4];
  if (j->name_count == object->first_name) memset(object->seen, 0, sizeof object->seen);
  if (*seen & bit && is_repeated(j, object, name, hash)) return nuo__json_object_repeated(j, name);
  *seen |= bit;
  j->names[j->name_count++] = (struct json_name){*name, hash};  // there is room: see count_member
  return true;
}

static bool count_member(struct json *j, const struct json_object *object, const struct json_string *name) {
  const char *quote = name->raw - 1;
  if (name->len > LIMIT_MEMBER_NAME)
    return nuo__json_fail(j, quote, "a member's name is longer than %u bytes", "名称超过 %u 字节",
                          (unsigned)LIMIT_MEMBER_NAME);
  if (j->name_count - object->first_name + object->known == LIMIT_OBJECT_MEMBERS)
    return nuo__json_fail(j, quote, "more than %u members in one object", "一个对象中超过 %u 项",
                          (unsigned)LIMIT_OBJECT_MEMBERS);
  if (j->name_count == j->name_cap)
    return nuo__json_fail(j, quote, "more than %u members in nested objects", "各层对象合计超过 %u 项",
                          (unsigned)j->name_cap);
  return true;
}

bool nuo__json_object_begin(struct json *j, struct json_object *object) {
  if (!expect(j, '{', "'{'", "“{”")) return false;
  return nuo__json_object_enter(j, object, j->at - 1) || !is_too_deep(j);
}

bool nuo__json_object_name(struct json *j, struct json_object *object, struct json_string *name) {
  if (j->error->status != NUO_OK) return false;
  if (nuo__json_peek(j) == '}') {
    nuo__json_object_end(j, object, j->at);
    return false;
  }
  if (object->begun) {
    if (!expect(j, ',', "',' or '}'", "“,”或“}”")) return false;
    if (nuo__json_peek(j) == '}') return nuo__json_fail(j, j->at, "a comma before '}'", "“}”之前多了逗号");
  }
  object->begun = true;
  if (nuo__json_peek(j) != '"')
    return nuo__json_fail(j, j->at, "a member's name in quotes is expected here", "此处应为带引号的名称");
  return nuo__json_string(j, name) && count_member(j, object, name) && expect(j, ':', "':'", "“:”");
}

bool nuo__json_object_next(struct json *j, struct json_object *object, struct json_string *name) {
  return nuo__json_object_name(j, object, name) && nuo__json_object_note(j, object, name);
}

bool nuo__json_array_begin(struct json *j, struct json_object *array) {
  array->begun = false;
  if (!expect(j, '[', "'['", "“[”")) return false;
  return ++j->depth <= LIMIT_EVENT_DEPTH || !is_too_deep(j);
}

bool nuo__json_array_next(struct json *j, struct json_object *array) {
  if (j->error->status != NUO_OK) return false;
  if (nuo__json_peek(j) == ']') {
    j->at++;
    j->depth--;
    return false;
  }
  if (array->begun) {
    if (!expect(j, ',', "',' or ']'", "“,”或“]”")) return false;
    if (nuo__json_peek(j) == ']') return nuo__json_fail(j, j->at, "a comma before ']'", "“]”之前多了逗号");
  }
  return array->begun = true;
}

static bool skip_array(struct json *j) {
  struct json_object array;
  if (!nuo__json_array_begin(j, &array)) return false;
  while (nuo__json_array_next(j, &array))
    if (!nuo__json_skip(j)) return false;
  return j->error->status == NUO_OK;
}

static bool skip_object(struct json *j) {
  struct json_object object;
  struct json_string name;
  if (!nuo__json_object_begin(j, &object)) return false;
  while (nuo__json_object_next(j, &object, &name))
    if (!nuo__json_skip(j)) return false;
  return j->error->status == NUO_OK;
}

bool nuo__json_skip(struct json *j) {
  struct json_string string;
  struct json_number number;
  switch (nuo__json_peek(j)) {
    case '{':
      return skip_object(j);
    case '[':
      return skip_array(j);
    case '"':
      return nuo__json_string(j, &string);
    case 't':
      return nuo__json_word(j, "true", 4);
    case 'f':
      return nuo__json_word(j, "false", 5);
    case 'n':
      return nuo__json_word(j, "null", 4);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      return nuo__json_number(j, &number);
    default:
      if (j->at == j->end)
        return nuo__json_fail(j, j->at, "the text ends where a value is expected", "文本结束了，此处应有值");
      return nuo__json_fail(j, j->at, "a value is expected here", "此处应有值");
  }
}
