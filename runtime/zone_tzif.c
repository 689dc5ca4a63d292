// SPDX-License-Identifier: Apache-2.0
// From the bytes of a TZif file (RFC 9636, versions 1 to 4) to a zone's table. Every count and index is
// checked before it is used: the bytes may be anything. Files with leap seconds are refused, because instants
// here have none, and so are files whose rule knows nothing of the offset their last transition leads to.
// Called by zone_set.c with a file's contents and by tests and fuzzers with worse.
#include <string.h>

#include "runtime/when.h"
#include "runtime/zone_table.h"

enum {
  HEADER_SIZE = 44,
  RECORD_SIZE = 6,         // of a local time type: offset, daylight flag, designation index
  MAX_TRANSITIONS = 4096,  // twice what the reference implementation can read
};

// A part of the file not yet read.
struct input {
  const unsigned char *at;
  size_t left;
};

// A data block as it stands in the file; `times` big-endian, `time_size` bytes each.
struct block {
  uint32_t time_count;
  uint32_t type_count;
  uint32_t char_count;
  uint32_t leap_count;
  uint32_t is_standard_count;
  uint32_t is_utc_count;
  size_t time_size;
  const unsigned char *times;
  const unsigned char *types;
  const unsigned char *records;
  const unsigned char *chars;
};

static const unsigned char *take(struct input *in, uint64_t size) {
  if (size > in->left) return NULL;
  const unsigned char *taken = in->at;
  in->at += size;
  in->left -= (size_t)size;
  return taken;
}

static uint32_t read_u32(const unsigned char *p) {
  return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// Two's complement without a conversion the standard leaves open.
static int64_t read_i64(const unsigned char *p) {
  uint64_t bits = (uint64_t)read_u32(p) << 32 | read_u32(p + 4);
  return bits <= INT64_MAX ? (int64_t)bits : -(int64_t)(UINT64_MAX - bits) - 1;
}

static int32_t read_i32(const unsigned char *p) {
  int64_t bits = read_u32(p);
  return (int32_t)(bits <= INT32_MAX ? bits : bits - (INT64_C(1) << 32));
}

static bool take_header(struct input *in, struct block *b, unsigned char *version) {
  const unsigned char *p = take(in, HEADER_SIZE);
  if (p == NULL || memcmp(p, "TZif", 4) != 0) return false;
  *version = p[4];
  *b = (struct block){
      .is_utc_count = read_u32(p + 20),
      .is_standard_count = read_u32(p + 24),
      .leap_count = read_u32(p + 28),
      .time_count = read_u32(p + 32),
      .type_count = read_u32(p + 36),
      .char_count = read_u32(p + 40),
  };
  return *version == 0 || (*version >= '2' && *version <= '4');
}

// Steps over the block; leaves what is needed from it in `b`.
static bool take_block(struct input *in, struct block *b, size_t time_size) {
  b->time_size = time_size;
  b->times = take(in, (uint64_t)b->time_count * time_size);
  if (b->times == NULL) return false;
  b->types = take(in, b->time_count);
  if (b->types == NULL) return false;
  b->records = take(in, (uint64_t)b->type_count * RECORD_SIZE);
  if (b->records == NULL) return false;
  b->chars = take(in, b->char_count);
  if (b->chars == NULL) return false;
  uint64_t rest = (uint64_t)b->leap_count * (time_size + 4) + b->is_standard_count + b->is_utc_count;
  const unsigned char *indicators = take(in, rest);
  if (indicators == NULL) return false;
  if (b->leap_count > 0) return true;
  for (uint64_t i = 0; i < rest; i++) {
    if (indicators[i] > 1) return false;
  }
  return true;
}

static int64_t time_of(const struct block *b, uint32_t i) {
  const unsigned char *p = b->times + (size_t)i * b->time_size;
  return b->time_size == 8 ? read_i64(p) : read_i32(p);
}

static int32_t offset_of_type(const struct block *b, uint32_t type) {
  return read_i32(b->records + (size_t)type * RECORD_SIZE);
}

static bool are_counts_valid(const struct block *b) {
  if (b->leap_count != 0 || b->time_count > MAX_TRANSITIONS) return false;
  if (b->type_count == 0 || b->type_count > 256 || b->char_count == 0) return false;
  if (b->is_standard_count != 0 && b->is_standard_count != b->type_count) return false;
  return b->is_utc_count == 0 || b->is_utc_count == b->type_count;
}

static bool are_types_valid(const struct block *b) {
  if (b->chars[b->char_count - 1] != 0) return false;
  for (uint32_t i = 0; i < b->type_count; i++) {
    const unsigned char *record = b->records + (size_t)i * RECORD_SIZE;
    int32_t offset = read_i32(record);
    if (offset < ZONE_OFFSET_MIN || offset > ZONE_OFFSET_MAX) return false;
    if (record[4] > 1 || record[5] >= b->char_count) return false;
  }
  return true;
}

static bool are_transitions_valid(const struct block *b) {
  for (uint32_t i = 0; i < b->time_count; i++) {
    if (b->types[i] >= b->type_count) return false;
    if (i > 0 && time_of(b, i - 1) >= time_of(b, i)) return false;
  }
  return true;
}

// A newline, the rule, a newline, and the file ends.
static bool take_footer(struct input *in, struct zone_rule *rule) {
  if (in->left < 2 || in->at[0] != '\n' || in->at[in->left - 1] != '\n') return false;
  return nuo__zone_rule_parse((const char *)in->at + 1, in->left - 2, rule);
}

static bool read_file(struct input in, struct block *b, struct zone_rule *rule) {
  unsigned char version, version_again;
  *rule = (struct zone_rule){.present = false};
  if (!take_header(&in, b, &version)) return false;
  if (version == 0) {
    if (!take_block(&in, b, 4) || in.left != 0) return false;
  } else {
    // The first block, of 32-bit times, is there for readers that know no better.
    if (!take_block(&in, b, 4) || !take_header(&in, b, &version_again)) return false;
    if (version != version_again || !take_block(&in, b, 8) || !take_footer(&in, rule)) return false;
  }
  return are_counts_valid(b) && are_types_valid(b) && are_transitions_valid(b);
}

// Adds a transition later than those there, unless it changes nothing. One before the years that exist tells
// what they begin with, one after them is never reached.
static void push(struct zone *zone, int64_t ms, int32_t offset) {
  if (ms > NUO__WHEN_LAST_MS || offset == zone->offset[zone->count]) return;
  if (ms > NUO__WHEN_FIRST_MS) zone->at[zone->count++] = ms;
  zone->offset[zone->count] = offset;
}

static int64_t to_ms(int64_t seconds) {
  if (seconds < NUO__WHEN_FIRST_MS / 1000) return NUO__WHEN_FIRST_MS;
  return seconds > NUO__WHEN_LAST_MS / 1000 ? NUO__WHEN_LAST_MS + 1 : seconds * 1000;
}

// The first instant of the first year the rule has to answer for itself.
static int64_t rule_from_ms(int64_t last_ms) {
  int32_t days = 0;
  int32_t date, clock_ms;
  struct civil civil = {1, 1, 1};
  if (nuo__when_split(last_ms, &date, &clock_ms)) nuo__when_civil_from_days(date, &civil);
  int32_t year = civil.year < ZONE_TABLE_LAST_YEAR ? ZONE_TABLE_LAST_YEAR : civil.year + 1;
  if (!nuo__when_days_from_civil(year, 1, 1, &days)) return NUO__WHEN_LAST_MS + 1;
  return (int64_t)days * NUO__WHEN_DAY_MS;
}

// Writes the rule's changes between two instants into the table, there being room for two a year.
static void push_rule(struct zone *zone, int64_t from_ms, int64_t until_ms) {
  struct zone_span span = nuo__zone_rule_span(&zone->rule, from_ms);
  while (span.end < until_ms) {
    span = nuo__zone_rule_span(&zone->rule, span.end);
    push(zone, span.start, span.offset);
  }
}

static void fill_buckets(struct zone *zone) {
  uint32_t i = 0;
  for (int64_t bucket = 0; bucket <= ZONE_BUCKETS; bucket++) {
    while (i < zone->count && zone->at[i] < bucket << ZONE_BUCKET_SHIFT) i++;
    zone->bucket[bucket] = (uint16_t)i;
  }
}

// Whether the rule holds for all the years that exist.
static bool is_rule_alone(const struct block *b) {
  return b->time_count == 0 || time_of(b, b->time_count - 1) < NUO__WHEN_FIRST_MS / 1000;
}

// Whether a rule can follow a last transition to `offset`. Some zic releases leave out a transition that only
// the rule before it would have needed (America/Ojinaga in November 2022), so that the rule seems to be in
// the other half of its year: the last offset then stays until the rule's next change.
static bool agrees(const struct zone_rule *rule, int32_t by_rule, int32_t offset) {
  return offset == by_rule || (rule->has_daylight && (offset == rule->standard || offset == rule->daylight));
}

// False when the rule contradicts the last transition.
static bool fill(struct zone *zone, const struct block *b, int64_t last_ms) {
  zone->offset[0] = offset_of_type(b, 0);
  for (uint32_t i = 0; i < b->time_count; i++) {
    push(zone, to_ms(time_of(b, i)), offset_of_type(b, b->types[i]));
  }
  if (!nuo__when_is_instant(last_ms)) zone->rule = (struct zone_rule){.present = false};
  if (!zone->rule.present) return true;
  int32_t by_rule = nuo__zone_rule_span(&zone->rule, last_ms).offset;
  if (is_rule_alone(b)) zone->offset[0] = by_rule;
  if (!agrees(&zone->rule, by_rule, zone->offset[zone->count])) return false;
  if (zone->rule.has_daylight) {
    if (is_rule_alone(b)) zone->table_from = last_ms;
    zone->table_until = rule_from_ms(last_ms);
    push_rule(zone, last_ms, zone->table_until);
  }
  return true;
}

enum zone_status nuo__zone_parse(const void *bytes, size_t len, const struct nuo_allocator *allocator,
                                 struct zone **out) {
  struct block b;
  struct zone_rule rule;
  if (!read_file((struct input){bytes, len}, &b, &rule)) return ZONE_MALFORMED;
  int64_t last_ms = is_rule_alone(&b) ? 0 : to_ms(time_of(&b, b.time_count - 1));
  uint32_t by_rule = 0;
  if (rule.has_daylight && nuo__when_is_instant(last_ms)) {
    int64_t years = (rule_from_ms(last_ms) - last_ms) / NUO__WHEN_DAY_MS / 365 + 2;
    by_rule = (uint32_t)years * 2;
  }
  struct zone *zone = nuo__zone_new(b.time_count + by_rule, allocator);
  if (zone == NULL) return ZONE_OUT_OF_MEMORY;
  zone->rule = rule;
  if (!fill(zone, &b, last_ms)) {
    nuo__zone_free(allocator, zone);
    return ZONE_MALFORMED;
  }
  if (zone->bucket != NULL) fill_buckets(zone);
  *out = zone;
  return ZONE_OK;
}
