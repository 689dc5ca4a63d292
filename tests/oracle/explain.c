// SPDX-License-Identifier: Apache-2.0
// Evidence, reasons and messages of a finding, as the definition of evidence has it, by walking the syntax
// tree and evaluating every part anew. Called by decide.c.
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "runtime/image.h"
#include "runtime/when.h"
#include "tests/oracle/memory.h"

#define SHOWN_CHARS 80
#define SHOWN_ITEMS 16
#define SHOWN_TIMES 8
#define MAX_FACTS_DEEP 8

static nuo_text text_of(struct str s) {
  return (nuo_text){s.at, s.len};
}

// ---- values as JSON ----
static void put_json_string(struct buf *out, struct str text) {
  buf_put(out, "\"");
  for (uint32_t i = 0; i < text.len; i++) {
    const unsigned char c = (unsigned char)text.at[i];
    const char *short_form = c == '"'    ? "\\\""
                             : c == '\\' ? "\\\\"
                             : c == '\b' ? "\\b"
                             : c == '\f' ? "\\f"
                             : c == '\n' ? "\\n"
                             : c == '\r' ? "\\r"
                             : c == '\t' ? "\\t"
                                         : NULL;
    if (short_form != NULL)
      buf_put(out, short_form);
    else if (c < 0x20 || c == 0x7F)
      buf_printf(out, "\\u%04x", c);
    else
      buf_add(out, text.at + i, 1);
  }
  buf_put(out, "\"");
}

static struct str cut(struct oracle *o, struct str text) {
  uint32_t chars = 0, at = 0;
  for (; at < text.len; at++) {
    if (((unsigned char)text.at[at] & 0xC0) == 0x80) continue;
    if (chars++ == SHOWN_CHARS) break;
  }
  return at == text.len ? text : nuo__arena_format(o->arena, "%.*s…", (int)at, text.at);
}

static void put_decimal(struct buf *out, int64_t millionths) {
  const uint64_t size = millionths < 0 ? 0 - (uint64_t)millionths : (uint64_t)millionths;
  char digits[48];
  int len = snprintf(digits, sizeof digits, "%s%llu.%06llu", millionths < 0 ? "-" : "",
                     (unsigned long long)(size / 1000000), (unsigned long long)(size % 1000000));
  while (digits[len - 1] == '0') len--;
  if (digits[len - 1] == '.') len--;
  buf_add(out, digits, (size_t)len);
}

static void put_iso_duration(struct buf *out, int64_t ms) {
  const unsigned long long all = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
  const unsigned long long hours = all / 3600000, minutes = all / 60000 % 60, rest = all % 60000;
  buf_put(out, ms < 0 ? "-PT" : "PT");
  if (hours > 0) buf_printf(out, "%lluH", hours);
  if (minutes > 0) buf_printf(out, "%lluM", minutes);
  if (rest > 0 || all == 0) {
    put_decimal(out, (int64_t)rest * 1000);
    buf_put(out, "S");
  }
}

static void put_instant(struct oracle *o, struct buf *out, int64_t ms) {
  char text[40];
  if (!nuo__when_is_instant(ms)) {
    buf_put(out, "null");
    return;
  }
  nuo__when_format_rfc3339(ms, nuo__zone_offset_at(o->zone, ms), text);
  buf_printf(out, "\"%s\"", text);
}

static void put_list(struct oracle *o, struct buf *out, const struct value *v) {
  buf_put(out, "[");
  for (uint32_t i = 0; i < v->count && i < SHOWN_ITEMS; i++) {
    if (i > 0) buf_put(out, ",");
    value_json(o, &v->items[i], out);
  }
  if (v->count > SHOWN_ITEMS) buf_put(out, ",\"…\"");
  buf_put(out, "]");
}

void value_json(struct oracle *o, const struct value *v, struct buf *out) {
  char text[16];
  if (!v->known) {
    buf_put(out, "null");
    return;
  }
  switch (v->type->kind) {
    case TYPE_FLAG:
      buf_put(out, v->number ? "true" : "false");
      break;
    case TYPE_DECIMAL:
      put_decimal(out, v->number);
      break;
    case TYPE_TEXT:
    case TYPE_ZONE:
      put_json_string(out, cut(o, v->text));
      break;
    case TYPE_INSTANT:
      put_instant(o, out, v->number);
      break;
    case TYPE_DATE:
      nuo__when_format_date((int32_t)v->number, text);
      buf_printf(out, "\"%s\"", text);
      break;
    case TYPE_CLOCK:
      nuo__when_format_clock((int32_t)v->number, text);
      buf_printf(out, "\"%s\"", text);
      break;
    case TYPE_DURATION:
      buf_put(out, "\"");
      put_iso_duration(out, v->number);
      buf_put(out, "\"");
      break;
    case TYPE_ENUM:
      put_json_string(out, v->type->enumeration->items.at[v->number].names.en);
      break;
    case TYPE_LIST:
      put_list(o, out, v);
      break;
    default:
      buf_printf(out, "%lld", (long long)v->number);
      break;
  }
}

// What stands for a sensitive value.
static struct str masked(struct oracle *o, const struct value *v) {
  struct buf json = {0};
  unsigned char hash[16];
  char hex[33];
  if (o->mask_key.len == 0) return STR("***");
  value_json(o, v, &json);
  crypto_generichash(hash, sizeof hash, (const unsigned char *)json.at, json.len,
                     (const unsigned char *)o->mask_key.text, o->mask_key.len);
  buf_free(&json);
  return nuo__arena_format(o->arena, "masked:%s", sodium_bin2hex(hex, sizeof hex, hash, sizeof hash));
}

// ---- facts ----
static nuo_fact *fact_of(struct oracle *o, const struct field *field, fact_list *facts) {
  for (uint32_t i = 0; i < facts->count; i++)
    if (nuo__str_equal((struct str){facts->at[i].name.text, (uint32_t)facts->at[i].name.len}, field->path))
      return &facts->at[i];
  const struct value *v = &o->fields[field->index];
  nuo_fact fact = {.name = text_of(field->path), .name_zh = text_of(field->path_zh), .missing = !v->known};
  struct buf json = {0};
  fact.masked = field->sensitive && v->known;
  if (fact.masked)
    put_json_string(&json, masked(o, v));
  else
    value_json(o, v, &json);
  fact.value = text_of(buf_keep(o->arena, &json));
  VEC_PUSH(o->arena, facts, fact);
  return &facts->at[facts->count - 1];
}

// ---- what is sensitive ----
// A value that comes of a sensitive field, through facts as well; a key does not make a fact's value so.
static bool reads_sensitive_deep(struct oracle *o, const struct expr *e, int facts);

static bool is_sensitive_fact(struct oracle *o, const struct fact *fact, int facts) {
  for (uint32_t i = 0; facts < MAX_FACTS_DEEP && i < fact->changes.count; i++) {
    const struct expr *with = fact->changes.at[i].with;
    if (with != NULL && reads_sensitive_deep(o, with, facts + 1)) return true;
  }
  return false;
}

static bool reads_sensitive_deep(struct oracle *o, const struct expr *e, int facts) {
  e = expr_peel(e);
  if (e->kind == EXPR_AGGREGATE && e->aggregate->kind == AGGREGATE_SUM)
    return reads_sensitive_deep(o, e->counter->value, facts);
  if (e->kind == EXPR_SINCE || e->kind == EXPR_AGGREGATE) return false;
  if (e->ref == REF_FACT) return is_sensitive_fact(o, e->target, facts);
  if (e->ref == REF_FIELD && ((const struct field *)e->target)->sensitive) return true;
  const expr_list operands = expr_operands(o, e);
  for (uint32_t i = 0; i < operands.count; i++)
    if (reads_sensitive_deep(o, operands.at[i], facts)) return true;
  return false;
}

// ---- facts out of the memory ----
// What is told twice, by name and value, is told once. No field has the name of a fact or a counter.
static void add_remembered(struct oracle *o, nuo_fact fact, struct buf *json, fact_list *facts) {
  fact.value = text_of(buf_keep(o->arena, json));
  for (uint32_t i = 0; i < facts->count; i++) {
    const nuo_fact *f = &facts->at[i];
    if (f->name.len == fact.name.len && f->value.len == fact.value.len &&
        memcmp(f->name.text, fact.name.text, fact.name.len) == 0 &&
        memcmp(f->value.text, fact.value.text, fact.value.len) == 0)
      return;
  }
  VEC_PUSH(o->arena, facts, fact);
}

// It holds, its value, or since when.
static void add_holding(struct oracle *o, const struct expr *e, fact_list *facts) {
  const struct expr *call = e->kind == EXPR_SINCE ? expr_peel(e->left) : e;
  const struct fact *fact = call->target;
  const struct value v = eval(o, e);
  nuo_fact told = {.name = text_of(fact->names.en), .name_zh = text_of(fact->names.zh), .missing = !v.known};
  struct buf json = {0};
  told.masked = v.known && e->kind != EXPR_SINCE && is_sensitive_fact(o, fact, 0);
  if (told.masked)
    put_json_string(&json, masked(o, &v));
  else
    value_json(o, &v, &json);
  add_remembered(o, told, &json, facts);
}

static nuo_fact counter_fact(const struct counter *counter) {
  return (nuo_fact){.name = text_of(counter->label), .name_zh = text_of(counter->label)};
}

// {"count":3,"times":[…]}: the latest of them.
static void add_count(struct oracle *o, const struct counter *counter, const expr_list *key,
                      const struct model_window *window, fact_list *facts) {
  nuo_fact told = counter_fact(counter);
  struct buf json = {0};
  time_list times = {0};
  told.missing = !counted_times(o, counter, key, window, &times);
  const uint32_t count = times.count < counter->capacity ? times.count : counter->capacity;
  const uint32_t shown = count < SHOWN_TIMES ? count : SHOWN_TIMES;
  if (told.missing) {
    buf_put(&json, "null");
  } else {
    buf_printf(&json, "{\"count\":%u,\"times\":[", count);
    for (uint32_t i = times.count - shown; i < times.count; i++) {
      if (i > times.count - shown) buf_put(&json, ",");
      put_instant(o, &json, times.at[i]);
    }
    buf_put(&json, "]}");
  }
  add_remembered(o, told, &json, facts);
}

// {"sum":12.5,"count":3}, {"share":0.5,"part":1,"of":2} or {"distinct":2}.
static void add_total(struct oracle *o, const struct expr *e, fact_list *facts) {
  nuo_fact told = counter_fact(e->counter);
  struct buf json = {0};
  struct total of;
  const struct value v = aggregate_value(o, e, &of);
  const enum aggregate_kind kind = e->aggregate->kind;
  told.missing = !v.known;
  told.masked = v.known && kind == AGGREGATE_SUM && reads_sensitive_deep(o, e, 0);
  if (told.missing) {
    buf_put(&json, "null");
  } else if (told.masked) {
    put_json_string(&json, masked(o, &v));
  } else if (kind == AGGREGATE_DISTINCT) {
    buf_printf(&json, "{\"distinct\":%lld}", (long long)v.number);
  } else {
    buf_put(&json, kind == AGGREGATE_SUM ? "{\"sum\":" : "{\"share\":");
    value_json(o, &v, &json);
    if (kind == AGGREGATE_SUM)
      buf_printf(&json, ",\"count\":%u}", of.count);
    else
      buf_printf(&json, ",\"part\":%u,\"of\":%u}", of.part, of.count);
  }
  add_remembered(o, told, &json, facts);
}

// The latest counted event.
static void add_last(struct oracle *o, const struct expr *e, fact_list *facts) {
  nuo_fact told = counter_fact(e->counter);
  struct buf json = {0};
  time_list times = {0};
  told.missing = !counted_times(o, e->counter, &e->items, NULL, &times) || times.count == 0;
  if (told.missing)
    buf_put(&json, "null");
  else
    put_instant(o, &json, times.at[times.count - 1]);
  add_remembered(o, told, &json, facts);
}

static void add_memory(struct oracle *o, const struct expr *e, fact_list *facts) {
  if (e->ref == REF_FACT || e->kind == EXPR_SINCE) add_holding(o, e, facts);
  if (e->kind != EXPR_AGGREGATE) return;
  if (e->aggregate->kind == AGGREGATE_ELAPSED)
    add_last(o, e, facts);
  else if (e->aggregate->kind != AGGREGATE_COUNT)
    add_total(o, e, facts);
  else
    add_count(o, e->counter, &e->items, e->window, facts);
}

static void add_zone_fact(struct oracle *o, fact_list *facts) {
  if (o->event->zone != NULL) fact_of(o, o->event->zone, facts);
}

static const struct duty *duty_of(const struct oracle *o, const struct event_type *event) {
  for (uint32_t i = 0; i < o->program->duties.count; i++)
    if (o->program->duties.at[i]->event == event) return o->program->duties.at[i];
  return NULL;
}

static void add_fields(struct oracle *o, const struct expr *e, fact_list *facts);

// Instead of whether the due time was certain: what was due when, and what that was made of.
static void add_due_facts(struct oracle *o, const struct field *certainty, fact_list *facts) {
  static const char *const names[] = {"due", "step", "from", "until"};
  for (int n = 0; n < 4; n++)
    for (uint32_t i = 0; i < certainty->index; i++) {
      const struct field *field = certainty->event->fields.at[i];
      if (nuo__str_is(field->path, names[n])) fact_of(o, field, facts);
    }
  const struct duty *duty = duty_of(o, certainty->event);
  for (uint32_t i = 0; i < duty->steps.count; i++)
    if (duty->steps.at[i].told != NULL) add_fields(o, duty->steps.at[i].again, facts);
}

// Every field read below an expression, in source order.
static void add_fields(struct oracle *o, const struct expr *e, fact_list *facts) {
  e = expr_peel(e);
  if (e->ref == REF_FIELD && is_certainty(e->target))
    add_due_facts(o, e->target, facts);
  else if (e->ref == REF_FIELD)
    fact_of(o, e->target, facts);
  add_memory(o, e, facts);
  const expr_list operands = expr_operands(o, e);
  for (uint32_t i = 0; i < operands.count; i++) add_fields(o, operands.at[i], facts);
  if (e->kind == EXPR_OPERATOR && e->right != NULL && e->right->type->kind == TYPE_PERIOD &&
      e->left->type->kind == TYPE_INSTANT)
    add_zone_fact(o, facts);
  if (e->ref != REF_BUILTIN) return;
  if (e->builtin == BUILTIN_years_since) fact_of(o, o->event->time, facts);
  if (e->builtin <= BUILTIN_years_since) add_zone_fact(o, facts);
}

static void add_hits(struct oracle *o, const struct expr *atom, fact_list *facts) {
  const struct field *field = hits_field(o, atom);
  hit_list hits = {0};
  if (field == NULL) return;
  nuo_fact *fact = fact_of(o, field, facts);
  if (fact->masked || fact->hit_count > 0) return;
  text_hits(o, atom, &hits);
  fact->hits = hits.at;
  fact->hit_count = hits.count;
}

static bool is_connective(const struct expr *e) {
  return e->kind == EXPR_OPERATOR && (e->op == OP_and || e->op == OP_or || e->op == OP_not);
}

static bool same_state(const struct value *a, const struct value *b) {
  return a->known == b->known && (!a->known || a->number == b->number);
}

// The parts of a connective that made it what it is.
static expr_list deciding(struct oracle *o, const struct expr *e) {
  expr_list parts = {0};
  const struct value whole = eval(o, e);
  const bool all = e->op == OP_not || (whole.known && (e->op == OP_and) == (whole.number != 0));
  struct expr *const both[] = {e->left, e->right};
  for (int i = 0; i < 2 && both[i] != NULL; i++) {
    const struct value part = eval(o, both[i]);
    if (all || same_state(&part, &whole)) VEC_PUSH(o->arena, &parts, both[i]);
  }
  return parts;
}

void collect_facts(struct oracle *o, const struct expr *e, fact_list *facts) {
  e = expr_peel(e);
  if (is_connective(e)) {
    const expr_list parts = deciding(o, e);
    for (uint32_t i = 0; i < parts.count; i++) collect_facts(o, parts.at[i], facts);
    return;
  }
  add_fields(o, e, facts);
  const struct value v = eval(o, e);
  if (value_true(&v)) add_hits(o, e, facts);
}

void collect_count_facts(struct oracle *o, const struct counter *counter, const expr_list *key,
                         const struct model_window *window, fact_list *facts) {
  add_count(o, counter, key, window, facts);
  for (uint32_t i = 0; i < key->count; i++) add_fields(o, key->at[i], facts);
}

// ---- reasons ----
static void add_reason(struct oracle *o, struct reason reason, reason_list *reasons) {
  const nuo_text name = text_of(reason.name);
  for (uint32_t i = 0; i < reasons->count; i++) {
    const nuo_reason *r = &reasons->at[i];
    if (r->kind == reason.kind && r->name.len == name.len &&
        (name.len == 0 || memcmp(r->name.text, name.text, name.len) == 0))
      return;
  }
  VEC_PUSH(o->arena, reasons, (nuo_reason){reason.kind, name});
}

void collect_count_reasons(struct oracle *o, const struct counter *counter, const expr_list *key,
                           const struct model_window *window, reason_list *reasons) {
  const struct value start = window_start(o, counter, window);
  if (!start.known) add_reason(o, start.own, reasons);
  for (uint32_t i = 0; i < key->count; i++) collect_reasons(o, key->at[i], reasons);
}

// Why it is not known when the missed step was due. False when that is known.
static bool collect_deadlines(struct oracle *o, const struct field *certainty, reason_list *reasons) {
  const struct duty *duty = duty_of(o, certainty->event);
  bool any = false;
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    if (duty->steps.at[i].told == NULL) continue;
    const struct value told = eval(o, duty->steps.at[i].told);
    if (value_true(&told)) continue;
    collect_reasons(o, duty->steps.at[i].again, reasons);
    any = true;
  }
  return any;
}

void collect_reasons(struct oracle *o, const struct expr *e, reason_list *reasons) {
  e = expr_peel(e);
  const struct value whole = eval(o, e);
  if (whole.known) return;
  if (e->kind == EXPR_AGGREGATE && e->window != NULL) {
    if (whole.has_own)
      add_reason(o, whole.own, reasons);
    else
      collect_count_reasons(o, e->counter, &e->items, e->window, reasons);
    return;
  }
  const expr_list operands = expr_operands(o, e);
  bool below = e->ref == REF_FIELD && is_certainty(e->target) && collect_deadlines(o, e->target, reasons);
  for (uint32_t i = 0; i < operands.count; i++) {
    const struct value part = eval(o, operands.at[i]);
    if (part.known || operands.at[i]->kind == EXPR_REGEX) continue;
    below = true;
    collect_reasons(o, operands.at[i], reasons);
  }
  if (!below && whole.has_own) add_reason(o, whole.own, reasons);
}

// ---- messages ----
static bool has_han(struct str text) {
  for (uint32_t i = 0; i + 2 < text.len; i++) {
    const unsigned char *p = (const unsigned char *)text.at + i;
    const uint32_t c = (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3F);
    if ((p[0] & 0xF0) == 0xE0 && c >= 0x4E00 && c <= 0x9FFF) return true;
  }
  return false;
}

static bool is_chinese(const struct expr *template) {
  for (uint32_t i = 0; i < template->items.count; i++)
    if (template->items.at[i]->kind == EXPR_TEXT && has_han(template->items.at[i]->text)) return true;
  return false;
}

static void put_plain_instant(struct oracle *o, struct buf *out, int64_t ms) {
  int32_t day, clock;
  char date[11], time[13];
  if (!nuo__when_is_instant(ms) || !nuo__zone_local(o->zone, ms, &day, &clock)) {
    buf_put(out, "?");
    return;
  }
  nuo__when_format_date(day, date);
  nuo__when_format_clock(clock / 1000 * 1000, time);
  buf_printf(out, "%s %s", date, time);
}

static void put_plain_duration(struct buf *out, int64_t ms, bool chinese) {
  if (ms != 0 && ms % 3600000 == 0)
    buf_printf(out, "%lld %s", (long long)(ms / 3600000), chinese ? "小时" : "h");
  else if (ms != 0 && ms % 60000 == 0)
    buf_printf(out, "%lld %s", (long long)(ms / 60000), chinese ? "分钟" : "min");
  else if (ms % 1000 == 0)
    buf_printf(out, "%lld %s", (long long)(ms / 1000), chinese ? "秒" : "s");
  else
    buf_printf(out, "%lld %s", (long long)ms, chinese ? "毫秒" : "ms");
}

static void put_plain(struct oracle *o, struct buf *out, const struct value *v, bool chinese) {
  char text[16];
  if (!v->known) {
    buf_put(out, chinese ? "（缺失）" : "(missing)");
    return;
  }
  switch (v->type->kind) {
    case TYPE_FLAG:
      buf_put(out, chinese ? (v->number ? "是" : "否") : v->number ? "true" : "false");
      break;
    case TYPE_TEXT:
    case TYPE_ZONE:
      buf_str(out, cut(o, v->text));
      break;
    case TYPE_INSTANT:
      put_plain_instant(o, out, v->number);
      break;
    case TYPE_DATE:
      nuo__when_format_date((int32_t)v->number, text);
      buf_put(out, text);
      break;
    case TYPE_CLOCK:
      nuo__when_format_clock((int32_t)v->number, text);
      buf_put(out, text);
      break;
    case TYPE_DURATION:
      put_plain_duration(out, v->number, chinese);
      break;
    case TYPE_ENUM: {
      const struct names *names = &v->type->enumeration->items.at[v->number].names;
      buf_str(out, chinese ? names->zh : names->en);
      break;
    }
    default:
      value_json(o, v, out);
      break;
  }
}

static void put_part(struct oracle *o, struct buf *out, const struct expr *part, bool chinese) {
  const struct value v = eval(o, part);
  if (v.known && reads_sensitive_deep(o, part, 0))
    buf_str(out, masked(o, &v));
  else
    put_plain(o, out, &v, chinese);
}

// In Chinese text, what is awaited goes by its Chinese name.
static bool put_step(const struct oracle *o, struct buf *out, const struct expr *part) {
  part = expr_peel(part);
  const struct field *field = part->ref == REF_FIELD ? part->target : NULL;
  const struct duty *duty = field == NULL ? NULL : duty_of(o, field->event);
  if (duty == NULL || duty->trigger == NULL || field->index != DUTY_STEP) return false;
  for (uint32_t i = 0; i < duty->steps.count; i++) {
    const struct event_type *awaited = duty->steps.at[i].match.event;
    if (!nuo__str_equal(awaited->wire_name, o->fields[DUTY_STEP].text)) continue;
    buf_str(out, awaited->names.zh);
    return true;
  }
  return false;
}

struct str fill_template(struct oracle *o, const struct expr *e) {
  struct buf out = {0};
  if (e == NULL) return STR("");
  if (e->kind != EXPR_TEMPLATE) return e->text;
  const bool chinese = is_chinese(e);
  for (uint32_t i = 0; i < e->items.count; i++) {
    const struct expr *part = e->items.at[i];
    if (part->kind == EXPR_TEXT)
      buf_str(&out, part->text);
    else if (!chinese || !put_step(o, &out, part))
      put_part(o, &out, part, chinese);
  }
  return buf_keep(o->arena, &out);
}
