// SPDX-License-Identifier: Apache-2.0
#include "tests/cpu_limit.h"

static enum cpu_level limit = CPU_LEVEL_COUNT;

void cpu_limit(enum cpu_level level) {
  limit = level;
}

enum cpu_level nuo__cpu_level(void) {
  const enum cpu_level level = nuo__cpu_detected();
  return level < limit ? level : limit;
}
