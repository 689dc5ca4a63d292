// SPDX-License-Identifier: Apache-2.0
// Defines are macros: every use gets a copy of the body, typed where it is used, with the arguments put in.
// So a define may name the fields of whatever event its rule is about. What nobody uses is checked all the
// same.
#include <string.h>

#include "compiler/check.h"

static void clone_list(struct checker *c, expr_list *to, const expr_list *from) {
  *to = (expr_list){0};
  for (uint32_t i = 0; i < from->count; i++) VEC_PUSH(c->arena, to, nuo__expr_clone(c, from->at[i]));
}

// Copies what the parser made and leaves out what `check` filled in.
struct expr *nuo__expr_clone(struct checker *c, const struct expr *e) {
  if (e == NULL) return NULL;
  struct expr *copy = ARENA_NEW(c->arena, struct expr);
  *copy = *e;
  copy->type = NULL;
  copy->ref = REF_NONE;
  copy->target = NULL;
  copy->expansion = NULL;
  copy->counter = NULL;
  copy->window = NULL;
  // Past the depth that typing allows there is nothing to copy: the copy is refused there anyway.
  if (c->depth > CHECK_MAX_DEPTH) {
    copy->left = copy->right = NULL;
    copy->kind = EXPR_ERROR;
    return copy;
  }
  c->depth++;
  c->expanded++;
  copy->left = nuo__expr_clone(c, e->left);
  copy->right = nuo__expr_clone(c, e->right);
  clone_list(c, &copy->items, &e->items);
  c->depth--;
  return copy;
}

// ---- circles ----
static void report_circle(struct checker *c, const struct symbol *define, struct span span) {
  struct str en = {0}, zh = {0};
  for (uint32_t i = 0; i < c->open.count; i++) {
    const struct symbol *at = c->open.at[i];
    if (en.at == NULL && at != define) continue;
    en = nuo__arena_format(c->arena, "%.*s%.*s → ", (int)en.len, en.at == NULL ? "" : en.at,
                           (int)at->names.en.len, at->names.en.at);
    zh = nuo__arena_format(c->arena, "%.*s%.*s → ", (int)zh.len, zh.at == NULL ? "" : zh.at,
                           (int)at->names.zh.len, at->names.zh.at);
  }
  en = nuo__arena_format(c->arena, "%.*s%.*s", (int)en.len, en.at, (int)define->names.en.len,
                         define->names.en.at);
  zh = nuo__arena_format(c->arena, "%.*s%.*s", (int)zh.len, zh.at, (int)define->names.zh.len,
                         define->names.zh.at);
  REPORT(c, N0319, span, nuo__names_arg(define->names), (struct diag_arg){.en = en, .zh = zh});
}

static bool too_large(struct checker *c, const struct symbol *define, struct span span) {
  if (c->expanded <= CHECK_MAX_EXPANSION) return false;
  if (!c->overgrown) {
    if (c->open.count > 0) define = c->open.at[0];
    REPORT(c, N0320, c->use.end != 0 ? c->use : span, nuo__names_arg(define->names),
           nuo__diag_number(c->diags, CHECK_MAX_EXPANSION))
        ->also = define->span;
  }
  c->overgrown = true;
  return true;
}

// ---- use ----
// The types of the parameters and, last, of the result (or NULL); made once, since `one of` makes a new type.
static const struct type **define_types(struct checker *c, struct symbol *define) {
  if (define->object != NULL) return define->object;
  const struct define_decl *decl = &define->decl->define;
  const struct type **types = nuo__arena_alloc(c->arena, (decl->params.count + 1) * sizeof *types);
  for (uint32_t i = 0; i < decl->params.count; i++)
    types[i] = nuo__check_type(c, decl->params.at[i].type, &decl->params.at[i].names);
  if (decl->type != NULL) types[decl->params.count] = nuo__check_type(c, decl->type, &define->names);
  define->object = types;
  return types;
}

// `has_phone(title or body)`: several texts for one.
static bool is_several(const struct expr *given, const struct type *want) {
  return given->type->kind == TYPE_TEXTS && want->kind == TYPE_TEXT;
}

static struct binding *bind_arguments(struct checker *c, const struct expr *call, struct symbol *define) {
  const struct define_decl *decl = &define->decl->define;
  const struct type **types = define_types(c, define);
  struct binding *bindings = nuo__arena_alloc(c->arena, (decl->params.count + 1) * sizeof *bindings);
  for (uint32_t i = 0; i < decl->params.count; i++) {
    bindings[i] = (struct binding){.names = decl->params.at[i].names, .value = call->items.at[i]};
    // A call on one of several texts has arguments that are typed already.
    if (call->items.at[i]->type == NULL) nuo__check_expr(c, call->items.at[i], types[i]);
    if (!is_several(call->items.at[i], types[i])) nuo__check_fits(c, call->items.at[i], types[i]);
  }
  return bindings;
}

static void measure(const struct expr *e, uint32_t depth, uint32_t *nodes, uint32_t *deepest) {
  if (e == NULL || *nodes > CHECK_MAX_EXPANSION) return;
  ++*nodes;
  if (depth > *deepest) *deepest = depth;
  measure(e->left, depth + 1, nodes, deepest);
  measure(e->right, depth + 1, nodes, deepest);
  measure(e->expansion, depth + 1, nodes, deepest);
  for (uint32_t i = 0; i < e->items.count; i++) measure(e->items.at[i], depth + 1, nodes, deepest);
}

// Arguments are shared, not copied, but whoever walks the tree meets them at every use: that is what counts.
// Whether a value depends on the event that is judged. What `check` has typed only.
static bool reads_event(const struct expr *e) {
  if (e == NULL) return false;
  if (e->ref == REF_FIELD || e->ref == REF_FACT || e->ref == REF_EACH || e->kind == EXPR_AGGREGATE)
    return true;
  for (uint32_t i = 0; i < e->items.count; i++)
    if (reads_event(e->items.at[i])) return true;
  return reads_event(e->left) || reads_event(e->right) || reads_event(e->expansion);
}

const struct type *nuo__check_binding_use(struct checker *c, struct expr *e, const struct binding *binding) {
  if (c->scope.foreign && reads_event(binding->value)) {
    REPORT(c, N0457, e->span, TEXT(e->path.at[0].text), nuo__names_arg(c->scope.event->type->names));
    return nuo__type_simple(TYPE_ERROR);
  }
  uint32_t nodes = 0, depth = 0;
  measure(binding->value, 0, &nodes, &depth);
  c->expanded += nodes;
  if (too_large(c, c->open.at[c->open.count - 1], e->span)) return nuo__type_simple(TYPE_ERROR);
  if (c->depth + depth > CHECK_MAX_DEPTH) return nuo__check_too_deep(c, e->span);
  e->ref = REF_DEFINE;
  e->expansion = binding->value;
  return binding->value->type;
}

static bool count_fits(struct checker *c, const struct expr *e, const struct symbol *define) {
  const uint32_t want = define->decl->define.params.count;
  if (e->items.count == want) return true;
  REPORT(c, N0429, e->span, nuo__names_arg(define->names), nuo__diag_number(c->diags, want),
         nuo__diag_number(c->diags, e->items.count));
  return false;
}

// The body, typed in the scope of the event with only the define's own parameters in sight.
static struct expr *expand(struct checker *c, struct symbol *define, const struct scope *inner,
                           const struct type *expected) {
  const struct scope outer = c->scope;
  const struct define_decl *decl = &define->decl->define;
  struct expr *body = nuo__expr_clone(c, decl->body);
  c->scope = *inner;
  VEC_PUSH(c->arena, &c->open, define);
  define->active = true;
  const struct type *result = define_types(c, define)[decl->params.count];
  if (result != NULL)
    nuo__check_expect(c, body, result);
  else
    nuo__check_expr(c, body, expected);
  define->active = false;
  c->open.count--;
  c->scope = outer;
  return body;
}

// A call on each of several texts, joined by `or`.
static struct expr *call_on(struct checker *c, const struct expr *e, struct symbol *define, uint32_t argument,
                            struct expr *texts) {
  const struct expr *inner = nuo__expr_peel(texts);
  struct expr *call = ARENA_NEW(c->arena, struct expr);
  *call = *e;
  call->span = texts->span;
  if (inner->type->kind != TYPE_TEXTS) {
    call->items = (expr_list){0};
    for (uint32_t i = 0; i < e->items.count; i++)
      VEC_PUSH(c->arena, &call->items, i == argument ? texts : e->items.at[i]);
    call->type = nuo__check_define_use(c, call, define, nuo__type_simple(TYPE_FLAG));
    if (call->type->kind == TYPE_FLAG || call->type->kind == TYPE_ERROR) return call;
    nuo__check_fits(c, e->items.at[argument], nuo__type_simple(TYPE_TEXT));
    call->type = nuo__type_simple(TYPE_ERROR);
    return call;
  }
  *call = (struct expr){.kind = EXPR_OPERATOR, .op = OP_or, .span = texts->span};
  c->depth++;
  call->left = call_on(c, e, define, argument, inner->left);
  call->right = call_on(c, e, define, argument, inner->right);
  c->depth--;
  call->type = call->left->type->kind == TYPE_ERROR ? call->left->type : call->right->type;
  return call;
}

const struct type *nuo__check_define_use(struct checker *c, struct expr *e, struct symbol *define,
                                         const struct type *expected) {
  const struct type *error = nuo__type_simple(TYPE_ERROR);
  define->used = true;
  if (define->active) {
    report_circle(c, define, e->span);
    return error;
  }
  if (!count_fits(c, e, define) || too_large(c, define, e->span)) return error;
  struct binding *bindings = bind_arguments(c, e, define);
  for (uint32_t i = 0; i < e->items.count; i++)
    if (is_several(e->items.at[i], define_types(c, define)[i])) {
      e->expansion = call_on(c, e, define, i, e->items.at[i]);
      e->ref = REF_DEFINE;
      return e->expansion->type;
    }
  const struct scope inner = {
      .event = c->scope.event, .bindings = bindings, .binding_count = define->decl->define.params.count};
  const bool outermost = c->use.end == 0;
  if (outermost) c->use = e->span;
  e->expansion = expand(c, define, &inner, expected);
  if (outermost) c->use = (struct span){0};
  e->ref = REF_DEFINE;
  return e->expansion->type;
}

// ---- without use ----
static void check_alone(struct checker *c, struct symbol *define, const struct event_info *event) {
  const struct define_decl *decl = &define->decl->define;
  struct binding *bindings = nuo__arena_alloc(c->arena, (decl->params.count + 1) * sizeof *bindings);
  for (uint32_t i = 0; i < decl->params.count; i++) {
    struct expr *stand_in = ARENA_NEW(c->arena, struct expr);
    *stand_in = (struct expr){.kind = EXPR_PATH, .span = decl->params.at[i].names.span};
    stand_in->type = define_types(c, define)[i];
    bindings[i] = (struct binding){.names = decl->params.at[i].names, .value = stand_in};
  }
  const struct scope inner = {.event = event, .bindings = bindings, .binding_count = decl->params.count};
  const uint32_t counters = c->program->counters.count;
  c->expanded = 0;
  c->overgrown = false;
  c->alone = true;
  expand(c, define, &inner, NULL);
  c->alone = false;
  c->program->counters.count = counters;  // nobody asks for what this counts
}

static bool fits_event(struct checker *c, struct symbol *define, const struct event_info *event) {
  struct diagnostics *const real = c->diags;
  struct diagnostics tried = {.arena = c->arena};
  c->diags = &tried;
  check_alone(c, define, event);
  c->diags = real;
  return tried.errors == 0;
}

static void check_unused(struct checker *c, struct symbol *define) {
  const struct event_info *shown = c->event_infos.count > 0 ? c->event_infos.at[0] : NULL;
  for (uint32_t i = 0; i < c->event_infos.count; i++)
    if (fits_event(c, define, c->event_infos.at[i])) return;
  check_alone(c, define, shown);
}

void nuo__check_unused_defines(struct checker *c) {
  for (uint32_t i = 0; i < c->symbols[SPACE_VALUES].count; i++) {
    struct symbol *symbol = c->symbols[SPACE_VALUES].at[i];
    if (symbol->kind == SYMBOL_DEFINE && !symbol->used) check_unused(c, symbol);
  }
}
