// SPDX-License-Identifier: Apache-2.0
// What the files of the decoder share: decode.c (types, envelopes, one event), decode_object.c (members),
// decode_value.c (values into registers), decode_known.c (what is known before any event). Nobody else
// includes it.
#ifndef NUO_RUNTIME_DECODE_LANE_H
#define NUO_RUNTIME_DECODE_LANE_H

#include "runtime/decode.h"
#include "runtime/json.h"
#include "runtime/limits.h"
#include "runtime/scratch.h"

// A member of an envelope that is a field of the schema: it counts when "data" does not give the field.
struct attribute {
  uint32_t member;
  const char *at;
};

// How a member's value is written nearly always. Whatever is written otherwise, and all of SHAPE_OTHER, is
// read by decode_value.c.
enum shape {
  SHAPE_RECORD,
  SHAPE_TYPE,  // the member "type" that names the event's type
  SHAPE_OTHER,
  SHAPE_TEXT,
  SHAPE_ENUM,
  SHAPE_FLAG,
  SHAPE_NUMBER,
  SHAPE_INSTANT,
  SHAPE_TEXT_LIST,
  SHAPE_ENUM_LIST,
  SHAPE_IDENTITY,     // a text that no rule reads
  SHAPE_ZONE,         // of the event
  SHAPE_UNREAD_TEXT,  // or something else in quotes
  SHAPE_UNREAD_NUMBER,
  SHAPE_UNREAD_FLAG,
  SHAPE_PLACE,  // of an adapter: where it stands is noted (adapt.h)
  SHAPE_COUNT
};

// An enumerator that a text may be: the text filled up with zeros, and its plane.
struct choice {
  uint64_t text[2];
  uint32_t ordinal;  // IMAGE_NONE: nothing is here
  uint32_t plane;    // batch->planes[PROGRAM->plane_count] where nobody asks for it
};

// What is known of a member before any event, and which member came after it the last time: a sender writes
// its events alike, so most names are confirmed by one comparison. An event type is a step as well: as a
// record of its members, and as its member "type". So is a place of an adapter, which has no register.
struct step {
  // The name in quotes and a colon; mask: the bytes of both words that count. Of a name that is too long, and
  // of the step behind the last one, which nothing is, bytes that no UTF-8 has.
  uint64_t name[2], mask[2];
  uint64_t bit;        // its place in the record's objects; 0: it has none and is never guessed
  struct step *next;   // which came behind it
  struct step *inner;  // of a record: which came first
  union {
    const struct choice *choices;  // of an enumeration: `count`, a power of two
    uint64_t required;             // of a record: the members without which it is not whole; with STEP_TYPE
                                   // they are not all
  };
  union {
    uint32_t first;  // of a record: the first of its `count` members, steps as well
    uint32_t seed;   // of an enumeration
  };
  uint32_t count;
  uint32_t field;  // of a place: ADAPTER_PLACES; of an event: the first of the decoder's `required`
  uint16_t reg;
  uint8_t size;   // of the name, quotes and colon; 0: too long
  uint8_t shape;  // enum shape
};

enum { STEP_NAME = 16, STEP_PLACES = 63 };
#define STEP_TYPE (UINT64_C(1) << STEP_PLACES)  // the place of the member "type" that names the event's type

// Of an enumeration: at least twice as many places as enumerators, and so few that a session has room for it.
enum { CHOICES_MAX = 1024 };

// A value in somebody else's format that was found.
enum finding { FOUND_NOTHING, FOUND_JSON, FOUND_TEXT };
struct found_value {
  const char *at;  // JSON: in the text of the event; TEXT: a text as it is, `len` bytes
  uint32_t len;
  enum finding kind;
};

// The zone that an event named last. `len` is greater than any name before the first.
struct known_zone {
  char name[32];
  uint32_t len;
  uint16_t handle;
};

// An object while it is walked.
struct walk {
  struct json_object object;
  struct step *record;  // what it is
  struct step *last;    // the member read last that has a place, or NULL
  uint64_t seen, null;  // one bit a place; a name without a place is noted in `object`
  bool outermost;
};

struct decoder {
  const nuo_program *program;
  const nuo_allocator *allocator;
  struct scratch strings;  // those that needed unescaping, until the batch is done
  uint64_t *ends;          // of the text at hand (scan.h)
  size_t ends_words;       // room there
  uint32_t last_event;     // guess for the next event
  bool last_envelope;
  uint32_t only_enforceable;  // the type of an event that does not say its type, or IMAGE_NONE
  struct json_name *names;    // JSON_NAME_CAP
  struct step *steps;         // of MEMBERS, of EVENTS, of ADAPTER_PLACES, and one for nothing
  struct choice *choices;     // of all enumerations
  size_t choice_count;
  struct known_zone zone;
  uint32_t *member_of;  // of each field: MEMBERS
  uint32_t *required;   // of each event, one after the other: fields that it has to have, then IMAGE_NONE
  uint32_t *names_at;   // a table of all members and places by record and name: steps, or IMAGE_NONE
  uint32_t names_room;  // a power of two
  uint64_t *present;    // one bit a step; of a member: it was given in this event, and not null
  size_t present_words;
  struct walk walks[LIMIT_EVENT_DEPTH + 2];  // of the known objects that are open, from the second on
  uint32_t attribute_count;
  struct attribute attributes[LIMIT_ENVELOPE_ATTRIBUTES];
  struct adapting *adapting;  // adapt.h; NULL: the program has no adapters
  struct found_value *found;  // by ADAPTER_PLACES: of the event at hand
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
  struct walk *walk;      // of the innermost known object that is open
  const char *last_name;  // behind it there are too few bytes to compare with a step's name
  uint32_t event;
  const struct image_event *type;  // as which it is being decoded
  bool envelope;                   // the text is read as a CloudEvents envelope
  bool saw_type, saw_envelope;     // it says so itself
  bool again;                      // the guess was wrong; `event` and `envelope` are right now
  bool is_whole;                   // all that the event has to have was given
  bool adapted;                    // the text says that it is an envelope of an adapter
  bool plain;                      // it is known to be none
  bool no_memory;
};

// Makes what is known before any event; false when out of memory. And gives it back (decode_known.c).
bool nuo__decoder_know(struct decoder *decoder);
void nuo__decoder_forget(struct decoder *decoder);

static inline struct step *nuo__step_of_event(const struct decoder *d, uint32_t event) {
  return d->steps + d->program->image.MEMBERS_count + event;
}
static inline uint32_t nuo__first_place(const struct image *image) {
  return image->MEMBERS_count + image->EVENTS_count;
}
static inline struct step *nuo__step_of_place(const struct decoder *d, uint32_t place) {
  return d->steps + nuo__first_place(&d->program->image) + place;
}
// Of a step that is something.
static inline bool nuo__step_is_place(const struct decoder *d, const struct step *s) {
  return s >= nuo__step_of_place(d, 0);
}
// What a member or a place is called.
static inline struct image_str nuo__step_name(const struct image *image, uint32_t step) {
  return step < image->MEMBERS_count ? image->MEMBERS[step].name
                                     : image->ADAPTER_PLACES[step - nuo__first_place(image)].name;
}
// The member or place in the record that has this name, or NULL (decode_known.c).
struct step *nuo__step_find(const struct decoder *d, const struct step *record, const char *name, size_t len);
static inline size_t nuo__choice_hash(const uint64_t text[2], uint32_t seed) {
  return (size_t)(nuo__hash_mix(text[1] + seed, text[0]) >> 16);
}
static inline bool nuo__choice_is(const struct choice *c, const uint64_t text[2]) {
  return c->text[0] == text[0] && c->text[1] == text[1];
}

// The text, filled up with zeros, among the enumerators of the field; NULL: not found at once.
static inline const struct choice *nuo__choice_find(const struct step *s, const uint64_t text[2]) {
  for (size_t i = nuo__choice_hash(text, s->seed);; i++) {
    const struct choice *c = &s->choices[i & (s->count - 1)];
    if (c->ordinal == IMAGE_NONE) return NULL;
    if (nuo__choice_is(c, text)) return c;
  }
}

static inline const char *nuo__lane_str(const struct lane *l, struct image_str s) {
  return l->image->STRINGS + s.at;
}
// Refuses the event for what stands in a field; always false.
bool nuo__lane_fail(struct lane *l, const char *place, const struct image_field *f, const char *en,
                    const char *zh);
// The same for what a value may be that does not fit its field, however it was given. Members of JSON say of
// texts and lists how they are written, too.
#define MISFITS                                                                                       \
  MISFIT(NUMBER, "a number is expected", "应为数字")                                                  \
  MISFIT(FLAG, "true or false is expected", "应为 true 或 false")                                     \
  MISFIT(TEXT, "a text is expected", "应为文本")                                                      \
  MISFIT(INSTANT, "an instant is expected", "应为时点")                                               \
  MISFIT(DATE, "a date is expected", "应为日期")                                                      \
  MISFIT(CLOCK, "a clock time is expected", "应为钟点")                                               \
  MISFIT(DURATION, "a duration is expected", "应为时长")                                              \
  MISFIT(LIST, "a list is expected", "应为列表")                                                      \
  MISFIT(OTHER, "a value of another type is expected", "值的类型不对")                                \
  MISFIT(DECIMAL, "more than six digits after the point, or too large", "小数超过六位，或者数值过大") \
  MISFIT(YEARS, "outside the years 1 to 9999", "超出公元 1 年至 9999 年")                             \
  MISFIT(DAY, "outside 00:00 to 24:00", "超出 00:00 至 24:00")                                        \
  MISFIT(LENGTH, "more than 4096 elements", "列表超过 4096 项")
enum misfit {
#define MISFIT(name, en, zh) MISFIT_##name,
  MISFITS
#undef MISFIT
};
bool nuo__lane_misfit(struct lane *l, const char *place, const struct image_field *f, enum misfit misfit);
// The string's text: borrowed from the input, or unescaped into the decoder's memory. False when there is
// none.
bool nuo__lane_text(struct lane *l, const struct json_string *s, const char **at, uint32_t *len);
// How much of a text of the event a message shows: `most` bytes at most.
static inline int nuo__lane_cut(uint32_t len, uint32_t most) {
  return (int)(len < most ? len : most);
}
// What a message shows of a value of the field (NULL: of none), nothing of a sensitive one.
static inline nuo_text nuo__lane_shown(const struct image_field *f, nuo_text value) {
  enum { MOST = 40 };
  if (f != NULL && f->flags & FIELD_SENSITIVE) return (nuo_text){"***", 3};
  return (nuo_text){value.text, value.len < MOST ? value.len : MOST};
}
bool nuo__escaped_name_is(const struct json_string *name, const char *wanted, size_t len);
// Inlined, with `wanted` a constant: one compare of lengths and at most two of words.
static inline bool nuo__name_is(const struct json_string *name, const char *wanted) {
  const size_t len = strlen(wanted);
  if (name->escaped) return nuo__escaped_name_is(name, wanted, len);
  return name->len == len && memcmp(name->raw, wanted, len) == 0;
}
// The members that say what the text is: they are never taken for what they were the last time.
static inline bool nuo__lane_is_kind(const struct json_string *name) {
  return nuo__name_is(name, "type") || nuo__name_is(name, "specversion") || nuo__name_is(name, "adapter");
}
// Whether a member that is a field was given in this event, and not null.
static inline bool nuo__lane_has(const struct lane *l, uint32_t member) {
  return l->decoder->present[member / 64] >> (member % 64) & 1;
}
// That the members are there whose bits are set, counted from `first`.
static inline void nuo__lane_given(struct lane *l, uint32_t first, uint64_t bits) {
  uint64_t *word = &l->decoder->present[first / 64];
  word[0] |= bits << first % 64;
  word[1] |= bits >> 1 >> (63 - first % 64);
}
// Reads the value to come, which is not null, into the field's register, and keeps it if it is the event's
// identity, time or zone.
bool nuo__lane_value(struct lane *l, uint32_t field);
// Puts a value into the field as if it had been read; false when it has to be read, for the field is of
// another kind. The text is not copied.
bool nuo__lane_put_text(struct lane *l, uint32_t field, const char *at, uint32_t len);
bool nuo__lane_put_number(struct lane *l, uint32_t field, int64_t value);

// What the text names: an enumerator of the field, a time zone. False when there is none, or no memory.
bool nuo__lane_ordinal(struct lane *l, const char *place, const struct image_field *f, nuo_text text,
                       int64_t *ordinal);
bool nuo__lane_zone(struct lane *l, const char *place, const struct image_field *f, nuo_text name,
                    int64_t *value);
// Sets the plane of an enumerator that some rule asks for.
void nuo__lane_ask(struct lane *l, const struct image_field *f, int64_t ordinal);
// Put a value into the field's register: a number of any kind, a flag, elements of the pool.
void nuo__lane_store(struct lane *l, const struct image_field *f, int64_t value);
void nuo__lane_list(struct lane *l, const struct image_field *f, uint32_t first, uint32_t count);
static inline void nuo__lane_flag(struct lane *l, uint16_t reg, bool value) {
  struct plane *plane = &l->batch->planes[reg];
  plane->t |= l->bit & -(uint64_t)value;
  plane->f |= l->bit & ~-(uint64_t)value;
}

// Reads an object whose members are those of `record`: an event's, `outermost` or in an envelope, or a
// record's (decode_object.c).
bool nuo__lane_members(struct lane *l, struct step *record, bool outermost);
// Refuses the event when one of the members that have to be there, or of those of records in it, was not
// given.
bool nuo__lane_check_given(struct lane *l, uint32_t first, uint32_t count);
// Refuses the event when one of the fields that every event of its type has was not given.
bool nuo__lane_check_required(struct lane *l);
// Refuses an event of a type that the program does not know, or that is longer than may be; false.
bool nuo__lane_no_type(struct lane *l, const char *place, nuo_text type);
void nuo__event_too_long(nuo_error *error);

// Before anything of an event is put into the lane; when it is refused; and when it was taken.
static inline void nuo__lane_mark(struct lane *l) {
  l->decoder->pool_before = l->batch->pool_count;
  l->decoder->strings_before = nuo__scratch_mark(&l->decoder->strings);
}
void nuo__lane_take_back(struct decoder *d, struct batch *batch, uint32_t lane);
static inline void nuo__lane_count(struct lane *l) {
  l->batch->event[l->index] = l->event;
  l->batch->event_lanes[l->event] |= l->bit;
  l->batch->count++;
}

// What decode.c makes of a member of the outermost object that says what the text is, or of one of an
// envelope.
bool nuo__lane_kind(struct lane *l, const struct json_string *name);
bool nuo__lane_enveloped(struct lane *l, const struct json_string *name, const struct step *s);

#endif
