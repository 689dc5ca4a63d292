// SPDX-License-Identifier: Apache-2.0
// The unified diff of two texts. The shortest script of changed lines is found after Myers (An O(ND)
// difference algorithm, 1986): forward over how many lines differ, with what each round reached kept for the
// way back.
#include "compiler/format/diff.h"

#include <string.h>

#include "runtime/utf8.h"

#define CONTEXT 3
#define MOST_CHANGES \
  2000  // past so many lines the rest counts as replaced: the rounds kept grow with the square

struct differ {
  struct arena *arena;
  diff_parts from, to;
  diff_changes found;
  VEC(char) out;
};

static void split(struct arena *arena, diff_parts *lines, struct str text) {
  for (uint32_t start = 0, end; start < text.len; start = end) {
    const char *newline = memchr(text.at + start, '\n', text.len - start);
    end = newline == NULL ? text.len : (uint32_t)(newline - text.at) + 1;
    VEC_PUSH(arena, lines, (struct str){text.at + start, end - start});
  }
}

static bool is_of_word(char c) {
  return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

diff_parts nuo__diff_words(struct arena *arena, struct str text) {
  diff_parts words = {0};
  for (uint32_t i = 0, len; i < text.len; i += len) {
    len = (uint32_t)nuo__utf8_length((unsigned char)text.at[i]);
    if (is_of_word(text.at[i]))
      while (i + len < text.len && is_of_word(text.at[i + len])) len++;
    VEC_PUSH(arena, &words, (struct str){text.at + i, len});
  }
  return words;
}

// ---- the shortest script ----

// Lines [from, from_end) against [to, to_end), which neither begin nor end alike.
struct window {
  int32_t from, to, from_count, to_count;
};

static bool equal_at(const struct differ *d, const struct window *w, int32_t x, int32_t y) {
  return nuo__str_equal(d->from.at[w->from + x], d->to.at[w->to + y]);
}

// How far diagonal `k` gets with one more change than the round before.
static int32_t step(const int32_t *reached, int32_t k, int32_t changed) {
  const bool down = k == -changed || (k != changed && reached[k - 1] < reached[k + 1]);
  return down ? reached[k + 1] : reached[k - 1] + 1;
}

static void note(struct differ *d, struct diff_change change) {
  VEC_PUSH(d->arena, &d->found, change);
}

// Walks back from the end; the changes are noted from the last to the first.
static void walk_back(struct differ *d, const struct window *w, int32_t *const *rounds, int32_t changed) {
  int32_t x = w->from_count, y = w->to_count;
  for (; changed > 0; changed--) {
    const int32_t k = x - y, *reached = rounds[changed - 1];
    const bool down = k == -changed || (k != changed && reached[k - 1] < reached[k + 1]);
    const int32_t before = down ? k + 1 : k - 1;
    x = reached[before];
    y = x - before;
    note(d, (struct diff_change){(uint32_t)(w->from + x), !down, (uint32_t)(w->to + y), down});
  }
}

static void find_changes(struct differ *d, const struct window *w) {
  const int32_t most = w->from_count + w->to_count;
  int32_t **rounds = nuo__arena_alloc(d->arena, sizeof *rounds * (MOST_CHANGES + 1));
  for (int32_t changed = 0; changed <= most && changed <= MOST_CHANGES; changed++) {
    // One more on either side: the next round looks at them.
    int32_t *reached = nuo__arena_alloc(d->arena, sizeof *reached * (2 * (size_t)changed + 3));
    rounds[changed] = reached += changed + 1;
    reached[-changed - 1] = reached[changed + 1] = -1;
    for (int32_t k = -changed; k <= changed; k += 2) {
      int32_t x = changed == 0 ? 0 : step(rounds[changed - 1], k, changed);
      while (x < w->from_count && x - k < w->to_count && equal_at(d, w, x, x - k)) x++;
      reached[k] = x;
      if (x >= w->from_count && x - k >= w->to_count) {
        walk_back(d, w, rounds, changed);
        return;
      }
    }
  }
  note(d, (struct diff_change){(uint32_t)w->from, (uint32_t)w->from_count, (uint32_t)w->to,
                               (uint32_t)w->to_count});
}

static void compare(struct differ *d) {
  uint32_t head = 0, tail = 0;
  const uint32_t from = d->from.count, to = d->to.count, least = from < to ? from : to;
  while (head < least && nuo__str_equal(d->from.at[head], d->to.at[head])) head++;
  while (tail < least - head && nuo__str_equal(d->from.at[from - 1 - tail], d->to.at[to - 1 - tail])) tail++;
  const int32_t start = (int32_t)head;
  const struct window w = {start, start, (int32_t)(from - head - tail), (int32_t)(to - head - tail)};
  if (w.from_count + w.to_count > 0) find_changes(d, &w);
  for (uint32_t i = 0, k = d->found.count; i + 1 < k; i++) {
    const struct diff_change last = d->found.at[--k];
    d->found.at[k] = d->found.at[i];
    d->found.at[i] = last;
  }
}

diff_changes nuo__diff_parts(struct arena *arena, diff_parts from, diff_parts to) {
  struct differ d = {.arena = arena, .from = from, .to = to};
  compare(&d);
  return d.found;
}

// ---- hunks ----
static void put(struct differ *d, struct str text) {
  for (uint32_t i = 0; i < text.len; i++) VEC_PUSH(d->arena, &d->out, text.at[i]);
}

static void put_lines(struct differ *d, char mark, const diff_parts *lines, uint32_t first, uint32_t count) {
  for (uint32_t i = first; i < first + count; i++) {
    const struct str line = lines->at[i];
    VEC_PUSH(d->arena, &d->out, mark);
    put(d, line);
    if (line.at[line.len - 1] != '\n') put(d, STR("\n\\ No newline at end of file\n"));
  }
}

// An empty stretch is named by the line before it.
static struct str range(struct arena *arena, uint32_t first, uint32_t count) {
  if (count == 1) return nuo__arena_format(arena, "%u", first + 1);
  return nuo__arena_format(arena, "%u,%u", count == 0 ? first : first + 1, count);
}

static void put_head(struct differ *d, const struct diff_change *hunk) {
  const struct str from = range(d->arena, hunk->from, hunk->from_count);
  const struct str to = range(d->arena, hunk->to, hunk->to_count);
  put(d, nuo__arena_format(d->arena, "@@ -%.*s +%.*s @@\n", (int)from.len, from.at, (int)to.len, to.at));
}

// What is put in a place comes behind all that is taken away there.
static void put_changes(struct differ *d, uint32_t first, uint32_t end) {
  for (uint32_t i = first, next; i < end; i = next) {
    uint32_t from = d->found.at[i].from, gone = 0, to = d->found.at[i].to, come = 0;
    for (next = i; next < end && d->found.at[next].from == from + gone && d->found.at[next].to == to + come;
         next++) {
      gone += d->found.at[next].from_count;
      come += d->found.at[next].to_count;
    }
    put_lines(d, '-', &d->from, from, gone);
    put_lines(d, '+', &d->to, to, come);
    const uint32_t stop = next < end ? d->found.at[next].from : from + gone;
    put_lines(d, ' ', &d->from, from + gone, stop - from - gone);
  }
}

// Changes [first, end), near enough to each other to share their context.
static void put_hunk(struct differ *d, uint32_t first, uint32_t end) {
  const struct diff_change *a = &d->found.at[first], *z = &d->found.at[end - 1];
  const uint32_t above = a->from < CONTEXT ? a->from : CONTEXT;
  const uint32_t rest = d->from.count - z->from - z->from_count, below = rest < CONTEXT ? rest : CONTEXT;
  const struct diff_change hunk = {a->from - above, z->from + z->from_count + below - (a->from - above),
                                   a->to - above, z->to + z->to_count + below - (a->to - above)};
  put_head(d, &hunk);
  put_lines(d, ' ', &d->from, hunk.from, above);
  put_changes(d, first, end);
  put_lines(d, ' ', &d->from, z->from + z->from_count, below);
}

struct str nuo__diff(struct arena *arena, struct str path, struct str from, struct str to) {
  struct differ d = {.arena = arena};
  split(arena, &d.from, from);
  split(arena, &d.to, to);
  compare(&d);
  if (d.found.count == 0) return STR("");
  put(&d, nuo__arena_format(arena, "--- %.*s\n+++ %.*s\n", (int)path.len, path.at, (int)path.len, path.at));
  for (uint32_t i = 0, next; i < d.found.count; i = next) {
    for (next = i + 1; next < d.found.count; next++) {
      const struct diff_change *last = &d.found.at[next - 1];
      if (d.found.at[next].from - last->from - last->from_count > 2 * CONTEXT) break;
    }
    put_hunk(&d, i, next);
  }
  return (struct str){d.out.at, d.out.count};
}
