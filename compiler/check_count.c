// SPDX-License-Identifier: Apache-2.0
// Limits, `count of` and its like, and `elapsed since last`: what is counted or added up, by which key, over
// which time, and how many events have to be remembered for that. A key is read twice: in the event that is
// counted and in the one that asks. Called by check_rule.c, check_expr.c and check_operator.c.
#include "compiler/check.h"
#include "runtime/image.h"
#include "runtime/limits.h"

static const struct type *error_type(void) {
  return nuo__type_simple(TYPE_ERROR);
}

bool nuo__check_remembers(struct checker *c, struct span span) {
  if (c->scope.event != NULL) return true;
  REPORT0(c, N0456, span);
  return false;
}

// ---- windows ----
static void check_length(struct checker *c, struct expr *written, struct model_window *out) {
  const struct type *type = nuo__check_expr(c, written, NULL);
  if (type->kind == TYPE_ERROR) return;
  const struct expr *length = nuo__check_literal_length(c, written);
  if (length == NULL) return;
  if (length->kind != EXPR_DURATION || length->number <= 0) REPORT0(c, N0453, written->span);
  out->length_type = type;
  out->length = (struct expr *)length;
}

static struct model_window check_window(struct checker *c, const struct window *written, struct span owner) {
  struct model_window window = {.kind = written->kind, .period = written->period};
  if (written->kind == WINDOW_NONE) REPORT0(c, N0452, owner);
  if (written->kind == WINDOW_LAST) check_length(c, nuo__expr_clone(c, written->length), &window);
  return window;
}

// ---- keys ----
static void check_key_type(struct checker *c, const struct expr *e) {
  if (!nuo__type_in(e->type, TYPES_SCALAR | BIT(TYPE_ERROR)))
    REPORT(c, N0455, e->span, nuo__type_arg(c, e->type));
}

static void check_key_count(struct checker *c, const expr_list *per) {
  if (per->count > IMAGE_KEY_MAX)
    REPORT(c, N0535, per->at[IMAGE_KEY_MAX]->span, nuo__diag_number(c->diags, IMAGE_KEY_MAX));
}

// One part of the key of an aggregate, read as the counted event sees it and as the present one does.
static void check_key_part(struct checker *c, struct expr *e, struct counter *counter,
                           const struct expr *written, const struct scope *counted) {
  const struct scope reader = c->scope;
  struct expr *there = nuo__expr_clone(c, written);
  c->scope = *counted;
  nuo__check_expr(c, there, NULL);
  c->scope = reader;
  VEC_PUSH(c->arena, &counter->key, there);
  struct expr *here = nuo__expr_clone(c, written);
  VEC_PUSH(c->arena, &e->items, here);
  if (there->type->kind == TYPE_ERROR) {
    here->type = there->type;
    return;
  }
  check_key_type(c, there);
  const struct type *type = nuo__check_expr(c, here, NULL);
  if (type->kind == TYPE_ERROR || nuo__type_equal(type, there->type)) return;
  REPORT(c, N0454, written->span, nuo__type_arg(c, there->type), nuo__names_arg(counter->event->names),
         nuo__type_arg(c, type), nuo__names_arg(reader.event->type->names));
}

// ---- labels ----
// Both languages are the same program, so a counter is called by the English names.
static struct str key_text(const struct expr *e) {
  e = nuo__expr_peel(e);
  return e->ref == REF_FIELD ? ((const struct field *)e->target)->path : STR("…");
}

static struct str per_text(struct checker *c, const struct counter *counter) {
  struct str text = {"", 0};
  for (uint32_t i = 0; i < counter->key.count; i++) {
    const struct str part = key_text(counter->key.at[i]);
    text = nuo__arena_format(c->arena, "%.*s%s%.*s", (int)text.len, text.at, i > 0 ? ", " : "", (int)part.len,
                             part.at);
  }
  if (counter->key.count == 1) return text;
  return nuo__arena_format(c->arena, "(%.*s)", (int)text.len, text.at);
}

static const char *const units[] = {"second", "minute", "hour",    "day", "workday",
                                    "week",   "month",  "quarter", "year"};

static struct str window_text(struct checker *c, const struct model_window *window) {
  if (window->kind == WINDOW_THIS) return nuo__arena_format(c->arena, " this %s", units[window->period]);
  if (window->kind != WINDOW_LAST || window->length == NULL || window->length->kind != EXPR_DURATION)
    return STR("");
  const long long amount = window->length->number;
  return nuo__arena_format(c->arena, " in last %lld %s%s", amount, units[window->length->unit],
                           amount == 1 ? "" : "s");
}

// Counts are called by what they count; the others say what they do with it.
static struct str doing_text(struct checker *c, const struct counter *counter) {
  if (counter->kind == AGGREGATE_COUNT) return STR("");
  if (counter->kind == AGGREGATE_SHARE) return STR("share of ");
  const struct str value = key_text(counter->value);
  return nuo__arena_format(c->arena, "%s of %.*s over ", counter->kind == AGGREGATE_SUM ? "sum" : "distinct",
                           (int)value.len, value.at);
}

static void set_window(struct checker *c, struct counter *counter, const struct model_window *window) {
  counter->asked = window;
  const struct str event = counter->event->names.en, per = per_text(c, counter);
  const struct str time = window_text(c, window), doing = doing_text(c, counter);
  const bool filtered =
      counter->where != NULL || (counter->kind == AGGREGATE_SHARE && counter->value != NULL);
  counter->label =
      nuo__arena_format(c->arena, "%.*s%.*s%s%s per %.*s%.*s", (int)doing.len, doing.at, (int)event.len,
                        event.at, filtered ? " where …" : "", counter->attempts ? " attempts" : "",
                        (int)per.len, per.at, (int)time.len, time.at);
}

static struct counter *add_counter(struct checker *c, enum aggregate_kind kind,
                                   const struct event_info *event, bool attempts, struct span span) {
  struct counter *counter = ARENA_NEW(c->arena, struct counter);
  *counter = (struct counter){.kind = kind,
                              .event = event->type,
                              .attempts = attempts,
                              .span = span,
                              .index = c->program->counters.count};
  VEC_PUSH(c->arena, &c->program->counters, counter);
  return counter;
}

// ---- how many to remember ----
// `partner` is the limit, or what a count is compared with, which needs one event more to tell equal from
// more.
static void set_capacity(struct checker *c, struct counter *counter, const struct expr *partner,
                         uint32_t more) {
  const int64_t most = counter->kind == AGGREGATE_DISTINCT ? LIMIT_DISTINCT : LIMIT_COUNTED;
  int64_t bound = 0;
  if (counter->capacity == 0) counter->capacity = 1;
  if (!nuo__type_in(partner->type, BIT(TYPE_NUMBER) | BIT(TYPE_DECIMAL))) return;
  int64_t tried = most;
  if (!nuo__check_bound(partner, BOUND_UPPER, &bound)) {
    if (!c->alone) REPORT0(c, N0450, partner->span);
    return;
  }
  if (!nuo__check_bound(partner, BOUND_UPPER | BOUND_TRIED, &tried)) tried = most;
  if (tried > most)
    REPORT(c, N0451, partner->span, nuo__diag_number(c->diags, tried), nuo__diag_number(c->diags, most));
  else if (tried > 0 && tried + more > counter->tried)
    counter->tried = (uint32_t)tried + more;
  if (bound > 0 && bound <= most && bound + more > counter->capacity)
    counter->capacity = (uint32_t)bound + more;
}

static void check_partner(struct checker *c, const struct expr *e, const struct expr *partner) {
  e = nuo__expr_peel(e);
  if (e->kind != EXPR_AGGREGATE || e->counter == NULL) return;
  if (e->aggregate->kind != AGGREGATE_COUNT && e->aggregate->kind != AGGREGATE_DISTINCT) return;
  set_capacity(c, c->program->counters.at[e->counter->index], partner, 1);
}

void nuo__check_compared(struct checker *c, const struct expr *e) {
  check_partner(c, e->left, e->right);
  check_partner(c, e->right, e->left);
}

// Whether the count was reported already, as something that is no condition or no duration.
static bool is_reported(const struct checker *c, struct span span) {
  for (uint32_t i = 0; i < c->diags->items.count; i++) {
    const struct span at = c->diags->items.at[i].span;
    if (at.file == span.file && at.start == span.start && at.end == span.end) return true;
  }
  return false;
}

void nuo__check_counters(struct checker *c) {
  for (uint32_t i = 0; i < c->program->counters.count; i++) {
    const struct counter *counter = c->program->counters.at[i];
    if (counter->capacity == 0 && !is_reported(c, counter->span)) REPORT0(c, N0449, counter->span);
  }
}

// ---- aggregates and limits ----
// What is added up or told apart, in the scope of the event that is counted.
static void check_value(struct checker *c, struct counter *counter, const struct expr *written) {
  struct expr *value = counter->value = nuo__expr_clone(c, written);
  const struct type *type = nuo__check_expr(c, value, NULL);
  if (counter->kind == AGGREGATE_DISTINCT) {
    check_key_type(c, value);
  } else if (!nuo__type_in(type,
                           BIT(TYPE_NUMBER) | BIT(TYPE_DECIMAL) | BIT(TYPE_DURATION) | BIT(TYPE_ERROR))) {
    REPORT(c, N0458, value->span, nuo__type_arg(c, type));
  }
}

// Which events count, and what of them; with the key. The event of the aggregate is not at hand, but is read.
static void check_counted(struct checker *c, struct expr *e, struct counter *counter,
                          const struct event_info *event) {
  const struct aggregate *written = e->aggregate;
  const struct scope reader = c->scope;
  const struct scope counted = {.event = event,
                                .alias = written->event.alias,
                                .bindings = reader.bindings,
                                .binding_count = reader.binding_count,
                                .foreign = true};
  struct expr *where = nuo__expr_clone(c, written->event.where);
  c->scope = counted;
  if (where != NULL) nuo__check_condition(c, where);
  if (written->value != NULL) check_value(c, counter, written->value);
  c->scope = reader;
  if (counter->kind == AGGREGATE_SHARE)
    counter->value = where;
  else
    counter->where = where;
  check_key_count(c, &written->per);
  for (uint32_t i = 0; i < written->per.count; i++)
    check_key_part(c, e, counter, written->per.at[i], &counted);
}

// A total forgets its events one by one no more than a sum does its summands.
static void check_total_window(struct checker *c, struct counter *counter, const struct model_window *window,
                               struct span span) {
  if (window->kind == WINDOW_LAST) REPORT0(c, N0440, span);
  counter->window = window;
  counter->capacity = 1;
}

static const struct type *aggregate_type(const struct counter *counter, bool elapsed) {
  if (elapsed) return nuo__type_simple(TYPE_DURATION);
  if (counter->kind == AGGREGATE_SHARE) return nuo__type_simple(TYPE_DECIMAL);
  return counter->kind == AGGREGATE_SUM ? counter->value->type : nuo__type_simple(TYPE_NUMBER);
}

const struct type *nuo__check_aggregate(struct checker *c, struct expr *e) {
  const struct aggregate *written = e->aggregate;
  const bool elapsed = written->kind == AGGREGATE_ELAPSED;
  e->items = (expr_list){0};
  if (!nuo__check_remembers(c, e->span)) return error_type();
  const struct event_info *event = nuo__check_event_name(c, &written->event.event);
  if (event == NULL) return error_type();
  struct counter *counter =
      add_counter(c, elapsed ? AGGREGATE_COUNT : written->kind, event, written->attempts, e->span);
  check_counted(c, e, counter, event);
  struct model_window *window = ARENA_NEW(c->arena, struct model_window);
  if (!elapsed) *window = check_window(c, &written->window, e->span);
  if (elapsed) counter->capacity = 1;
  if (counter->kind == AGGREGATE_SUM || counter->kind == AGGREGATE_SHARE)
    check_total_window(c, counter, window, written->window.span);
  set_window(c, counter, window);
  e->counter = counter;
  e->window = elapsed ? NULL : window;
  return aggregate_type(counter, elapsed);
}

void nuo__check_limit(struct checker *c, const struct rule_decl *written, struct rule *rule) {
  struct counter *counter =
      add_counter(c, AGGREGATE_COUNT, c->scope.event, written->attempts, written->core_span);
  nuo__check_expect(c, rule->condition, nuo__type_simple(TYPE_NUMBER));
  check_key_count(c, &written->per);
  for (uint32_t i = 0; i < written->per.count; i++) {
    struct expr *part = written->per.at[i];
    nuo__check_expr(c, part, NULL);
    check_key_type(c, part);
    VEC_PUSH(c->arena, &rule->per, part);
    VEC_PUSH(c->arena, &counter->key, part);
  }
  counter->where = rule->scope;
  rule->window = check_window(c, &written->window, written->core_span);
  set_capacity(c, counter, rule->condition, 0);
  set_window(c, counter, &rule->window);
  rule->counter = counter;
}

struct counter *nuo__check_quota_counter(struct checker *c, const struct event_info *event,
                                         struct expr *where, const struct expr *least, enum unit period,
                                         struct span span) {
  struct counter *counter = add_counter(c, AGGREGATE_COUNT, event, false, span);
  const struct str name = event->type->names.en;
  counter->where = where;
  set_capacity(c, counter, least, 0);
  counter->label = nuo__arena_format(c->arena, "%.*s%s every %s", (int)name.len, name.at,
                                     where != NULL ? " where …" : "", units[period]);
  return counter;
}
