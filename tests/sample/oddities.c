// SPDX-License-Identifier: Apache-2.0
// Single things that go wrong at the platform in a month or before it: records destroyed too early, a leak of
// which nobody is told, an algorithm that is not filed. Each stands for what a month may well have once.
#include "tests/sample/happenings.h"
#include "tests/sample/queue.h"
#include "tests/sample/random.h"

static const struct oddity {
  int day, hour;
  const char *type, *members;
} oddities[] = {
    // Pledges.
    {-62, 9, "instrument.loaded", "\"instrument\":{\"id\":\"L1\",\"work_name\":\"bookfair\"}"},
    {-62, 10, "instrument.loaded", "\"instrument\":{\"id\":\"L2\"}"},
    {-62, 11, "instrument.loaded",
     "\"instrument\":{\"id\":\"L3\",\"phase1_end\":\"2026-10-05\",\"phase2_end\":\"2026-10-15\",\"phase3_"
     "end\":"
     "\"2026-10-20\"}"},
    {-62, 12, "instrument.loaded", "\"instrument\":{\"id\":\"miit_guide\",\"issued_on\":\"2025-06-01\"}"},
    {31, 9, "rulebook.activated", "\"rulebook\":{\"name\":\"caps\",\"version\":\"7\"}"},
    {32, 9, "complaint.upheld", "\"complaint\":{\"id\":\"up-1\"},\"sender\":{\"id\":\"s-000003\"}"},
    {33, 9, "report_abuse.received", "\"complaint\":{\"id\":\"ab-1\",\"topic\":\"push\"}"},
    {34, 9, "arbitration.awarded",
     "\"dispute\":{\"id\":\"dx-1\"},\"award\":{\"id\":\"aw-1\",\"due\":\"2026-10-20\"}"},
    {40, 9, "arbitration.filed", "\"dispute\":{\"id\":\"dx-1\",\"body\":\"上海仲裁委员会\"}"},
    {5, 9, "complaint.received",
     "\"complaint\":{\"id\":\"qx-1\",\"topic\":\"minors\",\"form\":\"written\"},\"user\":{\"id\":"
     "\"U700010\"}"},
    {35, 9, "complaint.received",
     "\"complaint\":{\"id\":\"qx-2\",\"topic\":\"minors\",\"form\":\"online\"},\"user\":{\"id\":"
     "\"U700011\"}"},
    {28, 9, "demand.upheld",
     "\"demand\":{\"id\":\"dx-2\",\"kind\":\"apology\"},\"user\":{\"id\":\"U700012\"}"},
    {24, 9, "demand.upheld",
     "\"demand\":{\"id\":\"dx-3\",\"kind\":\"damages\",\"amount\":50000},\"user\":{\"id\":\"U700013\"}"},
    // Consent.
    {36, 9, "consent.granted",
     "\"user\":{\"id\":\"U700014\"},\"purpose\":\"promo\",\"channel\":\"sms\",\"explicit\":true,"
     "\"prechecked\":true,"
     "\"bundled\":true,\"ui_version\":\"old-3\""},
    {36, 10, "consent.withdrawn", "\"user\":{\"id\":\"U700015\"}"},
    {37, 10, "push.delivered",
     "\"message\":{\"id\":\"after-2\"},\"class\":\"news\",\"user\":{\"id\":\"U700015\"}"},
    {37, 11, "consent.requested",
     "\"user\":{\"id\":\"U700016\"},\"purpose\":\"promo\",\"channel\":\"sms\",\"prechecked\":false,"
     "\"bundled\":false,"
     "\"separate\":true,\"notice\":{\"version\":\"v9\",\"items\":[\"content_type\"]}"},
    {38, 11, "consent.requested",
     "\"user\":{\"id\":\"U700016\"},\"purpose\":\"promo\",\"channel\":\"sms\",\"prechecked\":false,"
     "\"bundled\":false,"
     "\"notice\":{\"version\":\"v4\",\"items\":[\"content_type\",\"frequency\",\"period\"]}"},
    // Staff.
    {32, 10, "staff.assigned", "\"staff\":{\"id\":\"u-p4\",\"post\":\"push\"}"},
    {54, 9, "staff.left", "\"staff\":{\"id\":\"u-c1\"}"},
    {54, 10, "check.done",
     "\"check\":{\"id\":\"k-x1\",\"kind\":\"spot_check\",\"result\":\"good\",\"sample_size\":10,"
     "\"population\":100000}"},
    {31, 10, "audit.finding", "\"finding\":{\"id\":\"af-x\",\"severity\":\"major\"}"},
    {31, 11, "audit.done", "\"audit\":{\"id\":\"au-x\",\"scope\":\"minors\",\"by\":\"auditor\"}"},
    // Personal information.
    {33, 10, "assessment.done", "\"assessment\":{\"target\":\"rec-9\",\"items\":[\"legality\"]}"},
    {34, 10, "data.collected",
     "\"purpose\":\"promo\",\"fields\":[\"interest\",\"religion\"],\"user\":{\"id\":\"U700017\"}"},
    {34, 11, "data.provided",
     "\"purpose\":\"promo\",\"fields\":[\"phone\"],\"recipient\":{\"name\":\"\"},\"user\":{\"id\":"
     "\"U700018\"}"},
    {34, 12, "data.erased", "\"manner\":\"suspended\",\"reason\":\"\",\"user\":{\"id\":\"U700019\"}"},
    {34, 13, "data.accessed",
     "\"staff\":{\"id\":\"u-w2\"},\"user\":{\"id\":\"U700020\",\"group\":\"minor\"},\"approved_by\":\"u-"
     "w2\""},
    {35, 10, "record.destroyed",
     "\"record\":{\"kind\":\"network_log\",\"made\":\"2026-08-01T00:00:00+08:00\"}"},
    {35, 11, "record.destroyed",
     "\"record\":{\"kind\":\"assessment\",\"made\":\"2025-08-01T00:00:00+08:00\"}"},
    {35, 12, "record.destroyed", "\"record\":{\"kind\":\"content\",\"made\":\"2026-09-10T00:00:00+08:00\"}"},
    {35, 13, "record.destroyed",
     "\"record\":{\"kind\":\"ad_archive\",\"made\":\"2025-09-10T00:00:00+08:00\"}"},
    {35, 14, "record.destroyed", "\"record\":{\"kind\":\"consent\",\"made\":\"2026-09-10T00:00:00+08:00\"}"},
    {36, 11, "leak.found",
     "\"leak\":{\"id\":\"lx-1\",\"affected\":40,\"minors\":true,\"fields\":[\"phone\"]}"},
    {39, 11, "leak.found", "\"leak\":{\"id\":\"lx-2\",\"affected\":9,\"fields\":[\"phone\"]}"},
    {39, 13, "regulator.notified", "\"caused_by\":\"lx-2\",\"items\":[\"data_kinds\"]"},
    {39, 14, "user.notified", "\"caused_by\":\"lx-2\",\"items\":[],\"user\":{\"id\":\"U700021\"}"},
    // Content and senders.
    {37, 9, "anomaly.found", "\"anomaly\":{\"id\":\"ax-1\",\"violation\":true}"},
    {37, 12, "sender.suspended", "\"sender\":{\"id\":\"s-000990\"},\"reason\":\"\""},
    // Algorithms.
    {-5, 9, "algorithm.changed", "\"algo\":{\"id\":\"rec-8\"},\"step\":\"retired\""},
    {31, 12, "algorithm.changed", "\"algo\":{\"id\":\"rec-9\"},\"step\":\"launched\""},
    {31, 13, "document.published",
     "\"document\":{\"kind\":\"algo_notice\",\"version\":\"v1\",\"sections\":[\"principle\"],\"url\":\"\"},"
     "\"algo\":{"
     "\"id\":\"rec-7\"}"},
    {33, 12, "algorithm.changed", "\"algo\":{\"id\":\"rec-7\"},\"step\":\"changed\""},
    {38, 9, "user.tagged", "\"tag\":\"网赌爱好者\",\"user\":{\"id\":\"U700022\"}"},
};

void plan_oddities(void) {
  for (size_t i = 0; i < COUNT_OF(oddities); i++)
    plan(on_day(oddities[i].day, oddities[i].hour), oddities[i].type, "%s", oddities[i].members);
}
