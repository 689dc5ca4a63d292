// SPDX-License-Identifier: Apache-2.0
// Prints what a platform sees in a month, as JSON Lines: `generate COUNT SEED`; with
// `canonical` behind, no request is in the format of a vendor. Push requests of senders of
// all kinds, what users say and do, what the platform does and what befalls it; before that a month without
// pushes, so that clocks are running when the month begins. The same count and seed give the same bytes on
// every machine. It knows nothing of the language or of policies: what it plants are the mistakes that people
// make, mostly the same few senders. Called by `make run` and by the tests that need many events.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sample/happenings.h"
#include "tests/sample/queue.h"
#include "tests/sample/random.h"

#define MONTH_DAYS (DAYS - MONTH_DAY)
#define HOURS (MONTH_DAYS * 24)

uint64_t random_state;

// How much is sent in each hour of the day in Shanghai, and on each day: less in the holidays of the first
// week, more at weekends and before the sales of November.
static const uint64_t hour_weights[24] = {4,  2,  1,  1,  1,  2,  6,  22, 58, 80, 84, 78,
                                          96, 74, 60, 64, 70, 78, 92, 98, 90, 30, 12, 7};
static const uint64_t day_weights[MONTH_DAYS] = {70,  72,  74,  78,  80,  84,  90,  96,  98,  104, 108,
                                                 96,  94,  98,  100, 104, 112, 110, 98,  102, 108, 110,
                                                 112, 118, 116, 104, 106, 110, 114, 124, 128};

// The instant of the month at which `done` of `all` have been sent: by these weights, and within its share at
// random.
static int64_t time_at(uint64_t done, uint64_t all) {
  static uint64_t before[HOURS + 1];
  static size_t at;
  if (before[HOURS] == 0)
    for (size_t i = 0; i < HOURS; i++) before[i + 1] = before[i] + day_weights[i / 24] * hour_weights[i % 24];
  uint64_t place = (done * 1024 + below(1024)) * before[HOURS] / all;  // in parts of 1,024
  while (at + 1 < HOURS && place >= before[at + 1] * 1024) at++;
  uint64_t width = (before[at + 1] - before[at]) * 1024;
  return MONTH_MS + (int64_t)at * HOUR_MS +
         (int64_t)((place - before[at] * 1024) * (uint64_t)HOUR_MS / width);
}

static void send_push(uint32_t number, int64_t time, bool canonical) {
  struct push push = make_push(number, time);
  if (one_in(push.sender->slips_in)) make_mistake(&push);
  if (!push.spoilt && one_in(70)) plant_slip(&push);
  plant_crime(&push);
  if (!push.spoilt) remember_push(&push.user, push.class, time);
  print_push(&push, canonical);
  plan_after_push(&push);
}

static bool read_number(const char *text, uint64_t *out) {
  char *end;
  *out = strtoull(text, &end, 10);
  return *text >= '0' && *text <= '9' && *end == '\0';
}

int main(int argc, char **argv) {
  uint64_t seed, count, lead = 0;
  const bool canonical = argc == 4 && strcmp(argv[3], "canonical") == 0;
  if (argc != (canonical ? 4 : 3) || !read_number(argv[1], &count) || !read_number(argv[2], &seed) ||
      count > 100000000) {
    fputs("usage: generate COUNT SEED [canonical]\n", stderr);
    return 2;
  }
  random_state = seed;
  plan_platform();
  plan_affairs();
  plan_readers();
  while (lead < count && print_happening(MONTH_MS - 1)) lead++;
  for (uint64_t i = lead; i < count; i++) {
    int64_t time = time_at(i - lead, count - lead);
    if (one_in(16)) plan_reader(time);
    if (one_in(30)) plan_claim(time);
    if (!print_happening(time)) send_push((uint32_t)i, time, canonical);
  }
  return ferror(stdout) || fflush(stdout) != 0;
}
