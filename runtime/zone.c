// SPDX-License-Identifier: Apache-2.0
// Questions to a zone: offset at an instant, local time of an instant, instant of a local time.
// Reads no files and takes no locks; building zones is zone_tzif.c, finding them by name zone_set.c.
// Called for nearly every event, hence the buckets: they leave a search of none to two steps.
#include "runtime/zone.h"

#include "runtime/when.h"
#include "runtime/zone_table.h"

struct zone *nuo__zone_new(uint32_t capacity, const struct nuo_allocator *allocator) {
  size_t buckets = capacity == 0 ? 0 : ZONE_BUCKETS + 1;
  size_t size = sizeof(struct zone) + capacity * sizeof(int64_t) + ((size_t)capacity + 1) * sizeof(int32_t) +
                buckets * sizeof(uint16_t);
  struct zone *zone = nuo__alloc(allocator, size);
  if (zone == NULL) return NULL;
  *zone = (struct zone){.table_from = INT64_MIN, .table_until = INT64_MAX, .size = size};
  zone->at = (int64_t *)(void *)(zone + 1);
  zone->offset = (int32_t *)(void *)(zone->at + capacity);
  zone->bucket = buckets == 0 ? NULL : (uint16_t *)(void *)(zone->offset + capacity + 1);
  zone->offset[0] = 0;
  return zone;
}

struct zone *nuo__zone_fixed(int32_t offset_seconds, const struct nuo_allocator *allocator) {
  struct zone *zone = nuo__zone_new(0, allocator);
  if (zone != NULL) zone->offset[0] = offset_seconds;
  return zone;
}

void nuo__zone_free(const struct nuo_allocator *allocator, struct zone *zone) {
  if (zone != NULL) nuo__free(allocator, zone, zone->size);
}

// Whether the table is silent at `ms`.
static bool is_left_to_rule(const struct zone *zone, int64_t ms) {
  return zone->rule.has_daylight && (ms < zone->table_from || ms >= zone->table_until);
}

// How many transitions are at or before `ms`.
static uint32_t transitions_up_to(const struct zone *zone, int64_t ms) {
  if (zone->count == 0) return 0;
  uint32_t low = 0;
  uint32_t high = zone->count;
  uint64_t bucket = (uint64_t)ms >> ZONE_BUCKET_SHIFT;
  if (bucket < ZONE_BUCKETS) {
    low = zone->bucket[bucket];
    high = zone->bucket[bucket + 1];
  }
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    if (zone->at[middle] <= ms) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

static int64_t clamp_to_calendar(int64_t ms) {
  if (ms < NUO__WHEN_FIRST_MS) return NUO__WHEN_FIRST_MS;
  return ms > NUO__WHEN_LAST_MS ? NUO__WHEN_LAST_MS : ms;
}

struct zone_span nuo__zone_span_at(const struct zone *zone, int64_t ms) {
  if (is_left_to_rule(zone, ms)) return nuo__zone_rule_span(&zone->rule, clamp_to_calendar(ms));
  uint32_t i = transitions_up_to(zone, ms);
  return (struct zone_span){
      .start = i > 0 ? zone->at[i - 1] : zone->table_from,
      .end = i < zone->count ? zone->at[i] : zone->table_until,
      .offset = zone->offset[i],
  };
}

int32_t nuo__zone_offset_at(const struct zone *zone, int64_t utc_ms) {
  if (is_left_to_rule(zone, utc_ms)) return nuo__zone_span_at(zone, utc_ms).offset;
  return zone->offset[transitions_up_to(zone, utc_ms)];
}

bool nuo__zone_local(const struct zone *zone, int64_t utc_ms, int32_t *date, int32_t *clock_ms) {
  if (!nuo__when_is_instant(utc_ms)) return false;
  int64_t offset_ms = (int64_t)nuo__zone_offset_at(zone, utc_ms) * 1000;
  return nuo__when_split(utc_ms + offset_ms, date, clock_ms);
}

// Keeps a result when it is in years 1 to 9999.
static bool give_instant(int64_t ms, int64_t *out) {
  if (!nuo__when_is_instant(ms)) return false;
  *out = ms;
  return true;
}

bool nuo__zone_instant(const struct zone *zone, int32_t date, int32_t clock_ms, int64_t *utc_ms) {
  if (!nuo__when_is_date(date) || !nuo__when_is_clock(clock_ms)) return false;
  int64_t local = (int64_t)date * NUO__WHEN_DAY_MS + clock_ms;
  // The answer is the first instant whose local time is `local` or later: in a gap that is its end, in an
  // overlap the earlier of two. No offset is above the maximum, so here the local time is not yet reached.
  int64_t t = local - (int64_t)ZONE_OFFSET_MAX * 1000;
  for (;;) {
    struct zone_span span = nuo__zone_span_at(zone, t);
    int64_t reached = local - (int64_t)span.offset * 1000;
    if (reached < t) reached = t;
    if (reached < span.end) return give_instant(reached, utc_ms);
    t = span.end;
  }
}

// The first local time from `local` on whose clock is `clock_ms`, below 24:00.
static int64_t local_with_clock(int64_t local, int64_t clock_ms) {
  int64_t past = (local - clock_ms) % NUO__WHEN_DAY_MS;
  if (past < 0) past += NUO__WHEN_DAY_MS;
  return past == 0 ? local : local + NUO__WHEN_DAY_MS - past;
}

bool nuo__zone_next_clock(const struct zone *zone, int64_t after_ms, int32_t clock_ms, int64_t *utc_ms) {
  if (!nuo__when_is_instant(after_ms) || !nuo__when_is_clock(clock_ms)) return false;
  int64_t t = after_ms + 1;
  struct zone_span span = nuo__zone_span_at(zone, t);
  for (;;) {
    int64_t offset_ms = (int64_t)span.offset * 1000;
    int64_t local = local_with_clock(t + offset_ms, clock_ms % NUO__WHEN_DAY_MS);
    if (local - offset_ms < span.end) return give_instant(local - offset_ms, utc_ms);
    t = span.end;
    span = nuo__zone_span_at(zone, t);
    // The clocks go forward past `local`: it never comes.
    if (local < t + (int64_t)span.offset * 1000) return give_instant(t, utc_ms);
  }
}
