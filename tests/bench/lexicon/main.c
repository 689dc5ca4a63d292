// SPDX-License-Identifier: Apache-2.0
// Part of `make bench`: whether a body of about 280 bytes holds a word of a lexicon of 100, 10,000 and
// 80,000. Nuo's matcher, plain and folding evasions, next to Vectorscan and a plain Aho-Corasick table, which
// get bodies that need no folding, folded beforehand in the second case. First all matches of all contenders
// are compared by a checksum over word and place. Built only where Vectorscan is installed.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hs/hs.h>

#include "runtime/match.h"
#include "runtime/utf8.h"
#include "tests/bench/lexicon/lexicon.h"
#include "tests/bench/measure.h"

#define WORDS_MAX 80000
#define HITS_MAX 64
#define REPEATS 4
#define TABLE_MAX_BYTES (UINT64_C(1) << 28)

struct bench {
  struct word *words;
  uint32_t count;
  bool evaded;
  struct body *bodies, *folded;  // folded: what the others get
  void *blob;
  size_t blob_size;
  struct match_scratch scratch;
  hs_database_t *database;
  hs_scratch_t *hs_scratch;
  struct table *table;
  double build_ns[3];
  uint64_t sink;
};

// ---- building ----
static double build_nuo(struct bench *b) {
  struct match_pattern *patterns = calloc(b->count, sizeof *patterns);
  if (patterns == NULL) bench_stop("patterns", "out of memory");
  for (uint32_t i = 0; i < b->count; i++)
    patterns[i] = (struct match_pattern){b->words[i].text, b->words[i].len, MATCH_CONTAINS,
                                         b->evaded ? NUO__FOLD_STRICT : NUO__FOLD_DEFAULT, 0};
  const double start = bench_now();
  if (nuo__match_build(patterns, b->count, nuo__default_allocator(), &b->blob, &b->blob_size, NULL) !=
      MATCH_OK)
    bench_stop("nuo", "no match set");
  const double took = bench_now() - start;
  free(patterns);
  return took;
}

static double build_vectorscan(struct bench *b) {
  const char **texts = calloc(b->count, sizeof *texts);
  unsigned *flags = calloc(b->count, sizeof *flags), *ids = calloc(b->count, sizeof *ids);
  size_t *lengths = calloc(b->count, sizeof *lengths);
  hs_compile_error_t *error;
  if (!texts || !flags || !ids || !lengths) bench_stop("patterns", "out of memory");
  for (uint32_t i = 0; i < b->count; i++) {
    texts[i] = b->words[i].text;
    lengths[i] = b->words[i].len;
    ids[i] = i;
  }
  const double start = bench_now();
  if (hs_compile_lit_multi(texts, flags, ids, lengths, b->count, HS_MODE_BLOCK, NULL, &b->database, &error) !=
          HS_SUCCESS ||
      hs_alloc_scratch(b->database, &b->hs_scratch) != HS_SUCCESS)
    bench_stop("Vectorscan", "no database");
  const double took = bench_now() - start;
  free(texts);
  free(flags);
  free(ids);
  free(lengths);
  return took;
}

static double build_table(struct bench *b) {
  const double start = bench_now();
  b->table = table_build(b->words, b->count, TABLE_MAX_BYTES);
  return bench_now() - start;
}

// What the others search: UTF-8 of the folded body.
static void fold_body(const struct body *from, struct body *to) {
  uint16_t units[BODY_CAP];
  const size_t count = nuo__fold(from->text, from->len, NUO__FOLD_STRICT, units, NULL);
  to->len = 0;
  for (size_t i = 0; i < count; i++) to->len += nuo__utf8_encode(units[i], to->text + to->len);
}

static void prepare(struct bench *b) {
  lexicon_words(b->words, b->count);
  lexicon_bodies(b->bodies, b->words, b->count, b->evaded);
  for (uint32_t i = 0; i < BODIES; i++) {
    if (b->evaded)
      fold_body(&b->bodies[i], &b->folded[i]);
    else
      b->folded[i] = b->bodies[i];
  }
  nuo__match_scratch_init(&b->scratch, nuo__default_allocator());
  b->build_ns[0] = build_nuo(b);
  b->build_ns[1] = build_vectorscan(b);
  b->build_ns[2] = build_table(b);
}

static void clean_up(struct bench *b) {
  nuo__match_scratch_free(&b->scratch);
  nuo__free(nuo__default_allocator(), b->blob, b->blob_size);
  hs_free_scratch(b->hs_scratch);
  hs_free_database(b->database);
  table_free(b->table);
  b->database = NULL;
  b->hs_scratch = NULL;
}

// ---- the same matches ----
struct marks {
  uint64_t sum, matches;
  uint32_t body;
  bool evaded;
};

// Places in a body and in the folded one are not the same.
static uint64_t place(const struct marks *m, uint64_t end) {
  return m->evaded ? 0 : end;
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context) {
  struct marks *m = context;
  (void)from, (void)flags;
  m->sum += lexicon_mark(m->body, id, place(m, to));
  m->matches++;
  return 0;
}

static void check_body(struct bench *b, uint32_t i, struct marks marks[3]) {
  const struct body *body = &b->bodies[i], *folded = &b->folded[i];
  struct match_hit hits[HITS_MAX];
  size_t count;
  uint64_t found = 0;
  for (int c = 0; c < 3; c++) marks[c].body = i, marks[c].evaded = b->evaded;
  if (!nuo__match_find(b->blob, body->text, body->len, &b->scratch, 0, hits, HITS_MAX, &count) ||
      !nuo__match_scan(b->blob, body->text, body->len, &b->scratch, &found))
    bench_stop("nuo", "out of memory");
  if (count == HITS_MAX || (count > 0) != (found != 0)) bench_stop("nuo", "scan and find differ");
  for (size_t h = 0; h < count; h++) on_match(hits[h].pattern, 0, hits[h].offset + hits[h].len, 0, &marks[0]);
  hs_scan(b->database, folded->text, (unsigned)folded->len, 0, b->hs_scratch, on_match, &marks[1]);
  if (b->table != NULL) table_each(b->table, folded->text, folded->len, on_match, &marks[2]);
}

static void check(struct bench *b) {
  struct marks marks[3] = {{0}};
  for (uint32_t i = 0; i < BODIES; i++) check_body(b, i, marks);
  if (marks[0].sum != marks[1].sum || marks[0].matches != marks[1].matches)
    bench_stop("Vectorscan", "finds other matches");
  if (b->table != NULL && marks[2].sum != marks[0].sum) bench_stop("the table", "finds other matches");
  printf("%u words, %s: %" PRIu64 " matches in %u bodies, the same by all, checksum %016" PRIx64 "\n",
         b->count, b->evaded ? "evasions folded" : "plain", marks[0].matches, BODIES, marks[0].sum);
}

// ---- the race ----
typedef void contender(struct bench *b, uint32_t body);

static void race_nuo(struct bench *b, uint32_t body) {
  uint64_t found = 0;
  nuo__match_scan(b->blob, b->bodies[body].text, b->bodies[body].len, &b->scratch, &found);
  b->sink += found;
}

static int stop_at_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                         void *context) {
  (void)id, (void)from, (void)to, (void)flags;
  ++*(uint64_t *)context;
  return 1;
}

static void race_vectorscan(struct bench *b, uint32_t body) {
  const struct body *folded = &b->folded[body];
  hs_scan(b->database, folded->text, (unsigned)folded->len, 0, b->hs_scratch, stop_at_match, &b->sink);
}

static void race_table(struct bench *b, uint32_t body) {
  if (b->table != NULL) b->sink += table_finds(b->table, b->folded[body].text, b->folded[body].len);
}

static void race_fold(struct bench *b, uint32_t body) {
  static uint16_t units[BODY_CAP];
  const unsigned flags = b->evaded ? NUO__FOLD_STRICT : NUO__FOLD_DEFAULT;
  b->sink += nuo__fold(b->bodies[body].text, b->bodies[body].len, flags, units, NULL);
}

// Several times over, because a body has just been decoded when its time comes, and the others push it out of
// the caches.
static double run(struct bench *b, contender *contender) {
  const double start = bench_now();
  for (int r = 0; r < REPEATS; r++)
    for (uint32_t i = 0; i < BODIES; i++) contender(b, i);
  return (bench_now() - start) / REPEATS / BODIES;
}

static void race(struct bench *b) {
  static contender *const contenders[4] = {race_nuo, race_vectorscan, race_table, race_fold};
  static double rows[4][ROUNDS];
  for (int r = -2; r < ROUNDS; r++) {
    for (int c = 0; c < 4; c++) {
      const double took = run(b, contenders[c]);
      if (r >= 0) rows[c][r] = took;
    }
  }
  bench_print_head("Whether a body holds a word", "to Vectorscan", "");
  bench_print_row("Vectorscan", rows[1], rows[1], NULL);
  bench_print_row("Nuo", rows[0], rows[1], NULL);
  bench_print_row("  of these: folding", rows[3], rows[1], NULL);
  if (b->table != NULL)
    bench_print_row("Aho-Corasick table", rows[2], rows[1], NULL);
  else
    printf("  Aho-Corasick table: larger than %" PRIu64 " MB\n", (uint64_t)(TABLE_MAX_BYTES >> 20));
  size_t database = 0;
  hs_database_size(b->database, &database);
  printf("  built in: Nuo %.1f ms (%zu kB), Vectorscan %.1f ms (%zu kB, %.0f times as long)",
         b->build_ns[0] / 1e6, b->blob_size >> 10, b->build_ns[1] / 1e6, database >> 10,
         b->build_ns[1] / b->build_ns[0]);
  if (b->table != NULL) printf(", table %.1f ms (%zu kB)", b->build_ns[2] / 1e6, table_bytes(b->table) >> 10);
  printf("\n\n");
}

int main(void) {
  static const uint32_t counts[] = {100, 10000, 80000};
  struct bench b = {.words = calloc(WORDS_MAX, sizeof(struct word)),
                    .bodies = calloc(BODIES, sizeof(struct body)),
                    .folded = calloc(BODIES, sizeof(struct body))};
  if (!b.words || !b.bodies || !b.folded) bench_stop("texts", "out of memory");
  for (int i = 0; i < 6; i++) {
    b.count = counts[i / 2];
    b.evaded = i % 2;
    prepare(&b);
    check(&b);
    race(&b);
    clean_up(&b);
  }
  free(b.words);
  free(b.bodies);
  free(b.folded);
  return fflush(stdout) != 0;
}
