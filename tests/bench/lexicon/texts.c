// SPDX-License-Identifier: Apache-2.0
// Makes the words and the bodies of the lexicon benchmark from the phrases of the sample stream. Characters
// of words are drawn from the phrases in six of ten cases, so that pairs of them occur in bodies by chance,
// as those of real word lists do: at 80,000 words about one position in four begins like some word. A word
// that the phrases themselves hold is not taken: bodies match only where a word was put in.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/fold.h"
#include "runtime/utf8.h"
#include "tests/bench/lexicon/lexicon.h"
#include "tests/sample/phrases.h"

#define CORPUS_CAP 16384
#define SENTENCES_MAX 100
#define SENTENCE_CAP 256

// All sentences, filled in, one after the other.
struct corpus {
  char text[CORPUS_CAP];
  char sentences[SENTENCES_MAX][SENTENCE_CAP];
  uint32_t sentence_count;
  uint32_t han[CORPUS_CAP / 3], han_count;  // its ideographs in order, so the frequent ones often
};

static uint64_t random_state;

static uint32_t below(uint32_t n) {  // splitmix64
  uint64_t x = random_state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return (uint32_t)(((x ^ (x >> 31)) >> 32) * n >> 32);
}

static void fill_in(const char *phrase, char *out) {
  for (; *phrase != 0; phrase++) {
    if (*phrase != '@') {
      *out++ = *phrase;
      continue;
    }
    phrase++;
    out += sprintf(out, "%s",
                   *phrase == 'c'   ? "成都"
                   : *phrase == 'i' ? "露营帐篷"
                   : *phrase == 's' ? "城南门店"
                   : *phrase == 't' ? "九点半"
                                    : "36");
  }
  *out = 0;
}

static void read_corpus(struct corpus *c) {
  size_t used = 0;
  for (size_t p = 0; p < sizeof class_phrases / sizeof *class_phrases; p++) {
    for (size_t s = 0; s < class_phrases[p].sentence_count && c->sentence_count < SENTENCES_MAX; s++) {
      char *sentence = c->sentences[c->sentence_count++];
      fill_in(class_phrases[p].sentences[s], sentence);
      memcpy(c->text + used, sentence, strlen(sentence) + 1);
      used += strlen(sentence);
    }
  }
  size_t size;
  for (const char *p = c->text; *p != 0; p += size) {
    const uint32_t character = nuo__utf8_decode(p, &size);
    if (nuo__utf8_is_han(character)) c->han[c->han_count++] = character;
  }
}

// An ideograph that no folding changes.
static uint32_t any_han(void) {
  for (;;) {
    const uint32_t character = 0x4E00 + below(0x9FA5 - 0x4E00);
    char text[4];
    uint16_t unit;
    nuo__fold(text, nuo__utf8_encode(character, text), NUO__FOLD_STRICT, &unit, NULL);
    if (unit == character) return character;
  }
}

static void put(struct word *word, uint32_t character) {
  word->len += (uint32_t)nuo__utf8_encode(character, word->text + word->len);
}

static void make_word(const struct corpus *c, struct word *word) {
  static const uint8_t lengths[20] = {2, 2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 5, 5, 6};
  memset(word, 0, sizeof *word);
  if (below(20) == 0) {
    for (uint32_t left = 4 + below(5); left > 0; left--) put(word, 'a' + below(26));
    return;
  }
  const uint32_t length = below(1000) == 0 ? 1 : lengths[below(20)];
  for (uint32_t i = 0; i < length; i++) put(word, below(10) < 6 ? c->han[below(c->han_count)] : any_han());
}

static uint32_t hash_of(const struct word *word) {
  uint64_t hash = 0;
  for (uint32_t i = 0; i < word->len; i++)
    hash = (hash ^ (unsigned char)word->text[i]) * UINT64_C(0x100000001B3);
  return (uint32_t)(hash >> 32 ^ hash);
}

void lexicon_words(struct word *words, uint32_t count) {
  static struct corpus corpus;
  uint32_t mask = 1;
  while (mask < 4 * count) mask = mask * 2 + 1;
  uint32_t *seen = calloc(mask + 1, sizeof *seen);
  if (corpus.sentence_count == 0) read_corpus(&corpus);
  random_state = count;
  for (uint32_t i = 0; seen != NULL && i < count;) {
    make_word(&corpus, &words[i]);
    uint32_t at = hash_of(&words[i]) & mask;
    while (seen[at] != 0 && strcmp(words[seen[at] - 1].text, words[i].text) != 0) at = (at + 1) & mask;
    if (seen[at] != 0 || strstr(corpus.text, words[i].text) != NULL) continue;
    seen[at] = ++i;
  }
  free(seen);
}

// Signs between the characters, and letters in full width.
static void write_evaded(const struct word *word, char *out) {
  static const char *const between[] = {"*", "·", " ", "\u200B", "，"};
  size_t size;
  for (uint32_t at = 0; at < word->len; at += (uint32_t)size) {
    uint32_t character = nuo__utf8_decode(word->text + at, &size);
    if (character < 0x80) character += 0xFF01 - '!';
    out += nuo__utf8_encode(character, out);
    out += sprintf(out, "%s", between[below(5)]);
  }
  *out = 0;
}

void lexicon_bodies(struct body *bodies, const struct word *words, uint32_t count, bool evaded) {
  static struct corpus corpus;
  if (corpus.sentence_count == 0) read_corpus(&corpus);
  random_state = 7;
  for (uint32_t i = 0; i < BODIES; i++) {
    struct body *body = &bodies[i];
    body->text[0] = 0;
    const bool bad = below(10) == 0;
    const uint32_t which = below(count), place = below(4);
    for (uint32_t s = 0; strlen(body->text) < 250; s++) {
      strcat(body->text, corpus.sentences[below(corpus.sentence_count)]);
      char *end = body->text + strlen(body->text);
      if (bad && s == place && evaded) write_evaded(&words[which], end);
      if (bad && s == place && !evaded) strcpy(end, words[which].text);
    }
    body->len = strlen(body->text);
  }
}
