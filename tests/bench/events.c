// SPDX-License-Identifier: Apache-2.0
// Makes the events of the benchmark: push requests of about 1.3 kB with Chinese text, in one fixed layout,
// nine in ten without fault, one in ten with one mistake that some rule of policy.nuo forbids. Knows nothing
// of rules.
#include <stdio.h>

#include "tests/bench/bench.h"

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof *(list)))
#define PICK(list) ((list)[below(d, COUNT(list))])

// What an event says; NULL and -1 stand for members that are left out.
struct draft {
  uint64_t random;
  uint32_t number;
  const char *class, *channel, *consent_channel, *vendor, *vendor_class, *purpose, *consent_purposes,
      *industry;
  const char *title, *subject_line, *labels, *profile_fields, *algo, *priority, *licences, *contact;
  const char *author, *reviewer, *approver, *status, *review_auto, *approval, *consent, *facets, *zone;
  char body[1024];
  bool ad, notice, essential, personalised, sound, explicit_consent, stale_review, late_review, one_signature;
  bool optout, must_wake;
  int day, hour, minute, scheduled_hour, age, price, price_before, relevance, steps, clicks, expiry_days,
      ttl_ms;
};

static uint32_t below(struct draft *d, uint32_t n) {  // splitmix64
  uint64_t x = d->random += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(((x ^ (x >> 31)) >> 32) * n >> 32);
}
static bool one_in(struct draft *d, uint32_t n) {
  return below(d, n) == 0;
}

// ---- words ----
static const char *const ad_titles[] = {"广告｜本周上新与会员专场", "广告｜周末到店有礼",
                                        "【广告】当季蔬果到货了"};
static const char *const ad_sentences[] = {
    "新到一批手冲套装，为您预留到本周日，数量以门店公示为准。",
    "活动期间满一百元减二十元，每人限用一次，特价商品不参加。",
    "杭州各门店同步开放，营业时间上午九点半起，欢迎到店试用。",
    "凭会员码可领取体验装一份，领完即止，详见活动规则页面。",
    "购买露营帐篷两件八折，运费由本店承担，七日内可无理由退货。",
    "现场设有讲解，工作人员会为您演示降噪耳机的使用方法。",
    "理财有风险，参与请看清条款，游戏请适度，未成年人由家长陪同。",
};
static const char *const plain_titles[] = {"您有三条新互动", "成都地铁新线今日试运行", "服务进度更新",
                                           "订单已发货"};
static const char *const plain_sentences[] = {
    "好友评论了您在昆明拍的照片，您参与的话题新增二十条讨论。",
    "记者从有关部门获悉，新线路共设三十二座车站，首班车六点发出。",
    "您预约的服务定于明天上午十点开始，请提前十分钟到店办理。",
    "您提交的资料已经收到，预计二十四小时内给出结果，请留意查收。",
    "您购买的全麦吐司已从济南仓库发出，预计四十八小时内送达。",
    "本次操作的验证码五分钟内有效，请勿告诉他人，谨防冒用。",
    "气象部门预计，未来三天以多云为主，早晚温差较大，注意添衣。",
};

static void add_text(struct draft *d, const char *text) {
  size_t used = strlen(d->body);
  snprintf(d->body + used, sizeof d->body - used, "%s", text);
}

static void write_body(struct draft *d) {
  bool risky = d->ad && (strcmp(d->industry, "finance") == 0 || strcmp(d->industry, "game") == 0);
  uint32_t first = below(d, 7), sentences = 1 + below(d, 3);
  for (uint32_t i = 0; i < sentences; i++)
    add_text(d, d->ad ? ad_sentences[(first + i) % 6] : plain_sentences[(first + i) % 7]);
  if (risky) add_text(d, ad_sentences[6]);
  if (d->ad) add_text(d, "如不想再收到此类信息，可在设置中退订。");
}

// ---- an event without fault ----
static void choose_class(struct draft *d) {
  static const struct {
    const char *class, *purpose;
  } classes[] = {{"commercial_ad", "promo"},
                 {"commercial_ad", "promo"},
                 {"commercial_ad", "promo"},
                 {"commercial_ad", "promo"},
                 {"news", "news"},
                 {"news", "news"},
                 {"social", "social"},
                 {"service_notice", "service"},
                 {"service_notice", "service"},
                 {"transactional", "orders"},
                 {"transactional", "orders"},
                 {"security", "account"},
                 {"work_dispatch", "work"},
                 {"public_interest", "charity"}};
  uint32_t which = below(d, COUNT(classes));
  d->class = classes[which].class;
  d->purpose = d->consent_purposes = classes[which].purpose;
  d->ad = which < 4;
  d->notice = which >= 7 && which < 12;
  d->must_wake = which < 9 || which > 11;
  d->essential = d->notice;
}

static void choose_channel(struct draft *d) {
  static const struct {
    const char *channel, *vendor, *vendor_class;
  } ways[] = {{"app_push", "huawei", "MARKETING"},
              {"app_push", "xiaomi", "public"},
              {"app_push", "vivo", "0"},
              {"app_push", "fcm", NULL},
              {"sms", "aliyun_sms", NULL},
              {"email", "smtp", "bulk"},
              {"popup", "self", NULL},
              {"inapp", "self", NULL},
              {"web_push", "webpush", NULL},
              {"im", "other", NULL}};
  uint32_t which = below(d, COUNT(ways));
  d->channel = d->consent_channel = ways[which].channel;
  d->vendor = ways[which].vendor;
  d->vendor_class = ways[which].vendor_class;
  d->clicks = strcmp(d->channel, "popup") == 0 ? 1 : -1;
  if (strcmp(d->channel, "email") == 0) d->subject_line = d->ad ? "广告：本周书讯与活动" : "通知：请查看详情";
}

static void choose_person(struct draft *d) {
  d->age = one_in(d, 6) ? 60 + (int)below(d, 30) : 18 + (int)below(d, 42);
  if (!d->ad && one_in(d, 10)) d->age = 12 + (int)below(d, 6);
  d->personalised = d->age >= 18 && (d->ad || strcmp(d->class, "news") == 0) && one_in(d, 2);
  d->profile_fields = d->personalised ? "\"interest\",\"device\"" : "";
  d->algo = d->personalised ? "rec-2" : NULL;
  d->zone = one_in(d, 20) ? "Asia/Tokyo" : one_in(d, 20) ? "Asia/Urumqi" : "Asia/Shanghai";
}

// Local hours 9 to 20 in each of the zones for what is not necessary.
static void choose_time(struct draft *d) {
  d->day = 1 + (int)(d->number % 28);
  d->minute = (int)below(d, 60);
  d->hour = d->must_wake ? 11 + (int)below(d, 9) : (int)below(d, 24);
  d->scheduled_hour = one_in(d, 10) ? d->hour + 1 < 20 ? d->hour + 1 : -1 : -1;
  d->expiry_days = one_in(d, 3) ? 30 : -1;
  d->ttl_ms = one_in(d, 2) ? 7200000 : 86400000;
  d->sound = d->must_wake && one_in(d, 3);
}

static void fill(struct draft *d) {
  static const char *const authors[] = {"u-a1", "u-a2", "u-a3"}, *const reviewers[] = {"u-r1", "u-r2"},
                           *const approvers[] = {"u-m1", "u-m2"};
  static const char *const trades[] = {"general", "general", "education", "game", "finance", "medical"};
  d->industry = d->ad ? PICK(trades) : "general";
  d->licences = strcmp(d->industry, "medical") == 0 ? "\"news_service\",\"medical_ad\"" : "\"news_service\"";
  d->labels = d->ad ? one_in(d, 4) ? "\"sponsored\",\"ad\"" : "\"ad\"" : "";
  d->title = d->ad ? PICK(ad_titles) : PICK(plain_titles);
  d->contact = "400-820-0000";
  d->optout = d->explicit_consent = true;
  d->steps = 1 + (int)below(d, 2);
  d->price = d->ad && one_in(d, 3) ? 990 + 100 * (int)below(d, 300) : -1;
  d->price_before = d->price + 500 * (int)below(d, 40);
  d->relevance = 3000 + (int)below(d, 7000);
  d->priority = one_in(d, 4) ? "low" : "normal";
  d->author = PICK(authors);
  d->reviewer = PICK(reviewers);
  d->approver = PICK(approvers);
  d->status = d->review_auto = "pass";
  d->approval = "approved";
  d->consent = "granted";
  d->facets = "\"legality\",\"necessity\",\"truth\"";
  write_body(d);
}

// ---- one mistake ----
static void go_wrong_in_text(struct draft *d, uint32_t which) {
  static const char *const words[] = {"销量第一，口碑相传。", "跟着老师学，稳赚不赔。",
                                      "内部消息，帮您打理养老钱。", "另送您一张优惠券，点击下单。"};
  add_text(d, words[which % 4]);
  if (d->ad) return;
  d->age = 70;
  if (which % 4 == 0) d->status = "reject";
}

static void go_wrong_in_ad(struct draft *d, uint32_t which) {
  if (which % 8 == 0) d->contact = NULL;
  if (which % 8 == 1) d->steps = 4;
  if (which % 8 == 2) d->labels = "\"sponsored\"", d->title = "本周上新";
  if (which % 8 == 3) d->vendor_class = "ACCOUNT";
  if (which % 8 == 4) d->price = 9900, d->price_before = 6900;
  if (which % 8 == 5) d->priority = "high";
  if (which % 8 == 6) d->industry = "alcohol";
  if (which % 8 == 7) d->age = 15;
}

static void go_wrong(struct draft *d) {
  uint32_t which = below(d, 16);
  if (d->ad && one_in(d, 2)) {
    go_wrong_in_ad(d, below(d, 8));
    return;
  }
  if (which < 4) go_wrong_in_text(d, below(d, 4));
  if (which == 4) d->consent = "withdrawn";
  if (which == 5) d->consent_purposes = "delivery";
  if (which == 6) d->expiry_days = -2;
  if (which == 7) d->reviewer = d->author;
  if (which == 8) d->stale_review = true;
  if (which == 9) d->facets = "\"legality\"";
  if (which == 10) d->review_auto = "hold";
  if (which == 11) d->channel = "voice";
  if (which == 12) d->hour = 23, d->class = "social", d->essential = false, d->scheduled_hour = -1;
  if (which == 13) d->one_signature = true, d->approval = "pending";
  if (which == 14) d->late_review = true;
  if (which == 15) d->personalised = true, d->algo = NULL;
}

// ---- JSON ----
static const char *flag(bool value) {
  return value ? "true" : "false";
}
static size_t put_time(char *out, const char *before, int month, int day, int hour, int minute) {
  return (size_t)sprintf(out, "%s\"2025-%02d-%02dT%02d:%02d:31.000+08:00\"", before, month, day, hour,
                         minute);
}

static size_t put_offer(const struct draft *d, char *out) {
  size_t n = 0;
  n += (size_t)sprintf(out + n, ",\"channel\":\"%s\",\"vendor\":\"%s\"", d->channel, d->vendor);
  if (d->vendor_class != NULL) n += (size_t)sprintf(out + n, ",\"vendor_class\":\"%s\"", d->vendor_class);
  n += (size_t)sprintf(out + n, ",\"class\":\"%s\",\"purpose\":\"%s\",\"essential\":%s,\"industry\":\"%s\"",
                       d->class, d->purpose, flag(d->essential), d->industry);
  n += (size_t)sprintf(out + n, ",\"title\":\"%s\",\"body\":\"%s\"", d->title, d->body);
  if (d->subject_line != NULL) n += (size_t)sprintf(out + n, ",\"subject_line\":\"%s\"", d->subject_line);
  n += (size_t)sprintf(out + n, ",\"lang\":\"zh-Hans\",\"labels\":[%s]", d->labels);
  if (d->price >= 0)
    n += (size_t)sprintf(out + n, ",\"price\":{\"amount\":%d,\"original\":%d}", d->price, d->price_before);
  return n;
}

static size_t put_manner(const struct draft *d, char *out) {
  size_t n = 0;
  n += (size_t)sprintf(out + n, ",\"personalised\":%s,\"profile_fields\":[%s]", flag(d->personalised),
                       d->profile_fields);
  if (d->algo != NULL) n += (size_t)sprintf(out + n, ",\"algo\":{\"id\":\"%s\"}", d->algo);
  n += (size_t)sprintf(out + n, ",\"relevance\":%d,\"optout\":{\"present\":%s,\"steps\":%d", d->relevance,
                       flag(d->optout), d->steps);
  n += (size_t)sprintf(out + n, d->steps == 1 ? ",\"cost\":0}" : "}");
  if (d->clicks >= 0) n += (size_t)sprintf(out + n, ",\"close\":{\"present\":true,\"clicks\":%d}", d->clicks);
  if (d->scheduled_hour >= 0)
    n += put_time(out + n, ",\"scheduled_at\":", 9, d->day, d->scheduled_hour, d->minute);
  n += (size_t)sprintf(out + n, ",\"ttl_ms\":%d,\"priority\":\"%s\",\"sound\":%s", d->ttl_ms, d->priority,
                       flag(d->sound));
  return n;
}

static size_t put_review(const struct draft *d, char *out) {
  size_t n = 0;
  n += (size_t)sprintf(out + n, ",\"author\":{\"id\":\"%s\"},\"review\":{\"status\":\"%s\",\"auto\":\"%s\"",
                       d->author, d->status, d->review_auto);
  n += (size_t)sprintf(out + n, ",\"manual\":true,\"by\":\"%s\"", d->reviewer);
  n += put_time(out + n, ",\"time\":", d->late_review ? 10 : 8, d->day, 12, 5);
  n += (size_t)sprintf(out + n, ",\"content_hash\":\"%016x\",\"facets\":[%s]}", d->number + d->stale_review,
                       d->facets);
  n += (size_t)sprintf(out + n, ",\"approval\":{\"status\":\"%s\",\"by\":\"%s\",\"chain\":[\"%s\"",
                       d->approval, d->approver, d->reviewer);
  return n + (size_t)sprintf(out + n, d->one_signature ? "]}" : ",\"%s\"]}", d->approver);
}

static size_t put_user(const struct draft *d, char *out) {
  size_t n = 0;
  n += (size_t)sprintf(out + n, ",\"user\":{\"id\":\"U%06u\",\"age\":%d,\"tz\":\"%s\",\"region\":\"CN-11\"}",
                       d->number % 4000, d->age, d->zone);
  n += (size_t)sprintf(out + n, ",\"consent\":{\"status\":\"%s\",\"explicit\":%s", d->consent,
                       flag(d->explicit_consent));
  if (d->expiry_days > 0) n += put_time(out + n, ",\"expires_at\":", 12, d->day, 0, 0);
  if (d->expiry_days == -2) n += put_time(out + n, ",\"expires_at\":", 8, d->day, 0, 0);
  n += (size_t)sprintf(out + n, ",\"purposes\":[\"service\",\"%s\"],\"channels\":[\"inapp\",\"%s\"]}}",
                       d->consent_purposes, d->consent_channel);
  return n;
}

size_t bench_write_event(uint32_t number, char *out) {
  struct draft draft = {.random = (uint64_t)number << 20, .number = number}, *d = &draft;
  choose_class(d);
  choose_channel(d);
  choose_person(d);
  choose_time(d);
  fill(d);
  if (one_in(d, 10)) go_wrong(d);
  size_t n = 0;
  n += (size_t)sprintf(out + n, "{\"type\":\"push.requested\",\"id\":\"e-%06u\",\"source\":\"/app/bookfair\"",
                       number);
  n += put_time(out + n, ",\"time\":", 9, d->day, d->hour, d->minute);
  n += (size_t)sprintf(out + n,
                       ",\"tenant\":\"bookfair\",\"message\":{\"id\":\"m-%06u\",\"content_hash\":\"%016x\"}",
                       number, number);
  n += (size_t)sprintf(out + n, ",\"sender\":{\"id\":\"s-%02u\",\"name\":\"南山书市\"", number % 17);
  if (d->contact != NULL) n += (size_t)sprintf(out + n, ",\"contact\":\"%s\"", d->contact);
  n += (size_t)sprintf(out + n, ",\"licences\":[%s]}", d->licences);
  n += put_offer(d, out + n);
  n += put_manner(d, out + n);
  n += put_review(d, out + n);
  return n + put_user(d, out + n);
}

static void put(char *json, const char *member, const char *digits) {
  memcpy(strstr(json, member) + strlen(member), digits, strlen(digits));
}
void bench_rewrite_event(char *json, uint32_t number, uint32_t user, uint32_t minutes) {
  char digits[32];
  snprintf(digits, sizeof digits, "%06u", number % 1000000);
  put(json, "\"id\":\"e-", digits);
  snprintf(digits, sizeof digits, "%06u", user % 1000000);
  put(json, "\"id\":\"U", digits);
  snprintf(digits, sizeof digits, "%02uT%02u:%02u", 1 + minutes / 600 % 30, 9 + minutes / 60 % 10,
           minutes % 60);
  put(json, "\"time\":\"2025-09-", digits);
}
