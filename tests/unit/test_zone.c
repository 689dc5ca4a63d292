// SPDX-License-Identifier: Apache-2.0
// Tests of runtime/zone.h: every zone of the system against the C library, cases worked out by hand from the
// published rules, and files broken in every way.
#define _XOPEN_SOURCE 700
#define _DEFAULT_SOURCE
#include "runtime/zone.h"

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/when.h"
#include "tests/unit/zone_fixture.h"

#define FROM_1970 INT64_C(0)
#define FROM_1971 INT64_C(31536000)
#define UNTIL_2038 INT64_C(2145916800)  // seconds
#define DAY INT64_C(86400)
#define HOUR INT64_C(3600)

static uint64_t seed = 20250702;

static int64_t random_below(int64_t limit) {
  seed = seed * 6364136223846793005u + 1442695040888963407u;
  return (int64_t)((seed >> 16) % (uint64_t)limit);
}

static int64_t instant(const char *text) {
  int64_t ms = 0;
  if (!nuo__when_parse_rfc3339(text, strlen(text), &ms)) fail_msg("%s", text);
  return ms;
}

static int32_t date(const char *text) {
  int32_t days = 0;
  if (!nuo__when_parse_date(text, strlen(text), &days)) fail_msg("%s", text);
  return days;
}

static int32_t clock_of(const char *text) {
  int32_t ms = 0;
  if (!nuo__when_parse_clock(text, strlen(text), &ms)) fail_msg("%s", text);
  return ms;
}

// ---- against the C library -----------------------------------------------------------------------

static int32_t libc_offset(int64_t seconds) {
  struct tm tm;
  time_t t = (time_t)seconds;
  localtime_r(&t, &tm);
  return (int32_t)tm.tm_gmtoff;
}

static void check_offset(const char *name, const struct zone *zone, int64_t seconds) {
  int32_t expected = libc_offset(seconds);
  int32_t date_seen, clock_seen;
  int64_t back;
  if (nuo__zone_offset_at(zone, seconds * 1000) != expected) {
    fail_msg("%s at %lld: %d, not %d", name, (long long)seconds,
             (int)nuo__zone_offset_at(zone, seconds * 1000), (int)expected);
  }
  int64_t local = seconds + expected;
  assert_true(nuo__zone_local(zone, seconds * 1000 + 7, &date_seen, &clock_seen));
  if (date_seen * DAY * 1000 + clock_seen != local * 1000 + 7)
    fail_msg("%s at %lld", name, (long long)seconds);

  // Back again: an instant of the same local time, the first one.
  assert_true(nuo__zone_instant(zone, date_seen, clock_seen, &back));
  int64_t first = (back - 7) / 1000;
  if (first == seconds && random_below(4) > 0) return;  // the C library is slow
  if (first > seconds || first + libc_offset(first) != local)
    fail_msg("%s back at %lld", name, (long long)seconds);
  static const int64_t earlier[] = {1200, 1800, HOUR, 2 * HOUR, 3 * HOUR, DAY};
  for (size_t i = 0; i < sizeof earlier / sizeof *earlier; i++) {
    int64_t before = first - earlier[i];
    if (before + libc_offset(before) == local) fail_msg("%s not the first at %lld", name, (long long)seconds);
  }
}

// `at` is the first second of a new offset.
static void check_transition(const char *name, const struct zone *zone, int64_t at) {
  int64_t before = libc_offset(at - 1);
  int64_t after = libc_offset(at);
  for (int64_t d = -1; d <= 1; d++) check_offset(name, zone, at + d);
  int64_t local = at + (before < after ? before : after) + llabs(after - before) / 2;
  int64_t expected = before < after ? at : local - before;
  int64_t seen;
  int64_t day = local >= 0 ? local / DAY : -((-local + DAY - 1) / DAY);
  assert_true(nuo__zone_instant(zone, (int32_t)day, (int32_t)(local - day * DAY) * 1000, &seen));
  if (seen != expected * 1000) fail_msg("%s gap or overlap at %lld", name, (long long)at);
}

// The first second from `from` on, before `until`, that shows the clock or at which it is skipped; else -1.
static int64_t scan_for_clock(int64_t from, int64_t until, int64_t clock) {
  for (int64_t t = from; t < until; t++) {
    int64_t before = t - 1 + libc_offset(t - 1);
    int64_t now = t + libc_offset(t);
    if (now % DAY == clock) return t;
    if (now > before + 1 && (before - clock) / DAY != (now - clock) / DAY) return t;
  }
  return -1;
}

static void check_next_clock(const char *name, const struct zone *zone, int64_t after) {
  const int64_t step = 900;
  int64_t clock = random_below(96) * 900;
  int64_t seen;
  int64_t expected = -1;
  assert_true(nuo__zone_next_clock(zone, after * 1000, (int32_t)clock * 1000, &seen));
  for (int64_t t = after + 1; expected < 0; t += step) {
    int32_t offset = libc_offset(t);
    if (libc_offset(t - 1) == offset && libc_offset(t + step - 1) == offset) {
      int64_t to_clock = (clock - t - offset) % DAY + DAY;
      if (to_clock % DAY < step) expected = t + to_clock % DAY;
    } else {
      expected = scan_for_clock(t, t + step, clock);
    }
  }
  if (seen != expected * 1000) {
    fail_msg("%s after %lld clock %d: %lld, not %lld", name, (long long)after, (int)clock,
             (long long)seen / 1000, (long long)expected);
  }
}

static void check_transitions(const char *name, const struct zone *zone) {
  const int64_t step = 30 * DAY;
  for (int64_t t = FROM_1970 + step; t < UNTIL_2038; t += step) {
    int64_t low = t - step;
    int64_t high = t;
    int32_t offset = libc_offset(low);
    if (offset == libc_offset(high)) continue;
    while (high - low > 1) {
      int64_t middle = low + (high - low) / 2;
      if (libc_offset(middle) == offset) {
        low = middle;
      } else {
        high = middle;
      }
    }
    check_transition(name, zone, high);
    if (high > FROM_1971 && random_below(8) == 0) check_next_clock(name, zone, high - random_below(DAY));
  }
}

static void use_libc_zone(const char *name) {
  setenv("TZ", name, 1);
  tzset();
}

static struct zone_set *walked_set;
static int walked_zones;

static int walk(const char *path, const struct stat *info, int kind, struct FTW *ftw) {
  (void)info;
  (void)ftw;
  const char *name = path + sizeof ZONE_DIRECTORY;
  uint16_t handle;
  if ((kind != FTW_F && kind != FTW_SL) || strncmp(name, "posix/", 6) == 0 || strncmp(name, "right/", 6) == 0)
    return 0;
  enum zone_status status = nuo__zone_set_find(walked_set, name, strlen(name), &handle);
  if (status != ZONE_OK) {
    // What else lies there: tables, which are text, and the link to the machine's own zone.
    if (strchr(name, '.') == NULL && strcmp(name, "leapseconds") != 0 && strcmp(name, "localtime") != 0 &&
        strncmp(name, "SECURITY", 8) != 0 && strncmp(name, "+VERSION", 8) != 0) {
      fail_msg("%s: status %d", name, (int)status);
    }
    return 0;
  }
  const struct zone *zone = nuo__zone_set_get(walked_set, handle);
  walked_zones++;
  if (kind == FTW_SL) return 0;  // another name of a zone that has its turn
  use_libc_zone(path);
  check_transitions(name, zone);
  for (int i = 0; i < 200; i++) check_offset(name, zone, FROM_1970 + random_below(UNTIL_2038 - FROM_1970));
  for (int i = 0; i < 4; i++) check_next_clock(name, zone, FROM_1971 + random_below(UNTIL_2038 - FROM_1971));
  return 0;
}

static void test_all_zones(void **state) {
  (void)state;
  assert_int_equal(nuo__zone_set_new(NULL, 0, nuo__default_allocator(), &walked_set), ZONE_OK);
  walked_zones = 0;
  nftw(ZONE_DIRECTORY, walk, 16, FTW_PHYS);
  nuo__zone_set_free(walked_set);
  if (walked_zones == 0) skip();
  assert_true(walked_zones > 300);
}

// ---- files made here -----------------------------------------------------------------------------

struct file {
  unsigned char bytes[8192];
  size_t len;
};

static void put(struct file *f, uint64_t value, int size) {
  for (int i = size - 1; i >= 0; i--) f->bytes[f->len++] = (unsigned char)(value >> 8 * i);
}

static void put_header(struct file *f, int version, uint32_t times, uint32_t types) {
  memcpy(f->bytes + f->len, "TZif", 4);
  f->len += 4;
  put(f, (uint64_t)version, 1);
  for (int i = 0; i < 15; i++) put(f, 0, 1);
  put(f, 0, 4);  // UTC indicators
  put(f, 0, 4);  // standard indicators
  put(f, 0, 4);  // leap seconds
  put(f, times, 4);
  put(f, types, 4);
  put(f, 4, 4);  // designations
}

// Transitions at `times` from type 0 to 1, 2 and so on, of these offsets.
static void put_block(struct file *f, const int64_t *times, uint32_t count, const int32_t *offsets,
                      int size) {
  for (uint32_t i = 0; i < count; i++) put(f, (uint64_t)times[i], size);
  for (uint32_t i = 0; i < count; i++) put(f, i + 1, 1);
  for (uint32_t i = 0; i <= count; i++) {
    put(f, (uint32_t)offsets[i], 4);
    put(f, 0, 2);
  }
  memcpy(f->bytes + f->len, "ABC", 4);
  f->len += 4;
}

static void make_file(struct file *f, const int64_t *times, uint32_t count, const int32_t *offsets,
                      const char *footer) {
  static const int32_t none[] = {0};
  f->len = 0;
  put_header(f, '3', 0, 1);
  put_block(f, NULL, 0, none, 4);
  put_header(f, '3', count, count + 1);
  put_block(f, times, count, offsets, 8);
  f->len += (size_t)snprintf((char *)f->bytes + f->len, 200, "\n%s\n", footer);
}

// The bytes are handed over in a block of their exact size, so that a read beyond it is seen.
static enum zone_status parse(const unsigned char *bytes, size_t len, struct zone **zone) {
  unsigned char *exact = malloc(len + (len == 0));
  memcpy(exact, bytes, len);
  enum zone_status status = nuo__zone_parse(exact, len, nuo__default_allocator(), zone);
  free(exact);
  return status;
}

static struct zone *rule_zone(const char *footer) {
  static const int32_t none[] = {0};
  struct file f;
  struct zone *zone = NULL;
  make_file(&f, NULL, 0, none, footer);
  if (parse(f.bytes, f.len, &zone) != ZONE_OK) fail_msg("%s", footer);
  return zone;
}

static void test_rules_against_libc(void **state) {
  (void)state;
  static const char *const rules[] = {
      "EST5EDT,M3.2.0,M11.1.0",
      "AEST-10AEDT,M10.1.0,M4.1.0/3",
      "IST-1GMT0,M10.5.0,M3.5.0/1",
      "<-02>2<-01>,M3.5.0/-1,M10.5.0/0",
      "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0",
      "<+0330>-3:30<+0430>,J79/24,J263/24",
      "ABC4:05:06DEF3:02:01,59/1:30,300/4:00:10",
      "ABC+5DEF,J60,J61",
      "ABC-3",
      "<-00>0",
  };
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    struct zone *zone = rule_zone(rules[i]);
    use_libc_zone(rules[i]);
    for (int n = 0; n < 2000; n++) {
      int64_t year = random_below(6000) * 31556952;  // the C library knows no rules before 1970
      check_offset(rules[i], zone, year + random_below(366 * DAY));
    }
    check_transitions(rules[i], zone);
    nuo__zone_free(nuo__default_allocator(), zone);
  }
}

static void expect_offset(const struct zone *zone, const char *at, int32_t offset) {
  int32_t seen = nuo__zone_offset_at(zone, instant(at));
  if (seen != offset) fail_msg("%s: %d", at, (int)seen);
}

// What the C library gets wrong around New Year or cannot say.
static void test_rules_by_hand(void **state) {
  (void)state;
  // Daylight saving all year: it ends the moment it starts.
  struct zone *zone = rule_zone("XXX3EDT4,0/0,J365/23");
  static const char *const days[] = {"1960-01-01T03:59:59Z", "2024-01-01T03:00:00Z", "2025-01-01T02:59:59Z",
                                     "2025-07-01T00:00:00Z", "2109-12-31T23:59:59Z", "2110-01-01T03:00:00Z",
                                     "2500-01-01T02:59:59Z", "2500-06-01T00:00:00Z"};
  for (size_t i = 0; i < sizeof days / sizeof *days; i++) expect_offset(zone, days[i], -4 * 3600);
  nuo__zone_free(nuo__default_allocator(), zone);

  // Hours beyond the day: the last Sunday of March less 25 hours and the last of October plus 49.
  zone = rule_zone("<-02>2<-01>,M3.5.0/-25,M10.5.0/49");
  expect_offset(zone, "2025-03-29T00:59:59Z", -7200);  // Saturday 23:00 at -02:00 on 28 March
  expect_offset(zone, "2025-03-29T01:00:00Z", -3600);
  expect_offset(zone, "2025-10-28T01:59:59Z", -3600);  // Tuesday 01:00 at -01:00
  expect_offset(zone, "2025-10-28T02:00:00Z", -7200);
  expect_offset(zone, "2225-03-26T00:59:59Z", -7200);  // 27 March 2225 is a Sunday
  expect_offset(zone, "2225-03-26T01:00:00Z", -3600);
  nuo__zone_free(nuo__default_allocator(), zone);
}

static void test_table_then_rule(void **state) {
  (void)state;
  // Mean time until 1900, then +02:00, then from 2020-10-25T01:00Z the rule of central Europe.
  static const int32_t offsets[] = {3208, 7200, 3600};
  struct file f;
  struct zone *zone;
  int64_t times[] = {instant("1900-01-01T00:00Z") / 1000, instant("2020-10-25T01:00Z") / 1000};
  make_file(&f, times, 2, offsets, "CET-1CEST,M3.5.0,M10.5.0/3");
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_OK);
  expect_offset(zone, "0001-01-01T00:00:00Z", 3208);
  expect_offset(zone, "1899-12-31T23:59:59Z", 3208);
  expect_offset(zone, "1900-01-01T00:00:00Z", 7200);
  expect_offset(zone, "2020-10-25T00:59:59Z", 7200);
  expect_offset(zone, "2020-10-25T01:00:00Z", 3600);
  expect_offset(zone, "2021-03-28T00:59:59Z", 3600);
  expect_offset(zone, "2021-03-28T01:00:00Z", 7200);
  expect_offset(zone, "2111-03-29T01:00:00Z", 7200);
  expect_offset(zone, "9999-12-31T23:59:59Z", 3600);
  int64_t ms;
  assert_true(nuo__zone_instant(zone, NUO__WHEN_LAST_DAY, NUO__WHEN_DAY_MS, &ms));
  assert_int_equal(ms, NUO__WHEN_LAST_MS + 1 - 3600000);
  assert_false(nuo__zone_instant(zone, NUO__WHEN_FIRST_DAY, 0, &ms));
  assert_false(nuo__zone_next_clock(zone, NUO__WHEN_LAST_MS, 0, &ms));
  nuo__zone_free(nuo__default_allocator(), zone);

  // The rule says summer where the last transition says winter: it takes over at its next change.
  times[1] = instant("2020-07-01T01:00Z") / 1000;
  make_file(&f, times, 2, offsets, "CET-1CEST,M3.5.0,M10.5.0/3");
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_OK);
  expect_offset(zone, "2020-07-01T00:59:59Z", 7200);
  expect_offset(zone, "2020-07-01T01:00:00Z", 3600);
  expect_offset(zone, "2021-03-28T00:59:59Z", 3600);
  expect_offset(zone, "2021-03-28T01:00:00Z", 7200);
  nuo__zone_free(nuo__default_allocator(), zone);

  // These know nothing of +01:00.
  make_file(&f, times, 2, offsets, "EET-2EEST,M3.5.0,M10.5.0/3");
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_MALFORMED);
  make_file(&f, times, 2, offsets, "EET-2");
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_MALFORMED);
  make_file(&f, times, 2, offsets, "");
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_OK);
  expect_offset(zone, "2500-07-01T00:00:00Z", 3600);
  nuo__zone_free(nuo__default_allocator(), zone);
}

static void test_far_transitions(void **state) {
  (void)state;
  static const int64_t times[] = {-(INT64_C(1) << 59), -62135596801, 253402300799, INT64_MAX};
  static const int32_t offsets[] = {1, 2, 3, 4, 5};
  struct file f;
  struct zone *zone;
  make_file(&f, times, 4, offsets, "");
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_OK);
  expect_offset(zone, "0001-01-01T00:00:00Z", 3);
  expect_offset(zone, "9999-12-31T23:59:58.999Z", 3);
  expect_offset(zone, "9999-12-31T23:59:59Z", 4);
  assert_int_equal(nuo__zone_offset_at(zone, INT64_MAX), 4);
  assert_int_equal(nuo__zone_offset_at(zone, INT64_MIN), 3);
  nuo__zone_free(nuo__default_allocator(), zone);

  make_file(&f, times, 1, offsets, "EST5EDT,M3.2.0,M11.1.0");
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_OK);
  expect_offset(zone, "0001-02-01T00:00:00Z", -5 * 3600);
  expect_offset(zone, "1950-07-01T00:00:00Z", -4 * 3600);
  nuo__zone_free(nuo__default_allocator(), zone);
}

static void test_version_1(void **state) {
  (void)state;
  static const int64_t times[] = {-1000, 1000};
  static const int32_t offsets[] = {0, 3600, -1800};
  struct file f = {.len = 0};
  struct zone *zone;
  put_header(&f, 0, 2, 3);
  put_block(&f, times, 2, offsets, 4);
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_OK);
  assert_int_equal(nuo__zone_offset_at(zone, -1000001), 0);
  assert_int_equal(nuo__zone_offset_at(zone, -1000000), 3600);
  assert_int_equal(nuo__zone_offset_at(zone, 999999), 3600);
  assert_int_equal(nuo__zone_offset_at(zone, 1000000), -1800);
  nuo__zone_free(nuo__default_allocator(), zone);
  for (size_t len = 0; len < f.len; len++) assert_int_equal(parse(f.bytes, len, &zone), ZONE_MALFORMED);
}

static void test_bad_footers(void **state) {
  (void)state;
  static const char *const footers[] = {
      "EST",
      "ES5",
      "5",
      "EST5EDT",
      "EST5EDT,M3.2.0",
      "EST5EDT,M3.2.0,M11.1.0,",
      "EST5EDT,M3.2.0,M11.1.0 ",
      "EST5EDT,M0.2.0,M11.1.0",
      "EST5EDT,M13.2.0,M11.1.0",
      "EST5EDT,M3.0.0,M11.1.0",
      "EST5EDT,M3.6.0,M11.1.0",
      "EST5EDT,M3.2.7,M11.1.0",
      "EST5EDT,J0,J365",
      "EST5EDT,J1,J366",
      "EST5EDT,0,366",
      "EST5EDT,M3.2.0/168,M11.1.0",
      "EST5EDT,M3.2.0/-168,M11.1.0",
      "EST5EDT,M3.2.0/2:60,M11.1.0",
      "EST5EDT,M3.2.0/,M11.1.0",
      "EST25",
      "EST5:60",
      "EST--5",
      "EST1000000000000",
      "<EST5",
      "<E>5",
      "<+05",
      "E+T5",
      "\n",
  };
  static const int32_t none[] = {0};
  for (size_t i = 0; i < sizeof footers / sizeof *footers; i++) {
    struct file f;
    struct zone *zone;
    make_file(&f, NULL, 0, none, footers[i]);
    if (parse(f.bytes, f.len, &zone) != ZONE_MALFORMED) fail_msg("%s", footers[i]);
  }
}

// Header fields and records set to what RFC 9636 forbids, one at a time. The second header of such a file is
// at 44 + 6 + 4 = 54, its block at 98: two times, two types, three records, four designations.
static void test_bad_fields(void **state) {
  (void)state;
  static const struct {
    size_t at;
    unsigned char byte;
  } cases[] = {
      {0, 'X'},         {4, '1'},         {4, '5'},
      {54, 'X'},        {58, '2'},        {54 + 20 + 3, 1},
      {54 + 24 + 3, 2}, {54 + 28 + 3, 1}, {54 + 32, 255},
      {54 + 32 + 3, 1}, {54 + 32 + 3, 3}, {54 + 36 + 3, 0},
      {54 + 36, 1},     {54 + 40 + 3, 0}, {54 + 40, 128},
      {98, 127},        {98 + 16, 3},     {98 + 18, 1},
      {98 + 18 + 4, 2}, {98 + 18 + 5, 4}, {98 + 18 + 18 + 3, 'D'},
  };
  static const int64_t times[] = {0, 1000};
  static const int32_t offsets[] = {0, 3600, 0};
  struct file f;
  struct zone *zone;
  make_file(&f, times, 2, offsets, "ABC0");
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_OK);
  nuo__zone_free(nuo__default_allocator(), zone);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    unsigned char kept = f.bytes[cases[i].at];
    f.bytes[cases[i].at] = cases[i].byte;
    if (parse(f.bytes, f.len, &zone) != ZONE_MALFORMED) fail_msg("byte %d", (int)cases[i].at);
    f.bytes[cases[i].at] = kept;
  }
  f.bytes[f.len++] = '\n';
  f.bytes[f.len - 2] = 'x';
  assert_int_equal(parse(f.bytes, f.len, &zone), ZONE_MALFORMED);
}

static size_t read_system_file(const char *name, struct file *f) {
  char path[200];
  snprintf(path, sizeof path, ZONE_DIRECTORY "/%s", name);
  int fd = open(path, O_RDONLY);
  if (fd < 0) return 0;
  ssize_t got = read(fd, f->bytes, sizeof f->bytes);
  close(fd);
  f->len = got > 0 ? (size_t)got : 0;
  return f->len;
}

// Whatever the zone says, it has to say something sane and come to an end.
static void ask_everything(const struct zone *zone) {
  for (int i = 0; i < 20; i++) {
    int64_t ms = i == 0 ? INT64_MIN : i == 1 ? INT64_MAX : (random_below(9000) - 1900) * 31556952000;
    int32_t offset = nuo__zone_offset_at(zone, ms);
    int32_t day, clock;
    int64_t back;
    assert_true(offset >= -89999 && offset <= 93599);
    if (!nuo__zone_local(zone, ms, &day, &clock)) continue;
    if (nuo__zone_instant(zone, day, clock, &back)) assert_true(back <= ms);
    if (nuo__zone_next_clock(zone, ms, clock, &back)) assert_true(back > ms);
  }
}

static void check_flip(struct file *f, size_t bit) {
  struct zone *zone;
  f->bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
  if (parse(f->bytes, f->len, &zone) == ZONE_OK) {
    ask_everything(zone);
    nuo__zone_free(nuo__default_allocator(), zone);
  }
  f->bytes[bit / 8] ^= (unsigned char)(1 << bit % 8);
}

static void test_broken_files(void **state) {
  (void)state;
  static const int64_t times[] = {-5000000000, 1000000000};
  static const int32_t offsets[] = {0, 3600, -18000};
  struct file f;
  struct zone *zone;
  make_file(&f, times, 2, offsets, "EST5EDT,M3.2.0,M11.1.0");
  for (size_t len = 0; len < f.len; len++) assert_int_equal(parse(f.bytes, len, &zone), ZONE_MALFORMED);
  for (size_t bit = 0; bit < f.len * 8; bit++) check_flip(&f, bit);

  static const char *const names[] = {"Asia/Shanghai", "America/New_York", "Africa/Casablanca"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (read_system_file(names[i], &f) == 0) continue;
    for (size_t len = 0; len < f.len; len++) assert_int_equal(parse(f.bytes, len, &zone), ZONE_MALFORMED);
    for (int n = 0; n < 1000; n++) check_flip(&f, (size_t)random_below((int64_t)f.len * 8));
    // The header, the footer and a little before it decide most.
    for (size_t bit = 0; bit < 44 * 8; bit++) check_flip(&f, bit);
    for (size_t bit = (f.len - 40) * 8; bit < f.len * 8; bit++) check_flip(&f, bit);
  }
}

// ---- by hand -------------------------------------------------------------------------------------

static void expect_instant(const struct zone *zone, const char *day, const char *clock,
                           const char *expected) {
  int64_t ms = 0;
  assert_true(nuo__zone_instant(zone, date(day), clock_of(clock), &ms));
  if (ms != instant(expected)) fail_msg("%s %s: %lld, not %s", day, clock, (long long)ms, expected);
}

static void expect_next(const struct zone *zone, const char *after, const char *clock, const char *expected) {
  int64_t ms = 0;
  assert_true(nuo__zone_next_clock(zone, instant(after), clock_of(clock), &ms));
  if (ms != instant(expected)) fail_msg("%s after %s: %lld, not %s", clock, after, (long long)ms, expected);
}

static void test_shanghai(void **state) {
  (void)state;
  const struct zone *zone = zone_named("Asia/Shanghai");
  // Summer time ran from the Sunday on or after 11 April (1986: 4 May) to that on or after 11 September, at
  // 02:00.
  expect_offset(zone, "1986-05-03T17:59:59.999Z", 28800);
  expect_offset(zone, "1986-05-03T18:00:00Z", 32400);
  expect_offset(zone, "1986-09-13T16:59:59Z", 32400);
  expect_offset(zone, "1986-09-13T17:00:00Z", 28800);
  expect_offset(zone, "1991-04-13T17:59:59Z", 28800);
  expect_offset(zone, "1991-04-13T18:00:00Z", 32400);
  expect_offset(zone, "1991-09-14T16:59:59Z", 32400);
  expect_offset(zone, "1991-09-14T17:00:00Z", 28800);
  expect_offset(zone, "1992-07-01T00:00:00Z", 28800);
  expect_offset(zone, "2025-07-02T15:30:00Z", 28800);
  expect_offset(zone, "2500-07-02T15:30:00Z", 28800);
  expect_offset(zone, "1800-01-01T00:00:00Z", 29143);
  expect_next(zone, "2025-07-02T23:30+08:00", "08:00", "2025-07-03T08:00+08:00");
  expect_next(zone, "2025-07-03T08:00+08:00", "08:00", "2025-07-04T08:00+08:00");
  expect_next(zone, "2025-07-03T07:59:59.999+08:00", "08:00", "2025-07-03T08:00+08:00");
  expect_next(zone, "2025-07-03T07:00+08:00", "24:00", "2025-07-04T00:00+08:00");
  expect_instant(zone, "2025-07-02", "24:00", "2025-07-03T00:00+08:00");
}

static void test_new_york(void **state) {
  (void)state;
  const struct zone *zone = zone_named("America/New_York");
  expect_instant(zone, "2025-03-09", "01:59:59", "2025-03-09T01:59:59-05:00");
  expect_instant(zone, "2025-03-09", "02:00", "2025-03-09T03:00-04:00");
  expect_instant(zone, "2025-03-09", "02:30", "2025-03-09T03:00-04:00");
  expect_instant(zone, "2025-03-09", "03:00", "2025-03-09T03:00-04:00");
  expect_instant(zone, "2025-03-09", "03:00:00.001", "2025-03-09T03:00:00.001-04:00");
  expect_instant(zone, "2025-11-02", "00:59", "2025-11-02T00:59-04:00");
  expect_instant(zone, "2025-11-02", "01:30", "2025-11-02T01:30-04:00");
  expect_instant(zone, "2025-11-02", "02:00", "2025-11-02T02:00-05:00");
  expect_next(zone, "2025-03-08T12:00-05:00", "02:30", "2025-03-09T03:00-04:00");
  expect_next(zone, "2025-03-09T03:00-04:00", "02:30", "2025-03-10T02:30-04:00");
  expect_next(zone, "2025-11-02T01:00-04:00", "01:30", "2025-11-02T01:30-04:00");
  expect_next(zone, "2025-11-02T01:30-04:00", "01:30", "2025-11-02T01:30-05:00");
  expect_next(zone, "2025-11-02T01:30-05:00", "01:30", "2025-11-03T01:30-05:00");
  // The day of 23 hours and that of 25.
  int64_t from, to;
  assert_true(nuo__zone_instant(zone, date("2025-03-09"), 0, &from));
  assert_true(nuo__zone_instant(zone, date("2025-03-10"), 0, &to));
  assert_int_equal(to - from, 23 * 3600000);
  assert_true(nuo__zone_instant(zone, date("2025-11-02"), 0, &from));
  assert_true(nuo__zone_instant(zone, date("2025-11-02"), NUO__WHEN_DAY_MS, &to));
  assert_int_equal(to - from, 25 * 3600000);
  // By the rule, 2007 and after: the second Sunday of March 2150 is the 8th.
  expect_instant(zone, "2150-03-08", "02:30", "2150-03-08T03:00-04:00");
}

static void test_other_places(void **state) {
  (void)state;
  const struct zone *zone = zone_named("Europe/London");
  expect_instant(zone, "2025-03-30", "01:15", "2025-03-30T02:00+01:00");
  expect_instant(zone, "2025-10-26", "01:15", "2025-10-26T01:15+01:00");
  expect_offset(zone, "1970-01-01T00:00:00Z", 3600);  // British Standard Time, 1968 to 1971

  // Half an hour of summer time.
  zone = zone_named("Australia/Lord_Howe");
  expect_instant(zone, "2025-10-05", "02:15", "2025-10-05T02:30+11:00");
  expect_instant(zone, "2025-10-05", "02:45", "2025-10-05T02:45+11:00");
  expect_instant(zone, "2025-04-06", "01:45", "2025-04-06T01:45+11:00");
  expect_next(zone, "2025-04-06T01:45+11:00", "01:45", "2025-04-06T01:45+10:30");

  // A whole day that never was.
  zone = zone_named("Pacific/Apia");
  expect_instant(zone, "2011-12-30", "12:00", "2011-12-31T00:00+14:00");
  expect_next(zone, "2011-12-29T13:00-10:00", "12:00", "2011-12-31T00:00+14:00");
  expect_next(zone, "2011-12-31T00:00+14:00", "12:00", "2011-12-31T12:00+14:00");

  // Midnight that never was.
  zone = zone_named("America/Sao_Paulo");
  expect_instant(zone, "2018-11-04", "00:00", "2018-11-04T01:00-02:00");
  expect_next(zone, "2018-11-03T12:00-03:00", "24:00", "2018-11-04T01:00-02:00");
}

static void test_bounds(void **state) {
  (void)state;
  struct zone *zone = nuo__zone_fixed(8 * 3600, nuo__default_allocator());
  int64_t ms = 42;
  int32_t day, clock;
  assert_non_null(zone);
  assert_false(nuo__zone_instant(zone, 0, -1, &ms));
  assert_false(nuo__zone_instant(zone, 0, NUO__WHEN_DAY_MS + 1, &ms));
  assert_false(nuo__zone_instant(zone, NUO__WHEN_LAST_DAY + 1, 0, &ms));
  assert_false(nuo__zone_instant(zone, NUO__WHEN_FIRST_DAY, 0, &ms));
  assert_false(nuo__zone_next_clock(zone, 0, -1, &ms));
  assert_false(nuo__zone_next_clock(zone, INT64_MAX, 0, &ms));
  assert_false(nuo__zone_next_clock(zone, INT64_MIN, 0, &ms));
  assert_false(nuo__zone_next_clock(zone, NUO__WHEN_LAST_MS, 0, &ms));
  assert_false(nuo__zone_local(zone, NUO__WHEN_LAST_MS, &day, &clock));
  assert_false(nuo__zone_local(zone, INT64_MAX, &day, &clock));
  assert_int_equal(ms, 42);
  assert_true(nuo__zone_local(zone, NUO__WHEN_FIRST_MS, &day, &clock));
  assert_int_equal(day, NUO__WHEN_FIRST_DAY);
  assert_int_equal(clock, 8 * 3600000);
  nuo__zone_free(nuo__default_allocator(), zone);
  nuo__zone_free(nuo__default_allocator(), NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_zones),
      cmocka_unit_test(test_rules_against_libc),
      cmocka_unit_test(test_rules_by_hand),
      cmocka_unit_test(test_table_then_rule),
      cmocka_unit_test(test_far_transitions),
      cmocka_unit_test(test_version_1),
      cmocka_unit_test(test_bad_footers),
      cmocka_unit_test(test_bad_fields),
      cmocka_unit_test(test_broken_files),
      cmocka_unit_test_setup_teardown(test_shanghai, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_new_york, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_other_places, set_up, tear_down),
      cmocka_unit_test(test_bounds),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
