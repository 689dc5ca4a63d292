// SPDX-License-Identifier: Apache-2.0
// Keys of expressions: a text that is equal for expressions that mean the same. Declared names are English
// ones, definitions are looked through, tables and facts stand with what they say, so that a key also tells
// two versions of a policy apart.
#include <string.h>

#include "compiler/reason/reason.h"
#include "runtime/text_out.h"

static void write_expr(struct text_out *out, const struct expr *e);

static void write_str(struct text_out *out, struct str s) {
  nuo__out_bytes(out, s.at, s.len);
}

static void write_type(struct text_out *out, const struct type *type) {
  nuo__out_integer(out, type == NULL ? -1 : (int64_t)type->kind);
}

static void write_list(struct text_out *out, const expr_list *list) {
  for (uint32_t i = 0; i < list->count; i++) {
    nuo__out_string(out, ",");
    write_expr(out, list->at[i]);
  }
}

static void write_value(struct text_out *out, const struct expr *e) {
  if (e != NULL) write_expr(out, e);
}

// Rows of tables, entries of lexicons, dates of calendars are part of the meaning.
static void write_table(struct text_out *out, const struct table *table) {
  write_str(out, table->names.en);
  nuo__out_string(out, table->first ? " first" : " unique");
  nuo__out_integer(out, table->force.from);
  nuo__out_string(out, "..");
  nuo__out_integer(out, table->force.until);
  for (uint32_t i = 0; i < table->rows.count; i++) {
    nuo__out_string(out, "|");
    for (uint32_t k = 0; k < table->keys; k++) {
      const struct cell *cell = &table->rows.at[i].cells[k];
      nuo__out_integer(out, (int64_t)cell->kind);
      if (cell->kind == CELL_COMPARE) nuo__out_integer(out, (int64_t)cell->op);
      write_value(out, cell->value);
    }
    nuo__out_string(out, "=");
    write_expr(out, table->rows.at[i].result);
  }
}

static void write_lexicon(struct text_out *out, const struct lexicon *lexicon) {
  write_str(out, lexicon->names.en);
  nuo__out_string(out, lexicon->strict ? " strict" : "");
  for (uint32_t i = 0; i < lexicon->entries.count; i++) {
    nuo__out_string(out, "|");
    write_str(out, lexicon->entries.at[i]);
  }
}

static void write_fact(struct text_out *out, const struct fact *fact) {
  write_str(out, fact->names.en);
  for (uint32_t i = 0; i < fact->changes.count; i++) {
    const struct fact_rule *change = &fact->changes.at[i];
    nuo__out_string(out, change->starts ? "|+" : "|-");
    write_str(out, change->event->names.en);
    write_value(out, change->where);
    for (uint32_t k = 0; k < change->key.count; k++) write_expr(out, change->key.at[k]);
    write_value(out, change->with);
  }
}

static void write_parameter(struct text_out *out, const struct parameter *parameter) {
  for (uint32_t i = 0; i < parameter->values.count; i++) {
    const struct parameter_value *value = &parameter->values.at[i];
    if (parameter->values.count > 1 || value->unset) {
      nuo__out_string(out, "@");
      nuo__out_integer(out, value->from);
    }
    if (value->unset)
      nuo__out_string(out, "unset"), write_str(out, parameter->names.en);
    else
      write_value(out, value->value);
  }
}

static void write_ref(struct text_out *out, const struct expr *e) {
  switch (e->ref) {
    case REF_FIELD:
      write_str(out, ((const struct field *)e->target)->path);
      write_type(out, e->type);
      break;
    case REF_PARAMETER:
      write_parameter(out, e->target);
      break;
    case REF_ENUMERATOR:
      write_str(out, e->type->enumeration->items.at[e->number].names.en);
      break;
    case REF_BUILTIN:
      nuo__out_string(out, "builtin "), nuo__out_integer(out, (int64_t)e->builtin);
      break;
    case REF_TABLE:
      write_table(out, e->target);
      break;
    case REF_NATIVE:
      write_str(out, ((const struct native *)e->target)->names.en);
      break;
    case REF_LEXICON:
      write_lexicon(out, e->target);
      break;
    case REF_FACT:
      write_fact(out, e->target);
      break;
    case REF_EACH:
      nuo__out_string(out, "each");
      break;
    default:
      break;
  }
}

static void write_window(struct text_out *out, const struct model_window *window) {
  if (window == NULL) return;
  nuo__out_string(out, " window ");
  nuo__out_integer(out, (int64_t)window->kind);
  write_value(out, window->length);
  nuo__out_integer(out, (int64_t)window->period);
}

static void write_counter(struct text_out *out, const struct counter *counter) {
  nuo__out_integer(out, (int64_t)counter->kind);
  write_str(out, counter->event->names.en);
  nuo__out_string(out, counter->attempts ? " attempts" : "");
  write_value(out, counter->where);
  for (uint32_t i = 0; i < counter->key.count; i++) {
    nuo__out_string(out, " per ");
    write_expr(out, counter->key.at[i]);
  }
  write_value(out, counter->value);
  nuo__out_integer(out, counter->spread);
  write_window(out, counter->window);
}

static void write_expr(struct text_out *out, const struct expr *e) {
  e = nuo__expr_peel(e);
  nuo__out_string(out, "(");
  nuo__out_integer(out, (int64_t)e->kind);
  if (e->kind == EXPR_OPERATOR) nuo__out_string(out, "#"), nuo__out_integer(out, (int64_t)e->op);
  if (e->kind == EXPR_DURATION) nuo__out_string(out, "u"), nuo__out_integer(out, (int64_t)e->unit);
  if (e->kind == EXPR_OPERATOR || e->kind == EXPR_SET || e->kind == EXPR_RANGE) write_type(out, e->type);
  if (e->kind <= EXPR_DECIMAL || (e->kind >= EXPR_DATE && e->kind <= EXPR_DURATION)) {
    nuo__out_string(out, " ");
    nuo__out_integer(out, e->number);
  }
  if (e->kind == EXPR_TEXT || e->kind == EXPR_REGEX) nuo__out_json(out, e->text.at, e->text.len);
  nuo__out_string(out, " ");
  write_ref(out, e);
  if (e->counter != NULL) write_counter(out, e->counter);
  write_window(out, e->window);
  write_value(out, e->left);
  write_value(out, e->right);
  write_list(out, &e->items);
  nuo__out_string(out, ")");
}

// The buffer grows in the arena, so that running out of memory leaves no half of a key.
static void *grow(void *arena, void *block, size_t old_size, size_t new_size) {
  if (new_size == 0) return NULL;
  void *grown = nuo__arena_alloc(arena, new_size);
  if (old_size > 0) memcpy(grown, block, old_size < new_size ? old_size : new_size);
  return grown;
}

struct str nuo__reason_key(struct arena *arena, const struct expr *e) {
  const nuo_allocator allocator = {grow, arena};
  struct text_out out = {.allocator = &allocator};
  write_expr(&out, e);
  return (struct str){out.at, (uint32_t)out.len};
}

struct str nuo__reason_counter_key(struct arena *arena, const struct counter *counter) {
  const nuo_allocator allocator = {grow, arena};
  struct text_out out = {.allocator = &allocator};
  write_counter(&out, counter);
  return (struct str){out.at, (uint32_t)out.len};
}
