// SPDX-License-Identifier: Apache-2.0
// Values as text: as JSON for evidence, plainly for messages. Called by explain.c.
#include <sodium.h>
#include <string.h>

#include "runtime/explain.h"
#include "runtime/utf8.h"
#include "runtime/when.h"

#define TEXT_POINTS 80    // code points of a text that are shown
#define LIST_ELEMENTS 16  // elements of a list that are shown

bool nuo__cell_known(const struct explain *e, uint8_t reg_class, uint16_t reg) {
  const struct batch *b = e->batch;
  uint64_t mask = reg_class == REG_PLANE    ? b->planes[reg].t | b->planes[reg].f
                  : reg_class == REG_COLUMN ? b->column_known[reg]
                  : reg_class == REG_WIDE   ? b->wide_known[reg]
                  : reg_class == REG_HALF   ? b->half_known[reg]
                  : reg_class == REG_TEXT   ? b->text_known[reg]
                                            : b->list_known[reg];
  return mask >> e->lane & 1;
}

static int64_t number_of(const struct explain *e, const struct cell_ref *c) {
  const struct batch *b = e->batch;
  switch (c->reg_class) {
    case REG_PLANE:
      return (int64_t)(b->planes[c->reg].t >> e->lane & 1);
    case REG_WIDE:
      return b->wides[c->reg][e->lane];
    case REG_HALF:
      return b->halves[c->reg][e->lane];
    default:
      return b->columns[c->reg][e->lane];
  }
}

int32_t nuo__render_offset(const nuo_program *program, const struct batch *batch, uint32_t lane,
                           int64_t instant) {
  int32_t offset = nuo__zone_offset_at(nuo__zone_set_get(program->zones, batch->zone[lane]), instant);
  return nuo__when_is_instant(instant + (int64_t)offset * 1000) ? offset : 0;
}

// ---- pieces ----

// Where `text` is cut after TEXT_POINTS code points.
static size_t cut_text(const char *text, size_t len) {
  size_t at = 0;
  for (int points = 0; at < len && points < TEXT_POINTS; points++)
    at += nuo__utf8_length((unsigned char)text[at]);
  return at;
}

static void out_text_json(struct text_out *out, const char *text, size_t len) {
  size_t cut = cut_text(text, len);
  nuo__out_json(out, text, cut);
  if (cut == len || out->failed) return;
  out->len--;  // the closing quote
  nuo__out_string(out, "…\"");
}

static void out_text_plain(struct text_out *out, const char *text, size_t len) {
  size_t cut = cut_text(text, len);
  nuo__out_bytes(out, text, cut);
  if (cut < len) nuo__out_string(out, "…");
}

static void out_quoted(struct text_out *out, const char *text, size_t len, bool json) {
  if (json) nuo__out_bytes(out, "\"", 1);
  nuo__out_bytes(out, text, len);
  if (json) nuo__out_bytes(out, "\"", 1);
}

static void out_date(struct text_out *out, int64_t days, bool json) {
  char text[11];
  if (!nuo__when_is_date(days)) {
    nuo__out_string(out, "null");
    return;
  }
  out_quoted(out, text, nuo__when_format_date((int32_t)days, text), json);
}

static void out_clock(struct text_out *out, int64_t ms, bool json) {
  char text[13];
  if (!nuo__when_is_clock(ms)) {
    nuo__out_string(out, "null");
    return;
  }
  out_quoted(out, text, nuo__when_format_clock((int32_t)ms, text), json);
}

void nuo__render_instant(const struct explain *e, int64_t ms) {
  char text[40];
  if (!nuo__when_is_instant(ms)) {
    nuo__out_string(e->out, "null");
    return;
  }
  out_quoted(e->out, text,
             nuo__when_format_rfc3339(ms, nuo__render_offset(e->program, e->batch, e->lane, ms), text), true);
}

// "2025-07-02 23:30", with seconds where there are any.
static void out_instant_plain(const struct explain *e, int64_t ms) {
  int32_t date, clock;
  const struct zone *zone = nuo__zone_set_get(e->program->zones, e->batch->zone[e->lane]);
  if (!nuo__when_is_instant(ms) || !nuo__zone_local(zone, ms, &date, &clock)) {
    nuo__out_string(e->out, "?");
    return;
  }
  out_date(e->out, date, false);
  nuo__out_bytes(e->out, " ", 1);
  out_clock(e->out, clock - clock % 1000, false);
}

// ISO 8601: PT1H30M, PT0.25S, -PT2H, PT0S.
static void out_duration_json(struct text_out *out, int64_t ms) {
  uint64_t rest = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
  nuo__out_string(out, ms < 0 ? "\"-PT" : "\"PT");
  if (rest >= 3600000) nuo__out_integer(out, (int64_t)(rest / 3600000)), nuo__out_string(out, "H");
  if (rest % 3600000 >= 60000)
    nuo__out_integer(out, (int64_t)(rest % 3600000 / 60000)), nuo__out_string(out, "M");
  if (rest % 60000 > 0 || rest == 0)
    nuo__out_decimal(out, (int64_t)(rest % 60000) * 1000), nuo__out_string(out, "S");
  nuo__out_string(out, "\"");
}

// In the largest unit that leaves no rest.
static void out_duration_plain(struct text_out *out, int64_t ms, bool chinese) {
  static const struct {
    int64_t size;
    const char *en, *zh;
  } units[] = {{3600000, " h", " 小时"}, {60000, " min", " 分钟"}, {1000, " s", " 秒"}, {1, " ms", " 毫秒"}};
  int i = 0;
  while (ms % units[i].size != 0 || (ms == 0 && i < 2)) i++;
  nuo__out_integer(out, ms / units[i].size);
  nuo__out_string(out, chinese ? units[i].zh : units[i].en);
}

static void out_enum(const struct explain *e, const struct cell_ref *c, int64_t ordinal, bool json,
                     bool chinese) {
  const struct image *image = &e->program->image;
  if (ordinal < 0 || ordinal >= c->enum_count) {
    nuo__out_string(e->out, "null");
    return;
  }
  const struct image_enumerator *name = &image->ENUMERATORS[c->enum_first + ordinal];
  struct image_str text = chinese ? name->name_zh : name->name;
  if (json)
    nuo__out_json(e->out, image->STRINGS + text.at, text.len);
  else
    nuo__out_bytes(e->out, image->STRINGS + text.at, text.len);
}

static void out_zone(const struct explain *e, int64_t handle, bool json) {
  char name[ZONE_NAME_MAX];
  out_quoted(e->out, name, nuo__zone_set_name(e->program->zones, (uint16_t)handle, name), json);
}

// ---- scalars and lists ----

static void out_scalar_json(const struct explain *e, const struct cell_ref *c, uint8_t kind, int64_t value) {
  switch (kind) {
    case VALUE_FLAG:
      nuo__out_string(e->out, value ? "true" : "false");
      break;
    case VALUE_DECIMAL:
      nuo__out_decimal(e->out, value);
      break;
    case VALUE_INSTANT:
      nuo__render_instant(e, value);
      break;
    case VALUE_DATE:
      out_date(e->out, value, true);
      break;
    case VALUE_CLOCK:
      out_clock(e->out, value, true);
      break;
    case VALUE_DURATION:
      out_duration_json(e->out, value);
      break;
    case VALUE_ZONE:
      out_zone(e, value, true);
      break;
    case VALUE_ENUM:
      out_enum(e, c, value, true, false);
      break;
    default:
      nuo__out_integer(e->out, value);
      break;
  }
}

static void out_scalar_plain(const struct explain *e, const struct cell_ref *c, uint8_t kind, int64_t value,
                             bool zh) {
  switch (kind) {
    case VALUE_FLAG:
      nuo__out_string(e->out, zh ? (value ? "是" : "否") : (value ? "true" : "false"));
      break;
    case VALUE_DECIMAL:
      nuo__out_decimal(e->out, value);
      break;
    case VALUE_INSTANT:
      out_instant_plain(e, value);
      break;
    case VALUE_DATE:
      out_date(e->out, value, false);
      break;
    case VALUE_CLOCK:
      out_clock(e->out, value, false);
      break;
    case VALUE_DURATION:
      out_duration_plain(e->out, value, zh);
      break;
    case VALUE_ZONE:
      out_zone(e, value, false);
      break;
    case VALUE_ENUM:
      out_enum(e, c, value, false, zh);
      break;
    default:
      nuo__out_integer(e->out, value);
      break;
  }
}

static void out_element(const struct explain *e, const struct cell_ref *c, const union element *element,
                        bool json, bool zh) {
  if (c->element == VALUE_TEXT && json)
    out_text_json(e->out, element->text.at, element->text.len);
  else if (c->element == VALUE_TEXT)
    out_text_plain(e->out, element->text.at, element->text.len);
  else if (json)
    out_scalar_json(e, c, c->element, element->number);
  else
    out_scalar_plain(e, c, c->element, element->number, zh);
}

static void out_list(const struct explain *e, const struct cell_ref *c, bool json, bool zh) {
  const struct list_reg *list = &e->batch->lists[c->reg];
  uint32_t count = list->count[e->lane];
  const char *comma = json ? "," : zh ? "、" : ", ";
  if (json) nuo__out_string(e->out, "[");
  for (uint32_t i = 0; i < count && i < LIST_ELEMENTS; i++) {
    if (i > 0) nuo__out_string(e->out, comma);
    out_element(e, c, &e->batch->pool[list->first[e->lane] + i], json, zh);
  }
  if (count > LIST_ELEMENTS) {
    nuo__out_string(e->out, comma);
    out_quoted(e->out, "…", strlen("…"), json);
  }
  if (json) nuo__out_string(e->out, "]");
}

void nuo__render_json(const struct explain *e, const struct cell_ref *c) {
  const struct batch *b = e->batch;
  if (!nuo__cell_known(e, c->reg_class, c->reg))
    nuo__out_string(e->out, "null");
  else if (c->reg_class == REG_TEXT)
    out_text_json(e->out, b->texts[c->reg].at[e->lane], b->texts[c->reg].len[e->lane]);
  else if (c->reg_class == REG_LIST)
    out_list(e, c, true, false);
  else
    out_scalar_json(e, c, c->kind, number_of(e, c));
}

void nuo__render_plain(const struct explain *e, const struct cell_ref *c, bool chinese) {
  const struct batch *b = e->batch;
  if (!nuo__cell_known(e, c->reg_class, c->reg))
    nuo__out_string(e->out, chinese ? "（缺失）" : "(missing)");
  else if (c->reg_class == REG_TEXT)
    out_text_plain(e->out, b->texts[c->reg].at[e->lane], b->texts[c->reg].len[e->lane]);
  else if (c->reg_class == REG_LIST)
    out_list(e, c, false, chinese);
  else
    out_scalar_plain(e, c, c->kind, number_of(e, c), chinese);
}

void nuo__render_mask(const struct explain *e, size_t start) {
  uint8_t hash[16];
  char hex[33];
  if (e->out->failed) return;
  if (e->key->size == 0) {
    e->out->len = start;
    nuo__out_string(e->out, "***");
    return;
  }
  crypto_generichash(hash, sizeof hash, (const unsigned char *)e->out->at + start, e->out->len - start,
                     e->key->bytes, e->key->size);
  sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
  e->out->len = start;
  nuo__out_string(e->out, "masked:");
  nuo__out_bytes(e->out, hex, 32);
}

nuo_text nuo__render_take(const struct explain *e, size_t start) {
  size_t len = e->out->failed ? 0 : e->out->len - start;
  char *copy = nuo__scratch_alloc(e->scratch, len + 1);
  if (copy == NULL || e->out->failed) return e->scratch->failed = true, (nuo_text){NULL, 0};
  if (len > 0) memcpy(copy, e->out->at + start, len);
  e->out->len = start;
  return (nuo_text){copy, len};
}
