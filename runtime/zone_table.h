// SPDX-License-Identifier: Apache-2.0
// Inside of a zone, shared by the files that build one (zone_tzif.c, zone_rule.c) and the one that
// answers questions about it (zone.c); nobody else includes it.
#ifndef NUO_RUNTIME_ZONE_TABLE_H
#define NUO_RUNTIME_ZONE_TABLE_H

#include "runtime/zone.h"

enum {
  ZONE_OFFSET_MIN = -89999,  // limits RFC 9636 sets for offsets, seconds
  ZONE_OFFSET_MAX = 93599,
  // A bucket is 2^34 ms, about 199 days, so that it seldom holds more than two transitions;
  // 256 of them reach from 1970 to May 2109.
  ZONE_BUCKET_SHIFT = 34,
  ZONE_BUCKETS = 256,
  ZONE_TABLE_LAST_YEAR = 2110,  // the rule is written out up to here, past the last bucket
};

// One of the two days of the year a POSIX TZ rule names.
struct zone_change {
  enum { CHANGE_JULIAN, CHANGE_ZERO_BASED, CHANGE_MONTH_WEEK_DAY } kind;
  int32_t month;  // 1..12
  int32_t week;   // 1..5, 5 is the last
  int32_t day;    // CHANGE_JULIAN 1..365 without 29 February; CHANGE_ZERO_BASED 0..365; weekday 0 = Sunday
  int32_t time;   // seconds since local midnight, may be negative or beyond the day
};

struct zone_rule {
  bool present;
  bool has_daylight;
  int32_t standard;  // offsets in seconds east
  int32_t daylight;
  struct zone_change start;  // of daylight saving, told by the standard clock
  struct zone_change end;    // told by the daylight clock
};

// One block of memory, the arrays behind the struct. Between `table_from` and `table_until` the arrays
// answer, outside of them `rule` does. offset[i] is in force before at[i], offset[count] after the last.
struct zone {
  int64_t table_from;
  int64_t table_until;
  uint32_t count;
  int64_t *at;       // ascending, ms
  int32_t *offset;   // count + 1 of them
  uint16_t *bucket;  // bucket[i] transitions are before instant i << ZONE_BUCKET_SHIFT; NULL when count is 0
  struct zone_rule rule;
  size_t size;
};

// Memory for a zone of up to `capacity` transitions, count 0; NULL when out of memory.
struct zone *nuo__zone_new(uint32_t capacity, const struct nuo_allocator *allocator);

// Reads a POSIX TZ string such as EST5EDT,M3.2.0,M11.1.0, all of the text; false when it is not one. An
// empty one leaves `rule` not present.
bool nuo__zone_rule_parse(const char *text, size_t len, struct zone_rule *rule);

// The stretch an instant (years 1 to 9999) is in by a rule that is present; stretches before the first and
// after the last change of those years are open.
struct zone_span nuo__zone_rule_span(const struct zone_rule *rule, int64_t ms);

#endif
