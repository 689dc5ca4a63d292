// SPDX-License-Identifier: Apache-2.0
// Things with names that are no rules: what a parameter, a table, a lexicon, an event was and what it is.
#include "compiler/diff/diff_inside.h"

#define SHOWN_ENTRIES 12  // of a lexicon, on each side

static void add(struct differ *d, const char *en, const char *zh, struct names names, struct str before,
                struct str after, bool is_breaking) {
  VEC_PUSH(d->arena, &d->diff->values,
           (struct value_change){nuo__diag_pair(en, zh), names, before, after, is_breaking});
}

// As written, with one space for each gap.
struct str nuo__diff_written(struct differ *d, const struct program *program, struct span span) {
  const char *text = program->files.at[span.file].text.at;
  char *made = nuo__arena_alloc(d->arena, span.end - span.start + 1);
  uint32_t len = 0;
  for (uint32_t i = span.start; i < span.end; i++) {
    const bool is_space = text[i] == ' ' || text[i] == '\n' || text[i] == '\r' || text[i] == '\t';
    if (is_space && len > 0 && made[len - 1] == ' ') continue;
    made[len++] = is_space ? ' ' : text[i];
  }
  return (struct str){made, len};
}

static struct str joined(struct differ *d, struct str list, struct str item) {
  if (list.len == 0) return item;
  return nuo__arena_format(d->arena, "%.*s, %.*s", (int)list.len, list.at, (int)item.len, item.at);
}

// The thing of that name in the other version: a macro, for each kind has a list of its own.
#define FIND(list, thing, found)                                    \
  for (uint32_t k_ = 0; k_ < (list).count && (found) == NULL; k_++) \
    if (nuo__str_equal((list).at[k_]->names.en, (thing)->names.en)) (found) = (list).at[k_];

// ---- parameters ----

static struct str parameter_text(struct differ *d, const struct program *program, const struct parameter *p) {
  struct str text = {NULL, 0};
  for (uint32_t i = 0; i < p->values.count; i++) {
    const struct parameter_value *value = &p->values.at[i];
    struct str one = value->unset ? STR("unset") : nuo__diff_written(d, program, value->value->span);
    if (value->from != INT32_MIN && p->values.count > 1)
      one = nuo__arena_format(d->arena, "%.*s (day %ld)", (int)one.len, one.at, (long)value->from);
    text = joined(d, text, one);
  }
  return text;
}

static bool same_parameter(struct differ *d, const struct parameter *a, const struct parameter *b) {
  bool same = a->values.count == b->values.count;
  for (uint32_t i = 0; same && i < a->values.count; i++) {
    const struct parameter_value *x = &a->values.at[i], *y = &b->values.at[i];
    same = x->unset == y->unset && x->from == y->from &&
           (x->unset ||
            nuo__str_equal(nuo__reason_key(d->arena, x->value), nuo__reason_key(d->arena, y->value)));
  }
  return same;
}

static void parameters(struct differ *d, const struct program *a, const struct program *b) {
  const struct str none = {NULL, 0};
  for (uint32_t i = 0; i < b->parameters.count; i++) {
    const struct parameter *now = b->parameters.at[i], *was = NULL;
    FIND(a->parameters, now, was)
    if (was == NULL || !same_parameter(d, was, now))
      add(d, "parameter", "参数", now->names, was == NULL ? none : parameter_text(d, a, was),
          parameter_text(d, b, now), false);
  }
  for (uint32_t i = 0; i < a->parameters.count; i++) {
    const struct parameter *was = a->parameters.at[i], *now = NULL;
    FIND(b->parameters, was, now)
    if (now == NULL) add(d, "parameter", "参数", was->names, parameter_text(d, a, was), none, false);
  }
}

// ---- tables ----

static struct str row_key(struct differ *d, const struct table *table, const struct model_row *row) {
  struct str key = nuo__reason_key(d->arena, row->result);
  for (uint32_t i = 0; i < table->keys; i++) {
    const struct cell *cell = &row->cells[i];
    const struct str value = cell->value == NULL ? STR("-") : nuo__reason_key(d->arena, cell->value);
    key = nuo__arena_format(d->arena, "%.*s|%d %d %.*s", (int)key.len, key.at, (int)cell->kind,
                            cell->kind == CELL_COMPARE ? (int)cell->op : 0, (int)value.len, value.at);
  }
  return key;
}

static bool has_row(struct differ *d, const struct table *table, struct str key) {
  for (uint32_t i = 0; i < table->rows.count; i++)
    if (nuo__str_equal(row_key(d, table, &table->rows.at[i]), key)) return true;
  return false;
}

// The rows that only this one has.
static struct str own_rows(struct differ *d, const struct program *program, const struct table *table,
                           const struct table *other) {
  struct str text = {NULL, 0};
  for (uint32_t i = 0; i < table->rows.count; i++)
    if (other == NULL || !has_row(d, other, row_key(d, table, &table->rows.at[i])))
      text = joined(d, text, nuo__diff_written(d, program, table->rows.at[i].span));
  return text;
}

static bool same_table(struct differ *d, const struct table *a, const struct table *b) {
  if (a->rows.count != b->rows.count || a->keys != b->keys || a->first != b->first ||
      a->force.from != b->force.from || a->force.until != b->force.until)
    return false;
  for (uint32_t i = 0; i < a->rows.count; i++)
    if (!nuo__str_equal(row_key(d, a, &a->rows.at[i]), row_key(d, b, &b->rows.at[i]))) return false;
  return true;
}

static void tables(struct differ *d, const struct program *a, const struct program *b) {
  for (uint32_t i = 0; i < b->tables.count; i++) {
    const struct table *now = b->tables.at[i], *was = NULL;
    FIND(a->tables, now, was)
    if (was == NULL || !same_table(d, was, now))
      add(d, "table", "对照表", now->names, was == NULL ? (struct str){NULL, 0} : own_rows(d, a, was, now),
          own_rows(d, b, now, was), false);
  }
  for (uint32_t i = 0; i < a->tables.count; i++) {
    const struct table *was = a->tables.at[i], *now = NULL;
    FIND(b->tables, was, now)
    if (now == NULL)
      add(d, "table", "对照表", was->names, own_rows(d, a, was, NULL), (struct str){NULL, 0}, false);
  }
}

// ---- lexicons ----

static const text_list no_texts;

static struct str own_texts(struct differ *d, const text_list *texts, const text_list *other,
                            uint32_t *count) {
  struct str text = {NULL, 0};
  *count = 0;
  for (uint32_t i = 0; i < texts->count; i++) {
    bool there = false;
    for (uint32_t k = 0; k < other->count && !there; k++) there = nuo__str_equal(other->at[k], texts->at[i]);
    if (there) continue;
    (*count)++;
    if (*count <= SHOWN_ENTRIES) text = joined(d, text, texts->at[i]);
    if (*count == SHOWN_ENTRIES + 1) text = joined(d, text, STR("…"));
  }
  return text;
}

static void excepted_phrases(struct differ *d, const struct lexicon *was, const struct lexicon *now) {
  uint32_t gone, come;
  const text_list *old = was == NULL ? &no_texts : &was->excepted;
  const struct str before = own_texts(d, old, &now->excepted, &gone);
  const struct str after = own_texts(d, &now->excepted, old, &come);
  if (gone + come > 0) add(d, "exceptions of lexicon", "词表不包括的用语", now->names, before, after, false);
}

static void lexicons(struct differ *d, const struct program *a, const struct program *b) {
  uint32_t gone, come;
  for (uint32_t i = 0; i < b->lexicons.count; i++) {
    const struct lexicon *now = b->lexicons.at[i], *was = NULL;
    FIND(a->lexicons, now, was)
    const text_list *old = was == NULL ? &no_texts : &was->entries;
    const struct str after = own_texts(d, &now->entries, old, &come);
    const struct str before = own_texts(d, old, &now->entries, &gone);
    if (gone + come > 0 || (was != NULL && was->strict != now->strict))
      add(d, "lexicon", "词表", now->names, before, after, false);
    excepted_phrases(d, was, now);
  }
  for (uint32_t i = 0; i < a->lexicons.count; i++) {
    const struct lexicon *was = a->lexicons.at[i], *now = NULL;
    FIND(b->lexicons, was, now)
    if (now == NULL)
      add(d, "lexicon", "词表", was->names, own_texts(d, &was->entries, &no_texts, &gone),
          (struct str){NULL, 0}, false);
  }
}

// ---- events ----

static struct str field_text(struct differ *d, const struct field *field) {
  if (field == NULL) return (struct str){NULL, 0};
  const struct str type = nuo__type_name(d->arena, field->type).en;
  return nuo__arena_format(d->arena, "%.*s%s: %.*s", (int)field->path.len, field->path.at,
                           field->optional ? "?" : "", (int)type.len, type.at);
}

static const struct field *field_at(const struct event_type *event, struct str path) {
  for (uint32_t i = 0; i < event->fields.count; i++)
    if (nuo__str_equal(event->fields.at[i]->path, path)) return event->fields.at[i];
  return NULL;
}

// Values that were good and are no more.
static bool loses_values(const struct type *was, const struct type *now) {
  if (was->kind != now->kind) return true;
  if (was->kind == TYPE_LIST) return loses_values(was->element, now->element);
  if (was->kind != TYPE_ENUM) return false;
  for (uint32_t i = 0; i < was->enumeration->items.count; i++) {
    bool there = false;
    for (uint32_t k = 0; k < now->enumeration->items.count && !there; k++)
      there = nuo__str_equal(was->enumeration->items.at[i].names.en, now->enumeration->items.at[k].names.en);
    if (!there) return true;
  }
  return false;
}

static void fields(struct differ *d, const struct event_type *a, const struct event_type *b) {
  for (uint32_t i = 0; i < b->fields.count; i++) {
    const struct field *now = b->fields.at[i], *was = field_at(a, now->path);
    const bool loses = was != NULL && loses_values(was->type, now->type);
    const bool gains = was != NULL && loses_values(now->type, was->type);
    if (was != NULL && !loses && !gains && was->optional == now->optional) continue;
    add(d, "field of an event", "事件字段", b->names, field_text(d, was), field_text(d, now),
        loses || (!now->optional && (was == NULL || was->optional)));
  }
  for (uint32_t i = 0; i < a->fields.count; i++)
    if (field_at(b, a->fields.at[i]->path) == NULL)
      add(d, "field of an event", "事件字段", b->names, field_text(d, a->fields.at[i]), (struct str){NULL, 0},
          false);
}

static void events(struct differ *d, const struct program *a, const struct program *b) {
  for (uint32_t i = 0; i < b->events.count; i++) {
    const struct event_type *now = b->events.at[i], *was = NULL;
    FIND(a->events, now, was)
    if (now->origin != EVENT_DECLARED) continue;
    if (was == NULL)
      add(d, "event", "事件", now->names, (struct str){NULL, 0}, now->wire_name, false);
    else
      fields(d, was, now);
  }
  for (uint32_t i = 0; i < a->events.count; i++) {
    const struct event_type *was = a->events.at[i], *now = NULL;
    FIND(b->events, was, now)
    if (now == NULL && was->origin == EVENT_DECLARED)
      add(d, "event", "事件", was->names, was->wire_name, (struct str){NULL, 0}, true);
  }
}

// ---- what is one breach ----

static struct str rules_text(struct differ *d, const struct same *same) {
  struct str text = {NULL, 0};
  for (uint32_t i = 0; same != NULL && i < same->rules.count; i++)
    text = joined(d, text, same->rules.at[i]->names.en);
  return text;
}

static void sames(struct differ *d, const struct program *a, const struct program *b) {
  for (uint32_t i = 0; i < b->sames.count; i++) {
    const struct same *now = b->sames.at[i], *was = NULL;
    FIND(a->sames, now, was)
    const struct str before = rules_text(d, was), after = rules_text(d, now);
    if (was == NULL || !nuo__str_equal(before, after))
      add(d, "same breach", "同一违约", now->names, before, after, false);
  }
  for (uint32_t i = 0; i < a->sames.count; i++) {
    const struct same *was = a->sames.at[i], *now = NULL;
    FIND(b->sames, was, now)
    if (now == NULL)
      add(d, "same breach", "同一违约", was->names, rules_text(d, was), (struct str){NULL, 0}, false);
  }
}

// ---- the policy itself ----

static void setting(struct differ *d, const char *en, const char *zh, struct str before, struct str after) {
  if (!nuo__str_equal(before, after)) add(d, en, zh, d->diff->after.program->names, before, after, false);
}

static struct str calendar_name(const struct program *program) {
  return program->calendar == NULL ? STR("-") : program->calendar->names.en;
}

void nuo__diff_values(struct differ *d) {
  const struct program *a = d->diff->before.program, *b = d->diff->after.program;
  setting(d, "version", "版本", a->version, b->version);
  setting(d, "time zone", "时区", a->zone, b->zone);
  setting(d, "calendar", "日历", calendar_name(a), calendar_name(b));
  parameters(d, a, b);
  tables(d, a, b);
  lexicons(d, a, b);
  events(d, a, b);
  sames(d, a, b);
}
