// SPDX-License-Identifier: Apache-2.0
// One pass over the text of an event before it is read: whether all of it is UTF-8, and where the plain parts
// of strings may end. What the text means is json.h. Called by the decoder.
#ifndef NUO_RUNTIME_SCAN_H
#define NUO_RUNTIME_SCAN_H

#include <stddef.h>
#include <stdint.h>

// Words of the map of a text of `len` bytes: one bit a byte, the lowest of the first word for the first; at
// least one bit behind the last, and a word more, so that eight bytes may be read wherever a bit of the text
// lies.
#define SCAN_WORDS(len) ((len) / 64 + 2)

// Sets, in `ends`, the bit of each byte that is a quote, a backslash or a control, and the bit `len`; clears
// those of the other bytes. Bits above `len` are anything. Returns what nuo__utf8_check does; where that is
// not `len`, the map is of no use.
size_t nuo__scan(const char *text, size_t len, uint64_t *ends);

#endif
