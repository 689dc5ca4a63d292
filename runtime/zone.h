// SPDX-License-Identifier: Apache-2.0
// Time zones: what the local date and clock are at an instant, and which instant a local time is.
// A zone is read from TZif bytes or made from an offset, never changes and may be shared by threads;
// a zone set finds zones by IANA name in a directory and keeps them. No leap seconds, no names of zones
// in force ("CET"), no zone of the machine. Dates, clocks and instants are those of when.h.
// Called by the engine (zone set), by the event reader (names) and by the calendar opcodes.
#ifndef NUO_RUNTIME_ZONE_H
#define NUO_RUNTIME_ZONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/alloc.h"

enum zone_status {
  ZONE_OK,
  ZONE_UNKNOWN,     // not a zone's name, or no such file
  ZONE_MALFORMED,   // the file is not TZif, breaks its rules, or counts leap seconds
  ZONE_UNREADABLE,  // the file is there and cannot be read
  ZONE_LIMIT,       // ZONE_SET_LIMIT zones are loaded already
  ZONE_OUT_OF_MEMORY,
};

struct zone;

// A zone from the bytes of a TZif file, version 1 to 4; the bytes are not kept. On ZONE_OK `*out` belongs to
// the caller, to be freed with the same allocator. ZONE_MALFORMED or ZONE_OUT_OF_MEMORY otherwise.
enum zone_status nuo__zone_parse(const void *bytes, size_t len, const struct nuo_allocator *allocator,
                                 struct zone **out);

// A zone of one offset, seconds east of Greenwich, under a day either way; NULL when out of memory.
struct zone *nuo__zone_fixed(int32_t offset_seconds, const struct nuo_allocator *allocator);

// Frees a zone; NULL is allowed.
void nuo__zone_free(const struct nuo_allocator *allocator, struct zone *zone);

// A stretch of time with one offset, seconds east of Greenwich: start <= instant < end, INT64_MIN and
// INT64_MAX when open.
struct zone_span {
  int64_t start;
  int64_t end;
  int32_t offset;
};

// The stretch that any instant is in.
struct zone_span nuo__zone_span_at(const struct zone *zone, int64_t utc_ms);

// Seconds east of Greenwich at any instant, -89999 to 93599.
int32_t nuo__zone_offset_at(const struct zone *zone, int64_t utc_ms);

// Local date and clock (below 24:00) at an instant; false when the local date is outside years 1 to 9999.
bool nuo__zone_local(const struct zone *zone, int64_t utc_ms, int32_t *date, int32_t *clock_ms);

// The instant of a local time, clock 0 to 24:00. A local time that is skipped gives the moment it is skipped
// at (the first valid one after), one that happens twice the earlier. False outside years 1 to 9999.
bool nuo__zone_instant(const struct zone *zone, int32_t date, int32_t clock_ms, int64_t *utc_ms);

// The first instant strictly after `after_ms` whose local clock is `clock_ms` (24:00 is 00:00); where a
// change of offset skips that clock, the moment of the change stands for it. False when there is none up to
// year 9999.
bool nuo__zone_next_clock(const struct zone *zone, int64_t after_ms, int32_t clock_ms, int64_t *utc_ms);

#define ZONE_SET_LIMIT 1024  // zones by name in a set, UTC among them
#define ZONE_NAME_MAX 64     // bytes in a zone's name
#define ZONE_UTC 0           // handle of UTC in every set
#define ZONE_DIRECTORY "/usr/share/zoneinfo"

struct zone_set;

// A set that reads zones from `directory` when they are first asked for; NULL means ZONE_DIRECTORY. The
// directory need not exist. `allocator` has to outlive the set. ZONE_OK, ZONE_UNKNOWN for a path too long or
// with a NUL, or ZONE_OUT_OF_MEMORY; on ZONE_OK `*out` belongs to the caller.
enum zone_status nuo__zone_set_new(const char *directory, size_t directory_len,
                                   const struct nuo_allocator *allocator, struct zone_set **out);

// Frees the set and all its zones; nobody may be using it. NULL is allowed.
void nuo__zone_set_free(struct zone_set *set);

// The handle of a zone by IANA name ("Asia/Shanghai"), "UTC", or an offset ("+08:00", up to 23:59). From any
// thread; takes no lock for a zone already loaded. An offset has one handle however it is written and does
// not count towards ZONE_SET_LIMIT. Names that fail are not remembered.
enum zone_status nuo__zone_set_find(struct zone_set *set, const char *name, size_t len, uint16_t *handle);

// The zone of a handle the set gave out, valid as long as the set; NULL for any other number. From any
// thread.
const struct zone *nuo__zone_set_get(const struct zone_set *set, uint16_t handle);

// The name of a handle the set gave out, written to `name`; an offset as "+08:00". Gives its length, 0 for
// any other number.
size_t nuo__zone_set_name(const struct zone_set *set, uint16_t handle, char name[static ZONE_NAME_MAX]);

#endif
