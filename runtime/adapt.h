// SPDX-License-Identifier: Apache-2.0
// Events in somebody else's format: an envelope {"adapter", "headers", "body", "event"} and an adapter of the
// program (image.h) that says where the fields stand. What the files of this part share with each other and
// with decode.c; nobody else includes it.
//
// The body is walked once, along the names that the adapter knows; where each was found is noted. Then each
// field that `event` does not give takes its value from there. What needs no conversion is read in place, by
// the same code as in any event; what does is written as JSON first, and then read by that code.
#ifndef NUO_RUNTIME_ADAPT_H
#define NUO_RUNTIME_ADAPT_H

#include "runtime/decode_lane.h"

// A value that was found.
enum finding { FOUND_NOTHING, FOUND_JSON, FOUND_TEXT };
struct found {
  const char *at;  // JSON: in the text of the event; TEXT: a text as it is, `len` bytes
  uint32_t len;
  enum finding kind;
};

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
  struct found *found;   // by place of the adapter at hand
  uint32_t *guess;       // by ADAPTER_PLACES: which name within it comes next, as in the event before
  nuo_text *recipients;  // texts; LIMIT_RECIPIENTS
  uint32_t recipient_count;
  size_t found_size;
  bool last;  // the last event was an envelope
  // The envelope at hand: several events may be made of it, one for each recipient.
  bool open;
  const char *text;
  size_t len;
  uint32_t adapter;                // by which it was read
  const char *event_at, *body_at;  // the values of the members `event` and `body`, or NULL
};

struct adapting *nuo__adapting_new(const nuo_program *program, const nuo_allocator *allocator);
void nuo__adapting_free(const nuo_program *program, const nuo_allocator *allocator,
                        struct adapting *adapting);

// Whether the text, with the map made, is an envelope; then *good tells whether it was read, which has
// filled in `found` and the recipients. `wanted` names the adapter of one that names none; empty: it has to.
bool nuo__adapt_open(struct lane *lane, nuo_text wanted, bool *good);
// Makes the event of one of its recipients in the lane, which has begun; false when it is refused.
bool nuo__adapt_event(struct lane *lane, uint32_t recipient);

// Where in the event's text a mistake about it is.
static inline const char *nuo__adapt_place(const struct lane *l, const struct found *found) {
  return found->kind == FOUND_JSON ? found->at : l->decoder->adapting->body_at;
}

// ---- adapt_value.c ----
// What was found, as a value; false when it is refused.
bool nuo__adapt_scalar(struct lane *lane, const struct found *found, struct scalar *value);
// Reads what was found into the field, converted as the source says.
bool nuo__adapt_value(struct lane *lane, uint32_t field, const struct image_adapter_source *source,
                      const struct found *found);
// What was found as a flag, turned round if the source says so.
bool nuo__adapt_flag(struct lane *lane, uint32_t field, const struct image_adapter_source *source,
                     const struct found *found, bool *flag);
// What the adapter's list says of the value; false when it is not on it.
bool nuo__adapt_chosen(struct lane *lane, const struct image_adapter_source *source,
                       const struct found *found, nuo_text *value);
// Of a source that is refused: whether this value is one of those; without any all are. False as well when
// there is a mistake.
bool nuo__adapt_is_chosen(struct lane *lane, const struct image_adapter_source *source,
                          const struct found *found);
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
