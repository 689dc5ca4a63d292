// SPDX-License-Identifier: Apache-2.0
// Findings: walks the shape of a rule's conditions over the registers of its cold block and collects the
// facts that decided, the reasons for what is unknown, the message and the action. Called by session.c.
#include "runtime/explain.h"

#include <string.h>

#include "runtime/limits.h"
#include "runtime/text.h"
#include "runtime/when.h"

#define MAX_HITS 8

enum truth { UNKNOWN, FALSE, TRUE };

// What is being collected, as growing lists in the scratch.
struct collector {
  struct explain *e;
  const struct image *image;
  nuo_fact *facts;
  uint32_t *fact_fields;  // FIELDS index of each fact, or IMAGE_NONE for one out of the memory
  size_t fact_count, fact_cap;
  nuo_reason *reasons;
  size_t reason_count, reason_cap;
};

// ---- the state of a node ----

static const struct image_node *child_of(const struct collector *c, const struct image_node *n, uint32_t i) {
  return &c->image->NODES[c->image->NODE_LIST[n->child_first + i]];
}

static enum truth truth_of(const struct collector *c, const struct image_node *n) {
  const struct plane *p = &c->e->batch->planes[n->reg];
  return p->t >> c->e->lane & 1 ? TRUE : p->f >> c->e->lane & 1 ? FALSE : UNKNOWN;
}

static bool is_unknown(const struct collector *c, const struct image_node *n) {
  return n->reg_class != REG_NONE && !nuo__cell_known(c->e, n->reg_class, n->reg);
}

static bool is_connective(const struct image_node *n) {
  return n->kind == NODE_AND || n->kind == NODE_OR || n->kind == NODE_NOT;
}

// Whether a child's state is the one that made the connective what it is.
static bool child_decides(const struct collector *c, const struct image_node *n,
                          const struct image_node *child) {
  enum truth whole = truth_of(c, n);
  bool needs_all =
      n->kind == NODE_NOT || (n->kind == NODE_AND && whole == TRUE) || (n->kind == NODE_OR && whole == FALSE);
  return needs_all || truth_of(c, child) == whole;
}

// ---- facts ----

static struct cell_ref cell_of(const struct image_field *f, const struct image_node *n) {
  return (struct cell_ref){f->kind, f->element, n->reg_class, n->reg, f->enum_first, f->enum_count};
}

// The value written from `start` on becomes a JSON string of its masked form.
static void mask(const struct collector *c, size_t start, nuo_fact *fact) {
  fact->masked = true;
  nuo__render_mask(c->e, start);
  nuo_text plain = nuo__render_take(c->e, start);
  nuo__out_json(c->e->out, plain.text, plain.len);
}

static nuo_text fact_value(const struct collector *c, const struct image_field *f, const struct image_node *n,
                           nuo_fact *fact) {
  struct cell_ref cell = cell_of(f, n);
  size_t start = c->e->out->len;
  nuo__render_json(c->e, &cell);
  if (f->flags & FIELD_SENSITIVE && !fact->missing) mask(c, start, fact);
  return nuo__render_take(c->e, start);
}

static bool has_room(struct collector *c) {
  if (c->fact_count < c->fact_cap) return true;
  size_t cap = c->fact_cap;
  nuo_fact *facts = nuo__scratch_grow(c->e->scratch, c->facts, c->fact_count, &cap, sizeof *facts);
  uint32_t *fields =
      nuo__scratch_grow(c->e->scratch, c->fact_fields, c->fact_count, &c->fact_cap, sizeof *fields);
  if (facts == NULL || fields == NULL) return false;
  c->facts = facts;
  c->fact_fields = fields;
  return true;
}

static nuo_fact *fact_of(struct collector *c, const struct image_node *n) {
  for (size_t i = 0; i < c->fact_count; i++)
    if (c->fact_fields[i] == n->aux) return &c->facts[i];
  if (!has_room(c)) return NULL;
  const struct image_field *f = &c->image->FIELDS[n->aux];
  nuo_fact *fact = &c->facts[c->fact_count];
  *fact = (nuo_fact){.name = nuo__text_of(c->image, f->path), .name_zh = nuo__text_of(c->image, f->path_zh)};
  fact->missing = !nuo__cell_known(c->e, n->reg_class, n->reg);
  fact->value = fact_value(c, f, n, fact);
  c->fact_fields[c->fact_count++] = n->aux;
  return fact;
}

// ---- facts out of the memory ----

// What is told twice, by name and value, is told once.
static void add_remembered(struct collector *c, nuo_fact fact) {
  for (size_t i = 0; i < c->fact_count; i++) {
    const nuo_fact *f = &c->facts[i];
    if (c->fact_fields[i] == IMAGE_NONE && nuo__text_equal(f->name, fact.name) &&
        nuo__text_equal(f->value, fact.value))
      return;
  }
  if (!has_room(c)) return;
  c->fact_fields[c->fact_count] = IMAGE_NONE;
  c->facts[c->fact_count++] = fact;
}

static void add_fact(struct collector *c, const struct image_node *n) {
  const struct image_fact *f = &c->image->FACTS[n->aux];
  bool is_since = n->reason == NODE_FACT_SINCE;
  struct cell_ref cell = {
      is_since ? VALUE_INSTANT : f->kind, 0, n->reg_class, n->reg, f->enum_first, f->enum_count};
  if (n->reg_class == REG_PLANE) cell.kind = VALUE_FLAG;
  nuo_fact fact = {.name = nuo__text_of(c->image, f->name),
                   .name_zh = nuo__text_of(c->image, f->name_zh),
                   .missing = is_unknown(c, n)};
  size_t start = c->e->out->len;
  nuo__render_json(c->e, &cell);
  if (f->sensitive && !is_since && !fact.missing) mask(c, start, &fact);
  fact.value = nuo__render_take(c->e, start);
  add_remembered(c, fact);
}

static nuo_fact counter_fact(const struct collector *c, const struct image_node *n) {
  nuo_text label = nuo__text_of(c->image, c->image->COUNTERS[n->aux].label);
  return (nuo_fact){.name = label, .name_zh = label, .missing = is_unknown(c, n)};
}

static void add_count(struct collector *c, const struct image_node *n) {
  const struct image_counter *counter = &c->image->COUNTERS[n->aux];
  const struct key_shape shape = nuo__state_shape(c->image, true, n->aux);
  nuo_fact fact = counter_fact(c, n);
  struct store_key key;
  size_t start = c->e->out->len;
  if (!fact.missing && counter->sensitive) {
    const struct cell_ref cell = {counter->value_kind, 0, n->reg_class, n->reg, 0, 0};
    nuo__render_json(c->e, &cell);
    mask(c, start, &fact);
  } else if (!fact.missing && nuo__state_key(c->e->state, c->e->program, c->e->batch, c->e->lane, &shape,
                                             c->image->ARGUMENTS + n->arguments, &key)) {
    fact.counted = nuo__explain_count(c->e, n, &key);
  } else {
    nuo__out_string(c->e->out, "null");
  }
  fact.value = nuo__render_take(c->e, start);
  add_remembered(c, fact);
}

static void add_last(struct collector *c, const struct image_node *n) {
  nuo_fact fact = counter_fact(c, n);
  struct cell_ref cell = {VALUE_INSTANT, 0, n->reg_class, n->reg, 0, 0};
  size_t start = c->e->out->len;
  nuo__render_json(c->e, &cell);
  fact.value = nuo__render_take(c->e, start);
  if (!fact.missing) fact.counted = nuo__explain_last(c->e, n);
  add_remembered(c, fact);
}

static void add_fields(struct collector *c, const struct image_node *n) {
  if (n->kind == NODE_FIELD) fact_of(c, n);
  if (n->kind == NODE_FACT) add_fact(c, n);
  if (n->kind == NODE_COUNT) add_count(c, n);
  if (n->kind == NODE_LAST) add_last(c, n);
  for (uint32_t i = 0; i < n->child_count; i++) add_fields(c, child_of(c, n, i));
}

static void add_hits(struct collector *c, const struct image_node *n) {
  const struct image_node *text = child_of(c, n, 0);
  const void *blob = (const char *)c->image->MATCH_DATA + c->image->MATCHES[n->aux].at;
  struct match_hit found[MAX_HITS];
  size_t count;
  nuo_fact *fact = text->kind == NODE_FIELD ? fact_of(c, text) : NULL;
  if (fact == NULL || fact->masked || fact->hit_count > 0) return;
  const struct text_reg *reg = &c->e->batch->texts[text->reg];
  if (!nuo__match_find(blob, reg->at[c->e->lane], reg->len[c->e->lane], c->e->match_scratch, n->reason, found,
                       MAX_HITS, &count)) {
    c->e->scratch->failed = true;
    return;
  }
  nuo_hit *hits = nuo__scratch_alloc(c->e->scratch, (count + 1) * sizeof *hits);
  if (hits == NULL) return;
  for (size_t i = 0; i < count; i++) {
    hits[i].entry.text = nuo__match_pattern(blob, found[i].pattern, &hits[i].entry.len);
    hits[i].offset = (uint32_t)found[i].offset;
    hits[i].len = (uint32_t)found[i].len;
  }
  fact->hits = hits;
  fact->hit_count = count;
}

// `live` nodes only: recursion is bounded by the depth that verification has allowed.
static void collect_facts(struct collector *c, const struct image_node *n) {
  if (!is_connective(n)) {
    add_fields(c, n);
    if (n->kind == NODE_HITS && truth_of(c, n) == TRUE) add_hits(c, n);
    return;
  }
  for (uint32_t i = 0; i < n->child_count; i++) {
    const struct image_node *child = child_of(c, n, i);
    if (child_decides(c, n, child)) collect_facts(c, child);
  }
}

// ---- reasons ----

static void add_reason(struct collector *c, nuo_reason_kind kind, nuo_text name) {
  for (size_t i = 0; i < c->reason_count; i++) {
    const nuo_reason *r = &c->reasons[i];
    if (r->kind == kind && nuo__text_equal(r->name, name)) return;
  }
  if (c->reason_count == c->reason_cap) {
    nuo_reason *reasons =
        nuo__scratch_grow(c->e->scratch, c->reasons, c->reason_count, &c->reason_cap, sizeof *reasons);
    if (reasons == NULL) return;
    c->reasons = reasons;
  }
  c->reasons[c->reason_count++] = (nuo_reason){kind, name};
}

// Of a value that is unknown though nothing below it is.
static void add_own_reason(struct collector *c, const struct image_node *n) {
  if (n->kind == NODE_OPERATION && n->reason != NODE_NO_REASON)
    add_reason(c, (nuo_reason_kind)n->reason, nuo__text_of(c->image, n->name));
  if (n->kind == NODE_FACT)
    add_reason(c, NUO_REASON_NO_FACT, nuo__text_of(c->image, c->image->FACTS[n->aux].name));
  const uint8_t counts = n->kind == NODE_COUNT ? c->image->COUNTERS[n->aux].kind : COUNTER_TIMES;
  if (counts == COUNTER_SUM)
    add_reason(c, NUO_REASON_OVERFLOW, nuo__text_of(c->image, c->image->COUNTERS[n->aux].label));
  if (n->kind == NODE_LAST || counts == COUNTER_SHARE)
    add_reason(c, NUO_REASON_NO_EVENT, nuo__text_of(c->image, c->image->COUNTERS[n->aux].label));
}

static void collect_reasons(struct collector *c, const struct image_node *n) {
  bool below = false;
  if (n->kind == NODE_FIELD) {
    add_reason(c, NUO_REASON_MISSING, nuo__text_of(c->image, c->image->FIELDS[n->aux].path));
    return;
  }
  for (uint32_t i = 0; i < n->child_count; i++) {
    const struct image_node *child = child_of(c, n, i);
    if (!is_unknown(c, child)) continue;
    below = true;
    collect_reasons(c, child);
  }
  if (!below) add_own_reason(c, n);
}

// ---- messages and actions ----

static nuo_text fill_template(struct explain *e, uint32_t first, uint32_t count) {
  const struct image *image = &e->program->image;
  size_t start = e->out->len;
  if (count == 0) return (nuo_text){"", 0};
  for (uint32_t i = 0; i < count; i++) {
    const struct image_part *p = &image->PARTS[first + i];
    struct cell_ref cell = {p->value_kind, p->element, p->reg_class, p->reg, p->enum_first, p->enum_count};
    size_t begin = e->out->len;
    if (p->kind == PART_LITERAL) {
      nuo__out_bytes(e->out, image->STRINGS + p->literal.at, p->literal.len);
    } else if (p->sensitive && nuo__cell_known(e, p->reg_class, p->reg)) {
      nuo__render_json(e, &cell);
      nuo__render_mask(e, begin);
    } else {
      nuo__render_plain(e, &cell, p->chinese);
    }
  }
  return nuo__render_take(e, start);
}

static bool column_at(const struct explain *e, uint16_t reg, int64_t *value) {
  if (!nuo__cell_known(e, REG_COLUMN, reg)) return false;
  *value = e->batch->columns[reg][e->lane];
  return true;
}

// A deferral needs an instant after the event and before the year 10000, and a limit that is known if it has
// one; else the event waits for a person instead.
static void fill_deferral(struct explain *e, const struct image_action *a, nuo_finding *f) {
  int64_t until, deadline;
  int64_t time = e->batch->columns[0][e->lane];
  const bool limited = a->deadline != IMAGE_NO_REG;
  if (!column_at(e, a->until, &until) || until <= time || !nuo__when_is_instant(until) ||
      (limited && !column_at(e, a->deadline, &deadline))) {
    f->action = NUO_HOLD;
    f->action_changed = true;
    return;
  }
  f->until = until;
  f->until_offset = nuo__render_offset(e->program, e->batch, e->lane, until);
  if (!limited || until <= deadline) return;
  f->action = NUO_BLOCK;
  f->action_changed = true;
  f->until = f->until_offset = 0;
}

static void fill_action(struct explain *e, const struct image_action *a, nuo_finding *f) {
  f->action = (nuo_action)a->kind;
  if (f->action == NUO_DEFER) fill_deferral(e, a, f);
  if (f->action != NUO_AMEND) return;
  if (a->is_label)
    f->label = fill_template(e, a->part_first, a->part_count);
  else
    f->strip = nuo__text_of(&e->program->image, e->program->image.FIELDS[a->field].path);
}

// ---- the finding ----

static void fill_cites(struct explain *e, const struct image_rule *rule, nuo_finding *f) {
  const struct image *image = &e->program->image;
  nuo_text *cites = nuo__scratch_alloc(e->scratch, (rule->cite_count + 1) * sizeof *cites);
  if (cites == NULL) return;
  for (uint32_t i = 0; i < rule->cite_count; i++)
    cites[i] = nuo__text_of(image, image->STRING_LIST[rule->cite_first + i]);
  f->cites = cites;
  f->cite_count = rule->cite_count;
}

static void fill_exceptions(struct explain *e, const struct image_rule *rule, nuo_finding *f) {
  const struct image *image = &e->program->image;
  nuo_text *labels = nuo__scratch_alloc(e->scratch, (rule->exception_count + 1) * sizeof *labels);
  if (labels == NULL) return;
  for (uint32_t i = 0; i < rule->exception_count; i++) {
    const struct image_exception *x = &image->EXCEPTIONS[rule->exception_first + i];
    if (e->batch->planes[x->plane].t >> e->lane & 1)
      labels[f->exception_count++] = nuo__text_of(image, x->label);
  }
  f->exceptions = labels;
}

static void collect(struct explain *e, const struct image_rule *rule, enum outcome outcome, nuo_finding *f) {
  struct collector c = {.e = e, .image = &e->program->image};
  const uint32_t roots[] = {rule->scope_node, rule->core_node};
  for (int i = 0; i < 2; i++) {
    if (roots[i] == IMAGE_NONE) continue;
    const struct image_node *root = &c.image->NODES[roots[i]];
    // The core of a requirement is never what is unknown: not established is enough.
    bool may_be_unknown = i == 0 || !rule->core_negated;
    collect_facts(&c, root);
    if (outcome == OUTCOME_UNDETERMINED && may_be_unknown && is_unknown(&c, root)) collect_reasons(&c, root);
  }
  f->facts = c.facts;
  f->fact_count = c.fact_count;
  f->reasons = c.reasons;
  f->reason_count = c.reason_count;
}

bool nuo__explain(struct explain *e, const struct image_rule *rule, enum outcome outcome, nuo_finding *f) {
  const struct image *image = &e->program->image;
  *f = (nuo_finding){.rule = nuo__text_of(image, rule->name),
                     .rule_zh = nuo__text_of(image, rule->name_zh),
                     .pack = nuo__pack_name(image, rule, false),
                     .pack_zh = nuo__pack_name(image, rule, true),
                     .title = nuo__text_of(image, rule->title),
                     .clause = {"", 0},
                     .severity = {"", 0},
                     .severity_zh = {"", 0},
                     .label = {"", 0},
                     .strip = {"", 0}};
  if (rule->clause != IMAGE_NONE) f->clause = nuo__text_of(image, image->CLAUSES[rule->clause].number);
  if (rule->severity != IMAGE_NONE) {
    f->severity = nuo__text_of(image, image->SEVERITIES[rule->severity].name);
    f->severity_zh = nuo__text_of(image, image->SEVERITIES[rule->severity].name_zh);
  }
  fill_cites(e, rule, f);
  if (outcome == OUTCOME_EXCEPTED)
    fill_exceptions(e, rule, f);
  else
    fill_action(e, outcome == OUTCOME_BREACHED ? &rule->action : &rule->undetermined, f);
  f->message = fill_template(e, rule->part_first, rule->part_count);
  collect(e, rule, outcome, f);
  return !e->scratch->failed && !e->out->failed;
}
