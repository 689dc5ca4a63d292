// SPDX-License-Identifier: Apache-2.0
// What happens around the pushes (complaints, checks, reports, anomalies, letters of regulators …), between
// generate.c, which prints it in order of time with the pushes, and happenings.c, which makes it up.
#ifndef NUO_TESTS_SAMPLE_HAPPENINGS_H
#define NUO_TESTS_SAMPLE_HAPPENINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sample/push.h"

// Two months before the first push in which checks are done and reports come out.
#define PRELUDE_DAYS 63

// Makes up all that does not depend on a push.
void plan_happenings(void);
// What follows a push that has been printed: reports of its delivery, of the harm that it did.
void plan_after_push(const struct push *push);
// Turns a good push into one with criminal content, when it is time for one; what follows is planned as well.
void plant_crime(struct push *push);
// Prints the first happening that is not after `time`, if there is one.
bool print_happening(int64_t time);

#endif
