// SPDX-License-Identifier: Apache-2.0
// Events in: walks the JSON text of an event along the program's schema and fills one lane of a batch. What
// no rule reads is checked and passed over. Guesses the event type and the envelope from the event before,
// and starts again when the text says otherwise. In a CloudEvents envelope `data` holds the fields;
// attributes (id, time, source…) stand for fields that `data` does not give. Called by session.c.
#include <string.h>

#include "runtime/decode_lane.h"
#include "runtime/failure.h"
#include "runtime/hash.h"
#include "runtime/utf8.h"
#include "runtime/vm.h"

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
  d->guess_count = 2 * (size_t)program->image.MEMBERS_count + program->image.EVENTS_count;
  d->after_member = nuo__alloc(allocator, d->guess_count * sizeof *d->after_member);
  if (d->names == NULL || d->present == NULL || d->after_member == NULL) {
    nuo__decoder_free(d);
    return NUO_NO_MEMORY;
  }
  d->in_record = d->after_member + program->image.MEMBERS_count;
  d->in_event = d->in_record + program->image.MEMBERS_count;
  for (size_t i = 0; i < d->guess_count; i++) d->after_member[i] = IMAGE_NONE;
  *out = d;
  return NUO_OK;
}

void nuo__decoder_free(struct decoder *d) {
  if (d == NULL) return;
  nuo__scratch_free(&d->strings);
  nuo__free(d->allocator, d->names, JSON_NAME_CAP * sizeof *d->names);
  nuo__free(d->allocator, d->present, d->present_words * sizeof *d->present);
  nuo__free(d->allocator, d->after_member, d->guess_count * sizeof *d->after_member);
  nuo__free(d->allocator, d, sizeof *d);
}

void nuo__decoder_reset(struct decoder *d) {
  nuo__scratch_reset(&d->strings);
}

// ---- fields ----

static bool is_not_given(struct lane *l, const char *place, const struct image_field *f) {
  return nuo__lane_fail(l, place, f, "this field is required and is not given", "此项必填，但没有给出");
}

static bool is_present(const struct lane *l, uint32_t field) {
  return l->decoder->present[field / 64] >> (field % 64) & 1;
}

static bool read_field(struct lane *l, uint32_t field) {
  if (nuo__json_peek(&l->json) == 'n') return nuo__json_word(&l->json, "null", 4);
  l->decoder->present[field / 64] |= 1ull << (field % 64);
  return nuo__lane_value(l, field);
}

// ---- objects ----

static bool escaped_name_is(const struct json_string *name, const char *wanted, size_t len) {
  char buffer[LIMIT_MEMBER_NAME];
  return nuo__json_unescape(name, buffer) == len && memcmp(buffer, wanted, len) == 0;
}

// Inlined, with `wanted` a constant: one compare of lengths and at most two of words.
static inline bool name_is(const struct json_string *name, const char *wanted) {
  size_t len = strlen(wanted);
  if (name->escaped) return escaped_name_is(name, wanted, len);
  return name->len == len && memcmp(name->raw, wanted, len) == 0;
}

// The members that say what the text is: they are never taken by a guess.
static inline bool is_kind(const struct json_string *name) {
  return name_is(name, "type") || name_is(name, "specversion");
}

// The members of a record, or of an event, while its object is walked.
struct walk {
  struct json_object object;
  uint32_t first, count;  // MEMBERS
  uint32_t next;          // where the search for a name begins: most objects follow the schema
  uint32_t *guess;        // which member came here the last time
  uint64_t seen;          // of the first 64 members; a name that is none of them is noted in `object`
};

enum { SEEN_MAX = 64 };

static struct walk walk_of(const struct image_member *record, uint32_t *guess) {
  return (struct walk){.first = record->child_first, .count = record->child_count, .guess = guess};
}

static const struct image_member *find_member(const struct lane *l, struct walk *w,
                                              const struct json_string *name) {
  char buffer[LIMIT_MEMBER_NAME];
  const char *at = name->raw;
  size_t len = name->len;
  if (name->escaped) len = nuo__json_unescape(name, buffer), at = buffer;
  for (uint32_t i = 0; i < w->count; i++) {
    uint32_t index = w->next + i < w->count ? w->next + i : w->next + i - w->count;
    const struct image_member *m = &l->image->MEMBERS[w->first + index];
    if (m->name.len != len || !nuo__same_bytes(nuo__lane_str(l, m->name), at, len)) continue;
    w->next = index + 1 < w->count ? index + 1 : 0;
    return m;
  }
  return NULL;
}

// Refuses a member that the object has had; else remembers it, and that it came here.
static bool note_member(struct lane *l, struct walk *w, const struct json_string *name,
                        const struct image_member *m) {
  if (m == NULL) return nuo__json_object_note(&l->json, &w->object, name);
  uint32_t index = (uint32_t)(m - l->image->MEMBERS);
  if (index - w->first >= SEEN_MAX) return nuo__json_object_note(&l->json, &w->object, name);
  uint64_t bit = UINT64_C(1) << (index - w->first);
  if (w->seen & bit) return nuo__json_object_repeated(&l->json, name);
  w->seen |= bit;
  if (!name->escaped && !is_kind(name)) *w->guess = index;
  w->guess = &l->decoder->after_member[index];
  return true;
}

// The member that came here the last time, if it comes here again; its name has been read then.
static inline const struct image_member *take_guess(struct lane *l, struct walk *w) {
  uint32_t index = *w->guess, place = index - w->first;
  if (index == IMAGE_NONE || w->seen >> place & 1) return NULL;
  const struct image_member *m = &l->image->MEMBERS[index];
  if (!nuo__json_object_take(&l->json, &w->object, nuo__lane_str(l, m->name), m->name.len)) return NULL;
  w->seen |= UINT64_C(1) << place;
  w->next = place + 1 < w->count ? place + 1 : 0;
  w->guess = &l->decoder->after_member[index];
  return m;
}

static bool read_record(struct lane *l, const struct image_member *record);

// Of a record that is given: whether what it has to have is there.
static bool check_given(struct lane *l, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) {
    const struct image_member *m = &l->image->MEMBERS[i];
    if (m->optional || (m->field != IMAGE_NONE && is_present(l, m->field))) continue;
    if (m->field != IMAGE_NONE) return is_not_given(l, l->json.at, &l->image->FIELDS[m->field]);
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

// `guess`: which member came first the last time.
static bool read_members(struct lane *l, const struct image_member *record, uint32_t *guess) {
  struct walk w = walk_of(record, guess);
  struct json_string name;
  const struct image_member *m;
  if (!nuo__json_object_begin(&l->json, &w.object)) return false;
  for (;;) {
    while ((m = take_guess(l, &w)) != NULL)
      if (!read_member(l, m)) return false;
    if (!nuo__json_object_name(&l->json, &w.object, &name)) return l->json.error->status == NUO_OK;
    m = find_member(l, &w, &name);
    if (!note_member(l, &w, &name, m) || !read_member(l, m)) return false;
  }
}

static bool read_record(struct lane *l, const struct image_member *record) {
  if (nuo__json_peek(&l->json) == '{')
    return read_members(l, record, &l->decoder->in_record[record - l->image->MEMBERS]);
  return nuo__json_fail(&l->json, l->json.at, "%.*s: an object in braces is expected",
                        "%.*s：应为花括号中的对象", (int)record->name.len, nuo__lane_str(l, record->name));
}

// ---- the outermost object ----

// The value of the member `type`: which event it is.
static bool read_type(struct lane *l, uint32_t *event) {
  struct json_string string;
  const char *at;
  uint32_t len;
  nuo__json_space(&l->json);
  const char *place = l->json.at;
  if (!nuo__json_string(&l->json, &string) || !nuo__lane_text(l, &string, &at, &len)) return false;
  for (*event = 0; *event < l->image->EVENTS_count; ++*event) {
    struct image_str wire = l->image->EVENTS[*event].wire;
    if (wire.len == len && memcmp(nuo__lane_str(l, wire), at, len) == 0) return true;
  }
  return nuo__json_fail(&l->json, place, "the policy knows no event type \"%.*s\"",
                        "政策中没有“%.*s”这种事件", nuo__lane_cut(len, 60), at);
}

// The value of the member `specversion`, which makes the text a CloudEvents envelope.
static bool read_specversion(struct lane *l) {
  struct json_string string;
  nuo__json_space(&l->json);
  const char *place = l->json.at;
  if (!nuo__json_string(&l->json, &string)) return false;
  return (string.len >= 2 && memcmp(string.raw, "1.", 2) == 0) ||
         nuo__json_fail(&l->json, place, "this version of CloudEvents is not known; 1.0 is",
                        "不支持此版本的 CloudEvents，只支持 1.0");
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

// The members of an event as those of a record.
static struct image_member members_of(const struct lane *l) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  return (struct image_member){
      .field = IMAGE_NONE, .child_first = event->member_first, .child_count = event->member_count};
}

static bool read_data(struct lane *l) {
  const struct image_member data = members_of(l);
  if (nuo__json_peek(&l->json) == '{') return read_members(l, &data, &l->decoder->in_event[l->event]);
  return nuo__json_fail(&l->json, l->json.at, "data: an object in braces is expected",
                        "data：应为花括号中的对象");
}

// A member of an envelope: data, an attribute that may stand for a field, or something else.
static bool read_enveloped(struct lane *l, const struct json_string *name, const struct image_member *m) {
  if (name_is(name, "data")) return read_data(l);
  if (name_is(name, "data_base64"))
    return nuo__json_fail(&l->json, name->raw - 1,
                          "binary data cannot be decided; send the event as JSON in \"data\"",
                          "无法裁决二进制数据；请把事件写成 JSON，放在“data”中");
  nuo__json_space(&l->json);
  if (m != NULL && m->field != IMAGE_NONE) {
    if (l->decoder->attribute_count == LIMIT_ENVELOPE_ATTRIBUTES)
      return nuo__json_fail(&l->json, name->raw - 1, "more than %u fields beside \"data\"",
                            "“data”之外的字段超过 %u 个", (unsigned)LIMIT_ENVELOPE_ATTRIBUTES);
    l->decoder->attributes[l->decoder->attribute_count++] = (struct attribute){m->field, l->json.at};
  }
  return nuo__json_skip(&l->json);
}

static bool read_outer_member(struct lane *l, struct walk *w, const struct json_string *name) {
  const char *value = l->json.at;
  const struct image_member *m = find_member(l, w, name);
  if (!note_member(l, w, name, m)) return false;
  if (is_kind(name)) {
    if (!read_kind(l, name)) return false;
    l->json.at = value;  // type may be a field of the schema as well
  }
  return l->envelope ? read_enveloped(l, name, m) : read_member(l, m);
}

static bool read_attributes(struct lane *l) {
  const char *end = l->json.at;
  for (uint32_t i = 0; i < l->decoder->attribute_count; i++) {
    if (is_present(l, l->decoder->attributes[i].field)) continue;
    l->json.at = l->decoder->attributes[i].at;
    if (!read_field(l, l->decoder->attributes[i].field)) return false;
  }
  l->json.at = end;
  return true;
}

static bool begin_outer(struct lane *l, struct json_object *object) {
  if (nuo__json_peek(&l->json) != '{')
    return nuo__json_fail(&l->json, l->json.at, "an event is an object in braces",
                          "一个事件应是花括号中的一个对象");
  return nuo__json_object_begin(&l->json, object);
}

static bool read_outer(struct lane *l) {
  const struct image_member members = members_of(l);
  struct walk w = walk_of(&members, &l->decoder->in_event[l->event]);
  struct json_string name;
  const struct image_member *m;
  if (!begin_outer(l, &w.object)) return false;
  for (;;) {
    while (!l->envelope && (m = take_guess(l, &w)) != NULL)
      if (!read_member(l, m)) return false;
    if (!nuo__json_object_name(&l->json, &w.object, &name)) break;
    if (!read_outer_member(l, &w, &name)) return false;
  }
  return l->json.error->status == NUO_OK && read_attributes(l);
}

static bool check_end(struct lane *l) {
  nuo__json_space(&l->json);
  return l->json.at == l->json.end ||
         nuo__json_fail(&l->json, l->json.at, "something follows after the event", "事件之后还有别的内容");
}

static bool check_required(struct lane *l) {
  const struct image_event *event = &l->image->EVENTS[l->event];
  for (uint32_t i = event->field_first; i < event->field_first + event->field_count; i++) {
    const struct image_field *f = &l->image->FIELDS[i];
    if (f->flags & FIELD_OPTIONAL || is_present(l, i)) continue;
    return is_not_given(l, l->json.end, f);
  }
  return true;
}

// ---- one event ----

// Begins to read the text, with nothing of it in the lane.
static void begin(struct lane *l, const char *text, size_t len, nuo_error *error) {
  struct decoder *d = l->decoder;
  nuo__no_error(error);
  l->json = (struct json){.start = text,
                          .at = text,
                          .end = text + len,
                          .error = error,
                          .names = d->names,
                          .name_cap = JSON_NAME_CAP};
  l->again = l->saw_type = l->saw_envelope = false;
  l->type = &l->image->EVENTS[l->event];
  d->attribute_count = 0;
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
                        "the member \"type\" is missing: it says what kind of event this is",
                        "缺少“type”：它说明这是哪种事件");
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
  nuo__no_error(error);
  if (len > LIMIT_EVENT_BYTES)
    return nuo__json_fail(&json, text, "the event is longer than %u bytes", "事件超过 %u 字节",
                          (unsigned)LIMIT_EVENT_BYTES);
  size_t bad = nuo__utf8_check(text, len);
  return bad == len || nuo__json_fail(&json, text + bad, "these bytes are not UTF-8", "此处不是 UTF-8 编码");
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
