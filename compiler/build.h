// SPDX-License-Identifier: Apache-2.0
// The syntax tree's makers, one for each action of grammar.y. They trust the grammar; what it cannot see (a
// clause given twice, too deep a nesting) they report. All trees live in the arena.
#ifndef NUO_COMPILER_BUILD_H
#define NUO_COMPILER_BUILD_H

#include "compiler/parse.h"

// ---- declarations: begin opens p->decl, clauses fill it in, end hands it to the file ----
// A name where it is used; `of` is NULL or the policy that it is of.
struct name nuo__build_ref(const struct token *of, const struct token *name);
void nuo__build_begin(struct parser *p, enum decl_kind kind, const struct token *keyword,
                      const struct names *names);
void nuo__build_end(struct parser *p);
// A name in one or both forms (`second` NULL: one).
struct names nuo__build_names(struct parser *p, const struct token *first, const struct token *second);
// Reports a clause that was given before; the first one holds. Gives `given`.
bool nuo__build_again(struct parser *p, const struct token *keyword, bool given);
void nuo__build_set_effective(struct parser *p, struct effective *slot, struct effective effective);
struct effective nuo__build_effective(struct parser *p, const struct token *keyword, struct expr *from,
                                      struct expr *until);

void nuo__build_policy_title(struct parser *p, const struct token *keyword, struct expr *text);
void nuo__build_policy_version(struct parser *p, const struct token *keyword, struct expr *text);
void nuo__build_policy_zone(struct parser *p, const struct token *keyword, struct expr *text);
void nuo__build_policy_calendar(struct parser *p, const struct token *keyword, const struct token *name);
void nuo__build_policy_undetermined(struct parser *p, const struct token *keyword, struct action *action);
void nuo__build_policy_effective(struct parser *p, struct effective effective);
void nuo__build_use(struct parser *p, const struct token *keyword, const struct token *name);
void nuo__build_severities(struct parser *p, const struct token *keyword, const struct names *names);
void nuo__build_severity(struct parser *p, const struct names *names);

struct type_expr *nuo__build_type_name(struct parser *p, const struct name *name);
struct type_expr *nuo__build_enumerator(struct parser *p, struct type_expr *type, const struct names *names);
struct type_expr *nuo__build_one_of(struct parser *p, const struct token *keyword, struct type_expr *type,
                                    const struct token *close);
struct type_expr *nuo__build_list_of(struct parser *p, const struct token *keyword,
                                     struct type_expr *element);
void nuo__build_type(struct parser *p, const struct token *keyword, const struct names *names,
                     struct type_expr *type);

void nuo__build_dated_value(struct parser *p, struct expr *value, struct expr *from, struct expr *reviewed);
void nuo__build_fill(struct parser *p, const struct token *keyword, const struct token *of,
                     const struct token *name);
void nuo__build_parameter(struct parser *p, struct type_expr *type);
void nuo__build_param(struct parser *p, const struct names *names, struct type_expr *type);
void nuo__build_define(struct parser *p, struct type_expr *type, struct expr *body);
void nuo__build_table_path(struct parser *p, struct expr *path);
void nuo__build_table_param(struct parser *p, const struct names *names, struct type_expr *type);
void nuo__build_table(struct parser *p, struct type_expr *result, const struct token *mode);
void nuo__build_table_effective(struct parser *p, struct effective effective);
void nuo__build_row(struct parser *p, const struct token *row);
void nuo__build_lexicon(struct parser *p, struct text_source texts);
void nuo__build_lexicon_except(struct parser *p, const struct token *keyword, struct text_source texts);
void nuo__build_lexicon_strict(struct parser *p, const struct token *keyword);
void nuo__build_calendar(struct parser *p, struct expr *covers);
void nuo__build_calendar_rest(struct parser *p, const expr_list *days);
void nuo__build_calendar_work(struct parser *p, const expr_list *days);

void nuo__build_event_wire(struct parser *p, const struct token *keyword, const struct token *first,
                           const struct token *wire, const struct token *second);
void nuo__build_event_kind(struct parser *p, const struct token *keyword, bool enforceable);
void nuo__build_event_identity(struct parser *p, const struct token *keyword, struct expr *path);
void nuo__build_event_time(struct parser *p, const struct token *keyword, struct expr *path);
void nuo__build_event_subject(struct parser *p, const struct token *keyword, struct expr *path);
void nuo__build_event_zone(struct parser *p, const struct token *keyword, struct expr *path);
void nuo__build_event_lateness(struct parser *p, const struct token *keyword, struct expr *duration);
void nuo__build_event(struct parser *p, const struct field_decl *fields);
// A list of fields is the inside of a field without a name.
struct field_decl *nuo__build_fields(struct parser *p);
struct field_decl *nuo__build_field_add(struct parser *p, struct field_decl *list,
                                        const struct field_decl *field);
struct field_decl *nuo__build_field_name(struct parser *p, const struct names *names);
struct field_decl *nuo__build_field_optional(struct parser *p, const struct token *first,
                                             const struct token *second);
struct field_decl *nuo__build_field(struct parser *p, struct field_decl *field, struct type_expr *type,
                                    bool sensitive, struct expr *absent);
struct field_decl *nuo__build_record(struct parser *p, struct field_decl *field,
                                     const struct field_decl *list);

struct event_ref *nuo__build_event_ref(struct parser *p, const struct name *event, const struct names *alias,
                                       struct expr *where);
struct event_ref *nuo__build_event_tied(struct parser *p, const struct name *event, const struct names *alias,
                                        const expr_list *same, struct expr *where);
void nuo__build_rule_titled(struct parser *p, const struct token *keyword, const struct names *names,
                            struct expr *title);
void nuo__build_rule_on(struct parser *p, const struct event_ref *on);
void nuo__build_rule_core(struct parser *p, enum core_kind kind, const struct token *keyword,
                          struct expr *condition);
void nuo__build_rule_limit(struct parser *p, const struct token *keyword, struct expr *most, bool attempts,
                           const expr_list *per, const struct window *window);
void nuo__build_rule_unless(struct parser *p, struct expr *condition);
void nuo__build_rule_severity(struct parser *p, const struct token *keyword, const struct token *name);
void nuo__build_rule_action(struct parser *p, const struct token *keyword, struct action *action);
void nuo__build_rule_undetermined(struct parser *p, const struct token *keyword, struct action *action);
void nuo__build_rule_because(struct parser *p, const struct token *keyword, struct expr *text);
void nuo__build_rule_cites(struct parser *p, const expr_list *texts);
void nuo__build_rule_effective(struct parser *p, struct effective effective);
void nuo__build_rule_raise(struct parser *p, const struct token *keyword, const struct name *event,
                           const struct test_step *inits);
struct action *nuo__build_action(struct parser *p, enum action_kind kind, const struct token *keyword,
                                 struct expr *value, struct expr *at_most);
void nuo__build_exception(struct parser *p, const struct token *keyword, const struct names *names,
                          const struct name *to, struct expr *when);
void nuo__build_exception_unless(struct parser *p, struct expr *condition);
void nuo__build_exception_cites(struct parser *p, const expr_list *texts);
void nuo__build_exception_effective(struct parser *p, struct effective effective);
void nuo__build_clause(struct parser *p, const struct token *keyword, bool deferred, struct expr *why);
void nuo__build_same(struct parser *p, const struct token *keyword, const name_list *rules);

void nuo__build_duty_titled(struct parser *p, const struct token *keyword, const struct names *names,
                            struct expr *title);
void nuo__build_duty_each(struct parser *p, const struct token *keyword, const struct names *names,
                          struct expr *fact);
// `every day` (`amount` NULL: the keyword tells), `every 6 months`.
void nuo__build_duty_every(struct parser *p, const struct token *keyword, struct expr *amount);
void nuo__build_duty_must(struct parser *p, const struct token *keyword, const step_list *steps);
void nuo__build_duty_otherwise(struct parser *p, const struct token *keyword, const step_list *steps);
void nuo__build_duty_quota(struct parser *p, const struct token *keyword, const struct quota_decl *quota);
void nuo__build_duty_warning(struct parser *p, struct expr *at);
void nuo__build_duty_suspended(struct parser *p, const struct token *keyword, struct expr *fact);
void nuo__build_duty_discharged(struct parser *p, const struct event_ref *by);
struct step_decl *nuo__build_due_step(struct parser *p, const struct event_ref *event, struct expr *within,
                                      struct expr *by);
step_list nuo__build_steps(struct parser *p, const step_list *list, const struct step_decl *step);

void nuo__build_native_param(struct parser *p, struct type_expr *type);
void nuo__build_native(struct parser *p, struct type_expr *result, struct expr *library, struct expr *symbol);

void nuo__build_adapter(struct parser *p, const struct token *keyword, const struct names *names,
                        const struct token *event);
void nuo__build_adapter_route(struct parser *p, const struct token *keyword, const struct names *names,
                              const struct source_decl *source);
// Sources are collected in a mapping. Without them (NULL) the field always has the value.
void nuo__build_mapping(struct parser *p, struct expr *field, struct mapping_decl *sources,
                        struct expr *value);
void nuo__build_mapping_each(struct parser *p, const struct token *keyword, struct expr *field,
                             struct mapping_decl *sources);
void nuo__build_refused(struct parser *p, const struct mapping_decl *sources);
struct mapping_decl *nuo__build_sources(struct parser *p, struct mapping_decl *list,
                                        const struct source_decl *source);
struct mapping_decl *nuo__build_sources_or(struct parser *p, struct mapping_decl *list,
                                           const struct source_decl *source);
struct source_decl *nuo__build_source(struct parser *p, struct expr *path);
struct source_decl *nuo__build_source_header(struct parser *p, const struct token *keyword,
                                             struct expr *path);
struct source_decl *nuo__build_source_inverted(struct parser *p, const struct token *keyword,
                                               struct source_decl *source);
struct source_decl *nuo__build_source_converted(struct parser *p, struct source_decl *source,
                                                const struct token *keyword);
struct source_decl *nuo__build_source_local(struct parser *p, struct source_decl *source,
                                            const struct token *keyword, struct expr *zone);
struct source_decl *nuo__build_source_expiring(struct parser *p, struct source_decl *source,
                                               const struct token *keyword);
struct source_decl *nuo__build_source_times(struct parser *p, struct source_decl *source,
                                            const struct token *star, const struct token *number);
// Choices are collected in a source.
struct source_decl *nuo__build_source_chosen(struct parser *p, struct source_decl *source,
                                             const struct source_decl *choices, const struct token *close);
struct source_decl *nuo__build_choices(struct parser *p, struct source_decl *list,
                                       const struct choice_decl *choice);
struct choice_decl *nuo__build_choice(struct parser *p, struct expr *key, struct expr *value);

void nuo__build_fact(struct parser *p, struct type_expr *type);
// Starts or ends, as the keyword says; `with` may be NULL.
void nuo__build_fact_change(struct parser *p, const struct token *keyword, const struct event_ref *on,
                            const expr_list *key, struct expr *with);

void nuo__build_test(struct parser *p, const struct token *keyword, struct expr *title, bool sample);
// Initialisations are collected in a step of a test.
void nuo__build_test_setting(struct parser *p, const struct token *keyword, const struct name *parameter,
                             struct expr *value);
struct test_step *nuo__build_inits(struct parser *p);
struct test_step *nuo__build_init(struct parser *p, struct test_step *inits, struct expr *path,
                                  struct expr *value);
void nuo__build_step_event(struct parser *p, enum step_kind kind, const struct token *keyword,
                           const struct name *event, struct like_decl like, struct test_step *inits);
// `given 3 times E { … }`.
void nuo__build_step_times(struct parser *p, const struct token *keyword, const struct token *times,
                           const struct name *event, struct like_decl like, struct test_step *inits);
void nuo__build_step_vendor(struct parser *p, enum step_kind kind, const struct token *keyword,
                            const struct name *adapter, struct vendor_text vendor, struct test_step *inits);
struct test_step *nuo__build_expect_verdict(struct parser *p, struct action *verdict, const name_list *rules,
                                            struct expr *until);
struct test_step *nuo__build_expect_rules(struct parser *p, enum expectation expectation,
                                          const name_list *rules);
void nuo__build_step_expect(struct parser *p, const struct token *keyword, struct expr *at,
                            struct test_step *step);
name_list nuo__build_name_list(struct parser *p, const name_list *list, const struct name *name);

// ---- expressions (build_expr.c, build_text.c) ----
struct expr *nuo__build_expr(struct parser *p, enum expr_kind kind, struct span span);
void nuo__build_result(struct parser *p, struct expr *e);
struct expr *nuo__build_literal(struct parser *p, enum expr_kind kind, const struct token *token);
struct expr *nuo__build_flag(struct parser *p, const struct token *token, bool value);
struct expr *nuo__build_duration(struct parser *p, const struct token *amount, const struct token *unit);
struct expr *nuo__build_any(struct parser *p, const struct token *token);
struct expr *nuo__build_path(struct parser *p, struct expr *path, const struct token *name);
struct expr *nuo__build_call(struct parser *p, struct expr *path, const expr_list *args,
                             const struct token *close);
struct expr *nuo__build_set(struct parser *p, const struct token *open, const expr_list *items,
                            const struct token *close);
struct expr *nuo__build_parenthesised(const struct token *open, struct expr *e, const struct token *close);
struct expr *nuo__build_range(struct parser *p, struct expr *left, struct expr *right);
struct expr *nuo__build_binary(struct parser *p, enum operator_id op, struct expr *left,
                               const struct token *token, struct expr *right);
// The condition of a cell on its key: a comparison without its left side (`operand` NULL: `is missing`).
struct expr *nuo__build_cell(struct parser *p, enum operator_id op, const struct token *token,
                             struct expr *operand);
struct expr *nuo__build_prefix(struct parser *p, enum operator_id op, const struct token *token,
                               struct expr *e);
struct expr *nuo__build_postfix(struct parser *p, enum operator_id op, struct expr *e,
                                const struct token *token);
struct expr *nuo__build_matches(struct parser *p, struct expr *left, const struct token *token,
                                const struct token *pattern);
// The keyword tells what kind of aggregate it is.
struct expr *nuo__build_aggregate(struct parser *p, const struct token *keyword,
                                  const struct aggregate *aggregate);
// The same, whose keyword was read as a name: `called(values) over …`. Reports when it is no such keyword.
struct expr *nuo__build_aggregate_called(struct parser *p, const struct expr *called, const expr_list *values,
                                         const struct token *over, const struct aggregate *aggregate);
struct expr *nuo__build_since(struct parser *p, const struct token *keyword, struct expr *fact);
struct window nuo__build_window_last(struct parser *p, const struct token *keyword, struct expr *length);
struct window nuo__build_window_this(struct parser *p, const struct token *keyword);
expr_list nuo__build_list(struct parser *p, const expr_list *list, struct expr *e);
// A text as it is, and a text whose `{…}` are expressions.
struct expr *nuo__build_text(struct parser *p, const struct token *token);
struct expr *nuo__build_template(struct parser *p, const struct token *token);

#endif
