// SPDX-License-Identifier: Apache-2.0
// The floor of any decoder: knows by heart where every member of an event of events.c stands, how long each
// name and each fixed value is, and checks nothing at all. No event from anywhere else may be given to it.
#include "tests/bench/bench.h"

// Steps over text that is known to stand here.
#define PASS(literal) (p += sizeof(literal) - 1)
// True, and steps over it, when an optional member comes next; such a member differs from what else may stand
// here in four bytes.
#define COMES(literal) (memcmp(p, literal, 4) == 0 && PASS(literal))

static inline const char *read_text(const char *p, struct span *out) {  // p: after the opening quote
  const char *end = strchr(p, '"');
  *out = (struct span){p, (uint32_t)(end - p)};
  return end + 1;
}
static inline const char *read_number(const char *p, int64_t *out) {
  int64_t value = 0;
  while ((unsigned char)(*p - '0') < 10) value = value * 10 + (*p++ - '0');
  return *out = value, p;
}
static inline const char *read_flag(const char *p, bool *out) {
  *out = *p == 't';
  return p + (*out ? 4 : 5);
}
static const char *read_list(const char *p, struct list *out) {  // p: after the opening bracket
  for (out->count = 0; *p != ']'; p += *p == ',') p = read_text(p + 1, &out->items[out->count++]);
  return p + 1;
}

static inline int32_t two(const char *p) {
  return (p[0] - '0') * 10 + (p[1] - '0');
}
// "2025-09-01T10:22:31.000+08:00": always of 2025 or 2026, always +08:00.
static inline const char *read_time(const char *p, int64_t *out) {
  static const int16_t before[] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
  int64_t days = 20089 + (p[3] - '5') * 365 + before[two(p + 5)] + two(p + 8) - 1;
  int64_t seconds = two(p + 11) * 3600 + two(p + 14) * 60 + two(p + 17) - 8 * 3600;
  *out = days * 86400000 + seconds * 1000 + (p[20] - '0') * 100 + two(p + 21);
  return p + sizeof "2025-09-01T10:22:31.000+08:00\"" - 1;
}

uint8_t bench_channel_of(struct span s) {
  switch (s.at[0]) {
    case 'a':
      return APP_PUSH;
    case 's':
      return SMS;
    case 'e':
      return EMAIL;
    case 'p':
      return POPUP;
    case 'w':
      return WEB_PUSH;
    case 'v':
      return VOICE;
    default:
      return s.len == 2 ? IM : INAPP;
  }
}
uint8_t bench_class_of(struct span s) {
  switch (s.at[2]) {
    case 'm':
      return COMMERCIAL_AD;
    case 'w':
      return NEWS;
    case 'b':
      return PUBLIC_INTEREST;
    case 'a':
      return TRANSACTIONAL;
    case 'e':
      return EMERGENCY;
    case 'c':
      return s.at[1] == 'o' ? SOCIAL : SECURITY;
    default:
      return s.at[0] == 's' ? SERVICE_NOTICE : WORK_DISPATCH;
  }
}
uint8_t bench_industry_of(struct span s) {
  switch (s.at[0]) {
    case 'g':
      return s.len == 4 ? GAME : GENERAL;
    case 'm':
      return MEDICAL;
    case 'f':
      return FINANCE;
    case 'a':
      return ALCOHOL;
    default:
      return EDUCATION;
  }
}
uint8_t bench_priority_of(struct span s) {
  return s.at[0] == 'h' ? HIGH : s.at[0] == 'l' ? LOW : NORMAL;
}

// "Asia/Shanghai", "Asia/Tokyo", "Asia/Urumqi"
int32_t bench_offset_of(struct span s) {
  return s.at[5] == 'S' ? 8 * HOUR_MS : s.at[5] == 'T' ? 9 * HOUR_MS : 6 * HOUR_MS;
}

static const char *read_offer(const char *p, struct event *e) {
  struct span s;
  PASS(",\"channel\":\""), p = read_text(p, &s), e->channel = bench_channel_of(s);
  PASS(",\"vendor\":\""), p = read_text(p, &s);
  if (COMES(",\"vendor_class\":\"")) p = read_text(p, &e->vendor_class);
  PASS(",\"class\":\""), p = read_text(p, &s), e->kind = bench_class_of(s);
  PASS(",\"purpose\":\""), p = read_text(p, &e->purpose);
  PASS(",\"essential\":"), p = read_flag(p, &e->essential);
  PASS(",\"industry\":\""), p = read_text(p, &s), e->industry = bench_industry_of(s);
  PASS(",\"title\":\""), p = read_text(p, &e->title);
  PASS(",\"body\":\""), p = read_text(p, &e->body);
  if (COMES(",\"subject_line\":\"")) p = read_text(p, &e->subject_line);
  PASS(",\"lang\":\"zh-Hans\",\"labels\":["), p = read_list(p, &e->labels);
  e->has_price = e->has_price_before = COMES(",\"price\":{\"amount\":");
  if (e->has_price) {
    p = read_number(p, &e->price);
    PASS(",\"original\":"), p = read_number(p, &e->price_before), PASS("}");
  }
  return p;
}

static const char *read_manner(const char *p, struct event *e) {
  struct span s;
  PASS(",\"personalised\":"), p = read_flag(p, &e->personalised);
  PASS(",\"profile_fields\":["), p = read_list(p, &e->profile_fields);
  if (COMES(",\"algo\":{\"id\":\"")) p = read_text(p, &e->algo_id), PASS("}");
  PASS(",\"relevance\":"), p = read_number(p, &e->relevance);
  PASS(",\"optout\":{\"present\":"), p = read_flag(p, &e->optout_present);
  PASS(",\"steps\":"), p = read_number(p, &e->optout_steps);
  e->has_cost = COMES(",\"cost\":");
  if (e->has_cost) p = read_number(p, &e->optout_cost);
  PASS("}");
  e->has_close = COMES(",\"close\":{\"present\":");
  if (e->has_close) {
    p = read_flag(p, &e->close_present);
    PASS(",\"clicks\":"), p = read_number(p, &e->close_clicks), PASS("}");
  }
  e->has_scheduled = COMES(",\"scheduled_at\":\"");
  if (e->has_scheduled) p = read_time(p, &e->scheduled_at);
  PASS(",\"ttl_ms\":"), p = read_number(p, &e->ttl_ms);
  PASS(",\"priority\":\""), p = read_text(p, &s), e->priority = bench_priority_of(s);
  PASS(",\"sound\":"), p = read_flag(p, &e->sound);
  return p;
}

static const char *read_review(const char *p, struct event *e) {
  struct span s;
  bool manual;
  PASS(",\"author\":{\"id\":\""), p = read_text(p, &e->author_id);
  PASS("},\"review\":{\"status\":\""), p = read_text(p, &s), e->review_status = s.at[0] == 'p' ? GOOD : BAD;
  PASS(",\"auto\":\""), p = read_text(p, &s), e->review_auto = s.at[0] == 'p' ? GOOD : BAD;
  PASS(",\"manual\":"), p = read_flag(p, &manual);
  PASS(",\"by\":\""), p = read_text(p, &e->review_by);
  PASS(",\"time\":\""), p = read_time(p, &e->review_time);
  PASS(",\"content_hash\":\""), p = read_text(p, &e->review_hash);
  PASS(",\"facets\":["), p = read_list(p, &e->facets);
  PASS("},\"approval\":{\"status\":\""), p = read_text(p, &s),
                                         e->approval_status = s.at[0] == 'a' ? GOOD : BAD;
  PASS(",\"by\":\""), p = read_text(p, &e->approval_by);
  PASS(",\"chain\":["), p = read_list(p, &e->chain), PASS("}");
  return p;
}

static void read_user(const char *p, struct event *e) {
  struct span s;
  struct list channels;
  int64_t age;
  PASS(",\"user\":{\"id\":\""), e->user = (struct span){p, sizeof "U000000" - 1};
  PASS("U000000\",\"age\":"), p = read_number(p, &age), e->age = (int32_t)age;
  PASS(",\"tz\":\""), p = read_text(p, &s), e->utc_offset_ms = bench_offset_of(s);
  PASS(",\"region\":\"CN-11\"},\"consent\":{\"status\":\""), p = read_text(p, &s);
  e->consent_status = s.at[0] == 'g' ? GOOD : BAD;
  PASS(",\"explicit\":"), p = read_flag(p, &e->explicit_consent);
  e->has_expiry = COMES(",\"expires_at\":\"");
  if (e->has_expiry) p = read_time(p, &e->expires_at);
  PASS(",\"purposes\":["), p = read_list(p, &e->purposes);
  PASS(",\"channels\":["), read_list(p, &channels);
  e->channels = 0;
  for (uint32_t i = 0; i < channels.count; i++) e->channels |= ONE(bench_channel_of(channels.items[i]));
}

void bench_extract(const char *p, struct event *e) {
  e->vendor_class.at = e->subject_line.at = e->algo_id.at = e->sender_contact.at = NULL;
  PASS("{\"type\":\"push.requested\",\"id\":\""), p = read_text(p, &e->id);
  PASS(",\"source\":\"/app/bookfair\",\"time\":\""), p = read_time(p, &e->time);
  PASS(",\"tenant\":\"bookfair\",\"message\":{\"id\":\"m-000000\",\"content_hash\":\"");
  p = read_text(p, &e->content_hash);
  PASS("},\"sender\":{\"id\":\"s-01\",\"name\":\""), p = read_text(p, &e->sender_name);
  if (COMES(",\"contact\":\"")) p = read_text(p, &e->sender_contact);
  PASS(",\"licences\":["), p = read_list(p, &e->licences), PASS("}");
  p = read_offer(p, e);
  p = read_manner(p, e);
  p = read_review(p, e);
  read_user(p, e);
}
