// SPDX-License-Identifier: Apache-2.0
// What ties the events that fulfil or discharge a duty to the one that begins it. A `where` is parted into
// what it says of the event alone and equalities with the other one; a duty is found again by the values of
// these, so nothing else can compare the two. Called by check_duty.c.
#include "compiler/check.h"
#include "runtime/image.h"

// ---- the same meaning ----
static bool same_items(const expr_list *a, const expr_list *b) {
  if (a->count != b->count) return false;
  for (uint32_t i = 0; i < a->count; i++)
    if (!nuo__expr_same(a->at[i], b->at[i])) return false;
  return true;
}

static bool same_part(const struct expr *a, const struct expr *b) {
  return a == b || (a != NULL && b != NULL && nuo__expr_same(a, b));
}

bool nuo__expr_same(const struct expr *a, const struct expr *b) {
  a = nuo__expr_peel(a);
  b = nuo__expr_peel(b);
  if (a->kind != b->kind || a->ref != b->ref || a->target != b->target || a->kind == EXPR_AGGREGATE)
    return false;
  if (a->kind == EXPR_OPERATOR && a->op != b->op) return false;
  if (a->kind == EXPR_CALL && a->ref == REF_BUILTIN && a->builtin != b->builtin) return false;
  if (a->kind == EXPR_DURATION && a->unit != b->unit) return false;
  return a->number == b->number && nuo__str_equal(a->text, b->text) && same_part(a->left, b->left) &&
         same_part(a->right, b->right) && same_items(&a->items, &b->items);
}

// ---- types ----
static bool has_decimal(const struct duty *duty, uint32_t part) {
  bool found = duty->key.at[part]->type->kind == TYPE_DECIMAL;
  for (uint32_t i = 0; i < duty->steps.count; i++)
    found |= duty->steps.at[i].match.key.at[part]->type->kind == TYPE_DECIMAL;
  for (uint32_t i = 0; i < duty->discharges.count; i++)
    found |= duty->discharges.at[i].key.at[part]->type->kind == TYPE_DECIMAL;
  return found;
}

const struct type *nuo__tie_type(const struct duty *duty, uint32_t part) {
  return has_decimal(duty, part) ? nuo__type_simple(TYPE_DECIMAL) : duty->key.at[part]->type;
}

// ---- which of the two events an expression reads ----
enum { READS_EVENT = 1, READS_TRIGGER = 2 };

static uint32_t reads(const struct checker *c, const struct expr *e);

static uint32_t reads_field(const struct checker *c, const struct expr *e) {
  const struct event_type *type = ((const struct field *)e->target)->event;
  const struct scope *scope = &c->scope;
  if (scope->trigger == NULL) return READS_EVENT;
  if (type != scope->trigger->type) return READS_EVENT;
  if (type != scope->event->type) return READS_TRIGGER;
  const bool named = e->path.count > 1 && nuo__names_match(&scope->trigger_alias, e->path.at[0].text);
  return named ? READS_TRIGGER : READS_EVENT;
}

static uint32_t reads(const struct checker *c, const struct expr *e) {
  if (e == NULL) return 0;
  if (e->expansion != NULL) return reads(c, e->expansion);
  if (e->ref == REF_FIELD) return reads_field(c, e);
  if (e->ref == REF_EACH) return READS_TRIGGER;
  // What is remembered is asked when the event comes.
  uint32_t found = e->ref == REF_FACT || e->kind == EXPR_AGGREGATE ? READS_EVENT : 0;
  for (uint32_t i = 0; i < e->items.count; i++) found |= reads(c, e->items.at[i]);
  return found | reads(c, e->left) | reads(c, e->right);
}

// ---- parting ----
struct tie {
  struct expr *here, *there;  // in the event, in what begins the duty
};
struct parts {
  const struct duty_info *info;
  const struct event_info *event;
  VEC(struct tie) ties;
  struct expr *where;  // what concerns the event alone, or NULL
};

static void add_filter(struct checker *c, struct parts *parts, struct expr *e) {
  if (parts->where == NULL) {
    parts->where = e;
    return;
  }
  struct expr *both = ARENA_NEW(c->arena, struct expr);
  *both = (struct expr){.kind = EXPR_OPERATOR,
                        .span = e->span,
                        .op = OP_and,
                        .left = parts->where,
                        .right = e,
                        .type = nuo__type_simple(TYPE_FLAG)};
  parts->where = both;
}

// `complaint.id is complaint.id`: without an alias both sides are the same event's.
static bool report_idle(struct checker *c, const struct parts *parts, const struct expr *e) {
  const struct expr *left = nuo__expr_peel(e->left);
  if (left->ref != REF_FIELD || !nuo__expr_same(e->left, e->right)) return false;
  const struct event_info *trigger = parts->info->trigger;
  REPORT(c, N0550, e->span, TEXT(((const struct field *)left->target)->path),
         nuo__names_arg(parts->event->type->names), nuo__names_arg(trigger->type->names));
  return true;
}

static bool add_tie(struct checker *c, struct parts *parts, const struct expr *e) {
  const uint32_t left = reads(c, e->left), right = reads(c, e->right);
  struct tie tie = {e->left, e->right};
  if (left == READS_TRIGGER && right == READS_EVENT)
    tie = (struct tie){e->right, e->left};
  else if (left != READS_EVENT || right != READS_TRIGGER)
    return false;
  VEC_PUSH(c->arena, &parts->ties, tie);
  return true;
}

static void part(struct checker *c, struct parts *parts, struct expr *e) {
  const struct expr *peeled = nuo__expr_peel(e);
  const bool is_operator = peeled->kind == EXPR_OPERATOR;
  if (is_operator && peeled->op == OP_and) {
    part(c, parts, peeled->left);
    part(c, parts, peeled->right);
    return;
  }
  const struct diag_arg begins = nuo__names_arg(parts->info->trigger->type->names);
  const struct diag_arg comes = nuo__names_arg(parts->event->type->names);
  const uint32_t found = reads(c, e);
  if (found == READS_TRIGGER) {
    REPORT(c, N0548, e->span, begins, comes);
  } else if ((found & READS_TRIGGER) == 0) {
    if (!is_operator || peeled->op != OP_is || !report_idle(c, parts, peeled)) add_filter(c, parts, e);
  } else if (!is_operator || peeled->op != OP_is || !add_tie(c, parts, peeled)) {
    REPORT(c, N0547, e->span, comes, begins);
  }
}

// ---- the ties of all steps are the same ----
static struct str key_text(struct checker *c, const struct duty *duty) {
  struct str text = STR("");
  for (uint32_t i = 0; i < duty->key.count; i++) {
    const struct expr *e = nuo__expr_peel(duty->key.at[i]);
    struct str part = STR("…");
    if (e->ref == REF_FIELD) part = ((const struct field *)e->target)->path;
    if (e->ref == REF_EACH) part = e->path.at[0].text;
    text = nuo__arena_format(c->arena, "%.*s%s%.*s", (int)text.len, text.at, i > 0 ? ", " : "", (int)part.len,
                             part.at);
  }
  return text;
}

static bool take_tie(struct checker *c, struct parts *parts, const struct expr *there,
                     struct duty_match *match) {
  for (uint32_t i = 0; i < parts->ties.count; i++) {
    if (parts->ties.at[i].here == NULL || !nuo__expr_same(parts->ties.at[i].there, there)) continue;
    VEC_PUSH(c->arena, &match->key, parts->ties.at[i].here);
    parts->ties.at[i].here = NULL;
    return true;
  }
  return false;
}

static bool match_ties(struct checker *c, struct duty_info *info, struct parts *parts, struct span span,
                       struct duty_match *match) {
  struct duty *duty = info->duty;
  bool same = parts->ties.count == duty->key.count;
  for (uint32_t i = 0; same && i < duty->key.count; i++) same = take_tie(c, parts, duty->key.at[i], match);
  if (same) return true;
  const struct str all = key_text(c, duty);
  REPORT(c, N0549, span, nuo__names_arg(parts->event->type->names),
         nuo__names_arg(info->trigger->type->names), duty->key.count > 0 ? TEXT(all) : PAIR("nothing", "无"));
  return false;
}

static void set_ties(struct checker *c, struct duty_info *info, const struct parts *parts, struct span span,
                     struct duty_match *match) {
  info->is_tied = true;
  for (uint32_t i = 0; i < parts->ties.count; i++) {
    VEC_PUSH(c->arena, &info->duty->key, parts->ties.at[i].there);
    VEC_PUSH(c->arena, &match->key, parts->ties.at[i].here);
  }
  if (parts->ties.count > IMAGE_KEY_MAX) REPORT(c, N0535, span, nuo__diag_number(c->diags, IMAGE_KEY_MAX));
}

// ---- `for the same id` ----
#define THE_SAME STR("for the same")  // which nobody can write as a name

static struct names trigger_names(const struct duty_info *info) {
  const struct names alias = info->decl->duty.rule.on.at[0].alias;
  return alias.en.at != NULL ? alias : (struct names){.en = THE_SAME, .zh = THE_SAME};
}

// `id is c.id`, written out: so nothing else has to know of it.
static struct expr *written_out(struct checker *c, const struct duty_info *info, struct expr *path) {
  struct expr *there = ARENA_NEW(c->arena, struct expr), *tie = ARENA_NEW(c->arena, struct expr);
  *there = (struct expr){.kind = EXPR_PATH, .span = path->span};
  const struct span nowhere = {path->span.file, path->span.start, path->span.start};
  VEC_PUSH(c->arena, &there->path, ((struct name){.text = trigger_names(info).en, .span = nowhere}));
  for (uint32_t i = 0; i < path->path.count; i++) VEC_PUSH(c->arena, &there->path, path->path.at[i]);
  *tie = (struct expr){
      .kind = EXPR_OPERATOR, .span = path->span, .op = OP_is, .left = path, .right = there, .depth = 1};
  return tie;
}

// What has to agree and what else is asked, in the scope of both events.
static void check_parts(struct checker *c, struct parts *parts, const struct event_ref *written) {
  const uint32_t errors = c->diags->errors;
  VEC(struct expr *) all = {0};
  for (uint32_t i = 0; i < written->same.count; i++)
    VEC_PUSH(c->arena, &all, written_out(c, parts->info, written->same.at[i]));
  if (written->where != NULL) VEC_PUSH(c->arena, &all, written->where);
  for (uint32_t i = 0; i < all.count; i++) nuo__check_condition(c, all.at[i]);
  if (c->diags->errors > errors || parts->info->is_lost) return;
  for (uint32_t i = 0; i < all.count; i++) part(c, parts, all.at[i]);
}

static struct scope match_scope(const struct duty_info *info, const struct event_info *event,
                                const struct event_ref *written) {
  const struct each_name *each = info->first != NULL ? &info->first->kept : &info->at_hand;
  return (struct scope){.event = event,
                        .alias = written->alias,
                        .trigger = info->trigger,
                        .trigger_alias = trigger_names(info),
                        .each = each->names.en.at != NULL ? each : NULL};
}

static void check_alias(struct checker *c, const struct duty_info *info, const struct event_ref *written) {
  const struct names *trigger = &info->decl->duty.rule.on.at[0].alias, *own = &written->alias;
  if (trigger->en.at == NULL || own->en.at == NULL) return;
  const bool zh = nuo__names_match(trigger, own->zh);
  if (zh || nuo__names_match(trigger, own->en))
    REPORT(c, N0551, own->span, TEXT(zh ? own->zh : own->en))->also = trigger->span;
}

bool nuo__check_match(struct checker *c, struct duty_info *info, const struct event_ref *written,
                      struct duty_match *match) {
  const struct event_info *event = nuo__check_event_name(c, &written->event);
  if (event == NULL) return false;
  const uint32_t errors = c->diags->errors;
  struct parts parts = {.info = info, .event = event};
  match->event = event->type;
  check_alias(c, info, written);
  c->scope = match_scope(info, event, written);
  check_parts(c, &parts, written);
  match->where = parts.where;
  c->scope = (struct scope){0};
  info->is_lost |= c->diags->errors > errors;
  if (info->is_lost) return false;
  if (info->is_tied) return match_ties(c, info, &parts, written->span, match);
  set_ties(c, info, &parts, written->span, match);
  return true;
}
