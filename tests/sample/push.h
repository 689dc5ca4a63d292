// SPDX-License-Identifier: Apache-2.0
// One sample push request, between request.c, which makes a good one, mistakes.c, which spoils it, and
// print.c, which writes it as JSON.
#ifndef NUO_TESTS_SAMPLE_PUSH_H
#define NUO_TESTS_SAMPLE_PUSH_H

#include <stddef.h>

#include "tests/sample/people.h"

// What is written otherwise than usual, or left out (slips.c).
enum slip_bit {
  SLIP_UNTRACED = 1 << 0,
  SLIP_UNDECLARED = 1 << 1,
  SLIP_OLD_REVIEW = 1 << 2,
  SLIP_SLOW_SCAN = 1 << 3,
  SLIP_ANONYMOUS = 1 << 4,
  SLIP_WRONG_ROLE = 1 << 5,
  SLIP_UNPUBLISHED = 1 << 6,
  SLIP_FORCED = 1 << 7,
  SLIP_RECOMMENDED = 1 << 8,
  SLIP_NEW_ALGORITHM = 1 << 9,
  SLIP_UNSWITCHED = 1 << 10,
  SLIP_FRAUD = 1 << 11,
  SLIP_NO_OPTOUT = 1 << 12,
  SLIP_CHARGED = 1 << 13,
  SLIP_SHORT_OPTOUT = 1 << 14,
  SLIP_NAMELESS = 1 << 15,
  SLIP_UNLICENSED = 1 << 16,
  SLIP_COUNTDOWN = 1 << 17,
  SLIP_DIVERTS = 1 << 18,
  SLIP_UNLABELLED = 1 << 19,
  SLIP_CLICKS = 1 << 20,
  SLIP_PAID = 1 << 21,
  SLIP_LONG_SHIFT = 1 << 22,
  SLIP_UNTOLD_HOURS = 1 << 23,
  SLIP_STOPPED = 1 << 24,  // the sender is, for some hours
};

// NULL, ABSENT and -1 stand for members that are left out.
struct push {
  uint32_t number;
  const struct sender *sender;
  int64_t time, scheduled_at, expires_at, consent_time;
  enum push_class class;
  struct user user;
  bool age_known;
  const char *channel, *vendor, *vendor_class, *consent_channel, *purpose, *consent_purpose;
  char title[160], body[1200];
  bool has_title, has_body;
  const char *subject_line, *disclosures, *app_stage, *antifraud, *labels, *profile_fields, *lawful_basis,
      *industry, *topic;
  enum tri essential, personalised, guardian, personalisation_consent, ai_generated, paid_service;
  enum tri tls, sensitive;
  int work_minutes;  // how long the worker to whom it goes has been at work without a break
  const char *contact, *consent_status;
  int optout_steps, close_clicks, price, price_before, relevance;
  uint32_t thing;   // what the price is for
  int64_t renewal;  // the subscription of which this is a reminder
  const char *author, *reviewer, *approver, *facets, *auto_result, *notice_items;
  bool one_signature, stale_review;
  uint32_t slips;     // enum slip_bit
  const char *extra;  // members that are usually left out
  bool spoilt;        // by a mistake: the gateway lets it through only when it has none, too
};

// A request without mistakes, at this time, to somebody who wants it.
struct push make_push(uint32_t number, int64_t time);
// From this time on a reminder of a subscription is wanted; times of one call and the next go up.
void want_reminder(int64_t time, uint32_t user, uint32_t renewal);
// Turns it into one that a sender might really hand in by mistake, or on purpose.
void make_mistake(struct push *push);
// The same with what happens seldom; false when it does not fit here.
bool plant_slip(struct push *push);
// Appends to the body.
void add_text(struct push *push, const char *text);
// Prints it as one line; `canonical`: as an event of the library, never in the format of a vendor.
void print_push(const struct push *push, bool canonical);

// What a class is called in events, and the purpose of consent for it.
const char *class_name(enum push_class class);
const char *purpose_of(enum push_class class);

#endif
