// SPDX-License-Identifier: Apache-2.0
// Facts and counters over a store: what the VM's memory instructions do. Exact for late events too: a record
// keeps as much history as an event within the lateness may still ask for.
#ifndef NUO_RUNTIME_STATE_H
#define NUO_RUNTIME_STATE_H

#include <string.h>

#include "runtime/batch.h"
#include "runtime/program.h"
#include "runtime/seal.h"
#include "runtime/store.h"
#include "runtime/text_out.h"

// A record's first byte tells what it is, in four bits; the others are its own.
enum record_kind {
  RECORD_HISTORY = 1,  // of a fact or counter (state.c)
  RECORD_WAITING = 2,  // an event that was held or deferred and may be delivered yet (delivery.c)
  RECORD_MARKS = 3,    // the marks below (state.c)
  RECORD_DUTY = 4,     // the instances of a duty that are open (duty_record.c)
  RECORD_PERIOD = 5,   // the period of a duty that is under way (deadline.c)
  RECORD_EACH = 6,     // the values that a fact has been started for (duty.c)
  RECORD_REPLAY = 7,   // a decision, for an event that comes again (replay.c)
  RECORD_CLOCK = 8,    // the duties that a fact suspends (duty.c)
};
#define RECORD_KIND_SHIFT 3
static inline unsigned nuo__record_kind(const void *record) {
  return *(const uint8_t *)record >> RECORD_KIND_SHIFT & 15;
}

// Whether a record belongs to a definition of the policy, which its key tells.
static inline bool nuo__record_is_defined(const void *record) {
  const unsigned kind = nuo__record_kind(record);
  return kind != RECORD_WAITING && kind != RECORD_MARKS && kind != RECORD_REPLAY;
}

// A key, byte by byte (state_key.c): four of a hash of the key's values, so that all that is kept under the
// same values lies together; the first two bytes of the definition's identity; four more of both; and six of
// a hash of the subject, so that all that is kept of one person is found. Where there is no subject, they are
// more of the hash of the values.
#define STATE_DEFINITION_AT 4
#define STATE_DEFINITION_SIZE 2
#define STATE_MIXED_AT 6
#define STATE_SUBJECT_AT 10
#define STATE_SUBJECT_SIZE 6

// The state of one engine. All of it that outlives a call is in the store, once nuo__state_save has put the
// marks there. Everything below is called with the engine's lock held.
struct state {
  const nuo_allocator *allocator;
  struct store *store;  // NULL while no program needs a memory
  // Records that are forgotten together, by the span of replay_ms in which they were made (replay.c).
  struct store *recent[2];
  int64_t span, span_from;  // the latest of these, and its first instant; INT64_MAX before any is known
  int64_t replay_ms;        // how long a decision is kept for an event that comes again
  uint8_t secret[16];       // of the keyed hash of events, and of values together
  uint8_t value_key[16];    // of that of single values
  struct seal seal;         // of what is kept of events
  int64_t high_water;       // time of the newest event seen; INT64_MIN before the first
  int64_t horizon;          // history older than this is no longer asked for
  int64_t first_seen;       // time of the first event seen; INT64_MIN before it
  int64_t lateness;         // the greatest of all event types, ms
  bool failed;              // an allocation failed
  uint8_t *buffer;          // where records are put together
  size_t buffer_size;
  struct text_out record;  // where other records are put together
};

// An empty state that needs a memory, with a secret of 16 bytes. False when out of memory: then there is
// none.
bool nuo__state_init(struct state *state, const nuo_allocator *allocator, const uint8_t secret[16]);
void nuo__state_free(struct state *state);
// An event at `time` has been decided: moves the high-water mark and the horizon, forgets what waited too
// long.
void nuo__state_advance(struct state *state, int64_t time);
// Forgets what waited too long at `time`, up to the first timer before it that belongs to another kind of
// record: *at and *key tell it, and it is left for the caller to drop. False when there is none.
bool nuo__state_due(struct state *state, int64_t time, int64_t *at, struct store_key *key);
// Puts the marks into the store, and takes them out of it. False when out of memory.
bool nuo__state_save(struct state *state);
void nuo__state_restore(struct state *state);

// ---- keys (state_key.c) ----

// What a key is of, and what its parts are.
enum key_kind {
  KEY_OF_FACT = 1,
  KEY_OF_COUNTER,
  KEY_OF_EVENT,
  KEY_OF_DUTY,
  KEY_OF_PERIOD,
  KEY_OF_CLOCK,
  KEY_OF_VALUE,      // no record: what tells values apart (state_distinct.c)
  KEY_OF_EACH = 32,  // and the following: which part runs through its values
};
struct key_shape {
  enum key_kind kind;
  const uint8_t *identity;  // 16 bytes
  const uint8_t *kinds;     // enum value_kind each
  uint8_t count;
  uint8_t subject;  // which part is the subject, from 1 on; 0: none
};
// From what the image says of a fact, counter or duty.
static inline uint8_t nuo__state_subject_of(uint32_t part) {
  return part < IMAGE_KEY_MAX ? (uint8_t)(part + 1) : 0;
}
struct key_shape nuo__state_shape(const struct image *image, bool counter, uint32_t index);

// The values of a key in one lane: what the keys of all definitions with the same values have in common.
// False when one of them is unknown there.
struct key_values {
  uint8_t bytes[16];
};
bool nuo__state_values(const struct state *state, const nuo_program *program, const struct batch *batch,
                       uint32_t lane, const struct key_shape *shape, const struct image_argument *arguments,
                       struct key_values *values);
// The key of a definition with given values: `definition` is what goes in besides them.
struct store_key nuo__state_definition(const struct key_shape *shape);
static inline struct store_key nuo__state_key_from(const struct key_values *values,
                                                   const struct store_key *definition) {
  struct store_key key;
  uint64_t a[2], b[2];
  memcpy(a, values->bytes, sizeof a);
  memcpy(b, definition->bytes, sizeof b);
  a[0] ^= b[0];
  a[1] ^= b[1];
  memcpy(key.bytes, a, sizeof a);
  return key;
}
// Both at once.
bool nuo__state_key(const struct state *state, const nuo_program *program, const struct batch *batch,
                    uint32_t lane, const struct key_shape *shape, const struct image_argument *arguments,
                    struct store_key *key);
// The key of what is kept under an event's type (as on the wire) and identity.
struct store_key nuo__state_event_key(const struct state *state, nuo_text type, nuo_text id);
// Where the duties are kept that a fact with this key suspends.
struct store_key nuo__state_clock_key(const struct store_key *fact);
// What keys hold of a subject, given as a text or as the decimal digits of a number.
void nuo__state_subject(const struct state *state, nuo_text subject, uint8_t tag[STATE_SUBJECT_SIZE]);
void nuo__state_subject_number(const struct state *state, int64_t subject, uint8_t tag[STATE_SUBJECT_SIZE]);
// The same for the value of a text or a column in one lane; where it is unknown, `tag` stays as it is.
void nuo__state_tag(const struct state *state, const struct batch *batch, uint32_t lane,
                    const struct image_argument *argument, uint8_t tag[STATE_SUBJECT_SIZE]);
// Whether a record (NULL: a timer) is kept of the subject with this tag.
bool nuo__state_is_of(const uint8_t tag[STATE_SUBJECT_SIZE], const struct store_key *key, const void *record,
                      uint32_t size);

// ---- records ----

// Puts what has been written into state->record under the key; nothing: takes it away. Sets state->failed
// when out of memory.
void nuo__state_put(struct state *state, const struct store_key *key, const struct text_out *record);
// A fact as it was at `time`. False: it did not hold. *value: its value (a number), *text when it is a text
// (borrowed from the store until it changes).
bool nuo__state_fact(const struct state *state, const struct store_key *key, int64_t time, int64_t *since,
                     int64_t *value, nuo_text *text);
// The first change after *time, at which the fact starts or ends; false when none is known.
bool nuo__state_fact_after(const struct state *state, const struct store_key *key, int64_t *time,
                           bool *starts);
// `since` is the begin of the time without an end up to `time`: a start while the fact holds changes its
// value only. The fact starts (value, or text when text.text is not NULL) or ends at `time`. At the same
// instant an end prevails over a start, and of two starts the one told last. Sets state->failed when out of
// memory: then nothing has changed.
void nuo__state_start(struct state *state, const struct store_key *key, int64_t time, int64_t value,
                      nuo_text text);
void nuo__state_end(struct state *state, const struct store_key *key, int64_t time);

// Counted events later than `after` and not later than `time`; *times (may be NULL) gets the latest `max` of
// them, ascending.
uint32_t nuo__state_count(const struct state *state, const struct store_key *key, int64_t after, int64_t time,
                          int64_t *times, uint32_t max, uint32_t *given);
// Counts an event at `time`; at least the latest `capacity` up to every instant from the horizon on are kept.
// Sets state->failed when out of memory: then nothing has changed.
void nuo__state_tally(struct state *state, const struct store_key *key, int64_t time, uint32_t capacity);

// The bytes of a record at most, as long as no event is late: of a fact, without the text that is its value;
// of a counter of times.
uint32_t nuo__state_fact_size(const struct image_fact *fact);
uint32_t nuo__state_times_size(uint32_t capacity);

// ---- events that are held or deferred (delivery.c) ----

// Keeps something of an event, and as of a subject by its tag, until it is delivered, for NUO__WAITING_MS.
// The first NUO__HELD_HEAD bytes of `record` are filled in here, the others are sealed in place. Sets
// state->failed when out of memory.
void nuo__state_hold(struct state *state, const struct store_key *key, const uint8_t *subject,
                     uint8_t *record, size_t size);
#define NUO__HELD_HEAD (9 + STATE_SUBJECT_SIZE + SEAL_MARK)
// What was kept, still sealed, borrowed until the store is changed; NULL when no such event waits.
const uint8_t *nuo__state_held(const struct state *state, const struct store_key *key, size_t *size);
// It waits no longer, if it did.
void nuo__state_release(struct state *state, const struct store_key *key);
// Whether a record of RECORD_WAITING is kept of the subject with this tag.
bool nuo__state_waits_for(const uint8_t *record, uint32_t size, const uint8_t tag[STATE_SUBJECT_SIZE]);
#define NUO__WAITING_MS INT64_C(604800000)

// ---- events that come again (replay.c) ----

#define NUO__REPLAY_MS INT64_C(3600000)
// The high-water mark moves: forgets what was kept for a time that is over.
void nuo__state_enter_span(struct state *state, int64_t before, int64_t now);
// Whether a record of RECORD_REPLAY in state->store is not needed after `at` any more.
bool nuo__state_is_replay_over(const uint8_t *record, int64_t at);

#endif
