// SPDX-License-Identifier: Apache-2.0
// The instructions on memory, hand-assembled: keys of every kind, facts with every kind of value, counts that
// stop at their capacity, first days of periods, and that one lane's run leaves the others alone.
#include "runtime/state.h"
#include "tests/unit/vm_harness.h"

// As the harness has it, for `h` as a pointer.
#undef OP_OF
#define OP_OF(name, a, b, c, d, ...) builder_insn(&h->builder, OPCODE_##name, a, b, c, d)

struct memory {
  struct harness h;
  struct state state;
  struct scratch texts;
  uint32_t effect;  // where the effect block begins
};

static const struct image_argument keys[] = {{REG_TEXT, 0}, {REG_PLANE, 0}, {REG_COLUMN, 2}, {REG_COLUMN, 1}};

static uint32_t add_fact(struct harness *h, const char *name, uint8_t kind, uint8_t key_count) {
  struct image_fact fact = {.name = builder_str(&h->builder, name),
                            .kind = kind,
                            .key_count = key_count,
                            .key_kinds = {VALUE_TEXT},
                            .subject = IMAGE_KEY_MAX,
                            .enum_count = kind == VALUE_ENUM ? 2 : 0};
  static const uint8_t kinds[] = {VALUE_TEXT, VALUE_FLAG, VALUE_NUMBER, VALUE_ZONE};
  memcpy(fact.key_kinds, kinds, key_count);
  memcpy(fact.identity, name, strlen(name));
  return builder_add(&h->builder, SECTION_FACTS, &fact);
}

static void begin(struct memory *m) {
  harness_begin(&m->h);
  for (int k = 0; k < 4; k++) builder_add(&m->h.builder, SECTION_ARGUMENTS, &keys[k]);
  m->texts = (struct scratch){.allocator = nuo__default_allocator()};
  assert_true(nuo__state_init(&m->state, nuo__default_allocator(), (const uint8_t[16]){1, 2, 3}));
}

// The code so far becomes the state block, behind an empty event block; what follows is the effect block.
static void begin_effects(struct memory *m) {
  struct harness *h = &m->h;
  OP(END);
  m->effect = h->builder.sections[SECTION_CODE].count;
}

static void load(struct memory *m, uint32_t lanes) {
  struct harness *h = &m->h;
  struct image_event *event = builder_item(&h->builder, SECTION_EVENTS, 0);
  OP(END);
  event->state_count = m->effect;
  event->effect_first = m->effect;
  event->effect_count = h->builder.sections[SECTION_CODE].count - m->effect;
  event->code_first = h->builder.sections[SECTION_CODE].count;
  harness_load(h, lanes);
  h->machine.state = &m->state;
  h->machine.texts = &m->texts;
  h->machine.delivered = true;
}

static void run_state(struct memory *m, uint32_t lane) {
  const struct image_event *event = m->h.program->image.EVENTS;
  nuo__vm_run_lane(&m->h.machine, event->state_first, event->state_count, lane);
}

static void run_effect(struct memory *m, uint32_t lane) {
  const struct image_event *event = m->h.program->image.EVENTS;
  nuo__vm_run_lane(&m->h.machine, event->effect_first, event->effect_count, lane);
  assert_false(m->state.failed);
}

static void end(struct memory *m) {
  nuo__state_free(&m->state);
  nuo__scratch_free(&m->texts);
  harness_end(&m->h);
}

// Whether a plane is T, F or U in a lane, and a column's or a text's value there.
static char flag_at(const struct memory *m, unsigned reg, uint32_t lane) {
  const struct plane *p = &m->h.batch.planes[reg];
  return p->t >> lane & 1 ? 'T' : p->f >> lane & 1 ? 'F' : 'U';
}

static bool number_at(const struct memory *m, unsigned reg, uint32_t lane, int64_t *value) {
  *value = m->h.batch.columns[reg][lane];
  return m->h.batch.column_known[reg] >> lane & 1;
}

#define EXPECT_NUMBER(reg, lane, expected)          \
  do {                                              \
    int64_t value_;                                 \
    assert_true(number_at(&m, reg, lane, &value_)); \
    assert_int_equal(value_, expected);             \
  } while (0)
#define EXPECT_UNKNOWN(reg, lane)                    \
  do {                                               \
    int64_t value_;                                  \
    assert_false(number_at(&m, reg, lane, &value_)); \
  } while (0)

// Keys (text, flag, number, zone); lanes 0 and 1 differ in one part of it at a time.
static void test_keys(void **state) {
  (void)state;
  struct memory m;
  begin(&m);
  struct harness *h = &m.h;
  uint32_t fact = add_fact(h, "f", VALUE_FLAG, 4);
  OP(FACT, 5, fact, 0);
  OP(SINCE, 5, fact, 0);
  begin_effects(&m);
  OP(PCONST, 5, 1);
  OP(START, fact, 0, 5, 0);
  load(&m, 2);
  char longer[100], other[100];
  memset(longer, 'x', sizeof longer);
  memset(other, 'x', sizeof other);
  other[99] = 'y';
  const char *texts[] = {"u1", "u1"};
  give_text(h, 0, texts, 2);
  give_plane(h, 0, "TT");
  give_column(h, 0, "kk", (int64_t[]){1000, 2000});
  give_column(h, 1, "kk", (int64_t[]){ZONE_UTC, ZONE_UTC});
  give_column(h, 2, "kk", (int64_t[]){7, 7});
  run_effect(&m, 0);
  run_state(&m, 1);
  assert_int_equal(flag_at(&m, 5, 1), 'T');
  EXPECT_NUMBER(5, 1, 1000);
  give_column(h, 2, "kk", (int64_t[]){7, 8});
  run_state(&m, 1);
  assert_int_equal(flag_at(&m, 5, 1), 'F');
  EXPECT_UNKNOWN(5, 1);
  give_column(h, 2, "kk", (int64_t[]){7, 7});
  give_plane(h, 0, "TF");
  run_state(&m, 1);
  assert_int_equal(flag_at(&m, 5, 1), 'F');
  give_plane(h, 0, "TU");  // an unknown part: an unknown answer, and nothing changes
  run_state(&m, 1);
  assert_int_equal(flag_at(&m, 5, 1), 'U');
  run_effect(&m, 1);
  assert_int_equal(nuo__store_count(m.state.store), 1);
  give_plane(h, 0, "TT");
  give_column(h, 1, "kk", (int64_t[]){ZONE_UTC, -1});
  run_state(&m, 1);
  assert_int_equal(flag_at(&m, 5, 1), 'U');
  uint16_t shanghai;
  assert_int_equal(nuo__zone_set_find(h->program->zones, "Asia/Shanghai", 13, &shanghai), ZONE_OK);
  give_column(h, 1, "kk", (int64_t[]){ZONE_UTC, shanghai});
  run_state(&m, 1);
  assert_int_equal(flag_at(&m, 5, 1), 'F');
  // Long texts that differ at their end.
  give_column(h, 1, "kk", (int64_t[]){ZONE_UTC, ZONE_UTC});
  h->batch.texts[0].at[0] = longer;
  h->batch.texts[0].at[1] = other;
  h->batch.texts[0].len[0] = h->batch.texts[0].len[1] = 100;
  run_effect(&m, 0);
  run_state(&m, 1);
  assert_int_equal(flag_at(&m, 5, 1), 'F');
  other[99] = 'x';
  run_state(&m, 1);
  assert_int_equal(flag_at(&m, 5, 1), 'T');
  end(&m);
}

// Values: a number, a text, an enumerator, a zone; replaced, unknown, ended.
static void test_values(void **state) {
  (void)state;
  struct memory m;
  begin(&m);
  struct harness *h = &m.h;
  uint32_t number = add_fact(h, "n", VALUE_NUMBER, 1), text = add_fact(h, "t", VALUE_TEXT, 1);
  uint32_t kind = add_fact(h, "k", VALUE_ENUM, 1), zone = add_fact(h, "z", VALUE_ZONE, 1);
  OP(FACTVALUE, 5, number, 0);
  OP(FACTTEXT, 3, text, 0);
  OP(FACTVALUE, 6, kind, 0);
  OP(FACTVALUE, 7, zone, 0);
  OP(SINCE, 8, number, 0);
  begin_effects(&m);
  OP(HIDE, 6, 0);
  OP(START, number, 0, 0, 2);
  OP(STARTTEXT, text, 0, 0, 1);
  OP(START, kind, 0, 0, 6);
  OP(START, zone, 0, 0, 1);
  OP(STOP, number, 0, 1);
  load(&m, 3);
  static const char outside[] = "a word that is long enough to lie outside";
  uint16_t shanghai;
  assert_int_equal(nuo__zone_set_find(h->program->zones, "Asia/Shanghai", 13, &shanghai), ZONE_OK);
  give_text(h, 0, (const char *[]){"u", "u", "u"}, 3);
  give_text(h, 1, (const char *[]){outside, "", NULL}, 3);
  give_plane(h, 0, "TTT");
  give_plane(h, 1, "FFT");
  give_column(h, 0, "kkk", (int64_t[]){1000, 2000, 3000});
  give_column(h, 1, "kkk", (int64_t[]){shanghai, ZONE_UTC, -5});
  give_column(h, 2, "kku", (int64_t[]){-1234567890123, 1, 0});
  h->batch.halves[0][0] = 1;
  h->batch.halves[0][1] = 0;
  h->batch.half_known[0] = 3;
  run_state(&m, 0);
  EXPECT_UNKNOWN(5, 0);
  EXPECT_UNKNOWN(6, 0);
  assert_int_equal(h->batch.text_known[3] & 1, 0);
  h->machine.delivered = false;  // held: nothing changes
  run_effect(&m, 0);
  assert_int_equal(nuo__store_count(m.state.store), 0);
  h->machine.delivered = true;
  run_effect(&m, 0);
  run_state(&m, 1);
  EXPECT_NUMBER(5, 1, -1234567890123);
  EXPECT_NUMBER(6, 1, 1);
  EXPECT_NUMBER(7, 1, shanghai);
  EXPECT_NUMBER(8, 1, 1000);
  run_effect(&m, 1);  // the text that was read is still there when the store has changed
  assert_int_equal(h->batch.texts[3].len[1], strlen(outside));
  assert_memory_equal(h->batch.texts[3].at[1], outside, strlen(outside));
  run_state(&m, 1);
  EXPECT_NUMBER(5, 1, 1);
  EXPECT_NUMBER(6, 1, 0);
  EXPECT_NUMBER(7, 1, ZONE_UTC);
  EXPECT_NUMBER(8, 1, 1000);
  assert_int_equal(h->batch.texts[3].len[1], 0);
  run_effect(&m, 2);  // nothing starts with what is unknown; the number ends
  run_state(&m, 2);
  EXPECT_UNKNOWN(5, 2);
  EXPECT_NUMBER(6, 2, 0);
  EXPECT_NUMBER(7, 2, ZONE_UTC);
  end(&m);
}

static void test_counts(void **state) {
  (void)state;
  struct memory m;
  begin(&m);
  struct harness *h = &m.h;
  struct image_counter delivered = {.label = builder_str(&h->builder, "d"),
                                    .identity = "d",
                                    .capacity = 3,
                                    .key_count = 1,
                                    .key_kinds = {VALUE_TEXT}};
  struct image_counter attempts = delivered;
  attempts.attempts = 1;
  attempts.identity[0] = 'a';
  uint32_t d = builder_add(&h->builder, SECTION_COUNTERS, &delivered);
  uint32_t a = builder_add(&h->builder, SECTION_COUNTERS, &attempts);
  OP(COUNTED, 5, d, 0, 2);
  OP(COUNTED, 6, a, 0, 2);
  OP(LAST, 7, d, 0);
  begin_effects(&m);
  OP(TALLY, d, 0, 0);
  OP(TALLY, a, 0, 0);
  load(&m, 1);
  give_text(h, 0, (const char *[]){"u"}, 1);
  give_plane(h, 0, "T");
  give_column(h, 2, "k", (int64_t[]){2000});
  run_state(&m, 0);
  EXPECT_NUMBER(5, 0, 0);
  EXPECT_UNKNOWN(7, 0);
  for (int64_t time = 1000; time <= 8000; time += 1000) {
    give_column(h, 0, "k", &time);
    h->machine.delivered = time != 4000 && time != 5000;
    nuo__state_advance(&m.state, time);
    run_effect(&m, 0);
    run_state(&m, 0);
    // After 2000: 3, 6, 7 and 8 were delivered, all were attempted; beyond three it does not count on.
    static const int64_t of_delivered[] = {0, 0, 1, 1, 1, 2, 3, 3}, of_all[] = {0, 0, 1, 2, 3, 3, 3, 3};
    EXPECT_NUMBER(5, 0, of_delivered[time / 1000 - 1]);
    EXPECT_NUMBER(6, 0, of_all[time / 1000 - 1]);
    EXPECT_NUMBER(7, 0, time == 4000 || time == 5000 ? 3000 : time);
  }
  give_column(h, 2, "u", (int64_t[]){0});
  run_state(&m, 0);
  EXPECT_UNKNOWN(5, 0);
  EXPECT_NUMBER(7, 0, 8000);
  end(&m);
}

// Thursday 15 May 2025; days since 1970 worked out by hand: 2025-01-01 is 20089.
static void test_periods(void **state) {
  (void)state;
  struct memory m;
  begin(&m);
  struct harness *h = &m.h;
  for (unsigned u = 0; u < 4; u++) OP(PERIOD, 5 + u, 2, u);
  begin_effects(&m);
  load(&m, 3);
  give_column(h, 2, "kku", (int64_t[]){20223, 4000000, 0});
  run_state(&m, 0);
  EXPECT_NUMBER(5, 0, 20220);  // Monday 12 May
  EXPECT_NUMBER(6, 0, 20209);  // 1 May
  EXPECT_NUMBER(7, 0, 20179);  // 1 April
  EXPECT_NUMBER(8, 0, 20089);
  run_state(&m, 1);
  EXPECT_UNKNOWN(5, 1);
  EXPECT_UNKNOWN(8, 1);
  run_state(&m, 2);
  EXPECT_UNKNOWN(5, 2);
  end(&m);
}

// One lane after the other gives what all at once give, and columns of other lanes stay.
static void test_lanes(void **state) {
  (void)state;
  struct memory m;
  int64_t b[NUO_BATCH], c[NUO_BATCH];
  uint64_t all[5] = {0};
  begin(&m);
  struct harness *h = &m.h;
  for (int l = 0; l < NUO_BATCH; l++) b[l] = l * 37 % 50, c[l] = l * 11 % 50;
  builder_number(&h->builder, 20);
  builder_number(&h->builder, 40);
  OP(LT, 5, 2, 3);
  OP(LEK, 6, 2, 0);
  OP(RANGEK, 7, 2, 0);
  OP(WEQK, 8, 0, 0);
  OP(GREATEST, 9, 2, 3);
  OP(ADD, 10, 2, 9);
  begin_effects(&m);
  load(&m, NUO_BATCH);
  for (unsigned r = 2; r < 4; r++) {
    memcpy(h->batch.columns[r], r == 2 ? b : c, sizeof b);
    h->batch.column_known[r] = UINT64_MAX;
  }
  for (int l = 0; l < NUO_BATCH; l++) h->batch.wides[0][l] = (int32_t)b[l] / 2;
  h->batch.wide_known[0] = UINT64_MAX;
  for (uint32_t l = 0; l < NUO_BATCH; l++) {
    for (uint32_t o = 0; o < NUO_BATCH; o++) h->batch.columns[10][o] = -1;
    run_state(&m, l);
    for (int p = 0; p < 4; p++) all[p] |= h->batch.planes[5 + p].t & UINT64_C(1) << l;
    assert_int_equal(h->batch.columns[10][l], b[l] + (b[l] > c[l] ? b[l] : c[l]));
    for (uint32_t o = 0; o < NUO_BATCH; o++) assert_true(o == l || h->batch.columns[10][o] == -1);
  }
  for (int l = 0; l < NUO_BATCH; l++) {
    assert_int_equal(all[0] >> l & 1, b[l] < c[l]);
    assert_int_equal(all[1] >> l & 1, b[l] <= 20);
    assert_int_equal(all[2] >> l & 1, b[l] >= 20 && b[l] < 40);
    assert_int_equal(all[3] >> l & 1, b[l] / 2 == 20);
  }
  end(&m);
}

int main(void) {
  static const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_keys),    cmocka_unit_test(test_values), cmocka_unit_test(test_counts),
      cmocka_unit_test(test_periods), cmocka_unit_test(test_lanes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
