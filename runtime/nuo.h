// SPDX-License-Identifier: Apache-2.0
// Nuo: decides events against a compiled policy.
//
//   image --nuo_program_load--> program --nuo_engine_use--> engine --nuo_session_new--> session
//   (nuo build)                 shared by all               one a policy                one a thread
//                                                                                          |
//       events: JSON (nuo_session_add_json, nuo_session_add) or values (nuo_form_add) ---->|
//                                                                                          v
//                                                       decisions (nuo_session_decide), borrowed
//
// Ownership, whole: what a `_load` or `_new` function gives you is yours to free with the `_free` of the same
// type, forms and sessions before their engine. Everything else that a function hands out is borrowed: a
// decision and what it points to until the next event is added to or decided in its session, the text of
// nuo_session_decision_json until the next call of it, what a program's description points to as long as the
// program. What you hand in is read during the call only, but for the bytes of events and for what callbacks
// are given.
//
// Threads: sessions of one engine may work at the same time, each in one thread, while another thread makes
// and frees sessions or, with nuo_engine_use, puts another version of the policy in force. Functions of one
// engine that take an engine must not run at the same time as each other, but for nuo_session_new. Functions
// of one session and its forms must not run at the same time as each other; those of a program and of names
// may in any threads.
//
// Errors: whatever is not NUO_OK has changed nothing, unless it is said below, and gives NULL or an empty
// text where something is handed out. Each function may give NUO_NO_MEMORY, and NUO_BAD_ARGUMENT for a NULL
// that it does not speak of; one without a status does nothing then. The library keeps no log and calls
// nobody with warnings: what it has to say is in a status and its nuo_error, in a decision (`refused`,
// `incomplete`, `late`, `natives`), or is asked for (nuo_engine_changes, nuo_form_has).
//
// Text is always pointer and length, UTF-8, never terminated. Instants are milliseconds since
// 1970-01-01T00:00:00Z. The library keeps no global state, reads no environment, no locale and no clock,
// prints nothing and never aborts.
#ifndef NUO_H
#define NUO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define NUO_API __attribute__((visibility("default")))
#else
#define NUO_API
#endif

#define NUO_VERSION "0.1.0"

// ---- status and errors ----
typedef enum nuo_status {
  NUO_OK = 0,
  NUO_NO_MEMORY,     // the allocator gave NULL; nothing was changed
  NUO_BAD_ARGUMENT,  // a NULL or a value out of the documented range
  NUO_BAD_IMAGE,     // not an image, of another version, damaged, or not provably safe
  NUO_BAD_EVENT,     // this event is refused; the session goes on
  NUO_NOT_GRANTED,   // the program asks for a native function that was not granted, is not there, or that the
                     // host gives with another signature
  NUO_BAD_ZONE,      // the policy's time zone is not in the zone directory
  NUO_LIMIT,         // a stated limit was passed
  NUO_BAD_STATE,     // not a state directory, or damaged, in use, of another policy or with another secret
  NUO_STATE_CHANGED,  // the policy no longer defines something that the state directory remembers
  NUO_IO,             // the state directory cannot be read or written
  NUO_NOT_TRUSTED,    // the image has no signature that `nuo_options.trust` accepts
  NUO_BAD_LOG,        // a line of a decision log is not what was written there (nuo_log.h)
} nuo_status;

// English name of a status, e.g. "bad event". Static.
NUO_API const char *nuo_status_name(nuo_status status);

// Filled in with every status but NUO_OK; with NUO_NO_MEMORY and NUO_BAD_ARGUMENT it may be left as it was.
// `error` may be NULL everywhere.
typedef struct nuo_error {
  nuo_status status;
  uint64_t offset;       // byte offset in the image or the event, index of the value or the name in a form,
                         // where that makes sense; else 0
  char message[240];     // one English sentence, terminated: the place, the reason, the way out
  char message_zh[240];  // the same in Chinese, where an event, a state, an image or a version of a policy is
                         // refused; else empty
} nuo_error;

typedef struct nuo_text {
  const char *text;
  size_t len;
} nuo_text;

// ---- allocation ----
// `resize(context, NULL, 0, n)` allocates, `(…, p, old, n)` resizes, `(…, p, old, 0)` frees and returns NULL.
// NULL for n > 0 means out of memory. Must be safe to call from every thread that uses the program or engine.
typedef struct nuo_allocator {
  void *(*resize)(void *context, void *ptr, size_t old_size, size_t new_size);
  void *context;
} nuo_allocator;

// ---- values ----
// What an event may be given as instead of JSON (nuo_form_add), and what goes into and out of native
// functions of the host.
typedef enum nuo_value_kind {
  NUO_VALUE_MISSING,   // the field is not given
  NUO_VALUE_FLAG,      // flag
  NUO_VALUE_NUMBER,    // number; for a field of decimals as well
  NUO_VALUE_DECIMAL,   // number, in millionths
  NUO_VALUE_TEXT,      // text; an enumerator by its English name and a time zone by its name are texts, too
  NUO_VALUE_INSTANT,   // number, in milliseconds since 1970-01-01T00:00:00Z
  NUO_VALUE_DATE,      // number, in days since 1970-01-01
  NUO_VALUE_CLOCK,     // number, in milliseconds since midnight; 86400000 is 24:00
  NUO_VALUE_DURATION,  // number, in milliseconds
  NUO_VALUE_LIST,      // list, of any of these but lists and missing ones
} nuo_value_kind;
typedef struct nuo_value {
  nuo_value_kind kind;
  union {
    bool flag;
    int64_t number;
    nuo_text text;  // UTF-8
    struct {
      const struct nuo_value *items;
      size_t count;
    } list;
  } as;
} nuo_value;

// ---- programs: immutable, shared by any number of engines and threads ----
typedef struct nuo_program nuo_program;

// Whose images are loaded. An image that `nuo build --sign` made has one signature or several behind it,
// Ed25519; one by any of these keys will do, so that a key is replaced by trusting both for a time.
typedef struct nuo_trust {
  const uint8_t (*keys)[32];  // public keys
  size_t key_count;           // 0: no image is trusted
  int64_t now;                // for signatures that expire: the library has no clock
} nuo_trust;

// A native function that the host gives itself, for `extern function toxicity(text): decimal from "libtox"
// symbol "tox_score"`. It sets *result, whose kind is NUO_VALUE_MISSING before, to a value of the declared
// type, and returns 0; anything else is a failure, which makes the value unknown, and so does a result that
// is missing or of another kind. Arguments are of the declared kinds and borrowed. It is called from every
// thread that evaluates, must give the same for the same arguments, and may call nothing that takes the
// session or its engine.
typedef int nuo_native_function(void *context, const nuo_value *arguments, size_t count, nuo_value *result);
typedef struct nuo_native {
  const char *library, *symbol;  // as the policy names them; zero-terminated
  const char *signature;         // as the policy declares it, in either language: "(text): decimal"
  nuo_native_function *function;
  void *context;
} nuo_native;
// Copied by nuo_program_load, but for the contexts.
typedef struct nuo_natives {
  const nuo_native *functions;  // they go before those of granted libraries
  size_t count;
  // A clock for the functions of host and libraries alike: nanoseconds from anywhere, never back, from every
  // thread. NULL: nobody looks how long they take.
  uint64_t (*now)(void *context);
  void *clock;
  // What takes longer is told in the decision (nuo_native_note), and its value counts all the same: one call,
  // all calls for one event together. 0: no such bound.
  uint64_t call_ns, event_ns;
} nuo_natives;

typedef struct nuo_options {
  const nuo_allocator *allocator;    // NULL: malloc
  const char *zone_directory;        // NULL: "/usr/share/zoneinfo"
  const char *const *native_grants;  // NULL-terminated grants, see below; NULL: none
  const nuo_trust *trust;            // NULL: an image needs no signature
  const nuo_natives *natives;        // functions that the host gives, and how long they may take; NULL: none
} nuo_options;

// A native function of a granted library has this shape in C, for `extern function toxicity(text): decimal`:
//
//   int tox_score(const char *text, size_t len, int64_t *result);
//
// It returns 0 when *result is set; anything else is a failure, which makes the value unknown. Arguments and
// *result are, by the type declared: flag bool · number, decimal (millionths), instant, duration
// (milliseconds) int64_t · date (days since 1970-01-01), clock (milliseconds since midnight) int32_t · text
// `const char *, size_t`, never a result. It is called from every thread that evaluates, and must give the
// same for the same arguments.
//
// A grant is the library's name as the policy writes it, opened by the system's search ("libtox", then
// "libtox.so"), or "libtox=/usr/lib/tox/libtox.so.2": the name and the file to open.

// Loads an image: copies it, verifies it, resolves zones and native functions. `options` may be NULL. On
// failure *program is NULL: NUO_BAD_IMAGE, NUO_BAD_ZONE, NUO_NOT_GRANTED, NUO_NOT_TRUSTED.
NUO_API nuo_status nuo_program_load(const void *image, size_t size, const nuo_options *options,
                                    nuo_program **program, nuo_error *error);
// Drops your reference, from any thread. Engines that use the program keep it alive. NULL is allowed.
NUO_API void nuo_program_free(nuo_program *program);

typedef struct nuo_program_info {
  nuo_text policy, policy_zh, title, version;
  char program_digest[65], source_digest[65];  // hex, terminated
  int64_t from, until;                         // in force for instants in [from, until)
  uint32_t rules, events, clauses;
  uint32_t cost;        // instructions for the most expensive event type, an upper bound
  uint32_t lane_bytes;  // memory a session needs for it
} nuo_program_info;
// What the description points to is borrowed from the program.
NUO_API void nuo_program_describe(const nuo_program *program, nuo_program_info *info);

// ---- engines: which programs are in force ----
typedef struct nuo_engine nuo_engine;

typedef struct nuo_engine_options {
  const nuo_allocator *allocator;  // NULL: malloc
  const void *mask_key;  // key of the keyed hash that stands for sensitive values; NULL: they show as "***"
  size_t mask_key_size;  // 16 to 64 bytes
  const void *state_secret;  // 16 bytes; what is remembered is kept under keys hashed with it. NULL: zeros,
                             // or for a state directory a secret of its own, made at random and kept in it
  // Where what is remembered lasts from run to run, see nuo_engine_commit. Made when it is not there, but not
  // its parent. One engine at a time. Zero-terminated; NULL: what is remembered ends with the engine.
  const char *state_directory;
  bool drop_state;  // erase what the state directory remembers for definitions that the policy no longer has
  // For how long (milliseconds of event time) an event that comes again under its identity gets its decision
  // again, when its type does not allow a greater lateness; 0: an hour. Not negative, ten years at most.
  int64_t replay_ms;
} nuo_engine_options;

// `options` may be NULL. NUO_BAD_ARGUMENT for a size or a time out of the ranges above.
NUO_API nuo_status nuo_engine_new(const nuo_engine_options *options, nuo_engine **engine);
// All sessions must have been freed. NULL is allowed.
NUO_API void nuo_engine_free(nuo_engine *engine);
// Puts `count` versions of one policy (same name, disjoint times in force) in force; each event's own time
// chooses. Takes references of its own, so that you may free yours at once.
//
// It may be called while sessions decide, to swap the policy: each session goes over to the new versions when
// it begins its next batch, without waiting for anybody, and what is remembered goes on. An event is decided
// wholly by what was in force when its batch was begun. The old versions are freed when no session works with
// them any more; one that is never called again keeps them until it is freed.
//
// NUO_BAD_ARGUMENT, with *error filled in, when the versions do not fit each other; NUO_STATE_CHANGED, NUO_IO
// and NUO_BAD_STATE of a state directory. What was in force stays then.
NUO_API nuo_status nuo_engine_use(nuo_engine *engine, nuo_program *const *programs, size_t count,
                                  nuo_error *error);

// ---- state directories ----
// All that an engine remembers is in memory; a commit writes what has changed since the last one to the state
// directory, with the host's position in its input, as a whole: whenever the process or the machine stops,
// the directory holds one commit or the next. A host that starts again goes on behind nuo_engine_position,
// and counts nothing twice and leaves nothing out. An engine without a directory commits in memory only.

// Opens the state directory, which nuo_engine_use does too when it has not been done: reads and checks all of
// it. NUO_IO, NUO_BAD_STATE.
NUO_API nuo_status nuo_engine_open(nuo_engine *engine, nuo_error *error);

#define NUO_POSITION_MAX 256
// `position` is the host's own, of at most NUO_POSITION_MAX bytes. Decide what is pending first. NUO_IO:
// nothing was committed, and it may be tried again. NUO_NO_MEMORY as well; after a nuo_session_decide that
// ran out of memory there are no more commits: what was remembered in part stays out of the directory.
// Sessions of the engine wait while a commit takes what has changed, not while it writes.
NUO_API nuo_status nuo_engine_commit(nuo_engine *engine, const void *position, size_t size, nuo_error *error);
// The same in two steps, for a host whose position is right only while its threads stand still: they may go
// on behind the first, which takes what has changed. Nothing is committed until the second has written it.
NUO_API nuo_status nuo_engine_commit_begin(nuo_engine *engine, const void *position, size_t size,
                                           nuo_error *error);
NUO_API nuo_status nuo_engine_commit_end(nuo_engine *engine, nuo_error *error);
// The last position committed; empty before the first one. Borrowed until the next commit.
NUO_API nuo_text nuo_engine_position(nuo_engine *engine);

// Erases what is remembered of one subject: the value of the field that the event types name as theirs, a
// text or a number in decimal digits. *records (may be NULL): how many records went. From the directory they
// go with the next commit, which writes it anew.
NUO_API nuo_status nuo_engine_forget(nuo_engine *engine, nuo_text subject, size_t *records, nuo_error *error);

// What a policy remembers: facts, what limits and counts count, duties. Each keeps its state as long as its
// definition means the same. nuo_engine_use finds NUO_STATE_CHANGED, with nothing changed, when the state
// directory remembers something for a definition that none of the versions has any more, unless drop_state
// allows to erase it (with the next commit).
typedef enum nuo_change_kind {
  NUO_CHANGE_NEW,      // begins with nothing remembered
  NUO_CHANGE_DROPPED,  // what is remembered is of no use any more
  NUO_CHANGE_CHANGED,  // both: another meaning under the same name
  NUO_CHANGE_WIDENED,  // goes on, but asks for more events than were kept: may count too few for a time
} nuo_change_kind;
typedef enum nuo_definition_kind {
  NUO_DEFINITION_FACT,
  NUO_DEFINITION_COUNTER,
  NUO_DEFINITION_DUTY
} nuo_definition_kind;
typedef struct nuo_change {
  nuo_change_kind kind;
  nuo_definition_kind definition;
  nuo_text name, name_zh;  // of a counter: what it counts, as the policy says it
} nuo_change;
// What the last nuo_engine_use found, in comparison with the state directory; nothing when that was new.
// Borrowed until the next one. `count` may be NULL.
NUO_API const nuo_change *nuo_engine_changes(nuo_engine *engine, size_t *count);

// ---- decisions ----
typedef enum nuo_action {  // the chain: the greatest action of all findings is the verdict
  NUO_ALLOW,
  NUO_NOTE,
  NUO_AMEND,
  NUO_DEFER,
  NUO_HOLD,
  NUO_BLOCK,
} nuo_action;
NUO_API const char *nuo_action_name(nuo_action action);  // "allow"… Static.

typedef struct nuo_hit {  // where a lexicon or a text was found
  nuo_text entry;         // as the lexicon has it
  uint32_t offset, len;   // bytes in the field's value
} nuo_hit;

// What was found in the memory of earlier events, for those who show it to people. The same is in a fact's
// JSON, but for the window and the limit.
typedef enum nuo_counted_kind {
  NUO_COUNTED_TIMES,  // how many events: of a limit or a `count of`
  NUO_COUNTED_LAST,   // the latest one: of an `elapsed since last`
  NUO_COUNTED_SUM,
  NUO_COUNTED_SHARE,
  NUO_COUNTED_DISTINCT,
} nuo_counted_kind;
typedef enum nuo_window_kind {
  NUO_WINDOW_NONE,  // ever: NUO_COUNTED_LAST
  NUO_WINDOW_LAST,  // `in last 24 hours`: amount and unit
  NUO_WINDOW_THIS,  // `this day`: unit
} nuo_window_kind;
typedef enum nuo_unit {
  NUO_SECOND,
  NUO_MINUTE,
  NUO_HOUR,
  NUO_DAY,
  NUO_WORKDAY,
  NUO_WEEK,
  NUO_MONTH,
  NUO_QUARTER,
  NUO_YEAR,
} nuo_unit;
typedef struct nuo_moment {
  int64_t time;
  int32_t utc_offset;  // seconds, of the event's zone at `time`, for printing
} nuo_moment;
typedef struct nuo_counted {
  nuo_counted_kind kind;
  nuo_text event, event_zh;  // which events, by the name of their type in the policy
  nuo_text field, field_zh;  // what of them is added up or told apart, when it is a field; else empty
  bool filtered;             // only those that fulfil a condition
  bool attempts;             // also those that were not delivered
  nuo_window_kind window;
  nuo_unit unit;
  int64_t amount;
  bool limited;  // the rule is a limit that allows `limit` of them
  int64_t limit;
  int64_t number;           // how many events, or different values; SHARE: how many have what is asked
  bool or_more;             // no more than `number` are remembered
  int64_t of;               // SUM, SHARE: of how many events
  nuo_text sum, sum_zh;     // SUM: the sum, for people
  const nuo_moment *times;  // TIMES: of the latest events, at most eight, ascending; LAST: of the latest
  size_t time_count;
} nuo_counted;

typedef struct nuo_fact {  // a value that decided
  nuo_text name, name_zh;  // the field: "user.id"
  nuo_text value;          // as JSON; `null` when missing, a string when masked
  bool missing, masked;
  const nuo_hit *hits;
  size_t hit_count;
  const nuo_counted *counted;  // NULL: it was not counted, or is missing or masked, or the decision is
                               // replayed
} nuo_fact;

typedef enum nuo_reason_kind {
  NUO_REASON_MISSING,   // name: the field
  NUO_REASON_OVERFLOW,  // name: the operator
  NUO_REASON_DIVISION,
  NUO_REASON_NO_ROW,    // name: the table
  NUO_REASON_NATIVE,    // name: the function
  NUO_REASON_UNSET,     // name: the parameter
  NUO_REASON_CALENDAR,  // the calendar has no data for the date
  NUO_REASON_DATE,      // a date out of range
  NUO_REASON_NO_FACT,   // name: the fact, which does not hold
  NUO_REASON_NO_EVENT,  // name: the counter, which has counted none yet
  NUO_REASON_PATTERN,   // the pattern could not be matched within its bound
} nuo_reason_kind;
NUO_API const char *nuo_reason_name(nuo_reason_kind kind);  // "missing"… Static.

typedef struct nuo_reason {
  nuo_reason_kind kind;
  nuo_text name;
} nuo_reason;

typedef struct nuo_finding nuo_finding;
struct nuo_finding {
  nuo_text rule, rule_zh, title;
  nuo_text pack, pack_zh;          // the policy in which it stands, when another one uses that; else empty
  nuo_text clause;                 // its number, e.g. "2.3.2"
  nuo_text severity, severity_zh;  // empty when the rule has none
  const nuo_text *cites;
  size_t cite_count;
  nuo_action action;      // what this finding asks for
  int64_t until;          // for NUO_DEFER
  int32_t until_offset;   // seconds, of the event's zone at `until`, for printing
  nuo_text label, strip;  // for NUO_AMEND: the label to add, or the field to take out; else empty
  bool action_changed;    // a deferral that could not be kept became hold or block
  nuo_text message;       // `because`, filled in; empty when the rule has none
  const nuo_fact *facts;
  size_t fact_count;
  const nuo_reason *reasons;  // why it is undetermined
  size_t reason_count;
  const nuo_text *exceptions;  // for an excepted rule: which exceptions were established
  size_t exception_count;
  // One breach under several clauses (`same breach`): the findings that it would be if they were not joined,
  // in the order in which they are named, the first of them this one. This one has the greatest action of
  // all, and the label or strip that goes with it; what else is to be changed before delivery they say. NULL,
  // 0: it is under one clause.
  const nuo_finding *same;
  size_t same_count;
};

// What an event, or the time that has passed, did to a duty.
typedef enum nuo_duty_state {
  NUO_DUTY_OPENED,
  NUO_DUTY_WARNED,      // `warn at` has passed
  NUO_DUTY_FULFILLED,   // the last step, or one of them: see `step`
  NUO_DUTY_LATE,        // a step that had been missed was done after all
  NUO_DUTY_DISCHARGED,  // `discharged by`
  NUO_DUTY_MISSED,      // a deadline has passed: the finding is in the decision too
  NUO_DUTY_NOT_OPENED,  // more values of `for each` than are kept apart
} nuo_duty_state;
NUO_API const char *nuo_duty_state_name(nuo_duty_state state);  // "opened"… Static.

typedef struct nuo_duty_change {
  nuo_text duty, duty_zh, pack, pack_zh, clause;  // pack: as of a finding
  nuo_duty_state state;
  nuo_text event;      // the identity of the event that began it
  nuo_text step;       // the type of the event that is awaited, or came; when discharged, the first of those
                       // that need not come any more
  int64_t due;         // of that step; 0 while a suspension stops the clock
  int32_t due_offset;  // seconds, of the policy's zone at `due`, for printing
  bool is_last;        // fulfilled, late or discharged: nothing is left to do
  bool is_otherwise;   // of what is to be done `otherwise`, which goes by the name of the duty
} nuo_duty_change;

typedef struct nuo_raised {  // an event that a breach derived
  nuo_text type, id, rule, pack;
  nuo_text missing;  // not empty: it could not be raised, because this required field has no value
} nuo_raised;

// What its host should know of the native functions that were called for an event: of those that took too
// long by nuo_natives, or that the host gives and that gave no result.
typedef struct nuo_native_note {
  nuo_text function;  // as the policy calls it
  uint32_t calls;
  uint32_t no_result;  // of them returned 0, but gave no result of its type: taken for failures
  bool slow;
  uint64_t total_ns, longest_ns;  // 0 without a clock
} nuo_native_note;

typedef enum nuo_force { NUO_IN_FORCE, NUO_NOT_YET_IN_FORCE, NUO_REPEALED } nuo_force;

typedef struct nuo_decision {
  nuo_text event_id, event_type;
  int64_t time;
  uint64_t tag;        // what the caller gave with the event (a line number, say)
  int32_t utc_offset;  // seconds, of the event's zone at `time`, for printing
  nuo_action verdict;
  int64_t until;                // for NUO_DEFER: the latest of all deferrals
  int32_t until_offset;         // seconds, of the event's zone at `until`, for printing
  nuo_force force;              // whether a version of the policy is in force at `time`
  const nuo_finding *breaches;  // in order of the rules
  size_t breach_count;
  const nuo_finding *undetermined;
  size_t undetermined_count;
  const nuo_finding *excepted;  // rules whose breach an exception excused
  size_t excepted_count;
  const nuo_duty_change *duties;  // in the order in which they happened
  size_t duty_count;
  const nuo_raised *raised;
  size_t raised_count;
  nuo_text caused_by;  // a derived event (a breach, a raised event): the identity of the event on the wire,
                       // or of the one that began the duty, which it goes back to; else empty
  bool deadline;  // not an event, but a deadline that has passed at `time`; event_type is the duty's name
  const nuo_program_info *program;  // the version that decided; NULL when none is in force
  bool late;                        // older than another event decided before; decided as of its own time
  bool replayed;  // its identity was decided before: that decision again; nothing was changed
  // Not NULL (NUO_LIMIT): what its breaches derive was not all decided, for a limit on how many events may
  // follow from one, or how deep. Findings, verdict and what it did itself are whole.
  const nuo_error *incomplete;
  const nuo_error *refused;  // not NULL: too late (NUO_BAD_EVENT). It was not decided: no findings, and the
                             // verdict is NUO_BLOCK so that nobody delivers it unawares
  // In the order of the policy's functions. Not part of what is decided: another run may tell others.
  const nuo_native_note *natives;
  size_t native_count;
} nuo_decision;

// ---- sessions: one a thread ----
typedef struct nuo_session nuo_session;
#define NUO_BATCH 64

// NUO_BAD_ARGUMENT when no programs are in force in the engine.
NUO_API nuo_status nuo_session_new(nuo_engine *engine, nuo_session **session);
// By its own thread, or when that has ended. NULL is allowed.
NUO_API void nuo_session_free(nuo_session *session);

// Decides one event. Deadlines that have passed before it, and what follows from it, are decided too: see
// nuo_session_decisions. NUO_BAD_EVENT too when it is too late; NUO_BAD_ARGUMENT while events that were added
// wait to be decided. NUO_NO_MEMORY: hand it in again; by a policy that remembers it may be remembered in
// part. *decision is NULL after a report of a delivery, see below.
NUO_API nuo_status nuo_session_eval_json(nuo_session *session, const char *json, size_t len,
                                         const nuo_decision **decision, nuo_error *error);

// All decisions of the last call that decided something: before that of an event those of deadlines that
// have passed, behind it those of breaches and raised events that follow from it. An event that was handed in
// has a decision whatever comes of it. A breach, a raised event or a deadline has one only when there is
// something to tell: a finding, a change of a duty, an event raised. What else it does, beginning a fact or
// adding to a count, it does without.
NUO_API void nuo_session_decisions(const nuo_session *session, const nuo_decision **decisions, size_t *count);

// The same for many: add up to NUO_BATCH events, then decide them. A call gives about NUO_BATCH decisions;
// while nuo_session_pending is not 0, call nuo_session_decide again. Decisions are in the order added,
// but that a policy with facts or limits decides, of neighbours of the same instant, observed events before
// enforceable ones. NUO_NO_MEMORY from deciding with a policy that remembers: the *count decisions there are
// stand, the event after them may be remembered in part. An event that is refused (NUO_BAD_EVENT, *error
// filled in) takes no place. `json` must stay unchanged until the decisions have been read. NUO_LIMIT when
// the batch is full.
NUO_API nuo_status nuo_session_add_json(nuo_session *session, const char *json, size_t len, uint64_t tag,
                                        nuo_error *error);
// An event of the reserved type "nuo.delivered" is the same as nuo_session_delivered at its place in the
// order:
//   {"type":"nuo.delivered","event":"push.requested","id":"p1","time":"2025-07-01T08:00:00+08:00"}
// It has a decision only when it is refused.
NUO_API nuo_status nuo_session_decide(nuo_session *session, const nuo_decision **decisions, size_t *count);
// How many of the events that were added wait to be decided.
NUO_API size_t nuo_session_pending(const nuo_session *session);

// An event in a vendor's format is handed in as an envelope, which an adapter of the policy reads:
//   {"adapter":"fcm","body":{"message":{"token":"t1"}},"event":{"id":"p1","time":"2025-07-01T08:00:00+08:00"}}
// and may be sent to several recipients: each is an event of its own, with an identity of its own ("p1#1",
// "p1#2"). The calls above take envelopes of one recipient.
typedef struct nuo_input {
  const char *json;  // must stay unchanged until the decisions have been read
  size_t len;
  nuo_text adapter;    // by which an envelope without a member "adapter" is read; empty: it is no envelope
  uint32_t recipient;  // which of them: 0 first
  uint64_t tag;
} nuo_input;
// As nuo_session_add_json, for one recipient; *recipients (may be NULL) tells how many the text has, 1 for an
// event that is no envelope. When the first one was refused, all are, but for a body that is a list: each of
// its elements is an event and is refused by itself, and *recipients tells how many there are then as well.
// Add them one after the other, with the same text: it is then read once a batch.
NUO_API nuo_status nuo_session_add(nuo_session *session, const nuo_input *input, uint32_t *recipients,
                                   nuo_error *error);
// Whether the program has an adapter of that name, in either language.
NUO_API bool nuo_program_has_adapter(const nuo_program *program, nuo_text name);

// When an event is decided among those of its instant that are handed in together, as neighbours.
typedef enum nuo_turn {
  NUO_TURN_ANY,    // the policy remembers nothing: the order does not matter
  NUO_TURN_FIRST,  // it is observed
  NUO_TURN_LAST,   // it is enforceable, or a report
} nuo_turn;
// Of the event that was added last and waits to be decided: its time and its turn; NUO_TURN_ANY when none
// waits.
//
// So that a withdrawal stops a push of the same millisecond, wherever in a stream a batch ends, a host keeps
// back what it has of the newest instant until an event of another instant comes or none has come for a
// moment, as `nuo run` does: when a batch is full it takes back the events of the last instant, decides the
// others, and adds those again. Of an instant with more events than a batch holds it hands in those whose
// turn is first, in as many batches as it takes, then the others.
NUO_API nuo_turn nuo_session_last(const nuo_session *session, int64_t *time);
// Takes the last `count` events that were added and wait to be decided out again, or as many as there are.
NUO_API void nuo_session_take_back(nuo_session *session, size_t count);

// A policy that remembers gives an event whose type and identity (and subject) it has decided before, not
// longer ago than replay_ms, the same decision once more, marked `replayed`, whatever else the event says;
// nothing is counted or changed by it. An enforceable event that was held or deferred is decided anew.

// An event that was held or deferred has been sent in the end, at `time`: it counts from then on, and facts
// change as if it came then. `type` is its type as on the wire, `id` its identity. NUO_BAD_ARGUMENT while
// events that were added wait to be decided. NUO_BAD_EVENT when no such event waits (it was decided anew,
// reported already, or decided more than seven days before the newest event) or `time` is too late: later
// than the type allows, and than ten minutes. Decisions that the session gave are gone.
NUO_API nuo_status nuo_session_delivered(nuo_session *session, nuo_text type, nuo_text id, int64_t time,
                                         nuo_error *error);

// Moves the clock to `time` without an event, never back: deadlines that have passed before it are decided. A
// call gives about NUO_BATCH decisions; call again with the same time until *count is 0. NUO_BAD_ARGUMENT
// while events wait to be decided, and for a time outside the years 1 to 9999.
NUO_API nuo_status nuo_session_advance(nuo_session *session, int64_t time, const nuo_decision **decisions,
                                       size_t *count);

// ---- events as values ----
// A host that has an event in variables need not write JSON of it. A form names the event's type and the
// fields for which values come, once; each event is a row of values then:
//
//   const nuo_text names[] = {{"id", 2}, {"time", 4}, {"user.age", 8}};
//   nuo_form_new(session, (nuo_text){"push", 4}, names, 3, &form, &error);
//   nuo_value row[] = {{NUO_VALUE_TEXT, {.text = {"p1", 2}}},
//                      {NUO_VALUE_INSTANT, {.number = 1751328000000}},
//                      {NUO_VALUE_NUMBER, {.number = 17}}};
//   nuo_form_add(form, row, 1, &error);
//
// It is checked and decided as the JSON of nuo_form_json would be.

// Belongs to its session and thus to one thread, and outlives a swap of the policy: it is matched anew with
// the versions that the session's next batch goes by.
typedef struct nuo_form nuo_form;
#define NUO_FORM_MAX 512  // fields

// `event` is the type as on the wire or by one of its names in the policy; `names` are copied: fields as in
// JSON, those of records with a dot ("user.age"), or by their Chinese names; a record is given when one of
// its fields is. What a version does not have is passed over as unknown members of JSON are, see
// nuo_form_has; events of a type that it does not have are refused. NUO_BAD_ARGUMENT when a name is not
// UTF-8, longer than 512 bytes, has a quote, backslash or control character, or comes twice, also as a record
// around another; NUO_LIMIT for more than NUO_FORM_MAX.
NUO_API nuo_status nuo_form_new(nuo_session *session, nuo_text event, const nuo_text *names, size_t count,
                                nuo_form **form, nuo_error *error);
// May come after nuo_session_free. NULL is allowed.
NUO_API void nuo_form_free(nuo_form *form);
// Whether a version that the session goes by has the field that names[index] stands for: a host that wants to
// hear of misspelt names asks once for each.
NUO_API bool nuo_form_has(nuo_form *form, size_t index);

// As nuo_session_add_json and nuo_session_eval_json, of a value for each name, in their order. The bytes of
// texts must stay unchanged until the decisions have been read, the row and the items of lists may go.
// NUO_BAD_EVENT for the same reasons as of JSON, and for a value of another kind than the field's; the
// error's offset is the index of the value then, or 0.
NUO_API nuo_status nuo_form_add(nuo_form *form, const nuo_value *values, uint64_t tag, nuo_error *error);
NUO_API nuo_status nuo_form_eval(nuo_form *form, const nuo_value *values, const nuo_decision **decision,
                                 nuo_error *error);
// The event as JSON on one line, for a log (nuo_log_event); borrowed until the next call for this form. Only
// of what nuo_form_add has taken is it sure to be the same event; NUO_BAD_EVENT for what no JSON can say.
NUO_API nuo_status nuo_form_json(nuo_form *form, const nuo_value *values, nuo_text *json, nuo_error *error);

// ---- decisions as JSON ----
// One line, without a line end, of a decision that the session gave and that still is there.
NUO_API nuo_status nuo_session_decision_json(nuo_session *session, const nuo_decision *decision,
                                             nuo_text *json);

#ifdef __cplusplus
}
#endif
#endif
