// SPDX-License-Identifier: Apache-2.0
// The event of a test's step as JSON, so that it takes the same way as a real one. Called by test_run.c.
#include <string.h>

#include "compiler/test.h"
#include "runtime/when.h"

static void write_text(struct text_out *out, struct str text) {
  nuo__out_json(out, text.at, text.len);
}

static void write_date(struct text_out *out, int64_t days) {
  char text[11];
  nuo__out_json(out, text, nuo__when_format_date((int32_t)days, text));
}

static void write_clock(struct text_out *out, int64_t ms) {
  char text[13];
  nuo__out_json(out, text, nuo__when_format_clock((int32_t)ms, text));
}

static int64_t constant_ms(const struct expr *e) {
  return e->kind == EXPR_DURATION ? e->number * nuo__unit_ms(e->unit) : e->number;
}

static void write_list(struct text_out *out, const struct type *type, const struct expr *e) {
  nuo__out_string(out, "[");
  for (uint32_t i = 0; i < e->items.count; i++) {
    if (i > 0) nuo__out_string(out, ",");
    nuo__test_value(out, type->element, e->items.at[i]);
  }
  nuo__out_string(out, "]");
}

void nuo__test_value(struct text_out *out, const struct type *type, const struct expr *e) {
  switch (type->kind) {
    case TYPE_FLAG:
      nuo__out_string(out, e->number != 0 ? "true" : "false");
      break;
    case TYPE_DECIMAL:
      nuo__out_decimal(out, e->number);
      break;
    case TYPE_DATE:
      write_date(out, e->number);
      break;
    case TYPE_CLOCK:
      write_clock(out, e->number);
      break;
    case TYPE_ENUM:
      write_text(out, type->enumeration->items.at[e->number].names.en);
      break;
    case TYPE_LIST:
      write_list(out, type, e);
      break;
    case TYPE_TEXT:
    case TYPE_ZONE:
      write_text(out, e->text);
      break;
    default:
      nuo__out_integer(out, constant_ms(e));  // numbers, instants, durations
  }
}

static void write_identity(struct text_out *out, const struct field *field, uint32_t number) {
  if (field->type->kind == TYPE_TEXT) {
    nuo__out_string(out, "\"test-");
    nuo__out_integer(out, number);
    nuo__out_string(out, "\"");
  } else {
    nuo__out_integer(out, number);
  }
}

// Records are opened and closed as the path changes: a record's fields stand side by side.
static void enter(struct text_out *out, const struct field *before, const struct field *field, bool first) {
  uint32_t shared = 0;
  while (before != NULL && shared + 1 < before->depth && shared + 1 < field->depth &&
         nuo__str_equal(before->members[shared], field->members[shared]))
    shared++;
  for (uint32_t i = before == NULL ? 0 : before->depth - 1; i > shared; i--) nuo__out_string(out, "}");
  if (!first) nuo__out_string(out, ",");
  for (uint32_t i = shared; i < field->depth; i++) {
    write_text(out, field->members[i]);
    nuo__out_string(out, i + 1 < field->depth ? ":{" : ":");
  }
}

// What the adapter finds elsewhere is not put in: it would go before that.
static bool is_filled(const struct model_step *step, const struct field *field) {
  if (field != step->event->identity && field != step->event->time) return false;
  for (uint32_t i = 0; step->adapter != NULL && i < step->adapter->mappings.count; i++)
    if (step->adapter->mappings.at[i].field == field) return false;
  return true;
}

// What the vendor's text is, up to what is known besides. A form is a text in JSON.
static void write_envelope(struct text_out *out, const struct model_step *step) {
  nuo__out_string(out, "{\"adapter\":");
  write_text(out, step->adapter->names.en);
  if (step->headers.at != NULL) {
    nuo__out_string(out, ",\"headers\":");
    nuo__out_bytes(out, step->headers.at, step->headers.len);
  }
  if (step->body.at != NULL) {
    const bool is_json = step->body.len > 0 && (step->body.at[0] == '{' || step->body.at[0] == '[');
    nuo__out_string(out, ",\"body\":");
    if (is_json)
      nuo__out_bytes(out, step->body.at, step->body.len);
    else
      write_text(out, step->body);
  }
  nuo__out_string(out, ",\"event\":{");
}

static void write_fields(struct text_out *out, const struct model_step *step, uint32_t number, int64_t time) {
  const struct event_type *event = step->event;
  const struct field *before = NULL;
  for (uint32_t i = 0; i < event->fields.count; i++) {
    const struct field *field = event->fields.at[i];
    if (step->values[i] == NULL && !is_filled(step, field)) continue;
    enter(out, before, field, before == NULL && step->adapter != NULL);
    before = field;
    if (step->values[i] != NULL)
      nuo__test_value(out, field->type, step->values[i]);
    else if (field == event->time)
      nuo__out_integer(out, time);
    else
      write_identity(out, field, number);
  }
  for (uint32_t i = before == NULL ? 0 : before->depth - 1; i > 0; i--) nuo__out_string(out, "}");
}

void nuo__test_event(struct text_out *out, const struct model_step *step, uint32_t number, int64_t time) {
  if (step->adapter != NULL) {
    write_envelope(out, step);
  } else {
    nuo__out_string(out, "{\"type\":");
    write_text(out, step->event->wire_name);
  }
  write_fields(out, step, number, time);
  nuo__out_string(out, step->adapter != NULL ? "}}" : "}");
}
