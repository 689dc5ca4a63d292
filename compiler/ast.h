// SPDX-License-Identifier: Apache-2.0
// The syntax tree of a document. The parser (grammar.y) makes it; `check` fills in what is marked "check:".
// The oracle evaluates it and the planner compiles it; the formatter prints it. No stage frees anything:
// all lives in the compilation's arena.
#ifndef NUO_COMPILER_AST_H
#define NUO_COMPILER_AST_H

#include "compiler/base.h"

struct type;
struct expr;
struct field;
struct parameter;
struct lexicon;
struct table;
struct native;
struct event_type;
struct rule;

// A name where it is used; `of.quiet_hours` when it is one of a policy that this one uses.
struct name {
  struct str text;
  struct span span;
  struct str of;  // the policy, or .at NULL: a name of the document itself
  struct span of_span;
};
typedef VEC(struct name) name_list;

// A name where it is declared: `quiet_hours as 免打扰`, in either order. `en` is the form without Han
// characters, `zh` the one with; a name given once is both.
struct names {
  struct str en, zh;
  struct str written;  // the form that came first in the source
  struct span span;
};

// ---- expressions ----
enum expr_kind {
  EXPR_FLAG,       // flag
  EXPR_NUMBER,     // number
  EXPR_DECIMAL,    // number, in millionths; `5%` is 50000
  EXPR_TEXT,       // text (escapes resolved, never interpolated)
  EXPR_TEMPLATE,   // parts: alternating EXPR_TEXT and any expression ("用户 {user.id}")
  EXPR_REGEX,      // text: the pattern between the slashes
  EXPR_DATE,       // number: days since 1970-01-01
  EXPR_INSTANT,    // number: milliseconds since the epoch
  EXPR_CLOCK,      // number: milliseconds since midnight
  EXPR_DURATION,   // number: the amount, unit
  EXPR_SET,        // items
  EXPR_RANGE,      // left..right, half-open
  EXPR_PATH,       // path: a name or dotted names
  EXPR_CALL,       // path, items: a builtin, a define, a table, a native function, a fact
  EXPR_OPERATOR,   // op, left, right (NULL when unary)
  EXPR_ANY,        // `any` in a table cell
  EXPR_AGGREGATE,  // aggregate: count, elapsed (sum, distinct and share are parsed only)
  EXPR_SINCE,      // since F(…): left is the EXPR_CALL of the fact
  EXPR_ERROR,      // a mistake was reported here; its type is TYPE_ERROR
};

enum operator_id {
#define OPERATOR(id, arity, en, zh) OP_##id,
#include "compiler/operators.def"
#undef OPERATOR
  OPERATOR_COUNT
};

enum builtin_id {
#define BUILTIN(id, en, zh, parameters, result, doc_en, doc_zh) BUILTIN_##id,
#include "compiler/builtins.def"
#undef BUILTIN
  BUILTIN_COUNT
};

enum unit {  // exact units come first
  UNIT_SECOND,
  UNIT_MINUTE,
  UNIT_HOUR,
  UNIT_DAY,
  UNIT_WORKDAY,
  UNIT_WEEK,
  UNIT_MONTH,
  UNIT_QUARTER,
  UNIT_YEAR,
};

// What a path or a call stands for. check: fills in `ref` and `target`.
enum ref_kind {
  REF_NONE,
  REF_FIELD,       // target: struct field
  REF_PARAMETER,   // target: struct parameter
  REF_ENUMERATOR,  // number: its ordinal; type: the enumeration
  REF_DEFINE,      // expansion: the body, its arguments put in; or a search in several texts, written out
  REF_BUILTIN,     // builtin
  REF_TABLE,       // target: struct table
  REF_NATIVE,      // target: struct native
  REF_LEXICON,     // target: struct lexicon
  REF_FACT,        // target: struct fact; items: the key
  REF_EACH,        // target: struct duty; the value at hand of its `for each`
};

typedef VEC(struct expr *) expr_list;

// `in last 24 hours` or `this day`.
enum window_kind { WINDOW_NONE, WINDOW_LAST, WINDOW_THIS };
struct window {
  enum window_kind kind;
  struct expr *length;  // WINDOW_LAST: EXPR_DURATION, exact or calendar
  enum unit period;     // WINDOW_THIS: UNIT_DAY, WEEK, MONTH, QUARTER or YEAR
  struct span span;
};
enum aggregate_kind {
  AGGREGATE_COUNT,
  AGGREGATE_SUM,
  AGGREGATE_DISTINCT,
  AGGREGATE_SHARE,
  AGGREGATE_ELAPSED
};
struct aggregate;     // below: it holds an event_ref
struct counter;       // model.h
struct model_window;  // model.h

struct expr {
  enum expr_kind kind;
  struct span span;
  enum operator_id op;
  uint16_t spelled;  // the operator's token as written (`at least` or `>=`), for the formatter
  uint16_t depth;    // the expressions nested in it, at most LIMIT_EXPR_DEPTH
  bool parenthesised;
  int64_t number;
  struct str text;
  enum unit unit;
  struct expr *left, *right;
  expr_list items;  // elements, arguments, template parts
  name_list path;
  // check:
  const struct type *type;
  enum ref_kind ref;
  const void *target;
  enum builtin_id builtin;
  struct expr *expansion;
  struct aggregate *aggregate;  // EXPR_AGGREGATE
  // check: what an aggregate counts with, over which window; its key in the reader's context stands in
  // `items`.
  const struct counter *counter;
  const struct model_window *window;
};

// ---- types as written ----
struct enumerator_decl {
  struct names names;
};
struct type_expr {
  struct span span;
  struct name name;  // a named type, or `one of`, or `list of`
  bool one_of, list_of;
  VEC(struct enumerator_decl) enumerators;
  struct type_expr *element;  // of list_of
};

// ---- pieces shared by declarations ----
// `push as p where kind is marketing`
struct event_ref {
  struct name event;
  struct names alias;  // .en.at NULL when absent
  expr_list same;      // `for the same id`: fields that it has in common with what begins the duty
  struct expr *where;  // or NULL
  struct span span;
};

// `count of push where … attempts per user.id in last 24 hours`
struct aggregate {
  enum aggregate_kind kind;
  struct expr *value;  // sum, distinct: of what
  struct event_ref event;
  bool attempts;
  expr_list per;
  struct window window;
};

// `from D`, `until E`: EXPR_DATE or NULL each.
struct effective {
  struct expr *from, *until;
  struct span span;
};

enum action_kind {  // the chain: a greater one prevails
  ACTION_ALLOW,
  ACTION_NOTE,
  ACTION_LABEL,  // "amend" in the chain: label and strip are equal in rank
  ACTION_STRIP,
  ACTION_DEFER,
  ACTION_HOLD,
  ACTION_BLOCK,
};
struct action {
  enum action_kind kind;
  struct span span;
  struct expr *value;    // label: EXPR_TEXT or EXPR_TEMPLATE; strip: EXPR_PATH; defer: the clock or instant
  struct expr *at_most;  // defer: EXPR_DURATION or NULL
};

struct init {  // `user.id: "u1"`
  name_list path;
  struct expr *value;
  struct span span;
};
typedef VEC(struct init) init_list;

// ---- declarations ----
enum decl_kind {
  DECL_POLICY,
  DECL_USE,
  DECL_SEVERITIES,
  DECL_TYPE,
  DECL_PARAMETER,
  DECL_FILL,  // in `parameter`: other values for a parameter of a policy that is used
  DECL_DEFINE,
  DECL_TABLE,
  DECL_LEXICON,
  DECL_CALENDAR,
  DECL_EVENT,
  DECL_RULE,
  DECL_EXCEPTION,
  DECL_CLAUSE,  // clause organisational / deferred
  DECL_NATIVE,
  DECL_TEST,
  DECL_FACT,
  DECL_DUTY,
  DECL_ADAPTER,
  DECL_SAME,  // same breach
};

struct policy_decl {
  struct expr *title, *version, *zone;  // EXPR_TEXT or NULL
  struct name calendar;
  struct effective effective;
  struct action *undetermined;  // or NULL
};

struct dated_value {
  struct expr *value;  // NULL: unset
  struct expr *from;   // EXPR_DATE or NULL
  struct expr *reviewed;
  struct span span;
};
struct parameter_decl {
  struct name fills;       // of DECL_FILL: the parameter of a policy that is used
  struct type_expr *type;  // or NULL
  VEC(struct dated_value) values;
};

struct param_decl {
  struct names names;
  struct type_expr *type;
};
struct define_decl {
  VEC(struct param_decl) params;
  struct type_expr *type;  // or NULL
  struct expr *body;
};

struct table_row {
  expr_list cells;  // keys then the result; a comparison cell is EXPR_OPERATOR with left NULL; EXPR_ANY
  struct span span;
};
struct table_key {
  struct expr *path;        // a field path, or
  struct param_decl param;  // `name: type` (path NULL)
};
struct table_decl {
  VEC(struct table_key) keys;
  struct type_expr *result;
  bool first;
  struct effective effective;
  VEC(struct table_row) rows;
};

struct text_source {
  struct expr *file;     // EXPR_TEXT: from "…", or
  struct expr *entries;  // EXPR_SET of EXPR_TEXT; both NULL: none
};
struct lexicon_decl {
  struct text_source texts, excepted;
  bool evasion_strict;
};

struct calendar_decl {
  struct expr *covers;   // EXPR_RANGE of dates
  expr_list rest, work;  // EXPR_DATE or EXPR_RANGE
};

struct field_decl {
  struct names names;
  bool optional, sensitive;
  struct type_expr *type;  // or NULL: a record
  struct expr *absent;     // `default …`: what a missing one means, or NULL: unknown
  VEC(struct field_decl) fields;
  struct span span;
};
// `starts on consent_granted as g where … for (g.user.id, g.channel) with 3`
struct fact_change {
  bool starts;  // else ends
  struct event_ref on;
  expr_list key;
  struct expr *with;  // starts: the value, or NULL
  struct span span;
};
struct fact_decl {
  VEC(struct param_decl) params;
  struct type_expr *type;  // or NULL: only whether it holds
  VEC(struct fact_change) changes;
};

struct event_decl {
  struct expr *lateness;   // EXPR_DURATION (exact) or NULL: none
  struct expr *wire_name;  // EXPR_TEXT: the value of `type` in JSON, or NULL: the English name
  bool enforceable, observed;
  struct expr *identity, *time, *subject, *zone;  // EXPR_PATH or NULL
  VEC(struct field_decl) fields;
};

// `raise investigation_opened { sender.id: sender.id }`
struct raise_decl {
  struct name event;
  init_list given;
  struct span span;
};

enum core_kind { CORE_NONE, CORE_FORBID, CORE_REQUIRE, CORE_LIMIT };
struct rule_decl {
  struct expr *title;        // EXPR_TEXT or NULL
  VEC(struct event_ref) on;  // exactly one is right
  enum core_kind core;
  uint32_t cores;          // how many were written; 1 is right
  struct expr *condition;  // forbid, require; limit: the number
  bool attempts;           // limit: counts what was not delivered too
  expr_list per;           // limit: the key
  struct window window;    // limit
  struct span core_span;
  expr_list unless;
  struct name severity;
  struct action *action, *undetermined;
  struct expr *because;  // EXPR_TEXT or EXPR_TEMPLATE
  expr_list cites;       // EXPR_TEXT
  struct effective effective;
  VEC(struct raise_decl) raises;
};

// `acknowledged as a where … within 24 hours`, `… no later than c.expires`
struct step_decl {
  struct event_ref event;
  struct expr *within, *by;  // one is NULL
  struct span span;
};
typedef VEC(struct step_decl) step_list;
// `every day must at least 2 check_done where … spread 4 hours due 2 hours after the period`
struct quota_decl {
  struct expr *least;
  struct event_ref event;
  struct expr *spread, *due;  // or NULL
  struct span span;           // .end 0: not given
};
struct duty_decl {
  // What it says as a rule does: title, on, unless, severity, action, because, cites, effective, raises. It
  // comes first, so that the same makers fill it in through `decl.rule`.
  struct rule_decl rule;
  struct names each;     // `for each K with …`: .en.at NULL: none
  struct expr *each_in;  // the fact, K among its arguments
  step_list must, otherwise;
  struct span must_span, otherwise_span;  // .end 0: not given
  expr_list warnings;
  struct expr *suspended;  // or NULL
  VEC(struct event_ref) discharges;
  enum unit period;            // UNIT_DAY …, when period_span is given and period_amount NULL
  struct expr *period_amount;  // `every 6 months`
  struct span period_span;     // .end 0: not given
  struct quota_decl quota;
};

struct exception_decl {
  struct name to;
  struct expr *when;
  expr_list unless;
  expr_list cites;
  struct effective effective;
};

struct clause_decl {
  bool deferred;  // else organisational
  struct expr *why;
};

struct native_decl {
  VEC(struct type_expr *) params;
  struct type_expr *result;
  struct expr *library, *symbol;
};

// How a value of somebody else's format is written, where it is not written as ours.
enum conversion {
  CONVERT_NONE,
  CONVERT_SECONDS,  // a span: 7200, "7200", "7200s"
  CONVERT_MILLISECONDS,
  CONVERT_STAMP_SECONDS,  // since 1970
  CONVERT_STAMP_MILLISECONDS,
  CONVERT_STAMP_EITHER,  // 10 digits are seconds, 13 are milliseconds
  CONVERT_LOCAL,         // "2026-11-22 21:58:30" in a zone
  CONVERT_GATEWAY,       // "261122215830032+", "000002000000000R" (SMPP, CMPP)
  CONVERT_OFFSET,        // "GMT+08:00"
  CONVERT_COMMAS,        // "a,b"
  CONVERT_ADDRESS,       // RFC 5322: `Name <a@b.example>, …`
  CONVERT_MAIL_DATE,     // RFC 5322
  CONVERT_MAIL_TEXT,     // RFC 2047
};
struct choice_decl {  // `"HIGH": high`
  struct expr *key;   // EXPR_TEXT, EXPR_NUMBER or EXPR_ANY
  struct expr *value;
};
// `header "apns-expiration" expiring at timestamp in seconds`
struct source_decl {
  struct expr *path;  // EXPR_TEXT
  bool header, inverted, expiring, chosen;
  uint32_t conversions;  // how many were written; 1 at most is right
  enum conversion conversion;
  struct expr *zone;   // CONVERT_LOCAL: EXPR_TEXT
  struct expr *times;  // EXPR_NUMBER or NULL
  VEC(struct choice_decl) choices;
  struct span span;
};
struct mapping_decl {
  struct expr *field;  // EXPR_PATH
  bool each;
  VEC(struct source_decl) sources;  // none: always the value
  uint32_t alternatives;            // how many follow an `or`: of flags, all or none
  struct expr *value;               // where no source gives one; or NULL
  struct span span;
};
struct adapter_decl {
  struct name event;
  const struct source_decl *route;  // by what stands there another adapter reads the event; or NULL
  VEC(struct mapping_decl) mappings;
  VEC(struct source_decl) refused;  // whoever is named there is not one recipient
};

enum step_kind { STEP_GIVEN, STEP_WHEN, STEP_EXPECT };
enum expectation {
  EXPECT_VERDICT,  // ACTION by RULE [until T]
  EXPECT_BREACH,
  EXPECT_NO_BREACH,
  EXPECT_OPEN,  // of duties, and what follows
  EXPECT_FULFILLED,
  EXPECT_DISCHARGED,
  EXPECT_NOTHING,
};
// What a vendor is sent, or sends: both EXPR_TEXT, or NULL.
struct vendor_text {
  struct expr *headers;  // JSON
  struct expr *body;     // JSON, or a form
};
// `like "title" without body`
struct like_decl {
  struct expr *title;  // EXPR_TEXT: of a sample whose values are taken over, or NULL
  expr_list without;   // EXPR_PATH: but for these
};
struct test_step {
  enum step_kind kind;
  struct span span;
  struct name event;          // given, when; an adapter where there is a vendor's text
  struct vendor_text vendor;  // the inits are what its gateway knows besides
  struct like_decl like;
  struct expr *times;  // given: how many such events; or NULL: one
  init_list inits;
  enum expectation expectation;
  struct expr *at;         // expect: EXPR_INSTANT or NULL
  struct action *verdict;  // EXPECT_VERDICT
  name_list rules;
  struct expr *until;
};
// `given parameter N = V`, for the whole test.
struct test_setting_decl {
  struct name parameter;
  struct expr *value;  // or NULL: unset
  struct span span;
  bool is_late;  // it stands behind a step
};
struct test_decl {
  struct expr *title;
  bool sample;
  VEC(struct test_setting_decl) settings;
  VEC(struct test_step) steps;
};

struct decl {
  enum decl_kind kind;
  struct span span;
  struct names names;  // .en.at NULL where a declaration has none
  uint32_t clause;     // index into document.clauses, or CLAUSE_NONE
  bool cut_short;      // a mistake ended it: what it lacks may stand behind the mistake
  union {
    struct policy_decl policy;
    struct parameter_decl parameter;
    struct define_decl define;
    struct table_decl table;
    struct lexicon_decl lexicon;
    struct calendar_decl calendar;
    struct event_decl event;
    struct fact_decl fact;
    struct rule_decl rule;
    struct duty_decl duty;
    struct exception_decl exception;
    struct clause_decl clause_status;
    struct native_decl native;
    struct adapter_decl adapter;
    struct test_decl test;
    struct type_expr *type;                  // DECL_TYPE
    VEC(struct enumerator_decl) severities;  // DECL_SEVERITIES, from least to greatest
    struct name use;                         // DECL_USE
    name_list same;                          // DECL_SAME: rules or duties, the one to be told first
  };
};

// ---- documents ----
#define CLAUSE_NONE UINT32_MAX

struct clause {
  struct str number;  // "2.3.2", "第十四条", "（二）"; empty when the heading has none
  struct str title;   // the heading without its number
  uint32_t level;     // 1 for `#`
  uint32_t parent;    // index or CLAUSE_NONE
  struct span heading;
  struct span body;  // from the heading's end to the next heading
  bool prose;        // text stands under the heading, outside of code
};

struct trace;  // trace.h

// Where a file was found: what it is to the policies that use it depends on it.
enum file_place {
  PLACE_FOLDER,   // in the folder of the document that uses it; the policy itself
  PLACE_LIBRARY,  // in the standard library
  PLACE_BESIDE,   // in the folder of its own name beside the policy's
};
struct source_file {
  struct str path;  // as the host names it
  struct str text;  // whole, kept
  enum file_place place;
  struct str folder;    // what lies beside it is read with this before it; .at NULL: nothing does
  VEC(uint32_t) uses;   // the files that it uses, each once
  bool markdown;        // *.nuo.md
  struct trace *trace;  // filled in by the parser, or NULL: not asked for
  VEC(struct clause) clauses;
  VEC(struct decl *) decls;
  VEC(struct span) comments;
  VEC(uint32_t) line_starts;
};

#endif
