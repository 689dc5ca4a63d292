// SPDX-License-Identifier: Apache-2.0
// `matches /regex/` in time linear in the text. A small syntax walk admits only what a set of states can
// follow in one pass (no lookaround, no backreference, no atomic group …) and bounds the number of those
// states; PCRE2's DFA matcher then does the matching. The image stores the pattern's source text; the loader
// compiles it. Called by the checker (check, and new for the names of properties), the loader (new) and the
// VM (match).
#ifndef NUO_RUNTIME_REGEX_H
#define NUO_RUNTIME_REGEX_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/alloc.h"
#include "runtime/limits.h"

enum regex_status {
  REGEX_OK,
  REGEX_NO_MEMORY,
  REGEX_EMPTY,  // matches everything: a mistake
  REGEX_NOT_UTF8,
  REGEX_TOO_LONG,        // above LIMIT_REGEX_PATTERN bytes
  REGEX_TOO_DEEP,        // groups nested deeper than LIMIT_REGEX_DEPTH
  REGEX_TOO_COMPLEX,     // above LIMIT_REGEX_STATES states with its repeats written out
  REGEX_LARGE_REPEAT,    // a count above LIMIT_REGEX_REPEAT
  REGEX_LOOKAROUND,      // (?= (?! (?<= (?<! \K \G
  REGEX_BACKREFERENCE,   // \1 \g \k (?P=
  REGEX_RECURSION,       // (?R) (?1) (?& (?P>
  REGEX_CONDITIONAL,     // (?(
  REGEX_ATOMIC,          // (?> and the possessive *+ ++ ?+ }+
  REGEX_CALLOUT,         // (?C
  REGEX_VERB,            // (*
  REGEX_UNKNOWN_GROUP,   // other (? than (?: and the options i, m, s
  REGEX_UNKNOWN_ESCAPE,  // \C, \X, \R and every letter or digit that is not listed in regex_check.c
  REGEX_BAD_REPEAT,      // a brace that is no count, or a count of a count; \{ is a brace
  REGEX_NOTHING_TO_REPEAT,
  REGEX_UNBALANCED,  // a parenthesis without its partner
  REGEX_BAD_CLASS,   // a [ that is not closed, or empty
  REGEX_INVALID,     // the library refuses it: an unknown \p{…}, a range upside down
  REGEX_STATUS_COUNT
};

struct regex;
struct regex_scratch;

// Whether `pattern` is one we accept; if not, `*error_offset` is the byte at which the fault begins.
enum regex_status nuo__regex_check(const char *pattern, size_t len, size_t *error_offset);

// As check, and writes the pattern as the library is to see it to *lowered, unless that is NULL. For regex.c.
enum { REGEX_LOWERED_MAX = 3 * LIMIT_REGEX_PATTERN };
struct regex_lowered {
  char text[REGEX_LOWERED_MAX];
  size_t len;
  // Whatever matches has at least so many digits (0 to 9, of either width), and at most so many bytes that
  // are none between two of these.
  uint32_t digits, gap;
};
enum regex_status nuo__regex_lower(const char *pattern, size_t len, struct regex_lowered *lowered,
                                   size_t *error_offset);

// Checks and compiles into `*regex`, which the caller frees. Immutable: it may be matched from several
// threads, each with a scratch of its own. `allocator` has to outlive it. On failure nothing is allocated.
enum regex_status nuo__regex_new(const char *pattern, size_t len, const struct nuo_allocator *allocator,
                                 struct regex **regex, size_t *error_offset);
void nuo__regex_free(struct regex *regex);

// What matching needs beyond the regex, for one thread and any number of regexes. NULL when out of memory.
struct regex_scratch *nuo__regex_scratch_new(const struct nuo_allocator *allocator);
void nuo__regex_scratch_free(struct regex_scratch *scratch);

// 1 if `text` (valid UTF-8) has a match somewhere, 0 if not, -1 if the matcher gave up. ^ and $ are the
// text's ends, . is any character but a line feed, \d \w \s \b and (?i) follow Unicode.
int nuo__regex_match(const struct regex *regex, const char *text, size_t len, struct regex_scratch *scratch);

#endif
