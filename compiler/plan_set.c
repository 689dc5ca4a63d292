// SPDX-License-Identifier: Apache-2.0
// Membership in sets, ranges and lists, and search in texts. Tests of enumerations become planes that the
// decoder fills in; literals and lexicons become outputs of one pass over the text. Where a set or a literal
// is a parameter with dates, the whole test is planned once a version.
#include "compiler/plan.h"

// Up to so many enumerators a test of two fields is written out in planes.
#define MAX_WRITTEN_OUT 64

static enum type_kind kind_of(const struct expr *e) {
  return e->type->kind;
}
static bool is_several(const struct expr *e) {
  return kind_of(e) >= TYPE_LIST;
}
static uint32_t unknown_plane(struct planner *p) {
  return nuo__dag_plane(p, 2);
}

const struct expr *nuo__plan_several(const struct planner *p, const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->ref != REF_PARAMETER) return e;
  e = nuo__plan_parameter_value(p, e->target);
  return e != NULL ? nuo__expr_peel(e) : NULL;
}

static const struct type *common_type(const struct type *a, const struct type *b) {
  const struct type *common = nuo__type_common(a, b);
  return common != NULL ? common : a;
}

// ---- the elements of a literal set ----
struct elements {
  VEC(int64_t) numbers;
  VEC(struct str) texts;
  bool incomplete;  // an element is a parameter without a value
};

// Elements as values of type `want`; one that no such value can equal is left out.
static void add_number(struct planner *p, const struct expr *item, const struct type *want,
                       struct elements *out) {
  int64_t number;
  if (!nuo__plan_constant_as(p, item, want, &number)) {
    out->incomplete |= !nuo__plan_constant(p, item, &number);
    return;
  }
  if (want->kind == TYPE_NUMBER && kind_of(nuo__expr_peel(item)) == TYPE_DECIMAL) {
    if (number % 1000000 != 0) return;
    number /= 1000000;
  }
  VEC_PUSH(p->arena, &out->numbers, number);
}

static struct elements elements_of(struct planner *p, const struct expr *set, const struct type *want) {
  struct elements out = {0};
  for (uint32_t i = 0; i < set->items.count; i++) {
    struct str text;
    if (want->kind != TYPE_TEXT)
      add_number(p, set->items.at[i], want, &out);
    else if (nuo__plan_text_constant(p, set->items.at[i], &text))
      VEC_PUSH(p->arena, &out.texts, text);
    else
      out.incomplete = true;
  }
  return out;
}

static uint32_t text_set(struct planner *p, const struct expr *several, bool *incomplete) {
  if (several->ref == REF_LEXICON) {
    const struct lexicon *lexicon = several->target;
    return nuo__image_text_set(p->out, lexicon->entries.at, lexicon->entries.count);
  }
  const struct elements e = elements_of(p, several, nuo__type_simple(TYPE_TEXT));
  *incomplete |= e.incomplete;
  return nuo__image_text_set(p->out, e.texts.at, e.texts.count);
}

static uint32_t number_set(struct planner *p, const struct expr *several, const struct type *want,
                           bool *incomplete) {
  const struct elements e = elements_of(p, several, want);
  *incomplete |= e.incomplete;
  return nuo__image_number_set(p->out, e.numbers.at, e.numbers.count);
}

// ---- a value in a set or a range ----
static uint32_t one_of_compared(struct planner *p, const struct expr *left, const struct expr *set) {
  uint32_t plane = nuo__dag_plane(p, 0);
  for (uint32_t i = 0; i < set->items.count; i++)
    plane = nuo__dag_or(p, plane, nuo__plan_compare(p, OP_is, left, set->items.at[i]));
  return plane;
}

static uint32_t in_set(struct planner *p, const struct expr *left, const struct expr *set) {
  const struct expr *peeled = nuo__expr_peel(left);
  const bool asked = peeled->ref == REF_FIELD && kind_of(left) == TYPE_ENUM;
  bool incomplete = false;
  uint32_t plane;
  if (kind_of(left) == TYPE_TEXT) {
    const uint32_t texts = text_set(p, set, &incomplete);
    plane = nuo__dag_make(p, OPCODE_XINK, nuo__plan_value(p, left), texts, 0);
  } else if (set->items.count > 0 && (asked || kind_of(left) == TYPE_FLAG || kind_of(left) == TYPE_ZONE)) {
    return one_of_compared(p, left, set);
  } else {
    const struct type *want = common_type(left->type, set->type->element);
    const uint32_t numbers = number_set(p, set, want, &incomplete);
    plane = nuo__dag_make(p, OPCODE_INK, nuo__plan_column(p, left, want), numbers, 0);
  }
  return incomplete ? nuo__dag_or(p, plane, unknown_plane(p)) : plane;
}

static uint32_t in_range(struct planner *p, const struct expr *left, const struct expr *range) {
  const struct type *want = common_type(left->type, range->type->element);
  int64_t low, high;
  if (!nuo__plan_constant_as(p, range->left, want, &low) ||
      !nuo__plan_constant_as(p, range->right, want, &high))
    return unknown_plane(p);
  const uint32_t value =
      want->kind == TYPE_DECIMAL ? nuo__plan_column(p, left, want) : nuo__plan_value(p, left);
  // Only clock times go round; the instruction would let all others do so too.
  if (want->kind != TYPE_CLOCK && low >= high) {
    const uint32_t nothing = nuo__image_number_set(p->out, NULL, 0);
    return nuo__dag_make(p, OPCODE_INK, nuo__dag_column(p, value), nothing, 0);
  }
  const bool wide = nuo__dag_at(p, value)->reg_class == REG_WIDE;
  return nuo__dag_make(p, wide ? OPCODE_WRANGEK : OPCODE_RANGEK, value, nuo__image_pair(p->out, low, high),
                       0);
}

// ---- lists ----
uint32_t nuo__plan_list(struct planner *p, const struct expr *e, const struct type *element) {
  bool incomplete = false;
  e = nuo__plan_several(p, e);
  if (e == NULL) return VALUE_NONE;
  if (e->ref == REF_FIELD) return nuo__dag_field(p, e->target);
  if (e->kind == EXPR_OPERATOR) {
    const uint32_t a = nuo__plan_list(p, e->left, element), b = nuo__plan_list(p, e->right, element);
    if (a == VALUE_NONE || b == VALUE_NONE) return a == VALUE_NONE ? b : a;
    return nuo__dag_make(p, OPCODE_LDEF, a, b, 0);
  }
  if (element->kind == TYPE_TEXT) return nuo__dag_make(p, OPCODE_LCONSTX, text_set(p, e, &incomplete), 0, 0);
  return nuo__dag_make(p, OPCODE_LCONST, number_set(p, e, element, &incomplete), 0, 0);
}

static uint32_t nothing_in(struct planner *p, uint32_t list) {
  const uint32_t empty = nuo__dag_make(p, OPCODE_LCONST, nuo__image_number_set(p->out, NULL, 0), 0, 0);
  return nuo__dag_make(p, OPCODE_LANY, list, empty, 0);
}

static const struct field *enum_field(const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->ref != REF_FIELD) return NULL;
  const struct type *type = kind_of(e) == TYPE_LIST ? e->type->element : e->type;
  return type->kind == TYPE_ENUM ? e->target : NULL;
}

// `channel in consent.channels`: some enumerator is the one and in the other. An unknown channel is in no
// list that is known, not even in an empty one.
static uint32_t written_out(struct planner *p, const struct field *one, const struct field *many) {
  uint32_t plane = nuo__dag_plane(p, 0);
  for (uint32_t i = 0; i < one->type->enumeration->items.count; i++) {
    const uint32_t is = nuo__dag_asked(p, one, i), has = nuo__dag_asked(p, many, i);
    plane = nuo__dag_or(p, plane, nuo__dag_and(p, is, has));
  }
  if (!one->optional) return plane;
  value_list pair = {0};
  VEC_PUSH(p->arena, &pair, nuo__dag_known(p, nuo__dag_field(p, one)));
  VEC_PUSH(p->arena, &pair, plane);
  return nuo__dag_pick(p, REG_PLANE, &pair);
}

// A decimal is in a list of numbers when it is whole and that number is. Dividing by a million twice over
// undoes both the decimal's scale and the division's own.
static uint32_t numbers_have_decimal(struct planner *p, uint32_t list, uint32_t decimal) {
  const uint32_t scale = nuo__dag_number(p, INT64_C(1000000000000));
  const uint32_t whole = nuo__dag_make(p, OPCODE_DECDIV, decimal, scale, 0);
  const uint32_t is_whole = nuo__dag_make(p, OPCODE_EQ, nuo__plan_decimal(p, whole), decimal, 0);
  value_list pairs = {0};
  VEC_PUSH(p->arena, &pairs, nuo__dag_known(p, decimal));
  VEC_PUSH(p->arena, &pairs, nothing_in(p, list));
  VEC_PUSH(p->arena, &pairs, is_whole);
  VEC_PUSH(p->arena, &pairs, nuo__dag_make(p, OPCODE_LHAS, list, whole, 0));
  return nuo__dag_pick(p, REG_PLANE, &pairs);
}

static uint32_t list_has_number(struct planner *p, const struct expr *list, const struct expr *item) {
  const struct type *element = list->type->element;
  const uint32_t value = nuo__plan_list(p, list, element);
  if (value == VALUE_NONE) return unknown_plane(p);
  if (element->kind != TYPE_NUMBER || kind_of(item) != TYPE_DECIMAL)
    return nuo__dag_make(p, OPCODE_LHAS, value, nuo__plan_column(p, item, element), 0);
  int64_t number;
  if (!nuo__plan_constant(p, item, &number))
    return numbers_have_decimal(p, value, nuo__plan_column(p, item, NULL));
  if (number % 1000000 != 0) return nothing_in(p, value);
  return nuo__dag_make(p, OPCODE_LHAS, value, nuo__dag_number(p, number / 1000000), 0);
}

static uint32_t list_has(struct planner *p, const struct expr *list, const struct expr *item) {
  const struct field *many = enum_field(list), *one = enum_field(item);
  int64_t ordinal;
  if (many != NULL && nuo__plan_constant(p, item, &ordinal))
    return nuo__dag_asked(p, many, (uint32_t)ordinal);
  if (many != NULL && one != NULL && many->type->element->enumeration->items.count <= MAX_WRITTEN_OUT)
    return written_out(p, one, many);
  if (list->type->element->kind != TYPE_TEXT) return list_has_number(p, list, item);
  const uint32_t value = nuo__plan_list(p, list, list->type->element);
  if (value == VALUE_NONE) return unknown_plane(p);
  return nuo__dag_make(p, OPCODE_LHASX, value, nuo__plan_value(p, item), 0);
}

uint32_t nuo__plan_in(struct planner *p, const struct expr *left, const struct expr *right) {
  const struct expr *several = nuo__plan_several(p, right);
  if (several == NULL) return unknown_plane(p);
  if (several->kind == EXPR_RANGE) return in_range(p, left, several);
  if (several->kind == EXPR_SET || several->ref == REF_LEXICON) return in_set(p, left, several);
  return list_has(p, right, left);
}

// ---- lists and sets among each other ----
static uint32_t field_any(struct planner *p, const struct field *many, const struct elements *set) {
  uint32_t plane = nuo__dag_plane(p, 0);
  for (uint32_t i = 0; i < set->numbers.count; i++)
    plane = nuo__dag_or(p, plane, nuo__dag_asked(p, many, (uint32_t)set->numbers.at[i]));
  return plane;
}

static bool has_number(const struct elements *set, int64_t number) {
  for (uint32_t i = 0; i < set->numbers.count; i++)
    if (set->numbers.at[i] == number) return true;
  return false;
}

// Every element of the list is in the set: no enumerator outside the set is in the list.
static uint32_t field_all(struct planner *p, const struct field *many, const struct elements *set) {
  uint32_t plane = nuo__dag_plane(p, 1);
  for (uint32_t i = 0; i < many->type->element->enumeration->items.count; i++)
    if (!has_number(set, i)) plane = nuo__dag_and(p, plane, nuo__dag_not(p, nuo__dag_asked(p, many, i)));
  return plane;
}

static uint32_t all_in_field(struct planner *p, const struct elements *set, const struct field *many) {
  uint32_t plane = nuo__dag_plane(p, 1);
  for (uint32_t i = 0; i < set->numbers.count; i++)
    plane = nuo__dag_and(p, plane, nuo__dag_asked(p, many, (uint32_t)set->numbers.at[i]));
  return plane;
}

// An enumeration's list against a literal set; VALUE_NONE where that is not what is asked, or a plane would
// not tell whether the list is known.
static uint32_t by_planes(struct planner *p, bool all, const struct expr *left, const struct expr *right) {
  const struct field *a = enum_field(left), *b = enum_field(right);
  const struct expr *set = a != NULL ? right : left;
  if ((a == NULL) == (b == NULL) || set->kind != EXPR_SET) return VALUE_NONE;
  const struct field *many = a != NULL ? a : b;
  if (many->type->element->enumeration->items.count > MAX_WRITTEN_OUT) return VALUE_NONE;
  const struct elements elements = elements_of(p, set, many->type->element);
  if (elements.incomplete) return VALUE_NONE;
  const uint32_t plane = !all        ? field_any(p, many, &elements)
                         : a != NULL ? field_all(p, many, &elements)
                                     : all_in_field(p, &elements, many);
  return nuo__dag_at(p, plane)->op == OPCODE_PCONST ? VALUE_NONE : plane;
}

static bool is_incomplete(struct planner *p, const struct expr *set, const struct type *element) {
  return set->kind == EXPR_SET && elements_of(p, set, element).incomplete;
}

static uint32_t among(struct planner *p, bool all, const struct expr *e) {
  const struct expr *left = nuo__plan_several(p, e->left), *right = nuo__plan_several(p, e->right);
  if (left == NULL || right == NULL) return unknown_plane(p);
  uint32_t plane = by_planes(p, all, left, right);
  if (plane != VALUE_NONE) return plane;
  // A literal takes the other side's form; two lists that come with the event have the same.
  const struct type *element = left->kind == EXPR_SET ? right->type->element : left->type->element;
  const uint32_t a = nuo__plan_list(p, left, element), b = nuo__plan_list(p, right, element);
  if (a == VALUE_NONE || b == VALUE_NONE) return unknown_plane(p);
  const bool texts = element->kind == TYPE_TEXT;
  plane = nuo__dag_make(p, all ? (texts ? OPCODE_LALLX : OPCODE_LALL) : (texts ? OPCODE_LANYX : OPCODE_LANY),
                        a, b, 0);
  if (is_incomplete(p, right, element)) plane = nuo__dag_or(p, plane, unknown_plane(p));
  if (!is_incomplete(p, left, element)) return plane;
  return all ? nuo__dag_and(p, plane, unknown_plane(p)) : nuo__dag_or(p, plane, unknown_plane(p));
}

// ---- search in texts ----
const struct expr *nuo__plan_searched(const struct expr *e) {
  e = nuo__expr_peel(e);
  if (e->kind != EXPR_OPERATOR || e->op != OP_default) return e;
  const struct expr *instead = nuo__expr_peel(e->right);
  return instead->kind == EXPR_TEXT && instead->text.len == 0 ? nuo__expr_peel(e->left) : e;
}

// Nothing is found in an empty text that stands for a missing one. So the field itself is searched, along
// with all others.
static uint32_t match(struct planner *p, const struct expr *text, const struct match_spec *spec) {
  const struct expr *searched = nuo__plan_searched(text);
  const uint32_t plane = nuo__dag_match(p, nuo__plan_value(p, searched), spec);
  if (searched == nuo__expr_peel(text)) return plane;
  return nuo__dag_make(p, OPCODE_PDEF, plane, nuo__dag_plane(p, 0), 0);
}

static uint32_t search(struct planner *p, const struct expr *e, enum match_kind kind, enum opcode op) {
  struct str *literal = ARENA_NEW(p->arena, struct str);
  if (!nuo__plan_text_constant(p, e->right, literal)) {
    const uint32_t text = nuo__plan_value(p, e->left);
    return nuo__dag_make(p, op, text, nuo__plan_value(p, e->right), 0);
  }
  const struct match_spec spec = {
      .texts = literal, .count = 1, .kind = kind, .fold = NUO__FOLD_DEFAULT, .span = e->right->span};
  return match(p, e->left, &spec);
}

static uint32_t search_any(struct planner *p, const struct expr *e, enum match_kind kind) {
  const struct expr *several = nuo__plan_several(p, e->right);
  struct match_spec spec = {.kind = kind, .fold = NUO__FOLD_DEFAULT, .span = e->right->span};
  struct elements elements = {0};
  if (several == NULL) return unknown_plane(p);
  if (several->ref == REF_LEXICON) {
    const struct lexicon *lexicon = several->target;
    if (lexicon->strict) spec.fold = NUO__FOLD_STRICT;
    spec.texts = lexicon->entries.at;
    spec.count = lexicon->entries.count;
    spec.excepted = lexicon->excepted;
  } else {
    elements = elements_of(p, several, nuo__type_simple(TYPE_TEXT));
    spec.texts = elements.texts.at;
    spec.count = elements.texts.count;
  }
  const uint32_t plane = match(p, e->left, &spec);
  return elements.incomplete ? nuo__dag_or(p, plane, unknown_plane(p)) : plane;
}

static uint32_t contains(struct planner *p, const struct expr *e) {
  if (kind_of(e->left) == TYPE_LIST) return list_has(p, e->left, e->right);
  return search(p, e, MATCH_CONTAINS, OPCODE_XHAS);
}

uint32_t nuo__plan_membership(struct planner *p, const struct expr *e) {
  const struct parameter *unsettled = is_several(e->left) ? nuo__plan_unsettled(p, e->left) : NULL;
  if (unsettled == NULL) unsettled = nuo__plan_unsettled(p, e->right);
  if (unsettled != NULL) return nuo__plan_versions(p, e, unsettled);
  switch (e->op) {
    case OP_in:
      return nuo__plan_in(p, e->left, e->right);
    case OP_not_in:
      return nuo__dag_not(p, nuo__plan_in(p, e->left, e->right));
    case OP_contains:
      return contains(p, e);
    case OP_contains_any:
      return search_any(p, e, MATCH_CONTAINS);
    case OP_any_in:
      return among(p, false, e);
    case OP_none_in:
      return nuo__dag_not(p, among(p, false, e));
    case OP_starts:
      return search(p, e, MATCH_STARTS, OPCODE_XSTARTS);
    case OP_ends:
      return search(p, e, MATCH_ENDS, OPCODE_XENDS);
    case OP_starts_any:
      return search_any(p, e, MATCH_STARTS);
    case OP_ends_any:
      return search_any(p, e, MATCH_ENDS);
    case OP_matches: {
      const uint32_t text = nuo__plan_value(p, e->left);
      return nuo__dag_make(p, OPCODE_REGEX, text, nuo__image_regex(p->out, e->right->text), 0);
    }
    default:
      return among(p, true, e);
  }
}
