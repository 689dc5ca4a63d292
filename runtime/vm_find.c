// SPDX-License-Identifier: Apache-2.0
// Whether one folded text contains another when both come with the event, in linear time and without memory:
// the two-way algorithm of Crochemore and Perrin. Texts that a rule spells out go through the matcher
// instead. Called by vm_text.c.
#include <string.h>

#include "runtime/vm_frame.h"

// A way to cut a needle in two, and the period of its right part.
struct cut {
  size_t at, period;
};

// The start of the greatest suffix in the order of units, or in reverse order, and that suffix's period.
static struct cut greatest_suffix(const uint16_t *needle, size_t len, bool reversed) {
  size_t suffix = 0, candidate = 1, matched = 0, period = 1;
  while (candidate + matched < len) {
    uint16_t a = needle[candidate + matched], b = needle[suffix + matched];
    if (a == b) {
      matched++;
      if (matched == period) {
        candidate += period;
        matched = 0;
      }
    } else if ((a < b) != reversed) {
      candidate += matched + 1;
      matched = 0;
      period = candidate - suffix;
    } else {
      suffix = candidate++;
      matched = 0;
      period = 1;
    }
  }
  return (struct cut){suffix, period};
}

static struct cut critical_cut(const uint16_t *needle, size_t len) {
  struct cut a = greatest_suffix(needle, len, false), b = greatest_suffix(needle, len, true);
  return a.at > b.at ? a : b;
}

static size_t longer(size_t a, size_t b) {
  return a > b ? a : b;
}

bool nuo__vm_find(const uint16_t *hay, size_t hay_len, const uint16_t *needle, size_t len) {
  if (len == 0) return true;
  if (len > hay_len) return false;
  struct cut cut = critical_cut(needle, len);
  bool is_periodic =
      cut.at + cut.period <= len && memcmp(needle, needle + cut.period, cut.at * sizeof *needle) == 0;
  size_t shift = is_periodic ? cut.period : longer(cut.at, len - cut.at) + 1;
  // In a periodic needle, what is left of the last window after a shift by the period need not be compared
  // again.
  size_t remembered = 0;
  for (size_t at = 0; at <= hay_len - len;) {
    size_t i = longer(cut.at, remembered);
    while (i < len && needle[i] == hay[at + i]) i++;
    if (i < len) {
      at += i - cut.at + 1;
      remembered = 0;
      continue;
    }
    size_t j = cut.at;
    while (j > remembered && needle[j - 1] == hay[at + j - 1]) j--;
    if (j <= remembered) return true;
    at += shift;
    remembered = is_periodic ? len - shift : 0;
  }
  return false;
}
