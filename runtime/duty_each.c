// SPDX-License-Identifier: Apache-2.0
// Duties `for each` value of a fact: which values a part of a fact's key has been started with, for the same
// other parts. A record: its kind (1 byte), then sealed whether some were left out and whether they are
// texts, and the values, numbers of variable length or texts; zones by their names. Values that have no fact
// any more are dropped when they are run through. Called by vm_duty.c, vm_state.c and engine_state.c.
#include <string.h>

#include "runtime/bytes.h"
#include "runtime/duty.h"
#include "runtime/limits.h"
#include "runtime/text.h"

struct each_value {
  int64_t number;
  nuo_text text;
};
struct each_list {
  bool overflowed, is_text;
  struct each_value *at;
  size_t count, cap;
};

static bool is_text(uint8_t kind) {
  return kind == VALUE_TEXT || kind == VALUE_ZONE;
}

// ---- the record ----

enum { OVERFLOWED = 1, TEXTS = 2 };

static bool take_list(struct scratch *scratch, struct bytes_in *in, struct each_list *list) {
  const uint64_t flags = nuo__bytes_take(in);
  list->overflowed = flags & OVERFLOWED;
  list->is_text = flags & TEXTS;
  while (in->at < in->end) {
    if (list->count == list->cap) {
      struct each_value *grown = nuo__scratch_grow(scratch, list->at, list->count, &list->cap, sizeof *grown);
      if (grown == NULL) return false;
      list->at = grown;
    }
    struct each_value *value = &list->at[list->count++];
    *value = (struct each_value){.text = {"", 0}};
    if (list->is_text) {
      value->text = nuo__bytes_take_text(in);
    } else {
      value->number = nuo__bytes_take_signed(in);
    }
  }
  return !in->bad;
}

static bool load(struct state *state, struct scratch *scratch, const struct store_key *key, bool is_text,
                 struct each_list *list) {
  uint32_t size;
  const uint8_t *record = nuo__store_get(state->store, key, &size);
  *list = (struct each_list){.is_text = is_text};
  if (record == NULL) return true;
  if (size < 1 + SEAL_MARK || nuo__record_kind(record) != RECORD_EACH) return false;
  uint8_t *plain = nuo__scratch_alloc(scratch, size);
  if (plain == NULL) return state->failed = true, false;
  if (!nuo__unseal(&state->seal, key, record + 1, size - 1, plain)) return false;
  struct bytes_in in = {.at = plain, .end = plain + size - 1 - SEAL_MARK};
  return take_list(scratch, &in, list);
}

static void save(struct state *state, const struct store_key *key, const struct each_list *list) {
  struct text_out *out = &state->record;
  const char head[1 + SEAL_MARK] = {RECORD_EACH << RECORD_KIND_SHIFT};
  out->len = 0;
  nuo__out_bytes(out, head, sizeof head);
  nuo__bytes_put(out, (list->overflowed ? OVERFLOWED : 0u) | (list->is_text ? TEXTS : 0u));
  for (size_t i = 0; i < list->count; i++) {
    if (list->is_text) {
      nuo__bytes_put_text(out, list->at[i].text);
    } else {
      nuo__bytes_put_signed(out, list->at[i].number);
    }
  }
  if (!out->failed) nuo__seal(&state->seal, key, (uint8_t *)out->at + 1, out->len - 1);
  if (list->count == 0) out->len = 0;
  nuo__state_put(state, key, out);
}

size_t nuo__duty_forget_each(struct state *state, struct scratch *scratch, const struct store_key *key,
                             const uint8_t tag[STATE_SUBJECT_SIZE], bool *is_empty) {
  struct each_list list;
  size_t kept = 0;
  if (!load(state, scratch, key, false, &list)) return 0;
  for (size_t i = 0; i < list.count; i++) {
    uint8_t own[STATE_SUBJECT_SIZE];
    if (list.is_text) {
      nuo__state_subject(state, list.at[i].text, own);
    } else {
      nuo__state_subject_number(state, list.at[i].number, own);
    }
    if (memcmp(own, tag, sizeof own) != 0) list.at[kept++] = list.at[i];
  }
  const size_t gone = list.count - kept;
  list.count = kept;
  *is_empty = kept == 0;
  if (gone > 0 && kept > 0) save(state, key, &list);
  return gone;
}

// ---- keys ----

// The key of the list: all parts of the fact's key but one. `arguments` are those others.
static bool list_key(const struct machine *m, const struct image_fact *fact, uint32_t part,
                     const struct image_argument *arguments, uint32_t lane, struct store_key *key) {
  uint8_t kinds[IMAGE_KEY_MAX];
  const uint8_t subject = nuo__state_subject_of(fact->subject);  // counted from 1 on
  const struct key_shape shape = {(enum key_kind)(KEY_OF_EACH + part), fact->identity, kinds,
                                  (uint8_t)(fact->key_count - 1),
                                  subject == part + 1 ? 0 : (uint8_t)(subject - (subject > part + 1))};
  for (uint32_t i = 0; i < shape.count; i++) kinds[i] = fact->key_kinds[i < part ? i : i + 1];
  return nuo__state_key(m->state, m->program, m->batch, lane, &shape, arguments, key);
}

// ---- keeping ----

// The value of a key's part in the lane, which is known. `name` has room for a zone's name.
static struct each_value value_of(const struct machine *m, uint8_t kind,
                                  const struct image_argument *argument, uint32_t lane,
                                  char name[ZONE_NAME_MAX]) {
  const struct batch *b = m->batch;
  struct each_value value = {.text = {"", 0}};
  if (argument->reg_class == REG_TEXT) {
    if (b->texts[argument->reg].len[lane] > 0)
      value.text = (nuo_text){b->texts[argument->reg].at[lane], b->texts[argument->reg].len[lane]};
  } else if (argument->reg_class == REG_PLANE) {
    value.number = (int64_t)(b->planes[argument->reg].t >> lane & 1);
  } else if (kind == VALUE_ZONE) {
    const int64_t handle = b->columns[argument->reg][lane];
    value.text = (nuo_text){name, nuo__zone_set_name(m->program->zones, (uint16_t)handle, name)};
  } else {
    value.number = b->columns[argument->reg][lane];
  }
  return value;
}

static bool has(const struct each_list *list, const struct each_value *value) {
  for (size_t i = 0; i < list->count; i++)
    if (list->at[i].number == value->number && nuo__text_equal(list->at[i].text, value->text)) return true;
  return false;
}

static bool is_less(const struct each_value *a, const struct each_value *b) {
  if (a->number != b->number) return a->number < b->number;
  const size_t len = a->text.len < b->text.len ? a->text.len : b->text.len;
  const int order = len == 0 ? 0 : memcmp(a->text.text, b->text.text, len);
  return order != 0 ? order < 0 : a->text.len < b->text.len;
}

// In ascending order, so that duties begin in an order that does not depend on what came when.
static void insert(struct each_list *list, struct each_value value) {
  size_t at = list->count++;
  for (; at > 0 && is_less(&value, &list->at[at - 1]); at--) list->at[at] = list->at[at - 1];
  list->at[at] = value;
}

static void keep_part(const struct machine *m, const struct image_fact *fact, uint32_t part,
                      const struct image_argument *arguments, uint32_t lane) {
  struct image_argument others[IMAGE_KEY_MAX];
  const uint8_t kind = fact->key_kinds[part];
  char name[ZONE_NAME_MAX];
  struct store_key key;
  struct each_list list;
  for (uint32_t i = 0; i + 1 < fact->key_count; i++) others[i] = arguments[i < part ? i : i + 1];
  if (!list_key(m, fact, part, others, lane, &key) || !load(m->state, m->texts, &key, is_text(kind), &list))
    return;
  const struct each_value value = value_of(m, kind, &arguments[part], lane, name);
  if (has(&list, &value) || list.overflowed) return;
  if (list.count == LIMIT_EACH) {
    list.overflowed = true;
  } else {
    struct each_value *grown = nuo__scratch_alloc(m->texts, (list.count + 1) * sizeof *grown);
    if (grown == NULL) {
      m->state->failed = true;
      return;
    }
    if (list.count > 0) memcpy(grown, list.at, list.count * sizeof *grown);
    list.at = grown;
    insert(&list, value);
  }
  save(m->state, &key, &list);
}

void nuo__duty_keep_each(const struct machine *m, uint32_t index, const struct image_argument *arguments,
                         uint32_t lane) {
  const struct image_fact *fact = &m->program->image.FACTS[index];
  for (uint32_t part = 0; part < fact->key_count; part++)
    if (fact->each_parts >> part & 1) keep_part(m, fact, part, arguments, lane);
}

// ---- running through ----

// Puts a value into the register that the opening's code reads. False when it means nothing here.
static bool set_register(const struct machine *m, const struct image_opening *o, uint8_t kind,
                         const struct each_value *value, uint32_t lane) {
  struct batch *b = m->batch;
  const uint64_t bit = UINT64_C(1) << lane;
  if (o->each_class == REG_TEXT) {
    b->texts[o->each_reg].at[lane] = value->text.text;
    b->texts[o->each_reg].len[lane] = (uint32_t)value->text.len;
    b->text_known[o->each_reg] |= bit;
    return true;
  }
  int64_t number = value->number;
  if (kind == VALUE_ZONE) {
    uint16_t handle;
    if (nuo__zone_set_find(m->program->zones, value->text.text, value->text.len, &handle) != ZONE_OK)
      return false;
    number = handle;
  }
  if (o->each_class == REG_PLANE) {
    b->planes[o->each_reg].t = (b->planes[o->each_reg].t & ~bit) | (number != 0 ? bit : 0);
    b->planes[o->each_reg].f = (b->planes[o->each_reg].f & ~bit) | (number != 0 ? 0 : bit);
    return true;
  }
  b->columns[o->each_reg][lane] = number;
  b->column_known[o->each_reg] |= bit;
  return true;
}

void nuo__duty_each(struct machine *m, uint32_t opening, uint32_t lane) {
  const struct image *image = &m->program->image;
  const struct image_opening *o = &image->OPENINGS[opening];
  const struct image_fact *fact = &image->FACTS[o->each_fact];
  const struct image_argument *others = image->ARGUMENTS + o->each_key;
  const uint8_t kind = fact->key_kinds[o->each_part];
  const struct key_shape shape = nuo__state_shape(image, false, o->each_fact);
  struct image_argument all[IMAGE_KEY_MAX];
  struct store_key key, fact_key;
  struct each_list list;
  size_t kept = 0;
  int64_t since, number;
  nuo_text text;
  for (uint32_t i = 0; i < fact->key_count; i++)
    if (i != o->each_part) all[i] = others[i < o->each_part ? i : i - 1];
  all[o->each_part] = (struct image_argument){o->each_class, o->each_reg};
  if (!list_key(m, fact, o->each_part, others, lane, &key) ||
      !load(m->state, m->texts, &key, is_text(kind), &list))
    return;
  for (size_t i = 0; i < list.count; i++) {
    uint32_t size;
    if (!set_register(m, o, kind, &list.at[i], lane)) continue;
    if (!nuo__state_key(m->state, m->program, m->batch, lane, &shape, all, &fact_key)) continue;
    if (nuo__store_get(m->state->store, &fact_key, &size) == NULL) continue;
    if (nuo__state_fact(m->state, &fact_key, m->batch->columns[0][lane], &since, &number, &text))
      nuo__vm_run_lane(m, o->code_first, o->code_count, lane);
    list.at[kept++] = list.at[i];
  }
  if (list.overflowed) {
    const struct duty_view v = nuo__duty_view(m->state, m->texts, m->program, o->duty);
    const nuo_text id = {m->batch->id[lane].at, m->batch->id[lane].len};
    nuo__duty_tell(&v, m->log, NUO_DUTY_NOT_OPENED, id, 0, 0, false);
  }
  if (kept == list.count && !list.overflowed) return;
  list.overflowed = false;
  list.count = kept;
  save(m->state, &key, &list);
}
