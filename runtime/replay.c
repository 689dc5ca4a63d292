// SPDX-License-Identifier: Apache-2.0
// Decisions kept for events that come again. A record:
//
//   word       7 bytes: time of the event, kind of record, whether it was late, the policy's force
//   offset     3 bytes: seconds of its zone, from -2^23 on
//   program    4 bytes: the beginning of the digest of the version that decided
//   until      8 bytes, when it was late or its type may come later than what is kept for all: the newest
//              time at which it is still remembered; else that is its time and state->replay_ms
//   the rest   sealed, when there is anything to tell: verdict and findings, in the order of `decision` below
//
// So an event without findings takes 14 bytes, which lie within the store's table. Such records live in two
// stores of their own, one for each span of replay_ms, the older of which is emptied as a whole when the mark
// enters the next span: nothing is done for a single event. Events of types that may be later than that are
// few; they have a timer each. Called by decide.c and delivery.c.
#include "runtime/replay.h"

#include <string.h>

#include "runtime/bytes.h"
#include "runtime/seal.h"
#include "runtime/text.h"
#include "runtime/when.h"

#define WORD 7
#define TIME_SHIFT 7
#define HEAD 14
#define UNTIL 8
#define OFFSET_BIAS (1 << 23)

enum { FLAG_LATE = 1, FORCE_SHIFT = 1, FLAGS = 7 };

// ---- the parts of a decision, written and read by the same lines ----

struct codec {
  struct text_out *out;       // writing: where to; NULL when reading
  struct bytes_in in;         // reading
  const struct image *image;  // of the version that decided; NULL: it is not loaded any more
  struct scratch *scratch;
};

// A text of the image is told by its place: names of rules and fields, clauses, titles.
static bool is_of_image(const struct codec *c, nuo_text text) {
  const uintptr_t first = c->image == NULL ? 0 : (uintptr_t)c->image->STRINGS, at = (uintptr_t)text.text;
  return c->image != NULL && at >= first && at - first <= c->image->STRINGS_count &&
         text.len <= c->image->STRINGS_count - (at - first);
}

static void put_text(struct codec *c, nuo_text text) {
  const bool placed = text.len > 0 && is_of_image(c, text);
  nuo__bytes_put(c->out, text.len << 1 | placed);
  if (placed) {
    nuo__bytes_put(c->out, (uint64_t)(text.text - c->image->STRINGS));
  } else if (text.len > 0) {
    nuo__out_bytes(c->out, text.text, text.len);
  }
}

static nuo_text take_text(struct codec *c) {
  const uint64_t head = nuo__bytes_take(&c->in), len = head >> 1;
  if (head & 1) {
    const uint64_t at = nuo__bytes_take(&c->in);
    if (c->image == NULL || at > c->image->STRINGS_count || len > c->image->STRINGS_count - at)
      return (nuo_text){"", 0};
    return (nuo_text){c->image->STRINGS + at, (size_t)len};
  }
  if (len > (uint64_t)(c->in.end - c->in.at)) return c->in.bad = true, (nuo_text){"", 0};
  const nuo_text text = {(const char *)c->in.at, (size_t)len};
  c->in.at += len;
  return text;
}

static void text(struct codec *c, nuo_text *value) {
  if (c->out != NULL) {
    put_text(c, *value);
  } else {
    *value = take_text(c);
  }
}

// Gives the number again, or the one read.
static int64_t number(struct codec *c, int64_t value) {
  if (c->out == NULL) return nuo__bytes_take_signed(&c->in);
  nuo__bytes_put_signed(c->out, value);
  return value;
}

// Gives the items again, or those read: an item takes a byte at least, so no count asks for more than there
// is.
static void *list(struct codec *c, const void *items, size_t *count, size_t size,
                  void (*each)(struct codec *, void *)) {
  char *at = (char *)items;
  *count = (size_t)number(c, (int64_t)*count);
  if (c->out == NULL) {
    if (*count == 0 || *count > (size_t)(c->in.end - c->in.at)) return *count = 0, NULL;
    at = nuo__scratch_alloc(c->scratch, *count * size);
    if (at == NULL) return *count = 0, NULL;
    memset(at, 0, *count * size);
  }
  for (size_t i = 0; i < *count; i++) each(c, at + i * size);
  return at;
}

static void each_text(struct codec *c, void *item) {
  text(c, item);
}

static void each_hit(struct codec *c, void *item) {
  nuo_hit *h = item;
  text(c, &h->entry);
  h->offset = (uint32_t)number(c, h->offset);
  h->len = (uint32_t)number(c, h->len);
}

static void each_fact(struct codec *c, void *item) {
  nuo_fact *f = item;
  text(c, &f->name);
  text(c, &f->name_zh);
  text(c, &f->value);
  f->missing = number(c, f->missing) != 0;
  f->masked = number(c, f->masked) != 0;
  f->hits = list(c, f->hits, &f->hit_count, sizeof *f->hits, each_hit);
}

static void each_reason(struct codec *c, void *item) {
  nuo_reason *r = item;
  r->kind = (nuo_reason_kind)number(c, r->kind);
  text(c, &r->name);
}

static void each_finding(struct codec *c, void *item) {
  nuo_finding *f = item;
  nuo_text *const texts[] = {&f->rule,     &f->rule_zh,     &f->pack,  &f->pack_zh, &f->title,  &f->clause,
                             &f->severity, &f->severity_zh, &f->label, &f->strip,   &f->message};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) text(c, texts[i]);
  f->cites = list(c, f->cites, &f->cite_count, sizeof *f->cites, each_text);
  f->action = (nuo_action)number(c, f->action);
  f->until = number(c, f->until);
  f->until_offset = (int32_t)number(c, f->until_offset);
  f->action_changed = number(c, f->action_changed) != 0;
  f->facts = list(c, f->facts, &f->fact_count, sizeof *f->facts, each_fact);
  f->reasons = list(c, f->reasons, &f->reason_count, sizeof *f->reasons, each_reason);
  f->exceptions = list(c, f->exceptions, &f->exception_count, sizeof *f->exceptions, each_text);
  f->same = list(c, f->same, &f->same_count, sizeof *f->same, each_finding);
}

static void each_duty(struct codec *c, void *item) {
  nuo_duty_change *d = item;
  nuo_text *const texts[] = {&d->duty, &d->duty_zh, &d->pack, &d->pack_zh, &d->clause, &d->event, &d->step};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) text(c, texts[i]);
  d->state = (nuo_duty_state)number(c, d->state);
  d->due = number(c, d->due);
  d->due_offset = (int32_t)number(c, d->due_offset);
  d->is_last = number(c, d->is_last) != 0;
  d->is_otherwise = number(c, d->is_otherwise) != 0;
}

static void each_raised(struct codec *c, void *item) {
  nuo_raised *r = item;
  text(c, &r->type);
  text(c, &r->id);
  text(c, &r->rule);
  text(c, &r->pack);
  text(c, &r->missing);
}

static void decision(struct codec *c, nuo_decision *d) {
  d->verdict = (nuo_action)number(c, d->verdict);
  d->until = number(c, d->until);
  d->until_offset = (int32_t)number(c, d->until_offset);
  d->breaches = list(c, d->breaches, &d->breach_count, sizeof *d->breaches, each_finding);
  d->undetermined = list(c, d->undetermined, &d->undetermined_count, sizeof *d->undetermined, each_finding);
  d->excepted = list(c, d->excepted, &d->excepted_count, sizeof *d->excepted, each_finding);
  d->duties = list(c, d->duties, &d->duty_count, sizeof *d->duties, each_duty);
  d->raised = list(c, d->raised, &d->raised_count, sizeof *d->raised, each_raised);
}

static bool has_more(const nuo_decision *d) {
  return d->breach_count + d->undetermined_count + d->excepted_count + d->duty_count + d->raised_count > 0;
}

// ---- where records are ----

// Mostly that of the mark, without a division.
static int64_t span_of(const struct state *state, int64_t time) {
  if (time >= state->span_from && time - state->span_from < state->replay_ms) return state->span;
  const int64_t span = time / state->replay_ms;
  return span - (time % state->replay_ms < 0);
}

static struct store *recent(const struct state *state, int64_t span) {
  return state->recent[span & 1];
}

void nuo__state_enter_span(struct state *state, int64_t before, int64_t now) {
  if (before == INT64_MIN) return;
  const int64_t old = span_of(state, before), span = span_of(state, now);
  if (span > old) nuo__store_clear(recent(state, span));
  if (span > old + 1) nuo__store_clear(recent(state, span - 1));
  state->span = span;
  state->span_from = span * state->replay_ms;
}

static int64_t until_of(const struct state *state, const uint8_t *record, bool has_until) {
  if (has_until || record[0] & FLAG_LATE) return (int64_t)nuo__bytes_read(record + HEAD, UNTIL);
  return (int64_t)(nuo__bytes_read(record, WORD) >> TIME_SHIFT) + NUO__WHEN_FIRST_MS + state->replay_ms;
}

// The record of a key as it is remembered at `now`; NULL when there is none. *head: where its rest begins.
static const uint8_t *find(const struct state *state, const struct store_key *key, int64_t now,
                           uint32_t *size, uint32_t *head) {
  const int64_t span = span_of(state, state->high_water), ahead = span_of(state, now) - span;
  const uint8_t *record = ahead <= 1 ? nuo__store_get(recent(state, span), key, size) : NULL;
  bool is_long = false;
  if (record == NULL && ahead == 0) record = nuo__store_get(recent(state, span - 1), key, size);
  if (record == NULL) {
    if (state->lateness > state->replay_ms) record = nuo__store_get(state->store, key, size);
    is_long = record != NULL && nuo__record_kind(record) == RECORD_REPLAY;
    if (!is_long) return NULL;
  }
  *head = HEAD + (is_long || record[0] & FLAG_LATE ? UNTIL : 0);
  return *size >= *head && now <= until_of(state, record, is_long) ? record : NULL;
}

bool nuo__state_is_replay_over(const uint8_t *record, int64_t at) {
  return (int64_t)nuo__bytes_read(record + HEAD, UNTIL) <= at;
}

// ---- finding ----

void nuo__replay_prefetch(const struct state *state, const struct store_key *key) {
  for (int i = 0; i < 2; i++) nuo__store_prefetch(state->recent[i], key);
}

static const nuo_program *find_program(const nuo_session *s, const uint8_t *digest) {
  for (size_t i = 0; i < s->version_count; i++)
    if (memcmp(s->versions[i].program->image.header->program_digest, digest, 4) == 0)
      return s->versions[i].program;
  return NULL;
}

// Of a version that is not loaded any more its name is known.
static const nuo_program_info *info_of(nuo_session *s, const nuo_program *program) {
  if (program != NULL) return &program->info;
  nuo_program_info *info = nuo__scratch_alloc(&s->scratch, sizeof *info);
  if (info == NULL) return NULL;
  memset(info, 0, sizeof *info);
  info->policy = s->versions[0].program->info.policy;
  info->policy_zh = s->versions[0].program->info.policy_zh;
  return info;
}

static bool read_rest(nuo_session *s, const struct store_key *key, const nuo_program *program,
                      const uint8_t *sealed, uint32_t size, nuo_decision *d) {
  uint8_t *plain = nuo__scratch_alloc(&s->scratch, size);
  if (plain == NULL || !nuo__unseal(&s->engine->state.seal, key, sealed, size, plain)) return false;
  struct codec c = {.in = {.at = plain, .end = plain + size - SEAL_MARK},
                    .image = program == NULL ? NULL : &program->image,
                    .scratch = &s->scratch};
  decision(&c, d);
  return !c.in.bad && !s->scratch.failed;
}

bool nuo__replay_find(nuo_session *s, const struct store_key *key, nuo_decision *d) {
  const struct state *state = &s->engine->state;
  uint32_t size, head;
  if (state->high_water == INT64_MIN) return false;
  const int64_t now = d->time > state->high_water ? d->time : state->high_water;
  const uint8_t *record = find(state, key, now, &size, &head);
  if (record == NULL) return false;
  nuo_decision again = *d;
  const nuo_program *program = find_program(s, record + WORD + 3);
  again.time = (int64_t)(nuo__bytes_read(record, WORD) >> TIME_SHIFT) + NUO__WHEN_FIRST_MS;
  again.late = record[0] & FLAG_LATE;
  again.replayed = true;
  again.force = (nuo_force)((record[0] & FLAGS) >> FORCE_SHIFT);
  again.utc_offset = (int32_t)nuo__bytes_read(record + WORD, 3) - OFFSET_BIAS;
  again.program = again.force == NUO_IN_FORCE ? info_of(s, program) : NULL;
  again.until = 0;
  if (size > head && !read_rest(s, key, program, record + head, size - head, &again)) return false;
  *d = again;
  return !s->scratch.failed;
}

// ---- keeping ----

static void write_head(uint8_t *at, const nuo_program *program, const nuo_decision *d) {
  const uint64_t time = (uint64_t)(d->time - NUO__WHEN_FIRST_MS);
  const unsigned flags =
      RECORD_REPLAY << RECORD_KIND_SHIFT | (unsigned)d->force << FORCE_SHIFT | (d->late ? FLAG_LATE : 0);
  nuo__bytes_write(at, WORD, time << TIME_SHIFT | flags);
  nuo__bytes_write(at + WORD, 3, (uint64_t)(d->utc_offset + OFFSET_BIAS));
  memcpy(at + WORD + 3, program->image.header->program_digest, 4);
}

// With what there is to tell, put together behind what s->out has.
static bool put_whole(nuo_session *s, const nuo_program *program, struct store *store,
                      const struct store_key *key, const uint8_t *head, size_t head_size,
                      const nuo_decision *d) {
  static const char mark[SEAL_MARK];
  const size_t start = s->out.len;
  struct codec c = {.out = &s->out, .image = &program->image};
  nuo_decision copy = *d;
  nuo__out_bytes(&s->out, (const char *)head, head_size);
  nuo__out_bytes(&s->out, mark, sizeof mark);
  decision(&c, &copy);
  if (s->out.failed || s->out.len - start > UINT32_MAX) return false;
  uint8_t *record = (uint8_t *)s->out.at + start;
  const size_t size = s->out.len - start;
  nuo__seal(&s->engine->state.seal, key, record + head_size, size - head_size);
  s->out.len = start;
  return nuo__store_put(store, key, record, (uint32_t)size);
}

void nuo__replay_keep(nuo_session *s, const nuo_program *program, const struct image_event *event,
                      const struct store_key *key, const nuo_decision *d) {
  struct state *state = &s->engine->state;
  const bool is_long = event->lateness > state->replay_ms;
  const int64_t until = state->high_water + (is_long ? event->lateness : state->replay_ms);
  struct store *store = is_long ? state->store : recent(state, span_of(state, state->high_water));
  uint8_t head[HEAD + UNTIL];
  const size_t head_size = HEAD + (is_long || d->late ? UNTIL : 0);
  write_head(head, program, d);
  nuo__bytes_write(head + HEAD, UNTIL, (uint64_t)until);
  if ((is_long && !nuo__store_timer_add(state->store, until, key)) ||
      !(has_more(d) ? put_whole(s, program, store, key, head, head_size, d)
                    : nuo__store_put(store, key, head, (uint32_t)head_size)))
    state->failed = true;
}
