// SPDX-License-Identifier: Apache-2.0
// Forms, see form.h: their life, and how names are matched with a version of the policy.
#include "runtime/form.h"

#include <string.h>

#include "runtime/failure.h"
#include "runtime/text.h"
#include "runtime/utf8.h"

// Bytes of a name.
enum { NAME_MAX_BYTES = 512 };

// ---- names ----

static bool is_name(nuo_text name) {
  if (name.text == NULL || name.len == 0 || name.len > NAME_MAX_BYTES) return false;
  for (size_t i = 0; i < name.len; i++)
    if ((unsigned char)name.text[i] < 0x20 || name.text[i] == '"' || name.text[i] == '\\') return false;
  return nuo__utf8_check(name.text, name.len) == name.len;
}

// Whether `inner` is a member of what `outer` is the name of.
static bool is_within(nuo_text inner, nuo_text outer) {
  return inner.len > outer.len && inner.text[outer.len] == '.' &&
         memcmp(inner.text, outer.text, outer.len) == 0;
}

static nuo_status check_names(nuo_text event, const nuo_text *names, size_t count, nuo_error *error) {
  if (count > NUO_FORM_MAX)
    return nuo__fail(error, NUO_LIMIT, 0, "a form has at most %u fields", (unsigned)NUO_FORM_MAX);
  if (!is_name(event))
    return nuo__fail(error, NUO_BAD_ARGUMENT, 0, "the event's type is empty, too long, or no name");
  for (size_t i = 0; i < count; i++) {
    if (!is_name(names[i]))
      return nuo__fail(error, NUO_BAD_ARGUMENT, i, "field %u: it is empty, too long, or no name",
                       (unsigned)i);
    for (size_t k = 0; k < i; k++)
      if (nuo__text_equal(names[i], names[k]) || is_within(names[i], names[k]) ||
          is_within(names[k], names[i]))
        return nuo__fail(error, NUO_BAD_ARGUMENT, i, "field %u: \"%.*s\" stands for what field %u does",
                         (unsigned)i, (int)names[i].len, names[i].text, (unsigned)k);
  }
  return NUO_OK;
}

static nuo_text copy_name(char **free, nuo_text name) {
  const nuo_text copy = {*free, name.len};
  memcpy(*free, name.text, name.len);
  *free += name.len;
  return copy;
}

// One block for the lists and the names, which are there already.
static bool copy_names(nuo_form *form, nuo_text event, const nuo_text *names, size_t count) {
  const size_t lists = count * (2 * sizeof *names + sizeof *form->order);
  size_t bytes = event.len;
  for (size_t i = 0; i < count; i++) bytes += names[i].len;
  form->block_size = lists + bytes;
  form->block = nuo__alloc(&form->allocator, form->block_size);
  if (form->block == NULL) return false;
  form->names = form->block;
  form->paths = form->names + count;
  form->order = (uint16_t *)(form->paths + count);
  char *free = (char *)form->block + lists;
  form->event = copy_name(&free, event);
  for (size_t i = 0; i < count; i++) form->names[i] = copy_name(&free, names[i]);
  form->count = count;
  return true;
}

nuo_status nuo_form_new(nuo_session *s, nuo_text event, const nuo_text *names, size_t count, nuo_form **form,
                        nuo_error *error) {
  if (form == NULL) return NUO_BAD_ARGUMENT;
  *form = NULL;
  if (s == NULL || (names == NULL && count > 0))
    return nuo__fail(error, NUO_BAD_ARGUMENT, 0, "there is no session, or there are no names");
  nuo_status status = check_names(event, names, count, error);
  if (status != NUO_OK) return status;
  nuo_form *f = nuo__alloc(&s->allocator, sizeof *f);
  if (f == NULL) return NUO_NO_MEMORY;
  memset(f, 0, sizeof *f);
  f->session = s;
  f->allocator = s->allocator;
  f->out.allocator = &f->allocator;
  status = copy_names(f, event, names, count) ? nuo__form_match(f) : NUO_NO_MEMORY;
  if (status != NUO_OK) {
    nuo_form_free(f);
    return status;
  }
  *form = f;
  return NUO_OK;
}

static void free_fits(nuo_form *form) {
  for (size_t i = 0; i < form->fit_count; i++) {
    struct fit *fit = &form->fits[i];
    nuo__free(&form->allocator, fit->slots, (form->count + 1) * sizeof *fit->slots);
    nuo__free(&form->allocator, fit->groups, fit->group_room * sizeof *fit->groups);
  }
  nuo__free(&form->allocator, form->fits, form->fit_count * sizeof *form->fits);
  form->fits = NULL;
  form->fit_count = 0;
  form->lineup = 0;
}

void nuo_form_free(nuo_form *form) {
  if (form == NULL) return;
  free_fits(form);
  nuo__out_free(&form->out);
  const nuo_allocator allocator = form->allocator;
  nuo__free(&allocator, form->block, form->block_size);
  nuo__free(&allocator, form, sizeof *form);
}

// ---- one version ----

static uint32_t find_event(const struct image *image, nuo_text name) {
  const uint32_t event = nuo__event_named(image, name);
  for (uint32_t i = 0; event == IMAGE_NONE && i < image->EVENTS_count; i++) {
    const struct image_event *e = &image->EVENTS[i];
    if (e->origin == ORIGIN_WIRE && (nuo__text_equal(nuo__text_of(image, e->name), name) ||
                                     nuo__text_equal(nuo__text_of(image, e->name_zh), name)))
      return i;
  }
  return event;
}

static void set_bit(uint64_t *words, size_t bit) {
  words[bit / 64] |= UINT64_C(1) << bit % 64;
}

// The group of the record, with the slot in it.
static bool join(nuo_form *form, struct fit *fit, uint32_t member, size_t slot) {
  for (uint32_t i = 0; i < fit->group_count; i++)
    if (fit->groups[i].member == member) return set_bit(fit->groups[i].any, slot), true;
  if (fit->group_count == fit->group_room) {
    const uint32_t room = fit->group_room * 2 + 4;
    struct group *grown =
        nuo__realloc(&form->allocator, fit->groups, fit->group_room * sizeof *grown, room * sizeof *grown);
    if (grown == NULL) return false;
    fit->groups = grown;
    fit->group_room = room;
  }
  struct group *group = &fit->groups[fit->group_count++];
  memset(group, 0, sizeof *group);
  group->member = member;
  set_bit(group->any, slot);
  return true;
}

// Walks along the name as JSON does.
static bool find_by_path(nuo_form *form, struct fit *fit, const struct decoder *d, nuo_text path, size_t at,
                         struct slot *slot) {
  const struct step *record = nuo__step_of_event(d, fit->event);
  for (size_t first = 0;;) {
    const char *dot = memchr(path.text + first, '.', path.len - first);
    const size_t end = dot == NULL ? path.len : (size_t)(dot - path.text);
    const struct step *s = nuo__step_find(d, record, path.text + first, end - first);
    if (s == NULL) return true;
    const uint32_t member = (uint32_t)(s - d->steps);
    const struct image_member *m = &fit->image->MEMBERS[member];
    const bool is_record = m->field == IMAGE_NONE;
    if (is_record != (dot != NULL)) {
      slot->aim = is_record ? AIM_RECORD : AIM_WITHIN;
      slot->step = s;
      if (!is_record) slot->field = &fit->image->FIELDS[m->field];
      return true;
    }
    if (!is_record) {
      slot->aim = AIM_FIELD;
      slot->step = s;
      slot->field = &fit->image->FIELDS[m->field];
      return true;
    }
    if (m->optional && !join(form, fit, member, at)) return false;
    record = s;
    first = end + 1;
  }
}

// Whatever is not usual, and all of SHAPE_OTHER, is put the long way. Nothing is usual for other slots.
static void know_usual(struct slot *slot) {
  static const uint8_t kinds[VALUE_KIND_COUNT] = {
      [VALUE_FLAG] = NUO_VALUE_FLAG,       [VALUE_NUMBER] = NUO_VALUE_NUMBER,
      [VALUE_DECIMAL] = NUO_VALUE_DECIMAL, [VALUE_TEXT] = NUO_VALUE_TEXT,
      [VALUE_INSTANT] = NUO_VALUE_INSTANT, [VALUE_DATE] = NUO_VALUE_DATE,
      [VALUE_CLOCK] = NUO_VALUE_CLOCK,     [VALUE_DURATION] = NUO_VALUE_DURATION,
      [VALUE_ZONE] = NUO_VALUE_TEXT,       [VALUE_ENUM] = NUO_VALUE_TEXT,
      [VALUE_LIST] = NUO_VALUE_LIST};
  slot->usual = (nuo_value_kind)kinds[slot->field->kind];
  slot->shape = (enum shape)slot->step->shape;
  slot->reg = slot->field->reg;
  if (slot->shape == SHAPE_UNREAD_TEXT && slot->usual != NUO_VALUE_TEXT) slot->shape = SHAPE_OTHER;
}

static bool find_slot(nuo_form *form, struct fit *fit, const struct decoder *d, nuo_text name, size_t at) {
  const struct image *image = fit->image;
  const struct image_event *event = &image->EVENTS[fit->event];
  struct slot *slot = &fit->slots[at];
  if (!find_by_path(form, fit, d, name, at, slot)) return false;
  for (uint32_t i = 0; slot->aim == AIM_NOTHING && i < event->field_count; i++) {
    const struct image_field *f = &image->FIELDS[event->field_first + i];
    if (nuo__text_equal(nuo__text_of(image, f->path_zh), name) &&
        !find_by_path(form, fit, d, nuo__text_of(image, f->path), at, slot))
      return false;
  }
  if (slot->aim != AIM_FIELD) return true;
  const uint32_t field = (uint32_t)(slot->field - image->FIELDS);
  know_usual(slot);
  slot->identity = field == event->identity;
  slot->zone = field == event->zone;
  for (size_t i = 0; i < at; i++)
    if (fit->slots[i].aim == AIM_FIELD && fit->slots[i].field == slot->field) slot->aim = AIM_TWICE;
  if (slot->aim == AIM_TWICE) slot->usual = NUO_VALUE_MISSING;
  return true;
}

// Sets the bit of the field's slot; false when it has none.
static bool require(const nuo_form *form, const struct fit *fit, uint32_t field, uint64_t *required) {
  for (size_t i = 0; i <= form->count; i++) {
    if (fit->slots[i].aim != AIM_FIELD || fit->slots[i].field != &fit->image->FIELDS[field]) continue;
    set_bit(required, i);
    return true;
  }
  return false;
}

// What has to be there where the record of these members is.
static void require_members(const nuo_form *form, const struct fit *fit, uint32_t first, uint32_t count,
                            struct group *group) {
  for (uint32_t i = first; i < first + count; i++) {
    const struct image_member *m = &fit->image->MEMBERS[i];
    if (m->optional) continue;
    if (m->field == IMAGE_NONE)
      require_members(form, fit, m->child_first, m->child_count, group);
    else
      group->lacks |= !require(form, fit, m->field, group->required);
  }
}

static bool match(nuo_form *form, const struct version *v, struct fit *fit) {
  fit->image = &v->program->image;
  fit->event = find_event(fit->image, form->event);
  fit->slots = nuo__alloc(&form->allocator, (form->count + 1) * sizeof *fit->slots);
  if (fit->slots == NULL) return false;
  memset(fit->slots, 0, (form->count + 1) * sizeof *fit->slots);
  if (fit->event == IMAGE_NONE) return true;
  const struct image_event *event = &fit->image->EVENTS[fit->event];
  for (size_t i = 0; i < form->count; i++)
    if (!find_slot(form, fit, v->decoder, form->names[i], i)) return false;
  if (!find_slot(form, fit, v->decoder, (nuo_text){"type", 4}, form->count)) return false;
  for (uint32_t i = event->field_first; i < event->field_first + event->field_count; i++)
    if (!(fit->image->FIELDS[i].flags & FIELD_OPTIONAL)) fit->lacks |= !require(form, fit, i, fit->required);
  for (uint32_t i = 0; i < fit->group_count; i++) {
    const struct image_member *m = &fit->image->MEMBERS[fit->groups[i].member];
    require_members(form, fit, m->child_first, m->child_count, &fit->groups[i]);
  }
  return true;
}

// ---- all versions ----

// By records, members of one after the other.
static int order_of(nuo_text a, nuo_text b) {
  const size_t len = a.len < b.len ? a.len : b.len;
  for (size_t i = 0; i < len; i++) {
    if (a.text[i] == b.text[i]) continue;
    if (a.text[i] == '.' || b.text[i] == '.') return a.text[i] == '.' ? -1 : 1;
    return (unsigned char)a.text[i] < (unsigned char)b.text[i] ? -1 : 1;
  }
  return (a.len > b.len) - (a.len < b.len);
}

static void name_for_json(nuo_form *form) {
  form->wire = form->event;
  form->overhead = 200 + 6 * form->event.len;
  for (size_t k = form->fit_count; k-- > 0;) {
    const struct fit *fit = &form->fits[k];
    if (fit->event != IMAGE_NONE) form->wire = nuo__text_of(fit->image, fit->image->EVENTS[fit->event].wire);
  }
  for (size_t i = 0; i < form->count; i++) {
    form->paths[i] = form->names[i];
    for (size_t k = form->fit_count; k-- > 0;) {
      const struct slot *slot = &form->fits[k].slots[i];
      if (slot->aim == AIM_FIELD) form->paths[i] = nuo__text_of(form->fits[k].image, slot->field->path);
    }
    form->overhead += 6 * form->paths[i].len + 64;
    size_t at = i;
    for (; at > 0 && order_of(form->paths[form->order[at - 1]], form->paths[i]) > 0; at--)
      form->order[at] = form->order[at - 1];
    form->order[at] = (uint16_t)i;
  }
}

nuo_status nuo__form_match(nuo_form *form) {
  const nuo_session *s = form->session;
  if (form->lineup == s->lineups) return NUO_OK;
  free_fits(form);
  form->fits = nuo__alloc(&form->allocator, s->version_count * sizeof *form->fits);
  if (form->fits == NULL) return NUO_NO_MEMORY;
  form->fit_count = s->version_count;
  memset(form->fits, 0, form->fit_count * sizeof *form->fits);
  for (size_t i = 0; i < form->fit_count; i++) {
    if (match(form, &s->versions[i], &form->fits[i])) continue;
    free_fits(form);
    return NUO_NO_MEMORY;
  }
  name_for_json(form);
  form->lineup = s->lineups;
  return NUO_OK;
}

bool nuo_form_has(nuo_form *form, size_t index) {
  if (form == NULL || index >= form->count || nuo__form_match(form) != NUO_OK) return false;
  for (size_t i = 0; i < form->fit_count; i++)
    if (form->fits[i].slots[index].aim == AIM_FIELD) return true;
  return false;
}
