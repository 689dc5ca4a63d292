// SPDX-License-Identifier: Apache-2.0
// The mistakes that senders make: each turns a good request into one that might really be handed in, or says
// that it does not fit here. Every sender has some that it makes again and again.
#include <string.h>

#include "tests/sample/push.h"
#include "tests/sample/random.h"

static bool is_recommendation(const struct push *push) {
  return push->class == AD || push->class == NEWS || push->class == SOCIAL;
}

static bool is_notice(const struct push *push) {
  return push->class == NOTICE || push->class == TRADE || push->class == SECURITY;
}

static void say_age(struct push *push, int least, uint32_t years) {
  push->user.age = least + (int)below(years);
  push->user.group = NULL;
}

// ---- who reads it, and when ----
// A user of whom all senders of a trade are fond that day.
static bool crowd_user(struct push *push) {
  uint64_t day = (uint64_t)(push->time / DAY_MS);
  push->user = make_user((uint32_t)(scramble((uint64_t)push->sender->trade * 1000 + day) % USERS));
  return is_recommendation(push) && !has_left(push->user.number) && push->user.age >= 18;
}
static bool send_at_night(struct push *push) {
  if (is_waking(push->time, &push->user) || push->user.age < 18) return false;
  push->class = push->sender->trade == MEDIA ? NEWS : push->sender->trade == SOCIETY ? SOCIAL : AD;
  push->essential = push->class == AD ? ABSENT : NO;
  push->purpose = push->consent_purpose = purpose_of(push->class);
  if (push->class != AD) return true;
  push->labels = "ad";
  push->industry = push->sender->industry;
  return true;
}
static bool schedule_at_night(struct push *push) {
  int64_t day = (push->time + 8 * HOUR_MS) / DAY_MS;  // 23:00 to 24:00 in Shanghai
  push->scheduled_at = day * DAY_MS + 15 * HOUR_MS + (int64_t)below(60) * MINUTE_MS;
  return (push->class == AD || push->class == NEWS) && push->user.offset == 8;
}
static bool advertise_to_minor(struct push *push) {
  say_age(push, 14, 4);
  return push->class == AD;
}
static bool profile_minor(struct push *push) {
  say_age(push, 14, 4);
  push->personalised = YES;
  push->profile_fields = "interest";
  return push->class == NEWS || push->class == SOCIAL;
}
static bool forget_guardian(struct push *push) {
  push->guardian = ABSENT;
  return push->user.age < 14 && push->essential != YES && !is_notice(push);
}
static bool drop_age(struct push *push) {
  push->age_known = false;
  push->user.group = NULL;
  return push->class == AD;
}

// ---- consent ----
static bool ignore_withdrawal(struct push *push) {
  push->consent_status = one_in(2) ? "withdrawn" : "none";
  return push->class != EMERGENCY;
}
// The sender has not heard of the withdrawal: what it knows of the consent looks good.
static bool miss_withdrawal(struct push *push) {
  uint32_t leaver = some_leaver(below(USERS));
  if (push->class == EMERGENCY || !has_left(leaver)) return false;
  push->user = make_user(leaver);
  push->consent_time = START_MS - DAY_MS;
  return push->user.age >= 18 && push->user.age < 60;
}
static bool stretch_consent(struct push *push) {
  push->consent_purpose = "delivery";
  return push->class != EMERGENCY;
}
static bool use_expired_consent(struct push *push) {
  push->expires_at = push->time - (int64_t)below(30) * DAY_MS;
  return push->class != EMERGENCY;
}
static bool skip_notice(struct push *push) {
  push->notice_items = one_in(2) ? "purpose" : NULL;
  return true;
}
static bool ignore_settings(struct push *push) {
  push->user.blocks = push->class;
  return is_recommendation(push);
}
static bool ignore_switch(struct push *push) {
  push->user.algo_off = true;
  return push->personalised == YES;
}
static bool guess_interest(struct push *push) {
  push->relevance = (int)between(200, 2900);
  return push->personalised == YES;
}
static bool use_private_profile(struct push *push) {
  push->personalised = YES;
  push->personalisation_consent = NO;
  push->profile_fields = one_in(2) ? "interest,location" : "orders,contacts";
  return is_recommendation(push) && push->user.age >= 18;
}
static bool personalise_anyway(struct push *push) {
  push->personalisation_consent = NO;
  return push->personalised == YES;
}

// ---- what it is and how it goes out ----
static bool use_unlisted_channel(struct push *push) {
  push->channel = push->consent_channel = "voice";
  push->vendor = push->vendor_class = NULL;
  return true;
}
static bool use_service_lane(struct push *push) {
  push->vendor = "huawei";
  push->vendor_class = one_in(2) ? "ACCOUNT" : "EXPRESS";
  return push->class == AD && strcmp(push->channel, "app_push") == 0;
}
static bool make_popup_sticky(struct push *push) {
  push->channel = push->consent_channel = "popup";
  push->vendor = "self";
  push->vendor_class = NULL;
  push->close_clicks = one_in(2) ? -1 : 2;
  return push->class == AD || push->class == NEWS;
}
static bool make_optout_long(struct push *push) {
  push->optout_steps = 3 + (int)below(4);
  return push->class == AD;
}
static bool hide_contact(struct push *push) {
  push->contact = NULL;
  return push->class == AD;
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

// ---- what it says ----
static bool promote_in_notice(struct push *push) {
  add_text(push, "另送您一张优惠券，点击下单即可使用。");
  return is_notice(push);
}
static bool lure_elderly(struct push *push) {
  say_age(push, 60, 25);
  add_text(push, "理财老师分享内部消息，帮您打理养老钱。");
  push->antifraud = "suspect";
  return is_recommendation(push) || push->class == NOTICE;
}
static bool boast(struct push *push) {
  add_text(push, one_in(2) ? "销量第一，口碑相传。" : "全网最低，错过再等一年。");
  return push->class == AD;
}
static bool promise_too_much(struct push *push) {
  add_text(push, one_in(2) ? "跟着老师学，稳赚不赔。" : "签约学习，包过，不过退款。");
  return push->class == AD;
}
static bool invent_discount(struct push *push) {
  push->price = 9900;
  push->price_before = 6900;
  return push->class == AD;
}
static bool drop_body(struct push *push) {
  push->has_body = false;
  return push->class == AD || (is_notice(push) && one_in(4));
}
static bool reach_uninstalled(struct push *push) {
  push->app_stage = "uninstalled";
  return strcmp(push->channel, "app_push") == 0;
}
static bool send_in_clear(struct push *push) {
  push->tls = NO;
  push->sensitive = one_in(2) ? YES : NO;
  return push->class == TRADE || push->class == NOTICE;
}
static bool overwork(struct push *push) {
  push->work_minutes = (int)between(245, 400);
  return push->class == DISPATCH;
}
static bool hide_terms(struct push *push) {
  push->disclosures = push->paid_service == YES ? "price" : NULL;
  return push->price >= 0;
}
static bool charge_more(struct push *push) {
  push->price += 300;
  return push->class == AD && push->price > 300;
}
static bool hide_machine(struct push *push) {
  push->labels = push->class == AD ? "ad" : NULL;
  return push->ai_generated == YES;
}
static bool drop_industry(struct push *push) {
  push->industry = NULL;
  return push->class == AD;
}
static bool drop_personalised(struct push *push) {
  push->personalised = ABSENT;
  push->profile_fields = NULL;
  return is_recommendation(push);
}

// ---- who has looked at it ----
static bool skip_signature(struct push *push) {
  push->one_signature = true;
  return push->class == AD || push->class == NEWS;
}
static bool review_own_text(struct push *push) {
  push->reviewer = push->author;
  return push->class != EMERGENCY;
}
static bool use_unqualified_reviewer(struct push *push) {
  push->reviewer = "u-r4";
  return push->class != EMERGENCY;
}
static bool edit_after_review(struct push *push) {
  push->stale_review = true;
  return push->class != EMERGENCY;
}
static bool skip_truth(struct push *push) {
  push->facets = one_in(2) ? "legality" : NULL;
  return push->class != EMERGENCY;
}
static bool fail_scan(struct push *push) {
  static const char *const results[] = {"hold", "reject", "none", "error", NULL};
  push->auto_result = PICK(results);
  return true;
}

// The commonest come first.
static bool (*const mistakes[])(struct push *) = {crowd_user,
                                                  crowd_user,
                                                  leave_unlabelled,
                                                  promise_too_much,
                                                  hide_contact,
                                                  make_optout_long,
                                                  make_popup_sticky,
                                                  forget_guardian,
                                                  use_private_profile,
                                                  boast,
                                                  advertise_to_minor,
                                                  profile_minor,
                                                  lure_elderly,
                                                  promote_in_notice,
                                                  use_service_lane,
                                                  hide_in_subject,
                                                  send_at_night,
                                                  invent_discount,
                                                  schedule_at_night,
                                                  drop_personalised,
                                                  drop_body,
                                                  drop_age,
                                                  drop_industry,
                                                  use_unlisted_channel,
                                                  skip_signature,
                                                  review_own_text,
                                                  ignore_withdrawal,
                                                  miss_withdrawal,
                                                  stretch_consent,
                                                  skip_notice,
                                                  use_expired_consent,
                                                  edit_after_review,
                                                  skip_truth,
                                                  use_unqualified_reviewer,
                                                  personalise_anyway,
                                                  fail_scan,
                                                  reach_uninstalled,
                                                  send_in_clear,
                                                  overwork,
                                                  hide_terms,
                                                  charge_more,
                                                  hide_machine,
                                                  ignore_settings,
                                                  ignore_switch,
                                                  guess_interest};

#define COMMON 4
#define HABITS 7

void make_mistake(struct push *push) {
  for (int attempt = 0; attempt < 16; attempt++) {
    uint32_t habit = push->sender->number * 5 + 3 * below(HABITS);
    uint32_t choice = attempt < 8 && !one_in(3) ? habit : below((uint32_t)COUNT_OF(mistakes));
    if (attempt == 0 && one_in(2)) choice = below(COMMON);
    struct push changed = *push;
    if (!mistakes[choice % COUNT_OF(mistakes)](&changed)) continue;
    *push = changed;
    push->spoilt = true;
    return;
  }
}
