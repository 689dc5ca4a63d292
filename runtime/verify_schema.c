// SPDX-License-Identifier: Apache-2.0
// The tables of an image: events with their fields and members, constants, match sets, regexes, natives,
// clauses. Called by verify.c, before code and rules are looked at, which rely on it.
#include <string.h>

#include "runtime/match.h"
#include "runtime/regex.h"
#include "runtime/text.h"
#include "runtime/verify.h"
#include "runtime/when.h"

#define REJECT(section, index, reason) nuo__verify_reject(v, SECTION_##section, index, reason)

bool nuo__verify_class_fits(unsigned kind, unsigned reg_class) {
  switch (kind) {
    case VALUE_FLAG:
      return reg_class == REG_PLANE;
    case VALUE_DATE:
    case VALUE_CLOCK:
      return reg_class == REG_WIDE || reg_class == REG_COLUMN;
    case VALUE_ENUM:
      return reg_class == REG_HALF || reg_class == REG_COLUMN;
    case VALUE_TEXT:
      return reg_class == REG_TEXT;
    case VALUE_LIST:
      return reg_class == REG_LIST;
    default:
      return reg_class == REG_COLUMN;
  }
}

// ---- program ----

static bool is_ascending(const int32_t *days, uint32_t count) {
  for (uint32_t d = 1; d < count; d++) {
    if (days[d - 1] >= days[d]) return false;
  }
  return true;
}

static bool check_calendar(struct verifier *v) {
  const struct image_program *p = v->image->PROGRAM;
  if (p->has_calendar > 1) return REJECT(PROGRAM, 0, "has_calendar is neither 0 nor 1");
  if ((uint64_t)p->rest_count + p->work_count != v->image->DAYS_count) {
    return REJECT(PROGRAM, 0, "the calendar's days are not all the days there are");
  }
  if (p->has_calendar == 0) {
    bool is_empty = v->image->DAYS_count == 0 && p->calendar_first == 0 && p->calendar_end == 0;
    return is_empty || REJECT(PROGRAM, 0, "there is no calendar, but there are days of it");
  }
  if (!nuo__when_is_date(p->calendar_first) || !nuo__when_is_date(p->calendar_end) ||
      p->calendar_first > p->calendar_end || p->calendar_end - p->calendar_first > LIMIT_CALENDAR_DAYS) {
    return REJECT(PROGRAM, 0, "the calendar covers too much");
  }
  if (!is_ascending(v->image->DAYS, p->rest_count) ||
      !is_ascending(v->image->DAYS + p->rest_count, p->work_count)) {
    return REJECT(DAYS, 0, "the days are not ascending");
  }
  return true;
}

static bool check_program(struct verifier *v) {
  const struct image_program *p = v->image->PROGRAM;
  if (!nuo__verify_is_str(v, p->policy) || !nuo__verify_is_str(v, p->policy_zh) ||
      !nuo__verify_is_str(v, p->title) || !nuo__verify_is_str(v, p->version) ||
      !nuo__verify_is_str(v, p->zone)) {
    return REJECT(PROGRAM, 0, "a name is not a string");
  }
  if (p->from > p->until) return REJECT(PROGRAM, 0, "it ends before it begins to be in force");
  return check_calendar(v);
}

// ---- fields ----

static bool check_enumeration(struct verifier *v, uint32_t index, const struct image_field *field) {
  bool is_enum = field->kind == VALUE_ENUM || field->element == VALUE_ENUM;
  if (!is_enum) {
    bool is_bare = field->enum_count == 0 && field->asked_count == 0;
    return is_bare || REJECT(FIELDS, index, "it has enumerators but is no enumeration");
  }
  // A policy that knows no severities has breaches all the same.
  bool may_be_empty = v->image->EVENTS[field->event].origin == ORIGIN_BREACH;
  if ((field->enum_count == 0 && !may_be_empty) || field->enum_count > UINT16_MAX ||
      !nuo__verify_is_range(field->enum_first, field->enum_count, v->image->ENUMERATORS_count)) {
    return REJECT(FIELDS, index, "its enumerators do not exist");
  }
  if (!nuo__verify_is_range(field->asked_first, field->asked_count, v->image->ASKED_count)) {
    return REJECT(FIELDS, index, "its planes do not exist");
  }
  return true;
}

// Notes that a field of the event has a register; false when another one of it has it already.
static bool claim(struct verifier *v, uint32_t event, unsigned reg_class, uint32_t reg) {
  uint32_t *owner = &v->reg_event[v->first_of[reg_class] + reg];
  if (*owner == event + 1) return false;
  *owner = event + 1;
  return true;
}

static bool check_asked(struct verifier *v, uint32_t index, const struct image_field *field) {
  if (!nuo__verify_spend(v, SECTION_FIELDS, index, field->asked_count)) return false;
  for (uint32_t a = field->asked_first; a < field->asked_first + field->asked_count; a++) {
    const struct image_asked *asked = &v->image->ASKED[a];
    if (asked->ordinal >= field->enum_count) return REJECT(ASKED, a, "there is no such enumerator");
    if (asked->plane >= v->image->PROGRAM->field_planes) return REJECT(ASKED, a, "it is no plane of a field");
    if (!claim(v, field->event, REG_PLANE, asked->plane)) return REJECT(ASKED, a, "its plane is taken");
  }
  return true;
}

static bool check_register(struct verifier *v, uint32_t index, const struct image_field *field) {
  if (field->reg_class == REG_NONE) {
    return field->asked_count == 0 || REJECT(FIELDS, index, "nothing reads it, but it has planes");
  }
  bool fits = field->kind == VALUE_ENUM ? field->reg_class == REG_HALF
                                        : nuo__verify_class_fits(field->kind, field->reg_class);
  if (!fits) return REJECT(FIELDS, index, "its register is of the wrong class");
  if (field->reg >= nuo__verify_field_count(v, field->reg_class)) {
    return REJECT(FIELDS, index, "its register is not one of the fields'");
  }
  if (!claim(v, field->event, field->reg_class, field->reg)) {
    return REJECT(FIELDS, index, "its register is taken");
  }
  return check_asked(v, index, field);
}

static bool check_field(struct verifier *v, uint32_t index, uint32_t event) {
  const struct image_field *field = &v->image->FIELDS[index];
  bool is_list = field->kind == VALUE_LIST;
  if (field->event != event) return REJECT(FIELDS, index, "it belongs to another event");
  if (!nuo__verify_is_str(v, field->path) || !nuo__verify_is_str(v, field->path_zh)) {
    return REJECT(FIELDS, index, "its name is not a string");
  }
  if (field->kind >= VALUE_KIND_COUNT || (is_list ? field->element >= VALUE_LIST : field->element != 0)) {
    return REJECT(FIELDS, index, "there is no such kind of value");
  }
  if (field->flags > (FIELD_OPTIONAL | FIELD_SENSITIVE)) {
    return REJECT(FIELDS, index, "it has flags that do not exist");
  }
  return check_enumeration(v, index, field) && check_register(v, index, field);
}

// ---- members ----

static bool check_members(struct verifier *v, uint32_t event, uint32_t first, uint32_t count, uint32_t depth);

static bool check_member(struct verifier *v, uint32_t event, uint32_t index, uint32_t depth) {
  const struct image_event *owner = &v->image->EVENTS[event];
  const struct image_member *member = &v->image->MEMBERS[index];
  if (v->member_seen[index]++ != 0) return REJECT(MEMBERS, index, "it stands in two places");
  if (!nuo__verify_is_str(v, member->name)) return REJECT(MEMBERS, index, "its name is not a string");
  if (member->optional > 1) return REJECT(MEMBERS, index, "optional is neither 0 nor 1");
  if (member->field == IMAGE_NONE) {
    if (depth == LIMIT_RECORD_DEPTH) return REJECT(MEMBERS, index, "records are nested too deep");
    return check_members(v, event, member->child_first, member->child_count, depth + 1) ||
           (v->status == NUO_OK && REJECT(MEMBERS, index, "its members do not exist"));
  }
  if (member->field < owner->field_first || member->field - owner->field_first >= owner->field_count) {
    return REJECT(MEMBERS, index, "its field is not one of the event's");
  }
  if (member->child_count != 0) return REJECT(MEMBERS, index, "it is a field and has members");
  if (v->field_seen[member->field]++ != 0) return REJECT(MEMBERS, index, "its field stands in two places");
  return true;
}

// False without a message when the range is none.
static bool check_members(struct verifier *v, uint32_t event, uint32_t first, uint32_t count,
                          uint32_t depth) {
  if (!nuo__verify_is_range(first, count, v->image->MEMBERS_count)) return false;
  for (uint32_t m = first; m < first + count; m++) {
    if (!check_member(v, event, m, depth)) return false;
  }
  return true;
}

// ---- events ----

static bool is_field_of(const struct image_event *event, uint32_t field) {
  return field >= event->field_first && field - event->field_first < event->field_count;
}

static bool check_subject(struct verifier *v, uint32_t index) {
  const struct image_event *event = &v->image->EVENTS[index];
  if (event->subject == IMAGE_NONE) return true;
  if (!is_field_of(event, event->subject))
    return REJECT(EVENTS, index, "its subject is not one of its fields");
  const struct image_field *subject = &v->image->FIELDS[event->subject];
  bool is_text = subject->kind == VALUE_TEXT && subject->reg_class == REG_TEXT;
  bool is_number = subject->kind == VALUE_NUMBER && subject->reg_class == REG_COLUMN;
  return is_text || is_number ||
         REJECT(EVENTS, index, "its subject is neither a text nor a number that is read");
}

// The fields that make an event an event.
static bool check_roles(struct verifier *v, uint32_t index) {
  const struct image_event *event = &v->image->EVENTS[index];
  if (!is_field_of(event, event->identity) || !is_field_of(event, event->time) ||
      (event->zone != IMAGE_NONE && !is_field_of(event, event->zone))) {
    return REJECT(EVENTS, index, "its identity, time or zone is not one of its fields");
  }
  const struct image_field *identity = &v->image->FIELDS[event->identity];
  const struct image_field *time = &v->image->FIELDS[event->time];
  if ((identity->kind != VALUE_TEXT && identity->kind != VALUE_NUMBER) || identity->flags & FIELD_OPTIONAL) {
    return REJECT(EVENTS, index, "its identity is neither a text nor a number, or may be absent");
  }
  if (time->kind != VALUE_INSTANT || time->reg_class != REG_COLUMN || time->reg != 0 ||
      time->flags & FIELD_OPTIONAL) {
    return REJECT(EVENTS, index, "its time is not an instant in column 0");
  }
  if (!check_subject(v, index)) return false;
  if (event->zone == IMAGE_NONE) return true;
  const struct image_field *zone = &v->image->FIELDS[event->zone];
  return zone->kind == VALUE_ZONE || REJECT(EVENTS, index, "its zone is not a time zone");
}

static bool check_event(struct verifier *v, uint32_t index, uint32_t next_field) {
  const struct image_event *event = &v->image->EVENTS[index];
  if (!nuo__verify_is_str(v, event->name) || !nuo__verify_is_str(v, event->name_zh) ||
      !nuo__verify_is_str(v, event->wire)) {
    return REJECT(EVENTS, index, "a name is not a string");
  }
  if (event->lateness < 0 || event->lateness > LIMIT_LATENESS_MS)
    return REJECT(EVENTS, index, "its lateness is negative or too long");
  if (event->enforceable > 1) return REJECT(EVENTS, index, "enforceable is neither 0 nor 1");
  if (event->field_first != next_field ||
      !nuo__verify_is_range(event->field_first, event->field_count, v->image->FIELDS_count)) {
    return REJECT(EVENTS, index, "its fields do not follow those of the event before");
  }
  for (uint32_t f = event->field_first; f < event->field_first + event->field_count; f++) {
    if (!check_field(v, f, index)) return false;
  }
  if (!check_roles(v, index)) return false;
  return check_members(v, index, event->member_first, event->member_count, 1) ||
         (v->status == NUO_OK && REJECT(EVENTS, index, "its members do not exist"));
}

static bool check_events(struct verifier *v) {
  uint32_t next_field = 0;
  if (v->image->EVENTS_count == 0) return REJECT(PROGRAM, 0, "it knows no event that could be decided");
  if (v->image->EVENTS[0].origin != ORIGIN_WIRE) return REJECT(EVENTS, 0, "the first type is derived");
  for (uint32_t e = 0; e < v->image->EVENTS_count; e++) {
    if (!check_event(v, e, next_field)) return false;
    next_field += v->image->EVENTS[e].field_count;
  }
  if (next_field != v->image->FIELDS_count) return REJECT(FIELDS, next_field, "it belongs to no event");
  for (uint32_t m = 0; m < v->image->MEMBERS_count; m++) {
    if (v->member_seen[m] == 0) return REJECT(MEMBERS, m, "it belongs to no event");
  }
  // The decoder goes from fields to members, too.
  for (uint32_t f = 0; f < v->image->FIELDS_count; f++) {
    if (v->field_seen[f] == 0 && v->image->EVENTS[v->image->FIELDS[f].event].origin == ORIGIN_WIRE)
      return REJECT(FIELDS, f, "no member gives it");
  }
  return true;
}

static bool check_enumerators(struct verifier *v) {
  for (uint32_t e = 0; e < v->image->ENUMERATORS_count; e++) {
    const struct image_enumerator *enumerator = &v->image->ENUMERATORS[e];
    if (!nuo__verify_is_str(v, enumerator->name) || !nuo__verify_is_str(v, enumerator->name_zh)) {
      return REJECT(ENUMERATORS, e, "its name is not a string");
    }
  }
  return true;
}

// ---- sets ----

// An item belongs to the run of the one before unless it is smaller, so a set ascends when its last item
// belongs to a run that begins at its first or earlier.
static bool is_run(const struct verifier *v, const struct image_set *set) {
  return set->count == 0 || v->run[set->first + set->count - 1] <= set->first;
}

static bool check_number_sets(struct verifier *v) {
  const struct image *image = v->image;
  for (uint32_t n = 0; n < image->NUMBERS_count; n++) {
    v->run[n] = n > 0 && image->NUMBERS[n - 1] <= image->NUMBERS[n] ? v->run[n - 1] : n;
  }
  for (uint32_t s = 0; s < image->NUMBER_SETS_count; s++) {
    const struct image_set *set = &image->NUMBER_SETS[s];
    if (!nuo__verify_is_range(set->first, set->count, image->NUMBERS_count)) {
      return REJECT(NUMBER_SETS, s, "its numbers do not exist");
    }
    if (!is_run(v, set)) return REJECT(NUMBER_SETS, s, "it is not ascending");
  }
  return true;
}

static bool check_text_sets(struct verifier *v) {
  const struct image *image = v->image;
  for (uint32_t n = 0; n < image->STRING_LIST_count; n++) {
    // Strings may overlap: two long ones compared with each other are paid for.
    if (!nuo__verify_spend(v, SECTION_STRING_LIST, n, image->STRING_LIST[n].len / 16)) return false;
    v->run[n] = n > 0 && nuo__text_order(nuo__text_listed(image, n - 1), nuo__text_listed(image, n)) <= 0
                    ? v->run[n - 1]
                    : n;
  }
  for (uint32_t s = 0; s < image->TEXT_SETS_count; s++) {
    const struct image_set *set = &image->TEXT_SETS[s];
    if (!nuo__verify_is_range(set->first, set->count, image->STRING_LIST_count)) {
      return REJECT(TEXT_SETS, s, "its texts do not exist");
    }
    if (!is_run(v, set)) return REJECT(TEXT_SETS, s, "it is not ascending");
  }
  return true;
}

// ---- match sets, regexes, natives ----

static bool check_matches(struct verifier *v) {
  uint64_t end = 0, total = (uint64_t)v->image->MATCH_DATA_count * 8;
  for (uint32_t m = 0; m < v->image->MATCHES_count; m++) {
    const struct image_match *match = &v->image->MATCHES[m];
    if (match->at % 8 != 0 || match->at < end || match->at > total || match->size > total - match->at) {
      return REJECT(MATCHES, m, "its data is not where it has to be");
    }
    const char *blob = (const char *)v->image->MATCH_DATA + match->at;
    if (!nuo__match_verify(blob, match->size)) return REJECT(MATCHES, m, "its data is not a match set");
    if (match->outputs < nuo__match_outputs(blob) || match->outputs > LIMIT_MATCH_OUTPUTS) {
      return REJECT(MATCHES, m, "it has another number of outputs");
    }
    end = (uint64_t)match->at + match->size;
  }
  return true;
}

static bool check_regexes(struct verifier *v) {
  for (uint32_t r = 0; r < v->image->REGEXES_count; r++) {
    struct image_str pattern = v->image->REGEXES[r];
    size_t at;
    if (!nuo__verify_is_str(v, pattern)) return REJECT(REGEXES, r, "it is not a string");
    if (nuo__regex_check(v->image->STRINGS + pattern.at, pattern.len, &at) != REGEX_OK) {
      return REJECT(REGEXES, r, "it is not an expression that can be matched in linear time");
    }
  }
  return true;
}

static bool is_native_kind(uint8_t kind, bool is_result) {
  return kind <= VALUE_DURATION && !(is_result && kind == VALUE_TEXT);
}

static bool is_native_name(const struct verifier *v, struct image_str name) {
  return nuo__verify_is_str(v, name) && name.len > 0 && name.len <= LIMIT_NATIVE_NAME &&
         memchr(v->image->STRINGS + name.at, '\0', name.len) == NULL;
}

static bool check_native(struct verifier *v, uint32_t index) {
  const struct image_native *native = &v->image->NATIVES[index];
  if (!nuo__verify_is_str(v, native->name) || !is_native_name(v, native->library) ||
      !is_native_name(v, native->symbol)) {
    return REJECT(NATIVES, index, "a name is not a string, or too long");
  }
  if (native->param_count > sizeof native->params)
    return REJECT(NATIVES, index, "it has too many parameters");
  for (uint32_t p = 0; p < sizeof native->params; p++) {
    bool is_right =
        p < native->param_count ? is_native_kind(native->params[p], false) : native->params[p] == 0;
    if (!is_right) return REJECT(NATIVES, index, "a parameter is of a kind that cannot be passed");
  }
  return is_native_kind(native->result, true) ||
         REJECT(NATIVES, index, "its result is of a kind that cannot be");
}

static bool check_natives(struct verifier *v) {
  for (uint32_t n = 0; n < v->image->NATIVES_count; n++) {
    if (!check_native(v, n)) return false;
  }
  for (uint32_t a = 0; a < v->image->ARGUMENTS_count; a++) {
    const struct image_argument *argument = &v->image->ARGUMENTS[a];
    if (argument->reg >= nuo__verify_reg_count(v, argument->reg_class)) {
      return REJECT(ARGUMENTS, a, "there is no such register");
    }
  }
  return true;
}

// ---- facts and counters ----

bool nuo__verify_is_kinds(const uint8_t kinds[IMAGE_KEY_MAX], uint8_t count) {
  if (count > IMAGE_KEY_MAX) return false;
  for (uint32_t k = 0; k < IMAGE_KEY_MAX; k++) {
    if (k < count ? kinds[k] >= VALUE_LIST : kinds[k] != 0) return false;
  }
  return true;
}

static bool is_subject(uint32_t part, uint8_t count) {
  return part < count || part == IMAGE_KEY_MAX;
}

static bool check_fact(struct verifier *v, uint32_t index) {
  const struct image_fact *fact = &v->image->FACTS[index];
  if (!nuo__verify_is_str(v, fact->name) || !nuo__verify_is_str(v, fact->name_zh))
    return REJECT(FACTS, index, "its name is not a string");
  if (fact->sensitive > 1) return REJECT(FACTS, index, "sensitive is neither 0 nor 1");
  if (fact->suspends > 1) return REJECT(FACTS, index, "suspends is neither 0 nor 1");
  if (fact->kind >= VALUE_LIST) return REJECT(FACTS, index, "its value is of a kind that cannot be kept");
  if (!nuo__verify_is_kinds(fact->key_kinds, fact->key_count))
    return REJECT(FACTS, index, "its key cannot be");
  if (fact->each_parts >> fact->key_count != 0)
    return REJECT(FACTS, index, "a part that is run through does not exist");
  if (!is_subject(fact->subject, fact->key_count))
    return REJECT(FACTS, index, "its subject is no part of its key");
  if (fact->kind != VALUE_ENUM) {
    return (fact->enum_first == 0 && fact->enum_count == 0) ||
           REJECT(FACTS, index, "it has enumerators but is no enumeration");
  }
  return (fact->enum_count > 0 &&
          nuo__verify_is_range(fact->enum_first, fact->enum_count, v->image->ENUMERATORS_count)) ||
         REJECT(FACTS, index, "its enumerators do not exist");
}

// What is summed is a column without names; what is told apart could be a key.
static bool is_counter_kind(const struct image_counter *counter) {
  const uint8_t kind = counter->value_kind;
  if (counter->sensitive > 1 || (counter->sensitive && counter->kind != COUNTER_SUM)) return false;
  switch (counter->kind) {
    case COUNTER_TIMES:
      return kind == 0;
    case COUNTER_SUM:
      return kind == VALUE_NUMBER || kind == VALUE_DECIMAL || kind == VALUE_DURATION;
    case COUNTER_SHARE:
      return kind == VALUE_DECIMAL;
    case COUNTER_DISTINCT:
      return counter->capacity <= LIMIT_DISTINCT + 1 && kind < VALUE_LIST;
    default:
      return false;
  }
}

// What evidence tells of a counter.
static bool is_told(const struct image *image, const struct image_counter *counter) {
  return counter->window <= NUO_WINDOW_THIS && counter->unit <= NUO_YEAR && counter->filtered <= 1 &&
         counter->event < image->EVENTS_count &&
         (counter->field == IMAGE_NONE ||
          (counter->field < image->FIELDS_count && image->FIELDS[counter->field].event == counter->event));
}

static bool check_counter(struct verifier *v, uint32_t index) {
  const struct image_counter *counter = &v->image->COUNTERS[index];
  if (!nuo__verify_is_str(v, counter->label)) return REJECT(COUNTERS, index, "its label is not a string");
  if (counter->attempts > 1) return REJECT(COUNTERS, index, "attempts is neither 0 nor 1");
  if (counter->capacity > LIMIT_COUNTED + 1) return REJECT(COUNTERS, index, "it remembers too many events");
  if (!is_subject(counter->subject, counter->key_count))
    return REJECT(COUNTERS, index, "its subject is no part of its key");
  if (counter->spread < 0 || counter->spread > LIMIT_LATENESS_MS)
    return REJECT(COUNTERS, index, "its events lie too far apart");
  if (!is_counter_kind(counter)) return REJECT(COUNTERS, index, "what it keeps cannot be");
  if (!is_told(v->image, counter)) return REJECT(COUNTERS, index, "what is told of it cannot be");
  return nuo__verify_is_kinds(counter->key_kinds, counter->key_count) ||
         REJECT(COUNTERS, index, "its key cannot be");
}

static bool check_memory(struct verifier *v) {
  for (uint32_t f = 0; f < v->image->FACTS_count; f++) {
    if (!check_fact(v, f)) return false;
  }
  for (uint32_t c = 0; c < v->image->COUNTERS_count; c++) {
    if (!check_counter(v, c)) return false;
  }
  return true;
}

// ---- clauses, severities, places in the source ----

static bool check_names(struct verifier *v) {
  const struct image *image = v->image;
  for (uint32_t c = 0; c < image->CLAUSES_count; c++) {
    if (!nuo__verify_is_str(v, image->CLAUSES[c].number) || !nuo__verify_is_str(v, image->CLAUSES[c].title)) {
      return REJECT(CLAUSES, c, "its number or title is not a string");
    }
  }
  for (uint32_t p = 0; p < image->PACKS_count; p++) {
    const struct image_pack *pack = &image->PACKS[p];
    if (!nuo__verify_is_str(v, pack->name) || !nuo__verify_is_str(v, pack->name_zh) ||
        !nuo__verify_is_str(v, pack->title) || !nuo__verify_is_str(v, pack->version)) {
      return REJECT(PACKS, p, "a name is not a string");
    }
  }
  for (uint32_t s = 0; s < image->SEVERITIES_count; s++) {
    if (!nuo__verify_is_str(v, image->SEVERITIES[s].name) ||
        !nuo__verify_is_str(v, image->SEVERITIES[s].name_zh)) {
      return REJECT(SEVERITIES, s, "its name is not a string");
    }
  }
  for (uint32_t s = 0; s < image->SOURCE_count; s++) {
    const struct image_source *source = &image->SOURCE[s];
    if (!nuo__verify_is_text(image->SOURCE_STRINGS, image->SOURCE_STRINGS_count, source->path)) {
      return REJECT(SOURCE, s, "its path is not a string");
    }
    if (source->rule >= image->RULES_count) return REJECT(SOURCE, s, "there is no such rule");
  }
  return true;
}

bool nuo__verify_schema(struct verifier *v) {
  return check_program(v) && check_enumerators(v) && check_events(v) && check_number_sets(v) &&
         check_text_sets(v) && check_matches(v) && check_regexes(v) && check_natives(v) && check_memory(v) &&
         check_names(v);
}
