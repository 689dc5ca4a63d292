// SPDX-License-Identifier: Apache-2.0
// Values of a lane as bytes and back, see capture.h. For each value: its field's path (length, text), a byte
// (kind, and the element's of a list above it), the value. Numbers are signed numbers of variable length,
// texts and names have their length in front, a list its count. Called by delivery.c and duty.c.
#include "runtime/capture.h"

#include "runtime/bytes.h"
#include "runtime/opcode.h"
#include "runtime/text.h"
#include "runtime/vm.h"

#define ELEMENT_SHIFT 4

static uint8_t type_of(const struct image_field *f) {
  return (uint8_t)(f->kind | f->element << ELEMENT_SHIFT);
}

// ---- out ----

struct writer {
  const nuo_program *program;
  const struct batch *batch;
  uint32_t lane;
  struct text_out *out;
};

static void put_head(const nuo_program *program, const struct image_field *f, struct text_out *out) {
  const char type = (char)type_of(f);
  nuo__bytes_put_text(out, nuo__text_of(&program->image, f->path));
  nuo__out_bytes(out, &type, 1);
}

// A number of a register or an element, as it is kept.
static void put_number(const struct writer *w, const struct image_field *f, uint8_t kind, int64_t value) {
  char name[ZONE_NAME_MAX];
  if (kind == VALUE_ENUM) {
    const bool is_one = value >= 0 && value < f->enum_count;
    const struct image *image = &w->program->image;
    nuo__bytes_put_text(w->out, is_one ? nuo__text_of(image, image->ENUMERATORS[f->enum_first + value].name)
                                       : (nuo_text){"", 0});
  } else if (kind == VALUE_ZONE) {
    const size_t len =
        value < 0 || value > UINT16_MAX ? 0 : nuo__zone_set_name(w->program->zones, (uint16_t)value, name);
    nuo__bytes_put_text(w->out, (nuo_text){name, len});
  } else {
    nuo__bytes_put_signed(w->out, value);
  }
}

static void put_list(const struct writer *w, const struct image_field *f, uint16_t reg) {
  const struct list_reg *list = &w->batch->lists[reg];
  const uint32_t count = list->count[w->lane];
  const union element *items = count == 0 ? NULL : w->batch->pool + list->first[w->lane];
  nuo__bytes_put(w->out, count);
  for (uint32_t i = 0; i < count; i++) {
    if (f->element == VALUE_TEXT) {
      nuo__bytes_put_text(w->out, (nuo_text){items[i].text.at, items[i].text.len});
    } else {
      put_number(w, f, f->element, items[i].number);
    }
  }
}

static bool is_known(const struct batch *b, uint8_t reg_class, uint16_t reg, uint32_t lane) {
  const uint64_t known[] = {
      [REG_PLANE] = reg_class == REG_PLANE ? b->planes[reg].t | b->planes[reg].f : 0,
      [REG_COLUMN] = reg_class == REG_COLUMN ? b->column_known[reg] : 0,
      [REG_WIDE] = reg_class == REG_WIDE ? b->wide_known[reg] : 0,
      [REG_HALF] = reg_class == REG_HALF ? b->half_known[reg] : 0,
      [REG_TEXT] = reg_class == REG_TEXT ? b->text_known[reg] : 0,
      [REG_LIST] = reg_class == REG_LIST ? b->list_known[reg] : 0,
      [REG_NONE] = 0,
  };
  return known[reg_class] >> lane & 1;
}

static void put_value(const struct writer *w, const struct image_move *move) {
  const struct image_field *f = &w->program->image.FIELDS[move->field];
  const struct batch *b = w->batch;
  const uint16_t reg = move->reg;
  put_head(w->program, f, w->out);
  switch (move->reg_class) {
    case REG_PLANE:
      nuo__bytes_put_signed(w->out, b->planes[reg].t >> w->lane & 1);
      break;
    case REG_COLUMN:
      put_number(w, f, f->kind, b->columns[reg][w->lane]);
      break;
    case REG_WIDE:
      put_number(w, f, f->kind, b->wides[reg][w->lane]);
      break;
    case REG_HALF:
      put_number(w, f, f->kind, b->halves[reg][w->lane]);
      break;
    case REG_TEXT:
      nuo__bytes_put_text(w->out, (nuo_text){b->texts[reg].at[w->lane], b->texts[reg].len[w->lane]});
      break;
    default:
      put_list(w, f, reg);
  }
}

bool nuo__capture(const nuo_program *program, const struct batch *batch, uint32_t lane,
                  const struct image_move *moves, uint32_t count, struct text_out *out) {
  const struct writer w = {program, batch, lane, out};
  for (uint32_t i = 0; i < count; i++)
    if (is_known(batch, moves[i].reg_class, moves[i].reg, lane)) put_value(&w, &moves[i]);
  return !out->failed;
}

bool nuo__capture_text(const nuo_program *program, uint32_t field, nuo_text value, struct text_out *out) {
  put_head(program, &program->image.FIELDS[field], out);
  nuo__bytes_put_text(out, value);
  return !out->failed;
}

bool nuo__capture_number(const nuo_program *program, uint32_t field, int64_t value, struct text_out *out) {
  put_head(program, &program->image.FIELDS[field], out);
  nuo__bytes_put_signed(out, value);
  return !out->failed;
}

// ---- in ----

struct reader {
  const nuo_program *program;
  const struct image_event *event;
  struct batch *batch;
  uint32_t lane;
  uint64_t bit;
  const nuo_allocator *allocator;
  struct scratch *texts;
  struct bytes_in in;
  bool no_memory;
};

static bool take_text(struct reader *r, const char **at, uint32_t *len) {
  const nuo_text text = nuo__bytes_take_text(&r->in);
  char *copy = nuo__scratch_alloc(r->texts, text.len + 1);
  if (copy == NULL) return r->no_memory = true, false;
  if (text.len > 0) memcpy(copy, text.text, text.len);
  *at = copy;
  *len = (uint32_t)text.len;
  return true;
}

static bool find_enumerator(const struct image *image, const struct image_field *f, nuo_text name,
                            int64_t *ordinal) {
  for (uint32_t e = 0; f != NULL && e < f->enum_count; e++) {
    if (!nuo__text_equal(nuo__text_of(image, image->ENUMERATORS[f->enum_first + e].name), name)) continue;
    *ordinal = e;
    return true;
  }
  return false;
}

// A number of the given kind, of a field or (NULL) of none. False when its name means nothing here.
static bool take_number(struct reader *r, const struct image_field *f, uint8_t kind, int64_t *value) {
  uint16_t handle;
  if (kind != VALUE_ENUM && kind != VALUE_ZONE) return *value = nuo__bytes_take_signed(&r->in), !r->in.bad;
  const nuo_text name = nuo__bytes_take_text(&r->in);
  if (kind == VALUE_ENUM) return find_enumerator(&r->program->image, f, name, value);
  switch (nuo__zone_set_find(r->program->zones, name.text, name.len, &handle)) {
    case ZONE_OK:
      return *value = handle, true;
    case ZONE_OUT_OF_MEMORY:
      return r->no_memory = true, false;
    default:
      return false;
  }
}

static void set_asked(struct reader *r, const struct image_field *f, int64_t ordinal) {
  const struct image_asked *asked = r->program->image.ASKED + f->asked_first;
  for (uint32_t i = 0; i < f->asked_count; i++) {
    if (asked[i].ordinal != ordinal) continue;
    r->batch->planes[asked[i].plane].t |= r->bit;
    r->batch->planes[asked[i].plane].f &= ~r->bit;
  }
}

static void deny_asked(struct reader *r, const struct image_field *f) {
  const struct image_asked *asked = r->program->image.ASKED + f->asked_first;
  for (uint32_t i = 0; i < f->asked_count; i++) r->batch->planes[asked[i].plane].f |= r->bit;
}

static void set_number(struct reader *r, const struct image_field *f, int64_t value) {
  struct batch *b = r->batch;
  switch (f->reg_class) {
    case REG_PLANE:
      *(value != 0 ? &b->planes[f->reg].t : &b->planes[f->reg].f) |= r->bit;
      break;
    case REG_COLUMN:
      b->columns[f->reg][r->lane] = value;
      b->column_known[f->reg] |= r->bit;
      break;
    case REG_WIDE:
      b->wides[f->reg][r->lane] = (int32_t)value;
      b->wide_known[f->reg] |= r->bit;
      break;
    case REG_HALF:
      b->halves[f->reg][r->lane] = (uint16_t)value;
      b->half_known[f->reg] |= r->bit;
      deny_asked(r, f);
      set_asked(r, f, value);
      break;
    default:
      break;
  }
}

// An element that means nothing here is left out.
static bool take_element(struct reader *r, const struct image_field *f, uint8_t kind) {
  union element element;
  memset(&element, 0, sizeof element);
  if (kind == VALUE_TEXT) {
    if (!take_text(r, &element.text.at, &element.text.len)) return false;
  } else if (!take_number(r, f, kind, &element.number)) {
    return !r->no_memory;
  }
  if (f == NULL || r->in.bad) return true;
  if (kind == VALUE_ENUM) set_asked(r, f, element.number);
  if (!nuo__batch_push(r->batch, r->allocator, element)) return r->no_memory = true, false;
  return true;
}

static bool take_list(struct reader *r, const struct image_field *f, uint8_t element) {
  struct batch *b = r->batch;
  const uint32_t first = b->pool_count;
  const uint64_t count = nuo__bytes_take(&r->in);
  const bool has_register = f != NULL && f->reg_class == REG_LIST;
  if (f != NULL) deny_asked(r, f);
  for (uint64_t i = 0; i < count && !r->in.bad; i++)
    if (!take_element(r, has_register ? f : NULL, element)) return false;
  if (!has_register || r->in.bad) return true;
  b->lists[f->reg].first[r->lane] = first;
  b->lists[f->reg].count[r->lane] = b->pool_count - first;
  b->list_known[f->reg] |= r->bit;
  return true;
}

// What an event is, apart from its fields.
static void set_special(struct reader *r, uint32_t field, int64_t value) {
  if (field == r->event->time) {
    r->batch->columns[0][r->lane] = value;
    r->batch->column_known[0] |= r->bit;
  }
  if (field == r->event->zone) r->batch->zone[r->lane] = (uint16_t)value;
}

static bool take_field_text(struct reader *r, const struct image_field *f, uint32_t field) {
  struct batch *b = r->batch;
  const char *at;
  uint32_t len;
  if (!take_text(r, &at, &len)) return false;
  if (f == NULL || r->in.bad) return true;
  if (field == r->event->identity) b->id[r->lane].at = at, b->id[r->lane].len = len;
  if (f->reg_class != REG_TEXT) return true;
  b->texts[f->reg].at[r->lane] = at;
  b->texts[f->reg].len[r->lane] = len;
  b->text_known[f->reg] |= r->bit;
  return true;
}

static const struct image_field *find_field(const struct reader *r, nuo_text path, uint8_t type,
                                            uint32_t *field) {
  const struct image *image = &r->program->image;
  for (uint32_t i = 0; i < r->event->field_count; i++) {
    const struct image_field *f = &image->FIELDS[ *field = r->event->field_first + i];
    if (type_of(f) == type && nuo__text_equal(nuo__text_of(image, f->path), path)) return f;
  }
  return NULL;
}

// One field; a value for which there is no field is passed over. False when out of memory.
static bool take_field(struct reader *r) {
  const nuo_text path = nuo__bytes_take_text(&r->in);
  if (r->in.at == r->in.end) return r->in.bad = true, true;
  const uint8_t type = *r->in.at++, kind = type & ((1 << ELEMENT_SHIFT) - 1);
  uint32_t field = IMAGE_NONE;
  int64_t value;
  const struct image_field *f = find_field(r, path, type, &field);
  if (kind == VALUE_LIST) return take_list(r, f, type >> ELEMENT_SHIFT);
  if (kind == VALUE_TEXT) return take_field_text(r, f, field);
  if (!take_number(r, f, kind, &value)) return !r->no_memory;
  if (f == NULL) return true;
  set_number(r, f, value);
  set_special(r, field, value);
  return true;
}

bool nuo__restore(const nuo_program *program, const void *bytes, size_t size, uint32_t event,
                  struct batch *batch, uint32_t lane, const nuo_allocator *allocator, struct scratch *texts) {
  const uint8_t *first = bytes;
  struct reader r = {.program = program,
                     .event = &program->image.EVENTS[event],
                     .batch = batch,
                     .lane = lane,
                     .bit = UINT64_C(1) << lane,
                     .allocator = allocator,
                     .texts = texts,
                     .in = {.at = first, .end = first + size}};
  nuo__batch_clear_lane(program, batch, lane);
  batch->event[lane] = event;
  batch->zone[lane] = (uint16_t)program->policy_zone;
  batch->id[lane].at = "";
  batch->id[lane].len = 0;
  while (r.in.at < r.in.end && !r.in.bad)
    if (!take_field(&r)) return false;
  return true;
}
