// SPDX-License-Identifier: Apache-2.0
// An image with something in every section: a rule with an exception, a message, a deferral and a label, code
// that uses every kind of constant, duties, a breach and a raised event. For tests of the verifier.
#ifndef NUO_TESTS_UNIT_FULL_IMAGE_H
#define NUO_TESTS_UNIT_FULL_IMAGE_H

#include "tests/unit/image_builder.h"

// The library of its native function, to be granted.
#define FULL_IMAGE_LIBRARY "libc.so.6"

// EVENTS; duty events in the order of DUTIES.
enum { FULL_PUSH, FULL_BREACH, FULL_ANSWER, FULL_ATTEND, FULL_REVIEW, FULL_REPLY, FULL_EVENTS };

void full_image(struct image_builder *builder);
// Appends a node with `node.child_count` children.
void full_image_node(struct image_builder *builder, struct image_node node, const uint32_t *children);

#endif
