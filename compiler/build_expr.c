// SPDX-License-Identifier: Apache-2.0
// Makers of expressions. Every node knows how deeply others are nested in it, so that no later stage can be
// sent into a recursion that its stack does not hold.
#include "compiler/build.h"
#include "grammar.h"
#include "runtime/limits.h"

static struct span join(struct span first, struct span last) {
  return (struct span){first.file, first.start, last.end};
}

struct expr *nuo__build_expr(struct parser *p, enum expr_kind kind, struct span span) {
  struct expr *e = ARENA_NEW(p->arena, struct expr);
  e->kind = kind;
  e->span = span;
  return e;
}

void nuo__build_result(struct parser *p, struct expr *e) {
  p->feed->result = e;
}

// Puts `child` into `parent` as far as depth goes; the child, or an error in its place when that is too deep.
static struct expr *nest(struct parser *p, struct expr *parent, struct expr *child) {
  if (child == NULL) return NULL;
  if (child->depth >= LIMIT_EXPR_DEPTH) {
    if (!p->deep)
      nuo__diag_add1(p->diags, DIAG_N0206, child->span, nuo__diag_number(p->diags, LIMIT_EXPR_DEPTH));
    p->deep = true;
    return nuo__build_expr(p, EXPR_ERROR, child->span);
  }
  if (child->depth >= parent->depth) parent->depth = child->depth + 1;
  return child;
}

static void nest_list(struct parser *p, struct expr *parent, const expr_list *items) {
  if (items == NULL) return;
  parent->items = *items;
  for (uint32_t i = 0; i < items->count; i++) parent->items.at[i] = nest(p, parent, items->at[i]);
}

struct expr *nuo__build_literal(struct parser *p, enum expr_kind kind, const struct token *token) {
  struct expr *e = nuo__build_expr(p, kind, token->span);
  e->number = token->value;
  return e;
}

struct expr *nuo__build_flag(struct parser *p, const struct token *token, bool value) {
  struct expr *e = nuo__build_expr(p, EXPR_FLAG, token->span);
  e->number = value;
  return e;
}

struct expr *nuo__build_duration(struct parser *p, const struct token *amount, const struct token *unit) {
  struct expr *e = nuo__build_expr(p, EXPR_DURATION, join(amount->span, unit->span));
  e->number = amount->value;
  e->unit = (enum unit)unit->value;
  return e;
}

struct expr *nuo__build_any(struct parser *p, const struct token *token) {
  return nuo__build_expr(p, EXPR_ANY, token->span);
}

struct expr *nuo__build_path(struct parser *p, struct expr *path, const struct token *name) {
  struct expr *e = path != NULL ? path : nuo__build_expr(p, EXPR_PATH, name->span);
  VEC_PUSH(p->arena, &e->path, nuo__build_ref(NULL, name));
  e->span.end = name->span.end;
  return e;
}

struct expr *nuo__build_call(struct parser *p, struct expr *path, const expr_list *args,
                             const struct token *close) {
  path->kind = EXPR_CALL;
  path->span.end = close->span.end;
  nest_list(p, path, args);
  return path;
}

struct expr *nuo__build_set(struct parser *p, const struct token *open, const expr_list *items,
                            const struct token *close) {
  struct expr *e = nuo__build_expr(p, EXPR_SET, join(open->span, close->span));
  nest_list(p, e, items);
  return e;
}

struct expr *nuo__build_parenthesised(const struct token *open, struct expr *e, const struct token *close) {
  e->parenthesised = true;
  e->span = join(open->span, close->span);
  return e;
}

struct expr *nuo__build_range(struct parser *p, struct expr *left, struct expr *right) {
  struct expr *e = nuo__build_expr(p, EXPR_RANGE, join(left->span, right->span));
  e->left = nest(p, e, left);
  e->right = nest(p, e, right);
  return e;
}

static struct expr *operator(struct parser *p, enum operator_id op, const struct token *token,
                             struct expr *left, struct expr *right) {
  struct span span = token->span;
  if (left != NULL && left->span.start < span.start) span.start = left->span.start;
  if (left != NULL && left->span.end > span.end) span.end = left->span.end;
  if (right != NULL) span.end = right->span.end;
  struct expr *e = nuo__build_expr(p, EXPR_OPERATOR, span);
  e->op = op;
  e->spelled = (uint16_t)token->kind;
  e->left = nest(p, e, left);
  e->right = nest(p, e, right);
  return e;
}

struct expr *nuo__build_binary(struct parser *p, enum operator_id op, struct expr *left,
                               const struct token *token, struct expr *right) {
  return operator(p, op, token, left, right);
}

struct expr *nuo__build_cell(struct parser *p, enum operator_id op, const struct token *token,
                             struct expr *operand) {
  return operator(p, op, token, NULL, operand);
}

struct expr *nuo__build_prefix(struct parser *p, enum operator_id op, const struct token *token,
                               struct expr *e) {
  return operator(p, op, token, e, NULL);
}

struct expr *nuo__build_postfix(struct parser *p, enum operator_id op, struct expr *e,
                                const struct token *token) {
  return operator(p, op, token, e, NULL);
}

struct expr *nuo__build_matches(struct parser *p, struct expr *left, const struct token *token,
                                const struct token *pattern) {
  struct expr *regex = nuo__build_expr(p, EXPR_REGEX, pattern->span);
  const bool closed = pattern->text.len > 1 && pattern->text.at[pattern->text.len - 1] == '/';
  regex->text = (struct str){pattern->text.at + 1, pattern->text.len - 1 - closed};
  return operator(p, OP_matches, token, left, regex);
}

static enum aggregate_kind aggregate_of(int token) {
  switch (token) {
    case TK_SUM_OF:
      return AGGREGATE_SUM;
    case TK_DISTINCT_OF:
      return AGGREGATE_DISTINCT;
    case TK_SHARE_OF:
      return AGGREGATE_SHARE;
    case TK_ELAPSED_SINCE_LAST:
      return AGGREGATE_ELAPSED;
    default:
      return AGGREGATE_COUNT;
  }
}

struct expr *nuo__build_aggregate(struct parser *p, const struct token *keyword,
                                  const struct aggregate *aggregate) {
  struct span span = keyword->span;
  span.end = p->feed->end;
  struct expr *e = nuo__build_expr(p, EXPR_AGGREGATE, span);
  if (p->file->trace != NULL) VEC_PUSH(p->arena, &p->file->trace->aggregates, span);
  struct aggregate *made = e->aggregate = ARENA_NEW(p->arena, struct aggregate);
  *made = *aggregate;
  made->kind = aggregate_of(keyword->kind);
  made->value = nest(p, e, made->value);
  made->event.where = nest(p, e, made->event.where);
  made->window.length = nest(p, e, made->window.length);
  for (uint32_t i = 0; i < made->per.count; i++) made->per.at[i] = nest(p, e, made->per.at[i]);
  return e;
}

// The word was taken for a name when it was fed.
static void note_keyword(struct parser *p, const struct name *word, const struct keyword *row) {
  struct trace *trace = p->file->trace;
  for (uint32_t i = trace != NULL ? trace->tokens.count : 0; i-- > 0;) {
    if (trace->tokens.at[i].span.start != word->span.start) continue;
    trace->tokens.at[i].kind = row->token;
    return;
  }
}

struct expr *nuo__build_aggregate_called(struct parser *p, const struct expr *called, const expr_list *values,
                                         const struct token *over, const struct aggregate *aggregate) {
  const struct keyword *row = NULL;
  const struct name *word = &called->path.at[0];
  struct aggregate whole = *aggregate;
  nuo__keyword_match(p->keywords, &word->text, 1, &row);
  const bool sums = row != NULL && (row->token == TK_SUM_OF || row->token == TK_DISTINCT_OF);
  if (!sums || called->path.count != 1 || values->count != 1) {
    nuo__diag_add2(
        p->diags, DIAG_N0201, over->span, nuo__diag_text(over->text),
        nuo__diag_pair("`sum of` or `distinct of` with one value", "后跟一个值的“合计”或“去重数”"));
    return nuo__build_expr(p, EXPR_ERROR, over->span);
  }
  note_keyword(p, word, row);
  whole.value = values->at[0];
  return nuo__build_aggregate(p, &(struct token){.kind = row->token, .span = word->span}, &whole);
}

struct expr *nuo__build_since(struct parser *p, const struct token *keyword, struct expr *fact) {
  struct expr *e = nuo__build_expr(p, EXPR_SINCE, join(keyword->span, fact->span));
  e->left = nest(p, e, fact);
  return e;
}

struct window nuo__build_window_last(struct parser *p, const struct token *keyword, struct expr *length) {
  (void)p;
  return (struct window){.kind = WINDOW_LAST, .length = length, .span = join(keyword->span, length->span)};
}

struct window nuo__build_window_this(struct parser *p, const struct token *keyword) {
  (void)p;
  return (struct window){.kind = WINDOW_THIS, .period = (enum unit)keyword->value, .span = keyword->span};
}

expr_list nuo__build_list(struct parser *p, const expr_list *list, struct expr *e) {
  expr_list longer = list != NULL ? *list : (expr_list){0};
  VEC_PUSH(p->arena, &longer, e);
  return longer;
}
