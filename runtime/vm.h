// SPDX-License-Identifier: Apache-2.0
// The interpreter. Runs verified code over a batch; knows nothing of JSON, decisions or sessions.
#ifndef NUO_RUNTIME_VM_H
#define NUO_RUNTIME_VM_H

#include "runtime/batch.h"
#include "runtime/native.h"
#include "runtime/program.h"
#include "runtime/scratch.h"
#include "runtime/state.h"
#include "runtime/touch.h"

// Whether the host is to hear of calls of native functions: of how long they take, or of its own mistakes.
static inline bool nuo__vm_takes_notes(const nuo_program *program) {
  return program->image.NATIVES_count > 0 && (program->watch.count > 0 || program->watch.now != NULL);
}

// Bytes that a session needs for batches of a program: all registers, and room for every rule's FIRE.
size_t nuo__batch_size(const struct image *image);

struct fired {  // one FIRE with at least one lane, in order of the code
  uint32_t rule;
  uint64_t breached, undetermined, excepted;
};

// What was worked out last: events come in order, so the next one mostly falls into the same day.
struct recent_day {  // all 0: 1970-01-01 in UTC, of which no instant is known
  int64_t zone;
  struct zone_span span;
  int64_t midnight;  // of the date, as if it were in UTC
  int32_t date;
};
struct recent_instant {  // all 0: 1970-01-01 00:00 in UTC
  int64_t date, clock, zone, instant;
};

struct machine {
  const nuo_program *program;
  struct batch *batch;
  struct fired *fired;  // room for every rule of the program
  uint32_t fired_count;
  struct match_scratch *match_scratch;
  struct regex_scratch *regex_scratch;
  // For code that needs memory: the engine's state, locked; where texts out of it are kept until the batch is
  // done; whether the event at hand is delivered, and whether that is reported of an event judged before.
  struct state *state;
  struct scratch *texts;
  const struct early *early;  // keys that are made already; may be NULL
  bool delivered, reported;
  bool in_force;               // else it begins no duty
  const uint32_t *capacities;  // of counters: what all versions of the policy at most ask for
  struct duty_log *log;        // what an event does to duties
  bool again;                  // of a duty's event: not the first deadline of it that was missed
  struct native_note *notes;   // of each lane and native function; NULL: nobody asks
  struct recent_day day;
  struct recent_instant instant;
};

// Makes the registers of a batch for `program`, all unknown. NUO_NO_MEMORY leaves nothing behind.
nuo_status nuo__batch_new(const nuo_program *program, const nuo_allocator *allocator, struct batch *batch);
void nuo__batch_free(const nuo_program *program, const nuo_allocator *allocator, struct batch *batch);
// Empties the batch: no lanes, field registers unknown.
void nuo__batch_clear(const nuo_program *program, struct batch *batch);
// Makes the field registers of one lane unknown again.
void nuo__batch_clear_lane(const nuo_program *program, struct batch *batch, uint32_t lane);

// Appends an element to the pool of lists; false when out of memory.
bool nuo__batch_grow(struct batch *batch, const nuo_allocator *allocator);
static inline bool nuo__batch_push(struct batch *b, const nuo_allocator *allocator, union element element) {
  if (b->pool_count == b->pool_cap && !nuo__batch_grow(b, allocator)) return false;
  b->pool[b->pool_count++] = element;
  return true;
}

// Runs code [first, first + count) for the lanes in `live`; FIREs are appended to machine->fired.
void nuo__vm_run(struct machine *machine, uint32_t first, uint32_t count, uint64_t live);
// The same for one lane: works on no other.
void nuo__vm_run_lane(struct machine *machine, uint32_t first, uint32_t count, uint32_t lane);

#endif
