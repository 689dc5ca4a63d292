// SPDX-License-Identifier: Apache-2.0
// The bytes of a match set, shared by its builder, its verifier and its scanner and by nobody else.
// Little-endian, no pointers, offsets from the start of the blob:
//
//   header · families · bucket starts · entries (and a sentinel) · refs · patterns · filters · units ·
//   pattern texts
//
// Patterns are grouped into families by fold flags and by how they are looked for. Within a family, the
// distinct folded patterns are its entries, sorted by bucket (the leading bits of the hash of an entry's
// first one, two or four units), then by units. A position of the text is worth a look when the filter has
// both bits of its hash, which lie in one word of 32; where two units are hashed, when a second filter, the
// tails, has the bit of these and the next one, or of an entry that has no next one. The entries that begin
// there are then found in its bucket by narrowing a sorted range unit by unit. Families of excepted phrases
// come last; a text is searched for them only when something else was found in it.
#ifndef NUO_RUNTIME_MATCH_BLOB_H
#define NUO_RUNTIME_MATCH_BLOB_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "runtime/fold.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "images are read in place: this runtime needs a little-endian machine"
#endif

enum {
  BLOB_MAGIC = 0x54414D4E,  // "NMAT"
  FILTER_BITS_MIN = 9,      // one cache line
  FILTER_BITS_MAX = 24,
  FILTER_BITS_PER_ENTRY_LOG2 = 4,     // 1 in 50 pairs that nobody asked for passes at worst
  NO_THIRD = 0xFFFF,                  // in place of the third unit of an entry of two; no character
  FAMILY_EXCEPT = NUO__FOLD_ALL + 1,  // in a family's fold: excepted phrases
  FAMILIES_MAX = (FAMILY_EXCEPT | NUO__FOLD_ALL) + 1,  // of one kind
};

enum family_kind {
  FAMILY_ONE,     // contains, one unit
  FAMILY_TWO,     // contains, looked up by the first two units
  FAMILY_FOUR,    // contains, four or more units of which the first four are ASCII: two letters select too
                  // little
  FAMILY_STARTS,  // these three have one bucket and no filter
  FAMILY_ENDS,    // units are stored backwards
  FAMILY_EQUALS,
  FAMILY_KIND_COUNT
};

struct match_header {
  uint32_t magic, size;
  uint32_t output_count, live_outputs;  // live: those some ref has
  uint32_t family_count, start_count, entry_count, ref_count, pattern_count, filter_size, unit_count,
      text_size;
  uint32_t families_at, starts_at, entries_at, refs_at, patterns_at, filters_at, units_at, text_at;
};

struct match_family {
  uint8_t kind, fold;             // fold: NUO__FOLD_* flags and FAMILY_EXCEPT
  uint8_t filter_bits;            // log2 of the filter's bits; 0 without filter
  uint8_t bucket_bits;            // log2 of the buckets
  uint32_t filter_at, starts_at;  // starts: per bucket its first entry, and one more for the end
  uint32_t entry_first, entry_count;
  uint32_t longest;  // units
};

struct match_entry {
  uint32_t unit;       // its first, index into units
  uint32_t length;     // units; 0 in the sentinel
  uint32_t first_ref;  // up to that of the next entry; ascending by output
};

struct match_ref {
  uint32_t output, pattern;
};

struct match_text {
  uint32_t at, len;  // into the pattern texts
};

// Units of the key by which a family's positions are filtered; 0 for the anchored ones.
static inline unsigned nuo__match_key_units(unsigned kind) {
  return kind == FAMILY_ONE ? 1 : kind == FAMILY_TWO ? 2 : kind == FAMILY_FOUR ? 4 : 0;
}

// Whether four units are ASCII throughout.
static inline bool nuo__match_is_ascii(const uint16_t units[4]) {
  return ((units[0] | units[1] | units[2] | units[3]) & 0xFF80) == 0;
}

#define MATCH_FACTOR UINT32_C(0x9E3779B1)

// A hash of one unit, of two, or of four that are ASCII: of the units side by side in 32 bits.
static inline uint32_t nuo__match_hash(const uint16_t *units, unsigned width) {
  uint32_t key = units[0];
  if (width == 2) key |= (uint32_t)units[1] << 16;
  if (width == 4) key |= (uint32_t)units[1] << 8 | (uint32_t)units[2] << 16 | (uint32_t)units[3] << 24;
  key *= MATCH_FACTOR;
  return key ^ key >> 15;
}

static inline uint32_t nuo__match_leading(uint32_t hash, unsigned bits) {
  return (uint32_t)((uint64_t)hash >> (32 - bits));
}

// The word of a filter of 2^bits bits that a hash is looked up in, and whether both of its bits are set.
static inline uint32_t nuo__match_word(uint32_t hash, unsigned bits) {
  return nuo__match_leading(hash, bits - 5);
}
static inline uint32_t nuo__match_passes(uint32_t word, uint32_t hash) {
  return word >> (hash & 31) & word >> (hash >> 5 & 31) & 1;
}

// The bit of the tails for the hash of two units and the third unit.
static inline uint32_t nuo__match_tail(uint32_t hash, uint32_t third, unsigned bits) {
  return nuo__match_leading((hash + third) * UINT32_C(0xC2B2AE3D), bits);
}
static inline uint32_t nuo__match_has_bit(const uint32_t *words, uint32_t bit) {
  return words[bit / 32] >> bit % 32 & 1;
}

// Words of a family's filter; its tails are as many, right behind.
static inline uint32_t nuo__match_filter_words(const struct match_family *family) {
  return family->filter_bits == 0 ? 0 : UINT32_C(1) << (family->filter_bits - 5);
}
static inline bool nuo__match_has_tails(const struct match_family *family) {
  return family->kind == FAMILY_TWO;
}

// Whether there are excepted phrases.
static inline bool nuo__match_has_exceptions(const struct match_header *header) {
  const struct match_family *families = (const void *)((const char *)header + header->families_at);
  return header->family_count > 0 && (families[header->family_count - 1].fold & FAMILY_EXCEPT) != 0;
}

// Where everything lies follows from the counts in `header` and the bits in `families`: fills in all `_at`
// members and the size. False when a blob of these counts would not fit its 32-bit offsets.
bool nuo__match_layout(struct match_header *header, struct match_family *families);

#endif
