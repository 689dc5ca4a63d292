// SPDX-License-Identifier: Apache-2.0
// Images put together by hand, section by section, for tests of the verifier and the interpreter. The base
// image has one event type, "push", with a field in every register class:
//
//   planes   0 known flag, 1 flag, 2 and 3 asked of `kind` (0 and 1), 4 asked of `tags` (0); 5 to 31
//   temporaries columns  0 time, 1 zone, 2 to 4 numbers; 5 to 31 temporaries       wides  0 date, 1 clock
//   halves  0 kind texts    0 id, 1 body, 2 note; 3 to 7 temporaries lists    0 and 1 of numbers, 2 and 3 of
//   texts, 4 `tags` of kinds; 5 to 9 temporaries
#ifndef NUO_TESTS_UNIT_IMAGE_BUILDER_H
#define NUO_TESTS_UNIT_IMAGE_BUILDER_H

#include <stddef.h>

#include "runtime/image.h"

enum {
  FIELD_PLANES = 5,
  FIELD_COLUMNS = 5,
  FIELD_TEXTS = 3,
  FIELD_LISTS = 5,
};

struct image_builder {
  struct {
    char *at;
    uint32_t count;
    size_t size;
  } sections[SECTION_COUNT];
};

// The base image but for the code, which the test appends; everything is freed by builder_free.
void builder_begin(struct image_builder *builder);
void builder_free(struct image_builder *builder);

// Appends an item and gives its index.
uint32_t builder_add(struct image_builder *builder, enum image_section_id section, const void *item);
void *builder_item(struct image_builder *builder, enum image_section_id section, uint32_t index);
struct image_str builder_str(struct image_builder *builder, const char *text);
uint32_t builder_text(struct image_builder *builder, const char *text);  // into STRING_LIST
uint32_t builder_number(struct image_builder *builder, int64_t number);  // into NUMBERS
void builder_insn(struct image_builder *builder, enum opcode op, unsigned a, unsigned b, unsigned c,
                  unsigned d);

// A rule whose cold block is the END that comes next; its core is plane 0, its action `block`.
uint32_t builder_rule(struct image_builder *builder, const char *name);

// Ends the event's block, which is the code from its code_first (0 unless set) up to here.
void builder_end_event(struct image_builder *builder);
// The sealed image, to be freed with free().
void *builder_image(struct image_builder *builder, size_t *size);

#endif
