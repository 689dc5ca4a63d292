// SPDX-License-Identifier: Apache-2.0
// The instructions on dates, clocks and instants, and the one that names a time zone. They work on live lanes
// whose operands are known; a number that is no date, no clock or no zone gives unknown. Called by vm.c.
#include "runtime/calendar.h"
#include "runtime/vm_frame.h"
#include "runtime/when.h"

// The zone a column names in a lane, or NULL.
static const struct zone *zone_at(const struct frame *f, uint16_t reg, uint32_t lane) {
  int64_t handle = f->batch->columns[reg][lane];
  if (handle < 0 || handle > UINT16_MAX) return NULL;
  return nuo__zone_set_get(f->machine->program->zones, (uint16_t)handle);
}

static bool is_small(int64_t value) {
  return value >= INT32_MIN && value <= INT32_MAX;
}

static struct calendar calendar_of(const struct image *image) {
  const struct image_program *p = image->PROGRAM;
  return (struct calendar){
      .first_date = p->calendar_first,
      .last_date = p->calendar_end - 1,
      .rest = image->DAYS,
      .rest_count = p->rest_count,
      .work = image->DAYS + p->rest_count,
      .work_count = p->work_count,
  };
}

static uint64_t known_two(const struct frame *f, uint16_t b, uint16_t c) {
  return f->live & f->batch->column_known[b] & f->batch->column_known[c];
}

static uint64_t known_three(const struct frame *f, uint16_t b, uint16_t c, uint16_t d) {
  return known_two(f, b, c) & f->batch->column_known[d];
}

void nuo__vm_ZCONST(const struct frame *f, const struct insn *i) {
  int64_t handle = f->machine->program->zone_of_string[i->b];
  for (uint32_t l = f->first; l < f->count; l++) f->batch->columns[i->a][l] = handle;
  f->batch->column_known[i->a] = UINT64_MAX;
}

// Makes `day` the one that an instant falls in; false when it falls outside of the calendar, or the column
// names no zone.
static bool find_day(const struct frame *f, uint16_t zone_reg, uint32_t lane, int64_t time,
                     struct recent_day *day) {
  const int64_t handle = f->batch->columns[zone_reg][lane];
  int32_t clock;
  if (!nuo__when_is_instant(time)) return false;
  if (handle != day->zone || time < day->span.start || time >= day->span.end) {
    const struct zone *zone = zone_at(f, zone_reg, lane);
    if (zone == NULL) return false;
    day->zone = handle;
    day->span = nuo__zone_span_at(zone, time);
  }
  const int64_t local = time + (int64_t)day->span.offset * 1000;
  if (local >= day->midnight && local - day->midnight < NUO__WHEN_DAY_MS) return true;
  if (!nuo__when_split(local, &day->date, &clock)) return false;
  day->midnight = local - clock;
  return true;
}

static void local_time(const struct frame *f, const struct insn *i, bool wants_clock) {
  struct batch *b = f->batch;
  struct recent_day *day = &f->machine->day;
  uint64_t known = 0;
  for (uint64_t left = known_two(f, i->b, i->c); left != 0;) {
    const uint32_t l = next_lane(&left);
    const int64_t time = b->columns[i->b][l];
    if (!find_day(f, i->c, l, time, day)) continue;
    b->columns[i->a][l] = wants_clock ? time + (int64_t)day->span.offset * 1000 - day->midnight : day->date;
    known |= UINT64_C(1) << l;
  }
  b->column_known[i->a] = known;
}

void nuo__vm_CLOCK(const struct frame *f, const struct insn *i) {
  local_time(f, i, true);
}

void nuo__vm_DATE(const struct frame *f, const struct insn *i) {
  local_time(f, i, false);
}

void nuo__vm_WEEKDAY(const struct frame *f, const struct insn *i) {
  struct batch *b = f->batch;
  uint64_t known = 0;
  for (uint64_t left = f->live & b->column_known[i->b]; left != 0;) {
    uint32_t l = next_lane(&left);
    int64_t date = b->columns[i->b][l];
    if (!nuo__when_is_date(date)) continue;
    b->columns[i->a][l] = nuo__when_weekday((int32_t)date);
    known |= UINT64_C(1) << l;
  }
  b->column_known[i->a] = known;
}

void nuo__vm_WORKDAY(const struct frame *f, const struct insn *i) {
  const struct batch *b = f->batch;
  const struct calendar calendar = calendar_of(f->image);
  uint64_t known = 0, found = 0;
  for (uint64_t left = f->live & b->column_known[i->b]; left != 0;) {
    uint32_t l = next_lane(&left);
    int64_t date = b->columns[i->b][l];
    bool is_workday;
    if (!nuo__when_is_date(date) || !nuo__calendar_is_workday(&calendar, (int32_t)date, &is_workday))
      continue;
    known |= UINT64_C(1) << l;
    found |= (uint64_t)is_workday << l;
  }
  set_plane(f, i->a, found, known);
}

// Adds `amount` of a unit to a date; false when the sum is unknown.
typedef bool add_unit(const struct calendar *calendar, int32_t date, int32_t amount, int32_t *out);

static bool add_days(const struct calendar *calendar, int32_t date, int32_t amount, int32_t *out) {
  (void)calendar;
  int64_t sum = (int64_t)date + amount;
  *out = (int32_t)sum;
  return nuo__when_is_date(sum);
}

static bool add_months(const struct calendar *calendar, int32_t date, int32_t amount, int32_t *out) {
  (void)calendar;
  return nuo__when_add_months(date, amount, out);
}

static void add_to_date(const struct frame *f, const struct insn *i, add_unit *add) {
  struct batch *b = f->batch;
  const struct calendar calendar = calendar_of(f->image);
  uint64_t known = 0;
  for (uint64_t left = known_two(f, i->b, i->c); left != 0;) {
    uint32_t l = next_lane(&left);
    int64_t date = b->columns[i->b][l], amount = b->columns[i->c][l];
    int32_t sum;
    if (!nuo__when_is_date(date) || !is_small(amount)) continue;
    if (!add(&calendar, (int32_t)date, (int32_t)amount, &sum)) continue;
    b->columns[i->a][l] = sum;
    known |= UINT64_C(1) << l;
  }
  b->column_known[i->a] = known;
}

void nuo__vm_ADDDAYS(const struct frame *f, const struct insn *i) {
  add_to_date(f, i, add_days);
}

void nuo__vm_ADDMONTHS(const struct frame *f, const struct insn *i) {
  add_to_date(f, i, add_months);
}

void nuo__vm_ADDWORKDAYS(const struct frame *f, const struct insn *i) {
  add_to_date(f, i, nuo__calendar_add_workdays);
}

void nuo__vm_REACH(const struct frame *f, const struct insn *i) {
  add_to_date(f, i, nuo__calendar_reach);
}

void nuo__vm_ROLL(const struct frame *f, const struct insn *i) {
  struct batch *b = f->batch;
  const struct calendar calendar = calendar_of(f->image);
  uint64_t known = 0;
  for (uint64_t left = f->live & b->column_known[i->b]; left != 0;) {
    uint32_t l = next_lane(&left);
    int32_t date;
    if (!nuo__when_is_date(b->columns[i->b][l])) continue;
    if (!nuo__calendar_roll(&calendar, (int32_t)b->columns[i->b][l], &date)) continue;
    b->columns[i->a][l] = date;
    known |= UINT64_C(1) << l;
  }
  b->column_known[i->a] = known;
}

void nuo__vm_COVERED(const struct frame *f, const struct insn *i) {
  const struct batch *b = f->batch;
  const struct calendar calendar = calendar_of(f->image);
  uint64_t covered = 0;
  for (uint64_t left = known_two(f, i->b, i->c); left != 0;) {
    uint32_t l = next_lane(&left);
    int64_t first = b->columns[i->b][l], last = b->columns[i->c][l];
    if (!nuo__when_is_date(first) || !nuo__when_is_date(last)) continue;
    covered |= (uint64_t)nuo__calendar_covers(&calendar, (int32_t)first, (int32_t)last) << l;
  }
  set_plane(f, i->a, covered, covered);
}

// Full years from one date to another; a birthday on 29 February is on 1 March in other years.
static bool years_between(int64_t from, int64_t to, int64_t *years) {
  struct civil a, b;
  if (to < from || !nuo__when_is_date(from) || !nuo__when_is_date(to)) return false;
  if (!nuo__when_civil_from_days((int32_t)from, &a) || !nuo__when_civil_from_days((int32_t)to, &b))
    return false;
  bool is_before_birthday = b.month < a.month || (b.month == a.month && b.day < a.day);
  *years = b.year - a.year - is_before_birthday;
  return true;
}

void nuo__vm_YEARS(const struct frame *f, const struct insn *i) {
  struct batch *b = f->batch;
  uint64_t known = 0;
  for (uint64_t left = known_two(f, i->b, i->c); left != 0;) {
    uint32_t l = next_lane(&left);
    if (!years_between(b->columns[i->b][l], b->columns[i->c][l], &b->columns[i->a][l])) continue;
    known |= UINT64_C(1) << l;
  }
  b->column_known[i->a] = known;
}

static bool find_instant(const struct frame *f, const struct insn *i, uint32_t lane,
                         struct recent_instant *recent) {
  const struct batch *b = f->batch;
  const int64_t date = b->columns[i->b][lane], clock = b->columns[i->c][lane],
                handle = b->columns[i->d][lane];
  int64_t instant;
  if (date == recent->date && clock == recent->clock && handle == recent->zone) return true;
  const struct zone *zone = zone_at(f, i->d, lane);
  if (zone == NULL || !nuo__when_is_date(date) || !nuo__when_is_clock(clock)) return false;
  if (!nuo__zone_instant(zone, (int32_t)date, (int32_t)clock, &instant)) return false;
  *recent = (struct recent_instant){date, clock, handle, instant};
  return true;
}

void nuo__vm_INSTANT(const struct frame *f, const struct insn *i) {
  struct batch *b = f->batch;
  uint64_t known = 0;
  for (uint64_t left = known_three(f, i->b, i->c, i->d); left != 0;) {
    uint32_t l = next_lane(&left);
    if (!find_instant(f, i, l, &f->machine->instant)) continue;
    b->columns[i->a][l] = f->machine->instant.instant;
    known |= UINT64_C(1) << l;
  }
  b->column_known[i->a] = known;
}

void nuo__vm_NEXT(const struct frame *f, const struct insn *i) {
  struct batch *b = f->batch;
  uint64_t known = 0;
  for (uint64_t left = known_three(f, i->b, i->c, i->d); left != 0;) {
    uint32_t l = next_lane(&left);
    int64_t after = b->columns[i->b][l], clock = b->columns[i->c][l];
    const struct zone *zone = zone_at(f, i->d, l);
    if (zone == NULL || !nuo__when_is_instant(after) || !nuo__when_is_clock(clock)) continue;
    if (!nuo__zone_next_clock(zone, after, (int32_t)clock, &b->columns[i->a][l])) continue;
    known |= UINT64_C(1) << l;
  }
  b->column_known[i->a] = known;
}
