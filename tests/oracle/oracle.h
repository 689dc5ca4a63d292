// SPDX-License-Identifier: Apache-2.0
// The oracle: a small, slow evaluator of the checked syntax tree, one event at a time, and the machinery that
// runs random policies and events through it and through the product. What the product should decide is
// stated here a second time, as plainly as possible: no lanes, no sharing, no planner.
//
//   generate_*.c                    random policy source, random streams of events
//   eval*.c, explain.c, decide.c    the oracle's decision
//   memory.c                        what it remembers of the events before
//   due.c, duty.c, derive.c         duties, and what follows from a decision or from time
//   trial.c                         both sides on one policy and its events
//   twin.c                          events as values next to events as JSON
//   claims.c                        what reasoning says of a policy and a change of it, on events
//   compare.c, shrink.c, main.c     what to say about it
//   cases.c                         small ones, for those who run policies in other languages
#ifndef NUO_TESTS_ORACLE_H
#define NUO_TESTS_ORACLE_H

#include "compiler/compile.h"
#include "runtime/zone.h"

// ---- random numbers: the same seed gives the same test everywhere ----
struct rng {
  uint64_t state;
};
uint64_t rng_next(struct rng *rng);
// 0 … n-1; n > 0.
uint32_t rng_below(struct rng *rng, uint32_t n);
// True in `percent` of 100 cases.
bool rng_chance(struct rng *rng, uint32_t percent);

// ---- growing text, malloced ----
struct buf {
  char *at;
  size_t len, cap;
};
void buf_add(struct buf *buf, const char *text, size_t len);
void buf_put(struct buf *buf, const char *text);
void buf_str(struct buf *buf, struct str text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_codepoint(struct buf *buf, uint32_t c);
void buf_free(struct buf *buf);
static inline struct str buf_view(const struct buf *buf) {
  return (struct str){buf->at, (uint32_t)buf->len};
}
// The text as a copy in the arena; the buffer is empty after that.
struct str buf_keep(struct arena *arena, struct buf *buf);

// ---- events as the generator makes them: a value for each path, before any JSON ----
enum given_kind {
  GIVEN_FLAG,
  GIVEN_NUMBER,
  GIVEN_DECIMAL,
  GIVEN_TEXT,
  GIVEN_INSTANT,
  GIVEN_DATE,
  GIVEN_CLOCK,
  GIVEN_DURATION,
  GIVEN_ZONE,
  GIVEN_ENUM,
  GIVEN_LIST
};
struct given {
  enum given_kind kind;
  int64_t number;       // flag, number, millionths, milliseconds, days
  struct str text;      // text, zone name, English name of an enumerator
  struct given *items;  // list
  uint32_t count;
};
struct given_member {  // a member of the JSON object
  struct str path;     // English names joined by dots
  struct given value;
  bool null;  // written as null: as good as absent
};
// Decided on its own, or in a batch with its neighbours.
enum given_link { LINK_ALONE, LINK_FIRST, LINK_NEXT };
struct given_event {
  struct str wire;  // the member `type`
  struct given_member *members;
  uint32_t count;
  uint64_t style;  // seed of how the JSON is written: order, escapes, formats, envelope
  enum given_link link;
};
// The event as JSON text, as event->style asks.
void event_write_json(const struct given_event *event, struct buf *out);

// ---- values ----
struct reason {
  nuo_reason_kind kind;
  struct str name;
};
struct value {
  const struct type *type;
  bool known;
  int64_t number;       // flag, number, millionths, milliseconds, days, ordinal
  struct str text;      // text; zone: its name
  struct value *items;  // list and set: elements, which may be unknown in a set
  uint32_t count;
  bool has_own;  // unknown though all it is made of is known
  struct reason own;
};

// One event, bound to its checked type.
struct oracle {
  struct arena *arena;  // of this decision
  const struct program *program;
  struct zone_set *zones;
  const struct given_event *given;
  const struct event_type *event;
  struct value *fields;  // by field.index
  int64_t time;
  const struct zone *zone;  // the event's
  const struct zone *policy_zone;
  nuo_text mask_key;  // or empty
  bool flipped;       // the selftest's mistake: unknown and false is unknown, windows hold their beginning
  struct memory *memory;     // memory.h
  const struct value *each;  // the value at hand of a duty's `for each`, or NULL
  bool again;                // the event of a deadline: not the first of its instance that was missed
  const struct value *law;   // the instant at which parameters are read, or NULL: the event's time
};

struct value eval(struct oracle *o, const struct expr *e);
struct value value_unknown(const struct type *type);
struct value value_of(const struct type *type, int64_t number);
bool value_true(const struct value *v);
bool value_false(const struct value *v);
// Whether a field says that the calendar knew when a duty was due.
bool is_certainty(const struct field *field);
// What an expression stands for behind the defines.
const struct expr *expr_peel(const struct expr *e);
// The local date of the event's time in the policy's zone; laws and parameters change with it.
int32_t policy_date(const struct oracle *o);
// The operands of an operation, in source order.
expr_list expr_operands(struct oracle *o, const struct expr *e);
bool same_value(const struct value *a, const struct value *b);

struct value eval_text_operator(struct oracle *o, const struct expr *e);
struct value eval_arithmetic(struct oracle *o, const struct expr *e);
struct value eval_negation(struct oracle *o, const struct expr *e);
struct value eval_builtin(struct oracle *o, const struct expr *e);
struct value eval_table(struct oracle *o, const struct expr *e);
struct str operator_name(enum operator_id op);
// A number as a decimal; unknown on overflow.
struct value as_decimal(struct value v);
bool in_range(const struct value *v, const struct value *low, const struct value *high);
// Whether the event's local date is added to in the event's zone: `for at most 3 days`.
struct value add_period(struct oracle *o, const struct value *left, int64_t amount, enum unit unit);
bool add_to_date(const struct oracle *o, int32_t day, int64_t amount, enum unit unit, int32_t *out);
// False when the calendar has no data for the day.
bool oracle_is_workday(const struct oracle *o, int64_t day, bool *out);
int64_t duration_ms(int64_t amount, enum unit unit);

// ---- what a decision tells ----
typedef VEC(nuo_hit) hit_list;
// Where the texts that the atom looks for stand in the value, up to 8.
void text_hits(struct oracle *o, const struct expr *atom, hit_list *hits);
// The field of an atom whose text is searched for words that the policy spells out; else NULL.
const struct field *hits_field(struct oracle *o, const struct expr *atom);

typedef VEC(nuo_fact) fact_list;
typedef VEC(nuo_reason) reason_list;
void collect_facts(struct oracle *o, const struct expr *e, fact_list *facts);
void collect_reasons(struct oracle *o, const struct expr *e, reason_list *reasons);
// A label or a `because`, filled in.
struct str fill_template(struct oracle *o, const struct expr *e);
// The value as JSON, cut as evidence is, not masked.
void value_json(struct oracle *o, const struct value *v, struct buf *out);

// Binds the event. False when it has to be refused. Everything lives in o->arena.
bool oracle_bind(struct oracle *o, const struct given_event *event);
// Puts it in the policy's zone, bound to no event.
bool oracle_place(struct oracle *o);
// The decision before any rule was looked at.
void oracle_begin(struct oracle *o, nuo_decision *decision);
// A breach by itself, before it is joined with others that are the same.
struct breached {
  const struct rule *rule;
  nuo_finding finding;
};
typedef VEC(struct breached) breach_list;
// What the rules say, into the decision: what is undetermined or excepted; the breaches are added to a list.
void oracle_rules(struct oracle *o, nuo_decision *decision, breach_list *breached);
// Puts what is one breach together, into the decision, and what all findings ask for.
void oracle_join(struct oracle *o, nuo_decision *decision, const breach_list *breached);
const nuo_program_info *oracle_info(struct oracle *o);
// Its identity as text.
struct str oracle_identity(struct oracle *o);
// The zone is that which the event has a field for, where the field is known.
void oracle_own_zone(struct oracle *o);
// What the event has in the field of that path and type; else unknown.
struct value oracle_field(const struct oracle *o, const struct field *field);
nuo_force oracle_force(const struct oracle *o);
// Whether a rule or table is in force at the event's time.
bool oracle_holds_now(const struct oracle *o, const struct force *force);

// ---- comparing ----
// The first field in which two decisions differ, or NULL. The name lives in `where`.
const char *decisions_differ(const nuo_decision *want, const nuo_decision *got, char where[static 96]);
void decision_print(const nuo_decision *decision, struct buf *out);

// ---- random policies ----
// How a policy is tried.
struct setting {
  bool markdown;
  bool key;           // sensitive values are masked by a key
  bool flipped;       // the oracle makes the selftest's mistake
  bool remembers;     // facts, limits and counts; events come roughly in order of time
  int64_t replay_ms;  // how long decisions are remembered; 0: an hour
  bool durable;       // in a state directory, which is committed and opened again all the time
  int32_t changes;  // the last day of its first version, after which a second one is in force; 0: one version
};
struct schema;
struct policy {
  struct buf source;
  struct setting setting;
  struct schema *schema;  // what events are made from
};
// `alone`: it is one file. Else it may use another policy; each file but the first follows a line with this
// mark and its name.
#define FILE_MARK "#### "
void policy_generate(struct rng *rng, bool remembers, bool alone, struct policy *policy);
void policy_free(struct policy *policy);
// Random events for the policy, in `arena`.
void stream_generate(struct rng *rng, const struct schema *schema, struct arena *arena,
                     struct given_event *events, uint32_t count);
// Reports of deliveries are events of this type.
#define REPORT_WIRE "nuo.delivered"
static inline bool is_report(const struct given_event *event) {
  return nuo__str_is(event->wire, REPORT_WIRE);
}
// No event, but the clock moves on to the only member.
#define ADVANCE_WIRE "(advance)"
static inline bool is_advance(const struct given_event *event) {
  return nuo__str_is(event->wire, ADVANCE_WIRE);
}
static inline bool is_event(const struct given_event *event) {
  return !is_report(event) && !is_advance(event);
}

// ---- trials ----
#define MAX_VERSIONS 2
struct trial {
  struct setting setting;
  nuo_compilation *compilations[MAX_VERSIONS];
  nuo_program *programs[MAX_VERSIONS];
  uint32_t versions;
  nuo_engine *engine;
  nuo_session *session;
  struct zone_set *zones;
  struct memory *memory;  // of the oracle
  char directory[32];     // of the state, or empty
  // NULL, or what gets each decision on which both agree as a line (tests/conformance/README.md). An event
  // that is refused has to be the last of its batch then.
  struct buf *lines;
};
// The text of a version of the policy.
struct buf trial_source(struct str source, const struct setting *setting, uint32_t version);
// Compiles and loads a policy; false when it has errors (printed to `problem` if given).
bool trial_begin(struct trial *trial, struct str source, const struct setting *setting, struct buf *problem);
void trial_end(struct trial *trial);
// An engine with the trial's programs and setting, and a session of it.
bool trial_engine(const struct trial *trial, nuo_engine **engine, nuo_session **session, nuo_error *error);
// Decides the events on both sides, each batch at once. The index of the first event that differs, or -1;
// `report` (or NULL) gets the two decisions that differ.
int trial_stream(struct trial *trial, const struct given_event *events, uint32_t count, char where[static 96],
                 struct buf *report);

// Makes the policy and the events smaller while both sides still disagree; all are changed in place. Without
// events: while the policy compiles and its image is refused.
void shrink(struct policy *policy, struct given_event *events, uint32_t *count);
// What has to stay true of a case while lines of its policy and members of its events are taken out.
struct wish {
  bool (*holds)(void *context, struct str source);
  void *context;
};
void shorten(struct policy *policy, struct given_event *events, uint32_t count, const struct wish *wish);

// Writes `count` cases of tests/conformance into the folder, each of which shows something that those before
// did not. False when both sides disagree, which is told.
bool cases_write(const char *folder, uint64_t seed, uint32_t count);

// Whether what is reasoned about the policy, and about a small change of it, holds on these events.
bool claims_hold(const struct policy *policy, struct rng *rng, const struct given_event *events,
                 uint32_t count, struct buf *problem);
// Whether events given as values are decided as the JSON of them is.
bool twin_holds(const struct policy *policy, struct rng *rng, const struct given_event *events,
                uint32_t count, struct buf *problem);
// Whether the formatter keeps the policy, its comments and its prose; else `problem` says what it does.
bool layout_holds(const struct policy *policy, uint64_t seed, struct buf *problem);

struct arena *arena_open(void);

#endif
