// SPDX-License-Identifier: Apache-2.0
// What users ask for and are owed: their data, a stop, an apology, money; a reminder before a subscription
// goes on.
#include <inttypes.h>

#include "tests/sample/happenings.h"
#include "tests/sample/queue.h"
#include "tests/sample/random.h"

static int64_t minutes(uint32_t least, uint32_t most) {
  return (int64_t)between(least, most) * MINUTE_MS;
}

// ---- accounts ----
// New users get numbers of their own, and nothing is sent to them in the month.
static void plan_registration(int64_t time) {
  static uint32_t newcomers;
  uint32_t user = 3 * USERS + newcomers++;
  const uint32_t day = below(10), month = between(1, 10), year = between(50, 99);
  plan(time, "user.registered",
       "\"user\":{\"id\":\"U%06" PRIu32 "\",\"birth\":\"19%02" PRIu32 "-0%" PRIu32 "-1%" PRIu32
       "\",\"tz\":\"Asia/Shanghai\",\"algo_off\":false}",
       user, year, month, day);
  if (!one_in(20)) return;
  int64_t closed = time + minutes(60, 6 * 24 * 60);
  plan(closed, "user.deleted", "\"user\":{\"id\":\"U%06" PRIu32 "\"}", user);
  if (!one_in(12))
    plan(closed + minutes(60, 9 * 24 * 60), "data.erased",
         "\"manner\":\"deleted\",\"user\":{\"id\":\"U%06" PRIu32 "\"}", user);
}

static void plan_settings(int64_t time) {
  plan(time, "preference.updated",
       "\"prefs\":{\"blocked_classes\":[],\"channels\":[\"app_push\",\"inapp\"],\"quiet_from\":\"22:00\","
       "\"quiet_to\":"
       "\"08:00\"},\"user\":{\"id\":\"U%06" PRIu32 "\"}",
       3 * USERS + below(USERS));
}

// ---- rights ----
static void plan_rights(int64_t time) {
  static const char *const kinds[] = {"access", "access", "copy", "correct", "delete", "explain"};
  static uint32_t requests;
  uint32_t id = requests++;
  const char *kind = PICK(kinds);
  plan(time, "rights.requested",
       "\"request\":{\"id\":\"rq-%05" PRIu32 "\",\"kind\":\"%s\"},\"user\":{\"id\":\"U%06" PRIu32 "\"}", id,
       kind, below(USERS));
  if (one_in(50)) return;
  int64_t done = time + minutes(60, (one_in(20) ? 30 : 10) * 24 * 60);
  if (one_in(12))
    plan(done, "rights.refused", "\"request\":{\"id\":\"rq-%05" PRIu32 "\",\"kind\":\"%s\"}%s", id, kind,
         one_in(4) ? "" : ",\"reason\":\"not_identified\"");
  else
    plan(done, "rights.fulfilled", "\"request\":{\"id\":\"rq-%05" PRIu32 "\",\"kind\":\"%s\"}", id, kind);
}

// ---- demands ----
// A stop is obeyed at once; an apology and damages follow when the demand is upheld.
static void plan_demand(int64_t time) {
  static uint32_t demands;
  static const char *const kinds[] = {"stop", "stop", "apology", "damages"};
  uint32_t id = demands++, user = below(USERS);
  const char *kind = PICK(kinds);
  if (has_left(user)) return;
  plan(time, "demand.received",
       "\"demand\":{\"id\":\"dm-%04" PRIu32 "\",\"kind\":\"%s\"},\"user\":{\"id\":\"U%06" PRIu32 "\"}", id,
       kind, user);
  if (kind == kinds[0] || kind == kinds[1]) {
    remember_withdrawal(user, CLASSES);
    return;
  }
  int64_t upheld = time + minutes(24 * 60, 4 * 24 * 60);
  bool money = kind == kinds[3];
  plan(upheld, "demand.upheld",
       "\"demand\":{\"id\":\"dm-%04" PRIu32 "\",\"kind\":\"%s\"%s},\"user\":{\"id\":\"U%06" PRIu32 "\"}", id,
       kind, money ? ",\"amount\":20000" : "", user);
  if (one_in(6)) return;
  if (money)
    plan(upheld + minutes(24 * 60, 12 * 24 * 60), "compensation.paid",
         "\"demand\":{\"id\":\"dm-%04" PRIu32 "\",\"amount\":20000}", id);
  else
    plan(upheld + minutes(24 * 60, 5 * 24 * 60), "apology.published",
         "\"demand\":{\"id\":\"dm-%04" PRIu32 "\"}", id);
}

// ---- subscriptions ----
// The reminder is a push like others, some days before the charge.
static void plan_renewal(int64_t time) {
  static uint32_t renewals;
  uint32_t id = renewals++, user = below(USERS);
  if (has_left(user) || make_user(user).age < 18) return;
  int64_t at = time + 9 * DAY_MS, agreed = time - MINUTE_MS;
  if (!one_in(40))
    plan(agreed, "consent.granted",
         "\"user\":{\"id\":\"U%06" PRIu32
         "\"},\"purpose\":\"auto_renew\",\"channel\":\"inapp\",\"explicit\":true,"
         "\"prechecked\":false,\"bundled\":false,\"ui_version\":\"std-1\",\"method\":\"in_app_switch\","
         "\"proof_id\":"
         "\"p-2\"",
         user);
  plan(time, "renewal.scheduled",
       "\"renewal\":{\"id\":\"rn-%06" PRIu32 "\",\"at\":%" PRId64
       ",\"amount\":2500,\"currency\":\"CNY\"},\"user\":{\"id\":\"U%06" PRIu32 "\"}",
       id, at, user);
  if (!one_in(30)) want_reminder(time + 2 * DAY_MS, user, id);
  if (one_in(15))
    plan(time + minutes(60, 2 * 24 * 60), "renewal.cancelled",
         "\"renewal\":{\"id\":\"rn-%06" PRIu32 "\"},\"user\":{\"id\":\"U%06" PRIu32 "\"}", id, user);
  else
    plan(at, "renewal.charged",
         "\"renewal\":{\"id\":\"rn-%06" PRIu32
         "\",\"amount\":2500,\"currency\":\"CNY\"},\"user\":{\"id\":\"U%06" PRIu32 "\"}",
         id, user);
}

// ---- the hotline ----
static void plan_call(int64_t time) {
  static uint32_t calls;
  uint32_t id = calls++;
  bool elderly = one_in(5);
  plan(time, "call.received",
       "\"call\":{\"id\":\"hl-%05" PRIu32 "\",\"first_handler\":\"%s\"},\"caller\":{\"elderly\":%s}", id,
       elderly && !one_in(25) ? "human" : "machine", elderly ? "true" : "false");
  const uint32_t steps = one_in(30) ? 4 : between(1, 3);
  plan(time + minutes(2, 20), "call.completed",
       "\"call\":{\"id\":\"hl-%05" PRIu32 "\",\"ivr_steps\":%" PRIu32 ",\"reached_human\":true}", id, steps);
}

void plan_claim(int64_t time) {
  switch (below(16)) {
    case 0:
      plan_rights(time);
      break;
    case 1:
    case 2:
      plan_renewal(time);
      break;
    case 3:
    case 4:
    case 5:
      plan_call(time);
      break;
    case 6:
      if (one_in(6)) plan_demand(time);
      break;
    case 7:
      plan_settings(time);
      break;
    default:
      plan_registration(time);
      break;
  }
}
