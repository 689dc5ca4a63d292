// SPDX-License-Identifier: Apache-2.0
// Proves a match set safe before it is used in place: the layout is the one its counts ask for, every index
// stays in its table, and the entries are in the order that the scan relies on. What passes can at worst fail
// to match. Called once per match set when a program is loaded.
#include "runtime/match.h"
#include "runtime/match_blob.h"
#include "runtime/utf8.h"

static uint64_t align_8(uint64_t at) {
  return (at + 7) & ~UINT64_C(7);
}

bool nuo__match_layout(struct match_header *h, struct match_family *families) {
  uint64_t starts = 0, filters = 0, entry = 0;
  uint64_t starts_at = sizeof *h + (uint64_t)h->family_count * sizeof *families;
  for (uint32_t i = 0; i < h->family_count; i++) {
    families[i].starts_at = (uint32_t)(starts_at + starts * sizeof(uint32_t));
    families[i].filter_at = (uint32_t)filters;
    families[i].entry_first = (uint32_t)entry;
    starts += (UINT64_C(1) << families[i].bucket_bits) + 1;
    filters += (uint64_t)nuo__match_filter_words(&families[i]) * sizeof(uint32_t) *
               (nuo__match_has_tails(&families[i]) ? 2 : 1);
    entry += families[i].entry_count;
  }
  uint64_t entries_at = starts_at + starts * sizeof(uint32_t);
  uint64_t refs_at = entries_at + ((uint64_t)h->entry_count + 1) * sizeof(struct match_entry);
  uint64_t patterns_at = refs_at + (uint64_t)h->ref_count * sizeof(struct match_ref);
  uint64_t filters_at = align_8(patterns_at + (uint64_t)h->pattern_count * sizeof(struct match_text));
  uint64_t units_at = filters_at + filters;
  uint64_t text_at = units_at + (uint64_t)h->unit_count * sizeof(uint16_t);
  uint64_t size = align_8(text_at + h->text_size);
  if (size > INT32_MAX) return false;
  for (uint32_t i = 0; i < h->family_count; i++) families[i].filter_at += (uint32_t)filters_at;
  h->families_at = sizeof *h;
  h->starts_at = (uint32_t)starts_at;
  h->start_count = (uint32_t)starts;
  h->entries_at = (uint32_t)entries_at;
  h->refs_at = (uint32_t)refs_at;
  h->patterns_at = (uint32_t)patterns_at;
  h->filters_at = (uint32_t)filters_at;
  h->filter_size = (uint32_t)filters;
  h->units_at = (uint32_t)units_at;
  h->text_at = (uint32_t)text_at;
  h->size = (uint32_t)size;
  return true;
}

struct verifier {
  const char *blob;
  const struct match_header *header;
  const struct match_family *families;
  const struct match_entry *entries;
  const struct match_ref *refs;
  const uint16_t *units;
};

static bool is_family_sane(const struct match_family *family, const struct match_family *before) {
  if (family->kind >= FAMILY_KIND_COUNT || family->fold >= FAMILIES_MAX || family->entry_count == 0)
    return false;
  if (before != NULL &&
      (family->fold < before->fold || (family->fold == before->fold && family->kind <= before->kind)))
    return false;
  if (nuo__match_key_units(family->kind) == 0)
    return (family->fold & FAMILY_EXCEPT) == 0 && family->filter_bits == 0 && family->bucket_bits == 0;
  return family->filter_bits >= FILTER_BITS_MIN && family->filter_bits <= FILTER_BITS_MAX &&
         family->bucket_bits <= family->filter_bits;
}

// Counts within the limits, and a layout that is the canonical one for them.
static bool is_layout_sane(struct verifier *v, const void *blob, size_t size) {
  struct match_family families[FAMILIES_MAX * FAMILY_KIND_COUNT];
  struct match_header header;
  if (size < sizeof header || (uintptr_t)blob % 8 != 0) return false;
  memcpy(&header, blob, sizeof header);
  if (header.magic != BLOB_MAGIC || header.size != size) return false;
  if (header.family_count > sizeof families / sizeof *families) return false;
  if (size - sizeof header < header.family_count * sizeof *families) return false;
  memcpy(families, (const char *)blob + sizeof header, header.family_count * sizeof *families);
  if (header.output_count > LIMIT_MATCH_OUTPUTS || header.pattern_count > LIMIT_MATCH_ENTRIES) return false;
  uint64_t entries = 0;
  for (uint32_t i = 0; i < header.family_count; i++) {
    if (!is_family_sane(&families[i], i == 0 ? NULL : &families[i - 1])) return false;
    entries += families[i].entry_count;
  }
  if (entries != header.entry_count || entries > header.ref_count || header.ref_count > header.pattern_count)
    return false;
  if (!nuo__match_layout(&header, families)) return false;
  if (memcmp(&header, blob, sizeof header) != 0) return false;
  size_t family_bytes = header.family_count * sizeof *families;
  if (memcmp(families, (const char *)blob + sizeof header, family_bytes) != 0) return false;
  const char *bytes = blob;
  *v = (struct verifier){.blob = bytes,
                         .header = blob,
                         .families = (const void *)(bytes + header.families_at),
                         .entries = (const void *)(bytes + header.entries_at),
                         .refs = (const void *)(bytes + header.refs_at),
                         .units = (const void *)(bytes + header.units_at)};
  return true;
}

static bool are_refs_sane(const struct verifier *v) {
  uint64_t seen[LIMIT_MATCH_OUTPUTS / 64] = {0};
  uint32_t live = 0, greatest = 0;
  for (uint32_t i = 0; i < v->header->ref_count; i++) {
    uint32_t output = v->refs[i].output;
    if (output >= v->header->output_count || v->refs[i].pattern >= v->header->pattern_count) return false;
    if ((seen[output / 64] >> (output % 64) & 1) == 0) live++;
    seen[output / 64] |= UINT64_C(1) << (output % 64);
    if (output > greatest) greatest = output;
  }
  return live == v->header->live_outputs && v->header->output_count == (live == 0 ? 0 : greatest + 1);
}

// Units and refs of the entries follow one another without gaps; the sentinel ends both.
static bool are_entries_sane(const struct verifier *v) {
  uint64_t unit = 0, ref = 0;
  for (uint32_t i = 0; i < v->header->entry_count; i++) {
    const struct match_entry *entry = &v->entries[i];
    if (entry->length == 0 || entry->length > LIMIT_MATCH_ENTRY) return false;
    if (entry->unit != unit || entry->first_ref != ref || entry[1].first_ref <= ref) return false;
    unit += entry->length;
    ref = entry[1].first_ref;
  }
  const struct match_entry *sentinel = &v->entries[v->header->entry_count];
  return sentinel->unit == unit && sentinel->length == 0 && sentinel->first_ref == ref &&
         unit == v->header->unit_count && ref == v->header->ref_count;
}

// Strictly ascending: then no two entries are the same, and of a range that shares a prefix the first is
// shortest.
static bool is_before(const struct verifier *v, const struct match_entry *x, const struct match_entry *y) {
  const uint16_t *u = v->units + x->unit, *w = v->units + y->unit;
  for (uint32_t i = 0; i < x->length && i < y->length; i++) {
    if (u[i] != w[i]) return u[i] < w[i];
  }
  return x->length < y->length;
}

static bool is_entry_in_place(const struct verifier *v, const struct match_family *family,
                              const struct match_entry *entry, uint32_t bucket) {
  unsigned width = nuo__match_key_units(family->kind);
  if (entry->length > family->longest || entry->length < width) return false;
  if (width == 0) return true;
  if (family->kind == FAMILY_ONE && entry->length != 1) return false;
  const uint16_t *units = v->units + entry->unit;
  if (family->kind == FAMILY_FOUR && !nuo__match_is_ascii(units)) return false;
  const uint32_t hash = nuo__match_hash(units, width);
  const uint32_t *filter = (const void *)(v->blob + family->filter_at);
  if (!nuo__match_passes(filter[nuo__match_word(hash, family->filter_bits)], hash)) return false;
  if (nuo__match_has_tails(family)) {
    const uint32_t third = entry->length > 2 ? units[2] : NO_THIRD;
    const uint32_t *tails = filter + nuo__match_filter_words(family);
    if (!nuo__match_has_bit(tails, nuo__match_tail(hash, third, family->filter_bits))) return false;
  }
  return nuo__match_leading(hash, family->bucket_bits) == bucket;
}

static bool is_family_indexed(const struct verifier *v, const struct match_family *family) {
  const uint32_t *starts = (const void *)(v->blob + family->starts_at);
  uint32_t buckets = UINT32_C(1) << family->bucket_bits, end = family->entry_first + family->entry_count;
  if (starts[0] != family->entry_first || starts[buckets] != end || family->longest > LIMIT_MATCH_ENTRY)
    return false;
  for (uint32_t bucket = 0; bucket < buckets; bucket++) {
    if (starts[bucket] > starts[bucket + 1] || starts[bucket + 1] > end) return false;
    for (uint32_t i = starts[bucket]; i < starts[bucket + 1]; i++) {
      if (!is_entry_in_place(v, family, &v->entries[i], bucket)) return false;
      if (i > starts[bucket] && !is_before(v, &v->entries[i - 1], &v->entries[i])) return false;
    }
  }
  return true;
}

// Pattern texts follow one another and are UTF-8, because they are printed.
static bool are_texts_sane(const struct verifier *v) {
  const struct match_text *texts = (const void *)(v->blob + v->header->patterns_at);
  uint64_t at = 0;
  for (uint32_t i = 0; i < v->header->pattern_count; i++) {
    if (texts[i].at != at || texts[i].len > v->header->text_size - at) return false;
    const char *text = v->blob + v->header->text_at + at;
    if (nuo__utf8_check(text, texts[i].len) != texts[i].len) return false;
    at += texts[i].len;
  }
  return at == v->header->text_size;
}

bool nuo__match_verify(const void *blob, size_t size) {
  struct verifier v;
  if (!is_layout_sane(&v, blob, size)) return false;
  if (!are_refs_sane(&v) || !are_entries_sane(&v) || !are_texts_sane(&v)) return false;
  for (uint32_t i = 0; i < v.header->family_count; i++) {
    if (!is_family_indexed(&v, &v.families[i])) return false;
  }
  return true;
}
