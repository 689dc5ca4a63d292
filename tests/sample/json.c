// SPDX-License-Identifier: Apache-2.0
// One line at a time in a buffer: most of the time of the generator goes here.
#include "tests/sample/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char line[1 << 15];
static size_t used;
static bool need_comma;

static void put_bytes(const char *bytes, size_t len) {
  if (len > sizeof line - used) abort();
  memcpy(line + used, bytes, len);
  used += len;
}

static void put_byte(char byte) {
  if (used == sizeof line) abort();
  line[used++] = byte;
}

void begin_line(void) {
  used = 0;
  put_byte('{');
  need_comma = false;
}

void end_line(void) {
  put_bytes("}\n", 2);
  fwrite(line, 1, used, stdout);
}

void put_key(const char *name) {
  if (need_comma) put_byte(',');
  put_byte('"');
  put_bytes(name, strlen(name));
  put_bytes("\":", 2);
  need_comma = true;
}

void put_raw(const char *json) {
  if (*json == '\0') return;
  if (need_comma) put_byte(',');
  put_bytes(json, strlen(json));
  need_comma = true;
}

static void put_string(const char *text) {
  put_byte('"');
  for (;;) {
    size_t plain = strcspn(text, "\"\\");
    put_bytes(text, plain);
    text += plain;
    if (*text == '\0') break;
    put_byte('\\');
    put_byte(*text++);
  }
  put_byte('"');
}

void put_text(const char *name, const char *value) {
  if (value == NULL) return;
  put_key(name);
  put_string(value);
}

void put_flag(const char *name, enum tri value) {
  if (value == ABSENT) return;
  put_key(name);
  put_bytes(value == YES ? "true" : "false", value == YES ? 4 : 5);
}

// At least `width` digits.
static void put_digits(uint64_t value, int width) {
  char digits[20];
  int len = 0;
  for (; value > 0 || len < width; value /= 10) digits[len++] = (char)('0' + value % 10);
  while (len > 0) put_byte(digits[--len]);
}

void put_number(const char *name, int64_t value) {
  if (value < 0) return;
  put_key(name);
  put_digits((uint64_t)value, 1);
}

void put_list(const char *name, const char *items) {
  if (items == NULL) return;
  put_key(name);
  put_byte('[');
  for (const char *at = items; *at != '\0';) {
    size_t len = strcspn(at, ",");
    if (at != items) put_byte(',');
    put_byte('"');
    put_bytes(at, len);
    put_byte('"');
    at += len + (at[len] == ',');
  }
  put_byte(']');
}

void open_record(const char *name) {
  put_key(name);
  put_byte('{');
  need_comma = false;
}

void close_record(void) {
  put_byte('}');
  need_comma = true;
}

static void put_date(int day) {
  static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int year = 2000, month = 0;
  day -= 10957;
  for (int length; day >= (length = year % 4 == 0 ? 366 : 365); year++) day -= length;
  for (int length; day >= (length = month_days[month] + (month == 1 && year % 4 == 0)); month++)
    day -= length;
  put_digits((uint64_t)year, 4);
  put_byte('-');
  put_digits((uint64_t)month + 1, 2);
  put_byte('-');
  put_digits((uint64_t)day + 1, 2);
}

// To the second.
static void put_moment(int64_t local, char between) {
  uint64_t ms = (uint64_t)(local % DAY_MS);
  put_date((int)(local / DAY_MS));
  put_byte(between);
  put_digits(ms / (uint64_t)HOUR_MS, 2);
  put_byte(':');
  put_digits(ms / (uint64_t)MINUTE_MS % 60, 2);
  put_byte(':');
  put_digits(ms / 1000 % 60, 2);
}

void put_local_time(const char *name, int64_t time) {
  if (time < 0) return;
  put_key(name);
  put_byte('"');
  put_moment(time + 8 * HOUR_MS, ' ');
  put_byte('"');
}

void put_time(const char *name, int64_t time, int offset) {
  if (time < 0) return;
  uint64_t ms = (uint64_t)(time % DAY_MS);
  put_key(name);
  put_byte('"');
  put_moment(time + offset * HOUR_MS, 'T');
  put_byte('.');
  put_digits(ms % 1000, 3);
  put_byte(offset == 0 ? 'Z' : '+');
  if (offset != 0) put_digits((uint64_t)offset, 2);
  if (offset != 0) put_bytes(":00", 3);
  put_byte('"');
}

void put_id(const char *name, const char *prefix, uint32_t number) {
  put_key(name);
  put_byte('"');
  put_bytes(prefix, strlen(prefix));
  put_digits(number, 6);
  put_byte('"');
}

void put_hash(const char *name, uint64_t hash) {
  put_key(name);
  put_byte('"');
  for (int shift = 60; shift >= 0; shift -= 4) put_byte("0123456789abcdef"[hash >> shift & 15]);
  put_byte('"');
}
