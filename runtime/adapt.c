// SPDX-License-Identifier: Apache-2.0
// Envelopes: finds what the adapter asks for in the body and the headers, and makes an event of each
// recipient; see adapt.h. Called by decode.c.
#include "runtime/adapt.h"

#include <string.h>

#include "runtime/text.h"
#include "runtime/text_out.h"

// ---- memory ----

static uint32_t most_places(const struct image *image) {
  uint32_t most = 0;
  for (uint32_t i = 0; i < image->ADAPTERS_count; i++)
    if (image->ADAPTERS[i].place_count > most) most = image->ADAPTERS[i].place_count;
  return most;
}

struct adapting *nuo__adapting_new(const nuo_program *program, const nuo_allocator *allocator) {
  const struct image *image = &program->image;
  struct adapting *a = nuo__alloc(allocator, sizeof *a);
  if (a == NULL) return NULL;
  memset(a, 0, sizeof *a);
  a->found_size = most_places(image) * sizeof *a->found;
  const size_t guesses = image->ADAPTER_PLACES_count * sizeof *a->guess;
  a->found = nuo__alloc(allocator, a->found_size);
  a->guess = nuo__alloc(allocator, guesses);
  a->recipients = nuo__alloc(allocator, LIMIT_RECIPIENTS * sizeof *a->recipients);
  if (a->found == NULL || a->guess == NULL || a->recipients == NULL) {
    nuo__adapting_free(program, allocator, a);
    return NULL;
  }
  memset(a->guess, 0, guesses);
  return a;
}

void nuo__adapting_free(const nuo_program *program, const nuo_allocator *allocator, struct adapting *a) {
  if (a == NULL) return;
  nuo__free(allocator, a->found, a->found_size);
  nuo__free(allocator, a->guess, program->image.ADAPTER_PLACES_count * sizeof *a->guess);
  nuo__free(allocator, a->recipients, LIMIT_RECIPIENTS * sizeof *a->recipients);
  nuo__free(allocator, a, sizeof *a);
}

// ---- names ----

static const struct image_adapter *adapter_at_hand(const struct lane *l) {
  return &l->image->ADAPTERS[l->decoder->adapting->adapter];
}

static bool is_called(const struct lane *l, uint32_t place, const char *name, size_t len) {
  const struct image_str known = l->image->ADAPTER_PLACES[place].name;
  return known.len == len && nuo__same_bytes(nuo__lane_str(l, known), name, len);
}

// The place of that name within `around`, or IMAGE_NONE. A sender writes its events alike: what came behind
// the last one the last time is tried first.
static uint32_t find_one(const struct lane *l, uint32_t around, const char *name, size_t len) {
  const struct image_place *p = &l->image->ADAPTER_PLACES[around];
  uint32_t *guess = &l->decoder->adapting->guess[around];
  for (uint32_t tries = 0, k = *guess; tries < p->child_count; tries++, k++) {
    if (k >= p->child_count) k = 0;
    if (!is_called(l, p->child_first + k, name, len)) continue;
    *guess = k + 1;
    return p->child_first + k;
  }
  return IMAGE_NONE;
}

// The same; a name with dots stands for several, one within the other.
static uint32_t find_place(const struct lane *l, uint32_t around, const char *name, size_t len) {
  const char *dot;
  while (around != IMAGE_NONE && (dot = memchr(name, '.', len)) != NULL) {
    around = find_one(l, around, name, (size_t)(dot - name));
    len -= (size_t)(dot - name) + 1;
    name = dot + 1;
  }
  return around == IMAGE_NONE ? around : find_one(l, around, name, len);
}

static bool note(struct lane *l, uint32_t place, const char *at, uint32_t len, enum finding kind) {
  struct found *found = &l->decoder->adapting->found[place - adapter_at_hand(l)->place_first];
  const struct image_str name = l->image->ADAPTER_PLACES[place].name;
  if (found->kind != FOUND_NOTHING)
    return nuo__json_fail(&l->json, kind == FOUND_JSON ? at : l->json.at, "\"%.*s\" is given in two ways",
                          "“%.*s”以两种写法给出", nuo__lane_cut(name.len, 60), nuo__lane_str(l, name));
  *found = (struct found){at, len, kind};
  return true;
}

// ---- the body and the headers ----

static bool walk_value(struct lane *l, uint32_t place);

static uint32_t member_place(struct lane *l, uint32_t around, const struct json_string *name,
                             bool small_letters) {
  char buffer[LIMIT_MEMBER_NAME];
  if (!name->escaped && !small_letters) return find_place(l, around, name->raw, name->len);
  size_t len = name->len;
  if (name->escaped)
    len = nuo__json_unescape(name, buffer);
  else
    memcpy(buffer, name->raw, len);
  if (!small_letters) return find_place(l, around, buffer, len);
  for (size_t i = 0; i < len; i++)
    if (buffer[i] >= 'A' && buffer[i] <= 'Z') buffer[i] = (char)(buffer[i] - 'A' + 'a');
  return find_one(l, around, buffer, len);
}

static bool walk_object(struct lane *l, uint32_t place, bool small_letters) {
  struct json_object object;
  struct json_string name;
  if (!nuo__json_object_begin(&l->json, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name)) {
    const uint32_t member = member_place(l, place, &name, small_letters);
    if (member == IMAGE_NONE ? !nuo__json_skip(&l->json) : !walk_value(l, member)) return false;
  }
  return l->json.error->status == NUO_OK;
}

static bool walk_array(struct lane *l, uint32_t place) {
  struct json_object array;
  char name[12];
  if (!nuo__json_array_begin(&l->json, &array)) return false;
  for (unsigned i = 0; nuo__json_array_next(&l->json, &array); i++) {
    const size_t len = nuo__text_format(name, sizeof name, "%u", i);
    const uint32_t element = find_one(l, place, name, len);
    if (element == IMAGE_NONE ? !nuo__json_skip(&l->json) : !walk_value(l, element)) return false;
  }
  return l->json.error->status == NUO_OK;
}

static bool walk_value(struct lane *l, uint32_t place) {
  const struct image_place *p = &l->image->ADAPTER_PLACES[place];
  const char first = nuo__json_peek(&l->json);
  const char *at = l->json.at;
  if (p->child_count > 0 && first == '{') return walk_object(l, place, false);
  if (p->child_count > 0 && first == '[' && !p->wanted) return walk_array(l, place);
  if (!nuo__json_skip(&l->json)) return false;
  return !p->wanted || first == 'n' || note(l, place, at, (uint32_t)(l->json.at - at), FOUND_JSON);
}

static bool walk_form(struct lane *l, uint32_t place) {
  struct json_string string;
  nuo_text form, name, value;
  uint32_t len;
  bool bad = false;
  const char *at = l->json.at;
  if (!nuo__json_string(&l->json, &string) || !nuo__lane_text(l, &string, &form.text, &len)) return false;
  form.len = len;
  while (nuo__adapt_next_pair(l, &form, &name, &value, &bad)) {
    const uint32_t member = find_place(l, place, name.text, name.len);
    if (member == IMAGE_NONE || !l->image->ADAPTER_PLACES[member].wanted) continue;
    if (!note(l, member, value.text, (uint32_t)value.len, FOUND_TEXT)) return false;
  }
  if (!bad || l->no_memory) return !l->no_memory;
  return nuo__json_fail(&l->json, at, "body: a text here is a form (a=1&b=%%20), percent-encoded UTF-8",
                        "body：此处的文本应为表单（a=1&b=%%20），即百分号编码的 UTF-8");
}

static bool walk_body(struct lane *l) {
  const uint32_t root = adapter_at_hand(l)->place_first;
  switch (nuo__json_peek(&l->json)) {
    case '{':
      return walk_object(l, root, false);
    case '"':
      return walk_form(l, root);
    default:
      return nuo__json_fail(&l->json, l->json.at, "body: an object in braces is expected, or a form as text",
                            "body：应为花括号中的对象，或文本形式的表单");
  }
}

static bool walk_headers(struct lane *l) {
  if (nuo__json_peek(&l->json) == '{') return walk_object(l, adapter_at_hand(l)->place_first + 1, true);
  return nuo__json_fail(&l->json, l->json.at, "headers: an object in braces is expected",
                        "headers：应为花括号中的对象");
}

// ---- the envelope ----

// Where its members stand; NULL: not given.
struct envelope {
  const char *adapter, *headers, *body, *event;
};

static const char **member_of(struct envelope *e, const struct json_string *name) {
  if (nuo__name_is(name, "body")) return &e->body;
  if (nuo__name_is(name, "event")) return &e->event;
  if (nuo__name_is(name, "adapter")) return &e->adapter;
  return nuo__name_is(name, "headers") ? &e->headers : NULL;
}

// Checks the text as JSON, and finds the members.
static bool read_members(struct lane *l, struct envelope *e) {
  struct json_object object;
  struct json_string name;
  if (nuo__json_peek(&l->json) != '{' || !nuo__json_object_begin(&l->json, &object)) return false;
  while (nuo__json_object_next(&l->json, &object, &name)) {
    const char **member = member_of(e, &name);
    nuo__json_space(&l->json);
    if (member != NULL && l->json.at < l->json.end && *l->json.at != 'n') *member = l->json.at;
    if (!nuo__json_skip(&l->json)) return false;
  }
  if (l->json.error->status != NUO_OK) return false;
  nuo__json_space(&l->json);
  return l->json.at == l->json.end ||
         nuo__json_fail(&l->json, l->json.at, "something follows after the event", "事件之后还有别的内容");
}

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

static bool find_adapter(struct lane *l, const char *place, const char *name, size_t len) {
  for (uint32_t i = 0; i < l->image->ADAPTERS_count; i++) {
    const struct image_adapter *a = &l->image->ADAPTERS[i];
    if (!has_name(l, a->name, name, len) && !has_name(l, a->name_zh, name, len)) continue;
    l->decoder->adapting->adapter = i;
    return true;
  }
  return fail_unknown(l, place, name, len);
}

static bool read_adapter(struct lane *l, const struct envelope *e, nuo_text wanted) {
  struct json_string string;
  const char *name;
  uint32_t len;
  if (e->adapter == NULL) return find_adapter(l, l->json.start, wanted.text, wanted.len);
  l->json.at = e->adapter;
  if (*e->adapter != '"')
    return nuo__json_fail(&l->json, e->adapter, "adapter: a text in quotes is expected",
                          "adapter：应为带引号的文本");
  return nuo__json_string(&l->json, &string) && nuo__lane_text(l, &string, &name, &len) &&
         find_adapter(l, e->adapter, name, len);
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

static bool read_list(struct lane *l, const struct image_adapter_source *s, const struct found *found,
                      const struct image_field *f) {
  struct json_object array;
  struct scalar value;
  l->json.at = found->at;
  if (!nuo__json_array_begin(&l->json, &array)) return false;
  while (nuo__json_array_next(&l->json, &array)) {
    nuo__json_space(&l->json);
    const struct found element = {l->json.at, 0, FOUND_JSON};
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
    const struct found *found = &l->decoder->adapting->found[s->place - a->place_first];
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
    const struct found *found = &l->decoder->adapting->found[s->place - a->place_first];
    if (found->kind == FOUND_NOTHING || !nuo__adapt_is_chosen(l, s, found)) continue;
    return nuo__adapt_fail(
        l, s, nuo__adapt_place(l, found), NULL,
        "sent to a group that is not named one by one; expand it into recipients before it is decided",
        "发往未逐一列明的群体；请先展开为各个收件人，再行裁决");
  }
  return l->json.error->status == NUO_OK && !l->no_memory;
}

static bool walk_with_adapter(struct lane *l, const struct envelope *e) {
  struct adapting *a = l->decoder->adapting;
  const struct image_adapter *adapter = adapter_at_hand(l);
  memset(a->found, 0, adapter->place_count * sizeof *a->found);
  a->event_at = e->event;
  a->body_at = e->body;
  a->recipient_count = 0;
  if (e->body != NULL && (l->json.at = e->body, !walk_body(l))) return false;
  return e->headers == NULL || (l->json.at = e->headers, walk_headers(l));
}

// Goes on with the adapter that the event itself tells.
static bool follow_route(struct lane *l, const struct envelope *e) {
  const struct image_adapter *adapter = adapter_at_hand(l);
  if (adapter->route == IMAGE_NONE) return true;
  const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[adapter->route];
  const struct found *found = &l->decoder->adapting->found[s->place - adapter->place_first];
  nuo_text name;
  if (found->kind == FOUND_NOTHING)
    return nuo__adapt_fail(l, s, l->json.start, NULL, "it is not given, and tells what the event is",
                           "没有给出；它说明这是哪种事件");
  if (!nuo__adapt_chosen(l, s, found, &name)) return false;
  if (!find_adapter(l, nuo__adapt_place(l, found), name.text, name.len) || !walk_with_adapter(l, e))
    return false;
  return adapter_at_hand(l)->route == IMAGE_NONE ||
         nuo__json_fail(&l->json, l->json.start, "the adapter leaves the event to another one",
                        "该适配又把事件交给别的适配");
}

static bool read_envelope(struct lane *l, const struct envelope *e, nuo_text wanted) {
  if (!read_adapter(l, e, wanted) || !walk_with_adapter(l, e) || !follow_route(l, e)) return false;
  const struct image_adapter *adapter = adapter_at_hand(l);
  if (!check_refused(l, adapter)) return false;
  return adapter->each == IMAGE_NONE || read_recipients(l, adapter);
}

bool nuo__adapt_open(struct lane *l, nuo_text wanted, bool *good) {
  struct envelope e = {NULL, NULL, NULL, NULL};
  const bool whole = read_members(l, &e);
  const bool is_envelope = e.adapter != NULL || (wanted.len > 0 && (e.body != NULL || e.headers != NULL));
  if (!is_envelope) return false;
  *good = whole && read_envelope(l, &e, wanted);
  return true;
}

// ---- the event ----

static bool read_event(struct lane *l) {
  const char *at = l->decoder->adapting->event_at;
  if (at == NULL) return true;
  l->json.at = at;
  if (*at == '{') return nuo__lane_members(l, nuo__step_of_event(l->decoder, l->event), false);
  return nuo__json_fail(&l->json, at, "event: an object in braces is expected", "event：应为花括号中的对象");
}

static bool read_recipient(struct lane *l, const struct image_adapter *a, uint32_t recipient) {
  const struct image_mapping *m = &l->image->ADAPTER_MAPPINGS[a->each];
  const struct adapting *state = l->decoder->adapting;
  const nuo_text text = state->recipients[recipient];
  const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[m->source_first];
  nuo_text json;
  nuo__lane_given(l, m->member, 1);
  if (!nuo__adapt_quote(l, text.text, text.len, &json)) return false;
  return nuo__adapt_json(l, l->image->MEMBERS[m->member].field, s, l->json.start, json.text, json.len);
}

// A flag that is true when one of the sources is.
static bool read_alternatives(struct lane *l, const struct image_adapter *a, const struct image_mapping *m) {
  const uint32_t field = l->image->MEMBERS[m->member].field;
  const struct image_adapter_source *last = NULL;
  bool any = false, flag;
  for (uint32_t i = m->source_first; i < m->source_first + m->source_count; i++) {
    const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[i];
    const struct found *found = &l->decoder->adapting->found[s->place - a->place_first];
    if (found->kind == FOUND_NOTHING) continue;
    if (!nuo__adapt_flag(l, field, s, found, &flag)) return false;
    any |= flag;
    last = s;
  }
  if (last == NULL) return true;
  nuo__lane_given(l, m->member, 1);
  return nuo__adapt_json(l, field, last, l->json.start, any ? "true" : "false", any ? 4 : 5);
}

static bool read_mapping(struct lane *l, const struct image_adapter *a, const struct image_mapping *m) {
  const uint32_t field = l->image->MEMBERS[m->member].field;
  if (nuo__lane_has(l, m->member)) return true;
  if (m->alternatives && (!read_alternatives(l, a, m) || nuo__lane_has(l, m->member)))
    return l->json.error->status == NUO_OK && !l->no_memory;
  for (uint32_t i = m->source_first; i < m->source_first + m->source_count; i++) {
    const struct image_adapter_source *s = &l->image->ADAPTER_SOURCES[i];
    const struct found *found = &l->decoder->adapting->found[s->place - a->place_first];
    if (found->kind == FOUND_NOTHING) continue;
    nuo__lane_given(l, m->member, 1);
    return nuo__adapt_value(l, field, s, found);
  }
  if (m->value.len == 0) return true;
  nuo__lane_given(l, m->member, 1);
  return nuo__adapt_json(l, field, NULL, l->json.start, nuo__lane_str(l, m->value), m->value.len);
}

// `event` may name the one recipient itself, but not stand for many.
static bool check_named(struct lane *l, const struct image_adapter *a) {
  const struct image_mapping *m = &l->image->ADAPTER_MAPPINGS[a->each];
  if (!nuo__lane_has(l, m->member) || l->decoder->adapting->recipient_count <= 1) return true;
  return nuo__lane_fail(
      l, l->decoder->adapting->event_at, &l->image->FIELDS[l->image->MEMBERS[m->member].field],
      "`event` names one, but the body names several recipients", "“event”中写明一人，而正文列有多个收件人");
}

// Of several recipients each event has an identity of its own: e-1#1, e-1#2.
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

bool nuo__adapt_event(struct lane *l, uint32_t recipient) {
  const struct image_adapter *a = adapter_at_hand(l);
  const uint32_t count = l->decoder->adapting->recipient_count;
  if (!read_event(l)) return false;
  if (a->each != IMAGE_NONE) {
    if (!check_named(l, a)) return false;
    const bool named = nuo__lane_has(l, l->image->ADAPTER_MAPPINGS[a->each].member);
    if (count > 0 && !named && !read_recipient(l, a, recipient)) return false;
  }
  for (uint32_t i = a->mapping_first; i < a->mapping_first + a->mapping_count; i++)
    if (i != a->each && !read_mapping(l, a, &l->image->ADAPTER_MAPPINGS[i])) return false;
  l->json.at = l->json.end;
  return count <= 1 || number_identity(l, recipient);
}
