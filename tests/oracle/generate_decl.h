// SPDX-License-Identifier: Apache-2.0
// The declarations of a random policy, one function each. For generate_policy.c.
#ifndef NUO_TESTS_GENERATE_DECL_H
#define NUO_TESTS_GENERATE_DECL_H

#include "tests/oracle/generate.h"

void gen_types(struct gen *g);
void gen_events(struct gen *g);
// The calendar's name goes to `name`; the English form is returned.
const char *gen_calendar(struct gen *g, struct gname *name);
void gen_lexicons(struct gen *g);
void gen_severities(struct gen *g);
void gen_parameters(struct gen *g);
// A sample and a test, in a policy that stands alone (generate_test.c).
void gen_tests(struct gen *g);
// In a Markdown document the rows may stand outside the code.
void gen_tables(struct gen *g, bool markdown);
void gen_defines(struct gen *g);
void gen_duties(struct gen *g);

#endif
