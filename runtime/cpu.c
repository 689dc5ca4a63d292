// SPDX-License-Identifier: Apache-2.0
// The only thing in its file, so that a test can put its own in place.
#include "runtime/cpu.h"

enum cpu_level nuo__cpu_level(void) {
  return nuo__cpu_detected();
}
