// SPDX-License-Identifier: Apache-2.0
// Random events for a policy: values near the constants that it names, texts made of its words and disguised,
// fields left out or null. Now and then an event that has to be refused. JSON is made by write_json.c. Called
// by main.c.
#include <stdio.h>
#include <string.h>

#include "tests/oracle/generate.h"

#define MAX_MEMBERS (MAX_FIELDS + 3)
#define DAY_MS INT64_C(86400000)

struct maker {
  struct rng *rng;
  const struct schema *schema;
  struct arena *arena;
};

static bool chance(struct maker *m, uint32_t percent) {
  return rng_chance(m->rng, percent);
}

static int64_t from_pool(struct maker *m, enum given_kind kind) {
  return m->schema->pool[kind][rng_below(m->rng, m->schema->pool_count[kind])];
}

static bool has_pool(const struct maker *m, enum given_kind kind) {
  return m->schema->pool_count[kind] > 0;
}

static int64_t add_safely(int64_t a, int64_t b) {
  int64_t sum;
  return __builtin_add_overflow(a, b, &sum) ? a : sum;
}

// ---- texts ----
static uint32_t next_char(const char **at) {
  const unsigned char *p = (const unsigned char *)*at;
  const int len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  uint32_t c = len == 1 ? p[0] : (uint32_t)p[0] & (0x7Fu >> len);
  for (int i = 1; i < len; i++) c = c << 6 | (p[i] & 0x3F);
  *at += len;
  return c;
}

// Other spellings of the same word: full width, other case, invisible characters, separators.
static void put_disguised(struct maker *m, struct buf *out, const char *word, uint32_t percent) {
  static const uint32_t fillers[] = {0x200B, 0xFEFF, 0xAD, ' ', '-', '.', 0x3000, 0x3001};
  while (*word != '\0') {
    uint32_t c = next_char(&word);
    if (chance(m, percent) && c > 0x20 && c < 0x7F) c += 0xFEE0;
    if (chance(m, percent) && c >= 'a' && c <= 'z') c -= 32;
    if (chance(m, percent) && c >= 'A' && c <= 'Z') c += 32;
    buf_codepoint(out, c);
    if (chance(m, percent)) buf_codepoint(out, fillers[rng_below(m->rng, 8)]);
  }
}

static const char *some_word(struct maker *m) {
  static const char *const fillers[] = {"您好", "hello",    "，",  " ",    "订单", "\n", "\t", "\"",
                                        "\x7f", "😀",        "e",   "0",    "99%",  "领", "免", "费",
                                        "限时", "特价秒杀", "vip", "sale", "头奖", "a",  "aab"};
  if (m->schema->text_count > 0 && chance(m, 60))
    return m->schema->texts[rng_below(m->rng, m->schema->text_count)];
  return fillers[rng_below(m->rng, sizeof fillers / sizeof *fillers)];
}

static struct str some_text(struct maker *m) {
  struct buf out = {0};
  if (chance(m, 25)) return nuo__arena_format(m->arena, "%s", some_word(m));
  const uint32_t words = chance(m, 5) ? 30 + rng_below(m->rng, 40) : rng_below(m->rng, 6);
  const uint32_t percent = chance(m, 40) ? 25 : 0;
  buf_put(&out, "");
  for (uint32_t i = 0; i < words; i++) put_disguised(m, &out, some_word(m), percent);
  return buf_keep(m->arena, &out);
}

// ---- values ----
// Around dates and clock times of the policy, the ends of daylight saving, or anywhere.
static int64_t some_instant(struct maker *m) {
  static const int64_t changes[] = {1741503600000, 1762063200000, 1743296400000, 1761440400000,
                                    1759591800000};
  static const int64_t steps[] = {0, 1, -1, 1000, 60000, -60000};
  const int64_t step = steps[rng_below(m->rng, 6)];
  if (has_pool(m, GIVEN_INSTANT) && chance(m, 30)) return from_pool(m, GIVEN_INSTANT) + step;
  if (chance(m, 6)) return changes[rng_below(m->rng, 5)] + step * (1 + rng_below(m->rng, 60));
  if (chance(m, 2)) return (int64_t)rng_below(m->rng, 60000) * DAY_MS - 20000 * DAY_MS;
  const bool dated = has_pool(m, GIVEN_DATE) && chance(m, 40);
  const int64_t day = dated ? from_pool(m, GIVEN_DATE) : gen_base_day - 5 + (int64_t)rng_below(m->rng, 16);
  const bool clocked = has_pool(m, GIVEN_CLOCK) && chance(m, 50);
  const int64_t clock = clocked         ? from_pool(m, GIVEN_CLOCK)
                        : chance(m, 40) ? 0
                                        : (int64_t)rng_below(m->rng, 96) * 900000;
  return day * DAY_MS + clock + step - (chance(m, 70) ? 8 * 3600000 : 0);
}

static int64_t some_number(struct maker *m, enum given_kind kind) {
  static const int64_t steps[] = {0, 0, 1, -1};
  if (has_pool(m, kind) && chance(m, 65)) {
    const int64_t step = steps[rng_below(m->rng, 4)];
    return add_safely(from_pool(m, kind), kind == GIVEN_DURATION ? step * 1000 : step);
  }
  switch (kind) {
    case GIVEN_DECIMAL:
      return chance(m, 4) ? INT64_MIN : (int64_t)rng_below(m->rng, 60) * 250000 - 3000000;
    case GIVEN_DURATION:
      return chance(m, 10) ? -1500 : (int64_t)rng_below(m->rng, 100) * 600000 + (chance(m, 20) ? 250 : 0);
    case GIVEN_DATE:
      return chance(m, 30) ? 11016 + (int64_t)rng_below(m->rng, 2000)
                           : gen_base_day - 10 + (int64_t)rng_below(m->rng, 30);
    default:
      return chance(m, 4) ? INT64_MAX - rng_below(m->rng, 3) : (int64_t)rng_below(m->rng, 40) - 10;
  }
}

static int64_t some_clock(struct maker *m) {
  if (!has_pool(m, GIVEN_CLOCK) || chance(m, 40))
    return (int64_t)rng_below(m->rng, 96) * 900000 + (chance(m, 10) ? 1500 : 0);
  const int64_t clock = from_pool(m, GIVEN_CLOCK) + (int64_t)rng_below(m->rng, 3) - 1;
  return clock < 0 || clock > DAY_MS ? 0 : clock;
}

static struct str some_zone(struct maker *m) {
  static const char *const zones[] = {"Asia/Shanghai", "America/New_York",    "UTC",       "Asia/Kolkata",
                                      "Europe/Berlin", "Australia/Lord_Howe", "Asia/Tokyo"};
  return nuo__arena_format(m->arena, "%s", zones[rng_below(m->rng, 7)]);
}

static struct given some_value(struct maker *m, struct gtype type);

static struct given some_list(struct maker *m, struct gtype type) {
  struct given list = {.kind = GIVEN_LIST,
                       .count = chance(m, 5) ? 15 + rng_below(m->rng, 5) : rng_below(m->rng, 5)};
  list.items = nuo__arena_alloc(m->arena, (list.count + 1) * sizeof *list.items);
  for (uint32_t i = 0; i < list.count; i++)
    list.items[i] = some_value(m, (struct gtype){type.element, type.element, type.enumeration});
  return list;
}

static struct given some_value(struct maker *m, struct gtype type) {
  struct given value = {.kind = type.kind};
  if (type.kind == GIVEN_LIST) return some_list(m, type);
  if (type.kind == GIVEN_TEXT) value.text = some_text(m);
  if (type.kind == GIVEN_ZONE) value.text = some_zone(m);
  if (type.kind == GIVEN_ENUM) {
    const struct genumeration *e = &m->schema->enumerations[type.enumeration];
    value.text = nuo__arena_format(m->arena, "%s", e->items[rng_below(m->rng, e->count)].en);
  }
  if (type.kind == GIVEN_FLAG) value.number = chance(m, 50);
  if (type.kind == GIVEN_INSTANT) value.number = some_instant(m);
  if (type.kind == GIVEN_CLOCK) value.number = some_clock(m);
  if (type.kind == GIVEN_NUMBER || type.kind == GIVEN_DECIMAL || type.kind == GIVEN_DURATION ||
      type.kind == GIVEN_DATE)
    value.number = some_number(m, type.kind);
  return value;
}

// One of a few, so that keys meet.
static struct given key_value(struct maker *m, struct gtype type) {
  static const char *const texts[] = {"u1", "u2", "免费"};
  if (type.kind == GIVEN_ENUM || type.kind == GIVEN_FLAG) return some_value(m, type);
  struct given value = {.kind = type.kind, .number = rng_below(m->rng, 3)};
  if (type.kind == GIVEN_TEXT) value.text = nuo__arena_format(m->arena, "%s", texts[rng_below(m->rng, 3)]);
  if (type.kind == GIVEN_DECIMAL) value.number *= 500000;
  if (type.kind == GIVEN_DATE) value.number += gen_base_day;
  if (type.kind == GIVEN_INSTANT) value.number = gen_base_day * DAY_MS + value.number * 3600000;
  return value;
}

// ---- events ----
static struct str path_of(struct maker *m, const struct gfield *f) {
  if (f->record.en[0] == '\0') return nuo__arena_format(m->arena, "%s", f->name.en);
  return nuo__arena_format(m->arena, "%s.%s", f->record.en, f->name.en);
}

static void add_member(struct given_event *event, struct str path, struct given value, bool null) {
  event->members[event->count++] = (struct given_member){path, value, null};
}

// Missing, of another JSON type, or null: refused whether or not a rule reads it.
static void spoil(struct maker *m, struct given_event *event, const struct gevent *type) {
  const uint32_t which = rng_below(m->rng, event->count);
  if (which >= type->count) return;
  struct given_member *member = &event->members[which];
  if (member->null) return;
  if (chance(m, 30)) {
    member->null = true;
    return;
  }
  const bool flag = member->value.kind == GIVEN_FLAG;
  member->value = (struct given){.kind = flag ? GIVEN_TEXT : GIVEN_FLAG, .text = STR("x")};
  member->null = false;
}

// A record is absent or null as a whole; its fields follow one another.
static bool drops_record(struct maker *m, struct given_event *event, const struct gfield *f,
                         uint32_t absent) {
  if (!f->record_optional || !chance(m, absent)) return false;
  if (chance(m, 30))
    add_member(event, nuo__arena_format(m->arena, "%s", f->record.en), (struct given){0}, true);
  return true;
}

static void add_fields(struct maker *m, struct given_event *event, const struct gevent *type) {
  const uint32_t absent = chance(m, 20) ? 90 : rng_below(m->rng, 50);
  const char *record = "";
  bool dropped = false;
  for (uint32_t i = 0; i < type->count; i++) {
    const struct gfield *f = &type->fields[i];
    if (strcmp(f->record.en, record) != 0) dropped = drops_record(m, event, f, absent);
    record = f->record.en;
    if (dropped && record[0] != '\0') continue;
    const bool missing = f->optional && chance(m, absent);
    if (missing && chance(m, 70)) continue;
    add_member(event, path_of(m, f), f->key && chance(m, 92) ? key_value(m, f->type) : some_value(m, f->type),
               missing);
  }
}

// ---- streams ----
// What is known while a stream of one policy is made.
struct flow {
  int64_t *times;  // of the events so far
  uint32_t count;
  int64_t newest;
};

static int64_t beginning(struct maker *m) {
  static const int64_t changes[] = {1741503600000, 1762063200000, 1743296400000, 1761440400000,
                                    1759591800000};
  if (chance(m, 40)) return changes[rng_below(m->rng, 5)] - (int64_t)rng_below(m->rng, 40) * 3600000;
  return (gen_base_day + (int64_t)rng_below(m->rng, 3)) * DAY_MS - (int64_t)rng_below(m->rng, 20) * 3600000;
}

// The next midnight in one of some zones, or just beside it.
static int64_t next_midnight(struct maker *m, int64_t after) {
  static const int64_t offsets[] = {8, -4, -5, 0, 1, 2};
  const int64_t offset = offsets[rng_below(m->rng, 6)] * 3600000;
  return ((after + offset) / DAY_MS + 1) * DAY_MS - offset + (int64_t)rng_below(m->rng, 3) - 1;
}

// Where a window of the policy that an earlier event is in ends, or its waiting to be delivered.
static int64_t edge(struct maker *m, const struct flow *flow) {
  const int64_t from = flow->times[flow->count - 1 - rng_below(m->rng, flow->count < 9 ? flow->count : 9)];
  const bool pooled = has_pool(m, GIVEN_DURATION) && chance(m, 70);
  int64_t length = pooled ? from_pool(m, GIVEN_DURATION) : chance(m, 75) ? DAY_MS : 7 * DAY_MS;
  if (length < 0 || length > 30 * DAY_MS) length = DAY_MS;
  return from + length + (int64_t)rng_below(m->rng, 3) - 1;
}

// Slowly on, sometimes the same, sometimes late, sometimes too late.
static int64_t next_time(struct maker *m, const struct flow *flow, int64_t lateness) {
  static const int64_t steps[] = {0, 1, 1000, 60000, 600000};
  const uint32_t kind = rng_below(m->rng, 100);
  if (flow->count == 0) return flow->newest;
  if (m->schema->owes && chance(m, 20)) {
    const int64_t time = edge(m, flow);
    if (time >= flow->newest - lateness) return time;
  }
  if (kind < 25) return flow->newest;
  if (kind < 50) return flow->newest + steps[rng_below(m->rng, 5)] * (1 + rng_below(m->rng, 9));
  if (kind < 62) return next_midnight(m, flow->newest);
  if (kind < 76) {
    const int64_t time = edge(m, flow);
    if (time >= flow->newest) return time;
  }
  if (kind < 90 && lateness > 0)
    return flow->newest - (chance(m, 20) ? lateness : rng_below(m->rng, (uint32_t)(lateness / 1000)) * 1000) -
           (chance(m, 8) ? 1 : 0);
  if (kind < 92) return flow->newest - rng_below(m->rng, 7200) * 1000;
  return flow->newest + (int64_t)rng_below(m->rng, chance(m, 30) ? 200 : 20) * 3600000;
}

static struct given_event random_event(struct maker *m, const struct gevent *type) {
  struct given_event event = {.wire = nuo__arena_format(m->arena, "%s", type->wire),
                              .style = rng_next(m->rng)};
  event.members = nuo__arena_alloc(m->arena, MAX_MEMBERS * sizeof *event.members);
  add_fields(m, &event, type);
  if (chance(m, 3)) spoil(m, &event, type);
  if (chance(m, 20)) add_member(&event, STR("unread"), some_value(m, gtype_of(GIVEN_TEXT)), chance(m, 20));
  if (chance(m, 10)) add_member(&event, STR("unread2.deep"), some_value(m, gtype_of(GIVEN_DECIMAL)), false);
  return event;
}

// Its identity and time, which come first: mostly new, and about now.
static void place(struct maker *m, struct given_event *event, const struct gevent *type, struct flow *flow) {
  const uint32_t number =
      flow->count > 0 && chance(m, m->schema->owes ? 0 : 10) ? rng_below(m->rng, flow->count) : flow->count;
  struct given *id = &event->members[0].value, *time = &event->members[1].value;
  if (id->kind == GIVEN_TEXT && type->fields[0].type.kind == GIVEN_TEXT)
    id->text = nuo__arena_format(m->arena, "p%u", number);
  if (id->kind == GIVEN_NUMBER) id->number = number;
  if (time->kind != GIVEN_INSTANT) return;
  time->number = next_time(m, flow, type->lateness);
  if (time->number > flow->newest) flow->newest = time->number;
  flow->times[flow->count++] = time->number;
}

// An earlier event is said to have been sent.
static struct given_event some_report(struct maker *m, const struct given_event *events, uint32_t count,
                                      struct flow *flow) {
  const uint32_t back = rng_below(m->rng, count < 12 ? count : 12);
  const struct given_event *of = &events[count - 1 - back];
  struct given_event event = {.wire = STR(REPORT_WIRE), .style = rng_next(m->rng)};
  struct given id = {.kind = GIVEN_TEXT, .text = STR("p1")};
  if (is_event(of) && of->members[0].value.kind == GIVEN_TEXT) id = of->members[0].value;
  if (is_event(of) && of->members[0].value.kind == GIVEN_NUMBER)
    id.text = nuo__arena_format(m->arena, "%lld", (long long)of->members[0].value.number);
  const int64_t time = next_time(m, flow, 600000);
  event.members = nuo__arena_alloc(m->arena, MAX_MEMBERS * sizeof *event.members);
  add_member(&event, STR("event"),
             (struct given){.kind = GIVEN_TEXT, .text = is_event(of) ? of->wire : STR("none")}, false);
  add_member(&event, STR("id"), id, false);
  add_member(&event, STR("time"), (struct given){.kind = GIVEN_INSTANT, .number = time}, false);
  return event;
}

// An earlier event comes once more, as it was.
static struct given_event some_again(struct maker *m, const struct given_event *events, uint32_t count) {
  const uint32_t back = rng_below(m->rng, count < 20 || chance(m, 10) ? count : 20);
  struct given_event event = events[count - 1 - back];
  event.style = rng_next(m->rng);
  return event;
}

// Time passes: a little, to a deadline, or for long.
static struct given_event some_advance(struct maker *m, struct flow *flow, int64_t time) {
  struct given_event event = {.wire = STR(ADVANCE_WIRE), .style = rng_next(m->rng)};
  event.members = nuo__arena_alloc(m->arena, MAX_MEMBERS * sizeof *event.members);
  add_member(&event, STR("time"), (struct given){.kind = GIVEN_INSTANT, .number = time}, false);
  if (time > flow->newest) flow->newest = time;
  return event;
}

void stream_generate(struct rng *rng, const struct schema *schema, struct arena *arena,
                     struct given_event *events, uint32_t count) {
  struct maker m = {rng, schema, arena};
  struct flow flow = {.times = nuo__arena_alloc(arena, (count + 1) * sizeof *flow.times)};
  flow.newest = beginning(&m);
  if (schema->owes && chance(&m, 40)) flow.newest = next_midnight(&m, flow.newest);
  for (uint32_t i = 0; i < count; i++) {
    const struct gevent *type = &schema->events[rng_below(rng, schema->event_count)];
    if (i > 0 && chance(&m, schema->remembers ? 7 : 1)) {
      events[i] = some_report(&m, events, i, &flow);
      continue;
    }
    if (i > 0 && schema->remembers && chance(&m, 6)) {
      events[i] = some_again(&m, events, i);
      continue;
    }
    if (i > 0 && schema->owes && (i + 1 == count || chance(&m, 8))) {
      const int64_t far = (int64_t)(20 + rng_below(rng, 100)) * DAY_MS;
      events[i] = some_advance(&m, &flow, i + 1 < count ? next_time(&m, &flow, 0) : flow.newest + far);
      continue;
    }
    events[i] = random_event(&m, type);
    if (schema->remembers) place(&m, &events[i], type, &flow);
  }
}
