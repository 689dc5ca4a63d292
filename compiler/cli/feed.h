// SPDX-License-Identifier: Apache-2.0
// Inside `nuo run`: lines of input to batches of a session. The events of one instant are decided together,
// wherever the buffer or a batch ends, so that what has merely happened comes before what can be stopped.
#ifndef NUO_CLI_FEED_H
#define NUO_CLI_FEED_H

#include "runtime/nuo.h"

// A line that was added and is not decided.
struct feed_line {
  nuo_input input;  // its text is the caller's
  bool inner;       // it is an element of a list: the input cannot be read again from there
  int64_t time;
  nuo_turn turn;
  size_t text_at;  // in the queue: where its text is in `texts`
};
struct feed {
  nuo_session *session;
  // Decides what is pending in the session, which are these lines, and tells it.
  void (*decide)(void *context, const struct feed_line *lines, size_t count);
  void *context;
  uint32_t taken;  // how many recipients of the line added last came before the one refused
  bool more;       // others come behind it
  struct feed_line lines[NUO_BATCH];  // as pending in the session
  size_t count;
  // Of an instant with more events than a batch: those that can be stopped, until it is over.
  struct feed_line *queue;
  size_t queue_count, queue_size;
  char *texts;
  size_t texts_len, texts_size;
};

// Adds a line with all its recipients, from the input's on up to one that is refused: then feed->more tells
// whether to call it again. A line may be decided at once, or later, when its text has to be still there. As
// nuo_session_add.
nuo_status feed_add(struct feed *feed, nuo_input *input, bool inner, nuo_error *error);
// Decides all that another event of the newest instant could not change, and gives the first line that it
// could: from there on the input has to be read again, after feed_forget, or feed_close is called. NULL when
// everything was decided, but what the feed itself keeps.
const struct feed_line *feed_settle(struct feed *feed);
void feed_forget(struct feed *feed);
// Moves the open lines that feed_settle gave into the feed's own memory. False when out of memory.
bool feed_keep(struct feed *feed);
// The newest instant is over: decides all. False when out of memory.
bool feed_close(struct feed *feed);
// Whether the feed keeps lines in its own memory.
static inline bool feed_keeps(const struct feed *feed) {
  return feed->queue_count > 0;
}
void feed_free(struct feed *feed);

#endif
