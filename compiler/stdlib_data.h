// SPDX-License-Identifier: Apache-2.0
// The modules of stdlib/, embedded at build time (build/gen/stdlib_data.c).
#ifndef NUO_COMPILER_STDLIB_DATA_H
#define NUO_COMPILER_STDLIB_DATA_H

#include <stddef.h>

struct stdlib_module {
  const char *name;  // as `use` says it; the array ends with a NULL name
  const unsigned char *data;
  size_t size;
};
extern const struct stdlib_module nuo__stdlib_modules[];
extern const size_t nuo__stdlib_module_count;

#endif
