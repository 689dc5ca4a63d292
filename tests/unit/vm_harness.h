// SPDX-License-Identifier: Apache-2.0
// Runs hand-assembled code over registers filled by hand. Lanes are written as texts, one character a lane:
// T, F and U for planes, k (known) and u for the others.
#ifndef NUO_TESTS_UNIT_VM_HARNESS_H
#define NUO_TESTS_UNIT_VM_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/alloc.h"
#include "runtime/vm.h"
#include "tests/unit/image_builder.h"

struct harness {
  struct image_builder builder;
  const char *const *grants;
  nuo_program *program;
  struct batch batch;
  struct machine machine;
  struct fired fired[8];
  uint32_t capacities[8];
  struct match_scratch match_scratch;
};

// Appends an instruction to the event's code; `h` is the harness at hand. Operands left out are 0.
#define OP(...) OP_OF(__VA_ARGS__, 0, 0, 0, 0, 0)
#define OP_OF(name, a, b, c, d, ...) builder_insn(&h.builder, OPCODE_##name, a, b, c, d)

void harness_begin(struct harness *h);
// Ends the code, loads the program and makes a batch of `lanes` lanes, all unknown.
void harness_load(struct harness *h, uint32_t lanes);
void harness_run(struct harness *h, uint64_t live);
void harness_end(struct harness *h);

void give_plane(struct harness *h, unsigned reg, const char *lanes);
void give_column(struct harness *h, unsigned reg, const char *lanes, const int64_t *values);
// NULL for a text that is unknown.
void give_text(struct harness *h, unsigned reg, const char *const *values, uint32_t count);
void expect_plane(const struct harness *h, unsigned reg, const char *lanes);
// Values of unknown lanes are not looked at.
void expect_column(const struct harness *h, unsigned reg, const char *lanes, const int64_t *values);
// "?" for a text that has to be unknown.
void expect_text(const struct harness *h, unsigned reg, const char *const *values, uint32_t count);

#endif
