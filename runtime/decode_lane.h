// SPDX-License-Identifier: Apache-2.0
// What decode.c (objects, types, envelopes) and decode_value.c (values into registers) share. Nobody else
// includes it.
#ifndef NUO_RUNTIME_DECODE_LANE_H
#define NUO_RUNTIME_DECODE_LANE_H

#include "runtime/decode.h"
#include "runtime/json.h"
#include "runtime/limits.h"
#include "runtime/scratch.h"

// A member of an envelope that is a field of the schema: it counts when "data" does not give the field.
struct attribute {
  uint32_t field;
  const char *at;
};

struct decoder {
  const nuo_program *program;
  const nuo_allocator *allocator;
  struct scratch strings;  // those that needed unescaping, until the batch is done
  uint32_t last_event;     // guess for the next event
  bool last_envelope;
  uint32_t only_enforceable;  // the type of an event that does not say its type, or IMAGE_NONE
  struct json_name *names;    // JSON_NAME_CAP
  // Which member came next, the last time: after each member, in each record, in each event. MEMBERS indexes,
  // or IMAGE_NONE. A sender writes its events alike, so most names are confirmed by one comparison.
  uint32_t *after_member, *in_record, *in_event;
  size_t guess_count;
  uint64_t *present;  // one bit a field of the program: given in this event, and not null
  size_t present_words;
  uint32_t attribute_count;
  struct attribute attributes[LIMIT_ENVELOPE_ATTRIBUTES];
  // What there was before the last event, which may be taken back.
  uint32_t pool_before;
  struct scratch_mark strings_before;
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
  const struct image_event *type;  // as which it is being decoded
  bool envelope;                   // the text is read as a CloudEvents envelope
  bool saw_type, saw_envelope;     // it says so itself
  bool again;                      // the guess was wrong; `event` and `envelope` are right now
  bool no_memory;
};

static inline const char *nuo__lane_str(const struct lane *l, struct image_str s) {
  return l->image->STRINGS + s.at;
}
// Refuses the event for what stands in a field; always false.
bool nuo__lane_fail(struct lane *l, const char *place, const struct image_field *f, const char *en,
                    const char *zh);
// The string's text: borrowed from the input, or unescaped into the decoder's memory. False when there is
// none.
bool nuo__lane_text(struct lane *l, const struct json_string *s, const char **at, uint32_t *len);
// How much of a text of the event a message shows: `most` bytes at most.
static inline int nuo__lane_cut(uint32_t len, uint32_t most) {
  return (int)(len < most ? len : most);
}
// Reads the value to come, which is not null, into the field's register, and keeps it if it is the event's
// identity, time or zone.
bool nuo__lane_value(struct lane *l, uint32_t field);

#endif
