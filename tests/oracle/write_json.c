// SPDX-License-Identifier: Apache-2.0
// An event as JSON text, in one of the many ways that mean the same: any order, white space, escapes, formats
// of times and numbers, a CloudEvents envelope around it. The style is a seed, so that an event prints the
// same every time. Called by trial.c.
#include <string.h>

#include "runtime/when.h"
#include "tests/oracle/oracle.h"

#define MAX_ORDERED 32

struct writer {
  struct rng rng;
  struct buf *out;
};

static bool chance(struct writer *w, uint32_t percent) {
  return rng_chance(&w->rng, percent);
}
static void put(struct writer *w, const char *text) {
  buf_put(w->out, text);
}

static void space(struct writer *w) {
  if (chance(w, 12)) put(w, chance(w, 50) ? " " : "\t ");
}

// ---- strings ----
static uint32_t next_char(const char **at) {
  const unsigned char *p = (const unsigned char *)*at;
  const int len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
  uint32_t c = len == 1 ? p[0] : (uint32_t)p[0] & (0x7Fu >> len);
  for (int i = 1; i < len; i++) c = c << 6 | (p[i] & 0x3F);
  *at += len;
  return c;
}

static void put_unicode_escape(struct writer *w, uint32_t c) {
  if (c < 0x10000) {
    buf_printf(w->out, chance(w, 50) ? "\\u%04x" : "\\u%04X", c);
    return;
  }
  buf_printf(w->out, "\\u%04x\\u%04x", 0xD7C0 + (c >> 10), 0xDC00 + (c & 0x3FF));
}

static void put_string(struct writer *w, struct str text, uint32_t escapes) {
  put(w, "\"");
  for (const char *at = text.at, *end = text.at + text.len; at < end;) {
    const char *from = at;
    const uint32_t c = next_char(&at);
    if (c == '"' || c == '\\')
      buf_printf(w->out, "\\%c", (char)c);
    else if (c == '\n' && chance(w, 50))
      put(w, "\\n");
    else if (c < 0x20 || chance(w, escapes))
      put_unicode_escape(w, c);
    else
      buf_add(w->out, from, (size_t)(at - from));
  }
  put(w, "\"");
}

static void put_text(struct writer *w, const char *text) {
  put_string(w, (struct str){text, (uint32_t)strlen(text)}, 0);
}

// ---- numbers and times ----
static void put_decimal(struct writer *w, int64_t value) {
  const uint64_t size = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
  if (size < 1000000000 && chance(w, 15)) {
    buf_printf(w->out, "%s%llue-6", value < 0 ? "-" : "", (unsigned long long)size);
    return;
  }
  buf_printf(w->out, "%s%llu", value < 0 ? "-" : "", (unsigned long long)(size / 1000000));
  if (size % 1000000 != 0 || chance(w, 20))
    buf_printf(w->out, ".%06llu", (unsigned long long)(size % 1000000));
}

static void put_instant(struct writer *w, int64_t ms) {
  static const int32_t offsets[] = {0, 28800, -18000, 20700};
  char text[40];
  if (chance(w, 25)) {
    buf_printf(w->out, "%lld", (long long)ms);
    return;
  }
  if (nuo__when_format_rfc3339(ms, offsets[rng_below(&w->rng, 4)], text) == 0)
    nuo__when_format_rfc3339(ms, 0, text);
  if (chance(w, 10)) text[10] = 't';
  put_text(w, text);
}

static void put_value(struct writer *w, const struct given *v);

static void put_list(struct writer *w, const struct given *v) {
  put(w, "[");
  for (uint32_t i = 0; i < v->count; i++) {
    if (i > 0) put(w, ",");
    space(w);
    put_value(w, &v->items[i]);
  }
  put(w, "]");
}

static void put_value(struct writer *w, const struct given *v) {
  char text[16];
  switch (v->kind) {
    case GIVEN_FLAG:
      put(w, v->number ? "true" : "false");
      break;
    case GIVEN_DECIMAL:
      put_decimal(w, v->number);
      break;
    case GIVEN_TEXT:
      put_string(w, v->text, chance(w, 20) ? 30 : 0);
      break;
    case GIVEN_ZONE:
    case GIVEN_ENUM:
      put_string(w, v->text, chance(w, 5) ? 30 : 0);
      break;
    case GIVEN_INSTANT:
      put_instant(w, v->number);
      break;
    case GIVEN_DATE:
      nuo__when_format_date((int32_t)v->number, text);
      put_text(w, text);
      break;
    case GIVEN_CLOCK:
      nuo__when_format_clock((int32_t)v->number, text);
      put_text(w, text);
      break;
    case GIVEN_LIST:
      put_list(w, v);
      break;
    default:
      buf_printf(w->out, "%lld", (long long)v->number);
  }
}

// ---- objects ----
static struct str first_segment(struct str path, struct str *rest) {
  for (uint32_t i = 0; i < path.len; i++)
    if (path.at[i] == '.') {
      *rest = (struct str){path.at + i + 1, path.len - i - 1};
      return (struct str){path.at, i};
    }
  *rest = (struct str){NULL, 0};
  return path;
}

static void put_member_name(struct writer *w, bool *first, struct str name) {
  if (!*first) put(w, ",");
  *first = false;
  space(w);
  put_string(w, name, 0);
  space(w);
  put(w, ":");
  space(w);
}

static void put_leaf(struct writer *w, const struct given_member *m) {
  if (m->null)
    put(w, "null");
  else
    put_value(w, &m->value);
}

// All members of one record, wherever they stand in the list.
static void put_record(struct writer *w, const struct given_event *event, struct str record,
                       const uint32_t *order) {
  bool first = true;
  put(w, "{");
  for (uint32_t i = 0; i < event->count; i++) {
    struct str rest;
    const struct given_member *m = &event->members[order[i]];
    if (!nuo__str_equal(first_segment(m->path, &rest), record) || rest.at == NULL) continue;
    put_member_name(w, &first, rest);
    put_leaf(w, m);
  }
  put(w, "}");
}

static bool record_is_done(const struct given_event *event, struct str record, const uint32_t *order,
                           uint32_t before) {
  struct str rest;
  for (uint32_t i = 0; i < before; i++)
    if (nuo__str_equal(first_segment(event->members[order[i]].path, &rest), record)) return true;
  return false;
}

static void put_members(struct writer *w, const struct given_event *event, const uint32_t *order,
                        bool *first) {
  for (uint32_t i = 0; i < event->count; i++) {
    struct str rest;
    const struct given_member *m = &event->members[order[i]];
    const struct str name = first_segment(m->path, &rest);
    if (rest.at != NULL && record_is_done(event, name, order, i)) continue;
    put_member_name(w, first, name);
    if (rest.at != NULL)
      put_record(w, event, name, order);
    else
      put_leaf(w, m);
  }
}

static void shuffle(struct writer *w, uint32_t *order, uint32_t count) {
  const bool keep = chance(w, 50);
  for (uint32_t i = 0; i < count; i++) order[i] = i;
  for (uint32_t i = count; !keep && i > 1; i--) {
    const uint32_t k = rng_below(&w->rng, i), swapped = order[k];
    order[k] = order[i - 1];
    order[i - 1] = swapped;
  }
}

static void put_type(struct writer *w, const struct given_event *event, bool *first) {
  put_member_name(w, first, STR("type"));
  put_string(w, event->wire, 0);
}

static void put_envelope(struct writer *w, const struct given_event *event, const uint32_t *order) {
  bool first = true, inner = true;
  const bool data_first = chance(w, 30);
  put(w, "{");
  for (int part = 0; part < 2; part++) {
    if ((part == 0) == data_first) {
      put_member_name(w, &first, STR("data"));
      put(w, "{");
      put_members(w, event, order, &inner);
      put(w, "}");
    } else {
      put_member_name(w, &first, STR("specversion"));
      put_text(w, "1.0");
      put_type(w, event, &first);
      put_member_name(w, &first, STR("source"));
      put_text(w, "/x");
    }
  }
  put(w, "}");
}

void event_write_json(const struct given_event *event, struct buf *out) {
  struct writer w = {{event->style}, out};
  uint32_t order[MAX_ORDERED];
  bool first = true;
  shuffle(&w, order, event->count);
  if (chance(&w, 10) && is_event(event)) {
    put_envelope(&w, event, order);
    return;
  }
  const bool type_last = chance(&w, 30);
  put(&w, "{");
  if (!type_last) put_type(&w, event, &first);
  put_members(&w, event, order, &first);
  if (type_last) put_type(&w, event, &first);
  put(&w, "}");
}
