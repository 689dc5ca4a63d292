// SPDX-License-Identifier: Apache-2.0
// Decision logs: what went in and what was decided, as lines that nobody can change unseen.
//
// This library makes the lines and reads them; the host appends them to a file. Each line is a JSON object
// and ends with a hash over itself and the line before, so a line that was changed, left out, put elsewhere
// or doubled is found, and so is an end that was cut off: a log ends with a line that says so, or is still
// being written. When a file is full, the next one begins where it ended.
//
//   {"n":0,"nuo_log":1,"follows":"","hash":"…"}
//   {"n":1,"fresh":"…","hash":"…"}                  nothing was remembered; its secret is sealed
//   {"n":2,"policy":"push_pledge","version":"2025.1","program":"…","hash":"…"}
//   {"n":3,"event":"…","tag":1,"hash":"…"}          sealed: only who has the key can read it
//   {"n":4,"decision":{"event":"p1",…},"hash":"…"}
//   {"n":5,"time":1751328000000,"hash":"…"}         the clock was moved without an event
//   {"n":6,"end":true,"hash":"…"}
//
// Without a key the hashes show accidents, but anybody could write the whole log anew; and events, which may
// hold what a decision masks, are left out. A log with events can be decided again (nuo log replay).
//
// A log belongs to one thread. A line handed out is borrowed until the next call of the same log.
#ifndef NUO_LOG_H
#define NUO_LOG_H

#include "runtime/nuo.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NUO_LOG_KEY_SIZE 32
#define NUO_LOG_HASH_SIZE 64  // hex digits

typedef struct nuo_log nuo_log;

// `key`: NUO_LOG_KEY_SIZE bytes, copied, or NULL. `allocator`: NULL for malloc.
NUO_API nuo_status nuo_log_new(const nuo_allocator *allocator, const void *key, nuo_log **log);
NUO_API void nuo_log_free(nuo_log *log);

// ---- writing ----
// Each gives the line to append, with its line end. NUO_NO_MEMORY: there is no line, and the log is as
// before. NUO_BAD_ARGUMENT when it is out of place: before nuo_log_begin, or behind nuo_log_end.

// The first line of a file; behind nuo_log_end, of the next file.
NUO_API nuo_status nuo_log_begin(nuo_log *log, nuo_text *line);
#define NUO_LOG_SECRET_SIZE 16
// What was remembered before is not any more: an engine that begins with nothing, by this secret
// (nuo_engine_options.state_secret; NULL for zeros), which orders deadlines of the same instant. With a key
// it is in the log, sealed. Where there is no such line, memory goes on from line to line and from file to
// file.
NUO_API nuo_status nuo_log_fresh(nuo_log *log, const void *secret, nuo_text *line);
// A version of the policy in force from here on, `beside` that of the policy line above, or instead of all.
NUO_API nuo_status nuo_log_policy(nuo_log *log, const nuo_program_info *program, bool beside, nuo_text *line);
#define NUO_LOG_TAG_MAX UINT64_C(999999999999999999)
// An event as it came, with the tag and the adapter that it is decided under, for all its recipients; of one
// that came as values, and was taken, the JSON of nuo_form_json. Without a key *line is empty.
// NUO_BAD_ARGUMENT for a tag above NUO_LOG_TAG_MAX and an adapter that is no name.
NUO_API nuo_status nuo_log_event(nuo_log *log, const nuo_input *input, nuo_text *line);
// What came out, one JSON object: a decision (nuo_session_decision_json), or what the host says of a refusal
// or of an event without a decision, {"refused":…} or {"taken":…}.
NUO_API nuo_status nuo_log_decision(nuo_log *log, nuo_text json, nuo_text *line);
NUO_API nuo_status nuo_log_time(nuo_log *log, int64_t time, nuo_text *line);
NUO_API nuo_status nuo_log_end(nuo_log *log, nuo_text *line);

// ---- reading ----
typedef enum nuo_log_kind {
  NUO_LOG_BEGIN,
  NUO_LOG_POLICY,
  NUO_LOG_EVENT,
  NUO_LOG_DECISION,
  NUO_LOG_TIME,
  NUO_LOG_END,
  NUO_LOG_FRESH,
} nuo_log_kind;
typedef struct nuo_log_entry {  // borrowed until the next call
  nuo_log_kind kind;
  uint64_t number;
  nuo_text text;  // BEGIN: the hash that it follows, empty in the first file; POLICY: the program's digest;
                  // EVENT: the event, empty without the key; FRESH: the secret, likewise; DECISION: the JSON
  uint64_t tag;   // EVENT
  int64_t time;   // TIME
  nuo_text adapter;  // EVENT: empty when none was given
  bool beside;       // POLICY
} nuo_log_entry;

// Reads the next line, without its line end, of the first file from its beginning, or of any file: the first
// line read may follow a file that is not there. NUO_BAD_LOG, with *error filled in, when the line is not
// what was written here: changed, or there is one missing, too many or in another place before it, or the key
// is another. Reading may go on behind it. A host that goes on with a log reads it, then writes with the same
// `log`.
NUO_API nuo_status nuo_log_read(nuo_log *log, nuo_text line, nuo_log_entry *entry, nuo_error *error);
// Whether the last line read or written was an end.
NUO_API bool nuo_log_ended(const nuo_log *log);
// The hash of the last line, hex; empty before the first. Kept elsewhere, it proves the log up to there.
NUO_API nuo_text nuo_log_hash(const nuo_log *log);

#ifdef __cplusplus
}
#endif
#endif
