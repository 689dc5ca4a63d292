// SPDX-License-Identifier: Apache-2.0
// One sample push request, or change of a consent, between generate.c, which makes it up, and print.c, which
// writes it as JSON.
#ifndef NUO_TESTS_SAMPLE_PUSH_H
#define NUO_TESTS_SAMPLE_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SENDERS 17
#define START_MS INT64_C(1756656000000)  // 2025-09-01T00:00:00+08:00
#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define COUNT_OF(a) (sizeof(a) / sizeof *(a))

enum tri { ABSENT = -1, NO = 0, YES = 1 };

enum push_class { AD, NEWS, SOCIAL, PUBLIC, NOTICE, TRADE, SECURITY, DISPATCH, EMERGENCY, CLASSES };

struct user {
  uint32_t number;
  int age;     // always known here; what is printed may be less
  bool birth;  // print the date of birth in place of the age
  const char *group, *zone, *region;
  int offset;  // hours east of Greenwich, good enough to choose what is sent when
};

// One request. NULL, ABSENT and -1 stand for members that are left out.
struct push {
  uint32_t number;
  int64_t time, scheduled_at, expires_at;
  enum push_class class;
  struct user user;
  bool age_known;
  const char *channel, *vendor, *vendor_class, *consent_channel, *purpose, *consent_purpose;
  char title[160], body[1600];
  bool has_title, has_body;
  const char *subject_line, *labels, *profile_fields, *lawful_basis, *industry;
  enum tri essential, personalised, guardian, personalisation_consent;
  const char *sender_contact, *consent_status;
  int optout_steps, close_clicks, price, price_before;
  const char *author, *reviewer, *approver, *facets, *auto_result;
  bool one_signature, stale_review;
};

// What a user says: consent to one purpose on one channel, or that it is taken back altogether.
struct consent {
  uint32_t number, user;
  int64_t time;
  bool withdrawn;
  const char *purpose, *channel;  // NULL: left out
};

// The finisher of splitmix64: turns a number into one that looks random.
static inline uint64_t scramble(uint64_t x) {
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

// RFC 3339 in a zone `offset` hours east; years 2000 to 2099 only, of which every fourth is a leap year.
void format_time(char out[40], int64_t time, int offset);
// Prints `consent` as one line on stdout.
void print_consent(const struct consent *consent);
// Prints `push` as one line on stdout; `sender_name` belongs to its sender.
void print_push(const struct push *push, const char *sender_name);

#endif
