// SPDX-License-Identifier: Apache-2.0
// Scans text against a verified match set. Every position whose hash passes the filter is collected first,
// without a branch, and only then looked up: mispredicted branches would cost more than the filter itself.
// Worst case: text length times longest entry times the logarithm of a bucket, and once more for each output
// of which both an entry and an excepted phrase are in the text, or only what may be half a number. See
// match_blob.h for the data.
#include "runtime/match.h"

#include "runtime/match_blob.h"
#include "runtime/match_filter.h"
#include "runtime/utf8.h"

enum {
  BLOCK = 256,  // positions filtered at a time
  FEW = 4,      // entries that are compared one by one
  ZEROED = 16,  // units behind the text, so that the filter hashes nothing that is there by chance
  CAPACITY_MIN = 1024,
};

enum purpose { SET_OUTPUTS, COLLECT_HITS, MARK_REACH };

// What only hits need stays out of the loops that look for them.
#define RARE __attribute__((noinline))

// One search through one text.
struct search {
  enum purpose purpose;
  const struct match_header *header;
  const struct match_entry *entries;
  const struct match_ref *refs;
  const uint16_t *entry_units;

  const char *text;
  size_t len;
  const uint16_t *units;  // the text as the family at hand wants it folded
  const uint32_t *offsets;
  size_t count;  // units
  bool whole;    // an entry has to be the whole text
  bool spelled;  // numerals are folded: an entry may cut a number

  uint64_t *outputs, *doubtful;  // doubtful: what was found may be half a number
  uint32_t remaining;            // outputs that have not hit

  uint32_t output;  // the only one that is asked for, save by SET_OUTPUTS
  struct match_hit *hits;
  size_t hit_count, hit_max;
  uint32_t *reach;  // by byte: where the farthest excepted phrase ends that begins there; NULL: there is none
};

uint32_t nuo__match_outputs(const void *blob) {
  return ((const struct match_header *)blob)->output_count;
}

const char *nuo__match_pattern(const void *blob, uint32_t index, size_t *len) {
  const struct match_header *header = blob;
  if (index >= header->pattern_count) return NULL;
  const struct match_text *texts = (const void *)((const char *)blob + header->patterns_at);
  *len = texts[index].len;
  return (const char *)blob + header->text_at + texts[index].at;
}

void nuo__match_scratch_init(struct match_scratch *scratch, const struct nuo_allocator *allocator) {
  *scratch = (struct match_scratch){.allocator = allocator};
}

void nuo__match_scratch_free(struct match_scratch *scratch) {
  nuo__free(scratch->allocator, scratch->units, scratch->unit_capacity * sizeof *scratch->units);
  nuo__free(scratch->allocator, scratch->offsets, scratch->offset_capacity * sizeof *scratch->offsets);
  nuo__free(scratch->allocator, scratch->reach, scratch->reach_capacity * sizeof *scratch->reach);
  nuo__match_scratch_init(scratch, scratch->allocator);
}

static size_t grown(size_t capacity, size_t needed) {
  if (capacity < CAPACITY_MIN) capacity = CAPACITY_MIN;
  while (capacity < needed) capacity *= 2;
  return capacity;
}

bool nuo__match_scratch_reserve(struct match_scratch *s, size_t needed) {
  if (needed <= s->unit_capacity) return true;
  if (needed > UINT32_MAX) return false;
  size_t capacity = grown(s->unit_capacity, needed), size = sizeof *s->units;
  uint16_t *units = nuo__realloc(s->allocator, s->units, s->unit_capacity * size, capacity * size);
  if (units == NULL) return false;
  s->units = units;
  s->unit_capacity = capacity;
  return true;
}

static bool reserve_words(const struct nuo_allocator *allocator, uint32_t **words, size_t *capacity,
                          size_t needed) {
  if (needed <= *capacity) return true;
  size_t larger = grown(*capacity, needed), size = sizeof **words;
  uint32_t *moved = nuo__realloc(allocator, *words, *capacity * size, larger * size);
  if (moved == NULL) return false;
  *words = moved;
  *capacity = larger;
  return true;
}

static bool reserve_offsets(struct match_scratch *s, size_t needed) {
  return reserve_words(s->allocator, &s->offsets, &s->offset_capacity, needed);
}

static bool is_earlier(const struct match_hit *a, const struct match_hit *b) {
  if (a->offset != b->offset) return a->offset < b->offset;
  return a->len != b->len ? a->len > b->len : a->pattern < b->pattern;
}

// The byte behind the last of `length` units at `at`.
static size_t end_of(const struct search *s, size_t at, size_t length) {
  const size_t last = s->offsets[at + length - 1];
  return last + nuo__utf8_length((unsigned char)s->text[last]);
}

// Whether an Arabic digit, half or full width, ends before byte `at` or begins there.
static bool is_digit_before(const char *text, size_t at) {
  const unsigned char *p = (const unsigned char *)text + at;
  if (at >= 1 && p[-1] >= '0' && p[-1] <= '9') return true;
  return at >= 3 && p[-3] == 0xEF && p[-2] == 0xBC && p[-1] >= 0x90 && p[-1] <= 0x99;
}

static bool is_digit_at(const struct search *s, size_t at) {
  const unsigned char *p = (const unsigned char *)s->text + at;
  if (at >= s->len) return false;
  if (p[0] >= '0' && p[0] <= '9') return true;
  return s->len - at >= 3 && p[0] == 0xEF && p[1] == 0xBC && p[2] >= 0x90 && p[2] <= 0x99;
}

static bool is_digit(uint16_t unit) {
  return unit >= '0' && unit <= '9';
}

// Whether what was found begins or ends within a number in Arabic digits.
static bool cuts_number(const struct search *s, size_t at, size_t length) {
  if (!s->spelled) return false;
  const size_t start = s->offsets[at], end = end_of(s, at, length);
  return (is_digit(s->units[at]) && is_digit_at(s, start) && is_digit_before(s->text, start)) ||
         (is_digit(s->units[at + length - 1]) && is_digit_before(s->text, end) && is_digit_at(s, end));
}

RARE static void mark_reach(struct search *s, size_t at, size_t length) {
  uint32_t *reach = &s->reach[s->offsets[at]];
  const uint32_t end = (uint32_t)end_of(s, at, length);
  if (*reach < end) *reach = end;
}

// Keeps the earliest `hit_max`, in order.
RARE static void collect(struct search *s, uint32_t pattern, size_t at, size_t length) {
  const size_t start = s->offsets[at], end = end_of(s, at, length);
  if (s->reach != NULL && s->reach[start] >= end) return;
  if (cuts_number(s, at, length)) return;
  struct match_hit hit = {.pattern = pattern, .offset = start, .len = end - start};
  size_t place = s->hit_count;
  while (place > 0 && is_earlier(&hit, &s->hits[place - 1])) place--;
  if (place == s->hit_max) return;
  if (s->hit_count < s->hit_max) s->hit_count++;
  memmove(s->hits + place + 1, s->hits + place, (s->hit_count - place - 1) * sizeof *s->hits);
  s->hits[place] = hit;
}

static void set_bit(uint64_t *outputs, uint32_t output) {
  outputs[output / 64] |= UINT64_C(1) << (output % 64);
}

RARE static void set_output(struct search *s, uint32_t output) {
  uint64_t bit = UINT64_C(1) << (output % 64);
  s->remaining -= (s->outputs[output / 64] & bit) == 0;
  set_bit(s->outputs, output);
}

// The entry was found at unit `at`.
static void report(struct search *s, const struct match_entry *entry, size_t at) {
  if (s->whole && entry->length != s->count) return;
  const bool may_cut = s->spelled && (is_digit(s->units[at]) || is_digit(s->units[at + entry->length - 1]));
  for (uint32_t ref = entry->first_ref; ref < entry[1].first_ref; ref++) {
    if (s->purpose == SET_OUTPUTS)
      may_cut ? set_bit(s->doubtful, s->refs[ref].output) : set_output(s, s->refs[ref].output);
    else if (s->refs[ref].output != s->output)
      continue;
    else if (s->purpose == MARK_REACH)
      mark_reach(s, at, entry->length);
    else
      collect(s, s->refs[ref].pattern, at, entry->length);
  }
}

// The first entry in [low, high), all of them longer than `depth` and sorted, whose unit there is not below
// `unit`.
static uint32_t lower_bound(const struct search *s, uint32_t low, uint32_t high, size_t depth,
                            uint32_t unit) {
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (s->entry_units[s->entries[middle].unit + depth] < unit)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

// Not memcmp: nearly all differ within the first three units, before a call would have begun.
static inline bool is_prefix(const uint16_t *entry, const uint16_t *units, uint32_t length) {
  for (uint32_t i = 0; i < length; i++) {
    if (entry[i] != units[i]) return false;
  }
  return true;
}

// Reports every entry in [low, high), a sorted range, that `units` (`left` of them) begin with; `backwards`
// tells that they were read from the end of the text.
static void walk(struct search *s, uint32_t low, uint32_t high, const uint16_t *units, size_t left,
                 bool backwards) {
  for (size_t depth = 0; high - low > FEW; depth++) {
    if (s->entries[low].length == depth) {
      report(s, &s->entries[low], backwards ? s->count - depth : (size_t)(units - s->units));
      low++;
    }
    if (depth == left) return;
    low = lower_bound(s, low, high, depth, units[depth]);
    high = lower_bound(s, low, high, depth, units[depth] + UINT32_C(1));
  }
  for (; low < high; low++) {
    const struct match_entry *entry = &s->entries[low];
    if (entry->length > left || !is_prefix(s->entry_units + entry->unit, units, entry->length)) continue;
    report(s, entry, backwards ? s->count - entry->length : (size_t)(units - s->units));
  }
}

// Works out the buckets of the positions found, and asks for what looking into them will touch: one position
// after the other would wait for memory three times each.
static void fetch_ahead(const struct search *s, const struct match_family *family, const uint32_t *found,
                        size_t count, uint32_t *buckets) {
  const uint32_t *starts = (const void *)((const char *)s->header + family->starts_at);
  const unsigned width = nuo__match_key_units(family->kind);
  for (size_t i = 0; i < count; i++) {
    buckets[i] = nuo__match_leading(nuo__match_hash(s->units + found[i], width), family->bucket_bits);
    __builtin_prefetch(starts + buckets[i]);
  }
  for (size_t i = 0; i < count; i++) __builtin_prefetch(s->entries + starts[buckets[i]]);
  for (size_t i = 0; i < count; i++) __builtin_prefetch(s->entry_units + s->entries[starts[buckets[i]]].unit);
}

// Of the 64 positions from `from` on, those in `mask` at which the third unit does not speak against it.
static size_t collect_positions(const struct search *s, const struct match_family *family, size_t from,
                                uint64_t mask, uint32_t *found) {
  const uint32_t *filter = (const void *)((const char *)s->header + family->filter_at);
  const uint32_t *tails = filter + nuo__match_filter_words(family);
  const unsigned bits = family->filter_bits;
  const bool has_tails = nuo__match_has_tails(family);
  size_t count = 0;
  for (; mask != 0; mask &= mask - 1) {
    const size_t at = from + (size_t)__builtin_ctzll(mask);
    found[count] = (uint32_t)at;
    if (!has_tails) {
      count++;
      continue;
    }
    const uint32_t hash = nuo__match_hash(s->units + at, 2);
    count += nuo__match_has_bit(tails, nuo__match_tail(hash, s->units[at + 2], bits)) |
             nuo__match_has_bit(tails, nuo__match_tail(hash, NO_THIRD, bits));
  }
  return count;
}

static void scan_family(struct search *s, const struct match_family *family) {
  const char *blob = (const char *)s->header;
  const uint32_t *starts = (const void *)(blob + family->starts_at);
  const unsigned width = nuo__match_key_units(family->kind);
  if (s->count < width) return;
  uint32_t found[BLOCK], buckets[BLOCK];
  uint64_t masks[BLOCK / 64];
  for (size_t from = 0, end = s->count - width + 1; from < end && s->remaining > 0; from += BLOCK) {
    const size_t to = end - from < BLOCK ? end : from + BLOCK;
    size_t count = 0;
    nuo__match_filter(blob, family, s->units + from, to - from, masks);
    for (size_t at = from; at < to; at += 64)
      count += collect_positions(s, family, at, masks[(at - from) / 64], found + count);
    if (count == 0) continue;
    fetch_ahead(s, family, found, count, buckets);
    for (size_t i = 0; i < count && s->remaining > 0; i++) {
      const uint32_t *range = starts + buckets[i];
      walk(s, range[0], range[1], s->units + found[i], s->count - found[i], false);
    }
  }
}

static void scan_end(struct search *s, const struct match_family *family) {
  uint16_t reversed[LIMIT_MATCH_ENTRY];
  size_t left = s->count < family->longest ? s->count : family->longest;
  for (size_t i = 0; i < left; i++) reversed[i] = s->units[s->count - 1 - i];
  walk(s, family->entry_first, family->entry_first + family->entry_count, reversed, left, true);
}

static void run_family(struct search *s, const struct match_family *family) {
  uint32_t first = family->entry_first, end = first + family->entry_count;
  switch ((enum family_kind)family->kind) {
    case FAMILY_ONE:
    case FAMILY_TWO:
    case FAMILY_FOUR:
      scan_family(s, family);
      break;
    case FAMILY_STARTS:
      walk(s, first, end, s->units, s->count, false);
      break;
    case FAMILY_ENDS:
      scan_end(s, family);
      break;
    case FAMILY_EQUALS:
      if (s->count > family->longest) break;
      s->whole = true;
      walk(s, first, end, s->units, s->count, false);
      s->whole = false;
      break;
    case FAMILY_KIND_COUNT:
      break;
  }
}

// Looks for excepted phrases, or for all else.
static void run(struct search *s, size_t len, struct match_scratch *scratch, bool excepted) {
  const struct match_family *families = (const void *)((const char *)s->header + s->header->families_at);
  uint32_t *offsets = s->purpose == SET_OUTPUTS ? NULL : scratch->offsets;
  for (uint32_t i = 0; i < s->header->family_count && s->remaining > 0; i++) {
    if (((families[i].fold & FAMILY_EXCEPT) != 0) != excepted) continue;
    if (i == 0 || families[i].fold != families[i - 1].fold) {
      s->count = nuo__fold(s->text, len, families[i].fold & NUO__FOLD_ALL, scratch->units, offsets);
      memset(scratch->units + s->count, 0, ZEROED * sizeof *scratch->units);
    }
    s->spelled = !excepted && (families[i].fold & NUO__FOLD_SPELLING) != 0;
    run_family(s, &families[i]);
  }
}

// Field by field: to clear so large a record first takes longer than all of this.
static void begin_search(struct search *s, const void *blob, const char *text, size_t len,
                         const struct match_scratch *scratch) {
  const char *bytes = blob;
  s->purpose = SET_OUTPUTS;
  s->header = blob;
  s->entries = (const void *)(bytes + s->header->entries_at);
  s->refs = (const void *)(bytes + s->header->refs_at);
  s->entry_units = (const void *)(bytes + s->header->units_at);
  s->text = text;
  s->len = len;
  s->units = scratch->units;
  s->offsets = scratch->offsets;
  s->count = 0;
  s->whole = s->spelled = false;
  s->outputs = s->doubtful = NULL;
  s->remaining = s->header->live_outputs;
  s->output = 0;
  s->hits = NULL;
  s->hit_count = s->hit_max = 0;
  s->reach = NULL;
}

static void clear(uint64_t *outputs, uint32_t words) {
  for (uint32_t word = 0; word < words; word++) outputs[word] = 0;
}

static bool is_any_set(const uint64_t *outputs, uint32_t words) {
  for (uint32_t word = 0; word < words; word++)
    if (outputs[word] != 0) return true;
  return false;
}

// Adds to `doubtful` the outputs that were found and have an excepted phrase in the text as well.
RARE static void doubt_excepted(struct search *s, size_t len, struct match_scratch *scratch) {
  const uint32_t words = (s->header->output_count + 63) / 64;
  uint64_t excepted[LIMIT_MATCH_OUTPUTS / 64], *found = s->outputs;
  if (!is_any_set(found, words)) return;
  clear(excepted, words);
  s->outputs = excepted;
  s->remaining = s->header->live_outputs;
  run(s, len, scratch, true);
  s->outputs = found;
  for (uint32_t word = 0; word < words; word++) {
    s->doubtful[word] = (s->doubtful[word] & ~found[word]) | (found[word] & excepted[word]);
    found[word] &= ~excepted[word];
  }
}

bool nuo__match_scan(const void *blob, const char *text, size_t len, struct match_scratch *scratch,
                     uint64_t *outputs) {
  const uint32_t words = (nuo__match_outputs(blob) + 63) / 64;
  uint64_t doubtful[LIMIT_MATCH_OUTPUTS / 64];
  if (!nuo__match_scratch_reserve(scratch, len + MATCH_PADDING)) return false;
  struct search s;
  begin_search(&s, blob, text, len, scratch);
  s.outputs = outputs;
  s.doubtful = doubtful;
  clear(outputs, words);
  clear(doubtful, words);
  if (len == 0) return true;
  run(&s, len, scratch, false);
  if (nuo__match_has_exceptions(blob)) doubt_excepted(&s, len, scratch);
  for (uint32_t word = 0; word < words; word++) {
    for (uint64_t left = doubtful[word] & ~outputs[word]; left != 0; left &= left - 1) {
      const uint32_t output = word * 64 + (uint32_t)__builtin_ctzll(left);
      struct match_hit hit;
      size_t count;
      if (!nuo__match_find(blob, text, len, scratch, output, &hit, 1, &count)) return false;
      if (count > 0) set_bit(outputs, output);
    }
  }
  return true;
}

// How far excepted phrases of the output reach that begin at a byte of the text or before it.
static bool find_reach(struct search *s, size_t len, struct match_scratch *scratch) {
  if (!reserve_words(scratch->allocator, &scratch->reach, &scratch->reach_capacity, len)) return false;
  s->reach = scratch->reach;
  memset(s->reach, 0, len * sizeof *s->reach);
  s->purpose = MARK_REACH;
  run(s, len, scratch, true);
  for (size_t i = 1; i < len; i++)
    if (s->reach[i] < s->reach[i - 1]) s->reach[i] = s->reach[i - 1];
  return true;
}

bool nuo__match_find(const void *blob, const char *text, size_t len, struct match_scratch *scratch,
                     uint32_t output, struct match_hit *hits, size_t max, size_t *count) {
  *count = 0;
  if (!nuo__match_scratch_reserve(scratch, len + MATCH_PADDING) || !reserve_offsets(scratch, len))
    return false;
  struct search s;
  begin_search(&s, blob, text, len, scratch);
  s.output = output;
  s.hits = hits;
  s.hit_max = max;
  if (len == 0 || max == 0) return true;
  if (nuo__match_has_exceptions(blob) && !find_reach(&s, len, scratch)) return false;
  s.purpose = COLLECT_HITS;
  run(&s, len, scratch, false);
  *count = s.hit_count;
  return true;
}
