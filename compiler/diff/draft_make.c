// SPDX-License-Identifier: Apache-2.0
// Making a condition true or false: of `or` and `and` one side is taken by chance, of a comparison a value
// near the constant.
#include <string.h>

#include "compiler/diff/draft.h"

#define DAY_MS (24 * 3600000LL)

// ---- what is so already ----

static bool item_equal(const struct expr *a, const struct expr *b) {
  if (a->kind == EXPR_TEXT || b->kind == EXPR_TEXT)
    return a->kind == b->kind && nuo__str_equal(a->text, b->text);
  if (a->ref == REF_ENUMERATOR && b->ref == REF_ENUMERATOR)
    return nuo__str_equal(a->type->enumeration->items.at[a->number].names.en,
                          b->type->enumeration->items.at[b->number].names.en);
  return a->kind == b->kind && a->number == b->number;
}

static bool compares(enum operator_id op, const struct expr *a, const struct expr *b) {
  if (op == OP_is || op == OP_is_not) return item_equal(a, b) == (op == OP_is);
  if (a->kind != b->kind || a->kind == EXPR_TEXT) return false;
  return op == OP_lt   ? a->number < b->number
         : op == OP_le ? a->number <= b->number
         : op == OP_gt ? a->number > b->number
                       : a->number >= b->number;
}

// Whether that is known to hold; most of what holds is left as it is.
static bool holds_already(struct scene *s, enum operator_id op, const struct expr *left,
                          const struct expr *right) {
  const struct expr *a = nuo__draft_value(s, left), *b = nuo__draft_value(s, right);
  return a != NULL && b != NULL && compares(op, a, b) && nuo__maker_chance(s->m, 80);
}

static bool is_in_set(struct scene *s, const struct expr *left, const struct expr *set, bool *known) {
  const struct expr *a = nuo__draft_value(s, left);
  bool in = false;
  *known = a != NULL && set->kind == EXPR_SET;
  for (uint32_t i = 0; *known && i < set->items.count; i++) {
    const struct expr *b = nuo__draft_value(s, set->items.at[i]);
    in = in || (b != NULL && item_equal(a, b));
  }
  return in;
}

// ---- comparisons ----

static enum operator_id contrary(enum operator_id op) {
  switch (op) {
    case OP_lt:
      return OP_ge;
    case OP_le:
      return OP_gt;
    case OP_gt:
      return OP_le;
    case OP_ge:
      return OP_lt;
    default:
      return op == OP_is ? OP_is_not : OP_is;
  }
}

static enum operator_id mirrored(enum operator_id op) {
  static const struct {
    enum operator_id from, to;
  } pairs[] = {{OP_lt, OP_gt}, {OP_le, OP_ge}, {OP_gt, OP_lt}, {OP_ge, OP_le}};
  for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
    if (pairs[i].from == op) return pairs[i].to;
  return op;
}

static const struct expr *other_text(struct scene *s, const struct expr *text) {
  static const char *const texts[] = {"other", "a", "b", "c"};
  struct str other = nuo__str_of(texts[nuo__maker_below(s->m, 4)]);
  if (nuo__str_equal(other, text->text)) other = STR("x");
  return nuo__draft_text(s->m, text->type, other);
}

// A value that stands in that relation to the constant.
static const struct expr *near(struct scene *s, enum operator_id op, const struct expr *constant) {
  const struct type *type = constant->type;
  struct expr *value = ARENA_NEW(s->m->arena, struct expr);
  if (op == OP_is || op == OP_le || op == OP_ge) {
    if (op == OP_is || nuo__maker_chance(s->m, 60)) return constant;
  }
  if (constant->kind == EXPR_TEXT) return other_text(s, constant);
  if (constant->ref == REF_ENUMERATOR) {
    const uint32_t count = type->enumeration->items.count;
    if (count < 2) return constant;
    const int64_t other = (constant->number + 1 + nuo__maker_below(s->m, count - 1)) % count;
    return nuo__draft_constant(s->m, type, other);
  }
  *value = *constant;
  const int64_t step = nuo__draft_step(s->m, type);
  const bool up = op == OP_gt || op == OP_ge || (op == OP_is_not && nuo__maker_chance(s->m, 50));
  // The very last values have no neighbour.
  if (__builtin_add_overflow(constant->number, up ? step : -step, &value->number))
    value->number = constant->number;
  if (type->kind == TYPE_FLAG) value->number = !constant->number;
  if (type->kind == TYPE_CLOCK) value->number = (value->number + DAY_MS) % DAY_MS;
  return value;
}

bool nuo__draft_compare(struct scene *s, enum operator_id op, const struct expr *left,
                        const struct expr *right) {
  if (holds_already(s, op, left, right)) return true;
  if (nuo__maker_chance(s->m, 50) && nuo__draft_ensure(s, right)) {
    const struct expr *constant = nuo__draft_value(s, right);
    if (constant != NULL && nuo__draft_set(s, left, near(s, op, constant))) return true;
  }
  nuo__draft_ensure(s, left);
  const struct expr *constant = nuo__draft_value(s, left);
  if (constant != NULL && nuo__draft_set(s, right, near(s, mirrored(op), constant))) return true;
  constant = nuo__draft_value(s, right);
  return constant != NULL && nuo__draft_set(s, left, near(s, op, constant));
}

// ---- membership ----

static bool in_range(struct scene *s, const struct expr *left, const struct expr *range, bool want) {
  const struct expr *first = nuo__draft_value(s, range->left), *end = nuo__draft_value(s, range->right);
  if (first == NULL || end == NULL) return false;
  const bool at_first = nuo__maker_chance(s->m, 50);
  const enum operator_id op = at_first == want ? OP_ge : OP_lt;
  const struct expr *value =
      at_first ? (want ? first : near(s, OP_lt, first)) : (want ? near(s, op, end) : end);
  return nuo__draft_set(s, left, value);
}

static struct str entry_of(struct scene *s, const struct expr *set) {
  if (set->ref == REF_LEXICON) {
    const struct lexicon *lexicon = set->target;
    return lexicon->entries.count == 0 ? STR("x")
                                       : lexicon->entries.at[nuo__maker_below(s->m, lexicon->entries.count)];
  }
  const struct expr *item =
      set->items.count == 0 ? NULL
                            : nuo__draft_value(s, set->items.at[nuo__maker_below(s->m, set->items.count)]);
  return item == NULL || item->kind != EXPR_TEXT ? STR("x") : item->text;
}

static const struct expr *several(struct scene *s, const struct expr *e) {
  e = nuo__expr_peel(e);
  const struct expr *value = e->ref == REF_PARAMETER ? nuo__draft_value(s, e) : NULL;
  return value != NULL ? value : e;
}

bool nuo__draft_in(struct scene *s, const struct expr *left, const struct expr *right, bool want) {
  right = several(s, right);
  if (right->kind == EXPR_RANGE) return in_range(s, left, right, want);
  if (right->ref == REF_LEXICON)
    return nuo__draft_set(
        s, left,
        nuo__draft_text(s->m, nuo__type_simple(TYPE_TEXT), want ? entry_of(s, right) : STR("other")));
  if (right->kind != EXPR_SET || right->items.count == 0) return false;
  bool known;
  if (is_in_set(s, left, right, &known) == want && known && nuo__maker_chance(s->m, 80)) return true;
  const struct expr *item = nuo__draft_value(s, right->items.at[nuo__maker_below(s->m, right->items.count)]);
  return item != NULL && nuo__draft_set(s, left, want ? item : near(s, OP_is_not, item));
}

// The list with that element, or without it.
static bool set_element(struct scene *s, const struct expr *list, const struct expr *item, bool want) {
  const struct expr *now = nuo__draft_value(s, list);
  struct expr *made = ARENA_NEW(s->m->arena, struct expr);
  *made = (struct expr){.kind = EXPR_SET, .type = nuo__expr_peel(list)->type};
  if (item == NULL) return false;
  for (uint32_t i = 0; now != NULL && i < now->items.count; i++)
    if (!item_equal(now->items.at[i], item)) VEC_PUSH(s->m->arena, &made->items, now->items.at[i]);
  if (want) VEC_PUSH(s->m->arena, &made->items, (struct expr *)item);
  return nuo__draft_set(s, list, made);
}

static bool any_in(struct scene *s, const struct expr *list, const struct expr *set, bool want) {
  set = several(s, set);
  if (set->kind != EXPR_SET || set->items.count == 0) {
    const struct expr *text = nuo__draft_text(s->m, nuo__type_simple(TYPE_TEXT), entry_of(s, set));
    return set->ref == REF_LEXICON && set_element(s, list, text, want);
  }
  const uint32_t first = nuo__maker_below(s->m, set->items.count);
  for (uint32_t i = 0; i < set->items.count; i++) {
    const struct expr *item = nuo__draft_value(s, set->items.at[(first + i) % set->items.count]);
    if (item == NULL || !set_element(s, list, item, want)) return false;
    if (want) return true;
  }
  return true;
}

// ---- texts ----

static bool set_text(struct scene *s, enum operator_id op, const struct expr *text, struct str part,
                     bool want) {
  const struct expr *now = nuo__draft_value(s, text);
  struct str made = STR("x");
  const struct str before = now != NULL && now->kind == EXPR_TEXT ? now->text : STR("");
  if (want && (op == OP_starts || op == OP_starts_any))
    made = nuo__arena_format(s->m->arena, "%.*s%.*s", (int)part.len, part.at, (int)before.len, before.at);
  else if (want && before.len + part.len < 300)
    made = nuo__arena_format(s->m->arena, "%.*s%.*s", (int)before.len, before.at, (int)part.len, part.at);
  else if (want)
    made = part;
  return nuo__draft_set(s, text, nuo__draft_text(s->m, nuo__type_simple(TYPE_TEXT), made));
}

static bool make_text(struct scene *s, const struct expr *e, bool want) {
  if (e->op == OP_contains_any || e->op == OP_starts_any || e->op == OP_ends_any)
    return set_text(s, e->op, e->left, entry_of(s, several(s, e->right)), want);
  const struct expr *part = nuo__draft_value(s, e->right);
  if (nuo__expr_peel(e->left)->type->kind == TYPE_LIST) {
    if (part == NULL && nuo__draft_ensure(s, e->right)) part = nuo__draft_value(s, e->right);
    return part != NULL && set_element(s, e->left, part, want);
  }
  if (e->op == OP_matches) return !want && set_text(s, e->op, e->left, STR("x"), false);
  return part != NULL && part->kind == EXPR_TEXT && set_text(s, e->op, e->left, part->text, want);
}

// ---- conditions ----

static bool both(struct scene *s, const struct expr *e, bool want) {
  const bool left = nuo__draft_make(s, e->left, want);
  return nuo__draft_make(s, e->right, want) && left;
}

static bool either(struct scene *s, const struct expr *e, bool want) {
  const bool first = nuo__maker_chance(s->m, 50);
  return nuo__draft_make(s, first ? e->left : e->right, want) ||
         nuo__draft_make(s, first ? e->right : e->left, want);
}

static bool make_operator(struct scene *s, const struct expr *e, bool want) {
  switch (e->op) {
    case OP_and:
      return want ? both(s, e, true) : either(s, e, false);
    case OP_or:
      return want ? either(s, e, true) : both(s, e, false);
    case OP_not:
      return nuo__draft_make(s, e->left, !want);
    case OP_is:
    case OP_is_not:
    case OP_lt:
    case OP_le:
    case OP_gt:
    case OP_ge:
      return nuo__draft_compare(s, want ? e->op : contrary(e->op), e->left, e->right);
    case OP_in:
    case OP_not_in:
      return nuo__draft_in(s, e->left, e->right, want == (e->op == OP_in));
    case OP_any_in:
    case OP_none_in:
      return any_in(s, e->left, e->right, want == (e->op == OP_any_in));
    case OP_all_in:
    case OP_subset:
      return any_in(s, e->left, e->right, true);
    case OP_missing:
    case OP_present:
      return want == (e->op == OP_missing) ? nuo__draft_clear(s, e->left) : nuo__draft_ensure(s, e->left);
    case OP_default:
      return nuo__draft_set(s, e, nuo__draft_constant(s->m, nuo__type_simple(TYPE_FLAG), want));
    default:
      return make_text(s, e, want);
  }
}

bool nuo__draft_make(struct scene *s, const struct expr *e, bool want) {
  e = nuo__expr_peel(e);
  if (e->kind == EXPR_FLAG) return (e->number != 0) == want;
  if (e->ref == REF_PARAMETER) {
    const struct expr *value = nuo__draft_value(s, e);
    return value != NULL && (value->number != 0) == want;
  }
  if (e->ref == REF_FACT) return nuo__draft_fact(s, e, NULL, want);
  if (e->kind == EXPR_OPERATOR) return make_operator(s, e, want);
  return nuo__draft_set(s, e, nuo__draft_constant(s->m, nuo__type_simple(TYPE_FLAG), want));
}

// ---- rules ----

static int64_t limit_of(struct scene *s, const struct rule *rule) {
  const struct expr *limit = nuo__draft_value(s, rule->condition);
  return limit == NULL ? (int64_t)nuo__maker_below(s->m, 4) : limit->number;
}

bool nuo__draft_violate(struct scene *s, const struct rule *rule) {
  bool made = rule->scope == NULL || nuo__draft_make(s, rule->scope, true);
  if (rule->core != CORE_LIMIT) made = nuo__draft_make(s, rule->condition, rule->core == CORE_FORBID) && made;
  for (uint32_t i = 0; i < rule->exceptions.count; i++)
    if (nuo__maker_chance(s->m, 50)) nuo__draft_make(s, rule->exceptions.at[i]->condition, false);
  if (rule->core == CORE_LIMIT)
    made = nuo__draft_count(s, rule->counter, rule->per.at, rule->per.count, limit_of(s, rule)) && made;
  return made;
}

bool nuo__draft_comply(struct scene *s, const struct rule *rule) {
  if (rule->core != CORE_LIMIT && nuo__maker_chance(s->m, 60) &&
      nuo__draft_make(s, rule->condition, rule->core == CORE_REQUIRE))
    return true;
  if (rule->exceptions.count > 0 && nuo__maker_chance(s->m, 30))
    return nuo__draft_make(s, rule->exceptions.at[0]->condition, true);
  return rule->scope != NULL && nuo__draft_make(s, rule->scope, false);
}

// ---- what a search found ----

static int64_t some_of(struct maker *m, struct set values) {
  const struct interval *in = &values.at[nuo__maker_below(m, values.count)];
  const bool first = nuo__maker_chance(m, 50);
  if (in->first <= INT64_MIN / 2) return in->last >= INT64_MAX / 2 ? 0 : in->last;
  return first || in->last >= INT64_MAX / 2 ? in->first : in->last;
}

static void suppose_value(struct scene *s, const struct variable *v, struct set values) {
  const int64_t value = some_of(s->m, values);
  const struct expr *constant = nuo__draft_constant(s->m, v->type, value);
  if (v->type->kind == TYPE_TEXT) {
    const struct str name = value < (int64_t)v->names.count ? v->names.at[value] : STR("other");
    constant = nuo__draft_text(s->m, v->type, name);
  } else if (v->type->kind == TYPE_ENUM) {
    const struct str name = v->names.at[value];
    for (uint32_t i = 0; i < v->type->enumeration->items.count; i++)
      if (nuo__str_equal(v->type->enumeration->items.at[i].names.en, name))
        constant = nuo__draft_constant(s->m, v->type, i);
  }
  nuo__draft_set(s, v->e, constant);
}

static void suppose_count(struct scene *s, const struct variable *v, int64_t count) {
  if (v->kind == VARIABLE_COUNT)
    nuo__draft_count(s, v->counter, v->counter->key.at, v->counter->key.count, count);
  else
    nuo__draft_set(s, v->e, nuo__draft_constant(s->m, v->type, count));
}

static void suppose(struct scene *s, const struct variable *v, const struct standing *standing) {
  const bool is_flag = v->type->kind == TYPE_FLAG;
  if (standing->presence == PRESENCE_MISSING) {
    if (v->kind == VARIABLE_COUNT && v->counter->key.count > 0)
      nuo__draft_clear(s, v->counter->key.at[0]);
    else if (v->e != NULL)
      nuo__draft_clear(s, v->e);
    return;
  }
  const int64_t value = some_of(s->m, standing->values);
  if (v->counter != NULL && v->type->kind == TYPE_NUMBER)
    suppose_count(s, v, nuo__maker_chance(s->m, 75) ? standing->values.at[0].first : value);
  else if (v->kind == VARIABLE_ENTRY)
    nuo__draft_ensure(s, v->entry), set_element(s, v->e, nuo__draft_value(s, v->entry), value != 0);
  else if (is_flag && v->e != NULL && v->kind != VARIABLE_FIELD)
    nuo__draft_make(s, v->e, (value != 0) != v->contrary);
  else if (v->e != NULL && nuo__set_within(v->all, standing->values))
    nuo__draft_ensure(s, v->e);  // any value will do
  else if (v->e != NULL)
    suppose_value(s, v, standing->values);
}

static bool is_decided(const struct variable *v, const struct standing *standing) {
  if (standing->presence == PRESENCE_MISSING) return true;
  return !(nuo__set_within(v->all, standing->values)) || (v->may_miss && standing->presence == PRESENCE_HERE);
}

// Times first, for other values depend on them; the past last, for its keys are the event's.
static int rank_of(const struct variable *v) {
  if (v->kind == VARIABLE_COUNT || v->kind == VARIABLE_FACT || v->counter != NULL) return 2;
  return v->e != NULL && v->e->ref == REF_BUILTIN && v->e->builtin <= BUILTIN_is_workday ? 0 : 1;
}

void nuo__draft_suppose(struct scene *s, const struct reasoner *r, const struct standing *standings) {
  for (int rank = 0; rank < 3; rank++)
    for (uint32_t i = 0; i < r->variables.count; i++)
      if (rank_of(&r->variables.at[i]) == rank && is_decided(&r->variables.at[i], &standings[i]))
        suppose(s, &r->variables.at[i], &standings[i]);
}
