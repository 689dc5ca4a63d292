// SPDX-License-Identifier: Apache-2.0
// The pages of a state directory from anywhere: the check has to stay within them, whatever they say.
#include <stdlib.h>
#include <string.h>

#include "runtime/disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  uint8_t *copy = malloc(size + 1);  // aligned, and its end is watched
  if (copy == NULL) return 0;
  if (size > 0) memcpy(copy, data, size);
  nuo__disk_check(nuo__default_allocator(), copy, size);
  free(copy);
  return 0;
}
