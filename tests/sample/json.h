// SPDX-License-Identifier: Apache-2.0
// Writes one line of JSON, member by member. What is NULL, ABSENT or negative is left out.
#ifndef NUO_TESTS_SAMPLE_JSON_H
#define NUO_TESTS_SAMPLE_JSON_H

#include <stdint.h>

#include "tests/sample/month.h"

void begin_line(void);
void end_line(void);
void put_key(const char *name);
// Members as they are, without checks.
void put_raw(const char *json);
void put_text(const char *name, const char *value);
void put_flag(const char *name, enum tri value);
void put_number(const char *name, int64_t value);
// `items` are joined by commas; "" is the empty list.
void put_list(const char *name, const char *items);
void open_record(const char *name);
void close_record(void);
// RFC 3339 in a zone `offset` hours east; years 2000 to 2099 only, of which every fourth is a leap year.
void put_time(const char *name, int64_t time, int offset);
// "2026-10-01 08:00:00" by the clock of Shanghai.
void put_local_time(const char *name, int64_t time);
// The prefix and a number of six digits.
void put_id(const char *name, const char *prefix, uint32_t number);
void put_hash(const char *name, uint64_t hash);

#endif
