// SPDX-License-Identifier: Apache-2.0
// Makes up push requests that are in breach of nothing.
#include <stdio.h>
#include <string.h>

#include "tests/sample/phrases.h"
#include "tests/sample/push.h"
#include "tests/sample/random.h"

const char *class_name(enum push_class class) {
  static const char *const names[CLASSES] = {"commercial_ad",   "news",           "social",
                                             "public_interest", "service_notice", "transactional",
                                             "security",        "work_dispatch",  "emergency"};
  return names[class];
}

const char *purpose_of(enum push_class class) {
  static const char *const purposes[CLASSES] = {"promo",  "news",    "social", "charity",      "service",
                                                "orders", "account", "work",   "civil_defence"};
  return purposes[class];
}

// ---- text ----
struct text {
  char *bytes;
  size_t size, used;
};

static void append(struct text *out, const char *part) {
  size_t len = strlen(part), room = out->size - 1 - out->used;
  if (len > room) len = room;
  memcpy(out->bytes + out->used, part, len);
  out->used += len;
  out->bytes[out->used] = '\0';
}

void add_text(struct push *push, const char *text) {
  append(&(struct text){push->body, sizeof push->body, strlen(push->body)}, text);
}

static void append_clock(struct text *out) {
  uint32_t hour = between(9, 19), minute = 5 * below(12);
  char clock[] = {(char)('0' + hour / 10),   (char)('0' + hour % 10),   ':',
                  (char)('0' + minute / 10), (char)('0' + minute % 10), '\0'};
  append(out, hour < 10 ? clock + 1 : clock);
}

// Appends a phrase, with @s the sender, @i the thing, @c a city, @n a number and @t a clock time in it.
static void say(struct text *out, const struct push *push, const char *phrase) {
  for (const char *p = phrase; *p != '\0'; p++) {
    if (*p != '@') {
      char byte[2] = {*p, '\0'};
      append(out, byte);
      continue;
    }
    uint32_t n = between(10, 100);
    char number[3] = {(char)('0' + n / 10), (char)('0' + n % 10), '\0'};
    p++;
    if (*p == 's') append(out, push->sender->name);
    if (*p == 'i') append(out, things[push->thing]);
    if (*p == 'c') append(out, PICK(cities));
    if (*p == 'n') append(out, number);
    if (*p == 't') append_clock(out);
  }
}

static void write_text(struct push *push) {
  const struct phrases *phrases = &class_phrases[push->class];
  struct text title = {push->title, sizeof push->title, 0}, body = {push->body, sizeof push->body, 0};
  say(&title, push, phrases->titles[below(phrases->title_count)]);
  uint32_t sentences = 2 + below(3), first = below(phrases->sentence_count);
  if (sentences > phrases->sentence_count) sentences = phrases->sentence_count;
  for (uint32_t i = 0; i < sentences; i++)
    say(&body, push, phrases->sentences[(first + i) % phrases->sentence_count]);
  if (push->class != AD) return;
  if (strcmp(push->industry, "finance") == 0) append(&body, "投资有风险，入市须谨慎。");
  if (strcmp(push->industry, "health_food") == 0) append(&body, "本品不能代替药物。");
  append(&body,
         strcmp(push->channel, "sms") == 0 ? "拒收请回复R。" : "如不想再收到此类信息，可在设置中退订。");
}

// ---- class and way ----
static const enum push_class by_day[TRADES][12] = {
    {AD, AD, AD, AD, NOTICE, NOTICE, TRADE, TRADE, TRADE, TRADE, SECURITY, TRADE},
    {NEWS, NEWS, NEWS, NEWS, NEWS, NEWS, NEWS, NEWS, NEWS, AD, NOTICE, SECURITY},
    {SOCIAL, SOCIAL, SOCIAL, SOCIAL, SOCIAL, SOCIAL, SOCIAL, SOCIAL, AD, NOTICE, NOTICE, SECURITY},
    {TRADE, TRADE, TRADE, TRADE, TRADE, TRADE, SECURITY, SECURITY, SECURITY, NOTICE, NOTICE, AD},
    {DISPATCH, DISPATCH, DISPATCH, DISPATCH, TRADE, TRADE, TRADE, TRADE, NOTICE, NOTICE, NOTICE, AD},
    {PUBLIC, PUBLIC, PUBLIC, PUBLIC, NOTICE, NOTICE, NOTICE, NOTICE, NOTICE, SECURITY, PUBLIC, NOTICE}};
static const enum push_class by_night[TRADES][4] = {
    {TRADE, TRADE, SECURITY, TRADE},        {SECURITY, SECURITY, NOTICE, SECURITY},
    {SECURITY, SECURITY, SECURITY, NOTICE}, {TRADE, TRADE, SECURITY, NOTICE},
    {DISPATCH, TRADE, DISPATCH, NOTICE},    {NOTICE, SECURITY, NOTICE, NOTICE}};

static enum push_class choose_class(const struct push *push) {
  enum trade trade = push->sender->trade;
  if (trade == AUTHORITY && one_in(60)) return EMERGENCY;
  return is_waking(push->time, &push->user) ? PICK(by_day[trade]) : PICK(by_night[trade]);
}

// Somebody who wants it, and a class that fits; what cannot wait always fits.
static void choose_reader(struct push *push) {
  for (int attempt = 0; attempt < 12; attempt++) {
    push->user = make_user(below(USERS));
    push->class = choose_class(push);
    if (is_welcome(&push->user, push->class, push->time)) return;
  }
  do push->user = make_user(below(USERS));
  while (has_left(push->user.number) || !is_welcome(&push->user, TRADE, push->time));
  push->class = push->sender->trade == AUTHORITY ? EMERGENCY : TRADE;
}

static const struct way {
  const char *channel, *vendor, *ad_class, *class;
} ways[] = {
    {"app_push", "huawei", "MARKETING", "WORK"},
    {"app_push", "huawei", "MARKETING", "EXPRESS"},
    {"app_push", "huawei", "MARKETING", "ACCOUNT"},
    {"app_push", "xiaomi", "public", "system"},
    {"app_push", "xiaomi", "public", "system"},
    {"app_push", "oppo", "public", "private"},
    {"app_push", "oppo", "public", "private"},
    {"app_push", "vivo", "0", "1"},
    {"app_push", "vivo", "0", "1"},
    {"app_push", "honor", "MARKETING", "ACCOUNT"},
    {"app_push", "meizu", "public", "private"},
    {"app_push", "apns", "PROMO", "ORDER"},
    {"app_push", "apns", "PROMO", "ORDER"},
    {"app_push", "fcm", "promo", "default"},
    {"app_push", "jpush", "0", "1"},
    {"app_push", "jpush", "0", "1"},
    {"app_push", "getui", NULL, NULL},
    {"app_push", "umeng", NULL, NULL},
    {"sms", "aliyun_sms", "promotion", "notice"},
    {"sms", "aliyun_sms", "promotion", "notice"},
    {"sms", "huawei_sms", "promotion", "notice"},
    {"sms", "twilio", NULL, NULL},
    {"email", "smtp", "bulk", NULL},
    {"popup", "self", NULL, NULL},
    {"inapp", "self", NULL, NULL},
    {"inapp", "self", NULL, NULL},
    {"web_push", "webpush", NULL, NULL},
    {"im", "other", NULL, NULL},
};

static void choose_channel(struct push *push) {
  const struct way *way = &PICK(ways);
  push->channel = push->consent_channel = way->channel;
  push->vendor = way->vendor;
  push->vendor_class = push->class == AD ? way->ad_class : way->class;
  if (strcmp(push->channel, "popup") == 0) push->close_clicks = 1;
  push->has_title = strcmp(push->channel, "sms") != 0;
  if (strcmp(push->channel, "email") == 0)
    push->subject_line = push->class == AD ? "广告：本周书讯与活动" : "通知：请查看详情";
}

// ---- what belongs to a class ----
// One price for one thing of one sender, the same for everybody.
static void set_price(struct push *push) {
  uint64_t bits = scramble(push->sender->number * 4099 + push->thing * 131);
  push->price = 990 + 100 * (int)(bits % 300);
  push->price_before = push->price + 500 * (1 + (int)(bits / 1000 % 40));
}

static void fill_ad(struct push *push) {
  push->labels = one_in(4) ? "ad,sponsored" : "ad";
  push->industry = push->sender->industry;
  push->optout_steps = 1 + (int)below(2);
  if (one_in(12)) push->paid_service = YES;
  set_price(push);
  push->disclosures = push->paid_service == YES ? "price,conditions,features,fee" : "price,conditions";
}

static void fill_personalised(struct push *push) {
  push->personalised = push->user.age >= 18 && !push->user.algo_off && one_in(2) ? YES : NO;
  if (push->personalised == NO) return;
  push->personalisation_consent = YES;
  push->profile_fields = "interest";
  push->relevance = (int)between(3500, 9900);
}

static void fill_class(struct push *push) {
  static const char *const bases[CLASSES] = {"consent",  "consent",  "consent",  "consent",  "contract",
                                             "contract", "contract", "contract", "emergency"};
  static const char *const topics[] = {"reading", "food", "travel",  "film",
                                       "sport",   "city", "science", "family"};
  if (push->class == AD) fill_ad(push);
  if (push->class == AD || push->class == NEWS || push->class == SOCIAL) {
    fill_personalised(push);
    push->topic = PICK(topics);
  }
  if (push->class == AD || push->class == NEWS) push->ai_generated = one_in(15) ? YES : NO;
  if (push->ai_generated == YES) push->labels = push->class == AD ? "ad,ai_generated" : "ai_generated";
  if (push->class == NEWS || push->class == SOCIAL || push->class == PUBLIC) push->essential = NO;
  if (push->class == NOTICE || push->class == DISPATCH) push->essential = YES;
  if (push->class == DISPATCH) push->work_minutes = (int)between(10, 220);
  push->lawful_basis = bases[push->class];
  if (push->user.age < 14) push->guardian = YES;
}

// Everybody at the platform who signs, and when; the third reviewer was not qualified for two days.
static void choose_staff(struct push *push) {
  static const char *const authors[] = {"u-a1", "u-a2", "u-a3", "u-a4", "u-a5", "u-a6", "u-a7", "u-a8"};
  static const char *const reviewers[] = {"u-r1", "u-r2", "u-r3"};
  static const char *const approvers[] = {"u-m1", "u-m2"};
  int day = (int)((push->time - START_MS) / DAY_MS);
  push->author = authors[push->sender->number % COUNT_OF(authors)];
  push->reviewer = reviewers[below(day >= 49 && day <= 52 ? 2 : 3)];
  push->approver = PICK(approvers);
}

// ---- reminders ----
static struct reminder {
  int64_t time;
  uint32_t user, renewal;
} reminders[4096];
static uint32_t first_reminder, reminder_count;

void want_reminder(int64_t time, uint32_t user, uint32_t renewal) {
  if (reminder_count - first_reminder < COUNT_OF(reminders))
    reminders[reminder_count++ % COUNT_OF(reminders)] = (struct reminder){time, user, renewal};
}

// Makes the push the next reminder that is due, at a time when people are awake.
static bool is_reminder(struct push *push) {
  const struct reminder *next = &reminders[first_reminder % COUNT_OF(reminders)];
  if (first_reminder == reminder_count || push->time < next->time) return false;
  push->user = make_user(next->user);
  if (!is_waking(push->time, &push->user)) return false;
  first_reminder++;
  push->class = NOTICE;
  push->renewal = next->renewal;
  push->sender = sender_of(18);
  return true;
}

static void write_reminder(struct push *push) {
  struct text title = {push->title, sizeof push->title, 0}, body = {push->body, sizeof push->body, 0};
  push->thing = 99;
  push->price = 2500;
  push->disclosures = "charge_time,fee,price,conditions";
  append(&title, "续费提醒");
  append(&body, "您订阅的服务将于六日后自动续费，金额25.00元。如不再需要，点开本条即可取消。");
}

struct push make_push(uint32_t number, int64_t time) {
  struct push push = {.number = number, .time = time, .scheduled_at = -1, .expires_at = -1};
  push.sender = choose_sender(time);
  push.thing = below((uint32_t)COUNT_OF(things));
  push.essential = push.guardian = push.personalisation_consent = push.ai_generated = ABSENT;
  push.personalised = push.paid_service = push.sensitive = NO;
  push.tls = YES;
  push.optout_steps = push.close_clicks = push.price = push.price_before = push.relevance = -1;
  push.age_known = push.has_body = true;
  push.renewal = -1;
  bool reminder = is_reminder(&push);
  if (!reminder) choose_reader(&push);
  push.purpose = push.consent_purpose = reminder                             ? "renewal_reminder"
                                        : push.class == PUBLIC && one_in(12) ? "fraud_warning"
                                                                             : purpose_of(push.class);
  push.consent_status = "granted";
  push.consent_time = granted_at(push.user.number, push.class);
  if (push.consent_time == 0) push.consent_time = START_MS - (int64_t)(push.user.number % 200 + 1) * DAY_MS;
  push.contact = "400-820-0000";
  push.facets = "truth,legality,necessity";
  push.auto_result = "pass";
  push.app_stage = "in_use";
  push.antifraud = "clean";
  push.notice_items = "purpose,scope,manner,content_type,frequency,form,cancel,algorithm";
  choose_staff(&push);
  choose_channel(&push);
  fill_class(&push);
  if (reminder)
    write_reminder(&push);
  else
    write_text(&push);
  return push;
}
