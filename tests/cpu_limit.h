// SPDX-License-Identifier: Apache-2.0
// Forces the paths for lesser processors: all code of this process that asks runtime/cpu.h gets at most the
// limit. Linked in place of runtime/cpu.c.
#ifndef TESTS_CPU_LIMIT_H
#define TESTS_CPU_LIMIT_H

#include "runtime/cpu.h"

void cpu_limit(enum cpu_level level);

#endif
