// SPDX-License-Identifier: Apache-2.0
// How `check` reports: arguments for messages in both languages, and suggestions for misspelt names.
// Says nothing by itself; called by every other file of `check`.
#include "compiler/check.h"

static bool same_arg(const struct diag_arg *a, const struct diag_arg *b) {
  return nuo__str_equal(a->en, b->en);
}

static bool same_place(struct span a, struct span b) {
  return a.file == b.file && a.start == b.start && a.end == b.end;
}

static struct diagnostic *find_same(struct checker *c, enum diag_code code, struct span span,
                                    const struct diag_arg *args, uint32_t count) {
  for (uint32_t i = 0; i < c->diags->items.count; i++) {
    struct diagnostic *d = &c->diags->items.at[i];
    if (d->code != code || !same_place(d->span, span)) continue;
    if (count == 0 || same_arg(&d->args[0], &args[0])) return d;
  }
  return NULL;
}

// Whether a mistake that the parser has told explains this one.
static bool is_echo(const struct checker *c, enum diag_code code, struct span span,
                    const struct diag_arg *args, uint32_t count) {
  const struct diagnostics *diags = c->diags;
  for (uint32_t i = 0; i < diags->cuts.count; i++)
    if (diags->cuts.at[i].file == span.file && diags->cuts.at[i].end == span.end) return true;
  if (code == DIAG_N0501) return diags->policy_lost;
  const bool unknown = (code >= DIAG_N0309 && code <= DIAG_N0314) || code == DIAG_N0303 ||
                       code == DIAG_N0318 || code == DIAG_N0568;
  for (uint32_t i = 0; unknown && count > 0 && i < diags->lost.count; i++)
    if (nuo__str_equal(diags->lost.at[i], args[0].en)) return true;
  return false;
}

struct diagnostic *nuo__check_report(struct checker *c, enum diag_code code, struct span span,
                                     const struct diag_arg *args, uint32_t count) {
  struct diagnostic *d = find_same(c, code, span, args, count);
  if (d != NULL) return d;
  if (is_echo(c, code, span, args, count)) return ARENA_NEW(c->arena, struct diagnostic);
  d = nuo__diag_add(c->diags, code, span);
  for (uint32_t i = 0; i < count && i < DIAG_MAX_ARGS; i++) d->args[i] = args[i];
  if (c->use.end != 0) d->also = c->use;
  return d;
}

struct diag_arg nuo__names_arg(struct names names) {
  return (struct diag_arg){.en = names.en, .zh = names.zh};
}

struct diag_arg nuo__symbol_kind_arg(enum symbol_kind kind) {
  static const char *const words[SYMBOL_KINDS][2] = {
      [SYMBOL_PARAMETER] = {"parameter", "参数"}, [SYMBOL_DEFINE] = {"definition", "定义"},
      [SYMBOL_TABLE] = {"table", "对照表"},       [SYMBOL_LEXICON] = {"lexicon", "词表"},
      [SYMBOL_NATIVE] = {"function", "函数"},     [SYMBOL_FACT] = {"fact", "状态"},
      [SYMBOL_TYPE] = {"type", "种类"},           [SYMBOL_EVENT] = {"event", "事件"},
      [SYMBOL_SEVERITY] = {"severity", "程度"},   [SYMBOL_CALENDAR] = {"calendar", "日历"},
      [SYMBOL_RULE] = {"rule", "规则"},           [SYMBOL_EXCEPTION] = {"exception", "例外"},
      [SYMBOL_DUTY] = {"duty", "义务"},           [SYMBOL_ADAPTER] = {"adapter", "适配"},
  };
  return PAIR(words[kind][0], words[kind][1]);
}

struct diag_arg nuo__type_arg(struct checker *c, const struct type *type) {
  return nuo__type_name(c->arena, type);
}

void nuo__candidates_add(struct checker *c, struct candidates *candidates, struct names names) {
  const struct str name = nuo__str_has_han(candidates->wrong) ? names.zh : names.en;
  if (name.at != NULL) VEC_PUSH(c->arena, &candidates->names, name);
}

void nuo__candidates_suggest(const struct candidates *candidates, struct diagnostic *diag) {
  if (diag->suggestion.at != NULL) return;
  diag->suggestion = nuo__diag_suggest(candidates->wrong, candidates->names.at, candidates->names.count);
}

struct str nuo__path_text(struct checker *c, const name_list *path) {
  struct str text = path->count > 0 ? path->at[0].text : STR("");
  for (uint32_t i = 1; i < path->count; i++) {
    const struct str next = path->at[i].text;
    text = nuo__arena_format(c->arena, "%.*s.%.*s", (int)text.len, text.at, (int)next.len, next.at);
  }
  return text;
}
