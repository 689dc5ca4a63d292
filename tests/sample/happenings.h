// SPDX-License-Identifier: Apache-2.0
// What happens around the pushes, between generate.c, which prints it in order of time with them, and the
// files that make it up: platform.c and affairs.c what the platform does and what befalls it, readers.c and
// claims.c what users do.
#ifndef NUO_TESTS_SAMPLE_HAPPENINGS_H
#define NUO_TESTS_SAMPLE_HAPPENINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sample/push.h"

// Before START_MS so many days more in which checks are done and reports come out.
#define PRELUDE_DAYS 63

int64_t on_day(int day, int hour);

// Makes up all that does not depend on a push.
void plan_platform(void);
void plan_oddities(void);
void plan_affairs(void);
void plan_readers(void);
// Something that a user does by himself at about this time.
void plan_reader(int64_t time);
// Something that a user asks for or is owed.
void plan_claim(int64_t time);
// What follows a push that has been handed in: receipts, clicks, complaints, harm.
void plan_after_push(const struct push *push);
// Turns a good push into one with criminal content, when it is time for one; what follows is planned as well.
void plant_crime(struct push *push);

#endif
