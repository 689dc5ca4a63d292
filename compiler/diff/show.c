// SPDX-License-Identifier: Apache-2.0
// A witness as a test that an author can take over: it passes with the new version and fails with the old
// one.
#include "compiler/diff/diff_inside.h"
#include "runtime/when.h"

struct shown {
  struct text_out *out;
  nuo_language language;
  const struct rule_change *change;
  const struct witness *w;
  uint32_t expectations;
};

static void put(struct shown *s, const char *en, const char *zh) {
  nuo__out_string(s->out, s->language == NUO_CHINESE ? zh : en);
}

static void put_str(struct shown *s, struct str text) {
  nuo__out_bytes(s->out, text.at, text.len);
}

static void put_name(struct shown *s, struct names names) {
  put_str(s, s->language == NUO_CHINESE ? names.zh : names.en);
}

// ---- values ----

static void put_text(struct shown *s, struct str text) {
  nuo__out_string(s->out, "\"");
  for (uint32_t i = 0; i < text.len; i++) {
    const char c = text.at[i];
    if (c == '"' || c == '\\' || c == '{' || c == '}') nuo__out_string(s->out, "\\");
    if (c == '\n')
      nuo__out_string(s->out, "\\n");
    else if (c == '\t')
      nuo__out_string(s->out, "\\t");
    else
      nuo__out_bytes(s->out, &c, 1);
  }
  nuo__out_string(s->out, "\"");
}

static void put_instant(struct shown *s, int64_t time, const struct zone *zone) {
  char text[40];
  const int32_t offset = zone == NULL ? 0 : nuo__zone_offset_at(zone, time);
  nuo__out_bytes(s->out, text, nuo__when_format_rfc3339(time, offset, text));
}

static void put_duration(struct shown *s, int64_t ms) {
  static const struct {
    int64_t ms;
    const char *en, *zh;
  } units[] = {{3600000, " hours", "小时"}, {60000, " minutes", "分钟"}, {1000, " seconds", "秒"}};
  for (size_t i = 0; i < 3; i++) {
    if (ms % units[i].ms != 0 && i < 2) continue;
    nuo__out_integer(s->out, ms / units[i].ms);
    put(s, units[i].en, units[i].zh);
    return;
  }
}

static void put_value(struct shown *s, const struct type *type, const struct expr *e,
                      const struct zone *zone) {
  char text[16];
  switch (type->kind) {
    case TYPE_FLAG:
      put(s, e->number != 0 ? "true" : "false", e->number != 0 ? "真" : "假");
      break;
    case TYPE_DECIMAL:
      nuo__out_decimal(s->out, e->number);
      break;
    case TYPE_INSTANT:
      put_instant(s, e->number, zone);
      break;
    case TYPE_DATE:
      nuo__out_bytes(s->out, text, nuo__when_format_date((int32_t)e->number, text));
      break;
    case TYPE_CLOCK:
      nuo__out_bytes(s->out, text, nuo__when_format_clock((int32_t)e->number, text));
      break;
    case TYPE_DURATION:
      put_duration(s, e->number);
      break;
    case TYPE_ENUM:
      put_name(s, type->enumeration->items.at[e->number].names);
      break;
    case TYPE_LIST:
      nuo__out_string(s->out, "{");
      for (uint32_t i = 0; i < e->items.count; i++) {
        if (i > 0) put(s, ", ", "，");
        put_value(s, type->element, e->items.at[i], zone);
      }
      nuo__out_string(s->out, "}");
      break;
    case TYPE_TEXT:
    case TYPE_ZONE:
      put_text(s, e->text);
      break;
    default:
      nuo__out_integer(s->out, e->number);
  }
}

// ---- steps ----

static void put_event(struct shown *s, const struct draft_event *event, bool is_given,
                      const struct zone *zone) {
  const struct event_type *type = event->event;
  put(s, is_given ? "  given " : "  when ", is_given ? "  已知 " : "  当 ");
  put_name(s, type->names);
  nuo__out_string(s->out, " {");
  bool any = false;
  for (uint32_t i = 0; i < type->fields.count; i++) {
    const struct field *field = type->fields.at[i];
    if (event->values[i] == NULL) continue;
    put(s, any ? ", " : " ", any ? "，" : " ");
    put_str(s, s->language == NUO_CHINESE ? field->path_zh : field->path);
    put(s, ": ", "：");
    put_value(s, field->type, event->values[i], zone);
    any = true;
  }
  nuo__out_string(s->out, " }\n");
}

static void expect(struct shown *s, const char *en, const char *zh) {
  put(s, "  expect ", "  预期 ");
  put(s, en, zh);
  s->expectations++;
}

static void expect_of_rule(struct shown *s, bool breach) {
  expect(s, breach ? "breach of " : "no breach of ", breach ? "违反 " : "未违反 ");
  put_name(s, (s->change->after != NULL ? s->change->after : s->change->before)->names);
  nuo__out_string(s->out, "\n");
}

static void expect_verdict(struct shown *s, const struct zone *zone) {
  static const char *const names[][2] = {{"allow", "放行"}, {"note", "记录"}, {"", ""},
                                         {"defer", "延后"}, {"hold", "待审"}, {"block", "拦截"}};
  const struct outcome *o = &s->w->after;
  expect(s, names[o->verdict][0], names[o->verdict][1]);
  if ((o->is_breach || o->is_undetermined) && o->sole && o->action == o->verdict) {
    put(s, " by ", " 因 ");
    put_name(s, s->change->after->names);
  }
  if (o->verdict == NUO_DEFER && o->action == NUO_DEFER && o->sole) {
    put(s, " until ", " 至 ");
    put_instant(s, o->until, zone);
  }
  nuo__out_string(s->out, "\n");
}

static void expect_event(struct shown *s, const struct zone *zone) {
  const struct outcome *a = &s->w->before, *b = &s->w->after;
  if (s->change->after != NULL && a->is_breach != b->is_breach) expect_of_rule(s, b->is_breach);
  const bool has_word = b->verdict != NUO_AMEND;
  if (has_word && (a->verdict != b->verdict || (b->verdict == NUO_DEFER && a->until != b->until)))
    expect_verdict(s, zone);
}

// ---- time passing ----

static bool has(const struct outcome *o, int64_t time) {
  for (uint32_t i = 0; i < o->missed.count; i++)
    if (o->missed.at[i] == time) return true;
  return false;
}

static void expect_at(struct shown *s, int64_t time, bool breach, const struct zone *zone) {
  put(s, "  at ", "  到 ");
  put_instant(s, time + s->w->delay + 1, zone);
  put(s, " expect ", " 预期 ");
  put(s, breach ? "breach of " : "no breach of ", breach ? "违反 " : "未违反 ");
  put_name(s, s->change->after->names);
  nuo__out_string(s->out, "\n");
  s->expectations++;
}

// The next time after `time` at which a version says that something was missed.
static int64_t next_missed(const struct witness *w, int64_t time) {
  int64_t next = INT64_MAX;
  for (int i = 0; i < 2; i++) {
    const struct outcome *o = i == 0 ? &w->before : &w->after;
    for (uint32_t k = 0; k < o->missed.count; k++)
      if (o->missed.at[k] > time && o->missed.at[k] < next) next = o->missed.at[k];
  }
  return next;
}

// Events and expectations by time, to the first at which the versions differ.
static void put_course(struct shown *s, const struct zone *zone) {
  const struct draft *draft = s->w->draft;
  int64_t missed = next_missed(s->w, INT64_MIN);
  for (uint32_t i = 0; i <= draft->earlier.count; i++) {
    const struct draft_event *event = i < draft->earlier.count ? draft->earlier.at[i] : draft->event;
    for (; missed < nuo__draft_time(event) - s->w->delay; missed = next_missed(s->w, missed)) {
      if (s->change->after != NULL) expect_at(s, missed, has(&s->w->after, missed), zone);
      if (has(&s->w->before, missed) != has(&s->w->after, missed)) return;
    }
    put_event(s, event, false, zone);
  }
  for (; missed != INT64_MAX && s->change->after != NULL; missed = next_missed(s->w, missed)) {
    expect_at(s, missed, has(&s->w->after, missed), zone);
    if (has(&s->w->before, missed) != has(&s->w->after, missed)) return;
  }
}

static void put_body(struct shown *s, const struct zone *zone) {
  const struct draft *draft = s->w->draft;
  if (draft->until != INT64_MIN) {
    put_course(s, zone);
    return;
  }
  for (uint32_t i = 0; i < draft->earlier.count; i++) put_event(s, draft->earlier.at[i], true, zone);
  put_event(s, draft->event, false, zone);
  expect_event(s, zone);
}

static const struct zone *zone_named(struct zone_set *zones, struct str name) {
  uint16_t handle = ZONE_UTC;
  nuo__zone_set_find(zones, name.at, name.len, &handle);
  return nuo__zone_set_get(zones, handle);
}

// A sample when nothing that a test can expect tells the versions apart.
void nuo__witness_write(struct text_out *out, const struct rule_change *change, const struct witness *witness,
                        nuo_language language) {
  struct text_out body = {.allocator = out->allocator};
  struct shown s = {.out = &body, .language = language, .change = change, .w = witness};
  struct zone_set *zones;
  if (nuo__zone_set_new(NULL, 0, nuo__default_allocator(), &zones) != ZONE_OK) return;
  put_body(&s, zone_named(zones, witness->program->zone));
  nuo__zone_set_free(zones);
  s.out = out;
  put(&s, s.expectations > 0 ? "test \"" : "sample \"", s.expectations > 0 ? "测试 \"" : "样例 \"");
  put_name(&s, (change->after != NULL ? change->after : change->before)->names);
  put(&s, witness->is_stricter ? ", stricter than before\" {\n" : ", looser than before\" {\n",
      witness->is_stricter ? "比先前从严\" {\n" : "比先前从宽\" {\n");
  nuo__out_bytes(out, body.at, body.len);
  nuo__out_string(out, "}\n");
  nuo__out_free(&body);
}
