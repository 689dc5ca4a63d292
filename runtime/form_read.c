// SPDX-License-Identifier: Apache-2.0
// A row of values into a lane, see form.h. What is checked is what decode.c checks of JSON, by the same
// functions where values are concerned.
#include <string.h>

#include "runtime/failure.h"
#include "runtime/form.h"
#include "runtime/scan.h"
#include "runtime/text.h"
#include "runtime/text_out.h"
#include "runtime/utf8.h"
#include "runtime/when.h"

struct reader {
  struct lane lane;
  const char *place;  // for messages: there is no text
  size_t bytes;       // of JSON that texts and items may take
};

// Of JSON, at most, for an item of a list that is no text.
enum { ITEM_BYTES = 40 };

static bool misfit(struct reader *r, const struct image_field *f, enum misfit misfit) {
  return nuo__lane_misfit(&r->lane, r->place, f, misfit);
}

// ---- texts ----

static inline bool is_ascii(const char *at, size_t len) {
  const uint64_t high = UINT64_C(0x8080808080808080);
  uint64_t all = 0;
  if (len >= 8) {
    for (size_t i = 0; i < len - 8; i += 8) all |= nuo__text_load(at + i, 8);
    all |= nuo__text_load(at + len - 8, 8);
  } else if (len >= 4) {
    all = nuo__text_load(at, 4) | nuo__text_load(at + len - 4, 4);
  } else {
    for (size_t i = 0; i < len; i++) all |= (uint64_t)(unsigned char)at[i];
  }
  return (all & high) == 0;
}

// Short texts are mostly ASCII; of long ones the pass over JSON is the fastest judge.
static inline bool is_utf8(struct reader *r, const char *at, size_t len) {
  enum { LONG = 64 };
  const struct decoder *d = r->lane.decoder;
  if (len >= LONG && SCAN_WORDS(len) <= d->ends_words) return nuo__scan(at, len, d->ends) == len;
  return is_ascii(at, len) || nuo__utf8_check(at, len) == len;
}

static bool take_text(struct reader *r, const nuo_value *v, nuo_text *text) {
  *text = v->as.text;
  if (text->text == NULL) text->text = "";
  if (text->text != v->as.text.text && text->len > 0)
    return nuo__json_fail(&r->lane.json, r->place, "there is a length, but no text", "有长度，但没有文本");
  if (text->len > LIMIT_EVENT_BYTES) return nuo__event_too_long(r->lane.json.error), false;
  r->bytes += 6 * text->len + 3;
  return is_utf8(r, text->text, text->len) ||
         nuo__json_fail(&r->lane.json, r->place, "these bytes are not UTF-8", "此处不是 UTF-8 编码");
}

// What nobody reads is checked for what would be no JSON.
static bool pass_over(struct reader *r, const nuo_value *v) {
  nuo_text text;
  if (v->kind == NUO_VALUE_TEXT) return take_text(r, v, &text);
  if (v->kind < NUO_VALUE_LIST) return true;
  if (v->kind > NUO_VALUE_LIST)
    return nuo__json_fail(&r->lane.json, r->place, "there is no such kind of value", "没有这种值");
  for (size_t i = 0; i < v->as.list.count; i++) {
    r->bytes += ITEM_BYTES;
    if (v->as.list.items[i].kind >= NUO_VALUE_LIST || v->as.list.items[i].kind == NUO_VALUE_MISSING)
      return nuo__json_fail(&r->lane.json, r->place, "a list has values, no lists and none that are missing",
                            "列表的各项须有值，且不能是列表");
    if (!pass_over(r, &v->as.list.items[i])) return false;
  }
  return true;
}

static bool put_ordinal(struct reader *r, const struct slot *s, nuo_text text, int64_t *ordinal) {
  if (!nuo__lane_ordinal(&r->lane, r->place, s->field, text, ordinal)) return false;
  nuo__lane_ask(&r->lane, s->field, *ordinal);
  return true;
}

static bool put_zone(struct reader *r, const struct slot *s, nuo_text name, int64_t *handle) {
  const struct known_zone *known = &r->lane.decoder->zone;
  if (known->len == name.len && nuo__same_bytes(known->name, name.text, name.len))
    return *handle = known->handle, true;
  return nuo__lane_zone(&r->lane, r->place, s->field, name, handle);
}

// ---- numbers ----

static bool take_decimal(struct reader *r, const struct image_field *f, const nuo_value *v, int64_t *number) {
  *number = v->as.number;
  if (v->kind == NUO_VALUE_DECIMAL) return true;
  if (v->kind != NUO_VALUE_NUMBER) return misfit(r, f, MISFIT_NUMBER);
  return !__builtin_mul_overflow(v->as.number, 1000000, number) || misfit(r, f, MISFIT_DECIMAL);
}

// A number of whatever kind.
static bool take_number(struct reader *r, const struct image_field *f, uint8_t kind, const nuo_value *v,
                        int64_t *number) {
  *number = v->as.number;
  switch (kind) {
    case VALUE_NUMBER:
      return v->kind == NUO_VALUE_NUMBER || misfit(r, f, MISFIT_NUMBER);
    case VALUE_DECIMAL:
      return take_decimal(r, f, v, number);
    case VALUE_INSTANT:
      if (v->kind != NUO_VALUE_INSTANT) return misfit(r, f, MISFIT_INSTANT);
      return nuo__when_is_instant(*number) || misfit(r, f, MISFIT_YEARS);
    case VALUE_DATE:
      if (v->kind != NUO_VALUE_DATE) return misfit(r, f, MISFIT_DATE);
      return nuo__when_is_date(*number) || misfit(r, f, MISFIT_YEARS);
    case VALUE_CLOCK:
      if (v->kind != NUO_VALUE_CLOCK) return misfit(r, f, MISFIT_CLOCK);
      return nuo__when_is_clock(*number) || misfit(r, f, MISFIT_DAY);
    default:
      return v->kind == NUO_VALUE_DURATION || misfit(r, f, MISFIT_DURATION);
  }
}

// ---- lists ----

static bool put_element(struct reader *r, const struct slot *s, const nuo_value *v) {
  const struct image_field *f = s->field;
  union element element;
  nuo_text text = {"", 0};
  memset(&element, 0, sizeof element);
  r->bytes += ITEM_BYTES;
  if (f->element == VALUE_TEXT || f->element == VALUE_ENUM || f->element == VALUE_ZONE) {
    if (v->kind != NUO_VALUE_TEXT) return misfit(r, f, MISFIT_TEXT);
    if (!take_text(r, v, &text)) return false;
  }
  if (f->element == VALUE_TEXT) {
    element.text.at = text.text;
    element.text.len = (uint32_t)text.len;
  } else if (f->element == VALUE_FLAG) {
    if (v->kind != NUO_VALUE_FLAG) return misfit(r, f, MISFIT_FLAG);
    element.number = v->as.flag;
  } else if (f->element == VALUE_ENUM   ? !put_ordinal(r, s, text, &element.number)
             : f->element == VALUE_ZONE ? !put_zone(r, s, text, &element.number)
                                        : !take_number(r, f, f->element, v, &element.number)) {
    return false;
  }
  return nuo__batch_push(r->lane.batch, r->lane.decoder->allocator, element) ||
         (r->lane.no_memory = true, false);
}

static bool put_list(struct reader *r, const struct slot *s, const nuo_value *v) {
  const struct image_field *f = s->field;
  const uint32_t first = r->lane.batch->pool_count;
  if (v->kind != NUO_VALUE_LIST) return misfit(r, f, MISFIT_LIST);
  if (v->as.list.count > LIMIT_LIST_ELEMENTS) return misfit(r, f, MISFIT_LENGTH);
  if (f->reg_class == REG_NONE) return pass_over(r, v);
  for (size_t i = 0; i < v->as.list.count; i++)
    if (!put_element(r, s, &v->as.list.items[i])) return false;
  nuo__lane_list(&r->lane, f, first, (uint32_t)v->as.list.count);
  return true;
}

// ---- fields ----

static void put_identity(struct reader *r, nuo_text id) {
  r->lane.batch->id[r->lane.index].at = id.text;
  r->lane.batch->id[r->lane.index].len = (uint32_t)id.len;
}

// As JSON writes it.
static bool put_number_identity(struct reader *r, int64_t number) {
  enum { DIGITS = 24 };
  char *text = nuo__scratch_alloc(&r->lane.decoder->strings, DIGITS);
  if (text == NULL) return r->lane.no_memory = true, false;
  put_identity(r, (nuo_text){text, nuo__text_format(text, DIGITS, "%lld", (long long)number)});
  return true;
}

static bool put_worded(struct reader *r, const struct slot *s, const nuo_value *v) {
  const struct image_field *f = s->field;
  struct lane *l = &r->lane;
  nuo_text text;
  int64_t number;
  if (v->kind != NUO_VALUE_TEXT) return misfit(r, f, MISFIT_TEXT);
  if (!take_text(r, v, &text)) return false;
  if (s->identity) put_identity(r, text);
  if (f->reg_class == REG_NONE && !s->zone) return true;
  if (f->kind == VALUE_TEXT) {
    struct text_reg *reg = &l->batch->texts[f->reg];
    reg->at[l->index] = text.text;
    reg->len[l->index] = (uint32_t)text.len;
    l->batch->text_known[f->reg] |= l->bit;
    return true;
  }
  if (f->kind == VALUE_ENUM) {
    if (!put_ordinal(r, s, text, &number)) return false;
    l->batch->halves[f->reg][l->index] = (uint16_t)number;
    l->batch->half_known[f->reg] |= l->bit;
    return true;
  }
  if (!put_zone(r, s, text, &number)) return false;
  if (s->zone) l->batch->zone[l->index] = (uint16_t)number;
  nuo__lane_store(l, f, number);
  return true;
}

static bool put_field(struct reader *r, const struct slot *s, const nuo_value *v) {
  const struct image_field *f = s->field;
  int64_t number;
  switch (f->kind) {
    case VALUE_TEXT:
    case VALUE_ENUM:
    case VALUE_ZONE:
      return put_worded(r, s, v);
    case VALUE_FLAG:
      if (v->kind != NUO_VALUE_FLAG) return misfit(r, f, MISFIT_FLAG);
      if (f->reg_class != REG_NONE) nuo__lane_flag(&r->lane, f->reg, v->as.flag);
      return true;
    case VALUE_LIST:
      return put_list(r, s, v);
    default:
      if (!take_number(r, f, f->kind, v, &number)) return false;
      if (s->identity && !put_number_identity(r, number)) return false;
      nuo__lane_store(&r->lane, f, number);
      return true;
  }
}

static bool put_value(struct reader *r, const struct slot *s, nuo_text name, const nuo_value *v) {
  switch (s->aim) {
    case AIM_FIELD:
      return put_field(r, s, v);
    case AIM_NOTHING:
      return pass_over(r, v);
    case AIM_TWICE:
      return nuo__json_fail(&r->lane.json, r->place, "the member \"%.*s\" is given twice", "“%.*s”给出了两次",
                            (int)name.len, name.text);
    case AIM_RECORD:
      return nuo__json_fail(&r->lane.json, r->place, "%.*s: it has fields of its own, which are to be given",
                            "%.*s：它由多项组成，应给出各项", (int)name.len, name.text);
    case AIM_WITHIN:
      break;
  }
  return misfit(r, s->field, MISFIT_OTHER);
}

// ---- what is usual ----

// Up to 16 bytes, filled up with zeros; nothing behind them is read.
static inline void load_short(const char *at, size_t len, uint64_t text[2]) {
  text[0] = text[1] = 0;
  if (len > 8) {
    text[0] = nuo__text_load(at, 8);
    text[1] = nuo__text_load(at + len - 8, 8) >> 8 * (16 - len);
  } else if (len == 8) {
    text[0] = nuo__text_load(at, 8);
  } else if (len >= 4) {
    text[0] = nuo__text_load(at, 4) | nuo__text_load(at + len - 4, 4) << 8 * (len - 4);
  } else {
    for (size_t i = 0; i < len; i++) text[0] |= (uint64_t)(unsigned char)at[i] << 8 * i;
  }
}

static inline const struct choice *find_choice(struct reader *r, const struct slot *s, const nuo_value *v) {
  const size_t len = v->as.text.len;
  uint64_t text[2];
  if (len > sizeof text || v->as.text.text == NULL) return NULL;
  load_short(v->as.text.text, len, text);
  const struct choice *c = nuo__choice_find(s->step, text);
  if (c != NULL) r->lane.batch->planes[c->plane].t |= r->lane.bit;
  return c;
}

// A text that is no mistake.
static inline bool is_good_text(struct reader *r, const nuo_value *v) {
  const size_t len = v->as.text.len;
  if (len > LIMIT_EVENT_BYTES || v->as.text.text == NULL) return false;
  r->bytes += 6 * len + 3;
  return is_utf8(r, v->as.text.text, len);
}

static inline bool put_usual_text(struct reader *r, const struct slot *s, const nuo_value *v) {
  struct text_reg *reg = &r->lane.batch->texts[s->reg];
  if (!is_good_text(r, v)) return false;
  reg->at[r->lane.index] = v->as.text.text;
  reg->len[r->lane.index] = (uint32_t)v->as.text.len;
  r->lane.batch->text_known[s->reg] |= r->lane.bit;
  return true;
}

static inline bool put_usual_enum(struct reader *r, const struct slot *s, const nuo_value *v) {
  const struct choice *c = find_choice(r, s, v);
  if (c == NULL) return false;
  r->lane.batch->halves[s->reg][r->lane.index] = (uint16_t)c->ordinal;
  r->lane.batch->half_known[s->reg] |= r->lane.bit;
  return true;
}

static inline bool put_usual_number(struct reader *r, const struct slot *s, int64_t number) {
  r->lane.batch->columns[s->reg][r->lane.index] = number;
  r->lane.batch->column_known[s->reg] |= r->lane.bit;
  return true;
}

static inline bool put_usual_zone(struct reader *r, const struct slot *s, const nuo_value *v) {
  const struct known_zone *known = &r->lane.decoder->zone;
  if (known->len != v->as.text.len || !nuo__same_bytes(known->name, v->as.text.text, known->len))
    return false;
  r->lane.batch->zone[r->lane.index] = known->handle;
  return s->field->reg_class == REG_NONE || put_usual_number(r, s, known->handle);
}

// Of texts or enumerators. What is given up leaves nothing behind but planes that will be set again, or the
// event is refused.
static inline bool put_usual_list(struct reader *r, const struct slot *s, const nuo_value *v) {
  struct batch *b = r->lane.batch;
  const uint32_t first = b->pool_count;
  bool good = v->as.list.count <= LIMIT_LIST_ELEMENTS;
  for (size_t i = 0; good && i < v->as.list.count; i++) {
    const nuo_value *item = &v->as.list.items[i];
    const struct choice *c = NULL;
    union element element;
    good = item->kind == NUO_VALUE_TEXT &&
           (s->shape == SHAPE_TEXT_LIST ? is_good_text(r, item) : (c = find_choice(r, s, item)) != NULL);
    element.text.at = c == NULL ? item->as.text.text : NULL;
    element.text.len = c == NULL ? (uint32_t)item->as.text.len : 0;
    if (c != NULL) element.number = c->ordinal;
    good = good && nuo__batch_push(b, r->lane.decoder->allocator, element);
  }
  if (!good) return b->pool_count = first, false;
  nuo__lane_list(&r->lane, s->field, first, (uint32_t)v->as.list.count);
  return true;
}

// False when it is not usual: nothing is decided then.
static inline bool put_usual(struct reader *r, const struct slot *s, const nuo_value *v) {
  if (v->kind != s->usual) return false;
  switch (s->shape) {
    case SHAPE_TEXT:
      return put_usual_text(r, s, v);
    case SHAPE_ENUM:
      return put_usual_enum(r, s, v);
    case SHAPE_FLAG:
      return nuo__lane_flag(&r->lane, s->reg, v->as.flag), true;
    case SHAPE_NUMBER:
      return put_usual_number(r, s, v->as.number);
    case SHAPE_INSTANT:
      return nuo__when_is_instant(v->as.number) && put_usual_number(r, s, v->as.number);
    case SHAPE_TEXT_LIST:
    case SHAPE_ENUM_LIST:
      return put_usual_list(r, s, v);
    case SHAPE_IDENTITY:
      if (!is_good_text(r, v)) return false;
      return put_identity(r, v->as.text), true;
    case SHAPE_ZONE:
      return put_usual_zone(r, s, v);
    case SHAPE_UNREAD_TEXT:
      return is_good_text(r, v);
    case SHAPE_UNREAD_NUMBER:
    case SHAPE_UNREAD_FLAG:
      return true;
    default:
      return false;
  }
}

// ---- the row ----

static bool is_set(const uint64_t *words, size_t bit) {
  return words[bit / 64] >> bit % 64 & 1;
}

// Whether all bits of `required` are among those given.
static bool has_all(const uint64_t *required, const uint64_t *given, size_t words) {
  uint64_t left = 0;
  for (size_t i = 0; i < words; i++) left |= required[i] & ~given[i];
  return left == 0;
}

static bool has_some(const uint64_t *any, const uint64_t *given, size_t words) {
  uint64_t met = 0;
  for (size_t i = 0; i < words; i++) met |= any[i] & given[i];
  return met != 0;
}

static bool is_whole(const struct fit *fit, const uint64_t *given, size_t words) {
  bool whole = !fit->lacks && has_all(fit->required, given, words);
  for (uint32_t i = 0; i < fit->group_count && whole; i++) {
    const struct group *g = &fit->groups[i];
    whole = !has_some(g->any, given, words) || (!g->lacks && has_all(g->required, given, words));
  }
  return whole;
}

// Says what is missing, as the decoder of JSON does.
static bool tell_missing(struct reader *r, const nuo_form *form, const struct fit *fit, const uint64_t *given,
                         size_t words) {
  struct lane *l = &r->lane;
  struct decoder *d = l->decoder;
  memset(d->present, 0, d->present_words * sizeof *d->present);
  for (size_t i = 0; i <= form->count; i++)
    if (fit->slots[i].aim == AIM_FIELD && is_set(given, i))
      nuo__lane_given(l, d->member_of[fit->slots[i].field - fit->image->FIELDS], 1);
  for (uint32_t i = 0; i < fit->group_count; i++) {
    const struct image_member *m = &fit->image->MEMBERS[fit->groups[i].member];
    if (has_some(fit->groups[i].any, given, words) &&
        !nuo__lane_check_given(l, m->child_first, m->child_count))
      return false;
  }
  return nuo__lane_check_required(l);
}

static bool check_size(struct reader *r, nuo_form *form, const nuo_value *values) {
  if (r->bytes + form->overhead <= LIMIT_EVENT_BYTES) return true;
  if (nuo__form_write(form, values) && form->out.len <= LIMIT_EVENT_BYTES) return true;
  if (form->out.failed) return r->lane.no_memory = true, false;
  return nuo__event_too_long(r->lane.json.error), false;
}

// The field "type" of an event that has one is told its type, as JSON does.
static bool put_type(struct reader *r, const nuo_form *form, const struct fit *fit, uint64_t *given) {
  const struct slot *slot = &fit->slots[form->count];
  const nuo_value type = {NUO_VALUE_TEXT, {.text = form->wire}};
  if (slot->aim != AIM_FIELD) return true;
  given[form->count / 64] |= UINT64_C(1) << form->count % 64;
  return put_field(r, slot, &type);
}

static bool read_row(struct reader *r, nuo_form *form, const struct fit *fit, const nuo_value *values) {
  const size_t words = form->count / 64 + 1;
  uint64_t given[FORM_WORDS];
  if (fit->event == IMAGE_NONE) return nuo__lane_no_type(&r->lane, r->place, form->event);
  memset(given, 0, words * sizeof *given);
  for (size_t i = 0; i < form->count; i++) {
    if (values[i].kind == NUO_VALUE_MISSING) continue;
    given[i / 64] |= UINT64_C(1) << i % 64;
    if (put_usual(r, &fit->slots[i], &values[i])) continue;
    if (put_value(r, &fit->slots[i], form->names[i], &values[i])) continue;
    r->lane.json.error->offset = i;
    return false;
  }
  return put_type(r, form, fit, given) &&
         (is_whole(fit, given, words) || tell_missing(r, form, fit, given, words)) &&
         check_size(r, form, values);
}

nuo_status nuo__form_read(nuo_form *form, size_t version, const nuo_value *values, nuo_error *error) {
  struct version *v = &form->session->versions[version];
  const struct fit *fit = &form->fits[version];
  static const char nowhere[] = "";
  struct reader r = {.lane = {.decoder = v->decoder,
                              .image = fit->image,
                              .batch = &v->batch,
                              .json = {.start = nowhere, .at = nowhere, .end = nowhere, .error = error},
                              .index = v->batch.count,
                              .bit = UINT64_C(1) << v->batch.count,
                              .event = fit->event},
                     .place = nowhere};
  nuo__no_error(error);
  nuo__lane_mark(&r.lane);
  v->batch.zone[r.lane.index] = (uint16_t)v->program->policy_zone;
  if (!read_row(&r, form, fit, values)) {
    nuo__lane_take_back(v->decoder, &v->batch, r.lane.index);
    if (r.lane.no_memory) *error = (nuo_error){.status = NUO_NO_MEMORY, .message = "out of memory"};
    return error->status;
  }
  nuo__lane_count(&r.lane);
  return NUO_OK;
}
