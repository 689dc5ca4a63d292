// SPDX-License-Identifier: Apache-2.0
// What happens seldom, so that a month has some of each: a wording that does not pass, a member that is wrong
// or left out. mistakes.c has what senders do again and again.
#include "tests/sample/push.h"
#include "tests/sample/queue.h"
#include "tests/sample/random.h"

#define ONE(class) (1u << (class))
#define NOTICES (ONE(NOTICE) | ONE(TRADE) | ONE(SECURITY))
#define READING (ONE(AD) | ONE(NEWS) | ONE(SOCIAL))
#define ANY (READING | NOTICES | ONE(PUBLIC) | ONE(DISPATCH))

// What is NULL or 0 stays as it is. `age`: the reader is that old.
static const struct slip {
  uint32_t classes;
  const char *text, *industry, *channel;
  int age;
  uint32_t slips;
  const char *extra;
} slips[] = {
    // Wordings.
    {ONE(AD), "活动页面使用国旗图案。", NULL, NULL, 0, 0, NULL},
    {ONE(AD), "国家级品质，值得信赖。", NULL, NULL, 0, 0, NULL},
    {ONE(AD), "真人荷官在线发牌，首存送彩金。", NULL, NULL, 0, SLIP_STOPPED, NULL},
    {ONE(AD), "黑户可贷，秒下款。", NULL, NULL, 0, SLIP_STOPPED, NULL},
    {ONE(AD), "调查显示，九成用户满意。", NULL, NULL, 0, 0, NULL},
    {ONE(AD), "买一送一，先到先得。", NULL, NULL, 0, 0, NULL},
    {ONE(AD), "根治老寒腿，有效率百分之九十。", "medical", NULL, 40, 0, NULL},
    {ONE(AD), "每天一粒，轻松好睡。", "health_food", NULL, 40, SLIP_UNLICENSED, NULL},
    {ONE(AD), "今晚不醉不归。", "alcohol", NULL, 40, 0, NULL},
    {ONE(AD), "签约包过，百分百通过。", "education", NULL, 0, 0, NULL},
    {ONE(AD), "升值在即，投资回报率可观。", "real_estate", NULL, 0, 0, NULL},
    {ONE(AD), "香烟到货。", "tobacco", NULL, 40, 0, NULL},
    {ONE(AD), "快去叫爸妈买。", NULL, NULL, 10, 0, NULL},
    {ONE(AD), "新酒上市。", "alcohol", NULL, 16, 0, NULL},
    {ONE(AD), "新手礼包等你来。", "game", NULL, 16, 0, NULL},
    {ONE(AD),
     "秋天到了本店为大家准备了各式各样的新鲜商品欢迎大家带上家人和朋友一起来逛一逛看一看尝一尝我们的店员会热"
     "情地为"
     "每一位到店的客人服务并且送上小小的心意",
     NULL, NULL, 0, 0, NULL},
    {READING, "现场血腥，请勿模仿。", NULL, NULL, 0, SLIP_STOPPED, NULL},
    {READING, "不看后悔，删前速看。", NULL, NULL, 0, 0, NULL},
    {READING, "震惊全国的消息。", NULL, NULL, 0, 0, NULL},
    {READING, "听说喝白酒能防病毒。", NULL, NULL, 0, SLIP_STOPPED, NULL},
    {READING, "请联系张先生13912345678。", NULL, NULL, 0, 0, NULL},
    {READING, "憋气挑战，谁敢来试。", NULL, NULL, 16, 0, NULL},
    {READING, "约炮请进。", NULL, NULL, 16, SLIP_STOPPED, NULL},
    {ONE(NEWS) | ONE(SOCIAL), "投票打榜，为偶像加油。", NULL, NULL, 16, 0, NULL},
    {READING, "让人停不下来。", NULL, NULL, 30, SLIP_RECOMMENDED, NULL},
    {READING, "抽烟姿势大全。", NULL, NULL, 16, SLIP_RECOMMENDED, NULL},
    // Pop-ups.
    {ONE(NEWS) | ONE(AD), "惊天大瓜，点击领红包。", NULL, "popup", 0, 0, NULL},
    {ONE(NEWS) | ONE(AD), NULL, NULL, "popup", 0, SLIP_COUNTDOWN, NULL},
    {ONE(NEWS) | ONE(AD), NULL, NULL, "popup", 0, SLIP_DIVERTS, NULL},
    {ONE(NEWS) | ONE(AD), NULL, NULL, "popup", 0, SLIP_NAMELESS, NULL},
    {ONE(NEWS), "网恋奔现记。", NULL, "popup", 15, SLIP_RECOMMENDED, NULL},
    {ONE(NEWS), NULL, NULL, "popup", 0, SLIP_UNLICENSED | SLIP_RECOMMENDED, NULL},
    {ONE(AD), NULL, NULL, "popup", 0, SLIP_UNLABELLED | SLIP_CLICKS, NULL},
    // What is wrong or left out.
    {ANY, NULL, NULL, NULL, 0, SLIP_UNTRACED, NULL},
    {ANY, NULL, NULL, NULL, 0, SLIP_UNDECLARED, NULL},
    {ANY, NULL, NULL, NULL, 0, SLIP_OLD_REVIEW, NULL},
    {ANY, NULL, NULL, NULL, 0, SLIP_SLOW_SCAN, NULL},
    {ANY, NULL, NULL, NULL, 0, SLIP_ANONYMOUS, NULL},
    {ANY, NULL, NULL, NULL, 0, SLIP_WRONG_ROLE, NULL},
    {ANY, NULL, NULL, NULL, 0, SLIP_UNPUBLISHED, NULL},
    {ANY, NULL, NULL, NULL, 0, SLIP_FORCED, NULL},
    {READING, NULL, NULL, NULL, 30, SLIP_RECOMMENDED | SLIP_NEW_ALGORITHM, NULL},
    {READING, NULL, NULL, NULL, 30, SLIP_RECOMMENDED | SLIP_UNSWITCHED, NULL},
    {READING, NULL, NULL, NULL, 70, SLIP_RECOMMENDED | SLIP_FRAUD | SLIP_STOPPED, "\"large_text\":false"},
    {ONE(AD), NULL, "health_food", NULL, 70, SLIP_RECOMMENDED, NULL},
    {READING, NULL, NULL, NULL, 0, SLIP_STOPPED, "\"media_tags\":[\"violence\",\"gambling\"]"},
    {READING, NULL, NULL, NULL, 0, SLIP_STOPPED, "\"link_domains\":[\"prize.example\"]"},
    {ONE(AD), NULL, NULL, NULL, 0, 0, "\"claims\":[\"sales_first\"],\"claims_proven\":[]"},
    {ONE(AD), NULL, NULL, NULL, 0, 0, "\"offer_ends\":\"2026-09-30T00:00:00+08:00\""},
    {NOTICES, NULL, NULL, NULL, 0, 0, "\"scores\":{\"promo\":7200}"},
    {ONE(AD), NULL, NULL, NULL, 0, SLIP_NO_OPTOUT, NULL},
    {ONE(AD), NULL, NULL, NULL, 0, SLIP_CHARGED, NULL},
    {ONE(AD), NULL, NULL, "email", 0, SLIP_SHORT_OPTOUT, NULL},
    {ONE(AD), NULL, NULL, "sms", 0, SLIP_NAMELESS | SLIP_CHARGED, NULL},
    {ONE(AD), NULL, NULL, NULL, 30, SLIP_PAID, NULL},
    {NOTICES, NULL, NULL, NULL, 16, 0, "\"auto_renew\":true"},
    {ONE(DISPATCH), NULL, NULL, NULL, 0, SLIP_LONG_SHIFT, NULL},
    {ONE(DISPATCH), NULL, NULL, NULL, 0, SLIP_UNTOLD_HOURS, NULL},
};

static void take_channel(struct push *push, const char *channel) {
  push->channel = push->consent_channel = channel;
  push->vendor = push->vendor_class = NULL;
  push->close_clicks = 1;
}

// The platform stops a sender that seems to cheat, and looks into it for some hours.
static void stop_sender(const struct push *push) {
  const int64_t until = push->time + (int64_t)between(2, 6) * HOUR_MS;
  plan(until, "sender.resumed", "\"sender\":{\"id\":\"s-%06u\"}", (unsigned)push->sender->number);
  pause_sender(push->sender->number, push->time, until);
}

bool plant_slip(struct push *push) {
  const struct slip *slip = &PICK(slips);
  if (!(slip->classes & ONE(push->class)) || push->renewal >= 0) return false;
  if (slip->text != NULL) add_text(push, slip->text);
  if (slip->industry != NULL) push->industry = slip->industry;
  if (slip->channel != NULL) take_channel(push, slip->channel);
  if (slip->age > 0) push->user.age = slip->age, push->user.group = NULL;
  if (slip->slips & SLIP_RECOMMENDED) {
    push->personalised = push->personalisation_consent = YES;
    push->profile_fields = "interest";
    push->topic = "网赌";
  }
  if (slip->slips & SLIP_FRAUD) push->antifraud = "fraud";
  if (slip->slips & SLIP_UNLABELLED) push->labels = "";
  if (slip->slips & SLIP_CLICKS) push->close_clicks = 3;
  if (slip->slips & SLIP_PAID) push->paid_service = YES;
  if (slip->slips & SLIP_STOPPED) stop_sender(push);
  push->slips = slip->slips;
  push->extra = slip->extra;
  push->spoilt = true;
  return true;
}
