// SPDX-License-Identifier: Apache-2.0
// Events in: walks the JSON text of an event along the program's schema and fills one lane of a batch. What
// no rule reads is checked and passed over. Guesses the event type and the envelope from the event before,
// and starts again when the text says otherwise. In a CloudEvents envelope `data` holds the fields;
// attributes (id, time, source…) stand for fields that `data` does not give. Called by session.c.
#include <string.h>

#include "runtime/adapt.h"
#include "runtime/capture.h"
#include "runtime/failure.h"
#include "runtime/scan.h"
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

// Events up to this size need no more memory than the first.
enum { USUAL_BYTES = 16384 };

// For the map of a text of `len` bytes.
static bool make_room(struct decoder *d, size_t len) {
  size_t words = d->ends_words == 0 ? SCAN_WORDS(USUAL_BYTES) : d->ends_words;
  while (words < SCAN_WORDS(len)) words *= 2;
  if (words == d->ends_words) return true;
  uint64_t *grown = nuo__realloc(d->allocator, d->ends, d->ends_words * sizeof *grown, words * sizeof *grown);
  if (grown == NULL) return false;
  d->ends = grown;
  d->ends_words = words;
  return true;
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
  d->zone.len = UINT32_MAX;
  d->only_enforceable = find_only_enforceable(&program->image);
  d->last_event = d->only_enforceable == IMAGE_NONE ? 0 : d->only_enforceable;
  // The last one: see nuo__lane_given.
  d->present_words = (nuo__first_place(&program->image) + program->image.ADAPTER_PLACES_count) / 64 + 2;
  d->names = nuo__alloc(allocator, JSON_NAME_CAP * sizeof *d->names);
  d->present = nuo__alloc(allocator, d->present_words * sizeof *d->present);
  if (d->names == NULL || d->present == NULL || !make_room(d, USUAL_BYTES) || !nuo__decoder_know(d) ||
      (program->image.ADAPTERS_count > 0 && !nuo__adapting_new(d))) {
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
  nuo__free(d->allocator, d->ends, d->ends_words * sizeof *d->ends);
  nuo__decoder_forget(d);
  nuo__adapting_free(d);
  nuo__free(d->allocator, d, sizeof *d);
}

void nuo__decoder_close(struct decoder *d) {
  if (d->adapting != NULL) d->adapting->open = false;
}

void nuo__decoder_reset(struct decoder *d) {
  nuo__decoder_close(d);
  nuo__scratch_reset(&d->strings);
}

// ---- fields ----

static bool is_not_given(struct lane *l, const char *place, const struct image_field *f) {
  return nuo__lane_fail(l, place, f, "this field is required and is not given", "此项必填，但没有给出");
}

bool nuo__lane_check_given(struct lane *l, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) {
    const struct image_member *m = &l->image->MEMBERS[i];
    if (m->optional || (m->field != IMAGE_NONE && nuo__lane_has(l, i))) continue;
    if (m->field != IMAGE_NONE) return is_not_given(l, l->json.at, &l->image->FIELDS[m->field]);
    if (!nuo__lane_check_given(l, m->child_first, m->child_count)) return false;
  }
  return true;
}

bool nuo__escaped_name_is(const struct json_string *name, const char *wanted, size_t len) {
  char buffer[LIMIT_MEMBER_NAME];
  return nuo__json_unescape(name, buffer) == len && memcmp(buffer, wanted, len) == 0;
}

// ---- the outermost object ----

bool nuo__lane_no_type(struct lane *l, const char *place, nuo_text type) {
  return nuo__json_fail(&l->json, place, "the policy knows no event type \"%.*s\"",
                        "政策中没有“%.*s”这种事件", nuo__lane_cut((uint32_t)type.len, 60), type.text);
}

// The value of the member `type`: which event it is.
static bool read_type(struct lane *l, uint32_t *event) {
  struct json_string string;
  const char *at;
  uint32_t len;
  nuo__json_space(&l->json);
  const char *place = l->json.at;
  if (!nuo__json_string(&l->json, &string) || !nuo__lane_text(l, &string, &at, &len)) return false;
  *event = nuo__event_named(l->image, (nuo_text){at, len});
  return *event != IMAGE_NONE || nuo__lane_no_type(l, place, (nuo_text){at, len});
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

// False when the text was taken for something else than it says here.
bool nuo__lane_kind(struct lane *l, const struct json_string *name) {
  uint32_t event = l->event;
  if (nuo__name_is(name, "type")) {
    if (!read_type(l, &event)) return false;
    l->saw_type = true;
    if (event != l->event) l->again = true;
    l->event = event;
  } else if (nuo__name_is(name, "specversion")) {
    if (!read_specversion(l)) return false;
    l->saw_envelope = true;
    if (!l->envelope) l->again = l->envelope = true;
  } else if (l->decoder->adapting != NULL && !l->plain && nuo__name_is(name, "adapter")) {
    l->adapted = true;
  }
  return !l->again && !l->adapted;
}

static bool read_data(struct lane *l) {
  if (nuo__json_peek(&l->json) == '{')
    return nuo__lane_members(l, nuo__step_of_event(l->decoder, l->event), false);
  return nuo__json_fail(&l->json, l->json.at, "data: an object in braces is expected",
                        "data：应为花括号中的对象");
}

// A member of an envelope: data, an attribute that may stand for a field, or something else.
bool nuo__lane_enveloped(struct lane *l, const struct json_string *name, const struct step *s) {
  if (nuo__name_is(name, "data")) return read_data(l);
  if (nuo__name_is(name, "data_base64"))
    return nuo__json_fail(&l->json, name->raw - 1,
                          "binary data cannot be decided; send the event as JSON in \"data\"",
                          "无法裁决二进制数据；请把事件写成 JSON，放在“data”中");
  nuo__json_space(&l->json);
  if (s != NULL && s->shape != SHAPE_RECORD) {
    if (l->decoder->attribute_count == LIMIT_ENVELOPE_ATTRIBUTES)
      return nuo__json_fail(&l->json, name->raw - 1, "more than %u fields beside \"data\"",
                            "“data”之外的字段超过 %u 个", (unsigned)LIMIT_ENVELOPE_ATTRIBUTES);
    l->decoder->attributes[l->decoder->attribute_count++] =
        (struct attribute){(uint32_t)(s - l->decoder->steps), l->json.at};
  }
  return nuo__json_skip(&l->json);
}

static bool read_attributes(struct lane *l) {
  const char *end = l->json.at;
  for (uint32_t i = 0; i < l->decoder->attribute_count; i++) {
    const struct attribute *a = &l->decoder->attributes[i];
    if (nuo__lane_has(l, a->member)) continue;
    l->json.at = a->at;
    if (*a->at == 'n') continue;  // null, as has been checked
    nuo__lane_given(l, a->member, 1);
    if (!nuo__lane_value(l, l->image->MEMBERS[a->member].field)) return false;
  }
  l->json.at = end;
  return true;
}

static bool is_object(struct lane *l) {
  return nuo__json_peek(&l->json) == '{' ||
         nuo__json_fail(&l->json, l->json.at, "an event is an object in braces",
                        "一个事件应是花括号中的一个对象");
}

static bool read_outer(struct lane *l) {
  return is_object(l) && nuo__lane_members(l, nuo__step_of_event(l->decoder, l->event), true) &&
         read_attributes(l);
}

static bool check_end(struct lane *l) {
  nuo__json_space(&l->json);
  return l->json.at == l->json.end ||
         nuo__json_fail(&l->json, l->json.at, "something follows after the event", "事件之后还有别的内容");
}

bool nuo__lane_check_required(struct lane *l) {
  const uint32_t *required = &l->decoder->required[nuo__step_of_event(l->decoder, l->event)->field];
  if (l->is_whole) return true;
  for (; *required != IMAGE_NONE; required++)
    if (!nuo__lane_has(l, l->decoder->member_of[*required]))
      return is_not_given(l, l->json.end, &l->image->FIELDS[*required]);
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
                          .ends = d->ends,
                          .error = error,
                          .names = d->names,
                          .name_cap = JSON_NAME_CAP};
  l->walk = d->walks;
  l->last_name = len > STEP_NAME ? text + len - STEP_NAME - 1 : text;
  l->again = l->saw_type = l->saw_envelope = l->is_whole = false;
  l->type = &l->image->EVENTS[l->event];
  d->attribute_count = 0;
  l->batch->zone[l->index] = (uint16_t)d->program->policy_zone;
  memset(d->present, 0, d->present_words * sizeof *d->present);
}

void nuo__lane_take_back(struct decoder *d, struct batch *batch, uint32_t lane) {
  nuo__batch_clear_lane(d->program, batch, lane);
  batch->pool_count = d->pool_before;
  nuo__scratch_rewind(&d->strings, d->strings_before);
}

void nuo__decode_undo(struct decoder *d, struct batch *batch) {
  nuo__decoder_close(d);
  uint32_t lane = --batch->count;
  batch->event_lanes[batch->event[lane]] &= ~(1ull << lane);
  nuo__lane_take_back(d, batch, lane);
}

// The type of an event that does not say its type.
static bool default_type(struct lane *l, uint32_t *event) {
  *event = l->decoder->only_enforceable;
  return *event != IMAGE_NONE ||
         nuo__json_fail(&l->json, l->json.start,
                        "the member \"type\" is missing: it says what kind of event this is",
                        "缺少“type”：它说明这是哪种事件");
}

static bool no_such_recipient(struct lane *l) {
  return nuo__json_fail(&l->json, l->json.start, "there is no such recipient", "没有这个收件人");
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
  return read_outer(l) && check_end(l) && check_kind(l) && nuo__lane_check_required(l);
}

// Finds out what the text is and decodes nothing of it.
static bool find_kind(struct lane *l) {
  struct json_object object;
  struct json_string name;
  if (!is_object(l) || !nuo__json_object_begin(&l->json, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name)) {
    const char *value = l->json.at;
    l->again = false;
    if (!nuo__lane_kind(l, &name) && !l->again) return false;
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
    nuo__lane_take_back(l->decoder, l->batch, l->index);
    if (l->no_memory || l->adapted) return false;
    if (!l->again) break;
  }
  begin(l, text, len, error);
  if (!find_kind(l)) return false;
  begin(l, text, len, error);
  return decode_once(l);
}

static bool decode_plain(struct lane *l, const nuo_input *in, nuo_error *error) {
  return decode(l, in->json, in->len, error) && (in->recipient == 0 || no_such_recipient(l));
}

void nuo__event_too_long(nuo_error *error) {
  nuo__refuse(error, "the event is longer than %u bytes", "事件超过 %u 字节", (unsigned)LIMIT_EVENT_BYTES);
}

// Makes the map of the text.
static nuo_status scan(struct decoder *d, const char *text, size_t len, nuo_error *error) {
  struct json json = {.start = text, .error = error};
  nuo__no_error(error);
  if (len > LIMIT_EVENT_BYTES) {
    nuo__event_too_long(error);
    return error->status;
  }
  if (!make_room(d, len)) return nuo__fail(error, NUO_NO_MEMORY, 0, "out of memory");
  const size_t bad = nuo__scan(text, len, d->ends);
  if (bad != len) nuo__json_fail(&json, text + bad, "these bytes are not UTF-8", "此处不是 UTF-8 编码");
  return error->status;
}

// How many events the envelope stands for, if it names any recipients.
static uint32_t event_count(const struct adapting *a) {
  return a->element_count > 0 ? a->element_count : a->recipient_count;
}

// Finds out what the text says, at once or step by step; false when it is no envelope, or refused.
static bool open_envelope(struct lane *l, const nuo_input *in, nuo_error *error) {
  struct adapting *a = l->decoder->adapting;
  bool good = true;
  begin(l, in->json, in->len, error);
  if (!nuo__adapt_at_once(l, in->adapter)) {
    if (l->no_memory) return false;
    nuo__lane_take_back(l->decoder, l->batch, l->index);
    begin(l, in->json, in->len, error);
    l->adapted = nuo__adapt_open(l, in->adapter, &good);
    if (!l->adapted || !good) return false;
  }
  a->open = true;
  a->text = in->json;
  a->len = in->len;
  return true;
}

// The text is an envelope, or is taken for one; false when it is none, or refused.
static bool decode_adapted(struct lane *l, const nuo_input *in, nuo_error *error) {
  struct adapting *a = l->decoder->adapting;
  const uint32_t number = in->recipient;
  const bool is_open = a->open;
  l->adapted = true;
  if (!is_open && !open_envelope(l, in, error)) return false;
  if (number > 0 && number >= event_count(a)) return no_such_recipient(l);
  if (is_open) begin(l, in->json, in->len, error);
  if (a->element_count > 0 && !nuo__adapt_element(l, number)) return false;
  if (!a->has_event) {
    l->event = nuo__adapter_at_hand(l)->event;
    begin(l, in->json, in->len, error);
    if (!nuo__adapt_begin(l)) return false;
  }
  a->has_event = false;
  return nuo__adapt_event(l, number) && nuo__lane_check_required(l);
}

static bool is_open(const struct decoder *d, const nuo_input *in) {
  const struct adapting *a = d->adapting;
  return a != NULL && a->open && a->text == in->json && a->len == in->len && in->recipient > 0;
}

// Whether the first member of the text is "adapter".
static bool begins_as_envelope(const nuo_input *in) {
  static const char wanted[] = "\"adapter\"";
  const char *end = in->json + in->len, *at = nuo__json_pass_space(in->json, end);
  if (at == end || *at != '{') return false;
  at = nuo__json_pass_space(at + 1, end);
  return (size_t)(end - at) >= sizeof wanted - 1 && memcmp(at, wanted, sizeof wanted - 1) == 0;
}

// An event as it is, or in an envelope: what it looks like is tried first.
static bool decode_any(struct lane *l, const nuo_input *in, nuo_error *error) {
  struct decoder *d = l->decoder;
  struct lane first = *l;
  if (d->adapting == NULL) return decode_plain(l, in, error);
  if (!d->adapting->open && in->adapter.len == 0 && !begins_as_envelope(in)) {
    if (decode_plain(l, in, error)) return true;
    if (!l->adapted) return false;
    nuo__lane_take_back(d, l->batch, l->index);
    *l = first;
  }
  if (decode_adapted(l, in, error)) return true;
  if (l->adapted) return false;
  *l = first;
  l->plain = true;
  return decode_plain(l, in, error);
}

nuo_status nuo__decode_input(struct decoder *d, const nuo_input *in, struct batch *batch,
                             uint32_t *recipients, nuo_error *error) {
  struct lane l = {.decoder = d,
                   .image = &d->program->image,
                   .batch = batch,
                   .index = batch->count,
                   .bit = 1ull << batch->count,
                   .event = d->last_event,
                   .envelope = d->last_envelope};
  nuo__lane_mark(&l);
  *recipients = 1;
  if (is_open(d, in)) {
    nuo__no_error(error);
  } else {
    nuo__decoder_close(d);
    if (scan(d, in->json, in->len, error) != NUO_OK) return error->status;
  }
  if (!decode_any(&l, in, error)) {
    // Parts of a list are refused each by itself.
    if (l.adapted && d->adapting->open && d->adapting->element_count > 0)
      *recipients = d->adapting->element_count;
    else
      nuo__decoder_close(d);
    nuo__lane_take_back(d, batch, l.index);
    if (l.no_memory) *error = (nuo_error){.status = NUO_NO_MEMORY, .message = "out of memory"};
    return error->status;
  }
  if (l.adapted) {
    if (event_count(d->adapting) > 1) *recipients = event_count(d->adapting);
  } else {
    d->last_event = l.event;
    d->last_envelope = l.envelope;
  }
  nuo__lane_count(&l);
  return NUO_OK;
}
