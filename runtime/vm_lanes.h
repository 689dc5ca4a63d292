// SPDX-License-Identifier: Apache-2.0
// The instructions on planes and columns, inlined into the loop of vm.c. Bodies have no branches that depend
// on a lane: a value in an unknown lane is computed and its known bit left out, which is why nothing here may
// be undefined for any number.
#ifndef NUO_RUNTIME_VM_LANES_H
#define NUO_RUNTIME_VM_LANES_H

#include <string.h>

#include "runtime/vm_compare.h"
#include "runtime/vm_frame.h"

#define INSTRUCTION(name) static inline void vm_##name(const struct frame *f, const struct insn *i)

// ---- planes ----

INSTRUCTION(PCONST) {
  set_plane(f, i->a, i->b == 1 ? UINT64_MAX : 0, i->b == 2 ? 0 : UINT64_MAX);
}

INSTRUCTION(AND) {
  struct plane b = f->batch->planes[i->b], c = f->batch->planes[i->c];
  f->batch->planes[i->a] = (struct plane){b.t & c.t, b.f | c.f};
}

INSTRUCTION(OR) {
  struct plane b = f->batch->planes[i->b], c = f->batch->planes[i->c];
  f->batch->planes[i->a] = (struct plane){b.t | c.t, b.f & c.f};
}

INSTRUCTION(NOT) {
  struct plane b = f->batch->planes[i->b];
  f->batch->planes[i->a] = (struct plane){b.f, b.t};
}

INSTRUCTION(EST) {
  set_plane(f, i->a, f->batch->planes[i->b].t, UINT64_MAX);
}

INSTRUCTION(PKNOWN) {
  set_plane(f, i->a, f->batch->planes[i->b].t | f->batch->planes[i->b].f, UINT64_MAX);
}

INSTRUCTION(PEQ) {
  struct plane b = f->batch->planes[i->b], c = f->batch->planes[i->c];
  f->batch->planes[i->a] = (struct plane){(b.t & c.t) | (b.f & c.f), (b.t & c.f) | (b.f & c.t)};
}

INSTRUCTION(PDEF) {
  struct plane b = f->batch->planes[i->b], c = f->batch->planes[i->c];
  uint64_t known = b.t | b.f;
  f->batch->planes[i->a] = (struct plane){b.t | (c.t & ~known), b.f | (c.f & ~known)};
}

INSTRUCTION(PNONE) {
  f->batch->planes[i->a] = (struct plane){0, 0};
}

INSTRUCTION(PPICK) {
  struct plane a = f->batch->planes[i->a], c = f->batch->planes[i->c];
  uint64_t where = f->batch->planes[i->b].t;
  f->batch->planes[i->a] = (struct plane){(a.t & ~where) | (c.t & where), (a.f & ~where) | (c.f & where)};
}

// Only in live lanes: for other events the plane may be a field of its own.
static inline void complete(const struct frame *f, struct plane *plane, uint64_t known) {
  plane->f |= known & ~plane->t & f->live;
}

INSTRUCTION(ENUMF) {
  complete(f, &f->batch->planes[i->a], f->batch->half_known[i->b]);
}

INSTRUCTION(LISTF) {
  complete(f, &f->batch->planes[i->a], f->batch->list_known[i->b]);
}

// ---- presence ----

INSTRUCTION(CKNOWN) {
  set_plane(f, i->a, f->batch->column_known[i->b], UINT64_MAX);
}

INSTRUCTION(WKNOWN) {
  set_plane(f, i->a, f->batch->wide_known[i->b], UINT64_MAX);
}

INSTRUCTION(HKNOWN) {
  set_plane(f, i->a, f->batch->half_known[i->b], UINT64_MAX);
}

INSTRUCTION(XKNOWN) {
  set_plane(f, i->a, f->batch->text_known[i->b], UINT64_MAX);
}

INSTRUCTION(LKNOWN) {
  set_plane(f, i->a, f->batch->list_known[i->b], UINT64_MAX);
}

// ---- columns: comparisons ----

// Comparisons work on four lanes a step, so they begin at a multiple of four.
static inline uint32_t begin_of(const struct frame *f) {
  return f->first & ~UINT32_C(3);
}

// `holds` is false for a comparison that is the opposite of the one called.
static inline void compare(const struct frame *f, uint16_t reg, uint64_t mask, bool holds, uint64_t known) {
  set_plane(f, reg, holds ? mask : ~mask, known);
}

#define COMPARE_COLUMNS(name, function, left, right, holds)                                                 \
  INSTRUCTION(name) {                                                                                       \
    const struct batch *batch = f->batch;                                                                   \
    const uint32_t from = begin_of(f);                                                                      \
    uint64_t mask =                                                                                         \
        function(batch->columns[i->left] + from, batch->columns[i->right] + from, f->count - from) << from; \
    compare(f, i->a, mask, holds, batch->column_known[i->b] & batch->column_known[i->c]);                   \
  }
#define COMPARE_CONSTANT(name, function, values, known, holds)                                              \
  INSTRUCTION(name) {                                                                                       \
    const struct batch *batch = f->batch;                                                                   \
    const uint32_t from = begin_of(f);                                                                      \
    uint64_t mask = function(batch->values[i->b] + from, f->image->NUMBERS[i->c], f->count - from) << from; \
    compare(f, i->a, mask, holds, batch->known[i->b]);                                                      \
  }
#define COMPARE_RANGE(name, function, values, known)                                                   \
  INSTRUCTION(name) {                                                                                  \
    const struct batch *batch = f->batch;                                                              \
    const int64_t *range = &f->image->NUMBERS[i->c];                                                   \
    const uint32_t from = begin_of(f);                                                                 \
    uint64_t mask = function(batch->values[i->b] + from, range[0], range[1], f->count - from) << from; \
    compare(f, i->a, mask, true, batch->known[i->b]);                                                  \
  }

COMPARE_COLUMNS(EQ, nuo__lanes_eq, b, c, true)
COMPARE_COLUMNS(LT, nuo__lanes_lt, b, c, true)
COMPARE_COLUMNS(LE, nuo__lanes_lt, c, b, false)
COMPARE_CONSTANT(EQK, nuo__lanes_eqk, columns, column_known, true)
COMPARE_CONSTANT(LTK, nuo__lanes_ltk, columns, column_known, true)
COMPARE_CONSTANT(LEK, nuo__lanes_gtk, columns, column_known, false)
COMPARE_CONSTANT(WEQK, nuo__wides_eqk, wides, wide_known, true)
COMPARE_CONSTANT(WLTK, nuo__wides_ltk, wides, wide_known, true)
COMPARE_CONSTANT(WLEK, nuo__wides_gtk, wides, wide_known, false)
COMPARE_RANGE(RANGEK, nuo__lanes_rangek, columns, column_known)
COMPARE_RANGE(WRANGEK, nuo__wides_rangek, wides, wide_known)

static inline bool in_set(const int64_t *set, uint32_t count, int64_t value) {
  uint32_t low = 0;
  while (count > 0) {
    uint32_t half = count / 2;
    if (set[low + half] < value) {
      low += half + 1;
      count -= half + 1;
    } else if (set[low + half] == value) {
      return true;
    } else {
      count = half;
    }
  }
  return false;
}

INSTRUCTION(INK) {
  const struct image_set *set = &f->image->NUMBER_SETS[i->c];
  const int64_t *values = f->batch->columns[i->b];
  uint64_t known = f->batch->column_known[i->b], found = 0;
  for (uint64_t left = known & f->live; left != 0;) {
    uint32_t l = next_lane(&left);
    found |= (uint64_t)in_set(f->image->NUMBERS + set->first, set->count, values[l]) << l;
  }
  set_plane(f, i->a, found, known & f->live);
}

// ---- columns: values ----

static inline void fill_column(const struct frame *f, uint16_t reg, int64_t value) {
  int64_t *a = f->batch->columns[reg];
  for (uint32_t l = f->first; l < f->count; l++) a[l] = value;
  f->batch->column_known[reg] = UINT64_MAX;
}

INSTRUCTION(CCONST) {
  fill_column(f, i->a, f->image->NUMBERS[i->b]);
}

INSTRUCTION(WIDE) {
  int64_t *a = f->batch->columns[i->a];
  const int32_t *b = f->batch->wides[i->b];
  for (uint32_t l = f->first; l < f->count; l++) a[l] = b[l];
  f->batch->column_known[i->a] = f->batch->wide_known[i->b];
}

INSTRUCTION(HIDE) {
  int64_t *a = f->batch->columns[i->a];
  const uint16_t *b = f->batch->halves[i->b];
  for (uint32_t l = f->first; l < f->count; l++) a[l] = b[l];
  f->batch->column_known[i->a] = f->batch->half_known[i->b];
}

INSTRUCTION(CNONE) {
  f->batch->column_known[i->a] = 0;
}

INSTRUCTION(CPICK) {
  struct batch *b = f->batch;
  uint64_t where = b->planes[i->b].t;
  for (uint64_t left = where & f->live; left != 0;) {
    uint32_t l = next_lane(&left);
    b->columns[i->a][l] = b->columns[i->c][l];
  }
  b->column_known[i->a] = (b->column_known[i->a] & ~where) | (b->column_known[i->c] & where);
}

INSTRUCTION(CPICKK) {
  struct batch *b = f->batch;
  uint64_t where = b->planes[i->b].t;
  for (uint64_t left = where & f->live; left != 0;) {
    b->columns[i->a][next_lane(&left)] = f->image->NUMBERS[i->c];
  }
  b->column_known[i->a] |= where;
}

INSTRUCTION(CDEF) {
  struct batch *batch = f->batch;
  int64_t *a = batch->columns[i->a];
  const int64_t *b = batch->columns[i->b], *c = batch->columns[i->c];
  uint64_t known = batch->column_known[i->b];
  for (uint32_t l = f->first; l < f->count; l++) a[l] = known >> l & 1 ? b[l] : c[l];
  batch->column_known[i->a] = known | batch->column_known[i->c];
}

// The smaller of two or the greater; one that is unknown is skipped.
static inline void choose(const struct frame *f, const struct insn *i, bool greatest) {
  struct batch *batch = f->batch;
  int64_t *a = batch->columns[i->a];
  const int64_t *b = batch->columns[i->b], *c = batch->columns[i->c];
  uint64_t b_known = batch->column_known[i->b], c_known = batch->column_known[i->c];
  const int64_t *lower = greatest ? c : b, *upper = greatest ? b : c;
  const uint32_t from = begin_of(f);
  uint64_t b_first = nuo__lanes_lt(lower + from, upper + from, f->count - from) << from;
  uint64_t take_b = b_known & (b_first | ~c_known);
  for (uint32_t l = f->first; l < f->count; l++) a[l] = take_b >> l & 1 ? b[l] : c[l];
  batch->column_known[i->a] = b_known | c_known;
}

INSTRUCTION(LEAST) {
  choose(f, i, false);
}

INSTRUCTION(GREATEST) {
  choose(f, i, true);
}

#define ARITHMETIC(name, overflows)                                                                     \
  INSTRUCTION(name) {                                                                                   \
    struct batch *batch = f->batch;                                                                     \
    int64_t *a = batch->columns[i->a];                                                                  \
    const int64_t *b = batch->columns[i->b], *c = batch->columns[i->c];                                 \
    uint64_t known = batch->column_known[i->b] & batch->column_known[i->c], lost = 0;                   \
    for (uint32_t l = f->first; l < f->count; l++) lost |= (uint64_t)overflows(b[l], c[l], &a[l]) << l; \
    batch->column_known[i->a] = known & ~lost;                                                          \
  }

ARITHMETIC(ADD, __builtin_add_overflow)
ARITHMETIC(SUB, __builtin_sub_overflow)
ARITHMETIC(MUL, __builtin_mul_overflow)

#define DECIMAL_ONE INT64_C(1000000)

INSTRUCTION(DECIMAL) {
  int64_t *a = f->batch->columns[i->a];
  const int64_t *b = f->batch->columns[i->b];
  uint64_t lost = 0;
  for (uint32_t l = f->first; l < f->count; l++) {
    lost |= (uint64_t)__builtin_mul_overflow(b[l], DECIMAL_ONE, &a[l]) << l;
  }
  f->batch->column_known[i->a] = f->batch->column_known[i->b] & ~lost;
}

__extension__ typedef __int128 int128;

// dividend / divisor rounded half away from zero; false when it does not fit. |dividend| is below 2^126.
static inline bool divide_rounded(int128 dividend, int64_t divisor, int64_t *out) {
  if (divisor == 0) return false;
  int128 quotient = dividend / divisor, rest = dividend % divisor;
  int128 size = divisor < 0 ? -(int128)divisor : divisor;
  if (2 * (rest < 0 ? -rest : rest) >= size) quotient += (dividend < 0) == (divisor < 0) ? 1 : -1;
  *out = (int64_t)quotient;
  return quotient >= INT64_MIN && quotient <= INT64_MAX;
}

// Only live lanes with both operands: a division of 128 bits is a call.
#define DECIMAL_DIVISION(name, dividend, divisor)                                                     \
  INSTRUCTION(name) {                                                                                 \
    struct batch *batch = f->batch;                                                                   \
    const int64_t *b = batch->columns[i->b], *c = batch->columns[i->c];                               \
    uint64_t known = batch->column_known[i->b] & batch->column_known[i->c] & f->live;                 \
    for (uint64_t left = known; left != 0;) {                                                         \
      uint32_t l = next_lane(&left);                                                                  \
      if (!divide_rounded(dividend, divisor, &batch->columns[i->a][l])) known &= ~(UINT64_C(1) << l); \
    }                                                                                                 \
    batch->column_known[i->a] = known;                                                                \
  }

DECIMAL_DIVISION(DECMUL, (int128)b[l] * c[l], DECIMAL_ONE)
DECIMAL_DIVISION(DECDIV, (int128)b[l] * DECIMAL_ONE, c[l])

// ---- text: what needs no look at it ----

INSTRUCTION(XNONE) {
  f->batch->text_known[i->a] = 0;
}

// ---- outcome ----

INSTRUCTION(FIRE) {
  struct plane violated = f->batch->planes[i->b], excused = f->batch->planes[i->c];
  struct fired fired = {
      .rule = i->a,
      .breached = violated.t & f->live,
      .undetermined = ~(violated.t | violated.f) & f->live,
      .excepted = excused.t & f->live,
  };
  if ((fired.breached | fired.undetermined | fired.excepted) == 0) return;
  f->machine->fired[f->machine->fired_count++] = fired;
}

#endif
