// SPDX-License-Identifier: Apache-2.0
// What users do: they agree and take it back, read or pass over what they get, complain and are answered.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/sample/happenings.h"
#include "tests/sample/queue.h"
#include "tests/sample/random.h"

static int64_t minutes(uint32_t least, uint32_t most) {
  return (int64_t)between(least, most) * MINUTE_MS;
}

// ---- consent ----
static const char *const consent_channels[] = {"app_push", "app_push", "sms", "email", "inapp"};

// Asked for one purpose on one channel, and mostly given; a text message is asked for once only.
static void plan_consent(int64_t time) {
  static const enum push_class classes[] = {AD, AD, NEWS, SOCIAL, PUBLIC, NOTICE};
  static bool asked_for_texts[USERS], refused[USERS][CLASSES];
  uint32_t user = below(USERS);
  enum push_class class = PICK(classes);
  const char *channel = PICK(consent_channels);
  if (has_left(user)) return;
  // Who has said no is hardly asked again.
  if ((refused[user][class] || has_refused(user, class)) && !one_in(20)) return;
  if (strcmp(channel, "sms") == 0) {
    if (asked_for_texts[user] && !one_in(20)) return;
    asked_for_texts[user] = true;
  }
  const bool brief = one_in(40), bundled = one_in(80), prechecked = one_in(60);
  plan(time, "consent.requested",
       "\"user\":{\"id\":\"U%06" PRIu32
       "\"},\"purpose\":\"%s\",\"channel\":\"%s\",\"prechecked\":%s,\"bundled\":%s,"
       "\"notice\":{\"version\":\"v4\",\"items\":[\"purpose\",\"scope\",\"manner\",\"content_type\","
       "\"frequency\"%s]}",
       user, purpose_of(class), channel, prechecked ? "true" : "false", bundled ? "true" : "false",
       brief ? "" : ",\"period\",\"handler\",\"contact\",\"data_kinds\",\"retention\",\"rights\"");
  if (one_in(4)) {
    refused[user][class] = true;
    plan(time + 20000, "consent.refused",
         "\"user\":{\"id\":\"U%06" PRIu32 "\"},\"purpose\":\"%s\",\"channel\":\"%s\"", user,
         purpose_of(class), channel);
    return;
  }
  int64_t given = time + 5000 + (int64_t)below(120000);
  const bool has_proof = !one_in(120), has_method = !one_in(120);
  plan(given, "consent.granted",
       "\"user\":{\"id\":\"U%06" PRIu32
       "\"},\"purpose\":\"%s\",\"channel\":\"%s\",\"explicit\":true,"
       "\"prechecked\":false,\"bundled\":false,\"ui_version\":\"std-1\"%s%s",
       user, purpose_of(class), channel, has_method ? ",\"method\":\"in_app_switch\"" : "",
       has_proof ? ",\"proof_id\":\"p-1\"" : "");
  remember_grant(user, class, given);
}

// Of everything, or of one purpose; done within a minute, mostly. Everybody asks once.
static void plan_withdrawal(int64_t time) {
  static const enum push_class classes[] = {AD, AD, NEWS, SOCIAL};
  static bool asked[USERS];
  uint32_t user = below(USERS);
  enum push_class class = one_in(3) ? CLASSES : PICK(classes);
  char purpose[40] = "";
  if (asked[user]) return;
  asked[user] = true;
  if (class != CLASSES) snprintf(purpose, sizeof purpose, ",\"purpose\":\"%s\"", purpose_of(class));
  plan(time, "consent.withdraw_requested", "\"user\":{\"id\":\"U%06" PRIu32 "\"}%s", user, purpose);
  remember_withdrawal(user, class);
  if (one_in(80)) return;
  const int64_t late = one_in(30) ? 2 * MINUTE_MS : 0, done = time + late + (int64_t)below(40000);
  if (one_in(8)) delay_next(minutes(1, 8));
  plan(done, "consent.withdrawn", "\"user\":{\"id\":\"U%06" PRIu32 "\"}%s", user, purpose);
  if (!one_in(60))
    plan(done + minutes(60, 9 * 24 * 60), "data.erased",
         "\"manner\":\"deleted\",\"user\":{\"id\":\"U%06" PRIu32 "\"}", user);
}

static void plan_collection(int64_t time) {
  const char *field = one_in(40) ? "phone" : "interest";
  plan(time, "data.collected", "\"user\":{\"id\":\"U%06" PRIu32 "\"},\"fields\":[\"%s\"]",
       USERS + below(USERS), field);
}

void plan_reader(int64_t time) {
  switch (below(8)) {
    case 0:
    case 1:
      plan_withdrawal(time);
      break;
    case 2:
      plan_collection(time);
      break;
    default:
      plan_consent(time);
      break;
  }
}

// ---- complaints ----
static void plan_answer(uint32_t id, int64_t answer) {
  plan(answer, "complaint.answered", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}", id);
  if (one_in(40))
    for (int turn = 1; turn <= 2; turn++)
      plan(answer + turn * 2 * DAY_MS, "complaint.reopened", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}",
           id);
  if (one_in(40)) return;
  const bool unsettled = one_in(30);
  plan(answer + minutes(60, one_in(20) ? 20 * 24 * 60 : 9 * 24 * 60), "complaint.closed",
       "\"complaint\":{\"id\":\"q-%05" PRIu32 "\",\"resolution\":\"%s\"}", id,
       unsettled ? "none" : "remedied");
}

static void plan_complaint(int64_t time, uint32_t user, const struct push *about) {
  static const char *const topics[] = {"push", "push", "push", "push", "billing"};
  static uint32_t complaints;
  uint32_t id = complaints++;
  char cause[80] = "";
  if (about != NULL)
    snprintf(cause, sizeof cause,
             ",\"message\":{\"id\":\"m-%06" PRIu32 "\"},\"sender\":{\"id\":\"s-%06" PRIu32 "\"}",
             about->number, about->sender->number);
  const bool from_hotline = one_in(12), written = one_in(6);
  plan(time, "complaint.received",
       "\"complaint\":{\"id\":\"q-%05" PRIu32
       "\",\"topic\":\"%s\",\"form\":\"%s\",\"source\":\"%s\"},\"user\":{\"id\":\"U%06" PRIu32 "\"}%s",
       id, about != NULL ? "push" : PICK(topics), written ? "written" : "online",
       from_hotline ? "12321" : "user", user, cause);
  if (one_in(25)) {
    plan(time + minutes(30, 60 * 60), "complaint.withdrawn", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}",
         id);
    return;
  }
  int64_t answer = time + minutes(4 * 60, one_in(25) ? 90 * 60 : 66 * 60);
  if (!one_in(60))
    plan(time + minutes(10, one_in(30) ? 30 * 60 : 20 * 60), "complaint.acknowledged",
         "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}", id);
  for (int turn = 0; turn < 2 && one_in(8); turn++) {
    int64_t from = time + (3 + 30 * turn) * HOUR_MS, until = from + minutes(60, 24 * 60);
    plan(from, "complaint.suspended", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}", id);
    plan(until, "complaint.resumed", "\"complaint\":{\"id\":\"q-%05" PRIu32 "\"}", id);
    answer += one_in(3) ? 0 : until - from;
  }
  if (!one_in(60)) plan_answer(id, answer);
}

// Twelve messages to one user within a working week, none of which was released: two above the weekly cap,
// then a written complaint; and three of another sender. And somebody to whom something is sent after a
// withdrawal.
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
  plan(on_day(21, 10), "consent.withdrawn", "\"user\":{\"id\":\"U700001\"}");
  plan(on_day(21, 11), "push.sent",
       "\"message\":{\"id\":\"after-1\"},\"sender\":{\"id\":\"s-000014\"},\"class\":\"commercial_ad\","
       "\"user\":{\"id\":"
       "\"U700001\"}");
}

// Whose guardian is known to the platform: of nearly all who are under age.
static void plan_guardians(void) {
  for (uint32_t user = 0; user < USERS; user++)
    if (make_user(user).age < 18 && !one_in(30))
      plan(on_day(-40, 9) + user * 1000, "guardian.linked",
           "\"guardian\":{\"id\":\"G%06" PRIu32 "\",\"verified\":true},\"user\":{\"id\":\"U%06" PRIu32 "\"}",
           user, user);
}

void plan_readers(void) {
  plan_guardians();
  for (int day = 0; day < MONTH_DAY; day++) {
    for (int turn = 0; turn < 8; turn++) {
      const uint32_t user = below(USERS);
      plan_complaint(on_day(day, 7) + minutes(0, 900), user, NULL);
    }
    for (int turn = 0; turn < 6; turn++) plan_reader(on_day(day, 8) + minutes(0, 600));
  }
  plan_flood();
}

// ---- what follows a push ----
static void plan_receipt(const struct push *push, const char *type, int64_t time) {
  char renewal[40] = "";
  if (push->renewal >= 0)
    snprintf(renewal, sizeof renewal, ",\"renewal\":{\"id\":\"rn-%06d\"}", (int)push->renewal);
  if (one_in(20)) delay_next(minutes(1, 8));
  plan(time, type,
       "\"message\":{\"id\":\"m-%06" PRIu32 "\",\"content_hash\":\"%016" PRIx64
       "\"},\"sender\":{\"id\":\"s-%06" PRIu32
       "\"},\"channel\":\"%s\",\"class\":\"%s\",\"purpose\":\"%s\",\"user\":{\"id\":\"U%06" PRIu32 "\"}%s%s",
       push->number, scramble(push->number + 1), push->sender->number, push->channel, class_name(push->class),
       push->purpose, push->user.number,
       push->essential == ABSENT ? ""
       : push->essential == YES  ? ",\"essential\":true"
                                 : ",\"essential\":false",
       renewal);
}

// The platform tells of one in three messages that went out what became of it.
static void plan_receipts(const struct push *push) {
  int64_t sent = push->time + 1000 + (int64_t)below(25000);
  plan_receipt(push, "push.sent", sent);
  if (one_in(3)) plan_receipt(push, "push.clicked", sent + minutes(1, 90));
}

// Of any push now and then, of an advertisement that was not labelled or promised too much always; its sender
// is suspended for a day when it turns out so.
static void plan_harm(const struct push *push) {
  bool doubtful = push->class == AD && (push->labels == NULL || strstr(push->body, "稳赚") != NULL ||
                                        strstr(push->body, "全网") != NULL);
  if (!doubtful && !one_in(6000)) return;
  int64_t time = push->time + minutes(60, 5 * 24 * 60);
  plan(time, "harm.reported",
       "\"message\":{\"id\":\"m-%06" PRIu32 "\"},\"sender\":{\"id\":\"s-%06" PRIu32
       "\"},\"harm\":{\"property_loss\":%d},\"user\":{\"id\":\"U%06" PRIu32 "\"}",
       push->number, push->sender->number, one_in(3) ? 0 : 5000, push->user.number);
  if (!doubtful) return;
  plan(time + DAY_MS, "sender.resumed", "\"sender\":{\"id\":\"s-%06" PRIu32 "\"}", push->sender->number);
  pause_sender(push->sender->number, time, time + DAY_MS);
}

// A rumour that had been sent some minutes ago.
static void plan_rumor(const struct push *push) {
  static uint32_t rumors;
  uint64_t hash = scramble(push->number + 1);
  int64_t listed = push->time + HOUR_MS;
  plan(listed, "rumor.listed", "\"content_hash\":\"%016" PRIx64 "\"", hash);
  plan(listed + (rumors++ % 2 == 0 ? 30 : 5) * HOUR_MS, "push.recalled",
       "\"message\":{\"content_hash\":\"%016" PRIx64 "\"}", hash);
}

void plan_after_push(const struct push *push) {
  bool is_rumor = !push->spoilt && push->class == SOCIAL && one_in(1500);
  if (is_rumor || one_in(push->spoilt ? 40 : push->renewal >= 0 ? 1 : 3)) plan_receipts(push);
  if (is_rumor) plan_rumor(push);
  plan_harm(push);
  if (one_in(push->spoilt ? 60 : 800)) plan_complaint(push->time + minutes(5, 1200), push->user.number, push);
}
