// SPDX-License-Identifier: Apache-2.0
// Events in somebody else's format: an envelope {"adapter", "headers", "body", "event"} and an adapter of the
// program (image.h) that says where the fields stand. What the files of this part share with each other and
// with the decoder; nobody else includes it.
//
// The text is walked once: `event` as any event, the body and the headers along the names that the adapter
// knows, which are steps of the decoder like those of the schema; where each was found is noted. Then each
// field that `event` does not give takes its value from there. An envelope that names its adapter behind what
// the adapter reads is walked again, and so is one in which something is wrong, so that the mistake told
// does not depend on how it was found.
#ifndef NUO_RUNTIME_ADAPT_H
#define NUO_RUNTIME_ADAPT_H

#include "runtime/decode_lane.h"

// A value by itself: a text, a number as it is written, a flag, or something of several parts.
enum scalar_kind { SCALAR_TEXT, SCALAR_NUMBER, SCALAR_FLAG, SCALAR_LIST, SCALAR_OBJECT };
struct scalar {
  enum scalar_kind kind;
  const char *at;
  uint32_t len;
  bool flag;
};

// What a session knows of envelopes; there is none without adapters.
struct adapting {
  nuo_text *recipients;   // texts; LIMIT_RECIPIENTS
  const char **elements;  // of a body that is a list, each an event: where they begin; as many
  uint32_t recipient_count, element_count;
  // The envelope at hand: several events may be made of it, one for each recipient.
  bool open;
  bool has_event;  // its member `event` has been read into the lane
  const char *text;
  size_t len;
  uint32_t named, adapter;  // the adapter that it names; by which it was read
  // The values of its members, or NULL.
  const char *event_at, *body_at, *headers_at, *adapter_at;
};

// Of the decoder; false when out of memory.
bool nuo__adapting_new(struct decoder *decoder);
void nuo__adapting_free(struct decoder *decoder);

// Reads the text, with the map made, as an envelope in one walk, `event` into the lane; false when it has to
// be done otherwise, for whatever reason. `wanted` names the adapter of one that names none; empty: it has
// to.
bool nuo__adapt_at_once(struct lane *lane, nuo_text wanted);
// The same step by step. Whether the text is an envelope; then *good tells whether it was read, which has
// filled in `found` and the recipients.
bool nuo__adapt_open(struct lane *lane, nuo_text wanted, bool *good);
// The adapter reads an element of the body's list; false when that is refused.
bool nuo__adapt_element(struct lane *lane, uint32_t element);
// Reads `event` into the lane, which has begun; false when it is refused.
bool nuo__adapt_begin(struct lane *lane);
// Makes of that the event of one of the recipients, or of an element; false when it is refused.
bool nuo__adapt_event(struct lane *lane, uint32_t number);

static inline const struct image_adapter *nuo__adapter_at_hand(const struct lane *l) {
  return &l->image->ADAPTERS[l->decoder->adapting->adapter];
}

// ---- adapt_walk.c: finding places ----
// Walks the values of `body` and `headers`, which stand in the text; false when they are refused.
bool nuo__adapt_body(struct lane *lane);
bool nuo__adapt_headers(struct lane *lane);
// For decode_object.c. The value to come, which is not null, of a place.
bool nuo__adapt_walk(struct lane *lane, struct step *place);
// The value to come of a member that is no place: its name may stand for several, one within the other.
bool nuo__adapt_dotted(struct lane *lane, const struct step *around, const struct json_string *name);
// The place of a header, however its name is written; NULL: there is none, or these are no headers.
struct step *nuo__adapt_header(const struct lane *lane, const struct step *around, const char *name,
                               size_t len);

// Where in the event's text a mistake about it is.
static inline const char *nuo__adapt_place(const struct lane *l, const struct found_value *found) {
  return found->kind == FOUND_JSON ? found->at : l->decoder->adapting->body_at;
}

// ---- adapt_value.c ----
// What was found, as a value; false when it is refused.
bool nuo__adapt_scalar(struct lane *lane, const struct found_value *found, struct scalar *value);
// Reads what was found into the field, converted as the source says.
bool nuo__adapt_value(struct lane *lane, uint32_t field, const struct image_adapter_source *source,
                      const struct found_value *found);
// Reads a value that the adapter gives itself, as JSON.
bool nuo__adapt_constant(struct lane *lane, uint32_t field, struct image_str json);
// What was found as a flag, turned round if the source says so.
bool nuo__adapt_flag(struct lane *lane, uint32_t field, const struct image_adapter_source *source,
                     const struct found_value *found, bool *flag);
// What the adapter's list says of the value; false when it is not on it.
bool nuo__adapt_chosen(struct lane *lane, const struct image_adapter_source *source,
                       const struct found_value *found, nuo_text *value);
// Of a source that is refused: whether this value is one of those; without any all are. False as well when
// there is a mistake.
bool nuo__adapt_is_chosen(struct lane *lane, const struct image_adapter_source *source,
                          const struct found_value *found);
// Reads JSON from elsewhere into the field, and says with a mistake where it comes from.
bool nuo__adapt_json(struct lane *lane, uint32_t field, const struct image_adapter_source *source,
                     const char *place, const char *json, size_t len);
// The text as a JSON string, in the decoder's memory; false without any.
bool nuo__adapt_quote(struct lane *lane, const char *text, size_t len, nuo_text *json);
// Refuses the event for what stands at a place of it; always false.
bool nuo__adapt_fail(struct lane *lane, const struct image_adapter_source *source, const char *place,
                     const struct image_field *field, const char *en, const char *zh);

// ---- adapt_text.c ----
// The next of a list that is parted by commas, or of mail addresses; false at its end. *bad: it is none.
bool nuo__adapt_next(struct lane *lane, uint8_t convert, nuo_text *list, nuo_text *item, bool *bad);
// application/x-www-form-urlencoded: the next name and value, decoded; as above.
bool nuo__adapt_next_pair(struct lane *lane, nuo_text *form, nuo_text *name, nuo_text *value, bool *bad);
// RFC 5322: "Sun, 22 Nov 2026 21:58:30 +0800".
bool nuo__adapt_mail_date(const char *text, size_t len, int64_t *time);
// RFC 2047, in UTF-8: "=?UTF-8?B?…?=". False when it is not that, or the memory is used up.
bool nuo__adapt_mail_text(struct lane *lane, const char *text, size_t len, nuo_text *plain);

#endif
