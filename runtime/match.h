// SPDX-License-Identifier: Apache-2.0
// The matcher: finds all literals and lexicon entries asked of one text field in one go. A match set is built
// once, by the compiler, into a flat blob that is stored in the program image and used in place after
// verification. Each pattern reports to an output; a lexicon is many patterns with one output, a literal in a
// rule is one pattern. Matching is by substring, without word boundaries, over text folded as each pattern
// asks (runtime/fold.h); but where numerals are folded, 第一 is 第1 and not the beginning of 第15: a number
// in Arabic digits is found whole. Does not do regular expressions (runtime/regex.h). Called by the emitter
// (build), the loader (verify), the VM (scan) and the evidence writer (find).
#ifndef NUO_RUNTIME_MATCH_H
#define NUO_RUNTIME_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/alloc.h"
#include "runtime/fold.h"
#include "runtime/limits.h"

enum match_kind {
  MATCH_CONTAINS,
  MATCH_STARTS,
  MATCH_ENDS,
  MATCH_EQUALS,
  MATCH_EXCEPT,  // not sought for itself: what other patterns of the output find wholly within it is no hit
  MATCH_KIND_COUNT
};

struct match_pattern {
  const char *text;  // valid UTF-8, 1 to LIMIT_MATCH_ENTRY bytes
  size_t len;
  enum match_kind kind;
  unsigned fold;    // NUO__FOLD_* flags, for the pattern and the text alike
  uint32_t output;  // below LIMIT_MATCH_OUTPUTS; shared by as many patterns as one likes
};

enum match_status {
  MATCH_OK,
  MATCH_NO_MEMORY,
  MATCH_EMPTY,     // a pattern is empty, or nothing is left of it after folding
  MATCH_TOO_LONG,  // a pattern is longer than LIMIT_MATCH_ENTRY
  MATCH_NOT_UTF8,
  MATCH_TOO_MANY,     // more patterns than LIMIT_MATCH_ENTRIES
  MATCH_BAD_PATTERN,  // an output, a kind or a fold flag out of range: the caller's bug
};

// One place where a pattern was found.
struct match_hit {
  uint32_t pattern;  // its index as given to build
  size_t offset;     // bytes, in the raw text
  size_t len;        // bytes, in the raw text; characters that folding drops at either end are not in it
};

// Memory that scans reuse. One per session, for any number of match sets; grows to the longest text seen.
struct match_scratch {
  const struct nuo_allocator *allocator;
  uint16_t *units;
  uint32_t *offsets;
  uint32_t *reach;
  size_t unit_capacity, offset_capacity, reach_capacity;
};

// Serialises `count` patterns (0 is allowed) into a fresh blob of `*size` bytes from `allocator`, which the
// caller frees with that size. The same patterns give the same bytes. On failure nothing is allocated, and
// `*bad`, which may be NULL, is the index of the pattern at fault where one is.
enum match_status nuo__match_build(const struct match_pattern *patterns, size_t count,
                                   const struct nuo_allocator *allocator, void **blob, size_t *size,
                                   size_t *bad);

// Whether `size` bytes at `blob`, aligned to 8, are a match set that the functions below can use without
// checks. Bytes from anywhere may be given. Takes time linear in `size`.
bool nuo__match_verify(const void *blob, size_t size);

// Outputs of a verified blob: one more than the greatest of its patterns, 0 without patterns.
uint32_t nuo__match_outputs(const void *blob);

// The raw text of pattern `index` as given to build, borrowed from the verified blob; NULL where there is
// none.
const char *nuo__match_pattern(const void *blob, uint32_t index, size_t *len);

void nuo__match_scratch_init(struct match_scratch *scratch, const struct nuo_allocator *allocator);
void nuo__match_scratch_free(struct match_scratch *scratch);
// Makes room for `units`; what they held may be lost. False: out of memory (or 4 GiB of text).
bool nuo__match_scratch_reserve(struct match_scratch *scratch, size_t units);

// Sets bit `o % 64` of `outputs[o / 64]` for every output of which a pattern is found in `text` (valid
// UTF-8) at a place that counts, and clears the others; `outputs` has a word for every 64 outputs begun.
// False: out of memory (or a text of 4 GiB), and `outputs` means nothing.
bool nuo__match_scan(const void *blob, const char *text, size_t len, struct match_scratch *scratch,
                     uint64_t *outputs);

// Writes the first `max` places where patterns of `output` are found, to `hits`, and their number to
// `*count`: by offset, then longer first, then by pattern. Overlapping ones are all told. Of patterns that
// are the same after folding, the first one given is named. False as for scan.
bool nuo__match_find(const void *blob, const char *text, size_t len, struct match_scratch *scratch,
                     uint32_t output, struct match_hit *hits, size_t max, size_t *count);

#endif
