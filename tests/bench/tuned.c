// SPDX-License-Identifier: Apache-2.0
// The forty rules tuned by hand: shared tests are made once, rules are grouped by the class of the push and
// left out where they cannot apply, and one pass over the body finds the literals of all rules, only where
// some rule asks for one. Pays for it by being one piece that no longer shows a single rule.
#include "tests/bench/bench.h"

// Bits of the rules, by their place in policy.nuo.
#define RULE(number) (UINT64_C(1) << (number))
#define WHEN(condition, number) ((uint64_t)(condition) << (number))

// ---- literals in the body ----
enum { FRAUD = 1, PROMO = 2, SUPERLATIVE = 4, FALSE_CLAIM = 8, RISK = 16, MODERATION = 32 };

static const struct literal {
  const char *text;
  uint32_t len, groups;
} literals[] = {
#define LITERAL(text, groups) \
  { text, sizeof(text) - 1, groups }
    LITERAL("内部消息", FRAUD),
    LITERAL("养老钱", FRAUD),
    LITERAL("稳赚不赔", FRAUD | FALSE_CLAIM),
    LITERAL("转账到", FRAUD),
    LITERAL("高额回报", FRAUD),
    LITERAL("优惠券", PROMO),
    LITERAL("限时抢购", PROMO),
    LITERAL("点击下单", PROMO),
    LITERAL("满减", PROMO),
    LITERAL("国家级", SUPERLATIVE),
    LITERAL("最高级", SUPERLATIVE),
    LITERAL("全网最低", SUPERLATIVE),
    LITERAL("销量第一", SUPERLATIVE),
    LITERAL("包过", FALSE_CLAIM),
    LITERAL("根治", FALSE_CLAIM),
    LITERAL("无效退款", FALSE_CLAIM),
    LITERAL("风险", RISK),
    LITERAL("适度", MODERATION),
};
#define LITERALS (sizeof literals / sizeof *literals)

static uint32_t look_up(const char *p, size_t left) {
  uint32_t found = 0;
  for (size_t i = 0; i < LITERALS; i++)
    if (literals[i].len <= left && memcmp(p, literals[i].text, literals[i].len) == 0)
      found |= literals[i].groups;
  return found;
}

// Every literal begins with two characters of three bytes. Their tails, bytes 1, 2, 4 and 5, tell where one
// may begin: one bit a literal (modulo 8) in tables by the low and by the high half of each byte, which a
// shuffle looks up for 32 positions at a time.
#if defined(__x86_64__)
#include <immintrin.h>

static const uint8_t tails[4] = {1, 2, 4, 5};
static uint8_t lows[4][16], highs[4][16];

__attribute__((constructor)) static void prepare(void) {
  for (size_t i = 0; i < LITERALS; i++) {
    for (size_t t = 0; t < 4; t++) {
      unsigned char byte = (unsigned char)literals[i].text[tails[t]];
      lows[t][byte & 15] |= (uint8_t)(1u << i % 8);
      highs[t][byte >> 4] |= (uint8_t)(1u << i % 8);
    }
  }
}

__attribute__((target("avx2"))) static inline __m256i table(const uint8_t entries[16]) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)entries));
}

__attribute__((target("avx2"))) static inline uint32_t candidates(const char *p) {
  const __m256i half = _mm256_set1_epi8(15);
  __m256i passes = _mm256_set1_epi8(-1);
  for (size_t t = 0; t < 4; t++) {
    __m256i bytes = _mm256_loadu_si256((const __m256i *)(p + tails[t]));
    __m256i low = _mm256_shuffle_epi8(table(lows[t]), _mm256_and_si256(bytes, half));
    __m256i high = _mm256_shuffle_epi8(table(highs[t]), _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half));
    passes = _mm256_and_si256(passes, _mm256_and_si256(low, high));
  }
  return ~(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(passes, _mm256_setzero_si256()));
}

__attribute__((target("avx2"))) static uint32_t scan_blocks(const char *p, const char *end) {
  uint32_t found = 0;
  for (; end - p >= 6; p += 32)
    for (uint32_t left = candidates(p); left != 0; left &= left - 1) {
      const char *at = p + __builtin_ctz(left);
      if (end - at >= 6) found |= look_up(at, (size_t)(end - at));
    }
  return found;
}
#endif

// Which groups have a literal in `text`, which stands in an event: 48 bytes behind it may be read as well.
static uint32_t scan(struct span text) {
  const char *end = text.at + text.len;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return scan_blocks(text.at, end);
#endif
  uint32_t found = 0;
  for (const char *p = text.at; p < end; p++)
    if ((unsigned char)*p >= 0xE0) found |= look_up(p, (size_t)(end - p));
  return found;
}

static bool has_link(struct span text) {
  for (const char *p = text.at, *end = text.at + text.len; (p = memchr(p, 'h', (size_t)(end - p))) != NULL;
       p++)
    if (end - p >= 7 && memcmp(p, "http://", 7) == 0) return true;
  return false;
}

// ---- groups of rules ----
static bool is_service_lane(struct span s) {
  switch (s.len) {
    case 2:
      return memcmp(s.at, "IM", 2) == 0;
    case 4:
      return memcmp(s.at, "VOIP", 4) == 0;
    case 6:
      return memcmp(s.at, "TRAVEL", 6) == 0 || memcmp(s.at, "system", 6) == 0;
    case 7:
      return memcmp(s.at, "ACCOUNT", 7) == 0 || memcmp(s.at, "EXPRESS", 7) == 0 ||
             memcmp(s.at, "FINANCE", 7) == 0 || memcmp(s.at, "private", 7) == 0;
    case 12:
      return memcmp(s.at, "SUBSCRIPTION", 12) == 0;
    default:
      return false;
  }
}

static bool is_private(struct span s) {
  switch (s.len) {
    case 4:
      return memcmp(s.at, "name", 4) == 0;
    case 5:
      return memcmp(s.at, "phone", 5) == 0 || memcmp(s.at, "email", 5) == 0;
    case 6:
      return memcmp(s.at, "orders", 6) == 0 || memcmp(s.at, "health", 6) == 0;
    case 7:
      return memcmp(s.at, "address", 7) == 0;
    case 8:
      return memcmp(s.at, "location", 8) == 0 || memcmp(s.at, "contacts", 8) == 0;
    case 9:
      return memcmp(s.at, "id_number", 9) == 0;
    default:
      return false;
  }
}

static bool has_private(const struct list *fields) {
  for (uint32_t i = 0; i < fields->count; i++)
    if (is_private(fields->items[i])) return true;
  return false;
}

static bool is_marked(struct span text) {
  return starts_with(text, SPAN("广告")) || starts_with(text, SPAN("【广告】"));
}

static uint64_t decide_ad(const struct event *e, uint32_t found) {
  uint64_t b = WHEN(e->sender_name.at == NULL || e->sender_contact.at == NULL, 0);
  b |= WHEN(!e->optout_present || e->optout_steps > 2 || (e->has_cost && e->optout_cost != 0), 1);
  b |= WHEN(e->age < 18, 11);
  b |= WHEN(e->vendor_class.at != NULL && is_service_lane(e->vendor_class), 17);
  if (!is_marked(e->title))
    b |= WHEN(!list_has(&e->labels, SPAN("ad")) && !list_has(&e->labels, SPAN("广告")), 18);
  if (e->channel == EMAIL) b |= WHEN(e->subject_line.at == NULL || !is_marked(e->subject_line), 19);
  b |= WHEN(((found | scan(e->title)) & SUPERLATIVE) != 0, 22);
  b |= WHEN((found & FALSE_CLAIM) != 0, 23);
  b |= WHEN(e->industry == FINANCE && !(found & RISK), 24);
  b |= WHEN(e->industry == GAME && !(found & MODERATION), 25);
  b |= WHEN(e->has_price && e->has_price_before && e->price_before < e->price, 26);
  b |= WHEN(e->ttl_ms > 86400000, 31);
  b |= WHEN(e->priority >= HIGH, 32);
  if (e->industry >= MEDICAL && e->industry <= HEALTH_FOOD)
    b |= WHEN(!list_has(&e->licences, SPAN("medical_ad")), 34);
  return b | WHEN(e->industry == TOBACCO || e->industry == ALCOHOL, 35);
}

static uint64_t decide_review(const struct event *e) {
  uint64_t b = WHEN(span_is(e->author_id, e->review_by), 5) | WHEN(span_is(e->review_by, e->approval_by), 6);
  b |= WHEN(e->consent_status != GOOD || !e->explicit_consent, 7);
  b |= WHEN(!list_has(&e->purposes, e->purpose), 8);
  b |= WHEN(!is_one_of(e->channel, e->channels), 9);
  b |= WHEN(e->has_expiry && e->expires_at <= e->time, 10);
  b |= WHEN(e->review_status != GOOD || !span_is(e->review_hash, e->content_hash) ||
                !list_has(&e->facets, SPAN("truth")),
            20);
  return b | WHEN(e->review_time > e->time, 21);
}

static uint64_t decide_rest(const struct event *e, int32_t clock) {
  bool weak = e->age < 18 || e->age >= 60;
  uint64_t b = WHEN(clock >= 22 * HOUR_MS || clock < 8 * HOUR_MS, 13);
  b |= WHEN(weak && (clock >= 21 * HOUR_MS || clock < 8 * HOUR_MS), 14);
  if (!e->has_scheduled) return b;
  int32_t scheduled = local_clock(e, e->scheduled_at);
  return b | WHEN(scheduled >= 22 * HOUR_MS || scheduled < 8 * HOUR_MS, 27);
}

static uint64_t decide_personalised(const struct event *e) {
  uint64_t b = WHEN(e->algo_id.at == NULL, 36);
  if (e->kind == NEWS || e->kind == SOCIAL) b |= WHEN(e->age < 18, 12);
  if (e->kind == NEWS) b |= WHEN(e->relevance < 3000, 37);
  if (is_one_of(e->kind, ONE(COMMERCIAL_AD) | ONE(NEWS) | ONE(SOCIAL)))
    b |= WHEN(has_private(&e->profile_fields) && !list_has(&e->purposes, SPAN("personalisation")), 3);
  return b;
}

static bool is_long(struct span text) {
  if (text.len <= 40) return false;
  uint32_t characters = 0;
  for (uint32_t i = 0; i < text.len; i++) characters += (text.at[i] & 0xC0) != 0x80;
  return characters > 40;
}

uint64_t bench_decide_tuned(const struct event *e) {
  bool is_ad = e->kind == COMMERCIAL_AD;
  bool is_notice = e->kind <= SECURITY;
  bool is_grave = is_one_of(e->kind, ONE(SECURITY) | ONE(EMERGENCY));
  bool at_risk = e->age >= 60 && !is_grave && e->kind != PUBLIC_INTEREST;
  int32_t clock = local_clock(e, e->time);
  uint32_t levels = is_one_of(e->kind, ONE(COMMERCIAL_AD) | ONE(NEWS) | ONE(UNKNOWN_CLASS)) ? 2 : 1;
  uint32_t found = is_ad || is_notice || at_risk ? scan(e->body) : 0;
  uint64_t b = WHEN(e->approval_status != GOOD || e->chain.count < levels, 4);
  if (is_ad) b |= decide_ad(e, found);
  if (e->kind != EMERGENCY) b |= decide_review(e);
  if (is_ad || !(is_grave || e->kind == TRANSACTIONAL || e->essential)) b |= decide_rest(e, clock);
  if (e->personalised) b |= decide_personalised(e);
  if (e->channel == POPUP) b |= WHEN(!(e->has_close && e->close_present && e->close_clicks <= 1), 2);
  if (e->channel == SMS) b |= WHEN(has_link(e->body), 39);
  if (at_risk && found & FRAUD) b |= RULE(15);
  if (is_notice && found & PROMO) b |= RULE(16);
  b |= WHEN(e->has_scheduled && e->scheduled_at < e->time, 28);
  b |= WHEN(e->review_auto != GOOD, 29) | WHEN(e->channel >= VOICE, 30);
  b |= WHEN(e->sound && !is_grave && (clock >= 23 * HOUR_MS || clock < 7 * HOUR_MS), 33);
  return b | WHEN(is_long(e->title), 38);
}
