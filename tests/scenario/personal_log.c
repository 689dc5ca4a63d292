// SPDX-License-Identifier: Apache-2.0
// Prints a log of what was done with personal data, as JSON Lines in order of time: `personal_log COUNT
// SEED`, over a hundred days from 25 August 2025. The same numbers give the same bytes everywhere. Now and
// then a department asks for what it may not do, a deletion comes late, or a processor is not told; which of
// that is a breach this program does not know. For rules/personal_data and the tests that judge the log
// twice.
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT_OF(a) (sizeof(a) / sizeof *(a))
#define START_MS INT64_C(1756051200000)  // 2025-08-25T00:00:00+08:00
#define DAY_MS INT64_C(86400000)
#define DAYS 100
#define USERS 3000

enum kind { FREE, COLLECT, USE, SHARE, CONSENT, REVOKE, DELETE, NOTICE, REVIEW, AUDIT };

static const char *const kinds[] = {"",       "collect", "use",    "share",  "consent",
                                    "revoke", "delete",  "notice", "review", "audit"};
static const char *const purposes[] = {"orders", "newsletter", "research", "support"};
static const char *const departments[] = {"sales", "sales", "support", "research", "delivery"};
static const char *const processors[] = {"cloud", "courier", "mailer", "survey", "adnet"};
#define KNOWN 4  // the last one has no contract

struct entry {
  enum kind kind;
  uint32_t user;
  const char *purpose, *department, *processor;  // NULL: left out
};

static struct {
  uint32_t agreed, received;  // bits: purposes, processors
  bool left;                  // took everything back and has not returned
} users[USERS];

static struct entry *planned;  // one for each line of the log; FREE where nothing is planned
static uint32_t count;
static uint64_t random_state;

static uint32_t below(uint32_t n) {
  uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(((x ^ (x >> 31)) >> 32) * n >> 32);
}

static int64_t step_ms(void) {
  return DAYS * DAY_MS / count;
}

// Puts `entry` into the first free line that is `delay` or more after line `now`; past the end it is lost.
static void plan(uint32_t now, int64_t delay, const struct entry *entry) {
  uint32_t line = now + 1 + (uint32_t)(delay / step_ms());
  while (line < count && planned[line].kind != FREE) line++;
  if (line < count) planned[line] = *entry;
}

static void plan_supervision(void) {
  // A review in the first, unfinished month, in September, none in October, one in the last hour of November.
  static const int64_t reviews[] = {3 * 24 + 10, 21 * 24 + 15, 97 * 24 + 23};  // hours from the start
  for (size_t i = 0; i < COUNT_OF(reviews); i++)
    plan(0, reviews[i] * DAY_MS / 24, &(struct entry){.kind = REVIEW});
  for (int64_t day = 5; day < DAYS; day += 7)
    for (size_t i = 1; i < COUNT_OF(departments); i++)
      if (below(3) == 0)
        plan(0, day * DAY_MS + (int64_t)i * DAY_MS / 8,
             &(struct entry){.kind = AUDIT, .department = departments[i]});
}

// ---- what follows a revocation ----
static void plan_deletion(uint32_t now, uint32_t user) {
  struct entry entry = {.kind = DELETE, .user = user};
  uint32_t fate = below(100);
  int64_t delay = (int64_t)below(25) * DAY_MS;
  if (fate >= 80) delay = (29 * 24 + (int64_t)below(96)) * DAY_MS / 24;  // around the last day, rest days too
  if (fate >= 90) entry = (struct entry){.kind = CONSENT, .user = user, .purpose = purposes[below(4)]};
  if (fate < 96) plan(now, delay, &entry);
}

static void plan_notices(uint32_t now, uint32_t user) {
  for (uint32_t p = 0; p < KNOWN; p++) {
    if ((users[user].received >> p & 1) == 0) continue;
    uint32_t fate = below(100);
    int64_t delay = (int64_t)below(4 * 24) * DAY_MS / 24;
    if (fate >= 85) delay = (4 * 24 + (int64_t)below(7 * 24)) * DAY_MS / 24;
    if (fate < 95)
      plan(now, delay, &(struct entry){.kind = NOTICE, .user = user, .processor = processors[p]});
  }
}

static struct entry make_revocation(uint32_t now, uint32_t user) {
  struct entry entry = {.kind = REVOKE, .user = user};
  if (below(3) == 0) {
    uint32_t purpose = below(COUNT_OF(purposes));
    users[user].agreed &= ~(1U << purpose);
    entry.purpose = purposes[purpose];
    return entry;
  }
  plan_deletion(now, user);
  plan_notices(now, user);
  users[user].agreed = users[user].received = 0;
  users[user].left = true;
  return entry;
}

// ---- one line ----
static struct entry make_consent(uint32_t user) {
  uint32_t purpose = below(COUNT_OF(purposes));
  users[user].agreed |= 1U << purpose;
  return (struct entry){.kind = CONSENT, .user = user, .purpose = purposes[purpose]};
}

static struct entry make_request(uint32_t user, uint32_t purpose) {
  static const enum kind requests[] = {COLLECT, USE, USE, SHARE};
  struct entry entry = {.kind = requests[below(COUNT_OF(requests))], .user = user};
  entry.purpose = purposes[purpose];
  entry.department = departments[below(COUNT_OF(departments))];
  if (entry.kind != SHARE) return entry;
  uint32_t processor = below(300) == 0 ? KNOWN : below(KNOWN);
  entry.processor = processors[processor];
  users[user].received |= 1U << processor;
  return entry;
}

static struct entry make_entry(uint32_t now) {
  uint32_t user = below(USERS), purpose = below(COUNT_OF(purposes));
  if (below(300) == 0) return make_request(user, purpose);  // nobody has looked whether that is agreed
  while (users[user].left) user = below(USERS);
  if (users[user].agreed == 0) return make_consent(user);
  if (below(30) == 0) return make_revocation(now, user);
  if (below(5) == 0) return make_consent(user);
  while ((users[user].agreed >> purpose & 1) == 0) purpose = (purpose + 1) % COUNT_OF(purposes);
  return make_request(user, purpose);
}

// A planned consent brings its user back.
static struct entry take_entry(uint32_t now) {
  struct entry entry = planned[now].kind != FREE ? planned[now] : make_entry(now);
  if (entry.kind == CONSENT) {
    users[entry.user].left = false;
    for (uint32_t i = 0; i < COUNT_OF(purposes); i++)
      if (entry.purpose == purposes[i]) users[entry.user].agreed |= 1U << i;
  }
  return entry;
}

// The log lies within 2025.
static void print_time(int64_t time) {
  static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int64_t local = time + DAY_MS / 3 - INT64_C(1735689600000), ms = local % DAY_MS;  // since 1 January
  int day = (int)(local / DAY_MS), month = 0;
  while (day >= month_days[month]) day -= month_days[month++];
  printf("\"2025-%02d-%02dT%02d:%02d:%02d.%03d+08:00\"", month + 1, day + 1, (int)(ms / 3600000),
         (int)(ms / 60000 % 60), (int)(ms / 1000 % 60), (int)(ms % 1000));
}

static void print_member(const char *name, const char *value) {
  if (value != NULL) printf(",\"%s\":\"%s\"", name, value);
}

static void print_entry(uint32_t number, const struct entry *entry) {
  int64_t step = step_ms();
  printf("{\"type\":\"%s\",\"id\":\"d-%06" PRIu32 "\",\"time\":", kinds[entry->kind], number);
  print_time(START_MS + number * step + below((uint32_t)step));
  if (entry->kind != REVIEW && entry->kind != AUDIT) printf(",\"user\":\"u-%04" PRIu32 "\"", entry->user);
  print_member("purpose", entry->purpose);
  print_member("department", entry->department);
  print_member("processor", entry->processor);
  puts("}");
}

int main(int argc, char **argv) {
  if (argc == 3) count = (uint32_t)strtoul(argv[1], NULL, 10);
  if (argc != 3 || count < DAYS || count > 1000000) {
    fputs("usage: personal_log COUNT SEED\n", stderr);
    return 2;
  }
  random_state = strtoull(argv[2], NULL, 10);
  planned = calloc(count, sizeof *planned);
  if (planned == NULL) return 1;
  plan_supervision();
  for (uint32_t i = 0; i < count; i++) {
    struct entry entry = take_entry(i);
    print_entry(i, &entry);
  }
  free(planned);
  return ferror(stdout) || fflush(stdout) != 0;
}
