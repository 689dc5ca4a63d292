// SPDX-License-Identifier: Apache-2.0
// Rules and duties of several policies that are one breach. What is joined has to be breached by the same
// event, or be missed at the same instant and be found under the same key. Called by nuo__check when all that
// can speak of breaches is known.
#include "compiler/check.h"
#include "runtime/limits.h"

// ---- what can be one breach ----
static const struct duty *duty_of(const struct checker *c, const struct rule *rule) {
  for (uint32_t i = 0; i < c->program->duties.count; i++)
    if (c->program->duties.at[i]->rule == rule) return c->program->duties.at[i];
  return NULL;
}

// The runtime makes the key of one out of that of the other.
static bool are_tied_alike(const struct duty *a, const struct duty *b) {
  if (a->key.count != b->key.count) return false;
  for (uint32_t i = 0; i < a->key.count; i++)
    if (!nuo__expr_same(a->key.at[i], b->key.at[i]) ||
        !nuo__type_equal(nuo__tie_type(a, i), nuo__tie_type(b, i)))
      return false;
  return true;
}

// Why two duties are never one; both texts are empty when they can be.
static struct diag_arg duties_apart(const struct duty *a, const struct duty *b) {
  if (a->trigger != b->trigger || (a->trigger == NULL && a->period != b->period))
    return PAIR("they do not begin together", "二者不由同一事件或周期引起");
  if (a->each != NULL || b->each != NULL)
    return PAIR("with `for each` there are several for one event", "写有“逐一”的，一个事件会引起几件");
  if (!are_tied_alike(a, b))
    return PAIR("they are tied by other fields, or in another order", "二者所系的字段或其顺序不同");
  return PAIR("", "");
}

static struct diag_arg apart(const struct checker *c, const struct same *same, const struct rule *a,
                             const struct rule *b) {
  const struct duty *x = duty_of(c, a), *y = duty_of(c, b);
  if (a->pack == b->pack && a->pack == same->pack)
    return PAIR("both are of this policy itself", "二者都属于本政策");
  if (x != NULL && y != NULL) return duties_apart(x, y);
  if (a->event != b->event) return PAIR("they are not about the same events", "二者针对的事件不同");
  return PAIR("", "");
}

// A policy that is used counts what it would count alone: it must not see both as one when it says nothing of
// that itself.
static const struct breach_type *stranger(const struct checker *c, const struct same *same,
                                          const struct rule *a, const struct rule *b) {
  for (uint32_t i = 0; i < c->program->breaches.count; i++) {
    const struct breach_type *type = c->program->breaches.at[i];
    // It sees its own each by itself.
    if (a->pack == b->pack && type->pack == a->pack) continue;
    if (!nuo__breach_tells(type, same->pack) && nuo__breach_tells(type, a->pack) &&
        nuo__breach_tells(type, b->pack))
      return type;
  }
  return NULL;
}

// ---- sets ----
static bool may_join(struct checker *c, const struct same *same, const struct rule *rule, struct span span) {
  if (rule->same != NULL) {
    REPORT(c, N0909, span, nuo__names_arg(rule->names))->also = rule->same->span;
    return false;
  }
  for (uint32_t i = 0; i < same->rules.count; i++) {
    const struct rule *other = same->rules.at[i];
    struct diag_arg why = apart(c, same, other, rule);
    const struct breach_type *type = stranger(c, same, other, rule);
    if (why.en.len == 0 && type != NULL)
      why = (struct diag_arg){nuo__arena_format(c->arena, "policy `%.*s` counts breaches of both",
                                                (int)type->pack->names.en.len, type->pack->names.en.at),
                              nuo__arena_format(c->arena, "政策“%.*s”对二者的违反分别计数",
                                                (int)type->pack->names.zh.len, type->pack->names.zh.at)};
    if (why.en.len == 0) continue;
    REPORT(c, N0908, span, nuo__names_arg(rule->names), nuo__names_arg(other->names), why)->also =
        other->span;
    return false;
  }
  return true;
}

static void check_same(struct checker *c, const struct decl *decl) {
  struct same *same = ARENA_NEW(c->arena, struct same);
  const uint32_t named = decl->same.count;
  *same = (struct same){
      .pack = nuo__pack_at(c, decl->span), .span = decl->span, .index = c->program->sames.count};
  if (named < 2 || named > LIMIT_SAME)
    REPORT(c, N0910, decl->span, nuo__diag_number(c->diags, named), nuo__diag_number(c->diags, LIMIT_SAME));
  for (uint32_t i = 0; i < named; i++) {
    const struct name *name = &decl->same.at[i];
    struct rule *rule = nuo__check_rule_name(c, name, false);
    if (rule == NULL || !may_join(c, same, rule, name->span)) continue;
    if (same->rules.count == 0) same->names = rule->names;
    rule->same = same;
    rule->same_rank = same->rules.count;
    VEC_PUSH(c->arena, &same->rules, rule);
  }
  VEC_PUSH(c->arena, &c->program->sames, same);
}

void nuo__check_sames(struct checker *c) {
  for (uint32_t i = 0; i < c->decls.count; i++)
    if (c->decls.at[i]->kind == DECL_SAME) check_same(c, c->decls.at[i]);
}
