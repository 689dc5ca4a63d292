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

// Quarter 3 has its rules and data published, not its spending, nor how complaints go, and no risk is looked
// for; its compliance report comes in October, at first incomplete, then a day too late. July and September
// are assessed, August is not.
static void plan_calendar(void) {
  for (int month = 0; month < 2; month++)
    plan_check(on_day(-50 + 63 * month, 15), 90000 + (uint32_t)month, "compliance", "good");
  plan_check(on_day(56, 15), 90002, "compliance", "good");
  plan_report(on_day(20, 15), "rules", "\"other\"");
  plan_report(on_day(21, 15), "data", "\"volume\"");
  plan_report(on_day(22, 15), "data_use", "\"other\"");
  plan_report(on_day(39, 15), "compliance", "\"volume\",\"breaches\"");
  plan_report(on_day(58, 15), "compliance", "\"volume\",\"breaches\",\"complaints\",\"remedies\"");
  plan_check(on_day(40, 15), 90004, "risk", "high");
  plan(on_day(46, 15), "mitigation.opened", "\"caused_by\":\"k-90004\"");
  for (int day = -52; day < DAYS; day += 31) {
    if (day == 10) continue;  // September is forgotten
    plan(on_day(day, 16), "check.done",
         "\"check\":{\"id\":\"k-9001%d\",\"kind\":\"spot_check\",\"result\":\"good\",\"sample_size\":2000,"
         "\"population\":110000}",
         (day + 52) / 31);
  }
  plan(on_day(45, 10), "survey.done", "\"survey\":{\"id\":\"sv-1\",\"answers\":812}");
  plan(on_day(48, 10), "audit.done", "\"audit\":{\"id\":\"au-1\",\"by\":\"auditor\",\"independent\":true}");
  plan(on_day(48, 11), "audit.finding", "\"finding\":{\"id\":\"af-1\",\"severity\":\"minor\"}");
  plan(on_day(55, 11), "rectification.done", "\"finding\":{\"id\":\"af-1\"}");
}

// Before the pledges look at anything, so that their first day is a whole one.
static void plan_documents(void) {
  static const char *const kinds[] = {"review_policy",  "push_policy",     "manual",
                                      "privacy_policy", "children_policy", "complaint_channel"};
  for (size_t i = 0; i < COUNT_OF(kinds); i++)
    plan_document(on_day(-PRELUDE_DAYS, 12) + (int64_t)i * MINUTE_MS, kinds[i], "v4");
}

// What is vouched for; access control is forgotten.
static void plan_attestations(void) {
  static const char *const controls[] = {"encryption_at_rest", "leak_protection", "privacy_safeguards",
                                         "algo_governance",    "tag_removal",     "task_group"};
  for (size_t i = 0; i < COUNT_OF(controls); i++)
    for (int day = -40; day < DAYS; day += 80)
      plan(on_day(day, 10) + (int64_t)i * MINUTE_MS, "attestation.filed",
           "\"attestation\":{\"control\":\"%s\",\"valid_until\":\"2027-06-30\"}", controls[i]);
}

// The algorithm that all recommendations come from.
static void plan_algorithm(void) {
  plan(on_day(-30, 9), "assessment.done",
       "\"assessment\":{\"target\":\"rec-2\",\"items\":[\"legality\",\"impact\",\"safeguards\",\"addiction\","
       "\"overspending\",\"security_risk\"]}");
  plan(on_day(-29, 9), "document.published",
       "\"document\":{\"kind\":\"algo_notice\",\"version\":\"v2\",\"sections\":[\"principle\",\"purpose\","
       "\"mechanism\"],\"url\":\"https://bookfair.example/rec-2\"},\"algo\":{\"id\":\"rec-2\"}");
  plan(on_day(-28, 9), "algorithm.changed", "\"algo\":{\"id\":\"rec-2\"},\"step\":\"launched\"");
  plan(on_day(-20, 9), "algorithm.filed", "\"algo\":{\"id\":\"rec-2\"},\"step\":\"launched\"");
}

static void plan_staff(void) {
  static const char *const reviewers[] = {"u-r1", "u-r2", "u-r3"};
  for (int i = 0; i < (int)COUNT_OF(reviewers); i++) {
    plan(on_day(-60, 9), "staff.assigned", "\"staff\":{\"id\":\"%s\",\"post\":\"push\"}", reviewers[i]);
    plan(on_day(-59, 9), "qualification.granted", "\"staff\":{\"id\":\"%s\"},\"skill\":\"content_reviewer\"",
         reviewers[i]);
    static const char *const topics[] = {"compliance", "privacy", "push_compliance"};
    for (size_t topic = 0; topic < COUNT_OF(topics); topic++)
      plan(on_day(-30 + 20 * i, 9 + (int)topic), "training.completed",
           "\"staff\":{\"id\":\"%s\"},\"topic\":\"%s\"", reviewers[i], topics[topic]);
  }
  for (int i = 0; i < 2; i++) {
    plan(on_day(-60, 10), "staff.assigned", "\"staff\":{\"id\":\"u-c%d\",\"post\":\"compliance\"}", i);
    plan(on_day(-59, 10), "qualification.granted", "\"staff\":{\"id\":\"u-c%d\"},\"skill\":\"compliance\"",
         i);
    plan(on_day(-50, 10), "training.completed", "\"staff\":{\"id\":\"u-c%d\"},\"topic\":\"compliance\"", i);
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
  plan_attestations();
  plan_algorithm();
  plan_staff();
  plan_monitoring();
  plan_oddities();
}
