// SPDX-License-Identifier: Apache-2.0
// What the generators of policies and events share: the declarations made so far, and the constants that were
// written, near which events are interesting.
#ifndef NUO_TESTS_GENERATE_H
#define NUO_TESTS_GENERATE_H

#include "tests/oracle/oracle.h"

#define MAX_ENUMERATORS 5
#define MAX_FIELDS 14
#define MAX_EVENTS 3
#define MAX_DECLARED 6
#define MAX_POOL 48
#define MAX_RULES 48
#define MAX_SAID 8
#define MAX_SHARED 3
#define MAX_FACTS 3
#define KINDS (GIVEN_LIST + 1)

struct gname {
  char en[32], zh[32];
  bool two;  // else `zh` is `en`
};
struct gtype {
  enum given_kind kind;
  enum given_kind element;  // of a list
  int enumeration;          // of an enumeration, or a list of one
};
struct genumeration {
  struct gname name;
  bool named;  // declared by `type`; else written where its field is
  struct gname items[MAX_ENUMERATORS];
  uint32_t count;
};
struct gfield {
  struct gname record, name;  // record.en[0] is 0: none
  struct gtype type;
  bool optional, sensitive;  // its own `?`
  bool record_optional;
  bool has_default;  // a missing one means something
  bool key;          // one that events have in common: few values
};
struct gevent {
  struct gname name;
  char wire[32];
  bool enforceable;
  struct gfield fields[MAX_FIELDS];
  uint32_t count;
  int identity, time, zone;  // fields; zone may be -1
  int64_t lateness;          // ms
};
enum gform { FORM_SCALAR, FORM_RANGE, FORM_SET };
struct gparameter {
  struct gname name;
  struct gtype type;
  enum gform form;
  int64_t low, high;  // of a scalar that has an order: its values lie between
};
struct gdefine {
  struct gname name;
  struct gtype result;
  int event;  // whose fields its body may read
  struct gtype params[2];
  uint32_t param_count;
};
struct gtable {
  struct gname name;
  struct gtype keys[2], result;
  uint32_t key_count;
};
struct gfact {
  struct gname name;
  struct gtype keys[3], value;
  uint32_t key_count;
  bool has_value;
};
struct schema {
  struct genumeration enumerations[8];
  uint32_t enumeration_count;
  struct gevent events[MAX_EVENTS];
  uint32_t event_count;
  struct gparameter parameters[MAX_DECLARED];
  uint32_t parameter_count;
  struct gdefine defines[MAX_DECLARED];
  uint32_t define_count;
  struct gtable tables[MAX_DECLARED];
  uint32_t table_count;
  struct gname lexicons[3];
  uint32_t lexicon_count;
  struct gname severities[3];
  uint32_t severity_count;
  struct gname rules[MAX_RULES];  // and exceptions
  int rule_events[MAX_RULES];
  struct gname rule_aliases[MAX_RULES];  // what a rule calls its event, or .en[0] is 0
  bool rule_inner[MAX_RULES];            // it stands in the policy that is used
  uint32_t rule_count;
  uint32_t exceptions_from;  // the rules stand before
  // Of a policy with a memory.
  bool remembers;
  struct gfield shared[MAX_SHARED];  // of all event types: what keys are made of
  uint32_t shared_count;
  struct gfact facts[MAX_FACTS];
  uint32_t fact_count;
  bool owes;               // it has duties: time passes without an event, too
  struct gname cap, caps;  // a parameter and a table of small numbers
  struct gname span;       // a parameter of so many days
  uint32_t span_days;
  bool has_calendar;
  int64_t pool[KINDS][MAX_POOL];
  uint32_t pool_count[KINDS];
  char texts[MAX_POOL][48];
  uint32_t text_count;
};

struct gen {
  struct rng *rng;
  struct buf *out;
  struct schema *schema;
  int skin;        // 0 English, 1 Chinese, 2 both
  bool wide;       // Chinese punctuation now and then
  uint32_t names;  // so many were made
  // Of a policy that uses another one: where that is written, its name, and which of the two is at hand.
  struct buf *outer, *inner;  // inner: NULL: it uses none
  struct gname pack;
  bool is_inner;
  struct buf joined;           // what is one breach
  const struct rng *fork;      // what is joined goes its own way from gen_fork on, or NULL: it is the same
  uint32_t plain_names;        // words that are names without a number, as bits
  const struct gevent *event;  // whose fields are in sight, or NULL
  int event_index;
  struct gname alias;  // of the event, or .en[0] is 0
  struct {
    int event;
    char *text;
  } said[MAX_SAID];  // conditions that may be said again
  uint32_t said_count;
  struct gname params[2];  // of the define being written
  struct gtype param_types[2];
  uint32_t param_count;
};

// ---- generate_word.c: names, keywords, literals ----
void gen_kw(struct gen *g, const char *en, const char *zh);
// `effective from … until …` near the days of the events, on a line of its own.
void gen_effective(struct gen *g);
void gen_name(struct gen *g, const struct gname *name);
// `name as 名`, in either order.
void gen_names(struct gen *g, const struct gname *name);
void gen_punct(struct gen *g, char ascii);
// So many of a unit, in digits or as 三个工作日, and a space.
void gen_amount(struct gen *g, uint32_t amount, const char *en, const char *zh);
struct gname gen_new_name(struct gen *g);
struct gname gen_alias(struct gen *g);  // written as well: `as e`, or with a name in each language
void gen_string(struct gen *g, const char *text);
// One of the words that texts are made of; kept for the events.
const char *gen_word(struct gen *g);
// Lets events have the text among their words.
void gen_remember_text(struct gen *g, const char *text);
// A literal of a type, which events then come near to. `number` is its value where it has one.
void gen_literal(struct gen *g, struct gtype type);
void gen_date(struct gen *g, int32_t day);
void gen_number_literal(struct gen *g, enum given_kind kind, int64_t value);
int64_t gen_near(struct gen *g, enum given_kind kind);
void gen_type(struct gen *g, struct gtype type);
bool gen_ordered(enum given_kind kind);
struct gtype gen_scalar_type(struct gen *g);
extern const int32_t gen_base_day;

// ---- generate_expr.c ----
void gen_flag(struct gen *g, int depth);
void gen_value(struct gen *g, struct gtype type, int depth);
void gen_set(struct gen *g, struct gtype element);
void gen_range(struct gen *g, enum given_kind kind);
void gen_field(struct gen *g, const struct gfield *field);
bool gen_field_of_type(struct gen *g, struct gtype type);
// A value that may stand in a text: nothing with quotes or braces.
void gen_plain_value(struct gen *g);

// ---- generate_pack.c: a policy that uses another one ----
// Goes over to the policy that is used, or back.
void gen_enter_pack(struct gen *g, bool inner);
// The name of a rule or duty, with the policy before it where that is needed.
void gen_outer_name(struct gen *g, const struct gname *name, bool inner);
// What one breach needs has been chosen.
void gen_fork(struct gen *g);
// The two are one breach, with a third one, of the policy that is used, unless .en[0] is 0.
void gen_join(struct gen *g, const struct gname *outer, const struct gname *inner, const struct gname *more);
// A rule, or a duty, in one of the two policies, or in both and one breach; `put` gives its name, .en[0] is
// 0: it cannot be joined.
void gen_in_packs(struct gen *g, struct gname (*put)(struct gen *g));

// ---- generate_state.c: what needs a memory ----
void gen_plan_shared(struct gen *g);
void gen_plan_facts(struct gen *g);
void gen_facts(struct gen *g);
void gen_caps(struct gen *g);
// `raise …` in a rule on the event at hand: of a type that was declared later, so that no chain closes.
void gen_raise(struct gen *g);
void gen_limit(struct gen *g, int depth);
// `fact(key, …)` in the context of the event at hand; the part `each` of the key (or -1) is that name.
void gen_fact_use(struct gen *g, const struct gfact *fact, int each, const struct gname *name);
// A condition on what is remembered; false when there is nothing to ask.
bool gen_memory_test(struct gen *g, int depth);
// A value of the type out of the memory. `plain`: no quotes in it.
bool gen_memory_value(struct gen *g, struct gtype type, int depth, bool plain);

static inline bool same_gtype(struct gtype a, struct gtype b) {
  if (a.kind != b.kind) return false;
  if (a.kind == GIVEN_LIST && a.element != b.element) return false;
  const bool enumeration = a.kind == GIVEN_ENUM || (a.kind == GIVEN_LIST && a.element == GIVEN_ENUM);
  return !enumeration || a.enumeration == b.enumeration;
}
static inline struct gtype gtype_of(enum given_kind kind) {
  return (struct gtype){.kind = kind, .enumeration = -1};
}

#endif
