// SPDX-License-Identifier: Apache-2.0
// Makes rows out of JSON events that the policy takes, before anything is timed; see rows.h.
#include "tests/bench/rows.h"

#include <stdlib.h>
#include <string.h>

#include "runtime/json.h"
#include "runtime/text.h"
#include "runtime/when.h"
#include "tests/bench/measure.h"

// All that an event points to lies together, as in the memory of a host that has just made it.
struct reader {
  char *free;
  struct json json;
  nuo_error error;
  struct json_name names[256];
  const struct image *image;
  const struct image_event *event;
  nuo_value *row;
};

static void *take(struct reader *r, size_t size) {
  void *taken = r->free;
  r->free += (size + 7) & ~(size_t)7;
  return taken;
}

static nuo_text read_text(struct reader *r) {
  struct json_string s;
  if (!nuo__json_string(&r->json, &s)) bench_stop("a row", r->error.message);
  char *copy = r->free;
  r->free += s.len;
  return (nuo_text){copy, nuo__json_unescape(&s, copy)};
}

static void read_number(struct reader *r, uint8_t kind, nuo_value *v) {
  struct json_number number;
  if (!nuo__json_number(&r->json, &number)) bench_stop("a row", r->error.message);
  v->kind = kind == VALUE_DECIMAL  ? NUO_VALUE_DECIMAL
            : kind == VALUE_NUMBER ? NUO_VALUE_NUMBER
                                   : NUO_VALUE_DURATION;
  if (kind == VALUE_DECIMAL ? !nuo__json_decimal(&number, &v->as.number)
                            : !nuo__json_integer(&number, &v->as.number))
    bench_stop("a row", "a number out of range");
}

static nuo_value read_value(struct reader *r, const struct image_field *f, uint8_t kind);

static void read_list(struct reader *r, const struct image_field *f, nuo_value *v) {
  enum { ROOM = 64 };
  nuo_value items[ROOM], *kept;
  struct json_object array;
  v->kind = NUO_VALUE_LIST;
  v->as.list.count = 0;
  if (!nuo__json_array_begin(&r->json, &array)) bench_stop("a row", "no list");
  while (nuo__json_array_next(&r->json, &array) && v->as.list.count < ROOM)
    items[v->as.list.count++] = read_value(r, f, f->element);
  r->free = (char *)(((uintptr_t)r->free + 7) & ~(uintptr_t)7);
  v->as.list.items = kept = take(r, v->as.list.count * sizeof *items);
  memcpy(kept, items, v->as.list.count * sizeof *items);
}

static nuo_value read_value(struct reader *r, const struct image_field *f, uint8_t kind) {
  nuo_value v = {.kind = NUO_VALUE_TEXT};
  int32_t small = 0;
  const char first = nuo__json_peek(&r->json);
  if (kind == VALUE_LIST) return read_list(r, f, &v), v;
  if (first == 't' || first == 'f') {
    v = (nuo_value){NUO_VALUE_FLAG, {.flag = first == 't'}};
    return nuo__json_skip(&r->json), v;
  }
  if (first != '"') return read_number(r, kind, &v), v;
  v.as.text = read_text(r);
  const nuo_text text = v.as.text;
  if (kind == VALUE_INSTANT) {
    v.kind = NUO_VALUE_INSTANT;
    nuo__when_parse_rfc3339(text.text, text.len, &v.as.number);
  } else if (kind == VALUE_DATE || kind == VALUE_CLOCK) {
    v.kind = kind == VALUE_DATE ? NUO_VALUE_DATE : NUO_VALUE_CLOCK;
    if (kind == VALUE_DATE ? !nuo__when_parse_date(text.text, text.len, &small)
                           : !nuo__when_parse_clock(text.text, text.len, &small))
      bench_stop("a row", "no date");
    v.as.number = small;
  }
  return v;
}

static void read_members(struct reader *r, uint32_t first, uint32_t count) {
  struct json_object object;
  struct json_string name;
  if (!nuo__json_object_begin(&r->json, &object)) bench_stop("a row", r->error.message);
  while (nuo__json_object_next(&r->json, &object, &name)) {
    const struct image_member *m = NULL;
    for (uint32_t i = first; i < first + count && m == NULL; i++)
      if (nuo__text_equal(nuo__text_of(r->image, r->image->MEMBERS[i].name), (nuo_text){name.raw, name.len}))
        m = &r->image->MEMBERS[i];
    if (m == NULL || nuo__json_peek(&r->json) == 'n') {
      nuo__json_skip(&r->json);
    } else if (m->field == IMAGE_NONE) {
      read_members(r, m->child_first, m->child_count);
    } else {
      const struct image_field *f = &r->image->FIELDS[m->field];
      r->row[m->field - r->event->field_first] = read_value(r, f, f->kind);
    }
  }
  if (r->error.status != NUO_OK) bench_stop("a row", r->error.message);
}

// The row of all fields of the type.
static nuo_value *full_row(const struct nuo *n, uint32_t event, const char *json, size_t len, char **free) {
  static struct reader r;
  r.image = &n->program->image;
  r.event = &r.image->EVENTS[event];
  r.error = (nuo_error){.status = NUO_OK};
  r.free = *free;
  r.row = calloc(r.event->field_count, sizeof *r.row);
  if (r.row == NULL) bench_stop("a row", "out of memory");
  r.json = (struct json){
      .start = json, .at = json, .end = json + len, .error = &r.error, .names = r.names, .name_cap = 256};
  nuo__json_space(&r.json);
  read_members(&r, r.event->member_first, r.event->member_count);
  *free = r.free;
  return r.row;
}

static nuo_form *make_form(const struct nuo *n, uint32_t event, const bool *used) {
  const struct image *image = &n->program->image;
  const struct image_event *e = &image->EVENTS[event];
  nuo_text names[NUO_FORM_MAX];
  size_t count = 0;
  nuo_form *form;
  nuo_error error = {.message = "out of memory"};
  for (uint32_t i = 0; i < e->field_count; i++)
    if (used[i]) names[count++] = nuo__text_of(image, image->FIELDS[e->field_first + i].path);
  if (nuo_form_new(n->session, nuo__text_of(image, e->wire), names, count, &form, &error) != NUO_OK)
    bench_stop("a form", error.message);
  return form;
}

nuo_form *bench_rows(const struct nuo *n, uint32_t event, char *const *json, const size_t *len,
                     uint32_t count, nuo_value **rows) {
  const uint32_t fields = n->program->image.EVENTS[event].field_count;
  bool used[NUO_FORM_MAX] = {false};
  if (fields > NUO_FORM_MAX) bench_stop("a form", "more fields than it may have");
  nuo_value **full = malloc(count * sizeof *full);
  for (uint32_t i = 0; i < count; i++) {
    // The row first, then texts, no longer than in JSON, and lists, no longer than four times that.
    char *block = calloc(1, fields * sizeof **rows + 8 * len[i]), *free = block + fields * sizeof **rows;
    if (full == NULL || block == NULL) bench_stop("a row", "out of memory");
    full[i] = full_row(n, event, json[i], len[i], &free);
    rows[i] = (nuo_value *)block;
    for (uint32_t f = 0; f < fields; f++) used[f] |= full[i][f].kind != NUO_VALUE_MISSING;
  }
  for (uint32_t i = 0; i < count; i++) {
    nuo_value *row = rows[i];
    for (uint32_t f = 0; f < fields; f++)
      if (used[f]) *row++ = full[i][f];
    free(full[i]);
  }
  free(full);
  return make_form(n, event, used);
}
