// SPDX-License-Identifier: Apache-2.0
// What the versions of a policy remember: a table of their facts, counters and duties, which a state
// directory keeps, so that the next version of the policy finds out what has changed.
#ifndef NUO_RUNTIME_SCHEMA_H
#define NUO_RUNTIME_SCHEMA_H

#include "runtime/program.h"
#include "runtime/text_out.h"

struct definition {
  nuo_definition_kind kind;
  uint8_t identity[16];
  uint32_t capacity;       // of a counter: what the versions at most ask for
  nuo_text name, name_zh;  // borrowed from an image, or from a table in bytes
};
struct schema {
  const nuo_allocator *allocator;
  struct definition *list;  // each identity once for each kind
  size_t count, size;
};

void nuo__schema_free(struct schema *schema);
// Each adds to a schema; false when out of memory, or when the bytes are no table.
bool nuo__schema_add_program(struct schema *schema, const nuo_program *program);
bool nuo__schema_read(struct schema *schema, nuo_text table);
// Appends the table in bytes.
void nuo__schema_write(const struct schema *schema, struct text_out *out);

const struct definition *nuo__schema_find(const struct schema *schema, nuo_definition_kind kind,
                                          const uint8_t identity[16]);

// What differs from `before` to `now`: at most as many as both have together, in `changes`. Gives how many.
size_t nuo__schema_compare(const struct schema *before, const struct schema *now, nuo_change *changes);

#endif
