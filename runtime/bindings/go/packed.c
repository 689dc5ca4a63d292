// SPDX-License-Identifier: Apache-2.0
#include "packed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- life ----

nuo_status nuo_packed_new(nuo_engine *engine, nuo_packed **packed) {
  nuo_packed *p = calloc(1, sizeof *p);
  *packed = NULL;
  if (p == NULL) return NUO_NO_MEMORY;
  nuo_status status = nuo_session_new(engine, &p->session);
  if (status != NUO_OK) return free(p), status;
  *packed = p;
  return NUO_OK;
}

void nuo_packed_free(nuo_packed *p) {
  if (p == NULL) return;
  nuo_session_free(p->session);
  free(p->adapter);
  free(p->at);
  free(p->room);
  free(p);
}

nuo_status nuo_packed_set_adapter(nuo_packed *p, const char *name, size_t len) {
  char *copy = malloc(len + 1);
  if (copy == NULL) return NUO_NO_MEMORY;
  if (len > 0) memcpy(copy, name, len);
  free(p->adapter);
  p->adapter = copy;
  p->adapter_len = len;
  return NUO_OK;
}

// What a session has added or decided in part nobody can take up again.
static nuo_status give_up(nuo_packed *p) {
  nuo_session_free(p->session);
  p->session = NULL;
  p->error =
      (nuo_error){.status = NUO_NO_MEMORY, .message = "out of memory; the session ends here, make another"};
  return NUO_NO_MEMORY;
}

// ---- decisions out ----

static nuo_text text_of(const char *text) {
  return (nuo_text){text, strlen(text)};
}

static bool make_room(nuo_packed *p, size_t size) {
  if (size <= p->cap - p->len) return true;
  const size_t cap = p->cap * 2 + size;
  char *grown = realloc(p->at, cap);
  if (grown == NULL) return false;
  p->at = grown;
  p->cap = cap;
  return true;
}

enum { TEXTS = 6 };

static bool pack(nuo_packed *p, nuo_packed_head *head, const nuo_text texts[TEXTS]) {
  uint32_t *const lens[TEXTS] = {&head->id_len,   &head->type_len,    &head->caused_by_len,
                                 &head->json_len, &head->message_len, &head->message_zh_len};
  size_t size = sizeof *head;
  for (int i = 0; i < TEXTS; i++) size += *lens[i] = (uint32_t)texts[i].len;
  head->size = (uint32_t)((size + 7) / 8 * 8);
  if (!make_room(p, head->size)) return false;
  char *at = p->at + p->len;
  p->len += head->size;
  memcpy(at, head, sizeof *head);
  at += sizeof *head;
  for (int i = 0; i < TEXTS; at += texts[i++].len)
    if (texts[i].len > 0) memcpy(at, texts[i].text, texts[i].len);
  memset(at, 0, head->size - size);
  return true;
}

// What has no decision is not to be delivered unawares.
static bool pack_refusal(nuo_packed *p, uint64_t tag) {
  nuo_packed_head head = {
      .tag = tag, .offset = p->error.offset, .verdict = NUO_BLOCK, .refused = (uint8_t)p->error.status};
  const nuo_text texts[TEXTS] = {[4] = text_of(p->error.message), [5] = text_of(p->error.message_zh)};
  return pack(p, &head, texts);
}

static bool pack_decision(nuo_packed *p, const nuo_decision *d) {
  const nuo_error *refused = d->refused;
  nuo_text json = {"", 0};
  nuo_packed_head head = {
      .tag = d->tag,
      .time = d->time,
      .until = d->until,
      .offset = refused == NULL ? 0 : refused->offset,
      .utc_offset = d->utc_offset,
      .until_offset = d->until_offset,
      .verdict = (uint8_t)d->verdict,
      .force = (uint8_t)d->force,
      .flags = (uint8_t)((d->deadline ? NUO_PACKED_DEADLINE : 0) | (d->late ? NUO_PACKED_LATE : 0) |
                         (d->replayed ? NUO_PACKED_REPLAYED : 0)),
      .refused = (uint8_t)(refused == NULL ? NUO_OK : refused->status),
  };
  if (refused == NULL && nuo_session_decision_json(p->session, d, &json) != NUO_OK) return false;
  const nuo_text texts[TEXTS] = {d->event_id,
                                 d->event_type,
                                 d->caused_by,
                                 json,
                                 text_of(refused == NULL ? "" : refused->message),
                                 text_of(refused == NULL ? "" : refused->message_zh)};
  return pack(p, &head, texts);
}

static bool is_own(const nuo_decision *d) {
  return !d->deadline && d->caused_by.len == 0;
}

// Decides what has been added. A refusal of what is the only event goes to the error instead.
static nuo_status decide_added(nuo_packed *p, bool only) {
  const nuo_decision *decisions;
  nuo_status refused = NUO_OK;
  size_t count;
  p->added_count = 0;
  while (nuo_session_pending(p->session) > 0) {
    const nuo_status status = nuo_session_decide(p->session, &decisions, &count);
    bool good = true;
    for (size_t i = 0; good && i < count; i++) {
      const nuo_decision *d = &decisions[i];
      if (only && !is_own(d)) continue;
      if (only && d->refused != NULL)
        p->error = *d->refused, refused = p->error.status;
      else
        good = pack_decision(p, d);
    }
    if (status != NUO_OK || !good) return give_up(p);
  }
  return refused;
}

// ---- events in ----

char *nuo_packed_room(nuo_packed *p, size_t size) {
  if (size < p->room_size) return p->room;
  free(p->room);
  p->room = malloc(size * 2 + 1);
  p->room_size = p->room == NULL ? 0 : size * 2 + 1;
  return p->room;
}

static nuo_status begin(nuo_packed *p) {
  p->len = 0;
  p->error = (nuo_error){.status = NUO_OK};
  return p->session == NULL ? give_up(p) : NUO_OK;
}

static nuo_input input_of(const nuo_packed *p, const char *event, size_t len, uint64_t tag) {
  return (nuo_input){.json = event, .len = len, .adapter = {p->adapter, p->adapter_len}, .tag = tag};
}

static bool is_refusal(nuo_status status) {
  return status == NUO_BAD_EVENT || status == NUO_LIMIT;
}

// Behind the decisions of what came before it.
static nuo_status refuse(nuo_packed *p, uint64_t tag) {
  const nuo_status status = decide_added(p, false);
  if (status != NUO_OK) return status;
  return pack_refusal(p, tag) ? NUO_OK : give_up(p);
}

static nuo_status add_one(nuo_packed *p, const nuo_input *input, uint32_t *recipients) {
  const nuo_status status = nuo_session_add(p->session, input, recipients, &p->error);
  if (status == NUO_OK) p->added[p->added_count++] = *input;
  return status;
}

// Takes the events of the last instant out of a full batch again; how many, 0 when their order with others of
// that instant does not matter, or they fill the batch.
static size_t take_instant(nuo_packed *p, nuo_input last[NUO_BATCH]) {
  int64_t instant, time;
  size_t count = 0;
  bool matters = false;
  nuo_turn turn = nuo_session_last(p->session, &instant);
  for (time = instant; turn != NUO_TURN_ANY && time == instant && count < p->added_count; count++) {
    matters |= turn == NUO_TURN_LAST;
    nuo_session_take_back(p->session, 1);
    turn = nuo_session_last(p->session, &time);
  }
  p->added_count -= count;
  memcpy(last, p->added + p->added_count, count * sizeof *last);
  if (matters && p->added_count > 0) return count;
  for (size_t i = 0; i < count; i++) add_one(p, &last[i], NULL);
  return 0;
}

// Decides a full batch, but for the last instant, which goes on in the next one.
static nuo_status decide_full(nuo_packed *p) {
  nuo_input last[NUO_BATCH];
  const size_t count = take_instant(p, last);
  nuo_status status = decide_added(p, false);
  for (size_t i = 0; status == NUO_OK && i < count; i++) {
    status = add_one(p, &last[i], NULL);
    if (is_refusal(status)) status = refuse(p, last[i].tag);  // by another version of the policy
  }
  return status;
}

// With all its recipients: of a list others may come behind one that is refused.
static nuo_status add(nuo_packed *p, nuo_input input) {
  uint32_t recipients = 1;
  for (; input.recipient < recipients; input.recipient++) {
    nuo_status status = p->added_count < NUO_BATCH ? NUO_OK : decide_full(p);
    if (status == NUO_OK) status = add_one(p, &input, &recipients);
    if (is_refusal(status)) status = refuse(p, input.tag);
    if (status != NUO_OK) return give_up(p);
  }
  return NUO_OK;
}

nuo_status nuo_packed_decide(nuo_packed *p, const char *events, const int32_t *ends, size_t count,
                             uint64_t first) {
  if (count <= NUO_BATCH) return nuo_packed_decide_all(p, events, ends, count, first);
  p->len = 0;
  p->error = (nuo_error){.status = NUO_LIMIT};
  snprintf(p->error.message, sizeof p->error.message, "%zu events are too many for a batch; it takes %d",
           count, NUO_BATCH);
  return NUO_LIMIT;
}

nuo_status nuo_packed_decide_all(nuo_packed *p, const char *events, const int32_t *ends, size_t count,
                                 uint64_t first) {
  nuo_status status = begin(p);
  for (size_t i = 0, at = 0; status == NUO_OK && i < count; at = (size_t)ends[i++])
    status = add(p, input_of(p, events + at, (size_t)ends[i] - at, first + i));
  return status == NUO_OK ? decide_added(p, false) : status;
}

static nuo_status too_many_recipients(nuo_packed *p, unsigned recipients) {
  nuo_session_take_back(p->session, 1);
  p->error = (nuo_error){.status = NUO_BAD_EVENT};
  snprintf(p->error.message, sizeof p->error.message,
           "the event has %u recipients, and so many decisions: hand it in as a batch of one", recipients);
  snprintf(p->error.message_zh, sizeof p->error.message_zh,
           "此事件有 %u 个收件人，决定也有同样多：请作为一批送入", recipients);
  return NUO_BAD_EVENT;
}

nuo_status nuo_packed_eval(nuo_packed *p, const char *event, size_t len) {
  uint32_t recipients;
  const nuo_input input = input_of(p, event, len, 0);
  nuo_status status = begin(p);
  if (status == NUO_OK) status = nuo_session_add(p->session, &input, &recipients, &p->error);
  if (status == NUO_NO_MEMORY) return give_up(p);
  if (status != NUO_OK) return status;
  return recipients > 1 ? too_many_recipients(p, recipients) : decide_added(p, true);
}

nuo_status nuo_packed_delivered(nuo_packed *p, nuo_text type, nuo_text id, int64_t time) {
  const nuo_status status = begin(p);
  return status == NUO_OK ? nuo_session_delivered(p->session, type, id, time, &p->error) : status;
}

nuo_status nuo_packed_advance(nuo_packed *p, int64_t time) {
  const nuo_decision *decisions;
  size_t count = 1;
  nuo_status status = begin(p);
  while (status == NUO_OK && count > 0) {
    status = nuo_session_advance(p->session, time, &decisions, &count);
    for (size_t i = 0; status == NUO_OK && i < count; i++)
      if (!pack_decision(p, &decisions[i])) status = NUO_NO_MEMORY;
  }
  return status == NUO_NO_MEMORY ? give_up(p) : status;
}
