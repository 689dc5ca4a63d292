// SPDX-License-Identifier: Apache-2.0
// UTF-8 at the borders: strict validation of what comes in, and single code points for whoever has to look at
// one. Text is validated once, where it enters; everything behind that point may decode without checks.
// Does not fold or normalise (runtime/fold.h does). Called by the event decoder, the matcher, the lexer and
// whoever prints a caret under a line.
#ifndef NUO_RUNTIME_UTF8_H
#define NUO_RUNTIME_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Byte offset of the first sequence that is not UTF-8 by RFC 3629 (overlong forms, surrogates and values
// above U+10FFFF included), or `len` if all of `text` is valid.
size_t nuo__utf8_check(const char *text, size_t len);

// Code points in valid UTF-8.
size_t nuo__utf8_count(const char *text, size_t len);

// Writes `code_point` (a scalar value: at most U+10FFFF, no surrogate) to `out`; gives the bytes written, 1
// to 4.
size_t nuo__utf8_encode(uint32_t code_point, char out[4]);

// Whether the code point is a Chinese character: the unified and compatibility ideographs of all planes, 〇
// and 々.
bool nuo__utf8_is_han(uint32_t code_point);

// Columns the code point takes on a terminal: 0 for combining and invisible ones and for controls, 2 for East
// Asian wide ones and for pictures, else 1. A tab is a control: the caller expands it.
int nuo__utf8_width(uint32_t code_point);

// Columns of valid UTF-8, the sum over its code points.
size_t nuo__utf8_text_width(const char *text, size_t len);

// Bytes of the sequence that begins with `lead`, the first byte of a sequence of valid UTF-8.
static inline size_t nuo__utf8_length(unsigned char lead) {
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

// The code point that begins at `text`, which is valid UTF-8 and not at its end; `*size` is set to its bytes.
static inline uint32_t nuo__utf8_decode(const char *text, size_t *size) {
  const unsigned char *p = (const unsigned char *)text;
  *size = nuo__utf8_length(p[0]);
  switch (*size) {
    case 1:
      return p[0];
    case 2:
      return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3F);
    case 3:
      return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    default:
      return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 | (uint32_t)(p[2] & 0x3F) << 6 |
             (p[3] & 0x3F);
  }
}

#endif
