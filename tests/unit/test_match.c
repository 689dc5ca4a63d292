// SPDX-License-Identifier: Apache-2.0
// The matcher against a naive scan that knows folding only as a table of spellings written by hand, over
// random sets of overlapping patterns and texts; then its refusals, its bytes and hostile blobs.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/match.h"
#include "runtime/match_blob.h"
#include "runtime/sieve.h"
#include "runtime/utf8.h"
#include "tests/cpu_limit.h"
#include "tests/unit/meter.h"

enum { TEXT_MAX = 400, PATTERNS_MAX = 60, OUTPUTS_MAX = 70, HITS_MAX = 40 };

// ---- the naive scan ----

struct spelling {
  const char *raw, *plain, *strict;  // NULL: gone
};
static const struct spelling spellings[] = {
    {"中", "中", "中"},
    {"国", "国", "国"},
    {"國", "國", "国"},
    {"万", "万", "万"},
    {"萬", "萬", "万"},
    {"a", "a", "a"},
    {"A", "a", "a"},
    {"Ａ", "a", "a"},
    {"ａ", "a", "a"},
    {"b", "b", "b"},
    {"Ｂ", "b", "b"},
    {"1", "1", "1"},
    {"１", "1", "1"},
    {"é", "é", "é"},
    {"É", "é", "é"},
    {"Ω", "ω", "ω"},
    {"ς", "σ", "σ"},
    {"Ж", "ж", "ж"},
    {"\u200B", NULL, NULL},
    {"\uFEFF", NULL, NULL},
    {"\u00AD", NULL, NULL},
    {"\uFE0F", NULL, NULL},
    {"\U000E0101", NULL, NULL},
    {" ", " ", NULL},
    {"　", " ", NULL},
    {"*", "*", NULL},
    {"＊", "*", NULL},
    {"·", "·", NULL},
    {"。", "。", NULL},
    {"-", "-", NULL},
    {"\n", "\n", NULL},
    {"%", "%", "%"},
    {"％", "%", "%"},
    {"😀", "😀", NULL},
    {"一", "一", "1"},
    {"壹", "壹", "1"},
    {"①", "①", "1"},
    {"〇", "〇", "0"},
    {"0", "0", "0"},
    {"х", "х", "x"},
    {"Х", "х", "x"},
    {"Ⅴ", "ⅴ", "v"},
    {"𝐕", "𝐕", "v"},
    {"\u0301", "\u0301", NULL},
    {"\u200E", NULL, NULL},
    {"\u202B", NULL, NULL},
    {"\u2066", NULL, NULL},
    {"𠮷", "𠮷", "𠮷"},
    {"\u212A", "k", "k"},
    {"k", "k", "k"},
    {"々", "々", "々"},
    {"￥", "￥", "￥"},
    {"÷", "÷", NULL},
    {"½", "½", "½"},
    {"—", "—", NULL},
    {"★", "★", NULL},
    {"䶿", "䶿", "䶿"},
    {"龥", "龥", "龥"},
};
enum { SPELLINGS = sizeof spellings / sizeof *spellings };

// A text as a list of spellings; folded, each remaining character is known by its text.
struct sample {
  size_t count, len;
  const struct spelling *chars[TEXT_MAX];
  char text[TEXT_MAX * 4];
};
struct folded {
  size_t count;
  const char *chars[TEXT_MAX];
  size_t begin[TEXT_MAX], end[TEXT_MAX];
};

static unsigned random_below(unsigned n) {
  return (unsigned)rand() / 7 % n;
}

static void make_sample(struct sample *s, size_t count, const unsigned *alphabet, unsigned alphabet_size) {
  s->count = count;
  s->len = 0;
  for (size_t i = 0; i < count; i++) {
    s->chars[i] = &spellings[alphabet[random_below(alphabet_size)]];
    size_t size = strlen(s->chars[i]->raw);
    memcpy(s->text + s->len, s->chars[i]->raw, size);
    s->len += size;
  }
}

// Puts what `head` says before what `s` says.
static void extend_sample(struct sample *s, const struct sample *head) {
  const struct sample tail = *s;
  *s = *head;
  for (size_t i = 0; i < tail.count; i++) s->chars[s->count++] = tail.chars[i];
  memcpy(s->text + s->len, tail.text, tail.len);
  s->len += tail.len;
}

static void fold_sample(struct folded *f, const struct sample *s, unsigned flags) {
  size_t at = 0;
  f->count = 0;
  for (size_t i = 0; i < s->count; i++) {
    const struct spelling *c = s->chars[i];
    const char *form = flags == NUO__FOLD_RAW ? c->raw : flags == NUO__FOLD_DEFAULT ? c->plain : c->strict;
    size_t begin = at;
    at += strlen(c->raw);
    if (form == NULL) continue;
    f->chars[f->count] = form;
    f->begin[f->count] = begin;
    f->end[f->count++] = at;
  }
}

static bool found_at(const struct folded *text, size_t at, const struct folded *pattern,
                     enum match_kind kind) {
  if (at + pattern->count > text->count) return false;
  if ((kind == MATCH_STARTS || kind == MATCH_EQUALS) && at != 0) return false;
  if ((kind == MATCH_ENDS || kind == MATCH_EQUALS) && at + pattern->count != text->count) return false;
  for (size_t i = 0; i < pattern->count; i++) {
    if (strcmp(text->chars[at + i], pattern->chars[i]) != 0) return false;
  }
  return true;
}

static bool is_arabic(const struct sample *text, size_t at) {
  const unsigned char *p = (const unsigned char *)text->text + at;
  if (at < text->len && p[0] >= '0' && p[0] <= '9') return true;
  return at + 3 <= text->len && memcmp(p, "\xEF\xBC", 2) == 0 && p[2] >= 0x90 && p[2] <= 0x99;
}

// Whether a place begins or ends between two Arabic digits side by side.
static bool is_amid_number(const struct sample *text, size_t begin, size_t end) {
  size_t at = 0;
  for (size_t i = 0; i + 1 < text->count; i++) {
    const size_t next = at + strlen(text->chars[i]->raw);
    if ((next == begin || next == end) && is_arabic(text, at) && is_arabic(text, next)) return true;
    at = next;
  }
  return false;
}

// ---- one random round ----

struct round {
  struct sample samples[PATTERNS_MAX];
  struct folded folded[PATTERNS_MAX];
  struct match_pattern patterns[PATTERNS_MAX];
  size_t count;
  void *blob;
  size_t size;
  struct sieve sieve;
  bool has_sieve;
};

// The first pattern that is the same as `p` for its output: the one that find names.
static size_t first_same(const struct round *r, size_t p) {
  for (size_t q = 0; q < p; q++) {
    const struct match_pattern *x = &r->patterns[q], *y = &r->patterns[p];
    if (x->kind != y->kind || x->fold != y->fold || x->output != y->output) continue;
    if (r->folded[q].count != r->folded[p].count) continue;
    if (found_at(&r->folded[p], 0, &r->folded[q], MATCH_EQUALS)) return q;
  }
  return p;
}

static void make_round(struct round *r, const unsigned *alphabet, unsigned alphabet_size) {
  static const unsigned folds[] = {NUO__FOLD_RAW, NUO__FOLD_DEFAULT, NUO__FOLD_STRICT};
  unsigned outputs = 1 + random_below(OUTPUTS_MAX), one_fold = random_below(4);
  size_t wanted = 1 + random_below(PATTERNS_MAX);
  r->count = 0;
  for (size_t i = 0; i < wanted; i++) {
    size_t p = r->count;
    unsigned fold = folds[one_fold < 3 ? one_fold : random_below(3)];
    make_sample(&r->samples[p], 1 + random_below(random_below(2) ? 3 : 9), alphabet, alphabet_size);
    fold_sample(&r->folded[p], &r->samples[p], fold);
    if (r->folded[p].count == 0) continue;
    // An excepted phrase more often than not begins as the pattern before it, so that it holds that one.
    enum match_kind kind = random_below(3) ? MATCH_CONTAINS : (enum match_kind)random_below(MATCH_KIND_COUNT);
    if (p > 0 && random_below(8) == 0) {
      kind = MATCH_EXCEPT;
      extend_sample(&r->samples[p], &r->samples[p - 1]);
      fold_sample(&r->folded[p], &r->samples[p], fold);
    }
    r->patterns[p] =
        (struct match_pattern){r->samples[p].text, r->samples[p].len, kind, fold, random_below(outputs)};
    r->count++;
  }
  assert_int_equal(
      nuo__match_build(r->patterns, r->count, nuo__default_allocator(), &r->blob, &r->size, NULL), MATCH_OK);
  assert_true(nuo__match_verify(r->blob, r->size));
  r->has_sieve = nuo__sieve_make(r->blob, &r->sieve);
}

static int compare_hits(const void *a, const void *b) {
  const struct match_hit *x = a, *y = b;
  if (x->offset != y->offset) return x->offset < y->offset ? -1 : 1;
  if (x->len != y->len) return x->len > y->len ? -1 : 1;
  return x->pattern < y->pattern ? -1 : x->pattern > y->pattern;
}

// Whether a place lies within an excepted phrase of the output.
static bool is_excepted(const struct round *r, const struct sample *text, uint32_t output, size_t begin,
                        size_t end) {
  struct folded folded;
  for (size_t p = 0; p < r->count; p++) {
    const struct match_pattern *pattern = &r->patterns[p];
    if (pattern->output != output || pattern->kind != MATCH_EXCEPT) continue;
    fold_sample(&folded, text, pattern->fold);
    for (size_t at = 0; at < folded.count; at++) {
      if (!found_at(&folded, at, &r->folded[p], MATCH_EXCEPT) || folded.begin[at] > begin) continue;
      if (folded.end[at + r->folded[p].count - 1] >= end) return true;
    }
  }
  return false;
}

// All hits of `output`, sorted; their number.
static size_t naive_find(const struct round *r, const struct sample *text, uint32_t output,
                         struct match_hit *hits) {
  struct folded folded;
  size_t count = 0;
  for (size_t p = 0; p < r->count; p++) {
    if (r->patterns[p].output != output || first_same(r, p) != p) continue;
    if (r->patterns[p].kind == MATCH_EXCEPT) continue;
    fold_sample(&folded, text, r->patterns[p].fold);
    for (size_t at = 0; at < folded.count; at++) {
      if (!found_at(&folded, at, &r->folded[p], r->patterns[p].kind)) continue;
      size_t end = folded.end[at + r->folded[p].count - 1];
      if (is_excepted(r, text, output, folded.begin[at], end)) continue;
      if (r->patterns[p].fold == NUO__FOLD_STRICT && is_amid_number(text, folded.begin[at], end)) continue;
      hits[count++] = (struct match_hit){(uint32_t)p, folded.begin[at], end - folded.begin[at]};
    }
  }
  qsort(hits, count, sizeof *hits, compare_hits);
  return count;
}

static void compare_with_naive(const struct round *r, const struct sample *text,
                               struct match_scratch *scratch) {
  static struct match_hit expected[PATTERNS_MAX * TEXT_MAX];
  struct match_hit hits[HITS_MAX];
  uint64_t bits[OUTPUTS_MAX / 64 + 1] = {~UINT64_C(0), ~UINT64_C(0)};
  assert_true(nuo__match_scan(r->blob, text->text, text->len, scratch, bits));
  uint64_t sieved[OUTPUTS_MAX / 64 + 1] = {~UINT64_C(0), ~UINT64_C(0)};
  if (r->has_sieve && nuo__sieve_scan(&r->sieve, text->text, text->len, sieved))
    assert_memory_equal(sieved, bits, (nuo__match_outputs(r->blob) + 63) / 64 * sizeof *bits);
  for (uint32_t output = 0; output < nuo__match_outputs(r->blob); output++) {
    size_t max = 1 + random_below(HITS_MAX), count, total = naive_find(r, text, output, expected);
    assert_int_equal(bits[output / 64] >> (output % 64) & 1, total > 0);
    assert_true(nuo__match_find(r->blob, text->text, text->len, scratch, output, hits, max, &count));
    assert_int_equal(count, total < max ? total : max);
    for (size_t i = 0; i < count; i++) assert_int_equal(compare_hits(&hits[i], &expected[i]), 0);
  }
}

static void agrees_with_naive_scan(void **state) {
  (void)state;
  static struct round r;
  static struct sample text;
  struct match_scratch scratch;
  nuo__match_scratch_init(&scratch, nuo__default_allocator());
  srand(42);
  for (int round = 0; round < 1500; round++) {
    unsigned alphabet[8], alphabet_size = 1 + random_below(8);
    cpu_limit((enum cpu_level)(round % CPU_LEVEL_COUNT));
    for (unsigned i = 0; i < alphabet_size; i++) alphabet[i] = random_below(SPELLINGS);
    make_round(&r, alphabet, alphabet_size);
    for (int i = 0; i < 6; i++) {
      make_sample(&text, random_below(i == 0 ? TEXT_MAX : 40), alphabet, alphabet_size);
      compare_with_naive(&r, &text, &scratch);
    }
    for (size_t p = 0; p < r.count; p += 5) compare_with_naive(&r, &r.samples[p], &scratch);
    nuo__free(nuo__default_allocator(), r.blob, r.size);
  }
  nuo__match_scratch_free(&scratch);
}

// ---- cases worked out by hand ----

static void build_one(const struct match_pattern *patterns, size_t count, void **blob, size_t *size) {
  assert_int_equal(nuo__match_build(patterns, count, nuo__default_allocator(), blob, size, NULL), MATCH_OK);
  assert_true(nuo__match_verify(*blob, *size));
}

static size_t find(const struct match_pattern *patterns, size_t count, const char *text,
                   struct match_hit *hits) {
  void *blob;
  size_t size, found;
  struct match_scratch scratch;
  nuo__match_scratch_init(&scratch, nuo__default_allocator());
  build_one(patterns, count, &blob, &size);
  assert_true(nuo__match_find(blob, text, strlen(text), &scratch, 0, hits, HITS_MAX, &found));
  nuo__match_scratch_free(&scratch);
  nuo__free(nuo__default_allocator(), blob, size);
  return found;
}

#define PATTERN(text, kind, fold, output) \
  { text, sizeof(text) - 1, kind, fold, output }

static void hits_are_spans_of_the_raw_text(void **state) {
  (void)state;
  const struct match_pattern patterns[] = {
      PATTERN("加微信", MATCH_CONTAINS, NUO__FOLD_STRICT, 0),
      PATTERN("微信", MATCH_CONTAINS, NUO__FOLD_STRICT, 0),
      PATTERN("vx", MATCH_CONTAINS, NUO__FOLD_STRICT, 0),
  };
  struct match_hit hits[HITS_MAX];
  // 快(0) ，(3) 加(6) *(9) 微(10) zero-width(13) .(16) 信(17) 、(20) Ｖ(23) -(26) Ｘ(27) ！(30)
  assert_int_equal(find(patterns, 3, "快，加*微\u200B.信、Ｖ-Ｘ！", hits), 3);
  assert_int_equal(hits[0].pattern, 0);
  assert_int_equal(hits[0].offset, 6);
  assert_int_equal(hits[0].len, 14);
  assert_int_equal(hits[1].pattern, 1);
  assert_int_equal(hits[1].offset, 10);
  assert_int_equal(hits[1].len, 10);
  assert_int_equal(hits[2].pattern, 2);
  assert_int_equal(hits[2].offset, 23);
  assert_int_equal(hits[2].len, 7);
}

static void numerals_are_one(void **state) {
  (void)state;
  static const char *const same[] = {"第一",       "第1",   "第１", "第壹", "第①",
                                     "第一\u0336", "第 ㈠", "第❶",  "第𝟏"};
  static const char *const others[] = {"第二", "第15", "第１５届", "第十", "11第"};
  const struct match_pattern patterns[] = {PATTERN("第一", MATCH_CONTAINS, NUO__FOLD_STRICT, 0),
                                           PATTERN("100%", MATCH_CONTAINS, NUO__FOLD_STRICT, 1)};
  struct match_hit hits[HITS_MAX];
  for (size_t i = 0; i < sizeof same / sizeof *same; i++)
    assert_int_equal(find(patterns, 2, same[i], hits), 1);
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    assert_int_equal(find(patterns, 2, others[i], hits), 0);
  // A separator ends a number; what is not an Arabic digit does not go on with one.
  assert_int_equal(find(patterns, 2, "第1 5", hits), 1);
  assert_int_equal(find(patterns, 2, "第一5", hits), 1);
  assert_int_equal(find(patterns, 2, "第1百", hits), 1);
  const struct match_pattern percent[] = {PATTERN("100%", MATCH_CONTAINS, NUO__FOLD_STRICT, 0)};
  assert_int_equal(find(percent, 1, "1 ００%", hits), 1);
  assert_int_equal(find(percent, 1, "一〇〇％", hits), 1);
  assert_int_equal(find(percent, 1, "2100%", hits), 0);
}

static void look_alikes_are_latin(void **state) {
  (void)state;
  static const char *const same[] = {"加vx",       "加VX", "加Ⅴх",  "加ν𝐗",      "加ⓥⓧ",
                                     "加v\u0301x", "加🅅🅇", "加v💰x", "加\u2067vx"};
  const struct match_pattern patterns[] = {PATTERN("加VX", MATCH_CONTAINS, NUO__FOLD_STRICT, 0)};
  struct match_hit hits[HITS_MAX];
  for (size_t i = 0; i < sizeof same / sizeof *same; i++)
    assert_int_equal(find(patterns, 1, same[i], hits), 1);
  const struct match_pattern russian[] = {PATTERN("скидка", MATCH_CONTAINS, NUO__FOLD_STRICT, 0)};
  assert_int_equal(find(russian, 1, "СКИДКА", hits), 1);
}

static void excepted_phrases_hide_what_lies_within(void **state) {
  (void)state;
  const struct match_pattern patterns[] = {
      PATTERN("第一", MATCH_CONTAINS, NUO__FOLD_STRICT, 0),
      PATTERN("一季", MATCH_CONTAINS, NUO__FOLD_STRICT, 0),
      PATTERN("第一季", MATCH_EXCEPT, NUO__FOLD_DEFAULT, 0),
      PATTERN("一季度的", MATCH_EXCEPT, NUO__FOLD_DEFAULT, 0),
      PATTERN("第一", MATCH_EXCEPT, NUO__FOLD_DEFAULT, 1),
  };
  struct match_hit hits[HITS_MAX];
  assert_int_equal(find(patterns, 5, "第一季度", hits), 0);
  assert_int_equal(find(patterns, 5, "在第\u200B一季。", hits), 0);
  // Phrases that overlap do not make a longer one; 第一 begins before the second and ends behind none.
  assert_int_equal(find(patterns, 5, "第一 季度的", hits), 2);
  assert_int_equal(hits[0].offset, 0);
  assert_int_equal(hits[1].offset, 3);
  assert_int_equal(find(patterns, 5, "一季度", hits), 1);
  assert_int_equal(find(patterns, 5, "第一，第一季，第一", hits), 2);
  assert_int_equal(hits[0].offset, 0);
  assert_int_equal(hits[1].offset, 21);
  assert_int_equal(find(patterns + 2, 3, "第一季", hits), 0);
}

// Every character of `kept` folds to itself, and every one of `dropped` to nothing.
static void expect_kept(const char *kept, const char *dropped, unsigned flags) {
  uint16_t units[128], all[128];
  size_t len = strlen(kept);
  size_t count = nuo__fold(kept, len, flags, units, NULL);
  assert_int_equal(count, nuo__fold(kept, len, NUO__FOLD_RAW, all, NULL));
  assert_memory_equal(units, all, count * sizeof *units);
  assert_int_equal(nuo__fold(dropped, strlen(dropped), flags, units, NULL), 0);
}

static void folds_by_hand(void **state) {
  (void)state;
  uint16_t units[32];
  uint32_t offsets[32];
  const char text[] = "Ａz😀\u200D國Σ\u3000";
  const uint16_t plain[] = {'a', 'z', 0xD83D, 0xDE00, 0x570B, 0x03C3, ' '};
  const uint32_t places[] = {0, 3, 4, 4, 11, 14, 16};
  assert_int_equal(nuo__fold(text, sizeof text - 1, NUO__FOLD_DEFAULT, units, offsets), 7);
  assert_memory_equal(units, plain, sizeof plain);
  assert_memory_equal(offsets, places, sizeof places);
  assert_int_equal(nuo__fold("ÀÞÿŸẞЁΆⅫⒶ", strlen("ÀÞÿŸẞЁΆⅫⒶ"), NUO__FOLD_CASE, units, NULL), 9);
  const uint16_t lowered[] = {0xE0, 0xFE, 0xFF, 0xFF, 0xDF, 0x451, 0x3AC, 0x217B, 0x24D0};
  assert_memory_equal(units, lowered, sizeof lowered);
  const char invisible[] =
      "\u00AD\u200B\u200C\u200D\u200E\u200F\u202A\u202E\u2060\u2061\u206F\U000E0001\uFEFF\uFE00\uFE0F"
      "\U000E0100\U000E01EF";
  expect_kept("a\u2029\u202F\uFDFF\uFE10\u2070\U000E1000", invisible, NUO__FOLD_INVISIBLE);
  const char separators[] =
      " \t\n!\"#&'()*+,-./:;<=>?@[\\]^_`{|}~\u00A0¡¦§«¯°±·»¿×÷‐—…→≈■★、。《》【】〜・︰﹏｡";
  expect_kept("09azAZ%$¢£¤¥²½µªé‰₿中々〇〡ー﹩﹪ア，", separators,
              NUO__FOLD_SEPARATORS);
  expect_kept("", "，．！＊～", NUO__FOLD_SEPARATORS | NUO__FOLD_WIDTH);
  assert_int_equal(nuo__fold("萬國後乾", 12, NUO__FOLD_SPELLING, units, NULL), 4);
  const uint16_t simple[] = {0x4E07, 0x56FD, 0x540E, 0x4E7E};
  assert_memory_equal(units, simple, sizeof simple);
}

// The character stands first, in the middle and last in runs of ideographs and of ASCII, which are folded
// many at once.
static size_t write_around(uint32_t character, char *text) {
  static const char han[] = "中文字符中文字符中文字符", ascii[] = "Zg, Rules(1%) Of $2AZaz[@`{~";
  size_t len = sizeof ascii - 1;
  memcpy(text, ascii, len);
  for (int i = 0; i < 3; i++) {
    len += nuo__utf8_encode(character, text + len);
    memcpy(text + len, han, sizeof han - 1);
    len += sizeof han - 1 - 6 * (size_t)i;
  }
  return len + nuo__utf8_encode(character, text + len);
}

// With offsets one character is folded after the other.
static void all_paths_fold_alike(void **state) {
  (void)state;
  static const unsigned flags[] = {NUO__FOLD_RAW,       NUO__FOLD_WIDTH,     NUO__FOLD_CASE,
                                   NUO__FOLD_INVISIBLE, NUO__FOLD_DEFAULT,   NUO__FOLD_SPELLING,
                                   NUO__FOLD_STRICT,    NUO__FOLD_SEPARATORS};
  char text[256];
  uint16_t expected[256], units[256];
  uint32_t offsets[256];
  for (uint32_t c = 1; c < 0x20000; c++) {
    if (c >= 0xD800 && c < 0xE000) continue;
    const size_t len = write_around(c, text);
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++) {
      const size_t count = nuo__fold(text, len, flags[f], expected, offsets);
      for (unsigned level = 0; level < CPU_LEVEL_COUNT; level++) {
        cpu_limit((enum cpu_level)level);
        assert_int_equal(nuo__fold(text, len, flags[f], units, NULL), count);
        assert_memory_equal(units, expected, count * sizeof *units);
      }
    }
  }
}

static void folding_is_only_what_was_asked(void **state) {
  (void)state;
  struct match_hit hits[HITS_MAX];
  const struct match_pattern raw[] = {PATTERN("VIP", MATCH_CONTAINS, NUO__FOLD_RAW, 0)};
  assert_int_equal(find(raw, 1, "ＶＩＰ vip V\u200BIP", hits), 0);
  assert_int_equal(find(raw, 1, "aVIPb", hits), 1);
  const struct match_pattern plain[] = {PATTERN("vip", MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0)};
  assert_int_equal(find(plain, 1, "ＶＩＰ vip V\u200BIP V.I.P", hits), 3);
  const struct match_pattern percent[] = {PATTERN("100%", MATCH_CONTAINS, NUO__FOLD_STRICT, 0)};
  assert_int_equal(find(percent, 1, "１００个，10.0", hits), 0);
  assert_int_equal(find(percent, 1, "1 0 0 ％", hits), 1);
  const struct match_pattern script[] = {PATTERN("最優惠國家級", MATCH_CONTAINS, NUO__FOLD_STRICT, 0)};
  assert_int_equal(find(script, 1, "最优惠，国家级", hits), 1);
}

static void anchors_look_past_dropped_characters(void **state) {
  (void)state;
  struct match_hit hits[HITS_MAX];
  const struct match_pattern ends[] = {PATTERN("退订", MATCH_ENDS, NUO__FOLD_DEFAULT, 0)};
  assert_int_equal(find(ends, 1, "回T退订\uFEFF", hits), 1);
  assert_int_equal(hits[0].offset, 4);
  assert_int_equal(hits[0].len, 6);
  assert_int_equal(find(ends, 1, "退订请回T", hits), 0);
  const struct match_pattern equals[] = {PATTERN("退订", MATCH_EQUALS, NUO__FOLD_STRICT, 0)};
  assert_int_equal(find(equals, 1, "【退订】", hits), 1);
  assert_int_equal(hits[0].offset, 3);
  assert_int_equal(find(equals, 1, "退订退", hits), 0);
}

// So many entries behind one pair of characters that the sorted range is narrowed, prefixes of each other
// among them.
static void crowded_bucket(void **state) {
  (void)state;
  enum { COUNT = 5000 };
  static char texts[COUNT][64];
  static struct match_pattern patterns[COUNT];
  srand(3);
  for (uint32_t i = 0; i < COUNT; i++) {
    size_t len = (size_t)sprintf(texts[i], "中国");
    for (unsigned v = i; v > 0; v /= 8) len += nuo__utf8_encode(0x4E00 + v % 8, texts[i] + len);
    patterns[i] = (struct match_pattern){texts[i], len, MATCH_CONTAINS, NUO__FOLD_DEFAULT, i % 100};
  }
  void *blob;
  size_t size;
  build_one(patterns, COUNT, &blob, &size);
  struct match_scratch scratch;
  nuo__match_scratch_init(&scratch, nuo__default_allocator());
  for (uint32_t i = 0; i < COUNT; i++) {
    uint64_t expected[2] = {0}, bits[2];
    uint32_t prefix = 0;
    for (uint32_t v = i, scale = 1;; v /= 8, scale *= 8) {
      // The pattern of `prefix`, the lowest digits of i, is a prefix of this text, except that digits 0 on
      // top are not written: then it is the same one as before.
      expected[prefix % 100 / 64] |= UINT64_C(1) << (prefix % 100 % 64);
      if (v == 0) break;
      prefix += v % 8 * scale;
    }
    assert_true(nuo__match_scan(blob, texts[i], patterns[i].len, &scratch, bits));
    assert_int_equal(bits[0], expected[0]);
    assert_int_equal(bits[1], expected[1]);
  }
  nuo__match_scratch_free(&scratch);
  nuo__free(nuo__default_allocator(), blob, size);
}

static enum match_status status_of(const struct match_pattern *patterns, size_t count, size_t *bad) {
  void *blob = NULL;
  size_t size;
  enum match_status status = nuo__match_build(patterns, count, nuo__default_allocator(), &blob, &size, bad);
  if (status == MATCH_OK) nuo__free(nuo__default_allocator(), blob, size);
  return status;
}

static void families_of_exceptions_are_verified(void **state) {
  (void)state;
  const struct match_pattern patterns[] = {PATTERN("第一", MATCH_CONTAINS, NUO__FOLD_STRICT, 0),
                                           PATTERN("第一季", MATCH_EXCEPT, NUO__FOLD_DEFAULT, 0)};
  void *blob;
  size_t size;
  build_one(patterns, 2, &blob, &size);
  struct match_header *header = blob;
  struct match_family *families = (struct match_family *)(void *)((char *)blob + header->families_at);
  assert_int_equal(header->family_count, 2);
  assert_int_equal(families[1].fold, FAMILY_EXCEPT | NUO__FOLD_DEFAULT);
  families[1].fold |= FAMILY_EXCEPT << 1;
  assert_false(nuo__match_verify(blob, size));
  families[1].fold = NUO__FOLD_DEFAULT;  // before the other one
  assert_false(nuo__match_verify(blob, size));
  families[1].fold = FAMILY_EXCEPT | NUO__FOLD_DEFAULT;
  assert_true(nuo__match_verify(blob, size));
  nuo__free(nuo__default_allocator(), blob, size);
}

static void refuses_bad_patterns(void **state) {
  (void)state;
  static char long_text[LIMIT_MATCH_ENTRY + 1];
  memset(long_text, 'x', sizeof long_text);
  size_t bad = 9;
  struct match_pattern p[2] = {PATTERN("ok", MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0),
                               PATTERN("\u200B\uFEFF", MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0)};
  assert_int_equal(status_of(p, 2, &bad), MATCH_EMPTY);
  assert_int_equal(bad, 1);
  p[1].fold = NUO__FOLD_RAW;
  assert_int_equal(status_of(p, 2, &bad), MATCH_OK);
  p[1].len = 0;
  assert_int_equal(status_of(p, 2, &bad), MATCH_EMPTY);
  p[1] = (struct match_pattern){long_text, sizeof long_text, MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0};
  assert_int_equal(status_of(p, 2, &bad), MATCH_TOO_LONG);
  p[1].len--;
  assert_int_equal(status_of(p, 2, &bad), MATCH_OK);
  p[1] = (struct match_pattern)PATTERN("\xE4\xB8", MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0);
  assert_int_equal(status_of(p, 2, &bad), MATCH_NOT_UTF8);
  p[1] = (struct match_pattern)PATTERN("x", MATCH_CONTAINS, NUO__FOLD_DEFAULT, LIMIT_MATCH_OUTPUTS);
  assert_int_equal(status_of(p, 2, &bad), MATCH_BAD_PATTERN);
  assert_int_equal(status_of(p, LIMIT_MATCH_ENTRIES + 1, &bad), MATCH_TOO_MANY);
}

static void same_patterns_same_bytes(void **state) {
  (void)state;
  static struct round r;
  const unsigned alphabet[] = {0, 1, 2, 5, 6, 7, 9, 33};
  srand(11);
  make_round(&r, alphabet, 8);
  void *again;
  size_t size;
  build_one(r.patterns, r.count, &again, &size);
  assert_int_equal(size, r.size);
  assert_memory_equal(again, r.blob, size);
  for (size_t p = 0; p < r.count; p++) {
    size_t len;
    const char *text = nuo__match_pattern(again, (uint32_t)p, &len);
    assert_int_equal(len, r.patterns[p].len);
    assert_memory_equal(text, r.patterns[p].text, len);
  }
  size_t len;
  assert_null(nuo__match_pattern(again, (uint32_t)r.count, &len));
  nuo__free(nuo__default_allocator(), again, size);
  nuo__free(nuo__default_allocator(), r.blob, r.size);
}

static void no_patterns_find_nothing(void **state) {
  (void)state;
  void *blob;
  size_t size, count;
  struct match_hit hit;
  struct match_scratch scratch;
  nuo__match_scratch_init(&scratch, nuo__default_allocator());
  build_one(NULL, 0, &blob, &size);
  assert_int_equal(nuo__match_outputs(blob), 0);
  assert_true(nuo__match_scan(blob, "text", 4, &scratch, NULL));
  assert_true(nuo__match_find(blob, "text", 4, &scratch, 0, &hit, 1, &count));
  assert_int_equal(count, 0);
  nuo__match_scratch_free(&scratch);
  nuo__free(nuo__default_allocator(), blob, size);
}

// ---- hostile bytes, hostile allocator ----

static void use_blob(const void *blob, struct match_scratch *scratch) {
  static const char *const texts[] = {"", "中国国中ab1é中国", "aaaaaaaaAＡa bb b ab国中", "😀国😀中a"};
  static uint64_t bits[LIMIT_MATCH_OUTPUTS / 64];
  struct match_hit hits[4];
  for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
    size_t len = strlen(texts[t]), count;
    assert_true(nuo__match_scan(blob, texts[t], len, scratch, bits));
    for (uint32_t output = 0; output < nuo__match_outputs(blob); output += 7) {
      assert_true(nuo__match_find(blob, texts[t], len, scratch, output, hits, 4, &count));
      for (size_t i = 0; i < count; i++) {
        size_t pattern_len;
        assert_true(hits[i].offset + hits[i].len <= len);
        assert_non_null(nuo__match_pattern(blob, hits[i].pattern, &pattern_len));
      }
    }
  }
}

// Under a sanitizer this proves the point: whatever passes the verifier is used without touching a byte
// outside.
static void damaged_blobs_are_refused_or_harmless(void **state) {
  (void)state;
  static struct round r;
  const unsigned alphabet[] = {0, 1, 5, 6, 7, 9, 11, 33};
  struct match_scratch scratch;
  nuo__match_scratch_init(&scratch, nuo__default_allocator());
  srand(5);
  for (int round = 0; round < 4; round++) {
    make_round(&r, alphabet, 8);
    for (size_t bit = 0; bit < r.size * 8; bit += 1 + random_below(3)) {
      unsigned char *copy = malloc(r.size);
      assert_non_null(copy);
      memcpy(copy, r.blob, r.size);
      copy[bit / 8] ^= (unsigned char)(1 << bit % 8);
      if (random_below(4) == 0) copy[random_below((unsigned)r.size)] = (unsigned char)rand();
      if (nuo__match_verify(copy, r.size)) use_blob(copy, &scratch);
      free(copy);
    }
    for (size_t size = 0; size < r.size; size += 1 + size / 16) {
      void *copy = malloc(size + 1);
      assert_non_null(copy);
      memcpy(copy, r.blob, size);
      assert_false(nuo__match_verify(copy, size));
      free(copy);
    }
    nuo__free(nuo__default_allocator(), r.blob, r.size);
  }
  nuo__match_scratch_free(&scratch);
}

static void running_out_of_memory_leaks_nothing(void **state) {
  (void)state;
  const struct match_pattern p[] = {PATTERN("中国", MATCH_CONTAINS, NUO__FOLD_DEFAULT, 0)};
  enum match_status status = MATCH_NO_MEMORY;
  for (size_t allowed = 0; status != MATCH_OK; allowed++) {
    struct meter meter = {allowed, 0};
    const struct nuo_allocator allocator = {metered, &meter};
    void *blob = NULL;
    size_t size, count;
    status = nuo__match_build(p, 1, &allocator, &blob, &size, NULL);
    assert_true(status == MATCH_OK || status == MATCH_NO_MEMORY);
    if (status == MATCH_OK) {
      struct match_scratch scratch;
      struct match_hit hit;
      uint64_t bits;
      nuo__match_scratch_init(&scratch, &allocator);
      meter.left = 0;
      assert_false(nuo__match_scan(blob, "中国", 6, &scratch, &bits));
      meter.left = 1;
      assert_true(nuo__match_scan(blob, "中国", 6, &scratch, &bits));
      assert_false(nuo__match_find(blob, "中国", 6, &scratch, 0, &hit, 1, &count));
      nuo__match_scratch_free(&scratch);
      nuo__free(&allocator, blob, size);
    }
    assert_int_equal(meter.in_use, 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(agrees_with_naive_scan),
      cmocka_unit_test(hits_are_spans_of_the_raw_text),
      cmocka_unit_test(folds_by_hand),
      cmocka_unit_test(all_paths_fold_alike),
      cmocka_unit_test(folding_is_only_what_was_asked),
      cmocka_unit_test(anchors_look_past_dropped_characters),
      cmocka_unit_test(crowded_bucket),
      cmocka_unit_test(numerals_are_one),
      cmocka_unit_test(look_alikes_are_latin),
      cmocka_unit_test(excepted_phrases_hide_what_lies_within),
      cmocka_unit_test(families_of_exceptions_are_verified),
      cmocka_unit_test(refuses_bad_patterns),
      cmocka_unit_test(same_patterns_same_bytes),
      cmocka_unit_test(no_patterns_find_nothing),
      cmocka_unit_test(damaged_blobs_are_refused_or_harmless),
      cmocka_unit_test(running_out_of_memory_leaks_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
