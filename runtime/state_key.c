// SPDX-License-Identifier: Apache-2.0
// Keys of records. Each value has a keyed hash of its own, of which a key of one value takes 14 bytes, and a
// subject's tag is six; the values of a longer key are hashed together by their hashes. Then the definition
// goes in, in six bytes behind the first four (state.h): so the keys of all definitions over the same values
// cost one hash, differ in 48 bits of their identities, and stand next to each other in the store. Called by
// touch.c and by whoever remembers.
#include <sodium.h>
#include <string.h>

#include "runtime/bytes.h"
#include "runtime/state.h"

#define HASH 16
#define IDENTITY_SIZE (STATE_SUBJECT_AT - STATE_DEFINITION_AT)
#define EVENT_TEXT 48  // longer texts go into an event's key by their own hash
#define EVENT_TEXT_HASHED 255

// ---- hashes ----

static void hash(uint8_t out[HASH], const void *bytes, size_t len, const uint8_t key[16]) {
  crypto_shorthash_siphashx24(out, bytes, len, key);
}

static void hash_text(const struct state *state, const char *text, size_t len, uint8_t out[HASH]) {
  hash(out, text, len, state->value_key);
}

static void hash_number(const struct state *state, int64_t number, uint8_t out[HASH]) {
  uint8_t bytes[8];
  nuo__bytes_write(bytes, 8, (uint64_t)number);
  hash(out, bytes, sizeof bytes, state->value_key);
}

// A zone goes in by its name: its handle is another in another program.
static bool hash_column(const struct state *state, const nuo_program *program, int64_t value, uint8_t kind,
                        uint8_t out[HASH]) {
  char name[ZONE_NAME_MAX];
  if (kind != VALUE_ZONE) return hash_number(state, value, out), true;
  if (value < 0 || value > UINT16_MAX) return false;
  const size_t len = nuo__zone_set_name(program->zones, (uint16_t)value, name);
  hash_text(state, name, len, out);
  return len > 0;
}

// False when the value is unknown. Nothing says of which kind it was: the definition does.
static bool hash_value(const struct state *state, const nuo_program *program, const struct batch *b,
                       uint32_t lane, uint8_t kind, const struct image_argument *argument,
                       uint8_t out[HASH]) {
  const uint16_t reg = argument->reg;
  if (argument->reg_class == REG_TEXT) {
    if (!(b->text_known[reg] >> lane & 1)) return false;
    hash_text(state, b->texts[reg].at[lane], b->texts[reg].len[lane], out);
    return true;
  }
  if (argument->reg_class == REG_COLUMN)
    return (b->column_known[reg] >> lane & 1) &&
           hash_column(state, program, b->columns[reg][lane], kind, out);
  if (!((b->planes[reg].t | b->planes[reg].f) >> lane & 1)) return false;
  hash_number(state, (int64_t)(b->planes[reg].t >> lane & 1), out);
  return true;
}

// ---- subjects ----

static void put_tag(const uint8_t subject[HASH], uint8_t tag[STATE_SUBJECT_SIZE]) {
  memcpy(tag, subject + HASH - STATE_SUBJECT_SIZE, STATE_SUBJECT_SIZE);
}

void nuo__state_subject(const struct state *state, nuo_text subject, uint8_t tag[STATE_SUBJECT_SIZE]) {
  uint8_t whole[HASH];
  hash_text(state, subject.text, subject.len, whole);
  put_tag(whole, tag);
}

void nuo__state_subject_number(const struct state *state, int64_t subject, uint8_t tag[STATE_SUBJECT_SIZE]) {
  char digits[24];
  size_t len = nuo__text_format(digits, sizeof digits, "%lld", (long long)subject);
  nuo__state_subject(state, (nuo_text){digits, len}, tag);
}

void nuo__state_tag(const struct state *state, const struct batch *b, uint32_t lane,
                    const struct image_argument *argument, uint8_t tag[STATE_SUBJECT_SIZE]) {
  const uint16_t reg = argument->reg;
  if (argument->reg_class == REG_TEXT) {
    if (!(b->text_known[reg] >> lane & 1)) return;
    nuo__state_subject(state, (nuo_text){b->texts[reg].at[lane], b->texts[reg].len[lane]}, tag);
  } else if (argument->reg_class == REG_COLUMN && b->column_known[reg] >> lane & 1) {
    nuo__state_subject_number(state, b->columns[reg][lane], tag);
  }
}

bool nuo__state_is_of(const uint8_t tag[STATE_SUBJECT_SIZE], const struct store_key *key, const void *record,
                      uint32_t size) {
  if (memcmp(key->bytes + STATE_SUBJECT_AT, tag, STATE_SUBJECT_SIZE) == 0) return true;
  return record != NULL && nuo__record_kind(record) == RECORD_WAITING &&
         nuo__state_waits_for(record, size, tag);
}

// ---- keys of definitions ----

struct key_shape nuo__state_shape(const struct image *image, bool counter, uint32_t index) {
  if (counter) {
    const struct image_counter *c = &image->COUNTERS[index];
    return (struct key_shape){KEY_OF_COUNTER, c->identity, c->key_kinds, c->key_count,
                              nuo__state_subject_of(c->subject)};
  }
  const struct image_fact *f = &image->FACTS[index];
  return (struct key_shape){KEY_OF_FACT, f->identity, f->key_kinds, f->key_count,
                            nuo__state_subject_of(f->subject)};
}

bool nuo__state_values(const struct state *state, const nuo_program *program, const struct batch *batch,
                       uint32_t lane, const struct key_shape *shape, const struct image_argument *arguments,
                       struct key_values *values) {
  uint8_t each[IMAGE_KEY_MAX][HASH], whole[HASH] = {0};
  for (uint8_t k = 0; k < shape->count; k++)
    if (!hash_value(state, program, batch, lane, shape->kinds[k], &arguments[k], each[k])) return false;
  if (shape->count == 1) memcpy(whole, each[0], HASH);
  if (shape->count > 1) hash(whole, each, shape->count * sizeof *each, state->secret);
  memset(values->bytes, 0, sizeof values->bytes);
  memcpy(values->bytes, whole, STATE_DEFINITION_AT);
  memcpy(values->bytes + STATE_MIXED_AT, whole + STATE_MIXED_AT, HASH - STATE_MIXED_AT);
  if (shape->subject == 0) return true;
  const struct image_argument *subject = &arguments[shape->subject - 1];
  if (subject->reg_class == REG_TEXT) {
    put_tag(each[shape->subject - 1], values->bytes + STATE_SUBJECT_AT);
  } else {
    nuo__state_tag(state, batch, lane, subject, values->bytes + STATE_SUBJECT_AT);
  }
  return true;
}

struct store_key nuo__state_definition(const struct key_shape *shape) {
  struct store_key key = {{0}};
  memcpy(key.bytes + STATE_DEFINITION_AT, shape->identity, IDENTITY_SIZE);
  key.bytes[STATE_SUBJECT_AT - 1] ^= (uint8_t)shape->kind;
  return key;
}

bool nuo__state_key(const struct state *state, const nuo_program *program, const struct batch *batch,
                    uint32_t lane, const struct key_shape *shape, const struct image_argument *arguments,
                    struct store_key *key) {
  struct key_values values;
  if (!nuo__state_values(state, program, batch, lane, shape, arguments, &values)) return false;
  const struct store_key definition = nuo__state_definition(shape);
  *key = nuo__state_key_from(&values, &definition);
  return true;
}

// It is the fact's, and its subject's, and lies next to it.
struct store_key nuo__state_clock_key(const struct store_key *fact) {
  struct store_key key = *fact;
  key.bytes[STATE_SUBJECT_AT - 1] ^= KEY_OF_FACT ^ KEY_OF_CLOCK;
  return key;
}

// ---- keys of events ----

static uint8_t *add_text(const struct state *state, uint8_t *at, nuo_text text) {
  *at++ = (uint8_t)(text.len <= EVENT_TEXT ? text.len : EVENT_TEXT_HASHED);
  if (text.len > EVENT_TEXT) return hash(at, text.text, text.len, state->secret), at + HASH;
  if (text.len > 0) memcpy(at, text.text, text.len);
  return at + text.len;
}

struct store_key nuo__state_event_key(const struct state *state, nuo_text type, nuo_text id) {
  uint8_t bytes[1 + 2 * (1 + EVENT_TEXT)] = {KEY_OF_EVENT};
  struct store_key key;
  uint8_t *end = add_text(state, add_text(state, bytes + 1, type), id);
  hash(key.bytes, bytes, (size_t)(end - bytes), state->secret);
  return key;
}
