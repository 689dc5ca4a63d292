// SPDX-License-Identifier: Apache-2.0
// The plan: what every rule asks of an event, as values that are computed once however many rules ask. A
// value is an instruction of the VM whose operands are other values; equal ones are the same value. The
// planner (plan*.c) makes values of the checked expressions, one graph an event type; the emitter (emit*.c)
// orders them, gives them registers and writes code. Nobody else includes this but the disassembler and the
// tests.
#ifndef NUO_COMPILER_PLAN_H
#define NUO_COMPILER_PLAN_H

#include "compiler/image_write.h"
#include "compiler/model.h"
#include "runtime/zone.h"

// What is no single instruction.
enum plan_op {
  PLAN_FIELD = OPCODE_COUNT,  // a field's register, arg[0]
  PLAN_ASKED,                 // plane arg[0]: field value arg[1] is, or its list holds, enumerator arg[2]
  PLAN_MATCH,                 // whether text arg[0] matches what spec arg[1] says
  PLAN_PICK,  // pairs (plane, value) in lists[arg[0], arg[0] + 2 * arg[1]): the value of the last true one
  PLAN_CALL,  // native arg[0], arguments lists[arg[1], arg[1] + arg[2])
  PLAN_EACH,  // the value at hand of the `for each` of duty arg[0]
};

#define VALUE_NONE UINT32_MAX

struct value {
  uint16_t op;        // enum opcode or enum plan_op
  uint8_t reg_class;  // enum reg_class of what it makes
  bool remembers;     // it is, or is made of, something remembered from earlier events
  bool each;          // it is, or is made of, the value at hand of a `for each`
  uint32_t cost;      // a rough measure, for putting cheap tests first
  // By the letters of the opcode: values, or indexes of constants. FACT to LAST: the fact or counter, and its
  // key in lists[arg[1], arg[1] + arg[2]); behind the key of COUNTED to DISTINCT the window's start.
  uint32_t arg[3];
};
typedef VEC(uint32_t) value_list;
struct value_digest {  // of what a value means
  uint8_t bytes[16];
};

// What a text is searched for: the patterns of one output of a match set.
struct match_spec {
  struct str *texts;
  uint32_t count;
  enum match_kind kind;
  unsigned fold;
  struct span span;    // where the author wrote it
  text_list excepted;  // phrases in which the texts do not count
};

static inline uint32_t nuo__spec_texts(const struct match_spec *spec) {
  return spec->count + spec->excepted.count;
}

// One pass over a text that answers several PLAN_MATCH values.
struct match_set {
  uint32_t text;       // value
  value_list outputs;  // PLAN_MATCH values in order
  uint32_t image;      // MATCHES
};

// A condition of a chain: `prefix` = the chain up to and with it.
struct step {
  uint32_t value, prefix;
};

struct plan_node {  // as image_node, over values
  uint8_t kind;     // enum node_kind
  uint16_t reason;
  uint32_t value;
  uint32_t other;                     // NODE_HITS: the search; NODE_COUNT: how many a limit allows; else
                                      // VALUE_NONE
  uint32_t child_first, child_count;  // rule_plan.children
  uint32_t aux;
  struct str name;
};

struct plan_part {     // as image_part
  struct str literal;  // or .at NULL: a value
  uint32_t value;
  const struct type *type;
  bool sensitive, chinese;
};
typedef VEC(struct plan_part) plan_parts;

struct plan_action {
  const struct model_action *action;
  uint32_t until, deadline;  // values, or VALUE_NONE
  plan_parts parts;
};

struct plan_move {  // as image_move
  const struct field *field;
  uint32_t value;
};
typedef VEC(struct plan_move) plan_moves;

struct plan_raise {
  const struct raise *raise;
  plan_moves moves;  // of all fields that are given
};

struct plan_exception {
  const struct exception *exception;
  uint32_t established;  // value
  uint32_t node;         // rule_plan.nodes
};

struct rule_plan {
  const struct rule *rule;
  VEC(struct step) scope, steps;  // the scope's conditions, then those of the core and the exceptions
  uint32_t scope_value;           // the scope's last prefix
  uint32_t gate_steps, gate;      // how much of the scope needs no memory, and its prefix
  bool stateful;                  // something of it needs memory
  uint32_t violated, excepted;
  VEC(struct plan_node) nodes;
  value_list children;
  uint32_t scope_node, core_node;  // nodes, or VALUE_NONE
  VEC(struct plan_exception) exceptions;
  plan_parts because;
  struct plan_action action, undetermined;
  VEC(struct plan_raise) raises;
};

// A change of memory by an event: MEET to EACH, START, STARTTEXT, STOP, TALLY, TOTAL or DIFFER.
struct plan_effect {
  uint16_t op;
  uint32_t index;      // of the fact, counter, duty or (OPEN, EACH) event_plan.openings
  uint32_t condition;  // plane
  uint32_t value;      // a fact's value, what TOTAL adds up, or VALUE_NONE
  uint32_t step;       // MEET: which one; DISCHARGE: which of duty.discharges
  value_list key;      // behind it: TOTAL: the period's start; DIFFER: the value
};

// How an event begins a duty. Values that differ from each value of a `for each` to the next are made when it
// is at hand.
struct plan_opening {
  const struct duty *duty;
  uint32_t demanded;   // that the author's conditions are met
  uint32_t condition;  // … in times in which the duty is in force
  value_list key;
  value_list dues;  // for each step, its instant and whether that is certain
  value_list warnings;
  value_list suspended;  // the key of the fact
  value_list each_key;   // the parts of the key that are given
  uint32_t each;         // PLAN_EACH, or VALUE_NONE
  plan_moves moves;
};

struct asked_use {  // of an event's field
  uint16_t ordinal, plane;
  uint32_t field, value;
};

// What of the program an event type is about, in the program's order.
struct event_uses {
  VEC(const struct rule *) rules;
  VEC(const struct duty *) duties;       // that it begins, fulfils or ends
  VEC(const struct fact *) facts;        // that it changes
  VEC(const struct counter *) counters;  // that count it
  const struct duty *missed;             // whose missed deadlines it tells; or NULL
};

// What breaches of an event take over into one type of breaches.
struct plan_breach {
  bool is_told;  // some rule on the event is one of which the type tells
  plan_moves moves;
};

struct event_plan {
  const struct event_type *type;
  struct event_uses uses;
  VEC(struct value) values;
  value_list lists;
  struct pool known;                 // values by content
  VEC(struct value_digest) digests;  // of the first values, as far as they were asked for
  bool *needed;                      // by field index
  uint32_t *slot;                    // by field index: planner.slots + 1, or 0
  VEC(struct asked_use) asked;       // in order of first use
  VEC(struct rule_plan) rules;
  VEC(struct plan_effect) effects;
  VEC(struct plan_opening) openings;
  VEC(struct plan_breach) breaches;  // by program.breaches
  VEC(struct match_set) sets;
};

// Registers of fields, shared by the event types whose fields agree.
struct field_slot {
  const struct field *field;  // the first one
  uint32_t next;              // another slot for the same path, of another type; or UINT32_MAX
  uint16_t reg;
};

struct planner {
  struct arena *arena;
  struct diagnostics *diags;
  const struct program *program;
  struct image_writer *out;
  struct nuo_allocator allocator;  // over the arena
  const struct zone *zone;         // the policy's
  VEC(struct field_slot) slots;
  struct pool slot_pool;            // by path: the latest slot for it
  struct pool asked_pool;           // by slot and ordinal: the plane
  uint32_t field_counts[REG_NONE];  // by class
  VEC(struct match_spec) specs;
  struct pool spec_pool;
  struct value_digest *identities;     // by counter
  bool *sensitive;                     // by fact: its value comes of a sensitive field
  int32_t *version;                    // by parameter: the version that is being compiled, or -1
  const struct field *law;             // whose instant chooses the versions; NULL: the event's time
  VEC(const struct native *) natives;  // those that are called, in order of first use
  value_list scratch;
  int64_t *lateness;          // by event: how late it may come, derived ones as late as their causes
  struct event_plan *events;  // as program.events
  struct event_plan *event;   // the one being planned
};

// ---- plan.c ----
// Sets up what the planner needs of the runtime; `planner` has arena, diags, program and out filled in.
// `zone` stays NULL when the policy's zone cannot be read. The set is to be freed after the planner's last
// use.
struct zone_set *nuo__plan_open_zone(struct planner *planner);
// Plans every event type of the program.
void nuo__plan_program(struct planner *planner);
// The instant at which a date begins in the policy's zone.
int64_t nuo__plan_midnight(const struct planner *planner, int32_t date);
// Whether the value of an expression tells something of a sensitive field.
bool nuo__plan_sensitive(const struct planner *planner, const struct expr *e);

// ---- plan_dag.c: making values ----
// The value of an instruction with up to three operands by its letters; equal ones are made once.
uint32_t nuo__dag_make(struct planner *p, enum opcode op, uint32_t a, uint32_t b, uint32_t c);
uint32_t nuo__dag_plane(struct planner *p, uint32_t constant);  // 0 false, 1 true, 2 unknown
uint32_t nuo__dag_and(struct planner *p, uint32_t a, uint32_t b);
uint32_t nuo__dag_or(struct planner *p, uint32_t a, uint32_t b);
uint32_t nuo__dag_not(struct planner *p, uint32_t a);
uint32_t nuo__dag_established(struct planner *p, uint32_t a);
uint32_t nuo__dag_number(struct planner *p, int64_t number);
uint32_t nuo__dag_text(struct planner *p, struct str text);
// Unknown everywhere, of a class: plane, column or text.
uint32_t nuo__dag_unknown(struct planner *p, enum reg_class reg_class);
// Whether a value is a constant column, and which.
bool nuo__dag_is_number(const struct planner *p, uint32_t value, int64_t *number);
bool nuo__dag_is_plane(const struct planner *p, uint32_t value, uint32_t constant);
// pairs: (plane, value), later ones prevail; where no plane is true the result is unknown.
uint32_t nuo__dag_pick(struct planner *p, enum reg_class reg_class, const value_list *pairs);
uint32_t nuo__dag_call(struct planner *p, uint32_t native, bool flag, const value_list *arguments);
// FACT to LAST of a fact or counter; the list as value.arg says.
uint32_t nuo__dag_remember(struct planner *p, enum opcode op, uint32_t index, const value_list *list);
static inline bool nuo__opcode_remembers(uint16_t op) {
  return op >= OPCODE_FACT && op <= OPCODE_LAST;
}
static inline bool nuo__opcode_windowed(uint16_t op) {
  return op >= OPCODE_COUNTED && op <= OPCODE_DISTINCT;
}
// The value at hand of a duty's `for each`, a column or a text.
uint32_t nuo__dag_each(struct planner *p, const struct duty *duty);
uint32_t nuo__dag_match(struct planner *p, uint32_t text, const struct match_spec *spec);
uint32_t nuo__dag_field(struct planner *p, const struct field *field);
// The class of register that a field of a type has.
uint8_t nuo__dag_class(const struct type *type);
// Whether an enumeration field is an enumerator, or a list of enumerators holds it.
uint32_t nuo__dag_asked(struct planner *p, const struct field *field, uint32_t ordinal);
// A plane that is true where a value of any class is known.
uint32_t nuo__dag_known(struct planner *p, uint32_t value);
// A value of class wide or half as a column; others as they are.
uint32_t nuo__dag_column(struct planner *p, uint32_t value);
static inline const struct value *nuo__dag_at(const struct planner *p, uint32_t value) {
  return &p->event->values.at[value];
}
// Appends the values that a value is made of.
void nuo__dag_operands(struct arena *arena, const struct event_plan *event, uint32_t value, value_list *out);
// Whether the instruction takes a guard: it looks at a text or calls a native function.
bool nuo__dag_guarded(const struct value *value);
// The name of an opcode or of what the planner has besides. Static.
const char *nuo__dag_op_name(uint16_t op);
// Whether the first two operands may change places; then they stand in the order in which they were made.
bool nuo__opcode_commutes(uint16_t op);

// ---- plan_expr.c: expressions ----
uint32_t nuo__plan_flag(struct planner *p, const struct expr *e);
// A value of any type but set, range and period: plane, column (or a field's wide or half), text or list
// (VALUE_NONE for a list without a value).
uint32_t nuo__plan_value(struct planner *p, const struct expr *e);
// A column of type `want`: a number becomes a decimal where one is wanted.
uint32_t nuo__plan_column(struct planner *p, const struct expr *e, const struct type *want);
// The column as a decimal.
uint32_t nuo__plan_decimal(struct planner *p, uint32_t column);
// The plane `left OP right` of a comparison (is, is not, <, <=, >, >=).
uint32_t nuo__plan_compare(struct planner *p, enum operator_id op, const struct expr *left,
                           const struct expr *right);
// Literals, enumerators, and parameters whose version is settled.
bool nuo__plan_constant(const struct planner *p, const struct expr *e, int64_t *number);
// The same as a value of type `want`: a number becomes a decimal; false too when that overflows.
bool nuo__plan_constant_as(const struct planner *p, const struct expr *e, const struct type *want,
                           int64_t *number);
bool nuo__plan_text_constant(const struct planner *p, const struct expr *e, struct str *text);

// ---- plan_time.c ----
// The event's zone as a column, and the instant of the event.
uint32_t nuo__plan_zone(struct planner *p);
uint32_t nuo__plan_time(struct planner *p);
// instant or date + sign * period.
uint32_t nuo__plan_add_period(struct planner *p, uint32_t start, bool is_date, const struct expr *period,
                              int sign);
// The policy's zone as a column, whatever the event's is.
uint32_t nuo__plan_policy_zone(struct planner *p);
// The local date of an instant.
uint32_t nuo__plan_date(struct planner *p, const struct expr *instant);
uint32_t nuo__plan_builtin(struct planner *p, const struct expr *call);
// Whether the instant `time` is in [from, until).
uint32_t nuo__plan_window(struct planner *p, uint32_t time, int64_t from, int64_t until);
uint32_t nuo__plan_force(struct planner *p, struct force force);

// ---- plan_table.c ----
uint32_t nuo__plan_table(struct planner *p, const struct expr *call);
uint32_t nuo__plan_parameter(struct planner *p, const struct parameter *parameter);
// How many versions there are; the last may be the time before the first date, without a value.
uint32_t nuo__plan_version_count(const struct parameter *parameter);
// The times at which a version holds.
uint32_t nuo__plan_version_window(struct planner *p, const struct parameter *parameter, uint32_t version);
// A plane that is true where the parameter has a value, of whatever type.
uint32_t nuo__plan_parameter_known(struct planner *p, const struct parameter *parameter);
// Whether there are times at which the parameter has no value, or not always the same.
bool nuo__plan_parameter_varies(const struct planner *p, const struct parameter *parameter);
bool nuo__plan_parameter_unset(const struct parameter *parameter);
// The value in the settled version; NULL when it is unset.
const struct expr *nuo__plan_parameter_value(const struct planner *p, const struct parameter *parameter);
// The first parameter inside a set, range or constant text whose version is not settled, or NULL.
const struct parameter *nuo__plan_unsettled(const struct planner *p, const struct expr *e);
// Plans an expression in every version of a parameter, and picks by the event's time.
uint32_t nuo__plan_versions(struct planner *p, const struct expr *e, const struct parameter *parameter);

// ---- plan_set.c: membership and search ----
uint32_t nuo__plan_membership(struct planner *p, const struct expr *e);
// The text that a search goes through: of `title default ""` the title.
const struct expr *nuo__plan_searched(const struct expr *e);
uint32_t nuo__plan_in(struct planner *p, const struct expr *left, const struct expr *right);
// A list register with elements of type `element`; VALUE_NONE for a parameter without a value.
uint32_t nuo__plan_list(struct planner *p, const struct expr *e, const struct type *element);
// What a set, range or list stands for: a literal, a lexicon or a field; NULL for a parameter without a
// value.
const struct expr *nuo__plan_several(const struct planner *p, const struct expr *e);

// ---- plan_memory.c: what is remembered from event to event ----
// The use of a fact: a flag, or its value. Whether it holds; the instant since which it does (EXPR_SINCE).
uint32_t nuo__plan_fact(struct planner *p, const struct expr *call);
uint32_t nuo__plan_fact_holds(struct planner *p, const struct expr *call);
uint32_t nuo__plan_since(struct planner *p, const struct expr *since);
// Where the window of a counter begins.
uint32_t nuo__plan_counter_start(struct planner *p, const struct counter *counter,
                                 const struct model_window *window);
// The number counted, or the time since the latest event (EXPR_AGGREGATE).
uint32_t nuo__plan_aggregate(struct planner *p, const struct expr *aggregate);
// The instant of the latest event that an `elapsed` speaks of.
uint32_t nuo__plan_latest(struct planner *p, const struct expr *aggregate);
// The instant after which a window counts: one millisecond before its first.
uint32_t nuo__plan_window_start(struct planner *p, const struct model_window *window);
// The number that a limit compares with, and the plane that the limit is used up.
uint32_t nuo__plan_limit_count(struct planner *p, const struct rule *rule);
uint32_t nuo__plan_limit(struct planner *p, const struct rule *rule);
// Whether what is kept of events of a type is kept as of its subject: a text or a number.
bool nuo__plan_keeps_subject(const struct planner *p, const struct event_type *type);
// Which part of a key is the subject of the event that changes the fact, or is counted; IMAGE_KEY_MAX: none.
uint32_t nuo__plan_fact_subject(const struct fact *fact);
// Whether part of a key, in an event's context, is its subject.
bool nuo__plan_is_subject(const struct expr *e, const struct event_type *event);
uint32_t nuo__plan_counter_subject(const struct counter *counter);
// Plans what events of the type at hand change.
void nuo__plan_effects(struct planner *p);
void nuo__plan_add_effect(struct planner *p, struct plan_effect effect);
// That a condition is established; NULL: always.
uint32_t nuo__plan_where(struct planner *p, const struct expr *where);
// Appends one part of a key, as a value of `type`: a plane, column or text.
void nuo__plan_argument(struct planner *p, const struct expr *e, const struct type *type, value_list *out);
value_list nuo__plan_fact_key(struct planner *p, const struct fact *fact, struct expr *const *key);

// ---- plan_duty.c: duties and derived events ----
void nuo__plan_duty_effects(struct planner *p);
// Whether a deadline is the end of a day.
bool nuo__plan_is_by_day(const struct duty_deadline *deadline);
// The value at hand of a `for each`.
uint32_t nuo__plan_each(struct planner *p, const struct duty *duty);
// When all events are planned: what derived events take over of their causes.
void nuo__plan_derived(struct planner *p);
// Fills in planner.lateness.
void nuo__plan_lateness(struct planner *p);
// How long a deadline waits for what may fulfil or move it.
int64_t nuo__plan_duty_lateness(const struct planner *p, const struct duty *duty);

// ---- plan_identity.c ----
// What tells a counter from others, in whatever language and order they are declared: which events it counts,
// by which key, but not over which time. The event at hand is the counter's.
void nuo__plan_identity(struct planner *p, const struct plan_effect *tally, uint8_t identity[16]);
void nuo__plan_fact_identity(const struct fact *fact, uint8_t identity[16]);
// The same for a duty, by all that it says but how many events a period wants. When all events are planned.
void nuo__plan_duty_identity(struct planner *p, const struct duty *duty, uint8_t identity[16]);

// ---- plan_node.c: evidence ----
// Adds the nodes of a condition to the rule; the root's index.
uint32_t nuo__plan_condition_node(struct planner *p, struct rule_plan *rule, const struct expr *e);
// The same for a limit: first the count, then the scope, then the number.
void nuo__plan_limit_nodes(struct planner *p, struct rule_plan *rule);

#endif
