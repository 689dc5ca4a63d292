// SPDX-License-Identifier: Apache-2.0
// Calendar arithmetic and the reading and writing of dates, clocks and instants. See when.h.
// Knows no time zone and no "now". Years are counted from 1 March inside, so that the leap day is the last
// day of a year; day numbers inside are counted from 0000-03-01, so that they are never negative.
// The RFC 3339 reader is run for every event: it has no loop but the one over the fraction.
#include "runtime/when.h"

enum {
  DAYS_TO_1970 = 719468,  // from 0000-03-01
  DAYS_PER_4_YEARS = 1461,
  DAYS_PER_400_YEARS = 146097,
  SECONDS_PER_DAY = 86400
};

static bool is_leap(int32_t year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int32_t nuo__when_month_days(int32_t year, int32_t month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  // The months with 31 days are the odd ones up to July and the even ones from August on.
  return 30 + ((month + (month >> 3)) & 1);
}

static bool is_civil(int32_t year, int32_t month, int32_t day) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1) return false;
  return day <= 28 || day <= nuo__when_month_days(year, month);
}

// The date has to exist.
static int32_t days_of(int32_t year, int32_t month, int32_t day) {
  bool before_march = month < 3;
  int32_t y = year - before_march;
  int32_t m = month + (before_march ? 9 : -3);
  int32_t century = y / 100;
  // Months from March on have 31, 30, 31, 30, 31 days, repeating: 153 days in five.
  return y * DAYS_PER_4_YEARS / 4 - century + century / 4 + (153 * m + 2) / 5 + day - 1 - DAYS_TO_1970;
}

bool nuo__when_days_from_civil(int32_t year, int32_t month, int32_t day, int32_t *days) {
  if (!is_civil(year, month, day)) return false;
  *days = days_of(year, month, day);
  return true;
}

bool nuo__when_civil_from_days(int32_t days, struct civil *out) {
  if (!nuo__when_is_date(days)) return false;
  uint32_t n = (uint32_t)(days + DAYS_TO_1970);
  uint32_t century = (4 * n + 3) / DAYS_PER_400_YEARS;
  uint32_t in_century = n - century * DAYS_PER_400_YEARS / 4;
  uint32_t year_in_century = (4 * in_century + 3) / DAYS_PER_4_YEARS;
  uint32_t in_year = in_century - year_in_century * DAYS_PER_4_YEARS / 4;
  uint32_t m = (5 * in_year + 2) / 153;
  bool after_december = m > 9;
  out->year = (int32_t)(century * 100 + year_in_century + after_december);
  out->month = (int32_t)(after_december ? m - 9 : m + 3);
  out->day = (int32_t)(in_year - (153 * m + 2) / 5 + 1);
  return true;
}

int32_t nuo__when_weekday(int32_t days) {
  // 0001-01-01 was a Monday. A multiple of 7 above 2^31 keeps every int32 positive.
  return (int32_t)(((int64_t)days - NUO__WHEN_FIRST_DAY + (INT64_C(7) << 30)) % 7) + 1;
}

bool nuo__when_add_months(int32_t days, int32_t months, int32_t *out) {
  struct civil c;
  if (!nuo__when_civil_from_days(days, &c)) return false;
  int64_t since_year_1 = ((int64_t)c.year - 1) * 12 + (c.month - 1) + months;
  if (since_year_1 < 0 || since_year_1 >= 9999 * 12) return false;
  int32_t year = (int32_t)(since_year_1 / 12) + 1;
  int32_t month = (int32_t)(since_year_1 % 12) + 1;
  int32_t last = nuo__when_month_days(year, month);
  *out = days_of(year, month, c.day < last ? c.day : last);
  return true;
}

bool nuo__when_split(int64_t local_ms, int32_t *date, int32_t *clock_ms) {
  if (!nuo__when_is_instant(local_ms)) return false;
  uint64_t since_first = (uint64_t)(local_ms - NUO__WHEN_FIRST_MS);
  uint64_t day = since_first / NUO__WHEN_DAY_MS;
  *date = (int32_t)day + NUO__WHEN_FIRST_DAY;
  *clock_ms = (int32_t)(since_first - day * NUO__WHEN_DAY_MS);
  return true;
}

// Two decimal digits; sets `bad` to something that is not 0 when they are not digits.
static int32_t read_pair(const char *p, unsigned *bad) {
  unsigned tens = (unsigned)(unsigned char)p[0] - '0';
  unsigned ones = (unsigned)(unsigned char)p[1] - '0';
  *bad |= (unsigned)(tens > 9) | (unsigned)(ones > 9);
  return (int32_t)(tens * 10 + ones);
}

static bool read_date(const char *p, int32_t *days) {
  unsigned bad = (unsigned)(p[4] != '-') | (unsigned)(p[7] != '-');
  int32_t century = read_pair(p, &bad);
  int32_t year = read_pair(p + 2, &bad);
  int32_t month = read_pair(p + 5, &bad);
  int32_t day = read_pair(p + 8, &bad);
  return bad == 0 && nuo__when_days_from_civil(century * 100 + year, month, day, days);
}

struct fraction {
  int32_t ms;
  size_t digits;
};

// The digits from `p` up to `end` or the first that is none; those after the third only count.
static struct fraction read_fraction(const char *p, const char *end) {
  struct fraction f = {0, 0};
  int32_t unit = 100;
  for (; p != end && *p >= '0' && *p <= '9'; p++, f.digits++) {
    f.ms += (*p - '0') * unit;
    unit /= 10;
  }
  return f;
}

// Z, z, +HH:MM or -HH:MM and nothing after it.
static bool read_offset(const char *p, const char *end, int32_t *seconds) {
  if (end - p == 1) {
    *seconds = 0;
    return *p == 'Z' || *p == 'z';
  }
  if (end - p != 6 || (*p != '+' && *p != '-')) return false;
  unsigned bad = p[3] != ':';
  int32_t hours = read_pair(p + 1, &bad);
  int32_t minutes = read_pair(p + 4, &bad);
  if (bad != 0 || hours > 23 || minutes > 59) return false;
  *seconds = (hours * 60 + minutes) * (*p == '-' ? -60 : 60);
  return true;
}

bool nuo__when_parse_rfc3339(const char *text, size_t len, int64_t *ms) {
  const char *end = text + len;
  int32_t days, offset, second = 0;
  struct fraction fraction = {0, 0};
  if (len < 17 || !read_date(text, &days)) return false;
  unsigned bad = (unsigned)(text[10] != 'T' && text[10] != 't' && text[10] != ' ');
  bad |= (unsigned)(text[13] != ':');
  int32_t hour = read_pair(text + 11, &bad);
  int32_t minute = read_pair(text + 14, &bad);
  if (bad != 0 || hour > 23 || minute > 59) return false;
  const char *p = text + 16;
  if (*p == ':') {
    if (len < 20) return false;
    second = read_pair(p + 1, &bad);
    if (bad != 0 || second > 60) return false;
    p += 3;
    if (*p == '.') {
      fraction = read_fraction(p + 1, end);
      if (fraction.digits == 0) return false;
      p += 1 + fraction.digits;
    }
  }
  if (!read_offset(p, end, &offset)) return false;
  int64_t seconds = (int64_t)days * SECONDS_PER_DAY + ((hour * 60 + minute) * 60 + second) - (int64_t)offset;
  if (second == 60 && seconds % SECONDS_PER_DAY != 0) return false;
  int64_t instant = seconds * 1000 + fraction.ms;
  if (!nuo__when_is_instant(instant)) return false;
  *ms = instant;
  return true;
}

static char *write_pair(char *p, int32_t value) {
  p[0] = (char)('0' + value / 10);
  p[1] = (char)('0' + value % 10);
  return p + 2;
}

static char *write_date(char *p, int32_t days) {
  struct civil c;
  if (!nuo__when_civil_from_days(days, &c)) return p;
  p = write_pair(p, c.year / 100);
  p = write_pair(p, c.year % 100);
  *p++ = '-';
  p = write_pair(p, c.month);
  *p++ = '-';
  return write_pair(p, c.day);
}

static char *write_minutes(char *p, int32_t minutes) {
  p = write_pair(p, minutes / 60);
  *p++ = ':';
  return write_pair(p, minutes % 60);
}

static char *write_clock(char *p, int32_t clock_ms, bool with_seconds) {
  int32_t ms = clock_ms % 1000;
  int32_t seconds = clock_ms / 1000;
  p = write_minutes(p, seconds / 60);
  if (!with_seconds && clock_ms % 60000 == 0) return p;
  *p++ = ':';
  p = write_pair(p, seconds % 60);
  if (ms == 0) return p;
  *p++ = '.';
  *p++ = (char)('0' + ms / 100);
  return write_pair(p, ms % 100);
}

static char *write_offset(char *p, int32_t minutes) {
  if (minutes == 0) {
    *p++ = 'Z';
    return p;
  }
  *p++ = minutes < 0 ? '-' : '+';
  return write_minutes(p, minutes < 0 ? -minutes : minutes);
}

size_t nuo__when_format_rfc3339(int64_t ms, int32_t offset_seconds, char out[static 40]) {
  int32_t date, clock_ms;
  int32_t minutes = offset_seconds / 60;
  out[0] = '\0';
  if (minutes <= -24 * 60 || minutes >= 24 * 60 || !nuo__when_is_instant(ms)) return 0;
  if (!nuo__when_split(ms + (int64_t)minutes * 60000, &date, &clock_ms)) return 0;
  char *p = write_date(out, date);
  *p++ = 'T';
  p = write_clock(p, clock_ms, true);
  p = write_offset(p, minutes);
  *p = '\0';
  return (size_t)(p - out);
}

bool nuo__when_parse_date(const char *text, size_t len, int32_t *days) {
  return len == 10 && read_date(text, days);
}

size_t nuo__when_format_date(int32_t days, char out[static 11]) {
  char *p = write_date(out, days);
  *p = '\0';
  return (size_t)(p - out);
}

bool nuo__when_parse_clock(const char *text, size_t len, int32_t *clock_ms) {
  int32_t second = 0;
  struct fraction fraction = {0, 0};
  if (len != 5 && len != 8 && (len < 10 || len > 12)) return false;
  unsigned bad = text[2] != ':';
  int32_t hour = read_pair(text, &bad);
  int32_t minute = read_pair(text + 3, &bad);
  if (len >= 8) {
    bad |= (unsigned)(text[5] != ':');
    second = read_pair(text + 6, &bad);
  }
  if (len >= 10) {
    fraction = read_fraction(text + 9, text + len);
    bad |= (unsigned)(text[8] != '.') | (unsigned)(fraction.digits != len - 9);
  }
  if (bad != 0 || hour > 24 || minute > 59 || second > 59) return false;
  int32_t clock = ((hour * 60 + minute) * 60 + second) * 1000 + fraction.ms;
  if (clock > NUO__WHEN_DAY_MS) return false;
  *clock_ms = clock;
  return true;
}

size_t nuo__when_format_clock(int32_t clock_ms, char out[static 13]) {
  out[0] = '\0';
  if (!nuo__when_is_clock(clock_ms)) return 0;
  char *p = write_clock(out, clock_ms, false);
  *p = '\0';
  return (size_t)(p - out);
}
