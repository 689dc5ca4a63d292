// SPDX-License-Identifier: Apache-2.0
// Envelopes: finds what the adapter asks for in the body and the headers, and makes an event of each
// recipient; see adapt.h. Called by decode.c.
#include "runtime/adapt.h"

#include <string.h>

#include "runtime/text.h"
#include "runtime/text_out.h"

// ---- memory ----

bool nuo__adapting_new(struct decoder *d) {
  const uint32_t places = d->program->image.ADAPTER_PLACES_count;
  struct adapting *a = d->adapting = nuo__alloc(d->allocator, sizeof *a);
  if (a == NULL) return false;
  memset(a, 0, sizeof *a);
  d->found = nuo__alloc(d->allocator, places * sizeof *d->found);
  a->recipients = nuo__alloc(d->allocator, LIMIT_RECIPIENTS * sizeof *a->recipients);
  a->elements = nuo__alloc(d->allocator, LIMIT_RECIPIENTS * sizeof *a->elements);
  return d->found != NULL && a->recipients != NULL && a->elements != NULL;
}

void nuo__adapting_free(struct decoder *d) {
  struct adapting *a = d->adapting;
  if (a == NULL) return;
  nuo__free(d->allocator, d->found, d->program->image.ADAPTER_PLACES_count * sizeof *d->found);
  nuo__free(d->allocator, a->recipients, LIMIT_RECIPIENTS * sizeof *a->recipients);
  nuo__free(d->allocator, a->elements, LIMIT_RECIPIENTS * sizeof *a->elements);
  nuo__free(d->allocator, a, sizeof *a);
}

// ---- which adapter ----

static bool has_name(const struct lane *l, struct image_str known, const char *name, size_t len) {
  return known.len == len && nuo__same_bytes(nuo__lane_str(l, known), name, len);
}

// Refuses the event, and tells which adapters there are.
static bool fail_unknown(struct lane *l, const char *place, const char *name, size_t len) {
  char known[120];
  size_t at = 0;
  known[0] = 0;
  for (uint32_t i = 0; i < l->image->ADAPTERS_count; i++) {
    const struct image_str other = l->image->ADAPTERS[i].name;
    const bool fits = at + other.len + 8 < sizeof known;
    at += nuo__text_format(known + at, sizeof known - at, i == 0 ? "%.*s" : ", %.*s",
                           fits ? (int)other.len : 3, fits ? nuo__lane_str(l, other) : "…");
    if (!fits) break;
  }
  return nuo__json_fail(&l->json, place, "the policy has no adapter \"%.*s\"; it has: %s",
                        "政策中没有适配“%.*s”；现有：%s", nuo__lane_cut((uint32_t)len, 40), name, known);
}

static bool is_called(const struct lane *l, uint32_t adapter, const char *name, size_t len) {
  const struct image_adapter *a = &l->image->ADAPTERS[adapter];
  return has_name(l, a->name, name, len) || has_name(l, a->name_zh, name, len);
}

// That of the envelope before is tried first.
static bool find_adapter(struct lane *l, const char *place, const char *name, size_t len) {
  struct adapting *a = l->decoder->adapting;
  if (is_called(l, a->named, name, len)) return a->adapter = a->named, true;
  for (uint32_t i = 0; i < l->image->ADAPTERS_count; i++)
    if (is_called(l, i, name, len)) return a->adapter = i, true;
  return fail_unknown(l, place, name, len);
}

// That of the text at hand.
static bool read_adapter(struct lane *l) {
  const char *place = l->json.at, *name;
  struct json_string string;
  uint32_t len;
  if (*place != '"')
    return nuo__json_fail(&l->json, place, "adapter: a text in quotes is expected",
                          "adapter：应为带引号的文本");
  return nuo__json_string(&l->json, &string) && nuo__lane_text(l, &string, &name, &len) &&
         find_adapter(l, place, name, len);
}

// ---- recipients ----

static bool add_recipient(struct lane *l, const struct image_adapter_source *s, const char *place,
                          const struct image_field *f, nuo_text recipient) {
  struct adapting *a = l->decoder->adapting;
  char en[80], zh[80];
  if (recipient.len == 0)
    return nuo__adapt_fail(l, s, place, f, "a recipient is empty", "有一个收件人是空的");
  if (a->recipient_count < LIMIT_RECIPIENTS) return a->recipients[a->recipient_count++] = recipient, true;
  nuo__text_format(en, sizeof en, "more than %u recipients; split the list", (unsigned)LIMIT_RECIPIENTS);
  nuo__text_format(zh, sizeof zh, "收件人超过 %u 个；请拆分名单", (unsigned)LIMIT_RECIPIENTS);
  return nuo__adapt_fail(l, s, place, f, en, zh);
}

static bool add_recipients(struct lane *l, const struct image_adapter_source *s, const char *place,
                           const struct image_field *f, const struct scalar *value) {
  nuo_text list = {value->at, value->len}, item;
  bool bad = false;
  if (value->kind != SCALAR_TEXT && value->kind != SCALAR_NUMBER)
    return nuo__adapt_fail(l, s, place, f, "a recipient is a text", "收件人应为文本");
  if (s->convert == ADAPT_NONE) return add_recipient(l, s, place, f, list);
  while (nuo__adapt_next(l, s->convert, &list, &item, &bad))
    if (!add_recipient(l, s, place, f, item)) return false;
  if (l->no_memory) return false;
  return !bad || nuo__adapt_fail(l, s, place, f, "this is no list of addresses", "不是邮箱地址列表");
}

static bool read_list(struct lane *l, const struct image_adapter_source *s, const struct found_value *found,
                      const struct image_field *f) {
  struct json_object array;
  struct scalar value;
  l->json.at = found->at;
  if (!nuo__json_array_begin(&l->json, &array)) return false;
  while (nuo__json_array_next(&l->json, &array)) {
    nuo__json_space(&l->json);
    const struct found_value element = {l->json.at, 0, FOUND_JSON};
    if (!nuo__adapt_scalar(l, &element, &value) || !add_recipients(l, s, element.at, f, &value)) return false;
  }
  return l->json.error->status == NUO_OK;
}

static bool read_recipients(struct lane *l, const struct image_adapter *a) {
  const struct image_mapping *m = &l->image->ADAPTER_MAPPINGS[a->each];
  const struct image_field *f = &l->image->FIELDS[l->image->MEMBERS[m->member].field];
  struct scalar value;
  for (uint32_t i = m->source_first; i < m->source_first + m->source_count; i++) {
    const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[i];
    const struct found_value *found = &l->decoder->found[s->place];
    if (found->kind == FOUND_NOTHING) continue;
    const char *place = nuo__adapt_place(l, found);
    if (!nuo__adapt_scalar(l, found, &value)) return false;
    if (value.kind == SCALAR_LIST ? !read_list(l, s, found, f) : !add_recipients(l, s, place, f, &value))
      return false;
    return l->decoder->adapting->recipient_count > 0 ||
           nuo__adapt_fail(l, s, place, f, "there is no recipient", "没有收件人");
  }
  return true;
}

// What speaks of many whom nobody has named.
static bool check_refused(struct lane *l, const struct image_adapter *a) {
  for (uint32_t i = a->refused_first; i < a->refused_first + a->refused_count; i++) {
    const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[i];
    const struct found_value *found = &l->decoder->found[s->place];
    if (found->kind == FOUND_NOTHING || !nuo__adapt_is_chosen(l, s, found)) continue;
    return nuo__adapt_fail(
        l, s, nuo__adapt_place(l, found), NULL,
        "sent to a group that is not named one by one; expand it into recipients before it is decided",
        "发往未逐一列明的群体；请先展开为各个收件人，再行裁决");
  }
  return l->json.error->status == NUO_OK && !l->no_memory;
}

// ---- the envelope ----

static void forget_envelope(struct adapting *a) {
  a->event_at = a->body_at = a->headers_at = a->adapter_at = NULL;
  a->recipient_count = a->element_count = 0;
  a->has_event = false;
}

static const char **member_of(struct adapting *a, const struct json_string *name) {
  if (nuo__name_is(name, "body")) return &a->body_at;
  if (nuo__name_is(name, "event")) return &a->event_at;
  if (nuo__name_is(name, "adapter")) return &a->adapter_at;
  return nuo__name_is(name, "headers") ? &a->headers_at : NULL;
}

static void clear_found(struct lane *l) {
  const struct image_adapter *adapter = nuo__adapter_at_hand(l);
  memset(l->decoder->found + adapter->place_first, 0, adapter->place_count * sizeof *l->decoder->found);
}

static bool check_end(struct lane *l) {
  nuo__json_space(&l->json);
  return l->json.at == l->json.end ||
         nuo__json_fail(&l->json, l->json.at, "something follows after the event", "事件之后还有别的内容");
}

// Refused groups, and the list of recipients.
static bool check_recipients(struct lane *l) {
  const struct image_adapter *adapter = nuo__adapter_at_hand(l);
  return check_refused(l, adapter) && (adapter->each == IMAGE_NONE || read_recipients(l, adapter));
}

// The member `event` at hand.
static bool read_event(struct lane *l) {
  if (*l->json.at == '{') return nuo__lane_members(l, nuo__step_of_event(l->decoder, l->event), false);
  return nuo__json_fail(&l->json, l->json.at, "event: an object in braces is expected",
                        "event：应为花括号中的对象");
}

// The adapter is known: what follows is its.
static bool take_adapter(struct lane *l) {
  struct adapting *a = l->decoder->adapting;
  if (nuo__adapter_at_hand(l)->route != IMAGE_NONE) return false;
  a->named = a->adapter;
  l->event = nuo__adapter_at_hand(l)->event;
  l->type = &l->image->EVENTS[l->event];
  clear_found(l);
  return true;
}

// A member that is not null, in one walk; false as below.
static bool read_at_once(struct lane *l, const char *const *member, bool known) {
  struct adapting *a = l->decoder->adapting;
  if (member == &a->adapter_at)
    return a->body_at == NULL && a->headers_at == NULL && a->event_at == NULL && read_adapter(l) &&
           take_adapter(l);
  if (!known || *l->json.at == '[') return false;
  if (member == &a->body_at) return nuo__adapt_body(l);
  if (member == &a->headers_at) return nuo__adapt_headers(l);
  return a->has_event = read_event(l);
}

bool nuo__adapt_at_once(struct lane *l, nuo_text wanted) {
  struct adapting *a = l->decoder->adapting;
  struct json_object object;
  struct json_string name;
  forget_envelope(a);
  if (wanted.len > 0 && !(find_adapter(l, l->json.start, wanted.text, wanted.len) && take_adapter(l)))
    return false;
  if (nuo__json_peek(&l->json) != '{' || !nuo__json_object_begin(&l->json, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name)) {
    const char **member = member_of(a, &name);
    if (member == NULL && a->adapter_at == NULL && nuo__lane_is_kind(&name)) return false;
    if (member == NULL || nuo__json_peek(&l->json) == 'n') {
      if (!nuo__json_skip(&l->json)) return false;
      continue;
    }
    *member = l->json.at;
    if (!read_at_once(l, member, wanted.len > 0 || a->adapter_at != NULL)) return false;
  }
  if (a->adapter_at == NULL && a->body_at == NULL && a->headers_at == NULL) return false;
  return l->json.error->status == NUO_OK && check_end(l) && check_recipients(l);
}

// ---- the envelope in steps ----

// Checks the text as JSON, and finds the members; *is_event: it has one that an envelope has not.
static bool find_members(struct lane *l, bool *is_event) {
  struct json_object object;
  struct json_string name;
  if (nuo__json_peek(&l->json) != '{' || !nuo__json_object_begin(&l->json, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name)) {
    const char **member = member_of(l->decoder->adapting, &name);
    if (member == NULL) *is_event |= nuo__lane_is_kind(&name);
    nuo__json_space(&l->json);
    if (member != NULL && l->json.at < l->json.end && *l->json.at != 'n') *member = l->json.at;
    if (!nuo__json_skip(&l->json)) return false;
  }
  return l->json.error->status == NUO_OK && check_end(l);
}

static bool walk_parts(struct lane *l, const char *body) {
  const char *headers = l->decoder->adapting->headers_at;
  clear_found(l);
  if (body != NULL && (l->json.at = body, !nuo__adapt_body(l))) return false;
  return headers == NULL || (l->json.at = headers, nuo__adapt_headers(l));
}

// Goes on with the adapter that the event itself tells.
static bool follow_route(struct lane *l, const char *body) {
  const struct image_adapter *adapter = nuo__adapter_at_hand(l);
  if (adapter->route == IMAGE_NONE) return true;
  const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[adapter->route];
  const struct found_value *found = &l->decoder->found[s->place];
  nuo_text name;
  if (found->kind == FOUND_NOTHING)
    return nuo__adapt_fail(l, s, l->json.start, NULL, "it is not given, and tells what the event is",
                           "没有给出；它说明这是哪种事件");
  if (!nuo__adapt_chosen(l, s, found, &name)) return false;
  if (!find_adapter(l, nuo__adapt_place(l, found), name.text, name.len) || !walk_parts(l, body)) return false;
  return nuo__adapter_at_hand(l)->route == IMAGE_NONE ||
         nuo__json_fail(&l->json, l->json.start, "the adapter leaves the event to another one",
                        "该适配又把事件交给别的适配");
}

static bool read_parts(struct lane *l, const char *body) {
  return walk_parts(l, body) && follow_route(l, body) && check_recipients(l);
}

bool nuo__adapt_element(struct lane *l, uint32_t element) {
  struct adapting *a = l->decoder->adapting;
  const char *at = a->elements[element];
  a->adapter = a->named;
  a->recipient_count = 0;
  if (!read_parts(l, at)) return false;
  return a->recipient_count <= 1 ||
         nuo__json_fail(&l->json, at, "body: a part of a list has several recipients: hand it in by itself",
                        "body：列表中的一项有多个收件人：请单独送入");
}

// Where the elements of the body begin.
static bool find_elements(struct lane *l) {
  struct adapting *a = l->decoder->adapting;
  struct json_object array;
  l->json.at = a->body_at;
  if (!nuo__json_array_begin(&l->json, &array)) return false;
  while (nuo__json_array_next(&l->json, &array)) {
    nuo__json_space(&l->json);
    if (a->element_count == LIMIT_RECIPIENTS)
      return nuo__json_fail(&l->json, l->json.at, "body: the list has more than %u parts; split it",
                            "body：列表超过 %u 项；请拆分", (unsigned)LIMIT_RECIPIENTS);
    a->elements[a->element_count++] = l->json.at;
    if (!nuo__json_skip(&l->json)) return false;
  }
  return l->json.error->status == NUO_OK &&
         (a->element_count > 0 ||
          nuo__json_fail(&l->json, a->body_at, "body: the list is empty", "body：列表是空的"));
}

static bool read_envelope(struct lane *l, nuo_text wanted) {
  struct adapting *a = l->decoder->adapting;
  if (a->adapter_at == NULL ? !find_adapter(l, l->json.start, wanted.text, wanted.len)
                            : (l->json.at = a->adapter_at, !read_adapter(l)))
    return false;
  a->named = a->adapter;
  if (a->body_at == NULL || *a->body_at != '[') return read_parts(l, a->body_at);
  return find_elements(l);
}

bool nuo__adapt_open(struct lane *l, nuo_text wanted, bool *good) {
  struct adapting *a = l->decoder->adapting;
  bool is_event = false;
  forget_envelope(a);
  const bool whole = find_members(l, &is_event);
  const bool unnamed = wanted.len > 0 && !is_event && (a->body_at != NULL || a->headers_at != NULL);
  if (a->adapter_at == NULL && !unnamed) return false;
  *good = whole && read_envelope(l, wanted);
  return true;
}

bool nuo__adapt_begin(struct lane *l) {
  struct adapting *a = l->decoder->adapting;
  if (a->event_at == NULL) return true;
  l->json.at = a->event_at;
  return read_event(l);
}

// ---- the event ----

static bool read_recipient(struct lane *l, const struct image_adapter *a, uint32_t recipient) {
  const struct image_mapping *m = &l->image->ADAPTER_MAPPINGS[a->each];
  const nuo_text text = l->decoder->adapting->recipients[recipient];
  nuo__lane_given(l, m->member, 1);
  return nuo__lane_put_text(l, l->image->MEMBERS[m->member].field, text.text, (uint32_t)text.len);
}

// A flag that is true when one of the sources is.
static bool read_alternatives(struct lane *l, const struct image_mapping *m) {
  const uint32_t field = l->image->MEMBERS[m->member].field;
  const struct image_adapter_source *last = NULL;
  bool any = false, flag;
  for (uint32_t i = m->source_first; i < m->source_first + m->source_count; i++) {
    const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[i];
    const struct found_value *found = &l->decoder->found[s->place];
    if (found->kind == FOUND_NOTHING) continue;
    if (!nuo__adapt_flag(l, field, s, found, &flag)) return false;
    any |= flag;
    last = s;
  }
  if (last == NULL) return true;
  nuo__lane_given(l, m->member, 1);
  return nuo__adapt_json(l, field, last, l->json.start, any ? "true" : "false", any ? 4 : 5);
}

static bool read_mapping(struct lane *l, const struct image_mapping *m) {
  const uint32_t field = l->image->MEMBERS[m->member].field;
  if (nuo__lane_has(l, m->member)) return true;
  if (m->alternatives && (!read_alternatives(l, m) || nuo__lane_has(l, m->member)))
    return l->json.error->status == NUO_OK && !l->no_memory;
  for (uint32_t i = m->source_first; i < m->source_first + m->source_count; i++) {
    const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[i];
    const struct found_value *found = &l->decoder->found[s->place];
    if (found->kind == FOUND_NOTHING) continue;
    nuo__lane_given(l, m->member, 1);
    return nuo__adapt_value(l, field, s, found);
  }
  if (m->value.len == 0) return true;
  nuo__lane_given(l, m->member, 1);
  return nuo__adapt_constant(l, field, m->value);
}

// `event` may name the one recipient itself, but not stand for many.
static bool check_named(struct lane *l, const struct image_adapter *a) {
  const struct image_mapping *m = &l->image->ADAPTER_MAPPINGS[a->each];
  if (!nuo__lane_has(l, m->member) || l->decoder->adapting->recipient_count <= 1) return true;
  return nuo__lane_fail(
      l, l->decoder->adapting->event_at, &l->image->FIELDS[l->image->MEMBERS[m->member].field],
      "`event` names one, but the body names several recipients", "“event”中写明一人，而正文列有多个收件人");
}

// Of several events with one identity each gets its own: e-1#1, e-1#2.
static bool number_identity(struct lane *l, uint32_t recipient) {
  const struct image_field *f = &l->image->FIELDS[l->type->identity];
  struct batch *b = l->batch;
  const uint32_t len = b->id[l->index].len;
  enum { MOST_DIGITS = 12 };
  if (!nuo__lane_has(l, l->decoder->member_of[l->type->identity])) return true;
  char *id = nuo__scratch_alloc(&l->decoder->strings, (size_t)len + MOST_DIGITS);
  if (id == NULL) return l->no_memory = true, false;
  memcpy(id, b->id[l->index].at, len);
  b->id[l->index].at = id;
  b->id[l->index].len = len + (uint32_t)nuo__text_format(id + len, MOST_DIGITS, "#%u", recipient + 1);
  if (f->reg_class != REG_TEXT) return true;
  b->texts[f->reg].at[l->index] = id;
  b->texts[f->reg].len[l->index] = b->id[l->index].len;
  return true;
}

bool nuo__adapt_event(struct lane *l, uint32_t number) {
  const struct image_adapter *a = nuo__adapter_at_hand(l);
  const struct adapting *state = l->decoder->adapting;
  const bool has_identity = nuo__lane_has(l, l->decoder->member_of[l->type->identity]);
  if (a->each != IMAGE_NONE) {
    const uint32_t recipient = state->element_count > 0 ? 0 : number;
    if (!check_named(l, a)) return false;
    const bool named = nuo__lane_has(l, l->image->ADAPTER_MAPPINGS[a->each].member);
    if (state->recipient_count > 0 && !named && !read_recipient(l, a, recipient)) return false;
  }
  for (uint32_t i = a->mapping_first; i < a->mapping_first + a->mapping_count; i++)
    if (i != a->each && !read_mapping(l, &l->image->ADAPTER_MAPPINGS[i])) return false;
  l->json.at = l->json.end;
  const bool shared = state->element_count > 1 ? has_identity : state->recipient_count > 1;
  return !shared || number_identity(l, number);
}
