// SPDX-License-Identifier: Apache-2.0
// The instructions on memory: facts and counters as they were at the event's time, and their changes. They
// run for one lane at a time, in the order of the events, with the engine's state locked. A key that is not
// known makes the result unknown and a change none. Enumerators and zones are stored by their names, because
// another version of the policy may number them otherwise. Called by vm.c.
#include <string.h>

#include "runtime/duty.h"
#include "runtime/vm_frame.h"
#include "runtime/when.h"

#define EVENT_TIME 0  // column

static int64_t time_of(const struct frame *f, uint32_t lane) {
  return f->batch->columns[EVENT_TIME][lane];
}

bool nuo__vm_key(const struct frame *f, bool counter, uint32_t index, uint16_t first, uint32_t lane,
                 struct store_key *key) {
  const struct early *early = f->machine->early;
  if (early != NULL && nuo__touch_key(early, f->batch, counter, index, first, lane, key)) return true;
  const struct key_shape shape = nuo__state_shape(f->image, counter, index);
  return nuo__state_key(f->machine->state, f->machine->program, f->batch, lane, &shape,
                        f->image->ARGUMENTS + first, key);
}

// ---- values of facts ----

static bool ordinal_of(const struct image *image, const struct image_fact *fact, nuo_text name,
                       int64_t *ordinal) {
  if (name.len == 0) return false;
  for (uint32_t e = 0; e < fact->enum_count; e++) {
    struct image_str each = image->ENUMERATORS[fact->enum_first + e].name;
    if (each.len != name.len || memcmp(image->STRINGS + each.at, name.text, each.len) != 0) continue;
    *ordinal = e;
    return true;
  }
  return false;
}

static bool zone_of(const nuo_program *program, nuo_text name, int64_t *value) {
  uint16_t handle;
  if (nuo__zone_set_find(program->zones, name.text, name.len, &handle) != ZONE_OK) return false;
  *value = handle;
  return true;
}

// A number as the state stores it: itself, or a name, which `name` has room for. False when it is no value.
static bool stored_form(const struct frame *f, const struct image_fact *fact, int64_t value,
                        char name[ZONE_NAME_MAX], nuo_text *text) {
  const struct image *image = f->image;
  *text = (nuo_text){NULL, 0};
  if (fact->kind == VALUE_ENUM) {
    if (value < 0 || value >= fact->enum_count) return false;
    struct image_str each = image->ENUMERATORS[fact->enum_first + value].name;
    *text = (nuo_text){image->STRINGS + each.at, each.len};
  }
  if (fact->kind == VALUE_ZONE) {
    if (value < 0 || value > UINT16_MAX) return false;
    *text = (nuo_text){name, nuo__zone_set_name(f->machine->program->zones, (uint16_t)value, name)};
    return text->len > 0;
  }
  return true;
}

// ---- facts ----

struct found {
  bool holds;
  int64_t since, value;
  nuo_text text;
};

// False when the key is unknown.
static bool look(const struct frame *f, const struct insn *i, uint32_t lane, struct found *found) {
  struct store_key key;
  if (!nuo__vm_key(f, false, i->b, i->c, lane, &key)) return false;
  *found = (struct found){.holds = false};
  found->holds =
      nuo__state_fact(f->machine->state, &key, time_of(f, lane), &found->since, &found->value, &found->text);
  return true;
}

void nuo__vm_FACT(const struct frame *f, const struct insn *i) {
  uint64_t known = 0, is_true = 0;
  struct found found;
  for (uint64_t left = f->live; left != 0;) {
    uint32_t l = next_lane(&left);
    if (!look(f, i, l, &found)) continue;
    known |= UINT64_C(1) << l;
    is_true |= (uint64_t)found.holds << l;
  }
  set_plane(f, i->a, is_true, known);
}

static bool value_of(const struct frame *f, const struct image_fact *fact, const struct found *found,
                     int64_t *value) {
  if (fact->kind == VALUE_ENUM) return ordinal_of(f->image, fact, found->text, value);
  if (fact->kind == VALUE_ZONE) return zone_of(f->machine->program, found->text, value);
  *value = found->value;
  return true;
}

void nuo__vm_FACTVALUE(const struct frame *f, const struct insn *i) {
  const struct image_fact *fact = &f->image->FACTS[i->b];
  uint64_t known = 0;
  struct found found;
  for (uint64_t left = f->live; left != 0;) {
    uint32_t l = next_lane(&left);
    if (!look(f, i, l, &found) || !found.holds) continue;
    if (!value_of(f, fact, &found, &f->batch->columns[i->a][l])) continue;
    known |= UINT64_C(1) << l;
  }
  f->batch->column_known[i->a] = known;
}

// The text is copied: the store moves its records when the effects of this event change it.
void nuo__vm_FACTTEXT(const struct frame *f, const struct insn *i) {
  struct text_reg *a = &f->batch->texts[i->a];
  uint64_t known = 0;
  struct found found;
  for (uint64_t left = f->live; left != 0;) {
    uint32_t l = next_lane(&left);
    if (!look(f, i, l, &found) || !found.holds) continue;
    char *copy = nuo__scratch_alloc(f->machine->texts, found.text.len + 1);
    if (copy == NULL) {
      f->machine->state->failed = true;
      continue;
    }
    if (found.text.len > 0) memcpy(copy, found.text.text, found.text.len);
    a->at[l] = copy;
    a->len[l] = (uint32_t)found.text.len;
    known |= UINT64_C(1) << l;
  }
  f->batch->text_known[i->a] = known;
}

void nuo__vm_SINCE(const struct frame *f, const struct insn *i) {
  uint64_t known = 0;
  struct found found;
  for (uint64_t left = f->live; left != 0;) {
    uint32_t l = next_lane(&left);
    if (!look(f, i, l, &found) || !found.holds) continue;
    f->batch->columns[i->a][l] = found.since;
    known |= UINT64_C(1) << l;
  }
  f->batch->column_known[i->a] = known;
}

// ---- counters ----

// Beyond the capacity the record may or may not have more: the answer does not depend on it.
void nuo__vm_COUNTED(const struct frame *f, const struct insn *i) {
  uint32_t capacity = f->image->COUNTERS[i->b].capacity;
  int64_t *a = f->batch->columns[i->a];
  const int64_t *after = f->batch->columns[i->d];
  uint64_t known = 0;
  struct store_key key;
  for (uint64_t left = f->live & f->batch->column_known[i->d]; left != 0;) {
    uint32_t l = next_lane(&left);
    if (!nuo__vm_key(f, true, i->b, i->c, l, &key)) continue;
    uint32_t count = nuo__state_count(f->machine->state, &key, after[l], time_of(f, l), NULL, 0, NULL);
    a[l] = count < capacity ? count : capacity;
    known |= UINT64_C(1) << l;
  }
  f->batch->column_known[i->a] = known;
}

void nuo__vm_LAST(const struct frame *f, const struct insn *i) {
  uint64_t known = 0;
  struct store_key key;
  for (uint64_t left = f->live; left != 0;) {
    uint32_t l = next_lane(&left), given;
    if (!nuo__vm_key(f, true, i->b, i->c, l, &key)) continue;
    nuo__state_count(f->machine->state, &key, INT64_MIN, time_of(f, l), &f->batch->columns[i->a][l], 1,
                     &given);
    known |= (uint64_t)(given > 0) << l;
  }
  f->batch->column_known[i->a] = known;
}

static bool first_day(int64_t date, uint16_t period, int32_t *first) {
  struct civil civil;
  if (!nuo__when_is_date(date)) return false;
  if (period == PERIOD_WEEK) {
    int64_t monday = date - (nuo__when_weekday((int32_t)date) - 1);
    *first = (int32_t)monday;
    return nuo__when_is_date(monday);
  }
  if (!nuo__when_civil_from_days((int32_t)date, &civil)) return false;
  if (period == PERIOD_QUARTER) civil.month -= (civil.month - 1) % 3;
  if (period == PERIOD_YEAR) civil.month = 1;
  return nuo__when_days_from_civil(civil.year, civil.month, 1, first);
}

void nuo__vm_PERIOD(const struct frame *f, const struct insn *i) {
  const struct batch *b = f->batch;
  uint64_t known = 0;
  for (uint64_t left = f->live & b->column_known[i->b]; left != 0;) {
    uint32_t l = next_lane(&left);
    int32_t first;
    if (!first_day(b->columns[i->b][l], i->c, &first)) continue;
    b->columns[i->a][l] = first;
    known |= UINT64_C(1) << l;
  }
  b->column_known[i->a] = known;
}

// ---- changes ----

// Duties may wait for the fact, or run through its values.
static void tell_duties(const struct frame *f, const struct insn *i, const struct store_key *key,
                        uint32_t lane, bool starts) {
  const struct image_fact *fact = &f->image->FACTS[i->a];
  if (fact->suspends != 0) nuo__duty_stop_clock(f->machine, key, time_of(f, lane), starts);
  if (fact->each_parts != 0 && starts)
    nuo__duty_keep_each(f->machine, i->a, f->image->ARGUMENTS + i->b, lane);
}

// A value that is not known is no value: the fact does not start.
void nuo__vm_START(const struct frame *f, const struct insn *i) {
  const struct image_fact *fact = &f->image->FACTS[i->a];
  uint64_t where = changing(f, i->c) & f->batch->column_known[i->d];
  struct store_key key;
  while (where != 0) {
    uint32_t l = next_lane(&where);
    int64_t value = f->batch->columns[i->d][l];
    char name[ZONE_NAME_MAX];
    nuo_text text;
    if (!nuo__vm_key(f, false, i->a, i->b, l, &key) || !stored_form(f, fact, value, name, &text)) continue;
    nuo__state_start(f->machine->state, &key, time_of(f, l), value, text);
    tell_duties(f, i, &key, l, true);
  }
}

void nuo__vm_STARTTEXT(const struct frame *f, const struct insn *i) {
  const struct text_reg *text = &f->batch->texts[i->d];
  uint64_t where = changing(f, i->c) & f->batch->text_known[i->d];
  struct store_key key;
  while (where != 0) {
    uint32_t l = next_lane(&where);
    nuo_text value = {text->len[l] == 0 ? "" : text->at[l], text->len[l]};
    if (!nuo__vm_key(f, false, i->a, i->b, l, &key)) continue;
    nuo__state_start(f->machine->state, &key, time_of(f, l), 0, value);
    tell_duties(f, i, &key, l, true);
  }
}

void nuo__vm_STOP(const struct frame *f, const struct insn *i) {
  struct store_key key;
  for (uint64_t left = changing(f, i->c); left != 0;) {
    uint32_t l = next_lane(&left);
    if (!nuo__vm_key(f, false, i->a, i->b, l, &key)) continue;
    nuo__state_end(f->machine->state, &key, time_of(f, l));
    tell_duties(f, i, &key, l, false);
  }
}

// Nearer to one that was counted before than the counter lets them be.
static bool is_crowded(const struct frame *f, const struct image_counter *counter,
                       const struct store_key *key, int64_t time) {
  if (counter->spread == 0) return false;
  return nuo__state_count(f->machine->state, key, time - counter->spread, time + counter->spread - 1, NULL, 0,
                          NULL) > 0;
}

void nuo__vm_TALLY(const struct frame *f, const struct insn *i) {
  const struct image_counter *counter = &f->image->COUNTERS[i->a];
  struct state *state = f->machine->state;
  // An attempt was counted when it was judged.
  bool counts = counter->attempts != 0 ? !f->machine->reported : f->machine->delivered;
  if (!counts) return;
  struct store_key key;
  for (uint64_t left = f->live & f->batch->planes[i->c].t; left != 0;) {
    uint32_t l = next_lane(&left);
    if (!nuo__vm_key(f, true, i->a, i->b, l, &key) || is_crowded(f, counter, &key, time_of(f, l))) continue;
    nuo__state_tally(state, &key, time_of(f, l), f->machine->capacities[i->a]);
  }
}
