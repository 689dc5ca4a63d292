// SPDX-License-Identifier: Apache-2.0
// A row of values as JSON, see form.h: instants and durations as numbers, what is missing left out. Where a
// field is called like a member that says what the text is, an envelope of CloudEvents tells them apart.
#include <string.h>

#include "runtime/failure.h"
#include "runtime/form.h"
#include "runtime/text.h"
#include "runtime/utf8.h"
#include "runtime/when.h"

static bool write_short(struct text_out *out, const char *text, size_t len) {
  nuo__out_json(out, text, len);
  return len > 0;
}

static bool write_value(struct text_out *out, const nuo_value *v);

static bool write_list(struct text_out *out, const nuo_value *v) {
  nuo__out_string(out, "[");
  for (size_t i = 0; i < v->as.list.count; i++) {
    const nuo_value *item = &v->as.list.items[i];
    if (i > 0) nuo__out_string(out, ",");
    if (item->kind == NUO_VALUE_MISSING || item->kind >= NUO_VALUE_LIST || !write_value(out, item))
      return false;
  }
  nuo__out_string(out, "]");
  return true;
}

static bool write_value(struct text_out *out, const nuo_value *v) {
  char text[13];
  const int64_t number = v->kind == NUO_VALUE_FLAG ? 0 : v->as.number;
  switch (v->kind) {
    case NUO_VALUE_FLAG:
      return nuo__out_string(out, v->as.flag ? "true" : "false"), true;
    case NUO_VALUE_DECIMAL:
      return nuo__out_decimal(out, number), true;
    case NUO_VALUE_TEXT:
      if (v->as.text.len > 0 &&
          (v->as.text.text == NULL || nuo__utf8_check(v->as.text.text, v->as.text.len) != v->as.text.len))
        return false;
      return nuo__out_json(out, v->as.text.text, v->as.text.len), true;
    case NUO_VALUE_DATE:
      if (!nuo__when_is_date(number)) return false;
      return write_short(out, text, nuo__when_format_date((int32_t)number, text));
    case NUO_VALUE_CLOCK:
      if (!nuo__when_is_clock(number)) return false;
      return write_short(out, text, nuo__when_format_clock((int32_t)number, text));
    case NUO_VALUE_LIST:
      return write_list(out, v);
    case NUO_VALUE_NUMBER:
    case NUO_VALUE_INSTANT:
    case NUO_VALUE_DURATION:
      return nuo__out_integer(out, number), true;
    case NUO_VALUE_MISSING:
      break;
  }
  return false;
}

// Bytes of the path up to its last dot.
static size_t record_of(nuo_text path) {
  size_t len = path.len;
  while (len > 0 && path.text[len - 1] != '.') len--;
  return len;
}

// Closes and opens records until those of `path` are open, where those of `before` were; both end with a dot
// or are empty.
static void go_to(struct text_out *out, nuo_text before, nuo_text path) {
  size_t same = 0;
  for (size_t i = 0; i < before.len && i < path.len && before.text[i] == path.text[i]; i++)
    if (path.text[i] == '.') same = i + 1;
  for (size_t i = same; i < before.len; i++)
    if (before.text[i] == '.') nuo__out_string(out, "}");
  for (size_t first = same; first < path.len;) {
    const char *dot = memchr(path.text + first, '.', path.len - first);
    const size_t end = (size_t)(dot - path.text);
    if (!out->failed && out->at[out->len - 1] != '{') nuo__out_string(out, ",");
    nuo__out_json(out, path.text + first, end - first);
    nuo__out_string(out, ":{");
    first = end + 1;
  }
}

static bool write_members(nuo_form *form, const nuo_value *values) {
  struct text_out *out = &form->out;
  nuo_text open = {"", 0};
  for (size_t k = 0; k < form->count && !out->failed; k++) {
    const size_t i = form->order[k];
    if (values[i].kind == NUO_VALUE_MISSING) continue;
    const nuo_text path = form->paths[i], record = {path.text, record_of(path)};
    go_to(out, open, record);
    open = record;
    if (!out->failed && out->at[out->len - 1] != '{') nuo__out_string(out, ",");
    nuo__out_json(out, path.text + record.len, path.len - record.len);
    nuo__out_string(out, ":");
    if (!write_value(out, &values[i])) return false;
  }
  go_to(out, open, (nuo_text){"", 0});
  return true;
}

// Whether a field has the name of a member that says what the text is.
static bool is_mistakable(const nuo_form *form) {
  static const nuo_text kinds[] = {{"type", 4}, {"specversion", 11}, {"adapter", 7}};
  for (size_t i = 0; i < form->count; i++)
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
      if (nuo__text_equal(form->paths[i], kinds[k])) return true;
  return false;
}

bool nuo__form_write(nuo_form *form, const nuo_value *values) {
  struct text_out *out = &form->out;
  const bool enveloped = is_mistakable(form);
  out->len = 0;
  out->failed = false;
  nuo__out_string(out, enveloped ? "{\"specversion\":\"1.0\",\"type\":" : "{\"type\":");
  nuo__out_json(out, form->wire.text, form->wire.len);
  if (enveloped) nuo__out_string(out, ",\"data\":{");
  if (!write_members(form, values)) return false;
  nuo__out_string(out, enveloped ? "}}" : "}");
  return !out->failed;
}

nuo_status nuo_form_json(nuo_form *form, const nuo_value *values, nuo_text *json, nuo_error *error) {
  nuo_error ignored;
  if (error == NULL) error = &ignored;
  if (json != NULL) *json = (nuo_text){NULL, 0};
  if (form == NULL || json == NULL || (values == NULL && form->count > 0)) return NUO_BAD_ARGUMENT;
  nuo__no_error(error);
  if (nuo__form_match(form) != NUO_OK) return NUO_NO_MEMORY;
  if (!nuo__form_write(form, values)) {
    if (form->out.failed) return NUO_NO_MEMORY;
    return nuo__refuse(error,
                       "a value cannot be written as JSON: it has no kind, is out of range or not UTF-8",
                       "有值无法写成 JSON：没有此种类、超出范围，或者不是 UTF-8 编码");
  }
  *json = (nuo_text){form->out.at, form->out.len};
  return NUO_OK;
}
