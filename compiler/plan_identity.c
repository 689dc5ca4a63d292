// SPDX-License-Identifier: Apache-2.0
// What tells a counter or a duty from others: a digest of what it counts, or demands, not of where it stands
// or of the words that say it. An engine that goes on with the next version of a policy goes on counting what
// that version counts too. Operands come before the values that are made of them, so one pass over the values
// digests them all. Called by plan_memory.c and the emitter.
#include <sodium.h>
#include <string.h>

#include "compiler/plan.h"
#include "runtime/opcode.h"

typedef crypto_generichash_state hash;

// ---- pieces ----
static void add_number(hash *h, uint64_t number) {
  unsigned char bytes[8];
  for (int i = 0; i < 8; i++) bytes[i] = (unsigned char)(number >> (8 * i));
  crypto_generichash_update(h, bytes, sizeof bytes);
}

static void add_text(hash *h, struct str text) {
  add_number(h, text.len);
  if (text.len > 0) crypto_generichash_update(h, (const unsigned char *)text.at, text.len);
}

// What one policy declares is another thing in another policy, whatever its name. A policy has one name
// whether it is compiled alone or used, so what it remembers is the same.
static void add_owned(hash *h, struct str owner, const struct pack *pack, struct str name) {
  add_text(h, owner);
  add_text(h, nuo__inner_name(pack, name));
}

static void add_event(hash *h, const struct event_type *event) {
  add_owned(h, event->owner, event->pack, event->names.en);
}

static void add_fact(hash *h, const struct fact *fact) {
  add_owned(h, fact->owner, fact->pack, fact->names.en);
}

static void add_value(hash *h, const struct planner *p, uint32_t value) {
  const struct value_digest *digest = &p->event->digests.at[value];
  crypto_generichash_update(h, digest->bytes, sizeof digest->bytes);
}

static void add_list(hash *h, const struct planner *p, uint32_t first, uint32_t count) {
  add_number(h, count);
  for (uint32_t i = 0; i < count; i++) add_value(h, p, p->event->lists.at[first + i]);
}

// ---- constants ----
static void add_number_set(hash *h, const struct number_set *set) {
  add_number(h, set->count);
  for (uint32_t i = 0; i < set->count; i++) add_number(h, (uint64_t)set->at[i]);
}

static void add_texts(hash *h, const struct str *texts, uint32_t count) {
  add_number(h, count);
  for (uint32_t i = 0; i < count; i++) add_text(h, texts[i]);
}

static void add_pattern(hash *h, const struct image_writer *out, uint32_t regex) {
  const struct image_str *patterns =
      (const struct image_str *)(const void *)out->sections[SECTION_REGEXES].at;
  add_text(h, (struct str){out->sections[SECTION_STRINGS].at + patterns[regex].at, patterns[regex].len});
}

static void add_argument(hash *h, const struct planner *p, char letter, uint32_t arg) {
  const struct image_writer *out = p->out;
  switch (letter) {
    case 'k':
      add_number(h, (uint64_t)out->number_values.at[arg]);
      break;
    case 'K':
      add_number(h, (uint64_t)out->number_values.at[arg]);
      add_number(h, (uint64_t)out->number_values.at[arg + 1]);
      break;
    case 'S':
      add_number_set(h, &out->number_set_values.at[arg]);
      break;
    case 'T':
      add_texts(h, out->text_set_values.at[arg].at, out->text_set_values.at[arg].count);
      break;
    case 't':
      add_text(h, out->text_values.at[arg]);
      break;
    case 'g':
      add_pattern(h, out, arg);
      break;
    case 'u':
      add_number(h, arg);
      break;
    default:
      add_value(h, p, arg);
      break;
  }
}

// ---- values ----
static void add_field(hash *h, const struct planner *p, const struct value *value) {
  const struct event_plan *event = p->event;
  for (uint32_t i = 0; i < event->type->fields.count; i++) {
    const struct field *field = event->type->fields.at[i];
    if (event->slot[i] == 0 || nuo__dag_class(field->type) != value->reg_class) continue;
    if (p->slots.at[event->slot[i] - 1].reg == value->arg[0]) add_text(h, field->path);
  }
}

static void add_either_way(hash *h, const struct planner *p, uint32_t a, uint32_t b) {
  const struct value_digest *digests = p->event->digests.at;
  const bool ordered = memcmp(digests[a].bytes, digests[b].bytes, sizeof digests[a].bytes) <= 0;
  add_value(h, p, ordered ? a : b);
  add_value(h, p, ordered ? b : a);
}

static void add_plain(hash *h, const struct planner *p, const struct value *value) {
  const char *letters = nuo__opcode_operands(value->op);
  if (nuo__opcode_commutes(value->op)) {
    add_either_way(h, p, value->arg[0], value->arg[1]);
    return;
  }
  const size_t count = strlen(letters) - 1 - nuo__dag_guarded(value);
  for (size_t i = 0; i < count; i++) add_argument(h, p, letters[i + 1], value->arg[i]);
}

static void add_remembered(hash *h, const struct planner *p, const struct value *value) {
  const struct program *program = p->program;
  const bool counted = value->op >= OPCODE_COUNTED;
  if (counted)
    add_event(h, program->counters.at[value->arg[0]]->event);
  else
    add_fact(h, program->facts.at[value->arg[0]]);
  add_list(h, p, value->arg[1], value->arg[2]);
}

static void add_spec(hash *h, const struct match_spec *spec) {
  add_number(h, spec->kind);
  add_number(h, spec->fold);
  add_texts(h, spec->texts, spec->count);
  if (spec->excepted.count > 0) add_texts(h, spec->excepted.at, spec->excepted.count);
}

static void add_content(hash *h, const struct planner *p, const struct value *value) {
  switch (value->op) {
    case PLAN_FIELD:
      add_field(h, p, value);
      break;
    case PLAN_ASKED:
      add_value(h, p, value->arg[1]);
      add_number(h, value->arg[2]);
      break;
    case PLAN_MATCH:
      add_value(h, p, value->arg[0]);
      add_spec(h, &p->specs.at[value->arg[1]]);
      break;
    case PLAN_PICK:
      add_list(h, p, value->arg[0], 2 * value->arg[1]);
      break;
    case PLAN_EACH:
      break;  // which value of which fact, the duty says
    case PLAN_CALL:
      add_text(h, p->natives.at[value->arg[0]]->names.en);
      add_list(h, p, value->arg[1], value->arg[2]);
      break;
    default:
      if (nuo__opcode_remembers(value->op))
        add_remembered(h, p, value);
      else
        add_plain(h, p, value);
      break;
  }
}

static struct value_digest digest_of(const struct planner *p, const struct value *value) {
  struct value_digest digest;
  const char *name = nuo__dag_op_name(value->op);
  hash h;
  crypto_generichash_init(&h, NULL, 0, sizeof digest.bytes);
  add_text(&h, (struct str){name, (uint32_t)strlen(name)});
  add_number(&h, value->reg_class);
  add_content(&h, p, value);
  crypto_generichash_final(&h, digest.bytes, sizeof digest.bytes);
  return digest;
}

// Digests the values of the event at hand that have none.
static void digest_values(struct planner *p) {
  struct event_plan *event = p->event;
  while (event->digests.count < event->values.count) {
    const struct value_digest digest = digest_of(p, &event->values.at[event->digests.count]);
    VEC_PUSH(p->arena, &event->digests, digest);
  }
}

static void add_values(hash *h, const struct planner *p, const value_list *values) {
  add_number(h, values->count);
  for (uint32_t i = 0; i < values->count; i++) add_value(h, p, values->at[i]);
}

// ---- counters and facts ----
void nuo__plan_identity(struct planner *p, const struct plan_effect *tally, uint8_t identity[16]) {
  const struct counter *counter = p->program->counters.at[tally->index];
  hash h;
  digest_values(p);
  crypto_generichash_init(&h, NULL, 0, 16);
  add_event(&h, counter->event);
  add_number(&h, counter->attempts);
  add_value(&h, p, tally->condition);
  add_values(&h, p, &tally->key);
  if (counter->spread > 0) add_number(&h, (uint64_t)counter->spread);
  if (tally->op != OPCODE_TALLY) add_number(&h, tally->op == OPCODE_TOTAL);
  if (tally->op == OPCODE_TOTAL) add_value(&h, p, tally->value);
  crypto_generichash_final(&h, identity, 16);
}

// Its name, and the types of its key and value: of what begins and ends it the past is what it was.
void nuo__plan_fact_identity(const struct fact *fact, uint8_t identity[16]) {
  hash h;
  crypto_generichash_init(&h, NULL, 0, 16);
  add_fact(&h, fact);
  add_number(&h, fact->keys.count);
  for (uint32_t i = 0; i < fact->keys.count; i++) add_number(&h, fact->keys.at[i]->kind);
  add_number(&h, fact->type == NULL ? UINT64_MAX : fact->type->kind);
  crypto_generichash_final(&h, identity, 16);
}

// ---- duties ----
static void add_opening(hash *h, const struct planner *p, const struct plan_opening *opening) {
  const struct duty *duty = opening->duty;
  add_value(h, p, opening->demanded);
  add_values(h, p, &opening->key);
  add_values(h, p, &opening->dues);
  add_values(h, p, &opening->warnings);
  if (duty->suspended != NULL) {
    add_fact(h, nuo__expr_peel(duty->suspended)->target);
    add_values(h, p, &opening->suspended);
  }
  if (duty->each == NULL) return;
  add_fact(h, duty->each);
  add_number(h, duty->each_part);
  add_values(h, p, &opening->each_key);
}

static void add_openings(hash *h, struct planner *p, const struct duty *duty) {
  p->event = &p->events[duty->trigger->index];
  digest_values(p);
  add_event(h, duty->trigger);
  for (uint32_t i = 0; i < p->event->openings.count; i++)
    if (p->event->openings.at[i].duty == duty) add_opening(h, p, &p->event->openings.at[i]);
}

static void add_match(hash *h, struct planner *p, const struct duty *duty, enum opcode op, uint32_t step,
                      const struct duty_match *match) {
  p->event = &p->events[match->event->index];
  digest_values(p);
  add_event(h, match->event);
  for (uint32_t i = 0; i < p->event->effects.count; i++) {
    const struct plan_effect *effect = &p->event->effects.at[i];
    if (effect->op != op || effect->index != duty->index || effect->step != step) continue;
    add_value(h, p, effect->condition);
    add_values(h, p, &effect->key);
  }
}

static void add_period(hash *h, const struct planner *p, const struct duty *duty) {
  const struct expr *due = duty->due.length != NULL ? nuo__expr_peel(duty->due.length) : NULL;
  add_number(h, duty->period);
  crypto_generichash_update(h, p->identities[duty->counter->index].bytes, sizeof *p->identities);
  if (due == NULL) return;
  add_number(h, due->unit);
  add_number(h, (uint64_t)due->number);
}

void nuo__plan_duty_identity(struct planner *p, const struct duty *duty, uint8_t identity[16]) {
  hash h;
  crypto_generichash_init(&h, NULL, 0, 16);
  add_owned(&h, duty->event->owner, duty->event->pack, duty->names.en);
  add_number(&h, duty->trigger != NULL);
  if (duty->trigger != NULL)
    add_openings(&h, p, duty);
  else
    add_period(&h, p, duty);
  add_number(&h, duty->steps.count);
  for (uint32_t i = 0; i < duty->steps.count; i++)
    add_match(&h, p, duty, OPCODE_MEET, i, &duty->steps.at[i].match);
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    add_match(&h, p, duty, OPCODE_DISCHARGE, i, &duty->discharges.at[i]);
  crypto_generichash_final(&h, identity, 16);
}
