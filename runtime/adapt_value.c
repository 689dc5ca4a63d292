// SPDX-License-Identifier: Apache-2.0
// Values of somebody else's format into fields. A value that does not convert is refused; none is guessed.
// Called by adapt.c.
#include <string.h>

#include "runtime/adapt.h"
#include "runtime/decode_plain.h"
#include "runtime/text.h"
#include "runtime/text_out.h"
#include "runtime/when.h"
#include "runtime/zone.h"

// ---- mistakes ----

bool nuo__adapt_fail(struct lane *l, const struct image_adapter_source *s, const char *place,
                     const struct image_field *f, const char *en, const char *zh) {
  nuo_error *error = l->json.error;
  const struct image_str none = {0, 0}, path = s->path, field = f != NULL ? f->path : none,
                         field_zh = f != NULL ? f->path_zh : none;
  if (!nuo__json_begin_fail(&l->json, place)) return false;
  nuo__text_format(error->message, sizeof error->message, f != NULL ? "%.*s (%.*s): %s" : "%.*s%.*s: %s",
                   nuo__lane_cut(path.len, 80), nuo__lane_str(l, path), nuo__lane_cut(field.len, 40),
                   nuo__lane_str(l, field), en);
  nuo__text_format(error->message_zh, sizeof error->message_zh,
                   f != NULL ? "%.*s（%.*s）：%s" : "%.*s%.*s：%s", nuo__lane_cut(path.len, 80),
                   nuo__lane_str(l, path), nuo__lane_cut(field_zh.len, 40), nuo__lane_str(l, field_zh), zh);
  return false;
}

// What is at hand: where it was found, what it is to become.
struct work {
  struct lane *l;
  uint32_t field;
  const struct image_adapter_source *s;
  const struct found_value *found;
  struct scalar value;
};

static const struct image_field *field_of(const struct work *w) {
  return w->field == IMAGE_NONE ? NULL : &w->l->image->FIELDS[w->field];
}

static bool fail(const struct work *w, const char *en, const char *zh) {
  return nuo__adapt_fail(w->l, w->s, nuo__adapt_place(w->l, w->found), field_of(w), en, zh);
}

// Refuses the value, which the messages show unless it is sensitive.
static bool fail_value(const struct work *w, const char *en, const char *zh) {
  char with[160], with_zh[160];
  const struct scalar *v = &w->value;
  if (v->kind == SCALAR_LIST || v->kind == SCALAR_OBJECT)
    return fail(
        w,
        v->kind == SCALAR_LIST ? "one value is expected, not a list" : "a value is expected, not an object",
        v->kind == SCALAR_LIST ? "应为单个值，而不是列表" : "应为单个值，而不是对象");
  const nuo_text shown = nuo__lane_shown(field_of(w), (nuo_text){v->at, v->len});
  nuo__text_format(with, sizeof with, "\"%.*s\" %s", (int)shown.len, shown.text, en);
  nuo__text_format(with_zh, sizeof with_zh, "“%.*s”%s", (int)shown.len, shown.text, zh);
  return fail(w, with, with_zh);
}

// ---- values as they are ----

static bool text_scalar(struct lane *l, struct scalar *value) {
  struct json_string string;
  value->kind = SCALAR_TEXT;
  return nuo__json_string(&l->json, &string) && nuo__lane_text(l, &string, &value->at, &value->len);
}

static bool number_scalar(struct lane *l, struct scalar *value) {
  struct json_number number;
  value->kind = SCALAR_NUMBER;
  value->at = l->json.at;
  if (!nuo__json_number(&l->json, &number)) return false;
  value->len = (uint32_t)(l->json.at - value->at);
  return true;
}

bool nuo__adapt_scalar(struct lane *l, const struct found_value *found, struct scalar *value) {
  *value = (struct scalar){SCALAR_TEXT, found->at, found->len, false};
  if (found->kind == FOUND_TEXT) return true;
  l->json.at = found->at;
  switch (*found->at) {
    case '"':
      return text_scalar(l, value);
    case '{':
    case '[':
      value->kind = *found->at == '[' ? SCALAR_LIST : SCALAR_OBJECT;
      return nuo__json_skip(&l->json);
    case 't':
    case 'f':
      value->kind = SCALAR_FLAG;
      value->flag = *found->at == 't';
      value->len = value->flag ? 4 : 5;
      return nuo__json_skip(&l->json);
    case 'n':  // of a list
      value->kind = SCALAR_OBJECT;
      return nuo__json_skip(&l->json);
    default:
      return number_scalar(l, value);
  }
}

// ---- into fields ----

bool nuo__adapt_json(struct lane *l, uint32_t field, const struct image_adapter_source *s, const char *place,
                     const char *json, size_t len) {
  const struct json outer = l->json;
  l->json.start = l->json.at = json;
  l->json.end = json + len;
  l->json.ends = NULL;
  const bool good = nuo__lane_value(l, field);
  l->json = outer;
  if (good || l->no_memory || s == NULL) return good;
  nuo_error *error = l->json.error, told = *error;
  const struct image_str path = s->path;
  error->offset = place < outer.start || place > outer.end ? 0 : (uint64_t)(place - outer.start);
  nuo__text_format(error->message, sizeof error->message, "%.*s: %s", nuo__lane_cut(path.len, 80),
                   nuo__lane_str(l, path), told.message);
  nuo__text_format(error->message_zh, sizeof error->message_zh, "%.*s：%s", nuo__lane_cut(path.len, 80),
                   nuo__lane_str(l, path), told.message_zh);
  return false;
}

static bool put(const struct work *w, const char *json, size_t len) {
  return nuo__adapt_json(w->l, w->field, w->s, nuo__adapt_place(w->l, w->found), json, len);
}

// It may be kept: a number is read at once, but the identity of an event is not copied.
static bool put_number(const struct work *w, int64_t number) {
  enum { MOST_DIGITS = 21 };
  if (nuo__lane_put_number(w->l, w->field, number)) return true;
  char *json = nuo__scratch_alloc(&w->l->decoder->strings, MOST_DIGITS);
  if (json == NULL) return w->l->no_memory = true, false;
  return put(w, json, nuo__text_format(json, MOST_DIGITS, "%lld", (long long)number));
}

static size_t escaped_size(const char *text, size_t len) {
  size_t size = len + 2;
  for (size_t i = 0; i < len; i++) {
    const unsigned char c = (unsigned char)text[i];
    size += c < 0x20 ? 5 : c == '"' || c == '\\';
  }
  return size;
}

bool nuo__adapt_quote(struct lane *l, const char *text, size_t len, nuo_text *json) {
  static const char hex[] = "0123456789abcdef";
  const size_t size = escaped_size(text, len);
  char *out = nuo__scratch_alloc(&l->decoder->strings, size);
  if (out == NULL) return l->no_memory = true, false;
  *json = (nuo_text){out, size};
  *out++ = '"';
  for (size_t i = 0; i < len; i++) {
    const unsigned char c = (unsigned char)text[i];
    if (c < 0x20) {
      memcpy(out, "\\u00", 4);
      out[4] = hex[c >> 4], out[5] = hex[c & 15];
      out += 6;
      continue;
    }
    if (c == '"' || c == '\\') *out++ = '\\';
    *out++ = (char)c;
  }
  *out = '"';
  return true;
}

static bool put_text(const struct work *w, const char *text, size_t len) {
  nuo_text json;
  if (nuo__lane_put_text(w->l, w->field, text, (uint32_t)len)) return true;
  return nuo__adapt_quote(w->l, text, len, &json) && put(w, json.text, json.len);
}

// The value where it stands, as in any event.
static bool put_in_place(const struct work *w) {
  struct lane *l = w->l;
  const nuo_status before = l->json.error->status;
  l->json.at = w->found->at;
  if (nuo__lane_value(l, w->field)) return true;
  if (l->no_memory || before != NUO_OK) return false;
  nuo_error *error = l->json.error, told = *error;
  nuo__text_format(error->message, sizeof error->message, "%.*s: %s", nuo__lane_cut(w->s->path.len, 80),
                   nuo__lane_str(l, w->s->path), told.message);
  nuo__text_format(error->message_zh, sizeof error->message_zh, "%.*s：%s", nuo__lane_cut(w->s->path.len, 80),
                   nuo__lane_str(l, w->s->path), told.message_zh);
  return false;
}

// ---- numbers ----

static bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A text or number as a number; false when it is none.
static bool parse_number(const struct lane *l, const char *at, size_t len, struct json_number *number) {
  nuo_error ignored = {.status = NUO_OK};
  struct json json = {.start = at, .at = at, .end = at + len, .error = &ignored};
  (void)l;
  if (len == 0 || (*at != '-' && !is_digit(*at))) return false;
  return nuo__json_number(&json, number) && json.at == json.end;
}

static bool as_number(const struct work *w, size_t len, struct json_number *number) {
  const struct scalar *v = &w->value;
  return (v->kind == SCALAR_NUMBER || v->kind == SCALAR_TEXT) && parse_number(w->l, v->at, len, number);
}

// Millionths of milliseconds would be none: a span is whole milliseconds.
static bool put_span(const struct work *w, bool seconds) {
  struct json_number number;
  const struct scalar *v = &w->value;
  int64_t ms;
  const bool suffix = seconds && v->kind == SCALAR_TEXT && v->len > 1 && v->at[v->len - 1] == 's';
  bool good = as_number(w, v->len - suffix, &number) && !number.negative;
  if (good && seconds) number.exponent += 3;
  if (good && nuo__json_integer(&number, &ms)) return put_number(w, ms);
  return seconds ? fail_value(w, "is no time in seconds such as 7200 or \"7200s\"",
                              "不是以秒计的时长：应形如 7200 或“7200s”")
                 : fail_value(w, "is no time in whole milliseconds", "不是以毫秒计的时长（整数）");
}

// Whether what is dropped is a half or more.
static bool divide_ten(uint64_t *value) {
  const bool up = *value % 10 >= 5;
  *value /= 10;
  return up;
}

// A number of millionths, as a decimal.
static bool put_millionths(const struct work *w, uint64_t m, bool negative) {
  enum { MOST_DIGITS = 24 };
  char *json = nuo__scratch_alloc(&w->l->decoder->strings, MOST_DIGITS);
  if (json == NULL) return w->l->no_memory = true, false;
  size_t len =
      nuo__text_format(json, MOST_DIGITS, negative ? "-%llu." : "%llu.", (unsigned long long)(m / 1000000));
  for (uint32_t digit = 100000; digit > 0; digit /= 10) json[len++] = (char)('0' + m / digit % 10);
  return put(w, json, len);
}

static bool put_times(const struct work *w) {
  struct json_number number;
  uint64_t m;
  bool up = false;
  if (!as_number(w, w->value.len, &number)) return fail_value(w, "is no number", "不是数");
  const uint64_t times = (uint64_t)(w->s->times < 0 ? 0 : w->s->times);
  const bool decimal = field_of(w)->kind == VALUE_DECIMAL;
  if (decimal) number.exponent += 6;
  m = number.mantissa;
  // Digits that 64 bits do not hold with the factor are behind what is kept.
  while (m > (UINT64_MAX >> 1) / (times == 0 ? 1 : times) && number.exponent < 0)
    divide_ten(&m), number.exponent++;
  if (__builtin_mul_overflow(m, times, &m)) return fail_value(w, "is too large", "过大");
  for (; number.exponent < 0 && m > 0; number.exponent++) up = divide_ten(&m);
  if (number.exponent < 0) up = false;
  for (; number.exponent > 0 && m > 0; number.exponent--)
    if (__builtin_mul_overflow(m, 10, &m)) return fail_value(w, "is too large", "过大");
  m += up;
  if (m > INT64_MAX) return fail_value(w, "is too large", "过大");
  if (decimal) return put_millionths(w, m, number.negative);
  return put_number(w, number.negative ? -(int64_t)m : (int64_t)m);
}

// ---- moments ----

static bool stamp(const struct work *w, uint8_t convert, int64_t *time) {
  // What is below is no moment of our time in milliseconds, and what is above none in seconds: the units
  // have been taken for each other.
  const int64_t border = INT64_C(100000000000);
  struct json_number number;
  const bool is_whole = as_number(w, w->value.len, &number) && !number.negative && number.exponent == 0 &&
                        nuo__json_integer(&number, time);
  if (convert == ADAPT_STAMP_EITHER) {
    if (!is_whole || (w->value.len != 10 && w->value.len != 13))
      return fail_value(w, "is no timestamp of 10 digits (seconds) or 13 (milliseconds)",
                        "不是时间戳：应为 10 位（秒）或 13 位（毫秒）数字");
    if (w->value.len == 10) *time *= 1000;
    return true;
  }
  if (convert == ADAPT_STAMP_SECONDS) {
    if (!is_whole || *time >= border) return fail_value(w, "is no timestamp in seconds", "不是秒级时间戳");
    *time *= 1000;
    return true;
  }
  return (is_whole && *time >= border) ||
         fail_value(w, "is no timestamp in milliseconds", "不是毫秒级时间戳");
}

// Whether the local time is another one in that zone, or the clock shows it twice.
static bool is_unclear(const struct zone *zone, int32_t date, int32_t clock, int64_t time) {
  int32_t at_date, at_clock;
  if (!nuo__zone_local(zone, time, &at_date, &at_clock) || at_date != date || at_clock != clock) return true;
  const struct zone_span span = nuo__zone_span_at(zone, time);
  if (span.end == INT64_MAX) return false;
  const int64_t again = time + INT64_C(1000) * (span.offset - nuo__zone_offset_at(zone, span.end));
  return again >= span.end && nuo__zone_local(zone, again, &at_date, &at_clock) && at_date == date &&
         at_clock == clock;
}

// Two digits a part, the year's first: of `count` parts, and what is left out is 0.
static bool parse_parts(const char *at, uint32_t count, int32_t parts[6]) {
  for (uint32_t i = 0; i < 6; i++) {
    parts[i] = 0;
    if (i >= count) continue;
    if (!is_digit(at[2 * i]) || !is_digit(at[2 * i + 1])) return false;
    parts[i] = (at[2 * i] - '0') * 10 + at[2 * i + 1] - '0';
  }
  return true;
}

static bool is_clock(const int32_t parts[6]) {
  return parts[3] < 24 && parts[4] < 60 && parts[5] < 60;
}

static int32_t clock_of(const int32_t parts[6]) {
  return ((parts[3] * 60 + parts[4]) * 60 + parts[5]) * 1000;
}

// "2026-11-22 21:58:30", or as gateways write it, "2611222158" or "261122215830".
static bool parse_local(const struct scalar *v, int32_t *date, int32_t *clock) {
  enum { DATE = 10, WHOLE = 19 };
  int32_t parts[6];
  if (v->kind != SCALAR_TEXT) return false;
  if (v->len == 10 || v->len == 12) {
    if (!parse_parts(v->at, v->len / 2, parts) || !is_clock(parts)) return false;
    *clock = clock_of(parts);
    return nuo__when_days_from_civil(2000 + parts[0], parts[1], parts[2], date);
  }
  return v->len == WHOLE && (v->at[DATE] == ' ' || v->at[DATE] == 'T') &&
         nuo__when_parse_date(v->at, DATE, date) &&
         nuo__when_parse_clock(v->at + DATE + 1, WHOLE - DATE - 1, clock) && *clock != NUO__WHEN_DAY_MS;
}

static bool local(const struct work *w, int64_t *time) {
  const struct image_str name = w->s->zone;
  int32_t date, clock;
  uint16_t handle;
  if (!parse_local(&w->value, &date, &clock))
    return fail_value(w, "is no local time such as 2026-11-22 21:58:30",
                      "不是当地时间：应形如 2026-11-22 21:58:30");
  struct zone_set *zones = w->l->decoder->program->zones;
  switch (nuo__zone_set_find(zones, nuo__lane_str(w->l, name), name.len, &handle)) {
    case ZONE_OK:
      break;
    case ZONE_OUT_OF_MEMORY:
      return w->l->no_memory = true, false;
    default:
      return fail(w, "the adapter's time zone is not known on this machine", "本机没有适配所用的时区");
  }
  const struct zone *zone = nuo__zone_set_get(zones, handle);
  if (!nuo__zone_instant(zone, date, clock, time) || is_unclear(zone, date, clock, *time))
    return fail_value(w, "is skipped or comes twice in that zone", "在该时区不存在，或者出现两次");
  return true;
}

static bool mail_date(const struct work *w, int64_t *time) {
  const struct scalar *v = &w->value;
  return (v->kind == SCALAR_TEXT && nuo__adapt_mail_date(v->at, v->len, time)) ||
         fail_value(w, "is no date of a mail such as Sun, 22 Nov 2026 21:58:30 +0800",
                    "不是邮件日期：应形如 Sun, 22 Nov 2026 21:58:30 +0800");
}

// The event's own time, which has been read before what depends on it.
static bool event_time(const struct work *w, int64_t *time) {
  const struct batch *b = w->l->batch;
  if (!(b->column_known[0] & w->l->bit))
    return fail(w, "the time that is left cannot be reckoned without the event's time",
                "没有事件的时间，无从计算剩余时间");
  *time = b->columns[0][w->l->index];
  return true;
}

// SMPP and CMPP: "YYMMDDhhmmsstnn" with tenths and quarters of an hour, and `+` or `-`; `R`: so long from the
// event's time on. How long years and months are it does not say: they are to be 0.
static bool parse_gateway(const struct work *w, bool *relative, int64_t *time) {
  enum { LEN = 16 };
  const struct scalar *v = &w->value;
  const char *at = v->at;
  int32_t parts[6], days, quarters;
  if (v->kind != SCALAR_TEXT || v->len != LEN || !parse_parts(at, 6, parts)) return false;
  if (!is_clock(parts) || !is_digit(at[12]) || !is_digit(at[13]) || !is_digit(at[14])) return false;
  *time = clock_of(parts) + (at[12] - '0') * 100;
  quarters = (at[13] - '0') * 10 + at[14] - '0';
  *relative = at[15] == 'R';
  if (*relative) {
    *time += (int64_t)parts[2] * NUO__WHEN_DAY_MS;
    return parts[0] == 0 && parts[1] == 0 && quarters == 0;
  }
  if (at[15] == '-') quarters = -quarters;
  if ((at[15] != '+' && at[15] != '-') || quarters < -48 || quarters > 48 ||
      !nuo__when_days_from_civil(2000 + parts[0], parts[1], parts[2], &days))
    return false;
  *time += (int64_t)days * NUO__WHEN_DAY_MS - (int64_t)quarters * 15 * 60 * 1000;
  return true;
}

static bool gateway_time(const struct work *w, int64_t *time) {
  int64_t from = 0;
  bool relative;
  if (!parse_gateway(w, &relative, time))
    return fail_value(w, "is no time of a gateway such as 261122215830032+ or 000002000000000R",
                      "不是网关时间：应形如 261122215830032+ 或 000002000000000R");
  if (!relative) return true;
  if (!event_time(w, &from)) return false;
  *time += from;
  return true;
}

static bool moment(const struct work *w, int64_t *time) {
  switch (w->s->convert) {
    case ADAPT_LOCAL:
      return local(w, time);
    case ADAPT_GATEWAY:
      return gateway_time(w, time);
    case ADAPT_MAIL_DATE:
      return mail_date(w, time);
    default:
      return stamp(w, w->s->convert, time);
  }
}

static bool put_moment(const struct work *w) {
  int64_t time, from = 0;
  if (!moment(w, &time)) return false;
  if (!nuo__when_is_instant(time))
    return fail_value(w, "is outside the years 1 to 9999", "超出公元 1 年至 9999 年");
  if (!w->s->expiring) return put_number(w, time);
  if (!event_time(w, &from)) return false;
  time -= from;
  if (time < 0) return fail_value(w, "is before the event's own time", "早于事件自身的时间");
  return put_number(w, time);
}

// ---- flags, zones, texts ----

static bool flag_of(const struct scalar *v, bool *flag) {
  static const struct {
    const char *text;
    uint32_t len;
    bool flag;
  } words[] = {{"1", 1, true}, {"0", 1, false}, {"true", 4, true}, {"false", 5, false}};
  if (v->kind == SCALAR_FLAG) return *flag = v->flag, true;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
    if (v->len != words[i].len || memcmp(v->at, words[i].text, v->len) != 0) continue;
    return *flag = words[i].flag, v->kind == SCALAR_TEXT || v->kind == SCALAR_NUMBER;
  }
  return false;
}

static bool read_flag(const struct work *w, bool *flag) {
  if (!flag_of(&w->value, flag))
    return fail_value(w, "is neither true nor false, neither 1 nor 0", "不是 true 或 false，也不是 1 或 0");
  *flag ^= w->s->inverted;
  return true;
}

static bool put_flag(const struct work *w) {
  bool flag;
  if (!read_flag(w, &flag)) return false;
  return flag ? put(w, "true", 4) : put(w, "false", 5);
}

// "GMT+08:00" is the zone "+08:00".
static bool put_offset(const struct work *w) {
  const char *at = w->value.at;
  uint32_t len = w->value.len;
  if (w->value.kind == SCALAR_TEXT) {
    if (len >= 3 && (memcmp(at, "GMT", 3) == 0 || memcmp(at, "UTC", 3) == 0)) at += 3, len -= 3;
    if (len == 0 && w->value.len == 3) return put(w, "\"UTC\"", 5);
    if (len == 6 && (*at == '+' || *at == '-') && at[3] == ':') return put_text(w, at, len);
  }
  return fail_value(w, "is no offset such as GMT+08:00", "不是时差：应形如 GMT+08:00");
}

static bool put_mail_text(const struct work *w) {
  nuo_text plain;
  const struct scalar *v = &w->value;
  if (v->kind == SCALAR_TEXT && nuo__adapt_mail_text(w->l, v->at, v->len, &plain))
    return put_text(w, plain.text, plain.len);
  return !w->l->no_memory && fail_value(w, "has encoded words that are not UTF-8 by RFC 2047",
                                        "含有不是 UTF-8 的编码字（RFC 2047）");
}

static bool put_address(const struct work *w) {
  const struct scalar *v = &w->value;
  nuo_text list = {v->at, v->len}, one = {NULL, 0}, other;
  bool bad = false;
  const bool good = v->kind == SCALAR_TEXT && nuo__adapt_next(w->l, ADAPT_ADDRESS, &list, &one, &bad) &&
                    !bad && !nuo__adapt_next(w->l, ADAPT_ADDRESS, &list, &other, &bad) && !bad;
  if (w->l->no_memory) return false;
  return good ? put_text(w, one.text, one.len)
              : fail_value(w, "is no single mail address", "不是单个邮箱地址");
}

static bool put_commas(const struct work *w) {
  const struct scalar *v = &w->value;
  nuo_text list = {v->at, v->len}, item, json;
  bool bad = false;
  if (v->kind == SCALAR_LIST) return put_in_place(w);
  if (v->kind != SCALAR_TEXT) return fail_value(w, "is no list", "不是列表");
  // Each element is quoted apart, behind the one before: at most twice as long, and no escape but of a
  // control character.
  struct text_out out = {.allocator = w->l->decoder->allocator};
  nuo__out_bytes(&out, "[", 1);
  while (nuo__adapt_next(w->l, ADAPT_COMMAS, &list, &item, &bad)) {
    if (out.len > 1) nuo__out_bytes(&out, ",", 1);
    nuo__out_json(&out, item.text, item.len);
  }
  nuo__out_bytes(&out, "]", 1);
  char *kept = out.failed ? NULL : nuo__scratch_alloc(&w->l->decoder->strings, out.len);
  if (kept != NULL) memcpy(kept, out.at, out.len);
  json = (nuo_text){kept, out.len};
  nuo__out_free(&out);
  if (kept == NULL) return w->l->no_memory = true, false;
  return put(w, json.text, json.len);
}

// ---- without a conversion ----

static bool put_as_number(const struct work *w) {
  struct json_number number;
  if (w->value.kind == SCALAR_NUMBER && w->found->kind == FOUND_JSON) return put_in_place(w);
  if (!as_number(w, w->value.len, &number)) return fail_value(w, "is no number", "不是数");
  return put(w, w->value.at, w->value.len);
}

static bool put_as_text(const struct work *w) {
  const struct scalar *v = &w->value;
  if (v->kind == SCALAR_TEXT && w->found->kind == FOUND_JSON) return put_in_place(w);
  if (v->kind == SCALAR_TEXT || v->kind == SCALAR_NUMBER) return put_text(w, v->at, v->len);
  return fail_value(w, "is no text", "不是文本");
}

static bool put_plain(const struct work *w) {
  switch (field_of(w)->kind) {
    case VALUE_FLAG:
      return put_flag(w);
    case VALUE_NUMBER:
    case VALUE_DECIMAL:
    case VALUE_DURATION:
      return put_as_number(w);
    case VALUE_INSTANT:
      if (w->value.kind == SCALAR_NUMBER)
        return fail_value(w, "is a number, and the adapter does not say in which unit",
                          "是数，而适配没有写明其单位");
      return put_as_text(w);
    case VALUE_LIST:
      if (w->value.kind != SCALAR_LIST) return fail(w, "a list is expected", "应为列表");
      return put_in_place(w);
    default:
      return put_as_text(w);
  }
}

// ---- all of it ----

// One of the values that the adapter lists, or NULL.
static const struct image_choice *choose(const struct work *w) {
  const struct image_adapter_source *s = w->s;
  const struct scalar *v = &w->value;
  for (uint32_t i = s->choice_first; i < s->choice_first + s->choice_count; i++) {
    const struct image_choice *c = &w->l->image->ADAPTER_CHOICES[i];
    if (c->any) return c;
    if (v->kind == SCALAR_LIST || v->kind == SCALAR_OBJECT) continue;
    if (c->key.len == v->len && memcmp(nuo__lane_str(w->l, c->key), v->at, v->len) == 0) return c;
  }
  return NULL;
}

static bool convert(const struct work *w) {
  switch ((enum adapter_convert)w->s->convert) {
    case ADAPT_SECONDS:
    case ADAPT_MILLISECONDS:
      return put_span(w, w->s->convert == ADAPT_SECONDS);
    case ADAPT_STAMP_SECONDS:
    case ADAPT_STAMP_MILLISECONDS:
    case ADAPT_STAMP_EITHER:
    case ADAPT_LOCAL:
    case ADAPT_GATEWAY:
    case ADAPT_MAIL_DATE:
      return put_moment(w);
    case ADAPT_OFFSET:
      return put_offset(w);
    case ADAPT_COMMAS:
      return put_commas(w);
    case ADAPT_ADDRESS:
      return put_address(w);
    case ADAPT_MAIL_TEXT:
      return put_mail_text(w);
    case ADAPT_NONE:
    case ADAPT_KINDS:
      break;
  }
  return w->s->times != 0 ? put_times(w) : put_plain(w);
}

// What is written as nearly always, and as in any event.
static bool is_plain(const struct image_adapter_source *s, const struct found_value *found) {
  return found->kind == FOUND_JSON && s->convert == ADAPT_NONE && s->choice_count == 0 && s->times == 0 &&
         !s->inverted;
}

static const struct step *step_of(const struct lane *l, uint32_t field) {
  return &l->decoder->steps[l->decoder->member_of[field]];
}

bool nuo__adapt_constant(struct lane *l, uint32_t field, struct image_str json) {
  const char *at = nuo__lane_str(l, json);
  const struct step *s = step_of(l, field);
  if (s->shape == SHAPE_ENUM && json.len > 2 && *at == '"') {
    const struct choice *c = find_choice(l, s, at + 1, at + json.len - 1);
    if (c != NULL) return put_choice(l, s, c), true;
  }
  return nuo__adapt_json(l, field, NULL, l->json.start, at, json.len);
}

bool nuo__adapt_value(struct lane *l, uint32_t field, const struct image_adapter_source *s,
                      const struct found_value *found) {
  struct work w = {.l = l, .field = field, .s = s, .found = found};
  if (is_plain(s, found) && plain_value(l, step_of(l, field), found->at) != NULL) return true;
  if (!nuo__adapt_scalar(l, found, &w.value)) return false;
  if (s->choice_count == 0) return convert(&w);
  const struct image_choice *c = choose(&w);
  if (c != NULL) return nuo__adapt_constant(l, field, c->value);
  if (s->convert != ADAPT_NONE) return convert(&w);
  return fail_value(&w, "is none of the values that the adapter knows", "不是适配所列的值");
}

bool nuo__adapt_flag(struct lane *l, uint32_t field, const struct image_adapter_source *s,
                     const struct found_value *found, bool *flag) {
  struct work w = {.l = l, .field = field, .s = s, .found = found};
  return nuo__adapt_scalar(l, found, &w.value) && read_flag(&w, flag);
}

bool nuo__adapt_chosen(struct lane *l, const struct image_adapter_source *s, const struct found_value *found,
                       nuo_text *value) {
  struct work w = {.l = l, .s = s, .found = found, .field = IMAGE_NONE};
  if (!nuo__adapt_scalar(l, found, &w.value)) return false;
  const struct image_choice *c = choose(&w);
  if (c == NULL) return fail_value(&w, "is none of the values that the adapter knows", "不是适配所列的值");
  *value = (nuo_text){nuo__lane_str(l, c->value), c->value.len};
  return true;
}

bool nuo__adapt_is_chosen(struct lane *l, const struct image_adapter_source *s,
                          const struct found_value *found) {
  struct work w = {.l = l, .s = s, .found = found};
  if (s->choice_count == 0) return true;
  if (!nuo__adapt_scalar(l, found, &w.value)) return false;
  const struct image_choice *c = choose(&w);
  return c != NULL && c->value.len > 0 && *nuo__lane_str(l, c->value) == 't';
}
