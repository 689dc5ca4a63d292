// SPDX-License-Identifier: Apache-2.0
// Finds in a body and in headers what the adapter asks for, and notes where it stands. Objects are walked by
// decode_object.c, which calls this for what is no object of plain values. Called by adapt.c.
#include <string.h>

#include "runtime/adapt.h"
#include "runtime/text.h"
#include "runtime/text_out.h"

static bool note(struct lane *l, const struct step *s, const char *at, uint32_t len, enum finding kind) {
  struct found_value *found = &l->decoder->found[s->field];
  const struct image_str name = l->image->ADAPTER_PLACES[s->field].name;
  if (found->kind != FOUND_NOTHING)
    return nuo__json_fail(&l->json, kind == FOUND_JSON ? at : l->json.at, "\"%.*s\" is given in two ways",
                          "“%.*s”以两种写法给出", nuo__lane_cut(name.len, 60), nuo__lane_str(l, name));
  *found = (struct found_value){at, len, kind};
  return true;
}

// ---- names ----

static struct step *headers_step(const struct lane *l) {
  return nuo__step_of_place(l->decoder, nuo__adapter_at_hand(l)->place_first + 1);
}

struct step *nuo__adapt_header(const struct lane *l, const struct step *around, const char *name,
                               size_t len) {
  char small[LIMIT_MEMBER_NAME];
  if (around != headers_step(l)) return NULL;
  for (size_t i = 0; i < len; i++)
    small[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
  return nuo__step_find(l->decoder, around, small, len);
}

// A name with dots stands for several, one within the other.
static struct step *find_dotted(const struct lane *l, const struct step *around, const char *name,
                                size_t len) {
  const char *dot;
  while (around != NULL && (dot = memchr(name, '.', len)) != NULL) {
    around = nuo__step_find(l->decoder, around, name, (size_t)(dot - name));
    len -= (size_t)(dot - name) + 1;
    name = dot + 1;
  }
  return around == NULL ? NULL : nuo__step_find(l->decoder, around, name, len);
}

bool nuo__adapt_dotted(struct lane *l, const struct step *around, const struct json_string *name) {
  char buffer[LIMIT_MEMBER_NAME];
  const char *text = name->raw;
  size_t len = name->len;
  if (name->escaped) text = buffer, len = nuo__json_unescape(name, buffer);
  struct step *s =
      memchr(text, '.', len) == NULL || around == headers_step(l) ? NULL : find_dotted(l, around, text, len);
  const bool given = s != NULL && nuo__json_peek(&l->json) != 'n';
  return given ? nuo__adapt_walk(l, s) : nuo__json_skip(&l->json);
}

// ---- values ----

static bool walk_array(struct lane *l, const struct step *s) {
  struct json_object array;
  char name[12];
  if (!nuo__json_array_begin(&l->json, &array)) return false;
  for (unsigned i = 0; nuo__json_array_next(&l->json, &array); i++) {
    const size_t len = nuo__text_format(name, sizeof name, "%u", i);
    struct step *element = nuo__step_find(l->decoder, s, name, len);
    const bool given = element != NULL && nuo__json_peek(&l->json) != 'n';
    if (given ? !nuo__adapt_walk(l, element) : !nuo__json_skip(&l->json)) return false;
  }
  return l->json.error->status == NUO_OK;
}

bool nuo__adapt_walk(struct lane *l, struct step *s) {
  const struct image_place *p = &l->image->ADAPTER_PLACES[s->field];
  const char first = nuo__json_peek(&l->json);
  const char *at = l->json.at;
  if (p->child_count > 0 && first == '{') return nuo__lane_members(l, s, false);
  if (p->child_count > 0 && first == '[' && !p->wanted) return walk_array(l, s);
  if (!nuo__json_skip(&l->json)) return false;
  return !p->wanted || note(l, s, at, (uint32_t)(l->json.at - at), FOUND_JSON);
}

// ---- the body and the headers ----

static bool walk_form(struct lane *l, const struct step *root) {
  struct json_string string;
  nuo_text form, name, value;
  uint32_t len;
  bool bad = false;
  const char *at = l->json.at;
  if (!nuo__json_string(&l->json, &string) || !nuo__lane_text(l, &string, &form.text, &len)) return false;
  form.len = len;
  while (nuo__adapt_next_pair(l, &form, &name, &value, &bad)) {
    const struct step *s = find_dotted(l, root, name.text, name.len);
    if (s == NULL || !l->image->ADAPTER_PLACES[s->field].wanted) continue;
    if (!note(l, s, value.text, (uint32_t)value.len, FOUND_TEXT)) return false;
  }
  if (!bad || l->no_memory) return !l->no_memory;
  return nuo__json_fail(&l->json, at, "body: a text here is a form (a=1&b=%%20), percent-encoded UTF-8",
                        "body：此处的文本应为表单（a=1&b=%%20），即百分号编码的 UTF-8");
}

// An object of which every place may be a part; none is when the adapter asks for nothing there.
static bool walk_root(struct lane *l, struct step *root) {
  return root->count > 0 ? nuo__lane_members(l, root, false) : nuo__json_skip(&l->json);
}

bool nuo__adapt_body(struct lane *l) {
  struct step *root = nuo__step_of_place(l->decoder, nuo__adapter_at_hand(l)->place_first);
  switch (nuo__json_peek(&l->json)) {
    case '{':
      return walk_root(l, root);
    case '"':
      return walk_form(l, root);
    default:
      return nuo__json_fail(&l->json, l->json.at, "body: an object in braces is expected, or a form as text",
                            "body：应为花括号中的对象，或文本形式的表单");
  }
}

bool nuo__adapt_headers(struct lane *l) {
  if (nuo__json_peek(&l->json) == '{') return walk_root(l, headers_step(l));
  return nuo__json_fail(&l->json, l->json.at, "headers: an object in braces is expected",
                        "headers：应为花括号中的对象");
}
