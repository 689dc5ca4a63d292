// SPDX-License-Identifier: Apache-2.0
// Adapters: that all that they name is there. Walking an event along them needs no more: it goes as deep as
// the event, and what is put into a field is read by the decoder like any value. Called by verify.c.
#include "runtime/verify.h"

#define REJECT(section, index, reason) nuo__verify_reject(v, SECTION_##section, index, reason)

static bool check_choices(struct verifier *v) {
  for (uint32_t i = 0; i < v->image->ADAPTER_CHOICES_count; i++) {
    const struct image_choice *c = &v->image->ADAPTER_CHOICES[i];
    if (c->any > 1) return REJECT(ADAPTER_CHOICES, i, "any is neither 0 nor 1");
    if (!nuo__verify_is_str(v, c->key) || !nuo__verify_is_str(v, c->value))
      return REJECT(ADAPTER_CHOICES, i, "it is not a string");
  }
  return true;
}

// The decoder knows all places before any event, and each but once.
static bool check_places(struct verifier *v) {
  uint64_t within = 0;
  for (uint32_t i = 0; i < v->image->ADAPTER_PLACES_count; i++) {
    const struct image_place *p = &v->image->ADAPTER_PLACES[i];
    if (!nuo__verify_is_str(v, p->name)) return REJECT(ADAPTER_PLACES, i, "its name is not a string");
    if (p->wanted > 1) return REJECT(ADAPTER_PLACES, i, "wanted is neither 0 nor 1");
    if (!nuo__verify_is_range(p->child_first, p->child_count, v->image->ADAPTER_PLACES_count))
      return REJECT(ADAPTER_PLACES, i, "what is within it does not exist");
    within += p->child_count;
    if (within > v->image->ADAPTER_PLACES_count)
      return REJECT(ADAPTER_PLACES, i, "a place is within more than one");
  }
  return true;
}

static bool check_place(struct verifier *v, const struct image_adapter *a, uint32_t index) {
  const struct image_place *p = &v->image->ADAPTER_PLACES[index];
  return (p->child_first >= a->place_first &&
          nuo__verify_is_range(p->child_first - a->place_first, p->child_count, a->place_count)) ||
         REJECT(ADAPTER_PLACES, index, "what is within it is not the adapter's");
}

static bool check_source(struct verifier *v, const struct image_adapter *a, uint32_t index) {
  const struct image_adapter_source *s = &v->image->ADAPTER_SOURCES[index];
  if (!nuo__verify_is_str(v, s->path) || !nuo__verify_is_str(v, s->zone))
    return REJECT(ADAPTER_SOURCES, index, "a name is not a string");
  if (s->place < a->place_first || s->place - a->place_first >= a->place_count)
    return REJECT(ADAPTER_SOURCES, index, "its place is not the adapter's");
  if (s->convert >= ADAPT_KINDS || s->inverted > 1 || s->expiring > 1)
    return REJECT(ADAPTER_SOURCES, index, "there is no such way to write a value");
  if (!nuo__verify_is_range(s->choice_first, s->choice_count, v->image->ADAPTER_CHOICES_count))
    return REJECT(ADAPTER_SOURCES, index, "its values do not exist");
  return nuo__verify_spend(v, SECTION_ADAPTER_SOURCES, index, s->choice_count);
}

static bool check_sources(struct verifier *v, const struct image_adapter *a, uint32_t first, uint32_t count) {
  if (!nuo__verify_is_range(first, count, v->image->ADAPTER_SOURCES_count)) return false;
  if (!nuo__verify_spend(v, SECTION_ADAPTER_SOURCES, first, count)) return false;
  for (uint32_t i = first; i < first + count; i++)
    if (!check_source(v, a, i)) return false;
  return true;
}

static bool check_mapping(struct verifier *v, const struct image_adapter *a, uint32_t index) {
  const struct image_mapping *m = &v->image->ADAPTER_MAPPINGS[index];
  const struct image_event *event = &v->image->EVENTS[a->event];
  if (m->member >= v->image->MEMBERS_count || v->image->MEMBERS[m->member].field == IMAGE_NONE)
    return REJECT(ADAPTER_MAPPINGS, index, "its member is no field");
  const uint32_t field = v->image->MEMBERS[m->member].field;
  if (field < event->field_first || field - event->field_first >= event->field_count)
    return REJECT(ADAPTER_MAPPINGS, index, "its field is not one of the event's");
  if (m->alternatives > 1) return REJECT(ADAPTER_MAPPINGS, index, "alternatives is neither 0 nor 1");
  if (!nuo__verify_is_str(v, m->value)) return REJECT(ADAPTER_MAPPINGS, index, "its value is not a string");
  return check_sources(v, a, m->source_first, m->source_count) ||
         (v->status == NUO_OK && REJECT(ADAPTER_MAPPINGS, index, "its sources do not exist"));
}

static bool check_each(struct verifier *v, const struct image_adapter *a, uint32_t index) {
  if (a->each == IMAGE_NONE) return true;
  if (a->each < a->mapping_first || a->each - a->mapping_first >= a->mapping_count)
    return REJECT(ADAPTERS, index, "its list of recipients is none of its mappings");
  const uint32_t field = v->image->MEMBERS[v->image->ADAPTER_MAPPINGS[a->each].member].field;
  const uint32_t identity = v->image->EVENTS[a->event].identity;
  return (v->image->FIELDS[field].kind == VALUE_TEXT && v->image->FIELDS[identity].kind == VALUE_TEXT) ||
         REJECT(ADAPTERS, index, "recipients or the event's identity are no texts");
}

static bool check_adapter(struct verifier *v, uint32_t index) {
  const struct image_adapter *a = &v->image->ADAPTERS[index];
  if (!nuo__verify_is_str(v, a->name) || !nuo__verify_is_str(v, a->name_zh))
    return REJECT(ADAPTERS, index, "a name is not a string");
  if (a->event >= v->image->EVENTS_count || v->image->EVENTS[a->event].origin != ORIGIN_WIRE)
    return REJECT(ADAPTERS, index, "its event does not exist");
  if (a->place_count < 2 || a->place_count > LIMIT_ADAPTER_PLACES ||
      !nuo__verify_is_range(a->place_first, a->place_count, v->image->ADAPTER_PLACES_count))
    return REJECT(ADAPTERS, index, "its places do not exist");
  if (!nuo__verify_is_range(a->mapping_first, a->mapping_count, v->image->ADAPTER_MAPPINGS_count))
    return REJECT(ADAPTERS, index, "its mappings do not exist");
  if (!nuo__verify_spend(v, SECTION_ADAPTERS, index, (uint64_t)a->place_count + a->mapping_count))
    return false;
  for (uint32_t i = a->place_first; i < a->place_first + a->place_count; i++)
    if (!check_place(v, a, i)) return false;
  for (uint32_t i = a->mapping_first; i < a->mapping_first + a->mapping_count; i++)
    if (!check_mapping(v, a, i)) return false;
  if (!check_each(v, a, index)) return false;
  if (a->route != IMAGE_NONE && !check_sources(v, a, a->route, 1))
    return v->status == NUO_OK && REJECT(ADAPTERS, index, "what tells who reads the event does not exist");
  return check_sources(v, a, a->refused_first, a->refused_count) ||
         (v->status == NUO_OK && REJECT(ADAPTERS, index, "the groups that it refuses do not exist"));
}

bool nuo__verify_adapters(struct verifier *v) {
  if (!check_choices(v) || !check_places(v)) return false;
  for (uint32_t i = 0; i < v->image->ADAPTERS_count; i++)
    if (!check_adapter(v, i)) return false;
  return true;
}
