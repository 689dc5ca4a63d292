// SPDX-License-Identifier: Apache-2.0
// The instructions on text. They look at text only in live lanes where it is known and, when they have one,
// their guard is not false. Texts are borrowed. Equality is by bytes; whether a text contains, starts with or
// ends with another is asked of both folded, as the matcher does for texts that a rule spells out. Called by
// vm.c.
#include "runtime/match.h"
#include "runtime/sieve.h"
#include "runtime/text.h"
#include "runtime/utf8.h"
#include "runtime/vm_frame.h"

static nuo_text text_at(const struct frame *f, uint16_t reg, uint32_t lane) {
  const struct text_reg *text = &f->batch->texts[reg];
  return (nuo_text){text->at[lane], text->len[lane]};
}

void nuo__vm_XCONST(const struct frame *f, const struct insn *i) {
  struct text_reg *a = &f->batch->texts[i->a];
  nuo_text text = nuo__text_listed(f->image, i->b);
  for (uint32_t l = f->first; l < f->count; l++) {
    a->at[l] = text.text;
    a->len[l] = (uint32_t)text.len;
  }
  f->batch->text_known[i->a] = UINT64_MAX;
}

static void copy_texts(struct text_reg *to, const struct text_reg *from, uint64_t lanes) {
  while (lanes != 0) {
    uint32_t l = next_lane(&lanes);
    to->at[l] = from->at[l];
    to->len[l] = from->len[l];
  }
}

void nuo__vm_XPICK(const struct frame *f, const struct insn *i) {
  struct batch *b = f->batch;
  uint64_t where = b->planes[i->b].t & f->live, known = b->text_known[i->c];
  copy_texts(&b->texts[i->a], &b->texts[i->c], where & known);
  b->text_known[i->a] = (b->text_known[i->a] & ~where) | (known & where);
}

void nuo__vm_XDEF(const struct frame *f, const struct insn *i) {
  struct batch *b = f->batch;
  uint64_t first = b->text_known[i->b] & f->live, second = b->text_known[i->c] & f->live & ~first;
  copy_texts(&b->texts[i->a], &b->texts[i->b], first);
  copy_texts(&b->texts[i->a], &b->texts[i->c], second);
  b->text_known[i->a] = first | second;
}

void nuo__vm_XEQ(const struct frame *f, const struct insn *i) {
  uint64_t known = admitted(f, i->d) & f->batch->text_known[i->b] & f->batch->text_known[i->c], found = 0;
  for (uint64_t left = known; left != 0;) {
    uint32_t l = next_lane(&left);
    found |= (uint64_t)nuo__text_equal(text_at(f, i->b, l), text_at(f, i->c, l)) << l;
  }
  set_plane(f, i->a, found, known);
}

// Whether a relation holds between two folded texts.
typedef bool relation(const uint16_t *a, size_t a_len, const uint16_t *b, size_t b_len);

static bool does_start(const uint16_t *a, size_t a_len, const uint16_t *b, size_t b_len) {
  return a_len >= b_len && memcmp(a, b, b_len * sizeof *b) == 0;
}

static bool does_end(const uint16_t *a, size_t a_len, const uint16_t *b, size_t b_len) {
  return a_len >= b_len && memcmp(a + (a_len - b_len), b, b_len * sizeof *b) == 0;
}

static void relate_folded(const struct frame *f, const struct insn *i, relation *holds) {
  struct match_scratch *scratch = f->machine->match_scratch;
  uint64_t known = admitted(f, i->d) & f->batch->text_known[i->b] & f->batch->text_known[i->c], found = 0;
  for (uint64_t left = known; left != 0;) {
    uint64_t lane = left & -left;
    uint32_t l = next_lane(&left);
    nuo_text a = text_at(f, i->b, l), b = text_at(f, i->c, l);
    // One more, lest there be no memory at all for two empty texts.
    if (!nuo__match_scratch_reserve(scratch, a.len + b.len + 1)) {
      known &= ~lane;
      continue;
    }
    uint16_t *first = scratch->units;
    size_t first_len = nuo__fold(a.text, a.len, NUO__FOLD_DEFAULT, first, NULL);
    uint16_t *second = first + first_len;
    size_t second_len = nuo__fold(b.text, b.len, NUO__FOLD_DEFAULT, second, NULL);
    if (holds(first, first_len, second, second_len)) found |= lane;
  }
  set_plane(f, i->a, found, known);
}

void nuo__vm_XHAS(const struct frame *f, const struct insn *i) {
  relate_folded(f, i, nuo__vm_find);
}

void nuo__vm_XSTARTS(const struct frame *f, const struct insn *i) {
  relate_folded(f, i, does_start);
}

void nuo__vm_XENDS(const struct frame *f, const struct insn *i) {
  relate_folded(f, i, does_end);
}

void nuo__vm_XEQK(const struct frame *f, const struct insn *i) {
  nuo_text text = nuo__text_listed(f->image, i->c);
  uint64_t known = admitted(f, i->d) & f->batch->text_known[i->b], found = 0;
  for (uint64_t left = known; left != 0;) {
    uint32_t l = next_lane(&left);
    found |= (uint64_t)nuo__text_equal(text_at(f, i->b, l), text) << l;
  }
  set_plane(f, i->a, found, known);
}

static bool is_in_set(const struct image *image, const struct image_set *set, nuo_text text) {
  uint32_t low = set->first, high = set->first + set->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    int order = nuo__text_order(text, nuo__text_listed(image, middle));
    if (order == 0) return true;
    if (order < 0) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return false;
}

void nuo__vm_XINK(const struct frame *f, const struct insn *i) {
  uint64_t known = admitted(f, i->d) & f->batch->text_known[i->b], found = 0;
  for (uint64_t left = known; left != 0;) {
    uint32_t l = next_lane(&left);
    found |= (uint64_t)is_in_set(f->image, &f->image->TEXT_SETS[i->c], text_at(f, i->b, l)) << l;
  }
  set_plane(f, i->a, found, known);
}

// Spreads the outputs found in a lane over the planes; most texts have none.
static void set_outputs(struct plane *planes, uint32_t count, const uint64_t *outputs, uint64_t lane) {
  for (uint32_t word = 0; word * 64 < count; word++) {
    for (uint64_t left = outputs[word]; left != 0;) {
      uint32_t output = word * 64 + next_lane(&left);
      if (output < count) planes[output].t |= lane;
    }
  }
}

void nuo__vm_MATCH(const struct frame *f, const struct insn *i) {
  const struct image_match *match = &f->image->MATCHES[i->c];
  const void *blob = (const char *)f->image->MATCH_DATA + match->at;
  const struct sieve *sieve = f->machine->program->sieves[i->c];
  struct plane *planes = &f->batch->planes[i->a];
  uint64_t outputs[LIMIT_MATCH_OUTPUTS / 64], known = admitted(f, i->d) & f->batch->text_known[i->b];
  memset(planes, 0, match->outputs * sizeof *planes);
  memset(outputs, 0, (match->outputs + 63) / 64 * sizeof *outputs);
  for (uint64_t left = known; left != 0;) {
    uint64_t lane = left & -left;
    nuo_text text = text_at(f, i->b, next_lane(&left));
    const bool sieved = sieve != NULL && nuo__sieve_scan(sieve, text.text, text.len, outputs);
    if (sieved || nuo__match_scan(blob, text.text, text.len, f->machine->match_scratch, outputs)) {
      set_outputs(planes, match->outputs, outputs, lane);
    } else {
      known &= ~lane;
    }
  }
  for (uint32_t o = 0; o < match->outputs; o++) planes[o].f = known & ~planes[o].t;
}

void nuo__vm_REGEX(const struct frame *f, const struct insn *i) {
  const struct regex *regex = f->machine->program->regexes[i->c];
  uint64_t known = admitted(f, i->d) & f->batch->text_known[i->b], found = 0;
  for (uint64_t left = known; left != 0;) {
    uint32_t l = next_lane(&left);
    nuo_text text = text_at(f, i->b, l);
    int result = nuo__regex_match(regex, text.text, text.len, f->machine->regex_scratch);
    found |= (uint64_t)(result > 0) << l;
    if (result < 0) known &= ~(UINT64_C(1) << l);
  }
  set_plane(f, i->a, found, known);
}

void nuo__vm_LENGTH(const struct frame *f, const struct insn *i) {
  uint64_t known = f->live & f->batch->text_known[i->b];
  for (uint64_t left = known; left != 0;) {
    uint32_t l = next_lane(&left);
    nuo_text text = text_at(f, i->b, l);
    f->batch->columns[i->a][l] = (int64_t)nuo__utf8_count(text.text, text.len);
  }
  f->batch->column_known[i->a] = known;
}
