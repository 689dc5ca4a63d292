// SPDX-License-Identifier: Apache-2.0
// Who sends and who reads: between people.c, which knows them and what they have had so far, and the files
// that make events about them.
#ifndef NUO_TESTS_SAMPLE_PEOPLE_H
#define NUO_TESTS_SAMPLE_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/sample/month.h"

// Users 0 to USERS - 1 are written to in the month; those above are for what happens to nobody else.
#define USERS 6000
#define SENDERS 24

struct user {
  uint32_t number;
  int age;     // always known here; what is printed may be less
  bool birth;  // print the date of birth in place of the age
  const char *group, *zone, *region;
  int offset;      // hours east of Greenwich, good enough to choose what is sent when
  int daily_cap;   // how many messages a day the user has agreed to; 0: did not say
  int weekly_cap;  // the same for a week
  bool algo_off, member;
  enum push_class blocks;      // a class that the settings keep out; CLASSES: none
  int active_from, active_to;  // hours; 0: not known
  int quiet_from, quiet_to;    // hours in which the settings want no message; 0 and 0: none
};

enum trade { SHOP, MEDIA, SOCIETY, BANK, COURIER, AUTHORITY, TRADES };

struct sender {
  uint32_t number;
  const char *name, *industry;
  enum trade trade;
  uint32_t weight;    // how much is sent, against others
  uint32_t slips_in;  // one in so many requests has a mistake
};

// The same number always gives the same person.
struct user make_user(uint32_t number);
const struct sender *sender_of(uint32_t number);
// A sender by weight; one that is suspended rarely tries.
const struct sender *choose_sender(int64_t time);

// From `from` until `until` the platform lets the sender send nothing.
void pause_sender(uint32_t sender, int64_t from, int64_t until);

// Whether one more message of the class at this time is what the user wants and the caps allow.
bool is_welcome(const struct user *user, enum push_class class, int64_t time);
void remember_push(const struct user *user, enum push_class class, int64_t time);
bool is_waking(int64_t time, const struct user *user);
int local_hour(int64_t time, const struct user *user);

// What users have taken back and given again; class CLASSES is everything.
void remember_withdrawal(uint32_t user, enum push_class class);
void remember_grant(uint32_t user, enum push_class class, int64_t time);
int64_t granted_at(uint32_t user, enum push_class class);
bool has_refused(uint32_t user, enum push_class class);
bool has_left(uint32_t user);
// Some user who has taken back everything, or USERS when nobody has.
uint32_t some_leaver(uint32_t number);

#endif
