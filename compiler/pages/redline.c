// SPDX-License-Identifier: Apache-2.0
// How a text became another: what was struck and what was put in, by words, and by characters where words are
// not set apart. The longest common subsequence, found by the table, without the scattered characters that
// two texts have in common by chance.
#include <string.h>

#include "compiler/pages/html.h"
#include "compiler/pages/render.h"
#include "runtime/utf8.h"

#define MOST_CELLS 4000000  // of the table; above it the texts count as different
#define LEAST_RUN 3         // so many words in common at least, or they are struck and put in again

struct words {
  VEC(struct str) items;
};
struct run {  // words that stand in both
  uint32_t from, to, length;
};
typedef VEC(struct run) runs;

static bool is_word(char c) {
  return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') || c == '_';
}

static void split(struct arena *arena, struct str text, struct words *words) {
  for (uint32_t i = 0, len; i < text.len; i += len) {
    len = (uint32_t)nuo__utf8_length((unsigned char)text.at[i]);
    if (is_word(text.at[i]))
      while (i + len < text.len && is_word(text.at[i + len])) len++;
    VEC_PUSH(arena, &words->items, (struct str){text.at + i, len});
  }
}

// What both begin and end with needs no table.
static void trim(const struct words *from, const struct words *to, uint32_t *head, uint32_t *tail) {
  const uint32_t least = from->items.count < to->items.count ? from->items.count : to->items.count;
  *head = *tail = 0;
  while (*head < least && nuo__str_equal(from->items.at[*head], to->items.at[*head])) ++*head;
  while (*tail < least - *head && nuo__str_equal(from->items.at[from->items.count - 1 - *tail],
                                                 to->items.at[to->items.count - 1 - *tail]))
    ++*tail;
}

static void add_run(struct arena *arena, runs *list, uint32_t from, uint32_t to, uint32_t length) {
  struct run *last = list->count > 0 ? &list->at[list->count - 1] : NULL;
  if (length == 0) return;
  if (last != NULL && last->from + last->length == from && last->to + last->length == to)
    last->length += length;
  else
    VEC_PUSH(arena, list, (struct run){from, to, length});
}

// The runs of words [head, count - tail) of both that the longest common subsequence consists of.
static void find_runs(struct arena *arena, const struct words *from, const struct words *to, uint32_t head,
                      uint32_t rows, uint32_t columns, runs *list) {
  const size_t width = columns + 1;
  uint16_t *best = nuo__arena_alloc(arena, (rows + 1) * width * sizeof *best);
  for (uint32_t i = rows; i-- > 0;)
    for (uint32_t k = columns; k-- > 0;) {
      const uint16_t down = best[(i + 1) * width + k], right = best[i * width + k + 1];
      best[i * width + k] = nuo__str_equal(from->items.at[head + i], to->items.at[head + k])
                                ? (uint16_t)(best[(i + 1) * width + k + 1] + 1)
                            : down > right ? down
                                           : right;
    }
  for (uint32_t i = 0, k = 0; i < rows && k < columns;) {
    if (nuo__str_equal(from->items.at[head + i], to->items.at[head + k]))
      add_run(arena, list, head + i++, head + k++, 1);
    else if (best[(i + 1) * width + k] >= best[i * width + k + 1])
      i++;
    else
      k++;
  }
}

static void write_words(struct text_out *out, const struct words *words, uint32_t first, uint32_t end,
                        const char *tag) {
  if (first == end) return;
  if (tag != NULL) nuo__html_open(out, tag, NULL);
  for (uint32_t i = first; i < end; i++) nuo__html_text(out, words->items.at[i]);
  if (tag != NULL) nuo__html_close(out, tag);
}

static uint32_t bytes_of(const struct words *words, const struct run *run) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < run->length; i++) sum += words->items.at[run->from + i].len;
  return sum;
}

bool nuo__redline(struct text_out *out, struct arena *arena, struct str from, struct str to) {
  struct words a = {0}, b = {0};
  runs found = {0}, kept = {0};
  uint32_t head, tail, common = 0, x = 0, y = 0;
  split(arena, from, &a);
  split(arena, to, &b);
  trim(&a, &b, &head, &tail);
  const uint32_t rows = a.items.count - head - tail, columns = b.items.count - head - tail;
  if ((rows + 1ULL) * (columns + 1ULL) > MOST_CELLS) return false;
  add_run(arena, &kept, 0, 0, head);
  find_runs(arena, &a, &b, head, rows, columns, &found);
  for (uint32_t i = 0; i < found.count; i++)
    if (found.at[i].length >= LEAST_RUN)
      add_run(arena, &kept, found.at[i].from, found.at[i].to, found.at[i].length);
  add_run(arena, &kept, head + rows, head + columns, tail);
  for (uint32_t i = 0; i < kept.count; i++) common += bytes_of(&a, &kept.at[i]);
  if (2ULL * common < (from.len < to.len ? from.len : to.len)) return false;
  for (uint32_t i = 0; i <= kept.count; i++) {
    const struct run end = {a.items.count, b.items.count, 0};
    const struct run *run = i < kept.count ? &kept.at[i] : &end;
    write_words(out, &a, x, run->from, "del");
    write_words(out, &b, y, run->to, "ins");
    write_words(out, &a, run->from, run->from + run->length, NULL);
    x = run->from + run->length;
    y = run->to + run->length;
  }
  return true;
}

void nuo__removed(struct text_out *out, const char *tag, struct str text) {
  nuo__html_open(out, tag, "removed");
  nuo__html_element(out, "del", NULL, text);
  nuo__html_close(out, tag);
}
