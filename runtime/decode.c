// SPDX-License-Identifier: Apache-2.0
// Events in: walks the JSON text of an event along the program's schema and fills one lane of a batch. What
// no rule reads is checked and passed over. Guesses the event type and the envelope from the event before,
// and starts again when the text says otherwise. Called by session.c.
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
  uint64_t *names;
  const char **name_texts;
  uint32_t *name_lens;
  uint64_t *seen;     // one bit a field of the program: given in this event
  uint64_t *present;  // and not null
  size_t seen_words;
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
  bool envelope;      // the text is read as a CloudEvents envelope
  bool saw_envelope;  // it says so itself
  bool again;         // the guess was wrong; `event` and `envelope` are right now
  bool no_memory;
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
  d->seen_words = program->image.FIELDS_count / 64 + 1;
  d->names = nuo__alloc(allocator, JSON_NAME_CAP * sizeof *d->names);
  d->name_texts = nuo__alloc(allocator, JSON_NAME_CAP * sizeof *d->name_texts);
  d->name_lens = nuo__alloc(allocator, JSON_NAME_CAP * sizeof *d->name_lens);
  d->seen = nuo__alloc(allocator, 2 * d->seen_words * sizeof *d->seen);
  if (d->names == NULL || d->name_texts == NULL || d->name_lens == NULL || d->seen == NULL) {
    nuo__decoder_free(d);
    return NUO_NO_MEMORY;
  }
  d->present = d->seen + d->seen_words;
  *out = d;
  return NUO_OK;
}

void nuo__decoder_free(struct decoder *d) {
  if (d == NULL) return;
  nuo__scratch_free(&d->strings);
  nuo__free(d->allocator, d->names, JSON_NAME_CAP * sizeof *d->names);
  nuo__free(d->allocator, d->name_texts, JSON_NAME_CAP * sizeof *d->name_texts);
  nuo__free(d->allocator, d->name_lens, JSON_NAME_CAP * sizeof *d->name_lens);
  nuo__free(d->allocator, d->seen, 2 * d->seen_words * sizeof *d->seen);
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
                        str_at(l->image, f->path), len > 40 ? 40 : (int)len, at);
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
  struct batch *b = l->batch;
  const char *start = l->json.at;
  if (f->kind == VALUE_TEXT) {
    struct json_string string;
    return nuo__json_string(&l->json, &string) &&
           text_of(l, &string, &b->id[l->index].at, &b->id[l->index].len);
  }
  if (!nuo__json_skip(&l->json)) return false;
  b->id[l->index].at = start;
  b->id[l->index].len = (uint32_t)(l->json.at - start);
  return true;
}

// Identity, time and zone are kept for every event, whether or not a rule reads them: the value is read
// twice.
static bool read_special(struct lane *l, uint32_t field) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  const struct image_field *f = &l->image->FIELDS[field];
  struct json before = l->json;
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
  if (good) l->json.at = before.at;
  return good;
}

static bool read_field(struct lane *l, uint32_t field) {
  const struct image_field *f = &l->image->FIELDS[field];
  struct decoder *d = l->decoder;
  if (d->seen[field / 64] >> (field % 64) & 1)
    return fail_at(l, l->json.at, f, "given twice, in the envelope and in its data");
  d->seen[field / 64] |= 1ull << (field % 64);
  if (nuo__json_peek(&l->json) == 'n') return nuo__json_word(&l->json, "null", 4);
  d->present[field / 64] |= 1ull << (field % 64);
  return read_special(l, field) && read_into_register(l, f);
}

// ---- objects ----

static const struct image_member *find_member(const struct lane *l, uint32_t first, uint32_t count,
                                              const struct json_string *name, uint32_t *next) {
  char buffer[256];
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

static bool read_member(struct lane *l, const struct image_member *m) {
  if (m == NULL) return nuo__json_skip(&l->json);
  if (m->field != IMAGE_NONE) return read_field(l, m->field);
  if (nuo__json_peek(&l->json) == 'n') return nuo__json_word(&l->json, "null", 4);
  return read_record(l, m);
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

static bool name_is(const struct json_string *name, const char *wanted) {
  return !name->escaped && name->len == strlen(wanted) && memcmp(name->raw, wanted, name->len) == 0;
}

// The member `type`. When it names another type than the one guessed, decoding starts again.
static bool read_type(struct lane *l) {
  struct json_string string;
  const char *at, *place = l->json.at;
  uint32_t len;
  if (!nuo__json_string(&l->json, &string) || !text_of(l, &string, &at, &len)) return false;
  for (uint32_t i = 0; i < l->image->EVENTS_count; i++) {
    struct image_str wire = l->image->EVENTS[i].wire;
    if (wire.len != len || memcmp(str_at(l->image, wire), at, len) != 0) continue;
    if (i != l->event) l->again = true, l->event = i;
    return !l->again;
  }
  return nuo__json_fail(&l->json, place, "the policy knows no event type \"%.*s\"", len > 60 ? 60 : (int)len,
                        at);
}

static bool read_specversion(struct lane *l) {
  struct json_string string;
  if (!nuo__json_string(&l->json, &string)) return false;
  if (string.len < 2 || memcmp(string.raw, "1.", 2) != 0)
    return nuo__json_fail(&l->json, string.raw, "this version of CloudEvents is not known; 1.0 is");
  l->saw_envelope = true;
  if (!l->envelope) l->again = l->envelope = true;
  return !l->again;
}

// Members whose meaning does not come from the schema. *used is false when it is an ordinary one.
static bool read_outer_member(struct lane *l, const struct json_string *name, bool *saw_type, bool *used) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  *used = true;
  if (name_is(name, "type")) {
    *saw_type = true;
    struct json before = l->json;
    if (!read_type(l)) return false;
    *used = false;  // it may be a field as well
    l->json.at = before.at;
    return true;
  }
  if (name_is(name, "specversion")) return read_specversion(l);
  if (l->envelope && name_is(name, "data_base64"))
    return nuo__json_fail(&l->json, name->raw,
                          "binary data cannot be decided; send the event as JSON in \"data\"");
  if (l->envelope && name_is(name, "data")) {
    struct image_member data = {
        .field = IMAGE_NONE, .child_first = event->member_first, .child_count = event->member_count};
    if (nuo__json_peek(&l->json) != '{')
      return nuo__json_fail(&l->json, l->json.at, "data: an object in braces is expected");
    return read_record(l, &data);
  }
  *used = false;
  return true;
}

static bool read_outer(struct lane *l, bool *saw_type) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  struct json_object object;
  struct json_string name;
  uint32_t next = 0;
  if (nuo__json_peek(&l->json) != '{')
    return nuo__json_fail(&l->json, l->json.at, "an event is an object in braces");
  if (!nuo__json_object_begin(&l->json, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name)) {
    bool used;
    if (!read_outer_member(l, &name, saw_type, &used)) return false;
    if (!used && !read_member(l, find_member(l, event->member_first, event->member_count, &name, &next)))
      return false;
  }
  return l->json.error->status == NUO_OK;
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
    if (f->flags & FIELD_OPTIONAL || l->decoder->present[i / 64] >> (i % 64) & 1) continue;
    return fail_at(l, l->json.end, f, "this field is required and is not given");
  }
  return true;
}

// ---- one event ----

static void begin(struct lane *l, const char *text, size_t len, nuo_error *error) {
  struct decoder *d = l->decoder;
  *error = (nuo_error){.status = NUO_OK};
  l->json = (struct json){.start = text,
                          .at = text,
                          .end = text + len,
                          .error = error,
                          .names = d->names,
                          .name_texts = d->name_texts,
                          .name_lens = d->name_lens,
                          .name_cap = JSON_NAME_CAP};
  l->again = l->saw_envelope = false;
  l->batch->zone[l->index] = (uint16_t)d->program->policy_zone;
  memset(d->seen, 0, 2 * d->seen_words * sizeof *d->seen);
}

// True when the event's type, said or understood, is the one that was decoded.
static bool check_type(struct lane *l, bool saw_type) {
  if (saw_type || l->event == l->decoder->only_enforceable) return true;
  if (l->decoder->only_enforceable == IMAGE_NONE)
    return nuo__json_fail(&l->json, l->json.start,
                          "the member \"type\" is missing: it says what kind of event this is");
  l->event = l->decoder->only_enforceable;
  l->again = true;
  return false;
}

static bool decode_once(struct lane *l) {
  bool saw_type = false;
  if (!read_outer(l, &saw_type) || !check_end(l)) return false;
  if (l->envelope && !l->saw_envelope) return l->envelope = false, l->again = true, false;
  return check_type(l, saw_type) && check_required(l);
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
  uint32_t pool = batch->pool_count;
  begin(&l, text, len, error);
  size_t bad = len <= LIMIT_EVENT_BYTES ? nuo__utf8_check(text, len) : 0;
  if (len > LIMIT_EVENT_BYTES)
    nuo__json_fail(&l.json, text, "the event is longer than %u bytes", (unsigned)LIMIT_EVENT_BYTES);
  else if (bad < len)
    nuo__json_fail(&l.json, text + bad, "these bytes are not UTF-8");
  bool good = false;
  // At most: the type is wrong, the envelope is wrong, the type inside the envelope is wrong.
  for (int attempt = 0; attempt < 4 && error->status == NUO_OK && !good; attempt++) {
    if (attempt > 0) {
      nuo__batch_clear_lane(d->program, batch, l.index);
      batch->pool_count = pool;
      begin(&l, text, len, error);
    }
    good = decode_once(&l);
    if (!good && !l.again) break;
  }
  if (!good) {
    nuo__batch_clear_lane(d->program, batch, l.index);
    batch->pool_count = pool;
    if (l.no_memory) error->status = NUO_NO_MEMORY;
    if (error->status == NUO_OK) error->status = NUO_BAD_EVENT;
    return error->status;
  }
  d->last_event = l.event;
  d->last_envelope = l.envelope;
  batch->event[l.index] = l.event;
  batch->event_lanes[l.event] |= l.bit;
  batch->count++;
  return NUO_OK;
}
