// SPDX-License-Identifier: Apache-2.0
// Making text without stdio: a growing buffer for JSON and messages, and a small formatter for error
// messages.
#ifndef NUO_RUNTIME_TEXT_OUT_H
#define NUO_RUNTIME_TEXT_OUT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/alloc.h"

// Writes to `out` (`size` bytes, at least 1), cut at a code point when too long, always terminated. Knows %s,
// %.*s (which leaves out half a code point at its end), %u, %llu, %lld, %c and %%. Control characters in
// arguments come out as '?', and so do those that break or turn a line, so that no event can forge a message.
// Returns the length.
size_t nuo__text_vformat(char *out, size_t size, const char *format, va_list arguments);
size_t nuo__text_format(char *out, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// Bytes of the character at `text` if a terminal would act on it: controls of both sets, separators of lines
// and paragraphs, overrides of direction. 0 for all others. `left` bytes follow, one at least.
size_t nuo__text_control(const char *text, size_t left);

// A growing buffer. After a failed allocation `failed` is set and appending does nothing.
struct text_out {
  const nuo_allocator *allocator;
  char *at;
  size_t len, cap;
  bool failed;
};
void nuo__out_free(struct text_out *out);
void nuo__out_bytes(struct text_out *out, const char *text, size_t len);
void nuo__out_string(struct text_out *out, const char *terminated);
void nuo__out_integer(struct text_out *out, int64_t value);
// Millionths as a decimal without needless zeros: 1500000 is "1.5".
void nuo__out_decimal(struct text_out *out, int64_t millionths);
// A JSON string with its quotes. All control characters are escaped, and those that break or turn a line.
void nuo__out_json(struct text_out *out, const char *text, size_t len);

#endif
