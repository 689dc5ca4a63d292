// SPDX-License-Identifier: Apache-2.0
// What the decoder knows before any event: for each member its name as words to compare, how its value is
// written nearly always, and a table of the enumerators. Made once a session. Called by decode.c.
#include <string.h>

#include "runtime/alloc.h"
#include "runtime/decode_lane.h"
#include "runtime/vm.h"

// ---- enumerators ----

static size_t choice_room(const struct image_field *f) {
  size_t room = 2;
  while (room < 2 * (size_t)f->enum_count) room *= 2;
  return room;
}

// Whether a table is made of the field's enumerators. A plane for each, at most.
static bool has_choices(const struct image *image, const struct image_field *f) {
  if (f->reg_class == REG_NONE || (f->kind != VALUE_ENUM && f->element != VALUE_ENUM)) return false;
  if (choice_room(f) > CHOICES_MAX) return false;
  for (uint32_t i = 1; i < f->asked_count; i++)
    if (image->ASKED[f->asked_first + i - 1].ordinal >= image->ASKED[f->asked_first + i].ordinal)
      return false;
  return true;
}

static uint32_t plane_of(const struct image *image, const struct image_field *f, uint32_t ordinal) {
  for (uint32_t i = 0; i < f->asked_count; i++) {
    const struct image_asked *asked = &image->ASKED[f->asked_first + i];
    if (asked->ordinal == ordinal) return asked->plane;
  }
  return image->PROGRAM->plane_count;
}

// Puts them where the hash says, or behind; false when one had to go behind. Longer names are left to the
// search through all. A name that stands for two enumerators is the first of them.
static bool fill_choices(const struct image *image, const struct image_field *f, uint32_t seed,
                         struct choice *choices) {
  const size_t room = choice_room(f);
  bool direct = true;
  for (size_t i = 0; i < room; i++) choices[i] = (struct choice){.ordinal = IMAGE_NONE};
  for (uint32_t i = 0; i < f->enum_count; i++) {
    const struct image_str name = image->ENUMERATORS[f->enum_first + i].name;
    struct choice choice = {{0, 0}, i, plane_of(image, f, i)}, *c;
    if (name.len > sizeof choice.text) continue;
    memcpy(choice.text, image->STRINGS + name.at, name.len);
    size_t at = nuo__choice_hash(choice.text, seed);
    while (c = &choices[at++ % room], c->ordinal != IMAGE_NONE && !nuo__choice_is(c, choice.text))
      direct = false;
    if (c->ordinal == IMAGE_NONE) *c = choice;
  }
  return direct;
}

// A seed with which each is found at once, if there is one among the first.
static uint32_t know_choices(const struct image *image, const struct image_field *f, struct choice *choices) {
  enum { SEEDS = 64 };
  uint32_t seed = 0;
  while (!fill_choices(image, f, seed, choices) && seed < SEEDS) seed++;
  return seed;
}

// ---- members ----

static void know_name(const char *name, uint32_t len, struct step *s) {
  char bytes[STEP_NAME], mask[STEP_NAME];
  const bool fits = len <= STEP_NAME - 3;
  memset(bytes, 0xFF, sizeof bytes);
  memset(mask, 0xFF, sizeof mask);
  if (fits) {
    bytes[0] = bytes[len + 1] = '"';
    memcpy(bytes + 1, name, len);
    bytes[len + 2] = ':';
    memset(mask + len + 3, 0, STEP_NAME - 3 - len);
    s->size = (uint8_t)(len + 3);
  }
  memcpy(s->name, bytes, sizeof s->name);
  memcpy(s->mask, mask, sizeof s->mask);
}

static enum shape unread_shape(const struct image_field *f) {
  switch (f->kind) {
    case VALUE_NUMBER:
    case VALUE_DECIMAL:
    case VALUE_DURATION:
      return SHAPE_UNREAD_NUMBER;
    case VALUE_FLAG:
      return SHAPE_UNREAD_FLAG;
    case VALUE_LIST:
      return SHAPE_OTHER;
    default:
      return SHAPE_UNREAD_TEXT;
  }
}

static enum shape read_shape(const struct image *image, const struct image_field *f) {
  switch (f->kind) {
    case VALUE_TEXT:
      return SHAPE_TEXT;
    case VALUE_ENUM:
      return has_choices(image, f) ? SHAPE_ENUM : SHAPE_OTHER;
    case VALUE_FLAG:
      return SHAPE_FLAG;
    case VALUE_NUMBER:
    case VALUE_DURATION:
      return SHAPE_NUMBER;
    case VALUE_INSTANT:
      return SHAPE_INSTANT;
    case VALUE_LIST:
      return f->element == VALUE_TEXT ? SHAPE_TEXT_LIST
             : has_choices(image, f)  ? SHAPE_ENUM_LIST
                                      : SHAPE_OTHER;
    default:
      return SHAPE_OTHER;
  }
}

static enum shape shape_of(const struct image *image, uint32_t field) {
  const struct image_field *f = &image->FIELDS[field];
  const struct image_event *event = &image->EVENTS[f->event];
  if (field == event->zone) return SHAPE_ZONE;
  if (field == event->identity)
    return f->reg_class == REG_NONE && f->kind == VALUE_TEXT ? SHAPE_IDENTITY : SHAPE_OTHER;
  return f->reg_class == REG_NONE ? unread_shape(f) : read_shape(image, f);
}

// `free`: of the decoder's choices, the first that are not taken.
static void know_field(struct decoder *d, uint32_t field, struct choice **free, struct step *s) {
  const struct image *image = &d->program->image;
  const struct image_field *f = &image->FIELDS[field];
  s->field = field;
  s->reg = f->reg;
  s->shape = (uint8_t)shape_of(image, field);
  if (!has_choices(image, f)) return;
  s->count = (uint32_t)choice_room(f);
  s->choices = *free;
  s->seed = know_choices(image, f, *free);
  *free += s->count;
}

static size_t step_count(const struct decoder *d) {
  return (size_t)nuo__first_place(&d->program->image) + d->program->image.ADAPTER_PLACES_count + 1;
}

// The step that no member is.
static struct step *nothing(const struct decoder *d) {
  return d->steps + step_count(d) - 1;
}

// Whether a record without the member is not whole.
static bool is_required(const struct image *image, const struct image_member *m) {
  if (m->optional) return false;
  if (m->field != IMAGE_NONE) return true;
  for (uint32_t i = 0; i < m->child_count; i++)
    if (is_required(image, &image->MEMBERS[m->child_first + i])) return true;
  return false;
}

// Whether a field that an event has to have stands where a member may be left out: no compiler makes such an
// image, but it may come from anywhere.
static bool is_ambiguous(const struct image *image, uint32_t first, uint32_t count, bool optional) {
  for (uint32_t i = first; i < first + count; i++) {
    const struct image_member *m = &image->MEMBERS[i];
    const bool may_miss = optional || m->optional;
    if (m->field == IMAGE_NONE ? is_ambiguous(image, m->child_first, m->child_count, may_miss)
                               : may_miss && !(image->FIELDS[m->field].flags & FIELD_OPTIONAL))
      return true;
  }
  return false;
}

// Whether JSON writes the name without escapes: no compiler makes another.
static bool is_plain_name(const struct image *image, struct image_str name) {
  const char *at = image->STRINGS + name.at;
  for (uint32_t i = 0; i < name.len; i++)
    if (at[i] == '"' || at[i] == '\\' || (unsigned char)at[i] < 0x20) return false;
  return true;
}

// `first`: of the steps.
static void know_record(struct decoder *d, uint32_t first, uint32_t count, struct step *record) {
  const struct image *image = &d->program->image;
  record->shape = SHAPE_RECORD;
  record->first = first;
  record->count = count;
  record->inner = nothing(d);
  if (count > STEP_PLACES) record->required = STEP_TYPE;
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t bit = i < STEP_PLACES ? UINT64_C(1) << i : 0;
    d->steps[first + i].bit = is_plain_name(image, nuo__step_name(image, first + i)) ? bit : 0;
    if (first < image->MEMBERS_count && is_required(image, &image->MEMBERS[first + i]))
      record->required |= bit;
  }
}

static void know_members(struct decoder *d) {
  const struct image *image = &d->program->image;
  struct choice *free = d->choices;
  for (uint32_t i = 0; i < image->MEMBERS_count; i++) {
    const struct image_member *m = &image->MEMBERS[i];
    know_name(image->STRINGS + m->name.at, m->name.len, &d->steps[i]);
    if (m->field == IMAGE_NONE) {
      know_record(d, m->child_first, m->child_count, &d->steps[i]);
    } else {
      know_field(d, m->field, &free, &d->steps[i]);
      d->member_of[m->field] = i;
    }
  }
}

// Its own members that say what the text is go the long way.
static void leave_kinds(struct decoder *d, const struct step *event) {
  for (uint32_t i = event->first; i < event->first + event->count; i++) {
    const struct image_str s = d->program->image.MEMBERS[i].name;
    const struct json_string name = {d->program->image.STRINGS + s.at, s.len, false};
    if (nuo__lane_is_kind(&name)) d->steps[i].bit = 0;
  }
}

static uint32_t know_required(struct decoder *d, const struct image_event *event, uint32_t count) {
  for (uint32_t i = event->field_first; i < event->field_first + event->field_count; i++)
    if (!(d->program->image.FIELDS[i].flags & FIELD_OPTIONAL)) d->required[count++] = i;
  d->required[count++] = IMAGE_NONE;
  return count;
}

static void know_events(struct decoder *d) {
  const struct image *image = &d->program->image;
  uint32_t required = 0;
  for (uint32_t i = 0; i < image->EVENTS_count; i++) {
    const struct image_event *event = &image->EVENTS[i];
    struct step *s = nuo__step_of_event(d, i);
    know_name("type", 4, s);
    know_record(d, event->member_first, event->member_count, s);
    s->shape = SHAPE_TYPE;
    s->field = required;
    required = know_required(d, event, required);
    s->bit = STEP_TYPE;
    leave_kinds(d, s);
    if (is_ambiguous(image, event->member_first, event->member_count, false)) s->required |= STEP_TYPE;
  }
}

// ---- places ----

static void know_places(struct decoder *d) {
  const struct image *image = &d->program->image;
  for (uint32_t i = 0; i < image->ADAPTER_PLACES_count; i++) {
    const struct image_place *place = &image->ADAPTER_PLACES[i];
    struct step *s = nuo__step_of_place(d, i);
    know_name(image->STRINGS + place->name.at, place->name.len, s);
    s->shape = SHAPE_PLACE;
    s->field = i;
  }
  for (uint32_t i = 0; i < image->ADAPTER_PLACES_count; i++) {
    const struct image_place *place = &image->ADAPTER_PLACES[i];
    if (place->child_count == 0) continue;
    know_record(d, nuo__first_place(image) + place->child_first, place->child_count,
                nuo__step_of_place(d, i));
  }
}

// ---- names ----

static size_t name_hash(uint32_t record_first, const char *name, size_t len) {
  return (size_t)(nuo__hash_mix(record_first, nuo__hash(name, len)) >> 8);
}

// Where a name of the record is, or would be.
static uint32_t *name_place(const struct decoder *d, uint32_t first, uint32_t count, const char *name,
                            size_t len) {
  const struct image *image = &d->program->image;
  for (size_t at = name_hash(first, name, len);; at++) {
    uint32_t *place = &d->names_at[at & (d->names_room - 1)];
    if (*place == IMAGE_NONE) return place;
    const struct image_str s = nuo__step_name(image, *place);
    if (*place - first < count && s.len == len && nuo__same_bytes(image->STRINGS + s.at, name, len))
      return place;
  }
}

static void know_names(const struct decoder *d, const struct step *record) {
  const struct image *image = &d->program->image;
  for (uint32_t i = record->first; i < record->first + record->count; i++) {
    const struct image_str s = nuo__step_name(image, i);
    uint32_t *place = name_place(d, record->first, record->count, image->STRINGS + s.at, s.len);
    if (*place == IMAGE_NONE) *place = i;
  }
}

struct step *nuo__step_find(const struct decoder *d, const struct step *record, const char *name,
                            size_t len) {
  const uint32_t member = *name_place(d, record->first, record->count, name, len);
  return member == IMAGE_NONE ? NULL : d->steps + member;
}

// ---- memory ----

static size_t all_choices(const struct image *image) {
  size_t count = 0;
  for (uint32_t i = 0; i < image->FIELDS_count; i++)
    if (has_choices(image, &image->FIELDS[i])) count += choice_room(&image->FIELDS[i]);
  return count;
}

static size_t required_size(const struct image *image) {
  return ((size_t)image->FIELDS_count + image->EVENTS_count) * sizeof(uint32_t);
}

static bool get_memory(struct decoder *d) {
  const struct image *image = &d->program->image;
  d->choice_count = all_choices(image);
  d->names_room = 2;
  while (d->names_room < 2 * ((size_t)image->MEMBERS_count + image->ADAPTER_PLACES_count)) d->names_room *= 2;
  d->steps = nuo__alloc(d->allocator, step_count(d) * sizeof *d->steps);
  d->choices = nuo__alloc(d->allocator, d->choice_count * sizeof *d->choices);
  d->member_of = nuo__alloc(d->allocator, image->FIELDS_count * sizeof *d->member_of);
  d->required = nuo__alloc(d->allocator, required_size(image));
  d->names_at = nuo__alloc(d->allocator, d->names_room * sizeof *d->names_at);
  return d->steps != NULL && d->member_of != NULL && d->required != NULL && d->names_at != NULL &&
         (d->choices != NULL || d->choice_count == 0);
}

bool nuo__decoder_know(struct decoder *d) {
  const struct image *image = &d->program->image;
  if (!get_memory(d)) return false;
  memset(d->steps, 0, step_count(d) * sizeof *d->steps);
  for (struct step *s = d->steps; s <= nothing(d); s++) s->next = nothing(d);
  know_name("", UINT32_MAX, nothing(d));
  for (uint32_t i = 0; i < d->names_room; i++) d->names_at[i] = IMAGE_NONE;
  know_members(d);
  know_events(d);
  know_places(d);
  for (uint32_t i = 0; i < image->MEMBERS_count; i++)
    if (image->MEMBERS[i].field == IMAGE_NONE) know_names(d, &d->steps[i]);
  for (uint32_t i = 0; i < image->EVENTS_count; i++) know_names(d, nuo__step_of_event(d, i));
  for (uint32_t i = 0; i < image->ADAPTER_PLACES_count; i++)
    if (image->ADAPTER_PLACES[i].child_count > 0) know_names(d, nuo__step_of_place(d, i));
  return true;
}

void nuo__decoder_forget(struct decoder *d) {
  nuo__free(d->allocator, d->steps, step_count(d) * sizeof *d->steps);
  nuo__free(d->allocator, d->member_of, d->program->image.FIELDS_count * sizeof *d->member_of);
  nuo__free(d->allocator, d->required, required_size(&d->program->image));
  nuo__free(d->allocator, d->names_at, d->names_room * sizeof *d->names_at);
  nuo__free(d->allocator, d->choices, d->choice_count * sizeof *d->choices);
}
