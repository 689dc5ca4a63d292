// SPDX-License-Identifier: Apache-2.0
// What the contenders of the benchmark share: an event as a C struct, and a decision as a set of rules. The
// struct is what an engineer would make of the events that events.c writes, with every text borrowed from
// the JSON. Bit i of a decision: rule i of policy.nuo is breached.
#ifndef NUO_TESTS_BENCH_BENCH_H
#define NUO_TESTS_BENCH_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define RULE_COUNT 40
#define LIST_MAX 4

// Enumerators in the order of stdlib/push.nuo; only those that occur are named.
enum channel { APP_PUSH, SMS, EMAIL, POPUP, INAPP, WEB_PUSH, IM, VOICE, OTHER_CHANNEL };
enum push_class {
  SERVICE_NOTICE,
  TRANSACTIONAL,
  SECURITY,
  EMERGENCY,
  COMMERCIAL_AD,
  NEWS,
  SOCIAL,
  WORK_DISPATCH,
  PUBLIC_INTEREST,
  UNKNOWN_CLASS
};
enum industry {
  GENERAL,
  MEDICAL,
  DRUG,
  HEALTH_FOOD,
  FINANCE,
  EDUCATION,
  REAL_ESTATE,
  GAME,
  ALCOHOL,
  TOBACCO
};
enum priority { LOW, NORMAL, HIGH, CRITICAL };
enum status {
  GOOD,
  BAD
};  // of consent, review and approval: the one value that is asked for, and the others

struct span {  // `at` is NULL where the member is not given
  const char *at;
  uint32_t len;
};
struct list {
  uint32_t count;
  struct span items[LIST_MAX];
};

struct event {
  struct span id, sender_name, sender_contact, vendor_class, purpose, title, body, subject_line, algo_id;
  struct span user, author_id, review_by, content_hash, review_hash, approval_by;
  struct list licences, labels, profile_fields, facets, chain, purposes;
  int64_t time, scheduled_at, review_time, expires_at;
  int64_t price, price_before, relevance, optout_steps, optout_cost, close_clicks, ttl_ms;
  int32_t utc_offset_ms, age;
  uint32_t channels;  // of the consent: one bit a channel
  uint8_t channel, kind, industry, priority, review_status, review_auto, approval_status, consent_status;
  bool essential, personalised, sound, optout_present, close_present, explicit_consent;
  bool has_price, has_price_before, has_close, has_cost, has_scheduled, has_expiry;
};

#define SPAN(literal) ((struct span){literal, sizeof(literal) - 1})
#define HOUR_MS 3600000

static inline bool span_is(struct span a, struct span b) {
  return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}
static inline bool list_has(const struct list *list, struct span wanted) {
  for (uint32_t i = 0; i < list->count; i++)
    if (span_is(list->items[i], wanted)) return true;
  return false;
}
static inline bool starts_with(struct span text, struct span start) {
  return text.len >= start.len && memcmp(text.at, start.at, start.len) == 0;
}
static inline int32_t local_clock(const struct event *e, int64_t instant) {
  return (int32_t)((instant + e->utc_offset_ms) % 86400000);
}
static inline bool is_one_of(uint8_t value, uint32_t set) {
  return set >> value & 1;
}
#define ONE(enumerator) (1u << (enumerator))

// Writes event `number` as JSON to `out` (EVENT_CAP bytes are enough) and gives its length. The same number
// gives the same bytes everywhere.
#define EVENT_CAP 4096
size_t bench_write_event(uint32_t number, char *out);

// Gives it another identity, user (of a million) and time: so many minutes, of ten hours a day from nine on,
// after the first of the month.
void bench_rewrite_event(char *json, uint32_t number, uint32_t user, uint32_t minutes);

// Reads what bench_write_event writes, trusting every byte of its layout.
void bench_extract(const char *json, struct event *event);

// What a value of it stands for, told by a character or two: of any other text it is a guess.
uint8_t bench_channel_of(struct span text);
uint8_t bench_class_of(struct span text);
uint8_t bench_industry_of(struct span text);
uint8_t bench_priority_of(struct span text);
int32_t bench_offset_of(struct span zone);

// The rules as an engineer would write them, and tuned by hand.
uint64_t bench_decide_plain(const struct event *event);
uint64_t bench_decide_tuned(const struct event *event);

// The same, tuned, on an event that simdjson reads from `json`, behind which BENCH_PADDING bytes may be read.
// Any valid event will do; one that is not ends the program. They are there when bench_has_simdjson says so,
// which is NULL itself where the build found no simdjson.
#define BENCH_PADDING 64
__attribute__((weak)) bool bench_has_simdjson(void);
__attribute__((weak)) uint64_t bench_decide_dom(const char *json, size_t len);
__attribute__((weak)) uint64_t bench_decide_on_demand(const char *json, size_t len);

#endif
