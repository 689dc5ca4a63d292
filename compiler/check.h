// SPDX-License-Identifier: Apache-2.0
// What the files of `resolve` and `check` share: symbols, scopes, and one function for every piece of the
// language. Nobody else includes this; the result of it all is model.h.
#ifndef NUO_COMPILER_CHECK_H
#define NUO_COMPILER_CHECK_H

#include "compiler/model.h"

#define CHECK_MAX_EXCEPTIONS 64     // exceptions to exceptions: the planner recurses as deep
#define CHECK_MAX_DEPTH 1000        // nested expressions, defines included: the stages behind recurse as deep
#define CHECK_MAX_EXPANSION 100000  // nodes that the defines of one rule may grow to
#define CHECK_MAX_COVER_STEPS 20000000  // rows looked at in the search for overlaps and gaps of a table

// ---- symbols ----
enum symbol_kind {
  SYMBOL_PARAMETER,
  SYMBOL_DEFINE,
  SYMBOL_TABLE,
  SYMBOL_LEXICON,
  SYMBOL_NATIVE,
  SYMBOL_FACT,
  SYMBOL_TYPE,
  SYMBOL_EVENT,
  SYMBOL_SEVERITY,
  SYMBOL_CALENDAR,
  SYMBOL_RULE,
  SYMBOL_EXCEPTION,
  SYMBOL_DUTY,
  SYMBOL_ADAPTER,
  SYMBOL_KINDS,
};

struct symbol {
  enum symbol_kind kind;
  struct names names;
  struct span span;
  struct decl *decl;  // NULL for a severity
  void *object;       // what it became in the model, or NULL: it is wrong and was reported
  bool active;        // being worked on: meeting it again is a circle
  bool used;
};

// One namespace: both forms of a name lead to the same symbol.
typedef VEC(struct symbol *) symbol_list;
struct symbols {
  symbol_list items;
  struct slot {
    struct str name;
    struct symbol *symbol;
  } * slots;
  uint32_t slot_count, slots_used;
};

struct symbol *nuo__symbols_find(const struct symbols *symbols, struct str name);
// Enters `symbol` under both forms; the symbol already there when a form is taken, else NULL.
struct symbol *nuo__symbols_add(struct arena *arena, struct symbols *symbols, struct symbol *symbol);

// ---- spaces ----
enum space_names {
  SPACE_VALUES,  // parameters, defines, tables, lexicons, natives, facts
  SPACE_TYPES,
  SPACE_EVENTS,
  SPACE_SEVERITIES,
  SPACE_CALENDARS,
  SPACE_RULES,  // rules, exceptions, duties
  SPACE_ADAPTERS,
  SPACE_KINDS,
};

// Where names mean the same: a policy with the modules of its folder, or a module that several policies
// share.
struct space {
  const struct decl *policy;  // or NULL: it is a shared module, or the policy is missing
  struct pack *pack;          // or NULL: it is the policy that is compiled, or a shared module
  bool is_shared;
  struct symbols names[SPACE_KINDS];     // what is declared here
  struct symbols in_sight[SPACE_KINDS];  // and what is in the shared modules that it uses
  VEC(struct space *) imports;           // these
  VEC(struct space *) seen_by;           // where its names are in sight: itself first
  VEC(struct space *) packs;             // the policies that it uses
  struct event_info *breach;             // what `breach` means here, once something has asked for it; or NULL
};

// ---- events as their authors see them: a tree of names ----
struct clash {  // of a derived type: what two events mean by the same path differs
  const struct event_type *one, *other;
};
struct member {
  struct names names;
  struct field *field;  // a leaf, or NULL: a record
  VEC(struct member *) members;
  struct pool named;  // their places by name, from POOL_FROM members on
  // Of derived types only:
  VEC(struct str) also;       // what it is called in other events
  const struct clash *clash;  // or NULL; it cannot be read
  bool sensitive;             // in one of the events
};
struct event_info {
  struct event_type *type;
  const struct space *space;  // where it is declared; of breaches: whose
  struct member root;
  // Of what begins a duty: all fields of what begins it, as its alias gives them. Else without members.
  struct member begun;
};

// What a define's parameter stands for while its body is checked.
struct binding {
  struct names names;
  struct expr *value;
};

// K of `for each K with F(…)`, where it can be used.
struct each_name {
  struct names names;
  const struct duty *duty;    // the value at hand, or NULL:
  const struct field *field;  // the field where it is kept
};

// Where an expression stands.
struct scope {
  const struct event_info *event;  // whose fields are in sight, or NULL
  struct names alias;              // `on push as p`: p, or .en.at NULL
  bool begun;                      // of a duty's event only what it takes over from what begins the duty
  // What begins a duty, where the events that fulfil it are read: its fields come with the alias only.
  const struct event_info *trigger;
  struct names trigger_alias;
  const struct each_name *each;  // or NULL
  const struct binding *bindings;
  uint32_t binding_count;
  bool foreign;  // the bindings speak of another event than `event`
};

// A copy of a parameter, lexicon or table, whose texts are the names that breaches tell.
// `given parameter N = V` of a test.
struct trial {
  const struct decl *decl;
  struct test_setting setting;
};
struct renamed {
  const void *of;
  const struct field *field;  // of breaches
  uint32_t column;            // of a table: which
  void *copy;
};

struct checker {
  struct arena *arena;
  struct diagnostics *diags;
  const struct check_input *input;
  struct program *program;
  VEC(struct space *) spaces;            // that of the policy first
  struct space **space_of;               // by file
  symbol_list symbols[SPACE_KINDS];      // of all spaces, used files first
  struct pool wire_names;                // of event types; numbers: program.events
  VEC(struct duty_info *) duties;        // parallel to program.duties
  VEC(struct event_info *) event_infos;  // parallel to program.events
  VEC(struct decl *) decls;              // of all files, used files first
  VEC(struct renamed) renamed;
  VEC(struct trial) trials;
  uint32_t *clause_base;  // a file's first clause in program.clauses
  struct scope scope;
  uint32_t depth, expanded;
  bool raw;                   // a field is asked for as it came: what a missing one means is no matter
  bool alone;                 // a define that nobody uses is read: its parameters have no values
  bool overgrown;             // the expansion was too large: reported
  struct span use;            // the outermost use of the define being expanded, or end == 0
  VEC(struct symbol *) open;  // defines being expanded, outermost first
};

// A duty while it is checked.
struct duty_info {
  struct decl *decl;
  struct symbol *symbol;
  struct duty *duty;
  const struct duty_info *first;     // of `otherwise`: the duty whose missed step begins it; or NULL
  const struct event_info *trigger;  // what begins it; NULL: periodic, or wrong and reported
  struct event_info *type;           // of its event
  struct each_name at_hand, kept;    // K: in the trigger's context and in the event's; no names: none
  bool is_tied, is_lost;             // what it is tied by is known; a tie is wrong and was reported
};

// ---- reporting (check_report.c) ----
// Adds a diagnostic with `count` arguments. The same message about the same place is kept once; inside a
// define the use of it becomes the second place. Never NULL.
struct diagnostic *nuo__check_report(struct checker *c, enum diag_code code, struct span span,
                                     const struct diag_arg *args, uint32_t count);
#define REPORT0(c, code, span) nuo__check_report((c), DIAG_##code, (span), NULL, 0)
#define REPORT(c, code, span, ...)                                              \
  nuo__check_report((c), DIAG_##code, (span), (struct diag_arg[]){__VA_ARGS__}, \
                    sizeof((struct diag_arg[]){__VA_ARGS__}) / sizeof(struct diag_arg))
#define TEXT(str) nuo__diag_text(str)
#define PAIR(en, zh) nuo__diag_pair((en), (zh))

// A declared thing's name in each language.
struct diag_arg nuo__names_arg(struct names names);
// "parameter" / "参数".
struct diag_arg nuo__symbol_kind_arg(enum symbol_kind kind);
struct diag_arg nuo__type_arg(struct checker *c, const struct type *type);
// Candidates for "did you mean", in the script of the misspelt name.
struct candidates {
  struct str wrong;
  VEC(struct str) names;
};
void nuo__candidates_add(struct checker *c, struct candidates *candidates, struct names names);
// What is in sight from the file.
void nuo__candidates_add_symbols(struct checker *c, struct candidates *candidates, enum space_names kind,
                                 uint32_t file);
void nuo__candidates_suggest(const struct candidates *candidates, struct diagnostic *diag);
// A path as written: "user.id".
struct str nuo__path_text(struct checker *c, const name_list *path);

// ---- spaces (space.c) ----
// Which space each file belongs to; reports what policies that are used with others do not agree in.
void nuo__check_spaces(struct checker *c);
// That of a place; the policy's for one that is in no file.
struct space *nuo__space_at(const struct checker *c, struct span span);
struct pack *nuo__pack_at(const struct checker *c, struct span span);
// The names of what is declared at a place, as the model has them.
struct names nuo__full_names(struct checker *c, struct span span, struct names names);
// The name of the policy that it is; empty for a shared module.
struct str nuo__owner_of(const struct space *space);
// Whether what one space declares can be meant in the other, or in a policy that the other uses.
bool nuo__space_reaches(const struct space *from, const struct space *to);
// Whether what one space declares is in sight of the other by its own name.
bool nuo__space_sees(const struct space *from, const struct space *to);
// The policy of that name, used by the one at hand; or NULL.
struct space *nuo__space_named(const struct checker *c, const struct name *of);
// Where a name is looked for: in the policy before it, which is known, or where it stands.
struct space *nuo__space_of_name(const struct checker *c, const struct name *name);
// A path of one or two names as the name of something declared.
struct name nuo__path_name(const name_list *path);
// The symbol of a declaration, or NULL: its name was taken.
struct symbol *nuo__symbol_of(const struct checker *c, enum space_names kind, const struct decl *decl);
// The symbol of a name where it is used, or NULL.
struct symbol *nuo__find(const struct checker *c, enum space_names kind, const struct name *name);
// The name with the policy before it in which it is declared, when that is used here; or .at NULL.
struct str nuo__suggest_outer(struct checker *c, enum space_names kind, const struct name *name);

// ---- resolve.c ----
// Collects the declarations of all files into the namespaces; reports names declared twice.
void nuo__resolve_collect(struct checker *c);
bool nuo__names_match(const struct names *names, struct str text);
// Notes what a name stands for where it is used, if anybody wants to know.
void nuo__check_used(struct checker *c, struct span span, struct str en, struct str zh);
// Whether the policy before a name, if there is one, is used here; reports it otherwise.
bool nuo__check_of(struct checker *c, const struct name *name);
// Finds a name or reports it with `code` ("unknown …") and a suggestion; NULL then.
struct symbol *nuo__resolve(struct checker *c, enum space_names kind, const struct name *name,
                            enum diag_code code);

// ---- types (check_type.c) ----
#define BIT(kind) (1u << (kind))
#define TYPES_ORDERED                                                                            \
  (BIT(TYPE_NUMBER) | BIT(TYPE_DECIMAL) | BIT(TYPE_INSTANT) | BIT(TYPE_DATE) | BIT(TYPE_CLOCK) | \
   BIT(TYPE_DURATION))
#define TYPES_SCALAR (TYPES_ORDERED | BIT(TYPE_FLAG) | BIT(TYPE_TEXT) | BIT(TYPE_ZONE) | BIT(TYPE_ENUM))
#define TYPES_SEVERAL (BIT(TYPE_LIST) | BIT(TYPE_SET) | BIT(TYPE_RANGE))

static inline bool nuo__type_in(const struct type *type, uint32_t kinds) {
  return (BIT(type->kind) & kinds) != 0;
}
// The type whose name it is ("number", "整数"), or NULL.
const struct type *nuo__type_named(struct str name);
// A type of several elements.
const struct type *nuo__type_of(struct checker *c, enum type_kind kind, const struct type *element);
// The type that is written; TYPE_ERROR after a report. `names` name an inline enumeration.
const struct type *nuo__check_type(struct checker *c, const struct type_expr *written,
                                   const struct names *names);
// Makes the enumerations and other types that `type` declares.
void nuo__check_type_decls(struct checker *c);
// The ordinal of an enumerator, or -1.
int64_t nuo__enumerator_find(const struct enumeration *enumeration, struct str name);
void nuo__enumerator_add(struct checker *c, struct enumeration *enumeration, struct names names);

// ---- events (check_event.c) ----
void nuo__check_events(struct checker *c);
// Whether it is the name that all breaches go by.
bool nuo__is_breach(struct str name);
// The event of that name, `breach` among them, or NULL after a report.
const struct event_info *nuo__check_event_name(struct checker *c, const struct name *name);
const struct event_info *nuo__event_info(const struct checker *c, const struct event_type *type);
// Walks a path down from an event's `root` or `begun`; the member reached, or NULL with `*failed` the segment
// that has no match and `*record` the record searched for it.
const struct member *nuo__member_find(const struct member *root, const struct name *path, uint32_t count,
                                      uint32_t *failed, const struct member **record);
// The field of a path, or NULL after a report.
struct field *nuo__check_field(struct checker *c, const struct member *root, const name_list *path,
                               struct span span);

// Notes the names of a path that leads to a field.
// A field, or a group of them; NULL: reported.
const struct member *nuo__check_member(struct checker *c, const struct member *root, const name_list *path);
void nuo__check_used_path(struct checker *c, const struct member *root, const name_list *path);

// Whether `name` is taken in a group of fields; the member, or NULL.
struct member *nuo__member_named(const struct member *record, struct str name);
void nuo__member_add(struct checker *c, struct member *record, struct member *member);
// One more name of a member of the record.
void nuo__member_also(struct checker *c, struct member *record, struct member *member, struct str name);

// ---- what is one breach (check_same.c) ----
void nuo__check_sames(struct checker *c);
// The rule or duty of that name; of a duty its rule. NULL after a report.
struct rule *nuo__check_rule_name(struct checker *c, const struct name *name, bool only_duties);

// ---- adapters (check_adapter.c) ----
void nuo__check_adapters(struct checker *c);

// ---- derived events (check_derive.c, check_raise.c, check_strata.c, check_severity.c) ----
// The type of a policy's breaches, made when it is first asked for.
struct event_info *nuo__check_breach_type(struct checker *c, struct space *space);
// Brings the types into the order of program.breaches.
void nuo__sort_breach_types(struct checker *c);
// A type without fields that no event on the wire has.
struct event_info *nuo__derived_type(struct checker *c, const struct space *space, struct names names,
                                     enum event_origin origin, struct span span);
// A field of a derived type's own: the first two are its identity and its time, which are always there.
struct field *nuo__derived_field(struct checker *c, struct event_info *info, struct names names,
                                 const struct type *type, bool optional);
// Reports when an event on the wire goes by the name of a derived one.
void nuo__check_wire_free(struct checker *c, const struct event_type *declared,
                          const struct event_type *derived);
// The fields of `from`, which begins the duty, optional: by their names where these are not taken, and by the
// alias of `from` in any case.
void nuo__derived_take_over(struct checker *c, struct event_info *info, const struct event_info *from);
// Whether a duty's field is the identity of what began it, which its own `id` tells as a text.
bool nuo__is_identity_again(const struct field *field);
// Replaces texts that a `rule`, `event` or `clause` of a breach is compared with, in typed expressions, by
// what is there at run time, or reports what is no name of anything: the operands of a comparison, the
// columns of a table that such a name is looked up in, the key of a fact that such a name begins
// (check_breach.c).
void nuo__check_named(struct checker *c, struct expr *e);
void nuo__check_named_columns(struct checker *c, struct expr *call);
void nuo__check_named_keys(struct checker *c, struct expr *use);
void nuo__check_raises(struct checker *c, const struct rule_decl *written, struct rule *rule);
// Reports what would follow from itself, or through too many levels.
void nuo__check_strata(struct checker *c);
// Whether a breach of the rule is never in that scope (NULL: of every breach). A severity that is missing
// excludes it, unless `undecided` asks for what is known to be false only.
bool nuo__breach_excluded(const struct checker *c, const struct rule *rule, const struct expr *scope,
                          bool undecided);
// Warns where a severity is asked of breaches that have none.
void nuo__check_severities_told(struct checker *c);

// ---- duties (check_duty.c, check_duty_type.c, check_duty_rule.c, check_tie.c) ----
// The types of their events, before anything can ask for a breach of them; and later what they say.
void nuo__check_duty_types(struct checker *c);
void nuo__check_duties(struct checker *c);
// The rule on a duty's event.
void nuo__check_duty_rule(struct checker *c, struct duty_info *info);
// An event that fulfils or discharges a duty: its `where` parted into ties and what it says of the event
// alone. The first one says what the duty is tied by.
bool nuo__check_match(struct checker *c, struct duty_info *info, const struct event_ref *written,
                      struct duty_match *match);

// ---- expressions (check_expr.c, check_operator.c, check_search.c, check_name.c, check_define.c) ----
// Types an expression in c->scope and fills in what is marked "check:". `expected` (or NULL) only guides
// the lookup of enumerators and the reading of sets. Never NULL; TYPE_ERROR after a report.
const struct type *nuo__check_expr(struct checker *c, struct expr *e, const struct type *expected);
// The same, and reports when the type does not fit `want`. True when it does.
bool nuo__check_expect(struct checker *c, struct expr *e, const struct type *want);
// Reports unless the expression, typed already, fits `want`.
bool nuo__check_fits(struct checker *c, const struct expr *e, const struct type *want);
// A condition: typed, and a flag. `is_condition`: of what is typed already.
void nuo__check_condition(struct checker *c, struct expr *e);
void nuo__check_is_condition(struct checker *c, const struct expr *e);
// A field as it came, whatever its declaration says a missing one means.
const struct type *nuo__check_raw(struct checker *c, struct expr *e, const struct type *expected);
const struct type *nuo__check_operator(struct checker *c, struct expr *e, const struct type *expected);
// Whether a list is known only with the event: a field, or a default of one.
bool nuo__comes_with_event(const struct expr *e);
const struct type *nuo__check_search(struct checker *c, struct expr *e);
// `title or body`, whose left side is typed: the type of several texts. NULL: that side is no text.
const struct type *nuo__check_texts(struct checker *c, struct expr *e);
const struct type *nuo__check_path(struct checker *c, struct expr *e, const struct type *expected);
const struct type *nuo__check_call(struct checker *c, struct expr *e, const struct type *expected);
// Whether a name leads anywhere without being told what type is expected.
bool nuo__name_known(struct checker *c, const struct expr *e);
const struct type *nuo__check_define_use(struct checker *c, struct expr *e, struct symbol *define,
                                         const struct type *expected);
// A define's parameter in its body: stands for the argument.
const struct type *nuo__check_binding_use(struct checker *c, struct expr *e, const struct binding *binding);
// Reports (once a rule) that an expression is nested too deeply; TYPE_ERROR.
const struct type *nuo__check_too_deep(struct checker *c, struct span span);
void nuo__check_unused_defines(struct checker *c);
struct expr *nuo__expr_clone(struct checker *c, const struct expr *e);

// ---- constants and what is made of them (check_value.c, check_data.c, check_table.c, check_cover.c) ----
// A fresh copy of a constant, typed as `want` (NULL: as it is), its signs folded in and its numbers widened,
// or NULL after a report (`code` when it is no constant).
struct expr *nuo__check_constant(struct checker *c, const struct expr *e, const struct type *want,
                                 enum diag_code code);
void nuo__check_parameters(struct checker *c);
void nuo__check_fills(struct checker *c);
void nuo__check_settings(struct checker *c);
// Whether a parameter has one value without a date; else that is reported, at `span`.
bool nuo__check_settled(struct checker *c, const struct parameter *parameter, struct span span);
void nuo__put_length(struct expr *place, const struct expr *length);
// The length in place of the parameter's name.
const struct type *nuo__write_in(struct checker *c, struct expr *e, struct parameter *parameter);
// A typed length that has to be known now, without its parentheses; that of a parameter is written in. NULL:
// it has none, which is reported.
const struct expr *nuo__check_literal_length(struct checker *c, struct expr *written);
// What the tests of this policy give to parameters, before anything asks how great one may be.
void nuo__check_trials(struct checker *c);
void nuo__check_lexicons(struct checker *c);
void nuo__check_natives(struct checker *c);
void nuo__check_calendars(struct checker *c);
void nuo__check_tables(struct checker *c);
// Overlaps and gaps of a table's rows.
void nuo__check_cover(struct checker *c, const struct table *table);
// Reports a pattern that the matcher would not take.
void nuo__check_regex(struct checker *c, const struct expr *e);
// Whether the text names a time zone that the compiler's machine knows.
bool nuo__zone_known(struct str name);

// ---- facts and counters (check_fact.c, check_count.c, check_bound.c) ----
// The types of keys and values, before anything can ask for a fact; and later what starts and ends them.
void nuo__check_fact_types(struct checker *c);
void nuo__check_facts(struct checker *c);
// `F(k)` and `since F(k)`.
const struct type *nuo__check_fact_use(struct checker *c, struct expr *e, const struct symbol *symbol);
const struct type *nuo__check_since(struct checker *c, struct expr *e);
// Reports unless an event is at hand, in whose course memory can be asked.
bool nuo__check_remembers(struct checker *c, struct span span);
const struct type *nuo__check_aggregate(struct checker *c, struct expr *e);
// The core of a rule that is a limit, in c->scope; its scope is typed.
void nuo__check_limit(struct checker *c, const struct rule_decl *written, struct rule *rule);
// A comparison with its operands typed: a count among them learns how many events it has to remember.
void nuo__check_compared(struct checker *c, const struct expr *e);
// Reports the counts that are compared with nothing.
void nuo__check_counters(struct checker *c);
// What a periodic duty counts; `least`, typed, is how many there have to be.
struct counter *nuo__check_quota_counter(struct checker *c, const struct event_info *event,
                                         struct expr *where, const struct expr *least, enum unit period,
                                         struct span span);
// The greatest (`upper`) or the smallest value that a typed number can take; false when nothing tells.
enum bound { BOUND_LOWER, BOUND_UPPER = 1, BOUND_TRIED = 2 };  // TRIED: with what tests give to parameters
bool nuo__check_bound(const struct expr *e, unsigned bound, int64_t *out);
// Whether a typed value can be unknown at all.
bool nuo__may_be_missing(const struct expr *e);

// ---- rules (check_policy.c, check_rule.c, check_exception.c, check_test.c) ----
void nuo__check_policy(struct checker *c);
// Reports that `what` needs a calendar unless the policy names one.
void nuo__check_has_calendar(struct checker *c, struct span span, struct diag_arg what);
void nuo__check_severities(struct checker *c);
void nuo__check_clauses(struct checker *c);
void nuo__check_rules(struct checker *c);
void nuo__check_exceptions(struct checker *c);
void nuo__check_tests(struct checker *c);
// An action in the context of an event (NULL: of the whole policy); false after a report.
bool nuo__check_action(struct checker *c, const struct action *written, const struct event_info *event,
                       struct model_action *out);
struct force nuo__check_force(struct checker *c, const struct effective *effective);
// Of a rule or a duty, and of the pack in which it stands.
struct force nuo__check_force_in_pack(struct checker *c, const struct decl *decl);
// What rules and duties say alike: severity, `because` in c->scope, cites, title.
int32_t nuo__check_severity(struct checker *c, const struct name *name);
void nuo__check_because(struct checker *c, struct rule *rule, const struct rule_decl *written);
struct str nuo__rule_title(const struct checker *c, uint32_t clause, const struct expr *own);
// An `unless` of a rule or an exception, in c->scope.
struct exception *nuo__check_unless(struct checker *c, struct expr *condition, uint32_t clause);
uint32_t nuo__clause_index(const struct checker *c, uint32_t file, uint32_t clause);

#endif
