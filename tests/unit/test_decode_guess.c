// SPDX-License-Identifier: Apache-2.0
// What the decoder expects of an event, because events before it had it, changes nothing: neither what a lane
// holds nor what is refused, and where. Random events, good and spoiled, in several styles, go through a
// decoder that has read those before them, on the path of some processor, and through one that has read none,
// on the plainest.
#include "tests/cpu_limit.h"
#include "tests/unit/decode_bench.h"

#define TEN(n)                                                                                     \
  "f" #n "0?:flag f" #n "1?:flag f" #n "2?:flag f" #n "3?:flag f" #n "4?:flag f" #n "5?:flag f" #n \
  "6?:flag f" #n "7?:flag f" #n "8?:flag f" #n "9?:flag "

static const char policy[] = HEAD
    "event order \"shop.order\" enforceable identity id time at zone place.tz default policy {\n"
    "  id: text  at: instant\n"
    "  kind: one of {marketing as 营销, service as 服务, news as 新闻, a_rather_long_enumerator as 长}\n"
    "  count?: number  price?: decimal  urgent?: flag  seen?: instant  day?: date  hour?: clock\n"
    "  body?: text  labels?: list of text  numbers?: list of number\n"
    "  kinds?: list of one of {red as 红, green as 绿, blue as 蓝}\n"
    "  place { tz?: zone  city?: text }\n"
    "  buyer? { name: text  age?: number  home { street: text  floor?: number } }\n"
    "  thirteenbytes?: number  fourteen_bytes?: number  a_name_of_more_than_sixteen_bytes?: text\n"
    "  note?: text  unread_number?: number  unread_list?: list of number  unread_flag?: flag\n"
    "}\n"
    "event wide \"shop.wide\" observed identity id time at { id: number  at: instant  type: text\n" TEN(0) TEN(1)
        TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) "last: text }\n"
    "rule a on order forbid when kind is marketing action block\n"
    "rule b on order forbid when count > 5 or price > 1.5 or urgent action block\n"
    "rule c on order forbid when seen > at or day > 2025-01-01 or hour > 12:00 action block\n"
    "rule d on order forbid when body contains \"x\" or labels contains \"y\" or numbers contains 7 action block\n"
    "rule e on order forbid when kinds contains green or place.city is \"z\" action block\n"
    "rule f on order forbid when buyer.name is \"n\" or buyer.age > 5 or buyer.home.floor > 3 action block\n"
    "rule g on order forbid when thirteenbytes > fourteen_bytes and a_name_of_more_than_sixteen_bytes is \"q\"\n"
    "  action block\n"
    "rule h on wide forbid when f00 or f61 or f62 or f69 or last is \"x\" action note\n";

// ---- random events ----

struct writer {
  char text[16384];
  size_t len;
  int style;  // 0: no space, 1: one behind commas and colons, 2: lines
  unsigned depth;
};

static unsigned below(unsigned n) {
  return (unsigned)rand() % n;
}

static void put(struct writer *w, const char *text) {
  const size_t len = strlen(text);
  assert_true(w->len + len < sizeof w->text);
  memcpy(w->text + w->len, text, len + 1);
  w->len += len;
}

static void put_gap(struct writer *w, bool colon) {
  if (w->style == 1 || (w->style == 2 && colon)) put(w, " ");
  if (w->style == 2 && !colon) put(w, below(2) ? "\n\t" : "\r\n  ");
}

// ---- members ----

// Values of one kind: those that are right, then some that are not.
struct values {
  const char *at[12];
};
static const struct values texts = {
    {"\"a\"", "\"\"", "\"诺\"", "\"a \\\"b\\\" \\u8bfa\"", "null", "\"\x7f\"",
     "\"one that is longer than sixty-four bytes, so that it takes more than one word\"", "\"\\ud83d\"", "7",
     "\"a\tb\"", "\"\\x\"", "{}"}};
static const struct values instants = {{"\"2025-07-01T08:00:00.250+08:00\"", "1751328000000",
                                        "\"2025-07-01T08:00:00Z\"", "0", "-1", "\"2025-07-01 08:00Z\"",
                                        "99999999999999", "\"2025-02-30T00:00:00Z\"", "1.5", "true",
                                        "999999999999999999", "\"\""}};
static const struct values kinds = {{"\"marketing\"", "\"service\"", "\"news\"",
                                     "\"a_rather_long_enumerator\"", "\"n\\u0065ws\"", "\"service\"",
                                     "\"New\"", "\"newsx\"", "\"\"", "1", "[]", "null"}};
static const struct values numbers = {{"0", "7", "86400000", "123456789012345", "-5", "1.5e1", "null",
                                       "1234567890123456", "01", "1.5", "9223372036854775808", "1x"}};
static const struct values prices = {{"0", "1.5", "-0.000001", "86400000", "null", "1e2", "1.0000001",
                                      "9223372036854.775808", "123456789012345", "\"1\"", "[]", "1."}};
static const struct values flags = {
    {"true", "false", "true", "false", "null", "true", "false", "falsy", "tru", "1", "\"true\"", "t"}};
static const struct values lists = {{"[]", "[\"a\"]", "[\"y\",\"b\"]", "[\"a\", \"\\n\"]", "[ ]", "null",
                                     "[\"a\",]", "[,]", "[1]", "\"a\"", "[\"a\" \"b\"]", "[\"a\""}};
static const struct values colours = {{"[]", "[\"red\"]", "[\"blue\",\"green\"]", "[\"red\", \"red\"]",
                                       "[\"gr\\u0065en\"]", "null", "[\"pink\"]", "[true]", "[[\"red\"]]",
                                       "[\"red\"}", "{}", "[\"red\",]"}};
static const struct values number_lists = {
    {"[]", "[1,7]", "[1, 2]", "[-1e2]", "null", "[7]", "[1.5]", "[\"1\"]", "[1,]", "[01]", "7", "[1 2]"}};
static const struct values zones = {{"\"Asia/Shanghai\"", "\"Europe/Paris\"", "\"+08:00\"", "null",
                                     "\"Asia/Tokyo\"", "\"Asia\\/Tokyo\"", "\"Asia/Shangha\"", "\"\"", "8",
                                     "\"Mars/Base\"", "[]", "{}"}};
static const struct values dates = {{"\"2024-02-29\"", "\"2025-01-01\"", "null", "\"2025-12-31\"",
                                     "\"0001-01-01\"", "\"2025-1-1\"", "\"2025-02-29\"", "20250101", "\"\"",
                                     "[]", "\"x\"", "{}"}};
static const struct values clocks = {{"\"22:30\"", "\"00:00\"", "\"24:00\"", "\"12:00:00.5\"", "null",
                                      "\"9:00\"", "\"24:01\"", "930", "\"\"", "[]", "\"x\"", "{}"}};
static const struct values anything = {{"1", "\"x\"", "{\"a\":[1,{\"b\":null}]}", "[[],{}]", "null",
                                        "-1.5e+3", "{\"a\":1,\"a\":2}", "[1,]", "nul", "{\"a\"}", "\"\x01\"",
                                        "}"}};

static int wrong;  // one value in so many is one that is not right; 0: none

static void put_value(struct writer *w, const struct values *values) {
  put(w, values->at[wrong > 0 && below((unsigned)wrong) == 0 ? 6 + below(6) : below(4)]);
}

static void put_name(struct writer *w, const char *name, bool *begun) {
  if (*begun) put(w, ",");
  if (*begun) put_gap(w, false);
  *begun = true;
  put(w, "\"");
  put(w, name);
  put(w, "\":");
  put_gap(w, true);
}

static void put_member(struct writer *w, const char *name, const struct values *values, bool *begun) {
  put_name(w, name, begun);
  put_value(w, values);
}

static void put_buyer(struct writer *w, bool *outer) {
  bool begun = false, inner = false;
  put_name(w, "buyer", outer);
  put(w, "{");
  if (below(20) > 0) put_member(w, "name", &texts, &begun);
  if (below(2)) put_member(w, "age", &numbers, &begun);
  put_name(w, "home", &begun);
  put(w, "{");
  if (below(2)) put_member(w, "floor", &numbers, &inner);
  if (below(20) > 0) put_member(w, "street", &texts, &inner);
  put(w, below(2) ? "} }" : "}}");
}

static void put_place(struct writer *w, bool *outer) {
  bool begun = false;
  put_name(w, "place", outer);
  put(w, "{");
  if (below(3)) put_member(w, "tz", &zones, &begun);
  if (below(2)) put_member(w, "city", &texts, &begun);
  put(w, "}");
}

static const struct {
  const char *name;
  const struct values *values;
} order_members[] = {{"id", &texts},
                     {"at", &instants},
                     {"kind", &kinds},
                     {"count", &numbers},
                     {"price", &prices},
                     {"urgent", &flags},
                     {"seen", &instants},
                     {"day", &dates},
                     {"hour", &clocks},
                     {"body", &texts},
                     {"labels", &lists},
                     {"numbers", &number_lists},
                     {"kinds", &colours},
                     {"place", NULL},
                     {"buyer", NULL},
                     {"thirteenbytes", &numbers},
                     {"fourteen_bytes", &numbers},
                     {"a_name_of_more_than_sixteen_bytes", &texts},
                     {"note", &texts},
                     {"unread_number", &numbers},
                     {"unread_list", &number_lists},
                     {"unread_flag", &flags},
                     {"stranger", &anything},
                     {"specversio", &anything},
                     {"i\\u0064x", &anything}};
enum { ORDER_MEMBERS = sizeof order_members / sizeof *order_members };

static void put_order(struct writer *w, bool *begun) {
  const unsigned turn = below(4) == 0 ? below(ORDER_MEMBERS) : 0, leave = 1 + below(6);
  for (unsigned i = 0; i < ORDER_MEMBERS; i++) {
    const unsigned k = (i + turn) % ORDER_MEMBERS;
    if (k >= 3 ? below(6) < leave : below(30) == 0) continue;
    if (order_members[k].values != NULL)
      put_member(w, order_members[k].name, order_members[k].values, begun);
    else if (strcmp(order_members[k].name, "buyer") == 0)
      put_buyer(w, begun);
    else
      put_place(w, begun);
    if (below(200) == 0) put_member(w, order_members[below(ORDER_MEMBERS)].name, &texts, begun);
  }
}

static void put_wide(struct writer *w, bool *begun) {
  char name[8];
  put_member(w, "id", &numbers, begun);
  put_member(w, "at", &instants, begun);
  for (unsigned i = 0; i < 70; i++) {
    if (below(4) == 0) continue;
    snprintf(name, sizeof name, "f%02u", i);
    put_member(w, name, &flags, begun);
  }
  if (below(20) > 0) put_member(w, "last", &texts, begun);
}

static void put_type(struct writer *w, const char *type, bool *begun) {
  put_name(w, below(50) == 0 ? "t\\u0079pe" : "type", begun);
  put(w, type);
}

static void put_event(struct writer *w) {
  const bool is_wide = below(8) == 0, is_enveloped = below(8) == 0, is_first = below(4) > 0;
  const char *type = below(60) == 0 ? "\"shop.x\"" : is_wide ? "\"shop.wide\"" : "\"shop.order\"";
  bool begun = false, inner = false, *members = is_enveloped ? &inner : &begun;
  put(w, "{");
  if (is_enveloped) put_name(w, "specversion", &begun), put(w, "\"1.0\"");
  if (is_first && below(10) > 0) put_type(w, type, &begun);
  if (is_enveloped) put_name(w, "data", &begun), put(w, "{");
  if (is_enveloped && is_wide) put_type(w, "\"x\"", &inner);
  if (is_wide)
    put_wide(w, members);
  else
    put_order(w, members);
  if (is_enveloped) put(w, "}");
  if (is_enveloped && below(4) == 0) put_member(w, "count", &numbers, &begun);
  if (!is_first) put_type(w, type, &begun);
  put(w, "}");
  if (below(10) == 0) put(w, "\n ");
}

static void spoil(struct writer *w) {
  static const char bytes[] = "{}[]:,\"\\ \t\n\x01\x80\xe4z0-.e";
  if (w->len == 0) return;
  const size_t at = below((unsigned)w->len), zeros = 1 + below(40);
  switch (below(5)) {
    case 0:
      w->len = at;
      break;
    case 1:
      memmove(w->text + at, w->text + at + 1, w->len - at - 1);
      w->len--;
      break;
    case 2:
      memmove(w->text + at + 1, w->text + at, w->len - at);
      w->len++;
      w->text[at] = bytes[below(sizeof bytes)];
      break;
    case 3:
      memmove(w->text + at + zeros, w->text + at, w->len - at);
      w->len += zeros;
      memset(w->text + at, 0, zeros);
      break;
    default:
      w->text[at] = bytes[below(sizeof bytes)];
  }
}

// ---- the same ----

static bool same_elements(const struct bench *a, const struct bench *b, const struct image_field *f,
                          uint32_t x) {
  const struct list_reg *m = &a->batch.lists[f->reg], *n = &b->batch.lists[f->reg];
  if (m->count[x] != n->count[0]) return false;
  for (uint32_t i = 0; i < n->count[0]; i++) {
    const union element *p = &a->batch.pool[m->first[x] + i], *q = &b->batch.pool[n->first[0] + i];
    if (f->element != VALUE_TEXT
            ? p->number != q->number
            : p->text.len != q->text.len || memcmp(p->text.at, q->text.at, q->text.len) != 0)
      return false;
  }
  return true;
}

static bool same_texts(const char *a, uint32_t len, const char *b, uint32_t other) {
  return len == other && memcmp(a, b, len) == 0;
}

// Of lane x of `a` and the first of `b`.
static bool same_field(const struct bench *a, const struct bench *b, const struct image_field *f,
                       uint32_t x) {
  const struct batch *m = &a->batch, *n = &b->batch;
  const uint16_t r = f->reg;
  for (uint32_t i = f->asked_first; i < f->asked_first + f->asked_count; i++) {
    const uint16_t plane = a->program->image.ASKED[i].plane;
    if ((m->planes[plane].t >> x & 1) != (n->planes[plane].t & 1)) return false;
  }
#define KNOWN(mask) ((m->mask[r] >> x & 1) == (n->mask[r] & 1))
#define VALUE(mask, values) (KNOWN(mask) && (!(n->mask[r] & 1) || m->values[r][x] == n->values[r][0]))
  switch (f->reg_class) {
    case REG_PLANE:
      return (m->planes[r].t >> x & 1) == (n->planes[r].t & 1) &&
             (m->planes[r].f >> x & 1) == (n->planes[r].f & 1);
    case REG_COLUMN:
      return VALUE(column_known, columns);
    case REG_WIDE:
      return VALUE(wide_known, wides);
    case REG_HALF:
      return VALUE(half_known, halves);
    case REG_TEXT:
      return KNOWN(text_known) &&
             (!(n->text_known[r] & 1) ||
              same_texts(m->texts[r].at[x], m->texts[r].len[x], n->texts[r].at[0], n->texts[r].len[0]));
    case REG_LIST:
      return KNOWN(list_known) && (!(n->list_known[r] & 1) || same_elements(a, b, f, x));
    default:
      return true;
  }
}

static void check_same(const struct bench *a, const struct bench *b, uint32_t x, const struct writer *w) {
  const struct batch *m = &a->batch, *n = &b->batch;
  const struct image_event *event = &b->program->image.EVENTS[n->event[0]];
  assert_int_equal(m->event[x], n->event[0]);
  assert_int_equal(m->zone[x], n->zone[0]);
  if (!same_texts(m->id[x].at, m->id[x].len, n->id[0].at, n->id[0].len)) fail_msg("identity: %s", w->text);
  for (uint32_t i = event->field_first; i < event->field_first + event->field_count; i++) {
    const struct image_field *f = &b->program->image.FIELDS[i];
    if (!same_field(a, b, f, x))
      fail_msg("%.*s: %s", (int)f->path.len, b->program->image.STRINGS + f->path.at, w->text);
  }
}

static void check_one(struct bench *experienced, struct bench *fresh, const struct writer *w) {
  char *text = exactly(w->text, w->len);
  const uint32_t lane = experienced->batch.count;
  cpu_limit((enum cpu_level)below(CPU_LEVEL_COUNT));
  nuo_status status =
      nuo__decode_event(experienced->decoder, text, w->len, &experienced->batch, &experienced->error);
  cpu_limit(CPU_PLAIN);
  nuo__decoder_free(fresh->decoder);
  assert_int_equal(nuo__decoder_new(fresh->program, nuo__default_allocator(), &fresh->decoder), NUO_OK);
  nuo__batch_clear(fresh->program, &fresh->batch);
  if (nuo__decode_event(fresh->decoder, text, w->len, &fresh->batch, &fresh->error) != status)
    fail_msg("%s at %d, not %s at %d: %.*s", experienced->error.message, (int)experienced->error.offset,
             fresh->error.message, (int)fresh->error.offset, (int)w->len, w->text);
  if (status == NUO_OK) {
    check_same(experienced, fresh, lane, w);
  } else {
    if (experienced->error.offset != fresh->error.offset ||
        strcmp(experienced->error.message, fresh->error.message) != 0)
      fail_msg("%s at %d, not %s at %d: %.*s", experienced->error.message, (int)experienced->error.offset,
               fresh->error.message, (int)fresh->error.offset, (int)w->len, w->text);
    check_clean(experienced, lane);
  }
  free(text);
}

static void run(unsigned seed, int wrong_values, unsigned spoiled, int rounds, unsigned *good) {
  struct bench experienced, fresh;
  static struct writer w;
  set_up(&experienced, policy);
  set_up(&fresh, policy);
  srand(seed);
  wrong = wrong_values;
  *good = 0;
  for (int round = 0; round < rounds; round++) {
    w.len = 0;
    w.style = round / 40 % 3;  // for some time the same, then another
    put_event(&w);
    if (spoiled > 0 && below(spoiled) == 0) spoil(&w);
    w.text[w.len] = '\0';
    const uint32_t before = experienced.batch.count;
    check_one(&experienced, &fresh, &w);
    *good += experienced.batch.count > before;
    start_anew(&experienced);  // the text is gone
  }
  tear_down(&experienced);
  tear_down(&fresh);
}

static void test_good_events(void **state) {
  (void)state;
  unsigned good;
  run(1, 0, 0, 20000, &good);
  assert_true(good > 10000);  // some lack what has to be there, or have a member twice
}

static void test_wrong_values(void **state) {
  (void)state;
  unsigned good;
  run(2, 40, 0, 20000, &good);
  assert_true(good > 5000 && good < 15000);
}

static void test_spoiled_texts(void **state) {
  (void)state;
  unsigned good;
  run(3, 200, 2, 30000, &good);
  assert_true(good > 5000 && good < 20000);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_good_events),
      cmocka_unit_test(test_wrong_values),
      cmocka_unit_test(test_spoiled_texts),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
