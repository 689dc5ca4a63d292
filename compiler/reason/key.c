// SPDX-License-Identifier: Apache-2.0
// Keys of expressions: a text that is equal for expressions that mean the same. Declared names are English
// ones, definitions are looked through, tables and facts stand with what they say, so that a key also tells
// two versions of a policy apart.
#include <string.h>

#include "compiler/reason/reason.h"
#include "runtime/text_out.h"

struct keyer {
  struct arena *arena;
  struct text_out out;
  VEC(const void *)
  told;  // tables, lexicons and facts that stand in the key already: after that a name will do
};

static bool is_told(struct keyer *k, const void *what) {
  for (uint32_t i = 0; i < k->told.count; i++)
    if (k->told.at[i] == what) return true;
  VEC_PUSH(k->arena, &k->told, what);
  return false;
}

static void write_expr(struct keyer *k, const struct expr *e);

static void write_str(struct keyer *k, struct str s) {
  nuo__out_bytes(&k->out, s.at, s.len);
}

static void write_type(struct keyer *k, const struct type *type) {
  nuo__out_integer(&k->out, type == NULL ? -1 : (int64_t)type->kind);
}

static void write_list(struct keyer *k, const expr_list *list) {
  for (uint32_t i = 0; i < list->count; i++) {
    nuo__out_string(&k->out, ",");
    write_expr(k, list->at[i]);
  }
}

static void write_value(struct keyer *k, const struct expr *e) {
  if (e != NULL) write_expr(k, e);
}

// Rows of tables, entries of lexicons, dates of calendars are part of the meaning.
static void write_table(struct keyer *k, const struct table *table) {
  write_str(k, table->names.en);
  if (is_told(k, table)) return;
  nuo__out_string(&k->out, table->first ? " first" : " unique");
  nuo__out_integer(&k->out, table->force.from);
  nuo__out_string(&k->out, "..");
  nuo__out_integer(&k->out, table->force.until);
  for (uint32_t i = 0; i < table->rows.count; i++) {
    nuo__out_string(&k->out, "|");
    for (uint32_t c = 0; c < table->keys; c++) {
      const struct cell *cell = &table->rows.at[i].cells[c];
      nuo__out_integer(&k->out, (int64_t)cell->kind);
      if (cell->kind == CELL_COMPARE) nuo__out_integer(&k->out, (int64_t)cell->op);
      write_value(k, cell->value);
    }
    nuo__out_string(&k->out, "=");
    write_expr(k, table->rows.at[i].result);
  }
}

static void write_lexicon(struct keyer *k, const struct lexicon *lexicon) {
  write_str(k, lexicon->names.en);
  if (is_told(k, lexicon)) return;
  nuo__out_string(&k->out, lexicon->strict ? " strict" : "");
  for (uint32_t i = 0; i < lexicon->entries.count; i++) {
    nuo__out_string(&k->out, "|");
    write_str(k, lexicon->entries.at[i]);
  }
  for (uint32_t i = 0; i < lexicon->excepted.count; i++) {
    nuo__out_string(&k->out, "!");
    write_str(k, lexicon->excepted.at[i]);
  }
}

static void write_fact(struct keyer *k, const struct fact *fact) {
  write_str(k, fact->names.en);
  if (is_told(k, fact)) return;
  for (uint32_t i = 0; i < fact->changes.count; i++) {
    const struct fact_rule *change = &fact->changes.at[i];
    nuo__out_string(&k->out, change->starts ? "|+" : "|-");
    write_str(k, change->event->names.en);
    write_value(k, change->where);
    for (uint32_t c = 0; c < change->key.count; c++) write_expr(k, change->key.at[c]);
    write_value(k, change->with);
  }
}

static void write_parameter(struct keyer *k, const struct parameter *parameter) {
  for (uint32_t i = 0; i < parameter->values.count; i++) {
    const struct parameter_value *value = &parameter->values.at[i];
    if (value->from != INT32_MIN || value->unset) {
      nuo__out_string(&k->out, "@");
      nuo__out_integer(&k->out, value->from);
    }
    if (value->unset)
      nuo__out_string(&k->out, "unset"), write_str(k, parameter->names.en);
    else
      write_value(k, value->value);
  }
}

static void write_ref(struct keyer *k, const struct expr *e) {
  switch (e->ref) {
    case REF_FIELD:
      write_str(k, ((const struct field *)e->target)->path);
      write_type(k, e->type);
      break;
    case REF_PARAMETER:
      write_parameter(k, e->target);
      break;
    case REF_ENUMERATOR:
      write_str(k, e->type->enumeration->items.at[e->number].names.en);
      break;
    case REF_BUILTIN:
      nuo__out_string(&k->out, "builtin "), nuo__out_integer(&k->out, (int64_t)e->builtin);
      break;
    case REF_TABLE:
      write_table(k, e->target);
      break;
    case REF_NATIVE:
      write_str(k, ((const struct native *)e->target)->names.en);
      write_str(k, ((const struct native *)e->target)->library);
      write_str(k, ((const struct native *)e->target)->symbol);
      break;
    case REF_LEXICON:
      write_lexicon(k, e->target);
      break;
    case REF_FACT:
      write_fact(k, e->target);
      break;
    case REF_EACH:
      nuo__out_string(&k->out, "each");
      break;
    default:
      break;
  }
}

static void write_window(struct keyer *k, const struct model_window *window) {
  if (window == NULL) return;
  nuo__out_string(&k->out, " window ");
  nuo__out_integer(&k->out, (int64_t)window->kind);
  write_value(k, window->length);
  nuo__out_integer(&k->out, (int64_t)window->period);
}

static void write_counter(struct keyer *k, const struct counter *counter) {
  nuo__out_integer(&k->out, (int64_t)counter->kind);
  write_str(k, counter->event->names.en);
  nuo__out_string(&k->out, counter->attempts ? " attempts" : "");
  write_value(k, counter->where);
  for (uint32_t i = 0; i < counter->key.count; i++) {
    nuo__out_string(&k->out, " per ");
    write_expr(k, counter->key.at[i]);
  }
  write_value(k, counter->value);
  nuo__out_integer(&k->out, counter->spread);
  write_window(k, counter->window);
}

static void write_expr(struct keyer *k, const struct expr *e) {
  e = nuo__expr_peel(e);
  nuo__out_string(&k->out, "(");
  nuo__out_integer(&k->out, (int64_t)e->kind);
  if (e->kind == EXPR_OPERATOR) nuo__out_string(&k->out, "#"), write_str(k, nuo__operator_arg(e->op).en);
  if (e->kind == EXPR_DURATION) nuo__out_string(&k->out, "u"), nuo__out_integer(&k->out, (int64_t)e->unit);
  if (e->kind == EXPR_OPERATOR || e->kind == EXPR_SET || e->kind == EXPR_RANGE) write_type(k, e->type);
  if (e->kind <= EXPR_DECIMAL || (e->kind >= EXPR_DATE && e->kind <= EXPR_DURATION)) {
    nuo__out_string(&k->out, " ");
    nuo__out_integer(&k->out, e->number);
  }
  if (e->kind == EXPR_TEXT || e->kind == EXPR_REGEX) nuo__out_json(&k->out, e->text.at, e->text.len);
  nuo__out_string(&k->out, " ");
  write_ref(k, e);
  if (e->counter != NULL) write_counter(k, e->counter);
  write_window(k, e->window);
  write_value(k, e->left);
  write_value(k, e->right);
  write_list(k, &e->items);
  nuo__out_string(&k->out, ")");
}

static void *grow(void *arena, void *block, size_t old_size, size_t new_size) {
  if (new_size == 0) return NULL;
  void *grown = nuo__arena_alloc(arena, new_size);
  if (old_size > 0) memcpy(grown, block, old_size < new_size ? old_size : new_size);
  return grown;
}

nuo_allocator nuo__reason_allocator(struct arena *arena) {
  return (nuo_allocator){grow, arena};
}

struct str nuo__reason_key(struct arena *arena, const struct expr *e) {
  const nuo_allocator allocator = nuo__reason_allocator(arena);
  struct keyer k = {.arena = arena, .out = {.allocator = &allocator}};
  write_expr(&k, e);
  return (struct str){k.out.at, (uint32_t)k.out.len};
}

struct str nuo__reason_counter_key(struct arena *arena, const struct counter *counter) {
  const nuo_allocator allocator = nuo__reason_allocator(arena);
  struct keyer k = {.arena = arena, .out = {.allocator = &allocator}};
  write_counter(&k, counter);
  return (struct str){k.out.at, (uint32_t)k.out.len};
}
