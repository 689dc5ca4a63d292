// SPDX-License-Identifier: Apache-2.0
// The syntax walk over regular expressions: names what is refused, and where, so that the compiler can say it
// to a rule author, and counts states. Whatever passes has one meaning here and in the library; what the
// library might read in two ways (a stray brace, an octal escape) is refused. Does not look into \p{…} names
// or class ranges.
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "runtime/regex.h"
#include "runtime/utf8.h"

// Counts of states never get past this, so they cannot overflow when a repeat multiplies them.
enum { STATES_MANY = 1 << 16 };
enum { UTF8_MAX = 4 };  // bytes of a character

// What a piece of the pattern matches, as far as digits (0 to 9, of either width) tell: so many it has at
// least, and at most so many bytes that are none of these lie before the first, between two and behind the
// last of them. Without any, `lead` is all that it may match.
struct digits {
  uint32_t count, lead, inner, tail;
  uint32_t bytes;  // all that it may match
};

// An open group, or the whole pattern.
struct level {
  size_t open;                        // offset of its parenthesis
  uint32_t states;                    // of what was read in it so far, but for the last item
  uint32_t last;                      // states of the last item, which a repeat would apply to; 0 for none
  size_t begin;                       // offset of the last item
  bool is_group;                      // the last item is a group
  struct digits digits, last_digits;  // of the alternative at hand, but for the last item; of that
  struct digits others;               // of the alternatives before
  bool has_others;
};

struct walk {
  const char *pattern;
  size_t len, at;
  struct level levels[LIMIT_REGEX_DEPTH + 1];
  size_t depth;
  enum regex_status status;
  size_t error;
  char *lowered;  // NULL when nobody wants it
  size_t lowered_len;
};

static bool fail(struct walk *w, enum regex_status status, size_t offset) {
  w->status = status;
  w->error = offset;
  return false;
}

// Adds source bytes to the lowered pattern.
static void copy_source(struct walk *w, size_t from, size_t to) {
  if (w->lowered != NULL) memcpy(w->lowered + w->lowered_len, w->pattern + from, to - from);
  w->lowered_len += to - from;
}

static void copy_text(struct walk *w, const char *text) {
  if (w->lowered != NULL) memcpy(w->lowered + w->lowered_len, text, strlen(text));
  w->lowered_len += strlen(text);
}

// The byte `ahead` of the place, 0 past the end (a NUL in the pattern is an ordinary character and equals
// nothing that is asked for).
static char peek(const struct walk *w, size_t ahead) {
  return ahead < w->len - w->at ? w->pattern[w->at + ahead] : 0;
}

static bool looking_at(const struct walk *w, const char *text) {
  size_t len = strlen(text);
  return len <= w->len - w->at && memcmp(w->pattern + w->at, text, len) == 0;
}

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
static bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
static bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
static bool is_one_of(char c, const char *set) {
  return c != 0 && strchr(set, c) != NULL;
}

static uint32_t capped(uint64_t states) {
  return states > STATES_MANY ? STATES_MANY : (uint32_t)states;
}

static uint32_t greater(uint32_t a, uint32_t b) {
  return a > b ? a : b;
}

// ---- digits ----

static const struct digits no_digits;

static struct digits behind(struct digits a, struct digits b) {
  const struct digits both = {.count = capped((uint64_t)a.count + b.count),
                              .lead = a.count > 0 ? a.lead : capped((uint64_t)a.lead + b.lead),
                              .inner = greater(a.inner, b.inner),
                              .tail = b.count > 0 ? b.tail : capped((uint64_t)a.tail + b.lead),
                              .bytes = capped((uint64_t)a.bytes + b.bytes)};
  if (a.count == 0 || b.count == 0) return both;
  struct digits apart = both;
  apart.inner = greater(both.inner, capped((uint64_t)a.tail + b.lead));
  return apart;
}

static struct digits without(uint32_t bytes) {
  return (struct digits){.lead = bytes, .bytes = bytes};
}

static struct digits either(struct digits a, struct digits b) {
  const uint32_t bytes = greater(a.bytes, b.bytes);
  if (a.count == 0 || b.count == 0) return without(bytes);
  return (struct digits){.count = a.count < b.count ? a.count : b.count,
                         .lead = greater(a.lead, b.lead),
                         .inner = greater(a.inner, b.inner),
                         .tail = greater(a.tail, b.tail),
                         .bytes = bytes};
}

static struct digits repeated(struct digits a, uint32_t least, uint32_t most) {
  const uint32_t bytes = capped((uint64_t)a.bytes * most);
  if (least == 0 || a.count == 0) return without(bytes);
  if (most > 1) a.inner = greater(a.inner, capped((uint64_t)a.tail + a.lead));
  a.count = capped((uint64_t)a.count * least);
  a.bytes = bytes;
  return a;
}

// The alternative at hand ends; what all of them have.
static struct digits end_alternative(struct level *level) {
  level->others = level->has_others ? either(level->others, level->digits) : level->digits;
  level->has_others = true;
  level->digits = no_digits;
  return level->others;
}

// 0 to 9 of either width at the place: its bytes, or 0.
static uint32_t digit_at(const struct walk *w, size_t ahead) {
  if (is_digit(peek(w, ahead))) return 1;
  const bool wide = peek(w, ahead) == '\xEF' && peek(w, ahead + 1) == '\xBC';
  const unsigned char last = (unsigned char)peek(w, ahead + 2);
  return wide && last >= 0x90 && last <= 0x99 ? 3 : 0;
}

// Whether what begins there in a class takes one byte whatever the case: letters may stand for others (the
// sign of the kelvin is a K), and a range holds what lies in it.
static bool is_one_byte(const struct walk *class, size_t start) {
  const char c = peek(class, 0);
  if (c == '-') return class->at == start || class->at + 1 == class->len;
  return (unsigned char)c < 0x80 && !is_letter(c) && !is_one_of(c, "\\[");
}

// One character of a class, which goes from `start` to the place.
static struct digits class_digits(const struct walk *w, size_t start) {
  struct walk class = {.pattern = w->pattern, .len = w->at - 1, .at = start + 1};
  uint32_t before = 0;
  bool only_digits = true, is_narrow = peek(&class, 0) != '^';
  while (class.at < class.len) {
    const uint32_t digit = digit_at(&class, 0);
    // From one digit to another of its width.
    const bool range = before > 0 && peek(&class, 0) == '-' && digit_at(&class, 1) == before;
    only_digits = only_digits && (digit > 0 || range);
    is_narrow = is_narrow && (range ? before == 1 : is_one_byte(&class, start + 1));
    class.at += range ? 1 + before : greater(digit, 1);
    before = range ? 0 : digit;
  }
  if (only_digits) return (struct digits){.count = 1, .bytes = 3};
  return without(is_narrow ? 1 : UTF8_MAX);
}

// ---- items ----

static void add_item(struct walk *w, uint32_t states, struct digits digits) {
  struct level *level = &w->levels[w->depth];
  level->states = capped((uint64_t)level->states + level->last);
  level->digits = behind(level->digits, level->last_digits);
  level->last = states;
  level->last_digits = digits;
}

// What cannot be repeated, like an anchor.
static void add_mark(struct walk *w, uint32_t states) {
  add_item(w, states, no_digits);
  add_item(w, 0, no_digits);
}

// ---- escapes ----

// \x41, \x{4E00}, \pL, \p{Han}: the place is behind the letter. False: not of that form.
static bool skip_braced(struct walk *w, bool hex) {
  size_t digits = 0;
  if (peek(w, 0) != '{') {
    size_t wanted = hex ? 2 : 1;
    while (digits < wanted && (hex ? is_hex(peek(w, digits)) : is_letter(peek(w, digits)))) digits++;
    w->at += digits;
    return digits == wanted;
  }
  w->at++;
  if (!hex && peek(w, 0) == '^') w->at++;
  while (hex ? is_hex(peek(w, 0)) : is_letter(peek(w, 0)) || peek(w, 0) == '_') w->at++, digits++;
  if (digits == 0 || peek(w, 0) != '}') return false;
  w->at++;
  return true;
}

// At a backslash. Sets `*anchor` for an escape that takes no character.
static bool walk_escape(struct walk *w, bool in_class, bool *anchor) {
  size_t start = w->at;
  char c = peek(w, 1);
  *anchor = false;
  if (start + 1 == w->len) return fail(w, REGEX_UNKNOWN_ESCAPE, start);
  w->at += 2;
  if (!is_letter(c) && !is_digit(c)) {
    if ((unsigned char)c >= 0x80) w->at += nuo__utf8_length((unsigned char)c) - 1;
    return true;
  }
  if (is_one_of(c, "dDwWsShHvVtnrfea")) return true;
  if (c == 'x' || c == 'p' || c == 'P')
    return skip_braced(w, c == 'x') || fail(w, REGEX_UNKNOWN_ESCAPE, start);
  if (in_class) return fail(w, REGEX_UNKNOWN_ESCAPE, start);
  if (c == 'N' && peek(w, 0) != '{') return true;
  *anchor = is_one_of(c, "bBAz");
  if (*anchor) return true;
  if (is_one_of(c, "KG")) return fail(w, REGEX_LOOKAROUND, start);
  if (is_one_of(c, "123456789gk")) return fail(w, REGEX_BACKREFERENCE, start);
  return fail(w, REGEX_UNKNOWN_ESCAPE, start);
}

// ---- classes ----

// [:alpha:] inside a class. A [ that does not begin one is a character.
static bool walk_bracket_in_class(struct walk *w) {
  if (peek(w, 1) == '.' || peek(w, 1) == '=') return fail(w, REGEX_BAD_CLASS, w->at);
  if (peek(w, 1) != ':') {
    w->at++;
    return true;
  }
  size_t start = w->at;
  w->at += peek(w, 2) == '^' ? 3 : 2;
  while (is_letter(peek(w, 0))) w->at++;
  if (!looking_at(w, ":]")) return fail(w, REGEX_BAD_CLASS, start);
  w->at += 2;
  return true;
}

static bool walk_class(struct walk *w) {
  size_t start = w->at++;
  bool anchor;
  if (peek(w, 0) == '^') w->at++;
  if (peek(w, 0) == ']') return fail(w, REGEX_BAD_CLASS, start);
  while (w->at < w->len && peek(w, 0) != ']') {
    if (peek(w, 0) == '\\') {
      if (!walk_escape(w, true, &anchor)) return false;
    } else if (peek(w, 0) == '[') {
      if (!walk_bracket_in_class(w)) return false;
    } else {
      w->at += nuo__utf8_length((unsigned char)w->pattern[w->at]);
    }
  }
  if (w->at >= w->len) return fail(w, REGEX_BAD_CLASS, start);
  w->at++;
  add_item(w, 1, class_digits(w, start));
  return true;
}

// ---- groups ----

// What a group that begins like this would be; the first that fits.
static const struct refusal {
  const char *opening;
  enum regex_status status;
} refusals[] = {
    {"(*", REGEX_VERB},         {"(?=", REGEX_LOOKAROUND},  {"(?!", REGEX_LOOKAROUND},
    {"(?<=", REGEX_LOOKAROUND}, {"(?<!", REGEX_LOOKAROUND}, {"(?>", REGEX_ATOMIC},
    {"(?(", REGEX_CONDITIONAL}, {"(?C", REGEX_CALLOUT},     {"(?R", REGEX_RECURSION},
    {"(?&", REGEX_RECURSION},   {"(?P>", REGEX_RECURSION},  {"(?P=", REGEX_BACKREFERENCE},
    {"(?+", REGEX_RECURSION},   {"(?0", REGEX_RECURSION},
};

static enum regex_status refusal_of(const struct walk *w) {
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
    if (looking_at(w, refusals[i].opening)) return refusals[i].status;
  }
  bool minus = peek(w, 2) == '-';
  if (looking_at(w, "(?") && is_digit(peek(w, minus ? 3 : 2))) return REGEX_RECURSION;
  return REGEX_UNKNOWN_GROUP;
}

// (?i) and (?i-s: up to the letter behind the options, the place is then there.
static bool skip_options(struct walk *w) {
  size_t start = w->at;
  w->at += 2;
  while (is_one_of(peek(w, 0), "ims")) w->at++;
  if (peek(w, 0) == '-' && is_one_of(peek(w, 1), "ims")) {
    w->at++;
    while (is_one_of(peek(w, 0), "ims")) w->at++;
  }
  bool fits = peek(w, 0) == ':' || (peek(w, 0) == ')' && w->at > start + 2);
  if (!fits) w->at = start;
  return fits;
}

static bool walk_open(struct walk *w) {
  size_t start = w->at;
  if (peek(w, 1) == '*') return fail(w, REGEX_VERB, start);
  if (peek(w, 1) == '?') {
    if (!skip_options(w)) return fail(w, refusal_of(w), start);
    if (peek(w, 0) == ')') {  // options for the rest of the group: nothing to repeat
      w->at++;
      add_mark(w, 0);
      return true;
    }
  }
  w->at++;
  if (w->depth == LIMIT_REGEX_DEPTH) return fail(w, REGEX_TOO_DEEP, start);
  w->levels[++w->depth] = (struct level){.open = start};
  return true;
}

static bool walk_close(struct walk *w) {
  if (w->depth == 0) return fail(w, REGEX_UNBALANCED, w->at);
  add_mark(w, 2);
  const uint32_t states = w->levels[w->depth].states;
  const struct digits digits = end_alternative(&w->levels[w->depth]);
  w->depth--;
  add_item(w, states, digits);
  w->at++;
  return true;
}

// ---- repeats ----

static bool read_count(struct walk *w, uint32_t *count) {
  if (!is_digit(peek(w, 0))) return false;
  for (*count = 0; is_digit(peek(w, 0)); w->at++)
    *count = capped(*count * UINT64_C(10) + (uint64_t)(peek(w, 0) - '0'));
  return true;
}

struct repeat {
  uint32_t copies;  // how often the item stands there when written out
  uint32_t least;   // and how often it matches at least
  bool unbounded;   // + or {n,}
  size_t comma;     // of {n,}
};

// {n}, {n,} or {n,m}
static bool walk_count(struct walk *w, struct repeat *repeat) {
  size_t start = w->at++;
  uint32_t low, high;
  if (!read_count(w, &low)) return fail(w, REGEX_BAD_REPEAT, start);
  high = low;
  if (peek(w, 0) == ',') {
    repeat->comma = w->at++;
    repeat->unbounded = !read_count(w, &high);
    if (repeat->unbounded) high = low;
  }
  if (peek(w, 0) != '}') return fail(w, REGEX_BAD_REPEAT, start);
  w->at++;
  if (low > LIMIT_REGEX_REPEAT || high > LIMIT_REGEX_REPEAT) return fail(w, REGEX_LARGE_REPEAT, start);
  if (high < low) return fail(w, REGEX_BAD_REPEAT, start);
  repeat->least = low;
  repeat->copies = high + repeat->unbounded > 0 ? high + repeat->unbounded : 1;
  return true;
}

// The library's matcher counts the rounds of x+ and x{n,} without end and tells states of different counts
// apart: as many states as the text has characters. Written as xx* and x{n}x* they are two.
static void lower_repeat(struct walk *w, const struct repeat *repeat, size_t start) {
  const struct level *level = &w->levels[w->depth];
  if (level->is_group || !repeat->unbounded) {
    copy_source(w, start, w->at);
    return;
  }
  bool lazy = w->pattern[w->at - 1] == '?', counted = w->pattern[start] == '{';
  if (counted) {
    copy_source(w, start, repeat->comma);
    copy_text(w, "}");
  }
  copy_source(w, level->begin, start);
  copy_text(w, lazy ? "*?" : "*");
}

static bool walk_repeat(struct walk *w) {
  size_t start = w->at;
  struct level *level = &w->levels[w->depth];
  struct repeat repeat = {.copies = 1, .unbounded = peek(w, 0) == '+'};
  bool is_star = false;
  if (level->last == 0) return fail(w, peek(w, 0) == '{' ? REGEX_BAD_REPEAT : REGEX_NOTHING_TO_REPEAT, start);
  if (peek(w, 0) == '+') repeat.copies = 2, repeat.least = 1;
  if (peek(w, 0) == '*') is_star = true;
  if (peek(w, 0) != '{')
    w->at++;
  else if (!walk_count(w, &repeat))
    return false;
  if (peek(w, 0) == '+') return fail(w, REGEX_ATOMIC, start);
  if (peek(w, 0) == '?') w->at++;
  if (is_one_of(peek(w, 0), "*+?{")) return fail(w, REGEX_BAD_REPEAT, w->at);
  level->states = capped(level->states + (uint64_t)level->last * repeat.copies);
  const uint32_t most = is_star || repeat.unbounded ? STATES_MANY : repeat.copies;
  level->digits = behind(level->digits, repeated(level->last_digits, repeat.least, most));
  level->last = 0;
  level->last_digits = no_digits;
  lower_repeat(w, &repeat, start);
  return true;
}

// ---- the walk ----

static bool walk_token(struct walk *w) {
  bool anchor;
  switch (w->pattern[w->at]) {
    case '\\':
      if (!walk_escape(w, false, &anchor)) return false;
      if (anchor)
        add_mark(w, 1);
      else
        add_item(w, 1, without(UTF8_MAX));
      return true;
    case '[':
      return walk_class(w);
    case '(':
      return walk_open(w);
    case ')':
      return walk_close(w);
    case '*':
    case '+':
    case '?':
    case '{':
      return walk_repeat(w);
    case '|':
      w->at++;
      add_mark(w, 1);
      end_alternative(&w->levels[w->depth]);
      return true;
    case '^':
    case '$':
      w->at++;
      add_mark(w, 1);
      return true;
    default: {
      const bool digit = digit_at(w, 0) > 0;
      w->at += nuo__utf8_length((unsigned char)w->pattern[w->at]);
      add_item(w, 1, digit ? (struct digits){.count = 1, .bytes = 3} : without(UTF8_MAX));
      return true;
    }
  }
}

// A token and its lowered form. Groups are copied piece by piece; a repeat copies itself.
static bool walk_item(struct walk *w) {
  size_t start = w->at;
  char c = w->pattern[start];
  if (!walk_token(w)) return false;
  if (is_one_of(c, "*+?{")) return true;
  struct level *level = &w->levels[w->depth];
  level->begin = start;
  level->is_group = c == ')';
  copy_source(w, start, w->at);
  return true;
}

static enum regex_status walk_pattern(struct walk *w) {
  while (w->at < w->len) {
    if (!walk_item(w)) return w->status;
  }
  w->error = w->levels[w->depth].open;
  if (w->depth > 0) return REGEX_UNBALANCED;
  add_mark(w, 0);
  return w->levels[0].states > LIMIT_REGEX_STATES ? REGEX_TOO_COMPLEX : REGEX_OK;
}

enum regex_status nuo__regex_lower(const char *pattern, size_t len, struct regex_lowered *lowered,
                                   size_t *error_offset) {
  struct walk w = {.pattern = pattern, .len = len};
  if (lowered != NULL) w.lowered = lowered->text;
  *error_offset = 0;
  if (len == 0) return REGEX_EMPTY;
  if (len > LIMIT_REGEX_PATTERN) return REGEX_TOO_LONG;
  *error_offset = nuo__utf8_check(pattern, len);
  if (*error_offset != len) return REGEX_NOT_UTF8;
  enum regex_status status = walk_pattern(&w);
  *error_offset = w.error;
  if (lowered == NULL) return status;
  const struct digits digits = end_alternative(&w.levels[0]);
  lowered->len = w.lowered_len;
  lowered->digits = digits.count;
  lowered->gap = digits.inner;
  return status;
}

enum regex_status nuo__regex_check(const char *pattern, size_t len, size_t *error_offset) {
  return nuo__regex_lower(pattern, len, NULL, error_offset);
}
