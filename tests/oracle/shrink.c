// SPDX-License-Identifier: Apache-2.0
// Makes a failing case small: takes out events, lines of the policy, then runs of words within lines, then
// members of the events, as long as the policy still compiles and both sides still disagree. Works on the
// text, so it knows nothing of the language. Called by main.c and cases.c.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle.h"

struct case_ {
  struct policy *policy;
  struct given_event *events;  // NULL: the policy compiles and its image is refused
  uint32_t *count;
  bool refusal;  // it is about an event that is refused on one side only
  struct wish wish;
};

static bool image_is_refused(const struct case_ *c, struct str source) {
  struct buf problem = {0};
  struct trial trial;
  const bool loads = trial_begin(&trial, source, &c->policy->setting, &problem);
  const bool refused = !loads && problem.at != NULL && strstr(problem.at, "does not load") != NULL;
  if (loads) trial_end(&trial);
  buf_free(&problem);
  return refused;
}

// The index of the event that fails, or -1. A case about something else does not become one about a refusal.
static int failing(const struct case_ *c, struct str source) {
  struct trial trial;
  char where[96];
  if (!trial_begin(&trial, source, &c->policy->setting, NULL)) return -1;
  const int failing = trial_stream(&trial, c->events, *c->count, where, NULL);
  trial_end(&trial);
  return failing >= 0 && (strstr(where, "refused") != NULL) == c->refusal ? failing : -1;
}

static bool still_fails(void *context, struct str source) {
  const struct case_ *c = context;
  return c->events == NULL ? image_is_refused(c, source) : failing(c, source) >= 0;
}

static bool events_still_fail(const struct case_ *c) {
  return c->wish.holds(c->wish.context, buf_view(&c->policy->source));
}

// Tries the source without bytes [from, to), which are replaced by `with`; keeps it when it still fails.
static bool try_without(struct case_ *c, size_t from, size_t to, const char *with) {
  struct buf *source = &c->policy->source;
  struct buf tried = {0};
  buf_add(&tried, source->at, from);
  buf_put(&tried, with);
  buf_add(&tried, source->at + to, source->len - to);
  if (tried.len < source->len && c->wish.holds(c->wish.context, buf_view(&tried))) {
    buf_free(source);
    *source = tried;
    return true;
  }
  buf_free(&tried);
  return false;
}

// ---- pieces of the text ----
// The ends of lines, or of words: brackets and commas are words of their own.
struct cuts {
  size_t *at;
  size_t count;
};

static bool is_word_byte(char byte) {
  const unsigned char c = (unsigned char)byte;
  return c >= 0x80 || isalnum(c) || c == '_' || c == '"' || c == '.' || c == ':' || c == '-';
}

static struct cuts cuts_of(const struct buf *source, bool words) {
  struct cuts cuts = {malloc((source->len + 2) * sizeof *cuts.at), 0};
  if (cuts.at == NULL) abort();
  cuts.at[cuts.count++] = 0;
  for (size_t i = 1; i < source->len; i++) {
    const char before = source->at[i - 1], here = source->at[i];
    const bool inside = is_word_byte(before) && is_word_byte(here);
    if (words ? !inside : before == '\n') cuts.at[cuts.count++] = i;
  }
  cuts.at[cuts.count++] = source->len;
  return cuts;
}

// Runs of `size` pieces, from the end backwards, so that uses go before what they use.
static bool drop_runs(struct case_ *c, bool words, size_t size) {
  bool smaller = false;
  struct cuts cuts = cuts_of(&c->policy->source, words);
  for (size_t last = cuts.count - 1; last >= size; last--) {
    if (!try_without(c, cuts.at[last - size], cuts.at[last], words ? " " : "")) continue;
    smaller = true;
    free(cuts.at);
    cuts = cuts_of(&c->policy->source, words);
    if (last > cuts.count) last = cuts.count;
    if (cuts.count <= size) break;
  }
  free(cuts.at);
  return smaller;
}

// ---- bracketed expressions ----
static size_t closing(const struct buf *source, size_t open) {
  int depth = 0;
  for (size_t i = open; i < source->len && source->at[i] != '\n'; i++) {
    depth += source->at[i] == '(';
    depth -= source->at[i] == ')';
    if (depth == 0) return i + 1;
  }
  return 0;
}

// A bracketed expression becomes a constant, or one of the bracketed expressions inside it.
static bool simplify_brackets(struct case_ *c) {
  static const char *const constants[] = {"true", "false", "1", "(true)", "(false)", "(1)"};
  const struct buf *source = &c->policy->source;
  bool smaller = false;
  for (size_t open = 0; open < source->len; open++) {
    if (source->at[open] != '(') continue;
    const size_t end = closing(source, open);
    if (end == 0) continue;
    bool done = false;
    for (size_t i = 0; i < sizeof constants / sizeof *constants && !done; i++)
      done = try_without(c, open, end, constants[i]);
    for (size_t inner = open + 1; inner < end && !done; inner++) {
      const size_t inner_end = source->at[inner] == '(' ? closing(source, inner) : 0;
      if (inner_end == 0) continue;
      char *kept = strndup(source->at + inner, inner_end - inner);
      if (kept == NULL) abort();
      done = try_without(c, open, end, kept);
      free(kept);
    }
    smaller |= done;
  }
  return smaller;
}

// ---- the events ----
static bool drop_events(struct case_ *c, uint32_t first, uint32_t size) {
  struct given_event *saved = malloc(*c->count * sizeof *saved);
  const uint32_t count = *c->count, after = count - first - size;
  if (saved == NULL) abort();
  memcpy(saved, c->events, count * sizeof *saved);
  memmove(&c->events[first], &c->events[first + size], after * sizeof *saved);
  *c->count -= size;
  if (first < *c->count && c->events[first].link == LINK_NEXT && saved[first].link != LINK_NEXT)
    c->events[first].link = LINK_FIRST;
  const bool fails = events_still_fail(c);
  if (!fails) {
    memcpy(c->events, saved, count * sizeof *saved);
    *c->count = count;
  }
  free(saved);
  return fails;
}

static bool shrink_stream(struct case_ *c) {
  bool smaller = false;
  for (uint32_t size = (*c->count + 1) / 2; size > 0; size /= 2)
    for (uint32_t end = *c->count; end >= size && *c->count > 1; end = end > size ? end - size : 0)
      if (end <= *c->count) smaller |= drop_events(c, end - size, size);
  return smaller;
}

// ---- one event ----
static bool drop_members(struct case_ *c, struct given_event *event) {
  bool smaller = false;
  for (uint32_t i = event->count; i-- > 0 && is_event(event);) {
    const struct given_member dropped = event->members[i];
    const size_t after = event->count - i - 1;
    memmove(&event->members[i], &event->members[i + 1], after * sizeof dropped);
    event->count--;
    if (events_still_fail(c)) {
      smaller = true;
      continue;
    }
    memmove(&event->members[i + 1], &event->members[i], after * sizeof dropped);
    event->members[i] = dropped;
    event->count++;
  }
  return smaller;
}

static void shorten_values(struct case_ *c, struct given_event *event) {
  for (uint32_t i = 0; i < event->count; i++) {
    struct given_member *m = &event->members[i];
    while (m->value.kind == GIVEN_LIST && m->value.count > 0) {
      m->value.count--;
      if (events_still_fail(c)) continue;
      m->value.count++;
      break;
    }
    const struct str text = m->value.text;
    if (m->value.kind != GIVEN_TEXT || text.len == 0 || !is_event(event)) continue;
    m->value.text.len = 0;
    if (!events_still_fail(c)) m->value.text = text;
  }
}

static void simplify_link(struct case_ *c, struct given_event *event) {
  const enum given_link link = event->link;
  event->link = LINK_ALONE;
  if (!events_still_fail(c)) event->link = link;
}

static void shrink_event(struct case_ *c, struct given_event *event) {
  const uint64_t style = event->style;
  event->style = 3;
  if (!events_still_fail(c)) event->style = style;
  while (drop_members(c, event)) continue;
  shorten_values(c, event);
  simplify_link(c, event);
}

static bool shrink_events(struct case_ *c) {
  const bool smaller = shrink_stream(c);
  for (uint32_t i = 0; i < *c->count; i++) shrink_event(c, &c->events[i]);
  return smaller;
}

// The style goes with each try: another seed may change what the case needs.
void shrink(struct policy *policy, struct given_event *events, uint32_t *count) {
  struct case_ c = {policy, events, count, false, {still_fails, &c}};
  bool smaller = true;
  if (events != NULL) {
    c.refusal = failing(&c, buf_view(&policy->source)) < 0;
    shrink_stream(&c);
  }
  for (int round = 0; smaller && round < 4; round++) {
    smaller = false;
    for (size_t size = 16; size > 0; size /= 2) smaller |= drop_runs(&c, false, size);
    smaller |= simplify_brackets(&c);
    for (size_t size = 12; size > 0; size = size * 2 / 3) smaller |= drop_runs(&c, true, size);
    if (events != NULL) smaller |= shrink_events(&c);
  }
}

void shorten(struct policy *policy, struct given_event *events, uint32_t count, const struct wish *wish) {
  struct case_ c = {policy, events, &count, false, *wish};
  for (size_t size = 16; size > 0; size /= 2) drop_runs(&c, false, size);
  for (uint32_t i = 0; i < count; i++) drop_members(&c, &events[i]);
}
