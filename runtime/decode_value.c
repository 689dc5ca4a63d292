// SPDX-License-Identifier: Apache-2.0
// One value of an event -> the register of its field. What no rule reads is only checked. Called by decode.c.
#include <string.h>

#include "runtime/decode_lane.h"
#include "runtime/text_out.h"
#include "runtime/vm.h"
#include "runtime/when.h"

// ---- values ----

bool nuo__lane_fail(struct lane *l, const char *place, const struct image_field *f, const char *en,
                    const char *zh) {
  nuo_error *error = l->json.error;
  if (!nuo__json_begin_fail(&l->json, place)) return false;
  nuo__text_format(error->message, sizeof error->message, "%.*s: %s", (int)f->path.len,
                   nuo__lane_str(l, f->path), en);
  nuo__text_format(error->message_zh, sizeof error->message_zh, "%.*s：%s", (int)f->path_zh.len,
                   nuo__lane_str(l, f->path_zh), zh);
  return false;
}

bool nuo__lane_misfit(struct lane *l, const char *place, const struct image_field *f, enum misfit misfit) {
  static const char *const messages[][2] = {
#define MISFIT(name, en, zh) {en, zh},
      MISFITS
#undef MISFIT
  };
  return nuo__lane_fail(l, place, f, messages[misfit][0], messages[misfit][1]);
}

bool nuo__lane_text(struct lane *l, const struct json_string *s, const char **at, uint32_t *len) {
  *at = s->raw;
  *len = s->len;
  if (!s->escaped) return true;
  char *out = nuo__scratch_alloc(&l->decoder->strings, s->len);
  if (out == NULL) return l->no_memory = true, false;
  *at = out;
  *len = (uint32_t)nuo__json_unescape(s, out);
  return true;
}

static bool read_text(struct lane *l, const struct image_field *f, const char **at, uint32_t *len) {
  struct json_string string;
  const char *place = l->json.at;
  if (nuo__json_peek(&l->json) != '"')
    return nuo__lane_fail(l, place, f, "a text in quotes is expected", "应为带引号的文本");
  if (!nuo__json_string(&l->json, &string)) return false;
  if (string.escaped) return nuo__lane_text(l, &string, at, len);
  *at = string.raw;
  *len = string.len;
  return true;
}

bool nuo__lane_ordinal(struct lane *l, const char *place, const struct image_field *f, nuo_text text,
                       int64_t *ordinal) {
  for (uint32_t i = 0; i < f->enum_count; i++) {
    struct image_str name = l->image->ENUMERATORS[f->enum_first + i].name;
    if (name.len == text.len && nuo__same_bytes(nuo__lane_str(l, name), text.text, text.len))
      return *ordinal = i, true;
  }
  char en[100], zh[100];
  const nuo_text shown = nuo__lane_shown(f, text);
  nuo__text_format(en, sizeof en, "\"%.*s\" is not one of its values", (int)shown.len, shown.text);
  nuo__text_format(zh, sizeof zh, "“%.*s”不是它的取值", (int)shown.len, shown.text);
  return nuo__lane_fail(l, place, f, en, zh);
}

static bool read_enum(struct lane *l, const struct image_field *f, int64_t *ordinal) {
  const char *at, *place = l->json.at;
  uint32_t len;
  return read_text(l, f, &at, &len) && nuo__lane_ordinal(l, place, f, (nuo_text){at, len}, ordinal);
}

static bool is_number_start(char c) {
  return c == '-' || (c >= '0' && c <= '9');
}

static bool read_whole(struct lane *l, const struct image_field *f, int64_t *value) {
  struct json_number number;
  const char *place = l->json.at;
  if (!is_number_start(nuo__json_peek(&l->json))) return nuo__lane_misfit(l, place, f, MISFIT_NUMBER);
  if (!nuo__json_number(&l->json, &number)) return false;
  return nuo__json_integer(&number, value) ||
         nuo__lane_fail(l, place, f, "not a whole number of 64 bits", "不是 64 位以内的整数");
}

static bool read_decimal(struct lane *l, const struct image_field *f, int64_t *value) {
  struct json_number number;
  const char *place = l->json.at;
  if (!is_number_start(nuo__json_peek(&l->json))) return nuo__lane_misfit(l, place, f, MISFIT_NUMBER);
  if (!nuo__json_number(&l->json, &number)) return false;
  return nuo__json_decimal(&number, value) || nuo__lane_misfit(l, place, f, MISFIT_DECIMAL);
}

static bool read_instant(struct lane *l, const struct image_field *f, int64_t *value) {
  const char *at, *place = l->json.at;
  uint32_t len;
  if (is_number_start(nuo__json_peek(&l->json)))
    return read_whole(l, f, value) &&
           (nuo__when_is_instant(*value) || nuo__lane_misfit(l, place, f, MISFIT_YEARS));
  if (!read_text(l, f, &at, &len)) return false;
  return nuo__when_parse_rfc3339(at, len, value) ||
         nuo__lane_fail(
             l, place, f,
             "not an instant: RFC 3339 such as 2025-07-01T22:00:00+08:00, or milliseconds since 1970",
             "不是时点：应形如 2025-07-01T22:00:00+08:00（RFC 3339），或者是 1970 年以来的毫秒数");
}

static bool read_date(struct lane *l, const struct image_field *f, int64_t *value) {
  const char *at, *place = l->json.at;
  uint32_t len;
  int32_t days;
  if (!read_text(l, f, &at, &len)) return false;
  if (!nuo__when_parse_date(at, len, &days))
    return nuo__lane_fail(l, place, f, "not a date such as 2025-07-01", "不是日期：应形如 2025-07-01");
  return *value = days, true;
}

static bool read_clock(struct lane *l, const struct image_field *f, int64_t *value) {
  const char *at, *place = l->json.at;
  uint32_t len;
  int32_t ms;
  if (!read_text(l, f, &at, &len)) return false;
  if (!nuo__when_parse_clock(at, len, &ms))
    return nuo__lane_fail(l, place, f, "not a clock time such as 22:00", "不是时刻：应形如 22:00");
  return *value = ms, true;
}

static void remember_zone(struct known_zone *known, const char *name, uint32_t len, uint16_t handle) {
  if (len > sizeof known->name) return;
  memcpy(known->name, name, len);
  known->len = len;
  known->handle = handle;
}

bool nuo__lane_zone(struct lane *l, const char *place, const struct image_field *f, nuo_text name,
                    int64_t *value) {
  uint16_t handle;
  switch (nuo__zone_set_find(l->decoder->program->zones, name.text, name.len, &handle)) {
    case ZONE_OK:
      remember_zone(&l->decoder->zone, name.text, (uint32_t)name.len, handle);
      return *value = handle, true;
    case ZONE_OUT_OF_MEMORY:
      return l->no_memory = true, false;
    case ZONE_LIMIT:
      return nuo__lane_fail(l, place, f, "too many different time zones", "时区种类过多");
    default:
      return nuo__lane_fail(l, place, f, "no such time zone", "没有这个时区");
  }
}

static bool read_zone(struct lane *l, const struct image_field *f, int64_t *value) {
  const char *at, *place = l->json.at;
  uint32_t len;
  return read_text(l, f, &at, &len) && nuo__lane_zone(l, place, f, (nuo_text){at, len}, value);
}

static bool read_scalar(struct lane *l, const struct image_field *f, uint8_t kind, int64_t *value) {
  switch (kind) {
    case VALUE_NUMBER:
    case VALUE_DURATION:
      return read_whole(l, f, value);
    case VALUE_DECIMAL:
      return read_decimal(l, f, value);
    case VALUE_INSTANT:
      return read_instant(l, f, value);
    case VALUE_DATE:
      return read_date(l, f, value);
    case VALUE_CLOCK:
      return read_clock(l, f, value);
    case VALUE_ZONE:
      return read_zone(l, f, value);
    default:
      return read_enum(l, f, value);
  }
}

static bool read_flag(struct lane *l, const struct image_field *f, bool *value) {
  char c = nuo__json_peek(&l->json);
  if (c != 't' && c != 'f') return nuo__lane_misfit(l, l->json.at, f, MISFIT_FLAG);
  *value = c == 't';
  return *value ? nuo__json_word(&l->json, "true", 4) : nuo__json_word(&l->json, "false", 5);
}

// ---- into registers ----

void nuo__lane_ask(struct lane *l, const struct image_field *f, int64_t ordinal) {
  const struct image_asked *asked = l->image->ASKED + f->asked_first;
  for (uint32_t i = 0; i < f->asked_count; i++)
    if (asked[i].ordinal == ordinal) l->batch->planes[asked[i].plane].t |= l->bit;
}

void nuo__lane_store(struct lane *l, const struct image_field *f, int64_t value) {
  struct batch *b = l->batch;
  switch (f->reg_class) {
    case REG_COLUMN:
      b->columns[f->reg][l->index] = value;
      b->column_known[f->reg] |= l->bit;
      break;
    case REG_WIDE:
      b->wides[f->reg][l->index] = (int32_t)value;
      b->wide_known[f->reg] |= l->bit;
      break;
    case REG_HALF:
      b->halves[f->reg][l->index] = (uint16_t)value;
      b->half_known[f->reg] |= l->bit;
      nuo__lane_ask(l, f, value);
      break;
    default:
      break;
  }
}

static bool read_element(struct lane *l, const struct image_field *f) {
  union element element;
  bool flag;
  memset(&element, 0, sizeof element);
  if (f->element == VALUE_TEXT) {
    if (!read_text(l, f, &element.text.at, &element.text.len)) return false;
  } else if (f->element == VALUE_FLAG) {
    if (!read_flag(l, f, &flag)) return false;
    element.number = flag;
  } else {
    if (!read_scalar(l, f, f->element, &element.number)) return false;
    if (f->element == VALUE_ENUM) nuo__lane_ask(l, f, element.number);
  }
  if (!nuo__batch_push(l->batch, l->decoder->allocator, element)) return l->no_memory = true, false;
  return true;
}

void nuo__lane_list(struct lane *l, const struct image_field *f, uint32_t first, uint32_t count) {
  struct list_reg *reg = &l->batch->lists[f->reg];
  reg->first[l->index] = first;
  reg->count[l->index] = count;
  l->batch->list_known[f->reg] |= l->bit;
}

static bool read_list(struct lane *l, const struct image_field *f) {
  struct json_object array;
  const char *place = l->json.at;
  uint32_t first = l->batch->pool_count, count = 0;
  if (nuo__json_peek(&l->json) != '[')
    return nuo__lane_fail(l, place, f, "a list in brackets is expected", "应为方括号中的列表");
  if (!nuo__json_array_begin(&l->json, &array)) return false;
  while (nuo__json_array_next(&l->json, &array)) {
    if (++count > LIMIT_LIST_ELEMENTS) return nuo__lane_misfit(l, place, f, MISFIT_LENGTH);
    if (!read_element(l, f)) return false;
  }
  if (l->json.error->status != NUO_OK) return false;
  nuo__lane_list(l, f, first, count);
  return true;
}

// A field that nothing reads: its JSON type is checked, its content is only passed over.
static bool check_unread(struct lane *l, const struct image_field *f) {
  char c = nuo__json_peek(&l->json);
  bool fits = f->kind == VALUE_FLAG      ? c == 't' || c == 'f'
              : f->kind == VALUE_LIST    ? c == '['
              : f->kind == VALUE_INSTANT ? c == '"' || is_number_start(c)
              : f->kind == VALUE_NUMBER || f->kind == VALUE_DECIMAL || f->kind == VALUE_DURATION
                  ? is_number_start(c)
                  : c == '"';
  return fits ? nuo__json_skip(&l->json) : nuo__lane_misfit(l, l->json.at, f, MISFIT_OTHER);
}

static bool read_into_register(struct lane *l, const struct image_field *f) {
  struct batch *b = l->batch;
  int64_t value;
  bool flag;
  switch (f->reg_class) {
    case REG_NONE:
      return check_unread(l, f);
    case REG_PLANE:
      if (!read_flag(l, f, &flag)) return false;
      nuo__lane_flag(l, f->reg, flag);
      return true;
    case REG_TEXT:
      if (!read_text(l, f, &b->texts[f->reg].at[l->index], &b->texts[f->reg].len[l->index])) return false;
      b->text_known[f->reg] |= l->bit;
      return true;
    case REG_LIST:
      return read_list(l, f);
    default:
      if (!read_scalar(l, f, f->kind, &value)) return false;
      nuo__lane_store(l, f, value);
      return true;
  }
}

// ---- what the event is, apart from its fields ----

static bool read_identity(struct lane *l, const struct image_field *f) {
  const char **at = &l->batch->id[l->index].at;
  uint32_t *len = &l->batch->id[l->index].len;
  if (f->kind == VALUE_TEXT) return read_text(l, f, at, len);
  *at = l->json.at;
  if (!nuo__json_skip(&l->json)) return false;
  *len = (uint32_t)(l->json.at - *at);
  return true;
}

// Identity, time and zone are kept for every event, whether or not a rule reads them.
static bool read_special(struct lane *l, const struct image_field *f, uint32_t field) {
  const struct image_event *event = l->type;
  struct batch *b = l->batch;
  const char *before = l->json.at;
  int64_t value;
  if (field == event->identity) {
    if (!read_identity(l, f)) return false;
    if (f->reg_class == REG_NONE && f->kind == VALUE_TEXT) return true;
    l->json.at = before;  // a rule reads it as well, or its type is still to be checked
    return read_into_register(l, f);
  }
  if (field == event->time) {
    if (!read_instant(l, f, &value)) return false;
    b->columns[0][l->index] = value;
    b->column_known[0] |= l->bit;
  } else {
    if (!read_zone(l, f, &value)) return false;
    b->zone[l->index] = (uint16_t)value;
  }
  nuo__lane_store(l, f, value);
  return true;
}

bool nuo__lane_put_text(struct lane *l, uint32_t field, const char *at, uint32_t len) {
  const struct image_field *f = &l->image->FIELDS[field];
  struct batch *b = l->batch;
  if (f->kind != VALUE_TEXT) return false;
  if (field == l->type->identity) {
    b->id[l->index].at = at;
    b->id[l->index].len = len;
  }
  if (f->reg_class != REG_TEXT) return true;
  b->texts[f->reg].at[l->index] = at;
  b->texts[f->reg].len[l->index] = len;
  b->text_known[f->reg] |= l->bit;
  return true;
}

bool nuo__lane_put_number(struct lane *l, uint32_t field, int64_t value) {
  const struct image_field *f = &l->image->FIELDS[field];
  const bool is_moment = f->kind == VALUE_INSTANT;
  if (field == l->type->identity || (is_moment && !nuo__when_is_instant(value)) ||
      !(is_moment || f->kind == VALUE_NUMBER || f->kind == VALUE_DURATION))
    return false;
  if (field == l->type->time) {
    l->batch->columns[0][l->index] = value;
    l->batch->column_known[0] |= l->bit;
  }
  nuo__lane_store(l, f, value);
  return true;
}

bool nuo__lane_value(struct lane *l, uint32_t field) {
  const struct image_event *event = l->type;
  const struct image_field *f = &l->image->FIELDS[field];
  if (field == event->identity || field == event->time || field == event->zone)
    return read_special(l, f, field);
  return read_into_register(l, f);
}
