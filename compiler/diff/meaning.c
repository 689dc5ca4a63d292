// SPDX-License-Identifier: Apache-2.0
// What a rule says, as text: for telling what is the same, and what of it was changed.
#include "compiler/diff/diff_inside.h"
#include "compiler/reason/make.h"
#include "runtime/text_out.h"

static void put(struct text_out *out, struct str s) {
  nuo__out_bytes(out, s.at, s.len);
  nuo__out_string(out, "\n");
}

static void put_expr(struct text_out *out, struct arena *arena, const struct expr *e) {
  put(out, e == NULL ? STR("-") : nuo__reason_key(arena, e));
}

static void put_number(struct text_out *out, int64_t number) {
  nuo__out_integer(out, number);
  nuo__out_string(out, "\n");
}

static struct str taken(const struct text_out *out) {
  return (struct str){out->at, (uint32_t)out->len};
}

// ---- parts of a rule ----

static void put_core(struct text_out *out, struct arena *arena, const struct rule *rule) {
  put_number(out, (int64_t)rule->core);
  put_expr(out, arena, rule->condition);
  if (rule->core != CORE_LIMIT) return;
  put_number(out, rule->counter->attempts);
  for (uint32_t i = 0; i < rule->per.count; i++) put_expr(out, arena, rule->per.at[i]);
}

static void put_window(struct text_out *out, struct arena *arena, const struct rule *rule) {
  put_number(out, (int64_t)rule->window.kind);
  put_number(out, rule->window.kind == WINDOW_THIS ? (int64_t)rule->window.period : -1);
  put_expr(out, arena, rule->window.length);
}

static void put_force(struct text_out *out, const struct force *force) {
  put_number(out, force->from);
  put_number(out, force->until);
}

static void put_exceptions(struct text_out *out, struct arena *arena, struct exception *const *at,
                           uint32_t count) {
  put_number(out, count);
  for (uint32_t i = 0; i < count; i++) {
    put_expr(out, arena, at[i]->condition);
    put_force(out, &at[i]->force);
    put_exceptions(out, arena, at[i]->exceptions.at, at[i]->exceptions.count);
  }
}

static void put_action(struct text_out *out, struct arena *arena, const struct model_action *action) {
  put_number(out, (int64_t)action->kind);
  put_expr(out, arena, action->value);
  if (action->field != NULL) put(out, action->field->path);
  put_expr(out, arena, action->at_most);
}

struct str nuo__action_meaning(struct arena *arena, const struct model_action *action) {
  const nuo_allocator allocator = nuo__reason_allocator(arena);
  struct text_out out = {.allocator = &allocator};
  put_action(&out, arena, action);
  return taken(&out);
}

static void put_raises(struct text_out *out, struct arena *arena, const struct rule *rule) {
  for (uint32_t i = 0; i < rule->raises.count; i++) {
    const struct raise *raise = &rule->raises.at[i];
    put(out, raise->event->names.en);
    for (uint32_t k = 0; k < raise->given.count; k++) {
      put(out, raise->given.at[k].field->path);
      put_expr(out, arena, raise->given.at[k].value);
    }
  }
}

static void put_severity(struct text_out *out, const struct program *program, const struct rule *rule) {
  put(out, rule->severity < 0 ? STR("-") : program->severities.at[rule->severity].names.en);
}

static struct str part_of(struct arena *arena, const struct program *program, const struct rule *rule,
                          enum part part) {
  const nuo_allocator allocator = nuo__reason_allocator(arena);
  struct text_out out = {.allocator = &allocator};
  switch (part) {
    case PART_SCOPE:
      put(&out, rule->event->names.en);
      put_expr(&out, arena, rule->scope);
      break;
    case PART_CORE:
      put_core(&out, arena, rule);
      break;
    case PART_WINDOW:
      put_window(&out, arena, rule);
      break;
    case PART_EXCEPTIONS:
      put_exceptions(&out, arena, rule->exceptions.at, rule->exceptions.count);
      break;
    case PART_ACTION:
      put_action(&out, arena, &rule->action);
      break;
    case PART_UNDETERMINED:
      put_action(&out, arena, &rule->undetermined);
      break;
    case PART_SEVERITY:
      put_severity(&out, program, rule);
      break;
    case PART_RAISES:
      put_raises(&out, arena, rule);
      break;
    default:
      put_force(&out, &rule->force);
  }
  return taken(&out);
}

struct str nuo__rule_meaning(struct arena *arena, const struct program *program, const struct rule *rule) {
  const nuo_allocator allocator = nuo__reason_allocator(arena);
  struct text_out out = {.allocator = &allocator};
  for (int part = 0; part < PART_COUNT; part++) put(&out, part_of(arena, program, rule, (enum part)part));
  return taken(&out);
}

struct str nuo__rule_wording(struct arena *arena, const struct program *program, const struct rule *rule) {
  const nuo_allocator allocator = nuo__reason_allocator(arena);
  struct text_out out = {.allocator = &allocator};
  put(&out, rule->title);
  put_expr(&out, arena, rule->because);
  for (uint32_t i = 0; i < rule->cites.count; i++) put(&out, rule->cites.at[i]);
  if (rule->clause != CLAUSE_NONE) put(&out, program->clauses.at[rule->clause].number);
  for (uint32_t i = 0; i < rule->exceptions.count; i++) {
    put(&out, rule->exceptions.at[i]->label);
    for (uint32_t k = 0; k < rule->exceptions.at[i]->cites.count; k++)
      put(&out, rule->exceptions.at[i]->cites.at[k]);
  }
  return taken(&out);
}

// ---- for people ----

static const char *const action_names[][2] = {
    [ACTION_ALLOW] = {"allow", "放行"}, [ACTION_NOTE] = {"note", "记录"},
    [ACTION_LABEL] = {"label", "标注"}, [ACTION_STRIP] = {"strip", "去除"},
    [ACTION_DEFER] = {"defer", "延后"}, [ACTION_HOLD] = {"hold", "待审"},
    [ACTION_BLOCK] = {"block", "拦截"}};

static struct diag_arg said(struct differ *d, const char *en, const char *zh, const char *const before[2],
                            const char *const after[2]) {
  return (struct diag_arg){nuo__arena_format(d->arena, "%s: %s → %s", en, before[0], after[0]),
                           nuo__arena_format(d->arena, "%s：%s → %s", zh, before[1], after[1])};
}

static struct diag_arg action_said(struct differ *d, const char *en, const char *zh,
                                   const struct model_action *before, const struct model_action *after) {
  if (before->kind == after->kind) return nuo__diag_pair(en, zh);
  return said(d, en, zh, action_names[before->kind], action_names[after->kind]);
}

// An `unless` has no name: it is told as written.
static struct diag_arg exception_said(struct differ *d, const struct exception *x, bool is_new) {
  const struct side *side = is_new ? &d->diff->after : &d->diff->before;
  const bool has_name = x->names.en.at != NULL;
  const struct str own = has_name ? STR("") : nuo__diff_written(d, side->program, x->condition->span);
  const struct str en = has_name ? x->label : own, zh = has_name ? x->label_zh : own;
  return (struct diag_arg){
      nuo__arena_format(d->arena, "%s exception: %.*s", is_new ? "a new" : "no longer an", (int)en.len,
                        en.at),
      nuo__arena_format(d->arena, "%s例外：%.*s", is_new ? "新增" : "取消", (int)zh.len, zh.at)};
}

static struct diag_arg exceptions_said(struct differ *d, const struct rule *before,
                                       const struct rule *after) {
  const struct rule *more = before->exceptions.count > after->exceptions.count ? before : after;
  const struct rule *less = more == before ? after : before;
  for (uint32_t i = 0; more->exceptions.count != less->exceptions.count && i < more->exceptions.count; i++) {
    const struct exception *x = more->exceptions.at[i];
    bool there = false;
    for (uint32_t k = 0; k < less->exceptions.count; k++)
      there = there || nuo__str_equal(nuo__reason_key(d->arena, x->condition),
                                      nuo__reason_key(d->arena, less->exceptions.at[k]->condition));
    if (there) continue;
    return exception_said(d, x, more == after);
  }
  return nuo__diag_pair("an exception", "例外");
}

static struct diag_arg condition_said(struct differ *d, const struct rule *before, const struct rule *after) {
  const struct expr *a = nuo__expr_peel(before->condition), *b = nuo__expr_peel(after->condition);
  if (before->core != after->core) return nuo__diag_pair("what it demands", "要求的方式");
  if (before->core != CORE_LIMIT) return nuo__diag_pair("the condition", "条件");
  const struct reasoner now = {.arena = d->arena, .day = &nuo__diff_epochs(d).at[0].first};
  a = nuo__constant_of(&now, a);
  b = nuo__constant_of(&now, b);
  if (a == NULL || b == NULL) return nuo__diag_pair("the limit", "上限");
  return (struct diag_arg){
      nuo__arena_format(d->arena, "the limit: %lld → %lld", (long long)a->number, (long long)b->number),
      nuo__arena_format(d->arena, "上限：%lld → %lld", (long long)a->number, (long long)b->number)};
}

static struct diag_arg severity_said(struct differ *d, const struct rule *before, const struct rule *after) {
  const struct names none = {.en = STR("none"), .zh = STR("无")};
  const struct names a =
      before->severity < 0 ? none : d->diff->before.program->severities.at[before->severity].names;
  const struct names b =
      after->severity < 0 ? none : d->diff->after.program->severities.at[after->severity].names;
  return (struct diag_arg){
      nuo__arena_format(d->arena, "severity: %.*s → %.*s", (int)a.en.len, a.en.at, (int)b.en.len, b.en.at),
      nuo__arena_format(d->arena, "程度：%.*s → %.*s", (int)a.zh.len, a.zh.at, (int)b.zh.len, b.zh.at)};
}

static struct diag_arg part_said(struct differ *d, enum part part, const struct rule *before,
                                 const struct rule *after) {
  switch (part) {
    case PART_SCOPE:
      return nuo__diag_pair("to what it applies", "适用范围");
    case PART_CORE:
      return condition_said(d, before, after);
    case PART_WINDOW:
      return nuo__diag_pair("the time over which it counts", "计数的时段");
    case PART_EXCEPTIONS:
      return exceptions_said(d, before, after);
    case PART_ACTION:
      return action_said(d, "action", "处置", &before->action, &after->action);
    case PART_UNDETERMINED:
      return action_said(d, "action when undetermined", "不明时的处置", &before->undetermined,
                         &after->undetermined);
    case PART_SEVERITY:
      return severity_said(d, before, after);
    case PART_RAISES:
      return nuo__diag_pair("what it raises", "触发的事件");
    default:
      return nuo__diag_pair("when it is in force", "生效期间");
  }
}

bool nuo__rule_same_part(struct differ *d, enum part part, const struct rule *before,
                         const struct rule *after) {
  return nuo__str_equal(part_of(d->arena, d->diff->before.program, before, part),
                        part_of(d->arena, d->diff->after.program, after, part));
}

void nuo__rule_parts(struct differ *d, struct rule_change *change) {
  const struct rule *a = change->before, *b = change->after;
  for (int part = 0; part < PART_COUNT; part++)
    if (!nuo__rule_same_part(d, (enum part)part, a, b))
      VEC_PUSH(d->arena, &change->parts, part_said(d, (enum part)part, a, b));
}
