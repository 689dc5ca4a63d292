// SPDX-License-Identifier: Apache-2.0
// What the contenders of the lexicon benchmark share: the texts they search, the words they search for, and
// the matches they have to agree on.
#ifndef NUO_TESTS_BENCH_LEXICON_LEXICON_H
#define NUO_TESTS_BENCH_LEXICON_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BODIES 1000
#define BODY_CAP 1024
#define WORD_CAP 32

struct body {
  size_t len;
  char text[BODY_CAP];
};

struct word {
  uint32_t len;
  char text[WORD_CAP];
};

// `count` different words; the same number gives the same words.
void lexicon_words(struct word *words, uint32_t count);

// Bodies of about 280 bytes of Chinese text, one in ten with one of `words`. Evaded: that word is written
// with signs in between, full-width letters or traditional characters.
void lexicon_bodies(struct body *bodies, const struct word *words, uint32_t count, bool evaded);

// A match: a word that ends before byte `end` of a text. Contenders add up what this gives for all matches.
static inline uint64_t lexicon_mark(uint32_t body, uint32_t word, uint64_t end) {
  uint64_t x = (uint64_t)body << 40 ^ (uint64_t)word << 16 ^ end;
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

// ---- the plain table of Aho and Corasick, over bytes ----
struct table;

// NULL: it would take more than `max_bytes`.
struct table *table_build(const struct word *words, uint32_t count, size_t max_bytes);
void table_free(struct table *table);
size_t table_bytes(const struct table *table);
bool table_finds(const struct table *table, const char *text, size_t len);
// Tells all matches, as Vectorscan does: the word's number and the byte behind its last one.
typedef int lexicon_match(unsigned word, unsigned long long from, unsigned long long to, unsigned flags,
                          void *context);
void table_each(const struct table *table, const char *text, size_t len, lexicon_match *tell, void *context);

#endif
