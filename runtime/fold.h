// SPDX-License-Identifier: Apache-2.0
// Folding for text matching: one pass that turns valid UTF-8 into UTF-16 units in which spellings that count
// as the same compare equal, with a way back to the raw bytes. Folding maps a character to one character or
// to none, so a match in the folded text is always a span of the raw text. It does not decompose, and does
// not fold ß to ss. UTF-16, because two adjacent units are then one 32-bit key for the matcher's filter.
// Called by runtime/match*.c and vm_text.c.
#ifndef NUO_RUNTIME_FOLD_H
#define NUO_RUNTIME_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  NUO__FOLD_WIDTH = 1,      // full-width ASCII and the ideographic space become half-width
  NUO__FOLD_CASE = 2,       // Latin, Greek and Cyrillic become lower case
  NUO__FOLD_INVISIBLE = 4,  // zero-width characters, soft hyphens, marks of direction and variation selectors
                            // vanish
  NUO__FOLD_SEPARATORS = 8,  // spaces, controls, punctuation and emoji vanish, but for % ‰ and currency
                             // signs: "100%" is not "100"
  NUO__FOLD_SPELLING = 16,   // common traditional characters become simplified, numerals digits, letters that
                             // look like Latin ones Latin; combining marks vanish
  NUO__FOLD_RAW = 0,
  NUO__FOLD_DEFAULT = NUO__FOLD_WIDTH | NUO__FOLD_CASE | NUO__FOLD_INVISIBLE,
  NUO__FOLD_STRICT = NUO__FOLD_DEFAULT | NUO__FOLD_SEPARATORS | NUO__FOLD_SPELLING,  // `evasion strict`
  NUO__FOLD_ALL = NUO__FOLD_STRICT
};

// Whether no character but `c` itself is folded to `c`, by flags without SEPARATORS and SPELLING: of
// ideographs, kana and their punctuation. Of others it is not told.
static inline bool nuo__fold_is_alone(uint32_t c) {
  return c > 0x3000 && c < 0xA000;
}

// Folds `len` bytes of valid UTF-8 by `flags` into `units`, which has room for `len` of them, and gives their
// number. Where `offsets` is not NULL, it gets for each unit the byte offset of the character it came from
// (`len` below 4 GiB).
size_t nuo__fold(const char *text, size_t len, unsigned flags, uint16_t *units, uint32_t *offsets);

#endif
