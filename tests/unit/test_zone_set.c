// SPDX-License-Identifier: Apache-2.0
// Tests of the zone set of runtime/zone.h: which names it takes, its limits, many threads at once, no memory.
#define _XOPEN_SOURCE 700
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "runtime/zone.h"
#include "tests/unit/meter.h"
#include "tests/unit/zone_fixture.h"

static enum zone_status find(const char *name, uint16_t *handle) {
  return nuo__zone_set_find(set, name, strlen(name), handle);
}

static void test_names(void **state) {
  (void)state;
  static const char *const unknown[] = {
      "",
      "Asia",
      "Asia/",
      "/Asia/Shanghai",
      "Asia//Shanghai",
      "../zoneinfo/UTC",
      "Asia/../UTC",
      "./UTC",
      "Asia/Nowhere",
      "zone.tab",
      "localtime",
      "Asia/Shanghai ",
      "Asia\\Shanghai",
      "+8:00",
      "+24:00",
      "+08:60",
      "+0800",
      "08:00",
      "+08:00:00",
      "UTC/x",
      "+08-00",
      "A23456789012345678901234567890123456789012345678901234567890123456789",
  };
  uint16_t handle = 4242, again;
  for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
    if (find(unknown[i], &handle) != ZONE_UNKNOWN) fail_msg("%s", unknown[i]);
  }
  assert_int_equal(nuo__zone_set_find(set, "UTC\0", 4, &handle), ZONE_UNKNOWN);
  assert_int_equal(handle, 4242);
  assert_int_equal(find("UTC", &handle), ZONE_OK);
  assert_int_equal(handle, ZONE_UTC);
  assert_int_equal(nuo__zone_offset_at(nuo__zone_set_get(set, handle), 0), 0);
  assert_null(nuo__zone_set_get(set, ZONE_SET_LIMIT - 1));
  assert_null(nuo__zone_set_get(set, UINT16_MAX));
  zone_named("Asia/Shanghai");
  assert_int_equal(find("Asia/Shanghai", &handle), ZONE_OK);
  assert_int_equal(find("Asia/Shanghai", &again), ZONE_OK);
  assert_int_equal(handle, again);
  assert_int_equal(find("leapseconds", &again), ZONE_MALFORMED);
}

static void test_offset_names(void **state) {
  (void)state;
  static const struct {
    const char *name;
    int32_t seconds;
  } cases[] = {{"+08:00", 28800}, {"-03:30", -12600}, {"+23:59", 86340}, {"-23:59", -86340}, {"+00:01", 60}};
  uint16_t handle, again;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    assert_int_equal(find(cases[i].name, &handle), ZONE_OK);
    assert_int_equal(find(cases[i].name, &again), ZONE_OK);
    assert_int_equal(handle, again);
    assert_int_equal(nuo__zone_offset_at(nuo__zone_set_get(set, handle), 0), cases[i].seconds);
  }
  assert_int_equal(find("+00:00", &handle), ZONE_OK);
  assert_int_equal(handle, ZONE_UTC);
  assert_int_equal(find("-00:00", &handle), ZONE_OK);
  assert_int_equal(handle, ZONE_UTC);
}

static void test_names_of_handles(void **state) {
  (void)state;
  static const char *const names[] = {"UTC",    "Asia/Shanghai", "+08:00", "-03:30",
                                      "+23:59", "-23:59",        "-00:01"};
  char name[ZONE_NAME_MAX];
  uint16_t handle;
  zone_named("Asia/Shanghai");
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    assert_int_equal(find(names[i], &handle), ZONE_OK);
    assert_int_equal(nuo__zone_set_name(set, handle, name), strlen(names[i]));
    assert_memory_equal(name, names[i], strlen(names[i]));
  }
  assert_int_equal(nuo__zone_set_name(set, ZONE_SET_LIMIT - 1, name), 0);
  assert_int_equal(nuo__zone_set_name(set, UINT16_MAX, name), 0);
}

static void test_no_directory(void **state) {
  (void)state;
  static const char nowhere[] = "there/is/no/such/directory";
  char too_long[2000];
  struct zone_set *other;
  uint16_t handle;
  memset(too_long, 'x', sizeof too_long);
  assert_int_equal(nuo__zone_set_new(too_long, sizeof too_long, nuo__default_allocator(), &other),
                   ZONE_UNKNOWN);
  assert_int_equal(nuo__zone_set_new(nowhere, strlen(nowhere), nuo__default_allocator(), &other), ZONE_OK);
  assert_int_equal(nuo__zone_set_find(other, "Asia/Shanghai", 13, &handle), ZONE_UNKNOWN);
  assert_int_equal(nuo__zone_set_find(other, "UTC", 3, &handle), ZONE_OK);
  assert_int_equal(nuo__zone_set_find(other, "+08:00", 6, &handle), ZONE_OK);
  nuo__zone_set_free(other);
  nuo__zone_set_free(NULL);
}

static void test_limit(void **state) {
  (void)state;
  // Version 1: no transitions, one type an hour east of Greenwich, four bytes of designations.
  static const unsigned char file[44 + 6 + 4] = {
      'T', 'Z', 'i', 'f', [39] = 1, [43] = 4, [46] = 0x0e, [47] = 0x10};
  char directory[] = P_tmpdir "/nuo_zones_XXXXXX";
  char path[sizeof directory + 20], first[sizeof directory + 20];
  struct zone_set *other;
  uint16_t handle;
  assert_non_null(mkdtemp(directory));
  snprintf(first, sizeof first, "%s/Z0", directory);
  int fd = open(first, O_WRONLY | O_CREAT, 0600);
  assert_int_equal(write(fd, file, sizeof file), sizeof file);
  close(fd);
  assert_int_equal(nuo__zone_set_new(directory, strlen(directory), nuo__default_allocator(), &other),
                   ZONE_OK);
  for (int i = 0; i <= ZONE_SET_LIMIT; i++) {
    int len = snprintf(path, sizeof path, "%s/Z%d", directory, i);
    const char *name = path + strlen(directory) + 1;
    if (i > 0) assert_int_equal(link(first, path), 0);
    enum zone_status status = nuo__zone_set_find(other, name, (size_t)(path + len - name), &handle);
    // UTC is one of them.
    assert_int_equal(status, i < ZONE_SET_LIMIT - 1 ? ZONE_OK : ZONE_LIMIT);
    if (status == ZONE_OK) assert_int_equal(handle, i + 1);
    if (i > 0) unlink(path);
  }
  assert_int_equal(nuo__zone_set_find(other, "Z700", 4, &handle), ZONE_OK);
  assert_int_equal(handle, 701);
  assert_int_equal(nuo__zone_set_find(other, "+08:00", 6, &handle), ZONE_OK);
  nuo__zone_set_free(other);
  unlink(first);
  rmdir(directory);
}

static void *find_many(void *found) {
  static const char *const names[] = {"Asia/Shanghai", "+08:00",           "America/New_York",
                                      "Europe/London", "Asia/Tokyo",       "-03:30",
                                      "UTC",           "Africa/Casablanca"};
  uint16_t *handles = found;
  for (int round = 0; round < 200; round++) {
    for (size_t i = 0; i < 8; i++) {
      if (nuo__zone_set_find(set, names[i], strlen(names[i]), &handles[i]) != ZONE_OK) return NULL;
      if (nuo__zone_set_get(set, handles[i]) == NULL) return NULL;
    }
  }
  return found;
}

static void test_threads(void **state) {
  (void)state;
  pthread_t threads[4];
  uint16_t handles[4][8];
  uint16_t handle;
  if (find("Africa/Casablanca", &handle) != ZONE_OK) skip();
  tear_down(NULL);
  assert_int_equal(set_up(NULL), 0);
  for (int i = 0; i < 4; i++) assert_int_equal(pthread_create(&threads[i], NULL, find_many, handles[i]), 0);
  for (int i = 0; i < 4; i++) {
    void *done;
    pthread_join(threads[i], &done);
    assert_non_null(done);
  }
  for (int i = 1; i < 4; i++) assert_memory_equal(handles[i], handles[0], sizeof handles[0]);
}

static void test_out_of_memory(void **state) {
  (void)state;
  zone_named("Asia/Shanghai");
  int failures = 0;
  for (size_t calls = 0;; calls++) {
    struct meter meter = {calls, 0};
    struct nuo_allocator allocator = {metered, &meter};
    struct zone_set *other = NULL;
    uint16_t handle;
    enum zone_status status = nuo__zone_set_new(NULL, 0, &allocator, &other);
    if (status == ZONE_OK) status = nuo__zone_set_find(other, "Asia/Shanghai", 13, &handle);
    if (status == ZONE_OK) status = nuo__zone_set_find(other, "+08:00", 6, &handle);
    nuo__zone_set_free(other);
    assert_int_equal(meter.in_use, 0);
    if (status == ZONE_OK) break;
    assert_int_equal(status, ZONE_OUT_OF_MEMORY);
    failures++;
  }
  // The set, UTC and its entry; the file, the zone and its entry; the offset.
  assert_int_equal(failures, 7);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_names, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_offset_names, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_names_of_handles, set_up, tear_down),
      cmocka_unit_test(test_no_directory),
      cmocka_unit_test(test_limit),
      cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
      cmocka_unit_test_setup_teardown(test_out_of_memory, set_up, tear_down),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
