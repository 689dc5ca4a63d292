// SPDX-License-Identifier: Apache-2.0
// Charts as drawings within a page: bars over time, in parts.
#ifndef NUO_COMPILER_CHART_H
#define NUO_COMPILER_CHART_H

#include "compiler/base.h"
#include "runtime/text_out.h"

// `value` tells the height of a part of a bar; class "pN" colours part N (style.c knows eight).
struct chart {
  uint32_t bars, parts;
  uint64_t (*value)(const void *context, uint32_t bar, uint32_t part);
  struct str (*label)(const void *context, uint32_t bar, char room[16]);  // of a bar
  const void *context;
};
#define CHART_COLOURS 12
void nuo__chart(struct text_out *out, const struct chart *chart);

#endif
