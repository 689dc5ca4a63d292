// SPDX-License-Identifier: Apache-2.0
// The automaton of Aho and Corasick as a plain table: for each state and each byte that occurs in some word,
// the next state. One load a byte of text, from a table that outgrows every cache.
#include <stdlib.h>
#include <string.h>

#include "tests/bench/lexicon/lexicon.h"

struct table {
  uint32_t classes;  // of bytes; class 0: in no word
  uint8_t class_of[256];
  uint32_t state_count, state_cap;
  uint32_t *next;     // by state and class
  uint32_t *word;     // by state: the word that ends here, counted from 1
  uint32_t *shorter;  // by state: the next state on the way of failures at which a word ends; 0: none
};

static void number_bytes(struct table *t, const struct word *words, uint32_t count) {
  t->classes = 1;
  for (uint32_t i = 0; i < count; i++) {
    for (uint32_t k = 0; k < words[i].len; k++) {
      uint8_t *class = &t->class_of[(unsigned char)words[i].text[k]];
      if (*class == 0) *class = (uint8_t)t->classes++;
    }
  }
}

static void add_word(struct table *t, const struct word *word, uint32_t number) {
  uint32_t state = 0;
  for (uint32_t k = 0; k < word->len; k++) {
    uint32_t *next = &t->next[state * t->classes + t->class_of[(unsigned char)word->text[k]]];
    if (*next == 0) *next = t->state_count++;
    state = *next;
  }
  t->word[state] = number;
}

// Fills in the failures, states nearer to the start first.
static void complete(struct table *t, uint32_t *queue, uint32_t *failure) {
  uint32_t head = 0, tail = 0;
  for (uint32_t c = 0; c < t->classes; c++)
    if (t->next[c] != 0) queue[tail++] = t->next[c];
  while (head < tail) {
    const uint32_t state = queue[head++], back = failure[state];
    t->shorter[state] = t->word[back] != 0 ? back : t->shorter[back];
    for (uint32_t c = 0; c < t->classes; c++) {
      uint32_t *next = &t->next[state * t->classes + c];
      const uint32_t other = t->next[back * t->classes + c];
      if (*next == 0) {
        *next = other;
      } else {
        failure[*next] = other;
        queue[tail++] = *next;
      }
    }
  }
}

struct table *table_build(const struct word *words, uint32_t count, size_t max_bytes) {
  struct table *t = calloc(1, sizeof *t);
  if (t == NULL) return NULL;
  number_bytes(t, words, count);
  t->state_count = t->state_cap = 1;
  for (uint32_t i = 0; i < count; i++) t->state_cap += words[i].len;
  if (table_bytes(t) > 2 * max_bytes) return table_free(t), NULL;  // words share about half of their states
  t->next = calloc((size_t)t->state_cap * t->classes, sizeof *t->next);
  t->word = calloc(t->state_cap, sizeof *t->word);
  t->shorter = calloc(t->state_cap, sizeof *t->shorter);
  uint32_t *queue = calloc(t->state_cap, sizeof *queue), *failure = calloc(t->state_cap, sizeof *failure);
  const bool good = t->next && t->word && t->shorter && queue && failure;
  for (uint32_t i = 0; good && i < count; i++) add_word(t, &words[i], i + 1);
  if (good) complete(t, queue, failure);
  free(queue);
  free(failure);
  return good ? t : (table_free(t), NULL);
}

void table_free(struct table *t) {
  if (t == NULL) return;
  free(t->next);
  free(t->word);
  free(t->shorter);
  free(t);
}

size_t table_bytes(const struct table *t) {
  const uint32_t states = t->next != NULL ? t->state_count : t->state_cap;
  return (size_t)states * (t->classes + 2) * sizeof(uint32_t);
}

bool table_finds(const struct table *t, const char *text, size_t len) {
  uint32_t state = 0;
  for (size_t i = 0; i < len; i++) {
    state = t->next[state * t->classes + t->class_of[(unsigned char)text[i]]];
    if ((t->word[state] | t->shorter[state]) != 0) return true;
  }
  return false;
}

void table_each(const struct table *t, const char *text, size_t len, lexicon_match *tell, void *context) {
  uint32_t state = 0;
  for (size_t i = 0; i < len; i++) {
    state = t->next[state * t->classes + t->class_of[(unsigned char)text[i]]];
    for (uint32_t s = t->word[state] != 0 ? state : t->shorter[state]; s != 0; s = t->shorter[s])
      tell(t->word[s] - 1, 0, i + 1, 0, context);
  }
}
