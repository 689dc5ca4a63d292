// SPDX-License-Identifier: Apache-2.0
// The contender on simdjson, the fastest general parser of JSON that we know of: by its tree (DOM) and on
// demand. Both follow its manual: one parser for all events, no copy of the input, members taken in the order
// in which they come, each name compared with the one expected next, no text unescaped that no rule reads.
// What is read is checked as an engineer has to who does not know what the sender sends: types, enumerators,
// dates. simdjson itself checks all of an event for its DOM; on demand it checks UTF-8, but little of what is
// passed over. Neither looks for members that come twice.
#include <simdjson.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

extern "C" {
#include "tests/bench/bench.h"
}

namespace {

static_assert(BENCH_PADDING >= simdjson::SIMDJSON_PADDING, "simdjson reads behind the event");

// ---- what the two interfaces name differently ----
using tree_member = simdjson::dom::key_value_pair;
using stream_member = simdjson::ondemand::field;

inline tree_member member_at(const simdjson::dom::object::iterator &at) {
  return *at;
}
inline stream_member member_at(simdjson::simdjson_result<simdjson::ondemand::object_iterator> &at) {
  return *at;
}

template <size_t Size>
bool is_named(const tree_member &member, const char (&name)[Size]) {
  return member.key.size() == Size - 1 && std::memcmp(member.key.data(), name, Size - 1) == 0;
}
template <size_t Size>  // reads at most as far as BENCH_PADDING allows
bool is_named(const stream_member &member, const char (&name)[Size]) {
  static_assert(Size <= BENCH_PADDING, "");
  const char *key = member.key().raw();
  return std::memcmp(key, name, Size - 1) == 0 && key[Size - 1] == '"';
}

inline simdjson::dom::element &value_of(tree_member &member) {
  return member.value;
}
inline simdjson::ondemand::value &value_of(stream_member &member) {
  return member.value();
}

// ---- values ----
[[noreturn]] void refuse(const char *what) {
  throw std::runtime_error(what);
}

template <class Value>
span text(Value &&value) {
  std::string_view view = value.get_string();
  return {view.data(), static_cast<uint32_t>(view.size())};
}
template <class Value>
bool flag(Value &&value) {
  return value.get_bool();
}
template <class Value>
int64_t number(Value &&value) {
  return value.get_int64();
}
template <class Value>
list texts(Value &&value) {
  list read;
  read.count = 0;
  for (auto item : value.get_array()) {
    if (read.count == LIST_MAX) refuse("a list is too long");
    read.items[read.count++] = text(item);
  }
  return read;
}

inline bool equal(span a, std::string_view b) {
  return a.len == b.size() && std::memcmp(a.at, b.data(), b.size()) == 0;
}

template <size_t N>
uint8_t checked(span value, uint8_t guess, const std::string_view (&names)[N]) {
  if (guess >= N || !equal(value, names[guess])) refuse("an unknown value");
  return guess;
}
constexpr std::string_view channels[] = {"app_push", "sms", "email", "popup", "inapp",
                                         "web_push", "im",  "voice", "other"};
constexpr std::string_view classes[] = {"service_notice", "transactional", "security",
                                        "emergency",      "commercial_ad", "news",
                                        "social",         "work_dispatch", "public_interest"};
constexpr std::string_view industries[] = {"general",   "medical",     "drug", "health_food", "finance",
                                           "education", "real_estate", "game", "alcohol"};
constexpr std::string_view priorities[] = {"low", "normal", "high"};

inline uint8_t channel(span s) {
  return checked(s, bench_channel_of(s), channels);
}
inline uint8_t status(span s, std::string_view good) {
  return equal(s, good) ? GOOD : BAD;
}
inline int32_t offset(span s) {
  if (!equal(s, "Asia/Shanghai") && !equal(s, "Asia/Tokyo") && !equal(s, "Asia/Urumqi"))
    refuse("an unknown zone");
  return bench_offset_of(s);
}

inline int digits(const char *p, int count) {
  int value = 0;
  for (int i = 0; i < count; i++) {
    const int digit = p[i] - '0';
    if (digit < 0 || digit > 9) refuse("not a time");
    value = value * 10 + digit;
  }
  return value;
}
// "2025-09-01T10:22:31.000+08:00", of any year from 1970 on and of any offset.
inline int64_t instant(span s) {
  const char *p = s.at;
  if (s.len != 29 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' || p[16] != ':' ||
      p[19] != '.' || (p[23] != '+' && p[23] != '-') || p[26] != ':')
    refuse("not a time");
  int year = digits(p, 4), month = digits(p + 5, 2);
  const int day = digits(p + 8, 2), hour = digits(p + 11, 2), minute = digits(p + 14, 2);
  const int second = digits(p + 17, 2), offset = digits(p + 24, 2) * 60 + digits(p + 27, 2);
  if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 ||
      second > 59)
    refuse("not a time");
  year -= month <= 2, month += month <= 2 ? 9 : -3;  // a year that begins in March ends with the leap day
  const int64_t days = 365 * int64_t{year} + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
  const int64_t minutes = (days - 719469) * 1440 + hour * 60 + minute - (p[23] == '+' ? offset : -offset);
  return minutes * 60000 + second * 1000 + digits(p + 20, 3);
}

// ---- objects ----
template <size_t Size, class Read>
struct named {
  const char (&name)[Size];
  Read read;
  named(const char (&n)[Size], Read r) : name(n), read(r) {}
};
template <size_t Size>
auto ignored(const char (&name)[Size]) {
  return named(name, [](auto &) {});
}

// Reads the members that are named. They mostly come in the order given here, some left out: then each name
// is compared at most once.
template <class Value, class... Named>
void members(Value &&value, const Named &...wanted) {
  auto object = value.get_object();
  auto at = object.begin(), end = object.end();
  if (!(at != end)) return;
  auto member = member_at(at);
  bool more = true, found;
  auto try_one = [&](const auto &one) {
    if (!more || !is_named(member, one.name)) return;
    one.read(value_of(member));
    found = true;
    ++at;
    more = at != end;
    if (more) member = member_at(at);
  };
  while (more) {
    found = false;
    (try_one(wanted), ...);
    if (found || !more) continue;
    ++at;
    more = at != end;
    if (more) member = member_at(at);
  }
}

// clang-format off
template <class Value>
void read_event(Value &&value, event &e) {
  members(value,
    named("type", [&](auto &v) { if (!equal(text(v), "push.requested")) refuse("another type"); }),
    named("id", [&](auto &v) { e.id = text(v); }),
    ignored("source"),
    named("time", [&](auto &v) { e.time = instant(text(v)); }),
    ignored("tenant"),
    named("message", [&](auto &v) {
      members(v, ignored("id"), named("content_hash", [&](auto &w) { e.content_hash = text(w); }));
    }),
    named("sender", [&](auto &v) {
      members(v,
        ignored("id"),
        named("name", [&](auto &w) { e.sender_name = text(w); }),
        named("contact", [&](auto &w) { e.sender_contact = text(w); }),
        named("licences", [&](auto &w) { e.licences = texts(w); }));
    }),
    named("channel", [&](auto &v) { e.channel = channel(text(v)); }),
    ignored("vendor"),
    named("vendor_class", [&](auto &v) { e.vendor_class = text(v); }),
    named("class", [&](auto &v) { const span s = text(v); e.kind = checked(s, bench_class_of(s), classes); }),
    named("purpose", [&](auto &v) { e.purpose = text(v); }),
    named("essential", [&](auto &v) { e.essential = flag(v); }),
    named("industry", [&](auto &v) { const span s = text(v); e.industry = checked(s, bench_industry_of(s), industries); }),
    named("title", [&](auto &v) { e.title = text(v); }),
    named("body", [&](auto &v) { e.body = text(v); }),
    named("subject_line", [&](auto &v) { e.subject_line = text(v); }),
    ignored("lang"),
    named("labels", [&](auto &v) { e.labels = texts(v); }),
    named("price", [&](auto &v) {
      members(v,
        named("amount", [&](auto &w) { e.price = number(w), e.has_price = true; }),
        named("original", [&](auto &w) { e.price_before = number(w), e.has_price_before = true; }));
    }),
    named("personalised", [&](auto &v) { e.personalised = flag(v); }),
    named("profile_fields", [&](auto &v) { e.profile_fields = texts(v); }),
    named("algo", [&](auto &v) { members(v, named("id", [&](auto &w) { e.algo_id = text(w); })); }),
    named("relevance", [&](auto &v) { e.relevance = number(v); }),
    named("optout", [&](auto &v) {
      members(v,
        named("present", [&](auto &w) { e.optout_present = flag(w); }),
        named("steps", [&](auto &w) { e.optout_steps = number(w); }),
        named("cost", [&](auto &w) { e.optout_cost = number(w), e.has_cost = true; }));
    }),
    named("close", [&](auto &v) {
      members(v,
        named("present", [&](auto &w) { e.close_present = flag(w), e.has_close = true; }),
        named("clicks", [&](auto &w) { e.close_clicks = number(w); }));
    }),
    named("scheduled_at", [&](auto &v) { e.scheduled_at = instant(text(v)), e.has_scheduled = true; }),
    named("ttl_ms", [&](auto &v) { e.ttl_ms = number(v); }),
    named("priority", [&](auto &v) { const span s = text(v); e.priority = checked(s, bench_priority_of(s), priorities); }),
    named("sound", [&](auto &v) { e.sound = flag(v); }),
    named("author", [&](auto &v) { members(v, named("id", [&](auto &w) { e.author_id = text(w); })); }),
    named("review", [&](auto &v) {
      members(v,
        named("status", [&](auto &w) { e.review_status = status(text(w), "pass"); }),
        named("auto", [&](auto &w) { e.review_auto = status(text(w), "pass"); }),
        ignored("manual"),
        named("by", [&](auto &w) { e.review_by = text(w); }),
        named("time", [&](auto &w) { e.review_time = instant(text(w)); }),
        named("content_hash", [&](auto &w) { e.review_hash = text(w); }),
        named("facets", [&](auto &w) { e.facets = texts(w); }));
    }),
    named("approval", [&](auto &v) {
      members(v,
        named("status", [&](auto &w) { e.approval_status = status(text(w), "approved"); }),
        named("by", [&](auto &w) { e.approval_by = text(w); }),
        named("chain", [&](auto &w) { e.chain = texts(w); }));
    }),
    named("user", [&](auto &v) {
      members(v,
        ignored("id"),
        named("age", [&](auto &w) { e.age = static_cast<int32_t>(number(w)); }),
        named("tz", [&](auto &w) { e.utc_offset_ms = offset(text(w)); }),
        ignored("region"));
    }),
    named("consent", [&](auto &v) {
      members(v,
        named("status", [&](auto &w) { e.consent_status = status(text(w), "granted"); }),
        named("explicit", [&](auto &w) { e.explicit_consent = flag(w); }),
        named("expires_at", [&](auto &w) { e.expires_at = instant(text(w)), e.has_expiry = true; }),
        named("purposes", [&](auto &w) { e.purposes = texts(w); }),
        named("channels", [&](auto &w) { for (auto item : w.get_array()) e.channels |= ONE(channel(text(item))); }));
    }));
}
// clang-format on

template <class Read>
uint64_t decide(Read read) {
  try {
    event e{};
    read(e);
    return bench_decide_tuned(&e);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "bench: simdjson: %s\n", error.what());
    std::exit(1);
  }
}

}  // namespace

// Compiled for processors with AVX2.
extern "C" bool bench_has_simdjson(void) {
  return simdjson::builtin_implementation()->supported_by_runtime_system();
}

// `flatten`: all that is called is laid out in one piece, without which gcc is two times slower.
extern "C" __attribute__((flatten)) uint64_t bench_decide_dom(const char *json, size_t len) {
  static simdjson::dom::parser parser;
  return decide([&](event &e) { read_event(simdjson::dom::element(parser.parse(json, len, false)), e); });
}

extern "C" __attribute__((flatten)) uint64_t bench_decide_on_demand(const char *json, size_t len) {
  static simdjson::ondemand::parser parser;
  return decide([&](event &e) {
    simdjson::ondemand::document document = parser.iterate(json, len, len + BENCH_PADDING);
    read_event(document, e);
  });
}
