// SPDX-License-Identifier: Apache-2.0
// Evidence out of the memory of earlier events: how many there were in a window and when, a sum, a share, the
// latest; as JSON, and as what a host can show to people. Called by explain.c.
#include "runtime/explain.h"
#include "runtime/state_total.h"
#include "runtime/text.h"

#define TIMES_SHOWN 8

static const struct image_counter *counter_of(const struct explain *e, const struct image_node *n) {
  return &e->program->image.COUNTERS[n->aux];
}

static int64_t column(const struct explain *e, uint16_t reg) {
  return e->batch->columns[reg][e->lane];
}

static int64_t window_start(const struct explain *e, const struct image_node *n) {
  const struct image *image = &e->program->image;
  return column(e, image->NODES[image->NODE_LIST[n->child_first]].reg);
}

static nuo_counted *new_counted(struct explain *e, const struct image_node *n, nuo_counted_kind kind) {
  const struct image *image = &e->program->image;
  const struct image_counter *c = counter_of(e, n);
  nuo_counted *told = nuo__scratch_alloc(e->scratch, sizeof *told);
  if (told == NULL) return NULL;
  *told = (nuo_counted){.kind = kind,
                        .event = nuo__text_of(image, image->EVENTS[c->event].name),
                        .event_zh = nuo__text_of(image, image->EVENTS[c->event].name_zh),
                        .filtered = c->filtered,
                        .attempts = c->attempts,
                        .window = (nuo_window_kind)c->window,
                        .unit = (nuo_unit)c->unit,
                        .amount = c->amount};
  if (c->field != IMAGE_NONE) {
    told->field = nuo__text_of(image, image->FIELDS[c->field].path);
    told->field_zh = nuo__text_of(image, image->FIELDS[c->field].path_zh);
  }
  return told;
}

static bool tell_times(struct explain *e, nuo_counted *told, const int64_t *times, size_t count) {
  nuo_moment *moments = nuo__scratch_alloc(e->scratch, (count + 1) * sizeof *moments);
  if (moments == NULL) return false;
  for (size_t i = 0; i < count; i++)
    moments[i] = (nuo_moment){times[i], nuo__render_offset(e->program, e->batch, e->lane, times[i])};
  told->times = moments;
  told->time_count = count;
  return true;
}

static void out_member(struct explain *e, const char *name, int64_t value) {
  nuo__out_string(e->out, name);
  nuo__out_integer(e->out, value);
}

// {"count":3,"times":[…]}
static const nuo_counted *times(struct explain *e, const struct image_node *n, const struct store_key *key) {
  const struct image_counter *c = counter_of(e, n);
  uint32_t max = c->capacity < TIMES_SHOWN ? c->capacity : TIMES_SHOWN, given = 0;
  int64_t latest[TIMES_SHOWN];
  nuo_counted *told = new_counted(e, n, NUO_COUNTED_TIMES);
  nuo__state_count(e->state, key, window_start(e, n), column(e, 0), latest, max, &given);
  if (told == NULL || !tell_times(e, told, latest, given)) return NULL;
  told->number = column(e, n->reg);
  told->limited = n->reason != IMAGE_NO_REG && nuo__cell_known(e, REG_COLUMN, n->reason);
  if (told->limited) told->limit = column(e, n->reason);
  told->or_more = !told->limited && told->number >= c->capacity;
  out_member(e, "{\"count\":", told->number);
  nuo__out_string(e->out, ",\"times\":[");
  for (uint32_t i = 0; i < given; i++) {
    if (i > 0) nuo__out_string(e->out, ",");
    nuo__render_instant(e, latest[i]);
  }
  nuo__out_string(e->out, "]}");
  return told;
}

static nuo_text plain(struct explain *e, const struct cell_ref *cell, bool chinese) {
  const size_t start = e->out->len;
  nuo__render_plain(e, cell, chinese);
  return nuo__render_take(e, start);
}

// {"sum":500,"count":2} or {"share":0.5,"part":1,"of":2}
static const nuo_counted *total(struct explain *e, const struct image_node *n, const struct store_key *key) {
  const struct image_counter *c = counter_of(e, n);
  const bool share = c->kind == COUNTER_SHARE;
  const struct cell_ref cell = {c->value_kind, 0, n->reg_class, n->reg, 0, 0};
  const struct total total = nuo__state_total(e->state, key, window_start(e, n), column(e, 0));
  nuo_counted *told = new_counted(e, n, share ? NUO_COUNTED_SHARE : NUO_COUNTED_SUM);
  if (told == NULL) return NULL;
  told->of = (int64_t)total.count;
  if (share)
    told->number = (int64_t)total.sum;
  else
    told->sum = plain(e, &cell, false), told->sum_zh = plain(e, &cell, true);
  nuo__out_string(e->out, share ? "{\"share\":" : "{\"sum\":");
  nuo__render_json(e, &cell);
  if (share) out_member(e, ",\"part\":", told->number);
  out_member(e, share ? ",\"of\":" : ",\"count\":", told->of);
  nuo__out_string(e->out, "}");
  return told;
}

// {"distinct":2}
static const nuo_counted *distinct(struct explain *e, const struct image_node *n) {
  nuo_counted *told = new_counted(e, n, NUO_COUNTED_DISTINCT);
  if (told == NULL) return NULL;
  told->number = column(e, n->reg);
  told->or_more = told->number >= counter_of(e, n)->capacity;
  out_member(e, "{\"distinct\":", told->number);
  nuo__out_string(e->out, "}");
  return told;
}

const nuo_counted *nuo__explain_count(struct explain *e, const struct image_node *n,
                                      const struct store_key *key) {
  switch (counter_of(e, n)->kind) {
    case COUNTER_TIMES:
      return times(e, n, key);
    case COUNTER_DISTINCT:
      return distinct(e, n);
    default:
      return total(e, n, key);
  }
}

const nuo_counted *nuo__explain_last(struct explain *e, const struct image_node *n) {
  nuo_counted *told = new_counted(e, n, NUO_COUNTED_LAST);
  const int64_t time = column(e, n->reg);
  return told != NULL && tell_times(e, told, &time, 1) ? told : NULL;
}
