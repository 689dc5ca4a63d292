// SPDX-License-Identifier: Apache-2.0
// The default allocator: blocks keep what they hold when they grow and shrink across the size from which on
// they are mapped by themselves.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/alloc.h"

static void test_sizes(void **state) {
  (void)state;
  static const size_t mib = 1 << 20,
                      sizes[] = {100, mib, 2 * mib, 2 * mib - 1, 5 * mib + 3, 9 * mib, 7 * mib, 10};
  const nuo_allocator *a = nuo__default_allocator();
  size_t had = 0;
  uint8_t *block = NULL;
  assert_null(nuo__alloc(a, 0));
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    const size_t kept = had < sizes[i] ? had : sizes[i];
    block = nuo__realloc(a, block, had, sizes[i]);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 16, 0);
    for (size_t at = 0; at < kept; at += 97) assert_int_equal(block[at], (uint8_t)(at / 97 + i));
    for (size_t at = 0; at < sizes[i]; at += 97) block[at] = (uint8_t)(at / 97 + i + 1);
    had = sizes[i];
  }
  nuo__free(a, block, had);
  nuo__free(a, NULL, 0);
}

static void test_too_great(void **state) {
  (void)state;
  const nuo_allocator *a = nuo__default_allocator();
  uint8_t *block = nuo__alloc(a, 3 << 20);
  assert_non_null(block);
  block[0] = 7;
  assert_null(nuo__alloc(a, SIZE_MAX / 2));
  assert_null(nuo__realloc(a, block, 3 << 20, SIZE_MAX / 2));
  assert_int_equal(block[0], 7);  // still the caller's
  nuo__free(a, block, 3 << 20);
}

int main(void) {
  static const struct CMUnitTest tests[] = {cmocka_unit_test(test_sizes), cmocka_unit_test(test_too_great)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
