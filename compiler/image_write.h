// SPDX-License-Identifier: Apache-2.0
// Writing an image: sections that grow, and pools in which equal strings, numbers and sets stand once, in
// order of first use. Called by the planner (constants) and the emitter (everything else).
#ifndef NUO_COMPILER_IMAGE_WRITE_H
#define NUO_COMPILER_IMAGE_WRITE_H

#include "compiler/pool.h"
#include "runtime/image.h"
#include "runtime/match.h"

struct section_bytes {
  char *at;
  uint32_t count;    // items
  size_t size, cap;  // bytes
};

struct image_writer {
  struct arena *arena;
  struct section_bytes sections[SECTION_COUNT];
  struct pool strings, source_strings, numbers, pairs, texts, number_sets, text_sets, regexes, matches;
  VEC(int64_t) number_values;   // NUMBERS up to the sets
  VEC(struct str) text_values;  // STRING_LIST up to the sets
  VEC(struct number_set {
    int64_t *at;
    uint32_t count;
  })
  number_set_values;
  VEC(struct text_set {
    struct str *at;
    uint32_t count;
  })
  text_set_values;
};

// Appends an item (of the section's item size); its index.
uint32_t nuo__image_add(struct image_writer *out, enum image_section_id section, const void *item);
uint32_t nuo__image_count(const struct image_writer *out, enum image_section_id section);
struct image_str nuo__image_string(struct image_writer *out, struct str text);
struct image_str nuo__image_source_string(struct image_writer *out, struct str text);
// Indexes of constants. Sets are sorted and freed of duplicates; the arrays given are not kept.
uint32_t nuo__image_number(struct image_writer *out, int64_t number);
uint32_t nuo__image_pair(struct image_writer *out, int64_t low, int64_t high);
uint32_t nuo__image_text(struct image_writer *out, struct str text);
uint32_t nuo__image_number_set(struct image_writer *out, const int64_t *numbers, uint32_t count);
uint32_t nuo__image_text_set(struct image_writer *out, const struct str *texts, uint32_t count);
uint32_t nuo__image_regex(struct image_writer *out, struct str pattern);
// Appends a match set's blob; its index in MATCHES.
uint32_t nuo__image_match(struct image_writer *out, const void *blob, size_t size, uint32_t outputs);
// Writes the sets behind the other constants. After it no constant can be added; cites still can be.
void nuo__image_place_sets(struct image_writer *out);
// The complete image, sealed, in the arena.
struct str nuo__image_finish(struct image_writer *out, const uint8_t source_digest[32]);

#endif
