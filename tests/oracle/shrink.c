// SPDX-License-Identifier: Apache-2.0
// Makes a failing case small: takes out lines of the policy, then runs of words within lines, then members of
// the event, as long as the policy still compiles and both sides still disagree. Works on the text, so it
// knows nothing of the language. Called by main.c.
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "tests/oracle/oracle.h"

struct case_ {
  struct policy *policy;
  struct given_event *event;  // NULL: the policy compiles and its image is refused
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

static bool still_fails(const struct case_ *c, struct str source) {
  struct trial trial;
  char where[96];
  if (c->event == NULL) return image_is_refused(c, source);
  if (!trial_begin(&trial, source, &c->policy->setting, NULL)) return false;
  const char *field = trial_event(&trial, c->event, where, NULL);
  trial_end(&trial);
  return field != NULL && strstr(field, "refused") == NULL;
}

// Tries the source without bytes [from, to), which are replaced by `with`; keeps it when it still fails.
static bool try_without(struct case_ *c, size_t from, size_t to, const char *with) {
  struct buf *source = &c->policy->source;
  struct buf tried = {0};
  buf_add(&tried, source->at, from);
  buf_put(&tried, with);
  buf_add(&tried, source->at + to, source->len - to);
  if (tried.len < source->len && still_fails(c, buf_view(&tried))) {
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

// ---- the event ----
static bool event_still_fails(struct case_ *c, struct trial *trial) {
  char where[96];
  const char *field = trial_event(trial, c->event, where, NULL);
  return field != NULL && strstr(field, "refused") == NULL;
}

static bool drop_members(struct case_ *c, struct trial *trial) {
  bool smaller = false;
  struct given_event *event = c->event;
  for (uint32_t i = event->count; i-- > 0;) {
    const struct given_member dropped = event->members[i];
    const size_t after = event->count - i - 1;
    memmove(&event->members[i], &event->members[i + 1], after * sizeof dropped);
    event->count--;
    if (event_still_fails(c, trial)) {
      smaller = true;
      continue;
    }
    memmove(&event->members[i + 1], &event->members[i], after * sizeof dropped);
    event->members[i] = dropped;
    event->count++;
  }
  return smaller;
}

static void shorten_values(struct case_ *c, struct trial *trial) {
  for (uint32_t i = 0; i < c->event->count; i++) {
    struct given_member *m = &c->event->members[i];
    while (m->value.kind == GIVEN_LIST && m->value.count > 0) {
      m->value.count--;
      if (event_still_fails(c, trial)) continue;
      m->value.count++;
      break;
    }
    const struct str text = m->value.text;
    if (m->value.kind != GIVEN_TEXT || text.len == 0) continue;
    m->value.text.len = 0;
    if (!event_still_fails(c, trial)) m->value.text = text;
  }
}

static void shrink_event(struct case_ *c) {
  struct trial trial;
  const uint64_t style = c->event->style;
  if (!trial_begin(&trial, buf_view(&c->policy->source), &c->policy->setting, NULL)) return;
  c->event->style = 3;
  if (!event_still_fails(c, &trial)) c->event->style = style;
  while (drop_members(c, &trial)) continue;
  shorten_values(c, &trial);
  trial_end(&trial);
}

// The style goes with each try: another seed may change what the case needs.
void shrink(struct policy *policy, struct given_event *event) {
  struct case_ c = {policy, event};
  bool smaller = true;
  for (int round = 0; smaller && round < 4; round++) {
    smaller = false;
    for (size_t size = 16; size > 0; size /= 2) smaller |= drop_runs(&c, false, size);
    smaller |= simplify_brackets(&c);
    for (size_t size = 12; size > 0; size = size * 2 / 3) smaller |= drop_runs(&c, true, size);
    if (event != NULL) shrink_event(&c);
  }
}
