// SPDX-License-Identifier: Apache-2.0
// Events in: walks the JSON text of an event along the program's schema and fills one lane of a batch. What
// no rule reads is checked and passed over. Guesses the event type and the envelope from the event before,
// and starts again when the text says otherwise. In a CloudEvents envelope `data` holds the fields;
// attributes (id, time, source…) stand for fields that `data` does not give. Called by session.c.
#include "runtime/decode.h"

#include <string.h>

#include "runtime/json.h"
#include "runtime/limits.h"
#include "runtime/scratch.h"
#include "runtime/text_out.h"
#include "runtime/utf8.h"
#include "runtime/vm.h"
#include "runtime/when.h"

struct decoder {
  const nuo_program *program;
  const nuo_allocator *allocator;
  struct scratch strings;  // those that needed unescaping, until the batch is done
  uint32_t last_event;     // guess for the next event
  bool last_envelope;
  uint32_t only_enforceable;  // the type of an event that does not say its type, or IMAGE_NONE
  struct json_name *names;    // JSON_NAME_CAP
  uint64_t *present;          // one bit a field of the program: given in this event, and not null
  size_t present_words;
  // What there was before the last event, which may be taken back.
  uint32_t pool_before;
  struct scratch_mark strings_before;
};

// A member of an envelope that is a field of the schema: it counts when "data" does not give the field.
struct attribute {
  uint32_t field;
  const char *at;
};

// One event being decoded.
struct lane {
  struct decoder *decoder;
  const struct image *image;
  struct batch *batch;
  struct json json;
  uint32_t index;
  uint64_t bit;
  uint32_t event;
  bool envelope;                // the text is read as a CloudEvents envelope
  bool saw_type, saw_envelope;  // it says so itself
  bool again;                   // the guess was wrong; `event` and `envelope` are right now
  bool no_memory;
  uint32_t attribute_count;
  struct attribute attributes[LIMIT_ENVELOPE_ATTRIBUTES];
};

// ---- memory ----

static uint32_t find_only_enforceable(const struct image *image) {
  uint32_t found = IMAGE_NONE;
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    if (!image->EVENTS[i].enforceable) continue;
    if (found != IMAGE_NONE) return IMAGE_NONE;
    found = i;
  }
  return found;
}

nuo_status nuo__decoder_new(const nuo_program *program, const nuo_allocator *allocator,
                            struct decoder **out) {
  struct decoder *d = nuo__alloc(allocator, sizeof *d);
  *out = NULL;
  if (d == NULL) return NUO_NO_MEMORY;
  memset(d, 0, sizeof *d);
  d->program = program;
  d->allocator = allocator;
  d->strings.allocator = allocator;
  d->only_enforceable = find_only_enforceable(&program->image);
  d->last_event = d->only_enforceable == IMAGE_NONE ? 0 : d->only_enforceable;
  d->present_words = program->image.FIELDS_count / 64 + 1;
  d->names = nuo__alloc(allocator, JSON_NAME_CAP * sizeof *d->names);
  d->present = nuo__alloc(allocator, d->present_words * sizeof *d->present);
  if (d->names == NULL || d->present == NULL) {
    nuo__decoder_free(d);
    return NUO_NO_MEMORY;
  }
  *out = d;
  return NUO_OK;
}

void nuo__decoder_free(struct decoder *d) {
  if (d == NULL) return;
  nuo__scratch_free(&d->strings);
  nuo__free(d->allocator, d->names, JSON_NAME_CAP * sizeof *d->names);
  nuo__free(d->allocator, d->present, d->present_words * sizeof *d->present);
  nuo__free(d->allocator, d, sizeof *d);
}

void nuo__decoder_reset(struct decoder *d) {
  nuo__scratch_reset(&d->strings);
}

// ---- values ----

static const char *str_at(const struct image *image, struct image_str s) {
  return image->STRINGS + s.at;
}

static bool fail_at(struct lane *l, const char *place, const struct image_field *f, const char *what) {
  return nuo__json_fail(&l->json, place, "%.*s: %s", (int)f->path.len, str_at(l->image, f->path), what);
}

// The string's text: borrowed from the input, or unescaped into the decoder's memory.
static bool text_of(struct lane *l, const struct json_string *s, const char **at, uint32_t *len) {
  *at = s->raw;
  *len = s->len;
  if (!s->escaped) return true;
  char *out = nuo__scratch_alloc(&l->decoder->strings, s->len);
  if (out == NULL) return l->no_memory = true, false;
  *at = out;
  *len = (uint32_t)nuo__json_unescape(s, out);
  return true;
}

// How much of a text of the event a message shows: `most` bytes at most.
static int cut(const char *text, size_t len, size_t most) {
  return (int)(len <= most ? len : nuo__text_whole(text, most));
}

static bool read_text(struct lane *l, const struct image_field *f, const char **at, uint32_t *len) {
  struct json_string string;
  const char *place = l->json.at;
  if (nuo__json_peek(&l->json) != '"') return fail_at(l, place, f, "a text in quotes is expected");
  return nuo__json_string(&l->json, &string) && text_of(l, &string, at, len);
}

static bool read_enum(struct lane *l, const struct image_field *f, int64_t *ordinal) {
  const char *at, *place = l->json.at;
  uint32_t len;
  if (!read_text(l, f, &at, &len)) return false;
  for (uint32_t i = 0; i < f->enum_count; i++) {
    struct image_str name = l->image->ENUMERATORS[f->enum_first + i].name;
    if (name.len == len && memcmp(str_at(l->image, name), at, len) == 0) return *ordinal = i, true;
  }
  return nuo__json_fail(&l->json, place, "%.*s: \"%.*s\" is not one of its values", (int)f->path.len,
                        str_at(l->image, f->path), cut(at, len, 40), at);
}

static bool is_number_start(char c) {
  return c == '-' || (c >= '0' && c <= '9');
}

static bool read_whole(struct lane *l, const struct image_field *f, int64_t *value) {
  struct json_number number;
  const char *place = l->json.at;
  if (!is_number_start(nuo__json_peek(&l->json))) return fail_at(l, place, f, "a number is expected");
  if (!nuo__json_number(&l->json, &number)) return false;
  return nuo__json_integer(&number, value) || fail_at(l, place, f, "not a whole number of 64 bits");
}

static bool read_decimal(struct lane *l, const struct image_field *f, int64_t *value) {
  struct json_number number;
  const char *place = l->json.at;
  if (!is_number_start(nuo__json_peek(&l->json))) return fail_at(l, place, f, "a number is expected");
  if (!nuo__json_number(&l->json, &number)) return false;
  return nuo__json_decimal(&number, value) ||
         fail_at(l, place, f, "more than six digits after the point, or too large");
}

static bool read_instant(struct lane *l, const struct image_field *f, int64_t *value) {
  const char *at, *place = l->json.at;
  uint32_t len;
  if (is_number_start(nuo__json_peek(&l->json)))
    return read_whole(l, f, value) &&
           (nuo__when_is_instant(*value) || fail_at(l, place, f, "outside the years 1 to 9999"));
  if (!read_text(l, f, &at, &len)) return false;
  return nuo__when_parse_rfc3339(at, len, value) ||
         fail_at(l, place, f,
                 "not an instant: RFC 3339 such as 2025-07-01T22:00:00+08:00, or milliseconds since 1970");
}

static bool read_date(struct lane *l, const struct image_field *f, int64_t *value) {
  const char *at, *place = l->json.at;
  uint32_t len;
  int32_t days;
  if (!read_text(l, f, &at, &len)) return false;
  if (!nuo__when_parse_date(at, len, &days)) return fail_at(l, place, f, "not a date such as 2025-07-01");
  return *value = days, true;
}

static bool read_clock(struct lane *l, const struct image_field *f, int64_t *value) {
  const char *at, *place = l->json.at;
  uint32_t len;
  int32_t ms;
  if (!read_text(l, f, &at, &len)) return false;
  if (!nuo__when_parse_clock(at, len, &ms)) return fail_at(l, place, f, "not a clock time such as 22:00");
  return *value = ms, true;
}

static bool read_zone(struct lane *l, const struct image_field *f, int64_t *value) {
  const char *at, *place = l->json.at;
  uint32_t len;
  uint16_t handle;
  if (!read_text(l, f, &at, &len)) return false;
  switch (nuo__zone_set_find(l->decoder->program->zones, at, len, &handle)) {
    case ZONE_OK:
      return *value = handle, true;
    case ZONE_OUT_OF_MEMORY:
      return l->no_memory = true, false;
    case ZONE_LIMIT:
      return fail_at(l, place, f, "too many different time zones");
    default:
      return fail_at(l, place, f, "no such time zone");
  }
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
  if (c != 't' && c != 'f') return fail_at(l, l->json.at, f, "true or false is expected");
  *value = c == 't';
  return *value ? nuo__json_word(&l->json, "true", 4) : nuo__json_word(&l->json, "false", 5);
}

// ---- into registers ----

static void set_asked(struct lane *l, const struct image_field *f, int64_t ordinal) {
  const struct image_asked *asked = l->image->ASKED + f->asked_first;
  for (uint32_t i = 0; i < f->asked_count; i++)
    if (asked[i].ordinal == ordinal) l->batch->planes[asked[i].plane].t |= l->bit;
}

static void store_scalar(struct lane *l, const struct image_field *f, int64_t value) {
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
      set_asked(l, f, value);
      break;
    default:
      break;
  }
}

static bool push_element(struct lane *l, union element element) {
  struct batch *b = l->batch;
  if (b->pool_count == b->pool_cap) {
    uint32_t cap = b->pool_cap < 512 ? 1024 : b->pool_cap * 2;
    union element *grown =
        nuo__realloc(l->decoder->allocator, b->pool, b->pool_cap * sizeof *grown, cap * sizeof *grown);
    if (grown == NULL) return l->no_memory = true, false;
    b->pool = grown;
    b->pool_cap = cap;
  }
  b->pool[b->pool_count++] = element;
  return true;
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
    if (f->element == VALUE_ENUM) set_asked(l, f, element.number);
  }
  return push_element(l, element);
}

static bool read_list(struct lane *l, const struct image_field *f) {
  struct json_object array;
  const char *place = l->json.at;
  uint32_t first = l->batch->pool_count, count = 0;
  if (nuo__json_peek(&l->json) != '[') return fail_at(l, place, f, "a list in brackets is expected");
  if (!nuo__json_array_begin(&l->json, &array)) return false;
  while (nuo__json_array_next(&l->json, &array)) {
    if (++count > LIMIT_LIST_ELEMENTS) return fail_at(l, place, f, "more than 4096 elements");
    if (!read_element(l, f)) return false;
  }
  if (l->json.error->status != NUO_OK) return false;
  struct list_reg *reg = &l->batch->lists[f->reg];
  reg->first[l->index] = first;
  reg->count[l->index] = count;
  l->batch->list_known[f->reg] |= l->bit;
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
  return fits ? nuo__json_skip(&l->json) : fail_at(l, l->json.at, f, "a value of another type is expected");
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
      if (flag)
        b->planes[f->reg].t |= l->bit;
      else
        b->planes[f->reg].f |= l->bit;
      return true;
    case REG_TEXT:
      if (!read_text(l, f, &b->texts[f->reg].at[l->index], &b->texts[f->reg].len[l->index])) return false;
      b->text_known[f->reg] |= l->bit;
      return true;
    case REG_LIST:
      return read_list(l, f);
    default:
      if (!read_scalar(l, f, f->kind, &value)) return false;
      store_scalar(l, f, value);
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

// Identity, time and zone are kept for every event, whether or not a rule reads them: the value is read
// twice.
static bool read_special(struct lane *l, uint32_t field) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  const struct image_field *f = &l->image->FIELDS[field];
  const char *before = l->json.at;
  int64_t value;
  bool good = true;
  if (field == event->identity) {
    good = read_identity(l, f);
  } else if (field == event->time) {
    good = read_instant(l, f, &value);
    if (good) l->batch->columns[0][l->index] = value;
    if (good) l->batch->column_known[0] |= l->bit;
  } else if (field == event->zone) {
    good = read_zone(l, f, &value);
    if (good) l->batch->zone[l->index] = (uint16_t)value;
  }
  if (good) l->json.at = before;
  return good;
}

static const char not_given[] = "this field is required and is not given";

static bool is_present(const struct lane *l, uint32_t field) {
  return l->decoder->present[field / 64] >> (field % 64) & 1;
}

static bool read_field(struct lane *l, uint32_t field) {
  const struct image_field *f = &l->image->FIELDS[field];
  if (nuo__json_peek(&l->json) == 'n') return nuo__json_word(&l->json, "null", 4);
  l->decoder->present[field / 64] |= 1ull << (field % 64);
  return read_special(l, field) && read_into_register(l, f);
}

// ---- objects ----

static const struct image_member *find_member(const struct lane *l, uint32_t first, uint32_t count,
                                              const struct json_string *name, uint32_t *next) {
  char buffer[LIMIT_MEMBER_NAME];
  const char *at = name->raw;
  size_t len = name->len;
  if (name->escaped) len = nuo__json_unescape(name, buffer), at = buffer;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t index = *next + i < count ? *next + i : *next + i - count;
    const struct image_member *m = &l->image->MEMBERS[first + index];
    if (m->name.len != len || memcmp(str_at(l->image, m->name), at, len) != 0) continue;
    *next = index + 1 < count ? index + 1 : 0;
    return m;
  }
  return NULL;
}

static bool read_record(struct lane *l, const struct image_member *record);

// Of a record that is given: whether what it has to have is there.
static bool check_given(struct lane *l, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) {
    const struct image_member *m = &l->image->MEMBERS[i];
    if (m->optional || (m->field != IMAGE_NONE && is_present(l, m->field))) continue;
    if (m->field != IMAGE_NONE) return fail_at(l, l->json.at, &l->image->FIELDS[m->field], not_given);
    if (!check_given(l, m->child_first, m->child_count)) return false;
  }
  return true;
}

static bool read_member(struct lane *l, const struct image_member *m) {
  if (m == NULL) return nuo__json_skip(&l->json);
  if (m->field != IMAGE_NONE) return read_field(l, m->field);
  if (nuo__json_peek(&l->json) == 'n') return nuo__json_word(&l->json, "null", 4);
  return read_record(l, m) && check_given(l, m->child_first, m->child_count);
}

static bool read_record(struct lane *l, const struct image_member *record) {
  struct json_object object;
  struct json_string name;
  uint32_t next = 0;
  if (nuo__json_peek(&l->json) != '{')
    return nuo__json_fail(&l->json, l->json.at, "%.*s: an object in braces is expected",
                          (int)record->name.len, str_at(l->image, record->name));
  if (!nuo__json_object_begin(&l->json, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name))
    if (!read_member(l, find_member(l, record->child_first, record->child_count, &name, &next))) return false;
  return l->json.error->status == NUO_OK;
}

// ---- the outermost object ----

static bool name_is(const struct json_string *name, const char *wanted) {
  char buffer[LIMIT_MEMBER_NAME];
  size_t len = strlen(wanted);
  if (!name->escaped) return name->len == len && memcmp(name->raw, wanted, len) == 0;
  return nuo__json_unescape(name, buffer) == len && memcmp(buffer, wanted, len) == 0;
}

// The value of the member `type`: which event it is.
static bool read_type(struct lane *l, uint32_t *event) {
  struct json_string string;
  const char *at;
  uint32_t len;
  nuo__json_space(&l->json);
  const char *place = l->json.at;
  if (!nuo__json_string(&l->json, &string) || !text_of(l, &string, &at, &len)) return false;
  for (*event = 0; *event < l->image->EVENTS_count; ++*event) {
    struct image_str wire = l->image->EVENTS[*event].wire;
    if (wire.len == len && memcmp(str_at(l->image, wire), at, len) == 0) return true;
  }
  return nuo__json_fail(&l->json, place, "the policy knows no event type \"%.*s\"", cut(at, len, 60), at);
}

// The value of the member `specversion`, which makes the text a CloudEvents envelope.
static bool read_specversion(struct lane *l) {
  struct json_string string;
  nuo__json_space(&l->json);
  const char *place = l->json.at;
  if (!nuo__json_string(&l->json, &string)) return false;
  return (string.len >= 2 && memcmp(string.raw, "1.", 2) == 0) ||
         nuo__json_fail(&l->json, place, "this version of CloudEvents is not known; 1.0 is");
}

// Takes note of what the text says it is; false when it was taken for something else.
static bool read_kind(struct lane *l, const struct json_string *name) {
  uint32_t event = l->event;
  if (name_is(name, "type")) {
    if (!read_type(l, &event)) return false;
    l->saw_type = true;
    if (event != l->event) l->again = true;
    l->event = event;
  } else if (name_is(name, "specversion")) {
    if (!read_specversion(l)) return false;
    l->saw_envelope = true;
    if (!l->envelope) l->again = l->envelope = true;
  }
  return !l->again;
}

static bool read_data(struct lane *l) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  const struct image_member data = {
      .field = IMAGE_NONE, .child_first = event->member_first, .child_count = event->member_count};
  if (nuo__json_peek(&l->json) == '{') return read_record(l, &data);
  return nuo__json_fail(&l->json, l->json.at, "data: an object in braces is expected");
}

// A member of an envelope: data, an attribute that may stand for a field, or something else.
static bool read_enveloped(struct lane *l, const struct json_string *name, const struct image_member *m) {
  if (name_is(name, "data")) return read_data(l);
  if (name_is(name, "data_base64"))
    return nuo__json_fail(&l->json, name->raw - 1,
                          "binary data cannot be decided; send the event as JSON in \"data\"");
  nuo__json_space(&l->json);
  if (m != NULL && m->field != IMAGE_NONE) {
    if (l->attribute_count == LIMIT_ENVELOPE_ATTRIBUTES)
      return nuo__json_fail(&l->json, name->raw - 1, "more than %u fields beside \"data\"",
                            (unsigned)LIMIT_ENVELOPE_ATTRIBUTES);
    l->attributes[l->attribute_count++] = (struct attribute){m->field, l->json.at};
  }
  return nuo__json_skip(&l->json);
}

static bool read_outer_member(struct lane *l, const struct json_string *name, uint32_t *next) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  const char *value = l->json.at;
  if (!read_kind(l, name)) return false;
  l->json.at = value;  // type may be a field of the schema as well
  const struct image_member *m = find_member(l, event->member_first, event->member_count, name, next);
  return l->envelope ? read_enveloped(l, name, m) : read_member(l, m);
}

static bool read_attributes(struct lane *l) {
  const char *end = l->json.at;
  for (uint32_t i = 0; i < l->attribute_count; i++) {
    if (is_present(l, l->attributes[i].field)) continue;
    l->json.at = l->attributes[i].at;
    if (!read_field(l, l->attributes[i].field)) return false;
  }
  l->json.at = end;
  return true;
}

static bool begin_outer(struct lane *l, struct json_object *object) {
  if (nuo__json_peek(&l->json) != '{')
    return nuo__json_fail(&l->json, l->json.at, "an event is an object in braces");
  return nuo__json_object_begin(&l->json, object);
}

static bool read_outer(struct lane *l) {
  struct json_object object;
  struct json_string name;
  uint32_t next = 0;
  if (!begin_outer(l, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name))
    if (!read_outer_member(l, &name, &next)) return false;
  return l->json.error->status == NUO_OK && read_attributes(l);
}

static bool check_end(struct lane *l) {
  nuo__json_space(&l->json);
  return l->json.at == l->json.end ||
         nuo__json_fail(&l->json, l->json.at, "something follows after the event");
}

static bool check_required(struct lane *l) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  for (uint32_t i = event->field_first; i < event->field_first + event->field_count; i++) {
    const struct image_field *f = &l->image->FIELDS[i];
    if (f->flags & FIELD_OPTIONAL || is_present(l, i)) continue;
    return fail_at(l, l->json.end, f, not_given);
  }
  return true;
}

// ---- one event ----

// Begins to read the text, with nothing of it in the lane.
static void begin(struct lane *l, const char *text, size_t len, nuo_error *error) {
  struct decoder *d = l->decoder;
  *error = (nuo_error){.status = NUO_OK};
  l->json = (struct json){.start = text,
                          .at = text,
                          .end = text + len,
                          .error = error,
                          .names = d->names,
                          .name_cap = JSON_NAME_CAP};
  l->again = l->saw_type = l->saw_envelope = false;
  l->attribute_count = 0;
  l->batch->zone[l->index] = (uint16_t)d->program->policy_zone;
  memset(d->present, 0, d->present_words * sizeof *d->present);
}

static void take_back(struct decoder *d, struct batch *batch, uint32_t lane) {
  nuo__batch_clear_lane(d->program, batch, lane);
  batch->pool_count = d->pool_before;
  nuo__scratch_rewind(&d->strings, d->strings_before);
}

void nuo__decode_undo(struct decoder *d, struct batch *batch) {
  uint32_t lane = --batch->count;
  batch->event_lanes[batch->event[lane]] &= ~(1ull << lane);
  take_back(d, batch, lane);
}

// The type of an event that does not say its type.
static bool default_type(struct lane *l, uint32_t *event) {
  *event = l->decoder->only_enforceable;
  return *event != IMAGE_NONE ||
         nuo__json_fail(&l->json, l->json.start,
                        "the member \"type\" is missing: it says what kind of event this is");
}

// True when the event's type and envelope, said or understood, are those that were decoded.
static bool check_kind(struct lane *l) {
  uint32_t event = l->event;
  if (!l->saw_type && !default_type(l, &event)) return false;
  l->again = event != l->event || l->envelope != l->saw_envelope;
  l->event = event;
  l->envelope = l->saw_envelope;
  return !l->again;
}

static bool decode_once(struct lane *l) {
  return read_outer(l) && check_end(l) && check_kind(l) && check_required(l);
}

// Finds out what the text is and decodes nothing of it.
static bool find_kind(struct lane *l) {
  struct json_object object;
  struct json_string name;
  if (!begin_outer(l, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name)) {
    const char *value = l->json.at;
    l->again = false;
    if (!read_kind(l, &name) && !l->again) return false;
    l->json.at = value;
    if (!nuo__json_skip(&l->json)) return false;
  }
  if (l->json.error->status != NUO_OK || !check_end(l)) return false;
  check_kind(l);
  return l->json.error->status == NUO_OK;
}

// Takes the event for what the one before was. When that does not work out, for whatever reason, finds out
// what it is, so that neither the answer nor the mistake reported depends on the events before.
static bool decode(struct lane *l, const char *text, size_t len, nuo_error *error) {
  for (int attempt = 0; attempt < 3; attempt++) {  // type and envelope may each be another
    begin(l, text, len, error);
    if (decode_once(l)) return true;
    take_back(l->decoder, l->batch, l->index);
    if (l->no_memory) return false;
    if (!l->again) break;
  }
  begin(l, text, len, error);
  if (!find_kind(l)) return false;
  begin(l, text, len, error);
  return decode_once(l);
}

static bool check_bytes(const char *text, size_t len, nuo_error *error) {
  struct json json = {.start = text, .error = error};
  *error = (nuo_error){.status = NUO_OK};
  if (len > LIMIT_EVENT_BYTES)
    return nuo__json_fail(&json, text, "the event is longer than %u bytes", (unsigned)LIMIT_EVENT_BYTES);
  size_t bad = nuo__utf8_check(text, len);
  return bad == len || nuo__json_fail(&json, text + bad, "these bytes are not UTF-8");
}

nuo_status nuo__decode_event(struct decoder *d, const char *text, size_t len, struct batch *batch,
                             nuo_error *error) {
  struct lane l = {.decoder = d,
                   .image = &d->program->image,
                   .batch = batch,
                   .index = batch->count,
                   .bit = 1ull << batch->count,
                   .event = d->last_event,
                   .envelope = d->last_envelope};
  d->pool_before = batch->pool_count;
  d->strings_before = nuo__scratch_mark(&d->strings);
  if (!check_bytes(text, len, error)) return error->status;
  if (!decode(&l, text, len, error)) {
    take_back(d, batch, l.index);
    if (l.no_memory) *error = (nuo_error){.status = NUO_NO_MEMORY, .message = "out of memory"};
    return error->status;
  }
  d->last_event = l.event;
  d->last_envelope = l.envelope;
  batch->event[l.index] = l.event;
  batch->event_lanes[l.event] |= l.bit;
  batch->count++;
  return NUO_OK;
}
