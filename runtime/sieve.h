// SPDX-License-Identifier: Apache-2.0
// A quick look at a text before the matcher takes it: answers a match set of a few literals on the bytes as
// they are, without folding, where nothing in the text makes folding matter. What it answers is what the
// matcher would. Made when a program is loaded, for the match sets that allow it. Called by the VM.
#ifndef NUO_RUNTIME_SIEVE_H
#define NUO_RUNTIME_SIEVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
  SIEVE_WINDOWS = 64,  // with more, too many positions would have to be looked at
  SIEVE_BYTES = 2048,
};

// The longest run of an entry's characters that no other character is folded to (but for the case of
// letters): a text that holds the entry holds these bytes.
struct sieve_window {
  uint64_t first, mask;  // its first eight bytes; the bits of them that count: not that of a letter's case
  uint32_t entry;
  uint16_t at, len;  // its bytes
  uint8_t kind;      // enum sieve_kind
  bool any_case;
};

struct sieve {
  const void *blob;
  uint32_t count;     // windows that are looked for everywhere; then come
  uint32_t anchored;  // those that have to stand at an end of the text
  bool has_letters;   // ASCII letters or digits, which others are folded to
  // One bit for every eighth window, by the lower and the upper half of its bytes 1, 2, 4 and 5.
  uint8_t low[4][16], high[4][16];
  struct sieve_window windows[SIEVE_WINDOWS];
  unsigned char bytes[SIEVE_BYTES];
};

// False: the match set, which has to be verified and to outlive the sieve, allows none.
bool nuo__sieve_make(const void *blob, struct sieve *sieve);

// As nuo__match_scan does. False: the text has to be folded, or this processor is not up to it, and `outputs`
// means nothing.
bool nuo__sieve_scan(const struct sieve *sieve, const char *text, size_t len, uint64_t *outputs);

#endif
