// SPDX-License-Identifier: Apache-2.0
// Duties and derived events of an image: that the types of derived events have the fields which the runtime
// fills in, that duties, their rules and their events belong together, and that what is moved from one event
// to another is there and of the right kind. Called by verify.c, verify_code.c and verify_rule.c.
#include "runtime/verify.h"

#define REJECT(section, index, reason) nuo__verify_reject(v, SECTION_##section, index, reason)

// ---- types of derived events ----

static const uint8_t breach_kinds[BREACH_FIELDS] = {
    [BREACH_ID] = VALUE_TEXT,     [BREACH_TIME] = VALUE_INSTANT, [BREACH_EVENT] = VALUE_TEXT,
    [BREACH_RULE] = VALUE_TEXT,   [BREACH_CLAUSE] = VALUE_TEXT,  [BREACH_SEVERITY] = VALUE_ENUM,
    [BREACH_ACTION] = VALUE_ENUM, [BREACH_PACK] = VALUE_TEXT,
};
static const uint8_t duty_kinds[DUTY_FIELDS] = {
    [DUTY_ID] = VALUE_TEXT,       [DUTY_DUE] = VALUE_INSTANT,        [DUTY_STEP] = VALUE_TEXT,
    [DUTY_CALENDAR] = VALUE_FLAG, [DUTY_SUSPENDED] = VALUE_DURATION,
};
static const uint8_t period_kinds[PERIOD_FIELDS] = {
    [PERIOD_ID] = VALUE_TEXT,       [PERIOD_DUE] = VALUE_INSTANT,    [PERIOD_FROM] = VALUE_INSTANT,
    [PERIOD_UNTIL] = VALUE_INSTANT, [PERIOD_COUNTED] = VALUE_NUMBER, [PERIOD_CALENDAR] = VALUE_FLAG,
};

// The first fields of a derived type; the first two are its identity and its time.
static bool check_first_fields(struct verifier *v, uint32_t index, const uint8_t *kinds, uint32_t count) {
  const struct image_event *event = &v->image->EVENTS[index];
  if (event->field_count < count) return REJECT(EVENTS, index, "it has not the fields of a derived event");
  for (uint32_t f = 0; f < count; f++) {
    if (v->image->FIELDS[event->field_first + f].kind != kinds[f])
      return REJECT(FIELDS, event->field_first + f, "it is of another kind in a derived event");
  }
  return (event->identity == event->field_first && event->time == event->field_first + 1) ||
         REJECT(EVENTS, index, "its identity and time are not its first fields");
}

static bool check_breach_type(struct verifier *v, uint32_t index) {
  const struct image *image = v->image;
  const struct image_field *fields = image->FIELDS + image->EVENTS[index].field_first;
  if (!check_first_fields(v, index, breach_kinds, BREACH_FIELDS)) return false;
  return (fields[BREACH_SEVERITY].enum_count <= image->SEVERITIES_count &&
          fields[BREACH_ACTION].enum_count == NUO_BLOCK + 1) ||
         REJECT(EVENTS, index, "its severities or actions are others");
}

static bool check_duty_type(struct verifier *v, uint32_t index) {
  const struct image *image = v->image;
  const uint32_t duty = image->EVENTS[index].duty;
  if (duty >= image->DUTIES_count || image->DUTIES[duty].event != index)
    return REJECT(EVENTS, index, "its duty does not exist, or has another event");
  bool is_periodic = image->DUTIES[duty].trigger == IMAGE_NONE;
  return check_first_fields(v, index, is_periodic ? period_kinds : duty_kinds,
                            is_periodic ? PERIOD_FIELDS : DUTY_FIELDS);
}

static bool check_origin(struct verifier *v, uint32_t index) {
  const struct image_event *event = &v->image->EVENTS[index];
  if (event->unused != 0) return REJECT(EVENTS, index, "there is something where nothing is");
  if (event->origin > ORIGIN_DUTY) return REJECT(EVENTS, index, "there is no such origin");
  if (event->origin != ORIGIN_DUTY && event->duty != IMAGE_NONE)
    return REJECT(EVENTS, index, "it is no duty's, but has one");
  if (event->origin == ORIGIN_WIRE) return true;
  if (event->enforceable != 0 || event->member_count != 0 || event->lateness != 0)
    return REJECT(EVENTS, index, "it is derived, but can be stopped, read or late");
  return event->origin == ORIGIN_BREACH ? check_breach_type(v, index) : check_duty_type(v, index);
}

// ---- duties ----

static bool check_steps(struct verifier *v, uint32_t index) {
  const struct image_duty *duty = &v->image->DUTIES[index];
  if (duty->step_count == 0 || duty->step_count > IMAGE_STEP_MAX ||
      !nuo__verify_is_range(duty->step_first, duty->step_count, v->image->STEPS_count))
    return REJECT(DUTIES, index, "its steps do not exist");
  if (duty->warning_count > IMAGE_WARNING_MAX || duty->warnings_by_day >> duty->warning_count != 0)
    return REJECT(DUTIES, index, "it has too many warnings");
  if (duty->suspended != IMAGE_NONE &&
      (duty->suspended >= v->image->FACTS_count || v->image->FACTS[duty->suspended].suspends == 0))
    return REJECT(DUTIES, index, "what suspends it does not exist");
  return (duty->counter == IMAGE_NONE && duty->period == 0 && duty->due_unit == DUE_NONE &&
          duty->due_amount == 0) ||
         REJECT(DUTIES, index, "it is begun by an event and has periods");
}

// A due time is within a year of its period's end.
static bool is_due(uint32_t unit, int64_t amount) {
  static const int64_t most[DUE_UNITS] = {
      [DUE_MS] = INT64_C(366) * 86400000, [DUE_DAYS] = 366, [DUE_WORKDAYS] = 366, [DUE_MONTHS] = 12};
  return unit < DUE_UNITS && amount >= 0 && amount <= most[unit];
}

static bool check_period(struct verifier *v, uint32_t index) {
  const struct image_duty *duty = &v->image->DUTIES[index];
  if (duty->step_count + duty->warning_count + duty->warnings_by_day + duty->key_count != 0 ||
      duty->suspended != IMAGE_NONE)
    return REJECT(DUTIES, index, "it has periods, and what belongs to an event");
  if (duty->counter >= v->image->COUNTERS_count || v->image->COUNTERS[duty->counter].key_count != 0)
    return REJECT(DUTIES, index, "its counter does not exist, or has a key");
  return (duty->period < PERIOD_KINDS && is_due(duty->due_unit, duty->due_amount)) ||
         REJECT(DUTIES, index, "its period or due time cannot be");
}

static bool check_duty(struct verifier *v, uint32_t index) {
  const struct image *image = v->image;
  const struct image_duty *duty = &image->DUTIES[index];
  if (!nuo__verify_is_str(v, duty->name) || !nuo__verify_is_str(v, duty->name_zh))
    return REJECT(DUTIES, index, "its name is not a string");
  if (duty->event >= image->EVENTS_count || image->EVENTS[duty->event].origin != ORIGIN_DUTY ||
      image->EVENTS[duty->event].duty != index)
    return REJECT(DUTIES, index, "its event does not exist, or has another duty");
  if (duty->rule >= image->RULES_count || image->RULES[duty->rule].event != duty->event)
    return REJECT(DUTIES, index, "its rule does not exist, or is on another event");
  if (!nuo__verify_is_kinds(duty->key_kinds, duty->key_count))
    return REJECT(DUTIES, index, "its key cannot be");
  if (duty->unused != 0) return REJECT(DUTIES, index, "there is something where nothing is");
  if (duty->subject != IMAGE_KEY_MAX && duty->subject >= duty->key_count)
    return REJECT(DUTIES, index, "its subject is no part of its key");
  if (duty->lateness < 0 || duty->lateness > LIMIT_LATENESS_MS)
    return REJECT(DUTIES, index, "its lateness is negative or too long");
  if (duty->from > duty->until) return REJECT(DUTIES, index, "it ends before it begins to be in force");
  if (duty->trigger == IMAGE_NONE) return check_period(v, index);
  return duty->trigger < image->EVENTS_count ? check_steps(v, index)
                                             : REJECT(DUTIES, index, "what begins it does not exist");
}

bool nuo__verify_duties(struct verifier *v) {
  const struct image *image = v->image;
  for (uint32_t s = 0; s < image->STEPS_count; s++) {
    if (!nuo__verify_is_str(v, image->STEPS[s].awaited) || image->STEPS[s].by_day > 1)
      return REJECT(STEPS, s, "what is awaited is not a string, or by_day neither 0 nor 1");
  }
  for (uint32_t e = 0; e < image->EVENTS_count; e++) {
    if (!check_origin(v, e)) return false;
  }
  for (uint32_t d = 0; d < image->DUTIES_count; d++) {
    if (!check_duty(v, d)) return false;
  }
  return true;
}

// ---- moves ----

static bool check_move(struct verifier *v, uint32_t index, uint32_t event, uint32_t fixed) {
  const struct image_move *move = &v->image->MOVES[index];
  const struct image_event *to = &v->image->EVENTS[event];
  if (move->field < to->field_first + fixed || move->field - to->field_first >= to->field_count)
    return REJECT(MOVES, index, "its field is none of the event's, or one that is not moved");
  const struct image_field *field = &v->image->FIELDS[move->field];
  if (move->kind != field->kind || !nuo__verify_class_fits(move->kind, move->reg_class))
    return REJECT(MOVES, index, "it is of another kind than its field");
  unsigned list = field->kind != VALUE_LIST      ? 0
                  : field->element == VALUE_TEXT ? LIST_OF_TEXTS
                                                 : LIST_OF_NUMBERS;
  return nuo__verify_is_readable(v, move->reg_class, move->reg, list) ||
         REJECT(MOVES, index, "its register does not exist or holds nothing");
}

// Into fields of an event but its first `fixed`.
static bool check_moves(struct verifier *v, uint32_t first, uint32_t count, uint32_t event, uint32_t fixed) {
  if (!nuo__verify_is_range(first, count, v->image->MOVES_count)) return false;
  if (!nuo__verify_spend(v, SECTION_MOVES, first, count)) return false;
  for (uint32_t m = first; m < first + count; m++) {
    if (!check_move(v, m, event, fixed)) return false;
  }
  return true;
}

static bool check_breach(struct verifier *v, uint32_t index) {
  const struct image_breach *breach = &v->image->BREACHES[index];
  if (breach->event >= v->image->EVENTS_count || v->image->EVENTS[breach->event].origin != ORIGIN_BREACH)
    return REJECT(BREACHES, index, "its type does not exist, or is none of breaches");
  if (breach->pack != IMAGE_NONE && breach->pack >= v->image->PACKS_count)
    return REJECT(BREACHES, index, "its policy does not exist");
  if (breach->is_outer > 1 || (breach->is_outer == 1 && breach->pack == IMAGE_NONE))
    return REJECT(BREACHES, index, "the policy has no outer names");
  return check_moves(v, breach->move_first, breach->move_count, breach->event, BREACH_FIELDS) ||
         (v->status == NUO_OK && REJECT(BREACHES, index, "what it takes over does not exist"));
}

bool nuo__verify_breaches(struct verifier *v, uint32_t index) {
  const struct image_event *event = &v->image->EVENTS[index];
  if (!nuo__verify_is_range(event->breach_first, event->breach_count, v->image->BREACHES_count))
    return REJECT(EVENTS, index, "its breaches do not exist");
  if (!nuo__verify_spend(v, SECTION_EVENTS, index, event->breach_count)) return false;
  for (uint32_t b = event->breach_first; b < event->breach_first + event->breach_count; b++) {
    if (!check_breach(v, b)) return false;
  }
  return true;
}

static bool check_raise(struct verifier *v, uint32_t index) {
  const struct image_raise *raise = &v->image->RAISES[index];
  if (raise->event >= v->image->EVENTS_count || v->image->EVENTS[raise->event].origin != ORIGIN_WIRE ||
      v->image->EVENTS[raise->event].enforceable != 0)
    return REJECT(RAISES, index, "its event does not exist, or cannot be raised");
  return check_moves(v, raise->move_first, raise->move_count, raise->event, 0) ||
         (v->status == NUO_OK && REJECT(RAISES, index, "what it is given does not exist"));
}

bool nuo__verify_raises(struct verifier *v, uint32_t rule) {
  const struct image_rule *r = &v->image->RULES[rule];
  if (!nuo__verify_is_range(r->raise_first, r->raise_count, v->image->RAISES_count))
    return REJECT(RULES, rule, "what it raises does not exist");
  if (!nuo__verify_spend(v, SECTION_RULES, rule, r->raise_count)) return false;
  for (uint32_t i = r->raise_first; i < r->raise_first + r->raise_count; i++) {
    if (!check_raise(v, i)) return false;
  }
  return true;
}

// ---- instructions ----

#define REJECT_CODE(at, reason) nuo__verify_reject(v, SECTION_CODE, at, reason)

// Duties are begun and met in effects, before these change any fact.
static bool check_place(struct verifier *v, uint32_t at) {
  if (v->kind != BLOCK_EFFECT) return REJECT_CODE(at, "it changes duties where that is not at hand");
  return !v->has_changed || REJECT_CODE(at, "it changes duties after a change of the memory");
}

static bool check_match(struct verifier *v, uint32_t at) {
  const struct insn *i = &v->image->CODE[at];
  const struct image_duty *duty = &v->image->DUTIES[i->a];
  if (!check_place(v, at)) return false;
  if (v->opening != IMAGE_NONE) return REJECT_CODE(at, "it stands in the code for each value");
  if (duty->trigger == IMAGE_NONE || (i->op == OPCODE_MEET && i->d >= duty->step_count))
    return REJECT_CODE(at, "the duty has no such step");
  return nuo__verify_is_key(v, duty->key_kinds, duty->key_count, i->b) ||
         REJECT_CODE(at, "its key does not exist, is of other types or holds nothing yet");
}

// A row of ARGUMENTS whose classes repeat.
static bool are_readable(const struct verifier *v, uint32_t first, uint32_t count, const uint8_t *classes,
                         uint32_t class_count) {
  if (!nuo__verify_is_range(first, count, v->image->ARGUMENTS_count)) return false;
  for (uint32_t a = 0; a < count; a++) {
    const struct image_argument *argument = &v->image->ARGUMENTS[first + a];
    if (argument->reg_class != classes[a % class_count] ||
        !nuo__verify_is_readable(v, argument->reg_class, argument->reg, 0))
      return false;
  }
  return true;
}

static bool check_opening(struct verifier *v, uint32_t index) {
  static const uint8_t due_classes[] = {REG_COLUMN, REG_PLANE};
  const struct image_opening *opening = &v->image->OPENINGS[index];
  const struct image_duty *duty = &v->image->DUTIES[opening->duty];
  if (!nuo__verify_is_key(v, duty->key_kinds, duty->key_count, opening->key))
    return REJECT(OPENINGS, index, "its key does not exist, is of other types or holds nothing yet");
  if (!are_readable(v, opening->dues, 2 * duty->step_count, due_classes, 2) ||
      !are_readable(v, opening->warnings, duty->warning_count, due_classes, 1))
    return REJECT(OPENINGS, index, "its due times do not exist or hold nothing yet");
  if (duty->suspended != IMAGE_NONE) {
    const struct image_fact *fact = &v->image->FACTS[duty->suspended];
    if (!nuo__verify_is_key(v, fact->key_kinds, fact->key_count, opening->suspended))
      return REJECT(OPENINGS, index, "the key of what suspends it does not exist or holds nothing yet");
  }
  return check_moves(v, opening->move_first, opening->move_count, duty->event, DUTY_FIELDS) ||
         (v->status == NUO_OK && REJECT(OPENINGS, index, "what it takes over does not exist"));
}

// That it is an opening for events of the type at hand.
static bool check_begin(struct verifier *v, uint32_t at) {
  const uint32_t index = v->image->CODE[at].a;
  const struct image_opening *opening = &v->image->OPENINGS[index];
  if (!check_place(v, at)) return false;
  if (opening->duty >= v->image->DUTIES_count || v->image->DUTIES[opening->duty].trigger != v->event)
    return REJECT(OPENINGS, index, "its duty does not exist, or begins with another event");
  return opening->unused == 0 || REJECT(OPENINGS, index, "there is something where nothing is");
}

static bool check_open(struct verifier *v, uint32_t at) {
  const uint32_t index = v->image->CODE[at].a;
  const struct image_opening *opening = &v->image->OPENINGS[index];
  if (!check_begin(v, at)) return false;
  bool is_each = opening->each_fact != IMAGE_NONE;
  if (is_each ? v->opening != index : v->opening != IMAGE_NONE)
    return REJECT_CODE(at, "it begins another duty than that of the value at hand");
  if (!is_each && (opening->each_part | opening->each_key | opening->each_class | opening->each_reg |
                   opening->code_first | opening->code_count) != 0)
    return REJECT(OPENINGS, index, "it runs through no values, but has code for them");
  return check_opening(v, index);
}

static bool check_values(struct verifier *v, uint32_t index) {
  const struct image_opening *opening = &v->image->OPENINGS[index];
  if (opening->each_fact >= v->image->FACTS_count)
    return REJECT(OPENINGS, index, "the fact that it runs through does not exist");
  const struct image_fact *fact = &v->image->FACTS[opening->each_fact];
  if (opening->each_part >= fact->key_count || (fact->each_parts >> opening->each_part & 1) == 0)
    return REJECT(OPENINGS, index, "the fact has no such part to run through");
  uint8_t kinds[IMAGE_KEY_MAX] = {0}, count = 0;
  for (uint8_t k = 0; k < fact->key_count; k++)
    if (k != opening->each_part) kinds[count++] = fact->key_kinds[k];
  if (!nuo__verify_is_key(v, kinds, count, opening->each_key))
    return REJECT(OPENINGS, index, "the parts of the key that are given do not exist or hold nothing yet");
  bool is_text = fact->key_kinds[opening->each_part] == VALUE_TEXT;
  return opening->each_class == (is_text ? REG_TEXT : REG_COLUMN) ||
         REJECT(OPENINGS, index, "its values are of another kind");
}

static bool check_each(struct verifier *v, uint32_t at) {
  const uint32_t index = v->image->CODE[at].a;
  if (v->opening != IMAGE_NONE) return REJECT_CODE(at, "it stands in the code for each value");
  return check_begin(v, at) && check_values(v, index) && nuo__verify_each_code(v, at, index);
}

bool nuo__verify_duty_code(struct verifier *v, uint32_t at) {
  switch (v->image->CODE[at].op) {
    case OPCODE_MEET:
    case OPCODE_DISCHARGE:
      return check_match(v, at);
    case OPCODE_OPEN:
      return check_open(v, at);
    case OPCODE_EACH:
      return check_each(v, at);
    default:
      return true;
  }
}
