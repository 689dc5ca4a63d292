// SPDX-License-Identifier: Apache-2.0
// The senders and the users of the sample month, and what the platform remembers of them so that its own
// traffic control can keep to the caps: the policies under test remember it for themselves.
#include "tests/sample/people.h"

#include <stddef.h>

#include "tests/sample/random.h"

// ---- senders ----
#define CAREFUL 250
#define SLOPPY 8
#define RECKLESS 3

static const struct sender senders[SENDERS] = {
    {0, "南山书市", "general", SHOP, 60, CAREFUL},       {1, "青禾生鲜", "general", SHOP, 60, CAREFUL},
    {2, "听松茶舍", "general", SHOP, 20, CAREFUL},       {3, "星河优选", "general", SHOP, 10, RECKLESS},
    {4, "云栖旅行", "general", SHOP, 40, CAREFUL},       {5, "远帆数码", "general", SHOP, 50, SLOPPY},
    {6, "知春学堂", "education", SHOP, 20, CAREFUL},     {7, "长乐游戏", "game", SHOP, 30, CAREFUL},
    {8, "梧桐家居", "real_estate", SHOP, 12, CAREFUL},   {9, "见山咖啡", "general", SHOP, 50, CAREFUL},
    {10, "江城晚报", "general", MEDIA, 50, CAREFUL},     {11, "今日头版", "general", MEDIA, 40, SLOPPY},
    {12, "财经早知道", "finance", MEDIA, 16, SLOPPY},    {13, "闲谈社区", "general", SOCIETY, 50, CAREFUL},
    {14, "同城圈子", "general", SOCIETY, 30, SLOPPY},    {15, "读书小组", "general", SOCIETY, 24, CAREFUL},
    {16, "聚福理财", "finance", SHOP, 9, RECKLESS},      {17, "江南银行", "finance", BANK, 60, CAREFUL},
    {18, "通达支付", "finance", BANK, 70, CAREFUL},      {19, "百川出行", "general", COURIER, 50, CAREFUL},
    {20, "飞马配送", "general", COURIER, 60, CAREFUL},   {21, "快易送", "general", COURIER, 24, SLOPPY},
    {22, "市民之家", "general", AUTHORITY, 24, CAREFUL}, {23, "小满健康", "health_food", SHOP, 8, SLOPPY},
};

#define PAUSES 24
static struct { int64_t from, until; } pauses[SENDERS][PAUSES];
static uint32_t pause_counts[SENDERS];

const struct sender *sender_of(uint32_t number) {
  return &senders[number];
}

void pause_sender(uint32_t sender, int64_t from, int64_t until) {
  uint32_t place = pause_counts[sender]++ % PAUSES;
  pauses[sender][place].from = from;
  pauses[sender][place].until = until;
}

static bool is_paused(uint32_t sender, int64_t time) {
  for (uint32_t i = 0; i < PAUSES; i++)
    if (pauses[sender][i].from <= time && time < pauses[sender][i].until) return true;
  return false;
}

const struct sender *choose_sender(int64_t time) {
  uint32_t total = 0;
  for (uint32_t i = 0; i < SENDERS; i++) total += senders[i].weight;
  for (;;) {
    uint32_t place = below(total), at = 0;
    while (place >= senders[at].weight) place -= senders[at++].weight;
    if (!is_paused(at, time) || one_in(40)) return &senders[at];
  }
}

// ---- users ----
static const struct {
  const char *name, *region;
  int offset;
} zones[] = {{"Europe/London", "GB", 1},  {"America/New_York", "US", -4}, {"Asia/Tokyo", "JP", 9},
             {"Asia/Urumqi", "CN-65", 6}, {"Asia/Singapore", "SG", 8},    {"Australia/Sydney", "AU", 11}};
static const char *const regions[] = {"CN-11", "CN-31", "CN-33", "CN-37", "CN-44", "CN-51", "CN-61"};

static int age_of(uint64_t bits) {
  uint32_t share = (uint32_t)(bits % 100), spread = (uint32_t)(bits / 100 % 1000);
  if (share < 2) return 8 + (int)(spread % 6);
  if (share < 7) return 14 + (int)(spread % 4);
  if (share < 86) return 18 + (int)(spread % 42);
  return 60 + (int)(spread % 30);
}

static void choose_habits(struct user *user, uint64_t bits) {
  if (bits % 10 == 0) user->daily_cap = 1 + (int)(bits / 10 % 3);
  if (bits % 10 == 1) user->weekly_cap = 3 + (int)(bits / 10 % 3);
  user->algo_off = (bits >> 8) % 12 == 0;
  user->blocks = (bits >> 28) % 20 == 0 ? AD : (bits >> 28) % 20 == 1 ? SOCIAL : CLASSES;
  user->member = (bits >> 12) % 3 == 0;
  if ((bits >> 33) % 10 == 0) {
    user->quiet_from = 21 + (int)((bits >> 37) % 3);
    user->quiet_to = 6 + (int)((bits >> 41) % 3);
  }
  if ((bits >> 16) % 5 != 0) return;
  user->active_from = 7 + (int)((bits >> 20) % 3);
  user->active_to = 20 + (int)((bits >> 24) % 2);
}

struct user make_user(uint32_t number) {
  uint64_t bits = scramble(number + 77);
  struct user user = {.number = number, .age = age_of(bits), .birth = bits >> 40 & 1};
  user.zone = (bits >> 41) % 20 == 0 ? NULL : "Asia/Shanghai";
  user.region = regions[(bits >> 45) % COUNT_OF(regions)];
  user.offset = 8;
  if ((bits >> 50) % 25 == 0) {
    uint32_t abroad = (uint32_t)((bits >> 55) % COUNT_OF(zones));
    user.zone = zones[abroad].name;
    user.region = zones[abroad].region;
    user.offset = zones[abroad].offset;
  }
  if ((bits >> 58) % 4 == 0)
    user.group = user.age < 14 ? "under14" : user.age < 18 ? "minor" : user.age < 60 ? "adult" : "elderly";
  choose_habits(&user, scramble(bits));
  return user;
}

int local_hour(int64_t time, const struct user *user) {
  return (int)((time / HOUR_MS + user->offset) % 24);
}

// Where the offset is not that of the whole month, an hour is left at both ends.
bool is_waking(int64_t time, const struct user *user) {
  int hour = local_hour(time, user), margin = user->zone != NULL && user->offset != 8;
  int from = user->active_from > 9 ? user->active_from : 9;
  int to = user->active_to > 0 && user->active_to < 21 ? user->active_to : 21;
  return hour >= from + margin && hour < to - margin;
}

// ---- what users have had ----
struct history {
  int day, week;
  uint8_t today, ads_today, this_week, ads_this_week;
  int64_t last_ad;
  uint16_t refused;          // a bit a class
  int64_t granted[CLASSES];  // of what was taken back and given again
};

static struct history histories[USERS];
static uint32_t leavers[USERS], leaver_count;

static bool is_counted(enum push_class class) {
  return class == AD || class == NEWS || class == SOCIAL || class == PUBLIC;
}

// The history, with the counts of days and weeks that are over at 0.
static struct history *history_at(const struct user *user, int64_t time) {
  struct history *history = &histories[user->number];
  int day = (int)((time + user->offset * HOUR_MS) / DAY_MS), week = (day + 3) / 7;
  if (history->day != day) history->today = history->ads_today = 0;
  if (history->week != week) history->this_week = history->ads_this_week = 0;
  history->day = day;
  history->week = week;
  return history;
}

static bool fits_caps(const struct user *user, enum push_class class, const struct history *history) {
  int most = user->age < 18 ? 1 : 2;
  if (user->daily_cap > 0 && user->daily_cap < most) most = user->daily_cap;
  if (history->today >= most || history->this_week >= 10) return false;
  if (user->weekly_cap > 0 && history->this_week >= user->weekly_cap) return false;
  return class != AD || (history->ads_today == 0 && history->ads_this_week < 5);
}

bool is_welcome(const struct user *user, enum push_class class, int64_t time) {
  if (user->number >= USERS) return false;
  struct history *history = history_at(user, time);
  if (class == EMERGENCY) return true;
  if (history->refused >> class & 1) return false;
  if (class == user->blocks || (class == AD && user->age < 18)) return false;
  return !is_counted(class) || (is_waking(time, user) && fits_caps(user, class, history));
}

void remember_push(const struct user *user, enum push_class class, int64_t time) {
  if (user->number >= USERS || !is_counted(class)) return;
  struct history *history = history_at(user, time);
  history->today++;
  history->this_week++;
  history->ads_today += class == AD;
  history->ads_this_week += class == AD;
}

// ---- consent ----
void remember_withdrawal(uint32_t user, enum push_class class) {
  if (class == CLASSES) {
    histories[user].refused = (1 << CLASSES) - 1;
    leavers[leaver_count++ % USERS] = user;
  } else {
    histories[user].refused |= (uint16_t)(1 << class);
  }
}

void remember_grant(uint32_t user, enum push_class class, int64_t time) {
  histories[user].refused &= (uint16_t) ~(1 << class);
  histories[user].granted[class] = time;
}

int64_t granted_at(uint32_t user, enum push_class class) {
  return user < USERS ? histories[user].granted[class] : 0;
}

bool has_refused(uint32_t user, enum push_class class) {
  return histories[user].refused >> class & 1;
}

bool has_left(uint32_t user) {
  return user < USERS && histories[user].refused == (1 << CLASSES) - 1;
}

uint32_t some_leaver(uint32_t number) {
  return leaver_count == 0 ? USERS : leavers[number % (leaver_count < USERS ? leaver_count : USERS)];
}
