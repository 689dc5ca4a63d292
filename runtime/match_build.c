// SPDX-License-Identifier: Apache-2.0
// Builds match sets: folds the patterns, sorts them into families and buckets, merges those that are the same
// after folding, and writes the blob. Runs in the compiler, once per text field and program. See match_blob.h
// for the bytes.
#include "runtime/match.h"
#include "runtime/match_blob.h"
#include "runtime/utf8.h"

enum { GROUPS = FAMILIES_MAX * FAMILY_KIND_COUNT };

// A pattern on its way into the blob.
struct item {
  uint32_t group;   // fold flags and family kind, in the order of the blob's families
  uint32_t bucket;  // while counting not yet known
  uint32_t unit, length;
  uint32_t output, pattern;
};

struct builder {
  const struct match_pattern *patterns;
  size_t count;
  const struct nuo_allocator *allocator;
  uint16_t *units;  // all patterns, folded
  size_t unit_capacity;
  struct item *items, *spare;
  uint32_t group_sizes[GROUPS];
  struct match_family families[GROUPS];
  struct match_header header;
};

static enum match_status check_pattern(const struct match_pattern *pattern) {
  if (pattern->len == 0) return MATCH_EMPTY;
  if (pattern->len > LIMIT_MATCH_ENTRY) return MATCH_TOO_LONG;
  if (pattern->output >= LIMIT_MATCH_OUTPUTS || (unsigned)pattern->kind >= MATCH_KIND_COUNT ||
      (pattern->fold & ~(unsigned)NUO__FOLD_ALL) != 0) {
    return MATCH_BAD_PATTERN;
  }
  return nuo__utf8_check(pattern->text, pattern->len) == pattern->len ? MATCH_OK : MATCH_NOT_UTF8;
}

static enum match_status check_patterns(struct builder *b, size_t *bad) {
  if (b->count > LIMIT_MATCH_ENTRIES) return MATCH_TOO_MANY;
  for (size_t i = 0; i < b->count; i++) {
    enum match_status status = check_pattern(&b->patterns[i]);
    *bad = i;
    if (status != MATCH_OK) return status;
    b->unit_capacity += b->patterns[i].len;
  }
  return MATCH_OK;
}

static enum family_kind family_of(enum match_kind kind, const uint16_t *units, uint32_t length) {
  if (kind == MATCH_STARTS) return FAMILY_STARTS;
  if (kind == MATCH_ENDS) return FAMILY_ENDS;
  if (kind == MATCH_EQUALS) return FAMILY_EQUALS;
  if (length == 1) return FAMILY_ONE;
  return length >= 4 && nuo__match_is_ascii(units) ? FAMILY_FOUR : FAMILY_TWO;
}

static void reverse(uint16_t *units, uint32_t length) {
  for (uint32_t i = 0, j = length; i + 1 < j; i++) {
    uint16_t unit = units[i];
    units[i] = units[--j];
    units[j] = unit;
  }
}

static enum match_status fold_patterns(struct builder *b, size_t *bad) {
  uint32_t used = 0;
  for (size_t i = 0; i < b->count; i++) {
    const struct match_pattern *pattern = &b->patterns[i];
    uint16_t *units = b->units + used;
    uint32_t length = (uint32_t)nuo__fold(pattern->text, pattern->len, pattern->fold, units, NULL);
    *bad = i;
    if (length == 0) return MATCH_EMPTY;
    enum family_kind family = family_of(pattern->kind, units, length);
    if (family == FAMILY_ENDS) reverse(units, length);
    const unsigned fold = pattern->fold | (pattern->kind == MATCH_EXCEPT ? FAMILY_EXCEPT : 0);
    uint32_t group = fold * FAMILY_KIND_COUNT + family;
    b->items[i] = (struct item){
        .group = group, .unit = used, .length = length, .output = pattern->output, .pattern = (uint32_t)i};
    b->group_sizes[group]++;
    used += length;
  }
  return MATCH_OK;
}

static unsigned log2_ceil(uint32_t n) {
  unsigned bits = 0;
  while ((UINT32_C(1) << bits) < n) bits++;
  return bits;
}

static void size_family(struct match_family *family, uint32_t group, uint32_t size) {
  *family = (struct match_family){.kind = (uint8_t)(group % FAMILY_KIND_COUNT),
                                  .fold = (uint8_t)(group / FAMILY_KIND_COUNT)};
  if (nuo__match_key_units(family->kind) == 0) return;
  unsigned bits = log2_ceil(size) + FILTER_BITS_PER_ENTRY_LOG2;
  family->filter_bits = (uint8_t)(bits < FILTER_BITS_MIN ? FILTER_BITS_MIN : bits);
  family->bucket_bits = (uint8_t)log2_ceil(size);
}

static uint32_t hash_of(const struct builder *b, const struct match_family *family, const struct item *item) {
  unsigned width = nuo__match_key_units(family->kind);
  return width == 0 ? 0 : nuo__match_hash(b->units + item->unit, width);
}

static void choose_buckets(struct builder *b) {
  struct match_family by_group[GROUPS];
  for (uint32_t group = 0; group < GROUPS; group++) {
    if (b->group_sizes[group] == 0) continue;
    size_family(&by_group[group], group, b->group_sizes[group]);
    b->families[b->header.family_count++] = by_group[group];
  }
  for (size_t i = 0; i < b->count; i++) {
    const struct match_family *family = &by_group[b->items[i].group];
    b->items[i].bucket = nuo__match_leading(hash_of(b, family, &b->items[i]), family->bucket_bits);
  }
}

static int compare_numbers(uint32_t a, uint32_t b) {
  return a < b ? -1 : a > b;
}

// Orders by place in the blob; 0 for items that are one entry.
static int compare_entries(const struct builder *b, const struct item *x, const struct item *y) {
  if (x->group != y->group) return compare_numbers(x->group, y->group);
  if (x->bucket != y->bucket) return compare_numbers(x->bucket, y->bucket);
  const uint16_t *u = b->units + x->unit, *v = b->units + y->unit;
  for (uint32_t i = 0; i < x->length && i < y->length; i++) {
    if (u[i] != v[i]) return compare_numbers(u[i], v[i]);
  }
  return compare_numbers(x->length, y->length);
}

static int compare_items(const struct builder *b, const struct item *x, const struct item *y) {
  int order = compare_entries(b, x, y);
  if (order == 0) order = compare_numbers(x->output, y->output);
  return order != 0 ? order : compare_numbers(x->pattern, y->pattern);
}

static void merge(const struct builder *b, const struct item *from, size_t middle, size_t end,
                  struct item *to) {
  size_t left = 0, right = middle;
  for (size_t i = 0; i < end; i++) {
    bool take_left = right == end || (left < middle && compare_items(b, &from[left], &from[right]) <= 0);
    to[i] = take_left ? from[left++] : from[right++];
  }
}

// A merge sort of our own, because the C library's may allocate.
static void sort_items(struct builder *b) {
  for (size_t run = 1; run < b->count; run *= 2) {
    for (size_t at = 0; at < b->count; at += 2 * run) {
      size_t left = b->count - at;
      merge(b, b->items + at, run < left ? run : left, 2 * run < left ? 2 * run : left, b->spare + at);
    }
    struct item *sorted = b->spare;
    b->spare = b->items;
    b->items = sorted;
  }
}

static bool is_new_entry(const struct builder *b, size_t i) {
  return i == 0 || compare_entries(b, &b->items[i - 1], &b->items[i]) != 0;
}

static bool is_new_ref(const struct builder *b, size_t i) {
  return is_new_entry(b, i) || b->items[i - 1].output != b->items[i].output;
}

static void count_outputs(struct builder *b) {
  uint64_t seen[LIMIT_MATCH_OUTPUTS / 64] = {0};
  for (size_t i = 0; i < b->count; i++) {
    uint32_t output = b->items[i].output;
    if (output >= b->header.output_count) b->header.output_count = output + 1;
    if ((seen[output / 64] >> (output % 64) & 1) == 0) b->header.live_outputs++;
    seen[output / 64] |= UINT64_C(1) << (output % 64);
  }
}

static void count_parts(struct builder *b) {
  struct match_header *h = &b->header;
  h->magic = BLOB_MAGIC;
  h->pattern_count = (uint32_t)b->count;
  h->text_size = (uint32_t)b->unit_capacity;
  uint32_t family = 0;
  for (size_t i = 0; i < b->count; i++) {
    const struct item *item = &b->items[i];
    if (i > 0 && item->group != b->items[i - 1].group) family++;
    if (is_new_ref(b, i)) h->ref_count++;
    if (!is_new_entry(b, i)) continue;
    h->entry_count++;
    h->unit_count += item->length;
    b->families[family].entry_count++;
    if (item->length > b->families[family].longest) b->families[family].longest = item->length;
  }
  count_outputs(b);
}

static void write_starts(uint32_t *starts, const struct match_family *family,
                         const uint32_t *sizes_by_bucket) {
  uint32_t next = family->entry_first;
  for (uint32_t bucket = 0; bucket < UINT32_C(1) << family->bucket_bits; bucket++) {
    uint32_t size = sizes_by_bucket[bucket];
    starts[bucket] = next;
    next += size;
  }
  starts[UINT32_C(1) << family->bucket_bits] = next;
}

// Adds the entry of `item` to the blob's filters and to the count kept in its bucket's place.
static void index_entry(const struct builder *b, char *blob, const struct match_family *family,
                        const struct item *item) {
  uint32_t *starts = (uint32_t *)(void *)(blob + family->starts_at);
  starts[item->bucket]++;
  if (family->filter_bits == 0) return;
  const uint32_t hash = hash_of(b, family, item);
  uint32_t *filter = (uint32_t *)(void *)(blob + family->filter_at);
  filter[nuo__match_word(hash, family->filter_bits)] |= UINT32_C(1) << (hash & 31) | UINT32_C(1)
                                                                                         << (hash >> 5 & 31);
  if (!nuo__match_has_tails(family)) return;
  const uint32_t third = item->length > 2 ? b->units[item->unit + 2] : NO_THIRD;
  const uint32_t tail = nuo__match_tail(hash, third, family->filter_bits);
  filter[nuo__match_filter_words(family) + tail / 32] |= UINT32_C(1) << tail % 32;
}

static void write_entries(const struct builder *b, char *blob) {
  const struct match_header *h = &b->header;
  struct match_entry *entries = (struct match_entry *)(void *)(blob + h->entries_at);
  struct match_ref *refs = (struct match_ref *)(void *)(blob + h->refs_at);
  uint16_t *units = (uint16_t *)(void *)(blob + h->units_at);
  uint32_t entry = 0, ref = 0, unit = 0, family = 0;
  for (size_t i = 0; i < b->count; i++) {
    const struct item *item = &b->items[i];
    if (i > 0 && item->group != b->items[i - 1].group) family++;
    if (is_new_entry(b, i)) {
      entries[entry++] = (struct match_entry){.unit = unit, .length = item->length, .first_ref = ref};
      memcpy(units + unit, b->units + item->unit, item->length * sizeof *units);
      unit += item->length;
      index_entry(b, blob, &b->families[family], item);
    }
    if (is_new_ref(b, i)) refs[ref++] = (struct match_ref){.output = item->output, .pattern = item->pattern};
  }
  entries[entry] = (struct match_entry){.unit = unit, .length = 0, .first_ref = ref};
}

static void write_texts(const struct builder *b, char *blob) {
  struct match_text *texts = (struct match_text *)(void *)(blob + b->header.patterns_at);
  uint32_t at = 0;
  for (size_t i = 0; i < b->count; i++) {
    texts[i] = (struct match_text){.at = at, .len = (uint32_t)b->patterns[i].len};
    memcpy(blob + b->header.text_at + at, b->patterns[i].text, b->patterns[i].len);
    at += texts[i].len;
  }
}

static void write_blob(const struct builder *b, char *blob) {
  memset(blob, 0, b->header.size);
  memcpy(blob, &b->header, sizeof b->header);
  memcpy(blob + b->header.families_at, b->families, b->header.family_count * sizeof *b->families);
  write_entries(b, blob);
  for (uint32_t i = 0; i < b->header.family_count; i++) {
    uint32_t *starts = (uint32_t *)(void *)(blob + b->families[i].starts_at);
    write_starts(starts, &b->families[i], starts);
  }
  write_texts(b, blob);
}

static enum match_status build(struct builder *b, void **blob, size_t *size, size_t *bad) {
  enum match_status status = fold_patterns(b, bad);
  if (status != MATCH_OK) return status;
  choose_buckets(b);
  sort_items(b);
  count_parts(b);
  // At the limits a blob is some 250 MB, so its layout always fits.
  if (!nuo__match_layout(&b->header, b->families)) return MATCH_TOO_MANY;
  *blob = nuo__alloc(b->allocator, b->header.size);
  if (*blob == NULL) return MATCH_NO_MEMORY;
  *size = b->header.size;
  write_blob(b, *blob);
  return MATCH_OK;
}

enum match_status nuo__match_build(const struct match_pattern *patterns, size_t count,
                                   const struct nuo_allocator *allocator, void **blob, size_t *size,
                                   size_t *bad) {
  size_t ignored;
  if (bad == NULL) bad = &ignored;
  struct builder *b = nuo__alloc(allocator, sizeof *b);
  if (b == NULL) return MATCH_NO_MEMORY;
  *b = (struct builder){.patterns = patterns, .count = count, .allocator = allocator};
  enum match_status status = check_patterns(b, bad);
  size_t unit_bytes = b->unit_capacity * sizeof *b->units, item_bytes = count * sizeof *b->items;
  if (status == MATCH_OK) {
    b->units = nuo__alloc(allocator, unit_bytes);
    b->items = nuo__alloc(allocator, item_bytes);
    b->spare = nuo__alloc(allocator, item_bytes);
    bool complete = count == 0 || (b->units != NULL && b->items != NULL && b->spare != NULL);
    status = complete ? build(b, blob, size, bad) : MATCH_NO_MEMORY;
  }
  nuo__free(allocator, b->spare, item_bytes);
  nuo__free(allocator, b->items, item_bytes);
  nuo__free(allocator, b->units, unit_bytes);
  nuo__free(allocator, b, sizeof *b);
  return status;
}
