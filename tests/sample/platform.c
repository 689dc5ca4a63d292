// SPDX-License-Identifier: Apache-2.0
// What the platform does by itself: checks, reports, documents, staff, monitoring. It goes well most of the
// time; now and then a check is left out or a report comes too late.
#include "tests/sample/happenings.h"
#include "tests/sample/queue.h"
#include "tests/sample/random.h"

int64_t on_day(int day, int hour) {
  return START_MS + day * DAY_MS + hour * HOUR_MS;
}

static int64_t minutes(uint32_t least, uint32_t most) {
  return (int64_t)between(least, most) * MINUTE_MS;
}

static void plan_check(int64_t time, uint32_t id, const char *kind, const char *result) {
  plan(time, "check.done", "\"check\":{\"id\":\"k-%05u\",\"kind\":\"%s\",\"result\":\"%s\"}", (unsigned)id,
       kind, result);
}

static void plan_day(int day) {
  static uint32_t checks;
  if (day != 12 && day != 20 && day != 27 && day != 44)
    plan_check(on_day(day, 9) + minutes(0, 60), checks++, "safety", "good");
  if (day != 8 && day != 47) plan_check(on_day(day, 11) + minutes(0, 60), checks++, "anomaly", "good");
  if (day == 15 || day == 49) return;
  bool excess = one_in(6);
  int64_t time = on_day(day, 10) + minutes(0, 60);
  uint32_t check = checks++;
  plan_check(time, check, "frequency", excess ? "excess" : "good");
  if (excess && !one_in(5))
    plan(time + minutes(60, 26 * 60), "policy.changed", "\"caused_by\":\"k-%05u\"", (unsigned)check);
}

static void plan_report(int64_t time, const char *kind, const char *sections) {
  plan(time, "report.published", "\"report\":{\"kind\":\"%s\",\"sections\":[%s]}", kind, sections);
}

static void plan_document(int64_t time, const char *kind, const char *version) {
  plan(time, "document.published", "\"document\":{\"kind\":\"%s\",\"version\":\"%s\"}", kind, version);
}

// Quarter 3 has its rules and data published, not its spending; its compliance report comes in October, at
// first incomplete, then a day too late. July and September are assessed, August is not.
static void plan_calendar(void) {
  for (int month = 0; month < 2; month++)
    plan_check(on_day(-50 + 63 * month, 15), 90000 + (uint32_t)month, "compliance", "good");
  plan_check(on_day(56, 15), 90002, "compliance", "good");
  plan_report(on_day(20, 15), "rules", "\"caps\"");
  plan_report(on_day(21, 15), "data", "\"volume\"");
  plan_report(on_day(22, 15), "data_use", "\"purposes\"");
  plan_report(on_day(23, 15), "complaint_process", "\"steps\"");
  plan_report(on_day(39, 15), "compliance", "\"volume\",\"breaches\"");
  plan_report(on_day(58, 15), "compliance", "\"volume\",\"breaches\",\"complaints\",\"remedies\"");
  plan(on_day(5, 10), "attestation.filed", "\"attestation\":{\"control\":\"encryption_at_rest\"}");
}

// Before the pledges look at anything, so that their first day is a whole one.
static void plan_documents(void) {
  static const char *const kinds[] = {"review_policy",  "push_policy", "manual",
                                      "privacy_policy", "algo_notice", "complaint_channel"};
  for (size_t i = 0; i < COUNT_OF(kinds); i++)
    plan_document(on_day(-PRELUDE_DAYS, 12) + (int64_t)i * MINUTE_MS, kinds[i], "v4");
}

static void plan_staff(void) {
  static const char *const reviewers[] = {"u-r1", "u-r2", "u-r3"};
  for (int i = 0; i < (int)COUNT_OF(reviewers); i++) {
    plan(on_day(-60, 9), "staff.assigned", "\"staff\":{\"id\":\"%s\",\"post\":\"push\"}", reviewers[i]);
    plan(on_day(-59, 9), "qualification.granted", "\"staff\":{\"id\":\"%s\"},\"skill\":\"content_reviewer\"",
         reviewers[i]);
    plan(on_day(-30 + 20 * i, 9), "training.completed", "\"staff\":{\"id\":\"%s\"},\"topic\":\"law\"",
         reviewers[i]);
  }
  // One of them is not qualified for two days.
  plan(on_day(50, 0), "qualification.expired", "\"staff\":{\"id\":\"u-r3\"},\"skill\":\"content_reviewer\"");
  plan(on_day(52, 0), "qualification.granted", "\"staff\":{\"id\":\"u-r3\"},\"skill\":\"content_reviewer\"");
  plan(on_day(55, 9), "staff.left", "\"staff\":{\"id\":\"u-w5\"}");
  plan(on_day(55, 10), "staff.reassigned", "\"staff\":{\"id\":\"u-r2\",\"post\":\"push\"}");
}

// In the last week a monitor beats every four minutes and is silent twice; the hotline is tried four times a
// day and cannot be reached on one afternoon in twenty.
static void plan_monitoring(void) {
  for (int beat = 0; beat < 6 * 360; beat++)
    if (beat % 900 < 890)
      plan(on_day(54, 12) + beat * 4 * MINUTE_MS, "monitor.heartbeat", "\"monitor\":{\"id\":\"mon-1\"}");
  for (int day = 0; day < DAYS; day++)
    for (int hour = 0; hour < 24; hour += 6) {
      bool down = day % 20 == 13 && hour == 12;
      for (int turn = 0; turn < (down ? 3 : 1); turn++)
        plan(on_day(day, hour) + turn * 15 * MINUTE_MS, "channel.probe",
             "\"probe\":{\"target\":\"hotline\",\"ok\":%s}", down ? "false" : "true");
    }
}

void plan_platform(void) {
  plan_documents();
  for (int day = 1 - PRELUDE_DAYS; day < DAYS; day++) plan_day(day);
  plan_calendar();
  plan_staff();
  plan_monitoring();
}
