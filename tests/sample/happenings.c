// SPDX-License-Identifier: Apache-2.0
// Makes up what happens around the pushes and keeps it in order of time until it is printed. Like the pushes
// it goes well most of the time; now and then a check is left out, a complaint is answered late, a letter of
// a regulator not at all. Random numbers of its own: the pushes are the same with it and without it.
#include "tests/sample/happenings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAYS 60
#define MINUTE_MS INT64_C(60000)
#define MEMBERS_SIZE 200

struct happening {
  int64_t time;
  uint32_t number;  // order among those of the same instant, and part of the identity
  const char *type;
  char members[MEMBERS_SIZE];
};

// ---- the queue: a binary heap, the first one on top ----
static struct happening *queue;
static size_t queued, room;
static uint32_t numbers;

static bool is_before(const struct happening *a, const struct happening *b) {
  return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static void swap(size_t a, size_t b) {
  struct happening kept = queue[a];
  queue[a] = queue[b];
  queue[b] = kept;
}

// Adds a happening; `format` and what follows are its members beside type, id and time.
static void plan(int64_t time, const char *type, const char *format, ...) {
  if (queued == room) {
    room = room == 0 ? 1024 : 2 * room;
    queue = realloc(queue, room * sizeof *queue);
    if (queue == NULL) abort();
  }
  struct happening *made = &queue[queued];
  *made = (struct happening){.time = time, .number = numbers++, .type = type};
  va_list args;
  va_start(args, format);
  vsnprintf(made->members, sizeof made->members, format, args);
  va_end(args);
  for (size_t at = queued++; at > 0 && is_before(&queue[at], &queue[(at - 1) / 2]); at = (at - 1) / 2)
    swap(at, (at - 1) / 2);
}

static void drop_first(void) {
  queue[0] = queue[--queued];
  for (size_t at = 0;;) {
    size_t least = at;
    for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < queued; child++)
      if (is_before(&queue[child], &queue[least])) least = child;
    if (least == at) return;
    swap(at, least);
    at = least;
  }
}

bool print_happening(int64_t time) {
  if (queued == 0 || queue[0].time > time) return false;
  char when[40];
  format_time(when, queue[0].time, 8);
  printf("{\"type\":\"%s\",\"id\":\"h-%06" PRIu32 "\",\"time\":\"%s\",%s}\n", queue[0].type, queue[0].number,
         when, queue[0].members);
  drop_first();
  return true;
}

// ---- random numbers ----
static uint64_t random_state = 20250901;

static uint32_t below(uint32_t n) {
  return (uint32_t)((scramble(random_state += UINT64_C(0x9e3779b97f4a7c15)) >> 32) * n >> 32);
}

static bool one_in(uint32_t n) {
  return below(n) == 0;
}

static int64_t minutes(uint32_t least, uint32_t most) {
  return (int64_t)(least + below(most - least)) * MINUTE_MS;
}

static int64_t on_day(int day, int hour) {
  return START_MS + day * DAY_MS + hour * HOUR_MS;
}

// ---- what the platform does by itself ----
static void plan_check(int64_t time, const char *kind, const char *result) {
  plan(time, "check.done", "\"check\":{\"id\":\"k-%05" PRIu32 "\",\"kind\":\"%s\",\"result\":\"%s\"}",
       numbers, kind, result);
}

static void plan_day(int day) {
  if (day != 12 && day != 20 && day != 27) plan_check(on_day(day, 9) + minutes(0, 60), "safety", "good");
  if (!one_in(25)) plan_check(on_day(day, 11) + minutes(0, 60), "anomaly", "good");
  if (one_in(25)) return;
  bool excess = one_in(6);
  int64_t time = on_day(day, 10) + minutes(0, 60);
  uint32_t check = numbers;
  plan_check(time, "frequency", excess ? "excess" : "good");
  if (excess && !one_in(5))
    plan(time + minutes(60, 28 * 60), "policy.changed", "\"caused_by\":\"k-%05" PRIu32 "\"", check);
}

static void plan_report(int64_t time, const char *kind, const char *sections) {
  plan(time, "report.published", "\"report\":{\"kind\":\"%s\",\"sections\":[%s]}", kind, sections);
}

// Quarter 3 has its rules and data published, not its spending; its compliance report comes in October, at
// first incomplete, then a day too late. July and September are assessed, August is not.
static void plan_calendar(void) {
  for (int month = 0; month < 2; month++) plan_check(on_day(-50 + 63 * month, 15), "compliance", "good");
  plan_report(on_day(20, 15), "rules", "\"caps\"");
  plan_report(on_day(21, 15), "data", "\"volume\"");
  plan_report(on_day(39, 15), "compliance", "\"volume\",\"breaches\"");
  plan_report(on_day(58, 15), "compliance", "\"volume\",\"breaches\",\"complaints\",\"remedies\"");
  plan(on_day(5, 10), "attestation.filed", "\"attestation\":{\"control\":\"encryption_at_rest\"}");
}

static void plan_staff(void) {
  static const char *const reviewers[] = {"u-r1", "u-r2", "u-r3"};
  for (size_t i = 0; i < COUNT_OF(reviewers); i++) {
    plan(on_day(-60, 9), "staff.assigned", "\"staff\":{\"id\":\"%s\",\"post\":\"push\"}", reviewers[i]);
    plan(on_day(-59, 9), "qualification.granted", "\"staff\":{\"id\":\"%s\"},\"skill\":\"content_reviewer\"",
         reviewers[i]);
    plan(on_day(-30 + 20 * (int)i, 9), "training.completed", "\"staff\":{\"id\":\"%s\"},\"topic\":\"law\"",
         reviewers[i]);
  }
  // One of them is not qualified for two days.
  plan(on_day(50, 0), "qualification.expired", "\"staff\":{\"id\":\"u-r3\"},\"skill\":\"content_reviewer\"");
  plan(on_day(52, 0), "qualification.granted", "\"staff\":{\"id\":\"u-r3\"},\"skill\":\"content_reviewer\"");
  plan(on_day(55, 9), "staff.left", "\"staff\":{\"id\":\"u-a5\"}");
  plan(on_day(55, 10), "staff.reassigned", "\"staff\":{\"id\":\"u-r2\",\"post\":\"push\"}");
}

// A monitor that beats every four minutes for some hours, twice, and then is silent.
static void plan_monitoring(void) {
  for (int day = 10; day <= 40; day += 30)
    for (int beat = 0; beat < 60; beat++)
      plan(on_day(day, 12) + beat * 4 * MINUTE_MS, "monitor.heartbeat", "\"monitor\":{\"id\":\"mon-1\"}");
  for (int day = 0; day < DAYS; day++)
    for (int hour = 0; hour < 24; hour += 6)
      for (int turn = 0; turn < (day % 20 == 13 && hour == 12 ? 3 : 1); turn++)
        plan(on_day(day, hour) + turn * 15 * MINUTE_MS, "channel.probe",
             "\"probe\":{\"target\":\"hotline\",\"ok\":%s}", day % 20 == 13 && hour == 12 ? "false" : "true");
}

// ---- complaints ----
static void plan_answer(uint32_t id, int64_t answer) {
  plan(answer, "complaint.answered", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}", id);
  if (one_in(40))
    for (int turn = 1; turn <= 2; turn++)
      plan(answer + turn * 2 * DAY_MS, "complaint.reopened", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}",
           id);
  if (one_in(30)) return;
  plan(answer + minutes(60, 16 * 24 * 60), "complaint.closed",
       "\"complaint\":{\"id\":\"q-%05" PRIu32 "\",\"resolution\":\"%s\"}", id,
       one_in(25) ? "none" : "remedied");
}

static void plan_complaint(uint32_t id, int64_t time) {
  static const char *const topics[] = {"push", "push", "push", "push", "billing"};
  plan(time, "complaint.received",
       "\"complaint\":{\"id\":\"q-%05" PRIu32
       "\",\"topic\":\"%s\",\"form\":\"%s\"},\"user\":{\"id\":\"U%06" PRIu32 "\"}",
       id, topics[below((uint32_t)COUNT_OF(topics))], one_in(6) ? "written" : "online", below(4000));
  if (one_in(25)) {
    plan(time + minutes(30, 60 * 60), "complaint.withdrawn", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}",
         id);
    return;
  }
  int64_t answer = time + minutes(4 * 60, one_in(12) ? 90 * 60 : 70 * 60);
  if (!one_in(30))
    plan(time + minutes(10, one_in(15) ? 30 * 60 : 20 * 60), "complaint.acknowledged",
         "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}", id);
  for (int turn = 0; turn < 2 && one_in(8); turn++) {
    int64_t from = time + (3 + 30 * turn) * HOUR_MS, until = from + minutes(60, 24 * 60);
    plan(from, "complaint.suspended", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}", id);
    plan(until, "complaint.resumed", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}", id);
    answer += one_in(2) ? until - from : 0;
  }
  if (!one_in(40)) plan_answer(id, answer);
}

// ---- anomalies, regulators, findings, leaks, disputes ----
static void plan_anomaly(int day) {
  bool violation = one_in(3);
  int64_t time = on_day(day, 13) + minutes(0, 200);
  uint32_t id = numbers, sender = 10 + below(4);
  plan(time, "anomaly.found",
       "\"anomaly\":{\"id\":\"x-%05" PRIu32 "\",\"violation\":%s},\"sender\":{\"id\":\"s-%06" PRIu32 "\"}",
       id, violation ? "true" : "false", sender);
  if (!violation) return;
  plan(time + minutes(10, 70), "investigation.opened", "\"caused_by\":\"x-%05" PRIu32 "\"", id);
  plan(time + minutes(12 * 60, 30 * 60), "sender.resumed", "\"sender\":{\"id\":\"s-%06" PRIu32 "\"}", sender);
}

static void plan_regulator(int turn) {
  int64_t time = on_day(3 + 6 * turn, 10);
  if (turn != 1 && turn != 3)
    plan(time, "regulator.request", "\"request\":{\"id\":\"g-%d\"}", turn);
  else
    plan(time, "regulator.request", "\"request\":{\"id\":\"g-%d\",\"due\":\"2025-09-%02d\"}", turn,
         8 + 6 * turn);
  if (turn % 4 == 3) return;
  plan(time + (1 + 4 * (turn % 3)) * DAY_MS, "regulator.response",
       "\"request\":{\"id\":\"g-%d\",\"status\":\"%s\"}", turn, turn == 2 ? "refused" : "complied");
}

static void plan_affairs(int turn) {
  int64_t time = on_day(2 + 8 * turn, 14);
  plan(time, "finding.issued", "\"finding\":{\"id\":\"f-%d\"},\"sender\":{\"id\":\"s-%06d\"}", turn,
       14 + turn % 2);
  plan(time + (turn % 3 == 1 ? 18 : 6) * DAY_MS, "rectification.done", "\"finding\":{\"id\":\"f-%d\"}", turn);
  if (turn % 3 == 1)  // too late: until this the sender is suspended
    plan(time + 19 * DAY_MS, "sender.resumed", "\"sender\":{\"id\":\"s-%06d\"}", 14 + turn % 2);
  plan(time + HOUR_MS, "leak.found", "\"leak\":{\"id\":\"l-%d\",\"fields\":[\"%s\"],\"affected\":%d}", turn,
       turn % 2 == 0 ? "phone" : "interest", 10 + turn);
  plan(time + HOUR_MS + (turn == 2 ? 30 : 5) * HOUR_MS, "regulator.notified", "\"caused_by\":\"l-%d\"", turn);
  plan(time + 2 * HOUR_MS, "dispute.notified", "\"dispute\":{\"id\":\"d-%d\"}", turn);
  if (turn != 0)
    plan(time + (5 + 7 * turn) * DAY_MS, "negotiation.held", "\"dispute\":{\"id\":\"d-%d\",\"form\":\"%s\"}",
         turn, turn == 3 ? "phone" : "written");
  plan(time + 3 * HOUR_MS, "evidence.verified", "\"evidence\":{\"id\":\"v-%d\",\"result\":\"%s\"}", turn,
       turn == 4 ? "forged" : "genuine");
  plan(time + 4 * HOUR_MS, "negotiation.failed", "\"dispute\":{\"id\":\"n-%d\"}", turn);
  if (turn != 1)
    plan(time + 20 * DAY_MS, "arbitration.filed", "\"dispute\":{\"id\":\"n-%d\",\"body\":\"CIETAC\"}", turn);
}

// ---- consent ----
static void plan_consents(int day) {
  for (uint32_t i = 0; i < 6; i++) {
    uint32_t user = 500000 + (uint32_t)day * 10 + i;  // nobody to whom anything is sent
    int64_t time = on_day(day, 8) + minutes(0, 600);
    plan(time, "consent.withdraw_requested", "\"user\":{\"id\":\"U%06" PRIu32 "\"}", user);
    if (!one_in(50))
      plan(time + (one_in(20) ? 2 : 0) * MINUTE_MS + (int64_t)below(40000), "consent.withdrawn",
           "\"user\":{\"id\":\"U%06" PRIu32 "\"}", user);
  }
  plan(on_day(day, 9), "data.collected", "\"user\":{\"id\":\"U%06d\"},\"fields\":[\"%s\"]", 600000 + day,
       day % 9 == 4 ? "phone" : "interest");
}

// Twelve messages to one user within a working week, none of which was released: two above the weekly cap,
// then a written complaint; and three of another sender.
static void plan_flood(void) {
  for (int i = 0; i < 13; i++)
    plan(on_day(14 + i / 3, 10 + i % 3), "push.sent",
         "\"message\":{\"id\":\"flood-%d\"},\"sender\":{\"id\":\"s-000016\"},\"class\":\"commercial_ad\","
         "\"user\":{"
         "\"id\":\"U700000\"}",
         i);
  plan(on_day(30, 10), "complaint.received",
       "\"complaint\":{\"id\":\"flood\",\"topic\":\"push\",\"form\":\"written\"},\"user\":{\"id\":"
       "\"U700000\"}");
  plan(on_day(20, 10), "sender.resumed", "\"sender\":{\"id\":\"s-000016\"}");
}

void plan_happenings(void) {
  // Before the letters are in force, so that their first day is a whole one.
  plan(on_day(-PRELUDE_DAYS, 12), "document.published",
       "\"document\":{\"kind\":\"review_policy\",\"version\":\"1\"}");
  for (int day = 1 - PRELUDE_DAYS; day < DAYS; day++) plan_day(day);
  plan_calendar();
  plan_staff();
  plan_monitoring();
  for (uint32_t id = 0; id < 1200; id++) plan_complaint(id, on_day((int)(id / 20), 7) + minutes(0, 900));
  for (int day = 1; day < DAYS; day += 2) plan_anomaly(day);
  for (int turn = 0; turn < 9; turn++) plan_regulator(turn);
  for (int turn = 0; turn < 6; turn++) plan_affairs(turn);
  for (int day = 0; day < DAYS; day++) plan_consents(day);
  plan_flood();
}

// ---- what depends on a push ----
static bool is_cleared(const struct push *push) {
  return push->class == NOTICE || push->class == TRADE || push->class == SECURITY || push->class == DISPATCH;
}

// Reported now and then of any push, often of an advertisement that was not labelled or promised too much;
// its sender is suspended for a day when it turns out so.
static void plan_harm(const struct push *push) {
  bool doubtful = push->class == AD && (push->labels == NULL || strstr(push->body, "稳赚") != NULL);
  if (!one_in(doubtful ? 4 : 2000)) return;
  int64_t time = push->time + minutes(60, 5 * 24 * 60);
  plan(time, "harm.reported",
       "\"message\":{\"id\":\"m-%06" PRIu32 "\"},\"sender\":{\"id\":\"s-%06" PRIu32
       "\"},\"harm\":{\"property_loss\":%d},\"user\":{\"id\":\"U%06" PRIu32 "\"}",
       push->number, push->number % SENDERS, one_in(3) ? 0 : 5000, push->user.number);
  if (doubtful)
    plan(time + DAY_MS, "sender.resumed", "\"sender\":{\"id\":\"s-%06" PRIu32 "\"}", push->number % SENDERS);
}

void plan_after_push(const struct push *push) {
  if (one_in(is_cleared(push) ? 3 : 60))
    plan(push->time + 1000 + (int64_t)below(30000), "push.sent",
         "\"message\":{\"id\":\"m-%06" PRIu32 "\",\"content_hash\":\"%016" PRIx64
         "\"},\"sender\":{\"id\":\"s-%06" PRIu32
         "\"},\"class\":\"%s\",\"essential\":%s,\"user\":{\"id\":\"U%06" PRIu32 "\"}",
         push->number, scramble(push->number + 1), push->number % SENDERS,
         push->class == AD ? "commercial_ad" : "transactional", is_cleared(push) ? "true" : "false",
         push->user.number);
  plan_harm(push);
  // A rumour that had been sent some minutes ago.
  if (!one_in(9000)) return;
  uint64_t hash = scramble(push->number + 1);
  int64_t listed = push->time + HOUR_MS;
  plan(push->time + 45000, "push.sent",
       "\"message\":{\"id\":\"m-%06" PRIu32 "\",\"content_hash\":\"%016" PRIx64
       "\"},\"class\":\"social\",\"user\":{\"id\":\"U%06" PRIu32 "\"}",
       push->number, hash, push->user.number);
  plan(listed, "rumor.listed", "\"content_hash\":\"%016" PRIx64 "\"", hash);
  plan(listed + (numbers % 2 == 0 ? 5 : 30) * HOUR_MS, "push.recalled",
       "\"message\":{\"content_hash\":\"%016" PRIx64 "\"}", hash);
}

void plant_crime(struct push *push) {
  static int64_t next = START_MS + 4 * DAY_MS;
  if (push->time < next || push->number % SENDERS != 3 || !push->has_body) return;
  next += 9 * DAY_MS;
  snprintf(push->body + strlen(push->body), sizeof push->body - strlen(push->body), "%s",
           one_in(2) ? "请共享屏幕办理。" : "代 开 发 票，价格从优。");
  plan(push->time + minutes(20, 50), "investigation.opened", "\"caused_by\":\"m-%06" PRIu32 "\"",
       push->number);
  plan(push->time + minutes(6 * 60, 20 * 60), "sender.resumed", "\"sender\":{\"id\":\"s-000003\"}");
}
