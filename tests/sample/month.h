// SPDX-License-Identifier: Apache-2.0
// When the sample events are, and of which classes the pushes are.
#ifndef NUO_TESTS_SAMPLE_MONTH_H
#define NUO_TESTS_SAMPLE_MONTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
// Two months of the platform: in the first only what belongs to it (complaints, checks, reports …), in the
// second, which is the one of interest, the pushes too. Days are counted from START_MS.
#define START_MS INT64_C(1788192000000)  // 2026-09-01T00:00:00+08:00
#define MONTH_DAY 30
#define DAYS 61
#define MONTH_MS (START_MS + MONTH_DAY * DAY_MS)

enum tri { ABSENT = -1, NO = 0, YES = 1 };

enum push_class { AD, NEWS, SOCIAL, PUBLIC, NOTICE, TRADE, SECURITY, DISPATCH, EMERGENCY, CLASSES };

#endif
