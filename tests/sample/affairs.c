// SPDX-License-Identifier: Apache-2.0
// What befalls the platform: anomalies, letters of regulators, findings, leaks, disputes, crimes. While a
// sender is suspended it hears of it and sends little.
#include <string.h>

#include "tests/sample/happenings.h"
#include "tests/sample/queue.h"
#include "tests/sample/random.h"

static int64_t minutes(uint32_t least, uint32_t most) {
  return (int64_t)between(least, most) * MINUTE_MS;
}

static void resume(uint32_t sender, int64_t from, int64_t until) {
  plan(until, "sender.resumed", "\"sender\":{\"id\":\"s-%06u\"}", (unsigned)sender);
  pause_sender(sender, from, until);
}

static void plan_anomaly(int day) {
  static const uint32_t suspects[] = {5, 11, 12, 14, 21, 23, 3, 16};
  static uint32_t anomalies;
  bool violation = anomalies % 4 == 1;
  int64_t time = on_day(day, 13) + minutes(0, 200);
  uint32_t id = anomalies++, sender = PICK(suspects);
  plan(time, "anomaly.found",
       "\"anomaly\":{\"id\":\"x-%05u\",\"violation\":%s},\"sender\":{\"id\":\"s-%06u\"}", (unsigned)id,
       violation ? "true" : "false", (unsigned)sender);
  if (!violation) return;
  plan(time + minutes(8, 50), "push.recalled", "\"caused_by\":\"x-%05u\",\"message\":{}", (unsigned)id);
  plan(time + minutes(60, 900), "regulator.notified", "\"caused_by\":\"x-%05u\"", (unsigned)id);
  plan(time + minutes(10, 55) + (id % 3 == 0 ? HOUR_MS : 0), "investigation.opened",
       "\"caused_by\":\"x-%05u\"", (unsigned)id);
  resume(sender, time + 5 * MINUTE_MS, time + minutes(12 * 60, 30 * 60));
}

static void plan_regulator(int turn) {
  int64_t time = on_day(3 + 6 * turn, 10);
  if (turn != 1 && turn != 3)
    plan(time, "regulator.request", "\"request\":{\"id\":\"g-%d\"}", turn);
  else
    plan(time, "regulator.request", "\"request\":{\"id\":\"g-%d\",\"due\":\"2026-09-%02d\"}", turn,
         8 + 6 * turn);
  if (turn % 4 == 3) return;
  plan(time + (1 + 4 * (turn % 3)) * DAY_MS, "regulator.response",
       "\"request\":{\"id\":\"g-%d\",\"status\":\"%s\"}", turn, turn == 2 ? "refused" : "complied");
}

// Of three findings one is put right too late: from then on the sender is suspended.
static void plan_finding(int turn, int64_t time) {
  uint32_t sender = turn % 2 == 0 ? 5 : 14;
  plan(time, "finding.issued", "\"finding\":{\"id\":\"f-%d\"},\"sender\":{\"id\":\"s-%06u\"}", turn,
       (unsigned)sender);
  plan(time + (turn % 3 == 1 ? 18 : 6) * DAY_MS, "rectification.done", "\"finding\":{\"id\":\"f-%d\"}", turn);
  if (turn % 3 == 1) resume(sender, time + 15 * DAY_MS, time + 19 * DAY_MS);
}

#define NOTICE_ITEMS "\"items\":[\"data_kinds\",\"cause\",\"harm\",\"measures\",\"self_help\",\"contact\"]"

static void plan_leak(int turn, int64_t time) {
  plan(time, "leak.found", "\"leak\":{\"id\":\"l-%d\",\"fields\":[\"%s\"],\"affected\":%d}", turn,
       turn % 2 == 0 ? "phone" : "interest", 10 + turn);
  plan(time + (turn == 2 ? 30 : 5) * HOUR_MS, "regulator.notified", "\"caused_by\":\"l-%d\"," NOTICE_ITEMS,
       turn);
  for (int i = 0; i < 10 + turn; i++)
    plan(time + 6 * HOUR_MS + i * MINUTE_MS, "user.notified",
         "\"caused_by\":\"l-%d\"," NOTICE_ITEMS ",\"user\":{\"id\":\"U%06d\"}", turn, 100 * turn + i);
}

static void plan_dispute(int turn, int64_t time) {
  plan(time, "dispute.notified", "\"dispute\":{\"id\":\"d-%d\"}", turn);
  if (turn != 0)
    plan(time + (5 + 7 * turn) * DAY_MS, "negotiation.held", "\"dispute\":{\"id\":\"d-%d\",\"form\":\"%s\"}",
         turn, turn == 3 ? "phone" : "written");
  plan(time + HOUR_MS, "evidence.verified", "\"evidence\":{\"id\":\"v-%d\",\"result\":\"%s\"}", turn,
       turn == 4 ? "forged" : "genuine");
  plan(time + 2 * HOUR_MS, "negotiation.failed", "\"dispute\":{\"id\":\"n-%d\"}", turn);
  if (turn != 1)
    plan(time + 20 * DAY_MS, "arbitration.filed", "\"dispute\":{\"id\":\"n-%d\",\"body\":\"CIETAC\"}", turn);
}

void plan_affairs(void) {
  for (int day = 1; day < DAYS; day += 2) plan_anomaly(day);
  for (int turn = 0; turn < 9; turn++) plan_regulator(turn);
  for (int turn = 0; turn < 6; turn++) {
    int64_t time = on_day(2 + 8 * turn, 14);
    plan_finding(turn, time);
    if (turn % 2 == 0) plan_leak(turn, time + HOUR_MS);
    plan_dispute(turn, time + 2 * HOUR_MS);
  }
}

// Every three days or so the most reckless shop sends something criminal; it is found and looked into.
void plant_crime(struct push *push) {
  static int64_t next = MONTH_MS + 2 * DAY_MS;
  if (push->time < next || push->sender->number != 3 || !push->has_body || push->spoilt) return;
  next += 3 * DAY_MS;
  add_text(push, one_in(2) ? "请共享屏幕办理。" : "代 开 发 票，价格从优。");
  push->spoilt = true;
  plan(push->time + minutes(20, 50), "investigation.opened", "\"caused_by\":\"m-%06u\"",
       (unsigned)push->number);
  plan(push->time + minutes(5, 55), "push.recalled", "\"caused_by\":\"m-%06u\",\"message\":{}",
       (unsigned)push->number);
  plan(push->time + minutes(60, 900), "regulator.notified", "\"caused_by\":\"m-%06u\"",
       (unsigned)push->number);
  resume(push->sender->number, push->time + 15 * MINUTE_MS, push->time + minutes(6 * 60, 20 * 60));
}
