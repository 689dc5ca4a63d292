// SPDX-License-Identifier: Apache-2.0
// How a text became another: what was struck and what was put in, by words, without the scattered characters
// that two texts have in common by chance.
#include "compiler/format/diff.h"
#include "compiler/pages/html.h"
#include "compiler/pages/render.h"

#define LEAST_RUN 3  // so many words in common at least, or they are struck and put in again

static void write_words(struct text_out *out, const diff_parts *words, uint32_t first, uint32_t end,
                        const char *tag) {
  if (first == end) return;
  if (tag != NULL) nuo__html_open(out, tag, NULL);
  for (uint32_t i = first; i < end; i++) nuo__html_text(out, words->at[i]);
  if (tag != NULL) nuo__html_close(out, tag);
}

// Changes with fewer than LEAST_RUN words between them become one.
static diff_changes joined(struct arena *arena, const diff_changes *changes) {
  diff_changes list = {0};
  for (uint32_t i = 0; i < changes->count; i++) {
    const struct diff_change next = changes->at[i];
    struct diff_change *last = list.count > 0 ? &list.at[list.count - 1] : NULL;
    if (last == NULL || next.from - (last->from + last->from_count) >= LEAST_RUN) {
      VEC_PUSH(arena, &list, next);
      continue;
    }
    last->from_count = next.from + next.from_count - last->from;
    last->to_count = next.to + next.to_count - last->to;
  }
  return list;
}

static uint32_t bytes_struck(const diff_parts *from, const diff_changes *changes) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < changes->count; i++)
    for (uint32_t k = 0; k < changes->at[i].from_count; k++) sum += from->at[changes->at[i].from + k].len;
  return sum;
}

bool nuo__redline(struct text_out *out, struct arena *arena, struct str from, struct str to) {
  const diff_parts a = nuo__diff_words(arena, from), b = nuo__diff_words(arena, to);
  const diff_changes found = nuo__diff_parts(arena, a, b), changes = joined(arena, &found);
  const uint32_t common = from.len - bytes_struck(&a, &changes);
  uint32_t at = 0;
  if (2ULL * common < (from.len < to.len ? from.len : to.len)) return false;
  for (uint32_t i = 0; i < changes.count; i++) {
    const struct diff_change *change = &changes.at[i];
    write_words(out, &a, at, change->from, NULL);
    write_words(out, &a, change->from, change->from + change->from_count, "del");
    write_words(out, &b, change->to, change->to + change->to_count, "ins");
    at = change->from + change->from_count;
  }
  write_words(out, &a, at, a.count, NULL);
  return true;
}

void nuo__removed(struct text_out *out, const char *tag, struct str text) {
  nuo__html_open(out, tag, "removed");
  nuo__html_element(out, "del", NULL, text);
  nuo__html_close(out, tag);
}
