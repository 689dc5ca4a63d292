// SPDX-License-Identifier: Apache-2.0
// Keeps an instant together, see feed.h. The session puts neighbours of one instant in order within a batch;
// so the events of the newest instant wait in it until one of another instant comes. When the batch is full
// they go into the next one. When they fill a batch alone, those that have merely happened are decided as
// they come, and the others wait in a queue. Called by run.c.
#include "compiler/cli/feed.h"

#include <stdlib.h>
#include <string.h>

// ---- the batch ----

static bool add_again(struct feed *f, const struct feed_line *line) {
  return nuo_session_add(f->session, &line->input, NULL, NULL) == NUO_OK;
}

static void decide(struct feed *f, const struct feed_line *lines, size_t count) {
  if (nuo_session_pending(f->session) > 0) f->decide(f->context, lines, count);
}

static void decide_batch(struct feed *f) {
  decide(f, f->lines, f->count);
  f->count = 0;
}

// How many of the last lines are of the newest instant and would have to wait for another event of it; 0 when
// none of them would.
static size_t open_lines(const struct feed *f) {
  size_t count = 0;
  bool waits = false;
  while (count < f->count && f->lines[f->count - 1 - count].time == f->lines[f->count - 1].time)
    waits |= f->lines[f->count - 1 - count++].turn == NUO_TURN_LAST;
  return waits ? count : 0;
}

// Decides all lines but the last `open`, which are out of the session then and first in `lines`.
static void decide_before(struct feed *f, size_t open) {
  const size_t before = f->count - open;
  nuo_session_take_back(f->session, open);
  decide(f, f->lines, before);
  memmove(f->lines, f->lines + before, open * sizeof *f->lines);
  f->count = open;
}

// ---- the queue ----

static bool keep_text(struct feed *f, struct feed_line *line) {
  const struct feed_line *last = f->queue_count > 0 ? &f->queue[f->queue_count - 1] : NULL;
  const uint32_t recipient = line->input.recipient;
  // The recipients of a line come one after the other.
  if (recipient > 0 && last != NULL && last->input.recipient == recipient - 1)
    return line->text_at = last->text_at, true;
  if (line->input.len > f->texts_size - f->texts_len) {
    const size_t size = f->texts_size * 2 + line->input.len;
    char *grown = realloc(f->texts, size);
    if (grown == NULL) return false;
    f->texts = grown;
    f->texts_size = size;
  }
  memcpy(f->texts + f->texts_len, line->input.json, line->input.len);
  line->text_at = f->texts_len;
  f->texts_len += line->input.len;
  return true;
}

static bool enqueue(struct feed *f, struct feed_line line) {
  if (f->queue_count == f->queue_size) {
    const size_t size = f->queue_size * 2 + NUO_BATCH;
    struct feed_line *grown = realloc(f->queue, size * sizeof *grown);
    if (grown == NULL) return false;
    f->queue = grown;
    f->queue_size = size;
  }
  if (!keep_text(f, &line)) return false;
  f->queue[f->queue_count++] = line;
  return true;
}

// Decides what has waited.
static bool release(struct feed *f) {
  decide_batch(f);
  for (size_t i = 0, first = 0; i < f->queue_count; i++) {
    f->queue[i].input.json = f->texts + f->queue[i].text_at;
    if (!add_again(f, &f->queue[i])) return false;
    const bool full = nuo_session_pending(f->session) == NUO_BATCH;
    if (!full && i + 1 < f->queue_count) continue;
    decide(f, f->queue + first, i + 1 - first);
    first = i + 1;
  }
  f->queue_count = f->texts_len = 0;
  return true;
}

bool feed_keep(struct feed *f) {
  const size_t count = f->count;
  f->count = 0;
  for (size_t i = 0; i < count; i++) {
    const struct feed_line line = f->lines[i];
    if (line.turn == NUO_TURN_LAST ? !enqueue(f, line) : !add_again(f, &line)) return false;
    if (line.turn != NUO_TURN_LAST) f->lines[f->count++] = line;
  }
  decide_batch(f);
  return true;
}

// ---- lines ----

// Room for another line in a full batch.
static bool make_room(struct feed *f) {
  const size_t open = open_lines(f);
  decide_before(f, open);
  if (open == NUO_BATCH) return feed_keep(f);
  for (size_t i = 0; i < open; i++)
    if (!add_again(f, &f->lines[i])) return false;
  return true;
}

// A line that was added while others of a great instant wait. False when out of memory; *kept: it waits, too.
static bool join_queue(struct feed *f, const struct feed_line *line, bool *kept) {
  const bool same = line->time == f->queue[0].time;
  *kept = same && line->turn == NUO_TURN_LAST;
  if (same && !*kept) return true;
  nuo_session_take_back(f->session, 1);
  return *kept ? enqueue(f, *line) : release(f) && add_again(f, line);
}

static nuo_status add_recipient(struct feed *f, const nuo_input *input, bool inner, uint32_t *recipients,
                                nuo_error *error) {
  struct feed_line line = {.input = *input, .inner = inner};
  bool kept = false;
  const nuo_status status = nuo_session_add(f->session, input, recipients, error);
  if (status != NUO_OK) return status;
  line.turn = nuo_session_last(f->session, &line.time);
  if (feed_keeps(f) && !join_queue(f, &line, &kept)) return NUO_NO_MEMORY;
  if (kept) return NUO_OK;
  f->lines[f->count++] = line;
  return f->count < NUO_BATCH || make_room(f) ? NUO_OK : NUO_NO_MEMORY;
}

nuo_status feed_add(struct feed *f, nuo_input *input, bool inner, nuo_error *error) {
  uint32_t recipients = input->recipient + 1;
  nuo_status status = NUO_OK;
  for (; status == NUO_OK && input->recipient < recipients; input->recipient++)
    status = add_recipient(f, input, inner, &recipients, error);
  f->taken = input->recipient - (status != NUO_OK);
  f->more = status == NUO_BAD_EVENT && input->recipient < recipients;
  return status;
}

const struct feed_line *feed_settle(struct feed *f) {
  const size_t open = open_lines(f);
  decide_before(f, open);
  return open > 0 ? f->lines : NULL;
}

void feed_forget(struct feed *f) {
  f->count = 0;
}

bool feed_close(struct feed *f) {
  const bool taken_back = nuo_session_pending(f->session) == 0;
  for (size_t i = 0; taken_back && i < f->count; i++)
    if (!add_again(f, &f->lines[i])) return false;
  return release(f);
}

void feed_free(struct feed *f) {
  free(f->queue);
  free(f->texts);
}
