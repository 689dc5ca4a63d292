// SPDX-License-Identifier: Apache-2.0
// The grammar of Nuo, one for both languages: keywords.def maps English and Chinese words to the same tokens.
// Every action is one call into build.h. There are no error rules: the driver (parse.c) asks
// nuo__grammar_accepts before it feeds a token, so this parser never sees a mistake.
%name nuo__grammar
%token_prefix TK_
%token_type {struct token}
%extra_context {struct parser *p}
%stack_size 2000

%include {
#define NDEBUG 1
#define YYNOERRORRECOVERY 1
#include "compiler/build.h"
}

// Loosest first. Comparisons do not chain: `a < b < c` says nothing that a lawyer would sign.
%left OR.
%left AND.
%right NOT.
%nonassoc IS IS_NOT IN NOT_IN CONTAINS CONTAINS_ANY CONTAINS_ALL ANY_IN ALL_IN NONE_IN SUBSET STARTS ENDS STARTS_ANY ENDS_ANY MATCHES
          LT LE GT GE LESS_THAN MORE_THAN AT_LEAST AT_MOST AFTER BEFORE NOT_AFTER NOT_BEFORE
          IS_MISSING IS_PRESENT.
%nonassoc DOTDOT.
%left DEFAULT.
%left PLUS MINUS.
%left STAR SLASH.
%right NEGATIVE.

// Words that are names wherever the grammar has no use for them as keywords.
%fallback ID
  POLICY USE SEVERITIES TYPE PARAMETER DEFINE TABLE LEXICON CALENDAR CALENDAR_DECL EVENT RULE EXCEPTION CLAUSE TEST
  SAMPLE FACT DUTY TITLE VERSION ZONE UNDETERMINED REVIEWED UNSET FIRST UNIQUE COVERS REST WORK ENFORCEABLE OBSERVED
  IDENTITY TIME SUBJECT SENSITIVE ON FOR WITH REQUIRE LIMIT ATTEMPTS PER SEVERITY ACTION BECAUSE CITES RAISE ALLOW NOTE
  LABEL STRIP HOLD BLOCK DEFER TO WHEN MUST WITHIN THEN OTHERWISE EVERY SPREAD DUE ORGANISATIONAL DEFERRED GIVEN TIMES
  EXPECT AT BY LIKE WITHOUT DUTY_IS NOTHING SYMBOL FROM UNTIL UNIT ANY OVER THIS_PERIOD EVERY_PERIOD LATENESS
  SINCE EXCEPT ADAPTER SAME_BREACH HEADER REFUSE_GROUPS CONVERSION LOCAL_TIME EXPIRING_AT.

// ---- documents, and the pieces parsed on their own ----
start ::= BEGIN_FILE decls.
start ::= BEGIN_EXPR expr(E).               { nuo__build_result(p, E); }
start ::= BEGIN_CELL cell(C).               { nuo__build_result(p, C); }
decls ::= .
decls ::= decls decl.                       { nuo__build_end(p); }

%type names {struct names}
names(A) ::= ID(X).                         { A = nuo__build_names(p, &X, NULL); }
names(A) ::= ID(X) AS ID(Y).                { A = nuo__build_names(p, &X, &Y); }

// What another declaration is called, here or in a policy that is used.
%type ref {struct name}
ref(A) ::= ID(N).                           { A = nuo__build_ref(NULL, &N); }
ref(A) ::= ID(P) DOT ID(N).                 { A = nuo__build_ref(&P, &N); }

%type effective {struct effective}
effective(A) ::= EFFECTIVE_FROM(T) date(D).                { A = nuo__build_effective(p, &T, D, NULL); }
effective(A) ::= EFFECTIVE_FROM(T) date(D) UNTIL date(E).  { A = nuo__build_effective(p, &T, D, E); }

%type date {struct expr *}
date(A) ::= DATE(T).                        { A = nuo__build_literal(p, EXPR_DATE, &T); }
%type string {struct expr *}
string(A) ::= STRING(T).                    { A = nuo__build_text(p, &T); }
%type template {struct expr *}
template(A) ::= STRING(T).                  { A = nuo__build_template(p, &T); }

// ---- policy ----
decl ::= policy.
policy ::= POLICY(T) names(N).              { nuo__build_begin(p, DECL_POLICY, &T, &N); }
policy ::= policy TITLE(T) string(E).       { nuo__build_policy_title(p, &T, E); }
policy ::= policy VERSION(T) string(E).     { nuo__build_policy_version(p, &T, E); }
policy ::= policy ZONE(T) string(E).        { nuo__build_policy_zone(p, &T, E); }
policy ::= policy CALENDAR(T) ID(N).        { nuo__build_policy_calendar(p, &T, &N); }
policy ::= policy UNDETERMINED(T) action(X). { nuo__build_policy_undetermined(p, &T, X); }
policy ::= policy effective(E).             { nuo__build_policy_effective(p, E); }

decl ::= USE(T) ID(N).                      { nuo__build_use(p, &T, &N); }

decl ::= severities.
severities ::= SEVERITIES(T) names(N).      { nuo__build_severities(p, &T, &N); }
severities ::= severities LT names(N).      { nuo__build_severity(p, &N); }

// ---- types ----
%type type {struct type_expr *}
type(A) ::= ref(T).                         { A = nuo__build_type_name(p, &T); }
type(A) ::= ONE_OF(T) LB enumerators(E) comma RB(Z).  { A = nuo__build_one_of(p, &T, E, &Z); }
type(A) ::= LIST_OF(T) type(E).             { A = nuo__build_list_of(p, &T, E); }
%type enumerators {struct type_expr *}
enumerators(A) ::= names(N).                { A = nuo__build_enumerator(p, NULL, &N); }
enumerators(A) ::= enumerators(B) COMMA names(N).  { A = nuo__build_enumerator(p, B, &N); }
comma ::= .
comma ::= COMMA.

decl ::= TYPE(T) names(N) EQ type(E).       { nuo__build_type(p, &T, &N, E); }

// ---- parameters, definitions ----
decl ::= parameter_head type_opt(E) EQ parameter_values.  { nuo__build_parameter(p, E); }
parameter_head ::= PARAMETER(T) names(N).   { nuo__build_begin(p, DECL_PARAMETER, &T, &N); }
decl ::= fill_head EQ parameter_values.
fill_head ::= PARAMETER(T) ID(P) DOT ID(N). { nuo__build_fill(p, &T, &P, &N); }
%type type_opt {struct type_expr *}
type_opt(A) ::= .                           { A = NULL; }
type_opt(A) ::= COLON type(E).              { A = E; }
parameter_values ::= parameter_value.
parameter_values ::= parameter_values COMMA parameter_value.
parameter_value ::= value(E) from_opt(F) reviewed_opt(R).  { nuo__build_dated_value(p, E, F, R); }
%type value {struct expr *}
value(A) ::= expr(E).                       { A = E; }
value(A) ::= UNSET.                         { A = NULL; }
%type from_opt {struct expr *}
from_opt(A) ::= .                           { A = NULL; }
from_opt(A) ::= FROM date(D).               { A = D; }
%type reviewed_opt {struct expr *}
reviewed_opt(A) ::= .                       { A = NULL; }
reviewed_opt(A) ::= REVIEWED date(D).       { A = D; }

decl ::= define_head params_opt type_opt(R) EQ expr(E).  { nuo__build_define(p, R, E); }
define_head ::= DEFINE(T) names(N).         { nuo__build_begin(p, DECL_DEFINE, &T, &N); }
params_opt ::= .
params_opt ::= LP params RP.
params ::= param.
params ::= params COMMA param.
param ::= names(N) COLON type(E).           { nuo__build_param(p, &N, E); }

// ---- tables, lexicons, calendars ----
decl ::= table rows.
table ::= table_head LP table_keys RP ARROW type(E) table_mode(M).  { nuo__build_table(p, E, &M); }
table ::= table effective(E).               { nuo__build_table_effective(p, E); }
table_head ::= TABLE(T) names(N).           { nuo__build_begin(p, DECL_TABLE, &T, &N); }
table_keys ::= table_key.
table_keys ::= table_keys COMMA table_key.
table_key ::= path(E).                      { nuo__build_table_path(p, E); }
table_key ::= names(N) COLON type(E).       { nuo__build_table_param(p, &N, E); }
table_mode(A) ::= .                         { A = (struct token){0}; }
table_mode(A) ::= FIRST(T).                 { A = T; }
table_mode(A) ::= UNIQUE(T).                { A = T; }
rows ::= .
rows ::= rows ROW(T).                       { nuo__build_row(p, &T); }

decl ::= lexicon.
lexicon ::= lexicon_head EQ set(E).         { nuo__build_lexicon(p, (struct text_source){.entries = E}); }
lexicon ::= lexicon_head from_file(S).      { nuo__build_lexicon(p, S); }
lexicon ::= lexicon EXCEPT(T) excepted(S).  { nuo__build_lexicon_except(p, &T, S); }
lexicon ::= lexicon EVASION_STRICT(T).      { nuo__build_lexicon_strict(p, &T); }
lexicon_head ::= LEXICON(T) names(N).       { nuo__build_begin(p, DECL_LEXICON, &T, &N); }
%type from_file {struct text_source}
from_file(A) ::= FROM string(E).            { A = (struct text_source){.file = E}; }
%type excepted {struct text_source}
excepted(A) ::= set(E).                     { A = (struct text_source){.entries = E}; }
excepted(A) ::= from_file(S).               { A = S; }

decl ::= calendar_head COVERS range(E) LB calendar_days RB.  { nuo__build_calendar(p, E); }
calendar_head ::= CALENDAR_DECL(T) names(N). { nuo__build_begin(p, DECL_CALENDAR, &T, &N); }
calendar_days ::= .
calendar_days ::= calendar_days REST days(L).  { nuo__build_calendar_rest(p, &L); }
calendar_days ::= calendar_days WORK days(L).  { nuo__build_calendar_work(p, &L); }
%type days {expr_list}
days(A) ::= day(E).                         { A = nuo__build_list(p, NULL, E); }
days(A) ::= days(L) COMMA day(E).           { A = nuo__build_list(p, &L, E); }
%type day {struct expr *}
day(A) ::= date(D).                         { A = D; }
day(A) ::= range(E).                        { A = E; }
%type range {struct expr *}
range(A) ::= date(D) DOTDOT date(E).        { A = nuo__build_range(p, D, E); }

// ---- events ----
decl ::= event_head event_clauses LB fields(F) RB.  { nuo__build_event(p, F); }
event_head ::= EVENT(T) names(N).           { nuo__build_begin(p, DECL_EVENT, &T, &N); }
event_head ::= EVENT(T) ID(X) STRING(S).    { nuo__build_event_wire(p, &T, &X, &S, NULL); }
event_head ::= EVENT(T) ID(X) STRING(S) AS ID(Y).  { nuo__build_event_wire(p, &T, &X, &S, &Y); }
event_clauses ::= .
event_clauses ::= event_clauses ENFORCEABLE(T).  { nuo__build_event_kind(p, &T, true); }
event_clauses ::= event_clauses OBSERVED(T).     { nuo__build_event_kind(p, &T, false); }
event_clauses ::= event_clauses IDENTITY(T) path(E).  { nuo__build_event_identity(p, &T, E); }
event_clauses ::= event_clauses TIME(T) path(E).      { nuo__build_event_time(p, &T, E); }
event_clauses ::= event_clauses SUBJECT(T) path(E).   { nuo__build_event_subject(p, &T, E); }
event_clauses ::= event_clauses ZONE(T) path(E).      { nuo__build_event_zone(p, &T, E); }
event_clauses ::= event_clauses ZONE(T) path(E) DEFAULT POLICY.  { nuo__build_event_zone(p, &T, E); }
event_clauses ::= event_clauses LATENESS(T) primary(E).  { nuo__build_event_lateness(p, &T, E); }
%type fields {struct field_decl *}
%type field {struct field_decl *}
fields(A) ::= .                             { A = nuo__build_fields(p); }
fields(A) ::= fields(L) field(F).           { A = nuo__build_field_add(p, L, F); }
field(A) ::= field_name(N) COLON type(E) sensitive(S) absent(D).  { A = nuo__build_field(p, N, E, S, D); }
field(A) ::= field_name(N) LB fields(L) RB. { A = nuo__build_record(p, N, L); }
%type field_name {struct field_decl *}
field_name(A) ::= names(N).                 { A = nuo__build_field_name(p, &N); }
field_name(A) ::= ID(X) QM.                 { A = nuo__build_field_optional(p, &X, NULL); }
field_name(A) ::= ID(X) QM AS ID(Y).        { A = nuo__build_field_optional(p, &X, &Y); }
%type absent {struct expr *}
absent(A) ::= .                             { A = NULL; }
absent(A) ::= DEFAULT literal(E).           { A = E; }
// What one token or braces hold: the next field may be called `days`.
%type literal {struct expr *}
literal(A) ::= NUMBER(T).                   { A = nuo__build_literal(p, EXPR_NUMBER, &T); }
literal(A) ::= DECIMAL(T).                  { A = nuo__build_literal(p, EXPR_DECIMAL, &T); }
literal(A) ::= date(D).                     { A = D; }
literal(A) ::= INSTANT(T).                  { A = nuo__build_literal(p, EXPR_INSTANT, &T); }
literal(A) ::= CLOCK(T).                    { A = nuo__build_literal(p, EXPR_CLOCK, &T); }
literal(A) ::= string(E).                   { A = E; }
literal(A) ::= TRUE(T).                     { A = nuo__build_flag(p, &T, true); }
literal(A) ::= FALSE(T).                    { A = nuo__build_flag(p, &T, false); }
literal(A) ::= set(E).                      { A = E; }
literal(A) ::= ID(T).                       { A = nuo__build_path(p, NULL, &T); }
%type sensitive {bool}
sensitive(A) ::= .                          { A = false; }
sensitive(A) ::= SENSITIVE.                 { A = true; }

// ---- rules and exceptions ----
%type event_ref {struct event_ref *}
event_ref(A) ::= ref(E) where(W).           { A = nuo__build_event_ref(p, &E, NULL, W); }
event_ref(A) ::= ref(E) AS names(N) where(W).  { A = nuo__build_event_ref(p, &E, &N, W); }
%type where {struct expr *}
where(A) ::= .                              { A = NULL; }
where(A) ::= WHERE expr(E).                 { A = E; }

decl ::= rule.
rule ::= RULE(T) names(N).                  { nuo__build_begin(p, DECL_RULE, &T, &N); }
rule ::= RULE(T) names(N) string(E).        { nuo__build_rule_titled(p, &T, &N, E); }
rule ::= rule ON event_ref(E).              { nuo__build_rule_on(p, E); }
rule ::= rule FORBID_WHEN(T) expr(E).       { nuo__build_rule_core(p, CORE_FORBID, &T, E); }
rule ::= rule REQUIRE(T) expr(E).           { nuo__build_rule_core(p, CORE_REQUIRE, &T, E); }
rule ::= rule LIMIT(T) expr(E) attempts(X) per(K) window_opt(W).  { nuo__build_rule_limit(p, &T, E, X, &K, &W); }
rule ::= rule UNLESS expr(E).               { nuo__build_rule_unless(p, E); }
rule ::= rule SEVERITY(T) ID(N).            { nuo__build_rule_severity(p, &T, &N); }
rule ::= rule ACTION(T) action(X).          { nuo__build_rule_action(p, &T, X); }
rule ::= rule UNDETERMINED(T) action(X).    { nuo__build_rule_undetermined(p, &T, X); }
rule ::= rule BECAUSE(T) template(E).       { nuo__build_rule_because(p, &T, E); }
rule ::= rule CITES texts(L).               { nuo__build_rule_cites(p, &L); }
rule ::= rule effective(E).                 { nuo__build_rule_effective(p, E); }
rule ::= rule RAISE(T) ref(N) LB inits(L) RB.  { nuo__build_rule_raise(p, &T, &N, L); }
%type texts {expr_list}
texts(A) ::= string(E).                     { A = nuo__build_list(p, NULL, E); }
texts(A) ::= texts(L) COMMA string(E).      { A = nuo__build_list(p, &L, E); }

%type action {struct action *}
action(A) ::= ALLOW(T).                     { A = nuo__build_action(p, ACTION_ALLOW, &T, NULL, NULL); }
action(A) ::= NOTE(T).                      { A = nuo__build_action(p, ACTION_NOTE, &T, NULL, NULL); }
action(A) ::= LABEL(T) template(E).         { A = nuo__build_action(p, ACTION_LABEL, &T, E, NULL); }
action(A) ::= STRIP(T) path(E).             { A = nuo__build_action(p, ACTION_STRIP, &T, E, NULL); }
action(A) ::= DEFER_UNTIL(T) primary(E).    { A = nuo__build_action(p, ACTION_DEFER, &T, E, NULL); }
action(A) ::= DEFER_UNTIL(T) primary(E) FOR_AT_MOST primary(D).  { A = nuo__build_action(p, ACTION_DEFER, &T, E, D); }
action(A) ::= HOLD(T).                      { A = nuo__build_action(p, ACTION_HOLD, &T, NULL, NULL); }
action(A) ::= BLOCK(T).                     { A = nuo__build_action(p, ACTION_BLOCK, &T, NULL, NULL); }

decl ::= exception.
exception ::= EXCEPTION(T) names(N) TO ref(R) WHEN expr(E).  { nuo__build_exception(p, &T, &N, &R, E); }
exception ::= exception UNLESS expr(E).     { nuo__build_exception_unless(p, E); }
exception ::= exception CITES texts(L).     { nuo__build_exception_cites(p, &L); }
exception ::= exception effective(E).       { nuo__build_exception_effective(p, E); }

decl ::= CLAUSE(T) ORGANISATIONAL string(E).  { nuo__build_clause(p, &T, false, E); }
decl ::= CLAUSE(T) DEFERRED string(E).      { nuo__build_clause(p, &T, true, E); }

decl ::= SAME_BREACH(T) LB rule_names(L) comma RB.  { nuo__build_same(p, &T, &L); }

// ---- adapters: where the fields of an event stand in somebody else's format ----
decl ::= adapter_head LB mappings RB.
decl ::= ADAPTER(T) names(N) FROM source(S).    { nuo__build_adapter_route(p, &T, &N, S); }
adapter_head ::= ADAPTER(T) names(N) TO ID(E).  { nuo__build_adapter(p, &T, &N, &E); }
mappings ::= .
mappings ::= mappings path(E) FROM sources(L) default_opt(D).  { nuo__build_mapping(p, E, L, D); }
mappings ::= mappings FOR_EACH(T) path(E) FROM sources(L).     { nuo__build_mapping_each(p, &T, E, L); }
mappings ::= mappings path(E) IS primary(V).         { nuo__build_mapping(p, E, NULL, V); }
mappings ::= mappings REFUSE_GROUPS sources(L).      { nuo__build_refused(p, L); }
%type default_opt {struct expr *}
default_opt(A) ::= .                        { A = NULL; }
default_opt(A) ::= DEFAULT primary(E).      { A = E; }
%type sources {struct mapping_decl *}
sources(A) ::= source(S).                   { A = nuo__build_sources(p, NULL, S); }
sources(A) ::= sources(L) COMMA source(S).  { A = nuo__build_sources(p, L, S); }
sources(A) ::= sources(L) OR source(S).     { A = nuo__build_sources_or(p, L, S); }
%type source {struct source_decl *}
source(A) ::= place(S).                     { A = S; }
source(A) ::= NOT(T) place(S).              { A = nuo__build_source_inverted(p, &T, S); }
source(A) ::= source(S) CONVERSION(T).      { A = nuo__build_source_converted(p, S, &T); }
source(A) ::= source(S) LOCAL_TIME(T) string(E).  { A = nuo__build_source_local(p, S, &T, E); }
source(A) ::= source(S) EXPIRING_AT(T).     { A = nuo__build_source_expiring(p, S, &T); }
source(A) ::= source(S) STAR(T) NUMBER(N).  { A = nuo__build_source_times(p, S, &T, &N); }
source(A) ::= source(S) choices(L) comma RB(Z).  { A = nuo__build_source_chosen(p, S, L, &Z); }
%type place {struct source_decl *}
place(A) ::= string(E).                     { A = nuo__build_source(p, E); }
place(A) ::= HEADER(T) string(E).           { A = nuo__build_source_header(p, &T, E); }
%type choices {struct source_decl *}
choices(A) ::= LB choice(C).                { A = nuo__build_choices(p, NULL, C); }
choices(A) ::= choices(L) COMMA choice(C).  { A = nuo__build_choices(p, L, C); }
%type choice {struct choice_decl *}
choice(A) ::= string(K) COLON primary(V).   { A = nuo__build_choice(p, K, V); }
choice(A) ::= NUMBER(K) COLON primary(V).   { A = nuo__build_choice(p, nuo__build_literal(p, EXPR_NUMBER, &K), V); }
choice(A) ::= OTHERWISE(K) primary(V).      { A = nuo__build_choice(p, nuo__build_any(p, &K), V); }

// ---- native functions ----
decl ::= native_head LP native_params RP COLON type(E) FROM string(L) SYMBOL string(S).  { nuo__build_native(p, E, L, S); }
native_head ::= EXTERN_FUNCTION(T) names(N). { nuo__build_begin(p, DECL_NATIVE, &T, &N); }
native_params ::= .
native_params ::= native_params1.
native_params1 ::= type(E).                 { nuo__build_native_param(p, E); }
native_params1 ::= native_params1 COMMA type(E).  { nuo__build_native_param(p, E); }

// ---- tests ----
decl ::= test_head LB steps RB.
test_head ::= TEST(T) string(E).            { nuo__build_test(p, &T, E, false); }
test_head ::= SAMPLE(T) string(E).          { nuo__build_test(p, &T, E, true); }
steps ::= .
steps ::= steps GIVEN(T) PARAMETER ref(N) EQ value(V).  { nuo__build_test_setting(p, &T, &N, V); }
steps ::= steps GIVEN(T) ref(N) like(E) LB inits(L) RB.  { nuo__build_step_event(p, STEP_GIVEN, &T, &N, E, L); }
steps ::= steps GIVEN(T) NUMBER(M) TIMES ref(N) like(E) LB inits(L) RB.  { nuo__build_step_times(p, &T, &M, &N, E, L); }
steps ::= steps WHEN(T) ref(N) like(E) LB inits(L) RB.   { nuo__build_step_event(p, STEP_WHEN, &T, &N, E, L); }
steps ::= steps GIVEN(T) ref(N) vendor(V) LB inits(L) RB.  { nuo__build_step_vendor(p, STEP_GIVEN, &T, &N, V, L); }
steps ::= steps WHEN(T) ref(N) vendor(V) LB inits(L) RB.   { nuo__build_step_vendor(p, STEP_WHEN, &T, &N, V, L); }
steps ::= steps EXPECT(T) expectation(S).       { nuo__build_step_expect(p, &T, NULL, S); }
steps ::= steps AT(T) primary(I) EXPECT expectation(S).  { nuo__build_step_expect(p, &T, I, S); }
%type like {struct like_decl}
like(A) ::= .                               { A = (struct like_decl){0}; }
like(A) ::= LIKE string(E).                 { A = (struct like_decl){E, {0}}; }
like(A) ::= LIKE string(E) WITHOUT paths(L). { A = (struct like_decl){E, L}; }
%type vendor {struct vendor_text}
vendor(A) ::= string(B).                    { A = (struct vendor_text){NULL, B}; }
vendor(A) ::= HEADER string(H).             { A = (struct vendor_text){H, NULL}; }
vendor(A) ::= HEADER string(H) string(B).   { A = (struct vendor_text){H, B}; }
%type expectation {struct test_step *}
expectation(A) ::= verdict(V) until(U).     { A = nuo__build_expect_verdict(p, V, NULL, U); }
expectation(A) ::= verdict(V) BY rule_names(L) until(U).  { A = nuo__build_expect_verdict(p, V, &L, U); }
expectation(A) ::= BREACH_OF rule_names(L). { A = nuo__build_expect_rules(p, EXPECT_BREACH, &L); }
expectation(A) ::= NO_BREACH_OF rule_names(L).  { A = nuo__build_expect_rules(p, EXPECT_NO_BREACH, &L); }
expectation(A) ::= DUTY_IS(T) rule_names(L). { A = nuo__build_expect_rules(p, (enum expectation)T.value, &L); }
expectation(A) ::= NOTHING.                 { A = nuo__build_expect_rules(p, EXPECT_NOTHING, NULL); }
%type verdict {struct action *}
verdict(A) ::= ALLOW(T).                    { A = nuo__build_action(p, ACTION_ALLOW, &T, NULL, NULL); }
verdict(A) ::= NOTE(T).                     { A = nuo__build_action(p, ACTION_NOTE, &T, NULL, NULL); }
verdict(A) ::= LABEL(T).                    { A = nuo__build_action(p, ACTION_LABEL, &T, NULL, NULL); }
verdict(A) ::= LABEL(T) string(E).          { A = nuo__build_action(p, ACTION_LABEL, &T, E, NULL); }
verdict(A) ::= STRIP(T).                    { A = nuo__build_action(p, ACTION_STRIP, &T, NULL, NULL); }
verdict(A) ::= DEFER(T).                    { A = nuo__build_action(p, ACTION_DEFER, &T, NULL, NULL); }
verdict(A) ::= DEFER_UNTIL(T) primary(E).   { A = nuo__build_action(p, ACTION_DEFER, &T, E, NULL); }
verdict(A) ::= HOLD(T).                     { A = nuo__build_action(p, ACTION_HOLD, &T, NULL, NULL); }
verdict(A) ::= BLOCK(T).                    { A = nuo__build_action(p, ACTION_BLOCK, &T, NULL, NULL); }
%type until {struct expr *}
until(A) ::= .                              { A = NULL; }
until(A) ::= UNTIL primary(E).              { A = E; }
%type rule_names {name_list}
rule_names(A) ::= ref(N).                   { A = nuo__build_name_list(p, NULL, &N); }
rule_names(A) ::= rule_names(L) COMMA ref(N).  { A = nuo__build_name_list(p, &L, &N); }

%type inits {struct test_step *}
inits(A) ::= .                              { A = nuo__build_inits(p); }
inits(A) ::= inits1(L) comma.               { A = L; }
%type inits1 {struct test_step *}
inits1(A) ::= path(N) COLON expr(E).        { A = nuo__build_init(p, NULL, N, E); }
inits1(A) ::= inits1(L) COMMA path(N) COLON expr(E).  { A = nuo__build_init(p, L, N, E); }

// ---- facts ----
decl ::= fact_head fact_changes.
fact_head ::= fact params_opt type_opt(E).  { nuo__build_fact(p, E); }
fact ::= FACT(T) names(N).                  { nuo__build_begin(p, DECL_FACT, &T, &N); }
fact_changes ::= .
fact_changes ::= fact_changes STARTS_ON(T) event_ref(E) FOR LP exprs(K) RP.  { nuo__build_fact_change(p, &T, E, &K, NULL); }
fact_changes ::= fact_changes STARTS_ON(T) event_ref(E) FOR LP exprs(K) RP WITH expr(V).  { nuo__build_fact_change(p, &T, E, &K, V); }
fact_changes ::= fact_changes ENDS_ON(T) event_ref(E) FOR LP exprs(K) RP.  { nuo__build_fact_change(p, &T, E, &K, NULL); }

// ---- duties: what they say as rules do goes through the same makers ----

decl ::= duty.
duty ::= DUTY(T) names(N).                  { nuo__build_begin(p, DECL_DUTY, &T, &N); }
duty ::= DUTY(T) names(N) string(E).        { nuo__build_duty_titled(p, &T, &N, E); }
duty ::= duty ON event_ref(E).              { nuo__build_rule_on(p, E); }
duty ::= duty FOR_EACH(T) names(N) WHERE expr(E).  { nuo__build_duty_each(p, &T, &N, E); }
duty ::= duty EVERY(T) primary(E).          { nuo__build_duty_every(p, &T, E); }
duty ::= duty EVERY_PERIOD(T).              { nuo__build_duty_every(p, &T, NULL); }
duty ::= duty MUST(T) due_steps(L).         { nuo__build_duty_must(p, &T, &L); }
duty ::= duty OTHERWISE(T) MUST due_steps(L).  { nuo__build_duty_otherwise(p, &T, &L); }
duty ::= duty MUST_AT_LEAST(T) primary(N) event_ref(E) spread(S) due(D).  { nuo__build_duty_quota(p, &T, &(struct quota_decl){N, *E, S, D, T.span}); }
duty ::= duty WARN_AT primary(E).           { nuo__build_duty_warning(p, E); }
duty ::= duty SUSPENDED_WHILE(T) expr(E).   { nuo__build_duty_suspended(p, &T, E); }
duty ::= duty DISCHARGED_BY tied(E).   { nuo__build_duty_discharged(p, E); }
duty ::= duty UNLESS expr(E).               { nuo__build_rule_unless(p, E); }
duty ::= duty SEVERITY(T) ID(N).            { nuo__build_rule_severity(p, &T, &N); }
duty ::= duty ACTION(T) action(X).          { nuo__build_rule_action(p, &T, X); }
duty ::= duty BECAUSE(T) template(E).       { nuo__build_rule_because(p, &T, E); }
duty ::= duty CITES texts(L).               { nuo__build_rule_cites(p, &L); }
duty ::= duty effective(E).                 { nuo__build_rule_effective(p, E); }
duty ::= duty RAISE(T) ref(N) LB inits(L) RB.  { nuo__build_rule_raise(p, &T, &N, L); }
%type due_steps {step_list}
due_steps(A) ::= due_step(E).               { A = nuo__build_steps(p, NULL, E); }
due_steps(A) ::= due_steps(L) THEN due_step(E).  { A = nuo__build_steps(p, &L, E); }
%type due_step {struct step_decl *}
due_step(A) ::= tied(E) WITHIN primary(D).  { A = nuo__build_due_step(p, E, D, NULL); }
due_step(A) ::= tied(E) NO_LATER_THAN expr(X).  { A = nuo__build_due_step(p, E, NULL, X); }
// What has to come, and how it is known to belong to what began the duty.
%type tied {struct event_ref *}
tied(A) ::= event_ref(E).                   { A = E; }
tied(A) ::= ref(E) FOR_THE_SAME paths(L) where(W).  { A = nuo__build_event_tied(p, &E, NULL, &L, W); }
tied(A) ::= ref(E) AS names(N) FOR_THE_SAME paths(L) where(W).  { A = nuo__build_event_tied(p, &E, &N, &L, W); }
%type paths {expr_list}
paths(A) ::= path(E).                       { A = nuo__build_list(p, NULL, E); }
paths(A) ::= paths(L) COMMA path(E).        { A = nuo__build_list(p, &L, E); }
%type spread {struct expr *}
spread(A) ::= .                             { A = NULL; }
spread(A) ::= SPREAD primary(E).            { A = E; }
%type due {struct expr *}
due(A) ::= .                                { A = NULL; }
due(A) ::= DUE primary(E) AFTER_PERIOD.     { A = E; }

// ---- what is counted ----
%type attempts {bool}
attempts(A) ::= .                           { A = false; }
attempts(A) ::= ATTEMPTS.                   { A = true; }
%type per {expr_list}
per(A) ::= PER path(E).                     { A = nuo__build_list(p, NULL, E); }
per(A) ::= PER LP exprs(L) RP.              { A = L; }
%type window_opt {struct window}
window_opt(A) ::= .                         { A = (struct window){0}; }
window_opt(A) ::= IN_LAST(T) primary(E).    { A = nuo__build_window_last(p, &T, E); }
window_opt(A) ::= THIS_PERIOD(T).           { A = nuo__build_window_this(p, &T); }

// ---- expressions ----
%type expr {struct expr *}
expr(A) ::= primary(E).                     { A = E; }
expr(A) ::= expr(L) OR(T) expr(R).          { A = nuo__build_binary(p, OP_or, L, &T, R); }
expr(A) ::= expr(L) AND(T) expr(R).         { A = nuo__build_binary(p, OP_and, L, &T, R); }
expr(A) ::= NOT(T) expr(E).                 { A = nuo__build_prefix(p, OP_not, &T, E); }
expr(A) ::= expr(L) IS(T) expr(R).          { A = nuo__build_binary(p, OP_is, L, &T, R); }
expr(A) ::= expr(L) IS_NOT(T) expr(R).      { A = nuo__build_binary(p, OP_is_not, L, &T, R); }
expr(A) ::= expr(L) IN(T) expr(R).          { A = nuo__build_binary(p, OP_in, L, &T, R); }
expr(A) ::= expr(L) NOT_IN(T) expr(R).      { A = nuo__build_binary(p, OP_not_in, L, &T, R); }
expr(A) ::= expr(L) CONTAINS(T) expr(R).    { A = nuo__build_binary(p, OP_contains, L, &T, R); }
expr(A) ::= expr(L) CONTAINS_ANY(T) expr(R). { A = nuo__build_binary(p, OP_contains_any, L, &T, R); }
expr(A) ::= expr(L) CONTAINS_ALL(T) expr(R). { A = nuo__build_binary(p, OP_contains_all, L, &T, R); }
expr(A) ::= expr(L) ANY_IN(T) expr(R).      { A = nuo__build_binary(p, OP_any_in, L, &T, R); }
expr(A) ::= expr(L) ALL_IN(T) expr(R).      { A = nuo__build_binary(p, OP_all_in, L, &T, R); }
expr(A) ::= expr(L) NONE_IN(T) expr(R).     { A = nuo__build_binary(p, OP_none_in, L, &T, R); }
expr(A) ::= expr(L) SUBSET(T) expr(R).      { A = nuo__build_binary(p, OP_subset, L, &T, R); }
expr(A) ::= expr(L) STARTS(T) expr(R).      { A = nuo__build_binary(p, OP_starts, L, &T, R); }
expr(A) ::= expr(L) ENDS(T) expr(R).        { A = nuo__build_binary(p, OP_ends, L, &T, R); }
expr(A) ::= expr(L) STARTS_ANY(T) expr(R).  { A = nuo__build_binary(p, OP_starts_any, L, &T, R); }
expr(A) ::= expr(L) ENDS_ANY(T) expr(R).    { A = nuo__build_binary(p, OP_ends_any, L, &T, R); }
expr(A) ::= expr(L) MATCHES(T) REGEX(R).    { A = nuo__build_matches(p, L, &T, &R); }
expr(A) ::= expr(L) LT|LESS_THAN|BEFORE(T) expr(R).  [LT] { A = nuo__build_binary(p, OP_lt, L, &T, R); }
expr(A) ::= expr(L) LE|AT_MOST|NOT_AFTER(T) expr(R).  [LE] { A = nuo__build_binary(p, OP_le, L, &T, R); }
expr(A) ::= expr(L) GT|MORE_THAN|AFTER(T) expr(R).  [GT] { A = nuo__build_binary(p, OP_gt, L, &T, R); }
expr(A) ::= expr(L) GE|AT_LEAST|NOT_BEFORE(T) expr(R). [GE] { A = nuo__build_binary(p, OP_ge, L, &T, R); }
expr(A) ::= expr(L) IS_MISSING(T).          { A = nuo__build_postfix(p, OP_missing, L, &T); }
expr(A) ::= expr(L) IS_PRESENT(T).          { A = nuo__build_postfix(p, OP_present, L, &T); }
expr(A) ::= expr(L) DEFAULT(T) expr(R).     { A = nuo__build_binary(p, OP_default, L, &T, R); }
expr(A) ::= expr(L) PLUS(T) expr(R).        { A = nuo__build_binary(p, OP_add, L, &T, R); }
expr(A) ::= expr(L) MINUS(T) expr(R).       { A = nuo__build_binary(p, OP_sub, L, &T, R); }
expr(A) ::= expr(L) STAR(T) expr(R).        { A = nuo__build_binary(p, OP_mul, L, &T, R); }
expr(A) ::= expr(L) SLASH(T) expr(R).       { A = nuo__build_binary(p, OP_div, L, &T, R); }
expr(A) ::= MINUS(T) expr(E).  [NEGATIVE]   { A = nuo__build_prefix(p, OP_neg, &T, E); }
expr(A) ::= expr(L) DOTDOT expr(R).         { A = nuo__build_range(p, L, R); }

// What is added up, apart from `primary`: there `over` behind a call is another thing.
%type summed {struct expr *}
summed(A) ::= path(E).                      { A = E; }
summed(A) ::= path(E) LP exprs(L) RP(Z).    { A = nuo__build_call(p, E, &L, &Z); }
summed(A) ::= LP(T) expr(E) RP(Z).          { A = nuo__build_parenthesised(&T, E, &Z); }

%type primary {struct expr *}
primary(A) ::= path(E).                     { A = E; }
primary(A) ::= path(E) LP exprs(L) RP(Z).   { A = nuo__build_call(p, E, &L, &Z); }
primary(A) ::= NUMBER(T).                   { A = nuo__build_literal(p, EXPR_NUMBER, &T); }
primary(A) ::= NUMBER(T) UNIT(U).           { A = nuo__build_duration(p, &T, &U); }
primary(A) ::= DECIMAL(T).                  { A = nuo__build_literal(p, EXPR_DECIMAL, &T); }
primary(A) ::= date(D).                     { A = D; }
primary(A) ::= INSTANT(T).                  { A = nuo__build_literal(p, EXPR_INSTANT, &T); }
primary(A) ::= CLOCK(T).                    { A = nuo__build_literal(p, EXPR_CLOCK, &T); }
primary(A) ::= string(E).                   { A = E; }
primary(A) ::= TRUE(T).                     { A = nuo__build_flag(p, &T, true); }
primary(A) ::= FALSE(T).                    { A = nuo__build_flag(p, &T, false); }
primary(A) ::= set(E).                      { A = E; }
primary(A) ::= LP(T) expr(E) RP(Z).         { A = nuo__build_parenthesised(&T, E, &Z); }
primary(A) ::= COUNT_OF|SHARE_OF(T) event_ref(E) attempts(X) per(K) window_opt(W).  { A = nuo__build_aggregate(p, &T, &(struct aggregate){0, NULL, *E, X, K, W}); }
primary(A) ::= SUM_OF|DISTINCT_OF(T) summed(V) OVER event_ref(E) attempts(X) per(K) window_opt(W).  { A = nuo__build_aggregate(p, &T, &(struct aggregate){0, V, *E, X, K, W}); }
primary(A) ::= ELAPSED_SINCE_LAST(T) event_ref(E) attempts(X) per(K).  { A = nuo__build_aggregate(p, &T, &(struct aggregate){0, NULL, *E, X, K, {0}}); }
// 合计 (甲 + 乙) 遍历: before a parenthesis the one word is read as a name until `over` comes.
primary(A) ::= path(E) LP exprs(L) RP OVER(T) event_ref(V) attempts(X) per(K) window_opt(W).  { A = nuo__build_aggregate_called(p, E, &L, &T, &(struct aggregate){0, NULL, *V, X, K, W}); }
primary(A) ::= SINCE(T) path(E) LP exprs(L) RP(Z).  { A = nuo__build_since(p, &T, nuo__build_call(p, E, &L, &Z)); }

%type set {struct expr *}
set(A) ::= LB(T) RB(Z).                     { A = nuo__build_set(p, &T, NULL, &Z); }
set(A) ::= LB(T) exprs1(L) comma RB(Z).     { A = nuo__build_set(p, &T, &L, &Z); }
%type exprs {expr_list}
exprs(A) ::= .                              { A = (expr_list){0}; }
exprs(A) ::= exprs1(L).                     { A = L; }
%type exprs1 {expr_list}
exprs1(A) ::= expr(E).                      { A = nuo__build_list(p, NULL, E); }
exprs1(A) ::= exprs1(L) COMMA expr(E).      { A = nuo__build_list(p, &L, E); }
%type path {struct expr *}
path(A) ::= ID(T).                          { A = nuo__build_path(p, NULL, &T); }
path(A) ::= path(E) DOT ID(T).              { A = nuo__build_path(p, E, &T); }

// ---- cells of a table ----
%type cell {struct expr *}
cell(A) ::= expr(E).                        { A = E; }
cell(A) ::= ANY(T).                         { A = nuo__build_any(p, &T); }
cell(A) ::= LT|LESS_THAN|BEFORE(T) expr(E). { A = nuo__build_cell(p, OP_lt, &T, E); }
cell(A) ::= LE|AT_MOST|NOT_AFTER(T) expr(E).  { A = nuo__build_cell(p, OP_le, &T, E); }
cell(A) ::= GT|MORE_THAN|AFTER(T) expr(E).  { A = nuo__build_cell(p, OP_gt, &T, E); }
cell(A) ::= GE|AT_LEAST|NOT_BEFORE(T) expr(E).  { A = nuo__build_cell(p, OP_ge, &T, E); }
cell(A) ::= IN(T) expr(E).                  { A = nuo__build_cell(p, OP_in, &T, E); }
cell(A) ::= IS_MISSING(T).                  { A = nuo__build_cell(p, OP_missing, &T, NULL); }
cell(A) ::= IS_PRESENT(T).                  { A = nuo__build_cell(p, OP_present, &T, NULL); }

%code {
size_t nuo__grammar_size(void) { return sizeof(yyParser); }

int nuo__grammar_last_token(void) { return YYNTOKEN - 1; }

size_t nuo__grammar_depth(const void *parser) {
  const yyParser *self = parser;
  return (size_t)(self->yytos - self->yystack);
}

// The action of `token` in `state`; a keyword acts as a name, which `*taken` tells, only when `fallback` says so.
static YYACTIONTYPE find_action(YYCODETYPE token, YYACTIONTYPE state, bool fallback, int *taken) {
  if (state > YY_MAX_SHIFT) return state;
  const int offset = yy_shift_ofst[state];
  *taken = token;
  if (yy_lookahead[offset + token] == token) return yy_action[offset + token];
  const YYCODETYPE name = yyFallback[token];
  if (!fallback || name == 0 || yy_lookahead[offset + name] != name) return yy_default[state];
  *taken = name;
  return yy_action[offset + name];
}

// Replays the reductions that `token` would cause on the states above `base` and on a few of its own: most
// states reduce by default, so that only a replay up to the shift tells what is really acceptable.
static bool replay(const void *parser, int token, bool fallback, int *taken) {
  enum { OWN = 64 };  // a reduction adds one state, and few are empty in a row
  const yyParser *self = parser;
  const yyStackEntry *base = self->yytos;
  YYACTIONTYPE own[OWN];
  int count = 0;
  YYACTIONTYPE state = base->stateno;
  for (;;) {
    const YYACTIONTYPE action = find_action((YYCODETYPE)token, state, fallback, taken);
    if (action < YY_MIN_REDUCE) return action <= YY_MAX_SHIFTREDUCE || action == YY_ACCEPT_ACTION;
    const int rule = action - YY_MIN_REDUCE;
    int pops = -yyRuleInfoNRhs[rule];
    const int own_pops = pops < count ? pops : count;
    count -= own_pops;
    base -= pops - own_pops;
    if (count == OWN) return false;
    state = yy_find_reduce_action(count > 0 ? own[count - 1] : base->stateno, yyRuleInfoLhs[rule]);
    if (state == YY_ACCEPT_ACTION) return true;
    own[count++] = state;
  }
}

bool nuo__grammar_accepts(const void *parser, int token, bool fallback) {
  int taken;
  return replay(parser, token, fallback, &taken);
}

int nuo__grammar_takes(const void *parser, int token) {
  int taken = token;
  replay(parser, token, true, &taken);
  return taken;
}
}
