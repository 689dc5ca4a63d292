// SPDX-License-Identifier: Apache-2.0
// Engines and sessions from the inside.
#ifndef NUO_RUNTIME_SESSION_H
#define NUO_RUNTIME_SESSION_H

#include <pthread.h>
#include <stdatomic.h>

#include "runtime/capture.h"
#include "runtime/decode.h"
#include "runtime/disk.h"
#include "runtime/duty.h"
#include "runtime/explain.h"
#include "runtime/vm.h"

// Versions of one policy, disjoint in time. It never changes: a swap publishes another one, and each session
// keeps the one that it works with alive.
struct lineup {
  atomic_uint references;
  nuo_allocator allocator;
  bool remembers;  // one of them has facts, counters or duties, or derives events
  size_t count;
  nuo_program *programs[];
};

struct position {  // the host's own
  uint8_t bytes[NUO_POSITION_MAX];
  size_t size;
};
struct nuo_engine {
  nuo_allocator allocator;
  struct mask_key key;
  // Read without a lock to see whether it is still the same. Taken, and replaced, with `publishing` locked,
  // which nobody holds for longer than that; replaced with `lock` held too, under which a commit reads it.
  _Atomic(struct lineup *) lineup;  // NULL: nuo_engine_use has not been called
  pthread_mutex_t publishing;
  pthread_mutex_t lock;  // held by a session while it decides in turn
  struct state state;    // there from the first program that remembers on, or from opening the directory on
  uint8_t secret[16];
  bool has_secret, drops_state;
  int64_t replay_ms;
  char *directory;  // zero-terminated, or NULL
  size_t directory_size;
  struct disk *disk;               // NULL: not open
  bool in_part;                    // memory ran out while an event took effect: there are no more commits
  bool forgets;                    // a person is to be erased by the next commit
  bool compacts;                   // the commit that was begun erases one
  struct position position, next;  // committed; of the commit that was begun
  // What the programs remember (schema.c), and what the last comparison was made with.
  struct text_out table, before, rejected;
  nuo_change *changes;
  size_t change_count, change_size;
};

// Locks it for a turn, which takes some tens of microseconds: about as long as falling asleep and waking up
// again, so it tries for that long first.
void nuo__engine_lock(nuo_engine *engine);
// A reference to what is in force, or NULL when nothing is.
struct lineup *nuo__engine_lineup(nuo_engine *engine);
void nuo__lineup_keep(struct lineup *lineup);  // one reference more
void nuo__lineup_free(struct lineup *lineup);  // one less; NULL is allowed
// Compares what programs remember with what the state directory does, opening it if need be, and erases what
// went, where that is allowed (engine_state.c). Nothing has changed unless NUO_OK.
nuo_status nuo__engine_adopt(nuo_engine *engine, nuo_program *const *programs, size_t count,
                             nuo_error *error);

// What a session keeps for each version of the policy.
struct version {
  nuo_program *program;
  struct batch batch;
  struct machine machine;
  uint32_t *capacities;  // of counters, for the machine
  struct decoder *decoder;
  struct early early;
  struct capture_plan plan;  // what is kept of an event that waits to be sent
};

// What a host says of an event that was held or deferred: it was sent in the end.
struct report {
  nuo_text type, id;
  int64_t time;
};

// An event waiting to be decided, or decided: where it lies. Or a report, which lies here.
struct pending {
  uint32_t version, lane;
  uint64_t tag;
  struct store_key key;         // of what is kept under its identity until it is sent,
  struct store_key replay_key;  // and of its decision
  bool is_report;
  struct report report;
  nuo_force force;
  struct found *found[OUTCOME_COUNT];  // findings, the latest first
  size_t found_count[OUTCOME_COUNT];
};
struct found {
  uint32_t rule;
  nuo_finding finding;
  const struct raise_capture *raises;  // of a breached rule: one for each event that it raises
  struct found *next;
};
struct raise_capture {
  nuo_text captured, id;
  uint32_t missing;  // FIELDS: required, and not known; or IMAGE_NONE
};

struct nuo_session {
  nuo_engine *engine;
  struct lineup *lineup;  // what was in force when the batch was begun
  uint64_t lineups;       // how many there have been
  bool remembers;         // the lineup's
  nuo_allocator allocator;
  struct mask_key key;
  struct version *versions;
  size_t version_count;
  // Versions [version_count, 2 * version_count) are the same again, with batches for events that do not come
  // from the host: one lane for each level of derivation. They are there when some version derives events.
  bool derives;
  size_t latest;  // version that the last event fell under: the guess for the next
  struct pending pending[NUO_BATCH];
  size_t count;
  bool decided;              // the pending events have been decided, up to `next`
  size_t next;               // the first that has not; all have: the next call starts anew
  bool begun;                // timers of periodic duties have been looked at
  struct scratch scratch;    // findings
  struct scratch_mark mark;  // behind what is needed until the last of the pending is decided
  size_t derived;  // events that have followed from the one that came from the host, or its deadline
  struct duty_log log;
  struct text_out out;
  struct match_scratch match_scratch;
  struct regex_scratch *regex_scratch;
  nuo_decision *decisions;
  size_t decision_count, decision_cap;
  size_t answer;  // the decision of the last event decided that came from the host
  size_t enough;  // decisions for one call: not one more event or deadline is begun
};

// Forgets the events of the last batch and what was decided of them, and goes over to what is in force now
// (session.c). NUO_NO_MEMORY: neither.
nuo_status nuo__session_start(nuo_session *session);
// The version in force at `time`; when there is none, the nearest: the one repealed last before it, else the
// first to come.
size_t nuo__session_version(const nuo_session *session, int64_t time);
// Whether that version is in force then.
nuo_force nuo__session_force(const nuo_program *program, int64_t time);
// Decides what is pending (decide.c): as nuo_session_decide, for a session that has something to decide.
nuo_status nuo__session_decide(nuo_session *session);
// Whether an event, or a report, is too late, and says so. The engine is locked.
bool nuo__session_is_late(const nuo_session *session, int64_t lateness, int64_t time);
void nuo__session_tell_late(const nuo_session *session, int64_t lateness, int64_t time, int32_t offset,
                            bool report, nuo_error *error);

// Reads an event of type "nuo.delivered" (report.c). NUO_BAD_ARGUMENT when it is something else,
// NUO_BAD_EVENT when it is no good report.
nuo_status nuo__report_read(nuo_session *session, const char *json, size_t len, struct report *report,
                            nuo_error *error);
// Does what a report asks for; as nuo_session_delivered, with the engine locked. What it does to duties is in
// session->log.
nuo_status nuo__report_apply(nuo_session *session, const struct report *report, nuo_error *error);

#endif
