// SPDX-License-Identifier: Apache-2.0
// Most rules of a pack are for some classes of pushes, for a channel, for a trade, or for two of these; what
// they ask for is often asked by others too. Thresholds lie where a few of the events break a few rules.
#include "tests/bench/scale/policy.h"

#include <stdio.h>

#define COUNT(list) ((uint32_t)(sizeof(list) / sizeof *(list)))
#define RULE_CAP 512

static uint32_t below(uint64_t *random, uint32_t n) {  // splitmix64
  uint64_t x = *random += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(((x ^ (x >> 31)) >> 32) * n >> 32);
}

// ---- scopes ----
static const char *const classes[] = {"service_notice", "transactional", "security",
                                      "emergency",      "commercial_ad", "news",
                                      "social",         "work_dispatch", "public_interest"};
static const char *const sets[] = {"commercial_ad, news", "commercial_ad, news, social",
                                   "security, emergency", "service_notice, transactional, security"};
static const char *const channels[] = {"app_push", "sms", "email", "popup", "inapp",
                                       "web_push", "im",  "voice", "other"};
static const char *const trades[] = {"general",   "medical",     "drug", "health_food", "finance",
                                     "education", "real_estate", "game", "alcohol",     "tobacco"};
static const char *const flags[] = {"personalised", "sound", "not essential", "user.age at least 60",
                                    "user.age less than 18"};

// For a tenth of the rules everything, for half one test, for the others two or three.
static int write_scope(uint64_t *random, char *out) {
  const uint32_t kind = below(random, 20);
  const char *class = classes[below(random, COUNT(classes))],
             *channel = channels[below(random, COUNT(channels))];
  const char *trade = trades[below(random, COUNT(trades))], *flag = flags[below(random, COUNT(flags))];
  if (kind < 2) return sprintf(out, "on push");
  if (kind < 6) return sprintf(out, "on push where class is %s", class);
  if (kind < 7) return sprintf(out, "on push where class in {%s}", sets[below(random, COUNT(sets))]);
  if (kind < 8) return sprintf(out, "on push where class not in {%s}", sets[below(random, COUNT(sets))]);
  if (kind < 11) return sprintf(out, "on push where channel is %s", channel);
  if (kind < 13) return sprintf(out, "on push where industry is %s", trade);
  if (kind < 15) return sprintf(out, "on push where class is %s and channel is %s", class, channel);
  if (kind < 17) return sprintf(out, "on push where class is commercial_ad and industry is %s", trade);
  if (kind < 18) return sprintf(out, "on push where class is %s and %s", class, flag);
  if (kind < 19) return sprintf(out, "on push where channel is %s and %s", channel, flag);
  return sprintf(out, "on push where class is %s and channel is %s and industry is %s", class, channel,
                 trade);
}

// ---- tests ----
// Test number n of a kind; what it forbids.
static int write_test(uint32_t test, char *out) {
  static const char *const words[] = {"内部消息", "稳赚不赔", "包过",   "根治", "国家级", "全网最低",
                                      "销量第一", "限时抢购", "养老钱", "转账", "博彩",   "代开发票"};
  const uint32_t n = test / 16;
  switch (test % 16) {
    case 0:
      return sprintf(out, "length(title) more than %u", 36 + n);
    case 1:
      return sprintf(out, "user.age less than %u", 13 + n % 5);
    case 2:
      return sprintf(out, "clock(time) in %02u:%02u..%02u:00", 22 + n % 2, n / 2 % 60, 5 + n % 3);
    case 3:
      return sprintf(out, "ttl_ms more than %u", 86400000 + 60000 * n);
    case 4:
      return sprintf(out, "optout.steps more than %u", 3 + n);
    case 5:
      return sprintf(out, "relevance less than %u", 3000 - n % 3000);
    case 6:
      return sprintf(out, "profile_fields contains \"第%u项\"", n);
    case 7:
      return sprintf(out, "labels contains \"标签%u\"", n);
    case 8:
      return sprintf(out, "body contains any of {\"%s\", \"%s%u\"}", words[n % COUNT(words)],
                     words[n * 5 % COUNT(words)], n);
    case 9:
      return sprintf(out, "title starts with \"%s%u\"", words[n % COUNT(words)], n);
    case 10:
      return sprintf(out, "vendor_class is \"LANE%u\"", n);
    case 11:
      return sprintf(out, "price.amount more than %u", 31000 + 100 * n);
    case 12:
      return sprintf(out, "consent.expires_at at most time + %u days", n);
    case 13:
      return sprintf(out, "profile_fields any in {\"field%u\", \"field%u\"}", n, n + 1);
    case 14:
      return sprintf(out, "priority is %s and relevance less than %u", n % 2 ? "high" : "critical",
                     9000 - n % 9000);
    default:
      return sprintf(out, "author.id is \"u-x%u\"", n);
  }
}

static int write_rule(uint32_t number, uint32_t tests, char *out) {
  static const char *const actions[] = {"block",         "hold", "hold", "note", "defer until 08:00",
                                        "label \"广告\""};
  uint64_t random = (uint64_t)number << 24;
  int n = sprintf(out, "\nrule r%u ", number);
  n += write_scope(&random, out + n);
  n += sprintf(out + n, "\n  forbid when ");
  n += write_test(below(&random, tests), out + n);
  if (below(&random, 4) == 0) {
    n += sprintf(out + n, " and ");
    n += write_test(below(&random, tests), out + n);
  }
  if (below(&random, 4) == 0) n += sprintf(out + n, "\n  unless emergency_clause");
  if (below(&random, 3) == 0) n += sprintf(out + n, "\n  because \"{class} by {channel}\"");
  return n + sprintf(out + n, "\n  action %s\n", actions[below(&random, COUNT(actions))]);
}

size_t policy_cap(uint32_t rules) {
  return 1024 + (size_t)rules * RULE_CAP;
}
size_t policy_write(uint32_t rules, uint32_t tests, char *out) {
  size_t n = (size_t)sprintf(out,
                             "policy scale\n  version \"1\"\n  zone \"Asia/Shanghai\"\n"
                             "  undetermined hold\n\nuse push\n\n"
                             "define emergency_clause = class in {security, emergency} and essential\n");
  for (uint32_t i = 0; i < rules; i++) n += (size_t)write_rule(i, tests, out + n);
  return n;
}
