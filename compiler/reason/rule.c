// SPDX-License-Identifier: Apache-2.0
// From rules to formulas: when a rule is in breach, and what excuses it.
#include "compiler/reason/make.h"

// Without a day at hand, whether the day lies in that time is a variable of its own.
const struct formula *nuo__formula_in_force(struct reasoner *r, const struct force *force) {
  if (force->from == INT32_MIN && force->until == INT32_MAX) return nuo__formula_constant(r, FORMULA_TRUE);
  if (r->day != NULL) {
    const bool in_force = *r->day >= force->from && *r->day <= force->until;
    return nuo__formula_constant(r, in_force ? FORMULA_TRUE : FORMULA_FALSE);
  }
  const struct variable v = {.kind = VARIABLE_OPAQUE, .type = nuo__type_simple(TYPE_FLAG)};
  const struct str key = nuo__arena_format(r->arena, "force %ld..%ld", (long)force->from, (long)force->until);
  return nuo__formula_in(r, nuo__variable_of(r, key, v), nuo__set_of(r->arena, 1, 1));
}

// Established, and no exception to the exception established.
static const struct formula *excused(struct reasoner *r, const struct exception *exception) {
  const struct formula *f =
      nuo__formula_join(r, FORMULA_AND, nuo__formula_in_force(r, &exception->force),
                        nuo__formula_established(r, nuo__formula_of(r, exception->condition)));
  for (uint32_t i = 0; i < exception->exceptions.count; i++)
    f = nuo__formula_join(r, FORMULA_AND, f, nuo__formula_not(r, excused(r, exception->exceptions.at[i])));
  return f;
}

const struct formula *nuo__formula_violated(struct reasoner *r, const struct rule *rule) {
  const struct formula *f =
      rule->core == CORE_LIMIT ? nuo__formula_exceeds(r, rule) : nuo__formula_of(r, rule->condition);
  if (rule->core == CORE_REQUIRE) f = nuo__formula_not(r, nuo__formula_established(r, f));
  if (rule->scope != NULL) f = nuo__formula_join(r, FORMULA_AND, nuo__formula_of(r, rule->scope), f);
  for (uint32_t i = 0; i < rule->exceptions.count; i++)
    f = nuo__formula_join(r, FORMULA_AND, f, nuo__formula_not(r, excused(r, rule->exceptions.at[i])));
  return r->day == NULL ? f : nuo__formula_join(r, FORMULA_AND, nuo__formula_in_force(r, &rule->force), f);
}
