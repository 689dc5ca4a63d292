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
// the bit of its hash; the entries that begin there are then found in its bucket by narrowing a sorted range
// unit by unit.
#ifndef NUO_RUNTIME_MATCH_BLOB_H
#define NUO_RUNTIME_MATCH_BLOB_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "images are read in place: this runtime needs a little-endian machine"
#endif

enum {
  BLOB_MAGIC = 0x54414D4E,  // "NMAT"
  FILTER_BITS_MIN = 9,      // one cache line
  FILTER_BITS_MAX = 24,
  FILTER_BITS_PER_ENTRY_LOG2 = 4,  // 1 in 16 pairs that nobody asked for passes at worst
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
  uint8_t kind, fold;
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

// The key of `width` units: themselves, side by side.
static inline uint64_t nuo__match_key(const uint16_t *units, unsigned width) {
  uint64_t key = 0;
  memcpy(&key, units, width * sizeof *units);
  return key;
}

// The leading `bits` of a multiplicative hash.
static inline uint32_t nuo__match_hash(uint64_t key, unsigned bits) {
  return (uint32_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> (64 - bits));
}

// Whether a FAMILY_FOUR key is ASCII throughout.
static inline bool nuo__match_is_ascii(uint64_t key) {
  return (key & UINT64_C(0xFF80FF80FF80FF80)) == 0;
}

// Where everything lies follows from the counts in `header` and the bits in `families`: fills in all `_at`
// members and the size. False when a blob of these counts would not fit its 32-bit offsets.
bool nuo__match_layout(struct match_header *header, struct match_family *families);

#endif
