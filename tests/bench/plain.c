// SPDX-License-Identifier: Apache-2.0
// The forty rules in plain C: one function a rule, each as an engineer would write it who has the rule before
// him and cares for readers first. Returns true where the rule is breached. Texts are searched by memmem.
#define _GNU_SOURCE  // memmem
#include "tests/bench/bench.h"

static bool contains(struct span text, const char *sought) {
  return memmem(text.at, text.len, sought, strlen(sought)) != NULL;
}
static bool contains_any(struct span text, const char *const *sought, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (contains(text, sought[i])) return true;
  return false;
}
static bool is_any(struct span text, const char *const *values, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (text.len == strlen(values[i]) && memcmp(text.at, values[i], text.len) == 0) return true;
  return false;
}
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const superlatives[] = {"国家级", "最高级", "全网最低", "销量第一"};

static bool is_ad(const struct event *e) {
  return e->kind == COMMERCIAL_AD;
}
static bool is_necessary(const struct event *e) {
  if (e->kind == SECURITY || e->kind == EMERGENCY || e->kind == TRANSACTIONAL) return true;
  return !is_ad(e) && e->essential;
}
static bool is_recommendable(const struct event *e) {
  return is_ad(e) || e->kind == NEWS || e->kind == SOCIAL;
}
static bool is_night(int32_t clock) {
  return clock >= 22 * HOUR_MS || clock < 8 * HOUR_MS;
}

static bool sender_identity(const struct event *e) {
  return is_ad(e) && (e->sender_name.at == NULL || e->sender_contact.at == NULL);
}
static bool easy_optout(const struct event *e) {
  if (!is_ad(e)) return false;
  return !e->optout_present || e->optout_steps > 2 || (e->has_cost && e->optout_cost != 0);
}
static bool popup_close(const struct event *e) {
  return e->channel == POPUP && !(e->has_close && e->close_present && e->close_clicks <= 1);
}
static bool profiling_consent(const struct event *e) {
  static const char *const private_fields[] = {"name",   "phone",    "email",    "address", "id_number",
                                               "orders", "location", "contacts", "health"};
  if (!is_recommendable(e) || !e->personalised) return false;
  if (list_has(&e->purposes, SPAN("personalisation"))) return false;
  for (uint32_t i = 0; i < e->profile_fields.count; i++)
    if (is_any(e->profile_fields.items[i], private_fields, COUNT(private_fields))) return true;
  return false;
}
static bool approved(const struct event *e) {
  uint32_t wanted = is_ad(e) || e->kind == NEWS || e->kind == UNKNOWN_CLASS ? 2 : 1;
  return e->approval_status != GOOD || e->chain.count < wanted;
}
static bool author_reviews(const struct event *e) {
  return e->kind != EMERGENCY && span_is(e->author_id, e->review_by);
}
static bool reviewer_approves(const struct event *e) {
  return e->kind != EMERGENCY && span_is(e->review_by, e->approval_by);
}
static bool consent_given(const struct event *e) {
  return e->kind != EMERGENCY && (e->consent_status != GOOD || !e->explicit_consent);
}
static bool consent_purpose(const struct event *e) {
  return e->kind != EMERGENCY && !list_has(&e->purposes, e->purpose);
}
static bool consent_channel(const struct event *e) {
  return e->kind != EMERGENCY && !is_one_of(e->channel, e->channels);
}
static bool consent_expired(const struct event *e) {
  return e->kind != EMERGENCY && e->has_expiry && e->expires_at <= e->time;
}
static bool no_ads_to_minors(const struct event *e) {
  return is_ad(e) && e->age < 18;
}
static bool no_minor_profiling(const struct event *e) {
  return (e->kind == NEWS || e->kind == SOCIAL) && e->personalised && e->age < 18;
}
static bool quiet_hours(const struct event *e) {
  return !is_necessary(e) && is_night(local_clock(e, e->time));
}
static bool special_rest(const struct event *e) {
  if (is_necessary(e) || (e->age >= 18 && e->age < 60)) return false;
  int32_t clock = local_clock(e, e->time);
  return clock >= 21 * HOUR_MS || clock < 8 * HOUR_MS;
}
static bool elder_fraud(const struct event *e) {
  static const char *const words[] = {"内部消息", "养老钱", "稳赚不赔", "转账到", "高额回报"};
  if (e->age < 60 || e->kind == SECURITY || e->kind == EMERGENCY || e->kind == PUBLIC_INTEREST) return false;
  return contains_any(e->body, words, COUNT(words));
}
static bool notice_without_ad(const struct event *e) {
  static const char *const words[] = {"优惠券", "限时抢购", "点击下单", "满减"};
  if (e->kind != SERVICE_NOTICE && e->kind != TRANSACTIONAL && e->kind != SECURITY) return false;
  return contains_any(e->body, words, COUNT(words));
}
static bool ad_in_service_lane(const struct event *e) {
  static const char *const lanes[] = {"IM",     "VOIP",    "ACCOUNT", "EXPRESS", "SUBSCRIPTION",
                                      "TRAVEL", "FINANCE", "system",  "private"};
  return is_ad(e) && e->vendor_class.at != NULL && is_any(e->vendor_class, lanes, COUNT(lanes));
}
static bool ad_label(const struct event *e) {
  if (!is_ad(e)) return false;
  if (list_has(&e->labels, SPAN("ad")) || list_has(&e->labels, SPAN("广告"))) return false;
  return !starts_with(e->title, SPAN("广告")) && !starts_with(e->title, SPAN("【广告】"));
}
static bool email_subject(const struct event *e) {
  if (!is_ad(e) || e->channel != EMAIL) return false;
  if (e->subject_line.at == NULL) return true;
  return !starts_with(e->subject_line, SPAN("广告")) && !starts_with(e->subject_line, SPAN("【广告】"));
}
static bool truth_reviewed(const struct event *e) {
  if (e->kind == EMERGENCY) return false;
  return e->review_status != GOOD || !span_is(e->review_hash, e->content_hash) ||
         !list_has(&e->facets, SPAN("truth"));
}
static bool review_before_send(const struct event *e) {
  return e->kind != EMERGENCY && e->review_time > e->time;
}
static bool no_superlative(const struct event *e) {
  if (!is_ad(e)) return false;
  return contains_any(e->title, superlatives, COUNT(superlatives)) ||
         contains_any(e->body, superlatives, COUNT(superlatives));
}
static bool no_false_claim(const struct event *e) {
  static const char *const words[] = {"包过", "稳赚不赔", "根治", "无效退款"};
  return is_ad(e) && contains_any(e->body, words, COUNT(words));
}
static bool finance_risk(const struct event *e) {
  return is_ad(e) && e->industry == FINANCE && !contains(e->body, "风险");
}
static bool game_notice(const struct event *e) {
  return is_ad(e) && e->industry == GAME && !contains(e->body, "适度");
}
static bool true_discount(const struct event *e) {
  return is_ad(e) && e->has_price && e->has_price_before && e->price_before < e->price;
}
static bool scheduled_rest(const struct event *e) {
  return !is_necessary(e) && e->has_scheduled && is_night(local_clock(e, e->scheduled_at));
}
static bool schedule_order(const struct event *e) {
  return e->has_scheduled && e->scheduled_at < e->time;
}
static bool auto_review(const struct event *e) {
  return e->review_auto != GOOD;
}
static bool known_channel(const struct event *e) {
  return e->channel == VOICE || e->channel == OTHER_CHANNEL;
}
static bool short_life(const struct event *e) {
  return is_ad(e) && e->ttl_ms > 86400000;
}
static bool calm_priority(const struct event *e) {
  return is_ad(e) && (e->priority == HIGH || e->priority == CRITICAL);
}
static bool silent_night(const struct event *e) {
  if (!e->sound || e->kind == SECURITY || e->kind == EMERGENCY) return false;
  int32_t clock = local_clock(e, e->time);
  return clock >= 23 * HOUR_MS || clock < 7 * HOUR_MS;
}
static bool medical_licence(const struct event *e) {
  if (!is_ad(e)) return false;
  if (e->industry != MEDICAL && e->industry != DRUG && e->industry != HEALTH_FOOD) return false;
  return !list_has(&e->licences, SPAN("medical_ad"));
}
static bool no_tobacco(const struct event *e) {
  return is_ad(e) && (e->industry == TOBACCO || e->industry == ALCOHOL);
}
static bool algorithm_named(const struct event *e) {
  return e->personalised && e->algo_id.at == NULL;
}
static bool relevant_news(const struct event *e) {
  return e->kind == NEWS && e->personalised && e->relevance < 3000;
}
static bool title_length(const struct event *e) {
  size_t characters = 0;
  for (uint32_t i = 0; i < e->title.len; i++) characters += (e->title.at[i] & 0xC0) != 0x80;
  return characters > 40;
}
static bool no_links_in_sms(const struct event *e) {
  return e->channel == SMS && contains(e->body, "http://");
}

uint64_t bench_decide_plain(const struct event *e) {
  static bool (*const rules[RULE_COUNT])(const struct event *) = {
      sender_identity, easy_optout,        popup_close,        profiling_consent, approved,
      author_reviews,  reviewer_approves,  consent_given,      consent_purpose,   consent_channel,
      consent_expired, no_ads_to_minors,   no_minor_profiling, quiet_hours,       special_rest,
      elder_fraud,     notice_without_ad,  ad_in_service_lane, ad_label,          email_subject,
      truth_reviewed,  review_before_send, no_superlative,     no_false_claim,    finance_risk,
      game_notice,     true_discount,      scheduled_rest,     schedule_order,    auto_review,
      known_channel,   short_life,         calm_priority,      silent_night,      medical_licence,
      no_tobacco,      algorithm_named,    relevant_news,      title_length,      no_links_in_sms,
  };
  uint64_t breached = 0;
  for (unsigned i = 0; i < RULE_COUNT; i++) breached |= (uint64_t)rules[i](e) << i;
  return breached;
}
