// SPDX-License-Identifier: Apache-2.0
// Prints realistic push requests, and now and then what a user says about consent, as JSON Lines: `generate
// COUNT SEED`; with `all` behind, also what else happens: complaints, checks, reports, anomalies. The same
// count and seed give the same bytes on every machine. Events come in order of time over sixty days; about
// one in ten is in breach of some rule of rules/pledge_l2, and now and then a field is missing. It knows
// nothing of the language: what it plants are the mistakes that senders make. Called by `make run` and by the
// tests that need many events.
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sample/happenings.h"
#include "tests/sample/phrases.h"
#include "tests/sample/push.h"

#define DAYS 60
#define USERS 4000

static const char *const class_purposes[CLASSES] = {"promo",  "news",    "social", "charity",      "service",
                                                    "orders", "account", "work",   "civil_defence"};

// ---- random numbers: splitmix64 ----
static uint64_t random_state;

static uint64_t next_random(void) {
  return scramble(random_state += UINT64_C(0x9e3779b97f4a7c15));
}

static uint32_t below(uint32_t n) {
  return (uint32_t)((next_random() >> 32) * n >> 32);
}

static bool one_in(uint32_t n) {
  return below(n) == 0;
}

#define PICK(list) ((list)[below((uint32_t)COUNT_OF(list))])

// ---- users ----
static const struct {
  const char *name, *region;
  int offset;
} zones[] = {{"Europe/London", "GB", 1},  {"America/New_York", "US", -4}, {"Asia/Tokyo", "JP", 9},
             {"Asia/Urumqi", "CN-65", 6}, {"Asia/Singapore", "SG", 8},    {"Australia/Sydney", "AU", 10}};
static const char *const regions[] = {"CN-11", "CN-31", "CN-33", "CN-37", "CN-44", "CN-51", "CN-61"};

static int age_of(uint64_t bits) {
  uint32_t share = (uint32_t)(bits % 100), spread = (uint32_t)(bits / 100 % 1000);
  if (share < 3) return 10 + (int)(spread % 4);
  if (share < 8) return 14 + (int)(spread % 4);
  if (share < 86) return 18 + (int)(spread % 42);
  return 60 + (int)(spread % 30);
}

// The same number always gives the same person.
static struct user make_user(uint32_t number) {
  uint64_t bits = scramble(number + 77);
  struct user user = {.number = number, .age = age_of(bits), .birth = bits >> 40 & 1};
  user.zone = (bits >> 41) % 20 == 0 ? NULL : "Asia/Shanghai";
  user.region = regions[(bits >> 45) % COUNT_OF(regions)];
  user.offset = 8;
  if ((bits >> 50) % 25 == 0) {
    uint32_t abroad = (uint32_t)((bits >> 55) % COUNT_OF(zones));
    user.zone = zones[abroad].name;
    user.region = zones[abroad].region;
    user.offset = zones[abroad].offset;
  }
  if ((bits >> 58) % 4 == 0)
    user.group = user.age < 14 ? "under14" : user.age < 18 ? "minor" : user.age < 60 ? "adult" : "elderly";
  return user;
}

// ---- times ----
// How much is sent in each hour of the day in Shanghai.
static const uint16_t hour_weights[24] = {4,  2,  1,  1,  1,  2,  6,  14, 30, 62, 80, 84,
                                          90, 70, 66, 68, 72, 76, 84, 92, 88, 20, 12, 7};

// The instant at which `done` of `all` of the whole stream has been sent: even over days, by weight over
// hours.
static int64_t time_at(uint64_t done, uint64_t all) {
  uint64_t total = 0, rest = done % (all / DAYS + 1);
  for (size_t i = 0; i < 24; i++) total += hour_weights[i];
  uint64_t day = done / (all / DAYS + 1), scale = all / DAYS + 1, before = 0;
  for (size_t hour = 0; hour < 24; hour++) {
    uint64_t upto = before + hour_weights[hour];
    if (rest * total < upto * scale) {
      uint64_t within = (rest * total - before * scale) * HOUR_MS / (hour_weights[hour] * scale);
      return START_MS + (int64_t)day * DAY_MS + (int64_t)hour * HOUR_MS + (int64_t)within;
    }
    before = upto;
  }
  return START_MS + (int64_t)(day + 1) * DAY_MS - 1;
}

static int local_hour(int64_t time, int offset) {
  int64_t hours = time / HOUR_MS + offset;
  return (int)(hours % 24);
}

static bool is_waking(int64_t time, const struct user *user) {
  int hour = local_hour(time, user->offset);
  return hour >= 9 && hour < 21;
}

// ---- text ----
static void append(char *out, size_t size, const char *text) {
  size_t used = strlen(out);
  snprintf(out + used, size - used, "%s", text);
}

// Appends a phrase, with @s a shop, @i a thing, @c a city, @n a number and @t a clock time in it.
static void say(char *out, size_t size, const char *phrase) {
  for (const char *p = phrase; *p != '\0'; p++) {
    char number[16] = {*p, '\0'};
    const char *part = number;
    if (*p == '@') {
      p++;
      if (*p == 's') part = PICK(shops);
      if (*p == 'i') part = PICK(things);
      if (*p == 'c') part = PICK(cities);
      if (*p == 'n') snprintf(number, sizeof number, "%u", (unsigned)(10 + below(90)));
      if (*p == 't') {
        unsigned hour = 9 + below(10);
        snprintf(number, sizeof number, "%u:%02u", hour, 5 * (unsigned)below(12));
      }
    }
    append(out, size, part);
  }
}

static void write_text(struct push *push) {
  const struct phrases *phrases = &class_phrases[push->class];
  say(push->title, sizeof push->title, phrases->titles[below(phrases->title_count)]);
  uint32_t sentences = 3 + below(3), first = below(phrases->sentence_count);
  if (sentences > phrases->sentence_count) sentences = phrases->sentence_count;
  for (uint32_t i = 0; i < sentences; i++)
    say(push->body, sizeof push->body, phrases->sentences[(first + i) % phrases->sentence_count]);
  if (push->class == AD) append(push->body, sizeof push->body, "如不想再收到此类信息，可在设置中退订。");
}

// ---- a request without mistakes ----
// At night only what cannot wait is sent, but for one sender in ten who does not care.
static enum push_class choose_class(int64_t time, const struct user *user) {
  static const enum push_class by_day[] = {AD,     AD,     AD,     AD,     NEWS,     NEWS,
                                           NEWS,   SOCIAL, SOCIAL, PUBLIC, NOTICE,   NOTICE,
                                           NOTICE, TRADE,  TRADE,  TRADE,  SECURITY, DISPATCH};
  static const enum push_class by_night[] = {TRADE, TRADE, SECURITY, SECURITY, NOTICE, DISPATCH};
  if (one_in(900)) return EMERGENCY;
  if (!is_waking(time, user) && !one_in(10)) return PICK(by_night);
  enum push_class class = PICK(by_day);
  return class == AD && user->age < 18 ? NEWS : class;
}

static void choose_channel(struct push *push) {
  static const struct {
    const char *channel, *vendor, *ad_class, *class;
  } ways[] = {
      {"app_push", "huawei", "MARKETING", "WORK"},
      {"app_push", "huawei", "MARKETING", "EXPRESS"},
      {"app_push", "xiaomi", "public", "system"},
      {"app_push", "oppo", "public", "private"},
      {"app_push", "vivo", "0", "1"},
      {"app_push", "honor", "MARKETING", "ACCOUNT"},
      {"app_push", "meizu", "public", "private"},
      {"app_push", "apns", "PROMO", "ORDER"},
      {"app_push", "fcm", "promo", "default"},
      {"app_push", "jpush", "0", "1"},
      {"app_push", "getui", NULL, NULL},
      {"app_push", "umeng", NULL, NULL},
      {"sms", "aliyun_sms", "promotion", "notice"},
      {"sms", "huawei_sms", "promotion", "notice"},
      {"sms", "twilio", NULL, NULL},
      {"email", "smtp", "bulk", NULL},
      {"popup", "self", NULL, NULL},
      {"inapp", "self", NULL, NULL},
      {"web_push", "webpush", NULL, NULL},
      {"im", "other", NULL, NULL},
  };
  uint32_t way = below((uint32_t)COUNT_OF(ways));
  push->channel = push->consent_channel = ways[way].channel;
  push->vendor = ways[way].vendor;
  push->vendor_class = push->class == AD ? ways[way].ad_class : ways[way].class;
  if (strcmp(push->channel, "popup") == 0) push->close_clicks = 1;
  push->has_title = strcmp(push->channel, "sms") != 0;
  if (strcmp(push->channel, "email") == 0)
    push->subject_line = push->class == AD ? "广告：本周书讯与活动" : "通知：请查看详情";
}

static void fill_ad(struct push *push) {
  static const char *const trades[] = {"general", "general", "education", "game", "real_estate", "finance"};
  push->labels = one_in(4) ? "ad,sponsored" : "ad";
  push->industry = PICK(trades);
  push->optout_steps = 1 + (int)below(2);
  if (!one_in(3)) return;
  push->price = 990 + 100 * (int)below(300);
  push->price_before = push->price + 500 * (int)below(40);
}

static void fill_personalised(struct push *push) {
  push->personalised = push->user.age >= 18 && one_in(2) ? YES : NO;
  if (push->personalised == NO) return;
  push->personalisation_consent = one_in(8) ? NO : YES;
  push->profile_fields = push->personalisation_consent == YES ? "interest,orders" : "interest,device";
}

static void fill_class(struct push *push) {
  if (push->class == AD) fill_ad(push);
  if (push->class == AD || push->class == NEWS || push->class == SOCIAL) fill_personalised(push);
  if (push->class == NEWS || push->class == SOCIAL || push->class == PUBLIC) push->essential = NO;
  if (push->class == NOTICE || push->class == DISPATCH)
    push->essential = is_waking(push->time, &push->user) && one_in(4) ? NO : YES;
  if (push->class == NOTICE && one_in(12)) push->essential = ABSENT;
  if (push->class == EMERGENCY) push->lawful_basis = "emergency";
  if (push->class == NOTICE && one_in(10)) push->lawful_basis = "contract";
  if (push->user.age < 14) push->guardian = YES;
}

// One in six goes to somebody who was written to a moment ago: that is how people get too much in a day.
static uint32_t choose_user(void) {
  static uint32_t recent[8];
  uint32_t place = below((uint32_t)COUNT_OF(recent));
  if (!one_in(6)) recent[place] = below(USERS);
  return recent[place];
}

static struct push make_push(uint32_t number, int64_t time) {
  static const char *const authors[] = {"u-a1", "u-a2", "u-a3", "u-a4", "u-a5"};
  static const char *const reviewers[] = {"u-r1", "u-r2", "u-r3"};
  static const char *const approvers[] = {"u-m1", "u-m2"};
  struct push push = {.number = number, .time = time, .scheduled_at = -1, .expires_at = -1};
  push.user = make_user(choose_user());
  push.class = choose_class(time, &push.user);
  push.age_known = push.has_body = true;
  push.essential = push.personalised = push.guardian = push.personalisation_consent = ABSENT;
  push.purpose = push.consent_purpose = class_purposes[push.class];
  push.consent_status = "granted";
  push.sender_contact = "400-820-0000";
  push.optout_steps = push.close_clicks = push.price = push.price_before = -1;
  push.author = PICK(authors);
  push.reviewer = PICK(reviewers);
  push.approver = PICK(approvers);
  push.facets = "truth,legality,necessity";
  push.auto_result = "pass";
  choose_channel(&push);
  fill_class(&push);
  write_text(&push);
  return push;
}

// ---- consent ----
// Those who take consent back are nobody of USERS, so that later only a mistake writes to them.
static uint32_t leavers;

static void print_change(uint32_t number, int64_t time) {
  static const char *const channels[] = {"app_push", "sms", "email", "inapp"};
  struct consent consent = {.number = number, .time = time - (int64_t)below(8 * 60000)};
  consent.withdrawn = one_in(2);
  consent.user = consent.withdrawn ? USERS + leavers++ : below(USERS);
  if (!consent.withdrawn) {
    consent.purpose = PICK(class_purposes);
    consent.channel = PICK(channels);
  }
  print_consent(&consent);
}

// ---- mistakes ----
// Each turns a good request into one that a sender might really hand in, or says that it does not fit here.
static bool is_recommendation(const struct push *push) {
  return push->class == AD || push->class == NEWS || push->class == SOCIAL;
}

static bool is_notice(const struct push *push) {
  return push->class == NOTICE || push->class == TRADE || push->class == SECURITY;
}

static bool use_unlisted_channel(struct push *push) {
  push->channel = push->consent_channel = "voice";
  push->vendor = push->vendor_class = NULL;
  return true;
}
static bool hide_contact(struct push *push) {
  push->sender_contact = NULL;
  return push->class == AD;
}
static bool make_optout_long(struct push *push) {
  push->optout_steps = 3 + (int)below(4);
  return push->class == AD;
}
static bool make_popup_sticky(struct push *push) {
  push->channel = push->consent_channel = "popup";
  push->vendor = "self";
  push->vendor_class = NULL;
  push->close_clicks = one_in(2) ? -1 : 2;
  return push->class == AD || push->class == NEWS;
}
static bool forget_guardian(struct push *push) {
  push->guardian = ABSENT;
  return push->user.age < 14 && push->essential != YES && !is_notice(push);
}
static bool use_private_profile(struct push *push) {
  push->personalised = YES;
  push->personalisation_consent = NO;
  push->profile_fields = one_in(2) ? "interest,location" : "orders,contacts";
  return is_recommendation(push) && push->user.age >= 18;
}
static bool skip_signature(struct push *push) {
  push->one_signature = true;
  return push->class == AD || push->class == NEWS;
}
static bool review_own_text(struct push *push) {
  push->reviewer = push->author;
  return push->class != EMERGENCY;
}
static bool ignore_withdrawal(struct push *push) {
  push->consent_status = one_in(2) ? "withdrawn" : "none";
  return push->class != EMERGENCY;
}
// The sender has not heard of the withdrawal: what it knows of the consent looks good.
static bool miss_withdrawal(struct push *push) {
  if (leavers == 0) return false;
  push->user = make_user(USERS + below(leavers));
  return push->class != EMERGENCY && push->user.age >= 18 && push->user.age < 60;
}
static bool stretch_consent(struct push *push) {
  push->consent_purpose = "delivery";
  return push->class != EMERGENCY;
}
static bool use_expired_consent(struct push *push) {
  push->expires_at = push->time - (int64_t)below(30) * DAY_MS;
  return push->class != EMERGENCY;
}
static bool advertise_to_minor(struct push *push) {
  push->user.age = 14 + (int)below(4);
  push->user.group = NULL;
  return push->class == AD;
}
static bool profile_minor(struct push *push) {
  push->user.age = 14 + (int)below(4);
  push->user.group = NULL;
  push->personalised = YES;
  push->profile_fields = "interest";
  return push->class == NEWS || push->class == SOCIAL;
}
static bool lure_elderly(struct push *push) {
  push->user.age = 60 + (int)below(25);
  push->user.group = NULL;
  append(push->body, sizeof push->body, "理财老师分享内部消息，帮您打理养老钱。");
  return push->class == AD || push->class == NEWS || push->class == SOCIAL || push->class == NOTICE;
}
static bool promote_in_notice(struct push *push) {
  append(push->body, sizeof push->body, "另送您一张优惠券，点击下单即可使用。");
  return is_notice(push);
}
static bool use_service_lane(struct push *push) {
  push->vendor = "huawei";
  push->vendor_class = one_in(2) ? "ACCOUNT" : "EXPRESS";
  return push->class == AD && strcmp(push->channel, "app_push") == 0;
}
static bool leave_unlabelled(struct push *push) {
  push->labels = one_in(2) ? "" : NULL;
  return push->class == AD;
}
static bool hide_in_subject(struct push *push) {
  push->channel = push->consent_channel = "email";
  push->vendor = "smtp";
  push->subject_line = "您关注的书有新消息";
  return push->class == AD;
}
static bool edit_after_review(struct push *push) {
  push->stale_review = true;
  return push->class != EMERGENCY;
}
static bool skip_truth(struct push *push) {
  push->facets = one_in(2) ? "legality" : NULL;
  return push->class != EMERGENCY;
}
static bool boast(struct push *push) {
  append(push->body, sizeof push->body, one_in(2) ? "销量第一，口碑相传。" : "全网最低，错过再等一年。");
  return push->class == AD;
}
static bool promise_too_much(struct push *push) {
  append(push->body, sizeof push->body, one_in(2) ? "跟着老师学，稳赚不赔。" : "签约学习，包过，不过退款。");
  return push->class == AD;
}
static bool invent_discount(struct push *push) {
  push->price = 9900;
  push->price_before = 6900;
  return push->class == AD;
}
static bool schedule_at_night(struct push *push) {
  int64_t day = (push->time + 8 * HOUR_MS) / DAY_MS;
  push->scheduled_at =
      day * DAY_MS + 15 * HOUR_MS + (int64_t)below(60) * 60000;  // 23:00 to 24:00 in Shanghai
  return (push->class == AD || push->class == NEWS) && push->user.offset == 8;
}
static bool fail_scan(struct push *push) {
  static const char *const results[] = {"hold", "reject", "none", "error", NULL};
  push->auto_result = PICK(results);
  return true;
}
static bool drop_personalised(struct push *push) {
  push->personalised = ABSENT;
  push->profile_fields = NULL;
  return is_recommendation(push);
}
static bool drop_body(struct push *push) {
  push->has_body = false;
  return push->class == AD || (is_notice(push) && one_in(4));
}
static bool drop_age(struct push *push) {
  push->age_known = false;
  push->user.group = NULL;
  return push->class == AD;
}

// Those that fit one kind of push only come first: they are tried first, or the others would crowd them out.
static bool (*const mistakes[])(struct push *) = {hide_contact,
                                                  make_optout_long,
                                                  make_popup_sticky,
                                                  forget_guardian,
                                                  use_private_profile,
                                                  advertise_to_minor,
                                                  profile_minor,
                                                  lure_elderly,
                                                  promote_in_notice,
                                                  use_service_lane,
                                                  leave_unlabelled,
                                                  hide_in_subject,
                                                  boast,
                                                  promise_too_much,
                                                  invent_discount,
                                                  schedule_at_night,
                                                  drop_personalised,
                                                  drop_body,
                                                  drop_age,
                                                  use_unlisted_channel,
                                                  skip_signature,
                                                  review_own_text,
                                                  ignore_withdrawal,
                                                  miss_withdrawal,
                                                  stretch_consent,
                                                  use_expired_consent,
                                                  edit_after_review,
                                                  skip_truth,
                                                  fail_scan};
#define PARTICULAR_MISTAKES 19
#define PARTICULAR_ATTEMPTS 4

// Tries mistakes until one fits; a few requests stay good because none did.
static void make_mistake(struct push *push) {
  for (int attempt = 0; attempt < 12; attempt++) {
    bool particular = attempt < PARTICULAR_ATTEMPTS && !one_in(5);
    uint32_t choices = particular ? PARTICULAR_MISTAKES : (uint32_t)COUNT_OF(mistakes);
    struct push changed = *push;
    if (!mistakes[below(choices)](&changed)) continue;
    *push = changed;
    return;
  }
}

// Members that no rule misses.
static void forget_something(struct push *push) {
  switch (below(4)) {
    case 0:
      push->vendor_class = NULL;
      break;
    case 1:
      push->user.group = NULL;
      break;
    case 2:
      push->user.region = NULL;
      break;
    default:
      push->industry = NULL;
      break;
  }
}

// ---- the program ----
static bool read_number(const char *text, uint64_t *out) {
  char *end;
  *out = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0';
}

// Prints the push of line `i`, or a change of consent.
static void print_line(uint32_t i, int64_t time, bool with_happenings) {
  if (one_in(40)) {
    print_change(i, time);
    return;
  }
  struct push push = make_push(i, time);
  if (one_in(10)) make_mistake(&push);
  if (one_in(40)) forget_something(&push);
  if (with_happenings) plant_crime(&push);
  print_push(&push, shops[push.number % SENDERS % COUNT_OF(shops)]);
  if (with_happenings) plan_after_push(&push);
}

int main(int argc, char **argv) {
  uint64_t seed, count;
  bool with_happenings = argc == 4 && strcmp(argv[3], "all") == 0;
  if (argc != (with_happenings ? 4 : 3) || !read_number(argv[1], &count) || !read_number(argv[2], &seed) ||
      count > 100000000) {
    fputs("usage: generate COUNT SEED [all]\n", stderr);
    return 2;
  }
  random_state = seed;
  if (with_happenings) plan_happenings();
  for (uint64_t i = 0; i < count; i++) {
    int64_t time = time_at(i, count);
    if (!print_happening(time)) print_line((uint32_t)i, time, with_happenings);
  }
  return ferror(stdout) || fflush(stdout) != 0;
}
