// SPDX-License-Identifier: Apache-2.0
// What the makers of formulas share (formula.c, table.c, count.c).
#ifndef NUO_COMPILER_REASON_MAKE_H
#define NUO_COMPILER_REASON_MAKE_H

#include "compiler/reason/reason.h"

// FORMULA_FALSE, TRUE or UNKNOWN.
const struct formula *nuo__formula_constant(struct reasoner *r, enum formula_kind kind);
const struct formula *nuo__formula_in(struct reasoner *r, uint32_t variable, struct set set);
// The variable of that key, made when there is none.
uint32_t nuo__variable_of(struct reasoner *r, struct str key, struct variable made_of);
// Whether it may have no value: some part of it may be missing or cannot always be computed.
bool nuo__may_miss(const struct expr *e);
const struct expr *nuo__constant_of(const struct reasoner *r, const struct expr *e);
// What a parameter says, of a time of which enough is known; else NULL.
const struct parameter_value *nuo__parameter_at(const struct reasoner *r, const struct parameter *p);
bool nuo__constants_compare(struct reasoner *r, enum operator_id op, const struct expr *left,
                            const struct expr *right);

// `e` is the whole comparison, for when it cannot be looked into.
const struct formula *nuo__formula_compare(struct reasoner *r, enum operator_id op, const struct expr *e,
                                           const struct expr *left, const struct expr *right);
const struct formula *nuo__formula_in_range(struct reasoner *r, const struct expr *left,
                                            const struct expr *range, const struct expr *e);
const struct formula *nuo__formula_in_set(struct reasoner *r, const struct expr *left, const struct expr *set,
                                          const struct expr *e);
const struct formula *nuo__formula_missing(struct reasoner *r, const struct expr *e);
const struct formula *nuo__formula_in_force(struct reasoner *r, const struct force *force);

// Tables (table.c): whether its rows become formulas; that the result compares so with a constant (NULL: that
// it is true); that no row holds.
bool nuo__table_is_open(const struct reasoner *r, const struct table *table);
const struct formula *nuo__formula_row(struct reasoner *r, const struct expr *call, enum operator_id op,
                                       const struct expr *constant);
const struct formula *nuo__formula_no_row(struct reasoner *r, const struct expr *call);

// Counts (count.c): that the event exceeds a limit; which counts are never greater than others.
const struct formula *nuo__formula_exceeds(struct reasoner *r, const struct rule *rule);
bool nuo__window_may_miss(const struct model_window *window);
bool nuo__is_count(const struct variable *v);
void nuo__count_orders(struct reasoner *r, uint32_t variable);

#endif
