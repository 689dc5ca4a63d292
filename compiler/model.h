// SPDX-License-Identifier: Apache-2.0
// The checked program: what `resolve` and `check` make of the syntax trees of all files. Names are bound,
// types known, every mistake reported. The planner compiles it and the oracle evaluates it; both read
// expressions as annotated syntax trees (`expr.type`, `.ref`, `.target`, `.expansion`).
#ifndef NUO_COMPILER_MODEL_H
#define NUO_COMPILER_MODEL_H

#include "compiler/ast.h"
#include "compiler/diag.h"
#include "compiler/pool.h"

// ---- types ----
enum type_kind {
  TYPE_ERROR,  // a mistake was reported; fits everywhere
  TYPE_FLAG,
  TYPE_NUMBER,
  TYPE_DECIMAL,
  TYPE_TEXT,
  TYPE_INSTANT,
  TYPE_DATE,
  TYPE_CLOCK,
  TYPE_DURATION,  // exact: milliseconds
  TYPE_PERIOD,  // calendar: days, workdays, weeks, months…; only constants (EXPR_DURATION with such a unit)
  TYPE_ZONE,
  TYPE_ENUM,   // enumeration
  TYPE_LIST,   // element
  TYPE_SET,    // element: a literal {a, b}; never a field
  TYPE_RANGE,  // element: a..b; never a field
  TYPE_TEXTS,  // `title or body`, in which something is searched for; never a value
};
struct enumerator {
  struct names names;
};
struct enumeration {
  struct names names;            // the type's or the field's
  VEC(struct enumerator) items;  // ordinal = index
  struct pool named;             // ordinals by name, from POOL_FROM items on
};
struct type {
  enum type_kind kind;
  const struct enumeration *enumeration;
  const struct type *element;
};

// ---- events ----
// What a text is the name of: only breaches have such fields, and the duties that they begin.
struct pack;
struct breach_type;
enum field_names { NAMES_NOTHING, NAMES_EVENT, NAMES_RULE, NAMES_CLAUSE, NAMES_PACK };
struct field {
  struct str path;  // "user.id": the English names, joined by dots
  struct str path_zh;
  struct str *members;  // the JSON member names (English), outermost first
  uint32_t depth;       // how many
  const struct type *type;
  bool optional;             // it, or a record around it, may be absent
  uint32_t optional_levels;  // bit i: members[i] itself may be absent
  bool sensitive;
  enum field_names names;
  // What a missing one means: a literal, or NULL: nobody knows. A derived event has what its cause had.
  const struct expr *absent;
  const struct breach_type *told;  // names: in which breaches they are told so
  uint32_t index;                  // in event_type.fields
  struct event_type *event;
  // Of a duty's event, where the path could not be kept: the field of what begins the duty that it takes
  // over.
  const struct field *source;
  struct span span;
};
enum event_origin {
  EVENT_DECLARED,
  EVENT_BREACH,  // derived from every breach: `breach`
  EVENT_DUTY,    // derived from a duty's deadline that has passed; named as the duty
};
struct event_type {
  struct names names;
  const struct pack *pack;   // whose it is; NULL: the policy's own, or that of a shared module
  struct str owner;          // the policy's name, alone or as a pack; empty: of a shared module
  enum event_origin origin;  // but for declared ones: observed, and never read from the wire
  struct str wire_name;      // the value of member `type`
  bool enforceable;
  VEC(struct field *) fields;     // leaves only, in order of declaration
  struct field *identity, *time;  // never NULL after a clean check; time is TYPE_INSTANT, required
  struct field *subject, *zone;   // or NULL; zone is TYPE_ZONE
  int64_t lateness;               // ms that an event may be older than the newest one seen
  uint32_t index;                 // in program.events
  struct span span;
};

// What a type of breaches tells of: those of rules of one policy and of the policies that it uses. A severity
// has the ordinal of its place in `severities`.
struct breach_type {
  struct event_type *event;
  const struct pack *pack;   // whose type it is; NULL: the policy's own
  VEC(uint32_t) severities;  // program.severities
};

// ---- parameters, tables, lexicons, natives, calendars ----
struct parameter_value {
  bool unset;
  int32_t from;        // date (days) from which it holds; INT32_MIN when not dated
  struct expr *value;  // a constant expression of the parameter's type (annotated)
};
typedef VEC(struct parameter_value) parameter_values;
struct parameter {
  struct names names;
  const struct pack *pack;
  const struct type *type;     // scalar, TYPE_RANGE or TYPE_SET of constants, or TYPE_LIST
  parameter_values values;     // by ascending date
  parameter_values tried;      // what tests give it instead, undated
  VEC(struct expr *) places;   // where its value was written in (check_length.c)
  const struct parameter *of;  // this is a copy of it, whose texts are names (check_breach.c), or NULL
  struct span span;
  uint32_t index;
};

struct force {    // when a policy, a rule or a table is in force
  int32_t from;   // first day, or INT32_MIN
  int32_t until;  // last day (inclusive), or INT32_MAX
};

enum cell_kind { CELL_ANY, CELL_EQUAL, CELL_IN, CELL_COMPARE, CELL_MISSING, CELL_PRESENT };
struct cell {
  enum cell_kind kind;
  enum operator_id op;  // CELL_COMPARE: OP_lt, le, gt, ge
  struct expr *value;   // constant: a scalar (EQUAL, COMPARE), set or range (IN); NULL for the others
};
struct model_row {
  struct cell *cells;   // one a key
  struct expr *result;  // constant of the result type
  struct span span;
};
struct table {
  struct names names;
  const struct pack *pack;
  bool first;  // first row that matches; else unique
  uint32_t keys;
  const struct type **key_types;
  struct names *key_names;    // for messages
  const struct type *result;  // scalar
  struct force force;         // outside it no row holds
  VEC(struct model_row) rows;
  struct span span;
  uint32_t index;
};

typedef VEC(struct str) text_list;
struct lexicon {
  struct names names;
  const struct pack *pack;
  bool strict;         // `evasion strict`
  text_list entries;   // in file order, duplicates removed
  text_list excepted;  // phrases in which an entry does not count
  struct span span;
  uint32_t index;
};

struct native {
  struct names names;
  VEC(const struct type *) params;  // flag, number, decimal, text, instant, date, clock, duration
  const struct type *result;        // the same kinds, not text
  struct str library, symbol;
  struct span span;
  uint32_t index;
};

struct model_calendar {
  struct names names;
  int32_t first, end;       // covered dates [first, end)
  VEC(int32_t) rest, work;  // ascending, single days
};

// ---- facts and counters: what is remembered from event to event ----
struct fact_rule {  // one `starts on` or `ends on`
  bool starts;
  struct event_type *event;
  struct expr *where;      // TYPE_FLAG in the event's context, or NULL
  VEC(struct expr *) key;  // one a key, in the event's context
  struct expr *with;       // the value, or NULL
};
struct fact {
  struct names names;
  const struct pack *pack;
  struct str owner;               // as of an event type
  VEC(const struct type *) keys;  // scalar
  const struct type *type;        // of its value: scalar; or NULL: only whether it holds
  VEC(struct fact_rule) changes;  // in order of declaration
  struct span span;
  uint32_t index;  // program.facts
};

// The earlier events that a limit or an aggregate counts, or adds up: of one type, by key.
struct counter {
  enum aggregate_kind kind;  // AGGREGATE_COUNT for the count of a limit, and for `elapsed since last`
  struct event_type *event;
  struct expr *where;      // TYPE_FLAG in the event's context, or NULL: every event of the type
  VEC(struct expr *) key;  // in the event's context
  // In the event's context: AGGREGATE_SUM: what is added up; AGGREGATE_DISTINCT: what is told apart;
  // AGGREGATE_SHARE: which events the share is of (TYPE_FLAG; NULL: all); else NULL.
  struct expr *value;
  const struct model_window *window;  // AGGREGATE_SUM, SHARE: WINDOW_THIS, in the policy's zone
  const struct model_window *asked;   // in which it is asked for; of a duty's, NULL
  bool attempts;                      // also what was not delivered
  int64_t spread;     // ms: what lies nearer to one that was counted before does not count; 0 for none
  uint32_t capacity;  // how many of the latest events have to be remembered for an exact answer
  uint32_t tried;     // no less: the same with what tests give to parameters
  struct str label;   // for decisions: "push per user.id this day", as the author wrote it
  struct span span;
  uint32_t index;  // program.counters
};
struct model_window {
  enum window_kind kind;
  const struct type *length_type;  // WINDOW_LAST: TYPE_DURATION or TYPE_PERIOD
  struct expr *length;             // EXPR_DURATION
  enum unit period;                // WINDOW_THIS
};

// ---- rules ----
struct severity {
  struct names names;
  const struct pack *pack;
};

// An event that a breach derives: `raise investigation_opened { sender.id: sender.id }`.
struct assignment {
  struct field *field;  // of the raised event
  struct expr *value;   // in the context of the rule's event
};
struct raise {
  struct event_type *event;      // declared, observed
  VEC(struct assignment) given;  // one a field at most; what is not given is missing
  struct span span;
};

struct exception {
  struct names names;  // .en.at NULL for an `unless` (its rule's name and number serve)
  struct str label;    // what decisions call it: its English name, or "unless"
  struct str label_zh;
  struct expr *condition;              // TYPE_FLAG, in the context of the rule's event
  VEC(struct exception *) exceptions;  // exceptions to this exception
  struct force force;
  VEC(struct str) cites;
  uint32_t clause;  // program.clauses, or CLAUSE_NONE
  struct span span;
};

struct model_action {
  enum action_kind kind;
  struct expr *value;               // label: EXPR_TEXT/EXPR_TEMPLATE; defer: TYPE_CLOCK or TYPE_INSTANT
  const struct field *field;        // strip
  const struct type *at_most_type;  // defer: TYPE_DURATION or TYPE_PERIOD
  struct expr *at_most;             // defer: or NULL
};

// A policy that this one uses. What it declares has `pack`, and its names have the policy's before them; what
// has none belongs to the policy itself or to a module that several share.
struct pack {
  struct names names;
  struct str title, version;
  struct force force;
  struct model_action undetermined;
  bool *reaches;  // by program.packs: itself and those that it uses, directly or not
  uint32_t file;  // its document, in program.files
  struct span span;
  uint32_t index;  // program.packs
};

// Rules or duties of several policies that are one obligation: breached together they are one breach.
struct same {
  struct names names;       // those of the first rule, under which the breach is told
  const struct pack *pack;  // who says so; NULL: the policy itself
  VEC(struct rule *) rules;
  struct span span;
  uint32_t index;  // program.sames
};

struct rule {
  struct names names;
  const struct pack *pack;
  const struct same *same;  // or NULL
  uint32_t same_rank;       // its place there
  struct str title;         // its own, or its clause's
  struct event_type *event;
  struct expr *scope;  // TYPE_FLAG, or NULL: every event of the type
  enum core_kind core;
  struct expr *condition;              // TYPE_FLAG; CORE_LIMIT: TYPE_NUMBER, how many are allowed
  const struct counter *counter;       // CORE_LIMIT: what is counted; its where is the rule's scope
  VEC(struct expr *) per;              // CORE_LIMIT: the key, in the event's context
  struct model_window window;          // CORE_LIMIT
  VEC(struct exception *) exceptions;  // `unless` first, in order; then named ones by file order
  int32_t severity;                    // index into program.severities, or -1
  struct model_action action;
  struct model_action undetermined;  // its own or the policy's
  struct expr *because;              // EXPR_TEXT/EXPR_TEMPLATE or NULL
  VEC(struct raise) raises;
  VEC(struct str) cites;
  struct force force;
  const struct field
      *law;         // an instant at which the parameters of the condition are read; NULL: the event's time
  uint32_t clause;  // program.clauses, or CLAUSE_NONE
  struct span span;
  uint32_t index;  // program.rules, in order of declaration (used files first); those of duties last
};

// ---- duties ----
// What has to be done by when. A missed deadline is an event of the duty's own type (EVENT_DUTY), and the
// duty is a rule on it: so a missed duty is told, counted and escalated like any breach.
struct duty_deadline {  // `within D`, `no later than X`, `warn at D`
  struct expr *length;  // EXPR_DURATION from the trigger's time on, or NULL:
  struct expr *by;      // TYPE_INSTANT or TYPE_DATE (its end), in the trigger's context
  const struct type
      *type;  // of the one that is given: TYPE_DURATION or TYPE_PERIOD; TYPE_INSTANT or TYPE_DATE
};
struct duty_match {  // the events that fulfil a step or discharge a duty
  struct event_type *event;
  struct expr *where;  // what its `where` says besides the ties: TYPE_FLAG in the event's context, or NULL
  VEC(struct expr *) key;  // one for each of duty.key, in the event's context
};
struct duty_step {
  struct duty_match match;
  struct duty_deadline deadline;
  struct expr *other;  // in the context of the duty's own event: its `step` is the name of another event
  // Where the deadline's expression may be unknown, for telling why: the expression in the context of the
  // duty's own event; and `step is not THIS or it is known`, which is always known. Else NULL.
  struct expr *again, *told;
};
struct duty {
  struct names names;
  struct event_type *event;  // EVENT_DUTY; its fields: see nuo__check_duties
  struct rule *rule;         // on `event`
  struct force force;        // looked at when an instance begins
  // Begun by an event: trigger is not NULL.
  struct event_type *trigger;
  struct expr *where;  // TYPE_FLAG in the trigger's context, or NULL
  VEC(struct expr *)
  unless;  // TYPE_FLAG each, in the trigger's context: one that is established, and no duty begins
  VEC(struct expr *) key;  // the ties, in the trigger's context: scalar. A use of `each`: REF_EACH
  VEC(struct duty_step) steps;
  VEC(struct duty_deadline) warnings;
  VEC(struct duty_match) discharges;
  struct expr *suspended;       // a use of a fact in the trigger's context (ref REF_FACT), or NULL
  const struct fact *each;      // `for each K with F(…, K, …)`, or NULL
  uint32_t each_part;           // which part of the fact's key K is
  VEC(struct expr *) each_key;  // the whole key, in the trigger's context; at each_part NULL
  struct field *each_field;     // of `event`: where K is kept
  // Periodic: trigger is NULL. The rule's condition is `counted less than N`, with N read at its `law`.
  enum unit period;               // UNIT_DAY, WEEK, MONTH, QUARTER, YEAR
  const struct counter *counter;  // what counts, by no key; capacity: what N needs
  int64_t spread;                 // ms that counted events have to lie apart, or 0
  struct duty_deadline due;       // after the period's end, or length NULL
  struct span span;
  uint32_t index;  // program.duties
};

// ---- adapters: events in somebody else's format ----
struct adapter_choice {
  struct str key;  // the value as it is written there; .at NULL: any other
  struct expr *value;
  const struct adapter *to;  // of a route: who reads the event
};
struct adapter_source {
  struct str path;  // "message.android.ttl"; names of headers in small letters
  bool header, inverted, expiring;
  enum conversion conversion;
  struct str zone;  // CONVERT_LOCAL
  int64_t times;    // or 0
  VEC(struct adapter_choice) choices;
};
struct adapter_mapping {
  const struct field *field;
  bool each;
  bool alternatives;  // a flag: true when one of the sources is
  VEC(struct adapter_source) sources;
  struct expr *value;  // a constant: where no source gives one; or NULL
};
struct adapter {
  struct names names;
  struct event_type *event;
  VEC(struct adapter_mapping) mappings;  // that of the event's time first, those that read it last
  VEC(struct adapter_source) refused;
  struct adapter_source *route;  // another adapter reads the event, by what stands there; or NULL
  struct span span;
};

// ---- the author's own tests ----
struct model_step {
  enum step_kind kind;
  // given, when:
  struct event_type *event;
  struct expr **values;           // by field of the event: a constant of its type, or NULL
  const struct adapter *adapter;  // which reads headers and body; NULL: there is none
  struct str headers, body;       // .at NULL: not given
  // expect:
  enum expectation expectation;
  const struct expr *at;               // EXPR_INSTANT, or NULL: nothing but the events before it
  const struct model_action *verdict;  // EXPECT_VERDICT; values are constants
  VEC(const struct rule *) rules;      // those of duties among them
  struct span span;
};
struct test_setting {
  struct parameter *parameter;
  uint32_t tried;  // which of what tests give it
};
struct model_test {
  VEC(struct test_setting) settings;
  struct str title;
  bool sample;
  uint32_t clause;  // program.clauses, or CLAUSE_NONE
  VEC(struct model_step) steps;
  struct span span;
};

struct model_clause {
  struct str number, title;
  uint32_t parent;  // or CLAUSE_NONE
  uint32_t level;
  uint32_t file;
  bool organisational, deferred;
  bool prose;  // text stands under the heading, outside of code
  struct str why;
  struct span heading;
};

// A name of this program where it is used, and its two forms.
struct name_use {
  struct span span;
  struct str en, zh;
};

struct program {
  VEC(struct name_use) uses;  // as they were looked up; only when they were asked for
  struct names names;
  struct str title, version;
  struct str zone;  // IANA name
  struct force force;
  struct model_action undetermined;
  const struct model_calendar *calendar;  // or NULL
  VEC(struct event_type *) events;
  VEC(struct enumeration *) enumerations;
  VEC(struct severity) severities;
  VEC(struct parameter *) parameters;
  VEC(struct table *) tables;
  VEC(struct lexicon *) lexicons;
  VEC(struct native *) natives;
  VEC(struct fact *) facts;
  VEC(struct counter *) counters;
  VEC(struct rule *) rules;
  VEC(struct duty *) duties;
  VEC(struct same *) sames;
  VEC(struct pack *) packs;  // in the order in which they were first named
  // The types EVENT_BREACH, one for each policy that speaks of breaches: those of packs in their order first.
  VEC(struct breach_type *) breaches;
  VEC(struct model_clause) clauses;
  VEC(struct model_test *) tests;
  VEC(struct adapter *) adapters;
  VEC(struct source_file) files;  // the policy first, then what it uses
};

// Binds names and checks types of the parsed files (files[0] is the policy). Mistakes go to diags; the result
// is complete only when diags->errors is 0. `read` fetches lexicon files. `settings` are `--set NAME=VALUE`
// texts.
struct check_input {
  struct source_file *files;
  uint32_t file_count;
  const struct str *settings;  // "checks_per_day=3"
  uint32_t setting_count;
  bool names_only;  // what names stand for is all that is asked: a policy may be missing
  // Reads a file that `file` names, relative to its folder; false when there is none. Bytes live in the
  // arena.
  bool (*read)(void *context, struct arena *arena, uint32_t file, struct str path, struct str *bytes);
  void *context;
};
struct program *nuo__check(struct arena *arena, struct diagnostics *diags, const struct check_input *input);

// Whether a breach of the rule is one of that type.
bool nuo__breach_tells(const struct breach_type *type, const struct pack *of);
// Whether a file is part of the policy itself: not of one that it uses, nor of the standard library.
bool nuo__file_is_own(const struct program *program, uint32_t file);
const struct breach_type *nuo__breach_type_of(const struct program *program, const struct event_type *event);
// The names that a thing of a pack has outside of it, which are those in this model: "pledge_l1.quiet_hours";
// and those that it has inside. Without a pack they are the same.
struct names nuo__outer_names(struct arena *arena, const struct pack *pack, struct names names);
struct names nuo__inner_names(const struct pack *pack, struct names names);
struct str nuo__inner_name(const struct pack *pack, struct str english);

// Looks through definitions to what an expression stands for.
const struct expr *nuo__expr_peel(const struct expr *e);
// An operator as it is written, in both languages.
struct diag_arg nuo__operator_arg(enum operator_id op);
// Whether two typed expressions mean the same.
bool nuo__expr_same(const struct expr *a, const struct expr *b);
// The type of a tie of a duty: a number is tied to a decimal as a decimal.
const struct type *nuo__tie_type(const struct duty *duty, uint32_t part);
// What a constant that is no text is in numbers; durations in milliseconds.
int64_t nuo__constant_number(const struct expr *e);
// A value (flag, ordinal, number, millionths, days, milliseconds) as an author would write it.
struct str nuo__value_text(struct arena *arena, const struct type *type, int64_t value, bool chinese);
// Milliseconds of an exact unit; 0 for one of the calendar, from the day on.
int64_t nuo__unit_ms(enum unit unit);

// The type's name for messages, e.g. "list of number" / "数列表".
struct diag_arg nuo__type_name(struct arena *arena, const struct type *type);
bool nuo__type_equal(const struct type *a, const struct type *b);
// Whether a derived event's field takes over the field `from` of what the event comes from.
bool nuo__field_takes(const struct field *derived, const struct field *from);
// A type that has no parts: TYPE_ERROR to TYPE_ZONE but not TYPE_ENUM. Static.
const struct type *nuo__type_simple(enum type_kind kind);
// Whether a value of type `from` may stand where `to` is wanted: equal, a number for a decimal (also inside
// lists, sets and ranges), or one of them is TYPE_ERROR.
bool nuo__type_fits(const struct type *from, const struct type *to);
// The type two operands have in common: the equal one, decimal for a number and a decimal; NULL when there is
// none.
const struct type *nuo__type_common(const struct type *a, const struct type *b);

#endif
