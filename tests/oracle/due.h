// SPDX-License-Identifier: Apache-2.0
// When a duty is due. For duty.c.
#ifndef NUO_TESTS_ORACLE_DUE_H
#define NUO_TESTS_ORACLE_DUE_H

#include "tests/oracle/duty.h"

// The end of the day that lies so much after `day`. False when no date can be told.
bool due_after_day(const struct oracle *o, int32_t day, int64_t amount, enum unit unit, struct due *due);
// In the context of the event that begins the duty; never before it. False when it cannot be told: then it is
// the time of that event, and not certain.
bool due_of(struct oracle *o, const struct duty_deadline *deadline, struct due *due);
// As the suspensions known by now have moved it; NEVER while the clock stands. `suspended` (or NULL): by how
// much.
int64_t due_now(struct instance *instance, const struct due *due, int64_t *suspended);

#endif
