// SPDX-License-Identifier: Apache-2.0
// Events that come as values (nuo_form_* of nuo.h): names once, then rows. form.c matches the names with the
// versions of the policy that the session goes by, form_read.c puts a row into a lane, form_json.c writes it.
#ifndef NUO_RUNTIME_FORM_H
#define NUO_RUNTIME_FORM_H

#include "runtime/decode_lane.h"
#include "runtime/session.h"

#define FORM_WORDS (NUO_FORM_MAX / 64 + 1)  // one bit a name, and one more: see `struct fit`

// Where the values of a name go in a version.
enum aim {
  AIM_NOTHING,  // it has no such field
  AIM_FIELD,
  AIM_TWICE,   // it is the field of a name before this one
  AIM_RECORD,  // it is a record, or in what is none
  AIM_WITHIN,
};
struct slot {
  const struct image_field *field;
  const struct step *step;
  // Of a field, what comes nearly always: the kind of its value, and how that is put into the register `reg`.
  nuo_value_kind usual;
  enum shape shape;
  uint16_t reg;
  uint8_t aim;  // enum aim
  bool identity, zone;
};

// A record that may be left out, but not in part. Bits of `struct fit`.
struct group {
  uint32_t member;  // MEMBERS
  uint64_t any[FORM_WORDS], required[FORM_WORDS];
  bool lacks;  // something required has no name
};

// A form in one version. The slot behind those of the names is for a field "type", which has the event's type
// where no name stands for it, as in JSON.
struct fit {
  const struct image *image;
  uint32_t event;  // EVENTS, or IMAGE_NONE
  struct slot *slots;
  uint64_t required[FORM_WORDS];  // what every event has
  bool lacks;
  struct group *groups;
  uint32_t group_count, group_room;
};

struct nuo_form {
  nuo_session *session;
  nuo_allocator allocator;
  nuo_text event, *names;  // in `block`
  size_t count;
  void *block;
  size_t block_size;
  struct fit *fits;  // of the session's versions, when `lineup` is the number of its lineup
  size_t fit_count;
  uint64_t lineup;
  // As JSON has it, by the first version that knows it: type and names, and the order in which members of one
  // record come together.
  nuo_text wire, *paths;
  uint16_t *order;
  size_t overhead;  // bytes of JSON at most, beside texts and items of lists
  struct text_out out;
};

// Matches the names with what the session goes by, if that has changed. NUO_NO_MEMORY: it may be tried again.
nuo_status nuo__form_match(nuo_form *form);
// Puts the row into lane batch->count of the session's version and counts it. On NUO_BAD_EVENT the lane is as
// before.
nuo_status nuo__form_read(nuo_form *form, size_t version, const nuo_value *values, nuo_error *error);
// Writes the event to form->out; false when it is nothing that JSON can say.
bool nuo__form_write(nuo_form *form, const nuo_value *values);

#endif
