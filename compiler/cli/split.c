// SPDX-License-Identifier: Apache-2.0
// Input to texts of events, see split.h. What is within a list is parted by its commas without being
// understood: whether an element is an event the decoder says. Called by run.c.
#include "compiler/cli/split.h"

#include <string.h>

static bool is_blank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

static const char *pass_blank(const char *at, const char *end) {
  while (at < end && is_blank(*at)) at++;
  return at;
}

// ---- lists ----

static void count_lines(struct splitter *s, const char *at, const char *end) {
  for (; at < end; at++) {
    s->line += *at == '\n';
    s->column = *at == '\n' ? 0 : s->column + 1;
  }
}

// Whether the element ends before this byte.
static bool ends_element(struct splitter *s, char c) {
  if (s->quoted) {
    const bool escape = c == '\\' && !s->escaped;
    if (c == '"' && !s->escaped) s->quoted = false;
    s->escaped = escape;
    return false;
  }
  if (s->depth == 0 && (c == ',' || c == ']')) return true;
  s->quoted = c == '"';
  if (c == '{' || c == '[') s->depth++;
  if ((c == '}' || c == ']') && s->depth > 0) s->depth--;
  return false;
}

static void begin_element(struct splitter *s) {
  s->scanned = 0;
  s->depth = 0;
  s->quoted = s->escaped = s->skipping = false;
}

// The list ends where it must not, at `to`.
static bool give_unclosed(struct splitter *s, const char *buffer, size_t have, size_t to, size_t *at,
                          struct piece *piece) {
  *piece = (struct piece){.kind = PIECE_UNCLOSED, .line = s->line};
  count_lines(s, buffer + *at, buffer + to);
  *at = to + (to < have);
  s->state = SPLIT_LINES;
  begin_element(s);
  return true;
}

static bool ends_line(const struct splitter *s, char c) {
  return c == '\n' && !s->whole;
}

// Passes white space before an element; false when nothing comes behind it.
static bool find_element(struct splitter *s, const char *buffer, size_t have, size_t *at) {
  size_t to = *at;
  while (to < have && (is_blank(buffer[to]) || (buffer[to] == '\n' && s->whole))) to++;
  count_lines(s, buffer + *at, buffer + to);
  *at = to;
  return to < have;
}

// An element ends, and the list perhaps; it is given unless it is passed over.
static bool take_element(struct splitter *s, const char *buffer, size_t end, size_t *at,
                         struct piece *piece) {
  const bool closes = buffer[end] == ']', empty = closes && s->element == 0 && end == *at && !s->skipping;
  const bool given = !s->skipping;
  s->element += !empty;
  *piece = (struct piece){.kind = empty ? PIECE_EMPTY : PIECE_EVENT,
                          .text = buffer + *at,
                          .len = end - *at,
                          .line = s->line,
                          .element = s->element,
                          .column = s->column,
                          .has_end = true};
  count_lines(s, buffer + *at, buffer + end + 1);
  *at = end + 1;
  begin_element(s);
  if (closes) s->state = SPLIT_TAIL;
  return given;
}

// False when more input is needed; else *given tells whether there is a piece.
static bool next_element(struct splitter *s, const char *buffer, size_t have, size_t *at, bool is_end,
                         struct piece *piece, bool *given) {
  const bool begun = s->skipping || s->scanned > 0;
  *given = true;
  size_t to = have;
  if (begun || find_element(s, buffer, have, at)) {
    to = *at + s->scanned;
    while (to < have && !ends_line(s, buffer[to]) && !ends_element(s, buffer[to])) to++;
    s->scanned = to - *at;
  }
  if (to == have && !is_end) return false;
  if (to == have || buffer[to] == '\n') return give_unclosed(s, buffer, have, to, at, piece);
  *given = take_element(s, buffer, to, at, piece);
  return true;
}

// ---- lines ----

static bool next_tail(struct splitter *s, const char *buffer, size_t have, size_t *at, bool is_end,
                      struct piece *piece, bool *given) {
  const char *start = buffer + *at, *end = memchr(start, '\n', have - *at);
  if (end == NULL && !is_end) return false;
  if (end == NULL) end = buffer + have;
  *given = pass_blank(start, end) < end;
  *piece = (struct piece){.kind = PIECE_BEHIND, .line = s->line, .column = s->column};
  *at = (size_t)(end - buffer) + (end < buffer + have);
  s->state = SPLIT_LINES;
  return true;
}

// Whether a list begins the line; then *at is behind its bracket.
static bool begins_list(struct splitter *s, const char *buffer, size_t have, size_t *at) {
  const char *start = buffer + *at, *end = buffer + have;
  if (s->line == 0 && end - start >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0) start += 3;
  const char *first = pass_blank(start, end);
  if (first == end || *first != '[') return false;
  s->column = (size_t)(first + 1 - (buffer + *at));
  *at = (size_t)(first + 1 - buffer);
  s->state = SPLIT_LIST;
  s->element = 0;
  s->whole = s->line++ == 0;
  begin_element(s);
  return true;
}

static bool next_line(struct splitter *s, const char *buffer, size_t have, size_t *at, bool is_end,
                      struct piece *piece, bool *given) {
  *given = false;
  if (!s->skipping && begins_list(s, buffer, have, at)) return true;
  const char *start = buffer + *at, *end = memchr(start, '\n', have - *at);
  if (end == NULL && (!is_end || have == *at)) return false;
  const size_t stop = end != NULL ? (size_t)(end - buffer) : have;
  *given = !s->skipping;
  if (*given) s->line++;
  *piece = (struct piece){.text = start, .len = stop - *at, .line = s->line, .has_end = end != NULL};
  *at = stop + (end != NULL);
  s->skipping = false;
  return true;
}

bool split_next(struct splitter *s, const char *buffer, size_t have, size_t *at, bool is_end,
                struct piece *piece) {
  bool given = false;
  while (!given) {
    const bool found = s->state == SPLIT_LINES  ? next_line(s, buffer, have, at, is_end, piece, &given)
                       : s->state == SPLIT_LIST ? next_element(s, buffer, have, at, is_end, piece, &given)
                                                : next_tail(s, buffer, have, at, is_end, piece, &given);
    if (!found) return false;
  }
  return true;
}

void split_skip(struct splitter *s, const char *buffer, size_t have) {
  if (s->state != SPLIT_LINES)
    count_lines(s, buffer, buffer + have);
  else if (!s->skipping)
    s->line++;
  s->skipping = true;
  s->scanned = 0;
}

void split_back(struct splitter *s, uint64_t line) {
  *s = (struct splitter){.line = line - 1};
}
