// SPDX-License-Identifier: Apache-2.0
// Slices of text: those of an image, and how two of them compare. Called by the VM, the verifier and whoever
// puts decisions together.
#ifndef NUO_RUNTIME_TEXT_H
#define NUO_RUNTIME_TEXT_H

#include <string.h>

#include "runtime/image.h"
#include "runtime/nuo.h"

// A string of a verified image; borrowed from it.
static inline nuo_text nuo__text_of(const struct image *image, struct image_str string) {
  return (nuo_text){image->STRINGS + string.at, string.len};
}

// A string constant of a verified image, by its index in STRING_LIST.
// The policy in which a rule stands, when another one uses that; else empty.
static inline nuo_text nuo__pack_name(const struct image *image, const struct image_rule *rule,
                                      bool chinese) {
  if (rule->pack == IMAGE_NONE) return (nuo_text){"", 0};
  const struct image_pack *pack = &image->PACKS[rule->pack];
  return nuo__text_of(image, chinese ? pack->name_zh : pack->name);
}
static inline nuo_text nuo__text_listed(const struct image *image, uint32_t index) {
  return nuo__text_of(image, image->STRING_LIST[index]);
}

static inline uint64_t nuo__text_load(const char *at, size_t bytes) {
  uint64_t word = 0;
  memcpy(&word, at, bytes);
  return word;
}

// Not memcmp: most texts that are compared are names of a few bytes, and the call would cost more than they.
static inline bool nuo__text_equal(nuo_text a, nuo_text b) {
  const size_t len = a.len;
  const char *x = a.text, *y = b.text;
  if (len != b.len) return false;
  if (len >= 8) {
    for (size_t i = 0; i < len - 8; i += 8)
      if (nuo__text_load(x + i, 8) != nuo__text_load(y + i, 8)) return false;
    return nuo__text_load(x + len - 8, 8) == nuo__text_load(y + len - 8, 8);
  }
  if (len >= 4)
    return nuo__text_load(x, 4) == nuo__text_load(y, 4) &&
           nuo__text_load(x + len - 4, 4) == nuo__text_load(y + len - 4, 4);
  for (size_t i = 0; i < len; i++)
    if (x[i] != y[i]) return false;
  return true;
}

// Negative, 0 or positive: by bytes, a prefix first.
static inline int nuo__text_order(nuo_text a, nuo_text b) {
  size_t shorter = a.len < b.len ? a.len : b.len;
  int order = shorter == 0 ? 0 : memcmp(a.text, b.text, shorter);
  return order != 0 ? order : (a.len > b.len) - (a.len < b.len);
}

#endif
