// SPDX-License-Identifier: Apache-2.0
// A set over the machine's zones, for the tests of zones.
#ifndef NUO_TESTS_ZONE_FIXTURE_H
#define NUO_TESTS_ZONE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/zone.h"

static struct zone_set *set;

static int set_up(void **state) {
  (void)state;
  return nuo__zone_set_new(NULL, 0, nuo__default_allocator(), &set) == ZONE_OK ? 0 : -1;
}

static int tear_down(void **state) {
  (void)state;
  nuo__zone_set_free(set);
  return 0;
}

// The zone of a name; skips the test where the machine does not have it.
static const struct zone *zone_named(const char *name) {
  uint16_t handle;
  if (nuo__zone_set_find(set, name, strlen(name), &handle) != ZONE_OK) {
    print_message("%s is not installed\n", name);
    skip();
  }
  return nuo__zone_set_get(set, handle);
}

#endif
